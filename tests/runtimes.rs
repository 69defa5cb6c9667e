//! One business on every runtime: none at all, tokio with one thread and with several, smol.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg(feature = "blocking")]

use std::sync::Arc;

use crmkit::blocking::Wait;
use crmkit::prelude::*;
use crmkit::session::Records;
use crmkit::storage::{MemoryStorage, Storage};

fn stores() -> Vec<Arc<dyn Storage>> {
    let schema = crmkit::standard_schema().unwrap();
    #[allow(unused_mut)]
    let mut stores: Vec<Arc<dyn Storage>> = vec![Arc::new(MemoryStorage::new(schema.clone()))];
    #[cfg(feature = "sqlite")]
    stores.push(Arc::new(crmkit::storage::SqliteStorage::in_memory(schema).unwrap()));
    stores
}

/// Opens a CRM, lets somebody act in it, asks for a report and closes it.
async fn business(storage: Arc<dyn Storage>) -> String {
    let crm = Crm::builder(storage).open().await.unwrap();
    let role = crm.system().roles().named("account_manager").await.unwrap();
    let li = crm.system().users().create(NewUser::new("li", role.id)).await.unwrap();
    let session = crm.session(li.id).await.unwrap();
    for name in ["Acme", "Bits", "Corner"] {
        let region = Some("East".to_owned());
        session.customers().create(NewCustomer { region, ..NewCustomer::new(name) }).await.unwrap();
    }
    assert_eq!(session.customers().count(Customer::name.contains("b")).await.unwrap(), 1);
    let table = crm.system().report("composition", [("by", "region")]).await.unwrap().to_text();
    crm.close().await.unwrap();
    table
}

fn told(table: &str) {
    let rows: Vec<String> = table.lines().map(|row| row.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    assert!(rows.contains(&"East East 3 1.000000".to_owned()), "{table}");
}

#[test]
fn without_a_runtime() {
    stores().into_iter().for_each(|store| told(&business(store).wait()));
}

#[test]
fn on_tokio_with_one_thread_and_with_several() {
    let single = tokio::runtime::Builder::new_current_thread().build().unwrap();
    stores().into_iter().for_each(|store| told(&single.block_on(business(store))));
    let several = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    for store in stores() {
        let task = several.spawn(business(store));
        told(&several.block_on(task).unwrap());
    }
}

#[test]
fn on_smol() {
    for store in stores() {
        let executor = smol::Executor::new();
        let task = executor.spawn(business(store));
        told(&smol::block_on(executor.run(task)));
    }
}

#[test]
fn several_in_one_program_know_nothing_of_each_other() {
    let open = || Crm::builder(MemoryStorage::new(crmkit::standard_schema().unwrap())).open().wait().unwrap();
    let (here, there) = (open(), open());
    let acme = here.system().customers().create(NewCustomer::new("Acme")).wait().unwrap();
    assert!(matches!(there.system().customers().get(acme.id).wait(), Err(Error::NotFound { .. })));
    assert_eq!(there.system().customers().create(NewCustomer::new("Acme")).wait().unwrap().number, acme.number);
}

#[cfg(all(feature = "postgres", feature = "testing"))]
#[test]
fn postgresql_on_tokio_and_without_async() {
    use crmkit::storage::PostgresStorage;
    use crmkit::testing::ThrowawayPostgres;

    let server = ThrowawayPostgres::start().unwrap();
    let store = async || {
        let (schema, name) = (crmkit::standard_schema().unwrap(), server.fresh_schema());
        let store = PostgresStorage::connect(server.url(), &name, schema, Default::default()).await;
        let store: Arc<dyn Storage> = Arc::new(store.unwrap());
        store
    };
    let single = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    told(&single.block_on(async { business(store().await).await }));
    let several = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    told(&several.block_on(async { business(store().await).await }));
    let _entered = several.enter();
    told(&business(store().wait()).wait());
}

/// What a host passes between threads and keeps as long as it likes.
#[test]
fn whatever_is_opened_can_be_sent_and_shared() {
    fn passed<T: Send + Sync + 'static>() {}
    passed::<Crm>();
    passed::<Session>();
    passed::<Records<Customer>>();
    passed::<Error>();
    passed::<Arc<dyn Storage>>();
    fn sent(_: impl Send + 'static) {}
    let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema().unwrap())).open().wait().unwrap();
    let session = crm.system();
    sent(async move {
        let acme = session.customers().create(NewCustomer::new("Acme")).await?;
        session.customers().delete(acme.id).await?;
        session.report("composition", [("by", "region")]).await.map(drop)
    });
}
