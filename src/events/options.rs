//! What a host decides about events.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use crate::schema::{Entity, EntityDef, Name};

/// Which entities leave events, and how many events wait for whoever subscribes in the program.
///
/// # Examples
///
/// ```
/// use crmkit::customers::Activity;
/// use crmkit::events::EventOptions;
/// use crmkit::prelude::*;
/// use crmkit::storage::MemoryStorage;
///
/// # pollster::block_on(async {
/// let quiet = EventOptions::default().without::<Activity>();
/// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).events(quiet).open().await?;
/// # let _ = crm;
/// # Ok::<(), Error>(())
/// # })?;
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EventOptions {
    silent: bool,
    without: BTreeSet<Name>,
}

impl EventOptions {
    /// No command leaves an event, so that none costs more than without: for hosts that have no use for them.
    #[must_use]
    pub fn none() -> Self {
        Self { silent: true, ..Self::default() }
    }

    /// Without events about records of `E`.
    #[must_use]
    pub fn without<E: Entity>(mut self) -> Self {
        self.without.insert(E::NAME.into());
        self
    }

    /// Whether what is done to records of an entity is told.
    #[must_use]
    pub fn tells(&self, def: &EntityDef) -> bool {
        let facts = &def.facts;
        !(self.silent || facts.secret || facts.unrecorded || facts.no_events || self.without.contains(&def.name))
    }
}

/// Where a new subscription begins.
///
/// # Examples
///
/// ```
/// use crmkit::events::Start;
/// use crmkit::prelude::*;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// crm.system().customers().create(NewCustomer::new("Acme")).await?;
/// let from_now = crm.event_cursor(Start::Now).await?;
/// assert!(crm.system().events(&from_now, 10).await?.events.is_empty());
/// let all = crm.event_cursor(Start::Oldest).await?;
/// assert!(!crm.system().events(&all, 10).await?.events.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Start {
    /// With the oldest event that is kept.
    #[default]
    Oldest,
    /// With what happens from now on.
    Now,
}

/// How a subscription is delivered.
///
/// # Examples
///
/// ```
/// use crmkit::events::{Delivery, Start};
/// use crmkit::prelude::*;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// crm.add_subscription("mail", Start::Now).await?;
/// crm.system().customers().create(NewCustomer::new("Acme")).await?;
/// // Ten at a time, and an event that fails is put aside after three tries.
/// let delivery = Delivery { batch: 10, tries: 3, ..Default::default() };
/// let delivered = crm.deliver("mail", &delivery, async |_| Ok(())).await?;
/// assert!(delivered.handled >= 1 && delivered.failed == 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivery {
    /// How many events are read at once; as often, what was delivered is written down. From 1 to 1,000.
    pub batch: usize,
    /// How many events one call delivers at most.
    pub limit: usize,
    /// How often an event is tried before it is parked, so that those behind it go on.
    pub tries: u32,
    /// How long nobody else delivers the subscription after a batch was begun. A batch that takes longer may be
    /// delivered twice.
    pub lease: TimeDelta,
}

impl Default for Delivery {
    fn default() -> Self {
        Self { batch: 100, limit: 10_000, tries: 10, lease: TimeDelta::minutes(5) }
    }
}

/// How long events are kept.
///
/// # Examples
///
/// ```
/// use chrono::TimeDelta;
///
/// use crmkit::events::EventRetention;
/// use crmkit::prelude::*;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// crm.system().customers().create(NewCustomer::new("Acme")).await?;
/// let retention = EventRetention { keep: TimeDelta::days(30), ..Default::default() };
/// assert_eq!(crm.purge_events(&retention).await?, 0, "nothing is so old yet");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventRetention {
    /// Older events go, unless a subscription has not had them or they are parked.
    pub keep: TimeDelta,
    /// Older events go, whoever waits for them.
    pub at_most: TimeDelta,
}

impl Default for EventRetention {
    fn default() -> Self {
        Self { keep: TimeDelta::days(90), at_most: TimeDelta::days(365) }
    }
}
