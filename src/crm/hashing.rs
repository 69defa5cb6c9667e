//! Hashing passwords on threads of its own: it takes long and much memory, and no caller's thread should wait for it.

use std::collections::VecDeque;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, available_parallelism};

use futures_channel::oneshot;

use crate::access::{HashParameters, PasswordHash};
use crate::error::{Result, StorageError, StorageErrorKind};

/// How many hashes may wait for their turn.
const MAX_WAITING: usize = 1_000;
/// How many hashes are made at the same time at most, each with its own memory.
const MAX_THREADS: usize = 4;

type Job = Box<dyn FnOnce() + Send>;

/// Threads that hash, started when there is something to do and ended when there is not.
#[derive(Default)]
pub(crate) struct Hashing {
    state: Arc<Mutex<State>>,
    done: Arc<AtomicU64>,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    threads: usize,
}

impl fmt::Debug for Hashing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hashing").field("done", &self.done).finish_non_exhaustive()
    }
}

/// Sixteen random bytes.
pub(crate) fn random() -> Result<[u8; 16]> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| {
        let problem = "the system gives no random numbers";
        StorageError::new(StorageErrorKind::Unavailable, problem).with_source(error)
    })?;
    Ok(bytes)
}

impl Hashing {
    /// How many hashes were made, to store one or to compare with one.
    pub(crate) fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    /// Hashes a password with a salt of its own.
    pub(crate) async fn make(&self, password: &str, parameters: HashParameters) -> Result<PasswordHash> {
        let (password, salt) = (password.to_owned(), random()?);
        self.run(move || PasswordHash::make(&password, &salt, &parameters)).await?
    }

    /// Whether a password is right. Where there is no hash it is not, which takes as long to find out.
    pub(crate) async fn matches(
        &self,
        hash: Option<PasswordHash>,
        password: &str,
        parameters: HashParameters,
    ) -> Result<bool> {
        let password = password.to_owned();
        let hash = hash.unwrap_or_else(|| PasswordHash::nobodys(&parameters));
        self.run(move || hash.matches(&password)).await
    }

    /// Has a thread do this and gives its result.
    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let (sender, receiver) = oneshot::channel();
        let done = Arc::clone(&self.done);
        self.add(Box::new(move || {
            // Nobody may be waiting any more.
            if !sender.is_canceled() {
                let result = work();
                done.fetch_add(1, Ordering::Relaxed);
                let _ = sender.send(result);
            }
        }))?;
        Ok(receiver.await.map_err(|_| StorageError::new(StorageErrorKind::Other, "a password could not be hashed"))?)
    }

    fn add(&self, job: Job) -> Result<()> {
        let mut state = lock(&self.state);
        if state.jobs.len() >= MAX_WAITING {
            let problem = "too many passwords are being checked; try again";
            return Err(StorageError::new(StorageErrorKind::Busy, problem).into());
        }
        state.jobs.push_back(job);
        let most = available_parallelism().map_or(1, usize::from).min(MAX_THREADS);
        if state.threads >= most {
            return Ok(());
        }
        let shared = Arc::clone(&self.state);
        match Builder::new().name("crmkit-hash".into()).spawn(move || work(&shared)) {
            Ok(_) => state.threads += 1,
            // Those that run take it, too.
            Err(_) if state.threads > 0 => {}
            Err(error) => {
                state.jobs.pop_back();
                let problem = "the system starts no more threads";
                return Err(StorageError::new(StorageErrorKind::Unavailable, problem).with_source(error).into());
            }
        }
        Ok(())
    }
}

fn work(shared: &Mutex<State>) {
    loop {
        let job = {
            let mut state = lock(shared);
            let Some(job) = state.jobs.pop_front() else {
                state.threads -= 1;
                return;
            };
            job
        };
        // The one who waits for a job that panics sees its answer gone; the others go on.
        let _ = catch_unwind(AssertUnwindSafe(job));
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_panics_takes_no_other_with_it_and_there_is_a_bound() {
        let hashing = Hashing::default();
        let lost = pollster::block_on(hashing.run(|| assert_ne!(std::thread::current().name(), Some("crmkit-hash"))));
        assert!(lost.is_err());
        assert_eq!(pollster::block_on(hashing.run(|| 7)).unwrap(), 7);
        let gate = Arc::new(Mutex::new(()));
        let closed = gate.lock().unwrap();
        let waiting = |_| {
            let gate = Arc::clone(&gate);
            hashing.add(Box::new(move || drop(gate.lock())))
        };
        let refused = (0..MAX_WAITING + MAX_THREADS + 1).map(waiting).filter(Result::is_err).count();
        assert!((1..=MAX_THREADS + 1).contains(&refused), "{refused}");
        drop(closed);
        while pollster::block_on(hashing.run(|| 8)).is_err() {}
    }
}
