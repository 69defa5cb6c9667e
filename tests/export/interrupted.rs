//! A load that is interrupted anywhere goes on, and nobody works on half an organisation.

use std::future::poll_fn;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use async_trait::async_trait;
use crmkit::change::{ChangeSet, Committed};
use crmkit::error::{StorageError, StorageErrorKind};
use crmkit::id::{RecordId, SetId};
use crmkit::organisation::LoadRun;
use crmkit::prelude::*;
use crmkit::query::{AggregateRow, Page};
use crmkit::schema::{EntityDef, Record};
use crmkit::storage::{MemoryStorage, Reader, ReaderExt, Storage};
use crmkit::testing::{Fault, FaultyStorage};
use crmkit::transfer::{ExportOptions, LoadOptions, TransferError, export_to, load_from};
use pollster::block_on;

use crate::host::{self, place, same};
use crate::small::{count, empty, filled};

async fn export(storage: &dyn Storage, place: &Path) {
    export_to(storage, place, ExportOptions::default()).await.unwrap();
}

/// Loads what an interrupted load left undone, and compares.
async fn goes_on(storage: &Arc<dyn Storage>, first: &Path, what: &str) {
    let before = count(&**storage).await;
    let loaded = load_from(&**storage, first, LoadOptions::default()).await;
    let loaded = loaded.unwrap_or_else(|error| panic!("{what}: {error}"));
    // One record is that of the load itself.
    assert_eq!(loaded.found, before.saturating_sub(1) as u64, "{what}");
    let (_folder, second) = place();
    export(&**storage, &second).await;
    same(first, &second, what);
}

#[test]
fn a_store_that_fails_at_any_call_is_loaded_in_the_end() {
    block_on(async {
        let (_folder, first) = place();
        export(&*filled().await, &first).await;
        for fault in Fault::ALL {
            for call in 1.. {
                let what = format!("call {call} {fault:?}");
                let faulty = FaultyStorage::new(Narrow { inner: empty(), most: 4 });
                faulty.fail(call, fault);
                let done = load_from(&faulty, &first, LoadOptions::default()).await;
                let failed = faulty.has_failed();
                // What came of a commit is asked for, and a request that was lost is made again; what can't be read or
                // reached is told.
                match &done {
                    Ok(_) => assert!(!failed || fault != Fault::Unreachable, "{what}"),
                    Err(TransferError::Storage(error)) => {
                        assert!(failed && error.kind() == StorageErrorKind::Unavailable, "{what}: {error}");
                    }
                    Err(error) => panic!("{what}: {error}"),
                }
                let store: Arc<dyn Storage> = Arc::new(faulty);
                goes_on(&store, &first, &what).await;
                if !failed {
                    assert!(call > 12, "{call} calls");
                    break;
                }
            }
        }
    });
}

#[test]
fn a_load_that_is_dropped_at_any_point_goes_on() {
    block_on(async {
        let (_folder, first) = place();
        export(&*filled().await, &first).await;
        for polls in 0.. {
            let what = format!("dropped after {polls} polls");
            let store: Arc<dyn Storage> = Arc::new(Narrow::hesitant(empty(), 4));
            let finished = polled(load_from(&*store, &first, LoadOptions::default()), polls).await;
            goes_on(&store, &first, &what).await;
            if finished.is_some() {
                assert!(polls > 40, "{polls} polls");
                return;
            }
        }
    });
}

#[test]
fn a_half_loaded_store_is_no_crm_and_takes_no_other_load() {
    block_on(async {
        let source = Arc::new(MemoryStorage::new(host::schema()));
        let crm = Crm::builder(source.clone()).open().await.unwrap();
        let (_folder, first) = place();
        export(&*source, &first).await;
        crm.system().customers().create(NewCustomer::new("Acme")).await.unwrap();
        let (_folder, other) = place();
        export(&*source, &other).await;

        let inner: Arc<dyn Storage> = Arc::new(MemoryStorage::new(host::schema()));
        let narrow = Narrow::hesitant(inner.clone(), 100);
        let mut loading = Box::pin(load_from(&narrow, &first, LoadOptions::default()));
        let run: LoadRun = loop {
            assert!(polled(loading.as_mut(), 1).await.is_none());
            let run: Option<LoadRun> = inner.load(LoadRun::ID).await.unwrap();
            if let Some(run) = run.filter(|run| run.written > 0) {
                break run;
            }
        };
        drop(loading);
        assert!(!run.finished && run.written < run.records, "{run:?}");

        let error = Crm::builder(inner.clone()).open().await.unwrap_err();
        let Error::Storage(error) = error else { panic!("{error}") };
        assert_eq!(error.kind(), StorageErrorKind::Unfinished);
        assert!(error.to_string().contains("load the same export again"), "{error}");
        let error = load_from(&inner, &other, LoadOptions::default()).await.unwrap_err();
        assert_eq!(error.code(), "transfer.other_load");
        let (_folder, half) = place();
        let error = export_to(&inner, &half, ExportOptions::default()).await.unwrap_err();
        assert_eq!(error.code(), "transfer.half_loaded");
        assert!(!half.exists());

        goes_on(&inner, &first, "in the end").await;
        Crm::builder(inner).open().await.unwrap();
    });
}

#[test]
fn nobody_but_a_load_makes_a_store_look_half_loaded() {
    block_on(async {
        let crm = Crm::builder(MemoryStorage::new(host::schema())).open().await.unwrap();
        let system = crm.system();
        assert!(system.of::<LoadRun>().create(Default::default()).await.is_err());
        assert!(system.untyped("load_run").is_err());
        assert!(crm.rights().codes().all(|code| !code.starts_with("load_run")));
    });
}

#[test]
fn of_two_loads_at_once_one_is_refused_and_the_store_is_whole() {
    block_on(async {
        let (_folder, first) = place();
        export(&*filled().await, &first).await;
        let store: Arc<dyn Storage> = Arc::new(Narrow::hesitant(empty(), 4));
        let load = || load_from(&*store, &first, LoadOptions::default());
        let (one, two) = futures_util::future::join(load(), load()).await;
        let refused: Vec<&str> = [&one, &two].iter().filter_map(|done| Some(done.as_ref().err()?.code())).collect();
        assert_eq!(refused, ["transfer.concurrent"]);
        goes_on(&store, &first, "after both").await;
    });
}

/// A store that takes few changes at once.
#[derive(Debug)]
struct Narrow {
    inner: Arc<dyn Storage>,
    most: usize,
}

impl Narrow {
    /// One that lets everybody else go first, before each call and after it.
    fn hesitant(inner: Arc<dyn Storage>, most: usize) -> FaultyStorage {
        let storage = FaultyStorage::new(Self { inner, most });
        storage.hesitate(true);
        storage
    }
}

/// Polls a future as often as that, and drops it if it is not done then.
async fn polled<F: Future>(future: F, polls: u64) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(|context: &mut Context<'_>| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}

type Answer<T> = Result<T, StorageError>;

#[async_trait]
impl Reader for Narrow {
    fn schema(&self) -> &Arc<Schema> {
        self.inner.schema()
    }
    async fn get(&self, entity: &EntityDef, ids: &[RecordId]) -> Answer<Vec<Record>> {
        self.inner.get(entity, ids).await
    }
    async fn query(&self, query: &Query) -> Answer<Page> {
        self.inner.query(query).await
    }
    async fn aggregate(&self, request: &Aggregate) -> Answer<Vec<AggregateRow>> {
        self.inner.aggregate(request).await
    }
}

#[async_trait]
impl Storage for Narrow {
    async fn commit(&self, changes: &ChangeSet) -> Answer<Committed> {
        if changes.changes.len() > self.most {
            return Err(StorageError::new(StorageErrorKind::TooLarge, "the set is too large"));
        }
        self.inner.commit(changes).await
    }
    async fn committed(&self, set: SetId) -> Answer<Option<Committed>> {
        self.inner.committed(set).await
    }
    async fn snapshot(&self) -> Answer<Box<dyn Reader>> {
        self.inner.snapshot().await
    }
}
