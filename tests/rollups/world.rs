//! Random deeds on a small company.

use std::sync::Arc;

use crmkit::customers::{LostCustomer, LostScanOptions};
use crmkit::organisation::{NewOrganisation, OrganisationPatch};
use crmkit::prelude::*;
use crmkit::sales::OrderLinePatch;
use crmkit::service::{NewServiceRequest, ServiceRequest};
use crmkit::session::TrailOptions;
use crmkit::storage::Storage;
use crmkit::transfer::{ImportKind, ImportOptions, ImportOutput};

/// Numbers that look random and are the same each time.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % most
    }

    pub(crate) fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }
}

pub(crate) struct World {
    pub(crate) crm: Crm,
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) users: Vec<Id<User>>,
    pub(crate) customers: Vec<Id<Customer>>,
    pub(crate) products: Vec<Id<Product>>,
    pub(crate) orders: Vec<Id<Order>>,
    pub(crate) lines: Vec<Id<OrderLine>>,
    pub(crate) services: Vec<Id<ServiceRequest>>,
    pub(crate) imported: usize,
    pub(crate) imported_rows: u64,
}

/// Moments at the edges of years and days, in several zones.
const MOMENTS: [&str; 7] = [
    "2019-12-31T15:59:59.999999Z",
    "2019-12-31T16:00:00Z",
    "2020-01-01T04:59:00Z",
    "2020-02-29T12:00:00Z",
    "2020-06-30T20:00:00Z",
    "2020-12-31T23:59:59Z",
    "2021-01-01T05:00:00Z",
];

fn rating(dice: &mut Dice) -> Option<Rating> {
    dice.pick(&[None, Some(Rating::One), Some(Rating::Three), Some(Rating::Five)])
}

fn region(dice: &mut Dice) -> Option<String> {
    dice.pick(&[None, Some("1"), Some("2")]).map(ToOwned::to_owned)
}

impl World {
    pub(crate) async fn new(storage: Arc<dyn Storage>) -> Self {
        let organisation = NewOrganisation { time_zone: "Asia/Shanghai".into(), ..NewOrganisation::main() };
        let crm = Crm::builder(Arc::clone(&storage)).organisation(organisation).open().await.unwrap();
        let system = crm.system();
        let role = system.roles().named("account_manager").await.unwrap();
        let mut users = Vec::new();
        for login in ["li", "wang"] {
            users.push(system.users().create(NewUser::new(login, role.id)).await.unwrap().id);
        }
        let (mut customers, mut products) = (Vec::new(), Vec::new());
        for name in ["Acme", "Beta", "Gamma"] {
            customers.push(system.customers().create(NewCustomer::new(name)).await.unwrap().id);
        }
        for code in ["T", "K"] {
            let new = NewProduct { code: code.into(), name: code.into(), ..Default::default() };
            products.push(system.products().create(new).await.unwrap().id);
        }
        let (orders, lines, services) = (Vec::new(), Vec::new(), Vec::new());
        Self { crm, storage, users, customers, products, orders, lines, services, imported: 0, imported_rows: 0 }
    }

    /// Nobody yet, on a store.
    pub(crate) fn empty(crm: &Crm, storage: &Arc<dyn Storage>) -> Self {
        Self {
            crm: crm.clone(),
            storage: Arc::clone(storage),
            users: Vec::new(),
            customers: Vec::new(),
            products: Vec::new(),
            orders: Vec::new(),
            lines: Vec::new(),
            services: Vec::new(),
            imported: 0,
            imported_rows: 0,
        }
    }

    pub(crate) fn new_line(&self, dice: &mut Dice) -> NewOrderLine {
        let quantity = Quantity::from_raw(10_000 * (1 + dice.below(5) as i64)).unwrap();
        let unit_price = Money::from_raw(100 * dice.below(1_000_000) as i64).unwrap();
        NewOrderLine { product: dice.pick(&self.products), quantity, unit_price, ..Default::default() }
    }

    pub(crate) fn new_order(&self, dice: &mut Dice) -> NewOrder {
        let ordered_at = dice.pick(&MOMENTS).parse().unwrap();
        let payment = dice.pick(&[Payment::Unpaid, Payment::Paid]);
        NewOrder { customer: dice.pick(&self.customers), ordered_at, payment, ..Default::default() }
    }

    /// Something on orders, by any session; whether it is refused does not matter.
    pub(crate) async fn order_deed(&mut self, session: &Session, dice: &mut Dice) -> Result<(), Error> {
        if self.orders.is_empty() || dice.below(4) == 0 {
            let (new, lines) = (self.new_order(dice), (0..dice.below(3)).map(|_| self.new_line(dice)).collect());
            self.orders.push(session.orders().place(new, lines).await?.id);
            return Ok(());
        }
        let (orders, id) = (session.orders(), dice.pick(&self.orders));
        match dice.below(10) {
            0 => drop(orders.confirm(id).await?),
            1 => drop(orders.pick(id).await?),
            2 => drop(orders.cancel(id).await?),
            3 | 4 => drop(orders.pay(id, None).await?),
            5 => {
                let patch = OrderPatch {
                    ordered_at: dice.pick(&MOMENTS).parse::<Timestamp>().unwrap().into(),
                    customer: dice.pick(&self.customers).into(),
                    ..Default::default()
                };
                orders.edit(id, patch).await?;
            }
            6 => orders.delete(id).await?,
            7 if !self.lines.is_empty() => {
                let line = dice.pick(&self.lines);
                if dice.below(2) == 0 {
                    session.order_lines().delete(line).await?;
                } else {
                    let unit_price = Money::from_raw(dice.below(9_000_000) as i64).unwrap();
                    let patch = OrderLinePatch { unit_price: unit_price.into(), ..Default::default() };
                    session.order_lines().edit(line, patch).await?;
                }
            }
            _ => {
                let new = NewOrderLine { order: id, ..self.new_line(dice) };
                self.lines.push(session.order_lines().create(new).await?.id);
            }
        }
        Ok(())
    }

    async fn customer_deed(&mut self, session: &Session, dice: &mut Dice) -> Result<(), Error> {
        let id = dice.pick(&self.customers);
        match dice.below(6) {
            0 => {
                let new = NewCustomer { level: rating(dice), region: region(dice), ..NewCustomer::new("Delta") };
                self.customers.push(session.customers().create(new).await?.id);
            }
            1 => session.customers().delete(id).await?,
            2 => {
                let as_of = "2023-01-01".parse().ok();
                session.lost_scan(&LostScanOptions { as_of, ..Default::default() }).await?;
                let records = session.of::<LostCustomer>();
                for lost in records.list(Query::of::<LostCustomer>()).await?.items {
                    let _ = records.defer(lost.id, "call").await;
                    if dice.below(2) == 0 {
                        let _ = records.confirm(lost.id, dice.pick(&["price", "moved"])).await;
                    }
                }
            }
            _ => {
                let manager = dice.pick(&[None, Some(self.users[0]), self.users.last().copied()]);
                let patch = CustomerPatch {
                    level: rating(dice).into(),
                    credit: rating(dice).into(),
                    satisfaction: rating(dice).into(),
                    region: region(dice).into(),
                    manager: manager.into(),
                    ..Default::default()
                };
                session.customers().edit(id, patch).await?;
            }
        }
        Ok(())
    }

    async fn service_deed(&mut self, session: &Session, dice: &mut Dice) -> Result<(), Error> {
        if self.services.is_empty() || dice.below(3) == 0 {
            let new = NewServiceRequest::new(dice.pick(&["1", "2"]), "t", dice.pick(&self.customers), "r");
            self.services.push(session.of::<ServiceRequest>().create(new).await?.id);
            return Ok(());
        }
        let (services, id) = (session.of::<ServiceRequest>(), dice.pick(&self.services));
        match dice.below(4) {
            0 => drop(services.assign(id, self.users[0]).await?),
            1 => drop(services.handle(id, "done").await?),
            2 => drop(services.feedback(id, "good", Rating::Three).await?),
            _ => services.delete(id).await?,
        }
        Ok(())
    }

    /// Takes back something that was done to some record.
    async fn undo(&self, session: &Session, dice: &mut Dice) -> Result<(), Error> {
        let trail = match dice.below(3) {
            0 if !self.orders.is_empty() => {
                session.orders().history(dice.pick(&self.orders), &TrailOptions::default()).await?
            }
            1 if !self.services.is_empty() => {
                let id = dice.pick(&self.services);
                session.of::<ServiceRequest>().history(id, &TrailOptions::default()).await?
            }
            _ => session.customers().history(dice.pick(&self.customers), &TrailOptions::default()).await?,
        };
        if let Some(entry) = trail.entries.first() {
            session.undo(entry.set).await?;
        }
        Ok(())
    }

    async fn import(&mut self, session: &Session, dice: &mut Dice) {
        self.imported += 1;
        let mut orders = String::from("number,customer,date,status\n");
        let mut lines = String::from("order,product,quantity,unit_price\n");
        for place in 0..3 + dice.below(3) {
            let number = format!("I{}-{place}", self.imported);
            let (customer, at) = (dice.pick(&["Acme", "Beta", "Gamma"]), dice.pick(&MOMENTS));
            orders.push_str(&format!("{number},{customer},{at},{}\n", dice.pick(&["paid", "created", "shipped"])));
            for product in ["T", "K"] {
                lines.push_str(&format!("{number},{product},2,{}.50\n", dice.below(500)));
            }
        }
        for (kind, text) in [("orders", orders), ("order_lines", lines)] {
            let options = ImportOptions::new(ImportKind::named(kind).unwrap());
            let input = std::io::Cursor::new(text.into_bytes());
            if let Ok(report) = session.import(&options, input, ImportOutput::default()).await {
                self.imported_rows += report.progress.imported;
            }
        }
    }

    /// One deed.
    pub(crate) async fn deed(&mut self, dice: &mut Dice) -> Result<(), Error> {
        let session = self.crm.system();
        match dice.below(20) {
            0..=8 => self.order_deed(&session, dice).await,
            9..=11 => self.customer_deed(&session, dice).await,
            12..=14 => self.service_deed(&session, dice).await,
            15 | 16 => self.undo(&session, dice).await,
            17 => {
                let unit = session.unit_of_work();
                let known = (self.orders.len(), self.lines.len(), self.customers.len());
                for _ in 0..3 {
                    let _ = match dice.below(3) {
                        0 => self.customer_deed(&unit, dice).await,
                        _ => self.order_deed(&unit, dice).await,
                    };
                }
                let done = if dice.below(5) == 0 { Ok(()) } else { unit.commit().await.map(drop) };
                if done.is_err() {
                    self.orders.truncate(known.0);
                    self.lines.truncate(known.1);
                    self.customers.truncate(known.2);
                }
                done
            }
            18 => {
                self.import(&session, dice).await;
                Ok(())
            }
            _ => {
                let zone = dice.pick(&["Asia/Shanghai", "UTC", "America/New_York"]);
                let id = self.crm.organisation().id;
                let patch = OrganisationPatch { time_zone: zone.to_owned().into(), ..Default::default() };
                session.organisation().edit(id, patch).await?;
                session.rebuild_rollups().await.map(drop)
            }
        }
    }
}
