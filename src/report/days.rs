//! Spans of days.

use chrono::{Datelike, Days as Span, NaiveDate};
use chrono_tz::Tz;

use crate::query::{Comparison, Filter};
use crate::schema::Path;
use crate::value::{Date, Timestamp, Value};

/// A span of calendar days, both ends inclusive; an end that is not given is open.
///
/// A day is the organisation's: the span of moments begins with the first moment of the first day in the zone and ends
/// before the first moment of the day after the last, so 23:59:59.999999 belongs to its day.
///
/// # Examples
///
/// ```
/// use crmkit::report::Days;
///
/// let year = Days::year(2024).ok_or("no year")?;
/// let shown = |day: Option<crmkit::value::Date>| day.map(|day| day.to_string()).unwrap_or_default();
/// assert_eq!((shown(year.from), shown(year.to)), ("2024-01-01".into(), "2024-12-31".into()));
/// # Ok::<(), &'static str>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Days {
    /// The first day.
    pub from: Option<Date>,
    /// The last day.
    pub to: Option<Date>,
}

impl Days {
    /// All days.
    pub const ALL: Self = Self { from: None, to: None };

    /// A calendar year, if dates have it.
    #[must_use]
    pub fn year(year: i32) -> Option<Self> {
        let (from, to) = (NaiveDate::from_ymd_opt(year, 1, 1)?, NaiveDate::from_ymd_opt(year, 12, 31)?);
        (1..=9999).contains(&from.year()).then_some(Self { from: Some(from), to: Some(to) })
    }

    /// Up to and including a day.
    #[must_use]
    pub const fn until(day: Date) -> Self {
        Self { from: None, to: Some(day) }
    }

    /// The records whose moment at `path` lies in these days of a zone. Where an end is open, records without a moment
    /// are not left out by it.
    #[must_use]
    pub fn moments(&self, path: &Path, zone: Tz) -> Filter {
        let bound = |day: Option<Date>, comparison| {
            // A day whose beginning no moment can have is before or behind every moment, which is an open end.
            let start = day.and_then(|day| Timestamp::start_of_day(day, zone).ok());
            start.map_or(Filter::All, |at| compare(path, comparison, Value::Timestamp(at)))
        };
        let after = self.to.and_then(|day| day.checked_add_days(Span::new(1)));
        bound(self.from, Comparison::GreaterOrEqual).and(bound(after, Comparison::Less))
    }

    /// The records whose day at `path` is one of these.
    #[must_use]
    pub fn dates(&self, path: &Path) -> Filter {
        let bound =
            |day: Option<Date>, comparison| day.map_or(Filter::All, |day| compare(path, comparison, Value::Date(day)));
        bound(self.from, Comparison::GreaterOrEqual).and(bound(self.to, Comparison::LessOrEqual))
    }
}

fn compare(path: &Path, comparison: Comparison, value: Value) -> Filter {
    Filter::Compare { path: path.clone(), comparison, value }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::{America, Asia};

    fn shown(days: Days, zone: Tz) -> String {
        serde_json::to_string(&days.moments(&Path::field("at"), zone)).unwrap()
    }

    fn day(text: &str) -> Option<Date> {
        crate::value::parse_date(text)
    }

    #[test]
    fn the_last_day_counts_to_its_end() {
        let days = Days { from: day("2018-11-03"), to: day("2018-11-03") };
        let text = shown(days, America::Sao_Paulo);
        assert!(text.contains("\"greater_or_equal\",\"value\":\"2018-11-03T03:00:00Z\""), "{text}");
        // The next day begins at 01:00, since its midnight is skipped.
        assert!(text.contains("\"less\",\"value\":\"2018-11-04T03:00:00Z\""), "{text}");
    }

    #[test]
    fn the_first_and_last_of_all_days_are_open_ends() {
        let all = Days { from: day("0001-01-01"), to: day("9999-12-31") };
        assert_eq!(all.moments(&Path::field("at"), Asia::Shanghai), Filter::All);
        assert_eq!(Days::year(0), None);
        assert_eq!(Days::year(10_000), None);
        assert!(Days::year(9999).is_some());
    }

    #[test]
    fn days_that_are_stored_as_days_need_no_zone() {
        let days = Days { from: day("2024-02-29"), to: day("2024-03-01") };
        let text = serde_json::to_string(&days.dates(&Path::field("on"))).unwrap();
        assert!(text.contains("\"greater_or_equal\",\"value\":\"2024-02-29\""), "{text}");
        assert!(text.contains("\"less_or_equal\",\"value\":\"2024-03-01\""), "{text}");
        assert_eq!(Days::ALL.dates(&Path::field("on")), Filter::All);
    }
}
