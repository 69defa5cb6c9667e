//! Calendar periods, named by their first day.

use chrono::{Datelike, Months, NaiveDate, TimeDelta, Weekday};
use serde::{Deserialize, Serialize};

use crate::value::Date;

/// A calendar period.
///
/// # Examples
///
/// ```
/// use crmkit::query::Period;
/// use crmkit::value::Date;
///
/// let day = Date::from_ymd_opt(2012, 1, 1).ok_or("no day")?;
/// assert_eq!(Period::Week.name(Period::Week.start(day)), "2011-W52");
/// assert_eq!(Period::Quarter.name(day), "2012-Q1");
/// # Ok::<(), &'static str>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Period {
    /// A day.
    Day,
    /// A week of ISO 8601: from Monday on.
    Week,
    /// A month.
    Month,
    /// A quarter of the calendar year.
    Quarter,
    /// A calendar year.
    Year,
}

impl Period {
    /// The first day of the period a day lies in.
    #[must_use]
    pub fn start(self, day: Date) -> Date {
        let first = |month| NaiveDate::from_ymd_opt(day.year(), month, 1).unwrap_or(day);
        match self {
            Self::Day => day,
            Self::Week => {
                let past_monday = i64::from(day.weekday().num_days_from_monday());
                day.checked_sub_signed(TimeDelta::days(past_monday)).unwrap_or(day)
            }
            Self::Month => first(day.month()),
            Self::Quarter => first(day.month0() / 3 * 3 + 1),
            Self::Year => first(1),
        }
    }

    /// The first day of the period after the one a day lies in.
    #[must_use]
    pub fn next(self, day: Date) -> Date {
        let start = self.start(day);
        let later = match self {
            Self::Day => start.checked_add_signed(TimeDelta::days(1)),
            Self::Week => start.checked_add_signed(TimeDelta::days(7)),
            Self::Month => start.checked_add_months(Months::new(1)),
            Self::Quarter => start.checked_add_months(Months::new(3)),
            Self::Year => start.checked_add_months(Months::new(12)),
        };
        later.unwrap_or(start)
    }

    /// The name of the period that a day lies in: `2011`, `2011-Q4`, `2011-12`, `2011-W49` or `2011-12-09`.
    #[must_use]
    pub fn name(self, day: Date) -> String {
        match self {
            Self::Day => day.to_string(),
            Self::Week => {
                let week = day.iso_week();
                format!("{:04}-W{:02}", week.year(), week.week())
            }
            Self::Month => format!("{:04}-{:02}", day.year(), day.month()),
            Self::Quarter => format!("{:04}-Q{}", day.year(), day.month0() / 3 + 1),
            Self::Year => format!("{:04}", day.year()),
        }
    }

    /// Reads a name back: the period and its first day.
    #[must_use]
    pub fn parse(name: &str) -> Option<(Self, Date)> {
        let year = |text: &str| -> Option<i32> {
            let good = text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit());
            if good { text.parse().ok().filter(|year| *year > 0) } else { None }
        };
        let Some((left, right)) = name.split_once('-') else {
            return Some((Self::Year, NaiveDate::from_ymd_opt(year(name)?, 1, 1)?));
        };
        let year = year(left)?;
        let number = |digits: &str, length: usize| -> Option<u32> {
            let good = digits.len() == length && digits.bytes().all(|b| b.is_ascii_digit());
            if good { digits.parse().ok() } else { None }
        };
        if let Some(quarter) = right.strip_prefix('Q') {
            let quarter = number(quarter, 1).filter(|quarter| (1..=4).contains(quarter))?;
            return Some((Self::Quarter, NaiveDate::from_ymd_opt(year, quarter * 3 - 2, 1)?));
        }
        if let Some(week) = right.strip_prefix('W') {
            return Some((Self::Week, NaiveDate::from_isoywd_opt(year, number(week, 2)?, Weekday::Mon)?));
        }
        if let Some(month) = number(right, 2) {
            return Some((Self::Month, NaiveDate::from_ymd_opt(year, month, 1)?));
        }
        crate::value::parse_date(name).map(|day| (Self::Day, day))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back() {
        for name in ["2011", "2011-Q4", "2011-12", "2011-W49", "2011-12-09", "2020-W53"] {
            let (period, day) = Period::parse(name).unwrap();
            assert_eq!(period.name(day), name);
            assert_eq!(period.start(day), day);
        }
        for name in ["", "11", "2011-13", "2011-W54", "2011-Q5", "2011-02-30", "2011-W1", "0000", "2021-W53"] {
            assert_eq!(Period::parse(name), None, "{name}");
        }
    }

    #[test]
    fn periods_follow_one_another() {
        let day = NaiveDate::from_ymd_opt(2024, 2, 29).unwrap();
        for (period, start, next) in [
            (Period::Day, "2024-02-29", "2024-03-01"),
            (Period::Week, "2024-02-26", "2024-03-04"),
            (Period::Month, "2024-02-01", "2024-03-01"),
            (Period::Quarter, "2024-01-01", "2024-04-01"),
            (Period::Year, "2024-01-01", "2025-01-01"),
        ] {
            assert_eq!((period.start(day).to_string(), period.next(day).to_string()), (start.into(), next.into()));
        }
    }
}
