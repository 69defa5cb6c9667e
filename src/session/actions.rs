//! What an actor can do to a record now: for the buttons of a host.

use std::sync::Arc;

use super::commit::Plan;
use super::decided::Decided;
use super::records::by_id;
use super::{Records, Session};
use crate::access::{FieldMask, Scope};
use crate::error::{Error, Result};
use crate::machine::{Machine, permitted};
use crate::query::Query;
use crate::query::evaluate::{Matcher, OwnFields};
use crate::rules::Rules;
use crate::schema::{Choice, EntityDef, Record};

impl<E: Rules> Records<E> {
    /// The events of a state table that are possible in the state the record is in and for this actor, that he has the
    /// right to, and whose scope reaches the record; in the order of the table. None where the state of a record that
    /// this one [relies on](Rules::relies_on) stands against any change of it.
    ///
    /// The answer is for showing: what an event asks for beside the record, such as a reason, is seen only when it is
    /// tried. It is given for the record as it is passed in.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::marketing::NewOpportunity;
    /// use crmkit::prelude::*;
    /// use crmkit::storage::MemoryStorage;
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let role = crm.system().roles().named("account_manager").await?;
    /// let li = crm.system().users().create(NewUser::new("li", role.id)).await?;
    /// let opportunities = crm.session(li.id).await?.opportunities();
    ///
    /// let new = NewOpportunity {
    ///     customer_name: "Acme".into(),
    ///     title: "Tea for a year".into(),
    ///     success_rate: Some(60),
    ///     description: Some("They drink a lot of it".into()),
    ///     ..Default::default()
    /// };
    /// let opportunity = opportunities.create(new).await?;
    /// // An account manager does not assign.
    /// assert_eq!(opportunities.allowed_actions(&opportunity).await?, ["edit", "delete"]);
    /// # Ok::<(), Error>(())
    /// # })?;
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Storage`](crate::Error::Storage) if the store can't say whose the record is.
    pub async fn allowed_actions<S: Choice>(&self, record: &E) -> Result<Vec<&'static str>>
    where
        E: Machine<S>,
    {
        let context = self.session.context(self.session.crm().now());
        self.reaching(record, |stored| permitted(stored, &context).collect()).await
    }

    /// The events of the record as it is stored that the actor has the right to and whose scope reaches it.
    pub(super) async fn reaching(
        &self,
        record: &E,
        events: impl Fn(&E) -> Vec<&'static str> + Send + Sync,
    ) -> Result<Vec<&'static str>> {
        let asked = |record: Record| {
            let record = E::from_record(record)?;
            Ok((events(&record), Decided::removed(record, None)))
        };
        self.session.reaching(&self.def()?, record.clone().into_record(), &asked).await
    }
}

/// What a record's rules say can be done to it, and what they have to say of any change of it.
type Asked<'a> = &'a (dyn Fn(Record) -> Result<(Vec<&'static str>, Decided)> + Send + Sync);

impl Session {
    async fn reaching(&self, def: &Arc<EntityDef>, mut record: Record, asked: Asked<'_>) -> Result<Vec<&'static str>> {
        let actor = self.fresh().await?;
        if actor.mask(def).is_some_and(FieldMask::hides_any) {
            // What is hidden from the actor is blank in the record he has, and may decide who owns it.
            match self.seen(def, record.id).await? {
                Some(found) => record = found,
                None => return Ok(Vec::new()),
            }
        }
        let (events, decided) = asked(record.clone())?;
        let (mut allowed, mut reached) = (Vec::new(), Vec::<(Scope, bool)>::new());
        for event in events {
            let right = self.crm().rights().on(def, event);
            let scope = right.map_or(Scope::None, |right| actor.scope(right));
            let known = reached.iter().find(|(known, _)| *known == scope).map(|(_, reaches)| *reaches);
            let reaches = match known {
                Some(reaches) => reaches,
                None => self.reaches(def, scope, &record).await?,
            };
            reached.push((scope, reaches));
            if reaches {
                allowed.push(event);
            }
        }
        if !allowed.is_empty() && self.is_held(decided).await? {
            allowed.clear();
        }
        Ok(allowed)
    }

    /// Whether the state of another record stands against any change of this one, as a won opportunity does against one
    /// of its plan.
    async fn is_held(&self, decided: Decided) -> Result<bool> {
        if decided.needs.is_empty() {
            return Ok(false);
        }
        let context = self.context(self.crm().now());
        let loaded = self.load_needs(decided.needs, &context, &mut Plan::default()).await?;
        let held = decided.rulings.allowed(&loaded, &context);
        Ok(matches!(held, Err(Error::State { .. } | Error::Denied { .. })))
    }

    /// Whether a scope reaches a record. Where the record itself does not say, the store is asked.
    async fn reaches(&self, def: &Arc<EntityDef>, scope: Scope, record: &Record) -> Result<bool> {
        let (storage, reach) = (self.storage(), self.actor().reach(scope, def));
        let prepared = reach.clone().prepare(storage.schema(), def)?;
        if prepared.is_own_fields_only() {
            return Ok(Matcher::new(&OwnFields, &prepared).matches(record));
        }
        let query = Query::new(def.name.clone()).filter(by_id(record.id)).filter(reach).limit(1);
        Ok(!storage.query(&query).await?.records.is_empty())
    }
}
