//! The CRM as a host opens it: a store, a clock, the organisation, and sessions for those who act.

mod blocks;
mod dictionary;
mod setup;
mod verify;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use self::blocks::Blocks;
use self::dictionary::{DictionaryOptions, DictionaryReads};
use crate::access::{Actor, Grant, Right, RightTable, Role, Scope, Standing, Team, User};
use crate::clock::{Clock, SystemClock};
use crate::dictionary::DictionaryCache;
use crate::error::{Error, Result, StorageError};
use crate::id::{Id, IdSource, SetId, UuidSource};
use crate::organisation::{NewOrganisation, Organisation};
use crate::query::Query;
use crate::schema::{Entity, Schema};
use crate::session::Session;
use crate::storage::{ReaderExt, Storage};
use crate::value::Timestamp;

/// A CRM over a store. Cheap to clone; all clones are one.
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
}

#[derive(Debug)]
struct Inner {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    rights: RightTable,
    organisation: RwLock<Arc<Organisation>>,
    /// Whether the organisation may have been changed without anybody being told.
    doubtful: AtomicBool,
    dictionary: DictionaryReads,
    blocks: Blocks,
}

/// Collects what a [`Crm`] is opened with.
#[derive(Debug)]
pub struct CrmBuilder {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    rights: Vec<String>,
    organisation: NewOrganisation,
    dictionary: DictionaryOptions,
}

impl CrmBuilder {
    /// Nothing but the store: the machine's clock, random ids, and no rights beyond those of the entities.
    pub(crate) fn bare(storage: impl Storage) -> Self {
        Self {
            storage: Arc::new(storage),
            clock: Arc::new(SystemClock),
            ids: Arc::new(UuidSource::default()),
            rights: Vec::new(),
            organisation: NewOrganisation::main(),
            dictionary: DictionaryOptions::default(),
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
    /// otherwise. As often, a look-up reads one small record.
    #[must_use]
    pub const fn dictionary_refresh(mut self, interval: Duration) -> Self {
        self.dictionary.refresh = interval;
        self
    }

    /// Opens the CRM. A store without an organisation is set up: the organisation, number series, rights, the four
    /// default roles, and the administrator `admin`, who can't sign in until he is given a password.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] if the store can't be read or set up, [`Error::Invalid`] if the organisation to set up does
    /// not fit.
    pub async fn open(self) -> Result<Crm> {
        let schema = Arc::clone(self.storage.schema());
        let further = crate::access::FURTHER.iter().map(|(code, _)| (*code).to_owned());
        let rights = RightTable::new(&schema, further.chain(self.rights));
        let found = self.storage.first::<Organisation>(Organisation::code.eq(crate::organisation::MAIN)).await?;
        let organisation = match found {
            Some(organisation) => organisation,
            None => {
                let (now, ids) = (self.clock.now(), &*self.ids);
                setup::set_up(&*self.storage, &rights, self.organisation, now, ids).await?
            }
        };
        setup::add_series(&*self.storage, self.clock.now(), &*self.ids).await?;
        setup::add_rights(&*self.storage, &rights, self.clock.now(), &*self.ids).await?;
        let organisation = RwLock::new(Arc::new(organisation));
        let (storage, clock, ids) = (self.storage, self.clock, self.ids);
        let (blocks, dictionary) = (Blocks::default(), DictionaryReads::new(self.dictionary));
        let doubtful = AtomicBool::new(false);
        let inner = Inner { storage, clock, ids, rights, organisation, doubtful, blocks, dictionary };
        Ok(Crm { inner: Arc::new(inner) })
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
        Session::new(self.clone(), Actor::system())
    }

    /// A session for a user whom the host has authenticated.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is no such user, [`Error::Denied`] if the user or the user's role is inactive.
    pub async fn session(&self, user: Id<User>) -> Result<Session> {
        self.refresh_organisation().await?;
        let snapshot = self.inner.storage.snapshot().await?;
        let reader = &*snapshot;
        let missing = || Error::NotFound { entity: "user".into(), key: user.to_string() };
        let found: User = reader.load(user).await?.ok_or_else(missing)?;
        let role: Role = reader.load(found.role).await?.ok_or_else(missing)?;
        let inactive = |what: String| Error::Denied {
            actor: found.name.clone(),
            action: "act".into(),
            rule: format!("{what} is inactive; an administrator can activate it"),
        };
        if !found.active {
            return Err(inactive(format!("the user `{}`", found.name)));
        }
        if !role.active {
            return Err(inactive(format!("the role `{}`", role.name)));
        }
        let (grants, rights) = (self.grants(reader, role.id).await?, &self.inner.rights);
        let subtree = subtree(reader, found.team).await?;
        let standing = Standing { user, name: found.name, role: role.name, team: found.team, subtree };
        let granted = grants.iter().map(|(code, scope)| (code.as_str(), *scope));
        Ok(Session::new(self.clone(), Actor::user(standing, rights, granted)))
    }

    /// Waits for what was begun and closes the store.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] if something that was begun failed.
    pub async fn close(&self) -> Result<()> {
        Ok(self.inner.storage.close().await?)
    }

    pub(crate) fn storage(&self) -> &dyn Storage {
        &*self.inner.storage
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

    async fn grants<R: ReaderExt + ?Sized>(&self, reader: &R, role: Id<Role>) -> Result<Vec<(String, Scope)>> {
        let columns = [Grant::right.to(Right::code).path(), Grant::scope.path()];
        let query = Query::of::<Grant>().filter(Grant::role.eq(role)).columns(columns).limit(1_000);
        let mut grants = Vec::new();
        for record in reader.collect(query).await? {
            if let [code, scope] = &record.values[..] {
                let scope = crate::schema::FieldType::from_value(scope.clone());
                let code = code.as_text().unwrap_or_default().to_owned();
                grants.push((code, scope.unwrap_or(Scope::None)));
            }
        }
        Ok(grants)
    }
}

/// Doubts the organisation unless it is forgotten.
struct Doubt<'a>(&'a Crm);

impl Drop for Doubt<'_> {
    fn drop(&mut self) {
        self.0.doubt_organisation();
    }
}

/// A team and all teams below it; a loop among them ends at the first team seen again.
async fn subtree<R: ReaderExt + ?Sized>(reader: &R, top: Option<Id<Team>>) -> Result<Vec<Id<Team>>> {
    let mut all: Vec<Id<Team>> = top.into_iter().collect();
    let mut level = all.clone();
    while !level.is_empty() {
        let query = Query::of::<Team>().filter(Team::parent.is_in(level)).limit(1_000);
        let below = reader.collect(query).await?;
        level = below.iter().map(|record| Id::new(record.id)).filter(|id| !all.contains(id)).collect();
        all.extend(&level);
    }
    Ok(all)
}
