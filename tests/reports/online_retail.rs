//! The figures of a real retailer with 400,000 lines of known customers, where the data is at hand.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use chrono_tz::Tz;
use crmkit::prelude::*;

use crate::world::World;

fn folder() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data/online_retail");
    folder.join("ref_contribution.json").exists().then_some(folder)
}

fn table(file: &str) -> Vec<HashMap<String, String>> {
    let mut reader = csv::Reader::from_path(folder().unwrap().join(file)).unwrap();
    reader.deserialize().map(Result::unwrap).collect()
}

fn reference(file: &str) -> serde_json::Value {
    serde_json::from_str(&std::fs::read_to_string(folder().unwrap().join(file)).unwrap()).unwrap()
}

/// Sales are shipped and paid; what was called off or adjusted is an open order.
fn load() -> World {
    let mut world = World::new(Tz::UTC);
    let customers: HashMap<String, _> = table("customers.csv")
        .iter()
        .map(|row| {
            let country = row["country"].clone();
            let id = world.customer_with(&row["customer_id"], &row["customer_id"], |c| c.region = Some(country));
            (row["customer_id"].clone(), id)
        })
        .collect();
    let products: HashMap<String, _> = table("products.csv")
        .iter()
        .map(|row| (row["stock_code"].clone(), world.product(&row["stock_code"], "Product")))
        .collect();
    let mut lines: HashMap<String, Vec<_>> = HashMap::new();
    for row in table("invoice_lines.csv") {
        let (quantity, price) = (row["quantity"].parse().unwrap(), row["unit_price"].parse().unwrap());
        let line = (products[&row["stock_code"]], quantity, price, Rate::ZERO);
        lines.entry(row["invoice_no"].clone()).or_default().push(line);
    }
    for row in table("invoices.csv").iter().filter(|row| !row["customer_id"].is_empty()) {
        let at = Timestamp::parse_in(&row["invoice_ts"], Tz::UTC).unwrap();
        world.sale(customers[&row["customer_id"]], at, &lines[&row["invoice_no"]], |order| {
            if row["kind"] != "sale" {
                (order.status, order.payment) = (OrderStatus::Created, Payment::Unpaid);
            }
        });
    }
    world.settle();
    world
}

#[test]
fn figures_are_the_published_ones() {
    if folder().is_none() {
        return;
    }
    let world = load();
    let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), Into::into);
    let published = reference("ref_contribution.json");
    let total = |status| world.report("contribution", &[status]).table.total("amount").unwrap().to_string();
    assert_eq!(total("status=all"), published["totals"]["with_customer"].as_str().unwrap());
    let years = published["per_customer_per_year"]["rows"].as_array().unwrap();
    for (status, amount, orders) in [("status=all", 2, 4), ("status=paid", 3, 5)] {
        for year in ["2010", "2011"] {
            let of_year = years.iter().filter(|row| row[1] == year && row[orders] != 0);
            let expected: BTreeMap<String, (String, String)> =
                of_year.map(|row| (text(&row[0]), (text(&row[amount]), text(&row[orders])))).collect();
            let report = world.report("contribution", &[status, &format!("year={year}")]);
            let by = report.table.by("customer_number").unwrap();
            let found = by.into_iter().map(|(key, row)| (key, (row[2].to_string(), row[3].to_string()))).collect();
            assert_eq!(expected, found, "{status} {year}");
        }
    }
    let published = reference("ref_lapsed.json");
    for months in ["6", "3"] {
        let report = world.report("lapsed", &["as-of=2011-12-09", &format!("months={months}")]);
        let mut found: Vec<String> =
            report.table.values("customer_number").unwrap().iter().map(ToString::to_string).collect();
        found.sort_unstable();
        let lapsed = &published[format!("{months}_months")];
        assert_eq!(serde_json::json!(found.len()), lapsed["lapsed_count"], "{months}");
        if lapsed["lapsed"].is_array() {
            assert_eq!(serde_json::json!(found), lapsed["lapsed"], "{months}");
        }
    }
    let published = reference("ref_rfm.json");
    let expected: Vec<String> = published["customers"]["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row.as_array().unwrap().iter().map(text).collect::<Vec<String>>().join(","))
        .collect();
    let found = world.rows("rfm", &["as-of=2011-12-10"]);
    let found: Vec<&str> = found.iter().map(|row| row.rsplit_once(',').unwrap().0).collect();
    assert_eq!(found, expected);
}
