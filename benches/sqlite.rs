//! What the crate costs over SQLite by hand: each figure is a ratio of two runs side by side in one process, on the
//! same machine, file system and schema. Run with `cargo bench --bench sqlite`; a word after `--` picks rows.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::hint::black_box;
use std::io::Cursor;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crmkit::change::{Change, ChangeSet};
use crmkit::customers::{CustomerPatch, NewCustomer};
use crmkit::history::HistoryEntry;
use crmkit::id::{IdSource, SetId, UuidSource};
use crmkit::prelude::*;
use crmkit::schema::{EntityDef, Schema};
use crmkit::storage::{ReaderExt, SqliteOptions, SqliteStorage, Storage, Synchronous};
use crmkit::transfer::{ImportKind, ImportOptions, ImportOutput};
use pollster::block_on;
use rusqlite::{Connection, params};

/// One row of the table: what is compared, and how long each side took at the median of alternating rounds.
fn row(
    picked: &[String],
    what: &str,
    rounds: usize,
    mut ours: impl FnMut() -> Duration,
    mut other: impl FnMut() -> Duration,
) {
    if !picked.is_empty() && !picked.iter().any(|word| what.contains(word.as_str())) {
        return;
    }
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        left.push(ours());
        right.push(other());
    }
    let (ours, other) = (median(left), median(right));
    let ratio = ours.as_secs_f64() / other.as_secs_f64();
    println!("{what:<52} {ours:>12.2?} {other:>12.2?} {ratio:>7.2}");
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn timed(times: u32, mut work: impl FnMut()) -> Duration {
    let start = Instant::now();
    for _ in 0..times {
        work();
    }
    start.elapsed() / times
}

struct Store {
    folder: tempfile::TempDir,
    storage: Arc<SqliteStorage>,
    ids: UuidSource,
}

impl Store {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = SqliteOptions { migrate: true, ..SqliteOptions::default() };
        let schema = crmkit::standard_schema().unwrap();
        let storage = Arc::new(SqliteStorage::open(folder.path().join("crm.db"), schema, options).unwrap());
        Self { folder, storage, ids: UuidSource::default() }
    }

    /// A connection by hand on the same file, set up as the store's own are.
    fn by_hand(&self) -> Connection {
        let connection = Connection::open(self.folder.path().join("crm.db")).unwrap();
        connection.busy_timeout(Duration::from_secs(10)).unwrap();
        connection.pragma_update(None, "synchronous", "FULL").unwrap();
        connection.pragma_update(None, "foreign_keys", true).unwrap();
        connection.pragma_update(None, "cache_size", -16_384).unwrap();
        connection
    }

    fn set(&self, records: impl IntoIterator<Item = crmkit::schema::Record>) -> ChangeSet {
        let mut set = ChangeSet::new(SetId(self.ids.next_id(Timestamp::EPOCH)), Timestamp::EPOCH, "bench");
        set.changes.extend(records.into_iter().map(Change::Insert));
        set
    }

    fn customer(&self, number: u64) -> Customer {
        let new = NewCustomer {
            number: format!("B{number:09}"),
            region: Some("华东".into()),
            ..NewCustomer::new(format!("Customer {number}"))
        };
        let mut customer = Customer::draft(Id::new(self.ids.next_id(Timestamp::EPOCH)), new);
        customer.created_at = Timestamp::EPOCH;
        customer
    }

    fn fill(&self, count: u64) -> Vec<Id<Customer>> {
        let mut ids = Vec::new();
        for start in (0..count).step_by(1_000) {
            let customers: Vec<_> = (start..(start + 1_000).min(count)).map(|number| self.customer(number)).collect();
            ids.extend(customers.iter().map(|customer| customer.id));
            block_on(self.storage.commit(&self.set(customers.into_iter().map(Entity::into_record)))).unwrap();
        }
        ids
    }
}

/// A customer as somebody would read one by hand.
#[expect(dead_code, reason = "only read to be compared with the crate's struct")]
struct ByHand {
    id: [u8; 16],
    version: i64,
    texts: [Option<String>; 18],
    numbers: [Option<i64>; 3],
    status: String,
}

const TEXTS: [&str; 18] = [
    "number",
    "name",
    "region",
    "level",
    "satisfaction",
    "credit",
    "address",
    "zip",
    "phone",
    "fax",
    "website",
    "licence_no",
    "legal_representative",
    "bank",
    "bank_account",
    "local_tax_no",
    "national_tax_no",
    "memo",
];

fn select(condition: &str) -> String {
    let numbers = "registered_capital, annual_turnover, created_at";
    let rest = "manager, last_order_on, custom";
    format!("SELECT id, version, {}, {numbers}, status, {rest} FROM cst_customer WHERE {condition}", TEXTS.join(", "))
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<ByHand> {
    let mut texts: [Option<String>; 18] = Default::default();
    for (place, text) in texts.iter_mut().enumerate() {
        *text = row.get(place + 2)?;
    }
    let numbers = [row.get(20)?, row.get(21)?, row.get(22)?];
    let _: (Option<[u8; 16]>, Option<String>, Option<String>) = (row.get(24)?, row.get(25)?, row.get(26)?);
    Ok(ByHand { id: row.get(0)?, version: row.get(1)?, texts, numbers, status: row.get(23)? })
}

fn reads(picked: &[String]) {
    let store = Store::new();
    let ids = store.fill(100_000);
    let hand = store.by_hand();
    let (mut at, mut there) = (0, 0);
    let step = |place: &mut usize| {
        *place = (*place + 7_919) % ids.len();
        ids[*place]
    };
    row(
        picked,
        "typed get by id",
        31,
        || timed(5_000, || drop(black_box(block_on(store.storage.load(step(&mut at))).unwrap().unwrap()))),
        || {
            let sql = select("id = ?1");
            timed(5_000, || {
                let mut statement = hand.prepare_cached(&sql).unwrap();
                let id = step(&mut there).raw();
                drop(black_box(statement.query_row([id.as_bytes()], read).unwrap()));
            })
        },
    );
    row(
        picked,
        "64 ids at once",
        31,
        || {
            timed(100, || {
                let some: Vec<_> = (0..64).map(|_| step(&mut at)).collect();
                assert_eq!(block_on(store.storage.load_all(&some)).unwrap().len(), 64);
            })
        },
        || {
            let sql = select(&format!("id IN ({})", vec!["?"; 64].join(", ")));
            timed(100, || {
                let some: Vec<_> = (0..64).map(|_| step(&mut there).raw().as_bytes().to_vec()).collect();
                let mut statement = hand.prepare_cached(&sql).unwrap();
                let found = statement.query_map(rusqlite::params_from_iter(some), read).unwrap();
                assert_eq!(found.collect::<rusqlite::Result<Vec<_>>>().unwrap().len(), 64);
            })
        },
    );
    row(
        picked,
        "page of 50, filter and order by an index",
        31,
        || {
            timed(100, || {
                let query =
                    Query::of::<Customer>().filter(Customer::number.ge("B000050000")).order(Customer::number.asc());
                let (page, _) = block_on(store.storage.find::<Customer>(&query.limit(50))).unwrap();
                assert_eq!(page.len(), 50);
            })
        },
        || {
            let sql = select("number >= ?1 ORDER BY number, id LIMIT 51");
            timed(100, || {
                let mut statement = hand.prepare_cached(&sql).unwrap();
                let found = statement.query_map(["B000050000"], read).unwrap();
                assert_eq!(found.collect::<rusqlite::Result<Vec<_>>>().unwrap().len(), 51);
            })
        },
    );
}

/// Opening a database that fits the schema, beside the least that a program does with one.
fn opening(picked: &[String]) {
    let schema = crmkit::standard_schema().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("crm.db");
    let migrate = SqliteOptions { migrate: true, ..SqliteOptions::default() };
    let storage = SqliteStorage::open(&path, schema.clone(), migrate).unwrap();
    block_on(async { Crm::builder(storage).open().await.unwrap().close().await }).unwrap();
    row(
        picked,
        "open a current database",
        21,
        || {
            timed(1, || {
                let storage = SqliteStorage::open(&path, schema.clone(), SqliteOptions::default()).unwrap();
                drop(black_box(block_on(Crm::builder(storage).open()).unwrap()));
            })
        },
        || {
            timed(1, || {
                let hand = Connection::open(&path).unwrap();
                let tables: i64 = hand.query_one("SELECT COUNT(*) FROM sqlite_schema", [], |row| row.get(0)).unwrap();
                assert!(tables > 10);
            })
        },
    );
}

fn insert_by_hand(connection: &Connection, customer: &Customer) {
    let sql = "INSERT INTO cst_customer (id, version, number, name, region, status, created_at) VALUES (?, 1, ?, ?, ?, 'normal', 0)";
    let mut statement = connection.prepare_cached(sql).unwrap();
    let id = customer.id.raw();
    statement.execute(params![id.as_bytes(), customer.number, customer.name, customer.region]).unwrap();
}

fn writes(picked: &[String]) {
    let store = Store::new();
    let hand = store.by_hand();
    let mut next = 0;
    let mut batch = |count: u64| {
        next += count;
        (next - count..next).map(|number| store.customer(number)).collect::<Vec<_>>()
    };
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for _ in 0..42 {
        left.push(batch(1_000));
        right.push(batch(1_000));
    }
    row(
        picked,
        "1,000 inserts in one commit, synchronous=FULL",
        21,
        || {
            let records = left.pop().unwrap().into_iter().map(Entity::into_record);
            let set = store.set(records);
            timed(1, || drop(block_on(store.storage.commit(&set)).unwrap()))
        },
        || {
            let customers = right.pop().unwrap();
            timed(1, || {
                hand.execute_batch("BEGIN IMMEDIATE").unwrap();
                customers.iter().for_each(|customer| insert_by_hand(&hand, customer));
                hand.execute_batch("COMMIT").unwrap();
            })
        },
    );
    for producers in [64_usize, 256] {
        let what = format!("{producers} producers, each commit durable, per commit");
        let sets = |count: usize| -> Vec<Vec<ChangeSet>> {
            let of_one = || (0..8).map(|_| store.set(batch_of(&store, 1).map(Entity::into_record))).collect();
            (0..count).map(|_| of_one()).collect()
        };
        let (mut all, mut alone) = (Vec::new(), Vec::new());
        for _ in 0..5 {
            all.push(sets(producers));
            alone.push(sets(producers));
        }
        let total = u32::try_from(producers * 8).unwrap();
        row(
            picked,
            &what,
            5,
            || {
                let mine = all.pop().unwrap();
                let start = Instant::now();
                thread::scope(|scope| {
                    for sets in &mine {
                        scope.spawn(|| sets.iter().for_each(|set| drop(block_on(store.storage.commit(set)).unwrap())));
                    }
                });
                start.elapsed() / total
            },
            || {
                let theirs = alone.pop().unwrap();
                let start = Instant::now();
                for set in theirs.iter().flatten() {
                    drop(block_on(store.storage.commit(set)).unwrap());
                }
                start.elapsed() / total
            },
        );
    }
}

fn batch_of(store: &Store, count: u64) -> impl Iterator<Item = Customer> + '_ {
    (0..count).map(|_| {
        let mut customer = store.customer(0);
        customer.number = customer.id.to_string();
        customer
    })
}

/// A CRM in a file of its own, with the history or without one.
fn crm(history: bool, synchronous: Synchronous) -> (tempfile::TempDir, Crm) {
    let all = Schema::builder().standard().without_rollups().build().unwrap();
    // A schema without the history keeps none: everything else is the same. Sums are kept by neither.
    let kept = all.entities().filter(|def| history || def.name != HistoryEntry::NAME);
    let begun = Schema::builder().without_rollups();
    let schema = kept.fold(begun, |builder, def| builder.definition(EntityDef::clone(def))).build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let options = SqliteOptions { migrate: true, synchronous, ..SqliteOptions::default() };
    let storage = SqliteStorage::open(folder.path().join("crm.db"), schema, options).unwrap();
    let crm = block_on(Crm::builder(storage).open()).unwrap();
    (folder, crm)
}

/// What the history costs: the same edit by a session, and the same import, with the history and without one.
fn history(picked: &[String]) {
    for (synchronous, name) in [(Synchronous::Full, "FULL"), (Synchronous::Normal, "NORMAL")] {
        let ((_with, with), (_without, without)) = (crm(true, synchronous), crm(false, synchronous));
        let what = format!("an edit with history and without, {name}");
        row(picked, &what, 31, edits(&with), edits(&without));
    }
    let ((_with, with), (_without, without)) = (crm(true, Synchronous::Full), crm(false, Synchronous::Full));
    row(picked, "5,000 customers imported, with history and without", 11, imports(&with), imports(&without));
}

fn edits(crm: &Crm) -> impl FnMut() -> Duration {
    let customers = crm.system().customers();
    let id = block_on(customers.create(NewCustomer::new("Acme"))).unwrap().id;
    let mut turn = 0;
    move || {
        timed(50, || {
            turn += 1;
            let (phone, memo) = (Some(turn.to_string()).into(), Some(format!("called {turn} times")).into());
            let patch = CustomerPatch { phone, memo, ..Default::default() };
            drop(block_on(customers.edit(id, patch)).unwrap());
        })
    }
}

fn imports(crm: &Crm) -> impl FnMut() -> Duration {
    let session = crm.system();
    let mut first = 0;
    move || {
        let numbers = first..first + 5_000;
        first += 5_000;
        let rows: String = numbers.map(|number| format!("K{number},Customer {number},华东\n")).collect();
        let file = Cursor::new(format!("number,name,region\n{rows}"));
        let options = ImportOptions::new(ImportKind::named("customers").unwrap());
        timed(1, || {
            let report = block_on(session.import(&options, file.clone(), ImportOutput::default())).unwrap();
            assert_eq!(report.progress.imported, 5_000);
        })
    }
}

fn main() {
    // `cargo bench` adds `--bench`; `cargo test --benches` runs the program too, and then there is nothing to measure.
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if !arguments.iter().any(|argument| argument == "--bench") {
        return;
    }
    let picked: Vec<String> = arguments.into_iter().filter(|argument| !argument.starts_with("--")).collect();
    println!("{:<52} {:>12} {:>12} {:>7}", "", "crmkit", "by hand", "ratio");
    reads(&picked);
    opening(&picked);
    writes(&picked);
    history(&picked);
}
