//! Several programs on one PostgreSQL database: what one changes, the others know at once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use crmkit::change::{Change, ChangeSet};
use crmkit::dictionary::{DictionaryEntry, DictionaryEntryPatch, DictionaryRevision, NewDictionaryEntry, REGION};
use crmkit::id::{IdSource, SetId, UuidSource};
use crmkit::prelude::*;
use crmkit::storage::{PostgresOptions, PostgresStorage, Storage, Watcher};
use crmkit::testing::ThrowawayPostgres;
use sqlx::PgPool;

/// How long what should happen at once may take on a machine with better things to do.
const PATIENCE: Duration = Duration::from_secs(30);
const HOUR: Duration = Duration::from_secs(3_600);

async fn store(name: &str, options: PostgresOptions) -> PostgresStorage {
    let server = ThrowawayPostgres::start().unwrap();
    PostgresStorage::connect(server.url(), name, crmkit::standard_schema().unwrap(), options).await.unwrap()
}

/// A program that would not look by itself before the test is over.
async fn program(name: &str, announce: bool) -> Crm {
    let storage = store(name, PostgresOptions { announce, ..Default::default() }).await;
    Crm::builder(storage).dictionary_refresh(HOUR).open().await.unwrap()
}

/// How many connections listen on a schema's channel.
async fn listeners(pool: &PgPool, name: &str) -> i64 {
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE $1";
    sqlx::query_scalar(sql).bind(format!("LISTEN \"{name}\"%")).fetch_one(pool).await.unwrap()
}

/// Ends the connections that listen on a schema's channel, as an administrator or a broken network does.
async fn cut(pool: &PgPool, name: &str) -> i64 {
    let sql = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query LIKE $1";
    sqlx::query_scalar(sql).bind(format!("LISTEN \"{name}\"%")).fetch_one(pool).await.unwrap()
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < PATIENCE, "{what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn knows(crm: &Crm, value: &str) -> bool {
    crm.system().dictionary().entry(REGION, value).await.unwrap().is_some()
}

async fn add(crm: &Crm, value: &str) -> DictionaryEntry {
    crm.system().dictionary_entries().create(NewDictionaryEntry::new(REGION, value, value)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_program_changes_in_the_dictionary_another_sees_long_before_it_would_look() {
    let name = ThrowawayPostgres::start().unwrap().fresh_schema();
    let pool = PgPool::connect(ThrowawayPostgres::start().unwrap().url()).await.unwrap();
    let (here, there) = (program(&name, true).await, program(&name, true).await);
    until("both listen", async || listeners(&pool, &name).await == 2).await;
    assert!(!knows(&here, "one").await && !knows(&there, "one").await);
    let one = add(&there, "one").await;
    until("an entry added there is known here", async || knows(&here, "one").await).await;
    let renamed = DictionaryEntryPatch { item: "uno".to_owned().into(), ..Default::default() };
    here.system().dictionary_entries().edit(one.id, renamed).await.unwrap();
    let label = async || there.system().dictionary().label(REGION, "one", crmkit::schema::Lang::Zh).await.unwrap();
    until("an entry changed here is changed there", async || label().await == "uno").await;

    // What nobody announces is as what is announced while the connection is lost: known once there is one again.
    let quiet = program(&name, false).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!knows(&here, "two").await);
    add(&quiet, "two").await;
    assert!(!knows(&here, "two").await);
    assert_eq!(cut(&pool, &name).await, 2);
    until("an entry added while nobody listened is known", async || knows(&here, "two").await).await;
    until("both listen again", async || listeners(&pool, &name).await == 2).await;
    add(&there, "three").await;
    until("an entry added after that is known", async || knows(&here, "three").await).await;

    here.close().await.unwrap();
    until("a closed program listens no more", async || listeners(&pool, &name).await == 1).await;
    there.system().dictionary_entries().delete(one.id).await.unwrap();
    assert!(!knows(&there, "one").await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_that_does_not_listen_looks_after_its_interval() {
    let name = ThrowawayPostgres::start().unwrap().fresh_schema();
    let (deaf, other) = (program(&name, false).await, program(&name, true).await);
    let storage = store(&name, PostgresOptions { announce: false, ..Default::default() }).await;
    let brief = Crm::builder(storage).dictionary_refresh(Duration::from_millis(200)).open().await.unwrap();
    assert!(!knows(&deaf, "one").await && !knows(&brief, "one").await);
    add(&other, "one").await;
    until("it is known after the interval", async || knows(&brief, "one").await).await;
    // This one's interval is not over.
    assert!(!knows(&deaf, "one").await);
}

#[derive(Debug, Default)]
struct Diary(Mutex<Vec<Option<String>>>);

impl Watcher for Diary {
    fn changed(&self, entity: Option<&str>) {
        self.0.lock().unwrap().push(entity.map(str::to_owned));
    }
}

impl Diary {
    fn told(&self) -> Vec<Option<String>> {
        self.0.lock().unwrap().clone()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_announced_entities_are_told_of_once_they_are_committed() {
    let name = ThrowawayPostgres::start().unwrap().fresh_schema();
    let (storage, crm) = (store(&name, PostgresOptions::default()).await, program(&name, true).await);
    let diary = Arc::new(Diary::default());
    let (watcher, gone): (Weak<Diary>, Weak<Diary>) = (Arc::downgrade(&diary), Weak::new());
    storage.watch(watcher);
    storage.watch(gone);
    until("it listens", async || diary.told() == [None]).await;

    // A customer is not announced, and neither is what was refused or given up.
    crm.system().customers().create(NewCustomer::new("Acme")).await.unwrap();
    let (ids, now) = (UuidSource::default(), Timestamp::EPOCH);
    let set = || ChangeSet::new(SetId(ids.next_id(now)), now, "test").with(DictionaryRevision::count());
    let missing = Change::Delete { entity: Customer::NAME.into(), id: ids.next_id(now), expected: Version::NEW };
    storage.commit(&set().with(missing)).await.unwrap_err();
    let pool = PgPool::connect(ThrowawayPostgres::start().unwrap().url()).await.unwrap();
    let mut given_up = pool.begin().await.unwrap();
    storage.commit_in(&mut given_up, &set()).await.unwrap();
    given_up.rollback().await.unwrap();
    let mut kept = pool.begin().await.unwrap();
    storage.commit_in(&mut kept, &set()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(diary.told(), [None]);
    kept.commit().await.unwrap();
    let announced = || Some(DictionaryRevision::NAME.to_owned());
    until("what was kept is told of", async || diary.told() == [None, announced()]).await;
    storage.commit(&set()).await.unwrap();
    until("so is the next", async || diary.told() == [None, announced(), announced()]).await;
}
