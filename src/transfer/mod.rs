//! Data that comes from outside: importing files, and moving in from the classic CRM.

mod classic;
mod import;
mod run;
mod session;

pub use classic::{
    MigrateFromClassic, MigratedTable, MigrationError, MigrationOutput, MigrationReport, RejectedOldRow,
};
pub use import::{
    FieldDef, ImportContext, ImportError, ImportField, ImportKind, ImportKindBuilder, ImportOptions, ImportOutput,
    ImportReport, OnDuplicate, Progress, RejectedRow, import, kinds,
};
pub use run::{ImportRejects, ImportRejectsPatch, ImportRun, ImportRunPatch, NewImportRejects, NewImportRun};
