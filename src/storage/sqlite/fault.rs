//! What goes wrong inside the store, and what callers are told.

use rusqlite::ErrorCode;

use super::super::{StorageError, StorageErrorKind};
use crate::query::QueryError;
use crate::schema::DecodeError;

/// An error on its way to the caller: SQLite's, or one that is already in its final form.
#[derive(Debug)]
pub(super) enum Fault {
    Sqlite(rusqlite::Error),
    Storage(StorageError),
}

impl Fault {
    /// Whether the statement was stopped because it took longer than it may on the caller's thread.
    pub(super) fn is_interrupted(&self) -> bool {
        matches!(self, Self::Sqlite(error) if error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted))
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<StorageError> for Fault {
    fn from(error: StorageError) -> Self {
        Self::Storage(error)
    }
}

impl From<DecodeError> for Fault {
    fn from(error: DecodeError) -> Self {
        Self::Storage(error.into())
    }
}

impl From<QueryError> for Fault {
    fn from(error: QueryError) -> Self {
        Self::Storage(error.into())
    }
}

impl From<Fault> for StorageError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Sqlite(error) => {
                let (kind, message) = explain(&error);
                Self::new(kind, message).with_source(error)
            }
            Fault::Storage(error) => error,
        }
    }
}

/// The kind of an error of SQLite, and a sentence that says what to do about it.
fn explain(error: &rusqlite::Error) -> (StorageErrorKind, String) {
    use StorageErrorKind as Kind;
    let Some(code) = error.sqlite_error_code() else {
        return (Kind::Other, format!("the database can't answer: {error}"));
    };
    let (kind, sentence) = match code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed => {
            (Kind::Busy, "the database is locked by another process; try again, or end that process")
        }
        ErrorCode::ReadOnly => {
            (Kind::ReadOnly, "the database can't be written; give this process write access to the file and its folder")
        }
        ErrorCode::PermissionDenied | ErrorCode::CannotOpen => {
            (Kind::Unavailable, "the database can't be opened; check that its folder exists and may be used")
        }
        ErrorCode::DiskFull => (Kind::Full, "there is no room left on the disk; free some and try again"),
        ErrorCode::DatabaseCorrupt => {
            (Kind::Corrupt, "the database is damaged; restore it from a backup, or ask `verify` what is wrong")
        }
        ErrorCode::NotADatabase => (Kind::Foreign, "the file is not a SQLite database; check the path"),
        ErrorCode::SystemIoFailure => {
            (Kind::Unavailable, "the disk reports an error; check it, and try again once it is in order")
        }
        ErrorCode::OutOfMemory => (Kind::Other, "there is not enough memory"),
        ErrorCode::OperationInterrupted => (Kind::Closed, "the store was closed meanwhile"),
        ErrorCode::TooBig => (Kind::TooLarge, "a value is larger than the database takes"),
        _ => return (Kind::Other, format!("the database can't answer: {error}")),
    };
    (kind, sentence.to_owned())
}

/// The store was closed.
pub(super) fn closed() -> StorageError {
    StorageError::new(StorageErrorKind::Closed, "the store was closed; open it again")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn troubles_have_their_kinds() {
        use rusqlite::ffi;
        for (code, kind) in [
            (ffi::SQLITE_BUSY, StorageErrorKind::Busy),
            (ffi::SQLITE_FULL, StorageErrorKind::Full),
            (ffi::SQLITE_CORRUPT, StorageErrorKind::Corrupt),
            (ffi::SQLITE_NOTADB, StorageErrorKind::Foreign),
            (ffi::SQLITE_READONLY, StorageErrorKind::ReadOnly),
            (ffi::SQLITE_CANTOPEN, StorageErrorKind::Unavailable),
            (ffi::SQLITE_IOERR, StorageErrorKind::Unavailable),
            (ffi::SQLITE_MISUSE, StorageErrorKind::Other),
        ] {
            let error = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
            assert_eq!(StorageError::from(Fault::Sqlite(error)).kind(), kind, "{code}");
        }
    }
}
