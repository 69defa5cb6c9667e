//! The dictionary: the texts that fields such as a region or a kind of service are chosen from.

mod entry;
mod seed;

pub use entry::{DictionaryEntry, DictionaryEntryPatch, NewDictionaryEntry};
pub use seed::{CREDIT, CUSTOMER_LEVEL, REGION, SATISFACTION, SERVICE_TYPE, seed};
