//! Grants: which role has which right, and how far it reaches.

use super::{AccessRevision, Right, Role};
use crate::change::Change;
use crate::id::Id;
use crate::rules::Rules;
use crate::schema::{EntityFacts, Facts};

crate::choice!(
    /// How far a right reaches. Each scope holds all that the ones before it hold.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    ///
    /// // Each holds all that the ones before it hold.
    /// assert!(Scope::None < Scope::Own && Scope::Team < Scope::Subtree && Scope::Subtree < Scope::All);
    /// assert_eq!(Scope::from_code("subtree"), Ok(Scope::Subtree));
    /// ```
    pub enum Scope {
        /// Nothing.
        #[code("none", "无", "None")]
        None,
        /// What one owns.
        #[code("own", "本人", "Own")]
        Own,
        /// What members of one's team, and of the teams one leads, own.
        #[code("team", "本团队", "Team")]
        Team,
        /// What members of those teams and of all teams below them own.
        #[code("subtree", "本团队及下级", "Team and below")]
        Subtree,
        /// Everything.
        #[code("all", "全部", "All")]
        All,
    }
);

crate::entity!(
    #[entity("sys_role_right", "授权", "Grant")]
    #[inputs(NewGrant, GrantPatch)]
    /// A right that a role has.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::access::NewGrant;
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let role = crm.system().roles().create(NewRole::new("reader")).await?;
    /// let right = crm.system().rights().named("customer.read").await?;
    /// let new = NewGrant { role: role.id, right: right.id, scope: Scope::Team, ..Default::default() };
    /// crm.system().grants().create(new).await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub struct Grant {
        /// The role.
        #[label("角色", "Role")]
        pub role: Id<Role>,
        /// The right.
        #[label("权限", "Right")]
        pub right: Id<Right>,
        /// How far it reaches.
        #[label("范围", "Scope")]
        pub scope: Scope,
    }
);

impl EntityFacts for Grant {
    fn facts() -> Facts {
        Facts::default().unique::<Self>(&[&Grant::role, &Grant::right])
    }
}

impl Rules for Grant {
    fn sums(_: Option<&Self>, _: Option<&Self>) -> Vec<Change> {
        vec![AccessRevision::count()]
    }
}
