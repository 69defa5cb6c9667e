//! What a host needs to test itself.

#[cfg(feature = "postgres")]
mod postgres;

#[cfg(feature = "postgres")]
pub use postgres::ThrowawayPostgres;
