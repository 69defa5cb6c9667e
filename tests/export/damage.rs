//! What is damaged is refused, and says where; nothing is written.

use std::collections::BTreeMap;

use crmkit::transfer::{ExportOptions, LoadOptions, TransferError, export_to, load_from};
use pollster::block_on;

use crate::host::{files, place, put};
use crate::small::{count, empty, filled};

type Files = BTreeMap<String, Vec<u8>>;

fn exported() -> Files {
    let (_folder, place) = place();
    block_on(async { export_to(&*filled().await, &place, ExportOptions::default()).await }).unwrap();
    files(&place)
}

/// Loads these files, which must be refused and leave the store empty.
fn refused(files: &Files, what: &str) -> TransferError {
    let (_folder, place) = place();
    put(&place, files);
    block_on(async {
        let store = empty();
        let error = load_from(&*store, &place, LoadOptions::default()).await;
        assert_eq!(count(&*store).await, 0, "{what}");
        error.err().unwrap_or_else(|| panic!("{what}: was loaded"))
    })
}

#[test]
fn any_byte_that_is_changed_is_seen() {
    let good = exported();
    let (_folder, place) = place();
    put(&place, &good);
    let store = empty();
    block_on(load_from(&*empty(), &place, LoadOptions::default())).unwrap();
    let mut tried = 0;
    for (name, content) in &good {
        for at in 0..content.len() {
            let mut bad = content.clone();
            bad[at] ^= 1 << (at % 8);
            std::fs::write(place.join(name), &bad).unwrap();
            let error = block_on(load_from(&*store, &place, LoadOptions::default()));
            let error = error.err().unwrap_or_else(|| panic!("{name}, byte {at}: was loaded"));
            if name.ends_with(".jsonl") {
                let line = content[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
                let said = error.to_string();
                // A line that got another end shows at its end, or as one too many.
                let near = [line, line + 1].map(|line| format!("{name}` line {line}: "));
                assert!(near.iter().any(|near| said.contains(near)), "{name}, byte {at} of line {line}: {said}");
            }
            tried += 1;
        }
        std::fs::write(place.join(name), content).unwrap();
    }
    assert!(tried > 4_000, "{tried}");
    assert_eq!(block_on(count(&*store)), 0);
    // It was the damage that was refused.
    block_on(load_from(&*store, &place, LoadOptions::default())).unwrap();
}

#[test]
fn a_file_that_is_cut_off_anywhere_is_seen() {
    let good = exported();
    for (name, content) in &good {
        for at in (0..content.len()).step_by(17) {
            let mut bad = good.clone();
            bad.insert(name.clone(), content[..at].to_vec());
            let error = refused(&bad, &format!("{name} cut off behind {at} bytes"));
            let known = ["transfer.damaged", "transfer.no_export"].contains(&error.code());
            assert!(
                known && error.to_string().contains("manifest.json") || error.to_string().contains(name),
                "{error}"
            );
        }
    }
}

fn edited(files: &Files, name: &str, from: &str, to: &str) -> Files {
    let text = String::from_utf8(files[name].clone()).unwrap();
    assert!(text.contains(from), "{from}");
    let mut edited = files.clone();
    edited.insert(name.to_owned(), text.replacen(from, to, 1).into_bytes());
    edited
}

/// The manifest with a change in it and a checksum that fits again, as somebody writes it who knows how.
fn forged(files: &Files, from: &str, to: &str) -> Files {
    use sha2::{Digest, Sha256};
    let mut forged = edited(files, "manifest.json", from, to);
    let text = String::from_utf8(forged["manifest.json"].clone()).unwrap();
    let (open, _) = text.rsplit_once("\"checksum\": \"").unwrap();
    let open = format!("{open}\"checksum\": \"");
    let sum: String = Sha256::digest(format!("{open}\"\n}}\n")).iter().map(|byte| format!("{byte:02x}")).collect();
    forged.insert("manifest.json".into(), format!("{open}{sum}\"\n}}\n").into_bytes());
    forged
}

#[test]
fn a_forged_manifest_that_changes_nothing_is_none() {
    let good = exported();
    let text = String::from_utf8(good["manifest.json"].clone()).unwrap();
    assert_eq!(forged(&good, "hst_node", "hst_node")["manifest.json"], text.into_bytes());
}

#[test]
fn each_kind_of_damage_is_told_by_its_name() {
    let good = exported();
    let nodes = String::from_utf8(good["hst_node.jsonl"].clone()).unwrap();
    let lines: Vec<&str> = nodes.split_inclusive('\n').collect();
    let with = |lines: &[&str]| {
        let mut files = good.clone();
        files.insert("hst_node.jsonl".into(), lines.concat().into_bytes());
        files
    };
    let swapped = |one: &str, other: &str| {
        let mut files = good.clone();
        files.insert(one.into(), good[other].clone());
        files.insert(other.into(), good[one].clone());
        files
    };
    let without = |name: &str| {
        let mut files = good.clone();
        files.remove(name);
        files
    };
    let and = |name: &str| {
        let mut files = good.clone();
        files.insert(name.into(), b"{}".to_vec());
        files
    };
    let twice = [&lines[..3], &lines[2..]].concat();
    let exchanged = [&lines[..2], &[lines[3], lines[2]], &lines[4..]].concat();
    let doctored = |from: &str, to: &str| edited(&good, "hst_node.jsonl", from, to);
    let foreign = Files::from([("manifest.json".to_owned(), br#"{"name": "an app", "version": 3}"#.to_vec())]);
    let newer = edited(&good, "manifest.json", "\"version\": 1,", "\"version\": 2,");
    let cases: Vec<(&str, Files, &str, &str)> = vec![
        ("no manifest", without("manifest.json"), "transfer.no_export", "it has no `manifest.json`"),
        ("nothing", Files::new(), "transfer.no_export", "it has no `manifest.json`"),
        ("a foreign directory", foreign, "transfer.no_export", "is no export"),
        ("a list", Files::from([("manifest.json".to_owned(), b"[]".to_vec())]), "transfer.no_export", "is no export"),
        ("a newer format", newer, "transfer.newer", "has the format `crmkit export` 2"),
        ("a missing file", without("hst_egg.jsonl"), "transfer.damaged", "hst_egg.jsonl`: the file is missing"),
        ("a further file", and("sys_user.jsonl"), "transfer.no_export", "`sys_user.jsonl` is no part of it"),
        ("swapped files", swapped("hst_egg.jsonl", "hst_hen.jsonl"), "transfer.damaged", "hst_"),
        ("a missing line", with(&lines[..11]), "transfer.damaged", "hst_node.jsonl` line 12: the file ends here"),
        ("the first line missing", with(&lines[1..]), "transfer.damaged", "line 12: the file ends here"),
        ("a further line", with(&[&lines[..], &lines[..1]].concat()), "transfer.damaged", "line 13: there are more"),
        ("a line twice", with(&twice), "transfer.damaged", "hst_node.jsonl` line 4: the record"),
        ("lines exchanged", with(&exchanged), "transfer.damaged", "hst_node.jsonl` line 4: the record"),
        ("a cut line", with(&[&lines[..11], &[&lines[11][..40]]].concat()), "transfer.damaged", "line 12: the line is"),
        ("a changed value", doctored("普通0", "普通9"), "transfer.damaged", "line 1: its checksum does not fit"),
        ("a changed version", doctored("\"version\":4", "\"version\":5"), "transfer.damaged", "line 1: its checksum"),
        (
            "an edited count",
            edited(&good, "manifest.json", "\"records\": 12", "\"records\": 11"),
            "transfer.damaged",
            "manifest.json`: its checksum",
        ),
        (
            "an edited checksum",
            edited(&good, "manifest.json", "\"checksum\": \"", "\"checksum\": \"0"),
            "transfer.damaged",
            "manifest.json`",
        ),
        (
            "a blank in the manifest",
            edited(&good, "manifest.json", "{\n", "{ \n"),
            "transfer.damaged",
            "manifest.json`",
        ),
        (
            "a further word",
            edited(&good, "manifest.json", "\"version\"", "\"more\": 1, \"version\""),
            "transfer.damaged",
            "manifest.json`",
        ),
        (
            "a forged count",
            forged(&good, "\"records\": 12", "\"records\": 11"),
            "transfer.damaged",
            "line 12: there are more lines than the 11",
        ),
        (
            "a forged length",
            forged(&good, "\"bytes\": ", "\"bytes\": 1"),
            "transfer.damaged",
            "its checksum is not that of the manifest",
        ),
        (
            "a forged hash",
            forged(&good, "\"sha256\": \"", "\"sha256\": \"0"),
            "transfer.damaged",
            "its checksum is not that of the manifest",
        ),
        (
            "an unknown entity",
            forged(&good, "\"hst_node\"", "\"hst_mode\""),
            "transfer.schema",
            "there is no entity `hst_mode`",
        ),
        (
            "the load's own",
            forged(&good, "\"hst_node\"", "\"sec_load_run\""),
            "transfer.schema",
            "there is no entity `sec_load_run`",
        ),
        (
            "a path for a name",
            forged(&good, "\"hst_node\"", "\"../hst_node\""),
            "transfer.schema",
            "there is no entity `../hst_node`",
        ),
        ("an entity twice", forged(&good, "\"hst_egg\"", "\"hst_hen\""), "transfer.damaged", "is in it twice"),
        (
            "an unknown field",
            forged(&good, "\"beside reference", "\"besides reference"),
            "transfer.schema",
            "`hst_node` has no field `besides`",
        ),
        (
            "another kind",
            forged(&good, "\"count int\"", "\"count text\""),
            "transfer.schema",
            "`hst_node.count` is a `text` in the export and a `int`",
        ),
        (
            "another target",
            forged(&good, "beside reference hst_node", "beside reference hst_egg"),
            "transfer.schema",
            "`hst_node.beside`",
        ),
        (
            "a field twice",
            forged(&good, "\"rate rate\"", "\"amount money\""),
            "transfer.schema",
            "is in the export twice",
        ),
        (
            "a required field less",
            forged(&good, "\n        \"count int\",", ""),
            "transfer.schema",
            "lack the required field `count`",
        ),
        (
            "an optional field less",
            forged(&good, "\n        \"rate rate\",", ""),
            "transfer.damaged",
            "line 1: there is no field `rate`",
        ),
    ];
    for (what, files, code, says) in &cases {
        let error = refused(files, what);
        assert_eq!(error.code(), *code, "{what}: {error}");
        let said = error.to_string();
        assert!(said.contains(says) && !said.contains('\n'), "{what}: {said}");
    }
    assert!(cases.len() > 30);
}

#[test]
fn what_is_no_directory_is_refused() {
    block_on(async {
        let (folder, place) = place();
        std::fs::write(folder.path().join("file"), "").unwrap();
        for (path, says) in [(place, "there is no such directory"), (folder.path().join("file"), "it is no directory")]
        {
            let error = load_from(&*empty(), &path, LoadOptions::default()).await.unwrap_err();
            assert!(error.to_string().contains(says), "{error}");
        }
    });
}
