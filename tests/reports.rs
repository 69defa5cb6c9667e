//! The standard reports and report definitions, on a store in memory.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[cfg(feature = "sqlite")]
#[path = "reports/backends.rs"]
mod backends;
#[path = "reports/cases.rs"]
mod cases;
#[path = "reports/definitions.rs"]
mod definitions;
#[path = "reports/northwind.rs"]
mod northwind;
#[path = "reports/online_retail.rs"]
mod online_retail;
#[path = "reports/random.rs"]
mod random;
#[path = "reports/rendering.rs"]
mod rendering;
#[path = "reports/scopes.rs"]
mod scopes;
#[path = "reports/session.rs"]
mod session;
#[path = "reports/world.rs"]
mod world;
