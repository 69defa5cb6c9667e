//! How far somebody has read.

use std::fmt;
use std::str::FromStr;

use super::shard::SHARDS;
use crate::error::CursorProblem;

/// What a cursor begins with: another number of shards would be another version.
const MARK: &str = "e1.";

/// How far somebody has read the events: of each shard, the number of the last event. As text it is for keeping, not
/// for looking into.
///
/// # Examples
///
/// ```
/// use crmkit::events::EventCursor;
///
/// let kept = EventCursor::beginning().to_string();
/// assert_eq!(kept.parse::<EventCursor>()?, EventCursor::beginning());
/// assert!("17".parse::<EventCursor>().is_err());
/// # Ok::<(), crmkit::error::CursorProblem>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EventCursor([i64; SHARDS]);

impl EventCursor {
    /// Before the first event there ever was.
    #[must_use]
    pub const fn beginning() -> Self {
        Self([0; SHARDS])
    }

    /// The number of the last event read of a shard.
    #[must_use]
    pub fn at(&self, shard: usize) -> i64 {
        self.0.get(shard).copied().unwrap_or_default()
    }

    /// The same, but up to another number in one shard.
    #[must_use]
    pub fn with(mut self, shard: usize, sequence: i64) -> Self {
        if let Some(place) = self.0.get_mut(shard) {
            *place = sequence;
        }
        self
    }

    /// How many events lie between this and a later cursor.
    #[must_use]
    pub fn distance(&self, later: &Self) -> i64 {
        self.0.iter().zip(later.0).map(|(from, to)| to.saturating_sub(*from).max(0)).fold(0, i64::saturating_add)
    }
}

impl fmt::Display for EventCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MARK)?;
        for (shard, sequence) in self.0.iter().enumerate() {
            if shard > 0 {
                f.write_str("-")?;
            }
            sequence.fmt(f)?;
        }
        Ok(())
    }
}

impl FromStr for EventCursor {
    type Err = CursorProblem;

    fn from_str(text: &str) -> Result<Self, CursorProblem> {
        let numbers = text.strip_prefix(MARK).ok_or(CursorProblem::Malformed)?;
        let (mut cursor, mut parts) = (Self::beginning(), numbers.split('-'));
        for place in &mut cursor.0 {
            let part = parts.next().filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
            *place = part.and_then(|part| part.parse().ok()).ok_or(CursorProblem::Malformed)?;
        }
        // One way to write each cursor: no zeros in front, nothing behind.
        if cursor.to_string() == text { Ok(cursor) } else { Err(CursorProblem::Malformed) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_given_out_is_taken_back() {
        let cursor = EventCursor::beginning().with(3, 12).with(15, i64::MAX);
        let text = cursor.to_string();
        assert_eq!(text.parse(), Ok(cursor));
        let zeros = "0-0-0-0-0-0-0-0-0-0-0-0-0-0-0";
        let bad = [
            String::new(),
            "e1.".into(),
            format!("e1.{zeros}"),
            format!("e1.{zeros}-00"),
            format!("e1.{zeros}-+1"),
            format!("e1.{zeros}-x"),
            format!("e1.{zeros}-9223372036854775808"),
            format!("e1.{zeros}-0-0"),
            format!("e1.{zeros}--1"),
            format!("e1.{zeros}-0 "),
            format!("e2.{zeros}-0"),
            format!("{zeros}-0"),
            text.to_uppercase(),
        ];
        for text in bad {
            assert_eq!(text.parse::<EventCursor>(), Err(CursorProblem::Malformed), "{text}");
        }
    }

    #[test]
    fn the_distance_counts_what_is_ahead() {
        let (early, late) = (EventCursor::beginning().with(1, 5), EventCursor::beginning().with(1, 7).with(2, 3));
        assert_eq!((early.distance(&late), late.distance(&early)), (5, 0));
    }
}
