//! A store of the host's entities alone, and stores that are hard to load into.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use async_trait::async_trait;
use crmkit::change::{ChangeSet, Committed};
use crmkit::error::{StorageError, StorageErrorKind};
use crmkit::id::SetId;
use crmkit::organisation::LoadRun;
use crmkit::prelude::*;
use crmkit::query::{AggregateRow, Page};
use crmkit::schema::{EntityDef, Record};
use crmkit::storage::{MemoryStorage, Reader, Storage};

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

/// A store that takes few changes at once, and lets everybody else go first before each call and after it.
#[derive(Debug)]
pub(crate) struct Narrow {
    pub(crate) inner: Arc<dyn Storage>,
    pub(crate) most: usize,
}

async fn hesitate() {
    let mut waited = false;
    poll_fn(|context: &mut Context<'_>| {
        if std::mem::replace(&mut waited, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

async fn around<T>(call: impl Future<Output = T>) -> T {
    hesitate().await;
    let done = call.await;
    hesitate().await;
    done
}

/// Polls a future as often as that, and drops it if it is not done then.
pub(crate) async fn polled<F: Future>(future: F, polls: u64) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(|context: &mut Context<'_>| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}

type Answer<T> = Result<T, StorageError>;

#[async_trait]
impl Reader for Narrow {
    fn schema(&self) -> &Arc<Schema> {
        self.inner.schema()
    }
    async fn get(&self, entity: &EntityDef, ids: &[RecordId]) -> Answer<Vec<Record>> {
        around(self.inner.get(entity, ids)).await
    }
    async fn query(&self, query: &Query) -> Answer<Page> {
        around(self.inner.query(query)).await
    }
    async fn aggregate(&self, request: &Aggregate) -> Answer<Vec<AggregateRow>> {
        around(self.inner.aggregate(request)).await
    }
}

#[async_trait]
impl Storage for Narrow {
    async fn commit(&self, changes: &ChangeSet) -> Answer<Committed> {
        if changes.changes.len() > self.most {
            return Err(StorageError::new(StorageErrorKind::TooLarge, "the set is too large"));
        }
        around(self.inner.commit(changes)).await
    }
    async fn committed(&self, set: SetId) -> Answer<Option<Committed>> {
        around(self.inner.committed(set)).await
    }
    async fn snapshot(&self) -> Answer<Box<dyn Reader>> {
        around(self.inner.snapshot()).await
    }
}
