//! Jobs as administrators see them: which there are, whether they are switched on, and what they are told.

use super::{JobState, LostScanSettings, ReminderSettings, RetentionSettings, Schedule, ScheduleError};
use crate::change::Change;
use crate::command::{Loaded, Need};
use crate::error::{Error, Result};
use crate::problem::FieldProblem;
use crate::rules::{Context, Rules};
use crate::schema::{Entity, EntityFacts, Facts};

/// The longest name of a job.
const MAX_NAME: usize = 64;

crate::entity!(
    #[entity("sys_job", "定时任务", "Job")]
    #[inputs(NewJob, JobPatch)]
    /// Something that is done by itself at its time. The program that brings the job makes the record; here is what can
    /// be said about it.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::crm::Jobs;
    /// use crmkit::jobs::JobPatch;
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// crm.enter_jobs(&Jobs::standard()).await?;
    /// let scan = crm.system().jobs().named("lost-scan").await?;
    /// // Somewhere else on the clock, and after eight months of silence.
    /// let patch = JobPatch {
    ///     schedule: Some("weekly sunday 04:00".to_owned()).into(),
    ///     settings: Some(serde_json::json!({"months": 8})).into(),
    ///     ..Default::default()
    /// };
    /// let scan = crm.system().jobs().edit(scan.id, patch).await?;
    /// assert_eq!(scan.own_schedule()?.map(|schedule| schedule.to_string()), Some("weekly sunday 04:00".to_owned()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub struct Job {
        /// What it is called: small letters, digits and hyphens, such as `lost-scan`. It stays as it is.
        #[label("名称", "Name")]
        pub name: String,
        /// Whether it is done at all. When it is switched on, what was due before is not made up for.
        #[label("启用", "Enabled")]
        pub enabled: bool,
        /// When it is due, such as `daily 08:00` ([`Schedule`]); without it, when the program says.
        #[label("时间安排", "Schedule")]
        pub schedule: Option<String>,
        /// What it is told; each job has settings of its own. Without them it does as it is documented to.
        #[label("设置", "Settings")]
        pub settings: Option<serde_json::Value>,
    }
);

impl EntityFacts for Job {
    fn facts() -> Facts {
        Facts::default().unique::<Self>(&[&Job::name]).natural::<Self>(&[&Job::name])
    }
}

impl NewJob {
    /// A job that is switched on, with nothing said about it.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), enabled: true, ..Self::default() }
    }
}

impl Job {
    /// When it is due, if that was said.
    ///
    /// # Errors
    ///
    /// [`ScheduleError`] if what is stored is none.
    pub fn own_schedule(&self) -> Result<Option<Schedule>, ScheduleError> {
        self.schedule.as_deref().map(str::parse).transpose()
    }

    /// The record as it is stored: its schedule as schedules are written.
    fn checked(mut self) -> Result<Self> {
        let mut problems = Vec::new();
        let good = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if !self.name.is_empty() && (self.name.len() > MAX_NAME || !self.name.bytes().all(good)) {
            let sentence = format!("it has 1 to {MAX_NAME} small letters, digits and hyphens");
            problems.push(FieldProblem::invalid("name", sentence));
        }
        match self.own_schedule() {
            Ok(schedule) => self.schedule = schedule.map(|schedule| schedule.to_string()),
            Err(error) => problems.push(FieldProblem::invalid("schedule", error.to_string())),
        }
        if let Some(sentence) = self.settings.as_ref().and_then(|settings| misfit(&self.name, settings)) {
            problems.push(FieldProblem::invalid("settings", sentence));
        }
        if problems.is_empty() { Ok(self) } else { Err(Error::Invalid { entity: "job".into(), problems }) }
    }
}

/// Why settings are not those of a job; those of a host's jobs are the host's business.
fn misfit(job: &str, settings: &serde_json::Value) -> Option<String> {
    if !settings.is_object() {
        return Some("they are a JSON object".to_owned());
    }
    let settings = settings.clone();
    let problem = match job {
        super::LOST_SCAN => serde_json::from_value::<LostScanSettings>(settings).err(),
        super::REMINDERS => serde_json::from_value::<ReminderSettings>(settings).err(),
        super::RETENTION => serde_json::from_value::<RetentionSettings>(settings).err(),
        _ => None,
    };
    problem.map(|problem| problem.to_string())
}

impl Rules for Job {
    fn created(draft: Self, _: &Context) -> Result<Self> {
        draft.checked()
    }

    fn edited(before: &Self, after: Self, _: &Context) -> Result<Self> {
        if before.name != after.name {
            let problems = vec![FieldProblem::invalid("name", "a job's name can't be changed")];
            return Err(Error::Invalid { entity: "job".into(), problems });
        }
        after.checked()
    }

    fn touches(before: Option<&Self>, after: Option<&Self>) -> Vec<Need> {
        let on = switched_on(before, after).map(|job| JobState::job.eq(job.name.as_str()));
        on.map(Need::matching::<JobState>).into_iter().collect()
    }

    /// Whoever switches a job on starts it anew: a slot that was begun, a lease, and slots counted by a clock that was
    /// wrong are forgotten.
    fn follows(before: Option<&Self>, after: Option<&Self>, loaded: &Loaded, context: &Context) -> Result<Vec<Change>> {
        if switched_on(before, after).is_none() {
            return Ok(Vec::new());
        }
        let anew = |state: JobState| {
            let expected = state.version;
            Change::Update { record: state.anew(context.now).into_record(), expected }
        };
        Ok(loaded.all::<JobState>()?.into_iter().map(anew).collect())
    }
}

fn switched_on<'a>(before: Option<&Job>, after: Option<&'a Job>) -> Option<&'a Job> {
    after.filter(|after| after.enabled && before.is_some_and(|before| !before.enabled))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Id;
    use crate::value::Timestamp;
    use serde_json::json;

    fn stored(new: NewJob) -> Result<Job> {
        let context = Context { actor: None, now: Timestamp::EPOCH, zone: chrono_tz::UTC };
        Job::created(Job::draft(Id::NIL, new), &context)
    }

    #[test]
    fn what_is_said_about_a_job_must_mean_something() {
        let written = NewJob { schedule: Some("Weekly SAT 3:05".into()), ..NewJob::new("lost-scan") };
        assert_eq!(stored(written).unwrap().schedule.as_deref(), Some("weekly saturday 03:05"));
        for new in [
            NewJob::new("Lost scan"),
            NewJob::new("x".repeat(65)),
            NewJob { schedule: Some("now and then".into()), ..NewJob::new("x") },
            NewJob { settings: Some(json!([1])), ..NewJob::new("x") },
            NewJob { settings: Some(json!({"month": 3})), ..NewJob::new("lost-scan") },
            NewJob { settings: Some(json!({"history_days": -1})), ..NewJob::new("retention") },
            NewJob { settings: Some(json!({"service_days": "two"})), ..NewJob::new("reminders") },
        ] {
            assert!(matches!(stored(new.clone()), Err(Error::Invalid { .. })), "{new:?}");
        }
        for new in [
            NewJob { settings: Some(json!({"anything": 3})), ..NewJob::new("a-hosts-own") },
            NewJob { settings: Some(json!({"history_days": 30})), ..NewJob::new("retention") },
        ] {
            stored(new).unwrap();
        }
    }
}
