//! Writing an export.

use std::path::Path;
use std::sync::Arc;

use super::folder::{NewFile, Staging};
use super::line::Layout;
use super::manifest::{MANIFEST, Manifest, ManifestEntity};
use super::{ExportOptions, ExportSummary, TransferError, TransferProgress, TransferStage};
use crate::error::{StorageError, StorageErrorKind};
use crate::organisation::LoadRun;
use crate::query::Query;
use crate::rollup::is_derived;
use crate::schema::{Entity, EntityDef};
use crate::storage::{Reader, ReaderExt, Storage};

/// How many bytes of lines one page of records shall come to.
const PAGE_BYTES: usize = 4 << 20;
/// How many records the first page of an entity has, whose size nobody knows yet.
const FIRST_PAGE: usize = 32;
/// How many records a page has at most.
const MAX_PAGE: usize = 2_000;

/// Exports a whole organisation as of one moment to a directory, from whatever store it is in.
///
/// The directory must be empty or not there yet. It is written beside its place and takes it at the end, so that what
/// is there is whole. Every registered entity has a file of JSON Lines, with a line for each record in the order of
/// ids; `manifest.json` says what they hold. The same content gives the same bytes, from every store. Memory does not
/// grow with the organisation. Files are written on the thread that polls.
///
/// This reads as the system: everything is in it, the hashes of passwords too. On Unix only the owner can read the
/// files; keep them as you keep the database. [`Session::export`](crate::Session::export) asks for a right first.
///
/// # Errors
///
/// [`TransferError`]; there is nothing at `dir` then that was not there before.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::storage::MemoryStorage;
/// use crmkit::transfer::{ExportOptions, LoadOptions, export_to, load_from};
///
/// # pollster::block_on(async {
/// let schema = crmkit::standard_schema()?;
/// let here = std::sync::Arc::new(MemoryStorage::new(schema.clone()));
/// let crm = Crm::builder(here.clone()).open().await?;
/// crm.system().customers().create(NewCustomer::new("Acme")).await?;
///
/// let folder = tempfile::tempdir()?;
/// let place = folder.path().join("acme");
/// let exported = export_to(&here, &place, ExportOptions::default()).await?;
///
/// let there = MemoryStorage::new(schema);
/// let loaded = load_from(&there, &place, LoadOptions::default()).await?;
/// assert_eq!(loaded.records, exported.records);
/// let crm = Crm::builder(there).open().await?;
/// assert_eq!(crm.system().customers().list(Query::of::<Customer>()).await?.items[0].name, "Acme");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
pub async fn export_to(
    storage: &dyn Storage,
    dir: &Path,
    options: ExportOptions<'_>,
) -> Result<ExportSummary, TransferError> {
    let staging = Staging::begin(dir)?;
    let snapshot = storage.snapshot().await?;
    refuse_half_loaded(&*snapshot).await?;
    let mut export = Export { reader: &*snapshot, options, done: 0 };
    let mut entities = Vec::new();
    let defs: Vec<Arc<EntityDef>> = snapshot.schema().entities().cloned().collect();
    // What can be made anew from the other records is.
    let own = |def: &&Arc<EntityDef>| def.name != LoadRun::NAME && !is_derived(&def.name);
    for def in defs.iter().filter(own) {
        entities.push(export.entity(def, &staging).await?);
    }
    let manifest = Manifest::new(entities).map_err(unwritable)?;
    let mut file = staging.create(MANIFEST)?;
    file.write(manifest.text().map_err(unwritable)?.as_bytes())?;
    file.finish()?;
    let mut names: Vec<String> = manifest.entities.iter().map(ManifestEntity::file).collect();
    names.push(MANIFEST.to_owned());
    staging.publish(&names)?;
    Ok(ExportSummary {
        records: manifest.records(),
        bytes: manifest.entities.iter().map(|entity| entity.bytes).sum(),
        entities: manifest.entities.iter().map(|entity| (entity.name.clone().into(), entity.records)).collect(),
        checksum: manifest.checksum,
    })
}

struct Export<'a, 'o> {
    reader: &'a dyn Reader,
    options: ExportOptions<'o>,
    done: u64,
}

impl Export<'_, '_> {
    /// Writes the records of one entity, page by page. How many make a page follows from how large they are.
    async fn entity(&mut self, def: &Arc<EntityDef>, staging: &Staging) -> Result<ManifestEntity, TransferError> {
        let layout = Layout::whole(def);
        let mut entity = ManifestEntity {
            name: def.name.to_string(),
            records: 0,
            bytes: 0,
            sha256: String::new(),
            fields: ManifestEntity::fields(def),
        };
        let mut file = staging.create(&entity.file())?;
        let mut query = Query::new(def.name.clone()).limit(FIRST_PAGE);
        loop {
            let page = self.reader.query(&query).await?;
            let count = page.records.len();
            let bytes = self.page(&layout, page.records, &mut file)?;
            entity.records += count as u64;
            self.done += count as u64;
            if let Some(call) = &mut self.options.on_progress {
                let (stage, entity) = (TransferStage::Exporting, def.name.clone());
                call(&TransferProgress { stage, entity, done: self.done, total: None });
            }
            let Some(next) = page.next else { break };
            query.after = Some(next);
            query.limit = (PAGE_BYTES * count / bytes.max(1)).clamp(1, (2 * query.limit).min(MAX_PAGE));
        }
        (entity.bytes, entity.sha256) = file.finish()?;
        Ok(entity)
    }

    fn page(
        &self,
        layout: &Layout,
        records: Vec<crate::schema::Record>,
        file: &mut NewFile,
    ) -> Result<usize, TransferError> {
        let (mut line, mut bytes) = (Vec::new(), 0);
        for record in records {
            if let Some(problem) = layout.problem(self.reader.schema(), &record) {
                return Err(TransferError::Unfit { entity: layout.def().code.clone(), id: record.id, problem });
            }
            layout.encode(&record, &mut line).map_err(unwritable)?;
            file.write(&line)?;
            bytes += line.len();
        }
        Ok(bytes)
    }
}

async fn refuse_half_loaded(reader: &dyn Reader) -> Result<(), TransferError> {
    if reader.schema().of::<LoadRun>().is_none() {
        return Ok(());
    }
    match reader.load::<LoadRun>(LoadRun::ID).await? {
        Some(run) if !run.finished => {
            let count = |count: i64| u64::try_from(count).unwrap_or(0);
            Err(TransferError::HalfLoaded { written: count(run.written), records: count(run.records) })
        }
        _ => Ok(()),
    }
}

fn unwritable(error: serde_json::Error) -> TransferError {
    StorageError::new(StorageErrorKind::Other, "a record can't be written as JSON").with_source(error).into()
}
