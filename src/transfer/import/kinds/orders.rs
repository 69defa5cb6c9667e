//! Orders: told apart by number; one column says how far an order has come and how far it is paid.

use super::NUMBER_CHARS;
use crate::error::Result;
use crate::id::Version;
use crate::rules::{Context, Rules};
use crate::sales::{Order, OrderStatus, Payment};
use crate::schema::Choice;
use crate::transfer::import::{ImportField, ImportKind};

pub(super) fn kind() -> ImportKind {
    ImportKind::of::<Order>("orders")
        .fields([
            ImportField::of(Order::number).at_most(NUMBER_CHARS),
            ImportField::of(Order::customer),
            ImportField::of(Order::ordered_at).named("date"),
            ImportField::of(Order::status).read_with(read_status),
            ImportField::of(Order::address),
            ImportField::of(Order::manager),
        ])
        .key(&[&Order::number])
        .finish(finish)
        .build()
}

/// A new order has no lines yet; the amount of one that is there stays.
fn finish(order: Order, context: &Context) -> Result<Order> {
    if order.version == Version::NEW { Order::created(order, context) } else { Ok(order) }
}

/// `paid` is shipped and paid, as in older systems.
fn read_status(code: &str, order: &mut Order) -> Result<(), String> {
    match (Payment::from_code(code), OrderStatus::from_code(code)) {
        (Ok(Payment::Paid), _) => (order.status, order.payment) = (OrderStatus::Shipped, Payment::Paid),
        (Ok(payment), _) => order.payment = payment,
        (_, Ok(status)) => order.status = status,
        (Err(_), Err(error)) => {
            let payments: Vec<&str> = Payment::ALL.iter().map(|payment| payment.code()).collect();
            return Err(format!("{error}, {}", payments.join(", ")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Id;
    use crate::sales::NewOrder;
    use crate::schema::Entity as _;

    #[test]
    fn one_column_says_what_two_fields_hold() {
        use {OrderStatus as S, Payment as P};
        for (code, status, payment) in [
            ("paid", S::Shipped, P::Paid),
            ("unpaid", S::Packed, P::Unpaid),
            ("partly_paid", S::Packed, P::PartlyPaid),
            ("created", S::Created, P::PartlyPaid),
            ("cancelled", S::Cancelled, P::PartlyPaid),
        ] {
            let new = NewOrder { status: S::Packed, payment: P::PartlyPaid, ..NewOrder::default() };
            let mut order = Order::draft(Id::NIL, new);
            read_status(code, &mut order).unwrap();
            assert_eq!((order.status, order.payment), (status, payment), "{code}");
        }
        let error = read_status("Paid", &mut Order::draft(Id::NIL, NewOrder::default())).unwrap_err();
        assert!(error.contains("shipped, cancelled, unpaid, partly_paid, paid"), "{error}");
    }
}
