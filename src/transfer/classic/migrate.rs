//! The migration: one import after the other, in an order in which everything a row names is there.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::MigrationError;
use super::codes;
use super::people::{self, Names};
use super::tables::{TABLES, Table};
use crate::access::{Role, User};
use crate::problem::nearest;
use crate::schema::{ColumnType, Entity};
use crate::session::Session;
use crate::transfer::import::ImportKind;
use crate::transfer::{ImportError, ImportOptions, ImportOutput, ImportReport, OnDuplicate, RejectedRow};

/// Moves the data of a classic CRM into this one, from a folder with a CSV dump of each of its tables.
///
/// A file is called as its table (`sal_chance.csv`, `cst_customer.csv`, …) and its first line has the old column names;
/// upper and lower case make no difference, and tables and columns may be missing. Numbers and Chinese texts of old
/// codes become the codes there are here, `NULL` and `\N` are no value. Users and roles are found by the numbers in
/// `sys_user.csv` and `sys_role.csv`, customers of orders by their name, if only one has it. Passwords are never taken
/// over: whoever moves in gets a new one.
///
/// Each table goes in by [`Session::import`], so that a row that does not fit is rejected with a reason that names the
/// old column, and the same migration run again goes on where it stopped and does nothing where it was done.
/// `docs/migration.md` tells what becomes of which column.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::storage::MemoryStorage;
/// use crmkit::transfer::{MigrateFromClassic, MigrationOutput};
///
/// # pollster::block_on(async {
/// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let dump = tempfile::tempdir()?;
/// std::fs::write(dump.path().join("CST_CUSTOMER.csv"), "CUST_NO,CUST_NAME,CUST_STATUS\nKH071202001,Acme,1\n")?;
/// std::fs::write(dump.path().join("orders.csv"), "odr_id,odr_customer,odr_date,odr_status\n1,Acme,2007-12-02,6\n2,Acne,2007-12-02,5\n")?;
///
/// let mut rejected = Vec::new();
/// let mut on_reject = |row: &crmkit::transfer::RejectedOldRow| rejected.push(row.to_string());
/// let output = MigrationOutput { on_reject: Some(&mut on_reject), ..Default::default() };
/// let report = MigrateFromClassic::new(dump.path()).run(&crm.system(), output).await?;
/// assert_eq!((report.imported(), report.rejected()), (2, 1));
/// assert_eq!(rejected, ["orders.csv, line 3: `odr_customer`: `Acne` does not exist"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone)]
pub struct MigrateFromClassic {
    folder: PathBuf,
    on_duplicate: OnDuplicate,
}

/// Where a migration tells what it does. Everything is optional.
///
/// # Examples
///
/// ```
/// use crmkit::transfer::{MigratedTable, MigrationOutput};
///
/// let mut on_table = |table: &MigratedTable| println!("{}: {} rows", table.file, table.report.progress.imported);
/// let output = MigrationOutput { on_table: Some(&mut on_table), ..Default::default() };
/// assert!(output.rejects.is_none());
/// ```
#[derive(Default)]
pub struct MigrationOutput<'a> {
    /// A folder other than the dump's, made where it is missing. Each file with rejected rows gets a file of its name
    /// there with those rows and a column `error`; repaired, and with `sys_role.csv` and `sys_user.csv` beside them,
    /// they can be migrated as a dump of their own.
    pub rejects: Option<PathBuf>,
    /// Told of every rejected row; of those of earlier runs, too.
    pub on_reject: Option<&'a mut (dyn FnMut(&RejectedOldRow) + Send)>,
    /// Told of every table when it is done.
    pub on_table: Option<&'a mut (dyn FnMut(&MigratedTable) + Send)>,
}

/// A row of a dump that is not in, and why.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::transfer::{MigrateFromClassic, MigrationOutput, RejectedOldRow};
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// # let dump = tempfile::tempdir()?;
/// std::fs::write(dump.path().join("cst_customer.csv"), "cust_no,cust_name\nKH071202001,\n")?;
/// let mut rejected = Vec::new();
/// let mut on_reject = |row: &RejectedOldRow| rejected.push(row.clone());
/// let output = MigrationOutput { on_reject: Some(&mut on_reject), ..Default::default() };
/// MigrateFromClassic::new(dump.path()).run(&crm.system(), output).await?;
/// assert_eq!((rejected[0].file.as_str(), rejected[0].line), ("cst_customer.csv", 2));
/// assert_eq!(rejected[0].reason, "`cust_name` is required");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RejectedOldRow {
    /// The file's name.
    pub file: String,
    /// The line of the file it begins on, counted from 1.
    pub line: u64,
    /// Why, in a sentence; fields have the names of the old columns.
    pub reason: String,
}

/// What came of one table.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::transfer::{MigrateFromClassic, MigrationOutput};
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// # let dump = tempfile::tempdir()?;
/// std::fs::write(dump.path().join("CST_CUSTOMER.csv"), "CUST_NO,CUST_NAME\nKH071202001,Acme\n")?;
/// let report = MigrateFromClassic::new(dump.path()).run(&crm.system(), MigrationOutput::default()).await?;
/// let customers = report.tables.first().ok_or("a table")?;
/// assert_eq!((customers.table, customers.file.as_str()), ("cst_customer", "CST_CUSTOMER.csv"));
/// assert_eq!(customers.report.progress.imported, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MigratedTable {
    /// The old table, such as `sal_chance`.
    pub table: &'static str,
    /// The file's name.
    pub file: String,
    /// How many rows went in, were there, or were rejected.
    pub report: ImportReport,
}

/// What came of a migration.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::transfer::{MigrateFromClassic, MigrationOutput};
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// # let dump = tempfile::tempdir()?;
/// std::fs::write(dump.path().join("cst_customer.csv"), "cust_no,cust_name\nKH071202001,Acme\n")?;
/// std::fs::write(dump.path().join("sys_right.csv"), "right_code\nL01\n")?;
/// let report = MigrateFromClassic::new(dump.path()).run(&crm.system(), MigrationOutput::default()).await?;
/// assert_eq!((report.imported(), report.rejected()), (1, 0));
/// assert_eq!(report.left_out, ["sys_right.csv"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct MigrationReport {
    /// The tables that were there, in the order in which they went in.
    pub tables: Vec<MigratedTable>,
    /// The names of CSV files in the folder that are no table that can be moved, such as `sys_right.csv`.
    pub left_out: Vec<String>,
}

impl MigrateFromClassic {
    /// A migration of the dump in a folder.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), on_duplicate: OnDuplicate::Reject }
    }

    /// Says what happens to a row whose record is there already; without this it is rejected. Roles and entries of the
    /// dictionary that are there always stay as they are.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::transfer::{MigrateFromClassic, OnDuplicate};
    ///
    /// // A dump that has grown since it was migrated: what is there stays as people have changed it meanwhile.
    /// let migration = MigrateFromClassic::new("dump").on_duplicate(OnDuplicate::Skip);
    /// # assert!(format!("{migration:?}").contains("Skip"));
    /// ```
    #[must_use]
    pub const fn on_duplicate(mut self, what: OnDuplicate) -> Self {
        self.on_duplicate = what;
        self
    }

    /// Migrates as whoever the session is for; he needs the right `data.import`.
    ///
    /// Before anything is written, all files are found and their columns checked. The folder is read with the blocking
    /// calls of the standard library.
    ///
    /// # Errors
    ///
    /// [`MigrationError`]. Tables and rows that were in before it stay; run the same migration again to go on.
    pub async fn run(
        &self,
        session: &Session,
        mut output: MigrationOutput<'_>,
    ) -> Result<MigrationReport, MigrationError> {
        let (dumps, left_out) = self.dumps()?;
        let people = People::read(&dumps)?;
        let options = dumps.iter().map(|dump| Ok((dump, self.options(dump, &people)?)));
        let options = options.collect::<Result<Vec<_>, MigrationError>>()?;
        let rejects = output.rejects.as_deref().map(|folder| self.rejects_folder(folder)).transpose()?;
        let mut report = MigrationReport { tables: Vec::new(), left_out };
        for (dump, options) in options {
            let done = dump.import(session, &options, rejects, &mut output.on_reject).await?;
            let table = MigratedTable { table: dump.table.name, file: dump.file.clone(), report: done };
            if let Some(told) = &mut output.on_table {
                told(&table);
            }
            report.tables.push(table);
        }
        Ok(report)
    }

    /// The files that are old tables, in the order in which they go in, and the names of the other CSV files.
    fn dumps(&self) -> Result<(Vec<Dump>, Vec<String>), MigrationError> {
        let failed = |source| MigrationError::File { path: self.folder.clone(), source };
        let mut found: BTreeMap<usize, Dump> = BTreeMap::new();
        let mut left_out = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if !path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv")) || path.is_dir() {
                continue;
            }
            let file = path.file_name().map(OsStr::to_string_lossy).unwrap_or_default().into_owned();
            let table = TABLES.iter().enumerate().find(|(_, table)| table.file().eq_ignore_ascii_case(&file));
            let Some((place, table)) = table else {
                left_out.push(file);
                continue;
            };
            let dump = Dump::open(table, path, file)?;
            if let Some(other) = found.insert(place, dump)
                && let Some(dump) = found.get(&place)
            {
                let mut names = [other.file, dump.file.clone()];
                names.sort_unstable();
                let [first, second] = names;
                return Err(MigrationError::SameTable { first, second });
            }
        }
        if found.is_empty() {
            let known = TABLES.iter().map(|table| table.name).collect::<Vec<_>>().join(" ");
            return Err(MigrationError::NoTables { path: self.folder.clone(), known });
        }
        left_out.sort_unstable();
        Ok((found.into_values().collect(), left_out))
    }

    /// How the columns of a dump become fields.
    fn options(&self, dump: &Dump, people: &People) -> Result<ImportOptions, MigrationError> {
        let kind = dump.table.kind().map_err(|source| dump.failed(source))?;
        let mut options = ImportOptions::new(kind.clone()).on_duplicate(dump.table.on_duplicate(self.on_duplicate));
        for (field, columns) in dump.table.fields {
            let Some(name) = columns.first().copied() else { continue };
            let names = people.of(&kind, name);
            let mut sources = Vec::new();
            for column in *columns {
                sources.extend(dump.column(column)?.map(|(_, called)| called));
            }
            // Numbers tell nothing where the file they count is missing.
            if names.is_some_and(BTreeMap::is_empty) {
                sources.reverse();
            }
            let Some((first, further)) = sources.split_first() else {
                if kind.field(name).is_some_and(|field| field.required) {
                    return Err(dump.missing(name));
                }
                continue;
            };
            options = options.map(name, *first);
            for column in further {
                options = options.or_map(name, *column);
            }
            let mut texts = codes::translations(dump.table.name, field, name, &kind);
            texts.extend(names.into_iter().flatten().map(|(from, to)| (from.clone(), to.clone())));
            for (from, to) in texts {
                options = options.map_value(name, from, to);
            }
        }
        Ok(options)
    }

    /// Makes the folder for rejected rows, which must not be the one that is read.
    fn rejects_folder<'f>(&self, folder: &'f Path) -> Result<&'f Path, MigrationError> {
        let failed = |source| MigrationError::File { path: folder.to_owned(), source };
        fs::create_dir_all(folder).map_err(failed)?;
        let (ours, theirs) = (fs::canonicalize(folder), fs::canonicalize(&self.folder));
        if ours.map_err(failed)? == theirs.map_err(failed)? {
            let problem = "is the dump itself; name another folder for the rejected rows";
            return Err(failed(std::io::Error::new(std::io::ErrorKind::InvalidInput, problem)));
        }
        Ok(folder)
    }
}

impl MigrationReport {
    /// How many rows became new records, over all tables.
    #[must_use]
    pub fn imported(&self) -> u64 {
        self.tables.iter().map(|table| table.report.progress.imported).sum()
    }

    /// How many rows were rejected, over all tables.
    #[must_use]
    pub fn rejected(&self) -> u64 {
        self.tables.iter().map(|table| table.report.progress.rejected).sum()
    }

    /// What came of a table, if there was a file of it.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&MigratedTable> {
        self.tables.iter().find(|table| table.table == name)
    }
}

impl fmt::Display for RejectedOldRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, line {}: {}", self.file, self.line, self.reason)
    }
}

impl fmt::Debug for MigrationOutput<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MigrationOutput").field("rejects", &self.rejects).finish_non_exhaustive()
    }
}

/// A file of the dump.
struct Dump {
    table: &'static Table,
    path: PathBuf,
    file: String,
    header: Vec<String>,
}

impl Dump {
    fn open(table: &'static Table, path: PathBuf, file: String) -> Result<Self, MigrationError> {
        let mut dump = Self { table, path, file, header: Vec::new() };
        dump.header = people::header(dump.read()?).map_err(|source| dump.failed(source))?;
        Ok(dump)
    }

    fn read(&self) -> Result<File, MigrationError> {
        File::open(&self.path).map_err(|source| MigrationError::File { path: self.path.clone(), source })
    }

    fn failed(&self, source: ImportError) -> MigrationError {
        MigrationError::Table { file: self.file.clone(), source: Box::new(source) }
    }

    /// The place of an old column and how the file spells it.
    fn column(&self, name: &str) -> Result<Option<(usize, &str)>, MigrationError> {
        let mut found = self.header.iter().enumerate().filter(|(_, called)| called.eq_ignore_ascii_case(name));
        let first = found.next();
        if found.next().is_some() {
            let problem = format!("the column `{name}` is there twice; take one of them away");
            return Err(MigrationError::Column { file: self.file.clone(), problem });
        }
        Ok(first.map(|(place, called)| (place, called.as_str())))
    }

    fn required(&self, name: &str) -> Result<usize, MigrationError> {
        self.column(name)?.map(|(place, _)| place).ok_or_else(|| self.missing(name))
    }

    fn missing(&self, column: &str) -> MigrationError {
        let near = nearest(column, self.header.iter().map(String::as_str));
        let problem = match near.filter(|near| !self.table.fields.iter().any(|(_, known)| known.contains(&&**near))) {
            Some(near) => format!("there is no column `{column}`; perhaps `{near}` is meant, then rename it"),
            None => format!("there is no column `{column}`; add it, or take the file away"),
        };
        MigrationError::Column { file: self.file.clone(), problem }
    }

    async fn import(
        &self,
        session: &Session,
        options: &ImportOptions,
        rejects: Option<&Path>,
        on_reject: &mut Option<&mut (dyn FnMut(&RejectedOldRow) + Send)>,
    ) -> Result<ImportReport, MigrationError> {
        let rejects = rejects.map(|folder| folder.join(&self.file));
        let failed = |path: &Path, source| MigrationError::File { path: path.to_owned(), source };
        let mut writer = match &rejects {
            Some(path) => Some(File::create(path).map_err(|source| failed(path, source))?),
            None => None,
        };
        let mut told = |row: &RejectedRow| {
            if let Some(told) = on_reject {
                told(&RejectedOldRow { file: self.file.clone(), line: row.line, reason: row.reason.clone() });
            }
        };
        let output = ImportOutput {
            rejects: writer.as_mut().map(|file| file as &mut (dyn std::io::Write + Send)),
            on_reject: Some(&mut told),
            on_progress: None,
        };
        let report = session.import(options, self.read()?, output).await.map_err(|source| self.failed(source))?;
        if let Some(path) = rejects.filter(|_| report.progress.rejected == 0) {
            fs::remove_file(&path).map_err(|source| failed(&path, source))?;
        }
        Ok(report)
    }
}

/// What the numbers of users and roles stand for.
struct People {
    users: Names,
    roles: Names,
}

impl People {
    fn read(dumps: &[Dump]) -> Result<Self, MigrationError> {
        let find = |table: &str| dumps.iter().find(|dump| dump.table.name == table);
        let users = match find("sys_user") {
            None => Names::new(),
            Some(dump) => people::users(dump.read()?, dump.required("usr_id")?, dump.required("usr_name")?)
                .map_err(|source| dump.failed(source))?,
        };
        let roles = match find("sys_role") {
            None => people::default_roles(),
            Some(dump) => people::roles(dump.read()?, dump.required("role_id")?, dump.required("role_name")?)
                .map_err(|source| dump.failed(source))?,
        };
        Ok(Self { users, roles })
    }

    /// What stands for what in a field, if it refers to users or roles.
    fn of(&self, kind: &ImportKind, field: &str) -> Option<&Names> {
        match kind.field(field).map(|field| &field.column_type) {
            Some(ColumnType::Reference(target)) if target == User::NAME => Some(&self.users),
            Some(ColumnType::Reference(target)) if target == Role::NAME => Some(&self.roles),
            _ => None,
        }
    }
}
