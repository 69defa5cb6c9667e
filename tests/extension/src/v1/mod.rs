//! The first version of the host's entities.

mod device;
mod inspection;

use std::sync::Arc;

use crmkit::schema::{Schema, SchemaError};

pub use device::{Device, DevicePatch, DeviceStatus, NewDevice};
pub use inspection::{Finding, Inspection, InspectionPatch, NewInspection};

/// The crate's entities and the host's.
///
/// # Errors
///
/// None that a test would not have found.
pub fn schema() -> Result<Arc<Schema>, SchemaError> {
    Schema::builder().standard().with::<Device>().with::<Inspection>().build()
}
