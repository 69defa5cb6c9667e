//! Moving in from the classic CRM: CSV dumps of its tables, with their old column names and codes.

mod codes;
mod error;
mod migrate;
mod people;
mod tables;

pub use error::MigrationError;
pub use migrate::{MigrateFromClassic, MigratedTable, MigrationOutput, MigrationReport, RejectedOldRow};
