//! The store a program run works on, opened when the first command needs it.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use clap::builder::TypedValueParser;
use clap::error::ErrorKind;
use crmkit::Crm;
use crmkit::clock::{Clock, SystemClock};
use crmkit::schema::Schema;
use crmkit::storage::{MemoryStorage, SqliteOptions, SqliteStorage, Storage};
#[cfg(feature = "postgres")]
use crmkit::storage::{PostgresOptions, PostgresStorage};
use crmkit::value::Timestamp;
use pollster::block_on;
use tokio::runtime::Runtime;

use crate::failure::Failure;
use crate::server::Server;

/// Where the data is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Database {
    /// In memory, for the length of one program run.
    Memory,
    /// In a file.
    Sqlite(PathBuf),
    /// On a server.
    Postgres(Server),
}

impl FromStr for Database {
    type Err = String;

    fn from_str(url: &str) -> Result<Self, String> {
        match url.split_once(':') {
            Some(("memory", "")) => Ok(Self::Memory),
            Some(("sqlite", path)) if !path.is_empty() => Ok(Self::Sqlite(path.into())),
            Some(("postgres" | "postgresql", _)) => url.parse().map(Self::Postgres),
            _ => Err("it is none of memory:, sqlite:PATH and postgres://…".to_owned()),
        }
    }
}

/// Reads a database on the command line. A URL may hold a password, so one that is none is not repeated.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DatabaseParser;

impl TypedValueParser for DatabaseParser {
    type Value = Database;

    fn parse_ref(
        &self,
        command: &clap::Command,
        _: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<Database, clap::Error> {
        let database = value.to_str().ok_or_else(|| "it is not UTF-8".to_owned()).and_then(str::parse);
        database.map_err(|problem| {
            clap::Error::raw(ErrorKind::ValueValidation, format!("--db: {problem}\n")).with_cmd(command)
        })
    }
}

impl Database {
    /// What must be around everything that is done with it, if anything must.
    pub(crate) fn runtime(&self) -> Result<Option<Runtime>, Failure> {
        match self {
            Self::Memory | Self::Sqlite(_) => Ok(None),
            Self::Postgres(_) => {
                let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
                let failed = |error| Failure::Failed(format!("the system starts no threads: {error}"));
                runtime.map(Some).map_err(failed)
            }
        }
    }
}

/// How a store is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opening {
    /// As it is; an empty one is set up.
    AsItIs,
    /// Brought up to date first.
    Migrating,
}

/// How many changes may be committed at once: an import is faster in large sets, and who runs it from a terminal keeps
/// nobody waiting for long.
const SET_LIMIT: usize = 10_000;

/// The store a program run works on.
#[derive(Debug)]
pub(crate) struct Shell {
    database: Database,
    clock: HostClock,
    storage: Option<Arc<dyn Storage>>,
    crm: Option<Crm>,
}

impl Shell {
    /// A store that is not opened yet.
    pub(crate) fn new(database: Database) -> Self {
        Self { database, clock: HostClock::default(), storage: None, crm: None }
    }

    /// The CRM, at a moment that the clock is then held at.
    pub(crate) fn crm(&mut self, now: Option<&str>, opening: Opening) -> Result<&Crm, Failure> {
        // The organisation's zone is only known once the store is open, so the moment is read a second time then.
        self.clock.hold(now.map(|text| moment(text, chrono_tz::UTC)).transpose()?);
        let crm = match self.crm.take() {
            Some(crm) => crm,
            None => self.open(opening)?,
        };
        let zone = crm.organisation().zone();
        self.clock.hold(now.map(|text| moment(text, zone)).transpose()?);
        Ok(self.crm.insert(crm))
    }

    /// The CRM, if a command has opened it.
    pub(crate) const fn opened(&self) -> Option<&Crm> {
        self.crm.as_ref()
    }

    /// What the store holds, whether it can be opened or not.
    pub(crate) fn schema(&self) -> Result<Arc<Schema>, Failure> {
        Ok(crmkit::standard_schema().map_err(crmkit::Error::from)?)
    }

    /// Waits for what was begun and closes the store; the next command opens it again.
    pub(crate) fn release(&mut self) -> Result<(), Failure> {
        match (self.crm.take(), self.storage.take()) {
            (Some(crm), _) => Ok(block_on(crm.close())?),
            (None, Some(storage)) => Ok(block_on(storage.close())?),
            (None, None) => Ok(()),
        }
    }

    fn open(&mut self, opening: Opening) -> Result<Crm, Failure> {
        let builder = Crm::builder(self.storage(opening)?);
        Ok(block_on(builder.clock(self.clock.clone()).open())?)
    }

    /// The store itself, which need not be one that a CRM can be opened on yet.
    pub(crate) fn storage(&mut self, opening: Opening) -> Result<Arc<dyn Storage>, Failure> {
        let storage = match &self.storage {
            Some(storage) => Arc::clone(storage),
            None => self.open_storage(opening)?,
        };
        Ok(Arc::clone(self.storage.insert(storage)))
    }

    fn open_storage(&self, opening: Opening) -> Result<Arc<dyn Storage>, Failure> {
        let schema = self.schema()?;
        Ok(match &self.database {
            Database::Memory => Arc::new(MemoryStorage::new(schema)),
            Database::Sqlite(path) => {
                if path.is_dir() {
                    return Err(Failure::Failed(format!("`{}` is a directory; name a file", path.display())));
                }
                // A file with nothing in it is set up by whatever comes first; one with something in it is changed
                // only when that is asked for.
                let empty = std::fs::metadata(path).map_or(true, |file| file.len() == 0);
                let migrate = empty || opening == Opening::Migrating;
                let options = SqliteOptions { migrate, set_limit: SET_LIMIT, ..Default::default() };
                Arc::new(SqliteStorage::open(path, schema, options)?)
            }
            // A schema with nothing in it is set up by whatever comes first, as a file is.
            #[cfg(feature = "postgres")]
            Database::Postgres(server) => {
                let options = PostgresOptions { migrate: opening == Opening::Migrating, ..Default::default() };
                let storage = PostgresStorage::connect(&server.address, &server.schema, schema, options);
                Arc::new(block_on(storage)?)
            }
            #[cfg(not(feature = "postgres"))]
            Database::Postgres(_) => {
                let sentence = "this program is built without PostgreSQL; build it with `--features postgres`, \
                                or use memory: or sqlite:PATH";
                return Err(Failure::Failed(sentence.to_owned()));
            }
        })
    }

    /// Waits for what was begun.
    pub(crate) fn close(mut self) -> Result<(), Failure> {
        self.release()
    }
}

fn moment(text: &str, zone: chrono_tz::Tz) -> Result<Timestamp, Failure> {
    Timestamp::parse_in(text, zone).map_err(|error| Failure::Usage(format!("--now: {error}")))
}

/// The machine's clock, or a moment that it is held at.
#[derive(Debug, Clone)]
struct HostClock(Arc<AtomicI64>);

/// No moment: the machine's clock runs.
const RUNNING: i64 = i64::MIN;

impl Default for HostClock {
    fn default() -> Self {
        Self(Arc::new(AtomicI64::new(RUNNING)))
    }
}

impl HostClock {
    fn hold(&self, moment: Option<Timestamp>) {
        self.0.store(moment.map_or(RUNNING, Timestamp::as_micros), Ordering::SeqCst);
    }
}

impl Clock for HostClock {
    fn now(&self) -> Timestamp {
        match self.0.load(Ordering::SeqCst) {
            RUNNING => SystemClock.now(),
            micros => Timestamp::from_micros(micros).unwrap_or(Timestamp::EPOCH),
        }
    }
}
