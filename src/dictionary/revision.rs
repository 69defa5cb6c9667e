//! How often the dictionary has changed: what other programs look at to know that they must read it again.

use crate::change::{Adjust, AdjustKey, Change};
use crate::id::{Id, RecordId};
use crate::rules::Rules;
use crate::schema::{Entity, EntityFacts, Facts};
use crate::value::Value;

crate::entity!(
    #[entity("bas_dict_revision", "字典版本", "Dictionary revision")]
    #[inputs(NewDictionaryRevision, DictionaryRevisionPatch)]
    /// How often the dictionary has changed. There is one.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::dictionary::{DictionaryRevision, NewDictionaryEntry, REGION};
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// crm.system().dictionary_entries().create(NewDictionaryEntry::new(REGION, "海外", "海外")).await?;
    /// let the_one = Query::of::<DictionaryRevision>().filter(DictionaryRevision::main());
    /// let revisions = crm.system().of::<DictionaryRevision>().list(the_one).await?.items;
    /// assert!(revisions.len() == 1 && revisions[0].revision >= 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub struct DictionaryRevision {
        #[system]
        /// Always `main`: the key that keeps it the only one.
        #[label("编码", "Code")]
        pub code: String,
        #[system]
        /// The number of changes so far.
        #[label("版本", "Revision")]
        pub revision: i64,
    }
);

const MAIN: &str = "main";
/// Whoever counts first makes the record, and all make the same.
const ID: RecordId = RecordId::from_bytes(*b"crmkit-dict-revn");

impl EntityFacts for DictionaryRevision {
    fn facts() -> Facts {
        Facts::default().unique::<Self>(&[&DictionaryRevision::code]).unrecorded().announced()
    }
}

impl Rules for DictionaryRevision {}

impl DictionaryRevision {
    /// The condition that finds it.
    #[must_use]
    pub fn main() -> crate::query::Filter {
        Self::code.eq(MAIN)
    }

    /// The change that counts one change of the dictionary.
    #[must_use]
    pub fn count() -> Change {
        let first = Self { code: MAIN.into(), ..Self::draft(Id::new(ID), NewDictionaryRevision::default()) };
        Change::Adjust(Adjust {
            entity: Self::NAME.into(),
            key: AdjustKey::Unique(vec![(Self::code.name().into(), Value::from(MAIN))]),
            if_absent: Some(first.into_record()),
            add: vec![(Self::revision.name().into(), 1)],
            require: Vec::new(),
            slot: None,
        })
    }
}
