//! The same on PostgreSQL.

use crmkit::chart::Chart;
use crmkit::prelude::*;
use crmkit::report::standard;
use crmkit::storage::{PostgresOptions, PostgresStorage};
use crmkit::testing::ThrowawayPostgres;

use crate::formats::{HOSTILE, printed};

/// Postgres has connections that live on a runtime, and the sessions wait for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_standard_report_prints_in_every_format_on_postgres() {
    let server = ThrowawayPostgres::start().unwrap();
    let schema = crmkit::standard_schema().unwrap();
    let options = PostgresOptions::default();
    let storage = PostgresStorage::connect(server.url(), &server.fresh_schema(), schema, options).await.unwrap();
    let crm = Crm::builder(storage).open().await.unwrap();
    let session = crm.system();
    let none: [(&str, &str); 0] = [];
    for name in HOSTILE {
        // A number keeps control characters out of no name but one that no store keeps.
        session.customers().create(NewCustomer::new(name)).await.unwrap();
    }
    for report in standard() {
        let printed = printed(&session.report(report.name, none).await.unwrap());
        assert_eq!(printed.name, report.name);
    }
    let found = session.report("composition", [("by", "status")]).await.unwrap();
    assert_eq!(Chart::of(&found).unwrap().series[0].values, [Value::Int(7)]);
}
