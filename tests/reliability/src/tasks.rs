//! A thousand tasks at once on one store: all of them come to their end, and none waits without bound.

use std::time::{Duration, Instant};

use crmkit::prelude::*;

use crate::ground::{Ground, Kind};
use crate::{Failure, Outcome};

/// Of ten choices the one to edit the record that all want.
const CROWDED: u8 = 8;

/// How a trial goes.
#[derive(Debug, Clone, Copy)]
pub struct Tasks {
    /// How many tasks there are.
    pub tasks: usize,
    /// How many operations each does, one after the other.
    pub each: u64,
    /// How long all may take before they are taken to wait for ever.
    pub patience: Duration,
    /// Where random numbers begin.
    pub seed: u64,
}

/// Reads and writes mixed half and half: each task gets, lists and counts, edits a record of its own or one that all want,
/// and makes new ones.
///
/// # Errors
///
/// If an operation fails, or not all have ended in time.
pub async fn tasks(kind: Kind, trial: Tasks) -> Outcome {
    let ground = Ground::new(kind).await?;
    let crm = ground.crm().await?;
    let shared = crm.system().customers().create(NewCustomer::new("Shared")).await?.id;
    let begun = Instant::now();
    let running: Vec<_> = (0..trial.tasks)
        .map(|number| {
            let session = crm.system();
            let random = fastrand::Rng::with_seed(trial.seed.wrapping_add(number as u64));
            tokio::spawn(task(session, shared, number, trial.each, random))
        })
        .collect();
    let all = async {
        let mut took = Times::default();
        for task in running {
            let times = task.await??;
            took.apart.extend(times.apart);
            took.crowded.extend(times.crowded);
        }
        Ok::<_, Failure>(took)
    };
    let late = |_| format!("{kind:?}: {} tasks have not come to their end within {:?}", trial.tasks, trial.patience);
    let mut took = tokio::time::timeout(trial.patience, all).await.map_err(late)??;
    let elapsed = begun.elapsed();
    let made = crm.system().customers().count(Filter::All).await?;
    let problems = crm.system().verify().await?;
    if !problems.is_empty() {
        return Err(problems.join("; ").into());
    }
    crm.close().await?;
    Ok(format!(
        "{kind:?}: {} tasks, {} operations, {made} customers in {:.1} s: {}; the {} edits of the record that all want: {}",
        trial.tasks,
        took.apart.len() + took.crowded.len(),
        elapsed.as_secs_f64(),
        shown(&mut took.apart),
        took.crowded.len(),
        shown(&mut took.crowded)
    ))
}

/// How long operations took: those that concern one task alone, and those on the record that all want, which are decided
/// anew whenever somebody else was first.
#[derive(Debug, Default)]
struct Times {
    apart: Vec<Duration>,
    crowded: Vec<Duration>,
}

fn shown(took: &mut [Duration]) -> String {
    took.sort_unstable();
    let at = |hundredths: usize| {
        let place = (took.len() * hundredths / 100).min(took.len().saturating_sub(1));
        took.get(place).copied().unwrap_or_default().as_secs_f64() * 1_000.0
    };
    format!("p50 {:.1} ms, p99 {:.1} ms, at most {:.1} ms", at(50), at(99), at(100))
}

async fn task(
    session: Session,
    shared: Id<Customer>,
    number: usize,
    each: u64,
    mut random: fastrand::Rng,
) -> Outcome<Times> {
    let customers = session.customers();
    let mut took = Times::default();
    let begun = Instant::now();
    let mut own = customers.create(NewCustomer::new(format!("Customer {number}"))).await?.id;
    took.apart.push(begun.elapsed());
    for turn in 0..each {
        let begun = Instant::now();
        let patch = || CustomerPatch { phone: Some(turn.to_string()).into(), ..Default::default() };
        let choice = random.u8(0..10);
        match choice {
            0..2 => drop(customers.get(own).await?),
            2 => drop(customers.get(shared).await?),
            3 => drop(customers.list(Query::of::<Customer>().limit(20)).await?),
            4 => drop(customers.count(Customer::phone.eq(number.to_string())).await?),
            5..8 => drop(customers.edit(own, patch()).await?),
            CROWDED => {
                // Whoever comes late is told so; he does not wait for the others.
                match customers.edit(shared, patch()).await {
                    Ok(_) | Err(Error::Conflict { .. }) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            _ => own = customers.create(NewCustomer::new(format!("Customer {number}, {turn}"))).await?.id,
        }
        if choice == CROWDED { &mut took.crowded } else { &mut took.apart }.push(begun.elapsed());
    }
    Ok(took)
}
