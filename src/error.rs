//! Errors: what a store refuses and why, and what callers of the crate see.

mod codes;
mod details;

use std::fmt;

pub use codes::{CODES, ErrorCode, http_status, meaning};
pub use details::{FieldDetail, ProblemDetails};

use crate::id::{RecordId, Version};
use crate::problem::{FieldProblem, nearest, sentence, short};
use crate::query::QueryError;
use crate::schema::{DecodeError, Name, PathError, SchemaError};
use crate::value::Timestamp;

/// A change that was refused.
///
/// # Examples
///
/// ```
/// use crmkit::error::{Refusal, Refused, StorageError};
/// use crmkit::prelude::*;
///
/// let reason = Refusal::Taken { fields: vec!["number".into()] };
/// let refused = Refused { index: 0, entity: "cst_customer".into(), id: None, reason };
/// let error = StorageError::refused(vec![refused]);
/// assert_eq!(error.to_string(), "change 0 (`cst_customer`): another record has the same `number`");
/// assert!(!error.is_conflict() && error.refusals().len() == 1);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Its place in the set.
    pub index: usize,
    /// The entity it is about.
    pub entity: Name,
    /// The record it is about, where that is known.
    pub id: Option<RecordId>,
    /// Why.
    pub reason: Refusal,
}

/// Why a change was refused.
///
/// # Examples
///
/// ```
/// use crmkit::error::Refusal;
///
/// let reason = Refusal::Referenced { by: "orders".into(), field: "customer".into() };
/// assert_eq!(reason.to_string(), "records of `orders` refer to it by `customer`");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// There is no such record.
    Missing,
    /// The record has another version by now.
    Stale {
        /// The version it has.
        found: Version,
    },
    /// There is a record with this id already.
    Exists,
    /// Another record has these values of a unique key.
    Taken {
        /// The fields of the key.
        fields: Vec<Name>,
    },
    /// A reference to a record that does not exist.
    Dangling {
        /// The referring field.
        field: Name,
        /// The id that names nothing.
        target: RecordId,
    },
    /// Other records refer to the one to be deleted.
    Referenced {
        /// The entity that refers.
        by: Name,
        /// Its field.
        field: Name,
    },
    /// A sum would leave its bounds.
    Guard {
        /// The field.
        field: Name,
        /// Its value, in the smallest unit.
        current: i64,
        /// What was to be added.
        added: i64,
    },
    /// The set writes the record more than once.
    Repeated,
    /// The change itself does not hold together; the sentence says why.
    Invalid(String),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("there is no such record"),
            Self::Stale { found } => write!(f, "it was changed meanwhile (it has version {found})"),
            Self::Exists => f.write_str("there is a record with this id already"),
            Self::Taken { fields } => write!(f, "another record has the same {}", quoted(fields)),
            Self::Dangling { field, target } => write!(f, "`{field}` refers to {target}, which does not exist"),
            Self::Referenced { by, field } => write!(f, "records of `{by}` refer to it by `{field}`"),
            Self::Guard { field, current, added } => {
                write!(f, "`{field}` would leave its bounds: {current} and {added} more")
            }
            Self::Repeated => f.write_str("the set writes this record more than once"),
            Self::Invalid(problem) => f.write_str(problem),
        }
    }
}

/// An entity's code as people say it.
fn said(entity: &str) -> String {
    entity.replace('_', " ")
}

fn quoted<T: fmt::Display>(names: &[T]) -> String {
    let all: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    all.join(" and ")
}

/// What was meant by a command that is not there, or what commands are.
fn known_commands(command: &str, known: &[&'static str]) -> String {
    match nearest(command, known.iter().copied()) {
        Some(meant) => format!("; did you mean `{meant}`?"),
        None if known.is_empty() => "; it has none".to_owned(),
        None => format!("; it has {}", quoted(known)),
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "change {} (`{}`", self.index, self.entity)?;
        if let Some(id) = self.id {
            write!(f, " {id}")?;
        }
        write!(f, "): {}", self.reason)
    }
}

/// What kind of trouble a store has.
///
/// # Examples
///
/// ```
/// use crmkit::error::{StorageError, StorageErrorKind};
///
/// assert_eq!(StorageErrorKind::Outdated.code(), "storage.outdated");
/// assert!(StorageError::new(StorageErrorKind::Busy, "another process is writing").is_retryable());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StorageErrorKind {
    /// Changes were refused; nothing was changed.
    Refused,
    /// The request itself can't be answered.
    Invalid,
    /// The request is larger than the bounds allow.
    TooLarge,
    /// The store is busy; trying again helps.
    Busy,
    /// The store can't be reached.
    Unavailable,
    /// The store refuses whoever asks: a wrong password, or a missing permission.
    Denied,
    /// The store's server or engine lacks what the crate needs, such as a later version.
    Unsupported,
    /// The store can't be written.
    ReadOnly,
    /// There is no room left.
    Full,
    /// The store is damaged.
    Corrupt,
    /// What is there is not a store of this crate.
    Foreign,
    /// The store was written by a newer program.
    Newer,
    /// The store needs [`migrate`](crate::storage) before this program can use it.
    Outdated,
    /// An organisation is being loaded into the store, or the load was interrupted: loading again goes on.
    Unfinished,
    /// The connection broke while committing: whether the set is in must be looked up by its id.
    UnknownOutcome,
    /// The store was closed.
    Closed,
    /// It was not done in time ([`Crm::within`](crate::crm::Crm::within)); what was not handed to the store by then is
    /// not stored.
    Deadline,
    /// Anything else.
    Other,
}

impl StorageErrorKind {
    /// The stable code for programs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Refused => "storage.refused",
            Self::Invalid => "storage.invalid",
            Self::TooLarge => "storage.too_large",
            Self::Busy => "storage.busy",
            Self::Unavailable => "storage.unavailable",
            Self::Denied => "storage.denied",
            Self::Unsupported => "storage.unsupported",
            Self::ReadOnly => "storage.read_only",
            Self::Full => "storage.full",
            Self::Corrupt => "storage.corrupt",
            Self::Foreign => "storage.foreign",
            Self::Newer => "storage.newer",
            Self::Outdated => "storage.outdated",
            Self::Unfinished => "storage.unfinished",
            Self::UnknownOutcome => "storage.unknown_outcome",
            Self::Closed => "storage.closed",
            Self::Deadline => "deadline",
            Self::Other => "storage.other",
        }
    }
}

/// A store's answer when it could not do what it was asked.
///
/// # Examples
///
/// ```
/// use crmkit::error::{StorageError, StorageErrorKind};
///
/// let error = StorageError::new(StorageErrorKind::Busy, "another process is writing");
/// assert!(error.is_retryable());
/// assert_eq!(error.kind().code(), "storage.busy");
/// ```
#[derive(Debug)]
pub struct StorageError(Box<StorageTrouble>);

#[derive(Debug)]
struct StorageTrouble {
    kind: StorageErrorKind,
    message: String,
    refused: Vec<Refused>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl StorageError {
    /// An error of a kind with a sentence for people.
    #[must_use]
    pub fn new(kind: StorageErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(StorageTrouble { kind, message: message.into(), refused: Vec::new(), source: None }))
    }

    /// Changes were refused: every one that was, not only the first.
    #[must_use]
    pub fn refused(mut refused: Vec<Refused>) -> Self {
        refused.sort_by_key(|refused| refused.index);
        let all: Vec<String> = refused.iter().map(ToString::to_string).collect();
        let mut error = Self::new(StorageErrorKind::Refused, all.join("; "));
        error.0.refused = refused;
        error
    }

    /// With the error that caused it.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// What kind of trouble it is.
    #[must_use]
    pub fn kind(&self) -> StorageErrorKind {
        self.0.kind
    }

    /// The refused changes, in the order of the set.
    #[must_use]
    pub fn refusals(&self) -> &[Refused] {
        &self.0.refused
    }

    /// Whether the decision was made on what is no longer so: load again, decide again.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        self.0.refused.iter().any(|refused| matches!(refused.reason, Refusal::Stale { .. }))
    }

    /// Whether the same request may succeed later, unchanged.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self.0.kind, StorageErrorKind::Busy | StorageErrorKind::Unavailable)
    }
}

impl fmt::Display for StorageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for StorageError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn std::error::Error + 'static))
    }
}

impl From<QueryError> for StorageError {
    fn from(error: QueryError) -> Self {
        let kind = match error {
            QueryError::TooLarge { .. } => StorageErrorKind::TooLarge,
            _ => StorageErrorKind::Invalid,
        };
        Self::new(kind, error.to_string()).with_source(error)
    }
}

impl From<DecodeError> for StorageError {
    fn from(error: DecodeError) -> Self {
        Self::new(StorageErrorKind::Corrupt, error.to_string()).with_source(error)
    }
}

/// Why events can't be read on from a cursor.
///
/// # Examples
///
/// ```
/// use crmkit::error::CursorProblem;
/// use crmkit::events::EventCursor;
///
/// assert_eq!("nonsense".parse::<EventCursor>(), Err(CursorProblem::Malformed));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CursorProblem {
    /// The text was not given out as a cursor.
    #[error("the text is no cursor of events; keep a cursor just as it was given")]
    Malformed,
    /// The cursor lies behind the newest event.
    #[error("the cursor is ahead of the newest event: it is of another store, or the store was restored from a backup")]
    Ahead,
    /// Events after the cursor were purged.
    #[error("events after the cursor were purged; look at the records themselves and go on from the newest event")]
    Purged,
}

/// What callers of the crate see when something could not be done. Nothing was changed then, unless the variant says
/// that this is unknown.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let missing = crm.system().customers().named("Nobody").await;
/// match missing {
///     Ok(customer) => println!("{}", customer.name),
///     Err(Error::NotFound { key, .. }) => assert_eq!(key, "Nobody"),
///     Err(other) if matches!(&other, Error::Storage(error) if error.is_retryable()) => println!("try again: {other}"),
///     Err(other) => return Err(other.into()),
/// }
/// let refused = crm.system().customers().create(NewCustomer::default()).await.map(|_| ());
/// assert_eq!(refused.map_err(|error| error.code()), Err("invalid"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no such record, or the actor may not see it.
    #[error("there is no {} `{}`", said(.entity), short(key))]
    NotFound {
        /// The entity's code.
        entity: Name,
        /// The id or name it was asked for by.
        key: String,
    },
    /// The actor may not do this.
    #[error("`{actor}` may not {}: {rule}", short(action))]
    Denied {
        /// Who wanted to act.
        actor: String,
        /// What he wanted, such as `customer.create`.
        action: String,
        /// The rule that denies it, and what would allow it.
        rule: String,
    },
    /// The user can't act at all by now, whatever he wants to do: he or his role is inactive, he no longer exists, or his
    /// password was changed since the session began. Unlike [`Denied`](Self::Denied), where another action may be
    /// granted, this is answered by a sign-in form.
    #[error("`{actor}` may not act: {rule}")]
    SessionEnded {
        /// Who wanted to act.
        actor: String,
        /// Why he can't, and what would help.
        rule: String,
    },
    /// The entity has no command of this name.
    #[error("`{entity}` has no command `{}`{}", short(command), known_commands(command, known))]
    NoCommand {
        /// The entity's code.
        entity: Name,
        /// The action that was asked for.
        command: String,
        /// The actions of the commands it has.
        known: Vec<&'static str>,
    },
    /// The input has fields that do not fit.
    #[error("the {} can't be stored: {}", said(.entity), sentence(.problems))]
    Invalid {
        /// The entity's code.
        entity: Name,
        /// The fields and what is wrong with them.
        problems: Vec<FieldProblem>,
    },
    /// The record's state does not allow this.
    #[error("the {} {id} {problem}", said(.entity))]
    State {
        /// The entity's code.
        entity: Name,
        /// The record.
        id: RecordId,
        /// Which state it is in and which it would have to be in.
        problem: String,
    },
    /// The record was changed by somebody else meanwhile.
    #[error("the {} {id} was changed meanwhile (it has version {found}); look at it again", said(.entity))]
    Conflict {
        /// The entity's code.
        entity: Name,
        /// The record.
        id: RecordId,
        /// The version it has now.
        found: Version,
    },
    /// Another record has this name or number.
    #[error("there is another {} with the same {}", said(.entity), quoted(.fields))]
    Taken {
        /// The entity's code.
        entity: Name,
        /// The fields that must be unique.
        fields: Vec<Name>,
    },
    /// Other records refer to the one to be deleted.
    #[error("the {} {id} can't be deleted: records of `{by}` refer to it", said(.entity))]
    Referenced {
        /// The entity's code.
        entity: Name,
        /// The record.
        id: RecordId,
        /// The entity that refers to it.
        by: Name,
    },
    /// The name or the password is wrong, or who has them is inactive; which of these is not said.
    #[error("the name or the password is wrong, or the user is inactive")]
    SignIn,
    /// There were too many wrong passwords, or names that nobody has.
    #[error("there were too many wrong passwords for this name; try again after {until}")]
    Locked {
        /// When the next try is looked at.
        until: Timestamp,
    },
    /// The question names fields or values that do not fit.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// Events can't be read on from this cursor.
    #[error(transparent)]
    Cursor(#[from] CursorProblem),
    /// The definitions do not make a schema.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// The store could not do it.
    #[error(transparent)]
    Storage(StorageError),
}

/// The result of an operation of the crate.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
///
/// async fn region(session: &Session, customer: Id<Customer>) -> crmkit::Result<Option<String>> {
///     Ok(session.customers().get(customer).await?.region)
/// }
/// ```
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl From<StorageError> for Error {
    fn from(error: StorageError) -> Self {
        // Whoever asked gave it, the store only found it out.
        let asked = std::error::Error::source(&error).and_then(|source| source.downcast_ref());
        match asked {
            Some(QueryError::Cursor) => Self::Query(QueryError::Cursor),
            _ => Self::Storage(error),
        }
    }
}

impl From<DecodeError> for Error {
    fn from(error: DecodeError) -> Self {
        Self::Storage(error.into())
    }
}

impl Error {
    /// The stable code for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "not_found",
            Self::Denied { .. } => "denied",
            Self::SessionEnded { .. } => "session_ended",
            Self::NoCommand { .. } => "no_command",
            Self::Invalid { .. } => "invalid",
            Self::State { .. } => "state",
            Self::Conflict { .. } => "conflict",
            Self::Taken { .. } => "taken",
            Self::Referenced { .. } => "referenced",
            Self::SignIn => "sign_in",
            Self::Locked { .. } => "locked",
            Self::Query(QueryError::Cursor) => "query.cursor",
            Self::Query(QueryError::Path(PathError::NoEntity(_))) => "query.no_entity",
            Self::Query(_) => "query",
            Self::Cursor(_) => "cursor",
            Self::Schema(_) => "schema",
            Self::Storage(error) => error.kind().code(),
        }
    }
}
