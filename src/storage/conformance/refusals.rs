//! Which changes are refused, and that a refusal changes nothing.

use serde_json::json;

use super::Outcome;
use super::bench::{Bench, check, delete, insert, text, update};
use super::failure::{ensure, ensure_eq};
use super::schema::{Account, Badge, Event, NewAccount, NewBadge, NewEvent, NewRegion, NewSample, NewSeries};
use super::schema::{Region, Sample, Series};
use super::sets::series;
use super::values::{plain, region};
use crate::change::{Adjust, AdjustKey, Bound, Change};
use crate::error::Refusal;
use crate::id::{Id, RecordId, Version};
use crate::query::Filter;
use crate::schema::{Entity, Record};
use crate::value::{Money, Slot, Timestamp, Value};

pub(super) async fn invalid_records_are_refused(bench: &Bench) -> Outcome {
    let region = bench.store::<Region>(region("R")).await?;
    let good: Sample = bench.draft(plain(&region));
    let spoilt = |column: &str, value: Value| {
        let mut record = good.clone().into_record();
        if let Some(place) = Sample::definition().column(column) {
            record.values[place] = value;
        }
        record
    };
    let mut short = good.clone().into_record();
    short.values.pop();
    let mut long = good.clone().into_record();
    long.values.push(Value::Null);
    let records = [
        short,
        long,
        Record { entity: "ct_nothing".into(), ..good.clone().into_record() },
        Record { id: RecordId::NIL, ..good.clone().into_record() },
        spoilt("title", Value::Null),
        spoilt("title", text("")),
        spoilt("title", text("a\0b")),
        spoilt("title", Value::Int(1)),
        spoilt("count", text("1")),
        spoilt("price", Value::Int(1)),
        spoilt("rate", Value::Money(Money::ZERO)),
        spoilt("mood", text("gloomy")),
        spoilt("at", Value::Int(0)),
        spoilt("day", Value::Timestamp(Timestamp::EPOCH)),
        spoilt("region", Value::Null),
        spoilt("region", Value::Id(RecordId::NIL)),
        spoilt("maybe_region", Value::Id(RecordId::NIL)),
        spoilt("data", json!({"a": "b\0"}).into()),
        spoilt("count", Value::Slot(Slot { index: 0, prefix: String::new(), width: 1, offset: 0 })),
    ];
    for record in records {
        let shown = format!("{record:?}");
        let refused = bench.refuse_as_invalid(vec![Change::Insert(record)], &[0]).await;
        refused.map_err(|failure| failure.during(&shown))?;
    }
    let event: Event = bench.store(NewEvent { kind: "k".into(), at: Timestamp::EPOCH, ..NewEvent::default() }).await?;
    let purge = Change::Purge { entity: Region::NAME.into(), filter: Filter::All, limit: 1 };
    bench.refuse_as_invalid(vec![update(&event), purge], &[0, 1]).await?;
    bench.refuse_as_invalid(vec![delete(&event)], &[0]).await
}

pub(super) async fn ids_are_taken_once(bench: &Bench) -> Outcome {
    let first = bench.store::<Region>(region("a")).await?;
    let second = Region { code: "b".into(), version: Version::NEW, ..first.clone() };
    bench.refuse(vec![insert(&second)], &[(0, Refusal::Exists)]).await?;
    let other = Account::draft(Id::new(first.id.raw()), NewAccount { name: "same id".into(), ..NewAccount::default() });
    bench.commit(vec![insert(&other)]).await?;
    ensure_eq!(bench.reload(&other).await?.name, "same id", "a record of another entity with the same id");
    Ok(())
}

pub(super) async fn a_record_is_written_once_in_a_set(bench: &Bench) -> Outcome {
    let stored = bench.store::<Region>(region("a")).await?;
    let new: Region = bench.draft(region("b"));
    bench.refuse(vec![insert(&new), insert(&new)], &[(1, Refusal::Repeated)]).await?;
    bench.refuse(vec![update(&stored), update(&stored)], &[(1, Refusal::Repeated)]).await?;
    bench.refuse(vec![update(&stored), delete(&stored)], &[(1, Refusal::Repeated)]).await?;
    bench.refuse(vec![delete(&stored), insert(&stored)], &[(1, Refusal::Repeated)]).await?;
    bench.commit(vec![check(&stored), check(&stored), update(&stored)]).await?;
    let raised = bench.reload(&stored).await?;
    ensure_eq!(raised.version, Version(2), "the version of a record that was checked twice and updated once");
    let relied = vec![update(&raised), check(&Region { version: Version(3), ..raised.clone() })];
    bench.commit(relied).await?;
    Ok(())
}

pub(super) async fn versions_count_writes(bench: &Bench) -> Outcome {
    let mut region = bench.store::<Region>(region("a")).await?;
    ensure_eq!(region.version, Version(1), "the version of a new record");
    for wanted in 2..5 {
        region.name = Some(format!("name {wanted}"));
        region = bench.change(&region).await?;
        ensure_eq!(region.version, Version(wanted), "the version after an update");
    }
    bench.commit(vec![update(&region)]).await?;
    ensure_eq!(bench.reload(&region).await?.version, Version(5), "the version after an update that changes no value");
    Ok(())
}

pub(super) async fn stale_changes_are_refused(bench: &Bench) -> Outcome {
    let old = bench.store::<Region>(region("a")).await?;
    let now = bench.change(&Region { name: Some("new".into()), ..old.clone() }).await?;
    let stale = || Refusal::Stale { found: Version(2) };
    bench.refuse(vec![update(&old)], &[(0, stale())]).await?;
    bench.refuse(vec![delete(&old)], &[(0, stale())]).await?;
    bench.refuse(vec![check(&old)], &[(0, stale())]).await?;
    let ahead = Region { version: Version(3), ..now.clone() };
    bench.refuse(vec![update(&ahead)], &[(0, stale())]).await?;
    let unknown: Region = bench.draft(region("b"));
    for change in [update(&unknown), delete(&unknown), check(&unknown)] {
        bench.refuse(vec![change], &[(0, Refusal::Missing)]).await?;
    }
    bench.commit(vec![delete(&now)]).await?;
    bench.refuse(vec![update(&now)], &[(0, Refusal::Missing)]).await?;
    bench.refuse(vec![delete(&now)], &[(0, Refusal::Missing)]).await
}

pub(super) async fn a_record_put_back_continues_its_version(bench: &Bench) -> Outcome {
    let first = bench.store::<Region>(region("a")).await?;
    let second = bench.change(&first).await?;
    bench.commit(vec![delete(&second)]).await?;
    bench.commit(vec![insert(&second)]).await?;
    ensure_eq!(bench.reload(&second).await?.version, Version(3), "the version of a record that was put back");
    bench.refuse(vec![update(&first)], &[(0, Refusal::Stale { found: Version(3) })]).await
}

/// What moves a whole organisation relies on it: a record arrives in one write or in two, with the version it had.
pub(super) async fn a_record_arrives_with_its_version(bench: &Bench) -> Outcome {
    let mut once = bench.draft::<Region>(region("once"));
    let mut twice = bench.draft::<Region>(region("twice"));
    (once.version, twice.version) = (Version(i64::from(i32::MAX)), Version(-1));
    bench.commit(vec![insert(&once), insert(&twice)]).await?;
    ensure_eq!(bench.reload(&once).await?.version, Version(i64::from(i32::MAX) + 1), "a version that was carried");
    let stored = bench.reload(&twice).await?;
    ensure_eq!(stored.version, Version(0), "the version of a record that is to be written once more");
    ensure_eq!(bench.change(&stored).await?.version, Version(1), "the version of a record that was written twice");
    bench.refuse(vec![update(&stored)], &[(0, Refusal::Stale { found: Version(1) })]).await
}

pub(super) async fn checks_hold_or_refuse(bench: &Bench) -> Outcome {
    let relied_on = bench.store::<Region>(region("a")).await?;
    let mut target = bench.store::<Region>(region("b")).await?;
    bench.commit(vec![check(&relied_on), update(&target)]).await?;
    target = bench.reload(&target).await?;
    ensure_eq!(target.version, Version(2), "the version of what was changed under a check that holds");
    ensure_eq!(bench.reload(&relied_on).await?, relied_on, "what was only checked");
    let changed = bench.change(&relied_on).await?;
    let stale = Refusal::Stale { found: changed.version };
    bench.refuse(vec![check(&relied_on), update(&target)], &[(0, stale.clone())]).await?;
    bench.refuse(vec![update(&target), check(&relied_on)], &[(1, stale)]).await
}

pub(super) async fn every_refused_change_is_listed(bench: &Bench) -> Outcome {
    let old = bench.store::<Region>(region("a")).await?;
    let now = bench.change(&old).await?;
    let parent = bench.store::<Region>(region("parent")).await?;
    let third = bench.store::<Region>(region("third")).await?;
    let account = NewAccount { name: "child".into(), region: Some(parent.id), ..NewAccount::default() };
    bench.store::<Account>(account).await?;
    let stored: Series = bench.store(NewSeries { last: 5, ..series("s") }).await?;
    let (good, nowhere) = (bench.draft::<Region>(region("good")), Id::<Region>::new(bench.raw_id()));
    let dangling: Account =
        bench.draft(NewAccount { name: "dangling".into(), region: Some(nowhere), ..NewAccount::default() });
    let mut incomplete = bench.draft::<Region>(region("x")).into_record();
    incomplete.values[0] = Value::Null;
    let bounded = Adjust {
        entity: Series::NAME.into(),
        key: AdjustKey::Id(stored.id.raw()),
        if_absent: None,
        add: vec![("last".into(), 3)],
        require: vec![Bound { field: "last".into(), min: 0, max: 7 }],
        slot: None,
    };
    let changes = vec![
        insert(&good),
        update(&old),
        insert(&Region { code: "z".into(), version: Version::NEW, ..third }),
        insert(&bench.draft::<Region>(region("a"))),
        insert(&dangling),
        delete(&parent),
        Change::Adjust(bounded),
        Change::Insert(incomplete),
        delete(&bench.draft::<Region>(region("y"))),
        check(&now),
        insert(&good),
    ];
    let wanted = [
        (1, Refusal::Stale { found: Version(2) }),
        (2, Refusal::Exists),
        (3, Refusal::Taken { fields: vec!["code".into()] }),
        (4, Refusal::Dangling { field: "region".into(), target: nowhere.raw() }),
        (5, Refusal::Referenced { by: "ct_account".into(), field: "region".into() }),
        (6, Refusal::Guard { field: "last".into(), current: 5, added: 3 }),
        (7, Refusal::Invalid("`code` is required".into())),
        (8, Refusal::Missing),
        (10, Refusal::Repeated),
    ];
    bench.refuse(changes, &wanted).await
}

pub(super) async fn a_refused_change_counts_as_not_made(bench: &Bench) -> Outcome {
    let taken = bench.store::<Region>(region("a")).await?;
    let second = bench.store::<Region>(region("b")).await?;
    // The parent's code is taken, so its child refers to nothing.
    let parent: Region = bench.draft(region("a"));
    let child: Account =
        bench.draft(NewAccount { name: "child".into(), region: Some(parent.id), ..NewAccount::default() });
    let wanted = [
        (0, Refusal::Taken { fields: vec!["code".into()] }),
        (1, Refusal::Dangling { field: "region".into(), target: parent.id.raw() }),
    ];
    bench.refuse(vec![insert(&parent), insert(&child)], &wanted).await?;
    // The holder of the code is not renamed, so the code is not free.
    let renamed = Region { code: "b".into(), ..taken.clone() };
    let taken_code = || Refusal::Taken { fields: vec!["code".into()] };
    let changes = vec![update(&renamed), insert(&bench.draft::<Region>(region("a")))];
    bench.refuse(changes, &[(0, taken_code()), (1, taken_code())]).await?;
    // A delete that is stale leaves its record there, so the record it refers to can't go either.
    let child: Account =
        bench.store(NewAccount { name: "c".into(), region: Some(second.id), ..NewAccount::default() }).await?;
    let stale = Account { version: Version(7), ..child };
    let wanted = [
        (0, Refusal::Referenced { by: "ct_account".into(), field: "region".into() }),
        (1, Refusal::Stale { found: Version(1) }),
    ];
    bench.refuse(vec![delete(&second), delete(&stale)], &wanted).await
}

pub(super) async fn a_refused_set_leaves_nothing_behind(bench: &Bench) -> Outcome {
    let kept = bench.store::<Region>(region("kept")).await?;
    let gone = bench.store::<Region>(NewRegion { name: Some("gone".into()), ..region("gone") }).await?;
    let stored: Series = bench.store(series("s")).await?;
    let badge: Badge =
        bench.store(NewBadge { number: Some("1".into()), holder: "h".into(), ..NewBadge::default() }).await?;
    for day in 0..3 {
        let at = Timestamp::from_micros(day)?;
        bench.store::<Event>(NewEvent { kind: "k".into(), at, ..NewEvent::default() }).await?;
    }
    let add = |name: &str| Adjust {
        entity: Series::NAME.into(),
        key: AdjustKey::Unique(vec![("name".into(), text(name))]),
        if_absent: Some(bench.draft::<Series>(series(name)).into_record()),
        add: vec![("last".into(), 1)],
        require: Vec::new(),
        slot: Some("last".into()),
    };
    let changes = vec![
        insert(&bench.draft::<Region>(region("new"))),
        update(&Region { name: Some("changed".into()), ..kept.clone() }),
        delete(&gone),
        Change::Adjust(add("s")),
        Change::Adjust(add("t")),
        Change::Purge { entity: Event::NAME.into(), filter: Filter::All, limit: 2 },
        update(&Badge { number: Some("2".into()), ..badge.clone() }),
        check(&Series { version: Version(9), ..stored }),
    ];
    bench.refuse(changes, &[(7, Refusal::Stale { found: Version(2) })]).await?;
    // Nothing holds on to the values of what was taken back, nor has it let go of those of what was there before.
    bench.store::<Region>(region("new")).await?;
    let again: Region = bench.draft(region("gone"));
    bench.refuse(vec![insert(&again)], &[(0, Refusal::Taken { fields: vec!["code".into()] })]).await?;
    let found = bench.texts(crate::query::Query::of::<Region>().filter(Region::code.eq("gone")), "name").await?;
    ensure_eq!(found, ["gone"], "the record whose deletion was taken back, found by its unique value");
    let sample: Sample = bench.draft(NewSample { region: gone.id, ..plain(&gone) });
    ensure!(bench.commit(vec![insert(&sample)]).await.is_ok(), "the record whose deletion was taken back is not there");
    Ok(())
}
