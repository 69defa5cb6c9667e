//! A CRM to import into, and what is in it afterwards.

use std::io::Cursor;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use crmkit::change::{ChangeSet, Committed};
use crmkit::clock::{Clock, FixedClock};
use crmkit::customers::{Activity, LossMeasure, LostCustomer};
use crmkit::dictionary::DictionaryEntry;
use crmkit::id::{IdSource, SeededIds, SetId};
use crmkit::marketing::{Opportunity, Pipeline, PlanItem, Stage};
use crmkit::prelude::*;
use crmkit::query::Page;
use crmkit::schema::{EntityDef, Record};
use crmkit::service::ServiceRequest;
use crmkit::storage::{MemoryStorage, Reader, ReaderExt, Storage, StorageError, StorageErrorKind};
use crmkit::transfer::{
    ImportContext, ImportError, ImportKind, ImportOptions, ImportOutput, ImportRejects, ImportReport, ImportRun,
    OnDuplicate, Progress, RejectedRow, import,
};
use pollster::block_on;

/// What a commit does instead of what it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing is changed.
    Before,
    /// The set is in, and the answer says it may not be.
    After,
    /// The set is in, and the process dies before it hears of it.
    Killed,
}

type Interference = Box<dyn FnMut(usize, &MemoryStorage) + Send>;

/// A store whose commits fail when told to, and in which others write at the worst moment.
pub(crate) struct Faulty {
    pub(crate) inner: Arc<MemoryStorage>,
    pub(crate) commits: Mutex<usize>,
    /// At which commit, counted from 1, and what happens then.
    pub(crate) fault: Mutex<Option<(usize, Fault)>>,
    /// Called before every commit.
    pub(crate) interference: Mutex<Option<Interference>>,
}

impl std::fmt::Debug for Faulty {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Faulty")
    }
}

#[async_trait]
impl Reader for Faulty {
    fn schema(&self) -> &Arc<Schema> {
        self.inner.schema()
    }
    async fn get(&self, entity: &EntityDef, ids: &[RecordId]) -> Result<Vec<Record>, StorageError> {
        self.inner.get(entity, ids).await
    }
    async fn query(&self, query: &Query) -> Result<Page, StorageError> {
        self.inner.query(query).await
    }
}

#[async_trait]
impl Storage for Faulty {
    async fn commit(&self, changes: &ChangeSet) -> Result<Committed, StorageError> {
        let count = {
            let mut commits = self.commits.lock().unwrap_or_else(PoisonError::into_inner);
            *commits += 1;
            *commits
        };
        if let Some(interference) = &mut *self.interference.lock().unwrap() {
            interference(count, &self.inner);
        }
        let fault = *self.fault.lock().unwrap();
        match fault.filter(|(at, _)| *at == count).map(|(_, fault)| fault) {
            None => self.inner.commit(changes).await,
            Some(Fault::Before) => Err(StorageError::new(StorageErrorKind::Full, "there is no room left")),
            Some(fault) => {
                self.inner.commit(changes).await?;
                let kind =
                    if fault == Fault::After { StorageErrorKind::UnknownOutcome } else { StorageErrorKind::Other };
                Err(StorageError::new(kind, "the connection broke"))
            }
        }
    }
    async fn committed(&self, set: SetId) -> Result<Option<Committed>, StorageError> {
        self.inner.committed(set).await
    }
    async fn snapshot(&self) -> Result<Box<dyn Reader>, StorageError> {
        self.inner.snapshot().await
    }
}

/// A CRM that has just been set up.
pub(crate) struct Bench {
    pub(crate) storage: Arc<Faulty>,
    pub(crate) crm: Crm,
    pub(crate) context: ImportContext,
}

/// What came of an import.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) result: Result<ImportReport, ImportError>,
    pub(crate) rejects: String,
    pub(crate) told: Vec<RejectedRow>,
    pub(crate) steps: Vec<Progress>,
}

impl Outcome {
    pub(crate) fn counts(&self) -> (u64, u64, u64, u64) {
        let progress = self.result.as_ref().unwrap().progress;
        (progress.imported, progress.updated, progress.skipped, progress.rejected)
    }

    pub(crate) fn reasons(&self) -> Vec<String> {
        self.told.iter().map(ToString::to_string).collect()
    }
}

pub(crate) fn options(kind: &str) -> ImportOptions {
    ImportOptions::new(ImportKind::named(kind).unwrap())
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::in_zone(chrono_tz::UTC)
    }

    pub(crate) fn in_zone(zone: chrono_tz::Tz) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(FixedClock::new("2026-03-01T09:00:00Z".parse().unwrap()));
        let ids: Arc<dyn IdSource> = Arc::new(SeededIds::new(2));
        let inner = Arc::new(MemoryStorage::new(crmkit::standard_schema().unwrap()));
        let organisation = crmkit::organisation::NewOrganisation {
            time_zone: zone.name().to_owned(),
            ..crmkit::organisation::NewOrganisation::main()
        };
        let opening = Crm::builder(Arc::clone(&inner)).ids(SeededIds::new(1)).organisation(organisation);
        let crm = block_on(opening.open()).unwrap();
        let storage =
            Arc::new(Faulty { inner, commits: Mutex::new(0), fault: Mutex::new(None), interference: Mutex::new(None) });
        Self { storage, crm, context: ImportContext { actor: None, clock, ids, zone } }
    }

    /// Two customers, a product and an order each.
    pub(crate) fn filled() -> Self {
        let bench = Self::new();
        bench.fill("customers", "number,name\nK1,Acme\nK2,Globex\nK3,Twin\nK4,Twin\n");
        bench.fill("products", "code,name\nP1,Anvil\nP2,Rocket\n");
        bench.fill("orders", "number,customer,date,status\nA1,K1,2026-01-05,paid\nA2,K2,2026-01-06,created\n");
        bench
    }

    /// Imports rows that must all fit.
    pub(crate) fn fill(&self, kind: &str, file: &str) {
        let outcome = self.import(&options(kind), file);
        assert_eq!(outcome.reasons(), Vec::<String>::new(), "{kind}");
    }

    pub(crate) fn import(&self, options: &ImportOptions, file: impl AsRef<[u8]>) -> Outcome {
        let (mut rejects, mut told, mut steps) = (Vec::new(), Vec::new(), Vec::new());
        let mut on_reject = |row: &RejectedRow| told.push(row.clone());
        let mut on_progress = |progress: &Progress| steps.push(*progress);
        let output = ImportOutput {
            rejects: Some(&mut rejects),
            on_reject: Some(&mut on_reject),
            on_progress: Some(&mut on_progress),
        };
        let file = Cursor::new(file.as_ref());
        let result = block_on(import(&*self.storage, &self.context, options, file, output));
        Outcome { result, rejects: String::from_utf8(rejects).unwrap(), told, steps }
    }

    /// The records of an entity as lines of text, sorted.
    pub(crate) fn lines<E: Entity>(&self, paths: &[&str]) -> Vec<String> {
        let columns: Vec<Path> = paths.iter().map(|path| path.parse().unwrap()).collect();
        let query = Query::of::<E>().columns(columns).limit(1_000);
        let records = block_on(self.storage.collect(query)).unwrap();
        let shown = |record: Record| record.values.iter().map(ToString::to_string).collect::<Vec<_>>().join("|");
        let mut lines: Vec<String> = records.into_iter().map(shown).collect();
        lines.sort();
        lines
    }

    pub(crate) fn count<E: Entity>(&self) -> usize {
        self.lines::<E>(&["id"]).len()
    }

    /// Everything imports write, without what differs from run to run.
    pub(crate) fn everything(&self) -> Vec<String> {
        [
            self.lines::<User>(&["login", "name", "display_name", "role.name", "active"]),
            self.lines::<Customer>(&["number", "name", "region", "manager.login", "status", "last_order_on"]),
            self.lines::<Contact>(&["customer.number", "name", "sex"]),
            self.lines::<Product>(&["code", "name", "price"]),
            self.lines::<StockItem>(&["product.code", "warehouse", "count"]),
            self.lines::<Order>(&["number", "customer.number", "ordered_at", "status", "payment", "amount"]),
            self.lines::<OrderLine>(&["order.number", "line", "product.code", "quantity", "unit_price", "amount"]),
            self.lines::<ImportRun>(&["kind", "rows_done", "imported", "updated", "skipped", "rejected"]),
            self.lines::<ImportRejects>(&["first_row", "rows"]).iter().map(|line| format!("rejects {line}")).collect(),
            self.lines::<Pipeline>(&["name", "active"]),
            self.lines::<Stage>(&["pipeline.name", "name", "position", "probability"]),
            self.lines::<Opportunity>(&["number", "status", "pipeline.name", "stage.name", "owner.login", "closed_at"]),
            self.lines::<PlanItem>(&["opportunity.number", "date", "todo", "result", "executed_at"]),
            self.lines::<Activity>(&["customer.number", "date", "title", "kind", "place"]),
            self.lines::<ServiceRequest>(&["number", "customer.number", "type", "status", "assigned_to.login"]),
            self.lines::<LostCustomer>(&["customer.number", "status", "warned_at", "reason"]),
            self.lines::<LossMeasure>(&["lost.customer.number", "lost.status", "taken_at", "measure"]),
            self.lines::<DictionaryEntry>(&["type", "value", "item", "editable"]),
        ]
        .concat()
    }

    /// Nothing in the CRM contradicts anything else.
    pub(crate) fn verify(&self) {
        assert_eq!(block_on(self.crm.system().verify()).unwrap(), Vec::<String>::new());
    }
}

pub(crate) const POLICIES: [OnDuplicate; 3] = [OnDuplicate::Reject, OnDuplicate::Skip, OnDuplicate::Update];
