//! SQLite inside the process.
//!
//! One thread writes and commits the sets that wait for it together; reads that an index answers run on the caller's
//! thread, longer ones on a few threads of their own. It works under any async runtime and under none.
//!
//! Each entity is a table of its name: `id` (16 bytes), `version`, its fields and `custom` (JSON). Money, quantities
//! and rates are integers of their smallest unit, days are ISO 8601 text, moments microseconds since 1970 in UTC.
//! `crm_commit` has a row for each committed set, and `crm_meta` says who made the file. SQLite 3.37 is needed.

mod apply;
mod diagnose;
mod dialect;
mod fault;
mod folding;
mod inspect;
mod link;
mod migrate;
mod options;
mod queue;
mod reading;
#[cfg(feature = "backup")]
mod replace;
mod row;
mod source;
mod statements;
mod workers;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use async_trait::async_trait;
use futures_channel::oneshot;

use super::{NativeForm, Reader, Result, Storage, StorageError, StorageErrorKind};
use crate::change::{ChangeSet, Committed};
use crate::id::{RecordId, SetId};
use crate::query::{Aggregate, AggregateRow, Page, Query};
use crate::schema::{EntityDef, Record, Schema};
use fault::Fault;
use link::{Link, Purpose};
use migrate::Target;
pub use options::{SqliteOptions, Synchronous};
use queue::{Job, Queue};
use reading::{AggregateRead, PageRead};
#[cfg(feature = "backup")]
pub(crate) use replace::{Occupied, Step};
use source::{Held, Pool, Source};
use statements::Statements;
use workers::{Workers, start_thread};
use writer::Writer;

/// How many ids are looked up on the caller's thread.
const MAX_INLINE_IDS: usize = 64;

/// A store in a SQLite database: a file, or memory.
///
/// A commit is acknowledged once it is durable ([`SqliteOptions::synchronous`]); sets that arrive at the same time are
/// committed together, so that many writers are faster than one. Dropping the store, or [`close`](Self::close),
/// finishes what is queued.
///
/// # Examples
///
/// ```no_run
/// use crmkit::schema::Schema;
/// use crmkit::storage::{SqliteOptions, SqliteStorage};
///
/// let schema = Schema::builder().build()?;
/// let storage = SqliteStorage::open("crm.db", schema, SqliteOptions { migrate: true, ..Default::default() })?;
/// # let _ = storage;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct SqliteStorage {
    access: Access,
    target: Arc<Target>,
    /// None where the store is only read.
    queue: Option<Arc<Queue>>,
    writer: Mutex<Option<JoinHandle<()>>>,
    set_limit: usize,
    options: SqliteOptions,
}

impl SqliteStorage {
    /// Opens a database file. One that does not exist is made, unless the options say otherwise.
    ///
    /// # Errors
    ///
    /// [`StorageErrorKind::Foreign`] for what is no database, or another program's; [`StorageErrorKind::Newer`] for one
    /// that a newer program wrote; [`StorageErrorKind::Outdated`] if it lacks what the schema asks for (see
    /// [`migrate`](Self::migrate)); others if it can't be opened.
    pub fn open(path: impl AsRef<Path>, schema: Arc<Schema>, options: SqliteOptions) -> Result<Self> {
        let path = place(path.as_ref())?;
        let target = Target::new(&schema)?;
        target.check(&path, &options)?;
        let stop = Arc::new(AtomicBool::new(false));
        let writing = if options.read_only {
            None
        } else {
            Some(Arc::new(Held::new(Link::open(&path, &options, Purpose::Write, &stop)?)))
        };
        let pool = Pool::new(path, options.clone(), Arc::clone(&stop));
        Self::start(schema, target, Source::Pool(Arc::new(pool)), writing, stop, options)
    }

    /// An empty database in memory, which is gone when the store is dropped. A snapshot of it is a copy.
    ///
    /// # Errors
    ///
    /// [`StorageError`] if the system has no memory or starts no threads.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::schema::Schema;
    /// use crmkit::storage::SqliteStorage;
    ///
    /// let storage = SqliteStorage::in_memory(Schema::builder().build()?)?;
    /// # let _ = storage;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn in_memory(schema: Arc<Schema>) -> Result<Self> {
        let options = SqliteOptions::default();
        let target = Target::new(&schema)?;
        let stop = Arc::new(AtomicBool::new(false));
        let link = Link::memory(&options, &stop)?;
        target.create(&link.connection)?;
        // Such a database has one connection: the writer and all readers take turns at it.
        let held = Arc::new(Held::new(link));
        Self::start(schema, target, Source::Held(Arc::clone(&held)), Some(held), stop, options)
    }

    fn start(
        schema: Arc<Schema>,
        target: Target,
        source: Source,
        writing: Option<Arc<Held>>,
        stop: Arc<AtomicBool>,
        options: SqliteOptions,
    ) -> Result<Self> {
        let statements = Arc::new(Statements::new(&schema, &target.entities));
        let workers = Arc::new(Workers::start(options.workers, Arc::clone(&stop))?);
        let (mut queue, mut thread) = (None, None);
        if let Some(held) = writing {
            let waiting = Arc::new(Queue::new(options.queue));
            let writer = Writer {
                schema: Arc::clone(&schema),
                statements: Arc::clone(&statements),
                held,
                queue: Arc::clone(&waiting),
            };
            thread = Some(start_thread("crmkit-sqlite-write", move || writer.run())?);
            queue = Some(waiting);
        }
        let access = Access { schema, statements, source, workers, stop };
        let (target, writer, set_limit) = (Arc::new(target), Mutex::new(thread), options.set_limit);
        Ok(Self { access, target, queue, writer, set_limit, options })
    }

    /// Adds the tables, columns and indexes that a database lacks, all of them or none. Doing it again changes nothing.
    ///
    /// # Errors
    ///
    /// [`StorageErrorKind::Outdated`] with what has to be done by hand; otherwise as [`open`](Self::open).
    pub fn migrate(path: impl AsRef<Path>, schema: &Schema, options: &SqliteOptions) -> Result<()> {
        Ok(Target::new(schema)?.migrate(&place(path.as_ref())?, options)?)
    }

    /// The SQL that [`migrate`](Self::migrate) would run, for those who run it themselves; empty if nothing is missing.
    ///
    /// # Errors
    ///
    /// As [`migrate`](Self::migrate).
    pub fn migration_sql(path: impl AsRef<Path>, schema: &Schema, options: &SqliteOptions) -> Result<String> {
        Ok(Target::new(schema)?.migration_sql(&place(path.as_ref())?, options)?)
    }

    /// The SQL a query becomes, with the values of its marks below it as comments: to see which index it could use.
    ///
    /// # Errors
    ///
    /// [`StorageErrorKind::Invalid`] if the query does not fit the schema.
    pub fn query_sql(schema: &Schema, query: &Query) -> Result<String> {
        Ok(PageRead::new(query.prepare(schema)?)?.text())
    }

    /// The SQL that reads what an aggregate is computed from, as [`query_sql`](Self::query_sql).
    ///
    /// # Errors
    ///
    /// [`StorageErrorKind::Invalid`] if the request does not fit the schema.
    pub fn aggregate_sql(schema: &Schema, request: &Aggregate) -> Result<String> {
        Ok(AggregateRead::new(request.prepare(schema)?)?.text())
    }

    /// Makes sure that a file which nobody uses is a sound database for a schema; with
    /// [`migrate`](SqliteOptions::migrate) it is brought up to date first.
    #[cfg(feature = "backup")]
    pub(crate) fn check(path: &Path, schema: &Schema, options: &SqliteOptions) -> Result<()> {
        Ok(Target::new(schema)?.check_whole(path, options)?)
    }

    /// Finishes what is queued and closes the database. It blocks until that is done. Afterwards, commits and reads
    /// are refused as [`StorageErrorKind::Closed`].
    fn shut(&self) {
        if let Some(queue) = &self.queue {
            queue.close();
        }
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer {
            // A writer that panicked has told everybody who waited.
            let _ = writer.join();
        }
        self.access.workers.close();
        self.access.source.close();
    }
}

impl Drop for SqliteStorage {
    fn drop(&mut self) {
        if let Some(queue) = &self.queue {
            queue.close();
        }
        let writer = self.writer.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer {
            let _ = writer.join();
        }
    }
}

/// The path in a form in which SQLite takes it for nothing but a file.
fn place(path: &Path) -> Result<PathBuf> {
    if path.as_os_str().is_empty() || path == Path::new(":memory:") {
        let message = format!("`{}` names no file; give a path, or open the store in memory", path.display());
        return Err(StorageError::new(StorageErrorKind::Invalid, message));
    }
    std::path::absolute(path).map_err(|error| {
        let message = format!("`{}` is not a path from here; check the working directory", path.display());
        StorageError::new(StorageErrorKind::Unavailable, message).with_source(error)
    })
}

/// Reading, from whatever source.
#[derive(Debug, Clone)]
struct Access {
    schema: Arc<Schema>,
    statements: Arc<Statements>,
    source: Source,
    workers: Arc<Workers>,
    stop: Arc<AtomicBool>,
}

impl Access {
    /// Runs a read on a thread for long ones.
    async fn aside<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Link) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T> {
        let source = self.source.clone();
        self.workers.run(move || Ok(source.with(read)?)).await
    }

    /// Runs a read on the caller's thread, if it is brief and turns out to be.
    fn here<T>(&self, brief: bool, read: impl FnOnce(&Link) -> Result<T, Fault>) -> Option<Result<T>> {
        if !brief {
            return None;
        }
        self.source.briefly(read).map(|result| Ok(result?))
    }

    async fn get(&self, entity: &str, ids: &[RecordId]) -> Result<Vec<Record>> {
        let Some(sql) = self.statements.of(entity) else { return Ok(Vec::new()) };
        if let Some(result) = self.here(ids.len() <= MAX_INLINE_IDS, |link| reading::get(link, sql, ids)) {
            return result;
        }
        let (statements, name, ids) = (Arc::clone(&self.statements), sql.def.name.clone(), ids.to_vec());
        self.aside(move |link| match statements.of(&name) {
            Some(sql) => reading::get(link, sql, &ids),
            None => Ok(Vec::new()),
        })
        .await
    }

    async fn query(&self, query: &Query) -> Result<Page> {
        let read = PageRead::new(query.prepare(&self.schema)?)?;
        let brief = self.statements.of(&query.entity).is_some_and(|sql| read.is_brief(sql));
        if let Some(result) = self.here(brief, |link| read.run(link)) {
            return result;
        }
        self.aside(move |link| read.run(link)).await
    }

    async fn aggregate(&self, request: &Aggregate) -> Result<Vec<AggregateRow>> {
        let read = AggregateRead::new(request.prepare(&self.schema)?)?;
        self.aside(move |link| read.run(link)).await
    }
}

#[async_trait]
impl Reader for SqliteStorage {
    fn schema(&self) -> &Arc<Schema> {
        &self.access.schema
    }

    async fn get(&self, entity: &EntityDef, ids: &[RecordId]) -> Result<Vec<Record>> {
        self.access.get(&entity.name, ids).await
    }

    async fn query(&self, query: &Query) -> Result<Page> {
        self.access.query(query).await
    }

    async fn aggregate(&self, request: &Aggregate) -> Result<Vec<AggregateRow>> {
        self.access.aggregate(request).await
    }
}

#[async_trait]
impl Storage for SqliteStorage {
    async fn commit(&self, changes: &ChangeSet) -> Result<Committed> {
        changes.fits(self.set_limit)?;
        let Some(queue) = &self.queue else {
            let message = "the store was opened for reading only; open it without `read_only` to commit";
            return Err(StorageError::new(StorageErrorKind::ReadOnly, message));
        };
        let (answer, answered) = oneshot::channel();
        let problems = changes.problems(&self.access.schema);
        queue.push(Job { set: changes.clone(), problems, answer }).await?;
        answered.await.unwrap_or_else(|_| {
            let message = "the writer ended before it answered; look the set up by its id";
            Err(StorageError::new(StorageErrorKind::UnknownOutcome, message))
        })
    }

    async fn verify(&self) -> Result<Vec<String>> {
        let target = Arc::clone(&self.target);
        self.access.aside(move |link| target.verify(&link.connection)).await
    }

    async fn copy_to(&self, path: &Path) -> Result<Option<NativeForm>> {
        let (source, target, path) = (self.access.source.clone(), Arc::clone(&self.target), path.to_owned());
        let options = SqliteOptions { read_only: true, migrate: false, ..self.options.clone() };
        let work = move || {
            match source {
                // A connection of the pool may change nothing, not even another file.
                Source::Pool(pool) => pool.apart()?.copy_to(&path)?,
                Source::Held(held) => held.with(|link| link.copy_to(&path))?,
            }
            Ok(target.check_whole(&path, &options)?)
        };
        self.access.workers.run(work).await?;
        Ok(Some(NativeForm::Sqlite))
    }

    async fn close(&self) -> Result<()> {
        self.shut();
        Ok(())
    }

    async fn committed(&self, set: SetId) -> Result<Option<Committed>> {
        let look = move |link: &Link| Ok(writer::committed(link, set)?.map(Committed::replayed));
        match self.access.here(true, look) {
            Some(result) => result,
            None => self.access.aside(look).await,
        }
    }

    fn set_limit(&self) -> usize {
        self.set_limit
    }

    async fn snapshot(&self) -> Result<Box<dyn Reader>> {
        let held = match &self.access.source {
            Source::Pool(pool) => Held::pinned(Arc::clone(pool))?,
            // A database in memory has one connection, so a moment of it is kept as a copy.
            Source::Held(_) => {
                let (stop, options) = (Arc::clone(&self.access.stop), self.options.clone());
                self.access.aside(move |link| Ok(Held::new(link.copy(&options, &stop)?))).await?
            }
        };
        Ok(Box::new(SqliteSnapshot { access: Access { source: Source::Held(Arc::new(held)), ..self.access.clone() } }))
    }
}

/// Reads that all see one moment.
#[derive(Debug)]
struct SqliteSnapshot {
    access: Access,
}

#[async_trait]
impl Reader for SqliteSnapshot {
    fn schema(&self) -> &Arc<Schema> {
        &self.access.schema
    }

    async fn get(&self, entity: &EntityDef, ids: &[RecordId]) -> Result<Vec<Record>> {
        self.access.get(&entity.name, ids).await
    }

    async fn query(&self, query: &Query) -> Result<Page> {
        self.access.query(query).await
    }

    async fn aggregate(&self, request: &Aggregate) -> Result<Vec<AggregateRow>> {
        self.access.aggregate(request).await
    }
}

#[cfg(test)]
mod tests;
