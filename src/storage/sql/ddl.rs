//! The tables, columns and indexes a schema asks for, as data and as text.

use std::cell::Cell;
use std::collections::HashSet;
#[cfg(feature = "sqlite")]
use std::fmt::Write;
use std::sync::Arc;

use super::Dialect;
use super::scope::Scope;
use crate::query::QueryError;
use crate::schema::{ColumnType, EntityDef, Name, Schema, UniqueKey};

/// One table as it shall be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TableLayout {
    pub(crate) name: Name,
    pub(crate) columns: Vec<ColumnLayout>,
    pub(crate) indexes: Vec<IndexLayout>,
    /// What stands behind the columns.
    pub(crate) options: &'static str,
}

/// One column as it shall be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ColumnLayout {
    pub(crate) name: Name,
    pub(crate) sql_type: &'static str,
    pub(crate) required: bool,
    pub(crate) primary: bool,
    /// The table whose `id` it names.
    pub(crate) references: Option<Name>,
}

/// One index as it shall be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IndexLayout {
    pub(crate) name: Name,
    pub(crate) table: Name,
    pub(crate) columns: Vec<Name>,
    pub(crate) unique: bool,
    /// Which records it holds, if not all.
    pub(crate) condition: Option<String>,
}

/// The tables of all entities, in the order of the schema.
///
/// # Errors
///
/// [`QueryError`] if the condition of a unique key does not fit its entity, which a schema has already checked.
pub(crate) fn layout(schema: &Schema, dialect: &dyn Dialect) -> Result<Vec<TableLayout>, QueryError> {
    // Tables and indexes share one space of names, and names joined by `_` need not differ.
    let mut names: HashSet<Name> = schema.entities().map(|def| def.name.clone()).collect();
    schema.entities().map(|def| table(schema, def, dialect, &mut names)).collect()
}

fn table(
    schema: &Schema,
    def: &Arc<EntityDef>,
    dialect: &dyn Dialect,
    names: &mut HashSet<Name>,
) -> Result<TableLayout, QueryError> {
    let mut indexes = Vec::new();
    let mut add = |name: &Name, columns: &[Name], unique, condition| {
        let name = vacant(name, names);
        indexes.push(IndexLayout { name, table: def.name.clone(), columns: columns.to_vec(), unique, condition });
    };
    for key in &def.facts.unique {
        add(&key.name, &key.fields, true, condition(schema, def, key, dialect)?);
    }
    for index in &def.facts.indexes {
        add(&index.name, &index.fields, false, None);
    }
    for column in &def.columns {
        let referring = matches!(column.column_type, ColumnType::Reference(_));
        if referring && !leads_an_index(def, &column.name) {
            let name = Name::Owned(format!("ix_{}_{}", def.name, column.name));
            add(&name, std::slice::from_ref(&column.name), false, None);
        }
    }
    Ok(TableLayout {
        name: def.name.clone(),
        columns: columns(def, dialect),
        indexes,
        options: dialect.table_options(),
    })
}

/// Whether the field comes first in an index over all records.
fn leads_an_index(def: &EntityDef, field: &Name) -> bool {
    let keys = def.facts.unique.iter().filter(|key| key.when.is_none()).map(|key| &key.fields);
    let mut all = keys.chain(def.facts.indexes.iter().map(|index| &index.fields));
    all.any(|fields| fields.first() == Some(field))
}

fn columns(def: &EntityDef, dialect: &dyn Dialect) -> Vec<ColumnLayout> {
    let plain = |name: &'static str, sql_type, required| ColumnLayout {
        name: name.into(),
        sql_type,
        required,
        primary: false,
        references: None,
    };
    let declared = def.columns.iter().map(|column| ColumnLayout {
        name: column.name.clone(),
        sql_type: dialect.column_type(&column.column_type),
        required: column.required,
        primary: false,
        references: match &column.column_type {
            ColumnType::Reference(target) => Some(target.clone()),
            _ => None,
        },
    });
    let id = ColumnLayout { primary: true, ..plain("id", dialect.id_type(), true) };
    let version = plain("version", dialect.column_type(&ColumnType::Int), true);
    let custom = plain("custom", dialect.column_type(&ColumnType::Json), false);
    [id, version].into_iter().chain(declared).chain([custom]).collect()
}

fn condition(
    schema: &Schema,
    def: &Arc<EntityDef>,
    key: &UniqueKey,
    dialect: &dyn Dialect,
) -> Result<Option<String>, QueryError> {
    let Some(when) = &key.when else { return Ok(None) };
    let prepared = when.clone().prepare(schema, def)?;
    let numbers = Cell::new(0);
    let expression = Scope::bare(dialect, def, &numbers).condition(&prepared)?;
    Ok(Some(dialect.literal(&expression)))
}

fn vacant(name: &Name, names: &mut HashSet<Name>) -> Name {
    let mut vacant = name.clone();
    let mut number = 1;
    while !names.insert(vacant.clone()) {
        number += 1;
        vacant = Name::Owned(format!("{name}_{number}"));
    }
    vacant
}

#[cfg(feature = "sqlite")]
impl TableLayout {
    /// The statement that makes the table, without its indexes.
    pub(crate) fn create(&self) -> String {
        let columns: Vec<String> = self.columns.iter().map(|column| format!("  {}", column.definition())).collect();
        format!("CREATE TABLE {} (\n{}\n){}", quoted(&self.name), columns.join(",\n"), self.options)
    }

    /// The statement that adds a column.
    pub(crate) fn add(&self, column: &ColumnLayout) -> String {
        format!("ALTER TABLE {} ADD COLUMN {}", quoted(&self.name), column.definition())
    }
}

#[cfg(feature = "sqlite")]
impl ColumnLayout {
    fn definition(&self) -> String {
        let mut text = format!("{} {}", quoted(&self.name), self.sql_type);
        if self.required {
            text.push_str(" NOT NULL");
        }
        if self.primary {
            text.push_str(" PRIMARY KEY");
        }
        if let Some(table) = &self.references {
            // Writing into a String does not fail.
            let _ = write!(text, " REFERENCES {} (\"id\")", quoted(table));
        }
        text
    }
}

#[cfg(feature = "sqlite")]
impl IndexLayout {
    /// The statement that makes the index.
    pub(crate) fn create(&self) -> String {
        let columns: Vec<String> = self.columns.iter().map(|column| quoted(column)).collect();
        let unique = if self.unique { "UNIQUE " } else { "" };
        let (name, table) = (quoted(&self.name), quoted(&self.table));
        let condition = self.condition.as_ref().map(|condition| format!(" WHERE {condition}")).unwrap_or_default();
        format!("CREATE {unique}INDEX {name} ON {table} ({}){condition}", columns.join(", "))
    }
}

/// A name in quotes. Names of the schema are letters, digits and `_`; others come from inspecting a database.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
