//! What a command costs beside the same rows inserted by hand, and what many who write at once gain by being committed
//! together.
//!
//! ```text
//! cargo bench --bench commands --all-features -- [command] [producers]
//! ```
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, missing_debug_implementations)]
#![allow(unreachable_pub)]

#[path = "common/company.rs"]
mod company;
#[path = "common/measure.rs"]
mod measure;
#[path = "common/program.rs"]
mod program;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use crmkit::change::{Change, ChangeSet};
use crmkit::id::{IdSource, SetId, UuidSource};
use crmkit::prelude::*;
use crmkit::storage::{SqliteOptions, SqliteStorage, Storage, Synchronous};
use pollster::block_on;
use rusqlite::types::Value as Stored;
use rusqlite::{Connection, params, params_from_iter};
use tokio::sync::oneshot;

use company::Size;
use measure::{heading, line, median, slower, time, turns};

const CUSTOMERS: u64 = 10_000;

fn main() {
    if !program::is_asked() {
        return;
    }
    let words = program::words();
    let wanted = |word: &str| words.is_empty() || words.iter().any(|asked| asked == word);
    if wanted("command") {
        heading("by hand");
        command("FULL", Synchronous::Full);
        // What is left to compare where nobody waits for the disk.
        command("NORMAL", Synchronous::Normal);
    }
    if wanted("producers") {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        heading("alone");
        runtime.block_on(producers(64, 32));
        runtime.block_on(producers(1_024, 4));
    }
}

/// A user makes a customer: his right, the rules, a number of the series, the record, its history, an event with its
/// number, and the commit's own row.
fn command(name: &str, synchronous: Synchronous) {
    let folder = tempfile::tempdir().unwrap();
    let (ours, hand) = (folder.path().join("ours.db"), folder.path().join("hand.db"));
    company::make(&ours, Size::customers(CUSTOMERS));
    let options = SqliteOptions { synchronous, ..SqliteOptions::default() };
    let store = SqliteStorage::open(&ours, crmkit::standard_schema().unwrap(), options).unwrap();
    let crm = block_on(Crm::builder(store).open()).unwrap();
    let role = block_on(crm.system().roles().named("account_manager")).unwrap().id;
    let user = block_on(crm.system().users().create(NewUser::new("li", role))).unwrap().id;
    let session = block_on(crm.session(user)).unwrap();
    let mut number = 0;
    let mut create = move || {
        number += 1;
        let new = NewCustomer { region: Some("华东".into()), ..NewCustomer::new(format!("New customer {number}")) };
        block_on(session.customers().create(new)).unwrap()
    };
    // All counters are there once each shard has had an event.
    (0..200).for_each(|_| drop(create()));
    let before = rows(&company::by_hand(&ours));
    drop(create());
    let after = rows(&company::by_hand(&ours));
    company::by_hand(&ours).execute("VACUUM INTO ?1", [hand.to_str().unwrap()]).unwrap();
    let mut by_hand = ByHand::new(&hand);
    by_hand.connection.pragma_update(None, "synchronous", name).unwrap();
    by_hand.create();
    let same = rows(&by_hand.connection);
    assert!(after.values().sum::<i64>() - before.values().sum::<i64>() >= 4, "a command leaves all its rows");
    for (table, count) in &after {
        assert_eq!(same[table] - count, count - before[table], "both sides insert as many rows into {table}");
    }
    // A disk is now fast and now slow, so the sides take turns at every command.
    let (mine, theirs) = turns(1_000, || once(&mut create), || once(|| by_hand.create()));
    slower(&format!("one command, one producer, {name}"), mine, theirs);
}

fn once<T>(mut work: impl FnMut() -> T) -> f64 {
    let start = Instant::now();
    drop(work());
    start.elapsed().as_secs_f64()
}

/// How many rows each table has.
fn rows(connection: &Connection) -> BTreeMap<String, i64> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
    let mut statement = connection.prepare(sql).unwrap();
    let tables: Vec<String> = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let count = |table: String| {
        let sql = format!("SELECT count(*) FROM \"{table}\"");
        (table, connection.query_row(&sql, [], |row| row.get(0)).unwrap())
    };
    tables.into_iter().map(count).collect()
}

/// The newest row of a table, and how to insert one like it.
struct Like {
    insert: String,
    columns: Vec<String>,
    values: Vec<Stored>,
}

impl Like {
    /// `by` is a column that grows with every row.
    fn newest(connection: &Connection, table: &str, by: &str) -> Self {
        let sql = format!("SELECT * FROM \"{table}\" ORDER BY \"{by}\" DESC LIMIT 1");
        let mut statement = connection.prepare(&sql).unwrap();
        let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let values = |row: &rusqlite::Row<'_>| (0..columns.len()).map(|place| row.get(place)).collect();
        let values: rusqlite::Result<Vec<Stored>> = statement.query_row([], values);
        let names: Vec<String> = columns.iter().map(|name| format!("\"{name}\"")).collect();
        let places = vec!["?"; columns.len()].join(", ");
        let insert = format!("INSERT INTO \"{table}\" ({}) VALUES ({places})", names.join(", "));
        Self { insert, columns, values: values.unwrap() }
    }

    fn set(&mut self, column: &str, value: impl Into<Stored>) {
        let place = self.columns.iter().position(|name| name == column).unwrap();
        self.values[place] = value.into();
    }

    fn insert(&self, connection: &Connection) {
        connection.prepare_cached(&self.insert).unwrap().execute(params_from_iter(&self.values)).unwrap();
    }
}

/// The same rows as a program would write them that knows nothing but this one thing: in one transaction, with prepared
/// statements, with the same contents and numbers.
struct ByHand {
    connection: Connection,
    ids: UuidSource,
    customer: Like,
    history: Like,
    event: Like,
    commit: Like,
}

impl ByHand {
    fn new(path: &Path) -> Self {
        let connection = company::by_hand(path);
        connection.pragma_update(None, "journal_mode", "WAL").unwrap();
        let like = |table, by| Like::newest(&connection, table, by);
        let (customer, history) = (like("cst_customer", "id"), like("sys_history", "id"));
        let (event, commit) = (like("sys_event", "id"), like("crm_commit", "position"));
        Self { ids: UuidSource::default(), customer, history, event, commit, connection }
    }

    fn create(&mut self) {
        let now = Timestamp::EPOCH;
        let (customer, set) = (self.ids.next_id(now), self.ids.next_id(now));
        let shard = i64::try_from(crmkit::events::shard_of(customer)).unwrap();
        let connection = &self.connection;
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        let next = "UPDATE sys_series_counter SET last = last + 1, version = version + 1 \
                    WHERE series = 'customer' RETURNING last";
        let number: i64 = connection.prepare_cached(next).unwrap().query_row([], |row| row.get(0)).unwrap();
        self.customer.set("id", customer.as_bytes().to_vec());
        self.customer.set("number", format!("KH{number:09}x"));
        self.customer.insert(connection);
        self.history.set("id", set.as_bytes().to_vec());
        self.history.set("record", customer.to_string());
        self.history.insert(connection);
        let next = "UPDATE sys_event_shard SET last = last + 1, version = version + 1 WHERE shard = ? RETURNING last";
        let sequence: i64 = connection.prepare_cached(next).unwrap().query_row([shard], |row| row.get(0)).unwrap();
        self.event.set("id", self.ids.next_id(now).as_bytes().to_vec());
        self.event.set("shard", shard);
        self.event.set("sequence", sequence);
        self.event.set("set", set.to_string());
        self.event.set("record", customer.to_string());
        self.event.insert(connection);
        self.commit.set("position", Stored::Null);
        self.commit.set("set_id", set.as_bytes().to_vec());
        self.commit.insert(connection);
        connection.execute_batch("COMMIT").unwrap();
    }
}

/// How many commits a second, and how long the slowest hundredth waited.
#[derive(Clone, Copy)]
struct Rate {
    seconds: f64,
    p99: f64,
}

fn rate(total: usize, took: Duration, mut waits: Vec<f64>) -> Rate {
    waits.sort_by(f64::total_cmp);
    Rate { seconds: took.as_secs_f64() / total as f64, p99: waits[waits.len() * 99 / 100] }
}

/// So many tasks that each make customers one after the other, each acknowledged when it is safe: by the crate's store,
/// and by one writer that commits each alone.
async fn producers(count: usize, each: usize) {
    let folder = tempfile::tempdir().unwrap();
    let (ours, hand) = (folder.path().join("ours.db"), folder.path().join("hand.db"));
    company::make(&ours, Size::customers(CUSTOMERS));
    company::by_hand(&ours).execute("VACUUM INTO ?1", [hand.to_str().unwrap()]).unwrap();
    let store = company::store(&ours, false);
    let (queue, waiting) = sync_channel(1_024);
    let writer = thread::spawn(move || write_alone(&hand, &waiting));
    let (mut mine, mut theirs) = (Vec::new(), Vec::new());
    for round in 0..=7 {
        let both = (together(&store, count, each).await, alone(&queue, count, each).await);
        if round > 0 {
            mine.push(both.0);
            theirs.push(both.1);
        }
    }
    drop(queue);
    writer.join().unwrap();
    let seconds = |all: &[Rate]| median(all.iter().map(|rate| rate.seconds).collect());
    let p99 = |all: &[Rate]| median(all.iter().map(|rate| rate.p99).collect());
    let (ours, other) = (seconds(&mine), seconds(&theirs));
    let name = format!("{count} producers, FULL, times one commit each");
    line(&name, &format!("{:.0}/s", 1.0 / ours), &format!("{:.0}/s", 1.0 / other), other / ours);
    let (ours, other) = (p99(&mine), p99(&theirs));
    line(&format!("{count} producers, FULL, p99"), &time(ours), &time(other), ours / other);
}

async fn together(store: &Arc<SqliteStorage>, count: usize, each: usize) -> Rate {
    let ids = Arc::new(UuidSource::default());
    let begun = Instant::now();
    let tasks: Vec<_> = (0..count)
        .map(|_| {
            let (store, ids) = (Arc::clone(store), Arc::clone(&ids));
            tokio::spawn(async move {
                let mut waits = Vec::new();
                for _ in 0..each {
                    let mut set = ChangeSet::new(SetId(ids.next_id(Timestamp::EPOCH)), Timestamp::EPOCH, "bench");
                    set.changes.push(Change::Insert(draft(&ids).into_record()));
                    let start = Instant::now();
                    store.commit(&set).await.unwrap();
                    waits.push(start.elapsed().as_secs_f64());
                }
                waits
            })
        })
        .collect();
    let mut waits = Vec::new();
    for task in tasks {
        waits.extend(task.await.unwrap());
    }
    rate(count * each, begun.elapsed(), waits)
}

fn draft(ids: &UuidSource) -> Customer {
    let id = ids.next_id(Timestamp::EPOCH);
    let new = NewCustomer { number: id.to_string(), ..NewCustomer::new("Acme") };
    let mut customer = Customer::draft(Id::new(id), new);
    customer.created_at = Timestamp::EPOCH;
    customer
}

type Job = (Customer, SetId, oneshot::Sender<()>);

async fn alone(queue: &SyncSender<Job>, count: usize, each: usize) -> Rate {
    let ids = Arc::new(UuidSource::default());
    let begun = Instant::now();
    let tasks: Vec<_> = (0..count)
        .map(|_| {
            let (queue, ids) = (queue.clone(), Arc::clone(&ids));
            tokio::spawn(async move {
                let mut waits = Vec::new();
                for _ in 0..each {
                    let (customer, set) = (draft(&ids), SetId(ids.next_id(Timestamp::EPOCH)));
                    let (done, told) = oneshot::channel();
                    let start = Instant::now();
                    queue.send((customer, set, done)).unwrap();
                    told.await.unwrap();
                    waits.push(start.elapsed().as_secs_f64());
                }
                waits
            })
        })
        .collect();
    let mut waits = Vec::new();
    for task in tasks {
        waits.extend(task.await.unwrap());
    }
    rate(count * each, begun.elapsed(), waits)
}

fn write_alone(path: &Path, queue: &Receiver<Job>) {
    let connection = company::by_hand(path);
    connection.pragma_update(None, "journal_mode", "WAL").unwrap();
    let customer = "INSERT INTO cst_customer (id, version, number, name, status, created_at) \
                    VALUES (?, 1, ?, ?, 'normal', 0)";
    let commit = "INSERT INTO crm_commit (set_id, at, command) VALUES (?, 0, 'bench')";
    while let Ok((made, set, done)) = queue.recv() {
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        let id = made.id.raw();
        let row = params![id.as_bytes(), made.number, made.name];
        connection.prepare_cached(customer).unwrap().execute(row).unwrap();
        connection.prepare_cached(commit).unwrap().execute([set.0.as_bytes()]).unwrap();
        connection.execute_batch("COMMIT").unwrap();
        // Who asked waits until it is safe.
        let _ = done.send(());
    }
}
