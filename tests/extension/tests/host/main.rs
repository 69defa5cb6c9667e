//! A host with entities of its own, on every store.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod migration;
mod places;
mod working;
