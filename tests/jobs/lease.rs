//! Who has a slot, and what becomes of it when he is gone.

use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use crmkit::crm::{Ended, Jobs};
use crmkit::jobs::JobRunStatus;
use crmkit::prelude::*;

use crate::{Chore, Program, Step, at, block_on, slots, stores, until_death};

const START: &str = "2026-03-01T12:00:00Z";

#[test]
fn what_a_dead_program_had_begun_is_taken_over_when_its_lease_is_over() {
    for storage in stores() {
        let (dead, heir) = (Program::on(&storage, START), Program::on(&storage, START));
        let begun = Arc::new(Mutex::new(Vec::new()));
        let deadly = Chore::new("daily", "daily 08:00", |_| Step::Dies).noted(&begun);
        let good = Jobs::default().with(Chore::good("daily", "daily 08:00").noted(&begun));
        heir.run(START, &good);
        dead.at(at("2026-03-02T08:00:00Z"));
        let jobs = Jobs::default().with(deadly.clone());
        assert!(until_death(&deadly.died, dead.crm.run_due(dead.now(), &jobs)).is_none());
        let state = heir.state("daily");
        assert_eq!((state.attempts, state.lease_until), (1, Some(at("2026-03-02T08:15:00Z"))));
        assert_eq!(heir.run("2026-03-02T08:14:59Z", &good), []);
        // A moment that a wrong clock of his could not have given is no lease.
        let ran = heir.run("2026-03-02T08:15:00Z", &good);
        assert_eq!((slots(&ran), ran[0].attempts), (vec!["2026-03-02T08:00:00Z".to_owned()], 2));
        assert!(crate::done(&ran));
        assert_eq!(heir.runs("daily")[0].attempts, 2);
        assert_eq!(begun.lock().unwrap().len(), 2);
    }
}

#[test]
fn a_job_that_kills_who_does_it_is_given_up_in_the_end() {
    let storage = crate::memory();
    let program = Program::on(&storage, START);
    let begun = Arc::new(Mutex::new(Vec::new()));
    let deadly = Chore::new("daily", "daily 08:00", |_| Step::Dies).noted(&begun);
    let jobs = Jobs::default().with(deadly.clone());
    program.run(START, &jobs);
    for hour in 8..13 {
        program.at(at(&format!("2026-03-02T{hour:02}:00:00Z")));
        assert!(until_death(&deadly.died, program.crm.run_due(program.now(), &jobs)).is_none());
    }
    let ran = program.run("2026-03-02T13:00:00Z", &jobs);
    assert_eq!(ran[0].ended, Ended::GivenUp("who began it never ended it".into()));
    let kept = program.runs("daily").remove(0);
    assert_eq!((kept.status, kept.attempts, begun.lock().unwrap().len()), (JobRunStatus::Failed, 5, 5));
}

#[test]
fn who_has_lost_a_slot_neither_ends_nor_keeps_it() {
    for storage in stores() {
        let (slow, quick) = (Program::on(&storage, START), Program::on(&storage, START));
        let theirs = Jobs::default().add("daily", "daily 08:00".parse().unwrap(), |_| async { Ok("quick".into()) });
        let taken_over = Arc::new(Mutex::new(Vec::new()));
        let mine = {
            let (quick, theirs, taken_over) = (quick.clone(), theirs.clone(), Arc::clone(&taken_over));
            move |context: crmkit::crm::JobContext| {
                let (quick, theirs, taken_over) = (quick.clone(), theirs.clone(), Arc::clone(&taken_over));
                async move {
                    // Still there, and then silent for too long.
                    context.extend().await?;
                    quick.at(at("2026-03-02T08:14:59Z"));
                    assert_eq!(quick.crm.run_due(quick.now(), &theirs).await?, []);
                    quick.at(at("2026-03-02T08:16:00Z"));
                    let ran = quick.crm.run_due(quick.now(), &theirs).await?;
                    taken_over.lock().unwrap().extend(ran);
                    assert!(matches!(context.extend().await, Err(Error::State { .. })));
                    Ok("slow".to_owned())
                }
            }
        };
        let mine = Jobs::default().add("daily", "daily 08:00".parse().unwrap(), mine);
        slow.run(START, &mine);
        let ran = slow.run("2026-03-02T08:00:00Z", &mine);
        assert_eq!((ran.len(), &ran[0].ended), (1, &Ended::Lost));
        assert_eq!(taken_over.lock().unwrap()[0].ended, Ended::Done("quick".into()));
        let kept = slow.runs("daily");
        assert_eq!((kept.len(), kept[0].outcome.as_deref(), kept[0].attempts), (1, Some("quick"), 2));
    }
}

#[test]
fn a_job_that_says_it_is_still_there_keeps_its_slot() {
    for storage in stores() {
        let (long, other) = (Program::on(&storage, START), Program::on(&storage, START));
        let theirs = Jobs::default().with(Chore::good("daily", "daily 08:00"));
        let mine = {
            let (long, other, theirs) = (long.clone(), other.clone(), theirs.clone());
            move |context: crmkit::crm::JobContext| {
                let (long, other, theirs) = (long.clone(), other.clone(), theirs.clone());
                async move {
                    for _ in 0..10 {
                        long.clock.advance(TimeDelta::minutes(14))?;
                        context.extend().await?;
                        other.at(long.now().checked_add(TimeDelta::minutes(14))?);
                        assert_eq!(other.crm.run_due(other.now(), &theirs).await?, []);
                    }
                    // Somebody writes the job's record meanwhile: that is no reason to lose it.
                    let jobs = other.crm.system().jobs();
                    let patch = crmkit::jobs::JobPatch { enabled: false.into(), ..Default::default() };
                    jobs.edit(jobs.named("daily").await?.id, patch).await?;
                    Ok(context.now().to_string())
                }
            }
        };
        let mine = Jobs::default().add("daily", "daily 08:00".parse().unwrap(), mine);
        long.run(START, &mine);
        let ran = long.run("2026-03-02T08:00:00Z", &mine);
        assert_eq!(ran[0].ended, Ended::Done("2026-03-02T10:20:00Z".into()));
        let kept = long.runs("daily").remove(0);
        assert_eq!((kept.started_at, kept.finished_at), (Some(at("2026-03-02T08:00:00Z")), at("2026-03-02T10:20:00Z")));
    }
}

#[test]
fn a_lease_of_a_clock_that_was_wrong_holds_nobody_up() {
    let storage = crate::memory();
    let (wrong, right) = (Program::on(&storage, START), Program::on(&storage, START));
    let deadly = Chore::new("daily", "daily 08:00", |_| Step::Dies);
    let jobs = Jobs::default().with(deadly.clone());
    wrong.run(START, &jobs);
    wrong.at(at("2031-03-02T08:00:00Z"));
    assert!(until_death(&deadly.died, wrong.crm.run_due(wrong.now(), &jobs)).is_none());
    let good = Jobs::default().with(Chore::good("daily", "daily 08:00"));
    assert_eq!(slots(&right.run("2026-03-02T08:00:00Z", &good)), ["2031-03-02T08:00:00Z"]);
    assert_eq!(block_on(right.crm.system().job_runs().count(Filter::All)).unwrap(), 1);
}
