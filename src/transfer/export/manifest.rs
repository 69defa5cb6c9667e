//! What says that an export is whole, and what is in it.

use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::TransferError;
use crate::schema::{ColumnDef, ColumnType, EntityDef};

/// The name of the manifest's file.
pub(in crate::transfer) const MANIFEST: &str = "manifest.json";
/// What an export says it is.
const FORMAT: &str = "crmkit export";
/// The newest form of it that is read and the one that is written.
const VERSION: u64 = 1;
/// A manifest has a line for each field of the schema; a larger file is something else.
const MAX_BYTES: u64 = 64 << 20;

/// What says that an export is whole, and what is in it. Its file holds nothing else, in one form only: a manifest that
/// was changed in any byte is told from one that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::transfer) struct Manifest {
    format: String,
    version: u64,
    /// The program that wrote it, for people.
    written_by: String,
    /// The entities in the order of the schema.
    pub(in crate::transfer) entities: Vec<ManifestEntity>,
    /// The SHA-256 of this file with an empty text in its place.
    pub(in crate::transfer) checksum: String,
}

/// One entity and its file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::transfer) struct ManifestEntity {
    /// The entity's name.
    pub(in crate::transfer) name: String,
    /// How many records, and so lines, its file has.
    pub(in crate::transfer) records: u64,
    /// How many bytes its file has.
    pub(in crate::transfer) bytes: u64,
    /// The SHA-256 of its file.
    pub(in crate::transfer) sha256: String,
    /// Its fields in the order of the file, each with its kind behind a blank.
    pub(in crate::transfer) fields: Vec<String>,
}

impl ManifestEntity {
    /// The name of an entity's file.
    pub(in crate::transfer) fn file(&self) -> String {
        format!("{}.jsonl", self.name)
    }

    /// The fields of a definition, as a manifest says them.
    pub(in crate::transfer) fn fields(def: &EntityDef) -> Vec<String> {
        def.columns.iter().map(|column| format!("{} {}", column.name, Self::kind(column))).collect()
    }

    /// The kind of a field, as a manifest says it.
    pub(in crate::transfer) fn kind(column: &ColumnDef) -> String {
        match &column.column_type {
            ColumnType::Reference(target) => format!("{} {target}", column.column_type.kind()),
            kind => kind.kind().to_owned(),
        }
    }
}

impl Manifest {
    /// The manifest of these entities.
    pub(in crate::transfer) fn new(entities: Vec<ManifestEntity>) -> serde_json::Result<Self> {
        let written_by = concat!("crmkit ", env!("CARGO_PKG_VERSION")).to_owned();
        let mut manifest =
            Self { format: FORMAT.to_owned(), version: VERSION, written_by, entities, checksum: String::new() };
        manifest.checksum = manifest.sum()?;
        Ok(manifest)
    }

    /// How many records the export has.
    pub(in crate::transfer) fn records(&self) -> u64 {
        self.entities.iter().fold(0, |sum, entity| sum.saturating_add(entity.records))
    }

    /// The text of its file.
    pub(in crate::transfer) fn text(&self) -> serde_json::Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// Reads the manifest of an export and sees that it is as it was written.
    pub(in crate::transfer) fn read(folder: &Path) -> Result<Self, TransferError> {
        let no_export = |problem: String| TransferError::NoExport { path: folder.to_owned(), problem };
        if !folder.is_dir() {
            let problem = if folder.exists() { "it is no directory" } else { "there is no such directory" };
            return Err(no_export(problem.to_owned()));
        }
        let path = folder.join(MANIFEST);
        if !path.is_file() {
            return Err(no_export(format!("it has no `{MANIFEST}`, which is written last")));
        }
        let size = path.metadata().map_err(TransferError::file(&path))?.len();
        if size > MAX_BYTES {
            return Err(no_export(format!("its `{MANIFEST}` has {size} bytes, which is no manifest")));
        }
        let bytes = std::fs::read(&path).map_err(TransferError::file(&path))?;
        Self::parse(&bytes, &path)
    }

    fn parse(bytes: &[u8], path: &Path) -> Result<Self, TransferError> {
        let damaged = |problem: &dyn std::fmt::Display| TransferError::damaged(path, None, problem.to_string());
        // What a newer program writes may look otherwise in all but these two fields.
        let json: serde_json::Value = serde_json::from_slice(bytes).map_err(|error| damaged(&error))?;
        if json.get("format").and_then(serde_json::Value::as_str) != Some(FORMAT) {
            let folder = path.parent().unwrap_or(path).to_owned();
            let problem = format!("its `{MANIFEST}` does not say that it is a `{FORMAT}`");
            return Err(TransferError::NoExport { path: folder, problem });
        }
        if let Some(version) = json.get("version").and_then(serde_json::Value::as_u64)
            && version > VERSION
        {
            let (found, known) = (format!("`{FORMAT}` {version}"), format!("`{FORMAT}` {VERSION}"));
            return Err(TransferError::Newer { path: path.to_owned(), found, known });
        }
        let manifest: Self = serde_json::from_slice(bytes).map_err(|error| damaged(&error))?;
        let unreadable = |error: serde_json::Error| damaged(&error);
        if manifest.version != VERSION
            || manifest.checksum != manifest.sum().map_err(unreadable)?
            || bytes != manifest.text().map_err(unreadable)?.as_bytes()
        {
            return Err(damaged(&"its checksum does not fit"));
        }
        Ok(manifest)
    }

    fn sum(&self) -> serde_json::Result<String> {
        let open = Self { checksum: String::new(), ..self.clone() };
        Ok(hex(&Sha256::digest(open.text()?)))
    }
}

/// Bytes as lower-case hexadecimal digits.
pub(in crate::transfer) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
