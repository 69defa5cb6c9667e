//! Reading a rollup in place of adding up records.

use chrono_tz::Tz;

use super::error::Result;
use super::run::only_first;
use crate::crm::rollups::usable;
use crate::query::{Aggregate, AggregateRow, Query, Top};
use crate::rollup::{Answer, answer};
use crate::storage::Reader;
use crate::value::Value;

/// How many rows are read behind those that are wanted, since they may be equal to the last of these.
const AHEAD: usize = 16;

/// The answer to a question from the first declared rollup that says it and can be used, best one whose rows are the
/// groups.
pub(super) async fn rolled_up(reader: &dyn Reader, request: &Aggregate, zone: Tz) -> Result<Option<Vec<AggregateRow>>> {
    let mut answers = Vec::new();
    for kept in reader.schema().rollups_of(&request.entity) {
        if let Some(answer) = answer(kept, request, zone) {
            answers.push((kept, answer));
        }
    }
    answers.sort_by_key(|(_, answer)| !matches!(answer, Answer::Ranked { .. }));
    for (kept, answer) in answers {
        let Some(kept_in) = usable(reader, kept).await? else { continue };
        if kept.rollup().has_periods() && kept_in != zone {
            continue;
        }
        let groups = match answer {
            Answer::Folded { request: asked, counted } => {
                let groups = reader.aggregate(&asked).await?;
                let groups = if counted { groups.into_iter().filter_map(of_records).collect() } else { groups };
                match request.top.filter(|_| counted) {
                    Some(top) => only_first(groups, top),
                    None => groups,
                }
            }
            Answer::Ranked { query, keys, top } => ranked(reader, query, keys, top).await?,
        };
        return Ok(Some(groups));
    }
    Ok(None)
}

/// A group without the number of its records, if there are any.
fn of_records(mut group: AggregateRow) -> Option<AggregateRow> {
    let records = group.measures.pop();
    records.filter(|records| *records != Value::Int(0)).map(|_| group)
}

/// The rows that come first and those that are equal to the last of them, in the order of their keys.
async fn ranked(reader: &dyn Reader, query: Query, keys: usize, top: Top) -> Result<Vec<AggregateRow>> {
    let mut groups: Vec<AggregateRow> = Vec::new();
    let mut query = query.limit(top.groups.saturating_add(AHEAD).min(1_000));
    loop {
        let page = reader.query(&query).await?;
        groups.extend(page.records.into_iter().map(|record| {
            let mut values = record.values;
            let measures = values.split_off(keys.min(values.len()));
            AggregateRow::new(values, measures)
        }));
        let measured = |group: Option<&AggregateRow>| group.and_then(|group| group.measures.get(top.measure).cloned());
        let last_wanted = top.groups.checked_sub(1).and_then(|last| measured(groups.get(last)));
        let enough = top.groups == 0 || last_wanted.is_some() && last_wanted != measured(groups.last());
        match page.next {
            Some(next) if !enough => query.after = Some(next),
            _ => break,
        }
    }
    let mut groups = only_first(groups, top);
    groups.sort_by(|left, right| left.keys.cmp(&right.keys));
    Ok(groups)
}
