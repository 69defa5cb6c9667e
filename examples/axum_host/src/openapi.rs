//! The OpenAPI document. Its shapes come from the definitions of the CRM, as far as whoever asks may see them, so that
//! no field is declared twice and a host's own are in it.

use crmkit::prelude::*;
use crmkit::schema::Name;
use serde_json::{Map, Value, json};

use crate::auth::COOKIE;

/// A method, what it does, and the schemas of what it takes and gives; null is nothing.
pub(crate) type Operation<'a> = (&'a str, &'a str, Value, Value);

/// What needs no cookie.
const OPEN: [&str; 2] = ["sign in", "sign out"];

/// The whole document for one who asks.
pub(crate) async fn document(paths: &Map<String, Value>, entities: &[Name], session: &Session) -> Result<Value> {
    session.actor_now().await?;
    let mut schemas = Map::new();
    for code in entities {
        let records = session.untyped(code)?;
        schemas.insert(code.to_string(), records.json_schema());
        schemas.insert(format!("{code}_input"), records.input_schema());
    }
    let cookie = json!({"type": "apiKey", "in": "cookie", "name": COOKIE});
    Ok(json!({
        "openapi": "3.1.0",
        "info": {"title": "CRM", "version": env!("CARGO_PKG_VERSION")},
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": {"session": cookie}},
        "security": [{"session": []}],
    }))
}

/// What it says of one path.
pub(crate) fn path(path: &str, operations: &[Operation]) -> Value {
    let named = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let named = named.map(|name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}));
    let mut about = json!({"parameters": named.collect::<Vec<_>>()});
    for (method, summary, takes, gives) in operations {
        let content = |schema: &Value| json!({"application/json": {"schema": schema}});
        let refused = json!({"description": "refused, with a code, in application/problem+json"});
        let mut operation =
            json!({"summary": summary, "responses": {"2XX": {"description": "done"}, "default": refused}});
        if !gives.is_null() {
            operation["responses"]["2XX"]["content"] = content(gives);
        }
        match (*method, takes) {
            (_, Value::Null) => {}
            // The fields of an object in the query are options by their own names.
            ("get", takes) => operation["parameters"] = json!([{"name": "options", "in": "query", "schema": takes}]),
            (_, takes) => operation["requestBody"] = json!({"required": true, "content": content(takes)}),
        }
        if OPEN.contains(summary) {
            operation["security"] = json!([]);
        }
        about[*method] = operation;
    }
    about
}

/// An object with these fields, each a text.
pub(crate) fn texts(fields: &[&str]) -> Value {
    let properties: Map<_, _> = fields.iter().map(|field| ((*field).into(), json!({"type": "string"}))).collect();
    json!({"type": "object", "properties": properties, "required": fields, "additionalProperties": false})
}

/// What one of the entities looks like.
pub(crate) fn shape(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}
