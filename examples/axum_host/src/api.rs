//! The paths: records, what is done to them, and the reports. Each is entered together with what is documented of it,
//! so that neither can be without the other.

use std::collections::HashMap;

use axum::extract::{Path, Query as InUrl};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use axum::{Json, Router};
use crmkit::command::Command;
use crmkit::marketing::{Assign, Execute, Terminate, Win};
use crmkit::prelude::*;
use crmkit::query::Cursor;
use crmkit::schema::Name;
use crmkit::service::{AssignService, GiveFeedback, HandleService};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value::{self, Null};
use serde_json::{Map, json};

use crate::auth::Signed;
use crate::openapi::{Operation, shape, texts};
use crate::problem::Problem;
use crate::{App, auth, openapi};

type Answer = Result<Response, Problem>;

/// Everything the service has.
pub(crate) fn all(sign_in: MethodRouter<App>) -> Api {
    let who = texts(&["user", "name", "role"]);
    let session = [
        ("get", "who one is", Null, who.clone()),
        ("post", "sign in", texts(&["name", "password"]), who),
        ("delete", "sign out", Null, Null),
    ];
    let (reported, options) = (json!({"type": "object"}), json!({"type": "object"}));
    Api::default()
        .route("/session", sign_in.get(auth::who).delete(auth::sign_out), &session)
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
        .route("/reports", get(reports), &[("get", "the reports there are", Null, json!({"type": "array"}))])
        .route("/reports/{name}", get(report), &[("get", "run a report", options, reported)])
}

/// The paths entered so far.
#[derive(Debug, Default)]
pub(crate) struct Api {
    router: Router<App>,
    paths: Map<String, Value>,
    entities: Vec<Name>,
}

impl Api {
    /// A path, who answers it, and what OpenAPI says of it.
    fn route(mut self, path: &str, methods: MethodRouter<App>, operations: &[Operation]) -> Self {
        self.paths.insert(format!("/api{path}"), openapi::path(path, operations));
        self.router = self.router.route(path, methods);
        self
    }

    /// The records of an entity.
    fn entity<E: Rules>(mut self, path: &str) -> Self {
        let code = E::definition().code;
        let (record, input) = (|| shape(&code), || shape(&format!("{code}_input")));
        let page = json!({"items": {"type": "array", "items": record()}, "next": {"type": ["string", "null"]}});
        let asked = json!({"q": {"type": "string"}, "limit": {"type": "integer"}, "after": {"type": "string"}});
        let object = |fields| json!({"type": "object", "properties": fields});
        let several = [("get", "list", object(asked), object(page)), ("post", "make", input(), record())];
        let one = [
            ("get", "look at", Null, record()),
            ("patch", "change; with `if-match`, only the version that was seen", input(), record()),
            ("delete", "delete", Null, Null),
        ];
        self.entities.push(code);
        self.route(&format!("/{path}"), get(list::<E>).post(create::<E>), &several).route(
            &format!("/{path}/{{id}}"),
            get(read::<E>).patch(edit::<E>).delete(delete::<E>),
            &one,
        )
    }

    /// What is done to a record, and what must be said with it.
    fn command<C: Command + DeserializeOwned + 'static>(self, records: &str, takes: &[&str]) -> Self {
        let takes = if takes.is_empty() { Null } else { texts(takes) };
        let about = [("post", C::ACTION, takes, shape(&C::Subject::definition().code))];
        self.route(&format!("/{records}/{{id}}/{}", C::ACTION), post(run::<C>), &about)
    }

    pub(crate) fn into_router(self) -> Router<App> {
        let document = async move |Signed(session): Signed| -> Result<Json<Value>, Problem> {
            Ok(Json(openapi::document(&self.paths, &self.entities, &session).await?))
        };
        self.router.route("/openapi.json", get(document))
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

async fn list<E: Rules>(Signed(session): Signed, InUrl(asked): InUrl<ListOptions>) -> Answer {
    let query = Query::of::<E>().limit(asked.limit.unwrap_or(50).clamp(1, 200)).after(asked.after);
    let page = match asked.q {
        Some(words) => session.of::<E>().search(&words, query).await?,
        None => session.of::<E>().list(query).await?,
    };
    let items: Vec<Value> = page.items.iter().map(|record| session.to_json(record)).collect();
    Ok(Json(json!({"items": items, "next": page.next})).into_response())
}

async fn create<E: Rules>(Signed(session): Signed, Json(new): Json<E::New>) -> Answer {
    let made = session.of::<E>().create(new).await?;
    Ok((StatusCode::CREATED, answer(&session, &made)).into_response())
}

async fn read<E: Rules>(Signed(session): Signed, Path(id): Path<String>) -> Answer {
    Ok(answer(&session, &session.of::<E>().get(read_id(&id)?).await?))
}

/// With `if-match` only the version that was seen is changed.
async fn edit<E: Rules>(
    Signed(session): Signed,
    Path(id): Path<String>,
    headers: HeaderMap,
    Json(patch): Json<E::Patch>,
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
    Ok(answer(&session, &edited))
}

async fn delete<E: Rules>(Signed(session): Signed, Path(id): Path<String>) -> Answer {
    session.of::<E>().delete(read_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn run<C: Command + DeserializeOwned>(
    Signed(session): Signed,
    Path(id): Path<String>,
    given: Option<Json<Value>>,
) -> Answer {
    let given = given.map_or(Null, |Json(given)| given);
    let unfit =
        |error: serde_json::Error| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "bad_request", &error.to_string());
    let command: C = serde_json::from_value(given).map_err(unfit)?;
    Ok(answer(&session, &session.of::<C::Subject>().run(read_id(&id)?, command).await?))
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
    InUrl(options): InUrl<HashMap<String, String>>,
) -> Answer {
    Ok(Json(session.report(&name, options).await?).into_response())
}

/// What is no id names nothing, as an id that nobody has.
fn read_id<E: Rules>(text: &str) -> Result<Id<E>, Error> {
    let entity = E::definition().code;
    text.parse().map_err(|_| Error::NotFound { entity, key: text.chars().take(40).collect() })
}

fn answer<E: Rules>(session: &Session, record: &E) -> Response {
    ([(header::ETAG, format!("\"{}\"", record.version()))], Json(session.to_json(record))).into_response()
}
