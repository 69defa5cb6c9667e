//! Writing the records of an entity whose type is known to the schema but not to the caller: the way from a definition
//! back to the rules.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value as Json;

use super::Session;
use crate::command::{CommandForm, Commands, read_input};
use crate::error::{Error, Result};
use crate::id::{Id, RecordId, Version};
use crate::problem::FieldProblem;
use crate::rules::Rules;
use crate::schema::{Record, Schema, SchemaBuilder};
use crate::value::Value;

/// The places of fields in their definition, and the values they shall have.
pub(super) type Values = Vec<(usize, Value)>;

impl SchemaBuilder {
    /// Adds the entity `E` with its rules.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    /// # crmkit::entity!(
    /// #     #[entity("fleet_vehicle", "车辆", "Vehicle")]
    /// #     #[inputs(NewVehicle, VehiclePatch)]
    /// #     /// A vehicle of the host's fleet.
    /// #     pub struct Vehicle {
    /// #         /// What is on its plate.
    /// #         pub plate: String,
    /// #     }
    /// # );
    /// # impl EntityFacts for Vehicle {}
    /// # impl Rules for Vehicle {}
    ///
    /// let schema = Schema::builder().standard().with::<Vehicle>().build()?;
    /// assert!(schema.by_code("vehicle").is_some());
    /// # Ok::<(), crmkit::schema::SchemaError>(())
    /// ```
    #[must_use]
    pub fn with<E: Rules>(self) -> Self {
        let writer: Arc<dyn Writer> = Arc::new(Typed { commands: E::commands() });
        self.attach(E::definition(), Arc::new(writer))
    }
}

/// Writes records of one type.
#[async_trait]
pub(super) trait Writer: fmt::Debug + Send + Sync {
    async fn create(&self, session: &Session, values: Values) -> Result<Record>;
    async fn edit(&self, session: &Session, id: RecordId, seen: Option<Version>, values: Values) -> Result<Record>;
    async fn create_json(&self, session: &Session, fields: Json) -> Result<Record>;
    async fn edit_json(&self, session: &Session, id: RecordId, seen: Option<Version>, fields: Json) -> Result<Record>;
    async fn delete(&self, session: &Session, id: RecordId) -> Result<()>;
    fn commands(&self) -> &[CommandForm];
    async fn run(&self, session: &Session, id: RecordId, seen: Option<Version>, command: Sent<'_>) -> Result<Record>;
    async fn allowed_actions(&self, session: &Session, record: Record) -> Result<Vec<&'static str>>;
}

/// A command as it was sent.
pub(super) struct Sent<'a> {
    pub(super) action: &'a str,
    pub(super) input: Json,
}

/// What writes the records of the entity `name`, if its type is known.
pub(super) fn writer<'a>(schema: &'a Schema, name: &str) -> Option<&'a dyn Writer> {
    schema.attached(name)?.downcast_ref::<Arc<dyn Writer>>().map(|writer| &**writer)
}

struct Typed<E> {
    commands: Commands<E>,
}

impl<E: Rules> fmt::Debug for Typed<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Typed").field(&E::NAME).finish()
    }
}

#[async_trait]
impl<E: Rules> Writer for Typed<E> {
    async fn create(&self, session: &Session, values: Values) -> Result<Record> {
        let id = session.crm.new_id(session.crm.now());
        let draft = with_values(E::draft(id, E::New::default()), &values)?;
        let records = session.of::<E>();
        records.create_record(&records.def()?, draft).await
    }

    async fn edit(&self, session: &Session, id: RecordId, seen: Option<Version>, values: Values) -> Result<Record> {
        let records = session.of::<E>();
        records.change(&records.def()?, id, seen, |before| with_values(before, &values)).await
    }

    async fn create_json(&self, session: &Session, fields: Json) -> Result<Record> {
        let new: E::New = read_input(fields).map_err(unfit::<E>)?;
        let (id, records) = (session.crm.new_id(session.crm.now()), session.of::<E>());
        records.create_record(&records.def()?, E::draft(id, new)).await
    }

    async fn edit_json(&self, session: &Session, id: RecordId, seen: Option<Version>, fields: Json) -> Result<Record> {
        let patch: E::Patch = read_input(fields).map_err(unfit::<E>)?;
        let records = session.of::<E>();
        records.edit_record(&records.def()?, id, seen, patch).await
    }

    async fn delete(&self, session: &Session, id: RecordId) -> Result<()> {
        session.of::<E>().delete(Id::new(id)).await
    }

    fn commands(&self) -> &[CommandForm] {
        self.commands.forms()
    }

    async fn run(&self, session: &Session, id: RecordId, seen: Option<Version>, command: Sent<'_>) -> Result<Record> {
        let records = session.of::<E>();
        let def = records.def()?;
        let known = || self.commands.forms().iter().map(|form| form.action).collect();
        let Some((action, read)) = self.commands.find(command.action) else {
            let (entity, command) = (def.code.clone(), command.action.to_owned());
            session.granted_on(&def, "read").await?;
            return Err(Error::NoCommand { entity, command, known: known() });
        };
        // Who may not do it at all is told so, whatever he sends.
        session.granted_on(&def, action).await?;
        let command = read(command.input).map_err(unfit::<E>)?;
        records.carry_out(&def, id, seen, action, &*command).await
    }

    async fn allowed_actions(&self, session: &Session, record: Record) -> Result<Vec<&'static str>> {
        let (record, context) = (E::from_record(record)?, session.context(session.crm.now()));
        session.of::<E>().reaching(&record, |stored| stored.events(&context)).await
    }
}

fn unfit<E: Rules>(problem: FieldProblem) -> Error {
    Error::Invalid { entity: E::definition().code, problems: vec![problem] }
}

fn with_values<E: Rules>(entity: E, values: &Values) -> Result<E> {
    let mut record = entity.into_record();
    for (place, value) in values {
        if let Some(kept) = record.values.get_mut(*place) {
            *kept = value.clone();
        }
    }
    Ok(E::from_record(record)?)
}
