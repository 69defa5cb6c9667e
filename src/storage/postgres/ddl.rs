//! The tables a schema asks for, as PostgreSQL has them.

use sha2::{Digest, Sha256};

use super::argument::Kind;
use super::dialect::{FOLDED, Postgres};
use crate::query::QueryError;
use crate::schema::{Name, Schema};
use crate::storage::sql::{ColumnLayout, IndexLayout, TableLayout, layout, quoted};

/// How long a name may be, in bytes.
const MAX_NAME: usize = 63;

/// The tables of the entities, in the order of the schema.
pub(super) fn entity_tables(schema: &Schema, dialect: &Postgres) -> Result<Vec<TableLayout>, QueryError> {
    let mut tables = layout(schema, dialect)?;
    for table in &mut tables {
        table.columns.push(column(FOLDED, Kind::Json, false));
        for index in &mut table.indexes {
            index.name = short(&index.name);
        }
    }
    Ok(tables)
}

/// The tables the crate keeps for itself.
pub(super) fn internal_tables() -> Vec<TableLayout> {
    let meta = TableLayout {
        name: "crm_meta".into(),
        columns: vec![primary(column("name", Kind::Text, true)), column("value", Kind::Text, true)],
        indexes: Vec::new(),
        options: "",
    };
    let commit = TableLayout {
        name: "crm_commit".into(),
        columns: vec![
            primary(column("position", Kind::Int, true)),
            column("set_id", Kind::Id, true),
            column("at", Kind::Timestamp, true),
            column("actor", Kind::Id, false),
            column("command", Kind::Text, true),
            column("outcome", Kind::Json, false),
        ],
        indexes: vec![IndexLayout {
            name: "crm_commit_set_id".into(),
            table: "crm_commit".into(),
            columns: vec!["set_id".into()],
            unique: true,
            condition: None,
        }],
        options: "",
    };
    vec![meta, commit]
}

/// The statement that makes a table, without its indexes and references.
pub(super) fn create_table(namespace: &str, table: &TableLayout) -> String {
    let columns: Vec<String> = table.columns.iter().map(|column| format!("  {}", definition(table, column))).collect();
    format!("CREATE TABLE {} (\n{}\n)", full(namespace, &table.name), columns.join(",\n"))
}

/// The statement that adds a column.
pub(super) fn add_column(namespace: &str, table: &TableLayout, column: &ColumnLayout) -> String {
    format!("ALTER TABLE {} ADD COLUMN {}", full(namespace, &table.name), definition(table, column))
}

/// The statement that adds a reference. Records that are there already are not looked at where the table is `old`.
pub(super) fn add_reference(namespace: &str, table: &Name, column: &Name, target: &Name, old: bool) -> String {
    format!(
        "ALTER TABLE {} ADD FOREIGN KEY ({}) REFERENCES {} (\"id\") DEFERRABLE INITIALLY DEFERRED{}",
        full(namespace, table),
        quoted(column),
        full(namespace, target),
        if old { " NOT VALID" } else { "" }
    )
}

/// The statements that make an index; beside the records that are written meanwhile where the table is `old`.
pub(super) fn create_index(namespace: &str, index: &IndexLayout, old: bool) -> Vec<String> {
    let columns: Vec<String> = index.columns.iter().map(|column| quoted(column)).collect();
    let unique = if index.unique { "UNIQUE " } else { "" };
    let beside = if old { "CONCURRENTLY " } else { "" };
    let condition = index.condition.as_ref().map(|condition| format!(" WHERE {condition}")).unwrap_or_default();
    let mut steps = vec![format!(
        "CREATE {unique}INDEX {beside}{} ON {} ({}){condition}",
        quoted(&index.name),
        full(namespace, &index.table),
        columns.join(", ")
    )];
    // The server writes conditions in words of its own, so ours is kept as a comment to be compared.
    if let Some(condition) = &index.condition {
        steps.push(format!("COMMENT ON INDEX {} IS {}", full(namespace, &index.name), text(condition)));
    }
    steps
}

/// The statement that removes an index.
pub(super) fn drop_index(namespace: &str, name: &str) -> String {
    format!("DROP INDEX CONCURRENTLY {}", full(namespace, name))
}

/// A name with its schema, in quotes.
pub(super) fn full(namespace: &str, name: &str) -> String {
    format!("{}.{}", quoted(namespace), quoted(name))
}

/// A text in quotes.
pub(super) fn text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// What a column is, without its name, as it is compared with what the database has.
pub(super) fn described(sql_type: &str, collation: Option<&str>, required: bool, primary: bool) -> String {
    let mut words = sql_type.to_owned();
    if let Some(collation) = collation {
        words.push_str(&format!(" COLLATE {}", quoted(collation)));
    }
    if required {
        words.push_str(" NOT NULL");
    }
    if primary {
        words.push_str(" PRIMARY KEY");
    }
    words
}

/// The collation of a column, if its type has any: text is compared by code point.
pub(super) fn collation(column: &ColumnLayout) -> Option<&'static str> {
    if column.sql_type == Kind::Text.name() { Some("C") } else { None }
}

fn definition(table: &TableLayout, column: &ColumnLayout) -> String {
    let kind = described(column.sql_type, collation(column), column.required, column.primary);
    let counts = table.name == "crm_commit" && column.primary;
    let counter = if counts { " GENERATED ALWAYS AS IDENTITY" } else { "" };
    format!("{} {kind}{counter}", quoted(&column.name))
}

fn column(name: &'static str, kind: Kind, required: bool) -> ColumnLayout {
    ColumnLayout { name: name.into(), sql_type: kind.name(), required, primary: false, references: None }
}

fn primary(column: ColumnLayout) -> ColumnLayout {
    ColumnLayout { primary: true, ..column }
}

/// The name, or its beginning and a mark of the whole where the server would cut it off.
fn short(name: &Name) -> Name {
    if name.len() <= MAX_NAME {
        return name.clone();
    }
    let digest = Sha256::digest(name.as_bytes());
    let mark: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let beginning: String = name.chars().take(MAX_NAME - mark.len() - 1).collect();
    Name::Owned(format!("{beginning}_{mark}"))
}
