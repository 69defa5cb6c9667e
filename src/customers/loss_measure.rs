//! What was done to win a customer back.

use super::{Customer, LostCustomer};
use crate::access::User;
use crate::id::Id;
use crate::rules::Rules;
use crate::schema::{EntityFacts, Facts};
use crate::value::Timestamp;

crate::entity!(
    #[entity("cst_lost_measure", "暂缓措施", "Loss measure")]
    #[inputs(NewLossMeasure, LossMeasurePatch)]
    /// One thing that was done to win a customer back. All of them are kept.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::customers::LossMeasure;
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let taken = Query::of::<LossMeasure>().filter(LossMeasure::taken_at.ge(Timestamp::EPOCH));
    /// assert!(crm.system().loss_measures().list(taken).await?.items.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub struct LossMeasure {
        #[system]
        /// What it is about.
        #[label("客户流失", "Lost customer")]
        pub lost: Id<LostCustomer>,
        #[system]
        /// Who did it.
        #[label("执行人", "Taken by")]
        pub taken_by: Option<Id<User>>,
        #[system]
        /// When.
        #[label("时间", "Taken at")]
        pub taken_at: Timestamp,
        #[system]
        /// What was done.
        #[label("措施", "Measure")]
        pub measure: String,
    }
);

impl EntityFacts for LossMeasure {
    fn facts() -> Facts {
        Facts::default().owner(LossMeasure::lost.to(LostCustomer::customer).to(Customer::manager)).append_only()
    }
}

impl Rules for LossMeasure {}
