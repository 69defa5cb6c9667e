//! What rollups must say, added up from the records one by one.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use crmkit::organisation::RollupPhase;
use crmkit::prelude::*;
use crmkit::query::{Aggregate, Measure, Period};
use crmkit::report::{Catalogue, Definition, View, everything};
use crmkit::rollup::KeptRollup;
use crmkit::storage::{Reader, ReaderExt};

type Rows = BTreeMap<Vec<Value>, Vec<i128>>;

/// Adds up the records of a rollup's entity, which are read as a whole.
async fn expected(reader: &dyn Reader, kept: &KeptRollup, zone: Tz) -> Rows {
    let (fact, rollup) = (kept.fact(), kept.rollup());
    let query = Query::new(fact.name.clone()).filter(rollup.condition().clone()).limit(500);
    let mut rows = Rows::new();
    for record in reader.collect(query).await.unwrap() {
        let key = |field: &str, period: Option<Period>| match (record.field(fact, field).unwrap(), period) {
            (Value::Timestamp(at), Some(period)) => Value::Date(period.start(at.local_date(zone))),
            (value, _) => value.clone(),
        };
        let keys = rollup.keys().iter().map(|key_def| key(&key_def.field, key_def.period)).collect();
        let amounts = rollup.sums().iter().map(|field| record.field(fact, field).unwrap().as_integer().unwrap_or(0));
        let row = rows.entry(keys).or_insert_with(|| vec![0; rollup.sums().len() + 1]);
        for (sum, amount) in row.iter_mut().zip(std::iter::once(1).chain(amounts)) {
            *sum += i128::from(amount);
        }
    }
    rows
}

/// Adds up the stored rows of a rollup; rows that count nothing are none.
async fn stored(reader: &dyn Reader, kept: &KeptRollup) -> Rows {
    let (table, rollup) = (kept.table(), kept.rollup());
    let mut rows = Rows::new();
    for record in reader.collect(Query::new(table.name.clone()).limit(500)).await.unwrap() {
        let keys = rollup.keys().iter().map(|key| record.field(table, &key.field).unwrap().clone()).collect();
        let amounts = std::iter::once("records").chain(rollup.sums().iter().map(|sum| &**sum));
        let row = rows.entry(keys).or_insert_with(|| vec![0; rollup.sums().len() + 1]);
        for (sum, amount) in row.iter_mut().zip(amounts) {
            *sum += i128::from(record.field(table, amount).unwrap().as_integer().unwrap());
        }
    }
    rows.retain(|_, row| row.iter().any(|sum| *sum != 0));
    rows
}

/// Fails unless every rollup that can be used says what its records add up to; gives how many can be used.
pub(crate) async fn check(crm: &Crm, reader: &dyn Reader, told: &str) -> usize {
    let session = crm.system();
    let mut usable = 0;
    for (status, kept) in session.rollups().await.unwrap().iter().zip(reader.schema().rollups()) {
        assert_eq!(status.name, kept.rollup().name());
        if status.phase == RollupPhase::Valid {
            usable += 1;
            let zone = status.time_zone.parse().unwrap();
            assert_eq!(stored(reader, kept).await, expected(reader, kept, zone).await, "{told}: {}", status.name);
        }
    }
    let faults = session.verify().await.unwrap();
    let faults: Vec<&String> = faults.iter().filter(|fault| fault.starts_with("rollup")).collect();
    assert_eq!(faults, Vec::<&String>::new(), "{told}");
    usable
}

const REPORTS: &[(&str, &[(&str, &str)])] = &[
    ("contribution", &[]),
    ("contribution", &[("limit", "2")]),
    ("contribution", &[("year", "2020")]),
    ("contribution", &[("year", "2020"), ("limit", "1")]),
    ("contribution", &[("year", "2020"), ("limit", "3"), ("customer", "a")]),
    ("contribution", &[("from", "2020-01-01"), ("to", "2020-12-30"), ("limit", "2")]),
    ("contribution", &[("status", "all"), ("limit", "2")]),
    ("composition", &[("by", "level")]),
    ("composition", &[("by", "credit")]),
    ("composition", &[("by", "satisfaction")]),
    ("composition", &[("by", "region")]),
    ("composition", &[("by", "status")]),
    ("composition", &[("by", "manager")]),
    ("service", &[]),
    ("service", &[("by", "type"), ("status", "all"), ("year", "2020")]),
    ("service", &[("by", "status"), ("status", "all")]),
    ("service", &[("by", "assignee"), ("status", "assigned")]),
    ("service", &[("by", "satisfaction"), ("year", "2020")]),
    ("loss", &[]),
    ("loss-reasons", &[]),
    ("loss-reasons", &[("from", "2020-02-01"), ("to", "2020-06-30")]),
    ("sales-trend", &[("period", "day")]),
    ("sales-trend", &[("period", "week"), ("status", "all")]),
    ("sales-trend", &[("period", "month"), ("compare", "previous,last-year")]),
    ("sales-trend", &[("period", "quarter"), ("status", "unpaid,shipped")]),
    ("sales-trend", &[("period", "year"), ("status", "cancelled")]),
    ("order-status", &[]),
    ("sales-by", &[]),
    ("new-customers", &[]),
];

/// Fails unless every report says with rollups what it says without.
pub(crate) async fn same_reports(crm: &Crm, reader: &dyn Reader, told: &str) {
    let (now, zone) = ("2021-01-05T08:00:00Z".parse().unwrap(), crm.organisation().zone());
    let view = View::new(reader, &everything, now).zone(zone);
    let catalogue = Catalogue::standard();
    for (name, options) in REPORTS {
        let given = || options.iter().map(|(name, value)| (*name, *value));
        let kept = catalogue.run(name, &view, given()).await.unwrap();
        let added_up = catalogue.run(name, &view.recomputed(), given()).await.unwrap();
        assert_eq!(kept.to_json(), added_up.to_json(), "{told}: {name} {options:?}");
    }
    for text in DEFINITIONS {
        let definition: Definition = text.parse().unwrap();
        let kept = definition.run(&view).await.unwrap();
        let added_up = definition.run(&view.recomputed()).await.unwrap();
        assert_eq!(kept.to_csv(), added_up.to_csv(), "{told}: {text}");
    }
    let paths = Aggregate::of::<Order>()
        .filter(Order::paid())
        .filter(Order::customer.to(Customer::name).contains("a"))
        .group(Order::customer.to(Customer::region))
        .measure(Measure::Sum(Order::amount.path()))
        .measure(Measure::Count);
    let kept = view.aggregate(paths.clone()).await.unwrap();
    assert_eq!(kept, view.recomputed().aggregate(paths).await.unwrap(), "{told}");
}

/// Questions at the edges of what a rollup can say.
const DEFINITIONS: &[&str] = &[
    r#"{"name": "whole", "entity": "order", "rows": {"groups": {"measures": [{"measure": "count", "name": "n"},
        {"measure": {"sum": "amount"}, "name": "a"}]}}}"#,
    r#"{"name": "half", "entity": "order", "rows": {"groups": {"by": [{"path": "status"}], "measures":
        [{"measure": "count", "name": "n"}, {"measure": {"maximum": "amount"}, "name": "a"}]}}}"#,
    r#"{"name": "not", "entity": "order", "filter": {"not": {"compare": {"path": "status", "comparison": "equal",
        "value": "created"}}}, "rows": {"groups": {"by": [{"path": "payment"}, {"path": "ordered_at", "period": "quarter"}],
        "measures": [{"measure": {"sum": "amount"}, "name": "a"}]}}, "totals": ["a"]}"#,
    r#"{"name": "least", "entity": "order", "filter": {"and": [{"compare": {"path": "status", "comparison": "equal",
        "value": "cancelled"}}]}, "rows": {"groups": {"by": [{"path": "ordered_at", "period": "day"}], "measures":
        [{"measure": "count", "name": "n"}]}}, "order": [{"column": "n"}], "limit": 2, "totals": ["n"]}"#,
    r#"{"name": "managers", "entity": "customer", "filter": {"is_null": {"path": "manager"}}, "rows": {"groups": {"by":
        [{"path": "status"}], "measures": [{"measure": "count", "name": "n"}]}}}"#,
    r#"{"name": "names", "entity": "customer", "rows": {"groups": {"by": [{"path": "manager.login"}], "measures":
        [{"measure": "count", "name": "n"}]}}, "order": [{"column": "n", "direction": "descending"}], "limit": 1}"#,
];
