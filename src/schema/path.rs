//! Paths: a field, or references to follow and then a field.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{ColumnType, EntityDef, Name, Schema};
use crate::problem::short;

/// A field by name: declared in code, or added at run time.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::schema::FieldRef;
///
/// let path: Path = "customer.custom.colour".parse()?;
/// assert_eq!(path.steps(), [FieldRef::Declared("customer".into()), FieldRef::Custom("colour".into())]);
/// # Ok::<(), crmkit::schema::PathError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum FieldRef {
    /// A declared field, or `id` or `version`.
    Declared(Name),
    /// A key of the record's `custom` fields.
    Custom(Name),
}

/// References to follow and the field at their end, such as `order.customer.region`.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
///
/// let path: Path = "order.customer.region".parse()?;
/// assert_eq!(path, OrderLine::order.to(Order::customer).to(Customer::region).path());
/// # Ok::<(), crmkit::schema::PathError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Path(Vec<FieldRef>);

/// How many steps a path may have.
const MAX_STEPS: usize = 8;

/// Why a path leads nowhere.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::schema::PathError;
///
/// assert!(matches!("order..region".parse::<Path>(), Err(PathError::Syntax(_))));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PathError {
    /// The text is no path.
    #[error("`{}` is not a path such as order.customer.region", short(.0))]
    Syntax(String),
    /// The entity has no such field.
    #[error("`{}`: `{}` has no field `{}`{}", short(path), short(entity), short(field), hint(nearest))]
    NoField {
        /// The whole path.
        path: String,
        /// The entity that was asked.
        entity: Name,
        /// The field it does not have.
        field: String,
        /// The field that was perhaps meant.
        nearest: Option<String>,
    },
    /// A step in the middle that refers to nothing.
    #[error("`{}`: `{}` is no reference, so the path ends there", short(path), short(field))]
    NoReference {
        /// The whole path.
        path: String,
        /// The field in the middle.
        field: String,
    },
    /// Too many steps.
    #[error("`{}` has more than 8 steps", short(.0))]
    TooLong(String),
    /// The entity is not in the schema.
    #[error("there is no entity `{}`", short(.0))]
    NoEntity(String),
}

fn hint(nearest: &Option<String>) -> String {
    nearest.as_ref().map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

/// One reference that is followed.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
///
/// let schema = crmkit::standard_schema()?;
/// let lines = schema.of::<OrderLine>().ok_or("no lines")?;
/// let path = OrderLine::order.to(Order::customer).to(Customer::region).path().resolve(&schema, lines)?;
/// assert_eq!(path.hops.iter().map(|hop| &*hop.target.code).collect::<Vec<_>>(), ["order", "customer"]);
/// assert_eq!(lines.columns[path.hops[0].column].name, "order");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Hop {
    /// The place of the referring field in its entity.
    pub column: usize,
    /// The entity referred to.
    pub target: Arc<EntityDef>,
}

/// What stands at the end of a path.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::schema::Leaf;
///
/// let schema = crmkit::standard_schema()?;
/// let orders = schema.of::<Order>().ok_or("no orders")?;
/// let leaf = |path: &str| Ok::<_, crmkit::schema::PathError>(path.parse::<Path>()?.resolve(&schema, orders)?.leaf);
/// assert_eq!((leaf("customer.id")?, leaf("version")?), (Leaf::Id, Leaf::Version));
/// assert_eq!(Some(leaf("amount")?), orders.column("amount").map(Leaf::Column));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Leaf {
    /// The record's id.
    Id,
    /// The record's version.
    Version,
    /// The declared field at this place.
    Column(usize),
}

/// A path whose every step has been found in a schema.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
///
/// let schema = crmkit::standard_schema()?;
/// let line = schema.of::<OrderLine>().ok_or("no lines")?;
/// let found = "order.customer.region".parse::<Path>()?.resolve(&schema, line)?;
/// assert_eq!((&*found.target().code, found.hops.len(), found.required()), ("customer", 2, false));
/// let missed = "order.customer.regoin".parse::<Path>()?.resolve(&schema, line).map(|_| ());
/// assert!(missed.is_err_and(|error| error.to_string().ends_with("did you mean `region`?")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ResolvedPath {
    /// The path as written.
    pub path: Path,
    /// The entity it starts at.
    pub root: Arc<EntityDef>,
    /// The references that are followed.
    pub hops: Vec<Hop>,
    /// What stands at the end.
    pub leaf: Leaf,
    /// The kind of what stands there.
    pub column_type: ColumnType,
}

impl ResolvedPath {
    /// The entity at whose field the path ends.
    #[must_use]
    pub fn target(&self) -> &Arc<EntityDef> {
        self.hops.last().map_or(&self.root, |hop| &hop.target)
    }

    /// Whether every record has a value at the end of this path.
    #[must_use]
    pub fn required(&self) -> bool {
        let mut at = &self.root;
        for hop in &self.hops {
            if !at.columns.get(hop.column).is_some_and(|column| column.required) {
                return false;
            }
            at = &hop.target;
        }
        match self.leaf {
            Leaf::Id | Leaf::Version => true,
            Leaf::Column(column) => at.columns.get(column).is_some_and(|column| column.required),
        }
    }
}

impl Path {
    /// A path of these steps; without any it is the record's own `id`.
    #[must_use]
    pub fn new(steps: Vec<FieldRef>) -> Self {
        Self(if steps.is_empty() { vec![FieldRef::Declared("id".into())] } else { steps })
    }

    /// The path of one declared field.
    #[must_use]
    pub fn field(name: impl Into<Name>) -> Self {
        Self(vec![FieldRef::Declared(name.into())])
    }

    /// The steps.
    #[must_use]
    pub fn steps(&self) -> &[FieldRef] {
        &self.0
    }

    /// This path and then another one.
    #[must_use]
    pub fn then(mut self, rest: Self) -> Self {
        self.0.extend(rest.0);
        self
    }

    /// Finds every step in a schema, starting at `root`.
    ///
    /// # Errors
    ///
    /// [`PathError`] naming the step that leads nowhere.
    pub fn resolve(&self, schema: &Schema, root: &Arc<EntityDef>) -> Result<ResolvedPath, PathError> {
        if self.0.len() > MAX_STEPS {
            return Err(PathError::TooLong(self.to_string()));
        }
        let (mut at, mut hops) = (root, Vec::new());
        let last = self.0.len().saturating_sub(1);
        for (index, step) in self.0.iter().enumerate() {
            let (leaf, column_type) = self.step(at, step)?;
            if index == last {
                let (path, root) = (self.clone(), Arc::clone(root));
                return Ok(ResolvedPath { path, root, hops, leaf, column_type });
            }
            let (Leaf::Column(column), ColumnType::Reference(target)) = (leaf, &column_type) else {
                return Err(PathError::NoReference { path: self.to_string(), field: step.to_string() });
            };
            let target = schema.entity(target).ok_or_else(|| PathError::NoEntity(target.to_string()))?;
            hops.push(Hop { column, target: Arc::clone(target) });
            at = target;
        }
        Err(PathError::Syntax(String::new()))
    }

    fn step(&self, at: &EntityDef, step: &FieldRef) -> Result<(Leaf, ColumnType), PathError> {
        let missing = |name: &str| PathError::NoField {
            path: self.to_string(),
            entity: at.code.clone(),
            field: name.to_owned(),
            nearest: at.nearest(name),
        };
        match step {
            FieldRef::Declared(name) => match &**name {
                "id" => Ok((Leaf::Id, ColumnType::Reference(at.name.clone()))),
                "version" => Ok((Leaf::Version, ColumnType::Int)),
                name => {
                    let place = at.column(name).ok_or_else(|| missing(name))?;
                    let column = at.columns.get(place).ok_or_else(|| missing(name))?;
                    Ok((Leaf::Column(place), column.column_type.clone()))
                }
            },
            FieldRef::Custom(_) => Err(missing(&step.to_string())),
        }
    }
}

impl fmt::Display for FieldRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Declared(name) => f.write_str(name),
            Self::Custom(key) => write!(f, "custom.{key}"),
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(".")?;
            }
            step.fmt(f)?;
        }
        Ok(())
    }
}

impl FromStr for Path {
    type Err = PathError;
    fn from_str(text: &str) -> Result<Self, PathError> {
        let mut steps = Vec::new();
        let mut parts = text.split('.');
        while let Some(part) = parts.next() {
            let (name, custom) =
                if part == "custom" { (parts.next().unwrap_or_default(), true) } else { (part, false) };
            if name.is_empty() || name.len() > 64 || name.chars().any(char::is_whitespace) {
                return Err(PathError::Syntax(text.chars().take(80).collect()));
            }
            let name = Name::Owned(name.to_owned());
            steps.push(if custom { FieldRef::Custom(name) } else { FieldRef::Declared(name) });
        }
        if steps.len() > MAX_STEPS {
            return Err(PathError::TooLong(text.chars().take(80).collect()));
        }
        Ok(Self(steps))
    }
}

impl Serialize for Path {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Path {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
