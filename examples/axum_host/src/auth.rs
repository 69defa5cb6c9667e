//! Who asks: signing in with a name and a password, and the cookie that stands for it afterwards.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

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
use serde_json::{Value as Json_, json};
use sha2::{Digest, Sha256};

use crate::App;
use crate::api::Body;
use crate::problem::Problem;

const COOKIE: &str = "crm_session";
/// Sessions that are kept at once; who signs in beyond that ends the one that was used longest ago.
const MOST: usize = 100_000;

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

/// Who is signed in, by the hash of his token: who reads the memory of the program can't act as anybody.
///
/// A session asks at each of its operations what its user may do by now, so what is taken away from him is gone here,
/// too.
#[derive(Debug)]
pub(crate) struct SignedIn {
    sessions: Mutex<HashMap<[u8; 32], (Session, Instant)>>,
    idle: Duration,
}

impl SignedIn {
    pub(crate) fn new(idle: Duration) -> Self {
        Self { sessions: Mutex::default(), idle }
    }

    fn begin(&self, session: Session) -> Result<String, Problem> {
        let token = random_token().map_err(|error| Problem::internal(&error))?;
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        if sessions.len() >= MOST {
            sessions.retain(|_, (_, used)| used.elapsed() < self.idle);
            let oldest = sessions.iter().min_by_key(|(_, (_, used))| *used).map(|(key, _)| *key);
            oldest.filter(|_| sessions.len() >= MOST).map(|oldest| sessions.remove(&oldest));
        }
        sessions.insert(hashed(&token), (session, Instant::now()));
        Ok(token)
    }

    fn find(&self, token: &str) -> Option<Session> {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let key = hashed(token);
        let (session, used) = sessions.get_mut(&key)?;
        if used.elapsed() < self.idle {
            *used = Instant::now();
            return Some(session.clone());
        }
        sessions.remove(&key);
        None
    }

    fn end(&self, token: &str) {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner).remove(&hashed(token));
    }
}

fn hashed(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// The session of whoever sent the request; without one the request is refused.
pub(crate) struct Signed(pub(crate) Session);

impl FromRequestParts<App> for Signed {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let token = CookieJar::from_headers(&parts.headers).get(COOKIE).map(|cookie| cookie.value().to_owned());
        let found = token.and_then(|token| app.signed_in.find(&token));
        found.map(Self).ok_or_else(Problem::not_signed_in)
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
    ConnectInfo(from): ConnectInfo<std::net::SocketAddr>,
    jar: CookieJar,
    Body(given): Body<Credentials>,
) -> Result<(StatusCode, CookieJar, Json<Json_>), Problem> {
    app.limits.sign_in(from.ip(), &given.name)?;
    let session = app.crm.sign_in(&given.name, &given.password).await?;
    // A token that was there before is never taken over.
    if let Some(cookie) = jar.get(COOKIE) {
        app.signed_in.end(cookie.value());
    }
    let about = about(&*session.actor_now().await?);
    let token = app.signed_in.begin(session)?;
    Ok((StatusCode::CREATED, jar.add(cookie(token, app.secure_cookie)), Json(about)))
}

pub(crate) async fn sign_out(State(app): State<App>, jar: CookieJar) -> (StatusCode, CookieJar) {
    if let Some(cookie) = jar.get(COOKIE) {
        app.signed_in.end(cookie.value());
    }
    (StatusCode::NO_CONTENT, jar.remove(cookie(String::new(), app.secure_cookie)))
}

pub(crate) async fn who(Signed(session): Signed) -> Result<Json<Json_>, Problem> {
    Ok(Json(about(&*session.actor_now().await?)))
}

fn about(actor: &Actor) -> Json_ {
    json!({"user": actor.id(), "name": actor.name(), "role": actor.role()})
}

fn cookie(token: String, secure: bool) -> Cookie<'static> {
    let cookie = Cookie::build((COOKIE, token)).path("/api").http_only(true).same_site(SameSite::Strict);
    cookie.secure(secure).build()
}
