//! How the rollups stand, and building them.

use super::Session;
use crate::crm::rollups::rebuild;
use crate::error::Result;
use crate::id::Id;
use crate::organisation::{RollupPhase, RollupState};
use crate::schema::Name;
use crate::storage::ReaderExt;

/// How a [rollup](crate::rollup) stands.
///
/// # Examples
///
/// ```
/// use crmkit::organisation::RollupPhase;
/// use crmkit::prelude::*;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let rollups = crm.system().rollups().await?;
/// let regions = rollups.iter().find(|status| status.name == "customers_by_region").ok_or("no such rollup")?;
/// assert_eq!((&*regions.entity, regions.phase), ("customer", RollupPhase::Valid));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RollupStatus {
    /// Its name.
    pub name: String,
    /// The entity whose records it counts, by its code.
    pub entity: Name,
    /// Whether reports can use it.
    pub phase: RollupPhase,
    /// Where its days begin.
    pub time_zone: String,
}

impl Session {
    /// How each rollup stands that this program keeps, in the order of their declaration.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::organisation::RollupPhase;
    /// use crmkit::prelude::*;
    /// use crmkit::storage::MemoryStorage;
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let rollups = crm.system().rollups().await?;
    /// assert!(rollups.iter().all(|rollup| rollup.phase == RollupPhase::Valid));
    /// # Ok::<(), Error>(())
    /// # })?;
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Denied`](crate::Error::Denied) without the right `data.verify`, [`Error::Storage`](crate::Error::Storage)
    /// if the store can't be read.
    pub async fn rollups(&self) -> Result<Vec<RollupStatus>> {
        self.require("data.verify").await?;
        let kept: Vec<_> = self.crm.schema().rollups().cloned().collect();
        let ids: Vec<Id<RollupState>> = kept.iter().map(|kept| Id::new(kept.state_id())).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let states: Vec<RollupState> = self.crm.storage().load_all(&ids).await?;
        let status = |kept: &std::sync::Arc<crate::rollup::KeptRollup>| {
            let state = states.iter().find(|state| state.id.raw() == kept.state_id());
            let mine = state.filter(|state| state.fingerprint == kept.fingerprint());
            RollupStatus {
                name: kept.rollup().name().to_owned(),
                entity: kept.fact().code.clone(),
                phase: mine.map_or(RollupPhase::Invalid, |state| state.phase),
                time_zone: mine.map(|state| state.time_zone.clone()).unwrap_or_default(),
            }
        };
        Ok(kept.iter().map(status).collect())
    }

    /// Builds every rollup anew, while others work: those that could not be used are used from then on, and rows that were
    /// wrong are right. Reports add up the records meanwhile. It goes on where a building that was interrupted stopped.
    ///
    /// A rollup of which a sum is larger than its field can hold stays unusable.
    ///
    /// # Errors
    ///
    /// As [`rollups`](Self::rollups), and [`Error::Storage`](crate::Error::Storage) if the store can't be written.
    pub async fn rebuild_rollups(&self) -> Result<Vec<RollupStatus>> {
        self.require("data.verify").await?;
        for kept in self.crm.schema().rollups() {
            rebuild(self.crm.storage(), self.crm.rollups(), kept, self.crm.now(), &**self.crm.ids()).await?;
        }
        self.rollups().await
    }
}
