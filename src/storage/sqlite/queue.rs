//! The sets that wait for the writer.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use futures_channel::oneshot;

use super::fault::closed;
use crate::change::{ChangeSet, Committed};
use crate::error::Refused;
use crate::storage::Result;

/// How many changes are committed together at most, so that nobody waits long for others.
const MAX_CHANGES: usize = 10_000;

/// A set that waits, and who waits for it.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) set: ChangeSet,
    /// What can be said against it without looking at the database.
    pub(super) problems: Vec<Refused>,
    pub(super) answer: oneshot::Sender<Result<Committed>>,
}

/// A bounded queue: many put sets in without blocking, one thread takes them out.
#[derive(Debug)]
pub(super) struct Queue {
    state: Mutex<State>,
    arrived: Condvar,
    capacity: usize,
}

#[derive(Debug, Default)]
struct State {
    jobs: VecDeque<Job>,
    /// Those who wait for room.
    waiting: Vec<oneshot::Sender<()>>,
    closed: bool,
}

impl Queue {
    pub(super) fn new(capacity: usize) -> Self {
        Self { state: Mutex::default(), arrived: Condvar::new(), capacity: capacity.max(1) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a set in, once there is room.
    pub(super) async fn push(&self, job: Job) -> Result<()> {
        let mut job = job;
        loop {
            let room = {
                let mut state = self.state();
                if state.closed {
                    return Err(closed());
                }
                if state.jobs.len() < self.capacity {
                    state.jobs.push_back(job);
                    None
                } else {
                    let (sender, room) = oneshot::channel();
                    state.waiting.push(sender);
                    Some((room, job))
                }
            };
            let Some((room, back)) = room else {
                self.arrived.notify_one();
                return Ok(());
            };
            job = back;
            // Whether it was told or the queue is gone, the next turn sees which.
            let _ = room.await;
        }
    }

    /// Takes out what is to be committed together, waiting for something; none once the queue is closed and empty.
    pub(super) fn take(&self) -> Option<Vec<Job>> {
        let mut state = self.state();
        while state.jobs.is_empty() {
            if state.closed {
                return None;
            }
            state = self.arrived.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let (mut taken, mut changes) = (Vec::new(), 0);
        while changes < MAX_CHANGES
            && let Some(job) = state.jobs.pop_front()
        {
            changes += job.set.changes.len().max(1);
            taken.push(job);
        }
        // All of them, since one that is told may have gone away meanwhile.
        for waiting in state.waiting.drain(..) {
            let _ = waiting.send(());
        }
        Some(taken)
    }

    /// Takes no more in; what is in is still taken out.
    pub(super) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        state.waiting.clear();
        self.arrived.notify_all();
    }

    /// How many sets wait.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.state().jobs.len()
    }

    /// Takes no more in and forgets what is in: the writer is gone.
    pub(super) fn abandon(&self) {
        self.close();
        let jobs = std::mem::take(&mut self.state().jobs);
        drop(jobs);
    }
}
