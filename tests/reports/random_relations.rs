//! The reports on opportunities, service and losses against a second, straightforward computation over random data.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use chrono_tz::Tz;
use crmkit::customers::LossStatus;
use crmkit::marketing::OpportunityStatus;
use crmkit::prelude::*;
use crmkit::service::ServiceStatus;
use proptest::prelude::*;

use crate::random::zones;
use crate::world::World;

#[derive(Debug, Clone)]
pub(crate) struct Chance {
    status: OpportunityStatus,
    owner: Option<usize>,
    stage: Option<usize>,
    source: Option<usize>,
    created: i64,
    closed: Option<i64>,
    amount: Option<i64>,
    success_rate: Option<i64>,
    expected: Option<u32>,
}

/// A moment within two days of the turn of a year, often at the very turn somewhere.
fn moment() -> impl Strategy<Value = i64> {
    let new_year = 1_577_836_800_000_000_i64;
    prop_oneof![
        (-2 * 86_400_i64..2 * 86_400).prop_map(move |seconds| new_year + seconds * 1_000_000),
        (-192_i64..192, -1_i64..1).prop_map(move |(quarter, off)| new_year + quarter * 900_000_000 + off),
    ]
}

pub(crate) fn chance() -> impl Strategy<Value = Chance> {
    let statuses = proptest::sample::select(OpportunityStatus::ALL);
    let figures = (prop::option::of(0_i64..90_000_000), prop::option::of(0_i64..101), prop::option::of(0_u32..90));
    let places = (prop::option::of(0_usize..3), prop::option::of(0_usize..5), prop::option::of(0_usize..3));
    (statuses, places, moment(), prop::option::of(moment()), figures).prop_map(
        |(status, (owner, stage, source), created, closed, (amount, success_rate, expected))| Chance {
            status,
            owner,
            stage,
            source,
            created,
            closed,
            amount,
            success_rate,
            expected,
        },
    )
}

/// A service request: type, status, day, assignee and satisfaction.
pub(crate) type Request = (usize, ServiceStatus, i64, Option<usize>, usize);

pub(crate) fn request() -> impl Strategy<Value = Request> {
    let statuses = proptest::sample::select(ServiceStatus::ALL);
    (0_usize..3, statuses, moment(), prop::option::of(0_usize..3), 0_usize..6)
}

/// A loss: customer, status, moment, manager and reason.
pub(crate) type Loss = (usize, LossStatus, Option<i64>, Option<usize>, Option<usize>);

pub(crate) fn loss() -> impl Strategy<Value = Loss> {
    // An open one is unique to its customer, which is another matter.
    let statuses = proptest::sample::select(vec![LossStatus::Confirmed, LossStatus::Confirmed, LossStatus::Resolved]);
    let owners = (prop::option::of(0_usize..3), prop::option::of(0_usize..3));
    (0_usize..4, statuses, prop::option::of(moment()), owners)
        .prop_map(|(customer, status, at, (manager, reason))| (customer, status, at, manager, reason))
}

// Two of one name, and one without any.
const LOGINS: [(&str, Option<&str>); 3] = [("zeta", Some("Same")), ("alpha", Some("Same")), ("Mid", None)];
const SOURCES: [&str; 3] = ["web", "展会", "Web"];
const KINDS: [&str; 3] = ["inquiry", "投诉", "z"];
/// Pipeline, stage, position and probability in 1/1,000,000.
const STAGES: [(&str, &str, i64, Option<i64>); 5] = [
    ("B", "last", 9, Some(333_333)),
    ("A", "second", 2, None),
    ("B", "first", -1, Some(100_000)),
    ("B", "also last", 9, Some(999_999)),
    ("A", "first", 1, Some(1)),
];

fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros).unwrap()
}

fn day(micros: i64, zone: Tz) -> NaiveDate {
    chrono::DateTime::from_timestamp_micros(micros).unwrap().with_timezone(&zone).date_naive()
}

fn expected_day(offset: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2020, 1, 1).unwrap() + chrono::Days::new(offset.into())
}

pub(crate) fn fill(mut world: World, chances: &[Chance], requests: &[Request], losses: &[Loss]) -> World {
    let users: Vec<_> = LOGINS.iter().map(|(login, name)| world.user(login, *name)).collect();
    let customers: Vec<_> = [2, 0, 3, 1].iter().map(|n| world.customer(&format!("C{n}"), "Customer")).collect();
    let pipelines: BTreeMap<&str, _> = ["B", "A"].map(|name| (name, world.pipeline(name, &[]).0)).into();
    let stages: Vec<_> = STAGES
        .iter()
        .map(|(pipeline, name, position, probability)| {
            let probability = probability.map(|raw| Rate::from_raw(raw).unwrap());
            world.stage(pipelines[pipeline], name, *position, probability)
        })
        .collect();
    for chance in chances {
        world.opportunity(|opportunity| {
            opportunity.status = chance.status;
            opportunity.assigned_to = chance.owner.map(|owner| users[owner]);
            opportunity.pipeline = chance.stage.map(|stage| pipelines[STAGES[stage].0]);
            opportunity.stage = chance.stage.map(|stage| stages[stage]);
            opportunity.source = chance.source.map(|source| SOURCES[source].into());
            opportunity.created_at = at(chance.created);
            opportunity.closed_at = chance.closed.map(at);
            opportunity.amount = chance.amount.map(|raw| Money::from_raw(raw).unwrap());
            opportunity.success_rate = chance.success_rate;
            opportunity.expected_close_on = chance.expected.map(expected_day);
        });
    }
    for (kind, status, created, assignee, satisfaction) in requests {
        world.service(customers[0], KINDS[*kind], |request| {
            (request.status, request.created_at) = (*status, at(*created));
            request.assigned_to = assignee.map(|user| users[user]);
            request.satisfaction = Rating::ALL.get(*satisfaction).copied();
        });
    }
    for (customer, status, confirmed, manager, reason) in losses {
        world.loss(customers[*customer], |lost| {
            (lost.status, lost.confirmed_at) = (*status, confirmed.map(at));
            lost.manager = manager.map(|user| users[user]);
            lost.reason = reason.map(|reason| SOURCES[reason].into());
        });
    }
    world.settle();
    world
}

fn shown_user(user: usize) -> &'static str {
    LOGINS[user].1.unwrap_or(LOGINS[user].0)
}

fn money(raw: i128) -> String {
    Money::from_raw(i64::try_from(raw).unwrap()).unwrap().to_string()
}

/// Six decimals, half up, by text; none of nothing.
fn share(part: usize, total: usize) -> String {
    if total == 0 {
        return String::new();
    }
    let rounded = (part * 2_000_000 + total) / (total * 2);
    format!("{}.{:06}", rounded / 1_000_000, rounded % 1_000_000)
}

/// Rows in the order of their keys, none last: told apart by what stands behind the key, then by their figures.
fn sorted(mut rows: Vec<(Option<String>, Vec<i128>, String)>) -> Vec<String> {
    rows.sort_by_key(|(key, figures, _)| (key.is_none(), key.clone(), figures.clone()));
    rows.into_iter().map(|(key, _, rest)| format!("{},{rest}", key.unwrap_or_default())).collect()
}

fn distinct<T: Ord, I>(items: &[I], key: impl Fn(&I) -> T) -> BTreeSet<T> {
    items.iter().map(key).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn win_rate(chances in prop::collection::vec(chance(), 0..40), zone in zones(), within in any::<bool>()) {
        let world = fill(World::new(zone), &chances, &[], &[]);
        let from = NaiveDate::from_ymd_opt(2020, 1, 1).unwrap();
        let is_won = |chance: &&Chance| chance.status == OpportunityStatus::Won;
        let is_lost = |chance: &&Chance| chance.status == OpportunityStatus::Terminated;
        let closed: Vec<Chance> = chances.iter().filter(|chance| is_won(chance) || is_lost(chance)).cloned().collect();
        let span: Vec<Chance> = match within {
            true => closed.iter().filter(|c| c.closed.is_some_and(|at| day(at, zone) >= from)).cloned().collect(),
            false => chances.clone(),
        };
        let figures = |chances: Vec<&Chance>| {
            let (won, lost) = (chances.iter().copied().filter(is_won).count(), chances.iter().copied().filter(is_lost).count());
            let amount = chances.iter().copied().filter(is_won).map(|c| i128::from(c.amount.unwrap_or(0))).sum();
            let rest = format!("{won},{lost},{},{}", share(won, won + lost), money(amount));
            (vec![i128::try_from(won).unwrap(), i128::try_from(lost).unwrap(), 0, amount], rest)
        };
        let options: &[&str] = if within { &["from=2020-01-01"] } else { &[] };
        let by_owner = distinct(&span, |chance| chance.owner).into_iter().map(|owner| {
            let (figures, rest) = figures(span.iter().filter(|chance| chance.owner == owner).collect());
            (owner.map(|owner| shown_user(owner).to_owned()), figures, rest)
        });
        prop_assert_eq!(world.rows("win-rate", options), sorted(by_owner.collect()));
        let by_source = distinct(&span, |chance| chance.source).into_iter().map(|source| {
            let (figures, rest) = figures(span.iter().filter(|chance| chance.source == source).collect());
            (source.map(|source| SOURCES[source].to_owned()), figures, rest)
        });
        prop_assert_eq!(world.rows("win-rate", &[options, &["by=source"]].concat()), sorted(by_source.collect()));
        let months = if within { &span } else { &closed };
        let month = |chance: &Chance| chance.closed.map(|at| day(at, zone).format("%Y-%m").to_string());
        let by_month = distinct(months, month).into_iter().map(|key| {
            let (figures, rest) = figures(months.iter().filter(|chance| month(chance) == key).collect());
            (key, figures, rest)
        });
        prop_assert_eq!(world.rows("win-rate", &[options, &["by=month"]].concat()), sorted(by_month.collect()));
    }

    #[test]
    fn funnel(chances in prop::collection::vec(chance(), 0..40), zone in zones(), only in any::<bool>()) {
        let world = fill(World::new(zone), &chances, &[], &[]);
        let to = NaiveDate::from_ymd_opt(2019, 12, 31).unwrap();
        let is_in = |chance: &&Chance| {
            let of_b = chance.stage.is_some_and(|stage| STAGES[stage].0 == "B");
            !only || (day(chance.created, zone) <= to && chance.owner == Some(1) && of_b)
        };
        let counted: Vec<&Chance> = chances.iter().filter(is_in).collect();
        let mut order: Vec<usize> = (0..STAGES.len()).filter(|stage| !only || STAGES[*stage].0 == "B").collect();
        order.sort_by_key(|stage| (STAGES[*stage].0, STAGES[*stage].2, STAGES[*stage].1));
        let reached = |pipeline: &str, position: i64| {
            let far = |stage: usize| STAGES[stage].0 == pipeline && STAGES[stage].2 >= position;
            counted.iter().filter(|chance| chance.stage.is_some_and(far)).count()
        };
        let mut expected: Vec<String> = Vec::new();
        for stage in order {
            let (pipeline, name, position, _) = STAGES[stage];
            let here = counted.iter().filter(|chance| chance.stage == Some(stage)).count();
            let before = STAGES.iter().filter(|(other, _, at, _)| *other == pipeline && *at < position).map(|stage| stage.2);
            let (now, before) = (reached(pipeline, position), before.max().map(|at| reached(pipeline, at)));
            let conversion = before.map(|before| share(now, before)).unwrap_or_default();
            expected.push(format!("{name},{here},{},{now},{conversion}", share(here, counted.len())));
        }
        let nowhere = counted.iter().filter(|chance| chance.stage.is_none()).count();
        if nowhere > 0 {
            expected.push(format!(",{nowhere},{},,", share(nowhere, counted.len())));
        }
        let options: &[&str] = if only { &["to=2019-12-31", "owner=ALPHA", "pipeline=B"] } else { &[] };
        prop_assert_eq!(world.rows("funnel", options), expected);
    }

    #[test]
    fn forecast(chances in prop::collection::vec(chance(), 0..40)) {
        let world = fill(World::new(Tz::UTC), &chances, &[], &[]);
        let is_open = |c: &&Chance| matches!(c.status, OpportunityStatus::Unassigned | OpportunityStatus::Assigned);
        let open: Vec<Chance> = chances.iter().filter(is_open).cloned().collect();
        let figures = |chances: Vec<&Chance>| {
            let amount = chances.iter().map(|c| i128::from(c.amount.unwrap_or(0))).sum();
            let of_stage = |c: &Chance| c.stage.and_then(|stage| STAGES[stage].3).unwrap_or(0);
            let likely = |c: &Chance| c.success_rate.map_or_else(|| of_stage(c), |percent| percent * 10_000);
            let exact: i128 = chances.iter().map(|c| i128::from(c.amount.unwrap_or(0)) * i128::from(likely(c))).sum();
            // Half to even.
            let (floor, rest) = (exact / 1_000_000, exact % 1_000_000);
            let up = rest > 500_000 || (rest == 500_000 && floor % 2 == 1);
            let (count, weighted) = (chances.len(), floor + i128::from(up));
            let line = format!("{count},{},{}", money(amount), money(weighted));
            (vec![i128::try_from(count).unwrap(), amount, weighted], line)
        };
        for (by, key) in [
            ("by=month", (&|c: &Chance| c.expected.map(|day| expected_day(day).format("%Y-%m").to_string())) as &dyn Fn(&Chance) -> Option<String>),
            ("by=owner", &|c| c.owner.map(|owner| LOGINS[owner].0.to_owned())),
            ("by=stage", &|c| c.stage.map(|stage| stage.to_string())),
        ] {
            // Told apart by what is unique, shown as what it is called.
            let shown = |key: String| match by {
                "by=owner" => shown_user(LOGINS.iter().position(|(login, _)| *login == key).unwrap()).to_owned(),
                "by=stage" => STAGES[key.parse::<usize>().unwrap()].1.to_owned(),
                _ => key,
            };
            let rows = distinct(&open, key).into_iter().map(|own| {
                let (figures, line) = figures(open.iter().filter(|chance| key(chance) == own).collect());
                (own.map(shown), figures, line)
            });
            prop_assert_eq!(world.rows("forecast", &[by]), sorted(rows.collect()));
        }
        let report = world.report("forecast", &[]);
        let totals: Vec<String> = report.table.totals().iter().map(|(_, value)| value.to_string()).collect();
        prop_assert_eq!(totals.join(","), figures(open.iter().collect()).1);
    }

    #[test]
    fn service(requests in prop::collection::vec(request(), 0..40), zone in zones(), of_2020 in any::<bool>(), all in any::<bool>()) {
        use chrono::Datelike;
        let world = fill(World::new(zone), &[], &requests, &[]);
        let is_in = |request: &&Request| {
            (all || request.1 == ServiceStatus::Archived) && (!of_2020 || day(request.2, zone).year() == 2020)
        };
        let counted: Vec<Request> = requests.iter().filter(is_in).copied().collect();
        let mut options: Vec<&str> = Vec::new();
        options.extend(all.then_some("status=all"));
        options.extend(of_2020.then_some("year=2020"));
        let rating = |place: usize| Rating::ALL.get(place).map(|rating| rating.code().to_owned());
        for (by, key) in [
            ("by=type", (&|request: &Request| Some(KINDS[request.0].to_owned())) as &dyn Fn(&Request) -> Option<String>),
            ("by=assignee", &|request| request.3.map(|user| LOGINS[user].0.to_owned())),
            ("by=satisfaction", &|request| rating(request.4)),
        ] {
            let shown = |key: String| match by {
                "by=assignee" => shown_user(LOGINS.iter().position(|(login, _)| *login == key).unwrap()).to_owned(),
                _ => key,
            };
            let rows = distinct(&counted, key).into_iter().map(|own| {
                let count = counted.iter().filter(|request| key(request) == own).count();
                let label = own.clone().map(shown);
                let line = format!("{},{count},{}", label.clone().unwrap_or_default(), share(count, counted.len()));
                (label, vec![i128::try_from(count).unwrap()], line)
            });
            prop_assert_eq!(world.rows("service", &[&options[..], &[by]].concat()), sorted(rows.collect()));
        }
    }

    #[test]
    fn losses(losses in prop::collection::vec(loss(), 0..40), zone in zones()) {
        let world = fill(World::new(zone), &[], &[], &losses);
        let from = NaiveDate::from_ymd_opt(2020, 1, 1).unwrap();
        let confirmed: Vec<Loss> =
            losses.iter().filter(|(_, status, at, ..)| *status == LossStatus::Confirmed && at.is_some_and(|at| day(at, zone) >= from)).copied().collect();
        // What is absent comes last, which no text here reaches.
        let last = || "\u{10FFFF}".to_owned();
        let mut expected: Vec<[String; 5]> = confirmed
            .iter()
            .map(|(customer, _, at, manager, reason)| [
                day(at.unwrap(), zone).to_string(),
                format!("C{}", [2, 0, 3, 1][*customer]),
                "Customer".into(),
                manager.map_or_else(last, |user| shown_user(user).into()),
                reason.map_or_else(last, |reason| SOURCES[reason].into()),
            ])
            .collect();
        expected.sort();
        let expected: Vec<String> = expected.iter().map(|row| row.join(",").replace('\u{10FFFF}', "")).collect();
        prop_assert_eq!(world.rows("loss", &["from=2020-01-01"]), expected);
        let reasons = distinct(&confirmed, |loss| loss.4).into_iter().map(|reason| {
            let count = confirmed.iter().filter(|loss| loss.4 == reason).count();
            (reason.map(|reason| SOURCES[reason].to_owned()), Vec::new(), format!("{count},{}", share(count, confirmed.len())))
        });
        prop_assert_eq!(world.rows("loss-reasons", &["from=2020-01-01"]), sorted(reasons.collect()));
    }
}
