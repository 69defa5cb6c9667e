//! The day kept on a record that imported records refer to: the latest of their moments.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::kind::Staged;
use crate::change::Change;
use crate::error::{StorageError, StorageErrorKind};
use crate::id::RecordId;
use crate::query::evaluate::{Matcher, OwnFields};
use crate::query::{Aggregate, Filter, Measure, PreparedFilter};
use crate::rules::{Context, Latest};
use crate::schema::{ColumnType, EntityDef, Path, Record};
use crate::storage::Reader;
use crate::value::{Timestamp, Value};

/// The changes that keep the day true, for the commit that writes what is staged.
pub(super) async fn changes(
    reader: &dyn Reader,
    def: &Arc<EntityDef>,
    latest: &Latest,
    staged: &[Staged],
    context: &Context,
) -> Result<Vec<Change>, StorageError> {
    let counted = latest.when.clone().prepare(reader.schema(), def)?;
    let mut newest: BTreeMap<RecordId, Option<Timestamp>> = BTreeMap::new();
    // Those one of whose records may count no longer, or on an earlier day.
    let mut again = HashSet::new();
    for Staged { before, after, .. } in staged {
        let before = before.as_ref().and_then(|before| moment(before, def, latest, &counted));
        let after = moment(after, def, latest, &counted);
        if let Some((target, _)) = before.filter(|_| before != after) {
            again.insert(target);
            newest.entry(target).or_default();
        }
        if let Some((target, at)) = after {
            let day = newest.entry(target).or_default();
            *day = (*day).max(Some(at));
        }
    }
    if newest.is_empty() {
        return Ok(Vec::new());
    }
    let (target, field) = target(reader, def, latest)?;
    let others = others(reader, def, latest, staged, &again).await?;
    let ids: Vec<RecordId> = newest.keys().copied().collect();
    let mut changes = Vec::with_capacity(ids.len());
    // A record whose day stays is written as well: whoever moves it at the same time, without having seen what is
    // staged here, is then made to look again.
    for mut record in reader.get(&target, &ids).await? {
        let here = newest.get(&record.id).copied().flatten().map(|at| at.local_date(context.zone));
        let kept = match record.value(field) {
            _ if again.contains(&record.id) => others.get(&record.id).map(|at| at.local_date(context.zone)),
            Value::Date(day) => Some(*day),
            _ => None,
        };
        if let Some(value) = record.values.get_mut(field) {
            *value = Value::from(here.max(kept));
        }
        let expected = record.version;
        changes.push(Change::Update { record, expected });
    }
    Ok(changes)
}

/// Which record a record counts for, and when.
fn moment(
    record: &Record,
    def: &EntityDef,
    latest: &Latest,
    counted: &PreparedFilter,
) -> Option<(RecordId, Timestamp)> {
    if !Matcher::new(&OwnFields, counted).matches(record) {
        return None;
    }
    match (record.field(def, &latest.by)?, record.field(def, &latest.of)?) {
        (Value::Id(target), Value::Timestamp(at)) => Some((*target, *at)),
        _ => None,
    }
}

/// The entity the day is kept on, and the place of the field.
fn target(reader: &dyn Reader, def: &EntityDef, latest: &Latest) -> Result<(Arc<EntityDef>, usize), StorageError> {
    let found = || {
        let ColumnType::Reference(name) = &def.column_def(&latest.by)?.column_type else { return None };
        let target = reader.schema().entity(name)?;
        Some((Arc::clone(target), target.column(&latest.field)?))
    };
    let problem = || format!("`{}` of `{}` keeps no day in `{}`", latest.by, def.name, latest.field);
    found().ok_or_else(|| StorageError::new(StorageErrorKind::Invalid, problem()))
}

/// The latest moment of the stored records that are not staged, for each of these.
async fn others(
    reader: &dyn Reader,
    def: &EntityDef,
    latest: &Latest,
    staged: &[Staged],
    targets: &HashSet<RecordId>,
) -> Result<HashMap<RecordId, Timestamp>, StorageError> {
    if targets.is_empty() {
        return Ok(HashMap::new());
    }
    let one_of = |field: &str, values| Filter::In { path: Path::field(field.to_owned()), values };
    let request = Aggregate::new(def.name.clone())
        .filter(latest.when.clone())
        .filter(one_of(&latest.by, targets.iter().map(|id| Value::Id(*id)).collect()))
        .filter(one_of("id", staged.iter().map(|staged| Value::Id(staged.after.id)).collect()).not())
        .group(Path::field(latest.by.clone()))
        .measure(Measure::Maximum(Path::field(latest.of.clone())));
    let rows = reader.aggregate(&request).await?;
    let found = rows.iter().filter_map(|row| match (row.keys.first(), row.measures.first()) {
        (Some(Value::Id(target)), Some(Value::Timestamp(at))) => Some((*target, *at)),
        _ => None,
    });
    Ok(found.collect())
}
