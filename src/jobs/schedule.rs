//! When a job is due: rhythms in the organisation's time zone, and the slots they make.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, Days, Months, NaiveDate, NaiveDateTime, NaiveTime, Weekday};
use chrono_tz::Tz;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::value::{Date, Timestamp};

const MINUTE: i64 = 60_000_000;
/// The longest rhythm in minutes: a week.
const LONGEST: u32 = 7 * 24 * 60;

/// A wall-clock time, to the minute.
///
/// # Examples
///
/// ```
/// use crmkit::jobs::TimeOfDay;
///
/// assert_eq!(TimeOfDay::new(8, 5).map(|time| time.to_string()), Some("08:05".into()));
/// assert_eq!(TimeOfDay::new(24, 0), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeOfDay {
    hour: u8,
    minute: u8,
}

impl TimeOfDay {
    /// 00:00.
    pub const MIDNIGHT: Self = Self { hour: 0, minute: 0 };

    /// From an hour below 24 and a minute below 60.
    #[must_use]
    pub const fn new(hour: u8, minute: u8) -> Option<Self> {
        if hour < 24 && minute < 60 { Some(Self { hour, minute }) } else { None }
    }

    fn on(self, day: Date) -> NaiveDateTime {
        let time = NaiveTime::from_hms_opt(self.hour.into(), self.minute.into(), 0);
        day.and_time(time.unwrap_or(NaiveTime::MIN))
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.hour, self.minute)
    }
}

/// A moment at which a job is due, and the day it is due for.
///
/// # Examples
///
/// ```
/// use crmkit::jobs::{Schedule, Slot};
///
/// let weekly: Schedule = "weekly saturday 02:00".parse()?;
/// let slot = weekly.next(Slot::moment("2026-03-03T12:00:00Z".parse()?), chrono_tz::Asia::Shanghai).ok_or("none")?;
/// assert_eq!(slot.at.to_string(), "2026-03-06T18:00:00Z");
/// assert_eq!(slot.day.map(|day| day.to_string()), Some("2026-03-07".into()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// When.
    pub at: Timestamp,
    /// The day in the organisation's zone, of schedules that go by days. However the zone changes, a job that goes by
    /// days has one slot a day.
    pub day: Option<Date>,
}

impl Slot {
    /// A moment that stands for no day.
    #[must_use]
    pub const fn moment(at: Timestamp) -> Self {
        Self { at, day: None }
    }
}

/// When a job is due: every day, every week or every month at a time of day, or every so many minutes.
///
/// Days and times are those of the organisation's zone. A time that the clock skips is the first moment behind the gap; a
/// time that comes twice is its first occurrence. A day that a month does not have is its last one. Minutes are counted
/// in UTC from midnight of 1970-01-01, whatever the clocks do.
///
/// As text, which is how it is stored: `daily 08:00`, `weekly saturday 02:00`, `monthly 31 06:00`, `every 15 minutes`.
///
/// # Examples
///
/// ```
/// use crmkit::jobs::Schedule;
///
/// let schedule: Schedule = "Monthly 31 6:00".parse()?;
/// assert_eq!(schedule.to_string(), "monthly 31 06:00");
/// assert!("weekly someday 06:00".parse::<Schedule>().is_err());
/// # Ok::<(), crmkit::jobs::ScheduleError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Schedule(Rhythm);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Rhythm {
    Daily { at: TimeOfDay },
    Weekly { day: Weekday, at: TimeOfDay },
    Monthly { day: u32, at: TimeOfDay },
    Every { minutes: u32 },
}

/// A text that is no schedule.
///
/// # Examples
///
/// ```
/// use crmkit::jobs::Schedule;
///
/// let error = "now and then".parse::<Schedule>().map_err(|error| error.to_string());
/// assert!(error.is_err_and(|text| text.starts_with("`now and then` is no schedule such as `daily 08:00`")));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no schedule such as `daily 08:00`, `weekly saturday 02:00`, `monthly 31 06:00` or `every 15 minutes` (1 to {LONGEST})"
)]
pub struct ScheduleError(String);

impl Schedule {
    /// Every day.
    #[must_use]
    pub const fn daily(at: TimeOfDay) -> Self {
        Self(Rhythm::Daily { at })
    }

    /// Every week.
    #[must_use]
    pub const fn weekly(day: Weekday, at: TimeOfDay) -> Self {
        Self(Rhythm::Weekly { day, at })
    }

    /// Every month, on a day from 1 to 31; a number outside is the nearest of these.
    #[must_use]
    pub const fn monthly(day: u32, at: TimeOfDay) -> Self {
        let day = if day < 1 {
            1
        } else if day > 31 {
            31
        } else {
            day
        };
        Self(Rhythm::Monthly { day, at })
    }

    /// Every so many minutes, from 1 to those of a week; a number outside is the nearest of these.
    #[must_use]
    pub const fn every_minutes(minutes: u32) -> Self {
        let minutes = if minutes < 1 {
            1
        } else if minutes > LONGEST {
            LONGEST
        } else {
            minutes
        };
        Self(Rhythm::Every { minutes })
    }

    /// The first slot after another one; none behind the last day there is.
    #[must_use]
    pub fn next(&self, after: Slot, zone: Tz) -> Option<Slot> {
        let Some(at) = self.time() else {
            let step = self.micros();
            let next = after.at.as_micros().div_euclid(step).checked_add(1)?.checked_mul(step)?;
            return Timestamp::from_micros(next).ok().map(Slot::moment);
        };
        // A time that the clock skips is later than its day says, so the days just before may not be over yet.
        let local = after.at.local_date(zone);
        let mut day = local.checked_sub_days(Days::new(2)).unwrap_or(local);
        if let Some(done) = after.day.and_then(|day| day.checked_add_days(Days::new(1))) {
            day = day.max(done);
        }
        loop {
            day = self.day_from(day)?;
            match slot_on(day, at, zone) {
                Some(slot) if slot.at > after.at => return Some(slot),
                // The first days there are begin before the first moment there is in some zones.
                None if day.year() > 1 => return None,
                _ => {}
            }
            day = day.checked_add_days(Days::new(1))?;
        }
    }

    /// The slots after one up to a moment, that moment included.
    pub fn slots(&self, after: Slot, until: Timestamp, zone: Tz) -> impl Iterator<Item = Slot> {
        let schedule = *self;
        let within = move |slot: &Slot| slot.at <= until;
        let first = schedule.next(after, zone).filter(within);
        std::iter::successors(first, move |slot| schedule.next(*slot, zone).filter(within))
    }

    /// The newest of the slots after one up to a moment, at most so many, the oldest of them first. It looks at no more
    /// slots than it gives, however long ago the first one is.
    #[must_use]
    pub fn newest(&self, after: Slot, until: Timestamp, zone: Tz, at_most: usize) -> Vec<Slot> {
        let mut found: Vec<Slot> = Vec::new();
        if let Some(at) = self.time() {
            let mut day = Some(until.local_date(zone));
            while let Some(on) = day.and_then(|day| self.day_until(day)) {
                let slot = slot_on(on, at, zone);
                let reached = |slot: &Slot| slot.at <= after.at || after.day.is_some_and(|done| on <= done);
                // The last days there are end behind the last moment there is in some zones.
                if slot.as_ref().map_or(on.year() < 9999, reached) {
                    break;
                }
                if let Some(slot) = slot.filter(|slot| slot.at <= until) {
                    let full = found.len() == at_most;
                    match found.last_mut() {
                        // Days that the clock skips begin together, and the first of them has the slot.
                        Some(later) if later.at == slot.at => *later = slot,
                        _ if full => break,
                        _ => found.push(slot),
                    }
                }
                day = on.checked_sub_days(Days::new(1));
            }
        } else {
            let step = self.micros();
            let mut at = until.as_micros().div_euclid(step).saturating_mul(step);
            while at > after.at.as_micros() && found.len() < at_most {
                let Ok(moment) = Timestamp::from_micros(at) else { break };
                found.push(Slot::moment(moment));
                at = at.saturating_sub(step);
            }
        }
        found.reverse();
        found
    }

    const fn time(&self) -> Option<TimeOfDay> {
        match self.0 {
            Rhythm::Daily { at } | Rhythm::Weekly { at, .. } | Rhythm::Monthly { at, .. } => Some(at),
            Rhythm::Every { .. } => None,
        }
    }

    fn micros(&self) -> i64 {
        match self.0 {
            Rhythm::Every { minutes } => i64::from(minutes) * MINUTE,
            Rhythm::Daily { .. } | Rhythm::Weekly { .. } | Rhythm::Monthly { .. } => i64::MAX,
        }
    }

    /// The first day it falls on, from a day on.
    fn day_from(&self, day: Date) -> Option<Date> {
        match self.0 {
            Rhythm::Daily { .. } | Rhythm::Every { .. } => Some(day),
            Rhythm::Weekly { day: wanted, .. } => day.checked_add_days(Days::new(days_between(day.weekday(), wanted))),
            Rhythm::Monthly { day: wanted, .. } => {
                let this = day_of_month(day, wanted)?;
                if this >= day {
                    Some(this)
                } else {
                    day_of_month(first(day)?.checked_add_months(Months::new(1))?, wanted)
                }
            }
        }
    }

    /// The last day it falls on, up to a day.
    fn day_until(&self, day: Date) -> Option<Date> {
        match self.0 {
            Rhythm::Daily { .. } | Rhythm::Every { .. } => Some(day),
            Rhythm::Weekly { day: wanted, .. } => day.checked_sub_days(Days::new(days_between(wanted, day.weekday()))),
            Rhythm::Monthly { day: wanted, .. } => {
                let this = day_of_month(day, wanted)?;
                if this <= day {
                    Some(this)
                } else {
                    day_of_month(first(day)?.checked_sub_months(Months::new(1))?, wanted)
                }
            }
        }
    }
}

fn slot_on(day: Date, at: TimeOfDay, zone: Tz) -> Option<Slot> {
    let moment = Timestamp::from_local(at.on(day), zone).ok()?;
    Some(Slot { at: moment, day: Some(day) })
}

/// How many days after one day of the week the next other one is.
fn days_between(from: Weekday, to: Weekday) -> u64 {
    u64::from(to.days_since(from))
}

fn first(day: Date) -> Option<Date> {
    day.with_day(1)
}

/// That day of a day's month, or the month's last.
fn day_of_month(month: Date, day: u32) -> Option<Date> {
    (1..=day).rev().find_map(|found| NaiveDate::from_ymd_opt(month.year(), month.month(), found))
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Rhythm::Daily { at } => write!(f, "daily {at}"),
            Rhythm::Weekly { day, at } => write!(f, "weekly {} {at}", day_name(day)),
            Rhythm::Monthly { day, at } => write!(f, "monthly {day} {at}"),
            Rhythm::Every { minutes } => write!(f, "every {minutes} minutes"),
        }
    }
}

const fn day_name(day: Weekday) -> &'static str {
    match day {
        Weekday::Mon => "monday",
        Weekday::Tue => "tuesday",
        Weekday::Wed => "wednesday",
        Weekday::Thu => "thursday",
        Weekday::Fri => "friday",
        Weekday::Sat => "saturday",
        Weekday::Sun => "sunday",
    }
}

impl FromStr for Schedule {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        let lower = text.to_ascii_lowercase();
        let words: Vec<&str> = lower.split_ascii_whitespace().collect();
        let found = match words.as_slice() {
            ["daily", at] => time(at).map(Self::daily),
            ["weekly", day, at] => day.parse().ok().zip(time(at)).map(|(day, at)| Self::weekly(day, at)),
            ["monthly", day, at] => {
                let day = number(day).filter(|day| (1..=31).contains(day));
                day.zip(time(at)).map(|(day, at)| Self::monthly(day, at))
            }
            ["every", minutes, "minutes" | "minute"] => {
                number(minutes).filter(|minutes| (1..=LONGEST).contains(minutes)).map(Self::every_minutes)
            }
            _ => None,
        };
        found.ok_or_else(|| ScheduleError(text.chars().take(80).collect()))
    }
}

fn time(text: &str) -> Option<TimeOfDay> {
    let (hour, minute) = text.split_once(':')?;
    let minute = if minute.len() == 2 { number(minute)? } else { return None };
    TimeOfDay::new(u8::try_from(number(hour)?).ok()?, u8::try_from(minute).ok()?)
}

fn number(text: &str) -> Option<u32> {
    if text.len() <= 5 && text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

impl Serialize for Schedule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Schedule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::{America, Asia, Australia, Europe, Pacific};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// The slots between two moments, as the zone's clocks show them and in UTC.
    fn shown(schedule: &str, after: &str, until: &str, zone: Tz) -> Vec<(String, String)> {
        let schedule: Schedule = schedule.parse().unwrap();
        let (after, until) = (Slot::moment(at(after)), at(until));
        let slots: Vec<Slot> = schedule.slots(after, until, zone).collect();
        for few in [0, 1, 2, slots.len(), slots.len() + 7] {
            let newest = &slots[slots.len().saturating_sub(few)..];
            assert_eq!(schedule.newest(after, until, zone, few), newest, "the newest {few}");
        }
        slots.iter().map(|slot| (slot.at.local(zone).to_string(), slot.at.to_string())).collect()
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(local, utc)| ((*local).to_owned(), (*utc).to_owned())).collect()
    }

    #[test]
    fn a_time_the_clock_skips_is_the_first_moment_behind_the_gap() {
        // Berlin goes from 02:00 to 03:00 on 2026-03-29.
        assert_eq!(
            shown("daily 02:30", "2026-03-27T12:00:00Z", "2026-03-30T12:00:00Z", Europe::Berlin),
            pairs(&[
                ("2026-03-28 02:30:00", "2026-03-28T01:30:00Z"),
                ("2026-03-29 03:00:00", "2026-03-29T01:00:00Z"),
                ("2026-03-30 02:30:00", "2026-03-30T00:30:00Z"),
            ])
        );
        // Lord Howe goes from 02:00 to 02:30 on 2026-10-04.
        assert_eq!(
            shown("weekly sunday 02:15", "2026-09-28T00:00:00Z", "2026-10-12T00:00:00Z", Australia::Lord_Howe),
            pairs(&[("2026-10-04 02:30:00", "2026-10-03T15:30:00Z"), ("2026-10-11 02:15:00", "2026-10-10T15:15:00Z"),])
        );
    }

    #[test]
    fn a_time_that_comes_twice_is_run_at_the_first() {
        // Berlin goes from 03:00 back to 02:00 on 2026-10-25.
        let expected =
            [("2026-10-25 02:30:00", "2026-10-25T00:30:00Z"), ("2026-10-26 02:30:00", "2026-10-26T01:30:00Z")];
        let found = shown("daily 02:30", "2026-10-24T12:00:00Z", "2026-10-26T12:00:00Z", Europe::Berlin);
        assert_eq!(found, pairs(&expected));
        // Asked between the two it is not due again.
        let between = shown("daily 02:30", "2026-10-25T00:31:00Z", "2026-10-25T22:00:00Z", Europe::Berlin);
        assert_eq!(between, pairs(&[]));
        // Lord Howe goes from 02:00 back to 01:30 on 2026-04-05.
        assert_eq!(
            shown("daily 01:45", "2026-04-04T00:00:00Z", "2026-04-05T12:00:00Z", Australia::Lord_Howe),
            pairs(&[("2026-04-05 01:45:00", "2026-04-04T14:45:00Z")])
        );
    }

    #[test]
    fn a_midnight_and_a_whole_day_may_be_skipped() {
        assert_eq!(
            shown("daily 00:00", "2018-11-03T12:00:00Z", "2018-11-05T12:00:00Z", America::Sao_Paulo),
            pairs(&[("2018-11-04 01:00:00", "2018-11-04T03:00:00Z"), ("2018-11-05 00:00:00", "2018-11-05T02:00:00Z"),])
        );
        // Apia had no 2011-12-30: its slot and that of the day behind are one moment, and so one slot.
        assert_eq!(
            shown("daily 00:00", "2011-12-28T12:00:00Z", "2012-01-01T00:00:00Z", Pacific::Apia),
            pairs(&[
                ("2011-12-29 00:00:00", "2011-12-29T10:00:00Z"),
                ("2011-12-31 00:00:00", "2011-12-30T10:00:00Z"),
                ("2012-01-01 00:00:00", "2011-12-31T10:00:00Z"),
            ])
        );
    }

    #[test]
    fn a_month_without_the_day_has_its_last_one() {
        let days = |schedule, after, until| -> Vec<String> {
            let slots = shown(schedule, after, until, Asia::Shanghai);
            slots.into_iter().map(|(local, _)| local[..10].to_owned()).collect()
        };
        assert_eq!(
            days("monthly 31 06:00", "2023-12-31T12:00:00Z", "2024-06-01T00:00:00Z"),
            ["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30", "2024-05-31"]
        );
        assert_eq!(
            days("monthly 29 06:00", "2026-02-01T00:00:00Z", "2026-03-30T00:00:00Z"),
            ["2026-02-28", "2026-03-29"]
        );
        assert_eq!(days("monthly 1 06:00", "2026-01-01T00:00:00Z", "2026-02-15T00:00:00Z"), ["2026-02-01"]);
        assert_eq!(days("daily 12:00", "2024-02-28T00:00:00Z", "2024-03-01T12:00:00Z").len(), 3);
        assert_eq!(
            days("weekly saturday 02:00", "2026-02-28T00:00:00Z", "2026-03-14T00:00:00Z"),
            ["2026-03-07", "2026-03-14"]
        );
    }

    #[test]
    fn minutes_go_on_whatever_the_clocks_do() {
        let slots = shown("every 45 minutes", "2026-03-29T00:00:00Z", "2026-03-29T03:00:00Z", Europe::Berlin);
        let utc: Vec<&str> = slots.iter().map(|(_, utc)| &utc[11..16]).collect();
        assert_eq!(utc, ["00:45", "01:30", "02:15", "03:00"]);
        let earlier = shown("every 60 minutes", "1969-12-31T22:30:00Z", "1970-01-01T00:00:00Z", Tz::UTC);
        assert_eq!(earlier.len(), 2);
    }

    #[test]
    fn a_change_of_the_zone_gives_no_day_a_second_slot() {
        let daily: Schedule = "daily 08:00".parse().unwrap();
        let (west, east) = (America::New_York, Asia::Shanghai);
        let start = Slot::moment(at("2026-06-01T23:00:00Z"));
        let in_west = daily.next(start, west).unwrap();
        assert_eq!(
            (in_west.at.to_string(), in_west.day.unwrap().to_string()),
            ("2026-06-02T12:00:00Z".into(), "2026-06-02".into())
        );
        let then_east = daily.next(in_west, east).unwrap();
        assert_eq!(then_east.at.to_string(), "2026-06-03T00:00:00Z");
        // And from east to west: 2026-06-03 is done, though it is 08:00 there once more.
        let back_west = daily.next(then_east, west).unwrap();
        assert_eq!(back_west.at.to_string(), "2026-06-04T12:00:00Z");
        assert_eq!(daily.newest(then_east, at("2026-06-03T13:00:00Z"), west, 5), []);
    }

    #[test]
    fn the_ends_of_time_have_no_further_slot() {
        for schedule in ["daily 08:00", "weekly monday 00:00", "monthly 31 23:59", "every 1 minutes"] {
            let schedule: Schedule = schedule.parse().unwrap();
            for zone in [Tz::UTC, Pacific::Apia, America::New_York] {
                assert_eq!(schedule.next(Slot::moment(Timestamp::MAX), zone), None);
                assert!(schedule.next(Slot::moment(Timestamp::MIN), zone).is_some());
                assert_eq!(schedule.newest(Slot::moment(Timestamp::MIN), Timestamp::MAX, zone, 3).len(), 3);
                assert_eq!(schedule.newest(Slot::moment(Timestamp::MIN), Timestamp::MIN, zone, 3), []);
            }
        }
    }

    #[test]
    fn reads_what_it_writes_and_refuses_the_rest() {
        for text in ["daily 08:00", "weekly sunday 23:59", "monthly 31 00:00", "every 1 minutes", "every 10080 minutes"]
        {
            assert_eq!(text.parse::<Schedule>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "daily",
            "daily 8",
            "daily 24:00",
            "daily 08:60",
            "daily 08:0",
            "daily -1:00",
            "weekly 02:00",
            "monthly 0 06:00",
            "monthly 32 06:00",
            "every 0 minutes",
            "every 10081 minutes",
            "every 5 hours",
            "daily 08:00 utc",
            "every 99999999999999999999 minutes",
        ] {
            assert!(text.parse::<Schedule>().is_err(), "{text}");
        }
    }
}
