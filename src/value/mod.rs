//! The values a record is made of.
//!
//! Every backend stores exactly these, so they are pinned: decimals are integers of a fixed scale, timestamps
//! are UTC cut to microseconds, text compares by code point. Nothing here knows an entity or a store.

mod decimal;
mod timestamp;

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use decimal::{DecimalError, Money, Quantity, Rate};
pub(crate) use decimal::{div_half_even, div_half_up};
pub(crate) use timestamp::parse_date;
pub use timestamp::{Timestamp, TimestampError};

use crate::id::RecordId;

/// A calendar day without a time or a zone.
pub type Date = NaiveDate;

/// One value of one field.
///
/// A coded enum is its stored code as [`Value::Text`]. The order is: by meaning inside one kind, and [`Value::Null`]
/// after everything else, which is the order every backend sorts in.
///
/// # Examples
///
/// ```
/// use crmkit::value::{Money, Value};
///
/// let mut values = vec![Value::Null, Value::from(3), Value::from(1)];
/// values.sort();
/// assert_eq!(values, [Value::Int(1), Value::Int(3), Value::Null]);
/// assert_eq!(Value::from("12.5".parse::<Money>()?).to_string(), "12.50");
/// # Ok::<(), crmkit::value::DecimalError>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Value {
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// An amount in the organisation's currency, exact to 1/10,000.
    Money(Money),
    /// A quantity, exact to 1/10,000.
    Quantity(Quantity),
    /// A share or rate, exact to 1/1,000,000.
    Rate(Rate),
    /// Text, or the stored code of a coded enum.
    Text(String),
    /// A calendar day.
    Date(Date),
    /// A moment in UTC.
    Timestamp(Timestamp),
    /// A reference to a record.
    Id(RecordId),
    /// Free JSON.
    Json(serde_json::Value),
    /// The number an earlier [`Adjust`](crate::change::Change::Adjust) of the same set hands out.
    Slot(Slot),
    /// No value.
    Null,
}

/// A number that only the commit knows: where it is put and how it is written.
///
/// In a text field it is rendered as `prefix` and the number with at least `width` digits; in a whole-number
/// field it is the number alone.
///
/// # Examples
///
/// ```
/// use crmkit::value::Slot;
///
/// let slot = Slot { index: 0, prefix: "KH071202".into(), width: 3, offset: 0 };
/// assert_eq!(slot.render(1), "KH071202001");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slot {
    /// Which slot of the set, counted from 0.
    pub index: usize,
    /// What stands before the number.
    pub prefix: String,
    /// The least number of digits, at most [`Slot::MAX_WIDTH`]; shorter numbers are filled with zeros.
    pub width: usize,
    /// What is added to the number: where one addition takes several, each of them is this far from the last.
    pub offset: i64,
}

impl Slot {
    /// The most digits a number may be filled up to.
    pub const MAX_WIDTH: usize = 64;

    /// The number that stands in this slot once the one handed out is known.
    #[must_use]
    pub const fn number(&self, handed_out: i64) -> i64 {
        handed_out.saturating_add(self.offset)
    }

    /// The text of this slot once the number handed out is known.
    #[must_use]
    pub fn render(&self, handed_out: i64) -> String {
        format!("{}{:0width$}", self.prefix, self.number(handed_out), width = self.width.min(Self::MAX_WIDTH))
    }
}

/// The longest text a field holds, in bytes (1 MiB).
pub const MAX_TEXT_BYTES: usize = 1 << 20;

/// The first day a field holds.
pub const MIN_DATE: Date = match NaiveDate::from_ymd_opt(1, 1, 1) {
    Some(date) => date,
    None => NaiveDate::MIN,
};

/// The last day a field holds.
pub const MAX_DATE: Date = match NaiveDate::from_ymd_opt(9999, 12, 31) {
    Some(date) => date,
    None => NaiveDate::MAX,
};

/// Whether a day lies in the years 1 to 9999, which every backend and every file format holds.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::value::date_in_range;
///
/// assert!(date_in_range("2026-03-31".parse()?));
/// assert!(!date_in_range(Date::MIN));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn date_in_range(date: Date) -> bool {
    (1..=9999).contains(&date.year())
}

impl Value {
    /// Whether there is no value.
    #[must_use]
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The text, if this is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The day, if it is one.
    #[must_use]
    pub const fn as_date(&self) -> Option<Date> {
        if let Self::Date(day) = self { Some(*day) } else { None }
    }

    /// The record id, if this is one.
    #[must_use]
    pub const fn as_id(&self) -> Option<RecordId> {
        if let Self::Id(id) = self { Some(*id) } else { None }
    }

    /// The integer behind a whole number, money, quantity or rate: what sums and [`Adjust`](crate::change::Change::Adjust) work on.
    #[must_use]
    pub const fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Int(n) => Some(*n),
            Self::Money(m) => Some(m.raw()),
            Self::Quantity(q) => Some(q.raw()),
            Self::Rate(r) => Some(r.raw()),
            _ => None,
        }
    }

    /// The same kind of number with another integer behind it; `None` for other kinds and out-of-range integers.
    #[must_use]
    pub fn with_integer(&self, raw: i64) -> Option<Self> {
        match self {
            Self::Int(_) => Some(Self::Int(raw)),
            Self::Money(_) => Money::from_raw(raw).map(Self::Money).ok(),
            Self::Quantity(_) => Quantity::from_raw(raw).map(Self::Quantity).ok(),
            Self::Rate(_) => Rate::from_raw(raw).map(Self::Rate).ok(),
            _ => None,
        }
    }

    /// Takes the value out and leaves [`Value::Null`].
    #[must_use]
    pub fn take(&mut self) -> Self {
        std::mem::replace(self, Self::Null)
    }

    const fn rank(&self) -> u8 {
        match self {
            Self::Bool(_) => 0,
            Self::Int(_) => 1,
            Self::Money(_) => 2,
            Self::Quantity(_) => 3,
            Self::Rate(_) => 4,
            Self::Text(_) => 5,
            Self::Date(_) => 6,
            Self::Timestamp(_) => 7,
            Self::Id(_) => 8,
            Self::Json(_) => 9,
            Self::Slot(_) => 10,
            Self::Null => 11,
        }
    }
}

impl Ord for Value {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Int(a), Self::Int(b)) => a.cmp(b),
            (Self::Money(a), Self::Money(b)) => a.cmp(b),
            (Self::Quantity(a), Self::Quantity(b)) => a.cmp(b),
            (Self::Rate(a), Self::Rate(b)) => a.cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Date(a), Self::Date(b)) => a.cmp(b),
            (Self::Timestamp(a), Self::Timestamp(b)) => a.cmp(b),
            (Self::Id(a), Self::Id(b)) => a.cmp(b),
            (Self::Json(a), Self::Json(b)) if a == b => Ordering::Equal,
            (Self::Json(a), Self::Json(b)) => a.to_string().cmp(&b.to_string()),
            (Self::Slot(a), Self::Slot(b)) => a.cmp(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Value {}

impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.rank().hash(state);
        match self {
            Self::Bool(v) => v.hash(state),
            Self::Int(v) => v.hash(state),
            Self::Money(v) => v.hash(state),
            Self::Quantity(v) => v.hash(state),
            Self::Rate(v) => v.hash(state),
            Self::Text(v) => v.hash(state),
            Self::Date(v) => v.hash(state),
            Self::Timestamp(v) => v.hash(state),
            Self::Id(v) => v.hash(state),
            Self::Json(v) => v.to_string().hash(state),
            Self::Slot(v) => v.hash(state),
            Self::Null => {}
        }
    }
}

/// What people and files are shown: decimals as plain numbers, days and moments as ISO 8601, no value as nothing.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(v) => v.fmt(f),
            Self::Int(v) => v.fmt(f),
            Self::Money(v) => v.fmt(f),
            Self::Quantity(v) => v.fmt(f),
            Self::Rate(v) => v.fmt(f),
            Self::Text(v) => v.fmt(f),
            Self::Date(v) => v.fmt(f),
            Self::Timestamp(v) => v.fmt(f),
            Self::Id(v) => v.fmt(f),
            Self::Json(v) => v.fmt(f),
            Self::Slot(v) => write!(f, "{}{}", v.prefix, "#".repeat(v.width.max(1))),
            Self::Null => Ok(()),
        }
    }
}

macro_rules! value_from {
    ($($ty:ty => $variant:ident),* $(,)?) => {$(
        impl From<$ty> for Value {
            fn from(value: $ty) -> Self { Self::$variant(value.into()) }
        }
    )*};
}

value_from! {
    bool => Bool, i64 => Int, i32 => Int, u32 => Int, u8 => Int, Money => Money, Quantity => Quantity, Rate => Rate,
    String => Text, &str => Text, Date => Date, Timestamp => Timestamp, RecordId => Id, serde_json::Value => Json,
    Slot => Slot,
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// The natural JSON form: numbers and truth values as such, everything else as text. Reading it back gives text for
/// text-like kinds; the schema turns that into the field's kind
/// ([`ColumnType::coerce`](crate::schema::ColumnType::coerce)).
impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bool(v) => serializer.serialize_bool(*v),
            Self::Int(v) => serializer.serialize_i64(*v),
            Self::Null => serializer.serialize_none(),
            Self::Json(v) => v.serialize(serializer),
            other => serializer.collect_str(other),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(v) => Self::Bool(v),
            serde_json::Value::String(v) => Self::Text(v),
            serde_json::Value::Number(n) => match n.as_i64() {
                Some(v) => Self::Int(v),
                None => Self::Text(n.to_string()),
            },
            other @ (serde_json::Value::Array(_) | serde_json::Value::Object(_)) => Self::Json(other),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_sorts_last_and_equals_itself() {
        let mut values = vec![Value::Null, Value::from("b"), Value::from("a")];
        values.sort();
        assert_eq!(values, [Value::from("a"), Value::from("b"), Value::Null]);
    }

    #[test]
    fn natural_json_round_trips_through_text() {
        let value = Value::from("12.50".parse::<Money>().unwrap());
        let json = serde_json::to_string(&value).unwrap();
        assert_eq!(json, "\"12.50\"");
        assert_eq!(serde_json::from_str::<Value>(&json).unwrap(), Value::from("12.50"));
        assert_eq!(serde_json::from_str::<Value>("1.5").unwrap(), Value::from("1.5"));
    }

    #[test]
    fn integers_keep_their_kind() {
        let money = Value::from(Money::from_raw(5).unwrap());
        assert_eq!(money.with_integer(7), Some(Value::from(Money::from_raw(7).unwrap())));
        assert_eq!(money.with_integer(i64::MIN), None);
        assert_eq!(Value::from("x").with_integer(1), None);
    }
}
