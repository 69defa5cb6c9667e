//! Aggregates: grouped by the server, or where it can't, from the records it sends.

use futures_util::TryStreamExt;
use sqlx::PgConnection;
use sqlx::postgres::PgRow;

use super::borders::Borders;
use super::dialect::{Postgres, Ready};
use super::fault::explained;
use super::row::{id_at, long_at, raw_at, sum_at, value_at};
use super::statements::statement;
use crate::id::RecordId;
use crate::query::{
    AggregateRow, Folder, Groups, Measure, Measured, PreparedAggregate, PreparedKey, PreparedMeasure, QueryError,
    State, Top,
};
use crate::schema::{ColumnType, ResolvedPath};
use crate::storage::Result;
use crate::storage::sql::{select_aggregate, select_count, select_groups};
use crate::value::Value;

/// An aggregate, ready to be run.
#[derive(Debug)]
pub(super) struct AggregateRead {
    dialect: Postgres,
    request: PreparedAggregate,
    way: Way,
}

/// How the server is asked.
#[derive(Debug)]
enum Way {
    /// Only how many records there are.
    Count(Ready),
    /// For groups. `top` if it finds those that come first itself. Behind that the borders of each key, where it is a
    /// period of moments.
    Groups { ready: Ready, top: Option<Top>, borders: Vec<Option<Borders>> },
    /// For the records.
    Records(Ready),
}

impl AggregateRead {
    pub(super) fn new(dialect: &Postgres, request: PreparedAggregate) -> Result<Self, QueryError> {
        let only_counts = request.measures.iter().all(|measure| matches!(measure.measure, Measure::Count));
        let one_row = request.keys.is_empty() && request.max_groups > 0;
        let way = if one_row && only_counts && request.top.is_none() {
            Way::Count(select_count(dialect, &request.def, &request.filter)?.into())
        } else if let Some(borders) = borders(&request).filter(|_| one_row || !request.keys.is_empty()) {
            // The server's mean is rounded otherwise than ours, so it can't be sorted by.
            let exact = |top: &Top| {
                let measure = request.measures.get(top.measure);
                !request.keys.is_empty() && !measure.is_some_and(|it| matches!(it.measure, Measure::Average(_)))
            };
            let top = request.top.filter(exact);
            Way::Groups { ready: grouped(dialect, &request, &borders, top)?, top, borders }
        } else {
            Way::Records(select_aggregate(dialect, &request)?.into())
        };
        Ok(Self { dialect: dialect.clone(), request, way })
    }

    pub(super) fn text(&self) -> String {
        match &self.way {
            Way::Count(ready) | Way::Groups { ready, .. } | Way::Records(ready) => ready.text(),
        }
    }

    pub(super) async fn run(self, connection: &mut PgConnection) -> Result<Vec<AggregateRow>> {
        let request = &self.request;
        match &self.way {
            Way::Count(ready) => count(ready, request, connection).await,
            Way::Records(ready) => fold(ready, request, connection).await,
            Way::Groups { ready, top, borders } => {
                if let Some(answer) = answer(ready, request, borders, *top, connection).await? {
                    return Ok(answer);
                }
                // Groups behind the last one wanted are equal to it: then all are looked at.
                if top.is_some() {
                    let ready = grouped(&self.dialect, request, borders, None)?;
                    if let Some(answer) = answer(&ready, request, borders, None, connection).await? {
                        return Ok(answer);
                    }
                }
                // There are moments outside the borders.
                let ready: Ready = select_aggregate(&self.dialect, request)?.into();
                fold(&ready, request, connection).await
            }
        }
    }
}

/// The borders of each key, where it is a period of moments; none if the server can't be told of a key.
fn borders(request: &PreparedAggregate) -> Option<Vec<Option<Borders>>> {
    let of_key = |key: &PreparedKey| match (key.period, &key.path.column_type) {
        (Some(period), ColumnType::Timestamp) => Borders::new(&key.path, period, &request.filter).map(Some),
        _ => Some(None),
    };
    request.keys.iter().map(of_key).collect()
}

fn grouped(
    dialect: &Postgres,
    request: &PreparedAggregate,
    borders: &[Option<Borders>],
    top: Option<Top>,
) -> Result<Ready, QueryError> {
    let starts: Vec<_> = borders.iter().map(|borders| borders.as_ref().map(|it| it.starts.as_slice())).collect();
    Ok(select_groups(dialect, request, &starts, top)?.into())
}

async fn count(ready: &Ready, request: &PreparedAggregate, connection: &mut PgConnection) -> Result<Vec<AggregateRow>> {
    let statement = statement(ready.sql.as_str(), ready.arguments.clone())?;
    let row = statement.fetch_one(connection).await.map_err(explained)?;
    let count = long_at(&row, 0)?;
    if usize::try_from(count).is_ok_and(|count| count > request.max_rows) {
        return Err(too_many("records for one report", request.max_rows).into());
    }
    Ok(vec![AggregateRow::new(Vec::new(), vec![Value::Int(count); request.measures.len()])])
}

/// From the records, one after the other.
async fn fold(ready: &Ready, request: &PreparedAggregate, connection: &mut PgConnection) -> Result<Vec<AggregateRow>> {
    let statement = statement(ready.sql.as_str(), ready.arguments.clone())?;
    let inputs: Vec<&ResolvedPath> = request.inputs().collect();
    let mut folder = Folder::new(request);
    let mut values = Vec::with_capacity(inputs.len());
    let mut rows = statement.fetch(connection);
    while let Some(row) = rows.try_next().await.map_err(explained)? {
        values.clear();
        for (place, path) in inputs.iter().enumerate() {
            let id = || id_at(&request.def, &row, 0).unwrap_or(RecordId::NIL);
            values.push(value_at(&request.def, &path.column_type, &row, place + 1, &path.path, id)?);
        }
        folder.push(&mut values)?;
    }
    Ok(folder.finish()?)
}

/// From the groups the server has made; none where they do not tell the answer.
async fn answer(
    ready: &Ready,
    request: &PreparedAggregate,
    borders: &[Option<Borders>],
    top: Option<Top>,
    connection: &mut PgConnection,
) -> Result<Option<Vec<AggregateRow>>> {
    // How much lies in a range of time decides how to group it, so the server plans with the values at hand.
    let statement = statement(ready.sql.as_str(), ready.arguments.clone())?.persistent(false);
    let mut found = statement.fetch_all(connection).await.map_err(explained)?;
    let mut wanted = request.clone();
    match top {
        None => within_bounds(&found, request)?,
        Some(top) => {
            let place = judged_place(request, top);
            let beyond = if found.len() > top.groups { found.pop() } else { None };
            if let (Some(last), Some(beyond)) = (found.last(), &beyond)
                && raw_at(last, place)? == raw_at(beyond, place)?
            {
                return Ok(None);
            }
            wanted.top = None;
        }
    }
    let (mut all, mut measured) = (Vec::with_capacity(found.len()), Measured::of(&request.measures));
    for (number, row) in found.iter().enumerate() {
        let Some(keys) = keys(row, request, borders)? else { return Ok(None) };
        all.push((keys, number));
        states(row, request, &mut measured)?;
    }
    Ok(Some(Groups { count: all.len(), keys: all, measured }.finish(&wanted, |keys| keys)?))
}

fn within_bounds(found: &[PgRow], request: &PreparedAggregate) -> Result<()> {
    if found.len() > request.max_groups {
        return Err(too_many("groups", request.max_groups).into());
    }
    let mut records: usize = 0;
    for row in found {
        records = records.saturating_add(usize::try_from(long_at(row, request.keys.len())?).unwrap_or(0));
    }
    if records > request.max_rows {
        return Err(too_many("records for one report", request.max_rows).into());
    }
    Ok(())
}

const fn too_many(what: &'static str, limit: usize) -> QueryError {
    QueryError::TooLarge { what, limit }
}

/// The keys of a group; none if a moment lies outside the borders.
fn keys(row: &PgRow, request: &PreparedAggregate, borders: &[Option<Borders>]) -> Result<Option<Vec<Value>>> {
    let mut keys = Vec::with_capacity(request.keys.len());
    for (place, (key, borders)) in request.keys.iter().zip(borders).enumerate() {
        let path = &key.path;
        keys.push(match borders {
            None => value_at(&request.def, &path.column_type, row, place, &path.path, || RecordId::NIL)?,
            Some(borders) => match raw_at(row, place)? {
                None => Value::Null,
                Some(raw) => {
                    let number = raw.try_into().map(i32::from_be_bytes).unwrap_or_default();
                    let Some(day) = borders.period(number) else { return Ok(None) };
                    Value::Date(day)
                }
            },
        });
    }
    Ok(Some(keys))
}

/// What there is of each measure of a group.
fn states(row: &PgRow, request: &PreparedAggregate, measured: &mut [Measured]) -> Result<()> {
    let records = request.keys.len();
    let mut place = records;
    for (measure, all) in request.measures.iter().zip(measured) {
        let Some(path) = &measure.path else {
            all.push(State::Count(long_at(row, records)?));
            continue;
        };
        place += 1;
        let value = |place| value_at(&request.def, &path.column_type, row, place, &path.path, || RecordId::NIL);
        all.push(match measure.measure {
            Measure::Count | Measure::Distinct(_) => State::Count(long_at(row, place)?),
            Measure::Sum(_) => State::Sum(sum_at(row, place)?),
            Measure::Average(_) => {
                place += 1;
                State::Average { sum: sum_at(row, place - 1)?, count: long_at(row, place)?.into() }
            }
            Measure::Minimum(_) => State::Minimum(value(place)?),
            Measure::Maximum(_) => State::Maximum(value(place)?),
        });
    }
    Ok(())
}

/// The column that tells which groups come first.
fn judged_place(request: &PreparedAggregate, top: Top) -> usize {
    let records = request.keys.len();
    let columns = |measure: &PreparedMeasure| match (&measure.path, &measure.measure) {
        (None, _) => 0,
        (Some(_), Measure::Average(_)) => 2,
        (Some(_), _) => 1,
    };
    match request.measures.get(top.measure) {
        Some(measure) if measure.path.is_some() => {
            records + 1 + request.measures.iter().take(top.measure).map(columns).sum::<usize>()
        }
        _ => records,
    }
}
