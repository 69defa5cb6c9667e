//! Events and jobs: what is overdue is found by a job at its time, and told to a program as an event.
//!
//! ```text
//! cargo run --release --example reminders
//! ```

use std::error::Error;
use std::sync::Arc;

use chrono::TimeDelta;
use crmkit::clock::{Clock, FixedClock};
use crmkit::crm::Jobs;
use crmkit::events::{EventCursor, Start};
use crmkit::jobs::{CatchUp, JobRun, Schedule};
use crmkit::marketing::{NewOpportunity, NewPlanItem};
use crmkit::organisation::NewOrganisation;
use crmkit::prelude::*;
use crmkit::storage::{SqliteOptions, SqliteStorage};

fn main() -> Result<(), Box<dyn Error>> {
    pollster::block_on(run())
}

async fn run() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let storage =
        SqliteStorage::open(folder.path().join("crm.db"), crmkit::standard_schema()?, SqliteOptions::default())?;
    // A clock that stands still until it is moved. A real program leaves it out, and has the machine's.
    let clock = Arc::new(FixedClock::new("2026-03-02T01:00:00Z".parse()?));
    let organisation = NewOrganisation { time_zone: "Asia/Shanghai".into(), ..NewOrganisation::main() };
    let crm = Crm::builder(storage).clock(Arc::clone(&clock)).organisation(organisation).open().await?;

    // The crate's own jobs, and one of this program, every half hour.
    let greet = |context: crmkit::crm::JobContext| async move {
        let open = context.session().opportunities().count(Filter::All).await?;
        Ok(format!("{open} opportunities"))
    };
    let jobs = Jobs::standard().add("count", Schedule::every_minutes(30), greet);
    println!("count makes up for: {:?}", jobs.named("count").map_or(CatchUp::Latest, |work| work.catch_up()));
    crm.run_due(clock.now(), &jobs).await?;

    plan(&crm).await?;

    // A program that reads events keeps how far it has read; this one begins now.
    let mut read = crm.event_cursor(Start::Now).await?;
    for _ in 0..4 {
        clock.advance(TimeDelta::hours(23))?;
        let now = clock.now();
        println!("\n== {} in Shanghai\n", now.local(chrono_tz::Asia::Shanghai));
        for ran in crm.run_due(now, &jobs).await? {
            println!("{} of {}: {:?}", ran.job, ran.slot.at, ran.ended);
        }
        read = tell(&crm, read).await?;
    }

    // However often it is asked, a slot is done once.
    assert!(crm.run_due(clock.now(), &jobs).await?.is_empty());
    let done = crm.system().job_runs().list(Query::of::<JobRun>().filter(JobRun::job.eq("reminders"))).await?;
    println!("\nreminders were made at {} slots", done.items.len());
    crm.close().await?;
    Ok(())
}

/// Li wants to win Hotel Lotus, and has planned to.
async fn plan(crm: &Crm) -> Result<(), Box<dyn Error>> {
    let system = crm.system();
    let role = system.roles().named("account_manager").await?;
    let li = system.users().create(NewUser::new("li", role.id)).await?;
    let chance = NewOpportunity {
        customer_name: "Hotel Lotus".into(),
        title: "Tea for all rooms".into(),
        expected_close_on: Some("2026-03-04".parse()?),
        ..Default::default()
    };
    let chance = system.opportunities().create(chance).await?;
    system.opportunities().assign(chance.id, li.id).await?;
    for (date, todo) in [("2026-03-02", "Call the director"), ("2026-03-20", "Send the offer")] {
        let (date, todo) = (date.parse()?, todo.to_owned());
        system.plan_items().create(NewPlanItem { opportunity: chance.id, date, todo, ..Default::default() }).await?;
    }
    Ok(())
}

/// What a program does about events: here it prints what is overdue, elsewhere it sends a message.
async fn tell(crm: &Crm, from: EventCursor) -> Result<EventCursor, Box<dyn Error>> {
    let mut read = from;
    loop {
        let page = crm.system().events(&read, 100).await?;
        for event in page.events.iter().filter(|event| event.name.ends_with(".overdue")) {
            println!("event {}: {}", event.name, serde_json::to_string(&event.data)?);
        }
        read = page.next;
        if !page.more {
            return Ok(read);
        }
    }
}
