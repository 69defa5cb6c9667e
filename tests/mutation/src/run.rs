//! The tests, for each mutant until one notices it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use wait_timeout::ChildExt;

use crate::Options;
use crate::mutant::Mutant;
use crate::results::Results;

/// How many times as long as without a mutant a program may take before that is noticed.
const PATIENCE: u32 = 5;
/// What it may take longer, however short it is.
const AT_LEAST: Duration = Duration::from_secs(5);

/// How many kilobytes of addresses a program may have.
const MOST_MEMORY_KB: u64 = 4_000_000;

/// A program of tests, and how long it takes when nothing is wrong.
#[derive(Debug)]
struct Program {
    path: PathBuf,
    name: String,
    took: Duration,
}

/// How often a program was tried on the mutants of a file, and how often it noticed one.
#[derive(Debug, Default, Clone, Copy)]
struct Record {
    tried: u32,
    noticed: u32,
}

/// What came of a mutant: its number, and what has noticed it.
pub(crate) type Came = (usize, Option<String>);

/// What the programs have done so far, by file and program.
type Records = BTreeMap<(String, String), Record>;

/// Runs the programs for each mutant until one notices it; what came of each goes to the results.
///
/// # Errors
///
/// If a program fails without any mutant, or can't be started.
pub(crate) fn run(
    options: &Options,
    mutants: &[Mutant],
    left_out: &BTreeSet<usize>,
    programs: &[PathBuf],
    results: &Results,
) -> Result<Vec<Came>, Box<dyn Error>> {
    let programs = timed(options, programs)?;
    let asked = mutants.iter().enumerate();
    let asked = asked.filter(|(number, mutant)| !left_out.contains(number) && results.open_for(options, mutant));
    let asked: VecDeque<usize> = asked.map(|(number, _)| number).collect();
    println!("{} to be tried", asked.len());
    let (asked, came) = (Mutex::new(asked), Mutex::new(Vec::new()));
    let (records, failure) = (Mutex::new(Records::new()), Mutex::new(None));
    let next = || asked.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    thread::scope(|scope| {
        for _ in 0..options.jobs.max(1) {
            scope.spawn(|| {
                while let Some((number, mutant)) = next().and_then(|number| Some((number, mutants.get(number)?))) {
                    let tried = tried(options, number, mutant, &programs, &records);
                    let noted = tried.and_then(|by| {
                        let begun = by.as_ref().map_or("SURVIVES", |_| "noticed");
                        println!("{begun} {} {}", mutant.name, by.as_deref().unwrap_or_default());
                        results.note(mutant, by.as_deref())?;
                        Ok(by)
                    });
                    match noted {
                        Ok(by) => came.lock().unwrap_or_else(PoisonError::into_inner).push((number, by)),
                        Err(error) => {
                            *failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.to_string());
                            return;
                        }
                    }
                }
            });
        }
    });
    match failure.into_inner()? {
        Some(error) => Err(error.into()),
        None => Ok(came.into_inner()?),
    }
}

/// The programs, with how long each takes; the quick ones first.
fn timed(options: &Options, programs: &[PathBuf]) -> Result<Vec<Program>, Box<dyn Error>> {
    let mut timed = Vec::new();
    for path in programs {
        let start = Instant::now();
        if noticed(&options.copy, path, None, None, Duration::from_secs(600))?.is_some() {
            return Err(format!("{} fails without any mutant", path.display()).into());
        }
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        // Behind the last dash stands a number of cargo's.
        let name = name.rsplit_once('-').map_or(&*name, |(name, _)| name).to_owned();
        timed.push(Program { path: path.clone(), name, took: start.elapsed() });
    }
    timed.sort_by_key(|program| program.took);
    for program in &timed {
        println!("    {:>6.2} s {}", program.took.as_secs_f64(), program.name);
    }
    Ok(timed)
}

/// The programs in the order in which they are tried: first what is likely to notice a mutant of this file for the time
/// it takes. A program that bears the file's name is taken to have noticed some already.
fn in_order<'a>(programs: &'a [Program], file: &str, records: &Records) -> Vec<&'a Program> {
    let merit = |program: &Program| {
        let record = records.get(&(file.to_owned(), program.name.clone())).copied().unwrap_or_default();
        let related =
            file.split(['/', '.']).any(|part| part.trim_end_matches('s') == program.name.trim_end_matches('s'));
        let (noticed, tried) = if related { (5, 6) } else { (1, 4) };
        let chance = f64::from(record.noticed + noticed) / f64::from(record.tried + tried);
        chance / (program.took.as_secs_f64() + 0.05)
    };
    let mut order: Vec<&Program> = programs.iter().collect();
    order.sort_by(|left, right| merit(right).total_cmp(&merit(left)));
    order
}

fn tried(
    options: &Options,
    number: usize,
    mutant: &Mutant,
    programs: &[Program],
    records: &Mutex<Records>,
) -> Result<Option<String>, Box<dyn Error>> {
    // The tests beside the sources take no time at all.
    if let Some(unit) = programs.iter().find(|program| program.name == UNIT)
        && let Some(how) = patiently(&options.copy, unit, Some(&module(&mutant.file)), number)?
    {
        return Ok(Some(format!("the tests beside it ({how})")));
    }
    let order = in_order(programs, &mutant.file, &records.lock().unwrap_or_else(PoisonError::into_inner));
    for program in order {
        let how = patiently(&options.copy, program, None, number)?;
        let mut records = records.lock().unwrap_or_else(PoisonError::into_inner);
        let record = records.entry((mutant.file.clone(), program.name.clone())).or_default();
        record.tried += 1;
        record.noticed += u32::from(how.is_some());
        if let Some(how) = how {
            return Ok(Some(format!("{} ({how})", program.name)));
        }
    }
    Ok(None)
}

/// Tries a program. That it takes too long counts only if it does not do so without the mutant just then: the machine
/// may be busy.
fn patiently(
    place: &Path,
    program: &Program,
    only: Option<&str>,
    number: usize,
) -> Result<Option<&'static str>, Box<dyn Error>> {
    let mut limit = program.took * PATIENCE + AT_LEAST;
    loop {
        let how = noticed(place, &program.path, only, Some(number), limit)?;
        if how != Some(TOO_LONG) || noticed(place, &program.path, only, None, limit / 2)?.is_none() {
            return Ok(how);
        }
        limit *= 2;
    }
}

/// The program of the tests that stand beside the sources.
const UNIT: &str = "crmkit";

/// How a file's module begins in the names of its tests.
fn module(file: &str) -> String {
    let path = file.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
    format!("{}::", path.replace('/', "::"))
}

/// How a program that was stopped has noticed a mutant.
const TOO_LONG: &str = "took too long";

/// How a program notices a mutant, if it does; all its tests, or only those with this in their name.
fn noticed(
    place: &Path,
    program: &Path,
    only: Option<&str>,
    number: Option<usize>,
    limit: Duration,
) -> Result<Option<&'static str>, Box<dyn Error>> {
    // A mutant may ask for memory for ever, which is refused at some point.
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -v \"$1\" && shift && exec \"$@\"", "sh", &MOST_MEMORY_KB.to_string()]).arg(program);
    command.current_dir(place).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.env("CARGO_MANIFEST_DIR", place.canonicalize()?).args(only);
    if let Some(number) = number {
        command.env("CRMKIT_MUTANT", number.to_string());
    }
    let mut child = command.spawn()?;
    match child.wait_timeout(limit)? {
        Some(status) if status.success() => Ok(None),
        Some(_) => Ok(Some("failed")),
        None => {
            child.kill()?;
            child.wait()?;
            Ok(Some(TOO_LONG))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(name: &str, seconds: u64) -> Program {
        Program { path: PathBuf::new(), name: name.to_owned(), took: Duration::from_secs(seconds) }
    }

    fn order(programs: &[Program], file: &str, records: &Records) -> Vec<String> {
        in_order(programs, file, records).into_iter().map(|program| program.name.clone()).collect()
    }

    #[test]
    fn first_comes_what_notices_most_for_its_time() {
        let programs = [program("slow", 9), program("orders", 2), program("quick", 1)];
        let mut records = Records::new();
        assert_eq!(order(&programs, "src/sales/order.rs", &records), ["orders", "quick", "slow"]);
        assert_eq!(order(&programs, "src/change.rs", &records), ["quick", "orders", "slow"]);
        let key = |name: &str| ("src/change.rs".to_owned(), name.to_owned());
        records.insert(key("quick"), Record { tried: 40, noticed: 0 });
        records.insert(key("slow"), Record { tried: 40, noticed: 40 });
        assert_eq!(order(&programs, "src/change.rs", &records), ["orders", "slow", "quick"]);
    }

    #[test]
    fn the_tests_beside_a_file_bear_its_module() {
        assert_eq!(module("src/access/tree.rs"), "access::tree::");
        assert_eq!(module("src/access/mod.rs"), "access::");
    }
}
