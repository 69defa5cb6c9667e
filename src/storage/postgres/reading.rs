//! Answering reads on one connection.

use sqlx::PgConnection;
use sqlx::postgres::PgRow;

use super::argument::Argument;
use super::dialect::{Postgres, Ready};
use super::row::{id_at, record, value_at, version_at};
use super::statements::{EntitySql, id, rows};
use crate::id::RecordId;
use crate::query::{Page, PreparedQuery, QueryError};
use crate::schema::{CustomFields, Record, ResolvedPath};
use crate::storage::Result;
use crate::storage::sql::select_page;
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
