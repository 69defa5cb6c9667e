//! How the cost of small things grows with the number of records: a read by id, a page, a command, and a
//! report from a rollup.
//!
//! ```text
//! cargo bench --bench growth --all-features -- --to 1000000 [--chart]
//! ```
//!
//! The sizes are 10,000 customers and ten times as many until `--to`; their files are kept below `target/tmp`. The sizes
//! take turns in every round. `--chart` draws `docs/growth.svg` from the figures.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, missing_debug_implementations)]
#![allow(unreachable_pub)]

#[path = "common/company.rs"]
mod company;
#[path = "common/measure.rs"]
mod measure;
#[path = "common/program.rs"]
mod program;

use std::path::Path;
use std::time::Instant;

use crmkit::chart::{Chart, Series};
use crmkit::prelude::*;
use crmkit::report::ChartKind;
use crmkit::schema::Lang;
use pollster::block_on;

use company::Size;
use measure::{alone, each, heading, median, time};

const ROUNDS: usize = 61;
/// The records that are touched lie all over the file, and are so few that they stay in memory: what a disk needs is
/// not the question.
const TOUCHED: u64 = 50;

#[derive(Debug, Clone, Copy)]
enum Thing {
    Get,
    Page,
    Command,
    Report,
}

impl Thing {
    const ALL: [Self; 4] = [Self::Get, Self::Page, Self::Command, Self::Report];

    const fn name(self) -> &'static str {
        match self {
            Self::Get => "get by id",
            Self::Page => "page of 50",
            Self::Command => "command",
            Self::Report => "report from a rollup",
        }
    }
}

struct Company {
    customers: u64,
    session: Session,
    next: u64,
}

impl Company {
    fn open(customers: u64) -> Self {
        let path = company::kept(Size::customers(customers));
        Self { customers, session: company::crm(&path).system(), next: 0 }
    }

    fn some(&mut self) -> u64 {
        self.next = (self.next + 7) % TOUCHED;
        self.customers / TOUCHED * self.next
    }

    /// The seconds that one such thing takes.
    fn round(&mut self, thing: Thing) -> f64 {
        let customers = self.session.customers();
        match thing {
            Thing::Get => each(300, || {
                let id = company::customer(self.some());
                assert_eq!(block_on(customers.get(id)).unwrap().id, id);
            })
            .as_secs_f64(),
            Thing::Page => each(20, || {
                let first = format!("KH{:09}", self.some());
                let query = Query::of::<Customer>().filter(Customer::number.ge(first)).order(Customer::number.asc());
                assert!(!block_on(customers.list(query.limit(50))).unwrap().items.is_empty());
            })
            .as_secs_f64(),
            Thing::Command => {
                let edit = |_| {
                    let id = company::customer(self.some());
                    let patch =
                        CustomerPatch { memo: Some(format!("{:?}", Instant::now())).into(), ..Default::default() };
                    let start = Instant::now();
                    drop(block_on(customers.edit(id, patch)).unwrap());
                    start.elapsed().as_secs_f64()
                };
                median((0..10).map(edit).collect())
            }
            Thing::Report => each(50, || {
                let report = block_on(self.session.report("composition", [("by", "region")])).unwrap();
                assert!(!report.table.rows().is_empty());
            })
            .as_secs_f64(),
        }
    }
}

fn main() {
    if !program::is_asked() {
        return;
    }
    let most = program::number("--to", 1_000_000);
    let sizes: Vec<u64> = (4..10).map(|power| 10_u64.pow(power)).take_while(|size| *size <= most).collect();
    let mut companies: Vec<Company> = sizes.iter().map(|size| Company::open(*size)).collect();
    let mut series = Vec::new();
    heading("-");
    for thing in Thing::ALL {
        let mut taken: Vec<Vec<f64>> = vec![Vec::new(); sizes.len()];
        for round in 0..=ROUNDS {
            for (company, taken) in companies.iter_mut().zip(&mut taken) {
                let seconds = company.round(thing);
                if round > 0 {
                    taken.push(seconds);
                }
            }
        }
        let taken: Vec<f64> = taken.into_iter().map(median).collect();
        for (size, seconds) in sizes.iter().zip(&taken) {
            let figure = seconds / taken[0];
            alone(&format!("{} among {size} customers", thing.name()), &time(*seconds), figure);
        }
        let shown = |seconds: &f64| Value::Rate(Rate::from_raw((seconds / taken[0] * 1e6).round() as i64).unwrap());
        series.push(Series::new(thing.name(), taken.iter().map(shown).collect()));
    }
    if std::env::args().any(|argument| argument == "--chart") {
        draw(&sizes, series);
    }
}

fn draw(sizes: &[u64], series: Vec<Series>) {
    let mut chart =
        Chart::new(ChartKind::Lines, "What grows with the number of customers, and what does not", Lang::En);
    chart.subtitle = "time taken, as a share of the time among 10,000 customers".into();
    chart.labels = sizes.iter().map(u64::to_string).collect();
    chart.series = series;
    chart.axis = "share of the time".into();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/growth.svg");
    std::fs::write(path, chart.to_svg()).unwrap();
}
