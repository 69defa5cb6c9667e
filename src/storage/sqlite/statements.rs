//! The statements on single records, written once for each entity.

use std::collections::HashMap;
use std::sync::Arc;

use super::super::sql::{IndexLayout, TableLayout, quoted};
use crate::query::PreparedFilter;
use crate::schema::{ColumnType, EntityDef, Leaf, Name, ResolvedPath, Schema};

/// How many ids one statement looks up.
pub(super) const MAX_IDS: usize = 256;

/// The statements of all entities of a schema.
#[derive(Debug)]
pub(super) struct Statements {
    entities: HashMap<Name, EntitySql>,
}

/// The statements of one entity. Records are read and written as the id, the version, all columns and `custom`.
#[derive(Debug)]
pub(super) struct EntitySql {
    pub(super) def: Arc<EntityDef>,
    pub(super) table: String,
    /// Everything up to the condition.
    select: String,
    /// By id.
    pub(super) get: String,
    pub(super) version: String,
    pub(super) insert: String,
    /// By id and version.
    pub(super) delete: String,
    pub(super) keys: Vec<KeySql>,
    pub(super) references: Vec<(usize, Name)>,
    pub(super) referrers: Vec<Referrer>,
    /// The fields that come first in an index over all records.
    leading: Vec<usize>,
}

/// The statements of one unique key.
#[derive(Debug)]
pub(super) struct KeySql {
    pub(super) fields: Vec<Name>,
    pub(super) columns: Vec<usize>,
    pub(super) when: Option<PreparedFilter>,
    /// Whether another record than the one with the last value has these values.
    pub(super) taken: String,
    /// The record with these values.
    pub(super) get: String,
}

/// A field that refers to the entity.
#[derive(Debug)]
pub(super) struct Referrer {
    pub(super) entity: Name,
    pub(super) field: Name,
    /// Whether a record refers to this id.
    pub(super) exists: String,
}

impl Statements {
    /// Writes all statements. The tables are those of the schema's layout, in its order.
    pub(super) fn new(schema: &Schema, tables: &[TableLayout]) -> Self {
        let entities = schema.entities().zip(tables);
        let entities = entities.map(|(def, table)| (def.name.clone(), EntitySql::new(schema, def, table)));
        Self { entities: entities.collect() }
    }

    /// The statements of an entity.
    pub(super) fn of(&self, entity: &str) -> Option<&EntitySql> {
        self.entities.get(entity)
    }
}

impl EntitySql {
    fn new(schema: &Schema, def: &Arc<EntityDef>, layout: &TableLayout) -> Self {
        let table = quoted(&def.name);
        let columns: Vec<String> = layout.columns.iter().map(|column| quoted(&column.name)).collect();
        let all = columns.join(", ");
        let marks = vec!["?"; columns.len()].join(", ");
        let select = format!("SELECT {all} FROM {table}");
        let references = def.columns.iter().enumerate().filter_map(|(place, column)| match &column.column_type {
            ColumnType::Reference(target) => Some((place, target.clone())),
            _ => None,
        });
        Self {
            def: Arc::clone(def),
            get: format!("{select} WHERE \"id\" = ?"),
            version: format!("SELECT \"version\" FROM {table} WHERE \"id\" = ?"),
            insert: format!("INSERT INTO {table} ({all}) VALUES ({marks})"),
            delete: format!("DELETE FROM {table} WHERE \"id\" = ? AND \"version\" = ?"),
            keys: keys(schema, def, layout, &table, &select),
            references: references.collect(),
            referrers: schema.referrers(&def.name).filter_map(referrer).collect(),
            leading: leading(def, layout),
            table,
            select,
        }
    }

    /// Reads the records with ids, and the number of ids the statement takes: at least `count`, of few sizes, so that
    /// few statements are prepared.
    pub(super) fn get_many(&self, count: usize) -> (String, usize) {
        let size = count.next_power_of_two().min(MAX_IDS);
        (format!("{} WHERE \"id\" IN ({})", self.select, vec!["?"; size].join(", ")), size)
    }

    /// Writes the version and some columns, and perhaps `custom`, of the record with an id.
    pub(super) fn update(&self, columns: &[usize], custom: bool) -> String {
        let mut text = format!("UPDATE {} SET \"version\" = ?", self.table);
        let names = columns.iter().filter_map(|place| self.def.columns.get(*place)).map(|column| &*column.name);
        for name in names.chain(custom.then_some("custom")) {
            text.push_str(", \"");
            text.push_str(name);
            text.push_str("\" = ?");
        }
        text.push_str(" WHERE \"id\" = ?");
        text
    }

    /// Whether an index finds the records with a value at the end of this path.
    pub(super) fn is_indexed(&self, path: &ResolvedPath) -> bool {
        path.hops.is_empty()
            && match path.leaf {
                Leaf::Id => true,
                Leaf::Version => false,
                Leaf::Column(place) => self.leading.contains(&place),
            }
    }
}

fn keys(schema: &Schema, def: &Arc<EntityDef>, layout: &TableLayout, table: &str, select: &str) -> Vec<KeySql> {
    // The unique indexes of the layout are the keys of the entity, in their order.
    let indexes = layout.indexes.iter().filter(|index| index.unique);
    let keys = def.facts.unique.iter().zip(indexes);
    keys.map(|(key, index)| {
        let compared: Vec<String> = index.columns.iter().map(|column| format!("{} = ?", quoted(column))).collect();
        let compared = compared.join(" AND ");
        let when = index.condition.as_ref().map(|when| format!(" AND ({when})")).unwrap_or_default();
        KeySql {
            fields: key.fields.clone(),
            columns: key.fields.iter().filter_map(|field| def.column(field)).collect(),
            when: key.when.clone().and_then(|when| when.prepare(schema, def).ok()),
            taken: format!("SELECT 1 FROM {table} WHERE {compared}{when} AND \"id\" <> ?"),
            get: format!("{select} WHERE {compared}"),
        }
    })
    .collect()
}

fn referrer((def, place): (&Arc<EntityDef>, usize)) -> Option<Referrer> {
    let field = def.columns.get(place)?.name.clone();
    let exists = format!("SELECT 1 FROM {} WHERE {} = ?", quoted(&def.name), quoted(&field));
    Some(Referrer { entity: def.name.clone(), field, exists })
}

fn leading(def: &EntityDef, layout: &TableLayout) -> Vec<usize> {
    let whole = layout.indexes.iter().filter(|index| index.condition.is_none());
    let mut places: Vec<usize> = whole.filter_map(|index: &IndexLayout| def.column(index.columns.first()?)).collect();
    places.sort_unstable();
    places.dedup();
    places
}
