//! What a host says about its jobs: which there are, and how they are run.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;

use super::standard::{LostScanJob, ReminderJob, RetentionJob};
use super::{JobContext, delta};
use crate::jobs::{BACKUP, CatchUp, MANAGEMENT_REPORT, Retry, Schedule, TimeOfDay};

/// Why a job failed: any error will do.
///
/// # Examples
///
/// ```
/// use crmkit::crm::{JobContext, JobError, Jobs};
/// use crmkit::jobs::Schedule;
/// use crmkit::prelude::*;
///
/// /// Fails with an error of the store, or with a sentence.
/// async fn count(context: JobContext) -> Result<String, JobError> {
///     match context.session().customers().count(Filter::All).await? {
///         0 => Err("there are no customers".into()),
///         count => Ok(format!("{count} customers")),
///     }
/// }
///
/// let jobs = Jobs::default().add("count", Schedule::every_minutes(60), count);
/// assert_eq!(jobs.names().collect::<Vec<_>>(), ["count"]);
/// ```
pub type JobError = Box<dyn std::error::Error + Send + Sync>;

/// What a job does, and when if nothing else is said.
///
/// # Examples
///
/// ```
/// use async_trait::async_trait;
/// use crmkit::crm::{JobContext, JobError, Jobs, Work};
/// use crmkit::jobs::Schedule;
/// use crmkit::prelude::*;
///
/// struct CountCustomers;
///
/// #[async_trait]
/// impl Work for CountCustomers {
///     fn name(&self) -> &str {
///         "count-customers"
///     }
///     fn schedule(&self) -> Schedule {
///         Schedule::every_minutes(60)
///     }
///     async fn run(&self, context: &JobContext) -> Result<String, JobError> {
///         Ok(format!("{} customers", context.session().customers().count(Filter::All).await?))
///     }
/// }
///
/// let jobs = Jobs::standard().with(CountCustomers);
/// assert!(jobs.names().any(|name| name == "count-customers"));
/// ```
#[async_trait]
pub trait Work: Send + Sync {
    /// The job's name: small letters, digits and hyphens, at most 64.
    fn name(&self) -> &str;

    /// When it is due, unless the job's record says otherwise.
    fn schedule(&self) -> Schedule;

    /// What becomes of slots that nobody was there for.
    fn catch_up(&self) -> CatchUp {
        CatchUp::Latest
    }

    /// Does it for a slot, and says in a sentence what was done. A slot may be begun again where the program was gone
    /// before it ended, so what was done already should do no harm.
    ///
    /// # Errors
    ///
    /// Whatever goes wrong: the slot is tried again as [`JobOptions::retry`] says.
    async fn run(&self, context: &JobContext) -> Result<String, JobError>;
}

/// How jobs are run.
///
/// # Examples
///
/// ```
/// use crmkit::crm::{JobOptions, Jobs};
///
/// let options = JobOptions { holder: "web-1".into(), ..Default::default() };
/// let jobs = Jobs::standard().with_options(options);
/// # let _ = jobs;
/// ```
#[derive(Debug, Clone)]
pub struct JobOptions {
    /// What this program is called where people see who is at a job.
    pub holder: String,
    /// How long a job has before others may take it over; 15 minutes. A job that takes longer says from time to time that
    /// it is still there ([`JobContext::extend`]). The clocks of the programs must agree to within this.
    pub lease: Duration,
    /// How a job that failed is tried again.
    pub retry: Retry,
}

impl Default for JobOptions {
    fn default() -> Self {
        let holder = format!("process {}", std::process::id());
        Self { holder, lease: Duration::from_secs(15 * 60), retry: Retry::default() }
    }
}

impl JobOptions {
    pub(super) fn lease(&self) -> TimeDelta {
        delta(self.lease)
    }
}

/// The jobs of a program, in the order in which they are looked at.
///
/// # Examples
///
/// ```
/// use crmkit::crm::Jobs;
///
/// let jobs = Jobs::standard().backup(|context| async move { Ok(format!("copied on {}", context.day())) });
/// assert_eq!(jobs.names().collect::<Vec<_>>(), ["lost-scan", "reminders", "retention", "backup"]);
/// ```
#[derive(Clone, Default)]
pub struct Jobs {
    works: Vec<Arc<dyn Work>>,
    options: JobOptions,
}

impl Jobs {
    /// The jobs that need nothing from the host: `lost-scan` on Saturdays at 02:00, `reminders` every day at 08:00,
    /// `retention` every day at 04:00.
    #[must_use]
    pub fn standard() -> Self {
        Self::default().with(LostScanJob).with(ReminderJob).with(RetentionJob)
    }

    /// With another job; one of the same name gives way.
    #[must_use]
    pub fn with(mut self, work: impl Work + 'static) -> Self {
        let work: Arc<dyn Work> = Arc::new(work);
        match self.works.iter_mut().find(|known| known.name() == work.name()) {
            Some(known) => *known = work,
            None => self.works.push(work),
        }
        self
    }

    /// With another job that is a function, of whose slots only the latest is made up for.
    #[must_use]
    pub fn add<F, O>(self, name: impl Into<String>, schedule: Schedule, run: F) -> Self
    where
        F: Fn(JobContext) -> O + Send + Sync + 'static,
        O: Future<Output = Result<String, JobError>> + Send + 'static,
    {
        self.with(Function { name: name.into(), schedule, run })
    }

    /// With the job `backup`, every day at 03:00: the host's function makes it and says where it is.
    #[must_use]
    pub fn backup<F, O>(self, run: F) -> Self
    where
        F: Fn(JobContext) -> O + Send + Sync + 'static,
        O: Future<Output = Result<String, JobError>> + Send + 'static,
    {
        self.add(BACKUP, Schedule::daily(clock(3, 0)), run)
    }

    /// With the job `management-report`, on the first of every month at 06:00: the host's function makes the report and
    /// says who has got it.
    #[must_use]
    pub fn management_report<F, O>(self, run: F) -> Self
    where
        F: Fn(JobContext) -> O + Send + Sync + 'static,
        O: Future<Output = Result<String, JobError>> + Send + 'static,
    {
        self.add(MANAGEMENT_REPORT, Schedule::monthly(1, clock(6, 0)), run)
    }

    /// Without a job.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.works.retain(|work| work.name() != name);
        self
    }

    /// Run in another way.
    #[must_use]
    pub fn with_options(mut self, options: JobOptions) -> Self {
        self.options = options;
        self
    }

    /// The names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.works.iter().map(|work| work.name())
    }

    /// The job of a name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&dyn Work> {
        self.works().find(|work| work.name() == name)
    }

    pub(super) fn works(&self) -> impl Iterator<Item = &dyn Work> {
        self.works.iter().map(|work| &**work)
    }

    pub(super) const fn options(&self) -> &JobOptions {
        &self.options
    }
}

impl fmt::Debug for Jobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.names().collect();
        f.debug_struct("Jobs").field("works", &names).field("options", &self.options).finish()
    }
}

/// A job that is a function.
struct Function<F> {
    name: String,
    schedule: Schedule,
    run: F,
}

#[async_trait]
impl<F, O> Work for Function<F>
where
    F: Fn(JobContext) -> O + Send + Sync,
    O: Future<Output = Result<String, JobError>> + Send,
{
    fn name(&self) -> &str {
        &self.name
    }

    fn schedule(&self) -> Schedule {
        self.schedule
    }

    async fn run(&self, context: &JobContext) -> Result<String, JobError> {
        (self.run)(context.clone()).await
    }
}

/// A time of day that is written in the sources.
pub(super) fn clock(hour: u8, minute: u8) -> TimeOfDay {
    TimeOfDay::new(hour, minute).unwrap_or(TimeOfDay::MIDNIGHT)
}
