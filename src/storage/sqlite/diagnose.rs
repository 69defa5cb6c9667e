//! Applying a set that was refused once more, change by change, to name every one that is refused and why.
//!
//! A set may also turn out to be good: foreign keys are looked at with each statement on the fast way, but the
//! contract only asks that references hold at the end of the set.

use super::apply::{Application, Stop};
use super::fault::Fault;
use super::link::Link;
use super::row::{Bound, BoundId, id_at, owned};
use super::statements::EntitySql;
use crate::change::{Adjust, Change, ChangeSet, adjusted};
use crate::error::{Refusal, Refused};
use crate::id::{RecordId, Version};
use crate::query::evaluate::{Dataset, Matcher};
use crate::schema::{Name, Record};

/// What a set that could not be applied straight away comes to.
pub(super) type Verdict<T> = Result<Result<T, Vec<Refused>>, Fault>;

/// A dataset without records: conditions of keys look at a record's own fields only.
struct Nothing;

impl Dataset for Nothing {
    fn get(&self, _: &str, _: RecordId) -> Option<&Record> {
        None
    }
    fn scan<'a>(&'a self, _: &str) -> Box<dyn Iterator<Item = &'a Record> + 'a> {
        Box::new(std::iter::empty())
    }
}

/// What comes of applying a set change by change.
#[derive(Debug)]
enum Judged {
    Good,
    Refused(Vec<Refused>),
    /// A foreign key refused a statement, which need not mean anything before the end of the set.
    TooEarly,
}

/// Why one change stops.
enum Halt {
    Refused(Refusal),
    /// By a constraint that is none of the schema's rules on single records.
    Constraint,
    Fault(Fault),
}

impl From<Stop> for Halt {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Refused => Self::Constraint,
            Stop::Fault(fault) => Self::Fault(fault),
        }
    }
}

impl From<Fault> for Halt {
    fn from(fault: Fault) -> Self {
        Stop::from(fault).into()
    }
}

impl From<rusqlite::Error> for Halt {
    fn from(error: rusqlite::Error) -> Self {
        Stop::from(error).into()
    }
}

/// For what no rule of the schema forbids: a constraint or trigger that was added to the tables by hand.
const UNFIT: &str = "a constraint of the database that the schema does not know refuses it; ask `verify` which";

impl<'a> Application<'a> {
    /// Makes all changes if none is refused, and otherwise names those that are. The caller takes everything back then.
    pub(super) fn diagnose(&mut self, link: &Link, set: &ChangeSet, problems: &[Refused]) -> Verdict<()> {
        let mut judged = self.judge(link, set, problems, false)?;
        if matches!(judged, Judged::TooEarly) {
            link.run("ROLLBACK TO crm_set")?;
            self.slots.clear();
            self.purged.clear();
            // This makes the database prepare all statements anew, so it is done only where it matters. It takes
            // effect when it is prepared, so it can't be kept prepared.
            link.connection.execute_batch("PRAGMA defer_foreign_keys = ON")?;
            judged = self.judge(link, set, problems, true)?;
            link.connection.execute_batch("PRAGMA defer_foreign_keys = OFF")?;
        }
        Ok(match judged {
            Judged::Good => Ok(()),
            Judged::Refused(refused) => Err(refused),
            Judged::TooEarly => Err(Vec::new()),
        })
    }

    fn judge(&mut self, link: &Link, set: &ChangeSet, problems: &[Refused], deferred: bool) -> Result<Judged, Fault> {
        let mut refused = problems.to_vec();
        let mut done = Vec::new();
        for (index, change) in set.changes.iter().enumerate() {
            if problems.iter().any(|problem| problem.index == index) {
                self.skip(change);
                continue;
            }
            link.run("SAVEPOINT crm_change")?;
            let reason = match self.attempt(change) {
                Ok(removed) => {
                    done.push((index, change, removed));
                    None
                }
                Err(Halt::Refused(reason)) => Some(reason),
                Err(Halt::Constraint) if deferred => Some(Refusal::Invalid(UNFIT.into())),
                Err(Halt::Constraint) => return Ok(Judged::TooEarly),
                Err(Halt::Fault(fault)) => return Err(fault),
            };
            if let Some(reason) = reason {
                link.run("ROLLBACK TO crm_change")?;
                self.skip(change);
                refused.push(change.refused(index, reason));
            }
            link.run("RELEASE crm_change")?;
        }
        // Looked at with every statement, references hold at the end too.
        if deferred {
            for (index, change, removed) in done {
                if let Some(reason) = self.check_references(change, &removed)? {
                    refused.push(change.refused(index, reason));
                }
            }
        }
        Ok(if refused.is_empty() { Judged::Good } else { Judged::Refused(refused) })
    }

    /// A refused addition still counts its slot, so that the others keep theirs.
    fn skip(&mut self, change: &Change) {
        if let Change::Adjust(Adjust { slot: Some(_), .. }) = change {
            self.slots.push(0);
        }
    }

    /// Makes one change; gives the ids of what a purge removed.
    fn attempt(&mut self, change: &Change) -> Result<Vec<RecordId>, Halt> {
        let statements = self.statements;
        let Some(sql) = statements.of(change.entity()) else {
            return Err(Halt::Refused(Refusal::Invalid(format!("there is no entity `{}`", change.entity()))));
        };
        match change {
            Change::Insert(record) => {
                if self.version(sql, record.id)?.is_some() {
                    return Err(Halt::Refused(Refusal::Exists));
                }
                self.free(sql, record)?;
                self.insert(sql, record, record.version)?;
            }
            Change::Update { record, expected } => {
                self.expect(sql, record.id, *expected)?;
                self.free(sql, record)?;
                self.update(sql, record, *expected)?;
            }
            Change::Delete { id, expected, .. } => {
                self.expect(sql, *id, *expected)?;
                self.delete(sql, *id, *expected)?;
            }
            Change::Check { id, expected, .. } => self.expect(sql, *id, *expected)?,
            Change::Adjust(adjust) => self.attempt_adjust(sql, adjust)?,
            Change::Purge { filter, limit, .. } => {
                let built = self.oldest(sql, filter, *limit)?;
                let mut statement = self.connection.prepare(&built.sql)?;
                let mut rows = statement.query(rusqlite::params_from_iter(built.values.into_iter().map(owned)))?;
                let mut ids = Vec::new();
                while let Some(row) = rows.next()? {
                    ids.push(id_at(&sql.def, row, 0)?);
                }
                let mut delete =
                    self.connection.prepare_cached(&format!("DELETE FROM {} WHERE \"id\" = ?", sql.table))?;
                for id in &ids {
                    delete.execute([BoundId(*id)])?;
                }
                self.purged.push(ids.len() as u64);
                return Ok(ids);
            }
        }
        Ok(Vec::new())
    }

    fn attempt_adjust(&mut self, sql: &'a EntitySql, adjust: &Adjust) -> Result<(), Halt> {
        let found = self.found(sql, &adjust.key)?;
        let is_found = found.is_some();
        let Some(before) = found.or_else(|| adjust.if_absent.clone()) else {
            return Err(Halt::Refused(Refusal::Missing));
        };
        if !is_found && self.version(sql, before.id)?.is_some() {
            return Err(Halt::Refused(Refusal::Exists));
        }
        let before = self.filled(sql, &before).into_owned();
        let result = adjusted(before, adjust, &sql.def).map_err(Halt::Refused)?;
        self.free(sql, &result)?;
        self.settle(sql, adjust, &result, is_found)?;
        Ok(())
    }

    fn expect(&self, sql: &EntitySql, id: RecordId, expected: Version) -> Result<(), Halt> {
        match self.version(sql, id)? {
            None => Err(Halt::Refused(Refusal::Missing)),
            Some(found) if found != expected => Err(Halt::Refused(Refusal::Stale { found })),
            Some(_) => Ok(()),
        }
    }

    /// Whether no other record stands under one of the record's unique keys.
    fn free(&self, sql: &EntitySql, record: &Record) -> Result<(), Halt> {
        let record = self.filled(sql, record);
        for key in &sql.keys {
            if let Some(when) = &key.when
                && !Matcher::new(&Nothing, when).matches(&record)
            {
                continue;
            }
            let values = key.columns.iter().map(|column| record.value(*column));
            if values.clone().any(crate::value::Value::is_null) {
                continue;
            }
            let mut statement = self.connection.prepare_cached(&key.taken)?;
            let mut next = 1;
            for value in values {
                statement.raw_bind_parameter(next, Bound(value))?;
                next += 1;
            }
            statement.raw_bind_parameter(next, BoundId(record.id))?;
            if statement.raw_query().next()?.is_some() {
                return Err(Halt::Refused(Refusal::Taken { fields: key.fields.clone() }));
            }
        }
        Ok(())
    }

    /// What must hold at the end of the set: a record refers to what exists, a removed one is referred to by none.
    fn check_references(&self, change: &Change, removed: &[RecordId]) -> Result<Option<Refusal>, Fault> {
        let (entity, id) = match change {
            Change::Insert(record) | Change::Update { record, .. } => (&record.entity, record.id),
            Change::Delete { entity, id, .. } => return self.check_referrers(entity, *id),
            Change::Adjust(Adjust { if_absent: Some(record), .. }) => (&record.entity, record.id),
            Change::Purge { entity, .. } => {
                for id in removed {
                    if let Some(refusal) = self.check_referrers(entity, *id)? {
                        return Ok(Some(refusal));
                    }
                }
                return Ok(None);
            }
            Change::Check { .. } | Change::Adjust(_) => return Ok(None),
        };
        let Some(sql) = self.statements.of(entity) else { return Ok(None) };
        let Some(record) = self.record(sql, id)? else { return Ok(None) };
        for (place, target) in &sql.references {
            let Some(id) = record.value(*place).as_id() else { continue };
            if !self.exists(target, id)? {
                let field = sql.def.columns.get(*place).map(|column| column.name.clone()).unwrap_or_default();
                return Ok(Some(Refusal::Dangling { field, target: id }));
            }
        }
        Ok(None)
    }

    fn check_referrers(&self, entity: &Name, id: RecordId) -> Result<Option<Refusal>, Fault> {
        let Some(sql) = self.statements.of(entity) else { return Ok(None) };
        if self.exists(entity, id)? {
            return Ok(None);
        }
        for referrer in &sql.referrers {
            if self.connection.prepare_cached(&referrer.exists)?.exists([BoundId(id)])? {
                let (by, field) = (referrer.entity.clone(), referrer.field.clone());
                return Ok(Some(Refusal::Referenced { by, field }));
            }
        }
        Ok(None)
    }

    fn exists(&self, entity: &str, id: RecordId) -> Result<bool, Fault> {
        match self.statements.of(entity) {
            Some(sql) => Ok(self.version(sql, id)?.is_some()),
            None => Ok(false),
        }
    }
}
