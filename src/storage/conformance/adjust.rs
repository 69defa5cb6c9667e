//! Additions: counters, number series, quotas, and the numbers they hand out within a set.

use super::Outcome;
use super::bench::{Bench, check, delete, insert, text, update};
use super::failure::{ensure, ensure_eq};
use super::schema::{NewNumbered, NewSeries, Numbered, Region, Series};
use super::sets::{next_number, series};
use super::values::region;
use crate::change::{Adjust, AdjustKey, Bound, Change};
use crate::error::Refusal;
use crate::id::{Id, Version};
use crate::query::Query;
use crate::schema::{Entity, Name, Record};
use crate::value::{Money, Slot, Value};

pub(super) async fn additions_add_up(bench: &Bench) -> Outcome {
    let stored: Series = bench.store(NewSeries { gauge: Some(-5), last: 7, ..series("s") }).await?;
    let mut several = by_id(&stored);
    several.add = vec![("last".into(), 3), ("total".into(), 12_345), ("gauge".into(), -10), ("last".into(), 1)];
    let done = bench.commit(vec![Change::Adjust(several.clone()), Change::Adjust(several)]).await?;
    ensure!(done.slots.is_empty(), "numbers are handed out without a slot");
    let wanted =
        Series { last: 15, total: Money::from_raw(24_690)?, gauge: Some(-25), version: Version(3), ..stored.clone() };
    ensure_eq!(bench.reload(&stored).await?, wanted, "the record after two additions");
    let nothing = Adjust { add: Vec::new(), ..by_id(&stored) };
    bench.commit(vec![Change::Adjust(nothing)]).await?;
    let raised = Series { version: Version(4), ..wanted };
    ensure_eq!(bench.reload(&stored).await?, raised, "the record after an addition of nothing");
    bench.refuse(vec![check(&stored)], &[(0, Refusal::Stale { found: Version(4) })]).await
}

pub(super) async fn an_addition_begins_a_record(bench: &Bench) -> Outcome {
    let first: Series = bench.draft(NewSeries { last: 100, ..series("s") });
    let add = |record: &Series| Adjust { if_absent: Some(record.clone().into_record()), ..by_name("s", 1) };
    let other: Series = bench.draft(NewSeries { last: 500, ..series("s") });
    let done = bench.commit(vec![Change::Adjust(add(&first)), Change::Adjust(add(&other))]).await?;
    ensure_eq!(done.slots, [101, 102], "the numbers handed out by the first additions");
    let stored = bench.reload(&first).await?;
    ensure_eq!((stored.last, stored.version), (102, Version(2)), "the number and version of the record begun");
    bench.commit(vec![Change::Adjust(add(&other))]).await?;
    let names = bench.texts(Query::of::<Series>(), "name").await?;
    ensure_eq!(names, ["s"], "the records after three additions to one");
    bench.commit(vec![delete(&bench.reload(&first).await?)]).await?;
    let done = bench.commit(vec![Change::Adjust(add(&other))]).await?;
    ensure_eq!(done.slots, [501], "the number handed out after the record was deleted");
    // By id, and with a version to continue from.
    let fresh: Series = Series { version: Version(4), ..bench.draft(series("t")) };
    let by_id = Adjust { if_absent: Some(fresh.clone().into_record()), ..by_id(&fresh) };
    bench.commit(vec![Change::Adjust(by_id)]).await?;
    ensure_eq!(bench.reload(&fresh).await?.version, Version(5), "the version of a record begun at another one");
    Ok(())
}

pub(super) async fn additions_find_keys_of_two_fields(bench: &Bench) -> Outcome {
    let year = |name: &str, year| NewSeries { scope: Some("KH".into()), year: Some(year), ..series(name) };
    let first: Series = bench.store(year("a", 2025)).await?;
    let second: Series = bench.store(year("b", 2026)).await?;
    bench.store::<Series>(NewSeries { scope: Some("KH".into()), ..series("no year") }).await?;
    let key = |fields: [(&'static str, Value); 2]| AdjustKey::Unique(fields.map(|(name, v)| (name.into(), v)).to_vec());
    let forward = Adjust { key: key([("scope", text("KH")), ("year", Value::Int(2026))]), ..by_name("", 1) };
    let backward = Adjust { key: key([("year", Value::Int(2026)), ("scope", text("KH"))]), ..by_name("", 1) };
    let done = bench.commit(vec![Change::Adjust(forward.clone()), Change::Adjust(backward)]).await?;
    ensure_eq!(done.slots, [1, 2], "the numbers handed out by a key of two fields, in either order");
    ensure_eq!(bench.reload(&second).await?.last, 2, "the record with that key");
    ensure_eq!(bench.reload(&first).await?.last, 0, "the record with another key");
    let missing = Adjust { key: key([("scope", text("KH")), ("year", Value::Int(1))]), ..forward };
    bench.refuse(vec![Change::Adjust(missing)], &[(0, Refusal::Missing)]).await
}

pub(super) async fn bounds_are_kept(bench: &Bench) -> Outcome {
    let stored: Series = bench.store(NewSeries { last: 5, ..series("s") }).await?;
    let bounded = |add, min, max| {
        let require = vec![Bound { field: "last".into(), min, max }];
        Change::Adjust(Adjust { add: vec![("last".into(), add)], require, ..by_id(&stored) })
    };
    let guard = |current, added| Refusal::Guard { field: "last".into(), current, added };
    bench.refuse(vec![bounded(3, 0, 7)], &[(0, guard(5, 3))]).await?;
    bench.refuse(vec![bounded(-6, 0, 7)], &[(0, guard(5, -6))]).await?;
    bench.refuse(vec![bounded(0, 6, 7)], &[(0, guard(5, 0))]).await?;
    bench.commit(vec![bounded(2, 0, 7)]).await?;
    bench.commit(vec![bounded(-7, 0, 7)]).await?;
    ensure_eq!(bench.reload(&stored).await?.last, 0, "the number after additions up to both bounds");
    // What is refused counts as not made for the additions after it.
    let changes = vec![bounded(4, 0, 7), bounded(4, 0, 7), bounded(3, 0, 7), bounded(1, 0, 7)];
    bench.refuse(changes, &[(1, guard(4, 4)), (3, guard(7, 1))]).await?;
    // A record that would be begun outside its bounds is not begun.
    let fresh: Series = bench.draft(series("t"));
    let require = vec![Bound { field: "last".into(), min: 0, max: 0 }];
    let begun = Adjust { if_absent: Some(fresh.into_record()), require, ..by_name("t", 1) };
    bench.refuse(vec![Change::Adjust(begun)], &[(0, guard(0, 1))]).await
}

pub(super) async fn sums_never_wrap(bench: &Bench) -> Outcome {
    let most = NewSeries { last: i64::MAX, total: Money::MIN, gauge: Some(i64::MIN), ..series("s") };
    let stored: Series = bench.store(most).await?;
    let add = |field: &'static str, added| Adjust { add: vec![(field.into(), added)], ..by_id(&stored) };
    let guard = |field: &'static str, current, added| Refusal::Guard { field: field.into(), current, added };
    for (field, current, added) in
        [("last", i64::MAX, 1), ("last", i64::MAX, i64::MAX), ("total", -i64::MAX, -1), ("gauge", i64::MIN, -1)]
    {
        let refused = [(0, guard(field, current, added))];
        bench.refuse(vec![Change::Adjust(add(field, added))], &refused).await?;
    }
    bench.commit(vec![Change::Adjust(add("last", -i64::MAX)), Change::Adjust(add("gauge", i64::MAX))]).await?;
    let after = bench.reload(&stored).await?;
    ensure_eq!((after.last, after.gauge), (0, Some(-1)), "numbers after large additions");
    Ok(())
}

pub(super) async fn unfit_additions_are_refused(bench: &Bench) -> Outcome {
    let stored: Series = bench.store(series("s")).await?;
    let base = by_id(&stored);
    let other: Series = bench.draft(series("t"));
    let bound = |field: &'static str| vec![Bound { field: field.into(), min: 0, max: 9 }];
    let key = |fields: Vec<(Name, Value)>| Adjust { key: AdjustKey::Unique(fields), ..base.clone() };
    let unfit = [
        Adjust { entity: "ct_nothing".into(), ..base.clone() },
        Adjust { add: vec![("name".into(), 1)], ..base.clone() },
        Adjust { add: vec![("nothing".into(), 1)], ..base.clone() },
        Adjust { add: vec![("gauge".into(), 1)], ..base.clone() },
        Adjust { require: bound("name"), ..base.clone() },
        Adjust { require: bound("gauge"), ..base.clone() },
        Adjust { slot: Some("name".into()), ..base.clone() },
        Adjust { slot: Some("gauge".into()), ..base.clone() },
        Adjust { if_absent: Some(other.clone().into_record()), ..base.clone() },
        Adjust { if_absent: Some(bench.draft::<Region>(region("r")).into_record()), ..base.clone() },
        Adjust {
            if_absent: Some(Record { entity: Region::NAME.into(), ..stored.clone().into_record() }),
            ..base.clone()
        },
        Adjust { if_absent: Some(Record { values: Vec::new(), ..stored.clone().into_record() }), ..base.clone() },
        Adjust { if_absent: Some(other.into_record()), ..by_name("s", 1) },
        key(vec![("last".into(), Value::Int(0))]),
        key(vec![("name".into(), Value::Int(0))]),
        key(vec![("scope".into(), text("x")), ("year".into(), Value::Null)]),
        key(Vec::new()),
    ];
    for adjust in unfit {
        let shown = format!("{adjust:?}");
        let refused = bench.refuse_as_invalid(vec![Change::Adjust(adjust)], &[0]).await;
        refused.map_err(|failure| failure.during(&shown))?;
    }
    let unknown: Series = bench.draft(series("u"));
    bench
        .refuse(
            vec![next_number(&unknown), Change::Adjust(by_name("u", 1))],
            &[(0, Refusal::Missing), (1, Refusal::Missing)],
        )
        .await
}

pub(super) async fn a_record_begun_must_be_sound(bench: &Bench) -> Outcome {
    let stored: Series = bench.store(NewSeries { scope: Some("x".into()), year: Some(1), ..series("s") }).await?;
    let begun = |new: NewSeries| {
        let record = bench.draft::<Series>(new.clone());
        Change::Adjust(Adjust { if_absent: Some(record.into_record()), ..by_name(&new.name, 1) })
    };
    let nowhere = Id::<Region>::new(bench.raw_id());
    let dangling = Refusal::Dangling { field: "region".into(), target: nowhere.raw() };
    bench.refuse(vec![begun(NewSeries { region: Some(nowhere), ..series("t") })], &[(0, dangling)]).await?;
    let taken = Refusal::Taken { fields: vec!["scope".into(), "year".into()] };
    let same = NewSeries { scope: Some("x".into()), year: Some(1), ..series("t") };
    bench.refuse(vec![begun(same)], &[(0, taken)]).await?;
    // The id of the record to begin with belongs to another one.
    let thief = Series { name: "t".into(), version: Version::NEW, ..stored };
    let begun = Adjust { if_absent: Some(thief.into_record()), ..by_name("t", 1) };
    bench.refuse(vec![Change::Adjust(begun)], &[(0, Refusal::Exists)]).await
}

pub(super) async fn slots_are_filled(bench: &Bench) -> Outcome {
    let first: Series = bench.store(NewSeries { last: 8, ..series("a") }).await?;
    let second: Series = bench.store(NewSeries { last: 99_999, ..series("b") }).await?;
    let slot = |index, prefix: &str, width| Value::Slot(Slot { index, prefix: prefix.into(), width, offset: 0 });
    // Of several numbers taken at once, one before the last.
    let before = |index, offset: i64| Value::Slot(Slot { index, prefix: String::new(), width: 0, offset: -offset });
    let numbered = |number: Value, serial: Value, second: Value| {
        let mut record = bench.draft::<Numbered>(NewNumbered::default()).into_record();
        record.values = vec![number, serial, second];
        record
    };
    let records = [
        numbered(slot(0, "KH071202", 3), slot(0, "ignored", 9), Value::Null),
        numbered(slot(1, "订单-", 0), Value::Null, slot(0, "", 0)),
        numbered(slot(2, "n", 5), before(1, 3), slot(2, "负", 2)),
    ];
    let mut negative = by_id(&first);
    (negative.add, negative.slot) = (vec![("last".into(), -30)], Some("last".into()));
    let mut changes = vec![next_number(&first), Change::Insert(records[0].clone()), next_number(&second)];
    changes.extend([Change::Insert(records[1].clone()), Change::Adjust(negative), Change::Insert(records[2].clone())]);
    let done = bench.commit(changes).await?;
    ensure_eq!(done.slots, [9, 100_000, -21], "the numbers handed out");
    let mut found = Vec::new();
    for record in &records {
        let stored = bench.reload(&Numbered::from_record(numbered_as_text(record))?).await?;
        found.push((stored.number, stored.serial, stored.second));
    }
    let wanted = [
        ("KH071202009".to_owned(), Some(9), None),
        ("订单-100000".into(), None, Some("9".into())),
        ("n-0021".into(), Some(99_997), Some("负-21".into())),
    ];
    ensure_eq!(found, wanted, "the records with numbers filled in");
    // Filled in an update, and under the unique key of the number.
    let stored = bench.all(Query::of::<Numbered>().filter(Numbered::number.eq("KH071202009"))).await?;
    ensure_eq!(stored.len(), 1, "the records found by a number that was filled in");
    let mut again = Numbered::from_record(stored[0].clone())?.into_record();
    again.values[0] = slot(0, "U", 2);
    let change = Change::Update { record: again, expected: Version(1) };
    bench.commit(vec![next_number(&first), change]).await?;
    let found = bench.texts(Query::of::<Numbered>().filter(Numbered::number.eq("U-20")), "number").await?;
    ensure_eq!(found, ["U-20"], "the record after its number was filled in by an update");
    let taken = Refusal::Taken { fields: vec!["number".into()] };
    let fixed: Numbered = bench.draft(NewNumbered { number: "S-19".into(), ..NewNumbered::default() });
    bench.commit(vec![insert(&fixed)]).await?;
    let same = numbered(slot(0, "S", 0), Value::Null, Value::Null);
    bench.refuse(vec![next_number(&first), Change::Insert(same)], &[(1, taken)]).await
}

pub(super) async fn slots_are_counted_by_their_changes(bench: &Bench) -> Outcome {
    let stored: Series = bench.store(series("a")).await?;
    let slot = |index| {
        let mut record = bench.draft::<Numbered>(NewNumbered::default()).into_record();
        record.values[0] = Value::Slot(Slot { index, prefix: "n".into(), width: 1, offset: 0 });
        Change::Insert(record)
    };
    // A slot may be used only behind the change that fills it, and only if there is one.
    bench.refuse_as_invalid(vec![slot(0), next_number(&stored)], &[0]).await?;
    bench.refuse_as_invalid(vec![next_number(&stored), slot(1)], &[1]).await?;
    let unnamed = Change::Adjust(Adjust { slot: None, ..by_id(&stored) });
    bench.refuse_as_invalid(vec![unnamed.clone(), slot(0)], &[1]).await?;
    // Additions without a slot do not count.
    let done = bench.commit(vec![unnamed, next_number(&stored), slot(0)]).await?;
    ensure_eq!(done.slots, [2], "the numbers handed out");
    // An addition that is refused keeps its place, so that no other change is refused for it.
    let unknown: Series = bench.draft(series("u"));
    let changes = vec![next_number(&unknown), next_number(&stored), slot(1)];
    bench.refuse(changes, &[(0, Refusal::Missing)]).await
}

pub(super) async fn additions_take_their_turn_in_a_set(bench: &Bench) -> Outcome {
    let stored: Series = bench.store(series("a")).await?;
    // An update behind an addition must expect the version that the addition leaves.
    bench.refuse(vec![next_number(&stored), update(&stored)], &[(1, Refusal::Stale { found: Version(2) })]).await?;
    let renamed = Series { name: "b".into(), ..stored.clone() };
    let done = bench.commit(vec![update(&renamed), next_number(&stored)]).await?;
    ensure_eq!(done.slots, [1], "the number handed out behind an update");
    let after = bench.reload(&stored).await?;
    ensure_eq!((&*after.name, after.last, after.version), ("b", 1, Version(3)), "the record after both");
    // An addition to a record that the set itself stores, renames or removes.
    let fresh: Series = bench.draft(series("c"));
    let done = bench.commit(vec![insert(&fresh), next_number(&fresh), Change::Adjust(by_name("c", 5))]).await?;
    ensure_eq!(done.slots, [1, 6], "numbers of a record that the set stores itself");
    let moved = Series { name: "d".into(), ..bench.reload(&fresh).await? };
    let wanted = [(1, Refusal::Missing)];
    bench.refuse(vec![update(&moved), Change::Adjust(by_name("c", 1))], &wanted).await?;
    let fresh = bench.reload(&fresh).await?;
    bench.refuse(vec![delete(&fresh), Change::Adjust(by_name("c", 1))], &wanted).await?;
    let begun = Adjust { if_absent: Some(bench.draft::<Series>(series("c")).into_record()), ..by_name("c", 1) };
    let done = bench.commit(vec![delete(&fresh), Change::Adjust(begun)]).await?;
    ensure_eq!(done.slots, [1], "the number of a record begun behind the deletion of the one before");
    ensure!(bench.reload(&fresh).await.is_err(), "the deleted record is still there");
    Ok(())
}

/// The record as it would be with text in its slots: enough to look it up by its id.
fn numbered_as_text(record: &Record) -> Record {
    let mut record = record.clone();
    record.values = vec![text("x"), Value::Null, Value::Null];
    record
}

/// An addition of one to the number of a series.
fn by_id(series: &Series) -> Adjust {
    Adjust {
        entity: Series::NAME.into(),
        key: AdjustKey::Id(series.id.raw()),
        if_absent: None,
        add: vec![("last".into(), 1)],
        require: Vec::new(),
        slot: None,
    }
}

/// An addition to the number of the series with a name, which it hands out.
pub(super) fn by_name(name: &str, added: i64) -> Adjust {
    Adjust {
        entity: Series::NAME.into(),
        key: AdjustKey::Unique(vec![("name".into(), text(name))]),
        if_absent: None,
        add: vec![("last".into(), added)],
        require: Vec::new(),
        slot: Some("last".into()),
    }
}
