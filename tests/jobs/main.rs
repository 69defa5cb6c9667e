//! Jobs, on every store: each slot once, whoever runs them and however the clocks go.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod catch_up;
mod lease;
mod month;
mod ours;
mod runner;
#[path = "../stores/mod.rs"]
mod stores;

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;

use chrono::TimeDelta;
use crmkit::clock::{Clock, FixedClock};
use crmkit::crm::{Ended, JobContext, JobError, Jobs, Ran, Work};
use crmkit::jobs::{CatchUp, JobRun, JobState, Schedule};
use crmkit::prelude::*;
use crmkit::storage::{ReaderExt, Storage};

use stores::{block_on, memory};

/// A store of each kind.
fn stores() -> Vec<Arc<dyn Storage>> {
    vec![
        memory(),
        #[cfg(feature = "sqlite")]
        stores::sqlite(),
        #[cfg(all(feature = "postgres", feature = "testing"))]
        stores::postgres(),
    ]
}

/// A program on a store, whose clock is moved by hand.
#[derive(Debug, Clone)]
struct Program {
    crm: Crm,
    clock: Arc<FixedClock>,
}

impl Program {
    fn on(storage: &Arc<dyn Storage>, now: &str) -> Self {
        let clock = Arc::new(FixedClock::new(at(now)));
        let crm = block_on(Crm::builder(Arc::clone(storage)).clock(Arc::clone(&clock)).open()).unwrap();
        Self { crm, clock }
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Sets the clock.
    fn at(&self, now: Timestamp) {
        let span = TimeDelta::microseconds(now.as_micros() - self.clock.now().as_micros());
        self.clock.advance(span).unwrap();
    }

    /// Does what is due at a moment.
    fn run(&self, now: &str, jobs: &Jobs) -> Vec<Ran> {
        self.at(at(now));
        block_on(self.crm.run_due(self.now(), jobs)).unwrap()
    }

    fn state(&self, job: &str) -> JobState {
        block_on(self.crm.system().job_states().list(Query::of::<JobState>().filter(JobState::job.eq(job))))
            .unwrap()
            .items
            .remove(0)
    }

    /// What came of a job, by slots.
    fn runs(&self, job: &str) -> Vec<JobRun> {
        let query = Query::of::<JobRun>().filter(JobRun::job.eq(job)).order(JobRun::slot.asc()).limit(10_000);
        block_on(self.crm.system().job_runs().list(query)).unwrap().items
    }

    fn switch(&self, job: &str, enabled: bool) {
        let patch = crmkit::jobs::JobPatch { enabled: enabled.into(), ..Default::default() };
        let jobs = self.crm.system().jobs();
        block_on(async { jobs.edit(jobs.named(job).await.unwrap().id, patch).await }).unwrap();
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The slots of what was done, as texts.
fn slots(ran: &[Ran]) -> Vec<String> {
    ran.iter().map(|ran| ran.slot.at.to_string()).collect()
}

/// What a test wants a job to do.
type Deed = dyn Fn(&JobContext) -> Step + Send + Sync;

/// How a deed goes on.
enum Step {
    Ends(Result<String, JobError>),
    /// The program is gone.
    Dies,
}

/// A job of a test.
#[derive(Clone)]
struct Chore {
    name: &'static str,
    schedule: Schedule,
    catch_up: CatchUp,
    deed: Arc<Deed>,
    died: Arc<AtomicBool>,
}

#[async_trait::async_trait]
impl Work for Chore {
    fn name(&self) -> &str {
        self.name
    }
    fn schedule(&self) -> Schedule {
        self.schedule
    }
    fn catch_up(&self) -> CatchUp {
        self.catch_up
    }
    async fn run(&self, context: &JobContext) -> Result<String, JobError> {
        match (self.deed)(context) {
            Step::Ends(outcome) => outcome,
            Step::Dies => {
                self.died.store(true, Ordering::SeqCst);
                std::future::pending().await
            }
        }
    }
}

impl Chore {
    fn new(name: &'static str, schedule: &str, deed: impl Fn(&JobContext) -> Step + Send + Sync + 'static) -> Self {
        let (schedule, deed) = (schedule.parse().unwrap(), Arc::new(deed));
        Self { name, schedule, catch_up: CatchUp::Latest, deed, died: Arc::default() }
    }

    /// One that always ends well.
    fn good(name: &'static str, schedule: &str) -> Self {
        Self::new(name, schedule, |context| Step::Ends(Ok(context.day().to_string())))
    }

    fn every(mut self, at_most: u32) -> Self {
        self.catch_up = CatchUp::Every(at_most.try_into().unwrap());
        self
    }

    /// Noting in `begun` whenever it is begun.
    fn noted(self, begun: &Arc<Mutex<Vec<Timestamp>>>) -> Self {
        let (deed, begun) = (Arc::clone(&self.deed), Arc::clone(begun));
        let deed = move |context: &JobContext| {
            begun.lock().unwrap().push(context.slot().at);
            deed(context)
        };
        Self { deed: Arc::new(deed), ..self }
    }
}

/// Does a future until it is done or the program that does it is gone.
fn until_death<T>(died: &AtomicBool, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    block_on(poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending if died.swap(false, Ordering::SeqCst) => Poll::Ready(None),
        Poll::Pending => Poll::Pending,
    }))
}

fn done(ran: &[Ran]) -> bool {
    ran.iter().all(|ran| matches!(ran.ended, Ended::Done(_)))
}

async fn count<E: Entity>(storage: &Arc<dyn Storage>) -> usize {
    storage.collect(Query::of::<E>().limit(1_000)).await.unwrap().len()
}
