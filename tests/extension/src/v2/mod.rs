//! What a later version of the host declares: two more fields of a device, one of them a reference; a finding that is
//! no longer given, and a new one.

mod device;
mod inspection;

use std::sync::Arc;

use crmkit::schema::{Schema, SchemaError};

pub use device::{Device, DevicePatch, NewDevice};
pub use inspection::{Finding, Inspection, InspectionPatch, NewInspection};

pub use crate::v1::DeviceStatus;

/// The crate's entities and the host's.
///
/// # Errors
///
/// None that a test would not have found.
pub fn schema() -> Result<Arc<Schema>, SchemaError> {
    Schema::builder().standard().with::<Device>().with::<Inspection>().build()
}
