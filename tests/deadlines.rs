//! What must be done in time, and what is not.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg(feature = "testing")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use crmkit::clock::{Clock, FixedClock};
use crmkit::error::StorageErrorKind;
use crmkit::prelude::*;
use crmkit::testing::{Fault, FaultyStorage};
use pollster::block_on;

const LIMIT: Duration = Duration::from_secs(5);

/// A clock that runs on by a second whenever it is asked how long it has run, once it is told from which question on.
#[derive(Debug, Default)]
struct Creeping {
    asked: AtomicU64,
    late_from: AtomicU64,
}

impl Creeping {
    /// The time is up at this question, and was not before.
    fn up_at(&self, question: u64) {
        self.asked.store(0, Ordering::SeqCst);
        self.late_from.store(question, Ordering::SeqCst);
    }

    fn asked(&self) -> u64 {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Clock for Creeping {
    fn now(&self) -> Timestamp {
        "2026-03-02T09:00:00Z".parse().unwrap()
    }

    fn running(&self) -> Duration {
        let asked = self.asked.fetch_add(1, Ordering::SeqCst);
        if asked < self.late_from.load(Ordering::SeqCst) { Duration::ZERO } else { Duration::from_secs(3_600) }
    }
}

async fn count(crm: &Crm) -> (u64, u64) {
    let system = crm.system();
    (system.customers().count(Filter::All).await.unwrap(), system.contacts().count(Filter::All).await.unwrap())
}

#[test]
fn a_command_is_done_or_late_at_whichever_call_the_time_is_up() {
    block_on(async {
        let clock = Arc::new(Creeping::default());
        let storage = MemoryStorage::new(crmkit::standard_schema().unwrap());
        let crm = Crm::builder(storage).clock(Arc::clone(&clock)).open().await.unwrap();
        let (mut late, mut customers) = (0, 0);
        for question in 1.. {
            clock.up_at(question);
            let session = crm.within(LIMIT).system();
            let made = session.customers().create(NewCustomer::new(format!("C{question}"))).await;
            match made {
                Ok(_) => customers += 1,
                Err(error) => {
                    assert_eq!(error.code(), "deadline", "{error}");
                    assert!(error.to_string().starts_with("it was not done within 5s"), "{error}");
                    late += 1;
                }
            }
            assert_eq!(count(&crm).await.0, customers, "time was up at question {question}");
            if customers == 2 {
                break;
            }
        }
        // The series is read, and there is the commit: more than one call was interrupted, and then none.
        assert!(late >= 2, "{late}");
        assert!(clock.asked() > 0);
    });
}

#[test]
fn everything_a_session_gives_keeps_its_time() {
    block_on(async {
        let clock = Arc::new(FixedClock::new("2026-03-02T09:00:00Z".parse().unwrap()));
        let storage = MemoryStorage::new(crmkit::standard_schema().unwrap());
        let crm = Crm::builder(storage).clock(Arc::clone(&clock)).open().await.unwrap();
        let role = crm.system().roles().named("account_manager").await.unwrap();
        let li = crm.system().users().create(NewUser::new("li", role.id)).await.unwrap();
        let timed = crm.within(LIMIT);
        let session = timed.session(li.id).await.unwrap();
        let unit = session.unit_of_work();
        unit.customers().create(NewCustomer::new("Acme")).await.unwrap();
        // A later deadline does not put an earlier one off; neither does moving the clock back.
        let longer = session.within(LIMIT * 10);
        clock.advance(TimeDelta::seconds(6)).unwrap();
        clock.advance(TimeDelta::hours(-1)).unwrap();

        let acme = NewCustomer::new("Acme");
        let mut codes = vec![
            session.customers().create(acme.clone()).await.unwrap_err().code(),
            longer.customers().list(Query::of::<Customer>()).await.unwrap_err().code(),
            timed.system().report("composition", [("by", "region")]).await.unwrap_err().code(),
            session.require("customer.edit").await.map(|_| "in time").unwrap_or_else(|error| error.code()),
            timed.system().verify().await.unwrap_err().code(),
            unit.customers().create(acme.clone()).await.unwrap_err().code(),
            timed.session(li.id).await.unwrap_err().code(),
            timed.sign_in("li", "a password").await.unwrap_err().code(),
        ];
        // What is kept in memory needs no question.
        codes.retain(|code| *code != "in time");
        assert!(codes.len() >= 7 && codes.iter().all(|code| *code == "deadline"), "{codes:?}");
        assert_eq!(unit.commit().await.unwrap_err().code(), "deadline");
        assert_eq!(count(&crm).await, (0, 0));
        // Whoever has no deadline, or a new one, goes on.
        crm.within(LIMIT).system().customers().create(acme).await.unwrap();
    });
}

#[test]
fn a_unit_of_work_may_be_given_its_time_later() {
    block_on(async {
        let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema().unwrap())).open().await.unwrap();
        let system = crm.system();
        let unit = system.unit_of_work();
        let acme = unit.within(LIMIT).customers().create(NewCustomer::new("Acme")).await.unwrap();
        let late = unit.within(Duration::ZERO).customers().list(Query::of::<Customer>()).await;
        assert_eq!(late.unwrap_err().code(), "deadline");
        assert_eq!(unit.customers().get(acme.id).await.unwrap().name, "Acme");
        unit.commit().await.unwrap();
        assert_eq!(count(&crm).await.0, 1);
    });
}

/// What was handed over in time is found out, however late it is by then.
#[test]
fn the_outcome_of_a_commit_is_asked_after_the_deadline() {
    block_on(async {
        let clock = Arc::new(Creeping::default());
        let storage = FaultyStorage::new(MemoryStorage::new(crmkit::standard_schema().unwrap()));
        let crm = Crm::builder(storage.clone()).clock(Arc::clone(&clock)).open().await.unwrap();
        clock.up_at(u64::MAX);
        crm.within(LIMIT).system().customers().create(NewCustomer::new("Acme")).await.unwrap();
        let questions = clock.asked();
        for (fault, stored) in [(Fault::LostAnswer, true), (Fault::LostRequest, false)] {
            for call in 1.. {
                let (before, _) = count(&crm).await;
                clock.up_at(questions);
                storage.fail(call, fault);
                let made = crm.within(LIMIT).system().customers().create(NewCustomer::new("Bravo")).await;
                assert!(storage.has_failed());
                let code = made.map_err(|error| error.code()).map(drop);
                if code == Err("storage.unavailable") {
                    continue; // that was a read before the commit
                }
                assert_eq!(code, if stored { Ok(()) } else { Err("storage.unknown_outcome") });
                assert_eq!(count(&crm).await.0, before + u64::from(stored));
                assert!(clock.asked() >= questions - 1);
                break;
            }
        }
    });
}

/// A store of which one never hears again.
mod silent {
    use async_trait::async_trait;
    use crmkit::change::{ChangeSet, Committed};
    use crmkit::id::{RecordId, SetId};
    use crmkit::prelude::*;
    use crmkit::query::Page;
    use crmkit::schema::{EntityDef, Record, Schema};
    use crmkit::storage::{Reader, Result, Storage};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    #[derive(Debug)]
    pub(super) struct Silent {
        pub(super) inner: MemoryStorage,
        pub(super) silent: AtomicBool,
    }

    impl Silent {
        async fn heard(&self) {
            if self.silent.load(Ordering::SeqCst) {
                std::future::pending::<()>().await;
            }
        }
    }

    #[async_trait]
    impl Reader for Silent {
        fn schema(&self) -> &Arc<Schema> {
            self.inner.schema()
        }
        async fn get(&self, entity: &EntityDef, ids: &[RecordId]) -> Result<Vec<Record>> {
            self.heard().await;
            self.inner.get(entity, ids).await
        }
        async fn query(&self, query: &Query) -> Result<Page> {
            self.heard().await;
            self.inner.query(query).await
        }
    }

    #[async_trait]
    impl Storage for Silent {
        async fn commit(&self, changes: &ChangeSet) -> Result<Committed> {
            self.heard().await;
            self.inner.commit(changes).await
        }
        async fn committed(&self, set: SetId) -> Result<Option<Committed>> {
            self.inner.committed(set).await
        }
        async fn snapshot(&self) -> Result<Box<dyn Reader>> {
            self.heard().await;
            self.inner.snapshot().await
        }
        async fn close(&self) -> Result<()> {
            self.heard().await;
            self.inner.close().await
        }
    }
}

#[test]
fn who_waits_in_vain_for_a_store_is_woken_at_the_deadline() {
    block_on(async {
        let inner = MemoryStorage::new(crmkit::standard_schema().unwrap());
        let storage = Arc::new(silent::Silent { inner, silent: false.into() });
        let crm = Crm::builder(Arc::clone(&storage)).open().await.unwrap();
        storage.silent.store(true, Ordering::SeqCst);
        let (begun, limit) = (Instant::now(), Duration::from_millis(20));
        let late = crm.within(limit).system().customers().list(Query::of::<Customer>()).await.unwrap_err();
        assert_eq!(late.code(), "deadline");
        assert!(begun.elapsed() >= limit);

        let Error::Storage(late) = crm.within(limit).close().await.unwrap_err() else { panic!() };
        assert_eq!(late.kind(), StorageErrorKind::Deadline);
        assert_eq!(late.to_string(), "the store is still closing: 0 sets of changes were being committed");
        storage.silent.store(false, Ordering::SeqCst);
        crm.close().await.unwrap();
    });
}

#[cfg(feature = "sqlite")]
#[test]
fn closing_in_time_has_everything_stored() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("crm.db");
    let open = || SqliteStorage::open(&path, crmkit::standard_schema().unwrap(), SqliteOptions::default()).unwrap();
    block_on(async {
        let crm = Crm::builder(open()).open().await.unwrap();
        crm.system().customers().create(NewCustomer::new("Acme")).await.unwrap();
        crm.within(Duration::from_secs(60)).close().await.unwrap();
        let closed = crm.system().customers().create(NewCustomer::new("Bravo")).await.unwrap_err();
        assert_eq!(closed.code(), "storage.closed");
        assert_eq!(count(&Crm::builder(open()).open().await.unwrap()).await.0, 1);
    });
}

/// A question that nobody waits for any more gives its thread back.
#[cfg(feature = "sqlite")]
#[test]
fn a_read_that_is_given_up_is_interrupted() {
    let folder = tempfile::tempdir().unwrap();
    let options = SqliteOptions { workers: 1, ..Default::default() };
    let storage = SqliteStorage::open(folder.path().join("crm.db"), crmkit::standard_schema().unwrap(), options);
    block_on(async {
        let crm = Crm::builder(storage.unwrap()).open().await.unwrap();
        let system = crm.system();
        for _ in 0..4 {
            let unit = system.unit_of_work();
            for number in 0..100 {
                unit.customers().create(NewCustomer::new(format!("Customer {number}"))).await.unwrap();
            }
            unit.commit().await.unwrap();
        }
        let found = system.customers().search("omer 99", Query::of::<Customer>()).await.unwrap().items.len();
        // Whichever way it ends, the one thread there is answers the next question.
        for micros in [0, 1, 50, 200, 1_000, 5_000] {
            let timed = crm.within(Duration::from_micros(micros)).system();
            let code =
                timed.customers().search("omer 9 cust", Query::of::<Customer>()).await.map_err(|error| error.code());
            assert!(matches!(code, Ok(_) | Err("deadline")), "{code:?}");
            assert_eq!(system.customers().search("omer 99", Query::of::<Customer>()).await.unwrap().items.len(), found);
        }
    });
}
