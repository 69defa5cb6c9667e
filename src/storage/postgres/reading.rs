//! Answering reads on one connection.

use futures_util::TryStreamExt;
use sqlx::PgConnection;
use sqlx::postgres::PgRow;

use super::argument::Argument;
use super::dialect::{Postgres, Ready};
use super::fault::explained;
use super::row::{id_at, long_at, record, value_at, version_at};
use super::statements::{EntitySql, id, rows, statement};
use crate::id::RecordId;
use crate::query::{AggregateRow, Folder, Measure, Page, PreparedAggregate, PreparedQuery, QueryError};
use crate::schema::{CustomFields, Record, ResolvedPath};
use crate::storage::Result;
use crate::storage::sql::{select_aggregate, select_count, select_page};
use crate::value::Value;

/// The records with these ids that exist, each once.
pub(super) async fn get(connection: &mut PgConnection, sql: &EntitySql, ids: &[RecordId]) -> Result<Vec<Record>> {
    let found = match ids {
        [] => return Ok(Vec::new()),
        [one] => rows(connection, sql.get_one.clone(), [id(*one)]).await?,
        // The server finds an id that is asked for twice once.
        ids => rows(connection, sql.get.clone(), [Argument::ids(ids)]).await?,
    };
    found.iter().map(|row| record(&sql.def, row)).collect()
}

/// A list, ready to be run.
#[derive(Debug)]
pub(super) struct PageRead {
    query: PreparedQuery,
    ready: Ready,
}

impl PageRead {
    pub(super) fn new(dialect: &Postgres, query: PreparedQuery) -> Result<Self, QueryError> {
        let ready = select_page(dialect, &query)?.into();
        Ok(Self { query, ready })
    }

    pub(super) fn text(&self) -> String {
        self.ready.text()
    }

    pub(super) async fn run(self, connection: &mut PgConnection) -> Result<Page> {
        let mut found = rows(connection, self.ready.sql.as_str(), self.ready.arguments.clone()).await?;
        let more = found.len() > self.query.limit;
        found.truncate(self.query.limit);
        let records = found.iter().map(|row| self.record(row)).collect::<Result<Vec<_>>>()?;
        let next = match (found.last(), records.last()) {
            (Some(row), Some(last)) if more => Some(self.query.cursor(self.sort_values(row, last.id)?, last.id)),
            _ => None,
        };
        Ok(Page { records, next })
    }

    fn record(&self, row: &PgRow) -> Result<Record> {
        let def = &self.query.def;
        let Some(columns) = &self.query.columns else { return record(def, row) };
        let id = id_at(def, row, 0)?;
        let version = version_at(def, id, row, 1)?;
        let mut values = Vec::with_capacity(columns.len());
        for (place, path) in columns.iter().enumerate() {
            values.push(self.value(row, id, path, place + 2)?);
        }
        Ok(Record { entity: def.name.clone(), id, version, values, custom: CustomFields::new() })
    }

    fn sort_values(&self, row: &PgRow, id: RecordId) -> Result<Vec<Value>> {
        // Behind the id and the version, and the columns or else all columns and `custom`.
        let first = 2 + self.query.columns.as_ref().map_or(self.query.def.columns.len() + 1, Vec::len);
        let order = self.query.order.iter().enumerate();
        order.map(|(place, (path, _))| self.value(row, id, path, first + place)).collect()
    }

    fn value(&self, row: &PgRow, id: RecordId, path: &ResolvedPath, place: usize) -> Result<Value> {
        value_at(&self.query.def, &path.column_type, row, place, &path.path, || id)
    }
}

/// An aggregate, ready to be run.
#[derive(Debug)]
pub(super) struct AggregateRead {
    request: PreparedAggregate,
    ready: Ready,
    /// Only how many records there are is asked.
    counts: bool,
}

impl AggregateRead {
    pub(super) fn new(dialect: &Postgres, request: PreparedAggregate) -> Result<Self, QueryError> {
        let only_counts = request.measures.iter().all(|measure| matches!(measure.measure, Measure::Count));
        let counts = request.keys.is_empty() && only_counts && request.max_groups > 0;
        let built = if counts {
            select_count(dialect, &request.def, &request.filter)?
        } else {
            select_aggregate(dialect, &request)?
        };
        Ok(Self { request, ready: built.into(), counts })
    }

    pub(super) fn text(&self) -> String {
        self.ready.text()
    }

    pub(super) async fn run(self, connection: &mut PgConnection) -> Result<Vec<AggregateRow>> {
        let request = &self.request;
        let statement = statement(self.ready.sql.as_str(), self.ready.arguments.clone())?;
        if self.counts {
            let row = statement.fetch_one(connection).await.map_err(explained)?;
            let count = long_at(&row, 0)?;
            if usize::try_from(count).is_ok_and(|count| count > request.max_rows) {
                return Err(QueryError::TooLarge { what: "records for one report", limit: request.max_rows }.into());
            }
            return Ok(vec![AggregateRow::new(Vec::new(), vec![Value::Int(count); request.measures.len()])]);
        }
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
}
