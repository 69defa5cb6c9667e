//! An export that was looked at from beginning to end.

use std::path::Path;
use std::sync::Arc;

use super::check;
use super::job::{Job, MAX_CHANGES};
use super::options::{LoadOptions, LoadSummary};
use super::order::{Plan, Step};
use super::read::Source;
use crate::organisation::LoadRun;
use crate::schema::{Entity, Schema};
use crate::storage::Storage;
use crate::transfer::export::Manifest;
use crate::transfer::{TransferError, TransferProgress};

/// An export that was looked at from beginning to end, so that it may be loaded: for who must know that before there is
/// a store, such as one who is about to replace one.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::storage::MemoryStorage;
/// use crmkit::transfer::{CheckedExport, ExportOptions, LoadOptions};
///
/// # pollster::block_on(async {
/// let schema = crmkit::standard_schema()?;
/// let crm = Crm::builder(MemoryStorage::new(schema.clone())).open().await?;
/// let folder = tempfile::tempdir()?;
/// let place = folder.path().join("acme");
/// let exported = crm.system().export(&place, ExportOptions::default()).await?;
///
/// let checked = CheckedExport::read(&place, &schema, LoadOptions::default())?;
/// assert_eq!(checked.records(), exported.records);
/// assert_eq!(checked.checksum(), exported.checksum);
/// let loaded = checked.load_into(&MemoryStorage::new(schema), LoadOptions::default()).await?;
/// assert_eq!(loaded.records, exported.records);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug)]
pub struct CheckedExport {
    schema: Arc<Schema>,
    manifest: Manifest,
    sources: Vec<Source>,
    plan: Plan,
}

impl CheckedExport {
    /// Looks at everything in a directory that [`export_to`](crate::transfer::export_to) wrote: the manifest, every file
    /// and every record, and whether stores with this schema can take it.
    ///
    /// # Errors
    ///
    /// [`TransferError`] with the file, and the line where one is to blame.
    pub fn read(dir: &Path, schema: &Arc<Schema>, mut options: LoadOptions<'_>) -> Result<Self, TransferError> {
        if schema.of::<LoadRun>().is_none() {
            let problem = format!("there is no entity `{}`; register it", LoadRun::NAME);
            return Err(TransferError::Schema { problem });
        }
        let manifest = Manifest::read(dir)?;
        let sources = check::sources(dir, &manifest, schema)?;
        check::contents(&sources, schema, |progress: &TransferProgress| {
            if let Some(call) = &mut options.on_progress {
                call(progress);
            }
        })?;
        let plan = Plan::new(&sources, schema)?;
        let checked = Self { schema: Arc::clone(schema), manifest, sources, plan };
        checked.fits()?;
        Ok(checked)
    }

    /// How many records there are.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.manifest.records()
    }

    /// The checksum of the manifest, and so of everything.
    #[must_use]
    pub fn checksum(&self) -> &str {
        &self.manifest.checksum
    }

    /// Loads it into an empty store with the same schema, or goes on where an interrupted load of it stopped. The files
    /// must still be there, and as they were.
    ///
    /// # Errors
    ///
    /// As [`load_from`](crate::transfer::load_from), but for what is wrong with the export.
    pub async fn load_into(
        &self,
        storage: &dyn Storage,
        options: LoadOptions<'_>,
    ) -> Result<LoadSummary, TransferError> {
        let known = storage.schema();
        if !Arc::ptr_eq(known, &self.schema) && !known.entities().eq(self.schema.entities()) {
            let problem = "it was checked against another one; check it against the store's".to_owned();
            return Err(TransferError::Schema { problem });
        }
        let fingerprint = self.plan.fingerprint(&self.manifest.checksum, &self.sources);
        let mut job = Job::begin(storage, &self.sources, &self.plan, fingerprint, options).await?;
        let found = job.written();
        job.run_through().await?;
        Ok(LoadSummary { records: self.records(), found, checksum: self.manifest.checksum.clone() })
    }

    /// Records that require each other are written at once, so no more of them may do so than a set takes.
    fn fits(&self) -> Result<(), TransferError> {
        for step in &self.plan.steps {
            let Step::Together { files, rows } = step else { continue };
            let rows = rows.largest();
            if rows > MAX_CHANGES {
                let names = files.iter().filter_map(|file| Some(self.sources.get(*file)?.layout.def().name.clone()));
                return Err(TransferError::Cycle { entities: names.collect(), rows, most: MAX_CHANGES });
            }
        }
        Ok(())
    }
}
