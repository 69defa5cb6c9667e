//! Interrupted anywhere, a command leaves its events if it is done and none if it is not.
#![cfg(feature = "testing")]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::task::Poll;

use crmkit::events::{EventCursor, Start};
use crmkit::storage::{MemoryStorage, Storage};
use crmkit::testing::{Fault, FaultyStorage};
use futures_util::future::poll_fn;
use pollster::block_on;

use crate::cases::{CASES, Case, World};
use crate::cast::{self, Cast};
use crate::content::content;
use crate::since;

/// Of one record, of several, with a number, without the record, and one that changes secrets besides.
const TRIED: [&str; 6] =
    ["customer.edit", "contact.delete", "opportunity.win", "order.create", "lost_customer.scan", "user.create"];

fn cases() -> impl Iterator<Item = &'static Case> {
    CASES.iter().filter(|case| TRIED.contains(&case.right))
}

/// What was done is told, what was not done is not; then it is taken back.
async fn told_iff_done(cast: &Cast, from: &EventCursor, before: &crate::content::Content, what: &str) {
    let changed = content(cast).await != *before;
    let events = since(&cast.system, from).await;
    assert_eq!(!events.is_empty(), changed, "{what}: {events:?}");
    let sets: BTreeSet<_> = events.iter().map(|event| event.set.0).collect();
    for set in sets.into_iter().rev() {
        cast.system.undo(crmkit::id::SetId(set)).await.unwrap();
    }
    assert!(content(cast).await == *before, "{what}");
}

fn stores() -> Vec<(&'static str, Arc<dyn Storage>)> {
    let schema = crmkit::standard_schema().unwrap();
    #[allow(unused_mut)]
    let mut stores: Vec<(_, Arc<dyn Storage>)> = vec![("memory", Arc::new(MemoryStorage::new(schema.clone())))];
    #[cfg(feature = "sqlite")]
    stores.push(("sqlite", Arc::new(crmkit::storage::SqliteStorage::in_memory(schema).unwrap())));
    stores
}

#[test]
fn a_store_that_fails_at_any_call() {
    block_on(async {
        for (name, store) in stores() {
            let storage = FaultyStorage::new(store);
            let cast = cast::cast(name, Arc::new(storage.clone())).await;
            let world = World::new(&cast).await;
            for case in cases() {
                for fault in Fault::ALL {
                    for call in 1.. {
                        let what = format!("{} on {name} with call {call} {fault:?}", case.right);
                        let from = cast.crm.event_cursor(Start::Now).await.unwrap();
                        let before = content(&cast).await;
                        storage.fail(call, fault);
                        let _ = (case.run)(&cast.system, &world).await;
                        let failed = storage.has_failed();
                        told_iff_done(&cast, &from, &before, &what).await;
                        if !failed {
                            break;
                        }
                    }
                }
            }
            assert_eq!(cast.system.verify().await.unwrap(), Vec::<String>::new(), "{name}");
        }
    });
}

#[test]
fn a_command_that_is_dropped_at_any_point() {
    block_on(async {
        let storage = FaultyStorage::new(MemoryStorage::new(crmkit::standard_schema().unwrap()));
        storage.hesitate(true);
        let cast = cast::cast("memory", Arc::new(storage)).await;
        let world = World::new(&cast).await;
        for case in cases() {
            for polls in 0.. {
                let what = format!("{} after {polls} polls", case.right);
                let from = cast.crm.event_cursor(Start::Now).await.unwrap();
                let before = content(&cast).await;
                let (mut future, mut left) = (Box::pin((case.run)(&cast.system, &world)), polls);
                let finished = poll_fn(|context| {
                    if left == 0 {
                        return Poll::Ready(None);
                    }
                    left -= 1;
                    future.as_mut().poll(context).map(Some)
                })
                .await;
                drop(future);
                told_iff_done(&cast, &from, &before, &what).await;
                if finished.is_some() {
                    break;
                }
            }
        }
    });
}
