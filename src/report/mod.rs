//! Reports: figures with typed, labelled columns, computed from one view of the data.
//!
//! A report is either a [`Definition`] (plain data: which records, grouped by what, measured how) or a
//! [`StandardReport`] (a name, typed parameters and a computation). Both run on a [`View`], which says what is read, what
//! of it the actor may see, and in which zone days begin; both give a [`Report`], which prints as JSON, text or CSV.
//!
//! - A key that refers to a record stays its id while figures are added up. What people call the record is looked up
//!   afterwards, so a renamed customer keeps his history and two of one name stay two.
//! - Totals are those of everything the report covers, never of the rows that a limit leaves.
//! - Days, months and years begin where the organisation's zone says.

mod bundle;
mod catalogue;
mod csv;
mod days;
mod definition;
mod error;
mod hint;
mod json;
mod lookup;
mod moment;
mod options;
mod plan;
mod rolled_up;
mod run;
mod saved;
mod scope;
mod series;
mod session;
mod spread;
mod standard;
mod step;
mod steps;
mod table;
pub(crate) mod text;
mod view;

pub use crate::query::Bounds;
pub use bundle::{Bundled, seven_ps};
pub use catalogue::{Catalogue, Entry, StandardReport, standard};
pub use csv::{CsvWriter, Formulas};
pub use days::Days;
pub use definition::{Definition, Fact, FieldColumn, Having, KeyColumn, LabelText, MeasureColumn, Rows, Share};
pub use error::{ReportError, Result};
pub use hint::{ChartHint, ChartKind};
pub(crate) use moment::Moment;
pub use options::{OptionDef, Options};
pub use saved::{NewSavedReport, SavedReport, SavedReportPatch, Sharing};
pub(crate) use session::CUSTOM;
pub use standard::{
    AbcCustomers, AbcProducts, BoughtTogether, Churn, Comparison, Composition, CompositionKey, Contribution,
    CustomerValue, CustomersToContact, Forecast, ForecastKey, Funnel, HandlingKey, HandlingTime, Lapsed, Loss,
    LossReasons, LossWarnings, NewCustomers, OpenServices, OpportunityTime, OrderStates, OrderStatusReport,
    OverduePlans, RepeatRate, Retention, ReworkRate, Rfm, RfmBinning, SalesBy, SalesCycle, SalesKey, SalesTrend,
    Satisfaction, Segment, Service, ServiceKey, ServiceLoad, SourceEffectiveness, StageAgeing, StockPosition,
    StockWithoutMovement, TopProducts, WinRate, WinRateKey, WorkReview,
};
pub use step::Step;
pub use steps::Sort;
pub use table::{Column, Report, Table};
pub use text::{Bars, TextOptions};
pub use view::{Hidden, View, Visible, everything};
