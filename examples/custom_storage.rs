//! A store of one's own in a hundred-odd lines: all records in one JSON file, written anew at every commit.
//!
//! `crmkit` asks for four things: get, query, commit and snapshot. What queries and changes mean is in the crate
//! ([`evaluate`], [`apply`]); the store only has to keep records. Run it with
//! `cargo run --example custom_storage`; `cargo test --all-features` shows with the conformance suite that it keeps the
//! whole contract.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crmkit::change::{ChangeSet, Committed, DEFAULT_SET_LIMIT};
use crmkit::id::{Position, SetId, Version};
use crmkit::prelude::*;
use crmkit::query::{Page, evaluate};
use crmkit::schema::{CustomFields, EntityDef, Name, Record};
use crmkit::storage::{Reader, Storage, StorageError, StorageErrorKind, Workspace, apply};
use serde::{Deserialize, Serialize};

/// What a committed set did: its position, the numbers it handed out, how many records its purges removed.
type Done = (u64, Vec<i64>, Vec<u64>);

/// Everything there is: records by entity and id, and what each committed set did.
#[derive(Debug, Clone, Default)]
struct Records {
    tables: BTreeMap<Name, BTreeMap<RecordId, Record>>,
    commits: BTreeMap<SetId, Done>,
}

impl evaluate::Dataset for Records {
    fn get(&self, entity: &str, id: RecordId) -> Option<&Record> {
        self.tables.get(entity)?.get(&id)
    }

    fn scan<'a>(&'a self, entity: &str) -> Box<dyn Iterator<Item = &'a Record> + 'a> {
        Box::new(self.tables.get(entity).into_iter().flat_map(BTreeMap::values))
    }
}

impl Workspace for Records {
    fn set(&mut self, entity: &Name, id: RecordId, record: Option<Record>) {
        let table = self.tables.entry(entity.clone()).or_default();
        match record {
            Some(record) => table.insert(id, record),
            None => table.remove(&id),
        };
    }
}

/// A moment of the store. The store itself holds the latest one.
#[derive(Debug, Clone)]
struct Moment {
    schema: Arc<Schema>,
    records: Arc<Records>,
}

#[async_trait::async_trait]
impl Reader for Moment {
    fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    async fn get(&self, entity: &EntityDef, ids: &[RecordId]) -> Result<Vec<Record>, StorageError> {
        let ids: std::collections::BTreeSet<_> = ids.iter().collect();
        Ok(ids
            .into_iter()
            .filter_map(|id| evaluate::Dataset::get(&*self.records, &entity.name, *id))
            .cloned()
            .collect())
    }

    async fn query(&self, query: &Query) -> Result<Page, StorageError> {
        let prepared = query.prepare(&self.schema)?;
        let all = evaluate::Dataset::scan(&*self.records, &prepared.def.name);
        Ok(evaluate::page(&*self.records, &prepared, all))
    }
}

/// The store: the latest moment, and the file it is kept in.
#[derive(Debug)]
struct JsonFile {
    schema: Arc<Schema>,
    path: PathBuf,
    latest: Mutex<Arc<Records>>,
}

impl JsonFile {
    fn open(path: impl Into<PathBuf>, schema: Arc<Schema>) -> Result<Self, StorageError> {
        let path = path.into();
        let records = if path.exists() { file::read(&path, &schema)? } else { Records::default() };
        Ok(Self { schema, path, latest: Mutex::new(Arc::new(records)) })
    }

    fn now(&self) -> Moment {
        let records = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        Moment { schema: Arc::clone(&self.schema), records: Arc::clone(&records) }
    }
}

#[async_trait::async_trait]
impl Reader for JsonFile {
    fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    async fn get(&self, entity: &EntityDef, ids: &[RecordId]) -> Result<Vec<Record>, StorageError> {
        self.now().get(entity, ids).await
    }

    async fn query(&self, query: &Query) -> Result<Page, StorageError> {
        self.now().query(query).await
    }
}

#[async_trait::async_trait]
impl Storage for JsonFile {
    async fn commit(&self, set: &ChangeSet) -> Result<Committed, StorageError> {
        set.fits(DEFAULT_SET_LIMIT)?;
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known(&latest, set.id) {
            return Ok(known);
        }
        // A refused set is thrown away with the copy it was tried on.
        let mut next = Records::clone(&latest);
        let applied = apply(&mut next, &self.schema, set)?;
        let position = next.commits.len() as u64 + 1;
        next.commits.insert(set.id, (position, applied.slots.clone(), applied.purged.clone()));
        file::write(&self.path, &next)?;
        *latest = Arc::new(next);
        Ok(Committed::new(Position(position), applied.slots, applied.purged))
    }

    async fn committed(&self, set: SetId) -> Result<Option<Committed>, StorageError> {
        Ok(known(&self.now().records, set))
    }

    async fn snapshot(&self) -> Result<Box<dyn Reader>, StorageError> {
        Ok(Box::new(self.now()))
    }
}

fn known(records: &Records, set: SetId) -> Option<Committed> {
    let (position, slots, purged) = records.commits.get(&set)?.clone();
    Some(Committed::new(Position(position), slots, purged).replayed())
}

/// The file: JSON, replaced whole, so that a crash leaves the old one or the new one.
mod file {
    use super::{
        BTreeMap, CustomFields, Deserialize, Done, Name, PathBuf, Record, RecordId, Records, Schema, Serialize, SetId,
        StorageError, StorageErrorKind, Value, Version,
    };

    #[derive(Serialize, Deserialize)]
    struct Row(RecordId, Version, Vec<Value>, CustomFields);

    #[derive(Serialize, Deserialize)]
    struct Content {
        tables: BTreeMap<String, Vec<Row>>,
        commits: Vec<(SetId, Done)>,
    }

    pub(super) fn write(path: &PathBuf, records: &Records) -> Result<(), StorageError> {
        let row = |r: &Record| Row(r.id, r.version, r.values.clone(), r.custom.clone());
        let tables = records.tables.iter().map(|(name, table)| (name.to_string(), table.values().map(row).collect()));
        let commits = records.commits.iter().map(|(set, done)| (*set, done.clone())).collect();
        let text = serde_json::to_vec(&Content { tables: tables.collect(), commits }).map_err(|e| fault(&e))?;
        let beside = path.with_extension("new");
        let file = std::fs::File::create(&beside).map_err(|e| fault(&e))?;
        std::io::Write::write_all(&mut &file, &text).map_err(|e| fault(&e))?;
        file.sync_all().map_err(|e| fault(&e))?;
        std::fs::rename(beside, path).map_err(|e| fault(&e))
    }

    pub(super) fn read(path: &PathBuf, schema: &Schema) -> Result<Records, StorageError> {
        let text = std::fs::read(path).map_err(|e| fault(&e))?;
        let content: Content = serde_json::from_slice(&text).map_err(|e| fault(&e))?;
        let mut records = Records { commits: content.commits.into_iter().collect(), ..Records::default() };
        for (name, rows) in content.tables {
            let def = schema.entity(&name).ok_or_else(|| fault(&format!("there is no entity `{name}`")))?;
            let table = records.tables.entry(def.name.clone()).or_default();
            for Row(id, version, values, custom) in rows {
                // JSON knows text and numbers; the schema knows which of them are money, days or ids.
                let typed = def.columns.iter().zip(values).map(|(column, value)| match value {
                    Value::Null => Ok(Value::Null),
                    value => column.column_type.coerce(value, chrono_tz::UTC).map_err(|e| fault(&e)),
                });
                let values = typed.collect::<Result<_, _>>()?;
                table.insert(id, Record { entity: Name::clone(&def.name), id, version, values, custom });
            }
        }
        Ok(records)
    }

    fn fault(error: &dyn std::fmt::Display) -> StorageError {
        StorageError::new(StorageErrorKind::Corrupt, format!("the file can't be used: {error}"))
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::temp_dir().join(format!("crmkit-custom-storage-{}.json", std::process::id()));
    pollster::block_on(async {
        let crm = Crm::builder(JsonFile::open(&path, crmkit::standard_schema()?)?).open().await?;
        let acme = crm.system().customers().create(NewCustomer::new("Acme")).await?;
        println!("stored {} as {}", acme.name, acme.number);

        // As after a restart: everything is read from the file again.
        let crm = Crm::builder(JsonFile::open(&path, crmkit::standard_schema()?)?).open().await?;
        println!("found  {} again", crm.system().customers().named(&acme.number).await?.name);
        Ok::<_, Box<dyn std::error::Error>>(())
    })?;
    Ok(std::fs::remove_file(path)?)
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use super::*;
    use crmkit::storage::conformance::{Failure, Fixture, Opened};

    struct Folder;

    struct Kept {
        folder: tempfile::TempDir,
        store: Arc<JsonFile>,
    }

    #[async_trait::async_trait]
    impl Fixture for Folder {
        async fn open(&self, schema: Arc<Schema>) -> Result<Box<dyn Opened>, Failure> {
            let folder = tempfile::tempdir()?;
            let store = Arc::new(JsonFile::open(folder.path().join("crm.json"), schema)?);
            Ok(Box::new(Kept { folder, store }))
        }
    }

    #[async_trait::async_trait]
    impl Opened for Kept {
        fn storage(&self) -> Arc<dyn Storage> {
            self.store.clone()
        }

        async fn reopen(&mut self) -> Option<Result<(), Failure>> {
            let opened = JsonFile::open(self.folder.path().join("crm.json"), Arc::clone(&self.store.schema));
            Some(opened.map(|store| self.store = Arc::new(store)).map_err(Failure::from))
        }
    }

    crmkit::conformance!(Folder);
}
