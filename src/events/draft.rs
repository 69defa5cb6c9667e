//! Events that are about to be committed.

use serde_json::{Map, Value as Json};
use sha2::{Digest, Sha256};

use super::entry::EventKind;
use crate::error::{Error, Result};
use crate::history::value_to_json;
use crate::id::{Id, RecordId};
use crate::problem::{FieldProblem, short};
use crate::schema::{ColumnType, Entity, Field, FieldType, Name, Schema};
use crate::value::{Slot, Value};

/// The longest name of an event.
const MAX_NAME: usize = 100;

/// Something to be said about a record that no command says, such as that its day has come.
///
/// # Examples
///
/// ```
/// use crmkit::events::EventDraft;
/// use crmkit::marketing::PlanItem;
/// use crmkit::prelude::*;
///
/// // However often it is said, one event comes of it.
/// let overdue = EventDraft::about::<PlanItem>(Id::NIL, "plan_item.overdue").once("2026-03-02").with("days", 3);
/// # let _ = overdue;
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct EventDraft {
    pub(super) name: Name,
    pub(super) commands: Vec<Name>,
    pub(super) entity: Name,
    pub(super) record: RecordId,
    pub(super) kind: EventKind,
    pub(super) data: Map<String, Json>,
    pub(super) omitted: Vec<Name>,
    pub(super) number: Option<(Name, Slot)>,
    pub(super) once: Option<String>,
}

impl EventDraft {
    /// An event with a name, about a record.
    #[must_use]
    pub fn about<E: Entity>(record: Id<E>, name: impl Into<Name>) -> Self {
        let (entity, name) = (E::definition().code, name.into());
        Self::new(name, entity, record.raw(), EventKind::Noted)
    }

    /// An event with a name, about a record of the entity with a code.
    #[must_use]
    pub fn about_record(entity: impl Into<Name>, record: RecordId, name: impl Into<Name>) -> Self {
        Self::new(name.into(), entity.into(), record, EventKind::Noted)
    }

    pub(super) fn new(name: Name, entity: Name, record: RecordId, kind: EventKind) -> Self {
        let (commands, data, omitted) = (Vec::new(), Map::new(), Vec::new());
        Self { name, commands, entity, record, kind, data, omitted, number: None, once: None }
    }

    /// And a value that goes with it. One that is named as a field of the record is shown to those who may read that
    /// field; others to all who may read the record.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Json>) -> Self {
        self.data.insert(name.into(), value.into());
        self
    }

    /// And what a field of the record holds.
    #[must_use]
    pub fn with_field<E: Entity, T: FieldType>(self, field: Field<E, T>, value: T) -> Self {
        self.with(field.name(), value_to_json(&value.into_value()))
    }

    /// Said once for this key, the name and the record, as long as the event is kept.
    #[must_use]
    pub fn once(mut self, key: impl Into<String>) -> Self {
        self.once = Some(key.into());
        self
    }

    /// The id that every event has which says the same once.
    #[must_use]
    pub(crate) fn id(&self) -> Option<RecordId> {
        let key = self.once.as_deref()?;
        let mut hash = Sha256::new();
        for part in [self.name.as_bytes(), self.entity.as_bytes(), self.record.as_bytes(), key.as_bytes()] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let mut bytes = [0; 16];
        bytes.iter_mut().zip(hash.finalize()).for_each(|(byte, hashed)| *byte = hashed);
        // A UUID of version 8: its bits are its maker's business.
        bytes[6] = bytes[6] & 0x0f | 0x80;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        Some(RecordId::from_bytes(bytes))
    }

    /// Whether it is about this record of the entity with a code.
    pub(crate) fn is_about(&self, entity: &str, record: RecordId) -> bool {
        self.record == record && self.entity == entity
    }

    /// Refuses what is no event: a name that is none, a record of no entity, values that no store keeps.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] with what does not fit.
    pub fn check(&self, schema: &Schema) -> Result<()> {
        let mut problems = Vec::new();
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
        if self.name.is_empty() || self.name.len() > MAX_NAME || !self.name.bytes().all(plain) {
            let problem = format!("it is lower-case letters, digits, `.`, `_` and `-`, at most {MAX_NAME}");
            problems.push(FieldProblem::invalid("name", problem));
        }
        if schema.by_code(&self.entity).is_none_or(|def| def.facts.secret) {
            problems.push(FieldProblem::invalid("entity", format!("there is no entity `{}`", short(&self.entity))));
        }
        if self.record.is_nil() {
            problems.push(FieldProblem::invalid("record", "the record has no id"));
        }
        if let Err(mismatch) = ColumnType::Json.check(&Value::Json(Json::Object(self.data.clone()))) {
            problems.push(FieldProblem::invalid("data", mismatch.0));
        }
        if problems.is_empty() { Ok(()) } else { Err(Error::Invalid { entity: "event".into(), problems }) }
    }
}
