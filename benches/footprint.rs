//! What the crate takes beside the time of what it does: memory, opening a file, and a program from start to end.
//!
//! ```text
//! cargo bench --bench footprint --all-features -- [open] [memory] [--customers 1000000] [--rows 1000000]
//! ```
//!
//! What is said of memory is what the system says of a process that does nothing else (Linux only).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, missing_debug_implementations)]
#![allow(unreachable_pub)]

#[path = "common/company.rs"]
mod company;
#[path = "common/measure.rs"]
mod measure;
#[path = "common/program.rs"]
mod program;

use std::fmt::Write as _;
use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use crmkit::prelude::*;
use crmkit::report::Catalogue;
use crmkit::transfer::{ImportKind, ImportOptions, ImportOutput};
use pollster::block_on;

use company::Size;
use measure::{alone, heading, median, time};

const PRODUCTS: u64 = 500;

fn main() {
    if !program::is_asked() {
        return;
    }
    let words = program::words();
    if let [part, path, rest @ ..] = words.as_slice()
        && ["opened", "imported", "reported"].contains(&part.as_str())
    {
        return alone_in_a_process(part, Path::new(path), rest);
    }
    let wanted = |word: &str| {
        !["open", "memory"].iter().any(|known| words.iter().any(|asked| asked == known))
            || words.iter().any(|asked| asked == word)
    };
    heading("-");
    if wanted("open") {
        open();
    }
    if wanted("memory") {
        memory();
    }
}

/// Opening and closing a file that fits the schema, and the story of the quick start.
fn open() {
    let path = company::kept(Size::customers(100_000));
    let once = |_| {
        let start = Instant::now();
        let crm = company::crm(&path);
        let took = start.elapsed().as_secs_f64();
        block_on(crm.close()).unwrap();
        took
    };
    let took = median((0..31).map(once).collect());
    alone("open of a current database, ms", &time(took), took * 1e3);
    let cargo = |words: &[&str]| {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.current_dir(env!("CARGO_MANIFEST_DIR")).args(words).stdout(Stdio::null());
        assert!(command.status().unwrap().success());
    };
    cargo(&["build", "--release", "--quiet", "--example", "quickstart"]);
    // The folder of what is built, wherever it is: a bench lies in `deps` below it.
    let bench = std::env::current_exe().unwrap();
    let quickstart = bench.parent().and_then(Path::parent).unwrap().join("examples/quickstart");
    let once = |_| {
        let start = Instant::now();
        assert!(Command::new(&quickstart).stdout(Stdio::null()).status().unwrap().success());
        start.elapsed().as_secs_f64()
    };
    let took = median((0..11).map(once).collect());
    alone("quickstart start to end, s", &time(took), took);
    let stripped = tempfile::NamedTempFile::new().unwrap();
    let strip = Command::new("strip").arg("-o").arg(stripped.path()).arg(&quickstart).status();
    if strip.is_ok_and(|status| status.success()) {
        let bytes = stripped.path().metadata().unwrap().len() as f64;
        alone("quickstart stripped, MB", &format!("{:.2} MB", bytes / 1e6), bytes / 1e6);
    }
}

fn memory() {
    let customers = program::number("--customers", 1_000_000);
    let rows = program::number("--rows", 1_000_000);
    let path = company::kept(Size::customers(customers));
    let told = |words: &[&str]| -> String {
        let output = program::again(words).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    let figure = |text: &str| text.split_whitespace().next().unwrap().parse::<f64>().unwrap();
    let found = told(&["opened", path.to_str().unwrap()]);
    alone(&format!("{customers} customers, opened and read, MiB resident"), &found, figure(&found));

    let orders = rows.div_ceil(3);
    let size = Size { customers: orders.div_ceil(10), silent: 0, products: PRODUCTS, orders };
    let (base, folder) = (company::kept(size), tempfile::tempdir().unwrap());
    let (copy, csv) = (folder.path().join("crm.db"), folder.path().join("lines.csv"));
    std::fs::copy(base, &copy).unwrap();
    std::fs::write(&csv, lines(rows)).unwrap();
    let found = told(&["imported", copy.to_str().unwrap(), csv.to_str().unwrap()]);
    alone(&format!("import of {rows} order lines, MiB at most"), &found, figure(&found));

    // Of the same company, which now has the lines.
    let mut worst = (0.0, String::new());
    for entry in Catalogue::standard().entries() {
        let found = told(&["reported", copy.to_str().unwrap(), entry.name]);
        if figure(&found) > worst.0 {
            worst = (figure(&found), format!("{found}, {}", entry.name));
        }
    }
    alone(&format!("the largest report on {rows} order lines, MiB at most"), &worst.1, worst.0);
}

fn lines(rows: u64) -> String {
    let mut text = String::from("order,line,product,quantity,unit_price\n");
    for row in 0..rows {
        let (order, product) = (company::number_of(row / 3), company::code_of(row * 7 % PRODUCTS));
        writeln!(text, "{order},{},{product},{},{}", row % 3 + 1, row % 20 + 1, row * 13 % 5_000).unwrap();
    }
    text
}

/// Does one thing and says how much memory the process has, or had at most.
fn alone_in_a_process(part: &str, path: &Path, rest: &[String]) {
    let crm = company::crm(path);
    let customers = crm.system().customers();
    let kind = match part {
        "opened" => {
            for number in 0..1_000 {
                drop(block_on(customers.get(company::customer(number))).unwrap());
            }
            let query = Query::of::<Customer>().order(Customer::number.asc()).limit(50);
            assert_eq!(block_on(customers.list(query)).unwrap().items.len(), 50);
            "VmRSS"
        }
        "imported" => {
            let options = ImportOptions::new(ImportKind::named("order_lines").unwrap());
            let file = File::open(&rest[0]).unwrap();
            let report = block_on(crm.system().import(&options, file, ImportOutput::default())).unwrap();
            assert_eq!(report.progress.rejected, 0);
            "VmHWM"
        }
        _ => {
            let options: [(&str, &str); 0] = [];
            drop(block_on(crm.system().report(&rest[0], options)).unwrap());
            "VmHWM"
        }
    };
    println!("{} MiB", program::memory(kind).unwrap_or_default());
}
