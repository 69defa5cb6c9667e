//! The backup that is made by itself.

use std::path::PathBuf;

use async_trait::async_trait;

use super::{BackupOptions, Rotation};
use crate::crm::{JobContext, JobError, Work};
use crate::jobs::{BACKUP, Schedule, TimeOfDay};

/// The job `backup`: every day at 03:00, into a folder of which the last few backups are kept.
///
/// A backup is called after the time of its slot, so one that was interrupted and is made again takes the place of
/// itself. Of days on which nobody was there the last one is made up for.
///
/// # Examples
///
/// ```
/// use crmkit::crm::Jobs;
/// use crmkit::transfer::{BackupJob, Rotation};
///
/// let jobs = Jobs::standard().with(BackupJob::new("/var/backups/shop", Rotation::new("shop", 14)));
/// assert!(jobs.names().any(|name| name == "backup"));
/// ```
#[derive(Debug, Clone)]
pub struct BackupJob {
    folder: PathBuf,
    rotation: Rotation,
    options: BackupOptions,
}

impl BackupJob {
    /// Into a folder, which must exist, with the names and the number that a rotation gives.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>, rotation: Rotation) -> Self {
        Self { folder: folder.into(), rotation, options: BackupOptions::default() }
    }

    /// Made in another way.
    #[must_use]
    pub fn with_options(mut self, options: BackupOptions) -> Self {
        self.options = options;
        self
    }
}

#[async_trait]
impl Work for BackupJob {
    fn name(&self) -> &str {
        BACKUP
    }

    fn schedule(&self) -> Schedule {
        Schedule::daily(TimeOfDay::new(3, 0).unwrap_or(TimeOfDay::MIDNIGHT))
    }

    async fn run(&self, context: &JobContext) -> Result<String, JobError> {
        let path = self.folder.join(self.rotation.file_name(context.slot().at));
        let backup = context.session().backup(&path, &self.options).await?;
        let deleted = self.rotation.prune(&self.folder)?.len();
        Ok(format!("made `{}`, removed {deleted} older ones", backup.path().display()))
    }
}
