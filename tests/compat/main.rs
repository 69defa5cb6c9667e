//! Stores and backups of every released version are opened, brought up to date, found whole, and worked on.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crmkit::prelude::*;
use crmkit::storage::{MemoryStorage, SqliteOptions, SqliteStorage, Storage};
use crmkit::testing::{builder, demo};
use crmkit::transfer::{Backup, BackupForm, BackupOptions};
use pollster::block_on;
use rusqlite::Connection;
use rusqlite::types::ValueRef;

/// Makes the files of a version, which are then never written again.
const WRITE: &str = "CRMKIT_WRITE_COMPAT";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compat")
}

/// The released versions there are files of.
fn versions() -> Vec<String> {
    let names = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut versions: Vec<String> = names.filter_map(|name| name.strip_suffix(".sql").map(str::to_owned)).collect();
    versions.sort();
    versions
}

fn open(file: &Path) -> SqliteStorage {
    let options = SqliteOptions { migrate: true, ..Default::default() };
    SqliteStorage::open(file, crmkit::standard_schema().unwrap(), options).unwrap()
}

/// What is known of the demo company, and that it can be worked on.
async fn is_whole(storage: Arc<dyn Storage>, what: &str) {
    let crm = builder(storage).ids(crmkit::id::UuidSource::default()).open().await.unwrap();
    let system = crm.system();
    assert_eq!(system.verify().await.unwrap(), [""; 0], "{what}");
    assert_eq!(system.customers().count(Filter::All).await.unwrap(), 3, "{what}");
    let report = system.report("contribution", [("year", "2026")]).await.unwrap();
    assert_eq!(report.table.total("amount").map(ToString::to_string).as_deref(), Some("3696.00"), "{what}");
    let report = system.report("win-rate", [("by", "owner")]).await.unwrap();
    assert!(report.to_csv().contains("王 Wang Wei,1,0,1.000000,12000.00"), "{what}: {}", report.to_csv());

    let li = system.users().named("li").await.unwrap();
    let li = crm.session(li.id).await.unwrap();
    let teahouse = li.customers().named("T-1").await.unwrap();
    assert_eq!((teahouse.name.as_str(), teahouse.region.as_deref()), ("Harbour Teahouse", Some("华东")), "{what}");
    assert!(matches!(li.customers().named("Hotel Lotus").await, Err(Error::NotFound { .. })), "{what}");
    let level = CustomerPatch { level: Some(Rating::Five).into(), ..Default::default() };
    let edited = li.customers().edit(teahouse.id, level).await.unwrap();
    let trail = li.customers().history(edited.id, &Default::default()).await.unwrap();
    system.undo(trail.entries[0].set).await.unwrap();
    assert_eq!(li.customers().get(teahouse.id).await.unwrap().level, Some(Rating::Four), "{what}");
    assert_eq!(system.verify().await.unwrap(), [""; 0], "{what}");
    crm.close().await.unwrap();
}

#[test]
fn a_store_of_every_version_is_opened_and_worked_on() {
    assert!(!versions().is_empty());
    for version in versions() {
        let scratch = tempfile::tempdir().unwrap();
        let file = scratch.path().join("crm.db");
        let sql = std::fs::read_to_string(folder().join(format!("{version}.sql"))).unwrap();
        Connection::open(&file).unwrap().execute_batch(&sql).unwrap();
        block_on(is_whole(Arc::new(open(&file)), &version));
    }
}

#[test]
fn a_backup_of_every_version_goes_into_any_store() {
    for version in versions() {
        let scratch = tempfile::tempdir().unwrap();
        let backup = Backup::open(folder().join(format!("{version}.backup"))).unwrap();
        backup.verify().unwrap();
        let memory = Arc::new(MemoryStorage::new(crmkit::standard_schema().unwrap()));
        block_on(backup.restore_to(&memory)).unwrap();
        block_on(is_whole(memory, &version));
        let sqlite = open(&scratch.path().join("crm.db"));
        block_on(backup.restore_to(&sqlite)).unwrap();
        block_on(is_whole(Arc::new(sqlite), &version));
    }
}

#[test]
fn the_files_of_a_version_are_made_once() {
    let Some(version) = std::env::var_os(WRITE) else { return };
    let version = version.into_string().unwrap();
    let (sql, backup) = (folder().join(format!("{version}.sql")), folder().join(format!("{version}.backup")));
    assert!(!sql.exists() && !backup.exists(), "what was released is not written again");
    let scratch = tempfile::tempdir().unwrap();
    let file = scratch.path().join("crm.db");
    block_on(async {
        let crm = builder(open(&file)).open().await.unwrap();
        demo(&crm).await.unwrap();
        let options = BackupOptions { form: Some(BackupForm::Export) };
        crm.system().backup(&backup, &options).await.unwrap();
        crm.close().await.unwrap();
    });
    std::fs::write(sql, dump(&Connection::open(file).unwrap())).unwrap();
}

/// A database as the statements that make it.
fn dump(database: &Connection) -> String {
    let settings = ["application_id", "user_version"].map(|name| {
        let value: i64 = database.pragma_query_value(None, name, |row| row.get(0)).unwrap();
        format!("PRAGMA {name} = {value};\n")
    });
    let mut text = format!("PRAGMA foreign_keys = OFF;\n{}BEGIN;\n", settings.concat());
    let mut made =
        database.prepare("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid").unwrap();
    let made: Vec<(String, String, String)> =
        made.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap().map(Result::unwrap).collect();
    // What the engine keeps for itself it makes again.
    let tables = made.iter().filter(|(kind, name, _)| kind == "table" && !name.starts_with("sqlite_"));
    for (_, name, sql) in tables {
        writeln!(text, "{sql};").unwrap();
        let mut rows = database.prepare(&format!("SELECT * FROM \"{name}\"")).unwrap();
        let columns = rows.column_count();
        let mut rows = rows.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let values: Vec<String> = (0..columns).map(|column| literal(row.get_ref(column).unwrap())).collect();
            writeln!(text, "INSERT INTO \"{name}\" VALUES ({});", values.join(", ")).unwrap();
        }
    }
    for (_, _, sql) in made.iter().filter(|(kind, ..)| kind != "table") {
        writeln!(text, "{sql};").unwrap();
    }
    text + "COMMIT;\n"
}

fn literal(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "NULL".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => format!("{number:?}"),
        ValueRef::Text(text) => format!("'{}'", std::str::from_utf8(text).unwrap().replace('\'', "''")),
        ValueRef::Blob(bytes) => {
            let hex = bytes.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
            format!("X'{hex}'")
        }
    }
}
