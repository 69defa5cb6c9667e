//! What keeping rights up to date costs, and what happens where the store can't say whether they have changed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use crmkit::access::AccessRevision;
use crmkit::change::{ChangeSet, Committed};
use crmkit::error::{StorageError, StorageErrorKind};
use crmkit::id::{RecordId, SetId};
use crmkit::prelude::*;
use crmkit::query::{AggregateRow, Page};
use crmkit::schema::{EntityDef, Record};
use crmkit::storage::{MemoryStorage, Reader, Storage};
use futures_util::future::join_all;
use pollster::block_on;

type Stored<T> = Result<T, StorageError>;

/// Counts what is read, and can lose sight of the revision.
#[derive(Debug, Clone)]
struct Counting {
    inner: Arc<MemoryStorage>,
    revisions: Arc<AtomicUsize>,
    others: Arc<AtomicUsize>,
    blind: Arc<AtomicBool>,
}

impl Counting {
    fn new() -> Self {
        let inner = Arc::new(MemoryStorage::new(crmkit::standard_schema().unwrap()));
        Self { inner, revisions: Arc::default(), others: Arc::default(), blind: Arc::default() }
    }

    /// How often the revision, and how often anything else, was read since the last time.
    fn taken(&self) -> (usize, usize) {
        (self.revisions.swap(0, Ordering::SeqCst), self.others.swap(0, Ordering::SeqCst))
    }
}

#[async_trait]
impl Reader for Counting {
    fn schema(&self) -> &Arc<Schema> {
        self.inner.schema()
    }
    async fn get(&self, entity: &EntityDef, ids: &[RecordId]) -> Stored<Vec<Record>> {
        if entity.name == AccessRevision::NAME {
            self.revisions.fetch_add(1, Ordering::SeqCst);
            if self.blind.load(Ordering::SeqCst) {
                return Err(StorageError::new(StorageErrorKind::Unavailable, "the line is cut"));
            }
        } else {
            self.others.fetch_add(1, Ordering::SeqCst);
        }
        self.inner.get(entity, ids).await
    }
    async fn query(&self, query: &Query) -> Stored<Page> {
        self.others.fetch_add(1, Ordering::SeqCst);
        self.inner.query(query).await
    }
    async fn aggregate(&self, request: &Aggregate) -> Stored<Vec<AggregateRow>> {
        self.others.fetch_add(1, Ordering::SeqCst);
        self.inner.aggregate(request).await
    }
}

#[async_trait]
impl Storage for Counting {
    async fn commit(&self, changes: &ChangeSet) -> Stored<Committed> {
        self.inner.commit(changes).await
    }
    async fn committed(&self, set: SetId) -> Stored<Option<Committed>> {
        self.inner.committed(set).await
    }
    async fn snapshot(&self) -> Stored<Box<dyn Reader>> {
        self.others.fetch_add(1, Ordering::SeqCst);
        self.inner.snapshot().await
    }
}

async fn sessions(crm: &Crm, count: usize) -> Vec<Session> {
    let role = crm.system().roles().named("account_manager").await.unwrap().id;
    let mut sessions = Vec::new();
    for number in 0..count {
        let user = crm.system().users().create(NewUser::new(format!("u{number}"), role)).await.unwrap();
        sessions.push(crm.session(user.id).await.unwrap());
    }
    sessions
}

#[test]
fn a_check_reads_nothing_and_all_sessions_share_one_look_an_interval() {
    block_on(async {
        let storage = Counting::new();
        let hour = Duration::from_secs(3_600);
        let crm = Crm::builder(storage.clone()).access_staleness(hour).open().await.unwrap();
        storage.taken();
        let sessions = sessions(&crm, 20).await;
        assert_eq!(storage.taken().0, 1);
        for session in &sessions {
            for _ in 0..50 {
                session.require("customer.create").await.unwrap();
                assert!(matches!(session.users().count(Filter::All).await, Err(Error::Denied { .. })));
            }
        }
        assert_eq!(storage.taken(), (0, 0));
        // Where it is looked each time, it is one record for each operation.
        let crm = Crm::builder(storage.clone()).access_staleness(Duration::ZERO).open().await.unwrap();
        let session = crm.session(sessions[0].actor().id().unwrap()).await.unwrap();
        storage.taken();
        for _ in 0..10 {
            session.require("customer.create").await.unwrap();
        }
        assert_eq!(storage.taken(), (10, 0));
    });
}

#[test]
fn where_the_store_can_not_say_whether_rights_have_changed_nothing_is_done() {
    block_on(async {
        let storage = Counting::new();
        let crm = Crm::builder(storage.clone()).access_staleness(Duration::ZERO).open().await.unwrap();
        let session = sessions(&crm, 1).await.remove(0);
        storage.blind.store(true, Ordering::SeqCst);
        let refused = session.customers().create(NewCustomer::new("Acme")).await;
        assert!(matches!(refused, Err(Error::Storage(_))), "{refused:?}");
        assert_eq!(crm.system().customers().count(Filter::All).await.unwrap(), 0);
        storage.blind.store(false, Ordering::SeqCst);
        session.customers().create(NewCustomer::new("Acme")).await.unwrap();
    });
}

#[test]
fn many_at_once_wait_for_each_other_and_come_through() {
    block_on(async {
        for staleness in [Duration::ZERO, Duration::from_millis(1), Duration::from_secs(5)] {
            let crm = Crm::builder(Counting::new()).access_staleness(staleness).open().await.unwrap();
            let session = sessions(&crm, 1).await.remove(0);
            std::thread::scope(|scope| {
                for _ in 0..8 {
                    scope.spawn(|| {
                        block_on(async {
                            let asked = join_all((0..50).map(|_| session.require("customer.read"))).await;
                            assert!(asked.iter().all(Result::is_ok));
                        });
                    });
                }
            });
        }
    });
}
