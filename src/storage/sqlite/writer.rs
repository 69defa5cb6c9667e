//! The one thread that writes: it commits the sets that are waiting together, each in a savepoint of its own.

use std::sync::Arc;

use rusqlite::{OptionalExtension, Row, params};

use super::apply::{Application, Stop};
use super::fault::Fault;
use super::link::Link;
use super::queue::{self, Committer, Lost};
use super::row::BoundId;
use super::source::Held;
use super::statements::Statements;
use crate::change::{ChangeSet, Committed};
use crate::error::Refused;
use crate::id::{Position, SetId};
use crate::schema::Schema;
use crate::storage::{Result, StorageError, StorageErrorKind};

/// What the writing thread works with.
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) schema: Arc<Schema>,
    pub(super) statements: Arc<Statements>,
    pub(super) held: Arc<Held>,
    pub(super) queue: Arc<Queue>,
}

/// The numbers a set handed out, as they are stored with it.
#[derive(serde::Serialize, serde::Deserialize)]
struct Outcome {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    slots: Vec<i64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    purged: Vec<u64>,
}

/// How far a transaction came before the database could not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Begin,
    Changes,
    Commit,
}

/// A set as it waits.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) set: ChangeSet,
    /// What can be said against it without looking at the database.
    pub(super) problems: Vec<Refused>,
}

/// A set that waits, and who waits for it.
pub(super) type Job = queue::Job<Waiting, Result<Committed>>;

/// The sets that wait.
pub(super) type Queue = queue::Queue<Waiting, Result<Committed>>;

impl Committer for Writer {
    type Set = Waiting;
    type Answer = Result<Committed>;
    type Fault = StorageError;

    fn weight(waiting: &Waiting) -> usize {
        waiting.set.changes.len()
    }

    fn together(&self, jobs: &[Job]) -> Result<Vec<Result<Committed>>, Lost<StorageError>> {
        match self.held.with(|link| Ok(self.results(link, jobs))) {
            Ok(Ok(results)) => Ok(results),
            Ok(Err((Stage::Begin, fault))) | Err(fault) => Err(Lost::Begin(fault.into())),
            Ok(Err((stage, fault))) => Err(Lost::Later(unknown(stage, fault))),
        }
    }

    fn refusals(&self, error: StorageError, count: usize) -> Vec<Result<Committed>> {
        let again = |_| StorageError::new(error.kind(), error.to_string());
        let others: Vec<StorageError> = (1..count).map(again).collect();
        std::iter::once(error).chain(others).map(Err).collect()
    }
}

impl Writer {
    /// Commits what comes until the queue is closed and empty.
    pub(super) fn run(self) {
        queue::serve(&self.queue, &self);
        // The statistics are a help for the next one who opens the database, and no more.
        let _ =
            self.held.with(|link| Ok(link.connection.execute_batch("PRAGMA analysis_limit = 400; PRAGMA optimize")?));
    }

    fn results(&self, link: &Link, jobs: &[Job]) -> Result<Vec<Result<Committed>>, (Stage, Fault)> {
        // A set by itself needs no savepoint, which costs copies of the pages it writes, unless it is refused.
        if let [job] = jobs
            && let Some(committed) = transaction(link, || self.apply(link, job))?
        {
            return Ok(vec![Ok(committed)]);
        }
        let all = || jobs.iter().map(|job| self.one(link, job)).collect::<Result<Vec<_>, Fault>>().map(Some);
        Ok(transaction(link, all)?.unwrap_or_default())
    }

    /// Applies a set; none if it does not go through like this.
    fn apply(&self, link: &Link, job: &Job) -> Result<Option<Committed>, Fault> {
        if !job.set.problems.is_empty() {
            return Ok(None);
        }
        let mut application = Application::new(&link.connection, &self.schema, &self.statements);
        match application.apply(&job.set.set) {
            Ok(()) => record(link, &job.set.set, application),
            Err(Stop::Refused) => Ok(None),
            Err(Stop::Fault(fault)) => Err(fault),
        }
    }

    /// Applies one set of several. One that is refused leaves nothing behind; an error means that the transaction is
    /// lost.
    fn one(&self, link: &Link, job: &Job) -> Result<Result<Committed>, Fault> {
        link.run("SAVEPOINT crm_set")?;
        let result = match self.apply(link, job)? {
            Some(committed) => Ok(committed),
            None => self.again(link, job)?,
        };
        if result.is_err() {
            link.run("ROLLBACK TO crm_set")?;
        }
        link.run("RELEASE crm_set")?;
        Ok(result)
    }

    /// What to make of a set that did not go through: it was committed before, or it is refused, or it is good after
    /// all.
    fn again(&self, link: &Link, job: &Job) -> Result<Result<Committed>, Fault> {
        link.run("ROLLBACK TO crm_set")?;
        if let Some(committed) = committed(link, job.set.set.id)? {
            return Ok(Ok(committed.replayed()));
        }
        let mut application = Application::new(&link.connection, &self.schema, &self.statements);
        match application.diagnose(link, &job.set.set, &job.set.problems)? {
            Err(refused) => Ok(Err(StorageError::refused(refused))),
            Ok(()) => {
                let taken = || StorageError::new(StorageErrorKind::Other, "the set is committed and not committed");
                Ok(record(link, &job.set.set, application)?.ok_or_else(taken))
            }
        }
    }
}

/// Does work in a transaction of its own. Where it comes to nothing, or fails, everything is taken back.
fn transaction<T>(link: &Link, work: impl FnOnce() -> Result<Option<T>, Fault>) -> Result<Option<T>, (Stage, Fault)> {
    let begin = |error: rusqlite::Error| (Stage::Begin, Fault::from(error));
    if !link.connection.is_autocommit() {
        link.run("ROLLBACK").map_err(begin)?;
    }
    link.run("BEGIN IMMEDIATE").map_err(begin)?;
    let result = match work() {
        Ok(Some(done)) => match link.run("COMMIT") {
            Ok(()) => return Ok(Some(done)),
            Err(error) => Err((Stage::Commit, error.into())),
        },
        Ok(None) => Ok(None),
        Err(fault) => Err((Stage::Changes, fault)),
    };
    // Some errors end the transaction by themselves.
    if !link.connection.is_autocommit() {
        let _ = link.run("ROLLBACK");
    }
    result
}

/// What a set did that was committed before, if it was.
pub(super) fn committed(link: &Link, set: SetId) -> Result<Option<Committed>, Fault> {
    let sql = "SELECT \"position\", \"outcome\" FROM \"crm_commit\" WHERE \"set_id\" = ?";
    let read = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, Option<String>>(1)?));
    let Some((position, outcome)) =
        link.connection.prepare_cached(sql)?.query_row([BoundId(set.0)], read).optional()?
    else {
        return Ok(None);
    };
    let outcome = match outcome {
        None => Outcome { slots: Vec::new(), purged: Vec::new() },
        Some(text) => serde_json::from_str(&text).map_err(|error| {
            let message = format!("the commit {set} can't be read: `outcome`: {error}");
            StorageError::new(StorageErrorKind::Corrupt, message).with_source(error)
        })?,
    };
    Ok(Some(Committed::new(Position(position.unsigned_abs()), outcome.slots, outcome.purged)))
}

/// Writes down that a set is committed; none if it already was.
fn record(link: &Link, set: &ChangeSet, application: Application<'_>) -> Result<Option<Committed>, Fault> {
    let (slots, purged) = (application.slots, application.purged);
    let outcome = Outcome { slots, purged };
    let text = if outcome.slots.is_empty() && outcome.purged.is_empty() {
        None
    } else {
        let broken = |error: serde_json::Error| {
            StorageError::new(StorageErrorKind::Other, "the outcome can't be written").with_source(error)
        };
        Some(serde_json::to_string(&outcome).map_err(broken)?)
    };
    let sql = "INSERT INTO \"crm_commit\" (\"set_id\", \"at\", \"actor\", \"command\", \"outcome\") \
               VALUES (?, ?, ?, ?, ?) ON CONFLICT (\"set_id\") DO NOTHING";
    let mut statement = link.connection.prepare_cached(sql)?;
    let actor = set.actor.map(BoundId);
    let count = statement.execute(params![BoundId(set.id.0), set.at.as_micros(), actor, set.command, text])?;
    if count == 0 {
        return Ok(None);
    }
    let position = Position(link.connection.last_insert_rowid().unsigned_abs());
    Ok(Some(Committed::new(position, outcome.slots, outcome.purged)))
}

/// A disk that fails while committing may or may not have kept the set.
fn unknown(stage: Stage, fault: Fault) -> StorageError {
    let error = StorageError::from(fault);
    if stage != Stage::Commit || error.kind() != StorageErrorKind::Unavailable {
        return error;
    }
    let message = format!("{error}; whether the set is in is not known: look it up by its id");
    StorageError::new(StorageErrorKind::UnknownOutcome, message).with_source(error)
}
