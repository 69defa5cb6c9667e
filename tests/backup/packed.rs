//! Packed backups: from any store, into any store.

use std::fs;
use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

use crate::host::Folder;
use crate::sealing::{SEAL, sealed, text};

/// A store with something in it, made by the lines of a script.
const FILL: &str = "init --time-zone Europe/Berlin\nimport customers c.csv\nimport orders o.csv --set status=paid\n";

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("c.csv", "number,name\nK1,Acme\nK2,Globex\n");
    folder.write("o.csv", "number,customer,date\nA1,K1,2026-01-05\nA2,K2,2026-01-06\n");
    folder.write("fill.crm", format!("{FILL}backup m.backup\n"));
    folder
}

/// What a store says of itself.
fn told(folder: &Folder, database: &str) -> String {
    let lines = ["list customers", "list orders", "list dictionary", "list users", "verify"];
    lines.map(|line| folder.ok(&format!("--db {database} {line}"))).concat()
}

/// Files by name, in their order.
type Members = Vec<(String, Vec<u8>)>;

/// The files in a packed backup.
fn members(backup: &[u8]) -> Members {
    let mut archive = tar::Archive::new(GzDecoder::new(&backup[..backup.len() - SEAL]));
    let entries = archive.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let (name, mut bytes) = (entry.path().unwrap().to_str().unwrap().to_owned(), Vec::new());
        entry.read_to_end(&mut bytes).unwrap();
        (name, bytes)
    });
    entries.collect()
}

/// A packed backup of files.
fn packed(members: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o600);
        archive.append_data(&mut header, name, &bytes[..]).unwrap();
    }
    resealed(&archive.into_inner().unwrap(), |unpacked| unpacked)
}

/// A tar as a sealed backup, which says of its length what it shall say.
fn resealed(tar: &[u8], unpacked: impl Fn(usize) -> usize) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(tar).unwrap();
    let mut content = gzip.finish().unwrap();
    content.resize(content.len().next_multiple_of(512), 0);
    let text = text(content.len()).replace("form sqlite", "form export");
    let (said, says) = (format!("unpacked {}", content.len()), format!("unpacked {}", unpacked(tar.len())));
    sealed(&content, &text.replace(&said, &says))
}

#[test]
fn memory_goes_into_memory_and_sqlite_and_out_again() {
    let folder = folder();
    folder.ok("--db memory: script fill.crm");
    folder.ok("restore m.backup");
    let first = told(&folder, "sqlite:crm.db");
    assert!(first.contains("Globex") && first.contains("no faults"), "{first}");
    // From SQLite in the portable form, into a place that is free and over another database.
    folder.ok("backup --portable p.backup");
    folder.ok("--db sqlite:second.db restore p.backup");
    assert_eq!(told(&folder, "sqlite:second.db"), first);
    folder.write("more.csv", "number,name\nK3,Initech\n");
    folder.ok("--db sqlite:second.db import customers more.csv");
    let said = folder.ok("--db sqlite:second.db restore p.backup");
    assert!(said.contains("second.db.replaced-"), "{said}");
    assert_eq!(told(&folder, "sqlite:second.db"), first);
    // And into memory.
    folder.write("ask.crm", "restore p.backup\nlist customers\nverify\n");
    let said = folder.ok("--db memory: script ask.crm");
    assert!(said.contains("Globex") && said.contains("no faults"), "{said}");
    // What a store holds is packed to the same bytes wherever it comes from.
    folder.ok("--db sqlite:second.db backup --portable again.backup");
    let read = |name: &str| members(&fs::read(folder.path(name)).unwrap());
    assert!(read("again.backup") == read("p.backup"));
    assert!(folder.names().iter().all(|name| !name.starts_with(".crmkit")));
}

#[test]
fn a_store_with_records_is_not_loaded_over() {
    let folder = folder();
    folder.ok("--db memory: script fill.crm");
    folder.write("twice.crm", "init\nrestore m.backup\n");
    let run = folder.run("--db memory: script twice.crm");
    assert_eq!(run.code, 1);
    assert!(run.err.contains("is not empty"), "{}", run.err);
}

#[test]
fn a_database_goes_into_sqlite_only() {
    let folder = folder();
    folder.ok("import customers c.csv");
    folder.ok("backup s.backup");
    folder.write("ask.crm", "restore s.backup\n");
    let run = folder.run("--db memory: script ask.crm");
    assert!(run.code == 1 && run.err.contains("holds a SQLite database"), "{}", run.err);
}

#[test]
fn a_changed_member_is_found_before_anything_is_touched() {
    let folder = folder();
    folder.ok("--db memory: script fill.crm");
    folder.ok("restore m.backup");
    let good = fs::read(folder.path("m.backup")).unwrap();
    let files = members(&good);
    let customers = files.iter().position(|(name, _)| name == "cst_customer.jsonl").unwrap();
    let tar = {
        let mut tar = Vec::new();
        GzDecoder::new(&good[..]).read_to_end(&mut tar).unwrap();
        tar
    };
    let with = |change: &dyn Fn(&mut Members)| {
        let mut files = files.clone();
        change(&mut files);
        packed(&files)
    };
    let kinds: Vec<(&str, Vec<u8>)> = vec![
        (
            "a letter",
            with(&|files| {
                let text = String::from_utf8(files[customers].1.clone()).unwrap();
                files[customers].1 = text.replace("Acme", "Acne").into_bytes();
            }),
        ),
        (
            "a record less",
            with(&|files| {
                let end = files[customers].1.iter().position(|byte| *byte == b'\n').unwrap();
                files[customers].1.drain(..=end);
            }),
        ),
        ("a file less", with(&|files| drop(files.remove(customers)))),
        ("no manifest", with(&|files| files.retain(|(name, _)| name != "manifest.json"))),
        (
            "another manifest",
            with(&|files| {
                let manifest = files.iter_mut().find(|(name, _)| name == "manifest.json").unwrap();
                manifest.1 =
                    String::from_utf8(manifest.1.clone()).unwrap().replace("cst_customer", "cst_costumer").into();
            }),
        ),
        ("a file more", with(&|files| files.push(("more.jsonl".into(), b"{}\n".to_vec())))),
        ("a file twice", with(&|files| files.push(files[customers].clone()))),
        ("a folder", with(&|files| files[customers].0 = "a/cst_customer.jsonl".into())),
        ("nothing", packed(&[])),
        ("more than was sealed", resealed(&tar, |length| length / 2)),
        ("not packed", sealed(&[0; 512], &text(512).replace("form sqlite", "form export"))),
        ("a flipped bit", {
            let mut bytes = good.clone();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 4;
            bytes
        }),
    ];
    // What was taken apart and put together again is what it was.
    folder.write("same.backup", packed(&files));
    folder.ok("--db sqlite:same.db restore same.backup");
    for (what, bytes) in kinds {
        folder.write("bad.backup", bytes);
        let (names, database) = (folder.names(), fs::read(folder.path("crm.db")).unwrap());
        let said = folder.refused(1, "restore bad.backup");
        assert!(said.contains("bad.backup"), "{what}: {said}");
        assert_eq!(names, folder.names(), "{what}");
        assert!(database == fs::read(folder.path("crm.db")).unwrap(), "{what}");
        folder.refused(1, "--db sqlite:new.db restore bad.backup");
        assert_eq!(names, folder.names(), "{what}");
    }
}

#[cfg(all(feature = "postgres", feature = "testing"))]
#[test]
fn postgresql_goes_into_a_fresh_schema_and_into_sqlite() {
    let server = crmkit::testing::ThrowawayPostgres::start().unwrap();
    let address = |schema: &str| {
        let separator = if server.url().contains('?') { '&' } else { '?' };
        format!("'{}{separator}schema={schema}'", server.url())
    };
    let (one, two) = (address(&server.fresh_schema()), address(&server.fresh_schema()));
    let folder = folder();
    folder.ok(&format!("--db {one} script fill.crm"));
    let first = told(&folder, &one);
    folder.ok("restore m.backup");
    assert_eq!(told(&folder, "sqlite:crm.db"), first);
    folder.ok(&format!("--db {two} restore m.backup"));
    assert_eq!(told(&folder, &two), first);
    let said = folder.refused(1, &format!("--db {one} restore m.backup"));
    assert!(said.contains("is not empty"), "{said}");
    assert_eq!(told(&folder, &one), first);
}
