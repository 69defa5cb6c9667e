//! The classic CRM against an independent model of it: random sequences of operations by random actors, after each of
//! which the crate and the model must agree, and after all of which they must hold the same records, show the same to
//! everybody and be sound.
//!
//! The model (`state`, `marketing`, `customers`, `service`, `orders`, `base`) was written from the description of the
//! rules, not from the sources. That it would notice is tried with rule errors planted in it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod base;
mod customers;
mod deeds;
mod driver;
mod marketing;
mod mirror;
mod mutation;
mod orders;
mod service;
mod state;
mod world;

use std::cell::RefCell;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::thread;

use crmkit::storage::{MemoryStorage, Storage};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};

use deeds::Step;
use mutation::Mutation;
use world::World;

/// What a sequence is mostly about, and its steps.
type Case = (u8, Vec<Option<Step>>);

const STEPS: std::ops::RangeInclusive<usize> = 16..=32;

/// How often a case that differs is tried to be made smaller.
const SHRINKS: u32 = 20_000;

fn cases() -> impl Strategy<Value = Case> {
    let step = proptest::array::uniform7(any::<u8>()).prop_map(Step);
    // A step that is missing is simpler than one that is there: so a case shrinks below the least length.
    (any::<u8>(), proptest::collection::vec(proptest::option::weighted(0.98, step), STEPS))
}

fn runner(seed: u32, cases: u32, max_shrink_iters: u32) -> TestRunner {
    let config = Config { cases, failure_persistence: None, max_shrink_iters, ..Config::default() };
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&seed.to_le_bytes());
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

/// Runs a sequence from the beginning. Says what was done, and where the crate and the model part.
async fn run(world: &mut World, (theme, steps): &Case, planted: Option<Mutation>) -> (String, Result<(), String>) {
    let (mut model, mut places) = world.fresh();
    model.planted = planted;
    let (mut told, mut compared) = (String::new(), Ok(()));
    for step in steps.iter().flatten() {
        world.clock.advance(step.wait()).unwrap();
        model.now = model.now.checked_add(step.wait()).unwrap();
        let Some((who, deed)) = step.read(*theme, &model) else { continue };
        let done = driver::step(world, &mut model, &mut places, who, &deed).await;
        let what = done.as_ref().map_or("DIFFERS", |what| what);
        writeln!(told, "  {} {who:?}: {deed:?}: {what}", model.now).unwrap();
        if let Err(difference) = done {
            compared = Err(difference);
            break;
        }
    }
    if compared.is_ok() {
        compared = driver::whole(world, &model, &places).await;
    }
    world.put_back().await;
    (told, compared)
}

/// Runs sequences until one differs, which is shrunk as far as that many tries allow.
fn search(
    storage: Arc<dyn Storage>,
    (seed, count, shrinks): (u32, u32, u32),
    planted: Option<Mutation>,
) -> Option<(Case, String)> {
    let world = RefCell::new(block_on(World::new(storage)));
    let found = runner(seed, count, shrinks).run(&cases(), |case| {
        let (_, compared) = block_on(run(&mut world.borrow_mut(), &case, planted));
        compared.map_err(TestCaseError::fail)
    });
    match found {
        Ok(()) => None,
        Err(TestError::Fail(_, case)) => {
            let (told, compared) = block_on(run(&mut world.borrow_mut(), &case, planted));
            Some((case, format!("{told}  {}", compared.err().unwrap_or_default())))
        }
        Err(TestError::Abort(reason)) => panic!("{reason}"),
    }
}

/// The runtime that a pool of connections needs; the other stores do not mind.
#[cfg(feature = "postgres")]
fn block_on<F: Future>(future: F) -> F::Output {
    static RUNTIME: std::sync::OnceLock<tokio::runtime::Runtime> = std::sync::OnceLock::new();
    RUNTIME.get_or_init(|| tokio::runtime::Runtime::new().unwrap()).block_on(future)
}

#[cfg(not(feature = "postgres"))]
fn block_on<F: Future>(future: F) -> F::Output {
    pollster::block_on(future)
}

/// How many sequences of about two dozen commands are run: so many, or those of a long run.
fn sequences(usually: u32) -> u32 {
    let wanted = std::env::var("CRMKIT_MODEL_SEQUENCES").ok();
    wanted.map_or(usually, |wanted| wanted.parse().expect("CRMKIT_MODEL_SEQUENCES is a number"))
}

/// Runs sequences on several threads, each on a store of its own.
fn agree(usually: u32, store: fn() -> Arc<dyn Storage>) {
    const PORTION: u32 = 250;
    let (sequences, next) = (sequences(usually), AtomicU32::new(0));
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let work = || {
        loop {
            let portion = next.fetch_add(1, Ordering::Relaxed);
            if portion * PORTION >= sequences {
                return None;
            }
            let some = PORTION.min(sequences - portion * PORTION);
            if let Some(found) = search(store(), (portion, some, SHRINKS), None) {
                return Some(found);
            }
        }
    };
    let found = thread::scope(|scope| {
        let all: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        all.into_iter().filter_map(|thread| thread.join().unwrap()).next()
    });
    if let Some((case, told)) = found {
        panic!("the crate and the model part:\n{told}\n  case: {case:?}");
    }
}

fn memory() -> Arc<dyn Storage> {
    Arc::new(MemoryStorage::new(crmkit::standard_schema().unwrap()))
}

#[test]
fn the_crate_agrees_with_the_model_in_memory() {
    agree(10_000, memory);
}

#[cfg(feature = "sqlite")]
#[test]
fn the_crate_agrees_with_the_model_on_sqlite() {
    agree(1_000, || Arc::new(crmkit::storage::SqliteStorage::in_memory(crmkit::standard_schema().unwrap()).unwrap()));
}

#[cfg(all(feature = "postgres", feature = "testing"))]
#[test]
fn the_crate_agrees_with_the_model_on_postgres() {
    use crmkit::storage::{PostgresOptions, PostgresStorage};
    agree(100, || {
        let server = crmkit::testing::ThrowawayPostgres::start().unwrap();
        let (schema, options) = (crmkit::standard_schema().unwrap(), PostgresOptions::default());
        Arc::new(block_on(PostgresStorage::connect(server.url(), &server.fresh_schema(), schema, options)).unwrap())
    });
}

#[test]
fn every_planted_rule_error_is_found() {
    // It is enough to be found; that a case becomes small is tried below.
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(planted) = Mutation::ALL.get(next.fetch_add(1, Ordering::Relaxed)) {
            let found = search(memory(), (1, 10_000, 0), Some(*planted));
            let (case, told) = found.unwrap_or_else(|| panic!("{planted:?} was not noticed"));
            println!("{planted:?}: {} steps\n{told}", case.1.len());
        }
    };
    thread::scope(|scope| {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let all: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        all.into_iter().for_each(|thread| thread.join().unwrap());
    });
}

#[test]
fn what_is_found_shrinks_to_a_few_steps() {
    for planted in [Mutation::ClosedOpportunityPlanned, Mutation::WinMakesNoContact] {
        let found = search(memory(), (1, 10_000, SHRINKS), Some(planted));
        let ((_, steps), told) = found.unwrap_or_else(|| panic!("{planted:?} was not noticed"));
        assert!(steps.iter().flatten().count() <= 8, "{planted:?}:\n{told}");
    }
}
