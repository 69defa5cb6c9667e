//! Many who write while somebody reads: nothing is skipped, nothing comes twice, and all of a record in its order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

use crmkit::events::{Event, EventCursor, SHARDS, Start};
use crmkit::id::RecordId;
use crmkit::prelude::*;
use crmkit::session::TrailOptions;
use crmkit::storage::Storage;

use crate::{renamed, since};

const WRITERS: usize = 32;
const DEEDS: usize = 12;

/// The runtime that a pool needs; the other stores do not mind.
#[cfg(feature = "postgres")]
fn block_on<F: Future>(future: F) -> F::Output {
    static RUNTIME: std::sync::OnceLock<tokio::runtime::Runtime> = std::sync::OnceLock::new();
    RUNTIME.get_or_init(|| tokio::runtime::Runtime::new().unwrap()).block_on(future)
}

#[cfg(not(feature = "postgres"))]
fn block_on<F: Future>(future: F) -> F::Output {
    pollster::block_on(future)
}

#[test]
fn in_memory() {
    crowd(Arc::new(crmkit::storage::MemoryStorage::new(crmkit::standard_schema().unwrap())));
}

#[cfg(feature = "sqlite")]
#[test]
fn on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let schema = crmkit::standard_schema().unwrap();
    crowd(Arc::new(
        crmkit::storage::SqliteStorage::open(folder.path().join("crm.db"), schema, Default::default()).unwrap(),
    ));
}

/// What one read brought, and from where it read.
type Steps = Vec<(EventCursor, Vec<Event>)>;

/// Reads on and on until the writers are done and nothing is left.
fn follow(crm: &Crm, from: EventCursor, done: &AtomicBool) -> Steps {
    let (mut steps, mut cursor) = (Vec::new(), from);
    loop {
        // Before reading, so that what was written before it is read.
        let over = done.load(Ordering::SeqCst);
        let page = block_on(crm.system().events(&cursor, 5)).unwrap();
        let idle = page.events.is_empty();
        // As a program keeps it.
        let next = page.next.to_string().parse().unwrap();
        steps.push((cursor, page.events));
        cursor = next;
        if idle && over {
            return steps;
        }
    }
}

fn crowd(storage: Arc<dyn Storage>) {
    let crm = block_on(Crm::builder(storage).open()).unwrap();
    let system = crm.system();
    let shared: Vec<Id<Customer>> = (0..4)
        .map(|n| block_on(system.customers().create(NewCustomer::new(format!("Shared {n}")))).unwrap().id)
        .collect();
    let from = block_on(crm.event_cursor(Start::Now)).unwrap();
    let (done, begin) = (AtomicBool::new(false), Barrier::new(WRITERS));
    let (acknowledged, steps) = thread::scope(|scope| {
        let reader = scope.spawn(|| follow(&crm, from, &done));
        let writer = |number: usize| {
            let (crm, shared, begin) = (&crm, &shared, &begin);
            scope.spawn(move || {
                begin.wait();
                write(&crm.system(), shared, number)
            })
        };
        let writers: Vec<_> = (0..WRITERS).map(writer).collect();
        let acknowledged: Vec<_> = writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect();
        done.store(true, Ordering::SeqCst);
        (acknowledged, reader.join().unwrap())
    });
    let events: Vec<&Event> = steps.iter().flat_map(|(_, events)| events).collect();
    no_gap_and_nothing_twice(&from, &events);
    // Every acknowledged deed is there, once.
    let told: Vec<(RecordId, &str)> =
        events.iter().map(|event| (event.record, event.data["name"].as_str().unwrap())).collect();
    assert_eq!(acknowledged.len(), WRITERS * DEEDS);
    assert_eq!(told.len(), acknowledged.len());
    let unique: BTreeSet<_> = told.iter().collect();
    assert!(acknowledged.iter().all(|(record, name)| unique.contains(&(*record, name.as_str()))));
    // The order of a record's events is that of its history.
    for customer in &shared {
        let options = TrailOptions { limit: 1_000, ..TrailOptions::default() };
        let trail = block_on(system.customers().history(*customer, &options)).unwrap();
        let sets: Vec<_> = trail.entries.iter().rev().map(|entry| entry.set).collect();
        let told: Vec<_> =
            events.iter().filter(|event| event.record == customer.raw()).map(|event| event.set).collect();
        assert_eq!(told[..], sets[sets.len() - told.len()..]);
    }
    // From every cursor on there is the same rest.
    let seen: BTreeSet<RecordId> = events.iter().map(|event| event.id).collect();
    let mut before = BTreeSet::new();
    for (place, (cursor, read)) in steps.iter().enumerate() {
        if place % 17 == 0 {
            let rest: BTreeSet<RecordId> = block_on(since(&system, cursor)).iter().map(|event| event.id).collect();
            assert_eq!(rest, seen.difference(&before).copied().collect());
        }
        before.extend(read.iter().map(|event| event.id));
    }
    assert_eq!(block_on(system.verify()).unwrap(), Vec::<String>::new());
}

/// New records, and edits of those that all others edit, too; gives what was acknowledged.
fn write(session: &Session, shared: &[Id<Customer>], number: usize) -> Vec<(RecordId, String)> {
    let deed = |deed: usize| {
        let name = format!("{number}.{deed}");
        let id = if deed.is_multiple_of(3) {
            block_on(session.customers().create(NewCustomer::new(name.clone()))).unwrap().id
        } else {
            let id = shared[(number + deed) % shared.len()];
            block_on(session.customers().edit(id, renamed(&name))).unwrap();
            id
        };
        (id.raw(), name)
    };
    (0..DEEDS).map(deed).collect()
}

fn no_gap_and_nothing_twice(from: &EventCursor, events: &[&Event]) {
    let mut last: BTreeMap<usize, i64> = (0..SHARDS).map(|shard| (shard, from.at(shard))).collect();
    for event in events {
        let place = last.get_mut(&event.shard).unwrap();
        assert_eq!(event.sequence, *place + 1, "{event:?}");
        *place = event.sequence;
    }
}

#[cfg(all(feature = "postgres", feature = "testing"))]
mod postgres {
    use std::time::{Duration, Instant};

    use crmkit::change::ChangeSet;
    use crmkit::events::{EventDraft, append, shard_of};
    use crmkit::id::{IdSource, SetId, UuidSource};
    use crmkit::storage::{PostgresOptions, PostgresStorage};
    use crmkit::testing::ThrowawayPostgres;

    use super::*;

    async fn store() -> PostgresStorage {
        let server = ThrowawayPostgres::start().unwrap();
        let (schema, patience) = (crmkit::standard_schema().unwrap(), Duration::from_secs(60));
        let options = PostgresOptions { acquire_timeout: patience, lock_timeout: patience, ..Default::default() };
        PostgresStorage::connect(server.url(), &server.fresh_schema(), schema, options).await.unwrap()
    }

    #[test]
    fn on_postgres() {
        let begun = Instant::now();
        crowd(Arc::new(block_on(store())));
        eprintln!("{} commands in {:?}", WRITERS * DEEDS, begun.elapsed());
    }

    /// A customer's id in the same shard as another's, or in another one.
    fn near(ids: &UuidSource, other: RecordId, same: bool) -> RecordId {
        let mut tried = std::iter::repeat_with(|| ids.next_id(Timestamp::EPOCH));
        tried.find(|id| (shard_of(*id) == shard_of(other)) == same).unwrap()
    }

    #[test]
    fn who_commits_late_is_not_skipped() {
        block_on(async {
            let storage = Arc::new(store().await);
            let crm = Crm::builder(Arc::clone(&storage)).open().await.unwrap();
            let (ids, now) = (UuidSource::default(), "2026-03-01T09:00:00Z".parse().unwrap());
            let slow = ids.next_id(now);
            let (behind, beside) = (near(&ids, slow, true), near(&ids, slow, false));
            let said = |record| EventDraft::about_record("customer", record, "customer.visited");
            let from = crm.event_cursor(Start::Now).await.unwrap();

            // It has taken its number and not committed yet.
            let pool = sqlx::PgPool::connect(ThrowawayPostgres::start().unwrap().url()).await.unwrap();
            let mut transaction = pool.begin().await.unwrap();
            let mut set = ChangeSet::new(SetId(ids.next_id(now)), now, "test");
            append(&mut set, vec![said(slow)], || Id::new(ids.next_id(now)));
            storage.commit_in(&mut transaction, &set).await.unwrap();
            let waiting = tokio::spawn({
                let (crm, event) = (crm.clone(), said(behind));
                async move { crm.emit(vec![event]).await }
            });
            crm.emit(vec![said(beside)]).await.unwrap();
            tokio::time::sleep(Duration::from_millis(300)).await;
            assert!(!waiting.is_finished(), "a later number of its shard is given while it may still be undone");
            let page = crm.system().events(&from, 10).await.unwrap();
            assert_eq!(page.events.iter().map(|event| event.record).collect::<Vec<_>>(), [beside]);

            transaction.commit().await.unwrap();
            waiting.await.unwrap().unwrap();
            let rest = since(&crm.system(), &page.next).await;
            assert_eq!(rest.iter().map(|event| event.record).collect::<Vec<_>>(), [slow, behind]);

            // One that is undone leaves no gap.
            let mut transaction = pool.begin().await.unwrap();
            let mut set = ChangeSet::new(SetId(ids.next_id(now)), now, "test");
            append(&mut set, vec![said(slow)], || Id::new(ids.next_id(now)));
            storage.commit_in(&mut transaction, &set).await.unwrap();
            transaction.rollback().await.unwrap();
            crm.emit(vec![said(behind)]).await.unwrap();
            let all = since(&crm.system(), &from).await;
            let numbers: Vec<i64> =
                all.iter().filter(|event| event.record != beside).map(|event| event.sequence).collect();
            assert_eq!(numbers, (from.at(shard_of(slow)) + 1..).take(3).collect::<Vec<_>>());
            assert_eq!(crm.system().verify().await.unwrap(), Vec::<String>::new());
        });
    }
}
