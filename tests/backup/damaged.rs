//! Backups that are damaged, or none: each is refused in a line, and nothing is touched.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crmkit::storage::SqliteOptions;
use crmkit::transfer::Backup;
use pollster::block_on;
use rusqlite::Connection;

use crate::host::Folder;
use crate::sealing::{SEAL, backup_of, sealed, sealed_database, text};

type Files = BTreeMap<String, Vec<u8>>;

/// Everything in a folder, to the byte.
fn files(folder: &Path) -> Files {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let files = entries.filter(|entry| entry.file_type().unwrap().is_file());
    files.map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())).collect()
}

/// Changes a database with SQL and gives its bytes.
fn changed(database: &[u8], sql: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("changed.db");
    fs::write(&path, database).unwrap();
    let connection = Connection::open(&path).unwrap();
    connection.execute_batch(sql).unwrap();
    drop(connection);
    fs::read(path).unwrap()
}

/// What is wrong, the bytes, and what is said about it.
fn kinds(good: &[u8], other: &[u8]) -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let database = &good[..good.len() - SEAL];
    let half = database.len() / 2 / 4_096 * 4_096;
    let flipped = |place: usize| {
        let mut bytes = good.to_vec();
        bytes[place] ^= 0x10;
        bytes
    };
    let written = |from: &str, to: &str| {
        let text = text(database.len()).replace(from, to);
        sealed(database, &text)
    };
    let foreign = {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("albums.db");
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch("CREATE TABLE albums (title TEXT); INSERT INTO albums VALUES ('Blue')").unwrap();
        drop(connection);
        fs::read(path).unwrap()
    };
    let end = good.len();
    vec![
        ("an empty file", Vec::new(), "is not a backup"),
        ("cut within the header", good[..60].to_vec(), "is not a backup"),
        ("cut in the middle of a page", good[..half + 1_000].to_vec(), "is not a backup"),
        ("cut between two pages", good[..half].to_vec(), "is not a backup"),
        ("cut before the seal", database.to_vec(), "is not a backup"),
        ("cut within the seal", good[..end - 100].to_vec(), "is not a backup"),
        ("without the last byte", good[..end - 1].to_vec(), "is not a backup"),
        ("a page taken out", [&good[..half], &good[half + 4_096..]].concat(), "is damaged"),
        ("more behind the seal", [good, b"more"].concat(), "is not a backup"),
        ("twice", [good, good].concat(), "is not a backup"),
        ("a bit of the header", flipped(20), "is damaged"),
        ("a bit in the middle", flipped(half), "is damaged"),
        ("a bit of the last page", flipped(end - SEAL - 1), "is damaged"),
        ("a bit of the seal", flipped(end - SEAL + 40), "is damaged"),
        ("a bit of the padding", flipped(end - 200), "is damaged"),
        ("a bit of the sum", flipped(end - 10), "is damaged"),
        ("a sum of other bytes", [&good[..end - 65], &[b'0'; 64], b"\n"].concat(), "is damaged"),
        ("the halves of two backups", [&good[..half], &other[half..]].concat(), "is damaged"),
        ("another backup's seal", [database, &other[other.len() - SEAL..]].concat(), "is damaged"),
        ("all zeros", vec![0; end], "is not a backup"),
        ("a newer form", written("backup 1", "backup 2"), "newer program"),
        ("an unknown content", written("form sqlite", "form parquet"), "is damaged"),
        ("a wrong length", written("length ", "length 1"), "is damaged"),
        ("a newer database", sealed_database(&changed(database, "PRAGMA user_version = 9999")), "newer program"),
        ("another program's database", foreign.clone(), "is not a backup"),
        ("another program's database, sealed", sealed_database(&foreign), "another program"),
        ("no database, sealed", sealed_database(&[7; 4_096]), "is not a SQLite database"),
        ("an empty database, sealed", sealed_database(&[]), "is an empty database"),
        ("pages of zeros, sealed", sealed_database(&[&database[..half], &vec![0; database.len() - half]].concat()), ""),
        (
            "references to nothing, sealed",
            sealed_database(&changed(database, "PRAGMA foreign_keys = 0; DELETE FROM sys_role")),
            "refer to records",
        ),
        (
            "a required column that is missing, sealed",
            sealed_database(&changed(database, "ALTER TABLE cst_customer RENAME COLUMN name TO called")),
            "cst_customer",
        ),
        ("a text", "dear diary\n".repeat(1_000).into_bytes(), "is not a backup"),
    ]
}

#[test]
fn whatever_is_damaged_is_refused_and_nothing_is_touched() {
    let makers = tempfile::tempdir().unwrap();
    let good = fs::read(backup_of(makers.path(), "Good").path()).unwrap();
    let other = fs::read(backup_of(makers.path(), "Other").path()).unwrap();
    assert_eq!(good.len(), other.len());
    let folder = Folder::new();
    folder.write("present.csv", "number,name\nK1,Present\n");
    folder.ok("import customers present.csv");
    fs::create_dir(folder.path("folder")).unwrap();
    let kinds = kinds(&good, &other);
    assert!(kinds.len() > 12);
    for (what, bytes, sentence) in kinds {
        assert!(bytes != good, "{what} is a good backup");
        folder.write("bad.backup", &bytes);
        let before = (folder.names(), files(&folder.path("")));
        let said = folder.refused(1, "restore bad.backup");
        assert!(said.contains("bad.backup") && said.contains(sentence), "{what}: {said}");
        assert_eq!(before.0, folder.names(), "{what}");
        assert!(before.1 == files(&folder.path("")), "{what}: something was changed");
    }
    for (name, sentence) in
        [("folder", "is not a file"), ("absent.backup", "can't be read"), ("crm.db", "not a backup")]
    {
        let before = files(&folder.path(""));
        let said = folder.refused(1, &format!("restore {name}"));
        assert!(said.contains(name) && said.contains(sentence), "{said}");
        assert!(before == files(&folder.path("")), "{name}");
    }
    // It is the damage that was refused.
    folder.write("good.backup", &good);
    folder.ok("restore good.backup");
    assert!(folder.ok("list customers").contains("Good"));
}

#[test]
fn a_flipped_bit_is_found_in_every_page_and_all_over_the_seal() {
    let folder = tempfile::tempdir().unwrap();
    let backup = backup_of(folder.path(), "Good");
    let mut bytes = fs::read(backup.path()).unwrap();
    let content = bytes.len() - SEAL;
    // A different place in each page, the whole header of the file, and the seal.
    let pages = (0..content / 4_096).map(|page| page * 4_096 + page * 1_237 % 4_096);
    let places: Vec<usize> = pages.chain((0..100).step_by(7)).chain((content..bytes.len()).step_by(4)).collect();
    assert!(places.len() >= 200, "{}", places.len());
    let (schema, options) = (crmkit::standard_schema().unwrap(), SqliteOptions::default());
    let (bad, database) = (folder.path().join("bad.backup"), folder.path().join("target.db"));
    for place in places {
        let bit = 1 << (place % 8);
        bytes[place] ^= bit;
        fs::write(&bad, &bytes).unwrap();
        let restore = |backup: Backup| {
            let now = crmkit::value::Timestamp::EPOCH;
            block_on(backup.restore_to_sqlite(&database, &schema, &options, now))
        };
        let tried = Backup::open(&bad).and_then(restore);
        assert!(tried.is_err(), "byte {place} of {}", bytes.len());
        assert!(!database.exists(), "byte {place}");
        bytes[place] ^= bit;
    }
    assert_eq!(files(folder.path()).len(), 3);
}
