//! Plans of opportunities: nothing tells two items apart.

use crate::error::{Error, Result};
use crate::marketing::PlanItem;
use crate::problem::FieldProblem;
use crate::rules::Context;
use crate::transfer::import::{ImportField, ImportKind};
use crate::value::Timestamp;

pub(super) fn kind() -> ImportKind {
    ImportKind::of::<PlanItem>("plans")
        .fields([
            ImportField::of(PlanItem::opportunity),
            ImportField::of(PlanItem::date),
            ImportField::of(PlanItem::todo),
            ImportField::of(PlanItem::result),
            ImportField::of(PlanItem::executed_at).named("executed_on"),
        ])
        .finish(finish)
        .build()
}

/// What has a result was done; on the day it was planned for, unless the file knows better.
fn finish(mut item: PlanItem, context: &Context) -> Result<PlanItem> {
    if item.result.is_some() && item.executed_at.is_none() {
        let done = Timestamp::start_of_day(item.date, context.zone).map_err(|error| {
            let problems = vec![FieldProblem::invalid("date", error.to_string())];
            Error::Invalid { entity: "plan_item".into(), problems }
        })?;
        item.executed_at = Some(done);
    }
    Ok(item)
}
