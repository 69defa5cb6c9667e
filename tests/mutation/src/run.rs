//! The tests, once for each mutant.

use std::collections::BTreeSet;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use wait_timeout::ChildExt;

use crate::Options;
use crate::mutant::Mutant;

/// Runs the programs for each mutant until one notices it; gives those that none did.
pub(crate) fn run(
    options: &Options,
    mutants: &[Mutant],
    left_out: &BTreeSet<usize>,
    programs: &[PathBuf],
) -> Result<Vec<usize>, Box<dyn Error>> {
    let mut timed = Vec::new();
    for program in programs {
        let start = Instant::now();
        if noticed(&options.copy, program, None, Duration::from_secs(600))?.is_some() {
            return Err(format!("{} fails without any mutant", program.display()).into());
        }
        timed.push((start.elapsed(), program));
    }
    timed.sort();
    for (took, program) in &timed {
        println!("    {:>6.2} s {}", took.as_secs_f64(), name(program));
    }
    let (next, survivors) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let failure = Mutex::new(None);
    thread::scope(|scope| {
        for _ in 0..options.jobs.max(1) {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(mutant) = mutants.get(number) else { return };
                    let asked = options.only.as_ref().is_none_or(|only| mutant.name.contains(only));
                    if left_out.contains(&number) || !asked {
                        continue;
                    }
                    match tried(options, number, &timed) {
                        Ok(Some(by)) => println!("killed   {} by {by}", mutant.name),
                        Ok(None) => {
                            println!("SURVIVES {}", mutant.name);
                            survivors.lock().map(|mut all| all.push(number)).unwrap_or_default();
                        }
                        Err(error) => {
                            failure.lock().map(|mut first| *first = Some(error.to_string())).unwrap_or_default();
                            return;
                        }
                    }
                }
            });
        }
    });
    if let Some(error) = failure.into_inner()? {
        return Err(error.into());
    }
    let mut survivors = survivors.into_inner()?;
    survivors.sort_unstable();
    Ok(survivors)
}

fn name(program: &Path) -> String {
    program.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

fn tried(options: &Options, number: usize, timed: &[(Duration, &PathBuf)]) -> Result<Option<String>, Box<dyn Error>> {
    for (took, program) in timed {
        if let Some(how) = noticed(&options.copy, program, Some(number), *took * 10 + Duration::from_secs(10))? {
            return Ok(Some(format!("{} ({how})", name(program))));
        }
    }
    Ok(None)
}

/// How a program notices a mutant, if it does.
fn noticed(
    place: &Path,
    program: &Path,
    number: Option<usize>,
    limit: Duration,
) -> Result<Option<&'static str>, Box<dyn Error>> {
    let mut command = Command::new(program);
    command.current_dir(place).stdout(Stdio::null()).stderr(Stdio::null());
    // Golden files are compared, not written anew; a test that is slow by itself need not be run to its end.
    command.env("CARGO_MANIFEST_DIR", place.canonicalize()?);
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
            Ok(Some("took too long"))
        }
    }
}
