//! What a caller may say about a load, and what he is told.

use std::fmt;

use crate::transfer::TransferProgress;

/// Options of [`load_from`](super::load_from).
///
/// # Examples
///
/// ```
/// use crmkit::transfer::{LoadOptions, TransferProgress};
///
/// let mut watch = |progress: &TransferProgress| eprintln!("{} of {:?}", progress.done, progress.total);
/// let options = LoadOptions::default().on_progress(&mut watch);
/// # let _ = options;
/// ```
#[derive(Default)]
#[non_exhaustive]
pub struct LoadOptions<'a> {
    /// Called from time to time.
    pub on_progress: Option<&'a mut (dyn FnMut(&TransferProgress) + Send)>,
}

impl<'a> LoadOptions<'a> {
    /// Calls a function from time to time.
    #[must_use]
    pub fn on_progress(mut self, call: &'a mut (dyn FnMut(&TransferProgress) + Send)) -> Self {
        self.on_progress = Some(call);
        self
    }
}

impl fmt::Debug for LoadOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoadOptions").field("on_progress", &self.on_progress.is_some()).finish()
    }
}

/// What was loaded.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
///
/// use crmkit::prelude::*;
/// use crmkit::transfer::{ExportOptions, LoadOptions, load_from};
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let folder = tempfile::tempdir()?;
/// let place = folder.path().join("acme");
/// crm.system().export(&place, ExportOptions::default()).await?;
/// let storage = Arc::new(MemoryStorage::new(crmkit::standard_schema()?));
/// let loaded = load_from(&storage, &place, LoadOptions::default()).await?;
/// assert!(loaded.records > 0 && !loaded.was_done());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoadSummary {
    /// How many records the export has; all of them are in the store.
    pub records: u64,
    /// How many of them an earlier run had loaded, which was interrupted.
    pub found: u64,
    /// The checksum of the export's manifest.
    pub checksum: String,
}

impl LoadSummary {
    /// Whether an earlier run had loaded everything, so that nothing was left to do.
    #[must_use]
    pub const fn was_done(&self) -> bool {
        self.records > 0 && self.found == self.records
    }
}
