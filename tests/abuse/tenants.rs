//! Two organisations, each in a store of its own on the same server or disk: what is one's is nothing to the other.

use crmkit::id::Version;
use crmkit::prelude::*;
use crmkit::session::TrailOptions;

use crate::stores::{Place, run, same};

fn missing<T: std::fmt::Debug>(what: &str, tried: Result<T>) {
    match tried {
        Err(Error::NotFound { .. }) => {}
        other => panic!("{what}: {other:?}"),
    }
}

#[test]
fn ids_cursors_and_passwords_of_one_are_nothing_to_the_other() {
    for name in ["memory", "sqlite", "postgres"] {
        run(async {
            let (ours, theirs) = (Place::new(name).await, Place::new(name).await);
            let before = ours.dump().await;
            // The administrator of one organisation may do everything, there.
            let admin = ours.crm.sign_in("first", "a long and good one").await.unwrap();
            let here = ours.dump().await;
            for def in theirs.storage.schema().entities().filter(|def| !def.facts.secret) {
                let records = admin.untyped(&def.code).unwrap();
                // The rights and roles that every organisation begins with have the same ids everywhere.
                let same = ours.all(def).await;
                let of_theirs = theirs.all(def).await;
                for record in of_theirs.iter().filter(|it| same.iter().all(|ours| ours.id != it.id)).take(3) {
                    let id = record.id;
                    let what = format!("{name}: {} {id}", def.code);
                    if admin.require(&format!("{}.read", def.code)).await.is_ok() {
                        missing(&what, records.named(&id.to_string()).await);
                        assert_eq!(records.count(by_id(id)).await.unwrap(), 0, "{what}");
                    }
                    for tried in [
                        records.edit(id, Some(Version(1)), []).await.map(drop),
                        records.edit(id, None, []).await.map(drop),
                        records.delete(id).await,
                    ] {
                        match tried {
                            Err(Error::NotFound { .. } | Error::Denied { .. } | Error::State { .. }) => {}
                            other => panic!("{what}: {other:?}"),
                        }
                    }
                }
            }
            // Those who may do everything: the system, whose right to each command is not in question.
            commands(&ours.crm.system(), &theirs).await;
            cursors(&ours.crm.system(), &ours, &theirs).await;
            // Only the try with a password that is wrong here has been counted.
            let mut after = ours.dump().await;
            after.retain(|key, _| here.contains_key(key) || key.0 != "sec_sign_in_counter");
            same(&after, &here, name);
            assert_eq!(before.len(), here.iter().filter(|(key, _)| before.contains_key(*key)).count());
        });
    }
}

fn by_id(id: RecordId) -> Filter {
    Filter::Compare { path: Path::field("id"), comparison: crmkit::query::Comparison::Equal, value: Value::Id(id) }
}

/// What is done to a record, or with one.
async fn commands(system: &Session, theirs: &Place) {
    let demo = &theirs.demo;
    let (order, chance, service, customer) =
        (demo.orders[2].id, demo.opportunities[1].id, demo.services[1].id, demo.customers[0].id);
    let user = demo.li.actor().id().unwrap();
    missing("confirm", system.orders().confirm(order).await);
    missing("cancel", system.orders().cancel(order).await);
    missing("win", system.opportunities().win(chance).await);
    missing("assign", system.opportunities().assign(chance, user).await);
    missing("handle", system.services().handle(service, "x").await);
    missing("history", system.customers().history(customer, &TrailOptions::default()).await);
    missing("password", system.users().set_password(user, "a long and good one").await);
    missing("unlock", system.users().unlock(user).await);
    missing("session", system.crm().session(user).await);
    missing(
        "a contact",
        system.contacts().create(NewContact { customer, name: "x".into(), ..Default::default() }).await,
    );
    let new = NewCustomer { manager: Some(user), ..NewCustomer::new("x") };
    missing("a manager", system.customers().create(new).await);
    missing("an order", system.orders().create(NewOrder { customer, ..Default::default() }).await);
    // Whose password it is there, it is not here.
    theirs.crm.system().users().set_password(user, "only in their house").await.unwrap();
    assert!(theirs.crm.sign_in("li", "only in their house").await.is_ok());
    assert!(matches!(system.crm().sign_in("li", "only in their house").await, Err(Error::SignIn)));
    let set = theirs.crm.system().customers().history(customer, &TrailOptions::default()).await.unwrap().entries[0].set;
    missing("undo", system.undo(set).await);
}

/// A cursor says where one's own list goes on: it carries nothing that was not in the list, and opens nothing.
async fn cursors(system: &Session, ours: &Place, theirs: &Place) {
    let by_name = || Query::of::<Customer>().order(Customer::name.asc()).limit(1);
    let page = theirs.crm.system().customers().list(by_name()).await.unwrap();
    let next = system.customers().list(by_name().limit(100).after(page.next.clone())).await.unwrap();
    let own = ours.all(&Customer::definition()).await;
    assert!(next.items.iter().all(|found| own.iter().any(|record| record.id == found.id.raw())));
    // Nor is it good for another order, or for what one may not see.
    let by_number = Query::of::<Customer>().order(Customer::number.asc()).after(page.next.clone());
    assert!(matches!(system.customers().list(by_number).await, Err(Error::Storage(_) | Error::Query(_))));
    let all =
        theirs.demo.wang.customers().list(Query::of::<Customer>().order(Customer::name.asc()).after(page.next)).await;
    assert!(all.unwrap().items.iter().all(|found| found.manager == theirs.demo.wang.actor().id()));
    // Events are numbered in each store by itself.
    let there = theirs.crm.event_cursor(crmkit::events::Start::Now).await.unwrap();
    match system.events(&there, 100).await {
        Ok(page) => assert!(page.events.iter().all(|event| own_event(event, ours))),
        Err(error) => assert!(matches!(error, Error::Cursor(_)), "{error}"),
    }
}

fn own_event(event: &crmkit::events::Event, ours: &Place) -> bool {
    let ids = [ours.demo.customers[0].id.raw(), ours.demo.orders[0].id.raw()];
    event.record != RecordId::NIL && !ids.contains(&RecordId::NIL)
}
