//! Typed records of one entity: create, get, edit, list, delete, each with its check.

use std::marker::PhantomData;
use std::sync::Arc;

use super::Session;
use super::commit::Plan;
use super::decided::Decided;
use super::untyped::Untyped;
use super::write::Making;
use crate::access::Scope;
use crate::error::{Error, Result};
use crate::id::{Id, RecordId, Version};
use crate::query::evaluate::{Matcher, OwnFields};
use crate::query::{Comparison, Cursor, Direction, Filter, OrderBy, Query};
use crate::rules::{Context, Deletion, Numbered, Position, Rules};
use crate::schema::{EntityDef, Name, Path, Record};
use crate::value::Value;

/// The records of one entity, as far as the actor of a session may see and change them.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let customers = crm.system().customers();
/// let acme = customers.create(NewCustomer::new("Acme")).await?;
/// assert_eq!(customers.named(&acme.number).await?, acme);
///
/// let level = CustomerPatch { level: Some(Rating::Four).into(), ..Default::default() };
/// let edited = customers.edit(acme.id, level.clone()).await?;
/// // Whoever has seen an earlier version is told.
/// assert!(matches!(customers.edit_seen(acme.id, acme.version, level).await, Err(Error::Conflict { .. })));
///
/// let good = Query::of::<Customer>().filter(Customer::level.ge(Rating::Four)).limit(20);
/// assert_eq!(customers.list(good).await?.items, [edited]);
/// customers.delete(acme.id).await?;
/// assert_eq!(customers.count(Customer::status.eq(CustomerStatus::Normal)).await?, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone)]
pub struct Records<E> {
    pub(super) session: Session,
    marker: PhantomData<fn() -> E>,
}

/// One page of records.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// for name in ["Acme", "Globex", "Initech"] {
///     crm.system().customers().create(NewCustomer::new(name)).await?;
/// }
/// let query = Query::of::<Customer>().order(Customer::name.asc()).limit(2);
/// let first = crm.system().customers().list(query.clone()).await?;
/// let second = crm.system().customers().list(query.after(first.next)).await?;
/// assert_eq!((first.items.len(), second.items.len(), second.next), (2, 1, None));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct List<E> {
    /// The records.
    pub items: Vec<E>,
    /// Where to go on, if there is more.
    pub next: Option<Cursor>,
}

impl<E: Rules> Records<E> {
    pub(super) const fn new(session: Session) -> Self {
        Self { session, marker: PhantomData }
    }

    /// Makes a record.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] without the right, or if the record would lie outside its scope; [`Error::Invalid`] if the
    /// input does not fit; [`Error::Taken`] if a number or name is in use; [`Error::NotFound`] if it refers to what is
    /// not there or not visible; [`Error::Storage`] if the store can't do it.
    pub async fn create(&self, new: E::New) -> Result<E> {
        let id = self.session.crm.new_id(self.session.crm.now());
        self.create_draft(E::draft(id, new)).await
    }

    pub(super) async fn create_draft(&self, draft: E) -> Result<E> {
        let def = self.def()?;
        let record = self.create_record(&def, draft).await?;
        self.session.veiled(&def, record)
    }

    /// Makes a record, and gives it with all its fields.
    pub(super) async fn create_record(&self, def: &Arc<EntityDef>, draft: E) -> Result<Record> {
        let scope = self.session.granted_on(def, "create").await?.1;
        self.check_draft(def, &draft)?;
        let decide = |context: &Context| Ok(Decided::made(E::created(draft.clone(), context)?));
        let making = Making { decide: &decide, numbered: E::numbered(), position: E::position() };
        self.session.make(def, scope, making).await
    }

    /// The record with an id.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] without the right; [`Error::NotFound`] if there is none or it lies outside the scope.
    pub async fn get(&self, id: Id<E>) -> Result<E> {
        let def = self.def()?;
        let record = self.session.get_seen(&def, id.raw()).await?;
        self.session.veiled(&def, record)
    }

    /// The record that people call `text`: by its number, code or login, else by its name if only one has it, else by
    /// its id.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] without the right; [`Error::NotFound`] if there is none or it lies outside the scope;
    /// [`Error::Invalid`] if several have the name.
    pub async fn named(&self, text: &str) -> Result<E> {
        let untyped = self.untyped()?;
        let record = untyped.find(text).await?;
        self.session.veiled(untyped.definition(), record)
    }

    /// One page of records that the actor may see.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] without the right; [`Error::Storage`] if the query does not fit or the store can't answer.
    pub async fn list(&self, query: Query) -> Result<List<E>> {
        let untyped = self.untyped()?;
        let page = untyped.page(query).await?;
        let typed = |record| self.session.veiled(untyped.definition(), record);
        let items = page.records.into_iter().map(typed).collect::<Result<_>>()?;
        Ok(List { items, next: page.next })
    }

    /// One page of records that the actor may see and that have every one of these words in one of the fields that are
    /// searched; fields that are hidden from him are not.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    /// use crmkit::storage::MemoryStorage;
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let customers = crm.system().customers();
    /// let acme = customers.create(NewCustomer::new("Acme Ltd")).await?;
    /// assert_eq!(customers.search("acme", Query::of::<Customer>()).await?.items, [acme]);
    /// # Ok::<(), Error>(())
    /// # })?;
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list).
    pub async fn search(&self, words: &str, query: Query) -> Result<List<E>> {
        let searched = self.untyped()?.searched(words).await?;
        self.list(query.filter(searched)).await
    }

    /// How many records match that the actor may see.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] without the right; [`Error::Storage`] if the filter does not fit or the store can't answer.
    pub async fn count(&self, filter: Filter) -> Result<u64> {
        self.untyped()?.count(filter).await
    }

    /// Changes a record, whatever version it has. What leaves it as it was writes nothing: it keeps its version.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] without the right or scope; [`Error::NotFound`] if there is none the actor can see;
    /// [`Error::State`], [`Error::Invalid`] or [`Error::Taken`] if the rules or the input forbid it;
    /// [`Error::Storage`] if the store can't do it.
    pub async fn edit(&self, id: Id<E>, patch: E::Patch) -> Result<E> {
        self.edit_version(id, None, patch).await
    }

    /// Changes the version of a record that the actor has seen.
    ///
    /// # Errors
    ///
    /// As [`edit`](Self::edit), and [`Error::Conflict`] if the record has another version by now.
    pub async fn edit_seen(&self, id: Id<E>, seen: Version, patch: E::Patch) -> Result<E> {
        self.edit_version(id, Some(seen), patch).await
    }

    async fn edit_version(&self, id: Id<E>, seen: Option<Version>, patch: E::Patch) -> Result<E> {
        let def = self.def()?;
        let record = self.edit_record(&def, id.raw(), seen, patch).await?;
        self.session.veiled(&def, record)
    }

    /// Changes a record by a patch, and gives it with all its fields.
    pub(super) async fn edit_record(
        &self,
        def: &Arc<EntityDef>,
        id: RecordId,
        seen: Option<Version>,
        patch: E::Patch,
    ) -> Result<Record> {
        let actor = self.session.granted_on(def, "edit").await?.0;
        self.session.check_patch(&actor, def, &|| serde_json::to_value(&patch).ok())?;
        self.change(def, id, seen, |before| Ok(before.patched(patch.clone()))).await
    }

    /// Changes a record, and gives it with all its fields.
    pub(super) async fn change<F>(
        &self,
        def: &Arc<EntityDef>,
        id: RecordId,
        seen: Option<Version>,
        patched: F,
    ) -> Result<Record>
    where
        F: Fn(E) -> Result<E> + Send + Sync,
    {
        let decide = |before: Record, context: &Context| {
            let before = E::from_record(before)?;
            let patched = patched(before.clone())?;
            self.session.check_frozen(def, &|| [before.clone().into_record(), patched.clone().into_record()])?;
            let after = E::edited(&before, patched, context)?;
            Ok(Decided::changed(before, after))
        };
        self.session.alter(def, id, seen, &decide).await
    }

    /// Deletes a record: removes it, or marks it where the rules keep it.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] without the right or scope; [`Error::NotFound`] if there is none the actor can see;
    /// [`Error::State`] if the rules forbid it; [`Error::Referenced`] while other records refer to it;
    /// [`Error::Storage`] if the store can't do it.
    pub async fn delete(&self, id: Id<E>) -> Result<()> {
        let decide = |before: Record, context: &Context| {
            let before = E::from_record(before)?;
            let marked = match E::deleted(&before, context)? {
                Deletion::Remove => None,
                Deletion::Mark(after) => Some(after),
            };
            Ok(Decided::removed(before, marked))
        };
        self.session.remove(&self.def()?, id.raw(), &decide).await
    }

    pub(super) fn def(&self) -> Result<Arc<EntityDef>> {
        let def = self.session.crm.schema().of::<E>().cloned();
        def.ok_or_else(|| crate::schema::PathError::NoEntity(E::NAME.to_owned()).into()).map_err(Error::Query)
    }

    pub(super) fn untyped(&self) -> Result<Untyped> {
        Ok(Untyped::new(self.session.clone(), self.def()?))
    }
}

impl Session {
    /// The record, for who has the right to read it.
    pub(super) async fn get_seen(&self, def: &Arc<EntityDef>, id: RecordId) -> Result<Record> {
        let scope = self.granted_on(def, "read").await?.1;
        self.load(def, scope, id).await?.ok_or_else(|| not_found(def, &id))
    }

    /// The record if it exists within a scope.
    pub(super) async fn load(&self, def: &Arc<EntityDef>, scope: Scope, id: RecordId) -> Result<Option<Record>> {
        let storage = self.storage();
        let reach = self.actor().reach(scope, def);
        let prepared = reach.clone().prepare(storage.schema(), def)?;
        if prepared.is_own_fields_only() {
            let found = storage.get(def, &[id]).await?.pop();
            return Ok(found.filter(|record| Matcher::new(&OwnFields, &prepared).matches(record)));
        }
        let query = Query::new(def.name.clone()).filter(by_id(id)).filter(reach).limit(1);
        Ok(storage.query(&query).await?.records.pop())
    }

    /// The record if the actor may see it.
    pub(super) async fn seen(&self, def: &Arc<EntityDef>, id: RecordId) -> Result<Option<Record>> {
        self.load(def, self.crm.rights().readable(&self.actor(), def), id).await
    }
}

/// A numbered field that was left empty gets the next number of its series.
pub(super) async fn fill_number(
    session: &Session,
    def: &EntityDef,
    record: &mut Record,
    numbered: Numbered,
    plan: &mut Plan,
    skip: i64,
    context: &Context,
) -> Result<()> {
    let Some(value) = def.column(&numbered.field).and_then(|place| record.values.get_mut(place)) else {
        return Ok(());
    };
    if value.as_text() != Some("") {
        return Ok(());
    }
    let (take, slot) = session.next_number(&numbered.series, plan.slots, skip, context).await?;
    *value = slot;
    plan.slots += usize::from(take.is_some());
    plan.numbered = Some(numbered.field);
    plan.changes.extend(take);
    Ok(())
}

/// A position that was left open becomes the one behind the last. Whoever takes it at the same moment is refused by the
/// unique key or by what both rely on, so that the command is decided again.
pub(super) async fn fill_position(
    session: &Session,
    def: &EntityDef,
    record: &mut Record,
    position: &Position,
) -> Result<()> {
    let within = record.field(def, &position.within).cloned().unwrap_or(Value::Null);
    let Some(place) = def.column(&position.field).filter(|_| !within.is_null()) else { return Ok(()) };
    if record.values.get(place) != Some(&Value::Int(0)) {
        return Ok(());
    }
    let last = OrderBy { path: Path::field(position.field.clone()), direction: Direction::Descending };
    let siblings = Query::new(def.name.clone()).filter(equals(position.within.clone(), within));
    let found = session.storage().query(&siblings.order(last).limit(1)).await?.records.pop();
    let last = found.and_then(|record| record.value(place).as_integer()).unwrap_or_default().max(0);
    if let (Some(value), Some(next)) = (record.values.get_mut(place), last.checked_add(1)) {
        *value = Value::Int(next);
    }
    Ok(())
}

/// Refuses what can't be stored, and coded values that are no longer given where `before` did not have them.
pub(super) fn check_fields(def: &EntityDef, before: Option<&Record>, record: &Record) -> Result<()> {
    let mut problems = def.problems(record);
    if problems.is_empty() {
        problems = def.retired(before, record);
    }
    if problems.is_empty() { Ok(()) } else { Err(Error::Invalid { entity: def.code.clone(), problems }) }
}

pub(super) fn not_found(def: &EntityDef, key: &dyn std::fmt::Display) -> Error {
    Error::NotFound { entity: def.code.clone(), key: key.to_string().chars().take(80).collect() }
}

pub(super) fn equals(field: Name, value: Value) -> Filter {
    Filter::Compare { path: Path::field(field), comparison: Comparison::Equal, value }
}

pub(super) fn by_id(id: RecordId) -> Filter {
    equals("id".into(), Value::Id(id))
}
