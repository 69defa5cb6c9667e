//! Delivering events to handlers: at least once, those of a record in order.

use std::collections::BTreeSet;
use std::error::Error as StdError;

use super::Crm;
use super::read::read_events;
use crate::change::{Change, ChangeSet};
use crate::error::{Error, Result};
use crate::events::{
    Delivered, Delivery, Event, NewParkedEvent, NewSubscription, ParkedEvent, Start, Subscription, Verdict,
};
use crate::id::Id;
use crate::schema::Entity;
use crate::storage::ReaderExt;
use crate::value::Timestamp;

/// What a handler says when it fails.
type Failure = Box<dyn StdError + Send + Sync>;

/// A delivery in progress.
struct Round<'c> {
    crm: &'c Crm,
    options: &'c Delivery,
    /// By what this delivery is known.
    holder: String,
    done: Delivered,
}

/// What became of a batch.
struct Handed {
    parked: Vec<ParkedEvent>,
    /// Whether it was given up before its end, to write down how far it came.
    early: bool,
}

impl Crm {
    /// Makes a durable subscription, or gives the one that has the name.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if the name is none, [`Error::Storage`] if the store can't do it.
    pub async fn add_subscription(&self, name: &str, start: Start) -> Result<Subscription> {
        let cursor = self.event_cursor(start).await?.to_string();
        let new = NewSubscription { name: name.to_owned(), cursor, ..Default::default() };
        match self.subscription(name).await {
            Err(Error::NotFound { .. }) => match self.system().of::<Subscription>().create(new).await {
                Err(Error::Taken { .. }) => self.subscription(name).await,
                made => made,
            },
            found => found,
        }
    }

    /// The durable subscription with a name.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is none; [`Error::Storage`] if the store can't answer.
    pub async fn subscription(&self, name: &str) -> Result<Subscription> {
        let found = self.storage().first::<Subscription>(Subscription::name.eq(name)).await?;
        found.ok_or_else(|| Error::NotFound { entity: "subscription".into(), key: name.chars().take(80).collect() })
    }

    /// Delivers what has happened since to a handler, event by event, until there is no more or the limit is reached. A
    /// host calls it from time to time, or when a [receiver](Self::subscribe) says that there is something.
    ///
    /// Every event is handled at least once, those of a record in the order in which they happened. How far it came is
    /// written down after each batch, so an event may be given again after a crash: the handler knows it by its id.
    /// Where the handler fails, the event is tried again by later calls, after a second, then two, up to an hour; the
    /// events behind it in its shard wait, those of the other shards do not. After
    /// [`tries`](Delivery::tries) failures it is [parked](ParkedEvent) and its shard goes on. Of several programs that
    /// deliver one subscription at once one does, and the others are told that it is busy.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::events::{Delivery, Start};
    /// use crmkit::prelude::*;
    /// use crmkit::storage::MemoryStorage;
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// crm.add_subscription("mailing", Start::Now).await?;
    /// crm.system().customers().create(NewCustomer::new("Acme")).await?;
    ///
    /// let delivered = crm
    ///     .deliver("mailing", &Delivery::default(), async |event| {
    ///         println!("{} {}", event.name, event.record);
    ///         Ok(())
    ///     })
    ///     .await?;
    /// assert_eq!(delivered.handled, 1);
    /// # Ok::<(), Error>(())
    /// # })?;
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is no such subscription; [`Error::Cursor`] if events it has not had were purged
    /// ([`skip_purged`](Self::skip_purged) goes on); [`Error::Storage`] if the store can't do it. What a handler says
    /// is no error of the delivery.
    pub async fn deliver<H, F>(&self, name: &str, options: &Delivery, handler: H) -> Result<Delivered>
    where
        H: Fn(Event) -> F + Send + Sync,
        F: Future<Output = Result<(), Failure>> + Send,
    {
        let holder = self.ids().next_id(self.now()).to_string();
        let mut round = Round { crm: self, options, holder, done: Delivered::default() };
        let mut held: Option<Subscription> = None;
        loop {
            let (mine, now) = (held.is_some(), self.now());
            let mut subscription = match held.take() {
                Some(subscription) => subscription,
                None => self.subscription(name).await?,
            };
            if !mine && subscription.is_held(now) {
                round.done.busy = true;
                return Ok(round.done);
            }
            let tried = round.done.handled.saturating_add(round.done.failed);
            let left = options.limit.saturating_sub(usize::try_from(tried).unwrap_or(usize::MAX));
            let (from, open) = (subscription.position()?, subscription.open_shards(now));
            let batch = read_events(self.storage(), &from, options.batch.min(left.max(1)), open).await?;
            round.done.next_try_at = subscription.failures().values().map(|retry| retry.next_try_at).min();
            round.done.more = !batch.events.is_empty();
            if batch.events.is_empty() || left == 0 {
                if mine {
                    subscription.holder = None;
                    round.write(subscription, Vec::new()).await?;
                }
                return Ok(round.done);
            }
            if !mine {
                // Before anything is handled: of two who begin at once one goes on.
                round.hold(&mut subscription, now);
                match round.write(subscription, Vec::new()).await? {
                    Some(written) => subscription = written,
                    None => return Ok(round.done),
                }
            }
            let handed = round.hand_over(&mut subscription, batch.events, &handler).await?;
            let over = !batch.more && !handed.early;
            if over {
                subscription.holder = None;
            } else {
                round.hold(&mut subscription, self.now());
            }
            round.done.next_try_at = subscription.failures().values().map(|retry| retry.next_try_at).min();
            held = round.write(subscription, handed.parked).await?;
            if over || held.is_none() {
                round.done.more = held.is_none();
                return Ok(round.done);
            }
        }
    }

    /// Lets a subscription go on with the oldest event that is kept, where events that it has not had were purged.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is no such subscription, [`Error::Conflict`] if it is being delivered,
    /// [`Error::Storage`] if the store can't do it.
    pub async fn skip_purged(&self, name: &str) -> Result<Subscription> {
        let before = self.subscription(name).await?;
        let (oldest, mut cursor) = (self.event_cursor(Start::Oldest).await?, before.position()?);
        for shard in 0..crate::events::SHARDS {
            cursor = cursor.with(shard, cursor.at(shard).max(oldest.at(shard)));
        }
        let (id, expected) = (before.id, before.version);
        let after = Subscription { cursor: cursor.to_string(), ..before };
        let change = Change::Update { record: after.into_record(), expected };
        self.commit_own("subscription.skip", vec![change]).await?.ok_or_else(|| Error::Conflict {
            entity: "subscription".into(),
            id: id.raw(),
            found: expected.next(),
        })?;
        self.subscription(name).await
    }

    /// Tries a parked event again; one that is handled is parked no more. Gives whether it was.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if it is not parked, or the event was purged; [`Error::Storage`] if the store can't do it.
    pub async fn retry_parked<H, F>(&self, id: Id<ParkedEvent>, handler: H) -> Result<bool>
    where
        H: FnOnce(Event) -> F + Send,
        F: Future<Output = Result<(), Failure>> + Send,
    {
        let missing = |entity: &'static str, key: String| Error::NotFound { entity: entity.into(), key };
        let parked: Option<ParkedEvent> = self.storage().load(id).await?;
        let parked = parked.ok_or_else(|| missing("parked_event", id.to_string()))?;
        let event = match parked.event.parse() {
            Ok(event) => self.event_entry(event).await?,
            Err(_) => None,
        };
        let event = event.ok_or_else(|| missing("event", parked.event.clone()))?;
        let expected = parked.version;
        let said = handler(event.into()).await;
        let change = match &said {
            Ok(()) => Change::Delete { entity: ParkedEvent::NAME.into(), id: id.raw(), expected },
            Err(failure) => {
                let (error, attempts) = (crate::events::shortened(&failure.to_string()), parked.attempts + 1);
                let after = ParkedEvent { error, attempts, at: self.now(), ..parked };
                Change::Update { record: after.into_record(), expected }
            }
        };
        // Somebody else may have tried it at this moment: it is as he left it.
        self.commit_own("parked_event.retry", vec![change]).await?;
        Ok(said.is_ok())
    }

    /// Commits changes of the crate's own; none if others were faster.
    async fn commit_own(&self, command: &'static str, changes: Vec<Change>) -> Result<Option<()>> {
        let now = self.now();
        let mut set = ChangeSet::new(self.new_set_id(now), now, command);
        set.changes = changes;
        match self.system().commit_telling(&mut set, &[], Default::default()).await {
            Ok(_) => Ok(Some(())),
            Err(error) if !error.refusals().is_empty() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

impl Round<'_> {
    fn hold(&self, subscription: &mut Subscription, now: Timestamp) {
        subscription.holder = Some(self.holder.clone());
        subscription.held_until = now.checked_add(self.options.lease).ok();
    }

    /// Writes down how far it came, unless somebody else has taken over.
    async fn write(&mut self, subscription: Subscription, parked: Vec<ParkedEvent>) -> Result<Option<Subscription>> {
        let expected = subscription.version;
        let mut changes = vec![Change::Update { record: subscription.clone().into_record(), expected }];
        changes.extend(parked.into_iter().map(|parked| Change::Insert(parked.into_record())));
        if self.crm.commit_own("subscription.deliver", changes).await?.is_none() {
            self.done.busy = true;
            return Ok(None);
        }
        Ok(Some(Subscription { version: expected.next(), ..subscription }))
    }

    async fn hand_over<H, F>(
        &mut self,
        subscription: &mut Subscription,
        events: Vec<Event>,
        handler: &H,
    ) -> Result<Handed>
    where
        H: Fn(Event) -> F + Send + Sync,
        F: Future<Output = Result<(), Failure>> + Send,
    {
        let half = self.crm.now().checked_add(self.options.lease / 2).ok();
        let (mut handed, mut waiting) = (Handed { parked: Vec::new(), early: false }, BTreeSet::new());
        for event in events {
            if half.is_some_and(|half| self.crm.now() >= half) {
                handed.early = true;
                break;
            }
            if waiting.contains(&event.shard) {
                continue;
            }
            match handler(event.clone()).await {
                Ok(()) => {
                    subscription.succeed(&event)?;
                    self.done.handled += 1;
                }
                Err(failure) => {
                    let (said, now) = (failure.to_string(), self.crm.now());
                    self.done.failed += 1;
                    match subscription.fail(&event, &said, now, self.options.tries)? {
                        Verdict::Again(_) => _ = waiting.insert(event.shard),
                        Verdict::Parked => {
                            self.done.parked += 1;
                            handed.parked.push(self.parked(subscription, &event, &said, now));
                        }
                    }
                }
            }
        }
        Ok(handed)
    }

    fn parked(&self, subscription: &Subscription, event: &Event, said: &str, at: Timestamp) -> ParkedEvent {
        let new = NewParkedEvent {
            subscription: subscription.name.clone(),
            event: event.id.to_string(),
            shard: i64::try_from(event.shard).unwrap_or_default(),
            sequence: event.sequence,
            error: crate::events::shortened(said),
            attempts: i64::from(self.options.tries),
            at,
            ..Default::default()
        };
        ParkedEvent::draft(self.crm.new_id(at), new)
    }
}
