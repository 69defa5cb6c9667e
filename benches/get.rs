//! Typed customers by id: the crate beside sqlx on the same file.
//!
//! ```text
//! cargo bench --bench get --all-features
//! ```
//!
//! sqlx's SQLite and the crate's do not go into one program, so sqlx reads in a program of its own (`benches/peers`),
//! which is built first. The two take turns: a round is begun here and there one after the other. What is measured by
//! hand with rusqlite stands in `sqlite.rs`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, missing_debug_implementations)]
#![allow(unreachable_pub)]

#[path = "common/company.rs"]
mod company;
#[path = "common/measure.rs"]
mod measure;
#[path = "common/program.rs"]
mod program;

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use crmkit::storage::ReaderExt;
use pollster::block_on;

use company::Size;
use measure::{each, faster, heading, turns};

const CUSTOMERS: u64 = 100_000;
const READS: u32 = 2_000;

/// The other program.
struct Sqlx {
    child: Child,
    ask: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Sqlx {
    fn round(&mut self) -> f64 {
        writeln!(self.ask, "{READS}").unwrap();
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        line.trim().parse::<f64>().unwrap() / 1e9 / f64::from(READS)
    }
}

fn main() {
    if !program::is_asked() {
        return;
    }
    let path = company::kept(Size::customers(CUSTOMERS));
    let mut child = program::peers(&["get", path.to_str().unwrap()]);
    let mut child = child.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (ask, answers) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
    let mut other = Sqlx { child, ask, answers };
    let store = company::store(&path, false);
    let mut place = 0;
    let ours = || {
        let read = || {
            place = (place + 7_919) % CUSTOMERS;
            block_on(store.load(company::customer(place))).unwrap().unwrap()
        };
        each(READS, read).as_secs_f64()
    };
    heading("sqlx");
    let (mine, theirs) = turns(31, ours, || other.round());
    faster("typed get by id, times sqlx", mine, theirs);
    let Sqlx { mut child, ask, .. } = other;
    drop(ask);
    assert!(child.wait().unwrap().success());
}
