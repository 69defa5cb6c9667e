//! The SQL that queries, aggregates and schemas become, compared with reviewed files.
//!
//! `UPDATE_GOLDEN=1 cargo test --test sql_golden` writes the files anew; look at the difference before committing it.
#![cfg(feature = "sqlite")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, dead_code)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crmkit::id::{Id, RecordId};
use crmkit::query::{Aggregate, Comparison, Filter, GroupKey, Measure, Period, Query};
use crmkit::schema::{Entity as _, EntityFacts, Facts, Schema};
use crmkit::storage::{Reader, SqliteOptions, SqliteStorage};
use crmkit::value::{Date, Money, Quantity, Rate, Timestamp, Value};

crmkit::choice!(
    /// Where a customer stands.
    pub enum Status {
        /// Active.
        #[code("active", "正常", "Active")]
        Active,
        /// Gone.
        #[code("lost", "流失", "Lost")]
        Lost,
    }
);

crmkit::entity!(
    #[entity("g_user", "用户", "User")]
    #[inputs(NewUser, UserPatch)]
    /// Somebody who uses the program.
    pub struct User {
        /// What he is called.
        pub name: String,
        /// Whom he answers to.
        pub boss: Option<Id<User>>,
    }
);

impl EntityFacts for User {
    fn facts() -> Facts {
        Facts::default().unique::<Self>(&[&User::name])
    }
}

crmkit::entity!(
    #[entity("g_customer", "客户", "Customer")]
    #[inputs(NewCustomer, CustomerPatch)]
    /// Somebody who buys.
    pub struct Customer {
        /// His number.
        pub number: String,
        /// His name.
        pub name: Option<String>,
        /// Where he is.
        pub region: Option<String>,
        /// Where he stands.
        pub status: Status,
        /// Who looks after him.
        pub manager: Option<Id<User>>,
        /// Since when.
        pub since: Option<Date>,
        /// Whether he is a friend.
        pub friend: bool,
        /// Anything else.
        pub notes: Option<serde_json::Value>,
    }
);

impl EntityFacts for Customer {
    fn facts() -> Facts {
        let active = Customer::status.eq(Status::Active).and(Customer::region.eq("O'Brien's").not());
        Facts::default()
            .unique::<Self>(&[&Customer::number])
            .unique_when::<Self>(&[&Customer::name, &Customer::region], active)
            .index::<Self>(&[&Customer::region, &Customer::name])
            .index::<Self>(&[&Customer::manager, &Customer::status])
    }
}

crmkit::entity!(
    #[entity("g_order", "订单", "Order")]
    #[inputs(NewOrder, OrderPatch)]
    /// What a customer bought.
    pub struct Order {
        /// Who bought.
        pub customer: Id<Customer>,
        /// Who sold.
        pub seller: Option<Id<User>>,
        /// When.
        pub at: Timestamp,
        /// For how much.
        pub total: Money,
        /// How many.
        pub pieces: Option<Quantity>,
        /// How much less.
        pub discount: Option<Rate>,
        /// How often it was sent.
        pub sent: i64,
    }
);

impl EntityFacts for Order {
    fn facts() -> Facts {
        Facts::default().index::<Self>(&[&Order::at])
    }
}

fn schema() -> Arc<Schema> {
    Schema::builder()
        .definition(User::definition())
        .definition(Customer::definition())
        .definition(Order::definition())
        .build()
        .unwrap()
}

fn id(number: u8) -> RecordId {
    RecordId::from_bytes([number; 16])
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(format!("{name}.sql"))
}

/// Compares a text with the reviewed one, or writes it down as such.
fn golden(name: &str, text: &str) {
    let path = file(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, text).unwrap();
        return;
    }
    let reviewed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        reviewed == text,
        "{} is another SQL now; review it and set UPDATE_GOLDEN=1\n--- reviewed\n{reviewed}\n--- now\n{text}",
        path.display()
    );
}

/// The SQL of a query, which SQLite must also take.
fn query(name: &str, query: &Query) {
    let schema = schema();
    golden(name, &SqliteStorage::query_sql(&schema, query).unwrap());
    let storage = SqliteStorage::in_memory(schema).unwrap();
    assert!(pollster::block_on(storage.query(query)).unwrap().records.is_empty());
}

fn aggregate(name: &str, request: &Aggregate) {
    let schema = schema();
    golden(name, &SqliteStorage::aggregate_sql(&schema, request).unwrap());
    let storage = SqliteStorage::in_memory(schema).unwrap();
    pollster::block_on(storage.aggregate(request)).unwrap();
}

#[test]
fn tables_of_a_schema() {
    let sql = SqliteStorage::migration_sql("no such file", &schema(), &SqliteOptions::default()).unwrap();
    golden("schema", &sql.replace(env!("CARGO_PKG_VERSION"), "0.0.0"));
}

#[test]
fn whole_records() {
    query("whole_records", &Query::of::<User>().limit(20));
}

#[test]
fn comparisons_of_every_kind() {
    let all = [
        Customer::number.eq("KH001"),
        Customer::friend.eq(true),
        Customer::since.ge(day("2011-12-09")),
        Customer::since.lt(day("2012-01-01")),
        Customer::status.eq(Status::Active),
        Customer::manager.eq(Id::<User>::new(id(7))),
        Filter::Compare { path: "id".parse().unwrap(), comparison: Comparison::Greater, value: Value::Id(id(1)) },
        Filter::Compare { path: "version".parse().unwrap(), comparison: Comparison::LessOrEqual, value: 3_i64.into() },
    ];
    query("comparisons", &Query::of::<Customer>().filter(Filter::And(all.into())).limit(10));
}

#[test]
fn numbers_are_bound_in_their_smallest_unit() {
    let filter = Order::total
        .gt("12.5".parse::<Money>().unwrap())
        .and(Order::pieces.le("0.5".parse::<Quantity>().unwrap()))
        .and(Order::discount.lt("0.05".parse::<Rate>().unwrap()))
        .and(Order::sent.eq(2))
        .and(Order::at.ge("2011-12-09T12:50:00Z".parse::<Timestamp>().unwrap()));
    query("numbers", &Query::of::<Order>().filter(filter));
}

#[test]
fn paths_share_their_joins() {
    let filter = Order::customer
        .to(Customer::region)
        .eq("华东")
        .and(Order::customer.to(Customer::manager).to(User::name).eq("Li").or(Order::seller.to(User::boss).is_null()));
    let columns = ["customer.region", "customer.manager.name", "seller.name", "customer.id", "total"];
    let columns = columns.map(|path| path.parse::<crmkit::schema::Path>().unwrap());
    let sorted = Order::customer.to(Customer::name).asc();
    query("paths", &Query::of::<Order>().filter(filter).columns(columns).order(sorted));
}

#[test]
fn what_is_not_known_does_not_hold() {
    let filter = Customer::region
        .ne("华东")
        .and(Customer::name.contains("acme").not())
        .and(Customer::region.is_null().not())
        .and(Filter::Not(Box::new(Customer::friend.eq(true).and(Customer::since.gt(day("2020-01-01"))))));
    query("negation", &Query::of::<Customer>().filter(filter));
}

#[test]
fn lists_short_and_long() {
    let short = Query::of::<Customer>().filter(Customer::region.is_in(["华东", "华南", "华东"]));
    query("list_short", &short);
    let nothing: [&str; 0] = [];
    query("list_empty", &Query::of::<Customer>().filter(Customer::region.is_in(nothing)));
    let many = Query::of::<Order>().filter(Order::sent.is_in(0..40_i64));
    query("list_long", &many);
    let ids = (1..=40).map(|number| Id::<User>::new(id(number)));
    query("list_long_ids", &Query::of::<Customer>().filter(Customer::manager.is_in(ids)));
}

#[test]
fn records_that_others_refer_to() {
    let large = Filter::exists(Order::customer, Order::total.gt("100".parse::<Money>().unwrap()));
    let quiet = Filter::exists(Order::customer, Order::at.ge("2012-01-01T00:00:00Z".parse::<Timestamp>().unwrap()));
    let sold = Filter::exists(Order::customer, Order::seller.to(User::name).eq("Li"));
    let team = Filter::exists(Customer::manager, large.clone().and(quiet.not()).and(sold));
    query("exists", &Query::of::<User>().filter(team));
    query("exists_any", &Query::of::<Customer>().filter(Filter::exists(Order::customer, Filter::All).not()));
}

#[test]
fn words_are_searched_in_several_fields() {
    let paths = ["name", "number", "manager.name"].map(|path| path.parse().unwrap());
    let filter = Filter::Search { paths: paths.into(), words: "  ＡＣＭＥ 100% ".into() };
    query("search", &Query::of::<Customer>().filter(filter));
}

#[test]
fn long_chains_stay_flat() {
    let numbers = (0..300).map(|number| Customer::number.eq(format!("KH{number}")));
    query("long_chain", &Query::of::<Customer>().filter(Filter::Or(numbers.collect())).limit(1));
}

#[test]
fn pages_go_on_behind_the_last_record() {
    let storage = SqliteStorage::in_memory(schema()).unwrap();
    let asked = Query::of::<Customer>()
        .order(Customer::since.desc())
        .order(Customer::region.asc())
        .order(Customer::number.asc())
        .limit(1);
    let prepared = asked.prepare(storage.schema()).unwrap();
    let known = vec![day("2011-12-09").into(), "华东".into(), "KH001".into()];
    query("page_after", &asked.clone().after(Some(prepared.cursor(known, id(9)))));
    let unknown = vec![Value::Null, Value::Null, "KH001".into()];
    query("page_after_nothing", &asked.after(Some(prepared.cursor(unknown, id(9)))));
}

#[test]
fn inputs_of_an_aggregate() {
    let revenue = Aggregate::of::<Order>()
        .filter(Order::customer.to(Customer::status).eq(Status::Active))
        .group(Order::customer.to(Customer::region))
        .group(GroupKey::period(Order::at, Period::Month, chrono_tz::Asia::Shanghai))
        .measure(Measure::Sum(Order::total.path()))
        .measure(Measure::Count)
        .measure(Measure::Distinct(Order::customer.path()));
    aggregate("aggregate", &revenue);
    aggregate("aggregate_count", &Aggregate::of::<Order>().filter(Order::sent.gt(1)).measure(Measure::Count));
}

/// How SQLite goes about a query.
fn plan(query: &Query) -> String {
    let schema = schema();
    let connection = rusqlite::Connection::open_in_memory().unwrap();
    let tables = SqliteStorage::migration_sql("no such file", &schema, &SqliteOptions::default()).unwrap();
    connection.execute_batch(&tables).unwrap();
    let text = SqliteStorage::query_sql(&schema, query).unwrap();
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {text}")).unwrap();
    let marks = vec![rusqlite::types::Null; statement.parameter_count()];
    let steps = statement.query_map(rusqlite::params_from_iter(marks), |row| row.get::<_, String>(3)).unwrap();
    steps.collect::<rusqlite::Result<Vec<_>>>().unwrap().join("; ")
}

#[test]
fn pages_follow_an_index() {
    let storage = SqliteStorage::in_memory(schema()).unwrap();
    let after = |query: Query, value: Value| {
        let cursor = query.prepare(storage.schema()).unwrap().cursor(vec![value], id(9));
        query.after(Some(cursor))
    };
    let by_number = Query::of::<Customer>().order(Customer::number.asc());
    assert_eq!(plan(&after(by_number, "KH".into())), "SEARCH t0 USING INDEX uq_g_customer_number (number>?)");
    // A field that is compared has a value, so both ends of the range are known.
    let to_region = Query::of::<Customer>().filter(Customer::region.lt("M")).order(Customer::region.asc());
    let range = "SEARCH t0 USING INDEX ix_g_customer_region_name (region>? AND region<?)";
    assert!(plan(&after(to_region, "C".into())).starts_with(range));
    let by_seller = Query::of::<Order>().order(Order::seller.asc());
    assert_eq!(plan(&by_seller), "SCAN t0 USING INDEX ix_g_order_seller");
    let of_customer = Query::of::<Order>().filter(Order::customer.eq(Id::<Customer>::new(id(1))));
    assert_eq!(plan(&of_customer), "SEARCH t0 USING INDEX ix_g_order_customer (customer=?)");
    // The filter on the customer leads to the orders, not the other way round.
    let in_region = Query::of::<Order>().filter(Order::customer.to(Customer::region).eq("华东"));
    let steps = plan(&in_region);
    assert!(steps.starts_with("SEARCH t1 USING COVERING INDEX ix_g_customer_region_name (region=?)"), "{steps}");
}
