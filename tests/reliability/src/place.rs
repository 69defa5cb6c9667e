//! Where a trial keeps its records.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use crmkit::prelude::*;
use crmkit::storage::{PostgresOptions, PostgresStorage, SqliteOptions, SqliteStorage, Storage, Synchronous};

use crate::{Failure, Outcome};

/// A store that several processes can open.
#[derive(Debug, Clone)]
pub enum Place {
    /// A file, and when its commits count as done.
    Sqlite(PathBuf, Synchronous),
    /// A schema of a database.
    Postgres {
        /// The address of the database.
        url: String,
        /// The schema.
        schema: String,
    },
}

impl FromStr for Place {
    type Err = Failure;

    fn from_str(text: &str) -> Result<Self, Failure> {
        match text.split_once('|') {
            Some(("full", path)) => Ok(Self::Sqlite(path.into(), Synchronous::Full)),
            Some(("normal", path)) => Ok(Self::Sqlite(path.into(), Synchronous::Normal)),
            Some((url, schema)) => Ok(Self::Postgres { url: url.to_owned(), schema: schema.to_owned() }),
            None => Err(format!("`{text}` is no place").into()),
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path, Synchronous::Normal) => write!(f, "normal|{}", path.display()),
            Self::Sqlite(path, _) => write!(f, "full|{}", path.display()),
            Self::Postgres { url, schema } => write!(f, "{url}|{schema}"),
        }
    }
}

impl Place {
    /// Opens the store; several processes may do so at once.
    ///
    /// # Errors
    ///
    /// If it can't be opened.
    pub async fn storage(&self) -> Outcome<Arc<dyn Storage>> {
        let schema = crmkit::standard_schema()?;
        Ok(match self {
            Self::Sqlite(path, synchronous) => {
                let options = SqliteOptions {
                    migrate: true,
                    synchronous: *synchronous,
                    busy_timeout: Duration::from_secs(30),
                    ..Default::default()
                };
                Arc::new(SqliteStorage::open(path, schema, options)?)
            }
            Self::Postgres { url, schema: name } => {
                let options = PostgresOptions { migrate: true, max_connections: 4, ..Default::default() };
                Arc::new(PostgresStorage::connect(url, name, schema, options).await?)
            }
        })
    }

    /// Opens a CRM on it.
    ///
    /// # Errors
    ///
    /// If it can't be opened.
    pub async fn crm(&self) -> Outcome<Crm> {
        self.crm_on(self.storage().await?).await
    }

    /// Opens a CRM on the store, which looks every second at what others have changed.
    ///
    /// # Errors
    ///
    /// If it can't be opened.
    pub async fn crm_on(&self, storage: Arc<dyn Storage>) -> Outcome<Crm> {
        let builder = Crm::builder(storage);
        let moment = Duration::from_secs(1);
        Ok(builder.dictionary_refresh(moment).access_staleness(moment).open().await?)
    }
}

/// Waits for an answer on a runtime of its own.
///
/// # Errors
///
/// If there can be no runtime, and what the future answers.
pub fn wait<T>(future: impl Future<Output = Outcome<T>>) -> Outcome<T> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?.block_on(future)
}
