//! A disk on which there is no room left, or that reports errors, from any call on.

use super::{Control, Disk};
use crate::Outcome;
use crate::ledger::Line;
use crate::worker::{Trouble, Work, Worker};

/// How many calls may succeed before the fault.
const CALLS: u32 = 150;
/// After so many commands the fault must have been met.
const COMMANDS: u64 = 40;

/// What the disk says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// No room is left (ENOSPC).
    Full,
    /// It does not work (EIO).
    Broken,
}

impl Fault {
    /// The number the system gives it.
    const fn number(self) -> u32 {
        match self {
            Self::Full => 28,
            Self::Broken => 5,
        }
    }

    /// The codes of the errors that tell of it; a sync that failed says of both the same.
    const fn codes(self) -> &'static [&'static str] {
        match self {
            Self::Full => &["storage.full", "storage.unavailable", "storage.unknown_outcome"],
            Self::Broken => &["storage.unavailable", "storage.unknown_outcome"],
        }
    }
}

/// Commands of several modules, one after the other, until one meets the fault; with the disk in order again, the next
/// one is done by the same program. In the end everything acknowledged is there.
pub(super) async fn faults(disk: &Disk, fault: Fault, moments: u64, seed: u64) -> Outcome {
    let mut random = fastrand::Rng::with_seed(seed);
    let work = Work { place: disk.place(), number: 0, seed, commands: 0, converge: false };
    let mut worker = Worker::begin(&work).await?;
    let (mut said, mut codes) = (Vec::new(), std::collections::BTreeMap::<String, u64>::new());
    let mut full = 0;
    for moment in 0..moments {
        disk.becomes(Control { error: fault.number(), after: random.u32(0..CALLS), ..Default::default() })?;
        let mut met = None;
        for command in 0..COMMANDS {
            match worker.command().await {
                Ok(left) => said.push(Line::Done(command, left)),
                Err(Trouble::Refused) => {}
                Err(trouble) => {
                    met = Some(trouble.code().to_owned());
                    break;
                }
            }
        }
        let failed = disk.recovers()?;
        let code = met.ok_or_else(|| format!("moment {moment}: {COMMANDS} commands, and none met the fault"))?;
        if !fault.codes().contains(&&*code) || failed == 0 {
            return Err(format!("moment {moment}: `{code}`, {failed} calls failed").into());
        }
        full += u64::from(code == "storage.full");
        *codes.entry(code).or_default() += 1;
        let left = worker.command().await.map_err(|trouble| format!("moment {moment}, afterwards: {trouble:?}"))?;
        said.push(Line::Done(moment, left));
    }
    if fault == Fault::Full && full == 0 {
        return Err("nobody was told that the disk is full".into());
    }
    disk.looked_over(worker.into_crm(), &said).await?;
    let codes: Vec<String> = codes.iter().map(|(code, count)| format!("{count} `{code}`")).collect();
    Ok(format!(
        "{fault:?} from {moments} random calls on: {} told; {} commands acknowledged and all there, the next one done each \
         time by the same program",
        codes.join(", "),
        said.len()
    ))
}
