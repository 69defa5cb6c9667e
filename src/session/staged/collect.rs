//! What is staged as one list of changes.

use std::collections::{HashMap, HashSet};

use super::state::{Addition, Fate, Placeholder, State};
use crate::change::{Adjust, Change};
use crate::id::RecordId;
use crate::query::{Comparison, Filter};
use crate::schema::{Name, Path, Record, Schema};
use crate::value::{Slot, Value};

/// The changes of all commands together.
#[derive(Debug)]
pub(in crate::session) struct Collected {
    /// What the commands were, each once in a row.
    pub(in crate::session) commands: Vec<Name>,
    /// The changes: first what was relied on, then what hands out numbers, then the rest.
    pub(in crate::session) changes: Vec<Change>,
    /// The records that are changed or deleted, as they were.
    pub(in crate::session) before: Vec<Record>,
    /// The commands that wrote each record.
    pub(in crate::session) authors: HashMap<(Name, RecordId), Vec<Name>>,
}

/// Each record is written once, whatever was done to it: in its last form, from the version in the store.
pub(super) fn collect(state: &State, schema: &Schema, skip: i64) -> Collected {
    let fates = state.fates();
    let numbers = numbers(state, &fates);
    let mut changes: Vec<Change> = Vec::new();
    for ((entity, id), expected) in &state.checks {
        let written = state.record(entity, *id).is_some_and(|fate| fate.written && fate.before.is_some());
        let check = Change::Check { entity: entity.clone(), id: *id, expected: *expected };
        if !written && !changes.contains(&check) {
            changes.push(check);
        }
    }
    for slot in &numbers {
        if let Some(Addition { adjust, .. }) = state.additions.iter().find(|addition| addition.slot == Some(*slot)) {
            changes.push(Change::Adjust(skipping(adjust, skip)));
        }
    }
    let mut removals = Vec::new();
    let mut writes = Vec::new();
    for fate in &fates {
        if !fate.written {
            continue;
        }
        match (&fate.before, &fate.now) {
            (None, None) => {}
            (None, Some(now)) => {
                writes.push(Change::Insert(numbered(Record { version: fate.carried, ..now.clone() }, state, &numbers)))
            }
            (Some(before), Some(now)) => {
                let record = numbered(now.clone(), state, &numbers);
                writes.push(Change::Update { record, expected: before.version });
            }
            (Some(before), None) => removals.push(removal(before, schema)),
        }
    }
    // What gives up a unique value goes before what may take it.
    changes.extend(removals);
    changes.extend(writes);
    for Addition { adjust, to, slot } in &state.additions {
        let folded = to.as_ref().and_then(|(entity, id)| state.record(entity, *id)).is_some_and(|fate| fate.written);
        if slot.is_none() && !folded {
            changes.push(Change::Adjust(adjust.clone()));
        }
    }
    let before = fates.into_iter().filter(|fate| fate.written).filter_map(|fate| fate.before).collect();
    Collected { commands: state.commands.clone(), changes, before, authors: state.authors.clone() }
}

/// The numbers that records still have, in the order they were asked for; one that nobody has any more is not taken.
fn numbers(state: &State, fates: &[Fate]) -> Vec<usize> {
    let values = fates.iter().filter_map(|fate| fate.now.as_ref()).flat_map(|record| &record.values);
    let used = values.filter_map(Value::as_text).filter_map(|text| state.placeholders.get(text));
    let used: HashSet<usize> = used.map(|placeholder| placeholder.slot).collect();
    let mut used: Vec<usize> = used.into_iter().collect();
    used.sort_unstable();
    used
}

/// A number is handed out after leaving some out, because others have them already.
fn skipping(adjust: &Adjust, skip: i64) -> Adjust {
    let mut adjust = adjust.clone();
    for (field, amount) in &mut adjust.add {
        if Some(&*field) == adjust.slot.as_ref() {
            *amount = amount.saturating_add(skip);
        }
    }
    adjust
}

/// The record with its numbers where the texts stand for them.
fn numbered(mut record: Record, state: &State, numbers: &[usize]) -> Record {
    for value in &mut record.values {
        let Some(placeholder) = value.as_text().and_then(|text| state.placeholders.get(text)) else { continue };
        let Some(index) = numbers.iter().position(|slot| *slot == placeholder.slot) else { continue };
        let Placeholder { prefix, width, offset, .. } = placeholder.clone();
        *value = Value::Slot(Slot { index, prefix, width, offset });
    }
    record
}

fn removal(before: &Record, schema: &Schema) -> Change {
    let append_only = schema.entity(&before.entity).is_some_and(|def| def.facts.append_only);
    if append_only {
        let filter =
            Filter::Compare { path: Path::field("id"), comparison: Comparison::Equal, value: Value::Id(before.id) };
        return Change::Purge { entity: before.entity.clone(), filter, limit: 1 };
    }
    Change::Delete { entity: before.entity.clone(), id: before.id, expected: before.version }
}
