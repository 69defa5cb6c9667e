//! Backups with the time in their name, of which the last few are kept.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use chrono::NaiveDateTime;

use super::Backup;
use super::files::{unreadable, unwritable};
use crate::error::Result;
use crate::value::Timestamp;

const STAMP: &str = "%Y%m%dT%H%M%SZ";
const ENDING: &str = ".backup";

/// A time as it stands in names, in UTC: `20261122T020000Z`.
pub(super) fn stamp(at: Timestamp) -> String {
    at.to_utc().format(STAMP).to_string()
}

/// Backups in one folder, called after the time they were made, of which the last few are kept.
///
/// # Examples
///
/// ```
/// use crmkit::transfer::Rotation;
///
/// let rotation = Rotation::new("crm", 2);
/// assert_eq!(rotation.file_name("2026-11-22T02:00:00Z".parse()?), "crm-20261122T020000Z.backup");
///
/// let names = ["crm-20261120T020000Z.backup", "crm-20261121T020000Z.backup", "crm-20261122T020000Z.backup", "notes"];
/// assert_eq!(rotation.surplus(names, |_| true), ["crm-20261120T020000Z.backup"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    name: String,
    keep: usize,
}

impl Rotation {
    /// Backups whose names begin with `name`, of which the last `keep` are kept, but always one.
    #[must_use]
    pub fn new(name: impl Into<String>, keep: usize) -> Self {
        Self { name: name.into(), keep: keep.max(1) }
    }

    /// What a backup made at a time is called, to the second and in UTC.
    #[must_use]
    pub fn file_name(&self, at: Timestamp) -> String {
        format!("{}-{}{ENDING}", self.name, stamp(at))
    }

    /// Which of these names belong to backups that need not be kept, the oldest first. Names that
    /// [`file_name`](Self::file_name) would not give are never among them.
    ///
    /// `is_good` says of a name whether its backup can be restored. It is asked from the newest on, and no further than
    /// to the first good one, which is always kept; where none is good, all are.
    pub fn surplus<'a>(
        &self,
        names: impl IntoIterator<Item = &'a str>,
        mut is_good: impl FnMut(&str) -> bool,
    ) -> Vec<&'a str> {
        let ours: BTreeMap<NaiveDateTime, &str> =
            names.into_iter().filter_map(|name| Some((self.time_of(name)?, name))).collect();
        let newest: Vec<&str> = ours.into_values().rev().collect();
        let Some(good) = newest.iter().position(|name| is_good(name)) else { return Vec::new() };
        let surplus = newest.iter().enumerate().skip(self.keep).filter(|(place, _)| *place != good);
        let mut surplus: Vec<&str> = surplus.map(|(_, name)| *name).collect();
        surplus.reverse();
        surplus
    }

    /// Deletes the backups of a folder that need not be kept, and says which they were. Backups are read to find out
    /// which of them is good.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`](crate::Error::Storage) if the folder can't be read, or a file of it can't be deleted.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::transfer::Rotation;
    ///
    /// # let folder = tempfile::tempdir()?;
    /// let deleted = Rotation::new("crm", 7).prune(folder.path())?;
    /// assert!(deleted.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn prune(&self, folder: impl AsRef<Path>) -> Result<Vec<PathBuf>> {
        let folder = folder.as_ref();
        let failed = |error| unreadable(folder, error);
        let mut names = Vec::new();
        for entry in fs::read_dir(folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            // What a link leads to is not ours to delete.
            if entry.file_type().map_err(failed)?.is_file() {
                names.extend(entry.file_name().into_string());
            }
        }
        let is_good = |name: &str| Backup::open(folder.join(name)).and_then(|backup| backup.verify()).is_ok();
        let mut deleted = Vec::new();
        for name in self.surplus(names.iter().map(String::as_str), is_good) {
            let path = folder.join(name);
            fs::remove_file(&path).map_err(|error| unwritable(&path, error))?;
            deleted.push(path);
        }
        Ok(deleted)
    }

    /// The time in a name, if it is one of ours to the letter.
    fn time_of(&self, name: &str) -> Option<NaiveDateTime> {
        let text = name.strip_prefix(&self.name)?.strip_prefix('-')?.strip_suffix(ENDING)?;
        let time = NaiveDateTime::parse_from_str(text, STAMP).ok()?;
        (time.format(STAMP).to_string() == text).then_some(time)
    }
}
