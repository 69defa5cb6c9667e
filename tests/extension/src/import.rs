//! What the host imports.

use crmkit::prelude::*;
use crmkit::transfer::{ImportField, ImportKind};

use crate::v1::{Device, Inspection};

/// Devices, told apart by serial number.
#[must_use]
pub fn devices() -> ImportKind {
    ImportKind::of::<Device>("devices")
        .fields([
            ImportField::of(Device::serial).at_most(40),
            ImportField::of(Device::customer),
            ImportField::of(Device::product),
            ImportField::of(Device::technician),
            ImportField::of(Device::status),
            ImportField::of(Device::running_since),
        ])
        .key(&[&Device::serial])
        .finish(
            |device, context| {
                if device.version == Version::NEW { Device::created(device, context) } else { Ok(device) }
            },
        )
        .build()
}

/// Inspections, told apart by number.
#[must_use]
pub fn inspections() -> ImportKind {
    ImportKind::of::<Inspection>("inspections")
        .fields([
            ImportField::of(Inspection::number).at_most(40),
            ImportField::of(Inspection::device),
            ImportField::of(Inspection::inspected_on).named("date").or_now(),
            ImportField::of(Inspection::finding),
            ImportField::of(Inspection::fee).or("0"),
            ImportField::of(Inspection::follows),
            ImportField::of(Inspection::note),
        ])
        .key(&[&Inspection::number])
        .build()
}
