//! What came of a job at one of its slots.

use crate::rules::Rules;
use crate::schema::{EntityFacts, Facts};
use crate::value::{Date, Timestamp};

crate::choice!(
    /// What came of a job at a slot.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::crm::{JobContext, JobOptions, Jobs};
    /// use crmkit::jobs::{JobRun, JobRunStatus, Retry};
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let retry = Retry { attempts: 1, ..Default::default() };
    /// let copy = |_: JobContext| async { Err("the disk is full".into()) };
    /// let jobs = Jobs::default().with_options(JobOptions { retry, ..Default::default() });
    /// let jobs = jobs.add("copy", "every 10 minutes".parse()?, copy);
    /// crm.run_due("2026-03-02T12:05:00Z".parse()?, &jobs).await?;
    /// crm.run_due("2026-03-02T12:11:00Z".parse()?, &jobs).await?;
    /// let runs = crm.system().job_runs().list(Query::of::<JobRun>()).await?.items;
    /// assert_eq!((runs.len(), runs[0].status), (1, JobRunStatus::Failed));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub enum JobRunStatus {
        /// It was done.
        #[code("done", "完成", "Done")]
        Done,
        /// It failed as often as it was to be tried, or failed and a later slot took its place.
        #[code("failed", "失败", "Failed")]
        Failed,
    }
);

crate::entity!(
    #[entity("sys_job_run", "任务运行", "Job run")]
    #[inputs(NewJobRun, JobRunPatch)]
    /// That a slot of a job is over: written once, in the commit that ends it.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::crm::{JobContext, Jobs};
    /// use crmkit::jobs::{JobRun, JobRunStatus};
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let hello = |_: JobContext| async { Ok("hello".to_owned()) };
    /// let jobs = Jobs::default().add("hello", "every 10 minutes".parse()?, hello);
    /// crm.run_due("2026-03-02T12:05:00Z".parse()?, &jobs).await?;
    /// crm.run_due("2026-03-02T12:11:00Z".parse()?, &jobs).await?;
    /// let runs = crm.system().job_runs().list(Query::of::<JobRun>()).await?.items;
    /// assert_eq!((runs.len(), runs[0].status), (1, JobRunStatus::Done));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub struct JobRun {
        /// The job's name.
        #[label("任务", "Job")]
        pub job: String,
        /// When it was due.
        #[label("计划时间", "Slot")]
        pub slot: Timestamp,
        /// The day it was due for.
        #[label("计划日期", "Day")]
        pub day: Option<Date>,
        /// What came of it.
        #[label("状态", "Status")]
        pub status: JobRunStatus,
        /// When it was begun for the last time.
        #[label("开始时间", "Started at")]
        pub started_at: Option<Timestamp>,
        /// When it was over.
        #[label("结束时间", "Finished at")]
        pub finished_at: Timestamp,
        /// How often it was begun.
        #[label("尝试次数", "Attempts")]
        pub attempts: i64,
        /// What the job says of what it did.
        #[label("结果", "Outcome")]
        pub outcome: Option<String>,
        /// What went wrong at last.
        #[label("错误", "Error")]
        pub error: Option<String>,
    }
);

impl EntityFacts for JobRun {
    fn facts() -> Facts {
        Facts::default()
            .unique::<Self>(&[&JobRun::job, &JobRun::slot])
            .index::<Self>(&[&JobRun::finished_at])
            .append_only()
            .unrecorded()
    }
}

impl Rules for JobRun {}
