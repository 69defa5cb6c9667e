//! Reports as plain data.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::error::{ReportError, Result};
use super::plan::Plan;
use super::step::Step;
use super::steps::Sort;
use super::table::{Report, Table};
use super::view::View;
use crate::query::{Comparison, Filter, Measure, Period};
use crate::schema::{Entity, Label, Name, Path, Schema};
use crate::value::Value;

/// A report as plain data: which records of one entity, and either their fields or figures by group.
///
/// It is checked against the schema before it runs, and it runs on a [`View`], so one that a user wrote can read nothing
/// that the user may not see and costs no more than the view's bounds. Days in the filter are those of the view's zone.
///
/// # Examples
///
/// ```
/// use crmkit::report::{Definition, View, everything};
/// use crmkit::storage::MemoryStorage;
/// use crmkit::value::Timestamp;
///
/// let definition: Definition = r#"{
///     "name": "revenue by region and month",
///     "entity": "order",
///     "filter": {"compare": {"path": "payment", "comparison": "equal", "value": "paid"}},
///     "rows": {"groups": {
///         "by": [{"path": "customer.region"}, {"path": "ordered_at", "period": "month"}],
///         "measures": [{"measure": {"sum": "amount"}, "name": "amount"}, {"measure": "count", "name": "orders"}]
///     }},
///     "order": [{"column": "amount", "direction": "descending"}],
///     "totals": ["amount", "orders"]
/// }"#.parse()?;
/// let storage = MemoryStorage::new(crmkit::standard_schema()?);
/// let view = View::new(&storage, &everything, Timestamp::EPOCH);
/// let report = pollster::block_on(definition.run(&view))?;
/// assert_eq!(report.to_csv(), "customer_region,ordered_at,amount,orders\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// What the report is called.
    pub name: Name,
    /// The entity, by its code (`order`) or the name it is stored under (`orders`).
    pub entity: Name,
    /// Which records.
    #[serde(default)]
    pub filter: Filter,
    /// What stands in the rows.
    pub rows: Rows,
    /// Records of other entities that are added up on their own, by keys of the same kinds, and put beside the measures
    /// of `rows`: nothing is counted twice, however many records of one stand against one of the other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Fact>,
    /// Which groups, judged by their measures.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub having: Vec<Having>,
    /// Columns for the share that a column's value has in its sum.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shares: Vec<Share>,
    /// Further columns, one after the other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
    /// In which order; then by the columns from left to right, no value last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub order: Vec<Sort>,
    /// How many rows at most, the first ones in the order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// The columns that are totalled: measures of groups, numbers of a list. A limit does not change totals.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub totals: Vec<Name>,
}

/// What stands in the rows of a report.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::report::{Definition, FieldColumn, Rows};
///
/// let definition = Definition::list::<Customer>("names", vec![FieldColumn::new(Customer::name)]);
/// assert!(matches!(definition.rows, Rows::List(columns) if columns.len() == 1));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Rows {
    /// One row for each record, with these fields of it.
    List(Vec<FieldColumn>),
    /// One row for each group of records.
    Groups {
        /// What groups are made by; without any there is exactly one row.
        #[serde(default)]
        by: Vec<KeyColumn>,
        /// What is computed for each group.
        measures: Vec<MeasureColumn>,
    },
}

/// Records of another entity that are added up on their own, and merged on the shared keys.
///
/// # Examples
///
/// Orders and service requests by region, each counted once:
///
/// ```
/// use crmkit::report::Definition;
///
/// let definition: Definition = r#"{
///     "name": "regions", "entity": "order",
///     "rows": {"groups": {"by": [{"path": "customer.region"}], "measures": [{"measure": "count", "name": "orders"}]}},
///     "also": [{
///         "entity": "service_request", "by": [{"path": "customer.region"}],
///         "measures": [{"measure": "count", "name": "requests"}]
///     }]
/// }"#.parse()?;
/// definition.check(&*crmkit::standard_schema()?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// The entity, by its code or the name it is stored under.
    pub entity: Name,
    /// Which records.
    #[serde(default)]
    pub filter: Filter,
    /// What groups are made by: as many keys as `rows` has, of the same kinds, in the same order.
    #[serde(default)]
    pub by: Vec<KeyColumn>,
    /// What is computed for each group; a group without a record here has no values, but counts and sums of zero.
    pub measures: Vec<MeasureColumn>,
}

/// A field as a column. One that refers to a record shows what people call it.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::report::{Definition, FieldColumn};
///
/// let column = FieldColumn::new(Customer::name).named("who").labelled("客户", "Customer");
/// let definition = Definition::list::<Customer>("names", vec![column]);
/// definition.check(&*crmkit::standard_schema()?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldColumn {
    /// The field, along references.
    pub path: Path,
    /// The column's name; without one the steps of the path joined by `_`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// What people are shown; without it the field's label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<LabelText>,
}

/// What groups are made by.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::report::{Definition, KeyColumn, MeasureColumn};
///
/// let month = KeyColumn::new(Order::ordered_at).period(Period::Month).named("month");
/// let size = KeyColumn::new(Order::amount).bands(vec![Money::from_whole(100)?.into(), Money::from_whole(500)?.into()]);
/// let orders = MeasureColumn::new("orders", Measure::Count);
/// Definition::groups::<Order>("sizes", vec![month, size], vec![orders]).check(&*crmkit::standard_schema()?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyColumn {
    /// The field, along references. Groups by a reference are groups by record, whatever the records are called.
    pub path: Path,
    /// The calendar period that its day or moment lies in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<Period>,
    /// Ascending bounds, for a number, day or moment: below the first, from each to below the next, and from the last.
    /// The key is then a text such as `2) 100.00 … 500.00`, which sorts as the bands do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bands: Vec<Value>,
    /// For a reference: the fields of the record that are shown, a column each; without any what people call it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub show: Vec<FieldColumn>,
    /// The column's name; without one the steps of the path joined by `_`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// What people are shown; without it the field's label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<LabelText>,
}

/// A measure as a column.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::report::{Definition, MeasureColumn};
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let amount = MeasureColumn::new("amount", Measure::Sum(Order::amount.path())).labelled("金额", "Amount");
/// let report = Definition::groups::<Order>("all", vec![], vec![amount]);
/// assert_eq!(crm.system().report_custom(&report).await?.to_csv(), "amount\n0.00\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeasureColumn {
    /// The measure.
    pub measure: Measure,
    /// The column's name; without one such as `count` or `sum_amount`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// What people are shown; without it the field's label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<LabelText>,
}

/// A condition on a measure of a group. A measure without a value meets none.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::report::Definition;
///
/// let regions = r#"{"name": "large regions", "entity": "customer",
///     "rows": {"groups": {"by": [{"path": "region"}], "measures": [{"measure": "count", "name": "customers"}]}},
///     "having": [{"column": "customers", "comparison": "greater", "value": 10}]
/// }"#;
/// regions.parse::<Definition>()?.check(&*crmkit::standard_schema()?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Having {
    /// The measure's column.
    pub column: Name,
    /// How it compares.
    pub comparison: Comparison,
    /// With what.
    pub value: Value,
}

/// A column for the share that a column's value has in its sum over all rows: six decimals, half up, no value where the
/// sum is zero.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::report::{Definition, KeyColumn, MeasureColumn};
///
/// let regions = KeyColumn::new(Customer::region);
/// let customers = MeasureColumn::new("customers", Measure::Count);
/// let shares = Definition::groups::<Customer>("regions", vec![regions], vec![customers]).share("customers", "share");
/// shares.check(&*crmkit::standard_schema()?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// The column.
    pub of: Name,
    /// The new column's name; without one that of the column with `_share`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
}

/// What people are shown, in one text or in two languages.
///
/// # Examples
///
/// ```
/// use crmkit::report::LabelText;
/// use crmkit::schema::Label;
///
/// let label = Label::from(LabelText::Both { zh: "金额".into(), en: "Amount".into() });
/// assert_eq!(label, Label::new("金额", "Amount"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum LabelText {
    /// The same in every language.
    One(String),
    /// In Chinese and English.
    Both {
        /// Chinese.
        zh: Name,
        /// English.
        en: Name,
    },
}

impl From<LabelText> for Label {
    fn from(text: LabelText) -> Self {
        match text {
            LabelText::One(text) => Self { zh: text.clone().into(), en: text.into() },
            LabelText::Both { zh, en } => Self { zh, en },
        }
    }
}

impl Definition {
    /// A row for each record of `E`.
    #[must_use]
    pub fn list<E: Entity>(name: impl Into<Name>, columns: Vec<FieldColumn>) -> Self {
        Self::new(name.into(), E::NAME.into(), Rows::List(columns))
    }

    /// A row for each group of records of `E`.
    #[must_use]
    pub fn groups<E: Entity>(name: impl Into<Name>, by: Vec<KeyColumn>, measures: Vec<MeasureColumn>) -> Self {
        Self::new(name.into(), E::NAME.into(), Rows::Groups { by, measures })
    }

    fn new(name: Name, entity: Name, rows: Rows) -> Self {
        Self {
            name,
            entity,
            filter: Filter::All,
            rows,
            also: Vec::new(),
            having: Vec::new(),
            shares: Vec::new(),
            steps: Vec::new(),
            order: Vec::new(),
            limit: None,
            totals: Vec::new(),
        }
    }

    /// Only records that match, too.
    #[must_use]
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filter = std::mem::take(&mut self.filter).and(filter);
        self
    }

    /// With the measures of other records, too, merged on keys of the same kinds.
    #[must_use]
    pub fn also<E: Entity>(mut self, filter: Filter, by: Vec<KeyColumn>, measures: Vec<MeasureColumn>) -> Self {
        self.also.push(Fact { entity: E::NAME.into(), filter, by, measures });
        self
    }

    /// Then with this step.
    #[must_use]
    pub fn step(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// With a column `name` for the share in the sum of `of`.
    #[must_use]
    pub fn share(mut self, of: impl Into<Name>, name: impl Into<Name>) -> Self {
        self.shares.push(Share { of: of.into(), name: Some(name.into()) });
        self
    }

    /// Then sorted by this.
    #[must_use]
    pub fn order(mut self, sort: Sort) -> Self {
        self.order.push(sort);
        self
    }

    /// Only this many rows.
    #[must_use]
    pub const fn limit(mut self, rows: usize) -> Self {
        self.limit = Some(rows);
        self
    }

    /// With the total of this column, too.
    #[must_use]
    pub fn total(mut self, column: impl Into<Name>) -> Self {
        self.totals.push(column.into());
        self
    }

    /// Checks everything against a schema: entity, paths, values, names of columns.
    ///
    /// # Errors
    ///
    /// [`ReportError`] that names what does not fit, and what was perhaps meant.
    pub fn check(&self, schema: &Schema) -> Result<()> {
        Plan::new(self, schema, chrono_tz::UTC, &|_, _| false).map(|_| ())
    }

    /// Checks everything against a view: as [`check`](Self::check), and that every field that is asked for may be seen.
    ///
    /// # Errors
    ///
    /// [`ReportError`] that names what does not fit; a field that may not be seen is one that there is not.
    pub fn check_in(&self, view: &View<'_>) -> Result<()> {
        Plan::seen(self, view)?.check_seen(view)
    }

    /// The figures.
    ///
    /// # Errors
    ///
    /// What [`check`](Self::check) finds; a result out of range or over the view's bounds; a store that can't answer.
    pub async fn table(&self, view: &View<'_>) -> Result<Table> {
        let plan = Plan::seen(self, view)?;
        super::run::run(&plan, self, view).await
    }

    /// The report.
    ///
    /// # Errors
    ///
    /// Those of [`table`](Self::table).
    pub async fn run(&self, view: &View<'_>) -> Result<Report> {
        Ok(Report::new(self.name.clone(), Vec::new(), self.table(view).await?, view.language()))
    }
}

/// From JSON.
impl FromStr for Definition {
    type Err = ReportError;
    fn from_str(json: &str) -> Result<Self> {
        let wrong = |error: serde_json::Error| ReportError::Syntax { line: error.line(), problem: error.to_string() };
        serde_json::from_str(json).map_err(wrong)
    }
}

impl FieldColumn {
    /// A field.
    #[must_use]
    pub fn new(path: impl Into<Path>) -> Self {
        Self { path: path.into(), name: None, label: None }
    }

    /// Under a name of its own.
    #[must_use]
    pub fn named(mut self, name: impl Into<Name>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// With a label of its own.
    #[must_use]
    pub fn labelled(mut self, zh: &'static str, en: &'static str) -> Self {
        self.label = Some(LabelText::Both { zh: zh.into(), en: en.into() });
        self
    }
}

impl KeyColumn {
    /// By a field.
    #[must_use]
    pub fn new(path: impl Into<Path>) -> Self {
        Self { path: path.into(), period: None, bands: Vec::new(), show: Vec::new(), name: None, label: None }
    }

    /// By the calendar period.
    #[must_use]
    pub const fn period(mut self, period: Period) -> Self {
        self.period = Some(period);
        self
    }

    /// By bands between these ascending bounds.
    #[must_use]
    pub fn bands(mut self, bounds: Vec<Value>) -> Self {
        self.bands = bounds;
        self
    }

    /// With this field of the record referred to in place of its name, too.
    #[must_use]
    pub fn show(mut self, field: FieldColumn) -> Self {
        self.show.push(field);
        self
    }

    /// Under a name of its own.
    #[must_use]
    pub fn named(mut self, name: impl Into<Name>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// With a label of its own.
    #[must_use]
    pub fn labelled(mut self, zh: &'static str, en: &'static str) -> Self {
        self.label = Some(LabelText::Both { zh: zh.into(), en: en.into() });
        self
    }
}

impl MeasureColumn {
    /// A measure under a name.
    #[must_use]
    pub fn new(name: impl Into<Name>, measure: Measure) -> Self {
        Self { measure, name: Some(name.into()), label: None }
    }

    /// With a label of its own.
    #[must_use]
    pub fn labelled(mut self, zh: &'static str, en: &'static str) -> Self {
        self.label = Some(LabelText::Both { zh: zh.into(), en: en.into() });
        self
    }
}
