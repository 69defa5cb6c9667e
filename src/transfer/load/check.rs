//! Looking at a whole export before anything is written.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use super::read::Source;
use crate::organisation::LoadRun;
use crate::rollup::is_derived;
use crate::schema::{Entity, EntityDef, Schema};
use crate::transfer::export::{Layout, MANIFEST, Manifest, ManifestEntity};
use crate::transfer::{TransferError, TransferProgress, TransferStage};

/// The files of an export, as far as the manifest and the schema say that they can be loaded.
pub(super) fn sources(folder: &Path, manifest: &Manifest, schema: &Schema) -> Result<Vec<Source>, TransferError> {
    let mut names = HashSet::new();
    let mut sources = Vec::new();
    for said in &manifest.entities {
        let wrong = |problem: String| TransferError::Schema { problem };
        let def = schema.entity(&said.name).filter(|def| def.name != LoadRun::NAME && !is_derived(&def.name));
        let def = def.ok_or_else(|| wrong(format!("there is no entity `{}`; register it", said.name)))?;
        if !names.insert(&said.name) {
            return Err(TransferError::damaged(
                &folder.join(MANIFEST),
                None,
                format!("`{}` is in it twice", said.name),
            ));
        }
        let layout = Layout::new(def, places(def, said).map_err(wrong)?);
        sources.push(Source { path: folder.join(said.file()), said: said.clone(), layout });
    }
    nothing_else(folder, manifest)?;
    for source in &sources {
        if !source.path.is_file() {
            return Err(source.damaged(None, "the file is missing"));
        }
    }
    Ok(sources)
}

/// Where the fields of a file stand in the definition.
fn places(def: &Arc<EntityDef>, said: &ManifestEntity) -> Result<Vec<usize>, String> {
    let mut places = Vec::new();
    for field in &said.fields {
        let (name, kind) = field.split_once(' ').unwrap_or((field, ""));
        let (entity, found) = (&said.name, def.column(name).and_then(|place| Some((place, def.columns.get(place)?))));
        let Some((place, column)) = found else {
            return Err(format!("`{entity}` has no field `{name}`; load it with a program that has it"));
        };
        let known = ManifestEntity::kind(column);
        if known != kind {
            return Err(format!("`{entity}.{name}` is a `{kind}` in the export and a `{known}` in the schema"));
        }
        if places.contains(&place) {
            return Err(format!("`{entity}.{name}` is in the export twice"));
        }
        places.push(place);
    }
    // What a later version of the program has added is without value, where that may be.
    let lacking = |(place, column): &(usize, &crate::schema::ColumnDef)| column.required && !places.contains(place);
    match def.columns.iter().enumerate().find(lacking).filter(|_| said.records > 0) {
        Some((_, column)) => Err(format!("the records of `{}` lack the required field `{}`", said.name, column.name)),
        None => Ok(places),
    }
}

/// A file that the manifest does not name may be what somebody thinks is loaded; one whose name begins with a dot is
/// the system's own.
fn nothing_else(folder: &Path, manifest: &Manifest) -> Result<(), TransferError> {
    let mut known: HashSet<String> = manifest.entities.iter().map(ManifestEntity::file).collect();
    known.insert(MANIFEST.to_owned());
    let failed = || TransferError::file(folder);
    for entry in std::fs::read_dir(folder).map_err(failed())? {
        let entry = entry.map_err(failed())?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if !known.contains(&*name) && !name.starts_with('.') {
            let problem = format!("`{name}` is no part of it; move that away");
            return Err(TransferError::NoExport { path: folder.to_owned(), problem });
        }
    }
    Ok(())
}

/// Reads every file to its end and sees that it is what was exported, and that each record may be stored.
pub(super) fn contents(
    sources: &[Source],
    schema: &Schema,
    mut tell: impl FnMut(&TransferProgress),
) -> Result<(), TransferError> {
    const TOLD_EVERY: u64 = 1_000;
    let total = sources.iter().fold(0_u64, |sum, source| sum.saturating_add(source.said.records));
    let mut done = 0;
    for source in sources {
        let mut lines = source.open()?.hashed();
        let mut last = None;
        while let Some(record) = lines.record()? {
            if let Some(problem) = source.layout.problem(schema, &record) {
                return Err(lines.damaged(problem));
            }
            if last >= Some(record.id) {
                return Err(lines.damaged(format!("the record {} is not behind the one before it", record.id)));
            }
            if record.version.0.checked_sub(2).is_none() {
                return Err(lines.damaged(format!("the version {} is out of range", record.version)));
            }
            last = Some(record.id);
            done += 1;
            if done % TOLD_EVERY == 0 || lines.number() == source.said.records {
                let entity = source.layout.def().name.clone();
                tell(&TransferProgress { stage: TransferStage::Checking, entity, done, total: Some(total) });
            }
        }
        lines.finish()?;
    }
    Ok(())
}
