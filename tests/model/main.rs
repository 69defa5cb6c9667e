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
#[path = "../stores/mod.rs"]
mod stores;
mod world;

use std::cell::RefCell;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::thread;

use crmkit::storage::Storage;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};

use deeds::Step;
use mutation::Mutation;
use stores::{block_on, memory};
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

/// Runs a sequence from the beginning on all stores at once. Says what was done, and where the crate and the model, or a
/// store and another one, part.
async fn run(worlds: &mut [World], (theme, steps): &Case, planted: Option<Mutation>) -> (String, Result<(), String>) {
    let mut models: Vec<_> = worlds.iter().map(World::fresh).collect();
    models.iter_mut().for_each(|(model, _)| model.planted = planted);
    let (mut told, mut compared) = (String::new(), Ok(()));
    for step in steps.iter().flatten() {
        for (world, (model, _)) in worlds.iter().zip(&mut models) {
            world.clock.advance(step.wait()).unwrap();
            model.now = model.now.checked_add(step.wait()).unwrap();
        }
        let Some((who, deed)) = step.read(*theme, &models[0].0) else { continue };
        let mut done = Vec::new();
        for (world, (model, places)) in worlds.iter_mut().zip(&mut models) {
            done.push(driver::step(world, model, places, who, &deed).await);
        }
        let what = done[0].as_ref().map_or("DIFFERS", |what| what);
        writeln!(told, "  {} {who:?}: {deed:?}: {what}", models[0].0.now).unwrap();
        compared = alike(&done);
        if compared.is_err() {
            break;
        }
    }
    for (world, (model, places)) in worlds.iter_mut().zip(&models) {
        if compared.is_ok() {
            compared = driver::whole(world, model, places).await;
        }
    }
    if compared.is_ok() {
        compared = same_records(worlds).await;
    }
    for world in worlds {
        world.put_back().await;
    }
    (told, compared)
}

/// Each store answered as the model said, and in the same words as the first.
fn alike(done: &[Result<String, String>]) -> Result<(), String> {
    if let Some((store, Err(difference))) = done.iter().enumerate().find(|(_, done)| done.is_err()) {
        return Err(format!("store {store}: {difference}"));
    }
    match done.iter().position(|other| *other != done[0]) {
        Some(store) => Err(format!("store 0: {:?}\n  store {store}: {:?}", done[0], done[store])),
        None => Ok(()),
    }
}

/// Each store holds the same records with the same ids, versions and values.
async fn same_records(worlds: &[World]) -> Result<(), String> {
    let [first, others @ ..] = worlds else { return Ok(()) };
    if others.is_empty() {
        return Ok(());
    }
    let held = first.everything().await;
    for (place, other) in others.iter().enumerate() {
        let store = place + 1;
        let found = other.everything().await;
        if let Some((is, said)) = found.iter().zip(&held).find(|(is, said)| is != said) {
            return Err(format!("store 0 holds {said:?}\n  store {store} {is:?}"));
        }
        if found.len() != held.len() {
            return Err(format!("store 0 holds {} records, store {store} {}", held.len(), found.len()));
        }
    }
    Ok(())
}

/// Runs sequences until one differs, which is shrunk as far as that many tries allow.
fn search(
    stores: Vec<Arc<dyn Storage>>,
    (seed, count, shrinks): (u32, u32, u32),
    planted: Option<Mutation>,
) -> Option<(Case, String)> {
    let worlds: Vec<World> = stores.into_iter().map(|storage| block_on(World::new(storage))).collect();
    let worlds = RefCell::new(worlds);
    let found = runner(seed, count, shrinks).run(&cases(), |case| {
        let (_, compared) = block_on(run(&mut worlds.borrow_mut(), &case, planted));
        compared.map_err(TestCaseError::fail)
    });
    match found {
        Ok(()) => None,
        Err(TestError::Fail(_, case)) => {
            let (told, compared) = block_on(run(&mut worlds.borrow_mut(), &case, planted));
            Some((case, format!("{told}  {}", compared.err().unwrap_or_default())))
        }
        Err(TestError::Abort(reason)) => panic!("{reason}"),
    }
}

/// How many sequences of about two dozen commands are run: so many, or those of a long run.
fn sequences(usually: u32) -> u32 {
    let wanted = std::env::var("CRMKIT_MODEL_SEQUENCES").ok();
    wanted.map_or(usually, |wanted| wanted.parse().expect("CRMKIT_MODEL_SEQUENCES is a number"))
}

/// Runs sequences on several threads, each on stores of its own.
fn agree(usually: u32, stores: fn() -> Vec<Arc<dyn Storage>>) {
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
            if let Some(found) = search(stores(), (portion, some, SHRINKS), None) {
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

#[test]
fn the_crate_agrees_with_the_model_in_memory() {
    agree(6_000, || vec![memory()]);
}

/// Without a server beside it.
#[cfg(all(feature = "sqlite", not(all(feature = "postgres", feature = "testing"))))]
#[test]
fn the_crate_agrees_with_the_model_in_memory_and_on_sqlite() {
    agree(440, || vec![memory(), stores::sqlite()]);
}

/// Equal answers in equal words, and the same records in the end, down to ids and versions.
#[cfg(all(feature = "sqlite", feature = "postgres", feature = "testing"))]
#[test]
fn all_stores_at_once_agree_with_the_model_and_with_each_other() {
    agree(440, || vec![memory(), stores::sqlite(), stores::postgres()]);
}

/// Without SQLite beside it.
#[cfg(all(not(feature = "sqlite"), feature = "postgres", feature = "testing"))]
#[test]
fn the_crate_agrees_with_the_model_in_memory_and_on_postgres() {
    agree(440, || vec![memory(), stores::postgres()]);
}

#[test]
fn every_planted_rule_error_is_found() {
    // It is enough to be found; that a case becomes small is tried below.
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(planted) = Mutation::ALL.get(next.fetch_add(1, Ordering::Relaxed)) {
            let found = search(vec![memory()], (1, 10_000, 0), Some(*planted));
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
        let found = search(vec![memory()], (1, 10_000, SHRINKS), Some(planted));
        let ((_, steps), told) = found.unwrap_or_else(|| panic!("{planted:?} was not noticed"));
        assert!(steps.iter().flatten().count() <= 8, "{planted:?}:\n{told}");
    }
}
