//! Many threads that move goods between few shelves: what there is in all stays the same, at every moment.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use crmkit::prelude::*;
use crmkit::sales::StockItemPatch;
use crmkit::storage::Storage;
use tokio::runtime::Handle;

use crate::ground::{Ground, Kind};
use crate::worker::{FILLED, SHELVES, set_up};
use crate::{Failure, Outcome};

/// How a trial goes.
#[derive(Debug, Clone, Copy)]
pub struct Transfers {
    /// How many threads move goods.
    pub threads: usize,
    /// How often each does.
    pub each: u64,
    /// Where random numbers begin.
    pub seed: u64,
}

/// What was moved from where to where.
type Moved = (usize, usize, i64);

/// Moves goods in units of work of two edits each; one that met another is done again. Meanwhile what lies on all
/// shelves is added up on snapshots.
///
/// # Errors
///
/// What was found to be untrue.
pub async fn transfers(kind: Kind, trial: Transfers) -> Outcome {
    let ground = Ground::new(kind).await?;
    let crm = ground.crm().await?;
    set_up(&crm, 1).await?;
    let shelves: Vec<Id<StockItem>> = {
        let mut items = crm.system().stock().list(Query::of::<StockItem>()).await?.items;
        items.sort_by_key(|item| item.id);
        items.iter().map(|item| item.id).collect()
    };
    let (begun, met, looks, done) = (Instant::now(), AtomicU64::new(0), AtomicU64::new(0), AtomicBool::new(false));
    let (start, runtime) = (Barrier::new(trial.threads), Handle::current());
    let moved: Vec<Moved> = thread::scope(|scope| {
        let auditor = scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                runtime.block_on(audit(&*ground.storage))?;
                looks.fetch_add(1, Ordering::Relaxed);
            }
            Ok::<_, Failure>(())
        });
        let movers: Vec<_> = (0..trial.threads)
            .map(|number| {
                let (crm, shelves, start, met, runtime) = (&crm, &shelves, &start, &met, &runtime);
                scope.spawn(move || {
                    let mut random = fastrand::Rng::with_seed(trial.seed.wrapping_add(number as u64));
                    start.wait();
                    let work = async {
                        let mut moved = Vec::new();
                        for _ in 0..trial.each {
                            let from = random.usize(0..shelves.len());
                            let to = (from + random.usize(1..shelves.len())) % shelves.len();
                            let step = (from, to, random.i64(1..10));
                            transfer(&crm.system(), shelves, step, met).await?;
                            moved.push(step);
                        }
                        Ok::<_, Failure>(moved)
                    };
                    runtime.block_on(work)
                })
            })
            .collect();
        let mut moved = Vec::new();
        let mut failed = None;
        for mover in movers {
            match mover.join() {
                Ok(Ok(steps)) => moved.extend(steps),
                Ok(Err(error)) => failed = Some(error),
                Err(_) => failed = Some("a thread has panicked".into()),
            }
        }
        done.store(true, Ordering::Relaxed);
        auditor.join().map_err(|_| "the auditor has panicked")??;
        failed.map_or(Ok(moved), Err)
    })?;
    looked_over(&crm, &shelves, &moved).await?;
    crm.close().await?;
    Ok(format!(
        "{kind:?}: {} threads moved goods {} times between {SHELVES} shelves, {} tries met another and were done again; \
         the sum held on each of {} snapshots meanwhile, and on each shelf in the end, {:.1} s",
        trial.threads,
        moved.len(),
        met.into_inner(),
        looks.into_inner(),
        begun.elapsed().as_secs_f64()
    ))
}

async fn transfer(
    session: &Session,
    shelves: &[Id<StockItem>],
    (from, to, amount): Moved,
    met: &AtomicU64,
) -> Outcome<()> {
    loop {
        let unit = session.unit_of_work();
        let tried = async {
            for (shelf, amount) in [(from, -amount), (to, amount)] {
                let Some(id) = shelves.get(shelf).copied() else { continue };
                let item = unit.stock().get(id).await?;
                let count =
                    item.count.checked_add(Quantity::from_whole(amount).unwrap_or_default()).unwrap_or_default();
                let patch = StockItemPatch { count: count.into(), ..Default::default() };
                unit.stock().edit_seen(id, item.version, patch).await?;
            }
            unit.commit().await
        };
        match tried.await {
            Ok(_) => return Ok(()),
            Err(Error::Conflict { .. }) => drop(met.fetch_add(1, Ordering::Relaxed)),
            Err(error) => return Err(error.into()),
        }
    }
}

/// What lies on all shelves at one moment is what there was in the beginning.
async fn audit(storage: &dyn Storage) -> Outcome<()> {
    let snapshot = storage.snapshot().await?;
    let sum = Aggregate::of::<StockItem>().measure(Measure::Sum(StockItem::count.path()));
    let sum = snapshot.aggregate(&sum).await?.first().and_then(|row| row.measures.first()?.as_integer());
    let all = i64::try_from(SHELVES)? * FILLED * Quantity::SCALE;
    if sum == Some(all) { Ok(()) } else { Err(format!("a snapshot holds {sum:?} in all instead of {all}").into()) }
}

/// Each shelf holds what it held and what was brought to it, less what was taken away.
async fn looked_over(crm: &Crm, shelves: &[Id<StockItem>], moved: &[Moved]) -> Outcome<()> {
    let mut expected = vec![FILLED; shelves.len()];
    for (from, to, amount) in moved {
        for (shelf, amount) in [(from, -amount), (to, *amount)] {
            if let Some(count) = expected.get_mut(*shelf) {
                *count += amount;
            }
        }
    }
    for (id, expected) in shelves.iter().zip(expected) {
        let found = crm.system().stock().get(*id).await?.count;
        if found.raw() != expected * Quantity::SCALE {
            return Err(format!("shelf {id} holds {found} and should hold {expected}").into());
        }
    }
    let problems = crm.system().verify().await?;
    if problems.is_empty() { Ok(()) } else { Err(problems.join("; ").into()) }
}
