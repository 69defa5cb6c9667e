//! Opening a database only if it is what the schema asks for, and making it so.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rusqlite::{Connection, ErrorCode};

use super::super::sql::{TableLayout, layout};
use super::dialect::Sqlite;
use super::fault::Fault;
use super::inspect::{APPLICATION_ID, Difference, FORMAT, Owner, Remedy, differences, internal_tables, owner};
use super::link::{Link, Purpose};
use super::options::SqliteOptions;
use crate::schema::Schema;
use crate::storage::{StorageError, StorageErrorKind};

/// The tables a database should have: first the entities', in the order of the schema, then the crate's own.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) entities: Vec<TableLayout>,
    all: Vec<TableLayout>,
}

impl Target {
    pub(super) fn new(schema: &Schema) -> Result<Self, Fault> {
        let entities = layout(schema, &Sqlite)?;
        let all = internal_tables().into_iter().chain(entities.iter().cloned()).collect();
        Ok(Self { entities, all })
    }

    /// Every difference between a database and these tables.
    pub(super) fn differences(&self, connection: &Connection) -> Result<Vec<Difference>, Fault> {
        differences(connection, &self.all)
    }

    /// Everything that is not as it should be, as sentences. It reads the whole database.
    pub(super) fn verify(&self, connection: &Connection) -> Result<Vec<String>, Fault> {
        let mut found: Vec<String> = self.differences(connection)?.iter().map(ToString::to_string).collect();
        let problems = damage(connection)?;
        let sound = problems.is_empty();
        found.extend(problems);
        // In a damaged file it can't be told what refers to what.
        if sound {
            found.extend(dangling(connection)?);
        }
        Ok(found)
    }

    /// Makes sure that a file is there and is what the schema asks for, as far as the options say.
    pub(super) fn check(&self, path: &Path, options: &SqliteOptions) -> Result<(), Fault> {
        let may_change = !options.read_only;
        // What was looked at is closed again before it is migrated.
        let (problem, mends) = match look(path, options)? {
            None => return self.migrate(path, options),
            Some((_, Owner::Nobody)) => {
                let empty = format!("`{}` is an empty database; migrate it, or let it be created", path.display());
                (Some(empty), options.create)
            }
            Some((link, owner @ (Owner::Ours(_) | Owner::Foreign))) => {
                (self.compare(path, &link, owner)?, options.migrate)
            }
        };
        match problem {
            None => Ok(()),
            Some(_) if mends && may_change => self.migrate(path, options),
            Some(problem) => Err(fault(StorageErrorKind::Outdated, problem)),
        }
    }

    /// Makes sure that a file which nobody uses is what the schema asks for, as far as the options say, and is sound.
    /// It reads the whole database.
    pub(super) fn check_whole(&self, path: &Path, options: &SqliteOptions) -> Result<(), Fault> {
        self.check(path, &SqliteOptions { create: false, ..options.clone() })?;
        let link = inspecting(path, options)?;
        let mut problems = damage(&link.connection)?;
        // In a damaged file it can't be told what refers to what.
        if problems.is_empty() {
            problems = dangling(&link.connection)?;
        }
        match problems.first() {
            None => Ok(()),
            Some(first) => {
                let message = format!("`{}` is damaged: {first}", path.display());
                Err(fault(StorageErrorKind::Corrupt, message))
            }
        }
    }

    /// Why a database can't be used as it is.
    fn compare(&self, path: &Path, link: &Link, owner: Owner) -> Result<Option<String>, Fault> {
        if owner != Owner::Ours(FORMAT) {
            return Ok(Some(format!("`{}` was written in an older format; call `migrate`", path.display())));
        }
        let differences = self.differences(&link.connection)?;
        let wrong: Vec<&Difference> =
            differences.iter().filter(|difference| difference.remedy() != Remedy::None).collect();
        if wrong.is_empty() {
            return Ok(None);
        }
        let advice = if wrong.iter().all(|difference| difference.remedy() == Remedy::Migrate) {
            "call `migrate`"
        } else {
            "mend by hand what `migrate` can't"
        };
        Ok(Some(format!("`{}` does not fit the schema: {}; {advice}", path.display(), sentence(&wrong))))
    }

    /// Adds what is missing, all of it or nothing.
    pub(super) fn migrate(&self, path: &Path, options: &SqliteOptions) -> Result<(), Fault> {
        let link = Link::open(path, options, Purpose::Migrate, &never()).map_err(|fault| placed(path, fault))?;
        link.run("BEGIN IMMEDIATE").map_err(|error| placed(path, error.into()))?;
        let done = self.add_missing(path, &link.connection);
        match done {
            Ok(()) => Ok(link.run("COMMIT")?),
            Err(fault) => {
                // The error is what matters; the database undoes what is open when the connection closes, too.
                let _ = link.run("ROLLBACK");
                Err(fault)
            }
        }
    }

    /// Makes the tables in a database of its own in memory.
    pub(super) fn create(&self, connection: &Connection) -> Result<(), Fault> {
        Ok(self.plan(connection, Owner::Nobody)?.iter().try_for_each(|step| connection.execute_batch(step))?)
    }

    fn add_missing(&self, path: &Path, connection: &Connection) -> Result<(), Fault> {
        let owner = accepted(path, owner(connection)?)?;
        for step in self.plan(connection, owner)? {
            connection.execute_batch(&step).map_err(|error| match error.sqlite_error_code() {
                Some(ErrorCode::ConstraintViolation) => {
                    let message =
                        format!("records share what shall be unique; change them first, then migrate: {step}");
                    StorageError::new(StorageErrorKind::Outdated, message).with_source(error).into()
                }
                _ => Fault::from(error),
            })?;
        }
        Ok(())
    }

    /// The statements that add what is missing.
    fn plan(&self, connection: &Connection, owner: Owner) -> Result<Vec<String>, Fault> {
        let differences = self.differences(connection)?;
        let by_hand: Vec<&Difference> =
            differences.iter().filter(|difference| difference.remedy() == Remedy::ByHand).collect();
        if !by_hand.is_empty() {
            let message = format!("the database can't be migrated by itself: {}", sentence(&by_hand));
            return Err(fault(StorageErrorKind::Outdated, message));
        }
        let mut steps = Vec::new();
        if owner != Owner::Ours(FORMAT) {
            steps.push(format!("PRAGMA application_id = {APPLICATION_ID}"));
            steps.push(format!("PRAGMA user_version = {FORMAT}"));
        }
        steps.extend(differences.iter().flat_map(Difference::statements));
        if owner == Owner::Nobody {
            let version = env!("CARGO_PKG_VERSION");
            steps.push(format!("INSERT INTO \"crm_meta\" (\"name\", \"value\") VALUES ('created_by', '{version}')"));
        }
        Ok(steps)
    }

    /// The statements that [`migrate`](Self::migrate) would run, as one text; empty if nothing is missing.
    pub(super) fn migration_sql(&self, path: &Path, options: &SqliteOptions) -> Result<String, Fault> {
        let steps = if path.exists() {
            let link = inspecting(path, options)?;
            let owner = accepted(path, owner(&link.connection)?)?;
            self.plan(&link.connection, owner)?
        } else {
            self.plan(&Connection::open_in_memory()?, Owner::Nobody)?
        };
        if steps.is_empty() {
            return Ok(String::new());
        }
        Ok(format!("BEGIN IMMEDIATE;\n{};\nCOMMIT;\n", steps.join(";\n")))
    }
}

/// What is wrong with the file itself, as sentences.
fn damage(connection: &Connection) -> Result<Vec<String>, Fault> {
    let mut statement = connection.prepare("PRAGMA integrity_check")?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    loop {
        match rows.next() {
            Ok(Some(row)) => found.push(row.get(0)?),
            Ok(None) => break,
            // The check itself gives up where too much is damaged.
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt) => {
                found.push(error.to_string());
                break;
            }
            Err(error) => return Err(error.into()),
        }
    }
    found.retain(|problem| problem != "ok");
    Ok(found)
}

/// References that lead nowhere, as sentences.
fn dangling(connection: &Connection) -> Result<Vec<String>, Fault> {
    let sql = "SELECT \"table\", \"parent\", COUNT(*) FROM pragma_foreign_key_check GROUP BY 1, 2";
    let mut statement = connection.prepare(sql)?;
    let found = statement.query_map([], |row| {
        let (table, parent, count): (String, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(format!("{count} records of `{table}` refer to records of `{parent}` that do not exist"))
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// A file that is there, and whose it is; none where one is to be created.
fn look(path: &Path, options: &SqliteOptions) -> Result<Option<(Link, Owner)>, Fault> {
    if !path.exists() {
        if options.create && !options.read_only {
            return Ok(None);
        }
        let message = format!("there is no file `{}`; check the path, or let it be created", path.display());
        return Err(fault(StorageErrorKind::Unavailable, message));
    }
    let link = inspecting(path, options)?;
    let owner = accepted(path, owner(&link.connection)?)?;
    Ok(Some((link, owner)))
}

/// A database of ours that this program can read, or an empty one.
pub(super) fn accepted(path: &Path, owner: Owner) -> Result<Owner, Fault> {
    match owner {
        Owner::Foreign => {
            let message = format!("`{}` is a database of another program; give another path", path.display());
            Err(fault(StorageErrorKind::Foreign, message))
        }
        Owner::Ours(format) if format > FORMAT => {
            let message = format!(
                "`{}` was written in format {format} by a newer program, this one reads up to {FORMAT}; update it",
                path.display()
            );
            Err(fault(StorageErrorKind::Newer, message))
        }
        owner => Ok(owner),
    }
}

fn inspecting(path: &Path, options: &SqliteOptions) -> Result<Link, Fault> {
    match looking(path, options, Purpose::Inspect) {
        // A program that was killed has left a commit half done, and only who may write can take it back.
        Err(Fault::Sqlite(error)) if error.sqlite_error_code() == Some(ErrorCode::ReadOnly) && !options.read_only => {
            looking(path, options, Purpose::Read)
        }
        looked => looked,
    }
    .map_err(|fault| placed(path, fault))
}

fn looking(path: &Path, options: &SqliteOptions, purpose: Purpose) -> Result<Link, Fault> {
    let link = Link::open(path, options, purpose, &never())?;
    // The first look at the file shows whether it is a database at all.
    link.connection.query_row("SELECT COUNT(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0))?;
    Ok(link)
}

/// The error with the path it is about.
pub(super) fn placed(path: &Path, fault: Fault) -> Fault {
    let error = StorageError::from(fault);
    StorageError::new(error.kind(), format!("`{}`: {error}", path.display())).with_source(error).into()
}

pub(super) fn fault(kind: StorageErrorKind, message: String) -> Fault {
    StorageError::new(kind, message).into()
}

fn sentence(differences: &[&Difference]) -> String {
    const SHOWN: usize = 5;
    let mut all: Vec<String> = differences.iter().take(SHOWN).map(ToString::to_string).collect();
    if differences.len() > SHOWN {
        all.push(format!("and {} more", differences.len() - SHOWN));
    }
    all.join("; ")
}

fn never() -> Arc<AtomicBool> {
    Arc::new(AtomicBool::new(false))
}
