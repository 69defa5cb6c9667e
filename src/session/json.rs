//! Records as JSON, and the JSON Schema that says what is in it: for hosts that speak to others over the wire.

use serde_json::{Map, Value as Json, json};

use super::{Session, Untyped};
use crate::history::value_to_json;
use crate::schema::{ColumnDef, ColumnType, Entity, EntityDef, Lang, Record};
use crate::value::Value;

impl Session {
    /// A record as JSON: its `id`, its `version` and its fields, but none that is hidden from the actor. It is the form
    /// that serde gives it, where amounts, days and moments are texts.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let session = crm.system();
    /// let acme = session.customers().create(NewCustomer::new("Acme")).await?;
    /// let json = session.to_json(&acme);
    /// assert_eq!((&json["name"], &json["version"]), (&"Acme".into(), &1.into()));
    /// assert_eq!(json["id"], acme.id.to_string());
    /// # Ok::<(), Error>(())
    /// # })?;
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn to_json<E: Entity>(&self, record: &E) -> Json {
        let record = record.clone().into_record();
        match self.crm.schema().of::<E>() {
            Some(def) => shown(self, def, &record),
            None => shown(self, &E::definition(), &record),
        }
    }
}

impl Untyped {
    /// A record as JSON, as [`Session::to_json`] gives it.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// crm.system().customers().create(NewCustomer::new("Acme")).await?;
    /// let customers = crm.system().untyped("customer")?;
    /// let acme = customers.named("Acme").await?;
    /// assert_eq!(customers.to_json(&acme)["name"], "Acme");
    /// # Ok::<(), Error>(())
    /// # })?;
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn to_json(&self, record: &Record) -> Json {
        shown(self.session(), self.definition(), record)
    }

    /// The JSON Schema (2020-12, as in OpenAPI 3.1) of what [`to_json`](Self::to_json) gives. Labels are in the
    /// session's language.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let schema = crm.system().untyped("order")?.json_schema();
    /// assert_eq!(schema["properties"]["customer"]["format"], "uuid");
    /// # Ok::<(), Error>(())
    /// # })?;
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn json_schema(&self) -> Json {
        let (actor, def) = (self.session().actor(), self.definition());
        let mut fields = Map::new();
        fields.insert("id".into(), json!({"type": "string", "format": "uuid"}));
        fields.insert("version".into(), json!({"type": "integer", "description": "how often it was written"}));
        fields.extend(self.fields(|place, _| !actor.hides(def, place)));
        let required: Vec<&String> = fields.keys().collect();
        json!({"type": "object", "description": def.doc.trim(), "required": required, "properties": fields})
    }

    /// The JSON Schema of what is given to make or change a record: the fields that the actor may set. None is
    /// required by it, since a change names only what changes.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let schema = crm.system().untyped("customer")?.input_schema();
    /// assert!(schema["properties"].get("name").is_some());
    /// assert!(schema["properties"].get("status").is_none(), "it is kept by the system");
    /// # Ok::<(), Error>(())
    /// # })?;
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn input_schema(&self) -> Json {
        let (actor, def) = (self.session().actor(), self.definition());
        let mask = actor.mask(def);
        let fields: Map<_, _> =
            self.fields(|place, column| !column.system && mask.is_none_or(|mask| !mask.keeps(place))).collect();
        json!({"type": "object", "properties": fields, "additionalProperties": false})
    }

    /// The schemas of some fields and of those that are added at run time.
    fn fields(&self, wanted: impl Fn(usize, &ColumnDef) -> bool) -> impl Iterator<Item = (String, Json)> {
        let lang = self.session().lang();
        let columns =
            self.definition().columns.iter().enumerate().filter(move |(place, column)| wanted(*place, column));
        let custom = json!({"type": "object", "description": "fields added at run time"});
        columns
            .map(move |(_, column)| (column.name.to_string(), field(column, lang)))
            .chain([("custom".into(), custom)])
    }
}

fn shown(session: &Session, def: &EntityDef, record: &Record) -> Json {
    let actor = session.actor();
    let seen = def.columns.iter().zip(&record.values).enumerate().filter(|(place, _)| !actor.hides(def, *place));
    let mut fields = Map::new();
    fields.insert("id".into(), json!(record.id));
    fields.insert("version".into(), json!(record.version));
    fields.extend(seen.map(|(_, (column, value))| (column.name.to_string(), plain(value))));
    fields.insert("custom".into(), Json::Object(record.custom.clone()));
    Json::Object(fields)
}

fn plain(value: &Value) -> Json {
    match value {
        // Here it is what it is; the history keeps it as text.
        Value::Json(value) => value.clone(),
        other => value_to_json(other),
    }
}

fn field(column: &ColumnDef, lang: Lang) -> Json {
    let (kind, format) = match &column.column_type {
        ColumnType::Bool => ("boolean", None),
        ColumnType::Int => ("integer", Some("int64")),
        ColumnType::Money | ColumnType::Quantity | ColumnType::Rate => ("string", Some("decimal")),
        ColumnType::Date => ("string", Some("date")),
        ColumnType::Timestamp => ("string", Some("date-time")),
        ColumnType::Reference(_) => ("string", Some("uuid")),
        ColumnType::Text | ColumnType::Choice(_) => ("string", None),
        ColumnType::Json => ("", None),
    };
    let mut schema = json!({"title": column.label.text(lang), "description": column.doc});
    match (kind, column.required) {
        ("", _) => {}
        (kind, true) => schema["type"] = kind.into(),
        (kind, false) => schema["type"] = json!([kind, "null"]),
    }
    if let Some(format) = format {
        schema["format"] = format.into();
    }
    if let ColumnType::Choice(choice) = &column.column_type {
        let codes = choice.items.iter().map(|item| Json::from(&*item.code));
        schema["enum"] = codes.chain((!column.required).then_some(Json::Null)).collect();
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;

    fn is_what_serde_gives<E: Entity>(session: &Session, record: &E) {
        assert_eq!(session.to_json(record), serde_json::to_value(record).unwrap());
    }

    #[test]
    fn nothing_hidden_is_the_form_of_serde_and_fits_its_schema() {
        pollster::block_on(async {
            let crm = Crm::builder(MemoryStorage::new(crate::standard_schema().unwrap())).open().await.unwrap();
            let session = crm.system();
            let custom = [("colour".to_owned(), json!("red"))].into_iter().collect();
            let acme = session.customers().create(NewCustomer { custom, ..NewCustomer::new("Acme") }).await.unwrap();
            is_what_serde_gives(&session, &acme);
            let chance = NewOpportunity::new("Hotel Lotus", "Tea", "They open in May", 60);
            let chance = NewOpportunity { amount: Some("12000.5".parse().unwrap()), ..chance };
            let chance = session.opportunities().create(chance).await.unwrap();
            is_what_serde_gives(&session, &chance);

            let schema = session.untyped("opportunity").unwrap().json_schema();
            let json = session.to_json(&chance);
            let keys =
                |json: &Json| json.as_object().unwrap().keys().cloned().collect::<std::collections::BTreeSet<_>>();
            assert_eq!(keys(&json), keys(&schema["properties"]));
            let statuses = schema["properties"]["status"]["enum"].as_array().unwrap();
            assert!(statuses.contains(&json["status"]), "{statuses:?}");
            assert_eq!(schema["properties"]["amount"]["type"], json!(["string", "null"]));
        });
    }
}
