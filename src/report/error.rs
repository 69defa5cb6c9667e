//! Why a report could not be given.

use std::time::Duration;

use crate::error::{Error, ProblemDetails, StorageError};
use crate::observe::Coded;
use crate::problem::short;
use crate::query::QueryError;
use crate::schema::PathError;

/// Why a report could not be given.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let error = crm.system().report("lapsed", [("month", "6")]).await.err().ok_or("there is no such option")?;
/// // The person who asked can mend it.
/// assert!(error.is_usage());
/// assert!(error.to_string().contains("`months`"), "{error}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// There is no report of this name.
    #[error("there is no report `{name}`{}", hint(.nearest))]
    UnknownReport {
        /// The name as asked for.
        name: String,
        /// The report that was perhaps meant.
        nearest: Option<String>,
    },
    /// The report has no such option.
    #[error("the report `{report}` has no option `{option}`{}", hint(.nearest))]
    UnknownOption {
        /// The report.
        report: String,
        /// The option as given.
        option: String,
        /// The option that was perhaps meant.
        nearest: Option<String>,
    },
    /// The value of an option does not fit.
    #[error("option `{option}`: {problem}")]
    BadOption {
        /// The option.
        option: String,
        /// What is wrong with its value and what would fit.
        problem: String,
    },
    /// The definition does not hold together.
    #[error("the report `{report}` can't be run: {problem}")]
    Definition {
        /// The report.
        report: String,
        /// What is wrong and what would fit.
        problem: String,
    },
    /// The text of a definition is not one.
    #[error("line {line} is no part of a report definition: {problem}")]
    Syntax {
        /// The line.
        line: usize,
        /// What is wrong there.
        problem: String,
    },
    /// The report has no such column.
    #[error("there is no column `{}`{}", short(column), hint(nearest))]
    NoColumn {
        /// The column as named.
        column: String,
        /// The column that was perhaps meant.
        nearest: Option<String>,
    },
    /// The actor may not see every record that a path goes through, and which ones he may see can't be asked there.
    #[error("`{path}`: what may be seen behind this reference can't be told from here; leave the path out")]
    Hidden {
        /// The reference.
        path: String,
    },
    /// The report took longer than it may.
    #[error("the report takes longer than {limit:?}; ask for fewer days or records")]
    TooLong {
        /// How long it may take.
        limit: Duration,
    },
    /// The data could not be read, or a path, value or result does not fit.
    #[error(transparent)]
    Failed(#[from] Error),
}

/// The result of a report.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
///
/// async fn printed(session: &Session) -> crmkit::report::Result<String> {
///     Ok(session.report("composition", [("by", "region")]).await?.to_text())
/// }
/// ```
pub type Result<T, E = ReportError> = std::result::Result<T, E>;

impl From<&ReportError> for ProblemDetails {
    fn from(error: &ReportError) -> Self {
        match error {
            ReportError::Failed(error) => Self::from(error),
            other => Self::told(other.code(), other),
        }
    }
}

impl ReportError {
    /// The stable code for programs.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::report::Catalogue;
    ///
    /// let error = Catalogue::standard().entry("contribtion").err().ok_or("found")?;
    /// assert_eq!(error.to_string(), "there is no report `contribtion`; did you mean `contribution`?");
    /// assert_eq!(error.code(), "report.unknown");
    /// # Ok::<(), &'static str>(())
    /// ```
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownReport { .. } => "report.unknown",
            Self::UnknownOption { .. } => "report.unknown_option",
            Self::BadOption { .. } => "report.bad_option",
            Self::Definition { .. } => "report.definition",
            Self::Syntax { .. } => "report.syntax",
            Self::NoColumn { .. } => "report.no_column",
            Self::Hidden { .. } => "report.hidden",
            Self::TooLong { .. } => "report.too_long",
            Self::Failed(error) => error.code(),
        }
    }

    /// Whether the question itself is wrong, so that asking it again the same way can't help.
    #[must_use]
    pub const fn is_usage(&self) -> bool {
        match self {
            Self::UnknownReport { .. }
            | Self::UnknownOption { .. }
            | Self::BadOption { .. }
            | Self::Definition { .. }
            | Self::Syntax { .. }
            | Self::NoColumn { .. }
            | Self::Hidden { .. }
            | Self::Failed(Error::Query(_)) => true,
            Self::TooLong { .. } | Self::Failed(_) => false,
        }
    }

    pub(super) fn option(option: &str, problem: impl Into<String>) -> Self {
        Self::BadOption { option: option.to_owned(), problem: problem.into() }
    }
}

impl Coded for ReportError {
    fn code(&self) -> &'static str {
        Self::code(self)
    }
}

pub(super) fn hint(nearest: &Option<String>) -> String {
    nearest.as_ref().map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

impl From<StorageError> for ReportError {
    fn from(error: StorageError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<QueryError> for ReportError {
    fn from(error: QueryError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<PathError> for ReportError {
    fn from(error: PathError) -> Self {
        Self::Failed(QueryError::from(error).into())
    }
}
