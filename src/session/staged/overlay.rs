//! Reading what is staged over what is stored.

use std::sync::Arc;

use async_trait::async_trait;

use super::known::{Known, paths_of};
use super::state::State;
use super::trial::except;
use crate::id::RecordId;
use crate::query::{Aggregate, AggregateRow, Page, PreparedFilter, PreparedQuery, Query, QueryError, evaluate};
use crate::schema::{EntityDef, Leaf, Record, ResolvedPath, Schema};
use crate::storage::{Reader, Result};

/// How many records are asked of the store at once at most: one more than a page has, to know whether there is more.
const MAX_PAGE: usize = 9_999;

/// What is staged over a store or a snapshot of it.
#[derive(Debug)]
pub(super) struct Overlay<'a> {
    pub(super) base: &'a dyn Reader,
    pub(super) state: Arc<State>,
}

#[async_trait]
impl Reader for Overlay<'_> {
    fn schema(&self) -> &Arc<Schema> {
        self.base.schema()
    }

    async fn get(&self, entity: &EntityDef, ids: &[RecordId]) -> Result<Vec<Record>> {
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        ids.dedup();
        let staged = |id: &RecordId| self.state.record(&entity.name, *id);
        let mut found: Vec<Record> = ids.iter().filter_map(|id| staged(id)?.now.clone()).collect();
        ids.retain(|id| staged(id).is_none());
        if !ids.is_empty() {
            found.extend(self.base.get(entity, &ids).await?);
        }
        Ok(found)
    }

    async fn query(&self, query: &Query) -> Result<Page> {
        let mut prepared = query.prepare(self.schema())?;
        self.refuse_disturbed(&prepared)?;
        if self.state.of(&prepared.def.name).next().is_none() {
            return self.base.query(query).await;
        }
        prepared.limit = query.limit.min(MAX_PAGE);
        let staged = self.state.of(&prepared.def.name).map(|(id, _)| *id);
        let stored = Query { columns: None, limit: prepared.limit + 1, ..query.clone() }.filter(except(staged));
        let mut candidates = self.base.query(&stored).await?.records;
        candidates.extend(self.state.of(&prepared.def.name).filter_map(|(_, fate)| fate.now.clone()));
        let mut known = Known::default();
        known.follow(self, &candidates, &paths(&prepared)).await?;
        Ok(evaluate::page(&known, &prepared, candidates.iter()))
    }

    async fn aggregate(&self, request: &Aggregate) -> Result<Vec<AggregateRow>> {
        let prepared = request.prepare(self.schema())?;
        let as_query = Query::new(request.entity.clone()).filter(request.filter.clone());
        let as_query = as_query.columns(prepared.inputs().map(|input| input.path.clone()));
        self.refuse_disturbed(&as_query.prepare(self.schema())?)?;
        if self.state.of(&prepared.def.name).next().is_none() {
            return self.base.aggregate(request).await;
        }
        ByPages(self).aggregate(request).await
    }
}

impl Overlay<'_> {
    /// Refuses a question whose answer what is staged could change in a way that can't be told from the records that
    /// are asked about.
    fn refuse_disturbed(&self, query: &PreparedQuery) -> Result<(), QueryError> {
        paths(query).into_iter().try_for_each(|path| self.refuse_path(path))?;
        self.refuse_existence(&query.filter, self.state.of(&query.def.name).next().is_some())
    }

    /// A path is disturbed if a record it may pass through has another value where the path goes on.
    fn refuse_path(&self, path: &ResolvedPath) -> Result<(), QueryError> {
        for (step, hop) in path.hops.iter().enumerate() {
            let read = path.hops.get(step + 1).map_or(path.leaf, |next| Leaf::Column(next.column));
            let changed = |before: &Record, now: &Record| match read {
                Leaf::Id => false,
                Leaf::Version => true,
                Leaf::Column(column) => before.value(column) != now.value(column),
            };
            let mut fates = self.state.of(&hop.target.name).map(|(_, fate)| (&fate.before, &fate.now));
            if fates.any(|pair| matches!(pair, (Some(before), Some(now)) if changed(before, now))) {
                return Err(QueryError::Staged(path.path.to_string()));
            }
        }
        Ok(())
    }

    fn refuse_existence(&self, filter: &PreparedFilter, own: bool) -> Result<(), QueryError> {
        match filter {
            PreparedFilter::Not(inner) => self.refuse_existence(inner, own),
            PreparedFilter::And(filters) | PreparedFilter::Or(filters) => {
                filters.iter().try_for_each(|filter| self.refuse_existence(filter, own))
            }
            PreparedFilter::Exists { child, filter, .. } => {
                if own || self.state.of(&child.name).next().is_some() {
                    return Err(QueryError::Staged(child.code.to_string()));
                }
                let mut inner = Vec::new();
                paths_of(filter, &mut inner);
                inner.into_iter().try_for_each(|path| self.refuse_path(path))?;
                self.refuse_existence(filter, false)
            }
            PreparedFilter::All
            | PreparedFilter::Compare { .. }
            | PreparedFilter::In { .. }
            | PreparedFilter::IsNull { .. }
            | PreparedFilter::Search { .. } => Ok(()),
        }
    }
}

fn paths(query: &PreparedQuery) -> Vec<&ResolvedPath> {
    let mut paths: Vec<&ResolvedPath> = query.order.iter().map(|(path, _)| path).collect();
    paths.extend(query.columns.iter().flatten());
    paths_of(&query.filter, &mut paths);
    paths
}

/// Aggregates as every reader can: page by page.
#[derive(Debug)]
struct ByPages<'a>(&'a Overlay<'a>);

#[async_trait]
impl Reader for ByPages<'_> {
    fn schema(&self) -> &Arc<Schema> {
        self.0.schema()
    }

    async fn get(&self, entity: &EntityDef, ids: &[RecordId]) -> Result<Vec<Record>> {
        self.0.get(entity, ids).await
    }

    async fn query(&self, query: &Query) -> Result<Page> {
        self.0.query(query).await
    }
}
