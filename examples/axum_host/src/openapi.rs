//! The OpenAPI document, made of the schema of the CRM.
//!
//! Deriving it from Rust types, as utoipa does, would need a second declaration of every field beside the one there
//! is, and whatever a host adds to the schema would be missing from it. So the few shapes there are stand here, and the
//! fields come from the definitions, as far as whoever asks may see them.

use crmkit::access::Actor;
use crmkit::schema::{ColumnDef, ColumnType, EntityDef, Lang};
use serde_json::{Map, Value as Json, json};

use crate::api::texts;

/// The whole document for one who asks.
pub(crate) fn document(paths: &Json, entities: &[EntityDef], actor: &Actor) -> Json {
    let mut schemas = Map::new();
    for def in entities {
        schemas.insert(def.code.to_string(), object(def, actor, |_| true));
        schemas.insert(format!("{}_input", def.code), object(def, actor, |column| !column.system));
    }
    schemas.insert("problem".into(), problem());
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
pub(crate) fn several(def: &EntityDef) -> Json {
    let text = |name: &str| json!({"name": name, "in": "query", "schema": {"type": "string"}});
    let limit = json!({"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 200}});
    let items = json!({"type": "array", "items": link(&def.code)});
    let page = json!({"type": "object", "properties": {"items": items, "next": {"type": "string", "nullable": true}}});
    json!({
        "get": {
            "summary": format!("list: {}", def.label.text(Lang::En)),
            "parameters": [text("q"), limit, text("after")],
            "responses": responses("200", &page),
        },
        "post": {
            "summary": format!("make: {}", def.label.text(Lang::En)),
            "requestBody": body(&link(&format!("{}_input", def.code))),
            "responses": responses("201", &link(&def.code)),
        },
    })
}

/// One record of an entity.
pub(crate) fn single(def: &EntityDef) -> Json {
    let tag = json!({"name": "if-match", "in": "header", "schema": {"type": "string"},
        "description": "the version that was seen: another one is left as it is"});
    json!({
        "parameters": [in_path("id")],
        "get": {"responses": responses("200", &link(&def.code))},
        "patch": {
            "parameters": [tag],
            "requestBody": body(&link(&format!("{}_input", def.code))),
            "responses": responses("200", &link(&def.code)),
        },
        "delete": {"responses": responses("204", &Json::Null)},
    })
}

/// What is done to a record.
pub(crate) fn command(def: &EntityDef, path: &str, takes: &[&str]) -> Json {
    let mut about = json!({
        "summary": path.rsplit('/').next().unwrap_or_default(),
        "responses": responses("200", &link(&def.code)),
    });
    if !takes.is_empty() {
        about["requestBody"] = body(&texts(takes));
    }
    json!({"parameters": [in_path("id")], "post": about})
}

/// Signing in and out, and who one is.
pub(crate) fn session() -> Json {
    let who = texts(&["user", "name", "role"]);
    json!({
        "get": {"summary": "who one is", "responses": responses("200", &who)},
        "post": {
            "summary": "sign in",
            "security": [],
            "requestBody": body(&texts(&["name", "password"])),
            "responses": responses("201", &who),
        },
        "delete": {"summary": "sign out", "security": [], "responses": responses("204", &Json::Null)},
    })
}

/// The names of the reports.
pub(crate) fn reports() -> Json {
    json!({"get": {"summary": "the reports there are", "responses": responses("200", &json!({"type": "array", "items": {}}))}})
}

/// One report; its options are those that the list of reports names.
pub(crate) fn report() -> Json {
    let options = json!({"name": "options", "in": "query", "style": "form", "explode": true,
        "schema": {"type": "object", "additionalProperties": {"type": "string"}}});
    json!({
        "parameters": [in_path("name"), options],
        "get": {"summary": "run a report", "responses": responses("200", &json!({"type": "object"}))},
    })
}

fn object(def: &EntityDef, actor: &Actor, wanted: impl Fn(&ColumnDef) -> bool) -> Json {
    let seen = def.columns.iter().enumerate().filter(|(place, _)| !actor.hides(def, *place));
    let wanted = seen.map(|(_, column)| column).filter(|column| wanted(column));
    let properties: Map<String, Json> = wanted.map(|column| (column.name.to_string(), field(column))).collect();
    json!({"type": "object", "description": def.doc.trim(), "properties": properties})
}

fn field(column: &ColumnDef) -> Json {
    let mut schema = match &column.column_type {
        ColumnType::Bool => json!({"type": "boolean"}),
        ColumnType::Int => json!({"type": "integer", "format": "int64"}),
        ColumnType::Money | ColumnType::Quantity => decimal(4),
        ColumnType::Rate => decimal(6),
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

fn decimal(places: u8) -> Json {
    json!({"type": "string", "pattern": format!("^-?[0-9]+(\\.[0-9]{{1,{places}}})?$")})
}

fn problem() -> Json {
    json!({
        "type": "object",
        "properties": {
            "status": {"type": "integer"}, "code": {"type": "string"}, "title": {"type": "string"},
            "detail": {"type": "string"}, "type": {"type": "string"},
            "fields": {"type": "array", "items": texts(&["field", "problem"])},
        },
        "required": ["status", "code", "detail"],
    })
}

fn responses(status: &str, schema: &Json) -> Json {
    let refusal = json!({"application/problem+json": {"schema": link("problem")}});
    let mut done = json!({"description": "done"});
    if !schema.is_null() {
        done["content"] = json!({"application/json": {"schema": schema}});
    }
    json!({status: done, "default": {"description": "refused", "content": refusal}})
}

fn body(schema: &Json) -> Json {
    json!({"required": true, "content": {"application/json": {"schema": schema}}})
}

fn in_path(name: &str) -> Json {
    json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}})
}

fn link(name: &str) -> Json {
    json!({"$ref": format!("#/components/schemas/{name}")})
}
