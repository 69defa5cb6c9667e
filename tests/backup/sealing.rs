//! Seals, made and broken without the crate: as docs/backup.md describes them.

use std::fmt::Write as _;
use std::path::Path;

use crmkit::prelude::*;
use crmkit::storage::{SqliteOptions, SqliteStorage};
use crmkit::transfer::{Backup, BackupOptions};
use pollster::block_on;
use sha2::{Digest, Sha256};

pub(crate) const SEAL: usize = 500;

/// A content with a seal that says `text`, whatever it is.
pub(crate) fn sealed(content: &[u8], text: &str) -> Vec<u8> {
    let mut bytes = content.to_vec();
    let mut seal = text.as_bytes().to_vec();
    seal.resize(SEAL - 73, b' ');
    bytes.extend(seal);
    bytes.extend(b"\nsha256 ");
    let mut sum = String::new();
    Sha256::digest(&bytes).iter().for_each(|byte| write!(sum, "{byte:02x}").unwrap());
    bytes.extend(sum.bytes());
    bytes.push(b'\n');
    bytes
}

/// The seal's text for a content of this length.
pub(crate) fn text(length: usize) -> String {
    let lines = ["", "crmkit backup 1", "form sqlite", "taken_at 2026-11-22T02:00:00Z", "made_by 0.1.0"];
    format!("{}\nlength {length}\nunpacked {length}\n", lines.join("\n"))
}

/// A database as a sealed backup.
pub(crate) fn sealed_database(database: &[u8]) -> Vec<u8> {
    sealed(database, &text(database.len()))
}

pub(crate) fn open(path: &Path) -> Crm {
    let storage = SqliteStorage::open(path, crmkit::standard_schema().unwrap(), SqliteOptions::default()).unwrap();
    block_on(Crm::builder(storage).open()).unwrap()
}

/// A backup of a database with one customer of this name.
pub(crate) fn backup_of(folder: &Path, customer: &str) -> Backup {
    let crm = open(&folder.join(format!("{customer}.db")));
    block_on(crm.system().customers().create(NewCustomer::new(customer))).unwrap();
    let backup = folder.join(format!("{customer}.backup"));
    let backup = block_on(crm.system().backup(backup, &BackupOptions::default())).unwrap();
    block_on(crm.close()).unwrap();
    backup
}

#[test]
fn a_seal_is_what_the_page_about_backups_says() {
    let folder = tempfile::tempdir().unwrap();
    let backup = backup_of(folder.path(), "Acme");
    let bytes = std::fs::read(backup.path()).unwrap();
    let content = &bytes[..bytes.len() - SEAL];
    let text = text(content.len()).replace("2026-11-22T02:00:00Z", &backup.taken_at().to_string());
    let text = text.replace("0.1.0", env!("CARGO_PKG_VERSION"));
    assert!(bytes == sealed(content, &text), "{}", String::from_utf8_lossy(&bytes[content.len()..]));
}

#[test]
fn sqlite_reads_a_backup_as_it_lies_there() {
    let folder = tempfile::tempdir().unwrap();
    let backup = backup_of(folder.path(), "Acme");
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let connection = rusqlite::Connection::open_with_flags(backup.path(), flags).unwrap();
    let check: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(check, "ok");
    let name: String = connection.query_row("SELECT name FROM cst_customer", [], |row| row.get(0)).unwrap();
    assert_eq!(name, "Acme");
    drop(connection);
    backup.verify().unwrap();
}
