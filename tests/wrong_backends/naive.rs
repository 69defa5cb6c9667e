//! A store as plain as can be, written apart from the crate's own, that can be wrong in one way.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use crmkit::change::{Change, ChangeSet, Committed, DEFAULT_SET_LIMIT};
use crmkit::id::{RecordId, SetId};
use crmkit::query::evaluate::Dataset;
use crmkit::query::{Aggregate, AggregateRow, Page, Query};
use crmkit::schema::{EntityDef, Record, Schema};
use crmkit::storage::conformance::{Failure, Fixture, Opened};
use crmkit::storage::{Reader, Result, Storage, StorageError, StorageErrorKind};

use crate::quirk::Quirk;
use crate::{apply, read};

/// Everything there is.
#[derive(Debug, Clone, Default)]
pub(crate) struct Data {
    pub(crate) records: BTreeMap<(String, RecordId), Record>,
    pub(crate) sets: HashMap<SetId, Committed>,
    pub(crate) position: u64,
}

impl Dataset for Data {
    fn get(&self, entity: &str, id: RecordId) -> Option<&Record> {
        self.records.get(&(entity.to_owned(), id))
    }

    fn scan<'a>(&'a self, entity: &str) -> Box<dyn Iterator<Item = &'a Record> + 'a> {
        let first = (entity.to_owned(), RecordId::NIL);
        let last = (entity.to_owned(), RecordId::from_bytes([0xFF; 16]));
        Box::new(self.records.range(first..=last).map(|(_, record)| record))
    }
}

/// A store that copies everything for every commit.
#[derive(Debug)]
pub(crate) struct Naive {
    schema: Arc<Schema>,
    quirk: Option<Quirk>,
    data: Arc<Mutex<Data>>,
}

/// What a snapshot holds.
#[derive(Debug)]
struct Frozen {
    schema: Arc<Schema>,
    quirk: Option<Quirk>,
    data: Data,
}

impl Naive {
    fn has(&self, quirk: Quirk) -> bool {
        self.quirk == Some(quirk)
    }

    fn lock(&self) -> MutexGuard<'_, Data> {
        self.data.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Data {
        self.lock().clone()
    }

    /// Commits with the faults that concern several threads.
    fn commit_now(&self, set: &ChangeSet) -> Result<Committed> {
        if self.has(Quirk::LosesAdditions) && set.changes.iter().any(|change| matches!(change, Change::Adjust(_))) {
            // Reads, thinks, writes: whoever wrote in between is lost.
            let before = self.now();
            std::thread::sleep(Duration::from_micros(300));
            let (after, done) = apply::commit(before, &self.schema, set, self.quirk)?;
            *self.lock() = after;
            return Ok(done);
        }
        if self.has(Quirk::ChecksBeforeItLocks) {
            let before = self.now();
            apply::commit(before, &self.schema, set, None)?;
            std::thread::sleep(Duration::from_millis(2));
        }
        let mut data = self.lock();
        if self.has(Quirk::ShowsHalfSets) {
            let before = data.clone();
            let (after, done) = apply::commit(before.clone(), &self.schema, set, self.quirk)?;
            for (key, record) in &after.records {
                if before.records.get(key) != Some(record) {
                    data.records.insert(key.clone(), record.clone());
                    drop(data);
                    std::thread::sleep(Duration::from_millis(3));
                    data = self.lock();
                }
            }
            *data = after;
            return Ok(done);
        }
        let committed = apply::commit(data.clone(), &self.schema, set, self.quirk);
        match committed {
            Ok((after, done)) => {
                *data = after;
                Ok(done)
            }
            Err(error) => {
                if self.has(Quirk::KeepsPartOfARefusedSet) {
                    *data = apply::without_refused(data.clone(), &self.schema, set);
                }
                if self.has(Quirk::RemembersRefusedSets) {
                    let nothing = Committed::new(crmkit::id::Position(data.position), Vec::new(), Vec::new());
                    data.sets.insert(set.id, nothing);
                }
                Err(error)
            }
        }
    }
}

#[async_trait]
impl Reader for Naive {
    fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    async fn get(&self, entity: &EntityDef, ids: &[RecordId]) -> Result<Vec<Record>> {
        Ok(read::get(&self.now(), entity, ids))
    }

    async fn query(&self, query: &Query) -> Result<Page> {
        read::query(&self.now(), &self.schema, query, self.quirk)
    }

    async fn aggregate(&self, request: &Aggregate) -> Result<Vec<AggregateRow>> {
        read::aggregate(&self.now(), &self.schema, request, self.quirk)
    }
}

#[async_trait]
impl Storage for Naive {
    async fn commit(&self, changes: &ChangeSet) -> Result<Committed> {
        if changes.fits(DEFAULT_SET_LIMIT).is_err() && !self.has(Quirk::TakesSetsOfAnySize) {
            return Err(StorageError::new(StorageErrorKind::TooLarge, "the set is too large"));
        }
        self.commit_now(changes)
    }

    async fn committed(&self, set: SetId) -> Result<Option<Committed>> {
        Ok(self.lock().sets.get(&set).cloned().map(Committed::replayed))
    }

    async fn snapshot(&self) -> Result<Box<dyn Reader>> {
        let (schema, quirk) = (Arc::clone(&self.schema), self.quirk);
        if self.has(Quirk::MovesSnapshots) {
            return Ok(Box::new(Self { schema, quirk, data: Arc::clone(&self.data) }));
        }
        Ok(Box::new(Frozen { schema, quirk, data: self.now() }))
    }
}

#[async_trait]
impl Reader for Frozen {
    fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    async fn get(&self, entity: &EntityDef, ids: &[RecordId]) -> Result<Vec<Record>> {
        Ok(read::get(&self.data, entity, ids))
    }

    async fn query(&self, query: &Query) -> Result<Page> {
        read::query(&self.data, &self.schema, query, self.quirk)
    }

    async fn aggregate(&self, request: &Aggregate) -> Result<Vec<AggregateRow>> {
        read::aggregate(&self.data, &self.schema, request, self.quirk)
    }
}

/// Opens stores that are wrong in one way, or right.
pub(crate) struct NaiveFixture(pub(crate) Option<Quirk>);

#[async_trait]
impl Fixture for NaiveFixture {
    async fn open(&self, schema: Arc<Schema>) -> Result<Box<dyn Opened>, Failure> {
        let data = Arc::new(Mutex::new(Data::default()));
        Ok(Box::new(OpenedNaive(Arc::new(Naive { schema, quirk: self.0, data }))))
    }
}

struct OpenedNaive(Arc<Naive>);

#[async_trait]
impl Opened for OpenedNaive {
    fn storage(&self) -> Arc<dyn Storage> {
        Arc::clone(&self.0) as Arc<dyn Storage>
    }

    async fn reopen(&mut self) -> Option<Result<(), Failure>> {
        let mut data = self.0.now();
        if self.0.has(Quirk::ForgetsSetsOnRestart) {
            data.sets.clear();
        }
        let (schema, quirk) = (Arc::clone(&self.0.schema), self.0.quirk);
        self.0 = Arc::new(Naive { schema, quirk, data: Arc::new(Mutex::new(data)) });
        Some(Ok(()))
    }
}
