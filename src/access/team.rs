//! Teams.

use super::User;
use crate::id::Id;
use crate::rules::Rules;
use crate::schema::{EntityFacts, Facts};

crate::entity!(
    #[entity("sys_team", "团队", "Team")]
    #[inputs(NewTeam, TeamPatch)]
    /// Users who work together; teams form a tree.
    pub struct Team {
        /// What it is called.
        #[label("名称", "Name")]
        pub name: String,
        /// The team it is part of.
        #[label("上级团队", "Parent team")]
        pub parent: Option<Id<Team>>,
        /// Who leads it.
        #[label("负责人", "Leader")]
        pub leader: Option<Id<User>>,
    }
);

impl EntityFacts for Team {
    fn facts() -> Facts {
        Facts::default().unique::<Self>(&[&Team::name]).natural::<Self>(&[&Team::name])
    }
}

impl Rules for Team {}
