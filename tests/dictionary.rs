//! The dictionary: who may change it, and that the cache never tells what no longer holds.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cast;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use async_trait::async_trait;
use cast::casts;
use crmkit::change::{ChangeSet, Committed};
use crmkit::clock::{Clock, FixedClock};
use crmkit::dictionary::{
    CREDIT, CUSTOMER_LEVEL, DictionaryEntry, DictionaryEntryPatch, NewDictionaryEntry, NoCache, REGION, SATISFACTION,
    SERVICE_TYPE,
};
use crmkit::id::SetId;
use crmkit::prelude::*;
use crmkit::query::{AggregateRow, Page};
use crmkit::schema::{EntityDef, Lang, Record};
use crmkit::storage::{MemoryStorage, Reader, Storage, StorageError};
use pollster::block_on;

type Job = Box<dyn FnOnce() + Send>;

/// A store that counts how often the dictionary is read, and takes its time about it.
struct Counting {
    inner: MemoryStorage,
    reads: AtomicU64,
    /// What happens once the dictionary was read, before the answer comes in.
    meanwhile: Mutex<Option<Job>>,
}

impl fmt::Debug for Counting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Counting").field("reads", &self.reads).finish_non_exhaustive()
    }
}

#[async_trait]
impl Reader for Counting {
    fn schema(&self) -> &Arc<Schema> {
        self.inner.schema()
    }
    async fn get(&self, entity: &EntityDef, ids: &[RecordId]) -> Result<Vec<Record>, StorageError> {
        self.inner.get(entity, ids).await
    }
    async fn query(&self, query: &Query) -> Result<Page, StorageError> {
        if query.entity == DictionaryEntry::NAME {
            self.reads.fetch_add(1, Ordering::SeqCst);
            thread::sleep(Duration::from_millis(20));
            let answer = self.inner.query(query).await;
            let job = self.meanwhile.lock().unwrap().take();
            if let Some(job) = job {
                job();
            }
            return answer;
        }
        self.inner.query(query).await
    }
    async fn aggregate(&self, request: &Aggregate) -> Result<Vec<AggregateRow>, StorageError> {
        self.inner.aggregate(request).await
    }
}

#[async_trait]
impl Storage for Counting {
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

#[derive(Debug, Clone)]
struct Hands(Arc<FixedClock>);

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}

struct Counted {
    storage: Arc<Counting>,
    clock: Hands,
    crm: Crm,
}

async fn counted() -> Counted {
    let inner = MemoryStorage::new(crmkit::standard_schema().unwrap());
    let storage = Arc::new(Counting { inner, reads: AtomicU64::new(0), meanwhile: Mutex::default() });
    let clock = Hands(Arc::new(FixedClock::new("2026-03-02T09:00:00Z".parse().unwrap())));
    let crm = Crm::builder(storage.clone()).clock(clock.clone()).open().await.unwrap();
    storage.reads.store(0, Ordering::SeqCst);
    Counted { storage, clock, crm }
}

impl Counted {
    fn reads(&self) -> u64 {
        self.storage.reads.load(Ordering::SeqCst)
    }
}

#[test]
fn a_new_organisation_has_the_classic_dictionary() {
    block_on(async {
        for cast in casts().await {
            let dictionary = cast.li.dictionary();
            let items = async |kind: &str| {
                let entries = dictionary.entries(kind).await.unwrap();
                entries.iter().map(|entry| entry.item.clone()).collect::<Vec<_>>()
            };
            assert_eq!(items(SERVICE_TYPE).await, ["咨询", "建议", "投诉"]);
            assert_eq!(items(REGION).await, ["北京", "华北", "中南", "东北", "西部", "华东", "华南"]);
            let levels = ["普通客户", "重点开发客户", "大客户", "合作伙伴", "战略合作伙伴"];
            assert_eq!(items(CUSTOMER_LEVEL).await, levels);
            for stars in [CREDIT, SATISFACTION] {
                let typed = dictionary.typed::<Rating>(stars).await.unwrap();
                assert!(typed.iter().map(|(rating, _)| rating).eq(Rating::ALL), "{typed:?}");
            }
            assert_eq!(items("no such type").await, [""; 0]);
            assert_eq!(dictionary.label(SERVICE_TYPE, "inquiry", Lang::En).await.unwrap(), "Inquiry");
            assert_eq!(dictionary.label(SERVICE_TYPE, "other", Lang::En).await.unwrap(), "other");
            assert!(matches!(cast.executive.dictionary().entries(REGION).await, Err(Error::Denied { .. })));
        }
    });
}

#[test]
fn an_administrator_changes_what_is_editable_and_sees_it_at_once() {
    block_on(async {
        for cast in casts().await {
            let (entries, dictionary) = (cast.administrator.dictionary_entries(), cast.li.dictionary());
            assert_eq!(dictionary.entry(REGION, "海外").await.unwrap(), None);
            assert_eq!(dictionary.entries(REGION).await.unwrap().len(), 7);
            let new = || NewDictionaryEntry::new(REGION, "海外", "海外");
            assert!(matches!(cast.li.dictionary_entries().create(new()).await, Err(Error::Denied { .. })));
            let made = entries.create(new()).await.unwrap();
            assert!(matches!(entries.create(new()).await, Err(Error::Taken { .. })));
            // That there was none had been cached.
            assert_eq!(*dictionary.entry(REGION, "海外").await.unwrap().unwrap(), made);
            assert_eq!(dictionary.entries(REGION).await.unwrap().last().unwrap().value, "海外");
            let patch = DictionaryEntryPatch {
                item_en: Some("Abroad".to_owned()).into(),
                position: Some(0).into(),
                ..Default::default()
            };
            entries.edit(made.id, patch).await.unwrap();
            assert_eq!(dictionary.label(REGION, "海外", Lang::En).await.unwrap(), "Abroad");
            assert_eq!(dictionary.entries(REGION).await.unwrap()[0].value, "海外");
            entries.delete(made.id).await.unwrap();
            assert_eq!(dictionary.entry(REGION, "海外").await.unwrap(), None);
            assert_eq!(dictionary.entries(REGION).await.unwrap().len(), 7);
            // What is not editable stays, and gets no company.
            let level = dictionary.entry(CUSTOMER_LEVEL, "1").await.unwrap().unwrap();
            let patch = DictionaryEntryPatch { item: "x".to_owned().into(), ..Default::default() };
            for session in [&cast.administrator, &cast.system] {
                let entries = session.dictionary_entries();
                assert!(matches!(entries.edit(level.id, patch.clone()).await, Err(Error::State { .. })));
                assert!(matches!(entries.delete(level.id).await, Err(Error::State { .. })));
                let sixth = NewDictionaryEntry::new(CUSTOMER_LEVEL, "x", "6");
                assert!(matches!(entries.create(sixth).await, Err(Error::State { .. })));
            }
            assert_eq!(dictionary.entries(CUSTOMER_LEVEL).await.unwrap().len(), 5);
        }
    });
}

#[test]
fn the_store_is_read_once_for_a_type_an_entry_and_what_is_not_there() {
    block_on(async {
        let counted = counted().await;
        let dictionary = counted.crm.system().dictionary();
        for _ in 0..5 {
            dictionary.entries(REGION).await.unwrap();
            dictionary.entry(REGION, "华东").await.unwrap();
            dictionary.entry(REGION, "Atlantis").await.unwrap();
        }
        assert_eq!(counted.reads(), 3);
        let stats = counted.crm.dictionary_cache().stats();
        assert_eq!((stats.hits, stats.misses, stats.held), (12, 3, 3));
        let bare = Crm::builder(counted.storage.clone()).dictionary_cache(NoCache::default()).open().await.unwrap();
        for _ in 0..2 {
            bare.system().dictionary().entries(REGION).await.unwrap();
        }
        assert_eq!((counted.reads(), bare.dictionary_cache().stats().misses), (5, 2));
    });
}

#[test]
fn however_many_ask_one_reads() {
    let counted = block_on(counted());
    // The look at the revision comes before, so that all meet at the missing key.
    block_on(counted.crm.system().dictionary().entries(CREDIT)).unwrap();
    let barrier = Arc::new(std::sync::Barrier::new(16));
    let threads: Vec<_> = (0..16)
        .map(|_| {
            let (dictionary, barrier) = (counted.crm.system().dictionary(), barrier.clone());
            thread::spawn(move || {
                barrier.wait();
                block_on(dictionary.entries(REGION)).unwrap().len()
            })
        })
        .collect();
    assert!(threads.into_iter().all(|thread| thread.join().unwrap() == 7));
    assert_eq!(counted.reads(), 2);
}

#[test]
fn what_was_read_before_a_change_and_comes_in_after_it_is_not_kept() {
    block_on(async {
        let counted = counted().await;
        let dictionary = counted.crm.system().dictionary();
        // The look at the revision comes before, so that it forgets nothing here.
        dictionary.entries(CREDIT).await.unwrap();
        let add = |value: &'static str| {
            let session = counted.crm.system();
            let new = NewDictionaryEntry::new(REGION, value, value);
            let job = move || drop(block_on(session.dictionary_entries().create(new)).unwrap());
            *counted.storage.meanwhile.lock().unwrap() = Some(Box::new(job));
        };
        add("one");
        // Who asked before the change may be told what was there before it.
        assert_eq!(dictionary.entries(REGION).await.unwrap().len(), 7);
        assert_eq!(dictionary.entries(REGION).await.unwrap().len(), 8);
        add("two");
        assert_eq!(dictionary.entry(REGION, "two").await.unwrap(), None);
        assert!(dictionary.entry(REGION, "two").await.unwrap().is_some());
        assert_eq!(dictionary.entries(REGION).await.unwrap().len(), 9);
        // A change of another type drops nothing.
        let session = counted.crm.system();
        let new = NewDictionaryEntry::new(SERVICE_TYPE, "x", "x");
        let job = move || drop(block_on(session.dictionary_entries().create(new)).unwrap());
        *counted.storage.meanwhile.lock().unwrap() = Some(Box::new(job));
        assert_eq!(dictionary.entry(REGION, "three").await.unwrap(), None);
        let reads = counted.reads();
        assert_eq!(dictionary.entry(REGION, "three").await.unwrap(), None);
        assert_eq!(counted.reads(), reads);
    });
}

#[test]
fn what_another_program_changes_is_seen_after_the_interval() {
    block_on(async {
        let counted = counted().await;
        let other = Crm::builder(counted.storage.clone()).open().await.unwrap();
        let dictionary = counted.crm.system().dictionary();
        assert_eq!(dictionary.entry(REGION, "海外").await.unwrap(), None);
        other.system().dictionary_entries().create(NewDictionaryEntry::new(REGION, "海外", "海外")).await.unwrap();
        counted.clock.0.advance(chrono::TimeDelta::milliseconds(4_999)).unwrap();
        assert_eq!(dictionary.entry(REGION, "海外").await.unwrap(), None);
        counted.clock.0.advance(chrono::TimeDelta::milliseconds(1)).unwrap();
        assert!(dictionary.entry(REGION, "海外").await.unwrap().is_some());
        let reads = counted.reads();
        counted.clock.0.advance(chrono::TimeDelta::seconds(60)).unwrap();
        // Nothing has changed, so nothing is read again.
        assert!(dictionary.entry(REGION, "海外").await.unwrap().is_some());
        assert_eq!(counted.reads(), reads);
    });
}
