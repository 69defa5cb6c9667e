//! What a database schema holds, compared with what it should hold.

use std::collections::BTreeMap;
use std::fmt;

use sqlx::PgConnection;

use super::argument::Argument;
use super::ddl::{add_column, add_reference, collation, create_index, create_table, described, drop_index, full};
use super::row::{bool_at, long_at, text_at};
use super::statements::rows;
use crate::schema::Name;
use crate::storage::Result;
use crate::storage::sql::{IndexLayout, TableLayout};

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

/// One way in which a database is not what the schema asks for.
#[derive(Debug, Clone)]
pub(super) struct Difference {
    pub(super) sentence: String,
    pub(super) remedy: Remedy,
    /// The statements that make it right in one transaction with others.
    pub(super) together: Vec<String>,
    /// The statements that take long, and let others read and write meanwhile; each for itself, after the others.
    pub(super) beside: Vec<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl Difference {
    const fn new(sentence: String, remedy: Remedy) -> Self {
        Self { sentence, remedy, together: Vec::new(), beside: Vec::new() }
    }
}

#[derive(Debug, Default)]
struct Found {
    columns: BTreeMap<String, FoundColumn>,
    /// By column: the table referred to, the constraint's name, and whether it was found to hold for all records.
    references: BTreeMap<String, (String, String, bool)>,
    indexes: BTreeMap<String, FoundIndex>,
}

#[derive(Debug, Default)]
struct FoundColumn {
    sql_type: String,
    collation: Option<String>,
    required: bool,
    primary: bool,
    has_default: bool,
}

#[derive(Debug)]
struct FoundIndex {
    layout: IndexLayout,
    valid: bool,
}

const COLUMNS: &str = "SELECT c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod), \
    a.attnotnull, l.collname::text, a.atthasdef OR a.attidentity <> '', \
    EXISTS (SELECT FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid AND i.indisprimary AND a.attnum = ANY(i.indkey)) \
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
    LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
    LEFT JOIN pg_catalog.pg_collation l ON l.oid = a.attcollation \
    WHERE n.nspname = $1 AND c.relkind IN ('r', 'p')";

const REFERENCES: &str = "SELECT c.relname::text, a.attname::text, t.relname::text, k.conname::text, k.convalidated \
    FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.conrelid \
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
    JOIN pg_catalog.pg_class t ON t.oid = k.confrelid AND t.relnamespace = c.relnamespace \
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1] \
    WHERE n.nspname = $1 AND k.contype = 'f' AND cardinality(k.conkey) = 1";

const INDEXES: &str = "SELECT c.relname::text, i.relname::text, x.indisunique, x.indisvalid AND x.indisready, \
    (SELECT string_agg(coalesce(a.attname::text, '?'), ',' ORDER BY k.place) \
     FROM unnest(x.indkey::int2[]) WITH ORDINALITY AS k (number, place) \
     LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number), \
    CASE WHEN x.indpred IS NULL THEN NULL ELSE coalesce(obj_description(i.oid, 'pg_class'), '?') END \
    FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class c ON c.oid = x.indrelid \
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid \
    WHERE n.nspname = $1 AND NOT x.indisprimary";

/// How many tables, views and the like there are.
pub(super) async fn relations(connection: &mut PgConnection, namespace: &str) -> Result<i64> {
    let sql = "SELECT count(*) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
               WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f')";
    let found = rows(connection, sql, [Argument::value(namespace)]).await?;
    found.first().map_or(Ok(0), |row| long_at(row, 0))
}

/// Whether there is such a schema.
pub(super) async fn exists(connection: &mut PgConnection, namespace: &str) -> Result<bool> {
    let sql = "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1";
    Ok(!rows(connection, sql, [Argument::value(namespace)]).await?.is_empty())
}

/// Whether there is a table of this name.
pub(super) async fn has_table(connection: &mut PgConnection, namespace: &str, table: &str) -> Result<bool> {
    let sql = "SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
               WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p')";
    Ok(!rows(connection, sql, [Argument::value(namespace), Argument::value(table)]).await?.is_empty())
}

async fn look(connection: &mut PgConnection, namespace: &str) -> Result<BTreeMap<String, Found>> {
    let mut tables: BTreeMap<String, Found> = BTreeMap::new();
    let schema = || [Argument::value(namespace)];
    for row in rows(connection, COLUMNS, schema()).await? {
        let table = tables.entry(text_at(&row, 0)?.unwrap_or_default()).or_default();
        let Some(name) = text_at(&row, 1)? else { continue };
        let column = FoundColumn {
            sql_type: text_at(&row, 2)?.unwrap_or_default(),
            required: bool_at(&row, 3)?,
            collation: text_at(&row, 4)?,
            has_default: bool_at(&row, 5)?,
            primary: bool_at(&row, 6)?,
        };
        table.columns.insert(name, column);
    }
    for row in rows(connection, REFERENCES, schema()).await? {
        let table = tables.entry(text_at(&row, 0)?.unwrap_or_default()).or_default();
        let (target, name) = (text_at(&row, 2)?.unwrap_or_default(), text_at(&row, 3)?.unwrap_or_default());
        table.references.insert(text_at(&row, 1)?.unwrap_or_default(), (target, name, bool_at(&row, 4)?));
    }
    for row in rows(connection, INDEXES, schema()).await? {
        let name = text_at(&row, 0)?.unwrap_or_default();
        let columns = text_at(&row, 4)?.unwrap_or_default();
        let index = text_at(&row, 1)?.unwrap_or_default();
        let layout = IndexLayout {
            name: Name::Owned(index.clone()),
            table: Name::Owned(name.clone()),
            columns: columns.split(',').map(|column| Name::Owned(column.to_owned())).collect(),
            unique: bool_at(&row, 2)?,
            condition: text_at(&row, 5)?,
        };
        let found = FoundIndex { layout, valid: bool_at(&row, 3)? };
        tables.entry(name).or_default().indexes.insert(index, found);
    }
    Ok(tables)
}

/// Every difference between a database schema and the tables it should have, in the order in which they are mended.
pub(super) async fn differences(
    connection: &mut PgConnection,
    namespace: &str,
    expected: &[TableLayout],
) -> Result<Vec<Difference>> {
    let tables = look(connection, namespace).await?;
    let mut differences = Vec::new();
    for table in expected {
        match tables.get(&*table.name) {
            Some(found) => compare_columns(namespace, table, found, &mut differences),
            None => {
                let sentence = format!("the table `{}` is missing", table.name);
                let mut together = vec![create_table(namespace, table)];
                together.extend(table.indexes.iter().flat_map(|index| create_index(namespace, index, false)));
                differences.push(Difference { together, ..Difference::new(sentence, Remedy::Migrate) });
            }
        }
    }
    for table in expected {
        compare_references(namespace, table, tables.get(&*table.name), &mut differences);
    }
    for table in expected {
        if let Some(found) = tables.get(&*table.name) {
            compare_indexes(namespace, table, found, &mut differences);
        }
    }
    let extra = tables.keys().filter(|found| !expected.iter().any(|table| table.name == **found));
    let sentence = |table: &String| format!("the table `{table}` is not in the schema");
    differences.extend(extra.map(|table| Difference::new(sentence(table), Remedy::None)));
    Ok(differences)
}

fn compare_columns(namespace: &str, table: &TableLayout, found: &Found, differences: &mut Vec<Difference>) {
    for column in &table.columns {
        let place = format!("{}.{}", table.name, column.name);
        let Some(there) = found.columns.get(&*column.name) else {
            // There is no value to put into the records that are there.
            differences.push(if column.required {
                let advice = "add it by hand with a value for every record";
                Difference::new(format!("the required column `{place}` is missing; {advice}"), Remedy::ByHand)
            } else {
                let together = vec![add_column(namespace, table, column)];
                let sentence = format!("the column `{place}` is missing");
                Difference { together, ..Difference::new(sentence, Remedy::Migrate) }
            });
            continue;
        };
        let is = described(&there.sql_type, there.collation.as_deref(), there.required, there.primary);
        let should = described(column.sql_type, collation(column), column.required, column.primary);
        if is != should {
            let sentence = format!("the column `{place}` is {is}, but should be {should}");
            differences.push(Difference::new(sentence, Remedy::ByHand));
        }
    }
    for (name, there) in &found.columns {
        if table.columns.iter().any(|column| column.name == *name) {
            continue;
        }
        let required = there.required && !there.has_default;
        let harm = if required { "; it must have a value, so no record can be added" } else { "" };
        let sentence = format!("the column `{}.{name}` is not in the schema{harm}", table.name);
        differences.push(Difference::new(sentence, if required { Remedy::ByHand } else { Remedy::None }));
    }
}

fn compare_references(namespace: &str, table: &TableLayout, found: Option<&Found>, differences: &mut Vec<Difference>) {
    for column in &table.columns {
        let Some(target) = &column.references else { continue };
        let there = found.and_then(|found| found.references.get(&*column.name));
        let place = format!("{}.{}", table.name, column.name);
        let validate = |name: &str| {
            format!(
                "ALTER TABLE {} VALIDATE CONSTRAINT {}",
                full(namespace, &table.name),
                crate::storage::sql::quoted(name)
            )
        };
        match there {
            Some((to, _, true)) if to == target => {}
            Some((to, name, false)) if to == target => {
                let sentence = format!("the reference `{place}` was not looked at for the records that were there");
                let beside = vec![validate(name)];
                differences.push(Difference { beside, ..Difference::new(sentence, Remedy::Migrate) });
            }
            Some((to, ..)) => {
                let sentence = format!("the column `{place}` refers to `{to}`, but should refer to `{target}`");
                differences.push(Difference::new(sentence, Remedy::ByHand));
            }
            None => {
                let sentence = format!("the reference from `{place}` to `{target}` is missing");
                let old = found.is_some();
                let together = vec![add_reference(namespace, &table.name, &column.name, target, old)];
                differences.push(Difference { together, ..Difference::new(sentence, Remedy::Migrate) });
            }
        }
    }
}

fn compare_indexes(namespace: &str, table: &TableLayout, found: &Found, differences: &mut Vec<Difference>) {
    for index in &table.indexes {
        let (sentence, beside) = match found.indexes.get(&*index.name) {
            Some(there) if there.valid && there.layout == *index => continue,
            None => {
                let sentence = format!("the index `{}` on `{}` is missing", index.name, index.table);
                (sentence, create_index(namespace, index, true))
            }
            Some(there) => {
                let is = if there.valid { shape(&there.layout) } else { "half made".to_owned() };
                let steps = std::iter::once(drop_index(namespace, &index.name));
                let sentence =
                    format!("the index `{}` on `{}` is {is}, but should be {}", index.name, index.table, shape(index));
                (sentence, steps.chain(create_index(namespace, index, true)).collect())
            }
        };
        differences.push(Difference { beside, ..Difference::new(sentence, Remedy::Migrate) });
    }
    for name in found.indexes.keys() {
        if !table.indexes.iter().any(|index| index.name == *name) {
            let sentence = format!("the index `{name}` on `{}` is not in the schema", table.name);
            differences.push(Difference::new(sentence, Remedy::None));
        }
    }
}

fn shape(index: &IndexLayout) -> String {
    let unique = if index.unique { "unique " } else { "" };
    let condition = index.condition.as_ref().map(|condition| format!(" where {condition}")).unwrap_or_default();
    format!("{unique}over {}{condition}", index.columns.join(", "))
}
