//! The same data gives the same bytes on every store.

use crmkit::storage::SqliteStorage;
use proptest::prelude::*;

use crate::random::{fill, sale, zones};
use crate::random_relations::{self, chance, loss, request};
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    #[test]
    fn every_report_is_the_same(sales in prop::collection::vec(sale(), 0..40), zone in zones()) {
        let memory = fill(World::new(zone), &sales);
        let sqlite = SqliteStorage::in_memory(crmkit::standard_schema().unwrap()).unwrap();
        let sqlite = fill(World::on(sqlite, zone), &sales);
        for (name, options) in ASKED {
            prop_assert_eq!(memory.report(name, options).to_json(), sqlite.report(name, options).to_json());
        }
    }

    #[test]
    fn so_are_those_on_opportunities_service_and_losses(
        chances in prop::collection::vec(chance(), 0..30),
        requests in prop::collection::vec(request(), 0..30),
        losses in prop::collection::vec(loss(), 0..20),
        zone in zones(),
    ) {
        let memory = random_relations::fill(World::new(zone), &chances, &requests, &losses);
        let sqlite = SqliteStorage::in_memory(crmkit::standard_schema().unwrap()).unwrap();
        let sqlite = random_relations::fill(World::on(sqlite, zone), &chances, &requests, &losses);
        for (name, options) in RELATIONS {
            prop_assert_eq!(memory.report(name, options).to_json(), sqlite.report(name, options).to_json());
        }
    }
}
