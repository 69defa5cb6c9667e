//! What the PostgreSQL store does beyond the contract: opening, migrating, the host's transaction, and its troubles.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use crmkit::change::{Change, ChangeSet};
use crmkit::error::Refusal;
use crmkit::id::{Id, IdSource, SetId, UuidSource, Version};
use crmkit::query::Query;
use crmkit::schema::{Entity, EntityFacts, Facts, Schema};
use crmkit::storage::{
    PostgresOptions, PostgresStorage, Reader, ReaderExt, Storage, StorageError, StorageErrorKind as Kind,
};
use crmkit::testing::ThrowawayPostgres;
use crmkit::value::Timestamp;
use sqlx::{AssertSqlSafe, PgPool};

mod first {
    use super::*;

    crmkit::entity!(
        #[entity("pg_item", "物品", "Item")]
        #[inputs(NewItem, ItemPatch)]
        /// Something with a name of its own.
        pub struct Item {
            /// Its name.
            pub name: String,
            /// The item it is part of.
            pub whole: Option<Id<Item>>,
        }
    );

    impl EntityFacts for Item {
        fn facts() -> Facts {
            Facts::default().unique::<Self>(&[&Self::name])
        }
    }
}

/// What a later version of the program makes of the same entity.
mod second {
    use super::*;

    crmkit::entity!(
        #[entity("pg_item", "物品", "Item")]
        #[inputs(NewItem, ItemPatch)]
        /// Something with a name and a place of its own.
        pub struct Item {
            /// Its name.
            pub name: String,
            /// The item it is part of.
            pub whole: Option<Id<Item>>,
            /// Its place.
            pub place: Option<String>,
            /// The item that stands beside it.
            pub beside: Option<Id<Item>>,
        }
    );

    impl EntityFacts for Item {
        fn facts() -> Facts {
            let placed = Self::place.is_null().not();
            Facts::default().unique::<Self>(&[&Self::name]).unique_when::<Self>(&[&Self::place], placed)
        }
    }
}

use first::{Item, NewItem};

fn server() -> &'static ThrowawayPostgres {
    ThrowawayPostgres::start().unwrap()
}

fn schema() -> Arc<Schema> {
    Schema::builder().definition(Item::definition()).build().unwrap()
}

fn later_schema() -> Arc<Schema> {
    Schema::builder().definition(second::Item::definition()).build().unwrap()
}

async fn open(name: &str) -> PostgresStorage {
    PostgresStorage::connect(server().url(), name, schema(), PostgresOptions::default()).await.unwrap()
}

/// A connection beside the store, as a host or an administrator has one.
async fn beside() -> PgPool {
    PgPool::connect(server().url()).await.unwrap()
}

async fn run(pool: &PgPool, sql: String) {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(pool).await.unwrap();
}

/// The address with another user, password or database.
fn address(user: &str, rest: &str) -> String {
    let url = server().url();
    let (_, host) = url.split_once('@').unwrap();
    let (host, _) = host.split_once('/').unwrap();
    format!("postgres://{user}@{host}/{rest}")
}

fn item(name: &str, whole: Option<Id<Item>>) -> Item {
    let id = Id::new(UuidSource::default().next_id(Timestamp::EPOCH));
    Item::draft(id, NewItem { name: name.into(), whole, ..NewItem::default() })
}

fn set(changes: Vec<Change>) -> ChangeSet {
    let mut set = ChangeSet::new(SetId(UuidSource::default().next_id(Timestamp::EPOCH)), Timestamp::EPOCH, "test");
    set.changes = changes;
    set
}

fn insert(item: &Item) -> Change {
    Change::Insert(item.clone().into_record())
}

async fn names(reader: &dyn Reader) -> Vec<String> {
    let (items, _) = reader.find::<Item>(&Query::of::<Item>().order(Item::name.asc())).await.unwrap();
    items.into_iter().map(|item| item.name).collect()
}

async fn refusal(url: &str, name: &str, options: PostgresOptions) -> StorageError {
    let begun = Instant::now();
    let error = PostgresStorage::connect(url, name, schema(), options).await.unwrap_err();
    assert!(begun.elapsed() < Duration::from_secs(8), "it took {:?} to say: {error}", begun.elapsed());
    error
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_open_at_once_make_the_schema_once() {
    let name = server().fresh_schema();
    let opening: Vec<_> = (0..10)
        .map(|_| {
            let name = name.clone();
            tokio::spawn(async move { open(&name).await })
        })
        .collect();
    for opened in opening {
        let storage = opened.await.unwrap();
        assert_eq!(storage.verify().await.unwrap(), [""; 0]);
        storage.close().await.unwrap();
    }
}

#[tokio::test]
async fn tenants_do_not_see_each_other_whatever_they_are_called() {
    let (left, right) = (server().fresh_schema(), format!("{}; \"Ünï\" 'x'", server().fresh_schema()));
    let (one, other) = (open(&left).await, open(&right).await);
    one.commit(&set(vec![insert(&item("same", None))])).await.unwrap();
    other.commit(&set(vec![insert(&item("same", None)), insert(&item("more", None))])).await.unwrap();
    assert_eq!(names(&one).await, ["same"]);
    assert_eq!(names(&other).await, ["more", "same"]);
    let bad = PostgresStorage::connect(server().url(), "", schema(), PostgresOptions::default()).await;
    assert_eq!(bad.unwrap_err().kind(), Kind::Invalid);
}

#[tokio::test]
async fn a_later_version_migrates_and_an_earlier_one_goes_on() {
    let name = server().fresh_schema();
    let (url, options) = (server().url(), PostgresOptions::default());
    let old = open(&name).await;
    old.commit(&set(vec![insert(&item("a", None))])).await.unwrap();
    let refused = PostgresStorage::connect(url, &name, later_schema(), options.clone()).await.unwrap_err();
    assert_eq!(refused.kind(), Kind::Outdated);
    assert!(refused.to_string().contains("the column `pg_item.place` is missing"), "{refused}");
    let sql = PostgresStorage::migration_sql(url, &name, &later_schema(), &options).await.unwrap();
    for part in ["ADD COLUMN \"place\" text COLLATE \"C\"", "NOT VALID", "UNIQUE INDEX CONCURRENTLY"] {
        assert!(sql.contains(part), "{part} is not in:\n{sql}");
    }
    let racing: Vec<_> = (0..4)
        .map(|_| {
            let (name, options) = (name.clone(), PostgresOptions { migrate: true, ..options.clone() });
            tokio::spawn(PostgresStorage::connect(url, name.leak(), later_schema(), options))
        })
        .collect();
    for opened in racing {
        let new = opened.await.unwrap().unwrap();
        assert_eq!(new.verify().await.unwrap(), [""; 0]);
    }
    assert_eq!(PostgresStorage::migration_sql(url, &name, &later_schema(), &options).await.unwrap(), "");
    old.commit(&set(vec![insert(&item("b", None))])).await.unwrap();
    let again = open(&name).await;
    assert_eq!(names(&again).await, ["a", "b"]);
    assert!(again.verify().await.unwrap().iter().any(|line| line.contains("`pg_item.place` is not in the schema")));
}

#[tokio::test]
async fn schemas_of_others_are_left_alone() {
    let (foreign, newer) = (server().fresh_schema(), server().fresh_schema());
    let (pool, options) = (beside().await, PostgresOptions::default());
    run(&pool, format!("CREATE SCHEMA \"{foreign}\"; CREATE TABLE \"{foreign}\".theirs (x int)")).await;
    let refused = refusal(server().url(), &foreign, PostgresOptions { migrate: true, ..options.clone() }).await;
    assert_eq!(refused.kind(), Kind::Foreign);
    open(&newer).await;
    run(&pool, format!("UPDATE \"{newer}\".crm_meta SET value = '99' WHERE name = 'format'")).await;
    assert_eq!(refusal(server().url(), &newer, options.clone()).await.kind(), Kind::Newer);
    let absent = PostgresOptions { create: false, ..options };
    assert_eq!(refusal(server().url(), &server().fresh_schema(), absent).await.kind(), Kind::Outdated);
}

#[tokio::test]
async fn what_was_tampered_with_is_found() {
    let name = server().fresh_schema();
    let storage = open(&name).await;
    let pool = beside().await;
    run(&pool, format!("DROP INDEX \"{name}\".uq_pg_item_name; ALTER TABLE \"{name}\".pg_item ADD note int NOT NULL"))
        .await;
    let found = storage.verify().await.unwrap().join("\n");
    assert!(found.contains("the index `uq_pg_item_name` on `pg_item` is missing"), "{found}");
    assert!(found.contains("`pg_item.note` is not in the schema; it must have a value"), "{found}");
    assert_eq!(refusal(server().url(), &name, PostgresOptions::default()).await.kind(), Kind::Outdated);
}

#[tokio::test]
async fn a_server_that_can_not_be_used_is_named() {
    let (pool, name, options) = (beside().await, server().fresh_schema(), PostgresOptions::default());
    let role = format!("role_{name}");
    run(&pool, format!("CREATE ROLE \"{role}\" LOGIN PASSWORD 'right'")).await;
    let wrong = refusal(&address(&format!("{role}:wrong"), "postgres"), &name, options.clone()).await;
    assert_eq!(wrong.kind(), Kind::Denied);
    let forbidden = refusal(&address(&format!("{role}:right"), "postgres"), &name, options.clone()).await;
    assert_eq!(forbidden.kind(), Kind::Denied);
    let no_database = refusal(&address("crmkit", "nowhere"), &name, options.clone()).await;
    assert_eq!(no_database.kind(), Kind::Unavailable);
    for absent in ["postgres://crm@127.0.0.1:1/crm", "postgres://crm@%2Fnowhere/crm"] {
        assert_eq!(refusal(absent, &name, options.clone()).await.kind(), Kind::Unavailable, "{absent}");
    }
    assert_eq!(refusal("mysql://crm@localhost/crm", &name, options.clone()).await.kind(), Kind::Invalid);
    // A server that takes the connection and never says a word.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("postgres://crm@{}/crm", silent.local_addr().unwrap());
    let brief = PostgresOptions { acquire_timeout: Duration::from_millis(300), ..options };
    assert_eq!(refusal(&url, &name, brief).await.kind(), Kind::Unavailable);
}

#[tokio::test]
async fn a_server_that_is_only_read_takes_no_commit() {
    let name = server().fresh_schema();
    open(&name).await.commit(&set(vec![insert(&item("a", None))])).await.unwrap();
    let url = format!("{}?options[default_transaction_read_only]=on", server().url());
    let storage = PostgresStorage::connect(&url, &name, schema(), PostgresOptions::default()).await.unwrap();
    assert_eq!(names(&storage).await, ["a"]);
    let refused = storage.commit(&set(vec![insert(&item("b", None))])).await.unwrap_err();
    assert_eq!(refused.kind(), Kind::ReadOnly);
    let chosen = PostgresOptions { read_only: true, ..Default::default() };
    let storage = PostgresStorage::connect(server().url(), &name, schema(), chosen).await.unwrap();
    assert_eq!(storage.commit(&set(Vec::new())).await.unwrap_err().kind(), Kind::ReadOnly);
}

#[tokio::test]
async fn waiting_has_an_end() {
    let name = server().fresh_schema();
    let limits = Duration::from_millis(300);
    let options =
        PostgresOptions { max_connections: 1, acquire_timeout: limits, lock_timeout: limits, ..Default::default() };
    let storage = PostgresStorage::connect(server().url(), &name, schema(), options).await.unwrap();
    let stored = item("a", None);
    storage.commit(&set(vec![insert(&stored)])).await.unwrap();

    let snapshot = storage.snapshot().await.unwrap();
    let exhausted = storage.commit(&set(Vec::new())).await.unwrap_err();
    assert_eq!(exhausted.kind(), Kind::Busy, "{exhausted}");
    assert!(exhausted.to_string().contains("no connection became free"), "{exhausted}");
    drop(snapshot);

    let pool = beside().await;
    let mut held = pool.begin().await.unwrap();
    let sql = format!("SELECT 1 FROM \"{name}\".pg_item FOR UPDATE");
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *held).await.unwrap();
    let record = Item { version: Version(1), ..stored }.into_record();
    let update = Change::Update { record, expected: Version(1) };
    let begun = Instant::now();
    let locked = storage.commit(&set(vec![update.clone()])).await.unwrap_err();
    assert_eq!(locked.kind(), Kind::Busy, "{locked}");
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    held.rollback().await.unwrap();
    storage.commit(&set(vec![update])).await.unwrap();
}

#[tokio::test]
async fn a_set_goes_with_the_transaction_of_the_host() {
    let name = server().fresh_schema();
    let pool = beside().await;
    let options = PostgresOptions::default();
    let storage = PostgresStorage::with_pool(pool.clone(), &name, schema(), options).await.unwrap();
    run(&pool, format!("CREATE TABLE \"{name}\".host_notes (note text)")).await;
    let note = format!("INSERT INTO \"{name}\".host_notes VALUES ('n')");

    let mut gone = pool.begin().await.unwrap();
    storage.commit_in(&mut gone, &set(vec![insert(&item("gone", None))])).await.unwrap();
    gone.rollback().await.unwrap();
    assert_eq!(names(&storage).await, [""; 0]);

    let mut kept = pool.begin().await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(note)).execute(&mut *kept).await.unwrap();
    let whole = item("whole", None);
    let first = set(vec![insert(&item("part", Some(whole.id))), insert(&whole)]);
    let committed = storage.commit_in(&mut kept, &first).await.unwrap();
    let (twin, lost) = (item("whole", None), item("lost", Some(item("nowhere", None).id)));
    let refused = storage.commit_in(&mut kept, &set(vec![insert(&twin), insert(&lost)])).await.unwrap_err();
    let reasons: Vec<&Refusal> = refused.refusals().iter().map(|refused| &refused.reason).collect();
    let taken = Refusal::Taken { fields: vec!["name".into()] };
    let dangling = Refusal::Dangling { field: "whole".into(), target: lost.whole.unwrap().raw() };
    assert_eq!(reasons, [&taken, &dangling]);
    assert_eq!(storage.commit_in(&mut kept, &first).await.unwrap(), committed.clone().replayed());
    assert_eq!(names(&storage).await, [""; 0], "the host has not committed yet");
    kept.commit().await.unwrap();
    assert_eq!(names(&storage).await, ["part", "whole"]);
    assert_eq!(storage.committed(first.id).await.unwrap(), Some(committed.replayed()));
}

/// Looks at a future so often, with time for the server to answer in between, and gives it up.
async fn given_up<T>(future: impl Future<Output = T>, looks: usize) -> bool {
    let mut future = std::pin::pin!(future);
    for _ in 0..looks {
        let look = std::future::poll_fn(|context| std::task::Poll::Ready(future.as_mut().poll(context)));
        if look.await.is_ready() {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
    true
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_given_up_while_its_transaction_begins_leaves_no_transaction_to_the_next() {
    let name = server().fresh_schema();
    let options = PostgresOptions { max_connections: 1, ..Default::default() };
    let narrow = PostgresStorage::connect(server().url(), &name, schema(), options).await.unwrap();
    let other = open(&name).await;
    let (mut number, mut interrupted) = (0, 0);
    for looks in (1..8).cycle().take(42) {
        number += 1;
        let change = set(vec![insert(&item(&format!("given up {number}"), None))]);
        let was = if number % 2 == 0 {
            given_up(narrow.snapshot(), looks).await
        } else {
            given_up(narrow.commit(&change), looks).await
        };
        interrupted += usize::from(was);
        // A transaction that is still open would show its own moment from its first read on.
        names(&narrow).await;
        let change = set(vec![insert(&item(&format!("other {number}"), None))]);
        other.commit(&change).await.unwrap();
        assert!(names(&narrow).await.contains(&format!("other {number}")), "after {looks} looks");
        narrow.snapshot().await.unwrap();
        narrow.commit(&set(vec![insert(&item(&format!("own {number}"), None))])).await.unwrap();
    }
    // Whoever is looked at only once never has his answer yet.
    assert!(interrupted >= 6, "{interrupted}");
}

#[tokio::test]
async fn a_broken_connection_is_replaced() {
    let name = server().fresh_schema();
    let storage = open(&name).await;
    storage.commit(&set(vec![insert(&item("a", None))])).await.unwrap();
    let pool = beside().await;
    let mine = format!("query LIKE '%{name}%' AND pid <> pg_backend_pid()");
    run(&pool, format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {mine}")).await;
    let mut tries = 0;
    while let Err(error) = storage.query(&Query::of::<Item>()).await {
        assert_eq!(error.kind(), Kind::Unavailable, "{error}");
        tries += 1;
        assert!(tries < 3, "{error}");
    }
    assert_eq!(names(&storage).await, ["a"]);
}

/// The part of the next test that runs in a process of its own.
#[test]
fn helper_that_ends_without_a_word() {
    if std::env::var_os("CRMKIT_TEST_ABORT").is_some() {
        println!("address={}", server().url());
        std::process::abort();
    }
}

#[test]
fn nothing_is_left_of_a_server_when_its_process_is_killed() {
    if std::env::var_os("CRMKIT_TEST_POSTGRES_URL").is_some() {
        return;
    }
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "helper_that_ends_without_a_word", "--nocapture"]).env("CRMKIT_TEST_ABORT", "1");
    let output = command.output().unwrap();
    assert!(!output.status.success());
    let text = String::from_utf8_lossy(&output.stdout).replace("%2F", "/");
    let (_, address) = text.split_once("address=postgres://crmkit@").unwrap_or_else(|| panic!("{text}"));
    let folder = std::path::PathBuf::from(address.split("/postgres").next().unwrap());
    let begun = Instant::now();
    while folder.exists() {
        assert!(begun.elapsed() < Duration::from_secs(20), "`{}` is still there", folder.display());
        std::thread::sleep(Duration::from_millis(20));
    }
}
