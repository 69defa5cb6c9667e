//! Rollups say what adding up the records says, whatever was done and however it went.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg(feature = "testing")]

mod edges;
mod oracle;
mod world;

use std::sync::Arc;

use crmkit::prelude::*;
use crmkit::storage::{MemoryStorage, Storage};
use crmkit::testing::{Fault, FaultyStorage};
use oracle::{check, same_reports};
use pollster::block_on;
use world::{Dice, World};

fn schema() -> Arc<Schema> {
    crmkit::standard_schema().unwrap()
}

#[cfg(feature = "sqlite")]
fn sqlite() -> Arc<dyn Storage> {
    Arc::new(crmkit::storage::SqliteStorage::in_memory(schema()).unwrap())
}

async fn whatever_is_done(storage: Arc<dyn Storage>, seed: u64, deeds: usize) {
    let (mut dice, mut world) = (Dice::new(seed), World::new(storage).await);
    let mut done = 0;
    for deed in 0..deeds {
        done += usize::from(world.deed(&mut dice).await.is_ok());
        if deed % 10 == 9 {
            let told = format!("seed {seed}, after {} deeds", deed + 1);
            assert_eq!(check(&world.crm, &*world.storage, &told).await, schema().rollups().len(), "{told}");
        }
    }
    assert!(done > deeds / 3, "seed {seed}: only {done} of {deeds} deeds were done");
    same_reports(&world.crm, &*world.storage, &format!("seed {seed}")).await;
}

#[test]
fn whatever_is_done_in_memory_the_rollups_are_right() {
    for seed in 1..=25 {
        block_on(whatever_is_done(Arc::new(MemoryStorage::new(schema())), seed, 60));
    }
}

#[cfg(feature = "sqlite")]
#[test]
fn whatever_is_done_on_sqlite_the_rollups_are_right() {
    for seed in 100..=106 {
        block_on(whatever_is_done(sqlite(), seed, 60));
    }
}

#[cfg(feature = "postgres")]
#[test]
fn whatever_is_done_on_postgres_the_rollups_are_right() {
    use crmkit::storage::{PostgresOptions, PostgresStorage};
    let server = crmkit::testing::ThrowawayPostgres::start().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let options = PostgresOptions::default();
        let storage = PostgresStorage::connect(server.url(), &server.fresh_schema(), schema(), options).await.unwrap();
        whatever_is_done(Arc::new(storage), 200, 60).await;
    });
}

#[test]
fn wherever_it_is_interrupted_the_rollups_are_right() {
    let mut failed = 0;
    for seed in 1..=12 {
        block_on(async {
            let storage = FaultyStorage::new(MemoryStorage::new(schema()));
            let (mut dice, mut world) = (Dice::new(seed), World::new(Arc::new(storage.clone())).await);
            for _ in 0..50 {
                storage.fail(1 + dice.below(30) as u64, dice.pick(&Fault::ALL));
                let _ = world.deed(&mut dice).await;
                failed += usize::from(storage.has_failed());
            }
            check(&world.crm, &*world.storage, &format!("seed {seed}, interrupted")).await;
            let session = world.crm.system();
            session.rebuild_rollups().await.unwrap();
            let told = format!("seed {seed}, rebuilt");
            assert_eq!(check(&world.crm, &*world.storage, &told).await, schema().rollups().len(), "{told}");
            same_reports(&world.crm, &*world.storage, &told).await;
        });
    }
    assert!(failed > 100, "only {failed} calls failed");
}
