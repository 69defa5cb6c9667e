//! Ten megabytes where a word is expected: a short sentence says that it is too much, and nothing is kept.

use crmkit::events::{EventCursor, EventDraft, Start};
use crmkit::prelude::*;
use crmkit::query::{Comparison, Cursor};
use crmkit::report::{Definition, NewSavedReport, SavedReport};
use crmkit::schema::{ColumnType, Path};
use crmkit::transfer::{ImportKind, ImportOptions, ImportOutput};
use crmkit::value::MAX_TEXT_BYTES;

use crate::stores::{everywhere, refusal, same};

const LARGE: usize = 10 << 20;

fn large() -> String {
    "'; x".repeat(LARGE / 4)
}

/// It is said what is wrong in a sentence that people can read.
fn told<T, E: std::fmt::Display>(what: &str, tried: Result<T, E>) {
    match tried {
        Ok(_) => panic!("{what}: ten megabytes are accepted"),
        Err(error) => {
            let said = error.to_string();
            assert!(said.chars().count() < 1_000, "{what}: a sentence of {} characters", said.chars().count());
        }
    }
}

#[test]
fn no_text_field_takes_ten_megabytes_and_all_take_what_fits() {
    everywhere(async |place| {
        let session = place.crm.system();
        let (large, fits) = (large(), "x".repeat(MAX_TEXT_BYTES));
        let mut taken = 0;
        for def in place.storage.schema().entities().filter(|def| !def.facts.secret) {
            let Some(record) = place.all(def).await.into_iter().next() else { continue };
            let records = session.untyped(&def.code).unwrap();
            for column in def.columns.iter().filter(|it| !it.system && it.column_type == ColumnType::Text) {
                let field = format!("{}: {}.{}", place.name, def.code, column.name);
                let edit = |text: &str| records.edit(record.id, None, [(column.name.clone(), Value::from(text))]);
                let before = place.storage.get(def, &[record.id]).await.unwrap();
                match edit(&large).await {
                    Ok(_) => panic!("{field}: ten megabytes are accepted"),
                    Err(error) => assert!(refusal(&error), "{field}: {}", error.code()),
                }
                assert_eq!(place.storage.get(def, &[record.id]).await.unwrap(), before, "{field}");
                match edit(&fits).await {
                    Ok(_) => {
                        taken += 1;
                        let was = before[0].field(def, &column.name).unwrap().clone();
                        records.edit(record.id, None, [(column.name.clone(), was)]).await.unwrap();
                    }
                    Err(error) => assert!(refusal(&error), "{field}: {error}"),
                }
            }
        }
        println!("{}: {taken} fields take a text of {MAX_TEXT_BYTES} bytes", place.name);
        assert!(taken > 30, "{taken}");
    });
}

#[test]
fn whatever_is_asked_with_ten_megabytes_is_answered_soon_and_shortly() {
    everywhere(async |place| {
        let (session, large) = (place.crm.system(), large());
        let words = large.replace(' ', "");
        let customers = session.untyped("customer").unwrap();
        told("an entity", session.untyped(&large));
        told("a name", customers.named(&large).await);
        told("a typed name", session.customers().named(&large).await);
        told("a right", place.demo.li.require(&large).await);
        told("a right of the system's", session.require(&large).await);
        told("a field", customers.create([(large.clone().into(), "x".into())]).await);
        told("a path", customers.count(Filter::IsNull { path: Path::field(large.clone()) }).await);
        for field in ["level", "manager", "created_on", "annual_turnover", "name"] {
            told(field, customers.read(field, &large).await);
        }
        told("words", session.customers().search(&large, Query::of::<Customer>()).await);
        // One long word is looked for; nobody has it.
        assert_eq!(session.customers().search(&words, Query::of::<Customer>()).await.unwrap().items, []);
        let path = Path::field("name");
        let equal =
            |text: &str| Filter::Compare { path: path.clone(), comparison: Comparison::Equal, value: text.into() };
        told("a value", customers.count(equal(&large)).await);
        assert_eq!(customers.count(equal(&words[..MAX_TEXT_BYTES])).await.unwrap(), 0);
        let cursor: Cursor = serde_json::from_value(large.clone().into()).unwrap();
        told("a cursor", session.customers().list(Query::of::<Customer>().after(Some(cursor))).await);
        told("a cursor of events", large.parse::<EventCursor>());
        told("an id", large.parse::<RecordId>());
        told("a subscription", place.crm.add_subscription(&large, Start::Now).await);
        let said = EventDraft::about_record("customer", RecordId::NIL, large.clone());
        told("an event's name", place.crm.emit(vec![said]).await);
        told("a report", session.report(&large, [("year", "1997")]).await);
        told("an option", session.report("rfm", [(large.as_str(), "1")]).await);
        for (report, option) in [("rfm", "as-of"), ("contribution", "year"), ("win-rate", "by")] {
            told(option, session.report(report, [(option, large.as_str())]).await);
        }
        told("a saved report", session.report_saved(&large).await);
        told("an entry", session.dictionary().entry("region", &large).await);
        told("a type of entries", session.dictionary().entries(&large).await);
        told("a login", place.crm.sign_in(&large, &large).await);
        told("a password", place.crm.sign_in("first", &large).await);
        told("a new password", session.users().set_password(place.demo.li.actor().id().unwrap(), &large).await);
    });
}

#[test]
fn definitions_and_files_of_ten_megabytes_are_refused() {
    everywhere(async |place| {
        let (session, large) = (place.crm.system(), large());
        let named = |name: &str, path: &str| serde_json::json!({"name": name, "entity": "customer", "rows": {"list": [{"path": path}]}});
        let before = place.dump().await;
        for (name, path) in [(large.as_str(), "name"), ("x", large.as_str())] {
            let definition = named(name, path);
            match definition.to_string().parse::<Definition>() {
                Ok(definition) => told("a definition", session.report_custom(&definition).await),
                Err(error) => told("a definition", Err::<(), _>(error)),
            }
            let new = NewSavedReport { name: "x".into(), definition, ..Default::default() };
            told("a saved definition", session.of::<SavedReport>().create(new).await);
        }
        for (part, of_it) in [
            ("totals", serde_json::json!([large])),
            ("order", serde_json::json!([{"column": large}])),
            ("shares", serde_json::json!([{"of": large, "name": "s"}])),
            ("steps", serde_json::json!([{"percentile": {"of": large, "points": [50]}}])),
            ("steps", serde_json::json!([{"pivot": {"column": large, "value": "count"}}])),
            ("also", serde_json::json!([{"entity": large, "measures": [{"measure": "count", "name": "n"}]}])),
            ("filter", serde_json::json!({"exists": {"entity": large, "reference": "customer", "filter": "all"}})),
            ("filter", serde_json::json!({"compare": {"path": "level", "comparison": "equal", "value": large}})),
        ] {
            let groups = serde_json::json!({"by": [], "measures": [{"measure": "count"}]});
            let mut definition = serde_json::json!({"name": "x", "entity": "customer", "rows": {"groups": groups}});
            definition[part] = of_it;
            match definition.to_string().parse::<Definition>() {
                Ok(definition) => told(part, session.report_custom(&definition).await),
                Err(error) => told(part, Err::<(), _>(error)),
            }
        }
        let new = NewSavedReport { name: large.clone(), definition: named("x", "name"), ..Default::default() };
        told("a saved report's name", session.of::<SavedReport>().create(new).await);

        let kind = || ImportOptions::new(ImportKind::named("customers").unwrap());
        for (what, file) in [
            ("a cell", format!("number,name\nA,\"{large}\"\n")),
            ("a header", format!("number,{large}\nA,B\n")),
            ("many cells", format!("number,name\nA,B{}\n", ",".repeat(LARGE))),
            ("a quote without end", format!("number,name\nA,\"{large}")),
            ("a line without end", large.clone()),
        ] {
            let answer = session.import(&kind(), std::io::Cursor::new(file), ImportOutput::default()).await;
            match answer {
                Ok(report) => assert_eq!(report.progress.imported, 0, "{what}"),
                Err(error) => told(what, Err::<(), _>(error)),
            }
        }
        for options in [kind().map(&large, "name"), kind().map("name", &large), kind().set("level", &large)] {
            let file = std::io::Cursor::new("number,name\nA,B\n");
            match session.import(&options, file, ImportOutput::default()).await {
                Ok(report) => assert_eq!(report.progress.imported, 0),
                Err(error) => told("an option of an import", Err::<(), _>(error)),
            }
        }
        let mut after = place.dump().await;
        after.retain(|key, _| before.contains_key(key) || !key.0.starts_with("sys_import"));
        same(&after, &before, place.name);
    });
}
