//! Which events a command leaves, and what they tell.

use crmkit::clock::Clock as _;
use crmkit::customers::NewActivity;
use crmkit::events::{Event, EventCursor, EventDraft, EventKind, EventOptions, Start};
use crmkit::id::SetId;
use crmkit::marketing::{NewOpportunity, Opportunity, OpportunityStatus};
use crmkit::prelude::*;
use crmkit::storage::MemoryStorage;
use crmkit::transfer::{ImportKind, ImportOptions, ImportOutput};
use pollster::block_on;
use serde_json::json;

use crate::cases::{CASES, World};
use crate::cast::{all, casts, id};
use crate::{names, renamed, since};

/// What changes only what sign-in keeps: that is seen by nobody.
const SECRET: [&str; 2] = ["user.set_password", "user.unlock"];

/// What one right covers and is another command.
const OTHERWISE: [(&str, &str); 1] = [("order.create", "order.place")];

#[test]
fn every_command_leaves_an_event_named_by_its_code_and_a_refused_one_leaves_none() {
    block_on(async {
        for cast in casts().await {
            let world = World::new(&cast).await;
            let (mut told, mut wrong) = (0, Vec::new());
            for case in CASES {
                let (entity, _) = case.right.split_once('.').unwrap();
                let what = format!("{} on {}", case.right, cast.store);
                let from = cast.crm.event_cursor(Start::Now).await.unwrap();
                let previewed = cast.system.preview();
                let _ = (case.run)(&previewed, &world).await;
                if (case.run)(&cast.executive, &world).await.is_err() {
                    assert_eq!(since(&cast.system, &from).await, [], "{what}: previewed or refused");
                }
                let unrecorded = cast.storage.schema().by_code(entity).unwrap().facts.unrecorded;
                if unrecorded || case.refused || SECRET.contains(&case.right) {
                    continue;
                }
                (case.run)(&cast.system, &world).await.unwrap_or_else(|error| panic!("{what}: {error}"));
                let events = since(&cast.system, &from).await;
                let is_it = |event: &Event| event.is(case.right) || OTHERWISE.contains(&(case.right, &event.name));
                let about_it = events.iter().any(|event| event.entity == entity);
                if !about_it || !events.iter().all(is_it) {
                    wrong.push(format!("{what}: {:?}", names(&events)));
                }
                let from = cast.crm.event_cursor(Start::Now).await.unwrap();
                let mut sets: Vec<SetId> = events.iter().map(|event| event.set).collect();
                sets.dedup();
                for set in sets.into_iter().rev() {
                    cast.system.undo(set).await.unwrap_or_else(|error| panic!("undoing {what}: {error}"));
                }
                let undone = since(&cast.system, &from).await;
                assert!(
                    !undone.is_empty() && undone.iter().all(|event| event.is("history.undo")),
                    "{what}: {:?}",
                    names(&undone)
                );
                told += 1;
            }
            assert!(wrong.is_empty(), "{wrong:#?}");
            assert!(told > 60, "{told}");
            assert_eq!(cast.system.verify().await.unwrap(), Vec::<String>::new());
        }
    });
}

#[test]
fn an_event_tells_what_the_changed_fields_hold() {
    block_on(async {
        for cast in casts().await {
            let from = cast.crm.event_cursor(Start::Now).await.unwrap();
            let acme = cast.li.customers().create(NewCustomer::new("Acme")).await.unwrap();
            let phone = CustomerPatch { phone: Some("1".to_owned()).into(), ..renamed("Acme Ltd") };
            cast.li.customers().edit(acme.id, phone).await.unwrap();
            cast.li
                .customers()
                .edit(acme.id, CustomerPatch { phone: None.into(), ..Default::default() })
                .await
                .unwrap();
            // What changes nothing is told to nobody.
            cast.li.customers().edit(acme.id, renamed("Acme Ltd")).await.unwrap();
            let long = CustomerPatch { address: Some("x".repeat(10_000)).into(), ..Default::default() };
            cast.li.customers().edit(acme.id, long).await.unwrap();
            let events = since(&cast.system, &from).await;
            assert_eq!(events.len(), 4);
            let made = events[0].of::<Customer>().unwrap();
            assert_eq!((events[0].kind, made.id()), (EventKind::Inserted, acme.id));
            assert_eq!((events[0].actor, events[0].at), (Some(id(&cast.li)), cast.clock.now()));
            // The number was only known in the commit.
            assert_eq!(made.get(Customer::number), Some(acme.number.clone()));
            assert_eq!(made.get(Customer::manager), Some(Some(id(&cast.li))));
            assert!(!events[0].data.contains_key("fax"), "{:?}", events[0].data);
            assert_eq!(events[1].data, *json!({"name": "Acme Ltd", "phone": "1"}).as_object().unwrap());
            assert_eq!(events[2].data, *json!({"phone": null}).as_object().unwrap());
            assert_eq!(events[2].of::<Customer>().unwrap().get(Customer::phone), Some(None));
            let long = events[3].of::<Customer>().unwrap();
            assert!(long.changed(Customer::address) && long.get(Customer::address).is_none());
            assert!(events[3].of::<Opportunity>().is_none());
            assert_eq!(events.iter().map(|event| event.sequence).collect::<Vec<_>>(), {
                let first = events[0].sequence;
                (first..first + 4).collect::<Vec<_>>()
            });
        }
    });
}

#[test]
fn a_command_about_several_records_leaves_one_event_for_each() {
    block_on(async {
        for cast in casts().await {
            let new = NewOpportunity {
                customer_name: "Hotel Lotus".into(),
                title: "Tea".into(),
                success_rate: Some(60),
                description: Some("much tea".into()),
                contact_name: Some("Mei".into()),
                ..Default::default()
            };
            let opportunity = cast.supervisor.opportunities().create(new).await.unwrap();
            cast.supervisor.opportunities().assign(opportunity.id, id(&cast.li)).await.unwrap();
            let from = cast.crm.event_cursor(Start::Now).await.unwrap();
            cast.li.opportunities().win(opportunity.id).await.unwrap();
            let events = since(&cast.system, &from).await;
            let mut told = names(&events);
            told.sort_unstable();
            let win = "opportunity.win";
            assert_eq!(told, [(win, "contact"), (win, "customer"), (win, "opportunity")]);
            let won = events.iter().find_map(|event| event.of::<Opportunity>()).unwrap();
            assert_eq!(won.get(Opportunity::status), Some(OpportunityStatus::Won));
            let customer = events.iter().find_map(|event| event.of::<Customer>()).unwrap();
            let stored = cast.system.customers().get(customer.id()).await.unwrap();
            assert_eq!(customer.get(Customer::number), Some(stored.number));
        }
    });
}

#[test]
fn a_unit_of_work_leaves_one_event_a_record_with_the_commands_that_wrote_it() {
    block_on(async {
        for cast in casts().await {
            let other = cast.li.customers().create(NewCustomer::new("Other")).await.unwrap();
            let from = cast.crm.event_cursor(Start::Now).await.unwrap();
            let unit = cast.li.unit_of_work();
            let acme = unit.customers().create(NewCustomer::new("Acme")).await.unwrap();
            unit.customers().edit(acme.id, renamed("Acme Ltd")).await.unwrap();
            unit.customers().edit(other.id, renamed("Another")).await.unwrap();
            assert_eq!(since(&cast.system, &from).await, []);
            let set = unit.commit().await.unwrap();
            let events = since(&cast.system, &from).await;
            assert_eq!(events.len(), 2);
            assert!(events.iter().all(|event| event.set == set));
            let of = |id: Id<Customer>| events.iter().find(|event| event.record == id.raw()).unwrap();
            assert_eq!(of(acme.id).commands, ["customer.create", "customer.edit"]);
            assert_eq!((of(acme.id).name.as_str(), of(acme.id).kind), ("customer.edit", EventKind::Inserted));
            assert!(of(acme.id).is("customer.create"));
            assert_eq!(of(acme.id).data["name"], json!("Acme Ltd"));
            let number = cast.system.customers().get(acme.id).await.unwrap().number;
            assert_eq!(of(acme.id).data["number"], json!(number));
            assert_eq!(of(other.id).commands, ["customer.edit"]);
        }
    });
}

#[test]
fn an_import_leaves_none() {
    block_on(async {
        for cast in casts().await {
            let from = cast.crm.event_cursor(Start::Now).await.unwrap();
            let options = ImportOptions::new(ImportKind::named("customers").unwrap());
            let file = std::io::Cursor::new("number,name\nK1,Acme\nK2,Beta\n");
            cast.system.import(&options, file, ImportOutput::default()).await.unwrap();
            assert_eq!(all::<Customer>(&cast.system).await.len(), 2);
            assert_eq!(since(&cast.system, &from).await, []);
        }
    });
}

#[test]
fn a_host_decides_which_entities_leave_events() {
    block_on(async {
        let activity = |customer: Id<Customer>| {
            let (date, place) = ("2026-03-03".parse().unwrap(), Some("Here".into()));
            NewActivity { customer, title: "Visit".into(), date, place, ..Default::default() }
        };
        for (options, wanted) in [
            (EventOptions::none(), vec![]),
            (EventOptions::default().without::<Customer>(), vec![("activity.create", "activity")]),
        ] {
            let storage = MemoryStorage::new(crmkit::standard_schema().unwrap());
            let system = Crm::builder(storage).events(options).open().await.unwrap().system();
            let customer = system.customers().create(NewCustomer::new("Acme")).await.unwrap();
            system.activities().create(activity(customer.id)).await.unwrap();
            assert_eq!(names(&since(&system, &EventCursor::beginning()).await), wanted);
        }
    });
}

#[test]
fn what_a_host_says_is_said_once_where_it_says_so() {
    block_on(async {
        for cast in casts().await {
            let acme = cast.li.customers().create(NewCustomer::new("Acme")).await.unwrap();
            let from = cast.crm.event_cursor(Start::Now).await.unwrap();
            let said = |day: &str| EventDraft::about(acme.id, "customer.birthday").once(day).with("age", 7);
            let twice = vec![said("1"), said("1"), said("2")];
            assert_eq!(cast.crm.emit(twice.clone()).await.unwrap(), 2);
            assert_eq!(cast.crm.emit(twice).await.unwrap(), 0);
            assert_eq!(cast.crm.emit(vec![said("2"), said("3")]).await.unwrap(), 1);
            let often = EventDraft::about(acme.id, "customer.visited");
            assert_eq!(cast.crm.emit(vec![often.clone(), often]).await.unwrap(), 2);
            let events = since(&cast.li, &from).await;
            assert_eq!(events.len(), 5);
            assert!(events.iter().all(|event| event.kind == EventKind::Noted && event.actor.is_none()));
            assert_eq!(events[0].data["age"], json!(7));
            for wrong in [
                EventDraft::about(acme.id, "Birth day"),
                EventDraft::about::<Customer>(Id::NIL, "customer.birthday"),
                EventDraft::about_record("nothing", acme.id.raw(), "customer.birthday"),
                EventDraft::about_record("credential", acme.id.raw(), "customer.birthday"),
                EventDraft::about(acme.id, "customer.birthday").with("text", "\0"),
            ] {
                let refused = cast.crm.emit(vec![said("4"), wrong]).await;
                assert!(matches!(refused, Err(Error::Invalid { .. })), "{refused:?}");
            }
            assert_eq!(since(&cast.li, &from).await.len(), 5);
        }
    });
}

#[test]
fn who_listens_in_the_program_is_told_after_the_commit_and_what_was_missed() {
    block_on(async {
        for cast in casts().await {
            let from = cast.crm.event_cursor(Start::Now).await.unwrap();
            let mut patient = cast.crm.subscribe(2);
            assert!(patient.try_next().is_none());
            let acme = cast.li.customers().create(NewCustomer::new("Acme")).await.unwrap();
            let stored = since(&cast.system, &from).await.pop().unwrap();
            assert_eq!(*patient.next().await.unwrap().unwrap(), stored);
            assert!(cast.executive.customers().edit(acme.id, renamed("B")).await.is_err());
            assert!(patient.try_next().is_none());
            for name in ["B", "C", "D", "E"] {
                cast.li.customers().edit(acme.id, renamed(name)).await.unwrap();
            }
            assert_eq!(patient.next().await.unwrap().unwrap_err().count, 2);
            let told =
                [patient.next().await, patient.next().await].map(|told| told.unwrap().unwrap().data["name"].clone());
            assert_eq!(told, [json!("D"), json!("E")]);
            // Whoever waits is woken.
            let crm = cast.crm.clone();
            let waiting = std::thread::spawn(move || block_on(patient.next()).unwrap().unwrap().name.clone());
            std::thread::sleep(std::time::Duration::from_millis(50));
            crm.emit(vec![EventDraft::about(acme.id, "customer.visited")]).await.unwrap();
            assert_eq!(waiting.join().unwrap(), "customer.visited");
            let mut last = crm.subscribe(1);
            drop((crm, cast));
            assert!(last.next().await.is_none());
        }
    });
}
