//! The crate's records as the model would hold them.

use std::collections::HashMap;

use crmkit::customers::{Activity, Contact, LostCustomer};
use crmkit::dictionary::DictionaryEntry;
use crmkit::id::{Id, RecordId};
use crmkit::marketing::{Opportunity, PlanItem};
use crmkit::prelude::*;
use crmkit::schema::Choice;
use crmkit::service::{ServiceRequest, ServiceStatus};

use crate::state::{self, Key, Kind, Model, Table, USERS, Who};

/// Which place of the model each id stands for.
pub(crate) type Places = HashMap<RecordId, Key>;

/// An entity that the model has a table of.
pub(crate) trait Mirrored: Rules {
    type Twin: Clone + PartialEq + std::fmt::Debug;
    const KIND: Kind;

    fn twin(&self, places: &Places) -> Self::Twin;
    fn table(model: &Model) -> &Table<Self::Twin>;
    fn table_mut(model: &mut Model) -> &mut Table<Self::Twin>;
}

/// A place that nothing has, for an id the model does not know.
fn place<E>(places: &Places, id: Id<E>) -> Key {
    places.get(&id.raw()).copied().unwrap_or(Key::MAX)
}

fn user(places: &Places, id: Option<Id<User>>) -> Option<Who> {
    Some(USERS.get(place(places, id?)).copied().unwrap_or(Who::System))
}

/// The number without the letters of its series.
fn digits(number: &str) -> String {
    number.trim_start_matches(|letter: char| !letter.is_ascii_digit()).to_owned()
}

pub(crate) fn score(rating: Rating) -> u8 {
    rating.code().parse().unwrap()
}

macro_rules! mirrored {
    ($($entity:ty, $kind:ident, $table:ident, |$record:ident, $places:ident| $twin:expr;)+) => {$(
        impl Mirrored for $entity {
            type Twin = state::$kind;
            const KIND: Kind = Kind::$kind;

            fn twin(&self, $places: &Places) -> state::$kind {
                let $record = self.clone();
                $twin
            }

            fn table(model: &Model) -> &Table<state::$kind> {
                &model.$table
            }

            fn table_mut(model: &mut Model) -> &mut Table<state::$kind> {
                &mut model.$table
            }
        }
    )+};
}

mirrored! {
    User, User, users, |it, _places| state::User { active: it.active };
    Opportunity, Opportunity, opportunities, |it, places| state::Opportunity {
        number: digits(&it.number),
        customer_name: it.customer_name,
        title: it.title,
        success_rate: it.success_rate,
        description: it.description,
        contact_name: it.contact_name,
        contact_phone: it.contact_phone,
        customer: it.customer.map(|id| place(places, id)),
        status: it.status,
        created_by: user(places, it.created_by),
        created_at: it.created_at,
        assigned_to: user(places, it.assigned_to),
        assigned_at: it.assigned_at,
        closed_at: it.closed_at,
        close_reason: it.close_reason,
    };
    PlanItem, PlanItem, plans, |it, places| state::PlanItem {
        opportunity: place(places, it.opportunity),
        date: it.date,
        todo: it.todo,
        result: it.result,
        executed_at: it.executed_at,
    };
    Customer, Customer, customers, |it, places| state::Customer {
        number: it.number.strip_prefix("KH").unwrap_or("no KH").to_owned(),
        name: it.name,
        manager: user(places, it.manager),
        level: it.level.map(score),
        satisfaction: it.satisfaction.map(score),
        credit: it.credit.map(score),
        status: it.status,
        last_order_on: it.last_order_on,
        created_at: it.created_at,
    };
    Contact, Contact, contacts, |it, places| state::Contact {
        customer: place(places, it.customer),
        name: it.name,
        phone: it.phone,
    };
    Activity, Activity, activities, |it, places| state::Activity {
        customer: place(places, it.customer),
        contact: it.contact.map(|id| place(places, id)),
        date: it.date,
        place: it.place,
        title: it.title,
    };
    LostCustomer, Lost, losses, |it, places| state::Lost {
        customer: place(places, it.customer),
        manager: user(places, it.manager),
        last_order_date: it.last_order_date,
        warned_at: it.warned_at,
        status: it.status,
        reason: it.reason,
        confirmed_at: it.confirmed_at,
        confirmed_by: user(places, it.confirmed_by),
        resolved_at: it.resolved_at,
    };
    ServiceRequest, Service, services, |it, places| {
        // What the text says nothing of is left out: what stands there between two rounds.
        let handled = matches!(it.status, ServiceStatus::Handled | ServiceStatus::Archived);
        let handling = it.handling.zip(it.handled_at).filter(|_| handled);
        let archived = it.status == ServiceStatus::Archived;
        state::Service {
            number: digits(&it.number),
            customer: place(places, it.customer),
            kind: it.r#type,
            title: it.title,
            request: it.request,
            status: it.status,
            created_by: user(places, it.created_by),
            created_at: it.created_at,
            assigned_to: user(places, it.assigned_to),
            assigned_at: it.assigned_at,
            assigned_by: user(places, it.assigned_by),
            handling: handling.map(|(text, at)| (text, user(places, it.handled_by), at)),
            outcome: it.result.zip(it.satisfaction.map(score)).filter(|_| archived),
        }
    };
    Order, Order, orders, |it, places| state::Order {
        number: digits(&it.number),
        customer: place(places, it.customer),
        ordered_at: it.ordered_at,
        status: it.status,
        payment: it.payment,
        paid_on: it.paid_on,
        amount: it.amount.raw(),
    };
    OrderLine, Line, lines, |it, places| state::Line {
        order: place(places, it.order),
        line: it.line,
        quantity: it.quantity.raw(),
        price: it.unit_price.raw(),
        discount: it.discount.map(Rate::raw),
        amount: it.amount.raw(),
    };
    DictionaryEntry, Entry, entries, |it, _places| state::Entry {
        kind: it.r#type,
        item: it.item,
        value: it.value,
        editable: it.editable,
    };
}
