//! Contribution 贡献: what each customer has brought in.

use async_trait::async_trait;

use super::super::catalogue::StandardReport;
use super::super::days::Days;
use super::super::definition::{Definition, FieldColumn, KeyColumn, MeasureColumn};
use super::super::error::Result;
use super::super::hint::{ChartHint, ChartKind};
use super::super::options::{OptionDef, Options};
use super::super::steps::Sort;
use super::super::table::Table;
use super::super::view::View;
use super::sales::{FROM, OrderStates, STATUS, TO, YEAR};
use crate::customers::Customer;
use crate::query::Measure;
use crate::sales::Order;
use crate::schema::{Label, Name};
use crate::value::Value;

/// What each customer has brought in.
///
/// For every customer with an order in the period and in one of the states: the sum of the order amounts, the number of
/// orders, and the share of the amount in the total. An order's amount is the kept sum of its lines (unit price ×
/// quantity × (1 − discount)), so the figures are those of the lines; an order without a line counts with 0.00. Customers
/// are told apart by record, never by name. Largest amount first, then by customer number. With a `customer` text, total
/// and shares are those of the customers found. (Customer contribution; Kotler and Keller, "Marketing Management".)
///
/// # Examples
///
/// ```
/// use crmkit::report::{Contribution, Days, StandardReport, View, everything};
/// use crmkit::storage::MemoryStorage;
/// use crmkit::value::Timestamp;
///
/// let storage = MemoryStorage::new(crmkit::standard_schema()?);
/// let view = View::new(&storage, &everything, Timestamp::EPOCH);
/// let days = Days::year(1997).ok_or("no year")?;
/// let report = pollster::block_on(Contribution { days, ..Default::default() }.run(&view))?;
/// assert!(report.table.rows().is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Contribution {
    /// The days in which the orders were placed.
    pub days: Days,
    /// Words that the customer's name contains.
    pub customer: Option<String>,
    /// Which orders.
    pub states: OrderStates,
    /// How many customers, those with the largest amounts; without it all of them. Shares and totals are of all.
    pub limit: Option<usize>,
}

const LIMIT: OptionDef = OptionDef::new("limit", "N", "客户个数，默认全部", "how many customers, default all");

pub(super) const CUSTOMER: OptionDef =
    OptionDef::new("customer", "TEXT", "客户名称包含的文字", "words that the customer's name contains");

#[async_trait]
impl StandardReport for Contribution {
    const NAME: &'static str = "contribution";
    const ABOUT: Label = Label::new(
        "客户贡献：每个客户的订单金额",
        "each customer's sum of unit price × quantity × (1 − discount), and its share (Kotler and Keller, Marketing Management)",
    );
    const OPTIONS: &'static [OptionDef] = &[YEAR, FROM, TO, CUSTOMER, STATUS, LIMIT];
    const CHART: Option<ChartHint> = Some(ChartHint::new(ChartKind::Bars, &["customer_name"], &["amount"]));

    fn parse(options: &Options) -> Result<Self> {
        let customer = options.text("customer").map(ToOwned::to_owned);
        let limit = options.number("limit", 1..=1_000_000)?.and_then(|limit| usize::try_from(limit).ok());
        Ok(Self { days: options.days()?, customer, states: OrderStates::parse(options)?, limit })
    }

    fn parameters(&self, _: &View<'_>) -> Vec<(Name, Value)> {
        let limit = self.limit.map(|limit| ("limit".into(), i64::try_from(limit).unwrap_or(i64::MAX).into()));
        let mut all = vec![
            ("from".into(), self.days.from.into()),
            ("to".into(), self.days.to.into()),
            ("customer".into(), self.customer.clone().into()),
            ("status".into(), self.states.value()),
        ];
        all.extend(limit);
        all
    }

    async fn table(&self, view: &View<'_>) -> Result<Table> {
        let customer = KeyColumn::new(Order::customer)
            .show(FieldColumn::new(Customer::number).labelled("客户编号", "Customer no."))
            .show(FieldColumn::new(Customer::name).labelled("客户名称", "Customer"));
        let amount = MeasureColumn::new("amount", Measure::Sum(Order::amount.path())).labelled("金额", "Amount");
        let orders = MeasureColumn::new("orders", Measure::Count).labelled("订单数", "Orders");
        let mut definition = Definition::groups::<Order>(Self::NAME, vec![customer], vec![amount, orders])
            .filter(self.states.filter())
            .filter(self.days.moments(&Order::ordered_at.path(), view.time_zone()))
            .share("amount", "share")
            .order(Sort::descending("amount"))
            .order(Sort::ascending("customer_number"))
            .total("amount")
            .total("orders");
        if let Some(words) = &self.customer {
            definition = definition.filter(Order::customer.to(Customer::name).contains(words));
        }
        if let Some(limit) = self.limit {
            definition = definition.limit(limit);
        }
        definition.table(view).await
    }
}
