//! A store that is asked no more once a deadline has passed.

use std::future::{Future, poll_fn};
use std::path::Path;
use std::pin::pin;
use std::sync::{Arc, Weak};
use std::task::Poll;
use std::time::Duration;

use async_trait::async_trait;

use super::alarm::Alarms;
use crate::change::{ChangeSet, Committed};
use crate::clock::Clock;
use crate::error::{StorageError, StorageErrorKind};
use crate::id::{RecordId, SetId};
use crate::query::{Aggregate, AggregateRow, Page, Query};
use crate::schema::{EntityDef, Record, Schema};
use crate::storage::{NativeForm, Reader, Result, Storage, Watcher};

/// By when something must be done.
#[derive(Debug, Clone)]
pub(super) struct Deadline {
    clock: Arc<dyn Clock>,
    alarms: Arc<Alarms>,
    /// How long the clock will have run by then.
    at: Duration,
    /// How long there was, when it was set.
    limit: Duration,
}

impl Deadline {
    pub(super) fn new(clock: &Arc<dyn Clock>, alarms: &Arc<Alarms>, limit: Duration) -> Self {
        let at = clock.running().saturating_add(limit);
        Self { clock: Arc::clone(clock), alarms: Arc::clone(alarms), at, limit }
    }

    /// Whichever comes first.
    pub(super) fn earlier(self, other: Option<&Self>) -> Self {
        other.filter(|other| other.at < self.at).cloned().unwrap_or(self)
    }

    fn left(&self) -> Duration {
        self.at.saturating_sub(self.clock.running())
    }

    fn check(&self) -> Result<()> {
        if self.left() > Duration::ZERO {
            return Ok(());
        }
        let message = format!(
            "it was not done within {:?}; what was not handed to the store by then is not stored, give it more time",
            self.limit
        );
        Err(StorageError::new(StorageErrorKind::Deadline, message))
    }

    /// Waits for what changes nothing, and gives it up at the deadline.
    async fn wait<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let (mut work, mut alarm) = (pin!(work), self.alarms.alarm());
        poll_fn(|context| {
            if let Poll::Ready(done) = work.as_mut().poll(context) {
                return Poll::Ready(done);
            }
            if let Err(late) = self.check() {
                return Poll::Ready(Err(late));
            }
            alarm.set(self.left(), context.waker());
            Poll::Pending
        })
        .await
    }

    async fn read<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        self.check()?;
        self.wait(work).await
    }
}

/// A store with a deadline. A commit that it was handed in time is waited for to its end.
#[derive(Debug)]
pub(super) struct Timed {
    pub(super) storage: Arc<dyn Storage>,
    pub(super) deadline: Deadline,
}

#[async_trait]
impl Reader for Timed {
    fn schema(&self) -> &Arc<Schema> {
        self.storage.schema()
    }

    async fn get(&self, entity: &EntityDef, ids: &[RecordId]) -> Result<Vec<Record>> {
        self.deadline.read(self.storage.get(entity, ids)).await
    }

    async fn query(&self, query: &Query) -> Result<Page> {
        self.deadline.read(self.storage.query(query)).await
    }

    async fn aggregate(&self, request: &Aggregate) -> Result<Vec<AggregateRow>> {
        self.deadline.read(self.storage.aggregate(request)).await
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl Storage for Timed {
    async fn commit(&self, changes: &ChangeSet) -> Result<Committed> {
        self.deadline.check()?;
        self.storage.commit(changes).await
    }

    // What became of a commit is asked even when it is late.
    async fn committed(&self, set: SetId) -> Result<Option<Committed>> {
        self.storage.committed(set).await
    }

    async fn snapshot(&self) -> Result<Box<dyn Reader>> {
        let moment = self.deadline.read(self.storage.snapshot()).await?;
        Ok(Box::new(TimedMoment { moment, deadline: self.deadline.clone() }))
    }

    fn watch(&self, watcher: Weak<dyn Watcher>) {
        self.storage.watch(watcher);
    }

    fn set_limit(&self) -> usize {
        self.storage.set_limit()
    }

    async fn verify(&self) -> Result<Vec<String>> {
        self.deadline.read(self.storage.verify()).await
    }

    async fn copy_to(&self, path: &Path) -> Result<Option<NativeForm>> {
        self.deadline.read(self.storage.copy_to(path)).await
    }

    // It is begun in any case: what is late still closes, only nobody waits for it.
    async fn close(&self) -> Result<()> {
        self.deadline.wait(self.storage.close()).await
    }
}

/// A moment of a store with a deadline.
#[derive(Debug)]
struct TimedMoment {
    moment: Box<dyn Reader>,
    deadline: Deadline,
}

#[async_trait]
impl Reader for TimedMoment {
    fn schema(&self) -> &Arc<Schema> {
        self.moment.schema()
    }

    async fn get(&self, entity: &EntityDef, ids: &[RecordId]) -> Result<Vec<Record>> {
        self.deadline.read(self.moment.get(entity, ids)).await
    }

    async fn query(&self, query: &Query) -> Result<Page> {
        self.deadline.read(self.moment.query(query)).await
    }

    async fn aggregate(&self, request: &Aggregate) -> Result<Vec<AggregateRow>> {
        self.deadline.read(self.moment.aggregate(request)).await
    }
}
