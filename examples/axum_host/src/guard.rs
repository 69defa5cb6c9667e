//! What a request must get past before anybody reads it: how many there are, and which site they come from.

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::Response;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::problem::Problem;
use crate::{App, Settings};

/// Counts requests, and tries to sign in, by address. The CRM itself locks a name after wrong passwords; this keeps
/// whoever tries many names from making it hash passwords all day long.
#[derive(Debug)]
pub(crate) struct Limits {
    requests: DefaultKeyedRateLimiter<IpAddr>,
    sign_ins: DefaultKeyedRateLimiter<IpAddr>,
}

impl Limits {
    pub(crate) fn new(settings: &Settings) -> Self {
        let some = |count| NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN);
        let burst = some(settings.requests_per_second.saturating_mul(2));
        let requests = Quota::per_second(some(settings.requests_per_second)).allow_burst(burst);
        let sign_ins = Quota::per_minute(some(settings.sign_ins_per_minute));
        Self { requests: RateLimiter::keyed(requests), sign_ins: RateLimiter::keyed(sign_ins) }
    }

    pub(crate) fn sign_in(&self, from: IpAddr) -> Result<(), Problem> {
        within(&self.sign_ins, from)
    }
}

fn within(limiter: &DefaultKeyedRateLimiter<IpAddr>, from: IpAddr) -> Result<(), Problem> {
    if limiter.len() > 10_000 {
        limiter.retain_recent();
    }
    let again = limiter.check_key(&from);
    again.map_err(|again| Problem::too_many(again.wait_time_from(DefaultClock::default().now())))
}

/// Refuses an address that asks too often. Behind a proxy the address is the proxy's: count there instead, or read the
/// header that only the proxy can set.
pub(crate) async fn limit(
    State(app): State<App>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    within(&app.limits.requests, from.ip())?;
    Ok(next.run(request).await)
}

/// Refuses what another site has a browser send with the cookie of whoever sits before it. Browsers say which site a
/// request comes from, and no script can make them say otherwise; a program that is no browser says nothing, and has
/// no cookie but its own.
pub(crate) async fn same_site(request: Request, next: Next) -> Result<Response, Problem> {
    let allowed = request.method().is_safe() || is_own(request.headers());
    if allowed { Ok(next.run(request).await) } else { Err(Problem::cross_site()) }
}

fn is_own(headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
    origin.is_some_and(|(_, origin)| Some(origin) == host)
}
