//! Reading the dictionary through its cache.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use super::Crm;
use crate::dictionary::{
    DictionaryCache, DictionaryEntry, DictionaryKey, DictionaryRevision, Entries, LruDictionaryCache,
};
use crate::dictionary::{Flights, OwnedKey, Turn};
use crate::error::Result;
use crate::schema::Entity;
use crate::storage::ReaderExt;

/// How old the knowledge of what other programs have changed may grow unless it is said otherwise.
const REFRESH: Duration = Duration::from_secs(5);
/// Nothing was read yet.
const NEVER: i64 = i64::MIN;

/// The cache, the loads under way, and what is known of changes by others.
#[derive(Debug)]
pub(super) struct DictionaryReads {
    cache: Arc<dyn DictionaryCache>,
    flights: Flights<OwnedKey, Entries>,
    refresh_micros: i64,
    checked_at: AtomicI64,
    revision: AtomicI64,
}

/// What a [`DictionaryReads`] is made with.
#[derive(Debug)]
pub(super) struct DictionaryOptions {
    pub(super) cache: Arc<dyn DictionaryCache>,
    pub(super) refresh: Duration,
}

impl Default for DictionaryOptions {
    fn default() -> Self {
        Self { cache: Arc::new(LruDictionaryCache::default()), refresh: REFRESH }
    }
}

impl DictionaryReads {
    pub(super) fn new(options: DictionaryOptions) -> Self {
        Self {
            cache: options.cache,
            flights: Flights::default(),
            refresh_micros: i64::try_from(options.refresh.as_micros()).unwrap_or(i64::MAX),
            checked_at: AtomicI64::new(NEVER),
            revision: AtomicI64::new(NEVER),
        }
    }

    /// The next look-up reads the revision again: another program may have changed the dictionary.
    pub(super) fn look_again(&self) {
        self.checked_at.store(NEVER, Ordering::Release);
    }

    fn invalidate(&self, r#type: Option<&str>) {
        let concerns = |key: &OwnedKey| r#type.is_none_or(|r#type| key.key().r#type == r#type);
        self.flights.invalidate(concerns, || self.cache.invalidate(r#type));
    }
}

impl Crm {
    /// The cache of the dictionary.
    #[must_use]
    pub fn dictionary_cache(&self) -> &dyn DictionaryCache {
        &*self.inner.dictionary.cache
    }

    /// Entries by type, or by type and value: from the cache, else from the store by one reader for all who ask.
    pub(crate) async fn dictionary_entries(&self, key: DictionaryKey<'_>) -> Result<Entries> {
        let reads = &self.inner.dictionary;
        self.refresh_dictionary().await?;
        loop {
            if let Some(found) = reads.cache.get(key) {
                return Ok(found);
            }
            match reads.flights.join(OwnedKey::from(key), || reads.cache.peek(key)) {
                Turn::Known(found) => return Ok(found),
                Turn::Wait(landing) => {
                    if let Ok(found) = landing.await {
                        return Ok(found);
                    }
                }
                Turn::Load(ticket) => {
                    let mut query = DictionaryEntry::of_type(key.r#type).limit(1_000);
                    if let Some(value) = key.value {
                        query = query.filter(DictionaryEntry::value.eq(value));
                    }
                    let records = self.storage().collect(query).await?.into_iter();
                    let found = records.map(|record| DictionaryEntry::from_record(record).map(Arc::new));
                    let found: Entries = found.collect::<Result<_, _>>()?;
                    ticket.land(&found, || reads.cache.put(key, Arc::clone(&found)));
                    return Ok(found);
                }
            }
        }
    }

    /// Forgets what is cached of a type, or without one everything. Called when a change to it is committed.
    pub(crate) fn invalidate_dictionary(&self, r#type: Option<&str>) {
        self.inner.dictionary.invalidate(r#type);
    }

    /// Looks, once per interval, whether another program has changed the dictionary.
    async fn refresh_dictionary(&self) -> Result<()> {
        let reads = &self.inner.dictionary;
        let (now, before) = (self.now().as_micros(), reads.checked_at.load(Ordering::Acquire));
        // A clock that was put back must not put the next look off.
        let fresh = before != NEVER && now >= before && now - before < reads.refresh_micros;
        if fresh || reads.checked_at.compare_exchange(before, now, Ordering::AcqRel, Ordering::Acquire).is_err() {
            return Ok(());
        }
        let found = match self.storage().first::<DictionaryRevision>(DictionaryRevision::main()).await {
            Ok(found) => found.map_or(0, |found| found.revision),
            Err(error) => {
                // Unless somebody has asked for another look meanwhile, which then stands.
                let _ = reads.checked_at.compare_exchange(now, before, Ordering::AcqRel, Ordering::Acquire);
                return Err(error.into());
            }
        };
        if reads.revision.swap(found, Ordering::AcqRel) != found {
            // Loads that began before this read are dropped with the rest, so nothing older than it stays.
            reads.invalidate(None);
        }
        Ok(())
    }
}
