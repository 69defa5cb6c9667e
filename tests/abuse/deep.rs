//! JSON of a hundred thousand levels, wherever JSON is read: an error, and no stack is overflowed.

use std::fs;
use std::sync::Arc;

use crmkit::prelude::*;
use crmkit::report::{Definition, NewSavedReport, SavedReport};
use crmkit::transfer::{ExportOptions, LoadOptions, load_from};
use sha2::{Digest, Sha256};

use crate::stores::{Place, everywhere, refusal, run};

const LEVELS: usize = 100_000;

/// As small a stack as that of a thread of a small pool.
fn with_a_small_stack<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    std::thread::Builder::new().stack_size(1 << 20).spawn(work).unwrap().join().unwrap()
}

fn nested(open: &str, close: &str, levels: usize) -> String {
    format!("{}{}", open.repeat(levels), close.repeat(levels))
}

#[test]
fn no_text_that_is_nested_deeply_is_read() {
    for (open, close) in
        [("[", "]"), (r#"{"a":"#, "}"), (r#"{"not":"#, "}"), ("[", ""), (r#"{"filter":{"and":["#, "]}}")]
    {
        let json = nested(open, close, LEVELS);
        let read = with_a_small_stack(move || {
            let zone = chrono_tz::UTC;
            let kind = crmkit::schema::ColumnType::Json;
            (
                json.parse::<Definition>().is_err(),
                serde_json::from_str::<Filter>(&json).is_err(),
                serde_json::from_str::<Query>(&json).is_err(),
                kind.parse(&json, zone).is_err(),
            )
        });
        assert_eq!(read, (true, true, true, true), "{open}");
    }
}

/// A host may build JSON that no text could be read as.
#[test]
fn a_definition_that_a_host_has_nested_deeply_is_refused() {
    everywhere(async |place| {
        for levels in [100, 1_000, 3_000] {
            let mut definition = serde_json::json!("all");
            for _ in 0..levels {
                definition = serde_json::Value::Array(vec![definition]);
            }
            let session = place.crm.system();
            let new = NewSavedReport { name: "deep".into(), definition, ..Default::default() };
            let refused = session.of::<SavedReport>().create(new).await.unwrap_err();
            assert!(refusal(&refused), "{levels}: {refused:?}");
        }
    });
}

/// Each file of an export is made to hold a line that is nested deeply, with checksums that fit.
#[test]
fn an_export_that_is_nested_deeply_is_refused() {
    let place = run(Place::new("memory"));
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("all");
    run(place.crm.system().export(&dir, ExportOptions::default())).unwrap();
    let manifest = fs::read_to_string(dir.join("manifest.json")).unwrap();
    let mut tried = 0;
    for file in fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().path()) {
        let Some(name) = file.file_name().and_then(|name| name.to_str()) else { continue };
        let content = fs::read_to_string(&file).unwrap();
        if name == "manifest.json" || content.is_empty() {
            continue;
        }
        let entity = name.split('.').next().unwrap().to_owned();
        // The first line gets a custom field that is nested deeply, and a checksum for it.
        let (first, rest) = content.split_once('\n').unwrap();
        let line = first.split(r#","sum":""#).next().unwrap();
        let line = format!(r#"{line},"custom":{{"x":{}}}"#, nested("[", "]", LEVELS));
        let sum = hex(&Sha256::digest(format!("{entity}\n{line}")))[..16].to_owned();
        let changed = format!("{line},\"sum\":\"{sum}\"}}\n{rest}");
        fs::write(&file, &changed).unwrap();
        let hash = |content: &str| hex(&Sha256::digest(content));
        let said = manifest
            .replace(&hash(&content), &hash(&changed))
            .replace(&format!("\"bytes\": {}", content.len()), &format!("\"bytes\": {}", changed.len()));
        fs::write(dir.join("manifest.json"), said).unwrap();
        let (from, empty) = (dir.clone(), Arc::new(MemoryStorage::new(crmkit::standard_schema().unwrap())));
        let refused = with_a_small_stack(move || {
            pollster::block_on(load_from(&empty, &from, LoadOptions::default())).map(drop).map_err(|it| it.to_string())
        });
        let sentence = refused.unwrap_err();
        assert!(sentence.chars().count() < 1_000, "{name}");
        println!("{name}: {sentence}");
        fs::write(&file, &content).unwrap();
        tried += 1;
    }
    fs::write(dir.join("manifest.json"), nested("[", "]", LEVELS)).unwrap();
    let empty = Arc::new(MemoryStorage::new(crmkit::standard_schema().unwrap()));
    assert!(run(load_from(&empty, &dir, LoadOptions::default())).is_err());
    assert!(tried >= 25, "{tried}");
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
