//! Closing an opportunity: won or terminated.

use super::{Opportunity, OpportunityStatus};
use crate::command::{Command, Loaded, Outcome};
use crate::customers::{Contact, Customer, NewContact, NewCustomer};
use crate::error::{Error, Result};
use crate::machine::step;
use crate::problem::{FieldProblem, Problem};
use crate::rules::Context;
use crate::schema::Entity;

/// Closes an assigned opportunity as won.
///
/// Unless it names a customer already, its customer is made with it, for the account manager it is assigned to, and a
/// contact where a name is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Win;

/// Closes an assigned opportunity as given up.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Terminate {
    /// Why; not blank.
    pub reason: String,
}

impl Command for Win {
    type Subject = Opportunity;

    const ACTION: &'static str = "win";

    fn decide(&self, mut subject: Opportunity, loaded: &Loaded, context: &Context) -> Result<Outcome<Opportunity>> {
        step::<OpportunityStatus, _>(&subject, Self::ACTION)?;
        subject.status = OpportunityStatus::Won;
        subject.closed_at = Some(context.now);
        if subject.customer.is_some() {
            return Ok(Outcome::of(subject));
        }
        let customer = loaded.fresh(0);
        subject.customer = Some(customer);
        let new = NewCustomer { manager: subject.assigned_to, ..NewCustomer::new(subject.customer_name.clone()) };
        let name = subject.contact_name.clone().filter(|name| !name.trim().is_empty());
        let phone = subject.contact_phone.clone();
        let outcome = Outcome::of(subject).insert(Customer::draft(customer, new), context)?;
        let Some(name) = name else { return Ok(outcome) };
        let contact = NewContact { customer, name, phone, is_primary: true, ..Default::default() };
        outcome.insert(Contact::draft(loaded.fresh(1), contact), context)
    }
}

impl Command for Terminate {
    type Subject = Opportunity;

    const ACTION: &'static str = "terminate";

    fn decide(&self, mut subject: Opportunity, _: &Loaded, context: &Context) -> Result<Outcome<Opportunity>> {
        step::<OpportunityStatus, _>(&subject, Self::ACTION)?;
        if self.reason.trim().is_empty() {
            let problems = vec![FieldProblem { field: "close_reason".into(), problem: Problem::Required }];
            return Err(Error::Invalid { entity: "opportunity".into(), problems });
        }
        subject.status = OpportunityStatus::Terminated;
        subject.closed_at = Some(context.now);
        subject.close_reason = Some(self.reason.clone());
        Ok(Outcome::of(subject))
    }
}
