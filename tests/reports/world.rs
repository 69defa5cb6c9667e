//! Data to report on, and ways to ask.

use chrono_tz::Tz;
use crmkit::change::{Change, ChangeSet};
use crmkit::customers::{LossStatus, LostCustomer, NewLostCustomer};
use crmkit::id::{IdSource, SeededIds, SetId};
use crmkit::marketing::{NewOpportunity, NewPipeline, NewStage, Opportunity, Pipeline, Stage};
use crmkit::prelude::*;
use crmkit::report::{Catalogue, Report, ReportError, View, everything};
use crmkit::service::{NewServiceRequest, ServiceRequest, ServiceStatus};
use crmkit::storage::{MemoryStorage, Storage};
use pollster::block_on;

/// A store that is being filled.
pub(crate) struct World {
    pub(crate) storage: Box<dyn Storage>,
    pub(crate) zone: Tz,
    ids: SeededIds,
    changes: Vec<Change>,
    role: Id<Role>,
    orders: usize,
}

/// Opens an empty world in a zone, on some store.
pub(crate) type Open<'a> = &'a dyn Fn(Tz) -> World;

/// A line of an order: product, quantity, unit price, discount.
pub(crate) type Line<'a> = (Id<Product>, &'a str, &'a str, &'a str);

impl World {
    pub(crate) fn new(zone: Tz) -> Self {
        Self::on(MemoryStorage::new(crmkit::standard_schema().unwrap()), zone)
    }

    pub(crate) fn on(storage: impl Storage, zone: Tz) -> Self {
        let storage: Box<dyn Storage> = Box::new(storage);
        let ids = SeededIds::new(1);
        let role = Id::new(ids.next_id(Timestamp::EPOCH));
        let mut world = Self { storage, zone, ids, changes: Vec::new(), role, orders: 0 };
        let new = NewRole { name: "account_manager".into(), ..Default::default() };
        world.insert(Role::draft(role, new));
        world
    }

    pub(crate) fn id<E>(&self) -> Id<E> {
        Id::new(self.ids.next_id(Timestamp::EPOCH))
    }

    pub(crate) fn insert<E: Entity>(&mut self, entity: E) -> Id<E> {
        let id = entity.id();
        self.changes.push(Change::Insert(entity.into_record()));
        id
    }

    /// Writes a record that is settled, with the version it has.
    pub(crate) fn update<E: Entity>(&mut self, entity: E) -> &mut Self {
        let expected = entity.version();
        self.changes.push(Change::Update { record: entity.into_record(), expected });
        self
    }

    pub(crate) fn user(&mut self, login: &str, display: Option<&str>) -> Id<User> {
        let new = NewUser { display_name: display.map(Into::into), ..NewUser::new(login, self.role) };
        let mut user = User::draft(self.id(), new);
        user.login = login.to_lowercase();
        self.insert(user)
    }

    pub(crate) fn customer(&mut self, number: &str, name: &str) -> Id<Customer> {
        self.customer_with(number, name, |_| ())
    }

    pub(crate) fn customer_with(
        &mut self,
        number: &str,
        name: &str,
        change: impl FnOnce(&mut Customer),
    ) -> Id<Customer> {
        let mut customer = Customer::draft(self.id(), NewCustomer::new(name));
        customer.number = number.into();
        customer.created_at = Timestamp::EPOCH;
        change(&mut customer);
        self.insert(customer)
    }

    pub(crate) fn product(&mut self, code: &str, name: &str) -> Id<Product> {
        let new = NewProduct { code: code.into(), name: name.into(), ..Default::default() };
        self.insert(Product::draft(self.id(), new))
    }

    /// A shipped and paid order at a wall-clock time of the zone.
    pub(crate) fn order(&mut self, customer: Id<Customer>, at: &str, lines: &[Line<'_>]) -> Id<Order> {
        self.order_with(customer, at, lines, |_| ())
    }

    pub(crate) fn order_with(
        &mut self,
        customer: Id<Customer>,
        at: &str,
        lines: &[Line<'_>],
        change: impl FnOnce(&mut Order),
    ) -> Id<Order> {
        let at = Timestamp::parse_in(at, self.zone).unwrap();
        let lines: Vec<_> = lines
            .iter()
            .map(|(product, quantity, price, discount)| {
                (*product, quantity.parse().unwrap(), price.parse().unwrap(), discount.parse().unwrap())
            })
            .collect();
        self.sale(customer, at, &lines, change)
    }

    pub(crate) fn sale(
        &mut self,
        customer: Id<Customer>,
        at: Timestamp,
        lines: &[(Id<Product>, Quantity, Money, Rate)],
        change: impl FnOnce(&mut Order),
    ) -> Id<Order> {
        self.orders += 1;
        let new = NewOrder {
            number: format!("O{:05}", self.orders),
            customer,
            ordered_at: at,
            status: OrderStatus::Shipped,
            payment: Payment::Paid,
            ..Default::default()
        };
        let mut order = Order::draft(self.id(), new);
        order.amount = Money::ZERO;
        change(&mut order);
        let mut drafts = Vec::new();
        for (line, (product, quantity, unit_price, discount)) in (1..).zip(lines) {
            let new = NewOrderLine {
                order: order.id,
                line,
                product: *product,
                quantity: *quantity,
                unit_price: *unit_price,
                discount: Some(*discount),
                ..Default::default()
            };
            let line = OrderLine::draft(self.id(), new).priced().unwrap();
            order.amount = order.amount.checked_add(line.amount).unwrap();
            drafts.push(line);
        }
        let id = self.insert(order);
        for line in drafts {
            self.insert(line);
        }
        id
    }

    pub(crate) fn pipeline(&mut self, name: &str, stages: &[(&str, i64)]) -> (Id<Pipeline>, Vec<Id<Stage>>) {
        let pipeline = self.insert(Pipeline::draft(self.id(), NewPipeline::new(name)));
        let stages = stages.iter().map(|(name, position)| self.stage(pipeline, name, *position, None)).collect();
        (pipeline, stages)
    }

    pub(crate) fn stage(
        &mut self,
        pipeline: Id<Pipeline>,
        name: &str,
        position: i64,
        probability: Option<Rate>,
    ) -> Id<Stage> {
        let new = NewStage { pipeline, name: name.into(), position, probability, ..Default::default() };
        self.insert(Stage::draft(self.id(), new))
    }

    /// A pipeline whose stages, one behind the other, have these probabilities.
    pub(crate) fn pipeline_with(&mut self, name: &str, stages: &[(&str, &str)]) -> (Id<Pipeline>, Vec<Id<Stage>>) {
        let (pipeline, _) = self.pipeline(name, &[]);
        let stages = (1..).zip(stages).map(|(position, (name, rate))| {
            let probability = Some(rate.parse().unwrap());
            self.stage(pipeline, name, position, probability)
        });
        let stages = stages.collect();
        (pipeline, stages)
    }

    /// An unassigned opportunity of the epoch.
    pub(crate) fn opportunity(&mut self, change: impl FnOnce(&mut Opportunity)) -> Id<Opportunity> {
        let id: Id<Opportunity> = self.id();
        let (number, customer_name) = (id.to_string(), "Somebody".into());
        let new = NewOpportunity { number, customer_name, title: "Tea".into(), ..Default::default() };
        let mut opportunity = Opportunity::draft(id, new);
        opportunity.created_at = Timestamp::EPOCH;
        change(&mut opportunity);
        self.insert(opportunity.owned())
    }

    /// An archived request of the epoch.
    pub(crate) fn service(
        &mut self,
        customer: Id<Customer>,
        kind: &str,
        change: impl FnOnce(&mut ServiceRequest),
    ) -> Id<ServiceRequest> {
        let id: Id<ServiceRequest> = self.id();
        let new =
            NewServiceRequest { number: id.to_string(), ..NewServiceRequest::new(kind, "Help", customer, "Please") };
        let mut request = ServiceRequest::draft(id, new);
        (request.status, request.created_at) = (ServiceStatus::Archived, Timestamp::EPOCH);
        change(&mut request);
        self.insert(request)
    }

    /// A confirmed loss.
    pub(crate) fn loss(&mut self, customer: Id<Customer>, change: impl FnOnce(&mut LostCustomer)) -> Id<LostCustomer> {
        let mut lost = LostCustomer::draft(self.id(), NewLostCustomer::default());
        (lost.customer, lost.warned_at, lost.status) = (customer, Timestamp::EPOCH, LossStatus::Confirmed);
        change(&mut lost);
        self.insert(lost)
    }

    /// A moment of the zone's wall clock.
    pub(crate) fn at(&self, text: &str) -> Timestamp {
        Timestamp::parse_in(text, self.zone).unwrap()
    }

    /// Commits what has been entered.
    pub(crate) fn settle(&mut self) -> &mut Self {
        for chunk in std::mem::take(&mut self.changes).chunks(1_000) {
            let id = SetId(self.ids.next_id(Timestamp::EPOCH));
            let mut set = ChangeSet::new(id, Timestamp::EPOCH, "test");
            set.changes = chunk.to_vec();
            block_on(self.storage.commit(&set)).unwrap();
        }
        self
    }

    pub(crate) fn view(&self) -> View<'_> {
        View::new(&*self.storage, &everything, Timestamp::EPOCH).zone(self.zone)
    }

    /// Runs a standard report with options written `name=value`.
    pub(crate) fn report(&self, name: &str, options: &[&str]) -> Report {
        self.try_report(name, options).unwrap()
    }

    pub(crate) fn try_report(&self, name: &str, options: &[&str]) -> Result<Report, ReportError> {
        let options = options.iter().map(|option| option.split_once('=').unwrap());
        block_on(Catalogue::standard().run(name, &self.view(), options))
    }

    /// The rows of a standard report as CSV without the head.
    pub(crate) fn rows(&self, name: &str, options: &[&str]) -> Vec<String> {
        rows(&self.report(name, options))
    }
}

pub(crate) fn rows(report: &Report) -> Vec<String> {
    report.to_csv().lines().skip(1).map(Into::into).collect()
}
