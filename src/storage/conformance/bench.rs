//! One open store with the suite's schema, and short words for what the cases do with it.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use super::failure::{ensure, ensure_eq};
use super::{Failure, Fixture, Opened, Outcome, schema};
use crate::change::{Change, ChangeSet, Committed};
use crate::error::{Refusal, StorageError};
use crate::id::{Id, IdSource, RecordId, SeededIds, SetId};
use crate::query::{Page, Query};
use crate::schema::{Entity, EntityDef, Name, Path, Record, Schema};
use crate::storage::{Reader, ReaderExt, Storage, StorageErrorKind};
use crate::value::{Timestamp, Value};

/// Everything in a store, by entity and id.
pub(super) type Contents = BTreeMap<(Name, RecordId), Record>;

/// One open store with the suite's schema.
pub(super) struct Bench {
    pub(super) storage: Arc<dyn Storage>,
    opened: Box<dyn Opened>,
    ids: SeededIds,
}

/// A case on one store, as a future that borrows it.
pub(super) type OnBench<'b> = Pin<Box<dyn Future<Output = Outcome> + 'b>>;

/// Opens a store with the suite's schema and runs a case on it.
pub(super) fn with_bench(fixture: &dyn Fixture, case: impl for<'b> Fn(&'b mut Bench) -> OnBench<'b>) -> Outcome {
    finish(fixture, async {
        let mut bench = Bench::open(fixture, schema::schema()?).await?;
        case(&mut bench).await
    })
}

/// Runs a future with the fixture's executor and gives its result.
pub(super) fn finish<T>(fixture: &dyn Fixture, future: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let mut result = None;
    fixture.block_on(Box::pin(async { result = Some(future.await) }));
    result.unwrap_or_else(|| Err(Failure::new("the fixture's `block_on` came back before the future was done")))
}

impl Bench {
    /// A fresh store for a schema.
    pub(super) async fn open(fixture: &dyn Fixture, schema: Arc<Schema>) -> Result<Self, Failure> {
        let opened = fixture.open(schema).await.map_err(|failure| failure.during("opening a store"))?;
        Ok(Self { storage: opened.storage(), opened, ids: SeededIds::new(1) })
    }

    /// Closes the store and opens it again; says whether it is one that can be.
    pub(super) async fn reopen(&mut self) -> Result<bool, Failure> {
        // Nobody else may hold the store while it is closed.
        self.storage = Arc::new(crate::storage::MemoryStorage::new(Arc::clone(self.storage.schema())));
        let reopened = self.opened.reopen().await.transpose();
        self.storage = self.opened.storage();
        Ok(reopened.map_err(|failure| failure.during("opening the store again"))?.is_some())
    }

    /// A fresh id, larger than those before.
    pub(super) fn raw_id(&self) -> RecordId {
        self.ids.next_id(Timestamp::EPOCH)
    }

    /// A record that is not stored yet.
    pub(super) fn draft<E: Entity>(&self, new: E::New) -> E {
        E::draft(Id::new(self.raw_id()), new)
    }

    /// A set with these changes.
    pub(super) fn set(&self, changes: Vec<Change>) -> ChangeSet {
        let mut set = ChangeSet::new(SetId(self.raw_id()), Timestamp::EPOCH, "conformance");
        set.changes = changes;
        set
    }

    /// Commits changes.
    pub(super) async fn commit(&self, changes: Vec<Change>) -> Result<Committed, StorageError> {
        commit(&*self.storage, &self.set(changes)).await
    }

    /// Stores a record and reads it back.
    pub(super) async fn store<E: Entity>(&self, new: E::New) -> Result<E, Failure> {
        let entity: E = self.draft(new);
        self.commit(vec![insert(&entity)]).await?;
        self.reload(&entity).await
    }

    /// Stores a record in its new form and reads it back.
    pub(super) async fn change<E: Entity>(&self, entity: &E) -> Result<E, Failure> {
        self.commit(vec![update(entity)]).await?;
        self.reload(entity).await
    }

    /// The record as it is stored now.
    pub(super) async fn reload<E: Entity>(&self, entity: &E) -> Result<E, Failure> {
        let found = self.storage.load(entity.id()).await?;
        found.ok_or_else(|| Failure::new(format!("the record {} of `{}` is gone", entity.id(), E::NAME)))
    }

    /// Commits changes that must be refused, for these reasons and no others, and must leave nothing behind.
    pub(super) async fn refuse(&self, changes: Vec<Change>, wanted: &[(usize, Refusal)]) -> Outcome {
        let before = self.contents().await?;
        let set = self.set(changes);
        let error = match commit(&*self.storage, &set).await {
            Ok(_) => return Err(Failure::new(format!("the set was accepted, expected it refused: {wanted:?}"))),
            Err(error) => error,
        };
        ensure_eq!(error.kind(), StorageErrorKind::Refused, "the kind of `{error}`");
        let found: Vec<(usize, Refusal)> =
            error.refusals().iter().map(|refused| (refused.index, refused.reason.clone())).collect();
        ensure_eq!(found, wanted, "the refused changes and their reasons");
        for refused in error.refusals() {
            let Some(change) = set.changes.get(refused.index) else { continue };
            let named = (refused.entity.clone(), refused.id);
            ensure_eq!(named, (change.entity().clone(), change.record_id()), "the record that a refusal names");
        }
        ensure_eq!(self.contents().await?, before, "what a refused set left behind");
        ensure!(self.storage.committed(set.id).await?.is_none(), "a refused set is known as committed");
        Ok(())
    }

    /// Commits changes that must be refused as not holding together, at these places.
    pub(super) async fn refuse_as_invalid(&self, changes: Vec<Change>, places: &[usize]) -> Outcome {
        let before = self.contents().await?;
        let set = self.set(changes);
        let error = match commit(&*self.storage, &set).await {
            Ok(_) => return Err(Failure::new("an invalid set was accepted".to_owned())),
            Err(error) => error,
        };
        let found: Vec<usize> = error.refusals().iter().map(|refused| refused.index).collect();
        ensure_eq!(found, places, "the refused changes of `{error}`");
        let invalid = error.refusals().iter().all(|refused| matches!(refused.reason, Refusal::Invalid(_)));
        ensure!(invalid, "`{error}` should say that the changes are invalid");
        ensure_eq!(self.contents().await?, before, "what a refused set left behind");
        Ok(())
    }

    /// Everything in the store.
    pub(super) async fn contents(&self) -> Result<Contents, Failure> {
        contents(&*self.storage).await
    }

    /// All records of a query, page after page.
    pub(super) async fn all(&self, query: Query) -> Result<Vec<Record>, Failure> {
        all(&*self.storage, query).await
    }

    /// The text field `field` of all records of a query.
    pub(super) async fn texts(&self, query: Query, field: &'static str) -> Result<Vec<String>, Failure> {
        texts(&*self.storage, query, field).await
    }

    /// The definition of an entity.
    pub(super) fn def<E: Entity>(&self) -> Result<Arc<EntityDef>, Failure> {
        let def = self.storage.schema().of::<E>().cloned();
        def.ok_or_else(|| Failure::new(format!("the store's schema has lost `{}`", E::NAME)))
    }
}

/// Commits a set, again while the store is busy.
pub(super) async fn commit(storage: &dyn Storage, set: &ChangeSet) -> Result<Committed, StorageError> {
    for _ in 0..200 {
        match storage.commit(set).await {
            Err(error) if error.is_retryable() => std::thread::sleep(Duration::from_millis(5)),
            result => return result,
        }
    }
    storage.commit(set).await
}

/// All records of a query, page after page.
pub(super) async fn all(reader: &dyn Reader, mut query: Query) -> Result<Vec<Record>, Failure> {
    let mut all = Vec::new();
    loop {
        let Page { records, next } = reader.query(&query).await?;
        ensure!(records.len() <= query.limit, "a page of {} has {} records", query.limit, records.len());
        ensure!(next.is_none() || records.len() == query.limit, "a page that is not full says there is more");
        all.extend(records);
        match next {
            Some(next) => query.after = Some(next),
            None => return Ok(all),
        }
    }
}

/// The text field `field` of all records of a query; `-` where there is none.
pub(super) async fn texts(reader: &dyn Reader, query: Query, field: &'static str) -> Result<Vec<String>, Failure> {
    let found = all(reader, query.columns([Path::field(field)])).await?;
    let text = |record: Record| record.value(0).as_text().unwrap_or("-").to_owned();
    Ok(found.into_iter().map(text).collect())
}

/// Everything a reader sees.
pub(super) async fn contents(reader: &dyn Reader) -> Result<Contents, Failure> {
    let mut contents = Contents::new();
    let entities: Vec<Name> = reader.schema().entities().map(|def| def.name.clone()).collect();
    for entity in entities {
        for record in all(reader, Query::new(entity.clone()).limit(500)).await? {
            contents.insert((entity.clone(), record.id), record);
        }
    }
    Ok(contents)
}

/// The change that stores a new record.
pub(super) fn insert<E: Entity>(entity: &E) -> Change {
    Change::Insert(entity.clone().into_record())
}

/// The change that stores a record in place of the version it carries.
pub(super) fn update<E: Entity>(entity: &E) -> Change {
    Change::Update { record: entity.clone().into_record(), expected: entity.version() }
}

/// The change that removes the version a record carries.
pub(super) fn delete<E: Entity>(entity: &E) -> Change {
    Change::Delete { entity: E::NAME.into(), id: entity.id().raw(), expected: entity.version() }
}

/// The change that relies on the version a record carries.
pub(super) fn check<E: Entity>(entity: &E) -> Change {
    Change::Check { entity: E::NAME.into(), id: entity.id().raw(), expected: entity.version() }
}

/// A field's text.
pub(super) fn text(value: &str) -> Value {
    Value::from(value)
}
