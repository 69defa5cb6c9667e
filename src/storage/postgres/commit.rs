//! Committing a set in a number of round trips that grows with its kinds of records, not with its records.
//!
//! The records a set changes or relies on are locked and taken into memory, one statement an entity, in the order of
//! the schema and of the ids, so that two sets never wait for each other. What the set does to them is found out there,
//! by the same function as in every other store; what has become of them is written back, again in a few statements an
//! entity. Unique values and references that lie outside of what was taken in are checked by the database's own keys.
//! If anything is amiss, the whole is undone, and [`diagnose`](super::diagnose) finds out what to say.

use std::collections::BTreeMap;

use sqlx::PgConnection;

use super::announce::announce;
use super::argument::Argument;
use super::dialect::{Postgres, Ready};
use super::draft::{Belief, Draft, Effect, key_of};
use super::fault::{Stop, explained};
use super::row::{long_at, record, text_at};
use super::statements::{EntitySql, KeyLookup, Lock, Statements, rows, statement};
use crate::change::{Adjust, AdjustKey, Change, ChangeSet, Committed};
use crate::id::{Position, RecordId, SetId};
use crate::query::Filter;
use crate::schema::{EntityDef, Name, Record, Schema};
use crate::storage::sql::select_purge;
use crate::storage::{Result, StorageError, StorageErrorKind, apply};
use crate::value::Value;

/// What is needed to commit a set.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) schema: &'a Schema,
    pub(super) statements: &'a Statements,
    pub(super) dialect: &'a Postgres,
    /// Whether other programs are told.
    pub(super) announces: bool,
}

/// What a set needs of the records of one entity.
#[derive(Debug, Default)]
pub(super) struct Needs {
    /// Records that must be known.
    pub(super) ids: Vec<RecordId>,
    /// Records that are added, and so should not be there.
    pub(super) added: Vec<RecordId>,
    /// Values of unique keys whose holders must be known.
    pub(super) keys: Vec<KeyLookup>,
    /// How strongly they are locked.
    lock: Option<Lock>,
    /// Which records are purged, how many at most with those of the purges before, and which purge of the set it is.
    pub(super) purges: Vec<(Filter, usize, usize)>,
    /// How many changes there are.
    changes: usize,
}

impl Needs {
    fn at_least(&mut self, lock: Lock) {
        self.lock = self.lock.max(Some(lock));
    }

    /// Whether all there is to do is one purge, which the database can do by itself.
    fn only_purge(&self) -> Option<&(Filter, usize, usize)> {
        if self.changes == 1 { self.purges.first() } else { None }
    }
}

/// What a set needs, by the name of the entity.
pub(super) fn needs(schema: &Schema, set: &ChangeSet) -> BTreeMap<Name, Needs> {
    let mut all: BTreeMap<Name, Needs> = BTreeMap::new();
    let mut purges = 0;
    for change in &set.changes {
        let Some(def) = schema.entity(change.entity()) else { continue };
        let needs = all.entry(def.name.clone()).or_default();
        needs.changes += 1;
        match change {
            Change::Insert(record) => needs.added.push(record.id),
            Change::Update { record, .. } => {
                needs.ids.push(record.id);
                needs.at_least(Lock::Written);
            }
            Change::Delete { id, .. } => {
                needs.ids.push(*id);
                needs.at_least(Lock::Removed);
            }
            Change::Check { id, .. } => {
                needs.ids.push(*id);
                needs.at_least(Lock::Checked);
            }
            Change::Adjust(Adjust { key, if_absent, .. }) => {
                needs.at_least(Lock::Written);
                needs.added.extend(if_absent.as_ref().map(|record| record.id));
                match key {
                    AdjustKey::Id(id) => needs.ids.push(*id),
                    AdjustKey::Unique(values) => {
                        if let Some((key, columns, values)) = key_of(def, values)
                            && fit(def, &columns, &values)
                        {
                            add_key(&mut needs.keys, key, columns, values);
                        }
                    }
                }
            }
            Change::Purge { filter, limit, .. } => {
                let before = needs.purges.last().map_or(0, |(_, limit, _)| *limit);
                needs.purges.push((filter.clone(), before.saturating_add(*limit), purges));
                purges += 1;
                needs.at_least(Lock::Removed);
            }
        }
    }
    all
}

/// Whether values may be looked for in these fields; a change with others is refused without.
fn fit(def: &EntityDef, columns: &[usize], values: &[Value]) -> bool {
    let fits = |(column, value): (&usize, &Value)| {
        let column = def.columns.get(*column);
        let stored = !value.is_null() && !matches!(value, Value::Slot(_));
        stored && column.is_some_and(|column| column.column_type.check(value).is_ok())
    };
    columns.len() == values.len() && columns.iter().zip(values).all(fits)
}

fn add_key(keys: &mut Vec<KeyLookup>, key: usize, columns: Vec<usize>, values: Vec<Value>) {
    match keys.iter_mut().find(|lookup| lookup.key == key) {
        Some(lookup) => lookup.values.push(values),
        None => keys.push(KeyLookup { key, columns, values: vec![values] }),
    }
}

/// Makes all changes of a set in the transaction that is open, and writes down that it is committed.
pub(super) async fn attempt(
    connection: &mut PgConnection,
    context: Context<'_>,
    set: &ChangeSet,
) -> Result<Committed, Stop> {
    let needs = needs(context.schema, set);
    let mut draft = Draft::new(Belief::Trusting);
    for sql in &context.statements.entities {
        if let Some(needs) = needs.get(&sql.def.name) {
            draft.prepare(context.schema, &sql.def);
            take_in(connection, context, sql, needs, &mut draft).await?;
        }
    }
    let mut applied = apply(&mut draft, context.schema, set)?;
    for sql in &context.statements.entities {
        let Some(needs) = needs.get(&sql.def.name) else { continue };
        if let Some((filter, limit, place)) = needs.only_purge() {
            let removed = purge(connection, context, sql, filter, *limit).await?;
            if let Some(count) = applied.purged.get_mut(*place) {
                *count = removed;
            }
        } else {
            write(connection, sql, draft.effect(&sql.def.name)).await?;
        }
    }
    let committed = record_commit(connection, context.statements, set, applied.slots, applied.purged).await?;
    announce(connection, context, set).await?;
    Ok(committed)
}

/// Locks what a set needs of one entity and takes it in.
async fn take_in(
    connection: &mut PgConnection,
    context: Context<'_>,
    sql: &EntitySql,
    needs: &Needs,
    draft: &mut Draft,
) -> Result<(), Stop> {
    if !needs.ids.is_empty() || !needs.keys.is_empty() {
        // What is added is looked for too: an addition to a counter may find that its first record is there already.
        let ids = needs.ids.iter().chain(if needs.keys.is_empty() { &[] } else { needs.added.as_slice() });
        let (text, more) = sql.lock(&needs.keys, needs.lock.unwrap_or(Lock::Checked));
        let arguments = std::iter::once(Argument::ids(ids)).chain(more);
        for row in statement(text, arguments)?.fetch_all(&mut *connection).await? {
            draft.learn(record(&sql.def, &row)?);
        }
    }
    for id in needs.ids.iter().chain(&needs.added) {
        draft.learn_rest(&sql.def.name, *id);
    }
    if needs.only_purge().is_none() {
        for (filter, limit, _) in &needs.purges {
            let ready = oldest(context, sql, filter, *limit).map_err(|_| Stop::Refused)?;
            let text = sql.among(&ready.sql, Some(Lock::Removed));
            for row in statement(text, ready.arguments)?.fetch_all(&mut *connection).await? {
                draft.learn(record(&sql.def, &row)?);
            }
        }
    }
    Ok(())
}

/// The ids of the oldest records that a filter finds, as a SELECT.
pub(super) fn oldest(context: Context<'_>, sql: &EntitySql, filter: &Filter, limit: usize) -> Result<Ready> {
    let prepared = filter.clone().prepare(context.schema, &sql.def)?;
    Ok(select_purge(context.dialect, &sql.def, &prepared, limit)?.into())
}

async fn purge(
    connection: &mut PgConnection,
    context: Context<'_>,
    sql: &EntitySql,
    filter: &Filter,
    limit: usize,
) -> Result<u64, Stop> {
    let ready = oldest(context, sql, filter, limit)?;
    let text = format!("DELETE FROM {} WHERE \"id\" IN ({})", sql.table, ready.sql);
    Ok(statement(text, ready.arguments)?.execute(connection).await?.rows_affected())
}

/// Writes what has become of the records of one entity. What gives up unique values goes before what takes them.
async fn write(connection: &mut PgConnection, sql: &EntitySql, effect: Effect) -> Result<(), Stop> {
    if !effect.deletes.is_empty() {
        let delete = statement(sql.delete.clone(), [Argument::ids(&effect.deletes)])?;
        expect(effect.deletes.len(), delete.execute(&mut *connection).await?.rows_affected())?;
    }
    let size = if effect.in_order { 1 } else { effect.updates.len().max(1) };
    for some in effect.updates.chunks(size) {
        let update = statement(sql.update.clone(), sql.arrays(some.iter().map(AsRef::as_ref)))?;
        expect(some.len(), update.execute(&mut *connection).await?.rows_affected())?;
    }
    if !effect.inserts.is_empty() {
        let insert = statement(sql.insert.clone(), sql.arrays(effect.inserts.iter().map(AsRef::as_ref)))?;
        expect(effect.inserts.len(), insert.execute(&mut *connection).await?.rows_affected())?;
    }
    Ok(())
}

/// The records are locked, so a statement that finds fewer was not sent to the database they were read from.
fn expect(wanted: usize, found: u64) -> Result<(), Stop> {
    if u64::try_from(wanted) == Ok(found) {
        return Ok(());
    }
    let message = format!("the database wrote {found} of {wanted} records; is there a rule or trigger on the table?");
    Err(Stop::Fault(StorageError::new(StorageErrorKind::Other, message)))
}

/// The numbers a set handed out, as they are stored with it.
#[derive(serde::Serialize, serde::Deserialize)]
struct Outcome {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    slots: Vec<i64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    purged: Vec<u64>,
}

async fn record_commit(
    connection: &mut PgConnection,
    statements: &Statements,
    set: &ChangeSet,
    slots: Vec<i64>,
    purged: Vec<u64>,
) -> Result<Committed, Stop> {
    let outcome = Outcome { slots, purged };
    let text = if outcome.slots.is_empty() && outcome.purged.is_empty() {
        None
    } else {
        let broken = |error: serde_json::Error| {
            StorageError::new(StorageErrorKind::Other, "the outcome can't be written").with_source(error)
        };
        Some(serde_json::to_string(&outcome).map_err(broken)?)
    };
    let actor = set.actor.map_or(Value::Null, Value::Id);
    let arguments = [
        Argument::value(set.id.0),
        Argument::value(set.at),
        Argument::One(super::argument::Kind::Id, actor),
        Argument::value(set.command.as_ref()),
        Argument::json(text),
    ];
    let row = statement(statements.commits.record.clone(), arguments)?.fetch_optional(connection).await?;
    // Without a row the set is committed already, which the diagnosis finds.
    let row = row.ok_or(Stop::Refused)?;
    Ok(Committed::new(Position(long_at(&row, 0)?.unsigned_abs()), outcome.slots, outcome.purged))
}

/// What a set did that was committed before, if it was.
pub(super) async fn committed(
    connection: &mut PgConnection,
    statements: &Statements,
    set: SetId,
) -> Result<Option<Committed>> {
    let found = rows(connection, statements.commits.find.clone(), [Argument::value(set.0)]).await?;
    let Some(row) = found.first() else { return Ok(None) };
    let outcome = match text_at(row, 1)? {
        None => Outcome { slots: Vec::new(), purged: Vec::new() },
        Some(text) => serde_json::from_str(&text).map_err(|error| {
            let message = format!("the commit {set} can't be read: `outcome`: {error}");
            StorageError::new(StorageErrorKind::Corrupt, message).with_source(error)
        })?,
    };
    let position = Position(long_at(row, 0)?.unsigned_abs());
    Ok(Some(Committed::new(position, outcome.slots, outcome.purged).replayed()))
}

/// Has the database look at all references now, so that one that leads nowhere shows inside the host's transaction.
pub(super) async fn settle(connection: &mut PgConnection) -> Result<(), Stop> {
    sqlx::raw_sql("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED").execute(connection).await?;
    Ok(())
}

/// Records that a statement gives.
pub(super) async fn records(
    connection: &mut PgConnection,
    sql: &EntitySql,
    text: String,
    arguments: Vec<Argument>,
) -> Result<Vec<Record>> {
    let found = statement(text, arguments)?.fetch_all(connection).await.map_err(explained)?;
    found.iter().map(|row| record(&sql.def, row)).collect()
}
