//! Making a backup.

use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use super::Backup;
use super::files::{Place, aside, begun, folder, private_folder, unwritable};
use super::load::transferred;
use super::pack::pack;
use super::seal::{BLOCK, BackupForm, Seal, Sum};
use crate::error::{Result, StorageError, StorageErrorKind};
use crate::session::Session;
use crate::storage::NativeForm;
use crate::transfer::{ExportOptions, export_to};
use crate::value::Timestamp;

/// How a backup is made.
///
/// # Examples
///
/// ```
/// use crmkit::transfer::{BackupForm, BackupOptions};
///
/// let portable = BackupOptions { form: Some(BackupForm::Export) };
/// assert_eq!(BackupOptions::default().form, None);
/// # let _ = portable;
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BackupOptions {
    /// What it shall hold; without it, the store's own form where it has one, else an export.
    pub form: Option<BackupForm>,
}

impl Session {
    /// Writes the whole store as it is at one moment to one file, with the right `data.backup`. Everybody goes on
    /// working meanwhile. The file is readable for its owner only, and has its name once it is whole, looked over and
    /// on the disk; an older backup of that name is replaced then, anything else is not.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`](crate::Error::Denied) without the right; [`Error::Storage`](crate::Error::Storage) if the
    /// store can't be read or the file can't be written, if something else has its name, or if the store has no such
    /// form as was asked for.
    ///
    /// # Examples
    ///
    /// See [`Backup`].
    pub async fn backup(&self, path: impl AsRef<Path> + Send, options: &BackupOptions) -> Result<Backup> {
        self.require("data.backup").await?;
        if self.is_staged() {
            let message = "a backup holds what is committed; take it outside of a preview or a unit of work";
            return Err(StorageError::new(StorageErrorKind::Unsupported, message).into());
        }
        let place = Place::find(path.as_ref())?;
        let taken_at = self.crm().now();
        let file = begun(place.path())?;
        let form = match options.form {
            Some(BackupForm::Export) => BackupForm::Export,
            wanted => match self.crm().storage().copy_to(file.path()).await? {
                Some(NativeForm::Sqlite) => BackupForm::Sqlite,
                None if wanted.is_none() => BackupForm::Export,
                None => {
                    let message = "the store is no SQLite database; take its backup as an export";
                    return Err(StorageError::new(StorageErrorKind::Unsupported, message).into());
                }
            },
        };
        if form == BackupForm::Sqlite {
            return aside(move || finish(place, file, form, taken_at, None)).await;
        }
        let within = private_folder(folder(place.path()))?;
        let export = within.path().join("export");
        export_to(self.crm().storage(), &export, ExportOptions::default()).await.map_err(transferred)?;
        aside(move || {
            let unpacked = pack(&export, file.as_file())?;
            drop(within);
            finish(place, file, form, taken_at, Some(unpacked))
        })
        .await
    }
}

/// Seals a file and gives it its name.
fn finish(
    place: Place,
    mut file: NamedTempFile,
    form: BackupForm,
    taken_at: Timestamp,
    unpacked: Option<u64>,
) -> Result<Backup> {
    let sealed = seal(&mut file, form, taken_at, unpacked).map_err(|error| unwritable(place.path(), error))?;
    let path = place.fill(file)?;
    Ok(Backup { path, seal: sealed })
}

/// Seals a file; what is not packed is as long as it is.
fn seal(file: &mut NamedTempFile, form: BackupForm, taken_at: Timestamp, unpacked: Option<u64>) -> io::Result<Seal> {
    let file = file.as_file_mut();
    let rest = file.seek(SeekFrom::End(0))? % BLOCK;
    if rest != 0 {
        io::copy(&mut io::Read::take(io::repeat(0), BLOCK - rest), file)?;
    }
    file.seek(SeekFrom::Start(0))?;
    let mut sum = Sum::over(io::sink());
    io::copy(file, &mut sum)?;
    let (sum, length) = (sum.sum, sum.length);
    let made_by = env!("CARGO_PKG_VERSION").to_owned();
    let seal = Seal { form, taken_at, made_by, length, unpacked: unpacked.unwrap_or(length) };
    file.write_all(&seal.finish(sum))?;
    Ok(seal)
}
