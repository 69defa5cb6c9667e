//! What a database holds, compared with what the schema asks for.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use rusqlite::Connection;

use super::super::sql::{ColumnLayout, IndexLayout, TableLayout};
use super::fault::Fault;
use crate::schema::Name;

/// The mark of our databases in the file's header: "CRMK".
pub(super) const APPLICATION_ID: i64 = 0x4352_4D4B;
/// The form in which this program stores data.
pub(super) const FORMAT: i64 = 1;

/// Whose database it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// There is nothing in it.
    Nobody,
    /// This crate's, in the form of a number.
    Ours(i64),
    /// Something else's.
    Foreign,
}

/// Whose database it is.
pub(super) fn owner(connection: &Connection) -> Result<Owner, Fault> {
    let pragma = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    if pragma("application_id")? == APPLICATION_ID {
        return Ok(Owner::Ours(pragma("user_version")?));
    }
    let things: i64 = connection.query_row("SELECT COUNT(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok(if things == 0 { Owner::Nobody } else { Owner::Foreign })
}

/// The tables the crate keeps for itself.
pub(super) fn internal_tables() -> Vec<TableLayout> {
    let column = |name: &'static str, sql_type, required| ColumnLayout {
        name: Name::Borrowed(name),
        sql_type,
        required,
        primary: false,
        references: None,
    };
    let meta = TableLayout {
        name: "crm_meta".into(),
        columns: vec![ColumnLayout { primary: true, ..column("name", "TEXT", true) }, column("value", "TEXT", true)],
        indexes: Vec::new(),
        options: " STRICT, WITHOUT ROWID",
    };
    let commit = TableLayout {
        name: "crm_commit".into(),
        columns: vec![
            // As the number of its row it counts up by itself.
            ColumnLayout { primary: true, ..column("position", "INTEGER", false) },
            column("set_id", "BLOB", true),
            column("at", "INTEGER", true),
            column("actor", "BLOB", false),
            column("command", "TEXT", true),
            column("outcome", "TEXT", false),
        ],
        indexes: vec![IndexLayout {
            name: "crm_commit_set_id".into(),
            table: "crm_commit".into(),
            columns: vec!["set_id".into()],
            unique: true,
            condition: None,
        }],
        options: " STRICT",
    };
    vec![meta, commit]
}

/// One way in which a database is not what the schema asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Difference {
    MissingTable { table: TableLayout },
    MissingColumn { table: TableLayout, column: ColumnLayout },
    MissingIndex { index: IndexLayout },
    WrongColumn { table: Name, column: Name, expected: String, found: String },
    WrongIndex { index: IndexLayout, found: String },
    ExtraTable { table: String },
    ExtraColumn { table: Name, column: String, required: bool },
    ExtraIndex { table: Name, index: String },
}

/// What is to be done about a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Remedy {
    /// Nothing: it does not disturb.
    None,
    /// Migrating makes it right.
    Migrate,
    /// A person has to decide.
    ByHand,
}

impl Difference {
    pub(super) fn remedy(&self) -> Remedy {
        match self {
            Self::ExtraTable { .. } | Self::ExtraColumn { required: false, .. } | Self::ExtraIndex { .. } => {
                Remedy::None
            }
            Self::MissingTable { .. } | Self::MissingIndex { .. } | Self::WrongIndex { .. } => Remedy::Migrate,
            // There is no value to put into the records that are there.
            Self::MissingColumn { column, .. } if column.required => Remedy::ByHand,
            Self::MissingColumn { .. } => Remedy::Migrate,
            Self::WrongColumn { .. } | Self::ExtraColumn { required: true, .. } => Remedy::ByHand,
        }
    }

    /// The statements that make it right, where migrating does.
    pub(super) fn statements(&self) -> Vec<String> {
        match self {
            Self::MissingTable { table } => {
                std::iter::once(table.create()).chain(table.indexes.iter().map(IndexLayout::create)).collect()
            }
            Self::MissingColumn { table, column } if !column.required => vec![table.add(column)],
            Self::MissingIndex { index } => vec![index.create()],
            Self::WrongIndex { index, .. } => {
                vec![format!("DROP INDEX {}", super::super::sql::quoted(&index.name)), index.create()]
            }
            Self::MissingColumn { .. }
            | Self::WrongColumn { .. }
            | Self::ExtraTable { .. }
            | Self::ExtraColumn { .. }
            | Self::ExtraIndex { .. } => Vec::new(),
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingTable { table } => write!(f, "the table `{}` is missing", table.name),
            Self::MissingColumn { table, column } if column.required => {
                write!(
                    f,
                    "the required column `{0}.{1}` is missing; add it by hand with a value for every record",
                    table.name, column.name
                )
            }
            Self::MissingColumn { table, column } => {
                write!(f, "the column `{}.{}` is missing", table.name, column.name)
            }
            Self::MissingIndex { index } => write!(f, "the index `{}` on `{}` is missing", index.name, index.table),
            Self::WrongColumn { table, column, expected, found } => {
                write!(f, "the column `{table}.{column}` is {found}, but should be {expected}")
            }
            Self::WrongIndex { index, found } => {
                write!(f, "the index `{}` on `{}` is {found}, but should be {}", index.name, index.table, shape(index))
            }
            Self::ExtraTable { table } => write!(f, "the table `{table}` is not in the schema"),
            Self::ExtraColumn { table, column, required } => {
                let harm = if *required { "; it must have a value, so no record can be added" } else { "" };
                write!(f, "the column `{table}.{column}` is not in the schema{harm}")
            }
            Self::ExtraIndex { table, index } => write!(f, "the index `{index}` on `{table}` is not in the schema"),
        }
    }
}

/// A column as it is found.
struct FoundColumn {
    name: String,
    sql_type: String,
    required: bool,
    primary: bool,
    has_default: bool,
}

/// Every difference between a database and the tables it should have.
pub(super) fn differences(connection: &Connection, expected: &[TableLayout]) -> Result<Vec<Difference>, Fault> {
    let mut tables = tables(connection)?;
    let mut differences = Vec::new();
    for table in expected {
        let Some(found) = tables.remove(&*table.name) else {
            differences.push(Difference::MissingTable { table: table.clone() });
            continue;
        };
        // What was made by the very statement that would be run now is what it should be. Only of the others, such as
        // a table to which a column was added, SQLite is asked what they are, which takes a hundred times as long.
        if found.made_by != table.create() {
            compare_columns(connection, table, &mut differences)?;
        }
        let indexes: BTreeSet<String> = table.indexes.iter().map(IndexLayout::create).collect();
        if found.indexes_made_by != indexes {
            compare_indexes(connection, table, &mut differences)?;
        }
    }
    differences.extend(tables.into_keys().map(|table| Difference::ExtraTable { table }));
    Ok(differences)
}

/// The statements that a table and its indexes were made by.
#[derive(Default)]
struct FoundTable {
    made_by: String,
    indexes_made_by: BTreeSet<String>,
}

fn tables(connection: &Connection) -> Result<BTreeMap<String, FoundTable>, Fault> {
    let sql = "SELECT type, tbl_name, sql FROM sqlite_schema WHERE type IN ('table', 'index') AND sql IS NOT NULL \
               AND tbl_name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get(1)?, row.get(2)?)))?;
    let mut tables = BTreeMap::<String, FoundTable>::new();
    for row in rows {
        let (kind, table, made_by) = row?;
        let found = tables.entry(table).or_default();
        if kind == "table" {
            found.made_by = made_by;
        } else {
            found.indexes_made_by.insert(made_by);
        }
    }
    Ok(tables)
}

fn compare_columns(
    connection: &Connection,
    table: &TableLayout,
    differences: &mut Vec<Difference>,
) -> Result<(), Fault> {
    let sql = "SELECT name, type, \"notnull\", pk, dflt_value IS NOT NULL FROM pragma_table_info(?)";
    let mut statement = connection.prepare(sql)?;
    let found = statement.query_map([&*table.name], |row| {
        Ok(FoundColumn {
            name: row.get(0)?,
            sql_type: row.get(1)?,
            required: row.get(2)?,
            primary: row.get::<_, i64>(3)? > 0,
            has_default: row.get(4)?,
        })
    })?;
    let found = found.collect::<rusqlite::Result<Vec<_>>>()?;
    let sql = "SELECT \"from\", \"table\" FROM pragma_foreign_key_list(?)";
    let mut statement = connection.prepare(sql)?;
    let references = statement.query_map([&*table.name], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let references: BTreeMap<String, String> = references.collect::<rusqlite::Result<_>>()?;
    for column in &table.columns {
        let Some(there) = found.iter().find(|there| there.name == column.name) else {
            differences.push(Difference::MissingColumn { table: table.clone(), column: column.clone() });
            continue;
        };
        let target = references.get(&there.name).map(String::as_str);
        let is = described(&there.sql_type, there.required, there.primary, target);
        let should = described(column.sql_type, column.required, column.primary, column.references.as_deref());
        if is != should {
            let (table, column) = (table.name.clone(), column.name.clone());
            differences.push(Difference::WrongColumn { table, column, expected: should, found: is });
        }
    }
    for there in found {
        if !table.columns.iter().any(|column| column.name == there.name) {
            let required = there.required && !there.has_default;
            differences.push(Difference::ExtraColumn { table: table.name.clone(), column: there.name, required });
        }
    }
    Ok(())
}

fn described(sql_type: &str, required: bool, primary: bool, target: Option<&str>) -> String {
    let mut text = sql_type.to_owned();
    for (holds, words) in [(required, " NOT NULL"), (primary, " PRIMARY KEY")] {
        if holds {
            text.push_str(words);
        }
    }
    if let Some(target) = target {
        text.push_str(" REFERENCES ");
        text.push_str(target);
    }
    text
}

fn compare_indexes(
    connection: &Connection,
    table: &TableLayout,
    differences: &mut Vec<Difference>,
) -> Result<(), Fault> {
    let sql = "SELECT l.name, l.\"unique\", s.sql FROM pragma_index_list(?) AS l \
               JOIN sqlite_schema AS s ON s.type = 'index' AND s.name = l.name WHERE l.origin = 'c'";
    let mut statement = connection.prepare(sql)?;
    let found = statement.query_map([&*table.name], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let mut found = found.collect::<rusqlite::Result<Vec<(String, bool, String)>>>()?;
    for index in &table.indexes {
        let Some(place) = found.iter().position(|(name, _, _)| *name == index.name) else {
            differences.push(Difference::MissingIndex { index: index.clone() });
            continue;
        };
        let (name, unique, text) = found.swap_remove(place);
        let sql = "SELECT name FROM pragma_index_info(?) ORDER BY seqno";
        let mut statement = connection.prepare(sql)?;
        let columns = statement.query_map([&name], |row| row.get::<_, Option<String>>(0))?;
        let columns = columns.map(|name| Ok(Name::Owned(name?.unwrap_or_default())));
        let columns = columns.collect::<rusqlite::Result<Vec<_>>>()?;
        let condition = text.split_once(" WHERE ").map(|(_, condition)| condition.to_owned());
        let there = IndexLayout { columns, unique, condition, ..index.clone() };
        if there != *index {
            differences.push(Difference::WrongIndex { index: index.clone(), found: shape(&there) });
        }
    }
    let extra = found.into_iter().map(|(index, _, _)| Difference::ExtraIndex { table: table.name.clone(), index });
    differences.extend(extra);
    Ok(())
}

fn shape(index: &IndexLayout) -> String {
    let unique = if index.unique { "unique " } else { "" };
    let condition = index.condition.as_ref().map(|condition| format!(" where {condition}")).unwrap_or_default();
    format!("{unique}over {}{condition}", index.columns.join(", "))
}
