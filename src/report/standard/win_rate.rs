//! Win rate 赢单率: which share of the opportunities that were closed was won.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::super::catalogue::StandardReport;
use super::super::days::Days;
use super::super::definition::{Definition, KeyColumn, MeasureColumn};
use super::super::error::Result;
use super::super::hint::{ChartHint, ChartKind};
use super::super::options::{OptionDef, Options, word_of};
use super::super::run::folded;
use super::super::table::{Column, Table};
use super::super::view::View;
use super::common::whole_numbers;
use super::sales::{FROM, TO};
use crate::customers::Customer;
use crate::marketing::{Opportunity, OpportunityStatus};
use crate::query::{AggregateRow, Filter, Measure, Period, QueryError};
use crate::schema::{Choice, ColumnType, Label, Name};
use crate::value::{Money, Rate, Value};

/// Which share of the opportunities that were closed was won.
///
/// For every key: how many opportunities were won and how many lost (terminated), the rate won / (won + lost), and the sum
/// of the won ones' amounts, of which one without an amount counts nothing. Without days, every key of an opportunity
/// is listed: one whose opportunities all are open has no rate. With days, and by month, only closed ones count, by the
/// day they were closed in the organisation's zone. The owner is who the opportunity is assigned to, the region that of
/// the opportunity's customer; where there is none, the key is none. Two records of one name stay two rows. In the order
/// of the keys. (Win rate; Jordan and Vazzana, "Cracking the Sales Management Code".)
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::report::{WinRate, WinRateKey};
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let report = crm.system().report_typed(&WinRate { by: WinRateKey::Month, ..Default::default() }).await?;
/// assert_eq!(report.name, "win-rate");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WinRate {
    /// What opportunities are told apart by.
    pub by: WinRateKey,
    /// The days in which they were closed.
    pub days: Days,
}

/// What opportunities are told apart by.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::report::{WinRate, WinRateKey};
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let report = crm.system().report_typed(&WinRate { by: WinRateKey::Source, ..Default::default() }).await?;
/// assert_eq!(report.parameters.iter().find(|(name, _)| name == "by").map(|(_, by)| by.to_string()), Some("source".to_owned()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum WinRateKey {
    /// Who they are assigned to.
    #[default]
    Owner,
    /// What may be sold.
    Product,
    /// Where they came from.
    Source,
    /// The customer.
    Customer,
    /// Where the customer is.
    Region,
    /// The month in which they were closed.
    Month,
}

const KEYS: &[(&str, WinRateKey)] = &[
    ("owner", WinRateKey::Owner),
    ("product", WinRateKey::Product),
    ("source", WinRateKey::Source),
    ("customer", WinRateKey::Customer),
    ("region", WinRateKey::Region),
    ("month", WinRateKey::Month),
];

impl WinRateKey {
    fn column(self) -> KeyColumn {
        match self {
            Self::Owner => KeyColumn::new(Opportunity::assigned_to),
            Self::Product => KeyColumn::new(Opportunity::product),
            Self::Source => KeyColumn::new(Opportunity::source),
            Self::Customer => KeyColumn::new(Opportunity::customer),
            Self::Region => KeyColumn::new(Opportunity::customer.to(Customer::region)),
            Self::Month => KeyColumn::new(Opportunity::closed_at).period(Period::Month),
        }
    }
}

#[async_trait]
impl StandardReport for WinRate {
    const NAME: &'static str = "win-rate";
    const ABOUT: Label = Label::new(
        "赢单率：已关闭机会的成功占比",
        "which share of the closed opportunities was won: won / (won + lost) (Jordan and Vazzana)",
    );
    const OPTIONS: &'static [OptionDef] = &[
        OptionDef::new(
            "by",
            "owner|product|source|customer|region|month",
            "分类依据，默认 owner",
            "what opportunities are told apart by, default owner",
        ),
        FROM,
        TO,
    ];
    const CHART: Option<ChartHint> = Some(ChartHint::new(ChartKind::StackedBars, &["key"], &["won", "lost"]));

    fn parse(options: &Options) -> Result<Self> {
        Ok(Self { by: options.one_of("by", KEYS)?.unwrap_or_default(), days: options.days()? })
    }

    fn parameters(&self, _: &View<'_>) -> Vec<(Name, Value)> {
        vec![
            ("by".into(), word_of(KEYS, &self.by).into()),
            ("from".into(), self.days.from.into()),
            ("to".into(), self.days.to.into()),
        ]
    }

    async fn table(&self, view: &View<'_>) -> Result<Table> {
        let keys = vec![self.by.column().named("key"), KeyColumn::new(Opportunity::status)];
        let amount = Measure::Sum(Opportunity::amount.path());
        let measures = vec![MeasureColumn::new("opportunities", Measure::Count), MeasureColumn::new("amount", amount)];
        let definition = Definition::groups::<Opportunity>(Self::NAME, keys, measures).filter(self.filter(view));
        let mut all = Tally::default();
        let fold = |groups: Vec<AggregateRow>| {
            let mut tallies: BTreeMap<Value, Tally> = BTreeMap::new();
            for group in groups {
                let [key, Value::Text(status)] = group.keys.as_slice() else { continue };
                tallies.entry(key.clone()).or_default().add(status, &group.measures);
                all.add(status, &group.measures);
            }
            let row = |(key, tally): (Value, Tally)| Ok(AggregateRow::new(vec![key], tally.values()?));
            tallies.into_iter().map(row).collect()
        };
        let rows = folded(&definition, view, fold).await?;
        let mut table = Table::new(vec![
            Column::new("key", ColumnType::Text, Label::new("类别", "Key")),
            whole_numbers("won", "成功", "Won"),
            whole_numbers("lost", "终止", "Lost"),
            Column::new("rate", ColumnType::Rate, Label::new("赢单率", "Win rate")),
            Column::new("won_amount", ColumnType::Money, Label::new("成功金额", "Won amount")),
        ]);
        rows.into_iter().for_each(|row| table.push(row));
        let names: Vec<Name> = table.columns().iter().skip(1).map(|column| column.name.clone()).collect();
        table.totals = names.into_iter().zip(all.values()?).collect();
        table.sorted(&[])
    }
}

impl WinRate {
    fn filter(&self, view: &View<'_>) -> Filter {
        let closed = Opportunity::status.is_in([OpportunityStatus::Won, OpportunityStatus::Terminated]);
        let which = match self.by {
            WinRateKey::Month => closed,
            _ if self.days != Days::ALL => closed,
            _ => Filter::All,
        };
        which.and(self.days.moments(&Opportunity::closed_at.path(), view.time_zone()))
    }
}

#[derive(Debug, Default)]
struct Tally {
    won: i64,
    lost: i64,
    /// In 1/10,000.
    amount: i128,
}

impl Tally {
    fn add(&mut self, status: &str, measures: &[Value]) {
        let [Value::Int(count), Value::Money(amount)] = measures else { return };
        if status == OpportunityStatus::Won.code() {
            self.won += count;
            self.amount += i128::from(amount.raw());
        } else if status == OpportunityStatus::Terminated.code() {
            self.lost += count;
        }
    }

    /// Won, lost, rate and amount.
    fn values(&self) -> Result<Vec<Value>> {
        let out_of_range = || QueryError::Range("won_amount".into());
        let rate = Rate::share(self.won, self.won + self.lost).ok().flatten();
        let amount = Money::from_wide(self.amount).map_err(|_| out_of_range())?;
        Ok(vec![self.won.into(), self.lost.into(), rate.into(), amount.into()])
    }
}
