//! The periodic report for the management: headline figures, warnings and tables of a period, as a page and as JSON.
//!
//! A [`Brief`] is made by a [`Session`](crate::Session) from the standard reports, all of one moment, with the rights and
//! within the scopes of whoever asks: a supervisor's is about everything, an account manager's about what is his own. A
//! report that he may not run is left out, and the brief says so. It computes nothing that a report has computed:
//! headlines and warnings follow from the reports' tables.
//!
//! [`Brief::to_html`] is one page that needs nothing else: no script, no picture, font or style from elsewhere, which its
//! content security policy forbids besides; on paper it is A4. [`Brief::to_json`] has the same figures for programs.
//!
//! # Examples
//!
//! ```
//! use crmkit::brief::BriefOptions;
//! use crmkit::clock::FixedClock;
//! use crmkit::prelude::*;
//! use crmkit::storage::MemoryStorage;
//!
//! # pollster::block_on(async {
//! let clock = FixedClock::new("2026-03-02T08:00:00Z".parse()?);
//! let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).clock(clock).open().await?;
//! let brief = crm.system().brief(&BriefOptions::default()).await?;
//! assert_eq!(brief.period.to_string(), "2026-02");
//! assert!(brief.to_html().starts_with("<!DOCTYPE html>\n<html lang=\"en\">"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```

mod content;
mod gather;
mod headlines;
mod html;
mod model;
mod period;
mod session;
mod shown;
mod warnings;
mod words;

pub use model::{
    Audience, Better, Brief, Compared, Group, Headline, LeftOut, LeftOutReason, Section, Subject, Urgency, Warning,
};
pub use period::BriefPeriod;
pub use session::BriefOptions;
pub use warnings::WarningRules;
