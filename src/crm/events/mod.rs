//! Events: reading them, saying some, telling of them in the program, delivering them durably, and forgetting them.

mod deliver;
mod feed;
mod read;
mod retain;

pub(crate) use feed::Feed;
pub use feed::{EventReceiver, Missed};
pub(crate) use read::read_events;
pub(super) use retain::verify;

use super::Crm;
use crate::change::ChangeSet;
use crate::error::{Refusal, Result};
use crate::events::{EventCursor, EventDraft, EventEntry, Start};
use crate::id::RecordId;
use crate::schema::Entity;
use crate::session::Told;
use crate::storage::ReaderExt;

/// How often it is looked again which events have been said.
const TRIES: usize = 8;

impl Crm {
    /// Where reading [events](crate::Session::events) may begin: with the oldest that is kept, or with what happens from
    /// now on.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`](crate::Error::Storage) if the store can't answer.
    pub async fn event_cursor(&self, start: Start) -> Result<EventCursor> {
        let heads = read::heads(self.storage()).await?;
        let at = |head: &read::Head| match start {
            Start::Oldest => head.purged,
            Start::Now => head.last,
        };
        let all = heads.iter().enumerate();
        Ok(all.fold(EventCursor::beginning(), |cursor, (shard, head)| cursor.with(shard, at(head))))
    }

    /// Says something about records that no command says, such as that a day has come: each becomes an event, in one
    /// commit. What is to be said [once](EventDraft::once) and has been said is left out; gives how many were said.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::events::{EventCursor, EventDraft};
    /// use crmkit::prelude::*;
    /// use crmkit::storage::MemoryStorage;
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let acme = crm.system().customers().create(NewCustomer::new("Acme")).await?;
    ///
    /// let birthday = EventDraft::about(acme.id, "customer.birthday").once("2026");
    /// assert_eq!(crm.emit(vec![birthday.clone()]).await?, 1);
    /// assert_eq!(crm.emit(vec![birthday]).await?, 0);
    /// # Ok::<(), Error>(())
    /// # })?;
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`](crate::Error::Invalid) if one is no event, [`Error::Storage`](crate::Error::Storage) if the
    /// store can't do it; nothing was said then.
    pub async fn emit(&self, events: Vec<EventDraft>) -> Result<usize> {
        for event in &events {
            event.check(self.schema())?;
        }
        let session = self.system();
        let mut tries = TRIES;
        loop {
            let fresh = self.not_said(&events).await?;
            if fresh.is_empty() {
                return Ok(0);
            }
            let (now, count) = (self.now(), fresh.len());
            let mut set = ChangeSet::new(self.new_set_id(now), now, "event.emit");
            match session.commit_telling(&mut set, &[], Told::notes(fresh)).await {
                Ok(_) => return Ok(count),
                // Somebody has said it at this moment.
                Err(error) if tries > 0 && error.refusals().iter().any(|it| it.reason == Refusal::Exists) => tries -= 1,
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Those that are to be said each time, and those that have not been said.
    async fn not_said(&self, events: &[EventDraft]) -> Result<Vec<EventDraft>> {
        let mut said: Vec<RecordId> = Vec::new();
        if let Some(def) = self.schema().of::<EventEntry>() {
            let ids: Vec<RecordId> = events.iter().filter_map(EventDraft::id).collect();
            said.extend(self.storage().get(def, &ids).await?.iter().map(|record| record.id));
        }
        let mut fresh = Vec::new();
        for event in events {
            match event.id() {
                Some(id) if said.contains(&id) => continue,
                Some(id) => said.push(id),
                None => {}
            }
            fresh.push(event.clone());
        }
        Ok(fresh)
    }

    async fn event_entry(&self, id: RecordId) -> Result<Option<EventEntry>> {
        Ok(self.storage().load(crate::id::Id::new(id)).await?)
    }

    /// Whether the store keeps events.
    fn keeps_events(&self) -> bool {
        self.schema().entity(EventEntry::NAME).is_some()
    }
}
