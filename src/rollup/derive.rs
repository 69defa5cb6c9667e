//! What a set changes in the rows of rollups, found from before and after of each record.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use chrono_tz::Tz;

use super::table::{Amounts, KeptRollup};
use crate::change::{Adjust, AdjustKey, Change, ChangeSet, adjusted};
use crate::id::{RecordId, SetId, Version};
use crate::schema::{ColumnType, Name, Record, Schema};
use crate::value::Value;

/// How a rollup stands, as a program knows it.
#[derive(Debug, Clone)]
pub(crate) struct Standing {
    /// The version of its state's record.
    pub(crate) version: Version,
    /// Whether commits add to it: it can be used or is being built, and is the one this program declares.
    pub(crate) live: bool,
    /// Where its days begin.
    pub(crate) zone: Tz,
    /// Its state's record as it is when the rollup is of no use.
    pub(crate) spoiled: Record,
}

/// How the rollups stand, by their names.
pub(crate) type Standings = HashMap<Name, Standing>;

/// The records that are counted somewhere and that a set may change.
#[derive(Debug, Default)]
pub(crate) struct FactsOf {
    facts: BTreeMap<(Name, RecordId), Fact>,
    /// Entities of which a record is found by a unique key, so that it can't be said which.
    blurred: BTreeSet<Name>,
    /// Rollups for which it can't be said what the set changes.
    unknown: HashSet<Name>,
}

#[derive(Debug, Default)]
struct Fact {
    /// What is done to it, in order.
    steps: Vec<Step>,
    /// Whether the set makes it, so that there is none before.
    fresh: bool,
    /// Whether the set is refused unless the record is as it was read.
    guarded: bool,
    /// The version that the set checks before it adds anything.
    checked: Option<Version>,
    /// How often the set adds to it.
    additions: i64,
}

#[derive(Debug)]
enum Step {
    Set(Option<Record>),
    Add(Adjust),
}

/// Finds the records that a set may change and that are counted somewhere.
pub(crate) fn facts_of(schema: &Schema, set: &ChangeSet) -> FactsOf {
    let mut found = FactsOf::default();
    for change in &set.changes {
        if schema.rollups_of(change.entity()).next().is_none() {
            continue;
        }
        match change {
            Change::Insert(record) => {
                let fact = found.fact(&record.entity, record.id);
                fact.fresh = true;
                fact.written(Some(record.clone()));
            }
            Change::Update { record, .. } => {
                found.fact(&record.entity, record.id).written(Some(record.clone()));
            }
            Change::Delete { entity, id, .. } => found.fact(entity, *id).written(None),
            Change::Check { entity, id, expected } => {
                let fact = found.fact(entity, *id);
                if fact.additions == 0 {
                    fact.checked = Some(*expected);
                }
            }
            Change::Adjust(adjust) => found.adjust(schema, adjust),
            // Nothing that is purged has a rollup.
            Change::Purge { .. } => {}
        }
    }
    found.facts.retain(|_, fact| !fact.steps.is_empty());
    for ((entity, _), fact) in &found.facts {
        if found.blurred.contains(entity) && !fact.guarded {
            found.unknown.extend(schema.rollups_of(entity).map(|kept| Name::Owned(kept.rollup().name().to_owned())));
        }
    }
    found
}

impl FactsOf {
    fn fact(&mut self, entity: &Name, id: RecordId) -> &mut Fact {
        self.facts.entry((entity.clone(), id)).or_default()
    }

    fn adjust(&mut self, schema: &Schema, adjust: &Adjust) {
        let depend = |kept: &&Arc<KeptRollup>| kept.depends_on(adjust.add.iter().map(|(field, _)| field));
        match &adjust.key {
            AdjustKey::Id(id) if adjust.if_absent.is_none() => {
                let fact = self.fact(&adjust.entity, *id);
                fact.additions += 1;
                if schema.rollups_of(&adjust.entity).any(|kept| depend(&kept)) {
                    fact.steps.push(Step::Add(adjust.clone()));
                }
            }
            // Whether there is a record yet, and which, is known only in the commit.
            AdjustKey::Id(_) | AdjustKey::Unique(_) => {
                let lost = schema.rollups_of(&adjust.entity).filter(depend);
                self.unknown.extend(lost.map(|kept| Name::Owned(kept.rollup().name().to_owned())));
                self.blurred.insert(adjust.entity.clone());
            }
        }
    }

    /// The records that must be known as they are before the set.
    pub(crate) fn needed(&self) -> impl Iterator<Item = (&Name, RecordId)> {
        let stored = self.facts.iter().filter(|(_, fact)| !fact.fresh);
        stored.map(|((entity, id), _)| (entity, *id))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.facts.is_empty() && self.unknown.is_empty()
    }
}

/// What a set changes in rollups.
#[derive(Debug, Default)]
pub(crate) struct Derived {
    /// What the changes rely on, and rollups that are of no use from now on.
    around: Vec<Change>,
    rows: BTreeMap<(Name, RecordId), Row>,
}

#[derive(Debug)]
struct Row {
    kept: Arc<KeptRollup>,
    first: Record,
    add: Vec<i64>,
}

/// Finds what a set changes in rollups: `before` gives a record as it is before the set. Rollups that are in `spoiled`,
/// or of which it can't be said what changes, are of no use from then on.
pub(crate) fn derive(
    schema: &Schema,
    set: SetId,
    facts: &FactsOf,
    before: &dyn Fn(&str, RecordId) -> Option<Record>,
    standings: &Standings,
    spoiled: &HashSet<Name>,
) -> Derived {
    let mut derived = Derived::default();
    let mut sums: BTreeMap<Name, BTreeMap<Vec<Value>, Amounts>> = BTreeMap::new();
    let mut touched: BTreeMap<Name, &Arc<KeptRollup>> = BTreeMap::new();
    for ((entity, id), fact) in &facts.facts {
        let was = if fact.fresh { None } else { before(entity, *id) };
        let Some(is) = fact.after(was.clone(), schema) else { continue };
        let mut counts = false;
        for kept in schema.rollups_of(entity) {
            let Some(standing) = standings.get(kept.rollup().name()) else { continue };
            let entry = |record: &Option<Record>| kept.entry(record.as_ref()?, standing.zone);
            let (left, right) = (entry(&was), entry(&is));
            if left == right {
                continue;
            }
            counts = true;
            let name = Name::Owned(kept.rollup().name().to_owned());
            let rows = sums.entry(name.clone()).or_default();
            touched.insert(name, kept);
            for (entry, sign) in [(left, -1), (right, 1)] {
                let Some((keys, amounts)) = entry else { continue };
                let sums = rows.entry(keys).or_insert_with(|| vec![0; amounts.len()]);
                sums.iter_mut().zip(amounts).for_each(|(sum, amount)| *sum += sign * amount);
            }
        }
        // Which row it adds to is known only for the record as it was read.
        if let Some(was) = was.filter(|was| counts && !fact.guarded && fact.checked != Some(was.version)) {
            let expected = Version(was.version.0.saturating_add(fact.additions));
            derived.around.push(Change::Check { entity: entity.clone(), id: *id, expected });
        }
    }
    for name in facts.unknown.iter().filter(|name| !touched.contains_key(*name)) {
        derived.spoil(standings.get(name));
    }
    for (name, kept) in touched {
        let Some(standing) = standings.get(&name) else { continue };
        let rows = sums.remove(&name).unwrap_or_default();
        let known = standing.live && !facts.unknown.contains(&name) && !spoiled.contains(&name);
        match known.then(|| rows_of(kept, set, rows)).flatten() {
            Some(rows) => {
                let (entity, id) = (Name::Borrowed(super::STATES), kept.state_id());
                derived.around.push(Change::Check { entity, id, expected: standing.version });
                derived.rows.extend(rows);
            }
            None => derived.spoil(Some(standing)),
        }
    }
    derived
}

impl Fact {
    fn written(&mut self, record: Option<Record>) {
        self.guarded = true;
        self.steps.push(Step::Set(record));
    }

    /// The record as the set leaves it; nothing if the set is going to be refused.
    fn after(&self, was: Option<Record>, schema: &Schema) -> Option<Option<Record>> {
        let mut is = was;
        for step in &self.steps {
            is = match step {
                Step::Set(record) => record.clone(),
                Step::Add(adjust) => Some(adjusted(is?, adjust, schema.entity(&adjust.entity)?).ok()?),
            };
        }
        Some(is)
    }
}

/// What is added to which rows; nothing if that can't be said in numbers that a row holds.
fn rows_of(
    kept: &Arc<KeptRollup>,
    set: SetId,
    sums: BTreeMap<Vec<Value>, Amounts>,
) -> Option<Vec<((Name, RecordId), Row)>> {
    let mut rows = Vec::new();
    for (keys, amounts) in sums {
        if keys.iter().any(|key| matches!(key, Value::Slot(_))) {
            return None;
        }
        if amounts.iter().all(|amount| *amount == 0) {
            continue;
        }
        let add = amounts.into_iter().map(i64::try_from).collect::<Result<Vec<i64>, _>>().ok()?;
        let first = kept.row(&keys, kept.shard_of(set));
        rows.push(((first.entity.clone(), first.id), Row { kept: Arc::clone(kept), first, add }));
    }
    Some(rows)
}

impl Derived {
    fn spoil(&mut self, standing: Option<&Standing>) {
        let Some(Standing { version, live, spoiled, .. }) = standing else { return };
        self.around.push(match live {
            true => Change::Update { record: spoiled.clone(), expected: *version },
            // Nobody may begin to build it meanwhile.
            false => Change::Check { entity: spoiled.entity.clone(), id: spoiled.id, expected: *version },
        });
    }

    /// A rollup is of no use from now on for a reason of its own.
    pub(crate) fn spoil_too(&mut self, standing: &Standing) {
        let id = standing.spoiled.id;
        self.around.retain(|change| change.record_id() != Some(id));
        self.spoil(Some(standing));
    }

    /// Rows that count nothing go with what their keys refer to: `rows` are those of one combination of keys, as they are
    /// before the set. Of a rollup to which nobody adds, all rows go.
    pub(crate) fn remove_empty(&mut self, kept: &KeptRollup, rows: &[Record], standing: &Standing) {
        let Some(keys) = rows.first().map(|row| kept.keys_of(row).to_vec()) else { return };
        let table = &kept.table().name;
        let belongs = |row: &Row| row.first.entity == *table && kept.keys_of(&row.first) == keys;
        if standing.live {
            let stored = rows.iter().map(|row| i128::from(kept.records_in(row)));
            let added = self.rows.values().filter(|row| belongs(row)).filter_map(|row| row.add.first());
            if stored.chain(added.copied().map(i128::from)).sum::<i128>() != 0 {
                return;
            }
        } else {
            // What such rows say is of no use, as long as nobody begins to build.
            self.spoil_too(standing);
        }
        self.rows.retain(|_, row| !belongs(row));
        let removed = |row: &Record| Change::Delete { entity: table.clone(), id: row.id, expected: row.version };
        self.around.extend(rows.iter().map(removed));
    }

    /// The changes, in one order for all sets.
    pub(crate) fn into_changes(self) -> impl Iterator<Item = Change> {
        let rows = self.rows.into_values().map(|Row { kept, first, add }| addition(&kept, first, add));
        self.around.into_iter().chain(rows)
    }
}

/// What adds to a row, and makes it where there is none: the count, then the sums.
pub(crate) fn addition(kept: &KeptRollup, first: Record, add: Vec<i64>) -> Change {
    let (entity, key) = (first.entity.clone(), AdjustKey::Id(first.id));
    let add = kept.added().zip(add).filter(|(_, amount)| *amount != 0).collect();
    Change::Adjust(Adjust { entity, key, if_absent: Some(first), add, require: Vec::new(), slot: None })
}

/// The rollups whose rows refer to records of an entity, and the fields by which they do.
pub(crate) fn referring<'s>(
    schema: &'s Schema,
    entity: &'s str,
) -> impl Iterator<Item = (&'s Arc<KeptRollup>, Name)> + 's {
    schema.rollups().flat_map(move |kept| {
        let refers = move |name: &Name| {
            let column = kept.table().column_def(name)?;
            matches!(&column.column_type, ColumnType::Reference(target) if target == entity).then(|| name.clone())
        };
        kept.rollup().keys().iter().filter_map(move |key| Some((kept, refers(&key.field)?)))
    })
}
