//! Why a migration can't go on.

use std::io;
use std::path::PathBuf;

use crate::transfer::ImportError;

/// A migration could not begin, or stopped. A row that does not fit is no error: it is rejected, and the others go on.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::storage::MemoryStorage;
/// use crmkit::transfer::{MigrateFromClassic, MigrationOutput};
///
/// # pollster::block_on(async {
/// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let folder = tempfile::tempdir()?;
/// std::fs::write(folder.path().join("product.csv"), "prod_id,prod_title\n1,Anvil\n")?;
/// let migration = MigrateFromClassic::new(folder.path());
/// let error = migration.run(&crm.system(), MigrationOutput::default()).await.unwrap_err();
/// assert_eq!(error.to_string(), "product.csv: there is no column `prod_name`; add it, or take the file away");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MigrationError {
    /// A folder or a file in it can't be read or written.
    #[error("`{}`: {source}", path.display())]
    File {
        /// The folder or file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The folder has none of the old tables.
    #[error("`{}` has no file of the classic tables; they are called {known}, each with `.csv`", path.display())]
    NoTables {
        /// The folder.
        path: PathBuf,
        /// The files there could be, separated by spaces.
        known: String,
    },
    /// Two files are the same table, since upper and lower case make no difference.
    #[error("`{first}` and `{second}` are the same table; take one of them away")]
    SameTable {
        /// A file.
        first: String,
        /// The other one.
        second: String,
    },
    /// A file lacks a column that its records can't do without, or has it twice.
    #[error("{file}: {problem}")]
    Column {
        /// The file.
        file: String,
        /// What is wrong with which column, and what to do.
        problem: String,
    },
    /// A file can't be imported. What was imported before stays; the same migration can be run again.
    #[error("{file}: {source}")]
    Table {
        /// The file.
        file: String,
        /// Why.
        source: Box<ImportError>,
    },
}

impl MigrationError {
    /// The stable code for programs.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::transfer::MigrationError;
    ///
    /// let error = MigrationError::NoTables { path: "dump".into(), known: "orders.csv".to_owned() };
    /// assert_eq!(error.code(), "migration.no_tables");
    /// ```
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::File { .. } => "migration.file",
            Self::NoTables { .. } => "migration.no_tables",
            Self::SameTable { .. } => "migration.same_table",
            Self::Column { .. } => "migration.column",
            Self::Table { source, .. } => source.code(),
        }
    }
}
