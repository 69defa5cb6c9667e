//! The records a set touches, taken into memory, on which the set is tried.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use crate::id::{RecordId, Version};
use crate::query::evaluate::Dataset;
use crate::schema::{CustomFields, EntityDef, Name, Record, Schema, UniqueKey};
use crate::storage::Workspace;
use crate::storage::memory::Table;
use crate::value::Value;

/// What a draft says of records it does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Belief {
    /// What is referred to is there, and nobody else has a unique value or refers to anything: the database checks
    /// that when the result is written.
    Trusting,
    /// Nothing. It notes what it was asked, to be asked again when that is known.
    Doubting,
}

/// Records of all entities as far as they are known, and what became of them.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    belief: Belief,
    tables: BTreeMap<Name, Part>,
    /// Stands for a record that is believed to be there.
    some: Record,
    questions: RefCell<Questions>,
}

/// The known records of one entity.
#[derive(Debug, Clone)]
struct Part {
    table: Table,
    /// The ids of which it is known whether there is a record.
    known: HashSet<RecordId>,
    /// The values of unique keys whose holders are known.
    held: HashSet<(usize, Vec<Value>)>,
    /// The fields and targets of which it is known whether anybody refers so.
    referred: HashSet<(usize, RecordId)>,
    /// What was there before the first change to a record, in the order of these.
    before: Vec<(RecordId, Option<Arc<Record>>)>,
    touched: HashMap<RecordId, usize>,
}

/// What a doubting draft could not answer.
#[derive(Debug, Clone, Default)]
pub(super) struct Questions {
    /// Records.
    pub(super) records: BTreeMap<Name, BTreeSet<RecordId>>,
    /// Holders of values of unique keys.
    pub(super) holders: BTreeMap<(Name, usize), Vec<Vec<Value>>>,
    /// Records that refer to another by a field.
    pub(super) referrers: BTreeSet<(Name, usize, RecordId)>,
}

impl Questions {
    pub(super) fn is_empty(&self) -> bool {
        self.records.is_empty() && self.holders.is_empty() && self.referrers.is_empty()
    }
}

/// What is to be written for one entity.
#[derive(Debug, Default)]
pub(super) struct Effect {
    /// The ids of records that are gone.
    pub(super) deletes: Vec<RecordId>,
    /// Records in their new form.
    pub(super) updates: Vec<Arc<Record>>,
    /// Whether one of the updates takes a unique value that another one gives up, so that their order counts.
    pub(super) in_order: bool,
    /// Records that are new.
    pub(super) inserts: Vec<Arc<Record>>,
}

impl Draft {
    /// Of the entities of a schema, without any record.
    pub(super) fn new(belief: Belief) -> Self {
        let (entity, values, custom) = (Name::default(), Vec::new(), CustomFields::new());
        let some = Record { entity, id: RecordId::NIL, version: Version::NEW, values, custom };
        Self { belief, tables: BTreeMap::new(), some, questions: RefCell::default() }
    }

    /// Gets ready for records of an entity.
    pub(super) fn prepare(&mut self, schema: &Schema, def: &Arc<EntityDef>) {
        self.tables.entry(def.name.clone()).or_insert_with(|| Part {
            table: Table::new(schema, def),
            known: HashSet::new(),
            held: HashSet::new(),
            referred: HashSet::new(),
            before: Vec::new(),
            touched: HashMap::new(),
        });
    }

    /// Takes in a record of an entity that is prepared.
    pub(super) fn learn(&mut self, record: Record) {
        if let Some(part) = self.tables.get_mut(&record.entity) {
            part.known.insert(record.id);
            part.table.set(record.id, Some(Arc::new(record)));
        }
    }

    /// There is no record with this id, unless it was taken in.
    pub(super) fn learn_rest(&mut self, entity: &str, id: RecordId) {
        if let Some(part) = self.tables.get_mut(entity) {
            part.known.insert(id);
        }
    }

    /// The holder of these values was taken in, if there is one.
    pub(super) fn learn_holder(&mut self, entity: &str, key: usize, values: Vec<Value>) {
        if let Some(part) = self.tables.get_mut(entity) {
            part.held.insert((key, values));
        }
    }

    /// Enough of the records that refer so were taken in.
    pub(super) fn learn_referrers(&mut self, entity: &str, column: usize, target: RecordId) {
        if let Some(part) = self.tables.get_mut(entity) {
            part.referred.insert((column, target));
        }
    }

    /// What could not be answered since this was asked last.
    pub(super) fn questions(&mut self) -> Questions {
        std::mem::take(self.questions.get_mut())
    }

    /// What became of the records of an entity.
    pub(super) fn effect(&self, entity: &str) -> Effect {
        let mut effect = Effect::default();
        let Some(part) = self.tables.get(entity) else { return effect };
        let mut given_up: HashMap<(usize, Vec<Value>), RecordId> = HashMap::new();
        for (id, before) in &part.before {
            match (before, part.table.get(*id)) {
                (None, None) => {}
                (None, Some(record)) => effect.inserts.push(Arc::new(record.clone())),
                (Some(_), None) => effect.deletes.push(*id),
                (Some(before), Some(record)) => {
                    given_up.extend(part.table.keys(before).into_iter().map(|values| (values, *id)));
                    effect.updates.push(Arc::new(record.clone()));
                }
            }
        }
        let takes = |record: &Arc<Record>| {
            let mut keys = part.table.keys(record).into_iter();
            keys.any(|values| given_up.get(&values).is_some_and(|id| *id != record.id))
        };
        effect.in_order = effect.updates.len() > 1 && effect.updates.iter().any(takes);
        effect
    }

    fn ask(&self, question: impl FnOnce(&mut Questions)) {
        if self.belief == Belief::Doubting {
            question(&mut self.questions.borrow_mut());
        }
    }
}

impl Dataset for Draft {
    fn get(&self, entity: &str, id: RecordId) -> Option<&Record> {
        let part = self.tables.get(entity);
        if part.is_some_and(|part| part.known.contains(&id)) {
            return part.and_then(|part| part.table.get(id));
        }
        match self.belief {
            Belief::Trusting => Some(&self.some),
            Belief::Doubting => {
                let entity = Name::Owned(entity.to_owned());
                self.ask(|questions| _ = questions.records.entry(entity).or_default().insert(id));
                None
            }
        }
    }

    fn scan<'a>(&'a self, entity: &str) -> Box<dyn Iterator<Item = &'a Record> + 'a> {
        match self.tables.get(entity) {
            Some(part) => Box::new(part.table.iter()),
            None => Box::new(std::iter::empty()),
        }
    }
}

impl Workspace for Draft {
    fn set(&mut self, entity: &Name, id: RecordId, record: Option<Record>) {
        let Some(part) = self.tables.get_mut(entity) else { return };
        part.known.insert(id);
        let before = part.table.set(id, record.map(Arc::new));
        part.touched.entry(id).or_insert_with(|| {
            part.before.push((id, before));
            part.before.len()
        });
    }

    fn taken<'d>(&self, _: &Schema, def: &'d Arc<EntityDef>, record: &Record) -> Option<&'d UniqueKey> {
        let part = self.tables.get(&def.name)?;
        if self.belief == Belief::Doubting {
            for (key, values) in part.table.keys(record) {
                if !part.held.contains(&(key, values.clone())) {
                    let place = (def.name.clone(), key);
                    self.ask(|questions| questions.holders.entry(place).or_default().push(values));
                }
            }
        }
        def.facts.unique.get(part.table.taken(record)?)
    }

    fn holder(&self, def: &EntityDef, values: &[(Name, Value)]) -> Option<RecordId> {
        let part = self.tables.get(&def.name)?;
        if let Some((key, _, values)) = key_of(def, values)
            && !part.held.contains(&(key, values.clone()))
        {
            self.ask(|questions| questions.holders.entry((def.name.clone(), key)).or_default().push(values));
        }
        part.table.holder(def, values)
    }

    fn refers(&self, def: &EntityDef, column: usize, target: RecordId) -> bool {
        let part = self.tables.get(&def.name);
        if !part.is_some_and(|part| part.referred.contains(&(column, target))) {
            self.ask(|questions| _ = questions.referrers.insert((def.name.clone(), column, target)));
        }
        // Whoever deletes a record trusts the database to look for those that refer to it.
        self.belief == Belief::Doubting && part.is_some_and(|part| part.table.refers(column, target))
    }
}

/// The unique key over all records that has just these fields: its place, the places of its fields and the values, in
/// its order.
pub(super) fn key_of(def: &EntityDef, values: &[(Name, Value)]) -> Option<(usize, Vec<usize>, Vec<Value>)> {
    let keys = def.facts.unique.iter().enumerate();
    let mut keys = keys.filter(|(_, key)| key.when.is_none() && key.fields.len() == values.len());
    keys.find_map(|(place, key)| {
        let value_of = |field: &Name| values.iter().find(|(name, _)| name == field).map(|(_, value)| value.clone());
        let ordered = key.fields.iter().map(value_of).collect::<Option<Vec<_>>>()?;
        Some((place, key_columns(def, place), ordered))
    })
}

/// The places of the fields of a unique key.
pub(super) fn key_columns(def: &EntityDef, key: usize) -> Vec<usize> {
    let fields = def.facts.unique.get(key).map(|key| key.fields.as_slice()).unwrap_or_default();
    fields.iter().filter_map(|field| def.column(field)).collect()
}
