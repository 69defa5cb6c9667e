//! What every entity's rules look like: synchronous decisions over values, without a store, a clock or a random
//! source.

use chrono_tz::Tz;

use crate::access::User;
use crate::change::Change;
use crate::command::{Commands, Loaded, Need};
use crate::error::{Error, Result};
use crate::id::Id;
use crate::query::Filter;
use crate::schema::{Entity, Name, Schema};
use crate::value::Timestamp;

/// What a rule may know about the moment it decides in.
///
/// # Examples
///
/// ```
/// use crmkit::rules::Context;
/// use crmkit::value::Timestamp;
///
/// let context = Context { actor: None, now: Timestamp::EPOCH, zone: chrono_tz::UTC };
/// assert_eq!(context.today().to_string(), "1970-01-01");
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Context {
    /// The user who acts; none for the system.
    pub actor: Option<Id<User>>,
    /// When.
    pub now: Timestamp,
    /// The organisation's time zone.
    pub zone: Tz,
}

impl Context {
    /// Today in the organisation's zone.
    #[must_use]
    pub fn today(&self) -> crate::value::Date {
        self.now.local_date(self.zone)
    }

    /// The refusal of an action to the actor, by a rule that says who may. The session gives it the actor's login.
    #[must_use]
    pub fn denied(&self, action: &str, rule: impl Into<String>) -> Error {
        let actor = self.actor.map_or_else(|| "system".to_owned(), |actor| actor.to_string());
        Error::Denied { actor, action: action.to_owned(), rule: rule.into() }
    }
}

/// How a record is deleted.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::rules::Deletion;
///
/// let context = Context { actor: None, now: Timestamp::EPOCH, zone: chrono_tz::UTC };
/// let acme = Customer::draft(Id::NIL, NewCustomer::new("Acme"));
/// // A customer is never removed, only marked.
/// assert!(matches!(Customer::deleted(&acme, &context)?, Deletion::Mark(_)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Deletion<E> {
    /// It is removed; refused while others refer to it.
    Remove,
    /// It stays and is marked.
    Mark(E),
}

/// A field that gets the next number of a series when a new record is given without one.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
///
/// let numbered = Customer::numbered().ok_or("customers are numbered")?;
/// assert_eq!((&*numbered.field, &*numbered.series), ("number", "customer"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbered {
    /// The text field.
    pub field: Name,
    /// The series.
    pub series: Name,
}

/// A whole number that is unique among the records that refer to one record, such as the line of an order. A new
/// record that leaves it at 0 gets the next one.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
///
/// let position = OrderLine::position().ok_or("lines are numbered within their order")?;
/// assert_eq!((&*position.field, &*position.within), ("line", "order"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The field of the number.
    pub field: Name,
    /// The reference within which it is unique.
    pub within: Name,
}

/// A day kept on a record that others refer to: the latest of their moments.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
///
/// let latest = Order::latest().ok_or("a customer knows when he ordered last")?;
/// assert_eq!((&*latest.by, &*latest.of, &*latest.field), ("customer", "ordered_at", "last_order_on"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Latest {
    /// The field of the referring record that names the record the day is kept on.
    pub by: Name,
    /// The moment of the referring record.
    pub of: Name,
    /// Which referring records count; a condition on their own fields.
    pub when: Filter,
    /// The field the day is kept in, in the organisation's zone.
    pub field: Name,
}

/// The rules of an entity. The defaults accept what the definition accepts and remove what is deleted.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::rules::Deletion;
///
/// crmkit::entity!(
///     #[entity("site_visit", "来访", "Visit")]
///     #[inputs(NewVisit, VisitPatch)]
///     /// Somebody comes to see us.
///     pub struct Visit {
///         /// Who.
///         pub guest: String,
///         #[system]
///         /// Since when we know.
///         pub announced_at: Timestamp,
///     }
/// );
///
/// impl EntityFacts for Visit {}
///
/// impl Rules for Visit {
///     fn created(mut draft: Self, context: &Context) -> Result<Self> {
///         draft.announced_at = context.now;
///         Ok(draft)
///     }
///
///     fn deleted(before: &Self, _: &Context) -> Result<Deletion<Self>> {
///         let problem = "is part of the guest book; it is never deleted".to_owned();
///         Err(Error::State { entity: "visit".into(), id: before.id.raw(), problem })
///     }
/// }
///
/// // Tried without any store.
/// let context = Context { actor: None, now: "2026-03-02T09:00:00Z".parse()?, zone: chrono_tz::UTC };
/// let visit = Visit::created(Visit::draft(Id::NIL, NewVisit { guest: "Mei".into(), ..Default::default() }), &context)?;
/// assert_eq!(visit.announced_at, context.now);
/// assert!(Visit::deleted(&visit, &context).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Rules: Entity {
    /// A new record as it shall be stored: defaults filled in, fields the crate sets set.
    ///
    /// # Errors
    ///
    /// An [`Error`] that says what does not fit.
    fn created(draft: Self, context: &Context) -> Result<Self> {
        let _ = context;
        Ok(draft)
    }

    /// A changed record as it shall be stored.
    ///
    /// # Errors
    ///
    /// An [`Error`] that says what does not fit, or in which state this could be done.
    fn edited(before: &Self, after: Self, context: &Context) -> Result<Self> {
        let _ = (before, context);
        Ok(after)
    }

    /// How the record is deleted.
    ///
    /// # Errors
    ///
    /// An [`Error`] that says in which state this could be done.
    fn deleted(before: &Self, context: &Context) -> Result<Deletion<Self>> {
        let _ = (before, context);
        Ok(Deletion::Remove)
    }

    /// Whether a record that names entities or fields names ones that there are.
    ///
    /// # Errors
    ///
    /// An [`Error`] that says which name means nothing.
    fn fits(&self, schema: &Schema) -> Result<()> {
        let _ = schema;
        Ok(())
    }

    /// What can be done to the record as it is, whoever has the right; other records may still stand against it.
    /// An entity with a state table says what the table says.
    #[must_use]
    fn events(&self, context: &Context) -> Vec<&'static str> {
        let _ = context;
        vec!["edit", "delete"]
    }

    /// What can be done to a record by name, beyond making, editing and deleting it: how
    /// [`Untyped::run`](crate::session::Untyped::run) finds a [command](crate::command::Command).
    #[must_use]
    fn commands() -> Commands<Self> {
        Commands::default()
    }

    /// Other records that this one may only be made, changed or deleted in view of, such as the opportunity of a plan.
    #[must_use]
    fn relies_on(&self) -> Vec<Need> {
        Vec::new()
    }

    /// Whether what it [`relies_on`](Self::relies_on) allows the change: what was before, what shall be after.
    ///
    /// # Errors
    ///
    /// An [`Error`] that says which other record stands against it, and in which state it would not.
    fn allowed(before: Option<&Self>, after: Option<&Self>, loaded: &Loaded, context: &Context) -> Result<()> {
        let _ = (before, after, loaded, context);
        Ok(())
    }

    /// The field that is numbered from a series, if one is.
    #[must_use]
    fn numbered() -> Option<Numbered> {
        None
    }

    /// The field that counts the records of one and the same other record, if one does.
    #[must_use]
    fn position() -> Option<Position> {
        None
    }

    /// Sums on other records that go with this change: what was before, what is after. Only additions, so that no
    /// change waits for another.
    #[must_use]
    fn sums(before: Option<&Self>, after: Option<&Self>) -> Vec<Change> {
        let _ = (before, after);
        Vec::new()
    }

    /// What must be known of other records that change with this one, such as the warning that an order ends: what was
    /// before, what is after.
    #[must_use]
    fn touches(before: Option<&Self>, after: Option<&Self>) -> Vec<Need> {
        let _ = (before, after);
        Vec::new()
    }

    /// The changes to other records that follow from this one, given what it [`touches`](Self::touches). They go into
    /// the same set.
    ///
    /// # Errors
    ///
    /// An [`Error`] that says which other record stands against it.
    fn follows(before: Option<&Self>, after: Option<&Self>, loaded: &Loaded, context: &Context) -> Result<Vec<Change>> {
        let _ = (before, after, loaded, context);
        Ok(Vec::new())
    }

    /// The day on another record that follows from the latest of these records, if there is such a one.
    #[must_use]
    fn latest() -> Option<Latest> {
        None
    }
}
