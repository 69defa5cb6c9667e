//! Taking back what a set did.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::Session;
use super::commit::Plan;
use super::history::blank;
use super::records::{by_id, check_fields};
use super::staged::matches;
use crate::access::{Credential, Scope, SignInCounter, SignInState, User};
use crate::change::{Adjust, AdjustKey, Change};
use crate::error::{Error, Result};
use crate::history::{Added, AddedTo, Beside, HistoryEntry, HistoryKind};
use crate::id::{Id, RecordId, SetId, Version};
use crate::rules::Rules;
use crate::schema::{Entity, EntityDef, Name, PathError, Record};
use crate::storage::ReaderExt;

/// What an undoing did.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let unit = crm.system().unit_of_work();
/// unit.customers().create(NewCustomer::new("Acme")).await?;
/// let set = unit.commit().await?;
///
/// let undone = crm.system().undo(set).await?;
/// assert!(undone.records >= 1);
/// crm.system().undo(undone.set).await?; // and now it is there again
/// assert_eq!(crm.system().customers().count(Filter::All).await?, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Undone {
    /// The set that took the other one back: undoing it does again what was undone. In a preview or a unit of work it
    /// stands for nothing.
    pub set: SetId,
    /// How many records were removed, set back or put back.
    pub records: usize,
}

/// Whose rights an undoing is judged by.
#[derive(Debug, Clone, Copy)]
enum Permit {
    /// One right covers all of it, with this scope.
    Scope(Scope),
    /// Each record needs the right to do to it what is to be done.
    Each,
}

impl Session {
    /// Takes back what a set did, in one commit: new records are removed, changed fields set back, deleted records put
    /// back, additions subtracted. It is all or nothing, and refused if anything that the set wrote has been written
    /// since, be it by an addition, or if others refer to what it made.
    ///
    /// Numbers that were handed out stay out, and so does what the history [does not
    /// keep](crate::schema::Facts::redacted): a field whose former value is not known stays as it is. What the
    /// history does not record at all ([`unrecorded`](crate::schema::Facts::unrecorded)) is not taken back, and a
    /// count of how often something happened goes on counting. A record that is put back has a later version than it
    /// had, and a user who is put back has no password.
    ///
    /// Whoever did it may take it back as long as he has the right to do it; anybody else needs the right
    /// `history.undo`. Every record that is written must lie within that right's scope. Where what was done is no right
    /// of its own (an order placed with its lines, several commands in one unit of work), he needs the right to edit
    /// what is set back, and for what is removed or put back the right to make or to delete such records.
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
    /// let session = crm.system();
    /// let acme = session.customers().create(NewCustomer::new("Acme")).await?;
    /// session.customers().edit(acme.id, CustomerPatch { name: "Acne".to_owned().into(), ..Default::default() }).await?;
    ///
    /// let trail = session.customers().history(acme.id, &TrailOptions::default()).await?;
    /// session.undo(trail.entries[0].set).await?;
    /// assert_eq!(session.customers().get(acme.id).await?.name, "Acme");
    /// # Ok::<(), Error>(())
    /// # })?;
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is no such set, it is an import's or its history was purged; [`Error::Denied`]
    /// without the right or scope; [`Error::Conflict`] if something was written since; [`Error::Referenced`] if others
    /// refer to what it made; [`Error::State`] if it would leave no active administrator; [`Error::Taken`] if another record has a number or name by now that is to be put back;
    /// [`Error::Invalid`] if a deleted record can't be put back since the history does not keep all it needs;
    /// [`Error::Storage`] if the store can't do it.
    pub async fn undo(&self, set: SetId) -> Result<Undone> {
        let mut attempts = self.attempts("history.undo".to_owned());
        let done = async {
            loop {
                // Before anything is said about the set.
                self.fresh().await?;
                let context = &self.context(self.crm.now());
                let deed = self.deed(set).await?;
                let permit = self.permit(&deed).await?;
                let plan = self.inverse(&deed, permit).await?;
                let records = deed.entries.len() + deed.beside.made.len();
                if let Some(done) = attempts.commit(context, plan).await? {
                    return Ok(Undone { set: done.set, records });
                }
            }
        };
        let done = done.await;
        attempts.over(done)
    }

    /// What the history knows of a set.
    async fn deed(&self, set: SetId) -> Result<Deed> {
        let missing = || Error::NotFound { entity: "recorded_set".into(), key: set.to_string() };
        let first: HistoryEntry = self.storage().load(Id::new(set.0)).await?.ok_or_else(missing)?;
        let beside = first.beside();
        let ids: Vec<Id<HistoryEntry>> = beside.entries.iter().copied().map(Id::new).collect();
        let mut rest: HashMap<_, HistoryEntry> = HashMap::new();
        for ids in ids.chunks(500) {
            rest.extend(self.storage().load_all(ids).await?.into_iter().map(|entry: HistoryEntry| (entry.id, entry)));
        }
        let mut entries = vec![first];
        for id in ids {
            // Part of it was purged, so it can't be taken back as a whole.
            entries.push(rest.remove(&id).ok_or_else(missing)?);
        }
        Ok(Deed { entries, beside })
    }

    async fn permit(&self, deed: &Deed) -> Result<Permit> {
        let (actor, right) = (self.fresh().await?, self.crm.rights().id("history.undo"));
        let scope = right.map_or(Scope::None, |right| actor.scope(right));
        if scope != Scope::None {
            return Ok(Permit::Scope(scope));
        }
        let first = deed.entries.first();
        let own = actor.id().map(|id| id.to_string());
        let Some(first) = first.filter(|first| first.actor == own) else {
            let role = actor.role();
            let rule = format!("somebody else did it, and the role `{role}` does not have the right `history.undo`");
            return Err(self.denied("history.undo", rule));
        };
        match self.crm.rights().id(&first.command) {
            Some(_) => Ok(Permit::Scope(self.require(&first.command).await?)),
            None => Ok(Permit::Each),
        }
    }

    /// The changes that take a set back: first what is removed, then what is set back, then what is put back, so that
    /// every unique value is given up before it is taken.
    async fn inverse(&self, deed: &Deed, permit: Permit) -> Result<Plan> {
        let mut now = self.as_they_are(deed).await?;
        let (mut plan, mut set_back, mut put_back) = (Plan::default(), Vec::new(), Vec::new());
        let (mut recount, mut kept) = (Vec::new(), Vec::new());
        for left in deed.beside.made.iter().rev() {
            let def = self.entity(&left.entity)?;
            let current = now.take(&def, left.id, left.version)?;
            self.reaches_record(&def, permit, "delete", &current).await?;
            plan.changes.push(removal(&def, &current));
            plan.known.push(current);
        }
        for entry in deed.entries.iter().rev() {
            let def = self.entity(&entry.entity)?;
            let id = entry.record_id().unwrap_or(RecordId::NIL);
            match entry.kind {
                HistoryKind::Inserted => {
                    let current = now.take(&def, id, Version(entry.left))?;
                    self.reaches_record(&def, permit, "delete", &current).await?;
                    plan.changes.push(removal(&def, &current));
                    plan.known.push(current);
                }
                HistoryKind::Updated => {
                    let current = now.take(&def, id, Version(entry.left))?;
                    let record = entry.former().put_into(current.clone(), &def);
                    self.reaches_record(&def, permit, "edit", &current).await?;
                    check_fields(&def, Some(&record), &record)?;
                    set_back.push(Change::Update { record, expected: current.version });
                    plan.known.push(current);
                }
                HistoryKind::Deleted => {
                    if let Some(found) = now.0.get(&(def.name.clone(), id)) {
                        return Err(Error::Conflict { entity: def.code.clone(), id, found: found.version });
                    }
                    let mut record = entry.former().put_into(blank(&def, id), &def);
                    record.version = Version(entry.left);
                    check_fields(&def, Some(&record), &record)?;
                    self.reaches_record(&def, permit, "create", &record).await?;
                    put_back.push(Change::Insert(record));
                }
            }
        }
        for change in plan.changes.iter().chain(&set_back).chain(&put_back) {
            recount.extend(administrators(change, &plan.known)?);
            kept.extend(self.sign_in_of_removed(change).await?);
        }
        for held in &deed.beside.held {
            let def = self.entity(&held.entity)?;
            // Written as it is, as the set did, so that nobody decides on it meanwhile.
            let record = now.take(&def, held.id, held.version)?;
            plan.known.push(record.clone());
            set_back.push(Change::Update { expected: record.version, record });
        }
        plan.changes.extend(kept);
        plan.changes.extend(set_back);
        plan.changes.extend(put_back);
        plan.changes.extend(recount);
        for added in &deed.beside.added {
            plan.changes.extend(self.subtraction(added, deed)?);
        }
        Ok(plan)
    }

    /// What sign-in keeps of a user who is removed goes with him, as when he is deleted.
    async fn sign_in_of_removed(&self, change: &Change) -> Result<Vec<Change>> {
        let Change::Delete { entity, id, .. } = change else { return Ok(Vec::new()) };
        if entity != User::NAME {
            return Ok(Vec::new());
        }
        let user: Id<User> = Id::new(*id);
        let credential = self.storage().first::<Credential>(Credential::user.eq(user)).await?;
        let account = SignInCounter::account.eq(SignInCounter::of_user(user));
        let counter = self.storage().first::<SignInCounter>(account).await?;
        Ok(credential.iter().map(removed).chain(counter.iter().map(removed)).collect())
    }

    /// The records the set wrote, as they are now.
    async fn as_they_are(&self, deed: &Deed) -> Result<Current> {
        let mut wanted: BTreeMap<Name, Vec<RecordId>> = BTreeMap::new();
        for entry in &deed.entries {
            wanted.entry(Name::Owned(entry.entity.clone())).or_default().extend(entry.record_id());
        }
        for left in deed.beside.made.iter().chain(&deed.beside.held) {
            wanted.entry(left.entity.clone()).or_default().push(left.id);
        }
        let mut current = HashMap::new();
        for (entity, ids) in wanted {
            let def = self.entity(&entity)?;
            let found = self.storage().get(&def, &ids).await?;
            current.extend(found.into_iter().map(|record| ((record.entity.clone(), record.id), record)));
        }
        Ok(Current(current))
    }

    fn entity(&self, name: &str) -> Result<Arc<EntityDef>> {
        let def = self.crm.schema().entity(name).cloned();
        def.ok_or_else(|| Error::Query(PathError::NoEntity(name.to_owned()).into()))
    }

    async fn reaches_record(&self, def: &Arc<EntityDef>, permit: Permit, action: &str, record: &Record) -> Result<()> {
        let scope = match permit {
            Permit::Scope(scope) => scope,
            Permit::Each => self.either(def, action).await?,
        };
        if matches(self.storage(), def, self.actor().reach(scope, def), record).await? {
            return Ok(());
        }
        let entity = def.code.replace('_', " ");
        let rule = format!("what the role `{}` may do does not reach a {entity} that it is about", self.actor().role());
        Err(self.denied("history.undo", rule))
    }

    /// How far the right to do something to records reaches, or the right to do what it takes back: to make what is
    /// deleted, to delete what is made.
    async fn either(&self, def: &EntityDef, action: &str) -> Result<Scope> {
        let taken_back = match action {
            "delete" => "create",
            "create" => "delete",
            other => other,
        };
        let there = self.require(&format!("{}.{taken_back}", def.code)).await;
        match (self.require(&format!("{}.{action}", def.code)).await, there) {
            (Ok(back), Ok(there)) => Ok(back.max(there)),
            (Ok(scope), Err(_)) | (Err(_), Ok(scope)) => Ok(scope),
            (Err(error), Err(_)) => Err(error),
        }
    }

    /// What takes an addition back, if anything does.
    fn subtraction(&self, added: &Added, deed: &Deed) -> Result<Option<Change>> {
        let def = self.entity(&added.entity)?;
        let key = match &added.to {
            AddedTo::Id(id) if deed.beside.made.iter().any(|left| left.id == *id && left.entity == added.entity) => {
                return Ok(None);
            }
            AddedTo::Id(id) => AdjustKey::Id(*id),
            AddedTo::Unique(values) => {
                let typed = values.iter().map(|(field, value)| {
                    let column = def.column_def(field).map(|column| &column.column_type);
                    let value = column.and_then(|kind| kind.coerce(value.clone(), chrono_tz::UTC).ok());
                    (field.clone(), value.unwrap_or(crate::value::Value::Null))
                });
                AdjustKey::Unique(typed.collect())
            }
        };
        // What only counts how often something happened counts this, too.
        let repeated = def.facts.unrecorded;
        let amount = |amount: i64| if repeated { amount } else { amount.saturating_neg() };
        let add = added.amounts.iter().map(|(field, added)| (field.clone(), amount(*added))).collect();
        let (entity, require) = (added.entity.clone(), Vec::new());
        Ok(Some(Change::Adjust(Adjust { entity, key, if_absent: None, add, require, slot: None })))
    }
}

/// What a set did.
struct Deed {
    /// Its entries, in their order; at least one.
    entries: Vec<HistoryEntry>,
    beside: Beside,
}

/// Records as they are now.
struct Current(HashMap<(Name, RecordId), Record>);

impl Current {
    /// The record, if it still has the version the set left it in.
    fn take(&mut self, def: &EntityDef, id: RecordId, left: Version) -> Result<Record> {
        let missing = || Error::NotFound { entity: def.code.clone(), key: id.to_string() };
        let record = self.0.remove(&(def.name.clone(), id)).ok_or_else(missing)?;
        if record.version == left {
            return Ok(record);
        }
        Err(Error::Conflict { entity: def.code.clone(), id, found: record.version })
    }
}

/// How taking back a change to a user changes the number of administrators, which is secret and so not in the history.
/// The last one stays, however he came to be one.
fn administrators(change: &Change, known: &[Record]) -> Result<Vec<Change>> {
    let id = change.record_id();
    if change.entity() != User::NAME {
        return Ok(Vec::new());
    }
    let before = known.iter().find(|record| record.entity == User::NAME && Some(record.id) == id);
    let before = before.cloned().map(User::from_record).transpose()?;
    let after = match change {
        Change::Insert(record) | Change::Update { record, .. } => Some(User::from_record(record.clone())?),
        Change::Delete { .. } | Change::Check { .. } | Change::Adjust(_) | Change::Purge { .. } => None,
    };
    let sums = User::sums(before.as_ref(), after.as_ref()).into_iter();
    Ok(sums.filter(|change| change.entity() == SignInState::NAME).collect())
}

fn removed<E: Entity>(record: &E) -> Change {
    Change::Delete { entity: E::NAME.into(), id: record.id().raw(), expected: record.version() }
}

fn removal(def: &EntityDef, record: &Record) -> Change {
    if def.facts.append_only {
        return Change::Purge { entity: def.name.clone(), filter: by_id(record.id), limit: 1 };
    }
    Change::Delete { entity: def.name.clone(), id: record.id, expected: record.version }
}
