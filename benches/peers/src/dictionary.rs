//! A dictionary hit: the crate's default cache beside a plain map and moka.
//!
//! The crate looks an entry up by two texts, its type and its value. The others are given the easier question of one
//! text, the value, and hand out the same answers.

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Instant;

use crmkit::dictionary::{
    DictionaryCache, DictionaryEntry, DictionaryKey, Entries, LruDictionaryCache, NewDictionaryEntry,
};
use crmkit::prelude::*;
use crmkit::storage::MemoryStorage;
use moka::sync::Cache;
use pollster::block_on;

use crate::measure::{alone, faster, heading, nanos, slower, time, turns};

const ROUNDS: usize = 21;
const ENTRIES: usize = 200;
const TYPE: &str = "customer_region";
const TIMES: u32 = 500_000;

pub fn run() {
    let values: Vec<String> = (0..ENTRIES).map(|number| format!("region {number}")).collect();
    let answer = |value: &String| -> Entries {
        let new = NewDictionaryEntry::new(TYPE, value.clone(), value.clone());
        Arc::new([Arc::new(DictionaryEntry::draft(Id::new(RecordId::NIL), new))])
    };
    let ours = LruDictionaryCache::default();
    let plain: HashMap<String, Entries> = values.iter().map(|value| (value.clone(), answer(value))).collect();
    let moka: Cache<String, Entries> = Cache::new(1_024);
    for value in &values {
        ours.put(key(value), answer(value));
        moka.insert(value.clone(), answer(value));
    }
    heading("other");
    for threads in [1, 2] {
        let name = |other: &str| {
            format!("dictionary hit, {threads} {}, {other}", if threads == 1 { "thread" } else { "threads" })
        };
        let hit = || together(threads, &values, |value| ours.get(key(value)).is_some());
        let (mine, others) =
            turns(ROUNDS, hit, || together(threads, &values, |value| plain.get(value).cloned().is_some()));
        slower(&name("beside a plain map"), mine, others);
        let (mine, others) = turns(ROUNDS, hit, || together(threads, &values, |value| moka.get(value).is_some()));
        faster(&name("times moka"), mine, others);
    }
    whole(&values);
}

const fn key(value: &str) -> DictionaryKey<'_> {
    DictionaryKey { r#type: TYPE, value: Some(value) }
}

/// How long one look-up takes each of some threads that all do nothing else, in seconds.
fn together(threads: usize, values: &[String], look_up: impl Fn(&str) -> bool + Sync) -> f64 {
    let work = |from: usize| {
        let mut place = from;
        nanos(TIMES, || {
            place = (place + 7) % ENTRIES;
            assert!(look_up(black_box(&values[place])));
        })
    };
    if threads == 1 {
        return work(0) / 1e9;
    }
    let barrier = Barrier::new(threads);
    let start = Instant::now();
    thread::scope(|scope| {
        for number in 0..threads {
            let (barrier, work) = (&barrier, &work);
            scope.spawn(move || {
                barrier.wait();
                work(number * 31)
            });
        }
    });
    start.elapsed().as_secs_f64() / f64::from(TIMES)
}

/// What a session's look-up takes with its gate, for comparison.
fn whole(values: &[String]) {
    let crm = block_on(Crm::builder(MemoryStorage::new(crmkit::standard_schema().unwrap())).open()).unwrap();
    let system = crm.system();
    for value in values {
        let new = NewDictionaryEntry::new(TYPE, value.clone(), value.clone());
        drop(block_on(system.dictionary_entries().create(new)).unwrap());
    }
    let role = block_on(system.roles().named("account_manager")).unwrap().id;
    let user = block_on(system.users().create(NewUser::new("li", role))).unwrap().id;
    let dictionary = block_on(crm.session(user)).unwrap().dictionary();
    let mut place = 0;
    let look_up = || {
        nanos(100_000, || {
            place = (place + 7) % ENTRIES;
            assert!(block_on(dictionary.entry(TYPE, black_box(&values[place]))).unwrap().is_some());
        }) / 1e9
    };
    let (mine, _) = turns(ROUNDS, look_up, || 0.0);
    alone("dictionary look-up of a session, with its gate, ns", &time(mine), mine * 1e9);
}
