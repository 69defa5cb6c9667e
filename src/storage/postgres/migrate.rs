//! Opening a database schema only if it is what the entities ask for, and making it so.

use std::time::{Duration, Instant};

use sqlx::{AssertSqlSafe, PgConnection};

use super::argument::Argument;
use super::ddl::{entity_tables, full, internal_tables, text};
use super::dialect::Postgres;
use super::fault::{code, explained};
use super::inspect::{Difference, Remedy, differences, exists, has_table, relations};
use super::options::PostgresOptions;
use super::row::{bool_at, long_at, text_at};
use super::statements::rows;
use crate::schema::Schema;
use crate::storage::sql::{TableLayout, quoted};
use crate::storage::{Result, StorageError, StorageErrorKind};

/// The form in which this program stores data.
const FORMAT: i64 = 1;
/// The oldest server that will do, as it counts versions itself.
const OLDEST: i64 = 130_000;
/// How long to wait for another process that migrates.
const PATIENCE: Duration = Duration::from_secs(120);

/// Whose schema of the database it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    /// It does not exist, or there is nothing in it.
    Nobody,
    /// This crate's, in the form of a number.
    Ours(i64),
    /// Something else's.
    Foreign,
}

/// The tables a schema of a database should have.
#[derive(Debug)]
pub(super) struct Target {
    namespace: String,
    /// Those of the entities, in the order of the schema.
    pub(super) entities: Vec<TableLayout>,
    /// The crate's own and then those.
    all: Vec<TableLayout>,
}

/// The statements that add what is missing.
#[derive(Debug, Default)]
struct Plan {
    /// In one transaction.
    together: Vec<String>,
    /// Each for itself.
    beside: Vec<String>,
}

impl Target {
    pub(super) fn new(schema: &Schema, dialect: &Postgres) -> Result<Self> {
        let namespace = dialect.schema.clone();
        if namespace.is_empty() || namespace.len() > 63 || namespace.contains('\0') || namespace.starts_with("pg_") {
            let message = format!("`{namespace}` can't be the name of a schema; give 1 to 63 bytes, not `pg_…`");
            return Err(StorageError::new(StorageErrorKind::Invalid, message));
        }
        let entities = entity_tables(schema, dialect)?;
        let all = internal_tables().into_iter().chain(entities.iter().cloned()).collect();
        Ok(Self { namespace, entities, all })
    }

    /// Makes sure that the tables are there and are what the schema asks for, as far as the options say.
    pub(super) async fn check(&self, connection: &mut PgConnection, options: &PostgresOptions) -> Result<()> {
        check_server(connection).await?;
        let may_change = !options.read_only;
        match self.accepted(connection).await? {
            Owner::Nobody if options.create && may_change => self.migrate(connection).await,
            Owner::Nobody => {
                let message = format!("the schema `{}` is empty; migrate it, or let it be created", self.namespace);
                Err(StorageError::new(StorageErrorKind::Outdated, message))
            }
            owner @ (Owner::Ours(_) | Owner::Foreign) => match self.compare(connection, owner).await? {
                None => Ok(()),
                Some(_) if options.migrate && may_change => self.migrate(connection).await,
                Some(problem) => Err(StorageError::new(StorageErrorKind::Outdated, problem)),
            },
        }
    }

    /// A schema of ours that this program can read, or an empty one.
    async fn accepted(&self, connection: &mut PgConnection) -> Result<Owner> {
        match self.owner(connection).await? {
            Owner::Foreign => {
                let message = format!("the schema `{}` holds tables of another program; give another", self.namespace);
                Err(StorageError::new(StorageErrorKind::Foreign, message))
            }
            Owner::Ours(format) if format > FORMAT => {
                let message = format!(
                    "the schema `{}` was written in format {format} by a newer program, this one reads up to {FORMAT}; \
                     update it",
                    self.namespace
                );
                Err(StorageError::new(StorageErrorKind::Newer, message))
            }
            owner => Ok(owner),
        }
    }

    async fn owner(&self, connection: &mut PgConnection) -> Result<Owner> {
        if !has_table(connection, &self.namespace, "crm_meta").await? {
            let empty = relations(connection, &self.namespace).await? == 0;
            return Ok(if empty { Owner::Nobody } else { Owner::Foreign });
        }
        let sql = format!("SELECT \"value\" FROM {} WHERE \"name\" = 'format'", full(&self.namespace, "crm_meta"));
        let found = rows(connection, sql, []).await?;
        let format = found.first().map(|row| text_at(row, 0)).transpose()?.flatten();
        Ok(format.and_then(|format| format.parse().ok()).map_or(Owner::Foreign, Owner::Ours))
    }

    /// Why a schema can't be used as it is.
    async fn compare(&self, connection: &mut PgConnection, owner: Owner) -> Result<Option<String>> {
        let schema = &self.namespace;
        if owner != Owner::Ours(FORMAT) {
            return Ok(Some(format!("the schema `{schema}` was written in an older format; call `migrate`")));
        }
        let differences = differences(connection, schema, &self.all).await?;
        let wrong: Vec<&Difference> = differences.iter().filter(|found| found.remedy != Remedy::None).collect();
        if wrong.is_empty() {
            return Ok(None);
        }
        let advice = if wrong.iter().all(|difference| difference.remedy == Remedy::Migrate) {
            "call `migrate`"
        } else {
            "mend by hand what `migrate` can't"
        };
        Ok(Some(format!("the schema `{schema}` does not fit: {}; {advice}", sentence(&wrong))))
    }

    /// Every difference, as sentences.
    pub(super) async fn verify(&self, connection: &mut PgConnection) -> Result<Vec<String>> {
        let found = differences(connection, &self.namespace, &self.all).await?;
        Ok(found.iter().map(ToString::to_string).collect())
    }

    /// Adds what is missing, while nobody else does.
    pub(super) async fn migrate(&self, connection: &mut PgConnection) -> Result<()> {
        check_server(connection).await?;
        self.lock(connection).await?;
        let done = self.add_missing(connection).await;
        let sql = "SELECT pg_advisory_unlock(hashtextextended($1, 0))";
        let unlocked = rows(connection, sql, [self.lock_name()]).await;
        // Should it still be held, it ends with the connection.
        done.and(unlocked.map(|_| ()))
    }

    /// Takes the lock of those who migrate. Whoever waits inside a statement would keep the indexes that are made
    /// beside running work from being finished, so this asks again and again.
    async fn lock(&self, connection: &mut PgConnection) -> Result<()> {
        let begun = Instant::now();
        let mut pause = Duration::from_millis(5);
        loop {
            let sql = "SELECT pg_try_advisory_lock(hashtextextended($1, 0))";
            let found = rows(connection, sql, [self.lock_name()]).await?;
            if found.first().map_or(Ok(false), |row| bool_at(row, 0))? {
                return Ok(());
            }
            if begun.elapsed() > PATIENCE {
                let message =
                    format!("another process has been migrating the schema `{}` all the time", self.namespace);
                return Err(StorageError::new(StorageErrorKind::Busy, message));
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(200));
        }
    }

    fn lock_name(&self) -> Argument {
        Argument::value(format!("crmkit migrates {}", self.namespace))
    }

    async fn add_missing(&self, connection: &mut PgConnection) -> Result<()> {
        // A migration may have to read all records, so it is not stopped by the time-out of ordinary statements.
        run(connection, "SET statement_timeout = 0").await?;
        let done = self.run_plan(connection).await;
        run(connection, "RESET statement_timeout").await?;
        done
    }

    async fn run_plan(&self, connection: &mut PgConnection) -> Result<()> {
        let plan = self.plan(connection).await?;
        if !plan.together.is_empty() {
            run(connection, "BEGIN").await?;
            for step in &plan.together {
                if let Err(error) = run(connection, step).await {
                    run(connection, "ROLLBACK").await?;
                    return Err(error);
                }
            }
            run(connection, "COMMIT").await?;
        }
        // References are made first and looked at afterwards, so what is left is asked for once more.
        for step in self.plan(connection).await?.beside {
            run(connection, &step).await?;
        }
        Ok(())
    }

    async fn plan(&self, connection: &mut PgConnection) -> Result<Plan> {
        let owner = self.accepted(connection).await?;
        let differences = differences(connection, &self.namespace, &self.all).await?;
        let by_hand: Vec<&Difference> = differences.iter().filter(|found| found.remedy == Remedy::ByHand).collect();
        if !by_hand.is_empty() {
            let message = format!("the database can't be migrated by itself: {}", sentence(&by_hand));
            return Err(StorageError::new(StorageErrorKind::Outdated, message));
        }
        let mut plan = Plan::default();
        if !exists(connection, &self.namespace).await? {
            plan.together.push(format!("CREATE SCHEMA {}", quoted(&self.namespace)));
        }
        for difference in differences {
            plan.together.extend(difference.together);
            plan.beside.extend(difference.beside);
        }
        if owner != Owner::Ours(FORMAT) {
            let (table, version) = (full(&self.namespace, "crm_meta"), env!("CARGO_PKG_VERSION"));
            plan.together.push(format!(
                "INSERT INTO {table} (\"name\", \"value\") VALUES ('format', '{FORMAT}'), ('created_by', {}) \
                 ON CONFLICT (\"name\") DO UPDATE SET \"value\" = excluded.\"value\"",
                text(version)
            ));
        }
        Ok(plan)
    }

    /// The statements that [`migrate`](Self::migrate) would run, as one text; empty if nothing is missing.
    pub(super) async fn migration_sql(&self, connection: &mut PgConnection) -> Result<String> {
        check_server(connection).await?;
        let plan = self.plan(connection).await?;
        let mut text = String::new();
        if !plan.together.is_empty() {
            text.push_str(&format!("BEGIN;\n{};\nCOMMIT;\n", plan.together.join(";\n")));
        }
        for step in plan.beside {
            text.push_str(&format!("{step};\n"));
        }
        Ok(text)
    }
}

async fn run(connection: &mut PgConnection, sql: &str) -> Result<()> {
    let done = sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await;
    done.map(|_| ()).map_err(|error| match code(&error).as_deref() {
        Some("23505") => {
            let message = format!("records share what shall be unique; change them first, then migrate: {sql}");
            StorageError::new(StorageErrorKind::Outdated, message).with_source(error)
        }
        Some("23503") => {
            let message = format!("records refer to what does not exist; change them first, then migrate: {sql}");
            StorageError::new(StorageErrorKind::Outdated, message).with_source(error)
        }
        _ => explained(error),
    })
}

/// Makes sure that the server is recent enough and keeps text as the crate does.
async fn check_server(connection: &mut PgConnection) -> Result<()> {
    let sql = "SELECT current_setting('server_version_num')::bigint, current_setting('server_version'), \
               current_setting('server_encoding')";
    let found = rows(connection, sql, []).await?;
    let Some(row) = found.first() else { return Ok(()) };
    let (number, version) = (long_at(row, 0)?, text_at(row, 1)?.unwrap_or_default());
    fit_server(number, &version, &text_at(row, 2)?.unwrap_or_default())
}

fn fit_server(number: i64, version: &str, encoding: &str) -> Result<()> {
    if number < OLDEST {
        let message = format!("the server is PostgreSQL {version}; at least {} is needed", OLDEST / 10_000);
        return Err(StorageError::new(StorageErrorKind::Unsupported, message));
    }
    if encoding != "UTF8" {
        let message = format!("the database keeps text as {encoding}; create one with the encoding UTF8");
        return Err(StorageError::new(StorageErrorKind::Unsupported, message));
    }
    Ok(())
}

fn sentence(differences: &[&Difference]) -> String {
    const SHOWN: usize = 5;
    let mut all: Vec<String> = differences.iter().take(SHOWN).map(ToString::to_string).collect();
    if differences.len() > SHOWN {
        all.push(format!("and {} more", differences.len() - SHOWN));
    }
    all.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_that_will_not_do_are_named() {
        let old = fit_server(120_022, "12.22", "UTF8").unwrap_err();
        assert_eq!(old.kind(), StorageErrorKind::Unsupported);
        assert_eq!(old.to_string(), "the server is PostgreSQL 12.22; at least 13 is needed");
        assert_eq!(fit_server(150_000, "15.0", "LATIN1").unwrap_err().kind(), StorageErrorKind::Unsupported);
        assert!(fit_server(130_000, "13.0", "UTF8").is_ok());
    }
}
