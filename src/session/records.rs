//! Typed records of one entity: create, get, edit, list, delete, each with its check.

use std::marker::PhantomData;
use std::sync::Arc;

use super::Session;
use super::commit::Plan;
use super::untyped::Untyped;
use crate::access::Scope;
use crate::change::Change;
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
        let (def, scope) = (self.def()?, self.scope("create").await?);
        self.check_draft(&def, &draft)?;
        let mut attempts = self.session.attempts(self.command("create"));
        let done = async {
            loop {
                let context = &self.session.context(self.session.crm.now());
                let record = self.session.rule(E::created(draft.clone(), context))?;
                let (mut plan, version) = (Plan::default(), record.version());
                self.place_within(&def, scope, "create", &record.clone().into_record(), &mut plan).await?;
                let loaded = self.session.load_needs(record.relies_on(), context, &mut plan).await?;
                self.session.rule(E::allowed(None, Some(&record), &loaded, context))?;
                let after = record.clone();
                let mut record = record.into_record();
                if let Some(numbered) = E::numbered() {
                    fill_number(&self.session, &def, &mut record, numbered, &mut plan, attempts.skip, context).await?;
                }
                if let Some(position) = E::position() {
                    fill_position(&self.session, &def, &mut record, &position).await?;
                }
                check_fields(&def, None, &record)?;
                self.session.check_references(&def, None, &record).await?;
                after.fits(self.session.crm.schema())?;
                plan.changes.push(Change::Insert(record.clone()));
                self.session.keep_up(&mut plan, None, Some(&after), context).await?;
                plan.result = Some((record, version));
                if let Some(done) = attempts.commit(context, plan).await? {
                    return self.session.veiled(&def, done.into_record(&def)?);
                }
            }
        };
        let done = done.await;
        attempts.over(done)
    }

    /// The record with an id.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] without the right; [`Error::NotFound`] if there is none or it lies outside the scope.
    pub async fn get(&self, id: Id<E>) -> Result<E> {
        let (def, scope) = (self.def()?, self.scope("read").await?);
        let found = self.load(&def, scope, id.raw()).await?;
        self.session.veiled(&def, E::from_record(found.ok_or_else(|| not_found(&def, &id))?)?)
    }

    /// The record that people call `text`: by its number, code or login, else by its name if only one has it, else by
    /// its id.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] without the right; [`Error::NotFound`] if there is none or it lies outside the scope;
    /// [`Error::Invalid`] if several have the name.
    pub async fn named(&self, text: &str) -> Result<E> {
        let (untyped, def) = (self.untyped()?, self.def()?);
        self.session.veiled(&def, E::from_record(untyped.find(text).await?)?)
    }

    /// One page of records that the actor may see.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] without the right; [`Error::Storage`] if the query does not fit or the store can't answer.
    pub async fn list(&self, query: Query) -> Result<List<E>> {
        let (def, page) = (self.def()?, self.untyped()?.page(query).await?);
        let typed = |record| self.session.veiled(&def, E::from_record(record)?);
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

    /// Changes a record, whatever version it has.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] without the right or scope; [`Error::NotFound`] if there is none the actor can see;
    /// [`Error::State`], [`Error::Invalid`] or [`Error::Taken`] if the rules or the input forbid it;
    /// [`Error::Storage`] if the store can't do it.
    pub async fn edit(&self, id: Id<E>, patch: E::Patch) -> Result<E> {
        let def = self.def()?;
        self.check_patch(&def, &patch).await?;
        self.change(id, None, |before| Ok(before.patched(patch.clone()))).await
    }

    /// Changes the version of a record that the actor has seen.
    ///
    /// # Errors
    ///
    /// As [`edit`](Self::edit), and [`Error::Conflict`] if the record has another version by now.
    pub async fn edit_seen(&self, id: Id<E>, seen: Version, patch: E::Patch) -> Result<E> {
        let def = self.def()?;
        self.check_patch(&def, &patch).await?;
        self.change(id, Some(seen), |before| Ok(before.patched(patch.clone()))).await
    }

    pub(super) async fn change<F>(&self, id: Id<E>, seen: Option<Version>, patched: F) -> Result<E>
    where
        F: Fn(E) -> Result<E> + Send + Sync,
    {
        let (def, scope) = (self.def()?, self.scope("edit").await?);
        let mut attempts = self.session.attempts(self.command("edit"));
        let done = async {
            loop {
                let context = &self.session.context(self.session.crm.now());
                let before = self.subject(&def, scope, "edit", id, seen).await?;
                let version = before.version();
                let patched = patched(before.clone())?;
                self.check_frozen(&def, &before, &patched)?;
                let after = self.session.rule(E::edited(&before, patched, context))?;
                let record = after.clone().into_record();
                let mut plan = Plan::default();
                let needs = before.relies_on().into_iter().chain(after.relies_on()).collect();
                let loaded = self.session.load_needs(needs, context, &mut plan).await?;
                self.session.rule(E::allowed(Some(&before), Some(&after), &loaded, context))?;
                self.place_within(&def, scope, "edit", &record, &mut plan).await?;
                let stored = before.clone().into_record();
                check_fields(&def, Some(&stored), &record)?;
                self.session.check_references(&def, Some(&stored), &record).await?;
                after.fits(self.session.crm.schema())?;
                plan.known.push(stored);
                plan.changes.push(Change::Update { record: record.clone(), expected: version });
                self.session.keep_up(&mut plan, Some(&before), Some(&after), context).await?;
                plan.result = Some((record, version));
                if let Some(done) = attempts.commit(context, plan).await? {
                    return self.session.veiled(&def, done.into_record(&def)?);
                }
            }
        };
        let done = done.await;
        attempts.over(done)
    }

    /// Deletes a record: removes it, or marks it where the rules keep it.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] without the right or scope; [`Error::NotFound`] if there is none the actor can see;
    /// [`Error::State`] if the rules forbid it; [`Error::Referenced`] while other records refer to it;
    /// [`Error::Storage`] if the store can't do it.
    pub async fn delete(&self, id: Id<E>) -> Result<()> {
        let (def, scope) = (self.def()?, self.scope("delete").await?);
        let mut attempts = self.session.attempts(self.command("delete"));
        let done = async {
            loop {
                let context = &self.session.context(self.session.crm.now());
                let before = self.subject(&def, scope, "delete", id, None).await?;
                let (expected, mut plan) = (before.version(), Plan::default());
                let after = match self.session.rule(E::deleted(&before, context))? {
                    Deletion::Remove => None,
                    Deletion::Mark(after) => Some(after),
                };
                plan.known.push(before.clone().into_record());
                let loaded = self.session.load_needs(before.relies_on(), context, &mut plan).await?;
                self.session.rule(E::allowed(Some(&before), after.as_ref(), &loaded, context))?;
                plan.changes.push(match after.clone() {
                    None => Change::Delete { entity: def.name.clone(), id: id.raw(), expected },
                    Some(after) => Change::Update { record: after.into_record(), expected },
                });
                self.session.keep_up(&mut plan, Some(&before), after.as_ref(), context).await?;
                if attempts.commit(context, plan).await?.is_some() {
                    return Ok(());
                }
            }
        };
        let done = done.await;
        attempts.over(done)
    }

    pub(super) fn def(&self) -> Result<Arc<EntityDef>> {
        let def = self.session.crm.schema().of::<E>().cloned();
        def.ok_or_else(|| crate::schema::PathError::NoEntity(E::NAME.to_owned()).into()).map_err(Error::Query)
    }

    pub(super) fn untyped(&self) -> Result<Untyped> {
        Ok(Untyped::new(self.session.clone(), self.def()?))
    }

    pub(super) async fn scope(&self, action: &str) -> Result<Scope> {
        Ok(self.session.granted_on(&*self.def()?, action).await?.1)
    }

    pub(super) fn command(&self, action: &str) -> String {
        let code = self.def().map(|def| def.code.clone()).unwrap_or_default();
        format!("{code}.{action}")
    }

    /// The record if it exists within a scope.
    async fn load(&self, def: &Arc<EntityDef>, scope: Scope, id: RecordId) -> Result<Option<Record>> {
        self.session.load(def, scope, id).await
    }

    /// The record an action is about. One that the actor may see but not act on is denied, one that he may not see is
    /// not there.
    pub(super) async fn subject(
        &self,
        def: &Arc<EntityDef>,
        scope: Scope,
        action: &str,
        id: Id<E>,
        seen: Option<Version>,
    ) -> Result<E> {
        let found = match self.load(def, scope, id.raw()).await? {
            Some(found) => found,
            None => {
                return match self.session.seen(def, id.raw()).await? {
                    Some(_) => Err(self.outside(def, scope, action)),
                    None => Err(not_found(def, &id)),
                };
            }
        };
        match seen {
            Some(seen) if seen != found.version => {
                Err(Error::Conflict { entity: def.code.clone(), id: found.id, found: found.version })
            }
            _ => Ok(E::from_record(found)?),
        }
    }

    pub(super) fn outside(&self, def: &EntityDef, scope: Scope, action: &str) -> Error {
        use crate::schema::Choice as _;
        let actor = self.session.actor();
        let (code, role, scope) = (self.command(action), actor.role(), scope.code());
        let entity = def.code.replace('_', " ");
        let rule = format!(
            "the role `{role}` has the right `{code}` with the scope `{scope}`, which does not reach this {entity}"
        );
        self.session.denied(&code, rule)
    }
}

impl Session {
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
async fn fill_position(session: &Session, def: &EntityDef, record: &mut Record, position: &Position) -> Result<()> {
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
