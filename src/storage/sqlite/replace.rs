//! Putting a finished file in the place of a database that others may be using.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::fault::Fault;
use super::inspect::{Owner, owner};
use super::migrate::{accepted, fault, placed};
use crate::storage::{Result, StorageError, StorageErrorKind};

/// What SQLite puts beside a database: what is committed but not in it yet, and what would take a commit back.
const LOGS: [&str; 2] = ["-wal", "-journal"];
/// What it shares between processes, and makes anew when it is not there.
const SHARED: &str = "-shm";
/// How many names are tried for what is kept.
const NAMES: u32 = 1_000;

/// The present database in a file, kept from everybody else as long as this lives.
#[derive(Debug)]
pub(crate) struct Occupied {
    /// The database itself, whatever links lead to it.
    path: PathBuf,
    held: Held,
}

#[derive(Debug)]
enum Held {
    /// There is no file.
    Nothing,
    /// Everything that was committed is in the file itself, and nobody else has it open.
    Locked { _connection: Connection },
    /// It can't be read, so it can't be told who has it open, and what lies beside it belongs to it.
    Damaged,
}

/// What happens in turn when a file takes a database's place. Whenever it is interrupted, the database is whole: before
/// the last step the old one, after it the new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Nobody else can use the old database, and nothing is changed.
    Begun,
    /// The old one has a second name.
    Kept,
    /// What lay beside the old one lies beside its second name only.
    Cleared,
    /// The new one has the old one's name.
    Replaced,
}

impl Occupied {
    /// Takes the database at a path for itself, waiting for others no longer than `patience`. What nobody has written
    /// to yet, or can't be read any more, is taken, too.
    pub(crate) fn take(path: &Path, patience: Duration) -> Result<Self> {
        let path = resolved(path)?;
        if !path.exists() {
            return Ok(Self { path, held: Held::Nothing });
        }
        if path.is_dir() {
            let message = format!("`{}` is a directory; name a file", path.display());
            return Err(StorageError::new(StorageErrorKind::Foreign, message));
        }
        let held = match locked(&path, patience) {
            Ok(connection) => Held::Locked { _connection: connection },
            Err(fault) => {
                let error = StorageError::from(fault);
                match error.kind() {
                    StorageErrorKind::Corrupt => Held::Damaged,
                    _ => return Err(placed(&path, error.into()).into()),
                }
            }
        };
        Ok(Self { path, held })
    }

    /// Puts a finished file in the database's place and gives the name under which the old one is kept, which is the
    /// database's with `suffix`. The logs of the old one are kept with it, and are never applied to the new one.
    pub(crate) fn replace(self, new: &Path, suffix: &str, mut step: impl FnMut(Step)) -> Result<Option<PathBuf>> {
        let Self { path, held } = self;
        let failed = |error| unusable(&path, error);
        step(Step::Begun);
        let mut kept = Kept::of(&path, !matches!(held, Held::Nothing), suffix).map_err(failed)?;
        kept.keep().map_err(failed)?;
        if kept.there {
            copy_ownership(&path, new);
        }
        sync_folder(&path).map_err(failed)?;
        step(Step::Kept);
        kept.clear().map_err(failed)?;
        sync_folder(&path).map_err(failed)?;
        step(Step::Cleared);
        // Where a file that is open can't be renamed, the lock has to go first.
        #[cfg(not(unix))]
        let held = {
            drop(held);
            kept.open.clear();
        };
        if kept.there { fs::rename(new, &path) } else { move_to_free(new, &path) }.map_err(failed)?;
        kept.done = true;
        sync_folder(&path).map_err(failed)?;
        step(Step::Replaced);
        drop(held);
        Ok(kept.name())
    }
}

/// What is kept of an old database. Unless all is done, what was begun is taken back.
#[derive(Debug)]
struct Kept<'a> {
    path: &'a Path,
    /// The second name of the database.
    second: PathBuf,
    /// Whether there is a database.
    there: bool,
    /// What lies beside it and belongs to it.
    logs: Vec<&'static str>,
    /// Files that must stay open as long as the lock is needed: closing them would drop it.
    open: Vec<File>,
    /// What has its second name already.
    named: Vec<PathBuf>,
    done: bool,
}

impl<'a> Kept<'a> {
    fn of(path: &'a Path, there: bool, suffix: &str) -> io::Result<Self> {
        let logs = LOGS.into_iter().filter(|log| is_there(&extended(path, log))).collect();
        let second = free_name(path, suffix)?;
        Ok(Self { path, second, there, logs, open: Vec::new(), named: Vec::new(), done: false })
    }

    fn keep(&mut self) -> io::Result<()> {
        let mut files = if self.there { vec![(self.path.to_owned(), self.second.clone())] } else { Vec::new() };
        files.extend(self.logs.iter().map(|log| (extended(self.path, log), extended(&self.second, log))));
        for (file, name) in files {
            self.open.extend(second_name(&file, &name)?);
            self.named.push(name);
        }
        Ok(())
    }

    fn clear(&self) -> io::Result<()> {
        let files = self.logs.iter().chain([&SHARED]).map(|ending| extended(self.path, ending));
        for file in files {
            match fs::remove_file(file) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
        Ok(())
    }

    /// What is told to whoever asked: the database's second name, or that of what lay about without it.
    fn name(&self) -> Option<PathBuf> {
        self.named.first().cloned()
    }
}

impl Drop for Kept<'_> {
    fn drop(&mut self) {
        if self.done {
            return;
        }
        // What fails here leaves a copy too many, and nothing is lost.
        for log in &self.logs {
            let file = extended(self.path, log);
            if !is_there(&file) {
                let _ = fs::rename(extended(&self.second, log), file);
            }
        }
        for name in &self.named {
            let _ = fs::remove_file(name);
        }
    }
}

/// A connection that keeps everybody else out of a database, with everything that was committed in the file itself.
fn locked(path: &Path, patience: Duration) -> Result<Connection, Fault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(patience)?;
    // If this comes to nothing, everything is left as it was found.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    let damaged = || fault(StorageErrorKind::Corrupt, "the database can't be read".to_owned());
    let readable = |error: rusqlite::Error| match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => damaged(),
        _ => error.into(),
    };
    match owner(&connection) {
        // One that a newer program wrote can be kept as well as any other.
        Ok(found @ (Owner::Foreign | Owner::Nobody)) => drop(accepted(path, found)?),
        Ok(Owner::Ours(_)) => {}
        Err(Fault::Sqlite(error)) => return Err(readable(error)),
        Err(error @ Fault::Storage(_)) => return Err(error),
    }
    // Only who is alone can leave the log, and it is written back to the file first.
    let mode = connection.pragma_update_and_check(None, "journal_mode", "DELETE", |row| row.get::<_, String>(0));
    if !mode.map_err(readable)?.eq_ignore_ascii_case("delete") {
        let message = "it is open in another program, or in this one; close it there".to_owned();
        return Err(fault(StorageErrorKind::Busy, message));
    }
    connection.execute_batch("BEGIN EXCLUSIVE").map_err(readable)?;
    Ok(connection)
}

/// Where a path leads. A link to nothing is no place for a database.
fn resolved(path: &Path) -> Result<PathBuf> {
    let path = super::place(path)?;
    match fs::canonicalize(&path) {
        Ok(path) => Ok(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound && !path.is_symlink() => Ok(path),
        Err(error) => Err(unusable(&path, error)),
    }
}

/// A name for what is kept that nothing has yet.
fn free_name(path: &Path, suffix: &str) -> io::Result<PathBuf> {
    let names = (1..NAMES).map(|number| match number {
        1 => extended(path, suffix),
        number => extended(path, format!("{suffix}-{number}")),
    });
    let mut free = names.filter(|name| !["", LOGS[0], LOGS[1]].iter().any(|ending| is_there(&extended(name, ending))));
    free.next().ok_or_else(|| io::Error::new(io::ErrorKind::AlreadyExists, "all names for its copy are taken"))
}

/// Gives a file a second name; where the file system knows no such thing, copies it, and gives what must stay open.
fn second_name(file: &Path, name: &Path) -> io::Result<Option<File>> {
    match fs::hard_link(file, name) {
        Ok(()) => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        Err(_) => {
            let mut from = File::open(file)?;
            let mut to = File::create_new(name)?;
            to.set_permissions(from.metadata()?.permissions())?;
            io::copy(&mut from, &mut to)?;
            to.sync_all()?;
            Ok(Some(from))
        }
    }
}

fn is_there(file: &Path) -> bool {
    file.symlink_metadata().is_ok()
}

/// Gives a file a name that nothing has.
fn move_to_free(file: &Path, name: &Path) -> io::Result<()> {
    match fs::hard_link(file, name) {
        Ok(()) => fs::remove_file(file),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        Err(_) => fs::rename(file, name),
    }
}

/// Whoever could use the old file can use the new one, as far as this process may arrange that.
fn copy_ownership(old: &Path, new: &Path) {
    let Ok(metadata) = fs::metadata(old) else { return };
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, chown};
        let _ = chown(new, Some(metadata.uid()), Some(metadata.gid()));
    }
    let _ = fs::set_permissions(new, metadata.permissions());
}

/// Has the disk know the names in a file's folder. Elsewhere than on Unix a folder can't be opened for that.
fn sync_folder(file: &Path) -> io::Result<()> {
    match file.parent() {
        Some(folder) if cfg!(unix) => File::open(folder)?.sync_all(),
        Some(_) | None => Ok(()),
    }
}

fn extended(path: &Path, ending: impl AsRef<OsStr>) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    name.into()
}

fn unusable(path: &Path, error: io::Error) -> StorageError {
    let message = format!("`{}` can't be replaced: {error}", path.display());
    StorageError::new(StorageErrorKind::Unavailable, message).with_source(error)
}
