//! The cache the crate brings: bounded, and it gives up what was not asked for longest.

use std::hash::{Hash, Hasher};
use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

use hashbrown::{Equivalent, HashMap};

use super::{CacheStats, DictionaryCache, DictionaryKey, Entries};

/// How many answers are kept unless it is said otherwise.
const CAPACITY: NonZeroUsize = NonZeroUsize::new(1_024).unwrap();

/// A bounded cache that gives up what was not asked for longest.
///
/// A look-up takes about as long as in a plain map. To give something up it looks at all it holds, which is little beside
/// reading the answer that needs the room.
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
    answers: HashMap<OwnedKey, Answer, foldhash::fast::RandomState>,
    capacity: usize,
    /// How many questions there have been so far: the time by which answers grow old. A list in that order would have to
    /// be mended with every look-up, which takes as long as the look-up.
    time: u64,
    stats: CacheStats,
}

#[derive(Debug)]
struct Answer {
    entries: Entries,
    asked: u64,
}

impl LruDictionaryCache {
    /// A cache of at most so many answers.
    #[must_use]
    pub fn new(capacity: NonZeroUsize) -> Self {
        let (answers, stats) = (HashMap::default(), CacheStats::default());
        Self { kept: Mutex::new(Kept { answers, capacity: capacity.get(), time: 0, stats }) }
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
        let kept = &mut *self.kept();
        let Some(answer) = kept.answers.get_mut(&key) else {
            kept.stats.misses += 1;
            return None;
        };
        kept.time += 1;
        answer.asked = kept.time;
        kept.stats.hits += 1;
        Some(answer.entries.clone())
    }

    fn peek(&self, key: DictionaryKey<'_>) -> Option<Entries> {
        self.kept().answers.get(&key).map(|answer| answer.entries.clone())
    }

    fn put(&self, key: DictionaryKey<'_>, entries: Entries) {
        let kept = &mut *self.kept();
        kept.time += 1;
        let answer = Answer { entries, asked: kept.time };
        if let Some(known) = kept.answers.get_mut(&key) {
            *known = answer;
            return;
        }
        if kept.answers.len() >= kept.capacity {
            let oldest = kept.answers.iter().min_by_key(|(_, answer)| answer.asked).map(|(key, _)| key.clone());
            if oldest.is_some_and(|oldest| kept.answers.remove(&oldest).is_some()) {
                kept.stats.evicted += 1;
            }
        }
        kept.answers.insert(OwnedKey::from(key), answer);
    }

    fn invalidate(&self, r#type: Option<&str>) {
        self.kept().answers.retain(|key, _| r#type.is_some_and(|r#type| key.key().r#type != r#type));
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

impl Equivalent<OwnedKey> for DictionaryKey<'_> {
    fn equivalent(&self, kept: &OwnedKey) -> bool {
        *self == kept.key()
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
        self.key().hash(state);
    }
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
