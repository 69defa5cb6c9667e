//! What a command would change, without changing it.

use std::ops::Deref;
use std::sync::Arc;

use super::Session;
use super::staged::{Fate, Staged, matches};
use crate::error::Result;
use crate::id::RecordId;
use crate::schema::{EntityDef, Label, Name, Record};
use crate::value::Value;

/// A session whose commands commit nothing: it tells what they would change. Everything else is as in the session it
/// was made from: the same rules, the same rights, the same answers. Commands see what those before them would have
/// changed. See [`Session::preview`].
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let acme = crm.system().customers().create(NewCustomer::new("Acme")).await?;
/// let preview = crm.system().preview();
/// preview.customers().edit(acme.id, CustomerPatch { name: "Acme Ltd".to_owned().into(), ..Default::default() }).await?;
/// let changes = preview.changes().await?;
/// let change = changes.iter().find(|change| change.id == acme.id.raw()).ok_or("the customer changes")?;
/// assert_eq!(change.kind.code(), "update");
/// assert_eq!(change.fields[0].after, "Acme Ltd".into());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug)]
pub struct Preview {
    session: Session,
    staged: Arc<Staged>,
}

/// What would become of one record.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::session::RecordChangeKind;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let preview = crm.system().preview();
/// let acme = preview.customers().create(NewCustomer::new("Acme")).await?;
/// let changes = preview.changes().await?;
/// let made = changes.iter().find(|change| change.id == acme.id.raw()).ok_or("a new customer")?;
/// assert_eq!((&*made.entity, &*made.label.en, made.kind), ("customer", "Customer", RecordChangeKind::Insert));
/// assert!(made.fields.iter().any(|field| field.name == "name" && field.after == "Acme".into()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RecordChange {
    /// The code of its entity.
    pub entity: Name,
    /// What people call the entity.
    pub label: Label,
    /// The record.
    pub id: RecordId,
    /// What people call the record: its number, code or name, where it has one and the actor may see it.
    pub name: Option<String>,
    /// What would be done to it.
    pub kind: RecordChangeKind,
    /// The fields that would change, as far as the actor may read them.
    pub fields: Vec<FieldChange>,
}

/// What would be done to a record.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::session::RecordChangeKind;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// # let (code, name) = ("T1".to_owned(), "Tea".to_owned());
/// let tea = crm.system().products().create(NewProduct { code, name, ..Default::default() }).await?;
/// let preview = crm.system().preview();
/// preview.products().delete(tea.id).await?;
/// let changes = preview.changes().await?;
/// let change = changes.iter().find(|change| change.id == tea.id.raw()).ok_or("the product goes")?;
/// assert_eq!((change.kind, change.kind.code()), (RecordChangeKind::Delete, "delete"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RecordChangeKind {
    /// It would be made.
    Insert,
    /// It would be changed.
    Update,
    /// It would be deleted.
    Delete,
    /// Something would be added to its numbers.
    Adjust,
}

impl RecordChangeKind {
    /// The word for programs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Insert => "insert",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Adjust => "adjust",
        }
    }
}

/// What would become of one field.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let acme = crm.system().customers().create(NewCustomer::new("Acme")).await?;
/// let preview = crm.system().preview();
/// preview.customers().edit(acme.id, CustomerPatch { name: "Acme Ltd".to_owned().into(), ..Default::default() }).await?;
/// let changes = preview.changes().await?;
/// let field = changes.iter().flat_map(|change| &change.fields).find(|field| field.name == "name").ok_or("the name")?;
/// assert_eq!((&field.before, &field.after), (&"Acme".into(), &"Acme Ltd".into()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct FieldChange {
    /// The field.
    pub name: Name,
    /// What people call it.
    pub label: Label,
    /// What it holds; no value in a new record.
    pub before: Value,
    /// What it would hold; no value in a deleted record. A number that only the commit knows is a text such as
    /// `KH260302#1`.
    pub after: Value,
}

impl Session {
    /// A session in which every command tells what it would change and commits nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    /// use crmkit::session::RecordChangeKind;
    /// use crmkit::storage::MemoryStorage;
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let session = crm.system();
    ///
    /// let preview = session.preview();
    /// preview.customers().create(NewCustomer::new("Acme")).await?;
    /// let changes = preview.changes().await?;
    /// assert!(changes.iter().any(|it| it.entity == "customer" && it.kind == RecordChangeKind::Insert));
    /// assert_eq!(session.customers().count(Filter::All).await?, 0);
    /// # Ok::<(), Error>(())
    /// # })?;
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn preview(&self) -> Preview {
        let (session, staged) = self.staging();
        Preview { session, staged }
    }

    /// This session with its commands staged.
    pub(super) fn staging(&self) -> (Self, Arc<Staged>) {
        let staged = Arc::new(Staged::new(self.crm.clone()));
        (Self { staged: Some(Arc::clone(&staged)), ..self.clone() }, staged)
    }
}

impl Deref for Preview {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}

impl Preview {
    /// What the commands would have changed so far, in the order in which they would have written it last. Of records
    /// that the actor may not read, only that they would change.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`](crate::Error::Storage) if the store can't say what the actor may see.
    pub async fn changes(&self) -> Result<Vec<RecordChange>> {
        self.session.fresh().await?;
        self.session.staged_changes(&self.staged).await
    }
}

impl Session {
    /// What is staged, as far as the actor may see it.
    pub(super) async fn staged_changes(&self, staged: &Staged) -> Result<Vec<RecordChange>> {
        let mut changes = Vec::new();
        for fate in staged.fates() {
            let Some(record) = fate.now.as_ref().or(fate.before.as_ref()) else { continue };
            let Some(def) = self.crm.schema().entity(&record.entity).filter(|def| !def.facts.secret) else { continue };
            let def = Arc::clone(def);
            let seen = self.sees(&def, record).await?;
            changes.extend(self.told(&def, record, &fate, seen));
        }
        Ok(changes)
    }

    async fn sees(&self, def: &Arc<EntityDef>, record: &Record) -> Result<bool> {
        let actor = self.actor();
        let scope = self.crm.rights().readable(&actor, def);
        Ok(matches(self.storage(), def, actor.reach(scope, def), record).await?)
    }

    fn told(&self, def: &EntityDef, record: &Record, fate: &Fate, seen: bool) -> Option<RecordChange> {
        let kind = match (&fate.before, &fate.now) {
            (None, None) => return None,
            (None, Some(_)) => RecordChangeKind::Insert,
            (Some(_), None) => RecordChangeKind::Delete,
            (Some(before), Some(now)) if before.values == now.values && before.custom == now.custom => return None,
            (Some(_), Some(_)) if fate.written => RecordChangeKind::Update,
            (Some(_), Some(_)) => RecordChangeKind::Adjust,
        };
        let (mut fields, mut name) = (Vec::new(), None);
        if seen {
            let value =
                |record: &Option<Record>, place| record.as_ref().map_or(Value::Null, |it| it.value(place).clone());
            for place in self.readable_columns(def) {
                let (before, after) = (value(&fate.before, place), value(&fate.now, place));
                if let Some(column) = def.columns.get(place)
                    && before != after
                {
                    let (name, label) = (column.name.clone(), column.label.clone());
                    fields.push(FieldChange { name, label, before, after });
                }
            }
            let custom = |record: &Option<Record>| {
                let custom = record.as_ref().map(|record| record.custom.clone()).filter(|custom| !custom.is_empty());
                custom.map_or(Value::Null, |custom| Value::Json(custom.into()))
            };
            let (before, after) = (custom(&fate.before), custom(&fate.now));
            if before != after {
                let label = Label::new("自定义字段", "Custom fields");
                fields.push(FieldChange { name: "custom".into(), label, before, after });
            }
            let actor = self.actor();
            let first = def.facts.natural.first().and_then(|field| def.column(field));
            let natural = first.filter(|place| !actor.hides(def, *place)).map(|place| record.value(place));
            name = natural.filter(|value| !value.is_null()).map(ToString::to_string);
        }
        let (entity, label) = (def.code.clone(), def.label.clone());
        Some(RecordChange { entity, label, id: record.id, name, kind, fields })
    }
}
