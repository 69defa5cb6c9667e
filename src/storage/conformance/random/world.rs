//! Records drawn as numbers, and what the numbers mean.

use proptest::collection::vec;
use proptest::strategy::Strategy;

use super::super::Failure;
use super::super::bench::Bench;
use crate::change::{Change, ChangeSet};
use crate::id::{RecordId, Version};
use crate::schema::{ColumnDef, ColumnType, EntityDef, Name, Path, Record, Schema};
use crate::storage::{MemoryStorage, Storage};
use crate::value::{Money, Quantity, Rate, Timestamp, Value};

/// The entities that questions are asked about, and how many records of each there are at most.
const ENTITIES: [(&str, usize); 5] =
    [("ct_region", 4), ("ct_account", 7), ("order", 12), ("ct_line", 12), ("ct_sample", 6)];

/// One drawn number for each field of a record; only as many are used as there are fields.
pub(super) type Seeds = Vec<u16>;

/// The records of each entity.
pub(super) type World = Vec<Vec<Seeds>>;

/// Worlds of many sizes up to the largest.
pub(super) fn worlds() -> impl Strategy<Value = World> {
    ENTITIES.map(|(_, most)| vec(vec(0..64_u16, 24), most / 3..=most)).to_vec()
}

/// A store of the fixture and the reference, with the same records in both.
pub(super) async fn fill(bench: &Bench, reference: &MemoryStorage, world: &World) -> Result<(), Failure> {
    let schema = bench.storage.schema();
    let mut records: Vec<Record> = Vec::new();
    for ((entity, _), drawn) in ENTITIES.iter().zip(world) {
        let Some(def) = schema.entity(entity) else { continue };
        for (index, seeds) in drawn.iter().enumerate() {
            let targets = |target: &str, seed: u16| {
                // Only records that were drawn before, or the record itself, can be referred to.
                let known: Vec<RecordId> = records.iter().filter(|r| r.entity == target).map(|r| r.id).collect();
                known.get(usize::from(seed) % known.len().max(1)).copied()
            };
            let Some(values) = values(def, seeds, index, &targets) else { continue };
            let id = spread(entity, index);
            records.push(Record {
                entity: def.name.clone(),
                id,
                version: Version::NEW,
                values,
                custom: Default::default(),
            });
        }
    }
    let again: Vec<Change> = records
        .iter()
        .step_by(3)
        .map(|record| Change::Update { record: record.clone(), expected: Version(1) })
        .collect();
    for changes in [records.into_iter().map(Change::Insert).collect(), again] {
        both(bench, reference, &bench.set(changes)).await?;
    }
    Ok(())
}

async fn both(bench: &Bench, reference: &MemoryStorage, set: &ChangeSet) -> Result<(), Failure> {
    super::super::bench::commit(&*bench.storage, set).await?;
    reference.commit(set).await?;
    Ok(())
}

/// Ids whose order is not that of the records.
fn spread(entity: &str, index: usize) -> RecordId {
    let mut bytes = [u8::try_from(entity.len()).unwrap_or_default(); 16];
    bytes[0] = u8::try_from(index * 101 % 251).unwrap_or_default();
    RecordId::from_bytes(bytes)
}

fn values(
    def: &EntityDef,
    seeds: &[u16],
    index: usize,
    targets: &dyn Fn(&str, u16) -> Option<RecordId>,
) -> Option<Vec<Value>> {
    let fields = def.columns.iter().zip(seeds);
    fields.map(|(column, seed)| field(def, column, *seed, index, targets)).collect()
}

/// The value that a number stands for in a field; `None` if the record can't be.
fn field(
    def: &EntityDef,
    column: &ColumnDef,
    seed: u16,
    index: usize,
    targets: &dyn Fn(&str, u16) -> Option<RecordId>,
) -> Option<Value> {
    if !column.required && seed % 4 == 3 {
        return Some(Value::Null);
    }
    if let ColumnType::Reference(target) = &column.column_type {
        let found = targets(target, seed).map(Value::Id);
        return if column.required { found } else { Some(found.unwrap_or(Value::Null)) };
    }
    let value = pooled(&column.column_type, seed);
    let unique = def.facts.unique.iter().any(|key| key.fields.contains(&column.name));
    Some(match value {
        Value::Text(text) if unique => Value::Text(format!("{text}{index}")),
        // An empty text is no value where one is required.
        Value::Text(text) if column.required && text.is_empty() => Value::from("-"),
        value => value,
    })
}

/// The value of a kind that a number stands for: few, so that they meet again in filters, groups and ties.
pub(super) fn pooled(kind: &ColumnType, seed: u16) -> Value {
    let seed = usize::from(seed);
    let pick = |pool: &[i64]| pool.get(seed % pool.len()).copied().unwrap_or_default();
    let number = || pick(&[0, 1, -1, 15_000, 2, 9_007_199_254_740_993, -25_000, 1, 3, 5]);
    match kind {
        ColumnType::Bool => Value::Bool(seed % 2 == 1),
        ColumnType::Int => Value::Int(number()),
        ColumnType::Money => Money::from_raw(number()).map_or(Value::Null, Value::Money),
        ColumnType::Quantity => Quantity::from_raw(number()).map_or(Value::Null, Value::Quantity),
        ColumnType::Rate => Rate::from_raw(number()).map_or(Value::Null, Value::Rate),
        ColumnType::Text => {
            const TEXTS: [&str; 11] = ["a", "b", "A", "é", "ab", "中文", "", "😀 x", "a_b%", "Ａ B", "\u{FFFD}"];
            Value::from(TEXTS[seed % TEXTS.len()])
        }
        ColumnType::Date => {
            const DAYS: [&str; 5] = ["2024-01-01", "2023-12-31", "2024-02-29", "1969-12-31", "9999-12-31"];
            DAYS[seed % DAYS.len()].parse().map_or(Value::Null, Value::Date)
        }
        ColumnType::Timestamp => {
            const HOUR: i64 = 3_600_000_000;
            // The last night of 2023 and the nights in which clocks change, to the hour and a microsecond before.
            let nights = pick(&[1_704_063_600, 1_679_792_400, 1_698_541_200, 0, 1_541_300_400, -1, 1_698_544_800]);
            let micros = nights.saturating_mul(1_000_000).saturating_sub(pick(&[0, 1, HOUR]));
            Timestamp::from_micros(micros).map_or(Value::Null, Value::Timestamp)
        }
        ColumnType::Choice(def) => {
            let item = def.items.get(seed % def.items.len().max(1));
            item.map_or(Value::Null, |item| Value::from(item.code.to_string()))
        }
        ColumnType::Json => Value::Json(serde_json::json!({"seed": seed % 3})),
        ColumnType::Reference(target) => Value::Id(spread(target, seed % 7)),
    }
}

/// A path and the kind at its end.
#[derive(Debug, Clone)]
pub(super) struct Way {
    pub(super) path: Path,
    pub(super) kind: ColumnType,
}

/// Every field of an entity and of what it refers to, up to three references away.
pub(super) fn ways(schema: &Schema, entity: &str) -> Vec<Way> {
    let mut ways = Vec::new();
    let mut front: Vec<(Option<Path>, Name)> = vec![(None, Name::Owned(entity.to_owned()))];
    for _ in 0..=3 {
        let mut next = Vec::new();
        for (before, entity) in front {
            let Some(def) = schema.entity(&entity) else { continue };
            let own = def.columns.iter().map(|column| (column.name.clone(), column.column_type.clone()));
            let reserved = [("id".into(), ColumnType::Reference(entity.clone())), ("version".into(), ColumnType::Int)];
            for (name, kind) in own.chain(reserved) {
                let step = Path::field(name.clone());
                let path = before.clone().map_or(step.clone(), |before| before.then(step));
                if let (ColumnType::Reference(target), true) = (&kind, name != "id") {
                    next.push((Some(path.clone()), target.clone()));
                }
                ways.push(Way { path, kind });
            }
        }
        front = next;
    }
    ways
}

/// The entity that a number stands for.
pub(super) fn entity(seed: u16) -> &'static str {
    ENTITIES[usize::from(seed) % ENTITIES.len()].0
}
