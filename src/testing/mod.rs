//! What a host needs to test itself.

mod faulty;
#[cfg(feature = "postgres")]
mod postgres;

pub use faulty::{Fault, FaultyStorage};

#[cfg(feature = "postgres")]
pub use postgres::ThrowawayPostgres;
