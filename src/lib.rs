//! An embeddable CRM.
#![forbid(unsafe_code)]

// The declaration macros name the crate by its own name, so that hosts and the crate itself expand them alike.
extern crate self as crmkit;

pub mod access;
pub mod change;
pub mod clock;
pub mod customers;
pub mod error;
pub mod id;
pub mod organisation;
pub mod prelude;
pub mod problem;
pub mod query;
pub mod report;
pub mod rules;
pub mod sales;
pub mod schema;
mod standard;
pub mod storage;
pub mod value;

pub use error::{Error, Result};
pub use standard::standard_schema;

/// What the macros expand to; not for use by name.
#[doc(hidden)]
pub mod __private {
    pub use serde;

    pub use crate::schema::{Decoder, choice_from_value, label, plain_name, snake_case};
}
