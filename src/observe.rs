//! What a running program tells of itself: counters, and with the feature `tracing` spans and events.
//!
//! Neither names anybody: there are codes, counts and times in them, never a text that somebody has entered.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::crm::Crm;
use crate::dictionary::CacheStats;
use crate::error::{StorageError, StorageErrorKind};

/// What a [`Crm`] has done since it was opened, by all its clones and sessions.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::storage::MemoryStorage;
///
/// # pollster::block_on(async {
/// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// crm.system().customers().create(NewCustomer { number: "K1".into(), ..NewCustomer::new("Acme") }).await?;
/// let twice = crm.system().customers().create(NewCustomer { number: "K1".into(), ..NewCustomer::new("Bravo") }).await;
/// assert!(twice.is_err());
///
/// let stats = crm.stats();
/// assert_eq!((stats.committed, stats.refused, stats.conflicts, stats.waiting), (1, 1, 0, 0));
/// # Ok::<(), Error>(())
/// # })?;
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Stats {
    /// Sets of changes that were committed: one for each command, and those of jobs, imports and signing in.
    pub committed: u64,
    /// Sets that were refused for what they are, such as for a name that is taken.
    pub refused: u64,
    /// Sets that were refused because somebody had changed a record meanwhile: what they were for was decided again, or
    /// whoever asked was told to look again.
    pub conflicts: u64,
    /// Sets that the store was too busy for: tried again a few times, then given up.
    pub busy: u64,
    /// Sets that failed for another reason.
    pub failed: u64,
    /// Sets that are being committed at this moment, or wait for it.
    pub waiting: u64,
    /// Password hashes that were made, to store one or to compare with one.
    pub hashes: u64,
    /// What the cache of the dictionary has done.
    pub dictionary: CacheStats,
}

impl Crm {
    /// What was done so far: for a host's gauges. It costs some reads of memory.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let counters = self.counters();
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Stats {
            committed: read(&counters.committed),
            refused: read(&counters.refused),
            conflicts: read(&counters.conflicts),
            busy: read(&counters.busy),
            failed: read(&counters.failed),
            waiting: read(&counters.waiting),
            hashes: self.hashes_made(),
            dictionary: self.dictionary_cache().stats(),
        }
    }
}

/// The counters of a CRM.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    committed: AtomicU64,
    refused: AtomicU64,
    conflicts: AtomicU64,
    busy: AtomicU64,
    failed: AtomicU64,
    waiting: AtomicU64,
}

/// A set on its way; it waits until this is dropped, also where whoever asked has given up.
#[derive(Debug)]
pub(crate) struct OnItsWay<'a>(&'a Counters);

impl Counters {
    pub(crate) fn begin(&self) -> OnItsWay<'_> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        OnItsWay(self)
    }
}

impl OnItsWay<'_> {
    pub(crate) fn ended<T>(self, outcome: &Result<T, StorageError>) {
        let counter = match outcome {
            Ok(_) => &self.0.committed,
            Err(error) if error.is_conflict() => &self.0.conflicts,
            Err(error) if error.kind() == StorageErrorKind::Refused => &self.0.refused,
            Err(error) if error.kind() == StorageErrorKind::Busy => &self.0.busy,
            Err(_) => &self.0.failed,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

impl Drop for OnItsWay<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A command from its beginning to its end, with all its tries; told of when it is dropped.
#[derive(Debug)]
pub(crate) struct CommandTrace {
    #[cfg(feature = "tracing")]
    command: String,
    #[cfg(feature = "tracing")]
    begun: std::time::Instant,
    #[cfg(feature = "tracing")]
    retries: u64,
    #[cfg(feature = "tracing")]
    outcome: &'static str,
    /// The code of the error it ended with.
    #[cfg(feature = "tracing")]
    code: &'static str,
}

#[cfg(feature = "tracing")]
impl CommandTrace {
    pub(crate) fn begin(command: &str) -> Self {
        let (outcome, code) = ("given_up", "");
        Self { command: command.to_owned(), begun: std::time::Instant::now(), retries: 0, outcome, code }
    }

    pub(crate) const fn retried(&mut self) {
        self.retries += 1;
    }

    pub(crate) const fn done(&mut self) {
        self.outcome = "ok";
    }

    /// An error that is not the store's says no to the command, whatever is tried.
    pub(crate) fn ended(&mut self, code: &'static str) {
        let failed = code.starts_with("storage.") || code == "deadline";
        (self.outcome, self.code) = (if failed { "failed" } else { "refused" }, code);
    }
}

#[cfg(feature = "tracing")]
impl Drop for CommandTrace {
    fn drop(&mut self) {
        let (entity, action) = self.command.split_once('.').unwrap_or(("", &self.command));
        let (outcome, code, retries, elapsed_us) = (self.outcome, self.code, self.retries, micros(self.begun));
        tracing::info!(target: "crmkit::command", entity, action, outcome, code, retries, elapsed_us, "command");
    }
}

#[cfg(not(feature = "tracing"))]
impl CommandTrace {
    pub(crate) const fn begin(_: &str) -> Self {
        Self {}
    }

    pub(crate) const fn retried(&mut self) {}

    pub(crate) const fn done(&mut self) {}

    pub(crate) const fn ended(&mut self, _: &'static str) {}
}

/// Waits for a commit inside a span.
#[cfg(feature = "tracing")]
pub(crate) async fn commit<T>(command: &str, changes: usize, work: impl Future<Output = T>) -> T {
    use tracing::Instrument;
    work.instrument(tracing::debug_span!(target: "crmkit::commit", "commit", command, changes)).await
}

/// Waits for a commit.
#[cfg(not(feature = "tracing"))]
pub(crate) async fn commit<T>(_: &str, _: usize, work: impl Future<Output = T>) -> T {
    work.await
}

/// Waits for a report inside a span, and tells of it when it is over. The name is the crate's or the host's, never that
/// which a user gave to a report of his own.
#[cfg(feature = "tracing")]
pub(crate) async fn report<T, E>(name: &str, work: impl Future<Output = Result<T, E>>) -> Result<T, E>
where
    E: Coded,
{
    use tracing::Instrument;
    let begun = std::time::Instant::now();
    let ended = work.instrument(tracing::info_span!(target: "crmkit::report", "report", report = name)).await;
    let outcome = ended.as_ref().map_or_else(Coded::code, |_| "ok");
    tracing::info!(target: "crmkit::report", report = name, outcome, elapsed_us = micros(begun), "report");
    ended
}

/// Waits for a report.
#[cfg(not(feature = "tracing"))]
pub(crate) async fn report<T, E: Coded>(_: &str, work: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    work.await
}

/// Waits for a slot of a job inside a span, and tells how it ended. What a job says of itself may name somebody, so it is
/// not told.
#[cfg(feature = "tracing")]
pub(crate) async fn job<E>(
    job: &str,
    attempt: i64,
    work: impl Future<Output = Result<crate::crm::Ended, E>>,
) -> Result<crate::crm::Ended, E>
where
    E: Coded,
{
    use crate::crm::Ended;
    use tracing::Instrument;
    let begun = std::time::Instant::now();
    let ended = work.instrument(tracing::info_span!(target: "crmkit::job", "job", job, attempt)).await;
    let outcome = match &ended {
        Ok(Ended::Done(_)) => "ok",
        Ok(Ended::Failed(_)) => "failed",
        Ok(Ended::GivenUp(_)) => "given_up",
        Ok(Ended::Lost) => "lost",
        Err(error) => error.code(),
    };
    tracing::info!(target: "crmkit::job", job, attempt, outcome, elapsed_us = micros(begun), "job");
    ended
}

/// Waits for a slot of a job.
#[cfg(not(feature = "tracing"))]
pub(crate) async fn job<E: Coded>(
    _: &str,
    _: i64,
    work: impl Future<Output = Result<crate::crm::Ended, E>>,
) -> Result<crate::crm::Ended, E> {
    work.await
}

/// Tells that somebody tried to sign in, and what came of it; not who.
pub(crate) fn signed_in<T>(outcome: &crate::error::Result<T>) {
    #[cfg(feature = "tracing")]
    {
        let outcome = outcome.as_ref().map_or_else(Coded::code, |_| "ok");
        tracing::info!(target: "crmkit::sign_in", outcome, "sign-in");
    }
    #[cfg(not(feature = "tracing"))]
    let _ = outcome;
}

/// An error with a stable code.
#[cfg_attr(not(feature = "tracing"), allow(dead_code, reason = "nobody is told then"))]
pub(crate) trait Coded {
    fn code(&self) -> &'static str;
}

impl Coded for crate::error::Error {
    fn code(&self) -> &'static str {
        Self::code(self)
    }
}

#[cfg(feature = "tracing")]
fn micros(since: std::time::Instant) -> u64 {
    u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX)
}
