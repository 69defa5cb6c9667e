//! How much a question may cost.

use std::time::Duration;

/// How much one report may cost.
///
/// # Examples
///
/// A web service lets nobody ask for more than it can pay for:
///
/// ```
/// use std::time::Duration;
///
/// use crmkit::prelude::*;
/// use crmkit::report::Bounds;
/// use crmkit::storage::MemoryStorage;
///
/// # pollster::block_on(async {
/// let mut bounds = Bounds::default();
/// (bounds.groups, bounds.time) = (10_000, Duration::from_secs(5));
/// let storage = MemoryStorage::new(crmkit::standard_schema()?);
/// let crm = Crm::builder(storage).report_bounds(bounds).open().await?;
///
/// // One session may be held to less, or be given more.
/// bounds.groups = 0;
/// crm.system().customers().create(NewCustomer::new("Acme")).await?;
/// let refused = crm.system().bounded(bounds).report("composition", [("by", "region")]).await.unwrap_err();
/// assert_eq!(refused.code(), "storage.too_large");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Bounds {
    /// How many records may be added up.
    pub records: usize,
    /// How many groups there may be.
    pub groups: usize,
    /// How many rows a list may have.
    pub rows: usize,
    /// How long the report may take. It is looked at before each question to the store; who wants to stop at once drops
    /// the future.
    pub time: Duration,
}

impl Default for Bounds {
    /// A billion records, a million groups, 100,000 rows of a list, an hour.
    fn default() -> Self {
        Self { records: 1_000_000_000, groups: 1_000_000, rows: 100_000, time: Duration::from_secs(3_600) }
    }
}
