//! Exports that were damaged, or made up by somebody who knows how.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use crmkit::prelude::*;
use crmkit::testing::builder;
use crmkit::transfer::{ExportOptions, LoadOptions, export_to, load_from};
use pollster::block_on;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::world::WORLD;

const MANIFEST: &str = "manifest.json";
/// What stands around the checksum of a line, and how long it is.
const SUM: (&str, &str, usize) = (",\"sum\":\"", "\"}", 16);

type Files = BTreeMap<String, Vec<u8>>;

static EXPORT: LazyLock<Export> = LazyLock::new(Export::new);

struct Export {
    folder: TempDir,
    files: Files,
}

#[derive(PartialEq, Serialize, Deserialize)]
struct Manifest {
    format: serde_json::Value,
    version: serde_json::Value,
    written_by: serde_json::Value,
    entities: Vec<Entity>,
    checksum: String,
}

#[derive(PartialEq, Serialize, Deserialize)]
struct Entity {
    name: String,
    records: u64,
    bytes: u64,
    sha256: String,
    fields: Vec<String>,
}

impl Export {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("export");
        block_on(WORLD.demo.administrator.export(&place, ExportOptions::default())).unwrap();
        Self { files: files_in(&place), folder }
    }
}

fn files_in(place: &Path) -> Files {
    let entries = fs::read_dir(place).unwrap().map(|entry| entry.unwrap());
    entries.map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())).collect()
}

/// Each line changes a file of a good export: `FILE:LINE:OLD=NEW` puts a text in place of another one in a line,
/// `FILE:LINE:=NEW` puts a line in its place, `FILE:LINE:-` takes it out, and `FILE:LINE:+NEW` puts one before it. Where
/// the first line is `sealed`, every checksum is made to fit again. Then it is loaded into an empty store. What is loaded
/// comes out again as it went in.
pub fn export_format(data: &[u8]) {
    let (sealed, edits) = data.strip_prefix(b"sealed\n").map_or((false, data), |edits| (true, edits));
    let export = &*EXPORT;
    let mut files = export.files.clone();
    for edit in edits.split(|byte| *byte == b'\n').take(20) {
        change(&mut files, &String::from_utf8_lossy(edit));
    }
    if sealed {
        seal(&mut files);
    }
    let place = export.folder.path().join("export");
    let changed: Vec<&String> = files.keys().filter(|name| files.get(*name) != export.files.get(*name)).collect();
    if changed.is_empty() {
        return;
    }
    for name in &changed {
        fs::write(place.join(name), files.get(*name).unwrap()).unwrap();
    }
    block_on(load(&place, &files));
    for name in changed {
        fs::write(place.join(name), export.files.get(name).unwrap()).unwrap();
    }
}

async fn load(place: &Path, files: &Files) {
    let storage = Arc::new(MemoryStorage::new(WORLD.crm.schema().clone()));
    if load_from(&*storage, place, LoadOptions::default()).await.is_err() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let again = folder.path().join("again");
    export_to(&*storage, &again, ExportOptions::default()).await.unwrap();
    let (now, before) = (unsigned(files_in(&again)), unsigned(files.clone()));
    // What an older program has written lacks fields, and comes out with them.
    if fields(&now) == fields(&before) {
        assert!(now == before, "what was loaded is what is exported");
    }
    // It may be anything that the stores hold: opening and looking at it is refused or done.
    let Ok(crm) = builder(storage).open().await else { return };
    let session = crm.system();
    let _ = session.verify().await;
    let _ = session.customers().create(NewCustomer::new("One more")).await;
    let _ = session.report("composition", [("by", "region")]).await;
}

/// Which fields an export has of each entity.
fn fields((_, manifest): &(Files, Option<Manifest>)) -> Vec<&[String]> {
    manifest.iter().flat_map(|manifest| manifest.entities.iter().map(|entity| &*entity.fields)).collect()
}

/// The files without what says who wrote them, which is not loaded, and the checksum over that.
fn unsigned(mut files: Files) -> (Files, Option<Manifest>) {
    let manifest = files.remove(MANIFEST).and_then(|text| serde_json::from_slice::<Manifest>(&text).ok());
    let manifest = manifest.map(|it| Manifest { written_by: Default::default(), checksum: String::new(), ..it });
    (files, manifest)
}

fn change(files: &mut Files, edit: &str) {
    let mut parts = edit.splitn(3, ':');
    let (Some(name), Some(at), Some(what)) = (parts.next(), parts.next(), parts.next()) else { return };
    let Some(content) = files.get_mut(name) else { return };
    let text = String::from_utf8_lossy(content).into_owned();
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    let at = at.parse::<usize>().unwrap_or(0).min(lines.len());
    if let Some(new) = what.strip_prefix('+') {
        lines.insert(at, format!("{new}\n"));
    } else if let Some(line) = lines.get_mut(at) {
        match what.split_once('=') {
            Some(("", new)) => *line = format!("{new}\n"),
            Some((old, new)) => *line = line.replacen(old, new, 1),
            None => line.clear(),
        }
    }
    *content = lines.concat().into_bytes();
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn seal(files: &mut Files) {
    let Some(manifest) = files.get(MANIFEST) else { return };
    let Ok(mut manifest) = serde_json::from_slice::<Manifest>(manifest) else { return };
    for entity in &mut manifest.entities {
        let name = format!("{}.jsonl", entity.name);
        let Some(content) = files.get_mut(&name) else { continue };
        if EXPORT.files.get(&name) == Some(content) {
            continue;
        }
        let text = String::from_utf8_lossy(content).into_owned();
        let lines: Vec<String> = text.lines().map(sealed).collect();
        *content = lines.concat().into_bytes();
        entity.records = lines.len() as u64;
        entity.bytes = content.len() as u64;
        entity.sha256 = hex(&Sha256::digest(&*content));
    }
    manifest.checksum.clear();
    let Ok(open) = serde_json::to_string_pretty(&manifest) else { return };
    manifest.checksum = hex(&Sha256::digest(open + "\n"));
    let Ok(text) = serde_json::to_string_pretty(&manifest) else { return };
    files.insert(MANIFEST.to_owned(), (text + "\n").into_bytes());
}

/// A line with the checksum it should have.
fn sealed(line: &str) -> String {
    let end = SUM.0.len() + SUM.1.len() + SUM.2;
    let content = line.len().checked_sub(end).and_then(|at| line.split_at_checked(at));
    let content = content.filter(|(_, tail)| tail.starts_with(SUM.0)).map_or(line, |(content, _)| content);
    let sum = hex(&Sha256::digest(content));
    format!("{content}{}{}{}\n", SUM.0, &sum[..SUM.2], SUM.1)
}
