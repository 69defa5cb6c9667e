//! Lapsed customers 久未下单: who has not ordered for months.

use async_trait::async_trait;
use chrono::Months;

use super::super::catalogue::StandardReport;
use super::super::days::Days;
use super::super::definition::{Definition, FieldColumn, KeyColumn, MeasureColumn};
use super::super::error::Result;
use super::super::hint::{ChartHint, ChartKind};
use super::super::options::{OptionDef, Options};
use super::super::table::{Column, Table};
use super::super::view::View;
use super::common::whole_numbers;
use super::sales::AS_OF;
use crate::customers::Customer;
use crate::query::Measure;
use crate::sales::Order;
use crate::schema::{ColumnType, Label, Name};
use crate::value::{Date, Value};

/// Who has ordered, but not for some months.
///
/// Looks at each customer's latest order up to and including the day `as_of` that counts (shipped or paid, not called
/// off). The customer has lapsed if its day, in the organisation's zone, is before the cutoff: `as_of` minus the months,
/// clamped to the month's end (31 August minus 6 months is 28 or 29 February). An order on the cutoff day itself is
/// recent enough. `days` are those from the latest order to `as_of`. Whatever status a customer has now, he is listed;
/// who had not ordered by then is not. In the order of the customer numbers. (Recency as the mark of an active customer;
/// Farris et al., "Marketing Metrics".)
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::report::Lapsed;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let report = crm.system().report_typed(&Lapsed { months: 3, ..Default::default() }).await?;
/// assert_eq!(report.name, "lapsed");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lapsed {
    /// The day that is looked back from; without it, today.
    pub as_of: Option<Date>,
    /// How many calendar months of silence there are at least.
    pub months: u32,
}

impl Default for Lapsed {
    /// Six months before today.
    fn default() -> Self {
        Self { as_of: None, months: 6 }
    }
}

impl Lapsed {
    /// The first day on which an order is recent enough.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::report::Lapsed;
    /// use crmkit::value::Date;
    ///
    /// let day = Date::from_ymd_opt(2024, 8, 31).ok_or("no day")?;
    /// assert_eq!(Lapsed::default().cutoff(day).to_string(), "2024-02-29");
    /// # Ok::<(), &'static str>(())
    /// ```
    #[must_use]
    pub fn cutoff(&self, as_of: Date) -> Date {
        as_of.checked_sub_months(Months::new(self.months)).unwrap_or(Date::MIN)
    }
}

#[async_trait]
impl StandardReport for Lapsed {
    const NAME: &'static str = "lapsed";
    const ABOUT: Label = Label::new(
        "久未下单的客户",
        "customers whose latest order is before the day minus N calendar months (Farris et al., Marketing Metrics)",
    );
    const OPTIONS: &'static [OptionDef] =
        &[AS_OF, OptionDef::new("months", "N", "月数，默认 6", "how many months without an order, default 6")];
    const CHART: Option<ChartHint> = Some(ChartHint::new(ChartKind::Bars, &["customer_name"], &["days"]));

    fn parse(options: &Options) -> Result<Self> {
        let months = options.number("months", 0..=1_200)?.and_then(|months| u32::try_from(months).ok());
        Ok(Self { as_of: options.date("as-of")?, months: months.unwrap_or(Self::default().months) })
    }

    fn parameters(&self, view: &View<'_>) -> Vec<(Name, Value)> {
        let as_of = self.as_of.unwrap_or_else(|| view.today());
        vec![("as_of".into(), as_of.into()), ("months".into(), self.months.into())]
    }

    async fn table(&self, view: &View<'_>) -> Result<Table> {
        let as_of = self.as_of.unwrap_or_else(|| view.today());
        let cutoff = self.cutoff(as_of);
        let mut table = Table::new(vec![
            Column::new("customer_number", ColumnType::Text, Label::new("客户编号", "Customer no.")),
            Column::new("customer_name", ColumnType::Text, Label::new("客户名称", "Customer")),
            Column::new("last_order_date", ColumnType::Date, Label::new("上次下单日期", "Last order on")),
            whole_numbers("days", "天数", "Days"),
        ]);
        for row in last_orders(view, as_of, Vec::new()).await?.rows() {
            let [number, name, Value::Timestamp(last)] = row.as_slice() else { continue };
            let day = last.local_date(view.time_zone());
            if day < cutoff {
                let days = as_of.signed_duration_since(day).num_days();
                table.push(vec![number.clone(), name.clone(), day.into(), days.into()]);
            }
        }
        table.sorted(&[])
    }
}

/// Each customer who had ordered by a day: number, name, the moment of his latest order that counts, and more measures
/// of such orders.
pub(super) async fn last_orders(view: &View<'_>, as_of: Date, more: Vec<MeasureColumn>) -> Result<Table> {
    let customer =
        KeyColumn::new(Order::customer).show(FieldColumn::new(Customer::number)).show(FieldColumn::new(Customer::name));
    let mut measures = vec![MeasureColumn::new("last", Measure::Maximum(Order::ordered_at.path()))];
    measures.extend(more);
    let counted = Order::counts().and(Days::until(as_of).moments(&Order::ordered_at.path(), view.time_zone()));
    Definition::groups::<Order>("last orders", vec![customer], measures).filter(counted).table(view).await
}
