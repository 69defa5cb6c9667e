//! Stage ageing: how long open opportunities have stood where they stand.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::super::catalogue::StandardReport;
use super::super::definition::{Definition, KeyColumn, MeasureColumn};
use super::super::error::Result;
use super::super::hint::{ChartHint, ChartKind};
use super::super::lookup::named;
use super::super::options::{OptionDef, Options};
use super::super::run::folded;
use super::super::spread::Spread;
use super::super::table::Table;
use super::super::view::View;
use super::common::{listed, quantities, texts, whole_numbers};
use super::sales::AS_OF;
use super::work::figures;
use crate::access::User;
use crate::marketing::{Opportunity, OpportunityStatus, Pipeline, Stage};
use crate::query::{AggregateRow, Measure, Period};
use crate::schema::{Label, Name};
use crate::value::{Date, Value};

/// How long open opportunities have stood in their present stage.
///
/// Of the opportunities that are open and stand in a stage, for every stage: how many there are, and the mean, the
/// quartiles, the ninetieth percentile and the most of the days from the day they were put there to the day `as_of`, both
/// in the organisation's zone; of one put there later it is 0. One of which that is not known is taken from the day it
/// was entered. Percentiles lie in proportion between two numbers. (Opportunity ageing; Jordan and Vazzana, "Cracking the
/// Sales Management Code".) In the order of the pipelines' names, of the positions and of the stages' names.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::report::StageAgeing;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let report = crm.system().report_typed(&StageAgeing::default()).await?;
/// assert_eq!(report.name, "stage-ageing");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StageAgeing {
    /// The day that they are looked at; without it, today.
    pub as_of: Option<Date>,
    /// The login of who they are assigned to, or his name if only one has it.
    pub owner: Option<String>,
    /// The pipeline's name; without it, every pipeline.
    pub pipeline: Option<String>,
}

#[async_trait]
impl StandardReport for StageAgeing {
    const NAME: &'static str = "stage-ageing";
    const ABOUT: Label = Label::new(
        "阶段停留：进行中机会在当前阶段的天数",
        "days that open opportunities have stood in their stage: mean and percentiles (Jordan and Vazzana)",
    );
    const OPTIONS: &'static [OptionDef] = &[
        AS_OF,
        OptionDef::new("owner", "LOGIN", "负责人", "who they are assigned to"),
        OptionDef::new("pipeline", "NAME", "销售管道", "the pipeline"),
    ];
    const CHART: Option<ChartHint> = Some(ChartHint::new(ChartKind::Bars, &["pipeline", "stage"], &["mean"]));

    fn parse(options: &Options) -> Result<Self> {
        let text = |name| options.text(name).map(ToOwned::to_owned);
        Ok(Self { as_of: options.date("as-of")?, owner: text("owner"), pipeline: text("pipeline") })
    }

    fn parameters(&self, view: &View<'_>) -> Vec<(Name, Value)> {
        vec![
            ("as_of".into(), self.as_of.unwrap_or_else(|| view.today()).into()),
            ("owner".into(), self.owner.clone().into()),
            ("pipeline".into(), self.pipeline.clone().into()),
        ]
    }

    async fn table(&self, view: &View<'_>) -> Result<Table> {
        let as_of = self.as_of.unwrap_or_else(|| view.today());
        let open = Opportunity::status.is_in([OpportunityStatus::Unassigned, OpportunityStatus::Assigned]);
        let mut filter = open.and(Opportunity::stage.is_null().not());
        if let Some(owner) = &self.owner {
            let owner: User = named(view, "owner", owner).await?;
            filter = filter.and(Opportunity::assigned_to.eq(owner.id));
        }
        if let Some(pipeline) = &self.pipeline {
            let pipeline: Pipeline = named(view, "pipeline", pipeline).await?;
            filter = filter.and(Opportunity::pipeline.eq(pipeline.id));
        }
        let keys = vec![
            KeyColumn::new(Opportunity::pipeline),
            KeyColumn::new(Opportunity::stage.to(Stage::position)).named("position"),
            KeyColumn::new(Opportunity::stage),
            KeyColumn::new(Opportunity::stage_since).period(Period::Day),
            KeyColumn::new(Opportunity::created_at).period(Period::Day),
        ];
        let count = vec![MeasureColumn::new("opportunities", Measure::Count)];
        let definition = Definition::groups::<Opportunity>(Self::NAME, keys, count).filter(filter);
        let fold = |groups: Vec<AggregateRow>| {
            let mut spreads: BTreeMap<Vec<Value>, Spread> = BTreeMap::new();
            for group in groups {
                let [stage @ .., since, created] = group.keys.as_slice() else { continue };
                let ((Value::Date(since), _) | (_, Value::Date(since))) = (since, created) else { continue };
                let times = group.measures.first().and_then(Value::as_integer).unwrap_or(0);
                let days = as_of.signed_duration_since(*since).num_days().max(0);
                spreads.entry(stage.to_vec()).or_default().add(days, times);
            }
            let row = |(stage, spread): (Vec<Value>, Spread)| {
                let mut all = figures(&spread);
                all.push(spread.largest().into());
                AggregateRow::new(stage, all)
            };
            Ok(spreads.into_iter().map(row).collect())
        };
        let columns = vec![
            texts("pipeline", "销售管道", "Pipeline"),
            whole_numbers("position", "顺序", "Position"),
            texts("stage", "销售阶段", "Stage"),
            whole_numbers("opportunities", "机会数", "Opportunities"),
            quantities("mean", "平均天数", "Mean"),
            quantities("p25", "25 分位", "25 %"),
            quantities("median", "中位数", "Median"),
            quantities("p75", "75 分位", "75 %"),
            quantities("p90", "90 分位", "90 %"),
            whole_numbers("longest", "最长", "Longest"),
        ];
        listed(columns, folded(&definition, view, fold).await?, &["opportunities"])
    }
}
