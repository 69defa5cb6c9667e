//! The CRM as a host opens it: a store, a clock, the organisation, and sessions for those who act.

mod access;
mod alarm;
mod blocks;
mod deadline;
mod dictionary;
mod events;
mod hashing;
mod jobs;
mod loading;
pub(crate) mod rollups;
mod setup;
mod verify;

pub(crate) use self::events::read_events;
pub use self::events::{EventReceiver, Missed};

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock, Weak};
use std::time::Duration;

pub use self::jobs::{Ended, JobContext, JobError, JobOptions, Jobs, Ran, Work};

use self::access::AccessWatch;
use self::alarm::Alarms;
use self::blocks::Blocks;
use self::deadline::{Deadline, Timed};
use self::dictionary::{DictionaryOptions, DictionaryReads};
use self::events::Feed;
use self::hashing::Hashing;
use self::rollups::Rollups;
use crate::access::{AccessRevision, Folder, RightTable, SignInOptions, User};
use crate::clock::{Clock, SystemClock};
use crate::dictionary::{DictionaryCache, DictionaryRevision};
use crate::error::{Result, StorageError, StorageErrorKind};
use crate::events::EventOptions;
use crate::id::{Id, IdSource, SetId, UuidSource};
use crate::observe::Counters;
use crate::organisation::{NewOrganisation, Organisation};
use crate::query::Bounds;
use crate::schema::{Entity, Schema};
use crate::session::Session;
use crate::storage::{ReaderExt, Storage, Watcher};
use crate::value::Timestamp;

/// A CRM over a store. Cheap to clone; all clones are one, also those [with a deadline](Self::within).
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::storage::MemoryStorage;
///
/// # pollster::block_on(async {
/// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let customer = crm.system().customers().create(NewCustomer::new("Acme")).await?;
/// assert!(customer.number.starts_with("KH"));
/// # Ok::<(), crmkit::Error>(())
/// # })?;
/// # Ok::<(), crmkit::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Crm {
    inner: Arc<Inner>,
    /// The store as whoever has a deadline asks it.
    timed: Option<Arc<Timed>>,
}

#[derive(Debug)]
struct Inner {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    rights: RightTable,
    access: AccessWatch,
    organisation: RwLock<Arc<Organisation>>,
    /// Whether the organisation may have been changed without anybody being told.
    doubtful: AtomicBool,
    dictionary: DictionaryReads,
    blocks: Blocks,
    sign_in: SignInOptions,
    hashing: Hashing,
    events: EventOptions,
    feed: Feed,
    rollups: Rollups,
    counters: Counters,
    bounds: Bounds,
    alarms: Arc<Alarms>,
}

impl Watcher for Inner {
    fn changed(&self, entity: Option<&str>) {
        if entity.is_none_or(|entity| entity == DictionaryRevision::NAME) {
            self.dictionary.look_again();
        }
        if entity.is_none_or(|entity| entity == AccessRevision::NAME) {
            self.access.look_again();
        }
    }
}

/// Collects what a [`Crm`] is opened with.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use crmkit::access::SignInOptions;
/// use crmkit::clock::FixedClock;
/// use crmkit::events::EventOptions;
/// use crmkit::id::SeededIds;
/// use crmkit::prelude::*;
///
/// # pollster::block_on(async {
/// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?))
///     .clock(FixedClock::new("2026-03-02T09:00:00Z".parse()?))
///     .ids(SeededIds::new(7))
///     .organisation(NewOrganisation { time_zone: "Asia/Shanghai".into(), ..NewOrganisation::main() })
///     .right("vehicle.inspect") // one that the host checks
///     .access_staleness(Duration::from_secs(1))
///     .dictionary_refresh(Duration::from_secs(1))
///     .sign_in(SignInOptions::default())
///     .events(EventOptions::default())
///     .open()
///     .await?;
/// assert!(crm.rights().id("vehicle.inspect").is_some());
/// let acme = crm.system().customers().create(NewCustomer::new("Acme")).await?;
/// assert_eq!(acme.number, "KH260302001");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug)]
pub struct CrmBuilder {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    rights: Vec<String>,
    folders: Vec<Folder>,
    access_staleness: Duration,
    organisation: NewOrganisation,
    dictionary: DictionaryOptions,
    sign_in: SignInOptions,
    events: EventOptions,
    bounds: Bounds,
}

impl CrmBuilder {
    /// Nothing but the store: the machine's clock, random ids, and no rights beyond those of the entities.
    pub(crate) fn bare(storage: impl Storage) -> Self {
        Self {
            storage: Arc::new(storage),
            clock: Arc::new(SystemClock),
            ids: Arc::new(UuidSource::default()),
            rights: Vec::new(),
            folders: Vec::new(),
            access_staleness: access::STALENESS,
            organisation: NewOrganisation::main(),
            dictionary: DictionaryOptions::default(),
            sign_in: SignInOptions::default(),
            events: EventOptions::default(),
            bounds: Bounds::default(),
        }
    }

    /// With another clock than the machine's.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// With another source of ids than random ones.
    #[must_use]
    pub fn ids(mut self, ids: impl IdSource + 'static) -> Self {
        self.ids = Arc::new(ids);
        self
    }

    /// With a further right that the host checks, such as `vehicle.inspect`. The four actions on each of the host's
    /// entities are rights already.
    #[must_use]
    pub fn right(mut self, code: impl Into<String>) -> Self {
        self.rights.push(code.into());
        self
    }

    /// With a further folder of the tree of rights, such as one for the host's entities. It is stored when the CRM is
    /// opened for the first time with it; what was in another folder by then stays there.
    #[must_use]
    pub fn folder(mut self, folder: Folder) -> Self {
        self.folders.push(folder);
        self
    }

    /// After what time at most a session notices that another program has changed what its user may do; 5 seconds
    /// unless it is said otherwise. As often, one small record is read, however many sessions there are. What this
    /// program changes is noticed at once. With zero every operation looks.
    #[must_use]
    pub const fn access_staleness(mut self, staleness: Duration) -> Self {
        self.access_staleness = staleness;
        self
    }

    /// The organisation to set up if the store has none yet.
    #[must_use]
    pub fn organisation(mut self, organisation: NewOrganisation) -> Self {
        self.organisation = organisation;
        self
    }

    /// With another cache of the dictionary than [`LruDictionaryCache`](crate::dictionary::LruDictionaryCache).
    #[must_use]
    pub fn dictionary_cache(mut self, cache: impl DictionaryCache + 'static) -> Self {
        self.dictionary.cache = Arc::new(cache);
        self
    }

    /// After what time at most a change of the dictionary by another program is seen; 5 seconds unless it is said
    /// otherwise. As often, a look-up reads one small record. A store that tells what others commit
    /// ([`Storage::watch`]) makes it at once.
    #[must_use]
    pub const fn dictionary_refresh(mut self, interval: Duration) -> Self {
        self.dictionary.refresh = interval;
        self
    }

    /// With other rules for signing in.
    #[must_use]
    pub const fn sign_in(mut self, options: SignInOptions) -> Self {
        self.sign_in = options;
        self
    }

    /// With other rules for which commands leave [events](crate::events); all do unless it is said otherwise.
    #[must_use]
    pub fn events(mut self, options: EventOptions) -> Self {
        self.events = options;
        self
    }

    /// With other bounds on what a report may cost than [the usual ones](Bounds::default); a session may have its own
    /// ([`Session::bounded`](crate::Session::bounded)).
    #[must_use]
    pub const fn report_bounds(mut self, bounds: Bounds) -> Self {
        self.bounds = bounds;
        self
    }

    /// Opens the CRM. A store without an organisation is set up: the organisation, number series, rights, the four
    /// default roles, and the administrator `admin`, who can't sign in until he is given a password.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`](crate::Error::Storage) if the store can't be read or set up, or is half loaded
    /// ([`StorageErrorKind::Unfinished`]),
    /// [`Error::Invalid`](crate::Error::Invalid) if the organisation to set up does
    /// not fit, or if no password can be hashed as it was said to be.
    pub async fn open(self) -> Result<Crm> {
        self.sign_in.hash.check()?;
        let schema = Arc::clone(self.storage.schema());
        let further = crate::access::FURTHER.iter().map(|(code, _)| (*code).to_owned());
        let rights = RightTable::new(&schema, further.chain(self.rights));
        loading::settle(&*self.storage, self.clock.now(), &*self.ids).await?;
        let found = self.storage.first::<Organisation>(Organisation::code.eq(crate::organisation::MAIN)).await?;
        let organisation = match found {
            Some(organisation) => organisation,
            None => {
                let (now, ids) = (self.clock.now(), &*self.ids);
                setup::set_up(&*self.storage, &rights, &self.folders, self.organisation, now, ids).await?
            }
        };
        setup::add_series(&*self.storage, self.clock.now(), &*self.ids).await?;
        setup::add_rights(&*self.storage, &rights, &self.folders, self.clock.now(), &*self.ids).await?;
        setup::add_sign_in_state(&*self.storage, self.clock.now(), &*self.ids).await?;
        rollups::settle(&*self.storage, organisation.zone(), self.clock.now(), &*self.ids).await?;
        let organisation = RwLock::new(Arc::new(organisation));
        let (storage, clock, ids) = (self.storage, self.clock, self.ids);
        let (blocks, dictionary) = (Blocks::default(), DictionaryReads::new(self.dictionary));
        let (access, sign_in) = (AccessWatch::new(self.access_staleness), self.sign_in);
        let (hashing, doubtful) = (Hashing::default(), AtomicBool::new(false));
        let inner = Arc::new(Inner {
            storage,
            clock,
            ids,
            rights,
            access,
            organisation,
            doubtful,
            blocks,
            dictionary,
            sign_in,
            hashing,
            events: self.events,
            feed: Feed::default(),
            rollups: Rollups::default(),
            counters: Counters::default(),
            bounds: self.bounds,
            alarms: Arc::default(),
        });
        let watcher: Weak<Inner> = Arc::downgrade(&inner);
        inner.storage.watch(watcher);
        Ok(Crm { inner, timed: None })
    }
}

impl Crm {
    /// The schema of the store.
    #[must_use]
    pub fn schema(&self) -> &Arc<Schema> {
        self.inner.storage.schema()
    }

    /// The organisation as last read or changed by this program.
    #[must_use]
    pub fn organisation(&self) -> Arc<Organisation> {
        Arc::clone(&self.inner.organisation.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// All rights there are.
    #[must_use]
    pub fn rights(&self) -> &RightTable {
        &self.inner.rights
    }

    /// A session that may do everything: for jobs, set-up and imports. What it does is recorded as the system's.
    #[must_use]
    pub fn system(&self) -> Session {
        Session::of_system(self.clone())
    }

    /// A session for a user whom the host has authenticated.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`](crate::Error::NotFound) if there is no such user,
    /// [`Error::SessionEnded`](crate::Error::SessionEnded) if the user or the user's role is inactive.
    pub async fn session(&self, user: Id<User>) -> Result<Session> {
        self.refresh_organisation().await?;
        let generation = self.access_generation().await?;
        let (actor, password) = self.actor(user).await?;
        Ok(Session::of_user(self.clone(), actor, password, generation))
    }

    /// The same CRM for what must be done within a time from now: whatever is asked of it, of the sessions it gives and
    /// of what they give, all together. Of two deadlines the earlier counts.
    ///
    /// Once it has passed, every operation ends with
    /// [`StorageErrorKind::Deadline`], whose code is `deadline`: a read that
    /// is under way is given up, and a command that has not handed its changes to the store changes nothing. Changes
    /// that were handed over are waited for, however long that takes, so that nobody is left in doubt about them. What
    /// commits in several steps, such as an import, keeps the steps it has done.
    ///
    /// Time is what the CRM's clock [has run](Clock::running), so a test moves it by hand.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::time::Duration;
    ///
    /// use chrono::TimeDelta;
    /// use crmkit::clock::FixedClock;
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// let clock = Arc::new(FixedClock::new("2026-03-02T09:00:00Z".parse()?));
    /// let storage = MemoryStorage::new(crmkit::standard_schema()?);
    /// let crm = Crm::builder(storage).clock(Arc::clone(&clock)).open().await?;
    ///
    /// let request = crm.within(Duration::from_secs(5)).system();
    /// request.customers().create(NewCustomer::new("Acme")).await?;
    /// clock.advance(TimeDelta::seconds(6))?;
    /// let late = request.customers().create(NewCustomer::new("Bravo")).await.unwrap_err();
    /// assert_eq!(late.code(), "deadline");
    /// assert_eq!(crm.system().customers().count(Filter::All).await?, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    #[must_use]
    pub fn within(&self, limit: Duration) -> Self {
        let inner = Arc::clone(&self.inner);
        let before = self.timed.as_ref().map(|timed| &timed.deadline);
        let deadline = Deadline::new(&inner.clock, &inner.alarms, limit).earlier(before);
        let timed = Timed { storage: Arc::clone(&inner.storage), deadline };
        Self { inner, timed: Some(Arc::new(timed)) }
    }

    /// Waits for what was begun and closes the store. [Within](Self::within) a time it waits no longer than that; the
    /// store then goes on closing by itself, as long as the program runs.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`](crate::Error::Storage) if something that was begun failed, and at the deadline, with how many
    /// sets of changes were still being committed.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// match crm.within(Duration::from_secs(10)).close().await {
    ///     Err(late) if late.code() == "deadline" => eprintln!("{late}"),
    ///     closed => closed?,
    /// }
    /// # Ok::<(), Error>(())
    /// # })?;
    /// # Ok::<(), Error>(())
    /// ```
    pub async fn close(&self) -> Result<()> {
        Ok(self.storage().close().await.map_err(|error| match error.kind() {
            StorageErrorKind::Deadline => {
                let waiting = self.stats().waiting;
                let message = format!("the store is still closing: {waiting} sets of changes were being committed");
                StorageError::new(StorageErrorKind::Deadline, message).with_source(error)
            }
            _ => error,
        })?)
    }

    pub(crate) fn storage(&self) -> &dyn Storage {
        match &self.timed {
            Some(timed) => &**timed,
            None => &*self.inner.storage,
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.inner.clock
    }

    pub(crate) fn ids(&self) -> &Arc<dyn IdSource> {
        &self.inner.ids
    }

    /// The numbers that are reserved for this program.
    pub(crate) fn blocks(&self) -> &Blocks {
        &self.inner.blocks
    }

    /// How signing in works.
    pub(crate) fn sign_in_options(&self) -> &SignInOptions {
        &self.inner.sign_in
    }

    /// Which commands leave events.
    pub(crate) fn event_options(&self) -> &EventOptions {
        &self.inner.events
    }

    /// How much a report may cost.
    pub(crate) fn report_bounds(&self) -> Bounds {
        self.inner.bounds
    }

    /// Who is told of events in this program.
    pub(crate) fn feed(&self) -> &Feed {
        &self.inner.feed
    }

    /// How the rollups stand, as far as this program knows.
    pub(crate) fn rollups(&self) -> &Rollups {
        &self.inner.rollups
    }

    /// What this program has committed, and not.
    pub(crate) fn counters(&self) -> &Counters {
        &self.inner.counters
    }

    /// Where passwords are hashed.
    pub(crate) fn hashing(&self) -> &Hashing {
        &self.inner.hashing
    }

    pub(crate) fn new_id<E: Entity>(&self, now: Timestamp) -> Id<E> {
        Id::new(self.inner.ids.next_id(now))
    }

    pub(crate) fn new_set_id(&self, now: Timestamp) -> SetId {
        SetId(self.inner.ids.next_id(now))
    }

    pub(crate) fn set_organisation(&self, organisation: Organisation) {
        *self.inner.organisation.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(organisation);
    }

    /// The organisation may have been changed: it is read again before anything else is done.
    pub(crate) fn doubt_organisation(&self) {
        self.inner.doubtful.store(true, Ordering::Release);
    }

    /// Reads the organisation again if it may have been changed.
    pub(crate) async fn refresh_organisation(&self) -> Result<(), StorageError> {
        if !self.inner.doubtful.swap(false, Ordering::AcqRel) {
            return Ok(());
        }
        // Until it is read, it stays in doubt.
        let doubt = Doubt(self);
        let found = self.storage().first::<Organisation>(Organisation::code.eq(crate::organisation::MAIN)).await?;
        if let Some(found) = found {
            self.set_organisation(found);
        }
        std::mem::forget(doubt);
        Ok(())
    }
}

/// Doubts the organisation unless it is forgotten.
struct Doubt<'a>(&'a Crm);

impl Drop for Doubt<'_> {
    fn drop(&mut self) {
        self.0.doubt_organisation();
    }
}
