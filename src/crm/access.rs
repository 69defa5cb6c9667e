//! What a user may do, read from the store, and when it must be read again.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::Crm;
use crate::access::{
    AccessRevision, Actor, Credential, FieldAccess, FieldMasks, FieldRule, Grant, Right, Role, Scope, Standing, Team,
    User,
};
use crate::dictionary::{Flights, Turn};
use crate::error::{Error, Result};
use crate::id::Id;
use crate::query::Query;
use crate::schema::{Choice, FieldType};
use crate::storage::ReaderExt;

/// How old the knowledge of what other programs have changed may grow unless it is said otherwise.
pub(super) const STALENESS: Duration = Duration::from_secs(5);
/// Nothing was read yet.
const NEVER: i64 = -1;

/// How up to date this program is with what users may do.
///
/// Time is the machine's own, which never goes back: a host that gives the CRM a clock of its own must not be able to
/// put revocations off with it.
#[derive(Debug)]
pub(super) struct AccessWatch {
    staleness: Duration,
    started: Instant,
    /// When the revision was last read, in microseconds after the start.
    checked_at: AtomicI64,
    /// The version the revision then had.
    version: AtomicI64,
    /// Counts what was noticed. An actor that was compiled under an earlier one is old.
    generation: AtomicU64,
    /// Counts what other programs said: what was read before they said it is not fresh.
    moved: AtomicU64,
    reads: Flights<(), ()>,
}

impl AccessWatch {
    pub(super) fn new(staleness: Duration) -> Self {
        let (checked_at, version) = (AtomicI64::new(NEVER), AtomicI64::new(NEVER));
        let (generation, moved) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { staleness, started: Instant::now(), checked_at, version, generation, moved, reads: Flights::default() }
    }

    fn now(&self) -> i64 {
        i64::try_from(self.started.elapsed().as_micros()).unwrap_or(i64::MAX)
    }

    fn is_fresh(&self) -> bool {
        let checked_at = self.checked_at.load(Ordering::Acquire);
        let age = u64::try_from(self.now() - checked_at).unwrap_or(0);
        checked_at != NEVER && Duration::from_micros(age) < self.staleness
    }

    fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// The revision may have moved: the next one who asks reads it again.
    pub(super) fn look_again(&self) {
        self.moved.fetch_add(1, Ordering::AcqRel);
        self.checked_at.store(NEVER, Ordering::Release);
    }
}

impl Crm {
    /// The generation of rights that is current, no older than the staleness allows. One who asks reads for all.
    pub(crate) async fn access_generation(&self) -> Result<u64> {
        let watch = &self.inner.access;
        let known = || watch.is_fresh().then_some(());
        loop {
            if known().is_some() {
                return Ok(watch.generation());
            }
            match watch.reads.join((), known) {
                Turn::Known(()) => return Ok(watch.generation()),
                // What was read was perhaps read before this question was asked: it is looked at again.
                Turn::Wait(landing) => drop(landing.await),
                Turn::Load(ticket) => {
                    let (at, moved) = (watch.now(), watch.moved.load(Ordering::Acquire));
                    let version = self.access_version().await?;
                    if watch.version.swap(version, Ordering::AcqRel) != version {
                        watch.generation.fetch_add(1, Ordering::AcqRel);
                    }
                    watch.checked_at.store(at, Ordering::Release);
                    if watch.moved.load(Ordering::Acquire) != moved {
                        watch.checked_at.store(NEVER, Ordering::Release);
                    }
                    ticket.land(&(), || ());
                    return Ok(watch.generation());
                }
            }
        }
    }

    async fn access_version(&self) -> Result<i64> {
        let Some(def) = self.schema().of::<AccessRevision>() else { return Ok(0) };
        let found = self.storage().get(def, &[AccessRevision::ID]).await?.pop();
        Ok(found.map_or(0, |found| found.version.0))
    }

    /// Makes every session compile its rights anew. Called when a change to what somebody may do is committed.
    pub(crate) fn forget_access(&self) {
        self.inner.access.generation.fetch_add(1, Ordering::AcqRel);
    }

    /// What a user may do now, and which password he has, if he has one.
    pub(crate) async fn actor(&self, user: Id<User>) -> Result<(Actor, Option<i64>)> {
        let snapshot = self.storage().snapshot().await?;
        let reader = &*snapshot;
        let missing = || Error::NotFound { entity: "user".into(), key: user.to_string() };
        let found: User = reader.load(user).await?.ok_or_else(missing)?;
        let role: Role = reader.load(found.role).await?.ok_or_else(missing)?;
        let inactive = |what: String| Error::SessionEnded {
            actor: found.name.clone(),
            rule: format!("{what} is inactive; an administrator can activate it"),
        };
        if !found.active {
            return Err(inactive(format!("the user `{}`", found.name)));
        }
        if !role.active {
            return Err(inactive(format!("the role `{}`", role.name)));
        }
        let (grants, masks) = (grants(reader, role.id).await?, self.masks(reader, role.id).await?);
        let teams = teams(reader, &found).await?;
        let subtree = subtree(reader, &teams).await?;
        let standing = Standing { user, name: found.name, role: role.name, teams, subtree };
        let granted = grants.iter().map(|(code, scope)| (code.as_str(), *scope));
        let credential = match self.schema().of::<Credential>() {
            Some(_) => reader.first::<Credential>(Credential::user.eq(user)).await?,
            None => None,
        };
        let actor = Actor::user(standing, &self.inner.rights, granted).masked(masks);
        Ok((actor, credential.map(|credential| credential.password())))
    }

    async fn masks<R: ReaderExt + ?Sized>(&self, reader: &R, role: Id<Role>) -> Result<FieldMasks> {
        if self.schema().of::<FieldRule>().is_none() {
            return Ok(FieldMasks::default());
        }
        let columns = [FieldRule::entity.path(), FieldRule::field.path(), FieldRule::access.path()];
        let query = Query::of::<FieldRule>().filter(FieldRule::role.eq(role)).columns(columns).limit(1_000);
        let stored = reader.collect(query).await?;
        let rules = stored.iter().filter_map(|record| {
            let access = FieldAccess::from_code(record.value(2).as_text()?).unwrap_or(FieldAccess::Hidden);
            Some((record.value(0).as_text()?, record.value(1).as_text()?, access))
        });
        Ok(FieldMasks::compile(self.schema(), rules))
    }
}

async fn grants<R: ReaderExt + ?Sized>(reader: &R, role: Id<Role>) -> Result<Vec<(String, Scope)>> {
    let columns = [Grant::right.to(Right::code).path(), Grant::scope.path()];
    let query = Query::of::<Grant>().filter(Grant::role.eq(role)).columns(columns).limit(1_000);
    let mut grants = Vec::new();
    for record in reader.collect(query).await? {
        if let [code, scope] = &record.values[..] {
            let code = code.as_text().unwrap_or_default().to_owned();
            grants.push((code, FieldType::from_value(scope.clone()).unwrap_or(Scope::None)));
        }
    }
    Ok(grants)
}

/// The user's own team and those he leads.
async fn teams<R: ReaderExt + ?Sized>(reader: &R, user: &User) -> Result<Vec<Id<Team>>> {
    let led = Query::of::<Team>().filter(Team::leader.eq(user.id)).limit(1_000);
    let led = reader.collect(led).await?.into_iter().map(|record| Id::new(record.id));
    let mut teams: Vec<Id<Team>> = user.team.into_iter().collect();
    teams.extend(led.filter(|team| Some(*team) != user.team));
    Ok(teams)
}

/// Teams and all teams below them; a loop among them ends at the first team seen again.
async fn subtree<R: ReaderExt + ?Sized>(reader: &R, top: &[Id<Team>]) -> Result<Vec<Id<Team>>> {
    let (mut all, mut level) = (top.to_vec(), top.to_vec());
    while !level.is_empty() {
        let query = Query::of::<Team>().filter(Team::parent.is_in(level)).limit(1_000);
        let below = reader.collect(query).await?;
        level = below.iter().map(|record| Id::new(record.id)).filter(|id| !all.contains(id)).collect();
        all.extend(&level);
    }
    Ok(all)
}
