//! Records that paths lead to, read beforehand so that conditions can be judged in memory.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::id::RecordId;
use crate::query::evaluate::{Dataset, Matcher};
use crate::query::{Filter, PreparedFilter};
use crate::schema::{EntityDef, Name, Record, ResolvedPath};
use crate::storage::{Reader, Result};

/// The records that were read.
#[derive(Debug, Default)]
pub(super) struct Known(HashMap<Name, HashMap<RecordId, Record>>);

impl Known {
    /// Reads what the paths pass through, starting at the records.
    pub(super) async fn follow(&mut self, reader: &dyn Reader, from: &[Record], paths: &[&ResolvedPath]) -> Result<()> {
        for path in paths {
            let mut ids: Vec<Option<RecordId>> = Vec::new();
            for (step, hop) in path.hops.iter().enumerate() {
                ids = if step == 0 {
                    from.iter().map(|record| record.value(hop.column).as_id()).collect()
                } else {
                    let before = path.hops.get(step - 1).map(|hop| hop.target.name.clone()).unwrap_or_default();
                    let at = |id: Option<RecordId>| self.get(&before, id?)?.value(hop.column).as_id();
                    ids.into_iter().map(at).collect()
                };
                let table = self.0.entry(hop.target.name.clone()).or_default();
                let missing: BTreeSet<RecordId> =
                    ids.iter().flatten().filter(|id| !table.contains_key(id)).copied().collect();
                let missing: Vec<RecordId> = missing.into_iter().collect();
                if !missing.is_empty() {
                    let found = reader.get(&hop.target, &missing).await?;
                    table.extend(found.into_iter().map(|record| (record.id, record)));
                }
            }
        }
        Ok(())
    }
}

impl Dataset for Known {
    fn get(&self, entity: &str, id: RecordId) -> Option<&Record> {
        self.0.get(entity)?.get(&id)
    }

    fn scan<'a>(&'a self, entity: &str) -> Box<dyn Iterator<Item = &'a Record> + 'a> {
        Box::new(self.0.get(entity).into_iter().flat_map(HashMap::values))
    }
}

/// Every path of a filter outside of questions for existing records.
pub(super) fn paths_of<'f>(filter: &'f PreparedFilter, into: &mut Vec<&'f ResolvedPath>) {
    match filter {
        PreparedFilter::Not(inner) => paths_of(inner, into),
        PreparedFilter::And(filters) | PreparedFilter::Or(filters) => {
            filters.iter().for_each(|filter| paths_of(filter, into));
        }
        PreparedFilter::Compare { path, .. } | PreparedFilter::In { path, .. } | PreparedFilter::IsNull { path } => {
            into.push(path);
        }
        PreparedFilter::Search { paths, .. } => into.extend(paths),
        PreparedFilter::All | PreparedFilter::Exists { .. } => {}
    }
}

/// Whether a record, stored or not, matches a filter without questions for existing records.
pub(in crate::session) async fn matches(
    reader: &dyn Reader,
    def: &Arc<EntityDef>,
    filter: Filter,
    record: &Record,
) -> Result<bool> {
    let prepared = filter.prepare(reader.schema(), def)?;
    let (mut known, mut paths) = (Known::default(), Vec::new());
    paths_of(&prepared, &mut paths);
    known.follow(reader, std::slice::from_ref(record), &paths).await?;
    Ok(Matcher::new(&known, &prepared).matches(record))
}
