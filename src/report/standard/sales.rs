//! What the reports on orders share: which orders count.

use serde_json::Value as Json;

use super::super::error::Result;
use super::super::options::{OptionDef, Options};
use crate::query::Filter;
use crate::sales::{Order, OrderStatus, Payment};
use crate::value::Value;

pub(super) const YEAR: OptionDef = OptionDef::new("year", "YYYY", "日历年", "a calendar year");
pub(super) const FROM: OptionDef = OptionDef::new("from", "YYYY-MM-DD", "起始日", "the first day");
pub(super) const TO: OptionDef = OptionDef::new("to", "YYYY-MM-DD", "截止日（含）", "the last day, inclusive");
pub(super) const STATUS: OptionDef = OptionDef::new(
    "status",
    "a,b",
    "订单状态，默认 paid；all 为除已取消外的全部",
    "which orders: statuses or payments, default paid; all is every one but cancelled",
);
pub(super) const AS_OF: OptionDef =
    OptionDef::new("as-of", "YYYY-MM-DD", "截至日，默认今天", "as of this day, default today");

/// The states of which an order must be in one to be counted. `paid` and the other payments leave cancelled orders out.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::report::OrderStates;
///
/// assert_eq!(OrderStates::default().filter(), Order::paid());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderStates(Vec<State>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    All,
    Payment(Payment),
    Status(OrderStatus),
}

const STATES: &[(&str, State)] = &[
    ("paid", State::Payment(Payment::Paid)),
    ("partly_paid", State::Payment(Payment::PartlyPaid)),
    ("unpaid", State::Payment(Payment::Unpaid)),
    ("created", State::Status(OrderStatus::Created)),
    ("confirmed", State::Status(OrderStatus::Confirmed)),
    ("picking", State::Status(OrderStatus::Picking)),
    ("packed", State::Status(OrderStatus::Packed)),
    ("shipped", State::Status(OrderStatus::Shipped)),
    ("cancelled", State::Status(OrderStatus::Cancelled)),
    ("all", State::All),
];

impl State {
    fn filter(self) -> Filter {
        let open = Order::status.ne(OrderStatus::Cancelled);
        match self {
            Self::All => open,
            Self::Payment(payment) => open.and(Order::payment.eq(payment)),
            Self::Status(status) => Order::status.eq(status),
        }
    }

    const fn code(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Payment(Payment::Unpaid) => "unpaid",
            Self::Payment(Payment::PartlyPaid) => "partly_paid",
            Self::Payment(Payment::Paid) => "paid",
            Self::Status(OrderStatus::Created) => "created",
            Self::Status(OrderStatus::Confirmed) => "confirmed",
            Self::Status(OrderStatus::Picking) => "picking",
            Self::Status(OrderStatus::Packed) => "packed",
            Self::Status(OrderStatus::Shipped) => "shipped",
            Self::Status(OrderStatus::Cancelled) => "cancelled",
        }
    }
}

impl Default for OrderStates {
    /// Paid in full and not called off.
    fn default() -> Self {
        Self::paid()
    }
}

impl OrderStates {
    /// Paid in full and not called off.
    #[must_use]
    pub fn paid() -> Self {
        Self(vec![State::Payment(Payment::Paid)])
    }

    /// Every order that is not called off.
    #[must_use]
    pub fn all() -> Self {
        Self(vec![State::All])
    }

    /// These fulfilment statuses, whatever is paid.
    #[must_use]
    pub fn statuses(statuses: impl IntoIterator<Item = OrderStatus>) -> Self {
        Self::new(statuses.into_iter().map(State::Status).collect())
    }

    /// The orders in one of these states.
    #[must_use]
    pub fn filter(&self) -> Filter {
        match self.0.as_slice() {
            [state] => state.filter(),
            states => Filter::Or(states.iter().map(|state| state.filter()).collect()),
        }
    }

    pub(super) fn parse(options: &Options) -> Result<Self> {
        Ok(options.several("status", STATES)?.map_or_else(Self::default, Self::new))
    }

    /// The states as a list of codes, in one order whatever order they were given in.
    pub(super) fn value(&self) -> Value {
        Value::Json(Json::Array(self.0.iter().map(|state| Json::from(state.code())).collect()))
    }

    fn new(mut states: Vec<State>) -> Self {
        states.sort_unstable();
        states.dedup();
        Self(states)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Choice;

    #[test]
    fn every_status_and_payment_can_be_asked_for() {
        let codes =
            OrderStatus::ALL.iter().map(|status| status.code()).chain(Payment::ALL.iter().map(|paid| paid.code()));
        for code in codes.chain(["all"]) {
            let states = OrderStates::parse(&Options::new("r", &[STATUS], [("status", code)]).unwrap()).unwrap();
            assert_eq!(states.value().to_string(), format!("[\"{code}\"]"));
        }
    }

    #[test]
    fn the_order_given_does_not_matter() {
        let read = |text| OrderStates::parse(&Options::new("r", &[STATUS], [("status", text)]).unwrap()).unwrap();
        assert_eq!(read("shipped,paid, shipped"), read("paid,shipped"));
        assert_eq!(read("shipped,paid").value().to_string(), "[\"paid\",\"shipped\"]");
    }
}
