//! What the model knows: records as plain values in vectors, and who may see them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Duration, NaiveDate};
use crmkit::customers::LossStatus;
use crmkit::id::RecordId;
use crmkit::marketing::OpportunityStatus;
use crmkit::prelude::{CustomerStatus, OrderStatus, Payment, Timestamp};
use crmkit::service::ServiceStatus;

use crate::mutation::Mutation;

/// A record's place in its table.
pub(crate) type Key = usize;

/// Who acts; the users stand in this order in the table of users.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Who {
    Li,
    Wang,
    /// An account manager who left.
    Zhao,
    Supervisor,
    Executive,
    Root,
    /// The administrator a new organisation begins with; he never acts.
    Admin,
    System,
}

/// Everybody with a record of a user.
pub(crate) const USERS: [Who; 7] =
    [Who::Li, Who::Wang, Who::Zhao, Who::Supervisor, Who::Executive, Who::Root, Who::Admin];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    System,
    Manager,
    Supervisor,
    Executive,
    Administrator,
}

impl Who {
    pub(crate) const fn role(self) -> Role {
        match self {
            Self::System => Role::System,
            Self::Li | Self::Wang | Self::Zhao => Role::Manager,
            Self::Supervisor => Role::Supervisor,
            Self::Executive => Role::Executive,
            Self::Root | Self::Admin => Role::Administrator,
        }
    }

    /// Who is recorded: nobody for the system.
    pub(crate) fn person(self) -> Option<Self> {
        (self != Self::System).then_some(self)
    }
}

/// The kind of a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Refusal {
    Denied,
    NotFound,
    State,
    Invalid,
    Taken,
    Referenced,
}

/// Why something is refused. Where several reasons apply, the text does not say which one is told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Why(pub(crate) BTreeSet<Refusal>);

/// What the model says to a deed.
pub(crate) type Answer = Result<(), Why>;

impl Why {
    pub(crate) fn one(refusal: Refusal) -> Self {
        Self([refusal].into())
    }

    pub(crate) fn when(mut self, applies: bool, refusal: Refusal) -> Self {
        if applies {
            self.0.insert(refusal);
        }
        self
    }

    /// Another reason, about a record that must be seen for it.
    pub(crate) fn of_seen(self, other: Self) -> Self {
        if self.0.contains(&Refusal::NotFound) { self } else { Self(&self.0 | &other.0) }
    }

    pub(crate) fn answer(self) -> Answer {
        if self.0.is_empty() { Ok(()) } else { Err(self) }
    }
}

/// The records of one kind; one that is gone leaves its place empty.
#[derive(Debug, Clone)]
pub(crate) struct Table<T>(pub(crate) Vec<Row<T>>);

#[derive(Debug, Clone)]
pub(crate) struct Row<T> {
    pub(crate) id: Option<RecordId>,
    pub(crate) now: Option<T>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Table<T> {
    pub(crate) fn add(&mut self, record: T) -> Key {
        self.0.push(Row { id: None, now: Some(record) });
        self.0.len() - 1
    }

    pub(crate) fn get(&self, key: Key) -> Option<&T> {
        self.0.get(key)?.now.as_ref()
    }

    pub(crate) fn change(&mut self, key: Key, change: impl FnOnce(&mut T)) {
        if let Some(record) = self.0.get_mut(key).and_then(|row| row.now.as_mut()) {
            change(record);
        }
    }

    pub(crate) fn remove(&mut self, key: Key) {
        if let Some(row) = self.0.get_mut(key) {
            row.now = None;
        }
    }

    pub(crate) fn live(&self) -> impl Iterator<Item = (Key, &T)> {
        self.0.iter().enumerate().filter_map(|(key, row)| Some((key, row.now.as_ref()?)))
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct User {
    pub(crate) active: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Opportunity {
    pub(crate) number: String,
    pub(crate) customer_name: String,
    pub(crate) title: String,
    pub(crate) success_rate: Option<i64>,
    pub(crate) description: Option<String>,
    pub(crate) contact_name: Option<String>,
    pub(crate) contact_phone: Option<String>,
    pub(crate) customer: Option<Key>,
    pub(crate) status: OpportunityStatus,
    pub(crate) created_by: Option<Who>,
    pub(crate) created_at: Timestamp,
    pub(crate) assigned_to: Option<Who>,
    pub(crate) assigned_at: Option<Timestamp>,
    pub(crate) closed_at: Option<Timestamp>,
    pub(crate) close_reason: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PlanItem {
    pub(crate) opportunity: Key,
    pub(crate) date: NaiveDate,
    pub(crate) todo: String,
    pub(crate) result: Option<String>,
    pub(crate) executed_at: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Customer {
    pub(crate) number: String,
    pub(crate) name: String,
    pub(crate) manager: Option<Who>,
    pub(crate) level: Option<u8>,
    pub(crate) satisfaction: Option<u8>,
    pub(crate) credit: Option<u8>,
    pub(crate) status: CustomerStatus,
    pub(crate) last_order_on: Option<NaiveDate>,
    pub(crate) created_at: Timestamp,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Contact {
    pub(crate) customer: Key,
    pub(crate) name: String,
    pub(crate) phone: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Activity {
    pub(crate) customer: Key,
    pub(crate) contact: Option<Key>,
    pub(crate) date: NaiveDate,
    pub(crate) place: Option<String>,
    pub(crate) title: String,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Lost {
    pub(crate) customer: Key,
    pub(crate) manager: Option<Who>,
    pub(crate) last_order_date: Option<NaiveDate>,
    pub(crate) warned_at: Timestamp,
    pub(crate) status: LossStatus,
    pub(crate) reason: Option<String>,
    pub(crate) confirmed_at: Option<Timestamp>,
    pub(crate) confirmed_by: Option<Who>,
    pub(crate) resolved_at: Option<Timestamp>,
}

impl Lost {
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.status, LossStatus::Warning | LossStatus::Deferred)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Measure {
    pub(crate) lost: Key,
    pub(crate) by: Option<Who>,
    pub(crate) at: Timestamp,
    pub(crate) text: String,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Service {
    pub(crate) number: String,
    pub(crate) customer: Key,
    pub(crate) kind: String,
    pub(crate) title: String,
    pub(crate) request: Option<String>,
    pub(crate) status: ServiceStatus,
    pub(crate) created_by: Option<Who>,
    pub(crate) created_at: Timestamp,
    pub(crate) assigned_to: Option<Who>,
    pub(crate) assigned_at: Option<Timestamp>,
    pub(crate) assigned_by: Option<Who>,
    /// What was done, by whom and when; only while it waits for feedback or is archived.
    pub(crate) handling: Option<(String, Option<Who>, Timestamp)>,
    /// What came of it; only once archived.
    pub(crate) outcome: Option<(String, u8)>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Round {
    pub(crate) request: Key,
    pub(crate) round: i64,
    pub(crate) handling: (String, Option<Who>, Timestamp),
    pub(crate) outcome: (String, u8),
    pub(crate) at: Timestamp,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Order {
    pub(crate) number: String,
    pub(crate) customer: Key,
    pub(crate) ordered_at: Timestamp,
    pub(crate) status: OrderStatus,
    pub(crate) payment: Payment,
    pub(crate) paid_on: Option<NaiveDate>,
    /// In 1/10,000.
    pub(crate) amount: i64,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Line {
    pub(crate) order: Key,
    pub(crate) line: i64,
    /// In 1/10,000.
    pub(crate) quantity: i64,
    /// In 1/10,000.
    pub(crate) price: i64,
    /// In 1/1,000,000.
    pub(crate) discount: Option<i64>,
    /// In 1/10,000.
    pub(crate) amount: i64,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) kind: String,
    pub(crate) item: String,
    pub(crate) value: String,
    pub(crate) editable: bool,
}

/// The kinds of records that are compared one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    User,
    Opportunity,
    PlanItem,
    Customer,
    Contact,
    Activity,
    Lost,
    Service,
    Order,
    Line,
    Entry,
}

/// The whole CRM, as the text has it.
#[derive(Debug, Clone)]
pub(crate) struct Model {
    pub(crate) now: Timestamp,
    /// The rule error that is planted.
    pub(crate) planted: Option<Mutation>,
    pub(crate) users: Table<User>,
    pub(crate) opportunities: Table<Opportunity>,
    pub(crate) plans: Table<PlanItem>,
    pub(crate) customers: Table<Customer>,
    pub(crate) contacts: Table<Contact>,
    pub(crate) activities: Table<Activity>,
    pub(crate) losses: Table<Lost>,
    pub(crate) measures: Vec<Measure>,
    pub(crate) services: Table<Service>,
    pub(crate) rounds: Vec<Round>,
    pub(crate) orders: Table<Order>,
    pub(crate) lines: Table<Line>,
    pub(crate) entries: Table<Entry>,
    /// How many numbers each series gave on each day.
    numbers: BTreeMap<(Kind, NaiveDate), usize>,
}

/// The organisation's zone is east of Greenwich and knows no summer time.
const HOURS_EAST: i64 = 8;

impl Model {
    pub(crate) fn new(now: Timestamp) -> Self {
        let mut users = Table::default();
        for who in USERS {
            users.add(User { active: who != Who::Zhao });
        }
        Self {
            now,
            planted: None,
            users,
            opportunities: Table::default(),
            plans: Table::default(),
            customers: Table::default(),
            contacts: Table::default(),
            activities: Table::default(),
            losses: Table::default(),
            measures: Vec::new(),
            services: Table::default(),
            rounds: Vec::new(),
            orders: Table::default(),
            lines: Table::default(),
            entries: Table::default(),
            numbers: BTreeMap::new(),
        }
    }

    pub(crate) fn planted(&self, mutation: Mutation) -> bool {
        self.planted == Some(mutation)
    }

    /// The day of a moment where the organisation is.
    pub(crate) fn day(at: Timestamp) -> NaiveDate {
        (at.to_utc() + Duration::hours(HOURS_EAST)).date_naive()
    }

    pub(crate) fn today(&self) -> NaiveDate {
        Self::day(self.now)
    }

    /// The next number of a series, without its prefix: the day, and the sequence within it.
    pub(crate) fn number(&mut self, kind: Kind) -> String {
        let at =
            if self.planted(Mutation::NumbersOfTheDayInUtc) { self.now.to_utc().date_naive() } else { self.today() };
        let given = self.numbers.entry((kind, at)).or_default();
        *given += 1;
        format!("{}{:03}", at.format("%y%m%d"), given)
    }

    /// A number is given back; only a planted error does that.
    pub(crate) fn give_back(&mut self, kind: Kind, number: &str) {
        let today = self.today();
        if self.planted(Mutation::NumberReused)
            && let Some(given) = self.numbers.get_mut(&(kind, today))
            && number == format!("{}{:03}", today.format("%y%m%d"), given)
        {
            *given -= 1;
        }
    }

    pub(crate) fn is_active(&self, who: Who) -> bool {
        who == Who::System || self.users.get(who as Key).is_some_and(|user| user.active)
    }

    pub(crate) fn is_active_manager(&self, who: Who) -> bool {
        who.role() == Role::Manager && (self.is_active(who) || self.planted(Mutation::AssignToInactive))
    }

    /// Only these roles may do it, and the system.
    pub(crate) fn right(&self, who: Who, roles: &[Role]) -> Answer {
        Why::default().when(who != Who::System && !roles.contains(&who.role()), Refusal::Denied).answer()
    }

    /// Whether a role may read records of a kind at all.
    pub(crate) fn reads(&self, who: Who, kind: Kind) -> bool {
        match who.role() {
            Role::System => true,
            Role::Manager => kind != Kind::User,
            Role::Supervisor => true,
            Role::Executive => kind == Kind::Customer && self.planted(Mutation::ExecutiveReadsCustomers),
            Role::Administrator => matches!(kind, Kind::User | Kind::Entry),
        }
    }

    /// Whether somebody who may read records of a kind sees this one.
    pub(crate) fn sees(&self, who: Who, kind: Kind, key: Key) -> bool {
        match kind {
            Kind::User => self.users.get(key).is_some(),
            Kind::Entry => self.entries.get(key).is_some(),
            Kind::Opportunity => self.opportunities.get(key).is_some_and(|it| self.opportunity_is_seen(who, it)),
            Kind::PlanItem => {
                self.plans.get(key).is_some_and(|item| self.sees(who, Kind::Opportunity, item.opportunity))
            }
            Kind::Customer => {
                self.customers.get(key).is_some_and(|it| who.role() != Role::Manager || it.manager == Some(who))
            }
            Kind::Contact => self.contacts.get(key).is_some_and(|it| self.sees(who, Kind::Customer, it.customer)),
            Kind::Activity => self.activities.get(key).is_some_and(|it| self.sees(who, Kind::Customer, it.customer)),
            Kind::Lost => self.losses.get(key).is_some_and(|it| self.loss_is_seen(who, it)),
            Kind::Service => self.services.get(key).is_some_and(|it| self.service_is_seen(who, it)),
            Kind::Order => self.orders.get(key).is_some_and(|it| self.sees(who, Kind::Customer, it.customer)),
            Kind::Line => self.lines.get(key).is_some_and(|it| self.sees(who, Kind::Order, it.order)),
        }
    }

    /// Somebody has the right to make something that refers to a record. If he does not see that, he is told either
    /// this or what else is wrong with his input, but nothing of the record.
    pub(crate) fn refers(&self, who: Who, roles: &[Role], kind: Kind, key: Key) -> Result<Why, Why> {
        self.right(who, roles)?;
        Ok(Why::default().when(!self.sees(who, kind, key), Refusal::NotFound))
    }

    /// Somebody has the right to do something and sees what he would do it to.
    pub(crate) fn may(&self, who: Who, roles: &[Role], kind: Kind, key: Key) -> Answer {
        self.right(who, roles)?;
        Why::default().when(!self.sees(who, kind, key), Refusal::NotFound).answer()
    }
}

pub(crate) fn blank(text: &str) -> bool {
    text.trim().is_empty()
}
