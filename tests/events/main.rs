//! Events: what each command leaves, who sees it, and that nobody who reads misses any.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../undo/cases.rs"]
mod cases;
#[path = "../cast/mod.rs"]
mod cast;
#[cfg(feature = "testing")]
#[path = "../undo/content.rs"]
#[allow(dead_code, reason = "each test program uses its own part")]
mod content;
mod crowd;
mod delivery;
mod faults;
mod retention;
mod telling;
mod visibility;

use crmkit::events::{Event, EventCursor};
use crmkit::prelude::*;

/// All events after a cursor, read in small parts.
async fn since(session: &Session, from: &EventCursor) -> Vec<Event> {
    let (mut all, mut cursor) = (Vec::new(), *from);
    loop {
        let page = session.events(&cursor, 7).await.unwrap();
        all.extend(page.events);
        cursor = page.next;
        if !page.more {
            return all;
        }
    }
}

/// The commands and entities of events, in their order.
fn names(events: &[Event]) -> Vec<(&str, &str)> {
    events.iter().map(|event| (event.name.as_str(), event.entity.as_str())).collect()
}

/// The field `name` of a customer as an edit.
fn renamed(name: &str) -> CustomerPatch {
    CustomerPatch { name: name.to_owned().into(), ..Default::default() }
}
