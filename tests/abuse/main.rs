//! What somebody might try who means harm, or who does not know what he does: on every store, and what came of it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod deep;
mod large;
mod logins;
mod names;
mod signing_in;
mod stored;
mod stores;
mod tenants;
mod texts;
