//! Workbooks (XLSX): reports and lists with typed cells, written row by row.
//!
//! Money, quantities, rates and whole numbers are numbers that can be added up, days and moments are dates, and text
//! is text, whatever it begins with: nothing in a workbook of this crate is a formula or a link. The same rows are the
//! same bytes, since the file says nothing of when it was made. Rows wait in a temporary file, so memory does not grow
//! with them.
//!
//! A spreadsheet computes with binary numbers of some 15 digits. A figure that would lose digits there is written as
//! text: it can't be added up, but it is right. Moments are cut to milliseconds and are as the clocks of
//! [`WorkbookOptions::zone`] show them, which is how the importer reads them.

mod cells;
mod error;

use std::io::Write;

use chrono_tz::Tz;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, Worksheet};

use self::cells::{Formats, Style};
pub use self::error::WorkbookError;
use crate::report::{Column, Report};
use crate::schema::{Lang, Name};
use crate::value::Value;

/// How many rows a sheet has.
const MAX_ROWS: u32 = 1_048_576;
/// How many columns a sheet has.
const MAX_COLUMNS: usize = 16_384;
/// The longest name of a sheet.
const MAX_NAME: usize = 31;

/// Who reads the columns.
///
/// # Examples
///
/// ```
/// use std::io::Cursor;
///
/// use crmkit::prelude::*;
/// use crmkit::report::Column;
/// use crmkit::schema::{ColumnType, Label};
/// use crmkit::transfer::{ImportKind, ImportOptions, ImportOutput};
/// use crmkit::workbook::{Headings, WorkbookOptions, WorkbookWriter};
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let code = Column::new("code", ColumnType::Text, Label::new("产品编号", "Product code"));
/// let name = Column::new("name", ColumnType::Text, Label::new("产品名称", "Product name"));
/// let options = WorkbookOptions::default().headings(Headings::Names);
/// let mut workbook = WorkbookWriter::new("products", &[code, name], &options)?;
/// workbook.row(&["T1".into(), "Tea".into()])?;
/// let mut file = Vec::new();
/// workbook.finish(&mut file)?;
/// // The importer knows columns by their names.
/// let options = ImportOptions::new(ImportKind::named("products")?);
/// let report = crm.system().import(&options, Cursor::new(file), ImportOutput::default()).await?;
/// assert_eq!(report.progress.imported, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Headings {
    /// People: columns have their labels, coded values theirs, and whole numbers are in groups of three digits.
    #[default]
    Labels,
    /// Programs, such as the importer: columns have their names, and coded values their codes.
    Names,
}

/// How a workbook is written.
///
/// # Examples
///
/// ```
/// use crmkit::workbook::{Headings, WorkbookOptions};
///
/// // For the importer, as clocks in Shanghai show the time.
/// let options = WorkbookOptions::default().zone(chrono_tz::Asia::Shanghai).headings(Headings::Names);
/// assert_eq!(options.headings, Headings::Names);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct WorkbookOptions {
    /// Whose clocks show the moments; UTC unless said otherwise.
    pub zone: Tz,
    /// The language of labels.
    pub lang: Lang,
    /// Who reads the columns.
    pub headings: Headings,
}

impl Default for WorkbookOptions {
    /// For people who read English, in UTC.
    fn default() -> Self {
        Self { zone: Tz::UTC, lang: Lang::En, headings: Headings::Labels }
    }
}

impl WorkbookOptions {
    /// With moments as a zone's clocks show them.
    #[must_use]
    pub const fn zone(mut self, zone: Tz) -> Self {
        self.zone = zone;
        self
    }

    /// With labels in a language.
    #[must_use]
    pub const fn lang(mut self, lang: Lang) -> Self {
        self.lang = lang;
        self
    }

    /// For other readers.
    #[must_use]
    pub const fn headings(mut self, headings: Headings) -> Self {
        self.headings = headings;
        self
    }
}

/// A workbook that is being written: a sheet whose first row names the columns and stays in sight.
///
/// # Examples
///
/// ```
/// use crmkit::report::Column;
/// use crmkit::schema::{ColumnType, Label};
/// use crmkit::value::Money;
/// use crmkit::workbook::{WorkbookOptions, WorkbookWriter};
///
/// let columns = [
///     Column::new("name", ColumnType::Text, Label::new("名称", "Name")),
///     Column::new("price", ColumnType::Money, Label::new("单价", "Price")),
/// ];
/// let mut workbook = WorkbookWriter::new("prices", &columns, &WorkbookOptions::default())?;
/// workbook.row(&["=1+1".into(), "12.50".parse::<Money>()?.into()])?;
/// let mut file = Vec::new();
/// workbook.finish(&mut file)?;
/// assert!(file.starts_with(b"PK"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct WorkbookWriter {
    workbook: Workbook,
    columns: Vec<Column>,
    options: WorkbookOptions,
    formats: Formats,
    /// How wide the widest text of each column is, in cells of a screen.
    widths: Vec<usize>,
    next: u32,
}

impl std::fmt::Debug for WorkbookWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WorkbookWriter")
            .field("columns", &self.columns)
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}

impl WorkbookWriter {
    /// Begins a workbook with a sheet of a name and its headings. What a sheet's name may not hold is replaced.
    ///
    /// # Errors
    ///
    /// [`WorkbookError::TooLarge`] for more columns than a sheet has; [`WorkbookError::Write`] if there is no room for
    /// a temporary file.
    pub fn new(name: &str, columns: &[Column], options: &WorkbookOptions) -> Result<Self, WorkbookError> {
        if columns.len() > MAX_COLUMNS {
            return Err(WorkbookError::TooLarge { what: "columns", limit: MAX_COLUMNS });
        }
        let mut workbook = Workbook::new();
        // The moment it is made is no part of what it says.
        let created = ExcelDateTime::from_ymd(2000, 1, 1)?;
        workbook.set_properties(&DocProperties::new().set_creation_datetime(&created));
        workbook.add_worksheet_with_constant_memory()?.set_name(sheet_name(name))?.set_freeze_panes(1, 0)?;
        let formats = Formats::new(options.headings);
        let mut writer = Self {
            workbook,
            columns: columns.to_vec(),
            options: *options,
            formats,
            widths: vec![0; columns.len()],
            next: 0,
        };
        let headings: Vec<String> = columns.iter().map(|column| writer.heading(column)).collect();
        writer
            .line(Style::Heading, headings.iter().map(|text| Value::from(text.as_str())).collect::<Vec<_>>().iter())?;
        Ok(writer)
    }

    /// Writes a row. Values past the last column are left out.
    ///
    /// # Errors
    ///
    /// [`WorkbookError::TooLarge`] behind the last row of a sheet; [`WorkbookError::Write`] if the temporary file is
    /// full.
    pub fn row(&mut self, values: &[Value]) -> Result<(), WorkbookError> {
        self.line(Style::Plain, values.iter())
    }

    /// Writes the totals of some columns in a row of their own, and those of no column below it.
    ///
    /// # Errors
    ///
    /// As [`row`](Self::row).
    pub fn totals(&mut self, totals: &[(Name, Value)]) -> Result<(), WorkbookError> {
        let total =
            |column: &Column| totals.iter().find(|(name, _)| *name == column.name).map(|(_, value)| value.clone());
        let mut line: Vec<Value> = self.columns.iter().map(|column| total(column).unwrap_or(Value::Null)).collect();
        if line.iter().any(|value| !value.is_null()) {
            if let Some(first) = line.first_mut().filter(|first| first.is_null()) {
                *first = match self.options.lang {
                    Lang::Zh => "合计".into(),
                    Lang::En => "Total".into(),
                };
            }
            self.line(Style::Total, line.iter())?;
        }
        let loose = totals.iter().filter(|(name, _)| !self.columns.iter().any(|column| column.name == *name));
        for (name, value) in loose.cloned().collect::<Vec<_>>() {
            self.line(Style::Total, [&Value::from(&*name), &value].into_iter())?;
        }
        Ok(())
    }

    /// Adds a sheet that says what was asked: names and values, those without a value left out.
    ///
    /// # Errors
    ///
    /// [`WorkbookError::Write`].
    pub fn parameters(&mut self, parameters: &[(Name, Value)]) -> Result<(), WorkbookError> {
        let said: Vec<&(Name, Value)> = parameters.iter().filter(|(_, value)| !value.is_null()).collect();
        if said.is_empty() {
            return Ok(());
        }
        let name = match self.options.lang {
            Lang::Zh => "参数",
            Lang::En => "Parameters",
        };
        let sheet = self.workbook.add_worksheet().set_name(name)?;
        sheet.set_column_width(0, 20)?.set_column_width(1, 30)?;
        for (row, (name, value)) in (0..MAX_ROWS).zip(said) {
            let place = cells::Place { row, column: 0 };
            self.formats.write(sheet, place, Style::Heading, &Value::from(&**name), &self.options)?;
            let place = cells::Place { row, column: 1 };
            self.formats.write(sheet, place, Style::Plain, value, &self.options)?;
        }
        Ok(())
    }

    /// Writes the file.
    ///
    /// # Errors
    ///
    /// [`WorkbookError::Write`], that of the writer.
    pub fn finish(mut self, out: impl Write + Send) -> Result<(), WorkbookError> {
        let widths: Vec<usize> = std::mem::take(&mut self.widths);
        let sheet = self.sheet()?;
        for (column, width) in (0..).zip(widths) {
            sheet.set_column_width(column, cells::column_width(width))?;
        }
        Ok(self.workbook.save_to_writer(out)?)
    }

    fn sheet(&mut self) -> Result<&mut Worksheet, WorkbookError> {
        Ok(self.workbook.worksheet_from_index(0)?)
    }

    fn heading(&self, column: &Column) -> String {
        match self.options.headings {
            Headings::Labels => column.label.text(self.options.lang).to_owned(),
            Headings::Names => column.name.to_string(),
        }
    }

    fn line<'v>(&mut self, style: Style, values: impl Iterator<Item = &'v Value>) -> Result<(), WorkbookError> {
        if self.next >= MAX_ROWS {
            return Err(WorkbookError::TooLarge { what: "rows", limit: 1_048_576 });
        }
        let row = self.next;
        let sheet = self.workbook.worksheet_from_index(0)?;
        for ((column, of), value) in (0..).zip(&self.columns).zip(values) {
            let place = cells::Place { row, column };
            let labelled = cells::labelled(of, value, &self.options);
            let width = self.formats.write(sheet, place, style, &labelled, &self.options)?;
            if let Some(widest) = self.widths.get_mut(usize::from(column)) {
                *widest = (*widest).max(width);
            }
        }
        self.next += 1;
        Ok(())
    }
}

impl Report {
    /// Writes the report as a workbook in its language: headings, rows and totals in the first sheet, what was asked in
    /// the second.
    ///
    /// # Errors
    ///
    /// [`WorkbookError::TooLarge`] for more rows than a sheet has; [`WorkbookError::Write`], that of the writer.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    /// use crmkit::storage::MemoryStorage;
    /// use crmkit::workbook::WorkbookOptions;
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let report = crm.system().report("composition", [("by", "level")]).await?;
    /// let mut file = Vec::new();
    /// report.write_xlsx(&mut file, &WorkbookOptions::default().zone(crm.organisation().zone()))?;
    /// assert!(file.starts_with(b"PK"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub fn write_xlsx(&self, out: impl Write + Send, options: &WorkbookOptions) -> Result<(), WorkbookError> {
        let options = options.lang(self.lang);
        let mut workbook = WorkbookWriter::new(&self.name, self.table.columns(), &options)?;
        for row in self.table.rows() {
            workbook.row(row)?;
        }
        workbook.totals(self.table.totals())?;
        workbook.parameters(&self.parameters)?;
        workbook.finish(out)
    }
}

/// The name without what a sheet's name may not hold.
fn sheet_name(name: &str) -> String {
    let permitted = |character: char| !character.is_control() && !"*?:[]\\/'".contains(character);
    let mut out = String::new();
    for character in name.chars().map(|character| if permitted(character) { character } else { '-' }) {
        if out.encode_utf16().count() + character.len_utf16() > MAX_NAME {
            break;
        }
        out.push(character);
    }
    if out.is_empty() { "crm".to_owned() } else { out }
}
