//! Whether a record that is made or changed lies within a scope afterwards.

use std::sync::Arc;

use super::Session;
use super::commit::Plan;
use super::records::by_id;
use crate::access::{Scope, User};
use crate::error::{Error, Result};
use crate::id::RecordId;
use crate::query::Query;
use crate::schema::{ColumnType, EntityDef, FieldRef, Path, Record};

/// What one owner of a record says.
enum Answer {
    /// The scope reaches the record.
    Reached,
    /// It does not.
    Outside,
    /// The record that decides does not exist for the actor.
    Unseen(Error),
}

impl Session {
    /// A record that is made or changed must lie within the scope afterwards. Where another record decides that (a
    /// contact's customer), the decision relies on that record as it is now.
    pub(super) async fn place_within(
        &self,
        def: &Arc<EntityDef>,
        scope: Scope,
        action: &str,
        record: &Record,
        plan: &mut Plan,
    ) -> Result<()> {
        if scope == Scope::All || def.facts.owners.is_empty() {
            return Ok(());
        }
        let mut unseen = None;
        for owner in &def.facts.owners {
            match self.ask_owner(def, scope, record, owner, plan).await? {
                Answer::Reached => return Ok(()),
                Answer::Outside => {}
                Answer::Unseen(error) => unseen = Some(error),
            }
        }
        Err(unseen.unwrap_or_else(|| self.outside(def, scope, action)))
    }

    async fn ask_owner(
        &self,
        def: &Arc<EntityDef>,
        scope: Scope,
        record: &Record,
        owner: &Path,
        plan: &mut Plan,
    ) -> Result<Answer> {
        let [FieldRef::Declared(first) | FieldRef::Custom(first), rest @ ..] = owner.steps() else {
            return Ok(Answer::Outside);
        };
        let place = def.column(first);
        let Some(id) = place.and_then(|place| record.value(place).as_id()) else { return Ok(Answer::Outside) };
        if rest.is_empty() {
            return Ok(if self.reaches_user(scope, id).await? { Answer::Reached } else { Answer::Outside });
        }
        let column = place.and_then(|place| def.columns.get(place));
        let Some(ColumnType::Reference(parent)) = column.map(|column| &column.column_type) else {
            return Ok(Answer::Outside);
        };
        if id.is_nil() {
            // The missing reference itself is reported when the fields are checked.
            return Ok(Answer::Reached);
        }
        let crm = &self.crm;
        let filter = by_id(id).and(self.actor().reach_owner(scope, &Path::new(rest.to_vec())));
        let found = self.storage().query(&Query::new(parent.clone()).filter(filter).limit(1)).await?;
        if let Some(found) = found.records.first() {
            plan.check(parent, found.id, found.version);
            return Ok(Answer::Reached);
        }
        let code = crm.schema().entity(parent).map_or_else(|| parent.clone(), |parent| parent.code.clone());
        Ok(Answer::Unseen(Error::NotFound { entity: code, key: id.to_string() }))
    }

    /// Whether a user is within the scope: the actor himself always, others by their team.
    async fn reaches_user(&self, scope: Scope, user: RecordId) -> Result<bool> {
        let actor = self.actor();
        if actor.id().is_some_and(|id| id.raw() == user) {
            return Ok(scope != Scope::None);
        }
        if scope <= Scope::Own {
            return Ok(false);
        }
        let filter = by_id(user).and(actor.reach_owner(scope, &Path::field("id")));
        let query = Query::of::<User>().filter(filter).limit(1);
        Ok(!self.storage().query(&query).await?.records.is_empty())
    }
}
