//! Taking turns, medians, and the lines that `cargo bench --bench ratios` reads: what, ours, the other and the figure,
//! with two spaces or more between them.
#![allow(dead_code)]

use std::hint::black_box;
use std::time::{Duration, Instant};

/// Does something so many times; how long each took.
pub fn each<T>(times: u32, mut work: impl FnMut() -> T) -> Duration {
    let start = Instant::now();
    for _ in 0..times {
        black_box(work());
    }
    start.elapsed() / times
}

/// The same in nanoseconds that this thread was on a processor, for what waits for nobody: others who use the machine
/// disturb this much less than the time on the wall.
pub fn nanos<T>(times: u32, mut work: impl FnMut() -> T) -> f64 {
    let (start, before) = (Instant::now(), on_processor());
    for _ in 0..times {
        black_box(work());
    }
    let spent = before.zip(on_processor()).map(|(before, after)| after - before);
    spent.unwrap_or_else(|| start.elapsed().as_nanos() as f64) / f64::from(times)
}

/// How many nanoseconds this thread has been on a processor, as the system tells (Linux only, elsewhere none).
fn on_processor() -> Option<f64> {
    std::fs::read_to_string("/proc/thread-self/schedstat").ok()?.split_whitespace().next()?.parse().ok()
}

pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// The medians of two sides that take turns, the one beginning that did not in the round before; the first round only
/// fills the caches.
pub fn turns(rounds: usize, mut ours: impl FnMut() -> f64, mut other: impl FnMut() -> f64) -> (f64, f64) {
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for round in 0..=rounds {
        let (mine, theirs) = if round % 2 == 0 {
            let mine = ours();
            (mine, other())
        } else {
            let theirs = other();
            (ours(), theirs)
        };
        if round > 0 {
            left.push(mine);
            right.push(theirs);
        }
    }
    (median(left), median(right))
}

/// Seconds as people read them.
pub fn time(seconds: f64) -> String {
    let nanos = seconds * 1e9;
    if nanos < 100.0 { format!("{nanos:.2} ns") } else { format!("{:.3?}", Duration::from_nanos(nanos as u64)) }
}

pub fn heading(other: &str) {
    println!("{:<58}  {:>12}  {:>12}  {:>9}", "", "crmkit", other, "figure");
}

/// A line whose figure is the quotient of two times: ours by the other's.
pub fn slower(what: &str, ours: f64, other: f64) {
    line(what, &time(ours), &time(other), ours / other);
}

/// A line whose figure is the quotient of two times: the other's by ours.
pub fn faster(what: &str, ours: f64, other: f64) {
    line(what, &time(ours), &time(other), other / ours);
}

/// A line about the crate alone.
pub fn alone(what: &str, ours: &str, figure: f64) {
    line(what, ours, "-", figure);
}

pub fn line(what: &str, ours: &str, other: &str, figure: f64) {
    println!("{what:<58}  {ours:>12}  {other:>12}  {figure:>9.2}");
}
