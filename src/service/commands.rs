//! What is done to service requests.

use super::{NewServiceRound, ServiceRequest, ServiceRound, ServiceStatus};
use crate::access::{User, assignee_needs, require_account_manager};
use crate::command::{Command, Loaded, Need, Outcome};
use crate::customers::Rating;
use crate::error::{Error, Result};
use crate::id::Id;
use crate::machine::permit;
use crate::organisation::{MAIN, Organisation};
use crate::problem::{FieldProblem, Problem};
use crate::rules::Context;
use crate::schema::Entity;

/// Gives a request to one active account manager.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::service::AssignService;
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
/// let request = li.services().create(NewServiceRequest::new("inquiry", "Prices", acme.id, "Which ones?")).await?;
/// // What `services().assign(request.id, id)` does.
/// let request = zhao.services().run(request.id, AssignService { to: id }).await?;
/// assert_eq!(request.assigned_to, Some(id));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssignService {
    /// Who shall see to it.
    pub to: Id<User>,
}

/// Records what the assignee has done.
///
/// # Examples
///
/// ```
/// use crmkit::command::{Command, Loaded};
/// use crmkit::prelude::*;
/// use crmkit::service::HandleService;
///
/// let context = Context { actor: None, now: "2026-03-31T09:00:00Z".parse()?, zone: chrono_tz::UTC };
///
/// let request = ServiceRequest::draft(Id::NIL, NewServiceRequest::new("inquiry", "Prices", Id::NIL, "Which ones?"));
/// let handle = HandleService { handling: "Sent the list".into() };
/// let refused = handle.decide(request, &Loaded::default(), &context);
/// assert!(matches!(refused, Err(Error::State { .. })), "nobody was given it");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandleService {
    /// What was done.
    pub handling: String,
}

/// Records what came of the handling. A customer who is satisfied enough (see
/// [`Organisation::service_threshold`]) ends the request, any other sends it back for another round.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::service::GiveFeedback;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// # let roles = crm.system().roles();
/// # let (supervisor, manager) = (roles.named("supervisor").await?.id, roles.named("account_manager").await?.id);
/// # let zhao = crm.system().users().create(NewUser::new("zhao", supervisor)).await?;
/// # let li = crm.system().users().create(NewUser::new("li", manager)).await?;
/// # let (zhao, desk) = (crm.session(zhao.id).await?, crm.session(li.id).await?);
/// # let acme = desk.customers().create(NewCustomer::new("Acme")).await?;
/// # let request = NewServiceRequest::new("complaint", "Broken pots", acme.id, "Two of six came broken");
/// # let request = desk.services().create(request).await?;
/// # zhao.services().assign(request.id, li.id).await?;
/// desk.services().handle(request.id, "Sent two new ones").await?;
/// // What `services().feedback(request.id, "Both arrived whole", Rating::Five)` does.
/// let feedback = GiveFeedback { result: "Both arrived whole".into(), satisfaction: Rating::Five };
/// let request = desk.services().run(request.id, feedback).await?;
/// assert_eq!((request.status, request.rounds), (ServiceStatus::Archived, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GiveFeedback {
    /// What came of it.
    pub result: String,
    /// How satisfied the customer is.
    pub satisfaction: Rating,
}

impl Command for AssignService {
    type Subject = ServiceRequest;
    const ACTION: &'static str = "assign";

    fn needs(&self, _: &ServiceRequest) -> Vec<Need> {
        assignee_needs(self.to)
    }

    fn decide(
        &self,
        mut request: ServiceRequest,
        loaded: &Loaded,
        context: &Context,
    ) -> Result<Outcome<ServiceRequest>> {
        permit::<ServiceStatus, _>(&request, Self::ACTION, context)?;
        require_account_manager(self.to, loaded)?;
        request.status = ServiceStatus::Assigned;
        request.assigned_to = Some(self.to);
        request.assigned_at = Some(context.now);
        request.assigned_by = context.actor;
        Ok(Outcome::of(request))
    }
}

impl Command for HandleService {
    type Subject = ServiceRequest;
    const ACTION: &'static str = "handle";

    fn decide(&self, mut request: ServiceRequest, _: &Loaded, context: &Context) -> Result<Outcome<ServiceRequest>> {
        permit::<ServiceStatus, _>(&request, Self::ACTION, context)?;
        request.handling = Some(required("handling", &self.handling)?);
        request.status = ServiceStatus::Handled;
        request.handled_by = context.actor;
        request.handled_at = Some(context.now);
        Ok(Outcome::of(request))
    }
}

impl Command for GiveFeedback {
    type Subject = ServiceRequest;
    const ACTION: &'static str = "feedback";

    fn needs(&self, _: &ServiceRequest) -> Vec<Need> {
        vec![Need::matching::<Organisation>(Organisation::code.eq(MAIN))]
    }

    fn decide(
        &self,
        mut request: ServiceRequest,
        loaded: &Loaded,
        context: &Context,
    ) -> Result<Outcome<ServiceRequest>> {
        permit::<ServiceStatus, _>(&request, Self::ACTION, context)?;
        let threshold = loaded.all::<Organisation>()?.first().and_then(|found| found.service_threshold);
        let result = required("result", &self.result)?;
        request.rounds = request.rounds.saturating_add(1);
        let round = ServiceRound {
            request: request.id,
            round: request.rounds,
            handling: request.handling.clone().unwrap_or_default(),
            handled_by: request.handler(),
            handled_at: request.handled_at,
            result: result.clone(),
            satisfaction: self.satisfaction,
            feedback_at: context.now,
            ..ServiceRound::draft(loaded.fresh(0), NewServiceRound::default())
        };
        if self.satisfaction >= threshold.unwrap_or(Rating::Three) {
            request.status = ServiceStatus::Archived;
            (request.result, request.satisfaction) = (Some(result), Some(self.satisfaction));
        } else {
            // The next round begins empty; what this one was is in its own record.
            request.status = ServiceStatus::Assigned;
            (request.handling, request.handled_by, request.handled_at) = (None, None, None);
        }
        Outcome::of(request).insert(round, context)
    }
}

fn required(field: &'static str, text: &str) -> Result<String> {
    if text.trim().is_empty() {
        let problems = vec![FieldProblem { field: field.into(), problem: Problem::Required }];
        return Err(Error::Invalid { entity: "service_request".into(), problems });
    }
    Ok(text.to_owned())
}
