//! A whole organisation out of one store and into another: whichever these are, the bytes are the same.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../undo/cases.rs"]
#[allow(dead_code, reason = "the cases know more of themselves than is asked here")]
mod cases;
#[path = "../cast/mod.rs"]
mod cast;
mod company;
mod damage;
mod host;
#[cfg(feature = "testing")]
mod interrupted;
mod pairs;
mod refusals;
mod small;
