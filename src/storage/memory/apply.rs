//! Applying a change set: in order, in place, and taken back whole if anything is refused.

use std::sync::Arc;

use super::super::{Result, StorageError};
use super::state::{State, Table};
use crate::change::{Adjust, AdjustKey, Change, ChangeSet, Committed, adjusted, filled};
use crate::error::{Refusal, Refused};
use crate::id::{Position, RecordId, Version};
use crate::query::evaluate::{Dataset, Matcher};
use crate::schema::{ColumnType, EntityDef, Name, Record, Schema};

/// A commit in progress: what it has done so far, and how to take it back.
struct Progress<'a> {
    state: &'a mut State,
    schema: &'a Schema,
    undo: Vec<(Name, RecordId, Option<Arc<Record>>)>,
    slots: Vec<i64>,
    purged: Vec<u64>,
}

impl State {
    /// Applies a set of which `problems` are already known.
    pub(super) fn commit(
        &mut self,
        schema: &Schema,
        set: &ChangeSet,
        problems: Vec<Refused>,
    ) -> Result<Committed, StorageError> {
        let mut refused = problems;
        let known: Vec<usize> = refused.iter().map(|refused| refused.index).collect();
        let mut progress = Progress { state: self, schema, undo: Vec::new(), slots: Vec::new(), purged: Vec::new() };
        let mut done = Vec::new();
        for (index, change) in set.changes.iter().enumerate() {
            if known.contains(&index) {
                progress.skip(change);
                continue;
            }
            match progress.apply(change) {
                Ok(removed) => done.push((index, change, removed)),
                Err(reason) => {
                    progress.skip(change);
                    refused.push(change.refused(index, reason));
                }
            }
        }
        for (index, change, removed) in done {
            if let Err(reason) = progress.check_references(change, &removed) {
                refused.push(change.refused(index, reason));
            }
        }
        if !refused.is_empty() {
            progress.take_back();
            return Err(StorageError::refused(refused));
        }
        let (slots, purged) = (progress.slots, progress.purged);
        self.position += 1;
        let committed = Committed::new(Position(self.position), slots, purged);
        Arc::make_mut(&mut self.commits).insert(set.id, committed.clone());
        Ok(committed)
    }
}

impl Progress<'_> {
    fn def(&self, entity: &str) -> Result<Arc<EntityDef>, Refusal> {
        let def = self.schema.entity(entity).cloned();
        def.ok_or_else(|| Refusal::Invalid(format!("there is no entity `{entity}`")))
    }

    fn table(&self, entity: &str) -> Result<&Table, Refusal> {
        let table = self.state.tables.get(entity).map(AsRef::as_ref);
        table.ok_or_else(|| Refusal::Invalid(format!("there is no entity `{entity}`")))
    }

    fn set(&mut self, entity: &Name, id: RecordId, record: Option<Record>) {
        let Some(table) = self.state.tables.get_mut(entity) else { return };
        let before = Arc::make_mut(table).set(id, record.map(Arc::new));
        self.undo.push((entity.clone(), id, before));
    }

    fn take_back(self) {
        for (entity, id, before) in self.undo.into_iter().rev() {
            if let Some(table) = self.state.tables.get_mut(&entity) {
                Arc::make_mut(table).set(id, before);
            }
        }
    }

    /// A refused addition still counts its slot, so that the others keep theirs.
    fn skip(&mut self, change: &Change) {
        if let Change::Adjust(Adjust { slot: Some(_), .. }) = change {
            self.slots.push(0);
        }
    }

    /// Makes a change; gives the ids of what it removed.
    fn apply(&mut self, change: &Change) -> Result<Vec<RecordId>, Refusal> {
        match change {
            Change::Insert(record) => {
                if self.state.get(&record.entity, record.id).is_some() {
                    return Err(Refusal::Exists);
                }
                self.write(record.clone(), record.version)?;
            }
            Change::Update { record, expected } => {
                self.expect(&record.entity, record.id, *expected)?;
                self.write(record.clone(), *expected)?;
            }
            Change::Delete { entity, id, expected } => {
                self.expect(entity, *id, *expected)?;
                self.set(entity, *id, None);
                return Ok(vec![*id]);
            }
            Change::Check { entity, id, expected } => self.expect(entity, *id, *expected)?,
            Change::Adjust(adjust) => self.adjust(adjust)?,
            Change::Purge { entity, filter, limit } => {
                let def = self.def(entity)?;
                let filter = filter.clone().prepare(self.schema, &def);
                let filter = filter.map_err(|error| Refusal::Invalid(error.to_string()))?;
                let matcher = Matcher::new(&*self.state, &filter);
                let matching = self.state.scan(entity).filter(|record| matcher.matches(record)).take(*limit);
                let ids: Vec<RecordId> = matching.map(|record| record.id).collect();
                for id in &ids {
                    self.set(entity, *id, None);
                }
                self.purged.push(ids.len() as u64);
                return Ok(ids);
            }
        }
        Ok(Vec::new())
    }

    fn expect(&self, entity: &str, id: RecordId, expected: Version) -> Result<(), Refusal> {
        match self.state.get(entity, id) {
            None => Err(Refusal::Missing),
            Some(record) if record.version != expected => Err(Refusal::Stale { found: record.version }),
            Some(_) => Ok(()),
        }
    }

    /// Stores a record as the version after `before`.
    fn write(&mut self, record: Record, before: Version) -> Result<(), Refusal> {
        let def = self.def(&record.entity)?;
        let mut record = filled(record, &def, &self.slots);
        record.version = before.next();
        if let Some(key) = self.table(&def.name)?.taken(&record).and_then(|key| def.facts.unique.get(key)) {
            return Err(Refusal::Taken { fields: key.fields.clone() });
        }
        self.set(&def.name, record.id, Some(record));
        Ok(())
    }

    fn adjust(&mut self, adjust: &Adjust) -> Result<(), Refusal> {
        let def = self.def(&adjust.entity)?;
        let id = match &adjust.key {
            AdjustKey::Id(id) => Some(*id),
            AdjustKey::Unique(values) => self.holder(&def, values)?,
        };
        let found = id.and_then(|id| self.state.get(&def.name, id)).cloned();
        let found = match found {
            Some(found) => found,
            None => {
                let first = adjust.if_absent.clone().ok_or(Refusal::Missing)?;
                if self.state.get(&def.name, first.id).is_some() {
                    return Err(Refusal::Exists);
                }
                first
            }
        };
        let found = filled(found, &def, &self.slots);
        let before = found.version;
        let result = adjusted(found, adjust, &def)?;
        let slot = adjust.slot.as_ref().and_then(|field| result.field(&def, field)?.as_integer());
        self.write(result, before)?;
        if adjust.slot.is_some() {
            self.slots.push(slot.unwrap_or_default());
        }
        Ok(())
    }

    fn holder(&self, def: &EntityDef, values: &[(Name, crate::value::Value)]) -> Result<Option<RecordId>, Refusal> {
        let table = self.table(&def.name)?;
        for key in def.facts.unique.iter().filter(|key| key.when.is_none() && key.fields.len() == values.len()) {
            let value_of = |field: &Name| values.iter().find(|(name, _)| name == field).map(|(_, value)| value.clone());
            let Some(ordered) = key.fields.iter().map(value_of).collect::<Option<Vec<_>>>() else { continue };
            let columns: Vec<usize> = key.fields.iter().filter_map(|field| def.column(field)).collect();
            return Ok(table.holder(&columns, &ordered));
        }
        Ok(None)
    }

    /// What must hold at the end of the set: a record refers to what exists, a deleted one is referred to by none.
    fn check_references(&self, change: &Change, removed: &[RecordId]) -> Result<(), Refusal> {
        let (entity, id) = match change {
            Change::Insert(record) | Change::Update { record, .. } => (&record.entity, record.id),
            Change::Delete { entity, .. } | Change::Purge { entity, .. } => {
                return removed.iter().try_for_each(|id| self.check_referrers(entity, *id));
            }
            Change::Adjust(Adjust { if_absent: Some(record), .. }) => (&record.entity, record.id),
            Change::Check { .. } | Change::Adjust(_) => return Ok(()),
        };
        let def = self.def(entity)?;
        let Some(record) = self.state.get(entity, id) else { return Ok(()) };
        for (column, value) in def.columns.iter().zip(&record.values) {
            let (ColumnType::Reference(target), Some(id)) = (&column.column_type, value.as_id()) else { continue };
            if self.state.get(target, id).is_none() {
                return Err(Refusal::Dangling { field: column.name.clone(), target: id });
            }
        }
        Ok(())
    }

    fn check_referrers(&self, entity: &str, id: RecordId) -> Result<(), Refusal> {
        // An addition after the deletion may have put it back.
        if self.state.get(entity, id).is_some() {
            return Ok(());
        }
        for (def, column) in self.schema.referrers(entity) {
            if self.table(&def.name)?.refers(column, id) {
                let field = def.columns.get(column).map(|column| column.name.clone()).unwrap_or_default();
                return Err(Refusal::Referenced { by: def.name.clone(), field });
            }
        }
        Ok(())
    }
}
