//! The same calls without `async` (feature `blocking`): each is waited for on the thread that makes it.
//!
//! There is no second set of types to learn: bring [`Wait`] into scope, and write `.wait()` where an async program
//! writes `.await`.
//!
//! ```
//! use crmkit::blocking::Wait;
//! use crmkit::prelude::*;
//! use crmkit::storage::MemoryStorage;
//!
//! let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().wait()?;
//! let acme = crm.system().customers().create(NewCustomer::new("Acme")).wait()?;
//! assert_eq!(crm.system().customers().get(acme.id).wait()?.name, "Acme");
//! crm.close().wait()?;
//! # Ok::<(), Error>(())
//! ```
//!
//! Memory and SQLite need nothing else. A connection to PostgreSQL lives on a tokio runtime; a program without one of
//! its own makes one and keeps it entered while it waits:
//!
//! ```no_run
//! # #[cfg(feature = "postgres")] {
//! use crmkit::blocking::Wait;
//! use crmkit::storage::PostgresStorage;
//!
//! let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
//! let _entered = runtime.enter();
//! let schema = crmkit::standard_schema()?;
//! let storage = PostgresStorage::connect("postgres://localhost/shop", "crm", schema, Default::default()).wait()?;
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A task of an async runtime must not wait like this: it would hold up whatever else its thread is there for.

use std::future::IntoFuture;

/// Waiting for what an async function does, on the thread that asks.
///
/// # Examples
///
/// ```
/// use crmkit::blocking::Wait;
///
/// assert_eq!(async { 6 * 7 }.wait(), 42);
/// ```
pub trait Wait: IntoFuture + Sized {
    /// What comes of it. The thread sleeps until then.
    fn wait(self) -> Self::Output {
        pollster::block_on(self.into_future())
    }
}

impl<F: IntoFuture> Wait for F {}
