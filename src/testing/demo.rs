//! A small company to test against, the same every time.

use crate::access::{HashParameters, NewUser, SignInOptions, User};
use crate::clock::FixedClock;
use crate::crm::{Crm, CrmBuilder};
use crate::customers::{Activity, Contact, Customer, NewActivity, NewContact, NewCustomer, Rating};
use crate::error::Result;
use crate::id::{Id, SeededIds};
use crate::marketing::{NewOpportunity, NewPlanItem, Opportunity};
use crate::sales::{NewOrder, NewOrderLine, NewProduct, NewStockItem, Order, Product};
use crate::service::{NewServiceRequest, ServiceRequest};
use crate::session::Session;
use crate::storage::Storage;
use crate::value::{Date, Money, Quantity, Timestamp};

/// 2026-03-31T09:00:00Z, in microseconds.
const NOW: i64 = 1_774_947_600_000_000;
/// A day in microseconds.
const DAY: i64 = 86_400_000_000;
/// What ids follow from.
const SEED: u32 = 7;

/// What [`demo`] has made.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
///
/// # pollster::block_on(async {
/// let crm = crmkit::testing::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let demo = crmkit::testing::demo(&crm).await?;
/// let paid = demo.orders.iter().filter(|order| order.payment == Payment::Paid).count();
/// assert_eq!((paid, demo.orders.len()), (2, 3));
/// // What belongs to `li` is out of reach for `wang`.
/// let teahouse = demo.customers[0].id;
/// assert!(demo.li.customers().get(teahouse).await.is_ok() && demo.wang.customers().get(teahouse).await.is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Demo {
    /// `root`, an administrator.
    pub administrator: Session,
    /// `zhao`, a supervisor.
    pub supervisor: Session,
    /// `li`, an account manager, who looks after the teahouse and the museum.
    pub li: Session,
    /// `wang`, an account manager, who has won the hotel.
    pub wang: Session,
    /// `chen`, an executive.
    pub executive: Session,
    /// Harbour Teahouse (T-1), City Museum Shop (M-1) and Hotel Lotus, which an opportunity was won from.
    pub customers: Vec<Customer>,
    /// Longjing tea at 38.50 and a Yixing teapot at 129.00.
    pub products: Vec<Product>,
    /// One that was won, one that is assigned to `li`, one that nobody works on yet.
    pub opportunities: Vec<Opportunity>,
    /// One that is archived, one that `li` works on.
    pub services: Vec<ServiceRequest>,
    /// Three orders: two are paid (of 1,540.00 and 2,156.00), one of 1,290.00 is a draft.
    pub orders: Vec<Order>,
}

/// The moment at which the demo company stands.
///
/// # Examples
///
/// ```
/// use crmkit::clock::Clock;
///
/// assert_eq!(crmkit::testing::demo_clock().now().to_string(), "2026-03-31T09:00:00Z");
/// ```
#[must_use]
pub fn demo_clock() -> FixedClock {
    FixedClock::new(moment(0))
}

/// Starts opening a CRM for tests: its clock stands still at [`demo_clock`], its ids are counted, and passwords are
/// hashed quickly, which is for tests only.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::storage::MemoryStorage;
///
/// # pollster::block_on(async {
/// let crm = crmkit::testing::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let acme = crm.system().customers().create(NewCustomer::new("Acme")).await?;
/// assert_eq!(acme.number, "KH260331001");
/// # Ok::<(), Error>(())
/// # })?;
/// # Ok::<(), Error>(())
/// ```
#[must_use]
pub fn builder(storage: impl Storage) -> CrmBuilder {
    let hash = HashParameters { memory_kib: 64, passes: 1, lanes: 1 };
    let sign_in = SignInOptions { hash, ..Default::default() };
    Crm::builder(storage).clock(demo_clock()).ids(SeededIds::new(SEED)).sign_in(sign_in)
}

/// Fills a CRM with a small trading house: users of all four roles, customers with contacts and activities, products in
/// stock, opportunities, service requests and orders.
///
/// Over a CRM from [`builder`] it is the same to the last id every time. Nobody has a password yet.
///
/// # Errors
///
/// Those of the commands it gives; [`Error::Taken`](crate::Error::Taken) where it was called before.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::storage::MemoryStorage;
///
/// # pollster::block_on(async {
/// let crm = crmkit::testing::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let demo = crmkit::testing::demo(&crm).await?;
/// assert_eq!(demo.li.customers().count(Filter::All).await?, 2);
/// let report = demo.executive.report("contribution", [("year", "2026")]).await?;
/// assert_eq!(report.table.total("amount").map(ToString::to_string).as_deref(), Some("3696.00"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
pub async fn demo(crm: &Crm) -> Result<Demo> {
    let administrator = hire(crm, "root", "Root", "administrator").await?;
    let supervisor = hire(crm, "zhao", "赵 Zhao Min", "supervisor").await?;
    let li = hire(crm, "li", "李 Li Na", "account_manager").await?;
    let wang = hire(crm, "wang", "王 Wang Wei", "account_manager").await?;
    let executive = hire(crm, "chen", "陈 Chen Yu", "executive").await?;
    let products = vec![
        product(&crm.system(), "T-100", "Longjing tea", 385_000, 640).await?,
        product(&crm.system(), "P-200", "Yixing teapot", 1_290_000, 85).await?,
    ];
    let teahouse = customer(&li, "T-1", "Harbour Teahouse", "华东", "Anna Berg").await?;
    let museum = customer(&li, "M-1", "City Museum Shop", "华北", "Tom Okafor").await?;
    let (opportunities, hotel) = opportunities(&supervisor, &li, &wang).await?;
    let services = services(&supervisor, &li, teahouse.id).await?;
    let orders = vec![
        sell(&supervisor, &li, &teahouse, &products, (40, 0), true).await?,
        sell(&supervisor, &wang, &hotel, &products, (56, 0), true).await?,
        sell(&supervisor, &li, &museum, &products, (0, 10), false).await?,
    ];
    // What the orders have added to them, such as their latest order.
    let mut customers = Vec::new();
    for id in [teahouse.id, museum.id, hotel.id] {
        customers.push(crm.system().customers().get(id).await?);
    }
    Ok(Demo { administrator, supervisor, li, wang, executive, customers, products, opportunities, services, orders })
}

async fn hire(crm: &Crm, login: &str, name: &str, role: &str) -> Result<Session> {
    let role = crm.system().roles().named(role).await?;
    let new = NewUser { display_name: Some(name.to_owned()), ..NewUser::new(login, role.id) };
    crm.session(crm.system().users().create(new).await?.id).await
}

async fn product(session: &Session, code: &str, name: &str, price: i64, count: i64) -> Result<Product> {
    let (code, name) = (code.to_owned(), name.to_owned());
    let price = Some(Money::from_raw(price).unwrap_or_default());
    let product = session.products().create(NewProduct { code, name, price, ..Default::default() }).await?;
    let count = Quantity::from_whole(count).unwrap_or_default();
    let warehouse = "Shanghai 1".to_owned();
    session.stock().create(NewStockItem { product: product.id, warehouse, count, ..Default::default() }).await?;
    Ok(product)
}

async fn customer(session: &Session, number: &str, name: &str, region: &str, contact: &str) -> Result<Customer> {
    let (number, region) = (number.to_owned(), Some(region.to_owned()));
    let level = Some(Rating::Four);
    let customer = session.customers().create(NewCustomer { number, region, level, ..NewCustomer::new(name) }).await?;
    let new = NewContact {
        customer: customer.id,
        name: contact.to_owned(),
        phone: Some("+86 21 5555 0100".to_owned()),
        is_primary: true,
        ..Default::default()
    };
    let contact: Contact = session.contacts().create(new).await?;
    let new = NewActivity {
        customer: customer.id,
        date: day(-7),
        place: Some("Their shop".to_owned()),
        title: format!("Showed {} the spring collection", contact.name),
        ..Default::default()
    };
    let _: Activity = session.activities().create(new).await?;
    Ok(customer)
}

/// One that was won, with the customer it became, one that is worked on, and one that nobody works on.
async fn opportunities(supervisor: &Session, li: &Session, wang: &Session) -> Result<(Vec<Opportunity>, Customer)> {
    let lotus = chance(supervisor, "Hotel Lotus", "Tea for 200 rooms", 12_000).await?;
    let garden = chance(supervisor, "Garden Café", "A tea menu", 3_000).await?;
    let market = chance(supervisor, "Night Market", "Cups for the stalls", 900).await?;
    for (opportunity, to) in [(&lotus, wang), (&garden, li)] {
        let opportunity = opportunity.id;
        supervisor.opportunities().assign(opportunity, id(to)).await?;
        let todo = "Send samples".to_owned();
        to.plan_items().create(NewPlanItem { opportunity, date: day(7), todo, ..Default::default() }).await?;
    }
    let lotus = wang.opportunities().win(lotus.id).await?;
    let customer = wang.customers().get(lotus.customer.unwrap_or(Id::NIL)).await?;
    let garden = li.opportunities().get(garden.id).await?;
    Ok((vec![lotus, garden, market], customer))
}

async fn chance(supervisor: &Session, customer: &str, title: &str, amount: i64) -> Result<Opportunity> {
    let new = NewOpportunity {
        customer_name: customer.to_owned(),
        title: title.to_owned(),
        description: Some("They asked by letter".to_owned()),
        success_rate: Some(60),
        contact_name: Some("Mei Tanaka".to_owned()),
        contact_phone: Some("021 5550 0199".to_owned()),
        amount: Some(Money::from_whole(amount).unwrap_or_default()),
        ..Default::default()
    };
    supervisor.opportunities().create(new).await
}

async fn services(supervisor: &Session, li: &Session, customer: Id<Customer>) -> Result<Vec<ServiceRequest>> {
    let (desk, to) = (li.services(), id(li));
    let complaint = NewServiceRequest::new("complaint", "Broken pots", customer, "Two of six came broken");
    let complaint = desk.create(complaint).await?;
    supervisor.services().assign(complaint.id, to).await?;
    desk.handle(complaint.id, "Sent two new ones").await?;
    let complaint = desk.feedback(complaint.id, "Both arrived whole", Rating::Five).await?;
    let question = NewServiceRequest::new("inquiry", "How to store tea", customer, "It loses its scent");
    let question = desk.create(question).await?;
    Ok(vec![complaint, supervisor.services().assign(question.id, to).await?])
}

/// An order of so much tea and so many pots, sent and paid or left as it is.
async fn sell(
    supervisor: &Session,
    seller: &Session,
    customer: &Customer,
    products: &[Product],
    (tea, pots): (i64, i64),
    paid: bool,
) -> Result<Order> {
    let ordered = products.iter().zip([tea, pots]).filter(|(_, count)| *count > 0);
    let line = |(product, count): (&Product, i64)| NewOrderLine {
        product: product.id,
        quantity: Quantity::from_whole(count).unwrap_or_default(),
        unit_price: product.price.unwrap_or_default(),
        ..Default::default()
    };
    let new = NewOrder { customer: customer.id, ordered_at: moment(-20), ..Default::default() };
    let order = seller.orders().place(new, ordered.map(line).collect()).await?;
    if !paid {
        return Ok(order);
    }
    let desk = supervisor.orders();
    desk.confirm(order.id).await?;
    desk.pick(order.id).await?;
    desk.pack(order.id).await?;
    desk.ship(order.id).await?;
    desk.pay(order.id, Some(day(-1))).await
}

fn id(session: &Session) -> Id<User> {
    session.actor().id().unwrap_or(Id::NIL)
}

/// The moment so many days from the demo company's.
fn moment(days: i64) -> Timestamp {
    Timestamp::from_micros(NOW + days * DAY).unwrap_or(Timestamp::EPOCH)
}

fn day(days: i64) -> Date {
    moment(days).local_date(chrono_tz::UTC)
}
