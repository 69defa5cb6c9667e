//! Changes to a store as plain data: one command decides one set, and a set is committed whole or not at all.

use std::collections::HashSet;
use std::sync::Arc;

use crate::error::{Refusal, Refused, StorageError, StorageErrorKind};
use crate::id::{Position, RecordId, SetId, Version};
use crate::problem::{FieldProblem, sentence};
use crate::query::Filter;
use crate::schema::{EntityDef, Name, Record, Schema};
use crate::value::{Timestamp, Value};

/// How many changes a set may have, unless a storage is told otherwise.
pub const DEFAULT_SET_LIMIT: usize = 1_000;

/// One change to one record.
///
/// # Examples
///
/// ```
/// use crmkit::change::Change;
/// use crmkit::prelude::*;
///
/// let acme = Customer::draft(Id::NIL, NewCustomer::new("Acme"));
/// let change = Change::Insert(acme.into_record());
/// assert_eq!((&**change.entity(), change.record_id()), ("cst_customer", Some(RecordId::NIL)));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Change {
    /// Stores a new record. Its stored version is the one it carries plus one: a new record carries 0, a record that
    /// is put back carries the version it had. One that arrives from another store in two writes, because what it
    /// refers to is not there yet, may begin below 0.
    Insert(Record),
    /// Stores a record in place of the version `expected`.
    Update {
        /// The record as it shall be.
        record: Record,
        /// The version the decision was made on.
        expected: Version,
    },
    /// Removes the version `expected` of a record. Refused while other records refer to it.
    Delete {
        /// The entity.
        entity: Name,
        /// The record.
        id: RecordId,
        /// The version the decision was made on.
        expected: Version,
    },
    /// The decision relied on this version of a record, which must not have changed.
    Check {
        /// The entity.
        entity: Name,
        /// The record.
        id: RecordId,
        /// The version the decision was made on.
        expected: Version,
    },
    /// Adds to numbers of a record, whatever they are at that moment.
    Adjust(Adjust),
    /// Removes the oldest records that match, those with the smallest ids; only of append-only entities. Refused while
    /// other records refer to one of them.
    Purge {
        /// The entity.
        entity: Name,
        /// Which records; a condition on their own fields.
        filter: Filter,
        /// How many at most.
        limit: usize,
    },
}

/// An atomic addition to numbers of one record: counters, number series, quotas, totals.
///
/// It needs no version and never conflicts with another addition. The record's version grows as with any write, even by
/// an addition of nothing.
///
/// # Examples
///
/// ```
/// use crmkit::change::Change;
/// use crmkit::organisation::{NewNumberSeries, NumberSeries};
/// use crmkit::prelude::*;
///
/// // Takes the next number of a series, and hands it out.
/// let series = NumberSeries::draft(Id::NIL, NewNumberSeries::daily("customer", "KH"));
/// let (take, number) = series.next("2026-03-02".parse()?, 0, Id::NIL, 0);
/// let Change::Adjust(adjust) = take else { return Err("an addition".into()) };
/// assert_eq!(adjust.add, [("last".into(), 1)]);
/// assert!(adjust.if_absent.is_some() && adjust.slot.is_some() && matches!(number, Value::Slot(_)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Adjust {
    /// The entity.
    pub entity: Name,
    /// Which record.
    pub key: AdjustKey,
    /// The record to store first where there is none, from its version on as in an insert and with the addition made;
    /// without it a missing record is refused, and so is one whose id another record has.
    pub if_absent: Option<Record>,
    /// What to add to which fields, in the field's smallest unit.
    pub add: Vec<(Name, i64)>,
    /// Bounds that the results must keep; otherwise the change is refused.
    pub require: Vec<Bound>,
    /// The field whose result is handed out under the next slot number of the set: the first such change of a set
    /// fills slot 0, the second slot 1.
    pub slot: Option<Name>,
}

/// Which record an [`Adjust`] finds.
///
/// # Examples
///
/// ```
/// use crmkit::change::{Adjust, AdjustKey, Change, ChangeSet};
/// use crmkit::id::SetId;
/// use crmkit::prelude::*;
///
/// let add = |key| {
///     let (entity, add) = (Order::NAME.into(), vec![("amount".into(), 10_000)]);
///     Change::Adjust(Adjust { entity, key, if_absent: None, add, require: Vec::new(), slot: None })
/// };
/// let mut set = ChangeSet::new(SetId(RecordId::from_bytes([7; 16])), Timestamp::EPOCH, "order.add");
/// set.changes.push(add(AdjustKey::Unique(vec![("number".into(), "DD260302001".into())])));
/// set.changes.push(add(AdjustKey::Unique(vec![("address".into(), "Quay 1".into())])));
/// // A number names one order, an address perhaps several.
/// let refused: Vec<usize> = set.problems(&*crmkit::standard_schema()?).iter().map(|refused| refused.index).collect();
/// assert_eq!(refused, [1]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AdjustKey {
    /// The record with this id.
    Id(RecordId),
    /// The record with these values of a unique key without condition.
    Unique(Vec<(Name, Value)>),
}

/// Bounds of one field, both inclusive, in the field's smallest unit.
///
/// # Examples
///
/// ```
/// use crmkit::change::{Adjust, AdjustKey, Bound, adjusted};
/// use crmkit::error::Refusal;
/// use crmkit::prelude::*;
///
/// // Takes five pieces from a shelf with three of them.
/// let shelf = StockItem::draft(Id::NIL, NewStockItem { count: "3".parse()?, ..Default::default() });
/// let five: Quantity = "5".parse()?;
/// let (entity, key) = (StockItem::NAME.into(), AdjustKey::Id(RecordId::NIL));
/// let require = vec![Bound { field: "count".into(), min: 0, max: i64::MAX }];
/// let take = Adjust { entity, key, if_absent: None, add: vec![("count".into(), -five.raw())], require, slot: None };
/// let taken = adjusted(shelf.into_record(), &take, &StockItem::definition());
/// assert!(matches!(taken, Err(Refusal::Guard { .. })));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    /// The field.
    pub field: Name,
    /// The least result.
    pub min: i64,
    /// The greatest result.
    pub max: i64,
}

/// Changes that are committed together, and who makes them when.
///
/// # Examples
///
/// ```
/// use crmkit::change::ChangeSet;
/// use crmkit::id::{RecordId, SetId};
/// use crmkit::value::Timestamp;
///
/// let set = ChangeSet::new(SetId(RecordId::from_bytes([7; 16])), Timestamp::EPOCH, "import");
/// assert!(set.changes.is_empty());
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ChangeSet {
    /// The identity of the set: committing it again does nothing.
    pub id: SetId,
    /// When it was decided.
    pub at: Timestamp,
    /// The user who acts; none for the system.
    pub actor: Option<RecordId>,
    /// What is done, such as `customer.create`.
    pub command: Name,
    /// The changes, applied in this order.
    pub changes: Vec<Change>,
    /// How many changes at the end only follow from the others, such as what rollups keep of them. They are not counted
    /// where a set is bounded: nobody who gives the others can know how many there will be.
    pub derived: usize,
}

/// What a commit did.
///
/// # Examples
///
/// ```
/// use crmkit::change::{Change, ChangeSet};
/// use crmkit::events::EventShard;
/// use crmkit::id::SetId;
/// use crmkit::prelude::*;
/// use crmkit::storage::Storage;
///
/// # pollster::block_on(async {
/// let storage = MemoryStorage::new(crmkit::standard_schema()?);
/// let mut set = ChangeSet::new(SetId(RecordId::from_bytes([7; 16])), Timestamp::EPOCH, "event.take");
/// set.changes.push(Change::Adjust(EventShard::take(0, 5)));
/// let first = storage.commit(&set).await?;
/// assert_eq!((&first.slots[..], first.replayed), (&[5][..], false));
/// // The same set again, as after an answer that was lost: it is in already.
/// assert_eq!(storage.commit(&set).await?, first.replayed());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Committed {
    /// Where it stands in the order of commits.
    pub position: Position,
    /// The results that [`Adjust`] changes handed out, by slot number.
    pub slots: Vec<i64>,
    /// How many records each [`Change::Purge`] removed, in order.
    pub purged: Vec<u64>,
    /// Whether the set had been committed before, so that this call changed nothing.
    pub replayed: bool,
}

impl Committed {
    /// A first commit at a position.
    #[must_use]
    pub const fn new(position: Position, slots: Vec<i64>, purged: Vec<u64>) -> Self {
        Self { position, slots, purged, replayed: false }
    }

    /// The same result, given again.
    #[must_use]
    pub const fn replayed(mut self) -> Self {
        self.replayed = true;
        self
    }
}

impl Change {
    /// The entity it is about.
    #[must_use]
    pub fn entity(&self) -> &Name {
        match self {
            Self::Insert(record) | Self::Update { record, .. } => &record.entity,
            Self::Delete { entity, .. } | Self::Check { entity, .. } | Self::Purge { entity, .. } => entity,
            Self::Adjust(adjust) => &adjust.entity,
        }
    }

    /// The record it is about, where that is known beforehand.
    #[must_use]
    pub fn record_id(&self) -> Option<RecordId> {
        match self {
            Self::Insert(record) | Self::Update { record, .. } => Some(record.id),
            Self::Delete { id, .. } | Self::Check { id, .. } => Some(*id),
            Self::Adjust(Adjust { key: AdjustKey::Id(id), .. }) => Some(*id),
            Self::Adjust(_) | Self::Purge { .. } => None,
        }
    }

    /// This change as refused.
    #[must_use]
    pub fn refused(&self, index: usize, reason: Refusal) -> Refused {
        Refused { index, entity: self.entity().clone(), id: self.record_id(), reason }
    }
}

impl ChangeSet {
    /// An empty set.
    #[must_use]
    pub fn new(id: SetId, at: Timestamp, command: impl Into<Name>) -> Self {
        Self { id, at, actor: None, command: command.into(), changes: Vec::new(), derived: 0 }
    }

    /// Made by a user.
    #[must_use]
    pub const fn by(mut self, actor: Option<RecordId>) -> Self {
        self.actor = actor;
        self
    }

    /// With one more change.
    #[must_use]
    pub fn with(mut self, change: Change) -> Self {
        self.changes.push(change);
        self
    }

    /// Whether the set is small enough for a store that takes at most so many changes at once, not counting those that
    /// are [derived](Self::derived).
    ///
    /// # Errors
    ///
    /// [`StorageErrorKind::TooLarge`] if it is not.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::change::{Change, ChangeSet};
    /// use crmkit::events::EventShard;
    /// use crmkit::id::{RecordId, SetId};
    /// use crmkit::value::Timestamp;
    ///
    /// let mut set = ChangeSet::new(SetId(RecordId::from_bytes([7; 16])), Timestamp::EPOCH, "event.take");
    /// set.changes.extend([Change::Adjust(EventShard::take(0, 5)), Change::Adjust(EventShard::take(1, 5))]);
    /// assert!(set.fits(2).is_ok() && set.fits(1).is_err());
    /// set.derived = 1;
    /// assert!(set.fits(1).is_ok());
    /// ```
    pub fn fits(&self, limit: usize) -> Result<(), StorageError> {
        let count = self.changes.len().saturating_sub(self.derived);
        if count > limit {
            let message = format!("the set has {count} changes, at most {limit} are taken");
            return Err(StorageError::new(StorageErrorKind::TooLarge, message));
        }
        Ok(())
    }

    /// Everything about the set that can be refused without looking at the store. Every storage asks this first.
    #[must_use]
    pub fn problems(&self, schema: &Schema) -> Vec<Refused> {
        let mut refused = Vec::new();
        let (mut written, mut slots) = (HashSet::new(), 0);
        for (index, change) in self.changes.iter().enumerate() {
            let mut refuse = |reason| refused.push(change.refused(index, reason));
            let Some(def) = schema.entity(change.entity()) else {
                refuse(Refusal::Invalid(format!("there is no entity `{}`", change.entity())));
                continue;
            };
            if writes_record(change) && !change.record_id().is_none_or(|id| written.insert((def.name.clone(), id))) {
                refuse(Refusal::Repeated);
                continue;
            }
            if let Err(reason) = check_change(change, def, schema, slots) {
                refuse(reason);
            }
            if let Change::Adjust(Adjust { slot: Some(_), .. }) = change {
                slots += 1;
            }
        }
        refused
    }
}

/// Whether the change writes the record it names; a record may be written once in a set. Additions may repeat.
const fn writes_record(change: &Change) -> bool {
    matches!(change, Change::Insert(_) | Change::Update { .. } | Change::Delete { .. })
}

fn check_change(change: &Change, def: &Arc<EntityDef>, schema: &Schema, slots: usize) -> Result<(), Refusal> {
    let append_only = || Refusal::Invalid(format!("`{}` is append-only: records are added and purged", def.name));
    match change {
        Change::Insert(record) => check_record(record, def, slots),
        Change::Update { .. } | Change::Delete { .. } | Change::Adjust(_) if def.facts.append_only => {
            Err(append_only())
        }
        Change::Update { record, .. } => check_record(record, def, slots),
        Change::Delete { .. } | Change::Check { .. } => Ok(()),
        Change::Adjust(adjust) => check_adjust(adjust, def, slots),
        Change::Purge { .. } if !def.facts.append_only => {
            Err(Refusal::Invalid(format!("`{}` is not append-only, so it can't be purged", def.name)))
        }
        Change::Purge { filter, .. } => {
            let prepared = filter.clone().prepare(schema, def).map_err(|error| Refusal::Invalid(error.to_string()))?;
            let own = prepared.is_own_fields_only();
            if own { Ok(()) } else { Err(Refusal::Invalid("a purge looks at a record's own fields only".into())) }
        }
    }
}

fn check_record(record: &Record, def: &EntityDef, slots: usize) -> Result<(), Refusal> {
    if record.id.is_nil() {
        return Err(Refusal::Invalid("the record has no id".into()));
    }
    let mut problems = def.problems(record);
    for (column, value) in def.columns.iter().zip(&record.values) {
        if let Value::Slot(slot) = value
            && slot.index >= slots
        {
            problems.push(FieldProblem::invalid(column.name.clone(), "no change before it fills this slot"));
        }
    }
    let custom = serde_json::Value::Object(record.custom.clone());
    if let Err(mismatch) = crate::schema::ColumnType::Json.check(&Value::Json(custom)) {
        problems.push(FieldProblem::invalid("custom", mismatch.0));
    }
    if problems.is_empty() { Ok(()) } else { Err(Refusal::Invalid(sentence(&problems))) }
}

fn check_adjust(adjust: &Adjust, def: &EntityDef, slots: usize) -> Result<(), Refusal> {
    let invalid = |text: String| Err(Refusal::Invalid(text));
    if let AdjustKey::Unique(values) = &adjust.key {
        let same = |fields: &[Name]| {
            fields.len() == values.len() && fields.iter().all(|field| values.iter().any(|(name, _)| name == field))
        };
        if !def.facts.unique.iter().any(|key| key.when.is_none() && same(&key.fields)) {
            return invalid(format!("`{}` has no unique key of just these fields", def.name));
        }
        for (field, value) in values {
            let fits = def.column_def(field).is_some_and(|column| column.column_type.check(value).is_ok());
            if !fits || value.is_null() || matches!(value, Value::Slot(_)) {
                return invalid(format!("`{field}` needs a value of its kind"));
            }
        }
    }
    let fields = adjust.add.iter().map(|(field, _)| field);
    for field in fields.chain(adjust.require.iter().map(|bound| &bound.field)).chain(&adjust.slot) {
        match def.column_def(field) {
            Some(column) if column.column_type.is_numeric() => {}
            Some(_) => return invalid(format!("`{field}` is no number")),
            None => return invalid(format!("there is no field `{field}`")),
        }
    }
    match &adjust.if_absent {
        Some(record) if record.entity != def.name => invalid("the record to begin with is of another entity".into()),
        Some(record) => {
            check_record(record, def, slots)?;
            let agrees = match &adjust.key {
                AdjustKey::Id(id) => *id == record.id,
                AdjustKey::Unique(values) => {
                    values.iter().all(|(field, value)| record.field(def, field).is_some_and(|found| found == value))
                }
            };
            if agrees { Ok(()) } else { invalid("the record to begin with has another key".into()) }
        }
        None => Ok(()),
    }
}

/// The record that an [`Adjust`] leaves behind when it finds `record`; its version is not yet raised.
///
/// # Errors
///
/// [`Refusal::Guard`] if a bound is not kept or a number leaves its range, [`Refusal::Invalid`] if a number that is
/// added to, bounded or handed out is missing.
///
/// # Examples
///
/// ```
/// use crmkit::change::{Adjust, AdjustKey, Bound, adjusted};
/// use crmkit::prelude::*;
///
/// let def = Order::definition();
/// let order = Order::draft(Id::NIL, NewOrder::default());
/// let add = vec![("amount".into(), Money::from_whole(5)?.raw())];
/// let (entity, key) = (Order::NAME.into(), AdjustKey::Id(RecordId::NIL));
/// let require = vec![Bound { field: "amount".into(), min: 0, max: i64::MAX }];
/// let adjust = Adjust { entity, key, if_absent: None, add, require, slot: None };
/// let record = Order { amount: Money::ZERO, ..order }.into_record();
/// let after = adjusted(record, &adjust, &def).map_err(|refusal| refusal.to_string())?;
/// assert_eq!(after.field(&def, "amount"), Some(&Money::from_whole(5)?.into()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn adjusted(mut record: Record, adjust: &Adjust, def: &EntityDef) -> Result<Record, Refusal> {
    let place =
        |field: &Name| def.column(field).ok_or_else(|| Refusal::Invalid(format!("there is no field `{field}`")));
    for (field, amount) in &adjust.add {
        let column = place(field)?;
        let value = record.values.get_mut(column);
        let value = value.ok_or_else(|| Refusal::Invalid(format!("`{field}` has no value")))?;
        let Some(current) = value.as_integer() else {
            return Err(Refusal::Invalid(format!("`{field}` has no value to add to")));
        };
        let guard = || Refusal::Guard { field: field.clone(), current, added: *amount };
        *value = current.checked_add(*amount).and_then(|sum| value.with_integer(sum)).ok_or_else(guard)?;
    }
    for bound in &adjust.require {
        let result = record.value(place(&bound.field)?).as_integer();
        let result = result.ok_or_else(|| Refusal::Invalid(format!("`{}` has no value to bound", bound.field)))?;
        if result < bound.min || result > bound.max {
            let added = adjust.add.iter().filter(|(field, _)| *field == bound.field);
            let added = added.fold(0, |sum: i64, (_, amount)| sum.saturating_add(*amount));
            return Err(Refusal::Guard { field: bound.field.clone(), current: result.saturating_sub(added), added });
        }
    }
    if let Some(field) = &adjust.slot
        && record.value(place(field)?).as_integer().is_none()
    {
        return Err(Refusal::Invalid(format!("`{field}` has no value to hand out")));
    }
    Ok(record)
}

/// The record with its slots filled by the numbers handed out so far.
///
/// # Examples
///
/// ```
/// use crmkit::change::filled;
/// use crmkit::prelude::*;
/// use crmkit::value::Slot;
///
/// let def = Customer::definition();
/// let mut acme = Customer::draft(Id::NIL, NewCustomer::new("Acme")).into_record();
/// let number = Slot { index: 0, prefix: "KH260302".into(), width: 3, offset: 0 };
/// acme.values[def.column("number").ok_or("no number")?] = Value::Slot(number);
/// let acme = filled(acme, &def, &[7]);
/// assert_eq!(acme.field(&def, "number"), Some(&"KH260302007".into()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn filled(mut record: Record, def: &EntityDef, slots: &[i64]) -> Record {
    for (value, column) in record.values.iter_mut().zip(&def.columns) {
        let Value::Slot(slot) = value else { continue };
        let Some(number) = slots.get(slot.index).copied() else { continue };
        *value = match column.column_type {
            crate::schema::ColumnType::Int => Value::Int(slot.number(number)),
            _ => Value::Text(slot.render(number)),
        };
    }
    record
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::customers::Customer;
    use crate::schema::Entity;

    #[test]
    fn nothing_is_added_to_what_is_no_number() {
        let def = Customer::definition();
        let key = AdjustKey::Id(RecordId::NIL);
        let to = |field: &'static str| {
            let add = vec![(field.into(), 1)];
            Adjust { entity: def.name.clone(), key: key.clone(), if_absent: None, add, require: Vec::new(), slot: None }
        };
        let refused = |field| check_adjust(&to(field), &def, 0).unwrap_err();
        assert_eq!(refused("name"), Refusal::Invalid("`name` is no number".into()));
        assert_eq!(refused("nothing"), Refusal::Invalid("there is no field `nothing`".into()));
        assert_eq!(check_adjust(&to("annual_turnover"), &def, 0), Ok(()));
    }
}
