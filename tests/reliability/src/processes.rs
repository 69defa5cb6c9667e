//! Many processes on one store, some of which die, and a server that crashes under them.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crmkit::dictionary::{NewDictionaryEntry, REGION};
use crmkit::prelude::*;
use crmkit::storage::Synchronous;
use crmkit::testing::ThrowawayPostgres;

use crate::Outcome;
use crate::check::{Counts, contradictions, missing};
use crate::child::Working;
use crate::ledger::Line;
use crate::place::{Place, wait};
use crate::worker::{THE_END, Work, login, set_up};

/// How a trial of many processes goes.
#[derive(Debug, Clone, Copy)]
pub struct Crowd {
    /// How many processes work at once.
    pub workers: usize,
    /// How many commands each is to do.
    pub commands: u64,
    /// How long after the last death the next process is killed.
    pub every: Duration,
    /// How often the server crashes; SQLite has none.
    pub server_crashes: usize,
    /// Where random numbers begin.
    pub seed: u64,
}

/// How long it may take until all see what one has changed in the end.
const SOON: u64 = 10_000;

/// On a PostgreSQL server of its own.
///
/// # Errors
///
/// What was found to be untrue.
pub fn on_postgres(program: &Path, crowd: &Crowd) -> Outcome {
    let server = ThrowawayPostgres::start()?;
    let place = Place::Postgres { url: server.url().to_owned(), schema: server.fresh_schema() };
    run(program, crowd, &place, || Ok(server.crash()?))
}

/// On one SQLite file.
///
/// # Errors
///
/// What was found to be untrue.
pub fn on_sqlite(program: &Path, crowd: &Crowd) -> Outcome {
    let folder = tempfile::tempdir()?;
    let place = Place::Sqlite(folder.path().join("crm.db"), Synchronous::Full);
    run(program, &Crowd { server_crashes: 0, ..*crowd }, &place, || Ok(()))
}

/// A worker's place in the crowd: the process that has it now, and what all that had it have said.
struct Post {
    working: Option<Working>,
    said: Vec<Line>,
}

impl Post {
    /// How many commands were tried by those who have died.
    fn tried(&self) -> u64 {
        self.said.iter().filter(|line| matches!(line, Line::Try(_))).count() as u64
    }
}

fn run(program: &Path, crowd: &Crowd, place: &Place, crash: impl Fn() -> Outcome<()>) -> Outcome {
    wait(async {
        let crm = place.crm().await?;
        set_up(&crm, crowd.workers).await?;
        Ok(crm.close().await?)
    })?;
    let mut random = fastrand::Rng::with_seed(crowd.seed);
    let begun = Instant::now();
    let mut posts = Vec::new();
    for _ in 0..crowd.workers {
        posts.push(Post { working: None, said: Vec::new() });
    }
    let (mut killed, mut crashed, mut last_death) = (0_u64, 0, Instant::now());
    let all = crowd.commands * crowd.workers as u64;
    loop {
        let (mut tried, mut finished) = (0, 0);
        for (number, post) in posts.iter_mut().enumerate() {
            if post.working.is_none() {
                let commands = crowd.commands.saturating_sub(post.tried());
                let work = Work { place: place.clone(), number, seed: random.u64(..), commands, converge: true };
                post.working = Some(Working::start(program, &work)?);
            }
            let Some(working) = &mut post.working else { continue };
            let said = working.said();
            finished += usize::from(said.contains(&Line::Finished));
            tried += said.iter().filter(|line| matches!(line, Line::Try(_))).count() as u64;
            if working.ended() {
                return Err(format!("worker {number} has ended: {:?}", said.last()).into());
            }
            tried += post.tried();
        }
        if finished == posts.len() {
            break;
        }
        if crashed < crowd.server_crashes && tried >= all * (crashed as u64 + 1) / (crowd.server_crashes as u64 + 1) {
            crash()?;
            crashed += 1;
        }
        if last_death.elapsed() >= crowd.every {
            let working: Vec<usize> = (0..posts.len())
                .filter(|post| {
                    let post = posts.get(*post).and_then(|post| post.working.as_ref());
                    post.is_some_and(|working| !working.said().contains(&Line::Finished))
                })
                .collect();
            if let Some(post) = random.choice(&working).and_then(|post| posts.get_mut(*post))
                && let Some(working) = post.working.take()
            {
                post.said.extend(working.kill()?);
                killed += 1;
            }
            last_death = Instant::now();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let worked = begun.elapsed();
    wait(end(place, crowd.workers))?;
    let (mut said, mut slowest) = (Vec::new(), 0);
    for (number, post) in posts.into_iter().enumerate() {
        let mut lines = post.said;
        if let Some(working) = post.working {
            lines.extend(working.finish()?);
        }
        let seen = lines.iter().find_map(|line| if let Line::Converged(after) = line { Some(*after) } else { None });
        slowest = slowest.max(seen.ok_or_else(|| format!("worker {number} never saw the end"))?);
        said.push(lines);
    }
    if slowest > SOON {
        return Err(format!("a worker saw a change {slowest} ms after another one").into());
    }
    let counts = said.iter().map(|lines| Counts::of(lines)).fold(Counts::default(), Counts::and);
    if let Some(fault) = said.iter().flatten().find(|line| matches!(line, Line::Fault(..))) {
        return Err(format!("a command failed: {fault:?}").into());
    }
    let problems = wait(async {
        let storage = place.storage().await?;
        let crm = place.crm_on(Arc::clone(&storage)).await?;
        let mut problems = contradictions(&crm).await?;
        for lines in &said {
            problems.extend(missing(&*storage, lines).await?);
        }
        crm.close().await?;
        Ok(problems)
    })?;
    if !problems.is_empty() {
        return Err(problems.join("; ").into());
    }
    Ok(format!(
        "{} processes, {killed} killed, {crashed} crashes of the server: {} commands acknowledged and all there, {} \
         refused, {} of unknown outcome, whole or absent; last change seen by all within {slowest} ms; {:.0} s",
        crowd.workers,
        counts.done,
        counts.refused,
        counts.unknown,
        worked.as_secs_f64()
    ))
}

/// Changes what all must see: an entry of the dictionary, and that the workers' users may do nothing any more.
async fn end(place: &Place, workers: usize) -> Outcome<()> {
    let crm = place.crm().await?;
    let system = crm.system();
    let entry =
        NewDictionaryEntry { r#type: REGION.into(), item: THE_END.into(), value: THE_END.into(), ..Default::default() };
    system.dictionary_entries().create(entry).await?;
    for number in 0..workers {
        let user = system.users().named(&login(number)).await?;
        let patch = UserPatch { active: false.into(), ..Default::default() };
        system.users().edit(user.id, patch).await?;
    }
    Ok(crm.close().await?)
}
