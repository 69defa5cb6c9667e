//! Reports as CSV.

use std::borrow::Cow;
use std::io;

use super::table::{Column, Report};
use crate::schema::ColumnType;
use crate::value::Value;

/// What becomes of text that a spreadsheet would take for a formula.
///
/// # Examples
///
/// ```
/// use crmkit::report::Formulas;
///
/// assert_eq!(Formulas::default(), Formulas::Kept);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Formulas {
    /// It is written as it is, so that whoever reads the file gets what was stored.
    #[default]
    Kept,
    /// A `'` is put before text that begins with `=`, `+`, `-`, `@`, a tab or a line break, in columns of text. Figures
    /// are left alone, so a negative one stays a number. Reading the file back gives the text with the `'`.
    Disarmed,
}

/// Writes rows as CSV (RFC 4180, UTF-8, lines ended by LF) under a line of column names, one after the other.
///
/// # Examples
///
/// ```
/// use crmkit::report::{Column, CsvWriter, Formulas};
/// use crmkit::schema::{ColumnType, Label};
///
/// let columns = [
///     Column::new("name", ColumnType::Text, Label::new("名称", "Name")),
///     Column::new("count", ColumnType::Int, Label::new("数量", "Count")),
/// ];
/// let mut file = Vec::new();
/// let mut writer = CsvWriter::new(&mut file, &columns, Formulas::Disarmed)?;
/// writer.row(&["=1+1".into(), (-3).into()])?;
/// writer.finish()?;
/// assert_eq!(file, b"name,count\n'=1+1,-3\n");
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct CsvWriter<W: io::Write> {
    writer: csv::Writer<W>,
    /// Whether each column holds text.
    texts: Vec<bool>,
    formulas: Formulas,
}

impl<W: io::Write> std::fmt::Debug for CsvWriter<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CsvWriter").field("formulas", &self.formulas).finish_non_exhaustive()
    }
}

impl<W: io::Write> CsvWriter<W> {
    /// Begins with the line of column names. Without columns nothing is ever written.
    ///
    /// # Errors
    ///
    /// That of the writer.
    pub fn new(out: W, columns: &[Column], formulas: Formulas) -> io::Result<Self> {
        let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(out);
        if !columns.is_empty() {
            writer.write_record(columns.iter().map(|column| column.name.as_bytes()))?;
        }
        let is_text = |column: &Column| {
            !column.column_type.is_numeric()
                && !matches!(column.column_type, ColumnType::Date | ColumnType::Timestamp | ColumnType::Bool)
        };
        Ok(Self { writer, texts: columns.iter().map(is_text).collect(), formulas })
    }

    /// Writes a row; no value is an empty cell. Values past the last column are left out.
    ///
    /// # Errors
    ///
    /// That of the writer.
    pub fn row(&mut self, values: &[Value]) -> io::Result<()> {
        if self.texts.is_empty() {
            return Ok(());
        }
        for (value, is_text) in values.iter().zip(&self.texts) {
            let text = match value {
                Value::Text(text) => Cow::Borrowed(text.as_str()),
                other => Cow::Owned(other.to_string()),
            };
            match self.formulas {
                Formulas::Disarmed if *is_text && is_formula(&text) => self.writer.write_field(format!("'{text}"))?,
                Formulas::Disarmed | Formulas::Kept => self.writer.write_field(text.as_bytes())?,
            }
        }
        Ok(self.writer.write_record(None::<&[u8]>)?)
    }

    /// Everything was written.
    ///
    /// # Errors
    ///
    /// That of the writer.
    pub fn finish(mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

fn is_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n'])
}

impl Report {
    /// The rows as CSV (RFC 4180, UTF-8, lines ended by LF) under a line of column names. No value is an empty cell;
    /// parameters and totals are left out.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let mut out = Vec::new();
        // Writing into memory does not fail, and what is written is text.
        let written = self.write_csv(&mut out);
        written.ok().and_then(|()| String::from_utf8(out).ok()).unwrap_or_default()
    }

    /// Writes what [`to_csv`](Self::to_csv) gives.
    ///
    /// # Errors
    ///
    /// That of the writer.
    pub fn write_csv(&self, out: &mut dyn io::Write) -> io::Result<()> {
        self.write_csv_with(out, Formulas::Kept)
    }

    /// Writes what [`to_csv`](Self::to_csv) gives, with this done to what looks like a formula.
    ///
    /// # Errors
    ///
    /// That of the writer.
    pub fn write_csv_with(&self, out: &mut dyn io::Write, formulas: Formulas) -> io::Result<()> {
        let mut writer = CsvWriter::new(out, &self.table.columns, formulas)?;
        self.table.rows.iter().try_for_each(|row| writer.row(row))?;
        writer.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Table;
    use crate::schema::{Label, Lang};

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        let column = |name: &'static str| Column::new(name, ColumnType::Text, Label::new("列", "Column"));
        let mut table = Table::new(vec![column("a"), column("b")]);
        table.push(vec!["x,y".into(), "say \"hi\"".into()]);
        table.push(vec!["two\nlines".into(), Value::Null]);
        let report = Report::new("r", Vec::new(), table, Lang::En);
        assert_eq!(report.to_csv(), "a,b\n\"x,y\",\"say \"\"hi\"\"\"\n\"two\nlines\",\n");
    }

    #[test]
    fn only_text_is_disarmed_and_only_where_it_is_asked_for() {
        let mut table = Table::new(vec![
            Column::new("name", ColumnType::Text, Label::new("名称", "Name")),
            Column::new("amount", ColumnType::Money, Label::new("金额", "Amount")),
        ]);
        let hostile = ["=cmd|'/c calc'!A0", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "a=1", "'=1", ""];
        for name in hostile {
            table.push(vec![name.into(), "-3".parse::<crate::value::Money>().unwrap().into()]);
        }
        let report = Report::new("r", Vec::new(), table, Lang::En);
        let read = |formulas| -> Vec<Vec<String>> {
            let mut out = Vec::new();
            report.write_csv_with(&mut out, formulas).unwrap();
            let mut reader = csv::Reader::from_reader(out.as_slice());
            reader.records().map(|row| row.unwrap().iter().map(ToOwned::to_owned).collect()).collect()
        };
        let names = |rows: Vec<Vec<String>>| -> Vec<String> {
            assert!(rows.iter().all(|row| row[1] == "-3.00"));
            rows.into_iter().map(|mut row| row.remove(0)).collect()
        };
        assert_eq!(names(read(Formulas::Kept)), hostile);
        let disarmed = names(read(Formulas::Disarmed));
        assert!(disarmed[..7].iter().zip(hostile).all(|(disarmed, text)| *disarmed == format!("'{text}")));
        assert_eq!(disarmed[7..], hostile[7..]);
    }
}
