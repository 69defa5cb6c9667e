//! A disk that forgets what was not synced when the power is cut.

use std::collections::BTreeMap;
use std::path::Path;

use super::journal::{Entry, What};
use crate::Outcome;

/// How many bytes a disk writes at once; a write may end between two of them.
const SECTOR: usize = 512;

/// What is on the disk for certain, and what was written since and may be.
#[derive(Debug, Default)]
pub(super) struct Disk {
    files: BTreeMap<String, File>,
}

#[derive(Debug, Default)]
struct File {
    /// None if there is no such file.
    kept: Option<Vec<u8>>,
    /// What happened since the last sync, in its order.
    pending: Vec<What>,
}

/// What becomes of what was not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Loss {
    /// All of it is lost.
    All,
    /// The disk got it up to some moment, the last write perhaps in part.
    Tail,
    /// The disk got any part of it, in any order, single writes in part.
    Any,
    /// Nothing is lost, as if only the process had died.
    Nothing,
}

impl Disk {
    /// A disk on which the files of a folder are.
    ///
    /// # Errors
    ///
    /// If they can't be read.
    pub(super) fn with(folder: &Path) -> Outcome<Self> {
        let mut disk = Self::default();
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let kept = Some(std::fs::read(entry.path())?);
            disk.files.insert(name, File { kept, pending: Vec::new() });
        }
        Ok(disk)
    }

    /// Takes in what happens next.
    pub(super) fn happens(&mut self, entry: &Entry) {
        let file = self.files.entry(entry.file.clone()).or_default();
        file.pending.push(entry.what.clone());
        if entry.what == What::Sync {
            let pending = std::mem::take(&mut file.pending);
            pending.iter().for_each(|what| apply(&mut file.kept, what));
        }
    }

    /// Writes the files that are found when the power is back.
    ///
    /// # Errors
    ///
    /// If they can't be written.
    pub(super) fn after(&self, loss: Loss, random: &mut fastrand::Rng, folder: &Path) -> Outcome<()> {
        for (name, file) in &self.files {
            // What is written together is lost together only by chance, so each file has its own luck.
            let many = file.pending.len();
            let upto = match loss {
                Loss::All => 0,
                Loss::Nothing | Loss::Any => many,
                Loss::Tail => random.usize(0..=many),
            };
            let mut content = file.kept.clone();
            for (place, what) in file.pending.iter().take(upto).enumerate() {
                let torn = match loss {
                    Loss::Any => random.u8(0..4) == 0,
                    Loss::Tail => place + 1 == upto && random.bool(),
                    Loss::All | Loss::Nothing => false,
                };
                if loss == Loss::Any && random.bool() {
                    continue;
                }
                if torn { apply(&mut content, &in_part(what, random)) } else { apply(&mut content, what) }
            }
            if let Some(content) = content {
                std::fs::write(folder.join(name), content)?;
            }
        }
        Ok(())
    }
}

/// A write of which only some sectors arrived.
fn in_part(what: &What, random: &mut fastrand::Rng) -> What {
    let What::Write(at, data) = what else { return what.clone() };
    let sectors = data.len().div_ceil(SECTOR);
    let kept = random.usize(0..=sectors) * SECTOR;
    What::Write(*at, data.iter().copied().take(kept).collect())
}

fn apply(content: &mut Option<Vec<u8>>, what: &What) {
    match what {
        What::Write(at, data) => {
            let content = content.get_or_insert_default();
            let (Ok(from), false) = (usize::try_from(*at), data.is_empty()) else { return };
            let to = from + data.len();
            if content.len() < to {
                content.resize(to, 0);
            }
            if let Some(place) = content.get_mut(from..to) {
                place.copy_from_slice(data);
            }
        }
        What::Truncate(length) => {
            if let Ok(length) = usize::try_from(*length) {
                content.get_or_insert_default().resize(length, 0);
            }
        }
        What::Remove => *content = None,
        What::Sync => {}
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn entry(what: What) -> Entry {
        Entry { file: "f".into(), what }
    }

    fn left(disk: &Disk, loss: Loss, seed: u64) -> Option<Vec<u8>> {
        let folder = tempfile::tempdir().unwrap();
        disk.after(loss, &mut fastrand::Rng::with_seed(seed), folder.path()).unwrap();
        std::fs::read(folder.path().join("f")).ok()
    }

    #[test]
    fn what_was_synced_is_there_whatever_is_lost() {
        let mut disk = Disk::default();
        disk.happens(&entry(What::Write(0, vec![1; 600])));
        disk.happens(&entry(What::Sync));
        disk.happens(&entry(What::Write(600, vec![2; 600])));
        let mut seen = std::collections::BTreeSet::new();
        for seed in 0..200 {
            for loss in [Loss::All, Loss::Tail, Loss::Any, Loss::Nothing] {
                let left = left(&disk, loss, seed).unwrap();
                assert!(left[..600].iter().all(|byte| *byte == 1) && left[600..].iter().all(|byte| *byte == 2));
                seen.insert((format!("{loss:?}"), left.len()));
            }
        }
        let lengths =
            |loss: &str| seen.iter().filter(|(of, _)| of == loss).map(|(_, length)| *length).collect::<Vec<_>>();
        assert_eq!((lengths("All"), lengths("Nothing")), (vec![600], vec![1_200]));
        assert_eq!((lengths("Tail"), lengths("Any")), (vec![600, 1_112, 1_200], vec![600, 1_112, 1_200]));
    }

    #[test]
    fn a_file_that_was_never_synced_may_be_absent() {
        let mut disk = Disk::default();
        disk.happens(&entry(What::Write(0, vec![1])));
        assert_eq!((left(&disk, Loss::All, 1), left(&disk, Loss::Nothing, 1)), (None, Some(vec![1])));
        disk.happens(&entry(What::Remove));
        assert_eq!(left(&disk, Loss::Nothing, 1), None);
    }
}
