//! The records of jobs, read and written: what makes of many programs one that does a slot.

use crate::change::{Change, ChangeSet, Committed};
use crate::crm::Crm;
use crate::error::{Error, Refusal, Result, StorageError, StorageErrorKind};
use crate::jobs::{Job, JobRun, JobRunStatus, JobState, NewJob, NewJobRun, NewJobState, Retry, Schedule, Slot};
use crate::problem::FieldProblem;
use crate::query::Query;
use crate::rules::{Context, Rules};
use crate::schema::Entity;
use crate::storage::ReaderExt;
use crate::value::Timestamp;

/// How often a record that somebody else has changed meanwhile is written again.
const RETRIES: usize = 127;
/// How often a busy store is asked again, which has waited by itself before it said so.
const BUSY_RETRIES: usize = 3;

/// Whether a state was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    /// It was.
    Done,
    /// Somebody else has written it meanwhile, or what came of the slot is recorded already.
    Stale,
}

/// When a job is due, if its record says so.
pub(super) fn schedule_of(job: &Job) -> Result<Option<Schedule>> {
    job.own_schedule().map_err(|error| {
        let problems = vec![FieldProblem::invalid("schedule", error.to_string())];
        Error::Invalid { entity: "job".into(), problems }
    })
}

/// What is kept of a slot that is over.
pub(super) fn run_of(state: &JobState, slot: Slot, now: Timestamp, status: JobRunStatus, said: String) -> NewJobRun {
    let (outcome, error) = match status {
        JobRunStatus::Done => (Some(said), None),
        JobRunStatus::Failed => (None, Some(said)),
    };
    NewJobRun {
        job: state.job.clone(),
        slot: slot.at,
        day: slot.day,
        status,
        started_at: state.started_at,
        finished_at: now,
        attempts: state.attempts,
        outcome,
        error,
        ..Default::default()
    }
}

/// A state behind a slot that is done.
pub(super) fn done(state: &JobState, slot: Slot, now: Timestamp, said: String) -> (JobState, Option<NewJobRun>) {
    let run = run_of(state, slot, now, JobRunStatus::Done, said);
    (state.clone().ended(slot), Some(run))
}

/// A state behind a failure: to be tried again, or at its end.
pub(super) fn failed(
    state: &JobState,
    slot: Slot,
    now: Timestamp,
    said: String,
    retry: &Retry,
) -> (JobState, Option<NewJobRun>) {
    if state.attempts < i64::from(retry.attempts) {
        return (state.clone().failed(said, now, retry), None);
    }
    let run = run_of(state, slot, now, JobRunStatus::Failed, said);
    (state.clone().ended(slot), Some(run))
}

impl Crm {
    /// A job and its state, entered now if they are not there yet.
    pub(super) async fn entered(&self, name: &str, now: Timestamp) -> Result<(Job, JobState)> {
        let job = match self.storage().first::<Job>(Job::name.eq(name)).await? {
            Some(job) => job,
            None => match self.system().of::<Job>().create(NewJob::new(name)).await {
                Ok(job) => job,
                // Another program was first.
                Err(Error::Taken { .. }) => {
                    self.storage().first(Job::name.eq(name)).await?.ok_or_else(|| gone(name))?
                }
                Err(error) => return Err(error),
            },
        };
        if let Some(state) = self.job_state(name).await? {
            return Ok((job, state));
        }
        let new = NewJobState { job: name.to_owned(), ..Default::default() };
        let state = JobState::draft(self.new_id(now), new).anew(now);
        let mut set = ChangeSet::new(self.new_set_id(now), now, "job.enter");
        set.changes.push(Change::Insert(state.into_record()));
        match self.commit_job(&set).await {
            Err(error) if !is_taken(&error) => Err(error.into()),
            _ => Ok((job, self.job_state(name).await?.ok_or_else(|| gone(name))?)),
        }
    }

    /// How far a job has come, if it was ever entered.
    pub(super) async fn job_state(&self, job: &str) -> Result<Option<JobState>> {
        Ok(self.storage().first::<JobState>(JobState::job.eq(job)).await?)
    }

    /// Whether it is recorded what came of a slot.
    pub(super) async fn is_over(&self, job: &str, slot: Slot) -> Result<bool> {
        let known = Query::of::<JobRun>().filter(JobRun::job.eq(job)).filter(JobRun::slot.eq(slot.at)).limit(1);
        Ok(!self.storage().query(&known).await?.records.is_empty())
    }

    /// Writes a state in place of the version that was read, and what came of its slot with it.
    pub(super) async fn write_state(
        &self,
        command: &'static str,
        before: &JobState,
        after: JobState,
        run: Option<NewJobRun>,
        now: Timestamp,
    ) -> Result<Written> {
        let mut set = ChangeSet::new(self.new_set_id(now), now, command);
        set.changes.push(Change::Update { record: after.into_record(), expected: before.version });
        if let Some(run) = run {
            let context = Context { actor: None, now, zone: self.organisation().zone() };
            let run = JobRun::created(JobRun::draft(self.new_id(now), run), &context)?;
            set.changes.push(Change::Insert(run.into_record()));
        }
        match self.commit_job(&set).await {
            Ok(_) => Ok(Written::Done),
            Err(error) if error.is_conflict() || is_taken(&error) || is_missing(&error) => Ok(Written::Stale),
            Err(error) => Err(error.into()),
        }
    }

    /// Writes the state of a job that is held, as it is by then; nothing if it is held no longer.
    pub(super) async fn write_mine(
        &self,
        command: &'static str,
        job: &str,
        holder: &str,
        now: Timestamp,
        after: impl Fn(&JobState) -> (JobState, Option<NewJobRun>) + Send + Sync,
    ) -> Result<Option<JobState>> {
        for _ in 0..=RETRIES {
            let mine = self.job_state(job).await?.filter(|state| state.lease_holder.as_deref() == Some(holder));
            let Some(before) = mine else { return Ok(None) };
            let (after, run) = after(&before);
            if self.write_state(command, &before, after.clone(), run, now).await? == Written::Done {
                return Ok(Some(after));
            }
        }
        Err(StorageError::new(StorageErrorKind::Busy, format!("the state of the job `{job}` changes all the time"))
            .into())
    }

    async fn commit_job(&self, set: &ChangeSet) -> Result<Committed, StorageError> {
        let mut busy = 0;
        loop {
            match self.storage().commit(set).await {
                Err(error) if error.kind() == StorageErrorKind::UnknownOutcome => {
                    return self.storage().committed(set.id).await?.ok_or(error);
                }
                Err(error) if error.kind() == StorageErrorKind::Busy && busy < BUSY_RETRIES => busy += 1,
                outcome => return outcome,
            }
        }
    }
}

fn is_taken(error: &StorageError) -> bool {
    error.refusals().iter().any(|refused| matches!(refused.reason, Refusal::Taken { .. } | Refusal::Exists))
}

fn is_missing(error: &StorageError) -> bool {
    error.refusals().iter().any(|refused| matches!(refused.reason, Refusal::Missing))
}

fn gone(name: &str) -> Error {
    Error::NotFound { entity: "job".into(), key: name.to_owned() }
}
