//! Answering reads on one connection.

use std::fmt::Write;
use std::sync::Arc;

use rusqlite::{Row, params_from_iter};

use super::super::sql::{Built, select_aggregate, select_count, select_into, select_page};
use super::dialect::{FOLD, Sqlite};
use super::fault::Fault;
use super::link::Link;
use super::row::{BoundId, id_at, owned, record, value_at, version_at};
use super::statements::{EntitySql, MAX_IDS};
use crate::id::RecordId;
use crate::query::{
    AggregateRow, Comparison, Folder, Measure, Page, PreparedAggregate, PreparedFilter, PreparedQuery, QueryError,
};
use crate::schema::{CustomFields, Record, ResolvedPath};
use crate::value::Value;

/// A statement and its values, ready to be run on any connection.
#[derive(Debug)]
struct Ready {
    sql: String,
    values: Vec<rusqlite::types::Value>,
}

impl From<Built> for Ready {
    fn from(built: Built) -> Self {
        Self { sql: built.sql, values: built.values.into_iter().map(owned).collect() }
    }
}

impl Ready {
    /// The statement with its values below it.
    fn text(&self) -> String {
        let mut text = self.sql.clone();
        for (place, value) in self.values.iter().enumerate() {
            // Writing into a String does not fail.
            let _ = write!(text, "\n-- {}: {}", place + 1, shown(value));
        }
        text.push('\n');
        text
    }
}

fn shown(value: &rusqlite::types::Value) -> String {
    use rusqlite::types::Value as Stored;
    match value {
        Stored::Null => "NULL".to_owned(),
        Stored::Integer(n) => n.to_string(),
        Stored::Real(n) => n.to_string(),
        Stored::Text(text) => format!("{text:?}"),
        Stored::Blob(bytes) => bytes.iter().fold("0x".to_owned(), |text, byte| format!("{text}{byte:02x}")),
    }
}

/// The records with these ids that exist, each once.
pub(super) fn get(link: &Link, sql: &EntitySql, ids: &[RecordId]) -> Result<Vec<Record>, Fault> {
    if let [id] = ids {
        let mut statement = link.connection.prepare_cached(&sql.get)?;
        let mut rows = statement.query([BoundId(*id)])?;
        return Ok(match rows.next()? {
            Some(row) => vec![record(&sql.def, row)?],
            None => Vec::new(),
        });
    }
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    if ids.len() <= MAX_IDS {
        return get_some(link, sql, &ids);
    }
    at_one_moment(link, || {
        let mut records = Vec::with_capacity(ids.len());
        for some in ids.chunks(MAX_IDS) {
            records.extend(get_some(link, sql, some)?);
        }
        Ok(records)
    })
}

fn get_some(link: &Link, sql: &EntitySql, ids: &[RecordId]) -> Result<Vec<Record>, Fault> {
    let Some(last) = ids.last() else { return Ok(Vec::new()) };
    let (text, size) = sql.get_many(ids.len());
    let mut statement = link.connection.prepare_cached(&text)?;
    // An id that is asked for twice is found once.
    let padded = ids.iter().chain(std::iter::repeat(last)).take(size);
    let mut rows = statement.query(params_from_iter(padded.map(|id| BoundId(*id))))?;
    let mut records = Vec::with_capacity(ids.len());
    while let Some(row) = rows.next()? {
        records.push(record(&sql.def, row)?);
    }
    Ok(records)
}

/// Runs several reads that see the same moment.
fn at_one_moment<T>(link: &Link, read: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    if !link.connection.is_autocommit() {
        return read();
    }
    link.run("BEGIN")?;
    let result = read();
    link.run("ROLLBACK")?;
    result
}

/// A list, ready to be run.
#[derive(Debug)]
pub(super) struct PageRead {
    query: PreparedQuery,
    ready: Ready,
}

impl PageRead {
    pub(super) fn new(query: PreparedQuery) -> Result<Self, QueryError> {
        let ready = select_page(&Sqlite, &query)?.into();
        Ok(Self { query, ready })
    }

    /// Whether an index leads to the records, so that few others are looked at.
    pub(super) fn is_brief(&self, sql: &EntitySql) -> bool {
        let filter = &self.query.filter;
        let sorted = match self.query.order.first() {
            None => matches!(filter, PreparedFilter::All),
            // A range of what the index sorts by is read from its beginning, and the page ends it.
            Some((path, _)) => sql.is_indexed(path) && (matches!(filter, PreparedFilter::All) || bounds(filter, path)),
        };
        sorted || narrows(filter, sql)
    }

    pub(super) fn text(&self) -> String {
        self.ready.text()
    }

    pub(super) fn run(&self, link: &Link) -> Result<Page, Fault> {
        let query = &self.query;
        let mut statement = link.connection.prepare_cached(&self.ready.sql)?;
        let mut rows = statement.query(params_from_iter(self.ready.values.iter()))?;
        let (mut records, mut end) = (Vec::with_capacity(query.limit.min(256)), None);
        while let Some(row) = rows.next()? {
            if records.len() == query.limit {
                return Ok(Page { next: end, records });
            }
            records.push(self.record(row)?);
            if records.len() == query.limit
                && let Some(last) = records.last()
            {
                end = Some(query.cursor(self.sort_values(row, last.id)?, last.id));
            }
        }
        Ok(Page { records, next: None })
    }

    fn record(&self, row: &Row<'_>) -> Result<Record, Fault> {
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

    fn sort_values(&self, row: &Row<'_>, id: RecordId) -> Result<Vec<Value>, Fault> {
        // Behind the id and the version, and the columns or else all columns and `custom`.
        let first = 2 + self.query.columns.as_ref().map_or(self.query.def.columns.len() + 1, Vec::len);
        let order = self.query.order.iter().enumerate();
        order.map(|(place, (path, _))| self.value(row, id, path, first + place)).collect()
    }

    fn value(&self, row: &Row<'_>, id: RecordId, path: &ResolvedPath, place: usize) -> Result<Value, Fault> {
        value_at(&self.query.def, &path.column_type, row, place, &path.path, || id)
    }
}

/// Whether the filter names records by an index.
fn narrows(filter: &PreparedFilter, sql: &EntitySql) -> bool {
    match filter {
        PreparedFilter::Compare { path, comparison: Comparison::Equal, .. } => sql.is_indexed(path),
        PreparedFilter::In { path, values } => values.len() <= MAX_IDS && sql.is_indexed(path),
        PreparedFilter::And(filters) => filters.iter().any(|filter| narrows(filter, sql)),
        _ => false,
    }
}

/// Whether the filter is only a range of the field at the end of this path.
fn bounds(filter: &PreparedFilter, sorted: &ResolvedPath) -> bool {
    match filter {
        PreparedFilter::Compare { path, .. } => path.leaf == sorted.leaf && path.hops.is_empty(),
        PreparedFilter::And(filters) => filters.iter().all(|filter| bounds(filter, sorted)),
        _ => false,
    }
}

/// An aggregate, ready to be run. The rows are folded here: the engine's own grouping is several times slower.
#[derive(Debug)]
pub(super) struct AggregateRead {
    request: Arc<PreparedAggregate>,
    ready: Ready,
    way: Way,
}

/// How an aggregate is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Only how many records there are is asked.
    Count,
    /// SQLite hands each record to a function of ours.
    Fold,
}

impl AggregateRead {
    pub(super) fn new(request: PreparedAggregate) -> Result<Self, QueryError> {
        let counting = request.measures.iter().all(|measure| matches!(measure.measure, Measure::Count));
        let (way, built) = if counting && request.keys.is_empty() && request.max_groups > 0 && request.top.is_none() {
            (Way::Count, select_count(&Sqlite, &request.def, &request.filter)?)
        } else {
            (Way::Fold, select_into(&Sqlite, &request, FOLD)?)
        };
        Ok(Self { request: Arc::new(request), ready: built.into(), way })
    }

    pub(super) fn text(&self) -> String {
        self.ready.text()
    }

    pub(super) fn run(&self, link: &Link) -> Result<Vec<AggregateRow>, Fault> {
        match self.way {
            Way::Count => self.count(link),
            Way::Fold => {
                let mut statement = link.connection.prepare_cached(&self.ready.sql)?;
                let run = || statement.query_one(params_from_iter(self.ready.values.iter()), |_| Ok(()));
                match link.tray.fold(&self.request, run)? {
                    Some(groups) => Ok(groups),
                    None => self.rows(link),
                }
            }
        }
    }

    fn count(&self, link: &Link) -> Result<Vec<AggregateRow>, Fault> {
        let mut statement = link.connection.prepare_cached(&self.ready.sql)?;
        let request = &self.request;
        let count: i64 = statement.query_one(params_from_iter(self.ready.values.iter()), |row| row.get(0))?;
        if usize::try_from(count).is_ok_and(|count| count > request.max_rows) {
            return Err(QueryError::TooLarge { what: "records for one report", limit: request.max_rows }.into());
        }
        Ok(vec![AggregateRow::new(Vec::new(), vec![Value::Int(count); request.measures.len()])])
    }

    /// Reads the records one by one with their ids, so that an error can say which one it is about.
    fn rows(&self, link: &Link) -> Result<Vec<AggregateRow>, Fault> {
        let ready: Ready = select_aggregate(&Sqlite, &self.request)?.into();
        let mut statement = link.connection.prepare_cached(&ready.sql)?;
        let mut rows = statement.query(params_from_iter(ready.values.iter()))?;
        let request = &*self.request;
        let inputs: Vec<&ResolvedPath> = request.inputs().collect();
        let mut folder = Folder::new(request);
        let mut values = Vec::with_capacity(inputs.len());
        while let Some(row) = rows.next()? {
            values.clear();
            for (place, path) in inputs.iter().enumerate() {
                let id = || id_at(&request.def, row, 0).unwrap_or(RecordId::NIL);
                values.push(value_at(&request.def, &path.column_type, row, place + 1, &path.path, id)?);
            }
            folder.push(&mut values)?;
        }
        Ok(folder.finish()?)
    }
}
