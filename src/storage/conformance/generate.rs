//! Records with extreme values for any schema.

use std::collections::{HashMap, HashSet};

use crate::change::DEFAULT_SET_LIMIT;
use crate::id::{RecordId, Version};
use crate::schema::{ColumnDef, ColumnType, CustomFields, EntityDef, Name, Record, Schema};
use crate::value::{MAX_DATE, MIN_DATE, Money, Quantity, Rate, Timestamp, Value};

/// How many records of an entity are made, unless its unique keys have no room for them.
const COUNT: usize = 5;
/// How often the values of the records change.
const ROUNDS: usize = 2;

/// How many records each entity gets.
#[derive(Debug)]
pub(super) struct Shape(HashMap<Name, usize>);

impl Shape {
    /// As many as the unique keys allow.
    pub(super) fn new(schema: &Schema) -> Self {
        let most = (DEFAULT_SET_LIMIT / schema.entities().len().max(1)).clamp(1, COUNT);
        let mut shape = Self(schema.entities().map(|def| (def.name.clone(), most)).collect());
        while let Some(entity) = shape.crowded(schema) {
            shape.0.entry(entity).and_modify(|count| *count -= 1);
        }
        shape
    }

    fn count(&self, entity: &str) -> usize {
        self.0.get(entity).copied().unwrap_or_default()
    }

    /// An entity two of whose records share a unique key, in whichever round they are.
    fn crowded(&self, schema: &Schema) -> Option<Name> {
        let rounds: Vec<Vec<Record>> = (0..ROUNDS).map(|round| records(schema, self, round)).collect();
        let crowded = |def: &&std::sync::Arc<EntityDef>| {
            def.facts.unique.iter().any(|key| {
                let mut seen: HashMap<Vec<&Value>, RecordId> = HashMap::new();
                let all = rounds.iter().flatten().filter(|record| record.entity == def.name);
                all.filter_map(|record| {
                    let values = key.fields.iter().map(|field| record.field(def, field)).collect::<Option<Vec<_>>>()?;
                    let counts = !values.iter().any(|value| value.is_null());
                    counts.then_some((record.id, values))
                })
                .any(|(id, values)| seen.insert(values, id).is_some_and(|other| other != id))
            })
        };
        let crowded: HashSet<Name> = schema.entities().filter(crowded).map(|def| def.name.clone()).collect();
        crowded.into_iter().filter(|entity| self.count(entity) > 1).min()
    }
}

/// The records of a round. Their ids and references are the same in each.
pub(super) fn records(schema: &Schema, shape: &Shape, round: usize) -> Vec<Record> {
    let ids = Ids::new(schema);
    let mut records = Vec::new();
    for def in schema.entities() {
        for index in 0..shape.count(&def.name) {
            let value = |column| value(column, shape, &ids, Place { index, round });
            records.push(Record {
                entity: def.name.clone(),
                id: ids.of(&def.name, index),
                version: Version::NEW,
                values: def.columns.iter().map(value).collect(),
                custom: custom(index, round),
            });
        }
    }
    records
}

/// Records in sets that a store takes: references are looked at at the end of a set, so they go together if they can.
pub(super) fn sets(records: &[Record]) -> impl Iterator<Item = &[Record]> {
    records.chunks(DEFAULT_SET_LIMIT)
}

/// Which record of its entity, in which round.
#[derive(Clone, Copy)]
struct Place {
    index: usize,
    round: usize,
}

struct Ids(HashMap<Name, u32>);

impl Ids {
    fn new(schema: &Schema) -> Self {
        Self(schema.entities().map(|def| def.name.clone()).zip(1..).collect())
    }

    /// Ids from all over their range: the index comes first, spread over the highest byte.
    fn of(&self, entity: &str, index: usize) -> RecordId {
        let mut bytes = [0x5A; 16];
        bytes[0] = u8::try_from(index * 63 % 256).unwrap_or_default();
        bytes[1] = u8::try_from(index % 256).unwrap_or_default();
        bytes[12..].copy_from_slice(&self.0.get(entity).copied().unwrap_or_default().to_be_bytes());
        RecordId::from_bytes(bytes)
    }
}

fn custom(index: usize, round: usize) -> CustomFields {
    let mut custom = CustomFields::new();
    if index > 0 {
        custom.insert("字段".into(), serde_json::json!([index, round, null, "\"'"]));
    }
    custom
}

fn value(column: &ColumnDef, shape: &Shape, ids: &Ids, place: Place) -> Value {
    let Place { index, round } = place;
    // The last record of an entity leaves out what may be left out.
    if !column.required && index + 1 == COUNT {
        return Value::Null;
    }
    let step = index * ROUNDS + round;
    let small = i64::try_from(step).unwrap_or_default();
    let number = [i64::MAX, -i64::MAX, 0, -1, 1][index % 5];
    // A step away from the extremes, so that every record and every round has another number.
    let raw = if number > 1 { number - small } else { number.saturating_add(small * 10) };
    match &column.column_type {
        ColumnType::Bool => Value::Bool(step.is_multiple_of(2)),
        ColumnType::Int => Value::Int(raw),
        ColumnType::Money => Money::from_raw(raw).map_or(Value::Null, Value::Money),
        ColumnType::Quantity => Quantity::from_raw(raw).map_or(Value::Null, Value::Quantity),
        ColumnType::Rate => Rate::from_raw(raw).map_or(Value::Null, Value::Rate),
        ColumnType::Text => {
            let awkward = ["中文, \"引号\"; '单'", "\u{10FFFF}", "e\u{301} %_\\", "👩‍👩‍👧‍👦", " \t\n "][index % 5];
            Value::from(format!("{awkward}{step}"))
        }
        ColumnType::Date => {
            let days = chrono::TimeDelta::days(small);
            let day =
                if index % 2 == 0 { MAX_DATE.checked_sub_signed(days) } else { MIN_DATE.checked_add_signed(days) };
            day.map_or(Value::Null, Value::Date)
        }
        ColumnType::Timestamp => {
            let edge = [Timestamp::MAX.as_micros() - small, Timestamp::MIN.as_micros() + small, small - 10][index % 3];
            Timestamp::from_micros(edge).map_or(Value::Null, Value::Timestamp)
        }
        ColumnType::Reference(target) => Value::Id(ids.of(target, index % shape.count(target).max(1))),
        ColumnType::Choice(def) => {
            let item = def.items.get(step % def.items.len().max(1));
            item.map_or(Value::Null, |item| Value::from(item.code.to_string()))
        }
        ColumnType::Json => Value::Json(serde_json::json!({"step": step, "list": [1, 2.5, null], "键": "值"})),
    }
}
