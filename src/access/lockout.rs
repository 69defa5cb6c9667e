//! Lock-out: how long somebody waits after wrong passwords.

use std::time::Duration;

use chrono::TimeDelta;

use crate::value::Timestamp;

/// How wrong passwords are answered: a few are free, then each makes the next try wait longer.
///
/// A try is counted before the password is looked at, so tries at the same moment are counted like tries one after
/// another. A try while one has to wait is not looked at and does not count.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use crmkit::access::{Failures, Lockout};
/// use crmkit::value::Timestamp;
///
/// let lockout = Lockout { free: 2, ..Default::default() };
/// let now = Timestamp::EPOCH;
/// let once = lockout.counted(Failures::default(), now).map_err(|_| "locked")?;
/// let twice = lockout.counted(once, now).map_err(|_| "locked")?;
/// let until: Timestamp = "1970-01-01T00:01:00Z".parse()?;
/// assert_eq!(lockout.counted(twice, now), Err(until));
/// assert_eq!(lockout.counted(twice, until).map(|failures| failures.count), Ok(3));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lockout {
    /// How many wrong passwords are answered without delay.
    pub free: u32,
    /// How long one waits then; each further wrong password doubles it.
    pub first_delay: Duration,
    /// How long one waits at most.
    pub longest_delay: Duration,
    /// After how much time without a wrong password all are forgotten.
    pub forgotten_after: Duration,
}

impl Default for Lockout {
    /// 5 free, 1 minute to 1 hour, forgotten after a day.
    fn default() -> Self {
        let minute = Duration::from_secs(60);
        Self { free: 5, first_delay: minute, longest_delay: minute * 60, forgotten_after: minute * 60 * 24 }
    }
}

/// The wrong passwords of an account since the last right one.
///
/// # Examples
///
/// ```
/// use crmkit::access::{Failures, Lockout};
/// use crmkit::prelude::*;
///
/// let failures = Failures { count: 5, last_at: Timestamp::EPOCH };
/// let until = Lockout::default().locked_until(failures);
/// assert_eq!(until.map(|until| until.to_string()), Some("1970-01-01T00:01:00Z".to_owned()));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failures {
    /// How many.
    pub count: i64,
    /// When the last of them was tried.
    pub last_at: Timestamp,
}

impl Default for Failures {
    fn default() -> Self {
        Self { count: 0, last_at: Timestamp::EPOCH }
    }
}

impl Lockout {
    /// The failures if one more is tried now.
    ///
    /// # Errors
    ///
    /// Until when one has to wait.
    pub fn counted(&self, failures: Failures, now: Timestamp) -> Result<Failures, Timestamp> {
        if failures.count <= 0 || now >= after(failures.last_at, self.forgotten_after) {
            return Ok(Failures { count: 1, last_at: now });
        }
        match self.locked_until(failures) {
            Some(until) if now < until => Err(until),
            // A clock that was set back does not shorten what is waited.
            _ => Ok(Failures { count: failures.count.saturating_add(1), last_at: now.max(failures.last_at) }),
        }
    }

    /// Until when nothing is tried after these failures, if one has to wait at all.
    #[must_use]
    pub fn locked_until(&self, failures: Failures) -> Option<Timestamp> {
        let further = failures.count.saturating_sub(i64::from(self.free.max(1)));
        if further < 0 {
            return None;
        }
        let further = u32::try_from(further).unwrap_or(u32::MAX);
        let delay = self.first_delay.saturating_mul(1_u32.checked_shl(further).unwrap_or(u32::MAX));
        Some(after(failures.last_at, delay.min(self.longest_delay)))
    }
}

fn after(moment: Timestamp, span: Duration) -> Timestamp {
    let span = TimeDelta::from_std(span).unwrap_or(TimeDelta::MAX);
    moment.checked_add(span).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delay_doubles_up_to_an_hour_and_all_is_forgotten_after_a_day() {
        let lockout = Lockout::default();
        let (mut failures, mut now, mut delays) = (Failures::default(), Timestamp::EPOCH, Vec::new());
        for _ in 0..14 {
            failures = lockout.counted(failures, now).unwrap();
            if let Some(until) = lockout.locked_until(failures) {
                delays.push((until.as_micros() - now.as_micros()) / 60_000_000);
                assert_eq!(lockout.counted(failures, now), Err(until));
                now = until;
            }
        }
        assert_eq!(delays, [1, 2, 4, 8, 16, 32, 60, 60, 60, 60]);
        let later = after(now, Duration::from_secs(24 * 60 * 60));
        assert_eq!(lockout.counted(failures, later).unwrap().count, 1);
    }

    #[test]
    fn no_number_and_no_clock_opens_the_lock() {
        let lockout = Lockout::default();
        let now: Timestamp = "2026-03-01T09:00:00Z".parse().unwrap();
        for count in [5, 36, 37, 38, 100, i64::from(u32::MAX), i64::from(u32::MAX) + 6, i64::MAX] {
            assert!(lockout.counted(Failures { count, last_at: now }, now).is_err(), "{count}");
        }
        let earlier = Timestamp::EPOCH;
        assert!(lockout.counted(Failures { count: 5, last_at: now }, earlier).is_err());
        assert_eq!(lockout.counted(Failures { count: 4, last_at: now }, earlier).unwrap().last_at, now);
    }
}
