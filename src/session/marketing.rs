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
    ///
    /// # Examples
    ///
    /// ```
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
    /// let chance = NewOpportunity::new("Hotel Lotus", "Tea for 200 rooms", "They open in May", 60);
    /// let chance = zhao.opportunities().create(chance).await?;
    /// assert!(li.opportunities().get(chance.id).await.is_err(), "not li's yet");
    /// let chance = zhao.opportunities().assign(chance.id, id).await?;
    /// assert_eq!((chance.status, chance.assigned_to), (OpportunityStatus::Assigned, Some(id)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn assign(&self, id: Id<Opportunity>, to: Id<User>) -> Result<Opportunity> {
        self.run(id, Assign { to }).await
    }

    /// Closes an assigned opportunity as won. Unless it names a customer already, the customer and, where a name is
    /// known, one contact are made in the same commit.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run), and [`Error::State`](crate::Error::State) if the opportunity is not `assigned`.
    ///
    /// # Examples
    ///
    /// ```
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
    /// let chance = NewOpportunity::new("Hotel Lotus", "Tea for 200 rooms", "They open in May", 60);
    /// let chance = zhao.opportunities().create(chance).await?;
    /// zhao.opportunities().assign(chance.id, id).await?;
    /// let won = li.opportunities().win(chance.id).await?;
    /// let customer = li.customers().get(won.customer.ok_or("made by the win")?).await?;
    /// assert_eq!((customer.name.as_str(), customer.manager), ("Hotel Lotus", Some(id)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn win(&self, id: Id<Opportunity>) -> Result<Opportunity> {
        self.run(id, Win).await
    }

    /// Closes an assigned opportunity as given up, for a reason.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run), [`Error::State`](crate::Error::State) if the opportunity is not `assigned`, and
    /// [`Error::Invalid`](crate::Error::Invalid) without a reason.
    ///
    /// # Examples
    ///
    /// ```
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
    /// let chance = NewOpportunity::new("Hotel Lotus", "Tea for 200 rooms", "They open in May", 60);
    /// let chance = zhao.opportunities().create(chance).await?;
    /// zhao.opportunities().assign(chance.id, id).await?;
    /// assert!(li.opportunities().terminate(chance.id, " ").await.is_err(), "a reason is asked for");
    /// let chance = li.opportunities().terminate(chance.id, "they drink coffee").await?;
    /// assert_eq!(chance.close_reason.as_deref(), Some("they drink coffee"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
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
    /// let chance = NewOpportunity::new("Hotel Lotus", "Tea for 200 rooms", "They open in May", 60);
    /// let chance = zhao.opportunities().create(chance).await?;
    /// zhao.opportunities().assign(chance.id, id).await?;
    /// let item = NewPlanItem::new(chance.id, "2026-03-31".parse()?, "Send samples");
    /// let item = li.plan_items().create(item).await?;
    /// let item = li.plan_items().execute(item.id, "They like the Longjing best").await?;
    /// assert!(item.executed_at.is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn execute(&self, id: Id<PlanItem>, result: impl Into<String>) -> Result<PlanItem> {
        self.run(id, Execute { result: result.into() }).await
    }
}
