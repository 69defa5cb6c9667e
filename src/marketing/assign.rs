//! Assigning an opportunity.

use super::{Opportunity, OpportunityStatus};
use crate::access::{User, assignee_needs, require_account_manager};
use crate::command::{Command, Loaded, Need, Outcome};
use crate::error::Result;
use crate::id::Id;
use crate::machine::step;
use crate::rules::Context;

/// Gives an unassigned opportunity to the account manager who shall work on it.
///
/// # Examples
///
/// ```
/// use crmkit::marketing::Assign;
/// use crmkit::prelude::*;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// # let roles = crm.system().roles();
/// # let (supervisor, manager) = (roles.named("supervisor").await?.id, roles.named("account_manager").await?.id);
/// # let zhao = crm.system().users().create(NewUser::new("zhao", supervisor)).await?;
/// # let li = crm.system().users().create(NewUser::new("li", manager)).await?;
/// # let (zhao, li) = (crm.session(zhao.id).await?, crm.session(li.id).await?);
/// # let id = li.actor().id().ok_or("li is a user")?;
/// let chance = zhao.opportunities().create(NewOpportunity::new("Acme", "Tea", "A pound a week", 40)).await?;
/// // What `opportunities().assign(chance.id, id)` does.
/// let chance = zhao.opportunities().run(chance.id, Assign { to: id }).await?;
/// assert_eq!(chance.assigned_to, Some(id));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
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
