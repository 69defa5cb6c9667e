//! Lost customers: at most one that is open, warned of or deferred, to a customer.

use crate::customers::{LossMeasure, LostCustomer, NewLossMeasure};
use crate::error::Result;
use crate::rules::Context;
use crate::schema::Entity;
use crate::transfer::import::{ImportField, ImportKind};

pub(super) fn kind() -> ImportKind {
    ImportKind::of::<LostCustomer>("lost")
        .fields([
            ImportField::of(LostCustomer::customer).required(),
            ImportField::of(LostCustomer::status).required(),
            ImportField::of(LostCustomer::manager),
            ImportField::of(LostCustomer::last_order_date),
            ImportField::of(LostCustomer::warned_at).named("warned_on").or_now(),
            ImportField::bringing::<LossMeasure>("measures", |text, lost, id, context| LossMeasure {
                lost: lost.id,
                taken_by: lost.manager.or(context.actor),
                taken_at: lost.warned_at,
                measure: text.to_owned(),
                ..LossMeasure::draft(id, NewLossMeasure::default())
            }),
            ImportField::of(LostCustomer::reason),
            ImportField::of(LostCustomer::confirmed_at).named("confirmed_on"),
        ])
        .key_when(&[&LostCustomer::customer], LostCustomer::open(), "open")
        .finish(finish)
        .build()
}

/// Where the file does not say when a confirmed loss was noticed, it was not after it was confirmed.
fn finish(mut lost: LostCustomer, context: &Context) -> Result<LostCustomer> {
    if lost.warned_at == context.now {
        lost.warned_at = lost.confirmed_at.unwrap_or(context.now).min(context.now);
    }
    Ok(lost)
}
