//! What the crate promises on bad days, tried with processes that are killed, servers that crash and disks that forget.
//!
//! Each trial is a function that tells what it saw or what broke, run for long by the program `reliability` and for
//! seconds by the tests.
#![forbid(unsafe_code)]

pub mod check;
pub mod child;
pub mod crash;
pub mod disk;
pub mod ground;
pub mod histories;
pub mod ledger;
pub mod place;
pub mod power;
pub mod processes;
pub mod resources;
pub mod tasks;
pub mod timing;
pub mod transfers;
pub mod worker;

/// Why a trial could not go on, or what it found to be untrue.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What a trial gives.
pub type Outcome<T = String> = Result<T, Failure>;
