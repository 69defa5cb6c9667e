//! A real trading company from its files to figures that are known from elsewhere.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::host::{Folder, column, data, plain};
use crate::trade::{REPORTS, imports};

fn reference(data: &Path, name: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(data.join(name)).unwrap()).unwrap()
}

/// The rows of a reference table as texts, by the names of its columns.
fn rows(table: &Value) -> Vec<BTreeMap<String, String>> {
    let names: Vec<String> = table["columns"].as_array().unwrap().iter().map(plain).collect();
    let rows = table["rows"].as_array().unwrap().iter();
    rows.map(|row| names.iter().cloned().zip(row.as_array().unwrap().iter().map(plain)).collect()).collect()
}

#[test]
fn the_figures_of_northwind_come_out_on_every_store() {
    let Some(data) = data("northwind") else { return };
    let folder = Folder::new();
    let imports = imports(&data);
    let said: Vec<String> = imports.iter().map(|line| folder.ok(line)).collect();
    let expected = [
        "users: 9 imported of 9 rows\n",
        "customers: 91 imported of 91 rows\n",
        "contacts: 91 imported of 91 rows\n",
        "products: 77 imported of 77 rows\n",
        "stock: 77 imported of 77 rows\n",
        "orders: 830 imported of 830 rows\n",
        "order_lines: 2155 imported of 2155 rows\n",
    ];
    assert_eq!(said, expected);
    assert!(folder.ok("verify").starts_with("no faults"));

    let printed: Vec<String> = REPORTS.iter().map(|report| folder.ok(&format!("--format json {report}"))).collect();
    let reports: Vec<Value> = printed.iter().map(|text| serde_json::from_str(text).unwrap()).collect();
    contribution(&data, &reports);
    composition(&data, &reports[4]);
    assert_eq!(column(&reports[5], "customer_number"), ["CENTC", "FAMIA", "HUNGC", "LAZYK", "MEREP"]);
    top_products(&data, &reports[6]);
    months(&data, &reports[7]);
    rfm(&data, &reports[8]);

    let brief = folder.json("--now 1998-05-06T12:00:00Z brief --period 1997");
    let (sales, orders) = (&brief["headlines"][0], &brief["headlines"][1]);
    assert_eq!((&sales["value"], &orders["value"]), (&reports[2]["totals"]["amount"], &reports[2]["totals"]["orders"]));
    assert_eq!((&sales["previous"]["value"], &sales["last_year"]), (&reports[1]["totals"]["amount"], &Value::Null));
    assert_eq!(brief["sections"][1]["report"]["rows"][0], reports[2]["rows"][0]);
    assert!(folder.ok("brief --period 1997-Q2").starts_with("<!DOCTYPE html>"));
    folder.refused(2, "--format csv brief");
    folder.refused(2, "brief --period 97");

    let script = Folder::new();
    script.write("all.crm", format!("{}\n--format json {}\n", imports.join("\n"), REPORTS.join("\n--format json ")));
    let out = script.ok("--db memory: script all.crm");
    assert_eq!(out, format!("{}{}", expected.concat(), printed.concat()));
}

fn contribution(data: &Path, reports: &[Value]) {
    let reference = reference(data, "ref_contribution.json");
    assert_eq!(reports[0]["totals"], serde_json::json!({"amount": "1265793.0395", "orders": 830}));
    let known = rows(&reference["per_customer_per_year"]);
    for (report, year) in reports[1..4].iter().zip(["1996", "1997", "1998"]) {
        let total = &reference["total_per_year"][year];
        assert_eq!((&report["totals"]["amount"], &report["totals"]["orders"]), (&total["exact"], &total["orders"]));
        let mut expected: Vec<[String; 4]> = known
            .iter()
            .filter(|row| row["year"] == year)
            .map(|row| ["customer_id", "company_name", "amount_exact", "orders"].map(|name| row[name].clone()))
            .collect();
        let columns = ["customer_number", "customer_name", "amount", "orders"];
        let found = report["rows"].as_array().unwrap().iter();
        let mut found: Vec<[String; 4]> = found.map(|row| columns.map(|name| plain(&row[name]))).collect();
        let amounts: Vec<f64> = found.iter().map(|row| row[2].parse().unwrap()).collect();
        assert!(amounts.is_sorted_by(|a, b| a >= b), "{year}");
        expected.sort();
        found.sort();
        assert_eq!(found, expected, "{year}");
    }
}

fn composition(data: &Path, report: &Value) {
    let mut expected: Vec<_> = rows(&reference(data, "ref_composition.json")["by_country"])
        .iter()
        .map(|row| ["value", "customers", "share"].map(|name| row[name].clone()))
        .collect();
    expected.sort();
    let found = report["rows"].as_array().unwrap().iter();
    let found: Vec<_> = found.map(|row| ["key", "customers", "share"].map(|name| plain(&row[name]))).collect();
    assert_eq!(found, expected);
}

fn top_products(data: &Path, report: &Value) {
    let known = rows(&reference(data, "ref_products_and_staff.json")["top10_products_by_amount"]);
    for (name, known_as) in [
        ("product_code", "product_id"),
        ("product_name", "product_name"),
        ("amount", "amount_exact"),
        ("quantity", "quantity"),
    ] {
        let expected: Vec<&String> = known.iter().map(|row| &row[known_as]).collect();
        assert_eq!(column(report, name).iter().collect::<Vec<_>>(), expected, "{name}");
    }
}

fn months(data: &Path, report: &Value) {
    let known = rows(&reference(data, "ref_orders_by_month.json")["by_month"]);
    for (name, known_as) in [("period", "month"), ("orders", "orders"), ("amount", "amount_exact")] {
        let expected: Vec<&String> = known.iter().map(|row| &row[known_as]).collect();
        assert_eq!(column(report, name).iter().collect::<Vec<_>>(), expected, "{name}");
    }
}

fn rfm(data: &Path, report: &Value) {
    let known = rows(&reference(data, "ref_rfm.json")["customers"]);
    let names = [
        ("customer_number", "customer_id"),
        ("last_order_date", "last_order_date"),
        ("recency_days", "recency_days"),
        ("frequency", "frequency"),
        ("monetary", "monetary"),
        ("r", "r_score"),
        ("f", "f_score"),
        ("m", "m_score"),
    ];
    for (name, known_as) in names {
        let expected: Vec<&String> = known.iter().map(|row| &row[known_as]).collect();
        assert_eq!(column(report, name).iter().collect::<Vec<_>>(), expected, "{name}");
    }
}
