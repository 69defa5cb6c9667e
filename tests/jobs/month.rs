//! Several programs over one store for a month: clocks that differ and jump, programs that die in the middle of a job.

use std::collections::BTreeMap;
use std::sync::{Arc, Barrier, Mutex};
use std::thread;

use chrono::TimeDelta;
use crmkit::crm::{Ended, Jobs};
use crmkit::jobs::{JobRunStatus, Retry, Schedule, Slot};
use crmkit::organisation::OrganisationPatch;
use crmkit::prelude::*;
use crmkit::storage::Storage;

use crate::{Chore, Program, Step, at, block_on, until_death};

const BEGIN: &str = "2026-03-15T12:00:00Z";
const DAYS: i64 = 30;
/// The names and schedules; the clocks go forward in Berlin on March 29.
const JOBS: [(&str, &str, u32); 4] = [
    ("daily", "daily 02:30", 100),
    ("often", "every 180 minutes", 1_000),
    ("weekly", "weekly saturday 02:00", 10),
    ("latest", "every 45 minutes", 0),
];

/// Numbers that follow from a seed.
#[derive(Debug, Clone)]
struct Dice(u64);

impl Dice {
    fn throw(&mut self, below: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from((self.0 >> 33) % u64::try_from(below).unwrap()).unwrap()
    }
}

/// What happened to each slot: how often it was begun, and how often who began it died.
type Counts = Arc<Mutex<BTreeMap<(&'static str, Timestamp), (u32, u32)>>>;

/// The jobs of one program, which dies in one of so many.
fn jobs(counts: &Counts, seed: u64, deadly: i64) -> (Jobs, Vec<Chore>) {
    let chores: Vec<Chore> = JOBS
        .iter()
        .map(|(name, schedule, every)| {
            let (counts, dice) = (Arc::clone(counts), Mutex::new(Dice(seed)));
            let chore = Chore::new(name, schedule, move |context| {
                let dies = deadly > 0 && dice.lock().unwrap().throw(deadly) == 0;
                let mut counts = counts.lock().unwrap();
                let count = counts.entry((*name, context.slot().at)).or_default();
                *count = (count.0 + 1, count.1 + u32::from(dies));
                assert_eq!(i64::from(count.0), context.attempt());
                if dies { Step::Dies } else { Step::Ends(Ok("done".into())) }
            });
            if *every > 0 { chore.every(*every) } else { chore }
        })
        .collect();
    // Of these, all that can be shared is that somebody has died.
    let died = Arc::clone(&chores[0].died);
    let chores: Vec<Chore> = chores.into_iter().map(|chore| Chore { died: Arc::clone(&died), ..chore }).collect();
    let options =
        crmkit::crm::JobOptions { retry: Retry { attempts: 1_000, ..Retry::default() }, ..Default::default() };
    (chores.iter().cloned().fold(Jobs::default().with_options(options), Jobs::with), chores)
}

fn turn(program: &Program, (jobs, chores): &(Jobs, Vec<Chore>), now: Timestamp) {
    program.at(now);
    let ran = until_death(&chores[0].died, program.crm.run_due(now, jobs));
    for ran in ran.into_iter().flat_map(Result::unwrap) {
        // Where only the latest slot counts, it takes the place of one that somebody died of.
        let superseded = ran.job == "latest" && matches!(ran.ended, Ended::GivenUp(_));
        assert!(superseded || matches!(ran.ended, Ended::Done(_)), "{ran:?}");
    }
}

/// A month of some programs. Each round all of them are at it at once, their clocks some minutes apart.
fn month(storage: Arc<dyn Storage>, programs: usize, seed: u64, longest_step: i64) {
    let mut dice = Dice(seed);
    let counts: Counts = Counts::default();
    let first = Program::on(&storage, BEGIN);
    let zone = OrganisationPatch { time_zone: "Europe/Berlin".to_owned().into(), ..Default::default() };
    block_on(first.crm.system().organisation().edit(first.crm.organisation().id, zone)).unwrap();
    let others = (1..programs).map(|_| Program::on(&storage, BEGIN));
    let programs: Vec<Program> = std::iter::once(first).chain(others).collect();
    let sets: Vec<_> = (0_u64..).map(|number| jobs(&counts, seed ^ number, 15)).take(programs.len()).collect();
    let skews: Vec<TimeDelta> = programs.iter().map(|_| TimeDelta::seconds(dice.throw(480) - 240)).collect();
    // Who comes first enters the jobs.
    turn(&programs[0], &sets[0], at(BEGIN));
    let (mut now, mut latest) = (at(BEGIN), at(BEGIN));
    let end = now.checked_add(TimeDelta::days(DAYS)).unwrap();
    while now < end {
        let jump = match dice.throw(40) {
            0 => TimeDelta::minutes(-dice.throw(6 * 60)),
            1 => TimeDelta::minutes(dice.throw(3 * 24 * 60)),
            _ => TimeDelta::minutes(dice.throw(longest_step)),
        };
        now = now.checked_add(jump).unwrap();
        if dice.throw(50) == 0 {
            // One whose clock is days ahead.
            let (who, wrong) = (usize::try_from(dice.throw(2)).unwrap(), now.checked_add(TimeDelta::days(2)).unwrap());
            turn(&programs[who], &sets[who], wrong);
            latest = latest.max(wrong);
            continue;
        }
        let start = Barrier::new(programs.len());
        thread::scope(|scope| {
            for ((program, set), skew) in programs.iter().zip(&sets).zip(&skews) {
                let (now, start) = (now.checked_add(*skew).unwrap(), &start);
                scope.spawn(move || {
                    start.wait();
                    turn(program, set, now);
                });
            }
        });
        latest = latest.max(now.checked_add(*skews.iter().max().unwrap()).unwrap());
    }
    // What the dead have left is taken up when their leases are over.
    latest = latest.max(end).checked_add(TimeDelta::hours(1)).unwrap();
    turn(&programs[1], &jobs(&counts, seed, 0), latest);
    check(&programs[0], &counts.lock().unwrap(), latest);
}

fn check(program: &Program, counts: &BTreeMap<(&'static str, Timestamp), (u32, u32)>, until: Timestamp) {
    let mut deaths = 0;
    for ((job, slot), (begun, died)) in counts {
        assert!(*begun <= died + 1, "{job} at {slot} was begun {begun} times and {died} died of it");
        deaths += died;
    }
    for (name, schedule, every) in JOBS {
        let runs = program.runs(name);
        let schedule: Schedule = schedule.parse().unwrap();
        let all = schedule.slots(Slot::moment(at(BEGIN)), until, chrono_tz::Europe::Berlin);
        let all: Vec<Timestamp> = all.map(|slot| slot.at).collect();
        let over: Vec<Timestamp> = runs.iter().map(|run| run.slot).collect();
        if every > 0 {
            assert_eq!(over, all, "each slot of {name} once");
            assert!(runs.iter().all(|run| run.status == JobRunStatus::Done));
        } else {
            // Of those that came while nobody was there, only the last one counts.
            assert!(over.iter().all(|slot| all.contains(slot)) && over.len() < all.len());
            assert_eq!(over.last(), all.last());
        }
        for run in runs.iter().filter(|run| run.status == JobRunStatus::Done) {
            let (begun, died) = counts[&(name, run.slot)];
            assert_eq!((begun, i64::from(begun)), (died + 1, run.attempts), "{name} at {}", run.slot);
        }
    }
    assert!(deaths > 3, "nobody died");
}

#[test]
fn two_and_five_programs_do_each_slot_once_in_memory() {
    for seed in 0..4 {
        month(crate::memory(), 2, seed, 240);
        month(crate::memory(), 5, seed + 100, 240);
    }
}

#[cfg(feature = "sqlite")]
#[test]
fn two_and_five_programs_do_each_slot_once_on_sqlite() {
    month(crate::stores::sqlite(), 2, 5, 360);
    month(crate::stores::sqlite(), 5, 6, 360);
}

#[cfg(all(feature = "postgres", feature = "testing"))]
#[test]
fn two_and_five_programs_do_each_slot_once_on_postgresql() {
    month(crate::stores::postgres(), 2, 7, 900);
    month(crate::stores::postgres(), 5, 8, 900);
}
