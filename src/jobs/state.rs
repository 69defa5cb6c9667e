//! How far a job has come: which slots are over, which one is begun, and who is at it.

use chrono::TimeDelta;

use super::{Retry, Slot};
use crate::rules::Rules;
use crate::schema::{EntityFacts, Facts};
use crate::value::{Date, Timestamp};

crate::entity!(
    #[entity("sys_job_state", "任务状态", "Job state")]
    #[inputs(NewJobState, JobStatePatch)]
    /// How far a job has come. Whoever takes a slot or ends one does so by writing this record in the version he has
    /// read, so of many programs one does.
    ///
    /// # Examples
    ///
    /// ```
    /// use chrono::TimeDelta;
    ///
    /// use crmkit::jobs::{JobState, NewJobState, Slot};
    /// use crmkit::prelude::*;
    ///
    /// let state = JobState::draft(Id::NIL, NewJobState::default()).anew("2026-03-01T12:00:00Z".parse()?);
    /// let slot = Slot::moment("2026-03-02T08:00:00Z".parse()?);
    /// let taken = state.taken(slot, "a program".into(), slot.at, TimeDelta::minutes(15));
    /// assert_eq!((taken.begun(), taken.attempts), (Some(slot), 1));
    /// assert_eq!(taken.ended(slot).over(), slot);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub struct JobState {
        /// The job's name.
        #[label("任务", "Job")]
        pub job: String,
        /// Slots up to this moment are over: done, given up or passed over.
        #[label("已完成至", "Over until")]
        pub over_until: Timestamp,
        /// The day of the last slot that is over, of a job that goes by days.
        #[label("已完成日期", "Over on")]
        pub over_on: Option<Date>,
        /// The slot that is begun.
        #[label("当前时段", "Slot")]
        pub slot: Option<Timestamp>,
        /// The day it is due for.
        #[label("当前日期", "Day")]
        pub day: Option<Date>,
        /// How often it was begun.
        #[label("尝试次数", "Attempts")]
        pub attempts: i64,
        /// When it was begun for the last time.
        #[label("开始时间", "Started at")]
        pub started_at: Option<Timestamp>,
        /// When it is tried again, if it has failed.
        #[label("重试时间", "Retry at")]
        pub retry_at: Option<Timestamp>,
        /// What went wrong the last time.
        #[label("错误", "Error")]
        pub error: Option<String>,
        /// Who is at it: a name for people and a mark of this one time.
        #[label("持有者", "Lease holder")]
        pub lease_holder: Option<String>,
        /// Until when nobody else takes it.
        #[label("租约到期", "Lease until")]
        pub lease_until: Option<Timestamp>,
    }
);

impl EntityFacts for JobState {
    fn facts() -> Facts {
        Facts::default().unique::<Self>(&[&JobState::job]).unrecorded()
    }
}

impl Rules for JobState {}

impl JobState {
    /// The last slot that is over.
    #[must_use]
    pub const fn over(&self) -> Slot {
        Slot { at: self.over_until, day: self.over_on }
    }

    /// The slot that is begun and not over, if one is.
    #[must_use]
    pub fn begun(&self) -> Option<Slot> {
        self.slot.map(|at| Slot { at, day: self.day })
    }

    /// With nothing begun, and slots counted from a moment on.
    #[must_use]
    pub fn anew(self, from: Timestamp) -> Self {
        self.ended(Slot::moment(from))
    }

    /// With a slot over.
    #[must_use]
    pub fn ended(self, slot: Slot) -> Self {
        Self {
            over_until: slot.at,
            over_on: slot.day,
            slot: None,
            day: None,
            attempts: 0,
            started_at: None,
            retry_at: None,
            error: None,
            lease_holder: None,
            lease_until: None,
            ..self
        }
    }

    /// With a slot begun, once more if it was before.
    #[must_use]
    pub fn taken(self, slot: Slot, holder: String, now: Timestamp, lease: TimeDelta) -> Self {
        let again = self.begun() == Some(slot);
        Self {
            slot: Some(slot.at),
            day: slot.day,
            attempts: if again { self.attempts.saturating_add(1) } else { 1 },
            error: self.error.clone().filter(|_| again),
            started_at: Some(now),
            retry_at: None,
            lease_holder: Some(holder),
            lease_until: Some(later(now, lease)),
            ..self
        }
    }

    /// With a lease that lasts from a moment on.
    #[must_use]
    pub fn extended(self, now: Timestamp, lease: TimeDelta) -> Self {
        // A clock that was set back does not shorten it.
        let until = self.lease_until.unwrap_or(now).max(later(now, lease));
        Self { lease_until: Some(until), ..self }
    }

    /// With the slot failed, to be tried again.
    #[must_use]
    pub fn failed(self, error: String, now: Timestamp, retry: &Retry) -> Self {
        let retry_at = Some(later(now, retry.delay(self.attempts)));
        Self { error: Some(error), retry_at, lease_holder: None, lease_until: None, ..self }
    }
}

fn later(moment: Timestamp, span: TimeDelta) -> Timestamp {
    moment.checked_add(span).unwrap_or(Timestamp::MAX)
}
