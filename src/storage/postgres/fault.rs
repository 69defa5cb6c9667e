//! What goes wrong between the store and the server, and what callers are told.

use std::io::ErrorKind;

use sqlx::Error;

use crate::storage::{StorageError, StorageErrorKind};

/// Why the changes of a set did not go through.
#[derive(Debug)]
pub(super) enum Stop {
    /// The database or the rules refused something; what and why is found out by
    /// [`diagnose`](super::diagnose::diagnose).
    Refused,
    /// Others were in the way: the same set may go through at the next try.
    Again(StorageError),
    /// The store can't go on.
    Fault(StorageError),
}

impl From<StorageError> for Stop {
    fn from(error: StorageError) -> Self {
        match error.kind() {
            StorageErrorKind::Refused => Self::Refused,
            _ => Self::Fault(error),
        }
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        match code(&error).as_deref() {
            // A value that is missing, taken or refers to nothing.
            Some("23502" | "23503" | "23505") => Self::Refused,
            // Two transactions wait for each other, or saw the records in an order that does not exist.
            Some("40001" | "40P01") => Self::Again(explained(error)),
            _ => Self::Fault(explained(error)),
        }
    }
}

/// The server's code for an error, if the error is the server's.
pub(super) fn code(error: &Error) -> Option<String> {
    error.as_database_error().and_then(|error| error.code()).map(std::borrow::Cow::into_owned)
}

/// An error of the connection in the crate's terms: its kind, and a sentence that says what to do.
pub(super) fn explained(error: Error) -> StorageError {
    let (kind, message) = explain(&error);
    StorageError::new(kind, message).with_source(error)
}

/// A COMMIT that failed. Only where the server itself says that the transaction is undone can that be known.
pub(super) fn uncertain(error: Error) -> Stop {
    let known = code(&error).is_some_and(|code| {
        let class = code.get(..2).unwrap_or_default();
        // The server is going down, has lost its disk or itself, or the connection broke.
        !matches!(class, "08" | "57" | "58" | "XX")
    });
    if known {
        return error.into();
    }
    let message = "the connection broke while committing; whether the set is in is not known: look it up by its id";
    Stop::Fault(StorageError::new(StorageErrorKind::UnknownOutcome, message).with_source(error))
}

fn explain(error: &Error) -> (StorageErrorKind, String) {
    use StorageErrorKind as Kind;
    match error {
        Error::Database(database) => {
            let message = database.message();
            let code = database.code();
            explain_code(code.as_deref().unwrap_or_default(), message)
        }
        Error::Io(io) => match io.kind() {
            ErrorKind::NotFound | ErrorKind::ConnectionRefused => {
                (Kind::Unavailable, format!("the server does not answer; check its address, and that it runs: {io}"))
            }
            _ => (Kind::Unavailable, format!("the connection to the server broke; try again: {io}")),
        },
        Error::Tls(problem) => {
            (Kind::Unavailable, format!("no encrypted connection comes about; check its certificates: {problem}"))
        }
        Error::PoolTimedOut => {
            (Kind::Busy, "no connection became free in time; try again, or allow more connections".to_owned())
        }
        Error::PoolClosed => (Kind::Closed, "the store was closed; open it again".to_owned()),
        Error::Configuration(problem) => (
            Kind::Invalid,
            format!("the address is not one of a database, such as postgres://user@host/name: {problem}"),
        ),
        Error::WorkerCrashed | Error::BeginFailed => {
            (Kind::Unavailable, "the connection to the server is not usable; try again".to_owned())
        }
        other => (Kind::Other, format!("the database can't answer: {other}")),
    }
}

fn explain_code(code: &str, message: &str) -> (StorageErrorKind, String) {
    use StorageErrorKind as Kind;
    let (kind, advice) = match code {
        "28P01" | "28000" => (Kind::Denied, "the server refuses this user; check name and password"),
        "42501" => (Kind::Denied, "the database user lacks a permission; let its administrator grant it"),
        "3D000" => (Kind::Unavailable, "there is no such database; create it, or check the address"),
        "25006" => (Kind::ReadOnly, "the server can't be written; connect to the one that can"),
        "40001" | "40P01" => (Kind::Busy, "others changed the same records at the same time; try again"),
        "55P03" => (Kind::Busy, "others held the same records for too long; try again"),
        "57014" => (Kind::Busy, "the statement took too long; try again, ask for less, or allow more time"),
        "53300" => (Kind::Busy, "the server takes no more connections; try again, or allow more"),
        "25P03" | "25P04" => {
            (Kind::Unavailable, "the server ended the transaction because it took too long; begin anew")
        }
        "53100" => (Kind::Full, "there is no room left on the server's disk"),
        "54000" | "54001" | "54011" | "54023" => (Kind::TooLarge, "the server does not take anything as large"),
        "0A000" => (Kind::Unsupported, "the server does not have what is needed"),
        "42P01" | "42703" | "3F000" => (Kind::Outdated, "the database does not fit the schema; migrate it"),
        _ => match code.get(..2).unwrap_or_default() {
            "08" | "57" => (Kind::Unavailable, "the server ended the connection; try again"),
            "53" => (Kind::Busy, "the server lacks memory or other resources; try again"),
            "58" => (Kind::Unavailable, "the server's system reports an error; see its log"),
            "XX" => (Kind::Corrupt, "the server finds its data damaged; see its log"),
            _ => (Kind::Other, "the database can't answer"),
        },
    };
    (kind, format!("{advice}: {message}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn troubles_have_their_kinds() {
        for (code, kind) in [
            ("28P01", StorageErrorKind::Denied),
            ("42501", StorageErrorKind::Denied),
            ("25006", StorageErrorKind::ReadOnly),
            ("40P01", StorageErrorKind::Busy),
            ("40001", StorageErrorKind::Busy),
            ("55P03", StorageErrorKind::Busy),
            ("57014", StorageErrorKind::Busy),
            ("57P01", StorageErrorKind::Unavailable),
            ("53100", StorageErrorKind::Full),
            ("99999", StorageErrorKind::Other),
        ] {
            assert_eq!(explain_code(code, "").0, kind, "{code}");
        }
        assert_eq!(explained(Error::PoolClosed).kind(), StorageErrorKind::Closed);
        assert_eq!(explained(Error::PoolTimedOut).kind(), StorageErrorKind::Busy);
    }

    #[test]
    fn a_commit_that_breaks_is_unknown() {
        let broken = Error::Io(ErrorKind::ConnectionReset.into());
        let Stop::Fault(error) = uncertain(broken) else { panic!("it is no refusal") };
        assert_eq!(error.kind(), StorageErrorKind::UnknownOutcome);
    }
}
