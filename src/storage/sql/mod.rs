//! Queries and tables as SQL text, without any input or output.
//!
//! What is written here is the same for every engine; what an engine says differently is its [`Dialect`]. Every value
//! is bound, and every name comes from the schema.

mod ddl;
#[cfg(feature = "postgres")]
mod grouped;
mod scope;
mod select;

use sea_query::{DynIden, Expr, SelectStatement};

use crate::query::Direction;
use crate::schema::{ColumnType, Name};
use crate::value::Value;

pub(crate) use ddl::{ColumnLayout, IndexLayout, TableLayout, layout, quoted};
#[cfg(feature = "postgres")]
pub(crate) use grouped::select_groups;
#[cfg(feature = "sqlite")]
pub(crate) use select::select_into;
pub(crate) use select::{select_aggregate, select_count, select_page, select_purge};

/// What one engine says differently from others.
pub(crate) trait Dialect {
    /// A value as this engine stores it.
    fn bind(&self, value: &Value) -> sea_query::Value;

    /// Whether a field has one of these values, of which there is at least one.
    fn one_of(&self, field: Expr, values: &[Value]) -> Expr;

    /// Whether every folded word occurs in one of the texts once that is folded; never NULL.
    fn search(&self, texts: Vec<TextField>, words: &[String]) -> Expr;

    /// The addition to an order that puts NULLs last, where the engine does not do that by itself.
    fn nulls_last(&self, direction: Direction) -> Option<sea_query::NullOrdering>;

    /// A statement as text with its values apart.
    fn render(&self, statement: &SelectStatement) -> Built;

    /// An expression as text with its values written into it.
    fn literal(&self, expression: &Expr) -> String;

    /// The type of a column.
    fn column_type(&self, kind: &ColumnType) -> &'static str;

    /// The type of ids.
    fn id_type(&self) -> &'static str;

    /// What stands behind the columns of a table.
    fn table_options(&self) -> &'static str;

    /// How many tables one query may join.
    fn max_joins(&self) -> usize;

    /// What stands before the names of tables, where tables are named in full.
    fn schema(&self) -> Option<&str> {
        None
    }
}

/// A text field within a statement.
#[derive(Debug, Clone)]
pub(crate) struct TextField {
    /// The name of its table within the statement.
    table: Option<DynIden>,
    /// Its own name.
    pub(crate) name: Name,
}

impl TextField {
    /// Its value.
    pub(crate) fn expression(&self) -> Expr {
        self.beside(&self.name)
    }

    /// Another column of the same record.
    pub(crate) fn beside(&self, column: &str) -> Expr {
        scope::column(self.table.as_ref(), column)
    }
}

/// A statement and its values in the order of their marks.
#[derive(Debug, Clone)]
pub(crate) struct Built {
    pub(crate) sql: String,
    pub(crate) values: Vec<sea_query::Value>,
}
