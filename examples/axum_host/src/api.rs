//! Paths and what is documented of them, entered together, so that neither can be without the other.

use axum::Router;
use axum::extract::{FromRequest, FromRequestParts};
use axum::handler::Handler;
use axum::routing::{MethodRouter, get, post};
use crmkit::prelude::*;
use crmkit::schema::EntityDef;
use serde_json::{Map, Value as Json, json};

use crate::{App, auth, openapi, problem, resources};

/// The body of a request, as JSON.
#[derive(Debug, FromRequest)]
#[from_request(via(axum::Json), rejection(problem::Problem))]
pub(crate) struct Body<T>(pub(crate) T);

/// What stands behind the question mark.
#[derive(Debug, FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(problem::Problem))]
pub(crate) struct Asked<T>(pub(crate) T);

/// The paths entered so far.
#[derive(Debug, Default)]
pub(crate) struct Api {
    router: Router<App>,
    paths: Map<String, Json>,
    entities: Vec<EntityDef>,
}

impl Api {
    /// A path and what OpenAPI says of it.
    pub(crate) fn route(mut self, path: &str, methods: MethodRouter<App>, about: Json) -> Self {
        self.router = self.router.route(path, methods);
        self.paths.insert(format!("/api{path}"), about);
        self
    }

    /// The records of an entity: to list, make, look at, change and delete.
    pub(crate) fn entity<E: Rules>(mut self, path: &str) -> Self {
        let def = E::definition();
        let (all, one) = (format!("/{path}"), format!("/{path}/{{id}}"));
        let several = get(resources::list::<E>).post(resources::create::<E>);
        let single = get(resources::one::<E>).patch(resources::edit::<E>).delete(resources::delete::<E>);
        let (about_all, about_one) = (openapi::several(&def), openapi::single(&def));
        self.entities.push(def);
        self.route(&all, several, about_all).route(&one, single, about_one)
    }

    /// What is done to a record, with texts or ids by name.
    pub(crate) fn command<E: Rules, T: 'static>(
        self,
        path: &str,
        takes: &[&str],
        handler: impl Handler<T, App>,
    ) -> Self {
        let about = openapi::command(&E::definition(), path, takes);
        self.route(path, post(handler), about)
    }

    pub(crate) fn into_router(self) -> Router<App> {
        let (paths, entities) = (Json::Object(self.paths), self.entities);
        let document = move |auth::Signed(session): auth::Signed| async move {
            let document = openapi::document(&paths, &entities, &*session.actor_now().await?);
            Ok::<_, problem::Problem>(axum::Json(document))
        };
        self.router.route("/openapi.json", get(document)).fallback(problem::nothing_here)
    }
}

/// An object with these fields, each a text.
pub(crate) fn texts(fields: &[&str]) -> Json {
    let properties: Map<String, Json> =
        fields.iter().map(|field| ((*field).to_owned(), json!({"type": "string"}))).collect();
    json!({"type": "object", "properties": properties, "required": fields, "additionalProperties": false})
}
