//! Sums and counts by group.

use std::sync::Arc;

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::page::bounded;
use super::{Direction, Filter, Period, PreparedFilter, QueryError};
use crate::schema::{ColumnType, Entity, EntityDef, Name, Path, PathError, ResolvedPath, Schema};
use crate::value::Value;

/// What groups are made by: a field, or the calendar period of a day or moment.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::query::GroupKey;
///
/// // Orders by the month in which they were placed, by the clocks of Shanghai.
/// let month = GroupKey::period(Order::ordered_at, Period::Month, chrono_tz::Asia::Shanghai);
/// let by_month = Aggregate::of::<Order>().group(month).measure(Measure::Count);
/// assert_eq!(by_month.keys.len(), 1);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupKey {
    /// The field, along references.
    pub path: Path,
    /// The period its day lies in, and the zone in which a moment has a day. The key is then the first day of the
    /// period.
    #[serde(default)]
    pub period: Option<(Period, Tz)>,
}

impl<P: Into<Path>> From<P> for GroupKey {
    fn from(path: P) -> Self {
        Self { path: path.into(), period: None }
    }
}

impl GroupKey {
    /// Groups by the calendar period in a zone.
    #[must_use]
    pub fn period(path: impl Into<Path>, period: Period, zone: Tz) -> Self {
        Self { path: path.into(), period: Some((period, zone)) }
    }
}

/// What is computed for each group.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
///
/// let amount = Measure::Sum(Order::amount.path());
/// assert_eq!(amount.path(), Some(&Order::amount.path()));
/// assert_eq!(Measure::Count.path(), None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Measure {
    /// How many records.
    Count,
    /// How many different values, not counting "no value".
    Distinct(Path),
    /// The sum; zero where there is no value.
    Sum(Path),
    /// The mean of the values there are, rounded half to even: four decimals, for rates six. Of whole numbers it is a
    /// quantity.
    Average(Path),
    /// The least value.
    Minimum(Path),
    /// The greatest value.
    Maximum(Path),
}

impl Measure {
    /// The field it is computed from.
    #[must_use]
    pub const fn path(&self) -> Option<&Path> {
        match self {
            Self::Count => None,
            Self::Distinct(p) | Self::Sum(p) | Self::Average(p) | Self::Minimum(p) | Self::Maximum(p) => Some(p),
        }
    }
}

/// Which groups are wanted: those that come first by one measure, and all that are equal to the last of these.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::query::{Direction, Top};
///
/// let best = Aggregate::of::<Order>()
///     .group(Order::customer)
///     .measure(Measure::Sum(Order::amount.path()))
///     .top(Top { measure: 0, direction: Direction::Descending, groups: 10 });
/// # let _ = best;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Top {
    /// The measure's place. Sums are compared as they are, before it is known whether they fit their kind.
    pub measure: usize,
    /// Which end comes first. No value comes last either way.
    #[serde(default)]
    pub direction: Direction,
    /// How many groups come first.
    pub groups: usize,
}

/// Sums and counts of one entity's records by group.
///
/// Keys and measures follow references only, from a record to the one it refers to, so that nothing is counted twice.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::query::{Aggregate, Measure};
///
/// let revenue = Aggregate::of::<OrderLine>()
///     .group(OrderLine::order.to(Order::customer))
///     .measure(Measure::Sum(OrderLine::amount.path()));
/// # let _ = revenue;
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Aggregate {
    /// The entity's name.
    pub entity: Name,
    /// Which records.
    #[serde(default)]
    pub filter: Filter,
    /// What groups are made by; without keys there is exactly one row.
    #[serde(default)]
    pub keys: Vec<GroupKey>,
    /// What is computed for each group.
    pub measures: Vec<Measure>,
    /// Only these groups; without it all of them.
    #[serde(default)]
    pub top: Option<Top>,
    /// How many groups there may be; more are an error. A store that finds the [`top`](Self::top) without holding all
    /// groups in this program may answer where others refuse.
    pub max_groups: usize,
    /// How many records may be read; more are an error, with the same liberty.
    pub max_rows: usize,
}

/// One group: its keys and its measures, as asked for.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::storage::Reader;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let storage = MemoryStorage::new(crmkit::standard_schema()?);
/// let customers = Aggregate::of::<Customer>().group(Customer::region).measure(Measure::Count);
/// let rows = storage.aggregate(&customers).await?;
/// assert!(rows.is_empty(), "no record, no group");
/// let rows = storage.aggregate(&Aggregate::of::<Customer>().measure(Measure::Count)).await?;
/// assert_eq!(rows[0].measures, [0.into()], "without keys there is one row");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AggregateRow {
    /// The keys.
    pub keys: Vec<Value>,
    /// The measures.
    pub measures: Vec<Value>,
}

impl AggregateRow {
    /// A row of keys and measures.
    #[must_use]
    pub const fn new(keys: Vec<Value>, measures: Vec<Value>) -> Self {
        Self { keys, measures }
    }
}

impl Aggregate {
    /// Over all records of the entity `name`.
    #[must_use]
    pub fn new(name: impl Into<Name>) -> Self {
        let (max_groups, max_rows) = (1_000_000, 1_000_000_000);
        Self {
            entity: name.into(),
            filter: Filter::All,
            keys: Vec::new(),
            measures: Vec::new(),
            top: None,
            max_groups,
            max_rows,
        }
    }

    /// Over all records of `E`.
    #[must_use]
    pub fn of<E: Entity>() -> Self {
        Self::new(E::NAME)
    }

    /// Only over records that match, too.
    #[must_use]
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filter = std::mem::take(&mut self.filter).and(filter);
        self
    }

    /// By this key, too.
    #[must_use]
    pub fn group(mut self, key: impl Into<GroupKey>) -> Self {
        self.keys.push(key.into());
        self
    }

    /// With this measure, too.
    #[must_use]
    pub fn measure(mut self, measure: Measure) -> Self {
        self.measures.push(measure);
        self
    }

    /// Only the groups that come first.
    #[must_use]
    pub const fn top(mut self, top: Top) -> Self {
        self.top = Some(top);
        self
    }

    /// Checks every path and value against a schema.
    ///
    /// # Errors
    ///
    /// [`QueryError`] naming what does not fit.
    pub fn prepare(&self, schema: &Schema) -> Result<PreparedAggregate, QueryError> {
        let def = schema.entity(&self.entity).ok_or_else(|| PathError::NoEntity(self.entity.to_string()))?;
        bounded("group keys", self.keys.len(), 16)?;
        bounded("measures", self.measures.len(), 64)?;
        let keys = self.keys.iter().map(|key| prepare_key(key, schema, def)).collect::<Result<_, _>>()?;
        let measures = self.measures.iter().map(|measure| prepare_measure(measure, schema, def));
        if let Some(top) = self.top.filter(|top| top.measure >= self.measures.len()) {
            return Err(QueryError::NoMeasure(top.measure));
        }
        Ok(PreparedAggregate {
            filter: self.filter.clone().prepare(schema, def)?,
            def: Arc::clone(def),
            keys,
            measures: measures.collect::<Result<_, _>>()?,
            top: self.top,
            max_groups: self.max_groups,
            max_rows: self.max_rows,
        })
    }
}

fn prepare_key(key: &GroupKey, schema: &Schema, def: &Arc<EntityDef>) -> Result<PreparedKey, QueryError> {
    let path = key.path.resolve(schema, def)?;
    let unfit = |used| QueryError::Unfit { path: key.path.to_string(), used, kind: path.column_type.kind() };
    match (&path.column_type, key.period) {
        (ColumnType::Json, _) => Err(unfit("grouped by")),
        (ColumnType::Date | ColumnType::Timestamp, _) | (_, None) => Ok(PreparedKey { path, period: key.period }),
        (_, Some(_)) => Err(unfit("grouped by period")),
    }
}

fn prepare_measure(measure: &Measure, schema: &Schema, def: &Arc<EntityDef>) -> Result<PreparedMeasure, QueryError> {
    let path = measure.path().map(|path| path.resolve(schema, def)).transpose()?;
    if let Some(path) = &path {
        let fits = match measure {
            Measure::Sum(_) | Measure::Average(_) => path.column_type.is_numeric(),
            _ => !matches!(path.column_type, ColumnType::Json),
        };
        if !fits {
            let (path, kind) = (path.path.to_string(), path.column_type.kind());
            return Err(QueryError::Unfit { path, used: "measured so", kind });
        }
    }
    Ok(PreparedMeasure { measure: measure.clone(), path })
}

/// A group key whose path is resolved.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::query::GroupKey;
///
/// let month = GroupKey::period(Order::ordered_at, Period::Month, chrono_tz::UTC);
/// let by_month = Aggregate::of::<Order>().group(month).measure(Measure::Count);
/// let key = &by_month.prepare(&*crmkit::standard_schema()?)?.keys[0];
/// assert_eq!(key.path.column_type.kind(), "timestamp");
/// assert_eq!(key.period, Some((Period::Month, chrono_tz::UTC)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PreparedKey {
    /// The field.
    pub path: ResolvedPath,
    /// The period, and the zone of its days.
    pub period: Option<(Period, Tz)>,
}

/// A measure whose path is resolved.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
///
/// let mean = Measure::Average(Opportunity::success_rate.path());
/// let prepared = Aggregate::of::<Opportunity>().measure(mean).prepare(&*crmkit::standard_schema()?)?;
/// let mean = &prepared.measures[0];
/// assert_eq!(mean.path.as_ref().map(|path| path.column_type.kind()), Some("int"));
/// assert_eq!(mean.column_type().kind(), "quantity", "a mean of whole numbers is none itself");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PreparedMeasure {
    /// The measure.
    pub measure: Measure,
    /// The field it is computed from.
    pub path: Option<ResolvedPath>,
}

impl PreparedMeasure {
    /// The kind of its results.
    #[must_use]
    pub fn column_type(&self) -> ColumnType {
        match (&self.measure, &self.path) {
            (Measure::Average(_), Some(path)) if matches!(path.column_type, ColumnType::Int) => ColumnType::Quantity,
            (Measure::Sum(_) | Measure::Average(_) | Measure::Minimum(_) | Measure::Maximum(_), Some(path)) => {
                path.column_type.clone()
            }
            _ => ColumnType::Int,
        }
    }
}

/// An aggregate whose paths are resolved and whose values have the kinds of their fields.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
///
/// let schema = crmkit::standard_schema()?;
/// let revenue = Aggregate::of::<Order>().group(Order::customer).measure(Measure::Sum(Order::amount.path()));
/// let prepared = revenue.prepare(&schema)?;
/// // What a store has to read of each record: the customer and the amount.
/// assert_eq!(prepared.inputs().count(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PreparedAggregate {
    /// The entity.
    pub def: Arc<EntityDef>,
    /// Which records.
    pub filter: PreparedFilter,
    /// What groups are made by.
    pub keys: Vec<PreparedKey>,
    /// What is computed.
    pub measures: Vec<PreparedMeasure>,
    /// Which groups are wanted.
    pub top: Option<Top>,
    /// How many groups there may be.
    pub max_groups: usize,
    /// How many records may be read.
    pub max_rows: usize,
}

impl PreparedAggregate {
    /// The fields a [`Folder`](super::Folder) is given for each record: the keys', then those of the measures that
    /// have one.
    pub fn inputs(&self) -> impl Iterator<Item = &ResolvedPath> {
        let measured = self.measures.iter().filter_map(|measure| measure.path.as_ref());
        self.keys.iter().map(|key| &key.path).chain(measured)
    }
}
