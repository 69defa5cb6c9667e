//! Sums and counts by group.

use std::str::FromStr;

use chrono_tz::{America, Asia, Europe, Tz};

use super::bench::Bench;
use super::failure::ensure_eq;
use super::keys::{account, order};
use super::schema::{Account, Mood, NewOrder, Order, Region, Sample};
use super::values::region;
use super::{Failure, Outcome};
use crate::query::{Aggregate, AggregateRow, Direction, GroupKey, Measure, Period, Top};
use crate::schema::Path;
use crate::storage::StorageErrorKind;
use crate::value::{Money, Quantity, Rate, Timestamp, Value};

pub(super) async fn measures_of_everything(bench: &Bench) -> Outcome {
    fill(bench).await?;
    let count = Aggregate::of::<Order>().measure(Measure::Count);
    answers(bench, &count, &[(vec![], vec![Value::Int(7)])]).await?;
    let paths = [Order::total.path(), Order::discount.path(), Order::weight.path(), Order::items.path()];
    let all = [Measure::Distinct, Measure::Sum, Measure::Average, Measure::Minimum, Measure::Maximum];
    let mut request = Aggregate::of::<Order>();
    for path in &paths {
        for measure in all {
            request = request.measure(measure(path.clone()));
        }
    }
    let wanted = vec![
        // 0.0001, 0.0002, 0.0002, 100, -3.5, 0, 12.3456: 108.8461 / 7 = 15.54944…
        Value::Int(6),
        money("108.8461")?,
        money("15.5494")?,
        money("-3.5")?,
        money("100")?,
        // 0.1, 0.2, 0.2: 0.5 / 3
        Value::Int(2),
        rate("0.5")?,
        rate("0.166667")?,
        rate("0.1")?,
        rate("0.2")?,
        // 1.5, 2.0001
        Value::Int(2),
        quantity("3.5001")?,
        quantity("1.75")?,
        quantity("1.5")?,
        quantity("2.0001")?,
        // 2, 3, 3, -1: 7 / 4, which is a quantity
        Value::Int(3),
        Value::Int(7),
        quantity("1.75")?,
        Value::Int(-1),
        Value::Int(3),
    ];
    answers(bench, &request, &[(vec![], wanted)]).await?;
    let others = Aggregate::of::<Order>()
        .measure(Measure::Minimum(Order::mood.path()))
        .measure(Measure::Maximum(Order::due.path()))
        .measure(Measure::Minimum(Order::placed_at.path()))
        .measure(Measure::Distinct(Order::account.path()))
        .measure(Measure::Maximum(Order::account.to(Account::name).path()));
    let first: Timestamp = "2023-03-26T00:59:59.999999Z".parse()?;
    let wanted = vec!["calm".into(), Value::Date("2024-02-29".parse()?), first.into(), Value::Int(3), Value::from("é")];
    answers(bench, &others, &[(vec![], wanted)]).await
}

pub(super) async fn nothing_to_measure(bench: &Bench) -> Outcome {
    let request = Aggregate::of::<Order>()
        .measure(Measure::Count)
        .measure(Measure::Distinct(Order::items.path()))
        .measure(Measure::Sum(Order::total.path()))
        .measure(Measure::Average(Order::total.path()))
        .measure(Measure::Minimum(Order::items.path()))
        .measure(Measure::Maximum(Order::items.path()));
    let empty = vec![Value::Int(0), Value::Int(0), Value::Money(Money::ZERO), Value::Null, Value::Null, Value::Null];
    answers(bench, &request, &[(vec![], empty.clone())]).await?;
    answers(bench, &request.clone().group(Order::mood), &[]).await?;
    answers(bench, &Aggregate::of::<Order>(), &[(vec![], vec![])]).await?;
    fill(bench).await?;
    answers(bench, &request.clone().filter(crate::query::Filter::none()), &[(vec![], empty)]).await?;
    // A group in which no record has a value.
    let request = Aggregate::of::<Order>()
        .filter(Order::mood.eq(Mood::Stern))
        .group(Order::mood)
        .measure(Measure::Sum(Order::items.path()))
        .measure(Measure::Average(Order::items.path()))
        .measure(Measure::Distinct(Order::items.path()));
    let row = vec![Value::Int(0), Value::Null, Value::Int(0)];
    answers(bench, &request, &[(vec!["stern".into()], row)]).await
}

pub(super) async fn groups_in_their_order(bench: &Bench) -> Outcome {
    fill(bench).await?;
    let counted = |key: GroupKey| Aggregate::of::<Order>().group(key).measure(Measure::Count);
    let row = |key: Value, count| (vec![key], vec![Value::Int(count)]);
    let by_region = counted(Order::account.to(Account::region).to(Region::code).into());
    answers(bench, &by_region, &[row("Z".into(), 3), row("a".into(), 2), row(Value::Null, 2)]).await?;
    let by_items = counted(Order::items.into());
    let wanted = [row((-1).into(), 1), row(2.into(), 1), row(3.into(), 2), row(Value::Null, 3)];
    answers(bench, &by_items, &wanted).await?;
    let two = Aggregate::of::<Order>()
        .filter(Order::mood.ne(Mood::Stern))
        .group(Order::mood)
        .group(Order::account.to(Account::region).to(Region::code))
        .measure(Measure::Sum(Order::total.path()))
        .measure(Measure::Count);
    let row = |mood: &str, code: Value, sum: Value, count| (vec![mood.into(), code], vec![sum, Value::Int(count)]);
    let wanted = [
        row("calm", "Z".into(), money("0.0005")?, 3),
        row("calm", Value::Null, money("0")?, 1),
        row("merry", "a".into(), money("96.5")?, 2),
    ];
    answers(bench, &two, &wanted).await?;
    let by_having = Aggregate::of::<Order>().group(Order::account.to(Account::name)).measure(Measure::Count);
    let wanted =
        [(vec!["Z".into()], vec![3.into()]), (vec!["a".into()], vec![2.into()]), (vec!["é".into()], vec![2.into()])];
    answers(bench, &by_having, &wanted).await
}

pub(super) async fn groups_that_come_first(bench: &Bench) -> Outcome {
    fill(bench).await?;
    let by_region = Aggregate::of::<Order>()
        .group(Order::account.to(Account::region).to(Region::code))
        .measure(Measure::Count)
        .measure(Measure::Sum(Order::total.path()))
        .measure(Measure::Average(Order::items.path()))
        .measure(Measure::Maximum(Order::mood.path()));
    let z = (vec!["Z".into()], vec![Value::Int(3), money("0.0005")?, quantity("2.5")?, "calm".into()]);
    let a = (vec!["a".into()], vec![Value::Int(2), money("96.5")?, quantity("1")?, "merry".into()]);
    let none = (vec![Value::Null], vec![Value::Int(2), money("12.3456")?, Value::Null, "stern".into()]);
    use Direction::{Ascending, Descending};
    for (measure, direction, groups, wanted) in [
        (0, Descending, 1, vec![&z]),
        // Those that are equal to the last one come, too.
        (0, Ascending, 1, vec![&a, &none]),
        (0, Descending, 2, vec![&z, &a, &none]),
        (1, Descending, 1, vec![&a]),
        (1, Descending, 2, vec![&a, &none]),
        (1, Ascending, 2, vec![&z, &none]),
        // No value comes last either way.
        (2, Ascending, 1, vec![&a]),
        (2, Descending, 1, vec![&z]),
        (2, Descending, 2, vec![&z, &a]),
        (3, Descending, 1, vec![&none]),
        (3, Ascending, 4, vec![&z, &a, &none]),
        (1, Descending, 0, vec![]),
    ] {
        let wanted: Vec<_> = wanted.into_iter().cloned().collect();
        answers(bench, &by_region.clone().top(Top { measure, direction, groups }), &wanted).await?;
    }
    let whole = Aggregate::of::<Order>().measure(Measure::Count);
    let top = Top { measure: 0, direction: Descending, groups: 1 };
    answers(bench, &whole.clone().top(top), &[(vec![], vec![Value::Int(7)])]).await?;
    answers(bench, &whole.clone().top(Top { groups: 0, ..top }), &[]).await?;
    let missing = whole.top(Top { measure: 1, ..top });
    let kind = bench.storage.aggregate(&missing).await.err().map(|error| error.kind());
    ensure_eq!(kind, Some(StorageErrorKind::Invalid), "groups that come first by a measure that there is not");
    Ok(())
}

pub(super) async fn periods_in_a_zone(bench: &Bench) -> Outcome {
    fill(bench).await?;
    let by = |period, zone: Tz| {
        Aggregate::of::<Order>().group(GroupKey::period(Order::placed_at, period, zone)).measure(Measure::Count)
    };
    let rows = |rows: &[(&str, i64)]| {
        let row = |(day, count): &(&str, i64)| Ok((vec![Value::Date(day.parse()?)], vec![Value::Int(*count)]));
        rows.iter().map(row).collect::<Result<Vec<_>, Failure>>()
    };
    for (period, zone, wanted) in [
        // Berlin is an hour ahead in winter and two in summer; the clock changes in the last night of the first month.
        (
            Period::Day,
            Europe::Berlin,
            rows(&[("2023-03-26", 2), ("2023-03-27", 1), ("2023-10-29", 2), ("2024-01-01", 2)])?,
        ),
        (Period::Day, Tz::UTC, rows(&[("2023-03-26", 3), ("2023-10-29", 2), ("2023-12-31", 1), ("2024-01-01", 1)])?),
        (
            Period::Day,
            Asia::Shanghai,
            rows(&[("2023-03-26", 2), ("2023-03-27", 1), ("2023-10-29", 2), ("2024-01-01", 2)])?,
        ),
        (
            Period::Day,
            America::Sao_Paulo,
            rows(&[("2023-03-25", 2), ("2023-03-26", 1), ("2023-10-28", 2), ("2023-12-31", 2)])?,
        ),
        (
            Period::Week,
            Europe::Berlin,
            rows(&[("2023-03-20", 2), ("2023-03-27", 1), ("2023-10-23", 2), ("2024-01-01", 2)])?,
        ),
        (Period::Month, Tz::UTC, rows(&[("2023-03-01", 3), ("2023-10-01", 2), ("2023-12-01", 1), ("2024-01-01", 1)])?),
        (Period::Quarter, Europe::Berlin, rows(&[("2023-01-01", 3), ("2023-10-01", 2), ("2024-01-01", 2)])?),
        (Period::Year, Europe::Berlin, rows(&[("2023-01-01", 5), ("2024-01-01", 2)])?),
        (Period::Year, America::Sao_Paulo, rows(&[("2023-01-01", 7)])?),
    ] {
        let answered = answers(bench, &by(period, zone), &wanted).await;
        answered.map_err(|failure| failure.during(&format!("{period:?} in {zone}")))?;
    }
    // Days have no zone, and no day is a period of its own.
    let by_due = Aggregate::of::<Order>()
        .group(GroupKey::period(Order::due, Period::Month, America::Sao_Paulo))
        .measure(Measure::Count);
    let wanted = [
        (vec![Value::Date("2023-03-01".parse()?)], vec![Value::Int(1)]),
        (vec![Value::Date("2024-02-01".parse()?)], vec![Value::Int(2)]),
        (vec![Value::Null], vec![Value::Int(4)]),
    ];
    answers(bench, &by_due, &wanted).await
}

pub(super) async fn a_year_that_skips_midnights(bench: &Bench) -> Outcome {
    let account = bench.store::<Account>(account("a", None)).await?;
    // São Paulo's clock went from 23:59:59 to 01:00 on 2018-11-04, and from 24:00 back to 23:00 on 2018-02-17.
    for at in [
        "2018-02-18T01:59:59Z",
        "2018-02-18T02:30:00Z",
        "2018-02-18T03:00:00Z",
        "2018-11-04T02:59:59.999999Z",
        "2018-11-04T03:00:00Z",
    ] {
        bench.store::<Order>(NewOrder { placed_at: at.parse()?, ..order(account.id) }).await?;
    }
    let by_day = Aggregate::of::<Order>()
        .group(GroupKey::period(Order::placed_at, Period::Day, America::Sao_Paulo))
        .measure(Measure::Count);
    let mut wanted = Vec::new();
    for (day, count) in [("2018-02-17", 2), ("2018-02-18", 1), ("2018-11-03", 1), ("2018-11-04", 1)] {
        wanted.push((vec![Value::Date(day.parse()?)], vec![Value::Int(count)]));
    }
    answers(bench, &by_day, &wanted).await
}

pub(super) async fn means_are_rounded_half_to_even(bench: &Bench) -> Outcome {
    let account = bench.store::<Account>(account("a", None)).await?;
    // Pairs of the smallest units whose mean lies in the middle, and a third that does not.
    for (raws, wanted) in [
        (&[0, 1][..], 0),
        (&[1, 2], 2),
        (&[2, 3], 2),
        (&[3, 4], 4),
        (&[0, -1], 0),
        (&[-1, -2], -2),
        (&[-2, -3], -2),
        (&[1, 1, 2], 1),
        (&[1, 2, 2], 2),
        (&[-1, -2, -2], -2),
        (&[i64::MAX, i64::MAX, i64::MAX], i64::MAX),
        (&[9_007_199_254_740_993, 9_007_199_254_740_993], 9_007_199_254_740_993),
    ] {
        let mut orders = Vec::new();
        for raw in raws {
            let new = NewOrder {
                total: Money::from_raw(*raw)?,
                discount: Some(Rate::from_raw(*raw)?),
                weight: Some(Quantity::from_raw(*raw)?),
                ..order(account.id)
            };
            orders.push(bench.store::<Order>(new).await?);
        }
        let request = Aggregate::of::<Order>()
            .measure(Measure::Average(Order::total.path()))
            .measure(Measure::Average(Order::discount.path()))
            .measure(Measure::Average(Order::weight.path()));
        let mean =
            vec![Money::from_raw(wanted)?.into(), Rate::from_raw(wanted)?.into(), Quantity::from_raw(wanted)?.into()];
        let answered = answers(bench, &request, &[(vec![], mean)]).await;
        answered.map_err(|failure| failure.during(&format!("the mean of {raws:?}")))?;
        bench.commit(orders.iter().map(super::bench::delete).collect()).await?;
    }
    for items in [1, 1, 0] {
        bench.store::<Order>(NewOrder { items: Some(items), ..order(account.id) }).await?;
    }
    let request = Aggregate::of::<Order>().measure(Measure::Average(Order::items.path()));
    answers(bench, &request, &[(vec![], vec![quantity("0.6667")?])]).await
}

pub(super) async fn sums_are_exact_or_refused(bench: &Bench) -> Outcome {
    let account = bench.store::<Account>(account("a", None)).await?;
    let add = async |total: Money, items: i64| {
        bench.store::<Order>(NewOrder { total, items: Some(items), ..order(account.id) }).await
    };
    let sum = |path: Path| Aggregate::of::<Order>().measure(Measure::Sum(path));
    for raw in [9_007_199_254_740_993, 1, 1] {
        add(Money::from_raw(raw)?, raw).await?;
    }
    let exact = 9_007_199_254_740_995;
    answers(bench, &sum(Order::total.path()), &[(vec![], vec![Money::from_raw(exact)?.into()])]).await?;
    answers(bench, &sum(Order::items.path()), &[(vec![], vec![Value::Int(exact)])]).await?;
    // Beyond the range on the way, but not at the end.
    for (total, items) in [(Money::MAX, i64::MAX), (Money::MAX, i64::MAX), (Money::MIN, -i64::MAX)] {
        add(total, items).await?;
    }
    out_of_range(bench, &sum(Order::total.path())).await?;
    out_of_range(bench, &sum(Order::items.path())).await?;
    add(Money::MIN, i64::MIN).await?;
    answers(bench, &sum(Order::total.path()), &[(vec![], vec![Money::from_raw(exact)?.into()])]).await?;
    answers(bench, &sum(Order::items.path()), &[(vec![], vec![Value::Int(exact - 1)])]).await?;
    let mean = Aggregate::of::<Order>().measure(Measure::Average(Order::items.path()));
    // 9,007,199,254,740,994 / 7 is more than a quantity holds.
    out_of_range(bench, &mean).await
}

pub(super) async fn aggregates_have_bounds(bench: &Bench) -> Outcome {
    fill(bench).await?;
    let mut request = Aggregate::of::<Order>().group(Order::items).measure(Measure::Count);
    for (max_groups, max_rows, fits) in
        [(4, 7, true), (3, 7, false), (4, 6, false), (0, 7, false), (1_000, 1_000, true), (4, 0, false)]
    {
        (request.max_groups, request.max_rows) = (max_groups, max_rows);
        let kind = bench.storage.aggregate(&request).await.err().map(|error| error.kind());
        let wanted = (!fits).then_some(StorageErrorKind::TooLarge);
        ensure_eq!(kind, wanted, "4 groups of 7 records, at most {max_groups} groups of {max_rows} records allowed");
    }
    // Only records that match are counted.
    let mut filtered = Aggregate::of::<Order>().filter(Order::items.eq(3)).measure(Measure::Count);
    filtered.max_rows = 2;
    answers(bench, &filtered, &[(vec![], vec![Value::Int(2)])]).await?;
    let unfit = [
        Aggregate::new("ct_nothing").measure(Measure::Count),
        Aggregate::of::<Order>().measure(Measure::Sum(Path::field("nothing"))),
        Aggregate::of::<Order>().measure(Measure::Sum(Order::mood.path())),
        Aggregate::of::<Order>().measure(Measure::Average(Order::due.path())),
        Aggregate::of::<Order>().group(GroupKey::period(Order::items, Period::Day, Tz::UTC)),
        Aggregate::of::<Sample>().group(Sample::data),
        Aggregate::of::<Sample>().measure(Measure::Distinct(Sample::data.path())),
    ];
    for request in unfit {
        let kind = bench.storage.aggregate(&request).await.err().map(|error| error.kind());
        ensure_eq!(kind, Some(StorageErrorKind::Invalid), "an aggregate that does not fit the schema, {request:?}");
    }
    Ok(())
}

async fn out_of_range(bench: &Bench, request: &Aggregate) -> Outcome {
    let kind = bench.storage.aggregate(request).await.err().map(|error| error.kind());
    ensure_eq!(kind, Some(StorageErrorKind::Invalid), "a result out of range of {request:?}");
    Ok(())
}

/// What the store answers to a request, and a snapshot of it.
async fn answers(bench: &Bench, request: &Aggregate, wanted: &[(Vec<Value>, Vec<Value>)]) -> Outcome {
    let row = |(keys, measures): &(Vec<Value>, Vec<Value>)| AggregateRow::new(keys.clone(), measures.clone());
    let wanted: Vec<AggregateRow> = wanted.iter().map(row).collect();
    ensure_eq!(bench.storage.aggregate(request).await?, wanted, "{request:?}");
    let snapshot = bench.storage.snapshot().await?;
    ensure_eq!(snapshot.aggregate(request).await?, wanted, "{request:?} on a snapshot");
    Ok(())
}

fn money(text: &str) -> Result<Value, Failure> {
    Ok(Money::from_str(text)?.into())
}

fn rate(text: &str) -> Result<Value, Failure> {
    Ok(Rate::from_str(text)?.into())
}

fn quantity(text: &str) -> Result<Value, Failure> {
    Ok(Quantity::from_str(text)?.into())
}

/// Seven orders of three accounts.
async fn fill(bench: &Bench) -> Outcome {
    let mut accounts = Vec::new();
    for code in ["Z", "a"] {
        let region = bench.store::<Region>(region(code)).await?;
        accounts.push(bench.store::<Account>(account(code, Some(region.id))).await?.id);
    }
    accounts.push(bench.store::<Account>(account("é", None)).await?.id);
    type Row = (usize, &'static str, &'static str, Option<&'static str>, Option<i64>, Mood);
    let rows: [Row; 7] = [
        (0, "2023-03-26T00:59:59.999999Z", "0.0001", Some("0.1"), Some(2), Mood::Calm),
        (0, "2023-03-26T01:00:00Z", "0.0002", Some("0.2"), None, Mood::Calm),
        (0, "2023-03-26T22:00:00Z", "0.0002", Some("0.2"), Some(3), Mood::Calm),
        (1, "2023-10-29T00:30:00Z", "100", None, Some(3), Mood::Merry),
        (1, "2023-10-29T01:30:00Z", "-3.5", None, Some(-1), Mood::Merry),
        (2, "2023-12-31T23:00:00Z", "0", None, None, Mood::Calm),
        (2, "2024-01-01T00:00:00Z", "12.3456", None, None, Mood::Stern),
    ];
    for (place, (account, at, total, discount, items, mood)) in rows.into_iter().enumerate() {
        let due = [None, None, Some("2023-03-31"), None, Some("2024-02-29"), Some("2024-02-01"), None];
        let weight = [Some("1.5"), Some("2.0001"), None, None, None, None, None];
        let new = NewOrder {
            placed_at: at.parse()?,
            total: total.parse()?,
            discount: discount.map(str::parse).transpose()?,
            items,
            mood,
            due: due[place].map(str::parse).transpose()?,
            weight: weight[place].map(str::parse).transpose()?,
            ..order(accounts[account])
        };
        bench.store::<Order>(new).await?;
    }
    Ok(())
}
