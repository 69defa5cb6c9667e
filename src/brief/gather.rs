//! Runs the reports a brief is made of.

use std::collections::BTreeMap;

use super::model::{LeftOut, LeftOutReason};
use super::period::BriefPeriod;
use crate::access::Scope;
use crate::error::Error;
use crate::query::{Period, QueryError};
use crate::report::{
    AbcCustomers, Composition, CompositionKey, Contribution, CustomerValue, CustomersToContact, Days, Forecast, Funnel,
    HandlingTime, Lapsed, LossReasons, LossWarnings, Moment, OpenServices, OverduePlans, Report, ReportError, Result,
    SalesBy, SalesKey, SalesTrend, Satisfaction, Service, ServiceKey, ServiceLoad, StandardReport, Table, TopProducts,
    WinRate,
};
use crate::schema::{Label, Lang};
use crate::value::Date;

/// As many products as the report can be asked for, so that it can be said how many are not shown.
const EVERY_PRODUCT: usize = 1_000_000;

/// What a report tells the brief.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    /// Amount and orders of each customer.
    Sales,
    /// First and last order of each customer of all time.
    Customers,
    /// Who brings in most of all time.
    Classes,
    Trend,
    Products,
    Regions,
    Levels,
    Places,
    /// Confirmed losses by reason.
    Losses,
    Lapsed,
    Funnel,
    Wins,
    Forecast,
    /// Services by status.
    Services,
    Types,
    /// Services by mark.
    Marks,
    Handling,
    /// What lies with whom.
    Load,
    /// Marks by who handled.
    Judged,
    Warnings,
    Overdue,
    OpenServices,
    ToContact,
}

/// Of which period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum When {
    /// The brief's own.
    Now,
    /// The one before.
    Before,
    /// One year earlier.
    LastYear,
}

/// A report, and how far the right to it reaches.
#[derive(Debug, Clone)]
pub(super) struct Sheet {
    pub(super) report: Report,
    pub(super) scope: Scope,
    /// What the report shows.
    pub(super) about: Label,
}

/// The reports a brief is made of. What its reader may not run is not there.
#[derive(Debug, Clone, Default)]
pub(super) struct Sheets {
    pub(super) found: BTreeMap<(What, When), Sheet>,
}

impl Sheets {
    pub(super) fn sheet(&self, what: What) -> Option<&Sheet> {
        self.found.get(&(what, When::Now))
    }

    pub(super) fn table(&self, what: What, when: When) -> Option<&Table> {
        self.found.get(&(what, when)).map(|sheet| &sheet.report.table)
    }
}

/// The periods of a brief.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spans {
    pub(super) period: BriefPeriod,
    pub(super) previous: Option<BriefPeriod>,
    pub(super) last_year: Option<BriefPeriod>,
    /// Whether the period is over.
    pub(super) over: bool,
}

impl Spans {
    pub(super) fn new(period: BriefPeriod, today: Date) -> Self {
        let over = period.last() < today;
        Self { period, previous: period.previous(), last_year: period.last_year(), over }
    }

    pub(super) fn of(&self, when: When) -> Option<BriefPeriod> {
        match when {
            When::Now => Some(self.period),
            When::Before => self.previous,
            When::LastYear => self.last_year,
        }
    }
}

/// How fine the trend is drawn.
pub(super) fn trend_period(period: &BriefPeriod) -> Period {
    let days = period.last().signed_duration_since(period.first()).num_days();
    match period.calendar() {
        Some(Period::Year | Period::Quarter | Period::Month) => Period::Month,
        _ if days <= 62 => Period::Day,
        _ if days <= 1_100 => Period::Month,
        _ => Period::Year,
    }
}

/// All reports, of one moment.
pub(super) async fn gather(moment: &Moment, spans: &Spans, lang: Lang) -> Result<(Sheets, Vec<LeftOut>)> {
    let mut gathering = Gathering { moment, lang, sheets: Sheets::default(), left_out: Vec::new() };
    for when in [When::Now, When::Before, When::LastYear] {
        if let Some(period) = spans.of(when) {
            gathering.compared(when, period.days()).await?;
        }
    }
    gathering.sales(&spans.period).await?;
    gathering.customers(spans.period.last().min(moment.today())).await?;
    gathering.work(spans.period.days()).await?;
    Ok((gathering.sheets, gathering.left_out))
}

struct Gathering<'a> {
    moment: &'a Moment,
    lang: Lang,
    sheets: Sheets,
    left_out: Vec<LeftOut>,
}

impl Gathering<'_> {
    /// What is compared with other periods.
    async fn compared(&mut self, when: When, days: Days) -> Result<()> {
        let services = |by| Service { days, status: None, by };
        self.take(What::Sales, when, &Contribution { days, ..Default::default() }).await?;
        self.take(What::Losses, when, &LossReasons { days }).await?;
        self.take(What::Wins, when, &WinRate { days, ..Default::default() }).await?;
        self.take(What::Services, when, &services(ServiceKey::Status)).await?;
        self.take(What::Marks, when, &services(ServiceKey::Satisfaction)).await
    }

    async fn sales(&mut self, period: &BriefPeriod) -> Result<()> {
        let (days, ever) = (period.days(), Days::until(period.last()));
        self.now(What::Customers, &CustomerValue { days: ever, ..Default::default() }).await?;
        self.now(What::Classes, &AbcCustomers { days: ever, ..Default::default() }).await?;
        self.now(What::Trend, &SalesTrend { period: trend_period(period), ..Default::default() }).await?;
        self.now(What::Products, &TopProducts { limit: EVERY_PRODUCT, days, ..Default::default() }).await?;
        self.now(What::Regions, &SalesBy { by: SalesKey::Region, days, ..Default::default() }).await
    }

    async fn customers(&mut self, as_of: Date) -> Result<()> {
        let as_of = Some(as_of);
        self.now(What::Levels, &Composition { by: CompositionKey::Level }).await?;
        self.now(What::Places, &Composition { by: CompositionKey::Region }).await?;
        self.now(What::Lapsed, &Lapsed { as_of, ..Default::default() }).await?;
        self.now(What::Warnings, &LossWarnings).await?;
        self.now(What::ToContact, &CustomersToContact::default()).await
    }

    async fn work(&mut self, days: Days) -> Result<()> {
        self.now(What::Funnel, &Funnel { days, ..Default::default() }).await?;
        self.now(What::Forecast, &Forecast::default()).await?;
        self.now(What::Types, &Service { days, status: None, by: ServiceKey::Type }).await?;
        self.now(What::Handling, &HandlingTime { days, ..Default::default() }).await?;
        self.now(What::Load, &ServiceLoad { days }).await?;
        self.now(What::Judged, &Satisfaction { days, ..Default::default() }).await?;
        self.now(What::Overdue, &OverduePlans::default()).await?;
        self.now(What::OpenServices, &OpenServices).await
    }

    async fn now<R: StandardReport>(&mut self, what: What, report: &R) -> Result<()> {
        self.take(what, When::Now, report).await
    }

    async fn take<R: StandardReport>(&mut self, what: What, when: When, report: &R) -> Result<()> {
        match self.moment.run(report).await {
            Ok(Some((report, scope))) => {
                self.sheets.found.insert((what, when), Sheet { report, scope, about: R::ABOUT });
            }
            Ok(None) => self.leave_out::<R>(LeftOutReason::Right),
            Err(error) if needs_hidden(&error) => self.leave_out::<R>(LeftOutReason::Field),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn leave_out<R: StandardReport>(&mut self, reason: LeftOutReason) {
        if !self.left_out.iter().any(|left_out| left_out.report == R::NAME) {
            let about = R::ABOUT.text(self.lang).to_owned();
            self.left_out.push(LeftOut { report: R::NAME, about, reason });
        }
    }
}

/// Whether a report was refused because of a field that is hidden: the questions of ours fit the schema.
const fn needs_hidden(error: &ReportError) -> bool {
    matches!(error, ReportError::Hidden { .. } | ReportError::Failed(Error::Query(QueryError::Path(_))))
}
