//! What can be done, and how seven bytes become one of it. Small bytes make simple deeds, so that shrinking leads to
//! a case that can be read.

use std::fmt;

use chrono::{NaiveDate, TimeDelta};
use crmkit::customers::LossStatus;
use crmkit::prelude::{OrderStatus, Payment, Timestamp};
use crmkit::service::ServiceStatus;

use crate::customers::CustomerChange;
use crate::marketing::NewChance;
use crate::orders::{Correction, OrderStep, Terms};
use crate::service::NewService;
use crate::state::{Answer, Entry, Key, Kind, Model, Role, Table, USERS, Who, Why};

/// One thing that somebody wants to do. Numbers are places in the tables of the model.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Deed {
    CreateOpportunity(NewChance),
    EditOpportunity(Key, &'static str, i64),
    DeleteOpportunity(Key),
    AssignOpportunity(Key, Who),
    Win(Key),
    Terminate(Key, &'static str),
    AddPlan(Key, NaiveDate, &'static str),
    ChangePlan(Key, Option<NaiveDate>, &'static str),
    DeletePlan(Key),
    Execute(Key, &'static str),
    CreateCustomer { name: &'static str, manager: Option<Who>, level: Option<u8> },
    EditCustomer(Key, CustomerChange),
    DeleteCustomer(Key),
    CreateContact { customer: Key, name: &'static str, phone: Option<&'static str> },
    EditContact(Key, &'static str),
    DeleteContact(Key),
    CreateActivity { customer: Key, contact: Option<Key>, place: Option<&'static str>, title: &'static str },
    EditActivity(Key, &'static str),
    DeleteActivity(Key),
    Scan,
    Defer(Key, &'static str),
    ConfirmLoss(Key, &'static str),
    CreateService(NewService),
    AssignService(Key, Who),
    Handle(Key, &'static str),
    Feedback(Key, &'static str, u8),
    DeleteService(Key),
    CreateOrder { customer: Key, ordered_at: Option<Timestamp>, state: (OrderStatus, Payment) },
    StepOrder(Key, OrderStep),
    CorrectOrder(Key, Correction),
    DeleteOrder(Key),
    AddLine(Key, i64, Terms),
    ChangeLine(Key, Terms),
    DeleteLine(Key),
    CreateEntry(Entry),
    EditEntry(Key, &'static str, &'static str),
    DeleteEntry(Key),
    SetActive(Who, bool),
    Look(Kind, Key),
}

/// What a byte chooses from: the deeds of one module, each as often as it stands here.
type Menu = &'static [fn(Bytes, &Model) -> Option<Deed>];

const MARKETING: Menu = &[
    Bytes::create_opportunity,
    Bytes::assign_opportunity,
    Bytes::win,
    Bytes::add_plan,
    Bytes::execute,
    Bytes::edit_opportunity,
    Bytes::delete_opportunity,
    Bytes::terminate,
    Bytes::change_plan,
    Bytes::delete_plan,
    Bytes::look,
    Bytes::create_opportunity,
    Bytes::assign_opportunity,
];
const CUSTOMERS: Menu = &[
    Bytes::create_customer,
    Bytes::edit_customer,
    Bytes::create_contact,
    Bytes::create_activity,
    Bytes::edit_contact,
    Bytes::delete_contact,
    Bytes::edit_activity,
    Bytes::delete_activity,
    Bytes::look,
    Bytes::delete_customer,
    Bytes::create_contact,
];
const LOSSES: Menu = &[
    Bytes::scan,
    Bytes::defer,
    Bytes::confirm_loss,
    Bytes::create_order,
    Bytes::step_order,
    Bytes::create_customer,
    Bytes::step_order,
    Bytes::scan,
    Bytes::correct_order,
    Bytes::edit_customer,
    Bytes::delete_order,
    Bytes::look,
];
const SERVICE: Menu = &[
    Bytes::create_service,
    Bytes::assign_service,
    Bytes::handle,
    Bytes::feedback,
    Bytes::handle,
    Bytes::feedback,
    Bytes::delete_service,
    Bytes::create_entry,
    Bytes::delete_entry,
    Bytes::look,
];
const ORDERS: Menu = &[
    Bytes::create_order,
    Bytes::add_line,
    Bytes::step_order,
    Bytes::add_line,
    Bytes::change_line,
    Bytes::step_order,
    Bytes::delete_line,
    Bytes::correct_order,
    Bytes::delete_order,
    Bytes::look,
];
const BASE: Menu = &[
    Bytes::create_entry,
    Bytes::edit_entry,
    Bytes::delete_entry,
    Bytes::set_active,
    Bytes::create_service,
    Bytes::assign_opportunity,
    Bytes::create_opportunity,
    Bytes::look,
];
const MENUS: [Menu; 6] = [MARKETING, CUSTOMERS, LOSSES, SERVICE, ORDERS, BASE];

/// What the bytes of a step say of the deed, read against what there is.
#[derive(Debug, Clone, Copy)]
struct Bytes([u8; 4]);

/// One step: who waits how long and then does what. Kept as bytes, since what they mean depends on what there is.
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct Step(pub(crate) [u8; 7]);

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl Step {
    /// How long nothing happens before it.
    pub(crate) fn wait(self) -> TimeDelta {
        match self.0[2] {
            0..=159 => TimeDelta::seconds(1),
            160..=189 => TimeDelta::minutes(37),
            190..=209 => TimeDelta::hours(9),
            210..=224 => TimeDelta::days(1),
            225..=234 => TimeDelta::days(20),
            235..=244 => TimeDelta::days(65),
            245..=255 => TimeDelta::days(184),
        }
    }

    /// What is done in a sequence about the module of this number, and by whom; nothing if there is nothing to do it
    /// to.
    pub(crate) fn read(self, theme: u8, model: &Model) -> Option<(Who, Deed)> {
        let [kind, who, _, rest @ ..] = self.0;
        let other = usize::from(kind >> 5) % MENUS.len();
        let menu = if kind < 192 { MENUS[usize::from(theme) % MENUS.len()] } else { MENUS[other] };
        let deed = menu[usize::from(kind) % menu.len()](Bytes(rest), model)?;
        let who = match who {
            0..=159 => deed.fitting(model),
            160..=175 => Who::Li,
            176..=191 => Who::Wang,
            192..=209 => Who::Supervisor,
            210..=220 => Who::System,
            221..=232 => Who::Root,
            233..=243 => Who::Executive,
            244..=255 => Who::Zhao,
        };
        Some((who, deed))
    }
}

const NAMES: [&str; 6] = ["Acme", "北方", "O'Neil", "Tea & Co", "Ω", ""];
const TEXTS: [&str; 6] = ["done", "asked", "再联系", "x", "called", ""];

/// Mostly something, seldom blank.
const fn text(of: [&'static str; 6], byte: u8) -> &'static str {
    of[if byte >= 244 { 5 } else { byte as usize % 5 }]
}

impl Bytes {
    const fn byte(self, place: usize) -> u8 {
        self.0[place]
    }

    /// A place in a table, the latest for small bytes.
    fn of<T>(self, table: &Table<T>) -> Option<Key> {
        let back = usize::from(self.byte(0)) % table.0.len().max(1);
        table.0.len().checked_sub(1 + back)
    }

    /// The latest record for which something can go on; for larger bytes any.
    fn going<T>(self, table: &Table<T>, goes: impl Fn(&T) -> bool) -> Option<Key> {
        let open: Vec<Key> = table.live().filter(|(_, it)| goes(it)).map(|(key, _)| key).collect();
        match open.last() {
            Some(&key) if self.byte(0) < 128 => Some(key),
            _ => self.of(table),
        }
    }

    fn managers(self, byte: u8) -> Who {
        match byte {
            0..=119 => Who::Li,
            120..=219 => Who::Wang,
            _ => USERS[usize::from(byte) % USERS.len()],
        }
    }

    fn customer(self, model: &Model) -> Option<Key> {
        self.of(&model.customers)
    }

    fn create_opportunity(self, model: &Model) -> Option<Deed> {
        let [name, rate, contact, customer] = self.0;
        let name_of = NAMES[usize::from(name) % 5];
        Some(Deed::CreateOpportunity(NewChance {
            customer_name: if name >= 250 { NAMES[5] } else { name_of }.into(),
            success_rate: (rate < 245).then_some(i64::from(rate / 2)),
            description: (name < 240).then(|| "tea".into()),
            contact_name: (contact < 170).then(|| "Zhang".into()),
            contact_phone: (contact < 100).then(|| "1".into()),
            customer: self.customer(model).filter(|_| customer > 180),
        }))
    }

    fn edit_opportunity(self, model: &Model) -> Option<Deed> {
        let rate = i64::from(self.byte(2) / 2);
        Some(Deed::EditOpportunity(self.of(&model.opportunities)?, text(TEXTS, self.byte(1)), rate))
    }

    fn delete_opportunity(self, model: &Model) -> Option<Deed> {
        Some(Deed::DeleteOpportunity(self.of(&model.opportunities)?))
    }

    fn assign_opportunity(self, model: &Model) -> Option<Deed> {
        let at = self.going(&model.opportunities, |it| it.assigned_to.is_none())?;
        Some(Deed::AssignOpportunity(at, self.managers(self.byte(1))))
    }

    fn assigned(self, model: &Model) -> Option<Key> {
        self.going(&model.opportunities, |it| it.assigned_to.is_some() && it.closed_at.is_none())
    }

    fn win(self, model: &Model) -> Option<Deed> {
        Some(Deed::Win(self.assigned(model)?))
    }

    fn terminate(self, model: &Model) -> Option<Deed> {
        Some(Deed::Terminate(self.assigned(model)?, text(TEXTS, self.byte(1))))
    }

    fn add_plan(self, model: &Model) -> Option<Deed> {
        Some(Deed::AddPlan(self.assigned(model)?, model.today(), text(TEXTS, self.byte(1))))
    }

    fn plan(self, model: &Model) -> Option<Key> {
        self.of(&model.plans)
    }

    fn change_plan(self, model: &Model) -> Option<Deed> {
        let date = (self.byte(2) > 100).then(|| model.today() + TimeDelta::days(i64::from(self.byte(2)) - 128));
        Some(Deed::ChangePlan(self.plan(model)?, date, text(TEXTS, self.byte(1))))
    }

    fn delete_plan(self, model: &Model) -> Option<Deed> {
        Some(Deed::DeletePlan(self.plan(model)?))
    }

    fn execute(self, model: &Model) -> Option<Deed> {
        Some(Deed::Execute(self.plan(model)?, text(TEXTS, self.byte(1))))
    }

    fn create_customer(self, _: &Model) -> Option<Deed> {
        let [name, manager, level, _] = self.0;
        let manager = (manager > 200).then(|| self.managers(manager));
        let level = (level > 127).then_some(level % 5 + 1);
        Some(Deed::CreateCustomer { name: text(NAMES, name), manager, level })
    }

    fn edit_customer(self, model: &Model) -> Option<Deed> {
        let change = match self.byte(1) {
            0..=99 => CustomerChange::Name(text(NAMES, self.byte(2)).into()),
            100..=199 => CustomerChange::Level(self.byte(2) % 5 + 1),
            200..=219 => CustomerChange::Number("KH000101001".into()),
            220..=255 => CustomerChange::Manager(if self.byte(2) < 128 { Who::Li } else { Who::Wang }),
        };
        Some(Deed::EditCustomer(self.customer(model)?, change))
    }

    fn delete_customer(self, model: &Model) -> Option<Deed> {
        Some(Deed::DeleteCustomer(self.customer(model)?))
    }

    fn create_contact(self, model: &Model) -> Option<Deed> {
        let phone = (self.byte(2) < 245).then_some("2");
        Some(Deed::CreateContact { customer: self.customer(model)?, name: text(NAMES, self.byte(1)), phone })
    }

    fn edit_contact(self, model: &Model) -> Option<Deed> {
        Some(Deed::EditContact(self.of(&model.contacts)?, text(NAMES, self.byte(1))))
    }

    fn delete_contact(self, model: &Model) -> Option<Deed> {
        Some(Deed::DeleteContact(self.of(&model.contacts)?))
    }

    fn create_activity(self, model: &Model) -> Option<Deed> {
        let [at, title, contact, place] = self.0;
        let contact = self.of(&model.contacts).filter(|_| contact > 80);
        let his = contact.and_then(|key| model.contacts.get(key)).map(|it| it.customer);
        let customer = his.filter(|_| at < 200).or_else(|| self.customer(model))?;
        let place = (place < 245).then_some("here");
        Some(Deed::CreateActivity { customer, contact, place, title: text(TEXTS, title) })
    }

    fn edit_activity(self, model: &Model) -> Option<Deed> {
        Some(Deed::EditActivity(self.of(&model.activities)?, text(TEXTS, self.byte(1))))
    }

    fn delete_activity(self, model: &Model) -> Option<Deed> {
        Some(Deed::DeleteActivity(self.of(&model.activities)?))
    }

    fn scan(self, _: &Model) -> Option<Deed> {
        Some(Deed::Scan)
    }

    fn defer(self, model: &Model) -> Option<Deed> {
        Some(Deed::Defer(self.going(&model.losses, |row| row.is_open())?, text(TEXTS, self.byte(1))))
    }

    fn confirm_loss(self, model: &Model) -> Option<Deed> {
        let at = self.going(&model.losses, |row| row.status == LossStatus::Deferred)?;
        Some(Deed::ConfirmLoss(at, text(TEXTS, self.byte(1))))
    }

    fn create_service(self, model: &Model) -> Option<Deed> {
        let [_, kind, request, title] = self.0;
        let kinds = ["inquiry", "suggestion", "complaint", "new", "newer", "none"];
        Some(Deed::CreateService(NewService {
            customer: self.customer(model)?,
            kind: kinds[if kind > 100 { usize::from(kind) % 6 } else { usize::from(kind) % 3 }].into(),
            title: text(TEXTS, title).into(),
            request: (request < 245).then(|| "help".into()),
        }))
    }

    fn assign_service(self, model: &Model) -> Option<Deed> {
        let at = self.going(&model.services, |it| it.status == ServiceStatus::Created)?;
        Some(Deed::AssignService(at, self.managers(self.byte(1))))
    }

    fn handle(self, model: &Model) -> Option<Deed> {
        let at = self.going(&model.services, |it| it.status == ServiceStatus::Assigned)?;
        Some(Deed::Handle(at, text(TEXTS, self.byte(1))))
    }

    fn feedback(self, model: &Model) -> Option<Deed> {
        let at = self.going(&model.services, |it| it.status == ServiceStatus::Handled)?;
        Some(Deed::Feedback(at, text(TEXTS, self.byte(1)), self.byte(2) % 5 + 1))
    }

    fn delete_service(self, model: &Model) -> Option<Deed> {
        Some(Deed::DeleteService(self.of(&model.services)?))
    }

    fn create_order(self, model: &Model) -> Option<Deed> {
        let [_, ago, state, _] = self.0;
        let status = [OrderStatus::Created, OrderStatus::Packed, OrderStatus::Shipped, OrderStatus::Cancelled];
        let payment = [Payment::Unpaid, Payment::Paid, Payment::PartlyPaid];
        let state = match state {
            0..=219 => (OrderStatus::Created, Payment::Unpaid),
            _ => (status[usize::from(state) % 4], payment[usize::from(state) / 4 % 3]),
        };
        let ordered_at = (ago > 100).then(|| self.moment(model, ago)).flatten();
        Some(Deed::CreateOrder { customer: self.customer(model)?, ordered_at, state })
    }

    /// A moment in the past: hours for smaller bytes, months for larger ones.
    fn moment(self, model: &Model, ago: u8) -> Option<Timestamp> {
        let hours = if ago < 170 { i64::from(ago) } else { i64::from(ago) * 24 };
        model.now.checked_add(TimeDelta::hours(-hours)).ok()
    }

    fn order(self, model: &Model) -> Option<Key> {
        self.of(&model.orders)
    }

    fn step_order(self, model: &Model) -> Option<Deed> {
        let at = self.order(model)?;
        let steps = [
            OrderStep::Confirm,
            OrderStep::Pick,
            OrderStep::Pack,
            OrderStep::Ship,
            OrderStep::Cancel,
            OrderStep::PayPart,
            OrderStep::Pay,
        ];
        let next = model.orders.get(at).and_then(|order| match order.status {
            OrderStatus::Created => Some(OrderStep::Confirm),
            OrderStatus::Confirmed => Some(OrderStep::Pick),
            OrderStatus::Picking => Some(OrderStep::Pack),
            OrderStatus::Packed => Some(OrderStep::Ship),
            OrderStatus::Shipped => Some(OrderStep::Pay),
            OrderStatus::Cancelled => None,
        });
        let any = steps[usize::from(self.byte(2)) % steps.len()];
        Some(Deed::StepOrder(at, next.filter(|_| self.byte(1) < 150).unwrap_or(any)))
    }

    fn correct_order(self, model: &Model) -> Option<Deed> {
        let to = match self.byte(2) % 2 {
            0 => Correction::OrderedAt(self.moment(model, self.byte(1))?),
            _ => Correction::Customer(usize::from(self.byte(1)) % model.customers.0.len()),
        };
        Some(Deed::CorrectOrder(self.order(model)?, to))
    }

    fn delete_order(self, model: &Model) -> Option<Deed> {
        Some(Deed::DeleteOrder(self.order(model)?))
    }

    fn terms(self) -> Terms {
        let [_, quantity, price, discount] = self.0;
        let quantities = [10_000, 5_000, 15_000, -20_000, 123_456, 70_000];
        let prices = [10_000, 1, 3, 255_000, 123_457, 99_999];
        let discounts = [0, 500_000, 100_000, 333_333, 1_000_000, 1_000_001, -1];
        let discount = match discount {
            0..=60 => None,
            61..=240 => Some(discounts[usize::from(discount) % 5]),
            241..=255 => Some(discounts[usize::from(discount) % 7]),
        };
        Terms { quantity: quantities[usize::from(quantity) % 6], price: prices[usize::from(price) % 6], discount }
    }

    fn add_line(self, model: &Model) -> Option<Deed> {
        let line = i64::from(self.byte(1) ^ self.byte(3)) % 8 + 1;
        Some(Deed::AddLine(self.order(model)?, line, self.terms()))
    }

    fn change_line(self, model: &Model) -> Option<Deed> {
        Some(Deed::ChangeLine(self.of(&model.lines)?, self.terms()))
    }

    fn delete_line(self, model: &Model) -> Option<Deed> {
        Some(Deed::DeleteLine(self.of(&model.lines)?))
    }

    fn create_entry(self, _: &Model) -> Option<Deed> {
        let [kind, item, value, editable] = self.0;
        let kinds = ["service_type", "region", "source", "credit"];
        let values = ["new", "newer", "inquiry", "北京", "1"];
        Some(Deed::CreateEntry(Entry {
            kind: kinds[usize::from(kind) % 4].into(),
            item: text(TEXTS, item).into(),
            value: values[usize::from(value) % 5].into(),
            editable: editable < 200,
        }))
    }

    fn entry(self, model: &Model) -> Option<Key> {
        self.of(&model.entries)
    }

    fn edit_entry(self, model: &Model) -> Option<Deed> {
        let at = self.entry(model)?;
        let values = ["new", "newer", "other", "inquiry", "2", ""];
        Some(Deed::EditEntry(at, text(TEXTS, self.byte(1)), text(values, self.byte(2))))
    }

    fn delete_entry(self, model: &Model) -> Option<Deed> {
        Some(Deed::DeleteEntry(self.entry(model)?))
    }

    fn set_active(self, _: &Model) -> Option<Deed> {
        Some(Deed::SetActive(USERS[usize::from(self.byte(0)) % USERS.len()], self.byte(1) > 127))
    }

    fn look(self, model: &Model) -> Option<Deed> {
        let (kind, at) = match self.byte(1) % 9 {
            0 => (Kind::Opportunity, self.of(&model.opportunities)),
            1 => (Kind::Customer, self.customer(model)),
            2 => (Kind::Service, self.of(&model.services)),
            3 => (Kind::Order, self.order(model)),
            4 => (Kind::Lost, self.of(&model.losses)),
            5 => (Kind::PlanItem, self.plan(model)),
            6 => (Kind::Contact, self.of(&model.contacts)),
            7 => (Kind::Line, self.of(&model.lines)),
            _ => (Kind::Activity, self.of(&model.activities)),
        };
        Some(Deed::Look(kind, at?))
    }
}

impl Deed {
    /// Somebody who may be expected to do this.
    fn fitting(&self, model: &Model) -> Who {
        let of_customer = |key: Key| model.customers.get(key).and_then(|it| it.manager).unwrap_or(Who::System);
        let of_chance = |key: Key| {
            let it = model.opportunities.get(key);
            it.and_then(|it| it.assigned_to.or(it.created_by)).unwrap_or(Who::Supervisor)
        };
        let of_loss = |key: Key| model.losses.get(key).map_or(Who::Li, |row| of_customer(row.customer));
        let of_service = |key: Key| {
            let it = model.services.get(key);
            it.and_then(|it| it.assigned_to.or(it.created_by)).unwrap_or(Who::Li)
        };
        match self {
            Self::CreateOpportunity(_) | Self::CreateCustomer { .. } | Self::Look(..) => Who::Li,
            Self::AssignOpportunity(..) | Self::AssignService(..) | Self::Scan | Self::AddLine(..) => Who::Supervisor,
            Self::StepOrder(..) | Self::CorrectOrder(..) => Who::Supervisor,
            Self::DeleteOrder(_) => Who::System,
            Self::ChangeLine(..) | Self::DeleteLine(_) => Who::Supervisor,
            Self::EditOpportunity(at, ..) | Self::DeleteOpportunity(at) | Self::Win(at) => of_chance(*at),
            Self::Terminate(at, _) | Self::AddPlan(at, ..) => of_chance(*at),
            Self::ChangePlan(at, ..) | Self::DeletePlan(at) | Self::Execute(at, _) => {
                model.plans.get(*at).map_or(Who::Supervisor, |item| of_chance(item.opportunity))
            }
            Self::EditCustomer(_, CustomerChange::Manager(_)) => Who::System,
            Self::EditCustomer(at, _) | Self::DeleteCustomer(at) => of_customer(*at),
            Self::CreateContact { customer, .. } | Self::CreateActivity { customer, .. } => of_customer(*customer),
            Self::CreateOrder { state: (OrderStatus::Created, Payment::Unpaid), customer, .. } => {
                of_customer(*customer)
            }
            Self::CreateOrder { .. } => Who::System,
            Self::CreateService(new) => of_customer(new.customer),
            Self::EditContact(at, _) | Self::DeleteContact(at) => {
                model.contacts.get(*at).map_or(Who::Li, |it| of_customer(it.customer))
            }
            Self::EditActivity(at, _) | Self::DeleteActivity(at) => {
                model.activities.get(*at).map_or(Who::Li, |it| of_customer(it.customer))
            }
            Self::Defer(at, _) | Self::ConfirmLoss(at, _) => of_loss(*at),
            Self::Handle(at, _) | Self::Feedback(at, ..) | Self::DeleteService(at) => of_service(*at),
            Self::CreateEntry(_) | Self::EditEntry(..) | Self::DeleteEntry(_) | Self::SetActive(..) => Who::Root,
        }
    }

    /// A change of responsibility is the system's here: whether an account manager may hand over his customers is not
    /// in the text.
    fn is_open_question(&self, who: Who) -> bool {
        match self {
            Self::EditCustomer(_, CustomerChange::Manager(_)) => who.role() == Role::Manager,
            Self::EditCustomer(_, CustomerChange::Number(_)) => who == Who::System,
            _ => false,
        }
    }

    /// What the text says to it; nothing where it leaves it open. The model has changed where it is allowed.
    pub(crate) fn judged(&self, who: Who, model: &mut Model) -> Option<Answer> {
        if self.is_open_question(who) {
            return None;
        }
        if !model.is_active(who) && !model.planted(crate::mutation::Mutation::InactiveActs) {
            return Some(Err(Why::one(crate::state::Refusal::Denied)));
        }
        Some(match self {
            Self::CreateOpportunity(new) => model.create_opportunity(who, new),
            Self::EditOpportunity(at, title, rate) => model.edit_opportunity(who, *at, title, *rate),
            Self::DeleteOpportunity(at) => model.delete_opportunity(who, *at),
            Self::AssignOpportunity(at, to) => model.assign_opportunity(who, *at, *to),
            Self::Win(at) => model.win(who, *at),
            Self::Terminate(at, reason) => model.terminate(who, *at, reason),
            Self::AddPlan(at, date, todo) => model.add_plan(who, *at, *date, todo),
            Self::ChangePlan(at, date, todo) => model.change_plan(who, *at, *date, todo),
            Self::DeletePlan(at) => model.delete_plan(who, *at),
            Self::Execute(at, result) => model.execute(who, *at, result),
            Self::CreateCustomer { name, manager, level } => model.create_customer(who, name, *manager, *level),
            Self::EditCustomer(at, change) => model.edit_customer(who, *at, change),
            Self::DeleteCustomer(at) => model.delete_customer(who, *at),
            Self::CreateContact { customer, name, phone } => model.create_contact(who, *customer, name, *phone),
            Self::EditContact(at, name) => model.edit_contact(who, *at, name),
            Self::DeleteContact(at) => model.delete_contact(who, *at),
            Self::CreateActivity { customer, contact, place, title } => {
                model.create_activity(who, *customer, *contact, (*place, title))
            }
            Self::EditActivity(at, title) => model.edit_activity(who, *at, title),
            Self::DeleteActivity(at) => model.delete_activity(who, *at),
            Self::Scan => model.scan(who).map(drop),
            Self::Defer(at, measure) => model.defer(who, *at, measure),
            Self::ConfirmLoss(at, reason) => model.confirm_loss(who, *at, reason),
            Self::CreateService(new) => model.create_service(who, new),
            Self::AssignService(at, to) => model.assign_service(who, *at, *to),
            Self::Handle(at, text) => model.handle(who, *at, text),
            Self::Feedback(at, result, score) => model.feedback(who, *at, result, *score),
            Self::DeleteService(at) => model.delete_service(who, *at),
            Self::CreateOrder { customer, ordered_at, state } => {
                model.create_order(who, *customer, *ordered_at, *state)
            }
            Self::StepOrder(at, step) => model.step_order(who, *at, *step),
            Self::CorrectOrder(at, correction) => model.correct_order(who, *at, *correction),
            Self::DeleteOrder(at) => model.delete_order(who, *at),
            Self::AddLine(at, line, terms) => model.add_line(who, *at, *line, *terms),
            Self::ChangeLine(at, terms) => model.change_line(who, *at, *terms),
            Self::DeleteLine(at) => model.delete_line(who, *at),
            Self::CreateEntry(new) => model.create_entry(who, new),
            Self::EditEntry(at, item, value) => model.edit_entry(who, *at, item, value),
            Self::DeleteEntry(at) => model.delete_entry(who, *at),
            Self::SetActive(user, active) => model.set_active(who, *user, *active),
            Self::Look(kind, at) => model.look(who, *kind, *at),
        })
    }
}

impl Model {
    fn look(&self, who: Who, kind: Kind, at: Key) -> Answer {
        Why::default().when(!self.reads(who, kind), crate::state::Refusal::Denied).answer()?;
        Why::default().when(!self.sees(who, kind, at), crate::state::Refusal::NotFound).answer()
    }
}
