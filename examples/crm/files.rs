//! Pictures and workbooks, as far as the program was built with them, and rows that are written as they come.

use std::io::Write;

use chrono_tz::Tz;
use crmkit::prelude::*;
use crmkit::report::{Column, CsvWriter, Formulas, Report, Table};
use crmkit::schema::Name;

use crate::cli::Format;
use crate::failure::Failure;
use crate::output::Output;

/// The picture of a report.
#[cfg(feature = "charts")]
pub(crate) fn picture(report: &Report) -> Result<String, Failure> {
    let nothing = || Failure::Failed(format!("`{}` has no figures to draw; ask for text, json or csv", report.name));
    crmkit::chart::Chart::of(report).map(|chart| chart.to_svg()).ok_or_else(nothing)
}

#[cfg(not(feature = "charts"))]
pub(crate) fn picture(_: &Report) -> Result<String, Failure> {
    Err(Failure::Failed("this program is built without pictures; build it with `--features charts`".to_owned()))
}

#[cfg(feature = "xlsx")]
mod sheets {
    use crmkit::workbook::{Headings, WorkbookError, WorkbookOptions, WorkbookWriter};

    use super::*;

    impl From<WorkbookError> for Failure {
        fn from(error: WorkbookError) -> Self {
            match error {
                WorkbookError::Write(error) => error.into(),
                other => Self::Failed(other.to_string()),
            }
        }
    }

    /// The workbook of a report.
    pub(crate) fn workbook(report: &Report, zone: Tz, out: &mut Output) -> Result<(), Failure> {
        no_terminal(out)?;
        Ok(report.write_xlsx(out, &WorkbookOptions::default().zone(zone))?)
    }

    /// A workbook for rows of a list, with the names and codes that the importer reads.
    pub(super) fn begin(name: &str, columns: &[Column], zone: Tz, out: &Output) -> Result<WorkbookWriter, Failure> {
        no_terminal(out)?;
        let options = WorkbookOptions::default().zone(zone).headings(Headings::Names);
        Ok(WorkbookWriter::new(name, columns, &options)?)
    }

    fn no_terminal(out: &Output) -> Result<(), Failure> {
        match out.is_terminal() {
            true => Err(Failure::Usage("a workbook is nothing for a screen; name a file with --out".to_owned())),
            false => Ok(()),
        }
    }
}

#[cfg(not(feature = "xlsx"))]
mod sheets {
    use super::*;

    const WITHOUT: &str = "this program is built without workbooks; build it with `--features xlsx`";

    /// Stands for what can't be made.
    #[derive(Debug)]
    pub(super) enum Never {}

    impl Never {
        pub(super) fn row(&mut self, _: &[Value]) -> Result<(), Failure> {
            match *self {}
        }

        pub(super) fn finish(self, _: &mut Output) -> Result<(), Failure> {
            match self {}
        }
    }

    pub(crate) fn workbook(_: &Report, _: Tz, _: &mut Output) -> Result<(), Failure> {
        Err(Failure::Failed(WITHOUT.to_owned()))
    }

    pub(super) fn begin(_: &str, _: &[Column], _: Tz, _: &Output) -> Result<Never, Failure> {
        Err(Failure::Failed(WITHOUT.to_owned()))
    }
}

pub(crate) use sheets::workbook;

#[cfg(not(feature = "xlsx"))]
use self::sheets::Never as Workbook;
#[cfg(feature = "xlsx")]
use crmkit::workbook::WorkbookWriter as Workbook;

/// Rows that are written as they come where the format allows it, or held until all are there.
#[derive(Debug)]
pub(crate) enum Rows<'a> {
    /// A line each.
    Csv(Box<CsvWriter<&'a mut Output>>),
    /// A row of a sheet each, written when all are there.
    Sheet(Box<Workbook>, &'a mut Output),
    /// Held.
    Held(Table),
}

impl<'a> Rows<'a> {
    /// Begins with the columns.
    pub(crate) fn begin(
        format: Format,
        formulas: Formulas,
        name: &Name,
        columns: Vec<Column>,
        zone: Tz,
        out: &'a mut Output,
    ) -> Result<Self, Failure> {
        Ok(match format {
            Format::Csv => Self::Csv(Box::new(CsvWriter::new(out, &columns, formulas)?)),
            Format::Xlsx => Self::Sheet(Box::new(sheets::begin(name, &columns, zone, out)?), out),
            Format::Text | Format::Json | Format::Svg => Self::Held(Table::new(columns)),
        })
    }

    /// One row more.
    pub(crate) fn push(&mut self, row: Vec<Value>) -> Result<(), Failure> {
        match self {
            Self::Csv(writer) => writer.row(&row)?,
            Self::Sheet(workbook, _) => workbook.row(&row)?,
            Self::Held(table) => table.push(row),
        }
        Ok(())
    }

    /// All are there: the table, if they were held.
    pub(crate) fn finish(self) -> Result<Option<Table>, Failure> {
        match self {
            Self::Csv(writer) => writer.finish()?,
            Self::Sheet(workbook, out) => {
                workbook.finish(&mut *out)?;
                out.flush()?;
            }
            Self::Held(table) => return Ok(Some(table)),
        }
        Ok(None)
    }
}
