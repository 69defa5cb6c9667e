//! The locks the queue is kept under, named here so that a test can put others in their place.

pub(super) use std::sync::{Condvar, Mutex, MutexGuard};
