//! What a working process says of what it does, a line of JSON each; what it has said it is held to.

use std::io::Write;
use std::sync::Mutex;

use serde::{Deserialize, Serialize};

/// A line of a ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// The store is open; commands follow.
    Ready,
    /// A command begins.
    Try(u64),
    /// It was acknowledged, and left these records.
    Done(u64, Vec<Left>),
    /// It was refused, since somebody else was first: it has changed nothing.
    Refused(u64),
    /// The store could not be reached or did not answer: it was done or it was not.
    Unknown(u64, String),
    /// The command itself failed, which no trial allows.
    Fault(u64, String),
    /// All commands are done.
    Finished,
    /// What another process changed in the end was seen after so many milliseconds.
    Converged(u64),
}

/// A record as a command left it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// The code of its entity.
    pub entity: String,
    /// Its id.
    pub id: String,
    /// Its version then.
    pub version: i64,
}

impl Left {
    /// A record as a command gave it back.
    pub fn new(entity: &str, id: impl ToString, version: crmkit::id::Version) -> Self {
        Self { entity: entity.to_owned(), id: id.to_string(), version: version.0 }
    }
}

/// Where lines are written to.
#[derive(Debug)]
pub struct Ledger<W>(Mutex<W>);

impl<W: Write> Ledger<W> {
    /// An empty ledger.
    pub const fn new(to: W) -> Self {
        Self(Mutex::new(to))
    }

    /// Writes a line at once, as one write.
    ///
    /// # Errors
    ///
    /// If nobody reads any more.
    pub fn say(&self, line: &Line) -> std::io::Result<()> {
        let mut text = serde_json::to_string(line)?;
        text.push('\n');
        let mut to = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        to.write_all(text.as_bytes())?;
        to.flush()
    }
}

/// The lines of a text; the last may have been cut off.
#[must_use]
pub fn lines(text: &str) -> Vec<Line> {
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}
