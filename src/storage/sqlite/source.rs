//! Where reads get a connection from.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};

use super::fault::{Fault, closed};
use super::link::{Link, Purpose};
use super::options::SqliteOptions;

/// How many idle connections are kept.
const MAX_IDLE: usize = 16;

/// Read connections to one file, opened as they are needed.
#[derive(Debug)]
pub(super) struct Pool {
    path: PathBuf,
    options: SqliteOptions,
    stop: Arc<AtomicBool>,
    idle: Mutex<Vec<Link>>,
}

impl Pool {
    pub(super) fn new(path: PathBuf, options: SqliteOptions, stop: Arc<AtomicBool>) -> Self {
        Self { path, options, stop, idle: Mutex::default() }
    }

    pub(super) fn take(&self) -> Result<Link, Fault> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(closed().into());
        }
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        match idle {
            Some(link) => Ok(link),
            None => Link::open(&self.path, &self.options, Purpose::Read, &self.stop),
        }
    }

    /// A connection of its own, for what takes long and is not done often.
    pub(super) fn apart(&self) -> Result<Link, Fault> {
        Link::open(&self.path, &self.options, Purpose::Inspect, &self.stop)
    }

    pub(super) fn put(&self, link: Link) {
        // What is still open here was left by an error; such a connection is not worth mending.
        if !link.connection.is_autocommit() {
            return;
        }
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < MAX_IDLE && !self.stop.load(Ordering::Relaxed) {
            idle.push(link);
        }
    }

    /// Closes the connections that nobody uses, and opens no more.
    fn close(&self) {
        self.stop.store(true, Ordering::Relaxed);
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// One connection that its users take turns at.
#[derive(Debug)]
pub(super) struct Held {
    link: Mutex<Option<Link>>,
    /// Where it came from and goes back to.
    home: Option<Arc<Pool>>,
}

impl Held {
    pub(super) fn new(link: Link) -> Self {
        Self { link: Mutex::new(Some(link)), home: None }
    }

    /// A connection of a pool that keeps seeing this moment.
    pub(super) fn pinned(home: Arc<Pool>) -> Result<Self, Fault> {
        let link = home.take()?;
        link.run("BEGIN")?;
        // A transaction begins to see one moment with its first read.
        link.connection.prepare_cached("SELECT 1 FROM crm_meta")?.exists([])?;
        Ok(Self { link: Mutex::new(Some(link)), home: Some(home) })
    }

    pub(super) fn with<T>(&self, work: impl FnOnce(&Link) -> Result<T, Fault>) -> Result<T, Fault> {
        // A user that panics leaves nothing behind but, at worst, an open transaction, which the next one finds.
        match &*self.link.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(link) => work(link),
            None => Err(closed().into()),
        }
    }

    /// Closes the connection once its user is done.
    pub(super) fn close(&self) {
        self.link.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let link = self.link.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if let (Some(link), Some(home)) = (link, &self.home)
            && link.run("ROLLBACK").is_ok()
        {
            home.put(link);
        }
    }
}

/// Where reads get a connection from: any of a pool, or one in particular.
#[derive(Debug, Clone)]
pub(super) enum Source {
    Pool(Arc<Pool>),
    Held(Arc<Held>),
}

impl Source {
    /// Closes the connections.
    pub(super) fn close(&self) {
        match self {
            Self::Pool(pool) => pool.close(),
            Self::Held(held) => held.close(),
        }
    }

    /// Runs a read, waiting for the connection if need be.
    pub(super) fn with<T>(&self, read: impl FnOnce(&Link) -> Result<T, Fault>) -> Result<T, Fault> {
        match self {
            Self::Pool(pool) => {
                let link = pool.take()?;
                let result = read(&link);
                pool.put(link);
                result
            }
            Self::Held(held) => held.with(read),
        }
    }

    /// Runs a read that must be brief; none if the connection is busy or the read takes too long.
    pub(super) fn briefly<T>(&self, read: impl FnOnce(&Link) -> Result<T, Fault>) -> Option<Result<T, Fault>> {
        let result = match self {
            Self::Pool(_) => self.with(|link| link.briefly(read)),
            Self::Held(held) => match held.link.try_lock() {
                Ok(guard) => guard.as_ref().map_or_else(|| Err(closed().into()), |link| link.briefly(read)),
                Err(TryLockError::Poisoned(_) | TryLockError::WouldBlock) => return None,
            },
        };
        match result {
            Err(fault) if fault.is_interrupted() => None,
            result => Some(result),
        }
    }
}
