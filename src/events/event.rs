//! Events as they are read.

use std::collections::VecDeque;

use serde_json::{Map, Value as Json};

use super::entry::{EventEntry, EventKind};
use super::shard::SHARDS;
use crate::access::User;
use crate::history::value_from_json;
use crate::id::{Id, RecordId, SetId};
use crate::schema::{Entity, Field, FieldType, Name};
use crate::value::Timestamp;

/// What one set did to one record.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let mut told = crm.subscribe(10);
/// let acme = crm.system().customers().create(NewCustomer::new("Acme")).await?;
/// let event = told.next().await.and_then(Result::ok).ok_or("an event")?;
/// assert!(event.is("customer.create") && event.record == acme.id.raw() && event.actor.is_none());
/// assert_eq!(event.data["name"], "Acme");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Event {
    /// Its identity, by which a handler knows an event that it is given again.
    pub id: RecordId,
    /// The shard it is numbered in.
    pub shard: usize,
    /// Its number there.
    pub sequence: i64,
    /// The set that did it.
    pub set: SetId,
    /// When.
    pub at: Timestamp,
    /// The user who did it; none for the system.
    pub actor: Option<Id<User>>,
    /// The code of the command, such as `opportunity.win`, or the name that was given to it. Of several commands in a
    /// unit of work the last that wrote the record.
    pub name: String,
    /// All commands that wrote the record in this set, in their order; most often one.
    pub commands: Vec<String>,
    /// The code of the record's entity.
    pub entity: String,
    /// The record.
    pub record: RecordId,
    /// What was done to it.
    pub kind: EventKind,
    /// What the changed fields hold since, by name, in the form of [`value_to_json`](crate::history::value_to_json); of
    /// a new record all that has a value.
    pub data: Map<String, Json>,
    /// The changed fields whose values are not told: too long, not to be kept, or erased since.
    pub omitted: Vec<Name>,
}

/// An event about a record of type `E`.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let mut told = crm.subscribe(10);
/// let acme = crm.system().customers().create(NewCustomer::new("Acme")).await?;
/// # told.next().await;
/// let level = CustomerPatch { level: Some(Rating::Five).into(), ..Default::default() };
/// crm.system().customers().edit(acme.id, level).await?;
/// let event = told.next().await.and_then(Result::ok).ok_or("an event")?;
/// let about = event.of::<Customer>().ok_or("about a customer")?;
/// assert!(about.changed(Customer::level) && !about.changed(Customer::name));
/// assert_eq!(about.get(Customer::level), Some(Some(Rating::Five)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy)]
pub struct EventOf<'a, E> {
    event: &'a Event,
    id: Id<E>,
}

impl Event {
    /// Whether this command wrote the record, or the event has this name.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name == name || self.commands.iter().any(|command| command == name)
    }

    /// The event as one about an `E`, if it is.
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
    /// let acme = crm.system().customers().create(NewCustomer::new("Acme")).await?;
    ///
    /// let page = crm.system().events(&EventCursor::beginning(), 10).await?;
    /// let made = page.events[0].of::<Customer>().ok_or("about a customer")?;
    /// assert_eq!((made.id(), made.get(Customer::name)), (acme.id, Some("Acme".to_owned())));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn of<E: Entity>(&self) -> Option<EventOf<'_, E>> {
        (self.entity == E::definition().code).then_some(EventOf { event: self, id: Id::new(self.record) })
    }
}

impl<E: Entity> EventOf<'_, E> {
    /// The record.
    #[must_use]
    pub const fn id(&self) -> Id<E> {
        self.id
    }

    /// Whether a field was changed.
    #[must_use]
    pub fn changed<T: FieldType>(&self, field: Field<E, T>) -> bool {
        let name = field.name();
        self.event.data.contains_key(name) || self.event.omitted.iter().any(|omitted| omitted == name)
    }

    /// What a changed field holds since; none if it was not changed or the event does not tell its value.
    #[must_use]
    pub fn get<T: FieldType>(&self, field: Field<E, T>) -> Option<T> {
        let value = value_from_json(&T::column_type(), self.event.data.get(field.name())?)?;
        T::from_value(value).ok()
    }
}

impl From<EventEntry> for Event {
    fn from(entry: EventEntry) -> Self {
        let (data, omitted, commands) = (entry.values(), entry.omitted_fields(), entry.all_commands());
        Self {
            id: entry.id.raw(),
            shard: usize::try_from(entry.shard).unwrap_or(SHARDS),
            sequence: entry.sequence,
            set: SetId(entry.set.parse().unwrap_or(RecordId::NIL)),
            at: entry.at,
            actor: entry.actor.as_ref().and_then(|actor| actor.parse().ok()),
            name: entry.name,
            commands,
            entity: entry.entity,
            record: entry.record.parse().unwrap_or(RecordId::NIL),
            kind: entry.kind,
            data,
            omitted,
        }
    }
}

/// Events in one row: by time where possible, those of a shard always by number.
///
/// # Examples
///
/// ```
/// use crmkit::events::{EventCursor, in_turn};
/// use crmkit::prelude::*;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let acme = crm.system().customers().create(NewCustomer::new("Acme")).await?;
/// let patch = CustomerPatch { name: "Acme Ltd".to_owned().into(), ..Default::default() };
/// crm.system().customers().edit(acme.id, patch).await?;
/// let mut events = crm.system().events(&EventCursor::beginning(), 100).await?.events;
/// events.reverse();
/// let names: Vec<String> = in_turn(events).into_iter().map(|event| event.name).collect();
/// assert_eq!(names, ["customer.create", "customer.edit"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[must_use]
pub fn in_turn(mut events: Vec<Event>) -> Vec<Event> {
    events.sort_by_key(|event| (event.shard, event.sequence));
    let mut shards: Vec<VecDeque<Event>> = Vec::new();
    for event in events {
        match shards.last_mut().filter(|shard| shard.back().is_some_and(|last| last.shard == event.shard)) {
            Some(shard) => shard.push_back(event),
            None => shards.push(VecDeque::from([event])),
        }
    }
    let mut row = Vec::new();
    loop {
        let heads = shards.iter().enumerate().filter_map(|(place, shard)| Some((shard.front()?.at, place)));
        let Some((_, next)) = heads.min() else { return row };
        row.extend(shards.get_mut(next).and_then(VecDeque::pop_front));
    }
}
