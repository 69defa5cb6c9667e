//! Every order in which a load and an invalidation can meet: what is cached afterwards is never older than what was
//! committed before. The file under test is compiled here with the explorer's lock.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, dead_code)]

/// The explorer's lock in place of the machine's.
mod sync {
    pub(super) use shuttle::sync::Mutex;
}

#[path = "../src/dictionary/flights.rs"]
mod flights;

use flights::{Flights, Turn};
use shuttle::sync::{Arc, Mutex};
use shuttle::thread;

const SCHEDULES: usize = 8_000;

#[derive(Default)]
struct World {
    stored: Mutex<u64>,
    cached: Mutex<Option<u64>>,
    loads: Mutex<u64>,
    flights: Flights<&'static str, u64>,
}

impl World {
    fn get(&self) -> Option<u64> {
        *self.cached.lock().unwrap()
    }

    /// A look-up as the crate does it, with a reader's patience instead of a runtime's.
    fn look_up(&self) -> u64 {
        loop {
            if let Some(found) = self.get() {
                return found;
            }
            match self.flights.join("key", || self.get()) {
                Turn::Known(found) => return found,
                Turn::Wait(mut landing) => loop {
                    match landing.try_recv() {
                        Ok(Some(found)) => return found,
                        Ok(None) => thread::yield_now(),
                        Err(_) => break,
                    }
                },
                Turn::Load(ticket) => {
                    *self.loads.lock().unwrap() += 1;
                    let found = *self.stored.lock().unwrap();
                    ticket.land(&found, || *self.cached.lock().unwrap() = Some(found));
                    return found;
                }
            }
        }
    }

    /// Commit first, then invalidate.
    fn change(&self, to: u64) {
        *self.stored.lock().unwrap() = to;
        self.flights.invalidate(|key| *key == "key", || *self.cached.lock().unwrap() = None);
    }
}

#[test]
fn a_load_that_raced_with_an_invalidation_is_not_kept() {
    shuttle::check_random(
        || {
            let world = Arc::new(World::default());
            let readers: Vec<_> = (0..2)
                .map(|_| {
                    let world = world.clone();
                    thread::spawn(move || world.look_up())
                })
                .collect();
            let writer = {
                let world = world.clone();
                thread::spawn(move || {
                    world.change(1);
                    // Whoever asks after the change is told of it.
                    assert_eq!(world.look_up(), 1);
                })
            };
            readers.into_iter().for_each(|reader| assert!(reader.join().unwrap() <= 1));
            writer.join().unwrap();
            assert_eq!(world.get(), Some(1));
        },
        SCHEDULES,
    );
}

#[test]
fn one_loads_for_all_who_ask() {
    shuttle::check_random(
        || {
            let world = Arc::new(World::default());
            let readers: Vec<_> = (0..3)
                .map(|_| {
                    let world = world.clone();
                    thread::spawn(move || world.look_up())
                })
                .collect();
            readers.into_iter().for_each(|reader| assert_eq!(reader.join().unwrap(), 0));
            assert_eq!(*world.loads.lock().unwrap(), 1);
        },
        SCHEDULES,
    );
}

#[test]
fn who_waits_for_a_load_that_is_given_up_asks_again() {
    shuttle::check_random(
        || {
            let world = Arc::new(World::default());
            let quitter = {
                let world = world.clone();
                thread::spawn(move || {
                    if let Turn::Load(ticket) = world.flights.join("key", || world.get()) {
                        thread::yield_now();
                        drop(ticket);
                    }
                })
            };
            assert_eq!(world.look_up(), 0);
            quitter.join().unwrap();
        },
        SCHEDULES / 4,
    );
}

/// The explorer is able to find the fault: without the flights, a load may outlive the change it missed.
#[test]
#[should_panic(expected = "an old value is cached")]
fn without_flights_an_old_value_stays() {
    shuttle::check_random(
        || {
            let world = Arc::new(World::default());
            let reader = {
                let world = world.clone();
                thread::spawn(move || {
                    let found = *world.stored.lock().unwrap();
                    *world.cached.lock().unwrap() = Some(found);
                })
            };
            *world.stored.lock().unwrap() = 1;
            *world.cached.lock().unwrap() = None;
            reader.join().unwrap();
            assert_ne!(world.get(), Some(0), "an old value is cached");
        },
        SCHEDULES,
    );
}
