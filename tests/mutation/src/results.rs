//! What came of each mutant, kept from one run to the next.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use crate::Options;
use crate::mutant::Mutant;

/// A line of the file: the mutant's name, and which program noticed it and how; nothing, if none did.
#[derive(Debug)]
pub(crate) struct Results {
    known: BTreeMap<String, String>,
    file: Mutex<File>,
}

impl Results {
    /// Reads what is known and goes on behind it, or begins anew.
    ///
    /// # Errors
    ///
    /// If the file can't be read or written.
    pub(crate) fn open(path: &Path, go_on: bool) -> Result<Self, Box<dyn Error>> {
        let text = if go_on && path.exists() { fs::read_to_string(path)? } else { String::new() };
        let known = text.lines().filter_map(|line| line.split_once('\t'));
        let known = known.map(|(name, by)| (name.to_owned(), by.to_owned())).collect();
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        if !go_on {
            file.set_len(0)?;
        }
        Ok(Self { known, file: Mutex::new(file) })
    }

    /// Whether a mutant is still to be tried: no program is known to notice it.
    pub(crate) fn open_for(&self, options: &Options, mutant: &Mutant) -> bool {
        let asked = options.only.as_ref().is_none_or(|only| mutant.name.contains(only));
        asked && self.known.get(&mutant.name).is_none_or(|by| by.is_empty() && options.survivors)
    }

    /// Those that none noticed so far, of the earlier run.
    pub(crate) fn survivor(&self, mutant: &Mutant) -> bool {
        self.known.get(&mutant.name).is_some_and(String::is_empty)
    }

    /// The program that noticed it in the earlier run.
    pub(crate) fn noticed_by(&self, mutant: &Mutant) -> Option<&str> {
        self.known.get(&mutant.name).map(String::as_str).filter(|by| !by.is_empty())
    }

    /// Writes down what came of a mutant.
    ///
    /// # Errors
    ///
    /// If the file can't be written.
    pub(crate) fn note(&self, mutant: &Mutant, by: Option<&str>) -> std::io::Result<()> {
        let line = format!("{}\t{}\n", mutant.name, by.unwrap_or_default());
        self.file.lock().unwrap_or_else(PoisonError::into_inner).write_all(line.as_bytes())
    }
}
