//! Restoring over every state a database can be found in, with a look at the folder between any two steps: what lies
//! there is what a crash at that moment leaves.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use pollster::block_on;

use super::*;
use crate::crm::Crm;
use crate::customers::{Customer, NewCustomer};
use crate::query::Query;
use crate::transfer::BackupOptions;

type Files = BTreeMap<String, Vec<u8>>;

fn files(folder: &Path) -> Files {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries
        .filter(|entry| entry.file_type().unwrap().is_file())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        // Which process reads where is nobody's loss.
        .filter(|(name, _)| !name.ends_with("-shm"))
        .collect()
}

fn laid_out(files: &Files) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    files.iter().for_each(|(name, bytes)| fs::write(folder.path().join(name), bytes).unwrap());
    folder
}

fn opened(path: &Path) -> Result<Crm> {
    let schema = crate::standard_schema()?;
    block_on(Crm::builder(SqliteStorage::open(path, schema, SqliteOptions::default())?).open())
}

/// The customers in a database.
fn customers(path: &Path) -> Result<Vec<String>> {
    let crm = opened(path)?;
    let found = block_on(crm.system().customers().list(Query::of::<Customer>().order(Customer::name.asc())))?;
    assert!(block_on(crm.system().verify())?.is_empty());
    Ok(found.items.into_iter().map(|customer| customer.name).collect())
}

/// A database as a crash leaves it: one customer in the file, one in the log.
fn crashed() -> Files {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("crm.db");
    let crm = opened(&path).unwrap();
    block_on(crm.system().customers().create(NewCustomer::new("Filed"))).unwrap();
    block_on(crm.close()).unwrap();
    let crm = opened(&path).unwrap();
    block_on(crm.system().customers().create(NewCustomer::new("Logged"))).unwrap();
    let files = files(folder.path());
    assert!(!files["crm.db-wal"].is_empty());
    files
}

fn backup(folder: &Path) -> Backup {
    let crm = opened(&folder.join("other.db")).unwrap();
    block_on(crm.system().customers().create(NewCustomer::new("New"))).unwrap();
    block_on(crm.system().backup(folder.join("crm.backup"), &BackupOptions::default())).unwrap()
}

/// Restores over these files, and gives what lay in the folder at each step.
fn restored(present: &Files, backup: &Backup) -> (Vec<(Step, Files)>, Option<PathBuf>, tempfile::TempDir) {
    let folder = laid_out(present);
    let database = folder.path().join("crm.db");
    let options = SqliteOptions { busy_timeout: std::time::Duration::ZERO, ..Default::default() };
    let new = block_on(backup.prepared(&database, &crate::standard_schema().unwrap(), &options)).unwrap();
    let mut seen = Vec::new();
    let look = |step| seen.push((step, files(folder.path())));
    let done = new.put(&database, options.busy_timeout, Timestamp::EPOCH, look).unwrap();
    (seen, done.kept, folder)
}

fn old_or_new(present: &Files, old: Option<&[&str]>) {
    let elsewhere = tempfile::tempdir().unwrap();
    let backup = backup(elsewhere.path());
    let (seen, kept, folder) = restored(present, &backup);
    let steps: Vec<Step> = seen.iter().map(|(step, _)| *step).collect();
    assert_eq!(steps, [Step::Begun, Step::Kept, Step::Cleared, Step::Replaced]);
    for (step, files) in seen {
        let there = laid_out(&files);
        let database = there.path().join("crm.db");
        match step {
            Step::Replaced => assert_eq!(customers(&database).unwrap(), ["New"]),
            Step::Begun | Step::Kept | Step::Cleared => match old {
                Some(old) => assert_eq!(customers(&database).unwrap(), old, "{step:?}"),
                None => assert_eq!(files.get("crm.db"), present.get("crm.db"), "{step:?}"),
            },
        }
    }
    // The old one is whole under its other name, and the new one is not mixed with it.
    if let (Some(old), Some(kept)) = (old, kept) {
        assert!(kept.ends_with("crm.db.replaced-19700101T000000Z"), "{}", kept.display());
        assert_eq!(customers(&kept).unwrap(), old);
    }
    assert_eq!(customers(&folder.path().join("crm.db")).unwrap(), ["New"]);
    let names = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(names.into_iter().all(|name| !name.to_str().unwrap().starts_with(".crmkit")));
}

#[test]
fn over_a_database_that_was_closed() {
    let folder = laid_out(&crashed());
    // Opening takes in what is in the log.
    assert_eq!(customers(&folder.path().join("crm.db")).unwrap(), ["Filed", "Logged"]);
    old_or_new(&files(folder.path()), Some(&["Filed", "Logged"]));
}

#[test]
fn over_a_database_that_a_crash_left() {
    old_or_new(&crashed(), Some(&["Filed", "Logged"]));
}

#[test]
fn over_nothing() {
    old_or_new(&Files::new(), None);
}

#[test]
fn over_an_empty_file() {
    old_or_new(&Files::from([("crm.db".to_owned(), Vec::new())]), None);
}

#[test]
fn over_the_log_of_a_database_that_is_gone() {
    let mut files = crashed();
    files.remove("crm.db");
    old_or_new(&files, None);
}

#[test]
fn over_a_database_that_can_not_be_read() {
    let mut present = crashed();
    present.get_mut("crm.db").unwrap()[..100].fill(0xFF);
    old_or_new(&present, None);
    let elsewhere = tempfile::tempdir().unwrap();
    let (_, kept, folder) = restored(&present, &backup(elsewhere.path()));
    let (after, kept) = (files(folder.path()), kept.unwrap());
    let kept = kept.file_name().unwrap().to_str().unwrap();
    assert_eq!(after[kept], present["crm.db"]);
    assert_eq!(after[&format!("{kept}-wal")], present["crm.db-wal"]);
}

#[test]
fn over_a_database_with_damaged_pages() {
    let mut present = crashed();
    present.get_mut("crm.db").unwrap()[100..40_000].fill(0);
    let elsewhere = tempfile::tempdir().unwrap();
    let (_, kept, folder) = restored(&present, &backup(elsewhere.path()));
    assert_eq!(customers(&folder.path().join("crm.db")).unwrap(), ["New"]);
    assert!(kept.unwrap().is_file());
}

#[test]
fn what_can_not_be_done_is_taken_back() {
    let elsewhere = tempfile::tempdir().unwrap();
    let backup = backup(elsewhere.path());
    let folder = laid_out(&crashed());
    let database = folder.path().join("crm.db");
    let schema = crate::standard_schema().unwrap();
    let new = block_on(backup.prepared(&database, &schema, &SqliteOptions::default())).unwrap();
    let gone = new.path();
    let take_away = |step| {
        if step == Step::Cleared {
            fs::remove_file(&gone).unwrap();
        }
    };
    new.put(&database, Duration::ZERO, Timestamp::EPOCH, take_away).unwrap_err();
    assert_eq!(files(folder.path()).keys().collect::<Vec<_>>(), ["crm.db"]);
    assert_eq!(customers(&database).unwrap(), ["Filed", "Logged"]);
}
