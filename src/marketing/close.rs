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
///
/// # Examples
///
/// ```
/// use crmkit::command::{Command, Loaded};
/// use crmkit::marketing::Win;
/// use crmkit::prelude::*;
///
/// let chance = Opportunity::draft(Id::NIL, NewOpportunity::new("Acme", "Tea", "A pound a week", 40));
/// let context = Context { actor: None, now: Timestamp::EPOCH, zone: chrono_tz::UTC };
/// let refused = Win.decide(chance, &Loaded::default(), &context).map(|_| ()).map_err(|error| error.to_string());
/// assert!(refused.is_err_and(|text| text.ends_with("is `unassigned`; `win` needs `assigned`")));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
pub struct Win;

/// Closes an assigned opportunity as given up.
///
/// # Examples
///
/// ```
/// use crmkit::command::{Command, Loaded};
/// use crmkit::marketing::Terminate;
/// use crmkit::prelude::*;
///
/// let context = Context { actor: None, now: "2026-03-31T09:00:00Z".parse()?, zone: chrono_tz::UTC };
///
/// let chance = Opportunity::draft(Id::NIL, NewOpportunity::new("Acme", "Tea", "A pound a week", 40));
/// let chance = Opportunity { status: OpportunityStatus::Assigned, ..chance };
/// let ended = Terminate { reason: "they drink coffee".into() }.decide(chance, &Loaded::default(), &context)?;
/// assert_eq!(ended.subject().closed_at, Some(context.now));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Other;
    use crate::id::{Id, RecordId};
    use crate::marketing::NewOpportunity;
    use crate::schema::{Choice, FieldType};
    use crate::value::Timestamp;

    fn context() -> Context {
        Context { actor: Some(Id::new(RecordId::from_bytes([7; 16]))), now: Timestamp::EPOCH, zone: chrono_tz::UTC }
    }

    fn opportunity(status: OpportunityStatus) -> Opportunity {
        let (contact_name, contact_phone) = (Some("Ann".into()), Some("030 1".into()));
        let customer_name = "Acme".into();
        let new = NewOpportunity { customer_name, contact_name, contact_phone, ..Default::default() };
        let assigned_to = Some(Id::new(RecordId::from_bytes([3; 16])));
        Opportunity { status, assigned_to, ..Opportunity::draft(Id::NIL, new) }
    }

    fn loaded() -> Loaded {
        Loaded::new((11..20).map(|byte| RecordId::from_bytes([byte; 16])).collect())
    }

    fn made(outcome: Outcome<Opportunity>) -> (Opportunity, Vec<crate::schema::Record>) {
        let (subject, others) = outcome.into_parts();
        let records = others.into_iter().map(|other| match other {
            Other::Insert { record, .. } => record,
            Other::Change(change) => panic!("{change:?}"),
        });
        (subject, records.collect())
    }

    #[test]
    fn winning_makes_the_assignee_a_customer_and_a_contact() {
        let outcome = Win.decide(opportunity(OpportunityStatus::Assigned), &loaded(), &context()).unwrap();
        let (won, records) = made(outcome);
        let [customer, contact] = <[_; 2]>::try_from(records).unwrap();
        let (customer, contact) = (Customer::from_record(customer).unwrap(), Contact::from_record(contact).unwrap());
        assert_eq!((won.status, won.closed_at), (OpportunityStatus::Won, Some(Timestamp::EPOCH)));
        assert_eq!((won.customer, contact.customer), (Some(customer.id), customer.id));
        assert_eq!((customer.name.as_str(), customer.manager), ("Acme", won.assigned_to));
        assert_eq!((contact.name.as_str(), contact.phone.as_deref()), ("Ann", Some("030 1")));
    }

    #[test]
    fn winning_makes_no_more_than_is_known_and_new() {
        let nobody = Opportunity { contact_name: Some(" ".into()), ..opportunity(OpportunityStatus::Assigned) };
        let (_, records) = made(Win.decide(nobody, &loaded(), &context()).unwrap());
        assert_eq!(records.iter().map(|record| &*record.entity).collect::<Vec<_>>(), [Customer::NAME]);
        let known = Some(Id::new(RecordId::from_bytes([5; 16])));
        let known = Opportunity { customer: known, ..opportunity(OpportunityStatus::Assigned) };
        let (won, records) = made(Win.decide(known.clone(), &loaded(), &context()).unwrap());
        assert_eq!((won.customer, records.len()), (known.customer, 0));
    }

    #[test]
    fn only_an_assigned_one_is_closed_and_giving_up_needs_a_reason() {
        for status in OpportunityStatus::ALL.iter().copied() {
            let good = status == OpportunityStatus::Assigned;
            let terminate = |reason: &str| {
                let command = Terminate { reason: reason.into() };
                command.decide(opportunity(status), &loaded(), &context()).map(|outcome| made(outcome).0)
            };
            assert_eq!(Win.decide(opportunity(status), &loaded(), &context()).is_ok(), good, "{status:?}");
            match terminate("too dear") {
                Ok(given_up) => assert!(good && given_up.close_reason.as_deref() == Some("too dear"), "{status:?}"),
                Err(error) => {
                    let (is, code) = (status.into_value(), status.code());
                    assert!(!good && error.to_string().ends_with("`terminate` needs `assigned`"), "{is}: {error}");
                    assert!(error.to_string().contains(&format!("is `{code}`")), "{error}");
                }
            }
            assert!(terminate(" \t").is_err(), "{status:?}");
        }
    }
}
