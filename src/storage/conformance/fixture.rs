//! What a backend's author writes: how to open a fresh store, and how to run its futures.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;

use super::Failure;
use crate::schema::Schema;
use crate::storage::Storage;

/// Makes stores for the suite. Each case opens its own.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
///
/// use crmkit::schema::Schema;
/// use crmkit::storage::MemoryStorage;
/// use crmkit::storage::conformance::{Failure, Fixture, Opened, run};
///
/// struct InMemory;
///
/// #[async_trait::async_trait]
/// impl Fixture for InMemory {
///     async fn open(&self, schema: Arc<Schema>) -> Result<Box<dyn Opened>, Failure> {
///         Ok(Box::new(Arc::new(MemoryStorage::new(schema))))
///     }
/// }
///
/// run("positions_grow", &InMemory)?;
/// # Ok::<(), Failure>(())
/// ```
#[async_trait]
pub trait Fixture: Send + Sync {
    /// A new and empty store for a schema. It lives as long as what is returned, and is cleaned up when that is
    /// dropped, which may be outside [`block_on`](Self::block_on).
    ///
    /// # Errors
    ///
    /// [`Failure`] if there can be none; any error becomes one with `?`.
    async fn open(&self, schema: Arc<Schema>) -> Result<Box<dyn Opened>, Failure>;

    /// Further schemas whose every entity the suite stores and reads back with extreme values: those a host uses.
    fn schemas(&self) -> Vec<Arc<Schema>> {
        Vec::new()
    }

    /// Runs a future to its end on the calling thread. The suite calls this from many threads at once. A backend
    /// that needs a runtime enters its own here; this default needs none.
    fn block_on<'a>(&self, future: Pin<Box<dyn Future<Output = ()> + 'a>>) {
        pollster::block_on(future);
    }
}

/// An open store of a [`Fixture`].
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
///
/// use crmkit::storage::conformance::Opened;
/// use crmkit::storage::{MemoryStorage, Reader, Storage};
///
/// /// A store whose folder is removed when the case is over.
/// struct InFolder {
///     storage: Arc<MemoryStorage>,
///     _folder: tempfile::TempDir,
/// }
///
/// impl Opened for InFolder {
///     fn storage(&self) -> Arc<dyn Storage> {
///         Arc::clone(&self.storage) as Arc<dyn Storage>
///     }
/// }
///
/// let storage = Arc::new(MemoryStorage::new(crmkit::standard_schema()?));
/// let opened = InFolder { storage, _folder: tempfile::tempdir()? };
/// assert!(opened.storage().schema().by_code("customer").is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[async_trait]
pub trait Opened: Send + Sync {
    /// The store.
    fn storage(&self) -> Arc<dyn Storage>;

    /// Closes the store and opens it again on what it had stored, as after a restart: [`storage`](Self::storage) then
    /// gives the new one. `None` if the store does not outlive its process; the cases on durability are then skipped.
    async fn reopen(&mut self) -> Option<Result<(), Failure>> {
        None
    }
}

/// A store that needs no cleaning up.
#[async_trait]
impl<S: Storage> Opened for Arc<S> {
    fn storage(&self) -> Arc<dyn Storage> {
        Self::clone(self)
    }
}
