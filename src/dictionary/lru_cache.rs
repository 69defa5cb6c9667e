//! The cache the crate brings: bounded, and it gives up what was not asked for longest.

use std::borrow::Borrow;
use std::hash::{Hash, Hasher};
use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

use lru::LruCache;

use super::{CacheStats, DictionaryCache, DictionaryKey, Entries};

/// How many answers are kept unless it is said otherwise.
const CAPACITY: NonZeroUsize = NonZeroUsize::new(1_024).unwrap();

/// A bounded cache that gives up what was not asked for longest.
///
/// # Examples
///
/// ```
/// use std::num::NonZeroUsize;
///
/// use crmkit::dictionary::{LruDictionaryCache, SERVICE_TYPE};
/// use crmkit::prelude::*;
///
/// # pollster::block_on(async {
/// let room = NonZeroUsize::new(100).ok_or("room for a hundred answers")?;
/// let storage = MemoryStorage::new(crmkit::standard_schema()?);
/// let crm = Crm::builder(storage).dictionary_cache(LruDictionaryCache::new(room)).open().await?;
/// assert_eq!(crm.system().dictionary().entries(SERVICE_TYPE).await?.len(), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug)]
pub struct LruDictionaryCache {
    kept: Mutex<Kept>,
}

#[derive(Debug)]
struct Kept {
    answers: LruCache<OwnedKey, Entries>,
    stats: CacheStats,
}

impl LruDictionaryCache {
    /// A cache of at most so many answers.
    #[must_use]
    pub fn new(capacity: NonZeroUsize) -> Self {
        Self { kept: Mutex::new(Kept { answers: LruCache::new(capacity), stats: CacheStats::default() }) }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // Every change leaves the cache whole, so a thread that failed while it held the lock did no harm.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for LruDictionaryCache {
    fn default() -> Self {
        Self::new(CAPACITY)
    }
}

impl DictionaryCache for LruDictionaryCache {
    fn get(&self, key: DictionaryKey<'_>) -> Option<Entries> {
        let mut kept = self.kept();
        let found = kept.answers.get(&key as &dyn Key).cloned();
        match found {
            Some(_) => kept.stats.hits += 1,
            None => kept.stats.misses += 1,
        }
        found
    }

    fn peek(&self, key: DictionaryKey<'_>) -> Option<Entries> {
        self.kept().answers.peek(&key as &dyn Key).cloned()
    }

    fn put(&self, key: DictionaryKey<'_>, entries: Entries) {
        let mut kept = self.kept();
        let pushed_out = kept.answers.push(OwnedKey::from(key), entries);
        // What is put in place of an older answer to the same question pushes nothing out.
        if pushed_out.is_some_and(|(old, _)| old.key() != key) {
            kept.stats.evicted += 1;
        }
    }

    fn invalidate(&self, r#type: Option<&str>) {
        let mut kept = self.kept();
        match r#type {
            None => kept.answers.clear(),
            Some(r#type) => {
                let about = kept.answers.iter().map(|(key, _)| key).filter(|key| key.key().r#type == r#type);
                let about: Vec<OwnedKey> = about.cloned().collect();
                for key in about {
                    kept.answers.pop(&key);
                }
            }
        }
    }

    fn stats(&self) -> CacheStats {
        let kept = self.kept();
        CacheStats { held: kept.answers.len() as u64, ..kept.stats }
    }
}

/// A key that is kept; a look-up borrows its own. Both texts stand in one place, so that comparing them looks at one.
#[derive(Debug, Clone)]
pub(crate) struct OwnedKey {
    text: Box<str>,
    /// Where the value begins.
    split: usize,
    has_value: bool,
}

impl OwnedKey {
    pub(crate) fn key(&self) -> DictionaryKey<'_> {
        let (r#type, value) = self.text.split_at_checked(self.split).unwrap_or_default();
        DictionaryKey { r#type, value: self.has_value.then_some(value) }
    }
}

impl From<DictionaryKey<'_>> for OwnedKey {
    fn from(key: DictionaryKey<'_>) -> Self {
        let text = [key.r#type, key.value.unwrap_or_default()].concat().into();
        Self { text, split: key.r#type.len(), has_value: key.value.is_some() }
    }
}

/// Anything that says what is asked.
trait Key {
    fn key(&self) -> DictionaryKey<'_>;
}

impl Key for OwnedKey {
    fn key(&self) -> DictionaryKey<'_> {
        OwnedKey::key(self)
    }
}

impl Key for DictionaryKey<'_> {
    fn key(&self) -> DictionaryKey<'_> {
        *self
    }
}

impl<'a> Borrow<dyn Key + 'a> for OwnedKey {
    fn borrow(&self) -> &(dyn Key + 'a) {
        self
    }
}

impl PartialEq for dyn Key + '_ {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for dyn Key + '_ {}

impl Hash for dyn Key + '_ {
    fn hash<H: Hasher>(&self, state: &mut H) {
        hash(self.key(), state);
    }
}

impl PartialEq for OwnedKey {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for OwnedKey {}

impl Hash for OwnedKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        hash(self.key(), state);
    }
}

/// Hashes the texts and nothing between them: keys that differ only in where the one ends are told apart by comparing
/// them, and nobody has many of those.
fn hash(key: DictionaryKey<'_>, state: &mut impl Hasher) {
    state.write(key.r#type.as_bytes());
    state.write(key.value.unwrap_or_default().as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    const fn key<'a>(r#type: &'a str, value: Option<&'a str>) -> DictionaryKey<'a> {
        DictionaryKey { r#type, value }
    }

    #[test]
    fn it_holds_no_more_than_it_may_and_gives_up_what_was_not_asked_for_longest() {
        let cache = LruDictionaryCache::new(NonZeroUsize::new(2).unwrap());
        cache.put(key("a", None), Arc::new([]));
        cache.put(key("a", Some("")), Arc::new([]));
        assert!(cache.get(key("a", None)).is_some());
        cache.put(key("b", None), Arc::new([]));
        cache.put(key("b", None), Arc::new([]));
        assert!(cache.get(key("a", Some(""))).is_none());
        assert!(cache.get(key("a", None)).is_some() && cache.get(key("b", None)).is_some());
        assert_eq!(cache.stats(), CacheStats { hits: 3, misses: 1, evicted: 1, held: 2 });
    }

    #[test]
    fn a_type_is_forgotten_with_all_its_values_and_no_other() {
        let cache = LruDictionaryCache::default();
        for asked in [key("a", None), key("a", Some("x")), key("b", Some("x"))] {
            cache.put(asked, Arc::new([]));
        }
        cache.invalidate(Some("a"));
        assert_eq!(cache.stats().held, 1);
        assert!(cache.get(key("b", Some("x"))).is_some());
        cache.invalidate(None);
        assert_eq!(cache.stats().held, 0);
    }
}
