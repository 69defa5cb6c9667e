//! The crate's own jobs.

mod lost_scan;
mod reminders;
mod retention;

pub(super) use lost_scan::LostScanJob;
pub(super) use reminders::ReminderJob;
pub(super) use retention::RetentionJob;
