//! The further reports on orders, products and stock against a second, straightforward computation over random data.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};
use chrono_tz::Tz;
use crmkit::prelude::*;
use proptest::prelude::*;

use crate::random::{
    Sale, category, code, fill_with, money, name, ntile, number, price, region, sale, seller, share, zones,
};
use crate::world::World;

/// A stock item: product, warehouse and count in 1/10,000.
pub(crate) type Item = (usize, usize, i64);

pub(crate) fn item() -> impl Strategy<Value = Item> {
    (0_usize..4, 0_usize..2, prop_oneof![-30_000_i64..60_000, Just(0)])
}

pub(crate) fn stocked(world: World, sales: &[Sale], items: &[Item]) -> World {
    fill_with(world, sales, |world, products| {
        for (product, warehouse, count) in items {
            let (product, warehouse) = (products[*product], format!("W{warehouse}"));
            let count = Quantity::from_raw(*count).unwrap();
            let item = StockItem::draft(world.id(), NewStockItem { product, warehouse, count, ..Default::default() });
            world.insert(item);
        }
    })
}

fn wide(number: usize) -> i128 {
    i128::try_from(number).unwrap()
}

/// A quantity of so many 1/10,000.
pub(crate) fn quantity(raw: i128) -> String {
    Quantity::from_raw(i64::try_from(raw).unwrap()).unwrap().to_string()
}

/// Divides and rounds to the nearest, of two the even one.
pub(crate) fn rounded(part: i128, whole: i128) -> i128 {
    let (floor, rest) = (part.div_euclid(whole), part.rem_euclid(whole));
    floor + i128::from(rest * 2 > whole || (rest * 2 == whole && floor % 2 != 0))
}

fn in_2019(day: NaiveDate) -> bool {
    day.year() == 2019
}

const YEAR: &str = "year=2019";

/// The amount of each product's lines and in how many orders it is.
fn by_line<K: Ord>(sales: &[&Sale], key: impl Fn(usize) -> K) -> BTreeMap<K, (i128, i128)> {
    let mut all: BTreeMap<K, (i128, i128)> = BTreeMap::new();
    for sale in sales {
        let mut held = BTreeSet::new();
        for (product, quantity, price) in &sale.lines {
            let entry = all.entry(key(*product)).or_default();
            entry.1 += i128::from(*quantity) * i128::from(*price);
            entry.0 += i128::from(held.insert(key(*product)));
        }
    }
    all
}

/// Largest amount first; then by the key, none last, and the number of orders.
fn by_amount(groups: impl Iterator<Item = (Option<String>, (i128, i128))>) -> Vec<String> {
    let mut groups: Vec<_> = groups.collect();
    let total = groups.iter().map(|(_, (_, amount))| amount).sum();
    groups.sort_by_key(|(key, (orders, amount))| (Reverse(*amount), key.is_none(), key.clone(), *orders));
    let row = |(key, (orders, amount)): &(Option<String>, (i128, i128))| {
        format!("{},{orders},{},{}", key.clone().unwrap_or_default(), money(*amount), share(*amount, total))
    };
    groups.iter().map(row).collect()
}

/// Largest amount first, then by the key, with shares up to there and classes.
fn classified(groups: BTreeMap<i32, i128>, shown: impl Fn(i32) -> String) -> Vec<String> {
    let total: i128 = groups.values().sum();
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(key, amount)| (Reverse(*amount), *key));
    let mut before = 0;
    let row = |(key, amount): (i32, i128)| {
        let class = match (amount > 0 && total > 0, before * 100 < total * 80, before * 100 < total * 95) {
            (true, true, _) => "A",
            (true, false, true) => "B",
            _ => "C",
        };
        before += amount;
        format!("{},{},{},{},{class}", shown(key), money(amount), share(amount, total), share(before, total))
    };
    groups.into_iter().map(row).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn sales_by_and_abc(sales in prop::collection::vec(sale(), 0..40), zone in zones()) {
        let world = fill_with(World::new(zone), &sales, |_, _| ());
        let counted: Vec<&Sale> = sales.iter().filter(|sale| sale.is_paid() && in_2019(sale.day(zone))).collect();
        let by_order = |key: &dyn Fn(usize) -> Option<i32>| {
            let mut all: BTreeMap<Option<i32>, (i128, i128)> = BTreeMap::new();
            for sale in &counted {
                let entry = all.entry(key(sale.customer)).or_default();
                *entry = (entry.0 + 1, entry.1 + sale.amount());
            }
            all
        };
        let products = by_line(&counted, code);
        let named = products.values().map(|figures| (Some("Product".to_owned()), *figures));
        prop_assert_eq!(world.rows("sales-by", &[YEAR]), by_amount(named));
        let categories = by_line(&counted, category).into_iter();
        let categories = categories.map(|(key, figures)| (key.map(ToOwned::to_owned), figures));
        prop_assert_eq!(world.rows("sales-by", &[YEAR, "by=category"]), by_amount(categories));
        let mut regions: BTreeMap<Option<&str>, (i128, i128)> = BTreeMap::new();
        for sale in &counted {
            let entry = regions.entry(region(sale.customer)).or_default();
            *entry = (entry.0 + 1, entry.1 + sale.amount());
        }
        let regions = regions.into_iter().map(|(key, figures)| (key.map(ToOwned::to_owned), figures));
        prop_assert_eq!(world.rows("sales-by", &[YEAR, "by=region"]), by_amount(regions));
        let sellers = by_order(&|customer| seller(customer).map(|seller| i32::try_from(seller).unwrap()));
        let sellers = sellers.into_iter().map(|(key, figures)| (key.map(|_| "Same".to_owned()), figures));
        prop_assert_eq!(world.rows("sales-by", &[YEAR, "by=manager"]), by_amount(sellers));
        let customers = by_order(&|customer| Some(number(customer)));
        let named = customers.iter().map(|(key, figures)| (key.map(name), *figures));
        prop_assert_eq!(world.rows("sales-by", &[YEAR, "by=customer"]), by_amount(named));
        let amounts = customers.iter().map(|(key, (_, amount))| (key.unwrap(), *amount)).collect();
        prop_assert_eq!(world.rows("abc-customers", &[YEAR]), classified(amounts, |n| format!("C{n},{}", name(n))));
        let amounts = products.iter().map(|(code, (_, amount))| (*code, *amount)).collect();
        prop_assert_eq!(world.rows("abc-products", &[YEAR]), classified(amounts, |n| format!("P{n},Product")));
    }

    #[test]
    fn customer_value_and_order_status(sales in prop::collection::vec(sale(), 0..40), zone in zones()) {
        let world = fill_with(World::new(zone), &sales, |_, _| ());
        let mut worth: Vec<(Reverse<i128>, i32, String)> = Vec::new();
        for n in 0..6 {
            let own: Vec<&Sale> = sales.iter().filter(|sale| sale.is_paid() && number(sale.customer) == n).collect();
            let days: BTreeSet<NaiveDate> = own.iter().map(|sale| sale.day(zone)).collect();
            let (Some(first), Some(last)) = (days.first(), days.last()) else { continue };
            let (orders, amount): (i128, i128) = (wide(own.len()), own.iter().map(|sale| sale.amount()).sum());
            let span = i128::from((*last - *first).num_days()) * 10_000;
            let interval = if orders > 1 { quantity(rounded(span, orders - 1)) } else { String::new() };
            let average = money(rounded(amount, orders));
            let row = format!("C{n},{},{orders},{},{average},{first},{last},{interval}", name(n), money(amount));
            worth.push((Reverse(amount), n, row));
        }
        worth.sort();
        let worth: Vec<String> = worth.into_iter().map(|(_, _, row)| row).collect();
        prop_assert_eq!(world.rows("customer-value", &[]), worth);

        let counted: Vec<&Sale> = sales.iter().filter(|sale| in_2019(sale.day(zone))).collect();
        let mut states: BTreeMap<(&str, &str), (i128, i128)> = BTreeMap::new();
        for sale in &counted {
            let entry = states.entry((sale.status.code(), sale.payment.code())).or_default();
            *entry = (entry.0 + 1, entry.1 + sale.amount());
        }
        let row = |((status, payment), (orders, amount)): (&(&str, &str), &(i128, i128))| {
            format!("{status},{payment},{orders},{},{}", money(*amount), share(*orders, wide(counted.len())))
        };
        prop_assert_eq!(world.rows("order-status", &[YEAR]), states.iter().map(row).collect::<Vec<_>>());
    }

    #[test]
    fn retention(sales in prop::collection::vec(sale(), 0..30), zone in zones()) {
        let world = fill_with(World::new(zone), &sales, |_, _| ());
        // Quarters, counted from the year 0.
        let quarter = |sale: &Sale| sale.day(zone).year() * 4 + i32::try_from(sale.day(zone).month0() / 3).unwrap();
        let of = |n: i32| sales.iter().filter(move |sale| sale.counts() && number(sale.customer) == n).map(quarter);
        let active: Vec<BTreeSet<i32>> = (0..6).map(|n| of(n).collect()).collect();
        let last = active.iter().flatten().max().copied().unwrap_or(0);
        let cohorts: BTreeSet<i32> = active.iter().filter_map(|quarters| quarters.first().copied()).collect();
        let mut expected = Vec::new();
        for cohort in cohorts {
            let members: Vec<_> = active.iter().filter(|quarters| quarters.first() == Some(&cohort)).collect();
            for at in cohort..=last {
                let back = members.iter().filter(|quarters| quarters.contains(&at)).count();
                let (name, rate) = (format!("{}-Q{}", cohort / 4, cohort % 4 + 1), share(wide(back), wide(members.len())));
                expected.push(format!("{name},{},{},{back},{rate}", members.len(), at - cohort));
            }
        }
        prop_assert_eq!(world.rows("retention", &["period=quarter"]), expected);
    }

    #[test]
    fn bought_together(sales in prop::collection::vec(sale(), 0..40), zone in zones(), at_least in 1_usize..5, limit in 1_usize..7) {
        let world = fill_with(World::new(zone), &sales, |_, _| ());
        let held = |sale: &Sale| -> BTreeSet<i32> {
            sale.lines.iter().filter(|(_, quantity, _)| *quantity > 0).map(|(product, ..)| code(*product)).collect()
        };
        let orders: Vec<BTreeSet<i32>> = sales
            .iter()
            .filter(|sale| sale.status != OrderStatus::Cancelled && in_2019(sale.day(zone)))
            .map(held)
            .filter(|held| !held.is_empty())
            .collect();
        let with = |products: &[i32]| wide(orders.iter().filter(|held| products.iter().all(|p| held.contains(p))).count());
        let mut expected = Vec::new();
        for a in 0..4 {
            for b in a + 1..4 {
                let (both, all, of_a, of_b) = (with(&[a, b]), wide(orders.len()), with(&[a]), with(&[b]));
                if both < wide(at_least) {
                    continue;
                }
                let lift = share(both * all, of_a * of_b);
                let shares = [share(both, all), share(both, of_a), share(both, of_b)].join(",");
                let row = format!("P{a},Product,P{b},Product,{both},{shares},{lift}");
                // Of the same width, texts sort as the numbers do.
                expected.push((Reverse(both), Reverse(format!("{lift:0>12}")), a, b, row));
            }
        }
        expected.sort();
        let expected: Vec<String> = expected.into_iter().map(|(_, _, _, _, row)| row).take(limit).collect();
        let (at_least, limit) = (format!("at-least={at_least}"), format!("limit={limit}"));
        prop_assert_eq!(world.rows("bought-together", &[YEAR, "status=all", &at_least, &limit]), expected);
    }

    #[test]
    fn stock(
        sales in prop::collection::vec(sale(), 0..12),
        items in prop::collection::vec(item(), 0..10),
        zone in zones(),
        since in 0_u32..1_200,
        length in 0_u32..400,
    ) {
        let world = stocked(World::new(zone), &sales, &items);
        let mut places: BTreeMap<(i32, usize, usize), i128> = BTreeMap::new();
        let mut whole: BTreeMap<usize, i128> = BTreeMap::new();
        for (product, warehouse, count) in &items {
            *places.entry((code(*product), *warehouse, *product)).or_default() += i128::from(*count);
            *whole.entry(*product).or_default() += i128::from(*count);
        }
        let worth = |product: usize, count: i128| price(product).map(|price| rounded(i128::from(price) * count, 10_000));
        let shown = |worth: Option<i128>| worth.map(money).unwrap_or_default();
        let row = |((code, warehouse, product), count): (&(i32, usize, usize), &i128)| {
            let (price, worth) = (shown(price(*product).map(i128::from)), shown(worth(*product, *count)));
            format!("P{code},Product,{price},W{warehouse},{},{worth}", quantity(*count))
        };
        prop_assert_eq!(world.rows("stock-position", &[]), places.iter().map(row).collect::<Vec<_>>());

        let since = NaiveDate::from_ymd_opt(2018, 1, 1).unwrap() + chrono::Days::new(since.into());
        let as_of = since + chrono::Days::new(length.into());
        let mut quiet = Vec::new();
        for (product, count) in whole.iter().filter(|(_, count)| **count > 0) {
            let holds = |sale: &&Sale| sale.lines.iter().any(|(held, quantity, _)| held == product && *quantity > 0);
            let counted = sales.iter().filter(|sale| sale.counts() && sale.day(zone) <= as_of).filter(holds);
            let last = counted.map(|sale| sale.day(zone)).max();
            if last.is_some_and(|last| last >= since) {
                continue;
            }
            let worth = worth(*product, *count);
            let last_shown = last.map(|last| format!("{last},{}", (as_of - last).num_days())).unwrap_or(",".into());
            let row = format!("P{},Product,{},{},{last_shown}", code(*product), quantity(*count), shown(worth));
            quiet.push((worth.is_none(), Reverse(worth), code(*product), row));
        }
        quiet.sort();
        let quiet: Vec<String> = quiet.into_iter().map(|(.., row)| row).collect();
        let (since, as_of) = (format!("since={since}"), format!("as-of={as_of}"));
        prop_assert_eq!(world.rows("stock-without-movement", &[&since, &as_of]), quiet);
    }

    #[test]
    fn trends_compared_and_nested_scores(sales in prop::collection::vec(sale(), 0..40), zone in zones(), bins in 1_usize..6) {
        let world = fill_with(World::new(zone), &sales, |_, _| ());
        let month = |sale: &Sale| sale.day(zone).year() * 12 + i32::try_from(sale.day(zone).month0()).unwrap();
        let mut months: BTreeMap<i32, (usize, i128)> = BTreeMap::new();
        for sale in sales.iter().filter(|sale| sale.is_paid()) {
            let entry = months.entry(month(sale)).or_default();
            *entry = (entry.0 + 1, entry.1 + sale.amount());
        }
        let at = |month: i32| months.get(&month).map(|(_, amount)| money(*amount)).unwrap_or_default();
        let row = |(month, (orders, amount)): (&i32, &(usize, i128))| {
            let name = format!("{}-{:02}", month / 12, month % 12 + 1);
            format!("{name},{orders},{},{},{}", money(*amount), at(month - 1), at(month - 12))
        };
        let compared = world.rows("sales-trend", &["compare=last-year,previous"]);
        prop_assert_eq!(compared, months.iter().map(row).collect::<Vec<_>>());

        let of = |n: i32| sales.iter().filter(move |sale| sale.counts() && number(sale.customer) == n);
        let customers: Vec<i32> = (0..6).filter(|n| of(*n).next().is_some()).collect();
        let scored = |customers: &[i32], figure: &dyn Fn(i32) -> i128| {
            ntile(customers.iter().map(|n| (figure(*n), format!("C{n}"))).collect(), bins)
        };
        let last = |n: i32| i128::from(of(n).map(|sale| sale.day(zone).num_days_from_ce()).max().unwrap());
        let r = scored(&customers, &last);
        let alike = |n: i32, f: Option<&BTreeMap<i32, usize>>| -> Vec<i32> {
            let same = |other: &i32| r[&format!("C{other}")] == r[&format!("C{n}")] && f.is_none_or(|f| f[other] == f[&n]);
            customers.iter().copied().filter(same).collect()
        };
        let count = |n: i32| wide(of(n).count());
        let amount = |n: i32| of(n).map(|sale| sale.amount()).sum::<i128>();
        let f: BTreeMap<i32, usize> =
            customers.iter().map(|n| (*n, scored(&alike(*n, None), &count)[&format!("C{n}")])).collect();
        let row = |n: &i32| {
            let key = format!("C{n}");
            format!("{key},{},{},{}", r[&key], f[n], scored(&alike(*n, Some(&f)), &amount)[&key])
        };
        let expected: Vec<String> = customers.iter().map(row).collect();
        let rows = world.rows("rfm", &["as-of=2021-01-01", "binning=nested", &format!("bins={bins}")]);
        let cut = |row: &String| {
            let cells: Vec<&str> = row.split(',').collect();
            [cells[0], cells[5], cells[6], cells[7]].join(",")
        };
        prop_assert_eq!(rows.iter().map(cut).collect::<Vec<_>>(), expected);
    }
}

#[test]
fn an_order_with_a_product_twice_counts_it_once() {
    let mut world = World::new(Tz::UTC);
    let (bolt, nut, gold) = (world.product("P2", "Bolt"), world.product("P1", "Nut"), world.product("P3", "Gold"));
    let a = world.customer("C1", "Alpha");
    world.order(a, "2024-02-29T23:59:59.999999", &[(bolt, "1", "1", "0"), (nut, "2", "1", "0"), (bolt, "3", "1", "0")]);
    world.order(a, "2024-03-01", &[(nut, "1", "1", "0"), (bolt, "0.5", "1", "0"), (gold, "-1", "1", "0")]);
    world.order(a, "2024-03-31", &[(gold, "1", "1", "0")]);
    world.order(a, "2024-03-31", &[(nut, "1", "1", "0"), (gold, "1", "1", "0")]);
    world.settle();
    // Nut and bolt: 2 of 4 orders; 2 of nut's 3, both of bolt's 2; 2 × 4 / (3 × 2).
    let pair = "P1,Nut,P2,Bolt,2,0.500000,0.666667,1.000000,1.333333";
    assert_eq!(world.rows("bought-together", &[]), [pair]);
    let rare = "P1,Nut,P3,Gold,1,0.250000,0.333333,0.500000,0.666667";
    assert_eq!(world.rows("bought-together", &["at-least=1"]), [pair, rare]);
    assert_eq!(world.rows("bought-together", &["at-least=1", "limit=1"]), [pair]);
    let day = ["from=2024-02-29", "to=2024-02-29", "at-least=1"];
    assert_eq!(world.rows("bought-together", &day), ["P1,Nut,P2,Bolt,1,1.000000,1.000000,1.000000,1.000000"]);
    let more = world.try_report("bought-together", &["at-least=0"]).unwrap_err();
    assert_eq!(more.to_string(), "option `at-least`: `0` is not a number from 1 to 1000000000");
}
