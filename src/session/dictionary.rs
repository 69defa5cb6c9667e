//! Looking things up in the dictionary.

use std::sync::Arc;

use super::{Records, Session};
use crate::dictionary::{DictionaryEntry, DictionaryKey, Entries};
use crate::error::Result;
use crate::schema::{Choice, Entity as _, Lang};

/// The dictionary as the actor of a session looks things up in it: through the cache. See [`Session::dictionary`].
///
/// # Examples
///
/// ```
/// use crmkit::dictionary::SERVICE_TYPE;
/// use crmkit::prelude::*;
/// use crmkit::schema::Lang;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let dictionary = crm.system().dictionary();
/// assert!(dictionary.entry(SERVICE_TYPE, "complaint").await?.is_some());
/// assert_eq!(dictionary.label(SERVICE_TYPE, "complaint", Lang::Zh).await?, "投诉");
/// assert_eq!(dictionary.entries(SERVICE_TYPE).await?.len(), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone)]
pub struct Dictionary {
    session: Session,
}

impl Session {
    /// The entries of the dictionary, to change them.
    #[must_use]
    pub fn dictionary_entries(&self) -> Records<DictionaryEntry> {
        self.of()
    }

    /// The dictionary, to look things up. What this program changes is seen at once; what another one changes, at
    /// once where the store tells of it (PostgreSQL), and anywhere after the time that
    /// [`CrmBuilder::dictionary_refresh`](crate::crm::CrmBuilder::dictionary_refresh) says.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::dictionary::{CUSTOMER_LEVEL, SERVICE_TYPE};
    /// use crmkit::prelude::*;
    /// use crmkit::schema::Lang;
    /// use crmkit::storage::MemoryStorage;
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let dictionary = crm.system().dictionary();
    /// assert_eq!(dictionary.label(SERVICE_TYPE, "complaint", Lang::Zh).await?, "投诉");
    /// let levels = dictionary.typed::<Rating>(CUSTOMER_LEVEL).await?;
    /// assert_eq!(levels[2].0, Rating::Three);
    /// assert_eq!(levels[2].1.label(Lang::En), "Major customer");
    /// # Ok::<(), Error>(())
    /// # })?;
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn dictionary(&self) -> Dictionary {
        Dictionary { session: self.clone() }
    }
}

impl Dictionary {
    /// The entries of a type, in their order; none for a type there is not.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`](crate::Error::Denied) without the right `dictionary_entry.read`,
    /// [`Error::Storage`](crate::Error::Storage) if they must be read and can't be.
    pub async fn entries(&self, r#type: &str) -> Result<Entries> {
        self.look_up(DictionaryKey { r#type, value: None }).await
    }

    /// The entry of a type with a value.
    ///
    /// # Errors
    ///
    /// As [`entries`](Self::entries).
    pub async fn entry(&self, r#type: &str, value: &str) -> Result<Option<Arc<DictionaryEntry>>> {
        let found = self.look_up(DictionaryKey { r#type, value: Some(value) }).await?;
        Ok(found.first().cloned())
    }

    /// What people are shown for a value; the value itself where the dictionary does not have it.
    ///
    /// # Errors
    ///
    /// As [`entries`](Self::entries).
    pub async fn label(&self, r#type: &str, value: &str, lang: Lang) -> Result<String> {
        let entry = self.entry(r#type, value).await?;
        Ok(entry.map_or_else(|| value.to_owned(), |entry| entry.label(lang).to_owned()))
    }

    /// The entries of a type whose values are the codes of a coded enum, such as [`Rating`](crate::customers::Rating),
    /// with what they stand for; others are left out.
    ///
    /// # Errors
    ///
    /// As [`entries`](Self::entries).
    pub async fn typed<C: Choice>(&self, r#type: &str) -> Result<Vec<(C, Arc<DictionaryEntry>)>> {
        let entries = self.entries(r#type).await?;
        let typed = |entry: &Arc<DictionaryEntry>| Some((C::from_code(&entry.value).ok()?, Arc::clone(entry)));
        Ok(entries.iter().filter_map(typed).collect())
    }

    async fn look_up(&self, key: DictionaryKey<'_>) -> Result<Entries> {
        let (actor, _) = self.session.granted("dictionary_entry.read").await?;
        let found = self.session.crm.dictionary_entries(key).await?;
        let def = self.session.crm.schema().of::<DictionaryEntry>();
        let Some(def) = def.filter(|def| actor.mask(def).is_some()) else { return Ok(found) };
        let veiled =
            |entry: &Arc<DictionaryEntry>| Ok(Arc::new(self.session.veiled(def, (**entry).clone().into_record())?));
        found.iter().map(veiled).collect()
    }
}
