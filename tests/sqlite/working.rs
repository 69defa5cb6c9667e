//! Committing, reading and closing.

use super::*;

#[test]
fn two_conditions_on_one_key_both_hold() {
    let place = place();
    let storage = SqliteStorage::open(&place.path, later_schema(), quick()).unwrap();
    let someone = |number: u128, region: &str, visits: i64| {
        let new = later::NewPerson {
            name: "x".into(),
            region: Some(region.into()),
            mail: Some("a@b".into()),
            visits,
            ..Default::default()
        };
        Change::Insert(later::Person::draft(Id::new(id(number)), new).into_record())
    };
    block_on(storage.commit(&set(1).with(someone(1, "it's", 1)))).unwrap();
    block_on(storage.commit(&set(2).with(someone(2, "other", 0)))).unwrap();
    for (number, region, visits) in [(3, "it's", 0), (4, "other", 1)] {
        let error = block_on(storage.commit(&set(number).with(someone(number, region, visits)))).unwrap_err();
        let taken = Refusal::Taken { fields: vec!["mail".into()] };
        assert_eq!(error.refusals().first().map(|refused| &refused.reason), Some(&taken));
    }
}

#[test]
fn another_writer_is_waited_for() {
    let place = place();
    let storage = SqliteStorage::open(
        &place.path,
        schema(),
        SqliteOptions { busy_timeout: Duration::from_millis(50), ..quick() },
    )
    .unwrap();
    let other = rusqlite::Connection::open(&place.path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let one = set(1).with(Change::Insert(team(1, "A")));
    let error = block_on(storage.commit(&one)).unwrap_err();
    assert_eq!((error.kind(), error.is_retryable()), (StorageErrorKind::Busy, true), "{error}");
    other.execute_batch("COMMIT").unwrap();
    assert!(!block_on(storage.commit(&one)).unwrap().replayed);
}

#[test]
fn two_stores_share_a_file() {
    let place = place();
    let (one, two) = (open(&place.path), open(&place.path));
    std::thread::scope(|scope| {
        for (storage, first) in [(&one, 1_000_u128), (&two, 2_000)] {
            scope.spawn(move || {
                for number in first..first + 50 {
                    let changes = set(number).with(Change::Insert(team(number, &format!("T{number}"))));
                    block_on(storage.commit(&changes)).unwrap();
                }
            });
        }
    });
    assert_eq!(names(&one).len(), 100);
    assert_eq!(names(&one), names(&two));
}

#[test]
fn a_stored_value_that_does_not_fit_is_named() {
    let place = place();
    let storage = open(&place.path);
    block_on(storage.commit(&set(1).with(Change::Insert(person(7, "Li", "x", None))))).unwrap();
    sql(&place.path, "UPDATE q_person SET since = 'some day'");
    let def = Person::definition();
    let wrong = [
        block_on(storage.get(&def, &[id(7)])).unwrap_err(),
        block_on(storage.query(&Query::of::<Person>().order(Person::since.asc()))).unwrap_err(),
        block_on(storage.aggregate(&Aggregate::of::<Person>().group(Person::since).measure(Measure::Count)))
            .unwrap_err(),
    ];
    for error in wrong {
        assert_eq!(error.kind(), StorageErrorKind::Corrupt);
        let source = std::error::Error::source(&error).unwrap().downcast_ref::<DecodeError>().unwrap();
        assert_eq!((source.id, source.field.as_str()), (id(7), "since"));
        assert!(error.to_string().contains("`some day`"), "{error}");
    }
}

#[test]
fn a_group_that_does_not_fit_is_named_and_what_is_asked_next_is_answered() {
    let place = place();
    let storage = open(&place.path);
    let people = [person(7, "Li", "x", None), person(8, "Wu", "x", None)];
    block_on(storage.commit(&people.into_iter().map(Change::Insert).fold(set(1), ChangeSet::with))).unwrap();
    let visits = Aggregate::of::<Person>().group(Person::team).measure(Measure::Sum(Person::visits.path()));
    let bounded = Aggregate { max_rows: 1, ..visits.clone() };
    sql(&place.path, "PRAGMA foreign_keys = OFF; UPDATE q_person SET team = x'07' WHERE name = 'Wu'");
    let error = block_on(storage.aggregate(&visits)).unwrap_err();
    let source = std::error::Error::source(&error).unwrap().downcast_ref::<DecodeError>().unwrap();
    assert_eq!((source.id, source.field.as_str()), (id(8), "team"));
    sql(&place.path, "UPDATE q_person SET team = NULL, visits = 3 + (name = 'Wu')");
    assert!(block_on(storage.aggregate(&bounded)).unwrap_err().to_string().contains("records for one report"));
    let all = block_on(storage.aggregate(&visits)).unwrap();
    assert_eq!((all.len(), &all[0].keys, &all[0].measures), (1, &vec![Value::Null], &vec![Value::Int(7)]));
    let none = visits.filter(Person::name.eq("Xi"));
    assert_eq!(block_on(storage.aggregate(&none)).unwrap(), []);
}

#[test]
fn sets_that_are_committed_together_do_not_harm_each_other() {
    let place = place();
    let storage = SqliteStorage::open(&place.path, schema(), SqliteOptions { queue: 8, ..quick() }).unwrap();
    block_on(storage.commit(&set(1).with(Change::Insert(team(1, "taken"))))).unwrap();
    let positions = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for thread in 1..=32_u128 {
            let (storage, positions) = (&storage, &positions);
            scope.spawn(move || {
                for turn in 0..20_u128 {
                    let number = thread * 1_000 + turn * 10;
                    let good = set(number)
                        .with(Change::Insert(person(number, "child", "x", Some(number + 1))))
                        .with(Change::Insert(team(number + 1, &format!("T{number}"))));
                    // Every third set is refused only after it has written something.
                    let bad = set(number + 2)
                        .with(Change::Insert(team(number + 3, &format!("B{number}"))))
                        .with(Change::Insert(team(number + 4, "taken")));
                    let dangling =
                        set(number + 5).with(Change::Insert(person(number + 6, "lost", "x", Some(number + 7))));
                    let committed = block_on(storage.commit(&good)).unwrap();
                    positions.lock().unwrap().push(committed.position);
                    if turn % 3 == 0 {
                        let error = block_on(storage.commit(&bad)).unwrap_err();
                        assert_eq!(error.refusals().len(), 1);
                        let error = block_on(storage.commit(&dangling)).unwrap_err();
                        let reason = Refusal::Dangling { field: "team".into(), target: id(number + 7) };
                        assert_eq!(error.refusals().first().map(|refused| &refused.reason), Some(&reason));
                    }
                }
            });
        }
    });
    let mut positions = positions.into_inner().unwrap();
    positions.sort();
    positions.dedup();
    assert_eq!(positions.len(), 32 * 20);
    assert_eq!(names(&storage).len(), 32 * 20 + 1);
    let count = Aggregate::of::<Person>().measure(Measure::Count);
    assert_eq!(block_on(storage.aggregate(&count)).unwrap()[0].measures, [Value::Int(32 * 20)]);
    assert_eq!(block_on(storage.verify()).unwrap(), Vec::<String>::new());
}

#[test]
fn a_commit_that_nobody_waits_for_is_whole_or_not_at_all() {
    let place = place();
    let storage = SqliteStorage::open(&place.path, schema(), SqliteOptions { queue: 2, ..quick() }).unwrap();
    for number in 1..=50_u128 {
        let changes = set(number)
            .with(Change::Insert(team(number * 10, &format!("A{number}"))))
            .with(Change::Insert(team(number * 10 + 1, &format!("B{number}"))));
        let mut future = storage.commit(&changes);
        let waker = std::task::Waker::noop();
        let _ = future.as_mut().poll(&mut std::task::Context::from_waker(waker));
    }
    block_on(storage.commit(&set(1_000).with(Change::Insert(team(9_999, "last"))))).unwrap();
    let names = names(&storage);
    assert!(names.contains(&"last".to_owned()));
    for number in 1..=50_u128 {
        let there = block_on(storage.committed(SetId(id(number)))).unwrap().is_some();
        for name in [format!("A{number}"), format!("B{number}")] {
            assert_eq!(names.contains(&name), there, "{name}");
        }
    }
}

#[test]
fn closing_finishes_what_is_queued() {
    let place = place();
    let storage = open(&place.path);
    let sets: Vec<ChangeSet> =
        (1..=200).map(|number| set(number).with(Change::Insert(team(number, &format!("T{number}"))))).collect();
    let mut waiting = Vec::new();
    for set in &sets {
        let mut commit = storage.commit(set);
        // Asked once, it is queued; the writer may be quick enough to have answered already.
        match commit.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop())) {
            std::task::Poll::Ready(result) => drop(result.unwrap()),
            std::task::Poll::Pending => waiting.push(commit),
        }
    }
    pollster::block_on(storage.close()).unwrap();
    for future in waiting {
        block_on(future).unwrap();
    }
    let closed = |kind: StorageErrorKind| assert_eq!(kind, StorageErrorKind::Closed);
    closed(block_on(storage.commit(&set(999))).unwrap_err().kind());
    closed(block_on(storage.get(&Team::definition(), &[id(1)])).unwrap_err().kind());
    closed(block_on(storage.query(&Query::of::<Team>())).unwrap_err().kind());
    closed(block_on(storage.query(&Query::of::<Team>().filter(Team::name.contains("x")))).unwrap_err().kind());
    closed(block_on(storage.snapshot()).err().unwrap().kind());
    pollster::block_on(storage.close()).unwrap();
    drop(storage);
    assert_eq!(names(&open(&place.path)).len(), 200);
}

#[test]
fn a_snapshot_outlives_its_store() {
    for in_file in [true, false] {
        let place = place();
        let storage = if in_file { open(&place.path) } else { SqliteStorage::in_memory(schema()).unwrap() };
        block_on(storage.commit(&set(1).with(Change::Insert(team(1, "A"))))).unwrap();
        let before = block_on(storage.snapshot()).unwrap();
        let gone = Change::Delete { entity: Team::NAME.into(), id: id(1), expected: Version(1) };
        block_on(storage.commit(&set(2).with(gone).with(Change::Insert(team(2, "B"))))).unwrap();
        assert_eq!(names(&storage), ["B"]);
        drop(storage);
        assert_eq!(names(&*before), ["A"]);
    }
}

#[test]
fn an_index_that_finds_too_much_is_no_hurdle() {
    let place = place();
    let (storage, memory) = (open(&place.path), MemoryStorage::new(schema()));
    for part in 0..20_u128 {
        let some = (1..=1_000).map(|number| {
            let number = part * 1_000 + number;
            Change::Insert(person(number, &format!("Person {number}"), "x", None))
        });
        let changes = some.fold(set(part + 1), ChangeSet::with);
        block_on(storage.commit(&changes)).unwrap();
        block_on(memory.commit(&changes)).unwrap();
    }
    let wanted = Person::region.eq("x").and(Person::name.contains("19999"));
    let query = Query::of::<Person>().filter(wanted);
    let held = block_on(storage.snapshot()).unwrap();
    for reader in [&storage as &dyn Reader, &*held] {
        assert_eq!(block_on(reader.query(&query)).unwrap(), block_on(memory.query(&query)).unwrap());
        let all: Vec<RecordId> = (1..=20_000).map(id).collect();
        assert_eq!(block_on(reader.get(&Person::definition(), &all)).unwrap().len(), 20_000);
    }
}

#[test]
fn large_filters_stay_within_the_bounds_of_the_engine() {
    let (storage, memory) = (SqliteStorage::in_memory(schema()).unwrap(), MemoryStorage::new(schema()));
    let some = (1..=40_u128).map(|number| Change::Insert(person(number, &format!("P{number}"), "x", None)));
    let changes = some.fold(set(1), ChangeSet::with);
    block_on(storage.commit(&changes)).unwrap();
    block_on(memory.commit(&changes)).unwrap();
    let many = || (0..990).map(|number| Person::name.eq(format!("P{number}")));
    let mut deep = Person::name.eq("P7");
    for _ in 0..15 {
        deep = Filter::And(vec![Filter::Not(Box::new(deep)), Filter::All]);
    }
    let long = (0..10_000_i64).map(|number| format!("P{number}"));
    let pairs = (0..400).map(|number| Person::name.is_in((0..30).map(|n| format!("P{}", n + number))));
    let filters = [
        Filter::Or(many().collect()),
        Filter::And(many().take(490).map(Filter::not).collect()),
        deep,
        Person::name.is_in(long),
        Filter::And(pairs.collect()),
    ];
    for filter in filters {
        let query = Query::of::<Person>().filter(filter);
        assert_eq!(block_on(storage.query(&query)).unwrap(), block_on(memory.query(&query)).unwrap());
    }
}

#[test]
fn a_record_that_is_put_back_in_one_set_may_be_referred_to() {
    let (storage, memory) = (SqliteStorage::in_memory(later_schema()).unwrap(), MemoryStorage::new(later_schema()));
    let someone = |number: u128, brought_by: Option<u128>| {
        let brought_by = brought_by.map(|number| Id::new(id(number)));
        let new = later::NewPerson { name: "x".into(), brought_by, ..Default::default() };
        later::Person::draft(Id::new(id(number)), new).into_record()
    };
    let first = set(1).with(Change::Insert(someone(1, None))).with(Change::Insert(someone(2, Some(1))));
    let back = Change::Adjust(Adjust {
        entity: Person::NAME.into(),
        key: AdjustKey::Id(id(1)),
        if_absent: Some(someone(1, None)),
        add: vec![("visits".into(), 5)],
        require: Vec::new(),
        slot: None,
    });
    let gone = Change::Delete { entity: Person::NAME.into(), id: id(1), expected: Version(1) };
    for storage in [&storage as &dyn Storage, &memory] {
        block_on(storage.commit(&first)).unwrap();
        block_on(storage.commit(&set(2).with(gone.clone()).with(back.clone()))).unwrap();
        let error = block_on(storage.commit(&set(3).with(gone.clone()))).unwrap_err();
        let by = Refusal::Referenced { by: Person::NAME.into(), field: "brought_by".into() };
        assert_eq!(error.refusals().first().map(|refused| &refused.reason), Some(&by));
    }
}

#[test]
fn it_works_under_tokio() {
    let work = async |storage: Arc<SqliteStorage>| {
        let mut tasks = Vec::new();
        for number in 1..=64_u128 {
            let storage = Arc::clone(&storage);
            tasks.push(tokio::spawn(async move {
                let changes = set(number).with(Change::Insert(team(number, &format!("T{number}"))));
                storage.commit(&changes).await.unwrap();
                let found: Option<Team> = storage.load(Id::new(id(number))).await.unwrap();
                assert_eq!(found.unwrap().name, format!("T{number}"));
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
        let count = Aggregate::of::<Team>().measure(Measure::Count);
        assert_eq!(storage.aggregate(&count).await.unwrap()[0].measures, [Value::Int(64)]);
    };
    for mut builder in [tokio::runtime::Builder::new_current_thread(), tokio::runtime::Builder::new_multi_thread()] {
        let place = place();
        let runtime = builder.enable_all().build().unwrap();
        runtime.block_on(work(Arc::new(open(&place.path))));
        runtime.block_on(work(Arc::new(SqliteStorage::in_memory(schema()).unwrap())));
    }
}
