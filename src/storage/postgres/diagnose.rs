//! What is wrong with a set that did not go through: every refused change, exactly as the contract says.

use sqlx::PgConnection;

use super::argument::Argument;
use super::commit::{Context, committed, needs, oldest, records};
use super::draft::{Belief, Draft, Questions, key_columns};
use super::reading::get;
use super::statements::{EntitySql, KeyLookup, id};
use crate::change::{ChangeSet, Committed};
use crate::id::RecordId;
use crate::storage::{Result, StorageError, StorageErrorKind, apply};

/// How often the set is tried; each try asks for what the ones before had no reason to look at, which is a number, a
/// unique value made of it, or a reference.
const TRIES: usize = 16;

/// What there is to say of a set that did not go through.
#[derive(Debug)]
pub(super) enum Diagnosis {
    /// It was committed before.
    Replayed(Committed),
    /// These changes are refused.
    Refused(StorageError),
    /// Nothing is wrong with it any more.
    Fine,
}

/// Finds out what is wrong with a set, on a connection that sees one moment.
pub(super) async fn diagnose(
    connection: &mut PgConnection,
    context: Context<'_>,
    set: &ChangeSet,
) -> Result<Diagnosis> {
    if let Some(committed) = committed(&mut *connection, context.statements, set.id).await? {
        return Ok(Diagnosis::Replayed(committed));
    }
    let mut known = Draft::new(Belief::Doubting);
    for def in context.schema.entities() {
        known.prepare(context.schema, def);
    }
    for (entity, needs) in needs(context.schema, set) {
        let Some(sql) = context.statements.of(&entity) else { continue };
        let ids: Vec<RecordId> = needs.ids.iter().chain(&needs.added).copied().collect();
        learn(connection, sql, &ids, &mut known).await?;
        for (filter, limit, _) in &needs.purges {
            let Ok(ready) = oldest(context, sql, filter, *limit) else { continue };
            let found = records(connection, sql, sql.among(&ready.sql, None), ready.arguments).await?;
            found.into_iter().for_each(|record| known.learn(record));
        }
    }
    for _ in 0..TRIES {
        let mut tried = known.clone();
        let result = apply(&mut tried, context.schema, set);
        let questions = tried.questions();
        if questions.is_empty() {
            return match result {
                Ok(_) => Ok(Diagnosis::Fine),
                Err(error) if error.kind() == StorageErrorKind::Refused => Ok(Diagnosis::Refused(error)),
                Err(error) => Err(error),
            };
        }
        answer(connection, context, questions, &mut known, set.changes.len()).await?;
    }
    let message = "what is wrong with the set could not be found out; try again";
    Err(StorageError::new(StorageErrorKind::Busy, message))
}

async fn learn(connection: &mut PgConnection, sql: &EntitySql, ids: &[RecordId], known: &mut Draft) -> Result<()> {
    for record in get(connection, sql, ids).await? {
        known.learn(record);
    }
    ids.iter().for_each(|id| known.learn_rest(&sql.def.name, *id));
    Ok(())
}

async fn answer(
    connection: &mut PgConnection,
    context: Context<'_>,
    questions: Questions,
    known: &mut Draft,
    changes: usize,
) -> Result<()> {
    for (entity, ids) in questions.records {
        let Some(sql) = context.statements.of(&entity) else { continue };
        let ids: Vec<RecordId> = ids.into_iter().collect();
        learn(connection, sql, &ids, known).await?;
    }
    for ((entity, key), values) in questions.holders {
        let Some(sql) = context.statements.of(&entity) else { continue };
        let lookup = KeyLookup { key, columns: key_columns(&sql.def, key), values };
        let (text, arguments) = sql.find(&lookup);
        for record in records(connection, sql, text, arguments).await? {
            known.learn(record);
        }
        lookup.values.into_iter().for_each(|values| known.learn_holder(&entity, key, values));
    }
    for (entity, column, target) in questions.referrers {
        let Some(sql) = context.statements.of(&entity) else { continue };
        // The set can't change more of them than it has changes, so with one more there is one that stays.
        let limit = i64::try_from(changes).unwrap_or(i64::MAX).saturating_add(1);
        let arguments = vec![id(target), Argument::value(limit)];
        for record in records(connection, sql, sql.referring(column), arguments).await? {
            known.learn(record);
        }
        known.learn_referrers(&entity, column, target);
    }
    Ok(())
}
