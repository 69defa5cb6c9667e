//! What an import is told, and what it tells.

use std::collections::HashSet;
use std::fmt;
use std::io::Write;
use std::sync::Arc;

use chrono_tz::Tz;

use super::kind::Use;
use super::{ImportError, ImportKind};
use crate::access::User;
use crate::clock::Clock;
use crate::id::{Id, IdSource};
use crate::schema::ColumnType;
use crate::value::MAX_TEXT_BYTES;

/// What happens to a row whose record is there already, by the kind's key.
///
/// # Examples
///
/// ```
/// use crmkit::transfer::OnDuplicate;
///
/// assert_eq!(OnDuplicate::default(), OnDuplicate::Reject);
/// assert_eq!(OnDuplicate::Update.code(), "update");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum OnDuplicate {
    /// The row is rejected.
    #[default]
    Reject,
    /// The row is left out.
    Skip,
    /// The record gets the values the row has; an empty cell changes nothing.
    Update,
}

impl OnDuplicate {
    /// The name in options.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Reject => "reject",
            Self::Skip => "skip",
            Self::Update => "update",
        }
    }
}

/// What to import, and how the file's columns become fields.
///
/// A field is filled from the column that is mapped to it, else from the column of its own name, else, or where that
/// cell is empty, from further columns and then the value that is set; single values are then translated. Columns nobody asked for are
/// ignored. Cells are not trimmed, and an empty cell is no value.
///
/// # Examples
///
/// ```
/// use crmkit::transfer::{ImportKind, ImportOptions, OnDuplicate};
///
/// let options = ImportOptions::new(ImportKind::named("orders")?)
///     .map("number", "invoice_no")
///     .set("status", "paid")
///     .map_value("customer", "ACME Inc.", "ACME")
///     .on_duplicate(OnDuplicate::Skip);
/// options.check(chrono_tz::UTC)?;
/// # Ok::<(), crmkit::transfer::ImportError>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ImportOptions {
    /// What the rows are.
    pub kind: ImportKind,
    /// Fields and the columns that fill them.
    pub map: Vec<(String, String)>,
    /// Fields and further columns: each fills its field where those before it are empty.
    pub or_map: Vec<(String, String)>,
    /// Fields and the text they have where no cell fills them.
    pub set: Vec<(String, String)>,
    /// Fields, and a text that stands for another one.
    pub map_value: Vec<(String, String, String)>,
    /// What happens to a row whose record is there already.
    pub on_duplicate: OnDuplicate,
    /// Decide about every row, and write nothing. Needs 16 bytes of memory a row.
    pub dry_run: bool,
    /// How many rows are committed together at most: 20,000 unless it is said otherwise, so that it is the store's bound
    /// of a set ([`Storage::set_limit`](crate::storage::Storage::set_limit)) that tells. A store that may have larger ones
    /// is filled faster, and others wait longer for their commits meanwhile.
    pub batch_rows: usize,
    /// The most bytes a cell may have; a longer one refuses the file.
    pub max_cell_bytes: usize,
    /// Of a workbook, the sheet to import; the first one if there is none. A CSV file has no sheets.
    pub sheet: Option<String>,
}

/// How many rows are committed together unless it is said otherwise.
const BATCH_ROWS: usize = 20_000;

impl ImportOptions {
    /// Every field from the column of its own name.
    #[must_use]
    pub const fn new(kind: ImportKind) -> Self {
        Self {
            kind,
            map: Vec::new(),
            or_map: Vec::new(),
            set: Vec::new(),
            map_value: Vec::new(),
            on_duplicate: OnDuplicate::Reject,
            dry_run: false,
            batch_rows: BATCH_ROWS,
            max_cell_bytes: MAX_TEXT_BYTES,
            sheet: None,
        }
    }

    /// Fills a field from a column.
    #[must_use]
    pub fn map(mut self, field: impl Into<String>, column: impl Into<String>) -> Self {
        self.map.push((field.into(), column.into()));
        self
    }

    /// Fills a field from a further column where those before it, by [`map`](Self::map) or of its own name, are empty.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::transfer::{ImportKind, ImportOptions};
    ///
    /// let contacts = ImportKind::named("contacts")?;
    /// let options = ImportOptions::new(contacts).map("customer", "company_no").or_map("customer", "company");
    /// options.check(chrono_tz::UTC)?;
    /// # Ok::<(), crmkit::transfer::ImportError>(())
    /// ```
    #[must_use]
    pub fn or_map(mut self, field: impl Into<String>, column: impl Into<String>) -> Self {
        self.or_map.push((field.into(), column.into()));
        self
    }

    /// Imports a sheet of a workbook by its name.
    #[must_use]
    pub fn sheet(mut self, name: impl Into<String>) -> Self {
        self.sheet = Some(name.into());
        self
    }

    /// Fills a field where no cell does.
    #[must_use]
    pub fn set(mut self, field: impl Into<String>, text: impl Into<String>) -> Self {
        self.set.push((field.into(), text.into()));
        self
    }

    /// Reads one text of a field as another.
    #[must_use]
    pub fn map_value(mut self, field: impl Into<String>, from: impl Into<String>, to: impl Into<String>) -> Self {
        self.map_value.push((field.into(), from.into(), to.into()));
        self
    }

    /// Says what happens to a row whose record is there already.
    #[must_use]
    pub const fn on_duplicate(mut self, what: OnDuplicate) -> Self {
        self.on_duplicate = what;
        self
    }

    /// Decides about every row and writes nothing.
    #[must_use]
    pub const fn dry_run(mut self) -> Self {
        self.dry_run = true;
        self
    }

    /// Checks everything that does not need the file: fields that exist, said once each, values that fit.
    ///
    /// # Errors
    ///
    /// An [`ImportError`] for which [`is_usage`](ImportError::is_usage) holds.
    pub fn check(&self, zone: Tz) -> Result<(), ImportError> {
        let (mut mapped, mut set, mut translated) = (HashSet::new(), HashSet::new(), HashSet::new());
        for (field, _) in &self.map {
            once(mapped.insert(self.kind.place(field)?), field, "mapped")?;
        }
        for (field, _) in &self.or_map {
            self.kind.place(field)?;
        }
        for (field, from, _) in &self.map_value {
            once(translated.insert((self.kind.place(field)?, from)), field, "translated from one value")?;
        }
        for (field, text) in &self.set {
            once(set.insert(self.kind.place(field)?), field, "set")?;
            self.check_set(field, text, zone)?;
        }
        Ok(())
    }

    fn check_set(&self, field: &str, text: &str, zone: Tz) -> Result<(), ImportError> {
        let place = self.kind.place(field)?;
        let translation = self.map_value.iter().find(|(name, from, _)| name == field && from == text);
        let text = translation.map_or(text, |(_, _, to)| to);
        let problem = if text.is_empty() {
            None
        } else {
            match self.kind.usage(place) {
                Use::Read(reading) => reading(text, self.kind.template()).err(),
                Use::Make(making) => making.check(text).err(),
                Use::Value | Use::Bring(_) => {
                    let def = self.kind.field(field);
                    let def = def.filter(|def| !matches!(def.column_type, ColumnType::Reference(_)));
                    def.and_then(|def| def.parse(text, zone).err())
                }
            }
        };
        problem.map_or(Ok(()), |problem| Err(ImportError::BadValue { field: field.to_owned(), problem }))
    }
}

fn once(first: bool, field: &str, done: &'static str) -> Result<(), ImportError> {
    if first { Ok(()) } else { Err(ImportError::Twice { field: field.to_owned(), done }) }
}

/// Who imports, and what he may know of time.
///
/// # Examples
///
/// ```
/// use std::io::Cursor;
/// use std::sync::Arc;
///
/// use crmkit::clock::FixedClock;
/// use crmkit::id::SeededIds;
/// use crmkit::prelude::*;
/// use crmkit::storage::Reader;
/// use crmkit::transfer::{ImportContext, ImportKind, ImportOptions, ImportOutput, import};
///
/// # pollster::block_on(async {
/// let options = ImportOptions::new(ImportKind::named("products")?);
/// let mut made = Vec::new();
/// for _ in 0..2 {
///     // With a clock that stands still and counted ids, an import makes the same records each time.
///     let clock = Arc::new(FixedClock::new("2026-01-31T09:00:00Z".parse()?));
///     let (ids, zone) = (Arc::new(SeededIds::new(7)), chrono_tz::Asia::Shanghai);
///     let storage = MemoryStorage::new(crmkit::standard_schema()?);
///     let context = ImportContext { actor: None, clock, ids, zone };
///     import(&storage, &context, &options, Cursor::new("code,name\nT1,Tea\n"), ImportOutput::default()).await?;
///     made.push(storage.query(&Query::of::<Product>()).await?.records);
/// }
/// assert!(made[0].len() == 1 && made[0] == made[1]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone)]
pub struct ImportContext {
    /// The user who acts; none for the system.
    pub actor: Option<Id<User>>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Makes the ids of new records.
    pub ids: Arc<dyn IdSource>,
    /// The organisation's time zone: a date alone is its midnight there.
    pub zone: Tz,
}

/// A row that is not in, and why.
///
/// # Examples
///
/// ```
/// use std::io::Cursor;
///
/// use crmkit::prelude::*;
/// use crmkit::transfer::{ImportKind, ImportOptions, ImportOutput, RejectedRow};
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let options = ImportOptions::new(ImportKind::named("customers")?);
/// let mut told = Vec::new();
/// let mut on_reject = |row: &RejectedRow| told.push(row.to_string());
/// let output = ImportOutput { on_reject: Some(&mut on_reject), ..Default::default() };
/// crm.system().import(&options, Cursor::new("number,name\nK1,\n"), output).await?;
/// assert_eq!(told, ["line 2: `name` is required"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RejectedRow {
    /// Its place behind the header, counted from 1.
    pub row: u64,
    /// The line of the file it begins on, counted from 1.
    pub line: u64,
    /// Why, in a sentence.
    pub reason: String,
}

impl fmt::Display for RejectedRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.reason)
    }
}

/// How far an import has come.
///
/// # Examples
///
/// ```
/// use std::io::Cursor;
///
/// use crmkit::prelude::*;
/// use crmkit::transfer::{ImportKind, ImportOptions, ImportOutput, Progress};
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let options = ImportOptions::new(ImportKind::named("customers")?);
/// let mut seen = Vec::new();
/// let mut on_progress = |progress: &Progress| seen.push((progress.done, progress.rows));
/// let output = ImportOutput { on_progress: Some(&mut on_progress), ..Default::default() };
/// crm.system().import(&options, Cursor::new("number,name\nK1,Acme\n"), output).await?;
/// assert_eq!(seen.last(), Some(&(1, 1)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Progress {
    /// How many rows the file has.
    pub rows: u64,
    /// How many of them are decided.
    pub done: u64,
    /// How many became new records.
    pub imported: u64,
    /// How many changed a record that was there.
    pub updated: u64,
    /// How many were left out because their record was there.
    pub skipped: u64,
    /// How many were rejected.
    pub rejected: u64,
}

/// What came of an import: of all rows, whether decided now or in an earlier run that this one continued.
///
/// # Examples
///
/// ```
/// use std::io::Cursor;
///
/// use crmkit::prelude::*;
/// use crmkit::transfer::{ImportKind, ImportOptions, ImportOutput};
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let options = ImportOptions::new(ImportKind::named("customers")?);
/// let file = || Cursor::new("number,name\nK1,Acme\nK2,Globex\n");
/// let report = crm.system().import(&options, file(), ImportOutput::default()).await?;
/// assert_eq!((report.progress.imported, report.was_done()), (2, false));
/// // The same file again: nothing is left to do.
/// let again = crm.system().import(&options, file(), ImportOutput::default()).await?;
/// assert!(again.was_done());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImportReport {
    /// The counts.
    pub progress: Progress,
    /// How many rows earlier runs had decided; all of them if there was nothing left to do.
    pub resumed_at: u64,
}

impl ImportReport {
    /// Whether an earlier run had already imported the whole file, so that this one did nothing.
    #[must_use]
    pub const fn was_done(&self) -> bool {
        self.resumed_at == self.progress.rows && self.progress.rows > 0
    }
}

/// Where an import tells what it does. Everything is optional.
///
/// # Examples
///
/// ```
/// use std::io::Cursor;
///
/// use crmkit::prelude::*;
/// use crmkit::transfer::{ImportKind, ImportOptions, ImportOutput, RejectedRow};
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let options = ImportOptions::new(ImportKind::named("customers")?);
/// let (mut rejects, mut told) = (Vec::new(), Vec::new());
/// let mut on_reject = |row: &RejectedRow| told.push((row.line, row.reason.clone()));
/// let output = ImportOutput { rejects: Some(&mut rejects), on_reject: Some(&mut on_reject), ..Default::default() };
/// crm.system().import(&options, Cursor::new("number,name,level\nK1,Acme,9\n"), output).await?;
/// assert_eq!(told[0].0, 2);
/// assert!(String::from_utf8(rejects)?.starts_with("number,name,level,error\nK1,Acme,9,"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Default)]
pub struct ImportOutput<'a> {
    /// Gets every rejected row as CSV: the columns of the file and a column `error`. Repaired, it can be imported as a
    /// file of its own. A run that continues another one writes the rows that were rejected earlier again, so the file
    /// always has all of them: begin with an empty one.
    pub rejects: Option<&'a mut (dyn Write + Send)>,
    /// Told of every rejected row, after what was decided with it is committed; those of earlier runs included.
    pub on_reject: Option<&'a mut (dyn FnMut(&RejectedRow) + Send)>,
    /// Told how far it is, after every commit.
    pub on_progress: Option<&'a mut (dyn FnMut(&Progress) + Send)>,
}

impl fmt::Debug for ImportOutput<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImportOutput").field("rejects", &self.rejects.is_some()).finish_non_exhaustive()
    }
}
