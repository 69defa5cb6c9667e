//! Looking for customers who may be lost.

use async_trait::async_trait;
use chrono::Weekday;

use crate::crm::jobs::work::clock;
use crate::crm::{JobContext, JobError, Work};
use crate::customers::LostScanOptions;
use crate::jobs::{LOST_SCAN, LostScanSettings, Schedule};

/// The scan for lost customers, as of the day of its slot. Done again it warns of nobody twice.
#[derive(Debug)]
pub(crate) struct LostScanJob;

#[async_trait]
impl Work for LostScanJob {
    fn name(&self) -> &str {
        LOST_SCAN
    }

    fn schedule(&self) -> Schedule {
        Schedule::weekly(Weekday::Sat, clock(2, 0))
    }

    async fn run(&self, context: &JobContext) -> Result<String, JobError> {
        let LostScanSettings { months, include_never_ordered } = context.settings()?;
        let options = LostScanOptions { as_of: Some(context.day()), months, include_never_ordered };
        let scan = context.session().lost_scan(&options).await?;
        let (cutoff, silent, warned, open) = (scan.cutoff, scan.silent, scan.warned, scan.open);
        let resolved = scan.resolved;
        Ok(format!("silent since before {cutoff}: {silent}, warned of: {warned}; open: {open}, resolved: {resolved}"))
    }
}
