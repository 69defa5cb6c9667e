//! The scan for lost customers at its size: what it reads and writes, that it can be killed and run again, and the
//! figures of a real company.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Weak};

use async_trait::async_trait;
use crmkit::change::{Change, ChangeSet, Committed};
use crmkit::clock::FixedClock;
use crmkit::customers::{LostCustomer, LostScanOptions};
use crmkit::id::{IdSource, SeededIds, SetId};
use crmkit::prelude::*;
use crmkit::query::{AggregateRow, Comparison, Page};
use crmkit::schema::{EntityDef, Record};
use crmkit::storage::{MemoryStorage, NativeForm, Reader, Storage, StorageError, StorageErrorKind, Watcher};
use crmkit::transfer::{ImportKind, ImportOptions, ImportOutput};
use pollster::block_on;

/// How a process dies at a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Death {
    /// The set is not in.
    Before,
    /// The set is in, and nobody hears of it.
    After,
}

/// A store that counts what goes through it, and at which the process dies when told to.
#[derive(Debug)]
struct Gate {
    inner: Arc<dyn Storage>,
    /// How many records were read of each entity.
    read: Mutex<BTreeMap<String, usize>>,
    snapshots: AtomicUsize,
    /// How many changes each commit had.
    commits: Mutex<Vec<usize>>,
    /// At which commit, counted from 1.
    death: Mutex<Option<(usize, Death)>>,
}

impl Gate {
    fn new(inner: Arc<dyn Storage>) -> Arc<Self> {
        let (read, snapshots) = (Mutex::default(), AtomicUsize::new(0));
        Arc::new(Self { inner, read, snapshots, commits: Mutex::default(), death: Mutex::default() })
    }

    /// Forgets what was counted.
    fn reset(&self, death: Option<(usize, Death)>) {
        self.read.lock().unwrap().clear();
        self.snapshots.store(0, Ordering::SeqCst);
        self.commits.lock().unwrap().clear();
        *self.death.lock().unwrap() = death;
    }

    fn count(&self, entity: &str, records: usize) {
        *self.read.lock().unwrap().entry(entity.to_owned()).or_default() += records;
    }

    fn read(&self) -> BTreeMap<String, usize> {
        // What is read on a snapshot is not counted.
        assert_eq!(self.snapshots.load(Ordering::SeqCst), 0);
        self.read.lock().unwrap().clone()
    }

    fn commits(&self) -> Vec<usize> {
        self.commits.lock().unwrap().clone()
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl Reader for Gate {
    fn schema(&self) -> &Arc<Schema> {
        self.inner.schema()
    }
    async fn get(&self, entity: &EntityDef, ids: &[RecordId]) -> Result<Vec<Record>, StorageError> {
        let records = self.inner.get(entity, ids).await?;
        self.count(&entity.name, records.len());
        Ok(records)
    }
    async fn query(&self, query: &Query) -> Result<Page, StorageError> {
        let page = self.inner.query(query).await?;
        self.count(&query.entity, page.records.len());
        Ok(page)
    }
    async fn aggregate(&self, request: &Aggregate) -> Result<Vec<AggregateRow>, StorageError> {
        let rows = self.inner.aggregate(request).await?;
        self.count(&request.entity, usize::MAX / 2);
        Ok(rows)
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl Storage for Gate {
    async fn commit(&self, changes: &ChangeSet) -> Result<Committed, StorageError> {
        let number = {
            let mut commits = self.commits.lock().unwrap();
            commits.push(changes.changes.len());
            commits.len()
        };
        let death = self.death.lock().unwrap().filter(|(at, _)| *at == number).map(|(_, death)| death);
        let died = || StorageError::new(StorageErrorKind::Other, "the process died");
        match death {
            None => self.inner.commit(changes).await,
            Some(Death::Before) => Err(died()),
            Some(Death::After) => self.inner.commit(changes).await.and(Err(died())),
        }
    }
    async fn committed(&self, set: SetId) -> Result<Option<Committed>, StorageError> {
        self.inner.committed(set).await
    }
    async fn snapshot(&self) -> Result<Box<dyn Reader>, StorageError> {
        self.snapshots.fetch_add(1, Ordering::SeqCst);
        self.inner.snapshot().await
    }
    fn set_limit(&self) -> usize {
        self.inner.set_limit()
    }
    fn watch(&self, watcher: Weak<dyn Watcher>) {
        self.inner.watch(watcher);
    }
    async fn verify(&self) -> Result<Vec<String>, StorageError> {
        self.inner.verify().await
    }
    async fn copy_to(&self, path: &std::path::Path) -> Result<Option<NativeForm>, StorageError> {
        self.inner.copy_to(path).await
    }
    async fn close(&self) -> Result<(), StorageError> {
        self.inner.close().await
    }
}

fn memory() -> Arc<dyn Storage> {
    Arc::new(MemoryStorage::new(crmkit::standard_schema().unwrap()))
}

fn stores() -> Vec<Arc<dyn Storage>> {
    vec![
        memory(),
        #[cfg(feature = "sqlite")]
        Arc::new(crmkit::storage::SqliteStorage::in_memory(crmkit::standard_schema().unwrap()).unwrap()),
    ]
}

/// A program on a store, on the day after Northwind's last order.
fn program(storage: Arc<Gate>) -> Crm {
    let clock = FixedClock::new("1998-05-07T12:00:00Z".parse().unwrap());
    block_on(Crm::builder(storage).clock(clock).open()).unwrap()
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// As of 1998-05-06, six months back.
fn asked() -> LostScanOptions {
    LostScanOptions { as_of: Some(day("1998-05-06")), ..Default::default() }
}

/// Stores customers, each with the day of his last order and the year he was entered in, by sets of 1,000.
fn fill(storage: &dyn Storage, customers: impl Iterator<Item = (Option<Date>, u16)>) {
    let (ids, now) = (SeededIds::new(3), "1998-05-01T00:00:00Z".parse().unwrap());
    let record = |(number, (last_order_on, year)): (usize, (Option<Date>, u16))| {
        let new = NewCustomer { number: format!("K{number:06}"), ..NewCustomer::new("Acme") };
        let created_at = format!("{year}-01-05T00:00:00Z").parse().unwrap();
        let draft = Customer::draft(Id::new(ids.next_id(now)), new);
        Change::Insert(Customer { last_order_on, created_at, ..draft }.into_record())
    };
    let mut changes = customers.enumerate().map(record).peekable();
    while changes.peek().is_some() {
        let mut set = ChangeSet::new(SetId(ids.next_id(now)), now, "fill");
        set.changes = changes.by_ref().take(1_000).collect();
        block_on(storage.commit(&set)).unwrap();
    }
}

/// The numbers of those who are warned of, with their last order dates.
fn warned(crm: &Crm) -> BTreeSet<(String, Option<Date>)> {
    let mut found = BTreeSet::new();
    let (mut query, system) = (Query::of::<LostCustomer>().limit(500), crm.system());
    loop {
        let page = block_on(system.lost_customers().list(query.clone())).unwrap();
        for row in page.items {
            let customer = block_on(system.customers().get(row.customer)).unwrap();
            assert_eq!(row.last_order_date, customer.last_order_on);
            assert!(found.insert((customer.number, row.last_order_date)), "warned of twice");
        }
        match page.next {
            Some(next) => query.after = Some(next),
            None => return found,
        }
    }
}

#[test]
fn of_a_hundred_thousand_customers_only_the_lapsed_are_touched() {
    let gate = Gate::new(memory());
    let crm = program(gate.clone());
    // In each hundred: one who has lapsed, in one case of five because he never ordered; nine new ones who have not
    // ordered yet; and ninety who have, some of them on the very last day that counts.
    let customer = |number: u32| match (number % 100, number % 500) {
        (0, 0) => (None, 1996),
        (0, _) => (Some(day("1997-11-05")), 1996),
        (1..10, _) => (None, 1998),
        (10..20, _) => (Some(day("1997-11-06")), 1996),
        _ => (Some(day("1998-04-01")), 1996),
    };
    fill(&*gate.inner, (0..100_000).map(customer));

    gate.reset(None);
    let scan = block_on(crm.system().lost_scan(&asked())).unwrap();
    assert_eq!((scan.silent, scan.warned, scan.open), (1_000, 1_000, 0));
    // The customers who have lapsed, first their dates and then as a whole, and no warning yet: nobody else's record, and
    // no order. How the rollups stand is read once.
    let states = crm.schema().rollups().len();
    let read = [("cst_customer".into(), 2_000), ("cst_lost".into(), 0), ("sec_rollup_state".into(), states)];
    assert_eq!(gate.read(), BTreeMap::from(read));
    // For each a warning, the write of his customer and an event, and in each set an entry of its history and the
    // numbers of the events, in at most 16 shards: which, their ids decide.
    let (commits, chunks) = (gate.commits(), [240, 240, 240, 80, 200]);
    assert_eq!(commits.len(), chunks.len());
    for (changes, customers) in commits.into_iter().zip(chunks) {
        let shards = changes - (3 * customers + 1);
        assert!((1..=16).contains(&shards), "{changes} changes about {customers} customers");
    }

    gate.reset(None);
    let again = block_on(crm.system().lost_scan(&asked())).unwrap();
    assert_eq!((again.silent, again.warned, again.open, again.resolved), (1_000, 0, 1_000, 0));
    // Each of them once as silent, and each open warning twice: whether it is over, and whether he is known.
    assert_eq!(gate.read(), BTreeMap::from([("cst_customer".into(), 1_000), ("cst_lost".into(), 2_000)]));
    assert_eq!(gate.commits(), [0; 0]);
}

/// 1,500 who have lapsed are warned in seven sets.
fn fifteen_hundred(storage: Arc<dyn Storage>) -> (Arc<Gate>, Crm) {
    let gate = Gate::new(storage);
    let crm = program(gate.clone());
    let days = ["1996-07-04", "1997-01-01", "1997-11-05", "1997-11-06"].map(day);
    fill(&*gate.inner, (0..2_000).map(|number| (days.get(number % 4).copied(), 1996)));
    gate.reset(None);
    (gate, crm)
}

/// How many customers were written since they were entered.
fn written(crm: &Crm) -> u64 {
    let (path, value) = ("version".parse().unwrap(), 2_i64.into());
    let again = Filter::Compare { path, comparison: Comparison::GreaterOrEqual, value };
    block_on(crm.system().customers().count(again)).unwrap()
}

#[test]
fn a_scan_that_is_killed_and_run_again_leaves_what_one_run_leaves() {
    let (gate, crm) = fifteen_hundred(memory());
    block_on(crm.system().lost_scan(&asked())).unwrap();
    let [full @ .., rest] = &gate.commits()[..] else { panic!("nothing was committed") };
    // The events of the last sixty need not lie in every shard.
    assert_eq!((full, (3 * 60 + 2..=3 * 60 + 1 + 16).contains(rest)), (&[3 * 240 + 1 + 16; 6][..], true));
    let expected = warned(&crm);
    assert_eq!(expected.len(), 1_500);
    for at in 1..=7 {
        for death in [Death::Before, Death::After] {
            for store in stores() {
                let (gate, crm) = fifteen_hundred(store);
                gate.reset(Some((at, death)));
                block_on(crm.system().lost_scan(&asked())).unwrap_err();
                let sets = if death == Death::After { at } else { at - 1 };
                let done = warned(&crm);
                assert_eq!(done.len(), (sets * 240).min(1_500), "{at} {death:?}");
                assert!(done.is_subset(&expected));
                // A warning and the write of its customer are in one set.
                assert_eq!(written(&crm), done.len() as u64);

                let crm = program(gate.clone());
                gate.reset(None);
                let scan = block_on(crm.system().lost_scan(&asked())).unwrap();
                assert_eq!((scan.silent, scan.warned), (1_500, 1_500 - done.len() as u64), "{at} {death:?}");
                assert_eq!(gate.commits().len(), 7 - sets);
                assert_eq!(warned(&crm), expected, "{at} {death:?}");
            }
        }
    }
}

#[cfg(feature = "sqlite")]
#[test]
fn sqlite_reads_a_range_of_an_index_whichever_page_it_is() {
    use crmkit::storage::{SqliteOptions, SqliteStorage};

    let schema = crmkit::standard_schema().unwrap();
    let connection = rusqlite::Connection::open_in_memory().unwrap();
    let tables = SqliteStorage::migration_sql("no such file", &schema, &SqliteOptions::default()).unwrap();
    connection.execute_batch(&tables).unwrap();
    let plan = |query: &Query| {
        let text = SqliteStorage::query_sql(&schema, query).unwrap();
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {text}")).unwrap();
        let marks = vec![rusqlite::types::Null; statement.parameter_count()];
        let steps = statement.query_map(rusqlite::params_from_iter(marks), |row| row.get::<_, String>(3)).unwrap();
        steps.collect::<rusqlite::Result<Vec<_>>>().unwrap().join("; ")
    };
    let candidates = asked().candidates(day("1997-11-06"), chrono_tz::UTC).unwrap();
    let [silent, never] = &candidates[..] else { panic!("{candidates:?}") };
    let behind = |query: &Query, values| {
        let cursor = query.prepare(&schema).unwrap().cursor(values, RecordId::from_bytes([7; 16]));
        query.clone().after(Some(cursor))
    };
    let (last, entered) = (day("1997-01-01").into(), Timestamp::EPOCH.into());
    // One search in the index each, and no sorting.
    let index = "SEARCH t0 USING INDEX ix_cst_customer_status_last_order_on_created_at";
    assert_eq!(plan(silent), format!("{index} (status=? AND last_order_on<?)"));
    let next = behind(silent, vec![last, Timestamp::EPOCH.into()]);
    assert_eq!(plan(&next), format!("{index} (status=? AND last_order_on>? AND last_order_on<?)"));
    assert_eq!(plan(never), format!("{index} (status=? AND last_order_on=? AND created_at<?)"));
    let next = behind(never, vec![entered]);
    assert_eq!(plan(&next), format!("{index} (status=? AND last_order_on=? AND created_at>? AND created_at<?)"));
}

/// Imports Northwind's customers and orders, where its files are.
fn northwind(storage: Arc<dyn Storage>, entered: Option<&str>) -> Option<Crm> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/northwind");
    if !folder.is_dir() {
        return None;
    }
    let crm = program(Gate::new(storage));
    let kind = |name| ImportOptions::new(ImportKind::named(name).unwrap());
    let mut customers = kind("customers").map("number", "customer_id").map("name", "company_name");
    if let Some(entered) = entered {
        customers = customers.set("created_on", entered);
    }
    let orders = kind("orders").map("number", "order_id").map("customer", "customer_id").map("date", "order_date");
    for (options, file, rows) in [(customers, "customers.csv", 91), (orders.set("status", "paid"), "orders.csv", 830)] {
        let file = File::open(folder.join(file)).unwrap();
        let report = block_on(crm.system().import(&options, file, ImportOutput::default())).unwrap();
        assert_eq!(report.progress.imported, rows);
    }
    Some(crm)
}

#[test]
fn northwind_has_five_who_have_lapsed_and_two_who_never_ordered() {
    let lapsed = ["CENTC", "FAMIA", "HUNGC", "LAZYK", "MEREP"];
    let only_ordered = LostScanOptions { include_never_ordered: false, ..asked() };
    for storage in stores() {
        // Those who never ordered were entered today, so their silence has only begun.
        let Some(crm) = northwind(storage, None) else { return };
        let scan = |options: &LostScanOptions| block_on(crm.system().lost_scan(options)).unwrap();
        assert_eq!((scan(&asked()).warned, scan(&asked()).warned), (5, 0));
        assert!(warned(&crm).iter().map(|(number, _)| number).eq(lapsed));
    }
    for storage in stores() {
        let Some(crm) = northwind(storage, Some("1996-07-01")) else { return };
        let scan = |options: &LostScanOptions| block_on(crm.system().lost_scan(options)).unwrap();
        assert_eq!((scan(&only_ordered).warned, scan(&only_ordered).warned), (5, 0));
        assert!(warned(&crm).iter().map(|(number, _)| number).eq(lapsed));
        assert_eq!((scan(&asked()).warned, scan(&asked()).warned), (2, 0));
        let never = warned(&crm).into_iter().filter(|(_, last)| last.is_none());
        assert!(never.map(|(number, _)| number).eq(["FISSA", "PARIS"]));
    }
}
