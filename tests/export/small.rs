//! A store of the host's entities alone.

use std::sync::Arc;

use crmkit::organisation::LoadRun;
use crmkit::prelude::*;
use crmkit::storage::{MemoryStorage, Storage};

use crate::host::{Chick, Egg, Hen, Host, Node, Note};

/// The host's entities alone.
pub(crate) fn schema() -> Arc<Schema> {
    let builder = Schema::builder().with::<Chick>().with::<Note>().with::<Hen>().with::<Node>();
    builder.with::<Egg>().with::<LoadRun>().build().unwrap()
}

pub(crate) fn empty() -> Arc<MemoryStorage> {
    Arc::new(MemoryStorage::new(schema()))
}

/// A store with a few of the host's records.
pub(crate) async fn filled() -> Arc<MemoryStorage> {
    let storage = empty();
    Host::new().fill(&*storage).await;
    storage
}

/// How many records a store has, those of a load included.
pub(crate) async fn count(storage: &dyn Storage) -> usize {
    let mut count = 0;
    for def in storage.schema().entities() {
        count += storage.query(&Query::new(def.name.clone()).limit(10_000)).await.unwrap().records.len();
    }
    count
}
