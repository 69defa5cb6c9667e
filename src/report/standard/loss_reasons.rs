//! Reasons for losses 流失原因: why customers were lost.

use async_trait::async_trait;

use super::super::catalogue::StandardReport;
use super::super::days::Days;
use super::super::definition::{Definition, KeyColumn, MeasureColumn};
use super::super::error::Result;
use super::super::hint::{ChartHint, ChartKind};
use super::super::options::{OptionDef, Options};
use super::super::table::Table;
use super::super::view::View;
use super::loss::confirmed;
use super::sales::{FROM, TO};
use crate::customers::LostCustomer;
use crate::query::Measure;
use crate::schema::{Label, Name};
use crate::value::Value;

/// Why customers were lost.
///
/// For every reason of a loss confirmed in the days given: how many losses, and their share of all. Reasons are the same
/// if their texts are. A customer who was lost twice counts twice. In the order of the reasons, losses without one last.
/// (Defection analysis; Reichheld, "The Loyalty Effect".)
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::report::LossReasons;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let report = crm.system().report_typed(&LossReasons::default()).await?;
/// assert_eq!(report.name, "loss-reasons");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LossReasons {
    /// The days in which the losses were confirmed.
    pub days: Days,
}

#[async_trait]
impl StandardReport for LossReasons {
    const NAME: &'static str = "loss-reasons";
    const ABOUT: Label = Label::new(
        "流失原因：各原因的数量和占比",
        "why customers were lost: losses by reason and their share (Reichheld, The Loyalty Effect)",
    );
    const OPTIONS: &'static [OptionDef] = &[FROM, TO];
    const CHART: Option<ChartHint> = Some(ChartHint::new(ChartKind::Bars, &["reason"], &["customers"]));

    fn parse(options: &Options) -> Result<Self> {
        Ok(Self { days: options.days()? })
    }

    fn parameters(&self, _: &View<'_>) -> Vec<(Name, Value)> {
        vec![("from".into(), self.days.from.into()), ("to".into(), self.days.to.into())]
    }

    async fn table(&self, view: &View<'_>) -> Result<Table> {
        let customers = MeasureColumn::new("customers", Measure::Count).labelled("客户数", "Customers");
        let reason = KeyColumn::new(LostCustomer::reason);
        let definition = Definition::groups::<LostCustomer>(Self::NAME, vec![reason], vec![customers])
            .filter(confirmed(&self.days, view))
            .share("customers", "share")
            .total("customers");
        definition.table(view).await
    }
}
