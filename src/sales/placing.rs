//! An order that comes with its lines.

use super::{NewOrderLine, Order, OrderLine};
use crate::error::{Error, Result};
use crate::id::Id;
use crate::problem::FieldProblem;
use crate::rules::{Context, Rules};
use crate::schema::Entity;

/// The lines of an order that is made, and the order with the amount they add up to. A line without a number gets the
/// next one.
///
/// # Errors
///
/// [`Error::Invalid`] if a line does not fit or the amount is out of range.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::sales::with_lines;
///
/// let context = Context { actor: None, now: Timestamp::EPOCH, zone: chrono_tz::UTC };
/// let order = Order { amount: Money::ZERO, ..Order::draft(Id::NIL, NewOrder::default()) };
/// let line = NewOrderLine { quantity: "2".parse()?, unit_price: "12.50".parse()?, ..Default::default() };
/// let (order, lines) = with_lines(order, vec![(Id::NIL, line.clone()), (Id::NIL, line)], &context)?;
/// assert_eq!(order.amount, "50".parse()?);
/// assert_eq!(lines.iter().map(|line| line.line).collect::<Vec<_>>(), [1, 2]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn with_lines(
    mut order: Order,
    lines: Vec<(Id<OrderLine>, NewOrderLine)>,
    context: &Context,
) -> Result<(Order, Vec<OrderLine>)> {
    let mut last: i64 = lines.iter().map(|(_, line)| line.line).max().unwrap_or_default().max(0);
    let mut made = Vec::with_capacity(lines.len());
    for (id, mut line) in lines {
        line.order = order.id;
        if line.line == 0 {
            last = last.saturating_add(1);
            line.line = last;
        }
        let line = OrderLine::created(OrderLine::draft(id, line), context)?;
        order.amount = order.amount.checked_add(line.amount).map_err(|error| {
            let problems = vec![FieldProblem::invalid("amount", error.to_string())];
            Error::Invalid { entity: "order".into(), problems }
        })?;
        made.push(line);
    }
    Ok((order, made))
}
