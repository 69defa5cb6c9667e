//! Values on other records that follow from the one a command changes.

use std::sync::Arc;

use super::Session;
use super::commit::Plan;
use super::decided::Rulings;
use crate::change::Change;
use crate::error::Result;
use crate::id::RecordId;
use crate::query::evaluate::{Matcher, OwnFields};
use crate::query::{Comparison, Direction, Filter, OrderBy, Query};
use crate::rules::{Context, Latest};
use crate::schema::{ColumnType, EntityDef, Path, Record};
use crate::value::{Timestamp, Value};

impl Session {
    /// Adds what changes on other records with this one: what was before, what is after.
    pub(super) async fn keep_up(
        &self,
        plan: &mut Plan,
        def: &Arc<EntityDef>,
        rulings: &dyn Rulings,
        records: [Option<&Record>; 2],
        context: &Context,
    ) -> Result<()> {
        // A host may leave entities out; then nothing follows for them.
        let known = |change: &Change| self.crm.schema().entity(change.entity()).is_some();
        plan.changes.extend(rulings.sums().into_iter().filter(known));
        if let Some(latest) = rulings.latest() {
            self.keep_latest(plan, def, &latest, records, context).await?;
        }
        let mut needs = rulings.touches();
        needs.retain(|need| self.crm.schema().entity(need.entity()).is_some());
        if !needs.is_empty() {
            let loaded = self.load_needs(needs, context, plan).await?;
            plan.changes.extend(self.rule(rulings.follows(&loaded, context))?);
        }
        Ok(())
    }

    /// Keeps the day of the latest of these records true on the record they refer to.
    async fn keep_latest(
        &self,
        plan: &mut Plan,
        def: &Arc<EntityDef>,
        latest: &Latest,
        records: [Option<&Record>; 2],
        context: &Context,
    ) -> Result<()> {
        let counted = latest.when.clone().prepare(self.storage().schema(), def)?;
        let moment = |record: &Record| {
            // One that does not count is as none: those who make such records do not wait for each other.
            if !Matcher::new(&OwnFields, &counted).matches(record) {
                return None;
            }
            let (target, at) = (record.field(def, &latest.by)?.as_id()?, record.field(def, &latest.of)?.clone());
            Some((record.id, target, at))
        };
        let [before, after] = records.map(|record| record.and_then(moment));
        if before == after {
            return Ok(());
        }
        let mut targets: Vec<RecordId> = before.iter().chain(&after).map(|(_, target, _)| *target).collect();
        targets.dedup();
        let own = before.as_ref().or(after.as_ref()).map(|(id, ..)| *id);
        for target in targets {
            let mine = after.as_ref().filter(|(_, to, _)| *to == target).map_or(&Value::Null, |(.., at)| at);
            self.keep_one(plan, def, latest, target, own, mine, context).await?;
        }
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one sentence")]
    async fn keep_one(
        &self,
        plan: &mut Plan,
        def: &EntityDef,
        latest: &Latest,
        target: RecordId,
        own: Option<RecordId>,
        mine: &Value,
        context: &Context,
    ) -> Result<()> {
        let storage = self.storage();
        let Some(ColumnType::Reference(entity)) = def.column_def(&latest.by).map(|column| &column.column_type) else {
            return Ok(());
        };
        let Some(target_def) = storage.schema().entity(entity).cloned() else { return Ok(()) };
        let Some(mut record) = storage.get(&target_def, &[target]).await?.pop() else { return Ok(()) };
        let others = compare(&latest.by, Value::Id(target)).and(latest.when.clone());
        let others = own.map_or(others.clone(), |own| others.and(compare("id", Value::Id(own)).not()));
        let newest = OrderBy { path: Path::field(latest.of.clone()), direction: Direction::Descending };
        let query = Query::new(def.name.clone()).filter(others).order(newest).limit(1);
        let query = query.columns([Path::field(latest.of.clone())]);
        let other = storage.query(&query).await?.records.pop().map_or(Value::Null, |mut other| other.values.remove(0));
        let newest: Option<Timestamp> = [mine, &other].into_iter().filter_map(moment).max();
        let day = newest.map_or(Value::Null, |at| Value::Date(at.local_date(context.zone)));
        plan.known.push(record.clone());
        let Some(kept) = target_def.column(&latest.field).and_then(|place| record.values.get_mut(place)) else {
            return Ok(());
        };
        // Also where the day stays as it is: whoever takes a later order away at this moment does not see this one, and
        // must decide again.
        let expected = record.version;
        *kept = day;
        plan.changes.push(Change::Update { record, expected });
        Ok(())
    }
}

const fn moment(value: &Value) -> Option<Timestamp> {
    if let Value::Timestamp(at) = value { Some(*at) } else { None }
}

fn compare(field: &str, value: Value) -> Filter {
    Filter::Compare { path: Path::field(field.to_owned()), comparison: Comparison::Equal, value }
}
