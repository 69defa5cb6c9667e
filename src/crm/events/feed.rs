//! Telling of events in the program, after the commit.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};

use crate::crm::Crm;
use crate::events::Event;

/// Who is told of events.
#[derive(Debug, Default)]
pub(crate) struct Feed(Mutex<Vec<Weak<Mutex<Queue>>>>);

/// What waits for one receiver.
#[derive(Debug)]
struct Queue {
    events: VecDeque<Arc<Event>>,
    capacity: usize,
    missed: u64,
    closed: bool,
    waker: Option<Waker>,
}

/// Events that a receiver was not told of: it was too slow, or it is not known whether they happened. They are read
/// from a [cursor](crate::Session::events) instead.
///
/// # Examples
///
/// ```
/// use crmkit::events::Start;
/// use crmkit::prelude::*;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let (start, mut events) = (crm.event_cursor(Start::Now).await?, crm.subscribe(1));
/// for name in ["Acme", "Globex", "Initech"] {
///     crm.system().customers().create(NewCustomer::new(name)).await?;
/// }
/// let missed = events.try_next().and_then(Result::err).ok_or("some were missed")?;
/// assert_eq!(missed.to_string(), "2 events were missed; read them from a cursor");
/// assert_eq!(crm.system().events(&start, 100).await?.events.len(), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{count} events were missed; read them from a cursor")]
#[non_exhaustive]
pub struct Missed {
    /// How many at most.
    pub count: u64,
}

/// The events that this program commits, as they are committed. See [`Crm::subscribe`].
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let mut events = crm.subscribe(1);
/// crm.system().customers().create(NewCustomer::new("Acme")).await?;
/// crm.system().customers().create(NewCustomer::new("Globex")).await?;
/// // There was room for one only; the first was missed.
/// assert_eq!(events.try_next().and_then(Result::err).map(|missed| missed.count), Some(1));
/// let event = events.next().await.and_then(Result::ok).ok_or("an event")?;
/// assert_eq!(event.of::<Customer>().and_then(|made| made.get(Customer::name)), Some("Globex".to_owned()));
/// assert!(events.try_next().is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug)]
pub struct EventReceiver(Arc<Mutex<Queue>>);

impl Crm {
    /// Tells of every event that this program commits from now on, right after the commit. At most `capacity` wait for
    /// the receiver; one that is slower is told how many it has [missed](Missed), and nobody waits for it.
    ///
    /// What other programs commit is not told here, and what two threads commit at one moment may arrive in the other
    /// order; an event's shard and number say which came first. Who must have every event reads them from a
    /// [cursor](crate::Session::events) or has them [delivered](Self::deliver); a receiver is good to know when to look.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    /// use crmkit::storage::MemoryStorage;
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let mut events = crm.subscribe(100);
    /// crm.system().customers().create(NewCustomer::new("Acme")).await?;
    /// let event = events.next().await.and_then(Result::ok).ok_or("an event")?;
    /// assert_eq!(event.name, "customer.create");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn subscribe(&self, capacity: usize) -> EventReceiver {
        self.feed().add(capacity.max(1))
    }
}

impl Feed {
    fn add(&self, capacity: usize) -> EventReceiver {
        let (events, missed, closed) = (VecDeque::new(), 0, false);
        let queue = Arc::new(Mutex::new(Queue { events, capacity, missed, closed, waker: None }));
        locked(&self.0).push(Arc::downgrade(&queue));
        EventReceiver(queue)
    }

    /// Tells everybody of events; they are made only if somebody listens.
    pub(crate) fn publish(&self, events: impl FnOnce() -> Vec<Event>) {
        let receivers = self.receivers();
        if receivers.is_empty() {
            return;
        }
        let events: Vec<Arc<Event>> = events().into_iter().map(Arc::new).collect();
        for receiver in receivers {
            let mut queue = locked(&receiver);
            for event in &events {
                if queue.events.len() >= queue.capacity {
                    queue.events.pop_front();
                    queue.missed = queue.missed.saturating_add(1);
                }
                queue.events.push_back(Arc::clone(event));
            }
            wake(queue);
        }
    }

    /// So many events may have happened, and nobody can tell.
    pub(crate) fn doubt(&self, count: u64) {
        for receiver in self.receivers() {
            let mut queue = locked(&receiver);
            queue.missed = queue.missed.saturating_add(count);
            if count > 0 {
                wake(queue);
            }
        }
    }

    fn receivers(&self) -> Vec<Arc<Mutex<Queue>>> {
        let mut receivers = locked(&self.0);
        receivers.retain(|receiver| receiver.strong_count() > 0);
        receivers.iter().filter_map(Weak::upgrade).collect()
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        for receiver in self.receivers() {
            let mut queue = locked(&receiver);
            queue.closed = true;
            wake(queue);
        }
    }
}

impl EventReceiver {
    /// The next event, or that some were missed before it; none once the CRM is gone. It waits for one.
    pub async fn next(&mut self) -> Option<Result<Arc<Event>, Missed>> {
        poll_fn(|context| self.poll_next(context)).await
    }

    /// What waits already: an event, or that some were missed before it.
    pub fn try_next(&mut self) -> Option<Result<Arc<Event>, Missed>> {
        locked(&self.0).take()
    }

    /// As [`next`](Self::next), for hosts that poll.
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Arc<Event>, Missed>>> {
        let mut queue = locked(&self.0);
        if let Some(next) = queue.take() {
            return Poll::Ready(Some(next));
        }
        if queue.closed {
            return Poll::Ready(None);
        }
        queue.waker = Some(context.waker().clone());
        Poll::Pending
    }
}

impl Queue {
    fn take(&mut self) -> Option<Result<Arc<Event>, Missed>> {
        match std::mem::take(&mut self.missed) {
            0 => self.events.pop_front().map(Ok),
            count => Some(Err(Missed { count })),
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Wakes who waits, when nothing is locked any more.
fn wake(mut queue: MutexGuard<'_, Queue>) {
    let waker = queue.waker.take();
    drop(queue);
    if let Some(waker) = waker {
        waker.wake();
    }
}
