//! What time it is, asked in one place so that a run can be repeated.

use std::fmt;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

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

    /// How long it has run since some moment; it never goes back, whatever becomes of the time of day. Deadlines are
    /// measured by it. This default is the machine's own.
    fn running(&self) -> Duration {
        static BEGUN: LazyLock<Instant> = LazyLock::new(Instant::now);
        BEGUN.elapsed()
    }
}

#[deny(clippy::missing_trait_methods)]
impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> Timestamp {
        self.as_ref().now()
    }
    fn running(&self) -> Duration {
        self.as_ref().running()
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
pub struct FixedClock {
    now: AtomicI64,
    /// How far it was moved on, in microseconds.
    run: AtomicU64,
}

impl FixedClock {
    /// A clock that shows `now`.
    #[must_use]
    pub const fn new(now: Timestamp) -> Self {
        Self { now: AtomicI64::new(now.as_micros()), run: AtomicU64::new(0) }
    }

    /// Moves the clock by a span, which may be negative.
    ///
    /// # Errors
    ///
    /// [`TimestampError::Range`] if the clock would leave the years 1 to 9999; it then stays where it was.
    pub fn advance(&self, span: TimeDelta) -> Result<(), TimestampError> {
        let moved = self.now().checked_add(span)?;
        self.now.store(moved.as_micros(), Ordering::SeqCst);
        let on = span.num_microseconds().and_then(|span| u64::try_from(span).ok()).unwrap_or(0);
        self.run.fetch_add(on, Ordering::SeqCst);
        Ok(())
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.now.load(Ordering::SeqCst)).unwrap_or(Timestamp::EPOCH)
    }

    fn running(&self) -> Duration {
        Duration::from_micros(self.run.load(Ordering::SeqCst))
    }
}
