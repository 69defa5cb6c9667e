//! Identities: records, versions, change sets, and where new ids come from.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;
use std::sync::Mutex;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::{ContextV7, NoContext, Timestamp as UuidTime, Uuid};

use crate::value::Timestamp;

/// The identity of a record: a UUID, normally version 7, so that ids sort by age.
///
/// # Examples
///
/// ```
/// use crmkit::id::RecordId;
///
/// let id: RecordId = "0190163d-8694-739b-aea5-966c26f8ad91".parse()?;
/// assert_eq!(id.to_string(), "0190163d-8694-739b-aea5-966c26f8ad91");
/// # Ok::<(), crmkit::id::IdError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RecordId(Uuid);

/// A text that is no id.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
///
/// assert!("0190163d-8694-739b-aea5-966c26f8ad91".parse::<RecordId>().is_ok());
/// assert!("KH071202001".parse::<RecordId>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an id such as 0190163d-8694-739b-aea5-966c26f8ad91")]
pub struct IdError(String);

impl RecordId {
    /// The id of nothing: "not given". It is refused wherever it would be stored.
    pub const NIL: Self = Self(Uuid::nil());

    /// From 16 bytes, most significant first.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }

    /// The 16 bytes, most significant first.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// Whether this is [`RecordId::NIL`].
    #[must_use]
    pub const fn is_nil(&self) -> bool {
        self.0.is_nil()
    }
}

impl From<Uuid> for RecordId {
    fn from(uuid: Uuid) -> Self {
        Self(uuid)
    }
}

impl From<RecordId> for Uuid {
    fn from(id: RecordId) -> Self {
        id.0
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for RecordId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let plain = text.len() == 36;
        let parsed = if plain { Uuid::try_parse(text).ok() } else { None };
        parsed.map(Self).ok_or_else(|| IdError(text.chars().take(40).collect()))
    }
}

/// The identity of an `E`; ids of different entities do not mix.
///
/// # Examples
///
/// ```compile_fail
/// use crmkit::prelude::*;
///
/// fn assign(manager: Id<User>) {}
/// let customer: Id<Customer> = Id::NIL;
/// assign(customer);
/// ```
pub struct Id<E>(RecordId, PhantomData<fn() -> E>);

impl<E> Id<E> {
    /// The id of nothing: "not given". It is refused wherever it would be stored.
    pub const NIL: Self = Self(RecordId::NIL, PhantomData);

    /// Claims that a record id names an `E`.
    #[must_use]
    pub const fn new(id: RecordId) -> Self {
        Self(id, PhantomData)
    }

    /// The id without its entity.
    #[must_use]
    pub const fn raw(self) -> RecordId {
        self.0
    }
}

impl<E> Clone for Id<E> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<E> Copy for Id<E> {}
impl<E> PartialEq for Id<E> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<E> Eq for Id<E> {}
impl<E> PartialOrd for Id<E> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<E> Ord for Id<E> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}
impl<E> Hash for Id<E> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
impl<E> fmt::Display for Id<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
impl<E> fmt::Debug for Id<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
impl<E> FromStr for Id<E> {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        text.parse().map(Self::new)
    }
}
impl<E> Serialize for Id<E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}
impl<'de, E> Deserialize<'de> for Id<E> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        RecordId::deserialize(deserializer).map(Self::new)
    }
}

/// How often a record has been written. A record that was never stored has version 0, its first stored form 1.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
///
/// assert!(Version::NEW < Version::NEW.next());
/// assert_eq!(Version::NEW.next().to_string(), "1");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(pub i64);

impl Version {
    /// Not stored yet.
    pub const NEW: Self = Self(0);

    /// The version after the next write.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The identity of a change set: committing the same set twice does it once.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::session::TrailOptions;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let (system, customers) = (crm.system(), crm.system().customers());
/// let acme = customers.create(NewCustomer::new("Acme")).await?;
/// let trail = customers.history(acme.id, &TrailOptions::default()).await?;
/// // All that one command did is taken back by its set.
/// system.undo(trail.entries[0].set).await?;
/// assert_eq!(customers.count(Filter::All).await?, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SetId(pub RecordId);

impl fmt::Display for SetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Where a commit stands in the order of all commits of a store: opaque, and growing.
///
/// # Examples
///
/// ```
/// use crmkit::change::ChangeSet;
/// use crmkit::id::SetId;
/// use crmkit::prelude::*;
/// use crmkit::storage::Storage;
///
/// # pollster::block_on(async {
/// let storage = MemoryStorage::new(crmkit::standard_schema()?);
/// let set = |byte| ChangeSet::new(SetId(RecordId::from_bytes([byte; 16])), Timestamp::EPOCH, "nothing");
/// let (first, second) = (storage.commit(&set(1)).await?, storage.commit(&set(2)).await?);
/// assert!(first.position < second.position);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Position(pub u64);

/// Where new ids come from.
///
/// # Examples
///
/// ```
/// use crmkit::id::{IdSource, UuidSource};
/// use crmkit::prelude::*;
///
/// let ids = UuidSource::default();
/// let (first, second) = (ids.next_id(Timestamp::EPOCH), ids.next_id(Timestamp::EPOCH));
/// assert!(first < second, "ids sort by age");
/// ```
pub trait IdSource: fmt::Debug + Send + Sync {
    /// A fresh id for something made at `now`.
    fn next_id(&self, now: Timestamp) -> RecordId;
}

/// UUIDs of version 7: by time, then by a counter, then random, so that ids made one after another sort that way.
///
/// # Examples
///
/// ```
/// use crmkit::id::{IdSource, UuidSource};
/// use crmkit::prelude::*;
///
/// let source = UuidSource::default();
/// let ids: Vec<RecordId> = (0..100).map(|_| source.next_id(Timestamp::EPOCH)).collect();
/// assert!(ids.is_sorted_by(|one, next| one < next), "also those of one moment");
/// assert_eq!(uuid::Uuid::from(ids[0]).get_version_num(), 7);
/// ```
#[derive(Debug, Default)]
pub struct UuidSource(Mutex<ContextV7>);

impl IdSource for UuidSource {
    fn next_id(&self, now: Timestamp) -> RecordId {
        let micros = now.as_micros().max(0).unsigned_abs();
        let nanos = u32::try_from(micros % 1_000_000).unwrap_or(0) * 1_000;
        let stamp = match self.0.lock() {
            Ok(context) => UuidTime::from_unix(&*context, micros / 1_000_000, nanos),
            // A poisoned counter only loses the order inside one millisecond.
            Err(_) => UuidTime::from_unix(NoContext, micros / 1_000_000, nanos),
        };
        RecordId(Uuid::new_v7(stamp))
    }
}

/// Ids counted up from a seed: the same run makes the same ids. For tests and reproducible runs only, since two
/// sources with one seed collide.
///
/// # Examples
///
/// ```
/// use crmkit::id::{IdSource, SeededIds};
/// use crmkit::value::Timestamp;
///
/// let (a, b) = (SeededIds::new(7), SeededIds::new(7));
/// assert_eq!(a.next_id(Timestamp::EPOCH), b.next_id(Timestamp::EPOCH));
/// ```
#[derive(Debug)]
pub struct SeededIds {
    seed: u32,
    next: std::sync::atomic::AtomicU64,
}

impl SeededIds {
    /// Ids that follow from `seed`.
    #[must_use]
    pub const fn new(seed: u32) -> Self {
        Self { seed, next: std::sync::atomic::AtomicU64::new(1) }
    }
}

impl IdSource for SeededIds {
    fn next_id(&self, now: Timestamp) -> RecordId {
        let count = self.next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let millis = (now.as_micros().max(0) / 1_000).unsigned_abs() & 0xFFFF_FFFF_FFFF;
        let high = (millis << 16) | 0x7000 | (count >> 30 & 0xFFF);
        let low = (0b10 << 62) | ((count & 0x3FFF_FFFF) << 32) | u64::from(self.seed);
        RecordId(Uuid::from_u64_pair(high, low))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_made_in_one_moment_sort_by_age_and_differ() {
        for source in [&UuidSource::default() as &dyn IdSource, &SeededIds::new(1)] {
            let ids: Vec<_> = (0..10_000).map(|_| source.next_id(Timestamp::EPOCH)).collect();
            assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "{source:?}");
        }
    }

    #[test]
    fn only_the_usual_form_is_read() {
        assert!("0190163d8694739baea5966c26f8ad91".parse::<RecordId>().is_err());
        assert!("{0190163d-8694-739b-aea5-966c26f8ad91}".parse::<RecordId>().is_err());
    }
}
