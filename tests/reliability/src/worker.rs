//! A process that works: random commands of several modules, each told of in the ledger.

use std::io::Write;
use std::time::{Duration, Instant};

use crmkit::clock::{Clock, SystemClock};
use crmkit::customers::NewActivity;
use crmkit::dictionary::REGION;
use crmkit::id::Version;
use crmkit::marketing::{NewOpportunity, Opportunity};
use crmkit::prelude::*;
use crmkit::sales::{StockItem, StockItemPatch};
use crmkit::service::{NewServiceRequest, ServiceRequest};
use crmkit::storage::StorageErrorKind;

use crate::ledger::{Ledger, Left, Line};
use crate::place::Place;
use crate::{Failure, Outcome};

/// How many products lie in stock, from which goods are moved to others.
pub const SHELVES: usize = 16;
/// How much of each there is in the beginning.
pub const FILLED: i64 = 1_000;
/// The title of the activity that says what was moved.
pub const MOVED: &str = "moved";
/// The value of the dictionary by which the end is told.
pub const THE_END: &str = "the end";

/// What a worker is to do.
#[derive(Debug, Clone)]
pub struct Work {
    /// Where.
    pub place: Place,
    /// Which of the workers it is.
    pub number: usize,
    /// Where its random numbers begin.
    pub seed: u64,
    /// How many commands.
    pub commands: u64,
    /// Whether it waits in the end until it sees what is changed then.
    pub converge: bool,
}

/// Sets up what workers need: a user for each, and goods to move.
///
/// # Errors
///
/// If the store can't be set up.
pub async fn set_up(crm: &Crm, workers: usize) -> Outcome<()> {
    let system = crm.system();
    let role = system.roles().named("account_manager").await?;
    for number in 0..workers {
        let user = system.users().create(NewUser::new(login(number), role.id)).await?;
        // What is moved is told of with a customer.
        let new = NewCustomer { manager: Some(user.id), ..NewCustomer::new(login(number)) };
        system.customers().create(new).await?;
    }
    for shelf in 0..SHELVES {
        let new = NewProduct { code: format!("P{shelf}"), name: format!("Product {shelf}"), ..Default::default() };
        let product = system.products().create(new).await?.id;
        let count = Quantity::from_whole(FILLED)?;
        let new = NewStockItem { product, warehouse: "W".into(), count, ..Default::default() };
        system.stock().create(new).await?;
    }
    Ok(())
}

/// The login of a worker's user.
#[must_use]
pub fn login(number: usize) -> String {
    format!("worker-{number}")
}

/// Works, and says so.
///
/// # Errors
///
/// If the store can't be opened at all, or nobody reads the ledger.
pub async fn work<W: Write>(work: &Work, ledger: &Ledger<W>) -> Outcome<()> {
    let worker = Worker::begin(work).await?;
    ledger.say(&Line::Ready)?;
    let mut worker = worker;
    for number in 0..work.commands {
        ledger.say(&Line::Try(number))?;
        let line = match worker.command().await {
            Ok(left) => Line::Done(number, left),
            Err(Trouble::Refused) => Line::Refused(number),
            Err(Trouble::Unreachable(why, _)) => {
                tokio::time::sleep(Duration::from_millis(worker.random.u64(20..120))).await;
                Line::Unknown(number, why)
            }
            Err(Trouble::Fault(why, code)) => Line::Fault(number, format!("{why} ({code})")),
        };
        ledger.say(&line)?;
    }
    ledger.say(&Line::Finished)?;
    if work.converge {
        let waited = worker.converge().await?;
        ledger.say(&Line::Converged(u64::try_from(waited.as_millis())?))?;
    }
    worker.crm.close().await?;
    Ok(())
}

/// Why a command was not acknowledged.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// Somebody else was first.
    Refused,
    /// The store did not answer, or nobody knows what came of it; and the error's code.
    Unreachable(String, &'static str),
    /// Anything else, and the error's code.
    Fault(String, &'static str),
}

impl Trouble {
    /// The code of the error.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::Refused => "conflict",
            Self::Unreachable(_, code) | Self::Fault(_, code) => code,
        }
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        if matches!(error, Error::Conflict { .. }) {
            return Self::Refused;
        }
        match &error {
            Error::Storage(storage) if storage.is_retryable() || storage.kind() == StorageErrorKind::UnknownOutcome => {
                Self::Unreachable(error.to_string(), error.code())
            }
            _ => Self::Fault(error.to_string(), error.code()),
        }
    }
}

/// Who gives the commands, and what he knows of.
pub(crate) struct Worker {
    crm: Crm,
    /// The user's own session.
    own: Session,
    user: Id<User>,
    random: fastrand::Rng,
    book: Id<Customer>,
    shelves: Vec<Id<StockItem>>,
    product: Id<Product>,
    customers: Vec<Id<Customer>>,
    orders: Vec<Id<Order>>,
    chances: Vec<Id<Opportunity>>,
    requests: Vec<Id<ServiceRequest>>,
    made: u64,
}

impl Worker {
    /// Opens the place; tries for a while if it can't be reached.
    pub(crate) async fn begin(work: &Work) -> Outcome<Self> {
        let crm = patiently(|| work.place.crm()).await?;
        let system = crm.system();
        let begun = patiently(|| async {
            let user = system.users().named(&login(work.number)).await?.id;
            let customers = system.customers();
            let book = customers.list(Query::of::<Customer>().filter(Customer::name.eq(login(work.number))));
            let book = book.await?.items.first().ok_or("the worker's customer is missing")?.id;
            let stock = system.stock().list(Query::of::<StockItem>()).await?.items;
            Ok((user, book, stock))
        });
        let (user, book, stock) = begun.await?;
        let mut shelves: Vec<_> = stock.iter().map(|item| item.id).collect();
        shelves.sort_unstable();
        let own = patiently(|| async { Ok(crm.session(user).await?) }).await?;
        Ok(Self {
            own,
            user,
            random: fastrand::Rng::with_seed(work.seed),
            book,
            product: stock.first().ok_or("there is no stock")?.product,
            shelves,
            customers: Vec::new(),
            orders: Vec::new(),
            chances: Vec::new(),
            requests: Vec::new(),
            made: 0,
            crm,
        })
    }

    /// The CRM it worked with.
    pub(crate) fn into_crm(self) -> Crm {
        self.crm
    }

    /// A random command.
    pub(crate) async fn command(&mut self) -> Result<Vec<Left>, Trouble> {
        match self.random.u32(0..100) {
            0..20 => self.customer().await,
            20..40 => self.edit().await,
            40..55 => self.place().await,
            55..65 => self.add_line().await,
            65..75 => self.chance().await,
            75..85 => self.request().await,
            _ => self.goods().await,
        }
    }

    async fn customer(&mut self) -> Result<Vec<Left>, Trouble> {
        self.made += 1;
        let name = format!("{} {} {}", login(0), self.user, self.made);
        let customer = self.own.customers().create(NewCustomer::new(name)).await?;
        self.customers.push(customer.id);
        Ok(vec![Left::new("customer", customer.id, customer.version)])
    }

    async fn edit(&mut self) -> Result<Vec<Left>, Trouble> {
        let Some(id) = self.random.choice(&self.customers).copied() else { return self.customer().await };
        self.made += 1;
        let patch = CustomerPatch { phone: Some(self.made.to_string()).into(), ..Default::default() };
        let customer = self.own.customers().edit(id, patch).await?;
        Ok(vec![Left::new("customer", customer.id, customer.version)])
    }

    /// An order with two lines, in one commit.
    async fn place(&mut self) -> Result<Vec<Left>, Trouble> {
        let Some(customer) = self.random.choice(&self.customers).copied() else { return self.customer().await };
        let ordered_at = SystemClock.now();
        let lines = vec![self.line(), self.line()];
        let new = NewOrder { customer, ordered_at, ..Default::default() };
        let order = self.crm.system().orders().place(new, lines).await?;
        self.orders.push(order.id);
        Ok(vec![Left::new("order", order.id, order.version)])
    }

    async fn add_line(&mut self) -> Result<Vec<Left>, Trouble> {
        let Some(order) = self.random.choice(&self.orders).copied() else { return self.place().await };
        let line = NewOrderLine { order, ..self.line() };
        let line = self.crm.system().order_lines().create(line).await?;
        Ok(vec![Left::new("order_line", line.id, line.version)])
    }

    fn line(&mut self) -> NewOrderLine {
        let whole = |number: u32| Quantity::from_whole(number.into()).unwrap_or_default();
        let price = Money::from_whole(self.random.i64(1..100)).unwrap_or_default();
        let quantity = whole(self.random.u32(1..10));
        NewOrderLine { product: self.product, quantity, unit_price: price, ..Default::default() }
    }

    /// Half of the time a new opportunity, given to the worker; otherwise one is won, which makes a customer.
    async fn chance(&mut self) -> Result<Vec<Left>, Trouble> {
        let chances = self.crm.system().opportunities();
        if let Some(id) = self.chances.pop() {
            let won = self.own.opportunities().win(id).await?;
            return Ok(vec![Left::new("opportunity", won.id, won.version)]);
        }
        self.made += 1;
        let new = NewOpportunity {
            customer_name: format!("Chance {} {}", self.user, self.made),
            title: "Tea".into(),
            contact_name: Some("Ann".into()),
            ..Default::default()
        };
        let chance = chances.create(new).await?;
        let chance = chances.assign(chance.id, self.user).await?;
        self.chances.push(chance.id);
        Ok(vec![Left::new("opportunity", chance.id, chance.version)])
    }

    async fn request(&mut self) -> Result<Vec<Left>, Trouble> {
        let services = self.crm.system().services();
        if let Some(id) = self.requests.pop() {
            self.own.services().handle(id, "seen to").await?;
            let done = services.feedback(id, "well", Rating::Five).await?;
            return Ok(vec![Left::new("service_request", done.id, done.version)]);
        }
        let new = NewServiceRequest::new("inquiry", "How", self.book, "How so?");
        let request = services.create(new).await?;
        let request = services.assign(request.id, self.user).await?;
        self.requests.push(request.id);
        Ok(vec![Left::new("service_request", request.id, request.version)])
    }

    /// Goods go from one shelf to another, and a note says so: all three in one commit.
    async fn goods(&mut self) -> Result<Vec<Left>, Trouble> {
        let from = self.random.usize(0..self.shelves.len());
        let to = (from + self.random.usize(1..self.shelves.len())) % self.shelves.len();
        let amount = self.random.i64(1..10);
        let unit = self.crm.system().unit_of_work();
        let mut left = Vec::new();
        for (shelf, amount) in [(from, -amount), (to, amount)] {
            let Some(id) = self.shelves.get(shelf).copied() else { continue };
            let item = unit.stock().get(id).await?;
            let count = item.count.checked_add(Quantity::from_whole(amount).unwrap_or_default()).unwrap_or_default();
            let patch = StockItemPatch { count: count.into(), ..Default::default() };
            unit.stock().edit_seen(id, item.version, patch).await?;
            left.push(Left::new("stock_item", id, Version(item.version.0 + 1)));
        }
        let (title, date) = (MOVED.to_owned(), Date::from_ymd_opt(2026, 3, 2).unwrap_or_default());
        let new = NewActivity { customer: self.book, title, date, ..Default::default() };
        let new = NewActivity { description: Some(format!("{from} {to} {amount}")), ..new };
        let note = unit.activities().create(new).await?;
        left.push(Left::new("activity", note.id, Version(1)));
        unit.commit().await?;
        Ok(left)
    }

    /// Waits until the end is told in the dictionary, and the user's rights are gone.
    async fn converge(&mut self) -> Outcome<Duration> {
        let dictionary = self.crm.system().dictionary();
        // The clock begins with the first of the two that is seen.
        let mut begun = None;
        for _ in 0..6_000 {
            let told = dictionary.entry(REGION, THE_END).await.is_ok_and(|entry| entry.is_some());
            let gone = self.own.customers().count(Filter::All).await.is_err();
            let first = *begun.get_or_insert_with(Instant::now);
            match (told, gone) {
                (true, true) => return Ok(first.elapsed()),
                (false, false) => begun = None,
                _ => {}
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Err("what another process changed was not seen within two minutes".into())
    }
}

/// Tries for half a minute: a server may be starting.
async fn patiently<T, F: Future<Output = Outcome<T>>>(mut ask: impl FnMut() -> F) -> Outcome<T> {
    let mut left = 150;
    loop {
        match ask().await {
            Err(error) if left > 0 && passing(&*error) => left -= 1,
            answer => return answer,
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Whether an error is of a store that may answer later.
#[must_use]
pub fn passing(error: &(dyn std::error::Error + Send + Sync + 'static)) -> bool {
    let storage = error.downcast_ref::<crmkit::storage::StorageError>();
    let storage = storage.or_else(|| match error.downcast_ref::<Error>() {
        Some(Error::Storage(storage)) => Some(storage),
        _ => None,
    });
    storage.is_some_and(|error| error.is_retryable() || error.kind() == StorageErrorKind::UnknownOutcome)
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        format!("{trouble:?}").into()
    }
}
