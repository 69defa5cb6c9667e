//! Files of backups: told from others, and made so that they are there whole or not at all.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;

use futures_channel::oneshot;
use tempfile::{NamedTempFile, TempDir};

use super::seal::{BLOCK, Broken, SEAL, Seal, seal_of};
use crate::error::{Result, StorageError, StorageErrorKind};

/// A file, looked at.
#[derive(Debug)]
pub(super) enum Looked {
    /// It has a backup's seal.
    Sealed(Seal),
    /// It has none, or a wrong one.
    Broken(Broken),
}

/// Looks at the seal of a file. What may be a database is not even opened.
pub(super) fn look(path: &Path) -> Result<Looked, StorageError> {
    let failed = |error| unreadable(path, error);
    let metadata = fs::metadata(path).map_err(failed)?;
    if !metadata.is_file() {
        let message = format!("`{}` is not a file; name a backup", path.display());
        return Err(StorageError::new(StorageErrorKind::Foreign, message));
    }
    if metadata.len() % BLOCK != SEAL as u64 {
        return Ok(Looked::Broken(Broken::Unsealed));
    }
    let mut file = File::open(path).map_err(failed)?;
    let seal = seal_of(&mut file, metadata.len()).map_err(failed)?;
    Ok(seal.map_or_else(Looked::Broken, Looked::Sealed))
}

/// What is wrong with a backup.
pub(super) fn broken(path: &Path, what: &Broken) -> StorageError {
    let path = path.display();
    let (kind, message) = match what {
        Broken::Unsealed => (
            StorageErrorKind::Foreign,
            format!(
                "`{path}` is not a backup, or was cut off: it has no seal at its end; \
                 a SQLite database is not restored, but opened as it is"
            ),
        ),
        Broken::Newer(format) => (
            StorageErrorKind::Newer,
            format!("`{path}` is a backup in form {format} of a newer program, this one reads form 1; update it"),
        ),
        Broken::Changed => {
            (StorageErrorKind::Corrupt, format!("`{path}` is damaged: it is not what was sealed; take another backup"))
        }
    };
    StorageError::new(kind, message)
}

pub(super) fn unreadable(path: &Path, error: io::Error) -> StorageError {
    troubled(path, "can't be read", error)
}

pub(super) fn unwritable(path: &Path, error: io::Error) -> StorageError {
    troubled(path, "can't be written", error)
}

fn troubled(path: &Path, what: &str, error: io::Error) -> StorageError {
    let kind = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StorageErrorKind::Full,
        io::ErrorKind::ReadOnlyFilesystem => StorageErrorKind::ReadOnly,
        _ => StorageErrorKind::Unavailable,
    };
    StorageError::new(kind, format!("`{}` {what}: {error}", path.display())).with_source(error)
}

/// A file beside where it will be, which only its owner can read.
pub(super) fn begun(path: &Path) -> Result<NamedTempFile, StorageError> {
    let made = tempfile::Builder::new().prefix(".crmkit-").suffix(".part").tempfile_in(folder(path));
    made.map_err(|error| unwritable(path, error))
}

/// A folder that only its owner can look into, and that is gone afterwards.
pub(super) fn private_folder(within: &Path) -> Result<TempDir, StorageError> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".crmkit-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    builder.tempdir_in(within).map_err(|error| unwritable(within, error))
}

/// The folder a file is in.
pub(super) fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        Some(_) | None => Path::new("."),
    }
}

/// Where a backup is written, and what it may replace.
#[derive(Debug)]
pub(super) struct Place {
    path: PathBuf,
    replaces: bool,
}

impl Place {
    /// A place that is free, or has an older backup or nothing in it. Anything else is not replaced.
    pub(super) fn find(path: &Path) -> Result<Self, StorageError> {
        if path.symlink_metadata().is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
            return Ok(Self { path: path.to_owned(), replaces: false });
        }
        let path = fs::canonicalize(path).map_err(|error| unwritable(path, error))?;
        let empty = fs::metadata(&path).is_ok_and(|metadata| metadata.is_file() && metadata.len() == 0);
        if !empty && matches!(look(&path)?, Looked::Broken(Broken::Unsealed)) {
            let message = format!("`{}` is there already and is no backup; give another name", path.display());
            return Err(StorageError::new(StorageErrorKind::Invalid, message));
        }
        Ok(Self { path, replaces: true })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Gives a finished file its name, once the disk has it.
    pub(super) fn fill(self, file: NamedTempFile) -> Result<PathBuf, StorageError> {
        let failed = |error| unwritable(&self.path, error);
        file.as_file().sync_all().map_err(failed)?;
        let named = if self.replaces { file.persist(&self.path) } else { file.persist_noclobber(&self.path) };
        named.map_err(|error| failed(error.error))?;
        sync_folder(&self.path).map_err(failed)?;
        Ok(self.path)
    }
}

/// Has the disk know the names in a file's folder. Elsewhere than on Unix a folder can't be opened for that.
fn sync_folder(file: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder(file))?.sync_all() } else { Ok(()) }
}

/// Does what takes long and waits for disks on a thread of its own.
pub(super) async fn aside<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let (sender, receiver) = oneshot::channel();
    let started = thread::Builder::new().name("crmkit-backup".to_owned()).spawn(move || {
        // Who asked may have gone away.
        let _ = sender.send(work());
    });
    started.map_err(|error| {
        StorageError::new(StorageErrorKind::Unavailable, "the system starts no more threads").with_source(error)
    })?;
    let ended = || StorageError::new(StorageErrorKind::Other, "the backup's thread ended early; try again");
    receiver.await.unwrap_or_else(|_| Err(ended().into()))
}
