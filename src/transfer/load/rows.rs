//! The order of records that require records of the same files.

use std::collections::HashMap;

use super::cycles::groups;
use super::order::Place;
use super::read::Source;
use crate::id::RecordId;
use crate::transfer::TransferError;

/// Records, by where they stand in the files, in an order in which each comes after or together with those it requires.
/// Only their ids and what they require is held while that is found out, and only their places after it.
#[derive(Debug)]
pub(super) struct Rows {
    rows: Vec<Row>,
    /// How many of the rows, one after another, must be written at once.
    groups: Vec<u32>,
}

/// Where a record stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) file: Place,
    pub(super) offset: u64,
}

impl Rows {
    /// Reads files, each with the columns that lead to records of these files, and to which file.
    pub(super) fn read(
        sources: &[Source],
        files: impl Iterator<Item = (Place, Vec<(usize, Place)>)>,
    ) -> Result<Self, TransferError> {
        let (mut rows, mut places, mut wanted) = (Vec::new(), HashMap::new(), Vec::new());
        for (file, columns) in files {
            let Some(source) = sources.get(file) else { continue };
            let mut lines = source.open()?;
            while let Some(record) = lines.record()? {
                let place = u32::try_from(rows.len()).map_err(|_| lines.damaged("there are too many records"))?;
                places.insert((file, record.id), place);
                rows.push(Row { file, offset: lines.offset() });
                let required =
                    columns.iter().filter_map(|(column, target)| Some((*target, record.value(*column).as_id()?)));
                wanted.push(required.collect::<Vec<(Place, RecordId)>>());
            }
        }
        // What leads nowhere is for the store to refuse.
        let needs = |wanted: Vec<(Place, RecordId)>| wanted.iter().filter_map(|key| places.get(key).copied()).collect();
        let needs: Vec<Vec<u32>> = wanted.into_iter().map(needs).collect();
        drop(places);
        let found = groups(&needs);
        let order = found.iter().flatten().filter_map(|row| rows.get(*row as usize).copied());
        let sizes = found.iter().map(|group| u32::try_from(group.len()).unwrap_or(u32::MAX));
        Ok(Self { rows: order.collect(), groups: sizes.collect() })
    }

    /// The groups of rows that must be written at once, one after another.
    pub(super) fn groups(&self) -> impl Iterator<Item = &[Row]> {
        let mut rest = self.rows.as_slice();
        self.groups.iter().map(move |size| {
            let (group, more) = rest.split_at_checked(*size as usize).unwrap_or((rest, &[]));
            rest = more;
            group
        })
    }

    /// How many rows the largest group has.
    pub(super) fn largest(&self) -> usize {
        self.groups().map(<[Row]>::len).max().unwrap_or(0)
    }
}
