//! What happened, for programs that want to act on it: each set leaves an event for every record it changed, in the
//! same commit.
//!
//! An event says through which command (`opportunity.win`), about which record, by whom and when, and what the changed
//! fields hold since. Events are numbered within 16 shards, and all events of a record are in one shard. Who commits a
//! number holds the shard's counter until the commit is done, so the numbers of a shard become visible one after
//! another on every store: whoever has read up to a number has missed none below it. An [`EventCursor`] is how far one
//! has read in each shard.
//!
//! No event tells of what is [secret](crate::schema::Facts::secret) or
//! [unrecorded](crate::schema::Facts::unrecorded), of entities that are [without events](crate::schema::Facts::no_events),
//! of sums that follow from other records, or of rows that were imported (an import is told of by its run).

mod cursor;
mod derive;
mod draft;
mod entry;
mod event;
mod options;
mod shard;
mod subscription;

pub use cursor::EventCursor;
pub use derive::{append, derive};
pub use draft::EventDraft;
pub use entry::{EventEntry, EventEntryPatch, EventKind, NewEventEntry};
pub use event::{Event, EventOf, in_turn};
pub use options::{Delivery, EventOptions, EventRetention, Start};
pub use shard::{EventShard, EventShardPatch, NewEventShard, SHARDS, shard_of};
pub use subscription::{
    Delivered, NewParkedEvent, NewSubscription, ParkedEvent, ParkedEventPatch, Retry, Subscription, SubscriptionPatch,
    Verdict, back_off,
};

pub(crate) use subscription::shortened;
