//! Customers, products and orders in a file, written past the store: the store keeps the history of each commit, and
//! what that costs is not the question where a file is only to be filled.
#![allow(dead_code)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crmkit::prelude::*;
use crmkit::storage::{SqliteOptions, SqliteStorage};
use pollster::block_on;
use rusqlite::{Connection, params};

/// How much there is.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    pub customers: u64,
    /// Every so many customers, one who has long been silent; none if it is 0.
    pub silent: u64,
    pub products: u64,
    pub orders: u64,
}

impl Size {
    pub const fn customers(customers: u64) -> Self {
        Self { customers, silent: 0, products: 0, orders: 0 }
    }
}

/// What a kind of record is numbered by, so that no two have the same id.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    Customer = 1,
    Product = 2,
    Order = 3,
    Other = 4,
}

/// A UUID of version 7, the same for the same number every time, of 2019: before all that is made now.
pub fn id(kind: Kind, number: u64) -> [u8; 16] {
    let moment = 1_546_300_800_000 + ((kind as u64) << 32) + number;
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let (high, low) = (moment << 16 | 0x7000 | mixed >> 52, mixed >> 2 | 1 << 63);
    (u128::from(high) << 64 | u128::from(low)).to_be_bytes()
}

pub fn customer(number: u64) -> Id<Customer> {
    Id::new(RecordId::from_bytes(id(Kind::Customer, number)))
}

pub fn number_of(order: u64) -> String {
    format!("DD{order:09}")
}

pub fn code_of(product: u64) -> String {
    format!("P{product:05}")
}

pub fn store(path: &Path, migrate: bool) -> Arc<SqliteStorage> {
    let options = SqliteOptions { migrate, create: migrate, ..SqliteOptions::default() };
    Arc::new(SqliteStorage::open(path, crmkit::standard_schema().unwrap(), options).unwrap())
}

pub fn crm(path: &Path) -> Crm {
    block_on(Crm::builder(store(path, false)).open()).unwrap()
}

/// Makes the file.
pub fn make(path: &Path, size: Size) {
    drop(block_on(Crm::builder(store(path, true)).open()).unwrap());
    fill(path, size);
    let crm = crm(path);
    block_on(crm.system().rebuild_rollups()).unwrap();
    // The store looks at its tables when it is closed, as it would in a program.
    block_on(crm.close()).unwrap();
}

/// The file of this size below `target/tmp`, made if there is none that fits the schema.
pub fn kept(size: Size) -> PathBuf {
    let Size { customers, silent, products, orders } = size;
    let name = format!("company-{customers}-{silent}-{products}-{orders}.db");
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let options = SqliteOptions { create: false, ..SqliteOptions::default() };
    if path.exists() && SqliteStorage::open(&path, crmkit::standard_schema().unwrap(), options).is_ok() {
        return path;
    }
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{end}", path.display()));
    }
    make(&path, size);
    path
}

/// A connection by hand, set up as the store's own are.
pub fn by_hand(path: &Path) -> Connection {
    let connection = Connection::open(path).unwrap();
    connection.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
    connection.pragma_update(None, "synchronous", "FULL").unwrap();
    connection.pragma_update(None, "foreign_keys", true).unwrap();
    connection.pragma_update(None, "cache_size", -16_384).unwrap();
    connection.pragma_update(None, "temp_store", "MEMORY").unwrap();
    connection
}

fn fill(path: &Path, size: Size) {
    const REGIONS: [&str; 6] = ["华东", "华南", "华北", "西南", "西北", "东北"];
    let mut connection = Connection::open(path).unwrap();
    connection.execute_batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000").unwrap();
    let all = connection.transaction().unwrap();
    {
        let mut customer = all
            .prepare(
                "INSERT INTO cst_customer (id, version, number, name, region, address, phone, status, last_order_on, \
                 created_at) VALUES (?, 1, ?, ?, ?, ?, ?, 'normal', ?, ?)",
            )
            .unwrap();
        for number in 0..size.customers {
            let place = usize::try_from(number % 6).unwrap();
            let is_silent = size.silent > 0 && number % size.silent == 0;
            let last = format!("20{}-{:02}-{:02}", if is_silent { 20 } else { 23 }, number % 6 + 7, number % 28 + 1);
            let (name, address) = (format!("Customer {number}"), format!("{number} Harbour Road"));
            let (text, phone) = (format!("KH{number:09}"), format!("010-{number:08}"));
            let created = 1_546_300_800_000_000 + i64::try_from(number).unwrap();
            customer
                .execute(params![id(Kind::Customer, number), text, name, REGIONS[place], address, phone, last, created])
                .unwrap();
        }
        let mut product = all.prepare("INSERT INTO product (id, version, code, name) VALUES (?, 1, ?, ?)").unwrap();
        for number in 0..size.products {
            let code = code_of(number);
            product.execute(params![id(Kind::Product, number), code, format!("Product {code}")]).unwrap();
        }
        let mut order = all
            .prepare(
                "INSERT INTO orders (id, version, number, customer, ordered_at, status, payment, amount) \
                 VALUES (?, 1, ?, ?, ?, 'shipped', 'paid', 0)",
            )
            .unwrap();
        for number in 0..size.orders {
            let of = id(Kind::Customer, number % size.customers);
            let at = 1_672_531_200_000_000 + i64::try_from(number).unwrap() * 1_000_000;
            order.execute(params![id(Kind::Order, number), number_of(number), of, at]).unwrap();
        }
    }
    all.commit().unwrap();
}
