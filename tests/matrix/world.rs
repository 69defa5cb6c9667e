//! A small company around one user: what is his, what a member of his team has, what somebody else has, in every state.

use std::sync::Arc;

use crmkit::access::{HashParameters, NewGrant, NewTeam, Right, Scope, SignInOptions};
use crmkit::change::{Change, ChangeSet};
use crmkit::clock::FixedClock;
use crmkit::customers::{Activity, LossMeasure, LossStatus, LostCustomer, NewActivity};
use crmkit::dictionary::DictionaryEntry;
use crmkit::events::{EventEntry, EventKind, EventShard, NewEventEntry, NewEventShard};
use crmkit::id::{RecordId, SeededIds, SetId, Version};
use crmkit::jobs::{NewReminder, Reminder};
use crmkit::marketing::{NewOpportunity, NewPlanItem, Opportunity, OpportunityStatus, Pipeline, PlanItem, Stage};
use crmkit::organisation::NumberSeries;
use crmkit::prelude::*;
use crmkit::report::{NewSavedReport, SavedReport};
use crmkit::schema::{ColumnDef, ColumnType, EntityDef, Record};
use crmkit::service::{NewServiceRequest, ServiceRequest, ServiceRound, ServiceStatus};
use crmkit::storage::{MemoryStorage, Storage};
use pollster::block_on;

/// Whose a record is, as the acting user sees it.
pub(crate) const OWNERS: [&str; 3] = ["own", "team's", "other's"];

/// What an operation is tried on.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) entity: &'static str,
    /// Whose it is; of nobody's, `any`.
    pub(crate) owner: &'static str,
    pub(crate) state: &'static str,
    pub(crate) id: RecordId,
}

pub(crate) struct World {
    pub(crate) crm: Crm,
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) me: Session,
    /// Somebody who may be given opportunities and services.
    pub(crate) assignee: Id<User>,
    pub(crate) targets: Vec<Target>,
    next: u8,
    changes: Vec<Change>,
    now: Timestamp,
}

pub(crate) fn schema() -> Arc<Schema> {
    crmkit::standard_schema().unwrap()
}

/// A report that lists customers.
pub(crate) fn customers() -> serde_json::Value {
    serde_json::json!({"name": "c", "entity": "customer", "rows": {"list": [{"path": "name"}]}})
}

impl World {
    /// The company around a user of a role.
    pub(crate) fn around(role: &str) -> Self {
        Self::on(role, Arc::new(MemoryStorage::new(schema())))
    }

    /// The same company on an empty store.
    pub(crate) fn on(role: &str, storage: Arc<dyn Storage>) -> Self {
        let now: Timestamp = "2026-03-02T09:00:00Z".parse().unwrap();
        // Hashes that are quick to make: how strong they are is tried elsewhere.
        let hash = HashParameters { memory_kib: 64, passes: 1, lanes: 1 };
        let sign_in = SignInOptions { hash, ..Default::default() };
        let builder = Crm::builder(storage.clone()).clock(FixedClock::new(now)).ids(SeededIds::new(7));
        let crm = block_on(builder.sign_in(sign_in).open()).unwrap();
        let system = crm.system();
        let team = |name: &str| {
            block_on(system.teams().create(NewTeam { name: name.into(), ..Default::default() })).unwrap().id
        };
        let (here, there) = (team("here"), team("there"));
        let user = |name: &str, role: &str, team| {
            let role = block_on(system.roles().named(role)).unwrap().id;
            let new = NewUser { team: Some(team), ..NewUser::new(name, role) };
            block_on(system.users().create(new)).unwrap().id
        };
        let (me, mate) = (user("me", role, here), user("mate", "account_manager", here));
        let other = user("other", "account_manager", there);
        let me = block_on(crm.session(me)).unwrap();
        let (targets, changes) = (Vec::new(), Vec::new());
        let mut world = Self { crm, storage, assignee: mate, me, targets, next: 0, changes, now };
        for (owner, user) in OWNERS.into_iter().zip([world.me.actor().id().unwrap(), mate, other]) {
            world.belongings(owner, user);
        }
        world.of_nobody();
        let mut set = ChangeSet::new(SetId(RecordId::from_bytes([251; 16])), now, "test");
        set.changes = std::mem::take(&mut world.changes);
        block_on(world.storage.commit(&set)).unwrap();
        world
    }

    /// The record an operation is tried on for an owner in a state.
    pub(crate) fn of(&self, entity: &str, owner: &str, state: &str) -> RecordId {
        let found = |target: &&Target| (target.entity, target.owner, target.state) == (entity, owner, state);
        self.targets.iter().find(found).unwrap_or_else(|| panic!("no {entity} {owner} {state}")).id
    }

    /// A record that operations are tried on.
    fn target<E: Entity>(
        &mut self,
        (entity, owner, state): (&'static str, &'static str, &'static str),
        new: E::New,
        with: impl FnOnce(&mut E),
    ) -> Id<E> {
        let id = self.record::<E>(new, with);
        self.targets.push(Target { entity, owner, state, id: id.raw() });
        id
    }

    fn record<E: Entity>(&mut self, new: E::New, with: impl FnOnce(&mut E)) -> Id<E> {
        self.next += 1;
        let id = Id::new(RecordId::from_bytes([self.next; 16]));
        let mut record = E::draft(id, new);
        with(&mut record);
        self.changes.push(Change::Insert(record.into_record()));
        id
    }

    fn customer(&mut self, manager: Id<User>, status: CustomerStatus) -> Id<Customer> {
        let now = self.now;
        let number = format!("K{}", self.next);
        let new = NewCustomer { number, manager: Some(manager), ..NewCustomer::new("Acme") };
        self.record::<Customer>(new, |customer| (customer.status, customer.created_at) = (status, now))
    }

    fn belongings(&mut self, owner: &'static str, user: Id<User>) {
        let now = self.now;
        for status in [CustomerStatus::Normal, CustomerStatus::Lost, CustomerStatus::Deleted] {
            let id = self.customer(user, status).raw();
            self.targets.push(Target { entity: "customer", owner, state: status.code(), id });
        }
        let customer: Id<Customer> = Id::new(self.of("customer", owner, "normal"));
        let new = NewContact { customer, name: "Ann".into(), ..Default::default() };
        self.target::<Contact>(("contact", owner, "any"), new, |_| {});
        let date = "2026-03-01".parse().unwrap();
        let (place, title) = (Some("here".into()), "Tea".into());
        let new = NewActivity { customer, date, place, title, ..Default::default() };
        self.target::<Activity>(("activity", owner, "any"), new, |_| {});
        self.orders(owner, customer);
        self.opportunities(owner, user);
        self.saved_report(owner, user);
        for status in LossStatus::ALL {
            let customer = self.customer(user, CustomerStatus::Normal);
            self.target::<LostCustomer>(("lost_customer", owner, status.code()), Default::default(), |lost| {
                (lost.customer, lost.manager, lost.status, lost.warned_at) = (customer, Some(user), *status, now);
            });
        }
        let new = NewReminder { user: Some(user), record: format!("R{}", self.next), at: now, ..Default::default() };
        let new = NewReminder { due_on: "2026-03-01".parse().unwrap(), title: "Tea".into(), ..new };
        self.target::<Reminder>(("reminder", owner, "any"), new, |_| {});
        let lost: Id<LostCustomer> = Id::new(self.of("lost_customer", owner, "deferred"));
        self.target::<LossMeasure>(("loss_measure", owner, "any"), Default::default(), |measure| {
            (measure.lost, measure.taken_at, measure.measure) = (lost, now, "Called".into());
        });
        for status in ServiceStatus::ALL {
            let number = format!("F{}", self.next);
            let new = NewServiceRequest { number, ..NewServiceRequest::new("inquiry", "Tea", customer, "Hot") };
            self.target::<ServiceRequest>(("service_request", owner, status.code()), new, |request| {
                (request.status, request.created_by, request.created_at) = (*status, Some(user), now);
                if *status > ServiceStatus::Created {
                    (request.assigned_to, request.assigned_at) = (Some(user), Some(now));
                }
                if *status > ServiceStatus::Assigned {
                    (request.handling, request.handled_by) = (Some("Boiled".into()), Some(user));
                    request.handled_at = Some(now);
                }
            });
        }
        let request: Id<ServiceRequest> = Id::new(self.of("service_request", owner, "archived"));
        self.target::<ServiceRound>(("service_round", owner, "any"), Default::default(), |round| {
            (round.request, round.round, round.handling, round.result) = (request, 1, "Boiled".into(), "Fine".into());
            (round.satisfaction, round.feedback_at) = (Rating::Five, now);
        });
    }

    fn saved_report(&mut self, owner: &'static str, user: Id<User>) {
        let now = self.now;
        let new = NewSavedReport { name: "Customers".into(), definition: customers(), ..Default::default() };
        self.target::<SavedReport>(("saved_report", owner, "any"), new, |report| {
            (report.owner, report.saved_at) = (Some(user), now);
        });
    }

    fn orders(&mut self, owner: &'static str, customer: Id<Customer>) {
        let now = self.now;
        let product = self.record::<Product>(
            NewProduct { code: format!("P{}", self.next), name: "Tea".into(), ..Default::default() },
            |_| {},
        );
        for (state, status, payment) in [
            ("created", OrderStatus::Created, Payment::Unpaid),
            ("confirmed", OrderStatus::Confirmed, Payment::Unpaid),
            ("picking", OrderStatus::Picking, Payment::Unpaid),
            ("packed", OrderStatus::Packed, Payment::PartlyPaid),
            ("shipped", OrderStatus::Shipped, Payment::Unpaid),
            ("paid", OrderStatus::Shipped, Payment::Paid),
            ("cancelled", OrderStatus::Cancelled, Payment::Unpaid),
        ] {
            let new = NewOrder { number: format!("O{}", self.next), customer, status, payment, ..Default::default() };
            self.target::<Order>(("order", owner, state), new, |order| {
                (order.ordered_at, order.amount) = (now, Money::ZERO);
            });
        }
        for state in ["created", "paid", "cancelled"] {
            let order = Id::new(self.of("order", owner, state));
            let (quantity, unit_price) = ("1".parse().unwrap(), "2".parse().unwrap());
            let new = NewOrderLine { order, line: 1, product, quantity, unit_price, ..Default::default() };
            self.target::<OrderLine>(("order_line", owner, state), new, |line| line.amount = line.unit_price);
        }
    }

    fn opportunities(&mut self, owner: &'static str, user: Id<User>) {
        let now = self.now;
        for status in OpportunityStatus::ALL {
            let new = NewOpportunity { number: format!("X{}", self.next), ..chance() };
            self.target::<Opportunity>(("opportunity", owner, status.code()), new, |opportunity| {
                (opportunity.status, opportunity.created_at) = (*status, now);
                (opportunity.created_by, opportunity.owner) = (Some(user), Some(user));
                if *status != OpportunityStatus::Unassigned {
                    (opportunity.assigned_to, opportunity.assigned_at) = (Some(user), Some(now));
                }
            });
        }
        // A plan keeps its opportunity, so these have one of their own.
        for (state, status) in [
            ("open", OpportunityStatus::Assigned),
            ("executed", OpportunityStatus::Assigned),
            ("closed", OpportunityStatus::Won),
        ] {
            let new = NewOpportunity { number: format!("X{}", self.next), ..chance() };
            let opportunity = self.record::<Opportunity>(new, |opportunity| {
                (opportunity.status, opportunity.created_at) = (status, now);
                (opportunity.created_by, opportunity.owner) = (Some(user), Some(user));
                (opportunity.assigned_to, opportunity.assigned_at) = (Some(user), Some(now));
            });
            let date = "2026-03-05".parse().unwrap();
            let new = NewPlanItem { opportunity, date, todo: "Call".into(), ..Default::default() };
            self.target::<PlanItem>(("plan_item", owner, state), new, |item| {
                if state == "executed" {
                    (item.result, item.executed_at) = (Some("Done".into()), Some(now));
                }
            });
        }
    }

    /// What belongs to nobody.
    fn of_nobody(&mut self) {
        let any = |entity| (entity, "any", "any");
        let product = NewProduct { code: "free".into(), name: "Free".into(), ..Default::default() };
        self.target::<Product>(any("product"), product, |_| {});
        let used = self
            .record::<Product>(NewProduct { code: "kept".into(), name: "Kept".into(), ..Default::default() }, |_| {});
        let count = "3".parse().unwrap();
        let new = NewStockItem { product: used, warehouse: "A".into(), count, ..Default::default() };
        self.target::<StockItem>(any("stock_item"), new, |_| {});
        let new = crmkit::marketing::NewPipeline::new("free");
        self.target::<Pipeline>(any("pipeline"), new, |_| {});
        let new = crmkit::marketing::NewPipeline::new("kept");
        let pipeline = self.record::<Pipeline>(new, |_| {});
        let new = crmkit::marketing::NewStage { pipeline, name: "Offer".into(), position: 1, ..Default::default() };
        self.target::<Stage>(any("stage"), new, |_| {});
        self.target::<Team>(any("team"), NewTeam { name: "nobody's".into(), ..Default::default() }, |_| {});
        self.target::<Role>(any("role"), NewRole::new("nobody's"), |_| {});
        let role = self.record::<Role>(NewRole::new("clerk"), |_| {});
        self.target::<User>(any("user"), NewUser::new("spare", role), |user| user.login = "spare".into());
        let folder = crmkit::access::NewRight { code: "nobody's".into(), text: "x".into(), ..Default::default() };
        self.target::<Right>(any("right"), folder, |_| {});
        let right = crmkit::access::NewRight { code: "x.y".into(), text: "x".into(), ..Default::default() };
        let right = self.record::<Right>(right, |_| {});
        self.target::<Grant>(any("grant"), NewGrant { role, right, scope: Scope::Own, ..Default::default() }, |_| {});
        let new = crmkit::access::NewFieldRule {
            role,
            entity: "customer".into(),
            field: "phone".into(),
            ..Default::default()
        };
        self.target::<crmkit::access::FieldRule>(any("field_rule"), new, |_| {});
        self.stored();
        for (state, editable) in [("editable", true), ("locked", false)] {
            let new = crmkit::dictionary::NewDictionaryEntry {
                editable,
                ..crmkit::dictionary::NewDictionaryEntry::new("test", state, state)
            };
            self.target::<DictionaryEntry>(("dictionary_entry", "any", state), new, |_| {});
        }
    }

    /// What set-up made, and one record of whatever else the schema has.
    fn stored(&mut self) {
        let main = block_on(self.crm.system().organisation().list(Query::of::<Organisation>())).unwrap().items;
        self.targets.push(Target { entity: "organisation", owner: "any", state: "any", id: main[0].id.raw() });
        let series = crmkit::organisation::NewNumberSeries::daily("spare", "SP");
        self.target::<NumberSeries>(("number_series", "any", "any"), series, |_| {});
        // Not among those that count: the numbers of events are nobody's to make.
        let now = self.now;
        let aside = NewEventShard { shard: 99, ..Default::default() };
        self.target::<EventShard>(("event_shard", "any", "any"), aside, |_| {});
        let event = NewEventEntry { shard: 99, sequence: 1, set: "x".into(), ..Default::default() };
        self.target::<EventEntry>(("event_entry", "any", "any"), event, |event| {
            (event.name, event.entity, event.record) = ("x".into(), "x".into(), "x".into());
            (event.at, event.kind) = (now, EventKind::Inserted);
        });
        let schema = schema();
        // What is secret nobody can name, so nothing is tried on it.
        for def in schema.entities().filter(|def| !def.facts.secret) {
            let there = |target: &Target| target.entity == def.code || def.code == "dictionary_entry";
            if !self.targets.iter().any(there) {
                self.fill(def);
            }
        }
    }

    /// A record with something in every field that must have something.
    fn fill(&mut self, def: &EntityDef) {
        self.next += 1;
        let id = RecordId::from_bytes([self.next; 16]);
        let value = |column: &ColumnDef| match &column.column_type {
            _ if !column.required => Value::Null,
            ColumnType::Bool => Value::Bool(true),
            ColumnType::Int => Value::Int(1),
            ColumnType::Money => Value::Money(Money::ZERO),
            ColumnType::Quantity => "1".parse::<Quantity>().unwrap().into(),
            ColumnType::Rate => Value::Rate(Rate::ZERO),
            ColumnType::Text => "x".into(),
            ColumnType::Choice(choice) => Value::Text(choice.items[0].code.to_string()),
            ColumnType::Date => Value::Date("2026-03-01".parse().unwrap()),
            ColumnType::Timestamp => Value::Timestamp(self.now),
            ColumnType::Reference(entity) => {
                let entity = schema().entity(entity).unwrap().code.clone();
                Value::Id(self.targets.iter().find(|target| target.entity == entity).unwrap().id)
            }
            ColumnType::Json => Value::Json(serde_json::json!({})),
            other => panic!("{other:?}"),
        };
        let values = def.columns.iter().map(value).collect();
        let record = Record { entity: def.name.clone(), id, version: Version::NEW, values, custom: Default::default() };
        self.changes.push(Change::Insert(record));
        // The names of the schema live as long as the program.
        let entity = Box::leak(def.code.to_string().into_boxed_str());
        self.targets.push(Target { entity, owner: "any", state: "any", id });
    }
}

pub(crate) fn chance() -> NewOpportunity {
    NewOpportunity {
        customer_name: "New Ltd".into(),
        title: "Tea".into(),
        success_rate: Some(60),
        description: Some("A lot of it".into()),
        ..Default::default()
    }
}
