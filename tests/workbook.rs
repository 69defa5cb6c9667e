//! Workbooks: written, read back by another reader, and imported.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::Cursor;

use calamine::{Data, Range, Reader, Xlsx};
use crmkit::prelude::*;
use crmkit::report::{Column, Report, Table};
use crmkit::schema::{ColumnType, Label, Lang};
use crmkit::storage::MemoryStorage;
use crmkit::transfer::{ImportError, ImportKind, ImportOptions, ImportOutput, ImportReport, RejectedRow};
use crmkit::workbook::{Headings, WorkbookError, WorkbookOptions, WorkbookWriter};
use pollster::block_on;
use proptest::prelude::*;

const HOSTILE: [&str; 8] = [
    "=cmd|'/c calc'!A0",
    "<script>alert(1)</script> & \"x\"",
    "\u{202e}evil",
    "👩‍👩‍👧‍👦 مرحبا",
    "@SUM(A1:A9)",
    "http://example.com/",
    "00123",
    "_x0041_",
];

fn column(name: &'static str, kind: ColumnType) -> Column {
    Column::new(name, kind, Label::new("列", name))
}

fn money(text: &str) -> Value {
    text.parse::<Money>().unwrap().into()
}

fn sheet(file: &[u8], name: Option<&str>) -> Range<Data> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(file)).unwrap();
    let name = name.map_or_else(|| book.sheet_names()[0].clone(), ToOwned::to_owned);
    book.worksheet_range(&name).unwrap()
}

fn cells(range: &Range<Data>, row: usize) -> Vec<Data> {
    range.rows().nth(row).unwrap().to_vec()
}

fn written(table: Table, lang: Lang) -> Vec<u8> {
    let parameters = vec![("year".into(), 2011.into()), ("to".into(), Value::Null)];
    let mut file = Vec::new();
    let zone = WorkbookOptions::default().zone(chrono_tz::Asia::Shanghai);
    Report::new("sales/2011?", parameters, table, lang).write_xlsx(&mut file, &zone).unwrap();
    file
}

#[test]
fn figures_days_and_moments_read_back() {
    let mut table = Table::new(vec![
        column("name", ColumnType::Text),
        column("amount", ColumnType::Money),
        column("orders", ColumnType::Int),
        column("share", ColumnType::Rate),
        column("day", ColumnType::Date),
        column("at", ColumnType::Timestamp),
        column("paid", ColumnType::Bool),
    ]);
    let at: Timestamp = "2011-12-09T20:30:00Z".parse().unwrap();
    let day = Date::from_ymd_opt(2011, 12, 9).unwrap();
    let share: Rate = "0.629012".parse().unwrap();
    table.push(vec!["北京聚奔".into(), money("161.0733"), 2.into(), share.into(), day.into(), at.into(), true.into()]);
    table.push(vec!["returned".into(), money("-3")]);
    let old = Date::from_ymd_opt(1899, 12, 31).unwrap();
    table.push(vec!["edge".into(), money("900719925474.0993"), 7.into(), Value::Null, old.into()]);
    let file = written(table.totalled(&["orders"]).unwrap(), Lang::Zh);
    let range = sheet(&file, Some("sales-2011-"));
    assert_eq!(cells(&range, 0), vec![Data::String("列".into()); 7]);
    let row = cells(&range, 1);
    assert_eq!(
        row[..4],
        [Data::String("北京聚奔".into()), Data::Float(161.0733), Data::Float(2.0), Data::Float(0.629012)]
    );
    let Data::DateTime(day) = row[4] else { panic!("{:?}", row[4]) };
    assert_eq!(day.to_ymd_hms_milli(), (2011, 12, 9, 0, 0, 0, 0));
    // Shown as the zone's clocks do.
    let Data::DateTime(at) = row[5] else { panic!("{:?}", row[5]) };
    assert_eq!(at.to_ymd_hms_milli(), (2011, 12, 10, 4, 30, 0, 0));
    assert_eq!(row[6], Data::Bool(true));
    assert_eq!(cells(&range, 2)[1..3], [Data::Float(-3.0), Data::Empty]);
    let edge = cells(&range, 3);
    assert_eq!([&edge[1], &edge[4]], [&Data::String("900719925474.0993".into()), &Data::String("1899-12-31".into())]);
    let totals = cells(&range, 4);
    assert_eq!(totals[..3], [Data::String("合计".into()), Data::Empty, Data::Float(9.0)]);
    let asked = sheet(&file, Some("参数"));
    assert_eq!(cells(&asked, 0), [Data::String("year".into()), Data::Float(2011.0)]);
    assert_eq!(asked.height(), 1);
}

#[test]
fn the_same_report_is_the_same_bytes_and_its_head_stays_in_sight() {
    let mut table = Table::new(vec![column("name", ColumnType::Text)]);
    table.push(vec!["长".repeat(30).into()]);
    let file = written(table.clone(), Lang::En);
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    assert!(file == written(table, Lang::En));
    let part = |name: &str| {
        let mut archive = zip_part(&file, name);
        archive.make_ascii_lowercase();
        archive
    };
    let xml = part("xl/worksheets/sheet1.xml");
    assert!(xml.contains("ysplit=\"1\"") && xml.contains("state=\"frozen\""), "{xml}");
    // Sixty cells for thirty Chinese characters, which is the widest a column is made.
    assert!(xml.contains("width=\"62."), "{xml}");
}

/// A part of the file as text, read through what calamine and the writer share: the `zip` format's local headers.
fn zip_part(file: &[u8], name: &str) -> String {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(file)).unwrap();
    assert!(!book.sheet_names().is_empty());
    let mut archive = zip::ZipArchive::new(Cursor::new(file)).unwrap();
    let mut text = String::new();
    std::io::Read::read_to_string(&mut archive.by_name(name).unwrap(), &mut text).unwrap();
    book.worksheet_range_at(0).unwrap().unwrap();
    text
}

#[test]
fn nothing_in_a_workbook_is_a_formula_or_a_link() {
    let mut table = Table::new(vec![column("name", ColumnType::Text)]);
    HOSTILE.iter().for_each(|name| table.push(vec![(*name).into()]));
    let long = "长".repeat(40_000);
    table.push(vec![long.as_str().into()]);
    table.push(vec!["a\u{1}\u{0}\u{fffe}b".into()]);
    let file = written(table, Lang::En);
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(&file)).unwrap();
    assert!(book.worksheet_formula("sales-2011-").unwrap().is_empty());
    assert!(!zip_part(&file, "xl/worksheets/sheet1.xml").contains("hyperlink"));
    let range = sheet(&file, None);
    let read = |row| cells(&range, row)[0].clone();
    for (row, name) in (1..).zip(&HOSTILE) {
        assert_eq!(read(row), Data::String((*name).into()));
    }
    // What would be read as a letter's number is written so that it is not.
    assert!(zip_part(&file, "xl/worksheets/sheet1.xml").contains(">_x005F_x0041_<"));
    let Data::String(cut) = read(9) else { panic!() };
    assert_eq!((cut.chars().count(), cut.chars().last()), (32_767, Some('…')));
    assert_eq!(read(10), Data::String("a\u{1}\u{0}\u{fffe}b".into()));
}

#[test]
fn more_rows_than_a_sheet_has_are_refused() {
    let columns = [column("n", ColumnType::Int)];
    let mut workbook = WorkbookWriter::new("n", &columns, &WorkbookOptions::default()).unwrap();
    let row = [Value::Null];
    (1..1_048_576).for_each(|_| workbook.row(&row).unwrap());
    assert!(matches!(workbook.row(&row), Err(WorkbookError::TooLarge { what: "rows", limit: 1_048_576 })));
    let many = vec![columns[0].clone(); 16_385];
    assert!(WorkbookWriter::new("n", &many, &WorkbookOptions::default()).is_err());
}

async fn crm() -> Crm {
    Crm::builder(MemoryStorage::new(crmkit::standard_schema().unwrap())).open().await.unwrap()
}

fn import(crm: &Crm, options: &ImportOptions, file: &[u8]) -> (Result<ImportReport, ImportError>, Vec<String>) {
    let mut reasons = Vec::new();
    let mut on_reject = |row: &RejectedRow| reasons.push(row.to_string());
    let output = ImportOutput { on_reject: Some(&mut on_reject), ..Default::default() };
    let report = block_on(crm.system().import(options, Cursor::new(file), output));
    (report, reasons)
}

#[test]
fn hostile_names_come_back_as_they_were() {
    let columns = [column("code", ColumnType::Text), column("name", ColumnType::Text)];
    let names: Vec<&str> =
        HOSTILE.into_iter().chain(["_x005F_x0041_", "a_x000d_b", "\u{1}\u{fffe}\r\n\t", " blank "]).collect();
    let mut workbook =
        WorkbookWriter::new("products", &columns, &WorkbookOptions::default().headings(Headings::Names)).unwrap();
    for (code, name) in names.iter().enumerate() {
        workbook.row(&[format!("P{code}").into(), (*name).into()]).unwrap();
    }
    let mut file = Vec::new();
    workbook.finish(&mut file).unwrap();
    let crm = block_on(crm());
    let (report, reasons) = import(&crm, &ImportOptions::new(ImportKind::named("products").unwrap()), &file);
    assert_eq!(report.unwrap().progress.imported, names.len() as u64, "{reasons:?}");
    for (code, name) in names.iter().enumerate() {
        assert_eq!(block_on(crm.system().products().named(&format!("P{code}"))).unwrap().name, *name);
    }
}

/// A workbook as people make one: a sheet of other things first, and a gap in the rows of the second.
fn customers() -> Vec<u8> {
    use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};
    let mut book = Workbook::new();
    book.add_worksheet().set_name("Notes").unwrap().write_string(0, 0, "nothing here").unwrap();
    let sheet = book.add_worksheet().set_name("Customers").unwrap();
    for (column, name) in ["number", "name", "region", "zip", "created_on", "memo", "level"].iter().enumerate() {
        sheet.write_string(1, u16::try_from(column).unwrap(), *name).unwrap();
    }
    let dates = Format::new().set_num_format("yyyy-mm-dd");
    sheet.write_string(2, 0, "K1").unwrap().write_string(2, 1, "two\nlines, \"quoted\"").unwrap();
    sheet.write_number(2, 3, 510_000).unwrap();
    let day = ExcelDateTime::from_ymd(2011, 12, 9).unwrap();
    sheet.write_datetime_with_format(2, 4, &day, &dates).unwrap();
    sheet.write_formula(2, 5, Formula::new("=0.1+0.2").set_result("0.30000000000000004")).unwrap();
    sheet.write_number(2, 6, 4).unwrap();
    sheet.write_string(9, 0, "K2").unwrap().write_boolean(9, 1, true).unwrap();
    sheet.write_string(10, 0, "K1").unwrap().write_string(10, 1, "again").unwrap();
    sheet.write_string(11, 0, "K3").unwrap().write_string(11, 1, "wide").unwrap().write_string(11, 9, "x").unwrap();
    book.save_to_buffer().unwrap()
}

#[test]
fn a_sheet_is_imported_as_a_csv_file_would_be() {
    let crm = block_on(crm());
    let options = ImportOptions::new(ImportKind::named("customers").unwrap()).sheet("Customers");
    let (report, reasons) = import(&crm, &options, &customers());
    let progress = report.unwrap().progress;
    assert_eq!((progress.imported, progress.rejected), (2, 2));
    // The lines are the sheet's rows.
    assert_eq!(
        reasons,
        [
            "line 11: `number` `K1` is taken by another customer",
            "line 12: the row has 10 cells, the header 7 columns; too many are ``, ``, `x`",
        ]
    );
    let found = block_on(crm.system().customers().named("K1")).unwrap();
    assert_eq!((found.name.as_str(), found.zip.as_deref()), ("two\nlines, \"quoted\"", Some("510000")));
    assert_eq!(found.memo.as_deref(), Some("0.3"));
    assert_eq!(found.level, Some(Rating::Four));
    assert_eq!(found.created_at.to_string(), "2011-12-09T00:00:00Z");
    assert_eq!(block_on(crm.system().customers().named("K2")).unwrap().name, "true");
    // The same sheet again is the same run.
    let (again, reasons) = import(&crm, &options, &customers());
    assert!(again.unwrap().was_done());
    assert_eq!(reasons.len(), 2);
}

#[test]
fn what_is_no_sheet_is_named() {
    let crm = block_on(crm());
    let kind = || ImportOptions::new(ImportKind::named("customers").unwrap());
    let said = |options: &ImportOptions, file: &[u8]| import(&crm, options, file).0.unwrap_err().to_string();
    let file = customers();
    assert_eq!(
        said(&kind().sheet("Customer"), &file),
        "the workbook has no sheet `Customer`; did you mean `Customers`?; there are Notes, Customers"
    );
    assert!(said(&kind(), &file).starts_with("nothing fills the required field `number`"));
    assert_eq!(
        said(&kind().sheet("Customers"), b"number,name\nK1,Acme\n"),
        "the workbook can't be read: it is no workbook, so it has no sheets; leave the sheet out"
    );
    for cut in [4, 5, 30, 1_000, file.len() / 2, file.len() - 1] {
        let said = said(&kind().sheet("Customers"), &file[..cut]);
        assert!(said.starts_with("the workbook can't be read: it is damaged"), "{cut}: {said}");
    }
    assert_eq!(block_on(crm.system().customers().list(Query::of::<Customer>())).unwrap().items, []);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Whatever becomes of the bytes: an error or an import, never a panic.
    #[test]
    fn damaged_workbooks_are_refused(changes in prop::collection::vec((0..8_000_usize, any::<u8>()), 1..8)) {
        let mut file = customers();
        for (place, byte) in changes {
            let place = place % file.len();
            file[place] = byte;
        }
        let crm = block_on(crm());
        let options = ImportOptions::new(ImportKind::named("customers").unwrap()).sheet("Customers");
        let _ = import(&crm, &options, &file);
    }

    /// What is exported comes back as it was.
    #[test]
    fn what_is_written_is_what_is_imported(
        name in "[a-z=+@<&\u{4e00}-\u{4e05}\u{1}\r\n\"_x0-9A-F]{1,20}",
        raw in -999_999_999_999_i64..999_999_999_999,
        seconds in 0..4_000_000_000_i64,
    ) {
        let columns = [
            column("code", ColumnType::Text),
            column("name", ColumnType::Text),
            column("price", ColumnType::Money),
        ];
        let mut workbook =
            WorkbookWriter::new("products", &columns, &WorkbookOptions::default().headings(Headings::Names)).unwrap();
        let price = Money::from_raw(raw).unwrap();
        workbook.row(&["P1".into(), name.as_str().into(), price.into()]).unwrap();
        let mut file = Vec::new();
        workbook.finish(&mut file).unwrap();
        let crm = block_on(crm());
        let options = ImportOptions::new(ImportKind::named("products").unwrap());
        let (report, reasons) = import(&crm, &options, &file);
        prop_assert_eq!(report.unwrap().progress.imported, 1, "{:?}", reasons);
        let found = block_on(crm.system().products().named("P1")).unwrap();
        prop_assert_eq!((found.name, found.price), (name, Some(price)));

        // Moments, too: they are written and read on the same clocks.
        let at = Timestamp::from_micros(seconds * 1_000_000).unwrap();
        let columns = [column("number", ColumnType::Text), column("name", ColumnType::Text), column("created_on", ColumnType::Timestamp)];
        let mut workbook =
            WorkbookWriter::new("customers", &columns, &WorkbookOptions::default().headings(Headings::Names)).unwrap();
        workbook.row(&["K1".into(), "Acme".into(), at.into()]).unwrap();
        let mut file = Vec::new();
        workbook.finish(&mut file).unwrap();
        let options = ImportOptions::new(ImportKind::named("customers").unwrap());
        let (report, reasons) = import(&crm, &options, &file);
        prop_assert_eq!(report.unwrap().progress.imported, 1, "{:?}", reasons);
        prop_assert_eq!(block_on(crm.system().customers().named("K1")).unwrap().created_at, at);
    }
}
