//! Service by people and kinds: what lies with whom, and how satisfied customers are.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::super::catalogue::StandardReport;
use super::super::days::Days;
use super::super::definition::{Definition, KeyColumn, MeasureColumn};
use super::super::error::Result;
use super::super::hint::{ChartHint, ChartKind};
use super::super::options::{OptionDef, Options, word_of};
use super::super::run::folded;
use super::super::spread::Spread;
use super::super::table::Table;
use super::super::view::View;
use super::common::{days_of, listed, quantities, rates, texts, whole_numbers};
use super::sales::{FROM, TO, YEAR};
use super::work::{BY, HandlingKey, KEYS};
use crate::query::{AggregateRow, Filter, Measure};
use crate::schema::{Label, Name};
use crate::service::{ServiceRequest, ServiceStatus};
use crate::value::{Rate, Value};

/// How many days back a request is new if nobody says.
const NEW_DAYS: u64 = 30;

/// How many requests lie with whom.
///
/// For every assignee: how many requests are open now (not archived), of these how many are created, assigned and handled,
/// and how many of all were entered in the days given: what has come in against what is still there (workload; Cannon, "ITIL
/// Service Operation"). Without days, new ones are those of the thirty days before today and of today. In the order of
/// the names; what lies with nobody comes last.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::report::ServiceLoad;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let report = crm.system().report_typed(&ServiceLoad::default()).await?;
/// assert_eq!(report.name, "service-load");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ServiceLoad {
    /// The days in which a request is new.
    pub days: Days,
}

impl ServiceLoad {
    fn days(&self, view: &View<'_>) -> Days {
        if self.days != Days::ALL {
            return self.days;
        }
        let today = view.today();
        Days { from: today.checked_sub_days(chrono::Days::new(NEW_DAYS)), to: Some(today) }
    }
}

#[async_trait]
impl StandardReport for ServiceLoad {
    const NAME: &'static str = "service-load";
    const ABOUT: Label = Label::new(
        "服务负荷：各负责人未关闭和新增的服务数",
        "open and new requests by assignee: those not archived, and those entered in the days (ITIL)",
    );
    const OPTIONS: &'static [OptionDef] = &[YEAR, FROM, TO];
    const CHART: Option<ChartHint> =
        Some(ChartHint::new(ChartKind::StackedBars, &["key"], &["created", "assigned", "handled"]));

    fn parse(options: &Options) -> Result<Self> {
        Ok(Self { days: options.days()? })
    }

    fn parameters(&self, view: &View<'_>) -> Vec<(Name, Value)> {
        days_of(&self.days(view))
    }

    async fn table(&self, view: &View<'_>) -> Result<Table> {
        let keys = || vec![KeyColumn::new(ServiceRequest::assigned_to).named("key").labelled("负责人", "Assignee")];
        let count = |name: &'static str, zh, en| vec![MeasureColumn::new(name, Measure::Count).labelled(zh, en)];
        let at = |status: ServiceStatus| ServiceRequest::status.eq(status);
        let new = self.days(view).moments(&ServiceRequest::created_at.path(), view.time_zone());
        let open: Filter = at(ServiceStatus::Archived).not();
        Definition::groups::<ServiceRequest>(Self::NAME, keys(), count("open", "未关闭", "Open"))
            .filter(open)
            .also::<ServiceRequest>(at(ServiceStatus::Created), keys(), count("created", "新创建", "Created"))
            .also::<ServiceRequest>(at(ServiceStatus::Assigned), keys(), count("assigned", "已分配", "Assigned"))
            .also::<ServiceRequest>(at(ServiceStatus::Handled), keys(), count("handled", "已处理", "Handled"))
            .also::<ServiceRequest>(new, keys(), count("new", "新增", "New"))
            .total("open")
            .total("created")
            .total("assigned")
            .total("handled")
            .total("new")
            .table(view)
            .await
    }
}

/// How satisfied customers are with the service.
///
/// Of the requests entered in the days given that a customer has judged, by handler or type: how many, the mean mark (half
/// to even at the fourth decimal), how often each mark from 1 to 5 was given, and the share of the marks 4 and 5 (customer
/// satisfaction, the two highest marks; Hayes, "Measuring Customer Satisfaction and Loyalty"). A request counts once, with
/// its last mark. In the order of the keys.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::report::{HandlingKey, Satisfaction};
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let report = crm.system().report_typed(&Satisfaction { by: HandlingKey::Type, ..Default::default() }).await?;
/// assert_eq!(report.name, "satisfaction");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Satisfaction {
    /// What requests are told apart by.
    pub by: HandlingKey,
    /// The days in which they were entered.
    pub days: Days,
}

#[async_trait]
impl StandardReport for Satisfaction {
    const NAME: &'static str = "satisfaction";
    const ABOUT: Label = Label::new(
        "服务满意度：各处理人或类型的平均分和分布",
        "mean mark, marks 1 to 5 and share of 4 and 5 by handler or type (Hayes, Measuring Customer Satisfaction)",
    );
    const OPTIONS: &'static [OptionDef] = &[BY, YEAR, FROM, TO];
    const CHART: Option<ChartHint> =
        Some(ChartHint::new(ChartKind::StackedBars, &["key"], &["mark_1", "mark_2", "mark_3", "mark_4", "mark_5"]));

    fn parse(options: &Options) -> Result<Self> {
        Ok(Self { by: options.one_of("by", KEYS)?.unwrap_or_default(), days: options.days()? })
    }

    fn parameters(&self, _: &View<'_>) -> Vec<(Name, Value)> {
        let mut all = vec![("by".into(), word_of(KEYS, &self.by).into())];
        all.extend(days_of(&self.days));
        all
    }

    async fn table(&self, view: &View<'_>) -> Result<Table> {
        let keys = vec![KeyColumn::new(self.by.path()).named("key"), KeyColumn::new(ServiceRequest::satisfaction)];
        let count = vec![MeasureColumn::new("requests", Measure::Count)];
        let definition = Definition::groups::<ServiceRequest>(Self::NAME, keys, count)
            .filter(ServiceRequest::satisfaction.is_null().not())
            .filter(self.days.moments(&ServiceRequest::created_at.path(), view.time_zone()));
        let fold = |groups: Vec<AggregateRow>| {
            let mut marks: BTreeMap<Value, [i64; 5]> = BTreeMap::new();
            for group in groups {
                let [key, Value::Text(mark)] = group.keys.as_slice() else { continue };
                let times = group.measures.first().and_then(Value::as_integer).unwrap_or(0);
                let place = mark.parse::<usize>().ok().and_then(|mark| mark.checked_sub(1));
                if let Some(counted) = place.and_then(|place| marks.entry(key.clone()).or_default().get_mut(place)) {
                    *counted += times;
                }
            }
            Ok(marks.into_iter().map(|(key, marks)| AggregateRow::new(vec![key], judged(marks))).collect())
        };
        let columns = vec![
            texts("key", "类别", "Key"),
            whole_numbers("requests", "服务数", "Requests"),
            quantities("mean", "平均分", "Mean"),
            whole_numbers("mark_1", "1 分", "1"),
            whole_numbers("mark_2", "2 分", "2"),
            whole_numbers("mark_3", "3 分", "3"),
            whole_numbers("mark_4", "4 分", "4"),
            whole_numbers("mark_5", "5 分", "5"),
            rates("satisfied", "满意率", "Satisfied"),
        ];
        let totals = ["requests", "mark_1", "mark_2", "mark_3", "mark_4", "mark_5"];
        listed(columns, folded(&definition, view, fold).await?, &totals)
    }
}

/// How many marks there are, their mean, how many of each, and the share of the two highest.
fn judged(marks: [i64; 5]) -> Vec<Value> {
    let mut spread = Spread::default();
    (1..).zip(marks).for_each(|(mark, times)| spread.add(mark, times));
    let [.., four, five] = marks;
    let satisfied: Option<Rate> = Rate::share(four + five, spread.count()).ok().flatten();
    let mut all = vec![spread.count().into(), spread.mean().into()];
    all.extend(marks.map(Value::from));
    all.push(satisfied.into());
    all
}
