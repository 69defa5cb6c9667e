//! What is done to devices beyond editing them.

use crmkit::command::{Command, Loaded, Need, Outcome};
use crmkit::machine::step;
use crmkit::prelude::*;

use crate::v1::{Device, DeviceStatus, Finding, Inspection, NewInspection};

/// Puts a device into use, in the care of an active user.
#[derive(Debug, Clone)]
pub struct InstallDevice {
    /// Who looks after it from now on.
    pub technician: Id<User>,
}

/// Records what a look at a device has found, and what it costs.
#[derive(Debug, Clone)]
pub struct InspectDevice {
    /// What was found.
    pub finding: Finding,
    /// What the customer pays for it.
    pub fee: Money,
    /// Anything else.
    pub note: Option<String>,
}

/// Takes a device out of use for good.
#[derive(Debug, Clone, Copy)]
pub struct ScrapDevice;

impl Command for InstallDevice {
    type Subject = Device;
    const ACTION: &'static str = "install";

    fn needs(&self, _: &Device) -> Vec<Need> {
        vec![Need::record(self.technician)]
    }

    fn decide(&self, mut device: Device, loaded: &Loaded, context: &Context) -> Result<Outcome<Device>> {
        step::<DeviceStatus, _>(&device, Self::ACTION)?;
        let technician: User = loaded.get(self.technician)?;
        if !technician.active {
            let problem = format!("`{}` is inactive; name an active user", technician.name);
            return Err(Error::State { entity: "user".into(), id: technician.id.raw(), problem });
        }
        device.status = DeviceStatus::Running;
        device.technician = Some(technician.id);
        device.running_since = Some(context.today());
        Ok(Outcome::of(device))
    }
}

impl Command for InspectDevice {
    type Subject = Device;
    const ACTION: &'static str = "inspect";

    fn decide(&self, mut device: Device, loaded: &Loaded, context: &Context) -> Result<Outcome<Device>> {
        step::<DeviceStatus, _>(&device, Self::ACTION)?;
        let new = NewInspection {
            device: device.id,
            inspected_on: context.today(),
            finding: self.finding,
            fee: self.fee,
            follows: device.last_inspection,
            note: self.note.clone(),
            ..Default::default()
        };
        let inspection = Inspection::draft(loaded.fresh(0), new);
        device.last_inspection = Some(inspection.id);
        device.status = match self.finding {
            Finding::Broken => DeviceStatus::Down,
            Finding::Sound | Finding::Worn | Finding::Scratched => DeviceStatus::Running,
        };
        Outcome::of(device).insert(inspection, context)
    }
}

impl Command for ScrapDevice {
    type Subject = Device;
    const ACTION: &'static str = "scrap";

    fn decide(&self, mut device: Device, _: &Loaded, _: &Context) -> Result<Outcome<Device>> {
        step::<DeviceStatus, _>(&device, Self::ACTION)?;
        device.status = DeviceStatus::Scrapped;
        Ok(Outcome::of(device))
    }
}
