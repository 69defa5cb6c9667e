//! Who asks: signing in with a name and a password, and the cookie that stands for it afterwards.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Json;
use axum::extract::{ConnectInfo, FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use crmkit::access::Actor;
use crmkit::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::App;
use crate::api::Body;
use crate::problem::Problem;

const COOKIE: &str = "crm_session";

/// Who is signed in, by the hash of his token: who reads the memory of the program can't act as anybody. A session asks
/// at each of its operations what its user may do by now, so what is taken away from him is gone here, too.
pub(crate) type SignedIn = moka::sync::Cache<[u8; 32], Session>;

pub(crate) fn signed_in(idle: Duration) -> SignedIn {
    moka::sync::Cache::builder().max_capacity(100_000).time_to_idle(idle).build()
}

/// 256 random bits as text.
///
/// # Errors
///
/// What the system says that has no random numbers to give.
pub fn random_token() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

fn key(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// The session of whoever sent the request, for as long as a request may take; without one it is refused.
pub(crate) struct Signed(pub(crate) Session);

impl FromRequestParts<App> for Signed {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let jar = CookieJar::from_headers(&parts.headers);
        let found = jar.get(COOKIE).and_then(|cookie| app.signed_in.get(&key(cookie.value())));
        let session = found.ok_or_else(Problem::not_signed_in)?;
        Ok(Self(session.within(Duration::from_secs(20))))
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Credentials {
    name: String,
    password: String,
}

pub(crate) async fn sign_in(
    State(app): State<App>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    jar: CookieJar,
    Body(given): Body<Credentials>,
) -> Result<(StatusCode, CookieJar, Json<Value>), Problem> {
    app.limits.sign_in(from.ip())?;
    let session = app.crm.sign_in(&given.name, &given.password).await?;
    // A token that was there before is never taken over.
    end(&app, &jar);
    let about = about(&*session.actor_now().await?);
    let token = random_token().map_err(|error| Problem::internal(&error))?;
    app.signed_in.insert(key(&token), session);
    Ok((StatusCode::CREATED, jar.add(cookie(token, app.secure_cookie)), Json(about)))
}

pub(crate) async fn sign_out(State(app): State<App>, jar: CookieJar) -> (StatusCode, CookieJar) {
    end(&app, &jar);
    (StatusCode::NO_CONTENT, jar.remove(cookie(String::new(), app.secure_cookie)))
}

pub(crate) async fn who(Signed(session): Signed) -> Result<Json<Value>, Problem> {
    Ok(Json(about(&*session.actor_now().await?)))
}

fn end(app: &App, jar: &CookieJar) {
    if let Some(cookie) = jar.get(COOKIE) {
        app.signed_in.invalidate(&key(cookie.value()));
    }
}

fn about(actor: &Actor) -> Value {
    json!({"user": actor.id(), "name": actor.name(), "role": actor.role()})
}

fn cookie(token: String, secure: bool) -> Cookie<'static> {
    let cookie = Cookie::build((COOKIE, token)).path("/api").http_only(true).same_site(SameSite::Strict);
    cookie.secure(secure).build()
}
