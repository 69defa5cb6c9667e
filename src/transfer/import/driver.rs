//! The import itself: check the file, find out how far it is, go on from there.

use std::io::{Read, Seek};
use std::ops::Range;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::ledger::Ledger;
use super::making::Made;
use super::mapping::sources;
use super::plan::{Dry, Plan, Planner, Verdict};
use super::rejects::Sink;
use super::resolver::Resolver;
use super::rows::{Numbering, Row, RowReader};
use super::{ImportContext, ImportError, ImportOptions, ImportOutput, ImportReport};
use crate::access::SignInState;
use crate::change::Change;
use crate::error::{Refusal, Refused, StorageError, StorageErrorKind};
use crate::rules::Context;
use crate::schema::Entity;
use crate::storage::Storage;
use crate::transfer::{ImportRejects, ImportRun};

/// How many changes of a commit are kept for those that record the progress.
const PROGRESS: usize = 10;
/// How many bytes of rows are held at once, unless a single row has more.
const MAX_BATCH_BYTES: usize = 4 << 20;
/// How often rows are decided about again because others write the same records.
const MAX_TRIES: usize = 16;

/// Imports a CSV file or, with the feature `xlsx`, a sheet of a workbook.
///
/// A CSV file is UTF-8, with or without a byte order mark, its first line names the columns. It is read twice: once to
/// see that all of it can be read and to take its hash, then to import it. So a file that is not UTF-8, that stops
/// inside a row or has a cell out of all proportion is refused before anything is written. Memory does not grow with
/// the file; what can't be read twice is put into a temporary file first.
///
/// A workbook is known by its first bytes. Its cells become the text that a CSV file would hold: numbers plain decimals of
/// at most 15 digits, dates ISO days, or moments in the organisation's zone, truth values `true` and `false`, formulas what
/// they last came to. Lines are the sheet's rows, and rows without a text are passed over. Its list of shared texts is held
/// in memory. Rejected rows are written as CSV.
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
///     "line 4: `code` `A1` is taken by another product",
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
        if storage.schema().entity(name).is_none_or(|def| def.facts.secret) {
            let problem = format!("there is no entity `{name}` in the schema; register it");
            return Err(StorageError::new(StorageErrorKind::Invalid, problem).into());
        }
    }
    if !is_workbook(&mut input)? {
        if options.sheet.is_some() {
            let problem = "it is no workbook, so it has no sheets; leave the sheet out".to_owned();
            return Err(ImportError::Workbook { problem });
        }
        return import_rows(storage, context, options, input, Numbering::Counted, output).await;
    }
    #[cfg(feature = "xlsx")]
    {
        let file = super::sheet::spooled(&mut input, options)?;
        import_rows(storage, context, options, file, Numbering::Said, output).await
    }
    #[cfg(not(feature = "xlsx"))]
    {
        let problem = "this program was built without the feature `xlsx`; save the file as CSV".to_owned();
        Err(ImportError::Workbook { problem })
    }
}

/// Whether the file begins as a workbook does, which no CSV file can.
fn is_workbook(input: &mut (impl Read + Seek)) -> Result<bool, ImportError> {
    input.rewind().map_err(ImportError::Read)?;
    let mut first = Vec::new();
    input.take(4).read_to_end(&mut first).map_err(ImportError::Read)?;
    input.rewind().map_err(ImportError::Read)?;
    Ok(first == *b"PK\x03\x04")
}

async fn import_rows(
    storage: &dyn Storage,
    context: &ImportContext,
    options: &ImportOptions,
    mut input: impl Read + Seek + Send,
    numbering: Numbering,
    output: ImportOutput<'_>,
) -> Result<ImportReport, ImportError> {
    input.rewind().map_err(ImportError::Read)?;
    let (header, rows, hash) = check_file(&mut input, options, numbering)?;
    let sources = sources(options, &header)?;
    let sink = Sink::new(output, &header, &sources)?;
    let fingerprint = fingerprint(options, &hash);
    let def = Arc::new(options.kind.entity().clone());
    let key_when = options.kind.key_when().map(|when| when.clone().prepare(storage.schema(), &def));
    let ledger = Ledger::open(storage, context, options, fingerprint, rows).await?;
    let planner = Planner {
        storage,
        options,
        sources,
        columns: header.len(),
        moment: Context { actor: context.actor, now: context.clock.now(), zone: context.zone },
        ids: &*context.ids,
        resolver: Resolver::new(context.zone),
        made: Made::default(),
        key_when: key_when.transpose().map_err(StorageError::from)?,
        careful: false,
        dry: Dry::default(),
    };
    let before = ledger.progress();
    let batch_rows = options.batch_rows.clamp(1, storage.set_limit().max(1));
    // The first rows tell how many changes one makes.
    let part = batch_rows.min(storage.set_limit().div_ceil(2).max(1));
    let mut driver = Driver { options, planner, ledger, sink, batch_rows, part };
    if before.done < rows || before.rejected > 0 && driver.sink.wants_rejects() {
        input.rewind().map_err(ImportError::Read)?;
        driver.run_through(input, numbering, rows).await?;
    }
    Ok(ImportReport { progress: driver.ledger.progress(), resumed_at: before.done })
}

/// Reads the whole file once: its header, how many rows follow, and its hash.
fn check_file(
    input: impl Read,
    options: &ImportOptions,
    numbering: Numbering,
) -> Result<(Row, u64, [u8; 32]), ImportError> {
    let mut reader = RowReader::new(input, options.max_cell_bytes).numbered(numbering).hashed();
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
    // Which of several further columns comes first does matter.
    let further: Vec<String> = (0..options.or_map.len()).map(|place| place.to_string()).collect();
    said.extend(options.or_map.iter().zip(&further).map(|((field, column), at)| ["or", field, column, at]));
    said.extend(options.set.iter().map(|(field, text)| ["set", field, text, ""]));
    said.extend(options.map_value.iter().map(|(field, from, to)| ["value", field, from, to]));
    // The order in which options are given does not matter.
    said.sort_unstable();
    said.iter().flatten().for_each(|text| add(text));
    hash.update(file);
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

struct Driver<'a, 'o> {
    options: &'a ImportOptions,
    planner: Planner<'a>,
    ledger: Ledger<'a>,
    sink: Sink<'o>,
    /// How many rows are decided about at once at most.
    batch_rows: usize,
    /// How many are, as far as is known: more may be too many to commit at once.
    part: usize,
}

/// What came of an attempt to commit rows.
enum Attempt {
    /// Of rows such as these about so many can be committed at once.
    Done(usize),
    /// There is too much to commit at once; so many rows may not be.
    TooMuch(usize),
    /// Something among it is refused.
    Divide,
}

impl Driver<'_, '_> {
    /// Goes through the file, past the rows that are decided, and decides about the others.
    async fn run_through(
        &mut self,
        input: impl Read + Send,
        numbering: Numbering,
        rows: u64,
    ) -> Result<(), ImportError> {
        let mut reader = RowReader::new(input, self.options.max_cell_bytes).numbered(numbering);
        let mut batch: Vec<Row> = Vec::new();
        let mut earlier = self.ledger.earlier();
        let mut spare = Row::default();
        reader.read(&mut spare)?;
        let mut done = self.ledger.progress().done;
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
            if held > 0 && (!more || held >= self.part || bytes >= MAX_BATCH_BYTES) {
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
        let mut parts: Vec<Range<usize>> = std::iter::once(0..rows.len()).collect();
        while let Some(part) = parts.pop() {
            if part.len() > self.part {
                let end = part.start + self.part;
                parts.push(end..part.end);
                parts.push(part.start..end);
                continue;
            }
            let some = rows.get(part.clone()).unwrap_or_default();
            match self.attempt(some).await? {
                // By and by, since what the store found too large may be so again.
                Attempt::Done(fitting) => {
                    self.part = self.batch_rows.min(self.part + self.part.div_ceil(16)).min(fitting).max(1);
                }
                Attempt::TooMuch(fitting) => {
                    self.part = fitting.clamp(1, part.len().saturating_sub(1).max(1));
                    parts.push(part);
                }
                Attempt::Divide => {
                    let middle = part.start + part.len() / 2;
                    parts.push(middle..part.end);
                    parts.push(part.start..middle);
                }
            }
        }
        Ok(())
    }

    /// How many changes one commit may have, besides those that record the progress.
    fn most(&self) -> usize {
        self.planner.storage.set_limit().saturating_sub(PROGRESS)
    }

    async fn attempt(&mut self, rows: &[Row]) -> Result<Attempt, ImportError> {
        let several = rows.len() > 1;
        let mut tries = 0;
        loop {
            tries += 1;
            let plan = self.planner.plan(rows).await?;
            let weight = weight(&plan);
            // A sixteenth less than would fit if all rows made as many changes.
            let fitting = rows.len().saturating_mul(self.most()) / weight.max(1);
            let fitting = fitting - fitting / 16;
            if weight > self.most() && several {
                return Ok(Attempt::TooMuch(fitting));
            }
            let Err(error) = self.commit(rows, plan).await? else { return Ok(Attempt::Done(fitting)) };
            // Something is not as it was found: look at everything anew.
            self.planner.resolver.forget();
            let taken = error.refusals().iter().any(|refused| matches!(refused.reason, Refusal::Taken { .. }));
            let learned = taken && !self.planner.careful;
            self.planner.careful |= taken;
            match error.kind() {
                StorageErrorKind::Refused if tries == 1 || learned => {}
                StorageErrorKind::Refused if error.is_conflict() && tries < MAX_TRIES => {}
                StorageErrorKind::TooLarge if several => return Ok(Attempt::TooMuch(rows.len() / 2)),
                StorageErrorKind::Refused if several => return Ok(Attempt::Divide),
                StorageErrorKind::Refused if !error.is_conflict() => {
                    let rejected = Plan { verdicts: vec![Verdict::Rejected(refusal(&error))], changes: Vec::new() };
                    self.commit(rows, rejected).await??;
                    return Ok(Attempt::Done(fitting));
                }
                _ => return Err(error.into()),
            }
        }
    }

    /// Commits what is decided about rows together with the progress, and tells of it. The inner error is for the
    /// rows; the outer one ends the import.
    async fn commit(&mut self, rows: &[Row], plan: Plan) -> Result<Result<(), StorageError>, ImportError> {
        let rejected = match self.ledger.commit(rows, plan).await? {
            Ok(rejected) => rejected,
            Err(error) => return Ok(Err(error)),
        };
        for rejected in &rejected {
            let row = rows.iter().find(|row| row.number == rejected.row);
            row.map_or(Ok(()), |row| self.sink.reject(row, rejected))?;
        }
        self.sink.flush()?;
        self.sink.progress(&self.ledger.progress());
        Ok(Ok(()))
    }
}

/// How many changes a plan takes: what is changed is in the history, too.
fn weight(plan: &Plan) -> usize {
    let recorded = |change: &&Change| matches!(change, Change::Update { .. } | Change::Delete { .. });
    plan.changes.len() + plan.changes.iter().filter(recorded).count()
}

/// Why the store refused a single row.
fn refusal(error: &StorageError) -> String {
    let last =
        |refused: &Refused| refused.entity == SignInState::NAME && matches!(refused.reason, Refusal::Guard { .. });
    if error.refusals().iter().any(last) {
        return "it would remove the last active administrator; make another one first".to_owned();
    }
    let reasons: Vec<String> = error.refusals().iter().map(|refused| refused.reason.to_string()).collect();
    format!("the store refused it: {}", reasons.join("; "))
}
