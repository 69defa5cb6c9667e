//! What hosts test themselves with: the demo company is the same every time, and what was acknowledged before a CRM is
//! closed is there afterwards.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg(all(feature = "testing", feature = "sqlite"))]

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Barrier};
use std::task::{Context, Poll, Waker};
use std::thread;

use crmkit::id::UuidSource;
use crmkit::prelude::*;
use crmkit::storage::{MemoryStorage, SqliteOptions, SqliteStorage, Storage, StorageErrorKind};
use crmkit::testing::{builder, demo};
use pollster::block_on;

/// Everything that is not secret, by entity and id, versions included.
async fn content(storage: &dyn Storage) -> BTreeMap<(String, String), String> {
    let mut content = BTreeMap::new();
    for def in storage.schema().entities().filter(|def| !def.facts.secret) {
        let page = storage.query(&Query::new(def.name.clone()).limit(10_000)).await.unwrap();
        assert!(page.next.is_none());
        let records = page.records.into_iter();
        content.extend(records.map(|record| {
            let held = format!("{:?}", (record.version, record.values));
            ((def.code.to_string(), record.id.to_string()), held)
        }));
    }
    content
}

#[test]
fn the_demo_company_is_the_same_on_every_store_every_time() {
    let schema = || crmkit::standard_schema().unwrap();
    let stores: [Arc<dyn Storage>; 3] = [
        Arc::new(MemoryStorage::new(schema())),
        Arc::new(MemoryStorage::new(schema())),
        Arc::new(SqliteStorage::in_memory(schema()).unwrap()),
    ];
    let contents = stores.map(|storage| {
        block_on(async {
            let crm = builder(Arc::clone(&storage)).open().await.unwrap();
            let made = demo(&crm).await.unwrap();
            assert_eq!(crm.system().verify().await.unwrap(), [""; 0]);
            // What it says of itself.
            let names: Vec<&str> = made.customers.iter().map(|customer| customer.name.as_str()).collect();
            assert_eq!(names, ["Harbour Teahouse", "City Museum Shop", "Hotel Lotus"]);
            let states: Vec<&str> = made.opportunities.iter().map(|opportunity| opportunity.status.code()).collect();
            assert_eq!(states, ["won", "assigned", "unassigned"]);
            let states: Vec<&str> = made.services.iter().map(|service| service.status.code()).collect();
            assert_eq!(states, ["archived", "assigned"]);
            let amounts: Vec<String> = made.orders.iter().map(|order| order.amount.to_string()).collect();
            assert_eq!(amounts, ["1540.00", "2156.00", "1290.00"]);
            let roles = [&made.administrator, &made.supervisor, &made.li, &made.wang, &made.executive];
            let roles = roles.map(|session| session.actor().role().to_owned());
            assert_eq!(roles, ["administrator", "supervisor", "account_manager", "account_manager", "executive"]);
            // Twice there is no such company.
            assert!(matches!(demo(&crm).await, Err(Error::Taken { .. })));
            content(&*storage).await
        })
    });
    assert!(contents[0].len() > 100);
    assert_eq!(contents[0], contents[1]);
    assert_eq!(contents[0], contents[2]);
}

#[test]
fn a_crm_that_is_closed_has_written_what_it_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let open = || {
        let options = SqliteOptions { migrate: true, ..Default::default() };
        let storage =
            SqliteStorage::open(folder.path().join("crm.db"), crmkit::standard_schema().unwrap(), options).unwrap();
        block_on(builder(storage).ids(UuidSource::default()).open()).unwrap()
    };
    let crm = open();
    let barrier = Arc::new(Barrier::new(9));
    let writers: Vec<_> = (0..8)
        .map(|writer| {
            let (crm, barrier) = (crm.clone(), Arc::clone(&barrier));
            thread::spawn(move || {
                let mut acknowledged = Vec::new();
                barrier.wait();
                for count in 0..10_000 {
                    let number = format!("{writer}-{count}");
                    let new = NewCustomer { number: number.clone(), ..NewCustomer::new("Acme") };
                    match block_on(crm.system().customers().create(new)) {
                        Ok(_) => acknowledged.push(number),
                        Err(Error::Storage(error)) => {
                            assert_eq!(error.kind(), StorageErrorKind::Closed);
                            return acknowledged;
                        }
                        Err(error) => panic!("{error}"),
                    }
                }
                panic!("the CRM was never closed");
            })
        })
        .collect();
    barrier.wait();
    while crm.stats().committed < 50 {
        thread::yield_now();
    }
    block_on(crm.close()).unwrap();
    let acknowledged: Vec<String> = writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect();
    assert!(acknowledged.len() >= 50);
    assert_eq!(crm.stats().waiting, 0);
    drop(crm);

    let crm = open();
    for number in &acknowledged {
        assert!(block_on(crm.system().customers().named(number)).is_ok(), "{number} was acknowledged");
    }
    let stored = block_on(crm.system().customers().count(Filter::All)).unwrap();
    assert_eq!(stored, acknowledged.len() as u64, "what was refused is not there");
}

#[test]
fn counters_follow_what_is_done_and_who_gives_up_waits_no_longer() {
    let storage = SqliteStorage::in_memory(crmkit::standard_schema().unwrap()).unwrap();
    let crm = block_on(builder(storage).open()).unwrap();
    let customers = crm.system().customers();
    let acme = block_on(customers.create(NewCustomer::new("Acme"))).unwrap();
    let before = crm.stats();

    // Somebody looks at the record for as long as it takes another to change it.
    let patch = || CustomerPatch { region: Some("华东".to_owned()).into(), ..Default::default() };
    block_on(customers.edit(acme.id, patch())).unwrap();
    block_on(customers.edit_seen(acme.id, acme.version, patch())).unwrap_err();
    block_on(crm.system().preview().customers().create(NewCustomer::new("Bravo"))).unwrap();
    assert_eq!(crm.stats().committed, before.committed + 1, "what is only looked at is not counted");

    // Given up at the first moment at which it waits for the store.
    let mut command = Box::pin(customers.create(NewCustomer::new("Chai")));
    let mut context = Context::from_waker(Waker::noop());
    let given_up = loop {
        match command.as_mut().poll(&mut context) {
            Poll::Ready(_) => break false,
            Poll::Pending if crm.stats().waiting == 1 => break true,
            Poll::Pending => thread::yield_now(),
        }
    };
    drop(command);
    assert_eq!(crm.stats().waiting, 0);
    block_on(crm.close()).unwrap();
    let after = crm.stats();
    assert_eq!(after.committed, before.committed + 1 + u64::from(!given_up));
    assert_eq!((after.refused, after.busy, after.failed), (0, 0, 0));

    let crm = block_on(builder(MemoryStorage::new(crmkit::standard_schema().unwrap())).open()).unwrap();
    let (region, lang) = (crm.system().dictionary(), crm.system().lang());
    for _ in 0..3 {
        block_on(region.label("region", "华东", lang)).unwrap();
    }
    assert!(crm.stats().dictionary.hits >= 2, "{:?}", crm.stats());
}
