//! A store in this process, for trials of many threads.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use crmkit::prelude::*;
use crmkit::storage::Storage;
use crmkit::testing::ThrowawayPostgres;

use crate::{Failure, Outcome};

/// A kind of store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// In memory.
    Memory,
    /// In a SQLite file.
    Sqlite,
    /// In a schema of a private PostgreSQL server.
    Postgres,
}

impl Kind {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Memory, Self::Sqlite, Self::Postgres];
}

impl FromStr for Kind {
    type Err = Failure;

    fn from_str(text: &str) -> Result<Self, Failure> {
        match text {
            "memory" => Ok(Self::Memory),
            "sqlite" => Ok(Self::Sqlite),
            "postgres" => Ok(Self::Postgres),
            _ => Err(format!("`{text}` is none of memory, sqlite, postgres").into()),
        }
    }
}

/// An empty store, gone when this is.
#[derive(Debug)]
pub struct Ground {
    /// The store.
    pub storage: Arc<dyn Storage>,
    /// Which kind it is.
    pub kind: Kind,
    folder: tempfile::TempDir,
}

impl Ground {
    /// Makes one.
    ///
    /// # Errors
    ///
    /// If it can't be made.
    pub async fn new(kind: Kind) -> Outcome<Self> {
        let (folder, schema) = (tempfile::tempdir()?, crmkit::standard_schema()?);
        let storage: Arc<dyn Storage> = match kind {
            Kind::Memory => Arc::new(MemoryStorage::new(schema)),
            Kind::Sqlite => {
                Arc::new(SqliteStorage::open(folder.path().join("crm.db"), schema, SqliteOptions::default())?)
            }
            Kind::Postgres => {
                let server = ThrowawayPostgres::start()?;
                // A crowd that is far larger than the pool waits for connections longer than a host would want to.
                let patience = Duration::from_secs(120);
                let options =
                    PostgresOptions { acquire_timeout: patience, lock_timeout: patience, ..Default::default() };
                Arc::new(PostgresStorage::connect(server.url(), &server.fresh_schema(), schema, options).await?)
            }
        };
        Ok(Self { storage, kind, folder })
    }

    /// A CRM on it.
    ///
    /// # Errors
    ///
    /// If it can't be opened.
    pub async fn crm(&self) -> Outcome<Crm> {
        Ok(Crm::builder(Arc::clone(&self.storage)).open().await?)
    }

    /// The folder of a SQLite file.
    #[must_use]
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }
}
