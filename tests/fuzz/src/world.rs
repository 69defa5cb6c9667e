//! The company that everything happens in.

use std::sync::{Arc, LazyLock, Mutex};

use async_trait::async_trait;
use crmkit::change::{ChangeSet, Committed};
use crmkit::id::{RecordId, SeededIds, SetId};
use crmkit::prelude::*;
use crmkit::query::{Aggregate, AggregateRow, Page};
use crmkit::schema::{EntityDef, Record, Schema};
use crmkit::storage::{Reader, Result, Storage};
use crmkit::testing::{Demo, builder, demo};
use pollster::block_on;

/// A company that stays as it is: who writes asks for one like it.
pub(crate) static WORLD: LazyLock<World> = LazyLock::new(World::new);

/// A small company, the same every time.
pub(crate) struct World {
    pub(crate) crm: Crm,
    pub(crate) demo: Demo,
    storage: Arc<Told>,
}

impl World {
    fn new() -> Self {
        block_on(async {
            let storage = MemoryStorage::new(crmkit::standard_schema().unwrap());
            let storage = Arc::new(Told { storage, sets: Mutex::default() });
            let crm = builder(Arc::clone(&storage)).open().await.unwrap();
            let demo = demo(&crm).await.unwrap();
            Self { crm, demo, storage }
        })
    }

    /// The same company in a store of its own: it is written anew without deciding anything, which is many times as
    /// quick.
    pub(crate) fn again(&self) -> Crm {
        let storage = MemoryStorage::new(Arc::clone(self.crm.schema()));
        block_on(async {
            let sets = self.storage.sets.lock().unwrap().clone();
            for set in &sets {
                storage.commit(set).await.unwrap();
            }
            // Other ids than those of what is there.
            builder(storage).ids(SeededIds::new(7)).open().await.unwrap()
        })
    }
}

/// A store that keeps what it was told.
#[derive(Debug)]
struct Told {
    storage: MemoryStorage,
    sets: Mutex<Vec<ChangeSet>>,
}

#[async_trait]
impl Reader for Told {
    fn schema(&self) -> &Arc<Schema> {
        self.storage.schema()
    }

    async fn get(&self, entity: &EntityDef, ids: &[RecordId]) -> Result<Vec<Record>> {
        self.storage.get(entity, ids).await
    }

    async fn query(&self, query: &Query) -> Result<Page> {
        self.storage.query(query).await
    }

    async fn aggregate(&self, request: &Aggregate) -> Result<Vec<AggregateRow>> {
        self.storage.aggregate(request).await
    }
}

#[async_trait]
impl Storage for Told {
    async fn commit(&self, changes: &ChangeSet) -> Result<Committed> {
        let committed = self.storage.commit(changes).await?;
        self.sets.lock().unwrap().push(changes.clone());
        Ok(committed)
    }

    async fn committed(&self, set: SetId) -> Result<Option<Committed>> {
        self.storage.committed(set).await
    }

    async fn snapshot(&self) -> Result<Box<dyn Reader>> {
        self.storage.snapshot().await
    }
}
