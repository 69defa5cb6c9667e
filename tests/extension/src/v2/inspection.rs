//! Inspections of devices, with other findings.

use crmkit::prelude::*;
use crmkit::rules::Numbered;

use super::Device;

crmkit::choice!(
    /// What an inspection has found.
    pub enum Finding {
        /// Nothing.
        #[code("sound", "完好", "Sound")]
        Sound,
        /// Something that will have to be replaced.
        #[code("worn", "磨损", "Worn")]
        Worn,
        /// Something that does not look nice.
        #[code("scratched", "划痕", "Scratched")]
        #[legacy(7)]
        #[retired("looks are no longer inspected")]
        Scratched,
        /// Something that stops it.
        #[code("broken", "损坏", "Broken")]
        Broken,
        /// Something that drips.
        #[code("leaking", "泄漏", "Leaking")]
        Leaking,
    }
);

crmkit::entity!(
    #[entity("ext_inspection", "检修", "Inspection")]
    #[inputs(NewInspection, InspectionPatch)]
    /// A look at a device, and what came of it.
    pub struct Inspection {
        /// The number people see; without one the next of the series is taken.
        #[label("检修编号", "Inspection no.")]
        pub number: String,
        /// The device.
        #[label("设备", "Device")]
        pub device: Id<Device>,
        /// The day.
        #[label("日期", "Date")]
        pub inspected_on: Date,
        /// What was found.
        #[label("结果", "Finding")]
        pub finding: Finding,
        /// What the customer pays for it.
        #[label("费用", "Fee")]
        pub fee: Money,
        /// The inspection of the same device before this one.
        #[label("上次检修", "Follows")]
        pub follows: Option<Id<Inspection>>,
        /// Anything else.
        #[label("备注", "Note")]
        pub note: Option<String>,
        #[system]
        /// Who entered it; nobody where a job or an import did.
        #[label("录入人", "Entered by")]
        pub entered_by: Option<Id<User>>,
    }
);

impl EntityFacts for Inspection {
    fn facts() -> Facts {
        Facts::default()
            .unique::<Self>(&[&Inspection::number])
            .index::<Self>(&[&Inspection::inspected_on])
            .owner(Inspection::device.to(Device::customer).to(Customer::manager))
            .owner(Inspection::device.to(Device::technician))
            .natural::<Self>(&[&Inspection::number])
            .searched::<Self>(&[&Inspection::number, &Inspection::note])
    }
}

impl Rules for Inspection {
    fn numbered() -> Option<Numbered> {
        Some(Numbered { field: Inspection::number.name().into(), series: crate::SERIES.into() })
    }
}
