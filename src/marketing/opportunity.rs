//! Opportunities.

use super::{Assign, Pipeline, Stage, Terminate, Win};
use crate::access::User;
use crate::command::{Commands, Loaded, Need};
use crate::customers::Customer;
use crate::error::{Error, Result};
use crate::id::Id;
use crate::machine::{Machine, Step, permitted, step};
use crate::problem::{FieldProblem, Problem};
use crate::rules::{Context, Deletion, Numbered, Rules};
use crate::sales::Product;
use crate::schema::{EntityFacts, Facts};
use crate::value::{Date, Money, Timestamp};

crate::choice!(
    /// How far an opportunity has come.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    /// use crmkit::schema::Lang;
    ///
    /// assert_eq!(OpportunityStatus::Terminated.code(), "terminated");
    /// assert_eq!(OpportunityStatus::from_code("terminated"), Ok(OpportunityStatus::Terminated));
    /// assert_eq!(OpportunityStatus::definition().label("terminated", Lang::Zh), "终止开发");
    /// ```
    pub enum OpportunityStatus {
        /// Nobody works on it yet.
        #[code("unassigned", "未指派", "Unassigned")]
        #[legacy(1)]
        Unassigned,
        /// An account manager works on it.
        #[code("assigned", "已指派", "Assigned")]
        #[legacy(2)]
        Assigned,
        /// It became a customer.
        #[code("won", "开发成功", "Won")]
        #[legacy(3)]
        Won,
        /// It was given up.
        #[code("terminated", "终止开发", "Terminated")]
        #[legacy(4)]
        Terminated,
    }
);

crate::entity!(
    #[entity("sal_chance", "销售机会", "Opportunity")]
    #[inputs(NewOpportunity, OpportunityPatch)]
    /// A chance to win a customer or a deal.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let new = NewOpportunity::new("Hotel Lotus", "Tea for 200 rooms", "They open in May", 60);
    /// let new = NewOpportunity { amount: Some("12000".parse()?), expected_close_on: Some("2026-05-01".parse()?), ..new };
    /// let chance = crm.system().opportunities().create(new).await?;
    /// assert_eq!(chance.status, OpportunityStatus::Unassigned);
    /// let large = Opportunity::status.eq(OpportunityStatus::Unassigned).and(Opportunity::amount.ge("10000".parse::<Money>()?));
    /// assert_eq!(crm.system().opportunities().count(large).await?, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub struct Opportunity {
        /// The number people see; without one the next of the series is taken.
        #[label("机会编号", "Opportunity no.")]
        pub number: String,
        /// Where it came from, from the dictionary.
        #[label("机会来源", "Source")]
        pub source: Option<String>,
        /// Who may become a customer.
        #[label("客户名称", "Customer name")]
        pub customer_name: String,
        /// What it is about, in a line.
        #[label("概要", "Title")]
        pub title: String,
        /// How likely it succeeds, in percent from 0 to 100; a person who enters one must say.
        #[label("成功机率", "Success rate")]
        pub success_rate: Option<i64>,
        /// Whom to talk to.
        #[label("联系人", "Contact")]
        pub contact_name: Option<String>,
        /// How to reach the contact.
        #[label("联系人电话", "Contact phone")]
        pub contact_phone: Option<String>,
        /// What it is about; a person who enters one must say.
        #[label("机会描述", "Description")]
        pub description: Option<String>,
        /// What may be sold.
        #[label("产品", "Product")]
        pub product: Option<Id<Product>>,
        /// The customer, if it is one already; else the one it became.
        #[label("客户", "Customer")]
        pub customer: Option<Id<Customer>>,
        /// What it is expected to bring.
        #[label("预计金额", "Expected amount")]
        pub amount: Option<Money>,
        /// The day it is expected to be closed.
        #[label("预计成交日期", "Expected close on")]
        pub expected_close_on: Option<Date>,
        /// The pipeline it is on.
        #[label("销售管道", "Pipeline")]
        pub pipeline: Option<Id<Pipeline>>,
        /// How far it has come on its pipeline.
        #[label("销售阶段", "Stage")]
        pub stage: Option<Id<Stage>>,
        /// Who else is after it.
        #[label("竞争对手", "Competitor")]
        pub competitor: Option<String>,
        #[system]
        /// Whether somebody works on it, and how it ended.
        #[label("状态", "Status")]
        pub status: OpportunityStatus,
        #[system]
        /// Who entered it; nobody where the system did.
        #[label("创建人", "Created by")]
        pub created_by: Option<Id<User>>,
        #[system]
        /// When it was entered.
        #[label("创建时间", "Created at")]
        pub created_at: Timestamp,
        #[system]
        /// The account manager who works on it.
        #[label("指派给", "Assigned to")]
        pub assigned_to: Option<Id<User>>,
        #[system]
        /// When it was assigned.
        #[label("指派时间", "Assigned at")]
        pub assigned_at: Option<Timestamp>,
        #[system]
        /// When it was won or terminated.
        #[label("关闭时间", "Closed at")]
        pub closed_at: Option<Timestamp>,
        #[system]
        /// Why it was terminated.
        #[label("关闭原因", "Close reason")]
        pub close_reason: Option<String>,
        #[system]
        /// Whose it is: who entered it until it is assigned, then who works on it.
        #[label("负责人", "Owner")]
        pub owner: Option<Id<User>>,
        #[system]
        /// When it was put into its stage; nothing where it stands in none, or where that is not known.
        #[label("进入阶段时间", "In stage since")]
        pub stage_since: Option<Timestamp>,
    }
);

impl EntityFacts for Opportunity {
    fn facts() -> Facts {
        Facts::default()
            .unique::<Self>(&[&Opportunity::number])
            .index::<Self>(&[&Opportunity::status, &Opportunity::closed_at])
            .index::<Self>(&[&Opportunity::status, &Opportunity::expected_close_on])
            .index::<Self>(&[&Opportunity::created_at])
            .owner(Opportunity::owner)
            .natural::<Self>(&[&Opportunity::number])
            .searched::<Self>(&[
                &Opportunity::number,
                &Opportunity::customer_name,
                &Opportunity::title,
                &Opportunity::contact_name,
            ])
            .actions(&["assign", "win", "terminate"])
    }
}

impl Machine<OpportunityStatus> for Opportunity {
    const STEPS: &'static [Step<OpportunityStatus>] = {
        use OpportunityStatus::{Assigned, Terminated, Unassigned, Won};
        &[
            Step { from: &[Unassigned], event: "edit", to: &[Unassigned] },
            Step { from: &[Unassigned], event: "delete", to: &[] },
            Step { from: &[Unassigned], event: "assign", to: &[Assigned] },
            Step { from: &[Assigned], event: "win", to: &[Won] },
            Step { from: &[Assigned], event: "terminate", to: &[Terminated] },
        ]
    };

    fn state(&self) -> OpportunityStatus {
        self.status
    }
}

impl NewOpportunity {
    /// An opportunity with what a person who enters one must say: who may become a customer, what it is about in a
    /// line and in full, and how likely it succeeds, in percent.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    ///
    /// let new = NewOpportunity::new("Hotel Lotus", "Tea for 200 rooms", "They open in May", 60);
    /// let new = NewOpportunity { contact_name: Some("Mei Tanaka".into()), ..new };
    /// assert_eq!(new.success_rate, Some(60));
    /// ```
    #[must_use]
    pub fn new(
        customer_name: impl Into<String>,
        title: impl Into<String>,
        description: impl Into<String>,
        success_rate: i64,
    ) -> Self {
        let (customer_name, title, description) = (customer_name.into(), title.into(), Some(description.into()));
        Self { customer_name, title, description, success_rate: Some(success_rate), ..Self::default() }
    }
}

impl Opportunity {
    /// The opportunity with its owner as it follows from who entered it and whom it is assigned to.
    #[must_use]
    pub fn owned(mut self) -> Self {
        self.owner = self.assigned_to.or(self.created_by);
        self
    }

    /// Refuses to plan for an opportunity that nobody works on, or that is closed.
    ///
    /// # Errors
    ///
    /// [`Error::State`] saying which state it is in.
    pub(super) fn require_planning(&self) -> Result<()> {
        use crate::schema::Choice as _;
        if self.status == OpportunityStatus::Assigned {
            return Ok(());
        }
        let problem = format!("is `{}`; only an `assigned` opportunity is planned for", self.status.code());
        Err(Error::State { entity: "opportunity".into(), id: self.id.raw(), problem })
    }

    fn is_described(&self) -> bool {
        self.description.as_deref().is_some_and(|text| !text.trim().is_empty())
    }

    /// Refuses what does not fit, and what a person, unlike the system, must say. What was brought from elsewhere
    /// without it can be edited without it.
    pub(crate) fn checked(self, before: Option<&Self>, context: &Context) -> Result<Self> {
        let mut problems = Vec::new();
        if context.actor.is_some() {
            if self.success_rate.is_none() && before.is_none_or(|before| before.success_rate.is_some()) {
                problems.push(FieldProblem { field: "success_rate".into(), problem: Problem::Required });
            }
            if !self.is_described() && before.is_none_or(Self::is_described) {
                problems.push(FieldProblem { field: "description".into(), problem: Problem::Required });
            }
        }
        if let Some(rate) = self.success_rate.filter(|rate| !(0..=100).contains(rate)) {
            problems.push(FieldProblem::invalid("success_rate", format!("{rate} is no percentage from 0 to 100")));
        }
        if problems.is_empty() { Ok(self) } else { Err(invalid(problems)) }
    }
}

impl Rules for Opportunity {
    fn created(mut draft: Self, context: &Context) -> Result<Self> {
        draft.created_by = context.actor;
        draft.created_at = context.now;
        draft.stage_since = draft.stage.map(|_| context.now);
        draft.owned().checked(None, context)
    }

    fn edited(before: &Self, mut after: Self, context: &Context) -> Result<Self> {
        step::<OpportunityStatus, _>(before, "edit")?;
        if before.stage != after.stage {
            after.stage_since = after.stage.map(|_| context.now);
        }
        if before.number != after.number {
            return Err(invalid(vec![FieldProblem::invalid("number", "an opportunity's number can't be changed")]));
        }
        after.checked(Some(before), context)
    }

    fn deleted(before: &Self, _: &Context) -> Result<Deletion<Self>> {
        step::<OpportunityStatus, _>(before, "delete")?;
        Ok(Deletion::Remove)
    }

    fn commands() -> Commands<Self> {
        Commands::default().with::<Assign>().with::<Win>().with::<Terminate>()
    }

    fn events(&self, context: &Context) -> Vec<&'static str> {
        permitted(self, context).collect()
    }

    fn relies_on(&self) -> Vec<Need> {
        let records = [self.pipeline.map(Need::record), self.stage.map(Need::record), self.customer.map(Need::visible)];
        records.into_iter().flatten().collect()
    }

    /// An opportunity names only a customer that the actor sees, is put only on an active pipeline, and stands in one
    /// of its stages.
    fn allowed(before: Option<&Self>, after: Option<&Self>, loaded: &Loaded, _: &Context) -> Result<()> {
        let Some(after) = after else { return Ok(()) };
        if let Some(customer) = after.customer.filter(|id| before.and_then(|before| before.customer) != Some(*id)) {
            loaded.get(customer)?;
        }
        if let Some(pipeline) = after.pipeline.filter(|id| before.and_then(|before| before.pipeline) != Some(*id)) {
            let pipeline = loaded.get(pipeline)?;
            if !pipeline.active {
                let sentence = format!("the pipeline `{}` is not active", pipeline.name);
                return Err(invalid(vec![FieldProblem::invalid("pipeline", sentence)]));
            }
        }
        let Some(stage) = after.stage else { return Ok(()) };
        let stage: Stage = loaded.get(stage)?;
        if after.pipeline == Some(stage.pipeline) {
            return Ok(());
        }
        let sentence = match after.pipeline {
            Some(_) => format!("the stage `{}` belongs to another pipeline", stage.name),
            None => format!("the stage `{}` belongs to a pipeline; name it too", stage.name),
        };
        Err(invalid(vec![FieldProblem::invalid("stage", sentence)]))
    }

    fn numbered() -> Option<Numbered> {
        Some(Numbered { field: Opportunity::number.name().into(), series: "opportunity".into() })
    }
}

fn invalid(problems: Vec<FieldProblem>) -> Error {
    Error::Invalid { entity: "opportunity".into(), problems }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::customers::NewCustomer;
    use crate::id::RecordId;
    use crate::machine::events;
    use crate::marketing::{NewOpportunity, NewStage};
    use crate::schema::{Choice, Entity};

    fn by(actor: Option<u8>) -> Context {
        let actor = actor.map(|user| Id::new(RecordId::from_bytes([user; 16])));
        Context { actor, now: Timestamp::EPOCH, zone: chrono_tz::UTC }
    }

    fn new() -> NewOpportunity {
        let (customer_name, title) = ("Acme".into(), "Tea for a year".into());
        let description = Some("They drink a lot of it".into());
        NewOpportunity { customer_name, title, description, success_rate: Some(60), ..Default::default() }
    }

    fn opportunity() -> Opportunity {
        Opportunity::created(Opportunity::draft(Id::NIL, new()), &by(Some(1))).unwrap()
    }

    #[test]
    fn what_was_brought_without_a_description_is_edited_without_it() {
        let brought = Opportunity { description: None, success_rate: None, ..opportunity() };
        let renamed = |before: &Opportunity| Opportunity { title: "More tea".into(), ..before.clone() };
        assert!(Opportunity::edited(&brought, renamed(&brought), &by(Some(1))).is_ok());
        // But nobody takes away what is there.
        assert!(Opportunity::edited(&opportunity(), renamed(&brought), &by(Some(1))).is_err());
        assert!(Opportunity::created(brought, &by(Some(1))).is_err());
    }

    #[test]
    fn a_customer_is_named_only_by_who_sees_him() {
        let acme = Customer::draft(Id::new(RecordId::from_bytes([5; 16])), NewCustomer::new("Acme"));
        let named = Opportunity { customer: Some(acme.id), ..opportunity() };
        assert_eq!(named.relies_on(), [Need::visible(acme.id)]);
        let (mut seen, unseen) = (Loaded::default(), Loaded::default());
        seen.add(acme.into_record());
        assert!(Opportunity::allowed(None, Some(&named), &seen, &by(Some(1))).is_ok());
        for before in [None, Some(&opportunity())] {
            let refused = Opportunity::allowed(before, Some(&named), &unseen, &by(Some(1)));
            assert!(matches!(refused, Err(Error::NotFound { .. })), "{refused:?}");
        }
        // Whom it names already may have gone from his sight since.
        assert!(Opportunity::allowed(Some(&named), Some(&named), &unseen, &by(Some(1))).is_ok());
    }

    #[test]
    fn every_event_leads_where_it_shall_and_nowhere_else() {
        use OpportunityStatus::{Assigned, Terminated, Unassigned, Won};
        let leads = |from: OpportunityStatus, event: &str| match (from, event) {
            (Unassigned, "edit") => Some(vec![Unassigned]),
            (Unassigned, "delete") => Some(vec![]),
            (Unassigned, "assign") => Some(vec![Assigned]),
            (Assigned, "win") => Some(vec![Won]),
            (Assigned, "terminate") => Some(vec![Terminated]),
            _ => None,
        };
        let all = ["edit", "delete", "assign", "win", "terminate", "create", "reopen", ""];
        for status in OpportunityStatus::ALL.iter().copied() {
            let opportunity = Opportunity { status, ..opportunity() };
            for event in all {
                let to = step::<OpportunityStatus, _>(&opportunity, event).ok().map(|step| step.to.to_vec());
                assert_eq!(to, leads(status, event), "{status:?} {event}");
            }
            let possible: Vec<&str> = events::<OpportunityStatus, _>(&opportunity).collect();
            let expected = all.into_iter().filter(|event| leads(status, event).is_some());
            assert_eq!(possible, expected.collect::<Vec<_>>(), "{status:?}");
        }
    }

    #[test]
    fn the_system_sets_who_entered_it_and_when() {
        let made = opportunity();
        assert_eq!((made.created_by, made.owner), (by(Some(1)).actor, by(Some(1)).actor));
        assert_eq!((made.created_at, made.status), (Timestamp::EPOCH, OpportunityStatus::Unassigned));
        assert_eq!((made.assigned_to, made.closed_at), (None, None));
    }

    #[test]
    fn a_person_says_how_likely_it_is_and_what_it_is_about() {
        let made = |new: NewOpportunity, actor| Opportunity::created(Opportunity::draft(Id::NIL, new), &by(actor));
        let silent = || NewOpportunity { success_rate: None, description: Some("  ".into()), ..new() };
        let error = made(silent(), Some(1)).unwrap_err().to_string();
        assert_eq!(error, "the opportunity can't be stored: `success_rate` is required; `description` is required");
        assert!(made(silent(), None).is_ok(), "an import does not know");
        for (rate, good) in [(-1, false), (0, true), (100, true), (101, false)] {
            for actor in [None, Some(1)] {
                let rated = NewOpportunity { success_rate: Some(rate), ..new() };
                assert_eq!(made(rated, actor).is_ok(), good, "{rate}");
            }
        }
    }

    #[test]
    fn only_an_unassigned_one_is_edited_or_deleted_and_never_its_number() {
        for status in OpportunityStatus::ALL.iter().copied() {
            let before = Opportunity { status, ..opportunity() };
            let after = Opportunity { title: "Coffee".into(), ..before.clone() };
            let free = status == OpportunityStatus::Unassigned;
            assert_eq!(Opportunity::edited(&before, after, &by(Some(1))).is_ok(), free, "{status:?}");
            assert_eq!(Opportunity::deleted(&before, &by(Some(1))).is_ok(), free, "{status:?}");
        }
        let renumbered = Opportunity { number: "XS1".into(), ..opportunity() };
        assert!(Opportunity::edited(&opportunity(), renumbered, &by(Some(1))).is_err());
    }

    #[test]
    fn a_stage_is_one_of_the_pipeline_that_is_named() {
        let pipeline = |number: u8| Id::<Pipeline>::new(RecordId::from_bytes([number; 16]));
        let stage: Id<Stage> = Id::new(RecordId::from_bytes([9; 16]));
        let mut loaded = Loaded::default();
        for (number, active) in [(1, true), (2, true), (3, false)] {
            let named = crate::marketing::NewPipeline { active, ..crate::marketing::NewPipeline::new("sales") };
            loaded.add(Pipeline::draft(pipeline(number), named).into_record());
        }
        let new_stage = NewStage { pipeline: pipeline(1), name: "offer".into(), ..Default::default() };
        loaded.add(Stage::draft(stage, new_stage).into_record());
        let on = |pipeline, stage| Opportunity { pipeline, stage, ..opportunity() };
        let allowed = |after: &Opportunity| Opportunity::allowed(None, Some(after), &loaded, &by(Some(1)));
        assert!(allowed(&on(Some(pipeline(1)), Some(stage))).is_ok());
        assert!(allowed(&on(Some(pipeline(2)), None)).is_ok());
        let error = allowed(&on(Some(pipeline(2)), Some(stage))).unwrap_err().to_string();
        assert!(error.ends_with("`stage`: the stage `offer` belongs to another pipeline"), "{error}");
        assert!(allowed(&on(None, Some(stage))).is_err());
        let closed = on(Some(pipeline(3)), None);
        assert!(allowed(&closed).unwrap_err().to_string().contains("`sales` is not active"));
        // One that was on the pipeline before can still be edited.
        assert!(Opportunity::allowed(Some(&closed), Some(&closed), &loaded, &by(Some(1))).is_ok());
    }
}
