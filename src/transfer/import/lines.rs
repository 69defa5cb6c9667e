//! Numbers that run within a parent, such as the lines of an order.

use std::collections::HashMap;

use crate::error::StorageError;
use crate::id::RecordId;
use crate::query::{Aggregate, Filter, Measure};
use crate::schema::{EntityDef, Path};
use crate::storage::Reader;
use crate::value::Value;

/// A field whose absent value is the next free number among the records that refer to the same parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lines {
    /// The place of the field that refers to the parent.
    pub(super) parent: usize,
    /// The place of the number.
    pub(super) number: usize,
}

impl Lines {
    /// The last number stored with each of these parents; 0 where there is none.
    pub(super) async fn last(
        self,
        reader: &dyn Reader,
        def: &EntityDef,
        parents: impl IntoIterator<Item = RecordId>,
    ) -> Result<HashMap<RecordId, i64>, StorageError> {
        let mut last: HashMap<RecordId, i64> = parents.into_iter().map(|parent| (parent, 0)).collect();
        let path = |place: usize| def.columns.get(place).map(|column| Path::field(column.name.clone()));
        let Some((parent, number)) = path(self.parent).zip(path(self.number)).filter(|_| !last.is_empty()) else {
            return Ok(last);
        };
        let values = last.keys().map(|id| Value::Id(*id)).collect();
        let request = Aggregate::new(def.name.clone())
            .filter(Filter::In { path: parent.clone(), values })
            .group(parent)
            .measure(Measure::Maximum(number));
        for row in reader.aggregate(&request).await? {
            if let (Some(Value::Id(parent)), Some(Value::Int(number))) = (row.keys.first(), row.measures.first()) {
                last.insert(*parent, *number);
            }
        }
        Ok(last)
    }
}
