//! What is done to service requests.

use super::{List, Records, Session};
use crate::access::User;
use crate::customers::Rating;
use crate::error::Result;
use crate::id::Id;
use crate::problem::FieldProblem;
use crate::query::Cursor;
use crate::service::{ArchiveSearch, AssignService, GiveFeedback, HandleService, ServiceRequest, ServiceRound};

impl Session {
    /// The service requests.
    #[must_use]
    pub fn services(&self) -> Records<ServiceRequest> {
        self.of()
    }

    /// The rounds service requests went through.
    #[must_use]
    pub fn service_rounds(&self) -> Records<ServiceRound> {
        self.of()
    }
}

impl Records<ServiceRequest> {
    /// Gives a request to one active account manager.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run); [`Error::State`](crate::Error::State) unless the request is `created` and the user an
    /// active account manager.
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
    /// let acme = li.customers().create(NewCustomer::new("Acme")).await?;
    /// let new = NewServiceRequest::new("inquiry", "Prices", acme.id, "Asks for the list of prices");
    /// let request = li.services().create(new).await?;
    /// let request = zhao.services().assign(request.id, id).await?;
    /// assert_eq!(request.status, ServiceStatus::Assigned);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn assign(&self, id: Id<ServiceRequest>, to: Id<User>) -> Result<ServiceRequest> {
        self.run(id, AssignService { to }).await
    }

    /// Records what the assignee has done.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run); [`Error::State`](crate::Error::State) unless the request is `assigned`,
    /// [`Error::Denied`](crate::Error::Denied) for anybody but the assignee.
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
    /// let acme = li.customers().create(NewCustomer::new("Acme")).await?;
    /// let new = NewServiceRequest::new("inquiry", "Prices", acme.id, "Asks for the list of prices");
    /// let request = li.services().create(new).await?;
    /// assert!(li.services().handle(request.id, "Sent the list").await.is_err(), "nobody gave it to li");
    /// zhao.services().assign(request.id, id).await?;
    /// let request = li.services().handle(request.id, "Sent the list").await?;
    /// assert_eq!(request.status, ServiceStatus::Handled);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn handle(&self, id: Id<ServiceRequest>, handling: impl Into<String>) -> Result<ServiceRequest> {
        self.run(id, HandleService { handling: handling.into() }).await
    }

    /// Records what came of the handling, and ends the request or sends it back for another round.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run); [`Error::State`](crate::Error::State) unless the request is `handled`,
    /// [`Error::Denied`](crate::Error::Denied) for anybody but who handled it.
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
    /// let acme = li.customers().create(NewCustomer::new("Acme")).await?;
    /// let new = NewServiceRequest::new("inquiry", "Prices", acme.id, "Asks for the list of prices");
    /// let request = li.services().create(new).await?;
    /// zhao.services().assign(request.id, id).await?;
    /// li.services().handle(request.id, "Sent the list").await?;
    /// let again = li.services().feedback(request.id, "It was last year's", Rating::Two).await?;
    /// assert_eq!(again.status, ServiceStatus::Assigned);
    /// li.services().handle(request.id, "Sent this year's").await?;
    /// let done = li.services().feedback(request.id, "All is well", Rating::Four).await?;
    /// assert_eq!(done.status, ServiceStatus::Archived);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn feedback(
        &self,
        id: Id<ServiceRequest>,
        result: impl Into<String>,
        satisfaction: Rating,
    ) -> Result<ServiceRequest> {
        self.run(id, GiveFeedback { result: result.into(), satisfaction }).await
    }

    /// Archived requests, the newest first, a page at a time.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list); [`Error::Invalid`](crate::Error::Invalid) for a day outside the years 1 to 9999.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    /// use crmkit::service::ArchiveSearch;
    ///
    /// # pollster::block_on(async {
    /// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let none = crm.system().services().archive(&ArchiveSearch::default(), None).await?;
    /// assert!(none.items.is_empty() && none.next.is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn archive(&self, search: &ArchiveSearch, after: Option<Cursor>) -> Result<List<ServiceRequest>> {
        let query = search.query(self.session.crm.organisation().zone()).map_err(|error| {
            let problems = vec![FieldProblem::invalid("from", error.to_string())];
            crate::Error::Invalid { entity: "service_request".into(), problems }
        })?;
        self.list(query.after(after)).await
    }
}
