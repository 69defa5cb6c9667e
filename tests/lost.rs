//! Lost customers: who is warned of when, and what ends a warning.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cast;

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::thread;

use cast::{Cast, all, casts};
use chrono::TimeDelta;
use crmkit::change::{Change, ChangeSet};
use crmkit::clock::{Clock, FixedClock};
use crmkit::customers::{LossMeasure, LossStatus, LostCustomer, LostScanOptions};
use crmkit::id::{SeededIds, SetId};
use crmkit::prelude::*;
use crmkit::testing::FaultyStorage;
use pollster::block_on;

async fn customer(cast: &Cast, name: &str) -> Customer {
    cast.li.customers().create(NewCustomer::new(name)).await.unwrap()
}

async fn ordered(cast: &Cast, customer: &Customer, day: &str) -> Order {
    let (status, payment) = (OrderStatus::Packed, Payment::Paid);
    let new =
        NewOrder { customer: customer.id, ordered_at: day.parse().unwrap(), status, payment, ..Default::default() };
    cast.system.orders().create(new).await.unwrap()
}

async fn warned(cast: &Cast) -> u64 {
    cast.system.lost_scan(&LostScanOptions::default()).await.unwrap().warned
}

/// A customer who has been silent since 2025-01-05, and the warning about him.
async fn silent(cast: &Cast, name: &str) -> (Customer, LostCustomer) {
    let made = customer(cast, name).await;
    ordered(cast, &made, "2025-01-05").await;
    cast.system.lost_scan(&LostScanOptions::default()).await.unwrap();
    let rows = all::<LostCustomer>(&cast.system).await;
    (made.clone(), rows.into_iter().find(|row| row.customer == made.id).unwrap())
}

async fn status(cast: &Cast, lost: &LostCustomer) -> LossStatus {
    cast.system.lost_customers().get(lost.id).await.unwrap().status
}

#[test]
fn a_silence_is_noticed_once_and_only_where_there_is_one() {
    block_on(async {
        for cast in casts().await {
            // As of 2026-03-02 the cutoff is 2025-09-02, which still counts as active.
            for (name, days) in [
                ("silent", &["2024-05-01", "2025-09-01"][..]),
                ("on the day", &["2025-09-02"]),
                ("old and new", &["2020-01-01", "2026-01-01"]),
                ("never", &[]),
            ] {
                let made = customer(&cast, name).await;
                for day in days {
                    ordered(&cast, &made, day).await;
                }
            }
            let gone = customer(&cast, "deleted").await;
            ordered(&cast, &gone, "2025-01-01").await;
            cast.li.customers().delete(gone.id).await.unwrap();
            let scan = cast.system.lost_scan(&LostScanOptions::default()).await.unwrap();
            assert_eq!((scan.silent, scan.warned, scan.cutoff.to_string()), (1, 1, "2025-09-02".into()));
            let rows = all::<LostCustomer>(&cast.system).await;
            let [row] = &rows[..] else { panic!("{rows:?}") };
            let silent = cast.system.customers().named("silent").await.unwrap();
            assert_eq!((row.customer, row.manager, row.status), (silent.id, silent.manager, LossStatus::Warning));
            assert_eq!(row.last_order_date.unwrap().to_string(), "2025-09-01");
            assert_eq!(silent.status, CustomerStatus::Normal);
            assert_eq!(warned(&cast).await, 0);
            assert_eq!(all::<LostCustomer>(&cast.system).await, rows);
            assert_eq!(cast.system.verify().await.unwrap(), Vec::<String>::new());
        }
    });
}

#[test]
fn who_never_ordered_counts_from_the_day_he_was_entered() {
    block_on(async {
        for cast in casts().await {
            customer(&cast, "never").await;
            cast.clock.advance(TimeDelta::days(200)).unwrap();
            customer(&cast, "new").await;
            let without = LostScanOptions { include_never_ordered: false, ..Default::default() };
            assert_eq!(cast.system.lost_scan(&without).await.unwrap().warned, 0);
            let as_of = LostScanOptions { as_of: Some("2026-09-02".parse().unwrap()), ..Default::default() };
            assert_eq!(cast.system.lost_scan(&as_of).await.unwrap().warned, 0);
            assert_eq!((warned(&cast).await, warned(&cast).await), (1, 0));
            assert_eq!(all::<LostCustomer>(&cast.system).await[0].last_order_date, None);
        }
    });
}

#[test]
fn measures_are_all_kept_and_a_loss_needs_a_deferral_and_a_reason() {
    block_on(async {
        for cast in casts().await {
            let (made, lost) = silent(&cast, "Acme").await;
            let losses = cast.li.lost_customers();
            let error = losses.confirm(lost.id, "moved").await.unwrap_err();
            assert!(error.to_string().ends_with("is `warning`; `confirm` needs `deferred`"), "{error}");
            assert!(matches!(losses.defer(lost.id, " ").await, Err(Error::Invalid { .. })));
            // Only the account manager who is responsible.
            assert!(matches!(cast.wang.lost_customers().defer(lost.id, "x").await, Err(Error::NotFound { .. })));
            for other in [&cast.supervisor, &cast.executive, &cast.administrator] {
                assert!(matches!(other.lost_customers().defer(lost.id, "x").await, Err(Error::Denied { .. })));
                assert!(matches!(other.lost_customers().confirm(lost.id, "x").await, Err(Error::Denied { .. })));
            }
            assert_eq!(cast.system.lost_customers().get(lost.id).await.unwrap(), lost);
            for measure in ["Called", "Visited", "Sent a gift"] {
                assert_eq!(losses.defer(lost.id, measure).await.unwrap().status, LossStatus::Deferred);
            }
            let kept = cast.li.loss_measures().list(Query::of::<LossMeasure>()).await.unwrap().items;
            let kept: Vec<_> = kept.iter().map(|row| (&*row.measure, row.taken_by)).collect();
            let li = cast.li.actor().id();
            assert_eq!(kept, [("Called", li), ("Visited", li), ("Sent a gift", li)]);
            assert!(matches!(losses.confirm(lost.id, "").await, Err(Error::Invalid { .. })));
            assert_eq!(status(&cast, &lost).await, LossStatus::Deferred);
            let done = losses.confirm(lost.id, "moved").await.unwrap();
            assert_eq!((done.status, done.reason.as_deref()), (LossStatus::Confirmed, Some("moved")));
            assert!(done.confirmed_at.is_some());
            assert_eq!(cast.system.customers().get(made.id).await.unwrap().status, CustomerStatus::Lost);
            assert!(matches!(losses.defer(lost.id, "again").await, Err(Error::State { .. })));
            assert!(matches!(losses.confirm(lost.id, "again").await, Err(Error::State { .. })));
            // A lost customer is not warned of again.
            assert_eq!(warned(&cast).await, 0);
        }
    });
}

#[test]
fn an_order_resolves_what_is_open_and_a_later_silence_is_a_new_one() {
    block_on(async {
        for cast in casts().await {
            let ((one, warning), (two, deferred)) = (silent(&cast, "one").await, silent(&cast, "two").await);
            cast.li.lost_customers().defer(deferred.id, "Called").await.unwrap();
            // An order from before the silence, entered late, ends nothing; nor does one that does not count yet.
            ordered(&cast, &one, "2024-12-01").await;
            let new = NewOrder { customer: one.id, ..Default::default() };
            let pending = cast.system.orders().create(new).await.unwrap();
            assert_eq!(status(&cast, &warning).await, LossStatus::Warning);
            let paid = OrderPatch { payment: Payment::Paid.into(), ..Default::default() };
            cast.system.orders().edit(pending.id, paid).await.unwrap();
            assert_eq!(status(&cast, &warning).await, LossStatus::Resolved);
            let resolved = cast.system.lost_customers().get(warning.id).await.unwrap();
            assert_eq!(resolved.resolved_at, Some(cast.clock.now()));
            ordered(&cast, &two, "2026-03-01").await;
            assert_eq!(status(&cast, &deferred).await, LossStatus::Resolved);
            assert_eq!(warned(&cast).await, 0);
            cast.clock.advance(TimeDelta::days(400)).unwrap();
            assert_eq!((warned(&cast).await, warned(&cast).await), (2, 0));
            assert_eq!(all::<LostCustomer>(&cast.system).await.len(), 4);
        }
    });
}

#[test]
fn the_same_silence_is_not_warned_of_again_when_the_order_is_called_off() {
    block_on(async {
        for cast in casts().await {
            let (made, _) = silent(&cast, "Acme").await;
            let order = ordered(&cast, &made, "2025-02-01").await;
            let cancelled = OrderPatch { status: OrderStatus::Cancelled.into(), ..Default::default() };
            // Another warning is open when the newer order is called off: the scan goes on all the same.
            assert_eq!(warned(&cast).await, 1);
            cast.system.orders().edit(order.id, cancelled).await.unwrap();
            let last = cast.system.customers().get(made.id).await.unwrap().last_order_on.unwrap();
            assert_eq!(last.to_string(), "2025-01-05");
            assert_eq!(warned(&cast).await, 0);
            assert_eq!(all::<LostCustomer>(&cast.system).await.len(), 2);
        }
    });
}

#[test]
fn an_order_that_turns_out_to_be_anothers_or_of_another_day_ends_a_silence() {
    block_on(async {
        for cast in casts().await {
            let (silent, warning) = silent(&cast, "silent").await;
            let order = ordered(&cast, &customer(&cast, "busy").await, "2026-02-20").await;
            assert_eq!(status(&cast, &warning).await, LossStatus::Warning);
            let his = OrderPatch { customer: silent.id.into(), ..Default::default() };
            cast.system.orders().edit(order.id, his).await.unwrap();
            assert_eq!(status(&cast, &warning).await, LossStatus::Resolved);

            let late = customer(&cast, "late").await;
            let order = ordered(&cast, &late, "2025-01-05").await;
            assert_eq!(warned(&cast).await, 1);
            let rows = all::<LostCustomer>(&cast.system).await;
            let warning = rows.into_iter().find(|row| row.customer == late.id).unwrap();
            let lately =
                OrderPatch { ordered_at: "2026-02-20".parse::<Timestamp>().unwrap().into(), ..Default::default() };
            cast.system.orders().edit(order.id, lately).await.unwrap();
            assert_eq!(status(&cast, &warning).await, LossStatus::Resolved);
        }
    });
}

#[test]
fn a_scan_resolves_what_an_import_left_open() {
    block_on(async {
        for cast in casts().await {
            let (made, lost) = silent(&cast, "Acme").await;
            let before = cast.system.customers().get(made.id).await.unwrap();
            let after = Customer { last_order_on: Some("2026-02-01".parse().unwrap()), ..before.clone() };
            let change = Change::Update { record: after.into_record(), expected: before.version };
            let set = SetId(RecordId::from_bytes([5; 16]));
            let now = "2026-03-02T09:00:00Z".parse().unwrap();
            cast.storage.commit(&ChangeSet::new(set, now, "import").with(change)).await.unwrap();
            let scan = cast.supervisor.lost_scan(&LostScanOptions::default()).await.unwrap();
            assert_eq!((scan.open, scan.resolved, scan.warned), (1, 1, 0));
            assert_eq!(status(&cast, &lost).await, LossStatus::Resolved);
            assert!(matches!(cast.li.lost_scan(&LostScanOptions::default()).await, Err(Error::Denied { .. })));
        }
    });
}

#[test]
fn a_scan_of_more_than_a_set_holds_goes_by_chunks_and_looks_at_the_silent_only() {
    block_on(async {
        for cast in casts().await {
            let (silent, active) = (1_050, 60);
            for number in 0..silent + active {
                if number == silent {
                    cast.clock.advance(TimeDelta::days(200)).unwrap();
                }
                customer(&cast, &format!("c{number}")).await;
            }
            let scan = cast.system.lost_scan(&LostScanOptions::default()).await.unwrap();
            assert_eq!((scan.silent, scan.warned, scan.open), (silent, silent, 0), "{}", cast.store);
            assert_eq!(warned(&cast).await, 0);
        }
    });
}

#[test]
fn many_scans_at_once_warn_once() {
    for cast in block_on(casts()) {
        for number in 0..30 {
            let made = block_on(customer(&cast, &format!("c{number}")));
            block_on(ordered(&cast, &made, "2025-01-05"));
        }
        let threads: Vec<_> = (0..6).map(|_| cast.system.clone()).collect();
        let threads: Vec<_> = threads
            .into_iter()
            .map(|session| thread::spawn(move || block_on(session.lost_scan(&LostScanOptions::default())).unwrap()))
            .collect();
        let warned: u64 = threads.into_iter().map(|thread| thread.join().unwrap().warned).sum();
        assert_eq!((warned, block_on(all::<LostCustomer>(&cast.system)).len()), (30, 30), "{}", cast.store);
    }
}

#[test]
fn a_scan_that_was_held_up_anywhere_warns_of_nobody_twice() {
    block_on(async {
        for cast in casts().await {
            let storage = FaultyStorage::new(cast.storage.clone());
            let builder = Crm::builder(storage.clone()).clock(FixedClock::new(cast.clock.now()));
            let slow = builder.ids(SeededIds::new(8)).open().await.unwrap().system();
            let options = LostScanOptions::default();
            for polls in 0.. {
                ordered(&cast, &customer(&cast, &format!("c{polls}")).await, "2025-01-05").await;
                let what = format!("{} after {polls} polls", cast.store);
                storage.hesitate(true);
                let mut held_up = pin!(slow.lost_scan(&options));
                let mut early = None;
                for _ in 0..polls {
                    if early.is_none() {
                        early = poll_fn(|context| Poll::Ready(look(held_up.as_mut(), context))).await;
                    }
                }
                let first = cast.system.lost_scan(&options).await.expect(&what);
                storage.hesitate(false);
                let done = early.is_some();
                let second = match early {
                    Some(scan) => scan.expect(&what),
                    None => held_up.await.expect(&what),
                };
                assert_eq!(first.warned + second.warned, 1, "{what}");
                if done {
                    break;
                }
            }
            let warned = all::<LostCustomer>(&cast.system).await.len();
            assert_eq!(warned, all::<Customer>(&cast.system).await.len(), "{}", cast.store);
        }
    });
}

/// What a future gives at one look.
fn look<F: Future>(future: Pin<&mut F>, context: &mut Context<'_>) -> Option<F::Output> {
    match future.poll(context) {
        Poll::Ready(done) => Some(done),
        Poll::Pending => None,
    }
}

#[test]
fn an_order_that_meets_a_scan_leaves_no_warning_open() {
    for cast in block_on(casts()) {
        let customers: Vec<Customer> = (0..40)
            .map(|number| {
                let made = block_on(customer(&cast, &format!("c{number}")));
                block_on(ordered(&cast, &made, "2025-01-05"));
                made
            })
            .collect();
        let scanning = {
            let session = cast.system.clone();
            thread::spawn(move || block_on(session.lost_scan(&LostScanOptions::default())).unwrap())
        };
        for made in &customers {
            block_on(ordered(&cast, made, "2026-03-01"));
        }
        scanning.join().unwrap();
        let open = block_on(cast.system.lost_customers().count(LostCustomer::open())).unwrap();
        assert_eq!(open, 0, "{}", cast.store);
    }
}
