//! Rounds of a service request: each handling and what was said of it.

use super::ServiceRequest;
use crate::access::User;
use crate::customers::Rating;
use crate::id::Id;
use crate::rules::Rules;
use crate::schema::{EntityFacts, Facts};
use crate::value::Timestamp;

crate::entity!(
    #[entity("svc_round", "服务处理轮次", "Service round")]
    #[inputs(NewServiceRound, ServiceRoundPatch)]
    /// One handling of a service request with the feedback that ended it. Rounds are kept, whatever comes after.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    /// use crmkit::service::ServiceRound;
    ///
    /// # pollster::block_on(async {
    /// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let request: Id<ServiceRequest> = Id::NIL;
    /// let rounds = Query::of::<ServiceRound>().filter(ServiceRound::request.eq(request)).order(ServiceRound::handled_at.asc());
    /// assert!(crm.system().service_rounds().list(rounds).await?.items.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub struct ServiceRound {
        #[system]
        /// The request.
        #[label("服务", "Request")]
        pub request: Id<ServiceRequest>,
        #[system]
        /// The round, counted from 1.
        #[label("轮次", "Round")]
        pub round: i64,
        #[system]
        /// What was done.
        #[label("服务处理", "Handling")]
        pub handling: String,
        #[system]
        /// Who did it.
        #[label("处理人", "Handled by")]
        pub handled_by: Option<Id<User>>,
        #[system]
        /// When it was done.
        #[label("处理时间", "Handled at")]
        pub handled_at: Option<Timestamp>,
        #[system]
        /// What came of it.
        #[label("处理结果", "Result")]
        pub result: String,
        #[system]
        /// How satisfied the customer was.
        #[label("满意度", "Satisfaction")]
        pub satisfaction: Rating,
        #[system]
        /// When the feedback was given.
        #[label("反馈时间", "Feedback at")]
        pub feedback_at: Timestamp,
    }
);

impl EntityFacts for ServiceRound {
    fn facts() -> Facts {
        Facts::default()
            .unique::<Self>(&[&ServiceRound::request, &ServiceRound::round])
            .owner(ServiceRound::request.to(ServiceRequest::created_by))
            .owner(ServiceRound::request.to(ServiceRequest::assigned_to))
            .append_only()
    }
}

impl Rules for ServiceRound {}
