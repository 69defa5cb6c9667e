//! How a store failed a case.

use std::fmt;
use std::panic::Location;

/// The longest sentence that is kept; values of a case may be large.
const MAX_SENTENCE: usize = 6_000;

/// What a case says when a store does not keep the contract: a sentence, and where in the suite it was found.
///
/// It is no [`std::error::Error`] itself, so that `?` makes one of every error.
///
/// # Examples
///
/// ```
/// use crmkit::storage::conformance::{Failure, Outcome};
///
/// fn numbers_are_unique(found: &[&str]) -> Outcome {
///     let taken_twice = found.windows(2).any(|pair| pair[0] == pair[1]);
///     if taken_twice { Err(Failure::new("two records have one number")) } else { Ok(()) }
/// }
///
/// let failure = numbers_are_unique(&["K1", "K1"]).map_err(|failure| failure.during("after a race"));
/// assert!(failure.is_err_and(|failure| failure.to_string().starts_with("after a race: two records have one number (")));
/// ```
pub struct Failure {
    sentence: String,
    at: &'static Location<'static>,
}

impl Failure {
    /// A failure in words.
    #[must_use]
    #[track_caller]
    pub fn new(sentence: impl Into<String>) -> Self {
        let mut sentence = sentence.into();
        if let Some((end, _)) = sentence.char_indices().nth(MAX_SENTENCE) {
            sentence.truncate(end);
            sentence.push('…');
        }
        Self { sentence, at: Location::caller() }
    }

    /// The same failure of something that was being done.
    #[must_use]
    pub fn during(mut self, what: &str) -> Self {
        self.sentence = format!("{what}: {}", self.sentence);
        self
    }
}

impl<E: std::error::Error> From<E> for Failure {
    #[track_caller]
    fn from(error: E) -> Self {
        Self::new(format!("an unexpected error: {error}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}:{})", self.sentence, self.at.file(), self.at.line())
    }
}

/// The sentence, so that a test that returns a failure prints it as people read it.
impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Ends a case with a failure unless a condition holds.
macro_rules! ensure {
    ($condition:expr, $($sentence:tt)+) => {
        if !$condition {
            return Err($crate::storage::conformance::Failure::new(format!($($sentence)+)));
        }
    };
}

/// Ends a case with a failure unless what was found is what was wanted.
macro_rules! ensure_eq {
    ($found:expr, $wanted:expr, $($sentence:tt)+) => {{
        let (found, wanted) = (&$found, &$wanted);
        if *found != *wanted {
            let what = format!($($sentence)+);
            let sentence = format!("{what}: found {found:?}, expected {wanted:?}");
            return Err($crate::storage::conformance::Failure::new(sentence));
        }
    }};
}

pub(super) use {ensure, ensure_eq};
