//! The store in memory keeps the contract.
#![cfg(feature = "testing")]

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
}

crmkit::conformance!(InMemory);
