//! What a job is given.

use std::sync::Arc;

use chrono::TimeDelta;
use serde::de::DeserializeOwned;

use super::Crm;
use crate::error::{Error, Result};
use crate::id::RecordId;
use crate::jobs::{Job, Slot};
use crate::session::Session;
use crate::value::{Date, Timestamp};

/// What a job is given: the slot it is done for, a session of the system, its settings, and the lease it has.
///
/// # Examples
///
/// ```
/// use crmkit::crm::{JobContext, JobError};
///
/// async fn close_books(context: JobContext) -> Result<String, JobError> {
///     for part in 1..=3 {
///         // Something that takes minutes, and then:
///         context.extend().await?;
///     }
///     Ok(format!("closed the books of {}", context.day()))
/// }
///
/// let jobs = crmkit::crm::Jobs::default().add("close-books", "monthly 31 23:00".parse()?, close_books);
/// # let _ = jobs;
/// # Ok::<(), crmkit::jobs::ScheduleError>(())
/// ```
#[derive(Debug, Clone)]
pub struct JobContext {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    session: Session,
    job: String,
    settings: Option<serde_json::Value>,
    slot: Slot,
    attempt: i64,
    holder: String,
    lease: TimeDelta,
    watch: Watch,
}

impl JobContext {
    pub(super) fn new(
        crm: &Crm,
        job: &Job,
        slot: Slot,
        attempt: i64,
        holder: String,
        lease: TimeDelta,
        watch: &Watch,
    ) -> Self {
        let (session, settings, job) = (crm.system(), job.settings.clone(), job.name.clone());
        Self { inner: Arc::new(Inner { session, job, settings, slot, attempt, holder, lease, watch: watch.clone() }) }
    }

    /// The CRM.
    #[must_use]
    pub fn crm(&self) -> &Crm {
        self.inner.session.crm()
    }

    /// A session of the system.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.inner.session
    }

    /// The job's name.
    #[must_use]
    pub fn job(&self) -> &str {
        &self.inner.job
    }

    /// The slot it is done for.
    #[must_use]
    pub fn slot(&self) -> Slot {
        self.inner.slot
    }

    /// The day it is done for, in the organisation's zone.
    #[must_use]
    pub fn day(&self) -> Date {
        let slot = self.inner.slot;
        slot.day.unwrap_or_else(|| slot.at.local_date(self.crm().organisation().zone()))
    }

    /// How often the slot was begun, this time included: above 1 something may have been done already.
    #[must_use]
    pub fn attempt(&self) -> i64 {
        self.inner.attempt
    }

    /// What time it is.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.inner.watch.now()
    }

    /// What the job is told by its record; the defaults if nothing is.
    ///
    /// # Errors
    ///
    /// What does not fit.
    pub fn settings<T: DeserializeOwned + Default>(&self) -> Result<T, serde_json::Error> {
        self.inner.settings.clone().map_or_else(|| Ok(T::default()), serde_json::from_value)
    }

    /// Says that the job is still at it: its lease begins anew. A job that takes long says so between its parts.
    ///
    /// # Errors
    ///
    /// [`Error::State`] if another program has taken the job over, or a person has switched it off and on: it should end
    /// then; [`Error::Storage`] if the store can't do it.
    pub async fn extend(&self) -> Result<()> {
        let (now, Inner { job, holder, lease, .. }) = (self.now(), &*self.inner);
        let extended = |state: &crate::jobs::JobState| (state.clone().extended(now, *lease), None);
        match self.crm().write_mine("job.extend", job, holder, now, extended).await? {
            Some(_) => Ok(()),
            None => {
                let problem = format!("(`{job}`) was taken over, since its lease was over or it was switched on again");
                let id = self.crm().job_state(job).await?.map_or(RecordId::NIL, |state| state.id.raw());
                Err(Error::State { entity: "job".into(), id, problem })
            }
        }
    }
}

/// What time it is, from a moment that was given on.
#[derive(Debug, Clone)]
pub(super) struct Watch {
    crm: Crm,
    given: Timestamp,
    begun: Timestamp,
}

impl Watch {
    pub(super) fn start(crm: &Crm, given: Timestamp) -> Self {
        Self { crm: crm.clone(), given, begun: crm.now() }
    }

    /// The moment that was given, and as much later as the CRM's clock has moved on since.
    pub(super) fn now(&self) -> Timestamp {
        let passed = self.crm.now().as_micros().saturating_sub(self.begun.as_micros()).max(0);
        self.given.checked_add(TimeDelta::microseconds(passed)).unwrap_or(Timestamp::MAX)
    }
}
