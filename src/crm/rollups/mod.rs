//! Rollups in a store: kept with every commit, and how they stand.

mod build;
mod verify;

pub(crate) use self::build::rebuild;
pub(super) use self::verify::verify;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use chrono_tz::Tz;

use crate::change::{Change, ChangeSet, Committed};
use crate::error::{Refusal, Refused, Result, StorageError};
use crate::id::{Id, IdSource, RecordId, SetId, Version};
use crate::organisation::{NewRollupState, Organisation, RollupPhase, RollupState};
use crate::query::{Comparison, Filter, Query};
use crate::rollup::{Derived, FactsOf, KeptRollup, Standing, Standings, derive, facts_of, referring};
use crate::schema::{Entity, Name, Path, Record, Schema};
use crate::storage::{Reader, ReaderExt, Storage};
use crate::value::{Timestamp, Value};

/// How often a set is committed again because only what is kept besides had changed meanwhile.
const RETRIES: usize = 64;

/// How many rows that refer to one record are looked at when it is deleted.
const MAX_EMPTY: usize = 500;

/// How the rollups stand, as far as a program knows. Each commit that relies on it says so, and is refused if it is no
/// longer true.
#[derive(Debug, Default)]
pub(crate) struct Rollups {
    known: RwLock<Option<Arc<Standings>>>,
}

/// The records of a set that are counted somewhere, as they were read for it.
#[derive(Debug, Default)]
pub(crate) struct Counted {
    facts: FactsOf,
    before: HashMap<(Name, RecordId), Record>,
}

impl Counted {
    /// The records of a set that are counted somewhere; `known` gives those that have been read.
    pub(crate) fn of(schema: &Schema, set: &ChangeSet, known: impl Fn(&Name, RecordId) -> Option<Record>) -> Self {
        let facts = facts_of(schema, set);
        let before = facts.needed().filter_map(|(entity, id)| Some(((entity.clone(), id), known(entity, id)?)));
        let before = before.collect();
        Self { facts, before }
    }

    /// Reads the records that are not known yet.
    async fn load(&mut self, reader: &dyn Reader) -> Result<(), StorageError> {
        let mut wanted: HashMap<Name, Vec<RecordId>> = HashMap::new();
        for (entity, id) in self.facts.needed() {
            if !self.before.contains_key(&(entity.clone(), id)) {
                wanted.entry(entity.clone()).or_default().push(id);
            }
        }
        for (entity, ids) in wanted {
            let Some(def) = reader.schema().entity(&entity) else { continue };
            let found = reader.get(def, &ids).await?;
            self.before.extend(found.into_iter().map(|record| ((entity.clone(), record.id), record)));
        }
        Ok(())
    }
}

impl Rollups {
    /// Commits a set with what it changes in rollups. The changes in front are as they were given, and only they are
    /// refused; a rollup that can't hold what is added is of no use from then on.
    pub(crate) async fn commit(
        &self,
        storage: &dyn Storage,
        set: &mut ChangeSet,
        mut counted: Counted,
    ) -> Result<Committed, StorageError> {
        let schema = storage.schema();
        if schema.rollups().len() == 0 || !concerns(schema, set, &counted) {
            return storage.commit(set).await;
        }
        let given = set.changes.len();
        let mut spoiled: HashSet<Name> = HashSet::new();
        let mut left = RETRIES;
        loop {
            let standings = self.standings(storage).await?;
            counted.load(storage).await?;
            let before =
                |entity: &str, id: RecordId| counted.before.get(&(Name::Owned(entity.to_owned()), id)).cloned();
            let mut derived = derive(schema, set.id, &counted.facts, &before, &standings, &spoiled);
            moved_days(schema, set, &standings, &mut derived);
            remove_empty(storage, set, &standings, &mut derived).await?;
            set.changes.extend(derived.into_changes());
            set.derived = set.changes.len().saturating_sub(given);
            let changed =
                set.changes.iter().skip(given).any(
                    |change| matches!(change, Change::Update { record, .. } if record.entity == RollupState::NAME),
                );
            let outcome = storage.commit(set).await;
            if changed {
                self.forget();
            }
            let Err(error) = outcome else { return outcome };
            let (others, own): (Vec<Refused>, Vec<Refused>) =
                error.refusals().iter().cloned().partition(|refused| refused.index < given);
            if own.is_empty() {
                return Err(error);
            }
            if !others.is_empty() {
                return Err(StorageError::refused(others));
            }
            if left == 0 {
                return Err(error);
            }
            left -= 1;
            set.changes.truncate(given);
            set.derived = 0;
            self.forget();
            counted.before.clear();
            spoiled.extend(own.iter().filter_map(|refused| of_no_use(schema, refused)));
        }
    }

    /// How the rollups stand, read if it is not known.
    async fn standings(&self, reader: &dyn Reader) -> Result<Arc<Standings>, StorageError> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = known {
            return Ok(known);
        }
        let read = Arc::new(standings(reader).await?);
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&read));
        Ok(read)
    }

    /// What is known may be true no longer.
    pub(crate) fn forget(&self) {
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// The rollup that can't hold what was to be added, unless something had only changed meanwhile.
fn of_no_use(schema: &Schema, refused: &Refused) -> Option<Name> {
    if matches!(refused.reason, Refusal::Stale { .. } | Refusal::Missing) {
        return None;
    }
    let kept = schema.rollups().find(|kept| kept.table().name == refused.entity)?;
    Some(Name::Owned(kept.rollup().name().to_owned()))
}

/// Whether a set may change anything that is kept besides.
fn concerns(schema: &Schema, set: &ChangeSet, counted: &Counted) -> bool {
    let other = |change: &Change| match change {
        Change::Update { record, .. } => record.entity == Organisation::NAME,
        Change::Delete { entity, .. } => referring(schema, entity).next().is_some(),
        Change::Insert(_) | Change::Check { .. } | Change::Adjust(_) | Change::Purge { .. } => false,
    };
    !counted.facts.is_empty() || set.changes.iter().any(other)
}

/// With another time zone of the organisation, days begin elsewhere.
fn moved_days(schema: &Schema, set: &ChangeSet, standings: &Standings, derived: &mut Derived) {
    for change in &set.changes {
        let Change::Update { record, .. } = change else { continue };
        if record.entity != Organisation::NAME {
            continue;
        }
        let Ok(organisation) = Organisation::from_record(record.clone()) else { continue };
        for kept in schema.rollups().filter(|kept| kept.rollup().has_periods()) {
            let standing = standings.get(kept.rollup().name());
            if let Some(standing) = standing.filter(|standing| standing.live && standing.zone != organisation.zone()) {
                derived.spoil_too(standing);
            }
        }
    }
}

/// Rows that count nothing go with the record that their keys refer to, which else could not go.
async fn remove_empty(
    storage: &dyn Storage,
    set: &ChangeSet,
    standings: &Standings,
    derived: &mut Derived,
) -> Result<(), StorageError> {
    let schema = storage.schema();
    for change in &set.changes {
        let Change::Delete { entity, id, .. } = change else { continue };
        for (kept, field) in referring(schema, entity) {
            let Some(standing) = standings.get(kept.rollup().name()) else { continue };
            let refers = Filter::Compare {
                path: Path::field(field.clone()),
                comparison: Comparison::Equal,
                value: Value::Id(*id),
            };
            let query = Query::new(kept.table().name.clone()).filter(refers).limit(MAX_EMPTY);
            let mut groups: BTreeMap<Vec<Value>, Vec<Record>> = BTreeMap::new();
            for row in storage.query(&query).await?.records {
                let keys = row.values.iter().take(kept.rollup().keys().len()).cloned().collect();
                groups.entry(keys).or_default().push(row);
            }
            for rows in groups.values() {
                derived.remove_empty(kept, rows, standing);
            }
        }
    }
    Ok(())
}

/// How the rollups of a store stand.
async fn standings(reader: &dyn Reader) -> Result<Standings, StorageError> {
    let schema = reader.schema();
    let mut found = Standings::new();
    let states = states(reader).await?;
    for kept in schema.rollups() {
        let Some(state) = states.get(&kept.state_id()) else { continue };
        let name = Name::Owned(kept.rollup().name().to_owned());
        found.insert(name, standing(kept, state));
    }
    Ok(found)
}

fn standing(kept: &KeptRollup, state: &RollupState) -> Standing {
    let spoiled = RollupState { phase: RollupPhase::Invalid, ..state.clone() };
    Standing {
        version: state.version,
        live: state.phase != RollupPhase::Invalid && state.fingerprint == kept.fingerprint(),
        zone: state.time_zone.parse().unwrap_or(Tz::UTC),
        spoiled: spoiled.into_record(),
    }
}

/// The states of the rollups that the schema keeps, by their ids.
async fn states(reader: &dyn Reader) -> Result<HashMap<RecordId, RollupState>, StorageError> {
    let ids: Vec<Id<RollupState>> = reader.schema().rollups().map(|kept| Id::new(kept.state_id())).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let found: Vec<RollupState> = reader.load_all(&ids).await?;
    Ok(found.into_iter().map(|state| (state.id.raw(), state)).collect())
}

/// Where days begin in a rollup that can be used, as a reader sees it; none if it can't.
pub(crate) async fn usable(reader: &dyn Reader, kept: &KeptRollup) -> Result<Option<Tz>, StorageError> {
    let state = reader.load::<RollupState>(Id::new(kept.state_id())).await?;
    let usable = |state: &RollupState| state.phase == RollupPhase::Valid && state.fingerprint == kept.fingerprint();
    Ok(state.filter(usable).and_then(|state| state.time_zone.parse().ok()))
}

fn state_of(kept: &KeptRollup, id: RecordId, zone: Tz, phase: RollupPhase) -> RollupState {
    let (name, fingerprint) = (kept.rollup().name().to_owned(), kept.fingerprint().to_owned());
    let new = NewRollupState { name, fingerprint, time_zone: zone.name().to_owned(), phase, ..Default::default() };
    RollupState::draft(Id::new(id), new)
}

/// The states that belong into a store that is set up: what is empty needs no building.
pub(super) async fn first_states(storage: &dyn Storage, zone: Tz, set: &ChangeSet) -> Result<Vec<Change>> {
    let mut empty: HashMap<&Name, bool> = HashMap::new();
    let mut changes = Vec::new();
    for kept in storage.schema().rollups() {
        let fact = &kept.fact().name;
        if !empty.contains_key(fact) {
            let query = Query::new(fact.clone()).columns([Path::field("id")]).limit(1);
            let stored = storage.query(&query).await?.records.is_empty();
            empty.insert(fact, stored && !set.changes.iter().any(|change| change.entity() == fact));
        }
        let phase = match empty.get(fact) {
            Some(true) => RollupPhase::Valid,
            Some(false) | None => RollupPhase::Invalid,
        };
        changes.push(Change::Insert(state_of(kept, kept.state_id(), zone, phase).into_record()));
    }
    Ok(changes)
}

/// Notes which rollups this program keeps: new ones and changed ones can be used only when they are rebuilt, and those
/// that it does not keep, no more. One without a row beside records that it counts was not told of them: whoever wrote
/// them did so past the sessions.
pub(super) async fn settle(storage: &dyn Storage, zone: Tz, now: Timestamp, ids: &dyn IdSource) -> Result<()> {
    if storage.schema().of::<RollupState>().is_none() {
        return Ok(());
    }
    let stored: Vec<RollupState> = storage
        .collect(Query::of::<RollupState>().limit(1_000))
        .await?
        .into_iter()
        .filter_map(|record| RollupState::from_record(record).ok())
        .collect();
    let mut changes = Vec::new();
    let moment = storage.snapshot().await?;
    for kept in storage.schema().rollups() {
        let fresh = state_of(kept, kept.state_id(), zone, RollupPhase::Invalid);
        match stored.iter().find(|state| state.id == fresh.id) {
            None => changes.push(Change::Insert(fresh.into_record())),
            Some(state) if state.fingerprint != fresh.fingerprint => {
                let expected = state.version;
                changes.push(Change::Update {
                    record: RollupState { version: expected, ..fresh }.into_record(),
                    expected,
                });
            }
            Some(state) if state.phase == RollupPhase::Valid && knows_nothing(&*moment, kept).await? => {
                let expected = state.version;
                let record = RollupState { phase: RollupPhase::Invalid, ..state.clone() }.into_record();
                changes.push(Change::Update { record, expected });
            }
            Some(_) => {}
        }
    }
    drop(moment);
    for state in stored {
        let kept = storage.schema().rollups().any(|kept| kept.state_id() == state.id.raw());
        if !kept && state.phase != RollupPhase::Invalid {
            let expected = state.version;
            let record = RollupState { phase: RollupPhase::Invalid, ..state }.into_record();
            changes.push(Change::Update { record, expected });
        }
    }
    if changes.is_empty() {
        return Ok(());
    }
    let mut set = ChangeSet::new(SetId(ids.next_id(now)), now, "setup.rollups");
    set.changes = changes;
    match storage.commit(&set).await {
        // Another program that opened the store at the same moment has noted it.
        Err(error) if !error.refusals().is_empty() => Ok(()),
        other => Ok(other.map(drop)?),
    }
}

/// Whether a rollup has no row though there are records that it counts.
async fn knows_nothing(reader: &dyn Reader, kept: &KeptRollup) -> Result<bool, StorageError> {
    Ok(reader.query(&kept.any_row()).await?.records.is_empty()
        && !reader.query(&kept.any_counted()).await?.records.is_empty())
}

/// The version a record has after it was written.
const fn after(version: Version) -> Version {
    version.next()
}
