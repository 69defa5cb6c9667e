//! Moments in UTC, cut to microseconds.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Date;

/// A moment in UTC with microseconds, between the years 1 and 9999.
///
/// What is finer than a microsecond is cut off, because no common store keeps it. A day or a month only exists in a
/// zone: see [`Timestamp::local_date`] and [`Timestamp::start_of_day`].
///
/// # Examples
///
/// ```
/// use crmkit::value::Timestamp;
///
/// let at: Timestamp = "2011-12-09T12:50:00Z".parse()?;
/// assert_eq!(at.local_date(chrono_tz::Asia::Shanghai).to_string(), "2011-12-09");
/// assert_eq!(at.to_string(), "2011-12-09T12:50:00Z");
/// # Ok::<(), crmkit::value::TimestampError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// Why a text is no moment.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
///
/// assert!("2026-02-30T09:00:00Z".parse::<Timestamp>().is_err(), "there is no such day");
/// assert!("2026-02-28T09:00:00+08:00".parse::<Timestamp>().is_ok());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TimestampError {
    /// The text is no ISO 8601 day or moment, or names a day that does not exist.
    #[error("`{0}` is not a date such as 1996-07-04 or 1996-07-04T12:30:00Z")]
    Syntax(String),
    /// The moment lies outside the years 1 to 9999.
    #[error("the date is outside the years 0001 to 9999")]
    Range,
}

const MIN_MICROS: i64 = -62_135_596_800_000_000;
const MAX_MICROS: i64 = 253_402_300_799_999_999;

impl Timestamp {
    /// The first moment of year 1.
    pub const MIN: Self = Self(MIN_MICROS);
    /// The last moment of year 9999.
    pub const MAX: Self = Self(MAX_MICROS);
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);
    /// A mark for "not given" outside the range that is stored.
    pub(crate) const MISSING: Self = Self(i64::MIN);

    /// From microseconds since 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    ///
    /// [`TimestampError::Range`] outside the years 1 to 9999.
    pub const fn from_micros(micros: i64) -> Result<Self, TimestampError> {
        if micros < MIN_MICROS || micros > MAX_MICROS { Err(TimestampError::Range) } else { Ok(Self(micros)) }
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// The same moment for `chrono`.
    #[must_use]
    pub fn to_utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0).unwrap_or(DateTime::UNIX_EPOCH)
    }

    /// This moment and a span later (or earlier).
    ///
    /// # Errors
    ///
    /// [`TimestampError::Range`] outside the years 1 to 9999.
    pub fn checked_add(self, span: TimeDelta) -> Result<Self, TimestampError> {
        let micros = span.num_microseconds().and_then(|micros| self.0.checked_add(micros));
        micros.map_or(Err(TimestampError::Range), Self::from_micros)
    }

    /// The wall-clock day and time in a zone.
    #[must_use]
    pub fn local(self, zone: Tz) -> NaiveDateTime {
        self.to_utc().with_timezone(&zone).naive_local()
    }

    /// The day in a zone.
    #[must_use]
    pub fn local_date(self, zone: Tz) -> Date {
        self.local(zone).date()
    }

    /// The first moment of a day in a zone: its midnight, or where the clock skips midnight the first moment after.
    ///
    /// # Errors
    ///
    /// [`TimestampError::Range`] outside the years 1 to 9999.
    pub fn start_of_day(date: Date, zone: Tz) -> Result<Self, TimestampError> {
        Self::from_local(date.and_time(NaiveTime::MIN), zone)
    }

    /// The moment of a wall-clock time in a zone. A time that occurs twice is its first occurrence; a time that the
    /// clock skips is the first moment after the gap.
    ///
    /// # Errors
    ///
    /// [`TimestampError::Range`] outside the years 1 to 9999.
    pub fn from_local(local: NaiveDateTime, zone: Tz) -> Result<Self, TimestampError> {
        if !super::date_in_range(local.date()) {
            return Err(TimestampError::Range);
        }
        match zone.from_local_datetime(&local) {
            LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => Self::try_from(at.with_timezone(&Utc)),
            LocalResult::None => Self::after_gap(local, zone),
        }
    }

    /// The first moment whose wall clock is past the gap that `local` lies in: found by bisection, since the length
    /// of a gap is not limited to an hour.
    fn after_gap(local: NaiveDateTime, zone: Tz) -> Result<Self, TimestampError> {
        let guess = local.and_utc().timestamp_micros();
        let (mut before, mut after) = (guess - 2 * DAY_MICROS, guess + 2 * DAY_MICROS);
        while after - before > 1 {
            let middle = before + (after - before) / 2;
            if Self::from_micros(middle)?.local(zone) < local { before = middle } else { after = middle }
        }
        Self::from_micros(after)
    }

    /// Reads a day, or a day and time with or without an offset. Without an offset it is the zone's wall clock; a day
    /// alone is its first moment there.
    ///
    /// # Errors
    ///
    /// [`TimestampError`] if the text is no such thing, the day does not exist, or it is out of range.
    pub fn parse_in(text: &str, zone: Tz) -> Result<Self, TimestampError> {
        let syntax = || TimestampError::Syntax(text.chars().take(40).collect());
        if let Some(date) = parse_date(text) {
            return Self::start_of_day(date, zone);
        }
        if !text.is_ascii() || text.get(10..11).is_none_or(|sep| sep != "T" && sep != " ") {
            return Err(syntax());
        }
        if parse_date(text.get(..10).unwrap_or_default()).is_none() {
            return Err(syntax());
        }
        let iso = text.replacen(' ', "T", 1);
        if let Ok(at) = DateTime::parse_from_rfc3339(&iso) {
            return Self::try_from(at.with_timezone(&Utc));
        }
        for format in ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M"] {
            if let Ok(local) = NaiveDateTime::parse_from_str(&iso, format) {
                return Self::from_local(local, zone);
            }
        }
        Err(syntax())
    }
}

const DAY_MICROS: i64 = 86_400_000_000;

/// Reads `1996-07-04`, exactly: four, two and two digits, a day that exists, year 1 or later.
#[must_use]
pub(crate) fn parse_date(text: &str) -> Option<Date> {
    let bytes = text.as_bytes();
    let digits = |range: std::ops::Range<usize>| -> Option<u32> {
        let part = text.get(range)?;
        if part.bytes().all(|b| b.is_ascii_digit()) { part.parse().ok() } else { None }
    };
    if bytes.len() != 10 || bytes.get(4) != Some(&b'-') || bytes.get(7) != Some(&b'-') {
        return None;
    }
    let year = i32::try_from(digits(0..4)?).ok()?;
    NaiveDate::from_ymd_opt(year, digits(5..7)?, digits(8..10)?).filter(|date| super::date_in_range(*date))
}

impl TryFrom<DateTime<Utc>> for Timestamp {
    type Error = TimestampError;
    fn try_from(at: DateTime<Utc>) -> Result<Self, TimestampError> {
        Self::from_micros(at.timestamp_micros())
    }
}

/// RFC 3339 with an offset, or without one in UTC.
impl FromStr for Timestamp {
    type Err = TimestampError;
    fn from_str(text: &str) -> Result<Self, TimestampError> {
        Self::parse_in(text, Tz::UTC)
    }
}

/// RFC 3339 in UTC, with as many decimals of a second as there are.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let utc = self.to_utc().format("%Y-%m-%dT%H:%M:%S");
        let micros = self.0.rem_euclid(1_000_000);
        if micros == 0 {
            return f.pad(&format!("{utc}Z"));
        }
        f.pad(format!("{utc}.{micros:06}").trim_end_matches('0')).and_then(|()| f.write_str("Z"))
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Timestamp({self})")
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::{America, Asia, Europe};

    #[test]
    fn a_day_is_its_midnight_in_the_zone() {
        let at = Timestamp::parse_in("1996-07-04", Asia::Shanghai).unwrap();
        assert_eq!(at.to_string(), "1996-07-03T16:00:00Z");
        assert_eq!(at.local_date(Asia::Shanghai).to_string(), "1996-07-04");
    }

    #[test]
    fn a_midnight_the_clock_skips_is_the_first_moment_after() {
        // São Paulo went from 2018-11-03 23:59:59 to 2018-11-04 01:00.
        let at = Timestamp::parse_in("2018-11-04", America::Sao_Paulo).unwrap();
        assert_eq!(at.to_string(), "2018-11-04T03:00:00Z");
        assert_eq!(at.local(America::Sao_Paulo).to_string(), "2018-11-04 01:00:00");
    }

    #[test]
    fn a_time_that_occurs_twice_is_the_first() {
        let at = Timestamp::parse_in("2023-10-29 02:30", Europe::Berlin).unwrap();
        assert_eq!(at.to_string(), "2023-10-29T00:30:00Z");
    }

    #[test]
    fn refuses_what_is_no_date() {
        for text in [
            "2023-02-30",
            "2023-2-3",
            "20230203",
            "",
            "tomorrow",
            "0000-01-01",
            "10000-01-01",
            "2023-02-03X12:00",
            "2023-02-03T25:00:00",
        ] {
            assert!(Timestamp::parse_in(text, Tz::UTC).is_err(), "{text}");
        }
    }

    #[test]
    fn keeps_microseconds_and_no_more() {
        let at: Timestamp = "2011-12-09T23:59:59.999999999Z".parse().unwrap();
        assert_eq!(at.to_string(), "2011-12-09T23:59:59.999999Z");
        assert_eq!(Timestamp::MIN.to_string(), "0001-01-01T00:00:00Z");
        assert_eq!(Timestamp::MAX.to_string(), "9999-12-31T23:59:59.999999Z");
        assert!(Timestamp::MAX.checked_add(TimeDelta::microseconds(1)).is_err());
    }
}
