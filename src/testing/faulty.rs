//! A store that fails when it is told to.

use std::future::{Future, poll_fn};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::Poll;

use async_trait::async_trait;

use crate::change::{ChangeSet, Committed};
use crate::error::{StorageError, StorageErrorKind};
use crate::id::{RecordId, SetId};
use crate::query::{Aggregate, AggregateRow, Page, Query};
use crate::schema::{EntityDef, Record, Schema};
use crate::storage::{NativeForm, Reader, Result, Storage, Watcher};

/// How a call fails. A read is [`Unavailable`](StorageErrorKind::Unavailable) whichever it is.
///
/// # Examples
///
/// ```
/// use crmkit::testing::Fault;
///
/// assert_eq!(Fault::ALL.len(), 3);
/// assert!(Fault::ALL.contains(&Fault::LostAnswer));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// The store can't be reached; nothing was changed.
    Unreachable,
    /// A commit never reaches the store, and whoever asked does not know.
    LostRequest,
    /// A commit is done, and whoever asked does not know.
    LostAnswer,
}

impl Fault {
    /// Every way to fail.
    pub const ALL: [Self; 3] = [Self::Unreachable, Self::LostRequest, Self::LostAnswer];
}

/// A store whose calls, those on its snapshots included, can be made to fail, one at a time: to see that a program keeps its promises wherever it is
/// interrupted.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::storage::MemoryStorage;
/// use crmkit::testing::{Fault, FaultyStorage};
///
/// # pollster::block_on(async {
/// let storage = FaultyStorage::new(MemoryStorage::new(crmkit::standard_schema()?));
/// let crm = Crm::builder(storage.clone()).open().await?;
/// storage.fail(1, Fault::Unreachable);
/// assert!(crm.system().customers().create(NewCustomer::new("Acme")).await.is_err());
/// assert!(storage.has_failed());
/// assert!(crm.system().customers().create(NewCustomer::new("Acme")).await.is_ok());
/// # Ok::<(), Error>(())
/// # })?;
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct FaultyStorage {
    inner: Arc<dyn Storage>,
    order: Arc<Order>,
}

/// Which call fails how, and whether calls take their time.
#[derive(Debug, Default)]
struct Order {
    /// How many calls there are up to the one that fails; 0 if none does.
    left: AtomicU64,
    fault: Mutex<Option<Fault>>,
    hesitant: AtomicBool,
}

impl FaultyStorage {
    /// A store that does not fail yet.
    #[must_use]
    pub fn new(inner: impl Storage) -> Self {
        Self { inner: Arc::new(inner), order: Arc::default() }
    }

    /// The `call`th call from now, counted from 1, fails; none before and none after it.
    pub fn fail(&self, call: u64, fault: Fault) {
        *self.order.fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault);
        self.order.left.store(call, Ordering::SeqCst);
    }

    /// From now on each call lets everybody else go first, once before it is done and once after, or no longer does.
    ///
    /// A future that asks a hesitant store is never done at the first look, however fast the store is: so what a program
    /// does when it is given up can be tried at each of the points where it may be.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::task::{Context, Poll, Waker};
    ///
    /// use crmkit::prelude::*;
    /// use crmkit::storage::MemoryStorage;
    /// use crmkit::testing::FaultyStorage;
    ///
    /// # pollster::block_on(async {
    /// let storage = FaultyStorage::new(MemoryStorage::new(crmkit::standard_schema()?));
    /// let crm = Crm::builder(storage.clone()).open().await?;
    /// storage.hesitate(true);
    /// let customers = crm.system().customers();
    /// let mut given_up = Box::pin(customers.create(NewCustomer::new("Acme")));
    /// assert!(given_up.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    /// drop(given_up);
    ///
    /// storage.hesitate(false);
    /// assert!(customers.list(Query::of::<Customer>()).await?.items.is_empty());
    /// # Ok::<(), Error>(())
    /// # })?;
    /// # Ok::<(), Error>(())
    /// ```
    pub fn hesitate(&self, hesitant: bool) {
        self.order.hesitant.store(hesitant, Ordering::SeqCst);
    }

    /// Whether the call that was to fail last has failed; then, or if it has not, none fails any more.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.order.left.swap(0, Ordering::SeqCst) == 0
    }
}

impl Order {
    /// How this call fails, if it does.
    fn fault(&self) -> Option<Fault> {
        let count = |left: u64| left.checked_sub(1);
        let before = self.left.try_update(Ordering::SeqCst, Ordering::SeqCst, count);
        let fault = *self.fault.lock().unwrap_or_else(PoisonError::into_inner);
        fault.filter(|_| before == Ok(1))
    }

    /// Does what is asked of the store, at once or not.
    async fn take<T>(&self, call: impl Future<Output = Result<T>>) -> Result<T> {
        self.give_way().await;
        let done = call.await;
        self.give_way().await;
        done
    }

    async fn give_way(&self) {
        let mut waited = !self.hesitant.load(Ordering::SeqCst);
        poll_fn(|context| {
            if std::mem::replace(&mut waited, true) {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }

    fn reachable(&self) -> Result<()> {
        match self.fault() {
            None => Ok(()),
            Some(Fault::Unreachable | Fault::LostRequest | Fault::LostAnswer) => {
                Err(StorageError::new(StorageErrorKind::Unavailable, "the store was told to be unreachable"))
            }
        }
    }
}

fn unknown() -> StorageError {
    StorageError::new(StorageErrorKind::UnknownOutcome, "the store was told not to say what came of it")
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl Reader for FaultyStorage {
    fn schema(&self) -> &Arc<Schema> {
        self.inner.schema()
    }

    async fn get(&self, entity: &EntityDef, ids: &[RecordId]) -> Result<Vec<Record>> {
        self.order.reachable()?;
        self.order.take(self.inner.get(entity, ids)).await
    }

    async fn query(&self, query: &Query) -> Result<Page> {
        self.order.reachable()?;
        self.order.take(self.inner.query(query)).await
    }

    async fn aggregate(&self, request: &Aggregate) -> Result<Vec<AggregateRow>> {
        self.order.reachable()?;
        self.order.take(self.inner.aggregate(request)).await
    }
}

/// What a store that fails shows of one moment: reading it fails as reading the store does.
#[derive(Debug)]
struct FaultyReader {
    inner: Box<dyn Reader>,
    order: Arc<Order>,
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl Reader for FaultyReader {
    fn schema(&self) -> &Arc<Schema> {
        self.inner.schema()
    }

    async fn get(&self, entity: &EntityDef, ids: &[RecordId]) -> Result<Vec<Record>> {
        self.order.reachable()?;
        self.order.take(self.inner.get(entity, ids)).await
    }

    async fn query(&self, query: &Query) -> Result<Page> {
        self.order.reachable()?;
        self.order.take(self.inner.query(query)).await
    }

    async fn aggregate(&self, request: &Aggregate) -> Result<Vec<AggregateRow>> {
        self.order.reachable()?;
        self.order.take(self.inner.aggregate(request)).await
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl Storage for FaultyStorage {
    async fn commit(&self, changes: &ChangeSet) -> Result<Committed> {
        match self.order.fault() {
            None => self.order.take(self.inner.commit(changes)).await,
            Some(Fault::Unreachable) => {
                Err(StorageError::new(StorageErrorKind::Unavailable, "the store was told to be unreachable"))
            }
            Some(Fault::LostRequest) => Err(unknown()),
            // What is refused is not done, and saying so is no fault.
            Some(Fault::LostAnswer) => self.order.take(self.inner.commit(changes)).await.and_then(|_| Err(unknown())),
        }
    }

    async fn committed(&self, set: SetId) -> Result<Option<Committed>> {
        self.order.reachable()?;
        self.order.take(self.inner.committed(set)).await
    }

    async fn snapshot(&self) -> Result<Box<dyn Reader>> {
        self.order.reachable()?;
        Ok(Box::new(FaultyReader {
            inner: self.order.take(self.inner.snapshot()).await?,
            order: Arc::clone(&self.order),
        }))
    }

    async fn verify(&self) -> Result<Vec<String>> {
        self.order.reachable()?;
        self.order.take(self.inner.verify()).await
    }

    fn set_limit(&self) -> usize {
        self.inner.set_limit()
    }

    fn watch(&self, watcher: Weak<dyn Watcher>) {
        self.inner.watch(watcher);
    }

    async fn copy_to(&self, path: &std::path::Path) -> Result<Option<NativeForm>> {
        self.order.reachable()?;
        self.order.take(self.inner.copy_to(path)).await
    }

    async fn close(&self) -> Result<()> {
        self.inner.close().await
    }
}
