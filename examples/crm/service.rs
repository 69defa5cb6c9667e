//! `crm service`: what customers ask for, until they are content.

use clap::Subcommand;
use crmkit::prelude::*;
use crmkit::service::{NewServiceRequest, ServiceStatus};
use pollster::block_on;

use crate::call::Call;
use crate::failure::{Failure, Outcome};
use crate::record::{show, tell};

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
        satisfaction: String,
    },
    /// Delete one that is not assigned yet
    Delete {
        /// The number
        number: String,
    },
    /// Show one with the rounds it went through
    Show {
        /// The number
        number: String,
    },
}

pub(crate) fn run(command: &ServiceCommand, call: &mut Call<'_>) -> Result<Outcome, Failure> {
    if let ServiceCommand::Feedback { satisfaction, .. } = command {
        Rating::from_code(satisfaction).map_err(|error| Failure::Usage(format!("the satisfaction {error}")))?;
    }
    let session = call.session()?;
    if let ServiceCommand::Show { number } = command {
        let id = block_on(session.services().named(number))?.id;
        return show(call, &session, KIND, id.raw(), &[("service_rounds", "request")]);
    }
    if let ServiceCommand::Delete { number } = command {
        let id = block_on(session.services().named(number))?.id;
        block_on(session.services().delete(id))?;
        call.say(&format!("the service request `{number}` is deleted"))?;
        return Ok(Outcome::Done);
    }
    let (id, sentence) = block_on(step(&session, command))?;
    tell(call, &session, KIND, id, &sentence)
}

async fn step(session: &Session, command: &ServiceCommand) -> Result<(RecordId, String), Failure> {
    let services = session.services();
    let (done, what) = match command {
        ServiceCommand::Create { customer, kind, title, request } => {
            let customer = session.customers().named(customer).await?.id;
            let new = NewServiceRequest::new(kind, title, customer, request);
            let made = services.create(new).await?;
            return Ok((made.id.raw(), format!("made the service request `{}`", made.number)));
        }
        ServiceCommand::Show { number } | ServiceCommand::Delete { number } => {
            (services.named(number).await?, "there".to_owned())
        }
        ServiceCommand::Assign { number, login } => {
            session.require("service_request.assign").await?;
            let user = session.users().named(login).await?;
            let id = services.named(number).await?.id;
            (services.assign(id, user.id).await?, format!("assigned to `{}`", user.name))
        }
        ServiceCommand::Handle { number, handling } => {
            let id = services.named(number).await?.id;
            (services.handle(id, handling).await?, "handled".to_owned())
        }
        ServiceCommand::Feedback { number, result, satisfaction } => {
            let satisfaction = Rating::from_code(satisfaction).map_err(|error| Failure::Usage(error.to_string()))?;
            let id = services.named(number).await?.id;
            let done = services.feedback(id, result, satisfaction).await?;
            let what = match done.status {
                ServiceStatus::Assigned => "back for another round",
                ServiceStatus::Created | ServiceStatus::Handled | ServiceStatus::Archived => done.status.code(),
            };
            (done, what.to_owned())
        }
    };
    Ok((done.id.raw(), format!("the service request `{}` is {what}", done.number)))
}
