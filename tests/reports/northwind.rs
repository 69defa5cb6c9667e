//! The published figures of Northwind, where the data is at hand.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use chrono_tz::{Asia, Tz};
use crmkit::prelude::*;
use crmkit::report::Lapsed;

use crate::world::{Open, World, rows};

pub(crate) fn folder() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data/northwind");
    folder.join("ref_contribution.json").exists().then_some(folder)
}

fn table(file: &str) -> Vec<HashMap<String, String>> {
    let mut reader = csv::Reader::from_path(folder().unwrap().join(file)).unwrap();
    reader.deserialize().map(Result::unwrap).collect()
}

fn reference(file: &str) -> serde_json::Value {
    serde_json::from_str(&std::fs::read_to_string(folder().unwrap().join(file)).unwrap()).unwrap()
}

/// One column of a reference table by the text of another.
fn column(table: &serde_json::Value, key: &str, value: &str) -> BTreeMap<String, String> {
    let place = |name: &str| {
        let columns = table["columns"].as_array().unwrap();
        columns.iter().position(|column| column == name).unwrap()
    };
    let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), Into::into);
    let (key, value) = (place(key), place(value));
    table["rows"].as_array().unwrap().iter().map(|row| (text(&row[key]), text(&row[value]))).collect()
}

fn fill(mut world: World) -> World {
    let zone = world.zone;
    let mut customers = HashMap::new();
    for row in table("customers.csv") {
        let id = world.customer_with(&row["customer_id"], &row["company_name"], |customer| {
            customer.region = Some(row["country"].clone());
        });
        customers.insert(row["customer_id"].clone(), id);
    }
    let categories: HashMap<String, String> = table("categories.csv")
        .into_iter()
        .map(|row| (row["category_id"].clone(), row["category_name"].clone()))
        .collect();
    let mut products = HashMap::new();
    for row in table("products.csv") {
        let (code, name) = (row["product_id"].clone(), row["product_name"].clone());
        let (price, category) =
            (Some(row["unit_price"].parse().unwrap()), Some(categories[&row["category_id"]].clone()));
        let new = NewProduct { code: code.clone(), name, price, category, ..Default::default() };
        let product = Product::draft(world.id(), new);
        let id = world.insert(product);
        products.insert(code, id);
        let (warehouse, count) = ("W".into(), row["units_in_stock"].parse().unwrap());
        let item = StockItem::draft(world.id(), NewStockItem { product: id, warehouse, count, ..Default::default() });
        world.insert(item);
    }
    let employees: HashMap<String, _> = table("employees.csv")
        .iter()
        .map(|row| {
            let name = format!("{} {}", row["first_name"], row["last_name"]);
            (row["employee_id"].clone(), world.user(&row["employee_id"], Some(&name)))
        })
        .collect();
    let mut lines: HashMap<String, Vec<_>> = HashMap::new();
    for row in table("order_details.csv") {
        let (quantity, price) = (row["quantity"].parse().unwrap(), row["unit_price"].parse().unwrap());
        let line = (products[&row["product_id"]], quantity, price, row["discount"].parse().unwrap());
        lines.entry(row["order_id"].clone()).or_default().push(line);
    }
    for row in table("orders.csv") {
        let at = Timestamp::parse_in(&row["order_date"], zone).unwrap();
        world.sale(customers[&row["customer_id"]], at, &lines[&row["order_id"]], |order| {
            order.manager = Some(employees[&row["employee_id"]]);
        });
    }
    world.settle();
    world
}

fn contribution_is_the_published_one(open: Open<'_>) {
    let published = reference("ref_contribution.json");
    for zone in [Tz::UTC, Asia::Shanghai] {
        let world = fill(open(zone));
        let total = |options: &[&str]| {
            let report = world.report("contribution", options);
            let total = |column| report.table.total(column).unwrap().to_string();
            (total("amount"), total("orders"))
        };
        assert_eq!(total(&[]), ("1265793.0395".into(), "830".into()));
        assert_eq!(total(&["year=1996"]), ("208083.97".into(), "152".into()));
        assert_eq!(total(&["year=1997"]), ("617085.2035".into(), "408".into()));
        assert_eq!(total(&["year=1998"]), ("440623.866".into(), "270".into()));
        assert_eq!(total(&["from=1997-01-01", "to=1997-12-31"]), total(&["year=1997"]));
        let mut years = 0;
        for year in ["1996", "1997", "1998"] {
            let table = &published["per_customer_per_year"];
            let of_year: Vec<_> = table["rows"].as_array().unwrap().iter().filter(|row| row[2] == *year).collect();
            let of_year = serde_json::json!({"columns": table["columns"], "rows": of_year});
            let report = world.report("contribution", &[&format!("year={year}")]);
            let by = report.table.by("customer_number").unwrap();
            let found = |place: usize| by.iter().map(|(key, row)| (key.clone(), row[place].to_string())).collect();
            assert_eq!(column(&of_year, "customer_id", "amount_exact"), found(2), "{year}");
            assert_eq!(column(&of_year, "customer_id", "orders"), found(3), "{year}");
            assert_eq!(column(&of_year, "customer_id", "company_name"), found(1), "{year}");
            let exact = text(&published["total_per_year"][year]["exact"]);
            let orders = published["total_per_year"][year]["orders"].to_string();
            assert_eq!(total(&[&format!("year={year}")]), (exact, orders));
            years += by.len();
        }
        assert_eq!(years, published["per_customer_per_year"]["rows"].as_array().unwrap().len());
    }
}

fn composition_by_region_is_that_by_country(open: Open<'_>) {
    let published = reference("ref_composition.json");
    let report = fill(open(Tz::UTC)).report("composition", &["by=region"]);
    let by = report.table.by("key").unwrap();
    let found = |place: usize| by.iter().map(|(key, row)| (key.clone(), row[place].to_string())).collect();
    assert_eq!(column(&published["by_country"], "value", "customers"), found(2));
    assert_eq!(column(&published["by_country"], "value", "share"), found(3));
    assert_eq!(report.table.total("customers").unwrap().to_string(), "91");
}

fn lapsed_customers_are_the_published_ones(open: Open<'_>) {
    let published = reference("ref_lapsed.json");
    let world = fill(open(Asia::Shanghai));
    for (key, as_of, months) in [
        ("at_1998-05-06", "1998-05-06", "6"),
        ("at_1998-05-06_3_months", "1998-05-06", "3"),
        ("at_1997-12-31_data_up_to_that_day", "1997-12-31", "6"),
    ] {
        let report = world.report("lapsed", &[&format!("as-of={as_of}"), &format!("months={months}")]);
        let found: Vec<String> =
            report.table.values("customer_number").unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(serde_json::json!(found), published[key]["lapsed"], "{key}");
        assert_eq!(serde_json::json!(found.len()), published[key]["lapsed_count"], "{key}");
        let lapsed = Lapsed { months: months.parse().unwrap(), ..Default::default() };
        assert_eq!(lapsed.cutoff(as_of.parse().unwrap()).to_string(), text(&published[key]["cutoff"]), "{key}");
    }
    let classic: Vec<String> = world.rows("lapsed", &["as-of=1998-05-06"]);
    let numbers: Vec<&str> = classic.iter().map(|row| row.split(',').next().unwrap()).collect();
    assert_eq!(numbers, ["CENTC", "FAMIA", "HUNGC", "LAZYK", "MEREP"]);
}

fn scores_are_the_published_ones(open: Open<'_>) {
    let published = reference("ref_rfm.json");
    let found = fill(open(Tz::UTC)).rows("rfm", &["as-of=1998-05-06"]);
    let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), Into::into);
    let expected = published["customers"]["rows"].as_array().unwrap().iter();
    let expected: Vec<String> =
        expected.map(|row| row.as_array().unwrap().iter().map(text).collect::<Vec<_>>().join(",")).collect();
    let found: Vec<&str> = found.iter().map(|row| row.rsplit_once(',').unwrap().0).collect();
    assert_eq!(found, expected);
}

fn months_and_products_are_the_published_ones(open: Open<'_>) {
    let world = fill(open(Asia::Shanghai));
    let published = reference("ref_orders_by_month.json");
    let report = world.report("sales-trend", &["period=month"]);
    let by = report.table.by("period").unwrap();
    let found = |place: usize| by.iter().map(|(key, row)| (key.clone(), row[place].to_string())).collect();
    assert_eq!(column(&published["by_month"], "month", "orders"), found(1));
    assert_eq!(column(&published["by_month"], "month", "amount_exact"), found(2));

    let published = reference("ref_products_and_staff.json");
    let expected: Vec<String> = published["top10_products_by_amount"]["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| format!("{},{},{},{}", text(&row[1]), text(&row[2]), row[5], text(&row[3])))
        .collect();
    assert_eq!(world.rows("top-products", &[]), expected);
    let all = world.report("top-products", &["limit=100"]);
    let by = all.table.by("product_code").unwrap();
    let found = |place: usize| by.iter().map(|(key, row)| (key.clone(), row[place].to_string())).collect();
    assert_eq!(column(&published["all_products"], "product_id", "amount_exact"), found(3));
    assert_eq!(column(&published["all_products"], "product_id", "quantity"), found(2));
    assert_eq!(all.table.total("amount").unwrap().to_string(), "1265793.0395");
    assert_eq!(rows(&all).len(), 77);
}

fn sales_are_the_published_ones_by_every_key(open: Open<'_>) {
    let world = fill(open(Asia::Shanghai));
    let by = |by: &str, place: usize| -> BTreeMap<String, String> {
        let report = world.report("sales-by", &[&format!("by={by}")]);
        assert_eq!(report.table.by("key").unwrap().len(), report.table.rows().len(), "{by}");
        report.table.by("key").unwrap().into_iter().map(|(key, row)| (key, row[place].to_string())).collect()
    };
    let countries = &reference("ref_composition.json")["sales_by_customer_country"];
    let staff = reference("ref_products_and_staff.json");
    for (key, table, name) in [
        ("region", countries, "country"),
        ("category", &staff["by_category"], "category"),
        ("manager", &staff["by_employee"], "name"),
        ("product", &staff["all_products"], "product_name"),
    ] {
        assert_eq!(by(key, 1), column(table, name, "orders"), "{key}");
        assert_eq!(by(key, 2), column(table, name, "amount_exact"), "{key}");
    }
    assert_eq!(by("region", 3), column(countries, "country", "share"));
    let published = &reference("ref_contribution.json")["ranking_all_years"];
    let report = world.report("abc-customers", &[]);
    let found =
        |place: usize| -> Vec<String> { report.table.rows().iter().map(|row| row[place].to_string()).collect() };
    let listed = |place: usize| -> Vec<String> {
        published["rows"].as_array().unwrap().iter().map(|row| text(&row[place])).collect()
    };
    for (place, of) in [(0, 1), (1, 2), (2, 3), (3, 6), (4, 7)] {
        assert_eq!(found(place), listed(of), "{of}");
    }
    let all = world.report("contribution", &[]);
    let orders: Vec<String> = all.table.values("orders").unwrap().iter().map(ToString::to_string).collect();
    let expected: Vec<String> = published["rows"].as_array().unwrap().iter().map(|row| row[5].to_string()).collect();
    assert_eq!(orders, expected);
    let stock = world.report("stock-position", &[]).table.total("value").unwrap().to_string();
    assert_eq!(stock, text(&staff["stock_value_at_list_price"]));
    let months = &reference("ref_orders_by_month.json")["by_month"];
    let report = world.report("new-customers", &[]);
    let customers =
        report.table.by("period").unwrap().into_iter().map(|(key, row)| (key, row[1].to_string())).collect();
    assert_eq!(column(months, "month", "customers"), customers);
}

/// What is compared with the published figures, on any store.
pub(crate) const FIGURES: [fn(Open<'_>); 6] = [
    contribution_is_the_published_one,
    composition_by_region_is_that_by_country,
    lapsed_customers_are_the_published_ones,
    scores_are_the_published_ones,
    months_and_products_are_the_published_ones,
    sales_are_the_published_ones_by_every_key,
];

#[test]
fn figures_are_the_published_ones() {
    if folder().is_some() {
        FIGURES.iter().for_each(|figures| figures(&World::new));
    }
}

fn text(value: &serde_json::Value) -> String {
    value.as_str().unwrap().to_owned()
}
