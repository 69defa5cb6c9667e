//! Reports that belong together.

use crate::schema::Label;

/// A report of a bundle, and how it is asked for.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::report::seven_ps;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// for part in seven_ps().iter().filter(|part| part.about.en == "profiling") {
///     let report = crm.system().report(part.report, part.options.iter().copied()).await?;
///     println!("{}", report.to_text());
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Bundled {
    /// What it tells, in a word: the P it stands for.
    pub about: Label,
    /// The report's name.
    pub report: &'static str,
    /// Its options.
    pub options: &'static [(&'static str, &'static str)],
}

impl Bundled {
    const fn new(about: Label, report: &'static str, options: &'static [(&'static str, &'static str)]) -> Self {
        Self { about, report, options }
    }
}

const PROFILING: Label = Label::new("客户画像", "profiling");
const PERSISTENCY: Label = Label::new("客户保持", "persistency");
const PROFITABILITY: Label = Label::new("客户利润", "profitability");
const PERFORMANCE: Label = Label::new("工作绩效", "performance");
const PROSPECTING: Label = Label::new("潜在客户", "prospecting");
const PRODUCT: Label = Label::new("产品分析", "product");
const PROMOTION: Label = Label::new("促销效果", "promotion");

const SEVEN_PS: &[Bundled] = &[
    Bundled::new(PROFILING, "composition", &[("by", "level")]),
    Bundled::new(PROFILING, "composition", &[("by", "region")]),
    Bundled::new(PROFILING, "rfm", &[]),
    Bundled::new(PROFILING, "abc-customers", &[]),
    Bundled::new(PERSISTENCY, "retention", &[("period", "quarter")]),
    Bundled::new(PERSISTENCY, "churn", &[("period", "quarter")]),
    Bundled::new(PERSISTENCY, "lapsed", &[]),
    Bundled::new(PERSISTENCY, "repeat-rate", &[]),
    Bundled::new(PERSISTENCY, "loss-reasons", &[]),
    Bundled::new(PERSISTENCY, "loss-warnings", &[]),
    Bundled::new(PROFITABILITY, "contribution", &[]),
    Bundled::new(PROFITABILITY, "customer-value", &[]),
    Bundled::new(PERFORMANCE, "work-review", &[]),
    Bundled::new(PERFORMANCE, "win-rate", &[("by", "owner")]),
    Bundled::new(PERFORMANCE, "sales-cycle", &[]),
    Bundled::new(PERFORMANCE, "service-load", &[]),
    Bundled::new(PERFORMANCE, "handling-time", &[("by", "handler")]),
    Bundled::new(PERFORMANCE, "satisfaction", &[("by", "handler")]),
    Bundled::new(PERFORMANCE, "rework-rate", &[("by", "handler")]),
    Bundled::new(PERFORMANCE, "open-services", &[]),
    Bundled::new(PROSPECTING, "funnel", &[]),
    Bundled::new(PROSPECTING, "stage-ageing", &[]),
    Bundled::new(PROSPECTING, "forecast", &[("by", "month")]),
    Bundled::new(PROSPECTING, "opportunity-time", &[]),
    Bundled::new(PROSPECTING, "new-customers", &[]),
    Bundled::new(PROSPECTING, "customers-to-contact", &[]),
    Bundled::new(PRODUCT, "top-products", &[]),
    Bundled::new(PRODUCT, "abc-products", &[]),
    Bundled::new(PRODUCT, "bought-together", &[]),
    Bundled::new(PRODUCT, "stock-position", &[]),
    Bundled::new(PRODUCT, "stock-without-movement", &[]),
    Bundled::new(PROMOTION, "sales-trend", &[("compare", "previous,last-year")]),
    Bundled::new(PROMOTION, "sales-by", &[("by", "product")]),
    Bundled::new(PROMOTION, "source-effectiveness", &[]),
];

/// The seven P's, a usual tour of what a CRM should tell: profiling, persistency, profitability, performance,
/// prospecting, product and promotion, each with the reports that tell it.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::report::seven_ps;
/// use crmkit::storage::MemoryStorage;
///
/// # pollster::block_on(async {
/// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// for part in seven_ps() {
///     crm.system().report(part.report, part.options.iter().copied()).await?;
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[must_use]
pub const fn seven_ps() -> &'static [Bundled] {
    SEVEN_PS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_report_says_which_p_it_is() {
        let mut ps: Vec<&str> = seven_ps().iter().map(|part| &*part.about.en).collect();
        ps.dedup();
        let seven = ["profiling", "persistency", "profitability", "performance", "prospecting", "product", "promotion"];
        assert_eq!(ps, seven);
    }
}
