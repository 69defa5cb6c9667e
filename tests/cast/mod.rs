//! A CRM on each store the crate brings, and the people who act on it.
#![allow(dead_code, reason = "each test program uses its own part")]

use std::sync::Arc;

use crmkit::access::{HashParameters, SignInOptions};
use crmkit::clock::{Clock, FixedClock};
use crmkit::id::SeededIds;
use crmkit::prelude::*;
use crmkit::storage::{MemoryStorage, Storage};

/// A CRM with one user of each role and two account managers.
pub(crate) struct Cast {
    pub(crate) store: &'static str,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) crm: Crm,
    pub(crate) system: Session,
    pub(crate) supervisor: Session,
    pub(crate) li: Session,
    pub(crate) wang: Session,
    pub(crate) executive: Session,
    pub(crate) administrator: Session,
}

#[derive(Debug)]
struct Hands(Arc<FixedClock>);

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}

/// The same on every store.
pub(crate) async fn casts() -> Vec<Cast> {
    let schema = crmkit::standard_schema().unwrap();
    #[allow(unused_mut)]
    let mut casts = vec![cast("memory", Arc::new(MemoryStorage::new(schema.clone()))).await];
    #[cfg(feature = "sqlite")]
    {
        let sqlite = crmkit::storage::SqliteStorage::in_memory(schema).unwrap();
        casts.push(cast("sqlite", Arc::new(sqlite)).await);
    }
    casts
}

pub(crate) async fn cast(store: &'static str, storage: Arc<dyn Storage>) -> Cast {
    let clock = Arc::new(FixedClock::new("2026-03-02T09:00:00Z".parse().unwrap()));
    let cheap = HashParameters { memory_kib: 64, passes: 1, lanes: 1 };
    let builder = Crm::builder(storage.clone()).sign_in(SignInOptions { hash: cheap, ..Default::default() });
    let crm = builder.clock(Hands(clock.clone())).ids(SeededIds::new(7)).open().await.unwrap();
    let system = crm.system();
    let supervisor = user(&crm, "sv", "supervisor").await;
    let (li, wang) = (user(&crm, "li", "account_manager").await, user(&crm, "wang", "account_manager").await);
    let (executive, administrator) = (user(&crm, "boss", "executive").await, user(&crm, "root", "administrator").await);
    Cast { store, clock, storage, crm, system, supervisor, li, wang, executive, administrator }
}

pub(crate) async fn user(crm: &Crm, login: &str, role: &str) -> Session {
    let role = crm.system().roles().named(role).await.unwrap();
    let user = crm.system().users().create(NewUser::new(login, role.id)).await.unwrap();
    crm.session(user.id).await.unwrap()
}

pub(crate) fn id(session: &Session) -> Id<User> {
    session.actor().id().unwrap()
}

/// Everything a store holds of an entity, to see that a refusal changed nothing.
pub(crate) async fn all<E: Rules>(session: &Session) -> Vec<E> {
    session.of::<E>().list(Query::of::<E>().limit(1_000)).await.unwrap().items
}
