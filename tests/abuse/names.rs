//! SQL in place of everything that has a name: entities, fields, reports, options, kinds of import, cursors, logins.

use std::cell::Cell;

use crmkit::access::{FieldAccess, NewFieldRule, NewGrant, NewRight};
use crmkit::dictionary::NewDictionaryEntry;
use crmkit::events::{EventCursor, Start};
use crmkit::jobs::NewJob;
use crmkit::organisation::{NewNumberSeries, NumberSeries, NumberSeriesPatch};
use crmkit::prelude::*;
use crmkit::query::{Cursor, Direction, GroupKey, OrderBy};
use crmkit::report::{Definition, ReportError, Sharing, standard};
use crmkit::schema::Lang;
use crmkit::transfer::{ImportKind, ImportOptions, ImportOutput};

use crate::stores::{everywhere, refusal, same};
use crate::texts::TEXTS;

/// Nothing came of it but a sentence.
fn refused<T>(what: &str, tried: Result<T>) {
    match tried {
        Ok(_) => panic!("{what} is accepted"),
        Err(error) => assert!(refusal(&error), "{what}: {error:?}"),
    }
}

fn unusable<T>(what: &str, tried: Result<T, ReportError>) {
    match tried {
        Ok(_) => panic!("{what} is accepted"),
        Err(error) => assert!(error.is_usage() && error.to_string().chars().count() < 1_000, "{what}: {error:?}"),
    }
}

#[test]
fn what_is_asked_for_by_a_name_that_is_sql_is_not_there() {
    everywhere(async |place| {
        let session = &place.demo.administrator;
        let system = place.crm.system();
        let before = place.dump().await;
        for text in TEXTS {
            refused("an entity", system.untyped(text));
            refused("a name", system.customers().named(text).await);
            refused("a right", session.require(text).await);
            let path = Path::field(text.to_owned());
            let customers = system.untyped("customer").unwrap();
            let by = OrderBy { path: path.clone(), direction: Direction::Ascending };
            refused("a field", customers.list(Query::new("").filter(Filter::IsNull { path: path.clone() })).await);
            refused("an order", customers.list(Query::new("").order(by)).await);
            refused("a field to set", customers.create([(text.into(), Value::from("x"))]).await);
            refused("a field to read", customers.read(text, "x").await);
            for (entity, reference) in [(text, "customer"), ("orders", text)] {
                let (entity, reference) = (entity.to_owned().into(), reference.to_owned().into());
                let exists = Filter::Exists { entity, reference, filter: Box::default() };
                refused("a question", customers.count(exists).await);
            }
            let groups = Aggregate::of::<Customer>().group(GroupKey::from(path.clone())).measure(Measure::Count);
            assert!(place.storage.aggregate(&groups).await.is_err(), "a key");
            assert!(
                place.storage.aggregate(&Aggregate::of::<Customer>().measure(Measure::Distinct(path))).await.is_err()
            );
            let cursor: Cursor = serde_json::from_value(serde_json::json!(text)).unwrap();
            refused("a cursor", system.customers().list(Query::of::<Customer>().after(Some(cursor))).await);
            assert!(text.parse::<EventCursor>().is_err() && text.parse::<RecordId>().is_err());
            assert!(place.crm.sign_in(text, text).await.is_err());

            unusable("a report", system.report(text, [("year", "1997")]).await);
            unusable("an option", system.report("rfm", [(text, "1")]).await);
            match system.report_saved(text).await {
                Err(ReportError::Failed(error)) => refused::<()>("a saved report", Err(error)),
                other => unusable("a saved report", other),
            }
            assert!(ImportKind::named(text).is_err());
            let kind = || ImportOptions::new(ImportKind::named("customers").unwrap());
            for options in [kind().map(text, "name"), kind().map("name", text), kind().set(text, "x")] {
                let file = std::io::Cursor::new("number,name\nA,B\n");
                assert!(system.import(&options, file, ImportOutput::default()).await.is_err(), "{text:?}");
            }
            assert_eq!(system.dictionary().entries(text).await.unwrap().len(), 0);
            assert!(system.dictionary().entry("region", text).await.unwrap().is_none());
        }
        let mut after = place.dump().await;
        // A wrong password is counted, whoever's it is; a file that was refused is noted.
        let counts = |key: &(String, RecordId)| key.0 != "sec_sign_in_counter" && !key.0.starts_with("sys_import");
        after.retain(|key, _| counts(key));
        same(&after, &before.into_iter().filter(|(key, _)| counts(key)).collect(), place.name);
    });
}

#[test]
fn every_option_of_every_report_takes_no_sql() {
    everywhere(async |place| {
        let system = place.crm.system();
        let (mut refused, mut empty) = (0, 0);
        for report in standard() {
            for option in report.options {
                for text in TEXTS {
                    match system.report(report.name, [(option.name, text)]).await {
                        // A name of a region or a user that nobody has.
                        Ok(_) => empty += 1,
                        Err(ReportError::Failed(error)) => {
                            assert!(refusal(&error), "{} {}: {error:?}", report.name, option.name);
                            refused += 1;
                        }
                        Err(error) => {
                            assert!(error.is_usage(), "{} {}: {error}", report.name, option.name);
                            refused += 1;
                        }
                    }
                }
            }
        }
        println!("{}: {refused} refused, {empty} answered", place.name);
        assert!(refused > 500);
    });
}

/// Where people may choose names, SQL is a name as any other, or refused as one.
#[test]
fn what_people_name_may_be_called_like_sql() {
    everywhere(async |place| {
        let system = place.crm.system();
        let names: Definition =
            r#"{"name": "names", "entity": "customer", "rows": {"list": [{"path": "name"}]}}"#.parse().unwrap();
        let series = system.of::<NumberSeries>().named("customer").await.unwrap();
        let (kept, made) = (Cell::new(0), Cell::new(0));
        for (number, text) in TEXTS.into_iter().enumerate() {
            let tell = |what: &str, tried: Result<()>| match tried {
                Ok(()) => kept.set(kept.get() + 1),
                Err(error) => assert!(refusal(&error), "{what} {text:?}: {error:?}"),
            };
            tell("a role", role(&system, text).await);
            tell("a user", user(&system, text).await);
            let entry = system.dictionary_entries().create(NewDictionaryEntry::new(text, text, text)).await;
            if let Ok(entry) = &entry {
                let label = system.dictionary().label(&entry.r#type, &entry.value, Lang::En).await.unwrap();
                assert_eq!(label, entry.item, "{}", place.name);
            }
            tell("an entry", entry.map(drop));
            let job = NewJob { name: text.into(), ..Default::default() };
            tell("a job", system.jobs().create(job).await.map(drop));
            let right = NewRight { code: text.into(), text: text.into(), ..Default::default() };
            tell("a right", system.of::<crmkit::access::Right>().create(right).await.map(drop));
            tell("a subscription", place.crm.add_subscription(text, Start::Now).await.map(drop));
            let saved = system.save_report(text, &names, Sharing::All).await;
            if let Ok(saved) = &saved {
                assert_eq!(system.report_saved(&saved.name).await.unwrap().name, saved.name, "{text:?}");
            }
            match saved {
                Ok(_) => kept.set(kept.get() + 1),
                Err(error) => assert!(error.is_usage() || error.to_string().contains("saved report"), "{error:?}"),
            }
            let numbered = NewCustomer { number: text.into(), ..NewCustomer::new("Numbered") };
            if let Ok(customer) = system.customers().create(numbered).await {
                assert_eq!(system.customers().named(&customer.number).await.unwrap(), customer);
                made.set(made.get() + 1);
            }
            // A number is made of the prefix and the pattern, whatever they say.
            let patch = NumberSeriesPatch {
                prefix: Some(text.to_owned()).into(),
                date_pattern: Some(text.to_owned()).into(),
                ..Default::default()
            };
            if system.of::<NumberSeries>().edit(series.id, patch).await.is_ok() {
                made.set(made.get() + 1);
                let customer = system.customers().create(NewCustomer::new(format!("Made {number}"))).await.unwrap();
                assert!(customer.number.starts_with(text), "{}: {:?}", place.name, customer.number);
                assert_eq!(system.customers().named(&customer.number).await.unwrap(), customer);
                kept.set(kept.get() + 1);
            }
            let other = NewNumberSeries::daily(text, text);
            tell("a series", system.of::<NumberSeries>().create(other).await.map(drop));
        }
        let kept = kept.get();
        println!("{}: {kept} of {} names are taken", place.name, TEXTS.len() * 9);
        assert!(kept > 60 && made.get() >= 15, "{kept}, {made:?}");
        assert_eq!(system.customers().count(Filter::All).await.unwrap(), 3 + made.get(), "{}", place.name);
    });
}

async fn role(system: &Session, text: &str) -> Result<()> {
    let role = system.roles().create(NewRole::new(text)).await?;
    let right = system.of::<crmkit::access::Right>().named("customer.read").await?.id;
    system.grants().create(NewGrant { role: role.id, right, scope: Scope::Own, ..Default::default() }).await?;
    assert_eq!(system.roles().named(text).await?.id, role.id);
    let (entity, field) = (text.to_owned(), text.to_owned());
    let rule = NewFieldRule { role: role.id, entity, field, access: FieldAccess::Hidden, ..Default::default() };
    refused("a field rule", system.field_rules().create(rule).await);
    Ok(())
}

async fn user(system: &Session, text: &str) -> Result<()> {
    let role = system.roles().named("account_manager").await?.id;
    let new = NewUser { display_name: Some(text.into()), email: Some(text.into()), ..NewUser::new(text, role) };
    let user = system.users().create(new).await?;
    assert_eq!(system.users().named(text).await?.id, user.id);
    Ok(())
}
