//! Trying a set on the records it touches, as they are in the store and as they are staged.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::state::{Key, State};
use crate::change::{Adjust, AdjustKey, Change, ChangeSet};
use crate::id::RecordId;
use crate::query::evaluate::Dataset;
use crate::query::{Comparison, Filter, Query};
use crate::schema::{ColumnType, EntityDef, Name, Path, Record, Schema, UniqueKey};
use crate::storage::{Reader, Result, Workspace, key_values};
use crate::value::Value;

/// The records a set is about as they are in the store: those it names, refers to, or might collide with.
#[derive(Debug)]
pub(super) struct Loaded {
    schema: Arc<Schema>,
    records: HashMap<Key, Record>,
}

/// The records a set is tried on.
#[derive(Debug)]
pub(super) struct Trial {
    schema: Arc<Schema>,
    tables: BTreeMap<Name, BTreeMap<RecordId, Record>>,
    /// What is in the store.
    stored: HashMap<Key, Record>,
    touched: Vec<Key>,
    seen: HashSet<Key>,
}

impl Loaded {
    /// The records with what is staged in their place.
    pub(super) fn trial(self, state: &State) -> Trial {
        let mut tables: BTreeMap<Name, BTreeMap<RecordId, Record>> = BTreeMap::new();
        for ((entity, id), record) in &self.records {
            if state.record(entity, *id).is_none() {
                tables.entry(entity.clone()).or_default().insert(*id, record.clone());
            }
        }
        for (entity, id, fate) in state.keys() {
            if let Some(now) = &fate.now {
                tables.entry(entity.clone()).or_default().insert(*id, now.clone());
            }
        }
        Trial { schema: self.schema, tables, stored: self.records, touched: Vec::new(), seen: HashSet::new() }
    }
}

/// Reads what a set is about.
pub(super) async fn load(base: &dyn Reader, state: &State, set: &ChangeSet) -> Result<Loaded> {
    let mut loading = Loading { base, state, records: HashMap::new() };
    loading.by_id(set).await?;
    for change in &set.changes {
        let Some(def) = base.schema().entity(change.entity()).cloned() else { continue };
        match change {
            Change::Insert(record) | Change::Update { record, .. } => loading.rivals(&def, record).await?,
            Change::Delete { id, .. } => loading.referrers(&def, *id, set).await?,
            Change::Adjust(adjust) => {
                if let AdjustKey::Unique(values) = &adjust.key {
                    loading.first(&def, all_equal(values.iter().cloned())).await?;
                }
                if let Some(record) = &adjust.if_absent {
                    loading.rivals(&def, record).await?;
                }
            }
            Change::Purge { filter, limit, .. } => {
                let staged = state.of(&def.name).map(|(id, _)| *id);
                let query = Query::new(def.name.clone()).filter(filter.clone()).filter(except(staged));
                loading.learn(base.query(&query.limit((*limit).min(10_000))).await?.records);
            }
            Change::Check { .. } => {}
        }
    }
    Ok(Loaded { schema: Arc::clone(base.schema()), records: loading.records })
}

struct Loading<'a> {
    base: &'a dyn Reader,
    state: &'a State,
    records: HashMap<Key, Record>,
}

impl Loading<'_> {
    fn learn(&mut self, records: Vec<Record>) {
        self.records.extend(records.into_iter().map(|record| ((record.entity.clone(), record.id), record)));
    }

    /// The records the changes name and refer to.
    async fn by_id(&mut self, set: &ChangeSet) -> Result<()> {
        let schema = self.base.schema();
        let mut wanted: BTreeMap<&Name, BTreeSet<RecordId>> = BTreeMap::new();
        for change in &set.changes {
            if let Some(id) = change.record_id() {
                wanted.entry(change.entity()).or_default().insert(id);
            }
            let (Change::Insert(record)
            | Change::Update { record, .. }
            | Change::Adjust(Adjust { if_absent: Some(record), .. })) = change
            else {
                continue;
            };
            wanted.entry(&record.entity).or_default().insert(record.id);
            let columns = schema.entity(&record.entity).into_iter().flat_map(|def| &def.columns);
            for (column, value) in columns.zip(&record.values) {
                if let (ColumnType::Reference(target), Some(id)) = (&column.column_type, value.as_id()) {
                    wanted.entry(target).or_default().insert(id);
                }
            }
        }
        for (entity, ids) in wanted {
            let Some(def) = schema.entity(entity) else { continue };
            let ids: Vec<RecordId> = ids.into_iter().collect();
            let found = self.base.get(def, &ids).await?;
            self.learn(found);
        }
        Ok(())
    }

    /// Those that hold a unique value of the record.
    async fn rivals(&mut self, def: &Arc<EntityDef>, record: &Record) -> Result<()> {
        for key in &def.facts.unique {
            let Some(values) = key_values(self.base.schema(), def, key, record) else { continue };
            // What only the commit knows nobody has yet.
            if values.iter().any(|value| matches!(value, Value::Slot(_))) {
                continue;
            }
            let filter = all_equal(key.fields.iter().cloned().zip(values));
            self.first(def, with_condition(filter, key)).await?;
        }
        Ok(())
    }

    /// One that refers to a record and is neither staged nor in the set.
    async fn referrers(&mut self, def: &Arc<EntityDef>, id: RecordId, set: &ChangeSet) -> Result<()> {
        let referrers: Vec<_> = self.base.schema().referrers(&def.name).map(|(by, at)| (Arc::clone(by), at)).collect();
        for (by, column) in referrers {
            let Some(column) = by.columns.get(column) else { continue };
            let staged = self.state.of(&by.name).map(|(id, _)| *id);
            let written = set.changes.iter().filter(|change| change.entity() == &by.name);
            let known = staged.chain(written.filter_map(Change::record_id));
            let filter = equal(column.name.clone(), Value::Id(id)).and(except(known));
            self.first(&by, filter).await?;
        }
        Ok(())
    }

    async fn first(&mut self, def: &Arc<EntityDef>, filter: Filter) -> Result<()> {
        let found = self.base.query(&Query::new(def.name.clone()).filter(filter).limit(1)).await?;
        self.learn(found.records);
        Ok(())
    }
}

fn equal(field: Name, value: Value) -> Filter {
    Filter::Compare { path: Path::field(field), comparison: Comparison::Equal, value }
}

fn all_equal(values: impl IntoIterator<Item = (Name, Value)>) -> Filter {
    values.into_iter().map(|(field, value)| equal(field, value)).fold(Filter::All, Filter::and)
}

fn with_condition(filter: Filter, key: &UniqueKey) -> Filter {
    key.when.iter().cloned().fold(filter, Filter::and)
}

/// None of these records.
pub(super) fn except(ids: impl Iterator<Item = RecordId>) -> Filter {
    let values: Vec<Value> = ids.map(Value::Id).collect();
    if values.is_empty() { Filter::All } else { Filter::In { path: Path::field("id"), values }.not() }
}

impl Trial {
    pub(super) fn def(&self, entity: &str) -> Option<&Arc<EntityDef>> {
        self.schema.entity(entity)
    }

    /// The records that were written: as they are in the store, and as they are now.
    pub(super) fn into_effects(mut self) -> Vec<(Key, Option<Record>, Option<Record>)> {
        let effect = |key: Key| {
            let now = self.tables.get_mut(&key.0).and_then(|table| table.remove(&key.1));
            let stored = self.stored.remove(&key);
            (key, stored, now)
        };
        self.touched.into_iter().map(effect).collect()
    }
}

impl Dataset for Trial {
    fn get(&self, entity: &str, id: RecordId) -> Option<&Record> {
        self.tables.get(entity)?.get(&id)
    }

    fn scan<'a>(&'a self, entity: &str) -> Box<dyn Iterator<Item = &'a Record> + 'a> {
        Box::new(self.tables.get(entity).into_iter().flat_map(BTreeMap::values))
    }
}

impl Workspace for Trial {
    fn set(&mut self, entity: &Name, id: RecordId, record: Option<Record>) {
        let table = self.tables.entry(entity.clone()).or_default();
        match record {
            Some(record) => drop(table.insert(id, record)),
            None => drop(table.remove(&id)),
        }
        if self.seen.insert((entity.clone(), id)) {
            self.touched.push((entity.clone(), id));
        }
    }
}
