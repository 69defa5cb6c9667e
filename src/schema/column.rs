//! The kinds of fields, and which Rust types they are.

use std::sync::Arc;

use chrono_tz::Tz;

use super::{Choice, ChoiceDef, Entity, Label, Name};
use crate::id::{Id, RecordId};
use crate::value::{Date, MAX_TEXT_BYTES, Money, Quantity, Rate, Slot, Timestamp, Value, date_in_range};

/// The kind of a field.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::schema::ColumnType;
///
/// let money = ColumnType::Money;
/// assert_eq!((money.kind(), money.is_numeric()), ("money", true));
/// assert_eq!(money.parse("12.50", chrono_tz::UTC)?, Value::from("12.5".parse::<Money>()?));
/// assert!(money.check(&Value::from("twelve")).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ColumnType {
    /// True or false.
    Bool,
    /// A whole number.
    Int,
    /// An amount in the organisation's currency.
    Money,
    /// A quantity.
    Quantity,
    /// A share or rate.
    Rate,
    /// Text.
    Text,
    /// A calendar day.
    Date,
    /// A moment in UTC.
    Timestamp,
    /// A record of the named entity.
    Reference(Name),
    /// A code of a coded enum.
    Choice(Arc<ChoiceDef>),
    /// Free JSON.
    Json,
}

/// A value that does not fit its field.
///
/// # Examples
///
/// ```
/// use crmkit::schema::{ColumnType, Mismatch};
///
/// let mismatch = ColumnType::Int.check(&"twelve".into());
/// assert_eq!(mismatch, Err(Mismatch("expected int, found `twelve`".to_owned())));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Mismatch(pub String);

impl Mismatch {
    fn expected(kind: &str, value: &Value) -> Self {
        let shown: String = value.to_string().chars().take(40).collect();
        Self(if value.is_null() {
            format!("expected {kind}, found no value")
        } else {
            format!("expected {kind}, found `{shown}`")
        })
    }
}

impl ColumnType {
    /// The kind's name for people and for report columns.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Money => "money",
            Self::Quantity => "quantity",
            Self::Rate => "rate",
            Self::Text => "text",
            Self::Date => "date",
            Self::Timestamp => "timestamp",
            Self::Reference(_) => "reference",
            Self::Choice(_) => "choice",
            Self::Json => "json",
        }
    }

    /// Whether sums and averages of this kind make sense.
    #[must_use]
    pub const fn is_numeric(&self) -> bool {
        matches!(self, Self::Int | Self::Money | Self::Quantity | Self::Rate)
    }

    /// Whether the value is of this kind; no value is of every kind.
    #[must_use]
    pub const fn accepts(&self, value: &Value) -> bool {
        matches!(
            (self, value),
            (_, Value::Null)
                | (Self::Bool, Value::Bool(_))
                | (Self::Int, Value::Int(_) | Value::Slot(_))
                | (Self::Money, Value::Money(_))
                | (Self::Quantity, Value::Quantity(_))
                | (Self::Rate, Value::Rate(_))
                | (Self::Text, Value::Text(_) | Value::Slot(_))
                | (Self::Choice(_), Value::Text(_))
                | (Self::Date, Value::Date(_))
                | (Self::Timestamp, Value::Timestamp(_))
                | (Self::Reference(_), Value::Id(_))
                | (Self::Json, Value::Json(_))
        )
    }

    /// Checks that a value may be stored in a field of this kind.
    ///
    /// # Errors
    ///
    /// [`Mismatch`] with a sentence that says what was expected.
    pub fn check(&self, value: &Value) -> Result<(), Mismatch> {
        if !self.accepts(value) {
            return Err(Mismatch::expected(self.kind(), value));
        }
        match (self, value) {
            (Self::Choice(def), Value::Text(code)) if def.item(code).is_none() => {
                Err(Mismatch(def.unknown(code).to_string()))
            }
            (_, Value::Text(text)) if text.len() > MAX_TEXT_BYTES => {
                Err(Mismatch(format!("the text has {} bytes, at most {MAX_TEXT_BYTES} are stored", text.len())))
            }
            (_, Value::Text(text)) if text.contains('\0') => {
                Err(Mismatch("the text contains a NUL character, which no store keeps".into()))
            }
            (_, Value::Date(date)) if !date_in_range(*date) => {
                Err(Mismatch("the date is outside the years 0001 to 9999".into()))
            }
            (_, Value::Timestamp(at)) if Timestamp::from_micros(at.as_micros()).is_err() => {
                Err(Mismatch("the date is outside the years 0001 to 9999".into()))
            }
            (_, Value::Money(_) | Value::Quantity(_) | Value::Rate(_)) if value.as_integer() == Some(i64::MIN) => {
                Err(Mismatch("the number is not given".into()))
            }
            (_, Value::Json(json)) => check_json(json),
            (_, Value::Slot(slot)) => check_slot(slot),
            _ => Ok(()),
        }
    }

    /// Reads a value of this kind from text. References are read as ids; a moment without an offset is in `zone`.
    ///
    /// # Errors
    ///
    /// [`Mismatch`] with a sentence that says what was expected.
    pub fn parse(&self, text: &str, zone: Tz) -> Result<Value, Mismatch> {
        let wrong = |error: &dyn std::fmt::Display| Mismatch(error.to_string());
        let value = match self {
            Self::Bool => match text {
                "true" | "yes" | "1" | "TRUE" | "True" => Value::Bool(true),
                "false" | "no" | "0" | "FALSE" | "False" => Value::Bool(false),
                _ => return Err(Mismatch::expected("true or false", &Value::from(text))),
            },
            Self::Int => {
                let plain = text.strip_prefix('+').unwrap_or(text);
                Value::Int(plain.parse().map_err(|_| Mismatch::expected("a whole number", &Value::from(text)))?)
            }
            Self::Money => Value::Money(text.parse().map_err(|e| wrong(&e))?),
            Self::Quantity => Value::Quantity(text.parse().map_err(|e| wrong(&e))?),
            Self::Rate => Value::Rate(text.parse().map_err(|e| wrong(&e))?),
            Self::Text | Self::Choice(_) => Value::from(text),
            Self::Date => match crate::value::parse_date(text) {
                Some(date) => Value::Date(date),
                None => Value::Date(Timestamp::parse_in(text, zone).map_err(|e| wrong(&e))?.local_date(zone)),
            },
            Self::Timestamp => Value::Timestamp(Timestamp::parse_in(text, zone).map_err(|e| wrong(&e))?),
            Self::Reference(_) => Value::Id(text.parse().map_err(|e| wrong(&e))?),
            Self::Json => Value::Json(serde_json::from_str(text).map_err(|e| wrong(&e))?),
        };
        self.check(&value)?;
        Ok(value)
    }

    /// Turns a value read from JSON, where decimals, days and ids are text, into this kind.
    ///
    /// # Errors
    ///
    /// [`Mismatch`] if it is no such value.
    pub fn coerce(&self, value: Value, zone: Tz) -> Result<Value, Mismatch> {
        match (self, value) {
            (Self::Text | Self::Choice(_), value) => self.check(&value).map(|()| value),
            (_, Value::Text(text)) => self.parse(&text, zone),
            (Self::Money | Self::Quantity | Self::Rate, Value::Int(n)) => self.parse(&n.to_string(), zone),
            (_, value) => self.check(&value).map(|()| value),
        }
    }
}

fn check_slot(slot: &Slot) -> Result<(), Mismatch> {
    if slot.width > Slot::MAX_WIDTH {
        return Err(Mismatch(format!("a number is filled up to at most {} digits", Slot::MAX_WIDTH)));
    }
    // What is rendered later must be a text that may be stored.
    if slot.prefix.len() > MAX_TEXT_BYTES - Slot::MAX_WIDTH {
        return Err(Mismatch(format!("the text has {} bytes, at most {MAX_TEXT_BYTES} are stored", slot.prefix.len())));
    }
    if slot.prefix.contains('\0') {
        return Err(Mismatch("the text contains a NUL character, which no store keeps".into()));
    }
    Ok(())
}

/// How deep JSON may be nested; deeper input would overflow the stack of whoever reads it.
const MAX_JSON_DEPTH: usize = 64;

fn check_json(json: &serde_json::Value) -> Result<(), Mismatch> {
    let mut level = vec![json];
    for _ in 0..MAX_JSON_DEPTH {
        let mut next = Vec::new();
        for value in level {
            match value {
                serde_json::Value::Array(items) => next.extend(items),
                serde_json::Value::Object(fields) => {
                    if fields.keys().any(|key| key.contains('\0')) {
                        return Err(Mismatch("the JSON contains a NUL character, which no store keeps".into()));
                    }
                    next.extend(fields.values());
                }
                serde_json::Value::String(text) if text.contains('\0') => {
                    return Err(Mismatch("the JSON contains a NUL character, which no store keeps".into()));
                }
                _ => {}
            }
        }
        if next.is_empty() {
            return Ok(());
        }
        level = next;
    }
    Err(Mismatch(format!("the JSON is nested deeper than {MAX_JSON_DEPTH}")))
}

/// One field of an entity.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
///
/// let customer = Customer::definition();
/// let region = customer.column_def("region").ok_or("no region")?;
/// assert_eq!((&*region.label.en, region.required, region.system), ("Region", false, false));
/// assert_eq!(region.blank(), Value::Null);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ColumnDef {
    /// The name of the Rust field and of the column.
    pub name: Name,
    /// What people are shown.
    pub label: Label,
    /// The documentation of the field.
    pub doc: Name,
    /// Its kind.
    pub column_type: ColumnType,
    /// Whether every record must have a value.
    pub required: bool,
    /// Whether the crate sets it, so that callers do not give it.
    pub system: bool,
}

impl ColumnDef {
    /// A field whose kind follows from a Rust type.
    #[must_use]
    pub fn of<T: FieldType>(name: &'static str, label: Label, doc: &'static str) -> Self {
        let doc = Name::Borrowed(doc.trim());
        Self {
            name: Name::Borrowed(name),
            label,
            doc,
            column_type: T::column_type(),
            required: T::REQUIRED,
            system: false,
        }
    }

    /// What stands in place of a value that is not shown: no value where the field may be empty, else an empty text, zero,
    /// false, a reference to nothing, or the mark for "not given", which is never stored. A choice that must be made has
    /// none: the empty text is no code.
    #[must_use]
    pub fn blank(&self) -> Value {
        if !self.required {
            return Value::Null;
        }
        match self.column_type {
            ColumnType::Bool => Value::Bool(false),
            ColumnType::Int => Value::Int(0),
            ColumnType::Money => Value::Money(Money::MISSING),
            ColumnType::Quantity => Value::Quantity(Quantity::MISSING),
            ColumnType::Rate => Value::Rate(Rate::MISSING),
            ColumnType::Text | ColumnType::Choice(_) => Value::Text(String::new()),
            ColumnType::Date => Value::Date(Date::MIN),
            ColumnType::Timestamp => Value::Timestamp(Timestamp::MISSING),
            ColumnType::Reference(_) => Value::Id(RecordId::NIL),
            ColumnType::Json => Value::Json(serde_json::Value::Null),
        }
    }

    /// Marks the field as set by the crate.
    #[must_use]
    pub fn system(mut self) -> Self {
        self.system = true;
        self
    }
}

/// A Rust type that is one value of a field, always present.
///
/// # Examples
///
/// ```
/// use crmkit::schema::Scalar;
/// use crmkit::value::Value;
///
/// /// A cell as what is expected there.
/// fn read<T: Scalar>(cell: Value) -> Option<T> {
///     T::from_value(cell).ok()
/// }
///
/// assert_eq!(read::<i64>(12.into()), Some(12));
/// assert_eq!(read::<bool>(12.into()), None);
/// assert_eq!(<i64 as Scalar>::column_type().kind(), "int");
/// ```
pub trait Scalar: Sized + Clone + PartialEq + std::fmt::Debug + Send + Sync + 'static {
    /// The kind of field that holds it.
    fn column_type() -> ColumnType;
    /// As a value.
    fn into_value(self) -> Value;
    /// From a value.
    ///
    /// # Errors
    ///
    /// [`Mismatch`] if the value is of another kind.
    fn from_value(value: Value) -> Result<Self, Mismatch>;
    /// What stands in an input for "not given"; storing it is refused where there is such a mark.
    fn missing() -> Self;
}

/// A Rust type that a field may have: a [`Scalar`], or an [`Option`] of one.
///
/// # Examples
///
/// ```
/// use crmkit::schema::FieldType;
/// use crmkit::value::Value;
///
/// assert!(<String as FieldType>::REQUIRED && !<Option<String> as FieldType>::REQUIRED);
/// assert_eq!(<Option<i64> as FieldType>::from_value(Value::Null), Ok(None));
/// assert!(<i64 as FieldType>::from_value(Value::Null).is_err());
/// ```
pub trait FieldType: Sized + Clone + PartialEq + std::fmt::Debug + Send + Sync + 'static {
    /// The type without the [`Option`].
    type Scalar: Scalar;
    /// Whether every record must have a value.
    const REQUIRED: bool;
    /// The kind of field that holds it.
    fn column_type() -> ColumnType {
        Self::Scalar::column_type()
    }
    /// As a value.
    fn into_value(self) -> Value;
    /// From a value.
    ///
    /// # Errors
    ///
    /// [`Mismatch`] if the value is of another kind.
    fn from_value(value: Value) -> Result<Self, Mismatch>;
    /// What an input starts with.
    fn missing() -> Self;
}

impl<T: Scalar> FieldType for Option<T> {
    type Scalar = T;
    const REQUIRED: bool = false;
    fn into_value(self) -> Value {
        self.map_or(Value::Null, T::into_value)
    }
    fn from_value(value: Value) -> Result<Self, Mismatch> {
        if value.is_null() { Ok(None) } else { T::from_value(value).map(Some) }
    }
    fn missing() -> Self {
        None
    }
}

macro_rules! scalar {
    ($ty:ty, $missing:expr, $pattern:pat => $value:expr, $wrap:expr, $column:expr) => {
        impl Scalar for $ty {
            fn column_type() -> ColumnType {
                $column
            }
            fn into_value(self) -> Value {
                $wrap(self)
            }
            fn from_value(value: Value) -> Result<Self, Mismatch> {
                match value {
                    $pattern => Ok($value),
                    other => Err(Mismatch::expected($column.kind(), &other)),
                }
            }
            fn missing() -> Self {
                $missing
            }
        }
        required!($ty);
    };
}

macro_rules! required {
    ($ty:ty $(, $($bound:tt)+)?) => {
        impl $(<$($bound)+>)? FieldType for $ty {
            type Scalar = Self;
            const REQUIRED: bool = true;
            fn into_value(self) -> Value {
                Scalar::into_value(self)
            }
            fn from_value(value: Value) -> Result<Self, Mismatch> {
                Scalar::from_value(value)
            }
            fn missing() -> Self {
                <Self as Scalar>::missing()
            }
        }
    };
}

scalar!(bool, false, Value::Bool(v) => v, Value::Bool, ColumnType::Bool);
scalar!(i64, 0, Value::Int(v) => v, Value::Int, ColumnType::Int);
scalar!(Money, Money::MISSING, Value::Money(v) => v, Value::Money, ColumnType::Money);
scalar!(Quantity, Quantity::MISSING, Value::Quantity(v) => v, Value::Quantity, ColumnType::Quantity);
scalar!(Rate, Rate::MISSING, Value::Rate(v) => v, Value::Rate, ColumnType::Rate);
scalar!(String, Self::new(), Value::Text(v) => v, Value::Text, ColumnType::Text);
scalar!(Date, Self::MIN, Value::Date(v) => v, Value::Date, ColumnType::Date);
scalar!(Timestamp, Timestamp::MISSING, Value::Timestamp(v) => v, Value::Timestamp, ColumnType::Timestamp);
scalar!(serde_json::Value, Self::Null, Value::Json(v) => v, Value::Json, ColumnType::Json);

impl<E: Entity> Scalar for Id<E> {
    fn column_type() -> ColumnType {
        ColumnType::Reference(Name::Borrowed(E::NAME))
    }
    fn into_value(self) -> Value {
        Value::Id(self.raw())
    }
    fn from_value(value: Value) -> Result<Self, Mismatch> {
        match value {
            Value::Id(id) => Ok(Self::new(id)),
            other => Err(Mismatch::expected("reference", &other)),
        }
    }
    fn missing() -> Self {
        Self::new(RecordId::NIL)
    }
}
required!(Id<E>, E: Entity);

/// The value of a coded enum read from its stored code.
///
/// # Errors
///
/// [`Mismatch`] if the value is no text, or no declared code.
pub fn choice_from_value<C: Choice>(value: Value) -> Result<C, Mismatch> {
    match value {
        Value::Text(code) => C::from_code(&code).map_err(|error| Mismatch(error.to_string())),
        other => Err(Mismatch::expected("choice", &other)),
    }
}
