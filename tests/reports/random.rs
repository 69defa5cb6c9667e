//! Every report against a second, straightforward computation over random data.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Months, NaiveDate};
use chrono_tz::{America, Asia, Australia, Europe, Tz};
use crmkit::prelude::*;
use proptest::prelude::*;

use crate::world::World;

#[derive(Debug, Clone)]
pub(crate) struct Sale {
    pub(crate) customer: usize,
    micros: i64,
    pub(crate) status: OrderStatus,
    pub(crate) payment: Payment,
    /// Product, quantity and price in 1/10,000.
    pub(crate) lines: Vec<(usize, i64, i64)>,
}

impl Sale {
    /// In 1/10,000; prices and quantities are such that nothing is rounded.
    pub(crate) fn amount(&self) -> i128 {
        self.lines.iter().map(|(_, quantity, price)| i128::from(*quantity) * i128::from(*price)).sum()
    }

    pub(crate) fn day(&self, zone: Tz) -> NaiveDate {
        chrono::DateTime::from_timestamp_micros(self.micros).unwrap().with_timezone(&zone).date_naive()
    }

    pub(crate) fn is_paid(&self) -> bool {
        self.payment == Payment::Paid && self.status != OrderStatus::Cancelled
    }

    pub(crate) fn counts(&self) -> bool {
        (self.payment == Payment::Paid || self.status == OrderStatus::Shipped) && self.status != OrderStatus::Cancelled
    }
}

pub(crate) fn sale() -> impl Strategy<Value = Sale> {
    // 2018 to 2020, often within a minute of a midnight somewhere.
    let any_time = 1_514_764_800_000_000_i64..1_609_459_200_000_000;
    let near_midnight = (17_532_i64..18_628, 0_i64..96, -60_000_000_i64..60_000_000)
        .prop_map(|(day, quarter, off)| (day * 86_400 + quarter * 900) * 1_000_000 + off);
    let statuses = proptest::sample::select(OrderStatus::ALL);
    let payments = proptest::sample::select(Payment::ALL);
    let line = (0_usize..4, -3_i64..9, 0_i64..2_000_000);
    (0_usize..6, prop_oneof![any_time, near_midnight], statuses, payments, prop::collection::vec(line, 0..4))
        .prop_map(|(customer, micros, status, payment, lines)| Sale { customer, micros, status, payment, lines })
}

pub(crate) fn zones() -> impl Strategy<Value = Tz> {
    proptest::sample::select(vec![
        Tz::UTC,
        Asia::Shanghai,
        Asia::Kathmandu,
        Europe::Berlin,
        America::New_York,
        America::Sao_Paulo,
        Australia::Lord_Howe,
    ])
}

fn world_of(sales: &[Sale], zone: Tz) -> World {
    fill(World::new(zone), sales)
}

pub(crate) fn fill(world: World, sales: &[Sale]) -> World {
    fill_with(world, sales, |_, _| ())
}

/// The list price of a product, in 1/10,000; one has none.
pub(crate) fn price(product: usize) -> Option<i64> {
    [Some(12_500), None, Some(333), Some(70_000)][product]
}

pub(crate) fn region(customer: usize) -> Option<&'static str> {
    [Some("East"), None, Some("West"), Some("East"), Some("East"), None][customer]
}

pub(crate) fn category(product: usize) -> Option<&'static str> {
    [Some("Tools"), Some("Tea"), None, Some("Tools")][product]
}

/// Who sold to a customer: two of one name, and nobody.
pub(crate) fn seller(customer: usize) -> Option<usize> {
    [Some(0), Some(1), None, Some(1), Some(0), None][customer]
}

/// The code of a product and the number of a customer do not follow the order of the records.
pub(crate) fn code(product: usize) -> i32 {
    [2, 0, 3, 1][product]
}

pub(crate) fn fill_with(mut world: World, sales: &[Sale], more: impl FnOnce(&mut World, &[Id<Product>])) -> World {
    let sellers = [world.user("s1", Some("Same")), world.user("s0", Some("Same"))];
    // Two names are the same.
    let customers: Vec<_> = (0..6)
        .map(|customer| {
            let n = number(customer);
            world.customer_with(&format!("C{n}"), &name(n), |c| c.region = region(customer).map(Into::into))
        })
        .collect();
    let products: Vec<_> = (0..4)
        .map(|product| {
            let new = NewProduct {
                code: format!("P{}", code(product)),
                name: "Product".into(),
                price: price(product).map(|raw| Money::from_raw(raw).unwrap()),
                category: category(product).map(Into::into),
                ..Default::default()
            };
            let id = world.id();
            world.insert(Product::draft(id, new))
        })
        .collect();
    more(&mut world, &products);
    for sale in sales {
        let lines: Vec<_> = sale
            .lines
            .iter()
            .map(|(product, quantity, price)| {
                let (quantity, price) = (Quantity::from_whole(*quantity).unwrap(), Money::from_raw(*price).unwrap());
                (products[*product], quantity, price, Rate::ZERO)
            })
            .collect();
        world.sale(customers[sale.customer], Timestamp::from_micros(sale.micros).unwrap(), &lines, |order| {
            (order.status, order.payment) = (sale.status, sale.payment);
            order.manager = seller(sale.customer).map(|seller| sellers[seller]);
        });
    }
    world.settle();
    world
}

pub(crate) fn name(number: i32) -> String {
    format!("Name {}", number % 5)
}

pub(crate) fn number(customer: usize) -> i32 {
    [3, 1, 4, 0, 5, 2][customer]
}

pub(crate) fn money(raw: i128) -> String {
    Money::from_raw(i64::try_from(raw).unwrap()).unwrap().to_string()
}

/// Six decimals, half away from zero, by text: nothing shared with the code under test.
pub(crate) fn share(part: i128, total: i128) -> String {
    if total == 0 {
        return String::new();
    }
    let negative = (part < 0) != (total < 0) && part != 0;
    let (part, total) = (part.unsigned_abs(), total.unsigned_abs());
    let rounded = (part * 2_000_000 + total) / (total * 2);
    let sign = if negative && rounded > 0 { "-" } else { "" };
    format!("{sign}{}.{:06}", rounded / 1_000_000, rounded % 1_000_000)
}

pub(crate) fn ntile(mut keys: Vec<(i128, String)>, bins: usize) -> BTreeMap<String, usize> {
    keys.sort();
    let mut sizes = vec![keys.len() / bins; bins];
    sizes.iter_mut().take(keys.len() % bins).for_each(|size| *size += 1);
    let tiles = sizes.iter().enumerate().flat_map(|(tile, size)| std::iter::repeat_n(tile + 1, *size));
    keys.into_iter().map(|(_, customer)| customer).zip(tiles).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn contribution(sales in prop::collection::vec(sale(), 0..40), zone in zones(), from in 0_u32..1000, length in 0_u32..600) {
        let world = world_of(&sales, zone);
        let from = NaiveDate::from_ymd_opt(2018, 1, 1).unwrap() + chrono::Days::new(from.into());
        let to = from + chrono::Days::new(length.into());
        let mut expected: BTreeMap<i32, (i128, usize)> = BTreeMap::new();
        for sale in sales.iter().filter(|sale| sale.is_paid() && (from..=to).contains(&sale.day(zone))) {
            let entry = expected.entry(number(sale.customer)).or_default();
            *entry = (entry.0 + sale.amount(), entry.1 + 1);
        }
        let total: i128 = expected.values().map(|(amount, _)| amount).sum();
        let mut expected: Vec<_> = expected.into_iter().collect();
        expected.sort_by_key(|(number, (amount, _))| (std::cmp::Reverse(*amount), *number));
        let expected: Vec<String> = expected
            .iter()
            .map(|(n, (amount, orders))| format!("C{n},{},{},{orders},{}", name(*n), money(*amount), share(*amount, total)))
            .collect();
        prop_assert_eq!(world.rows("contribution", &[&format!("from={from}"), &format!("to={to}")]), expected);
    }

    #[test]
    fn lapsed_and_rfm(sales in prop::collection::vec(sale(), 0..40), zone in zones(), as_of in 0_u32..1200, months in 0_u32..14, bins in 1_usize..8) {
        let world = world_of(&sales, zone);
        let as_of = NaiveDate::from_ymd_opt(2018, 1, 1).unwrap() + chrono::Days::new(as_of.into());
        let counted: Vec<_> = sales.iter().filter(|sale| sale.counts() && sale.day(zone) <= as_of).collect();
        let customers: BTreeSet<i32> = counted.iter().map(|sale| number(sale.customer)).collect();
        let of = |n: i32| counted.iter().filter(move |sale| number(sale.customer) == n);
        let last = |n: i32| of(n).map(|sale| sale.day(zone)).max().unwrap();
        let cutoff = as_of - Months::new(months);
        let expected: Vec<String> = customers
            .iter()
            .filter(|n| last(**n) < cutoff)
            .map(|n| format!("C{n},{},{},{}", name(*n), last(*n), (as_of - last(*n)).num_days()))
            .collect();
        prop_assert_eq!(world.rows("lapsed", &[&format!("as-of={as_of}"), &format!("months={months}")]), expected);

        let tile = |figure: &dyn Fn(i32) -> i128| {
            ntile(customers.iter().map(|n| (figure(*n), format!("C{n}"))).collect(), bins)
        };
        let r = tile(&|n| i128::from(last(n).num_days_from_ce()));
        let f = tile(&|n| i128::try_from(of(n).count()).unwrap());
        let m = tile(&|n| of(n).map(|sale| sale.amount()).sum());
        let expected: Vec<String> = customers
            .iter()
            .map(|n| {
                let (key, amount) = (format!("C{n}"), of(*n).map(|sale| sale.amount()).sum());
                let days = (as_of - last(*n)).num_days();
                let scores = format!("{},{},{}", r[&key], f[&key], m[&key]);
                format!("{key},{},{days},{},{},{scores}", last(*n), of(*n).count(), money(amount))
            })
            .collect();
        let rows = world.rows("rfm", &[&format!("as-of={as_of}"), &format!("bins={bins}")]);
        let rows: Vec<String> = rows.iter().map(|row| row.rsplit_once(',').unwrap().0.to_owned()).collect();
        prop_assert_eq!(rows, expected);
    }

    #[test]
    fn sales_trend(sales in prop::collection::vec(sale(), 0..40), zone in zones()) {
        let world = world_of(&sales, zone);
        for (period, name) in [
            ("day", (|day| day.to_string()) as fn(NaiveDate) -> String),
            ("week", |day| format!("{}-W{:02}", day.iso_week().year(), day.iso_week().week())),
            ("month", |day| day.format("%Y-%m").to_string()),
            ("quarter", |day| format!("{}-Q{}", day.year(), day.month().div_ceil(3))),
            ("year", |day| day.year().to_string()),
        ] {
            let mut expected: BTreeMap<String, (usize, i128)> = BTreeMap::new();
            for sale in sales.iter().filter(|sale| sale.status != OrderStatus::Cancelled) {
                let entry = expected.entry(name(sale.day(zone))).or_default();
                *entry = (entry.0 + 1, entry.1 + sale.amount());
            }
            let expected: Vec<String> =
                expected.iter().map(|(key, (orders, amount))| format!("{key},{orders},{}", money(*amount))).collect();
            prop_assert_eq!(world.rows("sales-trend", &["status=all", &format!("period={period}")]), expected);
        }
    }

    #[test]
    fn customers_over_time(sales in prop::collection::vec(sale(), 0..40), zone in zones()) {
        let world = world_of(&sales, zone);
        let year = |sale: &Sale| sale.day(zone).year();
        let bought = |n: i32, of: i32| sales.iter().any(|sale| sale.counts() && number(sale.customer) == n && year(sale) == of);
        let years: Vec<i32> = (2017..2022).filter(|of| (0..6).any(|n| bought(n, *of))).collect();
        let span = years.first().copied().unwrap_or(1)..=years.last().copied().unwrap_or(0);
        let (mut new, mut churn) = (Vec::new(), Vec::new());
        for of in span.clone() {
            let here: Vec<i32> = (0..6).filter(|n| bought(*n, of)).collect();
            let before = here.iter().filter(|n| (2017..of).any(|earlier| bought(**n, earlier))).count();
            new.push(format!("{of},{},{},{before}", here.len(), here.len() - before));
            if of > *span.start() {
                let had: Vec<i32> = (0..6).filter(|n| bought(*n, of - 1)).collect();
                let lost = had.iter().filter(|n| !here.contains(n)).count();
                let rate = share(i128::try_from(lost).unwrap(), i128::try_from(had.len()).unwrap());
                churn.push(format!("{of},{},{},{lost},{rate}", had.len(), had.len() - lost));
            }
        }
        prop_assert_eq!(world.rows("new-customers", &["period=year"]), new);
        prop_assert_eq!(world.rows("churn", &["period=year"]), churn);
        let mut often: BTreeMap<usize, i128> = BTreeMap::new();
        for n in 0..6 {
            let orders = sales.iter().filter(|sale| sale.is_paid() && number(sale.customer) == n).count();
            if orders > 0 {
                *often.entry(orders).or_default() += 1;
            }
        }
        let all = often.values().sum();
        let expected: Vec<String> =
            often.iter().map(|(orders, customers)| format!("{orders},{customers},{}", share(*customers, all))).collect();
        prop_assert_eq!(world.rows("repeat-rate", &[]), expected);
    }

    #[test]
    fn top_products(sales in prop::collection::vec(sale(), 0..40), zone in zones(), limit in 1_usize..6) {
        let world = world_of(&sales, zone);
        let mut expected: BTreeMap<usize, (i128, i128)> = BTreeMap::new();
        for sale in sales.iter().filter(|sale| sale.is_paid() && sale.day(zone).year() == 2019) {
            for (product, quantity, price) in &sale.lines {
                let entry = expected.entry([2, 0, 3, 1][*product]).or_default();
                *entry = (entry.0 + i128::from(*quantity), entry.1 + i128::from(*quantity) * i128::from(*price));
            }
        }
        let total: i128 = expected.values().map(|(_, amount)| amount).sum();
        let mut expected: Vec<_> = expected.into_iter().collect();
        expected.sort_by_key(|(code, (_, amount))| (std::cmp::Reverse(*amount), *code));
        let expected: Vec<String> = expected
            .iter()
            .take(limit)
            .map(|(code, (quantity, amount))| format!("P{code},Product,{quantity},{}", money(*amount)))
            .collect();
        let options = [format!("limit={limit}"), "from=2019-01-01".into(), "to=2019-12-31".into()];
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        let report = world.report("top-products", &options);
        prop_assert_eq!(crate::world::rows(&report), expected);
        prop_assert_eq!(report.table.total("amount").unwrap().to_string(), money(total));
    }

    #[test]
    fn composition(customers in prop::collection::vec((0_usize..6, 0_usize..4, 0_usize..3), 0..30)) {
        let mut world = World::new(Tz::UTC);
        let rating = |n: usize| Rating::ALL.get(n).copied();
        let statuses = [CustomerStatus::Normal, CustomerStatus::Lost, CustomerStatus::Deleted];
        for (place, (level, region, status)) in customers.iter().enumerate() {
            world.customer_with(&format!("C{place}"), "Name", |customer| {
                customer.level = rating(*level);
                customer.region = ["East", "North", "West"].get(*region).map(|region| (*region).to_owned());
                customer.status = statuses[*status];
            });
        }
        world.settle();
        let normal: Vec<_> = customers.iter().filter(|(_, _, status)| *status == 0).collect();
        let total = i128::try_from(normal.len()).unwrap();
        let line = |key: &str, count: usize| {
            format!("{key},{key},{count},{}", share(i128::try_from(count).unwrap(), total))
        };
        let mut expected = Vec::new();
        for level in 0..6 {
            let count = normal.iter().filter(|(found, _, _)| *found == level).count();
            if level < 5 || count > 0 {
                expected.push(line(&if level < 5 { (level + 1).to_string() } else { String::new() }, count));
            }
        }
        prop_assert_eq!(world.rows("composition", &["by=level"]), expected);
        let mut expected = Vec::new();
        for (region, key) in ["East", "North", "West", ""].iter().enumerate() {
            let count = normal.iter().filter(|(_, found, _)| *found == region).count();
            if count > 0 {
                expected.push(line(key, count));
            }
        }
        prop_assert_eq!(world.rows("composition", &["by=region"]), expected);
    }
}
