//! Folds the rows of an aggregate where SQLite finds them.
//!
//! Handing each row to the caller and being asked for the next one costs about as much again as finding it. So the
//! statement has one column, an aggregate function of ours that takes in row after row, and one row, which says nothing.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;
use rusqlite::functions::{Aggregate, Context, FunctionFlags};
use rusqlite::types::{Null, ValueRef};

use super::dialect::FOLD;
use super::fault::Fault;
use super::row::{decode, id, integer};
use crate::query::{AggregateRow, Folder, PreparedAggregate, QueryError, Tally};
use crate::schema::ColumnType;
use crate::value::Value;

/// What a statement that folds takes its work from and leaves it in; one for each connection.
#[derive(Debug, Clone, Default)]
pub(super) struct Tray(Arc<Mutex<Work>>);

#[derive(Debug, Default)]
struct Work {
    folding: Option<Folding>,
    trouble: Option<Trouble>,
}

/// Why a statement that folds was ended.
#[derive(Debug)]
enum Trouble {
    /// A value is not of the kind the schema says.
    Unfit,
    Query(QueryError),
}

impl Tray {
    /// Makes the function known to a connection.
    pub(super) fn register(&self, connection: &Connection) -> rusqlite::Result<()> {
        // A request has at most 16 keys and 64 measures; SQLite allows 127 arguments.
        let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DIRECTONLY;
        connection.create_aggregate_function(FOLD, -1, flags, Fold(self.clone()))
    }

    /// Has a statement that calls the function fold the records of a request. None if it met a value that does not fit:
    /// whose that is, only a statement that reads the ids can tell.
    pub(super) fn fold(
        &self,
        request: &Arc<PreparedAggregate>,
        run: impl FnOnce() -> rusqlite::Result<()>,
    ) -> Result<Option<Vec<AggregateRow>>, Fault> {
        *self.work() = Work { folding: Some(Folding::new(Arc::clone(request))), trouble: None };
        let done = run();
        let Work { folding, trouble } = std::mem::take(&mut *self.work());
        match trouble {
            Some(Trouble::Unfit) => return Ok(None),
            Some(Trouble::Query(error)) => return Err(error.into()),
            None => done?,
        }
        Ok(folding.map(Folding::finish).transpose()?)
    }

    fn work(&self) -> MutexGuard<'_, Work> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The records of a request, as far as they have been folded.
struct Folding {
    kinds: Vec<ColumnType>,
    folder: Way,
}

enum Way {
    Values { folder: Folder<Arc<PreparedAggregate>>, values: Vec<Value> },
    Numbers { tally: Tally<Arc<PreparedAggregate>>, numbers: Vec<Option<i64>> },
}

impl fmt::Debug for Folding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Folding")
    }
}

impl Folding {
    fn new(request: Arc<PreparedAggregate>) -> Self {
        let kinds = request.inputs().map(|path| path.column_type.clone()).collect();
        let folder = if Tally::<Arc<_>>::fits(&request) {
            Way::Numbers { tally: Tally::new(request), numbers: Vec::new() }
        } else {
            Way::Values { folder: Folder::new(request), values: Vec::new() }
        };
        Self { kinds, folder }
    }

    fn push<'r>(&mut self, row: impl Fn(usize) -> ValueRef<'r>) -> Result<(), Trouble> {
        match &mut self.folder {
            Way::Values { folder, values } => {
                values.clear();
                for (place, kind) in self.kinds.iter().enumerate() {
                    values.push(decode(kind, row(place)).map_err(|_| Trouble::Unfit)?);
                }
                folder.push(values).map_err(Trouble::Query)
            }
            Way::Numbers { tally, numbers } => {
                let key = match row(0) {
                    ValueRef::Null => None,
                    raw => Some(id(&raw).ok_or(Trouble::Unfit)?),
                };
                numbers.clear();
                for (place, kind) in self.kinds.iter().enumerate().skip(1) {
                    numbers.push(match row(place) {
                        ValueRef::Null => None,
                        raw => Some(integer(kind, &raw).ok_or(Trouble::Unfit)?),
                    });
                }
                tally.push(key, numbers.iter().copied()).map_err(Trouble::Query)
            }
        }
    }

    fn finish(self) -> Result<Vec<AggregateRow>, QueryError> {
        match self.folder {
            Way::Values { folder, .. } => folder.finish(),
            Way::Numbers { tally, .. } => tally.finish(),
        }
    }
}

/// The function as SQLite calls it.
#[derive(Debug)]
struct Fold(Tray);

impl Aggregate<Folding, Null> for Fold {
    fn init(&self, _: &mut Context<'_>) -> rusqlite::Result<Folding> {
        self.0.work().folding.take().ok_or_else(|| ended("it was called by a statement of somebody else"))
    }

    fn step(&self, context: &mut Context<'_>, folding: &mut Folding) -> rusqlite::Result<()> {
        let row = |place| if place < context.len() { context.get_raw(place) } else { ValueRef::Null };
        folding.push(row).map_err(|trouble| {
            self.0.work().trouble = Some(trouble);
            ended("a record could not be taken in")
        })
    }

    fn finalize(&self, _: &mut Context<'_>, folding: Option<Folding>) -> rusqlite::Result<Null> {
        // Without a record, the work has never been taken.
        if let Some(folding) = folding {
            self.0.work().folding = Some(folding);
        }
        Ok(Null)
    }
}

fn ended(why: &str) -> rusqlite::Error {
    rusqlite::Error::UserFunctionError(why.into())
}
