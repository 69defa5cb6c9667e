//! Service: who may do what in which state, and that no round of it is lost.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cast;

use std::thread;

use cast::{Cast, all, casts, id, user};
use crmkit::access::{NewGrant, Right, Scope};
use crmkit::clock::Clock;
use crmkit::dictionary::DictionaryEntry;
use crmkit::organisation::OrganisationPatch;
use crmkit::prelude::*;
use crmkit::service::{
    ArchiveSearch, NewServiceRequest, ServiceRequest, ServiceRequestPatch, ServiceRound, ServiceStatus,
};
use pollster::block_on;

async fn acme(cast: &Cast) -> Customer {
    let found = cast.li.customers().list(Query::of::<Customer>().filter(Customer::name.eq("Acme"))).await.unwrap();
    match found.items.into_iter().next() {
        Some(acme) => acme,
        None => cast.li.customers().create(NewCustomer::new("Acme")).await.unwrap(),
    }
}

async fn request(cast: &Cast) -> ServiceRequest {
    let new = NewServiceRequest::new("complaint", "Late", acme(cast).await.id, "Where is it?");
    cast.li.services().create(new).await.unwrap()
}

/// A request in each state, in the order of the states.
async fn in_state(cast: &Cast, status: ServiceStatus) -> ServiceRequest {
    let made = request(cast).await;
    if status >= ServiceStatus::Assigned {
        cast.supervisor.services().assign(made.id, id(&cast.wang)).await.unwrap();
    }
    if status >= ServiceStatus::Handled {
        cast.wang.services().handle(made.id, "Called the carrier").await.unwrap();
    }
    if status >= ServiceStatus::Archived {
        cast.wang.services().feedback(made.id, "Arrived", Rating::Four).await.unwrap();
    }
    cast.system.services().get(made.id).await.unwrap()
}

#[test]
fn a_request_goes_from_hand_to_hand() {
    block_on(async {
        for cast in casts().await {
            let made = request(&cast).await;
            assert_eq!(
                (made.status, made.created_by),
                (ServiceStatus::Created, cast.li.actor().id()),
                "{}",
                cast.store
            );
            assert_eq!(made.number, "FW260302001");
            let done = in_state(&cast, ServiceStatus::Archived).await;
            assert_eq!(done.assigned_to, cast.wang.actor().id());
            assert_eq!((done.assigned_by, done.handled_by), (cast.supervisor.actor().id(), cast.wang.actor().id()));
            assert_eq!((done.result.as_deref(), done.satisfaction), (Some("Arrived"), Some(Rating::Four)));
            assert!(done.assigned_at.is_some() && done.handled_at.is_some());
            assert_eq!(cast.system.verify().await.unwrap(), Vec::<String>::new());
        }
    });
}

#[test]
fn every_event_in_every_state_does_what_the_table_says() {
    use ServiceStatus::{Archived, Assigned, Created, Handled};
    block_on(async {
        for cast in casts().await {
            for status in [Created, Assigned, Handled, Archived] {
                for event in ["assign", "handle", "feedback", "edit", "delete"] {
                    let before = in_state(&cast, status).await;
                    let outcome = match event {
                        "assign" => {
                            cast.supervisor.services().assign(before.id, id(&cast.li)).await.map(|after| after.status)
                        }
                        "handle" => cast.wang.services().handle(before.id, "Done").await.map(|after| after.status),
                        "feedback" => cast
                            .wang
                            .services()
                            .feedback(before.id, "Good", Rating::Five)
                            .await
                            .map(|after| after.status),
                        "edit" => {
                            let patch = ServiceRequestPatch { title: "Other".to_owned().into(), ..Default::default() };
                            cast.system.services().edit(before.id, patch).await.map(|after| after.status)
                        }
                        _ => cast.li.services().delete(before.id).await.map(|()| Created),
                    };
                    let expected = match (status, event) {
                        (Created, "assign") => Some(Assigned),
                        (Assigned, "handle") => Some(Handled),
                        (Handled, "feedback") => Some(Archived),
                        (Created, "edit" | "delete") => Some(Created),
                        _ => None,
                    };
                    let case = format!("{}: {event} while {status:?}: {outcome:?}", cast.store);
                    match expected {
                        Some(expected) => assert!(matches!(outcome, Ok(after) if after == expected), "{case}"),
                        None => {
                            // Whoever does not own it yet does not see it; he learns nothing of its state.
                            let unseen = status == Created && matches!(event, "handle" | "feedback");
                            match outcome.unwrap_err() {
                                Error::NotFound { .. } if unseen => {}
                                Error::State { problem, .. } => {
                                    assert!(problem.starts_with(&format!("is `{}`; ", status.code())), "{case}");
                                }
                                other => panic!("{case}: {other}"),
                            }
                            assert_eq!(cast.system.services().get(before.id).await.unwrap(), before, "{case}");
                        }
                    }
                }
            }
        }
    });
}

#[test]
fn a_low_mark_sends_it_back_and_keeps_every_round() {
    block_on(async {
        for cast in casts().await {
            let made = in_state(&cast, ServiceStatus::Handled).await;
            let back = cast.wang.services().feedback(made.id, "Still missing", Rating::Two).await.unwrap();
            assert_eq!((back.status, back.handling.as_deref(), back.rounds), (ServiceStatus::Assigned, None, 1));
            assert_eq!(back.assigned_to, cast.wang.actor().id());
            cast.wang.services().handle(made.id, "Sent another").await.unwrap();
            let done = cast.wang.services().feedback(made.id, "Arrived", Rating::Three).await.unwrap();
            assert_eq!((done.status, done.rounds), (ServiceStatus::Archived, 2));
            let rounds =
                Query::of::<ServiceRound>().filter(ServiceRound::request.eq(made.id)).order(ServiceRound::round.asc());
            let rounds = cast.wang.service_rounds().list(rounds).await.unwrap().items;
            let kept: Vec<_> = rounds.iter().map(|r| (r.round, &*r.handling, &*r.result, r.satisfaction)).collect();
            assert_eq!(
                kept,
                [
                    (1, "Called the carrier", "Still missing", Rating::Two),
                    (2, "Sent another", "Arrived", Rating::Three)
                ]
            );
            // Who handled it and when is kept with each round, as it was said of the request then.
            let handled: Vec<_> = rounds.iter().map(|round| (round.handled_by, round.handled_at)).collect();
            let wang = cast.wang.actor().id();
            assert_eq!(handled, [(wang, Some(cast.clock.now())); 2]);
            // A round can neither be made up nor taken away.
            let made_up = cast.system.service_rounds().create(Default::default()).await;
            assert!(matches!(made_up, Err(Error::Invalid { .. })), "{made_up:?}");
            assert!(cast.system.service_rounds().delete(rounds[0].id).await.is_err());
            assert_eq!(all::<ServiceRound>(&cast.system).await.len(), 2);
        }
    });
}

#[test]
fn the_organisation_says_what_is_good_enough() {
    block_on(async {
        for cast in casts().await {
            let main = cast.system.organisation().named("main").await.unwrap();
            let patch = OrganisationPatch { service_threshold: Some(Rating::Five).into(), ..Default::default() };
            cast.administrator.organisation().edit(main.id, patch).await.unwrap();
            for (mark, status) in [(Rating::Four, ServiceStatus::Assigned), (Rating::Five, ServiceStatus::Archived)] {
                let made = in_state(&cast, ServiceStatus::Handled).await;
                assert_eq!(cast.wang.services().feedback(made.id, "So", mark).await.unwrap().status, status);
            }
        }
    });
}

#[test]
fn a_request_needs_a_type_of_the_dictionary_and_a_customer_of_ones_own() {
    block_on(async {
        for cast in casts().await {
            let acme = acme(&cast).await.id;
            let new = |kind: &str, customer| NewServiceRequest::new(kind, "Late", customer, "Where is it?");
            let error = cast.li.services().create(new("praise", acme)).await.unwrap_err().to_string();
            assert!(
                error.contains("the dictionary has no service type `praise`; there is `inquiry` (咨询)"),
                "{error}"
            );
            let error = cast.wang.services().create(new("complaint", acme)).await.unwrap_err();
            assert!(matches!(&error, Error::NotFound { entity, .. } if entity == "customer"), "{error}");
            let silent = NewServiceRequest { request: None, ..new("complaint", acme) };
            let error = cast.li.services().create(silent).await.unwrap_err().to_string();
            assert_eq!(error, "the service request can't be stored: `request` is required");
            for other in [&cast.supervisor, &cast.executive, &cast.administrator] {
                let refused = other.services().create(new("complaint", acme)).await;
                assert!(matches!(refused, Err(Error::Denied { .. })), "{refused:?}");
            }
            assert_eq!(all::<ServiceRequest>(&cast.system).await, []);
        }
    });
}

#[test]
fn work_goes_to_active_account_managers_and_only_a_supervisor_gives_it() {
    block_on(async {
        for cast in casts().await {
            let made = request(&cast).await;
            let off = user(&cast.crm, "off", "account_manager").await.actor().id().unwrap();
            let patch = UserPatch { active: false.into(), ..Default::default() };
            cast.administrator.users().edit(off, patch).await.unwrap();
            for (to, why) in [(off, "is inactive"), (id(&cast.executive), "has the role `executive`")] {
                let error = cast.supervisor.services().assign(made.id, to).await.unwrap_err();
                assert!(matches!(&error, Error::State { problem, .. } if problem.contains(why)), "{error}");
            }
            let nobody = Id::new(RecordId::from_bytes([9; 16]));
            let error = cast.supervisor.services().assign(made.id, nobody).await.unwrap_err();
            assert!(matches!(error, Error::NotFound { .. }), "{error}");
            let error = cast.li.services().assign(made.id, id(&cast.li)).await.unwrap_err();
            assert!(matches!(error, Error::Denied { .. }), "{error}");
            assert_eq!(cast.system.services().get(made.id).await.unwrap(), made);
        }
    });
}

#[test]
fn only_the_assignee_handles_and_only_the_creator_deletes() {
    block_on(async {
        for cast in casts().await {
            // The creator sees it, but it was given to somebody else.
            let assigned = in_state(&cast, ServiceStatus::Assigned).await;
            let error = cast.li.services().handle(assigned.id, "Mine").await.unwrap_err();
            let rule = "only whom a service request is assigned to can handle it";
            assert_eq!(error.to_string(), format!("`li` may not service_request.handle: {rule}"));
            let error = cast.wang.services().handle(assigned.id, " ").await.unwrap_err();
            assert!(matches!(error, Error::Invalid { .. }), "{error}");
            assert_eq!(cast.system.services().get(assigned.id).await.unwrap(), assigned);
            let handled = in_state(&cast, ServiceStatus::Handled).await;
            let error = cast.li.services().feedback(handled.id, "Good", Rating::Five).await.unwrap_err();
            assert!(matches!(error, Error::Denied { .. }), "{error}");
            let error = cast.wang.services().feedback(handled.id, "", Rating::Five).await.unwrap_err();
            assert!(matches!(error, Error::Invalid { .. }), "{error}");
            assert_eq!(cast.system.services().get(handled.id).await.unwrap(), handled);
            assert_eq!(all::<ServiceRound>(&cast.system).await, []);
            let created = request(&cast).await;
            assert!(matches!(cast.wang.services().delete(created.id).await, Err(Error::NotFound { .. })));
            assert!(matches!(cast.supervisor.services().delete(created.id).await, Err(Error::Denied { .. })));
            cast.li.services().delete(created.id).await.unwrap();
        }
    });
}

#[test]
fn the_archive_is_searched_by_customer_title_type_and_day() {
    block_on(async {
        for cast in casts().await {
            let done = in_state(&cast, ServiceStatus::Archived).await;
            in_state(&cast, ServiceStatus::Handled).await;
            let day = |text: &str| Some(text.parse().unwrap());
            let hits = [
                ArchiveSearch::default(),
                ArchiveSearch { customer: Some(done.customer), ..Default::default() },
                ArchiveSearch { title: Some("late".into()), r#type: Some("complaint".into()), ..Default::default() },
                ArchiveSearch { from: day("2026-03-02"), to: day("2026-03-02"), ..Default::default() },
            ];
            for search in hits {
                for reader in [&cast.li, &cast.wang, &cast.supervisor] {
                    let found = reader.services().archive(&search, None).await.unwrap().items;
                    assert_eq!(found, std::slice::from_ref(&done), "{}: {search:?}", cast.store);
                }
            }
            let misses = [
                ArchiveSearch { title: Some("early".into()), ..Default::default() },
                ArchiveSearch { r#type: Some("inquiry".into()), ..Default::default() },
                ArchiveSearch { from: day("2026-03-03"), ..Default::default() },
                ArchiveSearch { to: day("2026-03-01"), ..Default::default() },
            ];
            for search in misses {
                assert_eq!(cast.supervisor.services().archive(&search, None).await.unwrap().items, [], "{search:?}");
            }
            let other = user(&cast.crm, "zhao", "account_manager").await;
            assert_eq!(other.services().archive(&ArchiveSearch::default(), None).await.unwrap().items, []);
        }
    });
}

#[test]
fn of_many_feedbacks_at_once_one_counts() {
    for cast in block_on(casts()) {
        let made = block_on(in_state(&cast, ServiceStatus::Handled));
        let give = |_| {
            let services = cast.wang.services();
            thread::spawn(move || block_on(services.feedback(made.id, "Late again", Rating::One)).is_ok())
        };
        let threads: Vec<_> = (0..12).map(give).collect();
        let done = threads.into_iter().map(|thread| thread.join().unwrap()).filter(|ok| *ok).count();
        assert_eq!(done, 1, "{}", cast.store);
        assert_eq!(block_on(all::<ServiceRound>(&cast.system)).len(), 1);
        assert_eq!(block_on(cast.system.services().get(made.id)).unwrap().rounds, 1);
    }
}

#[test]
fn a_customer_that_was_forgotten_is_named_with_the_other_fields() {
    block_on(async {
        for cast in casts().await {
            let new = NewServiceRequest::new("", "", Id::NIL, "It is broken");
            let error = cast.li.services().create(new).await.unwrap_err();
            let Error::Invalid { problems, .. } = &error else { panic!("{error}") };
            let named: Vec<&str> = problems.iter().map(|problem| &*problem.field).collect();
            assert!(named.contains(&"customer") && named.contains(&"type"), "{error}");
        }
    });
}

#[test]
fn an_edit_asks_only_about_the_customer_and_the_type_that_it_sets() {
    block_on(async {
        for cast in casts().await {
            // Who may edit every request and sees only the customers who are his.
            let (made, role) =
                (request(&cast).await, cast.system.roles().create(NewRole::new("desk")).await.unwrap().id);
            let rights = [("service_request.read", Scope::All), ("service_request.edit", Scope::All)];
            for (right, scope) in rights.into_iter().chain([("customer.read", Scope::Own)]) {
                let right = cast.system.of::<Right>().named(right).await.unwrap().id;
                cast.system.grants().create(NewGrant { role, right, scope, ..Default::default() }).await.unwrap();
            }
            let desk = user(&cast.crm, "desk", "desk").await;
            let services = desk.services();
            let beta = cast.wang.customers().create(NewCustomer::new("Beta")).await.unwrap();
            let new = NewCustomer { manager: Some(id(&desk)), ..NewCustomer::new("Gamma") };
            let mine = cast.system.customers().create(new).await.unwrap();
            let title = |title: &str| ServiceRequestPatch { title: title.to_owned().into(), ..Default::default() };
            let to = |customer| ServiceRequestPatch { customer: Edit::Set(customer), ..Default::default() };
            let unseen = services.edit(made.id, to(beta.id)).await;
            assert!(matches!(unseen, Err(Error::NotFound { .. })), "{unseen:?}");
            assert_eq!(services.edit(made.id, to(mine.id)).await.unwrap().customer, mine.id);

            // Neither a customer who is another's by now nor a type that is no more stands in the way of the rest.
            let given_away = CustomerPatch { manager: Some(id(&cast.wang)).into(), ..Default::default() };
            cast.system.customers().edit(mine.id, given_away).await.unwrap();
            assert_eq!(services.edit(made.id, title("Later")).await.unwrap().title, "Later");
            let types = Query::of::<DictionaryEntry>().filter(DictionaryEntry::value.eq("complaint"));
            let entry = cast.system.dictionary_entries().list(types).await.unwrap().items.remove(0);
            cast.system.dictionary_entries().delete(entry.id).await.unwrap();
            assert_eq!(services.edit(made.id, title("Latest")).await.unwrap().title, "Latest");
            let new = ServiceRequestPatch { r#type: "complain".to_owned().into(), ..Default::default() };
            assert!(matches!(services.edit(made.id, new).await, Err(Error::Invalid { .. })));
        }
    });
}
