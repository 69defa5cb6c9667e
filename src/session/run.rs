//! Running a command: load what it needs, let it decide, commit.

use std::collections::HashSet;
use std::sync::Arc;

use super::commit::Plan;
use super::decided::{Decided, Ruled};
use super::write::Running;
use super::{Records, Session};
use crate::command::{Command, Decides, Loaded, Need};
use crate::error::Result;
use crate::id::{Id, RecordId, Version};
use crate::query::{Query, QueryError};
use crate::rules::{Context, Rules};
use crate::schema::{ColumnType, EntityDef, Name, PathError, Record};
use crate::value::Value;

/// How many ids a command gets for new records.
const FRESH_IDS: usize = 16;
/// How long a chain of references may be.
const MAX_CHAIN: usize = 64;
/// How many records a command may look at of one kind.
const MAX_NEEDED: usize = 1_000;

impl<E: Rules> Records<E> {
    /// Runs a command on a record, in one commit.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`](crate::Error::Denied) without the right or scope; [`Error::NotFound`](crate::Error::NotFound)
    /// if there is no such record the actor can see; those of the command itself;
    /// [`Error::Storage`](crate::Error::Storage) if the store can't do it. Nothing was changed then.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    /// use crmkit::sales::ConfirmOrder;
    ///
    /// # pollster::block_on(async {
    /// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let acme = crm.system().customers().create(NewCustomer::new("Acme")).await?;
    /// let order = crm.system().orders().create(NewOrder { customer: acme.id, ..Default::default() }).await?;
    /// // What `orders().confirm(id)` does; commands of a host are run in the same way.
    /// let order = crm.system().orders().run(order.id, ConfirmOrder).await?;
    /// assert_eq!(order.status, OrderStatus::Confirmed);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn run<C: Command<Subject = E>>(&self, id: Id<E>, command: C) -> Result<E> {
        self.run_seen(id, None, command).await
    }

    /// Runs a command on the version of a record that the actor has seen.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run), and [`Error::Conflict`](crate::Error::Conflict) if the record has another version by now.
    pub async fn run_seen<C>(&self, id: Id<E>, seen: Option<Version>, command: C) -> Result<E>
    where
        C: Command<Subject = E>,
    {
        let def = self.def()?;
        let record = self.carry_out(&def, id.raw(), seen, C::ACTION, &command).await?;
        self.session.veiled(&def, record)
    }

    /// Runs a command, and gives the record with all its fields.
    pub(super) async fn carry_out(
        &self,
        def: &Arc<EntityDef>,
        id: RecordId,
        seen: Option<Version>,
        action: &'static str,
        command: &dyn Decides<E>,
    ) -> Result<Record> {
        let needs = |before: Record| Ok(command.needs(&E::from_record(before)?));
        let decide = |before: Record, loaded: &Loaded, context: &Context| {
            let before = E::from_record(before)?;
            let (after, others) = command.decide(before.clone(), loaded, context)?.into_parts();
            let unchanged = after == before;
            Ok(Ruled { decided: Decided::changed(before, after), unchanged, others })
        };
        self.session.carry_out(def, id, seen, Running { action, needs: &needs, decide: &decide }).await
    }
}

impl Session {
    /// Reads what a decision needs. What is read by id is relied on.
    pub(super) async fn load_needs(&self, needs: Vec<Need>, context: &Context, plan: &mut Plan) -> Result<Loaded> {
        let crm = &self.crm;
        let mut loaded = Loaded::new((0..FRESH_IDS).map(|_| crm.ids().next_id(context.now)).collect());
        let mut seen: HashSet<(Name, RecordId)> = HashSet::new();
        for need in needs {
            match need {
                Need::Record { entity, id } => {
                    self.load_one(&entity, id, &mut loaded, &mut seen, plan).await?;
                }
                Need::Visible { entity, id } => {
                    let def = self.needed(&entity)?;
                    if !seen.contains(&(entity.clone(), id))
                        && let Some(record) = self.seen(&def, id).await?
                    {
                        seen.insert((entity.clone(), id));
                        plan.check(&entity, id, record.version);
                        plan.known.push(record.clone());
                        loaded.add(record);
                    }
                }
                Need::Referred { entity, id, field } => {
                    let def = self.load_one(&entity, id, &mut loaded, &mut seen, plan).await?;
                    let Some(ColumnType::Reference(target)) = def.column_def(&field).map(|column| &column.column_type)
                    else {
                        let path = format!("{entity}.{field}");
                        return Err(QueryError::from(PathError::NoReference { path, field: field.into() }).into());
                    };
                    let value = loaded.record(&entity, id).and_then(|record| record.field(&def, &field));
                    if let Some(id) = value.and_then(Value::as_id) {
                        self.load_one(target, id, &mut loaded, &mut seen, plan).await?;
                    }
                }
                Need::Chain { entity, id, field } => {
                    let mut next = Some(id);
                    while let Some(id) = next.filter(|id| !seen.contains(&(entity.clone(), *id))) {
                        if seen.len() > MAX_CHAIN {
                            let limit = MAX_CHAIN;
                            return Err(QueryError::TooLarge { what: "records above one another", limit }.into());
                        }
                        let def = self.load_one(&entity, id, &mut loaded, &mut seen, plan).await?;
                        let value = loaded.record(&entity, id).and_then(|record| record.field(&def, &field));
                        next = value.and_then(Value::as_id);
                    }
                }
                Need::Matching { entity, filter } => {
                    plan.searched.push(entity.clone());
                    let query = Query::new(entity).filter(filter).limit(MAX_NEEDED);
                    let page = self.storage().query(&query).await?;
                    if page.next.is_some() {
                        let limit = MAX_NEEDED;
                        return Err(QueryError::TooLarge { what: "records for a command", limit }.into());
                    }
                    page.records.into_iter().for_each(|record| loaded.add(record));
                }
            }
        }
        Ok(loaded)
    }

    /// Loads a record that the decision then relies on, if it exists.
    async fn load_one(
        &self,
        entity: &Name,
        id: RecordId,
        loaded: &mut Loaded,
        seen: &mut HashSet<(Name, RecordId)>,
        plan: &mut Plan,
    ) -> Result<Arc<EntityDef>> {
        let def = self.needed(entity)?;
        if seen.insert((entity.clone(), id))
            && let Some(record) = self.storage().get(&def, &[id]).await?.pop()
        {
            plan.check(entity, id, record.version);
            plan.known.push(record.clone());
            loaded.add(record);
        }
        Ok(def)
    }

    fn needed(&self, entity: &str) -> Result<Arc<EntityDef>> {
        let def = self.crm.schema().entity(entity).cloned();
        Ok(def.ok_or_else(|| QueryError::from(PathError::NoEntity(entity.to_owned())))?)
    }
}
