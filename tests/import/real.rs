//! Real data, with the options a user would give. Without the data there is nothing to test.

use std::fs::File;
use std::path::PathBuf;

use crmkit::marketing::{Opportunity, OpportunityStatus, Pipeline, Stage};
use crmkit::prelude::*;
use crmkit::service::{ServiceRequest, ServiceStatus};
use crmkit::storage::{MemoryStorage, SqliteOptions, SqliteStorage};
use crmkit::transfer::{ImportOptions, ImportOutput, ImportReport};
use pollster::block_on;

use crate::bench::options;

fn data(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(name);
    path.exists().then_some(path)
}

fn import(session: &Session, options: &ImportOptions, path: PathBuf) -> ImportReport {
    let report = block_on(session.import(options, File::open(path).unwrap(), ImportOutput::default())).unwrap();
    assert_eq!(report.progress.rejected, 0, "{:?}", options.kind);
    report
}

fn northwind(crm: &Crm) -> Option<()> {
    let session = crm.system();
    let users =
        options("users").map("name", "employee_id").map("display_name", "last_name").set("role", "account_manager");
    let customers = options("customers")
        .map("number", "customer_id")
        .map("name", "company_name")
        .map("region", "country")
        .map("zip", "postal_code");
    let contacts =
        options("contacts").map("customer", "customer_id").map("name", "contact_name").map("position", "contact_title");
    let products = options("products")
        .map("code", "product_id")
        .map("name", "product_name")
        .map("unit", "quantity_per_unit")
        .map("price", "unit_price")
        .map("category", "category_id");
    let stock = options("stock").map("product", "product_id").map("count", "units_in_stock").set("warehouse", "main");
    let orders = options("orders")
        .map("number", "order_id")
        .map("customer", "customer_id")
        .map("date", "order_date")
        .map("manager", "employee_id")
        .map("address", "ship_address")
        .set("status", "paid");
    let lines = options("order_lines").map("order", "order_id").map("product", "product_id");
    for (options, file, rows) in [
        (users, "employees", 9),
        (customers, "customers", 91),
        (contacts, "customers", 91),
        (products, "products", 77),
        (stock, "products", 77),
        (orders, "orders", 830),
        (lines, "order_details", 2_155),
    ] {
        let report = import(&session, &options, data(&format!("northwind/{file}.csv"))?);
        assert_eq!(report.progress.imported, rows, "{file}");
    }
    let mut total = Money::ZERO;
    let mut orders = Query::of::<Order>().limit(500);
    loop {
        let page = block_on(session.orders().list(orders.clone())).unwrap();
        total = page.items.iter().fold(total, |sum, order| sum.checked_add(order.amount).unwrap());
        match page.next {
            Some(next) => orders.after = Some(next),
            None => break,
        }
    }
    assert_eq!(total.to_string(), "1265793.0395");
    let silent = block_on(session.customers().count(Customer::last_order_on.is_null())).unwrap();
    assert_eq!(silent, 2);
    let vinet = block_on(session.customers().named("VINET")).unwrap();
    assert_eq!(vinet.last_order_on.unwrap().to_string(), "1997-11-12");
    assert_eq!(block_on(session.verify()).unwrap(), Vec::<String>::new());
    Some(())
}

#[test]
fn northwind_is_exact_in_memory() {
    let storage = MemoryStorage::new(crmkit::standard_schema().unwrap());
    northwind(&block_on(Crm::builder(storage).open()).unwrap());
}

#[cfg(feature = "sqlite")]
#[test]
fn northwind_is_exact_in_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let schema = crmkit::standard_schema().unwrap();
    let storage = SqliteStorage::open(folder.path().join("crm.db"), schema, SqliteOptions::default()).unwrap();
    northwind(&block_on(Crm::builder(storage).open()).unwrap());
}

#[cfg(feature = "sqlite")]
#[test]
fn a_year_of_a_retailer_is_in_with_all_its_dirt() {
    let Some(path) = data("online_retail/customers.csv") else { return };
    let folder = tempfile::tempdir().unwrap();
    let schema = crmkit::standard_schema().unwrap();
    let storage = SqliteStorage::open(folder.path().join("crm.db"), schema, SqliteOptions::default()).unwrap();
    let crm = block_on(Crm::builder(storage).open()).unwrap();
    let session = crm.system();
    let customers =
        options("customers").map("number", "customer_id").map("name", "customer_id").map("region", "country");
    assert_eq!(import(&session, &customers, path).progress.imported, 4_372);
    // A product without a description is called by its code, as its row says nothing else.
    let products = options("products").map("code", "stock_code").map("name", "description").set("name", "?");
    let products = products.map("price", "usual_unit_price");
    assert_eq!(import(&session, &products, data("online_retail/products.csv").unwrap()).progress.imported, 4_070);
    let orders = options("orders")
        .map("number", "invoice_no")
        .map("customer", "customer_id")
        .map("date", "invoice_ts")
        .map("status", "kind")
        .map_value("status", "sale", "paid")
        .map_value("status", "cancellation", "paid")
        .map_value("status", "adjustment", "paid")
        .set("customer", "12346");
    assert_eq!(import(&session, &orders, data("online_retail/invoices.csv").unwrap()).progress.imported, 25_900);
    let loyal = block_on(session.customers().named("17850")).unwrap();
    assert_eq!(loyal.last_order_on.unwrap().to_string(), "2011-02-10");
    assert_eq!(block_on(session.verify()).unwrap(), Vec::<String>::new());
}

/// The rows of a reference table as the texts and the count in two of its columns.
fn reference(name: &str, table: &str, key: usize, count: usize) -> Vec<(String, u64)> {
    let text = std::fs::read_to_string(data(name).unwrap()).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let rows = json[table]["rows"].as_array().unwrap().iter();
    let mut rows: Vec<(String, u64)> =
        rows.map(|row| (row[key].as_str().unwrap().to_owned(), row[count].as_u64().unwrap())).collect();
    rows.sort();
    rows
}

#[cfg(feature = "sqlite")]
#[test]
fn a_pipeline_of_8800_opportunities_is_in_stage_by_stage() {
    if data("maven_crm").is_none() {
        return;
    }
    let path = |file: &str| data(&format!("maven_crm/{file}.csv")).unwrap();
    let schema = crmkit::standard_schema().unwrap();
    let crm = block_on(Crm::builder(SqliteStorage::in_memory(schema).unwrap()).open()).unwrap();
    let session = crm.system();
    let products = options("products").map("code", "product").map("name", "product").map("price", "sales_price");
    let customers =
        options("customers").map("number", "account").map("name", "account").map("region", "office_location");
    let users = options("users").map("name", "sales_agent").set("role", "account_manager");
    assert_eq!(import(&session, &products, path("products")).progress.imported, 7);
    assert_eq!(import(&session, &customers, path("accounts")).progress.imported, 85);
    assert_eq!(import(&session, &users, path("sales_teams")).progress.imported, 35);
    let opportunities = options("opportunities")
        .map("number", "opportunity_id")
        .map("customer", "account")
        .map("customer_name", "account")
        .set("customer_name", "unknown")
        .map("title", "product")
        .map_value("product", "GTXPro", "GTX Pro")
        .map("status", "deal_stage")
        .map_value("status", "Won", "won")
        .map_value("status", "Lost", "terminated")
        .map_value("status", "Prospecting", "assigned")
        .map_value("status", "Engaging", "assigned")
        .map("stage", "deal_stage")
        .map("owner", "sales_agent")
        .map("amount", "close_value")
        .map("created_on", "engage_date")
        .map("closed_on", "close_date");
    assert_eq!(import(&session, &opportunities, path("sales_pipeline")).progress.imported, 8_800);
    let counted = |filter: Filter| block_on(session.opportunities().count(filter)).unwrap();
    let stages = block_on(session.stages().list(Query::of::<Stage>())).unwrap().items;
    let mut counts: Vec<(String, u64)> =
        stages.iter().map(|stage| (stage.name.clone(), counted(Opportunity::stage.eq(stage.id)))).collect();
    counts.sort();
    assert_eq!(counts, reference("maven_crm/ref_funnel.json", "current_stage_counts", 0, 1));
    assert_eq!(block_on(session.pipelines().count(Pipeline::name.eq("default"))).unwrap(), 1);
    assert_eq!(counted(Opportunity::status.eq(OpportunityStatus::Won)), 4_238);
    assert_eq!(counted(Opportunity::customer.is_null()), 1_425);
    assert_eq!(counted(Opportunity::closed_at.is_null()), 2_089);
    let anna = block_on(session.users().named("Anna Snelling")).unwrap();
    assert_eq!(counted(Opportunity::owner.eq(anna.id)), 448);
    assert_eq!(block_on(session.verify()).unwrap(), Vec::<String>::new());
}

#[cfg(feature = "sqlite")]
#[test]
fn the_incidents_of_a_service_desk_are_in_type_by_type() {
    let Some(path) = data("service_incidents/incidents.csv") else { return };
    let schema = crmkit::standard_schema().unwrap();
    let crm = block_on(Crm::builder(SqliteStorage::in_memory(schema).unwrap()).open()).unwrap();
    let session = crm.system();
    let customers = options("customers").map("number", "caller").map("name", "caller");
    let customers = customers.on_duplicate(crmkit::transfer::OnDuplicate::Skip);
    import(&session, &customers, path.clone());
    let services = options("services")
        .map("customer", "caller")
        .map("type", "category")
        .set("type", "none")
        .map("title", "subcategory")
        .set("title", "none")
        .set("status", "archived")
        .map("created_on", "opened_at")
        .map("handled_on", "resolved_at");
    assert_eq!(import(&session, &services, path).progress.imported, 890);
    for (category, count) in reference("service_incidents/ref_service_analysis.json", "by_category", 0, 1) {
        let category = if category.starts_with("Category") { category } else { "none".to_owned() };
        let archived = ServiceRequest::status.eq(ServiceStatus::Archived);
        let of_type = archived.and(ServiceRequest::r#type.eq(category.as_str()));
        assert_eq!(block_on(session.services().count(of_type)).unwrap(), count, "{category}");
    }
    assert_eq!(block_on(session.services().count(ServiceRequest::handled_at.is_null())).unwrap(), 29);
}
