//! The host's report.

use async_trait::async_trait;
use crmkit::prelude::*;
use crmkit::report::{
    Days, Definition, FieldColumn, KeyColumn, MeasureColumn, OptionDef, Options, Result, Sort, StandardReport, Table,
    View,
};
use crmkit::schema::{Label, Name};

use crate::v1::{Device, Inspection};

/// The name the report is asked for by.
pub const NAME: &str = "inspections";

/// What inspections have cost each customer.
///
/// For every customer with a device that was inspected in the period: how many inspections there were and what they
/// cost together. Highest cost first, then by customer number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspections {
    /// The days of the inspections.
    pub days: Days,
}

#[async_trait]
impl StandardReport for Inspections {
    const NAME: &'static str = NAME;
    const ABOUT: Label =
        Label::new("检修费用：各客户的检修次数和费用", "inspections: what they have cost each customer");
    const OPTIONS: &'static [OptionDef] = &[
        OptionDef::new("from", "YYYY-MM-DD", "起始日期", "the first day"),
        OptionDef::new("to", "YYYY-MM-DD", "截止日期", "the last day"),
    ];

    fn parse(options: &Options) -> Result<Self> {
        Ok(Self { days: options.days()? })
    }

    fn parameters(&self, _: &View<'_>) -> Vec<(Name, Value)> {
        vec![("from".into(), self.days.from.into()), ("to".into(), self.days.to.into())]
    }

    async fn table(&self, view: &View<'_>) -> Result<Table> {
        let customer = KeyColumn::new(Inspection::device.to(Device::customer))
            .show(FieldColumn::new(Customer::number).named("customer_number"))
            .show(FieldColumn::new(Customer::name).named("customer_name"));
        let count = MeasureColumn::new("inspections", Measure::Count).labelled("检修次数", "Inspections");
        let costs = MeasureColumn::new("costs", Measure::Sum(Inspection::fee.path())).labelled("费用", "Costs");
        Definition::groups::<Inspection>(NAME, vec![customer], vec![count, costs])
            .filter(self.days.dates(&Inspection::inspected_on.path()))
            .share("costs", "share")
            .order(Sort::descending("costs"))
            .order(Sort::ascending("customer_number"))
            .total("inspections")
            .total("costs")
            .table(view)
            .await
    }
}
