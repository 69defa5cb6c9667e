//! Append-only records: added and purged, never changed.

use super::Outcome;
use super::bench::{Bench, check, insert};
use super::failure::ensure_eq;
use super::schema::{Bookmark, Event, NewBookmark, NewEvent};
use crate::change::Change;
use crate::error::Refusal;
use crate::query::{Filter, Query};
use crate::schema::Entity;
use crate::value::Timestamp;

pub(super) async fn a_purge_takes_the_oldest(bench: &Bench) -> Outcome {
    // The order of age is that of the ids, whatever the order of storing.
    let events: Vec<Event> = (0..8).map(|n| bench.draft(event(n, if n % 4 == 1 { "b" } else { "a" }))).collect();
    bench.commit(events.iter().rev().map(insert).collect()).await?;
    let done = bench.commit(vec![purge(Event::kind.eq("a"), 4)]).await?;
    ensure_eq!(done.purged, [4], "how many records a purge says it removed");
    ensure_eq!(weights(bench).await?, [1, 5, 6, 7], "what a purge of the oldest four of kind a leaves");
    let done = bench.commit(vec![purge(Event::kind.eq("c"), 9), purge(Filter::All, 0), purge(Filter::All, 1)]).await?;
    ensure_eq!(done.purged, [0, 0, 1], "how many records three purges say they removed");
    ensure_eq!(weights(bench).await?, [5, 6, 7], "what three purges leave");
    let done = bench.commit(vec![purge(Filter::All, 1_000_000)]).await?;
    ensure_eq!(done.purged, [3], "how many records the last purge says it removed");
    Ok(())
}

pub(super) async fn a_purge_sees_its_own_set(bench: &Bench) -> Outcome {
    let old = bench.store::<Event>(event(1, "a")).await?;
    let new: Event = bench.draft(event(2, "a"));
    let late: Event = bench.draft(event(3, "a"));
    let done = bench.commit(vec![insert(&new), purge(Filter::All, 9), insert(&late), check(&late.stored())]).await?;
    ensure_eq!(done.purged, [2], "how many records a purge removed of those before it");
    ensure_eq!(weights(bench).await?, [3], "what a purge leaves of its own set");
    bench.refuse(vec![check(&old)], &[(0, Refusal::Missing)]).await?;
    bench.refuse(vec![purge(Filter::All, 9), check(&late.stored())], &[(1, Refusal::Missing)]).await
}

pub(super) async fn a_purge_filters_by_own_fields(bench: &Bench) -> Outcome {
    for weight in 0..4 {
        bench.store::<Event>(event(weight, "a")).await?;
    }
    let unfit = [
        Filter::exists(Bookmark::event, Filter::All),
        Event::account.to(super::schema::Account::name).eq("x"),
        Event::kind.contains("a"),
        "nothing".parse().map(|path| Filter::IsNull { path })?,
    ];
    for filter in unfit {
        let shown = format!("{filter:?}");
        let refused = bench.refuse_as_invalid(vec![purge(filter, 1)], &[0]).await;
        refused.map_err(|failure| failure.during(&shown))?;
    }
    let young = Event::at.lt(Timestamp::from_micros(2)?).not().and(Event::weight.is_null().not());
    let done = bench.commit(vec![purge(young, 9)]).await?;
    ensure_eq!(done.purged, [2], "how many records a purge by moment removed");
    ensure_eq!(weights(bench).await?, [0, 1], "what a purge by moment leaves");
    Ok(())
}

pub(super) async fn a_purge_leaves_what_is_referred_to(bench: &Bench) -> Outcome {
    bench.store::<Event>(event(0, "a")).await?;
    let marked = bench.store::<Event>(event(1, "a")).await?;
    let mark = bench.store::<Bookmark>(NewBookmark { event: marked.id, ..NewBookmark::default() }).await?;
    let referenced = Refusal::Referenced { by: Bookmark::NAME.into(), field: "event".into() };
    bench.refuse(vec![purge(Filter::All, 9)], &[(0, referenced)]).await?;
    let done = bench.commit(vec![purge(Filter::All, 1)]).await?;
    ensure_eq!(done.purged, [1], "how many records a purge removed that are not referred to");
    let done = bench.commit(vec![purge(Filter::All, 9), super::bench::delete(&mark)]).await?;
    ensure_eq!(done.purged, [1], "how many records a purge removed together with what referred to them");
    Ok(())
}

fn purge(filter: Filter, limit: usize) -> Change {
    Change::Purge { entity: Event::NAME.into(), filter, limit }
}

fn event(weight: i64, kind: &str) -> NewEvent {
    let at = Timestamp::from_micros(weight).unwrap_or(Timestamp::EPOCH);
    NewEvent { kind: kind.into(), at, weight: Some(weight), account: None, ..NewEvent::default() }
}

impl Event {
    /// The event as it is stored first.
    fn stored(&self) -> Self {
        Self { version: crate::id::Version(1), ..self.clone() }
    }
}

/// The numbers of all events, by id.
async fn weights(bench: &Bench) -> Result<Vec<i64>, super::Failure> {
    let found = bench.all(Query::of::<Event>().columns([Event::weight])).await?;
    Ok(found.iter().filter_map(|record| record.value(0).as_integer()).collect())
}
