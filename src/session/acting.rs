//! Who acts, and keeping what he may do up to date.

use std::sync::{Arc, PoisonError, RwLock};

use super::Session;
use crate::access::{Actor, RightId, Scope, Ticket, User};
use crate::crm::Crm;
use crate::error::{Error, Result};
use crate::id::Id;
use crate::schema::EntityDef;

const OTHER_PASSWORD: &str = "the password was changed since the session began; sign in again";

/// The actor of a session and of all its clones, as last compiled.
#[derive(Debug)]
pub(super) struct Acting {
    /// None for the system, whose rights never change.
    user: Option<Id<User>>,
    held: RwLock<Held>,
}

#[derive(Debug, Clone)]
struct Held {
    actor: Arc<Actor>,
    generation: u64,
    /// Which password he had when the session began, if he had one.
    password: Option<i64>,
}

impl Acting {
    fn new(actor: Actor, password: Option<i64>, generation: u64) -> Self {
        Self { user: actor.id(), held: RwLock::new(Held { actor: Arc::new(actor), generation, password }) }
    }

    fn held(&self) -> Held {
        self.held.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn hold(&self, actor: &Arc<Actor>, generation: u64) {
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        // Somebody else may have compiled a later one meanwhile.
        if held.generation < generation {
            (held.actor, held.generation) = (Arc::clone(actor), generation);
        }
    }

    /// The session goes on with the password that it has given its user.
    pub(super) fn renew(&self, password: i64) {
        self.held.write().unwrap_or_else(PoisonError::into_inner).password = Some(password);
    }
}

impl Crm {
    /// A session for whoever signed in earlier and was given a [`Ticket`] for it.
    ///
    /// # Errors
    ///
    /// [`Error::SessionEnded`] if the user has another password by now, or he or his role is inactive;
    /// [`Error::NotFound`] if there is no such user; [`Error::Storage`] if the store can't say.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// crm.first_administrator("admin", "a long and good one").await?;
    /// let session = crm.sign_in("admin", "a long and good one").await?;
    /// let ticket = session.ticket().ok_or(Error::SignIn)?;
    /// assert!(crm.resume(ticket).await.is_ok());
    ///
    /// session.change_password("a long and good one", "an even better one").await?;
    /// assert!(matches!(crm.resume(ticket).await, Err(Error::SessionEnded { .. })));
    /// # Ok::<(), Error>(())
    /// # })?;
    /// # Ok::<(), Error>(())
    /// ```
    pub async fn resume(&self, ticket: Ticket) -> Result<Session> {
        let session = self.session(ticket.user()).await?;
        let held = session.acting.held();
        if ticket.is_older_than(held.password) {
            return Err(ended(held.actor.name(), OTHER_PASSWORD));
        }
        Ok(session)
    }
}

impl Session {
    /// A session for the system.
    pub(crate) fn of_system(crm: Crm) -> Self {
        Self { crm, acting: Arc::new(Acting::new(Actor::system(), None, 0)), lang: None, bounds: None, staged: None }
    }

    /// A session for a user whose rights were compiled under a generation.
    pub(crate) fn of_user(crm: Crm, actor: Actor, password: Option<i64>, generation: u64) -> Self {
        let acting = Arc::new(Acting::new(actor, password, generation));
        Self { crm, acting, lang: None, bounds: None, staged: None }
    }

    /// What a host keeps until the user's next request, to begin it with [`Crm::resume`]; none for the system. After
    /// [`change_password`](Self::change_password) it is another one.
    #[must_use]
    pub fn ticket(&self) -> Option<Ticket> {
        self.acting.user.map(|user| Ticket::new(user, self.acting.held().password))
    }

    /// Who acts, with the rights he had at the last operation.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    /// use crmkit::storage::MemoryStorage;
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// assert_eq!(crm.system().actor().name(), "system");
    /// # Ok::<(), Error>(())
    /// # })?;
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn actor(&self) -> Arc<Actor> {
        self.acting.held().actor
    }

    /// Who acts, with the rights he has by now: for what a host shows or keeps back by itself.
    ///
    /// # Errors
    ///
    /// [`Error::SessionEnded`] if the user or his role is inactive by now, he no longer exists or he has another password;
    /// [`Error::Storage`] if the store can't say whether his rights have changed.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    /// use crmkit::storage::MemoryStorage;
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let role = crm.system().roles().named("executive").await?;
    /// let chen = crm.system().users().create(NewUser::new("chen", role.id)).await?;
    /// let session = crm.session(chen.id).await?;
    ///
    /// let inactive = UserPatch { active: false.into(), ..Default::default() };
    /// crm.system().users().edit(chen.id, inactive).await?;
    /// assert_eq!(session.actor().role(), "executive");
    /// assert!(matches!(session.actor_now().await, Err(Error::SessionEnded { .. })));
    /// # Ok::<(), Error>(())
    /// # })?;
    /// # Ok::<(), Error>(())
    /// ```
    pub async fn actor_now(&self) -> Result<Arc<Actor>> {
        self.fresh().await
    }

    /// Who acts, with rights no older than [`access_staleness`](crate::crm::CrmBuilder::access_staleness).
    ///
    /// Every operation that a session offers begins here, most of them through [`granted`](Self::granted).
    pub(crate) async fn fresh(&self) -> Result<Arc<Actor>> {
        let held = self.acting.held();
        let Some(user) = self.acting.user else { return Ok(held.actor) };
        let generation = self.crm.access_generation().await?;
        if held.generation == generation {
            return Ok(held.actor);
        }
        let name = held.actor.name();
        let (actor, password) = self.crm.actor(user).await.map_err(|error| match error {
            Error::NotFound { .. } => ended(name, "the user no longer exists"),
            other => other,
        })?;
        if Ticket::new(user, held.password).is_older_than(password) {
            return Err(ended(name, OTHER_PASSWORD));
        }
        let actor = Arc::new(actor);
        self.acting.hold(&actor, generation);
        Ok(actor)
    }

    /// Who acts, and how far a right reaches for him: the gate that every operation goes through.
    pub(crate) async fn granted(&self, code: &str) -> Result<(Arc<Actor>, Scope)> {
        let actor = self.fresh().await?;
        let right = self.crm.rights().id(code);
        through(actor, right, || code.to_owned())
    }

    /// The same for an action on an entity. Where it is granted, which is nearly always, no text is made.
    pub(crate) async fn granted_on(&self, def: &EntityDef, action: &str) -> Result<(Arc<Actor>, Scope)> {
        let actor = self.fresh().await?;
        let right = self.crm.rights().on(def, action);
        through(actor, right, || format!("{}.{action}", def.code))
    }

    /// How far a right reaches for the actor, as of now: for what a host does itself.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] if there is no such right or the actor does not have it; [`Error::Storage`] if the store can't
    /// say whether his rights have changed.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::access::Scope;
    /// use crmkit::prelude::*;
    /// use crmkit::storage::MemoryStorage;
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).right("vehicle.inspect").open().await?;
    /// assert_eq!(crm.system().require("vehicle.inspect").await?, Scope::All);
    /// # Ok::<(), Error>(())
    /// # })?;
    /// # Ok::<(), Error>(())
    /// ```
    pub async fn require(&self, code: &str) -> Result<Scope> {
        Ok(self.granted(code).await?.1)
    }
}

fn ended(actor: &str, rule: &str) -> Error {
    Error::SessionEnded { actor: actor.to_owned(), rule: rule.to_owned() }
}

/// Who acts and how far, unless the right reaches nothing for him.
fn through(actor: Arc<Actor>, right: Option<RightId>, code: impl Fn() -> String) -> Result<(Arc<Actor>, Scope)> {
    let denied = |rule| Error::Denied { actor: actor.name().to_owned(), action: code(), rule };
    match right.map(|right| actor.scope(right)) {
        None => Err(denied("there is no such right".into())),
        Some(Scope::None) => Err(denied(format!("the role `{}` does not have the right `{}`", actor.role(), code()))),
        Some(scope) => Ok((actor, scope)),
    }
}
