//! A CRM to try things on: set up once, and put back after each sequence.

use std::collections::HashMap;
use std::sync::Arc;

use crmkit::access::{AccessRevision, Credential, FieldRule, SignInCounter};
use crmkit::change::{Change, ChangeSet};
use crmkit::clock::{Clock, FixedClock};
use crmkit::dictionary::DictionaryEntry;
use crmkit::events::EventOptions;
use crmkit::id::{IdSource, RecordId, SeededIds, SetId};
use crmkit::marketing::{Pipeline, Stage};
use crmkit::organisation::{NewOrganisation, NumberSeries};
use crmkit::prelude::*;
use crmkit::schema::{Name, Record};
use crmkit::storage::{ReaderExt, Storage};
use crmkit::transfer::{ImportRejects, ImportRun};

use crate::mirror::{Mirrored, Places};
use crate::state::{Kind, Model, USERS, Who};

const START: &str = "2026-03-02T09:00:00Z";
/// Tables that no deed can reach, and that would take most of the time to put back; and the count of changes of rights,
/// which open sessions know, and which therefore only rises.
const UNTOUCHED: [&str; 16] = [
    AccessRevision::NAME,
    Credential::NAME,
    FieldRule::NAME,
    ImportRejects::NAME,
    ImportRun::NAME,
    NumberSeries::NAME,
    Pipeline::NAME,
    SignInCounter::NAME,
    Stage::NAME,
    StockItem::NAME,
    Right::NAME,
    Grant::NAME,
    Role::NAME,
    Team::NAME,
    Organisation::NAME,
    Product::NAME,
];

#[derive(Debug)]
struct Hands(Arc<FixedClock>);

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}

/// A CRM with its people, three customers and a product, and how it stood when it was set up.
pub(crate) struct World {
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) crm: Crm,
    pub(crate) product: Id<Product>,
    users: Vec<Id<User>>,
    sessions: Vec<Option<Session>>,
    begun: Vec<Record>,
    model: (Model, Places),
    sets: SeededIds,
}

impl World {
    pub(crate) async fn new(storage: Arc<dyn Storage>) -> Self {
        let clock = Arc::new(FixedClock::new(START.parse().unwrap()));
        let organisation = NewOrganisation { time_zone: "Asia/Shanghai".into(), ..NewOrganisation::main() };
        let hands = Hands(Arc::clone(&clock));
        let builder = Crm::builder(Arc::clone(&storage)).clock(hands).ids(SeededIds::new(7));
        // The model knows no events; they are tried on their own, and putting them back would take longer than all else.
        let builder = builder.events(EventOptions::none());
        let crm = builder.organisation(organisation).open().await.unwrap();
        let system = crm.system();
        let mut users = Vec::new();
        for (who, team) in USERS.into_iter().zip(["north", "south", "south", "", "", "", ""]) {
            users.push(person(&system, who, team).await);
        }
        for (name, manager) in [("first", Some(Who::Li)), ("second", Some(Who::Wang)), ("third", None)] {
            let manager = manager.map(|who| users[who as usize]);
            system.customers().create(NewCustomer { manager, ..NewCustomer::new(name) }).await.unwrap();
        }
        let tea = NewProduct { code: "T".into(), name: "Tea".into(), ..Default::default() };
        let product = system.products().create(tea).await.unwrap().id;
        let sessions = vec![None; USERS.len()];
        let (begun, model, sets) = (Vec::new(), (Model::new(clock.now()), Places::new()), SeededIds::new(9));
        let mut world = Self { storage, clock, crm, product, users, sessions, begun, model, sets };
        world.begun = world.records().await;
        world.model = world.begin().await;
        world
    }

    /// How the model stands at the beginning. What everybody begins with is checked here against the text.
    async fn begin(&self) -> (Model, Places) {
        let (mut model, mut places) = (Model::new(self.clock.now()), Places::new());
        for (key, id) in self.users.iter().enumerate() {
            model.users.0[key].id = Some(id.raw());
            places.insert(id.raw(), key);
        }
        for (name, manager) in [("first", Some(Who::Li)), ("second", Some(Who::Wang)), ("third", None)] {
            model.create_customer(Who::System, name, manager, None).unwrap();
        }
        let customers = self.all::<Customer>(&self.crm.system()).await;
        for (key, customer) in customers.iter().enumerate() {
            model.customers.0[key].id = Some(customer.id.raw());
            places.insert(customer.id.raw(), key);
        }
        for entry in self.all::<DictionaryEntry>(&self.crm.system()).await {
            let key = model.entries.add(entry.twin(&places));
            model.entries.0[key].id = Some(entry.id.raw());
            places.insert(entry.id.raw(), key);
        }
        (model, places)
    }

    pub(crate) fn fresh(&self) -> (Model, Places) {
        self.model.clone()
    }

    pub(crate) fn user(&self, who: Who) -> Id<User> {
        self.users[who as usize]
    }

    /// A session of somebody. It stays open while he is not active, and must then refuse by itself.
    pub(crate) async fn session(&mut self, who: Who) -> Result<Session> {
        if who == Who::System {
            return Ok(self.crm.system());
        }
        if let Some(session) = &self.sessions[who as usize] {
            return Ok(session.clone());
        }
        let session = self.crm.session(self.user(who)).await?;
        self.sessions[who as usize] = Some(session.clone());
        Ok(session)
    }

    /// All records that a session may see, in the order of their ids.
    pub(crate) async fn all<E: Mirrored>(&self, session: &Session) -> Vec<E> {
        listed(session).await.unwrap()
    }

    async fn records(&self) -> Vec<Record> {
        let mut all = Vec::new();
        for def in self.crm.schema().entities().filter(|def| !UNTOUCHED.contains(&&*def.name)) {
            all.extend(self.storage.collect(Query::new(def.name.clone())).await.unwrap());
        }
        all
    }

    /// All that the store holds of what deeds can reach, in one order on every store; but no secrets, which are made by
    /// chance.
    pub(crate) async fn everything(&self) -> Vec<Record> {
        let is_secret = |record: &Record| self.crm.schema().entity(&record.entity).is_some_and(|def| def.facts.secret);
        let mut all = self.records().await;
        all.retain(|record| !is_secret(record));
        all.sort_by(|one, other| (&one.entity, one.id).cmp(&(&other.entity, other.id)));
        all
    }

    /// Puts everything back to how it was at the beginning, past all rules.
    pub(crate) async fn put_back(&mut self) {
        let mut begun: HashMap<(Name, RecordId), Record> =
            self.begun.iter().map(|record| ((record.entity.clone(), record.id), record.clone())).collect();
        // What may stand in the way of a unique key goes first.
        let (mut first, mut then) = (Vec::new(), Vec::new());
        for now in self.records().await {
            let before = begun.remove(&(now.entity.clone(), now.id));
            if before.as_ref().is_some_and(|before| before.values == now.values) {
                continue;
            }
            if &*now.entity == User::NAME {
                self.sessions.fill(None);
            }
            let (append_only, expected) = (self.append_only(&now.entity), now.version);
            match before {
                Some(before) if &*now.entity == DictionaryEntry::NAME => {
                    first.push(Change::Delete { entity: now.entity, id: now.id, expected });
                    then.push(Change::Insert(Record { version: expected, ..before }));
                }
                Some(before) => {
                    then.push(Change::Update { record: Record { version: expected, ..before }, expected });
                }
                None if append_only => {
                    let purge = Change::Purge { entity: now.entity, filter: Filter::All, limit: 1_000 };
                    if !first.contains(&purge) {
                        first.push(purge);
                    }
                }
                None => first.push(Change::Delete { entity: now.entity, id: now.id, expected }),
            }
        }
        then.extend(begun.into_values().map(Change::Insert));
        let at: Timestamp = START.parse().unwrap();
        for changes in [first, then].into_iter().filter(|changes| !changes.is_empty()) {
            let mut set = ChangeSet::new(SetId(self.sets.next_id(at)), at, "test.put_back");
            set.changes = changes;
            self.storage.commit(&set).await.unwrap();
        }
        self.crm.dictionary_cache().invalidate(None);
        let back = at.as_micros() - self.clock.now().as_micros();
        self.clock.advance(chrono::TimeDelta::microseconds(back)).unwrap();
    }

    fn append_only(&self, entity: &str) -> bool {
        self.crm.schema().entity(entity).is_some_and(|def| def.facts.append_only)
    }
}

async fn person(system: &Session, who: Who, team: &str) -> Id<User> {
    if who == Who::Admin {
        return system.users().named("admin").await.unwrap().id;
    }
    let role = match who {
        Who::Li | Who::Wang | Who::Zhao => "account_manager",
        Who::Supervisor => "supervisor",
        Who::Executive => "executive",
        Who::Root | Who::Admin | Who::System => "administrator",
    };
    let role = system.roles().named(role).await.unwrap();
    let mut new = NewUser { active: who != Who::Zhao, ..NewUser::new(format!("{who:?}"), role.id) };
    if !team.is_empty() {
        let known = system.teams().named(team).await;
        let made = NewTeam { name: team.into(), ..Default::default() };
        new.team = Some(match known {
            Ok(team) => team.id,
            Err(_) => system.teams().create(made).await.unwrap().id,
        });
    }
    system.users().create(new).await.unwrap().id
}

/// All records of a kind that a session may see, page by page.
pub(crate) async fn listed<E: Rules>(session: &Session) -> Result<Vec<E>> {
    let (mut all, mut query) = (Vec::new(), Query::of::<E>().limit(100));
    loop {
        let page = session.of::<E>().list(query.clone()).await?;
        all.extend(page.items);
        match page.next {
            Some(next) => query = query.after(Some(next)),
            None => return Ok(all),
        }
    }
}

/// The kinds that are compared, for messages.
pub(crate) fn named(kind: Kind, key: usize) -> String {
    format!("{kind:?} {key}")
}
