//! All that a store holds, to compare before and after.

use std::collections::{BTreeMap, BTreeSet};

use crmkit::history::HistoryEntry;
use crmkit::prelude::*;
use crmkit::schema::{EntityDef, Record};

use crate::cast::Cast;

/// What every record holds, by entity and id: everything but the versions, which only ever grow, and the entities that
/// are not recorded (the counters of numbers, how often the dictionary changed, imports, the history itself; what sign-in
/// keeps).
pub(crate) type Content = BTreeMap<(String, String), String>;

pub(crate) async fn content(cast: &Cast) -> Content {
    let mut content = Content::new();
    for def in cast.storage.schema().entities().filter(|def| !def.facts.unrecorded && !def.facts.secret) {
        for record in records(cast, def).await {
            let held = format!("{:?} {:?}", record.values, record.custom);
            content.insert((def.code.to_string(), record.id.to_string()), held);
        }
    }
    content
}

async fn records(cast: &Cast, def: &EntityDef) -> Vec<Record> {
    let (mut found, mut query) = (Vec::new(), Query::new(def.name.clone()).limit(10_000));
    loop {
        let page = cast.storage.query(&query).await.unwrap();
        found.extend(page.records);
        match page.next {
            Some(next) => query.after = Some(next),
            None => return found,
        }
    }
}

/// The sets the history knows, in the order in which they were committed.
#[allow(dead_code, reason = "not every program of tests asks for it")]
pub(crate) async fn sets(cast: &Cast) -> BTreeSet<RecordId> {
    let def = cast.storage.schema().of::<HistoryEntry>().unwrap();
    let entries = records(cast, def).await.into_iter().map(|record| HistoryEntry::from_record(record).unwrap());
    entries.map(|entry| entry.set_id()).collect()
}
