//! What a set did beside changing and deleting records: what must be known to take it back.

use serde::{Deserialize, Serialize};

use crate::id::{RecordId, Version};
use crate::schema::Name;
use crate::value::Value;

/// What a set did that its entries do not say.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Beside {
    /// The ids of the set's other entries.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<RecordId>,
    /// New records.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub made: Vec<Left>,
    /// Records that were written as they were, so that nobody else decided on them meanwhile.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub held: Vec<Left>,
    /// Additions that hand out no number.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub added: Vec<Added>,
}

/// A record as the set left it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// The entity's name.
    pub entity: Name,
    /// The record.
    pub id: RecordId,
    /// The version it then had.
    pub version: Version,
}

/// An addition to numbers of a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Added {
    /// The entity's name.
    pub entity: Name,
    /// Which record.
    pub to: AddedTo,
    /// How much was added to which fields, in the field's smallest unit.
    pub amounts: Vec<(Name, i64)>,
}

/// How an addition named its record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AddedTo {
    /// By its id.
    Id(RecordId),
    /// By the values of a unique key.
    Unique(Vec<(Name, Value)>),
}

impl Beside {
    /// Whether the entries say it all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
