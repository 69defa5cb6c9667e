//! Sales trend 销售趋势: orders and amounts from period to period.

use async_trait::async_trait;
use serde_json::Value as Json;

use super::super::catalogue::StandardReport;
use super::super::definition::{Definition, KeyColumn, MeasureColumn};
use super::super::error::Result;
use super::super::hint::{ChartHint, ChartKind};
use super::super::options::{OptionDef, Options, word_of};
use super::super::step::Step;
use super::super::table::Table;
use super::super::view::View;
use super::sales::{OrderStates, STATUS};
use crate::query::{Measure, Period};
use crate::sales::Order;
use crate::schema::{Label, Name};
use crate::value::Value;

/// Orders and amounts from period to period.
///
/// For every calendar period of the organisation's zone in which there is an order in one of the states: the number of
/// orders and the sum of their amounts. Weeks are those of ISO 8601. Oldest first; periods without orders are not listed.
///
/// Compared with the period before and with the same one of the year before (the same day, ISO week, month or quarter),
/// each gets a column with the amount of that period, if it is listed. (Time series by calendar period; Hyndman and
/// Athanasopoulos, "Forecasting: Principles and Practice".)
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::report::SalesTrend;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let report = crm.system().report_typed(&SalesTrend { period: Period::Quarter, ..Default::default() }).await?;
/// assert_eq!(report.name, "sales-trend");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SalesTrend {
    /// The period.
    pub period: Period,
    /// Which orders.
    pub states: OrderStates,
    /// Which other periods each is put beside, in this order.
    pub compare: Vec<Comparison>,
}

impl Default for SalesTrend {
    /// Paid orders by month, compared with none.
    fn default() -> Self {
        Self { period: Period::Month, states: OrderStates::default(), compare: Vec::new() }
    }
}

/// Which other period a period is put beside.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::report::{Comparison, SalesTrend};
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// # let customer = crm.system().customers().create(NewCustomer::new("Acme")).await?.id;
/// for month in ["1997-01", "1997-02"] {
///     let ordered_at = format!("{month}-09T09:00:00Z").parse()?;
///     let new = NewOrder { customer, ordered_at, payment: Payment::Paid, ..Default::default() };
///     crm.system().orders().create(new).await?;
/// }
/// let trend = SalesTrend { compare: vec![Comparison::Previous], ..Default::default() };
/// let report = crm.system().report_typed(&trend).await?;
/// // There are no orders before January; those of January came to nothing.
/// assert_eq!(report.table.values("previous_amount")?, [&Value::Null, &Money::ZERO.into()]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Comparison {
    /// The one before: the column `previous_amount`.
    Previous,
    /// The same one of the year before: the column `last_year_amount`.
    LastYear,
}

const COMPARISONS: &[(&str, Comparison)] = &[("previous", Comparison::Previous), ("last-year", Comparison::LastYear)];

impl Comparison {
    fn step(self) -> Step {
        let (of, period, within) = ("amount".into(), "period".into(), Vec::new());
        match self {
            Self::Previous => Step::PreviousPeriod { of, period, within, name: "previous_amount".into() },
            Self::LastYear => Step::SamePeriodLastYear { of, period, within, name: "last_year_amount".into() },
        }
    }
}

const PERIODS: &[(&str, Period)] = &[
    ("day", Period::Day),
    ("week", Period::Week),
    ("month", Period::Month),
    ("quarter", Period::Quarter),
    ("year", Period::Year),
];

#[async_trait]
impl StandardReport for SalesTrend {
    const NAME: &'static str = "sales-trend";
    const ABOUT: Label = Label::new(
        "销售趋势：各期订单数和金额",
        "orders and sum of amounts from period to period (Hyndman and Athanasopoulos, Forecasting)",
    );
    const OPTIONS: &'static [OptionDef] = &[
        OptionDef::new("period", "day|week|month|quarter|year", "周期，默认 month", "the period, default month"),
        STATUS,
        OptionDef::new(
            "compare",
            "previous,last-year",
            "对比上期、去年同期的金额",
            "with the amount of the period before, or of the same one of the year before",
        ),
    ];
    const CHART: Option<ChartHint> = Some(ChartHint::new(ChartKind::Lines, &["period"], &["amount"]));

    fn parse(options: &Options) -> Result<Self> {
        let period = options.one_of("period", PERIODS)?.unwrap_or(Self::default().period);
        let mut compare = options.several("compare", COMPARISONS)?.unwrap_or_default();
        compare.sort_unstable();
        compare.dedup();
        Ok(Self { period, states: OrderStates::parse(options)?, compare })
    }

    fn parameters(&self, _: &View<'_>) -> Vec<(Name, Value)> {
        let compare = self.compare.iter().map(|other| Json::from(word_of(COMPARISONS, other))).collect();
        vec![
            ("period".into(), word_of(PERIODS, &self.period).into()),
            ("status".into(), self.states.value()),
            ("compare".into(), Value::Json(Json::Array(compare))),
        ]
    }

    async fn table(&self, view: &View<'_>) -> Result<Table> {
        let period = KeyColumn::new(Order::ordered_at).period(self.period).named("period").labelled("周期", "Period");
        let orders = MeasureColumn::new("orders", Measure::Count).labelled("订单数", "Orders");
        let amount = MeasureColumn::new("amount", Measure::Sum(Order::amount.path())).labelled("金额", "Amount");
        let definition = Definition::groups::<Order>(Self::NAME, vec![period], vec![orders, amount])
            .filter(self.states.filter())
            .total("orders")
            .total("amount");
        let mut compared: Vec<Comparison> = Vec::new();
        for other in &self.compare {
            if !compared.contains(other) {
                compared.push(*other);
            }
        }
        let definition = compared.into_iter().fold(definition, |definition, other| definition.step(other.step()));
        definition.table(view).await
    }
}
