//! Importing and exporting as someone.

use std::io::{Read, Seek};
use std::path::Path;
use std::sync::Arc;

use super::{ExportOptions, ExportSummary, TransferError, export_to};
use super::{ImportContext, ImportError, ImportOptions, ImportOutput, ImportReport, import};
use crate::dictionary::DictionaryEntry;
use crate::error::{StorageError, StorageErrorKind};
use crate::schema::Entity;
use crate::session::Session;

impl Session {
    /// Imports a CSV file, or a sheet of a workbook, with the right `data.import`; see [`import`](crate::transfer::import()). What it says of
    /// references, duplicates and statuses holds whatever else the actor may see and do.
    ///
    /// # Errors
    ///
    /// [`ImportError::Refused`] without the right; [`ImportError::Storage`] in a preview or a unit of work, since an
    /// import commits as it goes; else as [`import`](crate::transfer::import()).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Cursor;
    ///
    /// use crmkit::prelude::*;
    /// use crmkit::storage::MemoryStorage;
    /// use crmkit::transfer::{ImportKind, ImportOptions, ImportOutput};
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let options = ImportOptions::new(ImportKind::named("customers")?).map("name", "company");
    /// let file = Cursor::new("number,company,region\nK1,Acme,华东\nK2,Globex,\n");
    /// let report = crm.system().import(&options, file, ImportOutput::default()).await?;
    /// assert_eq!(report.progress.imported, 2);
    /// assert_eq!(crm.system().customers().named("K1").await?.name, "Acme");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn import(
        &self,
        options: &ImportOptions,
        input: impl Read + Seek + Send,
        output: ImportOutput<'_>,
    ) -> Result<ImportReport, ImportError> {
        self.require("data.import").await?;
        if self.is_staged() {
            let message = "an import commits as it goes; to see what it would do, ask it for a dry run";
            return Err(StorageError::new(StorageErrorKind::Unsupported, message).into());
        }
        let crm = self.crm();
        let context = ImportContext {
            actor: self.actor().id(),
            clock: Arc::clone(crm.clock()),
            ids: Arc::clone(crm.ids()),
            zone: crm.organisation().zone(),
        };
        let outcome = import(crm.storage(), &context, options, input, output).await;
        // Also where the import ended early: what it committed before stays.
        if options.kind.entity().name == DictionaryEntry::NAME {
            crm.invalidate_dictionary(None);
        }
        crm.forget_access();
        outcome
    }

    /// Exports the whole organisation to a directory with the right `data.export`; see [`export_to`]. What is written is
    /// everything, whatever else the actor may see, the hashes of passwords included.
    ///
    /// # Errors
    ///
    /// [`TransferError::Denied`] without the right; [`TransferError::Storage`] in a preview or a unit of work, since what
    /// is only staged is not exported; else as [`export_to`].
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    /// use crmkit::storage::MemoryStorage;
    /// use crmkit::transfer::ExportOptions;
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let folder = tempfile::tempdir()?;
    /// let exported = crm.system().export(&folder.path().join("acme"), ExportOptions::default()).await?;
    /// assert!(exported.entities.contains(&("sys_organisation".into(), 1)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn export(&self, dir: &Path, options: ExportOptions<'_>) -> Result<ExportSummary, TransferError> {
        self.require("data.export").await?;
        if self.is_staged() {
            let message = "what is only staged is not exported; export from a session that commits";
            return Err(StorageError::new(StorageErrorKind::Unsupported, message).into());
        }
        export_to(self.crm().storage(), dir, options).await
    }
}
