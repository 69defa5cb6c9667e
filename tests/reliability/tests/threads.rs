//! Many threads and tasks on each store, for seconds.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use crmkit::access::HashParameters;
use crmkit::change::{ChangeSet, Committed};
use crmkit::id::SetId;
use crmkit::prelude::*;
use crmkit::query::{AggregateRow, Page};
use crmkit::schema::{EntityDef, Record};
use crmkit::storage::{Reader, Storage, StorageError};
use crmkit_reliability::ground::Kind;
use crmkit_reliability::histories::{self, Load};
use crmkit_reliability::place::wait;
use crmkit_reliability::resources::{self, Resources};
use crmkit_reliability::tasks::{self, Tasks};
use crmkit_reliability::timing;
use crmkit_reliability::transfers::{self, Transfers};

#[test]
fn sixty_four_threads_of_transfers_conserve_the_total() {
    for kind in Kind::ALL {
        let trial = Transfers { threads: 64, each: 6, seed: 7 };
        println!("{}", wait(transfers::transfers(kind, trial)).unwrap());
    }
}

#[test]
fn each_record_is_linearizable() {
    for kind in Kind::ALL {
        let load = Load { threads: 16, each: 40, records: 3, seed: 7 };
        println!("{}", wait(histories::linearizable(kind, load)).unwrap());
    }
}

/// The bound is one for a machine with better things to do: it is exceeded by who waits for ever.
#[test]
fn a_thousand_tasks_come_to_their_end() {
    for kind in Kind::ALL {
        let trial = Tasks { tasks: 1_000, each: 2, patience: Duration::from_secs(240), seed: 7 };
        println!("{}", wait(tasks::tasks(kind, trial)).unwrap());
    }
}

#[test]
fn memory_handles_and_threads_stay_as_they_are() {
    for kind in Kind::ALL {
        println!("{}", wait(resources::resources(kind, Resources { operations: 720, seed: 7 })).unwrap());
    }
}

#[test]
fn names_are_tried_for_the_time_they_take() {
    let hash = HashParameters { memory_kib: 64, passes: 1, lanes: 1 };
    println!("{}", wait(timing::sign_in(Kind::Memory, 10, hash)).unwrap());
}

/// A store that sometimes answers with what a record was before: the checker of histories finds it.
#[derive(Debug)]
struct Stale {
    inner: MemoryStorage,
    seen: Mutex<HashMap<RecordId, Record>>,
    asked: AtomicU64,
}

#[async_trait]
impl Reader for Stale {
    fn schema(&self) -> &Arc<Schema> {
        self.inner.schema()
    }

    async fn get(&self, entity: &EntityDef, ids: &[RecordId]) -> Result<Vec<Record>, StorageError> {
        let now = self.inner.get(entity, ids).await?;
        let mut seen = self.seen.lock().unwrap();
        let stale = self.asked.fetch_add(1, Ordering::Relaxed) % 200 == 199;
        Ok(now
            .into_iter()
            .map(|record| match seen.get(&record.id) {
                Some(before) if stale => before.clone(),
                _ => {
                    // What is remembered is refreshed rarely enough to grow old.
                    if self.asked.load(Ordering::Relaxed).is_multiple_of(50) || !seen.contains_key(&record.id) {
                        seen.insert(record.id, record.clone());
                    }
                    record
                }
            })
            .collect())
    }

    async fn query(&self, query: &Query) -> Result<Page, StorageError> {
        self.inner.query(query).await
    }

    async fn aggregate(&self, request: &Aggregate) -> Result<Vec<AggregateRow>, StorageError> {
        self.inner.aggregate(request).await
    }
}

#[async_trait]
impl Storage for Stale {
    async fn commit(&self, changes: &ChangeSet) -> Result<Committed, StorageError> {
        self.inner.commit(changes).await
    }

    async fn committed(&self, set: SetId) -> Result<Option<Committed>, StorageError> {
        self.inner.committed(set).await
    }

    async fn snapshot(&self) -> Result<Box<dyn Reader>, StorageError> {
        self.inner.snapshot().await
    }
}

#[test]
fn a_store_that_answers_with_what_was_is_found() {
    let inner = MemoryStorage::new(crmkit::standard_schema().unwrap());
    let stale = Stale { inner, seen: Mutex::default(), asked: AtomicU64::new(0) };
    let load = Load { threads: 8, each: 200, records: 3, seed: 7 };
    let history = wait(histories::record(Arc::new(stale), load)).unwrap();
    let problems = histories::problems(&history);
    assert!(problems.iter().any(|problem| problem.contains("known before it was called")), "{problems:?}");
}
