//! The plan of an opportunity: what shall be done to win it.

use super::Opportunity;
use crate::command::{Command, Commands, Loaded, Need, Outcome};
use crate::error::{Error, Result};
use crate::id::Id;
use crate::problem::{FieldProblem, Problem};
use crate::rules::{Context, Rules};
use crate::schema::{EntityFacts, Facts};
use crate::value::{Date, Timestamp};

crate::entity!(
    #[entity("sal_plan", "客户开发计划", "Plan item")]
    #[inputs(NewPlanItem, PlanItemPatch)]
    /// One thing to be done to win an opportunity.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    ///
    /// let item = PlanItem::draft(Id::NIL, NewPlanItem::new(Id::NIL, "2026-03-31".parse()?, "Send samples"));
    /// assert_eq!((item.result, item.executed_at), (None, None));
    /// let overdue = PlanItem::executed_at.is_null().and(PlanItem::date.lt("2026-04-01".parse::<Date>()?));
    /// # let _ = overdue;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub struct PlanItem {
        /// The opportunity.
        #[label("销售机会", "Opportunity")]
        pub opportunity: Id<Opportunity>,
        /// The day it is planned for.
        #[label("日期", "Date")]
        pub date: Date,
        /// What is to be done.
        #[label("计划项", "To do")]
        pub todo: String,
        #[system]
        /// What came of it.
        #[label("执行效果", "Result")]
        pub result: Option<String>,
        #[system]
        /// When it was done; nothing while it is planned.
        #[label("执行时间", "Executed at")]
        pub executed_at: Option<Timestamp>,
    }
);

impl NewPlanItem {
    /// Something to be done for an opportunity on a day.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    ///
    /// # let opportunity: Id<Opportunity> = Id::NIL;
    /// let item = NewPlanItem::new(opportunity, "2026-03-31".parse()?, "Send samples");
    /// assert_eq!(item.todo, "Send samples");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn new(opportunity: Id<Opportunity>, date: Date, todo: impl Into<String>) -> Self {
        Self { opportunity, date, todo: todo.into(), ..Self::default() }
    }
}

impl EntityFacts for PlanItem {
    fn facts() -> Facts {
        Facts::default()
            .index::<Self>(&[&PlanItem::opportunity, &PlanItem::date])
            .owner(PlanItem::opportunity.to(Opportunity::owner))
            .searched::<Self>(&[&PlanItem::todo, &PlanItem::result])
            .actions(&["execute"])
    }
}

impl Rules for PlanItem {
    fn edited(before: &Self, after: Self, context: &Context) -> Result<Self> {
        if before.opportunity != after.opportunity {
            return Err(invalid(FieldProblem::invalid("opportunity", "a plan item stays with its opportunity")));
        }
        match before.executed_at {
            Some(at) if before.date != after.date => {
                let day = at.local_date(context.zone);
                let sentence = format!("it can't be changed any more: the item was executed on {day}");
                Err(invalid(FieldProblem::invalid("date", sentence)))
            }
            _ => Ok(after),
        }
    }

    fn commands() -> Commands<Self> {
        Commands::default().with::<Execute>()
    }

    fn events(&self, _: &Context) -> Vec<&'static str> {
        let open = self.executed_at.is_none().then_some("execute");
        ["edit", "delete"].into_iter().chain(open).collect()
    }

    fn relies_on(&self) -> Vec<Need> {
        // A missing reference is reported when the fields are checked.
        if self.opportunity == Id::NIL { Vec::new() } else { vec![Need::record(self.opportunity)] }
    }

    /// A plan is made, changed and thrown away only while somebody works on the opportunity.
    fn allowed(before: Option<&Self>, after: Option<&Self>, loaded: &Loaded, _: &Context) -> Result<()> {
        let planned = before.into_iter().chain(after).map(|item| item.opportunity).filter(|id| *id != Id::NIL);
        planned.into_iter().try_for_each(|id| loaded.get(id)?.require_planning())
    }
}

/// Records that a planned item was done, and what came of it.
///
/// # Examples
///
/// ```
/// use crmkit::command::{Command, Loaded};
/// use crmkit::marketing::Execute;
/// use crmkit::prelude::*;
///
/// let context = Context { actor: None, now: "2026-03-31T09:00:00Z".parse()?, zone: chrono_tz::UTC };
///
/// let chance = Opportunity::draft(Id::NIL, NewOpportunity::new("Acme", "Tea", "A pound a week", 40));
/// let chance = Opportunity { status: OpportunityStatus::Assigned, ..chance };
/// let item = PlanItem::draft(Id::NIL, NewPlanItem::new(chance.id, "2026-03-31".parse()?, "Send samples"));
/// let mut loaded = Loaded::default();
/// loaded.add(chance.into_record());
/// let done = Execute { result: "They like it".into() }.decide(item, &loaded, &context)?;
/// assert_eq!(done.subject().executed_at, Some(context.now));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Execute {
    /// What came of it; not blank.
    pub result: String,
}

impl Command for Execute {
    type Subject = PlanItem;

    const ACTION: &'static str = "execute";

    fn needs(&self, subject: &PlanItem) -> Vec<Need> {
        subject.relies_on()
    }

    fn decide(&self, mut subject: PlanItem, loaded: &Loaded, context: &Context) -> Result<Outcome<PlanItem>> {
        loaded.get(subject.opportunity)?.require_planning()?;
        if let Some(at) = subject.executed_at {
            let problem = format!("was executed on {} already", at.local_date(context.zone));
            return Err(Error::State { entity: "plan_item".into(), id: subject.id.raw(), problem });
        }
        if self.result.trim().is_empty() {
            return Err(invalid(FieldProblem { field: "result".into(), problem: Problem::Required }));
        }
        subject.result = Some(self.result.clone());
        subject.executed_at = Some(context.now);
        Ok(Outcome::of(subject))
    }
}

fn invalid(problem: FieldProblem) -> Error {
    Error::Invalid { entity: "plan_item".into(), problems: vec![problem] }
}
