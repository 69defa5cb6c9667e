//! Where opportunities come from, and which customers wait to hear from somebody.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::super::catalogue::StandardReport;
use super::super::days::Days;
use super::super::definition::{Definition, FieldColumn, KeyColumn, MeasureColumn};
use super::super::error::Result;
use super::super::hint::{ChartHint, ChartKind};
use super::super::options::{OptionDef, Options};
use super::super::run::folded;
use super::super::table::{Column, Table};
use super::super::view::View;
use super::common::{listed, rates, texts, whole_numbers};
use super::sales::{AS_OF, FROM, TO, YEAR};
use crate::customers::{Activity, Customer, CustomerStatus};
use crate::marketing::{Opportunity, OpportunityStatus};
use crate::query::{AggregateRow, Comparison, Filter, Measure, QueryError};
use crate::schema::{Choice, ColumnType, Label, Name};
use crate::value::{Date, Money, Rate, Value};

/// What becomes of the opportunities of each source.
///
/// Of the opportunities entered in the days given, for every source: how many, how many were won and how many terminated,
/// the rate won / (won + terminated), and the sum of the won ones' amounts (lead source analysis; Kotler and Keller,
/// "Marketing Management"). In the order of the sources, those without one last.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::report::SourceEffectiveness;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let report = crm.system().report_typed(&SourceEffectiveness::default()).await?;
/// assert_eq!(report.name, "source-effectiveness");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SourceEffectiveness {
    /// The days in which they were entered.
    pub days: Days,
}

#[async_trait]
impl StandardReport for SourceEffectiveness {
    const NAME: &'static str = "source-effectiveness";
    const ABOUT: Label = Label::new(
        "来源效果：各来源的机会数、赢单率和金额",
        "opportunities, win rate and won amount by source: won / (won + terminated) (Kotler and Keller)",
    );
    const OPTIONS: &'static [OptionDef] = &[YEAR, FROM, TO];
    const CHART: Option<ChartHint> = Some(ChartHint::new(ChartKind::StackedBars, &["source"], &["won", "lost"]));

    fn parse(options: &Options) -> Result<Self> {
        Ok(Self { days: options.days()? })
    }

    fn parameters(&self, _: &View<'_>) -> Vec<(Name, Value)> {
        vec![("from".into(), self.days.from.into()), ("to".into(), self.days.to.into())]
    }

    async fn table(&self, view: &View<'_>) -> Result<Table> {
        let keys = vec![KeyColumn::new(Opportunity::source).named("source"), KeyColumn::new(Opportunity::status)];
        let amount = Measure::Sum(Opportunity::amount.path());
        let measures = vec![MeasureColumn::new("opportunities", Measure::Count), MeasureColumn::new("amount", amount)];
        let definition = Definition::groups::<Opportunity>(Self::NAME, keys, measures)
            .filter(self.days.moments(&Opportunity::created_at.path(), view.time_zone()));
        let fold = |groups: Vec<AggregateRow>| {
            let mut tallies: BTreeMap<Value, (i64, i64, i64, i128)> = BTreeMap::new();
            for group in groups {
                let ([source, Value::Text(status)], [Value::Int(count), Value::Money(amount)]) =
                    (group.keys.as_slice(), group.measures.as_slice())
                else {
                    continue;
                };
                let tally = tallies.entry(source.clone()).or_default();
                tally.0 += count;
                if status == OpportunityStatus::Won.code() {
                    (tally.1, tally.3) = (tally.1 + count, tally.3 + i128::from(amount.raw()));
                } else if status == OpportunityStatus::Terminated.code() {
                    tally.2 += count;
                }
            }
            let row = |(source, (all, won, lost, amount)): (Value, (i64, i64, i64, i128))| {
                let rate = Rate::share(won, won + lost).ok().flatten();
                let amount = Money::from_wide(amount).map_err(|_| QueryError::Range("won_amount".into()))?;
                let figures = vec![all.into(), won.into(), lost.into(), rate.into(), amount.into()];
                Ok(AggregateRow::new(vec![source], figures))
            };
            tallies.into_iter().map(row).collect()
        };
        let columns = vec![
            texts("source", "来源", "Source"),
            whole_numbers("opportunities", "机会数", "Opportunities"),
            whole_numbers("won", "成功", "Won"),
            whole_numbers("lost", "终止", "Lost"),
            rates("rate", "赢单率", "Win rate"),
            Column::new("won_amount", ColumnType::Money, Label::new("成功金额", "Won amount")),
        ];
        listed(columns, folded(&definition, view, fold).await?, &["opportunities", "won", "lost", "won_amount"])
    }
}

/// Which customers nobody has been in touch with.
///
/// The normal customers without an activity in the given number of days up to and including the day `as_of`: number,
/// name, manager and the day of the last order (contact strategy; Kumar and Reinartz, "Customer Relationship
/// Management"). In the order of the numbers.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::report::CustomersToContact;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let report = crm.system().report_typed(&CustomersToContact { within: 60, ..Default::default() }).await?;
/// assert_eq!(report.name, "customers-to-contact");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CustomersToContact {
    /// The day that is looked back from; without it, today.
    pub as_of: Option<Date>,
    /// How many days.
    pub within: u32,
}

impl Default for CustomersToContact {
    /// Thirty days up to today.
    fn default() -> Self {
        Self { as_of: None, within: 30 }
    }
}

#[async_trait]
impl StandardReport for CustomersToContact {
    const NAME: &'static str = "customers-to-contact";
    const ABOUT: Label =
        Label::new("待联系客户：多日无交往记录", "normal customers without an activity for days (Kumar and Reinartz)");
    const OPTIONS: &'static [OptionDef] =
        &[AS_OF, OptionDef::new("days", "N", "天数，默认 30", "how many days without an activity, default 30")];
    const CHART: Option<ChartHint> = Some(ChartHint::counted(ChartKind::Bars, &["manager"]));

    fn parse(options: &Options) -> Result<Self> {
        let within = options.number("days", 0..=36_500)?.and_then(|days| u32::try_from(days).ok());
        Ok(Self { as_of: options.date("as-of")?, within: within.unwrap_or(Self::default().within) })
    }

    fn parameters(&self, view: &View<'_>) -> Vec<(Name, Value)> {
        let as_of = self.as_of.unwrap_or_else(|| view.today());
        vec![("as_of".into(), as_of.into()), ("days".into(), self.within.into())]
    }

    async fn table(&self, view: &View<'_>) -> Result<Table> {
        let as_of = self.as_of.unwrap_or_else(|| view.today());
        let since = as_of.checked_sub_days(chrono::Days::new(self.within.into())).unwrap_or(Date::MIN);
        let after =
            Filter::Compare { path: Activity::date.path(), comparison: Comparison::Greater, value: Value::Date(since) };
        let touched = Filter::exists(Activity::customer, after.and(Days::until(as_of).dates(&Activity::date.path())));
        let fields = vec![
            FieldColumn::new(Customer::number).named("customer_number"),
            FieldColumn::new(Customer::name).named("customer_name"),
            FieldColumn::new(Customer::manager),
            FieldColumn::new(Customer::last_order_on).named("last_order_date"),
        ];
        Definition::list::<Customer>(Self::NAME, fields)
            .filter(Customer::status.eq(CustomerStatus::Normal))
            .filter(touched.not())
            .table(view)
            .await
    }
}
