//! Durable subscriptions: how far each has come, and what failed.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::cursor::EventCursor;
use super::event::Event;
use super::shard::SHARDS;
use crate::error::{CursorProblem, Error, Result};
use crate::problem::FieldProblem;
use crate::rules::{Context, Rules};
use crate::schema::{EntityFacts, Facts};
use crate::value::Timestamp;

/// How much is kept of what a handler said, in characters.
const MAX_SAID: usize = 1_000;

crate::entity!(
    #[entity("sys_subscription", "事件订阅", "Subscription")]
    #[inputs(NewSubscription, SubscriptionPatch)]
    /// Somebody who is given every event, and how far he has come.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::events::Start;
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let mail = crm.add_subscription("mail", Start::Oldest).await?;
    /// assert_eq!(crm.subscription("mail").await?.name, mail.name);
    /// assert!(mail.failures().is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub struct Subscription {
        /// What it is called.
        #[label("名称", "Name")]
        pub name: String,
        /// How far it has come ([`EventCursor`]).
        #[label("游标", "Cursor")]
        pub cursor: String,
        /// The events at which a handler failed, by shard ([`Retry`]).
        #[label("重试", "Retries")]
        pub retries: Option<serde_json::Value>,
        /// Who delivers it now.
        #[label("持有者", "Holder")]
        pub holder: Option<String>,
        /// Until when nobody else does.
        #[label("持有至", "Held until")]
        pub held_until: Option<Timestamp>,
    }
);

crate::entity!(
    #[entity("sys_parked_event", "搁置事件", "Parked event")]
    #[inputs(NewParkedEvent, ParkedEventPatch)]
    /// An event that a handler failed at too often. It is kept until it is tried again with success, or dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::events::{Delivery, ParkedEvent, Start};
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// crm.add_subscription("mail", Start::Now).await?;
    /// crm.system().customers().create(NewCustomer::new("Acme")).await?;
    /// let once = Delivery { tries: 1, ..Default::default() };
    /// crm.deliver("mail", &once, async |_| Err("the mail server is down".into())).await?;
    /// let parked = crm.system().of::<ParkedEvent>().list(Query::of::<ParkedEvent>()).await?.items;
    /// assert_eq!((parked[0].subscription.as_str(), parked[0].attempts), ("mail", 1));
    /// assert!(crm.retry_parked(parked[0].id, async |_| Ok(())).await?);
    /// assert_eq!(crm.system().of::<ParkedEvent>().count(Filter::All).await?, 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub struct ParkedEvent {
        /// The name of the subscription.
        #[label("订阅", "Subscription")]
        pub subscription: String,
        /// The id of the event.
        #[label("事件", "Event")]
        pub event: String,
        /// Its shard.
        #[label("分片", "Shard")]
        pub shard: i64,
        /// Its number there.
        #[label("序号", "Sequence")]
        pub sequence: i64,
        /// What the handler said last.
        #[label("错误", "Error")]
        pub error: String,
        /// How often it was tried.
        #[label("次数", "Attempts")]
        pub attempts: i64,
        /// When it was tried last.
        #[label("时间", "At")]
        pub at: Timestamp,
    }
);

impl EntityFacts for Subscription {
    fn facts() -> Facts {
        let facts = Facts::default().unique::<Self>(&[&Subscription::name]).natural::<Self>(&[&Subscription::name]);
        facts.unrecorded()
    }
}

impl EntityFacts for ParkedEvent {
    fn facts() -> Facts {
        Facts::default().unique::<Self>(&[&ParkedEvent::subscription, &ParkedEvent::event]).unrecorded()
    }
}

impl Rules for Subscription {
    fn created(draft: Self, _: &Context) -> Result<Self> {
        draft.checked()
    }

    fn edited(_: &Self, after: Self, _: &Context) -> Result<Self> {
        after.checked()
    }
}

impl Rules for ParkedEvent {}

/// An event at which a handler has failed; those behind it in its shard wait.
///
/// # Examples
///
/// ```
/// use crmkit::events::{Delivery, Start};
/// use crmkit::prelude::*;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// crm.add_subscription("mail", Start::Now).await?;
/// crm.system().customers().create(NewCustomer::new("Acme")).await?;
/// let down = async |_| Err("the mail server is down".into());
/// crm.deliver("mail", &Delivery::default(), down).await?;
/// let failures = crm.subscription("mail").await?.failures();
/// let retry = failures.values().next().ok_or("a failure")?;
/// assert_eq!((retry.attempts, retry.error.as_str()), (1, "the mail server is down"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Retry {
    /// The event's number in its shard.
    pub sequence: i64,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried again.
    pub next_try_at: Timestamp,
    /// What the handler said last.
    pub error: String,
}

/// What comes of a failed try.
///
/// # Examples
///
/// ```
/// use crmkit::events::{EventCursor, Start, Verdict};
/// use crmkit::prelude::*;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// # crm.system().customers().create(NewCustomer::new("Acme")).await?;
/// let mut mail = crm.add_subscription("mail", Start::Oldest).await?;
/// let event = crm.system().events(&EventCursor::beginning(), 1).await?.events.remove(0);
/// // After the second failure it is put aside.
/// let first = mail.fail(&event, "the mail server is down", event.at, 2)?;
/// assert!(matches!(first, Verdict::Again(at) if at > event.at));
/// assert_eq!(mail.fail(&event, "the mail server is down", event.at, 2)?, Verdict::Parked);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// It is tried again, and its shard waits until then.
    Again(Timestamp),
    /// It is put aside, and its shard goes on.
    Parked,
}

/// What a delivery did.
///
/// # Examples
///
/// ```
/// use crmkit::events::{Delivery, Start};
/// use crmkit::prelude::*;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// crm.add_subscription("mail", Start::Now).await?;
/// crm.system().customers().create(NewCustomer::new("Acme")).await?;
/// let down = async |_| Err("the mail server is down".into());
/// let delivered = crm.deliver("mail", &Delivery::default(), down).await?;
/// assert!(delivered.handled == 0 && delivered.failed >= 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Delivered {
    /// How many events were handled.
    pub handled: u64,
    /// How many tries failed.
    pub failed: u64,
    /// How many events were parked.
    pub parked: u64,
    /// Whether somebody else is delivering the subscription, so that nothing was done, or has taken it over.
    pub busy: bool,
    /// Whether there is more to deliver at once.
    pub more: bool,
    /// When the next event is to be tried again, if one failed.
    pub next_try_at: Option<Timestamp>,
}

/// How long to wait after so many failures: a second, then twice as long each time, up to an hour.
///
/// # Examples
///
/// ```
/// use chrono::TimeDelta;
/// use crmkit::events::back_off;
///
/// assert_eq!([1, 2, 5].map(|failures| back_off(failures).num_seconds()), [1, 2, 16]);
/// assert_eq!(back_off(99), TimeDelta::hours(1));
/// ```
#[must_use]
pub fn back_off(failures: u32) -> TimeDelta {
    let seconds = 1_i64.checked_shl(failures.saturating_sub(1)).filter(|seconds| (1..3_600).contains(seconds));
    TimeDelta::seconds(seconds.unwrap_or(3_600))
}

impl Subscription {
    fn checked(self) -> Result<Self> {
        let mut problems = Vec::new();
        if self.name.trim().is_empty() || self.name.len() > 100 {
            problems.push(FieldProblem::invalid("name", "it is a text of at most 100 bytes"));
        }
        if let Err(problem) = self.position() {
            problems.push(FieldProblem::invalid("cursor", problem.to_string()));
        }
        if problems.is_empty() { Ok(self) } else { Err(Error::Invalid { entity: "subscription".into(), problems }) }
    }

    /// How far it has come.
    ///
    /// # Errors
    ///
    /// [`CursorProblem::Malformed`] if somebody has written there what is no cursor.
    pub fn position(&self) -> Result<EventCursor, CursorProblem> {
        self.cursor.parse()
    }

    /// The events that failed, by shard.
    #[must_use]
    pub fn failures(&self) -> BTreeMap<usize, Retry> {
        let retries = self.retries.clone().and_then(|retries| serde_json::from_value(retries).ok());
        retries.unwrap_or_default()
    }

    /// Whether somebody else delivers it.
    #[must_use]
    pub fn is_held(&self, now: Timestamp) -> bool {
        self.holder.is_some() && self.held_until.is_some_and(|until| until > now)
    }

    /// The shards in which nothing waits to be tried again later.
    #[must_use]
    pub fn open_shards(&self, now: Timestamp) -> [bool; SHARDS] {
        let failures = self.failures();
        std::array::from_fn(|shard| failures.get(&shard).is_none_or(|retry| retry.next_try_at <= now))
    }

    /// An event was handled.
    pub fn succeed(&mut self, event: &Event) -> Result<(), CursorProblem> {
        self.pass(event, |failures| failures.remove(&event.shard).map(drop))
    }

    /// A handler failed at an event.
    ///
    /// # Errors
    ///
    /// As [`position`](Self::position).
    pub fn fail(&mut self, event: &Event, said: &str, now: Timestamp, tries: u32) -> Result<Verdict, CursorProblem> {
        let mut failures = self.failures();
        let before = failures.remove(&event.shard).filter(|retry| retry.sequence == event.sequence);
        let attempts = before.map_or(0, |retry| retry.attempts).saturating_add(1);
        if attempts >= tries {
            self.pass(event, |failures| failures.remove(&event.shard).map(drop))?;
            return Ok(Verdict::Parked);
        }
        let next_try_at = now.checked_add(back_off(attempts)).unwrap_or(now);
        let (sequence, error) = (event.sequence, shortened(said));
        failures.insert(event.shard, Retry { sequence, attempts, next_try_at, error });
        self.keep(&failures);
        Ok(Verdict::Again(next_try_at))
    }

    fn pass(
        &mut self,
        event: &Event,
        forget: impl FnOnce(&mut BTreeMap<usize, Retry>) -> Option<()>,
    ) -> Result<(), CursorProblem> {
        self.cursor = self.position()?.with(event.shard, event.sequence).to_string();
        let mut failures = self.failures();
        if forget(&mut failures).is_some() {
            self.keep(&failures);
        }
        Ok(())
    }

    fn keep(&mut self, failures: &BTreeMap<usize, Retry>) {
        self.retries = if failures.is_empty() { None } else { serde_json::to_value(failures).ok() };
    }
}

/// The beginning of what a handler said.
pub(crate) fn shortened(said: &str) -> String {
    said.chars().filter(|c| *c != '\0').take(MAX_SAID).collect()
}
