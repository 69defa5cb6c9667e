//! Whether every rollup that can be used says what adding up the records says.

use super::build::{differences, is_out_of_range};
use super::usable;
use crate::error::{Error, Result};
use crate::storage::Reader;
use crate::value::Value;

/// Adds a sentence for each row of a rollup that is not what adding up the records gives.
pub(in crate::crm) async fn verify(reader: &dyn Reader, faults: &mut Vec<String>) -> Result<()> {
    for kept in reader.schema().rollups() {
        let Some(zone) = usable(reader, kept).await? else { continue };
        let name = kept.rollup().name();
        let found = match differences(reader, kept, zone).await {
            // Sums that a report could not say either; the rows of their shards may still hold them.
            Err(Error::Storage(error)) if is_out_of_range(&error) => continue,
            found => found?,
        };
        for wrong in found {
            let (keys, stored, expected) = (listed(&wrong.keys), listed(&wrong.stored), listed(&wrong.expected));
            faults.push(format!("rollup `{name}`, row {keys}: {stored} is stored, the records add up to {expected}"));
        }
    }
    Ok(())
}

fn listed(values: &[Value]) -> String {
    let shown: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
    shown.join(", ")
}
