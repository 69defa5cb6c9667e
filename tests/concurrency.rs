//! Many at once: one win, no number twice, no gap. Each store runs the same cases.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

use crmkit::clock::FixedClock;
use crmkit::marketing::{NewOpportunity, Opportunity, OpportunityStatus};
use crmkit::organisation::{NumberSeries, NumberSeriesPatch, SeriesCounter};
use crmkit::prelude::*;
use crmkit::storage::Storage;

/// One test of each case for each store.
macro_rules! on_every_store {
    ($($case:ident)*) => {
        mod memory {
            $(#[test] fn $case() { super::on(super::memory(), super::$case); })*
        }
        #[cfg(feature = "sqlite")]
        mod sqlite {
            $(#[test] fn $case() { super::on(super::sqlite(), super::$case); })*
        }
        #[cfg(all(feature = "postgres", feature = "testing"))]
        mod postgres {
            $(#[test] fn $case() { super::on(super::postgres(), super::$case); })*
        }
    };
}

on_every_store! {
    of_two_hundred_attempts_to_win_one_opportunity_one_wins
    an_opportunity_is_either_won_or_terminated
    sixty_four_producers_get_distinct_numbers
    numbers_from_blocks_are_distinct_whoever_reserves_them
    a_series_has_no_gap_where_a_third_of_the_commits_fail
}

fn memory() -> Arc<dyn Storage> {
    Arc::new(crmkit::storage::MemoryStorage::new(crmkit::standard_schema().unwrap()))
}

#[cfg(feature = "sqlite")]
fn sqlite() -> Arc<dyn Storage> {
    Arc::new(crmkit::storage::SqliteStorage::in_memory(crmkit::standard_schema().unwrap()).unwrap())
}

/// A pool much smaller than the crowd, which therefore waits for connections longer than a host would want to.
#[cfg(all(feature = "postgres", feature = "testing"))]
fn postgres() -> Arc<dyn Storage> {
    use crmkit::storage::{PostgresOptions, PostgresStorage};
    let server = crmkit::testing::ThrowawayPostgres::start().unwrap();
    let (schema, patience) = (crmkit::standard_schema().unwrap(), std::time::Duration::from_secs(60));
    let options = PostgresOptions { acquire_timeout: patience, lock_timeout: patience, ..Default::default() };
    Arc::new(block_on(PostgresStorage::connect(server.url(), &server.fresh_schema(), schema, options)).unwrap())
}

/// The runtime that a pool needs; the other stores do not mind.
#[cfg(feature = "postgres")]
fn block_on<F: Future>(future: F) -> F::Output {
    static RUNTIME: std::sync::OnceLock<tokio::runtime::Runtime> = std::sync::OnceLock::new();
    RUNTIME.get_or_init(|| tokio::runtime::Runtime::new().unwrap()).block_on(future)
}

#[cfg(not(feature = "postgres"))]
fn block_on<F: Future>(future: F) -> F::Output {
    pollster::block_on(future)
}

fn on(storage: Arc<dyn Storage>, case: fn(&Crm)) {
    let clock = FixedClock::new("2026-03-01T09:00:00Z".parse().unwrap());
    let crm = block_on(Crm::builder(storage).clock(clock).open()).unwrap();
    case(&crm);
    assert_eq!(block_on(crm.system().verify()).unwrap(), Vec::<String>::new());
}

/// Runs a job on many threads that all begin at the same moment, and gives the answers.
fn at_once<T: Send>(threads: usize, job: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let start = Barrier::new(threads);
    thread::scope(|scope| {
        let begin = |number| {
            let (start, job) = (&start, &job);
            scope.spawn(move || {
                start.wait();
                job(number)
            })
        };
        let running: Vec<_> = (0..threads).map(begin).collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

fn user(crm: &Crm, login: &str, role: &str) -> Session {
    block_on(async {
        let role = crm.system().roles().named(role).await.unwrap();
        let user = crm.system().users().create(NewUser::new(login, role.id)).await.unwrap();
        crm.session(user.id).await.unwrap()
    })
}

fn assigned(crm: &Crm, to: &Session) -> Opportunity {
    let new = NewOpportunity {
        customer_name: "Acme".into(),
        title: "Tea".into(),
        contact_name: Some("Ann".into()),
        ..Default::default()
    };
    block_on(async {
        let opportunities = crm.system().opportunities();
        let opportunity = opportunities.create(new).await.unwrap();
        opportunities.assign(opportunity.id, to.actor().id().unwrap()).await.unwrap()
    })
}

fn of_two_hundred_attempts_to_win_one_opportunity_one_wins(crm: &Crm) {
    let li = user(crm, "li", "account_manager");
    let opportunity = assigned(crm, &li);
    let answers = at_once(200, |_| block_on(li.opportunities().win(opportunity.id)));
    let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!((won.len(), lost.len()), (1, 199));
    for error in lost.into_iter().map(Result::unwrap_err) {
        assert!(error.to_string().ends_with("is `won`; `win` needs `assigned`"), "{error}");
    }
    let system = crm.system();
    assert_eq!(block_on(system.customers().count(Filter::All)).unwrap(), 1);
    assert_eq!(block_on(system.contacts().count(Filter::All)).unwrap(), 1);
    let stored = block_on(system.opportunities().get(opportunity.id)).unwrap();
    assert_eq!(won.into_iter().next().unwrap().unwrap(), stored);
}

fn an_opportunity_is_either_won_or_terminated(crm: &Crm) {
    let li = user(crm, "li", "account_manager");
    for _ in 0..20 {
        let opportunity = assigned(crm, &li);
        let before = block_on(crm.system().customers().count(Filter::All)).unwrap();
        let answers = at_once(8, |number| {
            let opportunities = li.opportunities();
            if number % 2 == 0 {
                block_on(opportunities.win(opportunity.id))
            } else {
                block_on(opportunities.terminate(opportunity.id, "too dear"))
            }
        });
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        let closed = block_on(li.opportunities().get(opportunity.id)).unwrap();
        let made = block_on(crm.system().customers().count(Filter::All)).unwrap() - before;
        let won = closed.status == OpportunityStatus::Won;
        assert_eq!((made == 1, closed.close_reason.is_none()), (won, won));
    }
}

fn sixty_four_producers_get_distinct_numbers(crm: &Crm) {
    let system = crm.system();
    let numbers = at_once(64, |producer| {
        let make = |n| block_on(system.customers().create(NewCustomer::new(format!("{producer}-{n}"))));
        (0..100).map(|n| make(n).unwrap().number).collect::<Vec<_>>()
    });
    let all: Vec<String> = numbers.into_iter().flatten().collect();
    let distinct: BTreeSet<&String> = all.iter().collect();
    assert_eq!((all.len(), distinct.len()), (6_400, 6_400));
}

fn numbers_from_blocks_are_distinct_whoever_reserves_them(crm: &Crm) {
    let system = crm.system();
    let series = block_on(system.of::<NumberSeries>().named("customer")).unwrap();
    let patch = |block: i64| NumberSeriesPatch { block: Some(block).into(), ..Default::default() };
    assert!(block_on(system.of::<NumberSeries>().edit(series.id, patch(0))).is_err());
    block_on(system.of::<NumberSeries>().edit(series.id, patch(50))).unwrap();
    let create = |number: &str| {
        let new = NewCustomer { number: number.into(), ..NewCustomer::new("Acme") };
        block_on(system.customers().create(new)).unwrap().number
    };
    assert_eq!((create(""), create("")), ("KH260301001".into(), "KH260301002".into()));
    // What was given by hand is left out, within a block and at its end.
    for given in (3..=6).chain(49..=60) {
        create(&format!("KH260301{given:03}"));
    }
    let numbers = at_once(16, |_| (0..50).map(|_| create("")).collect::<Vec<_>>());
    let distinct: BTreeSet<String> = numbers.into_iter().flatten().collect();
    assert_eq!(distinct.len(), 800);
    let counter = block_on(system.of::<SeriesCounter>().list(Query::of::<SeriesCounter>())).unwrap();
    let reserved = counter.items.iter().find(|counter| counter.series == "customer").unwrap().last;
    // A block for each of those who found none at the same moment, and no commit for each number.
    let blocks = reserved / 50;
    assert!((17..200).contains(&blocks), "{blocks} blocks");
    assert!(counter.items.iter().all(|counter| counter.version.0 < 200), "{:?}", counter.items);
}

fn a_series_has_no_gap_where_a_third_of_the_commits_fail(crm: &Crm) {
    let system = crm.system();
    let acme = block_on(system.customers().create(NewCustomer::new("Acme"))).unwrap().id;
    let nobody = Id::new(RecordId::from_bytes([9; 16]));
    let (next, failed) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let numbers = at_once(8, |_| {
        let mut numbers = Vec::new();
        loop {
            let turn = next.fetch_add(1, Ordering::Relaxed);
            if turn >= 1_000 {
                return numbers;
            }
            // The customer who does not exist is found out when the number is taken already.
            let customer = if turn % 3 == 0 { nobody } else { acme };
            match block_on(system.orders().create(NewOrder { customer, ..Default::default() })) {
                Ok(order) => numbers.push(order.number),
                Err(Error::NotFound { .. }) => drop(failed.fetch_add(1, Ordering::Relaxed)),
                Err(error) => panic!("{error}"),
            }
        }
    });
    assert_eq!(failed.into_inner(), 334);
    let numbers: BTreeSet<String> = numbers.into_iter().flatten().collect();
    let expected: BTreeSet<String> = (1..=666).map(|n| format!("DD260301{n:03}")).collect();
    assert_eq!(numbers, expected);
}
