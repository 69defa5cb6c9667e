//! Roles.

use super::AccessRevision;
use crate::change::Change;
use crate::rules::Rules;
use crate::schema::{EntityFacts, Facts};

crate::entity!(
    #[entity("sys_role", "角色", "Role")]
    #[inputs(NewRole, RolePatch)]
    /// What a user is in the organisation: rights are granted to roles.
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

impl Rules for Role {
    fn sums(before: Option<&Self>, after: Option<&Self>) -> Vec<Change> {
        let known = |role: &Self| (role.name.clone(), role.active);
        AccessRevision::count_if(before.is_some() && before.map(known) != after.map(known))
    }
}
