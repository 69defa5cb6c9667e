//! The statements of each entity, written once when the store is opened.

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Arc;

use sqlx::AssertSqlSafe;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{Arguments, PgConnection, Postgres};

use super::argument::{Argument, Column, Kind};
use super::dialect::FOLDED;
use super::fault::explained;
use super::row::custom_text;
use crate::id::RecordId;
use crate::query::fold_text;
use crate::schema::{ColumnType, EntityDef, Name, Record, Schema};
use crate::storage::Result;
use crate::storage::sql::{TableLayout, quoted};
use crate::value::Value;

/// How strongly records are locked to the end of a commit, from weak to strong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Lock {
    /// Nobody changes them.
    Checked,
    /// Nobody else changes them.
    Written,
    /// Nobody else changes them or refers to them anew.
    Removed,
}

impl Lock {
    const fn clause(self) -> &'static str {
        match self {
            Self::Checked => "FOR SHARE",
            Self::Written => "FOR NO KEY UPDATE",
            Self::Removed => "FOR UPDATE",
        }
    }
}

/// The statements of all entities, in the order of the schema.
#[derive(Debug)]
pub(super) struct Statements {
    pub(super) entities: Vec<Arc<EntitySql>>,
    by_name: HashMap<Name, usize>,
    /// The table of commits.
    pub(super) commits: CommitSql,
}

/// The statements on the table of commits.
#[derive(Debug)]
pub(super) struct CommitSql {
    pub(super) record: Arc<str>,
    pub(super) find: Arc<str>,
}

/// The statements of one entity.
#[derive(Debug)]
pub(super) struct EntitySql {
    pub(super) def: Arc<EntityDef>,
    /// The table, with its schema, in quotes.
    pub(super) table: String,
    /// The columns of a record, as [`record`](super::row::record) reads them.
    columns: String,
    pub(super) get_one: Arc<str>,
    pub(super) get: Arc<str>,
    pub(super) insert: Arc<str>,
    pub(super) update: Arc<str>,
    pub(super) delete: Arc<str>,
    /// The conditions of the unique keys, in their order.
    conditions: Vec<Option<String>>,
    /// The places of the fields that a text search may look into.
    texts: Vec<usize>,
}

impl Statements {
    pub(super) fn new(schema: &Schema, namespace: &str, layout: &[TableLayout]) -> Self {
        let entities: Vec<Arc<EntitySql>> = schema
            .entities()
            .zip(layout)
            .map(|(def, layout)| Arc::new(EntitySql::new(namespace, def, layout)))
            .collect();
        let by_name = entities.iter().enumerate().map(|(place, sql)| (sql.def.name.clone(), place)).collect();
        let table = format!("{}.\"crm_commit\"", quoted(namespace));
        let commits = CommitSql {
            record: format!(
                "INSERT INTO {table} (\"set_id\", \"at\", \"actor\", \"command\", \"outcome\") \
                 VALUES ($1, $2, $3, $4, $5) ON CONFLICT (\"set_id\") DO NOTHING RETURNING \"position\""
            )
            .into(),
            find: format!("SELECT \"position\", \"outcome\"::text FROM {table} WHERE \"set_id\" = $1").into(),
        };
        Self { entities, by_name, commits }
    }

    pub(super) fn of(&self, entity: &str) -> Option<&Arc<EntitySql>> {
        self.by_name.get(entity).and_then(|place| self.entities.get(*place))
    }
}

impl EntitySql {
    fn new(namespace: &str, def: &Arc<EntityDef>, layout: &TableLayout) -> Self {
        let table = format!("{}.{}", quoted(namespace), quoted(&def.name));
        let names = ["id", "version"].into_iter().chain(def.columns.iter().map(|column| &*column.name));
        let mut names: Vec<String> = names.chain(["custom"]).map(quoted).collect();
        let columns = names.join(", ");
        names.push(quoted(FOLDED));
        let kinds = kinds(def);
        let arrays: Vec<String> =
            kinds.iter().enumerate().map(|(place, kind)| format!("${}::{}[]", place + 1, kind.name())).collect();
        let arrays = arrays.join(", ");
        let fields: Vec<String> = (0..kinds.len()).map(|place| format!("\"{place}~\"")).collect();
        let set = names.iter().zip(&fields).skip(1).map(|(name, field)| format!("{name} = \"~\".{field}"));
        let set: Vec<String> = set.collect();
        let texts = def.columns.iter().enumerate();
        let texts = texts.filter(|(_, column)| matches!(column.column_type, ColumnType::Text));
        Self {
            get_one: format!("SELECT {columns} FROM {table} WHERE \"id\" = $1").into(),
            get: format!("SELECT {columns} FROM {table} WHERE \"id\" = ANY($1)").into(),
            insert: format!("INSERT INTO {table} ({}) SELECT * FROM unnest({arrays})", names.join(", ")).into(),
            update: format!(
                "UPDATE {table} AS \"o~\" SET {} FROM unnest({arrays}) AS \"~\" ({}) WHERE \"o~\".\"id\" = \"~\".\"0~\"",
                set.join(", "),
                fields.join(", ")
            )
            .into(),
            delete: format!("DELETE FROM {table} WHERE \"id\" = ANY($1)").into(),
            conditions: layout.indexes.iter().filter(|i| i.unique).map(|index| index.condition.clone()).collect(),
            texts: texts.map(|(place, _)| place).collect(),
            def: Arc::clone(def),
            columns,
            table,
        }
    }

    /// Reads records by id, and by what the arguments after the first look for, and locks them in the order of ids.
    pub(super) fn lock(&self, keys: &[KeyLookup], lock: Lock) -> (String, Vec<Argument>) {
        let (columns, table, clause) = (&self.columns, &self.table, lock.clause());
        if keys.is_empty() {
            let sql = format!("SELECT {columns} FROM {table} WHERE \"id\" = ANY($1) ORDER BY \"id\" {clause}");
            return (sql, Vec::new());
        }
        let mut found = "SELECT unnest($1::uuid[])".to_owned();
        let mut arguments = Vec::new();
        for key in keys {
            let _ = write!(found, " UNION SELECT \"o~\".\"id\" FROM {}", self.holders(key, 2, &mut arguments));
        }
        let sql = format!("SELECT {columns} FROM {table} WHERE \"id\" = ANY(ARRAY({found})) ORDER BY \"id\" {clause}");
        (sql, arguments)
    }

    /// Reads the records that hold values of a unique key.
    pub(super) fn find(&self, key: &KeyLookup) -> (String, Vec<Argument>) {
        let mut arguments = Vec::new();
        let holders = self.holders(key, 1, &mut arguments);
        (format!("SELECT {} FROM {holders}", self.qualified()), arguments)
    }

    /// Reads some of the records that refer to another one by a field.
    pub(super) fn referring(&self, column: usize) -> String {
        let field = self.def.columns.get(column).map(|column| quoted(&column.name)).unwrap_or_default();
        format!("SELECT {} FROM {} WHERE {field} = $1 LIMIT $2", self.columns, self.table)
    }

    /// Reads the records whose ids a statement gives.
    pub(super) fn among(&self, ids: &str, lock: Option<Lock>) -> String {
        let clause = lock.map(Lock::clause).unwrap_or_default();
        format!("SELECT {} FROM {} WHERE \"id\" IN ({ids}) ORDER BY \"id\" {clause}", self.columns, self.table)
    }

    fn qualified(&self) -> String {
        let names = ["id", "version"].into_iter().chain(self.def.columns.iter().map(|column| &*column.name));
        let names: Vec<String> = names.chain(["custom"]).map(|name| format!("\"o~\".{}", quoted(name))).collect();
        names.join(", ")
    }

    /// The table joined to the values of a key, whose arguments count from `first` plus those there are.
    fn holders(&self, key: &KeyLookup, first: usize, arguments: &mut Vec<Argument>) -> String {
        let (mut arrays, mut names, mut on) = (Vec::new(), Vec::new(), Vec::new());
        for (place, column) in key.columns.iter().enumerate() {
            let Some(column_def) = self.def.columns.get(*column) else { continue };
            let kind = Kind::of(&column_def.column_type);
            let mut values = Column::new(kind);
            for tuple in &key.values {
                values.push(tuple.get(place).unwrap_or(&Value::Null));
            }
            arrays.push(format!("${}::{}[]", first + arguments.len(), kind.name()));
            arguments.push(Argument::Many(values));
            names.push(format!("\"{place}~\""));
            on.push(format!("\"o~\".{} = \"~\".\"{place}~\"", quoted(&column_def.name)));
        }
        let condition = self.conditions.get(key.key).and_then(Option::as_ref);
        let condition = condition.map(|condition| format!(" WHERE {condition}")).unwrap_or_default();
        format!(
            "{} AS \"o~\" JOIN unnest({}) AS \"~\" ({}) ON {}{condition}",
            self.table,
            arrays.join(", "),
            names.join(", "),
            on.join(" AND ")
        )
    }

    /// Records as the arguments of `insert` and `update`: a column each.
    pub(super) fn arrays<'r>(&self, records: impl Iterator<Item = &'r Record>) -> Vec<Argument> {
        let mut columns: Vec<Column> = kinds(&self.def).into_iter().map(Column::new).collect();
        for record in records {
            let mut into = columns.iter_mut();
            let mut push = |value: &Value| {
                if let Some(column) = into.next() {
                    column.push(value);
                }
            };
            push(&Value::Id(record.id));
            push(&Value::Int(record.version.0));
            record.values.iter().for_each(push);
            let (custom, folded) = (custom_text(&record.custom), self.folded(record));
            for (column, text) in columns.iter_mut().skip(record.values.len() + 2).zip([custom, folded]) {
                column.push_text(text.as_deref());
            }
        }
        columns.into_iter().map(Argument::Many).collect()
    }

    /// The folded form of those texts for which the server's `lower` is not the same.
    fn folded(&self, record: &Record) -> Option<String> {
        let mut folded = serde_json::Map::new();
        for place in &self.texts {
            let Some(text) = record.value(*place).as_text().filter(|text| !text.is_ascii()) else { continue };
            let Some(column) = self.def.columns.get(*place) else { continue };
            let fold = fold_text(text);
            if fold != text.to_ascii_lowercase() {
                folded.insert(column.name.to_string(), fold.into());
            }
        }
        if folded.is_empty() { None } else { Some(serde_json::Value::Object(folded).to_string()) }
    }
}

/// Values of one unique key.
#[derive(Debug, Clone)]
pub(super) struct KeyLookup {
    /// The place of the key among those of the entity.
    pub(super) key: usize,
    /// The places of its fields.
    pub(super) columns: Vec<usize>,
    /// What is looked for, each in the order of the fields.
    pub(super) values: Vec<Vec<Value>>,
}

/// The types of all columns of a record, and of the folded texts behind them.
fn kinds(def: &EntityDef) -> Vec<Kind> {
    let fields = def.columns.iter().map(|column| Kind::of(&column.column_type));
    [Kind::Id, Kind::Int].into_iter().chain(fields).chain([Kind::Json, Kind::Json]).collect()
}

/// A statement whose text was written from the schema alone, with its arguments.
pub(super) fn statement(
    sql: impl Into<Arc<str>>,
    arguments: impl IntoIterator<Item = Argument>,
) -> Result<Query<'static, Postgres, PgArguments>> {
    let mut bound = PgArguments::default();
    for argument in arguments {
        bound.add(argument).map_err(|error| explained(sqlx::Error::Encode(error)))?;
    }
    Ok(sqlx::query_with(AssertSqlSafe(sql.into()), bound))
}

/// All rows of a statement.
pub(super) async fn rows(
    connection: &mut PgConnection,
    sql: impl Into<Arc<str>>,
    arguments: impl IntoIterator<Item = Argument>,
) -> Result<Vec<PgRow>> {
    statement(sql, arguments)?.fetch_all(connection).await.map_err(explained)
}

/// The argument for one id.
pub(super) fn id(id: RecordId) -> Argument {
    Argument::value(id)
}
