//! Number series: the numbers people see on customers and orders.

use chrono::Datelike;

use crate::change::{Adjust, AdjustKey, Change};
use crate::error::{Error, Result};
use crate::id::Id;
use crate::problem::FieldProblem;
use crate::rules::{Context, Rules};
use crate::schema::{Entity, EntityFacts, Facts};
use crate::value::{Date, Slot, Value};

crate::choice!(
    /// When a series starts again at 1.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::organisation::SeriesReset;
    /// use crmkit::prelude::*;
    /// use crmkit::schema::Lang;
    ///
    /// assert_eq!(SeriesReset::Year.code(), "year");
    /// assert_eq!(SeriesReset::from_code("year"), Ok(SeriesReset::Year));
    /// assert_eq!(SeriesReset::definition().label("year", Lang::Zh), "每年");
    /// ```
    pub enum SeriesReset {
        /// Every day.
        #[code("day", "每日", "Daily")]
        Day,
        /// Every month.
        #[code("month", "每月", "Monthly")]
        Month,
        /// Every calendar year.
        #[code("year", "每年", "Yearly")]
        Year,
        /// Never.
        #[code("never", "从不", "Never")]
        Never,
    }
);

crate::entity!(
    #[entity("sys_series", "编号规则", "Number series")]
    #[inputs(NewNumberSeries, NumberSeriesPatch)]
    /// How numbers of one kind are made: a prefix, a date and a running number.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::organisation::{NewNumberSeries, NumberSeries, SeriesReset};
    /// use crmkit::prelude::*;
    ///
    /// let new = NewNumberSeries { date_pattern: Some("yyyy-".into()), width: 5, ..NewNumberSeries::daily("invoice", "R") };
    /// let new = NewNumberSeries { reset: SeriesReset::Year, ..new };
    /// let series = NumberSeries::draft(Id::NIL, new);
    /// assert_eq!(series.text("2026-03-02".parse()?, 42), "R2026-00042");
    /// assert_eq!(series.period("2026-03-02".parse()?), "2026");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub struct NumberSeries {
        /// The name of the series, such as `customer`.
        #[label("编码", "Code")]
        pub code: String,
        /// What every number begins with.
        #[label("前缀", "Prefix")]
        pub prefix: Option<String>,
        /// The date in the number: any text with `yyyy`, `yy`, `MM` and `dd` in it.
        #[label("日期格式", "Date pattern")]
        pub date_pattern: Option<String>,
        /// The least number of digits of the running number.
        #[label("位数", "Width")]
        pub width: i64,
        /// When the running number starts again.
        #[label("重置", "Reset")]
        pub reset: SeriesReset,
        /// How many numbers a program reserves at a time, from 1 to 10,000: those who need one then do not wait for
        /// each other, but what a program has left when it ends is lost. Without it every number is taken in the
        /// commit that uses it, and there is no gap.
        #[label("预留数量", "Block")]
        pub block: Option<i64>,
    }
);

crate::entity!(
    #[entity("sys_series_counter", "编号计数", "Series counter")]
    #[inputs(NewSeriesCounter, SeriesCounterPatch)]
    /// The last number a series has given in one period.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::organisation::SeriesCounter;
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// for name in ["Acme", "Globex"] {
    ///     crm.system().customers().create(NewCustomer::new(name)).await?;
    /// }
    /// let of_customers = Query::of::<SeriesCounter>().filter(SeriesCounter::series.eq("customer"));
    /// let counters = crm.system().of::<SeriesCounter>().list(of_customers).await?.items;
    /// assert_eq!(counters.iter().map(|counter| counter.last).sum::<i64>(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub struct SeriesCounter {
        /// The series.
        #[label("编号规则", "Series")]
        pub series: String,
        /// The period, or `-` for a series that never resets.
        #[label("周期", "Period")]
        pub period: String,
        /// The last number given.
        #[label("当前值", "Last")]
        pub last: i64,
    }
);

impl EntityFacts for NumberSeries {
    fn facts() -> Facts {
        Facts::default().unique::<Self>(&[&NumberSeries::code]).natural::<Self>(&[&NumberSeries::code])
    }
}

impl EntityFacts for SeriesCounter {
    fn facts() -> Facts {
        Facts::default().unique::<Self>(&[&SeriesCounter::series, &SeriesCounter::period]).unrecorded()
    }
}

impl Rules for NumberSeries {
    fn created(draft: Self, _: &Context) -> Result<Self> {
        draft.checked()
    }

    fn edited(_: &Self, after: Self, _: &Context) -> Result<Self> {
        after.checked()
    }
}

impl Rules for SeriesCounter {}

impl NewNumberSeries {
    /// A series that starts again every day: `KH` gives `KH071202001`.
    #[must_use]
    pub fn daily(code: impl Into<String>, prefix: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            prefix: Some(prefix.into()),
            date_pattern: Some("yyMMdd".into()),
            width: 3,
            reset: SeriesReset::Day,
            ..Self::default()
        }
    }
}

impl NumberSeries {
    fn checked(self) -> Result<Self> {
        let mut problems = Vec::new();
        if !(1..=18).contains(&self.width) {
            problems.push(FieldProblem::invalid("width", "it is a number of digits from 1 to 18"));
        }
        if self.block.is_some_and(|block| !(1..=10_000).contains(&block)) {
            problems.push(FieldProblem::invalid("block", "it is a number from 1 to 10,000, or none"));
        }
        let length = self.prefix.as_ref().map_or(0, String::len) + self.date_pattern.as_ref().map_or(0, String::len);
        if length > 40 {
            problems.push(FieldProblem::invalid("prefix", "prefix and date pattern have at most 40 bytes together"));
        }
        if problems.is_empty() { Ok(self) } else { Err(Error::Invalid { entity: "number_series".into(), problems }) }
    }

    /// The change that takes the next number on a day, and the value that stands for it in later changes of the same
    /// set. `slot` counts the additions with a slot before this one in the set; `counter` is the id the counter gets
    /// if this is the first number of its period; `skip` numbers are left out, because others have them already.
    #[must_use]
    pub fn next(&self, day: Date, slot: usize, counter: Id<SeriesCounter>, skip: i64) -> (Change, Value) {
        let take = self.reserve(day, counter, skip.saturating_add(1));
        let (prefix, width) = self.frame(day);
        (take, Value::Slot(Slot { index: slot, prefix, width, offset: 0 }))
    }

    /// The change that takes `count` numbers at once on a day, and hands out the last of them. `counter` is the id the
    /// counter gets if these are the first numbers of its period.
    #[must_use]
    pub fn reserve(&self, day: Date, counter: Id<SeriesCounter>, count: i64) -> Change {
        let period = self.period(day);
        let new = NewSeriesCounter { series: self.code.clone(), period: period.clone(), ..Default::default() };
        let key = vec![
            (SeriesCounter::series.name().into(), Value::from(self.code.clone())),
            (SeriesCounter::period.name().into(), Value::from(period)),
        ];
        Change::Adjust(Adjust {
            entity: SeriesCounter::NAME.into(),
            key: AdjustKey::Unique(key),
            if_absent: Some(SeriesCounter::draft(counter, new).into_record()),
            add: vec![(SeriesCounter::last.name().into(), count)],
            require: Vec::new(),
            slot: Some(SeriesCounter::last.name().into()),
        })
    }

    /// A number of the series as people see it.
    #[must_use]
    pub fn text(&self, day: Date, number: i64) -> String {
        let (prefix, width) = self.frame(day);
        Slot { index: 0, prefix, width, offset: 0 }.render(number)
    }

    /// The period a day lies in: the running number starts again with each.
    #[must_use]
    pub fn period(&self, day: Date) -> String {
        match self.reset {
            SeriesReset::Day => date_text("yyyy-MM-dd", day),
            SeriesReset::Month => date_text("yyyy-MM", day),
            SeriesReset::Year => date_text("yyyy", day),
            SeriesReset::Never => "-".to_owned(),
        }
    }

    fn frame(&self, day: Date) -> (String, usize) {
        let mut prefix = self.prefix.clone().unwrap_or_default();
        prefix.push_str(&date_text(self.date_pattern.as_deref().unwrap_or_default(), day));
        (prefix, usize::try_from(self.width).unwrap_or(1))
    }
}

/// A date written by a pattern of `yyyy`, `yy`, `MM` and `dd`; everything else stands for itself.
fn date_text(pattern: &str, day: Date) -> String {
    let year = format!("{:04}", day.year());
    let short = year.get(2..).unwrap_or_default();
    // The longer pattern goes first, since the shorter is part of it.
    let text = pattern.replace("yyyy", &year).replace("yy", short);
    text.replace("MM", &format!("{:02}", day.month())).replace("dd", &format!("{:02}", day.day()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;

    #[test]
    fn the_classic_customer_number_comes_out() {
        let day = NaiveDate::from_ymd_opt(2007, 12, 2).unwrap();
        let series = NumberSeries::draft(Id::NIL, NewNumberSeries::daily("customer", "KH"));
        let (_, value) = series.next(day, 0, Id::NIL, 0);
        let Value::Slot(slot) = value else { panic!("no slot") };
        assert_eq!((slot.render(1), slot.render(1000)), ("KH071202001".into(), "KH0712021000".into()));
    }
}
