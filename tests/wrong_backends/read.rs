//! Lists and aggregates by looking at everything.

use std::cmp::Ordering;

use crmkit::id::RecordId;
use crmkit::query::evaluate::{Dataset, value_at};
use crmkit::query::{
    Aggregate, AggregateRow, Cursor, Direction, Folder, Measure, Page, PreparedFilter, PreparedQuery, Query,
    QueryError, fold_text,
};
use crmkit::schema::{EntityDef, Record, ResolvedPath, Schema};
use crmkit::storage::Result;
use crmkit::value::{Money, Quantity, Rate, Value};

use crate::naive::Data;
use crate::quirk::Quirk;

pub(crate) fn get(data: &Data, entity: &EntityDef, ids: &[RecordId]) -> Vec<Record> {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    ids.iter().filter_map(|id| data.get(&entity.name, *id)).cloned().collect()
}

pub(crate) fn query(data: &Data, schema: &Schema, query: &Query, quirk: Option<Quirk>) -> Result<Page> {
    if quirk == Some(Quirk::PagesByOffset) {
        return by_offset(data, schema, query);
    }
    let prepared = match query.prepare(schema) {
        Err(QueryError::Cursor) if quirk == Some(Quirk::TakesAnyCursor) => query.clone().after(None).prepare(schema)?,
        prepared => prepared?,
    };
    let mut rows: Vec<(Vec<Value>, &Record)> = data
        .scan(&prepared.def.name)
        .filter(|record| matches(data, &prepared.filter, record, quirk))
        .filter(|record| quirk != Some(Quirk::JoinsInner) || joins(data, &prepared, record))
        .map(|record| (prepared.order.iter().map(|(path, _)| value_at(data, record, path)).collect(), record))
        .collect();
    let order = |left: (&[Value], RecordId), right: (&[Value], RecordId), ties: bool| {
        let fields = prepared.order.iter().zip(left.0.iter().zip(right.0));
        let mut orders = fields.map(|((_, direction), (left, right))| compare(left, right, *direction, quirk));
        let by_id = if ties { left.1.cmp(&right.1) } else { Ordering::Equal };
        orders.find(|order| order.is_ne()).unwrap_or(by_id)
    };
    rows.sort_by(|left, right| order((&left.0, left.1.id), (&right.0, right.1.id), true));
    if let Some(after) = &prepared.after {
        let ties = quirk != Some(Quirk::LosesTies) || prepared.order.is_empty();
        rows.retain(|(values, record)| order((values, record.id), (&after.values, after.id), ties).is_gt());
    }
    let full = rows.len() >= prepared.limit && prepared.limit > 0;
    let more = rows.len() > prepared.limit || (full && quirk == Some(Quirk::AlwaysSaysThereIsMore));
    rows.truncate(prepared.limit);
    let next = rows.last().filter(|_| more).map(|(values, record)| prepared.cursor(values.clone(), record.id));
    Ok(Page::new(rows.into_iter().map(|(_, record)| project(data, &prepared, record)).collect(), next))
}

fn by_offset(data: &Data, schema: &Schema, query: &Query) -> Result<Page> {
    let text = |cursor: &Cursor| serde_json::to_value(cursor).ok()?.as_str()?.parse::<usize>().ok();
    let offset = match &query.after {
        Some(cursor) => text(cursor).ok_or(QueryError::Cursor)?,
        None => 0,
    };
    let mut whole = self::query(data, schema, &query.clone().after(None).limit(10_000), None)?;
    let more = whole.records.len() > offset + query.limit;
    let next = more.then(|| serde_json::from_value((offset + query.limit).to_string().into()).ok()).flatten();
    whole.records = whole.records.into_iter().skip(offset).take(query.limit).collect();
    whole.next = next;
    Ok(whole)
}

fn project(data: &Data, query: &PreparedQuery, record: &Record) -> Record {
    let Some(columns) = &query.columns else { return record.clone() };
    let values = columns.iter().map(|path| value_at(data, record, path)).collect();
    Record { values, custom: Default::default(), ..record.clone() }
}

/// Whether every reference on the way to the fields of the order is there.
fn joins(data: &Data, query: &PreparedQuery, record: &Record) -> bool {
    query.order.iter().all(|(path, _)| {
        let mut at = record;
        path.hops.iter().all(|hop| {
            let target = at.value(hop.column).as_id().and_then(|id| data.get(&hop.target.name, id));
            target.map(|target| at = target).is_some()
        })
    })
}

fn compare(left: &Value, right: &Value, direction: Direction, quirk: Option<Quirk>) -> Ordering {
    let by_value = match (quirk, left, right) {
        (Some(Quirk::SortsWithoutCase), Value::Text(left), Value::Text(right)) => {
            left.to_lowercase().cmp(&right.to_lowercase())
        }
        (Some(Quirk::SortsByUtf16), Value::Text(left), Value::Text(right)) => {
            left.encode_utf16().cmp(right.encode_utf16())
        }
        (_, left, right) => left.cmp(right),
    };
    let nothing = (left.is_null(), right.is_null());
    match (nothing, direction) {
        ((false, false), Direction::Ascending) => by_value,
        ((false, false), Direction::Descending) => by_value.reverse(),
        ((left, right), _) if quirk == Some(Quirk::PutsNothingFirst) => right.cmp(&left),
        ((left, right), Direction::Descending) if quirk == Some(Quirk::TakesNothingForTheGreatest) => right.cmp(&left),
        ((left, right), _) => left.cmp(&right),
    }
}

fn matches(data: &Data, filter: &PreparedFilter, record: &Record, quirk: Option<Quirk>) -> bool {
    judge(data, filter, record, quirk).unwrap_or(false)
}

/// Whether a condition holds; `None` for "unknown", which only a store of three values of truth ever says.
fn judge(data: &Data, filter: &PreparedFilter, record: &Record, quirk: Option<Quirk>) -> Option<bool> {
    let unknown = if quirk == Some(Quirk::NegatesInThreeValues) { None } else { Some(false) };
    let at = |path: &ResolvedPath| value_at(data, record, path);
    match filter {
        PreparedFilter::All => Some(true),
        PreparedFilter::Not(inner) => judge(data, inner, record, quirk).map(|holds| !holds),
        PreparedFilter::And(all) => {
            let judged: Vec<Option<bool>> = all.iter().map(|inner| judge(data, inner, record, quirk)).collect();
            if judged.contains(&Some(false)) {
                Some(false)
            } else {
                judged.into_iter().collect::<Option<Vec<_>>>().map(|_| true)
            }
        }
        PreparedFilter::Or(any) => {
            let judged: Vec<Option<bool>> = any.iter().map(|inner| judge(data, inner, record, quirk)).collect();
            if judged.contains(&Some(true)) {
                Some(true)
            } else {
                judged.into_iter().collect::<Option<Vec<_>>>().map(|_| false)
            }
        }
        PreparedFilter::Compare { path, comparison, value } => match (at(path), value) {
            (Value::Null, _) => unknown,
            (Value::Text(found), Value::Text(value)) if quirk == Some(Quirk::ComparesWithoutCase) => {
                Some(comparison.holds(&found.to_lowercase(), &value.to_lowercase()))
            }
            (found, value) => Some(comparison.holds(&found, value)),
        },
        PreparedFilter::In { path, values } => match at(path) {
            Value::Null => unknown,
            found => {
                let most = if quirk == Some(Quirk::CutsLists) { 1_000 } else { values.len() };
                Some(values.iter().take(most).any(|value| *value == found))
            }
        },
        PreparedFilter::IsNull { path } => Some(at(path).is_null()),
        PreparedFilter::Search { paths, words } => {
            let texts: Vec<String> =
                paths.iter().filter_map(|path| at(path).as_text().map(|t| folded(t, quirk))).collect();
            Some(words.iter().all(|word| texts.iter().any(|text| occurs(text, word, quirk))))
        }
        PreparedFilter::Exists { child, column, filter } => {
            let mut referrers = data.scan(&child.name).filter(|child| child.value(*column).as_id() == Some(record.id));
            let any = quirk == Some(Quirk::FindsAnyReferrer);
            Some(referrers.any(|child| any || matches(data, filter, child, quirk)))
        }
        other => panic!("{other:?} is not known here"),
    }
}

fn folded(text: &str, quirk: Option<Quirk>) -> String {
    if quirk == Some(Quirk::SearchesWithoutFolding) { text.to_lowercase() } else { fold_text(text) }
}

/// Whether a word occurs; where it is taken for a pattern, `%` is any text and `_` any letter.
fn occurs(text: &str, word: &str, quirk: Option<Quirk>) -> bool {
    fn like(text: &[char], pattern: &[char]) -> bool {
        match pattern.split_first() {
            None => true,
            Some(('%', rest)) => (0..=text.len()).any(|skip| like(&text[skip..], rest)),
            Some(('_', rest)) => text.split_first().is_some_and(|(_, text)| like(text, rest)),
            Some((letter, rest)) => text.split_first().is_some_and(|(first, text)| first == letter && like(text, rest)),
        }
    }
    if quirk != Some(Quirk::SearchesByPattern) {
        return text.contains(word);
    }
    let (text, word): (Vec<char>, Vec<char>) = (text.chars().collect(), word.chars().collect());
    (0..=text.len()).any(|start| like(&text[start..], &word))
}

pub(crate) fn aggregate(
    data: &Data,
    schema: &Schema,
    request: &Aggregate,
    quirk: Option<Quirk>,
) -> Result<Vec<AggregateRow>> {
    let mut request = request.clone();
    if quirk == Some(Quirk::HasNoBounds) {
        (request.max_groups, request.max_rows) = (usize::MAX, usize::MAX);
    }
    if quirk == Some(Quirk::TakesPeriodsInUtc) {
        for key in &mut request.keys {
            key.period = key.period.map(|(period, _)| (period, chrono_tz::Tz::UTC));
        }
    }
    let prepared = request.prepare(schema)?;
    let found: Vec<&Record> =
        data.scan(&prepared.def.name).filter(|record| matches(data, &prepared.filter, record, quirk)).collect();
    if found.is_empty() && quirk == Some(Quirk::HasNoRowForNothing) {
        return Ok(Vec::new());
    }
    let mut folder = Folder::new(&prepared);
    for record in &found {
        let mut inputs: Vec<Value> = prepared.inputs().map(|path| value_at(data, record, path)).collect();
        folder.push(&mut inputs)?;
    }
    let mut rows = match folder.finish() {
        Err(QueryError::Range(_)) if quirk == Some(Quirk::SaturatesSums) && request.keys.is_empty() => {
            let most = request.measures.iter().map(|_| Value::Money(Money::MAX)).collect();
            vec![AggregateRow::new(Vec::new(), most)]
        }
        rows => rows?,
    };
    if quirk == Some(Quirk::GroupsNothingFirst) {
        rows.sort_by_key(|row| row.keys.first().is_some_and(|key| !key.is_null()));
    }
    if let Some(top) = request.top.filter(|_| quirk == Some(Quirk::CutsEqualGroups)) {
        rows.truncate(top.groups);
    }
    if request.keys.is_empty() {
        for row in &mut rows {
            for (place, measure) in request.measures.iter().enumerate() {
                let path = prepared.measures.get(place).and_then(|measure| measure.path.clone());
                let values = path.iter().flat_map(|path| found.iter().map(|record| value_at(data, record, path)));
                remeasure(&mut row.measures[place], measure, values.collect(), quirk);
            }
        }
    }
    Ok(rows)
}

/// What a faulty store makes of one measure over all records.
fn remeasure(result: &mut Value, measure: &Measure, values: Vec<Value>, quirk: Option<Quirk>) {
    match (quirk, measure) {
        (Some(Quirk::SumsInFloats), Measure::Sum(_)) => {
            let sum: f64 = values.iter().filter_map(Value::as_integer).map(|raw| raw as f64).sum();
            if let Some(float) = result.with_integer(sum as i64) {
                *result = float;
            }
        }
        (Some(Quirk::RoundsHalfUp), Measure::Average(_)) => {
            let raws: Vec<i128> = values.iter().filter_map(Value::as_integer).map(i128::from).collect();
            let Some(count) = i128::try_from(raws.len()).ok().filter(|count| *count > 0) else { return };
            let scale = if values.iter().any(|value| matches!(value, Value::Int(_))) { 10_000 } else { 1 };
            let up = (raws.iter().sum::<i128>() * scale * 2 + count).div_euclid(count * 2);
            *result = match (&*result, i64::try_from(up)) {
                (Value::Money(_), Ok(raw)) => Money::from_raw(raw).map_or(Value::Null, Value::Money),
                (Value::Rate(_), Ok(raw)) => Rate::from_raw(raw).map_or(Value::Null, Value::Rate),
                (Value::Quantity(_), Ok(raw)) => Quantity::from_raw(raw).map_or(Value::Null, Value::Quantity),
                (other, _) => other.clone(),
            };
        }
        (Some(Quirk::CountsNothing), Measure::Distinct(_)) if values.iter().any(Value::is_null) => {
            *result = Value::Int(result.as_integer().unwrap_or_default() + 1);
        }
        _ => {}
    }
}
