//! Random change sets: accepted or refused as the reference does, for the same reasons, with the same result.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::collection::vec;
use proptest::strategy::Strategy;

use super::super::bench::{Bench, commit, contents};
use super::super::failure::ensure_eq;
use super::super::{Fixture, Outcome, schema};
use crate::change::{Adjust, AdjustKey, Bound, Change, ChangeSet, Committed};
use crate::error::Refused;
use crate::id::{RecordId, SetId, Version};
use crate::query::Filter;
use crate::schema::{ColumnType, CustomFields, EntityDef, Path, Record, Schema};
use crate::storage::{MemoryStorage, Storage, StorageError, StorageErrorKind};
use crate::value::{Money, Slot, Timestamp, Value};

/// The entities that are changed.
const ENTITIES: [&str; 7] =
    ["ct_region", "ct_account", "ct_badge", "ct_series", "ct_numbered", "ct_event", "ct_bookmark"];
/// How many ids of each entity there are.
const IDS: u8 = 3;

/// One change, drawn as numbers.
#[derive(Debug, Clone)]
pub(super) struct Draw {
    kind: u8,
    entity: u8,
    id: u8,
    /// Usually a change fits the state it meets; this says when and how it does not.
    twist: u8,
    values: Vec<u16>,
}

/// Sets of changes, one after another.
pub(super) type History = Vec<Vec<Draw>>;

pub(super) fn histories() -> impl Strategy<Value = History> {
    let draw = (0..16_u8, 0..7_u8, 0..IDS, 0..16_u8, vec(0..32_u16, 8));
    let draw = draw.prop_map(|(kind, entity, id, twist, values)| Draw { kind, entity, id, twist, values });
    vec(vec(draw, 1..4), 1..40)
}

/// What came of a set, as far as stores must agree on it.
type Told = Result<(Vec<i64>, Vec<u64>, bool), (StorageErrorKind, Vec<Refused>)>;

/// The store does to every set what the reference does.
pub(super) async fn agree(fixture: &dyn Fixture, history: &History) -> Outcome {
    let schema = schema::schema()?;
    let reference = MemoryStorage::new(Arc::clone(&schema));
    let bench = Bench::open(fixture, Arc::clone(&schema)).await?;
    let (mut sets, mut last): (Vec<ChangeSet>, _) = (vec![beginning(&bench, &schema)], None);
    for set in &sets {
        reference.commit(set).await?;
        commit(&*bench.storage, set).await?;
    }
    for draws in history {
        let state = contents(&reference).await?;
        let versions = state.into_iter().map(|((entity, id), record)| ((entity.into_owned(), id), record.version));
        let maker = Maker { schema: &schema, versions: versions.collect() };
        let mut set = ChangeSet::new(SetId(bench.raw_id()), Timestamp::EPOCH, "random");
        for draw in draws {
            maker.push(draw, &mut set.changes);
        }
        if let (Some(again), true) = (sets.last(), draws.first().is_some_and(|draw| draw.twist == 15)) {
            set = again.clone();
        }
        let wanted = told(reference.commit(&set).await);
        let done = commit(&*bench.storage, &set).await;
        if let Ok(done) = &done {
            let grows = done.replayed || last < Some(done.position);
            ensure_eq!(grows, true, "whether the position {:?} lies behind {last:?}", done.position);
            last = last.max(Some(done.position));
        }
        let found = told(done);
        sets.push(set);
        ensure_eq!(found, wanted, "what came of the last of these sets\n{}", shown(&sets));
    }
    let (found, wanted) = (bench.contents().await?, contents(&reference).await?);
    ensure_eq!(found, wanted, "the store after these sets\n{}", shown(&sets));
    Ok(())
}

fn told(result: Result<Committed, StorageError>) -> Told {
    match result {
        Ok(done) => Ok((done.slots, done.purged, done.replayed)),
        Err(error) => Err((error.kind(), error.refusals().to_vec())),
    }
}

fn shown(sets: &[ChangeSet]) -> String {
    let sets: Vec<String> = sets.iter().map(|set| format!("  {:?}", set.changes)).collect();
    sets.join("\n")
}

/// Makes changes that mostly fit what is stored.
struct Maker<'a> {
    schema: &'a Schema,
    versions: BTreeMap<(String, RecordId), Version>,
}

impl Maker<'_> {
    fn push(&self, draw: &Draw, changes: &mut Vec<Change>) {
        let entity = ENTITIES[usize::from(draw.entity) % ENTITIES.len()];
        let id = id(entity, draw.id);
        let current = self.versions.get(&(entity.to_owned(), id)).copied();
        let expected = match (current, draw.twist) {
            (Some(version), 0) => version.next(),
            (Some(version), _) => version,
            (None, _) => Version(1),
        };
        let append_only = entity == "ct_event" && draw.twist != 7;
        match draw.kind {
            0..=6 if current.is_none() || draw.twist == 1 => {
                changes.push(Change::Insert(self.record(entity, id, draw)));
            }
            9 => changes.push(Change::Check { entity: entity.into(), id, expected }),
            0..=8 if append_only => changes.push(self.purge(draw)),
            0..=6 => changes.push(Change::Update { record: self.record(entity, id, draw), expected }),
            7..=8 => changes.push(Change::Delete { entity: entity.into(), id, expected }),
            10..=12 => changes.push(Change::Adjust(self.adjust(draw))),
            13 => changes.push(self.purge(draw)),
            _ => self.numbered(draw, changes),
        }
    }

    fn record(&self, entity: &'static str, id: RecordId, draw: &Draw) -> Record {
        let def = self.schema.entity(entity);
        let values = def.map(|def| values(def, &draw.values, draw.twist == 2)).unwrap_or_default();
        let version = if draw.twist == 3 { Version(4) } else { Version::NEW };
        Record { entity: entity.into(), id, version, values, custom: CustomFields::new() }
    }

    fn adjust(&self, draw: &Draw) -> Adjust {
        let seed = |place: usize| draw.values.get(place).copied().unwrap_or_default();
        let mut first = self.record("ct_series", id("ct_series", draw.id), draw);
        let name = first.values.first().cloned().unwrap_or(Value::Null);
        if let Some(name) = first.values.first_mut().filter(|_| draw.twist == 4) {
            *name = Value::from("another");
        }
        let key =
            if seed(1) % 3 == 0 { AdjustKey::Id(first.id) } else { AdjustKey::Unique(vec![("name".into(), name)]) };
        let field = ["last", "last", "last", "total", "gauge"][usize::from(seed(2) % 5)];
        let amount = [1, 1, -1, 5, 1, 1, i64::MAX][usize::from(seed(3) % 7)];
        let bound = Bound { field: field.into(), min: -2, max: 20 };
        Adjust {
            entity: if draw.twist == 5 { "ct_region".into() } else { "ct_series".into() },
            key,
            if_absent: (seed(4) % 3 != 0).then_some(first),
            add: vec![(field.into(), amount)],
            require: if seed(5) % 3 == 0 { vec![bound] } else { Vec::new() },
            slot: (seed(6) % 2 == 0).then(|| field.into()),
        }
    }

    fn purge(&self, draw: &Draw) -> Change {
        let seed = draw.values.first().copied().unwrap_or_default();
        let filter = match seed % 3 {
            0 => Filter::All,
            _ => Filter::In { path: Path::field("kind"), values: vec![text(seed)] },
        };
        let entity = if draw.twist == 6 { "ct_region" } else { "ct_event" };
        Change::Purge { entity: entity.into(), filter, limit: usize::from(seed % 4) }
    }

    /// An addition that hands out a number, and a record with that number.
    fn numbered(&self, draw: &Draw, changes: &mut Vec<Change>) {
        let slots = changes.iter().filter(|change| matches!(change, Change::Adjust(Adjust { slot: Some(_), .. })));
        // Now and then a slot that nothing fills.
        let index = slots.count() + usize::from(draw.twist == 8);
        let slot = Some("last".into());
        changes.push(Change::Adjust(Adjust { slot, require: Vec::new(), ..self.adjust(draw) }));
        let mut record = self.record("ct_numbered", id("ct_numbered", draw.id), draw);
        let slot = Slot { index, prefix: "n".into(), width: 2, offset: draw.twist.into() };
        if let [number, serial, ..] = &mut record.values[..] {
            *number = Value::Slot(slot.clone());
            *serial = Value::Slot(slot);
        }
        changes.push(match self.versions.get(&("ct_numbered".to_owned(), record.id)) {
            Some(version) => Change::Update { record, expected: *version },
            None => Change::Insert(record),
        });
    }
}

/// Some records to begin with: the first of every entity that does not refer to another.
fn beginning(bench: &Bench, schema: &Schema) -> ChangeSet {
    let record = |entity: &'static str, place: u8| {
        let def = schema.entity(entity)?;
        let values = values(def, &[u16::from(place), 2], false);
        let (id, version) = (id(entity, place), Version::NEW);
        Some(Change::Insert(Record { entity: entity.into(), id, version, values, custom: CustomFields::new() }))
    };
    let entities = ["ct_region", "ct_account", "ct_series", "ct_event"];
    let records = entities.iter().flat_map(|entity| [record(entity, 0), record(entity, 1)]);
    bench.set(records.flatten().collect())
}

fn values(def: &EntityDef, seeds: &[u16], spoilt: bool) -> Vec<Value> {
    let mut values: Vec<Value> = def
        .columns
        .iter()
        .zip(seeds.iter().cycle())
        .map(|(column, seed)| {
            if !column.required && seed % 4 >= 2 {
                return Value::Null;
            }
            match &column.column_type {
                ColumnType::Bool => Value::Bool(seed % 2 == 0),
                ColumnType::Int => Value::Int(i64::from(seed % 3)),
                ColumnType::Money => Money::from_raw(i64::from(*seed)).map_or(Value::Null, Value::Money),
                ColumnType::Text => text(*seed),
                ColumnType::Date => Value::Date(crate::value::MAX_DATE),
                ColumnType::Timestamp => Value::Timestamp(Timestamp::EPOCH),
                ColumnType::Choice(choice) => {
                    choice.items.first().map_or(Value::Null, |item| Value::from(item.code.to_string()))
                }
                ColumnType::Reference(target) => {
                    Value::Id(id(target, u8::try_from(seed % u16::from(IDS)).unwrap_or_default()))
                }
                ColumnType::Quantity | ColumnType::Rate | ColumnType::Json => Value::Null,
            }
        })
        .collect();
    if spoilt && let Some(first) = values.first_mut() {
        *first = Value::Null;
    }
    values
}

fn text(seed: u16) -> Value {
    Value::from(["a", "b", "A", "a "][usize::from(seed % 4)])
}

fn id(entity: &str, place: u8) -> RecordId {
    let mut bytes = [0x11; 16];
    let position = ENTITIES.iter().position(|known| *known == entity).unwrap_or(ENTITIES.len());
    bytes[0] = place.wrapping_mul(100).wrapping_add(1);
    bytes[15] = u8::try_from(position).unwrap_or_default();
    RecordId::from_bytes(bytes)
}
