//! A store in memory: the strict reference of the contract, and all that a test or a script needs.

mod state;

use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;

use super::{Reader, Result, Storage};
use crate::change::{ChangeSet, Committed, DEFAULT_SET_LIMIT};
use crate::id::{RecordId, SetId};
use crate::query::{Aggregate, AggregateRow, Page, Query, evaluate};
use crate::schema::{EntityDef, Record, Schema};
use state::State;
#[cfg(feature = "postgres")]
pub(super) use state::Table;

/// A store in memory. It forgets everything when it is dropped.
///
/// Writers take turns; a snapshot is free to take, and the first write to a table after it copies that table's index.
///
/// # Examples
///
/// ```
/// use crmkit::storage::MemoryStorage;
///
/// let storage = MemoryStorage::new(crmkit::standard_schema()?);
/// # let _ = storage;
/// # Ok::<(), crmkit::schema::SchemaError>(())
/// ```
#[derive(Debug)]
pub struct MemoryStorage {
    schema: Arc<Schema>,
    state: RwLock<Arc<State>>,
    set_limit: usize,
}

impl MemoryStorage {
    /// An empty store for a schema.
    #[must_use]
    pub fn new(schema: Arc<Schema>) -> Self {
        let state = RwLock::new(Arc::new(State::new(&schema)));
        Self { schema, state, set_limit: DEFAULT_SET_LIMIT }
    }

    fn now(&self) -> Arc<State> {
        // A writer that panics leaves the state it had begun from: it is swapped in whole.
        Arc::clone(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl Reader for MemoryStorage {
    fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    async fn get(&self, entity: &EntityDef, ids: &[RecordId]) -> Result<Vec<Record>> {
        self.now().get_all(entity, ids)
    }

    async fn query(&self, query: &Query) -> Result<Page> {
        self.now().page(&self.schema, query)
    }

    async fn aggregate(&self, request: &Aggregate) -> Result<Vec<AggregateRow>> {
        Ok(evaluate::aggregate(&*self.now(), &request.prepare(&self.schema)?)?)
    }
}

#[async_trait]
impl Storage for MemoryStorage {
    async fn commit(&self, changes: &ChangeSet) -> Result<Committed> {
        changes.fits(self.set_limit)?;
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(committed) = state.committed(changes.id) {
            return Ok(committed.clone().replayed());
        }
        Arc::make_mut(&mut state).commit(&self.schema, changes)
    }

    async fn committed(&self, set: SetId) -> Result<Option<Committed>> {
        Ok(self.now().committed(set).cloned().map(Committed::replayed))
    }

    fn set_limit(&self) -> usize {
        self.set_limit
    }

    async fn snapshot(&self) -> Result<Box<dyn Reader>> {
        Ok(Box::new(MemorySnapshot { schema: Arc::clone(&self.schema), state: self.now() }))
    }
}

#[derive(Debug)]
struct MemorySnapshot {
    schema: Arc<Schema>,
    state: Arc<State>,
}

#[async_trait]
impl Reader for MemorySnapshot {
    fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    async fn get(&self, entity: &EntityDef, ids: &[RecordId]) -> Result<Vec<Record>> {
        self.state.get_all(entity, ids)
    }

    async fn query(&self, query: &Query) -> Result<Page> {
        self.state.page(&self.schema, query)
    }

    async fn aggregate(&self, request: &Aggregate) -> Result<Vec<AggregateRow>> {
        Ok(evaluate::aggregate(&*self.state, &request.prepare(&self.schema)?)?)
    }
}
