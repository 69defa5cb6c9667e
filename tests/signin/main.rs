//! Signing in, and who may not be lost, on every store.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod administrators;
mod passwords;
mod secrets;
mod stores;
mod tries;
