//! Which events a set leaves.

use std::collections::BTreeMap;

use super::draft::EventDraft;
use super::entry::{EventEntry, EventKind, NewEventEntry, list, object};
use super::options::EventOptions;
use super::shard::{EventShard, shard_of};
use crate::change::{Adjust, Change, ChangeSet};
use crate::history::value_to_json;
use crate::id::{Id, RecordId};
use crate::schema::{Entity, EntityDef, Name, Record, Schema};
use crate::value::{Slot, Value};

/// A longer value is not told: whoever needs it reads the record.
const MAX_VALUE: usize = 4_096;

/// The events of a set: one for each record that it makes, changes or deletes, in the order of the changes. `before`
/// gives a record as it is, where it is to be changed; one that has another version than the set expects leaves no
/// event, since the set will be refused. `commands` says which commands of a unit of work wrote a record.
///
/// # Examples
///
/// ```
/// use crmkit::change::{Change, ChangeSet};
/// use crmkit::events::{EventOptions, derive};
/// use crmkit::id::SetId;
/// use crmkit::prelude::*;
///
/// let schema = crmkit::standard_schema()?;
/// let acme = Customer::draft(Id::new(RecordId::from_bytes([8; 16])), NewCustomer::new("Acme"));
/// let mut set = ChangeSet::new(SetId(RecordId::from_bytes([7; 16])), Timestamp::EPOCH, "customer.create");
/// set.changes.push(Change::Insert(acme.into_record()));
/// let told = |options: &EventOptions| derive(&schema, &set, options, |_, _| None, |_, _| Vec::new());
/// assert_eq!(told(&EventOptions::default()).len(), 1);
/// assert!(told(&EventOptions::default().without::<Customer>()).is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn derive<'a>(
    schema: &Schema,
    set: &ChangeSet,
    options: &EventOptions,
    before: impl Fn(&Name, RecordId) -> Option<&'a Record>,
    commands: impl Fn(&Name, RecordId) -> Vec<Name>,
) -> Vec<EventDraft> {
    let mut drafts = Vec::new();
    for change in &set.changes {
        let Some(def) = schema.entity(change.entity()).filter(|def| options.tells(def)) else { continue };
        let (kind, id) = match change {
            Change::Insert(record) => (EventKind::Inserted, record.id),
            Change::Update { record, .. } => (EventKind::Updated, record.id),
            Change::Delete { id, .. } => (EventKind::Deleted, *id),
            // Sums follow from what other events tell, and what is purged has had its time.
            Change::Check { .. } | Change::Adjust(_) | Change::Purge { .. } => continue,
        };
        let mut draft = EventDraft::new(set.command.clone(), def.code.clone(), id, kind);
        match change {
            Change::Insert(record) => tell(&mut draft, def, None, record),
            Change::Update { record, expected } => {
                let found = before(&record.entity, id).filter(|found| found.version == *expected);
                let Some(found) = found else { continue };
                tell(&mut draft, def, Some(found), record);
                if draft.data.is_empty() && draft.omitted.is_empty() && draft.number.is_none() {
                    continue;
                }
            }
            Change::Delete { .. } | Change::Check { .. } | Change::Adjust(_) | Change::Purge { .. } => {}
        }
        let wrote = commands(&def.name, id);
        if let Some(last) = wrote.last() {
            draft.name = last.clone();
            draft.commands = if wrote.len() > 1 { wrote } else { Vec::new() };
        }
        drafts.push(draft);
    }
    drafts
}

/// Adds events to the set that is to commit them: numbers for them, and themselves. `fresh` gives ids.
///
/// # Examples
///
/// ```
/// use crmkit::change::{Change, ChangeSet};
/// use crmkit::events::{EventDraft, append};
/// use crmkit::id::{IdSource, SetId, UuidSource};
/// use crmkit::prelude::*;
/// use crmkit::storage::Storage;
///
/// let (now, ids) = (Timestamp::EPOCH, UuidSource::default());
/// let mut set = ChangeSet::new(SetId(ids.next_id(now)), now, "customer.call");
/// let called = EventDraft::about::<Customer>(Id::new(ids.next_id(now)), "customer.called");
/// append(&mut set, vec![called], || Id::new(ids.next_id(now)));
/// assert!(matches!(set.changes[..], [Change::Adjust(_), Change::Insert(_)]), "a number, and the event that has it");
/// let storage = MemoryStorage::new(crmkit::standard_schema()?);
/// assert_eq!(pollster::block_on(storage.commit(&set))?.slots, [1]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn append(set: &mut ChangeSet, drafts: Vec<EventDraft>, mut fresh: impl FnMut() -> Id<EventEntry>) {
    let takes_slot = |change: &&Change| matches!(change, Change::Adjust(Adjust { slot: Some(_), .. }));
    let taken = set.changes.iter().filter(takes_slot).count();
    let mut counts: BTreeMap<usize, i64> = BTreeMap::new();
    for draft in &drafts {
        *counts.entry(shard_of(draft.record)).or_default() += 1;
    }
    // The slot of each shard, and how many of its numbers are still to be given.
    let mut left = BTreeMap::new();
    for (place, (shard, count)) in counts.into_iter().enumerate() {
        set.changes.push(Change::Adjust(EventShard::take(shard, count)));
        left.insert(shard, (taken + place, count));
    }
    for draft in drafts {
        let shard = shard_of(draft.record);
        let Some((index, left)) = left.get_mut(&shard) else { continue };
        *left -= 1;
        let sequence = Slot { index: *index, prefix: String::new(), width: 0, offset: -*left };
        let id = draft.id().map_or_else(&mut fresh, Id::new);
        set.changes.push(Change::Insert(entry(set, draft, shard, sequence, id)));
    }
}

fn entry(set: &ChangeSet, draft: EventDraft, shard: usize, sequence: Slot, id: Id<EventEntry>) -> Record {
    let number = draft.number;
    let new = NewEventEntry {
        shard: i64::try_from(shard).unwrap_or_default(),
        sequence: 0,
        set: set.id.to_string(),
        at: set.at,
        actor: set.actor.map(|actor| actor.to_string()),
        name: draft.name.to_string(),
        entity: draft.entity.to_string(),
        record: draft.record.to_string(),
        kind: draft.kind,
        data: object(draft.data),
        omitted: list(&draft.omitted),
        commands: list(&draft.commands),
        numbered: number.as_ref().map(|(field, _)| field.to_string()),
        ..Default::default()
    };
    let (mut record, def) = (EventEntry::draft(id, new).into_record(), EventEntry::definition());
    let mut put = |field: &str, value: Value| {
        if let Some(place) = def.column(field).and_then(|place| record.values.get_mut(place)) {
            *place = value;
        }
    };
    put(EventEntry::sequence.name(), Value::Slot(sequence));
    if let Some((_, slot)) = number {
        put(EventEntry::number.name(), Value::Slot(slot));
    }
    record
}

/// What the fields hold that a set changes; in a new record all that have a value.
fn tell(draft: &mut EventDraft, def: &EntityDef, before: Option<&Record>, after: &Record) {
    for (place, column) in def.columns.iter().enumerate() {
        let value = after.value(place);
        let same = before.map_or(value.is_null(), |before| before.value(place) == value);
        if same {
            continue;
        }
        let long = match value {
            Value::Text(text) => text.len() > MAX_VALUE,
            Value::Json(json) => json.to_string().len() > MAX_VALUE,
            _ => false,
        };
        match value {
            _ if long || def.facts.redacted.contains(&column.name) => draft.omitted.push(column.name.clone()),
            // A number that only the commit knows.
            Value::Slot(slot) => draft.number = Some((column.name.clone(), slot.clone())),
            value => _ = draft.data.insert(column.name.to_string(), value_to_json(value)),
        }
    }
    let same = before.map_or(after.custom.is_empty(), |before| before.custom == after.custom);
    if !same {
        let text = serde_json::Value::Object(after.custom.clone()).to_string();
        if text.len() > MAX_VALUE {
            draft.omitted.push("custom".into());
        } else {
            draft.data.insert("custom".to_owned(), serde_json::Value::String(text));
        }
    }
}
