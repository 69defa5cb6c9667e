//! Conditions on records.

use std::sync::Arc;

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::{QueryError, search_words};
use crate::schema::{ColumnType, EntityDef, Name, Path, PathError, ResolvedPath, Schema};
use crate::value::Value;

/// How deep conditions may be nested.
const MAX_DEPTH: usize = 32;
/// How many conditions one filter may have.
const MAX_NODES: usize = 1_000;
/// How many values one `In` may list.
const MAX_VALUES: usize = 10_000;

/// A comparison with one value.
///
/// # Examples
///
/// ```
/// use crmkit::query::Comparison;
///
/// assert!(Comparison::GreaterOrEqual.holds(&3, &3) && !Comparison::Less.holds(&3, &3));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// The same value.
    Equal,
    /// A smaller value.
    Less,
    /// The same or a smaller value.
    LessOrEqual,
    /// A larger value.
    Greater,
    /// The same or a larger value.
    GreaterOrEqual,
}

impl Comparison {
    /// Whether `left` compares to `right` like this.
    #[must_use]
    pub fn holds<T: Ord>(self, left: &T, right: &T) -> bool {
        match self {
            Self::Equal => left == right,
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
        }
    }
}

/// A condition on records of one entity.
///
/// Typed handles make them ([`Field`](crate::schema::Field)); a stored report reads them from JSON.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
///
/// let filter = Customer::status.eq(CustomerStatus::Normal).and(Customer::name.contains("acme"));
/// let without_orders = Filter::exists(Order::customer, Filter::All).not();
/// # let _ = (filter, without_orders);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Filter {
    /// Every record.
    #[default]
    All,
    /// The records that the inner condition leaves out.
    Not(Box<Filter>),
    /// All of these hold; with none of them, every record.
    And(Vec<Filter>),
    /// One of these holds; with none of them, no record.
    Or(Vec<Filter>),
    /// The field has a value that compares so.
    Compare {
        /// The field.
        path: Path,
        /// How it compares.
        comparison: Comparison,
        /// With what; never [`Value::Null`].
        value: Value,
    },
    /// The field has one of these values.
    In {
        /// The field.
        path: Path,
        /// The values; never [`Value::Null`].
        values: Vec<Value>,
    },
    /// The field has no value.
    IsNull {
        /// The field.
        path: Path,
    },
    /// Every word occurs in one of the text fields, whatever its case and Unicode form.
    Search {
        /// The text fields.
        paths: Vec<Path>,
        /// The words, separated by white space.
        words: String,
    },
    /// A record of another entity refers to this one and matches.
    Exists {
        /// The referring entity.
        entity: Name,
        /// Its field that refers to this entity.
        reference: Name,
        /// What the referring record must match.
        filter: Box<Filter>,
    },
}

impl Filter {
    /// No record.
    #[must_use]
    pub const fn none() -> Self {
        Self::Or(Vec::new())
    }

    /// Both hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::All, filter) | (filter, Self::All) => filter,
            (Self::And(mut filters), Self::And(more)) => {
                filters.extend(more);
                Self::And(filters)
            }
            (Self::And(mut filters), filter) => {
                filters.push(filter);
                Self::And(filters)
            }
            (filter, other) => Self::And(vec![filter, other]),
        }
    }

    /// One of both holds.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Or(mut filters), filter) => {
                filters.push(filter);
                Self::Or(filters)
            }
            (filter, other) => Self::Or(vec![filter, other]),
        }
    }

    /// The opposite.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "reads as the other combinators do")]
    pub fn not(self) -> Self {
        match self {
            Self::Not(filter) => *filter,
            filter => Self::Not(Box::new(filter)),
        }
    }

    /// A record of another entity refers to this one by `reference` and matches.
    #[must_use]
    pub fn exists<E, T>(reference: crate::schema::Field<E, T>, filter: Self) -> Self
    where
        E: crate::schema::Entity,
        T: crate::schema::Reference,
    {
        let reference = Name::Borrowed(reference.name());
        Self::Exists { entity: Name::Borrowed(E::NAME), reference, filter: Box::new(filter) }
    }

    /// Checks every path and value against a schema, for records of `def`.
    ///
    /// # Errors
    ///
    /// [`QueryError`] naming the path or value that does not fit.
    pub fn prepare(self, schema: &Schema, def: &Arc<EntityDef>) -> Result<PreparedFilter, QueryError> {
        Preparation { schema, nodes: 0 }.prepare(self, def, 0)
    }
}

/// A filter whose paths are resolved and whose values have the kinds of their fields.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
///
/// let schema = crmkit::standard_schema()?;
/// let orders = schema.of::<Order>().ok_or("no orders")?;
/// assert!(Order::paid().prepare(&schema, orders)?.is_own_fields_only());
/// let of_the_east = Order::customer.to(Customer::region).eq("华东");
/// assert!(!of_the_east.prepare(&schema, orders)?.is_own_fields_only());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum PreparedFilter {
    /// Every record.
    All,
    /// The records that the inner condition leaves out.
    Not(Box<PreparedFilter>),
    /// All of these hold.
    And(Vec<PreparedFilter>),
    /// One of these holds.
    Or(Vec<PreparedFilter>),
    /// The field has a value that compares so.
    Compare {
        /// The field.
        path: ResolvedPath,
        /// How it compares.
        comparison: Comparison,
        /// With what.
        value: Value,
    },
    /// The field has one of these values.
    In {
        /// The field.
        path: ResolvedPath,
        /// The values, sorted, each once.
        values: Vec<Value>,
    },
    /// The field has no value.
    IsNull {
        /// The field.
        path: ResolvedPath,
    },
    /// Every folded word occurs in one of the text fields.
    Search {
        /// The text fields.
        paths: Vec<ResolvedPath>,
        /// The folded words, at least one.
        words: Vec<String>,
    },
    /// A record of `child` whose field `column` refers to this one matches.
    Exists {
        /// The referring entity.
        child: Arc<EntityDef>,
        /// The place of the referring field.
        column: usize,
        /// What the referring record must match.
        filter: Box<PreparedFilter>,
    },
}

impl PreparedFilter {
    /// Whether only fields of the record itself are looked at.
    #[must_use]
    pub fn is_own_fields_only(&self) -> bool {
        match self {
            Self::All => true,
            Self::Not(filter) => filter.is_own_fields_only(),
            Self::And(filters) | Self::Or(filters) => filters.iter().all(Self::is_own_fields_only),
            Self::Compare { path, .. } | Self::In { path, .. } | Self::IsNull { path } => path.hops.is_empty(),
            Self::Search { .. } | Self::Exists { .. } => false,
        }
    }

    /// Whether every record that matches has a value at the end of a path, as far as that can be told: a field that is
    /// compared has one.
    #[must_use]
    pub fn implies_value(&self, of: &ResolvedPath) -> bool {
        match self {
            Self::Compare { path, .. } | Self::In { path, .. } => path.path == of.path,
            Self::And(filters) => filters.iter().any(|filter| filter.implies_value(of)),
            Self::Or(filters) => !filters.is_empty() && filters.iter().all(|filter| filter.implies_value(of)),
            Self::Not(filter) => matches!(&**filter, Self::IsNull { path } if path.path == of.path),
            Self::All | Self::IsNull { .. } | Self::Search { .. } | Self::Exists { .. } => false,
        }
    }
}

struct Preparation<'s> {
    schema: &'s Schema,
    nodes: usize,
}

impl Preparation<'_> {
    fn prepare(&mut self, filter: Filter, def: &Arc<EntityDef>, depth: usize) -> Result<PreparedFilter, QueryError> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(QueryError::TooLarge { what: "conditions in a filter", limit: MAX_NODES });
        }
        if depth > MAX_DEPTH {
            return Err(QueryError::TooLarge { what: "nested conditions", limit: MAX_DEPTH });
        }
        Ok(match filter {
            Filter::All => PreparedFilter::All,
            Filter::Not(inner) => PreparedFilter::Not(Box::new(self.prepare(*inner, def, depth + 1)?)),
            Filter::And(filters) => PreparedFilter::And(self.all(filters, def, depth)?),
            Filter::Or(filters) => PreparedFilter::Or(self.all(filters, def, depth)?),
            Filter::Compare { path, comparison, value } => {
                let path = self.comparable(&path, def)?;
                let value = fit(&path, value)?;
                PreparedFilter::Compare { path, comparison, value }
            }
            Filter::In { path, values } => {
                let path = self.comparable(&path, def)?;
                if values.len() > MAX_VALUES {
                    return Err(QueryError::TooLarge { what: "values in a list", limit: MAX_VALUES });
                }
                let mut values = values.into_iter().map(|value| fit(&path, value)).collect::<Result<Vec<_>, _>>()?;
                values.sort();
                values.dedup();
                PreparedFilter::In { path, values }
            }
            Filter::IsNull { path } => PreparedFilter::IsNull { path: path.resolve(self.schema, def)? },
            Filter::Search { paths, words } => self.search(&paths, &words, def)?,
            Filter::Exists { entity, reference, filter } => {
                let (child, column) = self.child(&entity, &reference, def)?;
                let filter = Box::new(self.prepare(*filter, &child, depth + 1)?);
                PreparedFilter::Exists { child, column, filter }
            }
        })
    }

    fn all(&mut self, all: Vec<Filter>, def: &Arc<EntityDef>, depth: usize) -> Result<Vec<PreparedFilter>, QueryError> {
        all.into_iter().map(|filter| self.prepare(filter, def, depth + 1)).collect()
    }

    fn comparable(&self, path: &Path, def: &Arc<EntityDef>) -> Result<ResolvedPath, QueryError> {
        let path = path.resolve(self.schema, def)?;
        if matches!(path.column_type, ColumnType::Json) {
            return Err(QueryError::Unfit { path: path.path.to_string(), used: "compared", kind: "json" });
        }
        Ok(path)
    }

    fn search(&self, paths: &[Path], words: &str, def: &Arc<EntityDef>) -> Result<PreparedFilter, QueryError> {
        let words = search_words(words);
        let resolve = |path: &Path| {
            let path = path.resolve(self.schema, def)?;
            match path.column_type {
                ColumnType::Text => Ok(path),
                ref other => {
                    Err(QueryError::Unfit { path: path.path.to_string(), used: "searched", kind: other.kind() })
                }
            }
        };
        let paths = paths.iter().map(resolve).collect::<Result<Vec<_>, _>>()?;
        if words.is_empty() {
            return Ok(PreparedFilter::All);
        }
        if words.len() > 32 {
            return Err(QueryError::TooLarge { what: "words in a search", limit: 32 });
        }
        Ok(PreparedFilter::Search { paths, words })
    }

    fn child(&self, entity: &str, reference: &str, def: &EntityDef) -> Result<(Arc<EntityDef>, usize), QueryError> {
        let no_entity = || PathError::NoEntity(entity.to_owned());
        let child = self.schema.entity(entity).ok_or_else(no_entity)?;
        let no_reference =
            || PathError::NoReference { path: format!("{entity}.{reference}"), field: reference.to_owned() };
        let column = child.column(reference).ok_or_else(no_reference)?;
        match child.columns.get(column).map(|column| &column.column_type) {
            Some(ColumnType::Reference(target)) if *target == def.name => Ok((Arc::clone(child), column)),
            _ => Err(no_reference().into()),
        }
    }
}

fn fit(path: &ResolvedPath, value: Value) -> Result<Value, QueryError> {
    let wrong = |problem: String| QueryError::Value { path: path.path.to_string(), problem };
    if value.is_null() || matches!(value, Value::Slot(_)) {
        return Err(wrong("it can't be compared with no value; ask whether it is empty".into()));
    }
    path.column_type.coerce(value, Tz::UTC).map_err(|mismatch| wrong(mismatch.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::customers::Customer;
    use crate::schema::{Entity, Schema};

    #[test]
    fn what_is_compared_has_a_value() {
        let schema = Schema::builder().with::<crate::access::Role>().with::<crate::access::Team>();
        let schema = schema.with::<crate::access::User>().with::<Customer>().build().unwrap();
        let def = schema.entity(Customer::NAME).unwrap();
        let region = Customer::region.path().resolve(&schema, def).unwrap();
        let implied = |filter: Filter| filter.prepare(&schema, def).unwrap().implies_value(&region);
        let (given, other) = (|| Customer::region.lt("M"), || Customer::phone.eq("1"));
        let missing = || Customer::region.is_null();
        let known = [
            given(),
            Customer::region.is_in(["M"]),
            missing().not(),
            other().and(given()),
            given().or(missing().not()),
        ];
        known.into_iter().for_each(|filter| assert!(implied(filter.clone()), "{filter:?}"));
        let unknown = [Filter::All, other(), given().not(), missing(), given().or(other()), Filter::Or(Vec::new())];
        unknown.into_iter().for_each(|filter| assert!(!implied(filter.clone()), "{filter:?}"));
    }
}
