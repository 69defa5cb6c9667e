//! What time it is, asked in one place so that a run can be repeated.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{TimeDelta, Utc};

use crate::value::{Timestamp, TimestampError};

/// Tells the time. The shell asks it once per command; rules are given the answer.
///
/// # Examples
///
/// ```
/// use crmkit::clock::{Clock, SystemClock};
/// use crmkit::prelude::*;
///
/// /// A clock that goes wrong by an hour.
/// #[derive(Debug)]
/// struct Wrong;
///
/// impl Clock for Wrong {
///     fn now(&self) -> Timestamp {
///         SystemClock.now().checked_add(chrono::TimeDelta::hours(1)).unwrap_or(Timestamp::EPOCH)
///     }
/// }
///
/// assert!(Wrong.now() > SystemClock.now());
/// ```
pub trait Clock: fmt::Debug + Send + Sync {
    /// Now, in UTC.
    fn now(&self) -> Timestamp;
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> Timestamp {
        self.as_ref().now()
    }
}

/// The machine's clock.
///
/// # Examples
///
/// ```
/// use crmkit::clock::{Clock, SystemClock};
/// use crmkit::value::Timestamp;
///
/// assert!(SystemClock.now() > "2025-01-01T00:00:00Z".parse::<Timestamp>()?);
/// # Ok::<(), crmkit::value::TimestampError>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::try_from(Utc::now()).unwrap_or(Timestamp::MAX)
    }
}

/// A clock that stands still until it is moved.
///
/// # Examples
///
/// ```
/// use chrono::TimeDelta;
/// use crmkit::clock::{Clock, FixedClock};
///
/// let clock = FixedClock::new("2026-01-31T09:00:00Z".parse()?);
/// clock.advance(TimeDelta::days(1))?;
/// assert_eq!(clock.now().to_string(), "2026-02-01T09:00:00Z");
/// # Ok::<(), crmkit::value::TimestampError>(())
/// ```
#[derive(Debug)]
pub struct FixedClock(AtomicI64);

impl FixedClock {
    /// A clock that shows `now`.
    #[must_use]
    pub const fn new(now: Timestamp) -> Self {
        Self(AtomicI64::new(now.as_micros()))
    }

    /// Moves the clock by a span, which may be negative.
    ///
    /// # Errors
    ///
    /// [`TimestampError::Range`] if the clock would leave the years 1 to 9999; it then stays where it was.
    pub fn advance(&self, span: TimeDelta) -> Result<(), TimestampError> {
        let moved = self.now().checked_add(span)?;
        self.0.store(moved.as_micros(), Ordering::SeqCst);
        Ok(())
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst)).unwrap_or(Timestamp::EPOCH)
    }
}
