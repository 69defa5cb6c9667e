//! `crm service`: what customers ask for, until they are content.

use clap::Subcommand;
use crmkit::prelude::*;
use crmkit::service::{ArchiveSearch, NewServiceRequest, ServiceStatus};
use crmkit::value::TimestampError;
use pollster::block_on;

use crate::call::Call;
use crate::failure::{Failure, Outcome};
use crate::list;
use crate::record::tell;
use crate::write::show_one;

const KIND: &str = "services";

#[derive(Debug, Subcommand)]
pub(crate) enum ServiceCommand {
    /// Enter a request of a customer
    Create {
        /// The customer, by number or name
        #[arg(long, value_name = "CUSTOMER")]
        customer: String,
        /// What kind it is, from the dictionary, such as complaint
        #[arg(long = "type", value_name = "TYPE")]
        kind: String,
        /// What it is about, in a few words
        #[arg(long, value_name = "TEXT")]
        title: String,
        /// What is asked for
        #[arg(long, value_name = "TEXT")]
        request: String,
    },
    /// Give one to the account manager who shall see to it
    Assign {
        /// The number
        number: String,
        /// The account manager, by login
        login: String,
    },
    /// Record what was done
    Handle {
        /// The number
        number: String,
        /// What was done
        handling: String,
    },
    /// Record what came of it, and how satisfied the customer is
    Feedback {
        /// The number
        number: String,
        /// What came of it
        result: String,
        /// From 1 to 5
        #[arg(value_parser = rating)]
        satisfaction: Rating,
    },
    /// Delete one that is not assigned yet
    Delete {
        /// The number
        number: String,
    },
    /// Look for archived ones, the newest first
    Search(SearchArgs),
    /// Show one with the rounds it went through
    Show {
        /// The number
        number: String,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct SearchArgs {
    /// The customer, by number or name
    #[arg(long, value_name = "CUSTOMER")]
    customer: Option<String>,
    /// Words of the title
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// What kind it is, such as complaint
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,
    /// Entered on this day or later
    #[arg(long, value_name = "DATE")]
    from: Option<Date>,
    /// Entered on this day or earlier
    #[arg(long, value_name = "DATE")]
    to: Option<Date>,
}

pub(crate) fn run(command: &ServiceCommand, call: &mut Call<'_>) -> Result<Outcome, Failure> {
    let session = call.session()?;
    let services = session.services();
    let (done, what) = match command {
        ServiceCommand::Create { customer, kind, title, request } => {
            let made = block_on(async {
                let customer = session.customers().named(customer).await?.id;
                services.create(NewServiceRequest::new(kind, title, customer, request)).await
            })?;
            let sentence = format!("made the service request `{}`", made.number);
            return tell(call, &session, KIND, made.id.raw(), &sentence);
        }
        ServiceCommand::Assign { number, login } => block_on(async {
            session.require("service_request.assign").await?;
            let user = session.users().named(login).await?;
            let id = services.named(number).await?.id;
            let done = services.assign(id, user.id).await?;
            Ok::<_, Error>((done, format!("assigned to `{}`", user.name)))
        })?,
        ServiceCommand::Handle { number, handling } => block_on(async {
            let id = services.named(number).await?.id;
            Ok::<_, Error>((services.handle(id, handling).await?, "handled".to_owned()))
        })?,
        ServiceCommand::Feedback { number, result, satisfaction } => block_on(async {
            let id = services.named(number).await?.id;
            let done = services.feedback(id, result, *satisfaction).await?;
            let what = match done.status {
                ServiceStatus::Assigned => "back for another round",
                ServiceStatus::Created | ServiceStatus::Handled | ServiceStatus::Archived => done.status.code(),
            };
            Ok::<_, Error>((done, what.to_owned()))
        })?,
        ServiceCommand::Delete { number } => {
            let id = block_on(services.named(number))?.id;
            block_on(services.delete(id))?;
            call.say(&format!("the service request `{number}` is deleted"))?;
            return Ok(Outcome::Done);
        }
        ServiceCommand::Search(args) => return search(args, &session, call),
        ServiceCommand::Show { number } => return show_one(KIND, number, call),
    };
    let sentence = format!("the service request `{}` is {what}", done.number);
    tell(call, &session, KIND, done.id.raw(), &sentence)
}

fn search(args: &SearchArgs, session: &Session, call: &mut Call<'_>) -> Result<Outcome, Failure> {
    let customer = match &args.customer {
        Some(customer) => Some(block_on(session.customers().named(customer))?.id),
        None => None,
    };
    let (title, r#type) = (args.title.clone(), args.kind.clone());
    let search = ArchiveSearch { customer, title, r#type, from: args.from, to: args.to };
    let wrong = |error: TimestampError| Failure::Usage(error.to_string());
    let query = search.query(session.crm().organisation().zone()).map_err(wrong)?;
    list::found(call, session, KIND, Vec::new(), &query)
}

/// A rating as it is typed.
fn rating(text: &str) -> Result<Rating, String> {
    Rating::from_code(text).map_err(|error| error.to_string())
}
