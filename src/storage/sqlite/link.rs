//! Connections: how they are opened, what they can do, and how long they may take.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::config::DbConfig;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};

use super::dialect::{ID, SEARCH};
use super::fault::Fault;
use super::folding::Tray;
use super::options::SqliteOptions;
use crate::query::fold_text;
use crate::storage::{StorageError, StorageErrorKind};

/// How many statements a connection keeps prepared.
const STATEMENTS: usize = 512;
/// How many pages the log may grow to before it is written back: fewer make group commits wait more often.
const LOG_PAGES: i64 = 16_000;
/// How many instructions pass between two looks at the budget.
const STRIDE: i32 = 1_000;
/// How many such strides a read may take on the caller's thread: well under a millisecond.
const INLINE_STRIDES: i64 = 40;

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Looking at a database that may not be ours, without changing it.
    Inspect,
    /// Making tables.
    Migrate,
    /// Committing.
    Write,
    /// Reading.
    Read,
}

/// One connection.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) connection: Connection,
    budget: Arc<AtomicI64>,
    /// Says whether whoever waits for what is read here has given up.
    unwanted: Arc<Mutex<Option<Arc<AtomicBool>>>>,
    /// Where a statement that folds an aggregate takes its work from.
    pub(super) tray: Tray,
}

impl Link {
    /// A connection to a file. Reads on it end early once `stop` is set.
    pub(super) fn open(
        path: &Path,
        options: &SqliteOptions,
        purpose: Purpose,
        stop: &Arc<AtomicBool>,
    ) -> Result<Self, Fault> {
        let mut flags = OpenFlags::SQLITE_OPEN_NO_MUTEX;
        flags |= match purpose {
            Purpose::Inspect => OpenFlags::SQLITE_OPEN_READ_ONLY,
            _ if options.read_only => OpenFlags::SQLITE_OPEN_READ_ONLY,
            Purpose::Migrate => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
            Purpose::Write | Purpose::Read => OpenFlags::SQLITE_OPEN_READ_WRITE,
        };
        let connection = Connection::open_with_flags(path, flags)?;
        let link = Self::prepare(connection, options, stop)?;
        if purpose == Purpose::Write {
            link.begin_log(options)?;
        }
        if purpose == Purpose::Read {
            link.connection.pragma_update(None, "query_only", true)?;
        }
        Ok(link)
    }

    /// A database of its own in memory.
    pub(super) fn memory(options: &SqliteOptions, stop: &Arc<AtomicBool>) -> Result<Self, Fault> {
        Self::prepare(Connection::open_in_memory()?, options, stop)
    }

    fn prepare(connection: Connection, options: &SqliteOptions, stop: &Arc<AtomicBool>) -> Result<Self, Fault> {
        connection.busy_timeout(options.busy_timeout)?;
        // Without these, a misspelt column in double quotes would silently be a text.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
        // Otherwise a statement is planned anew whenever a value is bound that statistics know something of.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "cache_size", -i64::from(options.cache_kib))?;
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        register(&connection)?;
        let tray = Tray::default();
        tray.register(&connection)?;
        let budget = Arc::new(AtomicI64::new(i64::MAX));
        let mut link = Self { connection, budget, unwanted: Arc::default(), tray };
        let (budget, unwanted, stop) = (Arc::clone(&link.budget), Arc::clone(&link.unwanted), Arc::clone(stop));
        let handler = move || {
            let given_up = || unwanted.lock().unwrap_or_else(PoisonError::into_inner).as_deref().is_some_and(is_set);
            budget.fetch_sub(1, Ordering::Relaxed) <= 0 || is_set(&stop) || given_up()
        };
        link.connection.progress_handler(STRIDE, Some(handler))?;
        Ok(link)
    }

    fn begin_log(&self, options: &SqliteOptions) -> Result<(), Fault> {
        let mode: String = self.connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
        if !mode.eq_ignore_ascii_case("wal") {
            let message = "the file system can't share memory between processes, which the write-ahead log needs; \
                           put the database on a local disk";
            return Err(StorageError::new(StorageErrorKind::Unavailable, message).into());
        }
        self.connection.pragma_update(None, "synchronous", options.synchronous.pragma())?;
        self.connection.pragma_update(None, "wal_autocheckpoint", LOG_PAGES)?;
        Ok(())
    }

    /// A database of its own in memory with the same content.
    pub(super) fn copy(&self, options: &SqliteOptions, stop: &Arc<AtomicBool>) -> Result<Self, Fault> {
        let mut copy = Connection::open_in_memory()?;
        {
            let backup = Backup::new(&self.connection, &mut copy)?;
            // All pages at once: nobody else waits for them.
            while let StepResult::More = backup.step(-1)? {}
        }
        Self::prepare(copy, options, stop)
    }

    /// Writes what it sees at one moment to a file that is empty or not there. Commits go on meanwhile, unseen.
    pub(super) fn copy_to(&self, path: &Path) -> Result<(), Fault> {
        let Some(name) = path.to_str() else {
            let message = format!("`{}` is not UTF-8; give the copy another name or folder", path.display());
            return Err(StorageError::new(StorageErrorKind::Invalid, message).into());
        };
        self.connection.execute("VACUUM INTO ?", [name])?;
        Ok(())
    }

    /// Runs reads that are interrupted if they take longer than a caller's thread should wait.
    pub(super) fn briefly<T>(&self, read: impl FnOnce(&Self) -> Result<T, Fault>) -> Result<T, Fault> {
        self.budget.store(INLINE_STRIDES, Ordering::Relaxed);
        let result = read(self);
        self.budget.store(i64::MAX, Ordering::Relaxed);
        result
    }

    /// Runs reads that are interrupted once nobody wants to know.
    pub(super) fn while_wanted<T>(
        &self,
        unwanted: &Arc<AtomicBool>,
        read: impl FnOnce(&Self) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.watch(Some(Arc::clone(unwanted)));
        let _watching = Watching(self);
        read(self)
    }

    fn watch(&self, unwanted: Option<Arc<AtomicBool>>) {
        *self.unwanted.lock().unwrap_or_else(PoisonError::into_inner) = unwanted;
    }

    /// Runs a statement without results that is prepared once.
    pub(super) fn run(&self, sql: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.execute([]).map(drop)
    }
}

/// Looks at nobody's wishes any more once it is dropped.
struct Watching<'a>(&'a Link);

impl Drop for Watching<'_> {
    fn drop(&mut self) {
        self.0.watch(None);
    }
}

fn is_set(flag: &AtomicBool) -> bool {
    flag.load(Ordering::Relaxed)
}

fn register(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_DIRECTONLY;
    connection.create_scalar_function(SEARCH, -1, flags, search)?;
    connection.create_scalar_function(ID, 1, flags, |context| {
        let parsed = context.get_raw(0).as_str().ok().and_then(|text| uuid::Uuid::try_parse(text).ok());
        Ok(parsed.map(|id| id.as_bytes().to_vec()))
    })
}

/// Whether every word of the first argument occurs in one of the other arguments.
fn search(context: &Context<'_>) -> rusqlite::Result<bool> {
    let ValueRef::Text(_) = context.get_raw(0) else { return Ok(false) };
    let words = context.get_raw(0).as_str()?;
    let mut texts = Vec::with_capacity(context.len());
    for place in 1..context.len() {
        if let ValueRef::Text(text) = context.get_raw(place) {
            texts.push(fold_text(&String::from_utf8_lossy(text)));
        }
    }
    Ok(words.split(' ').all(|word| texts.iter().any(|text| text.contains(word))))
}
