//! Many threads at once: nothing is lost, nothing is handed out twice, nobody acts on what is no longer so.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::bench::{Bench, check, commit, delete, finish, insert, update};
use super::failure::{ensure, ensure_eq};
use super::keys::account;
use super::schema::{Account, NewNumbered, Numbered, Region, Series};
use super::sets::{next_number, series};
use super::values::region;
use super::{Failure, Fixture, Outcome, adjust, schema};
use crate::change::{Adjust, AdjustKey, Bound, Change, Committed};
use crate::error::StorageError;
use crate::query::Query;
use crate::schema::Entity;
use crate::storage::Reader;
use crate::value::{Slot, Value};

/// How often a race that needs luck to go wrong is run.
const ROUNDS: usize = 12;

pub(super) fn one_counter_from_many_threads(fixture: &dyn Fixture) -> Outcome {
    const THREADS: usize = 64;
    const EACH: usize = 3;
    let (bench, counter) = prepare(fixture, async |bench| bench.store::<Series>(series("s")).await)?;
    let slots = together(fixture, THREADS, &async |index| {
        let mut slots = Vec::new();
        for round in 0..EACH {
            let mut numbered = bench.draft::<Numbered>(NewNumbered::default()).into_record();
            numbered.values[0] = Value::Slot(Slot { index: 0, prefix: "N".into(), width: 4, offset: 0 });
            let changes = if (index + round) % 2 == 0 {
                vec![next_number(&counter), Change::Insert(numbered)]
            } else {
                vec![Change::Adjust(adjust::by_name("s", 1)), Change::Insert(numbered)]
            };
            slots.extend(bench.commit(changes).await?.slots);
        }
        Ok(slots)
    })?;
    let handed_out: BTreeSet<i64> = slots.iter().flatten().copied().collect();
    let wanted: BTreeSet<i64> = (1..).take(THREADS * EACH).collect();
    ensure_eq!(slots.iter().map(Vec::len).sum::<usize>(), THREADS * EACH, "how many numbers were handed out");
    ensure_eq!(handed_out, wanted, "the different numbers handed out to {THREADS} threads");
    finish(fixture, async {
        let counter = bench.reload(&counter).await?;
        let last = i64::try_from(THREADS * EACH)?;
        ensure_eq!((counter.last, counter.version.0), (last, last + 1), "the counter and its version at the end");
        let numbers = bench.texts(Query::of::<Numbered>().order(Numbered::number.asc()), "number").await?;
        let wanted: Vec<String> = (1..=last).map(|number| format!("N{number:04}")).collect();
        ensure_eq!(numbers, wanted, "the numbers that were filled in");
        Ok(())
    })
}

pub(super) fn one_counter_is_begun_once(fixture: &dyn Fixture) -> Outcome {
    const THREADS: usize = 16;
    let (bench, ()) = prepare(fixture, async |_| Ok(()))?;
    let slots = together(fixture, THREADS, &async |_| {
        let first = bench.draft::<Series>(series("s")).into_record();
        let add = Adjust { if_absent: Some(first), ..adjust::by_name("s", 1) };
        Ok(bench.commit(vec![Change::Adjust(add)]).await?.slots)
    })?;
    let handed_out: BTreeSet<i64> = slots.into_iter().flatten().collect();
    ensure_eq!(handed_out, (1..).take(THREADS).collect(), "the numbers of a counter that {THREADS} threads begin");
    Ok(())
}

pub(super) fn a_quota_is_not_overdrawn(fixture: &dyn Fixture) -> Outcome {
    const THREADS: usize = 16;
    const QUOTA: i64 = 5;
    let (bench, quota) = prepare(fixture, async |bench| bench.store::<Series>(series("quota")).await)?;
    let results = together(fixture, THREADS, &async |_| {
        let take = Adjust {
            entity: Series::NAME.into(),
            key: AdjustKey::Id(quota.id.raw()),
            if_absent: None,
            add: vec![("last".into(), 1)],
            require: vec![Bound { field: "last".into(), min: 0, max: QUOTA }],
            slot: None,
        };
        accepted(bench.commit(vec![Change::Adjust(take)]).await)
    })?;
    let taken = results.iter().filter(|accepted| **accepted).count();
    ensure_eq!(taken, usize::try_from(QUOTA)?, "how many of {THREADS} threads got a share of {QUOTA}");
    finish(fixture, async {
        ensure_eq!(bench.reload(&quota).await?.last, QUOTA, "the quota at the end");
        Ok(())
    })
}

pub(super) fn one_writer_wins_a_version(fixture: &dyn Fixture) -> Outcome {
    let (bench, mut target) = prepare(fixture, async |bench| bench.store::<Region>(region("a")).await)?;
    for round in 0..ROUNDS {
        let results = together(fixture, 8, &async |index| {
            let changed = Region { name: Some(format!("{round} {index}")), ..target.clone() };
            accepted(bench.commit(vec![update(&changed)]).await)
        })?;
        let winners: Vec<usize> = (0..8).filter(|index| results.get(*index) == Some(&true)).collect();
        let [winner] = winners[..] else {
            return Err(Failure::new(format!("{} of 8 writers updated one version", winners.len())));
        };
        target = finish(fixture, bench.reload(&target))?;
        ensure_eq!(target.name, Some(format!("{round} {winner}")), "what the winner wrote");
    }
    Ok(())
}

pub(super) fn one_writer_wins_a_unique_value(fixture: &dyn Fixture) -> Outcome {
    let (bench, ()) = prepare(fixture, async |_| Ok(()))?;
    for round in 0..ROUNDS {
        let results = together(fixture, 8, &async |_| {
            accepted(bench.commit(vec![insert(&bench.draft::<Region>(region(&format!("{round}"))))]).await)
        })?;
        let winners = results.iter().filter(|accepted| **accepted).count();
        ensure_eq!(winners, 1, "how many of 8 writers took one unique value");
    }
    Ok(())
}

pub(super) fn decisions_on_each_other_do_not_both_stand(fixture: &dyn Fixture) -> Outcome {
    for _ in 0..ROUNDS {
        let (bench, pair) = prepare(fixture, async |bench| {
            Ok([bench.store::<Region>(region("a")).await?, bench.store::<Region>(region("b")).await?])
        })?;
        // Each gives up its own seat because the other one is still taken.
        let results = together(fixture, 2, &async |index| {
            let (own, other) = (&pair[index % 2], &pair[(index + 1) % 2]);
            let given_up = Region { active: false, ..own.clone() };
            let changes =
                if index == 0 { vec![check(other), update(&given_up)] } else { vec![update(&given_up), check(other)] };
            accepted(bench.commit(changes).await)
        })?;
        ensure!(results != [true, true], "two sets that each relied on what the other changed were both committed");
        ensure!(results != [false, false], "two sets that relied on each other were both refused, so nothing was done");
    }
    Ok(())
}

pub(super) fn a_parent_does_not_go_while_a_child_comes(fixture: &dyn Fixture) -> Outcome {
    for _ in 0..ROUNDS {
        let (bench, parent) = prepare(fixture, async |bench| bench.store::<Region>(region("parent")).await)?;
        let results = together(fixture, 4, &async |index| {
            let change = match index {
                0 => delete(&parent),
                _ => insert(&bench.draft::<Account>(account("child", Some(parent.id)))),
            };
            accepted(bench.commit(vec![change]).await)
        })?;
        let (deleted, children) = (results[0], results[1..].iter().filter(|accepted| **accepted).count());
        ensure!(!deleted || children == 0, "a record was deleted while {children} records came to refer to it");
        ensure!(deleted || children == 3, "3 references to a record that stays, {children} were accepted");
    }
    Ok(())
}

pub(super) fn one_set_from_many_threads_is_done_once(fixture: &dyn Fixture) -> Outcome {
    let (bench, counter) = prepare(fixture, async |bench| bench.store::<Series>(series("s")).await)?;
    for round in 1..=4 {
        let set = bench.set(vec![next_number(&counter)]);
        let done = together(fixture, 8, &async |_| Ok(commit(&*bench.storage, &set).await?))?;
        let first: Vec<&Committed> = done.iter().filter(|done| !done.replayed).collect();
        ensure_eq!(first.len(), 1, "how many of 8 threads were told that they committed the set first");
        for told in &done {
            ensure_eq!((&told.slots, told.position), (&vec![round], first[0].position), "what a thread was told");
        }
    }
    Ok(())
}

pub(super) fn sets_in_opposite_order_all_get_through(fixture: &dyn Fixture) -> Outcome {
    let (bench, pair) = prepare(fixture, async |bench| {
        Ok([bench.store::<Series>(series("a")).await?, bench.store::<Series>(series("b")).await?])
    })?;
    let (threads, each) = (8, 6);
    together(fixture, threads, &async |index| {
        for _ in 0..each {
            let (first, second) = (&pair[index % 2], &pair[(index + 1) % 2]);
            bench.commit(vec![next_number(first), next_number(second)]).await?;
        }
        Ok(())
    })?;
    for counter in &pair {
        let last = finish(fixture, bench.reload(counter))?.last;
        ensure_eq!(last, i64::try_from(threads * each)?, "a counter at the end");
    }
    Ok(())
}

pub(super) fn readers_see_whole_sets(fixture: &dyn Fixture) -> Outcome {
    let (bench, pair) = prepare(fixture, async |bench| {
        Ok([bench.store::<Series>(series("a")).await?, bench.store::<Series>(series("b")).await?])
    })?;
    let writing = AtomicUsize::new(WRITERS);
    together(fixture, 2 * WRITERS, &async |index| {
        if index < WRITERS {
            let _done = Done(&writing);
            for _ in 0..10 {
                // One unit goes from one to the other, so that their sum stays nothing.
                let (from, to) = (&pair[index % 2], &pair[(index + 1) % 2]);
                let minus = Adjust { key: AdjustKey::Id(from.id.raw()), ..adjust::by_name("", -1) };
                let plus = Adjust { key: AdjustKey::Id(to.id.raw()), ..adjust::by_name("", 1) };
                bench.commit(vec![Change::Adjust(minus), Change::Adjust(plus)]).await?;
            }
            return Ok(());
        }
        // As long as anybody writes, so that no reader is done before the first writer begins.
        while writing.load(Ordering::SeqCst) > 0 {
            whole(&*bench.storage).await?;
            whole(&*bench.storage.snapshot().await?).await?;
        }
        Ok(())
    })?;
    Ok(())
}

/// How many write while as many read.
const WRITERS: usize = 3;

/// A writer that is done, however it ended.
struct Done<'a>(&'a AtomicUsize);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The sum over both counters is nothing, however it is read in one call.
async fn whole(reader: &dyn Reader) -> Outcome {
    let mut sums = BTreeMap::new();
    let page = reader.query(&Query::of::<Series>()).await?;
    let ids: Vec<_> = page.records.iter().map(|record| record.id).collect();
    sums.insert("a list", page.records);
    let def = reader.schema().of::<Series>().cloned();
    let def = def.ok_or_else(|| Failure::new("the schema has no series"))?;
    sums.insert("records by id", reader.get(&def, &ids).await?);
    for (how, records) in sums {
        let numbers = records.into_iter().map(Series::from_record).collect::<Result<Vec<_>, _>>()?;
        let sum: i64 = numbers.iter().map(|counter| counter.last).sum();
        ensure_eq!((numbers.len(), sum), (2, 0), "the number of counters and their sum in {how}: half a set is seen");
    }
    Ok(())
}

fn accepted(result: Result<Committed, StorageError>) -> Result<bool, Failure> {
    match result {
        Ok(_) => Ok(true),
        Err(error) if !error.refusals().is_empty() => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// A fresh store and what a race begins with.
fn prepare<T>(fixture: &dyn Fixture, begin: impl AsyncFn(&Bench) -> Result<T, Failure>) -> Result<(Bench, T), Failure> {
    finish(fixture, async {
        let bench = Bench::open(fixture, schema::schema()?).await?;
        let begun = begin(&bench).await?;
        Ok((bench, begun))
    })
}

/// Runs a task on several threads that begin together; what each came to, by its number.
fn together<T: Send>(
    fixture: &dyn Fixture,
    threads: usize,
    task: &(impl AsyncFn(usize) -> Result<T, Failure> + Sync),
) -> Result<Vec<T>, Failure> {
    let barrier = Barrier::new(threads);
    std::thread::scope(|scope| {
        let run = |index| {
            let barrier = &barrier;
            scope.spawn(move || {
                barrier.wait();
                finish(fixture, task(index))
            })
        };
        let started: Vec<_> = (0..threads).map(run).collect();
        let done = started.into_iter().map(|thread| thread.join());
        done.map(|result| result.unwrap_or_else(|_| Err(Failure::new("a thread panicked")))).collect()
    })
}
