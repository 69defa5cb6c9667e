//! Orders and their lines, as the text has them.

use chrono::NaiveDate;
use crmkit::prelude::{OrderStatus, Payment, Timestamp};

use crate::mutation::Mutation;
use crate::state::{Answer, Key, Kind, Line, Model, Order, Refusal, Role, Who, Why};

/// A step of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OrderStep {
    Confirm,
    Pick,
    Pack,
    Ship,
    Cancel,
    PayPart,
    Pay,
}

/// What somebody corrects in an order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Correction {
    OrderedAt(Timestamp),
    Customer(Key),
}

/// How much of what at which price.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Terms {
    /// In 1/10,000.
    pub(crate) quantity: i64,
    /// In 1/10,000.
    pub(crate) price: i64,
    /// In 1/1,000,000.
    pub(crate) discount: Option<i64>,
}

const RECORDING: [Role; 2] = [Role::Supervisor, Role::Manager];
const CHANGING: [Role; 1] = [Role::Supervisor];
/// An order that nobody wants is called off; it is not the people who delete one.
const DELETING: [Role; 0] = [];
const ONE: i128 = 1_000_000;

impl Model {
    /// Shipped or paid, and not called off.
    fn counts(&self, order: &Order) -> bool {
        if order.status == OrderStatus::Cancelled && !self.planted(Mutation::CancelledOrderCounts) {
            return false;
        }
        order.status == OrderStatus::Shipped
            || order.payment == Payment::Paid
            || self.planted(Mutation::CreatedOrderCounts)
    }

    /// The days of a customer's orders that count.
    pub(crate) fn counted_days(&self, customer: Key) -> impl Iterator<Item = NaiveDate> {
        let of_his = move |order: &&Order| order.customer == customer && self.counts(order);
        self.orders.live().map(|(_, order)| order).filter(of_his).map(|order| Self::day(order.ordered_at))
    }

    /// Makes a change to orders and keeps up what follows from it for these customers.
    fn change_order(&mut self, at: Key, change: impl FnOnce(&mut Order)) {
        let before = self.orders.get(at).cloned();
        self.orders.change(at, change);
        self.followed(before, self.orders.get(at).cloned());
    }

    fn followed(&mut self, before: Option<Order>, after: Option<Order>) {
        let first = before.as_ref().filter(|_| !self.planted(Mutation::MovedOrderStaysWithFirstCustomer));
        for customer in first.into_iter().chain(&after).map(|order| order.customer).collect::<Vec<_>>() {
            let last = self.counted_days(customer).max();
            self.customers.change(customer, |it| it.last_order_on = last);
        }
        let fact = |order: &Order| self.counts(order).then(|| (order.customer, Self::day(order.ordered_at)));
        let (was, is) = (before.as_ref().and_then(fact), after.as_ref().and_then(fact));
        if let Some((customer, on)) = is.filter(|_| is != was) {
            self.ordered(customer, on);
        }
    }

    pub(crate) fn create_order(
        &mut self,
        who: Who,
        customer: Key,
        ordered_at: Option<Timestamp>,
        (status, payment): (OrderStatus, Payment),
    ) -> Answer {
        let why = self.refers(who, &RECORDING, Kind::Customer, customer)?;
        why.answer()?;
        // An order is recorded as it stands: it may be sent or paid already.
        let number = self.number(Kind::Order);
        let ordered_at = ordered_at.unwrap_or(self.now);
        let order = Order { number, customer, ordered_at, status, payment, paid_on: None, amount: 0 };
        self.orders.add(order.clone());
        self.followed(None, Some(order));
        Ok(())
    }

    pub(crate) fn step_order(&mut self, who: Who, at: Key, step: OrderStep) -> Answer {
        self.may(who, &CHANGING, Kind::Order, at)?;
        let Some(order) = self.orders.get(at) else { return Ok(()) };
        let (mut status, mut payment, today) = (order.status, order.payment, self.today());
        let cancelled = status == OrderStatus::Cancelled;
        let late = status == OrderStatus::Shipped && !self.planted(Mutation::CancelAfterShipping);
        let possible = match step {
            OrderStep::Confirm => status == OrderStatus::Created,
            OrderStep::Pick => status == OrderStatus::Confirmed,
            OrderStep::Pack => status == OrderStatus::Picking,
            OrderStep::Ship => status == OrderStatus::Packed,
            OrderStep::Cancel => !cancelled && !late,
            OrderStep::PayPart => !cancelled && payment == Payment::Unpaid,
            OrderStep::Pay => !cancelled && payment != Payment::Paid,
        };
        Why::default().when(!possible, Refusal::State).answer()?;
        match step {
            OrderStep::Confirm => status = OrderStatus::Confirmed,
            OrderStep::Pick => status = OrderStatus::Picking,
            OrderStep::Pack => status = OrderStatus::Packed,
            OrderStep::Ship => status = OrderStatus::Shipped,
            OrderStep::Cancel => status = OrderStatus::Cancelled,
            OrderStep::PayPart => payment = Payment::PartlyPaid,
            OrderStep::Pay => payment = Payment::Paid,
        }
        self.change_order(at, |order| {
            order.status = status;
            order.payment = payment;
            order.paid_on = if step == OrderStep::Pay { Some(today) } else { order.paid_on };
        });
        Ok(())
    }

    pub(crate) fn correct_order(&mut self, who: Who, at: Key, correction: Correction) -> Answer {
        self.may(who, &CHANGING, Kind::Order, at)?;
        let cancelled = self.orders.get(at).is_some_and(|order| order.status == OrderStatus::Cancelled);
        Why::default().when(cancelled && who.person().is_some(), Refusal::State).answer()?;
        self.change_order(at, |order| match correction {
            Correction::OrderedAt(moment) => order.ordered_at = moment,
            Correction::Customer(customer) => order.customer = customer,
        });
        Ok(())
    }

    pub(crate) fn delete_order(&mut self, who: Who, at: Key) -> Answer {
        self.may(who, &DELETING, Kind::Order, at)?;
        let used = self.lines.live().any(|(_, line)| line.order == at);
        Why::default().when(used, Refusal::Referenced).answer()?;
        let before = self.orders.get(at).cloned();
        self.orders.remove(at);
        self.followed(before, None);
        Ok(())
    }

    /// Unit price × quantity × (1 − discount), to the even neighbour where it lies in the middle.
    fn amount(&self, terms: Terms) -> i64 {
        let discount = if self.planted(Mutation::DiscountIgnored) { 0 } else { terms.discount.unwrap_or(0) };
        let exact = i128::from(terms.price) * i128::from(terms.quantity) * (ONE - i128::from(discount));
        let unit = 10_000 * ONE;
        let (whole, rest) = (exact.div_euclid(unit), exact.rem_euclid(unit));
        let tie = if self.planted(Mutation::HalfRoundsUp) { true } else { whole % 2 != 0 };
        let up = rest * 2 > unit || rest * 2 == unit && tie;
        (whole + i128::from(up)) as i64
    }

    /// What must hold before the lines of an order change.
    fn lines_change(&self, who: Who, order: Key) -> Why {
        let fixed = |order: &Order| {
            order.status == OrderStatus::Cancelled
                || order.payment == Payment::Paid && !self.planted(Mutation::PaidOrderLinesChange)
        };
        Why::default().when(who.person().is_some() && self.orders.get(order).is_some_and(fixed), Refusal::State)
    }

    fn fits(terms: Terms) -> bool {
        terms.discount.is_none_or(|discount| (0..=1_000_000).contains(&discount))
    }

    /// The sum of an order's lines.
    fn add_up(&mut self, order: Key) {
        let amount = self.lines.live().filter(|(_, line)| line.order == order).map(|(_, line)| line.amount).sum();
        self.orders.change(order, |order| order.amount = amount);
    }

    pub(crate) fn add_line(&mut self, who: Who, order: Key, line: i64, terms: Terms) -> Answer {
        let why = self.refers(who, &RECORDING, Kind::Order, order)?;
        let taken = self.lines.live().any(|(_, other)| other.order == order && other.line == line);
        why.of_seen(self.lines_change(who, order).when(taken, Refusal::Taken))
            .when(!Self::fits(terms), Refusal::Invalid)
            .answer()?;
        let amount = self.amount(terms);
        let Terms { quantity, price, discount } = terms;
        self.lines.add(Line { order, line, quantity, price, discount, amount });
        self.add_up(order);
        Ok(())
    }

    pub(crate) fn change_line(&mut self, who: Who, at: Key, terms: Terms) -> Answer {
        self.may(who, &CHANGING, Kind::Line, at)?;
        let order = self.lines.get(at).map_or(Key::MAX, |line| line.order);
        self.lines_change(who, order).when(!Self::fits(terms), Refusal::Invalid).answer()?;
        let amount = self.amount(terms);
        self.lines.change(at, |line| {
            (line.quantity, line.price, line.discount, line.amount) =
                (terms.quantity, terms.price, terms.discount, amount);
        });
        self.add_up(order);
        Ok(())
    }

    pub(crate) fn delete_line(&mut self, who: Who, at: Key) -> Answer {
        self.may(who, &CHANGING, Kind::Line, at)?;
        let order = self.lines.get(at).map_or(Key::MAX, |line| line.order);
        self.lines_change(who, order).answer()?;
        self.lines.remove(at);
        self.add_up(order);
        Ok(())
    }
}
