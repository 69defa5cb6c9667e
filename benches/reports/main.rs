//! Revenue per customer for a year, the 100 largest: the crate's report beside the best statements by hand.
//!
//! ```text
//! cargo bench --bench reports --all-features -- [sqlite] [postgres] [orders] [lines] [--orders 1000000] [--rounds 9]
//! ```
//!
//! There are ten orders and thirty lines for each customer, of five years; without `--orders` there are 100,000 orders.
//! The database for SQLite is made once and kept below `target/tmp`. Both sides find the same rows, which is checked in
//! every round, and take turns. By hand, every index that helps may be there; the fastest statement counts.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, missing_debug_implementations)]
#![allow(unreachable_pub)]

mod postgres;
mod sqlite;
mod world;

use std::process::Command;
use std::time::{Duration, Instant};

use crmkit::prelude::*;
use crmkit::report::{Days, Definition, KeyColumn, MeasureColumn, Report, Sort};

use world::{Size, YEAR};

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// From the amounts of orders.
    Orders,
    /// From the amounts of order lines, by the customer of their order.
    Lines,
}

/// The schema without sums that are kept: what is measured here is adding up.
pub fn adding_up() -> std::sync::Arc<Schema> {
    Schema::builder().standard().without_rollups().build().unwrap()
}

impl Asked {
    const ALL: [Self; 2] = [Self::Orders, Self::Lines];

    pub fn name(self) -> &'static str {
        match self {
            Self::Orders => "revenue from orders",
            Self::Lines => "revenue from lines",
        }
    }

    pub fn definition(self) -> Definition {
        let days = Days::year(YEAR).unwrap();
        let sum = |path| MeasureColumn::new("amount", Measure::Sum(path));
        let definition = match self {
            Self::Orders => {
                let key = KeyColumn::new(Order::customer);
                Definition::groups::<Order>("revenue", vec![key], vec![sum(Order::amount.path())])
                    .filter(Order::paid())
                    .filter(days.moments(&Order::ordered_at.path(), chrono_tz::UTC))
            }
            Self::Lines => {
                let order = OrderLine::order;
                let key = KeyColumn::new(order.to(Order::customer));
                let paid = order.to(Order::status).ne(OrderStatus::Cancelled);
                Definition::groups::<OrderLine>("revenue", vec![key], vec![sum(OrderLine::amount.path())])
                    .filter(paid.and(order.to(Order::payment).eq(Payment::Paid)))
                    .filter(days.moments(&order.to(Order::ordered_at).path(), chrono_tz::UTC))
            }
        };
        definition.order(Sort::descending("amount")).limit(100)
    }
}

/// The rows of one answer, in one order.
#[derive(Debug, PartialEq, Eq)]
pub struct Found(Vec<(i64, String)>);

impl Found {
    pub fn new(rows: impl Iterator<Item = (String, i64)>) -> Self {
        let mut rows: Vec<_> = rows.map(|(name, amount)| (amount, name)).collect();
        rows.sort();
        assert_eq!(rows.len(), 100);
        Self(rows)
    }

    pub fn of(report: &Report) -> Self {
        Self::new(report.table.rows().iter().map(|row| match row.as_slice() {
            [Value::Text(name), Value::Money(amount)] => (name.clone(), amount.raw()),
            other => panic!("{other:?}"),
        }))
    }
}

/// How long something took: on the wall, and on the processors by this process.
#[derive(Debug, Clone, Copy)]
pub struct Took {
    pub wall: Duration,
    pub cpu: Duration,
}

impl Took {
    pub fn of<T>(work: impl FnOnce() -> T) -> (T, Self) {
        let (begun, before) = (Instant::now(), busy());
        let result = work();
        (result, Self { wall: begun.elapsed(), cpu: busy().saturating_sub(before) })
    }
}

/// How long all threads of this process have been on a processor, as the system tells (Linux only, elsewhere zero).
/// Others who use the machine disturb this much less than the time on the wall.
fn busy() -> Duration {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let spent = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("schedstat")).ok());
    Duration::from_nanos(spent.filter_map(|text| text.split_whitespace().next()?.parse::<u64>().ok()).sum())
}

/// One line of the table.
pub struct Row {
    pub what: String,
    pub ours: Vec<Took>,
    pub others: Vec<Vec<Took>>,
}

impl Row {
    /// Compares the medians with those of the statement that is fastest.
    pub fn print(&self, measured: &str, time: impl Fn(&Took) -> Duration) {
        let times = |all: &[Took]| median(all.iter().map(&time).collect());
        let ours = times(&self.ours);
        let others: Vec<Duration> = self.others.iter().map(|all| times(all)).collect();
        let best = others.iter().min().unwrap();
        let ratio = |other: &Duration| ours.as_secs_f64() / other.as_secs_f64();
        let all: Vec<String> = others.iter().map(|other| format!("{other:.1?} ({:.2})", ratio(other))).collect();
        let ratio = ratio(best);
        let what = format!("{}, {measured}", self.what);
        println!("{what:<40} {ours:>12.1?} {best:>12.1?} {ratio:>7.2}   by hand: {}", all.join(", "));
    }
}

pub fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// How much memory a program of its own needed at most for one report, in MiB.
fn memory(size: Size, asked: Asked) {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--bench", "--once", asked.name(), "--orders", &size.orders.to_string()]);
    let output = child.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    print!("SQLite, {:<32} {}", asked.name(), String::from_utf8_lossy(&output.stdout));
}

/// The most memory this process had resident so far, as the system tells (Linux only).
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib / 1024)
}

fn main() {
    // `cargo bench` adds `--bench`; `cargo test --benches` runs the program too, and then there is nothing to measure.
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if !arguments.iter().any(|argument| argument == "--bench") {
        return;
    }
    let option = |name: &str| {
        let place = arguments.iter().position(|argument| argument == name)?;
        arguments.get(place + 1).cloned()
    };
    let number = |name: &str, default: u64| option(name).map_or(default, |text| text.parse().unwrap());
    let orders = number("--orders", 100_000);
    let size = Size { customers: orders / 10, orders };
    if let Some(name) = option("--once") {
        let asked = Asked::ALL.into_iter().find(|asked| asked.name() == name).unwrap();
        drop(sqlite::once(size, asked));
        println!("{} MiB resident at most", peak().unwrap_or_default());
        return;
    }
    let rounds = usize::try_from(number("--rounds", 9)).unwrap();
    let wanted = |words: &[&str], word: &str| {
        let some = words.iter().any(|word| arguments.iter().any(|argument| argument == word));
        !some || arguments.iter().any(|argument| argument == word)
    };
    println!("{:<40} {:>12} {:>12} {:>7}", format!("{orders} orders"), "crmkit", "by hand", "ratio");
    let asked: Vec<Asked> = Asked::ALL
        .into_iter()
        .zip(["orders", "lines"])
        .filter(|(_, word)| wanted(&["orders", "lines"], word))
        .map(|(asked, _)| asked)
        .collect();
    if wanted(&["sqlite", "postgres"], "sqlite") {
        for asked in &asked {
            sqlite::run(size, rounds, *asked);
            memory(size, *asked);
        }
    }
    if wanted(&["sqlite", "postgres"], "postgres") {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let company = postgres::Company::new(size).await;
            for asked in &asked {
                company.run(rounds, *asked).await;
            }
        });
    }
}
