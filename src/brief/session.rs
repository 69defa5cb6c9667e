//! Making a brief.

use super::content;
use super::gather::{Spans, gather};
use super::headlines::headlines;
use super::model::{Audience, Brief};
use super::period::BriefPeriod;
use super::warnings::{WarningRules, warnings};
use super::words;
use crate::report::{ReportError, Result};
use crate::session::Session;
use crate::value::Date;

/// How a brief is made.
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
/// assert!(brief.to_html().starts_with("<!DOCTYPE html>"));
/// let quarter = BriefOptions::about("1997-Q2".parse()?);
/// assert_eq!(crm.system().brief(&quarter).await?.period.to_string(), "1997-Q2");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BriefOptions {
    /// The days it is about; without them, the last full month.
    pub period: Option<BriefPeriod>,
    /// How many rows of each report it shows.
    pub rows: usize,
    /// When it warns.
    pub warnings: WarningRules,
}

impl Default for BriefOptions {
    /// The last full month, ten rows of each report.
    fn default() -> Self {
        Self { period: None, rows: 10, warnings: WarningRules::default() }
    }
}

impl BriefOptions {
    /// About a period.
    #[must_use]
    pub fn about(period: BriefPeriod) -> Self {
        Self { period: Some(period), ..Self::default() }
    }

    /// About the last full month before a day, such as the one on which a job was due.
    #[must_use]
    pub fn before(day: Date) -> Self {
        Self { period: BriefPeriod::month_before(day), ..Self::default() }
    }
}

impl Session {
    /// The report for the management about a period, all of it of one moment of the data.
    ///
    /// Each of its reports needs its own right, `report.` and the name, and covers what that right's scope reaches. A
    /// report without the right, or that needs a field that is hidden from the actor, is left out, and the brief says so.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`](crate::Error::Denied) without the right to any of the reports;
    /// [`ReportError::BadOption`] if there is no month before today; those of the reports.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::brief::BriefOptions;
    /// use crmkit::prelude::*;
    /// use crmkit::schema::Lang;
    /// use crmkit::storage::MemoryStorage;
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let session = crm.system().in_lang(Lang::Zh);
    /// let brief = session.brief(&BriefOptions::about("1997".parse()?)).await?;
    /// assert_eq!(brief.title, "客户管理报告");
    /// assert_eq!(brief.headlines[0].value.to_string(), "0.00");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn brief(&self, options: &BriefOptions) -> Result<Brief> {
        let moment = self.moment().await?;
        let (lang, organisation) = (self.lang(), self.crm().organisation());
        let period = options.period.or_else(|| BriefPeriod::month_before(moment.today()));
        let period = period.ok_or_else(|| ReportError::BadOption {
            option: "period".into(),
            problem: "there is no month before today; name the period".into(),
        })?;
        let spans = Spans::new(period, moment.today());
        let (sheets, left_out) = gather(&moment, &spans, lang).await?;
        let actor = moment.actor();
        if sheets.found.is_empty() {
            let rule = format!("the role `{}` does not have the right to any of its reports", actor.role());
            return Err(self.denied("brief", rule).into());
        }
        let mut scopes = sheets.found.values().map(|sheet| sheet.scope);
        let scope = scopes.next().filter(|first| scopes.all(|scope| scope == *first));
        let zone = organisation.zone();
        Ok(Brief {
            title: words::TITLE.text(lang).to_owned(),
            organisation: organisation.name.clone(),
            currency: organisation.currency.clone(),
            lang,
            audience: Audience { name: actor.name().to_owned(), role: actor.role().to_owned(), scope },
            generated_at: moment.now(),
            generated: format!("{} ({zone})", moment.now().local(zone).format("%Y-%m-%d %H:%M")),
            period,
            complete: spans.over,
            previous: spans.previous,
            last_year: spans.last_year,
            headlines: headlines(&sheets, &spans, lang),
            warnings: warnings(&sheets, &spans, &options.warnings, lang),
            sections: content::sections(&sheets, &spans, options.rows, lang)?,
            left_out,
        })
    }
}
