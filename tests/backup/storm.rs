//! Backups taken while several threads commit: each holds the store of one moment, and everything that was acknowledged
//! before it was begun.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use crmkit::prelude::*;
use crmkit::sales::{NewProduct, NewStockItem, StockItemPatch};
use crmkit::storage::SqliteOptions;
use crmkit::transfer::{BackupOptions, ImportKind, ImportOptions, ImportOutput};
use pollster::block_on;

use crate::sealing::open;

const WRITERS: usize = 4;
const SHELVES: i64 = 6;
const ON_SHELF: i64 = 1_000;

/// What the writers work on.
struct Shop {
    crm: Crm,
    customer: Id<Customer>,
    product: Id<Product>,
    shelves: Vec<Id<StockItem>>,
}

impl Shop {
    fn set_up(path: &Path) -> Self {
        let crm = open(path);
        let system = crm.system();
        let customer = block_on(system.customers().create(NewCustomer::new("Acme"))).unwrap().id;
        let product = NewProduct { code: "P1".into(), name: "Tea".into(), ..Default::default() };
        let product = block_on(system.products().create(product)).unwrap().id;
        let shelf = |number: i64| {
            let (warehouse, count) = (format!("W{number}"), Quantity::from_whole(ON_SHELF).unwrap());
            let new = NewStockItem { product, warehouse, count, ..Default::default() };
            block_on(system.stock().create(new)).unwrap().id
        };
        let shelves = (0..SHELVES).map(shelf).collect();
        // Something to copy, so that much is committed meanwhile.
        let rows: String = (0..6_000).map(|number| format!("C{number},Customer {number}\n")).collect();
        let options = ImportOptions::new(ImportKind::named("customers").unwrap());
        let file = std::io::Cursor::new(format!("number,name\n{rows}"));
        block_on(system.import(&options, file, ImportOutput::default())).unwrap();
        Self { crm, customer, product, shelves }
    }

    /// Moves a piece from one shelf to another and records an order with two lines, all in one commit.
    fn trade(&self, writer: usize, turn: usize) -> Result<()> {
        let from = self.shelves[(writer + turn) % self.shelves.len()];
        let to = self.shelves[(writer + 3 * turn + 1) % self.shelves.len()];
        let unit = self.crm.system().unit_of_work();
        for (shelf, change) in [(from, -1), (to, 1)] {
            let item = block_on(unit.stock().get(shelf))?;
            let count = item.count.checked_add(Quantity::from_whole(change).unwrap()).unwrap();
            let patch = StockItemPatch { count: count.into(), ..Default::default() };
            block_on(unit.stock().edit_seen(shelf, item.version, patch))?;
        }
        let new = NewOrder { customer: self.customer, address: Some(format!("{writer}/{turn}")), ..Default::default() };
        let line = |price| NewOrderLine {
            product: self.product,
            quantity: Quantity::from_whole(2).unwrap(),
            unit_price: Money::from_whole(price).unwrap(),
            ..Default::default()
        };
        block_on(unit.orders().place(new, vec![line(3), line(4)]))?;
        block_on(unit.commit()).map(drop)
    }

    fn write(&self, writer: usize, acknowledged: &AtomicUsize, stop: &AtomicBool) {
        let mut turn = 0;
        while !stop.load(Ordering::SeqCst) {
            match self.trade(writer, turn) {
                Ok(()) => {
                    turn += 1;
                    acknowledged.store(turn, Ordering::SeqCst);
                }
                Err(error) => assert_eq!(error.code(), "conflict", "{error}"),
            }
        }
    }
}

/// What a restored store says of each writer's turns, after everything in it was looked at.
fn looked_at(path: &Path) -> Vec<usize> {
    let crm = open(path);
    let system = crm.system();
    assert_eq!(block_on(system.verify()).unwrap(), Vec::<String>::new());
    let stock = block_on(system.stock().list(Query::of::<StockItem>().limit(100))).unwrap().items;
    let total: i64 = stock.iter().map(|item| item.count.raw()).sum();
    assert_eq!(total, Quantity::from_whole(SHELVES * ON_SHELF).unwrap().raw());

    let mut orders = Vec::new();
    let mut query = Query::of::<Order>().limit(1_000);
    loop {
        let page = block_on(system.orders().list(query.clone())).unwrap();
        orders.extend(page.items);
        match page.next {
            Some(next) => query.after = Some(next),
            None => break,
        }
    }
    assert_eq!(block_on(system.order_lines().count(Filter::All)).unwrap(), 2 * orders.len() as u64);
    let mut numbers: Vec<u64> = orders.iter().map(|order| digits(&order.number)).collect();
    numbers.sort_unstable();
    assert!(numbers.windows(2).all(|pair| pair[1] == pair[0] + 1), "a gap in the series");

    let mut turns: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for order in &orders {
        assert_eq!(order.amount, Money::from_whole(14).unwrap());
        let (writer, turn) = order.address.as_deref().unwrap().split_once('/').unwrap();
        turns.entry(writer.parse().unwrap()).or_default().push(turn.parse().unwrap());
    }
    let done = (0..WRITERS).map(|writer| {
        let mut turns = turns.remove(&writer).unwrap_or_default();
        turns.sort_unstable();
        assert!(turns.iter().copied().eq(0..turns.len()), "writer {writer}: {turns:?}");
        turns.len()
    });
    let done = done.collect();
    block_on(crm.close()).unwrap();
    done
}

/// The running number in an order's number; all are made on one day or two, so the day goes first.
fn digits(number: &str) -> u64 {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    digits.parse().unwrap()
}

#[test]
fn each_is_the_store_of_one_moment() {
    let folder = tempfile::tempdir().unwrap();
    let shop = Shop::set_up(&folder.path().join("crm.db"));
    let (stop, acknowledged) = (AtomicBool::new(false), [const { AtomicUsize::new(0) }; WRITERS]);
    let counts = || acknowledged.iter().map(|count| count.load(Ordering::SeqCst)).collect::<Vec<_>>();
    let mut taken = Vec::new();
    thread::scope(|scope| {
        for (writer, acknowledged) in acknowledged.iter().enumerate() {
            let (shop, stop) = (&shop, &stop);
            scope.spawn(move || shop.write(writer, acknowledged, stop));
        }
        while counts().iter().any(|count| *count < 3) {
            assert!(!scope_is_dead(&counts), "nothing is committed");
        }
        for number in 0..4 {
            let before = counts();
            let path = folder.path().join(format!("{number}.backup"));
            let backup = block_on(shop.crm.system().backup(path, &BackupOptions::default()));
            taken.push((before, backup, counts()));
        }
        stop.store(true, Ordering::SeqCst);
    });
    let mut meanwhile = 0;
    for (number, (before, backup, after)) in taken.into_iter().enumerate() {
        let database = folder.path().join(format!("restored-{number}.db"));
        let (schema, now) = (crmkit::standard_schema().unwrap(), Timestamp::EPOCH);
        let restored =
            block_on(backup.unwrap().restore_to_sqlite(&database, &schema, &SqliteOptions::default(), now)).unwrap();
        assert_eq!(restored.kept, None);
        for (writer, done) in looked_at(&database).into_iter().enumerate() {
            // One more may have been committed and not yet acknowledged.
            assert!((before[writer]..=after[writer] + 1).contains(&done), "{done}: {before:?} {after:?}");
            meanwhile += after[writer] - before[writer];
        }
    }
    // Nobody had to wait until a backup was done.
    assert!(meanwhile > 0);
    // The store itself went on all the while.
    block_on(shop.crm.close()).unwrap();
    assert_eq!(looked_at(&folder.path().join("crm.db")), counts());
}

/// Waits a little, and says whether that was in vain for too long.
fn scope_is_dead(counts: &dyn Fn() -> Vec<usize>) -> bool {
    let before = counts();
    for _ in 0..600 {
        thread::sleep(std::time::Duration::from_millis(50));
        if counts() != before {
            return false;
        }
    }
    true
}
