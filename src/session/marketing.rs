//! Opportunities, their plans and their pipelines.

use super::{Records, Session};
use crate::access::User;
use crate::error::Result;
use crate::id::Id;
use crate::marketing::{Assign, Execute, Opportunity, Pipeline, PlanItem, Stage, Terminate, Win};

impl Session {
    /// The opportunities.
    #[must_use]
    pub fn opportunities(&self) -> Records<Opportunity> {
        self.of()
    }

    /// What is planned for opportunities.
    #[must_use]
    pub fn plan_items(&self) -> Records<PlanItem> {
        self.of()
    }

    /// The pipelines.
    #[must_use]
    pub fn pipelines(&self) -> Records<Pipeline> {
        self.of()
    }

    /// The stages of pipelines.
    #[must_use]
    pub fn stages(&self) -> Records<Stage> {
        self.of()
    }
}

impl Records<Opportunity> {
    /// Gives an unassigned opportunity to an active account manager.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run), and [`Error::State`](crate::Error::State) if the opportunity is not `unassigned` or the
    /// user is no active account manager.
    pub async fn assign(&self, id: Id<Opportunity>, to: Id<User>) -> Result<Opportunity> {
        self.run(id, Assign { to }).await
    }

    /// Closes an assigned opportunity as won. Unless it names a customer already, the customer and, where a name is
    /// known, one contact are made in the same commit.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run), and [`Error::State`](crate::Error::State) if the opportunity is not `assigned`.
    pub async fn win(&self, id: Id<Opportunity>) -> Result<Opportunity> {
        self.run(id, Win).await
    }

    /// Closes an assigned opportunity as given up, for a reason.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run), [`Error::State`](crate::Error::State) if the opportunity is not `assigned`, and
    /// [`Error::Invalid`](crate::Error::Invalid) without a reason.
    pub async fn terminate(&self, id: Id<Opportunity>, reason: impl Into<String>) -> Result<Opportunity> {
        self.run(id, Terminate { reason: reason.into() }).await
    }
}

impl Records<PlanItem> {
    /// Records that an item was done, and what came of it.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run), [`Error::State`](crate::Error::State) if the opportunity is not `assigned` or the item
    /// was executed before, and [`Error::Invalid`](crate::Error::Invalid) without a result.
    pub async fn execute(&self, id: Id<PlanItem>, result: impl Into<String>) -> Result<PlanItem> {
        self.run(id, Execute { result: result.into() }).await
    }
}
