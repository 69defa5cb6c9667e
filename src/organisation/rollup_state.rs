//! How the rollups of a store stand.

use crate::error::{Error, Result};
use crate::id::RecordId;
use crate::rules::{Context, Deletion, Rules};
use crate::schema::{EntityFacts, Facts};

crate::choice!(
    /// How a rollup stands.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::organisation::RollupPhase;
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let rebuilt = crm.system().rebuild_rollups().await?;
    /// assert!(!rebuilt.is_empty() && rebuilt.iter().all(|status| status.phase == RollupPhase::Valid));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub enum RollupPhase {
        /// Its rows are what adding up the records gives.
        #[code("valid", "可用", "Valid")]
        Valid,
        /// Commits add to it, and what was there before is being added.
        #[code("building", "重建中", "Building")]
        Building,
        /// Nobody adds to it; it must be rebuilt.
        #[code("invalid", "不可用", "Invalid")]
        Invalid,
    }
);

crate::entity!(
    #[entity("sec_rollup_state", "汇总状态", "Rollup state")]
    #[inputs(NewRollupState, RollupStatePatch)]
    /// How one [rollup](crate::rollup) stands. Each commit that adds to the rollup relies on this record, so that what it
    /// adds fits what is kept. It is secret, so that nobody but the crate writes it, and no part of an export.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::organisation::RollupState;
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// // No session reads it; `rollup_status` tells how rollups stand.
    /// assert!(crm.system().of::<RollupState>().list(Query::of::<RollupState>()).await.is_err());
    /// # Ok::<(), Error>(())
    /// # })?;
    /// # Ok::<(), Error>(())
    /// ```
    pub struct RollupState {
        /// The rollup's name.
        #[label("名称", "Name")]
        pub name: String,
        /// What tells its declaration from a former one.
        #[label("指纹", "Fingerprint")]
        pub fingerprint: String,
        /// Where its days begin.
        #[label("时区", "Time zone")]
        pub time_zone: String,
        /// How it stands.
        #[label("状态", "Phase")]
        pub phase: RollupPhase,
    }
);

impl EntityFacts for RollupState {
    fn facts() -> Facts {
        Facts::default().secret().unrecorded().no_events()
    }
}

/// Nobody writes these but the crate itself.
impl Rules for RollupState {
    fn created(draft: Self, _: &Context) -> Result<Self> {
        Err(kept(draft.id.raw()))
    }

    fn edited(before: &Self, _: Self, _: &Context) -> Result<Self> {
        Err(kept(before.id.raw()))
    }

    fn deleted(before: &Self, _: &Context) -> Result<Deletion<Self>> {
        Err(kept(before.id.raw()))
    }

    fn events(&self, _: &Context) -> Vec<&'static str> {
        Vec::new()
    }
}

fn kept(id: RecordId) -> Error {
    let problem = "is kept by the crate itself; nobody else writes it".to_owned();
    Error::State { entity: "rollup_state".into(), id, problem }
}
