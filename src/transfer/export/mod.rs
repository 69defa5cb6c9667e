//! A whole organisation as a directory of JSON Lines: what is in it, and writing it.

mod error;
mod folder;
mod line;
mod manifest;
mod options;
mod write;

pub use error::TransferError;
pub use options::{ExportOptions, ExportSummary, TransferProgress, TransferStage};
pub use write::export_to;

pub(super) use line::Layout;
pub(super) use manifest::{MANIFEST, Manifest, ManifestEntity, hex};
