//! A trading house and its CRM, from an empty file to the reports the executives ask for.
//!
//! ```text
//! cargo run --release --example quickstart
//! ```
//!
//! With the name of a file behind it (`quickstart -- sales.svg`) it also draws what each customer has brought in.
//!
//! Read it from top to bottom and copy what you need. It needs no server and no async runtime: the data is in a SQLite
//! file, and `block_on` waits for each answer. Inside tokio or another runtime the same calls are simply awaited.

use std::path::Path;

use crmkit::clock::FixedClock;
use crmkit::customers::{LostCustomer, LostScanOptions};
use crmkit::marketing::{NewOpportunity, NewPlanItem};
use crmkit::organisation::OrganisationPatch;
use crmkit::prelude::*;
use crmkit::service::{NewServiceRequest, ServiceRound};
use crmkit::storage::{SqliteOptions, SqliteStorage};
use pollster::block_on;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // One file is the whole CRM. An absent one is made, and set up with roles, rights and number series.
    let folder = tempfile::tempdir()?;
    let options = SqliteOptions { migrate: true, ..Default::default() };
    let storage = SqliteStorage::open(folder.path().join("crm.db"), crmkit::standard_schema()?, options)?;
    // The clock stands still, so that this story is told on the same day every time; without it, it is the machine's.
    let crm = Crm::builder(storage).clock(FixedClock::new("2026-03-31T09:00:00Z".parse()?));
    block_on(async {
        let crm = crm.open().await?;
        story(&crm).await?;
        if let Some(file) = std::env::args_os().nth(1) {
            draw(&crm, Path::new(&file)).await?;
        }
        Ok(crm.close().await?)
    })
}

/// The story; `tests/story.rs` tells it to a store that fails at every one of its calls.
pub(crate) async fn story(crm: &Crm) -> Result<(), Box<dyn std::error::Error>> {
    heading("A trading house opens its books");
    let system = crm.system();
    let patch = OrganisationPatch {
        name: Some("Kettle & Crane Trading".to_owned()).into(),
        time_zone: "Asia/Shanghai".to_owned().into(),
        currency: "EUR".to_owned().into(),
        ..Default::default()
    };
    let organisation = system.organisation().edit(crm.organisation().id, patch).await?;
    let name = organisation.name.unwrap_or_default();
    println!("{name}: amounts in {}, days begin in {}", organisation.currency, organisation.time_zone);

    // Everybody acts in a session of his own, and a session can do what the role of its user may do.
    let li = hire(crm, "li", "李 Li Na", "account_manager").await?;
    let wang = hire(crm, "wang", "王 Wang Wei", "account_manager").await?;
    let zhao = hire(crm, "zhao", "赵 Zhao Min", "supervisor").await?;
    let chen = hire(crm, "chen", "陈 Chen Yu", "executive").await?;

    heading("What is sold, and where it lies");
    let tea = stock(&system, "T-100", "Longjing tea", "500 g", "38.50", "640").await?;
    let pot = stock(&system, "P-200", "Yixing teapot", "piece", "129", "85").await?;
    let cup = stock(&system, "C-300", "Porcelain cup", "piece", "9.9", "1200").await?;

    heading("A chance becomes a customer");
    let hotel = win_over(&zhao, &wang, &tea).await?;

    heading("Account managers bring in customers of their own");
    // Whoever makes a customer looks after him; the number comes from the organisation's series.
    let teahouse = customer(&li, "Harbour Teahouse", "华东", "Anna Berg", "Purchasing").await?;
    let museum = customer(&li, "City Museum Shop", "华北", "Tom Okafor", "Director").await?;

    heading("Orders come in");
    let first = [(&tea, "40", None), (&pot, "6", None)];
    let second = [(&cup, "250", Some("0.15"))];
    let orders = [
        sell(&li, &teahouse, "2025-06-12T10:30:00+08:00", &first).await?,
        sell(&li, &teahouse, "2026-02-03T16:05:00+08:00", &[(&tea, "55.5", Some("0.05"))]).await?,
        sell(&li, &museum, "2025-08-20T09:00:00+08:00", &[(&pot, "12", Some("0.1")), (&cup, "48", None)]).await?,
        sell(&wang, &hotel, "2026-03-30T23:59:00+08:00", &second).await?,
    ];

    heading("A supervisor sends them off and books the payments");
    let paid_on = "2026-03-31".parse::<Date>()?;
    for order in &orders {
        let desk = zhao.orders();
        desk.confirm(order.id).await?;
        desk.pick(order.id).await?;
        desk.pack(order.id).await?;
        desk.ship(order.id).await?;
        let order = desk.pay(order.id, Some(paid_on)).await?;
        println!("{} {} and {}: {}", order.number, order.status.code(), order.payment.code(), order.amount);
    }
    // An order goes its way step by step, and no step is taken twice.
    refused("Calling the first one off", zhao.orders().cancel(orders[0].id).await)?;

    heading("A customer complains, twice");
    complain(&zhao, &li, &teahouse).await?;

    heading("Nobody sees more than is his");
    let mine = li.customers().list(Query::of::<Customer>().order(Customer::name.asc())).await?;
    let names: Vec<&str> = mine.items.iter().map(|customer| customer.name.as_str()).collect();
    println!("Li's customers: {}", names.join(", "));
    // What one may not see is not there, whichever way one asks.
    refused("Wang looks at Harbour Teahouse", wang.customers().get(teahouse.id).await)?;
    let in_the_east = Order::customer.to(Customer::region).eq("华东");
    println!("Wang's orders from 华东: {} of {}", wang.orders().count(in_the_east).await?, orders.len());
    refused("Chen deletes a customer", chen.customers().delete(hotel.id).await)?;
    println!("Why? {}", chen.explain("customer.delete", None).await?.rule);

    heading("Two people change one customer at a time");
    let seen = li.customers().get(museum.id).await?;
    let level = CustomerPatch { level: Some(Rating::Five).into(), ..Default::default() };
    let now = li.customers().edit_seen(museum.id, seen.version, level.clone()).await?;
    println!("{} is now at level {}", now.name, now.level.map_or("-", Choice::code));
    refused("The second one is told", li.customers().edit_seen(museum.id, seen.version, level).await)?;

    heading("A customer goes quiet");
    lose(&zhao, &li, &museum).await?;

    heading("The executive asks for the figures");
    for (question, name, options) in [
        ("What has each customer brought in?", "contribution", vec![]),
        ("And in the first quarter alone?", "contribution", vec![("from", "2026-01-01"), ("to", "2026-03-31")]),
        ("Where are our customers?", "composition", vec![("by", "region")]),
        ("How do sales develop?", "sales-trend", vec![("period", "quarter")]),
        ("What sells best?", "top-products", vec![("limit", "3")]),
        ("How many chances were taken?", "win-rate", vec![("by", "owner")]),
        ("What do customers want of us?", "service", vec![]),
        ("Whom have we lost, and why?", "loss", vec![]),
        ("Who has not ordered for half a year?", "lapsed", vec![("months", "6")]),
    ] {
        println!("{question}\n");
        println!("{}", chen.report(name, options).await?.to_text());
    }
    println!("The same for a program: {}\n", chen.report("lapsed", [("months", "6")]).await?.to_json());

    let faults = system.verify().await?;
    println!("Everything looked over: {} faults", faults.len());
    Ok(())
}

/// The picture that suits a report, as an SVG file.
#[cfg(feature = "charts")]
async fn draw(crm: &Crm, file: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let report = crm.system().report("contribution", [("status", "paid")]).await?;
    let mut chart = crmkit::chart::Chart::of(&report).ok_or("the report has no figures")?;
    chart.title = "Sales by customer".to_owned();
    chart.subtitle = format!("Paid orders, in {}", crm.organisation().currency);
    std::fs::write(file, chart.to_svg())?;
    println!("\nDrawn to {}", file.display());
    Ok(())
}

#[cfg(not(feature = "charts"))]
async fn draw(_: &Crm, _: &Path) -> Result<(), Box<dyn std::error::Error>> {
    Err("pictures are drawn with the feature `charts`".into())
}

/// A user in a role, and a session in which he acts.
async fn hire(crm: &Crm, login: &str, name: &str, role: &str) -> Result<Session> {
    let role = crm.system().roles().named(role).await?;
    let new = NewUser { display_name: Some(name.to_owned()), ..NewUser::new(login, role.id) };
    let user = crm.system().users().create(new).await?;
    println!("{} joins as {}", user.shown(), role.name);
    crm.session(user.id).await
}

/// A product, and how much of it there is.
async fn stock(
    session: &Session,
    code: &str,
    name: &str,
    unit: &str,
    price: &str,
    count: &str,
) -> Result<Product, Box<dyn std::error::Error>> {
    let new = NewProduct {
        code: code.to_owned(),
        name: name.to_owned(),
        unit: Some(unit.to_owned()),
        price: Some(price.parse()?),
        ..Default::default()
    };
    let product = session.products().create(new).await?;
    let new = NewStockItem {
        product: product.id,
        warehouse: "Shanghai 1".to_owned(),
        count: count.parse()?,
        ..Default::default()
    };
    let item = session.stock().create(new).await?;
    println!("{code}  {name} at {price} per {unit}, {} in {}", item.count, item.warehouse);
    Ok(product)
}

/// A customer, and whom to talk to there.
async fn customer(session: &Session, name: &str, region: &str, contact: &str, position: &str) -> Result<Customer> {
    let new = NewCustomer { region: Some(region.to_owned()), ..NewCustomer::new(name) };
    let customer = session.customers().create(new).await?;
    let new = NewContact {
        customer: customer.id,
        name: contact.to_owned(),
        position: Some(position.to_owned()),
        phone: Some("+86 21 5555 0100".to_owned()),
        is_primary: true,
        ..Default::default()
    };
    let contact = session.contacts().create(new).await?;
    println!("{}  {name}, {region}; {}, {position}", customer.number, contact.name);
    Ok(customer)
}

/// An opportunity on its way: entered and given away by a supervisor, worked on and won by an account manager. The
/// customer and the contact are made in the same commit as the win.
async fn win_over(
    supervisor: &Session,
    manager: &Session,
    product: &Product,
) -> Result<Customer, Box<dyn std::error::Error>> {
    let new = NewOpportunity {
        customer_name: "Hotel Lotus".to_owned(),
        title: "Tea for 200 rooms".to_owned(),
        description: Some("They open in May and have no supplier yet".to_owned()),
        success_rate: Some(60),
        contact_name: Some("Mei Tanaka".to_owned()),
        contact_phone: Some("021 5550 0199".to_owned()),
        product: Some(product.id),
        amount: Some("12000".parse()?),
        ..Default::default()
    };
    let chance = supervisor.opportunities().create(new).await?;
    println!("{}  {}: {}", chance.number, chance.customer_name, chance.title);
    // Nobody works on what is not given to him.
    let plan = |day: &str, todo: &str| -> Result<NewPlanItem, Box<dyn std::error::Error>> {
        Ok(NewPlanItem { opportunity: chance.id, date: day.parse()?, todo: todo.to_owned(), ..Default::default() })
    };
    refused("Planning too early", supervisor.plan_items().create(plan("2026-03-31", "Send samples")?).await)?;
    let to = manager.actor().id().ok_or("a manager is a user")?;
    let chance = supervisor.opportunities().assign(chance.id, to).await?;
    println!("{} is {} to {}", chance.number, chance.status.code(), manager.actor().name());

    let samples = manager.plan_items().create(plan("2026-03-31", "Send samples")?).await?;
    manager.plan_items().create(plan("2026-04-09", "Invite them to a tasting")?).await?;
    let done = manager.plan_items().execute(samples.id, "They like the Longjing best").await?;
    println!("{}: {} - {}", done.date, done.todo, done.result.unwrap_or_default());

    let won = manager.opportunities().win(chance.id).await?;
    let customer = manager.customers().get(won.customer.ok_or("a customer was made")?).await?;
    let contacts = manager.contacts().list(Query::of::<Contact>().filter(Contact::customer.eq(customer.id))).await?;
    let names: Vec<&str> = contacts.items.iter().map(|contact| contact.name.as_str()).collect();
    println!("Won: {}  {}, to talk to: {}", customer.number, customer.name, names.join(", "));
    let patch = CustomerPatch { region: Some("华东".to_owned()).into(), ..Default::default() };
    Ok(manager.customers().edit(customer.id, patch).await?)
}

/// A service request that needs two rounds: a customer who is not content sends it back.
async fn complain(
    supervisor: &Session,
    manager: &Session,
    customer: &Customer,
) -> Result<(), Box<dyn std::error::Error>> {
    let new = NewServiceRequest::new("complaint", "Broken pots", customer.id, "Two of six teapots came broken");
    let request = manager.services().create(new).await?;
    let to = manager.actor().id().ok_or("a manager is a user")?;
    supervisor.services().assign(request.id, to).await?;
    for (handling, result, satisfaction) in [
        ("Apologised and offered a discount", "They want whole pots, not cheaper ones", Rating::Two),
        ("Sent two new pots by courier", "Both arrived whole", Rating::Five),
    ] {
        manager.services().handle(request.id, handling).await?;
        let now = manager.services().feedback(request.id, result, satisfaction).await?;
        println!("{handling}: {result} ({}/5) - {}", satisfaction.code(), now.status.code());
    }
    let rounds = manager.service_rounds().count(ServiceRound::request.eq(request.id)).await?;
    println!("{}: {rounds} rounds, all kept", request.number);
    Ok(())
}

/// A warning about a customer who has been silent for half a year, deferred twice, then confirmed.
async fn lose(supervisor: &Session, manager: &Session, customer: &Customer) -> Result<()> {
    let scan = supervisor.lost_scan(&LostScanOptions::default()).await?;
    println!("Silent since before {}: {}, warned of: {}", scan.cutoff, scan.silent, scan.warned);
    let about = Query::of::<LostCustomer>().filter(LostCustomer::customer.eq(customer.id));
    let Some(row) = manager.lost_customers().list(about).await?.items.pop() else { return Ok(()) };
    refused("Giving up at once", manager.lost_customers().confirm(row.id, "no answer").await)?;
    manager.lost_customers().defer(row.id, "Offered the spring collection").await?;
    manager.lost_customers().defer(row.id, "Visited the new director").await?;
    let lost = manager.lost_customers().confirm(row.id, "the shop buys locally now").await?;
    let gone = manager.customers().get(customer.id).await?;
    println!("{} is {}: {}", gone.name, gone.status.code(), lost.reason.unwrap_or_default());
    Ok(())
}

/// An order with its lines in one commit: product, quantity, discount. Its amount is the sum of theirs, to the last
/// digit.
async fn sell(
    session: &Session,
    customer: &Customer,
    at: &str,
    lines: &[(&Product, &str, Option<&str>)],
) -> Result<Order, Box<dyn std::error::Error>> {
    let mut made = Vec::new();
    for (product, quantity, discount) in lines {
        made.push(NewOrderLine {
            product: product.id,
            quantity: quantity.parse()?,
            unit_price: product.price.unwrap_or_default(),
            discount: discount.map(str::parse).transpose()?,
            ..Default::default()
        });
    }
    let new = NewOrder { customer: customer.id, ordered_at: at.parse()?, ..Default::default() };
    let order = session.orders().place(new, made).await?;
    let names: Vec<&str> = lines.iter().map(|(product, ..)| product.name.as_str()).collect();
    println!("{}  {}: {}, {}", order.number, customer.name, names.join(" and "), order.amount);
    Ok(order)
}

/// Shows why something is not done. A store that can't be reached refuses nothing: it ends the story.
fn refused<T>(what: &str, outcome: Result<T>) -> Result<()> {
    match outcome {
        Err(error @ Error::Storage(_)) => return Err(error),
        Err(error) => println!("{what}: {error} ({})", error.code()),
        Ok(_) => println!("{what}: done"),
    }
    Ok(())
}

fn heading(text: &str) {
    println!("\n== {text}\n");
}
