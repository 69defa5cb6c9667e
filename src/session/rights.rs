//! Ticking rights for a role, and setting a default role up again.

use std::collections::{BTreeSet, HashMap};

use super::commit::Plan;
use super::records::not_found;
use super::write::command;
use super::{Records, Session};
use crate::access::{
    AccessRevision, DefaultRole, FieldRule, Grant, NewGrant, NewRole, ROLES, Right, RightKind, RightTree, Role, Scope,
    Ticks,
};
use crate::change::Change;
use crate::error::{Error, Result};
use crate::id::{Id, Version};
use crate::query::Query;
use crate::rules::Context;
use crate::schema::{Entity, Record};
use crate::storage::ReaderExt;

/// What a role is to have: the scope of each operation by code; operations that are not named stay as they are.
type Wanted<'a> = Vec<(&'a str, Scope)>;

impl Session {
    /// The rules for single fields: what users of a role do not see, or can't change.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::access::{FieldAccess, NewFieldRule};
    /// use crmkit::prelude::*;
    /// use crmkit::storage::MemoryStorage;
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let role = crm.system().roles().named("account_manager").await?.id;
    /// let (entity, field, access) = ("customer".into(), "bank_account".into(), FieldAccess::Hidden);
    /// crm.system().field_rules().create(NewFieldRule { role, entity, field, access, ..Default::default() }).await?;
    ///
    /// let li = crm.system().users().create(NewUser::new("li", role)).await?;
    /// let li = crm.session(li.id).await?;
    /// let with_account = Customer::bank_account.is_null().not();
    /// assert!(li.customers().count(with_account).await.is_err());
    /// # Ok::<(), Error>(())
    /// # })?;
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn field_rules(&self) -> Records<FieldRule> {
        self.of()
    }

    /// The rights there are: folders and operations. What can be granted follows from the schema and the host.
    #[must_use]
    pub fn rights(&self) -> Records<Right> {
        self.of()
    }
}

impl Records<Role> {
    /// The tree of all rights.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] without the right `right.read`; [`Error::Storage`] if the store can't answer.
    pub async fn right_tree(&self) -> Result<RightTree> {
        self.session.granted("right.read").await?;
        Ok(RightTree::new(&self.session.all_rights().await?))
    }

    /// What a role has, for the [`right_tree`](Self::right_tree).
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] without the right `grant.read`; [`Error::NotFound`] if there is no such role;
    /// [`Error::Storage`] if the store can't answer.
    pub async fn ticks(&self, role: Id<Role>) -> Result<Ticks> {
        self.session.granted("grant.read").await?;
        self.get(role).await?;
        let rights = self.session.all_rights().await?;
        let codes: HashMap<Id<Right>, String> = rights.into_iter().map(|right| (right.id, right.code)).collect();
        let grants = self.session.grants_of(role).await?;
        let held = grants.iter().filter(|grant| grant.scope != Scope::None);
        Ok(held.filter_map(|grant| codes.get(&grant.right).cloned()).collect())
    }

    /// Gives a role a right by its code, or everything below a folder, each with this scope. What it has already gets
    /// this scope; the scope "none" takes it away.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] without the rights to make, change and delete grants; [`Error::NotFound`] if there is no such
    /// role or right; [`Error::Storage`] if the store can't do it.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::access::{RightTree, Scope, Tick};
    /// use crmkit::prelude::*;
    /// use crmkit::storage::MemoryStorage;
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let roles = crm.system().roles();
    /// let clerk = roles.create(NewRole::new("clerk")).await?.id;
    /// roles.tick(clerk, "service", Scope::Team).await?;
    /// roles.untick(clerk, "service_request.delete").await?;
    ///
    /// let (tree, ticks) = (roles.right_tree().await?, roles.ticks(clerk).await?);
    /// assert_eq!(tree.state(&ticks, "service"), Tick::Partly);
    /// assert_eq!(tree.state(&ticks, "service_request.assign"), Tick::On);
    /// # Ok::<(), Error>(())
    /// # })?;
    /// # Ok::<(), Error>(())
    /// ```
    pub async fn tick(&self, role: Id<Role>, right: &str, scope: Scope) -> Result<()> {
        let wanted =
            |tree: &RightTree| Ok(tree.ticked_with(right)?.into_iter().map(|code| (code.to_owned(), scope)).collect());
        self.regrant(role, "tick", wanted).await
    }

    /// Takes a right, or everything below a folder, from a role.
    ///
    /// # Errors
    ///
    /// As [`tick`](Self::tick).
    pub async fn untick(&self, role: Id<Role>, right: &str) -> Result<()> {
        let wanted = |tree: &RightTree| {
            Ok(tree.operations(right)?.into_iter().map(|code| (code.to_owned(), Scope::None)).collect())
        };
        self.regrant(role, "untick", wanted).await
    }

    /// Gives one of the four default roles exactly the rights it has in a new CRM, those that came with a later version
    /// of the crate included; a role that was deleted is made again. Rules for its fields and whether it is active stay
    /// as they are.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if no default role has this code; otherwise as [`tick`](Self::tick), and
    /// [`Error::Denied`] without the right to make a role that is missing.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    /// use crmkit::storage::MemoryStorage;
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let roles = crm.system().roles();
    /// let executive = roles.named("executive").await?.id;
    /// let before = roles.ticks(executive).await?;
    /// roles.untick(executive, "reports").await?;
    /// roles.restore_default("executive").await?;
    /// assert_eq!(roles.ticks(executive).await?, before);
    /// # Ok::<(), Error>(())
    /// # })?;
    /// # Ok::<(), Error>(())
    /// ```
    pub async fn restore_default(&self, code: &str) -> Result<Role> {
        let default =
            ROLES.iter().find(|role| role.code == code).ok_or_else(|| not_found(&Role::definition(), &code))?;
        // Who may not change grants learns it before a role is made.
        self.may_regrant().await?;
        let found = self.session.storage().first::<Role>(Role::name.eq(code)).await?;
        let role = match found {
            Some(role) => role,
            None => {
                self.create(NewRole { description: Some(default.description.into()), ..NewRole::new(code) }).await?
            }
        };
        self.regrant(role.id, "restore_default", |tree| Ok(default_grants(default, tree))).await?;
        self.session.veiled(&*self.def()?, role.into_record())
    }

    async fn may_regrant(&self) -> Result<()> {
        for right in ["grant.create", "grant.edit", "grant.delete"] {
            self.session.granted(right).await?;
        }
        Ok(())
    }

    /// Changes the grants of a role to what is wanted. The role itself is written with them, so that of two who change
    /// its grants at once one does so after the other.
    async fn regrant(
        &self,
        role: Id<Role>,
        action: &str,
        wanted: impl Fn(&RightTree) -> Result<Vec<(String, Scope)>> + Send + Sync,
    ) -> Result<()> {
        self.may_regrant().await?;
        let (def, session) = (self.def()?, &self.session);
        let mut attempts = session.attempts(command(&def, action));
        let done = async {
            loop {
                let context = &session.context(session.crm().now());
                let found = session.storage().get(&def, &[role.raw()]).await?.pop();
                let found = found.ok_or_else(|| not_found(&def, &role))?;
                let rights = session.all_rights().await?;
                let wanted = wanted(&RightTree::new(&rights))?;
                let wanted = wanted.iter().map(|(code, scope)| (code.as_str(), *scope)).collect();
                let changes = changed(session, role, &rights, wanted, context).await?;
                if changes.is_empty() {
                    return Ok(());
                }
                let mut plan = Plan::default();
                plan.changes = changes;
                plan.changes.push(AccessRevision::count());
                let expected: Version = found.version;
                plan.changes.push(Change::Update { record: found, expected });
                if attempts.commit(context, plan).await?.is_some() {
                    return Ok(());
                }
            }
        };
        let done = done.await;
        attempts.over(done)
    }
}

impl Session {
    async fn all_rights(&self) -> Result<Vec<Right>> {
        typed(self.storage().collect(Query::of::<Right>().limit(1_000)).await?)
    }

    async fn grants_of(&self, role: Id<Role>) -> Result<Vec<Grant>> {
        typed(self.storage().collect(Query::of::<Grant>().filter(Grant::role.eq(role)).limit(1_000)).await?)
    }
}

/// What a default role has of the rights in a tree, and nothing of the others.
fn default_grants(default: &DefaultRole, tree: &RightTree) -> Vec<(String, Scope)> {
    let all: BTreeSet<&str> = tree.operations(RightTree::ROOT).unwrap_or_default().into_iter().collect();
    all.into_iter().map(|code| (code.to_owned(), default.scope(code))).collect()
}

/// The changes that make a role's grants what is wanted.
async fn changed(
    session: &Session,
    role: Id<Role>,
    rights: &[Right],
    wanted: Wanted<'_>,
    context: &Context,
) -> Result<Vec<Change>> {
    let held = session.grants_of(role).await?;
    let held: HashMap<Id<Right>, Grant> = held.into_iter().map(|grant| (grant.right, grant)).collect();
    let rights = rights.iter().filter(|right| right.kind == RightKind::Operation);
    let ids: HashMap<&str, Id<Right>> = rights.map(|right| (right.code.as_str(), right.id)).collect();
    let mut changes = Vec::new();
    for (code, scope) in wanted {
        let Some(right) = ids.get(code).copied() else { continue };
        match held.get(&right) {
            Some(grant) if grant.scope == scope => {}
            Some(grant) if scope == Scope::None => {
                let (entity, id, expected) = (Grant::NAME.into(), grant.id.raw(), grant.version);
                changes.push(Change::Delete { entity, id, expected });
            }
            Some(grant) => {
                let expected = grant.version;
                let record = Grant { scope, ..grant.clone() }.into_record();
                changes.push(Change::Update { record, expected });
            }
            None if scope == Scope::None => {}
            None => {
                let new = NewGrant { role, right, scope, ..Default::default() };
                changes.push(Change::Insert(Grant::draft(session.crm().new_id(context.now), new).into_record()));
            }
        }
    }
    Ok(changes)
}

fn typed<E: Entity>(records: Vec<Record>) -> Result<Vec<E>> {
    records.into_iter().map(E::from_record).collect::<Result<_, _>>().map_err(Error::from)
}
