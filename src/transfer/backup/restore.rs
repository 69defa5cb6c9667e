//! Restoring a backup into a SQLite database.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempPath;

use super::Backup;
use super::files::{aside, begun, unwritable};
use super::rotation::stamp;
use super::seal::BackupForm;
use crate::error::{Error, Result, StorageError, StorageErrorKind};
use crate::schema::Schema;
use crate::storage::{Occupied, SqliteOptions, SqliteStorage, Step};
use crate::value::Timestamp;

/// What restoring did.
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
    /// [`Error::Storage`]: as [`open`](Self::open) for what is no backup or a damaged one;
    /// [`Unsupported`](StorageErrorKind::Unsupported) for what holds no SQLite database;
    /// [`Busy`](StorageErrorKind::Busy) if somebody has the database open;
    /// [`Foreign`](StorageErrorKind::Foreign) if what is there is another program's database;
    /// [`Outdated`](StorageErrorKind::Outdated) or [`Newer`](StorageErrorKind::Newer) if the backup does not fit the
    /// schema; others if files can't be read or written.
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
        let (backup, database, schema) = (self.clone(), database.as_ref().to_owned(), Arc::clone(schema));
        let options = options.clone();
        aside(move || {
            let new = backup.prepared(&database, &schema, &options)?;
            put(new, &database, &options, now, |_| ())
        })
        .await
    }

    /// The database of the backup in a file beside the one it shall replace, looked over.
    fn prepared(&self, database: &Path, schema: &Schema, options: &SqliteOptions) -> Result<TempPath> {
        if self.form() != BackupForm::Sqlite {
            let message = format!("`{}` holds no SQLite database", self.path().display());
            return Err(StorageError::new(StorageErrorKind::Unsupported, message).into());
        }
        // A link is followed: what it leads to is replaced.
        let database = fs::canonicalize(database).unwrap_or_else(|_| database.to_owned());
        let mut file = begun(&database)?;
        self.copy_to(file.as_file_mut())?;
        file.as_file().sync_all().map_err(|error| unwritable(file.path(), error))?;
        let file = file.into_temp_path();
        SqliteStorage::check(&file, schema, options).map_err(|error| self.named(&file, error))?;
        Ok(file)
    }

    /// The error, about the backup and not about the copy of it that nobody knows.
    fn named(&self, copy: &Path, error: StorageError) -> Error {
        let (said, shown) = (error.to_string(), self.path().display());
        let message = match said.replace(&*copy.to_string_lossy(), &shown.to_string()) {
            placed if placed != said => placed,
            _ => format!("`{shown}`: {said}"),
        };
        StorageError::new(error.kind(), message).with_source(error).into()
    }
}

/// Puts a finished file in the place of a database.
fn put(
    new: TempPath,
    database: &Path,
    options: &SqliteOptions,
    now: Timestamp,
    step: impl FnMut(Step),
) -> Result<Restored> {
    let occupied = Occupied::take(database, options.busy_timeout)?;
    let kept = occupied.replace(&new, &format!(".replaced-{}", stamp(now)), step)?;
    // The name is gone already.
    drop(new);
    Ok(Restored { kept })
}

#[cfg(test)]
mod tests;
