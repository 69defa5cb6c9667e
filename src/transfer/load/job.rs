//! The load itself: check the export, find out how far it is, go on from there.

use std::path::Path;

use super::checked::CheckedExport;
use super::options::{LoadOptions, LoadSummary};
use super::order::{Place, Plan, Step};
use super::read::{Anywhere, Source};
use super::rows::Rows;
use crate::change::{Change, ChangeSet};
use crate::clock::{Clock, SystemClock};
use crate::crm::rollups::{Rollups, rebuild};
use crate::error::{Error, StorageError, StorageErrorKind};
use crate::id::{IdSource, SetId, UuidSource, Version};
use crate::organisation::{LoadRun, NewLoadRun};
use crate::query::Query;
use crate::schema::{Entity, Name, Record};
use crate::storage::{ReaderExt, Storage};
use crate::transfer::{TransferError, TransferProgress, TransferStage};

/// How many changes one commit may have, besides the one that records the progress.
pub(super) const MAX_CHANGES: usize = 990;
/// How many bytes of lines are held at once, unless a single one has more.
const MAX_BYTES: usize = 4 << 20;

/// Loads an organisation that [`export_to`](super::super::export_to) wrote, into an empty store of whatever kind.
///
/// Everything is looked at before anything is written: the manifest, every file and every record. Records keep their
/// ids and versions. They are written in an order in which references lead to what is there; a reference that may be
/// empty, in a cycle, is set by a second write. Commits are bounded, and each holds its own progress ([`LoadRun`]):
/// loading the same export again goes on where an interrupted load stopped, and a store that is half loaded can't be
/// opened as a CRM. Memory does not grow with the organisation, but for entities whose records *require* records of the
/// same kind, of which ids are held. Files are read on the thread that polls.
///
/// The export may be of an earlier version of the program: fields that it lacks are without value.
///
/// # Errors
///
/// [`TransferError`]. Unless the store failed or refused on the way, nothing was written.
///
/// # Examples
///
/// ```
/// use std::path::Path;
///
/// use crmkit::prelude::*;
/// use crmkit::storage::MemoryStorage;
/// use crmkit::transfer::{LoadOptions, TransferError, load_from};
///
/// # pollster::block_on(async {
/// let storage = std::sync::Arc::new(MemoryStorage::new(crmkit::standard_schema()?));
/// Crm::builder(storage.clone()).open().await?;
/// // There is an organisation in it already.
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("export");
/// # crmkit::transfer::export_to(&storage, &path, Default::default()).await.unwrap();
/// let error = load_from(&storage, &path, LoadOptions::default()).await.unwrap_err();
/// assert!(matches!(error, TransferError::NotEmpty { .. }));
/// # Ok::<(), Error>(())
/// # }).unwrap();
/// ```
pub async fn load_from(
    storage: &dyn Storage,
    dir: &Path,
    mut options: LoadOptions<'_>,
) -> Result<LoadSummary, TransferError> {
    let mut watch = |progress: &TransferProgress| {
        if let Some(call) = &mut options.on_progress {
            call(progress);
        }
    };
    let checked = CheckedExport::read(dir, storage.schema(), LoadOptions::default().on_progress(&mut watch))?;
    checked.load_into(storage, options).await
}

/// The run that was interrupted, or a new one on an empty store.
async fn begin(storage: &dyn Storage, fingerprint: String, records: u64) -> Result<LoadRun, TransferError> {
    let snapshot = storage.snapshot().await?;
    let mut version = Version::NEW;
    if let Some(run) = snapshot.load::<LoadRun>(LoadRun::ID).await? {
        if run.fingerprint == fingerprint {
            return Ok(run);
        }
        if !run.finished {
            return Err(TransferError::OtherLoad);
        }
        version = run.version;
    }
    let mut entities: Vec<Name> = Vec::new();
    for def in snapshot.schema().entities().filter(|def| def.name != LoadRun::NAME) {
        let query = Query::new(def.name.clone()).limit(1);
        if !snapshot.query(&query).await?.records.is_empty() {
            entities.push(def.name.clone());
        }
    }
    if !entities.is_empty() {
        return Err(TransferError::NotEmpty { entities });
    }
    let new = NewLoadRun { fingerprint, records: signed(records), ..Default::default() };
    Ok(LoadRun { version, ..LoadRun::draft(LoadRun::ID, new) })
}

/// A load under way.
pub(super) struct Job<'a, 'o> {
    storage: &'a dyn Storage,
    sources: &'a [Source],
    plan: &'a Plan,
    run: LoadRun,
    /// How many changes the store takes in one set, as far as is known.
    most: usize,
    ids: UuidSource,
    options: LoadOptions<'o>,
}

/// Changes that wait to be committed.
#[derive(Debug, Default)]
struct Batch {
    changes: Vec<Change>,
    /// What belongs together: how many changes and how many records of the step they take care of.
    parts: Vec<(usize, u64)>,
    bytes: usize,
}

impl Batch {
    fn add(&mut self, changes: impl IntoIterator<Item = Change>, rows: u64, bytes: usize) {
        let before = self.changes.len();
        self.changes.extend(changes);
        self.parts.push((self.changes.len() - before, rows));
        self.bytes += bytes;
    }

    /// The later half of the parts.
    fn split_off(&mut self) -> Self {
        let parts = self.parts.split_off(self.parts.len() / 2);
        let changes = self.parts.iter().map(|(changes, _)| changes).sum();
        Self { changes: self.changes.split_off(changes), parts, bytes: 0 }
    }

    fn rows(&self) -> u64 {
        self.parts.iter().map(|(_, rows)| rows).sum()
    }
}

impl<'a, 'o> Job<'a, 'o> {
    /// Goes on with the run that was interrupted, or begins a new one on an empty store.
    pub(super) async fn begin(
        storage: &'a dyn Storage,
        sources: &'a [Source],
        plan: &'a Plan,
        fingerprint: String,
        options: LoadOptions<'o>,
    ) -> Result<Self, TransferError> {
        let records = sources.iter().fold(0_u64, |sum, source| sum.saturating_add(source.said.records));
        let run = begin(storage, fingerprint, records).await?;
        Ok(Self { storage, sources, plan, run, most: MAX_CHANGES, ids: UuidSource::default(), options })
    }

    /// How many records are in the store.
    pub(super) fn written(&self) -> u64 {
        unsigned(self.run.written)
    }

    pub(super) async fn run_through(&mut self) -> Result<(), TransferError> {
        if self.run.finished {
            return Ok(());
        }
        if self.run.version == Version::NEW {
            self.commit(Vec::new(), self.run.clone()).await.map_err(|(error, _)| error)?;
        }
        let first = usize::try_from(self.run.step).unwrap_or(0);
        for (place, step) in self.plan.steps.iter().enumerate().skip(first) {
            let place = signed(place as u64);
            let done = if self.run.step == place { unsigned(self.run.done) } else { 0 };
            match step {
                Step::Each { file } => self.each(place, *file, done, Pass::First).await?,
                Step::Complete { file } => self.each(place, *file, done, Pass::Second).await?,
                Step::Together { files, rows } => self.together(place, files, rows, done).await?,
            }
        }
        self.roll_up().await?;
        let finished = LoadRun { finished: true, ..self.run.clone() };
        self.commit(Vec::new(), finished).await.map_err(|(error, _)| error)
    }

    /// Adds up what is loaded, as far as it is kept added up.
    async fn roll_up(&self) -> Result<(), TransferError> {
        for kept in self.storage.schema().rollups() {
            let built = rebuild(self.storage, &Rollups::default(), kept, SystemClock.now(), &self.ids).await;
            built.map_err(|error| match error {
                Error::Storage(error) => TransferError::Storage(error),
                other => StorageError::new(StorageErrorKind::Other, other.to_string()).into(),
            })?;
        }
        Ok(())
    }

    /// Writes the records of a file in their order, behind those that are done.
    async fn each(&mut self, step: i64, file: Place, mut done: u64, pass: Pass) -> Result<(), TransferError> {
        let Some(source) = self.sources.get(file) else { return Ok(()) };
        let mut lines = source.open()?;
        while lines.number() < done && lines.next()?.is_some() {}
        let mut batch = Batch::default();
        loop {
            let record = lines.record()?;
            let more = record.is_some();
            if let Some(record) = record {
                let change = match pass {
                    Pass::First => Some(Change::Insert(self.plan.first(file, record).0)),
                    Pass::Second => self.completed(file, record),
                };
                let bytes = if change.is_some() { lines.text().len() } else { 0 };
                batch.add(change, 1, bytes);
            }
            if batch.changes.len() >= self.most || batch.bytes >= MAX_BYTES || !more {
                done = self.flush(step, &source.layout.def().name, done, std::mem::take(&mut batch)).await?;
            }
            if !more {
                return if done == source.said.records { Ok(()) } else { Err(changed(source)) };
            }
        }
    }

    /// The second write of a record, if it needs one.
    fn completed(&self, file: Place, record: Record) -> Option<Change> {
        let expected = Version(record.version.0.saturating_sub(1));
        let late = self.plan.is_late(file, &record);
        late.then_some(Change::Update { record: Record { version: expected, ..record }, expected })
    }

    /// Writes records that require each other in their own order, behind those that are done.
    async fn together(&mut self, step: i64, files: &[Place], rows: &Rows, mut done: u64) -> Result<(), TransferError> {
        let sources = self.sources;
        let mut open: Vec<Option<Anywhere<'_>>> = sources.iter().map(|_| None).collect();
        for file in files {
            if let (Some(open), Some(source)) = (open.get_mut(*file), sources.get(*file)) {
                *open = Some(source.open_anywhere()?);
            }
        }
        let name = files.first().and_then(|file| sources.get(*file)).map(|source| source.layout.def().name.clone());
        let name = name.unwrap_or_default();
        let (mut skipped, mut batch) = (0, Batch::default());
        for group in rows.groups() {
            let size = group.len() as u64;
            if skipped < done {
                skipped += size;
                continue;
            }
            if batch.changes.len() + group.len() > self.most || batch.bytes >= MAX_BYTES {
                done = self.flush(step, &name, done, std::mem::take(&mut batch)).await?;
                skipped = done;
            }
            let (mut changes, mut bytes) = (Vec::new(), 0);
            for row in group {
                let Some(file) = open.get_mut(row.file).and_then(Option::as_mut) else { continue };
                let (record, length) = file.record(row.offset)?;
                changes.push(Change::Insert(self.plan.first(row.file, record).0));
                bytes += length;
            }
            batch.add(changes, size, bytes);
        }
        self.flush(step, &name, done, batch).await?;
        Ok(())
    }

    /// Commits changes, in several sets if the store takes no more at once; gives how many records of the step are done
    /// then.
    async fn flush(&mut self, step: i64, entity: &Name, mut done: u64, batch: Batch) -> Result<u64, TransferError> {
        let mut left = vec![batch];
        while let Some(mut batch) = left.pop() {
            if batch.parts.is_empty() {
                continue;
            }
            let stored = batch.changes.iter().filter(|change| matches!(change, Change::Insert(_))).count();
            let written = self.run.written.saturating_add(signed(stored as u64));
            let rows = batch.rows();
            let run = LoadRun { step, done: signed(done + rows), written, ..self.run.clone() };
            match self.commit(std::mem::take(&mut batch.changes), run).await {
                Ok(()) => {
                    done += rows;
                    self.tell(entity);
                }
                Err((TransferError::Storage(error), changes)) if error.kind() == StorageErrorKind::TooLarge => {
                    if batch.parts.len() < 2 {
                        return Err(error.into());
                    }
                    batch.changes = changes;
                    let later = batch.split_off();
                    self.most = batch.changes.len().max(1);
                    left.extend([later, batch]);
                }
                Err((error, _)) => return Err(error),
            }
        }
        Ok(done)
    }

    /// Commits changes together with the progress. If that fails, the changes come back.
    async fn commit(&mut self, changes: Vec<Change>, mut run: LoadRun) -> Result<(), (TransferError, Vec<Change>)> {
        let now = SystemClock.now();
        let mut set = ChangeSet::new(SetId(self.ids.next_id(now)), now, "data.load");
        set.changes = changes;
        let record = run.clone().into_record();
        set.changes.push(match run.version {
            Version::NEW => Change::Insert(record),
            expected => Change::Update { record, expected },
        });
        if let Err(error) = committed(self.storage, &set).await {
            set.changes.pop();
            return Err((refused(error), set.changes));
        }
        run.version = run.version.next();
        self.run = run;
        Ok(())
    }

    fn tell(&mut self, entity: &Name) {
        if let Some(call) = &mut self.options.on_progress {
            let (done, total) = (unsigned(self.run.written), Some(unsigned(self.run.records)));
            call(&TransferProgress { stage: TransferStage::Loading, entity: entity.clone(), done, total });
        }
    }
}

/// Which of its writes a record gets.
#[derive(Debug, Clone, Copy)]
enum Pass {
    First,
    Second,
}

/// Commits a set; where it is not said what came of it, asks, and tries again.
async fn committed(storage: &dyn Storage, set: &ChangeSet) -> Result<(), StorageError> {
    match storage.commit(set).await {
        Err(error) if error.kind() == StorageErrorKind::UnknownOutcome => match storage.committed(set.id).await? {
            Some(_) => Ok(()),
            None => storage.commit(set).await.map(drop),
        },
        result => result.map(drop),
    }
}

fn refused(error: StorageError) -> TransferError {
    match error.kind() {
        StorageErrorKind::Refused if error.refusals().iter().any(|refused| refused.entity == LoadRun::NAME) => {
            TransferError::Concurrent
        }
        StorageErrorKind::Refused => TransferError::Refused(error),
        _ => TransferError::Storage(error),
    }
}

fn changed(source: &Source) -> TransferError {
    source.damaged(None, "it changed while it was loaded")
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn unsigned(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}
