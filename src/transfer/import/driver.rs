//! The import itself: check the file, find out how far it is, go on from there.

use std::io::{Read, Seek};
use std::ops::Range;

use sha2::{Digest, Sha256};

use super::mapping::sources;
use super::plan::{Dry, Plan, Planner, Verdict};
use super::rejects::{Earlier, Sink, stored};
use super::resolver::Resolver;
use super::rows::{Row, RowReader};
use super::{ImportContext, ImportError, ImportOptions, ImportOutput, ImportReport, Progress, RejectedRow};
use crate::change::{Change, ChangeSet};
use crate::error::{StorageError, StorageErrorKind};
use crate::id::{Id, SetId, Version};
use crate::rules::Context;
use crate::schema::Entity;
use crate::storage::{ReaderExt, Storage};
use crate::transfer::{ImportRejects, ImportRun, NewImportRejects, NewImportRun};
use crate::value::Timestamp;

/// How many changes one commit may have, besides those that record the progress.
const MAX_CHANGES: usize = 990;
/// How many bytes of rows are held at once, unless a single row has more.
const MAX_BATCH_BYTES: usize = 4 << 20;
/// How often rows are decided about again because others write the same records.
const MAX_TRIES: usize = 16;

/// Imports a CSV file.
///
/// The file is UTF-8, with or without a byte order mark, its first line names the columns. It is read twice: once to
/// see that all of it can be read and to take its hash, then to import it. So a file that is not UTF-8, that stops
/// inside a row or has a cell out of all proportion is refused before anything is written. Memory does not grow with
/// the file; what can't be read twice is put into a temporary file first.
///
/// A row that does not fit is rejected with a reason, and the others are in. Rows are committed in batches, each
/// together with the run's progress ([`ImportRun`]): importing the same file with the same options again goes on
/// behind the last committed row, and does nothing if that was the last one.
///
/// This is a historical load: any declared status is accepted, types, required fields, references and uniqueness are
/// checked, but no rule about who may do what when. Whether the actor may import at all is for the caller to check.
///
/// # Errors
///
/// [`ImportError`]. Batches that were committed before the store failed stay; nothing is half committed.
///
/// # Examples
///
/// ```
/// use std::io::Cursor;
/// use std::sync::Arc;
///
/// use crmkit::clock::SystemClock;
/// use crmkit::id::UuidSource;
/// use crmkit::storage::MemoryStorage;
/// use crmkit::transfer::{ImportContext, ImportKind, ImportOptions, ImportOutput, import};
///
/// # pollster::block_on(async {
/// let storage = MemoryStorage::new(crmkit::standard_schema()?);
/// let context = ImportContext {
///     actor: None,
///     clock: Arc::new(SystemClock),
///     ids: Arc::new(UuidSource::default()),
///     zone: chrono_tz::Europe::Berlin,
/// };
/// let options = ImportOptions::new(ImportKind::named("products")?).map("name", "title").set("unit", "piece");
/// let file = Cursor::new("code,title,price\nA1,Anvil,99.50\nA2,Anvil\nA1,Anvil,1\n");
/// let mut reasons = Vec::new();
/// let mut on_reject = |row: &crmkit::transfer::RejectedRow| reasons.push(row.to_string());
/// let output = ImportOutput { on_reject: Some(&mut on_reject), ..Default::default() };
/// let report = import(&storage, &context, &options, file, output).await?;
/// assert_eq!((report.progress.imported, report.progress.rejected), (1, 2));
/// assert_eq!(reasons, [
///     "line 3: the row has 2 cells, the header 3 columns",
///     "line 4: `code` `A1` is taken: there is such a product already",
/// ]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
pub async fn import(
    storage: &dyn Storage,
    context: &ImportContext,
    options: &ImportOptions,
    mut input: impl Read + Seek + Send,
    output: ImportOutput<'_>,
) -> Result<ImportReport, ImportError> {
    options.check(context.zone)?;
    for name in [&*options.kind.entity().name, ImportRun::NAME, ImportRejects::NAME] {
        if storage.schema().entity(name).is_none() {
            let problem = format!("there is no entity `{name}` in the schema; register it");
            return Err(StorageError::new(StorageErrorKind::Invalid, problem).into());
        }
    }
    input.rewind().map_err(ImportError::Read)?;
    let (header, rows, hash) = check_file(&mut input, options)?;
    let sources = sources(options, &header)?;
    let sink = Sink::new(output, &header, &sources)?;
    let fingerprint = fingerprint(options, &hash);
    let started = context.clock.now();
    let stored = storage.first::<ImportRun>(ImportRun::fingerprint.eq(fingerprint.clone())).await?;
    let run = stored.unwrap_or_else(|| {
        let new = NewImportRun {
            fingerprint,
            kind: options.kind.name().to_owned(),
            rows_total: signed(rows),
            started_at: started,
            ..Default::default()
        };
        ImportRun::draft(Id::new(context.ids.next_id(started)), new)
    });
    let planner = Planner {
        storage,
        options,
        sources,
        columns: header.len(),
        moment: Context { actor: context.actor, now: started, zone: context.zone },
        ids: &*context.ids,
        resolver: Resolver::new(context.zone),
        careful: false,
        dry: Dry::default(),
    };
    let resumed_at = unsigned(run.rows_done);
    let mut driver = Driver { storage, context, options, planner, run, sink };
    if resumed_at < rows || driver.run.rejected > 0 && driver.sink.wants_rejects() {
        input.rewind().map_err(ImportError::Read)?;
        driver.run_through(input, rows).await?;
    }
    Ok(ImportReport { progress: driver.progress(), resumed_at })
}

/// Reads the whole file once: its header, how many rows follow, and its hash.
fn check_file(input: impl Read, options: &ImportOptions) -> Result<(Row, u64, [u8; 32]), ImportError> {
    let mut reader = RowReader::new(input, options.max_cell_bytes).hashed();
    let (mut header, mut row, mut rows) = (Row::default(), Row::default(), 0);
    if !reader.read(&mut header)? {
        return Err(ImportError::Empty);
    }
    // UTF-16 of plain English is UTF-8 with a NUL behind every letter.
    if header.cells().any(|name| name.contains('\0')) {
        return Err(ImportError::NotUtf8 { line: header.line });
    }
    while reader.read(&mut row)? {
        rows += 1;
        if !row.terminated && row.len() < header.len() {
            return Err(ImportError::Truncated { line: row.line });
        }
    }
    Ok((header, rows, reader.into_hash()))
}

/// What tells one run from another: the file, and all options that decide what comes of it.
fn fingerprint(options: &ImportOptions, file: &[u8; 32]) -> String {
    let mut hash = Sha256::new();
    let mut add = |text: &str| {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    };
    add(options.kind.name());
    add(options.on_duplicate.code());
    let mut said: Vec<[&str; 4]> = Vec::new();
    said.extend(options.map.iter().map(|(field, column)| ["map", field, column, ""]));
    said.extend(options.set.iter().map(|(field, text)| ["set", field, text, ""]));
    said.extend(options.map_value.iter().map(|(field, from, to)| ["value", field, from, to]));
    // The order in which options are given does not matter.
    said.sort_unstable();
    said.iter().flatten().for_each(|text| add(text));
    hash.update(file);
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

struct Driver<'a, 'o> {
    storage: &'a dyn Storage,
    context: &'a ImportContext,
    options: &'a ImportOptions,
    planner: Planner<'a>,
    run: ImportRun,
    sink: Sink<'o>,
}

/// What came of an attempt to commit rows.
enum Attempt {
    Done,
    /// There is too much to commit at once, or something among it is refused.
    Divide,
}

impl Driver<'_, '_> {
    /// Goes through the file, past the rows that are decided, and decides about the others.
    async fn run_through(&mut self, input: impl Read + Send, rows: u64) -> Result<(), ImportError> {
        let mut reader = RowReader::new(input, self.options.max_cell_bytes);
        let mut batch: Vec<Row> = Vec::new();
        let mut earlier = Earlier::new(self.storage, self.run.id);
        let batch_rows = self.options.batch_rows.clamp(1, 1_000);
        let mut spare = Row::default();
        reader.read(&mut spare)?;
        let mut done = unsigned(self.run.rows_done);
        let (mut held, mut bytes) = (0, 0);
        loop {
            if batch.len() == held {
                batch.push(Row::default());
            }
            let Some(row) = batch.get_mut(held) else { return Ok(()) };
            let more = reader.read(row)?;
            if more && row.number > rows {
                return Err(ImportError::Changed);
            }
            if more && row.number <= done {
                if self.sink.wants_rejects()
                    && let Some(rejected) = earlier.about(row.number).await?
                {
                    self.sink.reject(row, &rejected)?;
                }
                continue;
            }
            if more {
                (held, bytes) = (held + 1, bytes + row.bytes());
            }
            if held > 0 && (!more || held == batch_rows || bytes >= MAX_BATCH_BYTES) {
                self.decide(batch.get(..held).unwrap_or_default()).await?;
                done += held as u64;
                (held, bytes) = (0, 0);
            }
            if !more {
                self.sink.flush()?;
                return if done == rows { Ok(()) } else { Err(ImportError::Changed) };
            }
        }
    }

    /// Decides about rows, all at once or, where that is not possible, part by part.
    async fn decide(&mut self, rows: &[Row]) -> Result<(), ImportError> {
        let all = 0..rows.len();
        let mut parts: Vec<Range<usize>> = Vec::from([all]);
        while let Some(part) = parts.pop() {
            let some = rows.get(part.clone()).unwrap_or_default();
            match self.attempt(some).await? {
                Attempt::Done => {}
                Attempt::Divide => {
                    let middle = part.start + part.len() / 2;
                    parts.push(middle..part.end);
                    parts.push(part.start..middle);
                }
            }
        }
        Ok(())
    }

    async fn attempt(&mut self, rows: &[Row]) -> Result<Attempt, ImportError> {
        let several = rows.len() > 1;
        for attempt in 1.. {
            let plan = self.planner.plan(rows).await?;
            if plan.changes.len() > MAX_CHANGES && several {
                return Ok(Attempt::Divide);
            }
            let error = match self.commit(rows, plan).await? {
                Ok(()) => return Ok(Attempt::Done),
                Err(error) => error,
            };
            // Something is not as it was found: look at everything anew.
            self.planner.resolver.forget();
            let was_careful = std::mem::replace(&mut self.planner.careful, true);
            match error.kind() {
                StorageErrorKind::TooLarge if several => return Ok(Attempt::Divide),
                StorageErrorKind::Refused if attempt == 1 || !was_careful => {}
                StorageErrorKind::Refused if error.is_conflict() && attempt < MAX_TRIES => {}
                StorageErrorKind::Refused if several => return Ok(Attempt::Divide),
                StorageErrorKind::Refused if !error.is_conflict() => {
                    let rejected = Plan { verdicts: vec![Verdict::Rejected(refusal(&error))], changes: Vec::new() };
                    return self.commit(rows, rejected).await?.map(|()| Attempt::Done).map_err(Into::into);
                }
                _ => return Err(error.into()),
            }
        }
        Ok(Attempt::Done)
    }

    /// Commits what is decided about rows together with the progress, and tells of it. The inner error is for the
    /// rows; the outer one ends the import.
    async fn commit(&mut self, rows: &[Row], plan: Plan) -> Result<Result<(), StorageError>, ImportError> {
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
                    rejected.push((row, RejectedRow { row: row.number, line: row.line, reason }));
                }
            }
        }
        let now = self.context.clock.now();
        if run.rows_done == run.rows_total {
            run.finished_at = Some(now);
        }
        if !self.options.dry_run {
            let rejects: Vec<RejectedRow> = rejected.iter().map(|(_, rejected)| rejected.clone()).collect();
            if let Err(error) = self.write(&run, plan.changes, &rejects, now).await? {
                return Ok(Err(error));
            }
            run.version = self.run.version.next();
        }
        self.run = run;
        for (row, rejected) in &rejected {
            self.sink.reject(row, rejected)?;
        }
        self.sink.flush()?;
        let progress = self.progress();
        self.sink.progress(&progress);
        Ok(Ok(()))
    }

    async fn write(
        &self,
        run: &ImportRun,
        changes: Vec<Change>,
        rejected: &[RejectedRow],
        now: Timestamp,
    ) -> Result<Result<(), StorageError>, ImportError> {
        let id = SetId(self.context.ids.next_id(now));
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
            let new = NewImportRejects {
                run: run.id,
                first_row: signed(first.row),
                rows: stored(rejected),
                ..Default::default()
            };
            let id = Id::new(self.context.ids.next_id(now));
            set.changes.push(Change::Insert(ImportRejects::draft(id, new).into_record()));
        }
        let result = match self.storage.commit(&set).await {
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

    fn progress(&self) -> Progress {
        Progress {
            rows: unsigned(self.run.rows_total),
            done: unsigned(self.run.rows_done),
            imported: unsigned(self.run.imported),
            updated: unsigned(self.run.updated),
            skipped: unsigned(self.run.skipped),
            rejected: unsigned(self.run.rejected),
        }
    }
}

/// Why the store refused a single row.
fn refusal(error: &StorageError) -> String {
    let reasons: Vec<String> = error.refusals().iter().map(|refused| refused.reason.to_string()).collect();
    format!("the store refused it: {}", reasons.join("; "))
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn unsigned(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}
