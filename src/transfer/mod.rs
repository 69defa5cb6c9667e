//! Data that comes from outside and goes there: importing files, moving in from the classic CRM, exporting a whole
//! organisation to load it into another store, and backups.

#[cfg(feature = "backup")]
mod backup;
mod classic;
mod export;
mod import;
mod load;
mod run;
mod session;

#[cfg(all(feature = "backup", feature = "sqlite"))]
pub use backup::Restored;
#[cfg(feature = "backup")]
pub use backup::{Backup, BackupForm, BackupJob, BackupOptions, Rotation};
pub use classic::{
    MigrateFromClassic, MigratedTable, MigrationError, MigrationOutput, MigrationReport, RejectedOldRow,
};
pub use export::{ExportOptions, ExportSummary, TransferError, TransferProgress, TransferStage, export_to};
pub use import::{
    FieldDef, ImportContext, ImportError, ImportField, ImportKind, ImportKindBuilder, ImportOptions, ImportOutput,
    ImportReport, OnDuplicate, Progress, RejectedRow, import, kinds,
};
pub use load::{CheckedExport, LoadOptions, LoadSummary, load_from};
pub use run::{ImportRejects, ImportRejectsPatch, ImportRun, ImportRunPatch, NewImportRejects, NewImportRun};
