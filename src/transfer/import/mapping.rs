//! Which column or value fills which field.

use std::collections::HashMap;

use super::rows::Row;
use super::{ImportError, ImportOptions, OnDuplicate};
use crate::problem::nearest;

/// What fills one field.
#[derive(Debug)]
pub(super) struct Source {
    /// The field's place in the kind.
    pub(super) field: usize,
    /// Each where those before it are empty.
    columns: Vec<usize>,
    set: Option<String>,
    translations: HashMap<String, String>,
}

impl Source {
    /// The text a row has for the field, if it has one.
    pub(super) fn text<'a>(&'a self, row: &'a Row) -> Option<&'a str> {
        let translated = |text: &'a str| self.translations.get(text).map_or(text, String::as_str);
        let cells = || self.columns.iter().map(|column| row.cell(*column)).filter(|cell| !cell.is_empty());
        if let Some(text) = cells().map(translated).find(|text| !text.is_empty()) {
            return Some(text);
        }
        // A cell that is translated to nothing says that there is nothing.
        let set = self.set.as_deref().filter(|_| cells().next().is_none());
        set.map(translated).filter(|text| !text.is_empty())
    }
}

/// What fills each field that something fills, in the order of the kind's fields.
pub(super) fn sources(options: &ImportOptions, header: &Row) -> Result<Vec<Source>, ImportError> {
    let mut sources = Vec::new();
    for (place, field) in options.kind.fields().iter().enumerate() {
        let mapped = options.map.iter().find(|(name, _)| *name == field.name);
        let column = match mapped {
            Some((_, column)) => Some(find(header, column)?.ok_or_else(|| missing(header, column))?),
            None => find(header, &field.name)?,
        };
        let mut columns = Vec::from_iter(column);
        for (_, column) in options.or_map.iter().filter(|(name, _)| *name == field.name) {
            columns.push(find(header, column)?.ok_or_else(|| missing(header, column))?);
        }
        let set = options.set.iter().find(|(name, _)| *name == field.name).map(|(_, text)| text.clone());
        let needed = options.on_duplicate != OnDuplicate::Update || options.kind.key().contains(&field.place);
        if columns.is_empty() && set.is_none() {
            if field.required && needed {
                return Err(ImportError::NoSource { field: field.name.to_string() });
            }
            continue;
        }
        let translations = options.map_value.iter().filter(|(name, ..)| *name == field.name);
        let translations = translations.map(|(_, from, to)| (from.clone(), to.clone())).collect();
        sources.push(Source { field: place, columns, set, translations });
    }
    Ok(sources)
}

/// The places of the columns that fill no field.
pub(super) fn is_unused(sources: &[Source], column: usize) -> bool {
    sources.iter().all(|source| !source.columns.contains(&column))
}

fn find(header: &Row, column: &str) -> Result<Option<usize>, ImportError> {
    let mut places = header.cells().enumerate().filter(|(_, name)| *name == column).map(|(place, _)| place);
    let first = places.next();
    if places.next().is_some() {
        return Err(ImportError::RepeatedColumn { column: column.to_owned() });
    }
    Ok(first)
}

fn missing(header: &Row, column: &str) -> ImportError {
    ImportError::MissingColumn { column: column.to_owned(), nearest: nearest(column, header.cells()) }
}
