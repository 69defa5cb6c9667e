//! What commands have staged instead of committing it: a store over the store.

mod collect;
mod known;
mod overlay;
mod state;
mod trial;

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use self::overlay::Overlay;
use self::state::State;
use crate::change::{ChangeSet, Committed};
use crate::crm::Crm;
use crate::error::{StorageError, StorageErrorKind};
use crate::id::{Position, RecordId, SetId};
use crate::query::{Aggregate, AggregateRow, Page, Query};
use crate::schema::{EntityDef, Record, Schema};
use crate::storage::{Reader, Result, Storage, apply};

pub(super) use collect::Collected;
pub(super) use known::matches;
pub(super) use state::Fate;

/// A store whose commits only count for whoever reads through it.
#[derive(Debug)]
pub(super) struct Staged {
    crm: Crm,
    /// Shared with those that see it through another handle on the CRM.
    state: Arc<Mutex<Arc<State>>>,
}

impl Staged {
    /// Nothing is staged yet.
    pub(super) fn new(crm: Crm) -> Self {
        Self { crm, state: Arc::default() }
    }

    /// The same for whoever reads by another deadline.
    pub(super) fn through(&self, crm: Crm) -> Self {
        Self { crm, state: Arc::clone(&self.state) }
    }

    /// What became of every record that was written, in the order in which they were written last.
    pub(super) fn fates(&self) -> Vec<Fate> {
        self.now().fates()
    }

    /// The record as it is staged, if it was written.
    pub(super) fn latest(&self, entity: &str, id: RecordId) -> Option<Record> {
        self.now().record(entity, id).and_then(|fate| fate.now.clone())
    }

    /// Everything as one list of changes, with `skip` numbers of each series left out.
    pub(super) fn collect(&self, skip: i64) -> Collected {
        collect::collect(&self.now(), self.crm.schema(), skip)
    }

    /// Nothing more is staged.
    pub(super) fn close(&self) {
        Arc::make_mut(&mut self.lock()).closed = true;
    }

    fn now(&self) -> Arc<State> {
        Arc::clone(&self.lock())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Arc<State>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn overlay(&self) -> Overlay<'_> {
        Overlay { base: self.crm.storage(), state: self.now() }
    }
}

#[async_trait]
impl Reader for Staged {
    fn schema(&self) -> &Arc<Schema> {
        self.crm.schema()
    }

    async fn get(&self, entity: &EntityDef, ids: &[RecordId]) -> Result<Vec<Record>> {
        self.overlay().get(entity, ids).await
    }

    async fn query(&self, query: &Query) -> Result<Page> {
        self.overlay().query(query).await
    }

    async fn aggregate(&self, request: &Aggregate) -> Result<Vec<AggregateRow>> {
        self.overlay().aggregate(request).await
    }
}

#[async_trait]
impl Storage for Staged {
    async fn commit(&self, changes: &ChangeSet) -> Result<Committed> {
        let loaded = trial::load(self.crm.storage(), &self.now(), changes).await?;
        let mut state = self.lock();
        if state.closed {
            let message = "this unit of work is committed; begin another one";
            return Err(StorageError::new(StorageErrorKind::Closed, message));
        }
        let (set, placeholders) = state.with_placeholders(changes);
        let mut trial = loaded.trial(&state);
        let applied = apply(&mut trial, self.crm.schema(), &set)?;
        Arc::make_mut(&mut state).take_in(trial, &set, placeholders);
        Ok(Committed::new(Position::default(), applied.slots, applied.purged))
    }

    async fn committed(&self, set: SetId) -> Result<Option<Committed>> {
        self.crm.storage().committed(set).await
    }

    async fn snapshot(&self) -> Result<Box<dyn Reader>> {
        let state = self.now();
        Ok(Box::new(Frozen { base: self.crm.storage().snapshot().await?, state }))
    }

    async fn verify(&self) -> Result<Vec<String>> {
        self.crm.storage().verify().await
    }

    async fn close(&self) -> Result<()> {
        Ok(())
    }
}

/// What was staged at one moment over a snapshot.
#[derive(Debug)]
struct Frozen {
    base: Box<dyn Reader>,
    state: Arc<State>,
}

impl Frozen {
    fn overlay(&self) -> Overlay<'_> {
        Overlay { base: &*self.base, state: Arc::clone(&self.state) }
    }
}

#[async_trait]
impl Reader for Frozen {
    fn schema(&self) -> &Arc<Schema> {
        self.base.schema()
    }

    async fn get(&self, entity: &EntityDef, ids: &[RecordId]) -> Result<Vec<Record>> {
        self.overlay().get(entity, ids).await
    }

    async fn query(&self, query: &Query) -> Result<Page> {
        self.overlay().query(query).await
    }

    async fn aggregate(&self, request: &Aggregate) -> Result<Vec<AggregateRow>> {
        self.overlay().aggregate(request).await
    }
}
