//! What a caller may say about an export, and what he is told.

use std::fmt;

use crate::schema::Name;

/// What an export or a load is doing.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::transfer::{ExportOptions, TransferProgress, TransferStage};
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let folder = tempfile::tempdir()?;
/// let mut stages = Vec::new();
/// let mut watch = |progress: &TransferProgress| stages.push(progress.stage);
/// crm.system().export(&folder.path().join("acme"), ExportOptions::default().on_progress(&mut watch)).await?;
/// assert!(!stages.is_empty() && stages.iter().all(|stage| *stage == TransferStage::Exporting));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransferStage {
    /// Records are read from the store and written to files.
    Exporting,
    /// The files are looked at; nothing is written yet.
    Checking,
    /// Records are written to the store.
    Loading,
}

/// How far an export or a load has come.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::transfer::{ExportOptions, TransferProgress};
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let folder = tempfile::tempdir()?;
/// let mut last = None;
/// let mut watch = |progress: &TransferProgress| last = Some(progress.clone());
/// let options = ExportOptions::default().on_progress(&mut watch);
/// let exported = crm.system().export(&folder.path().join("acme"), options).await?;
/// let last = last.ok_or("it tells of its progress")?;
/// assert_eq!((last.done, last.total), (exported.records, None));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TransferProgress {
    /// What is being done.
    pub stage: TransferStage,
    /// The entity that is worked on.
    pub entity: Name,
    /// How many records are done in this stage.
    pub done: u64,
    /// How many there are, where that is known: not in an export.
    pub total: Option<u64>,
}

/// Options of [`export_to`](super::export_to).
///
/// # Examples
///
/// ```
/// use crmkit::transfer::{ExportOptions, TransferProgress};
///
/// let mut seen = 0;
/// let mut watch = |progress: &TransferProgress| seen = progress.done;
/// let options = ExportOptions::default().on_progress(&mut watch);
/// # let _ = options;
/// ```
#[derive(Default)]
#[non_exhaustive]
pub struct ExportOptions<'a> {
    /// Called from time to time.
    pub on_progress: Option<&'a mut (dyn FnMut(&TransferProgress) + Send)>,
}

impl<'a> ExportOptions<'a> {
    /// Calls a function from time to time.
    #[must_use]
    pub fn on_progress(mut self, call: &'a mut (dyn FnMut(&TransferProgress) + Send)) -> Self {
        self.on_progress = Some(call);
        self
    }
}

impl fmt::Debug for ExportOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExportOptions").field("on_progress", &self.on_progress.is_some()).finish()
    }
}

/// What was exported.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::transfer::ExportOptions;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let folder = tempfile::tempdir()?;
/// let exported = crm.system().export(&folder.path().join("acme"), ExportOptions::default()).await?;
/// let counted: u64 = exported.entities.iter().map(|(_, records)| records).sum();
/// assert_eq!(exported.records, counted);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExportSummary {
    /// How many records there are in all.
    pub records: u64,
    /// How many bytes their files have, without the manifest.
    pub bytes: u64,
    /// How many records each entity has, in the order of the schema.
    pub entities: Vec<(Name, u64)>,
    /// The checksum of the manifest, and so of everything: two exports of the same content have the same.
    pub checksum: String,
}
