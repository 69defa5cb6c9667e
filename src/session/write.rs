//! Load, decide, commit: what is done to records, whatever their type.

use std::sync::Arc;

use super::Session;
use super::commit::Plan;
use super::decided::{Decided, Ruled};
use super::records::{check_fields, fill_number, fill_position, not_found};
use crate::access::Scope;
use crate::change::Change;
use crate::command::{Loaded, Need, Other};
use crate::error::{Error, Result};
use crate::id::{RecordId, Version};
use crate::rules::{Context, Numbered, Position};
use crate::schema::{Choice as _, EntityDef, Record};

/// What an entity's rules decide of a new record.
pub(super) struct Making<'a> {
    pub(super) decide: &'a (dyn Fn(&Context) -> Result<Decided> + Send + Sync),
    pub(super) numbered: Option<Numbered>,
    pub(super) position: Option<Position>,
}

/// What an entity's rules decide of a record as it is stored.
pub(super) type Decide<'a> = &'a (dyn Fn(Record, &Context) -> Result<Decided> + Send + Sync);

/// What a command asks for and decides of a record as it is stored.
pub(super) struct Running<'a> {
    pub(super) action: &'static str,
    pub(super) needs: &'a (dyn Fn(Record) -> Result<Vec<Need>> + Send + Sync),
    pub(super) decide: &'a (dyn Fn(Record, &Loaded, &Context) -> Result<Ruled> + Send + Sync),
}

impl Session {
    /// Makes a record. Who may is asked before.
    pub(super) async fn make(&self, def: &Arc<EntityDef>, scope: Scope, making: Making<'_>) -> Result<Record> {
        let mut attempts = self.attempts(command(def, "create"));
        let done = async {
            loop {
                let context = &self.context(self.crm.now());
                let decided = self.rule((making.decide)(context))?;
                let mut record = decided.after.ok_or_else(|| not_found(def, &""))?;
                let (mut plan, version) = (Plan::default(), record.version);
                self.place_within(def, scope, "create", &record, &mut plan).await?;
                let loaded = self.load_needs(decided.needs, context, &mut plan).await?;
                self.rule(decided.rulings.allowed(&loaded, context))?;
                let placed = record.clone();
                if let Some(numbered) = making.numbered.clone() {
                    fill_number(self, def, &mut record, numbered, &mut plan, attempts.skip, context).await?;
                }
                if let Some(position) = &making.position {
                    fill_position(self, def, &mut record, position).await?;
                }
                check_fields(def, None, &record)?;
                self.check_references(def, None, &record).await?;
                decided.rulings.fits(self.crm.schema())?;
                plan.changes.push(Change::Insert(record.clone()));
                self.keep_up(&mut plan, def, &*decided.rulings, [None, Some(&placed)], context).await?;
                plan.result = Some((record, version));
                if let Some(done) = attempts.commit(context, plan).await? {
                    return done.into_record(def);
                }
            }
        };
        let done = done.await;
        attempts.over(done)
    }

    /// Changes a record, whatever version it has or only in the version that was `seen`.
    pub(super) async fn alter(
        &self,
        def: &Arc<EntityDef>,
        id: RecordId,
        seen: Option<Version>,
        decide: Decide<'_>,
    ) -> Result<Record> {
        let scope = self.granted_on(def, "edit").await?.1;
        let mut attempts = self.attempts(command(def, "edit"));
        let done = async {
            loop {
                let context = &self.context(self.crm.now());
                let before = self.subject(def, scope, "edit", id, seen).await?;
                let expected = before.version;
                let decided = self.rule(decide(before, context))?;
                let (stored, record) = both(def, decided.before, decided.after)?;
                let mut plan = Plan::default();
                let loaded = self.load_needs(decided.needs, context, &mut plan).await?;
                self.rule(decided.rulings.allowed(&loaded, context))?;
                self.place_within(def, scope, "edit", &record, &mut plan).await?;
                check_fields(def, Some(&stored), &record)?;
                self.check_references(def, Some(&stored), &record).await?;
                decided.rulings.fits(self.crm.schema())?;
                if record == stored && !def.facts.append_only {
                    // A version that differs in nothing would only stand in the way of whoever has seen this one.
                    return Ok(stored);
                }
                plan.changes.push(Change::Update { record: record.clone(), expected });
                plan.known.push(stored.clone());
                let records = [Some(&stored), Some(&record)];
                self.keep_up(&mut plan, def, &*decided.rulings, records, context).await?;
                plan.result = Some((record, expected));
                if let Some(done) = attempts.commit(context, plan).await? {
                    return done.into_record(def);
                }
            }
        };
        let done = done.await;
        attempts.over(done)
    }

    /// Removes a record, or marks it where the rules keep it.
    pub(super) async fn remove(&self, def: &Arc<EntityDef>, id: RecordId, decide: Decide<'_>) -> Result<()> {
        let scope = self.granted_on(def, "delete").await?.1;
        let mut attempts = self.attempts(command(def, "delete"));
        let done = async {
            loop {
                let context = &self.context(self.crm.now());
                let before = self.subject(def, scope, "delete", id, None).await?;
                let (expected, mut plan) = (before.version, Plan::default());
                let decided = self.rule(decide(before, context))?;
                plan.known.extend(decided.before.clone());
                let loaded = self.load_needs(decided.needs, context, &mut plan).await?;
                self.rule(decided.rulings.allowed(&loaded, context))?;
                plan.changes.push(match decided.after.clone() {
                    None => Change::Delete { entity: def.name.clone(), id, expected },
                    Some(record) => Change::Update { record, expected },
                });
                let records = [decided.before.as_ref(), decided.after.as_ref()];
                self.keep_up(&mut plan, def, &*decided.rulings, records, context).await?;
                if attempts.commit(context, plan).await?.is_some() {
                    return Ok(());
                }
            }
        };
        let done = done.await;
        attempts.over(done)
    }

    /// Runs a command on a record.
    pub(super) async fn carry_out(
        &self,
        def: &Arc<EntityDef>,
        id: RecordId,
        seen: Option<Version>,
        running: Running<'_>,
    ) -> Result<Record> {
        let scope = self.granted_on(def, running.action).await?.1;
        let mut attempts = self.attempts(command(def, running.action));
        let done = async {
            loop {
                let context = &self.context(self.crm.now());
                let before = self.subject(def, scope, running.action, id, seen).await?;
                let (expected, mut plan) = (before.version, Plan::default());
                let loaded = self.load_needs((running.needs)(before.clone())?, context, &mut plan).await?;
                let ruled = self.rule((running.decide)(before, &loaded, context))?;
                let (stored, record) = both(def, ruled.decided.before, ruled.decided.after)?;
                check_fields(def, Some(&stored), &record)?;
                plan.known.push(stored.clone());
                if ruled.unchanged {
                    plan.check(&def.name, id, expected);
                } else {
                    plan.changes.push(Change::Update { record: record.clone(), expected });
                    let records = [Some(&stored), Some(&record)];
                    self.keep_up(&mut plan, def, &*ruled.decided.rulings, records, context).await?;
                }
                self.add_others(ruled.others, &mut plan, attempts.skip, context).await?;
                plan.result = Some((record, expected));
                if let Some(done) = attempts.commit(context, plan).await? {
                    return done.into_record(def);
                }
            }
        };
        let done = done.await;
        attempts.over(done)
    }

    async fn add_others(&self, others: Vec<Other>, plan: &mut Plan, skip: i64, context: &Context) -> Result<()> {
        let schema = self.crm.schema();
        for other in others {
            let change = match other {
                Other::Change(change) => change,
                Other::Insert { mut record, numbered } => {
                    let missing = || Error::NotFound { entity: record.entity.clone(), key: record.id.to_string() };
                    let def = schema.entity(&record.entity).cloned().ok_or_else(missing)?;
                    if let Some(numbered) = numbered {
                        fill_number(self, &def, &mut record, numbered, plan, skip, context).await?;
                    }
                    check_fields(&def, None, &record)?;
                    Change::Insert(record)
                }
            };
            plan.changes.push(change);
        }
        Ok(())
    }

    /// The record an action is about. One that the actor may see but not act on is denied, one that he may not see is
    /// not there.
    pub(super) async fn subject(
        &self,
        def: &Arc<EntityDef>,
        scope: Scope,
        action: &str,
        id: RecordId,
        seen: Option<Version>,
    ) -> Result<Record> {
        let Some(found) = self.load(def, scope, id).await? else {
            return Err(match self.seen(def, id).await? {
                Some(_) => self.outside(def, scope, action),
                None => not_found(def, &id),
            });
        };
        match seen {
            Some(seen) if seen != found.version => {
                Err(Error::Conflict { entity: def.code.clone(), id: found.id, found: found.version })
            }
            _ => Ok(found),
        }
    }

    /// The refusal of an action on a record that the right to it does not reach.
    pub(super) fn outside(&self, def: &EntityDef, scope: Scope, action: &str) -> Error {
        let actor = self.actor();
        let (code, role, scope) = (command(def, action), actor.role(), scope.code());
        let entity = def.code.replace('_', " ");
        let rule = format!(
            "the role `{role}` has the right `{code}` with the scope `{scope}`, which does not reach this {entity}"
        );
        self.denied(&code, rule)
    }
}

/// The name of a command, which is the code of the right to it.
pub(super) fn command(def: &EntityDef, action: &str) -> String {
    format!("{}.{action}", def.code)
}

fn both(def: &EntityDef, before: Option<Record>, after: Option<Record>) -> Result<(Record, Record)> {
    before.zip(after).ok_or_else(|| not_found(def, &""))
}
