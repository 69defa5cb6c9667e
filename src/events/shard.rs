//! Shards: where events get their numbers.

use crate::change::{Adjust, AdjustKey, Bound};
use crate::error::{Error, Result};
use crate::id::{Id, RecordId};
use crate::rules::{Context, Deletion, Rules};
use crate::schema::{Entity, EntityFacts, Facts};

/// How many shards there are. More let more sets commit at once; each is a number in every cursor.
pub const SHARDS: usize = 16;

crate::entity!(
    #[entity("sys_event_shard", "事件分片", "Event shard")]
    #[inputs(NewEventShard, EventShardPatch)]
    /// How many events one shard has had.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::events::{EventShard, shard_of};
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let acme = crm.system().customers().create(NewCustomer::new("Acme")).await?;
    /// let shard = EventShard::id_of(shard_of(acme.id.raw()));
    /// assert_eq!(crm.system().of::<EventShard>().get(shard).await?.last, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub struct EventShard {
        /// The shard, from 0 on.
        #[label("分片", "Shard")]
        pub shard: i64,
        /// The number of its newest event.
        #[label("最新序号", "Last")]
        pub last: i64,
        /// The number up to which its events were purged.
        #[label("已清理序号", "Purged")]
        pub purged: i64,
    }
);

impl EntityFacts for EventShard {
    fn facts() -> Facts {
        Facts::default().unique::<Self>(&[&EventShard::shard]).unrecorded()
    }
}

/// Whoever may, nobody writes these but the crate itself: a number that is changed or a missing shard would be a gap.
impl Rules for EventShard {
    fn created(draft: Self, _: &Context) -> Result<Self> {
        Err(kept("event_shard", draft.id.raw()))
    }

    fn edited(before: &Self, _: Self, _: &Context) -> Result<Self> {
        Err(kept("event_shard", before.id.raw()))
    }

    fn deleted(before: &Self, _: &Context) -> Result<Deletion<Self>> {
        Err(kept("event_shard", before.id.raw()))
    }

    fn events(&self, _: &Context) -> Vec<&'static str> {
        Vec::new()
    }
}

/// The refusal to change what the crate keeps by itself.
pub(super) fn kept(entity: &'static str, id: RecordId) -> Error {
    Error::State { entity: entity.into(), id, problem: "is kept by the crate itself; nobody else writes it".to_owned() }
}

impl EventShard {
    /// The id of a shard's record, which is the same in every store.
    #[must_use]
    pub const fn id_of(shard: usize) -> Id<Self> {
        let mut bytes = *b"crmkit-events-00";
        [bytes[14], bytes[15]] = [b'0' + (shard / 10 % 10) as u8, b'0' + (shard % 10) as u8];
        Id::new(RecordId::from_bytes(bytes))
    }

    /// The addition that takes the next `count` numbers of a shard and hands out the last of them.
    #[must_use]
    pub fn take(shard: usize, count: i64) -> Adjust {
        let last = EventShard::last.name();
        let new = NewEventShard { shard: i64::try_from(shard).unwrap_or_default(), ..Default::default() };
        let first = EventShard::draft(Self::id_of(shard), new).into_record();
        let slot = Some(last.into());
        Adjust { if_absent: Some(first), slot, ..Self::add(shard, last, count) }
    }

    /// The addition that notes that the events of a shard up to a number are purged; refused if others have been purged
    /// since `from` was read.
    #[must_use]
    pub fn purge(shard: usize, from: i64, to: i64) -> Adjust {
        let purged = EventShard::purged.name();
        let require = vec![Bound { field: purged.into(), min: to, max: to }];
        Adjust { require, ..Self::add(shard, purged, to.saturating_sub(from)) }
    }

    fn add(shard: usize, field: &'static str, count: i64) -> Adjust {
        let (entity, key) = (Self::NAME.into(), AdjustKey::Id(Self::id_of(shard).raw()));
        Adjust { entity, key, if_absent: None, add: vec![(field.into(), count)], require: Vec::new(), slot: None }
    }
}

/// The shard of all events about a record: the same in every program and for ever.
///
/// # Examples
///
/// ```
/// use crmkit::events::{SHARDS, shard_of};
/// use crmkit::id::RecordId;
///
/// assert!(shard_of(RecordId::from_bytes([7; 16])) < SHARDS);
/// ```
#[must_use]
pub fn shard_of(record: RecordId) -> usize {
    // FNV-1a, of which the upper bits are the mixed ones.
    let mix = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = record.as_bytes().iter().fold(0xcbf2_9ce4_8422_2325, mix);
    usize::try_from(hash >> 48).unwrap_or_default() % SHARDS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{IdSource, SeededIds};
    use crate::value::Timestamp;

    #[test]
    fn records_spread_over_the_shards_and_stay_where_they_are() {
        let (ids, mut counts) = (SeededIds::new(1), [0; SHARDS]);
        for _ in 0..16_000 {
            counts[shard_of(ids.next_id(Timestamp::EPOCH))] += 1;
        }
        assert!(counts.iter().all(|count| (800..1_200).contains(count)), "{counts:?}");
        assert_eq!([0, 1, 2, 255].map(|byte| shard_of(RecordId::from_bytes([byte; 16]))), [0, 13, 9, 0]);
    }
}
