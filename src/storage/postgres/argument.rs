//! Values on their way to the server, one at a time or a column of many, in the form the server keeps them.

use std::fmt;

use chrono::NaiveDate;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgTypeInfo};
use sqlx::{Encode, Postgres, Type};

use crate::id::RecordId;
use crate::schema::ColumnType;
use crate::value::{Date, Value};

/// The day the server counts days and moments from.
pub(super) const EPOCH: NaiveDate = match NaiveDate::from_ymd_opt(2000, 1, 1) {
    Some(day) => day,
    None => NaiveDate::MIN,
};
/// That day's beginning in microseconds since 1970.
pub(super) const EPOCH_MICROS: i64 = 946_684_800_000_000;

/// A type of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Bool,
    Int,
    Text,
    Date,
    Timestamp,
    Id,
    Json,
}

impl Kind {
    /// The type in which values of a field are stored.
    pub(super) const fn of(kind: &ColumnType) -> Self {
        match kind {
            ColumnType::Bool => Self::Bool,
            ColumnType::Int | ColumnType::Money | ColumnType::Quantity | ColumnType::Rate => Self::Int,
            ColumnType::Text | ColumnType::Choice(_) => Self::Text,
            ColumnType::Date => Self::Date,
            ColumnType::Timestamp => Self::Timestamp,
            ColumnType::Reference(_) => Self::Id,
            ColumnType::Json => Self::Json,
        }
    }

    /// The type of a value; none has that of text.
    pub(super) const fn of_value(value: &Value) -> Self {
        match value {
            Value::Bool(_) => Self::Bool,
            Value::Int(_) | Value::Money(_) | Value::Quantity(_) | Value::Rate(_) => Self::Int,
            Value::Date(_) => Self::Date,
            Value::Timestamp(_) => Self::Timestamp,
            Value::Id(_) => Self::Id,
            Value::Json(_) => Self::Json,
            Value::Text(_) | Value::Slot(_) | Value::Null => Self::Text,
        }
    }

    /// The type's name in SQL, as the server itself writes it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Bool => "boolean",
            Self::Int => "bigint",
            Self::Text => "text",
            Self::Date => "date",
            Self::Timestamp => "timestamp with time zone",
            Self::Id => "uuid",
            Self::Json => "json",
        }
    }

    /// The numbers by which the protocol names the type and arrays of it; they are the same on every server.
    const fn oids(self) -> (u32, u32) {
        match self {
            Self::Bool => (16, 1000),
            Self::Int => (20, 1016),
            Self::Text => (25, 1009),
            Self::Date => (1082, 1182),
            Self::Timestamp => (1184, 1185),
            Self::Id => (2950, 2951),
            Self::Json => (114, 199),
        }
    }
}

/// One argument of a statement.
#[derive(Debug, Clone)]
pub(super) enum Argument {
    /// One value.
    One(Kind, Value),
    /// Many values of one type.
    Many(Column),
}

impl Argument {
    /// A value of a type of its own.
    pub(super) fn value(value: impl Into<Value>) -> Self {
        let value = value.into();
        Self::One(Kind::of_value(&value), value)
    }

    /// A text in JSON that is already written, or none.
    pub(super) fn json(text: Option<String>) -> Self {
        Self::One(Kind::Json, text.into())
    }

    /// Many ids.
    pub(super) fn ids<'i>(ids: impl IntoIterator<Item = &'i RecordId>) -> Self {
        let mut column = Column::new(Kind::Id);
        for id in ids {
            column.push(&Value::Id(*id));
        }
        Self::Many(column)
    }
}

impl fmt::Display for Argument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(_, Value::Text(text)) => write!(f, "{text:?}"),
            Self::One(_, Value::Null) => f.write_str("NULL"),
            Self::One(_, value) => value.fmt(f),
            Self::Many(column) => write!(f, "{} values of {}", column.count, column.kind.name()),
        }
    }
}

/// Many values of one type, as one array.
#[derive(Debug, Clone)]
pub(super) struct Column {
    kind: Kind,
    count: i32,
    nulls: bool,
    bytes: Vec<u8>,
}

impl Column {
    pub(super) const fn new(kind: Kind) -> Self {
        Self { kind, count: 0, nulls: false, bytes: Vec::new() }
    }

    pub(super) fn push(&mut self, value: &Value) {
        let start = self.bytes.len();
        self.bytes.extend([0; 4]);
        if write(value, &mut self.bytes) {
            self.close(start);
        } else {
            self.none(start);
        }
        self.count += 1;
    }

    /// Puts in a text as it is.
    pub(super) fn push_text(&mut self, text: Option<&str>) {
        let start = self.bytes.len();
        self.bytes.extend([0; 4]);
        match text {
            Some(text) => {
                self.bytes.extend(text.as_bytes());
                self.close(start);
            }
            None => self.none(start),
        }
        self.count += 1;
    }

    fn close(&mut self, start: usize) {
        // A text has at most a few MiB.
        let length = i32::try_from(self.bytes.len() - start - 4).unwrap_or(i32::MAX);
        self.put(start, length);
    }

    fn none(&mut self, start: usize) {
        self.nulls = true;
        self.put(start, -1);
    }

    fn put(&mut self, start: usize, length: i32) {
        if let Some(place) = self.bytes.get_mut(start..start + 4) {
            place.copy_from_slice(&length.to_be_bytes());
        }
    }
}

impl Type<Postgres> for Argument {
    /// Each argument says by itself of which type it is.
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(Kind::Text.oids().0))
    }
}

impl Encode<'_, Postgres> for Argument {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        match self {
            Self::One(_, value) => Ok(if write(value, buffer) { IsNull::No } else { IsNull::Yes }),
            Self::Many(column) => {
                let dimensions = i32::from(column.count > 0);
                let (element, _) = column.kind.oids();
                buffer.extend(dimensions.to_be_bytes());
                buffer.extend(i32::from(column.nulls).to_be_bytes());
                buffer.extend(element.to_be_bytes());
                if column.count > 0 {
                    buffer.extend(column.count.to_be_bytes());
                    buffer.extend(1_i32.to_be_bytes());
                    buffer.extend(&column.bytes);
                }
                Ok(IsNull::No)
            }
        }
    }

    fn produces(&self) -> Option<PgTypeInfo> {
        let oid = match self {
            Self::One(kind, _) => kind.oids().0,
            Self::Many(column) => column.kind.oids().1,
        };
        Some(PgTypeInfo::with_oid(Oid(oid)))
    }

    fn size_hint(&self) -> usize {
        match self {
            Self::One(..) => 16,
            Self::Many(column) => column.bytes.len() + 20,
        }
    }
}

/// Writes a value as the server keeps it; says whether there is one.
fn write(value: &Value, buffer: &mut Vec<u8>) -> bool {
    match value {
        Value::Bool(v) => buffer.push(u8::from(*v)),
        Value::Int(v) => buffer.extend(v.to_be_bytes()),
        Value::Money(v) => buffer.extend(v.raw().to_be_bytes()),
        Value::Quantity(v) => buffer.extend(v.raw().to_be_bytes()),
        Value::Rate(v) => buffer.extend(v.raw().to_be_bytes()),
        Value::Text(v) => buffer.extend(v.as_bytes()),
        Value::Date(v) => buffer.extend(days(*v).to_be_bytes()),
        Value::Timestamp(v) => buffer.extend((v.as_micros() - EPOCH_MICROS).to_be_bytes()),
        Value::Id(v) => buffer.extend(v.as_bytes()),
        Value::Json(v) => buffer.extend(v.to_string().as_bytes()),
        // A slot is filled before its record is written.
        Value::Slot(_) | Value::Null => return false,
    }
    true
}

fn days(date: Date) -> i32 {
    // Four thousand years to either side fit easily.
    i32::try_from(date.signed_duration_since(EPOCH).num_days()).unwrap_or(i32::MIN)
}
