//! Lists and aggregates by random filters.

use std::sync::Arc;

use chrono_tz::{America, Asia, Europe, Tz};
use proptest::collection::vec;
use proptest::option;
use proptest::strategy::{BoxedStrategy, Just, Strategy};

use super::super::bench::Bench;
use super::super::failure::ensure_eq;
use super::super::{Failure, Fixture, Outcome, schema};
use super::world::{self, Way, World, pooled, ways};
use crate::query::{Aggregate, Comparison, Direction, Filter, GroupKey, Measure, OrderBy, Period, Query, Top};
use crate::schema::{ColumnType, Name, Path, Schema};
use crate::storage::{MemoryStorage, Reader};
use crate::value::Value;

/// Records, and what is asked about them.
#[derive(Debug, Clone)]
pub(super) struct Scenario {
    world: World,
    questions: Vec<Question>,
}

/// A question, drawn as numbers.
#[derive(Debug, Clone)]
struct Question {
    entity: u16,
    condition: Condition,
    kind: Kind,
}

#[derive(Debug, Clone)]
enum Kind {
    List { order: Vec<(u16, bool)>, columns: Option<Vec<u16>>, limit: usize },
    Sums { keys: Vec<(u16, u16)>, measures: Vec<(u16, u16)>, max_groups: usize, top: Option<(u16, bool, usize)> },
}

/// A filter, drawn as numbers.
#[derive(Debug, Clone)]
enum Condition {
    All,
    Compare { way: u16, comparison: u16, value: u16 },
    In { way: u16, values: Vec<u16> },
    IsNull { way: u16 },
    Search { ways: Vec<u16>, words: Vec<u16> },
    Not(Box<Condition>),
    And(Vec<Condition>),
    Or(Vec<Condition>),
    Exists { child: u16, inner: Box<Condition> },
}

pub(super) fn lists() -> impl Strategy<Value = Scenario> {
    let order = vec((0..200_u16, proptest::bool::ANY), 0..4);
    let list = (order, option::of(vec(0..200_u16, 0..6)), 1..8_usize);
    scenarios(list.prop_map(|(order, columns, limit)| Kind::List { order, columns, limit }).boxed())
}

pub(super) fn aggregates() -> impl Strategy<Value = Scenario> {
    let most = proptest::prop_oneof![4 => Just(1_000_usize), 1 => 0..4_usize];
    let top = option::of((0..6_u16, proptest::bool::ANY, 0..5_usize));
    let sums = (vec((0..200_u16, 0..200_u16), 0..4), vec((0..200_u16, 0..6_u16), 0..6), most, top);
    let sums = sums.prop_map(|(keys, measures, max_groups, top)| Kind::Sums { keys, measures, max_groups, top });
    scenarios(sums.boxed())
}

fn scenarios(kind: BoxedStrategy<Kind>) -> impl Strategy<Value = Scenario> {
    // Every third question is about all records, so that orders and groups have something to work on.
    let condition = proptest::prop_oneof![1 => Just(Condition::All), 2 => conditions()];
    let question = (0..64_u16, condition, kind);
    let question = question.prop_map(|(entity, condition, kind)| Question { entity, condition, kind });
    (world::worlds(), vec(question, 1..24)).prop_map(|(world, questions)| Scenario { world, questions })
}

fn conditions() -> impl Strategy<Value = Condition> {
    let way = 0..200_u16;
    let leaf = proptest::prop_oneof![
        1 => Just(Condition::All),
        6 => (way.clone(), 0..5_u16, 0..64_u16)
            .prop_map(|(way, comparison, value)| Condition::Compare { way, comparison, value }),
        2 => (way.clone(), vec(0..64_u16, 0..5)).prop_map(|(way, values)| Condition::In { way, values }),
        2 => way.clone().prop_map(|way| Condition::IsNull { way }),
        2 => (vec(way, 0..3), vec(0..64_u16, 0..3)).prop_map(|(ways, words)| Condition::Search { ways, words }),
    ];
    leaf.prop_recursive(4, 12, 3, |inner| {
        proptest::prop_oneof![
            2 => inner.clone().prop_map(|inner| Condition::Not(Box::new(inner))),
            2 => vec(inner.clone(), 0..4).prop_map(Condition::And),
            2 => vec(inner.clone(), 0..4).prop_map(Condition::Or),
            3 => (0..64_u16, inner).prop_map(|(child, inner)| Condition::Exists { child, inner: Box::new(inner) }),
        ]
    })
}

/// The store answers every question as the reference does.
pub(super) async fn agree(fixture: &dyn Fixture, scenario: &Scenario) -> Outcome {
    let schema = schema::schema()?;
    let reference = MemoryStorage::new(Arc::clone(&schema));
    let bench = Bench::open(fixture, Arc::clone(&schema)).await?;
    world::fill(&bench, &reference, &scenario.world).await?;
    for question in &scenario.questions {
        if let Err(failure) = ask(&bench, &reference, question).await {
            let records: Vec<String> = bench
                .contents()
                .await?
                .values()
                .map(|record| format!("{} {} v{} {:?}", record.entity, record.id, record.version, record.values))
                .collect();
            return Err(Failure::new(format!("{failure}\nthe records:\n{}", records.join("\n"))));
        }
    }
    Ok(())
}

async fn ask(bench: &Bench, reference: &MemoryStorage, question: &Question) -> Outcome {
    let schema = bench.storage.schema();
    let entity = world::entity(question.entity);
    let filter = filter(schema, entity, &question.condition);
    let ways = ways(schema, entity);
    match &question.kind {
        Kind::List { order, columns, limit } => {
            let mut query = Query::new(entity).filter(filter).limit(*limit);
            for (way, descending) in order {
                let direction = if *descending { Direction::Descending } else { Direction::Ascending };
                if let Some(way) = pick(&ways, *way, is_sortable) {
                    query.order.push(OrderBy { path: way.path.clone(), direction });
                }
            }
            query.columns = columns.as_ref().map(|columns| {
                columns.iter().filter_map(|way| pick(&ways, *way, |_| true)).map(|way| way.path.clone()).collect()
            });
            same_pages(&*bench.storage, reference, query).await
        }
        Kind::Sums { keys, measures, max_groups, top } => {
            let mut request = Aggregate::new(entity).filter(filter);
            request.max_groups = *max_groups;
            request.keys = keys.iter().filter_map(|(way, period)| key(&ways, *way, *period)).collect();
            request.measures = measures.iter().map(|(way, kind)| measure(&ways, *way, *kind)).collect();
            // A store may find what comes first among more groups than may be held.
            if let Some((measure, descending, groups)) = top.filter(|_| *max_groups >= 1_000)
                && let Some(measure) = usize::from(measure).checked_rem(request.measures.len())
            {
                let direction = if descending { Direction::Descending } else { Direction::Ascending };
                request.top = Some(Top { measure, direction, groups });
            }
            let found = bench.storage.aggregate(&request).await.map_err(|error| error.kind());
            let wanted = reference.aggregate(&request).await.map_err(|error| error.kind());
            ensure_eq!(found, wanted, "{request:?}");
            Ok(())
        }
    }
}

async fn same_pages(store: &dyn Reader, reference: &MemoryStorage, query: Query) -> Outcome {
    let (mut ours, mut theirs) = (query.clone(), query);
    for number in 1.. {
        let (found, wanted) = (store.query(&ours).await?, reference.query(&theirs).await?);
        ensure_eq!(found.records, wanted.records, "page {number} of {theirs:?}");
        ensure_eq!(
            found.next.is_some(),
            wanted.next.is_some(),
            "whether there is more than page {number} of {theirs:?}"
        );
        (ours.after, theirs.after) = (found.next, wanted.next);
        if theirs.after.is_none() {
            break;
        }
    }
    Ok(())
}

fn pick(ways: &[Way], seed: u16, fits: impl Fn(&ColumnType) -> bool) -> Option<&Way> {
    let fitting: Vec<&Way> = ways.iter().filter(|way| fits(&way.kind)).collect();
    fitting.get(usize::from(seed) % fitting.len().max(1)).copied()
}

fn is_sortable(kind: &ColumnType) -> bool {
    !matches!(kind, ColumnType::Json)
}

fn key(ways: &[Way], way: u16, period: u16) -> Option<GroupKey> {
    let way = pick(ways, way, is_sortable)?;
    let dated = matches!(way.kind, ColumnType::Date | ColumnType::Timestamp);
    if !dated || period % 6 == 5 {
        return Some(GroupKey::from(way.path.clone()));
    }
    let zone = [Tz::UTC, Europe::Berlin, America::Sao_Paulo, Asia::Shanghai][usize::from(period / 6 % 4)];
    let periods = [Period::Day, Period::Week, Period::Month, Period::Quarter, Period::Year];
    Some(GroupKey::period(way.path.clone(), periods[usize::from(period % 6)], zone))
}

fn measure(ways: &[Way], way: u16, kind: u16) -> Measure {
    let path = |fits: fn(&ColumnType) -> bool| pick(ways, way, fits).map(|way| way.path.clone());
    let measured = match kind {
        1 => path(is_sortable).map(Measure::Distinct),
        2 => path(ColumnType::is_numeric).map(Measure::Sum),
        3 => path(ColumnType::is_numeric).map(Measure::Average),
        4 => path(is_sortable).map(Measure::Minimum),
        5 => path(is_sortable).map(Measure::Maximum),
        _ => None,
    };
    measured.unwrap_or(Measure::Count)
}

fn filter(schema: &Schema, entity: &str, condition: &Condition) -> Filter {
    let ways = || ways(schema, entity);
    let all = |conditions: &[Condition]| conditions.iter().map(|inner| filter(schema, entity, inner)).collect();
    match condition {
        Condition::All => Filter::All,
        Condition::Not(inner) => Filter::Not(Box::new(filter(schema, entity, inner))),
        Condition::And(inner) => Filter::And(all(inner)),
        Condition::Or(inner) => Filter::Or(all(inner)),
        Condition::Compare { way, comparison, value } => {
            use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual};
            let comparison = [Equal, Less, LessOrEqual, Greater, GreaterOrEqual][usize::from(comparison % 5)];
            pick(&ways(), *way, is_sortable).map_or(Filter::All, |way| Filter::Compare {
                path: way.path.clone(),
                comparison,
                value: pooled(&way.kind, *value),
            })
        }
        Condition::In { way, values } => pick(&ways(), *way, is_sortable).map_or(Filter::All, |way| Filter::In {
            path: way.path.clone(),
            values: values.iter().map(|seed| pooled(&way.kind, *seed)).collect(),
        }),
        Condition::IsNull { way } => {
            pick(&ways(), *way, |_| true).map_or(Filter::All, |way| Filter::IsNull { path: way.path.clone() })
        }
        Condition::Search { ways: drawn, words } => {
            let text = |kind: &ColumnType| matches!(kind, ColumnType::Text);
            let known = ways();
            let paths: Vec<Path> =
                drawn.iter().filter_map(|way| pick(&known, *way, text)).map(|way| way.path.clone()).collect();
            let words: Vec<String> = words
                .iter()
                .map(|seed| pooled(&ColumnType::Text, *seed))
                .map(|value: Value| value.to_string())
                .collect();
            Filter::Search { paths, words: words.join(" ") }
        }
        Condition::Exists { child, inner } => exists(schema, entity, *child, inner),
    }
}

fn exists(schema: &Schema, entity: &str, child: u16, inner: &Condition) -> Filter {
    let referrers: Vec<(Name, Name)> = schema
        .referrers(entity)
        .filter_map(|(def, column)| Some((def.name.clone(), def.columns.get(column)?.name.clone())))
        .collect();
    let Some((child, reference)) = referrers.get(usize::from(child) % referrers.len().max(1)).cloned() else {
        return filter(schema, entity, inner);
    };
    let filter = Box::new(filter(schema, &child, inner));
    Filter::Exists { entity: child, reference, filter }
}
