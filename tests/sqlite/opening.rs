//! Opening, migrating and verifying files.

use super::*;

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
fn what_a_program_that_was_killed_left_half_done_is_taken_back() {
    let place = place();
    {
        let storage = SqliteStorage::open(&place.path, schema(), quick()).unwrap();
        let teams = (1..=300).fold(set(1), |set, number| {
            set.with(Change::Insert(team(number, &format!("team {number} {}", "x".repeat(400)))))
        });
        block_on(storage.commit(&teams)).unwrap();
        block_on(storage.close()).unwrap();
    }
    // Another program's transaction, of which a part is in the file already; what takes it back lies beside it.
    let other = rusqlite::Connection::open(&place.path).unwrap();
    other.pragma_update(None, "journal_mode", "DELETE").unwrap();
    other.pragma_update(None, "cache_size", 1).unwrap();
    other.execute_batch("BEGIN IMMEDIATE; UPDATE q_team SET name = name || ' half done'").unwrap();
    let left = place.path.with_file_name("left.db");
    std::fs::copy(&place.path, &left).unwrap();
    std::fs::copy(place.path.with_file_name("crm.db-journal"), place.path.with_file_name("left.db-journal")).unwrap();

    let names = names(&open(&left));
    assert_eq!(names.len(), 300);
    assert!(names.iter().all(|name| name.ends_with("xx")), "{names:?}");
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
    let stricter =
        Schema::builder().definition(stricter::Team::definition()).definition(Person::definition()).build().unwrap();
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
fn a_crash_loses_nothing_that_was_acknowledged() {
    let (living, dead) = (place(), place());
    let storage = SqliteStorage::open(&living.path, schema(), SqliteOptions::default()).unwrap();
    for number in 1..=20 {
        block_on(storage.commit(&set(number).with(Change::Insert(team(number, &format!("T{number}")))))).unwrap();
    }
    // What a process that is killed leaves behind: the database and its log, both as they are at that moment.
    for suffix in ["", "-wal"] {
        let file = |place: &Place| PathBuf::from(format!("{}{suffix}", place.path.display()));
        std::fs::copy(file(&living), file(&dead)).unwrap();
    }
    let revived = open(&dead.path);
    assert_eq!(names(&revived), names(&storage));
    assert_eq!(names(&revived).len(), 20);
    assert_eq!(block_on(revived.verify()).unwrap(), Vec::<String>::new());
}

#[test]
fn a_closed_store_leaves_one_file() {
    let place = place();
    let storage = open(&place.path);
    block_on(storage.commit(&set(1).with(Change::Insert(team(1, "A"))))).unwrap();
    assert_eq!(names(&storage), ["A"]);
    drop(storage);
    let left: Vec<_> =
        std::fs::read_dir(place.path.parent().unwrap()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, ["crm.db"]);
}

#[test]
fn names_that_sqlite_takes_for_something_else_are_no_trap() {
    for name in ["", ":memory:"] {
        let error = SqliteStorage::open(name, schema(), quick()).unwrap_err();
        assert_eq!(error.kind(), StorageErrorKind::Invalid, "{name}");
    }
    let place = place();
    let odd = place.path.with_file_name("file:crm.db?mode=memory");
    let storage = open(&odd);
    block_on(storage.commit(&set(1).with(Change::Insert(team(1, "A"))))).unwrap();
    drop(storage);
    assert!(odd.exists());
    assert_eq!(names(&open(&odd)), ["A"]);
}
