//! Entries of the dictionary: told apart by type and value, editable unless said otherwise.

use crate::dictionary::DictionaryEntry;
use crate::transfer::import::{ImportField, ImportKind};

pub(super) fn kind() -> ImportKind {
    ImportKind::of::<DictionaryEntry>("dictionary")
        .fields([
            ImportField::of(DictionaryEntry::r#type),
            ImportField::of(DictionaryEntry::item),
            ImportField::of(DictionaryEntry::value),
            ImportField::of(DictionaryEntry::editable).or("true"),
        ])
        .key(&[&DictionaryEntry::r#type, &DictionaryEntry::value])
        .build()
}
