//! An embeddable CRM.
#![forbid(unsafe_code)]

// The declaration macros name the crate by its own name, so that hosts and the crate itself expand them alike.
extern crate self as crmkit;

pub mod change;
pub mod clock;
pub mod error;
pub mod id;
pub mod problem;
pub mod query;
pub mod schema;
pub mod storage;
pub mod value;

/// What the macros expand to; not for use by name.
#[doc(hidden)]
pub mod __private {
    pub use serde;

    pub use crate::schema::{Decoder, choice_from_value, label, plain_name, snake_case};
}
