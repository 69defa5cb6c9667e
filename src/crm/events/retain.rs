//! How long events are kept, and whether all are there.

use std::collections::HashMap;

use super::Crm;
use super::read::{Head, heads};
use crate::change::{Change, ChangeSet};
use crate::error::{Refusal, Result};
use crate::events::{EventEntry, EventRetention, EventShard, ParkedEvent, SHARDS, Subscription};
use crate::query::{Aggregate, Measure, Query};
use crate::schema::Entity;
use crate::storage::{Reader, ReaderExt};
use crate::value::{Timestamp, Value};

/// How many events one commit removes.
const PAGE: i64 = 1_000;

impl Crm {
    /// Removes the events that have been kept long enough; gives how many. It is done in parts: what was removed before
    /// an error stays removed. Whoever has a cursor before what was removed is [told
    /// so](crate::error::CursorProblem::Purged).
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::events::EventRetention;
    /// use crmkit::prelude::*;
    /// use crmkit::storage::MemoryStorage;
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// crm.system().customers().create(NewCustomer::new("Acme")).await?;
    /// assert_eq!(crm.purge_events(&EventRetention::default()).await?, 0);
    /// # Ok::<(), Error>(())
    /// # })?;
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Storage`](crate::Error::Storage) if the store can't do it.
    pub async fn purge_events(&self, retention: &EventRetention) -> Result<u64> {
        if !self.keeps_events() {
            return Ok(0);
        }
        let now = self.now();
        let before = |span: chrono::TimeDelta| now.checked_add(-span).unwrap_or(Timestamp::EPOCH);
        let (kept, at_most) = (before(retention.keep), before(retention.at_most));
        let mut removed = 0;
        let waited_for = self.waited_for().await?;
        for (shard, head) in heads(self.storage()).await?.into_iter().enumerate() {
            let waited_for = waited_for.get(shard).copied().unwrap_or(i64::MAX);
            let old = self.last_before(shard, &head, kept).await?.min(waited_for);
            let to = if old < head.last { old.max(self.last_before(shard, &head, at_most).await?) } else { old };
            removed += self.purge_shard(shard, head.purged, to).await?;
        }
        Ok(removed)
    }

    /// Up to which number nobody waits for the events of each shard.
    async fn waited_for(&self) -> Result<[i64; SHARDS]> {
        let mut free = [i64::MAX; SHARDS];
        let mut lower = |shard: usize, to: i64| {
            if let Some(place) = free.get_mut(shard) {
                *place = to.min(*place);
            }
        };
        for record in self.storage().collect(Query::of::<Subscription>().limit(1_000)).await? {
            // One that can't be read keeps everything, as long as anything is kept.
            let position = Subscription::from_record(record)?.position();
            (0..SHARDS).for_each(|shard| lower(shard, position.map_or(0, |position| position.at(shard))));
        }
        for record in self.storage().collect(Query::of::<ParkedEvent>().limit(1_000)).await? {
            let parked = ParkedEvent::from_record(record)?;
            lower(usize::try_from(parked.shard).unwrap_or(SHARDS), parked.sequence.saturating_sub(1));
        }
        Ok(free)
    }

    /// The number up to which all events of a shard are older than a moment.
    async fn last_before(&self, shard: usize, head: &Head, moment: Timestamp) -> Result<i64> {
        let of_shard = EventEntry::shard.eq(i64::try_from(shard).unwrap_or_default());
        let first = Query::of::<EventEntry>().filter(of_shard.and(EventEntry::at.ge(moment)));
        let first = first.order(EventEntry::sequence.asc()).limit(1);
        let (found, _) = self.storage().find::<EventEntry>(&first).await?;
        Ok(found.first().map_or(head.last, |event| event.sequence.saturating_sub(1)))
    }

    async fn purge_shard(&self, shard: usize, mut from: i64, to: i64) -> Result<u64> {
        let mut removed = 0;
        while from < to {
            let until = to.min(from.saturating_add(PAGE));
            let filter = EventEntry::shard.eq(i64::try_from(shard).unwrap_or_default());
            let filter = filter.and(EventEntry::sequence.gt(from)).and(EventEntry::sequence.le(until));
            let (now, limit) = (self.now(), usize::try_from(PAGE).unwrap_or_default());
            let mut set = ChangeSet::new(self.new_set_id(now), now, "event.purge");
            set.changes.push(Change::Purge { entity: EventEntry::NAME.into(), filter, limit });
            set.changes.push(Change::Adjust(EventShard::purge(shard, from, until)));
            match self.system().commit_telling(&mut set, &[], Default::default()).await {
                Ok(committed) => removed += committed.purged.iter().sum::<u64>(),
                // Somebody else purges this shard.
                Err(error) if error.refusals().iter().any(|it| matches!(it.reason, Refusal::Guard { .. })) => break,
                Err(error) => return Err(error.into()),
            }
            from = until;
        }
        Ok(removed)
    }
}

/// Every number that a shard has given is the number of an event, up to what was purged.
pub(in crate::crm) async fn verify(reader: &dyn Reader, faults: &mut Vec<String>) -> Result<()> {
    if reader.schema().of::<EventEntry>().is_none() || reader.schema().of::<EventShard>().is_none() {
        return Ok(());
    }
    let heads = heads(reader).await?;
    let sequence = || EventEntry::sequence.path();
    let per_shard = Aggregate::of::<EventEntry>().group(EventEntry::shard).measure(Measure::Count);
    let per_shard = per_shard.measure(Measure::Minimum(sequence())).measure(Measure::Maximum(sequence()));
    let mut found: HashMap<i64, [i64; 3]> = HashMap::new();
    for row in reader.aggregate(&per_shard).await? {
        let measures: Vec<i64> = row.measures.iter().filter_map(Value::as_integer).collect();
        if let (Some(shard), Ok(measures)) = (row.keys.first().and_then(Value::as_integer), measures.try_into()) {
            found.insert(shard, measures);
        }
    }
    for (shard, head) in heads.iter().enumerate() {
        let there = found.remove(&i64::try_from(shard).unwrap_or_default());
        let wanted = head.last.saturating_sub(head.purged);
        let sound = match there {
            None => wanted == 0,
            Some(measures) => measures == [wanted, head.purged.saturating_add(1), head.last],
        };
        if !sound {
            let count = there.map_or(0, |[count, ..]| count);
            faults.push(format!("events of shard {shard}: {wanted} were numbered and not purged, {count} are there"));
        }
    }
    faults.extend(found.keys().map(|shard| format!("events of shard {shard}: there is no such shard")));
    Ok(())
}
