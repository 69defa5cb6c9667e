//! Service: what customers ask for, who sees to it, and what came of it.

mod commands;
mod request;
mod round;
mod search;

pub use commands::{AssignService, GiveFeedback, HandleService};
pub use request::{NewServiceRequest, ServiceRequest, ServiceRequestPatch, ServiceStatus};
pub use round::{NewServiceRound, ServiceRound, ServiceRoundPatch};
pub use search::ArchiveSearch;
