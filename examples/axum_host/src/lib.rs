//! The API: a router over a [`Crm`]. Nothing of the CRM is decided here: a request is read, a session is asked, the
//! answer is written down as JSON.

mod api;
mod auth;
mod problem;

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use crmkit::prelude::*;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;

pub use auth::random_token;
use problem::Problem;

/// What a service can be told.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Whether the cookie travels in HTTPS only.
    pub secure_cookie: bool,
    /// How many requests an address may make in a second.
    pub requests_per_second: u32,
    /// How many tries to sign in an address has in a minute.
    pub sign_ins_per_minute: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { secure_cookie: true, requests_per_second: 50, sign_ins_per_minute: 10 }
    }
}

/// What every request can reach.
#[derive(Debug, Clone)]
struct App {
    crm: Crm,
    signed_in: auth::SignedIn,
    secure_cookie: bool,
}

/// The service over a CRM.
pub fn app(crm: Crm, settings: &Settings) -> Router {
    let signed_in = auth::SignedIn::builder().max_capacity(100_000).time_to_idle(Duration::from_secs(8 * 3600)).build();
    let some = |count| NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN);
    let limit = |quota| from_fn_with_state(Arc::new(DefaultKeyedRateLimiter::keyed(quota)), limit);
    // The CRM itself locks a name after wrong passwords; this keeps whoever tries many names from making it hash
    // passwords all day long.
    let sign_in = post(auth::sign_in).layer(limit(Quota::per_minute(some(settings.sign_ins_per_minute))));
    let header = |name, value| SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value));
    Router::new()
        .nest("/api", api::routes().merge(auth::routes(sign_in)))
        // Browsers say which site a request comes from, and no script can make them say otherwise.
        .layer(CsrfLayer::new())
        .layer(limit(Quota::per_second(some(settings.requests_per_second))))
        .layer(DefaultBodyLimit::max(64 * 1024))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, Duration::from_secs(30)))
        .layer(CatchPanicLayer::new())
        .layer(map_response(problem::in_one_form))
        .layer(header(header::CACHE_CONTROL, "no-store"))
        .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .with_state(App { crm, signed_in, secure_cookie: settings.secure_cookie })
}

/// Refuses an address that asks too often. Behind a proxy the address is the proxy's: count there instead, or read the
/// header that only the proxy can set.
async fn limit(
    State(asked): State<Arc<DefaultKeyedRateLimiter<IpAddr>>>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    if asked.len() > 10_000 {
        asked.retain_recent();
    }
    let Err(again) = asked.check_key(&from.ip()) else { return next.run(request).await };
    let wait = again.wait_time_from(DefaultClock::default().now()).as_secs().max(1);
    let problem =
        Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", "wait as long as `retry-after` says");
    ([(header::RETRY_AFTER, wait.to_string())], problem).into_response()
}
