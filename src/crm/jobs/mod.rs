//! Running jobs: of all programs on a store, one does what is due.

mod context;
mod ledger;
mod runner;
mod standard;
mod work;

use chrono::TimeDelta;

pub use context::JobContext;
pub use work::{JobError, JobOptions, Jobs, Work};

use self::context::Watch;
use self::ledger::Written;
use super::Crm;
use crate::error::Result;
use crate::jobs::{Job, JobRunStatus, JobState, Slot, Terms, Turn, turn};
use crate::observe;
use crate::value::Timestamp;

/// How often one job has a turn in one call: more than it can have slots to make up for, unless its clock is broken.
const MAX_TURNS: usize = 10_000;
/// How many characters of what a job says are kept.
const MAX_SAID: usize = 2_000;

/// What a program did about a slot.
///
/// # Examples
///
/// ```
/// use crmkit::crm::{Ended, JobContext, Jobs};
/// use crmkit::prelude::*;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let hello = |_: JobContext| async { Ok("hello".to_owned()) };
/// let jobs = Jobs::default().add("hello", "every 10 minutes".parse()?, hello);
/// crm.run_due("2026-03-02T12:05:00Z".parse()?, &jobs).await?; // entered now, due from now on
/// let ran = crm.run_due("2026-03-02T12:11:00Z".parse()?, &jobs).await?;
/// assert_eq!(ran[0].ended, Ended::Done("hello".to_owned()));
/// assert_eq!(ran[0].slot.at.to_string(), "2026-03-02T12:10:00Z");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ran {
    /// The job's name.
    pub job: String,
    /// The slot.
    pub slot: Slot,
    /// How often the slot was begun, this time included.
    pub attempts: i64,
    /// What came of it.
    pub ended: Ended,
}

/// What came of a slot that a program had taken.
///
/// # Examples
///
/// ```
/// use crmkit::crm::{Ended, JobContext, Jobs};
/// use crmkit::prelude::*;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let copy = |_: JobContext| async { Err("the disk is full".into()) };
/// let jobs = Jobs::default().add("copy", "every 10 minutes".parse()?, copy);
/// crm.run_due("2026-03-02T12:05:00Z".parse()?, &jobs).await?; // entered now, due from now on
/// let ran = crm.run_due("2026-03-02T12:11:00Z".parse()?, &jobs).await?;
/// assert_eq!(ran[0].ended, Ended::Failed("the disk is full".to_owned()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ended {
    /// It is done, and this is what the job says of it.
    Done(String),
    /// It failed, and is tried again.
    Failed(String),
    /// It is over without having been done, and this is what went wrong at last.
    GivenUp(String),
    /// Another program has taken it over meanwhile, or a person has switched the job off and on: what becomes of it is no
    /// longer this program's business.
    Lost,
}

impl Crm {
    /// Does what is due, and says what was done. Jobs that the store does not know yet are entered, and due from then on;
    /// what others are at, or have done, is left alone.
    ///
    /// `now` decides what is due; what jobs write has the time of the CRM's own clock, so the two should agree. The
    /// clocks of all programs on a store should agree to within the [lease](field@JobOptions::lease).
    ///
    /// A slot is done once: one program takes it, and the commit that ends it is made by who still has it. A program that
    /// is gone in the middle of a job loses it when its lease is over, and another one begins the same slot again, so a
    /// job must bear that. A slot that is over never comes back, however the clocks are set.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::crm::{Ended, Jobs};
    /// use crmkit::prelude::*;
    /// use crmkit::storage::MemoryStorage;
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let say = |context: crmkit::crm::JobContext| async move { Ok(format!("hello on {}", context.day())) };
    /// let jobs = Jobs::default().add("hello", "daily 08:00".parse().expect("a schedule"), say);
    ///
    /// // The job is new, so nothing is due; then it is, once.
    /// assert_eq!(crm.run_due("2026-03-01T12:00:00Z".parse().expect("a moment"), &jobs).await?, []);
    /// let morning: Timestamp = "2026-03-02T08:00:00Z".parse().expect("a moment");
    /// let ran = crm.run_due(morning, &jobs).await?;
    /// assert_eq!(ran[0].ended, Ended::Done("hello on 2026-03-02".into()));
    /// assert_eq!(crm.run_due(morning, &jobs).await?, []);
    /// # Ok::<(), Error>(())
    /// # })?;
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Storage`](crate::Error::Storage) if the store can't be read or written, [`Error::Invalid`](crate::Error)
    /// for a job with a name that none can have. That a job fails is no error: it is said of the job.
    pub async fn run_due(&self, now: Timestamp, jobs: &Jobs) -> Result<Vec<Ran>> {
        let watch = Watch::start(self, now);
        // Another program may have changed the zone.
        self.doubt_organisation();
        self.refresh_organisation().await?;
        let mut ran = Vec::new();
        for work in jobs.works() {
            self.run_job(work, jobs.options(), &watch, &mut ran).await?;
        }
        Ok(ran)
    }

    /// Enters jobs that the store does not know yet, so that they can be listed and switched off before they are due.
    /// [`run_due`](Self::run_due) does so by itself.
    ///
    /// # Errors
    ///
    /// As [`run_due`](Self::run_due).
    pub async fn enter_jobs(&self, jobs: &Jobs) -> Result<()> {
        for work in jobs.works() {
            self.entered(work.name(), self.now()).await?;
        }
        Ok(())
    }

    /// When something is due next, as far as can be said now; a moment that is not behind `now` where something is due
    /// already, and none if nothing will be.
    ///
    /// # Errors
    ///
    /// As [`run_due`](Self::run_due).
    pub async fn next_due(&self, now: Timestamp, jobs: &Jobs) -> Result<Option<Timestamp>> {
        let mut next: Option<Timestamp> = None;
        for work in jobs.works() {
            let (job, state) = self.entered(work.name(), now).await?;
            let due = match self.turn_of(&job, &state, work, jobs.options(), now)? {
                None => None,
                Some(Turn::Rest(until)) => until,
                Some(Turn::Held(until)) => Some(until),
                Some(Turn::GiveUp(_) | Turn::Run(_)) => Some(now),
            };
            next = next.into_iter().chain(due).min();
        }
        Ok(next)
    }

    /// What is to be done about a job; nothing about one that is switched off.
    fn turn_of(
        &self,
        job: &Job,
        state: &JobState,
        work: &dyn Work,
        options: &JobOptions,
        now: Timestamp,
    ) -> Result<Option<Turn>> {
        let schedule = ledger::schedule_of(job)?.unwrap_or_else(|| work.schedule());
        let zone = self.organisation().zone();
        let terms = Terms { schedule, catch_up: work.catch_up(), retry: options.retry, lease: options.lease(), zone };
        Ok(job.enabled.then(|| turn(state, &terms, now)))
    }

    /// Does what is due of one job.
    async fn run_job(&self, work: &dyn Work, options: &JobOptions, watch: &Watch, ran: &mut Vec<Ran>) -> Result<()> {
        for _ in 0..MAX_TURNS {
            let now = watch.now();
            let (job, state) = self.entered(work.name(), now).await?;
            let ended = match self.turn_of(&job, &state, work, options, now)? {
                None | Some(Turn::Rest(_) | Turn::Held(_)) => return Ok(()),
                Some(Turn::GiveUp(slot)) => self.give_up(&state, slot, now).await?,
                Some(Turn::Run(slot)) => self.take(work, &job, &state, slot, options, watch).await?,
            };
            let Some(ended) = ended else { continue };
            let lost = ended.ended == Ended::Lost;
            ran.push(ended);
            if lost {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Ends a slot that was begun often enough; nothing if somebody else has written meanwhile.
    async fn give_up(&self, state: &JobState, slot: Slot, now: Timestamp) -> Result<Option<Ran>> {
        let error = state.error.clone().unwrap_or_else(|| "who began it never ended it".to_owned());
        let run = ledger::run_of(state, slot, now, JobRunStatus::Failed, error.clone());
        let written = self.write_state("job.give_up", state, state.clone().ended(slot), Some(run), now).await?;
        let (job, attempts) = (state.job.clone(), state.attempts);
        Ok((written != Written::Stale).then_some(Ran { job, slot, attempts, ended: Ended::GivenUp(error) }))
    }

    /// Takes a slot and does it; nothing if somebody else was first or it is over already.
    async fn take(
        &self,
        work: &dyn Work,
        job: &Job,
        state: &JobState,
        slot: Slot,
        options: &JobOptions,
        watch: &Watch,
    ) -> Result<Option<Ran>> {
        let now = watch.now();
        if self.is_over(&state.job, slot).await? {
            self.write_state("job.pass", state, state.clone().ended(slot), None, now).await?;
            return Ok(None);
        }
        let holder = format!("{} {}", options.holder, self.ids().next_id(now));
        let taken = state.clone().taken(slot, holder.clone(), now, options.lease());
        let attempts = taken.attempts;
        if self.write_state("job.take", state, taken, None, now).await? == Written::Stale {
            return Ok(None);
        }
        let context = JobContext::new(self, job, slot, attempts, holder.clone(), options.lease(), watch);
        let doing = async {
            let outcome = work.run(&context).await;
            self.end_job(&state.job, slot, outcome, &holder, options, watch.now()).await
        };
        let ended = observe::job(&state.job, attempts, doing).await?;
        Ok(Some(Ran { job: state.job.clone(), slot, attempts, ended }))
    }

    /// Writes down what came of a slot, if it is still its holder's.
    async fn end_job(
        &self,
        job: &str,
        slot: Slot,
        outcome: Result<String, JobError>,
        holder: &str,
        options: &JobOptions,
        now: Timestamp,
    ) -> Result<Ended> {
        Ok(match outcome {
            Ok(said) => {
                let said = cut(said);
                let done = |state: &JobState| ledger::done(state, slot, now, said.clone());
                match self.write_mine("job.end", job, holder, now, done).await? {
                    None => Ended::Lost,
                    Some(_) => Ended::Done(said),
                }
            }
            Err(error) => {
                let (said, retry) = (cut(chain(&*error)), &options.retry);
                let failed = |state: &JobState| ledger::failed(state, slot, now, said.clone(), retry);
                match self.write_mine("job.fail", job, holder, now, failed).await? {
                    None => Ended::Lost,
                    Some(after) if after.begun().is_some() => Ended::Failed(said),
                    Some(_) => Ended::GivenUp(said),
                }
            }
        })
    }
}

/// An error with what caused it.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    for cause in std::iter::successors(error.source(), |error| error.source()) {
        let cause = cause.to_string();
        // Some errors say what caused them by themselves.
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

fn cut(said: String) -> String {
    if said.chars().count() > MAX_SAID { said.chars().take(MAX_SAID).collect() } else { said }
}

fn delta(span: std::time::Duration) -> TimeDelta {
    TimeDelta::from_std(span).unwrap_or(TimeDelta::MAX)
}
