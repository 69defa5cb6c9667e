//! What only the SQLite store does: files, migration, refusals to open, committing together, closing.
#![cfg(feature = "sqlite")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, dead_code)]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crmkit::change::{Change, ChangeSet};
use crmkit::error::Refusal;
use crmkit::id::{Id, RecordId, SetId, Version};
use crmkit::query::{Aggregate, Filter, Measure, Query};
use crmkit::schema::{DecodeError, Entity, EntityFacts, Facts, Record, Schema};
use crmkit::storage::{
    MemoryStorage, Reader, ReaderExt, SqliteOptions, SqliteStorage, Storage, StorageErrorKind, Synchronous,
};
use crmkit::value::{Date, Timestamp, Value};
use pollster::block_on;
use tempfile::TempDir;

crmkit::entity!(
    #[entity("q_team", "团队", "Team")]
    #[inputs(NewTeam, TeamPatch)]
    /// Some who work together.
    pub struct Team {
        /// What they are called.
        pub name: String,
    }
);

impl EntityFacts for Team {
    fn facts() -> Facts {
        Facts::default().unique::<Self>(&[&Team::name])
    }
}

crmkit::entity!(
    #[entity("q_person", "人", "Person")]
    #[inputs(NewPerson, PersonPatch)]
    /// Somebody.
    pub struct Person {
        /// What he is called.
        pub name: String,
        /// Where he is.
        pub region: Option<String>,
        /// With whom he works.
        pub team: Option<Id<Team>>,
        /// Since when.
        pub since: Option<Date>,
        /// How often he came.
        pub visits: i64,
    }
);

impl EntityFacts for Person {
    fn facts() -> Facts {
        Facts::default().index::<Self>(&[&Person::region])
    }
}

/// The same tables in a later program.
mod later {
    use crmkit::id::Id;
    use crmkit::schema::{EntityFacts, Facts};
    use crmkit::value::Date;

    use super::Team;

    crmkit::entity!(
        #[entity("q_person", "人", "Person")]
        #[inputs(NewPerson, PersonPatch)]
        /// Somebody.
        pub struct Person {
            /// What he is called.
            pub name: String,
            /// Where he is.
            pub region: Option<String>,
            /// With whom he works.
            pub team: Option<Id<Team>>,
            /// Since when.
            pub since: Option<Date>,
            /// How often he came.
            pub visits: i64,
            /// Where he is written to.
            pub mail: Option<String>,
            /// Who brought him.
            pub brought_by: Option<Id<Person>>,
        }
    );

    impl EntityFacts for Person {
        fn facts() -> Facts {
            Facts::default()
                .index::<Self>(&[&Person::region, &Person::name])
                .unique_when::<Self>(&[&Person::mail], Person::visits.gt(0))
                .unique_when::<Self>(&[&Person::mail], Person::region.eq("it's"))
        }
    }

    crmkit::entity!(
        #[entity("q_note", "笔记", "Note")]
        #[inputs(NewNote, NotePatch)]
        /// Something written down.
        pub struct Note {
            /// What.
            pub text: String,
            /// About whom.
            pub about: Id<Person>,
        }
    );

    impl EntityFacts for Note {}
}

/// The same table in a program that asks for more than can be added.
mod stricter {
    use crmkit::schema::EntityFacts;

    crmkit::entity!(
        #[entity("q_team", "团队", "Team")]
        #[inputs(NewTeam, TeamPatch)]
        /// Some who work together.
        pub struct Team {
            /// What they are called.
            pub name: String,
            /// How many there may be.
            pub size: i64,
        }
    );

    impl EntityFacts for Team {}
}

fn schema() -> Arc<Schema> {
    Schema::builder().with::<Team>().with::<Person>().build().unwrap()
}

fn later_schema() -> Arc<Schema> {
    Schema::builder().with::<Team>().with::<later::Person>().with::<later::Note>().build().unwrap()
}

/// Most tests need no power cut.
fn quick() -> SqliteOptions {
    SqliteOptions { synchronous: Synchronous::Off, ..Default::default() }
}

struct Place {
    _folder: TempDir,
    path: PathBuf,
}

fn place() -> Place {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("crm.db");
    Place { _folder: folder, path }
}

fn open(path: &Path) -> SqliteStorage {
    SqliteStorage::open(path, schema(), quick()).unwrap()
}

fn open_error(path: &Path, options: SqliteOptions) -> (StorageErrorKind, String) {
    let error = SqliteStorage::open(path, schema(), options).unwrap_err();
    (error.kind(), error.to_string())
}

fn id(number: u128) -> RecordId {
    RecordId::from_bytes(number.to_be_bytes())
}

fn set(number: u128) -> ChangeSet {
    ChangeSet::new(SetId(id(number)), Timestamp::EPOCH, "test")
}

fn team(number: u128, name: &str) -> Record {
    Team::draft(Id::new(id(number)), NewTeam { name: name.into(), ..Default::default() }).into_record()
}

fn person(number: u128, name: &str, region: &str, team: Option<u128>) -> Record {
    let new = NewPerson {
        name: name.into(),
        region: Some(region.into()),
        team: team.map(|team| Id::new(id(team))),
        ..Default::default()
    };
    Person::draft(Id::new(id(number)), new).into_record()
}

fn sql(path: &Path, text: &str) {
    let connection = rusqlite::Connection::open(path).unwrap();
    connection.execute_batch(text).unwrap();
}

fn names(storage: &dyn Reader) -> Vec<String> {
    let query = Query::of::<Team>().order(Team::name.asc()).limit(10_000);
    let page = block_on(storage.query(&query)).unwrap();
    page.records.iter().map(|record| record.value(0).to_string()).collect()
}

#[test]
fn what_was_committed_is_there_after_a_restart() {
    let place = place();
    {
        let storage = SqliteStorage::open(&place.path, schema(), SqliteOptions::default()).unwrap();
        block_on(storage.commit(&set(1).with(Change::Insert(team(1, "华东"))))).unwrap();
    }
    let storage = open(&place.path);
    assert_eq!(names(&storage), ["华东"]);
    assert!(block_on(storage.committed(SetId(id(1)))).unwrap().unwrap().replayed);
    assert_eq!(block_on(storage.verify()).unwrap(), Vec::<String>::new());
}

#[test]
fn a_file_is_made_only_if_it_may_be() {
    let place = place();
    let careful = SqliteOptions { create: false, ..quick() };
    let (kind, message) = open_error(&place.path, careful.clone());
    assert_eq!(kind, StorageErrorKind::Unavailable);
    assert!(message.contains("there is no file"), "{message}");
    assert!(!place.path.exists());

    std::fs::write(&place.path, "").unwrap();
    assert_eq!(open_error(&place.path, careful.clone()).0, StorageErrorKind::Outdated);
    SqliteStorage::migrate(&place.path, &schema(), &careful).unwrap();
    SqliteStorage::open(&place.path, schema(), careful).unwrap();

    let nowhere = place.path.parent().unwrap().join("no folder").join("crm.db");
    let (kind, message) = open_error(&nowhere, quick());
    assert_eq!(kind, StorageErrorKind::Unavailable);
    assert!(message.contains("no folder") && message.contains("check that its folder exists"), "{message}");
}

#[test]
fn what_is_not_ours_is_left_alone() {
    let place = place();
    std::fs::write(&place.path, "Dear diary, this is certainly no database. ".repeat(200)).unwrap();
    let before = std::fs::read(&place.path).unwrap();
    let all = SqliteOptions { migrate: true, ..quick() };
    let (kind, message) = open_error(&place.path, all.clone());
    assert_eq!((kind, message.contains("not a SQLite database")), (StorageErrorKind::Foreign, true), "{message}");
    assert_eq!(std::fs::read(&place.path).unwrap(), before);

    std::fs::remove_file(&place.path).unwrap();
    sql(&place.path, "CREATE TABLE songs (title TEXT); INSERT INTO songs VALUES ('x')");
    let before = std::fs::read(&place.path).unwrap();
    let (kind, message) = open_error(&place.path, all.clone());
    assert_eq!((kind, message.contains("another program")), (StorageErrorKind::Foreign, true), "{message}");
    let error = SqliteStorage::migrate(&place.path, &schema(), &all).unwrap_err();
    assert_eq!(error.kind(), StorageErrorKind::Foreign);
    assert_eq!(std::fs::read(&place.path).unwrap(), before);
}

#[test]
fn what_a_newer_program_wrote_is_left_alone() {
    let place = place();
    drop(open(&place.path));
    sql(&place.path, "PRAGMA user_version = 99");
    let (kind, message) = open_error(&place.path, SqliteOptions { migrate: true, ..quick() });
    assert_eq!((kind, message.contains("format 99")), (StorageErrorKind::Newer, true), "{message}");
    let error = SqliteStorage::migrate(&place.path, &schema(), &quick()).unwrap_err();
    assert_eq!(error.kind(), StorageErrorKind::Newer);
}

#[test]
fn what_is_missing_is_added_once() {
    let place = place();
    {
        let storage = open(&place.path);
        let changes = [team(1, "A"), person(2, "Li", "it's", Some(1))].map(Change::Insert);
        block_on(storage.commit(&changes.into_iter().fold(set(1), ChangeSet::with))).unwrap();
    }
    let error = SqliteStorage::open(&place.path, later_schema(), quick()).unwrap_err();
    assert_eq!(error.kind(), StorageErrorKind::Outdated);
    let message = error.to_string();
    assert!(message.contains("`q_person.mail`") && message.contains("and 2 more; call `migrate`"), "{message}");

    let steps = SqliteStorage::migration_sql(&place.path, &later_schema(), &quick()).unwrap();
    assert!(steps.contains("ALTER TABLE \"q_person\" ADD COLUMN \"mail\" TEXT;"), "{steps}");
    SqliteStorage::migrate(&place.path, &later_schema(), &quick()).unwrap();
    SqliteStorage::migrate(&place.path, &later_schema(), &quick()).unwrap();
    assert_eq!(SqliteStorage::migration_sql(&place.path, &later_schema(), &quick()).unwrap(), "");

    let storage = SqliteStorage::open(&place.path, later_schema(), quick()).unwrap();
    let li: later::Person = block_on(storage.load(Id::new(id(2)))).unwrap().unwrap();
    assert_eq!((li.name.as_str(), li.mail, li.brought_by), ("Li", None, None));
    // The index of the earlier program is still there, and that is all.
    let found = block_on(storage.verify()).unwrap();
    assert_eq!(found, ["the index `ix_q_person_region` on `q_person` is not in the schema"]);
}

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
fn migrating_while_opening_is_a_choice() {
    let place = place();
    drop(open(&place.path));
    let all = SqliteOptions { migrate: true, ..quick() };
    drop(SqliteStorage::open(&place.path, later_schema(), all).unwrap());
    drop(SqliteStorage::open(&place.path, later_schema(), quick()).unwrap());
}

#[test]
fn what_can_not_be_added_is_said() {
    let place = place();
    drop(open(&place.path));
    let stricter = Schema::builder().with::<stricter::Team>().with::<Person>().build().unwrap();
    let error = SqliteStorage::migrate(&place.path, &stricter, &quick()).unwrap_err();
    assert_eq!(error.kind(), StorageErrorKind::Outdated);
    assert!(error.to_string().contains("the required column `q_team.size` is missing"), "{error}");
    // Nothing else was done either.
    drop(open(&place.path));
}

#[test]
fn records_that_collide_stop_a_new_key() {
    let place = place();
    drop(open(&place.path));
    sql(&place.path, "DROP INDEX uq_q_team_name");
    sql(&place.path, "INSERT INTO q_team VALUES (x'00000000000000000000000000000001', 1, 'A', NULL)");
    sql(&place.path, "INSERT INTO q_team VALUES (x'00000000000000000000000000000002', 1, 'A', NULL)");
    let error = SqliteStorage::migrate(&place.path, &schema(), &quick()).unwrap_err();
    assert_eq!(error.kind(), StorageErrorKind::Outdated);
    assert!(error.to_string().contains("records share what shall be unique"), "{error}");
}

#[test]
fn the_printed_sql_makes_the_same_database() {
    let (printed, migrated) = (place(), place());
    let text = SqliteStorage::migration_sql(&printed.path, &later_schema(), &quick()).unwrap();
    assert!(!printed.path.exists());
    sql(&printed.path, &text);
    SqliteStorage::migrate(&migrated.path, &later_schema(), &quick()).unwrap();
    let tables = |path: &Path| -> Vec<(String, String)> {
        let connection = rusqlite::Connection::open(path).unwrap();
        let mut statement = connection.prepare("SELECT name, coalesce(sql, '') FROM sqlite_schema ORDER BY 1").unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.collect::<rusqlite::Result<_>>().unwrap()
    };
    assert_eq!(tables(&printed.path), tables(&migrated.path));
    drop(SqliteStorage::open(&printed.path, later_schema(), SqliteOptions { create: false, ..quick() }).unwrap());
}

#[test]
fn every_difference_is_said() {
    let place = place();
    let storage = open(&place.path);
    sql(
        &place.path,
        "PRAGMA foreign_keys = OFF;
         DROP INDEX ix_q_person_team;
         DROP INDEX uq_q_team_name;
         CREATE INDEX uq_q_team_name ON q_team (name, version);
         CREATE TABLE scratch (x);
         ALTER TABLE q_team ADD COLUMN colour TEXT;
         ALTER TABLE q_person DROP COLUMN since;
         ALTER TABLE q_person ADD COLUMN since INTEGER;
         INSERT INTO q_person (id, version, name, team, visits)
             VALUES (x'00000000000000000000000000000009', 1, 'x', x'00000000000000000000000000000008', 0);",
    );
    let mut found = block_on(storage.verify()).unwrap();
    found.sort();
    let mut expected = [
        "1 records of `q_person` refer to records of `q_team` that do not exist",
        "the column `q_person.since` is INTEGER, but should be TEXT",
        "the column `q_team.colour` is not in the schema",
        "the index `ix_q_person_team` on `q_person` is missing",
        "the index `uq_q_team_name` on `q_team` is over name, version, but should be unique over name",
        "the table `scratch` is not in the schema",
    ];
    expected.sort_unstable();
    assert_eq!(found, expected);
}

#[test]
fn a_database_can_be_read_only() {
    let place = place();
    let reading = SqliteOptions { read_only: true, ..quick() };
    assert_eq!(open_error(&place.path, reading.clone()).0, StorageErrorKind::Unavailable);
    {
        let storage = open(&place.path);
        block_on(storage.commit(&set(1).with(Change::Insert(team(1, "A"))))).unwrap();
    }
    let storage = SqliteStorage::open(&place.path, schema(), reading).unwrap();
    assert_eq!(names(&storage), ["A"]);
    assert_eq!(names(&*block_on(storage.snapshot()).unwrap()), ["A"]);
    let error = block_on(storage.commit(&set(2).with(Change::Insert(team(2, "B"))))).unwrap_err();
    assert_eq!(error.kind(), StorageErrorKind::ReadOnly);
    assert!(block_on(storage.committed(SetId(id(1)))).unwrap().is_some());
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
fn a_damaged_file_is_told_from_a_sound_one() {
    use std::io::{Seek, SeekFrom, Write};
    let place = place();
    {
        let storage = open(&place.path);
        let many = (0..500).map(|number| Change::Insert(team(number + 1, &format!("Team {number}"))));
        block_on(storage.commit(&many.fold(set(1), ChangeSet::with))).unwrap();
    }
    let size = std::fs::metadata(&place.path).unwrap().len();
    let mut file = std::fs::OpenOptions::new().write(true).open(&place.path).unwrap();
    file.seek(SeekFrom::Start(size / 2)).unwrap();
    file.write_all(&vec![0xA5; usize::try_from(size / 2).unwrap()]).unwrap();
    drop(file);
    let storage = open(&place.path);
    let error = block_on(storage.collect(Query::of::<Team>().filter(Team::name.contains("team")))).unwrap_err();
    assert_eq!(error.kind(), StorageErrorKind::Corrupt);
    assert_ne!(block_on(storage.verify()).unwrap(), Vec::<String>::new());
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
    let mut waiting: Vec<_> = sets.iter().map(|set| storage.commit(set)).collect();
    let waker = std::task::Waker::noop();
    for future in &mut waiting {
        assert!(future.as_mut().poll(&mut std::task::Context::from_waker(waker)).is_pending());
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
