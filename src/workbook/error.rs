//! Why a workbook could not be written.

use std::io;

use rust_xlsxwriter::XlsxError;

/// Why a workbook could not be written.
///
/// # Examples
///
/// ```
/// use crmkit::report::Column;
/// use crmkit::schema::{ColumnType, Label};
/// use crmkit::workbook::{WorkbookError, WorkbookOptions, WorkbookWriter};
///
/// let figure = Column::new("figure", ColumnType::Int, Label::new("数", "Figure"));
/// let error = WorkbookWriter::new("wide", &vec![figure; 20_000], &WorkbookOptions::default()).err();
/// assert!(matches!(error, Some(WorkbookError::TooLarge { what: "columns", limit: 16_384 })));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorkbookError {
    /// A sheet has no room for it.
    #[error("a sheet has at most {limit} {what}; ask for fewer, or for CSV")]
    TooLarge {
        /// What there are too many of.
        what: &'static str,
        /// How many there may be.
        limit: usize,
    },
    /// The file, or the temporary file that holds the rows until then, can't be written.
    #[error("the workbook can't be written: {0}")]
    Write(#[source] io::Error),
}

impl WorkbookError {
    /// The stable code for programs.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::workbook::WorkbookError;
    ///
    /// let error = WorkbookError::TooLarge { what: "rows", limit: 1_048_576 };
    /// assert_eq!(error.code(), "workbook.too_large");
    /// assert_eq!(error.to_string(), "a sheet has at most 1048576 rows; ask for fewer, or for CSV");
    /// ```
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "workbook.too_large",
            Self::Write(_) => "workbook.write",
        }
    }
}

impl From<XlsxError> for WorkbookError {
    fn from(error: XlsxError) -> Self {
        match error {
            XlsxError::IoError(error) => Self::Write(error),
            // What the writer would refuse of cells and names is not handed to it.
            other => Self::Write(io::Error::other(other)),
        }
    }
}
