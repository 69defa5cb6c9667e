//! A PostgreSQL database, through sqlx on tokio.
//!
//! A store lives in one schema of a database, so that several organisations share a database without seeing each
//! other. Each entity is a table of its name: `id`, `version`, its fields, `custom` (JSON) and `folded~`, which holds
//! the form in which non-ASCII texts are searched where the server's own `lower` would make another. Money, quantities
//! and rates are integers of their smallest unit; text is compared by code point (`COLLATE "C"`). `crm_commit` has a
//! row for each committed set, and `crm_meta` says who made the tables. PostgreSQL 13 or later is needed, and a
//! database with the encoding UTF8.
//!
//! # What the server must be able to do
//!
//! There are no triggers, no functions and no statements over several schemas; every unique key and reference stays
//! inside the schema, and no constraint is told by its name. References are foreign keys that are looked at when the
//! transaction ends. So a server that spreads schemas over several machines will do as well.
//!
//! # Commits
//!
//! A set takes one statement for each kind of record it relies on, one to three for each it changes, and three for the
//! whole, however many records there are. Records it changes are locked (`FOR NO KEY UPDATE`, `FOR UPDATE` where it
//! deletes), records it relies on are shared (`FOR SHARE`), all in one order. The isolation is READ COMMITTED; a
//! set that met a deadlock or a race is tried again a few times and is refused as
//! [`Busy`](StorageErrorKind::Busy) then. An index holds texts of up to about 2,600 bytes; longer ones in indexed
//! fields are refused as [`TooLarge`](StorageErrorKind::TooLarge).
//!
//! # Announcements
//!
//! A commit that changes an [announced](crate::schema::Facts::announced) entity says so with NOTIFY on the channel that
//! has the schema's name; the payload is the entity's. The first [`watch`](Storage::watch) opens a connection beside the
//! pool that listens, and is opened again whenever it is lost. Where that does not work (PgBouncer that shares
//! connections by transaction, a replica), nothing is heard, and what is cached is as old as the cache allows. A server
//! that refuses NOTIFY needs [`announce`](PostgresOptions::announce) turned off.
//!
//! # The pool
//!
//! [`PostgresOptions`] has the settings and their defaults. A commit and a snapshot hold one connection each from
//! beginning to end, a read for the time of its statement. Connections are not tested before use: one that the server
//! closed meanwhile answers [`Unavailable`](StorageErrorKind::Unavailable) once and is replaced. Time-outs are sent
//! with the connection's options, which PgBouncer takes only with `ignore_startup_parameters = options`; behind it, or
//! with settings of one's own, hand over a pool with [`PostgresStorage::with_pool`]. Migrating needs a connection that
//! is not shared by transactions.

mod announce;
mod argument;
mod borders;
mod commit;
mod connections;
mod ddl;
mod diagnose;
mod dialect;
mod draft;
mod fault;
mod grouping;
mod inspect;
mod migrate;
mod options;
mod reading;
mod row;
mod statements;

use std::str::FromStr;
use std::sync::{Arc, Weak};
use std::time::Duration;

use async_trait::async_trait;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool, Transaction};
use tokio::sync::Mutex;

use super::{Reader, Result, Storage, StorageError, StorageErrorKind, Watcher};
use crate::change::{ChangeSet, Committed};
use crate::id::{RecordId, SetId};
use crate::query::{Aggregate, AggregateRow, Page, Query};
use crate::schema::{EntityDef, Record, Schema};
use announce::Listening;
use commit::Context;
use connections::{Begun, Connections, acquire};
use diagnose::{Diagnosis, diagnose};
use dialect::Postgres;
use fault::{Stop, explained, uncertain};
use grouping::AggregateRead;
use migrate::Target;
pub use options::PostgresOptions;
use reading::PageRead;
use statements::Statements;

/// How often a set is tried that others get in the way of.
const TRIES: u32 = 10;

/// A store in one schema of a PostgreSQL database.
///
/// # Examples
///
/// ```no_run
/// use crmkit::storage::{PostgresOptions, PostgresStorage};
///
/// # async fn open() -> Result<(), Box<dyn std::error::Error>> {
/// let url = "postgres://crm@localhost/crm";
/// let schema = crmkit::standard_schema()?;
/// let storage = PostgresStorage::connect(url, "acme", schema, PostgresOptions::default()).await?;
/// # let _ = storage;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct PostgresStorage {
    connections: Connections,
    shared: Arc<Shared>,
    options: PostgresOptions,
    listening: Listening,
}

/// What the store and its snapshots share.
#[derive(Debug)]
struct Shared {
    schema: Arc<Schema>,
    dialect: Postgres,
    statements: Statements,
    target: Target,
    /// Begins a transaction that writes.
    begin: Arc<str>,
    /// Begins a transaction that keeps seeing one moment.
    pin: Arc<str>,
}

impl PostgresStorage {
    /// Connects to the database at an address such as `postgres://user:password@host/database` and opens the schema
    /// `namespace` of it, which is made if it does not exist, unless the options say otherwise.
    ///
    /// # Errors
    ///
    /// [`StorageErrorKind::Unavailable`] if no server answers in time; [`StorageErrorKind::Denied`] if it refuses the
    /// user; [`StorageErrorKind::Unsupported`] if it is too old; [`StorageErrorKind::Foreign`] for a schema with
    /// another program's tables; [`StorageErrorKind::Newer`] for one that a newer program wrote;
    /// [`StorageErrorKind::Outdated`] if it lacks what the entities ask for (see [`migrate`](Self::migrate));
    /// [`StorageErrorKind::Invalid`] for what is no address or no name.
    pub async fn connect(url: &str, namespace: &str, schema: Arc<Schema>, options: PostgresOptions) -> Result<Self> {
        Self::connect_with(parsed(url)?, namespace, schema, options).await
    }

    /// Connects with sqlx's own options, for what an address can't say.
    ///
    /// # Errors
    ///
    /// As [`connect`](Self::connect).
    pub async fn connect_with(
        server: PgConnectOptions,
        namespace: &str,
        schema: Arc<Schema>,
        options: PostgresOptions,
    ) -> Result<Self> {
        let server = configured(server, &options);
        let mut connection = reach(&server, &options).await?;
        let shared = Shared::new(namespace, schema, &options)?;
        shared.target.check(&mut connection, &options).await?;
        // The pool makes its own; a broken farewell changes nothing.
        let _ = connection.close().await;
        let pool = PgPoolOptions::new()
            .max_connections(options.max_connections.max(1))
            .min_connections(options.min_connections)
            .acquire_timeout(options.acquire_timeout)
            .idle_timeout(options.idle_timeout)
            .max_lifetime(options.max_lifetime)
            .test_before_acquire(false)
            .connect_lazy_with(server);
        let (connections, shared) = (Connections::own(pool), Arc::new(shared));
        Ok(Self { connections, shared, options, listening: Listening::default() })
    }

    /// Opens the schema `namespace` on the host's own pool, whose settings stay as they are. Closing the store leaves
    /// the pool open: it may serve many.
    ///
    /// # Errors
    ///
    /// As [`connect`](Self::connect).
    pub async fn with_pool(
        pool: PgPool,
        namespace: &str,
        schema: Arc<Schema>,
        options: PostgresOptions,
    ) -> Result<Self> {
        let shared = Shared::new(namespace, schema, &options)?;
        let mut connection = acquire(&pool).await?;
        shared.target.check(&mut connection, &options).await?;
        drop(connection);
        let (connections, shared) = (Connections::of_host(pool), Arc::new(shared));
        Ok(Self { connections, shared, options, listening: Listening::default() })
    }

    /// Adds the schema, tables, columns, references and indexes that a database lacks. Doing it again changes nothing,
    /// and processes that do it at the same time wait for each other.
    ///
    /// Tables, columns and references are added all or none, with locks that last a moment; indexes on tables that were
    /// there are made, and their references looked at, while others read and write.
    ///
    /// # Errors
    ///
    /// [`StorageErrorKind::Outdated`] with what has to be done by hand; otherwise as [`connect`](Self::connect).
    pub async fn migrate(url: &str, namespace: &str, schema: &Schema, options: &PostgresOptions) -> Result<()> {
        let (mut connection, target) = reach_target(url, namespace, schema, options).await?;
        target.migrate(&mut connection).await
    }

    /// The SQL that [`migrate`](Self::migrate) would run, for those who run it themselves; empty if nothing is missing.
    ///
    /// # Errors
    ///
    /// As [`migrate`](Self::migrate).
    pub async fn migration_sql(
        url: &str,
        namespace: &str,
        schema: &Schema,
        options: &PostgresOptions,
    ) -> Result<String> {
        let (mut connection, target) = reach_target(url, namespace, schema, options).await?;
        target.migration_sql(&mut connection).await
    }

    /// The SQL a query becomes, with the values of its marks below it as comments: to see which index it could use.
    ///
    /// # Errors
    ///
    /// [`StorageErrorKind::Invalid`] if the query does not fit the schema.
    pub fn query_sql(&self, query: &Query) -> Result<String> {
        Ok(PageRead::new(&self.shared.dialect, query.prepare(&self.shared.schema)?)?.text())
    }

    /// The SQL that an aggregate becomes, as [`query_sql`](Self::query_sql). Where the answer does not tell all that is
    /// asked, further SQL is run: if groups are equal to the last that is wanted, or moments lie far away.
    ///
    /// # Errors
    ///
    /// [`StorageErrorKind::Invalid`] if the request does not fit the schema.
    pub fn aggregate_sql(&self, request: &Aggregate) -> Result<String> {
        Ok(AggregateRead::new(&self.shared.dialect, request.prepare(&self.shared.schema)?)?.text())
    }

    /// Makes all changes of a set inside a transaction that the host has begun, or none. They count once the host
    /// commits, and are gone if he does not. After a refusal, the transaction goes on as if nothing had been asked.
    ///
    /// All deferred constraints are looked at here, the host's own too, and deferred again.
    ///
    /// # Errors
    ///
    /// As [`commit`](Storage::commit), except that an unknown outcome is the host's to find out.
    pub async fn commit_in(
        &self,
        transaction: &mut Transaction<'_, sqlx::Postgres>,
        set: &ChangeSet,
    ) -> Result<Committed> {
        self.fit(set)?;
        let context = self.context();
        let mut trouble = None;
        for _ in 0..TRIES {
            let mut savepoint = transaction.begin().await.map_err(explained)?;
            let mut tried = commit::attempt(&mut savepoint, context, set).await;
            if tried.is_ok()
                && let Err(stop) = commit::settle(&mut savepoint).await
            {
                tried = Err(stop);
            }
            match tried {
                Ok(committed) => {
                    savepoint.commit().await.map_err(explained)?;
                    return Ok(committed);
                }
                Err(Stop::Refused) => {
                    savepoint.rollback().await.map_err(explained)?;
                    match diagnose(transaction, context, set).await? {
                        Diagnosis::Replayed(committed) => return Ok(committed),
                        Diagnosis::Refused(error) => return Err(error),
                        Diagnosis::Fine => trouble = None,
                    }
                }
                Err(Stop::Again(error)) => {
                    // After a deadlock the server gave up this savepoint only.
                    savepoint.rollback().await.map_err(explained)?;
                    trouble = Some(error);
                }
                Err(Stop::Fault(error)) => {
                    // The error is what matters; the host's transaction may be lost as well.
                    let _ = savepoint.rollback().await;
                    return Err(error);
                }
            }
        }
        Err(trouble.unwrap_or_else(restless))
    }

    fn context(&self) -> Context<'_> {
        let (shared, announces) = (&*self.shared, self.options.announce);
        Context { schema: &shared.schema, statements: &shared.statements, dialect: &shared.dialect, announces }
    }

    fn fit(&self, set: &ChangeSet) -> Result<()> {
        set.fits(self.options.set_limit)?;
        if self.options.read_only {
            let message = "the store was opened for reading only; open it without `read_only` to commit";
            return Err(StorageError::new(StorageErrorKind::ReadOnly, message));
        }
        Ok(())
    }

    async fn attempt(&self, set: &ChangeSet) -> Result<Committed, Stop> {
        let (connection, _begun) = self.connections.take().await?;
        let mut transaction = begin(connection, &self.shared.begin).await?;
        match commit::attempt(&mut transaction, self.context(), set).await {
            Ok(committed) => {
                transaction.commit().await.map_err(uncertain)?;
                Ok(committed)
            }
            Err(stop) => {
                // What is not undone here is undone when the connection goes back or ends.
                let _ = transaction.rollback().await;
                Err(stop)
            }
        }
    }

    async fn pinned(&self) -> Result<(Transaction<'static, sqlx::Postgres>, Begun)> {
        let (connection, begun) = self.connections.take().await?;
        let mut transaction = begin(connection, &self.shared.pin).await.map_err(explained)?;
        // A transaction begins to see one moment with its first read.
        sqlx::raw_sql("SELECT 1").execute(&mut *transaction).await.map_err(explained)?;
        Ok((transaction, begun))
    }
}

impl Shared {
    fn new(namespace: &str, schema: Arc<Schema>, options: &PostgresOptions) -> Result<Self> {
        let dialect = Postgres { schema: namespace.to_owned() };
        let target = Target::new(&schema, &dialect)?;
        let statements = Statements::new(&schema, namespace, &target.entities);
        let limits = format!(
            "SET LOCAL statement_timeout = {}; SET LOCAL lock_timeout = {}",
            options.statement_timeout.as_millis(),
            options.lock_timeout.as_millis()
        );
        Ok(Self {
            begin: format!("BEGIN ISOLATION LEVEL READ COMMITTED; {limits}").into(),
            pin: format!("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {limits}").into(),
            schema,
            dialect,
            statements,
            target,
        })
    }

    async fn get(&self, connection: &mut PgConnection, entity: &str, ids: &[RecordId]) -> Result<Vec<Record>> {
        match self.statements.of(entity) {
            Some(sql) => reading::get(connection, sql, ids).await,
            None => Ok(Vec::new()),
        }
    }

    fn page(&self, query: &Query) -> Result<PageRead> {
        Ok(PageRead::new(&self.dialect, query.prepare(&self.schema)?)?)
    }

    fn sums(&self, request: &Aggregate) -> Result<AggregateRead> {
        Ok(AggregateRead::new(&self.dialect, request.prepare(&self.schema)?)?)
    }
}

#[async_trait]
impl Reader for PostgresStorage {
    fn schema(&self) -> &Arc<Schema> {
        &self.shared.schema
    }

    async fn get(&self, entity: &EntityDef, ids: &[RecordId]) -> Result<Vec<Record>> {
        let (mut connection, _begun) = self.connections.take().await?;
        self.shared.get(&mut connection, &entity.name, ids).await
    }

    async fn query(&self, query: &Query) -> Result<Page> {
        let read = self.shared.page(query)?;
        let (mut connection, _begun) = self.connections.take().await?;
        read.run(&mut connection).await
    }

    async fn aggregate(&self, request: &Aggregate) -> Result<Vec<AggregateRow>> {
        let read = self.shared.sums(request)?;
        let (mut connection, _begun) = self.connections.take().await?;
        read.run(&mut connection).await
    }
}

#[async_trait]
impl Storage for PostgresStorage {
    async fn commit(&self, changes: &ChangeSet) -> Result<Committed> {
        self.fit(changes)?;
        let mut trouble = None;
        for attempt in 0..TRIES {
            match self.attempt(changes).await {
                Ok(committed) => return Ok(committed),
                Err(Stop::Fault(error)) => return Err(error),
                Err(Stop::Again(error)) => {
                    trouble = Some(error);
                    tokio::time::sleep(Duration::from_millis(u64::from(attempt))).await;
                }
                Err(Stop::Refused) => {
                    let (mut moment, _begun) = self.pinned().await?;
                    let found = diagnose(&mut moment, self.context(), changes).await?;
                    // It has only read.
                    let _ = moment.rollback().await;
                    match found {
                        Diagnosis::Replayed(committed) => return Ok(committed),
                        Diagnosis::Refused(error) => return Err(error),
                        Diagnosis::Fine => trouble = None,
                    }
                }
            }
        }
        Err(trouble.unwrap_or_else(restless))
    }

    async fn committed(&self, set: SetId) -> Result<Option<Committed>> {
        let (mut connection, _begun) = self.connections.take().await?;
        commit::committed(&mut connection, &self.shared.statements, set).await
    }

    fn set_limit(&self) -> usize {
        self.options.set_limit
    }

    async fn snapshot(&self) -> Result<Box<dyn Reader>> {
        let (transaction, begun) = self.pinned().await?;
        let (transaction, shared) = (Mutex::new(transaction), Arc::clone(&self.shared));
        Ok(Box::new(PostgresSnapshot { transaction, shared, _begun: begun }))
    }

    fn watch(&self, watcher: Weak<dyn Watcher>) {
        if self.options.announce {
            self.listening.add(watcher, self.connections.options(), &self.shared.dialect.schema);
        }
    }

    async fn verify(&self) -> Result<Vec<String>> {
        let (mut connection, _begun) = self.connections.take().await?;
        self.shared.target.verify(&mut connection).await
    }

    async fn close(&self) -> Result<()> {
        self.listening.stop();
        self.connections.close().await;
        Ok(())
    }
}

/// Reads that all see one moment; they take turns.
#[derive(Debug)]
struct PostgresSnapshot {
    transaction: Mutex<Transaction<'static, sqlx::Postgres>>,
    shared: Arc<Shared>,
    _begun: Begun,
}

#[async_trait]
impl Reader for PostgresSnapshot {
    fn schema(&self) -> &Arc<Schema> {
        &self.shared.schema
    }

    async fn get(&self, entity: &EntityDef, ids: &[RecordId]) -> Result<Vec<Record>> {
        self.shared.get(&mut *self.transaction.lock().await, &entity.name, ids).await
    }

    async fn query(&self, query: &Query) -> Result<Page> {
        self.shared.page(query)?.run(&mut *self.transaction.lock().await).await
    }

    async fn aggregate(&self, request: &Aggregate) -> Result<Vec<AggregateRow>> {
        self.shared.sums(request)?.run(&mut *self.transaction.lock().await).await
    }
}

/// Begins a transaction, in a task of its own, which goes on to the end when nobody waits for it any more: of a beginning
/// that is given up the driver does not know whether the server has made it, and would hand the connection on as it is,
/// so that the next one reads in a transaction he knows nothing of.
async fn begin(
    connection: PoolConnection<sqlx::Postgres>,
    sql: &Arc<str>,
) -> sqlx::Result<Transaction<'static, sqlx::Postgres>> {
    let sql = sqlx::SqlSafeStr::into_sql_str(AssertSqlSafe(Arc::clone(sql)));
    let beginning = tokio::spawn(Transaction::begin(connection, Some(sql)));
    beginning.await.unwrap_or(Err(sqlx::Error::WorkerCrashed))
}

fn parsed(url: &str) -> Result<PgConnectOptions> {
    // The driver takes any scheme, and would look for a server of this kind at the address of another.
    if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
        let message = "the address is not one of a database, such as postgres://user@host/name";
        return Err(StorageError::new(StorageErrorKind::Invalid, message));
    }
    PgConnectOptions::from_str(url).map_err(explained)
}

/// The time-outs that the server itself keeps, and how much memory it takes.
fn configured(server: PgConnectOptions, options: &PostgresOptions) -> PgConnectOptions {
    let limits = [
        ("statement_timeout", options.statement_timeout),
        ("lock_timeout", options.lock_timeout),
        ("idle_in_transaction_session_timeout", options.idle_in_transaction_timeout),
    ];
    let limits = limits.map(|(name, limit)| (name, limit.as_millis().to_string()));
    let named = server.get_application_name().is_some();
    // The server takes no number that is much larger.
    let memory = options.work_memory.min(2_000_000);
    let memory = (memory > 0).then(|| ("work_mem", format!("{memory}MB")));
    let server = server.options(limits.into_iter().chain(memory)).statement_cache_capacity(500);
    if named { server } else { server.application_name("crmkit") }
}

/// The first connection, which shows what is wrong where something is.
async fn reach(server: &PgConnectOptions, options: &PostgresOptions) -> Result<PgConnection> {
    match tokio::time::timeout(options.acquire_timeout, PgConnection::connect_with(server)).await {
        Ok(connection) => connection.map_err(explained),
        Err(elapsed) => {
            let message = "the server did not answer in time; check its address, and that it runs";
            Err(StorageError::new(StorageErrorKind::Unavailable, message).with_source(elapsed))
        }
    }
}

async fn reach_target(
    url: &str,
    namespace: &str,
    schema: &Schema,
    options: &PostgresOptions,
) -> Result<(PgConnection, Target)> {
    let target = Target::new(schema, &Postgres { schema: namespace.to_owned() })?;
    let server = parsed(url)?;
    Ok((reach(&configured(server, options), options).await?, target))
}

fn restless() -> StorageError {
    let message = "the records of the set are changed by others all the time; try again";
    StorageError::new(StorageErrorKind::Busy, message)
}
