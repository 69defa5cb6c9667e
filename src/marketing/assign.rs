//! Assigning an opportunity.

use super::{Opportunity, OpportunityStatus};
use crate::access::{User, assignee_needs, require_account_manager};
use crate::command::{Command, Loaded, Need, Outcome};
use crate::error::Result;
use crate::id::Id;
use crate::machine::step;
use crate::rules::Context;

/// Gives an unassigned opportunity to the account manager who shall work on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assign {
    /// An active account manager.
    pub to: Id<User>,
}

impl Command for Assign {
    type Subject = Opportunity;

    const ACTION: &'static str = "assign";

    fn needs(&self, _: &Opportunity) -> Vec<Need> {
        assignee_needs(self.to)
    }

    fn decide(&self, mut subject: Opportunity, loaded: &Loaded, context: &Context) -> Result<Outcome<Opportunity>> {
        step::<OpportunityStatus, _>(&subject, Self::ACTION)?;
        require_account_manager(self.to, loaded)?;
        subject.status = OpportunityStatus::Assigned;
        subject.assigned_to = Some(self.to);
        subject.assigned_at = Some(context.now);
        Ok(Outcome::of(subject.owned()))
    }
}
