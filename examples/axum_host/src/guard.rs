//! What a request must get past before anybody reads it: how many there are, and which site they come from.

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::time::Duration;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use sha2::{Digest, Sha256};

use crate::problem::Problem;
use crate::{App, Settings};

/// How many addresses or names are remembered before those that have been quiet are forgotten.
const REMEMBERED: usize = 10_000;

/// Counts requests by address, and tries to sign in by address and by name. The CRM itself locks a name after wrong
/// passwords; this keeps whoever tries many names, or signs in all day long, from making it hash passwords.
#[derive(Debug)]
pub(crate) struct Limits {
    requests: DefaultKeyedRateLimiter<IpAddr>,
    addresses: DefaultKeyedRateLimiter<IpAddr>,
    names: DefaultKeyedRateLimiter<[u8; 32]>,
}

impl Limits {
    pub(crate) fn new(settings: &Settings) -> Self {
        let at_least_one = |count| NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN);
        let requests = at_least_one(settings.requests_per_second);
        let requests = Quota::per_second(requests).allow_burst(requests.saturating_mul(at_least_one(2)));
        let sign_ins = Quota::per_minute(at_least_one(settings.sign_ins_per_minute));
        let (addresses, names) = (RateLimiter::keyed(sign_ins), RateLimiter::keyed(sign_ins));
        Self { requests: RateLimiter::keyed(requests), addresses, names }
    }

    pub(crate) fn sign_in(&self, from: IpAddr, name: &str) -> Result<(), Problem> {
        within(&self.addresses, &from)?;
        within(&self.names, &Sha256::digest(name.trim().to_lowercase()).into())
    }
}

fn within<K: Clone + Eq + std::hash::Hash>(limiter: &DefaultKeyedRateLimiter<K>, key: &K) -> Result<(), Problem> {
    if limiter.len() > REMEMBERED {
        limiter.retain_recent();
    }
    let now = DefaultClock::default().now();
    limiter.check_key(key).map_err(|again| Problem::too_many(again.wait_time_from(now).max(Duration::from_secs(1))))
}

/// Refuses an address that asks too often. Behind a proxy the address is the proxy's: count there instead, or read the
/// header that only the proxy can set.
pub(crate) async fn limit(
    State(app): State<App>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    within(&app.limits.requests, &from.ip())?;
    Ok(next.run(request).await)
}

/// Refuses what another site has a browser send with the cookie of whoever sits before it. Browsers say which site a
/// request comes from, and no script can make them say otherwise; a program that is no browser says nothing, and has
/// no cookie but its own.
pub(crate) async fn same_site(request: Request, next: Next) -> Result<Response, Problem> {
    let changes_nothing = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if changes_nothing || is_own(request.headers()) { Ok(next.run(request).await) } else { Err(Problem::cross_site()) }
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
