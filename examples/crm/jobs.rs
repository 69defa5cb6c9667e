//! `crm jobs`: what is done by itself at its time.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use crmkit::crm::{Ended, Jobs};
use crmkit::jobs::{Job, JobPatch, JobRun, JobState, Schedule};
use crmkit::prelude::*;
use crmkit::report::{Column, Report, Table};
use crmkit::schema::{ColumnType, Label};
use crmkit::transfer::{BackupJob, Rotation};
use pollster::block_on;

use crate::call::Call;
use crate::cli::Format;
use crate::failure::{Failure, Outcome};
use crate::list;

#[derive(Debug, Args)]
pub(crate) struct JobsArgs {
    #[command(subcommand)]
    command: JobsCommand,
    /// With the job `backup`, which puts a backup of every day into this folder
    #[arg(long, global = true, value_name = "DIR")]
    backups: Option<PathBuf>,
    /// How many backups are kept there
    #[arg(long, global = true, value_name = "N", default_value_t = 14, requires = "backups")]
    keep: usize,
}

#[derive(Debug, Subcommand)]
pub(crate) enum JobsCommand {
    /// List the jobs: when they are due, who is at them, what went wrong
    List,
    /// Do what is due; a program such as cron calls this every few minutes
    RunDue,
    /// Switch a job on; what was due before is not made up for
    Enable {
        /// The job, such as lost-scan
        name: String,
    },
    /// Switch a job off
    Disable {
        /// The job, such as lost-scan
        name: String,
    },
    /// Show what came of the jobs, or of one
    History {
        /// The job, such as lost-scan
        name: Option<String>,
    },
}

pub(crate) fn run(args: &JobsArgs, call: &mut Call<'_>) -> Result<Outcome, Failure> {
    let (session, mut jobs) = (call.session()?, Jobs::standard());
    if let Some(folder) = &args.backups {
        jobs = jobs.with(BackupJob::new(folder, Rotation::new("crm", args.keep)));
    }
    match &args.command {
        JobsCommand::List => list(call, &session, &jobs),
        JobsCommand::RunDue => run_due(call, &session, &jobs),
        JobsCommand::Enable { name } => switch(call, &session, &jobs, name, true),
        JobsCommand::Disable { name } => switch(call, &session, &jobs, name, false),
        JobsCommand::History { name } => {
            let mut query = Query::new("").order(JobRun::slot.asc());
            let mut parameters = Vec::new();
            if let Some(name) = name {
                block_on(session.jobs().named(name))?;
                query = query.filter(JobRun::job.eq(name.as_str()));
                parameters.push(("job".into(), name.as_str().into()));
            }
            list::found(call, &session, "job_runs", parameters, &query)
        }
    }
}

fn list(call: &mut Call<'_>, session: &Session, jobs: &Jobs) -> Result<Outcome, Failure> {
    block_on(session.require("job.read"))?;
    block_on(session.crm().enter_jobs(jobs))?;
    let (known, states) = block_on(async {
        let known = session.jobs().list(Query::of::<Job>().order(Job::name.asc()).limit(1_000)).await?.items;
        let states = session.job_states().list(Query::of::<JobState>().limit(1_000)).await?.items;
        Ok::<_, Error>((known, states))
    })?;
    let zone = session.crm().organisation().zone();
    let text = |name, zh, en| Column::new(name, ColumnType::Text, Label::new(zh, en));
    let moment = |name, zh, en| Column::new(name, ColumnType::Timestamp, Label::new(zh, en));
    let mut table = Table::new(vec![
        text("name", "名称", "Name"),
        Column::new("enabled", ColumnType::Bool, Label::new("启用", "Enabled")),
        text("schedule", "时间安排", "Schedule"),
        moment("over_until", "已完成至", "Over until"),
        moment("next", "下次", "Next"),
        moment("retry_at", "重试时间", "Retry at"),
        text("lease_holder", "持有者", "Lease holder"),
        moment("lease_until", "租约到期", "Lease until"),
        text("error", "错误", "Error"),
    ]);
    for job in known {
        let schedule: Option<Schedule> = match job.own_schedule() {
            Ok(Some(schedule)) => Some(schedule),
            Ok(None) | Err(_) => jobs.named(&job.name).map(|work| work.schedule()),
        };
        let state = states.iter().find(|state| state.job == job.name);
        let next = schedule.zip(state).filter(|_| job.enabled);
        let next = next.and_then(|(schedule, state)| schedule.next(state.over(), zone)).map(|slot| slot.at);
        let moment = |of: fn(&JobState) -> Option<Timestamp>| state.and_then(of).map_or(Value::Null, Value::Timestamp);
        let said =
            |of: fn(&JobState) -> Option<&String>| state.and_then(of).map_or(Value::Null, |text| text.as_str().into());
        table.push(vec![
            job.name.as_str().into(),
            Value::Bool(job.enabled),
            schedule.map_or(Value::Null, |schedule| schedule.to_string().into()),
            moment(|state| Some(state.over_until)),
            next.map_or(Value::Null, Value::Timestamp),
            moment(|state| state.retry_at),
            said(|state| state.lease_holder.as_ref()),
            moment(|state| state.lease_until),
            said(|state| state.error.as_ref()),
        ]);
    }
    print(call, session, "jobs", table)
}

fn run_due(call: &mut Call<'_>, session: &Session, jobs: &Jobs) -> Result<Outcome, Failure> {
    let ran = block_on(session.run_due(jobs))?;
    if ran.is_empty() && call.format() == Format::Text {
        call.say("nothing is due")?;
        return Ok(Outcome::Done);
    }
    let text = |name, zh, en| Column::new(name, ColumnType::Text, Label::new(zh, en));
    let mut table = Table::new(vec![
        text("job", "任务", "Job"),
        Column::new("slot", ColumnType::Timestamp, Label::new("计划时间", "Slot")),
        Column::new("attempts", ColumnType::Int, Label::new("尝试次数", "Attempts")),
        text("status", "状态", "Status"),
        text("said", "结果", "Said"),
    ]);
    for ran in ran {
        let (status, said) = match ran.ended {
            Ended::Done(said) => ("done", Some(said)),
            Ended::Failed(said) => ("failed", Some(said)),
            Ended::GivenUp(said) => ("given up", Some(said)),
            _ => ("lost", None),
        };
        let said = said.map_or(Value::Null, Value::from);
        table.push(vec![ran.job.into(), Value::Timestamp(ran.slot.at), ran.attempts.into(), status.into(), said]);
    }
    print(call, session, "run_due", table)
}

fn switch(call: &mut Call<'_>, session: &Session, jobs: &Jobs, name: &str, enabled: bool) -> Result<Outcome, Failure> {
    block_on(session.require("job.edit"))?;
    block_on(session.crm().enter_jobs(jobs))?;
    block_on(async {
        let job = session.jobs().named(name).await?;
        session.jobs().edit(job.id, JobPatch { enabled: enabled.into(), ..Default::default() }).await
    })?;
    call.say(&format!("`{name}` is switched {}", if enabled { "on" } else { "off" }))?;
    Ok(Outcome::Done)
}

fn print(call: &mut Call<'_>, session: &Session, name: &'static str, table: Table) -> Result<Outcome, Failure> {
    let table = match call.format() {
        Format::Text => list::for_people(&table, session.crm().organisation().zone(), true),
        Format::Json | Format::Csv | Format::Svg | Format::Xlsx => table,
    };
    call.print(&Report::new(name, Vec::new(), table, session.lang()))?;
    Ok(Outcome::Done)
}
