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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Urgency {
    /// Somebody should act.
    Act,
    /// Somebody should keep an eye on it.
    Watch,
}

/// What a section belongs to.
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
