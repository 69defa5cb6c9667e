//! Service requests.

use super::{AssignService, GiveFeedback, HandleService};
use crate::access::User;
use crate::command::{Commands, Loaded, Need};
use crate::customers::{Customer, Rating};
use crate::dictionary::{DictionaryEntry, SERVICE_TYPE};
use crate::error::{Error, Result};
use crate::id::Id;
use crate::machine::{About, Condition, Machine, Step, permit, permitted};
use crate::problem::{FieldProblem, Problem};
use crate::query::Period;
use crate::rollup::Rollup;
use crate::rules::{Context, Deletion, Numbered, Rules};
use crate::schema::{EntityFacts, Facts};
use crate::value::Timestamp;

crate::choice!(
    /// How far a service request has come.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    /// use crmkit::schema::Lang;
    ///
    /// assert_eq!(ServiceStatus::Handled.code(), "handled");
    /// assert_eq!(ServiceStatus::from_code("handled"), Ok(ServiceStatus::Handled));
    /// assert_eq!(ServiceStatus::definition().label("handled", Lang::Zh), "已处理");
    /// ```
    pub enum ServiceStatus {
        /// Entered.
        #[code("created", "新创建", "Created")]
        Created,
        /// Somebody sees to it.
        #[code("assigned", "已分配", "Assigned")]
        Assigned,
        /// Somebody has seen to it; what the customer says of it is not known yet.
        #[code("handled", "已处理", "Handled")]
        Handled,
        /// Done to the customer's satisfaction.
        #[code("archived", "已归档", "Archived")]
        Archived,
    }
);

crate::entity!(
    #[entity("cst_service", "客户服务", "Service request")]
    #[inputs(NewServiceRequest, ServiceRequestPatch)]
    /// What a customer asks for, complains of or suggests.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let acme = crm.system().customers().create(NewCustomer::new("Acme")).await?;
    /// let new = NewServiceRequest::new("complaint", "Broken pots", acme.id, "Two of six came broken");
    /// let request = crm.system().services().create(new).await?;
    /// assert_eq!((request.status, request.satisfaction), (ServiceStatus::Created, None));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub struct ServiceRequest {
        /// The number people see; without one the next of the series is taken.
        #[label("服务编号", "Service no.")]
        pub number: String,
        /// What kind it is, from the dictionary.
        #[label("服务类型", "Type")]
        pub r#type: String,
        /// What it is about, in a few words.
        #[label("概要", "Title")]
        pub title: String,
        /// Whose it is.
        #[label("客户", "Customer")]
        pub customer: Id<Customer>,
        /// What is asked for.
        #[label("服务请求", "Request")]
        pub request: Option<String>,
        #[system]
        /// How far it has come.
        #[label("状态", "Status")]
        pub status: ServiceStatus,
        #[system]
        /// Who entered it; nobody where a job or an import did.
        #[label("创建人", "Created by")]
        pub created_by: Option<Id<User>>,
        #[system]
        /// When it was entered.
        #[label("创建时间", "Created at")]
        pub created_at: Timestamp,
        #[system]
        /// Who sees to it.
        #[label("分配给", "Assigned to")]
        pub assigned_to: Option<Id<User>>,
        #[system]
        /// When it was given to him.
        #[label("分配时间", "Assigned at")]
        pub assigned_at: Option<Timestamp>,
        #[system]
        /// Who gave it to him.
        #[label("分配人", "Assigned by")]
        pub assigned_by: Option<Id<User>>,
        #[system]
        /// What was done in the present round.
        #[label("服务处理", "Handling")]
        pub handling: Option<String>,
        #[system]
        /// Who did it.
        #[label("处理人", "Handled by")]
        pub handled_by: Option<Id<User>>,
        #[system]
        /// When it was done.
        #[label("处理时间", "Handled at")]
        pub handled_at: Option<Timestamp>,
        #[system]
        /// What came of it.
        #[label("处理结果", "Result")]
        pub result: Option<String>,
        #[system]
        /// How satisfied the customer is.
        #[label("满意度", "Satisfaction")]
        pub satisfaction: Option<Rating>,
        #[system]
        /// How many rounds of handling and feedback are over.
        #[label("处理轮次", "Rounds")]
        pub rounds: i64,
    }
);

impl EntityFacts for ServiceRequest {
    fn facts() -> Facts {
        Facts::default()
            .unique::<Self>(&[&ServiceRequest::number])
            .index::<Self>(&[&ServiceRequest::status, &ServiceRequest::created_at])
            .index::<Self>(&[&ServiceRequest::created_at])
            .owner(ServiceRequest::created_by)
            .owner(ServiceRequest::assigned_to)
            .natural::<Self>(&[&ServiceRequest::number])
            .searched::<Self>(&[&ServiceRequest::number, &ServiceRequest::title, &ServiceRequest::request])
            .rollup(kinds("services_by_type").key::<Self>(&ServiceRequest::r#type))
            .rollup(kinds("services_by_satisfaction").key::<Self>(&ServiceRequest::satisfaction))
            .rollup(kinds("services_by_assignee").key::<Self>(&ServiceRequest::assigned_to))
            .actions(&["assign", "handle", "feedback"])
    }
}

/// How many requests of each kind there were in a year.
fn kinds(name: &'static str) -> Rollup {
    let by_year = Rollup::new(name).period::<ServiceRequest>(&ServiceRequest::created_at, Period::Year);
    by_year.key::<ServiceRequest>(&ServiceRequest::status).shards(4)
}

impl NewServiceRequest {
    /// A request of a customer, and the next number of the series.
    #[must_use]
    pub fn new(
        r#type: impl Into<String>,
        title: impl Into<String>,
        customer: Id<Customer>,
        request: impl Into<String>,
    ) -> Self {
        let (r#type, title, request) = (r#type.into(), title.into(), Some(request.into()));
        Self { r#type, title, customer, request, ..Self::default() }
    }
}

impl ServiceRequest {
    /// Who has done the handling that is to be judged: who is recorded for it, else whom it was given to.
    #[must_use]
    pub fn handler(&self) -> Option<Id<User>> {
        self.handled_by.or(self.assigned_to)
    }
}

impl Machine<ServiceStatus> for ServiceRequest {
    const STEPS: &'static [Step<ServiceStatus>] = {
        use ServiceStatus::{Archived, Assigned, Created, Handled};
        &[
            Step { from: &[Created], event: "edit", to: &[Created] },
            Step { from: &[Created], event: "delete", to: &[] },
            Step { from: &[Created], event: "assign", to: &[Assigned] },
            Step { from: &[Assigned], event: "handle", to: &[Handled] },
            Step { from: &[Handled], event: "feedback", to: &[Archived, Assigned] },
        ]
    };

    const CONDITIONS: &'static [Condition<Self>] = &[
        Condition {
            events: &["delete"],
            met: |request, context| request.created_by == context.actor,
            about: About::Actor,
            rule: "only who created a service request can delete it",
        },
        Condition {
            events: &["handle"],
            met: |request, context| request.assigned_to == context.actor,
            about: About::Actor,
            rule: "only whom a service request is assigned to can handle it",
        },
        Condition {
            events: &["feedback"],
            met: |request, context| request.handler() == context.actor,
            about: About::Actor,
            rule: "only who handled a service request can record the feedback",
        },
    ];

    fn state(&self) -> ServiceStatus {
        self.status
    }
}

impl Rules for ServiceRequest {
    fn created(mut draft: Self, context: &Context) -> Result<Self> {
        draft.created_by = context.actor;
        draft.created_at = context.now;
        Ok(draft)
    }

    fn edited(before: &Self, after: Self, context: &Context) -> Result<Self> {
        permit(before, "edit", context)?;
        if before.number != after.number {
            return Err(invalid("number", "a service request's number can't be changed"));
        }
        Ok(after)
    }

    /// Only by who entered it, and only before it was given to somebody.
    fn deleted(before: &Self, context: &Context) -> Result<Deletion<Self>> {
        permit(before, "delete", context)?;
        Ok(Deletion::Remove)
    }

    fn commands() -> Commands<Self> {
        Commands::default().with::<AssignService>().with::<HandleService>().with::<GiveFeedback>()
    }

    fn events(&self, context: &Context) -> Vec<&'static str> {
        permitted(self, context).collect()
    }

    /// Its customer as the actor sees him, and the types there are.
    fn relies_on(&self) -> Vec<Need> {
        let types = Need::matching::<DictionaryEntry>(DictionaryEntry::r#type.eq(SERVICE_TYPE));
        vec![Need::visible(self.customer), types]
    }

    fn allowed(before: Option<&Self>, after: Option<&Self>, loaded: &Loaded, context: &Context) -> Result<()> {
        let Some(after) = after else { return Ok(()) };
        if after.request.as_ref().is_none_or(|request| request.trim().is_empty()) {
            let problems = vec![FieldProblem { field: "request".into(), problem: Problem::Required }];
            return Err(Error::Invalid { entity: "service_request".into(), problems });
        }
        // A missing customer or type is reported with the other fields.
        if !after.customer.raw().is_nil() && before.is_none_or(|before| before.customer != after.customer) {
            loaded.get::<Customer>(after.customer)?;
        }
        let is_new_type = !after.r#type.is_empty() && before.is_none_or(|before| before.r#type != after.r#type);
        if context.actor.is_some() && is_new_type {
            return require_type(&after.r#type, &loaded.all::<DictionaryEntry>()?);
        }
        Ok(())
    }

    fn numbered() -> Option<Numbered> {
        Some(Numbered { field: ServiceRequest::number.name().into(), series: "service".into() })
    }
}

fn require_type(given: &str, types: &[DictionaryEntry]) -> Result<()> {
    if types.iter().any(|entry| entry.value == given) {
        return Ok(());
    }
    let known: Vec<String> = types.iter().map(|entry| format!("`{}` ({})", entry.value, entry.item)).collect();
    let known = if known.is_empty() { "none yet".to_owned() } else { known.join(", ") };
    let given: String = given.chars().take(80).collect();
    Err(invalid("type", format!("the dictionary has no service type `{given}`; there is {known}")))
}

fn invalid(field: &'static str, sentence: impl Into<String>) -> Error {
    Error::Invalid { entity: "service_request".into(), problems: vec![FieldProblem::invalid(field, sentence)] }
}
