//! The OpenAPI document, made of the schema of the CRM.
//!
//! Deriving it from Rust types, as utoipa does, would need a second declaration of every field beside the one there
//! is, and whatever a host adds to the schema would be missing from it. So the few shapes there are stand here, and the
//! fields come from the definitions, as far as whoever asks may see them.

use crmkit::access::Actor;
use crmkit::schema::{ColumnDef, ColumnType, EntityDef, Lang};
use serde_json::{Map, Value, json};

/// The whole document for one who asks.
pub(crate) fn document(paths: &Value, entities: &[EntityDef], actor: &Actor) -> Value {
    let mut schemas = Map::new();
    for def in entities {
        schemas.insert(def.code.to_string(), object(def, actor, |_| true));
        schemas.insert(input(def), object(def, actor, |column| !column.system));
    }
    json!({
        "openapi": "3.0.3",
        "info": {"title": "CRM", "version": env!("CARGO_PKG_VERSION")},
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"session": {"type": "apiKey", "in": "cookie", "name": "crm_session"}},
        },
        "security": [{"session": []}],
    })
}

/// All records of an entity.
pub(crate) fn several(def: &EntityDef) -> Value {
    let option = |name: &str| json!({"name": name, "in": "query", "schema": {"type": "string"}});
    let page = json!({"type": "object", "properties": {
        "items": {"type": "array", "items": link(&def.code)}, "next": {"type": "string", "nullable": true},
    }});
    let mut list = operation("list", None, "200", &page);
    list["parameters"] = json!([option("q"), option("limit"), option("after")]);
    json!({"get": list, "post": operation("make", Some(&link(&input(def))), "201", &link(&def.code))})
}

/// One record of an entity.
pub(crate) fn single(def: &EntityDef) -> Value {
    let record = link(&def.code);
    let mut edit = operation("change", Some(&link(&input(def))), "200", &record);
    edit["parameters"] = json!([{"name": "if-match", "in": "header", "schema": {"type": "string"},
        "description": "the version that was seen: another one is left as it is"}]);
    json!({
        "parameters": [in_path("id")], "patch": edit, "get": operation("look at", None, "200", &record),
        "delete": operation("delete", None, "204", &Value::Null),
    })
}

/// What is done to a record.
pub(crate) fn command(def: &EntityDef, action: &str, takes: &[&str]) -> Value {
    let takes = (!takes.is_empty()).then(|| texts(takes));
    json!({"parameters": [in_path("id")], "post": operation(action, takes.as_ref(), "200", &link(&def.code))})
}

/// Signing in and out, and who one is.
pub(crate) fn session() -> Value {
    let who = texts(&["user", "name", "role"]);
    let mut sign_in = operation("sign in", Some(&texts(&["name", "password"])), "201", &who);
    sign_in["security"] = json!([]);
    let sign_out = operation("sign out", None, "204", &Value::Null);
    json!({"get": operation("who one is", None, "200", &who), "post": sign_in, "delete": sign_out})
}

/// The names of the reports.
pub(crate) fn reports() -> Value {
    json!({"get": operation("the reports there are", None, "200", &json!({"type": "array", "items": {}}))})
}

/// One report; its options are those that the list of reports names.
pub(crate) fn report() -> Value {
    let options = json!({"name": "options", "in": "query", "style": "form", "explode": true,
        "schema": {"type": "object", "additionalProperties": {"type": "string"}}});
    let run = operation("run a report", None, "200", &json!({"type": "object"}));
    json!({"parameters": [in_path("name"), options], "get": run})
}

fn operation(summary: &str, takes: Option<&Value>, status: &str, gives: &Value) -> Value {
    let content = |schema: &Value| json!({"application/json": {"schema": schema}});
    let refused = json!({"description": "refused, with a code, in application/problem+json"});
    let mut about = json!({"summary": summary, "responses": {status: {"description": "done"}, "default": refused}});
    if !gives.is_null() {
        about["responses"][status]["content"] = content(gives);
    }
    if let Some(takes) = takes {
        about["requestBody"] = json!({"required": true, "content": content(takes)});
    }
    about
}

fn object(def: &EntityDef, actor: &Actor, wanted: impl Fn(&ColumnDef) -> bool) -> Value {
    let seen = def.columns.iter().enumerate().filter(|(place, column)| !actor.hides(def, *place) && wanted(column));
    let properties: Map<String, Value> = seen.map(|(_, column)| (column.name.to_string(), field(column))).collect();
    json!({"type": "object", "description": def.doc.trim(), "properties": properties})
}

fn field(column: &ColumnDef) -> Value {
    let mut schema = match &column.column_type {
        ColumnType::Bool => json!({"type": "boolean"}),
        ColumnType::Int => json!({"type": "integer", "format": "int64"}),
        ColumnType::Money | ColumnType::Quantity | ColumnType::Rate => json!({"type": "string", "format": "decimal"}),
        ColumnType::Date => json!({"type": "string", "format": "date"}),
        ColumnType::Timestamp => json!({"type": "string", "format": "date-time"}),
        ColumnType::Reference(_) => json!({"type": "string", "format": "uuid"}),
        ColumnType::Choice(choice) => {
            let codes: Vec<&str> = choice.items.iter().map(|item| &*item.code).collect();
            json!({"type": "string", "enum": codes})
        }
        ColumnType::Text => json!({"type": "string"}),
        // JSON, and whatever kinds later versions of the crate add.
        _ => json!({}),
    };
    schema["title"] = column.label.text(Lang::En).into();
    schema["description"] = (*column.doc).into();
    schema["nullable"] = (!column.required).into();
    schema
}

/// An object with these fields, each a text.
fn texts(fields: &[&str]) -> Value {
    let properties: Map<String, Value> =
        fields.iter().map(|field| ((*field).to_owned(), json!({"type": "string"}))).collect();
    json!({"type": "object", "properties": properties, "required": fields, "additionalProperties": false})
}

fn in_path(name: &str) -> Value {
    json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}})
}

fn link(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn input(def: &EntityDef) -> String {
    format!("{}_input", def.code)
}
