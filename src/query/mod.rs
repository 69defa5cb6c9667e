//! Questions to a store as plain data, and what they mean.
//!
//! A [`Filter`], [`Query`] or [`Aggregate`] names fields by path and knows no SQL. Preparing one against a
//! [`Schema`](crate::schema::Schema) checks every path and value; the prepared form is what backends work on. The
//! evaluation in [`evaluate`] is the meaning that every backend must agree with to the last bit:
//!
//! - A comparison with a missing value is false, and its negation true: two values of truth, never three.
//! - No value sorts last, in both directions. Ties are broken by id. Text compares by code point.
//! - A sum of nothing is zero; a mean, least or greatest of nothing is no value.

mod aggregate;
mod bounds;
mod cursor;
pub mod evaluate;
mod filter;
mod fold;
mod narrow;
mod page;
mod period;
#[cfg(feature = "sqlite")]
mod tally;
mod text;

pub use aggregate::{Aggregate, AggregateRow, GroupKey, Measure, PreparedAggregate, PreparedKey, PreparedMeasure, Top};
pub use bounds::Bounds;
pub use cursor::Cursor;
pub use filter::{Comparison, Filter, PreparedFilter};
pub use fold::Folder;
#[cfg(feature = "postgres")]
pub(crate) use fold::{Groups, Measured, State};
pub use narrow::{Sight, under};
pub use page::{After, Direction, OrderBy, Page, PreparedQuery, Query};
pub use period::Period;
#[cfg(feature = "sqlite")]
pub(crate) use tally::Tally;
pub use text::{fold_text, search_words};

use crate::problem::short;
use crate::schema::PathError;

/// Why a question can't be asked.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::query::{Comparison, QueryError};
///
/// let schema = crmkit::standard_schema()?;
/// let customers = schema.of::<Customer>().ok_or("no customers")?;
/// let unknown = Filter::Compare { path: Path::field("regoin"), comparison: Comparison::Equal, value: "华东".into() };
/// let error = unknown.prepare(&schema, customers).err().ok_or("there is no such field")?;
/// assert!(matches!(error, QueryError::Path(_)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// A path leads nowhere.
    #[error(transparent)]
    Path(#[from] PathError),
    /// A value does not fit the field it is compared with.
    #[error("`{}`: {}", short(path), short(problem))]
    Value {
        /// The field.
        path: String,
        /// What is wrong with the value.
        problem: String,
    },
    /// The field can't be used like this.
    #[error("`{}` can't be {used}, it is {kind}", short(path))]
    Unfit {
        /// The field.
        path: String,
        /// What was asked of it.
        used: &'static str,
        /// The kind it is.
        kind: &'static str,
    },
    /// More than the bounds allow.
    #[error("{what}: at most {limit} are allowed")]
    TooLarge {
        /// What there are too many of.
        what: &'static str,
        /// How many there may be.
        limit: usize,
    },
    /// The cursor belongs to another query or was changed.
    #[error("the page cursor does not belong to this query; start from the first page")]
    Cursor,
    /// The groups that come first are asked for by a measure that there is not.
    #[error("there is no measure at place {0}; the first one stands at 0")]
    NoMeasure(usize),
    /// A path passes through records that may not be seen.
    #[error("`{}`: what may be seen behind this reference can't be told from here; leave the path out", short(.0))]
    Hidden(String),
    /// What is staged and not committed yet could change the answer.
    #[error("`{}`: what is staged could change the answer; ask before it is staged, or after the commit", short(.0))]
    Staged(String),
    /// A sum left the range of its kind.
    #[error("the result for `{}` is out of range", short(.0))]
    Range(String),
}
