//! Data that comes from outside: importing files.

mod import;
mod run;
mod session;

pub use import::{
    FieldDef, ImportContext, ImportError, ImportField, ImportKind, ImportKindBuilder, ImportOptions, ImportOutput,
    ImportReport, OnDuplicate, Progress, RejectedRow, import, kinds,
};
pub use run::{ImportRejects, ImportRejectsPatch, ImportRun, ImportRunPatch, NewImportRejects, NewImportRun};
