//! SQL, patterns and formulas in every field that a session sets: kept and found as they were given, or refused.

use std::collections::BTreeSet;

use crmkit::prelude::*;
use crmkit::query::{Comparison, Direction, GroupKey, OrderBy};
use crmkit::schema::{ColumnType, EntityDef, Path, Record};
use crmkit::session::TrailOptions;

use crate::stores::{Place, everywhere, refusal, same};

/// What is tried as a text.
pub(crate) const TEXTS: [&str; 14] = [
    "'; DROP TABLE \"cst_customer\"; --",
    "x' OR '1'='1' /* \" */ UNION SELECT \"hash\" FROM \"sec_credential\" --",
    "\\'; DELETE FROM sys_user WHERE ''=''; \\",
    "$1 ?1 :name @p1 $$; SELECT pg_sleep(9); $$ E'\\x00' ::int",
    "%_\\%[a-z]*?",
    "=cmd|' /C calc'!A0",
    "${jndi:ldap://localhost/a} {{7*7}} %s%n <script>alert(1)</script>",
    "../../../../etc/passwd\\..\\",
    "NULL",
    "2026-01-01'); UPDATE \"orders\" SET \"amount\"=0; --",
    "\u{202e}txet dezilaer\u{202c}",
    "\u{1b}[2J\t\r\nSET search_path TO pg_catalog;",
    "e\u{301}\u{10ffff}\u{fffd}𝕏 Ⅷ ﬁ ß",
    " '' ",
];

/// The fields that take none of the texts: they name something that must be there, have a form of their own, or are never
/// changed.
const PARTICULAR: [&str; 11] = [
    "customer.number",
    "dictionary_entry.type",
    "field_rule.entity",
    "field_rule.field",
    "job.name",
    "job.schedule",
    "opportunity.number",
    "organisation.code",
    "organisation.currency",
    "organisation.time_zone",
    "service_request.number",
];

/// A field that is a text and set by callers.
fn settable(def: &EntityDef) -> impl Iterator<Item = usize> {
    let fits = |(place, column): (usize, &crmkit::schema::ColumnDef)| {
        (!column.system && column.column_type == ColumnType::Text).then_some(place)
    };
    def.columns.iter().enumerate().filter_map(fits)
}

#[test]
fn what_looks_like_sql_is_kept_and_found_as_it_was_given_in_every_field() {
    everywhere(async |place| {
        let session = place.crm.system();
        let (mut tried, mut fields, mut taken) = (0, BTreeSet::new(), BTreeSet::new());
        for def in place.storage.schema().entities().filter(|def| !def.facts.secret && !def.facts.append_only) {
            for column in settable(def) {
                let Some(record) = open_to_change(place, &session, def, column).await else { continue };
                let field = format!("{}.{}", def.code, def.columns[column].name);
                let before = place.dump().await;
                // In memory all of them; elsewhere some for each field, and all in turn.
                let share = if place.name == "memory" { TEXTS.len() } else { 4 };
                for text in TEXTS.iter().cycle().skip(fields.len() * share).take(share) {
                    tried += 1;
                    fields.insert(field.clone());
                    match change(&session, def, &record, column, (*text).into()).await {
                        Ok(()) => {
                            found(place, &session, def, record.id, column, text).await;
                            taken.insert(field.clone());
                        }
                        Err(error) => assert!(refusal(&error), "{field} {text:?}: {error:?}"),
                    }
                }
                // Nothing else has become different.
                let was = record.value(column).clone();
                match change(&session, def, &record, column, was).await {
                    Ok(()) => {}
                    Err(error) => assert!(!taken.contains(&field), "{field}: {error}"),
                }
                let mut after = place.dump().await;
                let key = (def.name.to_string(), record.id);
                if let (Some(old), Some(new)) = (before.get(&key), after.get_mut(&key)) {
                    new.version = old.version;
                }
                same(&after, &before, &format!("{}: {field}", place.name));
            }
        }
        let refused: Vec<&String> = fields.difference(&taken).collect();
        println!("{}: {tried} texts in {} fields, {} of which take some", place.name, fields.len(), taken.len());
        println!("refused by: {refused:?}");
        assert!(fields.len() >= 60, "{}", fields.len());
        assert_eq!(refused, PARTICULAR);
    });
}

/// A record whose state lets the field be changed; else any.
async fn open_to_change(place: &Place, session: &Session, def: &EntityDef, column: usize) -> Option<Record> {
    let all = place.all(def).await;
    for record in &all {
        if change(session, def, record, column, "plain".into()).await.is_ok() {
            change(session, def, record, column, record.value(column).clone()).await.unwrap();
            return Some(record.clone());
        }
    }
    all.into_iter().next()
}

async fn change(session: &Session, def: &EntityDef, record: &Record, column: usize, to: Value) -> Result<()> {
    let name = def.columns[column].name.clone();
    session.untyped(&def.code)?.edit(record.id, None, [(name, to)]).await.map(drop)
}

/// Reads it back in every way there is.
async fn found(place: &Place, session: &Session, def: &EntityDef, id: RecordId, column: usize, text: &str) {
    let said = format!("{}: {}.{} {text:?}", place.name, def.code, def.columns[column].name);
    let records = session.untyped(&def.code).unwrap();
    let path = Path::field(def.columns[column].name.clone());
    let stored = place.storage.get(def, &[id]).await.unwrap().pop().unwrap();
    let kept = stored.value(column).as_text().unwrap_or_else(|| panic!("{said}: {stored:?}")).to_owned();
    // Some fields are kept without the blanks around them.
    assert!(kept == text || kept == text.trim(), "{said}: {kept:?}");

    let compare = |comparison| Filter::Compare { path: path.clone(), comparison, value: kept.as_str().into() };
    let listed = |filter: Filter| {
        let order = OrderBy { path: path.clone(), direction: Direction::Descending };
        let query = Query::new("").filter(filter).order(order).limit(1_000);
        let records = records.clone();
        async move { records.list(query).await.map(|page| page.records.into_iter().map(|it| it.id).collect::<Vec<_>>()) }
    };
    for filter in [
        compare(Comparison::Equal),
        compare(Comparison::LessOrEqual),
        compare(Comparison::GreaterOrEqual),
        Filter::In { path: path.clone(), values: vec!["other".into(), kept.as_str().into()] },
        Filter::Search { paths: vec![path.clone()], words: kept.clone() },
    ] {
        assert!(listed(filter.clone()).await.unwrap().contains(&id), "{said}: {filter:?}");
    }
    // Exactly those that have this text and no other.
    let same = listed(compare(Comparison::Equal)).await.unwrap();
    let all = place.all(def).await;
    let expected = all.iter().filter(|record| record.value(column).as_text() == Some(&kept)).count();
    assert_eq!(same.len(), expected, "{said}");
    // What is no text of anybody finds nobody, whatever a pattern would mean.
    let unlike = Filter::Search { paths: vec![path.clone()], words: format!("{kept}%' OR ''='") };
    assert_eq!(listed(unlike).await.unwrap(), [], "{said}");
    let groups = Aggregate::new(def.name.clone()).group(GroupKey::from(path.clone())).measure(Measure::Count);
    let groups = place.storage.aggregate(&groups).await.unwrap();
    assert!(groups.iter().any(|row| row.keys == [Value::from(kept.as_str())]), "{said}");
    match records.named(&kept).await {
        Ok(_) => {}
        Err(error) => assert!(refusal(&error), "{said}: {error:?}"),
    }
}

#[test]
fn what_the_history_tells_and_an_export_carries_is_what_was_given() {
    everywhere(async |place| {
        let session = place.crm.system();
        let acme = session.customers().create(NewCustomer::new("Acme")).await.unwrap();
        let mut name = acme.name.clone();
        for text in TEXTS {
            let patch = CustomerPatch { name: text.to_owned().into(), ..Default::default() };
            session.customers().edit(acme.id, patch).await.unwrap();
            let trail = session.customers().history(acme.id, &TrailOptions::default()).await.unwrap();
            let told = format!("{:?}", trail.entries[0]);
            assert!(told.contains(&format!("{name:?}")), "{}: {told}", place.name);
            name = text.to_owned();
            let new = NewCustomer { address: Some(text.into()), ..NewCustomer::new(text) };
            session.customers().create(new).await.unwrap();
        }
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("'; DROP TABLE x; --");
        session.export(&dir, Default::default()).await.unwrap();
        let other = std::sync::Arc::new(MemoryStorage::new(crmkit::standard_schema().unwrap()));
        crmkit::transfer::load_from(&other, &dir, Default::default()).await.unwrap();
        let def = Customer::definition();
        let mut here = place.all(&def).await;
        let query = Query::of::<Customer>().limit(1_000);
        let mut there = crmkit::storage::Reader::query(&*other, &query).await.unwrap().records;
        here.sort_by_key(|record| record.id);
        there.sort_by_key(|record| record.id);
        assert_eq!(here, there, "{}", place.name);
    });
}
