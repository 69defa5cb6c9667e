//! The history of a record: what was done to it, and what it held at a moment.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::staged::matches;
use super::{Records, Session, Untyped};
use crate::access::{Scope, User};
use crate::change::{Change, ChangeSet};
use crate::error::{Error, Result, StorageError};
use crate::history::{Extent, HistoryEntry, HistoryKind, entries, value_from_json};
use crate::id::{Id, IdSource, RecordId, SetId, Version};
use crate::query::{Cursor, Direction, Filter, OrderBy, Query};
use crate::rules::Rules;
use crate::schema::{ColumnDef, CustomFields, Entity, EntityDef, Label, Name, Record, Schema};
use crate::storage::{Reader, ReaderExt};
use crate::value::{Timestamp, Value};

/// How many entries are read at once.
const PAGE: usize = 400;

/// Which part of a record's history is asked for.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::session::TrailOptions;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let customers = crm.system().customers();
/// let acme = customers.create(NewCustomer::new("Acme")).await?;
/// for level in [Rating::Two, Rating::Three] {
///     customers.edit(acme.id, CustomerPatch { level: Some(level).into(), ..Default::default() }).await?;
/// }
/// let first = customers.history(acme.id, &TrailOptions { limit: 1, after: None }).await?;
/// let rest = customers.history(acme.id, &TrailOptions { after: first.next, ..Default::default() }).await?;
/// assert_eq!(first.entries[0].fields[0].name, "level");
/// assert!(rest.entries.iter().all(|entry| entry.at <= first.entries[0].at));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone)]
pub struct TrailOptions {
    /// How many entries at most.
    pub limit: usize,
    /// From where another page ended.
    pub after: Option<Cursor>,
}

impl Default for TrailOptions {
    fn default() -> Self {
        Self { limit: 100, after: None }
    }
}

/// A page of a record's history.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::session::TrailOptions;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let acme = crm.system().customers().create(NewCustomer::new("Acme")).await?;
/// let trail = crm.system().customers().history(acme.id, &TrailOptions::default()).await?;
/// assert_eq!((trail.entries.len(), trail.next.is_none()), (1, true));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Trail {
    /// What was done, the newest first.
    pub entries: Vec<TrailEntry>,
    /// Where to go on, if there is more.
    pub next: Option<Cursor>,
}

/// What was done to a record by one set.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::session::TrailOptions;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let customers = crm.system().customers();
/// let acme = customers.create(NewCustomer::new("Acme")).await?;
/// customers.edit(acme.id, CustomerPatch { name: "Acme Ltd".to_owned().into(), ..Default::default() }).await?;
/// let entry = customers.history(acme.id, &TrailOptions::default()).await?.entries.remove(0);
/// assert_eq!((entry.command.as_str(), entry.actor, entry.version), ("customer.edit", None, Version(2)));
/// assert_eq!(entry.fields[0].value, Some("Acme".into()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TrailEntry {
    /// The set, by which it can be [undone](Session::undo) unless it is an import's.
    pub set: SetId,
    /// When.
    pub at: Timestamp,
    /// The user who did it; none for the system.
    pub actor: Option<Id<User>>,
    /// Through what, such as `customer.edit` or `customer.import`.
    pub command: String,
    /// What was done.
    pub kind: HistoryKind,
    /// The version the record was left in.
    pub version: Version,
    /// What the changed fields held before, as far as the actor may read them.
    pub fields: Vec<FormerField>,
}

/// What one field held before a change.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::session::TrailOptions;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let acme = crm.system().customers().create(NewCustomer::new("Acme")).await?;
/// let rename = CustomerPatch { name: "Acme Ltd".to_owned().into(), ..Default::default() };
/// crm.system().customers().edit(acme.id, rename).await?;
/// let trail = crm.system().customers().history(acme.id, &TrailOptions::default()).await?;
/// let field = &trail.entries[0].fields[0];
/// assert_eq!((&*field.label.en, &field.value), ("Name", &Some("Acme".into())));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct FormerField {
    /// The field; `custom` for those added at run time.
    pub name: Name,
    /// What people are shown.
    pub label: Label,
    /// What it held; none where the history does not keep it.
    pub value: Option<Value>,
}

/// A record as it was at a moment.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let before = crm.system().customers().create(NewCustomer::new("Acme")).await?;
/// let rename = CustomerPatch { name: "Acme Ltd".to_owned().into(), ..Default::default() };
/// crm.system().customers().edit(before.id, rename).await?;
/// let past = crm.system().untyped("customer")?.as_of(before.id.raw(), before.created_at).await?.ok_or("it was there")?;
/// assert_eq!(past.record.field(&Customer::definition(), "name"), Some(&Value::from("Acme")));
/// assert!(past.unknown.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Past {
    /// The record. Its version is not told.
    pub record: Record,
    /// The fields whose values of then are not known, since the history does not keep them; the record has what is
    /// known of later.
    pub unknown: Vec<Name>,
}

/// The records that a set changes or deletes, as they are: those that are known, and the others as they are read now.
pub(super) struct Before<'k> {
    read: Vec<Record>,
    known: &'k [Record],
}

impl Before<'_> {
    /// The record as it is; what was read last counts.
    pub(super) fn get(&self, entity: &Name, id: RecordId) -> Option<&Record> {
        self.read.iter().chain(self.known).find(|record| record.id == id && record.entity == *entity)
    }
}

/// Reads what a set changes or deletes and is not among `known`.
pub(super) async fn before<'k>(
    reader: &dyn Reader,
    set: &ChangeSet,
    known: &'k [Record],
) -> Result<Before<'k>, StorageError> {
    let schema = Arc::clone(reader.schema());
    let mut unknown: BTreeMap<&Name, Vec<RecordId>> = BTreeMap::new();
    for change in &set.changes {
        let (entity, id, expected) = match change {
            Change::Update { record, expected } => (&record.entity, record.id, *expected),
            Change::Delete { entity, id, expected } => (entity, *id, *expected),
            Change::Insert(_) | Change::Check { .. } | Change::Adjust(_) | Change::Purge { .. } => continue,
        };
        let recorded = schema.entity(entity).is_some_and(|def| !def.facts.unrecorded && !def.facts.secret);
        let is_it = |known: &Record| known.id == id && known.version == expected && known.entity == *entity;
        if recorded && !known.iter().any(is_it) {
            unknown.entry(entity).or_default().push(id);
        }
    }
    let mut read = Vec::new();
    for (entity, wanted) in unknown {
        if let Some(def) = schema.entity(entity) {
            read.extend(reader.get(def, &wanted).await?);
        }
    }
    Ok(Before { read, known })
}

/// Adds what the history keeps of a set, to be committed with it. A store without a history keeps none.
pub(super) fn add_history(
    schema: &Schema,
    ids: &dyn IdSource,
    set: &mut ChangeSet,
    before: &Before<'_>,
    extent: Extent,
) {
    if schema.of::<HistoryEntry>().is_some() {
        let at = set.at;
        let fresh = || Id::new(ids.next_id(at));
        let recorded = entries(schema, set, extent, |entity, id| before.get(entity, id), fresh);
        set.changes.extend(recorded);
    }
}

/// Adds what the history keeps of a set, to be committed with it. What is to be changed and is not among `known` is
/// read.
pub(crate) async fn record_history(
    reader: &dyn Reader,
    ids: &dyn IdSource,
    set: &mut ChangeSet,
    known: &[Record],
    extent: Extent,
) -> Result<(), StorageError> {
    if reader.schema().of::<HistoryEntry>().is_some() {
        let before = before(reader, set, known).await?;
        add_history(&Arc::clone(reader.schema()), ids, set, &before, extent);
    }
    Ok(())
}

impl Session {
    /// The places of the fields of an entity that the actor may read.
    pub(super) fn readable_columns(&self, def: &EntityDef) -> Vec<usize> {
        let actor = self.actor();
        (0..def.columns.len()).filter(|column| !actor.hides(def, *column)).collect()
    }

    /// Removes the history that is older than a moment, of all records; gives how many entries that were. It is done in
    /// parts: what was removed before an error stays removed. What they recorded can't be undone any more. Events of
    /// that time stay until their own [retention](crate::events::EventRetention) ends, without the values they told.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    /// use crmkit::storage::MemoryStorage;
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// crm.system().customers().create(NewCustomer::new("Acme")).await?;
    /// assert_eq!(crm.system().purge_history(Timestamp::EPOCH).await?, 0);
    /// # Ok::<(), Error>(())
    /// # })?;
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] without the right `history.purge`, [`Error::Storage`] if the store can't do it.
    pub async fn purge_history(&self, before: Timestamp) -> Result<u64> {
        self.require("history.purge").await?;
        let mut removed = 0;
        loop {
            let now = self.crm.now();
            let mut set = ChangeSet::new(self.crm.new_set_id(now), now, "history.purge");
            set.actor = self.actor().id().map(Id::raw);
            let filter = HistoryEntry::at.lt(before);
            set.changes.push(Change::Purge { entity: HistoryEntry::NAME.into(), filter, limit: PAGE });
            let purged = self.commit(&mut set, &[]).await?.purged.iter().sum::<u64>();
            removed += purged;
            if purged < PAGE as u64 {
                self.forget_events_before(before).await?;
                return Ok(removed);
            }
        }
    }
}

impl Untyped {
    /// What was done to a record, the newest first. A record that was made together with another one is told of in the
    /// history of that one; one that was imported is told of by the import's run; and sums that follow from other
    /// records, such as an order's amount, are told of by those.
    ///
    /// The record, or a deleted one as it was last, must lie within the right to read it.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    /// use crmkit::session::TrailOptions;
    /// use crmkit::storage::MemoryStorage;
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let customers = crm.system().customers();
    /// let acme = customers.create(NewCustomer::new("Acme")).await?;
    /// customers.edit(acme.id, CustomerPatch { name: "Acme Ltd".to_owned().into(), ..Default::default() }).await?;
    ///
    /// let trail = customers.history(acme.id, &TrailOptions::default()).await?;
    /// assert_eq!(trail.entries[0].command, "customer.edit");
    /// assert_eq!(trail.entries[0].fields[0].value, Some("Acme".into()));
    /// # Ok::<(), Error>(())
    /// # })?;
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] without the right; [`Error::NotFound`] if there is and was none or it lies outside the scope;
    /// [`Error::Storage`] if the store can't answer.
    pub async fn history(&self, id: RecordId, options: &TrailOptions) -> Result<Trail> {
        let def = self.definition();
        let (session, scope) = (self.session(), self.session().require(&format!("{}.read", def.code)).await?);
        session.present_or_past(def, scope, id).await?;
        let query = entries_of(def, id).limit(options.limit).after(options.after.clone());
        let (found, next) = session.storage().find::<HistoryEntry>(&query).await?;
        let readable = session.readable_columns(def);
        Ok(Trail { entries: found.into_iter().map(|entry| told(entry, def, &readable)).collect(), next })
    }

    /// A record as it was at a moment; none if it was not there. Sums that follow from other records, such as an order's
    /// amount, are as they are now. Fields that the actor may not read have no value.
    ///
    /// # Errors
    ///
    /// As [`history`](Self::history).
    pub async fn as_of(&self, id: RecordId, at: Timestamp) -> Result<Option<Past>> {
        let def = self.definition();
        let (session, scope) = (self.session(), self.session().require(&format!("{}.read", def.code)).await?);
        session.present_or_past(def, scope, id).await?;
        let mut past = session.storage().get(def, &[id]).await?.pop();
        let mut unknown: Vec<Name> = Vec::new();
        let mut query = entries_of(def, id).filter(HistoryEntry::at.gt(at)).limit(PAGE);
        loop {
            let (found, next) = session.storage().find::<HistoryEntry>(&query).await?;
            for entry in found {
                let former = entry.former();
                unknown.retain(|name| !former.values.contains_key(&**name));
                past = match entry.kind {
                    HistoryKind::Inserted => None,
                    HistoryKind::Updated => past.map(|record| former.put_into(record, def)),
                    HistoryKind::Deleted => Some(former.put_into(blank(def, id), def)),
                };
                unknown.extend(former.redacted);
            }
            match next {
                Some(next) => query.after = Some(next),
                None => break,
            }
        }
        let readable = session.readable_columns(def);
        Ok(past.filter(|record| !is_younger(record.id, at)).map(|mut record| {
            record.version = Version::NEW;
            for (place, value) in record.values.iter_mut().enumerate() {
                if !readable.contains(&place) {
                    *value = Value::Null;
                }
            }
            unknown.retain(|name| def.column(name).is_none_or(|place| readable.contains(&place)));
            unknown.sort_unstable();
            unknown.dedup();
            Past { record, unknown }
        }))
    }

    /// Every field is one of the entity, or one it had once and the history of the record still knows.
    async fn check_erased(&self, id: RecordId, fields: &[&str]) -> Result<()> {
        let mut unknown: Vec<&str> =
            fields.iter().copied().filter(|field| self.definition().column(field).is_none()).collect();
        let mut query = entries_of(self.definition(), id).limit(PAGE);
        while !unknown.is_empty() {
            let (found, next) = self.session().storage().find::<HistoryEntry>(&query).await?;
            let known = |field: &str| found.iter().any(|entry| entry.former().values.contains_key(field));
            unknown.retain(|field| !known(field));
            let Some(next) = next else { break };
            query = query.after(Some(next));
        }
        unknown.first().map_or(Ok(()), |field| Err(self.no_such_field(field)))
    }

    /// Makes the history forget what fields of a record held, all fields if none is named; that they were changed, by
    /// whom and when stays known. What is forgotten can't be undone. Its events forget what the fields held, too.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] without the right `history.erase`; [`Error::NotFound`] as [`history`](Self::history);
    /// [`Error::Query`] for a field that neither the entity has nor the record's history knows; [`Error::Storage`] if the
    /// store can't do it.
    pub async fn erase_history(&self, id: RecordId, fields: &[&str]) -> Result<()> {
        let (session, def) = (self.session(), self.definition());
        let scope = session.require("history.erase").await?;
        session.present_or_past(def, scope, id).await?;
        self.check_erased(id, fields).await?;
        let mut query = entries_of(def, id).limit(PAGE);
        loop {
            let (found, next) = session.storage().find::<HistoryEntry>(&query).await?;
            let now = session.crm.now();
            let mut set = ChangeSet::new(session.crm.new_set_id(now), now, "history.erase");
            set.actor = session.actor().id().map(Id::raw);
            for entry in found {
                let forgotten: Vec<Name> = match fields {
                    [] => entry.former().values.keys().map(|name| Name::Owned(name.clone())).collect(),
                    named => named.iter().map(|name| Name::Owned((*name).to_owned())).collect(),
                };
                let erased = entry.clone().without(&forgotten);
                if erased != entry {
                    // Entries are only ever added and purged, so one that changes is purged and added again.
                    let filter = super::records::by_id(entry.id.raw());
                    set.changes.push(Change::Purge { entity: HistoryEntry::NAME.into(), filter, limit: 1 });
                    set.changes.push(Change::Insert(erased.into_record()));
                }
            }
            if !set.changes.is_empty() {
                session.commit(&mut set, &[]).await?;
            }
            match next {
                Some(next) => query.after = Some(next),
                None => return session.forget_events_of(def, id, fields).await,
            }
        }
    }
}

impl<E: Rules> Records<E> {
    /// What was done to a record, the newest first; see [`Untyped::history`].
    ///
    /// # Errors
    ///
    /// As [`Untyped::history`].
    pub async fn history(&self, id: Id<E>, options: &TrailOptions) -> Result<Trail> {
        self.untyped()?.history(id.raw(), options).await
    }

    /// A record as it was at a moment; none if it was not there. Fields that the actor may not read are blank. See
    /// [`Untyped::as_of`].
    ///
    /// # Errors
    ///
    /// As [`Untyped::as_of`], and [`Error::State`] if the history does not keep all that it held then.
    pub async fn as_of(&self, id: Id<E>, at: Timestamp) -> Result<Option<E>> {
        let records = self.untyped()?;
        let Some(past) = records.as_of(id.raw(), at).await? else { return Ok(None) };
        if let Some(field) = past.unknown.first() {
            let problem = format!("then held in `{field}` what the history does not keep");
            return Err(Error::State { entity: records.definition().code.clone(), id: id.raw(), problem });
        }
        let (def, mut record) = (records.definition(), past.record);
        let readable = self.session.readable_columns(def);
        for (place, value) in record.values.iter_mut().enumerate().filter(|(place, _)| !readable.contains(place)) {
            *value = def.columns.get(place).map_or(Value::Null, ColumnDef::blank);
        }
        Ok(Some(E::from_record(record)?))
    }
}

impl Session {
    /// Refuses a record that is and was not there, or that, as it is or was last, lies outside a scope.
    async fn present_or_past(&self, def: &Arc<EntityDef>, scope: Scope, id: RecordId) -> Result<()> {
        let record = match self.storage().get(def, &[id]).await?.pop() {
            Some(record) => Some(record),
            None => {
                let (found, _) = self.storage().find::<HistoryEntry>(&entries_of(def, id).limit(1)).await?;
                let deleted = found.into_iter().find(|entry| entry.kind == HistoryKind::Deleted);
                deleted.map(|entry| entry.former().put_into(blank(def, id), def))
            }
        };
        let reach = self.actor().reach(scope, def);
        match record {
            Some(record) if matches(self.storage(), def, reach, &record).await? => Ok(()),
            _ => Err(super::records::not_found(def, &id)),
        }
    }
}

/// The entries about a record, the newest first.
fn entries_of(def: &EntityDef, id: RecordId) -> Query {
    let about: Filter = HistoryEntry::record.eq(id.to_string()).and(HistoryEntry::entity.eq(def.name.to_string()));
    let newest = OrderBy { path: HistoryEntry::left.path(), direction: Direction::Descending };
    Query::of::<HistoryEntry>().filter(about).order(newest)
}

/// A record without any value.
pub(super) fn blank(def: &EntityDef, id: RecordId) -> Record {
    let (entity, values) = (def.name.clone(), vec![Value::Null; def.columns.len()]);
    Record { entity, id, version: Version::NEW, values, custom: CustomFields::new() }
}

/// Whether a record was made after a moment, as far as its id tells: ids of version 7 begin with the milliseconds.
fn is_younger(id: RecordId, at: Timestamp) -> bool {
    let [a, b, c, d, e, f, version, ..] = *id.as_bytes();
    let millis = i64::from_be_bytes([0, 0, a, b, c, d, e, f]);
    version >> 4 == 7 && millis > at.as_micros().div_euclid(1_000)
}

fn told(entry: HistoryEntry, def: &EntityDef, readable: &[usize]) -> TrailEntry {
    let former = entry.former();
    let field = |name: &Name, value: Option<Value>| {
        let label = match def.column_def(name) {
            Some(column) => column.label.clone(),
            None => Label::new("自定义字段", "Custom fields"),
        };
        let shown = def.column(name).is_none_or(|place| readable.contains(&place));
        shown.then(|| FormerField { name: name.clone(), label, value })
    };
    let mut fields: Vec<FormerField> = Vec::new();
    for column in &def.columns {
        if let Some(json) = former.values.get(&*column.name) {
            fields.extend(field(&column.name, value_from_json(&column.column_type, json)));
        }
    }
    if let Some(custom) = former.values.get("custom").and_then(serde_json::Value::as_str) {
        let custom = serde_json::from_str(custom).ok().map(Value::Json);
        fields.extend(field(&Name::Borrowed("custom"), custom));
    }
    fields.extend(former.redacted.iter().filter_map(|name| field(name, None)));
    TrailEntry {
        set: SetId(entry.set_id()),
        at: entry.at,
        actor: entry.actor.as_ref().and_then(|actor| actor.parse().ok()),
        command: entry.command,
        kind: entry.kind,
        version: Version(entry.left),
        fields,
    }
}
