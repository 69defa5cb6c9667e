//! What is to be done about a job now.

use std::num::NonZeroU32;

use chrono::TimeDelta;
use chrono_tz::Tz;

use super::{JobState, Schedule, Slot};
use crate::value::Timestamp;

/// What becomes of slots that nobody was there for.
///
/// # Examples
///
/// ```
/// use std::num::NonZeroU32;
///
/// use crmkit::jobs::CatchUp;
///
/// let three = NonZeroU32::new(3).map(CatchUp::Every);
/// assert_ne!(three, Some(CatchUp::Latest));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CatchUp {
    /// Only the last one is made up for, and takes the place of the others.
    Latest,
    /// Every one is made up for, one after another, but no more than this many of the last ones.
    Every(NonZeroU32),
}

/// How a job that failed is tried again.
///
/// # Examples
///
/// ```
/// use crmkit::jobs::Retry;
///
/// let delays: Vec<i64> = (1..5).map(|failures| Retry::default().delay(failures).num_minutes()).collect();
/// assert_eq!(delays, [1, 2, 4, 8]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// How often a slot is begun at most, the first time included.
    pub attempts: u32,
    /// How long one waits after the first failure; each further one doubles it.
    pub first_delay: TimeDelta,
    /// How long one waits at most.
    pub longest_delay: TimeDelta,
}

impl Default for Retry {
    /// 5 attempts, after 1 minute to 1 hour.
    fn default() -> Self {
        Self { attempts: 5, first_delay: TimeDelta::minutes(1), longest_delay: TimeDelta::hours(1) }
    }
}

impl Retry {
    /// How long one waits after so many failures.
    #[must_use]
    pub fn delay(&self, failures: i64) -> TimeDelta {
        let doubled = u32::try_from(failures.clamp(1, 30) - 1).unwrap_or_default();
        let delay = 1_i32.checked_shl(doubled).and_then(|times| self.first_delay.checked_mul(times));
        delay.unwrap_or(self.longest_delay).min(self.longest_delay)
    }
}

/// By what is decided about a job.
///
/// # Examples
///
/// ```
/// use chrono::TimeDelta;
/// use crmkit::jobs::{CatchUp, JobState, NewJobState, Retry, Terms, Turn, turn};
/// use crmkit::prelude::*;
///
/// let terms = Terms {
///     schedule: "daily 08:00".parse()?,
///     catch_up: CatchUp::Latest,
///     retry: Retry::default(),
///     lease: TimeDelta::minutes(15),
///     zone: chrono_tz::Asia::Shanghai,
/// };
/// let noon: Timestamp = "2026-03-01T12:00:00Z".parse()?;
/// let state = JobState::draft(Id::NIL, NewJobState::default()).anew(noon);
/// // Eight o'clock in Shanghai.
/// assert_eq!(turn(&state, &terms, noon), Turn::Rest(Some("2026-03-02T00:00:00Z".parse()?)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Terms {
    /// When it is due.
    pub schedule: Schedule,
    /// What becomes of slots that nobody was there for.
    pub catch_up: CatchUp,
    /// How it is tried again.
    pub retry: Retry,
    /// How long who takes it has before others may.
    pub lease: TimeDelta,
    /// The organisation's zone.
    pub zone: Tz,
}

/// What is to be done about a job now.
///
/// # Examples
///
/// ```
/// use chrono::TimeDelta;
/// use crmkit::jobs::{CatchUp, JobState, NewJobState, Retry, Slot, Terms, Turn, turn};
/// use crmkit::prelude::*;
///
/// # let (schedule, retry, lease) = ("daily 08:00".parse()?, Retry::default(), TimeDelta::minutes(15));
/// # let terms = Terms { schedule, catch_up: CatchUp::Latest, retry, lease, zone: chrono_tz::UTC };
/// let eight: Timestamp = "2026-03-02T08:00:00Z".parse()?;
/// let slot = Slot { at: eight, day: Some("2026-03-02".parse()?) };
/// let state = JobState::draft(Id::NIL, NewJobState::default()).anew("2026-03-01T12:00:00Z".parse()?);
/// assert_eq!(turn(&state, &terms, eight), Turn::Run(slot));
/// // Somebody takes it, and is gone without a word.
/// let state = state.taken(slot, "web-1".into(), eight, terms.lease);
/// assert_eq!(turn(&state, &terms, eight), Turn::Held("2026-03-02T08:15:00Z".parse()?));
/// assert_eq!(turn(&state, &terms, "2026-03-02T08:15:00Z".parse()?), Turn::Run(slot));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Turn {
    /// Nothing before this moment, if ever.
    Rest(Option<Timestamp>),
    /// Somebody is at it, and nobody else is until this moment.
    Held(Timestamp),
    /// The slot that was begun is given up.
    GiveUp(Slot),
    /// This slot is done.
    Run(Slot),
}

/// What is to be done about a job that is switched on.
///
/// A slot that was begun and did not end, since it failed or since who did it is gone, is done again until it ends or was
/// begun as often as [`Retry`] says. Under [`CatchUp::Latest`] the next slot ends the trying, too.
///
/// A lease or a retry that ends later than one can have been given, which is what a clock leaves behind that was wrong,
/// does not count. So the clocks of programs that work together must not be further apart than a lease is long.
///
/// # Examples
///
/// ```
/// use chrono::TimeDelta;
/// use crmkit::id::Id;
/// use crmkit::jobs::{CatchUp, JobState, NewJobState, Retry, Slot, Terms, Turn, turn};
/// use crmkit::schema::Entity;
/// use crmkit::value::Timestamp;
///
/// let (schedule, lease) = ("daily 08:00".parse()?, TimeDelta::minutes(15));
/// let terms = Terms { schedule, catch_up: CatchUp::Latest, retry: Retry::default(), lease, zone: chrono_tz::UTC };
/// let state = JobState::draft(Id::NIL, NewJobState::default()).anew("2026-03-01T12:00:00Z".parse()?);
/// let (before, after): (Timestamp, Timestamp) = ("2026-03-02T07:59:59Z".parse()?, "2026-03-04T09:00:00Z".parse()?);
///
/// assert_eq!(turn(&state, &terms, before), Turn::Rest(Some("2026-03-02T08:00:00Z".parse()?)));
/// let latest = Slot { at: "2026-03-04T08:00:00Z".parse()?, day: Some("2026-03-04".parse()?) };
/// assert_eq!(turn(&state, &terms, after), Turn::Run(latest));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn turn(state: &JobState, terms: &Terms, now: Timestamp) -> Turn {
    // As far apart as clocks may be, a lease may seem to be longer than it is.
    if let Some(until) = state.lease_until.filter(|until| is_ahead(*until, now, sum(terms.lease, terms.lease))) {
        return Turn::Held(until);
    }
    let Some(begun) = state.begun() else {
        let (at_most, over) = (at_most(terms.catch_up), state.over());
        let due = terms.schedule.newest(over, now, terms.zone, at_most).first().copied();
        return due.map_or_else(|| Turn::Rest(terms.schedule.next(over, terms.zone).map(|slot| slot.at)), Turn::Run);
    };
    let exhausted = state.attempts >= i64::from(terms.retry.attempts);
    let superseded =
        terms.catch_up == CatchUp::Latest && terms.schedule.next(begun, terms.zone).is_some_and(|next| next.at <= now);
    if exhausted || superseded {
        return Turn::GiveUp(begun);
    }
    match state.retry_at.filter(|at| is_ahead(*at, now, sum(terms.retry.longest_delay, terms.lease))) {
        Some(at) => Turn::Rest(Some(at)),
        None => Turn::Run(begun),
    }
}

fn at_most(catch_up: CatchUp) -> usize {
    match catch_up {
        CatchUp::Latest => 1,
        CatchUp::Every(at_most) => usize::try_from(at_most.get()).unwrap_or(usize::MAX),
    }
}

/// Whether a moment is still to come, within a span.
fn is_ahead(moment: Timestamp, now: Timestamp, within: TimeDelta) -> bool {
    moment > now && now.checked_add(within).is_ok_and(|furthest| moment <= furthest)
}

fn sum(one: TimeDelta, other: TimeDelta) -> TimeDelta {
    one.checked_add(&other).unwrap_or(TimeDelta::MAX)
}
