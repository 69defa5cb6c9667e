//! The PostgreSQL store keeps the contract.
#![allow(clippy::expect_used)]

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use crmkit::schema::Schema;
use crmkit::storage::conformance::{Failure, Fixture, Opened};
use crmkit::storage::{PostgresOptions, PostgresStorage, Storage, StorageError};
use crmkit::testing::ThrowawayPostgres;
use tokio::runtime::Runtime;

/// One for all cases: a pool lives as long as the runtime it was made in.
fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Runtime::new().expect("a runtime"))
}

struct OnServer;

struct Tenant {
    schema: Arc<Schema>,
    name: String,
    storage: Arc<PostgresStorage>,
}

async fn connect(schema: &Arc<Schema>, name: &str) -> Result<Arc<PostgresStorage>, StorageError> {
    let options = PostgresOptions { max_connections: 20, ..Default::default() };
    let url = ThrowawayPostgres::start()?.url();
    Ok(Arc::new(PostgresStorage::connect(url, name, Arc::clone(schema), options).await?))
}

#[async_trait]
impl Fixture for OnServer {
    async fn open(&self, schema: Arc<Schema>) -> Result<Box<dyn Opened>, Failure> {
        let name = ThrowawayPostgres::start()?.fresh_schema();
        let storage = connect(&schema, &name).await?;
        Ok(Box::new(Tenant { schema, name, storage }))
    }

    fn schemas(&self) -> Vec<Arc<Schema>> {
        crmkit::standard_schema().into_iter().collect()
    }

    fn block_on<'a>(&self, future: Pin<Box<dyn Future<Output = ()> + 'a>>) {
        runtime().block_on(future);
    }
}

#[async_trait]
impl Opened for Tenant {
    fn storage(&self) -> Arc<dyn Storage> {
        Arc::<PostgresStorage>::clone(&self.storage)
    }

    async fn reopen(&mut self) -> Option<Result<(), Failure>> {
        if let Err(error) = self.storage.close().await {
            return Some(Err(error.into()));
        }
        match connect(&self.schema, &self.name).await {
            Ok(storage) => self.storage = storage,
            Err(error) => return Some(Err(error.into())),
        }
        Some(Ok(()))
    }
}

crmkit::conformance!(OnServer);
