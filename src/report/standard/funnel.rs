//! Funnel 销售漏斗: how far opportunities have come on their pipeline.

use std::collections::HashMap;

use async_trait::async_trait;

use super::super::catalogue::StandardReport;
use super::super::days::Days;
use super::super::error::Result;
use super::super::hint::{ChartHint, ChartKind};
use super::super::lookup::named;
use super::super::options::{OptionDef, Options};
use super::super::table::{Column, Table};
use super::super::view::View;
use super::common::whole_numbers;
use super::loss::person;
use super::sales::{FROM, TO};
use crate::access::User;
use crate::id::Id;
use crate::marketing::{Opportunity, Pipeline, Stage};
use crate::query::{Aggregate, Filter, Measure};
use crate::schema::{ColumnType, Label, Name};
use crate::value::{Rate, Value};

/// How far opportunities have come on their pipeline.
///
/// Of the opportunities that were entered in the days given, for every stage of a pipeline:
///
/// - `opportunities`: how many stand there now. A closed one counts under the stage it was closed in.
/// - `share`: their share of all in the report.
/// - `reached`: how many stand at this stage's position of the pipeline or at a later one, taking it that an opportunity
///   has been through the positions before its own. Stages at one position, such as one for those won and one for those
///   lost, are reached together.
/// - `conversion`: the share that `reached` has in that of the position before. There is none for the first position,
///   and none where nothing has reached the position before.
///
/// In the order of the pipelines' names and, within a pipeline, of the positions; a stage where nothing stands is
/// listed, unless nothing stands on the pipeline and it is not active. Opportunities without a stage come last, under no
/// stage, and have reached none. (Sales funnel; Farris et al., "Marketing Metrics".)
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::report::Funnel;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let report = crm.system().report_typed(&Funnel::default()).await?;
/// assert_eq!(report.name, "funnel");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Funnel {
    /// The days in which the opportunities were entered.
    pub days: Days,
    /// The login of who they are assigned to, or his name if only one has it.
    pub owner: Option<String>,
    /// The pipeline's name; without it, every pipeline.
    pub pipeline: Option<String>,
}

const OWNER: OptionDef = person("owner", "负责人的用户名或姓名", "the login or name of who they are assigned to");
const PIPELINE: OptionDef = OptionDef::new("pipeline", "NAME", "销售管道，默认全部", "the pipeline, default all");

#[async_trait]
impl StandardReport for Funnel {
    const NAME: &'static str = "funnel";
    const ABOUT: Label = Label::new(
        "销售漏斗：各阶段的机会数和转化率",
        "opportunities by stage, and conversion = reached / reached before (Farris et al., Marketing Metrics)",
    );
    const OPTIONS: &'static [OptionDef] = &[FROM, TO, OWNER, PIPELINE];
    const CHART: Option<ChartHint> = Some(ChartHint::new(ChartKind::Funnel, &["stage"], &["reached"]));

    fn parse(options: &Options) -> Result<Self> {
        let text = |name| options.text(name).map(ToOwned::to_owned);
        Ok(Self { days: options.days()?, owner: text("owner"), pipeline: text("pipeline") })
    }

    fn parameters(&self, _: &View<'_>) -> Vec<(Name, Value)> {
        vec![
            ("from".into(), self.days.from.into()),
            ("to".into(), self.days.to.into()),
            ("owner".into(), self.owner.clone().into()),
            ("pipeline".into(), self.pipeline.clone().into()),
        ]
    }

    async fn table(&self, view: &View<'_>) -> Result<Table> {
        let mut pipelines: Vec<Pipeline> = match &self.pipeline {
            Some(name) => vec![named(view, "pipeline", name).await?],
            None => view.every(Filter::All).await?,
        };
        pipelines.sort_by(|left, right| (&left.name, left.id.raw()).cmp(&(&right.name, right.id.raw())));
        let mut stages: HashMap<Id<Pipeline>, Vec<Stage>> = HashMap::new();
        for stage in view.every::<Stage>(Filter::All).await? {
            stages.entry(stage.pipeline).or_default().push(stage);
        }
        let mut counts = self.counts(&pipelines, view).await?;
        let mut table = Table::new(vec![
            Column::new("stage", ColumnType::Text, Label::new("销售阶段", "Stage")),
            whole_numbers("opportunities", "机会数", "Opportunities"),
            Column::new("share", ColumnType::Rate, Label::new("占比", "Share")),
            whole_numbers("reached", "到达数", "Reached"),
            Column::new("conversion", ColumnType::Rate, Label::new("转化率", "Conversion")),
        ]);
        for pipeline in pipelines {
            let mut standing: Vec<Standing> = Vec::new();
            for stage in stages.remove(&pipeline.id).unwrap_or_default() {
                let here = counts.remove(&Value::Id(stage.id.raw())).unwrap_or(0);
                standing.push(Standing { position: stage.position, name: stage.name, here });
            }
            if pipeline.active || self.pipeline.is_some() || standing.iter().any(|stage| stage.here > 0) {
                standing.sort();
                rows(&standing).into_iter().for_each(|row| table.push(row));
            }
        }
        let elsewhere: i64 = counts.into_values().sum();
        if elsewhere > 0 {
            table.push(vec![Value::Null, elsewhere.into()]);
        }
        table.shared("opportunities", "share")?.totalled(&["opportunities"])
    }
}

impl Funnel {
    /// How many opportunities stand in each stage, by its id.
    async fn counts(&self, pipelines: &[Pipeline], view: &View<'_>) -> Result<HashMap<Value, i64>> {
        let mut filter = self.days.moments(&Opportunity::created_at.path(), view.time_zone());
        if let Some(owner) = &self.owner {
            let owner: User = named(view, "owner", owner).await?;
            filter = filter.and(Opportunity::assigned_to.eq(owner.id));
        }
        if self.pipeline.is_some() {
            filter = filter.and(Opportunity::pipeline.is_in(pipelines.iter().map(|pipeline| pipeline.id)));
        }
        let request = Aggregate::of::<Opportunity>().filter(filter).group(Opportunity::stage).measure(Measure::Count);
        let count = |row: crate::query::AggregateRow| {
            Some((row.keys.into_iter().next()?, row.measures.first().and_then(Value::as_integer)?))
        };
        Ok(view.aggregate(request).await?.into_iter().filter_map(count).collect())
    }
}

/// A stage and how many opportunities stand there, in the order of the pipeline.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Standing {
    position: i64,
    name: String,
    here: i64,
}

/// The rows of one pipeline's stages, which are in order; shares are those of the whole report and come later.
fn rows(stages: &[Standing]) -> Vec<Vec<Value>> {
    let (mut before, mut passed, mut left) = (None, 0, stages.iter().map(|stage| stage.here).sum::<i64>());
    let mut rows = Vec::new();
    for position in stages.chunk_by(|left, right| left.position == right.position) {
        let conversion: Option<Rate> = before.and_then(|before| Rate::share(left, before).ok().flatten());
        for stage in position {
            passed += stage.here;
            let (name, here) = (stage.name.as_str().into(), stage.here.into());
            rows.push(vec![name, here, Value::Null, left.into(), conversion.into()]);
        }
        before = Some(left);
        left -= std::mem::take(&mut passed);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_come_far_has_been_through_what_lies_before() {
        let stages: Vec<Standing> = [(1, "new", 5), (2, "offer", 0), (7, "lost", 2), (7, "won", 3), (9, "paid", 0)]
            .map(|(position, name, here)| Standing { position, name: name.into(), here })
            .into();
        let shown: Vec<String> =
            rows(&stages).iter().map(|row| row.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")).collect();
        let expected =
            ["new,5,,10,", "offer,0,,5,0.500000", "lost,2,,5,1.000000", "won,3,,5,1.000000", "paid,0,,0,0.000000"];
        assert_eq!(shown, expected);
        let none =
            [Standing { position: 0, name: "a".into(), here: 0 }, Standing { position: 1, name: "b".into(), here: 0 }];
        assert_eq!(rows(&none).last().map(|row| row.last().cloned()), Some(Some(Value::Null)));
    }
}
