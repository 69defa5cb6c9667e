//! Orders.

use super::{CancelOrder, ConfirmOrder, PackOrder, PayOrder, PayOrderPart, PickOrder, ShipOrder};
use crate::access::User;
use crate::change::Change;
use crate::command::{Commands, Loaded, Need};
use crate::customers::{Customer, LostCustomer};
use crate::error::{Error, Result};
use crate::id::Id;
use crate::machine::{About, Condition, Machine, Step, events, permitted};
use crate::query::{Filter, Period};
use crate::rollup::Rollup;
use crate::rules::{Context, Latest, Numbered, Rules};
use crate::schema::{Choice, EntityFacts, Facts};
use crate::value::{Date, Money, Timestamp};

crate::choice!(
    /// How far an order has come.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    /// use crmkit::schema::Lang;
    ///
    /// assert_eq!(OrderStatus::Picking.code(), "picking");
    /// assert_eq!(OrderStatus::from_code("picking"), Ok(OrderStatus::Picking));
    /// assert_eq!(OrderStatus::definition().label("picking", Lang::Zh), "拣货中");
    /// ```
    pub enum OrderStatus {
        /// Entered.
        #[code("created", "新创建", "Created")]
        #[legacy(1)]
        Created,
        /// Confirmed to the customer.
        #[code("confirmed", "已确认", "Confirmed")]
        #[legacy(2)]
        Confirmed,
        /// Being collected.
        #[code("picking", "拣货中", "Picking")]
        #[legacy(3)]
        Picking,
        /// Packed.
        #[code("packed", "已包装", "Packed")]
        #[legacy(4)]
        Packed,
        /// On its way or delivered.
        #[code("shipped", "已发货", "Shipped")]
        #[legacy(5)]
        Shipped,
        /// Called off.
        #[code("cancelled", "已取消", "Cancelled")]
        Cancelled,
    }
);

crate::choice!(
    /// How far an order is paid.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    /// use crmkit::schema::Lang;
    ///
    /// assert_eq!(Payment::PartlyPaid.code(), "partly_paid");
    /// assert_eq!(Payment::from_code("partly_paid"), Ok(Payment::PartlyPaid));
    /// assert_eq!(Payment::definition().label("partly_paid", Lang::Zh), "部分付款");
    /// ```
    pub enum Payment {
        /// Nothing yet.
        #[code("unpaid", "未付款", "Unpaid")]
        Unpaid,
        /// A part.
        #[code("partly_paid", "部分付款", "Partly paid")]
        PartlyPaid,
        /// All of it.
        #[code("paid", "已回款", "Paid")]
        Paid,
    }
);

crate::entity!(
    #[entity("orders", "订单", "Order")]
    #[inputs(NewOrder, OrderPatch)]
    /// What a customer ordered at one time.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let acme = crm.system().customers().create(NewCustomer::new("Acme")).await?;
    /// let new = NewOrder { customer: acme.id, payment: Payment::Paid, ..Default::default() };
    /// let order = crm.system().orders().create(new).await?;
    /// assert!(order.is_counted());
    /// assert_eq!(crm.system().orders().count(Order::paid().and(Order::customer.eq(acme.id))).await?, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub struct Order {
        /// The number people see; without one the next of the series is taken.
        #[label("订单编号", "Order no.")]
        pub number: String,
        /// Who ordered.
        #[label("客户", "Customer")]
        pub customer: Id<Customer>,
        /// When; without it, now.
        #[label("下单时间", "Ordered at")]
        pub ordered_at: Timestamp,
        /// Who sold; without it nobody in particular.
        #[label("销售", "Sold by")]
        pub manager: Option<Id<User>>,
        /// Where it goes.
        #[label("送货地址", "Address")]
        pub address: Option<String>,
        /// How far it has come.
        #[label("状态", "Status")]
        pub status: OrderStatus,
        /// How far it is paid.
        #[label("付款", "Payment")]
        pub payment: Payment,
        /// The day it was paid in full.
        #[label("回款日期", "Paid on")]
        pub paid_on: Option<Date>,
        #[system]
        /// The sum of its lines.
        #[label("金额", "Amount")]
        pub amount: Money,
    }
);

impl EntityFacts for Order {
    fn facts() -> Facts {
        Facts::default()
            .unique::<Self>(&[&Order::number])
            .index::<Self>(&[&Order::customer, &Order::ordered_at])
            // Reports on revenue find all they need here.
            .index::<Self>(&[&Order::ordered_at, &Order::payment, &Order::status, &Order::customer, &Order::amount])
            .owner(Order::customer.to(Customer::manager))
            .natural::<Self>(&[&Order::number])
            .searched::<Self>(&[&Order::number, &Order::address])
            .rollup(
                Rollup::new("orders_by_year")
                    .period::<Self>(&Order::ordered_at, Period::Year)
                    .key::<Self>(&Order::status)
                    .key::<Self>(&Order::payment)
                    .sum::<Self>(&Order::amount)
                    .shards(8),
            )
            .rollup(
                Rollup::new("paid_by_customer")
                    .filter(Self::paid())
                    .key::<Self>(&Order::customer)
                    .sum::<Self>(&Order::amount)
                    .index::<Self>(&[&Order::amount]),
            )
            .rollup(
                Rollup::new("paid_by_customer_and_year")
                    .filter(Self::paid())
                    .key::<Self>(&Order::customer)
                    .period::<Self>(&Order::ordered_at, Period::Year)
                    .sum::<Self>(&Order::amount)
                    .index::<Self>(&[&Order::ordered_at, &Order::amount]),
            )
            .rollup(
                Rollup::new("orders_by_day")
                    .period::<Self>(&Order::ordered_at, Period::Day)
                    .key::<Self>(&Order::status)
                    .key::<Self>(&Order::payment)
                    .sum::<Self>(&Order::amount)
                    .shards(4),
            )
            .actions(&["confirm", "pick", "pack", "ship", "cancel", "pay_part", "pay"])
    }
}

impl Order {
    /// Orders that count as the customer having ordered: shipped or paid, and not called off.
    #[must_use]
    pub fn counts() -> Filter {
        let done = Order::status.eq(OrderStatus::Shipped).or(Order::payment.eq(Payment::Paid));
        Order::status.ne(OrderStatus::Cancelled).and(done)
    }

    /// Orders that are paid in full and not called off.
    #[must_use]
    pub fn paid() -> Filter {
        Order::status.ne(OrderStatus::Cancelled).and(Order::payment.eq(Payment::Paid))
    }

    /// Whether this order counts as the customer having ordered; see [`Order::counts`].
    #[must_use]
    pub fn is_counted(&self) -> bool {
        self.status != OrderStatus::Cancelled && (self.status == OrderStatus::Shipped || self.payment == Payment::Paid)
    }
}

impl Order {
    pub(super) fn refused(&self, problem: String) -> Error {
        Error::State { entity: "order".into(), id: self.id.raw(), problem }
    }
}

/// Refused unless the table has a step from the state an order is in to another.
fn require_step<S: Choice>(before: &Order, after: S) -> Result<()>
where
    Order: Machine<S>,
{
    let from = before.state();
    let leads = |step: &Step<S>| step.from.contains(&from) && step.to.contains(&after);
    if from == after || <Order as Machine<S>>::STEPS.iter().any(leads) {
        return Ok(());
    }
    let next: Vec<String> = events::<S, Order>(before).map(|event| format!("`{event}`")).collect();
    let next = if next.is_empty() { "nothing".to_owned() } else { next.join(" or ") };
    Err(before.refused(format!(
        "is `{}` and can't become `{}`; from there {next} is possible",
        from.code(),
        after.code()
    )))
}

impl Machine<OrderStatus> for Order {
    const STEPS: &'static [Step<OrderStatus>] = {
        use OrderStatus::{Cancelled, Confirmed, Created, Packed, Picking, Shipped};
        &[
            Step { from: &[Created], event: "confirm", to: &[Confirmed] },
            Step { from: &[Confirmed], event: "pick", to: &[Picking] },
            Step { from: &[Picking], event: "pack", to: &[Packed] },
            Step { from: &[Packed], event: "ship", to: &[Shipped] },
            Step { from: &[Created, Confirmed, Picking, Packed], event: "cancel", to: &[Cancelled] },
        ]
    };

    fn state(&self) -> OrderStatus {
        self.status
    }
}

impl Machine<Payment> for Order {
    const STEPS: &'static [Step<Payment>] = {
        use Payment::{Paid, PartlyPaid, Unpaid};
        &[
            Step { from: &[Unpaid], event: "pay_part", to: &[PartlyPaid] },
            Step { from: &[Unpaid, PartlyPaid], event: "pay", to: &[Paid] },
        ]
    };

    const CONDITIONS: &'static [Condition<Self>] = &[Condition {
        events: &["pay_part", "pay"],
        met: |order, _| order.status != OrderStatus::Cancelled,
        about: About::Record,
        rule: "is `cancelled`; only an order that is not can be paid",
    }];

    fn state(&self) -> Payment {
        self.payment
    }
}

impl Rules for Order {
    fn created(mut draft: Self, context: &Context) -> Result<Self> {
        if draft.ordered_at == Timestamp::MISSING {
            draft.ordered_at = context.now;
        }
        draft.amount = Money::ZERO;
        Ok(draft)
    }

    /// A person changes the states step by step; the system also says what another sales system says.
    fn edited(before: &Self, mut after: Self, context: &Context) -> Result<Self> {
        if context.actor.is_some() {
            if before.status == OrderStatus::Cancelled {
                return Err(before.refused("is `cancelled`; only an order that is not can be changed".to_owned()));
            }
            require_step::<OrderStatus>(before, after.status)?;
            require_step::<Payment>(before, after.payment)?;
        }
        if after.payment == Payment::Paid && before.payment != Payment::Paid {
            after.paid_on = after.paid_on.or(Some(context.today()));
        }
        Ok(after)
    }

    fn commands() -> Commands<Self> {
        Commands::default()
            .with::<ConfirmOrder>()
            .with::<PickOrder>()
            .with::<PackOrder>()
            .with::<ShipOrder>()
            .with::<CancelOrder>()
            .with::<PayOrderPart>()
            .with::<PayOrder>()
    }

    fn events(&self, context: &Context) -> Vec<&'static str> {
        let editable = (self.status != OrderStatus::Cancelled || context.actor.is_none()).then_some("edit");
        let steps = permitted::<OrderStatus, _>(self, context).chain(permitted::<Payment, _>(self, context));
        editable.into_iter().chain(["delete"]).chain(steps).collect()
    }

    fn numbered() -> Option<Numbered> {
        Some(Numbered { field: Order::number.name().into(), series: "order".into() })
    }

    /// An order that begins to count ends the silence of its customer.
    fn touches(before: Option<&Self>, after: Option<&Self>) -> Vec<Need> {
        let begins = counting_anew(before, after);
        let silence = |order: &Self| LostCustomer::customer.eq(order.customer).and(LostCustomer::open());
        begins.map(|order| Need::matching::<LostCustomer>(silence(order))).into_iter().collect()
    }

    fn follows(before: Option<&Self>, after: Option<&Self>, loaded: &Loaded, context: &Context) -> Result<Vec<Change>> {
        let Some(order) = counting_anew(before, after) else { return Ok(Vec::new()) };
        let day = order.ordered_at.local_date(context.zone);
        let open = loaded.all::<LostCustomer>()?;
        Ok(open.iter().filter_map(|lost| lost.resolution(day, context.now)).collect())
    }

    /// A customer's last order date is the day of his latest order that counts.
    fn latest() -> Option<Latest> {
        Some(Latest {
            by: Order::customer.name().into(),
            of: Order::ordered_at.name().into(),
            when: Order::counts(),
            field: Customer::last_order_on.name().into(),
        })
    }
}

/// The order after a change that makes it count, for another customer or on another day than before.
fn counting_anew<'a>(before: Option<&Order>, after: Option<&'a Order>) -> Option<&'a Order> {
    let same = |before: &Order, after: &Order| {
        before.is_counted() && before.customer == after.customer && before.ordered_at == after.ordered_at
    };
    after.filter(|after| after.is_counted() && !before.is_some_and(|before| same(before, after)))
}
