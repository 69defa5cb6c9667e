//! The example with many tenants, on one PostgreSQL database.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(dead_code)]
#[path = "../examples/multi_tenant.rs"]
mod example;

use crmkit::prelude::*;
use crmkit::testing::ThrowawayPostgres;
use example::{Place, Tenants, story};
use sqlx::PgPool;

async fn names(crm: &Crm) -> Vec<String> {
    let page = crm.system().customers().list(Query::of::<Customer>()).await.unwrap();
    page.items.into_iter().map(|customer| customer.name).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_tenant_is_a_schema_of_its_own_that_outlives_the_program() {
    let server = ThrowawayPostgres::start().unwrap();
    let (pool, prefix) = (PgPool::connect(server.url()).await.unwrap(), format!("{}_", server.fresh_schema()));
    // The second program finds what the first one has made.
    for _ in 0..2 {
        story(&Tenants::new(Place::Database(pool.clone(), prefix.clone()))).await.unwrap();
    }

    let tenants = Tenants::new(Place::Database(pool.clone(), prefix.clone()));
    let (north, south) = (tenants.open("north").await.unwrap(), tenants.open("south").await.unwrap());
    assert_eq!(names(&north).await, ["Harbour Teahouse"]);
    assert_eq!(names(&south).await, ["Hotel Lotus"]);
    let theirs = north.system().customers().named("Harbour Teahouse").await.unwrap();
    assert!(matches!(south.system().customers().get(theirs.id).await, Err(Error::NotFound { .. })));
    let li = north.system().users().named("li").await.unwrap();
    assert!(matches!(south.session(li.id).await, Err(Error::NotFound { .. })));

    let sql = "SELECT schema_name::text FROM information_schema.schemata WHERE starts_with(schema_name, $1) ORDER BY 1";
    let schemas: Vec<String> = sqlx::query_scalar(sql).bind(&prefix).fetch_all(&pool).await.unwrap();
    assert_eq!(schemas, [format!("{prefix}north"), format!("{prefix}south")]);

    // Who leaves takes everything along, and the other goes on.
    north.close().await.unwrap();
    sqlx::query(sqlx::AssertSqlSafe(format!("DROP SCHEMA \"{prefix}north\" CASCADE"))).execute(&pool).await.unwrap();
    assert_eq!(names(&south).await, ["Hotel Lotus"]);
    south.close().await.unwrap();
}
