//! The lock the flights are kept under, named here so that a test can put another in its place.

pub(super) use std::sync::Mutex;
