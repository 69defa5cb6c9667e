//! Forecast 销售预测: what open opportunities may bring.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::super::catalogue::StandardReport;
use super::super::definition::{Definition, KeyColumn, MeasureColumn};
use super::super::error::Result;
use super::super::hint::{ChartHint, ChartKind};
use super::super::options::{OptionDef, Options, word_of};
use super::super::run::folded;
use super::super::table::{Column, Table};
use super::super::view::View;
use super::common::{amount, whole_numbers};
use crate::marketing::{Opportunity, OpportunityStatus, Stage};
use crate::query::{AggregateRow, Measure, Period, QueryError};
use crate::schema::{ColumnType, Label, Name};
use crate::value::{Money, Rate, Value, div_half_even};

/// What open opportunities may bring.
///
/// For every key of an opportunity that is not closed: how many there are, the sum of their amounts, and the sum of their
/// amounts each weighted with how likely the opportunity is won: its own success rate or, without one, its stage's
/// probability. One without either, or without an amount, counts nothing there. The weighted sum is rounded once, half to even
/// at the fourth decimal, as is that of the total, which therefore may differ in the last digit from the sum of the rows.
/// By month it is that of the day the opportunity is expected to be closed; the owner is who it is assigned to. In the
/// order of the keys, those without one last. (Weighted pipeline; Mentzer and Moon, "Sales Forecasting Management".)
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::report::{Forecast, ForecastKey};
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let report = crm.system().report_typed(&Forecast { by: ForecastKey::Owner }).await?;
/// assert_eq!(report.name, "forecast");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Forecast {
    /// What opportunities are told apart by.
    pub by: ForecastKey,
}

/// What open opportunities are told apart by.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::report::{Forecast, ForecastKey};
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let report = crm.system().report_typed(&Forecast { by: ForecastKey::Stage }).await?;
/// assert_eq!(report.parameters.iter().find(|(name, _)| name == "by").map(|(_, by)| by.to_string()), Some("stage".to_owned()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum ForecastKey {
    /// The month in which they are expected to be closed.
    #[default]
    Month,
    /// Who they are assigned to.
    Owner,
    /// How far they have come on their pipeline.
    Stage,
}

const KEYS: &[(&str, ForecastKey)] =
    &[("month", ForecastKey::Month), ("owner", ForecastKey::Owner), ("stage", ForecastKey::Stage)];

impl ForecastKey {
    fn column(self) -> KeyColumn {
        match self {
            Self::Month => KeyColumn::new(Opportunity::expected_close_on).period(Period::Month),
            Self::Owner => KeyColumn::new(Opportunity::assigned_to),
            Self::Stage => KeyColumn::new(Opportunity::stage),
        }
    }
}

#[async_trait]
impl StandardReport for Forecast {
    const NAME: &'static str = "forecast";
    const ABOUT: Label = Label::new(
        "销售预测：未关闭机会的预计金额",
        "what open opportunities may bring: sum of amount × probability (Mentzer and Moon, Sales Forecasting Management)",
    );
    const OPTIONS: &'static [OptionDef] = &[OptionDef::new(
        "by",
        "month|owner|stage",
        "分类依据，默认 month",
        "what opportunities are told apart by, default month",
    )];
    const CHART: Option<ChartHint> = Some(ChartHint::new(ChartKind::Bars, &["key"], &["weighted_amount"]));

    fn parse(options: &Options) -> Result<Self> {
        Ok(Self { by: options.one_of("by", KEYS)?.unwrap_or_default() })
    }

    fn parameters(&self, _: &View<'_>) -> Vec<(Name, Value)> {
        vec![("by".into(), word_of(KEYS, &self.by).into())]
    }

    async fn table(&self, view: &View<'_>) -> Result<Table> {
        let keys = vec![
            self.by.column().named("key"),
            KeyColumn::new(Opportunity::success_rate),
            KeyColumn::new(Opportunity::stage.to(Stage::probability)),
        ];
        let sum = Measure::Sum(Opportunity::amount.path());
        let measures = vec![MeasureColumn::new("opportunities", Measure::Count), MeasureColumn::new("amount", sum)];
        let open = Opportunity::status.is_in([OpportunityStatus::Unassigned, OpportunityStatus::Assigned]);
        let definition = Definition::groups::<Opportunity>(Self::NAME, keys, measures).filter(open);
        let mut all = Expected::default();
        let fold = |groups: Vec<AggregateRow>| {
            let mut expected: BTreeMap<Value, Expected> = BTreeMap::new();
            for group in groups {
                let [key, success_rate, probability] = group.keys.as_slice() else { continue };
                let likely = likelihood(success_rate, probability);
                expected.entry(key.clone()).or_default().add(likely, &group.measures);
                all.add(likely, &group.measures);
            }
            let row = |(key, expected): (Value, Expected)| Ok(AggregateRow::new(vec![key], expected.values()?));
            expected.into_iter().map(row).collect()
        };
        let rows = folded(&definition, view, fold).await?;
        let mut table = Table::new(vec![
            Column::new("key", ColumnType::Text, Label::new("类别", "Key")),
            whole_numbers("opportunities", "机会数", "Opportunities"),
            Column::new("amount", ColumnType::Money, amount()),
            Column::new("weighted_amount", ColumnType::Money, Label::new("加权金额", "Weighted amount")),
        ]);
        rows.into_iter().for_each(|row| table.push(row));
        let names: Vec<Name> = table.columns().iter().skip(1).map(|column| column.name.clone()).collect();
        table.totals = names.into_iter().zip(all.values()?).collect();
        table.sorted(&[])
    }
}

/// How likely an opportunity is won, in 1/1,000,000.
fn likelihood(success_rate: &Value, probability: &Value) -> i64 {
    match (success_rate, probability) {
        (Value::Int(percent), _) => percent.saturating_mul(Rate::SCALE / 100),
        (_, Value::Rate(rate)) => rate.raw(),
        (_, _) => 0,
    }
}

#[derive(Debug, Default)]
struct Expected {
    opportunities: i64,
    /// In 1/10,000.
    amount: i128,
    /// In 1/10,000 of 1/1,000,000.
    weighted: i128,
}

impl Expected {
    fn add(&mut self, likely: i64, measures: &[Value]) {
        let [Value::Int(count), Value::Money(amount)] = measures else { return };
        let amount = i128::from(amount.raw());
        self.opportunities += count;
        self.amount += amount;
        self.weighted = self.weighted.saturating_add(amount * i128::from(likely));
    }

    /// The number, the amount and the weighted amount.
    fn values(&self) -> Result<Vec<Value>> {
        let money = |raw: Option<i128>, column: &str| {
            let money = raw.and_then(|raw| Money::from_wide(raw).ok());
            money.ok_or_else(|| QueryError::Range(column.to_owned()))
        };
        let weighted = div_half_even(self.weighted, i128::from(Rate::SCALE));
        Ok(vec![
            self.opportunities.into(),
            money(Some(self.amount), "amount")?.into(),
            money(weighted, "weighted_amount")?.into(),
        ])
    }
}
