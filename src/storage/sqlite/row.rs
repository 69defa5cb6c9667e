//! Values as SQLite stores them, and back.

use std::fmt;

use rusqlite::Row;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};

use super::fault::Fault;
use crate::id::{RecordId, Version};
use crate::schema::{ColumnType, CustomFields, DecodeError, EntityDef, Record};
use crate::value::{Money, Quantity, Rate, Timestamp, Value, parse_date};

/// A value on its way into a statement.
#[derive(Debug)]
pub(super) struct Bound<'a>(pub(super) &'a Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self.0 {
            Value::Bool(v) => ToSqlOutput::from(*v),
            Value::Int(v) => ToSqlOutput::from(*v),
            Value::Money(v) => ToSqlOutput::from(v.raw()),
            Value::Quantity(v) => ToSqlOutput::from(v.raw()),
            Value::Rate(v) => ToSqlOutput::from(v.raw()),
            Value::Text(v) => ToSqlOutput::from(v.as_str()),
            Value::Date(v) => ToSqlOutput::from(v.to_string()),
            Value::Timestamp(v) => ToSqlOutput::from(v.as_micros()),
            Value::Id(v) => ToSqlOutput::from(v.as_bytes().as_slice()),
            Value::Json(v) => ToSqlOutput::from(v.to_string()),
            Value::Null => ToSqlOutput::from(rusqlite::types::Null),
            Value::Slot(slot) => {
                let problem = format!("slot {} was not filled", slot.index);
                return Err(rusqlite::Error::ToSqlConversionFailure(problem.into()));
            }
        })
    }
}

/// Whether a value is what is stored.
pub(super) fn is_stored(value: &Value, stored: ValueRef<'_>) -> rusqlite::Result<bool> {
    use rusqlite::types::Value as Owned;
    Ok(match Bound(value).to_sql()? {
        ToSqlOutput::Borrowed(value) => value == stored,
        ToSqlOutput::Owned(Owned::Integer(n)) => stored == ValueRef::Integer(n),
        ToSqlOutput::Owned(Owned::Text(text)) => stored == ValueRef::Text(text.as_bytes()),
        ToSqlOutput::Owned(Owned::Null) => stored == ValueRef::Null,
        _ => false,
    })
}

/// An id on its way into a statement.
#[derive(Debug)]
pub(super) struct BoundId(pub(super) RecordId);

impl ToSql for BoundId {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.0.as_bytes().as_slice()))
    }
}

/// The text in which the fields added at run time are stored; none if there are none.
pub(super) fn custom_text(custom: &CustomFields) -> Option<String> {
    if custom.is_empty() { None } else { serde_json::to_string(custom).ok() }
}

/// A value bound by the SQL layer, which only binds these kinds.
pub(super) fn owned(value: sea_query::Value) -> rusqlite::types::Value {
    use sea_query::Value as Given;
    match value {
        Given::BigInt(Some(n)) => n.into(),
        Given::BigUnsigned(Some(n)) => i64::try_from(n).unwrap_or(i64::MAX).into(),
        Given::String(Some(text)) => text.into(),
        Given::Bytes(Some(bytes)) => bytes.into(),
        _ => rusqlite::types::Value::Null,
    }
}

/// A whole record from a row of the id, the version, all columns and `custom`.
pub(super) fn record(def: &EntityDef, row: &Row<'_>) -> Result<Record, Fault> {
    let id = id_at(def, row, 0)?;
    let version = version_at(def, id, row, 1)?;
    let mut values = Vec::with_capacity(def.columns.len());
    for (place, column) in def.columns.iter().enumerate() {
        // Most fields of most records have no value.
        values.push(match row.get_ref(place + 2)? {
            ValueRef::Null => Value::Null,
            raw => decode(&column.column_type, raw).map_err(|problem| decode_error(def, id, &column.name, problem))?,
        });
    }
    let custom = match row.get_ref(def.columns.len() + 2)? {
        ValueRef::Null => CustomFields::new(),
        ValueRef::Text(text) => {
            serde_json::from_slice(text).map_err(|error| decode_error(def, id, "custom", error.to_string()))?
        }
        other => return Err(decode_error(def, id, "custom", unfit("a JSON object", &other)).into()),
    };
    Ok(Record { entity: def.name.clone(), id, version, values, custom })
}

/// The id in a column.
pub(super) fn id_at(def: &EntityDef, row: &Row<'_>, place: usize) -> Result<RecordId, Fault> {
    let raw = row.get_ref(place)?;
    id(&raw).ok_or_else(|| decode_error(def, RecordId::NIL, "id", unfit("an id", &raw)).into())
}

/// The version in a column.
pub(super) fn version_at(def: &EntityDef, id: RecordId, row: &Row<'_>, place: usize) -> Result<Version, Fault> {
    match row.get_ref(place)? {
        ValueRef::Integer(version) => Ok(Version(version)),
        other => Err(decode_error(def, id, "version", unfit("a whole number", &other)).into()),
    }
}

/// The value in a column, of the kind the schema says. Where it is not, the error names the field and the record.
pub(super) fn value_at(
    def: &EntityDef,
    kind: &ColumnType,
    row: &Row<'_>,
    place: usize,
    field: impl fmt::Display,
    id: impl FnOnce() -> RecordId,
) -> Result<Value, Fault> {
    decode(kind, row.get_ref(place)?).map_err(|problem| decode_error(def, id(), field, problem).into())
}

/// The value that is stored as `raw`, or what is wrong with it.
pub(super) fn decode(kind: &ColumnType, raw: ValueRef<'_>) -> Result<Value, String> {
    let value = match (kind, &raw) {
        (_, ValueRef::Null) => Some(Value::Null),
        (ColumnType::Bool, ValueRef::Integer(n @ (0 | 1))) => Some(Value::Bool(*n == 1)),
        (ColumnType::Int, ValueRef::Integer(n)) => Some(Value::Int(*n)),
        (ColumnType::Money, ValueRef::Integer(n)) => Money::from_raw(*n).ok().map(Value::Money),
        (ColumnType::Quantity, ValueRef::Integer(n)) => Quantity::from_raw(*n).ok().map(Value::Quantity),
        (ColumnType::Rate, ValueRef::Integer(n)) => Rate::from_raw(*n).ok().map(Value::Rate),
        (ColumnType::Timestamp, ValueRef::Integer(n)) => Timestamp::from_micros(*n).ok().map(Value::Timestamp),
        (ColumnType::Text | ColumnType::Choice(_), ValueRef::Text(text)) => {
            std::str::from_utf8(text).ok().map(|text| Value::Text(text.to_owned()))
        }
        (ColumnType::Date, ValueRef::Text(text)) => {
            std::str::from_utf8(text).ok().and_then(parse_date).map(Value::Date)
        }
        (ColumnType::Json, ValueRef::Text(text)) => {
            return serde_json::from_slice(text).map(Value::Json).map_err(|error| error.to_string());
        }
        (ColumnType::Reference(_), raw) => id(raw).map(Value::Id),
        _ => None,
    };
    value.ok_or_else(|| unfit(kind.kind(), &raw))
}

/// The integer of a field that is added up, in its smallest unit.
pub(super) fn integer(kind: &ColumnType, raw: &ValueRef<'_>) -> Option<i64> {
    let ValueRef::Integer(n) = *raw else { return None };
    match kind {
        ColumnType::Int => Some(n),
        ColumnType::Money => Money::from_raw(n).ok().map(Money::raw),
        ColumnType::Quantity => Quantity::from_raw(n).ok().map(Quantity::raw),
        ColumnType::Rate => Rate::from_raw(n).ok().map(Rate::raw),
        ColumnType::Bool
        | ColumnType::Text
        | ColumnType::Date
        | ColumnType::Timestamp
        | ColumnType::Reference(_)
        | ColumnType::Choice(_)
        | ColumnType::Json => None,
    }
}

/// The id that is stored as `raw`.
pub(super) fn id(raw: &ValueRef<'_>) -> Option<RecordId> {
    match raw {
        ValueRef::Blob(bytes) => <[u8; 16]>::try_from(*bytes).ok().map(RecordId::from_bytes),
        _ => None,
    }
}

fn unfit(expected: &str, raw: &ValueRef<'_>) -> String {
    let found = match raw {
        ValueRef::Null => "no value".to_owned(),
        ValueRef::Integer(n) => format!("`{n}`"),
        ValueRef::Real(n) => format!("`{n}`"),
        ValueRef::Text(text) => format!("`{}`", String::from_utf8_lossy(text).chars().take(40).collect::<String>()),
        ValueRef::Blob(bytes) => format!("{} bytes", bytes.len()),
    };
    format!("expected {expected}, found {found}")
}

fn decode_error(def: &EntityDef, id: RecordId, field: impl fmt::Display, problem: String) -> DecodeError {
    DecodeError { entity: def.name.to_string(), id, field: field.to_string(), problem }
}
