//! Lists: which records, in which order, a page at a time.

use std::sync::Arc;

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::{Cursor, Filter, PreparedFilter, QueryError};
use crate::id::RecordId;
use crate::schema::{ColumnType, Entity, EntityDef, Name, Path, PathError, Record, ResolvedPath, Schema};
use crate::value::Value;

/// How many records one page may have.
const MAX_LIMIT: usize = 10_000;
/// How many fields one order may have.
const MAX_ORDER: usize = 8;
/// How many fields one projection may have.
const MAX_COLUMNS: usize = 256;

/// Which way to sort. No value comes last either way.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::query::Direction;
///
/// assert_eq!(Customer::name.desc().direction, Direction::Descending);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Smallest first.
    #[default]
    Ascending,
    /// Largest first.
    Descending,
}

/// One field to sort by.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::query::Direction;
///
/// let query = Query::of::<Order>().order(Order::ordered_at.desc()).order(Order::number.asc());
/// assert_eq!(query.order[0].direction, Direction::Descending);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderBy {
    /// The field.
    pub path: Path,
    /// Which way.
    #[serde(default)]
    pub direction: Direction,
}

/// Which records of one entity, in which order, a page at a time.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
///
/// let query = Query::of::<Customer>()
///     .filter(Customer::region.eq("华东"))
///     .order(Customer::name.asc())
///     .limit(50);
/// # let _ = query;
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Query {
    /// The entity's name.
    pub entity: Name,
    /// Which records.
    #[serde(default)]
    pub filter: Filter,
    /// In which order; ties, and everything where it is empty, by id.
    #[serde(default)]
    pub order: Vec<OrderBy>,
    /// Only these fields, along references; without it, whole records.
    #[serde(default)]
    pub columns: Option<Vec<Path>>,
    /// How many records a page has at most.
    pub limit: usize,
    /// Where the page before ended.
    #[serde(default)]
    pub after: Option<Cursor>,
}

/// One page of a list.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
///
/// use crmkit::prelude::*;
/// use crmkit::storage::Reader;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let storage = Arc::new(MemoryStorage::new(crmkit::standard_schema()?));
/// let crm = Crm::builder(Arc::clone(&storage)).open().await?;
/// crm.system().customers().create(NewCustomer::new("Acme")).await?;
/// // Single fields of records, along references.
/// let query = Query::of::<Customer>().columns([Customer::name.path(), Customer::region.path()]);
/// let page = storage.query(&query).await?;
/// assert_eq!(page.records[0].values, ["Acme".into(), Value::Null]);
/// assert!(page.next.is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Page {
    /// The records. Where the query names columns, `values` holds those in the order named and `custom` is empty.
    pub records: Vec<Record>,
    /// Where to go on, if there is more.
    pub next: Option<Cursor>,
}

impl Page {
    /// A page of these records, and where to go on.
    #[must_use]
    pub const fn new(records: Vec<Record>, next: Option<Cursor>) -> Self {
        Self { records, next }
    }
}

impl Query {
    /// All records of the entity `name`, 100 to a page.
    #[must_use]
    pub fn new(name: impl Into<Name>) -> Self {
        let entity = name.into();
        Self { entity, filter: Filter::All, order: Vec::new(), columns: None, limit: 100, after: None }
    }

    /// All records of `E`, 100 to a page.
    #[must_use]
    pub fn of<E: Entity>() -> Self {
        Self::new(E::NAME)
    }

    /// Only records that match, too.
    #[must_use]
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filter = std::mem::take(&mut self.filter).and(filter);
        self
    }

    /// Then sorted by this.
    #[must_use]
    pub fn order(mut self, order: OrderBy) -> Self {
        self.order.push(order);
        self
    }

    /// Only these fields.
    #[must_use]
    pub fn columns(mut self, columns: impl IntoIterator<Item = impl Into<Path>>) -> Self {
        self.columns = Some(columns.into_iter().map(Into::into).collect());
        self
    }

    /// At most this many records to a page.
    #[must_use]
    pub const fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// From where another page ended.
    #[must_use]
    pub fn after(mut self, cursor: Option<Cursor>) -> Self {
        self.after = cursor;
        self
    }

    /// Checks every path and value against a schema.
    ///
    /// # Errors
    ///
    /// [`QueryError`] naming what does not fit.
    pub fn prepare(&self, schema: &Schema) -> Result<PreparedQuery, QueryError> {
        let def = schema.entity(&self.entity).ok_or_else(|| PathError::NoEntity(self.entity.to_string()))?;
        bounded("records on a page", self.limit, MAX_LIMIT)?;
        bounded("fields in an order", self.order.len(), MAX_ORDER)?;
        let sortable = |order: &OrderBy| {
            let path = order.path.resolve(schema, def)?;
            match path.column_type {
                ColumnType::Json => {
                    Err(QueryError::Unfit { path: order.path.to_string(), used: "sorted by", kind: "json" })
                }
                _ => Ok((path, order.direction)),
            }
        };
        let order = self.order.iter().map(sortable).collect::<Result<Vec<_>, _>>()?;
        let columns = match &self.columns {
            None => None,
            Some(paths) => {
                bounded("columns", paths.len(), MAX_COLUMNS)?;
                Some(paths.iter().map(|path| path.resolve(schema, def)).collect::<Result<Vec<_>, _>>()?)
            }
        };
        let filter = self.filter.clone().prepare(schema, def)?;
        let mut prepared =
            PreparedQuery { def: Arc::clone(def), filter, order, columns, limit: self.limit, after: None };
        if let Some(cursor) = &self.after {
            prepared.after = Some(prepared.open(cursor)?);
        }
        Ok(prepared)
    }
}

pub(super) fn bounded(what: &'static str, count: usize, limit: usize) -> Result<(), QueryError> {
    if count > limit { Err(QueryError::TooLarge { what, limit }) } else { Ok(()) }
}

/// Where the page before ended: the sort values and the id of its last record.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
///
/// let schema = crmkit::standard_schema()?;
/// let query = Query::of::<Customer>().order(Customer::name.asc());
/// let id = RecordId::from_bytes([7; 16]);
/// let cursor = query.prepare(&schema)?.cursor(vec!["Acme".into()], id);
/// let after = query.after(Some(cursor)).prepare(&schema)?.after.ok_or("where to begin")?;
/// assert_eq!((&after.values[..], after.id), (&["Acme".into()][..], id));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct After {
    /// The sort values, one for each field of the order.
    pub values: Vec<Value>,
    /// The id.
    pub id: RecordId,
}

/// A query whose paths are resolved and whose values have the kinds of their fields.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
///
/// let schema = crmkit::standard_schema()?;
/// let query = Query::of::<Customer>().order(Customer::name.asc());
/// assert_eq!(query.prepare(&schema)?.order.len(), 1);
/// assert!(Query::new("nothing").prepare(&schema).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PreparedQuery {
    /// The entity.
    pub def: Arc<EntityDef>,
    /// Which records.
    pub filter: PreparedFilter,
    /// In which order, before the id.
    pub order: Vec<(ResolvedPath, Direction)>,
    /// Only these fields.
    pub columns: Option<Vec<ResolvedPath>>,
    /// How many records at most.
    pub limit: usize,
    /// Where to begin.
    pub after: Option<After>,
}

impl PreparedQuery {
    /// The text that tells one order from another.
    #[must_use]
    pub fn signature(&self) -> String {
        let mut signature = self.def.name.to_string();
        for (path, direction) in &self.order {
            signature.push(if *direction == Direction::Ascending { '+' } else { '-' });
            signature.push_str(&path.path.to_string());
        }
        signature
    }

    /// The cursor behind a record with these sort values.
    #[must_use]
    pub fn cursor(&self, values: Vec<Value>, id: RecordId) -> Cursor {
        Cursor::new(&self.signature(), values, id)
    }

    fn open(&self, cursor: &Cursor) -> Result<After, QueryError> {
        let (values, id) = cursor.open(&self.signature())?;
        if values.len() != self.order.len() {
            return Err(QueryError::Cursor);
        }
        let typed = values.into_iter().zip(&self.order).map(|(value, (path, _))| match value {
            Value::Null => Ok(Value::Null),
            value => path.column_type.coerce(value, Tz::UTC).map_err(|_| QueryError::Cursor),
        });
        Ok(After { values: typed.collect::<Result<_, _>>()?, id })
    }
}
