//! Devices, with a warranty and a person to ask.

use crmkit::prelude::*;

use super::{DeviceStatus, Inspection};

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
        /// Whom to ask for there.
        #[label("联系人", "Contact")]
        pub contact: Option<Id<Contact>>,
        /// What it was sold as.
        #[label("产品", "Product")]
        pub product: Option<Id<Product>>,
        /// Who looks after it.
        #[label("技术员", "Technician")]
        pub technician: Option<Id<User>>,
        /// Until when repairs cost nothing.
        #[label("保修期至", "Warranty until")]
        pub warranty_until: Option<Date>,
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
            .index::<Self>(&[&Device::warranty_until])
            .owner(Device::customer.to(Customer::manager))
            .owner(Device::technician)
            .natural::<Self>(&[&Device::serial])
            .searched::<Self>(&[&Device::serial])
            .actions(&["install", "inspect", "scrap"])
    }
}

impl Rules for Device {
    fn created(mut draft: Self, _: &Context) -> Result<Self> {
        draft.costs = Money::ZERO;
        Ok(draft)
    }
}
