//! Building a rollup while others write.
//!
//! From the moment its state says that it is being built, every commit adds to the rows: whoever believed otherwise is
//! refused and looks again. So from then on, the difference between what adding up the records gives and what is stored
//! stays the same, whatever is committed, and it can be taken from any snapshot and added at any later time, in parts.
//! Two programs that build at once would both add it; so each part also writes a record, of which one of them finds that
//! it has changed and begins anew.

use std::collections::BTreeMap;

use chrono_tz::Tz;

use super::{Rollups, after, state_of};
use crate::change::{Change, ChangeSet};
use crate::error::{Error, Result, StorageError, StorageErrorKind};
use crate::id::{Id, IdSource, SetId, Version};
use crate::organisation::{Organisation, RollupPhase, RollupState};
use crate::rollup::{KeptRollup, addition};
use crate::schema::Entity;
use crate::storage::{Reader, ReaderExt, Storage};
use crate::value::{Timestamp, Value};

/// How many rows are corrected in one commit.
const CHUNK: usize = 400;

/// How often a building that was disturbed begins anew.
const TRIES: usize = 100;

/// What is wrong with one row, or one group of rows that differ in nothing but their shard: the keys, what is stored, and
/// what should be; the count, then the sums.
pub(super) struct Difference {
    pub(super) keys: Vec<Value>,
    pub(super) stored: Vec<Value>,
    pub(super) expected: Vec<Value>,
}

/// Makes a rollup what adding up the records gives. What can't be held in its rows leaves it unusable.
pub(crate) async fn rebuild(
    storage: &dyn Storage,
    rollups: &Rollups,
    kept: &KeptRollup,
    now: Timestamp,
    ids: &dyn IdSource,
) -> Result<()> {
    let building = Building { storage, kept, now, ids };
    for _ in 0..TRIES {
        let done = building.attempt().await;
        rollups.forget();
        match done {
            Ok(()) => return Ok(()),
            Err(Error::Storage(error)) if error.is_conflict() || error.is_retryable() => {}
            Err(Error::Storage(error)) if error.kind() == StorageErrorKind::Refused => {}
            Err(error) => return Err(error),
        }
    }
    let message =
        format!("the rollup `{}` is written by too many others to be built now; try again", kept.rollup().name());
    Err(StorageError::new(StorageErrorKind::Busy, message).into())
}

struct Building<'a> {
    storage: &'a dyn Storage,
    kept: &'a KeptRollup,
    now: Timestamp,
    ids: &'a dyn IdSource,
}

/// A building that has begun: the state and the record of those who build, as they are stored.
struct Begun {
    state: RollupState,
    build: RollupState,
    zone: Tz,
}

impl Building<'_> {
    async fn attempt(&self) -> Result<()> {
        let mut begun = self.begin().await?;
        let snapshot = self.storage.snapshot().await?;
        let found = match differences(&*snapshot, self.kept, begun.zone).await {
            Ok(found) => found,
            Err(Error::Storage(error)) if is_out_of_range(&error) => return self.give_up(begun).await,
            Err(error) => return Err(error),
        };
        drop(snapshot);
        let mut corrections = Vec::new();
        for difference in found {
            let Some(add) = difference.amounts() else { return self.give_up(begun).await };
            let first = self.kept.row(&difference.keys, 0);
            corrections.push(addition(self.kept, first, add));
        }
        for chunk in corrections.chunks(CHUNK) {
            let mut changes = chunk.to_vec();
            let expected = begun.build.version;
            changes.push(Change::Update { record: begun.build.clone().into_record(), expected });
            match self.commit(changes).await {
                Err(error) if !error.refusals().is_empty() && !error.is_conflict() => return self.give_up(begun).await,
                done => done?,
            }
            begun.build.version = after(expected);
        }
        let Begun { state, build, .. } = begun;
        let expected = state.version;
        let record = RollupState { phase: RollupPhase::Valid, ..state }.into_record();
        let (entity, id) = (RollupState::NAME.into(), build.id.raw());
        let alone = Change::Check { entity, id, expected: build.version };
        Ok(self.commit(vec![Change::Update { record, expected }, alone]).await?)
    }

    /// From here on everybody adds to the rows.
    async fn begin(&self) -> Result<Begun> {
        let organisation = self.storage.first::<Organisation>(Organisation::code.eq(crate::organisation::MAIN)).await?;
        let zone = organisation.as_ref().map_or(Tz::UTC, Organisation::zone);
        let found: Vec<RollupState> =
            self.storage.load_all(&[Id::new(self.kept.state_id()), Id::new(self.kept.build_id())]).await?;
        let mut changes = Vec::new();
        let mut write = |id, phase| {
            let fresh = state_of(self.kept, id, zone, phase);
            let expected = found.iter().find(|state| state.id == fresh.id).map(|state| state.version);
            let state = RollupState { version: expected.unwrap_or(Version::NEW), ..fresh };
            changes.push(match expected {
                Some(expected) => Change::Update { record: state.clone().into_record(), expected },
                None => Change::Insert(state.clone().into_record()),
            });
            RollupState { version: after(state.version), ..state }
        };
        let state = write(self.kept.state_id(), RollupPhase::Building);
        let build = write(self.kept.build_id(), RollupPhase::Invalid);
        if let Some(organisation) = organisation {
            let (entity, id) = (Organisation::NAME.into(), organisation.id.raw());
            changes.push(Change::Check { entity, id, expected: organisation.version });
        }
        self.commit(changes).await?;
        Ok(Begun { state, build, zone })
    }

    /// What the records add up to can't be held in a row.
    async fn give_up(&self, begun: Begun) -> Result<()> {
        let expected = begun.state.version;
        let record = RollupState { phase: RollupPhase::Invalid, ..begun.state }.into_record();
        Ok(self.commit(vec![Change::Update { record, expected }]).await?)
    }

    async fn commit(&self, changes: Vec<Change>) -> Result<(), StorageError> {
        let mut set = ChangeSet::new(SetId(self.ids.next_id(self.now)), self.now, "rollup.rebuild");
        set.changes = changes;
        match self.storage.commit(&set).await {
            Err(error) if error.kind() == StorageErrorKind::UnknownOutcome => {
                match self.storage.committed(set.id).await? {
                    Some(_) => Ok(()),
                    None => Err(error),
                }
            }
            other => other.map(drop),
        }
    }
}

/// Sums that no field holds.
pub(super) fn is_out_of_range(error: &StorageError) -> bool {
    matches!(error.kind(), StorageErrorKind::Invalid)
}

impl Difference {
    /// What must be added to be right; nothing if no number holds it.
    fn amounts(&self) -> Option<Vec<i64>> {
        let both = self.expected.iter().zip(&self.stored);
        both.map(|(expected, stored)| expected.as_integer()?.checked_sub(stored.as_integer()?)).collect()
    }
}

/// Where what is stored is not what adding up the records gives.
pub(super) async fn differences(reader: &dyn Reader, kept: &KeptRollup, zone: Tz) -> Result<Vec<Difference>> {
    let expected = reader.aggregate(&kept.recomputed(zone)).await?;
    let stored = reader.aggregate(&kept.stored()).await?;
    let zero: Vec<Value> = kept.row(&vec![Value::Null; kept.rollup().keys().len()], 0).values;
    let zero: Vec<Value> = zero.into_iter().skip(kept.rollup().keys().len() + 1).collect();
    let mut rows: BTreeMap<Vec<Value>, (Vec<Value>, Vec<Value>)> = BTreeMap::new();
    let none = || (zero.clone(), zero.clone());
    for row in stored {
        rows.entry(row.keys).or_insert_with(none).0 = row.measures;
    }
    for row in expected {
        rows.entry(row.keys).or_insert_with(none).1 = row.measures;
    }
    let wrong = rows.into_iter().filter(|(_, (stored, expected))| stored != expected);
    Ok(wrong.map(|(keys, (stored, expected))| Difference { keys, stored, expected }).collect())
}
