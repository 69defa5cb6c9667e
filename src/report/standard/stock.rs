//! What lies in stock, and what of it nobody buys.

use async_trait::async_trait;

use super::super::catalogue::StandardReport;
use super::super::days::Days;
use super::super::definition::{Definition, FieldColumn, KeyColumn, MeasureColumn};
use super::super::error::Result;
use super::super::hint::{ChartHint, ChartKind};
use super::super::options::{OptionDef, Options};
use super::super::run::folded;
use super::super::scope::under;
use super::super::steps::Sort;
use super::super::table::{Column, Table};
use super::super::view::View;
use super::common::{dates, product, quantities, texts, whole_numbers};
use super::sales::AS_OF;
use crate::query::{AggregateRow, Filter, Measure, QueryError};
use crate::sales::{Order, OrderLine, Product, StockItem};
use crate::schema::{ColumnType, Label, Name};
use crate::value::{Date, Money, Quantity, Rate, Value};

/// What lies in stock.
///
/// For every product and warehouse: the count over all shelves, the product's list price and the value count × price,
/// rounded half to even at the fourth decimal, none where there is no price. In the order of the product codes. The
/// total is the value of all (stock at list price; Silver, Pyke and Thomas, "Inventory and Production Management").
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::report::StockPosition;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let report = crm.system().report_typed(&StockPosition::default()).await?;
/// assert_eq!(report.name, "stock-position");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct StockPosition;

#[async_trait]
impl StandardReport for StockPosition {
    const NAME: &'static str = "stock-position";
    const ABOUT: Label = Label::new(
        "库存状况：各产品各仓库的数量和金额",
        "what lies in stock and its value, count × list price, by product and warehouse (Silver, Pyke and Thomas)",
    );
    const OPTIONS: &'static [OptionDef] = &[];
    const CHART: Option<ChartHint> = Some(ChartHint::new(ChartKind::Bars, &["product_name", "warehouse"], &["value"]));

    fn parse(_: &Options) -> Result<Self> {
        Ok(Self)
    }

    fn parameters(&self, _: &View<'_>) -> Vec<(Name, Value)> {
        Vec::new()
    }

    async fn table(&self, view: &View<'_>) -> Result<Table> {
        let price = FieldColumn::new(Product::price).named("price").labelled("单价", "Price");
        let keys = vec![product(StockItem::product).show(price), KeyColumn::new(StockItem::warehouse)];
        let count = MeasureColumn::new("count", Measure::Sum(StockItem::count.path())).labelled("件数", "Count");
        let found = Definition::groups::<StockItem>(Self::NAME, keys, vec![count]).table(view).await?;
        let value = |row: &Vec<Value>| match row.as_slice() {
            [.., price, _, Value::Quantity(count)] => worth(price, *count),
            _ => Ok(None),
        };
        let values = found.rows().iter().map(value).collect::<Result<Vec<_>>>()?;
        let mut values = values.into_iter();
        let column = Column::new("value", ColumnType::Money, Label::new("库存金额", "Value"));
        found.with_column(column, |_| values.next().flatten().into()).totalled(&["value"])?.sorted(&[])
    }
}

/// What lies in stock and is not sold.
///
/// Of the products of which there is more than nothing in stock, over all warehouses, those that no order which counts
/// (shipped or paid, not called off) has held in a positive quantity from the day `since` up to the day `as_of`: the
/// count, its value count × list price (none without a price), the day they were sold last before and the days from it
/// to `as_of`, none if they never were. Most valuable first, those without a price last, then by code; the total is the
/// value. (Dead and slow-moving stock; Silver, Pyke and Thomas, "Inventory and Production Management".) Whoever sees only some
/// orders sees what those say.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::report::StockWithoutMovement;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let report = crm.system().report_typed(&StockWithoutMovement::default()).await?;
/// assert_eq!(report.name, "stock-without-movement");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StockWithoutMovement {
    /// The day from which on nothing was sold; without it, ninety days before `as_of`.
    pub since: Option<Date>,
    /// The day that is looked back from; without it, today.
    pub as_of: Option<Date>,
}

/// How long nothing was sold if nobody says since when.
const QUIET_DAYS: u64 = 90;

impl StockWithoutMovement {
    fn days(&self, view: &View<'_>) -> (Date, Date) {
        let as_of = self.as_of.unwrap_or_else(|| view.today());
        let quiet = || as_of.checked_sub_days(chrono::Days::new(QUIET_DAYS)).unwrap_or(Date::MIN);
        (self.since.unwrap_or_else(quiet), as_of)
    }
}

#[async_trait]
impl StandardReport for StockWithoutMovement {
    const NAME: &'static str = "stock-without-movement";
    const ABOUT: Label = Label::new(
        "呆滞库存：有库存但久未售出的产品",
        "products in stock that nobody has bought since a day, and their value (Silver, Pyke and Thomas)",
    );
    const OPTIONS: &'static [OptionDef] = &[
        OptionDef::new(
            "since",
            "YYYY-MM-DD",
            "自该日起未售出，默认 90 天前",
            "not sold since this day, default 90 days ago",
        ),
        AS_OF,
    ];
    const CHART: Option<ChartHint> = Some(ChartHint::new(ChartKind::Bars, &["product_name"], &["value"]));

    fn parse(options: &Options) -> Result<Self> {
        Ok(Self { since: options.date("since")?, as_of: options.date("as-of")? })
    }

    fn parameters(&self, view: &View<'_>) -> Vec<(Name, Value)> {
        let (since, as_of) = self.days(view);
        vec![("since".into(), since.into()), ("as_of".into(), as_of.into())]
    }

    async fn table(&self, view: &View<'_>) -> Result<Table> {
        let (since, as_of) = self.days(view);
        let zone = view.time_zone();
        let orders = Order::counts().and(Days::until(as_of).moments(&Order::ordered_at.path(), zone));
        // The condition asks for fields of the order only, so it can be asked through the line.
        let sold = under(&OrderLine::order.path(), orders).unwrap_or_else(Filter::none);
        let sold = sold.and(OrderLine::quantity.gt(Quantity::ZERO));
        let keys = |path: crate::schema::Path| {
            vec![product(path).show(FieldColumn::new(Product::price).labelled("单价", "Price"))]
        };
        let last = Measure::Maximum(OrderLine::order.to(Order::ordered_at).path());
        let count = MeasureColumn::new("count", Measure::Sum(StockItem::count.path()));
        let definition =
            Definition::groups::<StockItem>(Self::NAME, keys(StockItem::product.path()), vec![count])
                .also::<OrderLine>(sold, keys(OrderLine::product.path()), vec![MeasureColumn::new("last", last)]);
        let quiet = |groups: Vec<AggregateRow>| {
            let quiet = |group: &AggregateRow| match group.measures.as_slice() {
                [Value::Quantity(count), last] if *count > Quantity::ZERO => match last {
                    Value::Timestamp(last) => last.local_date(zone) < since,
                    _ => true,
                },
                _ => false,
            };
            Ok(groups.into_iter().filter(quiet).collect())
        };
        let mut table = Table::new(vec![
            texts("product_code", "产品编码", "Product code"),
            texts("product_name", "产品名称", "Product"),
            quantities("count", "件数", "Count"),
            Column::new("value", ColumnType::Money, Label::new("库存金额", "Value")),
            dates("last_sold_on", "上次售出日期", "Last sold on"),
            whole_numbers("days", "天数", "Days"),
        ]);
        for row in folded(&definition, view, quiet).await? {
            let [code, name, price, Value::Quantity(count), last] = row.as_slice() else { continue };
            let value = worth(price, *count)?;
            let last = match last {
                Value::Timestamp(last) => Some(last.local_date(zone)),
                _ => None,
            };
            let days = last.map(|last| as_of.signed_duration_since(last).num_days());
            table.push(vec![code.clone(), name.clone(), (*count).into(), value.into(), last.into(), days.into()]);
        }
        table.totalled(&["value"])?.sorted(&[Sort::descending("value"), Sort::ascending("product_code")])
    }
}

/// Count times list price, where there is a price.
fn worth(price: &Value, count: Quantity) -> Result<Option<Money>> {
    let Value::Money(price) = price else { return Ok(None) };
    let worth = Money::line_amount(*price, count, Rate::ZERO).map_err(|_| QueryError::Range("value".into()))?;
    Ok(Some(worth))
}
