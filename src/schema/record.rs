//! Records: the untyped form of an entity that storages keep.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{EntityDef, FieldType, Mismatch, Name};
use crate::id::{RecordId, Version};
use crate::value::Value;

/// Fields added at run time, by key.
///
/// # Examples
///
/// ```
/// use crmkit::schema::CustomFields;
///
/// let mut custom = CustomFields::new();
/// custom.insert("colour".into(), "red".into());
/// assert_eq!(serde_json::to_string(&custom)?, r#"{"colour":"red"}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
pub type CustomFields = serde_json::Map<String, serde_json::Value>;

/// One stored thing: which entity, which record, how often written, and its values in the order of the entity's
/// columns.
///
/// `Debug` does not show the values of a secret entity, whose name begins with `sec_`.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
///
/// let record = Customer::draft(Id::NIL, NewCustomer::new("Acme")).into_record();
/// assert_eq!(record.field(&Customer::definition(), "name"), Some(&Value::from("Acme")));
/// ```
#[derive(Clone, PartialEq)]
pub struct Record {
    /// The entity's name.
    pub entity: Name,
    /// The record's id.
    pub id: RecordId,
    /// How often it has been written; in an insert, the version it continues from (0 for a new one).
    pub version: Version,
    /// The values, one for each column, in the order of [`EntityDef::columns`].
    pub values: Vec<Value>,
    /// Fields added at run time.
    pub custom: CustomFields,
}

/// What the names of secret entities begin with.
pub(super) const SECRET: &str = "sec_";

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut record = f.debug_struct("Record");
        record.field("entity", &self.entity).field("id", &self.id).field("version", &self.version);
        if self.entity.starts_with(SECRET) {
            return record.finish_non_exhaustive();
        }
        record.field("values", &self.values).field("custom", &self.custom).finish()
    }
}

/// A stored record that is not what the schema says.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
///
/// let mut record = Customer::draft(Id::NIL, NewCustomer::new("Acme")).into_record();
/// record.values[0] = 5.into();
/// let error = Customer::from_record(record).err().ok_or("a number is no text")?;
/// assert!(error.to_string().contains("number"), "{error}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("the record {id} of `{entity}` can't be read: `{field}`: {problem}")]
pub struct DecodeError {
    /// The entity.
    pub entity: String,
    /// The record.
    pub id: RecordId,
    /// The field that is wrong.
    pub field: String,
    /// What is wrong with it.
    pub problem: String,
}

impl Record {
    /// The value of a field by its place; [`Value::Null`] where there is none.
    #[must_use]
    pub fn value(&self, column: usize) -> &Value {
        self.values.get(column).unwrap_or(&Value::Null)
    }

    /// The value of a declared field by name, if the entity has it.
    #[must_use]
    pub fn field(&self, def: &EntityDef, name: &str) -> Option<&Value> {
        self.values.get(def.column(name)?)
    }
}

/// Takes a record's values apart in the order of its columns; [`entity!`](crate::entity) uses it.
#[derive(Debug)]
pub struct Decoder {
    entity: Name,
    id: RecordId,
    values: std::vec::IntoIter<Value>,
}

impl Decoder {
    /// Starts at the first column.
    #[must_use]
    pub fn new(entity: Name, id: RecordId, values: Vec<Value>) -> Self {
        Self { entity, id, values: values.into_iter() }
    }

    /// The next column as a `T`.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] naming the record and the field.
    pub fn next<T: FieldType>(&mut self, field: &'static str) -> Result<T, DecodeError> {
        let value = self.values.next();
        let decoded = value.map_or_else(|| Err(Mismatch("the record has too few values".into())), T::from_value);
        decoded.map_err(|mismatch| DecodeError {
            entity: self.entity.to_string(),
            id: self.id,
            field: field.to_owned(),
            problem: mismatch.0,
        })
    }
}
