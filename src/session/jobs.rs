//! Jobs: which there are, what came of them, and doing what is due.

use super::{Records, Session};
use crate::crm::{Jobs, Ran};
use crate::error::{Result, StorageError, StorageErrorKind};
use crate::jobs::{Job, JobRun, JobState, Reminder};

impl Session {
    /// What is done by itself at its time: to be switched on and off, and told when and how.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::crm::Jobs;
    /// use crmkit::jobs::JobPatch;
    /// use crmkit::prelude::*;
    /// use crmkit::storage::MemoryStorage;
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// crm.enter_jobs(&Jobs::standard()).await?;
    /// let jobs = crm.system().jobs();
    /// let scan = jobs.named("lost-scan").await?;
    /// let schedule = Some("weekly sunday 03:00".to_owned());
    /// jobs.edit(scan.id, JobPatch { schedule: schedule.into(), ..Default::default() }).await?;
    /// # Ok::<(), Error>(())
    /// # })?;
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn jobs(&self) -> Records<Job> {
        self.of()
    }

    /// How far the jobs have come, and who is at them.
    #[must_use]
    pub fn job_states(&self) -> Records<JobState> {
        self.of()
    }

    /// What came of the jobs.
    #[must_use]
    pub fn job_runs(&self) -> Records<JobRun> {
        self.of()
    }

    /// What people were reminded of.
    #[must_use]
    pub fn reminders(&self) -> Records<Reminder> {
        self.of()
    }

    /// Does what is due now, as [`Crm::run_due`](crate::Crm::run_due) does. The jobs act as the system, whoever asks.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`](crate::Error::Denied) without the right `job.run`; [`Error::Storage`](crate::Error::Storage) if
    /// the store can't do it, and in a preview or a unit of work, since jobs commit as they go.
    pub async fn run_due(&self, jobs: &Jobs) -> Result<Vec<Ran>> {
        self.require("job.run").await?;
        if self.is_staged() {
            let message = "jobs commit as they go; they can't be tried out";
            return Err(StorageError::new(StorageErrorKind::Unsupported, message).into());
        }
        self.crm.run_due(self.crm.now(), jobs).await
    }
}
