//! What works through many records, beside programs written by hand for the one task.
//!
//! ```text
//! cargo bench --bench bulk --all-features -- [import] [lost] [--rows 100000] [--rounds 5]
//! ```
//!
//! `import` reads order lines from a CSV file with three lines to an order; `lost` looks through 100,000 customers of
//! whom one in a hundred has long been silent.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, missing_debug_implementations)]
#![allow(unreachable_pub)]

#[path = "common/company.rs"]
mod company;
#[path = "common/measure.rs"]
mod measure;
#[path = "common/program.rs"]
mod program;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use crmkit::change::DEFAULT_SET_LIMIT;
use crmkit::customers::LostScanOptions;
use crmkit::id::{IdSource, UuidSource};
use crmkit::prelude::*;
use crmkit::storage::{SqliteOptions, SqliteStorage};
use crmkit::transfer::{ImportKind, ImportOptions, ImportOutput};
use pollster::block_on;
use rusqlite::{Connection, params};

use company::{Kind, Size};
use measure::{faster, heading, slower, turns};

const PRODUCTS: u64 = 500;
/// How large the sets are of somebody who imports and does nothing else.
const LARGE_SETS: usize = 20_000;
const SILENT: Size = Size { customers: 100_000, silent: 100, products: 0, orders: 0 };

fn main() {
    if !program::is_asked() {
        return;
    }
    let words = program::words();
    let named: Vec<&String> = words.iter().filter(|word| word.parse::<u64>().is_err()).collect();
    let wanted = |word: &str| named.is_empty() || named.iter().any(|asked| *asked == word);
    let rounds = usize::try_from(program::number("--rounds", 5)).unwrap();
    heading("by hand");
    if wanted("import") {
        import(program::number("--rows", 100_000), rounds);
    }
    if wanted("lost") {
        lost(rounds);
    }
}

/// A copy that a round may write to.
struct Copy {
    folder: tempfile::TempDir,
}

impl Copy {
    fn of(path: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::copy(path, folder.path().join("crm.db")).unwrap();
        Self { folder }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("crm.db")
    }
}

fn import(rows: u64, rounds: usize) {
    let orders = rows.div_ceil(3);
    let size = Size { customers: orders.div_ceil(10), silent: 0, products: PRODUCTS, orders };
    let base = company::kept(size);
    let csv = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(csv.path(), lines(rows)).unwrap();
    let ours = |set_limit: usize, schema: &dyn Fn() -> Arc<Schema>| {
        let copy = Copy::of(&base);
        let sqlite = SqliteOptions { create: false, set_limit, ..SqliteOptions::default() };
        let storage = SqliteStorage::open(copy.path(), schema(), sqlite).unwrap();
        let crm = block_on(Crm::builder(storage).open()).unwrap();
        let options = ImportOptions::new(ImportKind::named("order_lines").unwrap());
        let start = Instant::now();
        let report = block_on(crm.system().import(&options, File::open(csv.path()).unwrap(), ImportOutput::default()));
        let took = start.elapsed().as_secs_f64();
        assert_eq!(report.unwrap().progress.imported, rows);
        block_on(crm.close()).unwrap();
        (took, totals(&copy.path()))
    };
    let other = || {
        let copy = Copy::of(&base);
        let start = Instant::now();
        insert_by_hand(&copy.path(), csv.path());
        (start.elapsed().as_secs_f64(), totals(&copy.path()))
    };
    let standard = || crmkit::standard_schema().unwrap();
    assert_eq!(ours(DEFAULT_SET_LIMIT, &standard).1, other().1, "both sides leave the same lines and sums");
    let (mine, theirs) = turns(rounds, || ours(DEFAULT_SET_LIMIT, &standard).0, || other().0);
    faster(&format!("import of {rows} order lines, share of the speed"), mine, theirs);
    let (mine, theirs) = turns(rounds, || ours(LARGE_SETS, &standard).0, || other().0);
    faster(&format!("import of {rows} order lines, sets of {LARGE_SETS}"), mine, theirs);
    // By hand, nobody keeps sums of orders by customer, year and day.
    let alone = || Schema::builder().standard().without_rollups().build().unwrap();
    let (mine, theirs) = turns(rounds, || ours(LARGE_SETS, &alone).0, || other().0);
    faster(&format!("import of {rows} order lines, the same without rollups"), mine, theirs);
}

fn lines(rows: u64) -> String {
    let mut text = String::from("order,line,product,quantity,unit,unit_price,discount\n");
    for row in 0..rows {
        let (order, product) = (company::number_of(row / 3), company::code_of(row * 7 % PRODUCTS));
        let (quantity, price) = (row % 20 + 1, row * 13 % 5_000);
        let discount = if row % 4 == 0 { "0.05" } else { "" };
        writeln!(text, "{order},{},{product},{quantity}.5,piece,{price}.{:02},{discount}", row % 3 + 1, row % 100)
            .unwrap();
    }
    text
}

/// How many lines there are, and what they and their orders come to.
fn totals(path: &Path) -> (i64, i64, i64) {
    let sql = "SELECT (SELECT count(*) FROM orders_line), (SELECT sum(amount) FROM orders_line), \
               (SELECT sum(amount) FROM orders)";
    Connection::open(path).unwrap().query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap()
}

/// The least that brings the same lines in: no look at what is wrong with a file, no progress, no way to go on after it
/// was interrupted; all in one transaction, and the orders' sums at the end.
fn insert_by_hand(path: &Path, csv: &Path) {
    let mut connection = company::by_hand(path);
    let ids = UuidSource::default();
    let all = connection.transaction().unwrap();
    {
        let by = |sql: &str| -> HashMap<String, Vec<u8>> {
            let mut statement = all.prepare(sql).unwrap();
            statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
        };
        let orders = by("SELECT number, id FROM orders");
        let products = by("SELECT code, id FROM product");
        let sql = "INSERT INTO orders_line (id, version, \"order\", line, product, quantity, unit, unit_price, \
                   discount, amount) VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?, ?)";
        let mut insert = all.prepare(sql).unwrap();
        let mut reader = csv::Reader::from_path(csv).unwrap();
        let mut row = csv::StringRecord::new();
        while reader.read_record(&mut row).unwrap() {
            let quantity: Quantity = row[3].parse().unwrap();
            let price: Money = row[5].parse().unwrap();
            let discount: Option<Rate> = (!row[6].is_empty()).then(|| row[6].parse().unwrap());
            let amount = Money::line_amount(price, quantity, discount.unwrap_or(Rate::ZERO)).unwrap();
            let (id, line) = (ids.next_id(Timestamp::EPOCH), row[1].parse::<i64>().unwrap());
            let (order, product) = (&orders[&row[0]], &products[&row[2]]);
            let (quantity, price) = (quantity.raw(), price.raw());
            let rate = discount.map(Rate::raw);
            insert
                .execute(params![id.as_bytes(), order, line, product, quantity, &row[4], price, rate, amount.raw()])
                .unwrap();
        }
    }
    let sums = "UPDATE orders SET version = version + 1, amount = amount + (SELECT sum(amount) FROM orders_line l \
                WHERE l.\"order\" = orders.id) WHERE id IN (SELECT \"order\" FROM orders_line)";
    all.execute(sums, []).unwrap();
    all.commit().unwrap();
}

fn options() -> LostScanOptions {
    LostScanOptions { as_of: Some("2023-12-31".parse().unwrap()), ..LostScanOptions::default() }
}

const CUTOFF: &str = "2023-06-30";

fn lost(rounds: usize) {
    let base = company::kept(SILENT);
    let warned = SILENT.customers / SILENT.silent;
    // A scan that finds as much as there is, and warns of all.
    let ours = || {
        let copy = Copy::of(&base);
        let crm = company::crm(&copy.path());
        let start = Instant::now();
        let scan = block_on(crm.system().lost_scan(&options())).unwrap();
        let took = start.elapsed().as_secs_f64();
        assert_eq!((scan.silent, scan.warned), (warned, warned));
        block_on(crm.close()).unwrap();
        (took, warnings(&copy.path()))
    };
    let other = || {
        let copy = Copy::of(&base);
        let mut connection = company::by_hand(&copy.path());
        let start = Instant::now();
        warn_by_hand(&mut connection);
        (start.elapsed().as_secs_f64(), warnings(&copy.path()))
    };
    assert_eq!(ours().1, other().1, "both sides leave the same warnings");
    let (mine, theirs) = turns(rounds, || ours().0, || other().0);
    slower("lost scan that warns of 1 in 100, with its records", mine, theirs);

    // The same again: whoever is silent is known to be.
    let copy = Copy::of(&base);
    let crm = company::crm(&copy.path());
    let _ = block_on(crm.system().lost_scan(&options())).unwrap();
    let connection = company::by_hand(&copy.path());
    let again = || {
        let start = Instant::now();
        let scan = block_on(crm.system().lost_scan(&options())).unwrap();
        assert_eq!((scan.silent, scan.warned, scan.open, scan.resolved), (warned, 0, warned, 0));
        start.elapsed().as_secs_f64()
    };
    let asked = || {
        let start = Instant::now();
        assert_eq!(look_by_hand(&connection), (0, 0));
        start.elapsed().as_secs_f64()
    };
    let (mine, theirs) = turns(rounds * 3, again, asked);
    slower("lost scan that finds nothing new", mine, theirs);
}

/// Who is warned of, and since when he has been silent.
fn warnings(path: &Path) -> Vec<(Vec<u8>, String, String)> {
    let connection = Connection::open(path).unwrap();
    let sql = "SELECT customer, last_order_date, status FROM cst_lost ORDER BY customer";
    let mut statement = connection.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

const SILENT_SQL: &str = "SELECT c.id, c.manager, c.last_order_on FROM cst_customer c WHERE c.status = 'normal' AND \
     (c.last_order_on < ?1 OR c.last_order_on IS NULL AND c.created_at < ?2) AND NOT EXISTS (SELECT 1 FROM cst_lost l \
     WHERE l.customer = c.id AND (l.status IN ('warning', 'deferred') OR l.last_order_date IS c.last_order_on))";
const OVER_SQL: &str = "SELECT l.id, c.last_order_on FROM cst_lost l JOIN cst_customer c ON c.id = l.customer \
     WHERE l.status IN ('warning', 'deferred') AND c.last_order_on > l.last_order_date";

/// What is over, and whose silence is new: the questions alone.
fn look_by_hand(connection: &Connection) -> (usize, usize) {
    let count = |sql: &str, bounds: &[&dyn rusqlite::ToSql]| {
        let mut statement = connection.prepare_cached(sql).unwrap();
        let mut rows = statement.query(bounds).unwrap();
        let mut found = 0;
        while let Some(row) = rows.next().unwrap() {
            let _: Vec<u8> = row.get(0).unwrap();
            found += 1;
        }
        found
    };
    (count(OVER_SQL, &[]), count(SILENT_SQL, &[&CUTOFF, &1_688_083_200_000_000_i64]))
}

/// The warnings with an event each, the numbers of the events and the history of it, as the crate leaves them, in one
/// transaction.
fn warn_by_hand(connection: &mut Connection) {
    let (ids, now) = (UuidSource::default(), 1_704_000_000_000_000_i64);
    let fresh = || ids.next_id(Timestamp::EPOCH);
    let set = fresh();
    let all = connection.transaction().unwrap();
    {
        let mut silent = all.prepare(SILENT_SQL).unwrap();
        let found = silent.query_map(params![CUTOFF, 1_688_083_200_000_000_i64], |row| {
            Ok((row.get::<_, [u8; 16]>(0)?, row.get::<_, Option<[u8; 16]>>(1)?, row.get::<_, Option<String>>(2)?))
        });
        let found: Vec<_> = found.unwrap().map(Result::unwrap).collect();
        let mut warn = all
            .prepare(
                "INSERT INTO cst_lost (id, version, customer, manager, last_order_date, warned_at, status) \
                 VALUES (?, 1, ?, ?, ?, ?, 'warning')",
            )
            .unwrap();
        let mut touch = all.prepare("UPDATE cst_customer SET version = version + 1 WHERE id = ?").unwrap();
        let mut event = all
            .prepare(
                "INSERT INTO sys_event (id, version, shard, sequence, \"set\", at, name, entity, record, kind, data) \
                 VALUES (?, 1, ?, ?, ?, ?, 'lost_customer.scan', 'lost_customer', ?, 'inserted', ?)",
            )
            .unwrap();
        let mut history = all
            .prepare(
                "INSERT INTO sys_history (id, version, record, \"left\", at, command, entity, kind, \"set\") \
                 VALUES (?, 1, ?, 2, ?, 'lost_customer.scan', 'cst_customer', 'updated', ?)",
            )
            .unwrap();
        let mut counts = [0_i64; crmkit::events::SHARDS];
        for (customer, manager, last) in found {
            let (id, of) = (fresh(), RecordId::from_bytes(customer).to_string());
            warn.execute(params![id.as_bytes(), customer, manager, last, now]).unwrap();
            touch.execute([customer]).unwrap();
            let shard = crmkit::events::shard_of(id);
            counts[shard] += 1;
            let last = last.unwrap_or_default();
            let data = format!(
                "{{\"customer\":\"{of}\",\"last_order_date\":\"{last}\",\"status\":\"warning\",\"warned_at\":{now}}}"
            );
            let (place, set) = (i64::try_from(shard).unwrap(), set.to_string());
            event.execute(params![fresh().as_bytes(), place, counts[shard], set, now, id.to_string(), data]).unwrap();
            history.execute(params![fresh().as_bytes(), of, now, set]).unwrap();
        }
        let mut shards = all
            .prepare(
                "INSERT INTO sys_event_shard (id, version, shard, last, purged) VALUES (?1, 1, ?2, ?3, 0) \
                 ON CONFLICT (shard) DO UPDATE SET last = last + excluded.last, version = version + 1",
            )
            .unwrap();
        for (shard, count) in counts.iter().enumerate() {
            let id = company::id(Kind::Other, shard as u64);
            shards.execute(params![id, i64::try_from(shard).unwrap(), count]).unwrap();
        }
        let commit = "INSERT INTO crm_commit (set_id, at, command) VALUES (?, ?, 'lost_customer.scan')";
        all.execute(commit, params![set.as_bytes(), now]).unwrap();
    }
    all.commit().unwrap();
}
