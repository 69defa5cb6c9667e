//! Which questions a rollup can answer, and what to read then.

use chrono::Days;
use chrono_tz::Tz;

use super::table::{KeptRollup, RECORDS};
use crate::query::{Aggregate, Comparison, Filter, GroupKey, Measure, OrderBy, Period, Query, Top};
use crate::schema::{ColumnType, FieldRef, Name, Path};
use crate::value::{Date, Timestamp, Value};

/// What to read in place of adding up records.
#[derive(Debug)]
pub(crate) enum Answer {
    /// The rows are added up.
    Folded {
        /// The question to the rollup's table.
        request: Aggregate,
        /// Whether the last measure is not asked for: how many records a group has. One without any is no group.
        counted: bool,
    },
    /// Every group is one row, and they are wanted from one end: keys, then measures are the columns.
    Ranked {
        /// The question to the rollup's table, without a limit.
        query: Query,
        /// How many of the columns are keys.
        keys: usize,
        /// Which ones are wanted.
        top: Top,
    },
}

/// What to read to answer a question, if the rollup says it; its days begin in `zone`.
pub(crate) fn answer(kept: &KeptRollup, request: &Aggregate, zone: Tz) -> Option<Answer> {
    let reading = Reading { kept, zone };
    let mut keys = Vec::new();
    for key in &request.keys {
        keys.push(reading.key(key)?);
    }
    let measures: Vec<Name> = request.measures.iter().map(|measure| reading.measure(measure)).collect::<Option<_>>()?;
    let mut conditions = Vec::new();
    flatten(&request.filter, &mut conditions);
    let mut counted = Vec::new();
    flatten(&kept.rollup().filter, &mut counted);
    for condition in counted {
        let place = conditions.iter().position(|other| *other == condition)?;
        conditions.remove(place);
        conditions.retain(|other| *other != condition);
    }
    let mut filters: Vec<Filter> =
        conditions.into_iter().map(|filter| reading.filter(filter)).collect::<Option<_>>()?;
    for key in kept.rollup().keys() {
        if let Some(period) = key.period {
            pin(&mut filters, &key.field, period);
        }
    }
    let sharded = kept.shards() > 1;
    let is_key =
        |field: &Name| keys.iter().any(|key: &Key| key.identity && key.group.path == Path::field(field.clone()));
    let single = |field: &Name| is_key(field) || filters.iter().any(|filter| is_equal(filter, field));
    let rows =
        !sharded && keys.iter().all(|key| key.identity) && kept.rollup().keys().iter().all(|key| single(&key.field));
    if !sharded {
        filters.push(compare(&Name::Borrowed(RECORDS), Comparison::Greater, Value::Int(0)));
    }
    let filter = filters.into_iter().fold(Filter::All, Filter::and);
    if let Some(top) = request.top.filter(|_| rows) {
        let columns = keys.iter().map(|key| key.group.path.clone()).chain(measures.iter().cloned().map(Path::field));
        let by = OrderBy { path: Path::field(measures.get(top.measure)?.clone()), direction: top.direction };
        let query = Query::new(kept.table().name.clone()).filter(filter).order(by).columns(columns);
        return Some(Answer::Ranked { query, keys: keys.len(), top });
    }
    let mut asked = Aggregate::new(kept.table().name.clone()).filter(filter);
    let count = sharded && !keys.is_empty();
    asked.keys = keys.into_iter().map(|key| key.group).collect();
    asked.measures = measures.into_iter().chain(count.then_some(Name::Borrowed(RECORDS))).map(sum).collect();
    asked.top = request.top.filter(|_| !sharded);
    (asked.max_groups, asked.max_rows) = (request.max_groups, request.max_rows);
    Some(Answer::Folded { request: asked, counted: count })
}

fn sum(column: Name) -> Measure {
    Measure::Sum(Path::field(column))
}

struct Reading<'a> {
    kept: &'a KeptRollup,
    zone: Tz,
}

struct Key {
    group: GroupKey,
    /// Whether it is a key of the rollup as it is.
    identity: bool,
}

/// What a path of the counted records is in the rollup.
enum Column {
    /// The same path.
    Same,
    /// A key by period.
    Period(Name, Period),
}

impl Reading<'_> {
    fn column(&self, path: &Path) -> Option<Column> {
        let Some((FieldRef::Declared(field), rest)) = path.steps().split_first() else { return None };
        let key = self.kept.rollup().keys().iter().find(|key| key.field == *field)?;
        match key.period {
            None => Some(Column::Same),
            Some(period) => rest.is_empty().then(|| Column::Period(field.clone(), period)),
        }
    }

    fn is_moment(&self, field: &str) -> bool {
        let column = self.kept.fact().column_def(field);
        column.is_some_and(|column| matches!(column.column_type, ColumnType::Timestamp))
    }

    fn key(&self, key: &GroupKey) -> Option<Key> {
        match (self.column(&key.path)?, key.period) {
            (Column::Same, period) => {
                Some(Key { identity: period.is_none() && key.path.steps().len() == 1, group: key.clone() })
            }
            (Column::Period(..), None) => None,
            (Column::Period(field, kept), Some((asked, zone))) => {
                if self.is_moment(&field) && zone != self.zone {
                    return None;
                }
                let group = match asked {
                    same if same == kept => GroupKey::from(key.path.clone()),
                    coarser if holds(coarser, kept) => key.clone(),
                    _ => return None,
                };
                Some(Key { identity: asked == kept, group })
            }
        }
    }

    fn measure(&self, measure: &Measure) -> Option<Name> {
        match measure {
            Measure::Count => Some(Name::Borrowed(RECORDS)),
            Measure::Sum(path) => {
                let [FieldRef::Declared(field)] = path.steps() else { return None };
                self.kept.rollup().sums().iter().find(|sum| *sum == field).cloned()
            }
            Measure::Distinct(_) | Measure::Average(_) | Measure::Minimum(_) | Measure::Maximum(_) => None,
        }
    }

    fn filter(&self, filter: &Filter) -> Option<Filter> {
        let all = |filters: &Vec<Filter>| filters.iter().map(|filter| self.filter(filter)).collect::<Option<Vec<_>>>();
        let same = |path: &Path| matches!(self.column(path), Some(Column::Same));
        match filter {
            Filter::All => Some(Filter::All),
            Filter::Not(inner) => Some(Filter::Not(Box::new(self.filter(inner)?))),
            Filter::And(filters) => Some(Filter::And(all(filters)?)),
            Filter::Or(filters) => Some(Filter::Or(all(filters)?)),
            Filter::Compare { path, comparison, value } => match self.column(path)? {
                Column::Same => Some(filter.clone()),
                Column::Period(field, period) => self.bound(&field, period, *comparison, value),
            },
            Filter::In { path, .. } => same(path).then(|| filter.clone()),
            Filter::IsNull { path } => self.column(path).map(|_| filter.clone()),
            Filter::Search { paths, .. } => paths.iter().all(same).then(|| filter.clone()),
            Filter::Exists { .. } => None,
        }
    }

    /// A bound of days that begins or ends whole periods.
    fn bound(&self, field: &Name, period: Period, comparison: Comparison, value: &Value) -> Option<Filter> {
        let (comparison, day) = match (value, comparison) {
            (Value::Timestamp(at), Comparison::GreaterOrEqual | Comparison::Less) => {
                let day = at.local_date(self.zone);
                (Timestamp::start_of_day(day, self.zone).ok()? == *at).then_some((comparison, day))?
            }
            (Value::Date(day), Comparison::GreaterOrEqual | Comparison::Less) => (comparison, *day),
            (Value::Date(day), Comparison::LessOrEqual) => (Comparison::Less, next(*day)?),
            (Value::Date(day), Comparison::Greater) => (Comparison::GreaterOrEqual, next(*day)?),
            _ => return None,
        };
        (period.start(day) == day).then(|| compare(field, comparison, Value::Date(day)))
    }
}

fn next(day: Date) -> Option<Date> {
    day.checked_add_days(Days::new(1))
}

/// Whether each of the finer periods lies in one of the coarser.
const fn holds(coarser: Period, finer: Period) -> bool {
    match finer {
        Period::Day => true,
        Period::Month => matches!(coarser, Period::Quarter | Period::Year),
        Period::Quarter => matches!(coarser, Period::Year),
        Period::Week | Period::Year => false,
    }
}

fn compare(field: &Name, comparison: Comparison, value: Value) -> Filter {
    Filter::Compare { path: Path::field(field.clone()), comparison, value }
}

fn is_equal(filter: &Filter, field: &Name) -> bool {
    match filter {
        Filter::Compare { path, comparison: Comparison::Equal, .. } => *path == Path::field(field.clone()),
        _ => false,
    }
}

/// The conditions that all hold.
fn flatten<'f>(filter: &'f Filter, into: &mut Vec<&'f Filter>) {
    match filter {
        Filter::All => {}
        Filter::And(filters) => filters.iter().for_each(|filter| flatten(filter, into)),
        other => into.push(other),
    }
}

/// Puts one period in place of the bounds that leave only it.
fn pin(filters: &mut Vec<Filter>, field: &Name, period: Period) {
    let bound = |wanted: Comparison| {
        filters.iter().find_map(|filter| match filter {
            Filter::Compare { path, comparison, value: Value::Date(day) } => {
                (*comparison == wanted && *path == Path::field(field.clone())).then_some(*day)
            }
            _ => None,
        })
    };
    let (Some(from), Some(to)) = (bound(Comparison::GreaterOrEqual), bound(Comparison::Less)) else { return };
    if period.next(from) == to {
        let bounds = [(Comparison::GreaterOrEqual, from), (Comparison::Less, to)];
        let bounds = bounds.map(|(comparison, day)| compare(field, comparison, Value::Date(day)));
        filters.retain(|filter| !bounds.contains(filter));
        filters.push(compare(field, Comparison::Equal, Value::Date(from)));
    }
}
