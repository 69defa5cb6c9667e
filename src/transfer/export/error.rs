//! Why an export or a load did not run, or stopped.

use std::io;
use std::path::{Path, PathBuf};

use crate::error::StorageError;
use crate::id::RecordId;
use crate::schema::Name;

/// Why an organisation was not exported or not loaded.
///
/// An export that fails leaves nothing at its place. A load looks at everything before it writes anything, so what is
/// wrong with the export, and a store that can't take it, leaves the store as it was; a store that fails on the way
/// leaves it half loaded, and loading again goes on.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::transfer::ExportOptions;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let folder = tempfile::tempdir()?;
/// std::fs::write(folder.path().join("letter.txt"), "Dear Anna")?;
/// // A place that has something in it stays as it is.
/// assert!(crm.system().export(folder.path(), ExportOptions::default()).await.is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransferError {
    /// There is something at the place of the export already.
    #[error("`{path}` {problem}; name a directory that is empty or not there yet", path = path.display())]
    Occupied {
        /// The place.
        path: PathBuf,
        /// What is there.
        problem: &'static str,
    },
    /// A stored record is not what the schema says, so that no store would take it.
    #[error(
        "the {entity} {id} can't be exported: {problem}; mend it first (verifying the store lists all such faults)"
    )]
    Unfit {
        /// The entity's code.
        entity: Name,
        /// The record.
        id: RecordId,
        /// What is wrong with it.
        problem: String,
    },
    /// A file can't be read or written.
    #[error("`{path}`: {source}", path = path.display())]
    File {
        /// The file or directory.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The directory is no export.
    #[error("`{path}` is no export: {problem}", path = path.display())]
    NoExport {
        /// The directory.
        path: PathBuf,
        /// What is missing or foreign.
        problem: String,
    },
    /// The export was written by a newer program.
    #[error("`{path}` has the format {found}, this program reads {known}; use the newer program", path = path.display())]
    Newer {
        /// The manifest.
        path: PathBuf,
        /// Its format.
        found: String,
        /// The newest format that is read.
        known: String,
    },
    /// A file of the export is not as it was written.
    #[error("`{path}`{}: {problem}; the export is damaged, use another copy of it", at(*line), path = path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1, where one is to blame.
        line: Option<u64>,
        /// What is wrong.
        problem: String,
    },
    /// The export holds what the store's schema does not know, or lacks what it requires.
    #[error("the export does not fit the store's schema: {problem}")]
    Schema {
        /// Which entity or field, and what to do.
        problem: String,
    },
    /// The store that is to be loaded has records.
    #[error("the store is not empty: it has records of {}; load into an empty one", listed(entities))]
    NotEmpty {
        /// The names of the entities that have records.
        entities: Vec<Name>,
    },
    /// Another export is half loaded into the store.
    #[error(
        "another export is half loaded into the store, or this one by another version of the program; go on with \
         that one, or use another store"
    )]
    OtherLoad,
    /// Another process loads into the store.
    #[error("another process is loading into the store at this moment; wait until that is done")]
    Concurrent,
    /// The source is half loaded itself.
    #[error("the store is half loaded ({written} of {records} records are in); load again, which goes on, then export")]
    HalfLoaded {
        /// How many records are in.
        written: u64,
        /// How many there should be.
        records: u64,
    },
    /// Records require each other and do not fit into one set.
    #[error(
        "{rows} records of {} require each other, so they must be written at once, which is more than the {most} a \
         set takes",
        listed(entities)
    )]
    Cycle {
        /// The entities.
        entities: Vec<Name>,
        /// How many records there are in the cycle.
        rows: usize,
        /// How many a set takes.
        most: usize,
    },
    /// The store does not take records of the export. It is half loaded then.
    #[error("the store refused what the export holds, and is half loaded now; use another store: {0}")]
    Refused(#[source] StorageError),
    /// The actor may not do this.
    #[error(transparent)]
    Denied(crate::Error),
    /// The store could not do it.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

fn at(line: Option<u64>) -> String {
    line.map_or_else(String::new, |line| format!(" line {line}"))
}

fn listed(entities: &[Name]) -> String {
    const SHOWN: usize = 5;
    let shown: Vec<String> = entities.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    match entities.len().checked_sub(SHOWN) {
        None | Some(0) => shown.join(", "),
        Some(more) => format!("{} and {more} more", shown.join(", ")),
    }
}

impl TransferError {
    /// The stable code for programs.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::path::Path;
    ///
    /// use crmkit::storage::MemoryStorage;
    /// use crmkit::transfer::{LoadOptions, load_from};
    ///
    /// # pollster::block_on(async {
    /// let empty = MemoryStorage::new(crmkit::standard_schema().unwrap());
    /// let error = load_from(&empty, Path::new("not there"), LoadOptions::default()).await.unwrap_err();
    /// assert_eq!(error.code(), "transfer.no_export");
    /// # })
    /// ```
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Occupied { .. } => "transfer.occupied",
            Self::Unfit { .. } => "transfer.unfit",
            Self::File { .. } => "transfer.file",
            Self::NoExport { .. } => "transfer.no_export",
            Self::Newer { .. } => "transfer.newer",
            Self::Damaged { .. } => "transfer.damaged",
            Self::Schema { .. } => "transfer.schema",
            Self::NotEmpty { .. } => "transfer.not_empty",
            Self::OtherLoad => "transfer.other_load",
            Self::Concurrent => "transfer.concurrent",
            Self::HalfLoaded { .. } => "transfer.half_loaded",
            Self::Cycle { .. } => "transfer.cycle",
            Self::Refused(_) => "transfer.refused",
            Self::Denied(error) => error.code(),
            Self::Storage(error) => error.kind().code(),
        }
    }

    pub(in crate::transfer) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        |source| Self::File { path, source }
    }

    pub(in crate::transfer) fn damaged(path: &Path, line: Option<u64>, problem: impl Into<String>) -> Self {
        Self::Damaged { path: path.to_owned(), line, problem: problem.into() }
    }
}

impl From<crate::Error> for TransferError {
    fn from(error: crate::Error) -> Self {
        match error {
            crate::Error::Storage(error) => Self::Storage(error),
            error => Self::Denied(error),
        }
    }
}
