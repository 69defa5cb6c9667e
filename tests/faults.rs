//! Interrupted anywhere, every command is done or not done, and whoever was told that it is done was told the truth.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg(feature = "testing")]

#[path = "undo/cases.rs"]
mod cases;
mod cast;
#[path = "undo/content.rs"]
mod content;

use std::collections::BTreeSet;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use cases::{CASES, Case, World};
use cast::Cast;
use content::{Content, content, sets};
use crmkit::change::ChangeSet;
use crmkit::error::StorageErrorKind;
use crmkit::id::SetId;
use crmkit::prelude::*;
use crmkit::storage::{MemoryStorage, Storage};
use crmkit::testing::{Fault, FaultyStorage};
use futures_util::future::poll_fn;
use pollster::block_on;

fn stores() -> Vec<(&'static str, Arc<dyn Storage>)> {
    let schema = crmkit::standard_schema().unwrap();
    #[allow(unused_mut)]
    let mut stores: Vec<(_, Arc<dyn Storage>)> = vec![("memory", Arc::new(MemoryStorage::new(schema.clone())))];
    #[cfg(feature = "sqlite")]
    stores.push(("sqlite", Arc::new(crmkit::storage::SqliteStorage::in_memory(schema).unwrap())));
    stores
}

/// Of what touches several records, or what is kept in memory: this is tried on every store.
const INTRICATE: [&str; 9] = [
    "organisation.edit",
    "dictionary_entry.edit",
    "customer.edit",
    "contact.delete",
    "lost_customer.scan",
    "lost_customer.confirm",
    "order.create",
    "order.ship",
    "opportunity.win",
];

/// The cases that change something that can be taken back; in memory all of them.
fn cases(cast: &Cast) -> impl Iterator<Item = &'static Case> {
    let (schema, all) = (Arc::clone(cast.storage.schema()), cast.store == "memory");
    CASES.iter().filter(move |case| {
        let entity = case.right.split('.').next().unwrap();
        let picked = all || INTRICATE.contains(&case.right);
        // What sign-in keeps is seen by nobody and not taken back.
        let secret = ["user.set_password", "user.unlock"].contains(&case.right);
        picked && !secret && !case.refused && !schema.by_code(entity).unwrap().facts.unrecorded
    })
}

/// Takes back what was done since, so that the next attempt finds everything as it was.
async fn take_back(cast: &Cast, known: &BTreeSet<RecordId>, before: &Content, what: &str) {
    let made: Vec<RecordId> = sets(cast).await.difference(known).copied().collect();
    for set in made.into_iter().rev() {
        cast.system.undo(SetId(set)).await.unwrap_or_else(|error| panic!("{what}: {error}"));
    }
    assert!(content(cast).await == *before, "{what}");
}

#[test]
fn a_store_that_fails_at_any_call_leaves_every_command_done_or_not_done() {
    block_on(async {
        for (name, store) in stores() {
            let storage = FaultyStorage::new(store);
            let cast = cast::cast(name, Arc::new(storage.clone())).await;
            let world = World::new(&cast).await;
            for case in cases(&cast) {
                for fault in Fault::ALL {
                    fails_at_any_call(&cast, &world, case, &storage, fault).await;
                }
            }
            assert_eq!(cast.system.verify().await.unwrap(), Vec::<String>::new(), "{name}");
        }
    });
}

async fn fails_at_any_call(cast: &Cast, world: &World, case: &Case, storage: &FaultyStorage, fault: Fault) {
    let (before, mut known) = (content(cast).await, sets(cast).await);
    for call in 1.. {
        let what = format!("{} on {} with call {call} {fault:?}", case.right, cast.store);
        storage.fail(call, fault);
        let done = (case.run)(&cast.system, world).await;
        let failed = storage.has_failed();
        let after = content(cast).await;
        match done {
            Ok(()) => assert!(after != before, "{what}: was said to be done"),
            Err(Error::Storage(error)) => {
                assert!(failed, "{what}: {error}");
                let kinds = [StorageErrorKind::Unavailable, StorageErrorKind::UnknownOutcome];
                assert!(kinds.contains(&error.kind()), "{what}: {error}");
                // One fault is not enough to leave in the dark who can ask again.
                assert!(fault != Fault::LostAnswer || error.kind() == StorageErrorKind::Unavailable, "{what}");
                if case.right == "lost_customer.scan" {
                    // It works in chunks: those before the error stay, and the next scan does the rest.
                    (case.run)(&cast.system, world).await.unwrap();
                } else {
                    assert!(after == before, "{what}: was said not to be done");
                }
            }
            Err(error) => panic!("{what}: {error}"),
        }
        take_back(cast, &known, &before, &what).await;
        known = sets(cast).await;
        if !failed {
            return;
        }
    }
}

#[test]
fn a_command_that_is_dropped_at_any_point_is_done_or_not_done() {
    block_on(async {
        for (name, inner) in stores() {
            let cast = cast::cast(name, Arc::new(hesitant(inner))).await;
            let world = World::new(&cast).await;
            for case in cases(&cast) {
                dropped_at_any_point(&cast, &world, case).await;
            }
            assert_eq!(cast.system.verify().await.unwrap(), Vec::<String>::new(), "{name}");
        }
    });
}

fn hesitant(inner: Arc<dyn Storage>) -> FaultyStorage {
    let storage = FaultyStorage::new(inner);
    storage.hesitate(true);
    storage
}

async fn dropped_at_any_point(cast: &Cast, world: &World, case: &Case) {
    let (before, mut known) = (content(cast).await, sets(cast).await);
    let mut whole: Option<Content> = None;
    for polls in 0.. {
        let what = format!("{} on {} after {polls} polls", case.right, cast.store);
        let finished = polled((case.run)(&cast.system, world), polls).await;
        if let Some(done) = &finished {
            done.as_ref().unwrap_or_else(|error| panic!("{what}: {error}"));
        }
        // What the store has begun it ends before the next one.
        let id = cast.crm.schema().entities().len() as u64 + polls;
        let empty = ChangeSet::new(SetId(fresh(id)), Timestamp::EPOCH, "nothing");
        cast.storage.commit(&empty).await.unwrap();
        let after = content(cast).await;
        let made = sets(cast).await.difference(&known).count();
        assert_eq!(made > 0, after != before, "{what}: it is half done");
        if after != before {
            // New records have other ids each time; whatever else there is is the same.
            let size = whole.get_or_insert_with(|| after.clone()).len();
            assert_eq!(after.len(), size, "{what}: it is half done");
        }
        cast.crm.session(cast.li.actor().id().unwrap()).await.unwrap();
        // What is kept in memory is not older than what is stored.
        if let Ok(stored) = cast.system.organisation().get(cast.crm.organisation().id).await {
            assert_eq!(*cast.crm.organisation(), stored, "{what}");
        }
        take_back(cast, &known, &before, &what).await;
        known = sets(cast).await;
        if finished.is_some() {
            return;
        }
    }
}

fn fresh(seed: u64) -> RecordId {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let mut bytes = [0xEE; 16];
    bytes[..8].copy_from_slice(&NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    bytes[8..].copy_from_slice(&seed.to_be_bytes());
    RecordId::from_bytes(bytes)
}

/// Polls a future as often as that, and drops it if it is not done then.
async fn polled<F: Future>(future: F, polls: u64) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(|context: &mut Context<'_>| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}
