//! A process that is killed at random moments, on SQLite.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crmkit::storage::Synchronous;

use crate::Outcome;
use crate::check::{Counts, contradictions, missing};
use crate::child::Working;
use crate::ledger::Line;
use crate::place::{Place, wait};
use crate::worker::{Work, set_up};

/// How often one file is gone on with before a new one is begun, so that what is looked over stays small.
const LIVES: u64 = 25;

/// Kills a working process as often as said, and looks after each death whether everything that was acknowledged is
/// there, and the rest wholly or not at all.
///
/// # Errors
///
/// What was found to be untrue, with the seed to repeat it.
pub fn crash(program: &Path, cycles: u64, seed: u64) -> Outcome {
    let mut random = fastrand::Rng::with_seed(seed);
    let (mut counts, mut before_ready, begun) = (Counts::default(), 0, Instant::now());
    let mut done = 0;
    while done < cycles {
        let folder = tempfile::tempdir()?;
        let place = Place::Sqlite(folder.path().join("crm.db"), Synchronous::Full);
        wait(async {
            let crm = place.crm().await?;
            set_up(&crm, 1).await?;
            Ok(crm.close().await?)
        })?;
        let mut said = Vec::new();
        for _ in 0..LIVES.min(cycles - done) {
            let seed = random.u64(..);
            let work = Work { place: place.clone(), number: 0, seed, commands: u64::MAX, converge: false };
            let mut working = Working::start(program, &work)?;
            // One death in eight comes while the store is being opened.
            if random.u8(0..8) > 0 {
                working.wait_for(Duration::from_secs(60), |line| *line == Line::Ready);
                std::thread::sleep(Duration::from_micros(random.u64(0..200_000)));
            } else {
                std::thread::sleep(Duration::from_micros(random.u64(0..30_000)));
            }
            let lines = working.kill()?;
            before_ready += u64::from(!lines.contains(&Line::Ready));
            if let Some(fault) = lines.iter().find(|line| matches!(line, Line::Fault(..))) {
                return Err(format!("seed {seed}: a command failed: {fault:?}").into());
            }
            counts = counts.and(Counts::of(&lines));
            said.extend(lines);
            looked_over(folder.path(), &place, &said).map_err(|error| format!("seed {seed}: {error}"))?;
            done += 1;
        }
    }
    Ok(format!(
        "{done} deaths ({before_ready} while opening), {} commands acknowledged and all there, {} cut off and whole or \
         absent, {:.0} s",
        counts.done,
        counts.unknown,
        begun.elapsed().as_secs_f64()
    ))
}

fn looked_over(folder: &Path, place: &Place, said: &[Line]) -> Outcome<()> {
    let problems = wait(async {
        let storage = place.storage().await?;
        let crm = place.crm_on(Arc::clone(&storage)).await?;
        let mut problems = missing(&*storage, said).await?;
        problems.extend(contradictions(&crm).await?);
        crm.close().await?;
        Ok(problems)
    })?;
    let sound = rusqlite::Connection::open(folder.join("crm.db"))?;
    let sound: String = sound.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    if sound != "ok" {
        return Err(format!("the file is damaged: {sound}").into());
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("; ").into()) }
}
