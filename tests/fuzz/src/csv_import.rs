//! Files that somebody imports.

use std::io::Cursor;

use crmkit::prelude::*;
use crmkit::transfer::{ImportKind, ImportOptions, ImportOutput, ImportReport, OnDuplicate, kinds};
use pollster::block_on;

use super::world::WORLD;

/// Lines that begin with `!` say how, the rest is the file: CSV, or a workbook. Nothing is written unless a line says
/// `!commit` and there is something to write; then what the import does is what it said it would do, it is done once, and the store is sound.
pub fn csv_import(data: &[u8]) {
    let mut rest = data;
    let mut options = ImportOptions::new(ImportKind::named("customers").unwrap());
    let mut commit = false;
    while let Some((line, behind)) = rest.strip_prefix(b"!").and_then(split) {
        let line = String::from_utf8_lossy(line);
        let (word, value) = line.split_once(' ').unwrap_or((&line, ""));
        let (left, right) = value.split_once('=').unwrap_or((value, ""));
        options = match word {
            "map" => options.map(left, right),
            "or_map" => options.or_map(left, right),
            "set" => options.set(left, right),
            "value" => {
                let (from, to) = right.split_once('=').unwrap_or((right, ""));
                options.map_value(left, from, to)
            }
            "sheet" => options.sheet(value),
            "skip" => options.on_duplicate(OnDuplicate::Skip),
            "update" => options.on_duplicate(OnDuplicate::Update),
            _ => options,
        };
        match word {
            "kind" => options.kind = kinds().into_iter().find(|kind| kind.name() == value).unwrap_or(options.kind),
            "batch" => options.batch_rows = value.parse().unwrap_or(options.batch_rows),
            "cell" => options.max_cell_bytes = value.parse().unwrap_or(options.max_cell_bytes),
            "commit" => commit = true,
            _ => {}
        }
        rest = behind;
    }
    let planned = imported(&WORLD.crm, &options.clone().dry_run(), rest);
    if let Some(planned) = planned.filter(|planned| commit && planned.progress.imported + planned.progress.updated > 0)
    {
        committed(&options, rest, &planned);
    }
}

fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    Some((bytes.get(..end)?, bytes.get(end + 1..)?))
}

fn imported(crm: &Crm, options: &ImportOptions, file: &[u8]) -> Option<ImportReport> {
    let mut rejects = Vec::new();
    let output = ImportOutput { rejects: Some(&mut rejects), ..Default::default() };
    block_on(crm.system().import(options, Cursor::new(file), output)).ok()
}

fn committed(options: &ImportOptions, file: &[u8], planned: &ImportReport) {
    let crm = WORLD.again();
    let done = imported(&crm, options, file).unwrap();
    assert_eq!(done.progress, planned.progress, "what was said is what is done");
    let again = imported(&crm, options, file).unwrap();
    assert_eq!((again.progress, again.resumed_at), (done.progress, done.progress.rows), "once is enough");
    assert_eq!(block_on(crm.system().verify()).unwrap(), Vec::<String>::new());
}
