//! Lists: their order, their pages and their columns.

use super::bench::{Bench, delete, insert};
use super::failure::{ensure, ensure_eq};
use super::keys::{account, order};
use super::kinds;
use super::schema::{Account, Mood, NewAccount, NewOrder, NewRegion, Order, Region};
use super::values::region;
use super::{Failure, Outcome};
use crate::change::Change;
use crate::id::{Id, RecordId, Version};
use crate::query::{Cursor, Direction, OrderBy, Query};
use crate::schema::{Entity, Path, Record};
use crate::storage::StorageErrorKind;
use crate::value::{Rate, Value};

/// The rank of a record in one field of an order; nothing comes last whichever way.
type Rank = (bool, i64);

/// An order, and what it means: the rank in each field.
struct Sorted {
    order: Vec<OrderBy>,
    ranks: fn(&Row) -> Vec<Rank>,
}

/// A record of the pages' orders, as numbers.
struct Row {
    id: RecordId,
    items: Option<i64>,
    discount: Option<i64>,
    /// The place of its account's region among the codes in order, if it has one.
    region: Option<i64>,
    /// The place of its mood among the codes in order.
    mood: i64,
}

pub(super) async fn pages_of_every_size(bench: &Bench) -> Outcome {
    let rows = rows(bench).await?;
    for sorted in orders() {
        let mut wanted: Vec<&Row> = rows.iter().collect();
        wanted.sort_by_key(|row| ((sorted.ranks)(row), row.id));
        let wanted: Vec<RecordId> = wanted.iter().map(|row| row.id).collect();
        for limit in 1..=rows.len() + 1 {
            let mut query = Query::of::<Order>().limit(limit);
            query.order.clone_from(&sorted.order);
            let found: Vec<RecordId> = bench.all(query.clone()).await?.iter().map(|record| record.id).collect();
            ensure_eq!(found, wanted, "pages of {limit} by {:?}", sorted.order);
            query.columns = Some(vec![Path::field("id")]);
            let found: Vec<RecordId> = bench.all(query).await?.iter().filter_map(|r| r.value(0).as_id()).collect();
            ensure_eq!(found, wanted, "pages of {limit} of one column by {:?}", sorted.order);
        }
    }
    Ok(())
}

pub(super) async fn every_kind_is_sorted(bench: &Bench) -> Outcome {
    let kinds = kinds::fill(bench).await?;
    for kind in &kinds {
        let path = Path::field(kind.column);
        let mut values: Vec<usize> = (0..kinds::RECORDS).filter(|place| kind.values.len() > *place).collect();
        let nothing: Vec<usize> = (values.len()..kinds::RECORDS).collect();
        for direction in [Direction::Ascending, Direction::Descending] {
            for limit in [2, 100] {
                let query =
                    Query::of::<super::schema::Sample>().order(OrderBy { path: path.clone(), direction }).limit(limit);
                let found = kinds::places(bench, query).await?;
                let wanted = [values.clone(), nothing.clone()].concat();
                ensure_eq!(found, wanted, "`{}` sorted {direction:?}, {limit} to a page", kind.column);
            }
            values.reverse();
        }
    }
    Ok(())
}

pub(super) async fn pages_while_records_come_and_go(bench: &Bench) -> Outcome {
    for direction in [Direction::Ascending, Direction::Descending] {
        walk(bench, direction).await?;
        let left = bench.contents().await?;
        let gone = left.values().map(|record| Change::Delete {
            entity: record.entity.clone(),
            id: record.id,
            expected: record.version,
        });
        bench.commit(gone.collect()).await?;
    }
    Ok(())
}

/// Pages of three over ties, values and nothing. After every second page the last record seen goes and one ahead, after
/// the others records come behind, ahead and at the end.
async fn walk(bench: &Bench, direction: Direction) -> Outcome {
    let mut alive = Vec::new();
    for place in 0..24_i64 {
        let note = (place < 18).then(|| format!("n{:02}", place / 4));
        let new = NewAccount { note, ..account(&format!("{place}"), None) };
        alive.push(bench.store::<Account>(new).await?);
    }
    let (began_with, mut removed) = (alive.clone(), Vec::new());
    let mut query = Query::of::<Account>().order(OrderBy { path: Account::note.path(), direction }).limit(3);
    let mut seen = Vec::<RecordId>::new();
    for round in 0.. {
        let page = bench.storage.query(&query).await?;
        seen.extend(page.records.iter().map(|record| record.id));
        let Some(next) = page.next else { break };
        query.after = Some(next);
        // Few enough that the pages come to an end.
        if round % 2 == 0 && round < 10 {
            for note in [Some("n"), Some("z"), None] {
                bench
                    .store::<Account>(NewAccount { note: note.map(Into::into), ..account("came later", None) })
                    .await?;
            }
            continue;
        }
        ensure!(round < 50, "{direction:?} pages do not come to an end");
        let ahead = alive.iter().map(|account| account.id.raw()).find(|id| !seen.contains(id));
        for victim in [seen.last().copied(), ahead] {
            if let Some(place) = alive.iter().position(|account| Some(account.id.raw()) == victim) {
                let victim = alive.remove(place);
                bench.commit(vec![delete(&victim)]).await?;
                removed.push(victim.id.raw());
            }
        }
    }
    let mut once = seen.clone();
    once.sort_unstable();
    once.dedup();
    ensure_eq!(once.len(), seen.len(), "different records among those seen on {direction:?} pages");
    let missed: Vec<&Account> = began_with
        .iter()
        .filter(|account| !removed.contains(&account.id.raw()) && !seen.contains(&account.id.raw()))
        .collect();
    ensure!(missed.is_empty(), "records that were there all the time are on no {direction:?} page: {missed:?}");
    Ok(())
}

pub(super) async fn cursors_belong_to_one_order(bench: &Bench) -> Outcome {
    for code in ["a", "b", "c"] {
        bench.store::<Region>(region(code)).await?;
        bench.store::<Account>(account(code, None)).await?;
    }
    let by_code = Query::of::<Region>().order(Region::code.asc()).limit(1);
    let page = bench.storage.query(&by_code).await?;
    let cursor = page.next.ok_or_else(|| Failure::new("a page of one among three says there is no more"))?;
    // The cursor is a text that a caller may keep.
    let kept: Cursor = serde_json::from_str(&serde_json::to_string(&cursor)?)?;
    let rest = bench.texts(by_code.clone().after(Some(kept)), "code").await?;
    ensure_eq!(rest, ["b", "c"], "the pages behind a cursor that was kept as text");
    let others = [
        Query::of::<Region>().order(Region::code.desc()),
        Query::of::<Region>().order(Region::name.asc()),
        Query::of::<Region>().order(Region::code.asc()).order(Region::name.asc()),
        Query::of::<Region>(),
        Query::of::<Account>().order(Account::name.asc()),
    ];
    for other in others {
        let shown = format!("{other:?}");
        let refused = bench.storage.query(&other.after(Some(cursor.clone()))).await;
        let kind = refused.err().map(|error| error.kind());
        ensure_eq!(kind, Some(StorageErrorKind::Invalid), "a cursor of another order in {shown}");
    }
    for broken in ["", "AAAA", "not ours", "eyJvIjoiIn0"] {
        let broken: Cursor = serde_json::from_value(serde_json::json!(broken))?;
        let kind = bench.storage.query(&by_code.clone().after(Some(broken))).await.err().map(|error| error.kind());
        ensure_eq!(kind, Some(StorageErrorKind::Invalid), "a cursor that is none");
    }
    Ok(())
}

pub(super) async fn limits_of_pages(bench: &Bench) -> Outcome {
    for code in ["a", "b", "c"] {
        bench.store::<Region>(region(code)).await?;
    }
    let query = Query::of::<Region>();
    let none = bench.storage.query(&query.clone().limit(0)).await?;
    ensure!(none.records.is_empty() && none.next.is_none(), "a page of no records has some, or goes on: {none:?}");
    let all = bench.storage.query(&query.clone().limit(3)).await?;
    ensure!(all.next.is_none(), "a full page that is the last says there is more");
    ensure_eq!(bench.storage.query(&query.clone().limit(10_000)).await?.records.len(), 3, "records on a large page");
    let kind = bench.storage.query(&query.limit(10_001)).await.err().map(|error| error.kind());
    ensure_eq!(kind, Some(StorageErrorKind::TooLarge), "a page of 10,001");
    for unfit in [
        Query::new("ct_nothing"),
        Query::of::<Region>().columns([Path::field("nothing")]),
        Query::of::<Region>().order(OrderBy { path: "code.name".parse()?, direction: Direction::Ascending }),
        Query::of::<super::schema::Sample>().order(super::schema::Sample::data.asc()),
    ] {
        let kind = bench.storage.query(&unfit).await.err().map(|error| error.kind());
        ensure_eq!(kind, Some(StorageErrorKind::Invalid), "a query that does not fit the schema, {unfit:?}");
    }
    Ok(())
}

pub(super) async fn columns_follow_paths(bench: &Bench) -> Outcome {
    let east = bench.store::<Region>(NewRegion { name: Some("East".into()), ..region("E") }).await?;
    let top = bench.store::<Account>(account("top", Some(east.id))).await?;
    let mut custom = crate::schema::CustomFields::new();
    custom.insert("k".into(), 1.into());
    let below = NewAccount { parent: Some(top.id), custom, mood: Some(Mood::Calm), ..account("below", None) };
    let below = bench.store::<Account>(below).await?;
    let below = bench.change(&below).await?;
    let columns = ["name", "region.code", "parent.region.name", "mood", "id", "version", "parent.id", "parent", "name"];
    let columns = columns.iter().map(|path| path.parse()).collect::<Result<Vec<Path>, _>>()?;
    let found = bench.all(Query::of::<Account>().columns(columns)).await?;
    let row = |account: &Account, values: Vec<Value>| Record {
        entity: Account::NAME.into(),
        id: account.id.raw(),
        version: account.version,
        values,
        custom: crate::schema::CustomFields::new(),
    };
    let (null, id) = (Value::Null, |id: RecordId| Value::Id(id));
    let first = vec![
        "top".into(),
        "E".into(),
        null.clone(),
        null.clone(),
        id(top.id.raw()),
        1.into(),
        null.clone(),
        null.clone(),
        "top".into(),
    ];
    let (below_id, top_id) = (id(below.id.raw()), id(top.id.raw()));
    let second = vec![
        "below".into(),
        null,
        "East".into(),
        "calm".into(),
        below_id,
        2.into(),
        top_id.clone(),
        top_id,
        "below".into(),
    ];
    ensure_eq!(below.version, Version(2), "the version of the record that was changed");
    ensure_eq!(found, [row(&top, first), row(&below, second)], "columns along references");
    let none = bench.all(Query::of::<Account>().columns(Vec::<Path>::new())).await?;
    ensure_eq!(none, [row(&top, Vec::new()), row(&below, Vec::new())], "a list of no columns");
    Ok(())
}

/// Orders with ties and with nothing in every field, whose ids are spread over their range.
async fn rows(bench: &Bench) -> Result<Vec<Row>, Failure> {
    let mut accounts = Vec::new();
    for code in ["Z", "a", "é", "中"] {
        let region = bench.store::<Region>(region(code)).await?;
        accounts.push(bench.store::<Account>(account(code, Some(region.id))).await?);
    }
    accounts.push(bench.store::<Account>(account("nowhere", None)).await?);
    let mut rows = Vec::new();
    for place in 0..17_u8 {
        let number = i64::from(place);
        let (home, mood) = (usize::from(place * 7 % 5), [Mood::Calm, Mood::Merry, Mood::Stern][usize::from(place % 3)]);
        let row = Row {
            id: RecordId::from_bytes([place.wrapping_mul(89).wrapping_add(3); 16]),
            items: (place % 4 != 0).then_some(number % 3 - 1),
            discount: (place % 3 != 0).then_some(number * 5 % 7),
            region: (home < 4).then_some(i64::try_from(home)?),
            mood: number % 3,
        };
        let new = NewOrder {
            items: row.items,
            discount: row.discount.map(Rate::from_raw).transpose()?,
            mood,
            ..order(accounts[home].id)
        };
        bench.commit(vec![insert(&Order::draft(Id::new(row.id), new))]).await?;
        rows.push(row);
    }
    Ok(rows)
}

fn up(value: Option<i64>) -> Rank {
    (value.is_none(), value.unwrap_or_default())
}

fn down(value: Option<i64>) -> Rank {
    (value.is_none(), -value.unwrap_or_default())
}

fn orders() -> Vec<Sorted> {
    let by_region = Order::account.to(Account::region).to(Region::code);
    vec![
        Sorted { order: Vec::new(), ranks: |_| Vec::new() },
        Sorted { order: vec![Order::items.asc()], ranks: |row| vec![up(row.items)] },
        Sorted { order: vec![Order::items.desc()], ranks: |row| vec![down(row.items)] },
        Sorted { order: vec![by_region.asc()], ranks: |row| vec![up(row.region)] },
        Sorted {
            order: vec![by_region.desc(), Order::mood.asc()],
            ranks: |row| vec![down(row.region), up(Some(row.mood))],
        },
        Sorted {
            order: vec![Order::mood.desc(), Order::discount.asc(), Order::items.desc()],
            ranks: |row| vec![down(Some(row.mood)), up(row.discount), down(row.items)],
        },
        Sorted {
            order: vec![Order::account.to(Account::note).asc(), Order::discount.desc()],
            ranks: |row| vec![down(row.discount)],
        },
    ]
}
