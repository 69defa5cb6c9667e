//! Reports with rollups beside the same reports without, and what keeping rollups costs a commit.
//!
//! ```text
//! cargo bench --bench rollups --all-features -- [--orders 1000000] [--rounds 9] [--commits 400]
//! ```
//!
//! There are ten orders for each customer, of five years, a request for each fourth customer and a loss for each hundredth;
//! without `--orders` there are 100,000 orders. Both ways say the same, which is checked in every round, and take turns.
//! Of the commits, three programs on three new files take turns: without rollups, with them, and again without, so that
//! what the machine does by itself can be seen.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, missing_debug_implementations)]
#![allow(unreachable_pub, dead_code)]

#[path = "reports/world.rs"]
mod world;

use std::sync::Arc;
use std::time::{Duration, Instant};

use crmkit::change::{Change, ChangeSet};
use crmkit::customers::{LossStatus, LostCustomer};
use crmkit::id::{IdSource, SetId, UuidSource};
use crmkit::prelude::*;
use crmkit::report::{Catalogue, View, everything};
use crmkit::service::{ServiceRequest, ServiceStatus};
use crmkit::storage::{SqliteOptions, SqliteStorage, Storage, Synchronous};
use pollster::block_on;
use world::{Size, YEAR};

const REPORTS: &[(&str, &[(&str, &str)])] = &[
    ("contribution", &[("year", "2022"), ("limit", "100")]),
    ("contribution", &[("limit", "100")]),
    ("composition", &[("by", "region")]),
    ("composition", &[("by", "level")]),
    ("service", &[("year", "2022")]),
    ("service", &[("by", "assignee"), ("status", "all")]),
    ("loss-reasons", &[]),
    ("sales-trend", &[("period", "month")]),
    ("sales-trend", &[("period", "year")]),
];

/// How often a report is asked for between two that read everything, which leave nothing of what it needs in SQLite's
/// memory nor in the processor's.
const IN_A_ROW: usize = 21;

fn main() {
    let number = |name: &str, default: u64| {
        let mut words = std::env::args().skip_while(|word| word != name).skip(1);
        words.next().map_or(default, |word| word.parse().unwrap())
    };
    let (orders, rounds) = (number("--orders", 100_000), usize::try_from(number("--rounds", 9)).unwrap());
    let folder = tempfile::tempdir().unwrap();
    reports(folder.path(), Size { customers: (orders / 10).max(1), orders }, rounds);
    for synchronous in [Synchronous::Full, Synchronous::Normal] {
        commits(folder.path(), synchronous, usize::try_from(number("--commits", 400)).unwrap());
    }
}

fn open(path: &std::path::Path, synchronous: Synchronous, schema: Arc<Schema>) -> Arc<SqliteStorage> {
    let options = SqliteOptions { synchronous, ..SqliteOptions::default() };
    Arc::new(SqliteStorage::open(path, schema, options).unwrap())
}

fn insert(storage: &dyn Storage, records: impl Iterator<Item = crmkit::schema::Record>) {
    let (ids, now) = (UuidSource::default(), Timestamp::EPOCH);
    let mut records = records.map(Change::Insert).peekable();
    while records.peek().is_some() {
        let mut set = ChangeSet::new(SetId(ids.next_id(now)), now, "fill");
        set.changes = records.by_ref().take(1_000).collect();
        block_on(storage.commit(&set)).unwrap();
    }
}

fn moment(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros).unwrap()
}

fn fill(storage: &dyn Storage, size: Size) {
    let customer = |row: world::CustomerRow| Customer {
        number: row.number,
        region: Some(row.region.to_owned()),
        level: Some(Rating::Three),
        created_at: moment(row.created_at),
        ..Customer::draft(Id::new(RecordId::from_bytes(row.id)), NewCustomer::new(row.name))
    };
    let kept: Vec<Customer> = world::customers(size).map(customer).collect();
    insert(storage, kept.iter().cloned().map(Entity::into_record));
    let order = |row: world::OrderRow| {
        let new = NewOrder {
            number: row.number,
            customer: Id::new(RecordId::from_bytes(row.customer)),
            ordered_at: moment(row.ordered_at),
            status: OrderStatus::from_code(row.status).unwrap(),
            payment: Payment::from_code(row.payment).unwrap(),
            ..Default::default()
        };
        let amount = Money::from_raw(row.amount).unwrap();
        Order { amount, ..Order::draft(Id::new(RecordId::from_bytes(row.id)), new) }.into_record()
    };
    insert(storage, world::orders(size).map(order));
    let ids = UuidSource::default();
    let services = kept.iter().step_by(4).enumerate().map(|(place, customer)| {
        let new = crmkit::service::NewServiceRequest::new(["1", "2"][place % 2], "t", customer.id, "r");
        let created_at = moment(world::moment(YEAR, (place % 300) as i64));
        let draft = ServiceRequest::draft(Id::new(ids.next_id(created_at)), new);
        let (number, status, rounds) = (format!("FW{place}"), ServiceStatus::Archived, 1);
        ServiceRequest { number, created_at, status, rounds, ..draft }.into_record()
    });
    insert(storage, services);
    let losses = kept.iter().step_by(100).enumerate().map(|(place, customer)| {
        let at = moment(world::moment(YEAR, (place % 300) as i64));
        let new = crmkit::customers::NewLostCustomer::default();
        let draft = LostCustomer::draft(Id::new(ids.next_id(at)), new);
        let reason = Some(["price", "moved", "closed"][place % 3].to_owned());
        let (customer, confirmed_at, status) = (customer.id, Some(at), LossStatus::Confirmed);
        LostCustomer { customer, warned_at: at, confirmed_at, status, reason, ..draft }.into_record()
    });
    insert(storage, losses);
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn reports(folder: &std::path::Path, size: Size, rounds: usize) {
    let storage = open(&folder.join("reports.db"), Synchronous::Normal, crmkit::standard_schema().unwrap());
    fill(&*storage, size);
    let crm = block_on(Crm::builder(Arc::clone(&storage)).open()).unwrap();
    let begun = Instant::now();
    block_on(crm.system().rebuild_rollups()).unwrap();
    println!("{} orders, {} customers; all rollups rebuilt in {:.1?}", size.orders, size.customers, begun.elapsed());
    println!("{:<44} {:>12} {:>12} {:>8}", "report", "rollup", "added up", "ratio");
    let (snapshot, catalogue) = (block_on(storage.snapshot()).unwrap(), Catalogue::standard());
    let now = moment(world::moment(YEAR + 1, 0));
    let view = View::new(&*snapshot, &everything, now).zone(crm.organisation().zone());
    let only = std::env::args().skip_while(|word| word != "--only").nth(1);
    for (name, options) in REPORTS.iter().filter(|(name, _)| only.as_deref().is_none_or(|only| only == *name)) {
        let run = |view: &View<'_>| {
            let begun = Instant::now();
            let report = block_on(catalogue.run(name, view, options.iter().copied())).unwrap();
            (begun.elapsed(), report)
        };
        let (mut kept, mut added_up) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            let mut told = None;
            for _ in 0..IN_A_ROW {
                let (time, report) = run(&view);
                kept.push(time);
                told = Some(report);
            }
            let (other_time, other) = run(&view.recomputed());
            assert_eq!(told.map(|report| report.to_json()), Some(other.to_json()), "{name}");
            added_up.push(other_time);
        }
        let (kept, added_up) = (median(kept), median(added_up));
        let told: Vec<String> = options.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let ratio = added_up.as_secs_f64() / kept.as_secs_f64();
        println!("{:<44} {kept:>12.1?} {added_up:>12.1?} {ratio:>7.0}x", format!("{name} {}", told.join(" ")));
    }
}

/// A program that places orders.
struct Shop {
    crm: Crm,
    customers: Vec<Id<Customer>>,
    product: Id<Product>,
    times: Vec<Duration>,
}

impl Shop {
    fn new(path: &std::path::Path, synchronous: Synchronous, schema: Arc<Schema>) -> Self {
        let crm = block_on(Crm::builder(open(path, synchronous, schema)).open()).unwrap();
        let session = crm.system();
        let customers = (0..200).map(|number| {
            block_on(session.customers().create(NewCustomer::new(format!("Customer {number}")))).unwrap().id
        });
        let customers = customers.collect();
        let tea = NewProduct { code: "T".into(), name: "Tea".into(), ..Default::default() };
        let product = block_on(session.products().create(tea)).unwrap().id;
        Self { crm, customers, product, times: Vec::new() }
    }

    fn order(&mut self, number: usize) {
        let quantity = Quantity::from_raw(20_000).unwrap();
        let unit_price = Money::from_raw(10_000 * (number as i64 % 50 + 1)).unwrap();
        let line = NewOrderLine { product: self.product, quantity, unit_price, ..Default::default() };
        let customer = self.customers[number % self.customers.len()];
        let payment = if number.is_multiple_of(2) { Payment::Unpaid } else { Payment::Paid };
        let new = NewOrder { customer, payment, ..Default::default() };
        let session = self.crm.system();
        let begun = Instant::now();
        block_on(session.orders().place(new, vec![line; 3])).unwrap();
        self.times.push(begun.elapsed());
    }
}

fn commits(folder: &std::path::Path, synchronous: Synchronous, commits: usize) {
    let without = || Schema::builder().without_rollups().standard().build().unwrap();
    let with = crmkit::standard_schema().unwrap();
    let path = |name: &str| folder.join(format!("{name}-{synchronous:?}.db"));
    let mut shops = [
        Shop::new(&path("without"), synchronous, without()),
        Shop::new(&path("with"), synchronous, with),
        Shop::new(&path("again"), synchronous, without()),
    ];
    for number in 0..commits {
        for place in 0..3 {
            shops[(place + number) % 3].order(number);
        }
    }
    let [without, with, again] = shops.map(|shop| median(shop.times));
    let ratio = with.as_secs_f64() / without.as_secs_f64();
    let noise = again.as_secs_f64() / without.as_secs_f64();
    println!(
        "an order with 3 lines, {synchronous:?}: without {without:.1?}, with rollups {with:.1?}, ratio {ratio:.2} \
         (without again {again:.1?}, ratio {noise:.2})"
    );
}
