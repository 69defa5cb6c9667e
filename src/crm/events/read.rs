//! Reading events in the order of their shards.

use crate::error::{CursorProblem, Error, Result, StorageError, StorageErrorKind};
use crate::events::{Event, EventCursor, EventEntry, EventShard, SHARDS, in_turn};
use crate::id::RecordId;
use crate::query::{Filter, Query};
use crate::schema::Entity;
use crate::storage::{Reader, ReaderExt};

/// How many events are read at once at most.
const MAX_BATCH: usize = 1_000;

/// How far one shard has come.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Head {
    pub(super) last: i64,
    pub(super) purged: i64,
}

/// Events that were read together.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) events: Vec<Event>,
    pub(crate) next: EventCursor,
    pub(crate) more: bool,
}

/// How far the shards have come.
pub(super) async fn heads(reader: &dyn Reader) -> Result<[Head; SHARDS], StorageError> {
    let mut heads = [Head::default(); SHARDS];
    if let Some(def) = reader.schema().of::<EventShard>() {
        let ids: Vec<RecordId> = (0..SHARDS).map(|shard| EventShard::id_of(shard).raw()).collect();
        for record in reader.get(def, &ids).await? {
            let found = EventShard::from_record(record)?;
            let place = usize::try_from(found.shard).ok().and_then(|shard| heads.get_mut(shard));
            if let Some(head) = place {
                *head = Head { last: found.last, purged: found.purged };
            }
        }
    }
    Ok(heads)
}

/// The next events after a cursor, of the shards that are open.
///
/// The heads are read first. Whoever raised one has committed all events up to it, so a range up to a head has no gap,
/// whatever is being committed meanwhile.
pub(crate) async fn read_events(
    reader: &dyn Reader,
    after: &EventCursor,
    limit: usize,
    open: [bool; SHARDS],
) -> Result<Batch> {
    let heads = heads(reader).await?;
    check(after, &heads)?;
    let ranges = ranges(after, &heads, limit.clamp(1, MAX_BATCH), open);
    let mut next = *after;
    for (shard, to) in &ranges {
        next = next.with(*shard, *to);
    }
    let more = (0..SHARDS).any(|shard| open.get(shard) == Some(&true) && heads_last(&heads, shard) > next.at(shard));
    if ranges.is_empty() {
        return Ok(Batch { events: Vec::new(), next, more });
    }
    let of_shard = |(shard, to): &(usize, i64)| {
        let is_it = EventEntry::shard.eq(i64::try_from(*shard).unwrap_or_default());
        is_it.and(EventEntry::sequence.gt(after.at(*shard))).and(EventEntry::sequence.le(*to))
    };
    let wanted = ranges.iter().map(of_shard).collect();
    let order = [EventEntry::shard.asc(), EventEntry::sequence.asc()];
    let query = order.into_iter().fold(Query::of::<EventEntry>().filter(Filter::Or(wanted)), Query::order);
    let (found, _) = reader.find::<EventEntry>(&query.limit(MAX_BATCH)).await?;
    let expected: i64 = ranges.iter().map(|(shard, to)| to.saturating_sub(after.at(*shard))).sum();
    if i64::try_from(found.len()) != Ok(expected) {
        // They were purged meanwhile, or they are lost.
        check(after, &self::heads(reader).await?)?;
        let message = format!("{expected} events were numbered after the cursor, {} are there", found.len());
        return Err(StorageError::new(StorageErrorKind::Corrupt, message).into());
    }
    Ok(Batch { events: in_turn(found.into_iter().map(Event::from).collect()), next, more })
}

fn heads_last(heads: &[Head; SHARDS], shard: usize) -> i64 {
    heads.get(shard).map_or(0, |head| head.last)
}

fn check(after: &EventCursor, heads: &[Head; SHARDS]) -> Result<()> {
    for (shard, head) in heads.iter().enumerate() {
        if after.at(shard) > head.last {
            return Err(Error::Cursor(CursorProblem::Ahead));
        }
        if after.at(shard) < head.purged {
            return Err(Error::Cursor(CursorProblem::Purged));
        }
    }
    Ok(())
}

/// Up to which number to read in each shard that has news: each gets its share, and what one leaves the others take.
fn ranges(after: &EventCursor, heads: &[Head; SHARDS], limit: usize, open: [bool; SHARDS]) -> Vec<(usize, i64)> {
    let news = |shard: usize| heads_last(heads, shard).saturating_sub(after.at(shard));
    let mut left = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut shards: Vec<usize> =
        (0..SHARDS).filter(|shard| open.get(*shard) == Some(&true) && news(*shard) > 0).collect();
    // Those with the least news first, so that what they leave is known to the others.
    shards.sort_by_key(|shard| news(*shard));
    let (mut ranges, count) = (Vec::new(), shards.len());
    for (place, shard) in shards.into_iter().enumerate() {
        let waiting = i64::try_from(count - place).unwrap_or(1);
        let share = news(shard).min(left / waiting + i64::from(left % waiting > 0));
        if share > 0 {
            ranges.push((shard, after.at(shard).saturating_add(share)));
            left -= share;
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(news: &[(usize, i64)], limit: usize) -> Vec<(usize, i64)> {
        let mut heads = [Head::default(); SHARDS];
        news.iter().for_each(|(shard, count)| heads[*shard].last = *count);
        ranges(&EventCursor::beginning(), &heads, limit, [true; SHARDS])
    }

    #[test]
    fn a_busy_shard_leaves_room_for_the_others_and_takes_what_they_leave() {
        assert_eq!(shares(&[], 10), []);
        assert_eq!(shares(&[(3, 1_000)], 10), [(3, 10)]);
        assert_eq!(shares(&[(0, 1_000), (1, 2)], 10), [(1, 2), (0, 8)]);
        assert_eq!(shares(&[(0, 5), (1, 5)], 3), [(0, 2), (1, 1)]);
        let all: Vec<(usize, i64)> = (0..SHARDS).map(|shard| (shard, 9)).collect();
        assert_eq!(shares(&all, 5).iter().map(|(_, count)| count).sum::<i64>(), 5);
    }
}
