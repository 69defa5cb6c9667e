//! Devices.

use crmkit::command::{Loaded, Need};
use crmkit::machine::{Machine, Step, step};
use crmkit::prelude::*;
use crmkit::rules::Deletion;

use super::Inspection;

crmkit::choice!(
    /// Where a device is in its life.
    pub enum DeviceStatus {
        /// Sold, and not in use yet.
        #[code("sold", "已售", "Sold")]
        Sold,
        /// In use.
        #[code("running", "运行中", "Running")]
        Running,
        /// Broken.
        #[code("down", "停机", "Down")]
        Down,
        /// Gone.
        #[code("scrapped", "已报废", "Scrapped")]
        Scrapped,
    }
);

crmkit::entity!(
    #[entity("ext_device", "设备", "Device")]
    #[inputs(NewDevice, DevicePatch)]
    /// A machine that a customer has bought.
    pub struct Device {
        /// What is engraved on it.
        #[label("序列号", "Serial no.")]
        pub serial: String,
        /// Who has it.
        #[label("客户", "Customer")]
        pub customer: Id<Customer>,
        /// What it was sold as.
        #[label("产品", "Product")]
        pub product: Option<Id<Product>>,
        /// Who looks after it.
        #[label("技术员", "Technician")]
        pub technician: Option<Id<User>>,
        #[system]
        /// Where it is in its life.
        #[label("状态", "Status")]
        pub status: DeviceStatus,
        #[system]
        /// Since when it has been in use.
        #[label("启用日期", "Running since")]
        pub running_since: Option<Date>,
        #[system]
        /// The last inspection.
        #[label("最近检修", "Last inspection")]
        pub last_inspection: Option<Id<Inspection>>,
        #[system]
        /// What its inspections have cost together.
        #[label("费用合计", "Costs")]
        pub costs: Money,
    }
);

impl EntityFacts for Device {
    fn facts() -> Facts {
        Facts::default()
            .unique::<Self>(&[&Device::serial])
            .index::<Self>(&[&Device::status, &Device::serial])
            .owner(Device::customer.to(Customer::manager))
            .owner(Device::technician)
            .natural::<Self>(&[&Device::serial])
            .searched::<Self>(&[&Device::serial])
            .actions(&["install", "inspect", "scrap"])
    }
}

impl Machine<DeviceStatus> for Device {
    const STEPS: &'static [Step<DeviceStatus>] = {
        use DeviceStatus::{Down, Running, Scrapped, Sold};
        &[
            Step { from: &[Sold], event: "delete", to: &[] },
            Step { from: &[Sold], event: "install", to: &[Running] },
            Step { from: &[Running, Down], event: "inspect", to: &[Running, Down] },
            Step { from: &[Running, Down], event: "scrap", to: &[Scrapped] },
        ]
    };

    fn state(&self) -> DeviceStatus {
        self.status
    }
}

impl Rules for Device {
    fn created(mut draft: Self, _: &Context) -> Result<Self> {
        draft.costs = Money::ZERO;
        Ok(draft)
    }

    fn deleted(before: &Self, _: &Context) -> Result<Deletion<Self>> {
        step(before, "delete")?;
        Ok(Deletion::Remove)
    }

    /// Its customer, as far as the actor sees him.
    fn relies_on(&self) -> Vec<Need> {
        vec![Need::visible(self.customer)]
    }

    fn allowed(before: Option<&Self>, after: Option<&Self>, loaded: &Loaded, _: &Context) -> Result<()> {
        let Some(after) = after.filter(|after| before.is_none_or(|before| before.customer != after.customer)) else {
            return Ok(());
        };
        // A customer that was not given is reported with the other fields.
        if after.customer != Id::NIL {
            loaded.get::<Customer>(after.customer)?;
        }
        Ok(())
    }
}
