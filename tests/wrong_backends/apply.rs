//! Change sets on a copy of everything.

use crmkit::change::{Adjust, AdjustKey, Change, ChangeSet, Committed, adjusted, filled};
use crmkit::error::{Refusal, Refused};
use crmkit::id::{Position, RecordId, Version};
use crmkit::query::evaluate::{Dataset, Matcher};
use crmkit::schema::{ColumnType, EntityDef, Record, Schema, UniqueKey};
use crmkit::storage::{Result, StorageError};
use crmkit::value::{Slot, Timestamp, Value};
use unicode_normalization::UnicodeNormalization;

use crate::naive::Data;
use crate::quirk::Quirk;

/// A commit under way.
struct Work<'a> {
    data: Data,
    schema: &'a Schema,
    quirk: Option<Quirk>,
    slots: Vec<i64>,
    purged: Vec<u64>,
}

/// The data after a set, and what it did.
pub(crate) fn commit(data: Data, schema: &Schema, set: &ChangeSet, quirk: Option<Quirk>) -> Result<(Data, Committed)> {
    if let Some(done) = data.sets.get(&set.id) {
        let done = done.clone().replayed();
        return Ok((data, done));
    }
    let mut refused = set.problems(schema);
    let mut work = Work { data, schema, quirk, slots: Vec::new(), purged: Vec::new() };
    let mut made = Vec::new();
    for (index, change) in set.changes.iter().enumerate() {
        let known = refused.iter().any(|refused| refused.index == index);
        let result = if known { Err(None) } else { work.make(change).map_err(Some) };
        match result {
            Ok(removed) => made.push((index, change, removed)),
            Err(reason) => {
                if matches!(change, Change::Adjust(Adjust { slot: Some(_), .. })) {
                    work.slots.push(0);
                }
                if work.has(Quirk::CountsRefusedAsMade)
                    && let Change::Insert(record) = change
                {
                    work.put(record.clone(), Version::NEW);
                }
                refused.extend(reason.map(|reason| change.refused(index, reason)));
            }
        }
    }
    for (index, change, removed) in made {
        if let Err(reason) = work.look_at_end(change, &removed) {
            refused.push(change.refused(index, reason));
        }
    }
    if !refused.is_empty() {
        return Err(refusal(refused, quirk));
    }
    Ok(work.finish(set))
}

/// What is left of a set without the changes that are refused.
pub(crate) fn without_refused(data: Data, schema: &Schema, set: &ChangeSet) -> Data {
    let Err(error) = commit(data.clone(), schema, set, None) else { return data };
    let mut rest = set.clone();
    let refused: Vec<usize> = error.refusals().iter().map(|refused| refused.index).collect();
    let mut index = 0;
    rest.changes.retain(|_| {
        index += 1;
        !refused.contains(&(index - 1))
    });
    commit(data.clone(), schema, &rest, None).map_or(data, |(mut after, _)| {
        after.sets.remove(&set.id);
        after
    })
}

fn refusal(mut refused: Vec<Refused>, quirk: Option<Quirk>) -> StorageError {
    refused.sort_by_key(|refused| refused.index);
    if quirk == Some(Quirk::TellsTheFirstRefusalOnly) {
        refused.truncate(1);
    }
    StorageError::refused(refused)
}

impl Work<'_> {
    fn has(&self, quirk: Quirk) -> bool {
        self.quirk == Some(quirk)
    }

    fn finish(mut self, set: &ChangeSet) -> (Data, Committed) {
        if !self.has(Quirk::StandsStill) {
            self.data.position += 1;
        }
        if self.has(Quirk::HandsOutTwice)
            && self.data.position.is_multiple_of(5)
            && let Some(first) = self.slots.first_mut()
        {
            *first -= 1;
        }
        let done = Committed::new(Position(self.data.position), self.slots, self.purged);
        if self.quirk != Some(Quirk::ForgetsSets) {
            self.data.sets.insert(set.id, done.clone());
        }
        (self.data, done)
    }

    fn def(&self, entity: &str) -> Result<&EntityDef, Refusal> {
        let def = self.schema.entity(entity);
        def.map(AsRef::as_ref).ok_or_else(|| Refusal::Invalid(format!("there is no entity `{entity}`")))
    }

    /// Makes a change; gives the ids of what it removed.
    fn make(&mut self, change: &Change) -> Result<Vec<RecordId>, Refusal> {
        match change {
            Change::Insert(record) => {
                let there = self.data.get(&record.entity, record.id).is_some();
                if there && !self.has(Quirk::ForgetsDuplicateIds) {
                    return Err(Refusal::Exists);
                }
                let before = if self.has(Quirk::RestartsVersions) { Version::NEW } else { record.version };
                self.write(record.clone(), before)?;
            }
            Change::Update { record, expected } => {
                let found = self.expect(&record.entity, record.id, *expected)?;
                let same = (&found.values, &found.custom) == (&record.values, &record.custom);
                if !(same && self.has(Quirk::SkipsUpdatesWithoutChange)) {
                    self.write(record.clone(), found.version)?;
                }
            }
            Change::Delete { entity, id, expected } => {
                self.expect(entity, *id, *expected)?;
                self.data.records.remove(&(entity.to_string(), *id));
                return Ok(vec![*id]);
            }
            Change::Check { .. } if self.has(Quirk::IgnoresChecks) || self.has(Quirk::ChecksBeforeItLocks) => {}
            Change::Check { entity, id, expected } => {
                self.expect(entity, *id, *expected)?;
            }
            Change::Adjust(adjust) => self.adjust(adjust)?,
            Change::Purge { entity, filter, limit } => return self.purge(entity, filter, *limit),
            other => return Err(Refusal::Invalid(format!("{other:?} is not known here"))),
        }
        Ok(Vec::new())
    }

    fn purge(&mut self, entity: &str, filter: &crmkit::query::Filter, limit: usize) -> Result<Vec<RecordId>, Refusal> {
        let def = self.schema.entity(entity).ok_or(Refusal::Missing)?;
        let filter = filter.clone().prepare(self.schema, def).map_err(|error| Refusal::Invalid(error.to_string()))?;
        let matcher = Matcher::new(&self.data, &filter);
        let mut ids: Vec<RecordId> =
            self.data.scan(entity).filter(|record| matcher.matches(record)).map(|record| record.id).collect();
        if self.has(Quirk::PurgesTheNewest) {
            ids.reverse();
        }
        if !self.has(Quirk::PurgesWithoutLimit) {
            ids.truncate(limit);
        }
        for id in &ids {
            self.data.records.remove(&(entity.to_owned(), *id));
        }
        self.purged.push(ids.len() as u64);
        Ok(ids)
    }

    fn expect(&self, entity: &str, id: RecordId, expected: Version) -> Result<Record, Refusal> {
        let found = self.data.get(entity, id).ok_or(Refusal::Missing)?;
        if found.version == expected || self.has(Quirk::IgnoresVersions) {
            Ok(found.clone())
        } else {
            Err(Refusal::Stale { found: found.version })
        }
    }

    fn write(&mut self, record: Record, before: Version) -> Result<(), Refusal> {
        let def = self.def(&record.entity)?.clone();
        let record = filled(self.unpadded(record), &def, &self.slots);
        if !self.has(Quirk::LooksAtKeysAtTheEnd) {
            self.look_at_keys(&record, &def)?;
        }
        if self.has(Quirk::LooksAtReferencesAtOnce) {
            self.look_at_references(&record, &def)?;
        }
        self.put(record, before);
        Ok(())
    }

    fn put(&mut self, mut record: Record, before: Version) {
        record.version = before.next();
        for value in &mut record.values {
            spoil(value, self.quirk);
        }
        if self.has(Quirk::ForgetsCustomFields) {
            record.custom.clear();
        }
        self.data.records.insert((record.entity.to_string(), record.id), record);
    }

    fn unpadded(&self, mut record: Record) -> Record {
        if self.has(Quirk::ForgetsToFillUp) {
            for value in &mut record.values {
                if let Value::Slot(slot) = value {
                    *slot = Slot { width: 0, ..slot.clone() };
                }
            }
        }
        record
    }

    fn adjust(&mut self, adjust: &Adjust) -> Result<(), Refusal> {
        let def = self.def(&adjust.entity)?.clone();
        let is_meant = |record: &&Record| match &adjust.key {
            AdjustKey::Id(id) => record.id == *id,
            AdjustKey::Unique(values) => {
                values.iter().all(|(field, value)| record.field(&def, field).is_some_and(|found| found == value))
            }
            _ => false,
        };
        let found = self.data.scan(&def.name).find(is_meant).cloned();
        let found = match (found, &adjust.if_absent) {
            (Some(found), _) => found,
            (None, None) => return Err(Refusal::Missing),
            (None, Some(first)) => {
                let there = self.data.get(&def.name, first.id).is_some();
                if there && !self.has(Quirk::ReplacesByTheRecordToBeginWith) {
                    return Err(Refusal::Exists);
                }
                first.clone()
            }
        };
        let found = filled(found, &def, &self.slots);
        let before = found.version;
        let mut wanted = adjust.clone();
        if self.has(Quirk::ForgetsBounds) {
            wanted.require.clear();
        }
        let result = match adjusted(found.clone(), &wanted, &def) {
            Err(Refusal::Guard { field, current, added }) if self.has(Quirk::WrapsSums) => {
                let mut wrapped = found;
                let column = def.column(&field).unwrap_or_default();
                if let Some(value) = wrapped.values[column].with_integer(current.wrapping_add(added)) {
                    wrapped.values[column] = value;
                }
                wrapped
            }
            result => result?,
        };
        let slot = adjust.slot.as_ref().map(|field| result.field(&def, field).and_then(Value::as_integer));
        let before = if self.has(Quirk::AddsWithoutVersion) { Version(before.0 - 1) } else { before };
        self.write(result, before)?;
        self.slots.extend(slot.map(Option::unwrap_or_default));
        Ok(())
    }

    fn look_at_end(&self, change: &Change, removed: &[RecordId]) -> Result<(), Refusal> {
        if matches!(change, Change::Purge { .. }) && self.has(Quirk::PurgesWhatIsReferredTo) {
            return Ok(());
        }
        for id in removed {
            self.look_at_referrers(change.entity(), *id)?;
        }
        let id = match change {
            Change::Insert(record) | Change::Update { record, .. } => record.id,
            Change::Adjust(Adjust { if_absent: Some(record), .. }) => record.id,
            _ => return Ok(()),
        };
        let def = self.def(change.entity())?;
        let Some(record) = self.data.get(&def.name, id) else { return Ok(()) };
        if self.has(Quirk::LooksAtKeysAtTheEnd) {
            self.look_at_keys(record, def)?;
        }
        self.look_at_references(record, def)
    }

    fn look_at_keys(&self, record: &Record, def: &EntityDef) -> Result<(), Refusal> {
        for key in &def.facts.unique {
            let taken = self.data.scan(&def.name).any(|other| {
                other.id != record.id && self.collides(other, record, key, def) && self.takes_part(other, key, def)
            });
            if taken && self.takes_part(record, key, def) {
                return Err(Refusal::Taken { fields: key.fields.clone() });
            }
        }
        Ok(())
    }

    fn takes_part(&self, record: &Record, key: &UniqueKey, def: &EntityDef) -> bool {
        let Some(when) = &key.when else { return true };
        if self.has(Quirk::IgnoresConditionsOfKeys) {
            return true;
        }
        let Some(def) = self.schema.entity(&def.name) else { return false };
        let when = when.clone().prepare(self.schema, def);
        when.is_ok_and(|when| Matcher::new(&self.data, &when).matches(record)) && !self.has(Quirk::ForgetsPartialKeys)
    }

    fn collides(&self, left: &Record, right: &Record, key: &UniqueKey, def: &EntityDef) -> bool {
        key.fields.iter().all(|field| match (left.field(def, field), right.field(def, field)) {
            (Some(Value::Null), Some(Value::Null)) => self.has(Quirk::LetsNothingCollide),
            (Some(Value::Text(left)), Some(Value::Text(right))) if self.has(Quirk::ComparesKeysWithoutCase) => {
                left.to_lowercase() == right.to_lowercase()
            }
            (left, right) => left == right,
        })
    }

    fn look_at_references(&self, record: &Record, def: &EntityDef) -> Result<(), Refusal> {
        for (column, value) in def.columns.iter().zip(&record.values) {
            if let (ColumnType::Reference(target), Some(id)) = (&column.column_type, value.as_id()) {
                let itself = *target == record.entity && id == record.id;
                if !itself && self.data.get(target, id).is_none() && !self.has(Quirk::ForgetsWhatDangles) {
                    return Err(Refusal::Dangling { field: column.name.clone(), target: id });
                }
            }
        }
        Ok(())
    }

    fn look_at_referrers(&self, entity: &str, id: RecordId) -> Result<(), Refusal> {
        if self.has(Quirk::ForgetsReferrers) {
            return Ok(());
        }
        for (def, column) in self.schema.referrers(entity) {
            if self.data.scan(&def.name).any(|record| record.value(column).as_id() == Some(id)) {
                return Err(Refusal::Referenced { by: def.name.clone(), field: def.columns[column].name.clone() });
            }
        }
        Ok(())
    }
}

/// What a faulty store makes of a value.
fn spoil(value: &mut Value, quirk: Option<Quirk>) {
    match (quirk, &mut *value) {
        (Some(Quirk::CutsMoments), Value::Timestamp(at)) => {
            *at = Timestamp::from_micros(at.as_micros().div_euclid(1_000) * 1_000).unwrap_or(*at);
        }
        (Some(Quirk::CutsLongText), Value::Text(text)) => {
            *text = text.chars().take(10_000).collect();
        }
        (Some(Quirk::ComposesText), Value::Text(text)) => *text = text.nfc().collect(),
        (Some(Quirk::TrimsText), Value::Text(text)) if !text.trim().is_empty() => *text = text.trim().to_owned(),
        (Some(Quirk::TakesEmptyForNothing), Value::Text(text)) if text.is_empty() => *value = Value::Null,
        (Some(Quirk::KeepsNumbersAsFloats), number) => {
            if let Some(raw) = number.as_integer()
                && let Some(kept) = number.with_integer(raw as f64 as i64)
            {
                *number = kept;
            }
        }
        _ => {}
    }
}
