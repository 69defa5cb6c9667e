//! RFM: how recently, how often and how much each customer buys.

use async_trait::async_trait;

use super::super::catalogue::StandardReport;
use super::super::definition::MeasureColumn;
use super::super::error::Result;
use super::super::hint::{ChartHint, ChartKind};
use super::super::options::{OptionDef, Options, word_of};
use super::super::steps::Sort;
use super::super::table::{Column, Table};
use super::super::view::View;
use super::common::{amount, whole_numbers};
use super::lapsed::last_orders;
use super::sales::AS_OF;
use crate::query::Measure;
use crate::sales::Order;
use crate::schema::{ColumnType, Label, Name, Scalar};
use crate::value::{Date, Value};

crate::choice!(
    /// What the three scores together say of a customer.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    /// use crmkit::report::Segment;
    /// use crmkit::schema::Lang;
    ///
    /// assert_eq!(Segment::from_code("at_risk"), Ok(Segment::AtRisk));
    /// assert_eq!(Segment::definition().label("at_risk", Lang::En), "At risk");
    /// ```
    pub enum Segment {
        /// Recent, and often or for much.
        #[code("champion", "重要价值客户", "Champion")]
        Champion,
        /// Recent, in the middle otherwise.
        #[code("promising", "潜力客户", "Promising")]
        Promising,
        /// Recent, seldom and for little so far.
        #[code("new", "新客户", "New")]
        New,
        /// Neither recent nor long ago, and often or for much.
        #[code("loyal", "忠诚客户", "Loyal")]
        Loyal,
        /// In the middle.
        #[code("average", "一般客户", "Average")]
        Average,
        /// Neither recent nor long ago, seldom and for little.
        #[code("cooling", "趋冷客户", "Cooling")]
        Cooling,
        /// Long ago, and often or for much before.
        #[code("at_risk", "重要挽留客户", "At risk")]
        AtRisk,
        /// Long ago, in the middle otherwise.
        #[code("slipping", "流失风险客户", "Slipping")]
        Slipping,
        /// Long ago, seldom and for little.
        #[code("dormant", "沉睡客户", "Dormant")]
        Dormant,
    }
);

/// How recently, how often and how much each customer buys, with scores.
///
/// Of the orders up to and including the day `as_of` that count (shipped or paid, not called off): the day of the latest
/// and the days since, their number, and the sum of their amounts. Each score is the part, 1 to `bins`, that a customer
/// falls into when all are sorted ascending by that figure (the latest day, the number, the amount) and then by customer
/// number, and cut into parts of equal size, the first ones longer by one (SQL's `NTILE`): the highest is most recent,
/// most often, most valuable. Customers who had not ordered by then are left out. In the order of the customer numbers.
///
/// With nested binning the customers of one score for recency are cut by number among themselves, and those of one score
/// for both by amount among themselves: recency first, then frequency within it, then amount within both. (Hughes,
/// "Strategic Database Marketing".)
///
/// The segment puts the score for recency, and the mean of the two others, each into the lower two fifths, the middle or
/// the upper two fifths of the scale: 1–2, 3 and 4–5 of five.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::report::Rfm;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let report = crm.system().report_typed(&Rfm { bins: 3, ..Default::default() }).await?;
/// assert_eq!(report.name, "rfm");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rfm {
    /// The day that is looked back from; without it, today.
    pub as_of: Option<Date>,
    /// How many scores there are.
    pub bins: u32,
    /// Among whom each score is given.
    pub binning: RfmBinning,
}

impl Default for Rfm {
    /// Five independent scores, today.
    fn default() -> Self {
        Self { as_of: None, bins: 5, binning: RfmBinning::Independent }
    }
}

/// Among whom the scores of [`Rfm`] are given.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::report::{Rfm, RfmBinning};
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let nested = Rfm { binning: RfmBinning::Nested, ..Default::default() };
/// let report = crm.system().report_typed(&nested).await?;
/// assert!(report.parameters.contains(&("binning".into(), "nested".into())));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum RfmBinning {
    /// Each score among all customers.
    #[default]
    Independent,
    /// Frequency among those of one recency, amount among those of one recency and frequency.
    Nested,
}

const BINNINGS: &[(&str, RfmBinning)] = &[("independent", RfmBinning::Independent), ("nested", RfmBinning::Nested)];

#[async_trait]
impl StandardReport for Rfm {
    const NAME: &'static str = "rfm";
    const ABOUT: Label = Label::new(
        "RFM：最近下单、频次、金额及评分",
        "how recently, often and much each customer buys, with NTILE scores and a segment (Hughes, Strategic Database Marketing)",
    );
    const OPTIONS: &'static [OptionDef] = &[
        AS_OF,
        OptionDef::new("bins", "N", "评分档数，默认 5", "how many scores there are, default 5"),
        OptionDef::new(
            "binning",
            "independent|nested",
            "评分方式，默认 independent",
            "among all, or frequency within recency and amount within both; default independent",
        ),
    ];
    const CHART: Option<ChartHint> = Some(ChartHint::counted(ChartKind::HeatMap, &["r"]).across("f"));

    fn parse(options: &Options) -> Result<Self> {
        let bins = options.number("bins", 1..=100)?.and_then(|bins| u32::try_from(bins).ok());
        let binning = options.one_of("binning", BINNINGS)?.unwrap_or_default();
        Ok(Self { as_of: options.date("as-of")?, bins: bins.unwrap_or(Self::default().bins), binning })
    }

    fn parameters(&self, view: &View<'_>) -> Vec<(Name, Value)> {
        let as_of = self.as_of.unwrap_or_else(|| view.today());
        let binning = word_of(BINNINGS, &self.binning).into();
        vec![("as_of".into(), as_of.into()), ("bins".into(), self.bins.into()), ("binning".into(), binning)]
    }

    async fn table(&self, view: &View<'_>) -> Result<Table> {
        let as_of = self.as_of.unwrap_or_else(|| view.today());
        let more = vec![
            MeasureColumn::new("frequency", Measure::Count),
            MeasureColumn::new("monetary", Measure::Sum(Order::amount.path())),
        ];
        let mut table = Table::new(vec![
            Column::new("customer_number", ColumnType::Text, Label::new("客户编号", "Customer no.")),
            Column::new("last_order_date", ColumnType::Date, Label::new("上次下单日期", "Last order on")),
            whole_numbers("recency_days", "距今天数", "Days since"),
            whole_numbers("frequency", "订单数", "Orders"),
            Column::new("monetary", ColumnType::Money, amount()),
        ]);
        for row in last_orders(view, as_of, more).await?.rows() {
            let [number, _, Value::Timestamp(last), frequency, monetary] = row.as_slice() else { continue };
            let day = last.local_date(view.time_zone());
            let days = as_of.signed_duration_since(day).num_days();
            table.push(vec![number.clone(), day.into(), days.into(), frequency.clone(), monetary.clone()]);
        }
        let bins = usize::try_from(self.bins).unwrap_or(usize::MAX);
        let by = |figure: &'static str| [Sort::ascending(figure), Sort::ascending("customer_number")];
        let (within_r, within_rf): (&[Name], &[Name]) = match self.binning {
            RfmBinning::Independent => (&[], &[]),
            RfmBinning::Nested => (&["r".into()], &["r".into(), "f".into()]),
        };
        let table = table
            .tiled(&by("last_order_date"), bins, whole_numbers("r", "R", "R"))?
            .tiled_within(&by("frequency"), within_r, bins, whole_numbers("f", "F", "F"))?
            .tiled_within(&by("monetary"), within_rf, bins, whole_numbers("m", "M", "M"))?;
        let segment = |row: &Vec<Value>| match row.as_slice() {
            [.., Value::Int(r), Value::Int(f), Value::Int(m)] => segment(*r, *f, *m, self.bins.into()).into_value(),
            _ => Value::Null,
        };
        let segments = Column::new("segment", Segment::column_type(), Label::new("客户分群", "Segment"));
        table.with_column(segments, segment).totalled(&["frequency", "monetary"])?.sorted(&[])
    }
}

fn segment(r: i64, f: i64, m: i64, bins: i64) -> Segment {
    // A score of 3.5 of five still is in the upper part, one of 2.5 in the middle; hence the halves.
    let part = |twice: i64| if twice * 5 >= 7 * bins { 2 } else { i64::from(twice * 5 > 4 * bins) };
    match (part(2 * r), part(f + m)) {
        (2, 2) => Segment::Champion,
        (2, 1) => Segment::Promising,
        (2, _) => Segment::New,
        (1, 2) => Segment::Loyal,
        (1, 1) => Segment::Average,
        (1, _) => Segment::Cooling,
        (_, 2) => Segment::AtRisk,
        (_, 1) => Segment::Slipping,
        (_, _) => Segment::Dormant,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Choice;

    #[test]
    fn five_scores_fall_into_the_parts_that_are_documented() {
        for (r, f, m, code) in [
            (5, 5, 5, "champion"),
            (4, 4, 3, "champion"),
            (4, 3, 3, "promising"),
            (5, 3, 2, "promising"),
            (5, 2, 2, "new"),
            (3, 5, 5, "loyal"),
            (3, 3, 3, "average"),
            (3, 1, 1, "cooling"),
            (2, 4, 4, "at_risk"),
            (1, 3, 3, "slipping"),
            (1, 1, 1, "dormant"),
        ] {
            assert_eq!(segment(r, f, m, 5).code(), code, "{r} {f} {m}");
        }
    }
}
