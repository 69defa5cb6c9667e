//! Customers who may be lost: finding them, and what is done about them.

use std::collections::HashMap;

use super::commit::Plan;
use super::{Records, Session};
use crate::access::Scope;
use crate::change::Change;
use crate::customers::{ConfirmLoss, Customer, DeferLoss, LossMeasure, LostCustomer, LostScanOptions, unnoticed};
use crate::error::Result;
use crate::id::{Id, RecordId};
use crate::query::{Filter, Query};
use crate::rules::{Context, Rules};
use crate::schema::{Entity, Path, Record};
use crate::storage::ReaderExt;
use crate::value::{Date, Value};

/// How many customers one commit of a scan is about; each takes two changes and an event, and four to take them back.
const CHUNK: usize = 240;

/// What a scan did.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let scan = crm.system().lost_scan(&LostScanOptions::default()).await?;
/// assert_eq!((scan.silent, scan.warned, scan.resolved), (0, 0, 0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct LostScan {
    /// Customers whose last order lies before this day were silent.
    pub cutoff: Date,
    /// How many silent customers there were, and so how many were looked at.
    pub silent: u64,
    /// How many of them got a warning.
    pub warned: u64,
    /// How many open warnings were looked at.
    pub open: u64,
    /// How many of those ended, because the customer has ordered since.
    pub resolved: u64,
}

impl Session {
    /// The customers who may be lost, and who are.
    #[must_use]
    pub fn lost_customers(&self) -> Records<LostCustomer> {
        self.of()
    }

    /// What was done to win customers back.
    #[must_use]
    pub fn loss_measures(&self) -> Records<LossMeasure> {
        self.of()
    }

    /// Warns of customers who have been silent for long, once for each silence, and ends warnings about those who have
    /// ordered since. It reads the silent customers and the open warnings, not the orders.
    ///
    /// It works in chunks that are committed one by one. Run again, also after it was interrupted, it does what is
    /// left to do.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::customers::LostScanOptions;
    /// use crmkit::prelude::*;
    /// use crmkit::storage::MemoryStorage;
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let session = crm.system();
    /// let acme = session.customers().create(NewCustomer::new("Acme")).await?;
    /// let order = NewOrder { ordered_at: "2007-01-05".parse().unwrap_or(Timestamp::EPOCH), ..NewOrder::default() };
    /// let order = NewOrder { customer: acme.id, status: OrderStatus::Shipped, ..order };
    /// session.orders().create(order).await?;
    ///
    /// let scan = session.lost_scan(&LostScanOptions::default()).await?;
    /// assert_eq!((scan.warned, session.lost_scan(&LostScanOptions::default()).await?.warned), (1, 0));
    /// # Ok::<(), Error>(())
    /// # })?;
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Denied`](crate::Error::Denied) without the right `lost_customer.scan`,
    /// [`Error::Invalid`](crate::Error::Invalid) for a day or period outside the calendar,
    /// [`Error::Storage`](crate::Error::Storage) if the store can't do it; chunks committed before stay.
    pub async fn lost_scan(&self, options: &LostScanOptions) -> Result<LostScan> {
        let scope = self.require("lost_customer.scan").await?;
        let context = self.context(self.crm.now());
        let cutoff = options.cutoff(context.today())?;
        let mut scan = LostScan { cutoff, silent: 0, warned: 0, open: 0, resolved: 0 };
        // What is over ends first: a customer has at most one open warning.
        let open = Query::of::<LostCustomer>().filter(LostCustomer::open());
        (scan.open, scan.resolved) = self.by_chunks(open, scope, Phase::Resolve).await?;
        for query in options.candidates(cutoff, context.zone)? {
            let (silent, warned) = self.by_chunks(query, scope, Phase::Warn).await?;
            scan.silent += silent;
            scan.warned += warned;
        }
        Ok(scan)
    }

    /// Goes through what a query finds, a page and a commit at a time, and says how many records it looked at and how
    /// many it changed or warned of. A page of which something has changed meanwhile is read and decided again. Most
    /// records need nothing done, so of each only what tells is read, and the others whole afterwards.
    async fn by_chunks(&self, query: Query, scope: Scope, phase: Phase) -> Result<(u64, u64)> {
        let def = match phase {
            Phase::Resolve => self.lost_customers().def()?,
            Phase::Warn => self.customers().def()?,
        };
        let whole = query.filter(self.actor().reach(scope, &def)).limit(CHUNK);
        let mut narrow = match phase {
            Phase::Resolve => whole.clone().columns(LostCustomer::silence().into_iter().chain([ordered_on()])),
            Phase::Warn => whole.clone().columns([Customer::last_order_on.path()]),
        };
        let (mut looked_at, mut changed) = (0, 0);
        loop {
            let mut attempts = self.attempts("lost_customer.scan".to_owned());
            narrow.after = loop {
                let context = &self.context(self.crm.now());
                let page = self.storage().query(&narrow).await?;
                let (count, mut plan) = (page.records.len(), Plan::default());
                let decided = match phase {
                    Phase::Resolve => self.resolve(page.records, &whole, &mut plan, context).await?,
                    Phase::Warn => self.warn(page.records, &whole, &mut plan, context).await?,
                };
                if decided == 0 || attempts.commit(context, plan).await?.is_some() {
                    looked_at += count as u64;
                    changed += decided as u64;
                    break page.next;
                }
            };
            if narrow.after.is_none() {
                return Ok((looked_at, changed));
            }
        }
    }

    async fn resolve(&self, rows: Vec<Record>, whole: &Query, plan: &mut Plan, context: &Context) -> Result<usize> {
        let ended = |row: &Record| Some((row.id, row.values.last()?.as_date()?));
        let ended =
            rows.iter().filter_map(|row| ended(row).filter(|(_, day)| LostCustomer::known(row).is_ended_by(*day)));
        let ended: HashMap<RecordId, Date> = ended.collect();
        for row in self.these::<LostCustomer>(whole, ended.keys().copied().collect()).await? {
            let day = ended.get(&row.id.raw());
            plan.changes.extend(day.and_then(|day| row.resolution(*day, context.now)));
        }
        Ok(plan.changes.len())
    }

    async fn warn(&self, silent: Vec<Record>, whole: &Query, plan: &mut Plan, context: &Context) -> Result<usize> {
        let silent: Vec<Customer> = silent.iter().map(Customer::silent_since).collect();
        let seen: HashMap<_, _> = silent.iter().map(|customer| (customer.id, customer.version)).collect();
        let ids = silent.iter().map(|customer| customer.id);
        let known = Query::of::<LostCustomer>().filter(LostCustomer::customer.is_in(ids)).limit(1_000);
        let known = self.storage().collect(known.columns(LostCustomer::silence())).await?;
        let known: Vec<LostCustomer> = known.iter().map(LostCustomer::known).collect();
        let new = unnoticed(silent, &known).into_iter().map(|customer| customer.id.raw()).collect();
        // Who has ordered since the first look is silent no more, or in another way.
        let silent = unnoticed(self.these(whole, new).await?, &known);
        for customer in &silent {
            let row = LostCustomer::warning(self.crm.new_id(context.now), customer, context.now);
            plan.changes.push(Change::Insert(LostCustomer::created(row, context)?.into_record()));
            // The customer is written as he is: an order that was decided on before the warning is decided again, and
            // then finds it. What is expected is how he was before the warnings were read: another scan may have
            // warned of him between that and now, and then all this is decided again.
            let record = customer.clone().into_record();
            let expected = seen.get(&customer.id).copied().unwrap_or(customer.version);
            plan.known.push(record.clone());
            plan.changes.push(Change::Update { record, expected });
        }
        Ok(silent.len())
    }

    /// Those records of what a query finds that have one of some ids, in its order.
    async fn these<E: Entity>(&self, query: &Query, ids: Vec<RecordId>) -> Result<Vec<E>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let values = ids.into_iter().map(Value::Id).collect();
        let query = query.clone().filter(Filter::In { path: Path::field("id"), values });
        let records = self.storage().query(&query).await?.records;
        Ok(records.into_iter().map(E::from_record).collect::<Result<_, _>>()?)
    }
}

/// When the customer of a silence ordered last.
fn ordered_on() -> Path {
    LostCustomer::customer.to(Customer::last_order_on).path()
}

/// What a chunk of a scan is about.
#[derive(Debug, Clone, Copy)]
enum Phase {
    /// Open warnings that may be over.
    Resolve,
    /// Silent customers who may need a warning.
    Warn,
}

impl Records<LostCustomer> {
    /// Puts off the decision and records what is done to win the customer back; again and again, and all is kept.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run); [`Error::State`](crate::Error::State) unless it is a `warning` or `deferred`.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::customers::LossStatus;
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// # let acme = crm.system().customers().create(NewCustomer::new("Acme")).await?;
    /// # let order = NewOrder { ordered_at: "2007-01-05".parse()?, status: OrderStatus::Shipped, ..NewOrder::default() };
    /// # crm.system().orders().create(NewOrder { customer: acme.id, ..order }).await?;
    /// // A customer has not ordered for years.
    /// crm.system().lost_scan(&LostScanOptions::default()).await?;
    /// let rows = crm.system().lost_customers();
    /// let row = rows.list(Query::of::<LostCustomer>()).await?.items.remove(0);
    /// let row = rows.defer(row.id, "Offered the spring collection").await?;
    /// let row = rows.defer(row.id, "Visited the new director").await?;
    /// assert_eq!(row.status, LossStatus::Deferred);
    /// assert_eq!(crm.system().loss_measures().count(Filter::All).await?, 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn defer(&self, id: Id<LostCustomer>, measure: impl Into<String>) -> Result<LostCustomer> {
        self.run(id, DeferLoss { measure: measure.into() }).await
    }

    /// Gives the customer up: the loss is confirmed and the customer lost.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run); [`Error::State`](crate::Error::State) unless it is `deferred` and the customer `normal`.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// # let acme = crm.system().customers().create(NewCustomer::new("Acme")).await?;
    /// # let order = NewOrder { ordered_at: "2007-01-05".parse()?, status: OrderStatus::Shipped, ..NewOrder::default() };
    /// # crm.system().orders().create(NewOrder { customer: acme.id, ..order }).await?;
    /// // A customer has not ordered for years.
    /// crm.system().lost_scan(&LostScanOptions::default()).await?;
    /// let rows = crm.system().lost_customers();
    /// let row = rows.list(Query::of::<LostCustomer>()).await?.items.remove(0);
    /// assert!(rows.confirm(row.id, "no answer").await.is_err(), "something has to be tried first");
    /// rows.defer(row.id, "Called them").await?;
    /// rows.confirm(row.id, "they buy locally now").await?;
    /// assert_eq!(crm.system().customers().get(acme.id).await?.status, CustomerStatus::Lost);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn confirm(&self, id: Id<LostCustomer>, reason: impl Into<String>) -> Result<LostCustomer> {
        self.run(id, ConfirmLoss { reason: reason.into() }).await
    }
}
