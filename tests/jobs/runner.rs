//! The runner: asleep until something is due, and not longer than it should be.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::TimeDelta;
use crmkit::clock::Clock;
use crmkit::crm::{Jobs, Ran};

use crate::{Chore, Program, at, block_on, slots};

#[test]
fn the_runner_sleeps_until_something_is_due_and_ends_when_told() {
    let storage = crate::memory();
    let program = Program::on(&storage, "2026-03-01T12:00:30Z");
    let jobs = Jobs::default().with(Chore::good("often", "every 2 minutes")).with(Chore::good("daily", "daily 12:05"));
    let (naps, all) = (Mutex::new(Vec::new()), Mutex::new(Vec::<Ran>::new()));
    let timer = |nap: Duration| {
        naps.lock().unwrap().push(nap.as_secs());
        program.clock.advance(TimeDelta::from_std(nap).unwrap()).unwrap();
        async {}
    };
    let told = |ran: crmkit::Result<Vec<Ran>>| {
        let mut all = all.lock().unwrap();
        all.extend(ran.unwrap());
        if program.clock.now() >= at("2026-03-01T12:06:00Z") {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    block_on(program.crm.runner(&jobs, timer, told));
    let expected = ["12:02", "12:04", "12:05", "12:06"].map(|time| format!("2026-03-01T{time}:00Z"));
    assert_eq!(slots(&all.lock().unwrap()), expected);
    assert_eq!(*naps.lock().unwrap(), [60, 30, 60, 60, 60, 60]);
}

#[test]
fn a_runner_can_be_moved_to_a_task() {
    fn movable<T: Send>(_: &T) {}
    let storage = crate::memory();
    let program = Program::on(&storage, "2026-03-01T12:00:00Z");
    let (jobs, count) = (Jobs::standard(), Arc::new(Mutex::new(0)));
    let told = |_: crmkit::Result<Vec<Ran>>| {
        *count.lock().unwrap() += 1;
        ControlFlow::Continue(())
    };
    let runner = program.crm.runner(&jobs, |_| std::future::pending(), told);
    movable(&runner);
    let runner = std::pin::pin!(runner);
    // It does what is due and then waits for its timer; dropped, it is gone.
    let waits = futures_util::FutureExt::now_or_never(runner);
    assert_eq!((waits, *count.lock().unwrap()), (None, 1));
}
