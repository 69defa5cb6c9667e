//! Tables in memory with the indexes that the contract needs.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::super::{Result, Workspace, apply};
use crate::change::{ChangeSet, Committed};
use crate::id::{Position, RecordId, SetId};
use crate::query::evaluate::{self, Dataset, Matcher, OwnFields};
use crate::query::{Comparison, Page, PreparedFilter, Query};
use crate::schema::{ColumnType, EntityDef, Leaf, Name, Record, ResolvedPath, Schema, UniqueKey};
use crate::value::Value;

/// Everything a store holds at one moment.
#[derive(Debug, Clone, Default)]
pub(super) struct State {
    tables: HashMap<Name, Arc<Table>>,
    commits: Arc<HashMap<SetId, Committed>>,
    position: u64,
}

/// The records of one entity.
#[derive(Debug, Clone)]
pub(in crate::storage) struct Table {
    records: BTreeMap<RecordId, Arc<Record>>,
    /// One map for each unique key of the entity, in their order.
    unique: Vec<KeyIndex>,
    /// For each referring column, how many records refer to what.
    references: Vec<(usize, HashMap<RecordId, usize>)>,
}

#[derive(Debug, Clone)]
struct KeyIndex {
    columns: Vec<usize>,
    when: Option<Arc<PreparedFilter>>,
    holders: HashMap<Vec<Value>, RecordId>,
}

impl KeyIndex {
    /// The values by which a record takes part in this key, if it does.
    fn key(&self, record: &Record) -> Option<Vec<Value>> {
        if let Some(when) = &self.when
            && !Matcher::new(&OwnFields, when).matches(record)
        {
            return None;
        }
        let values: Vec<Value> = self.columns.iter().map(|column| record.value(*column).clone()).collect();
        if values.iter().any(Value::is_null) { None } else { Some(values) }
    }
}

impl Table {
    pub(in crate::storage) fn new(schema: &Schema, def: &Arc<EntityDef>) -> Self {
        let unique = def.facts.unique.iter().map(|key| KeyIndex {
            columns: key.fields.iter().filter_map(|field| def.column(field)).collect(),
            // The schema has already prepared this condition once when it was built.
            when: key.when.clone().and_then(|when| when.prepare(schema, def).ok()).map(Arc::new),
            holders: HashMap::new(),
        });
        let references = def.columns.iter().enumerate();
        let references = references.filter(|(_, column)| matches!(column.column_type, ColumnType::Reference(_)));
        Self {
            records: BTreeMap::new(),
            unique: unique.collect(),
            references: references.map(|(column, _)| (column, HashMap::new())).collect(),
        }
    }

    /// The record with an id.
    pub(in crate::storage) fn get(&self, id: RecordId) -> Option<&Record> {
        self.records.get(&id).map(AsRef::as_ref)
    }

    /// All records in the order of their ids.
    pub(in crate::storage) fn iter(&self) -> impl Iterator<Item = &Record> {
        self.records.values().map(AsRef::as_ref)
    }

    /// The places of the unique keys in which a record takes part, and its values of each.
    #[cfg(feature = "postgres")]
    pub(in crate::storage) fn keys(&self, record: &Record) -> Vec<(usize, Vec<Value>)> {
        let keys = self.unique.iter().enumerate();
        keys.filter_map(|(place, key)| Some((place, key.key(record)?))).collect()
    }

    /// The place of the first unique key under which another record already stands.
    pub(in crate::storage) fn taken(&self, record: &Record) -> Option<usize> {
        let held = |key: &KeyIndex| {
            let values = key.key(record)?;
            key.holders.get(&values).copied().filter(|holder| *holder != record.id)
        };
        self.unique.iter().position(|key| held(key).is_some())
    }

    /// The record that holds these values of a key without condition.
    pub(in crate::storage) fn holder(&self, def: &EntityDef, values: &[(Name, Value)]) -> Option<RecordId> {
        let value_of = |column: &usize| {
            let name = &def.columns.get(*column)?.name;
            values.iter().find(|(field, _)| field == name).map(|(_, value)| value.clone())
        };
        let ordered = |key: &KeyIndex| key.columns.iter().map(value_of).collect::<Option<Vec<_>>>();
        let plain = self.unique.iter().filter(|key| key.when.is_none() && key.columns.len() == values.len());
        plain.filter_map(|key| key.holders.get(&ordered(key)?)).next().copied()
    }

    /// Whether a record refers to `target` by the field at `column`.
    pub(in crate::storage) fn refers(&self, column: usize, target: RecordId) -> bool {
        let counts = self.references.iter().find(|(place, _)| *place == column);
        counts.is_some_and(|(_, counts)| counts.contains_key(&target))
    }

    /// Puts a record in place of what has its id, or takes that out; gives what was there.
    pub(in crate::storage) fn set(&mut self, id: RecordId, record: Option<Arc<Record>>) -> Option<Arc<Record>> {
        let before = self.records.remove(&id);
        if let Some(before) = &before {
            self.unindex(before);
        }
        if let Some(record) = record {
            self.index(&record);
            self.records.insert(id, record);
        }
        before
    }

    fn index(&mut self, record: &Record) {
        for key in &mut self.unique {
            if let Some(values) = key.key(record) {
                key.holders.insert(values, record.id);
            }
        }
        for (column, counts) in &mut self.references {
            if let Some(target) = record.value(*column).as_id() {
                *counts.entry(target).or_insert(0) += 1;
            }
        }
    }

    fn unindex(&mut self, record: &Record) {
        for key in &mut self.unique {
            if let Some(values) = key.key(record)
                && key.holders.get(&values) == Some(&record.id)
            {
                key.holders.remove(&values);
            }
        }
        for (column, counts) in &mut self.references {
            let Some(target) = record.value(*column).as_id() else { continue };
            if let Some(count) = counts.get_mut(&target) {
                *count -= 1;
                if *count == 0 {
                    counts.remove(&target);
                }
            }
        }
    }

    /// Records that may match, found by id or by a unique key; `None` where only looking at all of them tells.
    fn candidates(&self, filter: &PreparedFilter) -> Option<Vec<&Record>> {
        match filter {
            PreparedFilter::And(all) => all.iter().find_map(|filter| self.candidates(filter)),
            PreparedFilter::Compare { path, comparison: Comparison::Equal, value } => {
                self.lookup(path, std::slice::from_ref(value))
            }
            PreparedFilter::In { path, values } => self.lookup(path, values),
            _ => None,
        }
    }

    fn lookup(&self, path: &ResolvedPath, values: &[Value]) -> Option<Vec<&Record>> {
        if !path.hops.is_empty() {
            return None;
        }
        let ids: Vec<RecordId> = match path.leaf {
            Leaf::Id => values.iter().filter_map(Value::as_id).collect(),
            Leaf::Version => return None,
            Leaf::Column(column) => {
                let key = self.unique.iter().find(|key| key.when.is_none() && key.columns == [column])?;
                values.iter().filter_map(|value| key.holders.get(std::slice::from_ref(value)).copied()).collect()
            }
        };
        Some(ids.iter().filter_map(|id| self.records.get(id)).map(AsRef::as_ref).collect())
    }
}

impl State {
    pub(super) fn new(schema: &Schema) -> Self {
        let tables = schema.entities().map(|def| (def.name.clone(), Arc::new(Table::new(schema, def))));
        Self { tables: tables.collect(), ..Self::default() }
    }

    pub(super) fn committed(&self, set: SetId) -> Option<&Committed> {
        self.commits.get(&set)
    }

    /// Makes all changes of a set, or none.
    pub(super) fn commit(&mut self, schema: &Schema, set: &ChangeSet) -> Result<Committed> {
        let mut attempt = Attempt { state: self, undo: Vec::new() };
        let applied = match apply(&mut attempt, schema, set) {
            Ok(applied) => applied,
            Err(error) => {
                attempt.take_back();
                return Err(error);
            }
        };
        self.position += 1;
        let committed = Committed::new(Position(self.position), applied.slots, applied.purged);
        Arc::make_mut(&mut self.commits).insert(set.id, committed.clone());
        Ok(committed)
    }

    pub(super) fn get_all(&self, entity: &EntityDef, ids: &[RecordId]) -> Result<Vec<Record>> {
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        ids.dedup();
        Ok(ids.iter().filter_map(|id| self.get(&entity.name, *id)).cloned().collect())
    }

    pub(super) fn page(&self, schema: &Schema, query: &Query) -> Result<Page> {
        let prepared = query.prepare(schema)?;
        let narrowed = self.tables.get(&prepared.def.name).and_then(|table| table.candidates(&prepared.filter));
        Ok(match narrowed {
            Some(records) => evaluate::page(self, &prepared, records.into_iter()),
            None => evaluate::page(self, &prepared, self.scan(&prepared.def.name)),
        })
    }
}

/// A set that is tried in place, and what was there before.
struct Attempt<'a> {
    state: &'a mut State,
    undo: Vec<(Name, RecordId, Option<Arc<Record>>)>,
}

impl Attempt<'_> {
    fn take_back(self) {
        for (entity, id, before) in self.undo.into_iter().rev() {
            if let Some(table) = self.state.tables.get_mut(&entity) {
                Arc::make_mut(table).set(id, before);
            }
        }
    }

    fn table(&self, def: &EntityDef) -> Option<&Table> {
        self.state.tables.get(&def.name).map(AsRef::as_ref)
    }
}

impl Dataset for Attempt<'_> {
    fn get(&self, entity: &str, id: RecordId) -> Option<&Record> {
        self.state.get(entity, id)
    }

    fn scan<'a>(&'a self, entity: &str) -> Box<dyn Iterator<Item = &'a Record> + 'a> {
        self.state.scan(entity)
    }
}

impl Workspace for Attempt<'_> {
    fn set(&mut self, entity: &Name, id: RecordId, record: Option<Record>) {
        let Some(table) = self.state.tables.get_mut(entity) else { return };
        let before = Arc::make_mut(table).set(id, record.map(Arc::new));
        self.undo.push((entity.clone(), id, before));
    }

    fn taken<'d>(&self, _: &Schema, def: &'d Arc<EntityDef>, record: &Record) -> Option<&'d UniqueKey> {
        def.facts.unique.get(self.table(def)?.taken(record)?)
    }

    fn holder(&self, def: &EntityDef, values: &[(Name, Value)]) -> Option<RecordId> {
        self.table(def)?.holder(def, values)
    }

    fn refers(&self, def: &EntityDef, column: usize, target: RecordId) -> bool {
        self.table(def).is_some_and(|table| table.refers(column, target))
    }
}

impl Dataset for State {
    fn get(&self, entity: &str, id: RecordId) -> Option<&Record> {
        self.tables.get(entity)?.get(id)
    }

    fn scan<'a>(&'a self, entity: &str) -> Box<dyn Iterator<Item = &'a Record> + 'a> {
        match self.tables.get(entity) {
            Some(table) => Box::new(table.iter()),
            None => Box::new(std::iter::empty()),
        }
    }
}
