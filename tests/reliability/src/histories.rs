//! What many threads have read and written of few records, and whether each record behaved as one that is changed in one
//! moment each time (is linearizable).

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Instant;

use crmkit::prelude::*;
use crmkit::storage::Storage;
use tokio::runtime::Handle;

use crate::ground::{Ground, Kind};
use crate::{Failure, Outcome};

/// How a history is made.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// How many threads read and write.
    pub threads: usize,
    /// How often each does.
    pub each: u64,
    /// How many records there are.
    pub records: usize,
    /// Where random numbers begin.
    pub seed: u64,
}

/// What an operation has found out or made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Did {
    /// A read of a version and the text in it.
    Read(u64),
    /// A write that was acknowledged, and the text it wrote.
    Wrote(u64),
    /// A write that was refused since the record had this version already.
    Met,
}

/// An operation on a record, from when it was called until when it was answered, by one clock that all share.
#[derive(Debug, Clone, Copy)]
pub struct Operation {
    /// The record's number.
    pub record: usize,
    /// When it was called.
    pub called: u64,
    /// When it was answered.
    pub answered: u64,
    /// The version that was read, made, or met.
    pub version: i64,
    /// What it did.
    pub did: Did,
}

/// Records a history on a new store and checks it.
///
/// # Errors
///
/// What was found to be untrue.
pub async fn linearizable(kind: Kind, load: Load) -> Outcome {
    let ground = Ground::new(kind).await?;
    let begun = Instant::now();
    let history = record(Arc::clone(&ground.storage), load).await?;
    if let Some(problem) = problems(&history).first() {
        return Err(format!("{kind:?}: {problem}").into());
    }
    let count = |fits: fn(&Did) -> bool| history.iter().filter(|operation| fits(&operation.did)).count();
    Ok(format!(
        "{kind:?}: {} operations of {} threads on {} records ({} reads, {} writes, {} refused): each record linearizable, \
         {:.1} s",
        history.len(),
        load.threads,
        load.records,
        count(|did| matches!(did, Did::Read(_))),
        count(|did| matches!(did, Did::Wrote(_))),
        count(|did| matches!(did, Did::Met)),
        begun.elapsed().as_secs_f64()
    ))
}

/// Records what threads do to records of a store: a third reads them, a third changes what it has seen, a third changes
/// whatever is there.
///
/// # Errors
///
/// If an operation fails otherwise than by meeting another.
pub async fn record(storage: Arc<dyn Storage>, load: Load) -> Outcome<Vec<Operation>> {
    let crm = Crm::builder(storage).open().await?;
    let mut records = Vec::new();
    for number in 0..load.records {
        let new = NewCustomer { phone: Some("0".into()), ..NewCustomer::new(format!("Record {number}")) };
        records.push(crm.system().customers().create(new).await?.id);
    }
    let (clock, next) = (AtomicU64::new(1), AtomicU64::new(1));
    let (start, runtime) = (Barrier::new(load.threads), Handle::current());
    let history = thread::scope(|scope| {
        let threads: Vec<_> = (0..load.threads)
            .map(|number| {
                let (crm, records, clock, next, start, runtime) = (&crm, &records, &clock, &next, &start, &runtime);
                scope.spawn(move || {
                    let random = fastrand::Rng::with_seed(load.seed.wrapping_add(number as u64));
                    let mut hand = Hand { session: crm.system(), records, clock, next, random, history: Vec::new() };
                    start.wait();
                    runtime.block_on(async {
                        for _ in 0..load.each {
                            hand.operate().await?;
                        }
                        Ok::<_, Failure>(hand.history)
                    })
                })
            })
            .collect();
        let mut history = Vec::new();
        for thread in threads {
            history.extend(thread.join().map_err(|_| "a thread has panicked")??);
        }
        Ok::<_, Failure>(history)
    })?;
    crm.close().await?;
    Ok(history)
}

/// One thread's hold on the records.
struct Hand<'a> {
    session: Session,
    records: &'a [Id<Customer>],
    clock: &'a AtomicU64,
    /// The next text that is written; no two are the same.
    next: &'a AtomicU64,
    random: fastrand::Rng,
    history: Vec<Operation>,
}

impl Hand<'_> {
    async fn operate(&mut self) -> Outcome<()> {
        let record = self.random.usize(0..self.records.len());
        let Some(id) = self.records.get(record).copied() else { return Ok(()) };
        let seen = self.timed(record, async |session| Ok(read(session.customers().get(id).await?))).await?;
        let text = self.next.fetch_add(1, Ordering::Relaxed);
        let patch = || CustomerPatch { phone: Some(text.to_string()).into(), ..Default::default() };
        match self.random.u8(0..3) {
            0 => Ok(()),
            1 => {
                let write = async |session: &Session| match session
                    .customers()
                    .edit_seen(id, crmkit::id::Version(seen), patch())
                    .await
                {
                    Ok(written) => Ok((written.version.0, Did::Wrote(text))),
                    Err(Error::Conflict { found, .. }) => Ok((found.0, Did::Met)),
                    Err(error) => Err(error.into()),
                };
                self.timed(record, write).await.map(drop)
            }
            _ => {
                let write = async |session: &Session| {
                    Ok((session.customers().edit(id, patch()).await?.version.0, Did::Wrote(text)))
                };
                self.timed(record, write).await.map(drop)
            }
        }
    }

    /// Does it, notes when, and gives the version.
    async fn timed(&mut self, record: usize, act: impl AsyncFnOnce(&Session) -> Outcome<(i64, Did)>) -> Outcome<i64> {
        let called = self.clock.fetch_add(1, Ordering::SeqCst);
        let (version, did) = act(&self.session).await?;
        let answered = self.clock.fetch_add(1, Ordering::SeqCst);
        self.history.push(Operation { record, called, answered, version, did });
        Ok(version)
    }
}

fn read(customer: Customer) -> (i64, Did) {
    let text = customer.phone.and_then(|phone| phone.parse().ok()).unwrap_or_default();
    (customer.version.0, Did::Read(text))
}

/// Why a history is not that of records which are changed in one moment each time, a sentence each; none if it is.
///
/// Versions say in which order the writes of a record took effect: each write has one of its own, and there is no gap. So
/// there is one order that could be: by version, first the write, then the reads and refusals that saw it. It is right if
/// whoever was called after another was answered comes after him.
#[must_use]
pub fn problems(history: &[Operation]) -> Vec<String> {
    let mut by_record: BTreeMap<usize, Vec<Operation>> = BTreeMap::new();
    for operation in history {
        by_record.entry(operation.record).or_default().push(*operation);
    }
    by_record.into_values().flat_map(|operations| of_record(&operations)).collect()
}

fn of_record(operations: &[Operation]) -> Vec<String> {
    let mut problems = Vec::new();
    // The text of each version; the first one was there before.
    let mut written: BTreeMap<i64, u64> = BTreeMap::from([(1, 0)]);
    for operation in operations {
        if let Did::Wrote(text) = operation.did
            && written.insert(operation.version, text).is_some()
        {
            problems.push(format!("two writes made one version: {operation:?}"));
        }
    }
    if let Some((last, _)) = written.last_key_value()
        && *last != written.len() as i64
    {
        problems.push(format!("{} writes have led to version {last}", written.len() - 1));
    }
    for operation in operations {
        match (operation.did, written.get(&operation.version)) {
            (Did::Read(text), Some(of_it)) if text != *of_it => {
                problems.push(format!("the text of another version was read: {operation:?}"));
            }
            (Did::Read(_) | Did::Met, None) => {
                problems.push(format!("nobody has written what was seen: {operation:?}"))
            }
            _ => {}
        }
    }
    problems.extend(out_of_order(operations));
    problems
}

/// Those who saw what was no longer so when they were called, or wrote into the past.
fn out_of_order(operations: &[Operation]) -> Vec<String> {
    let (mut called, mut answered) = (operations.to_vec(), operations.to_vec());
    called.sort_by_key(|operation| operation.called);
    answered.sort_by_key(|operation| operation.answered);
    let (mut answered, mut newest, mut problems) = (answered.into_iter().peekable(), 0, Vec::new());
    for operation in called {
        while let Some(earlier) = answered.next_if(|earlier| earlier.answered < operation.called) {
            newest = earlier.version.max(newest);
        }
        let fits = match operation.did {
            Did::Wrote(_) => operation.version > newest,
            Did::Read(_) | Did::Met => operation.version >= newest,
        };
        if !fits {
            problems.push(format!("version {newest} was known before it was called: {operation:?}"));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operation(called: u64, answered: u64, version: i64, did: Did) -> Operation {
        Operation { record: 0, called, answered, version, did }
    }

    #[test]
    fn what_overlaps_may_come_in_either_order() {
        let write = operation(1, 10, 2, Did::Wrote(7));
        for (version, text) in [(1, 0), (2, 7)] {
            assert_eq!(problems(&[write, operation(2, 9, version, Did::Read(text))]), [""; 0]);
        }
        let refused = operation(3, 4, 2, Did::Met);
        assert_eq!(problems(&[write, refused, operation(5, 6, 2, Did::Read(7))]), [""; 0]);
    }

    #[test]
    fn what_cannot_be_is_found() {
        let write = operation(1, 2, 2, Did::Wrote(7));
        for (history, says) in [
            (vec![write, operation(3, 4, 1, Did::Read(0))], "known before"),
            (vec![write, operation(3, 4, 2, Did::Read(8))], "text of another version"),
            (vec![write, operation(3, 4, 3, Did::Read(8))], "nobody has written"),
            (vec![write, operation(3, 4, 2, Did::Wrote(8))], "one version"),
            (vec![write, operation(3, 4, 4, Did::Wrote(8))], "have led to version 4"),
            // Two reads of which the later one goes back, while a write is under way.
            (
                vec![
                    operation(1, 10, 2, Did::Wrote(7)),
                    operation(2, 3, 2, Did::Read(7)),
                    operation(4, 5, 1, Did::Read(0)),
                ],
                "known before",
            ),
            (vec![operation(1, 2, 3, Did::Wrote(7)), operation(3, 4, 2, Did::Wrote(8))], "known before"),
        ] {
            let found = problems(&history);
            assert!(found.iter().any(|problem| problem.contains(says)), "{says}: {found:?}");
        }
    }
}
