//! The directory of an export: there whole or not at all, and for its owner's eyes only.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::TransferError;
use super::manifest::hex;

/// An export in progress: in a directory of its own, until it takes its place.
#[derive(Debug)]
pub(super) struct Staging {
    /// Where it is written.
    work: PathBuf,
    /// Where it shall be.
    place: PathBuf,
    /// Whether the place is an empty directory that stays: somebody may stand in it, or have mounted it.
    within: bool,
    done: bool,
}

impl Staging {
    /// Begins an export to `place`, which is an empty directory or not there.
    pub(super) fn begin(place: &Path) -> Result<Self, TransferError> {
        let occupied = |problem| TransferError::Occupied { path: place.to_owned(), problem };
        let within = match place.symlink_metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => false,
            Err(error) => return Err(TransferError::file(place)(error)),
            Ok(_) if !place.is_dir() => return Err(occupied("is no directory")),
            Ok(_) if fs::read_dir(place).map_err(TransferError::file(place))?.next().is_some() => {
                return Err(occupied("is not empty"));
            }
            Ok(_) => true,
        };
        let mark = format!(".partial-{}", uuid::Uuid::now_v7().simple());
        let work = match place.file_name() {
            Some(name) if !within => {
                let mut hidden = OsString::from(".");
                hidden.push(name);
                hidden.push(mark);
                place.with_file_name(hidden)
            }
            _ => place.join(mark),
        };
        make_private(&work).map_err(TransferError::file(&work))?;
        Ok(Self { work, place: place.to_owned(), within, done: false })
    }

    /// A new file of the export.
    pub(super) fn create(&self, name: &str) -> Result<NewFile, TransferError> {
        let path = self.work.join(name);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(TransferError::file(&path))?;
        Ok(NewFile { file: BufWriter::new(file), path, hash: Sha256::new(), bytes: 0 })
    }

    /// Puts the export in its place. The last of the files says that it is whole.
    pub(super) fn publish(mut self, names: &[String]) -> Result<(), TransferError> {
        sync(&self.work)?;
        if self.within {
            for name in names {
                let (from, to) = (self.work.join(name), self.place.join(name));
                fs::rename(&from, &to).map_err(TransferError::file(&to))?;
            }
            fs::remove_dir(&self.work).map_err(TransferError::file(&self.work))?;
            sync(&self.place)?;
        } else {
            fs::rename(&self.work, &self.place).map_err(TransferError::file(&self.place))?;
        }
        self.done = true;
        match self.place.parent() {
            Some(parent) if parent.as_os_str().is_empty() => sync(Path::new(".")),
            Some(parent) => sync(parent),
            None => Ok(()),
        }
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if !self.done {
            // There is nobody to tell; what is left is named as what it is.
            let _ = fs::remove_dir_all(&self.work);
        }
    }
}

/// A file that is being written.
#[derive(Debug)]
pub(super) struct NewFile {
    file: BufWriter<File>,
    path: PathBuf,
    hash: Sha256,
    bytes: u64,
}

impl NewFile {
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), TransferError> {
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
        self.file.write_all(bytes).map_err(TransferError::file(&self.path))
    }

    /// Sees that it is on the disk; gives how many bytes it has and their SHA-256.
    pub(super) fn finish(self) -> Result<(u64, String), TransferError> {
        let path = self.path;
        let file = self.file.into_inner().map_err(|error| TransferError::file(&path)(error.into_error()))?;
        file.sync_all().map_err(TransferError::file(&path))?;
        Ok((self.bytes, hex(&self.hash.finalize())))
    }
}

fn make_private(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Sees that the names in a directory are on the disk, where the system can be asked for that.
fn sync(folder: &Path) -> Result<(), TransferError> {
    if cfg!(unix) {
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(TransferError::file(folder))?;
    }
    Ok(())
}
