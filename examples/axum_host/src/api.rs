//! Records of every entity that the schema knows, what is done to them, and the reports.

use std::collections::HashMap;

use axum::extract::{Path, Query as InUrl};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use crmkit::prelude::*;
use crmkit::query::Cursor;
use crmkit::schema::Record;
use crmkit::session::Untyped;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::App;
use crate::auth::{COOKIE, Signed};
use crate::problem::Problem;

type Answer = Result<Response, Problem>;
/// The code of an entity, and the id of one of its records.
type At = (String, String);

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/records/{entity}", get(list).post(create))
        .route("/records/{entity}/{id}", get(read).patch(edit).delete(delete))
        .route("/records/{entity}/{id}/{action}", post(run))
        .route("/reports", get(reports))
        .route("/reports/{name}", get(report))
        .route("/openapi.json", get(document))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ListOptions {
    /// Words that are looked for.
    q: Option<String>,
    limit: Option<usize>,
    after: Option<Cursor>,
}

async fn list(Signed(session): Signed, Path(entity): Path<String>, InUrl(asked): InUrl<ListOptions>) -> Answer {
    let records = session.untyped(&entity)?;
    let mut query = Query::new("").limit(asked.limit.unwrap_or(50).clamp(1, 200)).after(asked.after);
    if let Some(words) = asked.q {
        query = query.filter(records.searched(&words).await?);
    }
    let page = records.list(query).await?;
    let items: Vec<Value> = page.records.iter().map(|record| records.to_json(record)).collect();
    Ok(Json(json!({"items": items, "next": page.next})).into_response())
}

async fn create(Signed(session): Signed, Path(entity): Path<String>, Json(fields): Json<Value>) -> Answer {
    let records = session.untyped(&entity)?;
    let made = records.create_json(fields).await?;
    Ok((StatusCode::CREATED, answer(&records, &made)).into_response())
}

async fn read(Signed(session): Signed, Path(at): Path<At>) -> Answer {
    let (records, id) = one(&session, &at)?;
    Ok(answer(&records, &records.get(id).await?))
}

async fn edit(Signed(session): Signed, Path(at): Path<At>, headers: HeaderMap, Json(fields): Json<Value>) -> Answer {
    let (records, id) = one(&session, &at)?;
    Ok(answer(&records, &records.edit_json(id, seen(&headers), fields).await?))
}

async fn delete(Signed(session): Signed, Path(at): Path<At>) -> Answer {
    let (records, id) = one(&session, &at)?;
    records.delete(id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn run(
    Signed(session): Signed,
    Path((entity, id, action)): Path<(String, String, String)>,
    headers: HeaderMap,
    input: Option<Json<Value>>,
) -> Answer {
    let (records, id) = one(&session, &(entity, id))?;
    let Json(input) = input.unwrap_or_default();
    Ok(answer(&records, &records.run(id, seen(&headers), &action, input).await?))
}

/// The reports there are, with their options.
async fn reports(Signed(session): Signed) -> Json<Value> {
    Json(crmkit::report::standard().iter().map(|report| report.to_json(session.lang())).collect())
}

async fn report(
    Signed(session): Signed,
    Path(name): Path<String>,
    InUrl(options): InUrl<HashMap<String, String>>,
) -> Answer {
    Ok(Json(session.report(&name, options).await?).into_response())
}

/// The OpenAPI document: what whoever asks may see and do.
async fn document(Signed(session): Signed) -> Answer {
    let mut document = session.openapi("/api/records").await?;
    let answers = json!({"2XX": {"description": "done"}, "default": {"description": "refused, with a code"}});
    document["paths"]["/api/session"] = json!({
        "get": {"summary": "who one is", "responses": answers},
        "post": {"summary": "sign in with `name` and `password`", "responses": answers, "security": []},
        "delete": {"summary": "sign out", "responses": answers, "security": []},
    });
    document["paths"]["/api/session/password"] = json!({
        "put": {"summary": "change one's own with `old` and `new`, or another `user`'s", "responses": answers},
    });
    document["paths"]["/api/reports"] = json!({"get": {"summary": "the reports there are", "responses": answers}});
    document["paths"]["/api/reports/{name}"] = json!({
        "get": {"summary": "run a report, with its options in the query", "responses": answers},
        "parameters": [{"name": "name", "in": "path", "required": true, "schema": {"type": "string"}}],
    });
    document["info"] = json!({"title": "CRM", "version": env!("CARGO_PKG_VERSION")});
    document["components"]["securitySchemes"] = json!({"session": {"type": "apiKey", "in": "cookie", "name": COOKIE}});
    document["security"] = json!([{"session": []}]);
    Ok(Json(document).into_response())
}

fn one(session: &Session, (entity, id): &At) -> Result<(Untyped, RecordId), Error> {
    let records = session.untyped(entity)?;
    let id = records.id(id)?;
    Ok((records, id))
}

/// The version that is to be changed and no other, if `if-match` names one.
fn seen(headers: &HeaderMap) -> Option<Version> {
    let seen = headers.get(header::IF_MATCH)?.to_str().ok().and_then(|seen| seen.trim_matches('"').parse().ok());
    // What was never given out as a tag is no version that any record has.
    Some(seen.map_or(Version::NEW, Version))
}

fn answer(records: &Untyped, record: &Record) -> Response {
    ([(header::ETAG, format!("\"{}\"", record.version))], Json(records.to_json(record))).into_response()
}
