//! Order lines.

use super::{Order, OrderStatus, Payment, Product};
use crate::change::{Adjust, AdjustKey, Change};
use crate::command::{Loaded, Need};
use crate::customers::Customer;
use crate::error::{Error, Result};
use crate::id::Id;
use crate::problem::FieldProblem;
use crate::rules::{Context, Position, Rules};
use crate::schema::{Entity, EntityFacts, Facts};
use crate::value::{Money, Quantity, Rate};

crate::entity!(
    #[entity("orders_line", "订单明细", "Order line")]
    #[inputs(NewOrderLine, OrderLinePatch)]
    /// One product in an order.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    ///
    /// let new = NewOrderLine {
    ///     quantity: "55.5".parse()?,
    ///     unit_price: "38.50".parse()?,
    ///     discount: Some("0.05".parse()?),
    ///     ..Default::default()
    /// };
    /// let line = OrderLine::draft(Id::NIL, new).priced()?;
    /// assert_eq!(line.amount.to_string(), "2029.9125");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub struct OrderLine {
        /// The order.
        #[label("订单", "Order")]
        pub order: Id<Order>,
        /// The line's number, unique within its order; 0 asks for the next one.
        #[label("行号", "Line")]
        pub line: i64,
        /// What was ordered.
        #[label("产品", "Product")]
        pub product: Id<Product>,
        /// How much, in the unit; a return is negative.
        #[label("数量", "Quantity")]
        pub quantity: Quantity,
        /// What it is counted in.
        #[label("单位", "Unit")]
        pub unit: Option<String>,
        /// The price of one unit.
        #[label("单价", "Unit price")]
        pub unit_price: Money,
        /// The share taken off, between 0 and 1.
        #[label("折扣", "Discount")]
        pub discount: Option<Rate>,
        #[system]
        /// Unit price × quantity × (1 − discount), exact to four decimals (more: half to even).
        #[label("金额", "Amount")]
        pub amount: Money,
    }
);

impl EntityFacts for OrderLine {
    fn facts() -> Facts {
        Facts::default()
            .unique::<Self>(&[&OrderLine::order, &OrderLine::line])
            // Reports that add up the lines of some orders find all they need here.
            .index::<Self>(&[&OrderLine::order, &OrderLine::product, &OrderLine::quantity, &OrderLine::amount])
            .owner(OrderLine::order.to(Order::customer).to(Customer::manager))
    }
}

impl OrderLine {
    /// The line with its amount computed.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if the discount is not between 0 and 1 or the amount is out of range.
    pub fn priced(mut self) -> Result<Self> {
        let invalid = |field: &'static str, sentence: String| {
            let problems = vec![FieldProblem::invalid(field, sentence)];
            Error::Invalid { entity: "order_line".into(), problems }
        };
        let discount = self.discount.unwrap_or(Rate::ZERO);
        if discount < Rate::ZERO || discount > Rate::ONE {
            return Err(invalid("discount", format!("{discount} is not between 0 and 1")));
        }
        if self.unit_price == Money::MISSING || self.quantity == Quantity::MISSING {
            // The missing field itself is reported when the record is stored.
            self.amount = Money::ZERO;
            return Ok(self);
        }
        let amount = Money::line_amount(self.unit_price, self.quantity, discount);
        self.amount = amount.map_err(|error| invalid("amount", error.to_string()))?;
        Ok(self)
    }
}

impl Rules for OrderLine {
    fn created(draft: Self, _: &Context) -> Result<Self> {
        draft.priced()
    }

    fn edited(_: &Self, after: Self, _: &Context) -> Result<Self> {
        after.priced()
    }

    fn position() -> Option<Position> {
        let (field, within) = (OrderLine::line.name().into(), OrderLine::order.name().into());
        Some(Position { field, within })
    }

    fn relies_on(&self) -> Vec<Need> {
        vec![Need::record(self.order)]
    }

    /// A person leaves the lines of an order alone once it is called off or paid.
    fn allowed(before: Option<&Self>, after: Option<&Self>, loaded: &Loaded, context: &Context) -> Result<()> {
        if context.actor.is_none() {
            return Ok(());
        }
        for line in before.into_iter().chain(after).filter(|line| !line.order.raw().is_nil()) {
            let order: Order = loaded.get(line.order)?;
            let (is, done) = match (order.status, order.payment) {
                (OrderStatus::Cancelled, _) => ("cancelled", "called off"),
                (_, Payment::Paid) => ("paid", "paid"),
                _ => continue,
            };
            return Err(order.refused(format!("is `{is}`; its lines can be changed only before it is {done}")));
        }
        Ok(())
    }

    /// The order's amount is the sum of its lines.
    fn sums(before: Option<&Self>, after: Option<&Self>) -> Vec<Change> {
        let add = |line: &Self, amount: i64| {
            Change::Adjust(Adjust {
                entity: Order::NAME.into(),
                key: AdjustKey::Id(line.order.raw()),
                if_absent: None,
                add: vec![(Order::amount.name().into(), amount)],
                require: Vec::new(),
                slot: None,
            })
        };
        match (before, after) {
            (Some(before), Some(after)) if before.order == after.order => {
                // The difference of two amounts in range may itself be out of range, so it is added in two steps.
                let changed = before.amount != after.amount;
                let steps = [add(before, -before.amount.raw()), add(after, after.amount.raw())];
                if changed { steps.into() } else { Vec::new() }
            }
            (before, after) => {
                let taken = before.map(|line| add(line, -line.amount.raw()));
                taken.into_iter().chain(after.map(|line| add(line, line.amount.raw()))).collect()
            }
        }
    }
}
