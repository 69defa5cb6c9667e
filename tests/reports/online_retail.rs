//! The figures of a real retailer with 400,000 lines of known customers, where the data is at hand.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use chrono_tz::Tz;
use crmkit::prelude::*;

use crate::world::{Open, World};

pub(crate) fn folder() -> Option<PathBuf> {
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

/// Sales are shipped and paid; what was called off or adjusted is an open order. Invoices to nobody known are cancelled
/// orders of a customer who is deleted.
fn fill(mut world: World) -> World {
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
        .map(|row| {
            let (code, name) = (&row["stock_code"], &row["description"]);
            (code.clone(), world.product(code, if name.is_empty() { code } else { name }))
        })
        .collect();
    let mut lines: HashMap<String, Vec<_>> = HashMap::new();
    for row in table("invoice_lines.csv") {
        let (quantity, price) = (row["quantity"].parse().unwrap(), row["unit_price"].parse().unwrap());
        let line = (products[&row["stock_code"]], quantity, price, Rate::ZERO);
        lines.entry(row["invoice_no"].clone()).or_default().push(line);
    }
    let nobody = world.customer_with("0", "Nobody", |customer| customer.status = CustomerStatus::Deleted);
    for row in table("invoices.csv") {
        let at = Timestamp::parse_in(&row["invoice_ts"], Tz::UTC).unwrap();
        let customer = customers.get(&row["customer_id"]).copied();
        world.sale(customer.unwrap_or(nobody), at, &lines[&row["invoice_no"]], |order| {
            if customer.is_none() {
                order.status = OrderStatus::Cancelled;
            } else if row["kind"] != "sale" {
                (order.status, order.payment) = (OrderStatus::Created, Payment::Unpaid);
            }
        });
    }
    world.settle();
    world
}

pub(crate) fn check(open: Open<'_>) {
    let world = fill(open(Tz::UTC));
    everything(&world);
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

/// What counts the invoices to nobody known, too, and who the customers are.
fn everything(world: &World) {
    let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), Into::<String>::into);
    let contribution = reference("ref_contribution.json");
    for (status, amount, orders) in [
        ("all,cancelled", &contribution["totals"]["all_lines"], Some(&contribution["invoices"])),
        ("cancelled", &contribution["totals"]["without_customer"], Some(&contribution["invoices_without_customer"])),
        ("all", &contribution["totals"]["with_customer"], None),
    ] {
        let report = world.report("contribution", &[&format!("status={status}")]);
        let total = |column| report.table.total(column).unwrap().to_string();
        assert_eq!(total("amount"), text(amount), "{status}");
        assert!(orders.is_none_or(|orders| total("orders") == text(orders)), "{status}");
    }
    let report = world.report("composition", &["by=region"]);
    assert_eq!(report.table.total("customers").unwrap().to_string(), text(&contribution["customers"]));
    let published = reference("ref_composition.json");
    let countries = published["customers_by_country"]["rows"].as_array().unwrap();
    let expected: BTreeMap<String, (String, String)> =
        countries.iter().map(|row| (text(&row[0]), (text(&row[1]), text(&row[2])))).collect();
    let by = report.table.by("key").unwrap();
    let found = by.into_iter().map(|(key, row)| (key, (row[2].to_string(), row[3].to_string()))).collect();
    assert_eq!(expected, found);

    let published = reference("ref_orders_by_month.json");
    let months = published["by_month"]["rows"].as_array().unwrap();
    let expected: Vec<String> =
        months.iter().map(|row| format!("{},{},{}", text(&row[0]), row[1], text(&row[4]))).collect();
    assert_eq!(world.rows("sales-trend", &["status=all,cancelled"]), expected);
    let published = reference("ref_products.json");
    let report = world.report("top-products", &["status=all,cancelled", "limit=10"]);
    for (place, of) in [(0, 1), (1, 2), (2, 4), (3, 3)] {
        let found: Vec<String> = report.table.rows().iter().map(|row| row[place].to_string()).collect();
        let top = published["top10_by_net_amount"]["rows"].as_array().unwrap();
        assert_eq!(found, top.iter().map(|row| text(&row[of])).collect::<Vec<_>>(), "{of}");
    }
    let all = world.report("top-products", &["status=all,cancelled", "limit=100000"]).table.rows().len();
    assert_eq!(all.to_string(), text(&published["distinct_stock_codes"]));
    let top = contribution["top_50_by_net"]["rows"].as_array().unwrap();
    let report = world.report("abc-customers", &["status=all"]);
    for (place, of) in [(0, 1), (2, 3), (3, 5), (4, 6)] {
        let found: Vec<String> = report.table.rows().iter().take(50).map(|row| row[place].to_string()).collect();
        assert_eq!(found, top.iter().map(|row| text(&row[of])).collect::<Vec<_>>(), "{of}");
    }
}

#[test]
fn figures_are_the_published_ones() {
    if folder().is_some() {
        check(&World::new);
    }
}
