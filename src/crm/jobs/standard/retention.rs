//! Removing what need not be kept any longer.

use async_trait::async_trait;
use chrono::TimeDelta;

use crate::access::SignInCounter;
use crate::change::{Change, ChangeSet};
use crate::crm::jobs::delta;
use crate::crm::jobs::work::clock;
use crate::crm::{JobContext, JobError, Work};
use crate::error::Result;
use crate::events::EventRetention;
use crate::history::HistoryEntry;
use crate::jobs::{JobRun, RETENTION, RetentionSettings, Schedule};
use crate::query::{Filter, Query};
use crate::schema::Entity;
use crate::storage::ReaderExt;
use crate::value::Timestamp;

/// How many records are removed in one commit.
const PAGE: usize = 400;

/// Removes what is older than the settings say, counted from the slot, so that doing it again removes nothing more.
#[derive(Debug)]
pub(crate) struct RetentionJob;

#[async_trait]
impl Work for RetentionJob {
    fn name(&self) -> &str {
        RETENTION
    }

    fn schedule(&self) -> Schedule {
        Schedule::daily(clock(4, 0))
    }

    async fn run(&self, context: &JobContext) -> Result<String, JobError> {
        let settings: RetentionSettings = context.settings()?;
        let (slot, schema) = (context.slot().at, context.crm().schema());
        let mut said = Vec::new();
        if let Some(before) = days_before(slot, settings.history_days)
            && schema.of::<HistoryEntry>().is_some()
        {
            said.push(format!("history: {}", context.session().purge_history(before).await?));
            context.extend().await?;
        }
        if let Some(days) = settings.event_days {
            let span = |days: u16| TimeDelta::days(days.into());
            let retention =
                EventRetention { keep: span(days), at_most: span(settings.undelivered_event_days.max(days)) };
            said.push(format!("events: {}", context.crm().purge_events(&retention).await?));
            context.extend().await?;
        }
        if let Some(before) = days_before(slot, settings.run_days) {
            let removed = purge::<JobRun>(context, &JobRun::finished_at.lt(before)).await?;
            said.push(format!("job runs: {removed}"));
        }
        if let Some(before) = days_before(slot, settings.sign_in_days)
            && schema.of::<SignInCounter>().is_some()
        {
            said.push(format!("sign-in counters: {}", forget_tries(context, before).await?));
        }
        let said = if said.is_empty() { "nothing is to be".to_owned() } else { said.join(", ") };
        Ok(format!("removed: {said}"))
    }
}

/// The moment so many days before another one.
fn days_before(slot: Timestamp, days: Option<u16>) -> Option<Timestamp> {
    slot.checked_add(-TimeDelta::days(days?.into())).ok()
}

/// Removes records that are only ever added, and says how many.
async fn purge<E: Entity>(context: &JobContext, filter: &Filter) -> Result<u64> {
    let (crm, mut removed) = (context.crm(), 0);
    loop {
        let now = crm.now();
        let mut set = ChangeSet::new(crm.new_set_id(now), now, "retention.purge");
        set.changes.push(Change::Purge { entity: E::NAME.into(), filter: filter.clone(), limit: PAGE });
        let purged = crm.storage().commit(&set).await?.purged.iter().sum::<u64>();
        removed += purged;
        if purged < PAGE as u64 {
            return Ok(removed);
        }
        context.extend().await?;
    }
}

/// Removes counted wrong passwords whose last was tried before a moment, and that count no longer.
async fn forget_tries(context: &JobContext, before: Timestamp) -> Result<u64> {
    let crm = context.crm();
    let forgotten = delta(crm.sign_in_options().lockout.forgotten_after);
    let Ok(uncounted) =
        forgotten.checked_mul(-1).map_or(Ok(Timestamp::MIN), |back| context.slot().at.checked_add(back))
    else {
        return Ok(0);
    };
    let before = before.min(uncounted).as_micros();
    let (mut removed, mut query) =
        (0, Query::of::<SignInCounter>().filter(SignInCounter::last_at.lt(before)).limit(PAGE));
    loop {
        let (found, next) = crm.storage().find::<SignInCounter>(&query).await?;
        let now = crm.now();
        let mut set = ChangeSet::new(crm.new_set_id(now), now, "retention.forget");
        set.changes.extend(found.iter().map(|counter| {
            let (entity, id, expected) = (SignInCounter::NAME.into(), counter.id.raw(), counter.version);
            Change::Delete { entity, id, expected }
        }));
        if !set.changes.is_empty() {
            match crm.storage().commit(&set).await {
                Ok(_) => removed += set.changes.len() as u64,
                // Somebody tries a password at this moment; what is left is removed the next time.
                Err(error) if !error.refusals().is_empty() => {}
                Err(error) => return Err(error.into()),
            }
        }
        match next {
            Some(next) => query.after = Some(next),
            None => return Ok(removed),
        }
        context.extend().await?;
    }
}
