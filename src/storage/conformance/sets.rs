//! Change sets as such: once and for all, in an order, and not too large.

use super::Outcome;
use super::bench::{Bench, commit, insert};
use super::failure::{ensure, ensure_eq};
use super::schema::{NewSeries, Region, Series};
use super::values::region;
use crate::change::{Adjust, AdjustKey, Change, DEFAULT_SET_LIMIT};
use crate::id::{RecordId, SetId};
use crate::query::Query;
use crate::schema::Entity;
use crate::storage::StorageErrorKind;
use crate::value::{Money, Timestamp};

pub(super) async fn a_set_is_committed_once(bench: &Bench) -> Outcome {
    let stored: Series = bench.store(series("s")).await?;
    let set = bench.set(vec![next_number(&stored), insert(&bench.draft::<Region>(region("a")))]);
    let first = commit(&*bench.storage, &set).await?;
    ensure!(!first.replayed, "a first commit says it is a replay");
    ensure_eq!(first.slots, [1], "the number handed out");
    let before = bench.contents().await?;
    for round in 0..3 {
        let again = commit(&*bench.storage, &set).await?;
        ensure_eq!(again, first.clone().replayed(), "what the set did, told again (round {round})");
    }
    // What is in a set that was committed before does not matter any more.
    let mut other = bench.set(vec![insert(&bench.draft::<Region>(region("b")))]);
    other.id = set.id;
    let again = commit(&*bench.storage, &other).await?;
    ensure_eq!(again, first.replayed(), "what the set did, told for other changes under its id");
    ensure_eq!(bench.contents().await?, before, "the store after a set was committed again");
    Ok(())
}

pub(super) async fn a_committed_set_is_known(bench: &Bench) -> Outcome {
    let stored: Series = bench.store(series("s")).await?;
    let set = bench.set(vec![next_number(&stored), next_number(&stored)]);
    ensure!(bench.storage.committed(set.id).await?.is_none(), "a set is known before it was committed");
    let done = commit(&*bench.storage, &set).await?;
    bench.store::<Region>(region("later")).await?;
    let known = bench.storage.committed(set.id).await?;
    ensure_eq!(known, Some(done.replayed()), "what is known of a committed set");
    ensure!(bench.storage.committed(SetId(RecordId::NIL)).await?.is_none(), "an unknown set is known");
    Ok(())
}

pub(super) async fn a_refused_set_may_be_committed_later(bench: &Bench) -> Outcome {
    bench.store::<Region>(region("a")).await?;
    let mut set = bench.set(vec![insert(&bench.draft::<Region>(region("a")))]);
    ensure!(commit(&*bench.storage, &set).await.is_err(), "a unique value was taken twice");
    set.changes = vec![insert(&bench.draft::<Region>(region("b")))];
    let done = commit(&*bench.storage, &set).await?;
    ensure!(!done.replayed, "a set that was refused before says it is a replay");
    let codes = bench.texts(Query::of::<Region>().order(Region::code.asc()), "code").await?;
    ensure_eq!(codes, ["a", "b"], "the codes");
    Ok(())
}

pub(super) async fn positions_grow(bench: &Bench) -> Outcome {
    let mut last = None;
    for round in 0..20 {
        let code = format!("{round}");
        let done = bench.commit(vec![insert(&bench.draft::<Region>(region(&code)))]).await?;
        ensure!(last < Some(done.position), "commit {round} is at {:?}, the one before at {last:?}", done.position);
        last = Some(done.position);
        let refused = bench.commit(vec![insert(&bench.draft::<Region>(region(&code)))]).await;
        ensure!(refused.is_err(), "a unique value was taken twice");
    }
    Ok(())
}

pub(super) async fn sets_have_a_limit(bench: &Bench) -> Outcome {
    let many = |count: usize, prefix: &str| {
        let one = |index| insert(&bench.draft::<Region>(region(&format!("{prefix}{index}"))));
        bench.set((0..count).map(one).collect())
    };
    let over = many(DEFAULT_SET_LIMIT + 1, "over");
    let error = commit(&*bench.storage, &over).await.err();
    ensure_eq!(error.map(|error| error.kind()), Some(StorageErrorKind::TooLarge), "a set of 1,001 changes");
    ensure!(bench.contents().await?.is_empty(), "a set that was too large left something behind");
    ensure!(bench.storage.committed(over.id).await?.is_none(), "a set that was too large is known as committed");
    commit(&*bench.storage, &many(DEFAULT_SET_LIMIT, "full")).await?;
    ensure_eq!(bench.contents().await?.len(), DEFAULT_SET_LIMIT, "the records of a set of 1,000 changes");
    let mut derived = many(DEFAULT_SET_LIMIT + 200, "derived");
    derived.derived = 200;
    commit(&*bench.storage, &derived).await?;
    let all = DEFAULT_SET_LIMIT * 2 + 200;
    ensure_eq!(bench.contents().await?.len(), all, "the records after another 1,000 with 200 that follow from them");
    Ok(())
}

pub(super) async fn a_set_may_be_empty(bench: &Bench) -> Outcome {
    let mut set = bench.set(Vec::new()).by(Some(bench.raw_id()));
    set.command = "导入 '; --".into();
    for at in [Timestamp::MIN, Timestamp::MAX] {
        (set.id, set.at) = (SetId(bench.raw_id()), at);
        let done = commit(&*bench.storage, &set).await?;
        ensure!(
            done.slots.is_empty() && done.purged.is_empty() && !done.replayed,
            "an empty set did something: {done:?}"
        );
        ensure!(commit(&*bench.storage, &set).await?.replayed, "an empty set was committed twice");
    }
    Ok(())
}

/// A number series that has not begun.
pub(super) fn series(name: &str) -> NewSeries {
    NewSeries { name: name.into(), total: Money::ZERO, ..NewSeries::default() }
}

/// The change that takes the next number of a series.
pub(super) fn next_number(series: &Series) -> Change {
    Change::Adjust(Adjust {
        entity: Series::NAME.into(),
        key: AdjustKey::Id(series.id.raw()),
        if_absent: None,
        add: vec![("last".into(), 1)],
        require: Vec::new(),
        slot: Some("last".into()),
    })
}
