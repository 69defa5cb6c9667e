//! An empty store of each kind that the crate brings, and the runtime that PostgreSQL's pool needs.
#![allow(dead_code, reason = "each test program uses its own part")]

use std::sync::Arc;

use crmkit::storage::{MemoryStorage, Storage};

/// The runtime that PostgreSQL's pool needs; the other stores do not mind.
#[cfg(feature = "postgres")]
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    static RUNTIME: std::sync::OnceLock<tokio::runtime::Runtime> = std::sync::OnceLock::new();
    RUNTIME.get_or_init(|| tokio::runtime::Runtime::new().unwrap()).block_on(future)
}

#[cfg(not(feature = "postgres"))]
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    pollster::block_on(future)
}

pub(crate) fn memory() -> Arc<dyn Storage> {
    Arc::new(MemoryStorage::new(crmkit::standard_schema().unwrap()))
}

#[cfg(feature = "sqlite")]
pub(crate) fn sqlite() -> Arc<dyn Storage> {
    Arc::new(crmkit::storage::SqliteStorage::in_memory(crmkit::standard_schema().unwrap()).unwrap())
}

#[cfg(all(feature = "postgres", feature = "testing"))]
pub(crate) fn postgres() -> Arc<dyn Storage> {
    use crmkit::storage::{PostgresOptions, PostgresStorage};
    let server = crmkit::testing::ThrowawayPostgres::start().unwrap();
    let (schema, options) = (crmkit::standard_schema().unwrap(), PostgresOptions::default());
    Arc::new(block_on(PostgresStorage::connect(server.url(), &server.fresh_schema(), schema, options)).unwrap())
}
