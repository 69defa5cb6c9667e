//! Who asks: signing in with a name and a password, and the cookie that stands for it afterwards.

use std::time::Duration;

use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::routing::{MethodRouter, put};
use axum::{Json, Router};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use crmkit::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::App;
use crate::problem::Problem;

pub(crate) const COOKIE: &str = "crm_session";

/// `sign_in` is what answers a post, with a stricter limit around it.
pub(crate) fn routes(sign_in: MethodRouter<App>) -> Router<App> {
    Router::new().route("/session", sign_in.get(who).delete(sign_out)).route("/session/password", put(set_password))
}

/// Who is signed in, by the token in his cookie. A session asks at each of its operations what its user may do by now,
/// and ends with his password; so what is taken away from him is gone here, too.
pub(crate) type SignedIn = moka::sync::Cache<String, Session>;

/// What nobody can guess: 244 random bits as text.
#[must_use]
pub fn random_token() -> String {
    format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple())
}

/// The session of whoever sent the request, for as long as a request may take; without one it is refused.
pub(crate) struct Signed(pub(crate) Session);

impl FromRequestParts<App> for Signed {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let jar = CookieJar::from_headers(&parts.headers);
        let found = jar.get(COOKIE).and_then(|cookie| app.signed_in.get(cookie.value()));
        let missing = || Problem::new(StatusCode::UNAUTHORIZED, "not_signed_in", "sign in first: POST /api/session");
        Ok(Self(found.ok_or_else(missing)?.within(Duration::from_secs(20))))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Credentials {
    name: String,
    password: String,
}

type Signing = Result<(StatusCode, CookieJar, Json<Value>), Problem>;

pub(crate) async fn sign_in(State(app): State<App>, jar: CookieJar, Json(given): Json<Credentials>) -> Signing {
    let session = app.crm.sign_in(&given.name, &given.password).await?;
    // A token that was there before is never taken over.
    let (_, jar) = sign_out(State(app.clone()), jar).await;
    let token = random_token();
    let cookie = Cookie::build((COOKIE, token.clone())).path("/api").http_only(true).same_site(SameSite::Strict);
    app.signed_in.insert(token, session.clone());
    Ok((StatusCode::CREATED, jar.add(cookie.secure(app.secure_cookie)), who(Signed(session)).await?))
}

pub(crate) async fn sign_out(State(app): State<App>, jar: CookieJar) -> (StatusCode, CookieJar) {
    if let Some(cookie) = jar.get(COOKIE) {
        app.signed_in.invalidate(cookie.value());
    }
    (StatusCode::NO_CONTENT, jar.remove(Cookie::build(COOKIE).path("/api")))
}

pub(crate) async fn who(Signed(session): Signed) -> Result<Json<Value>, Problem> {
    let actor = session.actor_now().await?;
    Ok(Json(json!({"user": actor.id(), "name": actor.name(), "role": actor.role()})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPassword {
    /// One's own so far; without one it is another user's that is set, by whoever has the right to.
    old: Option<String>,
    new: String,
    user: Option<Id<User>>,
}

/// Whoever is signed in with the old one has to sign in anew.
pub(crate) async fn set_password(
    Signed(session): Signed,
    Json(given): Json<NewPassword>,
) -> Result<StatusCode, Problem> {
    match (given.old, given.user) {
        (Some(old), None) => session.change_password(&old, &given.new).await?,
        (None, Some(user)) => session.users().set_password(user, &given.new).await?,
        _ => return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "give either `old` or `user`")),
    }
    Ok(StatusCode::NO_CONTENT)
}
