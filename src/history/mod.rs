//! What was done to records: who, when, through what, and what their fields held before.
//!
//! Every set that a session commits leaves at least one entry, in the same commit: one for each record it changed,
//! deleted or put back, or, where it only made new ones, one for the first of these. The first entry of a set has the
//! set's id and carries what else must be known to take the set back ([`Beside`]). An import leaves entries for what it
//! changed only: what it made is told by its run.

mod beside;
mod entry;
mod values;

pub use beside::{Added, AddedTo, Beside, Left};
pub use entry::{Extent, HistoryEntry, HistoryEntryPatch, HistoryKind, NewHistoryEntry, entries};
pub use values::{Former, former, value_from_json, value_to_json};
