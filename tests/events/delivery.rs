//! Durable subscriptions: at least once, in order, tried again, parked, one at a time.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::task::Poll;

use chrono::TimeDelta;
use crmkit::events::{Delivered, Delivery, Event, EventDraft, ParkedEvent, Start, back_off, shard_of};
use crmkit::id::RecordId;
use crmkit::prelude::*;
use futures_util::future::poll_fn;
use pollster::block_on;

use crate::cast::{Cast, all, casts};

type Handled = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// Ids of records that lie in different shards.
fn records(count: usize) -> Vec<RecordId> {
    let ids = (1_u8..=255).map(|byte| RecordId::from_bytes([byte; 16]));
    let mut found: BTreeMap<usize, RecordId> = BTreeMap::new();
    ids.for_each(|id| _ = found.entry(shard_of(id)).or_insert(id));
    found.into_values().take(count).collect()
}

async fn say(cast: &Cast, record: RecordId, name: &'static str) {
    cast.crm.emit(vec![EventDraft::about_record("customer", record, name)]).await.unwrap();
    cast.clock.advance(TimeDelta::milliseconds(1)).unwrap();
}

/// Delivers and tells what was handed to a handler, with what it answered.
async fn deliver(cast: &Cast, options: &Delivery, fails: impl Fn(&Event) -> bool + Sync) -> (Delivered, Vec<String>) {
    let log = Mutex::new(Vec::new());
    let (log_of, fails) = (&log, &fails);
    let handler = |event: Event| async move {
        let failed = fails(&event);
        log_of.lock().unwrap().push(format!("{}{}", event.name, if failed { "!" } else { "" }));
        if failed { Err("out of order\0".into()) } else { Handled::Ok(()) }
    };
    let delivered = cast.crm.deliver("test", options, handler).await.unwrap();
    (delivered, log.into_inner().unwrap())
}

#[test]
fn a_failing_event_is_tried_again_later_and_only_its_shard_waits() {
    block_on(async {
        for cast in casts().await {
            let made = cast.crm.add_subscription("test", Start::Now).await.unwrap();
            assert_eq!(cast.crm.add_subscription("test", Start::Oldest).await.unwrap(), made);
            let none = cast.crm.deliver("nobody", &Delivery::default(), async |_| Ok(())).await;
            assert!(matches!(none, Err(Error::NotFound { .. })));
            let [bad, good] = records(2)[..] else { panic!("two shards") };
            for (record, name) in [(bad, "bad.1"), (good, "good.1"), (bad, "bad.2"), (good, "good.2")] {
                say(&cast, record, name).await;
            }
            let options = Delivery::default();
            let (first, log) = deliver(&cast, &options, |event| event.is("bad.1")).await;
            assert_eq!(log, ["bad.1!", "good.1", "good.2"]);
            assert_eq!((first.handled, first.failed, first.parked, first.more), (2, 1, 0, false));
            for failures in 1..9 {
                // Too early by a little.
                let wait = back_off(failures);
                cast.clock.advance(wait - TimeDelta::milliseconds(1)).unwrap();
                let (early, log) = deliver(&cast, &options, |_| true).await;
                assert_eq!((early.failed, log.len()), (0, 0), "{failures}");
                assert!(early.next_try_at.is_some());
                cast.clock.advance(TimeDelta::milliseconds(1)).unwrap();
                let (again, log) = deliver(&cast, &options, |event| event.is("bad.1")).await;
                assert_eq!((again.failed, log), (1, vec!["bad.1!".to_owned()]), "{failures}");
                let next = cast.crm.subscription("test").await.unwrap().failures().into_values().next().unwrap();
                assert_eq!((next.attempts, next.error.as_str()), (failures + 1, "out of order"));
            }
            say(&cast, good, "good.3").await;
            cast.clock.advance(back_off(9)).unwrap();
            let (last, log) = deliver(&cast, &options, |_| false).await;
            assert_eq!((last.handled, last.next_try_at, log.len()), (3, None, 3));
            assert!(log.iter().position(|name| name == "bad.1") < log.iter().position(|name| name == "bad.2"));
            assert_eq!(deliver(&cast, &options, |_| true).await.1, Vec::<String>::new());
        }
    });
}

#[test]
fn what_fails_too_often_is_parked_and_what_is_behind_it_goes_on() {
    block_on(async {
        for cast in casts().await {
            cast.crm.add_subscription("test", Start::Now).await.unwrap();
            let record = records(1)[0];
            say(&cast, record, "bad").await;
            say(&cast, record, "good").await;
            let options = Delivery { tries: 3, ..Delivery::default() };
            for failures in 1..3 {
                assert_eq!(deliver(&cast, &options, |event| event.is("bad")).await.1, ["bad!"]);
                assert_eq!(all::<ParkedEvent>(&cast.system).await, []);
                cast.clock.advance(back_off(failures)).unwrap();
            }
            let (last, log) = deliver(&cast, &options, |event| event.is("bad")).await;
            assert_eq!((last.parked, last.handled, log), (1, 1, vec!["bad!".to_owned(), "good".to_owned()]));
            let parked = all::<ParkedEvent>(&cast.system).await.pop().unwrap();
            assert_eq!((parked.attempts, parked.error.as_str()), (3, "out of order"));

            assert!(!cast.crm.retry_parked(parked.id, async |_| Err("still not".into())).await.unwrap());
            let still = all::<ParkedEvent>(&cast.system).await.pop().unwrap();
            assert_eq!((still.attempts, still.error.as_str()), (4, "still not"));
            let handed = Mutex::new(None);
            let handler = async |event: Event| {
                *handed.lock().unwrap() = Some(event.name);
                Ok(())
            };
            assert!(cast.crm.retry_parked(parked.id, handler).await.unwrap());
            assert_eq!(handed.into_inner().unwrap().unwrap(), "bad");
            assert_eq!(all::<ParkedEvent>(&cast.system).await, []);
            let gone = cast.crm.retry_parked(parked.id, async |_| Ok(())).await;
            assert!(matches!(gone, Err(Error::NotFound { .. })));
        }
    });
}

#[test]
fn everything_is_delivered_in_small_batches_up_to_a_limit() {
    block_on(async {
        for cast in casts().await {
            cast.crm.add_subscription("test", Start::Now).await.unwrap();
            let names: Vec<&'static str> = vec!["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
            for (name, record) in names.iter().zip(records(3).into_iter().cycle()) {
                say(&cast, record, name).await;
            }
            let options = Delivery { batch: 2, limit: 5, ..Delivery::default() };
            let (first, log) = deliver(&cast, &options, |_| false).await;
            assert_eq!((first.handled, first.more, log.len()), (5, true, 5));
            let (second, more) = deliver(&cast, &Delivery { batch: 0, ..Delivery::default() }, |_| false).await;
            assert_eq!((second.handled, second.more), (5, false));
            let mut delivered = [log, more].concat();
            // Those of one record are three apart.
            for record in 0..3 {
                let of_record: Vec<&str> = names.iter().copied().skip(record).step_by(3).collect();
                let told = delivered.iter().filter(|name| of_record.contains(&name.as_str()));
                assert_eq!(told.collect::<Vec<_>>(), of_record);
            }
            delivered.sort_unstable();
            assert_eq!(delivered, names);
            let idle = cast.crm.subscription("test").await.unwrap();
            assert_eq!(idle.holder, None);
            deliver(&cast, &options, |_| false).await;
            assert_eq!(cast.crm.subscription("test").await.unwrap(), idle, "nothing to do is nothing to write");
        }
    });
}

#[test]
fn one_delivers_at_a_time_and_after_a_crash_another_takes_over() {
    block_on(async {
        for cast in casts().await {
            cast.crm.add_subscription("test", Start::Now).await.unwrap();
            let record = records(1)[0];
            say(&cast, record, "one").await;
            say(&cast, record, "two").await;
            let options = Delivery { lease: TimeDelta::minutes(1), ..Delivery::default() };
            // Dropped while the handler works, as in a crash.
            {
                let stuck = async |_: Event| {
                    poll_fn(|_| Poll::<()>::Pending).await;
                    Ok(())
                };
                let mut delivery = Box::pin(cast.crm.deliver("test", &options, stuck));
                for _ in 0..10_000 {
                    let polled = poll_fn(|context| Poll::Ready(delivery.as_mut().poll(context).is_ready())).await;
                    assert!(!polled);
                    if cast.crm.subscription("test").await.unwrap().holder.is_some() {
                        break;
                    }
                }
            }
            assert!(cast.crm.subscription("test").await.unwrap().holder.is_some());
            let (busy, log) = deliver(&cast, &options, |_| false).await;
            assert!(busy.busy && log.is_empty());
            cast.clock.advance(TimeDelta::minutes(1)).unwrap();
            let (taken, log) = deliver(&cast, &options, |_| false).await;
            assert_eq!((taken.busy, log), (false, vec!["one".to_owned(), "two".to_owned()]));

            // Somebody who has been too slow does not undo what the one did who took over.
            say(&cast, record, "three").await;
            let inner = Mutex::new(Vec::new());
            let (cast_of, options_of, inner_of) = (&cast, &options, &inner);
            let slow = |_: Event| async move {
                cast_of.clock.advance(TimeDelta::minutes(2)).unwrap();
                let handed = deliver(cast_of, options_of, |_| false).await.1;
                inner_of.lock().unwrap().extend(handed);
                Handled::Ok(())
            };
            let late = cast.crm.deliver("test", &options, slow).await.unwrap();
            assert!(late.busy, "{late:?}");
            assert_eq!(inner.into_inner().unwrap(), ["three"]);
            assert_eq!(deliver(&cast, &options, |_| false).await.1, Vec::<String>::new());
        }
    });
}

#[test]
fn a_long_batch_is_written_down_on_the_way() {
    block_on(async {
        for cast in casts().await {
            cast.crm.add_subscription("test", Start::Now).await.unwrap();
            for _ in 0..6 {
                say(&cast, records(1)[0], "slow").await;
            }
            let options = Delivery { lease: TimeDelta::minutes(2), ..Delivery::default() };
            let (clock, count) = (&cast.clock, Mutex::new(0));
            let (crm, count_of) = (&cast.crm, &count);
            let slow = |event: Event| async move {
                clock.advance(TimeDelta::seconds(40)).unwrap();
                let held = crm.subscription("test").await.unwrap();
                assert!(held.held_until.unwrap() > crmkit::clock::Clock::now(&**clock), "{event:?}");
                *count_of.lock().unwrap() += 1;
                Handled::Ok(())
            };
            let done = cast.crm.deliver("test", &options, slow).await.unwrap();
            assert_eq!((done.handled, done.busy, *count.lock().unwrap()), (6, false, 6));
        }
    });
}

#[test]
fn a_subscription_can_be_made_by_nobody_but_who_may_and_only_with_a_cursor() {
    block_on(async {
        for cast in casts().await {
            let long = cast.crm.add_subscription(&"x".repeat(101), Start::Now).await;
            assert!(matches!(long, Err(Error::Invalid { .. })), "{long:?}");
            let new = crmkit::events::NewSubscription { name: "x".into(), cursor: "17".into(), ..Default::default() };
            let refused = cast.system.of().create(new.clone()).await.map(|_: crmkit::events::Subscription| ());
            assert!(matches!(refused, Err(Error::Invalid { .. })), "{refused:?}");
            let refused = cast.li.of().create(new).await.map(|_: crmkit::events::Subscription| ());
            assert!(matches!(refused, Err(Error::Denied { .. })), "{refused:?}");
        }
    });
}
