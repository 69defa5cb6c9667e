//! How a PostgreSQL store is opened.

use std::time::Duration;

use crate::change::DEFAULT_SET_LIMIT;

/// How a [`PostgresStorage`](super::PostgresStorage) is opened.
///
/// The settings of the pool count only where the store makes its own; a host's pool is used as it is.
///
/// # Examples
///
/// ```
/// use crmkit::storage::PostgresOptions;
///
/// let options = PostgresOptions { max_connections: 20, ..Default::default() };
/// assert!(options.create);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostgresOptions {
    /// Whether a schema that does not exist, or is empty, is made.
    pub create: bool,
    /// Whether missing tables, columns and indexes are added while opening.
    pub migrate: bool,
    /// Whether the database is only read; commits are refused then.
    pub read_only: bool,
    /// How many changes a set may have.
    pub set_limit: usize,
    /// How many connections the pool opens at most. More than about twice the server's processors make it slower.
    pub max_connections: u32,
    /// How many connections the pool keeps open though nobody needs them.
    pub min_connections: u32,
    /// How long to wait for a connection, or for the server to answer at all.
    pub acquire_timeout: Duration,
    /// After which time a connection that nobody used is closed.
    pub idle_timeout: Duration,
    /// After which time a connection is replaced, whether it was used or not.
    pub max_lifetime: Duration,
    /// How long a statement may run; zero for as long as it takes.
    pub statement_timeout: Duration,
    /// How long a commit waits for records that another one holds; zero for as long as it takes.
    pub lock_timeout: Duration,
    /// After which time the server ends a transaction in which nothing happens, such as a forgotten snapshot; zero for
    /// never. It counts for connections of the store's own pool.
    pub idle_in_transaction_timeout: Duration,
    /// How much memory, in MiB, the server takes for one sorting or grouping of a statement before it writes to its disk
    /// (`work_mem`); zero for what the server is set to, which is 4 unless somebody changed it: too little for a report
    /// that adds up many thousand customers. It counts for connections of the store's own pool.
    pub work_memory: u32,
    /// Whether programs tell each other at once what they change of announced entities, such as the dictionary (NOTIFY
    /// and LISTEN). It takes one connection beside the pool.
    pub announce: bool,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self {
            create: true,
            migrate: false,
            read_only: false,
            set_limit: DEFAULT_SET_LIMIT,
            max_connections: 10,
            min_connections: 0,
            acquire_timeout: Duration::from_secs(5),
            idle_timeout: Duration::from_secs(600),
            max_lifetime: Duration::from_secs(1_800),
            statement_timeout: Duration::from_secs(30),
            lock_timeout: Duration::from_secs(5),
            idle_in_transaction_timeout: Duration::from_secs(300),
            work_memory: 32,
            announce: true,
        }
    }
}
