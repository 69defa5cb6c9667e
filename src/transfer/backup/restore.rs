//! Restoring a backup into a SQLite database.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;

use super::Backup;
use super::files::{aside, folder, private_folder, unwritable};
use super::rotation::stamp;
use super::seal::BackupForm;
use crate::error::{Result, StorageError};
use crate::schema::Schema;
use crate::storage::{Occupied, SqliteOptions, SqliteStorage, Step, Storage, Synchronous};
use crate::value::Timestamp;

/// What restoring did.
///
/// # Examples
///
/// ```
/// use crmkit::clock::{Clock, SystemClock};
/// use crmkit::prelude::*;
/// use crmkit::storage::SqliteOptions;
/// use crmkit::transfer::BackupOptions;
///
/// # let folder = tempfile::tempdir()?;
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let backup = crm.system().backup(folder.path().join("crm.backup"), &BackupOptions::default()).await?;
/// let (database, schema) = (folder.path().join("crm.db"), crmkit::standard_schema()?);
/// let options = SqliteOptions::default();
/// let first = backup.restore_to_sqlite(&database, &schema, &options, SystemClock.now()).await?;
/// assert_eq!(first.kept, None, "nothing was there");
/// let second = backup.restore_to_sqlite(&database, &schema, &options, SystemClock.now()).await?;
/// assert!(second.kept.is_some_and(|kept| kept.is_file()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Restored {
    /// Where the database is that was there before, if there was one.
    pub kept: Option<PathBuf>,
}

impl Backup {
    /// Puts the backup in the place of a SQLite database that nobody has open, or where there is none. What was there
    /// is kept beside it as `NAME.replaced-TIME`, after `now`. The backup is looked over first, and with
    /// [`migrate`](SqliteOptions::migrate) brought up to date; if it is not sound or does not fit, nothing is touched.
    ///
    /// At every moment, also if the program or the machine stops, the database is either the old or the new one, whole.
    /// No right is asked for: whoever may write the file and its folder may do this, and a damaged database could not
    /// say who else. Ask for the right `data.restore` ([`Session::require`](crate::Session::require)) where there is a
    /// CRM to ask.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`](crate::Error::Storage): as [`open`](Self::open) for what is no backup or a damaged one;
    /// [`Busy`](crate::error::StorageErrorKind::Busy) if somebody has the database open;
    /// [`Foreign`](crate::error::StorageErrorKind::Foreign) if what is there is another program's database;
    /// [`Outdated`](crate::error::StorageErrorKind::Outdated) or [`Newer`](crate::error::StorageErrorKind::Newer) if
    /// the backup does not fit the schema; others if files can't be read or written.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use crmkit::clock::{Clock, SystemClock};
    /// use crmkit::prelude::*;
    /// use crmkit::storage::{SqliteOptions, SqliteStorage};
    /// use crmkit::transfer::BackupOptions;
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let database = folder.path().join("crm.db");
    /// # pollster::block_on(async {
    /// let (schema, options) = (crmkit::standard_schema()?, SqliteOptions::default());
    /// let crm = Crm::builder(SqliteStorage::open(&database, Arc::clone(&schema), options.clone())?).open().await?;
    /// let backup = crm.system().backup(folder.path().join("crm.backup"), &BackupOptions::default()).await?;
    /// crm.system().customers().create(NewCustomer::new("Acme")).await?;
    /// crm.close().await?;
    ///
    /// let restored = backup.restore_to_sqlite(&database, &schema, &options, SystemClock.now()).await?;
    /// assert!(restored.kept.is_some());
    /// let crm = Crm::builder(SqliteStorage::open(&database, schema, options)?).open().await?;
    /// assert_eq!(crm.system().customers().count(Filter::All).await?, 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn restore_to_sqlite(
        &self,
        database: impl AsRef<Path> + Send,
        schema: &Arc<Schema>,
        options: &SqliteOptions,
        now: Timestamp,
    ) -> Result<Restored> {
        let new = self.prepared(database.as_ref(), schema, options).await?;
        let (database, patience) = (database.as_ref().to_owned(), options.busy_timeout);
        aside(move || new.put(&database, patience, now, |_| ())).await
    }

    /// The database of the backup beside the one it shall replace, looked over.
    async fn prepared(&self, database: &Path, schema: &Arc<Schema>, options: &SqliteOptions) -> Result<New> {
        // A link is followed: what it leads to is replaced.
        let database = fs::canonicalize(database).unwrap_or_else(|_| database.to_owned());
        let new = New { folder: private_folder(folder(&database))? };
        if self.form() == BackupForm::Export {
            self.load_into(&new, schema, options).await?;
        }
        let (backup, schema) = (self.clone(), Arc::clone(schema));
        let options = SqliteOptions { create: false, read_only: false, ..options.clone() };
        aside(move || {
            let path = new.path();
            if backup.form() == BackupForm::Sqlite {
                backup.copy_to(&mut created(&path)?)?;
            }
            SqliteStorage::check(&path, &schema, &options).map_err(|error| backup.about(&path, error))?;
            File::open(&path).and_then(|file| file.sync_all()).map_err(|error| unwritable(&path, error))?;
            Ok(new)
        })
        .await
    }

    /// Loads the backup into a new database.
    async fn load_into(&self, new: &New, schema: &Arc<Schema>, options: &SqliteOptions) -> Result<()> {
        created(&new.path())?;
        // Nobody relies on it yet: it is on the disk when it is put in its place.
        let (create, migrate, read_only, synchronous) = (true, true, false, Synchronous::Off);
        let options = SqliteOptions { create, migrate, read_only, synchronous, ..options.clone() };
        let storage = SqliteStorage::open(new.path(), Arc::clone(schema), options)?;
        let loaded = self.load_through(new.folder.path(), &storage).await;
        let closed = storage.close().await;
        loaded?;
        Ok(closed?)
    }
}

/// A database that is to take another one's place, in a folder of its own beside it.
#[derive(Debug)]
struct New {
    folder: TempDir,
}

impl New {
    fn path(&self) -> PathBuf {
        self.folder.path().join("new.db")
    }

    /// Puts it in the place of a database.
    fn put(self, database: &Path, patience: Duration, now: Timestamp, step: impl FnMut(Step)) -> Result<Restored> {
        let occupied = Occupied::take(database, patience)?;
        let kept = occupied.replace(&self.path(), &format!(".replaced-{}", stamp(now)), step)?;
        Ok(Restored { kept })
    }
}

/// A new file that only its owner can read.
fn created(path: &Path) -> Result<File, StorageError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| unwritable(path, error))
}

#[cfg(test)]
mod tests;
