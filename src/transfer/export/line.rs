//! One record as a line, and back.

use std::sync::Arc;

use chrono_tz::Tz;
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};
use sha2::{Digest, Sha256};

use super::manifest::hex;
use crate::change::{Change, ChangeSet};
use crate::error::{Refusal, Refused};
use crate::id::{RecordId, SetId, Version};
use crate::schema::{ColumnType, CustomFields, EntityDef, Mismatch, Record, Schema};
use crate::value::{Timestamp, Value};

/// How many bytes of a line's SHA-256 it carries.
const SUM_BYTES: usize = 8;
/// What stands around a line's checksum.
const SUM: (&str, &str) = (",\"sum\":\"", "\"}");

/// How the records of one entity stand in their file: which fields there are, in which order.
///
/// A line is `{"id","version","fields","custom","sum"}` in this order and without blanks. A field without a value is
/// left out; so is `custom` where it is empty. Whole numbers and truth values stand as such, JSON as itself with the
/// keys of its objects sorted, everything else as the text it is shown as.
#[derive(Debug, Clone)]
pub(in crate::transfer) struct Layout {
    def: Arc<EntityDef>,
    /// The places of the fields in the definition, in the order of the file.
    places: Vec<usize>,
}

#[derive(Serialize)]
struct Written<'a> {
    id: RecordId,
    version: Version,
    fields: Fields<'a>,
    #[serde(skip_serializing_if = "CustomFields::is_empty")]
    custom: CustomFields,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    id: RecordId,
    version: Version,
    fields: CustomFields,
    #[serde(default)]
    custom: CustomFields,
}

/// The fields of a record that have a value.
struct Fields<'a> {
    layout: &'a Layout,
    record: &'a Record,
}

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for place in &self.layout.places {
            let Some(column) = self.layout.def.columns.get(*place) else { continue };
            match self.record.value(*place) {
                Value::Null => {}
                Value::Json(json) => map.serialize_entry(&*column.name, &sorted(json.clone()))?,
                value => map.serialize_entry(&*column.name, value)?,
            }
        }
        map.end()
    }
}

impl Layout {
    /// All fields in the order of the definition.
    pub(in crate::transfer) fn whole(def: &Arc<EntityDef>) -> Self {
        Self { def: Arc::clone(def), places: (0..def.columns.len()).collect() }
    }

    /// These fields of a definition.
    pub(in crate::transfer) fn new(def: &Arc<EntityDef>, places: Vec<usize>) -> Self {
        Self { def: Arc::clone(def), places }
    }

    /// The entity.
    pub(in crate::transfer) const fn def(&self) -> &Arc<EntityDef> {
        &self.def
    }

    /// Writes a record as a line, with its end.
    pub(in crate::transfer) fn encode(&self, record: &Record, line: &mut Vec<u8>) -> serde_json::Result<()> {
        line.clear();
        let serde_json::Value::Object(custom) = sorted(serde_json::Value::Object(record.custom.clone())) else {
            return Ok(());
        };
        let fields = Fields { layout: self, record };
        serde_json::to_writer(&mut *line, &Written { id: record.id, version: record.version, fields, custom })?;
        line.pop();
        let sum = self.sum(line);
        line.extend_from_slice(SUM.0.as_bytes());
        line.extend_from_slice(sum.as_bytes());
        line.extend_from_slice(SUM.1.as_bytes());
        line.push(b'\n');
        Ok(())
    }

    /// The record of a line, given without its end. What is wrong with it is a sentence.
    pub(in crate::transfer) fn decode(&self, line: &[u8]) -> Result<Record, String> {
        let damaged = || "its checksum does not fit".to_owned();
        let content = line.len().checked_sub(SUM.0.len() + 2 * SUM_BYTES + SUM.1.len()).ok_or_else(damaged)?;
        let (content, tail) = line.split_at_checked(content).ok_or_else(damaged)?;
        if tail != format!("{}{}{}", SUM.0, self.sum(content), SUM.1).as_bytes() {
            return Err(damaged());
        }
        let read: Read = serde_json::from_slice(&[content, b"}"].concat()).map_err(|error| self.quiet(&error))?;
        let mut values = vec![Value::Null; self.def.columns.len()];
        for (name, json) in read.fields {
            let place = self.def.column(&name).filter(|place| self.places.contains(place));
            let Some((value, column)) =
                place.and_then(|place| Some((values.get_mut(place)?, self.def.columns.get(place)?)))
            else {
                return Err(format!("there is no field `{name}`"));
            };
            let decoded = value_of(&column.column_type, json);
            *value = decoded.map_err(|mismatch| format!("`{name}`: {}", self.quiet(&mismatch)))?;
        }
        Ok(Record { entity: self.def.name.clone(), id: read.id, version: read.version, values, custom: read.custom })
    }

    /// What forbids storing a record, if anything does.
    pub(in crate::transfer) fn problem(&self, schema: &Schema, record: &Record) -> Option<String> {
        let set = ChangeSet::new(SetId(RecordId::NIL), Timestamp::EPOCH, "check");
        let refused = set.with(Change::Insert(record.clone())).problems(schema).pop();
        let told = |Refused { reason, .. }| match reason {
            Refusal::Invalid(sentence) => self.quiet(&sentence),
            other => other.to_string(),
        };
        refused.map(told)
    }

    /// The checksum of a line, which also knows whose line it is.
    fn sum(&self, content: &[u8]) -> String {
        let mut hash = Sha256::new();
        hash.update(self.def.name.as_bytes());
        hash.update(b"\n");
        hash.update(content);
        hex(hash.finalize().get(..SUM_BYTES).unwrap_or_default())
    }

    /// A sentence that may quote values; of secret ones nothing is quoted.
    fn quiet(&self, problem: &dyn std::fmt::Display) -> String {
        if self.def.facts.secret { "a value does not fit its field".to_owned() } else { problem.to_string() }
    }
}

/// The keys of all objects sorted, whatever order a program keeps them in.
fn sorted(mut json: serde_json::Value) -> serde_json::Value {
    json.sort_all_objects();
    json
}

fn value_of(kind: &ColumnType, json: serde_json::Value) -> Result<Value, Mismatch> {
    use serde_json::Value as Json;
    let value = match (kind, json) {
        (ColumnType::Json, json) => Value::Json(json),
        (ColumnType::Bool, Json::Bool(value)) => Value::Bool(value),
        (ColumnType::Int, Json::Number(number)) => match number.as_i64() {
            Some(value) => Value::Int(value),
            None => return Err(Mismatch(format!("expected a whole number, found `{number}`"))),
        },
        (ColumnType::Text | ColumnType::Choice(_), Json::String(text)) => Value::Text(text),
        (
            ColumnType::Money
            | ColumnType::Quantity
            | ColumnType::Rate
            | ColumnType::Date
            | ColumnType::Timestamp
            | ColumnType::Reference(_),
            Json::String(text),
        ) => kind.parse(&text, Tz::UTC)?,
        (_, Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) | Json::Array(_) | Json::Object(_)) => {
            return Err(Mismatch(format!("expected {}, found JSON of another kind", kind.kind())));
        }
    };
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::User;
    use crate::schema::Entity;

    fn sample() -> (Arc<Schema>, Layout, Record) {
        let schema = crate::standard_schema().unwrap();
        let layout = Layout::whole(schema.of::<User>().unwrap());
        let role = crate::access::Role::ADMINISTRATOR;
        let user =
            User::draft(crate::id::Id::new(RecordId::from_bytes([7; 16])), crate::access::NewUser::new("李", role));
        let mut record = user.into_record();
        record.custom = serde_json::from_str(r#"{"z":1.5,"a":{"y":null,"b":[0.1]}}"#).unwrap();
        (schema, layout, record)
    }

    #[test]
    fn a_record_comes_back_from_its_line() {
        let (_, layout, record) = sample();
        let mut line = Vec::new();
        layout.encode(&record, &mut line).unwrap();
        assert_eq!(line.pop(), Some(b'\n'));
        let text = String::from_utf8(line.clone()).unwrap();
        assert!(text.contains(r#""custom":{"a":{"b":[0.1],"y":null},"z":1.5},"sum":""#), "{text}");
        assert_eq!(layout.decode(&line).unwrap(), record);
    }

    #[test]
    fn a_line_of_another_entity_or_with_any_changed_bit_is_none() {
        let (schema, layout, record) = sample();
        let mut line = Vec::new();
        layout.encode(&record, &mut line).unwrap();
        line.pop();
        let other = Layout::whole(schema.entity("sys_team").unwrap());
        assert!(other.decode(&line).is_err());
        for place in 0..line.len() {
            for bit in 0..8 {
                let mut damaged = line.clone();
                damaged[place] ^= 1 << bit;
                assert!(layout.decode(&damaged).is_err(), "byte {place}, bit {bit}");
            }
            assert!(layout.decode(&line[..place]).is_err());
        }
    }
}
