//! Restoring a packed export into a store that is empty.

use std::fs;
use std::io::{BufReader, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::Backup;
use super::files::{aside, broken, private_folder, unwritable};
use super::pack::{Unpacking, unpack};
use super::seal::BackupForm;
use crate::error::{Error, Result, StorageError, StorageErrorKind};
use crate::storage::Storage;
use crate::transfer::{LoadOptions, TransferError, load_from};

impl Backup {
    /// Loads a packed backup into a store that is empty, of whatever kind. What is wrong with the backup is found before
    /// anything is written; a load that is interrupted is gone on with when the same backup is restored again. The CRM
    /// is opened afterwards.
    ///
    /// No right is asked for: an empty store has nobody who could have it.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`](crate::Error::Storage): as [`open`](Self::open) for what is no backup or a damaged one;
    /// [`Unsupported`](StorageErrorKind::Unsupported) for what holds a SQLite database;
    /// [`Invalid`](StorageErrorKind::Invalid) if the store is not empty;
    /// [`Outdated`](StorageErrorKind::Outdated) if the backup does not fit the store's schema; others if the store
    /// refuses it or files can't be written.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use crmkit::prelude::*;
    /// use crmkit::storage::MemoryStorage;
    /// use crmkit::transfer::BackupOptions;
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// crm.system().customers().create(NewCustomer::new("Acme")).await?;
    /// let backup = crm.system().backup(folder.path().join("crm.backup"), &BackupOptions::default()).await?;
    ///
    /// let storage = Arc::new(MemoryStorage::new(crmkit::standard_schema()?));
    /// backup.restore_to(&storage).await?;
    /// let crm = Crm::builder(storage).open().await?;
    /// assert_eq!(crm.system().customers().count(Filter::All).await?, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn restore_to(&self, storage: &dyn Storage) -> Result<()> {
        if self.form() != BackupForm::Export {
            let message = format!("`{}` holds a SQLite database; restore it into SQLite", self.path().display());
            return Err(StorageError::new(StorageErrorKind::Unsupported, message).into());
        }
        let folder = private_folder(&std::env::temp_dir())?;
        self.load_through(folder.path(), storage).await
    }

    /// Unpacks the export into a folder and loads it from there.
    pub(super) async fn load_through(&self, folder: &Path, storage: &dyn Storage) -> Result<()> {
        let (backup, place) = (self.clone(), folder.to_owned());
        let export = aside(move || backup.unpacked(&place)).await?;
        let loaded = load_from(storage, &export, LoadOptions::default()).await;
        loaded.map_err(|error| self.about(&export, transferred(error)))?;
        Ok(())
    }

    /// The export of the backup, as a folder within another one. Nothing is unpacked before the seal is checked.
    fn unpacked(&self, within: &Path) -> Result<PathBuf> {
        let failed = |error| unwritable(within, error);
        let mut packed = tempfile::tempfile_in(within).map_err(failed)?;
        self.copy_to(&mut packed)?;
        packed.seek(SeekFrom::Start(0)).map_err(failed)?;
        let export = within.join("export");
        fs::create_dir(&export).map_err(failed)?;
        match unpack(BufReader::new(packed), self.seal.unpacked, &export) {
            Ok(()) => Ok(export),
            Err(Unpacking::Broken(what)) => Err(broken(self.path(), &what).into()),
            Err(Unpacking::Failed(error)) => Err(error.into()),
        }
    }
}

/// What went wrong with an export, in the words of a store.
pub(super) fn transferred(error: TransferError) -> Error {
    let kind = match error {
        TransferError::Storage(error) => return error.into(),
        TransferError::Denied(error) => return error,
        TransferError::NoExport { .. } | TransferError::Damaged { .. } => StorageErrorKind::Corrupt,
        TransferError::Newer { .. } => StorageErrorKind::Newer,
        TransferError::File { .. } => StorageErrorKind::Unavailable,
        TransferError::Schema { .. } => StorageErrorKind::Outdated,
        TransferError::Concurrent => StorageErrorKind::Busy,
        TransferError::Occupied { .. }
        | TransferError::Unfit { .. }
        | TransferError::NotEmpty { .. }
        | TransferError::OtherLoad
        | TransferError::HalfLoaded { .. }
        | TransferError::Cycle { .. }
        | TransferError::Refused(_) => StorageErrorKind::Invalid,
    };
    StorageError::new(kind, error.to_string()).with_source(error).into()
}
