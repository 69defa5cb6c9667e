//! A disk that is slow, full, broken or not to be written for a while: commands wait or are refused with a clear error,
//! nothing acknowledged is lost, and the same program goes on once the disk is in order.

mod closed;
mod faults;
mod slow;

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use crmkit::prelude::*;
use crmkit::storage::Synchronous;

use crate::Outcome;
use crate::check::{contradictions, missing};
use crate::ledger::Line;
use crate::place::{Place, wait};
use crate::power::recorder;
use crate::worker::set_up;

/// What can be wrong with a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bad {
    /// Each sync, then each read, takes so many milliseconds longer.
    Slow(u32),
    /// It is full or broken, at so many random moments.
    Full(u64),
    /// It may not be written any more.
    ReadOnly,
}

/// Runs a trial in a process of its own, between which and its files the library stands.
///
/// # Errors
///
/// What was found to be untrue.
pub fn bad_disk(program: &Path, bad: Bad, seed: u64) -> Outcome {
    let folder = tempfile::tempdir()?;
    let library = recorder(folder.path())?;
    let (below, kept) = (folder.path().join("disk"), folder.path().join("control"));
    fs::create_dir(&below)?;
    fs::write(&kept, [0; Control::BYTES])?;
    let mut command = std::process::Command::new(program);
    command.args(["on-bad-disk", "--seed", &seed.to_string(), "--folder"]).arg(folder.path());
    match bad {
        Bad::Slow(milliseconds) => command.args(["--slow", &milliseconds.to_string()]),
        Bad::Full(moments) => command.args(["--full", &moments.to_string()]),
        Bad::ReadOnly => command.arg("--read-only"),
    };
    command.env("LD_PRELOAD", library).env("CRMKIT_JOURNAL_BELOW", &below).env("CRMKIT_DISK", &kept);
    let output = command.stdin(Stdio::null()).output()?;
    let told = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if output.status.success() && !told.is_empty() {
        return Ok(told);
    }
    Err(format!("{bad:?}, seed {seed}: {} {}", output.status, String::from_utf8_lossy(&output.stderr)).into())
}

/// The trial itself, in the process whose disk it is.
///
/// # Errors
///
/// What was found to be untrue.
pub fn on_bad_disk(folder: &Path, bad: Bad, seed: u64) -> Outcome {
    let disk = Disk::new(folder)?;
    wait(async {
        let crm = disk.place().crm().await?;
        set_up(&crm, 1).await?;
        Ok(crm.close().await?)
    })?;
    match bad {
        Bad::Slow(milliseconds) => wait(slow::slow(&disk, milliseconds)),
        Bad::Full(moments) => {
            let full = wait(faults::faults(&disk, faults::Fault::Full, moments, seed))?;
            let broken = wait(faults::faults(&disk, faults::Fault::Broken, moments, seed))?;
            Ok(format!("{full}\n{broken}"))
        }
        Bad::ReadOnly => {
            let mounted = wait(closed::read_only(&disk, closed::Closed::Mounted))?;
            let permission = wait(closed::read_only(&disk, closed::Closed::Permission))?;
            Ok(format!("{mounted}\n{permission}"))
        }
    }
}

/// How a disk is just now, as the library reads it.
#[derive(Debug, Clone, Copy, Default)]
struct Control {
    /// How many milliseconds a sync takes longer.
    sync: u32,
    /// And a read.
    read: u32,
    /// The error of what writes; none is 0.
    error: u32,
    /// How many calls succeed before it.
    after: u32,
}

impl Control {
    const BYTES: usize = 20;
}

/// The disk of this process.
#[derive(Debug)]
struct Disk {
    control: File,
    below: PathBuf,
}

impl Disk {
    fn new(folder: &Path) -> Outcome<Self> {
        let control = File::options().read(true).write(true).open(folder.join("control"))?;
        Ok(Self { control, below: folder.join("disk") })
    }

    fn path(&self) -> PathBuf {
        self.below.join("crm.db")
    }

    fn place(&self) -> Place {
        Place::Sqlite(self.path(), Synchronous::Full)
    }

    /// From now on it is so; nothing has failed yet.
    fn becomes(&self, control: Control) -> Outcome<()> {
        let Control { sync, read, error, after } = control;
        // No call is counted down before the error is known.
        let numbers = [sync, read, 0, after, 0];
        self.control.write_all_at(&numbers.map(u32::to_le_bytes).concat(), 0)?;
        Ok(self.control.write_all_at(&error.to_le_bytes(), 8)?)
    }

    /// It is in order again; how many calls have failed.
    fn recovers(&self) -> Outcome<u32> {
        let mut failed = [0; 4];
        self.control.read_exact_at(&mut failed, 16)?;
        self.becomes(Control::default())?;
        Ok(u32::from_le_bytes(failed))
    }

    /// What was acknowledged is there and nothing contradicts itself: in this program, and in one that opens the file anew.
    async fn looked_over(&self, crm: Crm, said: &[Line]) -> Outcome<()> {
        let storage = self.place().storage().await?;
        let mut problems = missing(&*storage, said).await?;
        problems.extend(contradictions(&crm).await?);
        crm.close().await?;
        storage.close().await?;
        let storage = self.place().storage().await?;
        problems.extend(missing(&*storage, said).await?);
        let crm = self.place().crm_on(Arc::clone(&storage)).await?;
        problems.extend(contradictions(&crm).await?);
        crm.close().await?;
        let file = rusqlite::Connection::open(self.path())?;
        let sound: String = file.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
        if sound != "ok" {
            problems.push(format!("the file is damaged: {sound}"));
        }
        if problems.is_empty() { Ok(()) } else { Err(problems.join("; ").into()) }
    }
}

/// That something took as long as it should.
fn within(what: &str, took: Duration, least: Duration, most: Duration) -> Outcome<()> {
    if took >= least && took <= most {
        return Ok(());
    }
    Err(format!("{what} took {took:?}, which is not between {least:?} and {most:?}").into())
}
