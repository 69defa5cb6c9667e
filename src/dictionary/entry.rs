//! Entries of the dictionary.

use super::DictionaryRevision;
use crate::change::Change;
use crate::command::{Loaded, Need};
use crate::error::{Error, Result};
use crate::problem::FieldProblem;
use crate::query::{OrderBy, Query};
use crate::rules::{Context, Deletion, Rules};
use crate::schema::{EntityFacts, Facts, Lang};

crate::entity!(
    #[entity("bas_dict", "数据字典", "Dictionary entry")]
    #[inputs(NewDictionaryEntry, DictionaryEntryPatch)]
    /// One of the texts that a field is chosen from.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::dictionary::{NewDictionaryEntry, REGION};
    /// use crmkit::prelude::*;
    /// use crmkit::schema::Lang;
    ///
    /// # pollster::block_on(async {
    /// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let new = NewDictionaryEntry { item_en: Some("Abroad".into()), ..NewDictionaryEntry::new(REGION, "海外", "海外") };
    /// let abroad = crm.system().dictionary_entries().create(new).await?;
    /// assert_eq!((abroad.label(Lang::Zh), abroad.label(Lang::En)), ("海外", "Abroad"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub struct DictionaryEntry {
        /// What it is one of, such as `region`.
        #[label("类别", "Type")]
        pub r#type: String,
        /// What people are shown.
        #[label("条目", "Item")]
        pub item: String,
        /// What people are shown in English, where that differs.
        #[label("条目(英文)", "Item in English")]
        pub item_en: Option<String>,
        /// What records hold; unique within its type.
        #[label("值", "Value")]
        pub value: String,
        /// Whether it may be changed and deleted. Nothing is added to a type that has only entries that may not.
        #[label("可编辑", "Editable")]
        pub editable: bool,
        /// Its place among those of its type; those without one come last, the oldest first.
        #[label("顺序", "Position")]
        pub position: Option<i64>,
    }
);

impl EntityFacts for DictionaryEntry {
    fn facts() -> Facts {
        Facts::default()
            .unique::<Self>(&[&DictionaryEntry::r#type, &DictionaryEntry::value])
            .index::<Self>(&[&DictionaryEntry::r#type, &DictionaryEntry::position])
            .natural::<Self>(&[&DictionaryEntry::value, &DictionaryEntry::item])
            .searched::<Self>(&[&DictionaryEntry::item, &DictionaryEntry::item_en, &DictionaryEntry::value])
    }
}

impl NewDictionaryEntry {
    /// An editable entry behind the others of its type.
    #[must_use]
    pub fn new(r#type: impl Into<String>, item: impl Into<String>, value: impl Into<String>) -> Self {
        let (r#type, item, value) = (r#type.into(), item.into(), value.into());
        Self { r#type, item, value, editable: true, ..Self::default() }
    }
}

impl DictionaryEntry {
    /// What people are shown in a language.
    #[must_use]
    pub fn label(&self, lang: Lang) -> &str {
        match (lang, &self.item_en) {
            (Lang::En, Some(english)) => english,
            (Lang::En, None) | (Lang::Zh, _) => &self.item,
        }
    }

    /// The entries of a type in their order, 100 to a page.
    #[must_use]
    pub fn of_type(r#type: &str) -> Query {
        let position: OrderBy = Self::position.asc();
        Query::of::<Self>().filter(Self::r#type.eq(r#type)).order(position)
    }

    fn refuse_locked(&self, done: &str) -> Result<()> {
        if self.editable {
            return Ok(());
        }
        let problem = format!("is not editable; only editable entries can be {done}");
        Err(Error::State { entity: "dictionary_entry".into(), id: self.id.raw(), problem })
    }
}

impl Rules for DictionaryEntry {
    fn edited(before: &Self, after: Self, _: &Context) -> Result<Self> {
        before.refuse_locked("changed")?;
        if before.r#type != after.r#type {
            let problems = vec![FieldProblem::invalid("type", "an entry's type can't be changed; make another entry")];
            return Err(Error::Invalid { entity: "dictionary_entry".into(), problems });
        }
        Ok(after)
    }

    fn deleted(before: &Self, _: &Context) -> Result<Deletion<Self>> {
        before.refuse_locked("deleted")?;
        Ok(Deletion::Remove)
    }

    /// The other entries of its type.
    fn relies_on(&self) -> Vec<Need> {
        vec![Need::matching::<Self>(Self::r#type.eq(self.r#type.as_str()))]
    }

    fn allowed(before: Option<&Self>, after: Option<&Self>, loaded: &Loaded, _: &Context) -> Result<()> {
        let (None, Some(after)) = (before, after) else { return Ok(()) };
        let others = loaded.all::<Self>()?;
        let mut others = others.iter().filter(|other| other.r#type == after.r#type && other.id != after.id).peekable();
        match others.peek().copied() {
            Some(other) if others.all(|other| !other.editable) => {
                let problem =
                    format!("and all others of the type `{}` are not editable; nothing can be added", after.r#type);
                Err(Error::State { entity: "dictionary_entry".into(), id: other.id.raw(), problem })
            }
            _ => Ok(()),
        }
    }

    /// Other programs learn of the change by it.
    fn sums(_: Option<&Self>, _: Option<&Self>) -> Vec<Change> {
        vec![DictionaryRevision::count()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{Id, RecordId};
    use crate::schema::Entity;
    use crate::value::Timestamp;

    fn entry(byte: u8, r#type: &str, editable: bool) -> DictionaryEntry {
        let new = NewDictionaryEntry { editable, ..NewDictionaryEntry::new(r#type, "item", byte.to_string()) };
        DictionaryEntry::draft(Id::new(RecordId::from_bytes([byte; 16])), new)
    }

    #[test]
    fn a_type_of_locked_entries_takes_no_more() {
        let context = Context { actor: None, now: Timestamp::EPOCH, zone: chrono_tz::UTC };
        let new = entry(9, "level", true);
        let allowed = |others: &[DictionaryEntry]| {
            let mut loaded = Loaded::default();
            others.iter().for_each(|other| loaded.add(other.clone().into_record()));
            DictionaryEntry::allowed(None, Some(&new), &loaded, &context)
        };
        assert!(allowed(&[]).is_ok());
        assert!(allowed(&[entry(1, "level", false), entry(2, "level", true)]).is_ok());
        assert!(allowed(&[entry(1, "region", false)]).is_ok());
        let error = allowed(&[entry(1, "level", false), entry(2, "level", false)]).unwrap_err();
        assert!(error.to_string().ends_with("all others of the type `level` are not editable; nothing can be added"));
        // Nor can one be moved there.
        assert!(DictionaryEntry::edited(&entry(9, "x", true), new.clone(), &context).is_err());
    }

    #[test]
    fn the_english_label_falls_back_to_the_item() {
        let with = DictionaryEntry { item_en: Some("East".into()), ..entry(1, "region", true) };
        assert_eq!((with.label(Lang::En), with.label(Lang::Zh)), ("East", "item"));
        assert_eq!(entry(1, "region", true).label(Lang::En), "item");
    }
}
