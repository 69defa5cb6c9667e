//! Opportunities, the pipelines they go through, and the plans by which they become customers.

mod assign;
mod close;
mod opportunity;
mod pipeline;
mod plan_item;
mod stage;

pub use assign::Assign;
pub use close::{Terminate, Win};
pub use opportunity::{NewOpportunity, Opportunity, OpportunityPatch, OpportunityStatus};
pub use pipeline::{NewPipeline, Pipeline, PipelinePatch};
pub use plan_item::{Execute, NewPlanItem, PlanItem, PlanItemPatch};
pub use stage::{NewStage, Stage, StagePatch};
