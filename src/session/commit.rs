//! Load, decide, commit: the loop every command goes through.

use super::Session;
use super::events::{Told, count, published};
use super::history::{add_history, before};
use crate::access::{AccessRevision, SignInState, User};
use crate::change::{AdjustKey, Change, ChangeSet, Committed, adjusted, filled};
use crate::crm::rollups::Counted;
use crate::dictionary::DictionaryEntry;
use crate::error::{Error, Refusal, Refused, Result, StorageError, StorageErrorKind};
use crate::events;
use crate::history::Extent;
use crate::id::{Id, RecordId, SetId, Version};
use crate::observe::{self, CommandTrace};
use crate::organisation::{NumberSeries, Organisation};
use crate::problem::FieldProblem;
use crate::rules::Context;
use crate::schema::{Entity, EntityDef, Name, Record, Schema};
use crate::storage::ReaderExt;
use crate::value::Value;

/// How often a decision is made again when what it was made on has changed meanwhile. Of many who write one record at
/// once one gets through at each round, so this bounds how many may.
const RETRIES: usize = 127;

/// How often a decision is made again when the store is busy, which has waited by itself before it said so.
const BUSY_RETRIES: usize = 3;

/// How often a decision is made again when a record stands against it that the decision looked for and did not find:
/// seldom, since it may be one that the decision does nothing about.
const FOUND_RETRIES: usize = 3;

/// What a decision wants changed.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// What the decision relied on; it goes before the changes.
    checks: Vec<Change>,
    /// The changes.
    pub(super) changes: Vec<Change>,
    /// How many slots the changes fill.
    pub(super) slots: usize,
    /// The field that got a number of a series.
    pub(super) numbered: Option<Name>,
    /// The entities that were looked through for whatever matches.
    pub(super) searched: Vec<Name>,
    /// Records as they were read: what the history keeps of those that are changed.
    pub(super) known: Vec<Record>,
    /// The record the command is about, and its version before.
    pub(super) result: Option<(Record, Version)>,
}

impl Plan {
    /// The decision relied on this version of a record.
    pub(super) fn check(&mut self, entity: &Name, id: RecordId, expected: Version) {
        self.checks.push(Change::Check { entity: entity.clone(), id, expected });
    }

    /// What is written is checked by being written.
    fn drop_checks_of_written(&mut self) {
        let changes = &self.changes;
        self.checks.retain(|check| {
            let same = |change: &Change| change.entity() == check.entity() && change.record_id() == check.record_id();
            !changes
                .iter()
                .any(|change| matches!(change, Change::Update { .. } | Change::Delete { .. }) && same(change))
        });
    }
}

/// What a command left behind.
#[derive(Debug)]
pub(super) struct Done {
    /// The set that was committed.
    pub(super) set: SetId,
    result: Option<Record>,
    committed: Committed,
}

impl Done {
    /// The record the command is about, as it is stored now.
    pub(super) fn into_record(self, def: &EntityDef) -> Result<Record> {
        let lost = || Error::NotFound { entity: def.code.clone(), key: String::new() };
        Ok(filled(self.result.ok_or_else(lost)?, def, &self.committed.slots))
    }
}

/// The tries at one command: a decision that was made on what has changed meanwhile is made again.
#[derive(Debug)]
pub(super) struct Attempts<'a> {
    session: &'a Session,
    command: String,
    left: usize,
    busy: usize,
    found: usize,
    /// How many numbers of a series are left out: somebody gave them by hand.
    pub(super) skip: i64,
    /// Tells of the command when it is over; nothing is told of what is only staged.
    trace: Option<CommandTrace>,
}

impl Attempts<'_> {
    /// Notes what the command has come to, where it was refused before anything was committed.
    pub(super) fn over<T>(mut self, done: Result<T>) -> Result<T> {
        if let Err(error) = &done {
            self.trace(|trace| trace.ended(error.code()));
        }
        done
    }

    fn trace(&mut self, told: impl FnOnce(&mut CommandTrace)) {
        self.trace.as_mut().map(told);
    }

    /// Commits a decision. `None` asks for the decision to be made again on what is there now.
    pub(super) async fn commit(&mut self, context: &Context, mut plan: Plan) -> Result<Option<Done>> {
        plan.drop_checks_of_written();
        let (session, crm) = (self.session, &self.session.crm);
        let mut set = ChangeSet::new(crm.new_set_id(context.now), context.now, self.command.clone());
        set.actor = session.actor().id().map(crate::id::Id::raw);
        set.changes = plan.checks.into_iter().chain(plan.changes).collect();
        let about = Told::about(plan.result.as_ref().map(|(record, _)| record));
        match session.commit_telling(&mut set, &plan.known, about).await {
            Ok(committed) => {
                self.trace(CommandTrace::done);
                let result = plan.result.map(|(record, before)| session.left_by(&set, record, before));
                Ok(Some(Done { set: set.id, result, committed }))
            }
            Err(error) if error.is_conflict() && self.left > 0 => {
                self.left -= 1;
                self.trace(CommandTrace::retried);
                Ok(None)
            }
            Err(error) if error.kind() == StorageErrorKind::Busy && self.busy > 0 => {
                self.busy -= 1;
                self.trace(CommandTrace::retried);
                Ok(None)
            }
            Err(error) if self.found > 0 && came_in(&error, &plan.searched) => {
                self.found -= 1;
                self.trace(CommandTrace::retried);
                Ok(None)
            }
            // The series only proposes a number, and somebody has it already. The steps grow, so that a long run of
            // numbers given by hand is soon passed.
            Err(error) if self.left > 0 && number_taken(&error, plan.numbered.as_ref()) => {
                self.left -= 1;
                self.skip = self.skip * 2 + 1;
                self.trace(CommandTrace::retried);
                Ok(None)
            }
            Err(error) => {
                let error = session.explained(error, &set);
                self.trace(|trace| trace.ended(error.code()));
                Err(error)
            }
        }
    }
}

/// A set that is being committed. Whoever gives up waiting, or is not told what came of it, must not go on believing
/// what is kept in memory.
struct Notice<'a> {
    session: &'a Session,
    dictionary: bool,
    organisation: bool,
    events: u64,
    pending: bool,
}

impl<'a> Notice<'a> {
    fn of(session: &'a Session, set: &ChangeSet) -> Self {
        let touches = |name: &str| {
            let mut written = set.changes.iter().filter(|change| !matches!(change, Change::Check { .. }));
            written.any(|change| change.entity() == name)
        };
        let (dictionary, organisation) = (touches(DictionaryEntry::NAME), touches(Organisation::NAME));
        Self { session, dictionary, organisation, events: count(set), pending: true }
    }
}

impl Drop for Notice<'_> {
    fn drop(&mut self) {
        if self.pending && self.dictionary {
            self.session.crm.invalidate_dictionary(None);
        }
        if self.pending && self.organisation {
            self.session.crm.doubt_organisation();
        }
        if self.pending {
            self.session.crm.feed().doubt(self.events);
        }
    }
}

impl Session {
    /// Begins the tries at a command.
    pub(super) fn attempts(&self, command: String) -> Attempts<'_> {
        let trace = self.staged.is_none().then(|| CommandTrace::begin(&command));
        Attempts { session: self, command, left: RETRIES, busy: BUSY_RETRIES, found: FOUND_RETRIES, skip: 0, trace }
    }

    /// Commits a set with its history, or stages it without: the one way in which a session changes anything. Where
    /// the outcome is unknown, it is looked up by the set's id. `known` are records as they were read for it.
    pub(super) async fn commit(&self, set: &mut ChangeSet, known: &[Record]) -> Result<Committed, StorageError> {
        self.commit_telling(set, known, Told::default()).await
    }

    /// Commits a set as [`commit`](Self::commit) does, with what more is to be told of it.
    pub(crate) async fn commit_telling(
        &self,
        set: &mut ChangeSet,
        known: &[Record],
        told: Told,
    ) -> Result<Committed, StorageError> {
        if self.staged.is_some() {
            return self.storage().commit(set).await;
        }
        self.crm.refresh_organisation().await?;
        let before = before(self.storage(), set, known).await?;
        let counted = Counted::of(self.crm.schema(), set, |entity, id| before.get(entity, id).cloned());
        // Found out before the history is added, added behind it: the counters that many sets share come last.
        let drafts = self.events_of(set, &before, told);
        add_history(self.crm.schema(), &**self.crm.ids(), set, &before, Extent::Whole);
        let at = set.at;
        events::append(set, drafts, || self.crm.new_id(at));
        let mut notice = Notice::of(self, set);
        let on_its_way = self.crm.counters().begin();
        let (command, changes) = (set.command.clone(), set.changes.len());
        let committing = self.crm.rollups().commit(self.storage(), set, counted);
        let outcome = match observe::commit(&command, changes, committing).await {
            Err(error) if error.kind() == StorageErrorKind::UnknownOutcome => {
                match self.storage().committed(set.id).await? {
                    Some(committed) => Ok(committed),
                    None => return Err(error),
                }
            }
            outcome => outcome,
        };
        on_its_way.ended(&outcome);
        notice.pending = false;
        drop(notice);
        if let Ok(committed) = &outcome {
            self.notice(set);
            self.crm.feed().publish(|| published(set, &committed.slots));
        }
        outcome
    }

    /// What it means to the actor that a set was refused.
    pub(super) fn explained(&self, error: StorageError, set: &ChangeSet) -> Error {
        let last = last_administrator(&error, set);
        last.unwrap_or_else(|| self.veiled_error(explain(error, self.crm.schema())))
    }

    /// A record as a set leaves it: as it is staged, or as it is stored.
    fn left_by(&self, set: &ChangeSet, record: Record, before: Version) -> Record {
        let staged = self.staged.as_ref().and_then(|staged| staged.latest(&record.entity, record.id));
        staged.unwrap_or_else(|| left_by(set, record, before, self.crm.schema()))
    }

    /// The organisation and the dictionary are kept in memory, so changes to them are noticed.
    fn notice(&self, set: &ChangeSet) {
        for change in &set.changes {
            self.notice_dictionary(change);
            if change.entity() == AccessRevision::NAME {
                self.crm.forget_access();
            }
            let (record, before) = match change {
                Change::Insert(record) => (record, record.version),
                Change::Update { record, expected } => (record, *expected),
                Change::Delete { .. } | Change::Check { .. } | Change::Adjust(_) | Change::Purge { .. } => continue,
            };
            if record.entity == Organisation::NAME {
                let stored = Record { version: before.next(), ..record.clone() };
                if let Ok(organisation) = Organisation::from_record(stored) {
                    self.crm.set_organisation(organisation);
                }
            }
        }
    }

    fn notice_dictionary(&self, change: &Change) {
        if change.entity() != DictionaryEntry::NAME || matches!(change, Change::Check { .. }) {
            return;
        }
        let def = self.crm.schema().of::<DictionaryEntry>();
        let (Change::Insert(record) | Change::Update { record, .. }) = change else {
            return self.crm.invalidate_dictionary(None);
        };
        let kind = def.and_then(|def| record.field(def, DictionaryEntry::r#type.name())).and_then(Value::as_text);
        self.crm.invalidate_dictionary(kind);
    }

    /// The value of the next number of a series, and the change that takes it, if it is not reserved already.
    pub(super) async fn next_number(
        &self,
        series: &str,
        slot: usize,
        skip: i64,
        context: &Context,
    ) -> Result<(Option<Change>, Value)> {
        let found = self.storage().first::<NumberSeries>(NumberSeries::code.eq(series)).await?;
        let missing = || Error::NotFound { entity: "number_series".into(), key: series.to_owned() };
        let (found, today) = (found.ok_or_else(missing)?, context.today());
        // What is only staged reserves nothing: its number is taken in the commit, if there is one.
        let Some(block) = found.block.filter(|_| self.staged.is_none()) else {
            let (take, value) = found.next(today, slot, self.crm.new_id(context.now), skip);
            return Ok((Some(take), value));
        };
        let number = self.reserved_number(&found, block, skip, context).await?;
        Ok((None, Value::from(found.text(today, number))))
    }

    /// A number from what is reserved, or from a block that is reserved now, in a commit of its own.
    async fn reserved_number(&self, series: &NumberSeries, block: i64, skip: i64, context: &Context) -> Result<i64> {
        let (crm, today) = (&self.crm, context.today());
        // A number that turned out to be somebody's is used up, so one less is to be left out.
        let mut skip = skip.saturating_sub(1).max(0);
        if let Some(number) = crm.blocks().take(&series.code, &series.period(today), &mut skip) {
            return Ok(number);
        }
        let mut set = ChangeSet::new(crm.new_set_id(context.now), context.now, "number_series.reserve");
        set.actor = self.actor().id().map(crate::id::Id::raw);
        set.changes.push(series.reserve(today, crm.new_id(context.now), block.saturating_add(skip)));
        let committed = self.commit(&mut set, &[]).await.map_err(|error| explain(error, crm.schema()))?;
        let nothing = || StorageError::new(StorageErrorKind::Other, "the store did not say which numbers are reserved");
        let last = committed.slots.first().copied().ok_or_else(nothing)?;
        let first = last.saturating_sub(block).saturating_add(1);
        crm.blocks().put(&series.code, series.period(today), first.saturating_add(1)..last.saturating_add(1));
        Ok(first)
    }
}

/// A record as a committed set leaves it: written or only relied on, and with what other records add to it.
fn left_by(set: &ChangeSet, mut record: Record, before: Version, schema: &Schema) -> Record {
    record.version = before;
    for change in &set.changes {
        match change {
            Change::Insert(written) | Change::Update { record: written, .. } if is_same(written, &record) => {
                record.version = record.version.next();
            }
            Change::Adjust(adjust) if adjust.entity == record.entity && adjust.key == AdjustKey::Id(record.id) => {
                let sum = schema.entity(&record.entity).and_then(|def| adjusted(record.clone(), adjust, def).ok());
                record = sum.unwrap_or(record);
                record.version = record.version.next();
            }
            _ => {}
        }
    }
    record
}

fn is_same(left: &Record, right: &Record) -> bool {
    left.entity == right.entity && left.id == right.id
}

fn number_taken(error: &StorageError, numbered: Option<&Name>) -> bool {
    let Some(numbered) = numbered else { return false };
    let is_it = |reason: &Refusal| matches!(reason, Refusal::Taken { fields } if fields.contains(numbered));
    !error.refusals().is_empty() && error.refusals().iter().all(|refused| is_it(&refused.reason))
}

/// Whether what stands against a set can have come in after the decision had looked for it: a version can be checked of
/// what was found, but not of what was not there.
fn came_in(error: &StorageError, searched: &[Name]) -> bool {
    let can = |refused: &Refused| match &refused.reason {
        Refusal::Referenced { by, .. } => searched.contains(by),
        Refusal::Taken { .. } | Refusal::Exists => searched.contains(&refused.entity),
        _ => false,
    };
    !error.refusals().is_empty() && error.refusals().iter().all(can)
}

/// What it means that the number of administrators may not fall.
fn last_administrator(error: &StorageError, set: &ChangeSet) -> Option<Error> {
    let guarded =
        |refused: &&Refused| refused.entity == SignInState::NAME && matches!(refused.reason, Refusal::Guard { .. });
    error.refusals().iter().find(guarded)?;
    let user = |change: &&Change| change.entity() == User::NAME && !matches!(change, Change::Check { .. });
    let user = set.changes.iter().find(user)?.record_id()?;
    Some(SignInState::last_administrator(Id::new(user)))
}

/// What a refusal of the store means to whoever gave the command.
pub(super) fn explain(error: StorageError, schema: &Schema) -> Error {
    let Some(refused) = error.refusals().first().cloned() else { return Error::Storage(error) };
    let code = |name: &str| schema.entity(name).map_or_else(|| name.to_owned().into(), |def| def.code.clone());
    let (entity, id) = (code(&refused.entity), refused.id.unwrap_or(RecordId::NIL));
    match refused.reason {
        Refusal::Missing => Error::NotFound { entity, key: id.to_string() },
        Refusal::Stale { found } => Error::Conflict { entity, id, found },
        Refusal::Taken { fields } => Error::Taken { entity, fields },
        Refusal::Referenced { by, .. } => Error::Referenced { entity, id, by: code(&by) },
        Refusal::Dangling { field, target } => {
            let def = schema.entity(&refused.entity);
            let column = def.and_then(|def| def.column_def(&field)).map(|column| column.column_type.clone());
            match column {
                Some(crate::schema::ColumnType::Reference(name)) => {
                    Error::NotFound { entity: code(&name), key: target.to_string() }
                }
                _ => Error::NotFound { entity, key: target.to_string() },
            }
        }
        Refusal::Invalid(sentence) => Error::Invalid { entity, problems: vec![FieldProblem::invalid("*", sentence)] },
        Refusal::Exists | Refusal::Guard { .. } | Refusal::Repeated => Error::Storage(error),
    }
}
