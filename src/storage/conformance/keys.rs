//! Unique keys and references.

use super::Outcome;
use super::bench::{Bench, delete, insert, update};
use super::failure::{ensure, ensure_eq};
use super::schema::{Account, Badge, Line, NewAccount, NewBadge, NewLine, NewOrder, Order, Region};
use super::values::region;
use crate::error::Refusal;
use crate::id::{Id, Version};
use crate::query::Query;
use crate::value::{MAX_DATE, Money, Timestamp};

pub(super) async fn a_unique_value_is_taken_once(bench: &Bench) -> Outcome {
    let first = bench.store::<Region>(region("a")).await?;
    let second = bench.store::<Region>(region("b")).await?;
    bench.refuse(vec![insert(&bench.draft::<Region>(region("a")))], &[(0, taken(&["code"]))]).await?;
    bench.refuse(vec![update(&Region { code: "a".into(), ..second.clone() })], &[(0, taken(&["code"]))]).await?;
    let twins = vec![insert(&bench.draft::<Region>(region("t"))), insert(&bench.draft::<Region>(region("t")))];
    bench.refuse(twins, &[(1, taken(&["code"]))]).await?;
    let renamed = bench.change(&Region { name: Some("keeps its code".into()), ..first }).await?;
    bench.change(&Region { code: "c".into(), ..renamed }).await?;
    bench.change(&Region { code: "a".into(), ..second }).await?;
    bench.store::<Region>(region("b")).await?;
    Ok(())
}

pub(super) async fn keys_of_two_fields(bench: &Bench) -> Outcome {
    bench.store::<Badge>(seat("h1", Some(1), Some("a"))).await?;
    bench.store::<Badge>(seat("h2", Some(1), Some("b"))).await?;
    let other = bench.store::<Badge>(seat("h3", Some(2), Some("a"))).await?;
    let same: Badge = bench.draft(seat("h4", Some(1), Some("a")));
    bench.refuse(vec![insert(&same)], &[(0, taken(&["room", "seat"]))]).await?;
    let moved = Badge { room: Some(1), ..other };
    bench.refuse(vec![update(&moved)], &[(0, taken(&["room", "seat"]))]).await?;
    // Where several keys collide, the one declared first is named.
    bench.store::<Badge>(NewBadge { number: Some("n".into()), ..seat("h5", Some(5), Some("e")) }).await?;
    let both: Badge = bench.draft(NewBadge { number: Some("n".into()), ..seat("h6", Some(5), Some("e")) });
    bench.refuse(vec![insert(&both)], &[(0, taken(&["number"]))]).await
}

pub(super) async fn no_value_never_collides(bench: &Bench) -> Outcome {
    for holder in ["a", "b", "c"] {
        bench.store::<Badge>(seat(holder, None, None)).await?;
        bench.store::<Badge>(seat(holder, Some(1), None)).await?;
        bench.store::<Badge>(seat(holder, None, Some("x"))).await?;
    }
    let holders = bench.texts(Query::of::<Badge>(), "holder").await?;
    ensure_eq!(holders.len(), 9, "the records with no value in a field of a unique key");
    Ok(())
}

pub(super) async fn partial_keys_hold_where_they_apply(bench: &Bench) -> Outcome {
    let active = |holder: &str| NewBadge { active: true, ..seat(holder, None, None) };
    let first = bench.store::<Badge>(active("h")).await?;
    let idle = bench.store::<Badge>(seat("h", None, None)).await?;
    let ended = bench.store::<Badge>(NewBadge { until: Some(MAX_DATE), ..active("h") }).await?;
    let refused = || [(0, taken(&["holder"]))];
    bench.refuse(vec![insert(&bench.draft::<Badge>(active("h")))], &refused()).await?;
    bench.refuse(vec![update(&Badge { active: true, ..idle.clone() })], &refused()).await?;
    bench.refuse(vec![update(&Badge { until: None, ..ended })], &refused()).await?;
    // The first leaves the condition, so another may enter it, and the first not come back.
    let first = bench.change(&Badge { active: false, ..first }).await?;
    let idle = bench.change(&Badge { active: true, ..idle }).await?;
    bench.refuse(vec![update(&Badge { active: true, ..first.clone() })], &refused()).await?;
    // Within one set, in its order.
    let enter = Badge { active: true, ..first };
    let leave = Badge { until: Some(MAX_DATE), ..idle };
    bench.refuse(vec![update(&enter), update(&leave)], &refused()).await?;
    bench.commit(vec![update(&leave), update(&enter)]).await?;
    Ok(())
}

pub(super) async fn keys_are_looked_at_change_by_change(bench: &Bench) -> Outcome {
    let first = bench.store::<Region>(region("a")).await?;
    let second = bench.store::<Region>(region("b")).await?;
    let new: Region = bench.draft(region("a"));
    bench.refuse(vec![insert(&new), delete(&first)], &[(0, taken(&["code"]))]).await?;
    let (to_b, to_a) = (Region { code: "b".into(), ..first.clone() }, Region { code: "a".into(), ..second.clone() });
    bench.refuse(vec![update(&to_b), update(&to_a)], &[(0, taken(&["code"])), (1, taken(&["code"]))]).await?;
    let away = Region { code: "c".into(), ..first.clone() };
    bench.commit(vec![update(&away), update(&to_a)]).await?;
    let (first, second) = (bench.reload(&first).await?, bench.reload(&second).await?);
    bench.commit(vec![delete(&second), insert(&new)]).await?;
    let codes = bench.texts(Query::of::<Region>().order(Region::code.asc()), "code").await?;
    ensure_eq!(codes, ["a", "c"], "the codes after a value was let go and taken in one set");
    ensure_eq!(first.version, Version(2), "the version of the renamed record");
    Ok(())
}

pub(super) async fn keys_compare_text_exactly(bench: &Bench) -> Outcome {
    let codes = ["A", "a", " a", "a ", "ａ", "á", "a\u{301}", "7", "07", "7.0", "Straße", "STRASSE", "ı", "i"];
    for code in codes {
        let stored = bench.store::<Region>(region(code)).await;
        stored.map_err(|failure| failure.during(&format!("storing {code:?} beside texts that look like it")))?;
    }
    for code in codes {
        bench.refuse(vec![insert(&bench.draft::<Region>(region(code)))], &[(0, taken(&["code"]))]).await?;
    }
    Ok(())
}

pub(super) async fn references_must_lead_somewhere(bench: &Bench) -> Outcome {
    let nowhere = Id::<Region>::new(bench.raw_id());
    let dangling = |region: Id<Region>| Refusal::Dangling { field: "region".into(), target: region.raw() };
    let account: Account = bench.draft(account("a", Some(nowhere)));
    bench.refuse(vec![insert(&account)], &[(0, dangling(nowhere))]).await?;
    let stored = bench.store::<Account>(self::account("a", None)).await?;
    bench.refuse(vec![update(&Account { region: Some(nowhere), ..stored.clone() })], &[(0, dangling(nowhere))]).await?;
    // The id of a record of another entity is no better.
    let wrong = Id::<Region>::new(stored.id.raw());
    bench.refuse(vec![update(&Account { region: Some(wrong), ..stored.clone() })], &[(0, dangling(wrong))]).await?;
    // Where several fields dangle, the first is named.
    let both = Account { region: Some(nowhere), parent: Some(Id::new(bench.raw_id())), ..stored };
    bench.refuse(vec![update(&both)], &[(0, dangling(nowhere))]).await
}

pub(super) async fn references_are_looked_at_at_the_end(bench: &Bench) -> Outcome {
    let region: Region = bench.draft(region("R"));
    let account: Account = bench.draft(account("a", Some(region.id)));
    let order: Order = bench.draft(order(account.id));
    let line: Line = bench.draft(line(order.id));
    bench.commit(vec![insert(&line), insert(&order), insert(&account), insert(&region)]).await?;
    // A reference that leads nowhere only while the set is under way.
    let (old, replacement) = (bench.reload(&region).await?, bench.draft::<Region>(self::region("S")));
    let moved = Account { region: Some(replacement.id), ..bench.reload(&account).await? };
    bench.commit(vec![delete(&old), update(&moved), insert(&replacement)]).await?;
    ensure_eq!(bench.reload(&account).await?.region, Some(replacement.id), "the reference after the set");
    // A target that is deleted in the set that refers to it.
    let late: Account = bench.draft(self::account("late", Some(replacement.id)));
    let detached = Account { region: None, ..bench.reload(&account).await? };
    let wanted = [
        (1, Refusal::Dangling { field: "region".into(), target: replacement.id.raw() }),
        (2, Refusal::Referenced { by: "ct_account".into(), field: "region".into() }),
    ];
    let gone = bench.reload(&replacement).await?;
    bench.refuse(vec![update(&detached), insert(&late), delete(&gone)], &wanted).await
}

pub(super) async fn referred_records_stay(bench: &Bench) -> Outcome {
    let parent = bench.store::<Region>(region("R")).await?;
    let first = bench.store::<Account>(account("a", Some(parent.id))).await?;
    let second = bench.store::<Account>(account("b", Some(parent.id))).await?;
    let referenced = || Refusal::Referenced { by: "ct_account".into(), field: "region".into() };
    bench.refuse(vec![delete(&parent)], &[(0, referenced())]).await?;
    bench.refuse(vec![delete(&first), delete(&parent)], &[(1, referenced())]).await?;
    bench
        .refuse(vec![delete(&parent), update(&Account { region: None, ..first.clone() })], &[(0, referenced())])
        .await?;
    bench.commit(vec![delete(&parent), delete(&first), update(&Account { region: None, ..second.clone() })]).await?;
    let names = bench.texts(Query::of::<Account>(), "name").await?;
    ensure_eq!(names, ["b"], "the records after parent and child were deleted in one set");
    ensure!(bench.texts(Query::of::<Region>(), "code").await?.is_empty(), "the parent is still there");
    Ok(())
}

pub(super) async fn references_to_oneself(bench: &Bench) -> Outcome {
    let mut own: Account = bench.draft(account("own", None));
    own.parent = Some(own.id);
    let (mut left, mut right): (Account, Account) = (bench.draft(account("l", None)), bench.draft(account("r", None)));
    (left.parent, right.parent) = (Some(right.id), Some(left.id));
    bench.commit(vec![insert(&own), insert(&left), insert(&right)]).await?;
    let referenced = || Refusal::Referenced { by: "ct_account".into(), field: "parent".into() };
    let (left, right) = (bench.reload(&left).await?, bench.reload(&right).await?);
    bench.refuse(vec![delete(&left)], &[(0, referenced())]).await?;
    bench.commit(vec![delete(&bench.reload(&own).await?)]).await?;
    bench.commit(vec![delete(&left), delete(&right)]).await?;
    ensure!(
        bench.texts(Query::of::<Account>(), "name").await?.is_empty(),
        "records that referred to each other are left"
    );
    Ok(())
}

fn taken(fields: &[&'static str]) -> Refusal {
    Refusal::Taken { fields: fields.iter().map(|field| (*field).into()).collect() }
}

fn seat(holder: &str, room: Option<i64>, seat: Option<&str>) -> NewBadge {
    NewBadge { holder: holder.into(), room, seat: seat.map(Into::into), ..NewBadge::default() }
}

pub(super) fn account(name: &str, region: Option<Id<Region>>) -> NewAccount {
    NewAccount { name: name.into(), region, ..NewAccount::default() }
}

pub(super) fn order(account: Id<Account>) -> NewOrder {
    NewOrder { account, placed_at: Timestamp::EPOCH, total: Money::ZERO, ..NewOrder::default() }
}

pub(super) fn line(order: Id<Order>) -> NewLine {
    NewLine { order, select: Money::ZERO, ..NewLine::default() }
}
