//! Sessions: everything that is done is done by someone, and what he may not see is not there.

mod actions;
mod commit;
mod dictionary;
mod explain;
mod lost;
mod marketing;
mod orders;
mod place;
mod records;
mod run;
mod services;
mod untyped;
mod upkeep;
mod writer;

use std::sync::Arc;

pub use dictionary::Dictionary;
pub use explain::Decision;
pub use lost::LostScan;
pub use records::{List, Records};
pub use untyped::Untyped;

use crate::access::{Actor, Grant, RightId, Role, Scope, Team, User};
use crate::crm::Crm;
use crate::customers::{Activity, Contact, Customer};
use crate::error::{Error, Result};
use crate::organisation::Organisation;
use crate::rules::{Context, Rules};
use crate::sales::{Order, OrderLine, Product, StockItem};
use crate::schema::Lang;
use crate::value::Timestamp;

/// Someone acting on a [`Crm`]. Cheap to clone, and free to move between threads and tasks.
///
/// What the actor may do is compiled when the session begins; a session that is kept for long does not notice that a
/// right was taken away, so begin one for each request or sign-in.
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
    actor: Arc<Actor>,
    lang: Option<Lang>,
}

impl Session {
    pub(crate) fn new(crm: Crm, actor: Actor) -> Self {
        Self { crm, actor: Arc::new(actor), lang: None }
    }

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

    /// Who acts.
    #[must_use]
    pub fn actor(&self) -> &Actor {
        &self.actor
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
        self.require("data.verify")?;
        self.crm.verify().await
    }

    /// How far a right reaches for the actor.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] if there is no such right or the actor does not have it.
    pub fn require(&self, code: &str) -> Result<Scope> {
        let right = self.crm.rights().id(code);
        let right = right.ok_or_else(|| self.denied(code, "there is no such right".into()))?;
        self.require_right(right)
    }

    pub(crate) fn require_right(&self, right: RightId) -> Result<Scope> {
        match self.actor.scope(right) {
            Scope::None => {
                let code = self.crm.rights().code(right);
                let rule = format!("the role `{}` does not have the right `{code}`", self.actor.role());
                Err(self.denied(code, rule))
            }
            scope => Ok(scope),
        }
    }

    pub(crate) fn denied(&self, action: &str, rule: String) -> Error {
        Error::Denied { actor: self.actor.name().to_owned(), action: action.to_owned(), rule }
    }

    /// What a rule decided. A rule knows the actor by id only; people know him by his login.
    pub(crate) fn rule<T>(&self, decided: Result<T>) -> Result<T> {
        decided.map_err(|error| match error {
            Error::Denied { action, rule, .. } => self.denied(&action, rule),
            other => other,
        })
    }

    pub(crate) fn context(&self, now: Timestamp) -> Context {
        Context { actor: self.actor.id(), now, zone: self.crm.organisation().zone() }
    }
}
