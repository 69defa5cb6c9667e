//! The records, what is done to them, and the reports.

use std::collections::HashMap;

use axum::Json;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use crmkit::customers::{Activity, Rating};
use crmkit::marketing::{Opportunity, PlanItem};
use crmkit::prelude::*;
use crmkit::query::Cursor;
use crmkit::service::ServiceRequest;
use serde::Deserialize;
use serde_json::{Value as Json_, json};

use crate::api::{Api, Asked, Body};
use crate::auth::{self, Signed};
use crate::openapi;
use crate::problem::Problem;

type Answer = Result<Response, Problem>;

/// Everything the service has.
pub(crate) fn all() -> Api {
    Api::default()
        .route("/session", get(auth::who).post(auth::sign_in).delete(auth::sign_out), openapi::session())
        .entity::<Customer>("customers")
        .entity::<Contact>("contacts")
        .entity::<Activity>("activities")
        .entity::<Product>("products")
        .entity::<Opportunity>("opportunities")
        .entity::<PlanItem>("plan-items")
        .entity::<ServiceRequest>("services")
        .entity::<User>("users")
        .command::<Opportunity, _>("/opportunities/{id}/assign", &["to"], assign_opportunity)
        .command::<Opportunity, _>("/opportunities/{id}/win", &[], win)
        .command::<Opportunity, _>("/opportunities/{id}/terminate", &["reason"], terminate)
        .command::<PlanItem, _>("/plan-items/{id}/execute", &["result"], execute)
        .command::<ServiceRequest, _>("/services/{id}/assign", &["to"], assign_service)
        .command::<ServiceRequest, _>("/services/{id}/handle", &["handling"], handle)
        .command::<ServiceRequest, _>("/services/{id}/feedback", &["result", "satisfaction"], feedback)
        .route("/reports", get(reports), openapi::reports())
        .route("/reports/{name}", get(report), openapi::report())
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListOptions {
    /// Words that are looked for.
    q: Option<String>,
    limit: Option<usize>,
    after: Option<Cursor>,
}

pub(crate) async fn list<E: Rules>(Signed(session): Signed, Asked(asked): Asked<ListOptions>) -> Answer {
    let query = Query::of::<E>().limit(asked.limit.unwrap_or(50).clamp(1, 200)).after(asked.after);
    let records = session.of::<E>();
    let page = match asked.q {
        Some(words) => records.search(&words, query).await?,
        None => records.list(query).await?,
    };
    let items = page.items.iter().map(|record| shown(&session, record)).collect::<Result<Vec<_>, _>>()?;
    Ok(Json(json!({"items": items, "next": page.next})).into_response())
}

pub(crate) async fn create<E: Rules>(Signed(session): Signed, Body(new): Body<E::New>) -> Answer {
    let made = session.of::<E>().create(new).await?;
    Ok((StatusCode::CREATED, answer(&session, &made)?).into_response())
}

pub(crate) async fn one<E: Rules>(Signed(session): Signed, Path(id): Path<String>) -> Answer {
    answer(&session, &session.of::<E>().get(read_id(&id)?).await?)
}

/// With `if-match` only the version that was seen is changed.
pub(crate) async fn edit<E: Rules>(
    Signed(session): Signed,
    Path(id): Path<String>,
    headers: HeaderMap,
    Body(patch): Body<E::Patch>,
) -> Answer {
    let (records, id) = (session.of::<E>(), read_id(&id)?);
    let edited = match headers.get(header::IF_MATCH) {
        None => records.edit(id, patch).await?,
        Some(seen) => {
            let seen = seen.to_str().ok().and_then(|seen| seen.trim_matches('"').parse().ok());
            // What was never given out as a tag is no version that any record has.
            records.edit_seen(id, seen.map_or(Version::NEW, Version), patch).await?
        }
    };
    answer(&session, &edited)
}

pub(crate) async fn delete<E: Rules>(Signed(session): Signed, Path(id): Path<String>) -> Answer {
    session.of::<E>().delete(read_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// To whom a record is given.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct To {
    to: Id<User>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reason {
    reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Handling {
    handling: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Outcome {
    result: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Feedback {
    result: String,
    satisfaction: Rating,
}

async fn assign_opportunity(Signed(session): Signed, Path(id): Path<String>, Body(given): Body<To>) -> Answer {
    answer(&session, &session.opportunities().assign(read_id(&id)?, given.to).await?)
}

async fn win(Signed(session): Signed, Path(id): Path<String>) -> Answer {
    answer(&session, &session.opportunities().win(read_id(&id)?).await?)
}

async fn terminate(Signed(session): Signed, Path(id): Path<String>, Body(given): Body<Reason>) -> Answer {
    answer(&session, &session.opportunities().terminate(read_id(&id)?, given.reason).await?)
}

async fn execute(Signed(session): Signed, Path(id): Path<String>, Body(given): Body<Outcome>) -> Answer {
    answer(&session, &session.plan_items().execute(read_id(&id)?, given.result).await?)
}

async fn assign_service(Signed(session): Signed, Path(id): Path<String>, Body(given): Body<To>) -> Answer {
    answer(&session, &session.services().assign(read_id(&id)?, given.to).await?)
}

async fn handle(Signed(session): Signed, Path(id): Path<String>, Body(given): Body<Handling>) -> Answer {
    answer(&session, &session.services().handle(read_id(&id)?, given.handling).await?)
}

async fn feedback(Signed(session): Signed, Path(id): Path<String>, Body(given): Body<Feedback>) -> Answer {
    answer(&session, &session.services().feedback(read_id(&id)?, given.result, given.satisfaction).await?)
}

/// The reports there are, with their options.
async fn reports(Signed(session): Signed) -> Json<Json_> {
    let lang = session.lang();
    let report = |report: &crmkit::report::Entry| {
        let options = report.options.iter();
        let options = options.map(|option| json!({"name": option.name, "about": option.about.text(lang)}));
        json!({"name": report.name, "about": report.about.text(lang), "options": options.collect::<Vec<_>>()})
    };
    Json(crmkit::report::standard().iter().map(report).collect())
}

async fn report(
    Signed(session): Signed,
    Path(name): Path<String>,
    Asked(options): Asked<HashMap<String, String>>,
) -> Answer {
    Ok(Json(session.report(&name, options).await?).into_response())
}

/// What is no id names nothing, as an id that nobody has.
fn read_id<E: Rules>(text: &str) -> Result<Id<E>, Error> {
    let entity = E::definition().code;
    text.parse().map_err(|_| Error::NotFound { entity, key: text.chars().take(40).collect() })
}

fn answer<E: Rules>(session: &Session, record: &E) -> Answer {
    let tag = format!("\"{}\"", record.version());
    Ok(([(header::ETAG, tag)], Json(shown(session, record)?)).into_response())
}

/// The record without the fields that are hidden from whoever asks.
fn shown<E: Rules>(session: &Session, record: &E) -> Result<Json_, Problem> {
    let mut json = serde_json::to_value(record).map_err(|error| Problem::internal(&error))?;
    let (actor, def) = (session.actor(), E::definition());
    if let Some(fields) = json.as_object_mut() {
        let hidden = def.columns.iter().enumerate().filter(|(place, _)| actor.hides(&def, *place));
        hidden.for_each(|(_, column)| {
            fields.remove(&*column.name);
        });
    }
    Ok(json)
}
