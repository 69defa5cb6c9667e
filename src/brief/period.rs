//! The days a brief is about, and those it is compared with.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, Days as Span, Months};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::query::Period;
use crate::report::{Days, ReportError};
use crate::schema::Lang;
use crate::value::{Date, date_in_range};

/// A calendar period, or the days from one to another, both of them inclusive.
///
/// # Examples
///
/// ```
/// use crmkit::brief::BriefPeriod;
///
/// let quarter: BriefPeriod = "1997-Q1".parse()?;
/// assert_eq!(quarter.previous().map(|before| before.to_string()).as_deref(), Some("1996-Q4"));
/// assert_eq!(quarter.last_year().map(|before| before.to_string()).as_deref(), Some("1996-Q1"));
/// let days = BriefPeriod::between(quarter.first(), "1997-01-10".parse()?).ok_or("no days")?;
/// assert_eq!(days.previous().map(|before| before.to_string()).as_deref(), Some("1996-12-22/1996-12-31"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BriefPeriod {
    first: Date,
    last: Date,
    calendar: Option<Period>,
}

impl BriefPeriod {
    /// The calendar period in which a day lies; none at the end of all days.
    #[must_use]
    pub fn of(period: Period, day: Date) -> Option<Self> {
        let first = period.start(day);
        let last = period.next(day).checked_sub_days(Span::new(1))?;
        Self { first, last, calendar: Some(period) }.in_range()
    }

    /// The days from one to another; none if the first comes after the last. All days of a month, quarter or year are
    /// that month, quarter or year.
    #[must_use]
    pub fn between(first: Date, last: Date) -> Option<Self> {
        let kinds = [Period::Month, Period::Quarter, Period::Year];
        let whole = kinds.into_iter().filter_map(|kind| Self::of(kind, first));
        let mut whole = whole.filter(|period| (period.first, period.last) == (first, last));
        whole.next().or(Self { first, last, calendar: None }.in_range())
    }

    /// The month before the one in which a day lies.
    #[must_use]
    pub fn month_before(day: Date) -> Option<Self> {
        Self::of(Period::Month, day)?.previous()
    }

    /// The first day.
    #[must_use]
    pub const fn first(&self) -> Date {
        self.first
    }

    /// The last day.
    #[must_use]
    pub const fn last(&self) -> Date {
        self.last
    }

    /// Which calendar period it is, if it is one.
    #[must_use]
    pub const fn calendar(&self) -> Option<Period> {
        self.calendar
    }

    /// Its days, for a report.
    #[must_use]
    pub const fn days(&self) -> Days {
        Days { from: Some(self.first), to: Some(self.last) }
    }

    /// The calendar period before, or as many days before.
    #[must_use]
    pub fn previous(&self) -> Option<Self> {
        let last = self.first.checked_sub_days(Span::new(1))?;
        match self.calendar {
            Some(period) => Self::of(period, last),
            None => {
                let length = self.last.signed_duration_since(self.first).to_std().ok()?;
                let first = last.checked_sub_days(Span::new(length.as_secs() / 86_400))?;
                Self { first, last, calendar: None }.in_range()
            }
        }
    }

    /// The same period one year earlier. Of a year that is the one before, so there is none; nor is there one of a
    /// week that only some years have.
    #[must_use]
    pub fn last_year(&self) -> Option<Self> {
        let year_before = |day: Date| day.checked_sub_months(Months::new(12));
        match self.calendar {
            Some(Period::Year) => None,
            Some(Period::Week) => {
                let week = self.first.iso_week();
                let name = format!("{:04}-W{:02}", week.year().checked_sub(1)?, week.week());
                Self::of(Period::Week, Period::parse(&name)?.1)
            }
            Some(period @ (Period::Day | Period::Month | Period::Quarter)) => {
                Self::of(period, year_before(self.first)?)
            }
            None => {
                let (first, last) = (year_before(self.first)?, year_before(self.last)?);
                Self { first, last, calendar: None }.in_range()
            }
        }
    }

    /// What people call it: `Q1 1997`, `1997年第1季度`.
    #[must_use]
    pub fn title(&self, lang: Lang) -> String {
        let (year, month) = (self.first.year(), self.first.month());
        let quarter = (month - 1) / 3 + 1;
        match (self.calendar, lang) {
            (Some(Period::Year), Lang::En) => year.to_string(),
            (Some(Period::Year), Lang::Zh) => format!("{year}年"),
            (Some(Period::Quarter), Lang::En) => format!("Q{quarter} {year}"),
            (Some(Period::Quarter), Lang::Zh) => format!("{year}年第{quarter}季度"),
            (Some(Period::Month), Lang::En) => self.first.format("%B %Y").to_string(),
            (Some(Period::Month), Lang::Zh) => format!("{year}年{month}月"),
            (Some(Period::Week), _) => Period::Week.name(self.first),
            (Some(Period::Day), _) => self.first.to_string(),
            (None, Lang::En) => format!("{} to {}", self.first, self.last),
            (None, Lang::Zh) => format!("{}至{}", self.first, self.last),
        }
    }

    fn in_range(self) -> Option<Self> {
        let good = self.first <= self.last && date_in_range(self.first) && date_in_range(self.last);
        good.then_some(self)
    }
}

/// `1997`, `1997-Q1`, `1997-03`, `1997-W09`, `1997-03-01`, or `1997-03-01/1997-03-09`.
impl fmt::Display for BriefPeriod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.calendar {
            Some(period) => f.write_str(&period.name(self.first)),
            None => write!(f, "{}/{}", self.first, self.last),
        }
    }
}

impl FromStr for BriefPeriod {
    type Err = ReportError;

    fn from_str(text: &str) -> Result<Self, ReportError> {
        let days = |(first, last)| Self::between(crate::value::parse_date(first)?, crate::value::parse_date(last)?);
        let found = match text.split_once('/') {
            Some(ends) => days(ends),
            None => Period::parse(text).and_then(|(period, day)| Self::of(period, day)),
        };
        found.ok_or_else(|| ReportError::BadOption {
            option: "period".into(),
            problem: format!(
                "`{}` is no period such as 1997, 1997-Q2, 1997-03, 1997-W09 or 1997-03-01/1997-03-09",
                text.chars().take(40).collect::<String>()
            ),
        })
    }
}

impl Serialize for BriefPeriod {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("name", &self.to_string())?;
        map.serialize_entry("from", &self.first)?;
        map.serialize_entry("to", &self.last)?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(period: Option<BriefPeriod>) -> String {
        period.map_or_else(|| "-".to_owned(), |period| period.to_string())
    }

    #[test]
    fn each_period_has_those_it_is_compared_with() {
        for (name, previous, last_year, en, zh) in [
            ("1997", "1996", "-", "1997", "1997年"),
            ("1997-Q2", "1997-Q1", "1996-Q2", "Q2 1997", "1997年第2季度"),
            ("1997-01", "1996-12", "1996-01", "January 1997", "1997年1月"),
            ("2021-W01", "2020-W53", "2020-W01", "2021-W01", "2021-W01"),
            ("2020-W53", "2020-W52", "-", "2020-W53", "2020-W53"),
            ("2024-02-29", "2024-02-28", "2023-02-28", "2024-02-29", "2024-02-29"),
            (
                "2024-02-20/2024-02-29",
                "2024-02-10/2024-02-19",
                "2023-02-20/2023-02-28",
                "2024-02-20 to 2024-02-29",
                "2024-02-20至2024-02-29",
            ),
            ("0001", "-", "-", "1", "1年"),
            ("0001-01-01/0001-01-02", "-", "-", "0001-01-01 to 0001-01-02", "0001-01-01至0001-01-02"),
        ] {
            let period: BriefPeriod = name.parse().unwrap();
            assert_eq!(period.to_string(), name);
            assert_eq!(shown(period.previous()), previous, "{name}");
            assert_eq!(shown(period.last_year()), last_year, "{name}");
            assert_eq!((period.title(Lang::En), period.title(Lang::Zh)), (en.to_owned(), zh.to_owned()), "{name}");
        }
    }

    #[test]
    fn whole_months_are_months() {
        for (days, name) in [
            ("2024-02-01/2024-02-29", "2024-02"),
            ("2024-04-01/2024-06-30", "2024-Q2"),
            ("2024-01-01/2024-12-31", "2024"),
            ("2024-02-01/2024-03-31", "2024-02-01/2024-03-31"),
            ("9999-12-01/9999-12-31", "9999-12"),
        ] {
            assert_eq!(days.parse::<BriefPeriod>().unwrap().to_string(), name);
        }
        let day = "2026-03-01".parse().unwrap();
        assert_eq!(shown(BriefPeriod::month_before(day)), "2026-02");
    }

    #[test]
    fn what_is_no_period_is_refused() {
        for text in ["", "97", "1997-13", "1997-02-02/1997-02-01", "1997/1998", "1997-Q5", "1997-01-01/"] {
            let error = text.parse::<BriefPeriod>().unwrap_err();
            assert!(error.is_usage());
            assert!(error.to_string().starts_with(&format!("option `period`: `{text}` is no period")), "{error}");
        }
    }
}
