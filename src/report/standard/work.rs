//! How opportunities, requests and people are worked on.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::super::catalogue::StandardReport;
use super::super::days::Days;
use super::super::definition::{Definition, FieldColumn, KeyColumn, MeasureColumn};
use super::super::error::Result;
use super::super::hint::{ChartHint, ChartKind};
use super::super::options::{OptionDef, Options, word_of};
use super::super::run::{folded, named_groups};
use super::super::spread::Spread;
use super::super::table::Table;
use super::super::view::View;
use super::common::{days_of, listed, quantities, rates, texts, whole_numbers};
use super::sales::{AS_OF, FROM, TO, YEAR};
use crate::customers::{Activity, Customer};
use crate::marketing::{Opportunity, OpportunityStatus, PlanItem};
use crate::query::{AggregateRow, Measure, Period, Query, QueryError};
use crate::schema::{Label, Name, Path};
use crate::service::ServiceRequest;
use crate::value::{Date, Rate, Value};

/// How long it took to win.
///
/// Of the opportunities won in the days given, by who they are assigned to: how many, and the mean, the quartiles and the
/// ninetieth percentile of the days from their entry to their close in the organisation's zone; percentiles lie in
/// proportion between two numbers (Jordan and Vazzana, "Cracking the Sales Management Code"). In the order of the keys.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::report::SalesCycle;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let report = crm.system().report_typed(&SalesCycle::default()).await?;
/// assert_eq!(report.name, "sales-cycle");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SalesCycle {
    /// The days in which they were closed.
    pub days: Days,
}

#[async_trait]
impl StandardReport for SalesCycle {
    const NAME: &'static str = "sales-cycle";
    const ABOUT: Label = Label::new(
        "销售周期：赢单所用天数的均值和分位数",
        "days from entry to close of won opportunities: mean and percentiles by owner (Jordan and Vazzana)",
    );
    const OPTIONS: &'static [OptionDef] = &[YEAR, FROM, TO];
    const CHART: Option<ChartHint> = Some(ChartHint::new(ChartKind::Bars, &["key"], &["median"]));

    fn parse(options: &Options) -> Result<Self> {
        Ok(Self { days: options.days()? })
    }

    fn parameters(&self, _: &View<'_>) -> Vec<(Name, Value)> {
        days_of(&self.days)
    }

    async fn table(&self, view: &View<'_>) -> Result<Table> {
        let keys = vec![
            KeyColumn::new(Opportunity::assigned_to).named("key"),
            KeyColumn::new(Opportunity::created_at).period(Period::Day),
            KeyColumn::new(Opportunity::closed_at).period(Period::Day),
        ];
        let count = vec![MeasureColumn::new("won", Measure::Count)];
        let definition = Definition::groups::<Opportunity>(Self::NAME, keys, count)
            .filter(Opportunity::status.eq(OpportunityStatus::Won))
            .filter(self.days.moments(&Opportunity::closed_at.path(), view.time_zone()));
        let fold = |groups: Vec<AggregateRow>| {
            let mut spreads: BTreeMap<Value, Spread> = BTreeMap::new();
            for group in groups {
                let [key, Value::Date(created), Value::Date(closed)] = group.keys.as_slice() else { continue };
                let times = group.measures.first().and_then(Value::as_integer).unwrap_or(0);
                let days = closed.signed_duration_since(*created).num_days();
                spreads.entry(key.clone()).or_default().add(days, times);
            }
            Ok(spreads.into_iter().map(|(key, spread)| AggregateRow::new(vec![key], figures(&spread))).collect())
        };
        let columns = vec![
            texts("key", "负责人", "Owner"),
            whole_numbers("won", "成功", "Won"),
            quantities("mean", "平均天数", "Mean"),
            quantities("p25", "25 分位", "25 %"),
            quantities("median", "中位数", "Median"),
            quantities("p75", "75 分位", "75 %"),
            quantities("p90", "90 分位", "90 %"),
        ];
        listed(columns, folded(&definition, view, fold).await?, &["won"])
    }
}

/// How many numbers there are, their mean, the quartiles and the ninetieth percentile.
pub(super) fn figures(spread: &Spread) -> Vec<Value> {
    let percentile = |point| spread.percentile(point).into();
    let (count, mean) = (spread.count().into(), spread.mean().into());
    vec![count, mean, percentile(25), percentile(50), percentile(75), percentile(90)]
}

/// How many days opportunities were, or are, open.
///
/// Of the opportunities entered in the days given, by the days from entry to close or, of open ones, to the day `as_of`:
/// how many were won, terminated or are open, and their share of all, in bands of days; the last has no upper end
/// (opportunity ageing; Jordan and Vazzana, "Cracking the Sales Management Code").
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::report::OpportunityTime;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let report = crm.system().report_typed(&OpportunityTime::default()).await?;
/// assert_eq!(report.name, "opportunity-time");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OpportunityTime {
    /// The days in which they were entered.
    pub days: Days,
    /// The day that open ones are looked at; without it, today.
    pub as_of: Option<Date>,
}

const BANDS: [i64; 7] = [0, 8, 15, 31, 61, 91, 181];

#[async_trait]
impl StandardReport for OpportunityTime {
    const NAME: &'static str = "opportunity-time";
    const ABOUT: Label = Label::new(
        "机会时长：各天数段的机会数",
        "for how many days opportunities were open, by bands of days (Jordan and Vazzana)",
    );
    const OPTIONS: &'static [OptionDef] = &[YEAR, FROM, TO, AS_OF];
    const CHART: Option<ChartHint> =
        Some(ChartHint::new(ChartKind::StackedBars, &["days_from", "days_to"], &["won", "terminated", "open"]));

    fn parse(options: &Options) -> Result<Self> {
        Ok(Self { days: options.days()?, as_of: options.date("as-of")? })
    }

    fn parameters(&self, view: &View<'_>) -> Vec<(Name, Value)> {
        let mut all = days_of(&self.days);
        all.push(("as_of".into(), self.as_of.unwrap_or_else(|| view.today()).into()));
        all
    }

    async fn table(&self, view: &View<'_>) -> Result<Table> {
        let as_of = self.as_of.unwrap_or_else(|| view.today());
        let columns = [Opportunity::status.path(), Opportunity::created_at.path(), Opportunity::closed_at.path()];
        let entered = self.days.moments(&Opportunity::created_at.path(), view.time_zone());
        let mut counts = [[0_i64; 3]; BANDS.len()];
        let each = |row: Vec<Value>| {
            let [Value::Text(status), Value::Timestamp(created), closed] = row.as_slice() else { return Ok(()) };
            let end = match closed {
                Value::Timestamp(closed) => closed.local_date(view.time_zone()),
                _ => as_of,
            };
            let days = end.signed_duration_since(created.local_date(view.time_zone())).num_days().max(0);
            let outcome = match status.as_str() {
                "won" => 0,
                "terminated" => 1,
                _ => 2,
            };
            let band = BANDS.iter().rposition(|from| *from <= days).unwrap_or(0);
            if let Some(count) = counts.get_mut(band).and_then(|band| band.get_mut(outcome)) {
                *count += 1;
            }
            Ok(())
        };
        view.scan(Query::of::<Opportunity>().filter(entered).columns(columns), each).await?;
        let mut table = Table::new(vec![
            whole_numbers("days_from", "天数起", "Days from"),
            whole_numbers("days_to", "天数止", "Days to"),
            whole_numbers("opportunities", "机会数", "Opportunities"),
            whole_numbers("won", "成功", "Won"),
            whole_numbers("terminated", "终止", "Terminated"),
            whole_numbers("open", "进行中", "Open"),
        ]);
        for (place, ([won, terminated, open], from)) in counts.into_iter().zip(BANDS).enumerate() {
            let to = BANDS.get(place + 1).map(|next| next - 1);
            let all = won + terminated + open;
            table.push(vec![from.into(), to.into(), all.into(), won.into(), terminated.into(), open.into()]);
        }
        table.shared("opportunities", "share")?.totalled(&["opportunities", "won", "terminated", "open"])
    }
}

/// What requests are told apart by.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::report::{HandlingKey, ReworkRate};
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let report = crm.system().report_typed(&ReworkRate { by: HandlingKey::Type, ..Default::default() }).await?;
/// assert_eq!(report.parameters.iter().find(|(name, _)| name == "by").map(|(_, by)| by.to_string()), Some("type".to_owned()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum HandlingKey {
    /// Who handled them.
    #[default]
    Handler,
    /// What kind they are.
    Type,
}

pub(super) const KEYS: &[(&str, HandlingKey)] = &[("handler", HandlingKey::Handler), ("type", HandlingKey::Type)];
pub(super) const BY: OptionDef =
    OptionDef::new("by", "handler|type", "分类依据，默认 handler", "what requests are told apart by, default handler");

impl HandlingKey {
    pub(super) fn path(self) -> Path {
        match self {
            Self::Handler => ServiceRequest::handled_by.path(),
            Self::Type => ServiceRequest::r#type.path(),
        }
    }
}

/// How long requests took to be handled.
///
/// Of the requests handled in the days given, by handler or type: how many, and the mean, the quartiles, the ninetieth
/// percentile and the longest of the whole minutes from entry to handling; percentiles lie in proportion between two
/// numbers (time to resolve; Cannon, "ITIL Service Operation"). In the order of the keys.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::report::{HandlingKey, HandlingTime};
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let report = crm.system().report_typed(&HandlingTime { by: HandlingKey::Type, ..Default::default() }).await?;
/// assert_eq!(report.name, "handling-time");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HandlingTime {
    /// What they are told apart by.
    pub by: HandlingKey,
    /// The days in which they were handled.
    pub days: Days,
}

#[async_trait]
impl StandardReport for HandlingTime {
    const NAME: &'static str = "handling-time";
    const ABOUT: Label = Label::new(
        "处理时长：各处理人或类型的分钟数均值和分位数",
        "minutes from entry to handling of requests: mean and percentiles by handler or type (ITIL)",
    );
    const OPTIONS: &'static [OptionDef] = &[BY, YEAR, FROM, TO];
    const CHART: Option<ChartHint> = Some(ChartHint::new(ChartKind::Bars, &["key"], &["median"]));

    fn parse(options: &Options) -> Result<Self> {
        Ok(Self { by: options.one_of("by", KEYS)?.unwrap_or_default(), days: options.days()? })
    }

    fn parameters(&self, _: &View<'_>) -> Vec<(Name, Value)> {
        let mut all = vec![("by".into(), word_of(KEYS, &self.by).into())];
        all.extend(days_of(&self.days));
        all
    }

    async fn table(&self, view: &View<'_>) -> Result<Table> {
        let handled = ServiceRequest::handled_at.is_null().not();
        let handled = handled.and(self.days.moments(&ServiceRequest::handled_at.path(), view.time_zone()));
        let columns = [self.by.path(), ServiceRequest::created_at.path(), ServiceRequest::handled_at.path()];
        let (mut spreads, mut different): (BTreeMap<Value, Spread>, usize) = (BTreeMap::new(), 0);
        let limit = view.limits().groups;
        let each = |row: Vec<Value>| {
            let [key, Value::Timestamp(created), Value::Timestamp(handled)] = row.as_slice() else { return Ok(()) };
            let minutes = handled.as_micros().saturating_sub(created.as_micros()).div_euclid(60_000_000);
            let spread = spreads.entry(key.clone()).or_default();
            let before = spread.different();
            spread.add(minutes, 1);
            different += spread.different() - before;
            match different <= limit {
                true => Ok(()),
                false => Err(QueryError::TooLarge { what: "groups", limit }.into()),
            }
        };
        view.scan(Query::of::<ServiceRequest>().filter(handled).columns(columns), each).await?;
        let key = KeyColumn::new(self.by.path()).named("key");
        let count = vec![MeasureColumn::new("requests", Measure::Count)];
        let definition = Definition::groups::<ServiceRequest>(Self::NAME, vec![key], count);
        let group = |(key, spread): (Value, Spread)| {
            let mut all = figures(&spread);
            all.push(spread.largest().into());
            AggregateRow::new(vec![key], all)
        };
        let rows = named_groups(&definition, view, spreads.into_iter().map(group).collect()).await?;
        let columns = vec![
            texts("key", "类别", "Key"),
            whole_numbers("requests", "服务数", "Requests"),
            quantities("mean", "平均分钟", "Mean"),
            quantities("p25", "25 分位", "25 %"),
            quantities("median", "中位数", "Median"),
            quantities("p75", "75 分位", "75 %"),
            quantities("p90", "90 分位", "90 %"),
            whole_numbers("longest", "最长", "Longest"),
        ];
        listed(columns, rows, &["requests"])
    }
}

/// How often requests had to be worked on again.
///
/// Of the requests entered in the days given that have had feedback, by handler or type: how many, how many of them had
/// it more than once, the rate of the latter, and how satisfied customers are at last, on average (rework; Juran,
/// "Quality Control Handbook"). In the order of the keys.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::report::ReworkRate;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let report = crm.system().report_typed(&ReworkRate::default()).await?;
/// assert_eq!(report.name, "rework-rate");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReworkRate {
    /// What they are told apart by.
    pub by: HandlingKey,
    /// The days in which they were entered.
    pub days: Days,
}

#[async_trait]
impl StandardReport for ReworkRate {
    const NAME: &'static str = "rework-rate";
    const ABOUT: Label = Label::new(
        "返工率：多次反馈的服务占比和满意度",
        "which share of the requests with feedback was reworked, and the mean satisfaction (Juran)",
    );
    const OPTIONS: &'static [OptionDef] = &[BY, YEAR, FROM, TO];
    const CHART: Option<ChartHint> = Some(ChartHint::new(ChartKind::Bars, &["key"], &["rate"]));

    fn parse(options: &Options) -> Result<Self> {
        Ok(Self { by: options.one_of("by", KEYS)?.unwrap_or_default(), days: options.days()? })
    }

    fn parameters(&self, _: &View<'_>) -> Vec<(Name, Value)> {
        let mut all = vec![("by".into(), word_of(KEYS, &self.by).into())];
        all.extend(days_of(&self.days));
        all
    }

    async fn table(&self, view: &View<'_>) -> Result<Table> {
        let keys = vec![
            KeyColumn::new(self.by.path()).named("key"),
            KeyColumn::new(ServiceRequest::rounds),
            KeyColumn::new(ServiceRequest::satisfaction),
        ];
        let count = vec![MeasureColumn::new("requests", Measure::Count)];
        let definition = Definition::groups::<ServiceRequest>(Self::NAME, keys, count)
            .filter(ServiceRequest::rounds.gt(0).or(ServiceRequest::satisfaction.is_null().not()))
            .filter(self.days.moments(&ServiceRequest::created_at.path(), view.time_zone()));
        let fold = |groups: Vec<AggregateRow>| {
            let mut tallies: BTreeMap<Value, (i64, i64, Spread)> = BTreeMap::new();
            for group in groups {
                let [key, Value::Int(rounds), mark] = group.keys.as_slice() else { continue };
                let times = group.measures.first().and_then(Value::as_integer).unwrap_or(0);
                let tally = tallies.entry(key.clone()).or_default();
                *tally = (tally.0 + times, tally.1 + if *rounds > 1 { times } else { 0 }, std::mem::take(&mut tally.2));
                if let Value::Text(mark) = mark {
                    mark.parse().into_iter().for_each(|mark| tally.2.add(mark, times));
                }
            }
            let row = |(key, (all, again, marks)): (Value, (i64, i64, Spread))| {
                let rate = Rate::share(again, all).ok().flatten();
                AggregateRow::new(vec![key], vec![all.into(), again.into(), rate.into(), marks.mean().into()])
            };
            Ok(tallies.into_iter().map(row).collect())
        };
        let columns = vec![
            texts("key", "类别", "Key"),
            whole_numbers("requests", "服务数", "Requests"),
            whole_numbers("reworked", "返工", "Reworked"),
            rates("rate", "返工率", "Rework rate"),
            quantities("satisfaction", "平均满意度", "Satisfaction"),
        ];
        listed(columns, folded(&definition, view, fold).await?, &["requests", "reworked"])
    }
}

/// What people have done, week by week.
///
/// For every person and ISO week: the activities with customers he is responsible for, the plan items carried out and
/// the opportunities they belong to, by who those are assigned to, and the requests he handled. Each is added up on its
/// own, by the day it happened (activity management; Jordan and Vazzana, "Cracking the Sales Management Code").
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::report::WorkReview;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let report = crm.system().report_typed(&WorkReview::default()).await?;
/// assert_eq!(report.name, "work-review");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WorkReview {
    /// The days in which it was done.
    pub days: Days,
}

#[async_trait]
impl StandardReport for WorkReview {
    const NAME: &'static str = "work-review";
    const ABOUT: Label = Label::new(
        "工作回顾：每人每周的交往、计划、机会和服务",
        "activities, plan items done, opportunities worked and requests handled by person and week (Jordan and Vazzana)",
    );
    const OPTIONS: &'static [OptionDef] = &[YEAR, FROM, TO];
    const CHART: Option<ChartHint> =
        Some(ChartHint::new(ChartKind::StackedBars, &["person"], &["activities", "plans", "services"]).merged());

    fn parse(options: &Options) -> Result<Self> {
        Ok(Self { days: options.days()? })
    }

    fn parameters(&self, _: &View<'_>) -> Vec<(Name, Value)> {
        days_of(&self.days)
    }

    async fn table(&self, view: &View<'_>) -> Result<Table> {
        let zone = view.time_zone();
        let keys = |person: Path, at: Path| {
            let person = KeyColumn::new(person).named("person").labelled("人员", "Person");
            vec![person, KeyColumn::new(at).period(Period::Week).named("week").labelled("周", "Week")]
        };
        let person = Activity::customer.to(Customer::manager);
        let activities = MeasureColumn::new("activities", Measure::Count).labelled("交往", "Activities");
        let by = keys(person.path(), Activity::date.path());
        let worked = Measure::Distinct(PlanItem::opportunity.path());
        let plans = vec![
            MeasureColumn::new("plans", Measure::Count).labelled("执行计划", "Plan items done"),
            MeasureColumn::new("opportunities", worked).labelled("跟进机会", "Opportunities worked"),
        ];
        let owner = PlanItem::opportunity.to(Opportunity::assigned_to);
        let services = vec![MeasureColumn::new("services", Measure::Count).labelled("处理服务", "Requests handled")];
        let executed = PlanItem::executed_at.is_null().not();
        let handled = ServiceRequest::handled_at.is_null().not();
        Definition::groups::<Activity>(Self::NAME, by, vec![activities])
            .filter(self.days.dates(&Activity::date.path()))
            .also::<PlanItem>(
                executed.and(self.days.moments(&PlanItem::executed_at.path(), zone)),
                keys(owner.path(), PlanItem::executed_at.path()),
                plans,
            )
            .also::<ServiceRequest>(
                handled.and(self.days.moments(&ServiceRequest::handled_at.path(), zone)),
                keys(ServiceRequest::handled_by.path(), ServiceRequest::handled_at.path()),
                services,
            )
            .total("activities")
            .total("plans")
            .total("services")
            .table(view)
            .await
    }
}

/// Which plan items should have been carried out.
///
/// Of opportunities that are assigned, the plan items dated before the day `as_of` that are not carried out: the day,
/// the days since, the opportunity, what was planned, and who it is assigned to. Oldest first.
/// (Activity management; Jordan and Vazzana, "Cracking the Sales Management Code".)
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::report::OverduePlans;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let report = crm.system().report_typed(&OverduePlans::default()).await?;
/// assert_eq!(report.name, "overdue-plans");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OverduePlans {
    /// The day that is looked back from; without it, today.
    pub as_of: Option<Date>,
}

#[async_trait]
impl StandardReport for OverduePlans {
    const NAME: &'static str = "overdue-plans";
    const ABOUT: Label = Label::new(
        "逾期计划：未执行的开发计划",
        "plan items of assigned opportunities that are overdue, and since when (Jordan and Vazzana)",
    );
    const OPTIONS: &'static [OptionDef] = &[AS_OF];
    const CHART: Option<ChartHint> = Some(ChartHint::counted(ChartKind::Bars, &["person"]));

    fn parse(options: &Options) -> Result<Self> {
        Ok(Self { as_of: options.date("as-of")? })
    }

    fn parameters(&self, view: &View<'_>) -> Vec<(Name, Value)> {
        vec![("as_of".into(), self.as_of.unwrap_or_else(|| view.today()).into())]
    }

    async fn table(&self, view: &View<'_>) -> Result<Table> {
        let as_of = self.as_of.unwrap_or_else(|| view.today());
        let fields = vec![
            FieldColumn::new(PlanItem::date).named("date"),
            FieldColumn::new(PlanItem::opportunity.to(Opportunity::number)),
            FieldColumn::new(PlanItem::todo),
            FieldColumn::new(PlanItem::opportunity.to(Opportunity::assigned_to)).named("person"),
        ];
        let found = Definition::list::<PlanItem>(Self::NAME, fields)
            .filter(PlanItem::executed_at.is_null().and(PlanItem::date.lt(as_of)))
            .filter(PlanItem::opportunity.to(Opportunity::status).eq(OpportunityStatus::Assigned))
            .table(view)
            .await?;
        let days = |row: &Vec<Value>| match row.first() {
            Some(Value::Date(day)) => as_of.signed_duration_since(*day).num_days().into(),
            _ => Value::Null,
        };
        Ok(found.with_column(whole_numbers("days", "逾期天数", "Days"), days))
    }
}
