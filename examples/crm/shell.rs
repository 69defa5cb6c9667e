//! The store a program run works on, opened when the first command needs it.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use crmkit::Crm;
use crmkit::clock::{Clock, SystemClock};
use crmkit::storage::{MemoryStorage, SqliteOptions, SqliteStorage};
use crmkit::value::Timestamp;
use pollster::block_on;

use crate::failure::Failure;

/// Where the data is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Database {
    /// In memory, for the length of one program run.
    Memory,
    /// In a file.
    Sqlite(PathBuf),
    /// On a server.
    Postgres,
}

impl FromStr for Database {
    type Err = String;

    fn from_str(url: &str) -> Result<Self, String> {
        match url.split_once(':') {
            Some(("memory", "")) => Ok(Self::Memory),
            Some(("sqlite", path)) if !path.is_empty() => Ok(Self::Sqlite(path.into())),
            Some(("postgres" | "postgresql", _)) => Ok(Self::Postgres),
            // A URL may hold a password, so it is not repeated.
            _ => Err("it is none of memory:, sqlite:PATH and postgres://…".to_owned()),
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

/// The store a program run works on.
#[derive(Debug)]
pub(crate) struct Shell {
    database: Database,
    clock: HostClock,
    crm: Option<Crm>,
}

impl Shell {
    /// A store that is not opened yet.
    pub(crate) fn new(database: Database) -> Self {
        Self { database, clock: HostClock::default(), crm: None }
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

    fn open(&self, opening: Opening) -> Result<Crm, Failure> {
        let schema = crmkit::standard_schema().map_err(crmkit::Error::from)?;
        let builder = match &self.database {
            Database::Memory => Crm::builder(MemoryStorage::new(schema)),
            Database::Sqlite(path) => {
                if path.is_dir() {
                    return Err(Failure::Failed(format!("`{}` is a directory; name a file", path.display())));
                }
                // A file with nothing in it is set up by whatever comes first; one with something in it is changed
                // only when that is asked for.
                let empty = std::fs::metadata(path).map_or(true, |file| file.len() == 0);
                let migrate = empty || opening == Opening::Migrating;
                let options = SqliteOptions { migrate, ..Default::default() };
                Crm::builder(SqliteStorage::open(path, schema, options)?)
            }
            Database::Postgres => {
                let sentence = "this program is built without PostgreSQL; use memory: or sqlite:PATH";
                return Err(Failure::Failed(sentence.to_owned()));
            }
        };
        Ok(block_on(builder.clock(self.clock.clone()).open())?)
    }

    /// Waits for what was begun.
    pub(crate) fn close(self) -> Result<(), Failure> {
        match self.crm {
            Some(crm) => Ok(block_on(crm.close())?),
            None => Ok(()),
        }
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
