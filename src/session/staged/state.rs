//! What is staged.

use std::collections::HashMap;

use super::trial::Trial;
use crate::change::{Adjust, AdjustKey, Change, ChangeSet};
use crate::id::{RecordId, Version};
use crate::schema::{Name, Record};
use crate::storage::Workspace;
use crate::value::{Slot, Value};

/// A record of an entity, by name and id.
pub(super) type Key = (Name, RecordId);

/// What became of one record.
#[derive(Debug, Clone)]
pub(in crate::session) struct Fate {
    /// As it is in the store.
    pub(in crate::session) before: Option<Record>,
    /// As it is staged. Numbers that only the commit knows are placeholders.
    pub(in crate::session) now: Option<Record>,
    /// Whether it was written as a whole and not only added to.
    pub(in crate::session) written: bool,
    /// The version a new record continues from.
    pub(super) carried: Version,
    /// When it was written last.
    turn: u64,
}

/// An addition that is staged.
#[derive(Debug, Clone)]
pub(super) struct Addition {
    pub(super) adjust: Adjust,
    /// The record it adds to.
    pub(super) to: Option<Key>,
    /// The placeholders of the number it hands out.
    pub(super) slot: Option<usize>,
}

/// A number that only the commit knows.
#[derive(Debug, Clone)]
pub(super) struct Placeholder {
    /// Which of the additions that hand out a number.
    pub(super) slot: usize,
    pub(super) prefix: String,
    pub(super) width: usize,
    pub(super) offset: i64,
}

/// All that is staged.
#[derive(Debug, Clone, Default)]
pub(super) struct State {
    records: HashMap<Name, HashMap<RecordId, Fate>>,
    pub(super) additions: Vec<Addition>,
    pub(super) checks: Vec<(Key, Version)>,
    pub(super) commands: Vec<Name>,
    /// The commands that wrote a record, each once in a row.
    pub(super) authors: HashMap<Key, Vec<Name>>,
    /// By the text that stands for the number.
    pub(super) placeholders: HashMap<String, Placeholder>,
    slots: usize,
    turns: u64,
    pub(super) closed: bool,
}

impl State {
    /// What became of a record, if it was written.
    pub(super) fn record(&self, entity: &str, id: RecordId) -> Option<&Fate> {
        self.records.get(entity)?.get(&id)
    }

    /// What became of the records of an entity.
    pub(super) fn of(&self, entity: &str) -> impl Iterator<Item = (&RecordId, &Fate)> {
        self.records.get(entity).into_iter().flatten()
    }

    /// What became of every record, in the order in which they were written last.
    pub(super) fn fates(&self) -> Vec<Fate> {
        let mut all: Vec<Fate> = self.records.values().flat_map(HashMap::values).cloned().collect();
        all.sort_by_key(|fate| fate.turn);
        all
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = (&Name, &RecordId, &Fate)> {
        self.records.iter().flat_map(|(name, fates)| fates.iter().map(move |(id, fate)| (name, id, fate)))
    }

    /// The set with a text in place of every number that it takes from a series, and what the texts stand for.
    pub(super) fn with_placeholders(&self, set: &ChangeSet) -> (ChangeSet, HashMap<String, Placeholder>) {
        let (mut set, mut made) = (set.clone(), HashMap::new());
        for change in &mut set.changes {
            let (Change::Insert(record) | Change::Update { record, .. }) = change else { continue };
            for value in &mut record.values {
                let Value::Slot(Slot { index, prefix, width, offset }) = value else { continue };
                let slot = self.slots + *index;
                let text = format!("{prefix}#{}", slot + 1);
                made.insert(
                    text.clone(),
                    Placeholder { slot, prefix: std::mem::take(prefix), width: *width, offset: *offset },
                );
                *value = Value::Text(text);
            }
        }
        (set, made)
    }

    /// Takes in what a set did that was tried.
    pub(super) fn take_in(&mut self, trial: Trial, set: &ChangeSet, placeholders: HashMap<String, Placeholder>) {
        let mut additions = Vec::new();
        for change in &set.changes {
            match change {
                Change::Adjust(adjust) => {
                    let slot = adjust.slot.as_ref().map(|_| self.slots);
                    self.slots += usize::from(slot.is_some());
                    additions.push(Addition { to: trial.target(adjust), adjust: adjust.clone(), slot });
                }
                Change::Check { entity, id, expected } if self.record(entity, *id).is_none() => {
                    self.checks.push(((entity.clone(), *id), *expected));
                }
                Change::Insert(_)
                | Change::Update { .. }
                | Change::Delete { .. }
                | Change::Check { .. }
                | Change::Purge { .. } => {}
            }
        }
        self.additions.extend(additions);
        self.placeholders.extend(placeholders);
        if self.commands.last() != Some(&set.command) {
            self.commands.push(set.command.clone());
        }
        for ((entity, id), before, now) in trial.into_effects() {
            self.turns += 1;
            let fates = self.records.entry(entity).or_default();
            let fate = fates.entry(id).or_insert(Fate::of(before));
            (fate.now, fate.turn) = (now, self.turns);
        }
        for change in &set.changes {
            match change {
                Change::Insert(record) => {
                    self.mark_written(&record.entity, record.id, Some(record.version));
                    self.mark_author(&record.entity, record.id, &set.command);
                }
                Change::Update { record, .. } => {
                    self.mark_written(&record.entity, record.id, None);
                    self.mark_author(&record.entity, record.id, &set.command);
                }
                Change::Delete { entity, id, .. } => self.mark_author(entity, *id, &set.command),
                Change::Check { .. } | Change::Adjust(_) | Change::Purge { .. } => {}
            }
        }
        self.mark_removed();
    }

    fn mark_author(&mut self, entity: &Name, id: RecordId, command: &Name) {
        let commands = self.authors.entry((entity.clone(), id)).or_default();
        if commands.last() != Some(command) {
            commands.push(command.clone());
        }
    }

    fn mark_written(&mut self, entity: &str, id: RecordId, carried: Option<Version>) {
        if let Some(fate) = self.records.get_mut(entity).and_then(|fates| fates.get_mut(&id)) {
            fate.written = true;
            fate.carried = carried.unwrap_or(fate.carried);
        }
    }

    fn mark_removed(&mut self) {
        let fates = self.records.values_mut().flat_map(HashMap::values_mut);
        fates.filter(|fate| fate.now.is_none()).for_each(|fate| fate.written = true);
    }
}

impl Fate {
    const fn of(before: Option<Record>) -> Self {
        Self { before, now: None, written: false, carried: Version::NEW, turn: 0 }
    }
}

impl Trial {
    /// The record an addition has been made to.
    fn target(&self, adjust: &Adjust) -> Option<Key> {
        let id = match &adjust.key {
            AdjustKey::Id(id) => Some(*id),
            AdjustKey::Unique(values) => self.holder(self.def(&adjust.entity)?, values),
        };
        Some((adjust.entity.clone(), id?))
    }
}
