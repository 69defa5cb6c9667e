//! A snapshot sees one moment, whatever is committed later.

use super::Outcome;
use super::bench::{Bench, contents, delete, insert, texts, update};
use super::failure::ensure_eq;
use super::keys::account;
use super::schema::{Account, Region};
use super::sets::{next_number, series};
use super::values::region;
use crate::query::{Aggregate, Filter, Measure, Query};
use crate::storage::{Reader, ReaderExt};
use crate::value::Value;

pub(super) async fn a_snapshot_sees_one_moment(bench: &Bench) -> Outcome {
    let changed = bench.store::<Region>(region("changed")).await?;
    let deleted = bench.store::<Region>(region("deleted")).await?;
    let child = bench.store::<Account>(account("child", Some(changed.id))).await?;
    let counter = bench.store(series("counter")).await?;
    let before = bench.contents().await?;
    let snapshot = bench.storage.snapshot().await?;
    for round in 0..3 {
        ensure_eq!(contents(&*snapshot).await?, before, "what a snapshot sees (round {round})");
        ensure_eq!(snapshot.load(changed.id).await?, Some(changed.clone()), "what a snapshot gets by id");
        ensure_eq!(snapshot.load(deleted.id).await?, Some(deleted.clone()), "what a snapshot gets by id");
        let by_path = Query::of::<Account>().filter(Account::region.to(Region::code).eq("changed"));
        ensure_eq!(texts(&*snapshot, by_path, "name").await?, ["child"], "what a snapshot finds along a path");
        let childless = Filter::exists(Account::region, Filter::All).not();
        let childless = texts(&*snapshot, Query::of::<Region>().filter(childless), "code").await?;
        ensure_eq!(childless, ["deleted"], "what a snapshot finds by what refers to it");
        let by_key = Query::of::<Region>().filter(Region::code.eq("deleted"));
        ensure_eq!(texts(&*snapshot, by_key, "code").await?, ["deleted"], "what a snapshot finds by a unique key");
        ensure_eq!(count(&*snapshot).await?, 2, "what a snapshot counts");
        match round {
            0 => {
                let renamed = Region { code: "renamed".into(), ..changed.clone() };
                let apart = Account { region: None, ..child.clone() };
                let new: Region = bench.draft(region("new"));
                let changes = vec![update(&renamed), delete(&deleted), update(&apart), insert(&new)];
                bench.commit(changes).await?;
                bench.commit(vec![next_number(&counter)]).await?;
            }
            _ => {
                bench.store::<Region>(region(&format!("later {round}"))).await?;
            }
        }
    }
    ensure_eq!(count(&*bench.storage).await?, 4, "what the store counts by now");
    let later = bench.storage.snapshot().await?;
    ensure_eq!(contents(&*later).await?, bench.contents().await?, "what a later snapshot sees");
    drop(later);
    ensure_eq!(contents(&*snapshot).await?, before, "what a snapshot sees after a later one was given back");
    Ok(())
}

pub(super) async fn pages_of_a_snapshot_fit_together(bench: &Bench) -> Outcome {
    let mut regions = Vec::new();
    for code in ["a", "b", "c", "d", "e"] {
        regions.push(bench.store::<Region>(region(code)).await?);
    }
    let snapshot = bench.storage.snapshot().await?;
    let mut query = Query::of::<Region>().order(Region::code.desc()).limit(2);
    let mut seen = Vec::new();
    for victim in &regions {
        let page = snapshot.query(&query).await?;
        seen.extend(page.records.iter().filter_map(|record| record.value(0).as_text().map(ToOwned::to_owned)));
        bench
            .commit(vec![delete(victim), insert(&bench.draft::<Region>(region(&format!("{}2", victim.code))))])
            .await?;
        match page.next {
            Some(next) => query.after = Some(next),
            None => break,
        }
    }
    ensure_eq!(seen, ["e", "d", "c", "b", "a"], "the pages of a snapshot while records come and go");
    Ok(())
}

pub(super) async fn what_is_committed_is_seen(bench: &Bench) -> Outcome {
    for round in 0..20 {
        let code = format!("{round}");
        let stored = bench.store::<Region>(region(&code)).await?;
        let found = bench.texts(Query::of::<Region>().filter(Region::code.eq(&*code)), "code").await?;
        ensure_eq!(found, [code], "what is found right after it was committed");
        ensure_eq!(count(&*bench.storage).await?, round + 1, "what is counted right after a commit");
        let snapshot = bench.storage.snapshot().await?;
        ensure_eq!(snapshot.load(stored.id).await?, Some(stored), "what a snapshot sees of what was committed before");
    }
    Ok(())
}

async fn count(reader: &dyn Reader) -> Result<i64, super::Failure> {
    let rows = reader.aggregate(&Aggregate::of::<Region>().measure(Measure::Count)).await?;
    let counted = rows.first().and_then(|row| row.measures.first()).and_then(Value::as_integer);
    counted.ok_or_else(|| super::Failure::new("a count without groups has no row"))
}
