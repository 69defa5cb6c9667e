//! The suite's own entities: every kind of field, every kind of key and reference, and names that SQL keeps.

use std::sync::Arc;

use crate::id::Id;
use crate::schema::{Entity as _, EntityFacts, Facts, Schema, SchemaError};
use crate::value::{Date, Money, Quantity, Rate, Timestamp};

/// The entities of the suite as a schema.
pub(super) fn schema() -> Result<Arc<Schema>, SchemaError> {
    Schema::builder()
        .definition(Region::definition())
        .definition(Account::definition())
        .definition(Order::definition())
        .definition(Line::definition())
        .definition(Badge::definition())
        .definition(Series::definition())
        .definition(Numbered::definition())
        .definition(Event::definition())
        .definition(Bookmark::definition())
        .definition(Sample::definition())
        .build()
}

crate::choice!(
    /// A coded enum.
    pub(super) enum Mood {
        /// The one a new record starts with.
        #[code("merry", "愉快", "Merry")]
        Merry,
        /// One that sorts before the first.
        #[code("calm", "平静", "Calm")]
        Calm,
        /// One that is no longer given, and still stored.
        #[code("stern", "严肃", "Stern")]
        #[legacy(3)]
        #[retired("no longer given")]
        Stern,
    }
);

crate::entity!(
    #[entity("ct_region", "地区", "Region")]
    #[inputs(NewRegion, RegionPatch)]
    /// The end of the chain of references.
    pub(super) struct Region {
        /// Its unique code.
        pub code: String,
        /// Its name.
        pub name: Option<String>,
        /// Whether it is used.
        pub active: bool,
    }
);

impl EntityFacts for Region {
    fn facts() -> Facts {
        Facts::default().unique::<Self>(&[&Self::code])
    }
}

crate::entity!(
    #[entity("ct_account", "账户", "Account")]
    #[inputs(NewAccount, AccountPatch)]
    /// A record with an optional reference, and one to its own kind.
    pub(super) struct Account {
        /// Its name.
        pub name: String,
        /// Its region.
        pub region: Option<Id<Region>>,
        /// The account above it.
        pub parent: Option<Id<Account>>,
        /// A coded field.
        pub mood: Option<Mood>,
        /// Free text.
        pub note: Option<String>,
    }
);

impl EntityFacts for Account {
    fn facts() -> Facts {
        Facts::default().index::<Self>(&[&Self::name, &Self::mood])
    }
}

crate::entity!(
    #[entity("order", "订单", "Order")]
    #[inputs(NewOrder, OrderPatch)]
    /// A record with a required reference and numbers of every kind; its name is a word of SQL.
    pub(super) struct Order {
        /// Who ordered.
        pub account: Id<Account>,
        /// The moment.
        pub placed_at: Timestamp,
        /// The day it is due.
        pub due: Option<Date>,
        /// What it costs.
        pub total: Money,
        /// What is taken off.
        pub discount: Option<Rate>,
        /// A quantity.
        pub weight: Option<Quantity>,
        /// A whole number.
        pub items: Option<i64>,
        /// A coded field.
        pub mood: Mood,
    }
);

impl EntityFacts for Order {}

crate::entity!(
    #[entity("ct_line", "明细", "Line")]
    #[inputs(NewLine, LinePatch)]
    /// The beginning of the chain of references; its fields are words of SQL.
    pub(super) struct Line {
        /// The order it belongs to.
        pub order: Id<Order>,
        /// A text.
        pub group: Option<String>,
        /// A whole number.
        pub r#type: i64,
        /// What it costs.
        pub select: Money,
    }
);

impl EntityFacts for Line {}

crate::entity!(
    #[entity("ct_badge", "证件", "Badge")]
    #[inputs(NewBadge, BadgePatch)]
    /// A record with unique keys of every kind.
    pub(super) struct Badge {
        /// Unique where there is one.
        pub number: Option<String>,
        /// Unique together with the seat.
        pub room: Option<i64>,
        /// Unique together with the room.
        pub seat: Option<String>,
        /// Unique among active badges without an end.
        pub holder: String,
        /// Whether it is active.
        pub active: bool,
        /// When it ends.
        pub until: Option<Date>,
    }
);

impl EntityFacts for Badge {
    fn facts() -> Facts {
        Facts::default()
            .unique::<Self>(&[&Self::number])
            .unique::<Self>(&[&Self::room, &Self::seat])
            .unique_when::<Self>(&[&Self::holder], Self::active.eq(true).and(Self::until.is_null()))
    }
}

crate::entity!(
    #[entity("ct_series", "序列", "Series")]
    #[inputs(NewSeries, SeriesPatch)]
    /// Counters and number series.
    pub(super) struct Series {
        /// Its unique name.
        pub name: String,
        /// Unique together with the year.
        pub scope: Option<String>,
        /// Unique together with the scope.
        pub year: Option<i64>,
        /// The number handed out last.
        pub last: i64,
        /// An amount that is added up.
        pub total: Money,
        /// A number that may be missing.
        pub gauge: Option<i64>,
        /// A reference.
        pub region: Option<Id<Region>>,
    }
);

impl EntityFacts for Series {
    fn facts() -> Facts {
        Facts::default().unique::<Self>(&[&Self::name]).unique::<Self>(&[&Self::scope, &Self::year])
    }
}

crate::entity!(
    #[entity("ct_numbered", "编号", "Numbered")]
    #[inputs(NewNumbered, NumberedPatch)]
    /// A record that gets a number from a series.
    pub(super) struct Numbered {
        /// The number as people see it.
        pub number: String,
        /// The number itself.
        pub serial: Option<i64>,
        /// A second number.
        pub second: Option<String>,
    }
);

impl EntityFacts for Numbered {
    fn facts() -> Facts {
        Facts::default().unique::<Self>(&[&Self::number])
    }
}

crate::entity!(
    #[entity("ct_event", "事件", "Event")]
    #[inputs(NewEvent, EventPatch)]
    /// A record that is added and purged, never changed.
    pub(super) struct Event {
        /// What happened.
        pub kind: String,
        /// When.
        pub at: Timestamp,
        /// A whole number.
        pub weight: Option<i64>,
        /// A reference.
        pub account: Option<Id<Account>>,
    }
);

impl EntityFacts for Event {
    fn facts() -> Facts {
        Facts::default().append_only()
    }
}

crate::entity!(
    #[entity("ct_bookmark", "书签", "Bookmark")]
    #[inputs(NewBookmark, BookmarkPatch)]
    /// A record that refers to an event.
    pub(super) struct Bookmark {
        /// The event.
        pub event: Id<Event>,
    }
);

impl EntityFacts for Bookmark {}

crate::entity!(
    #[entity("ct_sample", "样本", "Sample")]
    #[inputs(NewSample, SamplePatch)]
    /// Every kind of field, required and optional.
    pub(super) struct Sample {
        /// True or false.
        pub flag: bool,
        /// A whole number.
        pub count: i64,
        /// An amount.
        pub price: Money,
        /// A quantity.
        pub quantity: Quantity,
        /// A rate.
        pub rate: Rate,
        /// A text.
        pub title: String,
        /// A day.
        pub day: Date,
        /// A moment.
        pub at: Timestamp,
        /// A code.
        pub mood: Mood,
        /// JSON.
        pub data: serde_json::Value,
        /// A reference.
        pub region: Id<Region>,
        /// True, false or nothing.
        pub maybe_flag: Option<bool>,
        /// A whole number or nothing.
        pub maybe_count: Option<i64>,
        /// An amount or nothing.
        pub maybe_price: Option<Money>,
        /// A quantity or nothing.
        pub maybe_quantity: Option<Quantity>,
        /// A rate or nothing.
        pub maybe_rate: Option<Rate>,
        /// A text or nothing.
        pub maybe_title: Option<String>,
        /// A day or nothing.
        pub maybe_day: Option<Date>,
        /// A moment or nothing.
        pub maybe_at: Option<Timestamp>,
        /// A code or nothing.
        pub maybe_mood: Option<Mood>,
        /// JSON or nothing.
        pub maybe_data: Option<serde_json::Value>,
        /// A reference or nothing.
        pub maybe_region: Option<Id<Region>>,
        #[system]
        /// A field that callers do not give.
        pub maybe_sample: Option<Id<Sample>>,
    }
);

impl EntityFacts for Sample {}
