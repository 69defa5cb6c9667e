//! `crm opportunity`: from a chance to a customer.

use clap::Subcommand;
use crmkit::marketing::{NewOpportunity, NewPlanItem, Opportunity, OpportunityPatch, PlanItem};
use crmkit::prelude::*;
use pollster::block_on;

use crate::call::Call;
use crate::failure::{Failure, Outcome};
use crate::record::tell;
use crate::write::show_one;

const KIND: &str = "opportunities";

#[derive(Debug, Subcommand)]
pub(crate) enum OpportunityCommand {
    /// Enter an opportunity
    Create(Box<CreateArgs>),
    /// Change one that is not assigned yet; `crm edit opportunities` reaches its other fields
    Edit {
        /// The number
        number: String,
        /// What it is about, in a line
        #[arg(long, value_name = "TEXT")]
        title: Option<String>,
        /// How likely it succeeds, in percent
        #[arg(long, value_name = "PERCENT", allow_negative_numbers = true)]
        success_rate: Option<i64>,
        /// What it is about
        #[arg(long, value_name = "TEXT")]
        description: Option<String>,
    },
    /// Delete one that is not assigned yet
    Delete {
        /// The number
        number: String,
    },
    /// Give one to the account manager who shall work on it
    Assign {
        /// The number
        number: String,
        /// The account manager, by login
        login: String,
    },
    /// Plan something to be done for one
    Plan {
        /// The number
        number: String,
        /// The day
        date: Date,
        /// What is to be done
        todo: String,
    },
    /// Record that something planned was done
    Execute {
        /// The number
        number: String,
        /// Which of its plan items, counted from 1 in the order they were planned
        item: usize,
        /// What came of it
        result: String,
    },
    /// Close one as won
    Win {
        /// The number
        number: String,
    },
    /// Close one as given up
    Terminate {
        /// The number
        number: String,
        /// Why
        reason: String,
    },
    /// Show one with its plan
    Show {
        /// The number
        number: String,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct CreateArgs {
    /// Who may become a customer
    #[arg(long, value_name = "NAME")]
    customer_name: String,
    /// What it is about, in a line
    #[arg(long, value_name = "TEXT")]
    title: String,
    /// How likely it succeeds, in percent
    #[arg(long, value_name = "PERCENT", allow_negative_numbers = true)]
    success_rate: Option<i64>,
    /// What it is about
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Its number; without one the next of the series is taken
    #[arg(long, value_name = "NUMBER")]
    number: Option<String>,
    /// Where it came from
    #[arg(long, value_name = "TEXT")]
    source: Option<String>,
    /// Whom to talk to
    #[arg(long, value_name = "NAME")]
    contact_name: Option<String>,
    /// How to reach the contact
    #[arg(long, value_name = "NUMBER")]
    contact_phone: Option<String>,
    /// The customer, if it is one already
    #[arg(long, value_name = "CUSTOMER")]
    customer: Option<String>,
    /// What may be sold
    #[arg(long, value_name = "PRODUCT")]
    product: Option<String>,
    /// What it is expected to bring
    #[arg(long, value_name = "AMOUNT")]
    amount: Option<Money>,
    /// The day it is expected to be closed
    #[arg(long, value_name = "DATE")]
    expected_close_on: Option<Date>,
    /// The pipeline it is on
    #[arg(long, value_name = "PIPELINE")]
    pipeline: Option<String>,
    /// Who else is after it
    #[arg(long, value_name = "NAME")]
    competitor: Option<String>,
}

pub(crate) fn run(command: &OpportunityCommand, call: &mut Call<'_>) -> Result<Outcome, Failure> {
    let session = call.session()?;
    let (id, sentence) = match command {
        OpportunityCommand::Show { number } => {
            return show_one(KIND, number, call);
        }
        OpportunityCommand::Delete { number } => {
            let id = block_on(session.opportunities().named(number))?.id;
            block_on(session.opportunities().delete(id))?;
            call.say(&format!("the opportunity `{number}` is deleted"))?;
            return Ok(Outcome::Done);
        }
        OpportunityCommand::Edit { number, title, success_rate, description } => {
            let patch = OpportunityPatch {
                title: title.clone().map_or(Edit::Keep, Edit::Set),
                success_rate: success_rate.map_or(Edit::Keep, |rate| Edit::Set(Some(rate))),
                description: description.clone().map_or(Edit::Keep, |text| Edit::Set(Some(text))),
                ..Default::default()
            };
            let id = block_on(session.opportunities().named(number))?.id;
            let done = block_on(session.opportunities().edit(id, patch))?;
            (done.id, format!("changed the opportunity `{}`", done.number))
        }
        OpportunityCommand::Create(args) => {
            let made = block_on(create(&session, args))?;
            (made.id, format!("made the opportunity `{}`", made.number))
        }
        OpportunityCommand::Assign { number, login } => block_on(async {
            session.require("opportunity.assign").await?;
            let user = session.users().named(login).await?;
            let done = session.opportunities().named(number).await?.id;
            let done = session.opportunities().assign(done, user.id).await?;
            Ok::<_, Error>((done.id, format!("the opportunity `{}` is assigned to `{}`", done.number, user.name)))
        })?,
        OpportunityCommand::Plan { number, date, todo } => block_on(async {
            let id = session.opportunities().named(number).await?.id;
            let new = NewPlanItem { opportunity: id, date: *date, todo: todo.clone(), ..Default::default() };
            session.plan_items().create(new).await?;
            let count = session.plan_items().count(PlanItem::opportunity.eq(id)).await?;
            Ok::<_, Error>((id, format!("planned as item {count} of the opportunity `{number}`")))
        })?,
        OpportunityCommand::Execute { number, item, result } => block_on(execute(&session, number, *item, result))?,
        OpportunityCommand::Win { number } => block_on(win(&session, number))?,
        OpportunityCommand::Terminate { number, reason } => block_on(async {
            let id = session.opportunities().named(number).await?.id;
            let done = session.opportunities().terminate(id, reason).await?;
            Ok::<_, Error>((done.id, format!("the opportunity `{}` is terminated", done.number)))
        })?,
    };
    tell(call, &session, KIND, id.raw(), &sentence)
}

async fn create(session: &Session, args: &CreateArgs) -> Result<Opportunity> {
    let mut new = NewOpportunity {
        customer_name: args.customer_name.clone(),
        title: args.title.clone(),
        success_rate: args.success_rate,
        description: args.description.clone(),
        number: args.number.clone().unwrap_or_default(),
        source: args.source.clone(),
        contact_name: args.contact_name.clone(),
        contact_phone: args.contact_phone.clone(),
        amount: args.amount,
        expected_close_on: args.expected_close_on,
        competitor: args.competitor.clone(),
        ..Default::default()
    };
    if let Some(customer) = &args.customer {
        new.customer = Some(session.customers().named(customer).await?.id);
    }
    if let Some(product) = &args.product {
        new.product = Some(session.products().named(product).await?.id);
    }
    if let Some(pipeline) = &args.pipeline {
        new.pipeline = Some(session.pipelines().named(pipeline).await?.id);
    }
    session.opportunities().create(new).await
}

async fn execute(session: &Session, number: &str, item: usize, result: &str) -> Result<(Id<Opportunity>, String)> {
    let id = session.opportunities().named(number).await?.id;
    let all = Query::of::<PlanItem>().filter(PlanItem::opportunity.eq(id)).limit(item.clamp(1, 10_000));
    let found = session.plan_items().list(all).await?.items;
    let missing = || Error::NotFound { entity: "plan_item".into(), key: format!("{item} of {number}") };
    let found = item.checked_sub(1).and_then(|place| found.get(place)).ok_or_else(missing)?;
    session.plan_items().execute(found.id, result).await?;
    Ok((id, format!("item {item} of the opportunity `{number}` is executed")))
}

async fn win(session: &Session, number: &str) -> Result<(Id<Opportunity>, String)> {
    let id = session.opportunities().named(number).await?.id;
    let won = session.opportunities().win(id).await?;
    let mut sentence = format!("the opportunity `{}` is won", won.number);
    if let Some(customer) = won.customer
        && let Ok(customer) = session.customers().get(customer).await
    {
        sentence.push_str(&format!("; its customer is `{}` ({})", customer.number, customer.name));
    }
    Ok((won.id, sentence))
}
