//! Where the tests keep their data, and how each of them runs on every store.

use std::future::Future;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use crmkit::schema::Schema;
use crmkit::storage::{MemoryStorage, Storage, StorageError};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A place for the data of one test.
pub(crate) enum Place {
    /// In memory: one opening.
    Memory,
    /// In a file.
    #[cfg(feature = "sqlite")]
    Sqlite(TempDir),
    /// In a schema of a server.
    #[cfg(all(feature = "postgres", feature = "testing"))]
    Postgres(String),
}

/// What is opened by which program.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opening {
    /// As it is; an empty one is made.
    AsItIs,
    /// Brought up to date first.
    Migrating,
}

impl Place {
    /// The store there, for a program's schema.
    pub(crate) async fn open(&self, schema: Arc<Schema>, opening: Opening) -> Result<Arc<dyn Storage>, StorageError> {
        let migrate = opening == Opening::Migrating;
        match self {
            Self::Memory => Ok(Arc::new(MemoryStorage::new(schema))),
            #[cfg(feature = "sqlite")]
            Self::Sqlite(folder) => {
                let options = crmkit::storage::SqliteOptions { migrate, ..Default::default() };
                Ok(Arc::new(crmkit::storage::SqliteStorage::open(file(folder), schema, options)?))
            }
            #[cfg(all(feature = "postgres", feature = "testing"))]
            Self::Postgres(name) => {
                let options = crmkit::storage::PostgresOptions { migrate, ..Default::default() };
                let url = crmkit::testing::ThrowawayPostgres::start()?.url();
                Ok(Arc::new(crmkit::storage::PostgresStorage::connect(url, name, schema, options).await?))
            }
        }
    }

    /// What migrating would run; nothing where there is nothing to migrate.
    pub(crate) async fn migration_sql(&self, schema: &Schema) -> Result<String, StorageError> {
        match self {
            Self::Memory => Ok(String::new()),
            #[cfg(feature = "sqlite")]
            Self::Sqlite(folder) => {
                crmkit::storage::SqliteStorage::migration_sql(file(folder), schema, &Default::default())
            }
            #[cfg(all(feature = "postgres", feature = "testing"))]
            Self::Postgres(name) => {
                let url = crmkit::testing::ThrowawayPostgres::start()?.url();
                crmkit::storage::PostgresStorage::migration_sql(url, name, schema, &Default::default()).await
            }
        }
    }
}

fn file(folder: &TempDir) -> PathBuf {
    folder.path().join("host.db")
}

/// Runs a test to its end.
pub(crate) fn run(test: impl Future<Output = ()>) {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Runtime::new().unwrap()).block_on(test);
}

/// Each test on each store that lasts.
macro_rules! on_every_lasting_store {
    ($($case:ident),* $(,)?) => {
        #[cfg(feature = "sqlite")]
        mod sqlite {
            $(#[test] fn $case() {
                $crate::places::run(super::$case($crate::places::Place::Sqlite(tempfile::tempdir().unwrap())));
            })*
        }
        #[cfg(all(feature = "postgres", feature = "testing"))]
        mod postgres {
            $(#[test] fn $case() {
                let name = crmkit::testing::ThrowawayPostgres::start().unwrap().fresh_schema();
                $crate::places::run(super::$case($crate::places::Place::Postgres(name)));
            })*
        }
    };
}

/// Each test on each store.
macro_rules! on_every_store {
    ($($case:ident),* $(,)?) => {
        mod memory {
            $(#[test] fn $case() { $crate::places::run(super::$case($crate::places::Place::Memory)); })*
        }
        $crate::places::on_every_lasting_store!($($case),*);
    };
}

pub(crate) use {on_every_lasting_store, on_every_store};
