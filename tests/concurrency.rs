//! Many at once: one win, no number twice, no gap, on every store.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

use crmkit::clock::FixedClock;
use crmkit::marketing::{NewOpportunity, NewPlanItem, Opportunity, OpportunityStatus, PlanItem};
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
fn nothing_is_planned_any_more_once_an_opportunity_is_closed() {
    everywhere(|crm| {
        let li = user(crm, "li", "account_manager");
        for _ in 0..20 {
            let opportunity = assigned(crm, &li);
            let new = NewPlanItem {
                opportunity: opportunity.id,
                date: "2026-03-05".parse().unwrap(),
                todo: "Call".into(),
                ..Default::default()
            };
            // Each item notes the opportunity's state as it is right after the item is in.
            let late = at_once(5, |number| {
                if number == 0 {
                    block_on(li.opportunities().win(opportunity.id)).unwrap();
                    return 0;
                }
                let closed = block_on(li.opportunities().get(opportunity.id)).unwrap().status;
                let planned = block_on(li.plan_items().create(new.clone())).is_ok();
                usize::from(planned && closed == OpportunityStatus::Won)
            });
            assert_eq!(late.iter().sum::<usize>(), 0);
            let planned = PlanItem::opportunity.eq(opportunity.id);
            let count = block_on(li.plan_items().count(planned.clone())).unwrap();
            assert!(block_on(li.plan_items().create(new.clone())).is_err());
            assert_eq!(block_on(li.plan_items().count(planned)).unwrap(), count);
        }
    });
}

#[test]
fn an_opportunity_is_assigned_once_and_never_to_one_who_was_deactivated_before() {
    everywhere(|crm| {
        let boss = user(crm, "boss", "supervisor");
        for round in 0..20 {
            let li = user(crm, &format!("li{round}"), "account_manager").actor().id().unwrap();
            let new = NewOpportunity { customer_name: "Acme".into(), title: "Tea".into(), ..Default::default() };
            let opportunity = block_on(crm.system().opportunities().create(new)).unwrap();
            let answers = at_once(4, |number| {
                if number == 0 {
                    let off = UserPatch { active: false.into(), ..Default::default() };
                    block_on(crm.system().users().edit(li, off)).unwrap();
                    return false;
                }
                let before = block_on(crm.system().users().get(li)).unwrap();
                let done = block_on(boss.opportunities().assign(opportunity.id, li)).is_ok();
                assert!(before.active || !done, "assigned to `{}`, who was inactive before", before.name);
                done
            });
            assert!(answers.into_iter().filter(|done| *done).count() <= 1);
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
