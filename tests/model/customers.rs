//! Customers with their contacts, activities and losses, as the text has them.

use chrono::{Months, NaiveDate};
use crmkit::customers::LossStatus;
use crmkit::prelude::CustomerStatus;

use crate::mutation::Mutation;
use crate::state::{
    Activity, Answer, Contact, Customer, Key, Kind, Lost, Measure, Model, Refusal, Role, Who, Why, blank,
};

/// What somebody changes of a customer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum CustomerChange {
    Name(String),
    Level(u8),
    Number(String),
    /// Another account manager; only the system gives customers from one to another here.
    Manager(Who),
}

const OWNERS: [Role; 1] = [Role::Manager];

impl Model {
    pub(crate) fn create_customer(&mut self, who: Who, name: &str, manager: Option<Who>, level: Option<u8>) -> Answer {
        self.right(who, &OWNERS)?;
        let manager = manager.or(who.person());
        Why::default()
            .when(who != Who::System && manager != Some(who), Refusal::Denied)
            .when(blank(name), Refusal::Invalid)
            .answer()?;
        let number = self.number(Kind::Customer);
        self.customers.add(Customer {
            number,
            name: name.to_owned(),
            manager,
            level,
            satisfaction: Some(3),
            credit: Some(3),
            status: CustomerStatus::Normal,
            last_order_on: None,
            created_at: self.now,
        });
        Ok(())
    }

    fn normal(&self, at: Key) -> Why {
        Why::default()
            .when(self.customers.get(at).is_some_and(|it| it.status != CustomerStatus::Normal), Refusal::State)
    }

    pub(crate) fn edit_customer(&mut self, who: Who, at: Key, change: &CustomerChange) -> Answer {
        self.may(who, &OWNERS, Kind::Customer, at)?;
        let deleted = self.customers.get(at).is_some_and(|it| it.status == CustomerStatus::Deleted);
        let lenient = deleted && self.planted(Mutation::DeletedCustomerEdited);
        let mut why = if lenient { Why::default() } else { self.normal(at) };
        match change {
            CustomerChange::Name(name) => why = why.when(blank(name), Refusal::Invalid),
            CustomerChange::Level(_) | CustomerChange::Manager(_) => {}
            // The number is read-only; the text does not say what one is told.
            CustomerChange::Number(_) => {
                why = why.when(true, Refusal::Invalid).when(true, Refusal::State).when(true, Refusal::Denied);
            }
        }
        why.answer()?;
        self.customers.change(at, |it| match change {
            CustomerChange::Name(name) => it.name.clone_from(name),
            CustomerChange::Level(level) => it.level = Some(*level),
            CustomerChange::Number(number) => it.number.clone_from(number),
            CustomerChange::Manager(manager) => it.manager = Some(*manager),
        });
        Ok(())
    }

    pub(crate) fn delete_customer(&mut self, who: Who, at: Key) -> Answer {
        if self.planted(Mutation::OwnerNotCheckedOnDelete) {
            self.right(who, &OWNERS)?;
        } else {
            self.may(who, &OWNERS, Kind::Customer, at)?;
        }
        self.normal(at).answer()?;
        self.customers.change(at, |it| it.status = CustomerStatus::Deleted);
        Ok(())
    }

    /// The text asks for a normal customer where the customer is edited; of his contacts and activities it does not.
    pub(crate) fn create_contact(&mut self, who: Who, customer: Key, name: &str, phone: Option<&str>) -> Answer {
        let why = self.refers(who, &OWNERS, Kind::Customer, customer)?;
        let silent = who.person().is_some() && phone.is_none();
        why.when(blank(name) || silent, Refusal::Invalid).answer()?;
        self.contacts.add(Contact { customer, name: name.to_owned(), phone: phone.map(str::to_owned) });
        Ok(())
    }

    pub(crate) fn edit_contact(&mut self, who: Who, at: Key, name: &str) -> Answer {
        self.may(who, &OWNERS, Kind::Contact, at)?;
        Why::default().when(blank(name), Refusal::Invalid).answer()?;
        self.contacts.change(at, |it| it.name = name.to_owned());
        Ok(())
    }

    pub(crate) fn delete_contact(&mut self, who: Who, at: Key) -> Answer {
        self.may(who, &OWNERS, Kind::Contact, at)?;
        let used = self.activities.live().any(|(_, activity)| activity.contact == Some(at));
        Why::default().when(used, Refusal::Referenced).answer()?;
        self.contacts.remove(at);
        Ok(())
    }

    pub(crate) fn create_activity(
        &mut self,
        who: Who,
        customer: Key,
        contact: Option<Key>,
        (place, title): (Option<&str>, &str),
    ) -> Answer {
        let why = self.refers(who, &OWNERS, Kind::Customer, customer)?;
        let stranger = |key| self.contacts.get(key).is_some_and(|it| it.customer != customer);
        why.when(contact.is_some_and(|key| !self.sees(who, Kind::Contact, key)), Refusal::NotFound)
            .when(contact.is_some_and(stranger), Refusal::Invalid)
            .when(blank(title) || who.person().is_some() && place.is_none(), Refusal::Invalid)
            .answer()?;
        let (date, title) = (self.today(), title.to_owned());
        self.activities.add(Activity { customer, contact, date, place: place.map(str::to_owned), title });
        Ok(())
    }

    pub(crate) fn edit_activity(&mut self, who: Who, at: Key, title: &str) -> Answer {
        self.may(who, &OWNERS, Kind::Activity, at)?;
        Why::default().when(blank(title), Refusal::Invalid).answer()?;
        self.activities.change(at, |it| it.title = title.to_owned());
        Ok(())
    }

    pub(crate) fn delete_activity(&mut self, who: Who, at: Key) -> Answer {
        self.may(who, &OWNERS, Kind::Activity, at)?;
        self.activities.remove(at);
        Ok(())
    }

    /// A supervisor sees all losses, an account manager those of his own customers.
    pub(crate) fn loss_is_seen(&self, who: Who, it: &Lost) -> bool {
        self.sees(who, Kind::Customer, it.customer)
    }

    /// The day since which a customer has been silent, if the text counts him at all.
    fn silent_since(&self, key: Key, customer: &Customer) -> Option<NaiveDate> {
        if customer.last_order_on.is_some() && self.planted(Mutation::OldOrderWarnsInSpiteOfNewer) {
            return self.counted_days(key).min();
        }
        let never = (!self.planted(Mutation::NeverOrderedIgnored)).then(|| Self::day(customer.created_at));
        customer.last_order_on.or(never)
    }

    /// Warns of silent customers and says how many there were new.
    pub(crate) fn scan(&mut self, who: Who) -> Result<u64, Why> {
        self.right(who, &[Role::Supervisor])?;
        let cutoff = self.today().checked_sub_months(Months::new(6)).unwrap_or(NaiveDate::MIN);
        let mut warned = Vec::new();
        for (key, customer) in self.customers.live() {
            let active = |since: NaiveDate| match self.planted(Mutation::CutoffDayCountsAsSilent) {
                true => since > cutoff,
                false => since >= cutoff,
            };
            let silent = self.silent_since(key, customer).is_some_and(|since| !active(since));
            // A new row only if there was an order after the earlier row.
            let known =
                |row: &Lost| row.customer == key && (row.is_open() || row.last_order_date >= customer.last_order_on);
            let known = self.losses.live().any(|(_, row)| match self.planted(Mutation::SecondWarningForSameSilence) {
                true => row.customer == key && row.is_open(),
                false => known(row),
            });
            if customer.status == CustomerStatus::Normal && silent && !known {
                warned.push(Lost {
                    customer: key,
                    manager: customer.manager,
                    last_order_date: customer.last_order_on,
                    warned_at: self.now,
                    status: LossStatus::Warning,
                    reason: None,
                    confirmed_at: None,
                    confirmed_by: None,
                    resolved_at: None,
                });
            }
        }
        let count = warned.len() as u64;
        warned.into_iter().for_each(|row| _ = self.losses.add(row));
        Ok(count)
    }

    pub(crate) fn defer(&mut self, who: Who, at: Key, measure: &str) -> Answer {
        self.may(who, &OWNERS, Kind::Lost, at)?;
        Why::default()
            .when(self.losses.get(at).is_some_and(|row| !row.is_open()), Refusal::State)
            .when(blank(measure), Refusal::Invalid)
            .answer()?;
        if self.planted(Mutation::EarlierMeasuresOverwritten) {
            self.measures.retain(|earlier| earlier.lost != at);
        }
        self.measures.push(Measure { lost: at, by: who.person(), at: self.now, text: measure.to_owned() });
        self.losses.change(at, |row| row.status = LossStatus::Deferred);
        Ok(())
    }

    pub(crate) fn confirm_loss(&mut self, who: Who, at: Key, reason: &str) -> Answer {
        self.may(who, &OWNERS, Kind::Lost, at)?;
        let customer = self.losses.get(at).map_or(Key::MAX, |row| row.customer);
        let early = self.planted(Mutation::ConfirmWithoutDeferral);
        let ready = |row: &Lost| row.status == LossStatus::Deferred || early && row.status == LossStatus::Warning;
        self.normal(customer)
            .when(self.losses.get(at).is_some_and(|row| !ready(row)), Refusal::State)
            .when(blank(reason), Refusal::Invalid)
            .answer()?;
        let now = self.now;
        self.losses.change(at, |row| {
            row.status = LossStatus::Confirmed;
            row.reason = Some(reason.to_owned());
            row.confirmed_at = Some(now);
            row.confirmed_by = who.person();
        });
        if !self.planted(Mutation::ConfirmKeepsCustomerNormal) {
            self.customers.change(customer, |it| it.status = CustomerStatus::Lost);
        }
        Ok(())
    }

    /// A new order for a warned or deferred customer resolves the warning.
    pub(crate) fn ordered(&mut self, customer: Key, on: NaiveDate) {
        if self.planted(Mutation::NewOrderLeavesWarning) {
            return;
        }
        let now = self.now;
        for row in self.losses.0.iter_mut().filter_map(|row| row.now.as_mut()) {
            if row.customer == customer && row.is_open() && row.last_order_date < Some(on) {
                row.status = LossStatus::Resolved;
                row.resolved_at = Some(now);
            }
        }
    }
}
