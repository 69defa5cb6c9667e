//! What the history keeps, who may look at it, and what a preview and a unit of work show.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cast;

use std::io::Cursor;

use cast::{all, casts, id};
use chrono::TimeDelta;
use crmkit::access::{NewFieldRule, RightTree, Scope, UserPatch};
use crmkit::clock::Clock;
use crmkit::customers::ContactPatch;
use crmkit::history::{HistoryEntry, HistoryKind};
use crmkit::id::SetId;
use crmkit::marketing::NewOpportunity;
use crmkit::prelude::*;
use crmkit::query::QueryError;
use crmkit::schema::Name;
use crmkit::session::{RecordChangeKind, TrailOptions};
use crmkit::transfer::{ImportKind, ImportOptions, ImportOutput};
use pollster::block_on;

fn renamed(name: &str) -> CustomerPatch {
    CustomerPatch { name: name.to_owned().into(), ..Default::default() }
}

fn tick(cast: &cast::Cast) -> Timestamp {
    cast.clock.advance(TimeDelta::minutes(1)).unwrap();
    cast.clock.now()
}

#[test]
fn a_record_can_be_seen_as_it_was() {
    block_on(async {
        for cast in casts().await {
            let acme = cast.li.customers().create(NewCustomer::new("Acme")).await.unwrap();
            let contacts = cast.li.contacts();
            let before = tick(&cast);
            tick(&cast);
            let new =
                NewContact { customer: acme.id, name: "Mei".into(), phone: Some("1".into()), ..Default::default() };
            let mei = contacts.create(new).await.unwrap();
            let first = tick(&cast);
            tick(&cast);
            let patch = ContactPatch { name: "Mei T".to_owned().into(), ..Default::default() };
            contacts.edit(mei.id, patch).await.unwrap();
            let second = tick(&cast);
            tick(&cast);
            contacts.delete(mei.id).await.unwrap();
            let trail = contacts.history(mei.id, &TrailOptions::default()).await.unwrap();
            let kinds: Vec<_> = trail.entries.iter().map(|entry| (entry.kind, entry.command.as_str())).collect();
            assert_eq!(
                kinds,
                [
                    (HistoryKind::Deleted, "contact.delete"),
                    (HistoryKind::Updated, "contact.edit"),
                    (HistoryKind::Inserted, "contact.create")
                ],
                "{}",
                cast.store
            );
            assert!(trail.entries.iter().all(|entry| entry.actor == cast.li.actor().id()));
            let name_then = |at| {
                let contacts = contacts.clone();
                async move { contacts.as_of(mei.id, at).await.unwrap().map(|contact| contact.name) }
            };
            assert_eq!(name_then(before).await, None);
            assert_eq!(name_then(first).await.as_deref(), Some("Mei"));
            assert_eq!(name_then(second).await.as_deref(), Some("Mei T"));
            assert_eq!(name_then(tick(&cast)).await, None);

            let page = TrailOptions { limit: 2, after: None };
            let first = contacts.history(mei.id, &page).await.unwrap();
            let rest = contacts.history(mei.id, &TrailOptions { after: first.next.clone(), ..page }).await.unwrap();
            assert_eq!([first.entries, rest.entries].concat(), trail.entries);
            // What was his is nobody else's business, even when it is gone.
            let other = cast.wang.contacts().history(mei.id, &TrailOptions::default()).await;
            assert!(matches!(other, Err(Error::NotFound { .. })), "{other:?}");
            assert!(matches!(cast.wang.contacts().as_of(mei.id, second).await, Err(Error::NotFound { .. })));
            let raw = cast.supervisor.untyped("history_entry").unwrap().list(Query::new("")).await;
            assert!(matches!(raw, Err(Error::Denied { .. })), "{raw:?}");
        }
    });
}

#[test]
fn history_can_be_erased_by_field_and_purged_by_age() {
    block_on(async {
        for cast in casts().await {
            let customers = cast.system.customers();
            let acme = customers.create(NewCustomer::new("Acme")).await.unwrap();
            let patch = CustomerPatch { phone: Some("1".to_owned()).into(), ..renamed("B") };
            customers.edit(acme.id, patch).await.unwrap();
            let patch = CustomerPatch { phone: Some("2".to_owned()).into(), ..renamed("C") };
            customers.edit(acme.id, patch).await.unwrap();
            let raw = cast.system.untyped("customer").unwrap();
            let denied = cast.supervisor.untyped("customer").unwrap().erase_history(acme.id.raw(), &["phone"]).await;
            assert!(matches!(denied, Err(Error::Denied { .. })), "{denied:?}");
            raw.erase_history(acme.id.raw(), &["phone"]).await.unwrap();

            let trail = customers.history(acme.id, &TrailOptions::default()).await.unwrap();
            let held = |place: usize, name: &str| {
                let entry: &crmkit::session::TrailEntry = &trail.entries[place];
                entry.fields.iter().find(|field| field.name == name).unwrap().value.clone()
            };
            assert_eq!((held(0, "name"), held(0, "phone")), (Some("B".into()), None));
            assert_eq!((held(1, "name"), held(1, "phone")), (Some("Acme".into()), None));
            // What is erased stays out.
            cast.system.undo(trail.entries[0].set).await.unwrap();
            let now = customers.get(acme.id).await.unwrap();
            assert_eq!((now.name.as_str(), now.phone.as_deref()), ("B", Some("2")));

            assert!(matches!(cast.supervisor.purge_history(tick(&cast)).await, Err(Error::Denied { .. })));
            assert!(cast.system.purge_history(tick(&cast)).await.unwrap() >= 4);
            assert_eq!(all::<HistoryEntry>(&cast.system).await, []);
            let gone = cast.system.undo(trail.entries[1].set).await;
            assert!(matches!(gone, Err(Error::NotFound { .. })), "{gone:?}");
            assert_eq!(cast.system.verify().await.unwrap(), Vec::<String>::new());
        }
    });
}

#[test]
fn an_import_leaves_entries_for_what_it_changes_only() {
    block_on(async {
        for cast in casts().await {
            let before = all::<HistoryEntry>(&cast.system).await.len();
            let import = |text: String| {
                let options = ImportOptions::new(ImportKind::named("customers").unwrap());
                let options = options.on_duplicate(crmkit::transfer::OnDuplicate::Update);
                let session = cast.system.clone();
                async move { session.import(&options, Cursor::new(text), ImportOutput::default()).await.unwrap() }
            };
            let file = |name: &str| {
                let rows = (0..900).map(|n| format!("K{n},{name} {n}\n")).collect::<String>();
                format!("number,name\n{rows}")
            };
            import(file("Old")).await;
            assert_eq!(all::<HistoryEntry>(&cast.system).await.len(), before);
            import(file("New")).await;
            assert_eq!(all::<HistoryEntry>(&cast.system).await.len(), before + 900);
            let customer = cast.system.customers().named("K7").await.unwrap();
            let trail = cast.system.customers().history(customer.id, &TrailOptions::default()).await.unwrap();
            assert_eq!(trail.entries.len(), 1);
            assert_eq!(trail.entries[0].command, "customer.import");
            assert_eq!(trail.entries[0].fields[0].value, Some("Old 7".into()));
            let undone = cast.system.undo(trail.entries[0].set).await;
            assert!(matches!(undone, Err(Error::NotFound { .. })), "{undone:?}");
        }
    });
}

#[test]
fn a_preview_tells_what_a_command_would_change_and_changes_nothing() {
    block_on(async {
        for cast in casts().await {
            let new = NewOpportunity {
                customer_name: "Hotel Lotus".into(),
                title: "Tea".into(),
                contact_name: Some("Mei".into()),
                success_rate: Some(60),
                description: Some("much tea".into()),
                ..Default::default()
            };
            let chance = cast.supervisor.opportunities().create(new).await.unwrap();
            cast.supervisor.opportunities().assign(chance.id, id(&cast.li)).await.unwrap();

            let preview = cast.li.preview();
            let won = preview.opportunities().win(chance.id).await.unwrap();
            let customer = preview.customers().get(won.customer.unwrap()).await.unwrap();
            assert!(customer.number.ends_with("#1"), "{}", customer.number);
            let changes = preview.changes().await.unwrap();
            let told: Vec<_> = changes.iter().map(|change| (change.kind, &*change.entity)).collect();
            for expected in [
                (RecordChangeKind::Update, "opportunity"),
                (RecordChangeKind::Insert, "customer"),
                (RecordChangeKind::Insert, "contact"),
            ] {
                assert!(told.contains(&expected), "{told:?}");
            }
            let update = changes.iter().find(|change| change.entity == "opportunity").unwrap();
            let status = update.fields.iter().find(|field| field.name == "status").unwrap();
            assert_eq!((&status.before, &status.after), (&"assigned".into(), &"won".into()));
            assert_eq!(all::<Customer>(&cast.system).await, []);

            // The same answer as in earnest.
            let earnest = cast.wang.opportunities().win(chance.id).await.unwrap_err().to_string();
            assert_eq!(cast.wang.preview().opportunities().win(chance.id).await.unwrap_err().to_string(), earnest);
            cast.li.opportunities().win(chance.id).await.unwrap();
        }
    });
}

#[test]
fn a_unit_of_work_is_one_set_and_its_commands_see_each_other() {
    block_on(async {
        for cast in casts().await {
            let tea = NewProduct { code: "T".into(), name: "Tea".into(), ..Default::default() };
            let tea = cast.system.products().create(tea).await.unwrap();
            let unit = cast.li.unit_of_work();
            let one = unit.customers().create(NewCustomer::new("One")).await.unwrap();
            let two = unit.customers().create(NewCustomer::new("Two")).await.unwrap();
            assert_ne!(one.number, two.number);
            let contact =
                NewContact { customer: one.id, name: "Mei".into(), phone: Some("1".into()), ..Default::default() };
            let contact = unit.contacts().create(contact).await.unwrap();
            let patch = ContactPatch { memo: Some("kind".to_owned()).into(), ..Default::default() };
            unit.contacts().edit(contact.id, patch).await.unwrap();
            let order = unit.orders().create(NewOrder { customer: one.id, ..Default::default() }).await.unwrap();
            let line = NewOrderLine {
                order: order.id,
                product: tea.id,
                quantity: "3".parse().unwrap(),
                unit_price: "2.50".parse().unwrap(),
                ..Default::default()
            };
            unit.order_lines().create(line.clone()).await.unwrap();
            assert_eq!(unit.orders().get(order.id).await.unwrap().amount.to_string(), "7.50");
            unit.customers().edit(two.id, renamed("Second")).await.unwrap();
            let names = unit.customers().list(Query::of::<Customer>().order(Customer::name.desc())).await.unwrap();
            assert_eq!(names.items.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["Second", "One"]);
            assert_eq!(unit.customers().count(Customer::name.contains("sec")).await.unwrap(), 1);
            let mine = Contact::customer.to(Customer::name).eq("One");
            assert_eq!(unit.contacts().count(mine).await.unwrap(), 1);
            let number = unit.customers().get(two.id).await.unwrap().number;
            assert_eq!(number, two.number);
            assert_eq!(all::<Customer>(&cast.system).await, []);
            let copy = unit.customers();

            let set = unit.commit().await.unwrap();
            assert!(copy.create(NewCustomer::new("Late")).await.is_err());
            let stored = cast.li.customers().get(one.id).await.unwrap();
            assert!(stored.number.ends_with("001"), "{}", stored.number);
            assert_eq!(cast.li.customers().get(two.id).await.unwrap().version, Version(1));
            assert_eq!(cast.li.orders().get(order.id).await.unwrap().amount.to_string(), "7.50");
            assert_eq!(cast.system.verify().await.unwrap(), Vec::<String>::new());
            cast.system.order_lines().create(NewOrderLine { line: 2, ..line }).await.unwrap();
            assert!(matches!(cast.system.undo(set).await, Err(Error::Conflict { .. } | Error::Referenced { .. })));
        }
    });
}

#[test]
fn a_question_that_staged_records_could_change_is_refused() {
    block_on(async {
        for cast in casts().await {
            let acme = cast.li.customers().create(NewCustomer::new("Acme")).await.unwrap();
            let contact =
                NewContact { customer: acme.id, name: "Mei".into(), phone: Some("1".into()), ..Default::default() };
            cast.li.contacts().create(contact).await.unwrap();
            let unit = cast.li.unit_of_work();
            unit.customers().edit(acme.id, renamed("Other")).await.unwrap();
            let by_name = Contact::customer.to(Customer::name).eq("Acme");
            let refused = unit.contacts().count(by_name).await.unwrap_err();
            assert!(refused.to_string().contains("staged"), "{refused}");
            let refused = unit.customers().count(Filter::exists(Contact::customer, Filter::All)).await.unwrap_err();
            assert_eq!(refused.to_string(), QueryError::Staged("contact".into()).to_string());
            // A path that what is staged does not touch is fine: whose customer it is did not change.
            assert_eq!(unit.contacts().count(Filter::All).await.unwrap(), 1);
        }
    });
}

#[test]
fn a_unit_is_refused_whole_if_something_it_relied_on_has_changed() {
    block_on(async {
        for cast in casts().await {
            let acme = cast.li.customers().create(NewCustomer::new("Acme")).await.unwrap();
            let unit = cast.li.unit_of_work();
            unit.customers().create(NewCustomer::new("New")).await.unwrap();
            unit.customers().edit(acme.id, renamed("Mine")).await.unwrap();
            cast.system.customers().edit(acme.id, renamed("Theirs")).await.unwrap();
            let refused = unit.commit().await.unwrap_err();
            assert!(matches!(refused, Error::Conflict { .. }), "{refused:?}");
            assert_eq!(all::<Customer>(&cast.system).await.len(), 1);
            // Somebody has the number by hand that the series proposes.
            let unit = cast.li.unit_of_work();
            let made = unit.customers().create(NewCustomer::new("New")).await.unwrap();
            let taken = NewCustomer { number: "KH260302002".into(), ..NewCustomer::new("By hand") };
            cast.system.customers().create(taken).await.unwrap();
            unit.commit().await.unwrap();
            assert_eq!(cast.li.customers().get(made.id).await.unwrap().number, "KH260302003");
        }
    });
}

fn is_inactive<T: std::fmt::Debug>(tried: Result<T>) -> bool {
    matches!(&tried, Err(Error::SessionEnded { rule, .. }) if rule.contains("inactive")) || panic!("{tried:?}")
}

#[test]
fn a_session_whose_user_is_deactivated_looks_at_nothing_and_takes_nothing_back() {
    block_on(async {
        for cast in casts().await {
            let boss = &cast.administrator;
            let role = cast.system.roles().named("administrator").await.unwrap().id;
            cast.system.roles().tick(role, RightTree::ROOT, Scope::All).await.unwrap();
            let acme = boss.customers().create(NewCustomer::new("Acme")).await.unwrap();
            boss.customers().edit(acme.id, renamed("B")).await.unwrap();
            let options = TrailOptions::default();
            let set = boss.customers().history(acme.id, &options).await.unwrap().entries[0].set;
            let (unit, preview) = (boss.unit_of_work(), boss.preview());
            unit.customers().create(NewCustomer::new("Late")).await.unwrap();
            preview.customers().create(NewCustomer::new("Later")).await.unwrap();
            let other = NewUser::new("other", role);
            cast.system.users().create(other).await.unwrap();
            let patch = UserPatch { active: false.into(), ..Default::default() };
            cast.system.users().edit(id(boss), patch).await.unwrap();

            let (now, untyped) = (tick(&cast), boss.untyped("customer").unwrap());
            assert!(is_inactive(boss.customers().history(acme.id, &options).await));
            assert!(is_inactive(boss.customers().as_of(acme.id, now).await));
            assert!(is_inactive(untyped.history(acme.id.raw(), &options).await));
            assert!(is_inactive(untyped.as_of(acme.id.raw(), now).await));
            assert!(is_inactive(untyped.erase_history(acme.id.raw(), &[]).await));
            assert!(is_inactive(boss.purge_history(now).await));
            assert!(is_inactive(boss.undo(set).await));
            // Nor does it learn which sets there are.
            assert!(is_inactive(boss.undo(SetId(RecordId::NIL)).await));
            assert!(is_inactive(preview.changes().await));
            assert!(is_inactive(preview.undo(set).await));
            assert!(is_inactive(boss.preview().customers().create(NewCustomer::new("C")).await));
            assert!(is_inactive(unit.changes().await));
            assert!(is_inactive(unit.commit().await));
            assert_eq!(all::<Customer>(&cast.system).await.len(), 1, "{}", cast.store);
            assert_eq!(cast.system.customers().get(acme.id).await.unwrap().name, "B");
        }
    });
}

#[test]
fn a_unit_of_work_needs_the_rights_at_its_end() {
    block_on(async {
        for cast in casts().await {
            let unit = cast.li.unit_of_work();
            unit.customers().create(NewCustomer::new("Acme")).await.unwrap();
            let role = cast.system.roles().named("account_manager").await.unwrap().id;
            cast.system.roles().untick(role, "customer.create").await.unwrap();
            let refused = unit.commit().await;
            assert!(matches!(refused, Err(Error::Denied { .. })), "{refused:?}");
            assert_eq!(all::<Customer>(&cast.system).await, []);
        }
    });
}

#[test]
fn hidden_fields_are_in_no_history_and_no_record_as_it_was() {
    block_on(async {
        for cast in casts().await {
            let mine = cast.li.contacts();
            let acme = cast.li.customers().create(NewCustomer::new("Acme")).await.unwrap();
            let phone = Some("13800000000".to_owned());
            let new = NewContact { customer: acme.id, name: "Mei".into(), phone, ..Default::default() };
            let mei = mine.create(new).await.unwrap();
            let then = tick(&cast);
            tick(&cast);
            let patch = ContactPatch { phone: Some("13900000000".to_owned()).into(), ..Default::default() };
            mine.edit(mei.id, ContactPatch { name: "Mei T".to_owned().into(), ..patch }).await.unwrap();
            let role = cast.system.roles().named("account_manager").await.unwrap().id;
            for field in ["phone", "name"] {
                let new = NewFieldRule { role, entity: "contact".into(), field: field.into(), ..Default::default() };
                cast.system.field_rules().create(new).await.unwrap();
            }
            let options = TrailOptions::default();
            let raw = cast.li.untyped("contact").unwrap();
            let trails = [mine.history(mei.id, &options).await, raw.history(mei.id.raw(), &options).await];
            for trail in trails.map(Result::unwrap) {
                assert_eq!(trail.entries.len(), 2);
                assert!(trail.entries.iter().all(|entry| entry.fields.is_empty()), "{trail:?}");
            }
            let seen = cast.system.contacts().history(mei.id, &options).await.unwrap();
            assert_eq!(seen.entries[0].fields.len(), 2);
            // A field that must have a value is blank where it is hidden.
            let past = mine.as_of(mei.id, then).await.unwrap().unwrap();
            assert_eq!((past.name.as_str(), past.phone), ("", None));
            let past = raw.as_of(mei.id.raw(), then).await.unwrap().unwrap();
            for field in ["phone", "name"] {
                assert_eq!(past.record.field(raw.definition(), field), Some(&Value::Null), "{field}");
            }
            // That something is not kept of a hidden field is not told, either.
            cast.system.untyped("contact").unwrap().erase_history(mei.id.raw(), &["phone"]).await.unwrap();
            assert_eq!(raw.as_of(mei.id.raw(), then).await.unwrap().unwrap().unknown, Vec::<Name>::new());
            assert!(mine.as_of(mei.id, then).await.unwrap().is_some());
            assert!(matches!(cast.system.contacts().as_of(mei.id, then).await, Err(Error::State { .. })));
            // A preview tells what the actor may see.
            let preview = cast.system.preview();
            preview.contacts().delete(mei.id).await.unwrap();
            assert!(preview.changes().await.unwrap().iter().any(|it| it.fields.iter().any(|it| it.name == "phone")));
            let preview = cast.li.preview();
            preview.contacts().delete(mei.id).await.unwrap();
            let changes = preview.changes().await.unwrap();
            assert!(changes.iter().all(|it| it.fields.iter().all(|it| it.name != "phone" && it.name != "name")));
            assert!(changes.iter().all(|it| it.name.as_deref() != Some("Mei T")), "{changes:?}");
        }
    });
}
