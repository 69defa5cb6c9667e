//! Kinds of records, by the names people type.

use std::sync::Arc;

use crmkit::report::Column;
use crmkit::schema::{ColumnDef, ColumnType, EntityDef, Label, Name, Schema};
use crmkit::transfer::{ImportKind, kinds};

use crate::failure::Failure;

/// What is listed or written: an entity, and what a file that is imported calls its fields.
#[derive(Debug)]
pub(crate) struct Kind {
    /// What is known of the entity.
    pub(crate) def: Arc<EntityDef>,
    import: Option<ImportKind>,
}

/// A field of the records, or their id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Field {
    /// The id.
    Id,
    /// The field at this place of the definition.
    Column(usize),
}

/// A condition whose field is known; its value is read once the store can be asked.
#[derive(Debug)]
pub(crate) struct Condition {
    /// The field.
    pub(crate) field: Field,
    /// Its name.
    pub(crate) name: Name,
    /// The value as it was typed.
    pub(crate) value: String,
}

impl Kind {
    /// The kind that importing or the schema knows by this name.
    pub(crate) fn named(schema: &Schema, name: &str) -> Result<Self, Failure> {
        let imports = kinds();
        if let Some(import) = imports.iter().find(|kind| kind.name() == name)
            && let Some(def) = schema.entity(&import.entity().name)
        {
            return Ok(Self { def: Arc::clone(def), import: Some(import.clone()) });
        }
        // What only the crate itself reads is no kind.
        let mut entities = schema.entities().filter(|def| !def.facts.secret);
        let found = entities.find(|def| def.code == name || plural(&def.code) == name);
        let Some(def) = found else {
            let imported = imports.iter().map(|kind| kind.name().to_owned());
            let others = schema.entities().filter(|def| !def.facts.secret);
            let others = others.filter(|def| !imports.iter().any(|kind| kind.entity().name == def.name));
            let known: Vec<String> = imported.chain(others.map(|def| plural(&def.code))).collect();
            return Err(Failure::unknown("kind", name, known.iter().map(String::as_str)));
        };
        let import = imports.iter().find(|kind| kind.entity().name == def.name).cloned();
        Ok(Self { def: Arc::clone(def), import })
    }

    /// The field of a name: the entity's own, or the one it has in files.
    pub(crate) fn field(&self, name: &str) -> Result<Field, Failure> {
        if name == "id" {
            return Ok(Field::Id);
        }
        let alias = self.import.as_ref().and_then(|import| import.field(name)).map(|field| &*field.column);
        let place = self.def.column(name).or_else(|| self.def.column(alias?));
        place.map(Field::Column).ok_or_else(|| {
            let known = self.def.columns.iter().map(|column| &*column.name);
            Failure::unknown(&format!("field of {}", self.def.code), name, known)
        })
    }

    /// The fields that are shown: those asked for, or all.
    pub(crate) fn fields(&self, names: &[String]) -> Result<Vec<Field>, Failure> {
        if names.is_empty() {
            return Ok((0..self.def.columns.len()).map(Field::Column).collect());
        }
        names.iter().map(|name| self.field(name.trim())).collect()
    }

    /// A condition as it is typed.
    pub(crate) fn condition(&self, text: &str) -> Result<Condition, Failure> {
        let usage = || Failure::Usage(format!("--where: `{text}` is not FIELD=VALUE, such as status=normal"));
        let (name, value) = text.split_once('=').ok_or_else(usage)?;
        let field = self.field(name)?;
        let name = self.column(&field).map_or_else(|| "id".into(), |column| column.name.clone());
        Ok(Condition { field, name, value: value.to_owned() })
    }

    /// The column of a field; none for the id.
    pub(crate) fn column(&self, field: &Field) -> Option<&ColumnDef> {
        match field {
            Field::Id => None,
            Field::Column(place) => self.def.columns.get(*place),
        }
    }

    /// What stands above a field's values.
    pub(crate) fn head(&self, field: &Field) -> Column {
        match self.column(field) {
            None => Column::new("id", ColumnType::Text, Label::new("标识", "Id")),
            Some(column) => {
                // A reference is shown by what people call the record.
                let shown = match &column.column_type {
                    ColumnType::Reference(_) => ColumnType::Text,
                    other => other.clone(),
                };
                Column::new(column.name.clone(), shown, column.label.clone())
            }
        }
    }
}

/// What many records of an entity are called.
fn plural(code: &str) -> String {
    match code.strip_suffix('y') {
        _ if code.ends_with('s') => code.to_owned(),
        Some(stem) => format!("{stem}ies"),
        None => format!("{code}s"),
    }
}
