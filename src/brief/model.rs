//! A brief as plain data.

use serde::{Serialize, Serializer};

use super::period::BriefPeriod;
use crate::access::Scope;
use crate::report::Report;
use crate::schema::Lang;
use crate::value::{Timestamp, Value};

/// The report for the management; see the [module](crate::brief).
///
/// All texts are in one language, `lang`.
///
/// # Examples
///
/// ```
/// use crmkit::brief::BriefOptions;
/// use crmkit::prelude::*;
/// use crmkit::storage::MemoryStorage;
///
/// # pollster::block_on(async {
/// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let brief = crm.system().brief(&BriefOptions::about("1997-Q2".parse()?)).await?;
/// assert!(brief.warnings.is_empty() && brief.left_out.is_empty());
/// assert!(brief.to_json().starts_with(r#"{"title":"Customer management report","organisation":null"#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Brief {
    /// What it is called.
    pub title: String,
    /// The organisation's name.
    pub organisation: Option<String>,
    /// The ISO 4217 code of the currency all amounts are in.
    pub currency: String,
    /// The language of its texts.
    #[serde(serialize_with = "lang_code")]
    pub lang: Lang,
    /// Who it was made for.
    pub audience: Audience,
    /// When it was made. All its figures are of this moment.
    pub generated_at: Timestamp,
    /// The same in the organisation's zone, and the zone, as people are shown it.
    pub generated: String,
    /// The days it is about.
    pub period: BriefPeriod,
    /// Whether these days are over.
    pub complete: bool,
    /// The period before, with which it is compared.
    pub previous: Option<BriefPeriod>,
    /// The same period one year earlier.
    pub last_year: Option<BriefPeriod>,
    /// The figures that matter most.
    pub headlines: Vec<Headline>,
    /// What needs somebody's attention, most urgent first.
    pub warnings: Vec<Warning>,
    /// The reports.
    pub sections: Vec<Section>,
    /// The reports that were left out, and why.
    pub left_out: Vec<LeftOut>,
}

impl Brief {
    /// The brief as one line of JSON. Decimals, days and moments are text, counts are numbers, no value is `null`; each
    /// section's `report` is what [`Report::to_json`] gives.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Every key is text and every value a scalar or JSON already, so this always serializes.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The brief as a page of HTML that needs nothing else.
    #[must_use]
    pub fn to_html(&self) -> String {
        super::html::page(self)
    }
}

/// Who a brief was made for.
///
/// # Examples
///
/// ```
/// use crmkit::brief::BriefOptions;
/// use crmkit::prelude::*;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let role = crm.system().roles().named("supervisor").await?.id;
/// let zhao = crm.system().users().create(NewUser::new("zhao", role)).await?;
/// let brief = crm.session(zhao.id).await?.brief(&BriefOptions::about("1997-Q2".parse()?)).await?;
/// let audience = brief.audience;
/// assert_eq!((audience.name.as_str(), audience.role.as_str()), ("zhao", "supervisor"));
/// assert_eq!(audience.scope, Some(Scope::All));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Audience {
    /// The login.
    pub name: String,
    /// The role.
    pub role: String,
    /// How far the rights to its reports reach, if they all reach equally far.
    pub scope: Option<Scope>,
}

/// A figure, and what it was before.
///
/// # Examples
///
/// ```
/// use crmkit::brief::BriefOptions;
/// use crmkit::prelude::*;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let brief = crm.system().brief(&BriefOptions::before("2026-03-01".parse()?)).await?;
/// for headline in &brief.headlines {
///     let before = headline.previous.as_ref().map(|then| then.value.to_string());
///     println!("{}: {} ({})", headline.label, headline.value, before.unwrap_or_default());
/// }
/// assert!(!brief.headlines.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Headline {
    /// The name programs know it by.
    pub name: &'static str,
    /// What people are shown.
    pub label: String,
    /// The kind of value: `money`, `int`, `rate` or `quantity`.
    pub kind: &'static str,
    /// The figure.
    pub value: Value,
    /// Whether it is good if it rises.
    pub better: Better,
    /// Whether it is one of the moment the brief was made, whatever the period.
    pub current: bool,
    /// The period before; none for a figure of the moment.
    pub previous: Option<Compared>,
    /// The same period one year earlier.
    pub last_year: Option<Compared>,
}

/// What a figure is compared with.
///
/// # Examples
///
/// ```
/// use crmkit::brief::BriefOptions;
/// use crmkit::prelude::*;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// # let customer = crm.system().customers().create(NewCustomer::new("Acme")).await?.id;
/// for day in ["1997-01-09", "1997-02-05", "1997-02-20"] {
///     let ordered_at = format!("{day}T09:00:00Z").parse()?;
///     let new = NewOrder { customer, ordered_at, payment: Payment::Paid, ..Default::default() };
///     crm.system().orders().create(new).await?;
/// }
/// let february = crm.system().brief(&BriefOptions::about("1997-02".parse()?)).await?;
/// let orders = february.headlines.iter().find(|headline| headline.name == "orders").ok_or("orders")?;
/// let january = orders.previous.as_ref().ok_or("the month before")?;
/// assert_eq!((&orders.value, &january.value, &january.change), (&2.into(), &1.into(), &1.into()));
/// assert_eq!(january.change_rate, Rate::ONE.into());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Compared {
    /// What it was then.
    pub value: Value,
    /// How much more it is now; of rates, the difference.
    pub change: Value,
    /// The change as a share of what it was; none where that was nothing, and of rates.
    pub change_rate: Value,
}

/// Whether it is good if a figure rises.
///
/// # Examples
///
/// ```
/// use crmkit::brief::{Better, BriefOptions};
/// use crmkit::prelude::*;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let brief = crm.system().brief(&BriefOptions::about("1997-Q2".parse()?)).await?;
/// let better = |name| brief.headlines.iter().find(|headline| headline.name == name).map(|headline| headline.better);
/// assert_eq!((better("sales"), better("customers_lost")), (Some(Better::Up), Some(Better::Down)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Better {
    /// It is good if it rises.
    Up,
    /// It is good if it falls.
    Down,
    /// Neither.
    Neither,
}

/// Something that needs attention.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
///
/// use chrono::TimeDelta;
/// use crmkit::brief::{BriefOptions, Urgency};
/// use crmkit::clock::FixedClock;
/// use crmkit::prelude::*;
///
/// # pollster::block_on(async {
/// # let clock = Arc::new(FixedClock::new("2026-01-05T09:00:00Z".parse()?));
/// # let storage = MemoryStorage::new(crmkit::standard_schema()?);
/// # let crm = Crm::builder(storage).clock(Arc::clone(&clock)).open().await?;
/// # let acme = crm.system().customers().create(NewCustomer::new("Acme")).await?;
/// let broken = NewServiceRequest::new("complaint", "Broken pots", acme.id, "Two of six came broken");
/// crm.system().services().create(broken).await?;
/// clock.advance(TimeDelta::days(30))?;
/// let brief = crm.system().brief(&BriefOptions::about("2026-01".parse()?)).await?;
/// let warning = brief.warnings.first().ok_or("a warning")?;
/// assert_eq!((warning.rule, warning.urgency), ("service_open", Urgency::Act));
/// assert_eq!(warning.text, "the service has been open for 30 days");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Warning {
    /// The rule that found it.
    pub rule: &'static str,
    /// How urgent it is.
    pub urgency: Urgency,
    /// The record it is about.
    pub about: Option<Subject>,
    /// What is the matter; it says nothing of what the record is called.
    pub text: String,
    /// What to do.
    pub todo: String,
}

/// The record that a warning is about.
///
/// # Examples
///
/// ```
/// use crmkit::brief::BriefOptions;
/// use crmkit::prelude::*;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// # let (code, name) = ("T1".to_owned(), "Tea".to_owned());
/// # let tea = crm.system().products().create(NewProduct { code, name, ..Default::default() }).await?;
/// let acme = crm.system().customers().create(NewCustomer::new("Acme")).await?;
/// let (ordered_at, payment) = ("1997-05-02T09:00:00Z".parse()?, Payment::Paid);
/// let new = NewOrder { customer: acme.id, ordered_at, payment, ..Default::default() };
/// let (quantity, unit_price) = ("2".parse()?, "12.50".parse()?);
/// let line = NewOrderLine { product: tea.id, quantity, unit_price, ..Default::default() };
/// crm.system().orders().place(new, vec![line]).await?;
/// // All sales of the quarter come from one customer.
/// let brief = crm.system().brief(&BriefOptions::about("1997-Q2".parse()?)).await?;
/// let warning = brief.warnings.iter().find(|warning| warning.rule == "concentration").ok_or("a warning")?;
/// let about = warning.about.clone().ok_or("a customer")?;
/// assert_eq!((about.number, about.name, about.person), (Some(acme.number), Some(acme.name), None));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Subject {
    /// Its number.
    pub number: Option<String>,
    /// What it is called.
    pub name: Option<String>,
    /// Who is responsible.
    pub person: Option<String>,
}

/// How urgent a warning is.
///
/// # Examples
///
/// ```
/// use crmkit::brief::Urgency;
///
/// // What is most urgent comes first.
/// let mut found = [Urgency::Watch, Urgency::Act];
/// found.sort();
/// assert_eq!(found, [Urgency::Act, Urgency::Watch]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Urgency {
    /// Somebody should act.
    Act,
    /// Somebody should keep an eye on it.
    Watch,
}

/// What a section belongs to.
///
/// # Examples
///
/// ```
/// use crmkit::brief::{BriefOptions, Group};
/// use crmkit::prelude::*;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let brief = crm.system().brief(&BriefOptions::about("1997-Q2".parse()?)).await?;
/// let todo = brief.sections.iter().filter(|section| section.group == Group::Todo).map(|section| section.name);
/// assert_eq!(todo.collect::<Vec<_>>(), ["loss-warnings", "open-services", "overdue-plans", "customers-to-contact"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Group {
    /// Orders and products.
    Sales,
    /// Who the customers are, and who leaves.
    Customers,
    /// What may come.
    Pipeline,
    /// Service.
    Service,
    /// What waits to be done.
    Todo,
}

/// A report in the brief.
///
/// # Examples
///
/// ```
/// use crmkit::brief::BriefOptions;
/// use crmkit::prelude::*;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// for region in ["华东", "华北", "华南"] {
///     let new = NewCustomer { region: Some(region.to_owned()), ..NewCustomer::new(region) };
///     crm.system().customers().create(new).await?;
/// }
/// let mut options = BriefOptions::about("1997-Q2".parse()?);
/// options.rows = 1;
/// let brief = crm.system().brief(&options).await?;
/// let regions = brief.sections.iter().find(|section| section.name == "customers-by-region").ok_or("a section")?;
/// assert_eq!((regions.report.table.rows().len(), regions.further_rows), (1, 2));
/// assert_eq!(regions.drawn, Some("customers"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Section {
    /// The name programs know it by.
    pub name: &'static str,
    /// What it belongs to.
    pub group: Group,
    /// What stands above it.
    pub title: String,
    /// What the report shows.
    pub about: String,
    /// What its first column is, where the report just says "key".
    pub key: Option<String>,
    /// The column that is drawn.
    pub drawn: Option<&'static str>,
    /// How far the right to the report reaches.
    pub scope: Scope,
    /// What was asked, and the first rows of the answer.
    pub report: Report,
    /// Its picture, where one says more than bars beside the figures do.
    #[cfg(feature = "charts")]
    #[serde(skip)]
    pub chart: Option<crate::chart::Chart>,
    /// How many rows were left out.
    pub further_rows: usize,
}

/// A report that was left out.
///
/// # Examples
///
/// ```
/// use crmkit::brief::{BriefOptions, LeftOutReason};
/// use crmkit::prelude::*;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let roles = crm.system().roles();
/// let executive = roles.named("executive").await?.id;
/// roles.untick(executive, "report.lapsed").await?;
/// let chen = crm.system().users().create(NewUser::new("chen", executive)).await?;
/// let brief = crm.session(chen.id).await?.brief(&BriefOptions::about("1997-Q2".parse()?)).await?;
/// let left_out = brief.left_out.first().ok_or("a report without the right")?;
/// assert_eq!((left_out.report, left_out.reason), ("lapsed", LeftOutReason::Right));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LeftOut {
    /// The report.
    pub report: &'static str,
    /// What it shows.
    pub about: String,
    /// Why.
    pub reason: LeftOutReason,
}

/// Why a report was left out.
///
/// # Examples
///
/// ```
/// use crmkit::access::{FieldAccess, NewFieldRule};
/// use crmkit::brief::{BriefOptions, LeftOutReason};
/// use crmkit::prelude::*;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let role = crm.system().roles().named("executive").await?.id;
/// let (entity, field, access) = ("customer".into(), "region".into(), FieldAccess::Hidden);
/// crm.system().field_rules().create(NewFieldRule { role, entity, field, access, ..Default::default() }).await?;
/// let chen = crm.system().users().create(NewUser::new("chen", role)).await?;
/// let brief = crm.session(chen.id).await?.brief(&BriefOptions::about("1997-Q2".parse()?)).await?;
/// // Sales by region need the region.
/// assert!(brief.left_out.iter().any(|left_out| left_out.reason == LeftOutReason::Field));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum LeftOutReason {
    /// The right to run it is missing.
    Right,
    /// It needs a field that is hidden.
    Field,
}

fn lang_code<S: Serializer>(lang: &Lang, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(super::words::code(*lang))
}
