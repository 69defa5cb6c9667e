//! Conditions: every comparison on every kind, nothing, sets, references both ways, text search.

use super::bench::Bench;
use super::failure::ensure_eq;
use super::keys::{account, line, order};
use super::kinds;
use super::schema::{Account, Line, Mood, NewAccount, NewLine, NewOrder, NewRegion, Order, Region, Sample};
use super::values::region;
use super::{Failure, Outcome};
use crate::id::{Id, RecordId};
use crate::query::{Comparison, Filter, Query};
use crate::schema::{Entity, Path};
use crate::storage::StorageErrorKind;
use crate::value::Value;

pub(super) async fn every_comparison_on_every_kind(bench: &Bench) -> Outcome {
    use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual};
    let kinds = kinds::fill(bench).await?;
    for kind in &kinds {
        let path = Path::field(kind.column);
        for (pivot, value) in kind.values.iter().enumerate() {
            for comparison in [Equal, Less, LessOrEqual, Greater, GreaterOrEqual] {
                let filter = Filter::Compare { path: path.clone(), comparison, value: value.clone() };
                // The values are in order, so their places compare as they do; where there is none, nothing holds.
                let holds = |place: &usize| {
                    *place < kind.values.len()
                        && match comparison {
                            Equal => *place == pivot,
                            Less => *place < pivot,
                            LessOrEqual => *place <= pivot,
                            Greater => *place > pivot,
                            GreaterOrEqual => *place >= pivot,
                        }
                };
                finds(bench, filter, holds).await?;
            }
        }
        finds(bench, Filter::IsNull { path: path.clone() }, |place| *place >= kind.values.len()).await?;
        let odd: Vec<Value> = kind.values.iter().skip(1).step_by(2).cloned().collect();
        let filter = Filter::In { path, values: [odd.clone(), odd].concat() };
        finds(bench, filter, |place| place % 2 == 1 && *place < kind.values.len()).await?;
    }
    Ok(())
}

pub(super) async fn negation_knows_two_values(bench: &Bench) -> Outcome {
    kinds::fill(bench).await?;
    let (five, none) = (Sample::maybe_count.eq(0), Sample::maybe_count.is_null());
    // The samples at 9 and 10 have no count, that at 3 has 0.
    finds(bench, five.clone().not().not(), |place| *place == 3).await?;
    finds(bench, Filter::Not(Box::new(Filter::Not(Box::new(five.clone())))), |place| *place == 3).await?;
    finds(bench, five.clone().or(none.clone()).not(), |place| *place != 3 && *place < 9).await?;
    finds(bench, five.clone().not().and(none.clone().not()), |place| *place != 3 && *place < 9).await?;
    finds(bench, Filter::Not(Box::new(five.clone().and(Sample::maybe_flag.eq(true)))), |_| true).await?;
    finds(bench, five.clone().or(five.clone().not()), |_| true).await?;
    finds(bench, Filter::Not(Box::new(Sample::maybe_title.contains("é"))), |place| *place != 8).await?;
    // Only the first two samples have a flag.
    finds(bench, Sample::maybe_flag.ne(true), |place| *place != 1).await?;
    finds(bench, Sample::maybe_flag.lt(true).or(Sample::maybe_flag.ge(true)).not(), |place| *place > 1).await
}

pub(super) async fn sets_of_values(bench: &Bench) -> Outcome {
    kinds::fill(bench).await?;
    let nothing = Filter::In { path: Sample::maybe_count.path(), values: Vec::new() };
    finds(bench, nothing, |_| false).await?;
    finds(bench, Filter::All, |_| true).await?;
    finds(bench, Filter::none(), |_| false).await?;
    finds(bench, Filter::And(Vec::new()), |_| true).await?;
    finds(bench, Filter::And(vec![Filter::All, Filter::none()]), |_| false).await?;
    finds(bench, Filter::Or(vec![Filter::none(), Filter::All]), |_| true).await?;
    let many = (-9_997..=0).chain([i64::MIN, i64::MAX]).map(Value::Int).collect();
    let filter = Filter::In { path: Sample::maybe_count.path(), values: many };
    finds(bench, filter, |place| [0, 2, 3, 8].contains(place)).await?;
    let ids: Vec<Value> = (0..10_000).map(|_| Value::Id(bench.raw_id())).collect();
    finds(bench, Filter::In { path: Path::field("id"), values: ids }, |_| false).await?;
    let texts = (0..9_999).map(|number| Value::from(format!("'{number}"))).chain([Value::from("Z")]).collect();
    finds(bench, Filter::In { path: Sample::maybe_title.path(), values: texts }, |place| *place == 5).await
}

pub(super) async fn ids_and_versions_are_fields(bench: &Bench) -> Outcome {
    let first = bench.store::<Account>(account("first", None)).await?;
    let second = bench.change(&bench.store::<Account>(account("second", None)).await?).await?;
    let field = |name: &'static str, comparison, value| {
        Query::of::<Account>().filter(Filter::Compare { path: Path::field(name), comparison, value })
    };
    let (first, second) = (Value::Id(first.id.raw()), Value::Id(second.id.raw()));
    for (query, wanted) in [
        (field("id", Comparison::Equal, first.clone()), "first"),
        (field("id", Comparison::Greater, first), "second"),
        (field("id", Comparison::Less, second), "first"),
        (field("version", Comparison::Equal, Value::Int(2)), "second"),
        (field("version", Comparison::Less, Value::Int(2)), "first"),
        (field("id", Comparison::Greater, Value::Id(RecordId::NIL)).order(Account::name.desc()).limit(1), "second"),
    ] {
        let shown = format!("{:?}", query.filter);
        let page = bench.storage.query(&query.columns([Account::name])).await?;
        let found: Vec<Option<&str>> = page.records.iter().map(|record| record.value(0).as_text()).collect();
        ensure_eq!(found, [Some(wanted)], "the records for which {shown}");
    }
    Ok(())
}

pub(super) async fn paths_follow_references(bench: &Bench) -> Outcome {
    let world = World::fill(bench).await?;
    let code = Line::order.to(Order::account).to(Account::region).to(Region::code);
    world.lines(code.eq("E"), &["l1", "l2", "l5"]).await?;
    world.lines(code.eq("W"), &["l3"]).await?;
    world.lines(code.ne("E"), &["l3", "l4"]).await?;
    world.lines(code.is_null(), &["l4"]).await?;
    world.lines(code.is_null().not(), &["l1", "l2", "l3", "l5"]).await?;
    world.lines(code.is_in(["W", "X"]), &["l3"]).await?;
    world.lines(code.contains("e"), &["l1", "l2", "l5"]).await?;
    world.lines(Line::order.to(Order::account).to(Account::parent).to(Account::name).eq("east"), &["l5"]).await?;
    let grandparent = Line::order.to(Order::account).to(Account::parent).to(Account::region).to(Region::active);
    world.lines(grandparent.eq(true), &["l5"]).await?;
    world.lines(grandparent.eq(true).not(), &["l1", "l2", "l3", "l4"]).await?;
    // The same reference by two paths, and the target's id.
    let both = Line::order.to(Order::items).gt(1).and(Line::order.to(Order::mood).eq(Mood::Calm));
    world.lines(both, &["l3"]).await?;
    let by_id = Filter::Compare {
        path: "order.account.id".parse()?,
        comparison: Comparison::Equal,
        value: Value::Id(world.east.raw()),
    };
    world.lines(by_id, &["l1", "l2"]).await?;
    world.lines(Line::order.to(Order::account).eq(world.east), &["l1", "l2"]).await
}

pub(super) async fn existence_of_what_refers(bench: &Bench) -> Outcome {
    let world = World::fill(bench).await?;
    let with_orders = |filter| Filter::exists(Order::account, filter);
    let with_lines = |filter| Filter::exists(Line::order, filter);
    world.accounts(with_orders(Filter::All), &["below", "east", "nowhere", "west"]).await?;
    world.accounts(with_orders(Filter::All).not(), &["idle"]).await?;
    world.accounts(with_orders(Filter::none()), &[]).await?;
    world.accounts(with_orders(Order::items.gt(1)), &["west"]).await?;
    world.accounts(with_orders(Order::items.gt(1)).not(), &["below", "east", "idle", "nowhere"]).await?;
    world.accounts(with_orders(with_lines(Filter::All)), &["below", "east", "nowhere", "west"]).await?;
    world.accounts(with_orders(with_lines(Line::group.eq("g"))), &["east"]).await?;
    world.accounts(with_orders(with_lines(Line::group.eq("g")).not()), &["below", "east", "nowhere", "west"]).await?;
    // All orders have a line of the group: none has none.
    let all = with_orders(with_lines(Line::group.eq("g")).not()).not();
    world.accounts(all, &["idle"]).await?;
    // What refers, judged along its own references.
    let eastern = with_orders(Order::account.to(Account::region).to(Region::code).eq("E"));
    world.accounts(eastern, &["below", "east"]).await?;
    // A reference to the own kind: those that have a child without a region of their own, not those without one.
    let parents = |filter| Filter::exists(Account::parent, filter);
    world.accounts(parents(Filter::All), &["east"]).await?;
    world.accounts(parents(Account::mood.eq(Mood::Stern)), &[]).await?;
    world.accounts(parents(with_orders(Filter::All)), &["east"]).await?;
    world.accounts(with_orders(Filter::All).and(parents(Filter::All)), &["east"]).await
}

pub(super) async fn text_search_folds_and_finds(bench: &Bench) -> Outcome {
    let texts = [
        ("a", "Acme GmbH", Some("100% wool")),
        ("b", "ＡＣＭＥ　Ltd", Some("snake_case")),
        ("c", "Ångström Straße", None),
        ("d", "上海客户有限公司", Some("客戶")),
        ("e", "quote ' and \" and \\", Some("[a-z]*?")),
        ("f", "ﬁne Ⅷ ½", Some("snakeXcase")),
        ("g", "İstanbul ΑΘΉΝΑ", Some("100 wool")),
    ];
    for (key, name, note) in texts {
        let note = note.map(Into::into);
        bench.store::<Account>(NewAccount { note, ..account(&format!("{key} {name}"), None) }).await?;
    }
    let in_name = |words: &str| Account::name.contains(words);
    let in_both =
        |words: &str| Filter::Search { paths: vec![Account::name.path(), Account::note.path()], words: words.into() };
    for (filter, wanted) in [
        (in_name("acme"), "ab"),
        (in_name("ACME"), "ab"),
        (in_name("ａcme"), "ab"),
        (in_name("cm"), "ab"),
        (in_name("gmbh acme"), "a"),
        (in_name("acme ltd"), "b"),
        (in_name("acme nothing"), ""),
        (in_name("  acme\t\nltd "), "b"),
        (in_name("ångström"), "c"),
        (in_name("A\u{30A}NGSTRO\u{308}M"), "c"),
        (in_name("angstrom"), ""),
        (in_name("straße"), "c"),
        (in_name("客户"), "d"),
        (in_name("客戶"), ""),
        (in_name("有限 上海"), "d"),
        (in_name("fine"), "f"),
        (in_name("viii"), "f"),
        (in_name("1⁄2"), "f"),
        (in_name("'"), "e"),
        (in_name("\""), "e"),
        (in_name("\\"), "e"),
        (in_name("i\u{307}stanbul"), "g"),
        (in_name("αθή"), "g"),
        (in_name(""), "abcdefg"),
        (in_name(" \t"), "abcdefg"),
        (in_name("%"), ""),
        (in_name("_"), ""),
        (in_name("*"), ""),
        (in_both("%"), "a"),
        (in_both("100%"), "a"),
        (in_both("0% w"), "a"),
        (in_both("0%w"), ""),
        (in_both("snake_case"), "b"),
        (in_both("_"), "b"),
        (in_both("[a-z]*?"), "e"),
        (in_both("acme wool"), "a"),
        (in_both("客户 客戶"), "d"),
        (in_both("wool"), "ag"),
        (Filter::Search { paths: Vec::new(), words: "a".into() }, ""),
        (Filter::Search { paths: Vec::new(), words: " ".into() }, "abcdefg"),
    ] {
        let shown = format!("{filter:?}");
        let found = bench.texts(Query::of::<Account>().filter(filter), "name").await?;
        let found: String = found.iter().filter_map(|name| name.chars().next()).collect();
        ensure_eq!(found, wanted, "the records for which {shown}");
    }
    Ok(())
}

pub(super) async fn unfit_filters_are_refused(bench: &Bench) -> Outcome {
    let compare = |path: &str, value: Value| {
        let path = path.parse()?;
        Ok::<_, Failure>(Filter::Compare { path, comparison: Comparison::Equal, value })
    };
    let deep = (0..40).fold(Filter::All, |inner, _| Filter::Not(Box::new(inner)));
    let long = Filter::In { path: Sample::count.path(), values: vec![Value::Int(1); 10_001] };
    let unfit = [
        (compare("nothing", 1.into())?, StorageErrorKind::Invalid),
        (compare("title.code", "x".into())?, StorageErrorKind::Invalid),
        (compare("count", "x".into())?, StorageErrorKind::Invalid),
        (compare("count", Value::Null)?, StorageErrorKind::Invalid),
        (compare("mood", "gloomy".into())?, StorageErrorKind::Invalid),
        (compare("data", "x".into())?, StorageErrorKind::Invalid),
        (compare("custom.key", "x".into())?, StorageErrorKind::Invalid),
        (Filter::exists(Account::region, Filter::All), StorageErrorKind::Invalid),
        (Filter::Search { paths: vec![Sample::count.path()], words: "1".into() }, StorageErrorKind::Invalid),
        (deep, StorageErrorKind::TooLarge),
        (long, StorageErrorKind::TooLarge),
    ];
    for (filter, wanted) in unfit {
        let shown = format!("{filter:?}").chars().take(200).collect::<String>();
        let kind = bench.storage.query(&Query::of::<Sample>().filter(filter.clone())).await.err().map(|e| e.kind());
        ensure_eq!(kind, Some(wanted), "a list by a filter that does not fit, {shown}");
        let counted = crate::query::Aggregate::of::<Sample>().filter(filter).measure(crate::query::Measure::Count);
        let kind = bench.storage.aggregate(&counted).await.err().map(|e| e.kind());
        ensure_eq!(kind, Some(wanted), "a count by a filter that does not fit, {shown}");
    }
    Ok(())
}

/// A filter finds the samples at just these places, and its opposite all others.
async fn finds(bench: &Bench, filter: Filter, holds: impl Fn(&usize) -> bool) -> Outcome {
    for (filter, wanted) in [(filter.clone(), true), (Filter::Not(Box::new(filter)), false)] {
        let shown: String = format!("{filter:?}").chars().take(300).collect();
        let found = kinds::places(bench, Query::of::<Sample>().filter(filter).limit(4)).await?;
        let wanted: Vec<usize> = (0..kinds::RECORDS).filter(|place| holds(place) == wanted).collect();
        ensure_eq!(found, wanted, "the places of the samples for which {shown}");
    }
    Ok(())
}

/// Five accounts in two regions, their orders and lines.
struct World<'b> {
    bench: &'b Bench,
    east: Id<Account>,
}

impl<'b> World<'b> {
    async fn fill(bench: &'b Bench) -> Result<Self, Failure> {
        let east = bench.store::<Region>(NewRegion { name: Some("East".into()), ..region("E") }).await?;
        let west = bench.store::<Region>(NewRegion { active: false, ..region("W") }).await?;
        let eastern = bench.store::<Account>(account("east", Some(east.id))).await?;
        let western = bench.store::<Account>(account("west", Some(west.id))).await?;
        let nowhere = bench.store::<Account>(account("nowhere", None)).await?;
        let below = NewAccount { parent: Some(eastern.id), ..account("below", Some(east.id)) };
        let below = bench.store::<Account>(below).await?;
        bench.store::<Account>(account("idle", Some(west.id))).await?;
        let orders = [
            (eastern.id, Some(1), Mood::Calm, vec![("l1", Some("g")), ("l2", None)]),
            (eastern.id, None, Mood::Calm, vec![]),
            (western.id, Some(2), Mood::Calm, vec![("l3", Some("h"))]),
            (nowhere.id, None, Mood::Merry, vec![("l4", None)]),
            (below.id, Some(0), Mood::Merry, vec![("l5", Some("G"))]),
        ];
        for (account, items, mood, lines) in orders {
            let order = bench.store::<Order>(NewOrder { items, mood, ..order(account) }).await?;
            for (name, group) in lines {
                let number = name.trim_start_matches('l').parse()?;
                let group = group.map(Into::into);
                bench.store::<Line>(NewLine { r#type: number, group, ..line(order.id) }).await?;
            }
        }
        Ok(Self { bench, east: eastern.id })
    }

    async fn lines(&self, filter: Filter, wanted: &[&str]) -> Outcome {
        let shown = format!("{filter:?}");
        let query = Query::of::<Line>().filter(filter).order(Line::r#type.asc()).columns([Line::r#type]);
        let found = self.bench.all(query).await?;
        let found: Vec<String> = found.iter().map(|record| format!("l{}", record.value(0))).collect();
        ensure_eq!(found, wanted, "the lines for which {shown}");
        Ok(())
    }

    async fn accounts(&self, filter: Filter, wanted: &[&str]) -> Outcome {
        let shown = format!("{filter:?}");
        let query = Query::of::<Account>().filter(filter).order(Account::name.asc());
        let found = self.bench.texts(query, Account::name.name()).await?;
        ensure_eq!(found, wanted, "the accounts for which {shown} ({})", Account::NAME);
        Ok(())
    }
}
