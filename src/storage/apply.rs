//! What the changes of a set do, for any store that can get, put and look through records.

use std::sync::Arc;

use super::{Result, StorageError};
use crate::change::{Adjust, AdjustKey, Change, ChangeSet, adjusted, filled};
use crate::error::{Refusal, Refused};
use crate::id::{RecordId, Version};
use crate::query::evaluate::{Dataset, Matcher, OwnFields};
use crate::schema::{ColumnType, EntityDef, Name, Record, Schema, UniqueKey};
use crate::value::Value;

/// Records that a set is tried on. What is put here counts at once; if the set is refused, all of it must be thrown
/// away or taken back.
///
/// The questions have answers that look at every record; a store with indexes answers them better.
///
/// # Examples
///
/// ```
/// use crmkit::change::{Change, ChangeSet};
/// use crmkit::id::SetId;
/// use crmkit::prelude::*;
/// use crmkit::query::evaluate::Dataset;
/// use crmkit::schema::{Name, Record};
/// use crmkit::storage::{Workspace, apply};
///
/// /// Records in a list: a [`Dataset`], as the example there shows.
/// struct Records(Vec<Record>);
///
/// # impl Dataset for Records {
/// #     fn get(&self, entity: &str, id: RecordId) -> Option<&Record> {
/// #         self.scan(entity).find(|record| record.id == id)
/// #     }
/// #     fn scan<'a>(&'a self, entity: &str) -> Box<dyn Iterator<Item = &'a Record> + 'a> {
/// #         let entity = entity.to_owned();
/// #         Box::new(self.0.iter().filter(move |record| record.entity == entity))
/// #     }
/// # }
/// impl Workspace for Records {
///     fn set(&mut self, entity: &Name, id: RecordId, record: Option<Record>) {
///         self.0.retain(|other| other.entity != *entity || other.id != id);
///         self.0.extend(record);
///     }
/// }
///
/// let (mut records, schema) = (Records(Vec::new()), crmkit::standard_schema()?);
/// let product = |id, name: &str| {
///     let new = NewProduct { code: "T1".into(), name: name.into(), ..Default::default() };
///     Change::Insert(Product::draft(Id::new(RecordId::from_bytes([id; 16])), new).into_record())
/// };
/// let mut set = ChangeSet::new(SetId(RecordId::from_bytes([7; 16])), Timestamp::EPOCH, "product.create");
/// set.changes.push(product(1, "Tea"));
/// apply(&mut records, &schema, &set)?;
/// assert_eq!(records.scan(Product::NAME).count(), 1);
/// set.changes = vec![product(2, "Cups")];
/// assert!(apply(&mut records, &schema, &set).is_err(), "the code is taken");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Workspace: Dataset {
    /// Puts a record in place of what has its id, or takes that out.
    fn set(&mut self, entity: &Name, id: RecordId, record: Option<Record>);

    /// The first unique key under which another record already stands.
    fn taken<'d>(&self, schema: &Schema, def: &'d Arc<EntityDef>, record: &Record) -> Option<&'d UniqueKey> {
        let key_of = |key: &UniqueKey, record: &Record| key_values(schema, def, key, record);
        let holds = |key: &&UniqueKey| {
            let Some(values) = key_of(key, record) else { return false };
            let mut others = self.scan(&def.name).filter(|other| other.id != record.id);
            others.any(|other| key_of(key, other).as_ref() == Some(&values))
        };
        def.facts.unique.iter().find(holds)
    }

    /// The record that has these values in these fields of a unique key.
    fn holder(&self, def: &EntityDef, values: &[(Name, Value)]) -> Option<RecordId> {
        let has = |record: &&Record| values.iter().all(|(field, value)| record.field(def, field) == Some(value));
        self.scan(&def.name).find(has).map(|record| record.id)
    }

    /// Whether a record of `def` refers to `target` by the field at `column`.
    fn refers(&self, def: &EntityDef, column: usize, target: RecordId) -> bool {
        self.scan(&def.name).any(|record| record.value(column).as_id() == Some(target))
    }
}

/// The values by which a record takes part in a unique key, if it does: all are there, and the key's condition holds.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::storage::key_values;
///
/// let schema = crmkit::standard_schema()?;
/// let products = schema.of::<Product>().ok_or("no products")?;
/// let tea = Product::draft(Id::NIL, NewProduct { code: "T1".into(), ..Default::default() }).into_record();
/// let key = products.facts.unique.first().ok_or("a code is unique")?;
/// assert_eq!(key_values(&schema, products, key, &tea), Some(vec!["T1".into()]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn key_values(schema: &Schema, def: &Arc<EntityDef>, key: &UniqueKey, record: &Record) -> Option<Vec<Value>> {
    if let Some(when) = &key.when {
        // The schema has prepared this condition once when it was built.
        let when = when.clone().prepare(schema, def).ok()?;
        if !Matcher::new(&OwnFields, &when).matches(record) {
            return None;
        }
    }
    let values: Option<Vec<Value>> = key.fields.iter().map(|field| record.field(def, field).cloned()).collect();
    values.filter(|values| !values.iter().any(Value::is_null))
}

/// What a set did: the numbers it handed out, and how many records each purge removed.
///
/// # Examples
///
/// ```
/// use crmkit::change::{Change, ChangeSet};
/// use crmkit::events::EventShard;
/// use crmkit::id::SetId;
/// use crmkit::prelude::*;
/// # use crmkit::query::evaluate::Dataset;
/// # use crmkit::schema::{Name, Record};
/// use crmkit::storage::{Workspace, apply};
///
/// # struct Records(Vec<Record>);
/// # impl Dataset for Records {
/// #     fn get(&self, entity: &str, id: RecordId) -> Option<&Record> {
/// #         self.scan(entity).find(|record| record.id == id)
/// #     }
/// #     fn scan<'a>(&'a self, entity: &str) -> Box<dyn Iterator<Item = &'a Record> + 'a> {
/// #         let entity = entity.to_owned();
/// #         Box::new(self.0.iter().filter(move |record| record.entity == entity))
/// #     }
/// # }
/// # impl Workspace for Records {
/// #     fn set(&mut self, entity: &Name, id: RecordId, record: Option<Record>) {
/// #         self.0.retain(|other| other.entity != *entity || other.id != id);
/// #         self.0.extend(record);
/// #     }
/// # }
/// // `Records` is the list of records that the example of `Workspace` declares.
/// let mut records = Records(Vec::new());
/// let mut set = ChangeSet::new(SetId(RecordId::from_bytes([7; 16])), Timestamp::EPOCH, "event.take");
/// set.changes.push(Change::Adjust(EventShard::take(0, 5)));
/// let schema = crmkit::standard_schema()?;
/// assert_eq!(apply(&mut records, &schema, &set)?.slots, [5]);
/// assert_eq!(apply(&mut records, &schema, &set)?.slots, [10]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Applied {
    /// The numbers, by slot.
    pub slots: Vec<i64>,
    /// The counts, in the order of the purges.
    pub purged: Vec<u64>,
}

/// Makes the changes of a set, in order, and looks at references at the end: the meaning of a commit.
///
/// # Errors
///
/// [`StorageErrorKind::Refused`](super::StorageErrorKind::Refused) with every refused change; the workspace then holds
/// the others and must be thrown away or taken back.
///
/// # Examples
///
/// ```
/// use crmkit::change::{Change, ChangeSet};
/// use crmkit::id::SetId;
/// use crmkit::prelude::*;
/// # use crmkit::query::evaluate::Dataset;
/// # use crmkit::schema::{Name, Record};
/// use crmkit::storage::{Workspace, apply};
///
/// # struct Records(Vec<Record>);
/// # impl Dataset for Records {
/// #     fn get(&self, entity: &str, id: RecordId) -> Option<&Record> {
/// #         self.scan(entity).find(|record| record.id == id)
/// #     }
/// #     fn scan<'a>(&'a self, entity: &str) -> Box<dyn Iterator<Item = &'a Record> + 'a> {
/// #         let entity = entity.to_owned();
/// #         Box::new(self.0.iter().filter(move |record| record.entity == entity))
/// #     }
/// # }
/// # impl Workspace for Records {
/// #     fn set(&mut self, entity: &Name, id: RecordId, record: Option<Record>) {
/// #         self.0.retain(|other| other.entity != *entity || other.id != id);
/// #         self.0.extend(record);
/// #     }
/// # }
/// // `Records` is the list of records that the example of `Workspace` declares.
/// let mut records = Records(Vec::new());
/// let gone = RecordId::from_bytes([9; 16]);
/// let order = NewOrder { number: "DD1".into(), customer: Id::new(gone), ..Default::default() };
/// let order = Order { amount: Money::ZERO, ..Order::draft(Id::new(RecordId::from_bytes([8; 16])), order) };
/// let order = Order { ordered_at: Timestamp::EPOCH, ..order };
/// let mut set = ChangeSet::new(SetId(RecordId::from_bytes([7; 16])), Timestamp::EPOCH, "order.create");
/// set.changes.push(Change::Insert(order.into_record()));
/// let refused = apply(&mut records, &*crmkit::standard_schema()?, &set).map_err(|error| error.to_string());
/// assert!(refused.is_err_and(|text| text.contains(&gone.to_string())), "there is no such customer");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn apply(workspace: &mut dyn Workspace, schema: &Schema, set: &ChangeSet) -> Result<Applied> {
    let mut refused: Vec<Refused> = set.problems(schema);
    let known: Vec<usize> = refused.iter().map(|refused| refused.index).collect();
    let mut progress = Progress { workspace, schema, done: Applied::default() };
    let mut made = Vec::new();
    for (index, change) in set.changes.iter().enumerate() {
        let outcome = if known.contains(&index) { None } else { Some(progress.apply(change)) };
        match outcome {
            Some(Ok(removed)) => made.push((index, change, removed)),
            Some(Err(reason)) => {
                progress.skip(change);
                refused.push(change.refused(index, reason));
            }
            None => progress.skip(change),
        }
    }
    for (index, change, removed) in made {
        if let Err(reason) = progress.check_references(change, &removed) {
            refused.push(change.refused(index, reason));
        }
    }
    if refused.is_empty() { Ok(progress.done) } else { Err(StorageError::refused(refused)) }
}

/// A set in progress.
struct Progress<'a> {
    workspace: &'a mut dyn Workspace,
    schema: &'a Schema,
    done: Applied,
}

impl Progress<'_> {
    fn def(&self, entity: &str) -> Result<Arc<EntityDef>, Refusal> {
        let def = self.schema.entity(entity).cloned();
        def.ok_or_else(|| Refusal::Invalid(format!("there is no entity `{entity}`")))
    }

    /// A refused addition still counts its slot, so that the others keep theirs.
    fn skip(&mut self, change: &Change) {
        if let Change::Adjust(Adjust { slot: Some(_), .. }) = change {
            self.done.slots.push(0);
        }
    }

    /// Makes a change; gives the ids of what it removed.
    fn apply(&mut self, change: &Change) -> Result<Vec<RecordId>, Refusal> {
        match change {
            Change::Insert(record) => {
                if self.workspace.get(&record.entity, record.id).is_some() {
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
                self.workspace.set(entity, *id, None);
                return Ok(vec![*id]);
            }
            Change::Check { entity, id, expected } => self.expect(entity, *id, *expected)?,
            Change::Adjust(adjust) => self.adjust(adjust)?,
            Change::Purge { entity, filter, limit } => {
                let def = self.def(entity)?;
                let filter = filter.clone().prepare(self.schema, &def);
                let filter = filter.map_err(|error| Refusal::Invalid(error.to_string()))?;
                let matcher = Matcher::new(&OwnFields, &filter);
                let matching = self.workspace.scan(entity).filter(|record| matcher.matches(record)).take(*limit);
                let ids: Vec<RecordId> = matching.map(|record| record.id).collect();
                for id in &ids {
                    self.workspace.set(entity, *id, None);
                }
                self.done.purged.push(ids.len() as u64);
                return Ok(ids);
            }
        }
        Ok(Vec::new())
    }

    fn expect(&self, entity: &str, id: RecordId, expected: Version) -> Result<(), Refusal> {
        match self.workspace.get(entity, id) {
            None => Err(Refusal::Missing),
            Some(record) if record.version != expected => Err(Refusal::Stale { found: record.version }),
            Some(_) => Ok(()),
        }
    }

    /// Stores a record as the version after `before`.
    fn write(&mut self, record: Record, before: Version) -> Result<(), Refusal> {
        let def = self.def(&record.entity)?;
        let mut record = filled(record, &def, &self.done.slots);
        record.version = before.next();
        if let Some(key) = self.workspace.taken(self.schema, &def, &record) {
            return Err(Refusal::Taken { fields: key.fields.clone() });
        }
        self.workspace.set(&def.name, record.id, Some(record));
        Ok(())
    }

    fn adjust(&mut self, adjust: &Adjust) -> Result<(), Refusal> {
        let def = self.def(&adjust.entity)?;
        let id = match &adjust.key {
            AdjustKey::Id(id) => Some(*id),
            AdjustKey::Unique(values) => self.workspace.holder(&def, values),
        };
        let found = id.and_then(|id| self.workspace.get(&def.name, id)).cloned();
        let found = match found {
            Some(found) => found,
            None => {
                let first = adjust.if_absent.clone().ok_or(Refusal::Missing)?;
                if self.workspace.get(&def.name, first.id).is_some() {
                    return Err(Refusal::Exists);
                }
                first
            }
        };
        let found = filled(found, &def, &self.done.slots);
        let before = found.version;
        let result = adjusted(found, adjust, &def)?;
        let slot = adjust.slot.as_ref().and_then(|field| result.field(&def, field)?.as_integer());
        self.write(result, before)?;
        if adjust.slot.is_some() {
            self.done.slots.push(slot.unwrap_or_default());
        }
        Ok(())
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
        let Some(record) = self.workspace.get(entity, id) else { return Ok(()) };
        for (column, value) in def.columns.iter().zip(&record.values) {
            let (ColumnType::Reference(target), Some(id)) = (&column.column_type, value.as_id()) else { continue };
            if self.workspace.get(target, id).is_none() {
                return Err(Refusal::Dangling { field: column.name.clone(), target: id });
            }
        }
        Ok(())
    }

    fn check_referrers(&self, entity: &str, id: RecordId) -> Result<(), Refusal> {
        // An addition after the deletion may have put it back.
        if self.workspace.get(entity, id).is_some() {
            return Ok(());
        }
        for (def, column) in self.schema.referrers(entity) {
            if self.workspace.refers(def, column, id) {
                let field = def.columns.get(column).map(|column| column.name.clone()).unwrap_or_default();
                return Err(Refusal::Referenced { by: def.name.clone(), field });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::customers::{Customer, LossStatus, LostCustomer, NewCustomer, NewLostCustomer};
    use crate::events::EventShard;
    use crate::id::{Id, SetId};
    use crate::schema::Entity;
    use crate::value::{Slot, Timestamp};

    struct Records(Vec<Record>);

    impl Dataset for Records {
        fn get(&self, entity: &str, id: RecordId) -> Option<&Record> {
            self.scan(entity).find(|record| record.id == id)
        }

        fn scan<'a>(&'a self, entity: &str) -> Box<dyn Iterator<Item = &'a Record> + 'a> {
            let entity = entity.to_owned();
            Box::new(self.0.iter().filter(move |record| record.entity == entity))
        }
    }

    impl Workspace for Records {
        fn set(&mut self, entity: &Name, id: RecordId, record: Option<Record>) {
            self.0.retain(|other| other.entity != *entity || other.id != id);
            self.0.extend(record);
        }
    }

    fn customer(number: u8) -> Customer {
        let draft = Customer::draft(Id::new(RecordId::from_bytes([number; 16])), NewCustomer::new("Acme"));
        Customer { created_at: Timestamp::EPOCH, ..draft }
    }

    #[test]
    fn a_number_that_is_refused_leaves_the_others_theirs() {
        let schema = crate::standard_schema().unwrap();
        let known = Customer { number: "KH7".into(), ..customer(1) };
        let mut records = Records(vec![known.into_record()]);
        let missing = Adjust { if_absent: None, ..EventShard::take(9, 1) };
        let mut new = customer(2).into_record();
        let place = schema.of::<Customer>().unwrap().column("number").unwrap();
        new.values[place] = Value::Slot(Slot { index: 0, prefix: "KH".into(), width: 0, offset: 0 });
        let mut set = ChangeSet::new(SetId(RecordId::from_bytes([3; 16])), Timestamp::EPOCH, "test");
        set.changes = vec![Change::Adjust(missing), Change::Adjust(EventShard::take(1, 7)), Change::Insert(new)];
        let error = apply(&mut records, &schema, &set).unwrap_err();
        let refused: Vec<_> = error.refusals().iter().map(|refused| (refused.index, refused.reason.clone())).collect();
        assert_eq!(refused, [(0, Refusal::Missing)], "the second number is not taken for the first");
    }

    #[test]
    fn a_key_with_a_condition_is_of_those_who_meet_it() {
        let schema = crate::standard_schema().unwrap();
        let def = schema.of::<LostCustomer>().unwrap();
        let key = def.facts.unique.iter().find(|key| key.when.is_some()).unwrap();
        for (status, has_it) in
            [(LossStatus::Warning, true), (LossStatus::Deferred, true), (LossStatus::Resolved, false)]
        {
            let of = customer(1).id;
            let row = LostCustomer { customer: of, status, ..LostCustomer::draft(Id::NIL, NewLostCustomer::default()) };
            assert_eq!(key_values(&schema, def, key, &row.into_record()).is_some(), has_it, "{status:?}");
        }
    }
}
