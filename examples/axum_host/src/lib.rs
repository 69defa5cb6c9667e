//! The API: a router over a [`Crm`]. Nothing of the CRM is decided here: a request is read, a session is asked, the
//! answer is written down as JSON.

mod api;
mod auth;
mod guard;
mod openapi;
mod problem;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{from_fn, from_fn_with_state};
use crmkit::prelude::*;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;

pub use auth::random_token;

/// What a service can be told.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Whether the cookie travels in HTTPS only.
    pub secure_cookie: bool,
    /// How many requests an address may make in a second, and twice that at once.
    pub requests_per_second: u32,
    /// How many tries to sign in an address has in a minute.
    pub sign_ins_per_minute: u32,
    /// After what time without a request one has to sign in again.
    pub idle: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        let idle = Duration::from_secs(8 * 3600);
        Self { secure_cookie: true, requests_per_second: 50, sign_ins_per_minute: 10, idle }
    }
}

/// What every request can reach.
#[derive(Debug, Clone)]
struct App {
    crm: Crm,
    signed_in: auth::SignedIn,
    limits: Arc<guard::Limits>,
    secure_cookie: bool,
}

/// The service over a CRM.
pub fn app(crm: Crm, settings: &Settings) -> Router {
    let (signed_in, limits) = (auth::signed_in(settings.idle), Arc::new(guard::Limits::new(settings)));
    let app = App { crm, signed_in, limits, secure_cookie: settings.secure_cookie };
    let header = |name, value| SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value));
    Router::new()
        .nest("/api", api::all().into_router())
        .fallback(problem::nothing_here)
        .layer(from_fn(guard::same_site))
        .layer(from_fn_with_state(app.clone(), guard::limit))
        .layer(DefaultBodyLimit::max(64 * 1024))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, Duration::from_secs(30)))
        .layer(CatchPanicLayer::new())
        .layer(header(header::CACHE_CONTROL, "no-store"))
        .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .with_state(app)
}
