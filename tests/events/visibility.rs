//! Who sees which events.

use crmkit::access::{FieldAccess, NewFieldRule};
use crmkit::clock::Clock as _;
use crmkit::events::{EventCursor, EventEntry, Start};
use crmkit::id::RecordId;
use crmkit::prelude::*;
use pollster::block_on;

use crate::cast::{casts, id};
use crate::{names, renamed, since};

#[test]
fn an_actor_sees_the_events_of_the_records_he_may_read() {
    block_on(async {
        for cast in casts().await {
            let from = cast.crm.event_cursor(Start::Now).await.unwrap();
            let mine = cast.li.customers().create(NewCustomer::new("Mine")).await.unwrap();
            let his = cast.wang.customers().create(NewCustomer::new("His")).await.unwrap();
            cast.supervisor.roles().list(Query::of::<Role>()).await.unwrap_err();
            cast.administrator.roles().create(NewRole::new("new")).await.unwrap();
            let records = |session: &Session| {
                let session = session.clone();
                async move { since(&session, &from).await.iter().map(|event| event.record).collect::<Vec<RecordId>>() }
            };
            assert_eq!(records(&cast.li).await, [mine.id.raw()]);
            assert_eq!(records(&cast.wang).await, [his.id.raw()]);
            // Of these in the order of time: they happened at one moment, in different shards.
            let mut seen = records(&cast.supervisor).await;
            seen.sort_unstable();
            let mut both = [mine.id.raw(), his.id.raw()];
            both.sort_unstable();
            assert_eq!(seen, both);
            assert_eq!(names(&since(&cast.administrator, &from).await), [("role.create", "role")]);
            assert_eq!(records(&cast.executive).await, []);
            assert_eq!(records(&cast.system).await.len(), 3);

            // What happened to a record is seen by whoever may read it now.
            let given = CustomerPatch { manager: Some(id(&cast.wang)).into(), ..Default::default() };
            cast.system.customers().edit(mine.id, given).await.unwrap();
            assert_eq!(records(&cast.li).await, []);
            assert_eq!(records(&cast.wang).await.len(), 3);

            // The entries themselves are for whoever is given that right, which nobody is at first.
            let raw = cast.supervisor.of::<EventEntry>().list(Query::of::<EventEntry>()).await;
            assert!(matches!(raw, Err(Error::Denied { .. })));
        }
    });
}

#[test]
fn the_events_of_deleted_records_are_for_who_may_read_all_of_the_kind() {
    block_on(async {
        for cast in casts().await {
            let customer = cast.li.customers().create(NewCustomer::new("Mine")).await.unwrap().id;
            let from = cast.crm.event_cursor(Start::Now).await.unwrap();
            let phone = Some("13800000000".to_owned());
            let new = NewContact { customer, name: "Mei".into(), phone, ..Default::default() };
            let contact = cast.li.contacts().create(new).await.unwrap();
            assert_eq!(since(&cast.li, &from).await.len(), 1);
            cast.li.contacts().delete(contact.id).await.unwrap();
            assert_eq!(since(&cast.li, &from).await, []);
            let told = since(&cast.supervisor, &from).await;
            assert_eq!(names(&told), [("contact.create", "contact"), ("contact.delete", "contact")]);
            assert!(told[1].data.is_empty());
        }
    });
}

#[test]
fn hidden_fields_are_in_no_event() {
    block_on(async {
        for cast in casts().await {
            let from = cast.crm.event_cursor(Start::Now).await.unwrap();
            let role = cast.system.roles().named("account_manager").await.unwrap().id;
            let acme = NewCustomer { fax: Some("77".into()), ..NewCustomer::new("Acme") };
            let acme = cast.li.customers().create(acme).await.unwrap();
            assert_eq!(since(&cast.li, &from).await[0].data["fax"], "77");
            let (entity, field, access) = ("customer".into(), "fax".into(), FieldAccess::Hidden);
            let rule = NewFieldRule { role, entity, field, access, ..Default::default() };
            cast.system.field_rules().create(rule).await.unwrap();
            let told = since(&cast.li, &from).await;
            assert_eq!(told.len(), 1);
            assert!(!told[0].data.contains_key("fax") && told[0].data.contains_key("name"));
            let fax = CustomerPatch { fax: Some("x".repeat(9_000)).into(), ..Default::default() };
            cast.system.customers().edit(acme.id, fax).await.unwrap();
            let told = since(&cast.li, &from).await;
            assert_eq!((told[1].data.len(), told[1].omitted.len()), (0, 0));
            assert_eq!(since(&cast.supervisor, &from).await[1].omitted, ["fax"]);
        }
    });
}

#[test]
fn what_the_history_is_to_forget_the_events_forget() {
    block_on(async {
        for cast in casts().await {
            let from = cast.crm.event_cursor(Start::Now).await.unwrap();
            let acme = NewCustomer { fax: Some("77".into()), ..NewCustomer::new("Acme") };
            let acme = cast.li.customers().create(acme).await.unwrap();
            let other = cast.li.customers().create(NewCustomer::new("Other")).await.unwrap();
            cast.li
                .customers()
                .edit(acme.id, CustomerPatch { fax: Some("78".to_owned()).into(), ..renamed("B") })
                .await
                .unwrap();
            let customers = cast.system.untyped("customer").unwrap();
            let mut told = cast.crm.subscribe(10);
            customers.erase_history(acme.id.raw(), &["fax", "number"]).await.unwrap();
            assert!(told.try_next().is_none(), "what is written again is told again");
            let events = since(&cast.system, &from).await;
            let of = |id: Id<Customer>| events.iter().filter(move |event| event.record == id.raw()).collect::<Vec<_>>();
            assert_eq!(of(acme.id).len(), 2);
            for event in of(acme.id) {
                assert!(!event.data.contains_key("fax") && !event.data.contains_key("number"), "{:?}", event.data);
                assert!(event.omitted.iter().any(|name| name == "fax") && event.data.contains_key("name"));
            }
            assert_eq!(of(other.id)[0].data["number"], other.number);
            customers.erase_history(acme.id.raw(), &[]).await.unwrap();
            let later = cast.clock.now().checked_add(chrono::TimeDelta::seconds(1)).unwrap();
            let before = since(&cast.system, &from).await;
            assert!(before.iter().filter(|event| event.record == acme.id.raw()).all(|event| event.data.is_empty()));
            cast.system.purge_history(later).await.unwrap();
            let after = since(&cast.system, &EventCursor::beginning()).await;
            assert!(after.len() > 3 && after.iter().all(|event| event.data.is_empty()));
            assert_eq!(cast.system.verify().await.unwrap(), Vec::<String>::new());
        }
    });
}
