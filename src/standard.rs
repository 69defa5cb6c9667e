//! Where the parts are put together: the crate's own entities and reports, registered with a line each.

use std::sync::Arc;

use crate::access::{
    AccessRevision, Credential, FieldRule, Grant, Right, Role, SignInCounter, SignInState, Team, User,
};
use crate::crm::{Crm, CrmBuilder};
use crate::customers::{Activity, Contact, Customer, LossMeasure, LostCustomer};
use crate::dictionary::{DictionaryEntry, DictionaryRevision};
use crate::events::{EventEntry, EventShard, ParkedEvent, Subscription};
use crate::history::HistoryEntry;
use crate::jobs::{Job, JobRun, JobState, Reminder};
use crate::marketing::{Opportunity, Pipeline, PlanItem, Stage};
use crate::organisation::{LoadRun, NumberSeries, Organisation, RollupState, SeriesCounter};
use crate::report::SavedReport;
use crate::sales::{Order, OrderLine, Product, StockItem};
use crate::schema::{Schema, SchemaBuilder, SchemaError};
use crate::service::{ServiceRequest, ServiceRound};
use crate::storage::Storage;
use crate::transfer::{ImportRejects, ImportRun};

/// The schema of the crate's own entities.
///
/// # Errors
///
/// None that a test would not have found; the type is that of [`SchemaBuilder::build`].
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
///
/// let schema = crmkit::standard_schema()?;
/// assert!(schema.of::<Customer>().is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn standard_schema() -> Result<Arc<Schema>, SchemaError> {
    Schema::builder().standard().build()
}

impl SchemaBuilder {
    /// Adds the crate's own entities. A host adds its own behind them.
    #[must_use]
    pub fn standard(self) -> Self {
        self.with::<Organisation>()
            .with::<NumberSeries>()
            .with::<SeriesCounter>()
            .with::<Role>()
            .with::<Right>()
            .with::<Grant>()
            .with::<FieldRule>()
            .with::<AccessRevision>()
            .with::<Team>()
            .with::<User>()
            .with::<Credential>()
            .with::<SignInCounter>()
            .with::<SignInState>()
            .with::<DictionaryEntry>()
            .with::<DictionaryRevision>()
            .with::<Customer>()
            .with::<Contact>()
            .with::<LostCustomer>()
            .with::<LossMeasure>()
            .with::<Activity>()
            .with::<Product>()
            .with::<StockItem>()
            .with::<Order>()
            .with::<OrderLine>()
            .with::<ServiceRequest>()
            .with::<ServiceRound>()
            .with::<HistoryEntry>()
            .with::<ImportRun>()
            .with::<ImportRejects>()
            .with::<LoadRun>()
            .with::<RollupState>()
            .with::<Pipeline>()
            .with::<Stage>()
            .with::<Opportunity>()
            .with::<PlanItem>()
            .with::<SavedReport>()
            .with::<Job>()
            .with::<JobState>()
            .with::<JobRun>()
            .with::<Reminder>()
            .with::<EventEntry>()
            .with::<Subscription>()
            .with::<ParkedEvent>()
            // Last, so that stores lock the counters that many sets share when they have all else.
            .with::<EventShard>()
    }
}

impl Crm {
    /// Starts opening a CRM over a store, with a right for each of the crate's reports and one for custom ones.
    #[must_use]
    pub fn builder(storage: impl Storage) -> CrmBuilder {
        let bare = CrmBuilder::bare(storage).right(crate::report::CUSTOM);
        crate::report::standard().iter().fold(bare, |builder, report| builder.right(format!("report.{}", report.name)))
    }
}
