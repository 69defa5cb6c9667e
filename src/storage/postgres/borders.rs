//! The moments at which periods begin, so that the server can tell the period of a moment without knowing zones.

use chrono::{NaiveDate, NaiveTime, TimeZone};
use chrono_tz::Tz;

use crate::query::{Comparison, Period, PreparedFilter};
use crate::schema::ResolvedPath;
use crate::value::{Date, Timestamp, Value};

/// How many borders one statement is given.
const MAX_BORDERS: usize = 30_000;
/// The years that are covered where the question names none.
const YEARS: std::ops::Range<i32> = 1990..2050;

/// Where periods begin, in their order, and where the last one ends.
#[derive(Debug)]
pub(super) struct Borders {
    pub(super) starts: Vec<Timestamp>,
    /// The periods' first days.
    days: Vec<Date>,
}

impl Borders {
    /// Those for the moments at `path` that a filter lets through, or for those of some decades; none where there are
    /// too many, or where a clock was put back past the beginning of a period, which then begins twice.
    pub(super) fn new(path: &ResolvedPath, (period, zone): (Period, Tz), filter: &PreparedFilter) -> Option<Self> {
        let mut bounds = Bounds::default();
        bounds.narrow(path, filter);
        let first_of = |year| Timestamp::start_of_day(NaiveDate::from_ymd_opt(year, 1, 1)?, zone).ok();
        let from = bounds.from.or_else(|| first_of(YEARS.start))?;
        let to = bounds.to.or_else(|| first_of(YEARS.end))?;
        let label = |at: Timestamp| period.start(at.local_date(zone));
        let (mut starts, mut days): (Vec<Timestamp>, Vec<Date>) = (Vec::new(), Vec::new());
        let mut day = label(from);
        while starts.last().is_none_or(|last| *last <= to) {
            let at = Timestamp::start_of_day(day, zone).ok()?;
            // A period that the clock skips as a whole begins with the next one.
            if label(at) == day {
                let before = label(Timestamp::from_micros(at.as_micros() - 1).ok()?);
                if before >= day || days.last().is_some_and(|last| *last != before) || dips(day, at, zone) {
                    return None;
                }
                starts.push(at);
                days.push(day);
            }
            let next = period.next(day);
            if next <= day || starts.len() > MAX_BORDERS {
                return None;
            }
            day = next;
        }
        // The last border only ends the period before it.
        days.pop();
        Some(Self { starts, days })
    }

    /// The period of a number that the server found; none if the moments lie outside.
    pub(super) fn period(&self, number: i32) -> Option<Date> {
        self.days.get(usize::try_from(number).ok()?.checked_sub(1)?).copied()
    }
}

/// Whether a day that has begun is left again for the day before.
fn dips(day: Date, start: Timestamp, zone: Tz) -> bool {
    let again = zone.from_local_datetime(&day.and_time(NaiveTime::MIN)).latest();
    let again = again.map_or(start.as_micros(), |at| at.timestamp_micros());
    again > start.as_micros() && Timestamp::from_micros(again - 1).is_ok_and(|before| before.local_date(zone) < day)
}

/// Between which moments those lie that a filter lets through.
#[derive(Debug, Default)]
struct Bounds {
    from: Option<Timestamp>,
    to: Option<Timestamp>,
}

impl Bounds {
    fn narrow(&mut self, of: &ResolvedPath, filter: &PreparedFilter) {
        match filter {
            PreparedFilter::And(filters) => filters.iter().for_each(|filter| self.narrow(of, filter)),
            PreparedFilter::Compare { path, comparison, value: Value::Timestamp(at) } if path.path == of.path => {
                use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual};
                if matches!(comparison, Equal | Greater | GreaterOrEqual) {
                    self.from = Some(self.from.map_or(*at, |from| from.max(*at)));
                }
                if matches!(comparison, Equal | Less | LessOrEqual) {
                    self.to = Some(self.to.map_or(*at, |to| to.min(*at)));
                }
            }
            _ => {}
        }
    }
}
