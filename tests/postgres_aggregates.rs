//! Aggregates that the PostgreSQL server groups itself: the SQL they become, and where the server is not enough.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::{Path, PathBuf};

use chrono_tz::{America, Asia, Europe, Pacific, Tz};
use crmkit::change::{Change, ChangeSet};
use crmkit::id::{IdSource, SeededIds, SetId};
use crmkit::prelude::*;
use crmkit::query::{Direction, GroupKey, Top};
use crmkit::storage::{MemoryStorage, PostgresOptions, PostgresStorage, Reader, Storage};
use crmkit::testing::ThrowawayPostgres;

async fn open(name: &str) -> PostgresStorage {
    let url = ThrowawayPostgres::start().unwrap().url();
    let options = PostgresOptions { migrate: true, ..PostgresOptions::default() };
    PostgresStorage::connect(url, name, crmkit::standard_schema().unwrap(), options).await.unwrap()
}

fn fresh() -> String {
    ThrowawayPostgres::start().unwrap().fresh_schema()
}

/// Compares a text with the reviewed one, or writes it down as such (`UPDATE_GOLDEN=1`).
fn golden(name: &str, text: &str) {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(format!("{name}.sql"));
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

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[tokio::test]
async fn groups_become_sql() {
    let name = fresh();
    let storage = open(&name).await;
    let sql = |request: &Aggregate| storage.aggregate_sql(request).unwrap().replace(&name, "acme");
    let lines = OrderLine::order;
    let best = Aggregate::of::<OrderLine>()
        .filter(lines.to(Order::payment).eq(Payment::Paid))
        .filter(lines.to(Order::ordered_at).ge(at("2022-01-01T00:00:00Z")))
        .group(lines.to(Order::customer))
        .measure(Measure::Count)
        .measure(Measure::Sum(OrderLine::amount.path()))
        .top(Top { measure: 1, direction: Direction::Descending, groups: 100 });
    golden("postgres_top", &sql(&best));
    let by_day = Aggregate::of::<Order>()
        .filter(Order::ordered_at.ge(at("2024-03-30T23:00:00Z")).and(Order::ordered_at.lt(at("2024-04-02T22:00:00Z"))))
        .group(GroupKey::period(Order::ordered_at, Period::Day, Europe::Berlin))
        .group(GroupKey::period(Order::paid_on, Period::Quarter, Europe::Berlin))
        .measure(Measure::Average(Order::amount.path()))
        .measure(Measure::Distinct(Order::customer.path()))
        .measure(Measure::Minimum(Order::manager.path()))
        .measure(Measure::Maximum(Order::customer.to(Customer::name).path()));
    golden("postgres_periods", &sql(&by_day));
}

/// The same orders in two stores.
struct Stores {
    server: PostgresStorage,
    memory: MemoryStorage,
}

impl Stores {
    async fn new(moments: &[&str]) -> Self {
        let server = open(&fresh()).await;
        let memory = MemoryStorage::new(crmkit::standard_schema().unwrap());
        let ids = SeededIds::new(7);
        let mut set = ChangeSet::new(SetId(ids.next_id(Timestamp::EPOCH)), Timestamp::EPOCH, "test");
        let new = NewCustomer { number: "K1".into(), ..NewCustomer::new("Acme") };
        let mut customer = Customer::draft(Id::new(ids.next_id(Timestamp::EPOCH)), new);
        customer.created_at = Timestamp::EPOCH;
        set.changes.push(Change::Insert(customer.clone().into_record()));
        for (place, moment) in moments.iter().enumerate() {
            let new = NewOrder { number: place.to_string(), customer: customer.id, ..NewOrder::default() };
            let mut order = Order::draft(Id::new(ids.next_id(Timestamp::EPOCH)), new);
            (order.ordered_at, order.amount) = (at(moment), Money::from_whole(1 << place).unwrap());
            set.changes.push(Change::Insert(order.into_record()));
        }
        server.commit(&set).await.unwrap();
        memory.commit(&set).await.unwrap();
        Self { server, memory }
    }

    async fn agree(&self, request: &Aggregate) {
        let wanted = self.memory.aggregate(request).await.unwrap();
        assert_eq!(self.server.aggregate(request).await.unwrap(), wanted, "{request:?}");
    }
}

fn by(period: Period, zone: Tz) -> Aggregate {
    let key = GroupKey::period(Order::ordered_at, period, zone);
    Aggregate::of::<Order>().group(key).measure(Measure::Sum(Order::amount.path()))
}

#[tokio::test]
async fn moments_of_all_times_have_periods() {
    let far = ["0001-01-02T00:00:00Z", "1900-06-01T12:00:00Z", "1989-12-31T23:59:59Z", "2050-01-01T00:00:00Z"];
    let near = ["2023-12-31T23:30:00Z", "2024-01-01T00:30:00Z", "9999-12-30T00:00:00Z"];
    let all = Stores::new(&[far.as_slice(), near.as_slice()].concat()).await;
    for zone in [Tz::UTC, Europe::Berlin, Asia::Shanghai] {
        for period in [Period::Day, Period::Week, Period::Month, Period::Quarter, Period::Year] {
            all.agree(&by(period, zone)).await;
            let recent = Order::ordered_at.ge(at("2023-06-01T00:00:00Z"));
            all.agree(&by(period, zone).filter(recent.clone())).await;
            all.agree(&by(period, zone).filter(recent.and(Order::ordered_at.lt(at("2024-01-01T00:30:00Z"))))).await;
        }
    }
}

#[tokio::test]
async fn clocks_that_jump_at_midnight_have_days() {
    let jumps = Stores::new(&[
        // St. John's put its clock back from 00:01 to 23:01 of the day before: a day was left again.
        "2010-11-07T02:29:59Z",
        "2010-11-07T02:30:30Z",
        "2010-11-07T02:31:30Z",
        "2010-11-07T03:30:00Z",
        // Samoa had no 30 December 2011.
        "2011-12-30T09:59:59Z",
        "2011-12-30T10:00:00Z",
        // São Paulo's days of 23 and 25 hours.
        "2018-02-18T01:59:59Z",
        "2018-02-18T02:30:00Z",
        "2018-02-18T03:00:00Z",
        "2018-11-04T02:59:59.999999Z",
        "2018-11-04T03:00:00Z",
    ])
    .await;
    for zone in [America::St_Johns, Pacific::Apia, America::Sao_Paulo, America::Havana, Tz::UTC] {
        for period in [Period::Day, Period::Week, Period::Month] {
            jumps.agree(&by(period, zone)).await;
            let (from, to) = (at("2010-11-06T00:00:00Z"), at("2018-12-01T00:00:00Z"));
            let some = Order::ordered_at.ge(from).and(Order::ordered_at.lt(to));
            jumps.agree(&by(period, zone).filter(some)).await;
        }
    }
}

#[tokio::test]
async fn equal_groups_behind_the_last_one_come_too() {
    let all = Stores::new(&["2024-01-01T00:00:00Z", "2024-02-01T00:00:00Z", "2024-02-02T00:00:00Z"]).await;
    for measure in [Measure::Count, Measure::Sum(Order::amount.path()), Measure::Average(Order::amount.path())] {
        for direction in [Direction::Ascending, Direction::Descending] {
            for groups in 0..5 {
                let days = GroupKey::period(Order::ordered_at, Period::Day, Tz::UTC);
                let top = Top { measure: 0, direction, groups };
                all.agree(&Aggregate::of::<Order>().group(days).measure(measure.clone()).top(top)).await;
            }
        }
    }
}
