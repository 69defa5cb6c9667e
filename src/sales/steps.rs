//! The steps of an order: its fulfilment and its payment.

use super::Order;
use crate::command::{Command, Loaded, Outcome};
use crate::error::Result;
use crate::machine::{Machine, permit};
use crate::rules::Context;
use crate::schema::Choice;
use crate::value::Date;

/// Confirms an order to the customer.
///
/// # Examples
///
/// ```
/// use crmkit::command::{Command, Loaded};
/// use crmkit::prelude::*;
/// use crmkit::sales::ConfirmOrder;
///
/// let context = Context { actor: None, now: Timestamp::EPOCH, zone: chrono_tz::UTC };
/// let order = Order { status: OrderStatus::Created, ..Order::draft(Id::NIL, NewOrder::default()) };
/// let decided = ConfirmOrder.decide(order, &Loaded::default(), &context)?;
/// assert_eq!(decided.subject().status, OrderStatus::Confirmed);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, serde::Deserialize)]
pub struct ConfirmOrder;

/// Begins to collect an order.
///
/// # Examples
///
/// ```
/// use crmkit::command::{Command, Loaded};
/// use crmkit::prelude::*;
/// use crmkit::sales::PickOrder;
///
/// let context = Context { actor: None, now: Timestamp::EPOCH, zone: chrono_tz::UTC };
/// let order = Order { status: OrderStatus::Confirmed, ..Order::draft(Id::NIL, NewOrder::default()) };
/// let decided = PickOrder.decide(order, &Loaded::default(), &context)?;
/// assert_eq!(decided.subject().status, OrderStatus::Picking);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, serde::Deserialize)]
pub struct PickOrder;

/// Packs an order.
///
/// # Examples
///
/// ```
/// use crmkit::command::{Command, Loaded};
/// use crmkit::prelude::*;
/// use crmkit::sales::PackOrder;
///
/// let context = Context { actor: None, now: Timestamp::EPOCH, zone: chrono_tz::UTC };
/// let order = Order { status: OrderStatus::Picking, ..Order::draft(Id::NIL, NewOrder::default()) };
/// let decided = PackOrder.decide(order, &Loaded::default(), &context)?;
/// assert_eq!(decided.subject().status, OrderStatus::Packed);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, serde::Deserialize)]
pub struct PackOrder;

/// Sends an order off.
///
/// # Examples
///
/// ```
/// use crmkit::command::{Command, Loaded};
/// use crmkit::prelude::*;
/// use crmkit::sales::ShipOrder;
///
/// let context = Context { actor: None, now: Timestamp::EPOCH, zone: chrono_tz::UTC };
/// let order = Order { status: OrderStatus::Packed, ..Order::draft(Id::NIL, NewOrder::default()) };
/// let decided = ShipOrder.decide(order, &Loaded::default(), &context)?;
/// assert_eq!(decided.subject().status, OrderStatus::Shipped);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, serde::Deserialize)]
pub struct ShipOrder;

/// Calls an order off that has not been sent off.
///
/// # Examples
///
/// ```
/// use crmkit::command::{Command, Loaded};
/// use crmkit::prelude::*;
/// use crmkit::sales::CancelOrder;
///
/// let context = Context { actor: None, now: Timestamp::EPOCH, zone: chrono_tz::UTC };
/// let order = Order { status: OrderStatus::Packed, ..Order::draft(Id::NIL, NewOrder::default()) };
/// let decided = CancelOrder.decide(order, &Loaded::default(), &context)?;
/// assert_eq!(decided.subject().status, OrderStatus::Cancelled);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, serde::Deserialize)]
pub struct CancelOrder;

/// Records that an order is paid in part.
///
/// # Examples
///
/// ```
/// use crmkit::command::{Command, Loaded};
/// use crmkit::prelude::*;
/// use crmkit::sales::PayOrderPart;
///
/// let context = Context { actor: None, now: Timestamp::EPOCH, zone: chrono_tz::UTC };
/// let order = Order::draft(Id::NIL, NewOrder::default());
/// let decided = PayOrderPart.decide(order, &Loaded::default(), &context)?;
/// assert_eq!(decided.subject().payment, Payment::PartlyPaid);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, serde::Deserialize)]
pub struct PayOrderPart;

/// Records that an order is paid in full.
///
/// # Examples
///
/// ```
/// use crmkit::command::{Command, Loaded};
/// use crmkit::prelude::*;
/// use crmkit::sales::PayOrder;
///
/// let context = Context { actor: None, now: Timestamp::EPOCH, zone: chrono_tz::UTC };
/// let order = Order::draft(Id::NIL, NewOrder::default());
/// let paid_on = Some("1970-01-01".parse()?);
/// let decided = PayOrder { paid_on }.decide(order, &Loaded::default(), &context)?;
/// assert_eq!((decided.subject().payment, decided.subject().paid_on), (Payment::Paid, paid_on));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PayOrder {
    /// The day the money came; without it, today.
    pub paid_on: Option<Date>,
}

macro_rules! fulfilment {
    ($($Command:ident => $event:literal),*) => {$(
        impl Command for $Command {
            type Subject = Order;
            const ACTION: &'static str = $event;

            fn decide(&self, mut order: Order, _: &Loaded, context: &Context) -> Result<Outcome<Order>> {
                order.status = next(&order, Self::ACTION, context)?;
                Ok(Outcome::of(order))
            }
        }
    )*};
}

fulfilment!(
    ConfirmOrder => "confirm",
    PickOrder => "pick",
    PackOrder => "pack",
    ShipOrder => "ship",
    CancelOrder => "cancel"
);

impl Command for PayOrderPart {
    type Subject = Order;
    const ACTION: &'static str = "pay_part";

    fn decide(&self, mut order: Order, _: &Loaded, context: &Context) -> Result<Outcome<Order>> {
        order.payment = next(&order, Self::ACTION, context)?;
        Ok(Outcome::of(order))
    }
}

impl Command for PayOrder {
    type Subject = Order;
    const ACTION: &'static str = "pay";

    fn decide(&self, mut order: Order, _: &Loaded, context: &Context) -> Result<Outcome<Order>> {
        order.payment = next(&order, Self::ACTION, context)?;
        order.paid_on = self.paid_on.or(Some(context.today()));
        Ok(Outcome::of(order))
    }
}

/// The state an event leads to from where the order is.
fn next<S: Choice>(order: &Order, event: &str, context: &Context) -> Result<S>
where
    Order: Machine<S>,
{
    let step = permit::<S, Order>(order, event, context)?;
    Ok(step.to.first().copied().unwrap_or_else(|| order.state()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Id;
    use crate::sales::{NewOrder, OrderStatus, Payment};
    use crate::schema::Entity;
    use crate::value::Timestamp;

    #[test]
    fn every_step_from_every_state_goes_where_the_table_says() {
        use OrderStatus::{Cancelled, Confirmed, Created, Packed, Picking, Shipped};
        use Payment::{Paid, PartlyPaid, Unpaid};
        let context = Context { actor: None, now: Timestamp::EPOCH, zone: chrono_tz::UTC };
        fn after<C: Command<Subject = Order>>(command: C, order: &Order, context: &Context) -> Option<Order> {
            let outcome = command.decide(order.clone(), &Loaded::default(), context).ok();
            outcome.map(|outcome| outcome.subject().clone())
        }
        for status in [Created, Confirmed, Picking, Packed, Shipped, Cancelled] {
            for payment in [Unpaid, PartlyPaid, Paid] {
                let order = Order::draft(Id::NIL, NewOrder { status, payment, ..Default::default() });
                let called_off = matches!(status, Created | Confirmed | Picking | Packed).then_some(Cancelled);
                let payable = |from: &[Payment]| status != Cancelled && from.contains(&payment);
                let status_of = |order: Option<Order>| order.map(|order| (order.status, order.payment));
                let to = |status: Option<OrderStatus>| status.map(|status| (status, payment));
                let with = |payment: Option<Payment>| payment.map(|payment| (status, payment));
                let case = format!("{status:?} {payment:?}");
                assert_eq!(
                    status_of(after(ConfirmOrder, &order, &context)),
                    to((status == Created).then_some(Confirmed)),
                    "{case}"
                );
                assert_eq!(
                    status_of(after(PickOrder, &order, &context)),
                    to((status == Confirmed).then_some(Picking)),
                    "{case}"
                );
                assert_eq!(
                    status_of(after(PackOrder, &order, &context)),
                    to((status == Picking).then_some(Packed)),
                    "{case}"
                );
                assert_eq!(
                    status_of(after(ShipOrder, &order, &context)),
                    to((status == Packed).then_some(Shipped)),
                    "{case}"
                );
                assert_eq!(status_of(after(CancelOrder, &order, &context)), to(called_off), "{case}");
                let part = after(PayOrderPart, &order, &context);
                assert_eq!(status_of(part), with(payable(&[Unpaid]).then_some(PartlyPaid)), "{case}");
                let full = after(PayOrder { paid_on: None }, &order, &context);
                assert_eq!(
                    full.as_ref().map(|order| order.paid_on),
                    payable(&[Unpaid, PartlyPaid]).then_some(Some(context.today())),
                    "{case}"
                );
                assert_eq!(status_of(full), with(payable(&[Unpaid, PartlyPaid]).then_some(Paid)), "{case}");
            }
        }
    }
}
