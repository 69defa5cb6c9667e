//! What the load of a whole organisation remembers of itself, so that it can be continued.

use crate::id::{Id, RecordId};
use crate::rules::Rules;
use crate::schema::{EntityFacts, Facts};

crate::entity!(
    #[entity("sec_load_run", "载入", "Load run")]
    #[inputs(NewLoadRun, LoadRunPatch)]
    /// How far the load of an exported organisation into this store has come. Written in the same commits as the
    /// records; there is at most one. It is secret, so that nobody makes a store look half loaded, and no part of an
    /// export.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::organisation::LoadRun;
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// // No session reads it, whoever acts.
    /// assert!(crm.system().of::<LoadRun>().list(Query::of::<LoadRun>()).await.is_err());
    /// # Ok::<(), Error>(())
    /// # })?;
    /// # Ok::<(), Error>(())
    /// ```
    pub struct LoadRun {
        /// What tells one load from another: a hash over the export and the order it is loaded in.
        #[label("指纹", "Fingerprint")]
        pub fingerprint: String,
        /// How many records the export has.
        #[label("总数", "Records")]
        pub records: i64,
        /// How many of them are in the store.
        #[label("已写入", "Written")]
        pub written: i64,
        /// The step that is under way, counted from 0.
        #[label("步骤", "Step")]
        pub step: i64,
        /// How many records this step is through with.
        #[label("步骤进度", "Done")]
        pub done: i64,
        /// Whether everything is in. The record then goes when the store is opened as a CRM for the first time.
        #[label("完成", "Finished")]
        pub finished: bool,
    }
);

impl LoadRun {
    /// The id of the one record.
    pub const ID: Id<Self> = Id::new(RecordId::from_bytes(*b"crmkit-load-run1"));
}

impl EntityFacts for LoadRun {
    fn facts() -> Facts {
        Facts::default().secret().unrecorded()
    }
}

impl Rules for LoadRun {}
