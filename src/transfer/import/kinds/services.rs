//! Service requests: told apart by number; the type may be any text.

use super::NUMBER_CHARS;
use crate::error::Result;
use crate::id::Version;
use crate::rules::Context;
use crate::service::{ServiceRequest, ServiceStatus};
use crate::transfer::import::{ImportField, ImportKind};

pub(super) fn kind() -> ImportKind {
    ImportKind::of::<ServiceRequest>("services")
        .fields([
            ImportField::of(ServiceRequest::number).at_most(NUMBER_CHARS),
            ImportField::of(ServiceRequest::customer),
            ImportField::of(ServiceRequest::r#type),
            ImportField::of(ServiceRequest::title),
            ImportField::of(ServiceRequest::status),
            ImportField::of(ServiceRequest::request),
            ImportField::of(ServiceRequest::created_by),
            ImportField::of(ServiceRequest::created_at).named("created_on").or_now(),
            ImportField::of(ServiceRequest::handled_by),
            ImportField::of(ServiceRequest::handled_at).named("handled_on"),
            ImportField::of(ServiceRequest::handling),
            ImportField::of(ServiceRequest::result),
            ImportField::of(ServiceRequest::satisfaction),
            ImportField::of(ServiceRequest::assigned_to).named("assignee"),
            ImportField::of(ServiceRequest::assigned_at).named("assigned_on"),
        ])
        .key(&[&ServiceRequest::number])
        .finish(finish)
        .build()
}

/// Unless the file knows better, who imports it has entered it, it was assigned when it was entered, and who it is
/// assigned to has handled it, if it was.
fn finish(mut request: ServiceRequest, context: &Context) -> Result<ServiceRequest> {
    if request.version == Version::NEW && request.created_by.is_none() {
        request.created_by = context.actor;
    }
    if request.status != ServiceStatus::Created && request.assigned_to.is_some() && request.assigned_at.is_none() {
        request.assigned_at = Some(request.created_at);
    }
    if matches!(request.status, ServiceStatus::Handled | ServiceStatus::Archived) {
        request.handled_by = request.handler();
    }
    Ok(request)
}
