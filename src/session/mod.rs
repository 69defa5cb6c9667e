//! Sessions: everything that is done is done by someone, and what he may not see is not there.

mod acting;
mod actions;
mod commit;
mod decided;
mod dictionary;
mod events;
mod explain;
mod fields;
mod history;
mod jobs;
mod json;
mod lost;
mod marketing;
mod openapi;
mod orders;
mod place;
mod preview;
mod records;
mod rights;
mod rollups;
mod run;
mod services;
mod signin;
mod staged;
mod undo;
mod unit;
mod untyped;
mod upkeep;
mod write;
mod writer;

use std::sync::Arc;
use std::time::Duration;

pub use dictionary::Dictionary;
pub use events::EventPage;
pub(crate) use events::Told;
pub use explain::Decision;
pub(crate) use history::record_history;
pub use history::{FormerField, Past, Trail, TrailEntry, TrailOptions};
pub use lost::LostScan;
pub use preview::{FieldChange, Preview, RecordChange, RecordChangeKind};
pub use records::{List, Records};
pub use rollups::RollupStatus;
pub use undo::Undone;
pub use unit::UnitOfWork;
pub use untyped::Untyped;

use self::acting::Acting;
use self::staged::Staged;
use crate::access::{Grant, Role, Team, User};
use crate::crm::Crm;
use crate::customers::{Activity, Contact, Customer};
use crate::error::{Error, Result};
use crate::organisation::Organisation;
use crate::query::Bounds;
use crate::rules::{Context, Rules};
use crate::sales::{Order, OrderLine, Product, StockItem};
use crate::schema::Lang;
use crate::storage::Storage;
use crate::value::Timestamp;

/// Someone acting on a [`Crm`]. Cheap to clone, and free to move between threads and tasks.
///
/// What the actor may do is compiled when the session begins, and again when it has changed: what this program changes
/// is noticed by the next operation of every session, what another program changes within
/// [`access_staleness`](crate::crm::CrmBuilder::access_staleness). A user who was deactivated is refused from then on
/// ([`Error::SessionEnded`]), and acts again in the same session when he is activated. An operation that has begun is finished with the rights it
/// began with.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::storage::MemoryStorage;
///
/// # pollster::block_on(async {
/// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let system = crm.system();
/// let role = system.roles().named("account_manager").await?;
/// let li = system.users().create(NewUser::new("li", role.id)).await?;
///
/// let session = crm.session(li.id).await?;
/// let acme = session.customers().create(NewCustomer::new("Acme")).await?;
/// assert_eq!(acme.manager, Some(li.id));
/// assert!(matches!(session.roles().list(Query::of::<Role>()).await, Err(Error::Denied { .. })));
/// # Ok::<(), Error>(())
/// # })?;
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Session {
    crm: Crm,
    acting: Arc<Acting>,
    lang: Option<Lang>,
    bounds: Option<Bounds>,
    /// What the session's commands have staged instead of committing it, if they do.
    staged: Option<Arc<Staged>>,
}

impl Session {
    /// The same session with labels in a language, instead of the organisation's.
    #[must_use]
    pub const fn in_lang(mut self, lang: Lang) -> Self {
        self.lang = Some(lang);
        self
    }

    /// The language of labels.
    #[must_use]
    pub fn lang(&self) -> Lang {
        self.lang.unwrap_or_else(|| self.crm.organisation().lang())
    }

    /// The same session with reports that may cost so much, instead of what the [`Crm`] was opened with.
    #[must_use]
    pub const fn bounded(mut self, bounds: Bounds) -> Self {
        self.bounds = Some(bounds);
        self
    }

    /// How much a report may cost.
    #[must_use]
    pub fn bounds(&self) -> Bounds {
        self.bounds.unwrap_or_else(|| self.crm.report_bounds())
    }

    /// The same session for what must be done within a time from now, as [`Crm::within`] says.
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
    /// let session = crm.system();
    /// // A web service gives each request its time, whatever it then does.
    /// let request = session.within(Duration::from_secs(5));
    /// request.customers().create(NewCustomer::new("Acme")).await?;
    /// let late = session.within(Duration::ZERO).customers().named("Acme").await;
    /// assert_eq!(late.map_err(|error| error.code()), Err("deadline"));
    /// # Ok::<(), Error>(())
    /// # })?;
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn within(&self, limit: Duration) -> Self {
        let crm = self.crm.within(limit);
        let staged = self.staged.as_ref().map(|staged| Arc::new(staged.through(crm.clone())));
        Self { crm, staged, ..self.clone() }
    }

    /// Whether what is done is staged and not committed.
    pub(crate) const fn is_staged(&self) -> bool {
        self.staged.is_some()
    }

    /// The store as this session sees it: with what its commands have staged, if they do.
    pub(crate) fn storage(&self) -> &dyn Storage {
        match &self.staged {
            Some(staged) => &**staged,
            None => self.crm.storage(),
        }
    }

    /// The CRM this session is on.
    #[must_use]
    pub const fn crm(&self) -> &Crm {
        &self.crm
    }

    /// The records of any registered entity, a host's own included.
    #[must_use]
    pub fn of<E: Rules>(&self) -> Records<E> {
        Records::new(self.clone())
    }

    /// The customers.
    #[must_use]
    pub fn customers(&self) -> Records<Customer> {
        self.of()
    }

    /// The people at customers.
    #[must_use]
    pub fn contacts(&self) -> Records<Contact> {
        self.of()
    }

    /// What was done with customers.
    #[must_use]
    pub fn activities(&self) -> Records<Activity> {
        self.of()
    }

    /// The products.
    #[must_use]
    pub fn products(&self) -> Records<Product> {
        self.of()
    }

    /// What lies in the warehouses.
    #[must_use]
    pub fn stock(&self) -> Records<StockItem> {
        self.of()
    }

    /// The orders.
    #[must_use]
    pub fn orders(&self) -> Records<Order> {
        self.of()
    }

    /// The lines of orders.
    #[must_use]
    pub fn order_lines(&self) -> Records<OrderLine> {
        self.of()
    }

    /// The users.
    #[must_use]
    pub fn users(&self) -> Records<User> {
        self.of()
    }

    /// The teams.
    #[must_use]
    pub fn teams(&self) -> Records<Team> {
        self.of()
    }

    /// The roles.
    #[must_use]
    pub fn roles(&self) -> Records<Role> {
        self.of()
    }

    /// Which role has which right.
    #[must_use]
    pub fn grants(&self) -> Records<Grant> {
        self.of()
    }

    /// The organisation's own record.
    #[must_use]
    pub fn organisation(&self) -> Records<Organisation> {
        self.of()
    }

    /// Looks over the whole store and gives a sentence for each fault; none means that all is well.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] without the right `data.verify`, [`Error::Storage`] if the store can't be read.
    pub async fn verify(&self) -> Result<Vec<String>> {
        self.require("data.verify").await?;
        self.crm.verify().await
    }

    pub(crate) fn denied(&self, action: &str, rule: String) -> Error {
        Error::Denied { actor: self.actor().name().to_owned(), action: action.to_owned(), rule }
    }

    /// What a rule decided. A rule knows the actor by id only; people know him by his login.
    pub(crate) fn rule<T>(&self, decided: Result<T>) -> Result<T> {
        decided.map_err(|error| match error {
            Error::Denied { action, rule, .. } => self.denied(&action, rule),
            other => other,
        })
    }

    pub(crate) fn context(&self, now: Timestamp) -> Context {
        Context { actor: self.actor().id(), now, zone: self.crm.organisation().zone() }
    }
}
