//! Many at once: one win, no number twice, no gap, on every store.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

use crmkit::clock::FixedClock;
use crmkit::marketing::{NewOpportunity, Opportunity, OpportunityStatus};
use crmkit::organisation::{NumberSeries, NumberSeriesPatch, SeriesCounter};
use crmkit::prelude::*;
use crmkit::storage::{MemoryStorage, Storage};
use pollster::block_on;

fn everywhere(test: impl Fn(&Crm)) {
    let schema = crmkit::standard_schema().unwrap();
    let stores: Vec<Arc<dyn Storage>> = vec![
        Arc::new(MemoryStorage::new(Arc::clone(&schema))),
        #[cfg(feature = "sqlite")]
        Arc::new(crmkit::storage::SqliteStorage::in_memory(schema).unwrap()),
    ];
    for storage in stores {
        let clock = FixedClock::new("2026-03-01T09:00:00Z".parse().unwrap());
        let crm = block_on(Crm::builder(storage).clock(clock).open()).unwrap();
        test(&crm);
        assert_eq!(block_on(crm.system().verify()).unwrap(), Vec::<String>::new());
    }
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

#[test]
fn of_two_hundred_attempts_to_win_one_opportunity_one_wins() {
    everywhere(|crm| {
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
    });
}

#[test]
fn an_opportunity_is_either_won_or_terminated() {
    everywhere(|crm| {
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
    });
}

#[test]
fn sixty_four_producers_get_distinct_numbers() {
    everywhere(|crm| {
        let system = crm.system();
        let numbers = at_once(64, |producer| {
            let make = |n| block_on(system.customers().create(NewCustomer::new(format!("{producer}-{n}"))));
            (0..100).map(|n| make(n).unwrap().number).collect::<Vec<_>>()
        });
        let all: Vec<String> = numbers.into_iter().flatten().collect();
        let distinct: BTreeSet<&String> = all.iter().collect();
        assert_eq!((all.len(), distinct.len()), (6_400, 6_400));
    });
}

#[test]
fn numbers_from_blocks_are_distinct_whoever_reserves_them() {
    everywhere(|crm| {
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
    });
}

#[test]
fn a_series_has_no_gap_where_a_third_of_the_commits_fail() {
    everywhere(|crm| {
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
    });
}
