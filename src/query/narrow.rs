//! Keeps a question to what somebody may see: the records it asks about, and those its paths pass through.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Filter, QueryError};
use crate::schema::{EntityDef, Path, PathError, Schema};

type Result<T> = std::result::Result<T, QueryError>;

/// Which records of each entity somebody may see.
pub struct Sight<'a> {
    schema: &'a Schema,
    visible: &'a dyn Fn(&EntityDef) -> Filter,
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
        Self { schema, visible }
    }

    /// The filter that also asks that the records themselves, those that `paths` and the filter go through, and those
    /// that the filter asks the existence of, may be seen.
    ///
    /// # Errors
    ///
    /// [`QueryError::Path`] if a path leads nowhere, [`QueryError::Hidden`] if it passes through an entity of which it
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
            let resolved = path.resolve(self.schema, def)?;
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
