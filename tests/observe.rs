//! What a program tells of itself says what was done and how long it took, and nothing of those it was done for.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(dead_code, reason = "as a program of its own it has a store of its own")]
#[path = "../examples/quickstart.rs"]
mod quickstart;

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use crmkit::access::{HashParameters, SignInOptions};
use crmkit::clock::FixedClock;
use crmkit::crm::{JobContext, Jobs};
use crmkit::customers::{Activity, LossMeasure, LostCustomer};
use crmkit::marketing::{Opportunity, PlanItem};
use crmkit::prelude::*;
use crmkit::schema::Entity;
use crmkit::service::{ServiceRequest, ServiceRound};
use crmkit::storage::SqliteStorage;
use crmkit::testing::FaultyStorage;
use pollster::block_on;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id as SpanId, Record as SpanRecord};
use tracing::{Event, Level, Metadata, Subscriber};

/// What was told at "info" and above, one line each, and how much was told below.
static TOLD: Mutex<Vec<String>> = Mutex::new(Vec::new());
static BELOW: AtomicU64 = AtomicU64::new(0);

struct Capture;

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        write!(self.0, " {field}={value:?}").unwrap();
    }
}

fn told(metadata: &Metadata<'_>, record: impl FnOnce(&mut Line)) {
    if *metadata.level() > Level::INFO {
        BELOW.fetch_add(1, Ordering::SeqCst);
        return;
    }
    let mut line = Line(format!("{} {} {}", metadata.level(), metadata.target(), metadata.name()));
    record(&mut line);
    TOLD.lock().unwrap().push(line.0);
}

impl Subscriber for Capture {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, span: &Attributes<'_>) -> SpanId {
        told(span.metadata(), |line| span.record(line));
        SpanId::from_u64(1)
    }
    fn record(&self, _: &SpanId, values: &SpanRecord<'_>) {
        let mut line = Line("recorded".into());
        values.record(&mut line);
        TOLD.lock().unwrap().push(line.0);
    }
    fn record_follows_from(&self, _: &SpanId, _: &SpanId) {}
    fn event(&self, event: &Event<'_>) {
        told(event.metadata(), |line| event.record(line));
    }
    fn enter(&self, _: &SpanId) {}
    fn exit(&self, _: &SpanId) {}
}

/// Every text that people have entered, or that stands for one of them.
async fn entered(crm: &Crm) -> BTreeSet<String> {
    let mut texts = BTreeSet::new();
    for name in [
        Customer::NAME,
        Contact::NAME,
        Activity::NAME,
        Opportunity::NAME,
        PlanItem::NAME,
        ServiceRequest::NAME,
        ServiceRound::NAME,
        LostCustomer::NAME,
        LossMeasure::NAME,
        User::NAME,
        Product::NAME,
        StockItem::NAME,
        Order::NAME,
        OrderLine::NAME,
        Organisation::NAME,
    ] {
        let def = crm.schema().entity(name).unwrap().clone();
        let untyped = crm.system().untyped(&def.code).unwrap();
        for record in untyped.list(Query::new("").limit(1_000)).await.unwrap().records {
            texts.insert(record.id.to_string());
            for (column, value) in def.columns.iter().zip(&record.values) {
                let is_text = matches!(column.column_type, crmkit::schema::ColumnType::Text);
                let text = value.as_text().filter(|text| is_text && text.chars().count() > 3);
                texts.extend(text.map(str::to_owned));
            }
        }
    }
    texts
}

// One test, since whoever listens does so for the whole program.
#[test]
fn what_is_told_names_nobody() {
    tracing::subscriber::set_global_default(Capture).unwrap();
    block_on(async {
        let storage = SqliteStorage::in_memory(crmkit::standard_schema().unwrap()).unwrap();
        let hash = HashParameters { memory_kib: 64, passes: 1, lanes: 1 };
        let clock = std::sync::Arc::new(FixedClock::new("2026-03-31T09:00:00Z".parse().unwrap()));
        let storage = FaultyStorage::new(storage);
        let builder = Crm::builder(storage.clone()).clock(std::sync::Arc::clone(&clock));
        let crm = builder.sign_in(SignInOptions { hash, ..Default::default() }).open().await.unwrap();
        quickstart::story(&crm).await.unwrap();
        crm.first_administrator("margarethe", "seven grey herons").await.unwrap();
        crm.sign_in("margarethe", "seven grey herons").await.unwrap();
        crm.sign_in("margarethe", "eight grey herons").await.unwrap_err();
        // What fails tells no more than what is done.
        let twice = NewCustomer { number: "K-77".into(), ..NewCustomer::new("Zanzibar Spices") };
        crm.system().customers().create(twice.clone()).await.unwrap();
        crm.system().customers().create(twice.clone()).await.unwrap_err();
        crm.system().customers().create(NewCustomer::default()).await.unwrap_err();
        let timed = crm.system().within(std::time::Duration::from_micros(1));
        clock.advance(chrono::TimeDelta::seconds(1)).unwrap();
        timed.customers().create(twice.clone()).await.unwrap_err();
        storage.hesitate(true);
        let given_up = async { crm.system().customers().create(twice).await.map(drop) };
        futures_util::future::select(std::pin::pin!(given_up), std::future::ready(())).await;
        storage.hesitate(false);
        let jobs = Jobs::default()
            .add("hello", "every 10 minutes".parse().unwrap(), |_: JobContext| async {
                Ok("Zanzibar Spices".to_owned())
            })
            .add("trouble", "every 10 minutes".parse().unwrap(), |_: JobContext| async {
                Err("Zanzibar Spices".into())
            });
        for moment in ["2026-03-31T12:05:00Z", "2026-03-31T12:11:00Z"] {
            crm.run_due(moment.parse().unwrap(), &jobs).await.unwrap();
        }

        let told = TOLD.lock().unwrap().clone();
        let says = |words: &[&str]| told.iter().any(|line| words.iter().all(|word| line.contains(word)));
        assert!(says(&["crmkit::command", "entity=\"opportunity\"", "action=\"win\"", "outcome=\"ok\""]), "{told:#?}");
        assert!(says(&["action=\"cancel\"", "outcome=\"refused\"", "code=\"state\""]), "{told:#?}");
        assert!(says(&["entity=\"customer\"", "outcome=\"refused\"", "code=\"taken\"", "elapsed_us="]), "{told:#?}");
        assert!(says(&["action=\"create\"", "outcome=\"refused\"", "code=\"invalid\"", "retries=0"]), "{told:#?}");
        assert!(says(&["action=\"create\"", "outcome=\"failed\"", "code=\"deadline\""]), "{told:#?}");
        assert!(says(&["action=\"create\"", "outcome=\"given_up\"", "code=\"\""]), "{told:#?}");
        assert!(says(&["crmkit::job", "job=\"hello\"", "attempt=1", "outcome=\"ok\"", "elapsed_us="]), "{told:#?}");
        assert!(says(&["crmkit::job", "job=\"trouble\"", "outcome=\"failed\""]), "{told:#?}");
        assert!(says(&["crmkit::report", "report=\"lapsed\"", "outcome=\"ok\""]), "{told:#?}");
        assert!(says(&["crmkit::sign_in", "outcome=\"ok\""]) && says(&["outcome=\"sign_in\""]), "{told:#?}");
        assert!(told.len() > 50 && BELOW.load(Ordering::SeqCst) > 50, "{}", told.len());

        let entered = entered(&crm).await;
        for text in ["Harbour Teahouse", "021 5550 0199", "Kettle & Crane Trading", "They like the Longjing best"] {
            assert!(entered.contains(text), "{text}");
        }
        let named: Vec<_> = told.iter().filter(|line| entered.iter().any(|text| line.contains(text))).collect();
        assert!(named.is_empty(), "{named:#?}");
        assert!(!told.iter().any(|line| line.contains("herons")), "{told:#?}");
    });
}
