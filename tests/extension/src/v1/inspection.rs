//! Inspections of devices.

use crmkit::change::{Adjust, AdjustKey, Change};
use crmkit::prelude::*;
use crmkit::problem::FieldProblem;
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
        Scratched,
        /// Something that stops it.
        #[code("broken", "损坏", "Broken")]
        Broken,
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
    fn created(mut draft: Self, context: &Context) -> Result<Self> {
        draft.entered_by = context.actor;
        draft.checked()
    }

    fn edited(before: &Self, after: Self, _: &Context) -> Result<Self> {
        if before.device != after.device {
            return Err(invalid("device", "an inspection stays with its device"));
        }
        after.checked()
    }

    fn numbered() -> Option<Numbered> {
        Some(Numbered { field: Inspection::number.name().into(), series: crate::SERIES.into() })
    }

    /// The costs of a device are the sum of the fees.
    fn sums(before: Option<&Self>, after: Option<&Self>) -> Vec<Change> {
        let add = |inspection: &Self, amount: i64| {
            Change::Adjust(Adjust {
                entity: Device::NAME.into(),
                key: AdjustKey::Id(inspection.device.raw()),
                if_absent: None,
                add: vec![(Device::costs.name().into(), amount)],
                require: Vec::new(),
                slot: None,
            })
        };
        if let (Some(before), Some(after)) = (before, after)
            && before.fee == after.fee
        {
            return Vec::new();
        }
        let taken = before.map(|inspection| add(inspection, -inspection.fee.raw()));
        taken.into_iter().chain(after.map(|inspection| add(inspection, inspection.fee.raw()))).collect()
    }
}

impl Inspection {
    fn checked(self) -> Result<Self> {
        // A fee that was not given is reported with the other fields.
        let given = self.fee != crmkit::schema::FieldType::missing();
        if given && self.fee < Money::ZERO {
            return Err(invalid("fee", format!("{} is below zero", self.fee)));
        }
        Ok(self)
    }
}

fn invalid(field: &'static str, sentence: impl Into<String>) -> Error {
    Error::Invalid { entity: "inspection".into(), problems: vec![FieldProblem::invalid(field, sentence)] }
}
