//! The reports that have a name.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use async_trait::async_trait;
use serde_json::{Value as Json, json};

use super::error::{ReportError, Result};
use super::hint::ChartHint;
use super::options::{OptionDef, Options};
use super::standard::{
    AbcCustomers, AbcProducts, BoughtTogether, Churn, Composition, Contribution, CustomerValue, CustomersToContact,
    Forecast, Funnel, HandlingTime, Lapsed, Loss, LossReasons, LossWarnings, NewCustomers, OpenServices,
    OpportunityTime, OrderStatusReport, OverduePlans, RepeatRate, Retention, ReworkRate, Rfm, SalesBy, SalesCycle,
    SalesTrend, Satisfaction, Service, ServiceLoad, SourceEffectiveness, StageAgeing, StockPosition,
    StockWithoutMovement, TopProducts, WinRate, WorkReview,
};
use super::table::{Report, Table};
use super::view::View;
use crate::problem::nearest;
use crate::schema::{Label, Lang, Name};
use crate::value::Value;

/// A report with a name and typed parameters. A host adds its own the same way as the crate.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::query::Measure;
/// use crmkit::report::{
///     Catalogue, Definition, KeyColumn, MeasureColumn, OptionDef, Options, StandardReport, Table, View,
/// };
/// use crmkit::schema::{Label, Name};
///
/// /// How many customers there are in each region.
/// struct Regions;
///
/// #[async_trait::async_trait]
/// impl StandardReport for Regions {
///     const NAME: &'static str = "regions";
///     const ABOUT: Label = Label::new("各地区客户数", "customers by region");
///     const OPTIONS: &'static [OptionDef] = &[];
///
///     fn parse(_: &Options) -> crmkit::report::Result<Self> {
///         Ok(Self)
///     }
///     fn parameters(&self, _: &View<'_>) -> Vec<(Name, Value)> {
///         Vec::new()
///     }
///     async fn table(&self, view: &View<'_>) -> crmkit::report::Result<Table> {
///         let count = MeasureColumn::new("customers", Measure::Count);
///         Definition::groups::<Customer>(Self::NAME, vec![KeyColumn::new(Customer::region)], vec![count]).table(view).await
///     }
/// }
///
/// let catalogue = Catalogue::standard().with::<Regions>();
/// assert!(catalogue.entry("regions").is_ok());
/// ```
#[async_trait]
pub trait StandardReport: Sized + Send + Sync + 'static {
    /// The name it is asked for by.
    const NAME: &'static str;
    /// What it shows, in one line.
    const ABOUT: Label;
    /// The options it takes.
    const OPTIONS: &'static [OptionDef];
    /// The picture that suits it. Without one, a picture shows its first figure.
    const CHART: Option<ChartHint> = None;

    /// The parameters that options say.
    ///
    /// # Errors
    ///
    /// [`ReportError::BadOption`] for a value that does not fit.
    fn parse(options: &Options) -> Result<Self>;

    /// The parameters with defaults filled in, as the result repeats them.
    fn parameters(&self, view: &View<'_>) -> Vec<(Name, Value)>;

    /// The figures.
    ///
    /// # Errors
    ///
    /// A result out of range or over the view's bounds; a store that can't answer.
    async fn table(&self, view: &View<'_>) -> Result<Table>;

    /// The report.
    ///
    /// # Errors
    ///
    /// Those of [`table`](Self::table).
    async fn run(&self, view: &View<'_>) -> Result<Report> {
        let mut report = Report::new(Self::NAME, self.parameters(view), self.table(view).await?, view.language());
        (report.about, report.chart) = (Some(Self::ABOUT), Self::CHART);
        Ok(report)
    }
}

type Running<'a> = Pin<Box<dyn Future<Output = Result<Report>> + Send + 'a>>;

/// A named report, its parameters still untyped.
///
/// # Examples
///
/// ```
/// use crmkit::report::standard;
///
/// let lapsed = standard().iter().find(|entry| entry.name == "lapsed").ok_or("no such report")?;
/// let options: Vec<&str> = lapsed.options.iter().map(|option| option.name).collect();
/// assert_eq!(options, ["as-of", "months"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Entry {
    /// The name it is asked for by.
    pub name: &'static str,
    /// What it shows, in one line.
    pub about: Label,
    /// The options it takes.
    pub options: &'static [OptionDef],
    /// The picture that suits it.
    pub chart: Option<ChartHint>,
    run: for<'a> fn(&'a View<'a>, Options) -> Running<'a>,
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Entry {
    /// The entry of a report.
    #[must_use]
    pub const fn of<R: StandardReport>() -> Self {
        Self { name: R::NAME, about: R::ABOUT, options: R::OPTIONS, chart: R::CHART, run: run::<R> }
    }

    /// What a list of reports shows of it, in a language: `name`, `about`, and the `options` it takes, each with `name`,
    /// `value` (what it looks like) and `about`.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::report::Catalogue;
    /// use crmkit::schema::Lang;
    ///
    /// let lapsed = Catalogue::standard().entry("lapsed")?.to_json(Lang::En);
    /// assert_eq!((&lapsed["name"], &lapsed["options"][1]["name"]), (&"lapsed".into(), &"months".into()));
    /// # Ok::<(), crmkit::report::ReportError>(())
    /// ```
    #[must_use]
    pub fn to_json(&self, lang: Lang) -> Json {
        let option = |it: &OptionDef| json!({"name": it.name, "value": it.value, "about": it.about.text(lang)});
        let options: Vec<Json> = self.options.iter().map(option).collect();
        json!({"name": self.name, "about": self.about.text(lang), "options": options})
    }

    /// Runs the report with options as names (without dashes) and texts.
    ///
    /// # Errors
    ///
    /// [`ReportError::UnknownOption`] or [`ReportError::BadOption`] before anything is read; then those of the report.
    pub async fn run<N: Into<String>, V: Into<String>>(
        &self,
        view: &View<'_>,
        options: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Report> {
        let options = Options::new(self.name, self.options, options)?;
        (self.run)(view, options).await
    }
}

fn run<'a, R: StandardReport>(view: &'a View<'a>, options: Options) -> Running<'a> {
    Box::pin(async move { R::parse(&options)?.run(view).await })
}

/// The standard reports, one line each.
const STANDARD: &[Entry] = &[
    Entry::of::<Contribution>(),
    Entry::of::<Composition>(),
    Entry::of::<Service>(),
    Entry::of::<Loss>(),
    Entry::of::<LossReasons>(),
    Entry::of::<Lapsed>(),
    Entry::of::<Rfm>(),
    Entry::of::<Funnel>(),
    Entry::of::<WinRate>(),
    Entry::of::<Forecast>(),
    Entry::of::<SalesTrend>(),
    Entry::of::<TopProducts>(),
    Entry::of::<AbcCustomers>(),
    Entry::of::<Churn>(),
    Entry::of::<CustomerValue>(),
    Entry::of::<NewCustomers>(),
    Entry::of::<RepeatRate>(),
    Entry::of::<Retention>(),
    Entry::of::<AbcProducts>(),
    Entry::of::<OrderStatusReport>(),
    Entry::of::<SalesBy>(),
    Entry::of::<SourceEffectiveness>(),
    Entry::of::<StockPosition>(),
    Entry::of::<CustomersToContact>(),
    Entry::of::<HandlingTime>(),
    Entry::of::<OpportunityTime>(),
    Entry::of::<OverduePlans>(),
    Entry::of::<ReworkRate>(),
    Entry::of::<SalesCycle>(),
    Entry::of::<WorkReview>(),
    Entry::of::<BoughtTogether>(),
    Entry::of::<StockWithoutMovement>(),
    Entry::of::<StageAgeing>(),
    Entry::of::<ServiceLoad>(),
    Entry::of::<Satisfaction>(),
    Entry::of::<LossWarnings>(),
    Entry::of::<OpenServices>(),
];

/// The standard reports.
///
/// # Examples
///
/// ```
/// let names: Vec<&str> = crmkit::report::standard().iter().map(|report| report.name).collect();
/// assert!(names.contains(&"contribution"));
/// ```
#[must_use]
pub const fn standard() -> &'static [Entry] {
    STANDARD
}

/// Named reports: the standard ones and those a host adds.
///
/// # Examples
///
/// ```
/// use crmkit::report::{Catalogue, View, everything};
/// use crmkit::storage::MemoryStorage;
/// use crmkit::value::Timestamp;
///
/// let storage = MemoryStorage::new(crmkit::standard_schema()?);
/// let view = View::new(&storage, &everything, Timestamp::EPOCH);
/// let report = pollster::block_on(Catalogue::standard().run("contribution", &view, [("year", "1997")]))?;
/// assert_eq!(report.table.total("amount").map(ToString::to_string).as_deref(), Some("0.00"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Catalogue {
    entries: Vec<Entry>,
}

impl Catalogue {
    /// The standard reports.
    #[must_use]
    pub fn standard() -> Self {
        Self { entries: STANDARD.to_vec() }
    }

    /// With a host's report, in place of one that has its name.
    #[must_use]
    pub fn with<R: StandardReport>(mut self) -> Self {
        self.entries.retain(|entry| entry.name != R::NAME);
        self.entries.push(Entry::of::<R>());
        self
    }

    /// The reports.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The report of a name.
    ///
    /// # Errors
    ///
    /// [`ReportError::UnknownReport`] with the nearest name.
    pub fn entry(&self, name: &str) -> Result<&Entry> {
        self.entries.iter().find(|entry| entry.name == name).ok_or_else(|| {
            let nearest = nearest(name, self.entries.iter().map(|entry| entry.name));
            ReportError::UnknownReport { name: name.chars().take(40).collect(), nearest }
        })
    }

    /// Runs the report of a name with options as names (without dashes) and texts.
    ///
    /// # Errors
    ///
    /// Those of [`entry`](Self::entry) and [`Entry::run`].
    pub async fn run<N: Into<String>, V: Into<String>>(
        &self,
        name: &str,
        view: &View<'_>,
        options: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Report> {
        self.entry(name)?.run(view, options).await
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::report::seven_ps;

    #[test]
    fn every_report_says_its_source_and_stands_in_the_guide_with_its_options() {
        let guide = include_str!("../../docs/reports.md");
        for entry in standard() {
            let source = entry.about.en.ends_with(')') && entry.about.en.contains(" (");
            assert!(source, "{}: {}", entry.name, entry.about.en);
            let line = guide.lines().find(|line| line.starts_with(&format!("| `{}` |", entry.name)));
            let options = line.and_then(|line| line.split('|').nth(2)).map(str::trim);
            let names: Vec<&str> = entry.options.iter().map(|option| option.name).collect();
            assert_eq!(options, Some(names.join(", ").as_str()), "{}", entry.name);
        }
    }

    #[test]
    fn the_seven_ps_are_reports_and_the_guide_names_them() {
        let guide = include_str!("../../docs/reports.md");
        for part in seven_ps() {
            let entry = standard().iter().find(|entry| entry.name == part.report).unwrap();
            assert!(Options::new(entry.name, entry.options, part.options.iter().copied()).is_ok(), "{}", entry.name);
        }
        for p in seven_ps().iter().map(|part| &*part.about.en).collect::<BTreeSet<_>>() {
            let line = guide.lines().find(|line| line.starts_with(&format!("| {p}:"))).unwrap();
            let told: BTreeSet<&str> = line.split('`').skip(1).step_by(2).collect();
            let parts = seven_ps().iter().filter(|part| part.about.en == p).map(|part| part.report);
            assert_eq!(parts.collect::<BTreeSet<_>>(), told, "{p}");
        }
    }
}
