//! Service 服务: how many service requests of each kind there were.

use async_trait::async_trait;

use super::super::catalogue::StandardReport;
use super::super::days::Days;
use super::super::definition::{Definition, KeyColumn, MeasureColumn};
use super::super::error::Result;
use super::super::hint::{ChartHint, ChartKind};
use super::super::options::{OptionDef, Options, word_of};
use super::super::table::Table;
use super::super::view::View;
use super::common::whole_numbers;
use super::kinds::Kinds;
use super::sales::YEAR;
use crate::dictionary::{SATISFACTION, SERVICE_TYPE};
use crate::query::{Filter, Measure};
use crate::schema::{Label, Name, Path};
use crate::service::{ServiceRequest, ServiceStatus};
use crate::value::Value;

/// How many service requests of each kind there were.
///
/// Counts the requests that were entered in the days given and are in the status, by one of their fields, and gives each
/// count's share of the total. A type or a mark is labelled as the dictionary says. Only keys that occur are listed, in
/// their order; requests that nobody sees to, or that nobody has judged yet, come last under no key. By assignee, two of
/// one name stay two rows. (Request and complaint analysis; Stauss and Seidel, "Complaint Management".)
///
/// # Examples
///
/// ```
/// use crmkit::report::{Service, ServiceKey};
///
/// let archived = Service::default();
/// let judged = Service { by: ServiceKey::Satisfaction, ..archived };
/// assert_ne!(archived, judged);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Service {
    /// The days in which the requests were entered.
    pub days: Days,
    /// How far they have come; without it, however far.
    pub status: Option<ServiceStatus>,
    /// The field.
    pub by: ServiceKey,
}

/// What service requests are counted by.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::report::{Service, ServiceKey};
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// # let acme = crm.system().customers().create(NewCustomer::new("Acme")).await?;
/// crm.system().services().create(NewServiceRequest::new("inquiry", "Prices", acme.id, "Which ones?")).await?;
/// let by_status = Service { by: ServiceKey::Status, status: None, ..Default::default() };
/// let report = crm.system().report_typed(&by_status).await?;
/// assert_eq!(report.table.values("key")?, [&Value::from("created")]);
/// assert_eq!(report.table.values("services")?, [&Value::from(1)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum ServiceKey {
    /// What kind they are.
    #[default]
    Type,
    /// How far they have come.
    Status,
    /// Who sees to them.
    Assignee,
    /// How satisfied the customer is.
    Satisfaction,
}

impl Default for Service {
    /// Archived requests of all time by type.
    fn default() -> Self {
        Self { days: Days::ALL, status: Some(ServiceStatus::Archived), by: ServiceKey::Type }
    }
}

const KEYS: &[(&str, ServiceKey)] = &[
    ("type", ServiceKey::Type),
    ("status", ServiceKey::Status),
    ("assignee", ServiceKey::Assignee),
    ("satisfaction", ServiceKey::Satisfaction),
];

const STATUSES: &[(&str, Option<ServiceStatus>)] = &[
    ("created", Some(ServiceStatus::Created)),
    ("assigned", Some(ServiceStatus::Assigned)),
    ("handled", Some(ServiceStatus::Handled)),
    ("archived", Some(ServiceStatus::Archived)),
    ("all", None),
];

impl ServiceKey {
    fn path(self) -> Path {
        match self {
            Self::Type => ServiceRequest::r#type.path(),
            Self::Status => ServiceRequest::status.path(),
            Self::Assignee => ServiceRequest::assigned_to.path(),
            Self::Satisfaction => ServiceRequest::satisfaction.path(),
        }
    }

    const fn dictionary(self) -> Option<&'static str> {
        match self {
            Self::Type => Some(SERVICE_TYPE),
            Self::Satisfaction => Some(SATISFACTION),
            Self::Status | Self::Assignee => None,
        }
    }
}

#[async_trait]
impl StandardReport for Service {
    const NAME: &'static str = "service";
    const ABOUT: Label = Label::new(
        "客户服务：各类服务的数量和占比",
        "how many service requests of each kind there were, and their share (Stauss and Seidel, Complaint Management)",
    );
    const OPTIONS: &'static [OptionDef] = &[
        YEAR,
        OptionDef::new(
            "status",
            "created|assigned|handled|archived|all",
            "服务状态，默认 archived",
            "which requests, default archived",
        ),
        OptionDef::new(
            "by",
            "type|status|assignee|satisfaction",
            "分类依据，默认 type",
            "what requests are counted by, default type",
        ),
    ];
    const CHART: Option<ChartHint> = Some(ChartHint::new(ChartKind::Donut, &["label"], &["services"]));

    fn parse(options: &Options) -> Result<Self> {
        let default = Self::default();
        Ok(Self {
            days: options.days()?,
            status: options.one_of("status", STATUSES)?.unwrap_or(default.status),
            by: options.one_of("by", KEYS)?.unwrap_or(default.by),
        })
    }

    fn parameters(&self, _: &View<'_>) -> Vec<(Name, Value)> {
        vec![
            ("from".into(), self.days.from.into()),
            ("to".into(), self.days.to.into()),
            ("status".into(), word_of(STATUSES, &self.status).into()),
            ("by".into(), word_of(KEYS, &self.by).into()),
        ]
    }

    async fn table(&self, view: &View<'_>) -> Result<Table> {
        let key = KeyColumn::new(self.by.path()).named("key");
        let services = MeasureColumn::new("services", Measure::Count);
        let counted = Definition::groups::<ServiceRequest>(Self::NAME, vec![key], vec![services])
            .filter(self.days.moments(&ServiceRequest::created_at.path(), view.time_zone()))
            .filter(self.status.map_or(Filter::All, |status| ServiceRequest::status.eq(status)));
        let counts = whole_numbers("services", "服务数", "Requests");
        let kinds = Kinds { counts, dictionary: self.by.dictionary(), always: Vec::new() };
        kinds.table(&counted.table(view).await?, view).await
    }
}
