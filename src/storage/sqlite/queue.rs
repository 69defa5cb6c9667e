//! What waits for the writer, what is committed together, and who is answered what. It knows nothing of databases and
//! threads, so that a test can try every order of events.

use std::collections::VecDeque;
use std::sync::PoisonError;

use futures_channel::oneshot;

use super::sync::{Condvar, Mutex, MutexGuard};

/// How much is committed together at most, so that nobody waits long for others.
const MAX_WEIGHT: usize = 10_000;

/// A set that waits, and who waits for it.
#[derive(Debug)]
pub(super) struct Job<S, A> {
    pub(super) set: S,
    pub(super) answer: oneshot::Sender<A>,
}

/// Nothing is taken in any more.
#[derive(Debug)]
pub(super) struct Closed;

/// Why a transaction is lost, with everything in it.
#[derive(Debug)]
pub(super) enum Lost<F> {
    /// It could not begin, and it would be no different for each set alone.
    Begin(F),
    /// It could not go on or not end. One of the sets may be to blame.
    Later(F),
}

/// What commits the sets.
pub(super) trait Committer {
    type Set;
    type Answer;
    type Fault;

    /// How much work a set is.
    fn weight(set: &Self::Set) -> usize;

    /// Commits sets in one transaction, and gives the answer for each, in their order.
    fn together(&self, jobs: &[Job<Self::Set, Self::Answer>]) -> Result<Vec<Self::Answer>, Lost<Self::Fault>>;

    /// So many answers that say why nothing came of it.
    fn refusals(&self, fault: Self::Fault, count: usize) -> Vec<Self::Answer>;
}

/// A bounded queue: many put sets in without blocking, one thread takes them out.
#[derive(Debug)]
pub(super) struct Queue<S, A> {
    state: Mutex<State<S, A>>,
    arrived: Condvar,
    capacity: usize,
}

#[derive(Debug)]
struct State<S, A> {
    jobs: VecDeque<Job<S, A>>,
    /// Those who wait for room.
    waiting: Vec<oneshot::Sender<()>>,
    closed: bool,
}

/// Leaves nobody waiting for a writer that is gone, whatever ended it.
struct Farewell<'a, S, A>(&'a Queue<S, A>);

impl<S, A> Drop for Farewell<'_, S, A> {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

/// Commits what comes until the queue is closed and empty.
pub(super) fn serve<C: Committer>(queue: &Queue<C::Set, C::Answer>, committer: &C) {
    let _farewell = Farewell(queue);
    while let Some(jobs) = queue.take(C::weight) {
        commit(committer, jobs);
    }
}

fn commit<C: Committer>(committer: &C, jobs: Vec<Job<C::Set, C::Answer>>) {
    let count = jobs.len();
    match committer.together(&jobs) {
        Ok(answers) => answer(jobs, answers),
        Err(Lost::Begin(fault)) => answer(jobs, committer.refusals(fault, count)),
        Err(Lost::Later(fault)) if count == 1 => answer(jobs, committer.refusals(fault, count)),
        // Each is given its own chance.
        Err(Lost::Later(_)) => jobs.into_iter().for_each(|job| commit(committer, vec![job])),
    }
}

fn answer<S, A>(jobs: Vec<Job<S, A>>, answers: Vec<A>) {
    for (job, answer) in jobs.into_iter().zip(answers) {
        // Who asked may have gone away; what is in is in all the same.
        let _ = job.answer.send(answer);
    }
}

impl<S, A> Queue<S, A> {
    pub(super) fn new(capacity: usize) -> Self {
        let state = State { jobs: VecDeque::new(), waiting: Vec::new(), closed: false };
        Self { state: Mutex::new(state), arrived: Condvar::new(), capacity: capacity.max(1) }
    }

    fn state(&self) -> MutexGuard<'_, State<S, A>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a set in, once there is room.
    pub(super) async fn push(&self, job: Job<S, A>) -> Result<(), Closed> {
        let mut job = job;
        loop {
            let room = {
                let mut state = self.state();
                if state.closed {
                    return Err(Closed);
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
    fn take(&self, weight: impl Fn(&S) -> usize) -> Option<Vec<Job<S, A>>> {
        let mut state = self.state();
        while state.jobs.is_empty() {
            if state.closed {
                return None;
            }
            state = self.arrived.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let (mut taken, mut heavy) = (Vec::new(), 0);
        while heavy < MAX_WEIGHT
            && let Some(job) = state.jobs.pop_front()
        {
            heavy += weight(&job.set).max(1);
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
