//! How long events are kept.

use chrono::TimeDelta;
use crmkit::error::CursorProblem;
use crmkit::events::{Delivery, EventCursor, EventRetention, Start};
use crmkit::prelude::*;
use pollster::block_on;

use crate::cast::{Cast, casts};
use crate::{renamed, since};

const RETENTION: EventRetention = EventRetention { keep: TimeDelta::days(90), at_most: TimeDelta::days(365) };

/// Edits of one record on so many days.
async fn days(cast: &Cast, customer: Id<Customer>, days: i64) {
    for day in 0..days {
        cast.system.customers().edit(customer, renamed(&format!("{day} {}", cast.clock_text()))).await.unwrap();
        cast.clock.advance(TimeDelta::days(1)).unwrap();
    }
}

impl Cast {
    fn clock_text(&self) -> String {
        crmkit::clock::Clock::now(&*self.clock).to_string()
    }
}

async fn count(cast: &Cast, from: Start) -> usize {
    since(&cast.system, &cast.crm.event_cursor(from).await.unwrap()).await.len()
}

#[test]
fn what_is_old_goes_and_whoever_has_not_had_it_is_told() {
    block_on(async {
        for cast in casts().await {
            let acme = cast.system.customers().create(NewCustomer::new("Acme")).await.unwrap();
            days(&cast, acme.id, 100).await;
            let behind = cast.crm.event_cursor(Start::Oldest).await.unwrap();
            let all = count(&cast, Start::Oldest).await;
            // The users of the cast, the customer, and ten of its edits are older than 90 days.
            assert_eq!(cast.crm.purge_events(&RETENTION).await.unwrap(), (all - 90) as u64);
            assert_eq!(count(&cast, Start::Oldest).await, 90);
            assert_eq!(cast.crm.purge_events(&RETENTION).await.unwrap(), 0);
            let late = cast.system.events(&behind, 10).await;
            assert!(matches!(late, Err(Error::Cursor(CursorProblem::Purged))), "{late:?}");
            let foreign: EventCursor = cast.crm.event_cursor(Start::Now).await.unwrap().with(3, 9_999);
            let ahead = cast.system.events(&foreign, 10).await;
            assert!(matches!(ahead, Err(Error::Cursor(CursorProblem::Ahead))), "{ahead:?}");
            assert_eq!(cast.system.verify().await.unwrap(), Vec::<String>::new());
            cast.clock.advance(TimeDelta::days(200)).unwrap();
            assert_eq!(cast.crm.purge_events(&RETENTION).await.unwrap(), 90);
            assert_eq!(count(&cast, Start::Oldest).await, 0);
            // Numbers go on where they were.
            cast.system.customers().edit(acme.id, renamed("B")).await.unwrap();
            assert_eq!(count(&cast, Start::Oldest).await, 1);
            assert_eq!(cast.system.verify().await.unwrap(), Vec::<String>::new());
        }
    });
}

#[test]
fn what_a_subscription_has_not_had_or_has_parked_is_kept_but_not_for_ever() {
    block_on(async {
        for cast in casts().await {
            let acme = cast.system.customers().create(NewCustomer::new("Acme")).await.unwrap();
            cast.crm.add_subscription("slow", Start::Now).await.unwrap();
            days(&cast, acme.id, 100).await;
            let all = count(&cast, Start::Oldest).await;
            assert_eq!(cast.crm.purge_events(&RETENTION).await.unwrap(), (all - 100) as u64);
            // It has them all but one, which it can't handle.
            let options = Delivery { tries: 1, ..Delivery::default() };
            let fussy = async |event: crmkit::events::Event| {
                let name = event.data["name"].to_string();
                if name.starts_with("\"5 ") { Err("not five".into()) } else { Ok(()) }
            };
            let delivered = cast.crm.deliver("slow", &options, fussy).await.unwrap();
            assert_eq!((delivered.handled, delivered.parked), (99, 1));
            assert_eq!(cast.crm.purge_events(&RETENTION).await.unwrap(), 5);
            cast.clock.advance(TimeDelta::days(300)).unwrap();
            // Thirty-five of those behind the parked one and it itself are older than a year.
            assert_eq!(cast.crm.purge_events(&RETENTION).await.unwrap(), 35 - 5);
            assert_eq!(count(&cast, Start::Oldest).await, 65);

            cast.crm.add_subscription("late", Start::Oldest).await.unwrap();
            cast.clock.advance(TimeDelta::days(400)).unwrap();
            assert_eq!(cast.crm.purge_events(&RETENTION).await.unwrap(), 65);
            let late = cast.crm.deliver("late", &options, async |_| Ok(())).await;
            assert!(matches!(late, Err(Error::Cursor(CursorProblem::Purged))), "{late:?}");
            cast.crm.skip_purged("late").await.unwrap();
            assert_eq!(cast.crm.deliver("late", &options, async |_| Ok(())).await.unwrap().handled, 0);
            assert_eq!(cast.system.verify().await.unwrap(), Vec::<String>::new());
        }
    });
}
