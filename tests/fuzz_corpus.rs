//! Everything that a fuzzer has found worth keeping, through what the fuzzers call: see `tests/fuzz/README.md`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(unreachable_pub, reason = "they are public in the package of the fuzzers")]
#[path = "fuzz/src/lib.rs"]
mod targets;

fn each(name: &str, target: fn(&[u8])) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(name);
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 12, "{} has {} files", folder.display(), files.len());
    for file in files {
        println!("{}", file.display());
        target(&std::fs::read(&file).unwrap());
    }
}

#[test]
fn csv_import() {
    each("csv_import", targets::csv_import);
}

#[test]
fn cursor() {
    each("cursor", targets::cursor);
}

#[test]
fn export_format() {
    each("export_format", targets::export_format);
}

#[test]
fn number_pattern() {
    each("number_pattern", targets::number_pattern);
}

#[test]
fn report_definition() {
    each("report_definition", targets::report_definition);
}

#[test]
fn search_text() {
    each("search_text", targets::search_text);
}
