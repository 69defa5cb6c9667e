//! Former values as JSON, exact both ways.

use chrono_tz::Tz;
use serde_json::{Map, Value as Json};

use crate::schema::{ColumnType, CustomFields, EntityDef, Name, Record};
use crate::value::Value;

/// The key under which all fields added at run time stand: no declared field has this name.
pub(super) const CUSTOM: &str = "custom";

/// A value as the history keeps it: truth values and whole numbers as such, everything else as text.
///
/// # Examples
///
/// ```
/// use crmkit::history::{value_from_json, value_to_json};
/// use crmkit::schema::ColumnType;
/// use crmkit::value::{Money, Value};
///
/// let price = Value::from("12.5".parse::<Money>()?);
/// assert_eq!(value_from_json(&ColumnType::Money, &value_to_json(&price)), Some(price));
/// # Ok::<(), crmkit::value::DecimalError>(())
/// ```
#[must_use]
pub fn value_to_json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Int(value) => Json::from(*value),
        // As text, so that it is nested no deeper than where it comes from, and its absence is told from its null.
        Value::Json(value) => Json::String(value.to_string()),
        Value::Money(_)
        | Value::Quantity(_)
        | Value::Rate(_)
        | Value::Text(_)
        | Value::Date(_)
        | Value::Timestamp(_)
        | Value::Id(_)
        | Value::Slot(_) => Json::String(value.to_string()),
    }
}

/// A kept value of a field of a kind; none if it is no such value.
///
/// # Examples
///
/// ```
/// use crmkit::history::{value_from_json, value_to_json};
/// use crmkit::prelude::*;
/// use crmkit::schema::ColumnType;
///
/// let amount: Money = "12.50".parse()?;
/// let kept = value_to_json(&amount.into());
/// assert_eq!(value_from_json(&ColumnType::Money, &kept), Some(amount.into()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn value_from_json(column_type: &ColumnType, json: &Json) -> Option<Value> {
    let value = match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(value) => Value::Int(value.as_i64()?),
        Json::String(text) => Value::Text(text.clone()),
        Json::Array(_) | Json::Object(_) => return None,
    };
    column_type.coerce(value, Tz::UTC).ok()
}

/// What fields held before a change.
///
/// # Examples
///
/// ```
/// use crmkit::history::former;
/// use crmkit::prelude::*;
///
/// let def = Customer::definition();
/// let before = Customer::draft(Id::NIL, NewCustomer::new("Acme"));
/// let after = Customer { name: "Acme Ltd".into(), ..before.clone() };
/// let kept = former(&def, &before.clone().into_record(), Some(&after.clone().into_record()));
/// assert_eq!(kept.values["name"], "Acme");
/// assert_eq!(Customer::from_record(kept.put_into(after.into_record(), &def))?, before);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Former {
    /// The kept values by field, as [`value_to_json`] makes them.
    pub values: Map<String, Json>,
    /// The fields of which only is kept that they were changed.
    pub redacted: Vec<Name>,
}

impl Former {
    /// Whether nothing was changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty() && self.redacted.is_empty()
    }

    /// The record with these values in place of its own; redacted fields keep theirs. A value that its field does not
    /// take any more is left out.
    #[must_use]
    pub fn put_into(&self, mut record: Record, def: &EntityDef) -> Record {
        for (name, json) in &self.values {
            if name == CUSTOM {
                record.custom = custom_from_json(json).unwrap_or(record.custom);
                continue;
            }
            let Some(column) = def.column_def(name) else { continue };
            let (Some(value), Some(place)) = (value_from_json(&column.column_type, json), def.column(name)) else {
                continue;
            };
            if let Some(field) = record.values.get_mut(place) {
                *field = value;
            }
        }
        record
    }
}

fn custom_from_json(json: &Json) -> Option<CustomFields> {
    serde_json::from_str(json.as_str()?).ok()
}

/// What a record held in the fields that `after` changes; in all fields where it is deleted.
///
/// # Examples
///
/// ```
/// use crmkit::history::former;
/// use crmkit::prelude::*;
///
/// let def = Customer::definition();
/// let acme = Customer::draft(Id::NIL, NewCustomer::new("Acme")).into_record();
/// // Of a record that is deleted, all that has a value.
/// let kept = former(&def, &acme, None);
/// assert_eq!(kept.values["name"], "Acme");
/// assert!(!kept.values.contains_key("zip"));
/// assert!(former(&def, &acme, Some(&acme)).is_empty());
/// ```
#[must_use]
pub fn former(def: &EntityDef, before: &Record, after: Option<&Record>) -> Former {
    let mut former = Former::default();
    for (place, column) in def.columns.iter().enumerate() {
        let value = before.value(place);
        let kept = after.is_some_and(|after| after.value(place) == value) || after.is_none() && value.is_null();
        if kept {
            continue;
        }
        if def.facts.redacted.contains(&column.name) {
            former.redacted.push(column.name.clone());
        } else {
            former.values.insert(column.name.to_string(), value_to_json(value));
        }
    }
    let same = after.map_or(before.custom.is_empty(), |after| after.custom == before.custom);
    if !same {
        let text = Json::Object(before.custom.clone()).to_string();
        former.values.insert(CUSTOM.to_owned(), Json::String(text));
    }
    former
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{ColumnType, Scalar};
    use crate::value::{Date, Money, Quantity, Rate, Timestamp};

    fn comes_back(column_type: &ColumnType, value: Value) {
        let kept: Json = serde_json::from_str(&value_to_json(&value).to_string()).unwrap();
        assert_eq!(value_from_json(column_type, &kept), Some(value));
    }

    #[test]
    fn every_kind_of_value_comes_back_to_the_last_digit() {
        comes_back(&bool::column_type(), true.into());
        comes_back(&i64::column_type(), i64::MAX.into());
        comes_back(&i64::column_type(), i64::MIN.into());
        for raw in [0, 1, -1, 12_345_678_901, i64::MAX] {
            comes_back(&ColumnType::Money, Money::from_raw(raw).unwrap().into());
            comes_back(&ColumnType::Quantity, Quantity::from_raw(raw).unwrap().into());
            comes_back(&ColumnType::Rate, Rate::from_raw(raw).unwrap().into());
        }
        comes_back(&ColumnType::Text, "null".into());
        comes_back(&ColumnType::Text, "".into());
        comes_back(&ColumnType::Date, Date::from_ymd_opt(1, 1, 1).unwrap().into());
        comes_back(&ColumnType::Timestamp, Timestamp::from_micros(1).unwrap().into());
        comes_back(&ColumnType::Timestamp, Timestamp::from_micros(-62_135_596_800_000_000).unwrap().into());
        comes_back(&ColumnType::Reference("x".into()), crate::id::RecordId::from_bytes([7; 16]).into());
        for json in [serde_json::json!({"a": [1, "b"]}), "text".into(), 1.5.into()] {
            comes_back(&ColumnType::Json, Value::Json(json));
        }
        comes_back(&ColumnType::Json, Value::Null);
    }
}
