//! The power is cut: what a process wrote is replayed on a disk that has lost, cut off or torn what was not synced.

mod disk;
mod journal;

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Instant;

use crmkit::storage::Synchronous;

use self::disk::{Disk, Loss};
pub(crate) use self::journal::recorder;
use self::journal::{Entry, What, entries};
use crate::Outcome;
use crate::check::{Counts, contradictions, missing};
use crate::child::command;
use crate::ledger::{Line, lines};
use crate::place::{Place, wait};
use crate::worker::{Work, set_up};

/// The file in which the process says what was acknowledged.
const LEDGER: &str = "ledger";
/// How many commands one process does.
const COMMANDS: u64 = 400;
/// How many moments of one process's life the power is cut at, each with every kind of loss.
const MOMENTS: u64 = 500;
/// How many bytes a page of the database has.
const PAGE: usize = 4_096;
/// Of so many images one is looked over in full, which takes longest.
const THOROUGH: u64 = 20;

/// What came of the cuts.
#[derive(Debug, Clone, Default)]
pub struct Cuts {
    /// How many images were opened, all of which were sound.
    pub images: u64,
    /// In how many something that had been acknowledged was missing.
    pub lost: u64,
    /// The most of it in one image.
    pub most_lost: usize,
    /// How many commands were acknowledged in the lives the images are of.
    pub acknowledged: u64,
    /// How many syncs there were.
    pub syncs: u64,
    /// How long it took.
    pub seconds: f64,
}

impl std::fmt::Display for Cuts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} images of {} acknowledged commands and {} syncs: all sound, {} without something acknowledged (at most \
             {} records), {:.0} s",
            self.images, self.acknowledged, self.syncs, self.lost, self.most_lost, self.seconds
        )
    }
}

/// Cuts the power at random moments and opens what is left. With [`Synchronous::Full`] anything acknowledged that is
/// missing is an error; otherwise it is counted.
///
/// # Errors
///
/// What was found to be untrue, with the seed to repeat it.
pub fn cut(program: &Path, images: u64, synchronous: Synchronous, seed: u64) -> Outcome<Cuts> {
    let mut random = fastrand::Rng::with_seed(seed);
    let (mut cuts, begun) = (Cuts::default(), Instant::now());
    while cuts.images < images {
        let folder = tempfile::tempdir()?;
        let (mut disk, life) = live(program, folder.path(), synchronous, random.u64(..))?;
        cuts.syncs += life.iter().filter(|entry| entry.what == What::Sync).count() as u64;
        let mut moments: Vec<usize> = (0..MOMENTS).map(|_| random.usize(0..=life.len())).collect();
        moments.sort_unstable();
        let (mut happened, mut said) = (0, Vec::new());
        for moment in moments {
            for entry in life.get(happened..moment).unwrap_or_default() {
                match &entry.what {
                    What::Write(_, line) if entry.file == LEDGER => said.extend_from_slice(line),
                    _ => disk.happens(entry),
                }
            }
            happened = moment;
            let told = lines(&String::from_utf8_lossy(&said));
            for loss in [Loss::All, Loss::Tail, Loss::Any, Loss::Nothing] {
                if cuts.images >= images {
                    break;
                }
                let found = tempfile::tempdir()?;
                disk.after(loss, &mut random, found.path())?;
                let thorough = cuts.images.is_multiple_of(THOROUGH);
                let problems = opened(found.path(), synchronous, &told, thorough)
                    .map_err(|error| format!("seed {seed}, image {}, {loss:?}: {error}", cuts.images))?;
                if synchronous == Synchronous::Full && !problems.is_empty() {
                    let told = problems.join("; ");
                    return Err(format!("seed {seed}, image {}, {loss:?}: {told}", cuts.images).into());
                }
                cuts.lost += u64::from(!problems.is_empty());
                cuts.most_lost = cuts.most_lost.max(problems.len());
                cuts.images += 1;
            }
        }
        cuts.acknowledged += Counts::of(&lines(&String::from_utf8_lossy(&said))).done;
    }
    cuts.seconds = begun.elapsed().as_secs_f64();
    Ok(cuts)
}

/// A process works on a file; what was on the disk before, and all that happened to it then.
fn live(program: &Path, folder: &Path, synchronous: Synchronous, seed: u64) -> Outcome<(Disk, Vec<Entry>)> {
    let (library, below, record) = (recorder(folder)?, folder.join("disk"), folder.join("record"));
    std::fs::create_dir(&below)?;
    let place = Place::Sqlite(below.join("crm.db"), synchronous);
    wait(async {
        let crm = place.crm().await?;
        set_up(&crm, 1).await?;
        Ok(crm.close().await?)
    })?;
    let disk = Disk::with(&below)?;
    let work = Work { place, number: 0, seed, commands: COMMANDS, converge: false };
    let mut working = command(program, &work);
    working.arg("--ledger").arg(below.join(LEDGER));
    working.env("LD_PRELOAD", library).env("CRMKIT_JOURNAL_BELOW", &below).env("CRMKIT_JOURNAL", &record);
    let status = working.stdin(Stdio::null()).status()?;
    if !status.success() {
        return Err(format!("the worker ended with {status}").into());
    }
    let told = lines(&std::fs::read_to_string(below.join(LEDGER))?);
    if let Some(fault) = told.iter().find(|line| matches!(line, Line::Fault(..))) {
        return Err(format!("a command failed: {fault:?}").into());
    }
    let life = entries(&std::fs::read(record)?);
    complete(&below, &life)?;
    Ok((disk, life))
}

/// What was recorded must add up to what lies on the disk, or a way of writing was overlooked.
fn complete(below: &Path, life: &[Entry]) -> Outcome<()> {
    let again = tempfile::tempdir()?;
    let mut disk = Disk::default();
    life.iter().for_each(|entry| disk.happens(entry));
    disk.after(Loss::Nothing, &mut fastrand::Rng::with_seed(0), again.path())?;
    // Of the database only some pages were written; the ledger was written from its beginning.
    let (ledger, told) = (std::fs::read(again.path().join(LEDGER))?, std::fs::read(below.join(LEDGER))?);
    let (pages, file) = (std::fs::read(again.path().join("crm.db"))?, std::fs::read(below.join("crm.db"))?);
    let page = |bytes: &[u8], at: usize| bytes.get(at..at + PAGE).map(<[u8]>::to_vec);
    let differs = (0..pages.len()).step_by(PAGE).filter(|at| {
        let written = page(&pages, *at);
        written.as_ref().is_some_and(|page| page.iter().any(|byte| *byte != 0)) && written != page(&file, *at)
    });
    if ledger != told || differs.count() > 0 || pages.is_empty() {
        return Err("what was recorded is not what was written".into());
    }
    Ok(())
}

/// Opens what is left as a program would; what was acknowledged and is missing.
fn opened(folder: &Path, synchronous: Synchronous, told: &[Line], thorough: bool) -> Outcome<Vec<String>> {
    let place = Place::Sqlite(folder.join("crm.db"), synchronous);
    let problems = wait(async {
        let storage = place.storage().await?;
        let crm = place.crm_on(Arc::clone(&storage)).await?;
        let problems = missing(&*storage, told).await?;
        if thorough {
            let found = contradictions(&crm).await?;
            if !found.is_empty() {
                return Err(found.join("; ").into());
            }
        }
        crm.close().await?;
        Ok(problems)
    })?;
    let file = rusqlite::Connection::open(folder.join("crm.db"))?;
    let sound: String = file.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    if sound == "ok" { Ok(problems) } else { Err(format!("the file is damaged: {sound}").into()) }
}
