//! Rejected rows: written for people, and remembered for the next run.

use std::collections::VecDeque;
use std::io::Write;

use super::mapping::{Source, is_unused};
use super::rows::Row;
use super::{ImportError, ImportOutput, Progress, RejectedRow};
use crate::error::StorageError;
use crate::id::Id;
use crate::query::{Cursor, Query};
use crate::storage::{ReaderExt, Storage};
use crate::transfer::{ImportRejects, ImportRun};

/// The column the reason stands in.
const ERROR: &str = "error";
/// How many commits' rejects are read at once.
const PAGE: usize = 16;

/// Tells what happens.
pub(super) struct Sink<'a> {
    writer: Option<csv::Writer<&'a mut (dyn Write + Send)>>,
    on_reject: Option<&'a mut (dyn FnMut(&RejectedRow) + Send)>,
    on_progress: Option<&'a mut (dyn FnMut(&Progress) + Send)>,
    columns: usize,
    /// The place of a column of that name from an earlier import, which is written over.
    error: Option<usize>,
}

impl<'a> Sink<'a> {
    /// Begins with the header.
    pub(super) fn new(output: ImportOutput<'a>, header: &Row, sources: &[Source]) -> Result<Self, ImportError> {
        let ImportOutput { rejects, on_reject, on_progress } = output;
        let mut last = header.cells().enumerate().filter(|(place, name)| *name == ERROR && is_unused(sources, *place));
        let error = last.next().map(|(place, _)| place);
        let writer = rejects.map(csv::Writer::from_writer);
        let mut sink = Self { writer, on_reject, on_progress, columns: header.len(), error };
        sink.write(header, ERROR)?;
        sink.flush()?;
        Ok(sink)
    }

    /// Whether anyone wants to know of rejected rows.
    pub(super) fn wants_rejects(&self) -> bool {
        self.writer.is_some() || self.on_reject.is_some()
    }

    pub(super) fn reject(&mut self, row: &Row, rejected: &RejectedRow) -> Result<(), ImportError> {
        if let Some(told) = &mut self.on_reject {
            told(rejected);
        }
        self.write(row, &rejected.reason)
    }

    pub(super) fn progress(&mut self, progress: &Progress) {
        if let Some(told) = &mut self.on_progress {
            told(progress);
        }
    }

    pub(super) fn flush(&mut self) -> Result<(), ImportError> {
        self.writer.as_mut().map_or(Ok(()), |writer| writer.flush().map_err(ImportError::Write))
    }

    fn write(&mut self, row: &Row, reason: &str) -> Result<(), ImportError> {
        let Some(writer) = &mut self.writer else { return Ok(()) };
        let cell = |place| if self.error == Some(place) { reason } else { row.cell(place) };
        let cells = (0..self.columns).map(cell).chain(self.error.is_none().then_some(reason));
        writer.write_record(cells).map_err(|error| ImportError::Write(error.into()))
    }
}

/// The rejects of earlier runs, in the order of the file.
pub(super) struct Earlier<'a> {
    storage: &'a dyn Storage,
    run: Id<ImportRun>,
    pending: VecDeque<RejectedRow>,
    next: Next,
}

enum Next {
    First,
    After(Cursor),
    End,
}

impl<'a> Earlier<'a> {
    pub(super) fn new(storage: &'a dyn Storage, run: Id<ImportRun>) -> Self {
        Self { storage, run, pending: VecDeque::new(), next: Next::First }
    }

    /// What was said about a row, if it was rejected. Rows are asked for in the order of the file.
    pub(super) async fn about(&mut self, row: u64) -> Result<Option<RejectedRow>, StorageError> {
        loop {
            while let Some(first) = self.pending.front() {
                if first.row > row {
                    return Ok(None);
                }
                let first = self.pending.pop_front();
                if let Some(found) = first.filter(|found| found.row == row) {
                    return Ok(Some(found));
                }
            }
            let after = match std::mem::replace(&mut self.next, Next::End) {
                Next::First => None,
                Next::After(cursor) => Some(cursor),
                Next::End => return Ok(None),
            };
            let query = Query::of::<ImportRejects>()
                .filter(ImportRejects::run.eq(self.run))
                .order(ImportRejects::first_row.asc())
                .limit(PAGE)
                .after(after);
            let (found, next) = self.storage.find::<ImportRejects>(&query).await?;
            self.pending.extend(found.iter().flat_map(|rejects| remembered(&rejects.rows)));
            self.next = next.map_or(Next::End, Next::After);
        }
    }
}

/// Rejected rows as they are stored.
pub(super) fn stored(rejected: &[RejectedRow]) -> serde_json::Value {
    rejected.iter().map(|rejected| serde_json::json!([rejected.row, rejected.line, rejected.reason])).collect()
}

fn remembered(rows: &serde_json::Value) -> Vec<RejectedRow> {
    let rows = rows.as_array().map(Vec::as_slice).unwrap_or_default();
    let read = |row: &serde_json::Value| {
        Some(RejectedRow {
            row: row.get(0)?.as_u64()?,
            line: row.get(1)?.as_u64()?,
            reason: row.get(2)?.as_str()?.to_owned(),
        })
    };
    rows.iter().filter_map(read).collect()
}
