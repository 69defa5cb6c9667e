//! Records found by what people call them.

use std::collections::{HashMap, HashSet};
use std::mem;
use std::sync::Arc;

use chrono_tz::Tz;

use crate::access::User;
use crate::error::{StorageError, StorageErrorKind};
use crate::id::RecordId;
use crate::query::{Filter, Query, fold_text};
use crate::schema::{Entity, EntityDef, Name, Path};
use crate::storage::Reader;
use crate::value::Value;

/// How many found records are remembered; twice as many at most.
const REMEMBERED: usize = 25_000;
/// How many records a page of a look-up has.
const PAGE: usize = 1_000;

/// What a text names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing.
    Nothing,
    /// One record.
    One(RecordId),
    /// Several records.
    Several,
}

/// Finds records by natural key, many at once, and remembers those it found lately.
#[derive(Debug)]
pub(super) struct Resolver {
    zone: Tz,
    /// Found lately, and found before that; by entity, then by text.
    recent: HashMap<Name, HashMap<String, RecordId>>,
    older: HashMap<Name, HashMap<String, RecordId>>,
    remembered: usize,
    /// Texts of the current batch that name nothing or several records. Never remembered longer, since the record may
    /// be made meanwhile.
    unresolved: HashMap<Name, HashMap<String, Found>>,
}

impl Resolver {
    pub(super) fn new(zone: Tz) -> Self {
        let (recent, older, unresolved) = (HashMap::new(), HashMap::new(), HashMap::new());
        Self { zone, recent, older, remembered: 0, unresolved }
    }

    /// Forgets everything, because a record that was found may be gone.
    pub(super) fn forget(&mut self) {
        *self = Self::new(self.zone);
    }

    /// What a text names, as far as [`find`](Self::find) was asked for it in this batch.
    pub(super) fn get(&self, entity: &str, text: &str) -> Found {
        let known = |texts: &HashMap<Name, HashMap<String, RecordId>>| texts.get(entity)?.get(text).copied();
        if let Some(id) = known(&self.recent).or_else(|| known(&self.older)) {
            return Found::One(id);
        }
        self.unresolved.get(entity).and_then(|texts| texts.get(text)).copied().unwrap_or(Found::Nothing)
    }

    /// Begins a batch.
    pub(super) fn begin(&mut self) {
        self.unresolved.clear();
    }

    /// Looks up what is not known yet.
    pub(super) async fn find(
        &mut self,
        reader: &dyn Reader,
        entity: &Name,
        texts: &HashSet<&str>,
    ) -> Result<(), StorageError> {
        let recent = self.recent.get(entity);
        let mut wanted: Vec<&str> = Vec::new();
        let mut again: Vec<(&str, RecordId)> = Vec::new();
        for text in texts {
            if recent.is_some_and(|recent| recent.contains_key(*text)) {
                continue;
            }
            match self.older.get(entity).and_then(|older| older.get(*text)) {
                Some(id) => again.push((text, *id)),
                None => wanted.push(text),
            }
        }
        for (text, id) in again {
            self.remember(entity, text, id);
        }
        if wanted.is_empty() {
            return Ok(());
        }
        let def = reader.schema().entity(entity).cloned();
        let def = def.ok_or_else(|| {
            StorageError::new(StorageErrorKind::Invalid, format!("there is no entity `{entity}`; register it"))
        })?;
        let id = [Name::Borrowed("id")];
        let keys = if def.facts.natural.is_empty() { &id[..] } else { &def.facts.natural[..] };
        for key in keys {
            if wanted.is_empty() {
                break;
            }
            let found = self.look_up(reader, &def, key, &wanted).await?;
            wanted.retain(|text| match found.get(*text) {
                None | Some(Found::Nothing) => true,
                Some(Found::One(id)) => {
                    self.remember(entity, text, *id);
                    false
                }
                Some(Found::Several) => {
                    self.unresolved.entry(entity.clone()).or_default().insert((*text).to_owned(), Found::Several);
                    false
                }
            });
        }
        Ok(())
    }

    /// The records that one natural key names by these texts.
    async fn look_up<'t>(
        &self,
        reader: &dyn Reader,
        def: &Arc<EntityDef>,
        key: &Name,
        texts: &[&'t str],
    ) -> Result<HashMap<&'t str, Found>, StorageError> {
        // Several texts may be one key, as logins that differ in case are.
        let mut wanted: HashMap<Value, Vec<&'t str>> = HashMap::new();
        for text in texts {
            if let Some(value) = self.key_value(def, key, text) {
                wanted.entry(value).or_default().push(text);
            }
        }
        let path = Path::field(key.clone());
        let values = wanted.keys().cloned().collect();
        let mut query =
            Query::new(def.name.clone()).filter(Filter::In { path: path.clone(), values }).columns([path]).limit(PAGE);
        let mut found = HashMap::new();
        loop {
            let page = reader.query(&query).await?;
            for record in &page.records {
                for text in wanted.get(record.value(0)).into_iter().flatten() {
                    let first = found.insert(*text, Found::One(record.id)).is_none();
                    if !first {
                        found.insert(text, Found::Several);
                    }
                }
            }
            match page.next {
                Some(next) => query.after = Some(next),
                None => return Ok(found),
            }
        }
    }

    /// A text in the form in which the key is stored; `None` where no record can have it.
    fn key_value(&self, def: &EntityDef, key: &str, text: &str) -> Option<Value> {
        if key == "id" {
            return text.parse().ok().map(Value::Id);
        }
        let column = def.column_def(key)?;
        if def.name == User::NAME && key == User::login.name() {
            return column.column_type.parse(&fold_text(text), self.zone).ok();
        }
        column.column_type.parse(text, self.zone).ok()
    }

    fn remember(&mut self, entity: &Name, text: &str, id: RecordId) {
        if self.remembered >= REMEMBERED {
            self.older = mem::take(&mut self.recent);
            self.remembered = 0;
        }
        self.recent.entry(entity.clone()).or_default().insert(text.to_owned(), id);
        self.remembered += 1;
    }
}
