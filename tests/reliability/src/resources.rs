//! Whether a program that works for long goes on needing what it needed: memory, file handles and threads.

use std::fs;
use std::time::Instant;

use crmkit::access::{HashParameters, SignInOptions};
use crmkit::jobs::{Job, JobPatch, NewJob};
use crmkit::marketing::NewOpportunity;
use crmkit::prelude::*;
use crmkit::sales::StockItemPatch;
use crmkit::service::NewServiceRequest;
use crmkit::storage::Storage;

use crate::Outcome;
use crate::ground::{Ground, Kind};
use crate::worker::set_up;

/// How a trial goes.
#[derive(Debug, Clone, Copy)]
pub struct Resources {
    /// How many operations there are.
    pub operations: u64,
    /// Where random numbers begin.
    pub seed: u64,
}

/// How often what the process needs is looked at.
const LOOKS: u64 = 72;
/// By how many kilobytes the memory of the last quarter may be larger than that of the second: a leak of a hundred bytes
/// with each of 72,000 operations is more.
const MEMORY_KB: u64 = 6_000;

/// How many more handles there may be: connections are opened when they are needed first, and a file may just be open.
const HANDLES: u64 = 8;
/// How many more threads: those that hash come and go.
const THREADS: u64 = 4;

/// What a process needs.
#[derive(Debug, Clone, Copy, Default)]
struct Needs {
    memory_kb: u64,
    handles: u64,
    threads: u64,
}

impl Needs {
    fn now() -> Outcome<Self> {
        let status = fs::read_to_string("/proc/self/status")?;
        let number = |name: &str| -> Option<u64> {
            status.lines().find_map(|line| line.strip_prefix(name)?.split_whitespace().next()?.parse().ok())
        };
        let (memory_kb, threads) = (number("VmRSS:").ok_or("no memory")?, number("Threads:").ok_or("no threads")?);
        Ok(Self { memory_kb, handles: fs::read_dir("/proc/self/fd")?.count() as u64, threads })
    }

    fn most(looks: &[Self]) -> Self {
        let most = |of: fn(&Self) -> u64| looks.iter().map(of).max().unwrap_or_default();
        Self { memory_kb: most(|it| it.memory_kb), handles: most(|it| it.handles), threads: most(|it| it.threads) }
    }
}

/// Operations of all modules on one store. In the last quarter the process needs no more handles and threads than in the
/// second but for a few, and, where the records are kept elsewhere, no more memory.
///
/// # Errors
///
/// What was found to be untrue.
pub async fn resources(kind: Kind, trial: Resources) -> Outcome {
    let ground = Ground::new(kind).await?;
    // Hashes as they should be take half of the time; that they are made is enough.
    let hash = HashParameters { memory_kib: 64, passes: 1, lanes: 1 };
    let sign_in = SignInOptions { hash, ..Default::default() };
    let crm = Crm::builder(ground.storage.clone()).sign_in(sign_in).open().await?;
    set_up(&crm, 1).await?;
    let mut hand = Hand::new(crm.clone(), trial.seed).await?;
    let (begun, mut looks) = (Instant::now(), Vec::new());
    let step = (trial.operations / LOOKS).max(1);
    for turn in 0..trial.operations {
        hand.operate(turn, &*ground.storage).await?;
        if (turn + 1) % step == 0 {
            looks.push(Needs::now()?);
        }
    }
    let quarter = looks.len() / 4;
    let second = Needs::most(looks.get(quarter..2 * quarter).unwrap_or_default());
    let last = Needs::most(looks.get(3 * quarter..).unwrap_or_default());
    let told = format!(
        "{kind:?}: {} operations in {:.0} s; at most {} MB, {} handles and {} threads in the second quarter, {} MB, {} and \
         {} in the last",
        trial.operations,
        begun.elapsed().as_secs_f64(),
        second.memory_kb / 1_024,
        second.handles,
        second.threads,
        last.memory_kb / 1_024,
        last.handles,
        last.threads
    );
    crm.close().await?;
    let grows = kind != Kind::Memory && last.memory_kb > second.memory_kb + MEMORY_KB;
    let more = last.handles > second.handles + HANDLES || last.threads > second.threads + THREADS;
    if grows || more { Err(told.into()) } else { Ok(told) }
}

/// Who does the operations, and the records he does them to. He forgets what is long ago, so that his own memory does not
/// grow either.
struct Hand {
    crm: Crm,
    session: Session,
    random: fastrand::Rng,
    user: Id<User>,
    customer: Id<Customer>,
    product: Id<Product>,
    shelf: Id<StockItem>,
    job: Id<Job>,
    folder: tempfile::TempDir,
}

impl Hand {
    async fn new(crm: Crm, seed: u64) -> Outcome<Self> {
        let session = crm.system();
        let stock = session.stock().list(Query::of::<StockItem>()).await?.items;
        let shelf = stock.first().ok_or("there is no stock")?;
        let user = session.users().named(&crate::worker::login(0)).await?.id;
        session.users().set_password(user, "a long and good one").await?;
        let customer = session.customers().create(NewCustomer::new("The first")).await?.id;
        let job = session.jobs().create(NewJob { name: "sweep".into(), ..Default::default() }).await?.id;
        let (product, shelf, folder) = (shelf.product, shelf.id, tempfile::tempdir()?);
        Ok(Self { session, random: fastrand::Rng::with_seed(seed), user, customer, product, shelf, job, folder, crm })
    }

    async fn operate(&mut self, turn: u64, storage: &dyn Storage) -> Outcome<()> {
        let session = self.session.clone();
        match self.random.u32(0..200) {
            0..50 => drop(session.customers().get(self.customer).await?),
            50..70 => drop(session.customers().search("first", Query::of::<Customer>().limit(20)).await?),
            70..80 => drop(session.orders().count(Order::customer.eq(self.customer)).await?),
            80..100 => {
                let patch = CustomerPatch { phone: Some(turn.to_string()).into(), ..Default::default() };
                session.customers().edit(self.customer, patch).await?;
            }
            100..110 => {
                let count = Quantity::from_whole(self.random.i64(0..1_000))?;
                let patch = StockItemPatch { count: count.into(), ..Default::default() };
                session.stock().edit(self.shelf, patch).await?;
            }
            110..120 => self.customer = session.customers().create(NewCustomer::new(format!("No {turn}"))).await?.id,
            120..130 => self.order().await?,
            130..138 => self.chance(turn).await?,
            138..146 => self.service().await?,
            146..154 => self.unit().await?,
            154..160 => drop(storage.snapshot().await?.query(&Query::of::<Customer>().limit(10)).await?),
            160..164 => drop(session.report("win-rate", [("by", "owner")]).await?),
            164..168 => {
                let patch = JobPatch { enabled: turn.is_multiple_of(2).into(), ..Default::default() };
                session.jobs().edit(self.job, patch).await?;
            }
            168..176 => self.refused().await,
            176..180 => drop(self.crm.session(self.user).await?.customers().count(Filter::All).await?),
            180..182 => drop(self.crm.sign_in(&crate::worker::login(0), "a long and good one").await?),
            // Somebody who begins to listen and goes away, and one who gives up waiting.
            182..190 => drop(self.crm.subscribe(16)),
            190..199 => self.given_up(turn).await,
            _ => self.transferred(turn).await?,
        }
        Ok(())
    }

    async fn order(&mut self) -> Outcome<()> {
        let (quantity, unit_price) = (Quantity::from_whole(2)?, Money::from_whole(3)?);
        let line = NewOrderLine { product: self.product, quantity, unit_price, ..Default::default() };
        let new = NewOrder { customer: self.customer, ..Default::default() };
        let order = self.session.orders().place(new, vec![line.clone(), line]).await?;
        self.session.orders().confirm(order.id).await?;
        Ok(())
    }

    async fn chance(&mut self, turn: u64) -> Outcome<()> {
        let (customer_name, title) = (format!("Chance {turn}"), "Tea".to_owned());
        let new = NewOpportunity { customer_name, title, contact_name: Some("Ann".into()), ..Default::default() };
        let chances = self.session.opportunities();
        let chance = chances.create(new).await?.id;
        chances.assign(chance, self.user).await?;
        self.crm.session(self.user).await?.opportunities().win(chance).await?;
        Ok(())
    }

    async fn service(&mut self) -> Outcome<()> {
        let services = self.session.services();
        let request = services.create(NewServiceRequest::new("inquiry", "How", self.customer, "How so?")).await?.id;
        services.assign(request, self.user).await?;
        self.crm.session(self.user).await?.services().handle(request, "seen to").await?;
        services.feedback(request, "well", Rating::Five).await?;
        Ok(())
    }

    /// Two changes in one set, or a set that is never committed.
    async fn unit(&mut self) -> Outcome<()> {
        let unit = self.session.unit_of_work();
        let patch = CustomerPatch { fax: Some("1".into()).into(), ..Default::default() };
        unit.customers().edit(self.customer, patch).await?;
        let new = NewContact { customer: self.customer, name: "Mei".into(), ..Default::default() };
        unit.contacts().create(new).await?;
        if self.random.bool() {
            return Ok(());
        }
        match unit.commit().await {
            // One that was given up before may have been done meanwhile.
            Ok(_) | Err(Error::Conflict { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    async fn refused(&mut self) {
        let _ = self.session.customers().get(Id::NIL).await;
        let _ = self.session.customers().create(NewCustomer::default()).await;
        let _ = self.crm.sign_in("nobody", "another long one").await;
    }

    /// A command whose future is dropped before it ends.
    async fn given_up(&mut self, turn: u64) {
        let patch = CustomerPatch { fax: Some(turn.to_string()).into(), ..Default::default() };
        let customers = self.session.customers();
        let edit = customers.edit(self.customer, patch);
        let moment = std::time::Duration::from_micros(self.random.u64(0..2_000));
        let _ = tokio::time::timeout(moment, edit).await;
    }

    /// A file is imported, and now and then all is exported.
    async fn transferred(&mut self, turn: u64) -> Outcome<()> {
        use crmkit::transfer::{ExportOptions, ImportKind, ImportOptions, ImportOutput};
        let file = std::io::Cursor::new(format!("code,name\nI{turn},Tea\nI{turn},Twice\n"));
        let options = ImportOptions::new(ImportKind::named("products")?);
        self.session.import(&options, file, ImportOutput::default()).await?;
        if turn.is_multiple_of(16) {
            let place = self.folder.path().join("all");
            self.session.export(&place, ExportOptions::default()).await?;
            fs::remove_dir_all(place)?;
        }
        Ok(())
    }
}
