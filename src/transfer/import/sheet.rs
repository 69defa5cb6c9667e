//! Workbooks (XLSX) as the importer reads them: one sheet, turned into the text that a CSV file would hold.
//!
//! The rows go into a temporary file, each behind the number it has in the sheet, so that everything else is as with
//! any other file: it is read twice, streams, and is told apart by what it holds.

use std::fs::File;
use std::io::{BufWriter, Read, Seek, Write};

use calamine::{DataRef, ExcelDateTime, Reader, Xlsx, XlsxError};

use super::rows::MAX_ROW;
use super::{ImportError, ImportOptions};
use crate::problem::nearest;

/// The most columns a sheet has.
const MAX_COLUMNS: usize = 16_384;

/// The rows of a sheet as CSV, each with its number in front; rows without a text are left out.
pub(super) fn spooled(input: impl Read + Seek, options: &ImportOptions) -> Result<File, ImportError> {
    let mut book: Xlsx<_> = Xlsx::new(std::io::BufReader::new(input)).map_err(unreadable)?;
    let name = sheet_name(&book, options.sheet.as_deref())?;
    let mut cells = book.worksheet_cells_reader(&name).map_err(unreadable)?;
    let file = tempfile::tempfile().map_err(ImportError::Read)?;
    let mut spool = Spool {
        writer: csv::WriterBuilder::new().flexible(true).from_writer(BufWriter::new(file)),
        cell_limit: options.max_cell_bytes,
        columns: None,
        number: 0,
        texts: Vec::new(),
        bytes: 0,
    };
    while let Some(cell) = cells.next_cell().map_err(unreadable)? {
        let (row, column) = cell.get_position();
        spool.put(u64::from(row) + 1, usize::try_from(column).unwrap_or(usize::MAX), text(cell.get_value()))?;
    }
    spool.finish()
}

fn sheet_name<R: Read + Seek>(book: &Xlsx<R>, named: Option<&str>) -> Result<String, ImportError> {
    let names = book.sheet_names();
    let found = match named {
        None => names.first(),
        Some(named) => names.iter().find(|name| *name == named),
    };
    found.cloned().ok_or_else(|| ImportError::NoSheet {
        sheet: named.unwrap_or_default().chars().take(60).collect(),
        nearest: nearest(named.unwrap_or_default(), names.iter().map(String::as_str)),
        known: names.join(", "),
    })
}

fn unreadable(error: XlsxError) -> ImportError {
    match error {
        XlsxError::Io(error) => ImportError::Read(error),
        XlsxError::Password => {
            ImportError::Workbook { problem: "it is protected by a password; save it without".into() }
        }
        other => ImportError::Workbook { problem: format!("it is damaged ({other}); save it anew as .xlsx") },
    }
}

/// Rows on their way into the temporary file.
struct Spool {
    writer: csv::Writer<BufWriter<File>>,
    cell_limit: usize,
    /// How many columns the header has, once it is known.
    columns: Option<usize>,
    /// The row being read, as the sheet counts it.
    number: u64,
    texts: Vec<String>,
    bytes: usize,
}

impl Spool {
    fn put(&mut self, row: u64, column: usize, text: String) -> Result<(), ImportError> {
        if row < self.number || column < self.texts.len() && row == self.number {
            return Err(damaged("its cells are in disorder"));
        }
        if row > self.number {
            self.end_row()?;
            self.number = row;
        }
        if text.is_empty() {
            return Ok(());
        }
        if column >= MAX_COLUMNS {
            return Err(damaged("it has more columns than a sheet can have"));
        }
        if text.len() > self.cell_limit {
            return Err(ImportError::CellTooLong { line: row, column: column + 1, limit: self.cell_limit });
        }
        self.bytes += text.len() + 8 * (column + 1 - self.texts.len());
        let limit = self.cell_limit.saturating_mul(2).max(MAX_ROW);
        if self.bytes > limit {
            return Err(ImportError::RowTooLong { line: row, limit });
        }
        self.texts.resize(column, String::new());
        self.texts.push(text);
        Ok(())
    }

    /// A row ends with its last text, but is no shorter than the header: an empty cell at its end is not to be seen.
    fn end_row(&mut self) -> Result<(), ImportError> {
        self.bytes = 0;
        let mut texts = std::mem::take(&mut self.texts);
        if texts.is_empty() {
            return Ok(());
        }
        let columns = *self.columns.get_or_insert(texts.len());
        if texts.len() < columns {
            texts.resize(columns, String::new());
        }
        let number = self.number.to_string();
        let cells = std::iter::once(number.as_str()).chain(texts.iter().map(String::as_str));
        self.writer.write_record(cells).map_err(|error| ImportError::Read(error.into()))
    }

    fn finish(mut self) -> Result<File, ImportError> {
        self.end_row()?;
        let buffer = self.writer.into_inner().map_err(|error| ImportError::Read(error.into_error()))?;
        let mut file = buffer.into_inner().map_err(|error| ImportError::Read(error.into_error()))?;
        file.flush().map_err(ImportError::Read)?;
        Ok(file)
    }
}

fn damaged(problem: &str) -> ImportError {
    ImportError::Workbook { problem: format!("{problem}; save it anew as .xlsx") }
}

/// The text that a CSV file would hold in the cell's place.
fn text(cell: &DataRef<'_>) -> String {
    match cell {
        DataRef::Empty => String::new(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => decimal(*number),
        DataRef::String(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(truth) => truth.to_string(),
        DataRef::DateTime(at) => moment(at),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(error) => error.to_string(),
    }
}

/// The number as a plain decimal of at most 15 digits, which is as many as a spreadsheet shows: what it computed as
/// `0.30000000000000004` is `0.3`.
fn decimal(number: f64) -> String {
    if !number.is_finite() {
        return number.to_string();
    }
    // Rounded to 15 digits, and then the shortest text of that number, which never has an exponent.
    let rounded: f64 = format!("{number:.14e}").parse().unwrap_or(number);
    if rounded == 0.0 { "0".to_owned() } else { rounded.to_string() }
}

/// A day, a moment without a zone, or, of a time alone, the time.
fn moment(at: &ExcelDateTime) -> String {
    if at.is_duration() || (0.0..1.0).contains(&at.as_f64()) {
        // Rounded to seconds, as it is shown.
        let seconds = format!("{:.0}", at.as_f64() * 86_400.0).parse::<i64>().unwrap_or(0);
        let (sign, seconds) = if seconds < 0 { ("-", -seconds) } else { ("", seconds) };
        return format!("{sign}{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60);
    }
    let (year, month, day, hour, minute, second, milli) = at.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    match (hour, minute, second, milli) {
        (0, 0, 0, 0) => date,
        (.., 0) => format!("{date}T{hour:02}:{minute:02}:{second:02}"),
        _ => format!("{date}T{hour:02}:{minute:02}:{second:02}.{milli:03}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_the_decimals_that_are_shown() {
        for (number, text) in [
            (0.1, "0.1"),
            (0.1 + 0.2, "0.3"),
            (1.0, "1"),
            (-0.0, "0"),
            (1e-7, "0.0000001"),
            (1234567.89, "1234567.89"),
            (-98000.5, "-98000.5"),
            (99999999999999.9, "99999999999999.9"),
            (123456789012345.0, "123456789012345"),
            (1e15, "1000000000000000"),
            (2.5e20, "250000000000000000000"),
            (0.629012, "0.629012"),
            (33.333333333333336, "33.3333333333333"),
        ] {
            assert_eq!(decimal(number), text);
        }
    }
}
