//! Orders with their lines, and the steps they go through.

use super::Records;
use super::commit::Plan;
use super::decided::Decided;
use super::records::{check_fields, fill_number};
use super::write::command;
use crate::change::Change;
use crate::error::Result;
use crate::id::Id;
use crate::rules::Rules;
use crate::sales::{
    CancelOrder, ConfirmOrder, NewOrder, NewOrderLine, Order, OrderLine, PackOrder, PayOrder, PayOrderPart, PickOrder,
    ShipOrder, with_lines,
};
use crate::schema::Entity;
use crate::value::Date;

impl Records<Order> {
    /// Makes an order with its lines, in one commit. Lines without a number are numbered; the order they name does not
    /// matter.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    /// use crmkit::storage::MemoryStorage;
    ///
    /// # pollster::block_on(async {
    /// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let session = crm.system();
    /// let acme = session.customers().create(NewCustomer::new("Acme")).await?;
    /// let tea = NewProduct { code: "T".into(), name: "Tea".into(), ..Default::default() };
    /// let tea = session.products().create(tea).await?;
    ///
    /// let (quantity, unit_price) = (Quantity::from_raw(100_000)?, Money::from_raw(25_500)?);
    /// let line = NewOrderLine { product: tea.id, quantity, unit_price, ..Default::default() };
    /// let new = NewOrder { customer: acme.id, ..Default::default() };
    /// let order = session.orders().place(new, vec![line]).await?;
    /// assert_eq!(order.amount.to_string(), "25.50");
    ///
    /// let order = session.orders().confirm(order.id).await?;
    /// assert_eq!(order.status, OrderStatus::Confirmed);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create), for the order and for each line; the rights to make both are needed.
    pub async fn place(&self, new: NewOrder, lines: Vec<NewOrderLine>) -> Result<Order> {
        let def = self.def()?;
        let scope = self.session.granted_on(&def, "create").await?.1;
        self.check_new(&def, &new)?;
        let line_records = self.session.order_lines();
        let line_def = line_records.def()?;
        self.session.granted_on(&line_def, "create").await?;
        lines.iter().try_for_each(|line| line_records.check_new(&line_def, line))?;
        let (crm, session) = (&self.session.crm, &self.session);
        let id = crm.new_id(crm.now());
        let ids: Vec<Id<OrderLine>> = lines.iter().map(|_| crm.new_id(crm.now())).collect();
        let mut attempts = session.attempts(command(&def, "place"));
        let done = async {
            loop {
                let context = &session.context(crm.now());
                let order = session.rule(Order::created(Order::draft(id, new.clone()), context))?;
                let numbered_lines = ids.iter().copied().zip(lines.clone()).collect();
                let (order, lines) = session.rule(with_lines(order, numbered_lines, context))?;
                let (mut plan, version) = (Plan::default(), order.version());
                let (placed, decided) = (order.clone().into_record(), Decided::made(order));
                session.place_within(&def, scope, "create", &placed, &mut plan).await?;
                let loaded = session.load_needs(decided.needs, context, &mut plan).await?;
                session.rule(decided.rulings.allowed(&loaded, context))?;
                let mut record = placed.clone();
                if let Some(numbered) = Order::numbered() {
                    fill_number(session, &def, &mut record, numbered, &mut plan, attempts.skip, context).await?;
                }
                check_fields(&def, None, &record)?;
                plan.changes.push(Change::Insert(record.clone()));
                for line in lines {
                    let line = line.into_record();
                    check_fields(&line_def, None, &line)?;
                    plan.changes.push(Change::Insert(line));
                }
                session.keep_up(&mut plan, &def, &*decided.rulings, [None, Some(&placed)], context).await?;
                plan.result = Some((record, version));
                if let Some(done) = attempts.commit(context, plan).await? {
                    return done.into_record(&def);
                }
            }
        };
        let done = done.await;
        session.veiled(&def, attempts.over(done)?)
    }

    /// Confirms an order to the customer.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run); [`Error::State`](crate::Error::State) unless the order is `created`.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// # let acme = crm.system().customers().create(NewCustomer::new("Acme")).await?;
    /// let orders = crm.system().orders();
    /// let order = orders.create(NewOrder { customer: acme.id, ..Default::default() }).await?;
    /// assert_eq!(orders.confirm(order.id).await?.status, OrderStatus::Confirmed);
    /// assert!(orders.confirm(order.id).await.is_err(), "no step is taken twice");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn confirm(&self, id: Id<Order>) -> Result<Order> {
        self.run(id, ConfirmOrder).await
    }

    /// Begins to collect an order.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run); [`Error::State`](crate::Error::State) unless the order is `confirmed`.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// # let acme = crm.system().customers().create(NewCustomer::new("Acme")).await?;
    /// let orders = crm.system().orders();
    /// let order = orders.create(NewOrder { customer: acme.id, ..Default::default() }).await?;
    /// orders.confirm(order.id).await?;
    /// assert_eq!(orders.pick(order.id).await?.status, OrderStatus::Picking);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn pick(&self, id: Id<Order>) -> Result<Order> {
        self.run(id, PickOrder).await
    }

    /// Packs an order.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run); [`Error::State`](crate::Error::State) unless the order is `picking`.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// # let acme = crm.system().customers().create(NewCustomer::new("Acme")).await?;
    /// let orders = crm.system().orders();
    /// let order = orders.create(NewOrder { customer: acme.id, ..Default::default() }).await?;
    /// orders.confirm(order.id).await?;
    /// orders.pick(order.id).await?;
    /// assert_eq!(orders.pack(order.id).await?.status, OrderStatus::Packed);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn pack(&self, id: Id<Order>) -> Result<Order> {
        self.run(id, PackOrder).await
    }

    /// Sends an order off; from then on it counts as the customer having ordered.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run); [`Error::State`](crate::Error::State) unless the order is `packed`.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// # let acme = crm.system().customers().create(NewCustomer::new("Acme")).await?;
    /// let orders = crm.system().orders();
    /// let order = orders.create(NewOrder { customer: acme.id, ..Default::default() }).await?;
    /// assert!(orders.ship(order.id).await.is_err(), "no step is left out");
    /// orders.confirm(order.id).await?;
    /// orders.pick(order.id).await?;
    /// orders.pack(order.id).await?;
    /// assert_eq!(orders.ship(order.id).await?.status, OrderStatus::Shipped);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn ship(&self, id: Id<Order>) -> Result<Order> {
        self.run(id, ShipOrder).await
    }

    /// Calls an order off. If it counted, the customer's last order date goes back to the order before.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run); [`Error::State`](crate::Error::State) unless the order is not yet shipped.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// # let acme = crm.system().customers().create(NewCustomer::new("Acme")).await?;
    /// let orders = crm.system().orders();
    /// let order = orders.create(NewOrder { customer: acme.id, ..Default::default() }).await?;
    /// assert_eq!(orders.cancel(order.id).await?.status, OrderStatus::Cancelled);
    /// assert!(orders.cancel(order.id).await.is_err(), "no step is taken twice");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn cancel(&self, id: Id<Order>) -> Result<Order> {
        self.run(id, CancelOrder).await
    }

    /// Records that an order is paid in part.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run); [`Error::State`](crate::Error::State) unless the order is `unpaid` and not cancelled.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// # let acme = crm.system().customers().create(NewCustomer::new("Acme")).await?;
    /// let orders = crm.system().orders();
    /// let order = orders.create(NewOrder { customer: acme.id, ..Default::default() }).await?;
    /// assert_eq!(orders.pay_part(order.id).await?.payment, Payment::PartlyPaid);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn pay_part(&self, id: Id<Order>) -> Result<Order> {
        self.run(id, PayOrderPart).await
    }

    /// Records that an order is paid in full, on a day or today.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run); [`Error::State`](crate::Error::State) if the order is paid or cancelled.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// # let acme = crm.system().customers().create(NewCustomer::new("Acme")).await?;
    /// let orders = crm.system().orders();
    /// let order = orders.create(NewOrder { customer: acme.id, ..Default::default() }).await?;
    /// let order = orders.pay(order.id, Some("2026-03-31".parse()?)).await?;
    /// assert_eq!((order.payment, order.paid_on), (Payment::Paid, Some("2026-03-31".parse()?)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn pay(&self, id: Id<Order>, paid_on: Option<Date>) -> Result<Order> {
        self.run(id, PayOrder { paid_on }).await
    }
}
