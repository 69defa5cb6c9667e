//! `crm dict`: the texts that fields are chosen from.

use clap::Subcommand;
use crmkit::dictionary::{DictionaryEntry, DictionaryEntryPatch, NewDictionaryEntry};
use crmkit::prelude::*;
use crmkit::session::Records;
use pollster::block_on;

use crate::call::Call;
use crate::failure::{Failure, Outcome};
use crate::list::{self, ListArgs};

#[derive(Debug, Subcommand)]
pub(crate) enum DictCommand {
    /// List all entries, or those of a type
    List {
        /// The type, such as region
        r#type: Option<String>,
    },
    /// Add an entry
    Add {
        /// The type, such as region
        r#type: String,
        /// What records hold
        value: String,
        /// What people are shown
        item: String,
        /// What people are shown in English, where that differs
        #[arg(long, value_name = "TEXT")]
        item_en: Option<String>,
        /// Its place among those of its type
        #[arg(long, value_name = "N")]
        position: Option<i64>,
    },
    /// Change an entry
    Edit {
        /// The type
        r#type: String,
        /// The value it has
        value: String,
        /// Another value
        #[arg(long = "value", id = "new", value_name = "VALUE")]
        new_value: Option<String>,
        /// What people are shown
        #[arg(long, value_name = "TEXT")]
        item: Option<String>,
        /// What people are shown in English
        #[arg(long, value_name = "TEXT")]
        item_en: Option<String>,
        /// Its place among those of its type
        #[arg(long, value_name = "N")]
        position: Option<i64>,
    },
    /// Delete an entry
    Delete {
        /// The type
        r#type: String,
        /// The value
        value: String,
    },
}

pub(crate) fn run(command: &DictCommand, call: &mut Call<'_>) -> Result<Outcome, Failure> {
    let session = call.session()?;
    let entries = session.of::<DictionaryEntry>();
    let sentence = match command {
        DictCommand::List { r#type } => {
            let conditions = r#type.iter().map(|name| format!("type={name}")).collect();
            return list::run(&ListArgs::of("dictionary", conditions), call);
        }
        DictCommand::Add { r#type, value, item, item_en, position } => {
            let new = NewDictionaryEntry {
                item_en: item_en.clone(),
                position: *position,
                ..NewDictionaryEntry::new(r#type, item, value)
            };
            let made = block_on(entries.create(new))?;
            format!("added `{}` to the type `{}`", made.value, made.r#type)
        }
        DictCommand::Edit { r#type, value, new_value, item, item_en, position } => {
            let patch = DictionaryEntryPatch {
                value: new_value.clone().map_or(Edit::Keep, Edit::Set),
                item: item.clone().map_or(Edit::Keep, Edit::Set),
                item_en: item_en.clone().map_or(Edit::Keep, |text| Edit::Set(Some(text))),
                position: position.map_or(Edit::Keep, |place| Edit::Set(Some(place))),
                ..Default::default()
            };
            let changed = block_on(async { entries.edit(find(&entries, r#type, value).await?, patch).await })?;
            format!("changed `{}` of the type `{}`", changed.value, changed.r#type)
        }
        DictCommand::Delete { r#type, value } => {
            block_on(async { entries.delete(find(&entries, r#type, value).await?).await })?;
            format!("deleted `{value}` from the type `{type}`")
        }
    };
    call.say(&sentence)?;
    Ok(Outcome::Done)
}

async fn find(entries: &Records<DictionaryEntry>, r#type: &str, value: &str) -> Result<Id<DictionaryEntry>> {
    let filter = DictionaryEntry::r#type.eq(r#type).and(DictionaryEntry::value.eq(value));
    let found = entries.list(Query::of::<DictionaryEntry>().filter(filter).limit(1)).await?;
    let key = format!("{value} of {type}");
    let missing = || Error::NotFound { entity: "dictionary_entry".into(), key: key.chars().take(80).collect() };
    Ok(found.items.first().ok_or_else(missing)?.id)
}
