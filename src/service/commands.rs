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
#[derive(Debug, Clone)]
pub struct AssignService {
    /// Who shall see to it.
    pub to: Id<User>,
}

/// Records what the assignee has done.
#[derive(Debug, Clone)]
pub struct HandleService {
    /// What was done.
    pub handling: String,
}

/// Records what came of the handling. A customer who is satisfied enough (see
/// [`Organisation::service_threshold`]) ends the request, any other sends it back for another round.
#[derive(Debug, Clone)]
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
