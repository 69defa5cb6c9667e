//! Where the data lives: a contract of a few methods, and the stores the crate brings.
//!
//! A [`Storage`] commits [`ChangeSet`]s and answers queries that are plain data; there is no SQL in sight, so a host
//! can put the CRM on a store of its own. The conformance suite (`testing` feature) tells whether a store keeps the
//! contract:
//!
//! - A commit is atomic. If any change is refused, nothing is changed, and the error lists every refused change once.
//!   A refused change counts as not made when those after it are judged; a refused addition hands out 0.
//! - Changes are applied in their order; a unique key is looked at as each change is made, references at the end of
//!   the set, in which a change refused for its references counts as made.
//! - Where several reasons apply to one change, the first of these is told: what
//!   [`ChangeSet::problems`] finds; [`Missing`](crate::error::Refusal::Missing),
//!   [`Stale`](crate::error::Refusal::Stale) or [`Exists`](crate::error::Refusal::Exists); what
//!   [`adjusted`](crate::change::adjusted) finds; [`Taken`](crate::error::Refusal::Taken), by the key declared first;
//!   [`Dangling`](crate::error::Refusal::Dangling), by the field declared first, or
//!   [`Referenced`](crate::error::Refusal::Referenced), by the referring entity registered first and its field
//!   declared first.
//! - A set that was committed before is not applied again, whatever it holds now: its first result is given, marked as
//!   replayed. A set that was refused is not known, so its id may be used again.
//! - What a commit touched or checked stays as it was found until the commit is done.
//! - A commit that was acknowledged is there after a crash (where the store is durable at all), and seen by every read
//!   that begins later.

mod apply;
#[cfg(feature = "testing")]
pub mod conformance;
mod ext;
mod memory;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod sql;
#[cfg(feature = "sqlite")]
mod sqlite;
mod watch;

use std::fmt;
use std::sync::{Arc, Weak};

use async_trait::async_trait;

use crate::change::{ChangeSet, Committed, DEFAULT_SET_LIMIT};
pub use crate::error::{StorageError, StorageErrorKind};
use crate::id::RecordId;
use crate::query::{Aggregate, AggregateRow, Folder, Page, Query};
use crate::schema::{EntityDef, Path, Record, Schema};

pub use apply::{Applied, Workspace, apply, key_values};
pub use ext::ReaderExt;
pub use memory::MemoryStorage;
#[cfg(feature = "postgres")]
pub use postgres::{PostgresOptions, PostgresStorage};
#[cfg(all(feature = "sqlite", feature = "backup"))]
pub(crate) use sqlite::{Occupied, Step};
#[cfg(feature = "sqlite")]
pub use sqlite::{SqliteOptions, SqliteStorage, Synchronous};
pub use watch::Watcher;

/// The result of a storage call.
pub type Result<T, E = StorageError> = std::result::Result<T, E>;

/// The own form of a store, in which it copies itself: see [`Storage::copy_to`].
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::storage::{NativeForm, Storage};
///
/// /// What is in a copy of a store.
/// fn held(form: Option<NativeForm>) -> &'static str {
///     if form == Some(NativeForm::Sqlite) { "a SQLite database" } else { "nothing: export the store instead" }
/// }
///
/// # pollster::block_on(async {
/// let storage = MemoryStorage::new(crmkit::standard_schema()?);
/// let form = storage.copy_to("copy.db".as_ref()).await?;
/// assert_eq!(held(form), "nothing: export the store instead");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NativeForm {
    /// A SQLite database, as the crate's own store keeps it.
    Sqlite,
}

/// Reads from a store. Each call sees one moment; the calls on a [`snapshot`](Storage::snapshot) all see the same.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
///
/// use crmkit::prelude::*;
/// use crmkit::storage::Reader;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let storage = Arc::new(MemoryStorage::new(crmkit::standard_schema()?));
/// let crm = Crm::builder(Arc::clone(&storage)).open().await?;
/// let acme = crm.system().customers().create(NewCustomer::new("Acme")).await?;
///
/// let customers = storage.schema().of::<Customer>().ok_or("no customers")?;
/// let found = storage.get(customers, &[acme.id.raw()]).await?;
/// assert_eq!(Customer::from_record(found[0].clone())?, acme);
/// assert_eq!(storage.query(&Query::of::<Customer>()).await?.records, found);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[async_trait]
pub trait Reader: fmt::Debug + Send + Sync {
    /// The schema the store was opened with.
    fn schema(&self) -> &Arc<Schema>;

    /// The records with these ids that exist, each once, in any order.
    ///
    /// # Errors
    ///
    /// [`StorageError`] if the store can't answer.
    async fn get(&self, entity: &EntityDef, ids: &[RecordId]) -> Result<Vec<Record>>;

    /// One page of a list. It says where to go on only if there is more, and never for a limit of 0.
    ///
    /// # Errors
    ///
    /// [`StorageErrorKind::Invalid`] if the query does not fit the schema; others if the store can't answer.
    async fn query(&self, query: &Query) -> Result<Page>;

    /// Sums and counts by group, in the order of the keys, no value last.
    ///
    /// This default reads the records through [`query`](Self::query) and folds them; a store overrides it to be
    /// faster, never to answer otherwise. Unlike a store's own, it sees one moment only on a snapshot.
    ///
    /// # Errors
    ///
    /// [`StorageErrorKind::Invalid`] if the request does not fit the schema, [`StorageErrorKind::TooLarge`] past its
    /// bounds; others if the store can't answer.
    async fn aggregate(&self, request: &Aggregate) -> Result<Vec<AggregateRow>> {
        let prepared = request.prepare(self.schema())?;
        let columns: Vec<Path> = prepared.inputs().map(|input| input.path.clone()).collect();
        let mut query = Query::new(request.entity.clone()).filter(request.filter.clone()).columns(columns).limit(1_000);
        let mut folder = Folder::new(&prepared);
        loop {
            let page = self.query(&query).await?;
            for mut record in page.records {
                folder.push(&mut record.values)?;
            }
            match page.next {
                Some(next) => query.after = Some(next),
                None => return Ok(folder.finish()?),
            }
        }
    }
}

/// A store: reads, atomic commits and snapshots.
///
/// # Examples
///
/// ```
/// use crmkit::change::{Change, ChangeSet};
/// use crmkit::id::SetId;
/// use crmkit::prelude::*;
/// use crmkit::storage::Storage;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let storage = MemoryStorage::new(crmkit::standard_schema()?);
/// let new = NewCustomer { number: "K1".into(), ..NewCustomer::new("Acme") };
/// let acme = Customer::draft(Id::new(RecordId::from_bytes([8; 16])), new);
/// let mut set = ChangeSet::new(SetId(RecordId::from_bytes([7; 16])), Timestamp::EPOCH, "example");
/// let acme = Customer { created_at: Timestamp::EPOCH, ..acme };
/// set.changes.push(Change::Insert(acme.into_record()));
/// let first = storage.commit(&set).await?;
/// // The same set again does nothing.
/// let again = storage.commit(&set).await?;
/// assert!(!first.replayed && again.replayed && first.position == again.position);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[async_trait]
pub trait Storage: Reader + 'static {
    /// Makes all changes of a set, or none.
    ///
    /// # Errors
    ///
    /// [`StorageErrorKind::Refused`] with every refused change; [`StorageErrorKind::TooLarge`] for a set over the
    /// store's limit; [`StorageErrorKind::UnknownOutcome`] if it can't be known whether the set is in; others if the
    /// store can't do it. Except for an unknown outcome, nothing was changed.
    async fn commit(&self, changes: &ChangeSet) -> Result<Committed>;

    /// What a set that was committed before did, marked as replayed, if it was.
    ///
    /// # Errors
    ///
    /// [`StorageError`] if the store can't answer.
    async fn committed(&self, set: crate::id::SetId) -> Result<Option<Committed>>;

    /// Reads that all see this moment.
    ///
    /// # Errors
    ///
    /// [`StorageError`] if the store can't give one.
    async fn snapshot(&self) -> Result<Box<dyn Reader>>;

    /// How many changes a set may have, not counting those that are [derived](ChangeSet::derived). Whoever works in
    /// bounded steps, such as an import, makes them no larger.
    fn set_limit(&self) -> usize {
        DEFAULT_SET_LIMIT
    }

    /// Tells a watcher, as long as it lives, what other programs commit to [announced](crate::schema::Facts::announced)
    /// entities. What it does may take time to begin, and may fail; who must know in any case looks by himself from
    /// time to time. This default tells nothing.
    fn watch(&self, watcher: Weak<dyn Watcher>) {
        let _ = watcher;
    }

    /// What is wrong with the store itself, a sentence for each fault; what its records say is not its business.
    ///
    /// # Errors
    ///
    /// [`StorageError`] if the store can't be looked at.
    async fn verify(&self) -> Result<Vec<String>> {
        Ok(Vec::new())
    }

    /// Writes all that is stored at one moment to a file in the store's own form, while commits go on, and says which
    /// form that is. The file is empty or not there before; it is whole and looked over afterwards, though the disk may
    /// not have it yet. None, and no file, where the store has no such form: its backup is then an export. This default
    /// has none.
    ///
    /// # Errors
    ///
    /// [`StorageError`] if the store can't be read or the file can't be written; what is in the file then is of no use.
    async fn copy_to(&self, path: &std::path::Path) -> Result<Option<NativeForm>> {
        let _ = path;
        Ok(None)
    }

    /// Waits for what was begun and gives back what the store holds on to. Later calls answer
    /// [`StorageErrorKind::Closed`] where the store can be closed at all.
    ///
    /// # Errors
    ///
    /// [`StorageError`] if something that was begun failed.
    async fn close(&self) -> Result<()> {
        Ok(())
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<S: Reader + ?Sized> Reader for Arc<S> {
    fn schema(&self) -> &Arc<Schema> {
        (**self).schema()
    }
    async fn get(&self, entity: &EntityDef, ids: &[RecordId]) -> Result<Vec<Record>> {
        (**self).get(entity, ids).await
    }
    async fn query(&self, query: &Query) -> Result<Page> {
        (**self).query(query).await
    }
    async fn aggregate(&self, request: &Aggregate) -> Result<Vec<AggregateRow>> {
        (**self).aggregate(request).await
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<S: Storage + ?Sized> Storage for Arc<S> {
    async fn commit(&self, changes: &ChangeSet) -> Result<Committed> {
        (**self).commit(changes).await
    }
    async fn committed(&self, set: crate::id::SetId) -> Result<Option<Committed>> {
        (**self).committed(set).await
    }
    async fn snapshot(&self) -> Result<Box<dyn Reader>> {
        (**self).snapshot().await
    }
    fn set_limit(&self) -> usize {
        (**self).set_limit()
    }
    fn watch(&self, watcher: Weak<dyn Watcher>) {
        (**self).watch(watcher);
    }
    async fn verify(&self) -> Result<Vec<String>> {
        (**self).verify().await
    }
    async fn copy_to(&self, path: &std::path::Path) -> Result<Option<NativeForm>> {
        (**self).copy_to(path).await
    }
    async fn close(&self) -> Result<()> {
        (**self).close().await
    }
}
