//! SQL in every field there is, also those that only the crate writes: what a store is given it keeps.

use crmkit::change::Change;
use crmkit::prelude::*;
use crmkit::query::Comparison;
use crmkit::schema::{ColumnType, EntityDef, Path, Record};

use crate::stores::{Place, run, same};
use crate::texts::TEXTS;

#[test]
fn a_store_keeps_every_text_of_every_entity_and_changes_nothing_else() {
    for name in ["memory", "sqlite", "postgres"] {
        run(async { kept_on(&Place::new(name).await).await });
    }
}

async fn kept_on(place: &Place) {
    let (mut fields, mut entities) = (0, 0);
    for def in place.storage.schema().entities().cloned().collect::<Vec<_>>() {
        let texts: Vec<usize> =
            (0..def.columns.len()).filter(|column| def.columns[*column].column_type == ColumnType::Text).collect();
        let Some(record) = one(place, &def).await.filter(|_| !texts.is_empty()) else { continue };
        (fields, entities) = (fields + texts.len(), entities + 1);
        let mut before = place.dump().await;
        let mut current = record.clone();
        for (number, text) in (1_000_000..).zip(TEXTS) {
            let mut hostile = current.clone();
            texts.iter().for_each(|column| hostile.values[*column] = text.into());
            hostile.custom.insert(text.into(), text.into());
            hostile = if def.facts.append_only {
                added(place, &def, hostile, number).await
            } else {
                current = written(place, hostile).await;
                current.clone()
            };
            let found = place.storage.get(&def, &[hostile.id]).await.unwrap();
            assert_eq!(found, [hostile.clone()], "{}", place.name);
            for column in &texts {
                let path = Path::field(def.columns[*column].name.clone());
                let equal = Filter::Compare { path, comparison: Comparison::Equal, value: text.into() };
                let found = place.storage.query(&Query::new(def.name.clone()).filter(equal)).await.unwrap();
                assert_eq!(found.records, [hostile.clone()], "{}: {}", place.name, def.columns[*column].name);
            }
        }
        if !def.facts.append_only {
            written(place, Record { version: current.version, ..record.clone() }).await;
        }
        let mut after = place.dump().await;
        after.retain(|key, _| before.contains_key(key) && key.1 != record.id);
        before.retain(|key, _| key.1 != record.id);
        same(&after, &before, place.name);
    }
    println!("{}: {} texts in {fields} fields of {entities} entities", place.name, TEXTS.len());
    assert!(entities >= 35 && fields >= 120, "{entities} entities, {fields} fields");
}

/// A record of the entity: one of those there are, or one that is made of nothing but what must be there.
async fn one(place: &Place, def: &EntityDef) -> Option<Record> {
    if let Some(found) = place.all(def).await.into_iter().next() {
        return Some(found);
    }
    let mut values = Vec::new();
    for column in &def.columns {
        values.push(match &column.column_type {
            _ if !column.required => Value::Null,
            ColumnType::Reference(target) => {
                let target = place.storage.schema().entity(target).unwrap().clone();
                Value::Id(place.all(&target).await.first()?.id)
            }
            ColumnType::Choice(choice) => choice.items[0].code.to_string().into(),
            ColumnType::Text => "x".into(),
            ColumnType::Timestamp => Timestamp::EPOCH.into(),
            ColumnType::Date => Value::Date("2026-03-01".parse().unwrap()),
            ColumnType::Money => Value::Money(Money::ZERO),
            ColumnType::Quantity => Value::Quantity(Quantity::ZERO),
            _ => column.blank(),
        });
    }
    let id = place.set().id.0;
    let entity = def.name.clone();
    let record = Record { entity, id, version: Version(0), values, custom: Default::default() };
    place.storage.commit(&place.set().with(Change::Insert(record.clone()))).await.unwrap();
    Some(Record { version: Version(1), ..record })
}

/// Stores a record in place of the version it has.
async fn written(place: &Place, record: Record) -> Record {
    let expected = record.version;
    let set = place.set().with(Change::Update { record: record.clone(), expected });
    place.storage.commit(&set).await.unwrap();
    Record { version: Version(expected.0 + 1), ..record }
}

/// Stores a further record of an entity whose records never change, with numbers of its own where they are unique.
async fn added(place: &Place, def: &EntityDef, record: Record, number: i64) -> Record {
    let mut record = Record { id: place.set().id.0, version: Version(0), ..record };
    for field in def.facts.unique.iter().flat_map(|key| &key.fields) {
        let column = def.column(field).unwrap();
        if record.value(column).as_integer().is_some() {
            record.values[column] = number.into();
        }
    }
    place.storage.commit(&place.set().with(Change::Insert(record.clone()))).await.unwrap();
    Record { version: Version(1), ..record }
}
