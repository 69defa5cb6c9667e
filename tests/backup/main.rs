//! Backups and restoring them: under load, damaged in every way, interrupted, and in turn.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../cli/host.rs"]
#[allow(dead_code, reason = "the host is driven in other tests, too")]
mod host;

mod damaged;
mod interrupted;
mod packed;
mod restoring;
mod rotating;
mod sealing;
mod storm;
