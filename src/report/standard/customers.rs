//! What customers do over time: new and repeat customers, churn, retention and what each is worth.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;

use super::super::catalogue::StandardReport;
use super::super::days::Days;
use super::super::definition::{Definition, FieldColumn, KeyColumn, MeasureColumn};
use super::super::error::Result;
use super::super::hint::{ChartHint, ChartKind};
use super::super::options::{OptionDef, Options, word_of};
use super::super::steps::Sort;
use super::super::table::{Column, Table};
use super::super::view::View;
use super::common::{dates, days_and_states, quantities, rates, texts, whole_numbers};
use super::sales::{FROM, OrderStates, STATUS, TO, YEAR};
use crate::customers::Customer;
use crate::query::{Aggregate, GroupKey, Measure, Period, QueryError};
use crate::sales::Order;
use crate::schema::{Label, Name};
use crate::value::{Date, Quantity, Rate, Value, div_half_even};

const PERIOD: OptionDef =
    OptionDef::new("period", "month|quarter|year", "周期，默认 month", "the period, default month");
const PERIODS: &[(&str, Period)] = &[("month", Period::Month), ("quarter", Period::Quarter), ("year", Period::Year)];

/// In which periods, by their first days, each customer ordered. Memory grows with customers and periods.
async fn periods_of(view: &View<'_>, period: Period) -> Result<Vec<BTreeSet<Date>>> {
    let request = Aggregate::of::<Order>()
        .filter(Order::counts())
        .group(Order::customer)
        .group(GroupKey::period(Order::ordered_at, period, view.time_zone()))
        .measure(Measure::Count);
    let mut customers: BTreeMap<Value, BTreeSet<Date>> = BTreeMap::new();
    for row in view.aggregate(request).await? {
        if let [customer, Value::Date(day)] = row.keys.as_slice() {
            customers.entry(customer.clone()).or_default().insert(*day);
        }
    }
    Ok(customers.into_values().collect())
}

/// Every period from the first in which somebody ordered to the last, by their first days.
fn all_periods(customers: &[BTreeSet<Date>], period: Period, view: &View<'_>) -> Result<Vec<Date>> {
    let first = customers.iter().filter_map(BTreeSet::first).min();
    let last = customers.iter().filter_map(BTreeSet::last).max();
    let (Some(first), Some(last)) = (first, last) else { return Ok(Vec::new()) };
    let (mut all, limit) = (vec![*first], view.limits().groups);
    let mut day = *first;
    while day < *last {
        let next = period.next(day);
        if next <= day || all.len() >= limit {
            return Err(QueryError::TooLarge { what: "groups", limit }.into());
        }
        all.push(next);
        day = next;
    }
    Ok(all)
}

fn counted(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn share(part: i64, whole: i64) -> Value {
    Rate::share(part, whole).ok().flatten().into()
}

macro_rules! by_period {
    ($name:ident, $text:literal) => {
        #[doc = $text]
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $name {
            /// The calendar period: a month, quarter or year.
            pub period: Period,
        }

        impl Default for $name {
            /// By month.
            fn default() -> Self {
                Self { period: Period::Month }
            }
        }
    };
}

by_period!(
    Churn,
    "Which share of the customers of one period did not come back in the next.\n\nFor every period after the first with \
     an order that counts: the customers who ordered in the period before, how many of them ordered again and how many \
     did not, and the rate lost / customers (Farris et al., \"Marketing Metrics\"), none where there were no customers."
);
by_period!(
    Retention,
    "How many customers of each cohort come back.\n\nCustomers are put together by the period of their first order that \
     counts. For every cohort and every later period up to the last with an order: how many of its customers ordered, \
     and their share of the cohort (cohort analysis; Fader and Hardie, \"How to Project Customer Retention\")."
);
by_period!(
    NewCustomers,
    "How many customers ordered for the first time.\n\nFor every period from the first to the last with an order that \
     counts: the customers who ordered, those for whom it was the first period with an order, and those who had ordered \
     in an earlier period (Kumar and Reinartz, \"Customer Relationship Management\")."
);

macro_rules! period_options {
    () => {
        fn parse(options: &Options) -> Result<Self> {
            Ok(Self { period: options.one_of("period", PERIODS)?.unwrap_or(Period::Month) })
        }

        fn parameters(&self, _: &View<'_>) -> Vec<(Name, Value)> {
            vec![("period".into(), word_of(PERIODS, &self.period).into())]
        }
    };
}

#[async_trait]
impl StandardReport for Churn {
    const NAME: &'static str = "churn";
    const ABOUT: Label = Label::new(
        "客户流失率：上期客户中本期未下单的占比",
        "which share of a period's customers did not order in the next: lost / customers (Farris et al., Marketing Metrics)",
    );
    const OPTIONS: &'static [OptionDef] = &[PERIOD];
    const CHART: Option<ChartHint> = Some(ChartHint::new(ChartKind::Lines, &["period"], &["rate"]));

    period_options!();

    async fn table(&self, view: &View<'_>) -> Result<Table> {
        let customers = periods_of(view, self.period).await?;
        let mut table = Table::new(vec![
            texts("period", "周期", "Period"),
            whole_numbers("customers", "上期客户数", "Customers before"),
            whole_numbers("kept", "保留", "Kept"),
            whole_numbers("lost", "流失", "Lost"),
            rates("rate", "流失率", "Churn rate"),
        ]);
        for pair in all_periods(&customers, self.period, view)?.windows(2) {
            let [before, now] = pair else { continue };
            let had = customers.iter().filter(|days| days.contains(before));
            let (all, kept) = had.fold((0, 0), |(all, kept), days| (all + 1, kept + usize::from(days.contains(now))));
            let (all, lost, kept) = (counted(all), counted(all - kept), counted(kept));
            table.push(vec![self.period.name(*now).into(), all.into(), kept.into(), lost.into(), share(lost, all)]);
        }
        Ok(table)
    }
}

#[async_trait]
impl StandardReport for Retention {
    const NAME: &'static str = "retention";
    const ABOUT: Label = Label::new(
        "留存：各首单周期客户后续下单的占比",
        "how many customers of each cohort (period of the first order) order later: active / cohort (Fader and Hardie)",
    );
    const OPTIONS: &'static [OptionDef] = &[PERIOD];
    const CHART: Option<ChartHint> =
        Some(ChartHint::new(ChartKind::HeatMap, &["cohort"], &["rate"]).across("periods_later"));

    period_options!();

    async fn table(&self, view: &View<'_>) -> Result<Table> {
        let customers = periods_of(view, self.period).await?;
        let mut table = Table::new(vec![
            texts("cohort", "首单周期", "Cohort"),
            whole_numbers("customers", "客户数", "Customers"),
            whole_numbers("periods_later", "之后第几期", "Periods later"),
            whole_numbers("active", "下单客户", "Active"),
            rates("rate", "留存率", "Retention"),
        ]);
        let periods = all_periods(&customers, self.period, view)?;
        let mut active: BTreeMap<(Date, Date), i64> = BTreeMap::new();
        for days in &customers {
            let Some(first) = days.first() else { continue };
            days.iter().for_each(|day| *active.entry((*first, *day)).or_default() += 1);
        }
        for (place, cohort) in periods.iter().enumerate() {
            let Some(size) = active.get(&(*cohort, *cohort)).copied() else { continue };
            for (later, day) in periods.iter().skip(place).enumerate() {
                let limit = view.limits().groups;
                if table.rows().len() >= limit {
                    return Err(QueryError::TooLarge { what: "groups", limit }.into());
                }
                let found = active.get(&(*cohort, *day)).copied().unwrap_or(0);
                let (name, later) = (self.period.name(*cohort).into(), counted(later).into());
                table.push(vec![name, size.into(), later, found.into(), share(found, size)]);
            }
        }
        Ok(table)
    }
}

#[async_trait]
impl StandardReport for NewCustomers {
    const NAME: &'static str = "new-customers";
    const ABOUT: Label = Label::new(
        "新客户：各期首次下单的客户",
        "customers who ordered for the first time, and those who had before, by period (Kumar and Reinartz)",
    );
    const OPTIONS: &'static [OptionDef] = &[PERIOD];
    const CHART: Option<ChartHint> = Some(ChartHint::new(ChartKind::Lines, &["period"], &["new", "returning"]));

    period_options!();

    async fn table(&self, view: &View<'_>) -> Result<Table> {
        let customers = periods_of(view, self.period).await?;
        let mut table = Table::new(vec![
            texts("period", "周期", "Period"),
            whole_numbers("customers", "客户数", "Customers"),
            whole_numbers("new", "新客户", "New"),
            whole_numbers("returning", "老客户", "Returning"),
        ]);
        let mut counts: BTreeMap<Date, (i64, i64)> = BTreeMap::new();
        for days in &customers {
            for day in days {
                let count = counts.entry(*day).or_default();
                *count = (count.0 + 1, count.1 + i64::from(days.first() == Some(day)));
            }
        }
        for day in all_periods(&customers, self.period, view)? {
            let (all, new) = counts.get(&day).copied().unwrap_or_default();
            table.push(vec![self.period.name(day).into(), all.into(), new.into(), (all - new).into()]);
        }
        table.totalled(&["new"])
    }
}

/// What each customer has been worth.
///
/// For every customer with an order in the days and states given: the number of orders, their amount (the historic
/// value), the mean amount of an order (half to even at the fourth decimal), the days of the first and last order, and
/// the mean days between two orders, (last − first) / (orders − 1), none for a single order (Kumar and Reinartz,
/// "Customer Relationship Management"). Largest amount first, then by customer number.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::report::CustomerValue;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let report = crm.system().report_typed(&CustomerValue::default()).await?;
/// assert_eq!(report.name, "customer-value");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CustomerValue {
    /// The days in which the orders were placed.
    pub days: Days,
    /// Which orders.
    pub states: OrderStates,
}

fn orders_by_customer(name: &'static str, days: &Days, states: &OrderStates, view: &View<'_>) -> Definition {
    let customer = KeyColumn::new(Order::customer)
        .show(FieldColumn::new(Customer::number).labelled("客户编号", "Customer no."))
        .show(FieldColumn::new(Customer::name).labelled("客户名称", "Customer"));
    let measures = vec![
        MeasureColumn::new("orders", Measure::Count).labelled("订单数", "Orders"),
        MeasureColumn::new("amount", Measure::Sum(Order::amount.path())).labelled("金额", "Amount"),
        MeasureColumn::new("average_order", Measure::Average(Order::amount.path())).labelled("平均订单额", "Average"),
        MeasureColumn::new("first", Measure::Minimum(Order::ordered_at.path())),
        MeasureColumn::new("last", Measure::Maximum(Order::ordered_at.path())),
    ];
    Definition::groups::<Order>(name, vec![customer], measures)
        .filter(states.filter())
        .filter(days.moments(&Order::ordered_at.path(), view.time_zone()))
}

#[async_trait]
impl StandardReport for CustomerValue {
    const NAME: &'static str = "customer-value";
    const ABOUT: Label = Label::new(
        "客户价值：历史金额、平均订单额和平均间隔",
        "amount, average order and mean days between orders of each customer (Kumar and Reinartz)",
    );
    const OPTIONS: &'static [OptionDef] = &[YEAR, FROM, TO, STATUS];
    const CHART: Option<ChartHint> = Some(ChartHint::new(ChartKind::Bars, &["customer_name"], &["amount"]));

    fn parse(options: &Options) -> Result<Self> {
        Ok(Self { days: options.days()?, states: OrderStates::parse(options)? })
    }

    fn parameters(&self, _: &View<'_>) -> Vec<(Name, Value)> {
        days_and_states(&self.days, &self.states)
    }

    async fn table(&self, view: &View<'_>) -> Result<Table> {
        let found = orders_by_customer(Self::NAME, &self.days, &self.states, view).table(view).await?;
        let mut columns: Vec<Column> = found.columns().iter().take(5).cloned().collect();
        columns.extend([
            dates("first_order_date", "首次下单日期", "First order on"),
            dates("last_order_date", "上次下单日期", "Last order on"),
            quantities("mean_interval_days", "平均间隔天数", "Mean days between"),
        ]);
        let mut table = Table::new(columns);
        for row in found.rows() {
            let [known @ .., Value::Timestamp(first), Value::Timestamp(last)] = row.as_slice() else { continue };
            let (first, last) = (first.local_date(view.time_zone()), last.local_date(view.time_zone()));
            let gaps = known.get(2).and_then(Value::as_integer).unwrap_or(0) - 1;
            let days = i128::from(last.signed_duration_since(first).num_days()) * i128::from(Quantity::SCALE);
            let mean = div_half_even(days, i128::from(gaps)).and_then(|raw| Quantity::from_wide(raw).ok());
            let mut row = known.to_vec();
            row.extend([first.into(), last.into(), mean.into()]);
            table.push(row);
        }
        let order = [Sort::descending("amount"), Sort::ascending("customer_number")];
        table.totalled(&["orders", "amount"])?.sorted(&order)
    }
}

/// Which share of the customers ordered more than once.
///
/// Of the customers with an order in the days and states given: how many ordered so often, and their share; the rate of
/// repeat customers is one less the share in the row of one order (Reichheld, "The Loyalty Effect"). In the order of the
/// number of orders.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::report::RepeatRate;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let report = crm.system().report_typed(&RepeatRate::default()).await?;
/// assert_eq!(report.name, "repeat-rate");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RepeatRate {
    /// The days in which the orders were placed.
    pub days: Days,
    /// Which orders.
    pub states: OrderStates,
}

#[async_trait]
impl StandardReport for RepeatRate {
    const NAME: &'static str = "repeat-rate";
    const ABOUT: Label = Label::new(
        "复购：按下单次数的客户数和占比",
        "how many customers ordered once, twice and so on: customers / all (Reichheld, The Loyalty Effect)",
    );
    const OPTIONS: &'static [OptionDef] = &[YEAR, FROM, TO, STATUS];
    const CHART: Option<ChartHint> = Some(ChartHint::new(ChartKind::Bars, &["orders"], &["customers"]));

    fn parse(options: &Options) -> Result<Self> {
        Ok(Self { days: options.days()?, states: OrderStates::parse(options)? })
    }

    fn parameters(&self, _: &View<'_>) -> Vec<(Name, Value)> {
        days_and_states(&self.days, &self.states)
    }

    async fn table(&self, view: &View<'_>) -> Result<Table> {
        let request = Aggregate::of::<Order>()
            .filter(self.states.filter())
            .filter(self.days.moments(&Order::ordered_at.path(), view.time_zone()))
            .group(Order::customer)
            .measure(Measure::Count);
        let mut often: BTreeMap<Value, i64> = BTreeMap::new();
        for row in view.aggregate(request).await? {
            row.measures.into_iter().for_each(|orders| *often.entry(orders).or_default() += 1);
        }
        let orders = whole_numbers("orders", "订单数", "Orders");
        let mut table = Table::new(vec![orders, whole_numbers("customers", "客户数", "Customers")]);
        often.into_iter().for_each(|(orders, customers)| table.push(vec![orders, customers.into()]));
        table.shared("customers", "share")?.totalled(&["customers"])
    }
}

/// Which customers bring in most: A, B and C.
///
/// For every customer with an order in the days and states given, largest amount first, then by customer number: the
/// amount, its share, and the share that he and those before him have together. A customer is A as long as those before
/// him have less than four fifths of the total, B below nineteen twentieths, then C; who brought in nothing is C
/// (Dickie, "ABC Inventory Analysis Shoots for Dollars, Not Pennies").
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::report::AbcCustomers;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let report = crm.system().report_typed(&AbcCustomers::default()).await?;
/// assert_eq!(report.name, "abc-customers");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AbcCustomers {
    /// The days in which the orders were placed.
    pub days: Days,
    /// Which orders.
    pub states: OrderStates,
}

#[async_trait]
impl StandardReport for AbcCustomers {
    const NAME: &'static str = "abc-customers";
    const ABOUT: Label = Label::new(
        "客户 ABC 分类：累计金额占比",
        "customers by cumulative share of the amount: A up to 0.8, B up to 0.95, C (Dickie, ABC analysis)",
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
        let found = orders_by_customer(Self::NAME, &self.days, &self.states, view).table(view).await?;
        let columns = found.columns();
        let mut table = Table::new([0, 1, 3].iter().filter_map(|place| columns.get(*place).cloned()).collect());
        for row in found.rows() {
            table.push([0, 1, 3].iter().filter_map(|place| row.get(*place).cloned()).collect());
        }
        classified(table, &[Sort::descending("amount"), Sort::ascending("customer_number")])
    }
}

/// Sorted so, with share, cumulative share and class by the column `amount`.
pub(super) fn classified(table: Table, order: &[Sort]) -> Result<Table> {
    let table = table.shared("amount", "share")?.accumulated_share("amount", order, "cumulative_share")?;
    let table = table.totalled(&["amount"])?.sorted(order)?;
    let total = table.total("amount").and_then(Value::as_integer).map_or(0, i128::from);
    let (place, mut before) = (table.column("amount")?, 0_i128);
    let class = |row: &Vec<Value>| {
        let amount = row.get(place).and_then(Value::as_integer).map_or(0, i128::from);
        let class = match before * 20 {
            _ if amount <= 0 || total <= 0 => "C",
            twentieths if twentieths < total * 16 => "A",
            twentieths if twentieths < total * 19 => "B",
            _ => "C",
        };
        before += amount;
        class.into()
    };
    Ok(table.with_column(texts("class", "类别", "Class"), class))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::ColumnType;
    use crate::value::Money;

    #[test]
    fn classes_change_where_those_before_reach_the_bounds() {
        let mut table = Table::new(vec![
            texts("customer_number", "编号", "No."),
            Column::new("amount", ColumnType::Money, Label::new("金额", "Amount")),
        ]);
        for (number, amount) in [("c", 10), ("a", 80), ("d", 5), ("e", 5), ("f", 0)] {
            table.push(vec![number.into(), Money::from_whole(amount).unwrap().into()]);
        }
        let order = [Sort::descending("amount"), Sort::ascending("customer_number")];
        let table = classified(table, &order).unwrap();
        let shown: Vec<String> =
            table.rows().iter().map(|row| row.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")).collect();
        assert_eq!(
            shown,
            [
                "a,80.00,0.800000,0.800000,A",
                "c,10.00,0.100000,0.900000,B",
                "d,5.00,0.050000,0.950000,B",
                "e,5.00,0.050000,1.000000,C",
                "f,0.00,0.000000,1.000000,C"
            ]
        );
    }
}
