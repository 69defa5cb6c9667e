//! The standard reports and report definitions, on a store in memory.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "reports/aftercare.rs"]
mod aftercare;
#[cfg(feature = "sqlite")]
#[path = "reports/backends.rs"]
mod backends;
#[path = "reports/cancelling.rs"]
mod cancelling;
#[path = "reports/cases.rs"]
mod cases;
#[path = "reports/definitions.rs"]
mod definitions;
#[path = "reports/incidents.rs"]
mod incidents;
#[path = "reports/malicious.rs"]
mod malicious;
#[path = "reports/marketing.rs"]
mod marketing;
#[path = "reports/maven.rs"]
mod maven;
#[path = "reports/newer.rs"]
mod newer;
#[path = "reports/northwind.rs"]
mod northwind;
#[path = "reports/online_retail.rs"]
mod online_retail;
#[path = "reports/random.rs"]
mod random;
#[path = "reports/random_open.rs"]
mod random_open;
#[path = "reports/random_relations.rs"]
mod random_relations;
#[path = "reports/random_sales.rs"]
mod random_sales;
#[path = "reports/random_work.rs"]
mod random_work;
#[path = "reports/references.rs"]
mod references;
#[path = "reports/rendering.rs"]
mod rendering;
#[path = "reports/saved.rs"]
mod saved;
#[path = "reports/scopes.rs"]
mod scopes;
#[path = "reports/session.rs"]
mod session;
#[path = "reports/steps.rs"]
mod steps;
#[path = "reports/wider.rs"]
mod wider;
#[path = "reports/world.rs"]
mod world;
