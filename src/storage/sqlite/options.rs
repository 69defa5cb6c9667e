//! How a SQLite store is opened.

use std::time::Duration;

use crate::change::DEFAULT_SET_LIMIT;

/// When a commit counts as done.
///
/// # Examples
///
/// ```
/// use crmkit::storage::{SqliteOptions, Synchronous};
///
/// // Faster, and a power cut may lose the last commits.
/// let options = SqliteOptions { synchronous: Synchronous::Normal, ..Default::default() };
/// assert_eq!(SqliteOptions::default().synchronous, Synchronous::Full);
/// # let _ = options;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Synchronous {
    /// Once the disk has it: an acknowledged commit survives a power cut.
    #[default]
    Full,
    /// Once the system has it: a power cut may lose the last commits, but damages nothing.
    Normal,
    /// At once: a power cut may damage the database. For data that can be made again.
    Off,
}

impl Synchronous {
    pub(super) const fn pragma(self) -> &'static str {
        match self {
            Self::Full => "FULL",
            Self::Normal => "NORMAL",
            Self::Off => "OFF",
        }
    }
}

/// How a [`SqliteStorage`](super::SqliteStorage) is opened.
///
/// # Examples
///
/// ```
/// use crmkit::storage::SqliteOptions;
///
/// let options = SqliteOptions { migrate: true, ..Default::default() };
/// assert!(options.create);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqliteOptions {
    /// Whether a file that does not exist is made.
    pub create: bool,
    /// Whether missing tables, columns and indexes are added while opening.
    pub migrate: bool,
    /// Whether the database is only read; commits are refused then.
    pub read_only: bool,
    /// When a commit counts as done.
    pub synchronous: Synchronous,
    /// How long to wait for another process that is writing.
    pub busy_timeout: Duration,
    /// The page cache of each connection, in KiB.
    pub cache_kib: u32,
    /// How many sets may wait for the writer; further commits wait before they are queued.
    pub queue: usize,
    /// How many changes a set may have.
    pub set_limit: usize,
    /// How many threads answer what takes longer than a look into an index.
    pub workers: usize,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self {
            create: true,
            migrate: false,
            read_only: false,
            synchronous: Synchronous::Full,
            busy_timeout: Duration::from_secs(5),
            cache_kib: 16 * 1024,
            queue: 1024,
            set_limit: DEFAULT_SET_LIMIT,
            workers: 2,
        }
    }
}
