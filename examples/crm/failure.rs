//! How a command ends, and what people and scripts are told.

use std::{fmt, io};

use crmkit::Error;
use crmkit::error::{StorageError, StorageErrorKind};
use crmkit::report::ReportError;
use crmkit::transfer::ImportError;

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
    /// Nobody reads the output any more.
    Closed,
}

impl Failure {
    /// What the program's caller is given.
    pub(crate) const fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Failed(_) => 1,
            Self::Closed => 0,
        }
    }

    /// The same failure, with the place it happened at before it.
    pub(crate) fn at(self, place: &str) -> Self {
        match self {
            Self::Usage(sentence) => Self::Usage(format!("{place}: {sentence}")),
            Self::Failed(sentence) => Self::Failed(format!("{place}: {sentence}")),
            Self::Closed => Self::Closed,
        }
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
            Self::Usage(sentence) | Self::Failed(sentence) => sentence,
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

/// Writing the output is all that fails this way; files that are read or written by name say so.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Closed,
            _ => Self::Failed(format!("the output can't be written: {}", plain(&error))),
        }
    }
}
