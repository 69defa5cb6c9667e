//! Backups: a whole store in one file with a seal, and the way back.

mod files;
mod job;
mod load;
mod make;
mod pack;
#[cfg(feature = "sqlite")]
mod restore;
mod rotation;
mod seal;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use self::files::{Looked, broken, unreadable};
use self::seal::{Seal, copy_checked};
use crate::error::{Error, Result, StorageError};
use crate::value::Timestamp;

pub use job::BackupJob;
pub use make::BackupOptions;
#[cfg(feature = "sqlite")]
pub use restore::Restored;
pub use rotation::Rotation;
pub use seal::BackupForm;

/// A backup: a file that [`Session::backup`](crate::Session::backup) made.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "sqlite")]
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use crmkit::prelude::*;
/// use crmkit::storage::{SqliteOptions, SqliteStorage};
/// use crmkit::transfer::{Backup, BackupForm, BackupOptions};
///
/// # let folder = tempfile::tempdir()?;
/// # let folder = folder.path();
/// # pollster::block_on(async {
/// let storage = SqliteStorage::open(folder.join("crm.db"), crmkit::standard_schema()?, SqliteOptions::default())?;
/// let crm = Crm::builder(storage).open().await?;
/// crm.system().backup(folder.join("crm.backup"), &BackupOptions::default()).await?;
///
/// let backup = Backup::open(folder.join("crm.backup"))?;
/// backup.verify()?;
/// assert_eq!(backup.form(), BackupForm::Sqlite);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })
/// # }
/// # #[cfg(not(feature = "sqlite"))]
/// # fn main() {}
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    path: PathBuf,
    seal: Seal,
}

impl Backup {
    /// Reads what a backup says about itself. Whether it still holds what was sealed is told by
    /// [`verify`](Self::verify), and looked at again when it is restored.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`](crate::Error::Storage):
    /// [`Foreign`](crate::error::StorageErrorKind::Foreign) for what is no backup,
    /// [`Corrupt`](crate::error::StorageErrorKind::Corrupt) for one whose seal is damaged,
    /// [`Newer`](crate::error::StorageErrorKind::Newer) for one of a newer program,
    /// [`Unavailable`](crate::error::StorageErrorKind::Unavailable) if the file can't be read.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        match files::look(path)? {
            Looked::Sealed(seal) => Ok(Self { path: path.to_owned(), seal }),
            Looked::Broken(what) => Err(broken(path, &what).into()),
        }
    }

    /// Reads the whole file and makes sure that no bit of it has changed since it was sealed.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn verify(&self) -> Result<()> {
        self.copy_to(&mut io::sink()).map(drop)
    }

    /// Copies the content, which is good for nothing unless this succeeds.
    fn copy_to(&self, to: &mut impl io::Write) -> Result<()> {
        // It may be another file by now.
        if Self::open(&self.path)? != *self {
            return Err(broken(&self.path, &seal::Broken::Changed).into());
        }
        let failed = |error| unreadable(&self.path, error);
        let mut file = File::open(&self.path).map_err(failed)?;
        let checked = copy_checked(&mut file, &self.seal, to).map_err(failed)?;
        checked.map_err(|what| broken(&self.path, &what).into())
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it holds.
    #[must_use]
    pub const fn form(&self) -> BackupForm {
        self.seal.form
    }

    /// When it was begun: everything that was acknowledged by then is in it.
    #[must_use]
    pub const fn taken_at(&self) -> Timestamp {
        self.seal.taken_at
    }

    /// The version of the crate that made it.
    #[must_use]
    pub fn made_by(&self) -> &str {
        &self.seal.made_by
    }

    /// The error, about the backup and not about a copy of it that nobody knows.
    pub(super) fn about(&self, copy: &Path, error: impl Into<Error>) -> Error {
        let error = match error.into() {
            Error::Storage(error) => error,
            other => return other,
        };
        let (said, shown) = (error.to_string(), self.path().display());
        let message = match said.replace(&*copy.to_string_lossy(), &shown.to_string()) {
            placed if placed != said => placed,
            _ => format!("`{shown}`: {said}"),
        };
        StorageError::new(error.kind(), message).with_source(error).into()
    }
}
