//! Events: which ones a set leaves, and what an actor sees of them.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::Session;
use super::history::Before;
use super::records::by_id;
use crate::access::{Actor, Scope};
use crate::change::{Change, ChangeSet, filled};
use crate::error::Result;
use crate::events::{Event, EventCursor, EventDraft, EventEntry, SHARDS, derive, shard_of};
use crate::id::{Id, RecordId};
use crate::query::{Filter, Query};
use crate::schema::{Entity, EntityDef, Name, Path, Record};
use crate::storage::ReaderExt;
use crate::value::{Timestamp, Value};

/// How many entries are read at once; each takes two changes to forget something.
const PAGE: usize = 400;

/// A part of the events.
///
/// # Examples
///
/// ```
/// use crmkit::events::EventCursor;
/// use crmkit::prelude::*;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// crm.system().customers().create(NewCustomer::new("Acme")).await?;
/// let page = crm.system().events(&EventCursor::beginning(), 10).await?;
/// assert!(page.events.iter().any(|event| event.is("customer.create")));
/// let later = crm.system().events(&page.next, 10).await?;
/// assert!(later.events.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct EventPage {
    /// The events that the actor may see, by time where possible, those of a record always as they happened.
    pub events: Vec<Event>,
    /// From where to read on.
    pub next: EventCursor,
    /// Whether there is more by now. A page may be empty and not the last one.
    pub more: bool,
}

/// What is to be told of a set beside what its changes say.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// The commands of a unit of work that wrote a record.
    authors: HashMap<(Name, RecordId), Vec<Name>>,
    /// Further events.
    notes: Vec<EventDraft>,
    /// The record the command was about.
    subject: Option<(Name, RecordId)>,
}

impl Told {
    /// What commands of a unit of work wrote.
    pub(super) fn of_unit(authors: HashMap<(Name, RecordId), Vec<Name>>) -> Self {
        Self { authors, ..Self::default() }
    }

    /// What the command was about.
    pub(super) fn about(subject: Option<&Record>) -> Self {
        Self { subject: subject.map(|record| (record.entity.clone(), record.id)), ..Self::default() }
    }

    /// Further events.
    pub(crate) fn notes(notes: Vec<EventDraft>) -> Self {
        Self { notes, ..Self::default() }
    }
}

/// The events that a committed set has in it.
pub(super) fn published(set: &ChangeSet, slots: &[i64]) -> Vec<Event> {
    let def = EventEntry::definition();
    let full = entries(set).map(|record| EventEntry::from_record(filled(record.clone(), &def, slots)));
    full.filter_map(Result::ok).map(Event::from).collect()
}

/// How many events a set has in it.
pub(super) fn count(set: &ChangeSet) -> u64 {
    entries(set).count() as u64
}

/// Events that get their number in this set; others are only written again.
fn entries(set: &ChangeSet) -> impl Iterator<Item = &Record> {
    set.changes.iter().filter_map(|change| match change {
        Change::Insert(record) if record.entity == EventEntry::NAME => {
            record.values.iter().any(|value| matches!(value, Value::Slot(_))).then_some(record)
        }
        _ => None,
    })
}

impl Session {
    /// The events that a set leaves. A store without events has none.
    pub(super) fn events_of(&self, set: &ChangeSet, before: &Before<'_>, told: Told) -> Vec<EventDraft> {
        let schema = self.crm.schema();
        if schema.of::<EventEntry>().is_none() {
            return Vec::new();
        }
        let Told { authors, notes, subject } = told;
        let wrote = |entity: &Name, id: RecordId| authors.get(&(entity.clone(), id)).cloned().unwrap_or_default();
        let mut drafts = derive(schema, set, self.crm.event_options(), |entity, id| before.get(entity, id), wrote);
        // A command that left its subject as it was and wrote others was done to the subject all the same.
        let subject = subject.and_then(|(entity, id)| Some((schema.entity(&entity)?, id)));
        let subject = subject.filter(|(def, _)| self.crm.event_options().tells(def) && !drafts.is_empty());
        if let Some((def, id)) = subject
            && !drafts.iter().any(|draft| draft.is_about(&def.code, id))
        {
            drafts.insert(0, EventDraft::about_record(def.code.clone(), id, set.command.clone()));
        }
        drafts.extend(notes);
        drafts
    }

    /// The events after a cursor, of at most so many (1 to 1,000), that are about records the actor may read; fields
    /// that are hidden from him are left out. Those about records that are deleted are for who may read all records of
    /// the kind; the system sees everything. Imported rows leave no events, and neither does what the
    /// [options](crate::events::EventOptions) leave out.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::events::EventCursor;
    /// use crmkit::prelude::*;
    /// use crmkit::storage::MemoryStorage;
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let session = crm.system();
    /// session.customers().create(NewCustomer::new("Acme")).await?;
    ///
    /// let page = session.events(&EventCursor::beginning(), 100).await?;
    /// assert_eq!(page.events[0].name, "customer.create");
    /// assert!(session.events(&page.next, 100).await?.events.is_empty());
    /// # Ok::<(), Error>(())
    /// # })?;
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Cursor`](crate::Error::Cursor) if events behind the cursor were purged, or the cursor is of another
    /// store; [`Error::Storage`](crate::Error::Storage) if the store can't answer.
    pub async fn events(&self, after: &EventCursor, limit: usize) -> Result<EventPage> {
        let actor = self.fresh().await?;
        let batch = crate::crm::read_events(self.storage(), after, limit, [true; SHARDS]).await?;
        let mut events = batch.events;
        if actor.id().is_some() {
            let seen = self.seen_events(&actor, &events).await?;
            events.retain(|event| seen.contains(&event.id));
            events.iter_mut().for_each(|event| self.veil_event(&actor, event));
        }
        Ok(EventPage { events, next: batch.next, more: batch.more })
    }

    /// The ids of the events about records that the actor may read.
    async fn seen_events(&self, actor: &Actor, events: &[Event]) -> Result<HashSet<RecordId>> {
        let (mut seen, mut unsure) = (HashSet::new(), BTreeMap::<&str, Vec<&Event>>::new());
        for event in events {
            let right = self.crm.rights().id(&format!("{}.read", event.entity));
            match right.map_or(Scope::None, |right| actor.scope(right)) {
                Scope::None => {}
                Scope::All => _ = seen.insert(event.id),
                Scope::Own | Scope::Team | Scope::Subtree => unsure.entry(&event.entity).or_default().push(event),
            }
        }
        for (entity, events) in unsure {
            let Some(def) = self.crm.schema().by_code(entity) else { continue };
            let right = self.crm.rights().id(&format!("{entity}.read"));
            let reach = actor.reach(right.map_or(Scope::None, |right| actor.scope(right)), def);
            let ids: HashSet<RecordId> = events.iter().map(|event| event.record).collect();
            let values = ids.into_iter().map(Value::Id).collect();
            let these = Filter::In { path: Path::field("id"), values };
            let query =
                Query::new(def.name.clone()).filter(these).filter(reach).columns([Path::field("id")]).limit(1_000);
            let found: HashSet<_> = self.storage().collect(query).await?.iter().map(|record| record.id).collect();
            seen.extend(events.into_iter().filter(|event| found.contains(&event.record)).map(|event| event.id));
        }
        Ok(seen)
    }

    fn veil_event(&self, actor: &Actor, event: &mut Event) {
        let Some(def) = self.crm.schema().by_code(&event.entity) else { return };
        let hidden = |name: &str| def.column(name).is_some_and(|place| actor.hides(def, place));
        event.data.retain(|name, _| !hidden(name));
        event.omitted.retain(|name| !hidden(name));
    }

    /// Makes the events about a record forget what fields hold, all fields if none is named.
    pub(super) async fn forget_events_of(&self, def: &EntityDef, id: RecordId, fields: &[&str]) -> Result<()> {
        let shard = i64::try_from(shard_of(id)).unwrap_or_default();
        let about = EventEntry::shard.eq(shard).and(EventEntry::record.eq(id.to_string()));
        let fields: Vec<Name> = fields.iter().map(|field| Name::Owned((*field).to_owned())).collect();
        self.forget_events(about.and(EventEntry::entity.eq(def.code.to_string())), &fields, "history.erase").await
    }

    /// Makes the events before a moment forget all that they tell of fields.
    pub(super) async fn forget_events_before(&self, before: Timestamp) -> Result<()> {
        self.forget_events(EventEntry::at.lt(before), &[], "history.purge").await
    }

    async fn forget_events(&self, which: Filter, fields: &[Name], command: &'static str) -> Result<()> {
        if self.crm.schema().of::<EventEntry>().is_none() {
            return Ok(());
        }
        let telling = EventEntry::data.is_null().not().or(EventEntry::number.is_null().not());
        let mut query = Query::of::<EventEntry>().filter(which.and(telling)).limit(PAGE);
        loop {
            let (found, next) = self.storage().find::<EventEntry>(&query).await?;
            let now = self.crm.now();
            let mut set = ChangeSet::new(self.crm.new_set_id(now), now, command);
            set.actor = self.actor().id().map(Id::raw);
            for entry in found {
                let erased = entry.clone().without(fields);
                if erased != entry {
                    let (entity, filter) = (EventEntry::NAME.into(), by_id(entry.id.raw()));
                    set.changes.push(Change::Purge { entity, filter, limit: 1 });
                    set.changes.push(Change::Insert(erased.into_record()));
                }
            }
            if !set.changes.is_empty() {
                self.commit(&mut set, &[]).await?;
            }
            match next {
                Some(next) => query.after = Some(next),
                None => return Ok(()),
            }
        }
    }
}
