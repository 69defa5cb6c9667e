//! The dictionary: the texts that fields such as a region or a kind of service are chosen from, and their cache.

mod cache;
mod entry;
mod flights;
mod lru_cache;
mod revision;
mod seed;
mod sync;

pub use cache::{CacheStats, DictionaryCache, DictionaryKey, Entries, NoCache};
pub use entry::{DictionaryEntry, DictionaryEntryPatch, NewDictionaryEntry};
pub(crate) use flights::{Flights, Turn};
pub use lru_cache::LruDictionaryCache;
pub(crate) use lru_cache::OwnedKey;
pub use revision::{DictionaryRevision, DictionaryRevisionPatch, NewDictionaryRevision};
pub use seed::{CREDIT, CUSTOMER_LEVEL, REGION, SATISFACTION, SERVICE_TYPE, seed};
