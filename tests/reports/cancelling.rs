//! A long report is stopped by whoever does not want it any more, and by its time.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use async_trait::async_trait;
use chrono_tz::Tz;
use crmkit::id::RecordId;
use crmkit::prelude::*;
use crmkit::query::Page;
use crmkit::report::{Bounds, Catalogue, Definition, View, everything};
use crmkit::schema::{EntityDef, Record};
use crmkit::storage::{Reader, StorageError};
use pollster::block_on;

use crate::world::World;

/// Counts what is read of a store, and lets others go first before each time.
#[derive(Debug)]
struct Counting<'a> {
    inner: &'a dyn Reader,
    reads: AtomicUsize,
    slow: Duration,
}

impl<'a> Counting<'a> {
    fn new(world: &'a World, slow: Duration) -> Self {
        Self { inner: &*world.storage, reads: AtomicUsize::new(0), slow }
    }

    fn reads(&self) -> usize {
        self.reads.load(Ordering::SeqCst)
    }

    async fn turn(&self) {
        let mut waited = false;
        poll_fn(|context: &mut Context<'_>| {
            if std::mem::replace(&mut waited, true) {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
        std::thread::sleep(self.slow);
        self.reads.fetch_add(1, Ordering::SeqCst);
    }
}

/// The contract's own `aggregate` goes page by page, as a store without sums of its own does.
#[async_trait]
impl Reader for Counting<'_> {
    fn schema(&self) -> &Arc<Schema> {
        self.inner.schema()
    }

    async fn get(&self, entity: &EntityDef, ids: &[RecordId]) -> Result<Vec<Record>, StorageError> {
        self.turn().await;
        self.inner.get(entity, ids).await
    }

    async fn query(&self, query: &Query) -> Result<Page, StorageError> {
        self.turn().await;
        self.inner.query(query).await
    }
}

const ORDERS: usize = 4_500;

fn world() -> World {
    let mut world = World::new(Tz::UTC);
    let customer = world.customer("C1", "Alpha");
    let product = world.product("P1", "Bolt");
    for _ in 0..ORDERS {
        world.order(customer, "2024-02-29", &[(product, "1", "1", "0")]);
    }
    world.settle();
    world
}

/// Ways to read all of it: a scan, sums, and a list.
const LONG: [&str; 3] = ["bought-together", "contribution", "list"];

async fn run(name: &str, view: &View<'_>) -> Result<usize, crmkit::report::ReportError> {
    let list = r#"{"name": "l", "entity": "order", "rows": {"list": [{"path": "number"}]}}"#;
    let none: [(&str, &str); 0] = [];
    let report = match name {
        "list" => list.parse::<Definition>()?.run(view).await?,
        name => Catalogue::standard().run(name, view, none).await?,
    };
    Ok(report.table.rows().len())
}

#[test]
fn whoever_drops_a_report_stops_its_reading() {
    let world = world();
    for name in LONG {
        let whole = Counting::new(&world, Duration::ZERO);
        let view = View::new(&whole, &everything, Timestamp::EPOCH);
        block_on(run(name, &view)).unwrap();
        assert!(whole.reads() >= 5, "{name} reads all at once: {}", whole.reads());

        let counting = Counting::new(&world, Duration::ZERO);
        let view = View::new(&counting, &everything, Timestamp::EPOCH);
        {
            let mut report = pin!(run(name, &view));
            let mut context = Context::from_waker(Waker::noop());
            for polled in 0..3 {
                assert!(report.as_mut().poll(&mut context).is_pending(), "{name}: done after {polled}");
            }
        }
        // Each poll but the first has read once; nothing reads on when the future is gone.
        assert_eq!(counting.reads(), 2, "{name}");
        std::thread::sleep(Duration::from_millis(20));
        assert_eq!(counting.reads(), 2, "{name}");
    }
}

#[test]
fn a_report_ends_within_its_time_and_says_so() {
    let world = world();
    for name in ["bought-together", "list"] {
        let whole = Counting::new(&world, Duration::ZERO);
        block_on(run(name, &View::new(&whole, &everything, Timestamp::EPOCH))).unwrap();

        let counting = Counting::new(&world, Duration::from_millis(40));
        let mut bounds = Bounds::default();
        bounds.time = Duration::from_millis(50);
        let view = View::new(&counting, &everything, Timestamp::EPOCH).bounds(bounds);
        let error = block_on(run(name, &view)).unwrap_err();
        assert_eq!(error.to_string(), "the report takes longer than 50ms; ask for fewer days or records");
        assert_eq!((error.code(), error.is_usage()), ("report.too_long", false));
        assert!((1..whole.reads()).contains(&counting.reads()), "{name}: {} reads", counting.reads());
    }
}

#[test]
fn pairs_are_counted_within_the_bounds() {
    let mut world = World::new(Tz::UTC);
    let customer = world.customer("C1", "Alpha");
    let products: Vec<_> = (0..6).map(|n| world.product(&format!("P{n}"), "Bolt")).collect();
    let lines: Vec<_> = products.iter().map(|product| (*product, "1", "1", "0")).collect();
    world.order(customer, "2024-01-01", &lines);
    world.order(customer, "2024-01-02", &lines[..3]);
    world.settle();
    let ask = |most: usize, at_least: &'static str| {
        let mut bounds = Bounds::default();
        bounds.groups = most;
        let view = world.view().bounds(bounds);
        let report = block_on(Catalogue::standard().run("bought-together", &view, [("at-least", at_least)]));
        report.map(|report| report.table.rows().len())
    };
    assert_eq!(ask(15, "1").unwrap(), 15);
    assert_eq!(ask(14, "1").unwrap_err().to_string(), "pairs of products: at most 14 are allowed");
    // Three products are in two orders, and only their pairs are counted.
    assert_eq!(ask(6, "2").unwrap(), 3);
}
