//! Options of a report as names and texts, and how they are read.

use std::ops::RangeInclusive;

use super::days::Days;
use super::error::{ReportError, Result};
use crate::problem::nearest;
use crate::schema::Label;
use crate::value::{Date, parse_date};

/// An option that a report takes.
///
/// # Examples
///
/// ```
/// use crmkit::report::OptionDef;
///
/// const MONTHS: OptionDef = OptionDef::new("months", "N", "月数", "how many months");
/// assert_eq!((MONTHS.name, &*MONTHS.about.en), ("months", "how many months"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OptionDef {
    /// Its name, such as `as-of`.
    pub name: &'static str,
    /// What its value looks like, such as `YYYY-MM-DD`.
    pub value: &'static str,
    /// What it does, in one line.
    pub about: Label,
}

impl OptionDef {
    /// An option with its meaning in Chinese and English.
    #[must_use]
    pub const fn new(name: &'static str, value: &'static str, zh: &'static str, en: &'static str) -> Self {
        Self { name, value, about: Label::new(zh, en) }
    }
}

/// The options given to a report: each known to it and given at most once.
///
/// # Examples
///
/// ```
/// use crmkit::report::{OptionDef, Options};
///
/// const KNOWN: &[OptionDef] = &[OptionDef::new("months", "N", "月数", "how many months")];
/// let options = Options::new("lapsed", KNOWN, [("months", "6")])?;
/// assert_eq!(options.number("months", 0..=120)?, Some(6));
/// assert!(Options::new("lapsed", KNOWN, [("month", "6")]).is_err());
/// # Ok::<(), crmkit::report::ReportError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Options {
    given: Vec<(String, String)>,
}

impl Options {
    /// The options given to the report `report`, which takes those of `known`.
    ///
    /// # Errors
    ///
    /// [`ReportError::UnknownOption`] with the nearest name; [`ReportError::BadOption`] for one that is given twice.
    pub fn new<N: Into<String>, V: Into<String>>(
        report: &str,
        known: &[OptionDef],
        given: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Self> {
        let mut options = Self::default();
        for (name, value) in given {
            let name = name.into();
            if !known.iter().any(|option| option.name == name) {
                let nearest = nearest(&name, known.iter().map(|option| option.name));
                return Err(ReportError::UnknownOption { report: report.to_owned(), option: short(&name), nearest });
            }
            if options.text(&name).is_some() {
                return Err(ReportError::option(&name, "it is given twice; give it once"));
            }
            options.given.push((name, value.into()));
        }
        Ok(options)
    }

    /// The text of an option.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.given.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// A day.
    ///
    /// # Errors
    ///
    /// [`ReportError::BadOption`] if the text is none.
    pub fn date(&self, name: &str) -> Result<Option<Date>> {
        let read = |text| {
            let problem = || format!("`{}` is not a day such as 1996-07-04", short(text));
            parse_date(text).ok_or_else(|| ReportError::option(name, problem()))
        };
        self.text(name).map(read).transpose()
    }

    /// A whole number within bounds.
    ///
    /// # Errors
    ///
    /// [`ReportError::BadOption`] if the text is none.
    pub fn number(&self, name: &str, bounds: RangeInclusive<i64>) -> Result<Option<i64>> {
        let read = |text: &str| {
            let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            let number = if plain { text.parse().ok() } else { None };
            number.filter(|number| bounds.contains(number)).ok_or_else(|| {
                let (least, most) = (bounds.start(), bounds.end());
                ReportError::option(name, format!("`{}` is not a number from {least} to {most}", short(text)))
            })
        };
        self.text(name).map(read).transpose()
    }

    /// One of several words.
    ///
    /// # Errors
    ///
    /// [`ReportError::BadOption`] if the text is none of them.
    pub fn one_of<T: Copy>(&self, name: &str, words: &[(&'static str, T)]) -> Result<Option<T>> {
        self.text(name).map(|text| word(name, text, words)).transpose()
    }

    /// Several words, separated by commas; at least one.
    ///
    /// # Errors
    ///
    /// [`ReportError::BadOption`] if one is none of those allowed.
    pub fn several<T: Copy>(&self, name: &str, words: &[(&'static str, T)]) -> Result<Option<Vec<T>>> {
        let read = |text: &str| text.split(',').map(|part| word(name, part.trim(), words)).collect();
        self.text(name).map(read).transpose()
    }

    /// The days that `year`, or `from` and `to`, say.
    ///
    /// # Errors
    ///
    /// [`ReportError::BadOption`] if one is no such thing, they contradict one another, or the first day is after the
    /// last.
    pub fn days(&self) -> Result<Days> {
        let days = Days { from: self.date("from")?, to: self.date("to")? };
        if let Some(text) = self.text("year") {
            if days != Days::ALL {
                return Err(ReportError::option("year", "it can't be given together with `from` or `to`"));
            }
            let digits = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
            let year = if digits { text.parse().ok().and_then(Days::year) } else { None };
            let problem = || format!("`{}` is not a year such as 1997", short(text));
            return year.ok_or_else(|| ReportError::option("year", problem()));
        }
        match (days.from, days.to) {
            (Some(from), Some(to)) if from > to => {
                Err(ReportError::option("from", format!("{from} is after {to}; the first day comes first")))
            }
            _ => Ok(days),
        }
    }
}

/// The word that stands for a value.
pub(super) fn word_of<T: PartialEq>(words: &[(&'static str, T)], value: &T) -> &'static str {
    words.iter().find(|(_, found)| found == value).map_or("", |(word, _)| word)
}

fn word<T: Copy>(option: &str, text: &str, words: &[(&'static str, T)]) -> Result<T> {
    words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value).ok_or_else(|| {
        let all: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let meant = super::error::hint(&nearest(text, all.iter().copied()));
        ReportError::option(option, format!("`{}` is none of {}{meant}", short(text), all.join(", ")))
    })
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &[OptionDef] = &[
        OptionDef::new("year", "Y", "年", "year"),
        OptionDef::new("from", "D", "起", "from"),
        OptionDef::new("to", "D", "止", "to"),
        OptionDef::new("status", "S", "状态", "status"),
    ];

    fn options(given: &[(&str, &str)]) -> Options {
        Options::new("r", KNOWN, given.iter().copied()).unwrap()
    }

    #[test]
    fn what_does_not_fit_is_refused_with_what_would() {
        for (given, sentence) in [
            (&[("year", "97")][..], "option `year`: `97` is not a year such as 1997"),
            (&[("year", "+197")], "option `year`: `+197` is not a year such as 1997"),
            (&[("year", "0000")], "option `year`: `0000` is not a year such as 1997"),
            (&[("from", "1997-02-29")], "option `from`: `1997-02-29` is not a day such as 1996-07-04"),
            (
                &[("from", "1997-01-02"), ("to", "1997-01-01")],
                "option `from`: 1997-01-02 is after 1997-01-01; the first day comes first",
            ),
            (
                &[("year", "1997"), ("to", "1997-01-01")],
                "option `year`: it can't be given together with `from` or `to`",
            ),
        ] {
            assert_eq!(options(given).days().unwrap_err().to_string(), sentence);
        }
        let twice = Options::new("r", KNOWN, [("to", "1"), ("to", "2")]).unwrap_err();
        assert_eq!(twice.to_string(), "option `to`: it is given twice; give it once");
        let unknown = Options::new("r", KNOWN, [("form", "1")]).unwrap_err();
        assert_eq!(unknown.to_string(), "the report `r` has no option `form`; did you mean `from`?");
        let words = [("paid", 1), ("shipped", 2)];
        let wrong = options(&[("status", "paid,shiped")]).several("status", &words).unwrap_err();
        let sentence = "option `status`: `shiped` is none of paid, shipped; did you mean `shipped`?";
        assert_eq!(wrong.to_string(), sentence);
        assert!(options(&[("status", "")]).several("status", &words).is_err());
    }

    #[test]
    fn a_span_of_one_day_is_good() {
        let days = options(&[("from", "1997-01-01"), ("to", "1997-01-01")]).days().unwrap();
        assert_eq!(days.from, days.to);
    }
}
