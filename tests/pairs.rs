//! Two commands at once end as if one had come after the other, wherever the one was when the other was done.
//!
//! ```text
//! cargo test --all-features --test pairs
//! CRMKIT_TEST_PAIRS=all cargo test --release --all-features --test pairs -- --nocapture
//! ```
//!
//! The first tries each command with itself, and the commands that touch much with all others; the second every pair.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg(feature = "testing")]

#[path = "undo/cases.rs"]
mod cases;
mod cast;
#[path = "undo/content.rs"]
mod content;

use std::collections::{BTreeMap, HashMap};
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use cases::{CASES, Case, World};
use cast::Cast;
use content::{Content, content};
use crmkit::change::{Change, ChangeSet};
use crmkit::clock::Clock;
use crmkit::events::EventShard;
use crmkit::id::{IdSource, SeededIds, SetId};
use crmkit::prelude::*;

use crmkit::schema::{EntityDef, Name, Path, Record};
use crmkit::storage::{MemoryStorage, ReaderExt};
use crmkit::testing::FaultyStorage;
use pollster::block_on;

/// Commands that read or write more than the record they are about.
const INTRICATE: [&str; 13] = [
    "user.edit",
    "role.delete",
    "customer.edit",
    "customer.delete",
    "contact.delete",
    "lost_customer.scan",
    "lost_customer.confirm",
    "order.create",
    "order.ship",
    "order_line.edit",
    "opportunity.win",
    "grant.create",
    "pipeline.delete",
];

/// Everything that is stored, but for history, events and the like, which only grow, and the count of events.
async fn stored(cast: &Cast) -> Vec<Record> {
    let (mut all, grows) = (Vec::new(), |def: &EntityDef| def.facts.append_only && def.facts.unrecorded);
    let schema = cast.storage.schema();
    for def in schema.entities().filter(|def| !grows(def) && def.name != EventShard::NAME) {
        all.extend(cast.storage.collect(Query::new(def.name.clone())).await.unwrap());
    }
    all
}

/// Each of so many outcomes is looked through as a whole, which takes longer than all else.
const VERIFIED: usize = 8;

/// The commands whose outcome can be compared.
fn cases(schema: &Schema) -> Vec<&'static Case> {
    let wanted = |case: &&Case| {
        let entity = case.right.split('.').next().unwrap();
        let secret = ["user.set_password", "user.unlock"].contains(&case.right);
        !secret && !case.refused && !schema.by_code(entity).unwrap().facts.unrecorded
    };
    CASES.iter().filter(wanted).collect()
}

/// What two commands said, and what they left of what there was and how many records of each entity.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Outcome {
    said: [Option<&'static str>; 2],
    kept: Vec<(String, String)>,
    counts: BTreeMap<String, usize>,
}

struct Stage<'a> {
    cast: &'a Cast,
    world: &'a World,
    before: Content,
    /// Everything that is stored, but for what is only ever added and not compared.
    begun: HashMap<(Name, RecordId), Record>,
    sets: SeededIds,
}

impl<'a> Stage<'a> {
    async fn new(cast: &'a Cast, world: &'a World) -> Self {
        let before = content(cast).await;
        let begun = stored(cast).await.into_iter().map(|record| ((record.entity.clone(), record.id), record));
        Self { cast, world, before, begun: begun.collect(), sets: SeededIds::new(99) }
    }

    async fn outcome(&self, first: Result<()>, second: Result<()>) -> Outcome {
        let now = content(self.cast).await;
        let made: Vec<&String> = now.keys().filter(|key| !self.before.contains_key(key)).map(|(_, id)| id).collect();
        let mut counts = BTreeMap::new();
        let mut kept = Vec::new();
        for (key @ (entity, id), held) in &now {
            *counts.entry(entity.clone()).or_default() += 1;
            if self.before.contains_key(key) {
                // What the commands made has other ids each time.
                let held = made.iter().fold(held.clone(), |held, id| held.replace(id.as_str(), "made"));
                kept.push((format!("{entity} {id}"), held));
            }
        }
        Outcome { said: [first, second].map(|said| said.err().map(|error| error.code())), kept, counts }
    }

    /// Puts everything back to how it was, past all rules.
    async fn put_back(&self, what: &str) {
        // What refers to a record goes, or no longer refers to it, before the record goes.
        let (mut changes, mut removed) = (Vec::new(), Vec::new());
        let mut begun = self.begun.clone();
        for now in stored(self.cast).await {
            let def = self.cast.storage.schema().entity(&now.entity).cloned().unwrap();
            let (entity, id, expected) = (now.entity.clone(), now.id, now.version);
            match begun.remove(&(entity.clone(), id)) {
                Some(before) if (&before.values, &before.custom) == (&now.values, &now.custom) => {}
                Some(before) => {
                    changes.push(Change::Update { record: Record { version: expected, ..before }, expected });
                }
                None if def.facts.append_only => {
                    let filter = Filter::In { path: Path::field("id"), values: vec![Value::Id(id)] };
                    removed.push(Change::Purge { entity, filter, limit: 1 });
                }
                None => removed.push(Change::Delete { entity, id, expected }),
            }
        }
        removed.reverse();
        changes.extend(removed);
        changes.extend(begun.into_values().map(Change::Insert));
        if !changes.is_empty() {
            let at = self.cast.clock.now();
            let mut set = ChangeSet::new(SetId(self.sets.next_id(at)), at, "test.put_back");
            set.changes = changes;
            self.cast.storage.commit(&set).await.unwrap_or_else(|error| panic!("{what}: {error}"));
        }
        // Whatever is kept in memory is read again.
        self.cast.crm.dictionary_cache().invalidate(None);
        assert!(content(self.cast).await == self.before, "{what}");
    }

    async fn one_after_the_other(&self, first: &Case, second: &Case, swapped: bool) -> Outcome {
        let system = &self.cast.system;
        let outcome = if swapped {
            let second = (second.run)(system, self.world).await;
            let first = (first.run)(system, self.world).await;
            self.outcome(first, second).await
        } else {
            let first = (first.run)(system, self.world).await;
            let second = (second.run)(system, self.world).await;
            self.outcome(first, second).await
        };
        self.put_back(&format!("{} and {}", first.right, second.right)).await;
        outcome
    }

    /// Holds the first command up after each look at it while the second is done, and says how often it was, and what
    /// differed from both orders.
    async fn interleave(&self, first: &Case, second: &Case, storage: &FaultyStorage) -> (usize, Vec<String>) {
        let mut differing = Vec::new();
        let in_turn =
            [self.one_after_the_other(first, second, false).await, self.one_after_the_other(first, second, true).await];
        for looks in 0.. {
            let what = format!("{} held up after {looks} looks by {}", first.right, second.right);
            storage.hesitate(true);
            let mut held_up = pin!((first.run)(&self.cast.system, self.world));
            let mut early = None;
            for _ in 0..looks {
                if early.is_none() {
                    early = poll_fn(|context| {
                        Poll::Ready(match held_up.as_mut().poll(context) {
                            Poll::Ready(done) => Some(done),
                            Poll::Pending => None,
                        })
                    })
                    .await;
                }
            }
            storage.hesitate(false);
            let done = early.is_some();
            let other = (second.run)(&self.cast.system, self.world).await;
            let first = match early {
                Some(said) => said,
                None => held_up.await,
            };
            let told = format!("{first:?}, {other:?}");
            let outcome = self.outcome(first, other).await;
            if !in_turn.contains(&outcome) {
                differing.push(report(&what, &told, &outcome, &in_turn));
            }
            if looks % VERIFIED == 0 || done {
                assert_eq!(self.cast.system.verify().await.unwrap(), Vec::<String>::new(), "{what}");
            }
            self.put_back(&what).await;
            if done {
                return (looks, differing);
            }
        }
        (0, differing)
    }
}

fn report(what: &str, told: &str, outcome: &Outcome, in_turn: &[Outcome; 2]) -> String {
    let said = in_turn.each_ref().map(|outcome| &outcome.said);
    let differing = in_turn.each_ref().map(|turn| {
        let lines = outcome.kept.iter().filter(|line| !turn.kept.contains(line));
        lines.map(|(record, held)| format!("\n    {record}: {held}")).collect::<String>()
    });
    let counts = in_turn.each_ref().map(|turn| {
        let differing = outcome.counts.iter().filter(|(entity, count)| turn.counts.get(*entity) != Some(count));
        differing.map(|(entity, count)| format!(" {entity} {count}")).collect::<String>()
    });
    format!("{what}: {told}\n  in turn: {said:?}\n  counts: {counts:?}\n  {}\n  or {}", differing[0], differing[1])
}

/// So many pairs are tried on one store, whose history grows with each.
const ON_ONE_STORE: usize = 100;

fn is_wanted(first: &Case, second: &Case, everything: bool) -> bool {
    let intricate = [first, second].iter().all(|case| INTRICATE.contains(&case.right));
    everything || intricate || first.right == second.right
}

/// Tries the pairs that are this thread's. Says how many there were, in how many places a command was held up, and what
/// differed.
async fn try_pairs(share: usize, threads: usize, everything: bool) -> (usize, usize, Vec<String>) {
    let all = cases(&crmkit::standard_schema().unwrap());
    let pairs = all.iter().flat_map(|first| all.iter().map(move |second| (*first, *second)));
    let pairs = pairs.filter(|(first, second)| is_wanted(first, second, everything));
    let pairs: Vec<_> = pairs.skip(share).step_by(threads).collect();
    let (mut places, mut differing) = (0, Vec::new());
    for some in pairs.chunks(ON_ONE_STORE) {
        let storage = FaultyStorage::new(MemoryStorage::new(crmkit::standard_schema().unwrap()));
        let cast = cast::cast("memory", Arc::new(storage.clone())).await;
        let world = World::new(&cast).await;
        let stage = Stage::new(&cast, &world).await;
        for (first, second) in some {
            let (held_up, differed) = stage.interleave(first, second, &storage).await;
            places += held_up;
            differing.extend(differed);
        }
    }
    (pairs.len(), places, differing)
}

#[test]
fn two_commands_at_once_end_as_if_one_came_after_the_other() {
    let everything = std::env::var("CRMKIT_TEST_PAIRS").is_ok_and(|pairs| pairs == "all");
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let all: Vec<_> = std::thread::scope(|scope| {
        let work = |share| scope.spawn(move || block_on(try_pairs(share, threads, everything)));
        let all: Vec<_> = (0..threads).map(work).collect();
        all.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let (pairs, places) = all.iter().fold((0, 0), |sum, (pairs, places, _)| (sum.0 + pairs, sum.1 + places));
    println!("{pairs} pairs of commands, {places} places to hold one up");
    assert!(places > pairs, "commands have places to be held up");
    let differing: Vec<&str> = all.iter().flat_map(|(_, _, differing)| differing).map(String::as_str).collect();
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}
