//! The standard reports and report definitions, on a store in memory.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "reports/cases.rs"]
mod cases;
#[path = "reports/definitions.rs"]
mod definitions;
#[path = "reports/northwind.rs"]
mod northwind;
#[path = "reports/random.rs"]
mod random;
#[path = "reports/rendering.rs"]
mod rendering;
#[path = "reports/scopes.rs"]
mod scopes;
#[path = "reports/world.rs"]
mod world;
