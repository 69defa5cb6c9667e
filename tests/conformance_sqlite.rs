//! The SQLite store keeps the contract, in a file and in memory.
#![cfg(all(feature = "testing", feature = "sqlite"))]

use std::sync::Arc;

use async_trait::async_trait;
use crmkit::schema::Schema;
use crmkit::storage::conformance::{Failure, Fixture, Opened};
use crmkit::storage::{SqliteOptions, SqliteStorage, Storage, StorageError, Synchronous};
use tempfile::TempDir;

/// What survives a crash of the process is the same with every setting, and the suite crashes no machine.
fn options() -> SqliteOptions {
    SqliteOptions { synchronous: Synchronous::Off, ..Default::default() }
}

struct InFile;

struct File {
    schema: Arc<Schema>,
    storage: Option<Arc<SqliteStorage>>,
    folder: TempDir,
}

impl File {
    fn open(&mut self) -> Result<(), StorageError> {
        let path = self.folder.path().join("crm.db");
        self.storage = Some(Arc::new(SqliteStorage::open(path, Arc::clone(&self.schema), options())?));
        Ok(())
    }
}

#[async_trait]
impl Fixture for InFile {
    async fn open(&self, schema: Arc<Schema>) -> Result<Box<dyn Opened>, Failure> {
        let mut file = File { schema, storage: None, folder: TempDir::new()? };
        file.open()?;
        Ok(Box::new(file))
    }

    fn schemas(&self) -> Vec<Arc<Schema>> {
        crmkit::standard_schema().into_iter().collect()
    }
}

#[async_trait]
impl Opened for File {
    fn storage(&self) -> Arc<dyn Storage> {
        match &self.storage {
            Some(storage) => Arc::<SqliteStorage>::clone(storage),
            None => unreachable!("it is opened before it is handed out"),
        }
    }

    async fn reopen(&mut self) -> Option<Result<(), Failure>> {
        if let Some(storage) = self.storage.take()
            && let Err(error) = storage.close().await
        {
            return Some(Err(error.into()));
        }
        Some(self.open().map_err(Failure::from))
    }
}

struct InMemory;

#[async_trait]
impl Fixture for InMemory {
    async fn open(&self, schema: Arc<Schema>) -> Result<Box<dyn Opened>, Failure> {
        Ok(Box::new(Arc::new(SqliteStorage::in_memory(schema)?)))
    }

    fn schemas(&self) -> Vec<Arc<Schema>> {
        crmkit::standard_schema().into_iter().collect()
    }
}

mod file {
    use super::InFile;

    crmkit::conformance!(InFile);
}

mod memory {
    use super::InMemory;

    crmkit::conformance!(InMemory);
}
