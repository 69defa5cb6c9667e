//! Those who want to know what other programs commit.

use std::fmt;

/// Someone who keeps copies of records and wants to know when another program changes them. See
/// [`Storage::watch`](super::Storage::watch).
///
/// # Examples
///
/// ```
/// use std::sync::atomic::{AtomicBool, Ordering};
/// use std::sync::{Arc, Weak};
///
/// use crmkit::storage::{MemoryStorage, Storage, Watcher};
///
/// #[derive(Debug, Default)]
/// struct Copies {
///     outdated: AtomicBool,
/// }
///
/// impl Watcher for Copies {
///     fn changed(&self, entity: Option<&str>) {
///         if entity.is_none_or(|entity| entity == "bas_dict_revision") {
///             self.outdated.store(true, Ordering::Release);
///         }
///     }
/// }
///
/// let storage = MemoryStorage::new(crmkit::standard_schema()?);
/// let copies = Arc::new(Copies::default());
/// let watcher: Weak<Copies> = Arc::downgrade(&copies);
/// storage.watch(watcher);
/// # Ok::<(), crmkit::schema::SchemaError>(())
/// ```
pub trait Watcher: fmt::Debug + Send + Sync {
    /// Records of an [announced](crate::schema::Facts::announced) entity were committed, by another program or this
    /// one; without an entity's name, records of any of them may have been while nobody listened. Must not wait.
    fn changed(&self, entity: Option<&str>);
}
