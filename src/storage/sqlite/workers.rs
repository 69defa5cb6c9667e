//! Threads for reads that take longer than a caller's thread should wait.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};

use super::fault::closed;
use crate::storage::{Result, StorageError, StorageErrorKind};

type Job = Box<dyn FnOnce() + Send>;

/// A few threads that take jobs in turn. Dropping it interrupts what they do and ends them.
#[derive(Debug)]
pub(super) struct Workers {
    shared: Arc<Shared>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    /// Interrupts reads that are under way.
    stop: Arc<AtomicBool>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    arrived: Condvar,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    closed: bool,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shared")
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self) -> Option<Job> {
        let mut state = self.state();
        loop {
            if state.closed {
                return None;
            }
            if let Some(job) = state.jobs.pop_front() {
                return Some(job);
            }
            state = self.arrived.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Workers {
    /// Starts `count` threads, at least one.
    pub(super) fn start(count: usize, stop: Arc<AtomicBool>) -> Result<Self> {
        let workers = Self { shared: Arc::default(), threads: Mutex::default(), stop };
        for _ in 0..count.max(1) {
            let shared = Arc::clone(&workers.shared);
            let work = move || {
                while let Some(job) = shared.next() {
                    // The one who waits for a job that panics sees its answer gone; the others go on.
                    let _ = catch_unwind(AssertUnwindSafe(job));
                }
            };
            let thread = start_thread("crmkit-sqlite-read", work)?;
            workers.threads.lock().unwrap_or_else(PoisonError::into_inner).push(thread);
        }
        Ok(workers)
    }

    /// Has a thread do this and gives its result. Work that is told whether it is still wanted may end early.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Arc<AtomicBool>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (sender, receiver) = futures_channel::oneshot::channel();
        let given_up = GivenUp(Arc::default());
        let unwanted = Arc::clone(&given_up.0);
        let job: Job = Box::new(move || {
            if !unwanted.load(Ordering::Relaxed) {
                let _ = sender.send(work(&unwanted));
            }
        });
        {
            let mut state = self.shared.state();
            if state.closed {
                return Err(closed());
            }
            state.jobs.push_back(job);
        }
        self.shared.arrived.notify_one();
        receiver.await.unwrap_or_else(|_| Err(closed()))
    }

    /// Interrupts what the threads do and ends them; what was waiting is not done.
    pub(super) fn close(&self) {
        let waiting = {
            let mut state = self.shared.state();
            state.closed = true;
            std::mem::take(&mut state.jobs)
        };
        self.stop.store(true, Ordering::Relaxed);
        self.shared.arrived.notify_all();
        drop(waiting);
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            let _ = thread.join();
        }
    }
}

/// Tells the work that nobody waits for it, once whoever did is gone.
struct GivenUp(Arc<AtomicBool>);

impl Drop for GivenUp {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.close();
    }
}

/// Starts a thread with a name.
pub(super) fn start_thread(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>> {
    Builder::new().name(name.to_owned()).spawn(work).map_err(|error| {
        StorageError::new(StorageErrorKind::Unavailable, "the system starts no more threads").with_source(error)
    })
}
