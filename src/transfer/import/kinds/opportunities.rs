//! Opportunities: told apart by number; the pipeline and the stage in it are made where they are missing.

use super::NUMBER_CHARS;
use crate::error::Result;
use crate::id::Version;
use crate::marketing::{NewPipeline, NewStage, Opportunity, OpportunityStatus, Pipeline, Stage};
use crate::rules::Context;
use crate::transfer::import::{ImportField, ImportKind};

/// The pipeline of a stage whose row names none.
const DEFAULT_PIPELINE: &str = "default";

pub(super) fn kind() -> ImportKind {
    ImportKind::of::<Opportunity>("opportunities")
        .fields([
            ImportField::of(Opportunity::number).at_most(NUMBER_CHARS),
            ImportField::of(Opportunity::customer_name),
            ImportField::of(Opportunity::title),
            ImportField::of(Opportunity::status),
            ImportField::of(Opportunity::customer),
            ImportField::of(Opportunity::contact_name),
            ImportField::of(Opportunity::contact_phone),
            ImportField::of(Opportunity::source),
            ImportField::of(Opportunity::description),
            ImportField::of(Opportunity::pipeline).made(&Pipeline::name, |name| NewPipeline::new(name)),
            ImportField::of(Opportunity::stage)
                .made(&Stage::name, |name| NewStage { name: name.to_owned(), ..NewStage::default() })
                .within(&Opportunity::pipeline, DEFAULT_PIPELINE, &Stage::pipeline, &Stage::position),
            ImportField::of(Opportunity::stage_since).named("stage_on"),
            ImportField::of(Opportunity::success_rate),
            ImportField::of(Opportunity::amount),
            ImportField::of(Opportunity::product),
            ImportField::of(Opportunity::assigned_to).named("owner"),
            ImportField::of(Opportunity::assigned_at).named("assigned_on"),
            ImportField::of(Opportunity::created_by),
            ImportField::of(Opportunity::created_at).named("created_on").or_now(),
            ImportField::of(Opportunity::expected_close_on),
            ImportField::of(Opportunity::closed_at).named("closed_on"),
            ImportField::of(Opportunity::close_reason),
            ImportField::of(Opportunity::competitor),
        ])
        .key(&[&Opportunity::number])
        .finish(finish)
        .build()
}

/// Unless the file knows better, who imports it has entered it, and it was assigned and put into its stage on the day it was
/// entered.
fn finish(mut opportunity: Opportunity, context: &Context) -> Result<Opportunity> {
    if opportunity.version == Version::NEW && opportunity.created_by.is_none() {
        opportunity.created_by = context.actor;
    }
    let assigned = opportunity.status != OpportunityStatus::Unassigned && opportunity.assigned_to.is_some();
    if assigned && opportunity.assigned_at.is_none() {
        opportunity.assigned_at = Some(opportunity.created_at);
    }
    if opportunity.stage.is_some() && opportunity.stage_since.is_none() {
        opportunity.stage_since = Some(opportunity.created_at);
    }
    // A person would have to say more than a file can be expected to.
    opportunity.owned().checked(None, &Context { actor: None, ..*context })
}
