//! What is wrong with a field of an input.

use std::fmt;

use std::borrow::Cow;

/// One field of a record that forbids storing it.
///
/// # Examples
///
/// ```
/// use crmkit::problem::{FieldProblem, Problem, sentence};
///
/// let problems = [
///     FieldProblem { field: "name".into(), problem: Problem::Required },
///     FieldProblem::invalid("level", "it is a number of stars from 1 to 5"),
/// ];
/// assert_eq!(sentence(&problems), "`name` is required; `level`: it is a number of stars from 1 to 5");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldProblem {
    /// The field; `*` for the record as a whole.
    pub field: Cow<'static, str>,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with a value.
///
/// # Examples
///
/// ```
/// use crmkit::problem::{FieldProblem, Problem};
///
/// let problem = FieldProblem { field: "name".into(), problem: Problem::Required };
/// assert_eq!(problem.to_string(), "`name` is required");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// A value is required and there is none.
    Required,
    /// The value does not fit; the sentence says what would.
    Invalid(String),
}

impl FieldProblem {
    /// A field whose value does not fit.
    #[must_use]
    pub fn invalid(field: impl Into<Cow<'static, str>>, sentence: impl Into<String>) -> Self {
        Self { field: field.into(), problem: Problem::Invalid(sentence.into()) }
    }
}

impl fmt::Display for FieldProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.problem {
            Problem::Required => write!(f, "`{}` is required", self.field),
            Problem::Invalid(sentence) => write!(f, "`{}`: {sentence}", self.field),
        }
    }
}

/// Several problems in one sentence.
///
/// # Examples
///
/// ```
/// use crmkit::problem::{FieldProblem, Problem, sentence};
///
/// let missing = FieldProblem { field: "name".into(), problem: Problem::Required };
/// assert_eq!(sentence(std::slice::from_ref(&missing)), "`name` is required");
/// let unfit = FieldProblem::invalid("zip", "it has six digits");
/// assert_eq!(sentence(&[missing, unfit]), "`name` is required; `zip`: it has six digits");
/// ```
#[must_use]
pub fn sentence(problems: &[FieldProblem]) -> String {
    let all: Vec<String> = problems.iter().map(ToString::to_string).collect();
    all.join("; ")
}

/// The most characters of what somebody gave that a sentence repeats.
const MAX_SHOWN: usize = 200;

/// What somebody gave, as a sentence repeats it: as it is, or its beginning where it is longer than people read.
pub(crate) fn short(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(MAX_SHOWN) {
        None => Cow::Borrowed(text),
        Some((end, _)) => Cow::Owned(format!("{}…", text.get(..end).unwrap_or_default())),
    }
}

/// The name most like a mistyped one, if one is near enough to be meant.
///
/// # Examples
///
/// ```
/// use crmkit::problem::nearest;
///
/// assert_eq!(nearest("regoin", ["name", "region"]), Some("region".to_owned()));
/// assert_eq!(nearest("colour", ["name", "region"]), None);
/// ```
#[must_use]
pub fn nearest<'a>(typed: &str, names: impl IntoIterator<Item = &'a str>) -> Option<String> {
    // Comparing takes time in the product of the lengths, and what was typed may come from anywhere.
    if typed.len() > 64 {
        return None;
    }
    let scored = names.into_iter().map(|name| (strsim::damerau_levenshtein(typed, name), name));
    let (distance, name) = scored.min()?;
    (distance <= name.len().max(typed.len()) / 3).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_what_is_long_the_beginning_is_shown() {
        let fits = "é".repeat(MAX_SHOWN);
        assert_eq!(short(&fits), fits);
        assert_eq!(short(&format!("{fits}x")), format!("{fits}…"));
    }

    #[test]
    fn a_slip_of_the_finger_finds_its_name() {
        assert_eq!(nearest("custmer", ["customer", "contact"]).as_deref(), Some("customer"));
        assert_eq!(nearest("zzz", ["customer", "contact"]), None);
    }
}
