//! Opportunities and their plans, as the text has them.

use chrono::NaiveDate;
use crmkit::marketing::OpportunityStatus;
use crmkit::prelude::CustomerStatus;

use crate::mutation::Mutation;
use crate::state::{
    Answer, Contact, Customer, Key, Kind, Model, Opportunity, PlanItem, Refusal, Role, Who, Why, blank,
};

/// What somebody enters as an opportunity.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NewChance {
    pub(crate) customer_name: String,
    pub(crate) success_rate: Option<i64>,
    pub(crate) description: Option<String>,
    pub(crate) contact_name: Option<String>,
    pub(crate) contact_phone: Option<String>,
    pub(crate) customer: Option<Key>,
}

/// "Create, edit, delete, assign, plan" is the supervisor's; of what is assigned to him a manager may also report the
/// outcome.
const SELLING: [Role; 2] = [Role::Supervisor, Role::Manager];
const ASSIGNEES: [Role; 1] = [Role::Manager];

impl Model {
    /// A supervisor sees all; an account manager his own unassigned ones and those assigned to him.
    pub(crate) fn opportunity_is_seen(&self, who: Who, it: &Opportunity) -> bool {
        who.role() != Role::Manager
            || self.planted(Mutation::ManagerSeesOthersOpportunity)
            || it.assigned_to == Some(who)
            || it.created_by == Some(who)
                && (it.assigned_to.is_none() || self.planted(Mutation::CreatorStillSeesAssigned))
    }

    pub(crate) fn create_opportunity(&mut self, who: Who, new: &NewChance) -> Answer {
        self.right(who, &SELLING)?;
        let person = who.person().is_some();
        Why::default()
            .when(new.customer.is_some_and(|key| !self.sees(who, Kind::Customer, key)), Refusal::NotFound)
            .when(blank(&new.customer_name), Refusal::Invalid)
            .when(new.success_rate.is_some_and(|rate| !(0..=100).contains(&rate)), Refusal::Invalid)
            .when(person && (new.success_rate.is_none() || new.description.is_none()), Refusal::Invalid)
            .answer()?;
        let record = Opportunity {
            number: self.number(Kind::Opportunity),
            customer_name: new.customer_name.clone(),
            title: "tea".into(),
            success_rate: new.success_rate,
            description: new.description.clone(),
            contact_name: new.contact_name.clone(),
            contact_phone: new.contact_phone.clone(),
            customer: new.customer,
            status: OpportunityStatus::Unassigned,
            created_by: who.person(),
            created_at: self.now,
            assigned_to: None,
            assigned_at: None,
            closed_at: None,
            close_reason: None,
        };
        self.opportunities.add(record);
        Ok(())
    }

    /// What must hold of an opportunity before it is edited, deleted or assigned.
    fn unassigned(&self, at: Key) -> Why {
        let it = self.opportunities.get(at);
        Why::default().when(it.is_some_and(|it| it.status != OpportunityStatus::Unassigned), Refusal::State)
    }

    fn assigned(&self, at: Key) -> Why {
        let it = self.opportunities.get(at);
        Why::default().when(it.is_some_and(|it| it.status != OpportunityStatus::Assigned), Refusal::State)
    }

    pub(crate) fn edit_opportunity(&mut self, who: Who, at: Key, title: &str, rate: i64) -> Answer {
        self.may(who, &SELLING, Kind::Opportunity, at)?;
        let why = if self.planted(Mutation::EditAfterAssignment) { Why::default() } else { self.unassigned(at) };
        why.when(blank(title) || !(0..=100).contains(&rate), Refusal::Invalid).answer()?;
        self.opportunities.change(at, |it| {
            it.title = title.to_owned();
            it.success_rate = Some(rate);
        });
        Ok(())
    }

    pub(crate) fn delete_opportunity(&mut self, who: Who, at: Key) -> Answer {
        self.may(who, &SELLING, Kind::Opportunity, at)?;
        self.unassigned(at).answer()?;
        if let Some(gone) = self.opportunities.get(at).cloned() {
            self.give_back(Kind::Opportunity, &gone.number);
        }
        self.opportunities.remove(at);
        Ok(())
    }

    pub(crate) fn assign_opportunity(&mut self, who: Who, at: Key, to: Who) -> Answer {
        self.may(who, &[Role::Supervisor], Kind::Opportunity, at)?;
        self.unassigned(at).when(!self.is_active_manager(to), Refusal::State).answer()?;
        let now = self.now;
        self.opportunities.change(at, |it| {
            it.status = OpportunityStatus::Assigned;
            it.assigned_to = Some(to);
            it.assigned_at = Some(now);
        });
        Ok(())
    }

    pub(crate) fn win(&mut self, who: Who, at: Key) -> Answer {
        self.may(who, &ASSIGNEES, Kind::Opportunity, at)?;
        self.assigned(at).answer()?;
        let Some(it) = self.opportunities.get(at).cloned() else { return Ok(()) };
        let (now, mut customer) = (self.now, it.customer);
        if customer.is_none() || self.planted(Mutation::WinAlwaysMakesCustomer) {
            let number = self.number(Kind::Customer);
            let closer = self.planted(Mutation::WonCustomerBelongsToWhoClosed);
            let made = self.customers.add(Customer {
                number,
                name: it.customer_name.clone(),
                manager: if closer { who.person() } else { it.assigned_to },
                level: None,
                satisfaction: Some(3),
                credit: Some(3),
                status: CustomerStatus::Normal,
                last_order_on: None,
                created_at: now,
            });
            customer = Some(made);
            if let Some(name) = it.contact_name
                && !self.planted(Mutation::WinMakesNoContact)
            {
                self.contacts.add(Contact { customer: made, name, phone: it.contact_phone });
            }
        }
        self.opportunities.change(at, |it| {
            it.status = OpportunityStatus::Won;
            it.closed_at = Some(now);
            it.customer = customer;
        });
        Ok(())
    }

    pub(crate) fn terminate(&mut self, who: Who, at: Key, reason: &str) -> Answer {
        self.may(who, &ASSIGNEES, Kind::Opportunity, at)?;
        let needed = !self.planted(Mutation::TerminateWithoutReason);
        self.assigned(at).when(blank(reason) && needed, Refusal::Invalid).answer()?;
        let now = self.now;
        self.opportunities.change(at, |it| {
            it.status = OpportunityStatus::Terminated;
            it.closed_at = Some(now);
            it.close_reason = Some(reason.to_owned());
        });
        Ok(())
    }

    /// What must hold of an opportunity before anything of its plan changes.
    fn planned(&self, opportunity: Key) -> Why {
        let it = self.opportunities.get(opportunity);
        let closed = it.is_some_and(|it| it.closed_at.is_some());
        if closed && self.planted(Mutation::ClosedOpportunityPlanned) {
            Why::default()
        } else {
            self.assigned(opportunity)
        }
    }

    fn plan_of(&self, at: Key) -> Key {
        self.plans.get(at).map_or(Key::MAX, |item| item.opportunity)
    }

    pub(crate) fn add_plan(&mut self, who: Who, opportunity: Key, date: NaiveDate, todo: &str) -> Answer {
        let why = self.refers(who, &SELLING, Kind::Opportunity, opportunity)?;
        why.of_seen(self.planned(opportunity)).when(blank(todo), Refusal::Invalid).answer()?;
        self.plans.add(PlanItem { opportunity, date, todo: todo.to_owned(), result: None, executed_at: None });
        Ok(())
    }

    pub(crate) fn change_plan(&mut self, who: Who, at: Key, date: Option<NaiveDate>, todo: &str) -> Answer {
        self.may(who, &SELLING, Kind::PlanItem, at)?;
        let fixed = !self.planted(Mutation::ExecutedDateMoves);
        let moved = |item: &PlanItem| item.executed_at.is_some() && date.is_some_and(|date| date != item.date);
        let moved = fixed && self.plans.get(at).is_some_and(moved);
        // Whether the state stands against it or the new date, the text does not say.
        self.planned(self.plan_of(at))
            .when(moved, Refusal::State)
            .when(moved, Refusal::Invalid)
            .when(blank(todo), Refusal::Invalid)
            .answer()?;
        self.plans.change(at, |item| {
            item.date = date.unwrap_or(item.date);
            item.todo = todo.to_owned();
        });
        Ok(())
    }

    pub(crate) fn delete_plan(&mut self, who: Who, at: Key) -> Answer {
        self.may(who, &SELLING, Kind::PlanItem, at)?;
        self.planned(self.plan_of(at)).answer()?;
        self.plans.remove(at);
        Ok(())
    }

    pub(crate) fn execute(&mut self, who: Who, at: Key, result: &str) -> Answer {
        self.may(who, &ASSIGNEES, Kind::PlanItem, at)?;
        self.planned(self.plan_of(at))
            .when(self.plans.get(at).is_some_and(|item| item.executed_at.is_some()), Refusal::State)
            .when(blank(result), Refusal::Invalid)
            .answer()?;
        let now = self.now;
        self.plans.change(at, |item| {
            item.result = Some(result.to_owned());
            item.executed_at = Some(now);
        });
        Ok(())
    }
}
