//! Every standard report in every format, of data with hostile names, the same on every store.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use chrono_tz::Tz;
use crmkit::chart::Chart;
use crmkit::customers::{Activity, LossStatus, NewActivity};
use crmkit::marketing::{NewPlanItem, OpportunityStatus, PlanItem};
use crmkit::prelude::*;
use crmkit::report::{Bars, ChartKind, Entry, Formulas, Report, TextOptions, standard};
use crmkit::schema::Lang;
use crmkit::service::ServiceStatus;
use crmkit::storage::SqliteStorage;
use crmkit::workbook::WorkbookOptions;

use crate::sound;
use crate::world::World;

pub(crate) const HOSTILE: [&str; 7] = [
    "<script>alert(1)</script>",
    "=cmd|'/c calc'!A0",
    "\u{202e}txt.exe\u{200f}",
    "\u{1}\u{8}\u{1b}[2J\u{7f}\u{fffe}",
    "👩‍👩‍👧‍👦 مرحبا 北京聚奔",
    "\"> onload=alert(1) ]]> &amp; &#0;",
    "+49 30 123",
];

/// Somebody, something and somewhere of each name, with something for every report.
pub(crate) fn filled(mut world: World) -> World {
    let long = "长".repeat(300);
    let names: Vec<&str> = HOSTILE.into_iter().chain([long.as_str(), " ", "Acme"]).collect();
    let (_, stages) = world.pipeline(HOSTILE[0], &[(HOSTILE[1], 1), (HOSTILE[4], 2), (&long, 3)]);
    let mut before = None;
    for (place, name) in names.iter().enumerate() {
        let day = |month: usize| format!("2011-{:02}-{:02}", month, place + 1);
        let user = world.user(&format!("u{place}"), Some(name));
        let price = Money::from_whole(3).ok();
        let product = NewProduct { code: format!("P{place}"), name: (*name).to_owned(), price, ..Default::default() };
        let product = world.insert(Product::draft(world.id(), product));
        let customer = world.customer_with(&format!("K{place}"), name, |customer| {
            customer.region = Some((*name).to_owned());
            customer.manager = Some(user);
        });
        for month in 1..=3 + place % 3 {
            let quantity = if month == 3 { "-1" } else { "2" };
            world.order(customer, &day(month), &[(product, quantity, &format!("{}.5", 7 * place + month), "0")]);
        }
        // Of one order with two products.
        if let Some(before) = before.replace(product) {
            world.order(customer, &day(4), &[(product, "1", "1", "0"), (before, "1", "1", "0")]);
        }
        world.service(customer, name, |request| {
            request.assigned_to = Some(user);
            request.handled_by = Some(user);
            request.handled_at = Some(Timestamp::from_micros(3_600_000_000).unwrap());
            request.rounds = 2;
            request.satisfaction = Some([Rating::One, Rating::Three, Rating::Five][place % 3]);
        });
        world.service(customer, name, |request| {
            (request.assigned_to, request.status) = (Some(user), ServiceStatus::Assigned)
        });
        world.loss(customer, |lost| (lost.reason, lost.manager) = (Some((*name).to_owned()), Some(user)));
        world.loss(customer, |lost| (lost.status, lost.manager) = (LossStatus::Warning, Some(user)));
        let (opened, stage) = (world.at(&day(1)), stages[place % 3]);
        let status = [OpportunityStatus::Won, OpportunityStatus::Terminated, OpportunityStatus::Assigned][place % 3];
        let chance = world.opportunity(|chance| {
            (chance.status, chance.assigned_to, chance.stage) = (status, Some(user), Some(stage));
            (chance.source, chance.created_at) = (Some((*name).to_owned()), opened);
            chance.amount = Some(Money::from_whole(100).unwrap());
            chance.success_rate = Some(50);
            if status != OpportunityStatus::Assigned {
                chance.closed_at = Some(Timestamp::from_micros(opened.as_micros() + 86_400_000_000).unwrap());
            }
        });
        let plan = NewPlanItem { opportunity: chance, todo: (*name).to_owned(), ..Default::default() };
        let mut plan = PlanItem::draft(world.id(), plan);
        plan.date = Date::from_ymd_opt(2011, 1, 5).unwrap();
        if place % 2 == 0 {
            plan.executed_at = Some(opened);
        }
        world.insert(plan);
        let activity = NewActivity { customer, title: (*name).to_owned(), ..Default::default() };
        let mut activity = Activity::draft(world.id(), activity);
        activity.date = Date::from_ymd_opt(2011, 1, 5).unwrap();
        world.insert(activity);
        let stock = NewStockItem {
            product,
            warehouse: (*name).to_owned(),
            count: Quantity::from_whole(5).unwrap(),
            ..Default::default()
        };
        world.insert(StockItem::draft(world.id(), stock));
    }
    world.settle();
    world
}

/// What a report was printed as.
#[derive(Debug, PartialEq)]
pub(crate) struct Printed {
    pub(crate) name: String,
    json: String,
    csv: String,
    text: String,
    svg: String,
    xlsx: Vec<u8>,
}

/// Prints a report in every format and looks at each as its readers do.
pub(crate) fn printed(report: &Report) -> Printed {
    let name = report.name.to_string();
    let json = report.to_json();
    let read: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(read["rows"].as_array().unwrap().len(), report.table.rows().len());
    let mut text = Vec::new();
    report.write_text_with(&mut text, &TextOptions::default().bars(Bars::Beside)).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert!(!text.chars().any(|c| c.is_control() && c != '\n' || c == '\u{202e}' || c == '\u{200f}'), "{name}: {text}");
    let mut csv = Vec::new();
    report.write_csv_with(&mut csv, Formulas::Disarmed).unwrap();
    for row in csv::Reader::from_reader(csv.as_slice()).records() {
        for cell in &row.unwrap() {
            assert!(!cell.starts_with(['=', '+', '@', '\t']), "{name}: {cell}");
            assert!(!cell.starts_with('-') || cell.parse::<f64>().is_ok(), "{name}: {cell}");
        }
    }
    let chart = Chart::of(report).unwrap_or_else(|| panic!("{name} has no picture"));
    let svg = chart.to_svg();
    sound(&svg);
    let mut xlsx = Vec::new();
    report.write_xlsx(&mut xlsx, &WorkbookOptions::default()).unwrap();
    looked_at(&name, report, &xlsx);
    Printed { name, json, csv: report.to_csv(), text, svg, xlsx }
}

fn looked_at(name: &str, report: &Report, file: &[u8]) {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(file)).unwrap();
    assert!(book.worksheet_formula(name).unwrap().is_empty(), "{name}");
    let range = book.worksheet_range(name).unwrap();
    assert!(range.height() > report.table.rows().len(), "{name}");
    for (row, values) in report.table.rows().iter().enumerate() {
        for (column, value) in values.iter().enumerate() {
            let place = (u32::try_from(row).unwrap() + 1, u32::try_from(column).unwrap());
            let cell = range.get_value(place).unwrap_or(&Data::Empty);
            match value {
                Value::Int(_) | Value::Money(_) | Value::Quantity(_) | Value::Rate(_) => {
                    let Data::Float(number) = cell else { panic!("{name}: {cell:?}") };
                    assert_eq!(*number, value.to_string().parse::<f64>().unwrap(), "{name}");
                }
                Value::Date(_) | Value::Timestamp(_) => assert!(matches!(cell, Data::DateTime(_)), "{name}: {cell:?}"),
                Value::Null => assert_eq!(*cell, Data::Empty, "{name}"),
                Value::Text(text) if text.is_empty() => assert_eq!(*cell, Data::Empty, "{name}"),
                _ => assert!(matches!(cell, Data::String(_)), "{name}: {cell:?}"),
            }
        }
    }
}

fn all(world: &World) -> Vec<Printed> {
    let asked = |report: &Entry| -> &[&str] {
        let looks_back = report.options.iter().any(|option| option.name == "as-of");
        // Nothing was bought together twice.
        if report.name == "bought-together" {
            return &["at-least=1"];
        }
        if looks_back { &["as-of=2012-12-31"] } else { &[] }
    };
    standard().iter().map(|report| printed(&world.report(report.name, asked(report)))).collect()
}

#[test]
fn every_standard_report_prints_in_every_format_on_memory_and_sqlite() {
    let memory = all(&filled(World::new(Tz::UTC)));
    let sqlite = SqliteStorage::in_memory(crmkit::standard_schema().unwrap()).unwrap();
    assert!(memory == all(&filled(World::on(sqlite, Tz::UTC))), "the stores print otherwise");
    for printed in &memory {
        assert!(!printed.svg.contains("(no data)"), "{} has nothing to print: {}", printed.name, printed.text);
    }
    // Without anything in the store, too.
    for report in standard() {
        assert!(report.chart.is_some(), "{} names no picture", report.name);
        printed(&World::new(Tz::UTC).report(report.name, &[]));
    }
}

#[test]
fn pictures_are_those_that_suit_the_report() {
    let world = filled(World::new(Tz::UTC));
    for (name, kind) in [
        ("contribution", ChartKind::Bars),
        ("composition", ChartKind::Donut),
        ("rfm", ChartKind::HeatMap),
        ("retention", ChartKind::HeatMap),
        ("funnel", ChartKind::Funnel),
        ("sales-trend", ChartKind::Lines),
        ("win-rate", ChartKind::StackedBars),
    ] {
        let mut report = world.report(name, if name == "rfm" { &["as-of=2012-12-31"] } else { &[] });
        report.lang = Lang::Zh;
        let chart = Chart::of(&report).unwrap();
        assert_eq!(chart.kind, kind, "{name}");
        assert!(chart.title.chars().any(|c| c >= '\u{4e00}'), "{name}: {}", chart.title);
    }
}
