//! `crm order`: orders as they are taken, sent and paid, for who has no other sales system.

use clap::Subcommand;
use crmkit::prelude::*;
use pollster::block_on;

use crate::call::Call;
use crate::failure::{Failure, Outcome};
use crate::record::tell;
use crate::write::show_one;

const KIND: &str = "orders";

#[derive(Debug, Subcommand)]
pub(crate) enum OrderCommand {
    /// Record an order with its lines
    Place {
        /// The customer, by number or name
        customer: String,
        /// When; without it now
        #[arg(long, value_name = "TIMESTAMP")]
        date: Option<String>,
        /// A line, such as 'T-100 40 38.50 0.05'; without a price the product's is taken
        #[arg(long = "line", value_name = "PRODUCT QUANTITY [PRICE [DISCOUNT]]")]
        lines: Vec<String>,
    },
    /// Confirm one to the customer
    Confirm(Number),
    /// Begin to collect one
    Pick(Number),
    /// Pack one
    Pack(Number),
    /// Send one off
    Ship(Number),
    /// Call one off
    Cancel(Number),
    /// Record that one is paid in part
    PayPart(Number),
    /// Record that one is paid in full
    Pay {
        /// The number
        number: String,
        /// The day the money came; without it today
        #[arg(long, value_name = "DATE")]
        on: Option<Date>,
    },
    /// Show one with its lines
    Show(Number),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Number {
    /// The number
    number: String,
}

pub(crate) fn run(command: &OrderCommand, call: &mut Call<'_>) -> Result<Outcome, Failure> {
    let session = call.session()?;
    if let OrderCommand::Show(Number { number }) = command {
        return show_one(KIND, number, call);
    }
    let done = block_on(step(&session, command))?;
    let (status, payment) = (done.status.code(), done.payment.code().replace('_', " "));
    let sentence = format!("the order `{}` is {status} and {payment}: {}", done.number, done.amount);
    tell(call, &session, KIND, done.id.raw(), &sentence)
}

async fn step(session: &Session, command: &OrderCommand) -> Result<Order, Failure> {
    let orders = session.orders();
    Ok(match command {
        OrderCommand::Place { customer, date, lines } => place(session, customer, date.as_deref(), lines).await?,
        OrderCommand::Confirm(given) => orders.confirm(id(session, given).await?).await?,
        OrderCommand::Pick(given) => orders.pick(id(session, given).await?).await?,
        OrderCommand::Pack(given) => orders.pack(id(session, given).await?).await?,
        OrderCommand::Ship(given) => orders.ship(id(session, given).await?).await?,
        OrderCommand::Cancel(given) => orders.cancel(id(session, given).await?).await?,
        OrderCommand::PayPart(given) => orders.pay_part(id(session, given).await?).await?,
        OrderCommand::Pay { number, on } => orders.pay(orders.named(number).await?.id, *on).await?,
        OrderCommand::Show(given) => orders.named(&given.number).await?,
    })
}

async fn id(session: &Session, given: &Number) -> Result<Id<Order>> {
    Ok(session.orders().named(&given.number).await?.id)
}

async fn place(session: &Session, customer: &str, date: Option<&str>, lines: &[String]) -> Result<Order, Failure> {
    let mut new = NewOrder::default();
    if let Some(text) = date {
        let zone = session.crm().organisation().zone();
        new.ordered_at = Timestamp::parse_in(text, zone).map_err(|error| Failure::Usage(format!("--date: {error}")))?;
    }
    new.customer = session.customers().named(customer).await?.id;
    let mut made = Vec::with_capacity(lines.len());
    for text in lines {
        made.push(line(session, text).await?);
    }
    Ok(session.orders().place(new, made).await?)
}

async fn line(session: &Session, text: &str) -> Result<NewOrderLine, Failure> {
    let usage = |problem: &dyn std::fmt::Display| Failure::Usage(format!("--line '{text}': {problem}"));
    let words = shlex::split(text).ok_or_else(|| usage(&"a quote is not closed"))?;
    let (product, quantity, rest) = match words.as_slice() {
        [product, quantity, rest @ ..] if rest.len() <= 2 => (product, quantity, rest),
        _ => return Err(usage(&"it is not PRODUCT QUANTITY [PRICE [DISCOUNT]]")),
    };
    let product = session.products().named(product).await?;
    let price = rest.first().map(|text| text.parse::<Money>().map_err(|error| usage(&error))).transpose()?;
    let unit_price = price.or(product.price).ok_or_else(|| usage(&"the product has no price; say one"))?;
    Ok(NewOrderLine {
        product: product.id,
        quantity: quantity.parse().map_err(|error: crmkit::value::DecimalError| usage(&error))?,
        unit: product.unit.clone(),
        unit_price,
        discount: rest
            .get(1)
            .map(|text| text.parse().map_err(|error: crmkit::value::DecimalError| usage(&error)))
            .transpose()?,
        ..Default::default()
    })
}
