//! What is sold, by whom and to whom, and which orders there are.

use async_trait::async_trait;

use super::super::catalogue::StandardReport;
use super::super::days::Days;
use super::super::definition::{Definition, KeyColumn, MeasureColumn};
use super::super::error::Result;
use super::super::hint::{ChartHint, ChartKind};
use super::super::options::{OptionDef, Options, word_of};
use super::super::scope::under;
use super::super::steps::Sort;
use super::super::table::Table;
use super::super::view::View;
use super::common::{days_and_states, days_of, product};
use super::customers::classified;
use super::sales::{FROM, OrderStates, STATUS, TO, YEAR};
use crate::customers::Customer;
use crate::query::{Filter, Measure};
use crate::sales::{Order, OrderLine, Product};
use crate::schema::{Label, Name};
use crate::value::Value;

/// The lines of the orders in these states, placed in these days.
pub(super) fn lines(days: &Days, states: &OrderStates, view: &View<'_>) -> Filter {
    let orders = states.filter().and(days.moments(&Order::ordered_at.path(), view.time_zone()));
    // The condition asks for fields of the order only, so it can be asked through the line.
    under(&OrderLine::order.path(), orders).unwrap_or_else(Filter::none)
}

/// What is sold, by product, category, region, manager or customer.
///
/// For every key with an order in the days and states given: the number of orders, the sum of their amounts (by product
/// and category: of their lines' amounts) and its share of the total. The region is that of the customer, the manager
/// who sold. Two records of one name stay two rows. Largest amount first, then by key (sales analysis by dimension;
/// Kotler and Keller, "Marketing Management").
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::report::{SalesBy, SalesKey};
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let report = crm.system().report_typed(&SalesBy { by: SalesKey::Region, ..Default::default() }).await?;
/// assert_eq!(report.name, "sales-by");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SalesBy {
    /// What orders are told apart by.
    pub by: SalesKey,
    /// The days in which the orders were placed.
    pub days: Days,
    /// Which orders.
    pub states: OrderStates,
}

/// What sales are told apart by.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::report::{SalesBy, SalesKey};
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let report = crm.system().report_typed(&SalesBy { by: SalesKey::Category, ..Default::default() }).await?;
/// assert_eq!(report.parameters.iter().find(|(name, _)| name == "by").map(|(_, by)| by.to_string()), Some("category".to_owned()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum SalesKey {
    /// What was sold.
    #[default]
    Product,
    /// What the product is grouped under.
    Category,
    /// Where the customer is.
    Region,
    /// Who sold.
    Manager,
    /// Who bought.
    Customer,
}

const KEYS: &[(&str, SalesKey)] = &[
    ("product", SalesKey::Product),
    ("category", SalesKey::Category),
    ("region", SalesKey::Region),
    ("manager", SalesKey::Manager),
    ("customer", SalesKey::Customer),
];

#[async_trait]
impl StandardReport for SalesBy {
    const NAME: &'static str = "sales-by";
    const ABOUT: Label = Label::new(
        "销售分析：按产品、类别、地区、经理或客户",
        "orders, amount and share by product, category, region, manager or customer (Kotler and Keller)",
    );
    const OPTIONS: &'static [OptionDef] = &[
        OptionDef::new(
            "by",
            "product|category|region|manager|customer",
            "分类依据，默认 product",
            "what sales are told apart by, default product",
        ),
        YEAR,
        FROM,
        TO,
        STATUS,
    ];
    const CHART: Option<ChartHint> = Some(ChartHint::new(ChartKind::Bars, &["key"], &["amount"]));

    fn parse(options: &Options) -> Result<Self> {
        let by = options.one_of("by", KEYS)?.unwrap_or_default();
        Ok(Self { by, days: options.days()?, states: OrderStates::parse(options)? })
    }

    fn parameters(&self, _: &View<'_>) -> Vec<(Name, Value)> {
        let mut all = vec![("by".into(), word_of(KEYS, &self.by).into())];
        all.extend(days_and_states(&self.days, &self.states));
        all
    }

    async fn table(&self, view: &View<'_>) -> Result<Table> {
        let orders = |measure| MeasureColumn::new("orders", measure).labelled("订单数", "Orders");
        let sum = |measure| MeasureColumn::new("amount", measure).labelled("金额", "Amount");
        let of_lines = |key: KeyColumn| {
            let orders = orders(Measure::Distinct(OrderLine::order.path()));
            let measures = vec![orders, sum(Measure::Sum(OrderLine::amount.path()))];
            let lines = lines(&self.days, &self.states, view);
            Definition::groups::<OrderLine>(Self::NAME, vec![key.named("key")], measures).filter(lines)
        };
        let of_orders = |key: KeyColumn| {
            let measures = vec![orders(Measure::Count), sum(Measure::Sum(Order::amount.path()))];
            Definition::groups::<Order>(Self::NAME, vec![key.named("key")], measures)
                .filter(self.states.filter())
                .filter(self.days.moments(&Order::ordered_at.path(), view.time_zone()))
        };
        let definition = match self.by {
            SalesKey::Product => of_lines(KeyColumn::new(OrderLine::product)),
            SalesKey::Category => of_lines(KeyColumn::new(OrderLine::product.to(Product::category))),
            SalesKey::Region => of_orders(KeyColumn::new(Order::customer.to(Customer::region))),
            SalesKey::Manager => of_orders(KeyColumn::new(Order::manager)),
            SalesKey::Customer => of_orders(KeyColumn::new(Order::customer)),
        };
        let definition = definition.share("amount", "share").order(Sort::descending("amount"));
        definition.total("orders").total("amount").table(view).await
    }
}

/// Which orders there are: by how far they have come and how far they are paid.
///
/// For every pair of a status and a payment of an order placed in the days given: the number of orders, the sum of their
/// amounts and the share of the number. In the order of the codes. (Order cycle; Christopher, "Logistics and Supply Chain
/// Management".)
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::report::OrderStatusReport;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let report = crm.system().report_typed(&OrderStatusReport::default()).await?;
/// assert_eq!(report.name, "order-status");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OrderStatusReport {
    /// The days in which the orders were placed.
    pub days: Days,
}

#[async_trait]
impl StandardReport for OrderStatusReport {
    const NAME: &'static str = "order-status";
    const ABOUT: Label = Label::new(
        "订单状态：各状态和付款的订单数和金额",
        "orders and amounts by status and payment (Christopher, Logistics and Supply Chain Management)",
    );
    const OPTIONS: &'static [OptionDef] = &[YEAR, FROM, TO];
    const CHART: Option<ChartHint> = Some(ChartHint::new(ChartKind::Bars, &["status", "payment"], &["orders"]));

    fn parse(options: &Options) -> Result<Self> {
        Ok(Self { days: options.days()? })
    }

    fn parameters(&self, _: &View<'_>) -> Vec<(Name, Value)> {
        days_of(&self.days)
    }

    async fn table(&self, view: &View<'_>) -> Result<Table> {
        let keys = vec![KeyColumn::new(Order::status), KeyColumn::new(Order::payment)];
        let orders = MeasureColumn::new("orders", Measure::Count).labelled("订单数", "Orders");
        let sum = MeasureColumn::new("amount", Measure::Sum(Order::amount.path())).labelled("金额", "Amount");
        let definition = Definition::groups::<Order>(Self::NAME, keys, vec![orders, sum])
            .filter(self.days.moments(&Order::ordered_at.path(), view.time_zone()))
            .share("orders", "share");
        definition.total("orders").total("amount").table(view).await
    }
}

/// Which products bring in most: A, B and C.
///
/// As [`AbcCustomers`](super::AbcCustomers), of the lines' amounts by product: largest amount first, then by code.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::report::AbcProducts;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let report = crm.system().report_typed(&AbcProducts::default()).await?;
/// assert_eq!(report.name, "abc-products");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AbcProducts {
    /// The days in which the orders were placed.
    pub days: Days,
    /// Which orders.
    pub states: OrderStates,
}

#[async_trait]
impl StandardReport for AbcProducts {
    const NAME: &'static str = "abc-products";
    const ABOUT: Label = Label::new(
        "产品 ABC 分类：累计金额占比",
        "products by cumulative share of the amount: A up to 0.8, B up to 0.95, C (Dickie, ABC analysis)",
    );
    const OPTIONS: &'static [OptionDef] = &[YEAR, FROM, TO, STATUS];
    const CHART: Option<ChartHint> = Some(ChartHint::new(ChartKind::Donut, &["class"], &["amount"]).merged());

    fn parse(options: &Options) -> Result<Self> {
        Ok(Self { days: options.days()?, states: OrderStates::parse(options)? })
    }

    fn parameters(&self, _: &View<'_>) -> Vec<(Name, Value)> {
        days_and_states(&self.days, &self.states)
    }

    async fn table(&self, view: &View<'_>) -> Result<Table> {
        let sum = MeasureColumn::new("amount", Measure::Sum(OrderLine::amount.path())).labelled("金额", "Amount");
        let definition = Definition::groups::<OrderLine>(Self::NAME, vec![product(OrderLine::product)], vec![sum]);
        let found = definition.filter(lines(&self.days, &self.states, view)).table(view).await?;
        classified(found, &[Sort::descending("amount"), Sort::ascending("product_code")])
    }
}
