//! Rows of the server as values and records.

use std::fmt;

use chrono::TimeDelta;
use sqlx::postgres::{PgRow, PgValueRef};
use sqlx::{Row, ValueRef};

use super::argument::{EPOCH, EPOCH_MICROS};
use crate::id::{RecordId, Version};
use crate::schema::{ColumnType, CustomFields, DecodeError, EntityDef, Record};
use crate::storage::Result;
use crate::storage::postgres::fault::explained;
use crate::value::{Money, Quantity, Rate, Timestamp, Value, date_in_range};

/// A whole record from a row of the id, the version, all columns and `custom`.
pub(super) fn record(def: &EntityDef, row: &PgRow) -> Result<Record> {
    let id = id_at(def, row, 0)?;
    let version = version_at(def, id, row, 1)?;
    let mut values = Vec::with_capacity(def.columns.len());
    for (place, column) in def.columns.iter().enumerate() {
        values.push(value_at(def, &column.column_type, row, place + 2, &column.name, || id)?);
    }
    let custom = match bytes(row, def.columns.len() + 2)? {
        None => CustomFields::new(),
        Some(text) => {
            serde_json::from_slice(text).map_err(|error| decode_error(def, id, "custom", error.to_string()))?
        }
    };
    Ok(Record { entity: def.name.clone(), id, version, values, custom })
}

/// The text in which the fields added at run time are stored; none if there are none.
pub(super) fn custom_text(custom: &CustomFields) -> Option<String> {
    if custom.is_empty() { None } else { serde_json::to_string(custom).ok() }
}

/// The id in a column.
pub(super) fn id_at(def: &EntityDef, row: &PgRow, place: usize) -> Result<RecordId> {
    let id = bytes(row, place)?.and_then(|bytes| bytes.try_into().ok()).map(RecordId::from_bytes);
    id.ok_or_else(|| decode_error(def, RecordId::NIL, "id", "expected an id".into()).into())
}

/// The version in a column.
pub(super) fn version_at(def: &EntityDef, id: RecordId, row: &PgRow, place: usize) -> Result<Version> {
    let version = bytes(row, place)?.and_then(long).map(Version);
    version.ok_or_else(|| decode_error(def, id, "version", "expected a whole number".into()).into())
}

/// The whole number in a column; zero where there is none.
pub(super) fn long_at(row: &PgRow, place: usize) -> Result<i64> {
    Ok(bytes(row, place)?.and_then(long).unwrap_or_default())
}

/// The sum in a column, a `numeric` without a fraction; zero where there is none.
pub(super) fn sum_at(row: &PgRow, place: usize) -> Result<i128> {
    let Some(raw) = bytes(row, place)? else { return Ok(0) };
    whole(raw).ok_or_else(|| {
        let problem = format!("the server's sum of {} bytes is no whole number", raw.len());
        explained(sqlx::Error::Decode(problem.into()))
    })
}

/// What a column holds in the form of the protocol, if anything.
pub(super) fn raw_at(row: &PgRow, place: usize) -> Result<Option<&[u8]>> {
    bytes(row, place)
}

/// The text in a column, if there is one.
pub(super) fn text_at(row: &PgRow, place: usize) -> Result<Option<String>> {
    Ok(bytes(row, place)?.map(|bytes| String::from_utf8_lossy(bytes).into_owned()))
}

/// The truth value in a column; false where there is none.
pub(super) fn bool_at(row: &PgRow, place: usize) -> Result<bool> {
    Ok(bytes(row, place)? == Some(&[1]))
}

/// The value in a column, of the kind the schema says. Where it is not, the error names the field and the record.
pub(super) fn value_at(
    def: &EntityDef,
    kind: &ColumnType,
    row: &PgRow,
    place: usize,
    field: impl fmt::Display,
    id: impl FnOnce() -> RecordId,
) -> Result<Value> {
    let Some(raw) = bytes(row, place)? else { return Ok(Value::Null) };
    decode(kind, raw).map_err(|problem| decode_error(def, id(), field, problem).into())
}

fn bytes(row: &PgRow, place: usize) -> Result<Option<&[u8]>> {
    let value: PgValueRef<'_> = row.try_get_raw(place).map_err(explained)?;
    if value.is_null() {
        return Ok(None);
    }
    value.as_bytes().map(Some).map_err(|error| explained(sqlx::Error::Decode(error)))
}

fn decode(kind: &ColumnType, raw: &[u8]) -> Result<Value, String> {
    let value = match kind {
        ColumnType::Bool => match raw {
            [byte @ (0 | 1)] => Some(Value::Bool(*byte == 1)),
            _ => None,
        },
        ColumnType::Int => long(raw).map(Value::Int),
        ColumnType::Money => long(raw).and_then(|n| Money::from_raw(n).ok()).map(Value::Money),
        ColumnType::Quantity => long(raw).and_then(|n| Quantity::from_raw(n).ok()).map(Value::Quantity),
        ColumnType::Rate => long(raw).and_then(|n| Rate::from_raw(n).ok()).map(Value::Rate),
        ColumnType::Timestamp => moment(raw).map(Value::Timestamp),
        ColumnType::Text | ColumnType::Choice(_) => {
            std::str::from_utf8(raw).ok().map(|text| Value::Text(text.to_owned()))
        }
        ColumnType::Date => {
            let days = raw.try_into().ok().map(i32::from_be_bytes);
            let date = days.and_then(|days| EPOCH.checked_add_signed(TimeDelta::days(days.into())));
            date.filter(|date| date_in_range(*date)).map(Value::Date)
        }
        ColumnType::Json => return serde_json::from_slice(raw).map(Value::Json).map_err(|error| error.to_string()),
        ColumnType::Reference(_) => raw.try_into().ok().map(RecordId::from_bytes).map(Value::Id),
    };
    value.ok_or_else(|| format!("expected {}, found {} bytes that are none", kind.kind(), raw.len()))
}

fn long(raw: &[u8]) -> Option<i64> {
    raw.try_into().ok().map(i64::from_be_bytes)
}

/// Reads a `numeric`: how many digits to the base of 10,000 there are, the power of the first one, the sign, how many
/// decimals are shown, and the digits. Zeros at the end are left out.
fn whole(raw: &[u8]) -> Option<i128> {
    let mut words = raw.chunks_exact(2).map(|word| word.try_into().map_or(0, i16::from_be_bytes));
    let (count, power, sign, _) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let digits: Vec<i128> = words.map(i128::from).collect();
    if digits.len() != usize::try_from(count).ok()? {
        return None;
    }
    let mut number: i128 = 0;
    for place in 0..=power.max(-1) {
        let digit = digits.get(usize::try_from(place).ok()?).copied().unwrap_or(0);
        number = number.checked_mul(10_000)?.checked_add(digit)?;
    }
    let fraction = digits.iter().skip(usize::try_from(power.max(-1) + 1).ok()?).any(|digit| *digit != 0);
    match sign {
        0 if !fraction => Some(number),
        0x4000 if !fraction => Some(-number),
        _ => None,
    }
}

fn moment(raw: &[u8]) -> Option<Timestamp> {
    Timestamp::from_micros(long(raw)?.checked_add(EPOCH_MICROS)?).ok()
}

fn decode_error(def: &EntityDef, id: RecordId, field: impl fmt::Display, problem: String) -> DecodeError {
    DecodeError { entity: def.name.to_string(), id, field: field.to_string(), problem }
}

#[cfg(test)]
mod tests {
    use super::whole;

    #[test]
    fn whole_numbers_are_read_from_the_digits_the_server_sends() {
        let sent = |words: &[i16]| whole(&words.iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<_>>());
        assert_eq!(sent(&[0, 0, 0, 0]), Some(0));
        assert_eq!(sent(&[1, 0, 0x4000, 0, 7]), Some(-7));
        // 90,071,992,547,409,950,000 and zeros that are not sent.
        assert_eq!(sent(&[4, 4, 0, 0, 9_007, 1_992, 5_474, 995]), Some(90_071_992_547_409_950_000));
        assert_eq!(sent(&[1, 1, 0, 0, 12]), Some(120_000));
        assert_eq!(sent(&[1, -1, 0, 4, 5_000]), None);
        assert_eq!(sent(&[2, 0, 0, 4, 1, 5_000]), None);
        assert_eq!(sent(&[0, 0, -0x4000, 0]), None);
        assert_eq!(sent(&[1, 0]), None);
    }
}
