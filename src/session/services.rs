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
    pub async fn assign(&self, id: Id<ServiceRequest>, to: Id<User>) -> Result<ServiceRequest> {
        self.run(id, AssignService { to }).await
    }

    /// Records what the assignee has done.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run); [`Error::State`](crate::Error::State) unless the request is `assigned`,
    /// [`Error::Denied`](crate::Error::Denied) for anybody but the assignee.
    pub async fn handle(&self, id: Id<ServiceRequest>, handling: impl Into<String>) -> Result<ServiceRequest> {
        self.run(id, HandleService { handling: handling.into() }).await
    }

    /// Records what came of the handling, and ends the request or sends it back for another round.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run); [`Error::State`](crate::Error::State) unless the request is `handled`,
    /// [`Error::Denied`](crate::Error::Denied) for anybody but who handled it.
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
    pub async fn archive(&self, search: &ArchiveSearch, after: Option<Cursor>) -> Result<List<ServiceRequest>> {
        let query = search.query(self.session.crm.organisation().zone()).map_err(|error| {
            let problems = vec![FieldProblem::invalid("from", error.to_string())];
            crate::Error::Invalid { entity: "service_request".into(), problems }
        })?;
        self.list(query.after(after)).await
    }
}
