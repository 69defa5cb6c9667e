//! The reports on SQLite, beside the statements somebody would write by hand.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use crmkit::prelude::*;
use crmkit::storage::{SqliteOptions, SqliteStorage};
use pollster::block_on;
use rusqlite::{Connection, params};

use crate::world::{self, Size, YEAR, moment};
use crate::{Asked, Found, Row, Took, adding_up};

/// The file with the sales of this size; made anew if there is none that fits the schema.
fn file(size: Size) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let path = folder.join(format!("reports-{}-{}.db", size.customers, size.orders));
    let by_hand = hand_file(&path);
    if by_hand.exists() && open(&path, false).is_some() {
        return path;
    }
    for old in [&path, &by_hand] {
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", old.display()));
        }
    }
    let begun = Instant::now();
    drop(block_on(Crm::builder(open(&path, true).unwrap()).open()).unwrap());
    fill(&path, size);
    // The store looks at its tables when it is closed, as it would in a program.
    let crm = block_on(Crm::builder(open(&path, false).unwrap()).open()).unwrap();
    block_on(crm.close()).unwrap();
    std::fs::copy(&path, &by_hand).unwrap();
    let hand = Connection::open(&by_hand).unwrap();
    hand.execute_batch(HAND_INDEXES).unwrap();
    println!("made {} in {:.0?}", path.display(), begun.elapsed());
    path
}

/// The same file for the statements by hand, with the indexes that suit them best.
fn hand_file(path: &Path) -> PathBuf {
    path.with_extension("hand.db")
}

const HAND_INDEXES: &str = r#"
CREATE INDEX hand_of_date ON orders (ordered_at, payment, status, customer, amount);
CREATE INDEX hand_of_customer ON orders (customer, ordered_at, payment, status, amount);
CREATE INDEX hand_of_line ON orders_line ("order", amount);
ANALYZE;
"#;

fn open(path: &Path, migrate: bool) -> Option<Arc<SqliteStorage>> {
    let options = SqliteOptions { migrate, create: migrate, ..SqliteOptions::default() };
    SqliteStorage::open(path, adding_up(), options).ok().map(Arc::new)
}

/// Writes the rows past the store, in one transaction: the store keeps each commit, and what it costs is not the
/// question here.
fn fill(path: &Path, size: Size) {
    let mut connection = Connection::open(path).unwrap();
    connection.execute_batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000").unwrap();
    let all = connection.transaction().unwrap();
    {
        let mut customer = all
            .prepare(
                "INSERT INTO cst_customer (id, version, number, name, region, status, created_at) \
                 VALUES (?, 1, ?, ?, ?, 'normal', ?)",
            )
            .unwrap();
        for row in world::customers(size) {
            customer.execute(params![row.id, row.number, row.name, row.region, row.created_at]).unwrap();
        }
        let mut product = all.prepare("INSERT INTO product (id, version, code, name) VALUES (?, 1, ?, ?)").unwrap();
        for (id, code) in world::products() {
            product.execute(params![id, code, format!("Product {code}")]).unwrap();
        }
        let mut order = all
            .prepare(
                "INSERT INTO orders (id, version, number, customer, ordered_at, status, payment, amount) \
                 VALUES (?, 1, ?, ?, ?, ?, ?, ?)",
            )
            .unwrap();
        let mut line = all
            .prepare(
                "INSERT INTO orders_line (id, version, \"order\", line, product, quantity, unit_price, amount) \
                 VALUES (?, 1, ?, ?, ?, ?, ?, ?)",
            )
            .unwrap();
        for row in world::orders(size) {
            let (status, payment) = (row.status, row.payment);
            order
                .execute(params![row.id, row.number, row.customer, row.ordered_at, status, payment, row.amount])
                .unwrap();
            for each in row.lines {
                let (quantity, price) = (each.quantity, each.unit_price);
                line.execute(params![each.id, row.id, each.line, each.product, quantity, price, each.amount]).unwrap();
            }
        }
    }
    all.commit().unwrap();
}

/// Best first: the same question as statements.
fn by_hand(asked: Asked) -> &'static [&'static str] {
    match asked {
        Asked::Orders => &[
            "SELECT (SELECT name FROM cst_customer c WHERE c.id = customer), amount FROM ( \
                SELECT customer, SUM(amount) AS amount FROM orders INDEXED BY hand_of_date \
                WHERE ordered_at >= ?1 AND ordered_at < ?2 AND payment = 'paid' AND status <> 'cancelled' \
                GROUP BY customer ORDER BY 2 DESC LIMIT 100)",
            "SELECT (SELECT name FROM cst_customer c WHERE c.id = customer), amount FROM ( \
                SELECT customer, SUM(amount) AS amount FROM orders INDEXED BY hand_of_customer \
                WHERE ordered_at >= ?1 AND ordered_at < ?2 AND payment = 'paid' AND status <> 'cancelled' \
                GROUP BY customer ORDER BY 2 DESC LIMIT 100)",
        ],
        Asked::Lines => &[
            "SELECT (SELECT name FROM cst_customer c WHERE c.id = customer), amount FROM ( \
                SELECT o.customer, SUM(l.amount) AS amount \
                FROM orders o INDEXED BY hand_of_date \
                CROSS JOIN orders_line l INDEXED BY hand_of_line ON l.\"order\" = o.id \
                WHERE o.ordered_at >= ?1 AND o.ordered_at < ?2 AND o.payment = 'paid' AND o.status <> 'cancelled' \
                GROUP BY o.customer ORDER BY 2 DESC LIMIT 100)",
            "SELECT (SELECT name FROM cst_customer c WHERE c.id = customer), amount FROM ( \
                SELECT o.customer, SUM(l.amount) AS amount \
                FROM orders o INDEXED BY hand_of_customer \
                CROSS JOIN orders_line l INDEXED BY hand_of_line ON l.\"order\" = o.id \
                WHERE o.ordered_at >= ?1 AND o.ordered_at < ?2 AND o.payment = 'paid' AND o.status <> 'cancelled' \
                GROUP BY o.customer ORDER BY 2 DESC LIMIT 100)",
        ],
    }
}

/// What one run of the report by the crate finds.
pub fn once(size: Size, asked: Asked) -> Found {
    let crm = block_on(Crm::builder(open(&file(size), false).unwrap()).open()).unwrap();
    ours(&crm, asked)
}

fn ours(crm: &Crm, asked: Asked) -> Found {
    Found::of(&block_on(crm.system().report_custom(&asked.definition())).unwrap())
}

fn hand(connection: &Connection, sql: &str) -> Found {
    let mut statement = connection.prepare_cached(sql).unwrap();
    let bounds = [moment(YEAR, 0), moment(YEAR + 1, 0)];
    let rows = statement.query_map(bounds, |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?))).unwrap();
    Found::new(rows.map(Result::unwrap))
}

pub fn run(size: Size, rounds: usize, asked: Asked) {
    let path = file(size);
    let crm = block_on(Crm::builder(open(&path, false).unwrap()).open()).unwrap();
    let connection = Connection::open(hand_file(&path)).unwrap();
    connection.pragma_update(None, "cache_size", -16_384).unwrap();
    connection.pragma_update(None, "temp_store", "MEMORY").unwrap();
    let statements = by_hand(asked);
    let (mut mine, mut theirs) = (Vec::new(), vec![Vec::new(); statements.len()]);
    for round in 0..=rounds {
        let (found, took) = Took::of(|| ours(&crm, asked));
        let mut others = Vec::new();
        for sql in statements {
            let (same, took) = Took::of(|| hand(&connection, sql));
            assert_eq!(found, same, "both sides find the same");
            others.push(took);
        }
        // The first round fills the caches.
        if round > 0 {
            mine.push(took);
            theirs.iter_mut().zip(others).for_each(|(all, took)| all.push(took));
        }
    }
    let row = Row { what: format!("SQLite, {}", asked.name()), ours: mine, others: theirs };
    row.print("wall", |took| took.wall);
    row.print("cpu", |took| took.cpu);
}
