//! Runs a planned definition on a view.

use std::collections::{BTreeMap, HashMap};

use super::definition::{Definition, Share};
use super::error::Result;
use super::lookup::Lookup;
use super::plan::{Plan, PlannedFact, PlannedKey, PlannedMeasure, ShownKey, Source, share_name};
use super::steps::number;
use super::table::Table;
use super::view::View;
use crate::id::RecordId;
use crate::query::evaluate::compare;
use crate::query::{Aggregate, AggregateRow, Direction, Measure, OrderBy, QueryError, Top};
use crate::schema::{ColumnType, Name};
use crate::value::Value;

/// How many fields a store sorts by.
const MAX_ORDER: usize = 8;

pub(super) async fn run(plan: &Plan, definition: &Definition, view: &View<'_>) -> Result<Table> {
    let mut table = Table::new(plan.columns.clone());
    match &plan.source {
        Source::List(_) => {
            table.rows = list(plan, definition, view).await?;
            table.totals = list_totals(plan, view).await?;
        }
        Source::Groups { facts, keys, measures, having } => {
            let top = leading(plan, definition, measures.len());
            // What is judged or totalled is judged and totalled over all groups.
            let asked = top.filter(|_| having.is_empty() && plan.totals.is_empty());
            if let Some(table) = first_of_whole(plan, definition, view).await? {
                return table.sorted(&definition.order).map(|sorted| match definition.limit {
                    Some(limit) => sorted.limited(limit),
                    None => sorted,
                });
            }
            let mut groups = merged(facts, measures, asked, view).await?;
            groups.retain(|group| {
                having.iter().all(|(place, having)| {
                    let value = group.measures.get(*place).unwrap_or(&Value::Null);
                    !value.is_null() && having.comparison.holds(value, &having.value)
                })
            });
            table.totals = group_totals(plan, facts, measures, &groups, view).await?;
            if let Some(top) = top {
                groups = only_first(groups, top);
            }
            table.rows = shown(keys, groups, view).await?;
        }
    }
    for share in &definition.shares {
        table = table.shared(&share.of, share_name(&share.of, share.name.as_ref()))?;
    }
    for step in &definition.steps {
        table = step.apply(table)?;
    }
    let sorted = table.sorted(&definition.order)?;
    Ok(match definition.limit {
        Some(limit) => sorted.limited(limit),
        None => sorted,
    })
}

/// The rows of a definition by groups after `fold` has made other groups of them, at which time a key that refers to a
/// record still is its id. Of the keys, `fold` keeps the first ones; the measures may be others.
pub(super) async fn folded(
    definition: &Definition,
    view: &View<'_>,
    fold: impl FnOnce(Vec<AggregateRow>) -> Result<Vec<AggregateRow>> + Send,
) -> Result<Vec<Vec<Value>>> {
    let plan = Plan::seen(definition, view)?;
    let Source::Groups { facts, keys, measures, .. } = &plan.source else { return Ok(Vec::new()) };
    let groups = fold(merged(facts, measures, None, view).await?)?;
    shown(keys, groups, view).await
}

/// The rows for groups that were made elsewhere by the keys of a definition, in which a key that refers to a record
/// still is its id.
pub(super) async fn named_groups(
    definition: &Definition,
    view: &View<'_>,
    groups: Vec<AggregateRow>,
) -> Result<Vec<Vec<Value>>> {
    let plan = Plan::seen(definition, view)?;
    let Source::Groups { keys, .. } = &plan.source else { return Ok(Vec::new()) };
    shown(keys, groups, view).await
}

/// The groups that can stand in the table, where that follows from one measure: of the others nothing is looked up.
fn leading(plan: &Plan, definition: &Definition, measures: usize) -> Option<Top> {
    let of_rows = !definition.shares.is_empty() || !definition.steps.is_empty();
    leading_by(plan, definition, measures).filter(|_| !of_rows)
}

/// The groups that come first in the order, if a measure says it.
fn leading_by(plan: &Plan, definition: &Definition, measures: usize) -> Option<Top> {
    let sort = definition.order.first()?;
    let place = plan.columns.iter().position(|column| column.name == sort.column)?;
    let measure = place.checked_sub(plan.columns.len() - measures)?;
    Some(Top { measure, direction: sort.direction, groups: definition.limit? })
}

/// The rows that can stand in the table, with shares and totals of the whole, where rollups say both: the groups between
/// the first ones and the whole are not read.
async fn first_of_whole(plan: &Plan, definition: &Definition, view: &View<'_>) -> Result<Option<Table>> {
    let Source::Groups { facts, keys, measures, having } = &plan.source else { return Ok(None) };
    let first = plan.columns.len() - measures.len();
    let additive = |place: usize| {
        let measure = place.checked_sub(first).and_then(|place| measures.get(place));
        measure.is_some_and(|measure| matches!(measure.measure, Measure::Count | Measure::Sum(_)))
    };
    let place = |name: &str| plan.columns.iter().position(|column| column.name == name);
    let shared = |share: &Share| place(&share.of).is_some_and(additive);
    let [fact] = facts.as_slice() else { return Ok(None) };
    let whole_says = definition.shares.iter().all(shared) && plan.totals.iter().copied().all(additive);
    let asks_whole = !definition.shares.is_empty() || !plan.totals.is_empty();
    let plain = having.is_empty() && definition.steps.is_empty() && fact.bands.is_none();
    let Some(top) = leading_by(plan, definition, measures.len()).filter(|_| whole_says && asks_whole && plain) else {
        return Ok(None);
    };
    let request = Aggregate { top: Some(top), ..fact.aggregate() };
    let Some((groups, whole)) = view.ranked(request).await? else { return Ok(None) };
    let mut table = Table::new(plan.columns.clone());
    table.rows = shown(keys, groups, view).await?;
    let of_whole = |place: usize| place.checked_sub(first).and_then(|place| whole.get(place)).cloned();
    for share in &definition.shares {
        let total = place(&share.of).and_then(of_whole).unwrap_or(Value::Null);
        table = table.shared_in(&share.of, share_name(&share.of, share.name.as_ref()), &total)?;
    }
    let named = |place: &usize| Some((plan.columns.get(*place)?.name.clone(), of_whole(*place)?));
    table.totals = plan.totals.iter().filter_map(named).collect();
    Ok(Some(table))
}

/// The groups that come first by a measure, and those that are equal to the last of them.
pub(super) fn only_first(groups: Vec<AggregateRow>, top: Top) -> Vec<AggregateRow> {
    let judged = |group: &AggregateRow| group.measures.get(top.measure).cloned().unwrap_or(Value::Null);
    let mut values: Vec<Value> = groups.iter().map(judged).collect();
    let Some(last) = top.groups.checked_sub(1) else { return Vec::new() };
    if last >= values.len() {
        return groups;
    }
    let (_, bound, _) = values.select_nth_unstable_by(last, |left, right| compare(left, right, top.direction));
    groups.into_iter().filter(|group| compare(&judged(group), bound, top.direction).is_le()).collect()
}

/// The groups of all facts, put together where their keys are the same; of a single fact only the `top` ones.
async fn merged(
    facts: &[PlannedFact],
    measures: &[PlannedMeasure],
    top: Option<Top>,
    view: &View<'_>,
) -> Result<Vec<AggregateRow>> {
    if let [fact] = facts {
        return fact_groups(fact, top, view).await;
    }
    let absent: Vec<Value> = measures.iter().map(PlannedMeasure::absent).collect();
    let mut all: BTreeMap<Vec<Value>, Vec<Value>> = BTreeMap::new();
    let mut first = 0;
    for fact in facts {
        for group in fact_groups(fact, None, view).await? {
            let values = all.entry(group.keys).or_insert_with(|| absent.clone());
            for (value, found) in values.iter_mut().skip(first).zip(group.measures) {
                *value = found;
            }
        }
        first += fact.measures();
        let limit = view.limits().groups;
        if all.len() > limit {
            return Err(QueryError::TooLarge { what: "groups", limit }.into());
        }
    }
    Ok(all.into_iter().map(|(keys, values)| AggregateRow::new(keys, values)).collect())
}

/// The groups of one fact; of one whose key has bands a question for each band.
async fn fact_groups(fact: &PlannedFact, top: Option<Top>, view: &View<'_>) -> Result<Vec<AggregateRow>> {
    let Some((place, bands)) = &fact.bands else {
        return view.aggregate(Aggregate { top, ..fact.aggregate() }).await;
    };
    let mut all = Vec::new();
    for band in bands {
        let mut request = fact.aggregate().filter(band.filter.clone()).measure(Measure::Count);
        request.keys.remove(*place);
        for mut group in view.aggregate(request).await? {
            // Without another key there is a row even where nothing lies in the band.
            if group.measures.pop() != Some(Value::Int(0)) {
                group.keys.insert(*place, band.key.clone());
                all.push(group);
            }
        }
    }
    all.sort_by(|left, right| left.keys.cmp(&right.keys));
    Ok(all)
}

/// The groups' rows, with what people call the records in place of their ids.
async fn shown(keys: &[PlannedKey], groups: Vec<AggregateRow>, view: &View<'_>) -> Result<Vec<Vec<Value>>> {
    let mut found: Vec<HashMap<RecordId, Vec<Value>>> = Vec::new();
    for (place, key) in keys.iter().enumerate() {
        found.push(match &key.shown {
            ShownKey::Value | ShownKey::Period(_) => HashMap::new(),
            ShownKey::Record(lookup) => {
                let ids = groups.iter().filter_map(|group| group.keys.get(place)?.as_id());
                lookup.find(view, ids).await?
            }
        });
    }
    let row = |group: AggregateRow| {
        let mut row = Vec::new();
        for ((key, found), value) in keys.iter().zip(&found).zip(group.keys) {
            match (&key.shown, value) {
                (ShownKey::Period(period), Value::Date(day)) => row.push(period.name(day).into()),
                (ShownKey::Value | ShownKey::Period(_), value) => row.push(value),
                (ShownKey::Record(lookup), value) => row.extend(record_values(lookup, found, &value)),
            }
        }
        row.extend(group.measures);
        row
    };
    Ok(groups.into_iter().map(row).collect())
}

fn record_values(lookup: &Lookup, found: &HashMap<RecordId, Vec<Value>>, value: &Value) -> Vec<Value> {
    let values = value.as_id().and_then(|id| found.get(&id)).cloned();
    values.unwrap_or_else(|| vec![Value::Null; lookup.shown.len()])
}

async fn group_totals(
    plan: &Plan,
    facts: &[PlannedFact],
    measures: &[PlannedMeasure],
    groups: &[AggregateRow],
    view: &View<'_>,
) -> Result<Vec<(Name, Value)>> {
    let first = plan.columns.len() - measures.len();
    let wanted = plan.totals.iter().filter_map(|place| {
        let measure = place.checked_sub(first)?;
        Some((plan.columns.get(*place)?.name.clone(), measure, measures.get(measure)?))
    });
    let wanted: Vec<_> = wanted.collect();
    let mut whole = Vec::new();
    if !wanted.iter().all(|(_, _, measure)| measure.is_additive()) {
        for fact in facts {
            let request = Aggregate { keys: Vec::new(), ..fact.aggregate() };
            let row = view.aggregate(request).await?.into_iter().next();
            whole.extend(row.map(|row| row.measures).unwrap_or_default());
        }
    }
    let total = |(name, place, measure): (Name, usize, &PlannedMeasure)| {
        let values = groups.iter().filter_map(|group| group.measures.get(place)).filter(|value| !value.is_null());
        let value = match measure.measure {
            Measure::Count | Measure::Sum(_) => {
                let sum = values.filter_map(Value::as_integer).map(i128::from).sum();
                number(&measure.column_type, sum).ok_or_else(|| QueryError::Range(name.to_string()))?
            }
            Measure::Minimum(_) => values.min().cloned().unwrap_or(Value::Null),
            Measure::Maximum(_) => values.max().cloned().unwrap_or(Value::Null),
            Measure::Distinct(_) | Measure::Average(_) => whole.get(place).cloned().unwrap_or(Value::Null),
        };
        Ok((name, value))
    };
    wanted.into_iter().map(total).collect()
}

async fn list(plan: &Plan, definition: &Definition, view: &View<'_>) -> Result<Vec<Vec<Value>>> {
    let Source::List(columns) = &plan.source else { return Ok(Vec::new()) };
    let (mut query, most) = (plan.query(), view.limits().rows);
    let order = stored_order(plan, definition);
    let wanted = match (&order, definition.limit) {
        (Some(order), Some(limit)) => {
            query.order.clone_from(order);
            limit
        }
        _ => usize::MAX,
    };
    let mut rows: Vec<Vec<Value>> = Vec::new();
    while rows.len() < wanted {
        // One more than may be, so that too many are noticed.
        let left = wanted.min(most.saturating_add(1)).saturating_sub(rows.len());
        let page = view.query(query.clone().limit(left.clamp(1, 1_000))).await?;
        rows.extend(page.records.into_iter().map(|record| record.values));
        if rows.len() > most {
            return Err(QueryError::TooLarge { what: "rows of a list", limit: most }.into());
        }
        match page.next {
            Some(next) => query.after = Some(next),
            None => break,
        }
    }
    for (place, column) in columns.iter().enumerate() {
        let Some(lookup) = &column.lookup else { continue };
        let found = lookup.find(view, rows.iter().filter_map(|row| row.get(place)?.as_id())).await?;
        for value in rows.iter_mut().filter_map(|row| row.get_mut(place)) {
            *value = record_values(lookup, &found, value).into_iter().next().unwrap_or(Value::Null);
        }
    }
    Ok(rows)
}

/// The order of the list as fields to sort by, where a store can do it: every column takes part, none of them stands
/// for a record or is a share.
fn stored_order(plan: &Plan, definition: &Definition) -> Option<Vec<OrderBy>> {
    let Source::List(columns) = &plan.source else { return None };
    let sortable = |place: usize| {
        let plain = !matches!(plan.columns.get(place)?.column_type, ColumnType::Json);
        columns.get(place).filter(|column| plain && column.lookup.is_none())
    };
    let mut order = Vec::new();
    for sort in &definition.order {
        let place = plan.columns.iter().position(|column| column.name == sort.column)?;
        order.push(OrderBy { path: sortable(place)?.path.clone(), direction: sort.direction });
    }
    for place in 0..columns.len() {
        let path = sortable(place)?.path.clone();
        if !order.iter().any(|sorted| sorted.path == path) {
            order.push(OrderBy { path, direction: Direction::Ascending });
        }
    }
    (order.len() <= MAX_ORDER && definition.shares.is_empty() && definition.steps.is_empty()).then_some(order)
}

async fn list_totals(plan: &Plan, view: &View<'_>) -> Result<Vec<(Name, Value)>> {
    let Source::List(columns) = &plan.source else { return Ok(Vec::new()) };
    if plan.totals.is_empty() {
        return Ok(Vec::new());
    }
    let mut request = Aggregate::new(plan.def.name.clone()).filter(plan.filter.clone());
    let mut names = Vec::new();
    for place in &plan.totals {
        let (Some(column), Some(planned)) = (plan.columns.get(*place), columns.get(*place)) else { continue };
        request = request.measure(Measure::Sum(planned.path.clone()));
        names.push(column.name.clone());
    }
    let sums = view.aggregate(request).await?.into_iter().next().map(|row| row.measures).unwrap_or_default();
    Ok(names.into_iter().zip(sums).collect())
}
