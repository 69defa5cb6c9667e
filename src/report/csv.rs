//! Reports as CSV.

use std::io;

use super::table::Report;

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
        if self.table.columns.is_empty() {
            return Ok(());
        }
        let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(out);
        writer.write_record(self.table.columns.iter().map(|column| column.name.as_bytes()))?;
        for row in &self.table.rows {
            for value in row {
                writer.write_field(value.to_string())?;
            }
            writer.write_record(None::<&[u8]>)?;
        }
        writer.flush()
    }
}

#[cfg(test)]
mod tests {
    use crate::report::{Column, Table};
    use crate::schema::{ColumnType, Label, Lang};
    use crate::value::Value;

    use super::*;

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        let column = |name: &'static str| Column::new(name, ColumnType::Text, Label::new("列", "Column"));
        let mut table = Table::new(vec![column("a"), column("b")]);
        table.push(vec!["x,y".into(), "say \"hi\"".into()]);
        table.push(vec!["two\nlines".into(), Value::Null]);
        let report = Report::new("r", Vec::new(), table, Lang::En);
        assert_eq!(report.to_csv(), "a,b\n\"x,y\",\"say \"\"hi\"\"\"\n\"two\nlines\",\n");
    }
}
