//! What the reports that count by kind share: a key, what people call it, how many, and the share.

use std::collections::HashMap;

use super::super::error::Result;
use super::super::table::{Column, Table};
use super::super::view::View;
use crate::dictionary::DictionaryEntry;
use crate::schema::{ColumnType, Label};
use crate::value::Value;

/// What is counted, and by which kinds.
pub(super) struct Kinds {
    /// The column of the counts.
    pub(super) counts: Column,
    /// The type of the dictionary's entries that the keys are values of.
    pub(super) dictionary: Option<&'static str>,
    /// The keys that are listed even where nothing is counted.
    pub(super) always: Vec<Value>,
}

impl Kinds {
    /// The table for rows of a key and a count, in the order of the keys.
    pub(super) async fn table(self, counted: &Table, view: &View<'_>) -> Result<Table> {
        let name = self.counts.name.clone();
        let entries = match self.dictionary {
            Some(kind) => labels(view, kind).await?,
            None => HashMap::new(),
        };
        let key_type = counted.columns().first().map_or(&ColumnType::Text, |column| &column.column_type);
        let label = |key: &Value| {
            let Value::Text(text) = key else { return key.clone() };
            match (entries.get(text), key_type) {
                (Some(label), _) => label.as_str().into(),
                (None, ColumnType::Choice(def)) => def.label(text, view.language()).into(),
                (None, _) => key.clone(),
            }
        };
        let mut table = Table::new(vec![
            Column::new("key", ColumnType::Text, Label::new("类别", "Key")),
            Column::new("label", ColumnType::Text, Label::new("名称", "Label")),
            self.counts,
        ]);
        for row in counted.rows() {
            if let [key, count] = row.as_slice() {
                table.push(vec![key.clone(), label(key), count.clone()]);
            }
        }
        for key in self.always {
            if !counted.rows().iter().any(|row| row.first() == Some(&key)) {
                let label = label(&key);
                table.push(vec![key, label, Value::Int(0)]);
            }
        }
        table.shared(&name, "share")?.totalled(&[&*name])?.sorted(&[])
    }
}

/// What people are shown for the values of a type of the dictionary.
async fn labels(view: &View<'_>, kind: &str) -> Result<HashMap<String, String>> {
    if view.schema().of::<DictionaryEntry>().is_none() {
        return Ok(HashMap::new());
    }
    let entries: Vec<DictionaryEntry> = view.every(DictionaryEntry::r#type.eq(kind)).await?;
    let label = |entry: DictionaryEntry| {
        let label = entry.label(view.language()).to_owned();
        (entry.value, label)
    };
    Ok(entries.into_iter().map(label).collect())
}
