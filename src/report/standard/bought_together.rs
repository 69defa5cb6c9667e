//! Products bought together: which products the same orders hold.

use std::collections::HashMap;

use async_trait::async_trait;

use super::super::catalogue::StandardReport;
use super::super::days::Days;
use super::super::definition::{Definition, MeasureColumn};
use super::super::error::Result;
use super::super::hint::{ChartHint, ChartKind};
use super::super::options::{OptionDef, Options};
use super::super::run::named_groups;
use super::super::steps::Sort;
use super::super::table::Table;
use super::super::view::View;
use super::common::{days_and_states, product, rates, texts, whole_numbers};
use super::sales::{FROM, OrderStates, STATUS, TO, YEAR};
use super::selling::lines;
use crate::query::{Aggregate, AggregateRow, Direction, Filter, Measure, OrderBy, Query, QueryError};
use crate::sales::OrderLine;
use crate::schema::{Label, Name};
use crate::value::{Rate, Value, div_half_up};

/// Which products are bought together.
///
/// Of the orders in the days and states given that hold a product in a positive quantity (N of them), for every pair of
/// products A and B that at least `at_least` of them hold both:
///
/// - `orders`: how many hold both.
/// - `support`: orders / N.
/// - `confidence`: orders / (orders with A): how likely B is where A is; `confidence_back` the other way round.
/// - `lift`: orders × N / (orders with A × orders with B): above 1 they are bought together more often than by chance.
///
/// All four have six decimals, half up. Returns are not bought. Most orders first, then the greatest lift, then by the
/// codes; A is the one whose code comes first. (Association rules; Agrawal, Imieliński and Swami, "Mining Association Rules
/// between Sets of Items in Large Databases", 1993.)
///
/// Orders are read one after the other; what is kept in memory is the products, and a count for each pair of products
/// that are each in at least `at_least` orders, which a pair above the bound must be (Agrawal and Srikant, "Fast
/// Algorithms for Mining Association Rules", 1994). More pairs than [`Bounds::groups`](crate::report::Bounds) are an
/// error; a higher `at_least` makes fewer.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::report::BoughtTogether;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let report = crm.system().report_typed(&BoughtTogether { at_least: 2, limit: 20, ..Default::default() }).await?;
/// assert_eq!(report.name, "bought-together");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoughtTogether {
    /// The days in which the orders were placed.
    pub days: Days,
    /// Which orders.
    pub states: OrderStates,
    /// How many orders hold both at least.
    pub at_least: u32,
    /// How many pairs are listed.
    pub limit: usize,
}

impl Default for BoughtTogether {
    /// The hundred pairs that most paid orders hold, two orders at least.
    fn default() -> Self {
        Self { days: Days::ALL, states: OrderStates::default(), at_least: 2, limit: 100 }
    }
}

#[async_trait]
impl StandardReport for BoughtTogether {
    const NAME: &'static str = "bought-together";
    const ABOUT: Label = Label::new(
        "关联购买：同一订单中的产品对及支持度、置信度、提升度",
        "pairs of products in the same orders: support, confidence, lift = P(A and B) / (P(A) P(B)) (Agrawal et al., 1993)",
    );
    const OPTIONS: &'static [OptionDef] = &[
        YEAR,
        FROM,
        TO,
        STATUS,
        OptionDef::new(
            "at-least",
            "N",
            "至少同时出现的订单数，默认 2",
            "how many orders hold both at least, default 2",
        ),
        OptionDef::new("limit", "N", "产品对个数，默认 100", "how many pairs, default 100"),
    ];
    const CHART: Option<ChartHint> = Some(ChartHint::new(ChartKind::Bars, &["product_name", "with_name"], &["orders"]));

    fn parse(options: &Options) -> Result<Self> {
        let default = Self::default();
        let at_least = options.number("at-least", 1..=1_000_000_000)?.and_then(|number| u32::try_from(number).ok());
        let limit = options.number("limit", 1..=1_000_000)?.and_then(|limit| usize::try_from(limit).ok());
        Ok(Self {
            days: options.days()?,
            states: OrderStates::parse(options)?,
            at_least: at_least.unwrap_or(default.at_least),
            limit: limit.unwrap_or(default.limit),
        })
    }

    fn parameters(&self, _: &View<'_>) -> Vec<(Name, Value)> {
        let mut all = days_and_states(&self.days, &self.states);
        all.push(("at_least".into(), self.at_least.into()));
        all.push(("limit".into(), i64::try_from(self.limit).unwrap_or(i64::MAX).into()));
        all
    }

    async fn table(&self, view: &View<'_>) -> Result<Table> {
        let bought = lines(&self.days, &self.states, view).and(OrderLine::quantity.gt(crate::value::Quantity::ZERO));
        let orders = Measure::Distinct(OrderLine::order.path());
        let all = Aggregate::of::<OrderLine>().filter(bought.clone()).measure(orders.clone());
        let all = view.aggregate(all).await?.iter().find_map(|row| row.measures.first()?.as_integer()).unwrap_or(0);
        let each = Aggregate::of::<OrderLine>().filter(bought.clone()).group(OrderLine::product).measure(orders);
        let mut often = Often::default();
        for row in view.aggregate(each).await? {
            let ([product], [Value::Int(orders)]) = (row.keys.as_slice(), row.measures.as_slice()) else { continue };
            if *orders >= i64::from(self.at_least) {
                often.add(product, *orders);
            }
        }
        let pairs = if often.products.len() > 1 { self.pairs(bought, &often, view).await? } else { HashMap::new() };
        let group = |((first, second), orders): ((u32, u32), u32)| {
            let ((a, of_a), (b, of_b)) = (often.product(first)?, often.product(second)?);
            let figures = vec![i64::from(orders).into(), all.into(), of_a.into(), of_b.into()];
            Some(AggregateRow::new(vec![a.clone(), b.clone()], figures))
        };
        let groups = pairs.into_iter().filter(|(_, orders)| *orders >= self.at_least).filter_map(group).collect();
        let keys = vec![product(OrderLine::product), product(OrderLine::product).named("with")];
        let names = Definition::groups::<OrderLine>(Self::NAME, keys, vec![MeasureColumn::new("n", Measure::Count)]);
        self.listed(named_groups(&names, view, groups).await?)
    }
}

impl BoughtTogether {
    /// How many orders hold each pair of the products that occur often enough.
    async fn pairs(&self, bought: Filter, often: &Often, view: &View<'_>) -> Result<HashMap<(u32, u32), u32>> {
        let mut pairs: HashMap<(u32, u32), u32> = HashMap::new();
        let (mut order, mut held): (Option<Value>, Vec<u32>) = (None, Vec::new());
        let limit = view.limits().groups;
        let mut count = |held: &mut Vec<u32>| {
            held.sort_unstable();
            held.dedup();
            for (place, first) in held.iter().enumerate() {
                for second in held.iter().skip(place + 1) {
                    let orders = pairs.entry((*first, *second)).or_default();
                    *orders = orders.saturating_add(1);
                }
                if pairs.len() > limit {
                    return Err(QueryError::TooLarge { what: "pairs of products", limit });
                }
            }
            held.clear();
            Ok(())
        };
        let by_order = OrderBy { path: OrderLine::order.path(), direction: Direction::Ascending };
        let columns = [OrderLine::order.path(), OrderLine::product.path()];
        let query = Query::of::<OrderLine>().filter(bought).order(by_order).columns(columns);
        let each = |row: Vec<Value>| {
            let mut values = row.into_iter();
            let (of, product) = (values.next(), values.next());
            if of != order {
                count(&mut held)?;
                order = of;
            }
            held.extend(product.and_then(|product| often.places.get(&product)));
            Ok(())
        };
        view.scan(query, each).await?;
        count(&mut held)?;
        Ok(pairs)
    }

    /// The rows for what people call each pair, how many orders hold both, how many there are, and how many hold each.
    fn listed(&self, rows: Vec<Vec<Value>>) -> Result<Table> {
        let mut table = Table::new(vec![
            texts("product_code", "产品编码", "Product code"),
            texts("product_name", "产品名称", "Product"),
            texts("with_code", "同购产品编码", "With code"),
            texts("with_name", "同购产品名称", "With product"),
            whole_numbers("orders", "订单数", "Orders"),
            rates("support", "支持度", "Support"),
            rates("confidence", "置信度", "Confidence"),
            rates("confidence_back", "反向置信度", "Confidence back"),
            rates("lift", "提升度", "Lift"),
        ]);
        for row in rows {
            let [code, name, with_code, with_name, Value::Int(both), Value::Int(all), Value::Int(a), Value::Int(b)] =
                row.as_slice()
            else {
                continue;
            };
            let (mut first, mut second) = ((code, name, a), (with_code, with_name, b));
            if (first.0, first.1) > (second.0, second.1) {
                std::mem::swap(&mut first, &mut second);
            }
            let ((code, name, a), (with_code, with_name, b)) = (first, second);
            let share = |of: &i64| Value::from(Rate::share(*both, *of).ok().flatten());
            let names = [code, name, with_code, with_name].map(Clone::clone);
            let figures = [(*both).into(), share(all), share(a), share(b), lift(*both, *all, *a, *b)?];
            table.push(names.into_iter().chain(figures).collect());
        }
        let order = [
            Sort::descending("orders"),
            Sort::descending("lift"),
            Sort::ascending("product_code"),
            Sort::ascending("with_code"),
        ];
        Ok(table.sorted(&order)?.limited(self.limit))
    }
}

/// The products that are in enough orders, each with a place and in how many.
#[derive(Debug, Default)]
struct Often {
    products: Vec<(Value, i64)>,
    places: HashMap<Value, u32>,
}

impl Often {
    fn add(&mut self, product: &Value, orders: i64) {
        // There are no more groups than a million, and no bounds raise it past what a place holds.
        if let Ok(place) = u32::try_from(self.products.len()) {
            self.places.insert(product.clone(), place);
            self.products.push((product.clone(), orders));
        }
    }

    fn product(&self, place: u32) -> Option<(&Value, i64)> {
        let (product, orders) = self.products.get(usize::try_from(place).ok()?)?;
        Some((product, *orders))
    }
}

fn lift(both: i64, all: i64, a: i64, b: i64) -> Result<Value> {
    let out_of_range = || QueryError::Range("lift".into());
    let of = |number: i64| i128::from(number);
    let scaled = of(both).checked_mul(of(all)).and_then(|product| product.checked_mul(of(Rate::SCALE)));
    let ratio = div_half_up(scaled.ok_or_else(out_of_range)?, of(a) * of(b));
    let rate = ratio.map(Rate::from_wide).transpose().map_err(|_| out_of_range())?;
    Ok(rate.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifts_are_exact_to_the_sixth_decimal() {
        assert_eq!(lift(1, 4, 2, 2).unwrap().to_string(), "1.000000");
        assert_eq!(lift(1, 1, 3, 1).unwrap().to_string(), "0.333333");
        assert_eq!(lift(2, 1, 3, 1).unwrap().to_string(), "0.666667");
        assert!(lift(i64::MAX, i64::MAX, 1, 1).is_err());
        assert_eq!(lift(0, 0, 0, 0).unwrap(), Value::Null);
    }
}
