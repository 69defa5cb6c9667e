//! The organisation's own record, and its number series.

mod load_run;
mod rollup_state;
mod series;

use chrono_tz::Tz;

use crate::customers::Rating;
use crate::error::{Error, Result};
use crate::problem::{FieldProblem, short};
use crate::rules::{Context, Rules};
use crate::schema::{EntityFacts, Facts, Lang};

pub use load_run::{LoadRun, LoadRunPatch, NewLoadRun};
pub use rollup_state::{NewRollupState, RollupPhase, RollupState, RollupStatePatch};
pub use series::{
    NewNumberSeries, NewSeriesCounter, NumberSeries, NumberSeriesPatch, SeriesCounter, SeriesCounterPatch, SeriesReset,
};

crate::choice!(
    /// A language people are addressed in.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::organisation::Language;
    /// use crmkit::prelude::*;
    /// use crmkit::schema::Lang;
    ///
    /// assert_eq!(Language::Zh.code(), "zh");
    /// assert_eq!(Language::from_code("zh"), Ok(Language::Zh));
    /// assert_eq!(Language::definition().label("zh", Lang::Zh), "中文");
    /// ```
    pub enum Language {
        /// English.
        #[code("en", "英文", "English")]
        En,
        /// Chinese.
        #[code("zh", "中文", "Chinese")]
        Zh,
    }
);

crate::entity!(
    #[entity("sys_organisation", "组织", "Organisation")]
    #[inputs(NewOrganisation, OrganisationPatch)]
    /// The organisation whose CRM this is. There is one.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let patch = OrganisationPatch { time_zone: "Asia/Shanghai".to_owned().into(), ..Default::default() };
    /// let organisation = crm.system().organisation().edit(crm.organisation().id, patch).await?;
    /// assert_eq!(organisation.zone(), chrono_tz::Asia::Shanghai);
    /// let patch = OrganisationPatch { time_zone: "Shanghai".to_owned().into(), ..Default::default() };
    /// assert!(crm.system().organisation().edit(organisation.id, patch).await.is_err(), "that is no time zone");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub struct Organisation {
        /// Always `main`: the key that keeps it the only one.
        #[label("编码", "Code")]
        pub code: String,
        /// What it is called.
        #[label("名称", "Name")]
        pub name: Option<String>,
        /// The IANA time zone in which days, months and years begin, such as `Asia/Shanghai`.
        #[label("时区", "Time zone")]
        pub time_zone: String,
        /// The language people are addressed in.
        #[label("语言", "Language")]
        pub language: Language,
        /// The ISO 4217 code of the currency all amounts are in.
        #[label("币种", "Currency")]
        pub currency: String,
        /// The month the fiscal year begins in, 1 to 12.
        #[label("财年起始月", "Fiscal year starts in month")]
        pub fiscal_year_start: i64,
        /// How satisfied a customer must be for a service request to be over; without it, 3 of 5.
        #[label("服务归档满意度", "Service threshold")]
        pub service_threshold: Option<Rating>,
    }
);

/// The code of the one organisation.
pub const MAIN: &str = "main";

impl EntityFacts for Organisation {
    fn facts() -> Facts {
        Facts::default().unique::<Self>(&[&Organisation::code]).natural::<Self>(&[&Organisation::code])
    }
}

impl NewOrganisation {
    /// The organisation in UTC, English and euros until it is said otherwise.
    #[must_use]
    pub fn main() -> Self {
        let (time_zone, currency) = ("UTC".into(), "EUR".into());
        Self { code: MAIN.into(), time_zone, currency, fiscal_year_start: 1, ..Self::default() }
    }
}

impl Organisation {
    /// The time zone; UTC where the stored name is not known to this program.
    #[must_use]
    pub fn zone(&self) -> Tz {
        self.time_zone.parse().unwrap_or(Tz::UTC)
    }

    /// The language for labels and messages.
    #[must_use]
    pub const fn lang(&self) -> Lang {
        match self.language {
            Language::En => Lang::En,
            Language::Zh => Lang::Zh,
        }
    }

    fn checked(self) -> Result<Self> {
        let mut problems = Vec::new();
        if self.code != MAIN {
            problems.push(FieldProblem::invalid("code", "it is always `main`"));
        }
        if self.time_zone.parse::<Tz>().is_err() {
            let sentence = format!("`{}` is no IANA time zone such as Europe/Berlin", short(&self.time_zone));
            problems.push(FieldProblem::invalid("time_zone", sentence));
        }
        if self.currency.len() != 3 || !self.currency.bytes().all(|b| b.is_ascii_uppercase()) {
            let sentence = format!("`{}` is no ISO 4217 code such as EUR", short(&self.currency));
            problems.push(FieldProblem::invalid("currency", sentence));
        }
        if !(1..=12).contains(&self.fiscal_year_start) {
            problems.push(FieldProblem::invalid("fiscal_year_start", "it is a month from 1 to 12"));
        }
        if problems.is_empty() { Ok(self) } else { Err(Error::Invalid { entity: "organisation".into(), problems }) }
    }
}

impl Rules for Organisation {
    fn created(draft: Self, _: &Context) -> Result<Self> {
        draft.checked()
    }

    fn edited(_: &Self, after: Self, _: &Context) -> Result<Self> {
        after.checked()
    }
}
