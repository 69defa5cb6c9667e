//! Making the changes of a set, in the way that is fast if all is well: in order, and no further than the first one
//! that the database does not take.

use std::borrow::Cow;

use rusqlite::types::ValueRef;
use rusqlite::{CachedStatement, Connection, ErrorCode, OptionalExtension};

use super::super::sql::{Built, select_purge};
use super::dialect::Sqlite;
use super::fault::Fault;
use super::row::{Bound, BoundId, custom_text, is_stored, owned, record};
use super::statements::{EntitySql, KeySql, Statements};
use crate::change::{Adjust, AdjustKey, Change, ChangeSet, adjusted, filled};
use crate::id::{RecordId, Version};
use crate::query::Filter;
use crate::schema::{Name, Record, Schema};
use crate::value::Value;

/// Why the changes did not go through.
#[derive(Debug)]
pub(super) enum Stop {
    /// Something was refused; what and why is found out by [`diagnose`](super::diagnose).
    Refused,
    /// The database can't go on.
    Fault(Fault),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Sqlite(error) => error.into(),
            fault @ Fault::Storage(_) => Self::Fault(fault),
        }
    }
}

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::ConstraintViolation) => Self::Refused,
            _ => Self::Fault(error.into()),
        }
    }
}

/// A set that is being applied.
pub(super) struct Application<'a> {
    pub(super) connection: &'a Connection,
    pub(super) schema: &'a Schema,
    pub(super) statements: &'a Statements,
    pub(super) slots: Vec<i64>,
    pub(super) purged: Vec<u64>,
    /// The statement used last: changes of one kind often follow each other.
    last: Option<(&'a str, CachedStatement<'a>)>,
}

impl<'a> Application<'a> {
    pub(super) const fn new(connection: &'a Connection, schema: &'a Schema, statements: &'a Statements) -> Self {
        Self { connection, schema, statements, slots: Vec::new(), purged: Vec::new(), last: None }
    }

    /// A statement that is prepared once. It is found by where its text stands, without looking at the text.
    fn statement(&mut self, sql: &'a str) -> rusqlite::Result<&mut CachedStatement<'a>> {
        let statement = match self.last.take() {
            Some((last, statement)) if std::ptr::eq(last, sql) => statement,
            _ => self.connection.prepare_cached(sql)?,
        };
        Ok(&mut self.last.insert((sql, statement)).1)
    }

    /// Makes all changes of a set.
    pub(super) fn apply(&mut self, set: &ChangeSet) -> Result<(), Stop> {
        set.changes.iter().try_for_each(|change| self.change(change))
    }

    fn change(&mut self, change: &Change) -> Result<(), Stop> {
        let statements = self.statements;
        let sql = statements.of(change.entity()).ok_or(Stop::Refused)?;
        match change {
            Change::Insert(record) => self.insert(sql, record, record.version),
            Change::Update { record, expected } => self.update(sql, record, *expected),
            Change::Delete { id, expected, .. } => self.delete(sql, *id, *expected),
            Change::Check { id, expected, .. } => {
                if self.version(sql, *id)? == Some(*expected) {
                    Ok(())
                } else {
                    Err(Stop::Refused)
                }
            }
            Change::Adjust(adjust) => self.adjust(sql, adjust),
            Change::Purge { filter, limit, .. } => {
                let built = self.oldest(sql, filter, *limit)?;
                let text = format!("DELETE FROM {} WHERE \"id\" IN ({})", sql.table, built.sql);
                let mut statement = self.connection.prepare_cached(&text)?;
                let count = statement.execute(rusqlite::params_from_iter(built.values.into_iter().map(owned)))?;
                self.purged.push(count as u64);
                Ok(())
            }
        }
    }

    /// Stores a record that is not there, as the version after `before`.
    pub(super) fn insert(&mut self, sql: &'a EntitySql, record: &Record, before: Version) -> Result<(), Stop> {
        let record = self.filled(sql, record);
        let statement = self.statement(&sql.insert)?;
        statement.raw_bind_parameter(1, BoundId(record.id))?;
        bind(statement, 2, &record, before.next())?;
        statement.raw_execute()?;
        Ok(())
    }

    /// Stores a record in place of the version `expected`. Only what differs is written, since writing a field also
    /// writes its indexes.
    pub(super) fn update(&mut self, sql: &'a EntitySql, record: &Record, expected: Version) -> Result<(), Stop> {
        let record = self.filled(sql, record);
        let custom = custom_text(&record.custom);
        let changed = {
            let statement = self.statement(&sql.get)?;
            let mut rows = statement.query([BoundId(record.id)])?;
            let row = rows.next()?.ok_or(Stop::Refused)?;
            if row.get_ref(1)? != ValueRef::Integer(expected.0) {
                return Err(Stop::Refused);
            }
            let mut changed = Vec::new();
            for (place, value) in record.values.iter().enumerate() {
                if !is_stored(value, row.get_ref(place + 2)?)? {
                    changed.push(place);
                }
            }
            let text = row.get_ref(record.values.len() + 2)?;
            (changed, text.as_str_or_null().ok().flatten() != custom.as_deref())
        };
        let (changed, customized) = changed;
        let mut statement = self.connection.prepare_cached(&sql.update(&changed, customized))?;
        statement.raw_bind_parameter(1, expected.next().0)?;
        let mut next = 2;
        for place in changed {
            statement.raw_bind_parameter(next, Bound(record.value(place)))?;
            next += 1;
        }
        if customized {
            statement.raw_bind_parameter(next, custom)?;
            next += 1;
        }
        statement.raw_bind_parameter(next, BoundId(record.id))?;
        statement.raw_execute()?;
        Ok(())
    }

    pub(super) fn delete(&mut self, sql: &'a EntitySql, id: RecordId, expected: Version) -> Result<(), Stop> {
        let statement = self.statement(&sql.delete)?;
        if statement.execute((BoundId(id), expected.0))? == 1 { Ok(()) } else { Err(Stop::Refused) }
    }

    /// The version a record has, if it is there.
    pub(super) fn version(&self, sql: &EntitySql, id: RecordId) -> Result<Option<Version>, Fault> {
        let mut statement = self.connection.prepare_cached(&sql.version)?;
        Ok(statement.query_row([BoundId(id)], |row| row.get(0)).optional()?.map(Version))
    }

    fn adjust(&mut self, sql: &'a EntitySql, adjust: &Adjust) -> Result<(), Stop> {
        let (found, result) = match self.found(sql, &adjust.key)? {
            Some(found) => (true, adjusted(found, adjust, &sql.def)),
            None => {
                let first = adjust.if_absent.as_ref().ok_or(Stop::Refused)?;
                (false, adjusted(self.filled(sql, first).into_owned(), adjust, &sql.def))
            }
        };
        let result = result.map_err(|_| Stop::Refused)?;
        self.settle(sql, adjust, &result, found)
    }

    /// Stores what an addition leaves behind and hands out its number.
    pub(super) fn settle(
        &mut self,
        sql: &'a EntitySql,
        adjust: &Adjust,
        result: &Record,
        found: bool,
    ) -> Result<(), Stop> {
        if found {
            let mut changed: Vec<usize> = adjust.add.iter().filter_map(|(field, _)| sql.def.column(field)).collect();
            changed.sort_unstable();
            changed.dedup();
            let mut statement = self.connection.prepare_cached(&sql.update(&changed, false))?;
            statement.raw_bind_parameter(1, result.version.next().0)?;
            let mut next = 2;
            for place in changed {
                statement.raw_bind_parameter(next, Bound(result.value(place)))?;
                next += 1;
            }
            statement.raw_bind_parameter(next, BoundId(result.id))?;
            statement.raw_execute()?;
        } else {
            self.insert(sql, result, result.version)?;
        }
        if let Some(field) = &adjust.slot {
            self.slots.push(result.field(&sql.def, field).and_then(Value::as_integer).unwrap_or_default());
        }
        Ok(())
    }

    /// The record an addition is about, if it is there.
    pub(super) fn found(&self, sql: &EntitySql, key: &AdjustKey) -> Result<Option<Record>, Fault> {
        match key {
            AdjustKey::Id(id) => self.record(sql, *id),
            AdjustKey::Unique(values) => {
                let key = sql.keys.iter().find_map(|key| Some((key, ordered(key, values)?)));
                let Some((key, values)) = key else { return Ok(None) };
                let mut statement = self.connection.prepare_cached(&key.get)?;
                let mut rows = statement.query(rusqlite::params_from_iter(values.into_iter().map(Bound)))?;
                rows.next()?.map(|row| record(&sql.def, row)).transpose()
            }
        }
    }

    /// The record with an id, if it is there.
    pub(super) fn record(&self, sql: &EntitySql, id: RecordId) -> Result<Option<Record>, Fault> {
        let mut statement = self.connection.prepare_cached(&sql.get)?;
        let mut rows = statement.query([BoundId(id)])?;
        rows.next()?.map(|row| record(&sql.def, row)).transpose()
    }

    /// What a purge removes, as a SELECT of ids.
    pub(super) fn oldest(&self, sql: &EntitySql, filter: &Filter, limit: usize) -> Result<Built, Fault> {
        let prepared = filter.clone().prepare(self.schema, &sql.def)?;
        Ok(select_purge(&Sqlite, &sql.def, &prepared, limit)?)
    }

    /// The record with the numbers handed out so far.
    pub(super) fn filled<'r>(&self, sql: &EntitySql, record: &'r Record) -> Cow<'r, Record> {
        if record.values.iter().any(|value| matches!(value, Value::Slot(_))) {
            Cow::Owned(filled(record.clone(), &sql.def, &self.slots))
        } else {
            Cow::Borrowed(record)
        }
    }
}

/// The values in the order of a key's fields, if they are just those of a key over all records.
fn ordered<'v>(key: &KeySql, values: &'v [(Name, Value)]) -> Option<Vec<&'v Value>> {
    if key.when.is_some() || key.fields.len() != values.len() {
        return None;
    }
    let value_of = |field: &Name| values.iter().find(|(name, _)| name == field).map(|(_, value)| value);
    key.fields.iter().map(value_of).collect()
}

/// Binds version, columns and `custom` from the parameter `next` on; gives the one after them.
fn bind(
    statement: &mut CachedStatement<'_>,
    mut next: usize,
    record: &Record,
    version: Version,
) -> rusqlite::Result<usize> {
    statement.raw_bind_parameter(next, version.0)?;
    for value in &record.values {
        next += 1;
        statement.raw_bind_parameter(next, Bound(value))?;
    }
    next += 1;
    statement.raw_bind_parameter(next, custom_text(&record.custom))?;
    Ok(next + 1)
}
