//! What an import remembers of itself, so that it can be continued.

use crate::id::Id;
use crate::rules::Rules;
use crate::schema::{EntityFacts, Facts};
use crate::value::Timestamp;

crate::entity!(
    #[entity("sys_import_run", "导入", "Import")]
    #[inputs(NewImportRun, ImportRunPatch)]
    /// How far the import of one file with one set of options has come. Written in the same commit as the rows.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Cursor;
    ///
    /// use crmkit::prelude::*;
    /// use crmkit::transfer::{ImportKind, ImportOptions, ImportOutput, ImportRun};
    ///
    /// # pollster::block_on(async {
    /// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let options = ImportOptions::new(ImportKind::named("products")?);
    /// crm.system().import(&options, Cursor::new("code,name\nT1,Tea\nT2,\n"), ImportOutput::default()).await?;
    /// let runs = crm.system().of::<ImportRun>().list(Query::of::<ImportRun>()).await?.items;
    /// assert_eq!((runs[0].kind.as_str(), runs[0].rows_done), ("products", 2));
    /// assert_eq!((runs[0].imported, runs[0].rejected), (1, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub struct ImportRun {
        /// What tells one run from another: a hash over the file and the options that decide what comes of it.
        #[label("指纹", "Fingerprint")]
        pub fingerprint: String,
        /// The kind that is imported, such as `orders`.
        #[label("类型", "Kind")]
        pub kind: String,
        /// How many rows the file has.
        #[label("总行数", "Rows")]
        pub rows_total: i64,
        /// How many of them are decided, counted from the first.
        #[label("已处理", "Rows done")]
        pub rows_done: i64,
        /// How many became new records.
        #[label("新增", "Imported")]
        pub imported: i64,
        /// How many changed a record that was there.
        #[label("更新", "Updated")]
        pub updated: i64,
        /// How many were left out because their record was there.
        #[label("跳过", "Skipped")]
        pub skipped: i64,
        /// How many were rejected.
        #[label("拒绝", "Rejected")]
        pub rejected: i64,
        /// When the first row was committed.
        #[label("开始时间", "Started at")]
        pub started_at: Timestamp,
        /// When the last row was committed.
        #[label("结束时间", "Finished at")]
        pub finished_at: Option<Timestamp>,
    }
);

crate::entity!(
    #[entity("sys_import_rejects", "导入拒绝行", "Import rejects")]
    #[inputs(NewImportRejects, ImportRejectsPatch)]
    /// The rows that one commit of an import rejected, so that a continued run can report all of them again.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Cursor;
    ///
    /// use crmkit::prelude::*;
    /// use crmkit::transfer::{ImportKind, ImportOptions, ImportOutput, ImportRejects};
    ///
    /// # pollster::block_on(async {
    /// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let options = ImportOptions::new(ImportKind::named("products")?);
    /// crm.system().import(&options, Cursor::new("code,name\nT1,Tea\nT2,\n"), ImportOutput::default()).await?;
    /// let rejects = crm.system().of::<ImportRejects>().list(Query::of::<ImportRejects>()).await?.items;
    /// // The second row, on the third line.
    /// assert_eq!(rejects[0].rows[0][0], 2);
    /// assert_eq!(rejects[0].rows[0][1], 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub struct ImportRejects {
        /// The run.
        #[label("导入", "Import")]
        pub run: Id<ImportRun>,
        /// The first row of the commit, counted from 1 behind the header.
        #[label("首行", "First row")]
        pub first_row: i64,
        /// A list of `[row, line, reason]`.
        #[label("拒绝行", "Rows")]
        pub rows: serde_json::Value,
    }
);

impl EntityFacts for ImportRun {
    fn facts() -> Facts {
        Facts::default().unique::<Self>(&[&ImportRun::fingerprint]).unrecorded()
    }
}

impl EntityFacts for ImportRejects {
    fn facts() -> Facts {
        Facts::default().unique::<Self>(&[&ImportRejects::run, &ImportRejects::first_row]).append_only().unrecorded()
    }
}

impl Rules for ImportRun {}

impl Rules for ImportRejects {}
