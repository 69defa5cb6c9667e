//! Sales trend 销售趋势: orders and amounts from period to period.

use async_trait::async_trait;

use super::super::catalogue::StandardReport;
use super::super::definition::{Definition, KeyColumn, MeasureColumn};
use super::super::error::Result;
use super::super::hint::{ChartHint, ChartKind};
use super::super::options::{OptionDef, Options};
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SalesTrend {
    /// The period.
    pub period: Period,
    /// Which orders.
    pub states: OrderStates,
}

impl Default for SalesTrend {
    /// Paid orders by month.
    fn default() -> Self {
        Self { period: Period::Month, states: OrderStates::default() }
    }
}

const PERIODS: &[(&str, Period)] = &[
    ("day", Period::Day),
    ("week", Period::Week),
    ("month", Period::Month),
    ("quarter", Period::Quarter),
    ("year", Period::Year),
];

const fn name_of(period: Period) -> &'static str {
    match period {
        Period::Day => "day",
        Period::Week => "week",
        Period::Month => "month",
        Period::Quarter => "quarter",
        Period::Year => "year",
    }
}

#[async_trait]
impl StandardReport for SalesTrend {
    const NAME: &'static str = "sales-trend";
    const ABOUT: Label = Label::new("销售趋势：各期订单数和金额", "orders and amounts from period to period");
    const OPTIONS: &'static [OptionDef] = &[
        OptionDef::new("period", "day|week|month|quarter|year", "周期，默认 month", "the period, default month"),
        STATUS,
    ];
    const CHART: Option<ChartHint> = Some(ChartHint::new(ChartKind::Lines, &["period"], &["amount"]));

    fn parse(options: &Options) -> Result<Self> {
        let period = options.one_of("period", PERIODS)?.unwrap_or(Self::default().period);
        Ok(Self { period, states: OrderStates::parse(options)? })
    }

    fn parameters(&self, _: &View<'_>) -> Vec<(Name, Value)> {
        vec![("period".into(), name_of(self.period).into()), ("status".into(), self.states.value())]
    }

    async fn table(&self, view: &View<'_>) -> Result<Table> {
        let period = KeyColumn::new(Order::ordered_at).period(self.period).named("period").labelled("周期", "Period");
        let orders = MeasureColumn::new("orders", Measure::Count).labelled("订单数", "Orders");
        let amount = MeasureColumn::new("amount", Measure::Sum(Order::amount.path())).labelled("金额", "Amount");
        let definition = Definition::groups::<Order>(Self::NAME, vec![period], vec![orders, amount])
            .filter(self.states.filter())
            .total("orders")
            .total("amount");
        definition.table(view).await
    }
}
