//! Coded enums: a fixed list of values, each stored as a readable code.

use std::sync::Arc;

use super::{Label, Lang, Name};

/// A coded enum declared with [`choice!`](crate::choice).
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::schema::Lang;
///
/// assert_eq!(Rating::ALL.len(), 5);
/// assert_eq!((Rating::Four.code(), Rating::from_code("4")), ("4", Ok(Rating::Four)));
/// let codes = Rating::from_code("6").map_err(|unknown| unknown.to_string());
/// assert_eq!(codes, Err("`6` is none of 1, 2, 3, 4, 5".to_owned()));
/// assert_eq!(CustomerStatus::definition().label("lost", Lang::En), "Lost");
/// ```
pub trait Choice: Copy + Eq + Sized + Send + Sync + std::fmt::Debug + 'static {
    /// Every value in the order of declaration; the first is the one a new record starts with.
    const ALL: &'static [Self];

    /// The stored code.
    fn code(self) -> &'static str;

    /// The value with a stored code.
    ///
    /// # Errors
    ///
    /// [`UnknownCode`] if no value has it.
    fn from_code(code: &str) -> Result<Self, UnknownCode>;

    /// The definition, for forms and imports.
    fn definition() -> Arc<ChoiceDef>;
}

/// A code that no value of a coded enum has.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
///
/// let unknown = Payment::from_code("barter").err().ok_or("there is no such code")?;
/// assert_eq!(unknown.to_string(), "`barter` is none of unpaid, partly_paid, paid");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{code}` is none of {allowed}")]
pub struct UnknownCode {
    /// The code as given.
    pub code: String,
    /// The codes there are, separated by commas.
    pub allowed: String,
}

/// What is known of a coded enum at run time.
///
/// # Examples
///
/// ```
/// use crmkit::schema::{ChoiceDef, ChoiceItem, Lang};
///
/// let rain = ChoiceItem::new("rain", "雨", "Rain").legacy(1);
/// let frogs = ChoiceItem::new("frogs", "蛙", "Frogs").retired("it never happened");
/// let weather = ChoiceDef::new("Weather".into(), vec![rain, frogs]);
/// assert_eq!(weather.label("rain", Lang::En), "Rain");
/// assert_eq!(weather.unknown("snow").to_string(), "`snow` is none of rain");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChoiceDef {
    /// The name of the enum.
    pub name: Name,
    /// The values in the order of declaration.
    pub items: Vec<ChoiceItem>,
}

/// One value of a coded enum.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
///
/// let won = OpportunityStatus::definition().item("won").cloned().ok_or("there is such a code")?;
/// assert_eq!((won.legacy, &*won.label.zh, won.retired), (Some(3), "开发成功", None));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChoiceItem {
    /// The stored code.
    pub code: Name,
    /// What people are shown.
    pub label: Label,
    /// The number older systems stored for it.
    pub legacy: Option<i64>,
    /// Since when and why it is no longer given, for a code that old records still have.
    pub retired: Option<Name>,
}

impl ChoiceItem {
    /// A value with its code and labels.
    #[must_use]
    pub const fn new(code: &'static str, zh: &'static str, en: &'static str) -> Self {
        Self { code: Name::Borrowed(code), label: Label::new(zh, en), legacy: None, retired: None }
    }

    /// With the number older systems stored for it.
    #[must_use]
    pub fn legacy(mut self, number: i64) -> Self {
        self.legacy = Some(number);
        self
    }

    /// Marked as no longer given.
    #[must_use]
    pub fn retired(mut self, why: &'static str) -> Self {
        self.retired = Some(Name::Borrowed(why));
        self
    }
}

impl ChoiceDef {
    /// A coded enum from its values.
    #[must_use]
    pub const fn new(name: Name, items: Vec<ChoiceItem>) -> Self {
        Self { name, items }
    }

    /// The value with a code.
    #[must_use]
    pub fn item(&self, code: &str) -> Option<&ChoiceItem> {
        self.items.iter().find(|item| item.code == code)
    }

    /// The label of a code; the code itself where it is not declared.
    #[must_use]
    pub fn label<'a>(&'a self, code: &'a str, lang: Lang) -> &'a str {
        self.item(code).map_or(code, |item| item.label.text(lang))
    }

    /// The error for a code that is not declared.
    #[must_use]
    pub fn unknown(&self, code: &str) -> UnknownCode {
        let current = self.items.iter().filter(|item| item.retired.is_none());
        let allowed: Vec<&str> = current.map(|item| &*item.code).collect();
        UnknownCode { code: code.chars().take(40).collect(), allowed: allowed.join(", ") }
    }
}
