//! The store in memory keeps the contract, under any executor.
#![cfg(feature = "testing")]
#![allow(clippy::expect_used)]

use std::sync::Arc;

use crmkit::schema::Schema;
use crmkit::storage::MemoryStorage;
use crmkit::storage::conformance::{Failure, Fixture, Opened};

struct InMemory;

#[async_trait::async_trait]
impl Fixture for InMemory {
    async fn open(&self, schema: Arc<Schema>) -> Result<Box<dyn Opened>, Failure> {
        Ok(Box::new(Arc::new(MemoryStorage::new(schema))))
    }

    fn schemas(&self) -> Vec<Arc<Schema>> {
        crmkit::standard_schema().into_iter().collect()
    }
}

crmkit::conformance!(InMemory);

/// A store that works only inside a runtime, as those do whose driver needs one.
mod on_a_runtime {
    use std::future::Future;
    use std::pin::Pin;
    use std::sync::Arc;

    use async_trait::async_trait;
    use crmkit::change::{ChangeSet, Committed};
    use crmkit::id::{RecordId, SetId};
    use crmkit::query::{Aggregate, AggregateRow, Page, Query};
    use crmkit::schema::{EntityDef, Record, Schema};
    use crmkit::storage::conformance::{Failure, Fixture, Opened};
    use crmkit::storage::{MemoryStorage, Reader, Result, Storage, StorageError, StorageErrorKind};
    use tokio::runtime::{Builder, Handle, Runtime};

    #[derive(Debug)]
    struct NeedsRuntime<R>(R, Arc<Schema>);

    /// Lets other tasks go first, on the runtime that must be there.
    async fn on_runtime() -> Result<()> {
        let handle = Handle::try_current().map_err(|error| {
            StorageError::new(StorageErrorKind::Unavailable, "there is no runtime here").with_source(error)
        })?;
        let elsewhere = handle.spawn(tokio::task::yield_now()).await;
        elsewhere.map_err(|error| StorageError::new(StorageErrorKind::Other, "the task ended early").with_source(error))
    }

    #[async_trait]
    impl<R: AsRef<dyn Reader> + std::fmt::Debug + Send + Sync> Reader for NeedsRuntime<R> {
        fn schema(&self) -> &Arc<Schema> {
            &self.1
        }
        async fn get(&self, entity: &EntityDef, ids: &[RecordId]) -> Result<Vec<Record>> {
            on_runtime().await?;
            self.0.as_ref().get(entity, ids).await
        }
        async fn query(&self, query: &Query) -> Result<Page> {
            on_runtime().await?;
            self.0.as_ref().query(query).await
        }
        async fn aggregate(&self, request: &Aggregate) -> Result<Vec<AggregateRow>> {
            on_runtime().await?;
            self.0.as_ref().aggregate(request).await
        }
    }

    /// The store in memory as what it is read by.
    #[derive(Debug)]
    struct Whole(MemoryStorage);

    impl AsRef<dyn Reader> for Whole {
        fn as_ref(&self) -> &(dyn Reader + 'static) {
            &self.0
        }
    }

    #[async_trait]
    impl Storage for NeedsRuntime<Whole> {
        async fn commit(&self, changes: &ChangeSet) -> Result<Committed> {
            on_runtime().await?;
            self.0.0.commit(changes).await
        }
        async fn committed(&self, set: SetId) -> Result<Option<Committed>> {
            on_runtime().await?;
            self.0.0.committed(set).await
        }
        async fn snapshot(&self) -> Result<Box<dyn Reader>> {
            on_runtime().await?;
            Ok(Box::new(NeedsRuntime(self.0.0.snapshot().await?, Arc::clone(&self.1))))
        }
    }

    struct OnRuntime(Runtime);

    impl OnRuntime {
        fn new() -> Self {
            let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
            Self(runtime.expect("a runtime"))
        }
    }

    #[async_trait]
    impl Fixture for OnRuntime {
        async fn open(&self, schema: Arc<Schema>) -> std::result::Result<Box<dyn Opened>, Failure> {
            on_runtime().await?;
            let store = Whole(MemoryStorage::new(Arc::clone(&schema)));
            Ok(Box::new(Arc::new(NeedsRuntime(store, schema))))
        }

        fn block_on<'a>(&self, future: Pin<Box<dyn Future<Output = ()> + 'a>>) {
            self.0.block_on(future);
        }
    }

    crmkit::conformance!(OnRuntime::new());
}
