//! The figures of `docs/performance.md` that can be measured in a few minutes, each beside its bound.
//!
//! ```text
//! cargo bench --bench ratios --all-features
//! cargo bench --bench ratios --all-features -- dictionary command
//! ```
//!
//! Runs the other programs of `benches/` and reads their lines. It ends with an error if a figure is worse than its bound
//! with the slack that this kind of figure needs, and names it. A bound is what the crate wants to reach or, where it does
//! not yet, what it reaches today; `docs/performance.md` says which and why.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, missing_debug_implementations)]
#![allow(unreachable_pub)]

#[path = "common/program.rs"]
mod program;

use std::collections::BTreeMap;
use std::process::{Command, ExitCode};

use self::Aim::{AtLeast, AtMost};
use self::Noise::{Disk, Free, Own, Threads};
use self::Program::{Bench, Peers};

/// What a figure shall be.
#[derive(Debug, Clone, Copy)]
enum Aim {
    AtMost(f64),
    AtLeast(f64),
}

/// How much a figure differs from one run to the next on a machine that does other things, too.
#[derive(Debug, Clone, Copy)]
enum Noise {
    /// It is the same every time.
    Free,
    /// Of two sides that run on one thread each in turn.
    Own,
    /// Of threads that wait for each other.
    Threads,
    /// Of a disk that is waited for.
    Disk,
}

impl Noise {
    const fn slack(self) -> f64 {
        match self {
            Free => 1.0,
            Own => 1.3,
            Threads | Disk => 2.0,
        }
    }
}

/// Where a figure comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Program {
    /// A bench of the crate, and the words behind `--`.
    Bench(&'static str, &'static [&'static str]),
    /// The program in `benches/peers`.
    Peers(&'static str),
}

impl Program {
    fn run(self) -> String {
        let mut command = match self {
            Bench(name, words) => {
                let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
                command.current_dir(env!("CARGO_MANIFEST_DIR"));
                command.args(["bench", "--quiet", "--all-features", "--bench", name, "--"]).args(words);
                command
            }
            Peers(word) => program::peers(&[word]),
        };
        let output = command.output().unwrap();
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{self:?}\n{told}\n{}", String::from_utf8_lossy(&output.stderr));
        told
    }
}

struct Bound {
    program: Program,
    /// What its line begins with.
    row: &'static str,
    aim: Aim,
    noise: Noise,
}

const fn bound(program: Program, row: &'static str, aim: Aim, noise: Noise) -> Bound {
    Bound { program, row, aim, noise }
}

const PERMISSIONS: Program = Peers("permissions");
const DICTIONARY: Program = Peers("dictionary");
const GET: Program = Bench("get", &[]);
const BY_HAND: Program = Bench("sqlite", &["typed", "64 ids", "page"]);
const COMMAND: Program = Bench("commands", &["command"]);
const PRODUCERS: Program = Bench("commands", &["producers"]);
const IMPORT: Program = Bench("bulk", &["import"]);
const LOST: Program = Bench("bulk", &["lost"]);
const OPEN: Program = Bench("footprint", &["open"]);
const MEMORY: Program = Bench("footprint", &["memory", "--rows", "100000"]);
const GROWTH: Program = Bench("growth", &["--to", "100000"]);
const REPORTS: Program = Bench("reports", &["sqlite", "--orders", "100000"]);

/// All bounds: the only place that says them.
const BOUNDS: &[Bound] = &[
    bound(PERMISSIONS, "permission check in a session, ns", AtMost(5.0), Own),
    bound(PERMISSIONS, "permission check, times cedar", AtLeast(1_000.0), Own),
    bound(PERMISSIONS, "permission check, times casbin with its cache", AtLeast(50.0), Own),
    bound(PERMISSIONS, "permission check by user id, ns", AtMost(20.0), Own),
    bound(PERMISSIONS, "row condition owner = me, times cedar", AtLeast(1_000.0), Own),
    bound(DICTIONARY, "dictionary hit, 1 thread, beside a plain map", AtMost(1.5), Own),
    bound(DICTIONARY, "dictionary hit, 1 thread, times moka", AtLeast(5.0), Own),
    bound(DICTIONARY, "dictionary hit, 2 threads, times moka", AtLeast(2.0), Threads),
    bound(GET, "typed get by id, times sqlx", AtLeast(3.0), Own),
    bound(BY_HAND, "typed get by id", AtMost(1.25), Own),
    bound(BY_HAND, "64 ids at once", AtMost(1.25), Own),
    bound(BY_HAND, "page of 50", AtMost(1.25), Own),
    bound(COMMAND, "one command, one producer, FULL", AtMost(1.3), Disk),
    bound(PRODUCERS, "64 producers, FULL, times", AtLeast(5.0), Disk),
    bound(PRODUCERS, "64 producers, FULL, p99", AtMost(1.0), Disk),
    bound(PRODUCERS, "1024 producers, FULL, times", AtLeast(10.0), Disk),
    bound(PRODUCERS, "1024 producers, FULL, p99", AtMost(1.0), Disk),
    bound(IMPORT, "import of 100000 order lines, share", AtLeast(0.24), Own),
    bound(LOST, "lost scan that warns", AtMost(1.3), Disk),
    bound(LOST, "lost scan that finds nothing new", AtMost(1.9), Threads),
    bound(OPEN, "open of a current database, ms", AtMost(10.0), Own),
    bound(OPEN, "quickstart start to end, s", AtMost(1.0), Disk),
    bound(OPEN, "quickstart stripped, MB", AtMost(15.0), Free),
    bound(MEMORY, "1000000 customers, opened and read", AtMost(30.0), Free),
    bound(MEMORY, "import of 100000 order lines, MiB", AtMost(100.0), Free),
    bound(MEMORY, "the largest report", AtMost(200.0), Free),
    bound(GROWTH, "get by id among 100000", AtMost(1.5), Own),
    bound(GROWTH, "page of 50 among 100000", AtMost(1.5), Own),
    bound(GROWTH, "command among 100000", AtMost(1.5), Disk),
    bound(GROWTH, "report from a rollup among 100000", AtMost(1.5), Own),
    bound(REPORTS, "SQLite, revenue from orders, cpu", AtMost(1.0), Own),
    bound(REPORTS, "SQLite, revenue from lines, cpu", AtMost(1.0), Own),
];

fn main() -> ExitCode {
    if !program::is_asked() {
        return ExitCode::SUCCESS;
    }
    let words = program::words();
    let wanted = |bound: &&Bound| {
        let program = format!("{:?}", bound.program).to_lowercase();
        words.is_empty()
            || words.iter().any(|word| bound.row.contains(word.as_str()) || program.contains(word.as_str()))
    };
    let mut told: BTreeMap<Program, String> = BTreeMap::new();
    let mut worse = Vec::new();
    println!("{:<50}  {:>12}  {:>12}  {:>9}  bound, with slack", "", "crmkit", "the other", "figure");
    for bound in BOUNDS.iter().filter(wanted) {
        let text = told.entry(bound.program).or_insert_with(|| bound.program.run());
        let Some([ours, other, figure]) = line(text, bound.row) else {
            panic!("{:?} does not tell of `{}`:\n{text}", bound.program, bound.row);
        };
        let number: f64 = figure.parse().unwrap();
        let slack = bound.noise.slack();
        let (is_met, said) = match bound.aim {
            AtMost(most) => (number <= most * slack, format!("at most {most} x {slack}")),
            AtLeast(least) => (number >= least / slack, format!("at least {least} / {slack}")),
        };
        let verdict = if is_met { "" } else { "  WORSE" };
        println!("{:<50}  {ours:>12}  {other:>12}  {figure:>9}  {said}{verdict}", bound.row);
        if !is_met {
            worse.push(bound.row);
        }
    }
    if worse.is_empty() {
        println!("all within their bounds");
        return ExitCode::SUCCESS;
    }
    println!("worse than its bound: {}", worse.join("; "));
    ExitCode::FAILURE
}

/// Ours, the other's and the figure of a line.
fn line<'t>(text: &'t str, row: &str) -> Option<[&'t str; 3]> {
    let line = text.lines().find(|line| line.starts_with(row))?;
    // What a line is about ends with two spaces; what stands behind it are columns.
    let (_, rest) = line.split_once("  ")?;
    let mut columns = rest.split("  ").map(str::trim).filter(|column| !column.is_empty());
    Some([columns.next()?, columns.next()?, columns.next()?])
}
