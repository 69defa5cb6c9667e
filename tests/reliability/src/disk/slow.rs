//! A disk that takes long to sync, and then to read.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crmkit::prelude::*;
use crmkit::storage::{SqliteOptions, SqliteStorage, Storage};

use super::{Control, Disk, within};
use crate::Outcome;
use crate::ledger::{Left, Line};

/// How many tasks write at once.
const TASKS: usize = 8;
/// How many commands each gives.
const EACH: usize = 4;
/// What a busy machine may take longer.
const SPARE: Duration = Duration::from_secs(20);

/// Commands wait for the disk and share its syncs; what has a deadline is told of it in time, and is not done then; what
/// was acknowledged is there.
pub(super) async fn slow(disk: &Disk, milliseconds: u32) -> Outcome {
    let lag = Duration::from_millis(milliseconds.into());
    // Without a cache every page that is read comes from the disk.
    let options = SqliteOptions { cache_kib: 1, ..Default::default() };
    let storage: Arc<dyn Storage> = Arc::new(SqliteStorage::open(disk.path(), crmkit::standard_schema()?, options)?);
    let crm = disk.place().crm_on(storage).await?;
    let mut said = Vec::new();

    disk.becomes(Control { sync: milliseconds, ..Default::default() })?;
    let begun = Instant::now();
    let tasks: Vec<_> = (0..TASKS).map(|task| tokio::spawn(writes(crm.system(), task))).collect();
    for task in tasks {
        said.extend(task.await??);
    }
    let waited = begun.elapsed();
    let all = TASKS * EACH;
    within("waiting for syncs", waited, lag * u32::try_from(EACH)?, lag * u32::try_from(all)? + SPARE)?;

    let (late, longest) = late(&crm, lag, &mut said).await?;
    let told = late_reads(disk, &crm, lag).await?;

    disk.recovers()?;
    let begun = Instant::now();
    said.push(written(&crm.system(), "In order again").await?);
    let after = begun.elapsed();
    within("the first command afterwards", after, Duration::ZERO, SPARE)?;
    let made = crm.system().customers().count(Filter::All).await?;
    let known = said.len() as u64 + 1;
    if made != known {
        return Err(format!("{made} customers are there, {known} were acknowledged").into());
    }
    disk.looked_over(crm, &said).await?;
    Ok(format!(
        "each sync took {milliseconds} ms longer: {all} commands of {TASKS} tasks at once were done in {:.1} s; of requests \
         with {} ms each, {late} were told that the time was up, the last after {} ms, and nothing of theirs that was not \
         acknowledged is there; with reads as slow, one was told so after {} ms; then a command took {} ms",
        waited.as_secs_f64(),
        (lag * 3 / 2).as_millis(),
        longest.as_millis(),
        told.as_millis(),
        after.as_millis()
    ))
}

async fn written(session: &Session, name: &str) -> Outcome<Line> {
    let made = session.customers().create(NewCustomer::new(name)).await?;
    Ok(Line::Done(0, vec![Left::new("customer", made.id, made.version)]))
}

async fn writes(session: Session, task: usize) -> Outcome<Vec<Line>> {
    let mut said = Vec::new();
    for number in 0..EACH {
        said.push(written(&session, &format!("Patient {task} {number}")).await?);
    }
    Ok(said)
}

/// Requests of several commands for which there is not enough time: each is cut off with the code of a deadline, soon.
async fn late(crm: &Crm, lag: Duration, said: &mut Vec<Line>) -> Outcome<(usize, Duration)> {
    let (mut longest, limit) = (Duration::ZERO, lag * 3 / 2);
    for request in 0..TASKS {
        let (begun, session) = (Instant::now(), crm.system().within(limit));
        for number in 0.. {
            match session.customers().create(NewCustomer::new(format!("Late {request} {number}"))).await {
                Ok(made) => said.push(Line::Done(0, vec![Left::new("customer", made.id, made.version)])),
                Err(error) if error.code() == "deadline" => break,
                Err(error) => return Err(error.into()),
            }
        }
        // What was handed to the store in time is waited for to its end.
        within("a request", begun.elapsed(), limit, limit + lag * 2 + SPARE)?;
        longest = longest.max(begun.elapsed());
    }
    Ok((TASKS, longest))
}

/// A list that the disk takes long to read is given up at its deadline.
async fn late_reads(disk: &Disk, crm: &Crm, lag: Duration) -> Outcome<Duration> {
    disk.becomes(Control { read: u32::try_from(lag.as_millis())?, ..Default::default() })?;
    let (begun, session) = (Instant::now(), crm.system().within(lag / 2));
    let found = session.customers().list(Query::of::<Customer>().filter(Customer::name.contains("late"))).await;
    let took = begun.elapsed();
    match found {
        Err(error) if error.code() == "deadline" => {
            within("a list", took, lag / 2, lag * 10 + SPARE)?;
            Ok(took)
        }
        Err(error) => Err(error.into()),
        Ok(found) => Err(format!("{} customers were read in spite of the slow disk", found.items.len()).into()),
    }
}
