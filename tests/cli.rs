//! The example host, driven as a user drives it: a command line in, an exit code and text out.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg(feature = "sqlite")]

#[path = "cli/classic.rs"]
mod classic;
#[path = "cli/commands.rs"]
mod commands;
#[cfg(all(feature = "charts", feature = "xlsx"))]
#[path = "cli/files.rs"]
mod files;
#[path = "cli/history.rs"]
mod history;
#[path = "cli/host.rs"]
mod host;
#[path = "cli/imports.rs"]
mod imports;
#[path = "cli/jobs.rs"]
mod jobs;
#[path = "cli/moves.rs"]
mod moves;
#[path = "cli/northwind.rs"]
mod northwind;
#[path = "cli/people.rs"]
mod people;
#[path = "cli/rollups.rs"]
mod rollups;
#[path = "cli/rules.rs"]
mod rules;
#[cfg(all(feature = "postgres", feature = "testing"))]
#[path = "cli/server.rs"]
mod server;
#[path = "cli/stores.rs"]
mod stores;
#[path = "cli/trade.rs"]
mod trade;
