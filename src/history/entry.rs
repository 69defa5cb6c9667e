//! Entries of the history, and which ones a set leaves.

use std::collections::HashMap;

use super::beside::{Added, AddedTo, Beside, Left};
use super::values::{Former, former};
use crate::change::{Adjust, AdjustKey, Change, ChangeSet};
use crate::id::{Id, RecordId, Version};
use crate::rules::Rules;
use crate::schema::{Entity, EntityDef, EntityFacts, Facts, Name, Record, Schema};
use crate::value::Timestamp;

crate::choice!(
    /// What was done to a record.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::history::HistoryKind;
    /// use crmkit::prelude::*;
    /// use crmkit::session::TrailOptions;
    ///
    /// # pollster::block_on(async {
    /// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let customers = crm.system().customers();
    /// let acme = customers.create(NewCustomer::new("Acme")).await?;
    /// customers.edit(acme.id, CustomerPatch { name: "Acme Ltd".to_owned().into(), ..Default::default() }).await?;
    /// let trail = customers.history(acme.id, &TrailOptions::default()).await?;
    /// let kinds: Vec<HistoryKind> = trail.entries.iter().map(|entry| entry.kind).collect();
    /// assert_eq!(kinds, [HistoryKind::Updated, HistoryKind::Inserted]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub enum HistoryKind {
        /// It was made, or put back.
        #[code("inserted", "新增", "Inserted")]
        Inserted,
        /// It was changed.
        #[code("updated", "修改", "Updated")]
        Updated,
        /// It was deleted.
        #[code("deleted", "删除", "Deleted")]
        Deleted,
    }
);

crate::entity!(
    #[entity("sys_history", "变更历史", "History entry")]
    #[inputs(NewHistoryEntry, HistoryEntryPatch)]
    /// What was done to one record by one set. It names records without referring to them, so it keeps nobody from
    /// deleting them and outlives them.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::history::HistoryEntry;
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let acme = crm.system().customers().create(NewCustomer::new("Acme")).await?;
    /// let all = Query::of::<HistoryEntry>().filter(HistoryEntry::record.eq(acme.id.to_string()));
    /// let entries = crm.system().of::<HistoryEntry>().list(all).await?.items;
    /// assert_eq!((entries[0].entity.as_str(), entries[0].left), (Customer::NAME, 1));
    /// assert_eq!(entries[0].record_id(), Some(acme.id.raw()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub struct HistoryEntry {
        /// The name of the record's entity.
        #[label("对象", "Entity")]
        pub entity: String,
        /// The record's id.
        #[label("记录", "Record")]
        pub record: String,
        /// What was done.
        #[label("操作", "Kind")]
        pub kind: HistoryKind,
        /// The version the record was left in; for a deleted one, the one behind its last. No two entries of a record
        /// share it, and later ones have larger ones.
        #[label("版本", "Version")]
        pub left: i64,
        /// When.
        #[label("时间", "At")]
        pub at: Timestamp,
        /// The id of the user who did it; none for the system.
        #[label("操作人", "Actor")]
        pub actor: Option<String>,
        /// Through what, such as `customer.edit` or `customer.import`.
        #[label("命令", "Command")]
        pub command: String,
        /// The id of the set, where the entry is not the first of it and so does not have it itself.
        #[label("批次", "Set")]
        pub set: Option<String>,
        /// What the changed fields held before, by name; of a deleted record all that had a value.
        #[label("修改前", "Before")]
        pub before: Option<serde_json::Value>,
        /// The names of the changed fields whose former values are not kept.
        #[label("未保留字段", "Redacted")]
        pub redacted: Option<serde_json::Value>,
        /// What else the set did ([`Beside`]); of a set's first entry only.
        #[label("其他", "Also")]
        pub also: Option<serde_json::Value>,
    }
);

impl EntityFacts for HistoryEntry {
    fn facts() -> Facts {
        Facts::default().index::<Self>(&[&HistoryEntry::record, &HistoryEntry::left]).append_only().unrecorded()
    }
}

impl Rules for HistoryEntry {}

/// How much of a set the history keeps.
///
/// # Examples
///
/// ```
/// use crmkit::change::{Change, ChangeSet};
/// use crmkit::history::{Extent, entries};
/// use crmkit::id::SetId;
/// use crmkit::prelude::*;
///
/// let schema = crmkit::standard_schema()?;
/// let acme = Customer::draft(Id::new(RecordId::from_bytes([8; 16])), NewCustomer::new("Acme"));
/// let mut set = ChangeSet::new(SetId(RecordId::from_bytes([7; 16])), Timestamp::EPOCH, "customer.import");
/// set.changes.push(Change::Insert(acme.into_record()));
/// let left = |extent| entries(&schema, &set, extent, |_, _| None, || Id::NIL).len();
/// assert_eq!((left(Extent::Whole), left(Extent::Former)), (1, 0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Extent {
    /// All that is needed to take it back.
    Whole,
    /// What was there before, and nothing about what is new: for imports.
    Former,
}

impl HistoryEntry {
    /// What the changed fields held before.
    #[must_use]
    pub fn former(&self) -> Former {
        let values = match &self.before {
            Some(serde_json::Value::Object(values)) => values.clone(),
            _ => serde_json::Map::new(),
        };
        let names = self.redacted.as_ref().and_then(serde_json::Value::as_array).into_iter().flatten();
        let redacted = names.filter_map(|name| name.as_str()).map(|name| Name::Owned(name.to_owned())).collect();
        Former { values, redacted }
    }

    /// What else the set did; nothing if this is not the first entry of it.
    #[must_use]
    pub fn beside(&self) -> Beside {
        let also = self.also.clone();
        also.and_then(|also| serde_json::from_value(also).ok()).unwrap_or_default()
    }

    /// The record it is about; none for an id that was tampered with.
    #[must_use]
    pub fn record_id(&self) -> Option<RecordId> {
        self.record.parse().ok()
    }

    /// The set that left it.
    #[must_use]
    pub fn set_id(&self) -> RecordId {
        self.set.as_ref().and_then(|set| set.parse().ok()).unwrap_or_else(|| self.id.raw())
    }

    /// The same entry without what these fields held before.
    #[must_use]
    pub fn without(self, fields: &[Name]) -> Self {
        let mut former = self.former();
        for field in fields {
            if former.values.remove(&**field).is_some() {
                former.redacted.push(field.clone());
            }
        }
        self.with(former)
    }

    fn with(self, former: Former) -> Self {
        let redacted = former.redacted.iter().map(|name| name.to_string().into()).collect::<Vec<serde_json::Value>>();
        Self {
            before: (!former.values.is_empty()).then(|| former.values.into()),
            redacted: (!redacted.is_empty()).then(|| redacted.into()),
            ..self
        }
    }
}

/// The insertions that record what a set does, to be committed with it. `before` gives a record as it is, where it is
/// to be changed or deleted; one that has another version than the set expects leaves no entry, since the set will be
/// refused. `fresh` gives ids.
///
/// # Examples
///
/// ```
/// use crmkit::change::{Change, ChangeSet};
/// use crmkit::history::{Extent, HistoryEntry, entries};
/// use crmkit::id::SetId;
/// use crmkit::prelude::*;
///
/// let acme = Customer::draft(Id::new(RecordId::from_bytes([8; 16])), NewCustomer::new("Acme"));
/// let acme = Customer { version: Version(1), ..acme };
/// let renamed = Customer { name: "Acme Ltd".into(), ..acme.clone() };
/// let mut set = ChangeSet::new(SetId(RecordId::from_bytes([7; 16])), Timestamp::EPOCH, "customer.edit");
/// set.changes.push(Change::Update { record: renamed.into_record(), expected: Version(1) });
/// let before = acme.into_record();
/// let left = entries(&*crmkit::standard_schema()?, &set, Extent::Whole, |_, _| Some(&before), || Id::NIL);
/// let [Change::Insert(entry)] = &left[..] else { return Err("one entry".into()) };
/// let entry = HistoryEntry::from_record(entry.clone())?;
/// assert_eq!((entry.former().values["name"].as_str(), entry.left), (Some("Acme"), 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn entries<'a>(
    schema: &Schema,
    set: &ChangeSet,
    extent: Extent,
    before: impl Fn(&Name, RecordId) -> Option<&'a Record>,
    mut fresh: impl FnMut() -> Id<HistoryEntry>,
) -> Vec<Change> {
    let mut trace = Trace::new(set);
    for change in &set.changes {
        match schema.entity(change.entity()) {
            Some(def) => trace.note(change, def, extent, &before),
            None => continue,
        }
    }
    let Trace { mut entries, mut beside, .. } = trace;
    if extent == Extent::Former {
        entries.iter_mut().for_each(|entry| entry.set = Some(set.id.to_string()));
        return entries.into_iter().map(|entry| inserted(entry, fresh())).collect();
    }
    if entries.is_empty() && !beside.made.is_empty() {
        let first = beside.made.remove(0);
        entries.push(entry(set, &first.entity, first.id, HistoryKind::Inserted, first.version));
    }
    let mut all: Vec<(Id<HistoryEntry>, HistoryEntry)> = Vec::with_capacity(entries.len());
    for (place, mut entry) in entries.into_iter().enumerate() {
        let id = if place == 0 { Id::new(set.id.0) } else { fresh() };
        if place > 0 {
            entry.set = Some(set.id.to_string());
            beside.entries.push(id.raw());
        }
        all.push((id, entry));
    }
    if let Some((_, first)) = all.first_mut()
        && !beside.is_empty()
    {
        first.also = serde_json::to_value(&beside).ok();
    }
    all.into_iter().map(|(id, entry)| inserted(entry, id)).collect()
}

fn inserted(entry: HistoryEntry, id: Id<HistoryEntry>) -> Change {
    Change::Insert(HistoryEntry { id, ..entry }.into_record())
}

fn entry(set: &ChangeSet, entity: &Name, record: RecordId, kind: HistoryKind, left: Version) -> HistoryEntry {
    let new = NewHistoryEntry {
        entity: entity.to_string(),
        record: record.to_string(),
        kind,
        left: left.0,
        at: set.at,
        actor: set.actor.map(|actor| actor.to_string()),
        command: set.command.to_string(),
        ..Default::default()
    };
    HistoryEntry::draft(Id::NIL, new)
}

/// What has been noted of a set so far.
struct Trace<'s> {
    set: &'s ChangeSet,
    /// How many additions there are to records named by id: each makes a version of its own.
    additions: HashMap<(&'s Name, RecordId), i64>,
    entries: Vec<HistoryEntry>,
    beside: Beside,
}

impl<'s> Trace<'s> {
    fn new(set: &'s ChangeSet) -> Self {
        let mut additions = HashMap::new();
        for change in &set.changes {
            if let Change::Adjust(Adjust { entity, key: AdjustKey::Id(id), .. }) = change {
                *additions.entry((entity, *id)).or_default() += 1;
            }
        }
        Self { set, additions, entries: Vec::new(), beside: Beside::default() }
    }

    /// The version the set leaves a record in that it writes once and otherwise adds to.
    fn left(&self, entity: &'s Name, id: RecordId, before: Version) -> Version {
        let additions = self.additions.get(&(entity, id)).copied().unwrap_or_default();
        Version(before.next().0.saturating_add(additions))
    }

    fn note<'a>(
        &mut self,
        change: &'s Change,
        def: &EntityDef,
        extent: Extent,
        before: &impl Fn(&Name, RecordId) -> Option<&'a Record>,
    ) {
        let as_expected = |entity, id, expected| before(entity, id).filter(|record| record.version == expected);
        match change {
            // What nobody may read leaves no trace that somebody could.
            _ if def.facts.secret => {}
            Change::Adjust(adjust) => self.note_addition(adjust),
            _ if def.facts.unrecorded => {}
            Change::Insert(record) if record.version == Version::NEW => {
                if extent == Extent::Whole {
                    let left = self.left(&record.entity, record.id, record.version);
                    self.beside.made.push(Left { entity: record.entity.clone(), id: record.id, version: left });
                }
            }
            // One that is put back: its history goes on, so it is told of even among others.
            Change::Insert(record) => {
                let left = self.left(&record.entity, record.id, record.version);
                self.entries.push(entry(self.set, &record.entity, record.id, HistoryKind::Inserted, left));
            }
            Change::Update { record, expected } => {
                let Some(found) = as_expected(&record.entity, record.id, *expected) else { return };
                let left = self.left(&record.entity, record.id, *expected);
                let former = former(def, found, Some(record));
                if former.is_empty() {
                    self.beside.held.push(Left { entity: record.entity.clone(), id: record.id, version: left });
                } else {
                    let entry = entry(self.set, &record.entity, record.id, HistoryKind::Updated, left);
                    self.entries.push(entry.with(former));
                }
            }
            Change::Delete { entity: name, id, expected } => {
                let Some(found) = as_expected(name, *id, *expected) else { return };
                let entry = entry(self.set, name, *id, HistoryKind::Deleted, expected.next());
                self.entries.push(entry.with(former(def, found, None)));
            }
            Change::Check { .. } | Change::Purge { .. } => {}
        }
    }

    fn note_addition(&mut self, adjust: &Adjust) {
        // A number that was handed out stays out.
        if adjust.slot.is_some() || adjust.add.iter().all(|(_, amount)| *amount == 0) {
            return;
        }
        let to = match &adjust.key {
            AdjustKey::Id(id) => AddedTo::Id(*id),
            AdjustKey::Unique(values) => AddedTo::Unique(values.clone()),
        };
        self.beside.added.push(Added { entity: adjust.entity.clone(), to, amounts: adjust.add.clone() });
    }
}
