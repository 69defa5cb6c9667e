//! Caches of the dictionary.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::DictionaryEntry;

/// What is asked of the dictionary: the entries of a type in their order, or the one with a value.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
///
/// use crmkit::dictionary::{DictionaryCache, DictionaryKey, LruDictionaryCache};
///
/// let regions = DictionaryKey { r#type: "region", value: None };
/// let east = DictionaryKey { value: Some("华东"), ..regions };
/// let cache = LruDictionaryCache::default();
/// cache.put(regions, Arc::new([]));
/// assert!(cache.peek(regions).is_some() && cache.peek(east).is_none(), "each is a question of its own");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DictionaryKey<'a> {
    /// The type.
    pub r#type: &'a str,
    /// The value; without it, the whole type.
    pub value: Option<&'a str>,
}

/// Hashes the texts and nothing between them: keys that differ only in where the one ends are told apart by comparing
/// them, and nobody has many of those.
impl Hash for DictionaryKey<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write(self.r#type.as_bytes());
        state.write(self.value.unwrap_or_default().as_bytes());
    }
}

/// What the dictionary answers: the entries in their order. None at all is an answer too, and is cached like any.
pub type Entries = Arc<[Arc<DictionaryEntry>]>;

/// What a cache has done so far.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
///
/// use crmkit::dictionary::{DictionaryCache, DictionaryKey, LruDictionaryCache};
///
/// let cache = LruDictionaryCache::default();
/// let regions = DictionaryKey { r#type: "region", value: None };
/// assert!(cache.get(regions).is_none());
/// cache.put(regions, Arc::new([]));
/// assert!(cache.get(regions).is_some());
/// let stats = cache.stats();
/// assert_eq!((stats.hits, stats.misses, stats.evicted, stats.held), (1, 1, 0, 1));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct CacheStats {
    /// Questions it answered.
    pub hits: u64,
    /// Questions it could not answer.
    pub misses: u64,
    /// Answers it gave up for lack of room.
    pub evicted: u64,
    /// Answers it holds.
    pub held: u64,
}

/// Keeps answers of the dictionary. The crate reads the store where it has none, and tells it what no longer holds; a
/// cache decides only what to keep.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
///
/// use crmkit::dictionary::{DictionaryCache, DictionaryKey, LruDictionaryCache};
///
/// let cache = LruDictionaryCache::default();
/// let key = DictionaryKey { r#type: "region", value: Some("Atlantis") };
/// assert!(cache.get(key).is_none());
/// // That there is no such entry is an answer.
/// cache.put(key, Arc::new([]));
/// assert!(cache.get(key).is_some_and(|entries| entries.is_empty()));
/// cache.invalidate(Some("region"));
/// assert!(cache.get(key).is_none());
/// assert_eq!((cache.stats().hits, cache.stats().misses), (1, 2));
/// ```
pub trait DictionaryCache: fmt::Debug + Send + Sync {
    /// The answer, if it is kept. Called for every look-up.
    fn get(&self, key: DictionaryKey<'_>) -> Option<Entries>;

    /// As [`get`](Self::get), without being counted or making a difference to what is kept.
    fn peek(&self, key: DictionaryKey<'_>) -> Option<Entries>;

    /// Keeps an answer.
    fn put(&self, key: DictionaryKey<'_>, entries: Entries);

    /// Forgets every answer about a type, or without one everything.
    fn invalidate(&self, r#type: Option<&str>);

    /// What it has done so far.
    fn stats(&self) -> CacheStats;
}

/// Keeps nothing: every look-up reads the store.
///
/// # Examples
///
/// ```
/// use crmkit::dictionary::{DictionaryCache, DictionaryKey, NoCache};
///
/// let cache = NoCache::default();
/// assert!(cache.get(DictionaryKey { r#type: "region", value: None }).is_none());
/// assert_eq!((cache.stats().hits, cache.stats().misses), (0, 1));
/// ```
#[derive(Debug, Default)]
pub struct NoCache {
    misses: AtomicU64,
}

impl DictionaryCache for NoCache {
    fn get(&self, _: DictionaryKey<'_>) -> Option<Entries> {
        self.misses.fetch_add(1, Ordering::Relaxed);
        None
    }

    fn peek(&self, _: DictionaryKey<'_>) -> Option<Entries> {
        None
    }

    fn put(&self, _: DictionaryKey<'_>, _: Entries) {}

    fn invalidate(&self, _: Option<&str>) {}

    fn stats(&self) -> CacheStats {
        CacheStats { misses: self.misses.load(Ordering::Relaxed), ..CacheStats::default() }
    }
}
