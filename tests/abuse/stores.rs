//! The stores that everything is tried on, with the demo company on each, and all that is in them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use crmkit::access::{NewFieldRule, NewTeam};
use crmkit::change::ChangeSet;
use crmkit::dictionary::NewDictionaryEntry;
use crmkit::id::{IdSource, RecordId, SetId, UuidSource};
use crmkit::jobs::NewJob;
use crmkit::marketing::{NewPipeline, NewStage};
use crmkit::prelude::*;
use crmkit::report::{Definition, Sharing};
use crmkit::schema::{EntityDef, Record};
use crmkit::storage::{PostgresOptions, PostgresStorage, SqliteStorage, Storage, StorageErrorKind};
use crmkit::testing::{self, Demo, ThrowawayPostgres};

/// A CRM with the demo company on one store.
pub(crate) struct Place {
    pub(crate) name: &'static str,
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) crm: Crm,
    pub(crate) demo: Demo,
    _folder: tempfile::TempDir,
}

/// Everything that is stored, by entity and id.
pub(crate) type Dump = BTreeMap<(String, RecordId), Record>;

/// Entities that are written beside what a command is about.
const BOOKS: [&str; 5] = ["sys_history", "sys_event", "sys_event_shard", "sys_access_revision", "bas_dict_revision"];

pub(crate) fn run<T>(future: impl Future<Output = T>) -> T {
    static RUNTIME: OnceLock<tokio::runtime::Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| tokio::runtime::Runtime::new().unwrap()).block_on(future)
}

/// Tries something on every store; afterwards nothing is wrong with it.
pub(crate) fn everywhere(test: impl AsyncFn(&Place)) {
    for name in ["memory", "sqlite", "postgres"] {
        run(async {
            let place = Place::new(name).await;
            test(&place).await;
            assert_eq!(place.crm.system().verify().await.unwrap(), Vec::<String>::new(), "{name}");
            place.crm.close().await.unwrap();
        });
    }
}

impl Place {
    pub(crate) async fn new(name: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let schema = crmkit::standard_schema().unwrap();
        let storage: Arc<dyn Storage> = match name {
            "memory" => Arc::new(MemoryStorage::new(schema)),
            "sqlite" => {
                Arc::new(SqliteStorage::open(folder.path().join("crm.db"), schema, Default::default()).unwrap())
            }
            _ => {
                let server = ThrowawayPostgres::start().unwrap();
                let (own, options) = (server.fresh_schema(), PostgresOptions::default());
                let store = PostgresStorage::connect(server.url(), &own, schema, options);
                Arc::new(store.await.unwrap())
            }
        };
        let crm = testing::builder(Arc::clone(&storage)).ids(UuidSource::default()).open().await.unwrap();
        let demo = testing::demo(&crm).await.unwrap();
        more(&crm).await;
        Self { name, storage, crm, demo, _folder: folder }
    }

    /// All records of an entity, secret or not.
    pub(crate) async fn all(&self, def: &EntityDef) -> Vec<Record> {
        let mut query = Query::new(def.name.clone()).limit(1_000);
        let mut found = Vec::new();
        loop {
            let page = self.storage.query(&query).await.unwrap();
            found.extend(page.records);
            match page.next {
                Some(next) => query.after = Some(next),
                None => return found,
            }
        }
    }

    /// All that is stored but the books that are kept of every command.
    pub(crate) async fn dump(&self) -> Dump {
        let mut dump = Dump::new();
        // Of sums that are kept a row may stay that says zero; `verify` compares them with the records.
        let kept = |def: &&Arc<EntityDef>| !BOOKS.contains(&&*def.name) && !def.name.starts_with("sec_rlp_");
        for def in self.storage.schema().entities().filter(kept) {
            dump.extend(self.all(def).await.into_iter().map(|it| ((it.entity.to_string(), it.id), it)));
        }
        dump
    }

    /// A set of changes that nothing is in yet.
    pub(crate) fn set(&self) -> ChangeSet {
        ChangeSet::new(SetId(UuidSource::default().next_id(Timestamp::EPOCH)), Timestamp::EPOCH, "abuse")
    }
}

/// What the demo company does not have.
async fn more(crm: &Crm) {
    let s = crm.system();
    let role = s.roles().create(NewRole::new("spare")).await.unwrap().id;
    let (entity, field) = ("customer".into(), "fax".into());
    s.field_rules().create(NewFieldRule { role, entity, field, ..Default::default() }).await.unwrap();
    s.teams().create(NewTeam { name: "East".into(), ..Default::default() }).await.unwrap();
    s.dictionary_entries().create(NewDictionaryEntry::new("region", "South", "South")).await.unwrap();
    s.jobs().create(NewJob { name: "sweep".into(), ..Default::default() }).await.unwrap();
    let pipeline = NewPipeline { name: "Sales".into(), active: true, ..Default::default() };
    let pipeline = s.pipelines().create(pipeline).await.unwrap().id;
    s.stages().create(NewStage { pipeline, name: "First".into(), position: 1, ..Default::default() }).await.unwrap();
    let names: Definition =
        r#"{"name": "names", "entity": "customer", "rows": {"list": [{"path": "name"}]}}"#.parse().unwrap();
    s.save_report("Names", &names, Sharing::All).await.unwrap();
    let customer = s.customers().named("T-1").await.unwrap().id;
    s.services().create(NewServiceRequest::new("inquiry", "How", customer, "How so?")).await.unwrap();
    crm.first_administrator("first", "a long and good one").await.unwrap();
}

/// Nothing differs; otherwise only what does is shown.
#[track_caller]
pub(crate) fn same(after: &Dump, before: &Dump, what: &str) {
    let keys: BTreeSet<_> = after.keys().chain(before.keys()).collect();
    for key in keys {
        assert_eq!(after.get(key), before.get(key), "{what}: {key:?}");
    }
}

/// Whether an error says what is wrong with what was asked: no store has stumbled over it.
pub(crate) fn refusal(error: &Error) -> bool {
    let told = matches!(
        error,
        Error::Invalid { .. }
            | Error::NotFound { .. }
            | Error::State { .. }
            | Error::Taken { .. }
            | Error::Query(_)
            | Error::Denied { .. }
    );
    // A question that is none may have gone as far as to the store; and a server may have bounds of its own.
    let kinds = [StorageErrorKind::Invalid, StorageErrorKind::TooLarge];
    let by_store = matches!(error, Error::Storage(error) if kinds.contains(&error.kind()));
    (told || by_store) && error.to_string().chars().count() < 2_000
}
