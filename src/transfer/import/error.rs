//! Why an import did not run, or stopped.

use std::io;

use crate::error::StorageError;
use crate::problem::short;

/// Why an import did not run, or stopped. A single bad row is no error: it is rejected and reported.
///
/// What is wrong with the options or the file is found before anything is written. A store that fails stops the
/// import between two commits; running it again continues there.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::transfer::ImportKind;
///
/// let error = ImportKind::named("costumers").err().ok_or("there is no such kind")?;
/// assert!(error.is_usage());
/// assert!(error.to_string().contains("`customers`"), "{error}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// There is no such kind.
    #[error("there is no kind `{}` to import{}; there are {known}", short(kind), hint(nearest))]
    UnknownKind {
        /// The kind as given.
        kind: String,
        /// The kind that was perhaps meant.
        nearest: Option<String>,
        /// The kinds there are, separated by blanks.
        known: String,
    },
    /// The kind has no such field.
    #[error("`{kind}` have no field `{}`{}; there are {known}", short(field), hint(nearest))]
    UnknownField {
        /// The kind.
        kind: String,
        /// The field as given.
        field: String,
        /// The field that was perhaps meant.
        nearest: Option<String>,
        /// The fields there are, separated by blanks.
        known: String,
    },
    /// An option says two things about one field.
    #[error("`{}` is {done} twice; say it once", short(field))]
    Twice {
        /// The field.
        field: String,
        /// What is done to it twice.
        done: &'static str,
    },
    /// A value that is set for all rows does not fit its field.
    #[error("`{field}` can't be set: {}", short(problem))]
    BadValue {
        /// The field.
        field: String,
        /// What is wrong with the value.
        problem: String,
    },
    /// The file has no such column.
    #[error("the file has no column `{}`{}", short(column), hint(nearest))]
    MissingColumn {
        /// The column.
        column: String,
        /// The column that was perhaps meant.
        nearest: Option<String>,
    },
    /// The file has the column more than once.
    #[error("the file has the column `{}` more than once; rename one of them", short(column))]
    RepeatedColumn {
        /// The column.
        column: String,
    },
    /// Nothing fills a required field.
    #[error("nothing fills the required field `{field}`; map a column to it or set a value")]
    NoSource {
        /// The field.
        field: String,
    },
    /// The file has no header.
    #[error("the file is empty; it needs a header line that names its columns")]
    Empty,
    /// The file is not UTF-8.
    #[error("line {line} is not UTF-8; save the file as UTF-8 and import it again")]
    NotUtf8 {
        /// The line, counted from 1.
        line: u64,
    },
    /// The file stops in the middle of a row.
    #[error("the file stops inside the row that begins on line {line}; it may be cut off, or a quote is not closed")]
    Truncated {
        /// The line the row or its unclosed cell begins on, counted from 1.
        line: u64,
    },
    /// A cell is longer than allowed.
    #[error("line {line}: the cell in column {column} is longer than {limit} bytes; a quote may not be closed")]
    CellTooLong {
        /// The line the cell begins on, counted from 1.
        line: u64,
        /// The column, counted from 1.
        column: usize,
        /// The most bytes a cell may have.
        limit: usize,
    },
    /// A row is longer than allowed.
    #[error("the row that begins on line {line} is longer than {limit} bytes")]
    RowTooLong {
        /// The line, counted from 1.
        line: u64,
        /// The most bytes a row may have.
        limit: usize,
    },
    /// The file is a workbook that can't be read, or no workbook where a sheet of one is asked for.
    #[error("the workbook can't be read: {problem}")]
    Workbook {
        /// What is wrong and what to do.
        problem: String,
    },
    /// The workbook has no such sheet.
    #[error("the workbook has no sheet `{sheet}`{}; there are {known}", hint(nearest))]
    NoSheet {
        /// The sheet as named.
        sheet: String,
        /// The sheet that was perhaps meant.
        nearest: Option<String>,
        /// The sheets there are, separated by commas.
        known: String,
    },
    /// The file is not what it was when it was checked.
    #[error("the file changed while it was imported; run the import again with a file that stays as it is")]
    Changed,
    /// Another process imports the same file.
    #[error("the same file is being imported by someone else; wait until that is done")]
    Concurrent,
    /// The file can't be read.
    #[error("the file can't be read: {0}")]
    Read(#[source] io::Error),
    /// The rejected rows can't be written. The rows that were accepted are in.
    #[error("the rejected rows can't be written: {0}; run the import again to have all of them")]
    Write(#[source] io::Error),
    /// The actor may not import.
    #[error(transparent)]
    Refused(#[from] crate::Error),
    /// The store could not do it.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

fn hint(nearest: &Option<String>) -> String {
    nearest.as_ref().map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

impl ImportError {
    /// Whether the options are wrong, whatever the file and the store hold.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::transfer::ImportKind;
    ///
    /// let error = ImportKind::named("custmers").unwrap_err();
    /// assert!(error.is_usage());
    /// assert!(error.to_string().contains("did you mean `customers`?"));
    /// ```
    #[must_use]
    pub const fn is_usage(&self) -> bool {
        match self {
            Self::UnknownKind { .. } | Self::UnknownField { .. } | Self::Twice { .. } | Self::BadValue { .. } => true,
            Self::MissingColumn { .. }
            | Self::RepeatedColumn { .. }
            | Self::NoSource { .. }
            | Self::Empty
            | Self::NotUtf8 { .. }
            | Self::Truncated { .. }
            | Self::CellTooLong { .. }
            | Self::RowTooLong { .. }
            | Self::Workbook { .. }
            | Self::NoSheet { .. }
            | Self::Changed
            | Self::Concurrent
            | Self::Read(_)
            | Self::Write(_)
            | Self::Refused(_)
            | Self::Storage(_) => false,
        }
    }

    /// The stable code for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownKind { .. } => "import.unknown_kind",
            Self::UnknownField { .. } => "import.unknown_field",
            Self::Twice { .. } => "import.twice",
            Self::BadValue { .. } => "import.bad_value",
            Self::MissingColumn { .. } => "import.missing_column",
            Self::RepeatedColumn { .. } => "import.repeated_column",
            Self::NoSource { .. } => "import.no_source",
            Self::Empty => "import.empty",
            Self::NotUtf8 { .. } => "import.not_utf8",
            Self::Truncated { .. } => "import.truncated",
            Self::CellTooLong { .. } => "import.cell_too_long",
            Self::RowTooLong { .. } => "import.row_too_long",
            Self::Workbook { .. } => "import.workbook",
            Self::NoSheet { .. } => "import.no_sheet",
            Self::Changed => "import.changed",
            Self::Concurrent => "import.concurrent",
            Self::Read(_) => "import.read",
            Self::Write(_) => "import.write",
            Self::Refused(error) => error.code(),
            Self::Storage(error) => error.kind().code(),
        }
    }
}
