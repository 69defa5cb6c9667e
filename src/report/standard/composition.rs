//! Composition 构成: how many customers of each kind there are.

use async_trait::async_trait;

use super::super::catalogue::StandardReport;
use super::super::definition::{Definition, KeyColumn, MeasureColumn};
use super::super::error::Result;
use super::super::hint::{ChartHint, ChartKind};
use super::super::options::{OptionDef, Options};
use super::super::table::Table;
use super::super::view::View;
use super::common::whole_numbers;
use super::kinds::Kinds;
use crate::customers::{Customer, CustomerStatus, Rating};
use crate::dictionary::{CREDIT, CUSTOMER_LEVEL, REGION, SATISFACTION};
use crate::query::{Filter, Measure};
use crate::schema::{Choice, Label, Name, Path};
use crate::value::Value;

/// How many customers of each kind there are.
///
/// Counts the normal customers by one of their fields (by status: all of them) and gives each count's share of the
/// total. A mark or a region is labelled as the dictionary says. By level, credit and satisfaction the marks 1 to 5 are
/// listed even where no customer has them; customers without a mark, a region or a manager come last under no key. By manager, two of one name stay two rows. In the order
/// of the keys. (Customer segmentation; Kotler and Keller, "Marketing Management".)
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::report::{Composition, CompositionKey};
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let report = crm.system().report_typed(&Composition { by: CompositionKey::Region }).await?;
/// assert_eq!(report.name, "composition");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Composition {
    /// The field.
    pub by: CompositionKey,
}

/// What customers are counted by.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::report::{Composition, CompositionKey};
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let report = crm.system().report_typed(&Composition { by: CompositionKey::Region }).await?;
/// assert_eq!(report.parameters.iter().find(|(name, _)| name == "by").map(|(_, by)| by.to_string()), Some("region".to_owned()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum CompositionKey {
    /// How important they are.
    #[default]
    Level,
    /// How creditworthy they are.
    Credit,
    /// How satisfied they are.
    Satisfaction,
    /// Where they are.
    Region,
    /// Where they stand.
    Status,
    /// Who is responsible for them.
    Manager,
}

const KEYS: &[(&str, CompositionKey)] = &[
    ("level", CompositionKey::Level),
    ("credit", CompositionKey::Credit),
    ("satisfaction", CompositionKey::Satisfaction),
    ("region", CompositionKey::Region),
    ("status", CompositionKey::Status),
    ("manager", CompositionKey::Manager),
];

impl CompositionKey {
    fn path(self) -> Path {
        match self {
            Self::Level => Customer::level.path(),
            Self::Credit => Customer::credit.path(),
            Self::Satisfaction => Customer::satisfaction.path(),
            Self::Region => Customer::region.path(),
            Self::Status => Customer::status.path(),
            Self::Manager => Customer::manager.path(),
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Level => "level",
            Self::Credit => "credit",
            Self::Satisfaction => "satisfaction",
            Self::Region => "region",
            Self::Status => "status",
            Self::Manager => "manager",
        }
    }

    const fn dictionary(self) -> Option<&'static str> {
        match self {
            Self::Level => Some(CUSTOMER_LEVEL),
            Self::Credit => Some(CREDIT),
            Self::Satisfaction => Some(SATISFACTION),
            Self::Region => Some(REGION),
            Self::Status | Self::Manager => None,
        }
    }

    /// The keys that are listed even where no customer has them.
    fn always(self) -> Vec<Value> {
        match self {
            Self::Level | Self::Credit | Self::Satisfaction => {
                Rating::ALL.iter().map(|rating| rating.code().into()).collect()
            }
            Self::Region | Self::Status | Self::Manager => Vec::new(),
        }
    }
}

#[async_trait]
impl StandardReport for Composition {
    const NAME: &'static str = "composition";
    const ABOUT: Label = Label::new(
        "客户构成：各类客户的数量和占比",
        "how many customers of each kind there are, and their share (Kotler and Keller, Marketing Management)",
    );
    const OPTIONS: &'static [OptionDef] = &[OptionDef::new(
        "by",
        "level|credit|satisfaction|region|status|manager",
        "分类依据，默认 level",
        "what customers are counted by, default level",
    )];
    const CHART: Option<ChartHint> = Some(ChartHint::new(ChartKind::Donut, &["label"], &["customers"]));

    fn parse(options: &Options) -> Result<Self> {
        Ok(Self { by: options.one_of("by", KEYS)?.unwrap_or_default() })
    }

    fn parameters(&self, _: &View<'_>) -> Vec<(Name, Value)> {
        vec![("by".into(), self.by.name().into())]
    }

    async fn table(&self, view: &View<'_>) -> Result<Table> {
        let which = match self.by {
            CompositionKey::Status => Filter::All,
            _ => Customer::status.eq(CustomerStatus::Normal),
        };
        let key = KeyColumn::new(self.by.path()).named("key");
        let customers = MeasureColumn::new("customers", Measure::Count);
        let counted = Definition::groups::<Customer>(Self::NAME, vec![key], vec![customers]).filter(which);
        let counts = whole_numbers("customers", "客户数", "Customers");
        let kinds = Kinds { counts, dictionary: self.by.dictionary(), always: self.by.always() };
        kinds.table(&counted.table(view).await?, view).await
    }
}
