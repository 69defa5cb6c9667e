//! What waits, against a second, straightforward computation over random data.

use chrono::{NaiveDate, TimeZone, Utc};
use chrono_tz::Tz;
use crmkit::customers::LossStatus;
use crmkit::prelude::*;
use crmkit::schema::Choice;
use crmkit::service::ServiceStatus;
use proptest::prelude::*;

use crate::random::zones;
use crate::world::World;

/// Seconds around the epoch, which is now; who is responsible; and how far it has come, as a place among the statuses.
type Waiting = (i64, Option<usize>, usize);

fn waiting() -> impl Strategy<Value = Waiting> {
    (-3 * 86_400_i64..86_400, prop::option::of(0_usize..2), 0_usize..4)
}

const PEOPLE: [&str; 2] = ["Li", "Wang"];

fn day(seconds: i64, zone: Tz) -> NaiveDate {
    Utc.timestamp_opt(seconds, 0).unwrap().with_timezone(&zone).date_naive()
}

/// Lines that begin with the day and the days since, oldest first.
fn lines(mut found: Vec<(NaiveDate, String)>, zone: Tz) -> Vec<String> {
    found.sort();
    let line = |(on, rest): (NaiveDate, String)| format!("{on},{},{rest}", (day(0, zone) - on).num_days());
    found.into_iter().map(line).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn what_waits_is_what_is_not_over(
        losses in prop::collection::vec(waiting(), 0..6),
        requests in prop::collection::vec(waiting(), 0..12),
        zone in zones(),
    ) {
        let mut world = World::new(zone);
        let users = PEOPLE.map(|name| world.user(name, Some(name)));
        let (mut warned, mut open) = (Vec::new(), Vec::new());
        for (place, (at, manager, status)) in losses.iter().enumerate() {
            let customer = world.customer(&format!("C{place}"), "Customer");
            let status = LossStatus::ALL[*status];
            world.loss(customer, |lost| {
                (lost.status, lost.manager) = (status, manager.map(|manager| users[manager]));
                lost.warned_at = Timestamp::from_micros(at * 1_000_000).unwrap();
            });
            if ["warning", "deferred"].contains(&status.code()) {
                let manager = manager.map_or("", |manager| PEOPLE[manager]);
                warned.push((day(*at, zone), format!("C{place},Customer,{manager},,{}", status.code())));
            }
        }
        let customer = world.customer("CX", "Asks");
        for (place, (at, assignee, status)) in requests.iter().enumerate() {
            let status = ServiceStatus::ALL[*status];
            world.service(customer, "inquiry", |request| {
                (request.number, request.status) = (format!("S{place:02}"), status);
                request.created_at = Timestamp::from_micros(at * 1_000_000).unwrap();
                request.assigned_to = assignee.map(|assignee| users[assignee]);
            });
            if status != ServiceStatus::Archived {
                let assignee = assignee.map_or("", |assignee| PEOPLE[assignee]);
                open.push((day(*at, zone), format!("S{place:02},Help,Asks,{assignee},{}", status.code())));
            }
        }
        world.settle();
        prop_assert_eq!(world.rows("loss-warnings", &[]), lines(warned, zone));
        prop_assert_eq!(world.rows("open-services", &[]), lines(open, zone));
    }
}
