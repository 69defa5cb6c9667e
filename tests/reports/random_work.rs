//! The reports on service and on how people work against a second, straightforward computation over random data.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Days, NaiveDate};
use chrono_tz::Tz;
use crmkit::customers::{Activity, NewActivity};
use crmkit::marketing::{NewPlanItem, OpportunityStatus, PlanItem};
use crmkit::prelude::*;
use crmkit::service::ServiceStatus;
use proptest::prelude::*;

use crate::random::{money, share, zones};
use crate::random_sales::{quantity, rounded};
use crate::world::World;

#[derive(Debug, Clone)]
pub(crate) struct Chance {
    status: OpportunityStatus,
    owner: Option<usize>,
    stage: Option<usize>,
    source: Option<usize>,
    created: i64,
    closed: Option<i64>,
    since: Option<i64>,
    amount: Option<i64>,
}

#[derive(Debug, Clone)]
pub(crate) struct Asked {
    kind: usize,
    status: ServiceStatus,
    assignee: Option<usize>,
    handler: Option<usize>,
    created: i64,
    handled: Option<i64>,
    rounds: i64,
    mark: usize,
}

/// A plan item: opportunity, day, and when it was carried out.
pub(crate) type Planned = (usize, u32, Option<i64>);
/// An activity: customer and day.
pub(crate) type Met = (usize, u32);

#[derive(Debug, Clone)]
pub(crate) struct Work {
    chances: Vec<Chance>,
    asked: Vec<Asked>,
    planned: Vec<Planned>,
    met: Vec<Met>,
}

/// A moment of half a year around a turn of the year, often at a midnight somewhere.
fn moment() -> impl Strategy<Value = i64> {
    let first = 1_569_888_000_000_000_i64;
    prop_oneof![
        (0_i64..180 * 86_400).prop_map(move |seconds| first + seconds * 1_000_000),
        (0_i64..180 * 96, -1_i64..1).prop_map(move |(quarter, off)| first + quarter * 900_000_000 + off),
    ]
}

fn chance() -> impl Strategy<Value = Chance> {
    let statuses = proptest::sample::select(OpportunityStatus::ALL);
    let places = (prop::option::of(0_usize..3), prop::option::of(0_usize..4), prop::option::of(0_usize..2));
    let times = (moment(), prop::option::of(moment()), prop::option::of(moment()));
    (statuses, places, times, prop::option::of(0_i64..90_000_000)).prop_map(
        |(status, (owner, stage, source), (created, closed, since), amount)| {
            let since = stage.and(since);
            Chance { status, owner, stage, source, created, closed, since, amount }
        },
    )
}

fn asked() -> impl Strategy<Value = Asked> {
    let people = (prop::option::of(0_usize..3), prop::option::of(0_usize..3));
    let statuses = proptest::sample::select(ServiceStatus::ALL);
    (0_usize..3, statuses, people, (moment(), prop::option::of(moment())), 0_i64..4, 0_usize..6).prop_map(
        |(kind, status, (assignee, handler), (created, handled), rounds, mark)| Asked {
            kind,
            status,
            assignee,
            handler,
            created,
            handled,
            rounds,
            mark,
        },
    )
}

pub(crate) fn work() -> impl Strategy<Value = Work> {
    let planned = (0_usize..30, 0_u32..200, prop::option::of(moment()));
    let met = (0_usize..5, 0_u32..200);
    let many = (prop::collection::vec(chance(), 0..30), prop::collection::vec(asked(), 0..30));
    (many, prop::collection::vec(planned, 0..30), prop::collection::vec(met, 0..20)).prop_map(
        |((chances, asked), planned, met)| {
            let planned = planned.into_iter().filter(|(chance, ..)| *chance < chances.len()).collect();
            Work { chances, asked, planned, met }
        },
    )
}

// Two of one name, and one without any.
const LOGINS: [(&str, Option<&str>); 3] = [("zeta", Some("Same")), ("alpha", Some("Same")), ("Mid", None)];
const KINDS: [&str; 3] = ["inquiry", "投诉", "z"];
const SOURCES: [&str; 2] = ["展会", "Web"];
/// Pipeline, stage and position.
const STAGES: [(&str, &str, i64); 4] =
    [("B", "last", 9), ("A", "second", 2), ("B", "first", -1), ("B", "also last", 9)];
/// Whose the customers are; the last one is lost.
const MANAGERS: [Option<usize>; 5] = [Some(0), Some(1), None, Some(1), Some(2)];

fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros).unwrap()
}

fn day(micros: i64, zone: Tz) -> NaiveDate {
    chrono::DateTime::from_timestamp_micros(micros).unwrap().with_timezone(&zone).date_naive()
}

fn offset(days: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2019, 10, 1).unwrap() + Days::new(days.into())
}

pub(crate) fn fill(mut world: World, work: &Work) -> World {
    let users: Vec<_> = LOGINS.iter().map(|(login, name)| world.user(login, *name)).collect();
    let customers: Vec<_> = MANAGERS
        .iter()
        .enumerate()
        .map(|(place, manager)| {
            world.customer_with(&format!("C{place}"), "Customer", |customer| {
                customer.manager = manager.map(|user| users[user]);
                customer.status = if place == 4 { CustomerStatus::Lost } else { CustomerStatus::Normal };
            })
        })
        .collect();
    let pipelines: BTreeMap<&str, _> = ["B", "A"].map(|name| (name, world.pipeline(name, &[]).0)).into();
    let stages: Vec<_> = STAGES
        .iter()
        .map(|(pipeline, name, position)| world.stage(pipelines[pipeline], name, *position, None))
        .collect();
    let mut opportunities = Vec::new();
    for (place, chance) in work.chances.iter().enumerate() {
        opportunities.push(world.opportunity(|opportunity| {
            opportunity.number = format!("X{place:02}");
            opportunity.status = chance.status;
            opportunity.assigned_to = chance.owner.map(|owner| users[owner]);
            opportunity.pipeline = chance.stage.map(|stage| pipelines[STAGES[stage].0]);
            opportunity.stage = chance.stage.map(|stage| stages[stage]);
            opportunity.stage_since = chance.since.map(at);
            opportunity.source = chance.source.map(|source| SOURCES[source].into());
            (opportunity.created_at, opportunity.closed_at) = (at(chance.created), chance.closed.map(at));
            opportunity.amount = chance.amount.map(|raw| Money::from_raw(raw).unwrap());
        }));
    }
    for asked in &work.asked {
        world.service(customers[0], KINDS[asked.kind], |request| {
            (request.status, request.created_at, request.rounds) = (asked.status, at(asked.created), asked.rounds);
            request.assigned_to = asked.assignee.map(|user| users[user]);
            request.handled_by = asked.handler.map(|user| users[user]);
            request.handled_at = asked.handled.map(at);
            request.satisfaction = Rating::ALL.get(asked.mark).copied();
        });
    }
    for (chance, date, executed) in &work.planned {
        let (opportunity, date) = (opportunities[*chance], offset(*date));
        let new = NewPlanItem { opportunity, date, todo: "Visit".into(), ..Default::default() };
        let mut item = PlanItem::draft(world.id(), new);
        item.executed_at = executed.map(at);
        world.insert(item);
    }
    for (customer, date) in &work.met {
        let (customer, date) = (customers[*customer], offset(*date));
        let new = NewActivity { customer, date, title: "Call".into(), ..Default::default() };
        let activity = Activity::draft(world.id(), new);
        world.insert(activity);
    }
    world.settle();
    world
}

fn shown(user: usize) -> &'static str {
    LOGINS[user].1.unwrap_or(LOGINS[user].0)
}

fn wide(number: usize) -> i128 {
    i128::try_from(number).unwrap()
}

/// Rows in the order of their keys, none last: told apart by what stands behind the key, then by their figures.
fn sorted(mut rows: Vec<(Option<String>, Vec<i128>, String)>) -> Vec<String> {
    rows.sort_by_key(|(key, figures, _)| (key.is_none(), key.clone(), figures.clone()));
    rows.into_iter().map(|(key, _, rest)| format!("{},{rest}", key.unwrap_or_default())).collect()
}

fn keys<T, K: Ord>(items: &[T], key: impl Fn(&T) -> K) -> BTreeSet<K> {
    items.iter().map(key).collect()
}

/// The mean, the quartiles and the ninetieth percentile in 1/10,000: spreadsheets' way, on the sorted numbers.
fn figures(numbers: &[i64]) -> Vec<i128> {
    let mut numbers: Vec<i128> = numbers.iter().copied().map(i128::from).collect();
    numbers.sort_unstable();
    let last = wide(numbers.len() - 1);
    let mut all = vec![rounded(numbers.iter().sum::<i128>() * 10_000, last + 1)];
    for point in [25, 50, 75, 90] {
        let (place, part) = ((last * point) / 100, (last * point) % 100);
        let place = usize::try_from(place).unwrap();
        let (low, high) = (numbers[place], numbers.get(place + 1).copied().unwrap_or(numbers[place]));
        all.push((low * 100 + (high - low) * part) * 100);
    }
    all
}

fn quantities(figures: &[i128]) -> String {
    figures.iter().map(|raw| quantity(*raw)).collect::<Vec<_>>().join(",")
}

/// Activities, plan items, the opportunities they belong to, and requests.
type Done = (i128, i128, BTreeSet<usize>, i128);

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn service(work in work(), zone in zones(), of_2020 in any::<bool>()) {
        let world = fill(World::new(zone), &work);
        let options: &[&str] = if of_2020 { &["year=2020"] } else { &[] };
        let is_in = |micros: i64| !of_2020 || day(micros, zone).year() == 2020;
        type Key<'a> = &'a dyn Fn(&Asked) -> Option<usize>;
        let by: [(&str, Key<'_>); 2] = [("by=handler", &|asked| asked.handler), ("by=type", &|asked| Some(asked.kind))];
        for (by, key) in by {
            let name = |key: usize| if by == "by=type" { KINDS[key] } else { shown(key) }.to_owned();
            let options = [options, &[by]].concat();

            let handled: Vec<Asked> = work.asked.iter().filter(|asked| asked.handled.is_some_and(is_in)).cloned().collect();
            let rows = keys(&handled, key).into_iter().map(|own| {
                let minutes = |asked: &Asked| (asked.handled.unwrap() - asked.created).div_euclid(60_000_000);
                let minutes: Vec<i64> = handled.iter().filter(|asked| key(asked) == own).map(minutes).collect();
                let (figures, longest) = (figures(&minutes), minutes.iter().max().unwrap());
                let line = format!("{},{},{longest}", minutes.len(), quantities(&figures));
                (own.map(name), [vec![wide(minutes.len())], figures].concat(), line)
            });
            prop_assert_eq!(world.rows("handling-time", &options), sorted(rows.collect()));

            let judged = |asked: &&Asked| is_in(asked.created) && (asked.rounds > 0 || asked.mark < 5);
            let judged: Vec<Asked> = work.asked.iter().filter(judged).cloned().collect();
            let rows = keys(&judged, key).into_iter().map(|own| {
                let own_ones: Vec<&Asked> = judged.iter().filter(|asked| key(asked) == own).collect();
                let again = own_ones.iter().filter(|asked| asked.rounds > 1).count();
                let marks: Vec<i128> = own_ones.iter().filter(|asked| asked.mark < 5).map(|asked| wide(asked.mark + 1)).collect();
                let mean = (!marks.is_empty()).then(|| rounded(marks.iter().sum::<i128>() * 10_000, wide(marks.len())));
                let rate = share(wide(again), wide(own_ones.len()));
                let line = format!("{},{again},{rate},{}", own_ones.len(), mean.map(quantity).unwrap_or_default());
                (own.map(name), vec![wide(own_ones.len()), wide(again), 0, mean.unwrap_or(i128::MAX)], line)
            });
            prop_assert_eq!(world.rows("rework-rate", &options), sorted(rows.collect()));

            let marked = |asked: &&Asked| is_in(asked.created) && asked.mark < 5;
            let marked: Vec<Asked> = work.asked.iter().filter(marked).cloned().collect();
            let rows = keys(&marked, key).into_iter().map(|own| {
                let marks: Vec<usize> = marked.iter().filter(|asked| key(asked) == own).map(|asked| asked.mark).collect();
                let each: Vec<i128> = (0..5).map(|mark| wide(marks.iter().filter(|found| **found == mark).count())).collect();
                let mean = rounded(marks.iter().map(|mark| wide(mark + 1)).sum::<i128>() * 10_000, wide(marks.len()));
                let texts: Vec<String> = each.iter().map(ToString::to_string).collect();
                let satisfied = share(each[3] + each[4], wide(marks.len()));
                let line = format!("{},{},{},{satisfied}", marks.len(), quantity(mean), texts.join(","));
                (own.map(name), [vec![wide(marks.len()), mean], each].concat(), line)
            });
            prop_assert_eq!(world.rows("satisfaction", &options), sorted(rows.collect()));
        }
        let new = ["from=2020-01-01", "to=2020-01-31"];
        let is_new = |asked: &Asked| day(asked.created, zone).format("%Y-%m").to_string() == "2020-01";
        let is_open = |asked: &Asked| asked.status != ServiceStatus::Archived;
        let loads: Vec<Asked> = work.asked.iter().filter(|asked| is_new(asked) || is_open(asked)).cloned().collect();
        let rows = keys(&loads, |asked| asked.assignee).into_iter().map(|own| {
            let own_ones: Vec<&Asked> = loads.iter().filter(|asked| asked.assignee == own).collect();
            let of = |status: ServiceStatus| wide(own_ones.iter().filter(|asked| asked.status == status).count());
            let figures = vec![
                wide(own_ones.iter().filter(|asked| is_open(asked)).count()),
                of(ServiceStatus::Created),
                of(ServiceStatus::Assigned),
                of(ServiceStatus::Handled),
                wide(own_ones.iter().filter(|asked| is_new(asked)).count()),
            ];
            let line = figures.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
            (own.map(|user| shown(user).to_owned()), figures, line)
        });
        prop_assert_eq!(world.rows("service-load", &new), sorted(rows.collect()));
    }

    #[test]
    fn opportunities(work in work(), zone in zones(), of_2020 in any::<bool>(), as_of in 0_u32..260) {
        let world = fill(World::new(zone), &work);
        let options: &[&str] = if of_2020 { &["year=2020"] } else { &[] };
        let is_in = |micros: i64| !of_2020 || day(micros, zone).year() == 2020;
        let days = |from: i64, to: i64| (day(to, zone) - day(from, zone)).num_days();
        let won = |chance: &&Chance| chance.status == OpportunityStatus::Won && chance.closed.is_some_and(is_in);
        let won: Vec<Chance> = work.chances.iter().filter(won).cloned().collect();
        let rows = keys(&won, |chance| chance.owner).into_iter().map(|owner| {
            let own = won.iter().filter(|chance| chance.owner == owner);
            let days: Vec<i64> = own.map(|chance| days(chance.created, chance.closed.unwrap())).collect();
            let figures = figures(&days);
            let line = format!("{},{}", days.len(), quantities(&figures));
            (owner.map(|owner| shown(owner).to_owned()), [vec![wide(days.len())], figures].concat(), line)
        });
        prop_assert_eq!(world.rows("sales-cycle", options), sorted(rows.collect()));

        let entered: Vec<Chance> = work.chances.iter().filter(|chance| is_in(chance.created)).cloned().collect();
        let rows = keys(&entered, |chance| chance.source).into_iter().map(|source| {
            let own = || entered.iter().filter(|chance| chance.source == source);
            let of = |status: OpportunityStatus| own().filter(move |chance| chance.status == status);
            let (won, lost) = (of(OpportunityStatus::Won).count(), of(OpportunityStatus::Terminated).count());
            let amount = of(OpportunityStatus::Won).map(|chance| i128::from(chance.amount.unwrap_or(0))).sum();
            let rate = share(wide(won), wide(won + lost));
            let line = format!("{},{won},{lost},{rate},{}", own().count(), money(amount));
            (source.map(|source| SOURCES[source].to_owned()), Vec::new(), line)
        });
        prop_assert_eq!(world.rows("source-effectiveness", options), sorted(rows.collect()));

        let as_of = offset(as_of);
        let by_day = format!("as-of={as_of}");
        let mut expected = Vec::new();
        for (from, to) in [(0, Some(7)), (8, Some(14)), (15, Some(30)), (31, Some(60)), (61, Some(90)), (91, Some(180)), (181, None)] {
            let end = |chance: &Chance| chance.closed.map_or(as_of, |closed| day(closed, zone));
            let lasted = |chance: &&Chance| {
                let days = (end(chance) - day(chance.created, zone)).num_days().max(0);
                days >= from && to.is_none_or(|to| days <= to)
            };
            let here: Vec<&Chance> = entered.iter().filter(lasted).collect();
            let of = |status: OpportunityStatus| here.iter().filter(|chance| chance.status == status).count();
            let (won, lost) = (of(OpportunityStatus::Won), of(OpportunityStatus::Terminated));
            let to = to.map(|to: i64| to.to_string()).unwrap_or_default();
            let part = share(wide(here.len()), wide(entered.len()));
            expected.push(format!("{from},{to},{},{won},{lost},{},{part}", here.len(), here.len() - won - lost));
        }
        prop_assert_eq!(world.rows("opportunity-time", &[options, &[&by_day]].concat()), expected);

        let open = |chance: &&Chance| {
            matches!(chance.status, OpportunityStatus::Unassigned | OpportunityStatus::Assigned) && chance.stage.is_some()
        };
        let open: Vec<Chance> = work.chances.iter().filter(open).cloned().collect();
        let rows = keys(&open, |chance| STAGES[chance.stage.unwrap()]).into_iter().map(|stage| {
            let own = open.iter().filter(|chance| STAGES[chance.stage.unwrap()] == stage);
            let days = |chance: &Chance| (as_of - day(chance.since.unwrap_or(chance.created), zone)).num_days().max(0);
            let days: Vec<i64> = own.map(days).collect();
            let figures = quantities(&figures(&days));
            let place = (stage.0, stage.2, stage.1);
            let longest = days.iter().max().unwrap();
            (place, format!("{},{},{},{},{figures},{longest}", stage.0, stage.2, stage.1, days.len()))
        });
        let rows: BTreeMap<_, String> = rows.collect();
        prop_assert_eq!(world.rows("stage-ageing", &[&by_day]), rows.into_values().collect::<Vec<_>>());
    }

    #[test]
    fn people(work in work(), zone in zones(), as_of in 0_u32..260, within in 0_u32..60) {
        let world = fill(World::new(zone), &work);
        let week = |day: NaiveDate| format!("{}-W{:02}", day.iso_week().year(), day.iso_week().week());
        // By person and week: activities, plan items, the opportunities they belong to, requests.
        let mut done: BTreeMap<(Option<usize>, String), Done> = BTreeMap::new();
        for (customer, date) in &work.met {
            done.entry((MANAGERS[*customer], week(offset(*date)))).or_default().0 += 1;
        }
        for (chance, _, executed) in &work.planned {
            let Some(executed) = executed else { continue };
            let entry = done.entry((work.chances[*chance].owner, week(day(*executed, zone)))).or_default();
            entry.1 += 1;
            entry.2.insert(*chance);
        }
        for asked in &work.asked {
            let Some(handled) = asked.handled else { continue };
            done.entry((asked.handler, week(day(handled, zone)))).or_default().3 += 1;
        }
        let mut rows: Vec<_> = done
            .into_iter()
            .map(|((person, week), (met, plans, chances, requests))| {
                let figures = (met, plans, wide(chances.len()), requests);
                (person.is_none(), person.map(shown), week, figures)
            })
            .collect();
        rows.sort();
        let row = |(_, person, week, (met, plans, chances, requests)): &(bool, Option<&str>, String, _)| {
            format!("{},{week},{met},{plans},{chances},{requests}", person.unwrap_or_default())
        };
        prop_assert_eq!(world.rows("work-review", &[]), rows.iter().map(row).collect::<Vec<_>>());

        let as_of = offset(as_of);
        let by_day = format!("as-of={as_of}");
        let mut overdue = Vec::new();
        for (chance, date, executed) in &work.planned {
            let (date, of) = (offset(*date), &work.chances[*chance]);
            if executed.is_none() && date < as_of && of.status == OpportunityStatus::Assigned {
                let days = (as_of - date).num_days();
                let person = of.owner.map(shown);
                let row = format!("{date},X{chance:02},Visit,{},{days}", person.unwrap_or_default());
                overdue.push((date, *chance, person.is_none(), person, row));
            }
        }
        overdue.sort();
        let overdue: Vec<String> = overdue.into_iter().map(|(.., row)| row).collect();
        prop_assert_eq!(world.rows("overdue-plans", &[&by_day]), overdue);

        let since = as_of - Days::new(within.into());
        let quiet = |customer: &usize| {
            let met = |(of, date): &Met| of == customer && offset(*date) > since && offset(*date) <= as_of;
            *customer != 4 && !work.met.iter().any(met)
        };
        let row = |customer: usize| format!("C{customer},Customer,{},", MANAGERS[customer].map(shown).unwrap_or_default());
        let expected: Vec<String> = (0..5).filter(quiet).map(row).collect();
        prop_assert_eq!(world.rows("customers-to-contact", &[&by_day, &format!("days={within}")]), expected);
    }
}

/// Which reports are computed a second time, and where.
const SECOND: [(&str, &[&str]); 6] = [
    (
        "random",
        &[
            "contribution",
            "lapsed",
            "rfm",
            "sales-trend",
            "churn",
            "new-customers",
            "repeat-rate",
            "top-products",
            "composition",
        ],
    ),
    ("random_relations", &["win-rate", "funnel", "forecast", "service", "loss", "loss-reasons"]),
    (
        "random_sales",
        &[
            "sales-by",
            "abc-customers",
            "abc-products",
            "customer-value",
            "order-status",
            "retention",
            "bought-together",
            "stock-position",
            "stock-without-movement",
        ],
    ),
    (
        "random_work",
        &[
            "handling-time",
            "rework-rate",
            "satisfaction",
            "service-load",
            "sales-cycle",
            "source-effectiveness",
            "opportunity-time",
            "stage-ageing",
        ],
    ),
    ("random_open", &["loss-warnings", "open-services"]),
    ("random_work", &["work-review", "overdue-plans", "customers-to-contact"]),
];

#[test]
fn every_report_is_computed_a_second_time() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reports");
    let mut second = BTreeSet::new();
    for (file, reports) in SECOND {
        let text = std::fs::read_to_string(folder.join(format!("{file}.rs"))).unwrap();
        // Only what stands in a property counts.
        let properties = text.split_once("proptest! {").unwrap().1;
        for report in reports {
            assert!(
                properties.contains(&format!("rows(\"{report}\""))
                    || properties.contains(&format!("report(\"{report}\"")),
                "{file}: {report}"
            );
            assert!(second.insert(*report), "{report}");
        }
    }
    let all: BTreeSet<&str> = crmkit::report::standard().iter().map(|report| report.name).collect();
    assert_eq!(second, all);
}
