//! What is made up for, what is tried again, and what people say about jobs.

use std::sync::{Arc, Mutex};

use crmkit::crm::{Ended, Jobs};
use crmkit::jobs::{JobPatch, JobRunStatus, NewJob};
use crmkit::organisation::OrganisationPatch;
use crmkit::prelude::*;

use crate::{Chore, Program, Step, at, block_on, slots, stores};

#[test]
fn what_nobody_was_there_for_is_made_up_for_as_the_job_says() {
    for storage in stores() {
        let program = Program::on(&storage, "2026-03-01T12:00:00Z");
        let jobs = Jobs::default()
            .with(Chore::good("latest", "daily 08:00"))
            .with(Chore::good("three", "daily 09:00").every(3))
            .with(Chore::good("all", "daily 10:00").every(1_000));
        assert_eq!(program.run("2026-03-01T12:00:00Z", &jobs), []);
        let ran = program.run("2026-03-11T12:00:00Z", &jobs);
        assert!(crate::done(&ran));
        let days = |name: &str| -> Vec<u32> {
            let of_it = ran.iter().filter(|ran| ran.job == name);
            of_it.map(|ran| chrono::Datelike::day(&ran.slot.day.unwrap())).collect()
        };
        assert_eq!((days("latest"), days("three")), (vec![11], vec![9, 10, 11]));
        assert_eq!(days("all"), (2..=11).collect::<Vec<u32>>());
        assert_eq!(program.run("2026-03-11T12:00:00Z", &jobs), []);
        // Set back, nothing comes again; nor when the clock is right again.
        assert_eq!(program.run("2026-03-05T12:00:00Z", &jobs), []);
        assert_eq!(program.run("2026-03-12T07:59:59Z", &jobs), []);
        assert_eq!(slots(&program.run("2026-03-12T08:00:00Z", &jobs)), ["2026-03-12T08:00:00Z"]);
    }
}

#[test]
fn a_jump_of_years_is_bounded() {
    let storage = crate::memory();
    let program = Program::on(&storage, "2026-03-01T12:00:00Z");
    let jobs = Jobs::default()
        .with(Chore::good("one", "every 1 minutes"))
        .with(Chore::good("few", "every 1 minutes").every(5));
    program.run("2026-03-01T12:00:00Z", &jobs);
    let ran = program.run("2046-03-01T12:00:30Z", &jobs);
    assert_eq!(ran.len(), 6);
    assert_eq!(slots(&ran[..2]), ["2046-03-01T12:00:00Z", "2046-03-01T11:56:00Z"]);
    // A clock that was wrong keeps a job waiting until it is switched off and on.
    assert_eq!(program.run("2026-03-02T12:00:00Z", &jobs), []);
    program.switch("one", false);
    program.switch("one", true);
    assert_eq!(slots(&program.run("2026-03-02T12:01:00Z", &jobs)), ["2026-03-02T12:01:00Z"]);
}

#[test]
fn a_job_that_fails_is_tried_again_later_and_later_and_then_given_up() {
    for storage in stores() {
        let program = Program::on(&storage, "2026-03-01T12:00:00Z");
        let begun = Arc::new(Mutex::new(Vec::new()));
        let fails = Chore::new("fails", "daily 08:00", |context| {
            let error = std::io::Error::other(format!("no paper, {}", context.attempt()));
            if context.day().to_string() == "2026-03-02" {
                Step::Ends(Err(error.into()))
            } else {
                Step::Ends(Ok(String::new()))
            }
        });
        let jobs = Jobs::default().with(fails.every(10).noted(&begun)).with(Chore::good("good", "daily 08:00"));
        program.run("2026-03-01T12:00:00Z", &jobs);
        let ran = program.run("2026-03-02T08:00:00Z", &jobs);
        assert_eq!((ran.len(), &ran[0].ended), (2, &Ended::Failed("no paper, 1".into())));
        assert!(matches!(ran[1].ended, Ended::Done(_)), "another job is not kept from its turn");
        for (early, late) in [("08:00:59", "08:01:00"), ("08:02:59", "08:03:00"), ("08:06:59", "08:07:00")] {
            assert_eq!(program.run(&format!("2026-03-02T{early}Z"), &jobs), []);
            assert_eq!(program.run(&format!("2026-03-02T{late}Z"), &jobs).len(), 1);
            assert_eq!(program.runs("fails"), []);
        }
        assert_eq!(program.state("fails").error.as_deref(), Some("no paper, 4"));
        let ran = program.run("2026-03-02T08:15:00Z", &jobs);
        assert_eq!(ran[0].ended, Ended::GivenUp("no paper, 5".into()));
        let kept = program.runs("fails").remove(0);
        assert_eq!((kept.status, kept.attempts, kept.error.as_deref()), (JobRunStatus::Failed, 5, Some("no paper, 5")));
        assert_eq!((kept.slot, kept.finished_at), (at("2026-03-02T08:00:00Z"), at("2026-03-02T08:15:00Z")));
        assert_eq!(program.run("2026-03-02T23:00:00Z", &jobs), []);
        let ran = program.run("2026-03-03T08:00:00Z", &jobs);
        assert!(crate::done(&ran) && ran.len() == 2);
        assert_eq!(begun.lock().unwrap().len(), 6);
        assert_eq!(program.state("fails").error, None);
    }
}

#[test]
fn the_next_slot_takes_the_place_of_one_that_failed_where_only_the_latest_counts() {
    let storage = crate::memory();
    let program = Program::on(&storage, "2026-03-01T12:00:00Z");
    let fails = Chore::new("fails", "every 2 minutes", |_| Step::Ends(Err("broken".into())));
    let jobs = Jobs::default().with(fails);
    program.run("2026-03-01T12:00:00Z", &jobs);
    program.run("2026-03-01T12:02:00Z", &jobs);
    let ran = program.run("2026-03-01T12:04:00Z", &jobs);
    assert_eq!(slots(&ran), ["2026-03-01T12:02:00Z", "2026-03-01T12:04:00Z"]);
    assert_eq!(ran[0].ended, Ended::GivenUp("broken".into()));
    assert_eq!(ran[1].ended, Ended::Failed("broken".into()));
}

#[test]
fn a_job_that_is_switched_off_is_not_done_and_nothing_is_made_up_for() {
    for storage in stores() {
        let program = Program::on(&storage, "2026-03-01T12:00:00Z");
        let jobs = Jobs::default().with(Chore::good("daily", "daily 08:00").every(100));
        block_on(program.crm.enter_jobs(&jobs)).unwrap();
        program.switch("daily", false);
        assert_eq!(program.run("2026-03-05T12:00:00Z", &jobs), []);
        assert_eq!(block_on(program.crm.next_due(program.now(), &jobs)).unwrap(), None);
        program.switch("daily", true);
        assert_eq!(program.run("2026-03-05T13:00:00Z", &jobs), []);
        let next = block_on(program.crm.next_due(program.now(), &jobs)).unwrap();
        assert_eq!(next, Some(at("2026-03-06T08:00:00Z")));
        assert_eq!(slots(&program.run("2026-03-06T12:00:00Z", &jobs)), ["2026-03-06T08:00:00Z"]);
        // Switched off and on with a clock that is behind, a slot that is over stays over.
        program.at(at("2026-03-04T12:00:00Z"));
        program.switch("daily", false);
        program.switch("daily", true);
        let ran = program.run("2026-03-07T08:00:00Z", &jobs);
        assert_eq!(slots(&ran), ["2026-03-05T08:00:00Z", "2026-03-07T08:00:00Z"]);
        let kept: Vec<String> = program.runs("daily").iter().map(|run| run.day.unwrap().to_string()).collect();
        assert_eq!(kept, ["2026-03-05", "2026-03-06", "2026-03-07"]);
    }
}

#[test]
fn people_say_when_and_the_zone_may_change() {
    let storage = crate::memory();
    let (here, there) = (Program::on(&storage, "2026-03-01T12:00:00Z"), Program::on(&storage, "2026-03-01T12:00:00Z"));
    let jobs = Jobs::default().with(Chore::good("daily", "daily 08:00").every(100));
    here.run("2026-03-01T12:00:00Z", &jobs);
    let edit = |schedule: Option<&str>| {
        let jobs = here.crm.system().jobs();
        let patch = JobPatch { schedule: schedule.map(ToOwned::to_owned).into(), ..Default::default() };
        block_on(async { jobs.edit(jobs.named("daily").await.unwrap().id, patch).await })
    };
    edit(Some("daily 20:00")).unwrap();
    assert_eq!(slots(&here.run("2026-03-01T20:00:00Z", &jobs)), ["2026-03-01T20:00:00Z"]);
    assert!(matches!(edit(Some("whenever")), Err(Error::Invalid { .. })));
    // Another program moves the organisation to the east. March 1 is done, though it comes to 20:00 there no more.
    let zone = OrganisationPatch { time_zone: "Asia/Shanghai".to_owned().into(), ..Default::default() };
    block_on(there.crm.system().organisation().edit(there.crm.organisation().id, zone)).unwrap();
    assert_eq!(here.run("2026-03-02T11:59:00Z", &jobs), []);
    assert_eq!(slots(&here.run("2026-03-02T12:00:00Z", &jobs)), ["2026-03-02T12:00:00Z"]);
    let zone = OrganisationPatch { time_zone: "America/New_York".to_owned().into(), ..Default::default() };
    block_on(there.crm.system().organisation().edit(there.crm.organisation().id, zone)).unwrap();
    // It is 20:00 of March 2 once more.
    assert_eq!(here.run("2026-03-03T01:00:00Z", &jobs), []);
    edit(None).unwrap();
    assert_eq!(slots(&here.run("2026-03-03T13:00:00Z", &jobs)), ["2026-03-03T13:00:00Z"]);
}

#[test]
fn names_that_mean_nothing_are_said_to() {
    let storage = crate::memory();
    let program = Program::on(&storage, "2026-03-01T12:00:00Z");
    let unknown = block_on(program.crm.system().jobs().named("sweep"));
    assert_eq!(unknown.unwrap_err().to_string(), "there is no job `sweep`");
    let jobs = Jobs::default().with(Chore::good("Not a name", "daily 08:00"));
    assert!(matches!(block_on(program.crm.run_due(program.now(), &jobs)), Err(Error::Invalid { .. })));
    // A job of somebody else's program is left alone.
    block_on(program.crm.system().jobs().create(NewJob::new("theirs"))).unwrap();
    assert_eq!(program.run("2026-03-09T12:00:00Z", &Jobs::default()), []);
    assert!(Jobs::standard().named("theirs").is_none() && Jobs::standard().without("reminders").names().count() == 2);
}
