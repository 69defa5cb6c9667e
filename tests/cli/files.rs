//! Pictures and workbooks from the command line, and back.

use std::fs;

use crate::host::Folder;

fn filled() -> Folder {
    let folder = Folder::new();
    folder.write(
        "c.csv",
        "number,name,region,created_on,credit\nK1,=1+1,华东,2011-12-09,3\nK2,Acme,,2011-12-10T08:30:00,\n",
    );
    folder.write("o.csv", "number,customer,date,status\nO1,K1,2011-12-09,paid\nO2,K2,2011-12-10,paid\n");
    folder.write("p.csv", "code,name,price\nP1,Bolt,12.3456\n");
    folder.write("l.csv", "order,product,quantity,unit_price\nO1,P1,2,0.1\nO2,P1,-1,900.5\n");
    for (kind, file) in [("customers", "c.csv"), ("products", "p.csv"), ("orders", "o.csv"), ("order_lines", "l.csv")] {
        folder.ok(&format!("import {kind} {file}"));
    }
    folder
}

#[test]
fn every_report_becomes_a_picture_and_a_workbook() {
    let folder = filled();
    let list = folder.json("report list");
    for report in list["rows"].as_array().unwrap() {
        let name = report["report"].as_str().unwrap();
        assert_eq!(folder.ok(&format!("--format svg --out r.svg report {name}")), "");
        assert!(folder.read("r.svg").starts_with("<svg "), "{name}");
        assert_eq!(folder.ok(&format!("--format xlsx --out r.xlsx report {name}")), "");
        assert!(fs::read(folder.path("r.xlsx")).unwrap().starts_with(b"PK"), "{name}");
    }
    assert!(folder.ok("--format svg report contribution").contains("=1+1"));
    let said = folder.refused(1, "--format svg report list");
    assert_eq!(said, "`reports` has no figures to draw; ask for text, json or csv");
}

#[test]
fn a_list_goes_into_a_workbook_and_comes_back() {
    let folder = filled();
    for kind in ["customers", "products"] {
        folder.ok(&format!("--format xlsx --out {kind}.xlsx list {kind}"));
        // The moment a customer was entered has one name in a list and another in an import.
        let map = if kind == "customers" { "--map created_on=created_at" } else { "" };
        let said = folder.ok(&format!("--db sqlite:copy.db import {kind} {kind}.xlsx {map}"));
        assert!(said.starts_with(&format!("{kind}: ")) && said.contains("imported of"), "{said}");
    }
    for kind in ["customers --columns number,name,region,created_at,credit", "products"] {
        let list = |db: &str| folder.ok(&format!("--db sqlite:{db} --format csv list {kind}"));
        assert_eq!(list("copy.db"), list("crm.db"), "{kind}");
    }
    let said = folder.refused(1, "import customers customers.xlsx --sheet Customer");
    assert!(said.contains("the workbook has no sheet `Customer`"), "{said}");
    folder.write("cut.xlsx", &fs::read(folder.path("customers.xlsx")).unwrap()[..900]);
    let said = folder.refused(1, "import customers cut.xlsx");
    assert!(said.contains("cut.xlsx: the workbook can't be read: it is damaged"), "{said}");
}

#[test]
fn bars_and_disarmed_formulas_are_for_those_who_ask() {
    let folder = filled();
    let plain = folder.ok("report contribution");
    assert!(!plain.contains('█') && !plain.contains('░'));
    let bars = folder.ok("--bars report contribution");
    assert!(bars.contains("░░░░░░░░░░░░░░░░░░░░"), "{bars}");
    assert!(folder.ok("--format csv report contribution").contains("\nK1,=1+1,0.20,"));
    assert!(folder.ok("--format csv --no-formulas report contribution").contains("\nK1,'=1+1,0.20,"));
    let list = "list customers --columns number,name --where number=K1";
    assert_eq!(folder.ok(&format!("--format csv {list}")), "number,name\nK1,=1+1\n");
    assert_eq!(folder.ok(&format!("--format csv --no-formulas {list}")), "number,name\nK1,'=1+1\n");
}
