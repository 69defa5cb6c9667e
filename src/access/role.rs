//! Roles.

use super::{AccessRevision, Grant};
use crate::change::Change;
use crate::command::{Loaded, Need};
use crate::error::{Error, Result};
use crate::id::{Id, RecordId};
use crate::rules::{Context, Deletion, Rules};
use crate::schema::{Entity, EntityFacts, Facts};

crate::entity!(
    #[entity("sys_role", "角色", "Role")]
    #[inputs(NewRole, RolePatch)]
    /// What a user is in the organisation: rights are granted to roles.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let leader = crm.system().roles().create(NewRole::new("leader")).await?;
    /// crm.system().roles().tick(leader.id, "customers", Scope::Team).await?;
    /// let user = crm.system().users().create(NewUser::new("lead", leader.id)).await?;
    /// assert_eq!(crm.session(user.id).await?.actor().role(), "leader");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub struct Role {
        /// The role's code, such as `account_manager`.
        #[label("名称", "Name")]
        pub name: String,
        /// What the role is for.
        #[label("备注", "Description")]
        pub description: Option<String>,
        /// Whether users in this role may do anything at all.
        #[label("启用", "Active")]
        pub active: bool,
    }
);

impl EntityFacts for Role {
    fn facts() -> Facts {
        Facts::default().unique::<Self>(&[&Role::name]).natural::<Self>(&[&Role::name])
    }
}

impl NewRole {
    /// An active role.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), active: true, ..Self::default() }
    }
}

impl Role {
    /// The role `administrator`. An administrator is an active user in it; the role can be given other rights, but can't
    /// be renamed, switched off or deleted.
    pub const ADMINISTRATOR: Id<Self> = Id::new(RecordId::from_bytes(*b"crmkit-role-admi"));

    fn refuse_administrator(&self, done: &str) -> Result<()> {
        if self.id == Self::ADMINISTRATOR {
            let problem = format!("is the administrators' and can't be {done}");
            return Err(Error::State { entity: "role".into(), id: self.id.raw(), problem });
        }
        Ok(())
    }
}

impl Rules for Role {
    fn edited(before: &Self, after: Self, _: &Context) -> Result<Self> {
        if after.name != before.name {
            before.refuse_administrator("renamed")?;
        }
        if !after.active {
            before.refuse_administrator("switched off")?;
        }
        Ok(after)
    }

    fn deleted(before: &Self, _: &Context) -> Result<Deletion<Self>> {
        before.refuse_administrator("deleted")?;
        Ok(Deletion::Remove)
    }

    /// Its grants go with it.
    fn touches(before: Option<&Self>, after: Option<&Self>) -> Vec<Need> {
        match (before, after) {
            (Some(gone), None) => vec![Need::matching::<Grant>(Grant::role.eq(gone.id))],
            _ => Vec::new(),
        }
    }

    fn follows(_: Option<&Self>, _: Option<&Self>, loaded: &Loaded, _: &Context) -> Result<Vec<Change>> {
        let removed =
            |grant: Grant| Change::Delete { entity: Grant::NAME.into(), id: grant.id.raw(), expected: grant.version };
        Ok(loaded.all::<Grant>()?.into_iter().map(removed).collect())
    }

    fn sums(before: Option<&Self>, after: Option<&Self>) -> Vec<Change> {
        let known = |role: &Self| (role.name.clone(), role.active);
        AccessRevision::count_if(before.is_some() && before.map(known) != after.map(known))
    }
}
