//! Top products 热销产品: what sells best.

use async_trait::async_trait;

use super::super::catalogue::StandardReport;
use super::super::days::Days;
use super::super::definition::{Definition, MeasureColumn};
use super::super::error::Result;
use super::super::hint::{ChartHint, ChartKind};
use super::super::options::{OptionDef, Options};
use super::super::steps::Sort;
use super::super::table::Table;
use super::super::view::View;
use super::common::product;
use super::sales::{FROM, OrderStates, STATUS, TO};
use super::selling::lines;
use crate::query::Measure;
use crate::sales::OrderLine;
use crate::schema::{Label, Name};
use crate::value::Value;

/// What sells best.
///
/// For every product in a line of an order that was placed in the period and is in one of the states: the quantity, and
/// the sum of the lines' amounts. Returns count against both. Largest amount first, then by product code; the limit
/// leaves the first ones, the totals are those of all products. (The vital few; Juran, "Quality Control Handbook".)
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::report::TopProducts;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let report = crm.system().report_typed(&TopProducts { limit: 10, ..Default::default() }).await?;
/// assert_eq!(report.name, "top-products");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopProducts {
    /// How many products at most.
    pub limit: usize,
    /// The days in which the orders were placed.
    pub days: Days,
    /// Which orders.
    pub states: OrderStates,
}

impl Default for TopProducts {
    /// Ten products, paid orders of all time.
    fn default() -> Self {
        Self { limit: 10, days: Days::ALL, states: OrderStates::default() }
    }
}

#[async_trait]
impl StandardReport for TopProducts {
    const NAME: &'static str = "top-products";
    const ABOUT: Label = Label::new(
        "热销产品：按金额排名",
        "what sells best, by the sum of the lines' amounts (Juran, Quality Control Handbook)",
    );
    const OPTIONS: &'static [OptionDef] =
        &[OptionDef::new("limit", "N", "产品个数，默认 10", "how many products, default 10"), FROM, TO, STATUS];
    const CHART: Option<ChartHint> = Some(ChartHint::new(ChartKind::Bars, &["product_name"], &["amount"]));

    fn parse(options: &Options) -> Result<Self> {
        let limit = options.number("limit", 1..=1_000_000)?.and_then(|limit| usize::try_from(limit).ok());
        let limit = limit.unwrap_or(Self::default().limit);
        Ok(Self { limit, days: options.days()?, states: OrderStates::parse(options)? })
    }

    fn parameters(&self, _: &View<'_>) -> Vec<(Name, Value)> {
        vec![
            ("limit".into(), i64::try_from(self.limit).unwrap_or(i64::MAX).into()),
            ("from".into(), self.days.from.into()),
            ("to".into(), self.days.to.into()),
            ("status".into(), self.states.value()),
        ]
    }

    async fn table(&self, view: &View<'_>) -> Result<Table> {
        let lines = lines(&self.days, &self.states, view);
        let quantity = Measure::Sum(OrderLine::quantity.path());
        let quantity = MeasureColumn::new("quantity", quantity).labelled("数量", "Quantity");
        let amount = MeasureColumn::new("amount", Measure::Sum(OrderLine::amount.path())).labelled("金额", "Amount");
        let definition =
            Definition::groups::<OrderLine>(Self::NAME, vec![product(OrderLine::product)], vec![quantity, amount])
                .filter(lines)
                .order(Sort::descending("amount"))
                .order(Sort::ascending("product_code"))
                .limit(self.limit)
                .total("quantity")
                .total("amount");
        definition.table(view).await
    }
}
