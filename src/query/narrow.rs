//! Keeps a question to what somebody may see: the records it asks about, and those its paths pass through.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Filter, QueryError};
use crate::problem::nearest;
use crate::schema::{EntityDef, Leaf, Path, PathError, ResolvedPath, Schema};

type Result<T> = std::result::Result<T, QueryError>;

/// Says whether the field of an entity at a place is hidden.
type Hides<'a> = dyn Fn(&EntityDef, usize) -> bool + 'a;

/// Which records and fields of each entity somebody may see.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::query::Sight;
/// use crmkit::schema::EntityDef;
///
/// let schema = crmkit::standard_schema()?;
/// // Somebody sees the customers of the east, and all of the rest.
/// let visible = |def: &EntityDef| match &*def.code {
///     "customer" => Customer::region.eq("华东"),
///     _ => Filter::All,
/// };
/// let narrowed = Sight::new(&schema, &visible).narrow(Customer::NAME, Filter::All, &[])?;
/// assert_eq!(narrowed, Customer::region.eq("华东"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Sight<'a> {
    schema: &'a Schema,
    visible: &'a dyn Fn(&EntityDef) -> Filter,
    hidden: Option<&'a Hides<'a>>,
}

impl std::fmt::Debug for Sight<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sight")
    }
}

impl<'a> Sight<'a> {
    /// Sees the records of an entity that match what `visible` gives for it.
    #[must_use]
    pub const fn new(schema: &'a Schema, visible: &'a dyn Fn(&EntityDef) -> Filter) -> Self {
        Self { schema, visible, hidden: None }
    }

    /// Sees nothing of the fields, by entity and place, for which `hidden` is true: they are as if there were none.
    #[must_use]
    pub const fn hiding(mut self, hidden: &'a Hides<'a>) -> Self {
        self.hidden = Some(hidden);
        self
    }

    /// The filter that also asks that the records themselves, those that `paths` and the filter go through, and those
    /// that the filter asks the existence of, may be seen.
    ///
    /// # Errors
    ///
    /// [`QueryError::Path`] if a path leads nowhere or to a hidden field, [`QueryError::Hidden`] if it passes through an entity of which it
    /// can't be told behind a reference what may be seen.
    pub fn narrow(&self, entity: &str, filter: Filter, paths: &[Path]) -> Result<Filter> {
        let def = self.schema.entity(entity).ok_or_else(|| PathError::NoEntity(entity.to_owned()))?;
        self.narrowed(def, filter, paths)
    }

    fn narrowed(&self, def: &Arc<EntityDef>, filter: Filter, paths: &[Path]) -> Result<Filter> {
        let mut used: BTreeSet<Path> = paths.iter().cloned().collect();
        paths_of(&filter, &mut used);
        refuse_secret(def)?;
        let mut conditions = vec![(self.visible)(def)];
        let mut passed = BTreeSet::new();
        for path in &used {
            let resolved = self.resolve(path, def)?;
            for (place, hop) in resolved.hops.iter().enumerate() {
                let prefix = Path::new(path.steps().iter().take(place + 1).cloned().collect());
                refuse_secret(&hop.target)?;
                let seen = (self.visible)(&hop.target);
                if seen == Filter::All || !passed.insert(prefix.clone()) {
                    continue;
                }
                let required = prefix.resolve(self.schema, def)?.required();
                let condition = under(&prefix, seen).ok_or_else(|| QueryError::Hidden(prefix.to_string()))?;
                let absent = Filter::IsNull { path: prefix };
                conditions.push(if required { condition } else { absent.or(condition) });
            }
        }
        let mut narrowed = self.within(filter)?;
        let mut kept: Vec<Filter> = Vec::new();
        for condition in conditions {
            // A record often belongs to the same user as the one it refers to: asking once is enough.
            if !kept.contains(&condition) {
                narrowed = narrowed.and(condition.clone());
                kept.push(condition);
            }
        }
        Ok(narrowed)
    }

    /// Finds a path as if the fields that are hidden did not exist.
    ///
    /// # Errors
    ///
    /// [`QueryError::Path`] if it leads nowhere or to a hidden field, whose name is not told.
    pub fn resolve(&self, path: &Path, def: &Arc<EntityDef>) -> Result<ResolvedPath> {
        let resolved = path.resolve(self.schema, def).map_err(|error| self.without_hint(error))?;
        let mut at = def;
        for hop in &resolved.hops {
            self.seen(path, at, hop.column)?;
            at = &hop.target;
        }
        if let Leaf::Column(column) = resolved.leaf {
            self.seen(path, at, column)?;
        }
        Ok(resolved)
    }

    fn seen(&self, path: &Path, at: &EntityDef, column: usize) -> Result<()> {
        let name = at.columns.get(column).map(|column| &column.name);
        match name.filter(|_| self.hides(at, column)) {
            Some(field) => Err(self.no_field(path.to_string(), at, field).into()),
            None => Ok(()),
        }
    }

    fn hides(&self, def: &EntityDef, column: usize) -> bool {
        self.hidden.is_some_and(|hidden| hidden(def, column))
    }

    fn no_field(&self, path: String, at: &EntityDef, field: &str) -> PathError {
        let visible = at.columns.iter().enumerate().filter(|(place, _)| !self.hides(at, *place));
        let nearest = nearest(field, visible.map(|(_, column)| &*column.name));
        PathError::NoField { path, entity: at.code.clone(), field: field.to_owned(), nearest }
    }

    /// A mistyped name is not helped along to a hidden one.
    pub(crate) fn without_hint(&self, error: PathError) -> PathError {
        match error {
            PathError::NoField { path, entity, field, nearest } => match self.schema.by_code(&entity) {
                Some(at) => self.no_field(path, at, &field),
                None => PathError::NoField { path, entity, field, nearest },
            },
            other => other,
        }
    }

    /// The filter whose questions for existing records only count those that may be seen.
    fn within(&self, filter: Filter) -> Result<Filter> {
        let all = |filters: Vec<Filter>| -> Result<Vec<Filter>> {
            filters.into_iter().map(|filter| self.within(filter)).collect()
        };
        Ok(match filter {
            Filter::Not(inner) => Filter::Not(Box::new(self.within(*inner)?)),
            Filter::And(filters) => Filter::And(all(filters)?),
            Filter::Or(filters) => Filter::Or(all(filters)?),
            Filter::Exists { entity, reference, filter } => {
                if let Some(child) = self.schema.entity(&entity)
                    && let Some(column) = child.column(&reference).filter(|column| self.hides(child, *column))
                {
                    self.seen(&Path::field(reference.clone()), child, column)?;
                }
                let filter = Box::new(self.narrow(&entity, *filter, &[])?);
                Filter::Exists { entity, reference, filter }
            }
            Filter::All
            | Filter::Compare { .. }
            | Filter::In { .. }
            | Filter::IsNull { .. }
            | Filter::Search { .. } => filter,
        })
    }
}

/// What is secret is for nobody's questions, as if it were not there.
fn refuse_secret(def: &EntityDef) -> Result<()> {
    if def.facts.secret { Err(PathError::NoEntity(def.code.to_string()).into()) } else { Ok(()) }
}

fn paths_of(filter: &Filter, into: &mut BTreeSet<Path>) {
    match filter {
        Filter::Not(inner) => paths_of(inner, into),
        Filter::And(filters) | Filter::Or(filters) => filters.iter().for_each(|filter| paths_of(filter, into)),
        Filter::Compare { path, .. } | Filter::In { path, .. } | Filter::IsNull { path } => {
            into.insert(path.clone());
        }
        Filter::Search { paths, .. } => into.extend(paths.iter().cloned()),
        Filter::All | Filter::Exists { .. } => {}
    }
}

/// A condition on the record that `prefix` refers to, as one on the record it starts from. There is none for a question
/// for existing records.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::query::under;
///
/// let of_the_east = under(&Order::customer.path(), Customer::region.eq("华东"));
/// assert_eq!(of_the_east, Some(Order::customer.to(Customer::region).eq("华东")));
/// ```
#[must_use]
pub fn under(prefix: &Path, filter: Filter) -> Option<Filter> {
    let at = |path: Path| prefix.clone().then(path);
    let all = |filters: Vec<Filter>| filters.into_iter().map(|filter| under(prefix, filter)).collect::<Option<_>>();
    Some(match filter {
        Filter::All => Filter::All,
        Filter::Not(inner) => Filter::Not(Box::new(under(prefix, *inner)?)),
        Filter::And(filters) => Filter::And(all(filters)?),
        Filter::Or(filters) => Filter::Or(all(filters)?),
        Filter::Compare { path, comparison, value } => Filter::Compare { path: at(path), comparison, value },
        Filter::In { path, values } => Filter::In { path: at(path), values },
        Filter::IsNull { path } => Filter::IsNull { path: at(path) },
        Filter::Search { paths, words } => Filter::Search { paths: paths.into_iter().map(at).collect(), words },
        Filter::Exists { .. } => return None,
    })
}
