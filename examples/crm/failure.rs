//! How a command ends, and what people and scripts are told.

use std::{fmt, io};

use crmkit::error::{StorageError, StorageErrorKind};
use crmkit::prelude::*;
use crmkit::report::ReportError;
use crmkit::schema::Name;
use crmkit::transfer::{ImportError, TransferError};
use pollster::block_on;

use crate::record;

/// How a command ended that could be carried out. What it printed is kept.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// All is done.
    Done,
    /// An import is done, but for some rows.
    Rejected,
    /// Something was found or went wrong on the way.
    Stopped(Failure),
}

/// Why a command was not carried out.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line itself is wrong.
    Usage(String),
    /// What was asked was refused or failed.
    Failed(String),
    /// It was refused because of a record, which the sentence names by its id.
    About {
        /// The entity's code.
        entity: Name,
        /// The record.
        id: RecordId,
        /// Why.
        sentence: String,
    },
    /// Nobody reads the output any more.
    Closed,
}

impl Failure {
    /// What the program's caller is given.
    pub(crate) const fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Failed(_) | Self::About { .. } => 1,
            Self::Closed => 0,
        }
    }

    /// The same failure, with the place it happened at before it.
    pub(crate) fn at(self, place: &str) -> Self {
        match self {
            Self::Usage(sentence) => Self::Usage(format!("{place}: {sentence}")),
            Self::Failed(sentence) => Self::Failed(format!("{place}: {sentence}")),
            Self::About { entity, id, sentence } => {
                Self::About { entity, id, sentence: format!("{place}: {sentence}") }
            }
            Self::Closed => Self::Closed,
        }
    }

    /// The same failure, with the record called as people call it, as far as whoever acts may see that.
    pub(crate) fn named(self, session: impl FnOnce() -> Result<Session, Self>) -> Self {
        let Self::About { entity, id, sentence } = self else { return self };
        let name = session().ok().and_then(|session| block_on(record::name(&session, &entity, id)));
        Self::Failed(match name {
            Some(name) => sentence.replace(&id.to_string(), &name),
            None => sentence,
        })
    }

    /// A name that does not exist, with the one that was perhaps meant.
    pub(crate) fn unknown<'a>(what: &str, typed: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let known: Vec<&str> = known.into_iter().collect();
        let hint = match crmkit::problem::nearest(typed, known.iter().copied()) {
            Some(name) => format!("did you mean `{name}`?"),
            None => format!("there are {}", known.join(", ")),
        };
        let typed: String = typed.chars().take(60).collect();
        Self::Usage(format!("there is no {what} `{typed}`; {hint}"))
    }

    /// A file that could not be used.
    pub(crate) fn file(path: &std::path::Path, error: &io::Error) -> Self {
        Self::Failed(format!("`{}`: {}", path.display(), plain(error)))
    }
}

/// What the system says about a file, without the number it says it by.
fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// One line, whatever the sentence quotes.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sentence = match self {
            Self::Usage(sentence) | Self::Failed(sentence) | Self::About { sentence, .. } => sentence,
            Self::Closed => "the output was closed",
        };
        f.write_str(&one_line(sentence))
    }
}

/// A sentence in one line that does nothing to the screen, whatever it quotes.
pub(crate) fn one_line(sentence: &str) -> String {
    sentence.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Query(error) => Self::Usage(error.to_string()),
            Error::Storage(error) => error.into(),
            Error::State { ref entity, id, .. }
            | Error::Conflict { ref entity, id, .. }
            | Error::Referenced { ref entity, id, .. } => {
                Self::About { entity: entity.clone(), id, sentence: error.to_string() }
            }
            error => Self::Failed(error.to_string()),
        }
    }
}

impl From<StorageError> for Failure {
    fn from(error: StorageError) -> Self {
        match error.kind() {
            StorageErrorKind::Outdated => Self::Failed(format!("{error}; `crm init` brings it up to date")),
            _ => Self::Failed(error.to_string()),
        }
    }
}

impl From<ReportError> for Failure {
    fn from(error: ReportError) -> Self {
        match error {
            ReportError::Failed(error) => error.into(),
            error if error.is_usage() => Self::Usage(error.to_string()),
            error => Self::Failed(error.to_string()),
        }
    }
}

impl From<ImportError> for Failure {
    fn from(error: ImportError) -> Self {
        match error {
            ImportError::Storage(error) => error.into(),
            error if error.is_usage() => Self::Usage(error.to_string()),
            error => Self::Failed(error.to_string()),
        }
    }
}

impl From<TransferError> for Failure {
    fn from(error: TransferError) -> Self {
        match error {
            TransferError::Storage(error) => error.into(),
            TransferError::Denied(error) => error.into(),
            error => Self::Failed(error.to_string()),
        }
    }
}

/// Writing the output is all that fails this way; files that are read or written by name say so.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Closed,
            _ => Self::Failed(format!("the output can't be written: {}", plain(&error))),
        }
    }
}
