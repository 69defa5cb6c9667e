//! The story of the quickstart, told to a store that fails at any one of its calls, the opening included: what was
//! acknowledged is there, nothing is half there, and the store can be opened and worked with again.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg(all(feature = "testing", feature = "sqlite"))]

#[allow(dead_code, reason = "as a program of its own it has a store of its own")]
#[path = "../examples/quickstart.rs"]
mod quickstart;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use async_trait::async_trait;
use crmkit::change::{ChangeSet, Committed};
use crmkit::clock::FixedClock;
use crmkit::error::StorageErrorKind;
use crmkit::id::{SeededIds, SetId};
use crmkit::prelude::*;
use crmkit::query::{Aggregate, AggregateRow, Page};
use crmkit::report::ReportError;
use crmkit::schema::{EntityDef, Record, Schema};
use crmkit::storage::{MemoryStorage, Reader, Storage, StorageError};
use crmkit::testing::{Fault, FaultyStorage};
use pollster::block_on;

/// All that a store holds, by entity and id, versions included. Of secret records only how many there are: they hold
/// what is random.
type Content = BTreeMap<(String, String), String>;

async fn content(storage: &dyn Storage) -> Content {
    let mut content = Content::new();
    for def in storage.schema().entities() {
        let mut query = Query::new(def.name.clone()).limit(10_000);
        loop {
            let page = storage.query(&query).await.unwrap();
            for record in page.records {
                let held =
                    if def.facts.secret { String::new() } else { format!("{:?}", (record.version, record.values)) };
                content.insert((def.code.to_string(), record.id.to_string()), held);
            }
            match page.next {
                Some(next) => query.after = Some(next),
                None => break,
            }
        }
    }
    content
}

type Answer<T> = std::result::Result<T, StorageError>;

/// A store that counts its calls, notes which of them are commits, and can keep what it holds after each commit.
#[derive(Debug)]
struct Watched {
    inner: Arc<dyn Storage>,
    calls: Arc<AtomicU64>,
    /// The commits: the number of the call, the set, whether it was acknowledged.
    commits: Mutex<Vec<(u64, SetId, bool)>>,
    /// What the store held after each set that changed it.
    states: Option<Mutex<Vec<Content>>>,
}

impl Watched {
    fn new(inner: Arc<dyn Storage>, keep: bool) -> Self {
        let states = keep.then(Mutex::default);
        Self { inner, calls: Arc::default(), commits: Mutex::default(), states }
    }

    fn called(&self) -> u64 {
        self.calls.fetch_add(1, Ordering::SeqCst) + 1
    }

    fn acknowledged(&self) -> Vec<SetId> {
        self.commits.lock().unwrap().iter().filter(|(_, _, done)| *done).map(|(_, set, _)| *set).collect()
    }
}

#[async_trait]
impl Reader for Watched {
    fn schema(&self) -> &Arc<Schema> {
        self.inner.schema()
    }
    async fn get(&self, entity: &EntityDef, ids: &[RecordId]) -> Answer<Vec<Record>> {
        self.called();
        self.inner.get(entity, ids).await
    }
    async fn query(&self, query: &Query) -> Answer<Page> {
        self.called();
        self.inner.query(query).await
    }
    async fn aggregate(&self, request: &Aggregate) -> Answer<Vec<AggregateRow>> {
        self.called();
        self.inner.aggregate(request).await
    }
}

#[async_trait]
impl Storage for Watched {
    async fn commit(&self, changes: &ChangeSet) -> Answer<Committed> {
        let call = self.called();
        let outcome = self.inner.commit(changes).await;
        self.commits.lock().unwrap().push((call, changes.id, outcome.is_ok()));
        if let (Some(states), true) = (&self.states, outcome.is_ok()) {
            let state = content(&*self.inner).await;
            states.lock().unwrap().push(state);
        }
        outcome
    }
    async fn committed(&self, set: SetId) -> Answer<Option<Committed>> {
        self.called();
        let found = self.inner.committed(set).await?;
        if found.is_some() {
            let mut commits = self.commits.lock().unwrap();
            commits.iter_mut().filter(|(_, made, _)| *made == set).for_each(|(_, _, done)| *done = true);
        }
        Ok(found)
    }
    async fn snapshot(&self) -> Answer<Box<dyn Reader>> {
        self.called();
        Ok(Box::new(Shown { inner: self.inner.snapshot().await?, calls: Arc::clone(&self.calls) }))
    }
    async fn verify(&self) -> Answer<Vec<String>> {
        self.called();
        self.inner.verify().await
    }
}

/// One moment of a store that counts its calls.
#[derive(Debug)]
struct Shown {
    inner: Box<dyn Reader>,
    calls: Arc<AtomicU64>,
}

#[async_trait]
impl Reader for Shown {
    fn schema(&self) -> &Arc<Schema> {
        self.inner.schema()
    }
    async fn get(&self, entity: &EntityDef, ids: &[RecordId]) -> Answer<Vec<Record>> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        self.inner.get(entity, ids).await
    }
    async fn query(&self, query: &Query) -> Answer<Page> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        self.inner.query(query).await
    }
    async fn aggregate(&self, request: &Aggregate) -> Answer<Vec<AggregateRow>> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        self.inner.aggregate(request).await
    }
}

fn empty() -> Arc<dyn Storage> {
    Arc::new(MemoryStorage::new(crmkit::standard_schema().unwrap()))
}

async fn open(storage: Arc<dyn Storage>) -> Result<Crm> {
    let clock = FixedClock::new("2026-03-31T09:00:00Z".parse().unwrap());
    Crm::builder(storage).clock(clock).ids(SeededIds::new(3)).open().await
}

/// Opens an empty store and tells the story.
async fn told(storage: Arc<dyn Storage>) -> std::result::Result<(), Box<dyn std::error::Error>> {
    let crm = open(storage).await?;
    quickstart::story(&crm).await
}

/// What there is to compare with: the story told without a fault.
struct Untroubled {
    calls: u64,
    /// The numbers of the calls that commit.
    commits: Vec<u64>,
    /// What the store held at the beginning and after each commit.
    states: Vec<Content>,
}

fn untroubled() -> Untroubled {
    block_on(async {
        let inner = empty();
        let watched = Arc::new(Watched::new(inner.clone(), true));
        told(watched.clone()).await.unwrap();
        let calls = watched.calls.load(Ordering::SeqCst);
        let commits = watched.commits.lock().unwrap().iter().map(|(call, ..)| *call).collect();
        let kept = watched.states.as_ref().unwrap().lock().unwrap().clone();
        let mut states = vec![content(&*empty()).await];
        states.extend(kept);
        Untroubled { calls, commits, states }
    })
}

#[test]
fn a_fault_at_any_call_of_the_story_loses_nothing_and_leaves_nothing_half_done() {
    let story = untroubled();
    assert!(story.commits.len() > 50 && story.calls > 200, "{} of {}", story.commits.len(), story.calls);
    let next = AtomicU64::new(1);
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(call) = Some(next.fetch_add(1, Ordering::SeqCst)).filter(|call| *call <= story.calls) {
                    // A read fails in one way only.
                    let ways = if story.commits.contains(&call) { &Fault::ALL[..] } else { &[Fault::Unreachable] };
                    ways.iter().for_each(|fault| block_on(troubled(&story, call, *fault)));
                }
            });
        }
    });
}

async fn troubled(story: &Untroubled, call: u64, fault: Fault) {
    let what = format!("call {call} {fault:?}");
    let inner = empty();
    let faulty = FaultyStorage::new(inner.clone());
    let watched = Arc::new(Watched::new(Arc::new(faulty.clone()), false));
    faulty.fail(call, fault);
    let outcome = told(watched.clone()).await;
    assert!(faulty.has_failed(), "{what}: the story went another way");

    // Nothing is half done: the store holds what it held after one of the commits of the untroubled story, each of
    // which is one command.
    let held = content(&*inner).await;
    let reached = story.states.iter().position(|state| *state == held);
    let reached = reached.unwrap_or_else(|| panic!("{what}: the store holds what it never held in the story"));
    match &outcome {
        // Who can ask what came of it goes on.
        Ok(()) => assert_eq!(reached + 1, story.states.len(), "{what}: the story was told, but not all of it is there"),
        Err(error) => {
            let kind = match (error.downcast_ref::<Error>(), error.downcast_ref::<ReportError>()) {
                (Some(Error::Storage(error)), _) | (_, Some(ReportError::Failed(Error::Storage(error)))) => {
                    Some(error.kind())
                }
                _ => None,
            };
            let told = [StorageErrorKind::Unavailable, StorageErrorKind::UnknownOutcome].map(Some);
            assert!(told.contains(&kind), "{what}: {error}");
        }
    }
    // Every set that was acknowledged is there.
    for set in watched.acknowledged() {
        assert!(inner.committed(set).await.unwrap().is_some(), "{what}: an acknowledged set is missing");
    }
    assert!(reached >= watched.acknowledged().len(), "{what}: less is there than was acknowledged");
    // Whoever comes next finds everything in order.
    let crm = Crm::builder(inner).open().await.unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!(crm.system().verify().await.unwrap(), Vec::<String>::new(), "{what}");
    let made = crm.system().customers().create(NewCustomer::new("Whoever comes next")).await;
    made.unwrap_or_else(|error| panic!("{what}: {error}"));
}
