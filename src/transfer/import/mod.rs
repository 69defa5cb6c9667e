//! Importing CSV files and workbooks.

mod driver;
mod error;
mod kind;
mod kinds;
mod latest;
mod ledger;
mod lines;
mod making;
mod mapping;
mod options;
mod plan;
mod rejects;
mod resolver;
mod rows;
#[cfg(feature = "xlsx")]
mod sheet;

pub use driver::import;
pub use error::ImportError;
pub use kind::{FieldDef, ImportField, ImportKind, ImportKindBuilder};
pub use kinds::kinds;

pub use options::{ImportContext, ImportOptions, ImportOutput, ImportReport, OnDuplicate, Progress, RejectedRow};

pub(super) use rows::{Row, RowReader};
