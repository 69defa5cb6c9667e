//! The run's own record, written in the same commits as the rows.

use super::plan::{Plan, Verdict};
use super::rejects::{Earlier, stored};
use super::rows::Row;
use super::{ImportContext, ImportError, ImportOptions, Progress, RejectedRow};
use crate::change::{Change, ChangeSet};
use crate::crm::rollups::{Counted, Rollups};
use crate::error::{StorageError, StorageErrorKind};
use crate::history::Extent;
use crate::id::{Id, SetId, Version};
use crate::schema::Entity;
use crate::session::record_history;
use crate::storage::{ReaderExt, Storage};
use crate::transfer::{ImportRejects, ImportRun, NewImportRejects, NewImportRun};

/// How far a run has come.
pub(super) struct Ledger<'a> {
    storage: &'a dyn Storage,
    context: &'a ImportContext,
    options: &'a ImportOptions,
    run: ImportRun,
    rollups: Rollups,
}

impl<'a> Ledger<'a> {
    /// The run with a fingerprint, or a new one.
    pub(super) async fn open(
        storage: &'a dyn Storage,
        context: &'a ImportContext,
        options: &'a ImportOptions,
        fingerprint: String,
        rows: u64,
    ) -> Result<Self, StorageError> {
        let known = storage.first::<ImportRun>(ImportRun::fingerprint.eq(fingerprint.clone())).await?;
        let run = known.unwrap_or_else(|| {
            let started_at = context.clock.now();
            let new = NewImportRun {
                fingerprint,
                kind: options.kind.name().to_owned(),
                rows_total: signed(rows),
                started_at,
                ..Default::default()
            };
            ImportRun::draft(Id::new(context.ids.next_id(started_at)), new)
        });
        Ok(Self { storage, context, options, run, rollups: Rollups::default() })
    }

    pub(super) fn progress(&self) -> Progress {
        Progress {
            rows: unsigned(self.run.rows_total),
            done: unsigned(self.run.rows_done),
            imported: unsigned(self.run.imported),
            updated: unsigned(self.run.updated),
            skipped: unsigned(self.run.skipped),
            rejected: unsigned(self.run.rejected),
        }
    }

    /// What earlier runs rejected.
    pub(super) fn earlier(&self) -> Earlier<'a> {
        Earlier::new(self.storage, self.run.id)
    }

    /// Commits what is decided about rows, and gives those that are rejected. The inner error is for the rows; the
    /// outer one ends the import.
    pub(super) async fn commit(
        &mut self,
        rows: &[Row],
        plan: Plan,
    ) -> Result<Result<Vec<RejectedRow>, StorageError>, ImportError> {
        let mut rejected = Vec::new();
        let mut run = self.run.clone();
        for (row, verdict) in rows.iter().zip(plan.verdicts) {
            run.rows_done += 1;
            match verdict {
                Verdict::Imported => run.imported += 1,
                Verdict::Updated => run.updated += 1,
                Verdict::Skipped => run.skipped += 1,
                Verdict::Rejected(reason) => {
                    run.rejected += 1;
                    // What is said of a cell may repeat what no store holds.
                    let reason = reason.replace('\0', "\u{fffd}");
                    rejected.push(RejectedRow { row: row.number, line: row.line, reason });
                }
            }
        }
        if run.rows_done == run.rows_total {
            run.finished_at = Some(self.context.clock.now());
        }
        if !self.options.dry_run {
            if let Err(error) = self.write(&run, plan.changes, &rejected).await? {
                return Ok(Err(error));
            }
            run.version = run.version.next();
        }
        self.run = run;
        Ok(Ok(rejected))
    }

    async fn write(
        &self,
        run: &ImportRun,
        changes: Vec<Change>,
        rejected: &[RejectedRow],
    ) -> Result<Result<(), StorageError>, ImportError> {
        let (now, ids) = (self.context.clock.now(), &self.context.ids);
        let id = SetId(ids.next_id(now));
        let command = format!("{}.import", self.options.kind.entity().code);
        let mut set = ChangeSet::new(id, now, command).by(self.context.actor.map(Id::raw));
        set.changes = changes;
        let of_rows = set.changes.len();
        let record = run.clone().into_record();
        set.changes.push(match run.version {
            Version::NEW => Change::Insert(record),
            expected => Change::Update { record, expected },
        });
        if let Some(first) = rejected.first() {
            let (run, first_row, rows) = (run.id, signed(first.row), stored(rejected));
            let new = NewImportRejects { run, first_row, rows, ..Default::default() };
            set.changes.push(Change::Insert(ImportRejects::draft(Id::new(ids.next_id(now)), new).into_record()));
        }
        record_history(self.storage, &**ids, &mut set, &[], Extent::Former).await?;
        let counted = Counted::of(self.storage.schema(), &set, |_, _| None);
        let result = match self.rollups.commit(self.storage, &mut set, counted).await {
            Err(error) if error.kind() == StorageErrorKind::UnknownOutcome => match self.storage.committed(id).await? {
                Some(committed) => Ok(committed),
                None => self.storage.commit(&set).await,
            },
            result => result,
        };
        match result {
            Ok(_) => Ok(Ok(())),
            Err(error) if error.refusals().iter().any(|refused| refused.index >= of_rows) => {
                Err(ImportError::Concurrent)
            }
            Err(error) => Ok(Err(error)),
        }
    }
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn unsigned(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}
