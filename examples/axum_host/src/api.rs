//! The paths: records, what is done to them, and the reports. Each is entered together with what is documented of it,
//! so that neither can be without the other.

use std::collections::HashMap;

use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Path};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use axum::{Json, Router};
use crmkit::command::Command;
use crmkit::customers::Activity;
use crmkit::marketing::{Assign, Execute, Opportunity, PlanItem, Terminate, Win};
use crmkit::prelude::*;
use crmkit::query::Cursor;
use crmkit::schema::EntityDef;
use crmkit::service::{AssignService, GiveFeedback, HandleService, ServiceRequest};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::auth::Signed;
use crate::problem::Problem;
use crate::{App, auth, openapi, problem};

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
        .command::<Assign>("opportunities", &["to"])
        .command::<Win>("opportunities", &[])
        .command::<Terminate>("opportunities", &["reason"])
        .command::<Execute>("plan-items", &["result"])
        .command::<AssignService>("services", &["to"])
        .command::<HandleService>("services", &["handling"])
        .command::<GiveFeedback>("services", &["result", "satisfaction"])
        .route("/reports", get(reports), openapi::reports())
        .route("/reports/{name}", get(report), openapi::report())
}

/// The body of a request, as JSON.
#[derive(Debug, FromRequest)]
#[from_request(via(Json), rejection(Problem))]
pub(crate) struct Body<T>(pub(crate) T);

/// What stands behind the question mark.
#[derive(Debug, FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(Problem))]
struct Asked<T>(T);

/// The paths entered so far.
#[derive(Debug, Default)]
pub(crate) struct Api {
    router: Router<App>,
    paths: Map<String, Value>,
    entities: Vec<EntityDef>,
}

impl Api {
    /// A path and what OpenAPI says of it.
    fn route(mut self, path: &str, methods: MethodRouter<App>, about: Value) -> Self {
        self.router = self.router.route(path, methods);
        self.paths.insert(format!("/api{path}"), about);
        self
    }

    /// The records of an entity: to list, make, look at, change and delete.
    fn entity<E: Rules>(mut self, path: &str) -> Self {
        let (def, all, one) = (E::definition(), format!("/{path}"), format!("/{path}/{{id}}"));
        let (about_all, about_one) = (openapi::several(&def), openapi::single(&def));
        self.entities.push(def);
        self.route(&all, get(list::<E>).post(create::<E>), about_all).route(
            &one,
            get(read::<E>).patch(edit::<E>).delete(delete::<E>),
            about_one,
        )
    }

    /// What is done to a record, and what must be said with it.
    fn command<C: Command + DeserializeOwned + 'static>(self, records: &str, takes: &[&str]) -> Self {
        let about = openapi::command(&C::Subject::definition(), C::ACTION, takes);
        self.route(&format!("/{records}/{{id}}/{}", C::ACTION), post(run::<C>), about)
    }

    pub(crate) fn into_router(self) -> Router<App> {
        let (paths, entities) = (Value::Object(self.paths), self.entities);
        let document = async move |Signed(session): Signed| -> Result<Json<Value>, Problem> {
            Ok(Json(openapi::document(&paths, &entities, &*session.actor_now().await?)))
        };
        self.router.route("/openapi.json", get(document)).fallback(problem::nothing_here)
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ListOptions {
    /// Words that are looked for.
    q: Option<String>,
    limit: Option<usize>,
    after: Option<Cursor>,
}

async fn list<E: Rules>(Signed(session): Signed, Asked(asked): Asked<ListOptions>) -> Answer {
    let query = Query::of::<E>().limit(asked.limit.unwrap_or(50).clamp(1, 200)).after(asked.after);
    let records = session.of::<E>();
    let page = match asked.q {
        Some(words) => records.search(&words, query).await?,
        None => records.list(query).await?,
    };
    let items: Vec<Value> = page.items.iter().map(|record| shown(&session, record)).collect::<Result<_, _>>()?;
    Ok(Json(json!({"items": items, "next": page.next})).into_response())
}

async fn create<E: Rules>(Signed(session): Signed, Body(new): Body<E::New>) -> Answer {
    let made = session.of::<E>().create(new).await?;
    Ok((StatusCode::CREATED, answer(&session, &made)?).into_response())
}

async fn read<E: Rules>(Signed(session): Signed, Path(id): Path<String>) -> Answer {
    answer(&session, &session.of::<E>().get(read_id(&id)?).await?)
}

/// With `if-match` only the version that was seen is changed.
async fn edit<E: Rules>(
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

async fn delete<E: Rules>(Signed(session): Signed, Path(id): Path<String>) -> Answer {
    session.of::<E>().delete(read_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn run<C: Command + DeserializeOwned>(
    Signed(session): Signed,
    Path(id): Path<String>,
    given: Result<Option<Json<Value>>, JsonRejection>,
) -> Answer {
    let given = given?.map_or(Value::Null, |Json(given)| given);
    let unfit =
        |error: serde_json::Error| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "bad_request", error.to_string());
    let command: C = serde_json::from_value(given).map_err(unfit)?;
    answer(&session, &session.of::<C::Subject>().run(read_id(&id)?, command).await?)
}

/// The reports there are, with their options.
async fn reports(Signed(session): Signed) -> Json<Value> {
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
fn shown<E: Rules>(session: &Session, record: &E) -> Result<Value, Problem> {
    let mut json = serde_json::to_value(record).map_err(|error| Problem::internal(&error))?;
    let (actor, def) = (session.actor(), E::definition());
    if let Some(fields) = json.as_object_mut() {
        let hidden = (0..def.columns.len()).filter(|place| actor.hides(&def, *place));
        hidden.for_each(|place| drop(fields.remove(&*def.columns[place].name)));
    }
    Ok(json)
}
