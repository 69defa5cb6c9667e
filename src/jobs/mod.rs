//! Jobs: what is done by itself at its time. When a job is due, what is kept of it, and what is to be done next; how it
//! is done is the [`crm`](crate::crm)'s business.

mod job;
mod reminder;
mod run;
mod schedule;
mod settings;
mod state;
mod turn;

pub use job::{Job, JobPatch, NewJob};
pub use reminder::{NewReminder, Reminder, ReminderKind, ReminderPatch};
pub use run::{JobRun, JobRunPatch, JobRunStatus, NewJobRun};
pub use schedule::{Schedule, ScheduleError, Slot, TimeOfDay};
pub use settings::{LostScanSettings, ReminderSettings, RetentionSettings};
pub use state::{JobState, JobStatePatch, NewJobState};
pub use turn::{CatchUp, Retry, Terms, Turn, turn};

/// The name of the job that looks for customers who may be lost.
pub const LOST_SCAN: &str = "lost-scan";
/// The name of the job that reminds of what is overdue.
pub const REMINDERS: &str = "reminders";
/// The name of the job that removes what need not be kept any longer.
pub const RETENTION: &str = "retention";
/// The name of the job that makes a backup.
pub const BACKUP: &str = "backup";
/// The name of the job that makes the periodic report for the management.
pub const MANAGEMENT_REPORT: &str = "management-report";
