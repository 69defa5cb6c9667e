//! The same data gives the same bytes on every store.

use std::collections::BTreeSet;

use crmkit::storage::SqliteStorage;
use proptest::prelude::*;

use crate::random::{sale, zones};
use crate::random_relations::{self, chance, loss, request};
use crate::random_sales::{item, stocked};
use crate::random_work::{self, work};
use crate::world::World;

const ASKED: &[(&str, &[&str])] = &[
    ("contribution", &[]),
    ("contribution", &["year=2019", "status=all"]),
    ("contribution", &["customer=name 1", "status=shipped,paid"]),
    ("composition", &["by=level"]),
    ("composition", &["by=manager"]),
    ("composition", &["by=status"]),
    ("lapsed", &["as-of=2020-02-29", "months=3"]),
    ("rfm", &["as-of=2020-08-31", "bins=3"]),
    ("sales-trend", &["period=week", "status=all"]),
    ("sales-trend", &["period=day"]),
    ("top-products", &["limit=2", "from=2018-11-04"]),
    ("abc-customers", &[]),
    ("abc-products", &["status=all"]),
    ("churn", &["period=quarter"]),
    ("customer-value", &["status=all"]),
    ("new-customers", &[]),
    ("order-status", &["year=2019"]),
    ("repeat-rate", &["status=all"]),
    ("retention", &["period=year"]),
    ("sales-by", &[]),
    ("sales-by", &["by=category", "status=all"]),
    ("sales-by", &["by=region"]),
    ("sales-by", &["by=manager"]),
    ("sales-by", &["by=customer"]),
    ("sales-trend", &["compare=previous,last-year"]),
    ("rfm", &["as-of=2020-08-31", "binning=nested"]),
    ("bought-together", &["at-least=1"]),
    ("stock-position", &[]),
    ("stock-without-movement", &["as-of=2020-06-30"]),
];

const RELATIONS: &[(&str, &[&str])] = &[
    ("win-rate", &[]),
    ("win-rate", &["by=source", "from=2020-01-01"]),
    ("win-rate", &["by=month"]),
    ("win-rate", &["by=region"]),
    ("funnel", &[]),
    ("funnel", &["pipeline=B", "owner=ALPHA", "to=2019-12-31"]),
    ("forecast", &["by=month"]),
    ("forecast", &["by=owner"]),
    ("forecast", &["by=stage"]),
    ("service", &["status=all"]),
    ("service", &["by=assignee", "year=2020"]),
    ("service", &["by=satisfaction"]),
    ("loss", &["to=2019-12-31", "customer=cust", "manager=Mid"]),
    ("loss", &[]),
    ("loss-reasons", &[]),
    ("handling-time", &[]),
    ("opportunity-time", &["as-of=2020-06-30"]),
    ("overdue-plans", &["as-of=2020-06-30"]),
    ("rework-rate", &["by=type"]),
    ("sales-cycle", &[]),
    ("source-effectiveness", &[]),
    ("customers-to-contact", &["as-of=2020-06-30"]),
    ("work-review", &[]),
    ("loss-warnings", &[]),
    ("open-services", &[]),
];

const WORK: &[(&str, &[&str])] = &[
    ("handling-time", &[]),
    ("handling-time", &["by=type", "year=2020"]),
    ("opportunity-time", &["as-of=2020-06-30"]),
    ("overdue-plans", &["as-of=2020-06-30"]),
    ("rework-rate", &[]),
    ("satisfaction", &["by=type"]),
    ("satisfaction", &["from=2020-01-01"]),
    ("sales-cycle", &[]),
    ("service-load", &["from=2019-12-01", "to=2019-12-31"]),
    ("source-effectiveness", &["year=2019"]),
    ("stage-ageing", &["as-of=2020-06-30"]),
    ("customers-to-contact", &["as-of=2020-01-31"]),
    ("work-review", &["year=2020"]),
];

/// What is asked of each of the three worlds.
fn asked() -> impl Iterator<Item = &'static str> {
    ASKED.iter().chain(RELATIONS).chain(WORK).map(|(name, _)| *name)
}

#[test]
fn every_report_is_asked_on_every_store() {
    let asked: BTreeSet<&str> = asked().collect();
    let all: BTreeSet<&str> = crmkit::report::standard().iter().map(|report| report.name).collect();
    assert_eq!(asked, all);
}

fn sqlite() -> SqliteStorage {
    SqliteStorage::in_memory(crmkit::standard_schema().unwrap()).unwrap()
}

/// What differs between two worlds, if anything does.
fn difference(one: &World, other: &World, asked: &[(&str, &[&str])]) -> Option<String> {
    let report = |world: &World, name, options| world.report(name, options).to_json();
    asked.iter().find_map(|(name, options)| {
        let (one, other) = (report(one, name, options), report(other, name, options));
        (one != other).then(|| format!("{name} {options:?}\n{one}\n{other}"))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    #[test]
    fn every_report_is_the_same(
        sales in prop::collection::vec(sale(), 0..40),
        items in prop::collection::vec(item(), 0..10),
        zone in zones(),
    ) {
        let memory = stocked(World::new(zone), &sales, &items);
        prop_assert_eq!(difference(&memory, &stocked(World::on(sqlite(), zone), &sales, &items), ASKED), None);
    }

    #[test]
    fn so_are_those_on_opportunities_service_and_losses(
        chances in prop::collection::vec(chance(), 0..30),
        requests in prop::collection::vec(request(), 0..30),
        losses in prop::collection::vec(loss(), 0..20),
        zone in zones(),
    ) {
        let memory = random_relations::fill(World::new(zone), &chances, &requests, &losses);
        let sqlite = random_relations::fill(World::on(sqlite(), zone), &chances, &requests, &losses);
        prop_assert_eq!(difference(&memory, &sqlite, RELATIONS), None);
    }

    #[test]
    fn so_are_those_on_how_people_work(work in work(), zone in zones()) {
        let memory = random_work::fill(World::new(zone), &work);
        prop_assert_eq!(difference(&memory, &random_work::fill(World::on(sqlite(), zone), &work), WORK), None);
    }
}

/// Every report on a server, against memory, over data drawn once and for all.
#[cfg(all(feature = "postgres", feature = "testing"))]
#[test]
fn every_report_is_the_same_on_postgresql() {
    use crmkit::storage::{PostgresOptions, PostgresStorage};
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    let runtime = tokio::runtime::Runtime::new().unwrap();
    let _inside = runtime.enter();
    let server = crmkit::testing::ThrowawayPostgres::start().unwrap();
    let postgres = || {
        let (tenant, schema) = (server.fresh_schema(), crmkit::standard_schema().unwrap());
        let connect = PostgresStorage::connect(server.url(), &tenant, schema, PostgresOptions::default());
        runtime.block_on(connect).unwrap()
    };
    let mut runner = TestRunner::deterministic();
    for _ in 0..3 {
        let zone = zones().new_tree(&mut runner).unwrap().current();
        let sales = prop::collection::vec(sale(), 60).new_tree(&mut runner).unwrap().current();
        let items = prop::collection::vec(item(), 12).new_tree(&mut runner).unwrap().current();
        let (memory, server) = (World::new(zone), World::on(postgres(), zone));
        let (memory, server) = (stocked(memory, &sales, &items), stocked(server, &sales, &items));
        assert_eq!(difference(&memory, &server, ASKED), None);
        let chances = prop::collection::vec(chance(), 40).new_tree(&mut runner).unwrap().current();
        let requests = prop::collection::vec(request(), 40).new_tree(&mut runner).unwrap().current();
        let losses = prop::collection::vec(loss(), 20).new_tree(&mut runner).unwrap().current();
        let filled = |world| random_relations::fill(world, &chances, &requests, &losses);
        assert_eq!(difference(&filled(World::new(zone)), &filled(World::on(postgres(), zone)), RELATIONS), None);
        let work = work().new_tree(&mut runner).unwrap().current();
        let filled = |world| random_work::fill(world, &work);
        assert_eq!(difference(&filled(World::new(zone)), &filled(World::on(postgres(), zone)), WORK), None);
    }
}
