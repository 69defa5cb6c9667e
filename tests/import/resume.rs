//! Imports that are stopped at any commit, and others who write meanwhile.

use crmkit::change::{Change, ChangeSet};
use crmkit::id::{IdSource, SeededIds, SetId, Version};
use crmkit::prelude::*;
use crmkit::storage::{MemoryStorage, ReaderExt, Storage};
use crmkit::transfer::{ImportError, ImportOptions, ImportRun, OnDuplicate};
use pollster::block_on;

use crate::bench::{Bench, Fault, POLICIES, options};

const ORDERS: &str = "number,customer,date,status\n\
    B1,K1,2026-02-01,paid\nB2,K2,2026-02-02,paid\nA1,K1,2026-02-03,paid\nB3,none,2026-02-04,paid\nB4,K1,2026-02-05,paid\n\
    B5,K2,2026-02-06,created\nB1,K3,2026-02-07,paid\nB6,K3,bad,paid\nB7,K4,2026-02-08,shipped\nB8,K4,2026-02-01,paid\n";

const LINES: &str = "order,product,quantity,unit_price\n\
    A1,P1,1,1.10\nA1,P2,2,1.20\nA2,P1,3,1.30\nA9,P1,1,1\nA1,P1,4,1.40\nA2,P9,1,1\nA1,P1,5,1.50\nA2,P2,6,1.60\n";

const CHANCES: &str = "number,customer_name,title,pipeline,stage\n\
    O1,A,T,B2B,Won\nO2,A,T,,Lead\nO3,,T,B2X,Lead\nO4,A,T,B2B,Lead\nO1,B,T,B2B,Won\nO5,A,T,,Won\nO6,A,T,B2C,Won\n\
    O7,A,T,B2C,Lost\n";

const LOSSES: &str = "customer,status,warned_on,measures\n\
    K1,warning,2026-01-01,\nK2,deferred,2026-01-02,rang\nK1,deferred,2026-01-03,wrote\nK3,confirmed,2026-01-04,came\n\
    K4,deferred,2026-01-05,sent\nK9,deferred,2026-01-05,sent\nK2,warning,2026-01-06,asked\n";

fn small(mut options: ImportOptions) -> ImportOptions {
    options.batch_rows = 3;
    options
}

#[test]
fn stopped_at_any_commit_and_run_again_it_comes_to_the_same() {
    for (kind, file) in [("orders", ORDERS), ("order_lines", LINES), ("opportunities", CHANCES), ("lost", LOSSES)] {
        for policy in POLICIES {
            let options = small(options(kind).on_duplicate(policy));
            let straight = Bench::filled();
            let expected = straight.import(&options, file);
            let commits = *straight.storage.commits.lock().unwrap();
            let before = *Bench::filled().storage.commits.lock().unwrap();
            assert!(commits - before >= 3);
            for at in before + 1..=commits {
                for fault in [Fault::Before, Fault::After, Fault::Killed] {
                    let bench = Bench::filled();
                    *bench.storage.fault.lock().unwrap() = Some((at, fault));
                    let first = bench.import(&options, file);
                    match fault {
                        Fault::Before => assert!(first.result.is_err(), "{at}"),
                        // An unknown outcome is looked up.
                        Fault::After => assert!(first.result.is_ok(), "{at}"),
                        // A commit that was refused left nothing behind to die over.
                        Fault::Killed => {}
                    }
                    *bench.storage.fault.lock().unwrap() = None;
                    let second = bench.import(&options, file);
                    let name = format!("{kind} {policy:?}: {fault:?} at {at}");
                    assert_eq!(second.counts(), expected.counts(), "{name}");
                    assert_eq!(second.rejects, expected.rejects, "{name}");
                    assert_eq!(second.told, expected.told, "{name}");
                    assert_eq!(bench.everything(), straight.everything(), "{name}");
                    bench.verify();
                }
            }
        }
    }
}

#[test]
fn a_finished_import_is_not_done_again_and_says_the_same() {
    let bench = Bench::filled();
    let first = bench.import(&options("orders"), ORDERS);
    let (before, commits) = (bench.everything(), *bench.storage.commits.lock().unwrap());
    let second = bench.import(&options("orders"), ORDERS);
    assert!(second.result.as_ref().unwrap().was_done() && !first.result.as_ref().unwrap().was_done());
    assert_eq!((second.counts(), &second.rejects, &second.told), (first.counts(), &first.rejects, &first.told));
    assert_eq!((bench.everything(), *bench.storage.commits.lock().unwrap()), (before, commits));
    // A dry run says what a run would do now: nothing.
    assert!(bench.import(&options("orders").dry_run(), ORDERS).result.unwrap().was_done());
}

#[test]
fn another_file_or_other_options_are_another_import() {
    let bench = Bench::new();
    let runs = |bench: &Bench| bench.count::<ImportRun>();
    let file = "code,name\nP1,Anvil\n";
    let import = |options: ImportOptions, file: &str| bench.import(&options, file).result.unwrap().was_done();
    assert!(!import(options("products"), file));
    assert!(!import(options("products"), "code,name\nP1,Anvil\n\n"));
    assert!(!import(options("products").on_duplicate(OnDuplicate::Skip), file));
    assert!(!import(options("products").set("unit", "a").set("memo", "b"), file));
    assert_eq!(runs(&bench), 4);
    // Neither the order of options nor how the work is cut matters.
    assert!(import(options("products").set("memo", "b").set("unit", "a"), file));
    assert!(import(small(options("products")), file));
    assert_eq!(runs(&bench), 4);
}

/// Commits behind the import's back.
fn meanwhile(storage: &MemoryStorage, changes: Vec<Change>) {
    let ids = SeededIds::new(99 + changes.len() as u32 + block_on(count(storage)) as u32);
    let mut set = ChangeSet::new(SetId(ids.next_id(Timestamp::EPOCH)), Timestamp::EPOCH, "meanwhile");
    set.changes = changes;
    block_on(storage.commit(&set)).unwrap();
}

async fn count(storage: &MemoryStorage) -> usize {
    storage.collect(Query::of::<Customer>()).await.unwrap().iter().map(|record| record.version.0 as usize).sum()
}

fn customer(storage: &MemoryStorage, number: &str) -> Customer {
    block_on(storage.first::<Customer>(Customer::number.eq(number))).unwrap().unwrap()
}

#[test]
fn a_customer_that_others_change_meanwhile_is_looked_at_again() {
    let bench = Bench::filled();
    *bench.storage.interference.lock().unwrap() = Some(Box::new(|commit, storage| {
        if commit < 12 {
            let mut changed = customer(storage, "K1");
            let expected = changed.version;
            changed.memo = Some(format!("changed at {commit}"));
            meanwhile(storage, vec![Change::Update { record: changed.into_record(), expected }]);
        }
    }));
    let outcome = bench.import(&options("orders"), "number,customer,date,status\nB1,K1,2026-02-01,paid\n");
    assert_eq!(outcome.counts(), (1, 0, 0, 0));
    assert_eq!(bench.lines::<Customer>(&["last_order_on", "memo"])[0], "2026-02-01|changed at 11");
    bench.verify();
}

#[test]
fn a_record_that_others_never_leave_alone_ends_the_import_and_no_row_is_lost() {
    let bench = Bench::filled();
    *bench.storage.interference.lock().unwrap() = Some(Box::new(|_, storage| {
        let changed = customer(storage, "K1");
        let expected = changed.version;
        meanwhile(storage, vec![Change::Update { record: changed.into_record(), expected }]);
    }));
    let file = "number,customer,date,status\nB1,K1,2026-02-01,paid\n";
    let error = bench.import(&options("orders"), file).result.unwrap_err();
    assert!(matches!(&error, ImportError::Storage(error) if error.is_conflict()), "{error}");
    *bench.storage.interference.lock().unwrap() = None;
    assert_eq!(bench.import(&options("orders"), file).counts(), (1, 0, 0, 0));
}

#[test]
fn what_others_delete_or_make_meanwhile_rejects_only_the_rows_it_concerns() {
    let bench = Bench::filled();
    let start = *bench.storage.commits.lock().unwrap();
    *bench.storage.interference.lock().unwrap() = Some(Box::new(move |commit, storage| {
        if commit == start + 1 {
            let gone = customer(storage, "K3");
            let (id, new) = (Id::new(RecordId::from_bytes([7; 16])), NewOrder::default());
            let taken = Order {
                number: "B2".into(),
                customer: customer(storage, "K4").id,
                ordered_at: Timestamp::EPOCH,
                amount: Money::ZERO,
                ..Order::draft(id, new)
            };
            let delete = Change::Delete { entity: Customer::NAME.into(), id: gone.id.raw(), expected: gone.version };
            meanwhile(storage, vec![delete, Change::Insert(taken.into_record())]);
        }
    }));
    let file = "number,customer,date\nB1,K1,2026-02-01\nB2,K1,2026-02-02\nB3,K3,2026-02-03\nB4,K4,2026-02-04\n";
    let outcome = bench.import(&options("orders"), file);
    assert_eq!(
        outcome.reasons(),
        ["line 3: `number` `B2` is taken by another order", "line 4: `customer`: `K3` does not exist"]
    );
    assert_eq!(outcome.counts(), (2, 0, 0, 2));
    // What came from elsewhere was written past the sessions, which keep the rollups.
    block_on(bench.crm.system().rebuild_rollups()).unwrap();
    bench.verify();
}

#[test]
fn two_imports_of_one_file_do_not_both_go_on() {
    let bench = Bench::filled();
    *bench.storage.interference.lock().unwrap() = Some(Box::new(|_, storage| {
        let run = block_on(storage.first::<ImportRun>(ImportRun::rows_total.eq(10))).unwrap();
        if let Some(run) = run.filter(|run| run.version == Version(1)) {
            meanwhile(storage, vec![Change::Update { record: run.into_record(), expected: Version(1) }]);
        }
    }));
    let error = bench.import(&small(options("orders")), ORDERS).result.unwrap_err();
    assert!(matches!(error, ImportError::Concurrent), "{error}");
    assert_eq!(bench.import(&small(options("orders")), ORDERS).counts().0, 6);
    bench.verify();
}

#[test]
fn neither_huge_batches_nor_many_small_ones_are_too_many() {
    let rows: String = (0..1_500).map(|n| format!("K{n},Customer {n}\n")).collect();
    for batch_rows in [usize::MAX, 1] {
        let bench = Bench::new();
        let mut options = options("customers");
        options.batch_rows = batch_rows;
        assert_eq!(bench.import(&options, format!("number,name\n{rows}")).counts(), (1_500, 0, 0, 0), "{batch_rows}");
    }
}

#[test]
fn a_batch_with_too_many_changes_is_cut() {
    let bench = Bench::new();
    let rows = |make: &dyn Fn(usize) -> String| (0..1_000).map(make).collect::<Vec<_>>().join("\n");
    bench.fill("customers", &format!("number,name\n{}\n", rows(&|n| format!("K{n},Customer {n}"))));
    let mut options = options("orders");
    options.batch_rows = 1_000;
    let start = *bench.storage.commits.lock().unwrap();
    let outcome = bench.import(
        &options,
        format!("number,customer,date,status\n{}\n", rows(&|n| format!("A{n},K{n},2026-01-01,paid"))),
    );
    // A thousand orders and their thousand customers do not fit into one set, but into four; what rollups keep of them
    // is not counted.
    assert_eq!(outcome.counts(), (1_000, 0, 0, 0));
    assert_eq!(*bench.storage.commits.lock().unwrap() - start, 4);
    bench.verify();
}
