//! Results: typed, labelled columns, rows and totals.

use std::collections::HashMap;

use super::error::{ReportError, Result};
use super::hint::ChartHint;
use crate::problem::nearest;
use crate::schema::{ColumnType, Label, Lang, Name};
use crate::value::Value;

/// One column of a report.
///
/// # Examples
///
/// ```
/// use crmkit::report::Column;
/// use crmkit::schema::{ColumnType, Label};
///
/// let amount = Column::new("amount", ColumnType::Money, Label::new("金额", "Amount"));
/// assert_eq!(amount.column_type.kind(), "money");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Column {
    /// The name programs know it by.
    pub name: Name,
    /// The kind of its values; [`ColumnType::kind`] names it in the output.
    pub column_type: ColumnType,
    /// What people are shown.
    pub label: Label,
}

impl Column {
    /// A column of a kind.
    #[must_use]
    pub fn new(name: impl Into<Name>, column_type: ColumnType, label: Label) -> Self {
        Self { name: name.into(), column_type, label }
    }
}

/// Rows of values under typed columns, and the totals of some of the columns.
///
/// # Examples
///
/// ```
/// use crmkit::report::{Column, Table};
/// use crmkit::schema::{ColumnType, Label};
///
/// let region = Column::new("region", ColumnType::Text, Label::new("地区", "Region"));
/// let customers = Column::new("customers", ColumnType::Int, Label::new("客户数", "Customers"));
/// let mut table = Table::new(vec![region, customers]);
/// table.push(vec!["华东".into(), 3.into()]);
/// table.push(vec!["华北".into(), 1.into()]);
/// let table = table.shared("customers", "share")?.totalled(&["customers"])?;
/// assert_eq!(table.rows()[0][2].to_string(), "0.750000");
/// assert_eq!(table.total("customers"), Some(&4.into()));
/// # Ok::<(), crmkit::report::ReportError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Vec<Value>>,
    pub(super) totals: Vec<(Name, Value)>,
}

impl Table {
    /// An empty table.
    #[must_use]
    pub const fn new(columns: Vec<Column>) -> Self {
        Self { columns, rows: Vec::new(), totals: Vec::new() }
    }

    /// The columns.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The rows, each with one value for every column.
    #[must_use]
    pub fn rows(&self) -> &[Vec<Value>] {
        &self.rows
    }

    /// The totals, by the name of their column.
    #[must_use]
    pub fn totals(&self) -> &[(Name, Value)] {
        &self.totals
    }

    /// The total of a column, if it has one.
    #[must_use]
    pub fn total(&self, column: &str) -> Option<&Value> {
        self.totals.iter().find(|(name, _)| name == column).map(|(_, value)| value)
    }

    /// Adds a row. Values that are missing at its end are no value; values past the last column are left out.
    pub fn push(&mut self, mut row: Vec<Value>) {
        row.resize(self.columns.len(), Value::Null);
        self.rows.push(row);
    }

    /// The place of a column.
    ///
    /// # Errors
    ///
    /// [`ReportError::NoColumn`] with the nearest name.
    pub fn column(&self, name: &str) -> Result<usize> {
        self.columns.iter().position(|column| column.name == name).ok_or_else(|| {
            let nearest = nearest(name, self.columns.iter().map(|column| &*column.name));
            ReportError::NoColumn { column: name.to_owned(), nearest }
        })
    }

    /// The values of one column from top to bottom.
    ///
    /// # Errors
    ///
    /// [`ReportError::NoColumn`] with the nearest name.
    pub fn values(&self, name: &str) -> Result<Vec<&Value>> {
        let place = self.column(name)?;
        Ok(self.rows.iter().filter_map(|row| row.get(place)).collect())
    }

    /// The rows by the text of one column, for looking single figures up; of equal texts the last row counts.
    ///
    /// # Errors
    ///
    /// [`ReportError::NoColumn`] with the nearest name.
    pub fn by(&self, name: &str) -> Result<HashMap<String, &[Value]>> {
        let place = self.column(name)?;
        let text = |row: &[Value]| row.get(place).map(ToString::to_string).unwrap_or_default();
        Ok(self.rows.iter().map(|row| (text(row), row.as_slice())).collect())
    }
}

/// A report that has been run.
///
/// # Examples
///
/// ```
/// use crmkit::report::{Report, Table};
/// use crmkit::schema::Lang;
///
/// let report = Report::new("empty", Vec::new(), Table::default(), Lang::En);
/// assert_eq!(report.to_json(), r#"{"report":"empty","parameters":{},"columns":[],"rows":[],"totals":{}}"#);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Its name.
    pub name: Name,
    /// What it was asked, with defaults filled in.
    pub parameters: Vec<(Name, Value)>,
    /// The figures.
    pub table: Table,
    /// The language of its labels.
    pub lang: Lang,
    /// What it shows, in one line; no part of its JSON.
    pub about: Option<Label>,
    /// The picture that suits it; no part of its JSON.
    pub chart: Option<ChartHint>,
}

impl Report {
    /// A report from its parts.
    #[must_use]
    pub fn new(name: impl Into<Name>, parameters: Vec<(Name, Value)>, table: Table, lang: Lang) -> Self {
        Self { name: name.into(), parameters, table, lang, about: None, chart: None }
    }
}
