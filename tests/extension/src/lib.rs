//! A host of its own on crmkit: a manufacturer who keeps track of the devices that its customers have bought, and of
//! their inspections.
//!
//! It uses nothing but what crmkit shows to everybody. [`v1`] is its first version; [`v2`] is what a later version of
//! the same program declares, on data that the first one has written.

pub mod commands;
pub mod import;
pub mod report;
pub mod v1;
pub mod v2;

use crmkit::crm::CrmBuilder;
use crmkit::organisation::{NewNumberSeries, NumberSeries};
use crmkit::prelude::*;
use crmkit::report::Catalogue;
use crmkit::storage::Storage;

/// The right to look over all devices.
pub const AUDIT: &str = "device.audit";

/// The series inspections are numbered from.
pub const SERIES: &str = "inspection";

/// Starts opening the host's CRM, with its rights.
#[must_use]
pub fn builder(storage: impl Storage) -> CrmBuilder {
    Crm::builder(storage).right(AUDIT).right(format!("report.{}", report::NAME))
}

/// Adds what the host's own entities need and the store does not have yet.
///
/// # Errors
///
/// [`Error::Storage`] if the store can't do it.
pub async fn set_up(crm: &Crm) -> Result<()> {
    let series = crm.system().of::<NumberSeries>();
    if series.count(NumberSeries::code.eq(SERIES)).await? > 0 {
        return Ok(());
    }
    match series.create(NewNumberSeries::daily(SERIES, "JC")).await {
        // Another program of the host was faster.
        Ok(_) | Err(Error::Taken { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

/// The reports there are: the crate's and the host's.
#[must_use]
pub fn catalogue() -> Catalogue {
    Catalogue::standard().with::<report::Inspections>()
}
