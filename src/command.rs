//! Commands: decisions about one record that may rely on others and change others, as values.
//!
//! A command says what it needs to know, is given it, and answers with what shall be changed. It reaches no store, so
//! it can be tried on any values; the session loads, asks and commits.

mod commands;
mod form;
mod input;

use std::collections::HashMap;

pub use commands::Commands;
pub(crate) use commands::Decides;
pub use form::{CommandForm, Parameter};
pub(crate) use input::read_input;

use crate::change::Change;
use crate::error::{Error, Result};
use crate::id::{Id, RecordId, Version};
use crate::query::Filter;
use crate::rules::{Context, Numbered, Rules};
use crate::schema::{Entity, Field, Name, Record, Reference};

/// Something that can be done to a record beyond editing it.
///
/// The session looks for the right `subject.action`, loads the subject within its scope and whatever
/// [`needs`](Self::needs) names, and commits what [`decide`](Self::decide) answers, in one set.
///
/// # Examples
///
/// ```
/// use crmkit::command::{Command, Loaded, Outcome};
/// use crmkit::prelude::*;
///
/// /// Raises a customer's level by one star.
/// #[derive(Clone)]
/// struct Promote;
///
/// impl Command for Promote {
///     type Subject = Customer;
///
///     // The right is `customer.promote`; a host registers it with `CrmBuilder::right`.
///     const ACTION: &'static str = "promote";
///
///     fn decide(&self, mut subject: Customer, _: &Loaded, _: &Context) -> Result<Outcome<Customer>> {
///         let stars = subject.level.map_or(0, |level| Rating::ALL.iter().take_while(|it| **it != level).count() + 1);
///         let Some(next) = Rating::ALL.get(stars) else {
///             let (entity, problem) = ("customer".into(), "has the highest level already".to_owned());
///             return Err(Error::State { entity, id: subject.id.raw(), problem });
///         };
///         subject.level = Some(*next);
///         Ok(Outcome::of(subject))
///     }
/// }
///
/// # pollster::block_on(async {
/// let storage = MemoryStorage::new(crmkit::standard_schema()?);
/// let crm = Crm::builder(storage).right("customer.promote").open().await?;
/// let acme = crm.system().customers().create(NewCustomer::new("Acme")).await?;
/// let acme = crm.system().customers().run(acme.id, Promote).await?;
/// assert_eq!(acme.level, Some(Rating::One));
/// # Ok::<(), Error>(())
/// # })?;
/// # Ok::<(), Error>(())
/// ```
pub trait Command: Clone + Send + Sync {
    /// The entity it is done to.
    type Subject: Rules;

    /// The action: the second half of the right it needs.
    const ACTION: &'static str;

    /// What must be known beside the subject. The decision relies on every record loaded by id: it is made again if
    /// one changes meanwhile.
    fn needs(&self, subject: &Self::Subject) -> Vec<Need> {
        let _ = subject;
        Vec::new()
    }

    /// What shall be changed.
    ///
    /// # Errors
    ///
    /// An [`Error`] that says which state, input or other record stands against it.
    fn decide(&self, subject: Self::Subject, loaded: &Loaded, context: &Context) -> Result<Outcome<Self::Subject>>;
}

/// Records a command must know.
///
/// # Examples
///
/// ```
/// use crmkit::command::Need;
/// use crmkit::prelude::*;
///
/// let user: Id<User> = Id::NIL;
/// // The user, and his role.
/// let needs = [Need::record(user), Need::referred(user, User::role)];
/// assert!(needs.iter().all(|need| need.entity() == "sys_user"));
/// let open = Need::matching::<Order>(Order::status.eq(OrderStatus::Created));
/// assert_eq!(open.entity(), "orders");
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Need {
    /// One record.
    Record {
        /// The entity's name.
        entity: Name,
        /// The record.
        id: RecordId,
    },
    /// One record, if the actor may see it.
    Visible {
        /// The entity's name.
        entity: Name,
        /// The record.
        id: RecordId,
    },
    /// The record that another record refers to.
    Referred {
        /// The name of the entity that refers.
        entity: Name,
        /// The record that refers.
        id: RecordId,
        /// Its field.
        field: Name,
    },
    /// One record, the record that it refers to by a field, and so on to the end; more than 64 are an error.
    Chain {
        /// The entity's name.
        entity: Name,
        /// The first record.
        id: RecordId,
        /// The field, which refers to a record of the same entity.
        field: Name,
    },
    /// The records that match, in the order of their ids; more than 1,000 are an error.
    Matching {
        /// The entity's name.
        entity: Name,
        /// Which.
        filter: Filter,
    },
}

impl Need {
    /// One record.
    #[must_use]
    pub fn record<E: Entity>(id: Id<E>) -> Self {
        Self::Record { entity: E::NAME.into(), id: id.raw() }
    }

    /// The entity's name.
    #[must_use]
    pub const fn entity(&self) -> &Name {
        match self {
            Self::Record { entity, .. }
            | Self::Visible { entity, .. }
            | Self::Referred { entity, .. }
            | Self::Chain { entity, .. }
            | Self::Matching { entity, .. } => entity,
        }
    }

    /// One record, if the actor may see it.
    #[must_use]
    pub fn visible<E: Entity>(id: Id<E>) -> Self {
        Self::Visible { entity: E::NAME.into(), id: id.raw() }
    }

    /// The record that another record refers to by a field.
    #[must_use]
    pub fn referred<E: Entity, T: Reference>(id: Id<E>, field: Field<E, T>) -> Self {
        Self::Referred { entity: E::NAME.into(), id: id.raw(), field: field.name().into() }
    }

    /// One record, the record of the same entity that it refers to by a field, and so on to the end.
    #[must_use]
    pub fn chain<E: Entity, T: Reference>(id: Id<E>, field: Field<E, T>) -> Self {
        Self::Chain { entity: E::NAME.into(), id: id.raw(), field: field.name().into() }
    }

    /// The records that match.
    #[must_use]
    pub fn matching<E: Entity>(filter: Filter) -> Self {
        Self::Matching { entity: E::NAME.into(), filter }
    }
}

/// What a command was given: the records it needs, and ids for new ones.
///
/// # Examples
///
/// ```
/// use crmkit::command::Loaded;
/// use crmkit::prelude::*;
///
/// let acme = Customer::draft(Id::NIL, NewCustomer::new("Acme"));
/// let mut loaded = Loaded::new(vec![RecordId::from_bytes([7; 16])]);
/// loaded.add(acme.clone().into_record());
/// assert_eq!(loaded.get(acme.id)?, acme);
/// assert_eq!(loaded.all::<Customer>()?.len(), 1);
/// assert!(loaded.get(Id::<Order>::NIL).is_err());
/// let contact: Id<Contact> = loaded.fresh(0);
/// assert_eq!(contact.raw(), RecordId::from_bytes([7; 16]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    records: HashMap<Name, Vec<Record>>,
    fresh: Vec<RecordId>,
}

impl Loaded {
    /// Nothing but ids for new records.
    #[must_use]
    pub fn new(fresh: Vec<RecordId>) -> Self {
        Self { records: HashMap::new(), fresh }
    }

    /// With another record.
    pub fn add(&mut self, record: Record) {
        self.records.entry(record.entity.clone()).or_default().push(record);
    }

    /// The record with an id.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if it was not asked for or does not exist.
    pub fn get<E: Entity>(&self, id: Id<E>) -> Result<E> {
        let found = self.of::<E>().find(|record| record.id == id.raw()).cloned();
        let missing = || Error::NotFound { entity: E::definition().code, key: id.to_string() };
        Ok(E::from_record(found.ok_or_else(missing)?)?)
    }

    /// All records of an entity.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] if one is not what the schema says.
    pub fn all<E: Entity>(&self) -> Result<Vec<E>> {
        Ok(self.of::<E>().cloned().map(E::from_record).collect::<Result<_, _>>()?)
    }

    /// The untyped record with an id, if it was loaded.
    pub(crate) fn record(&self, entity: &str, id: RecordId) -> Option<&Record> {
        self.records.get(entity)?.iter().find(|record| record.id == id)
    }

    fn of<E: Entity>(&self) -> impl Iterator<Item = &Record> {
        self.records.get(E::NAME).into_iter().flatten()
    }

    /// The id for the new record with this number, counted from 0; a decision made again gets others.
    #[must_use]
    pub fn fresh<E: Entity>(&self, number: usize) -> Id<E> {
        Id::new(self.fresh.get(number).copied().unwrap_or(RecordId::NIL))
    }
}

/// What shall be changed: the subject, and others with it.
///
/// # Examples
///
/// ```
/// use crmkit::command::Outcome;
/// use crmkit::prelude::*;
///
/// let context = Context { actor: None, now: Timestamp::EPOCH, zone: chrono_tz::UTC };
/// let acme = Customer::draft(Id::NIL, NewCustomer::new("Acme"));
/// let mei = NewContact { customer: acme.id, name: "Mei".into(), ..Default::default() };
/// // The customer, and with him a new contact.
/// let outcome = Outcome::of(acme.clone()).insert(Contact::draft(Id::NIL, mei), &context)?;
/// assert_eq!(outcome.subject(), &acme);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Outcome<E> {
    subject: E,
    others: Vec<Other>,
}

/// A change to a record beside the subject.
#[derive(Debug, Clone)]
pub(crate) enum Other {
    /// A new record, whose numbered field is filled from its series if it is empty.
    Insert { record: Record, numbered: Option<Numbered> },
    /// Any other change.
    Change(Change),
}

impl<E: Rules> Outcome<E> {
    /// The subject as it shall be; one that is as it was is not written, but must still be as it was.
    #[must_use]
    pub const fn of(subject: E) -> Self {
        Self { subject, others: Vec::new() }
    }

    /// And a new record, as its rules make it.
    ///
    /// # Errors
    ///
    /// Those of [`Rules::created`].
    pub fn insert<F: Rules>(mut self, draft: F, context: &Context) -> Result<Self> {
        let record = F::created(draft, context)?;
        self.others.extend(F::sums(None, Some(&record)).into_iter().map(Other::Change));
        self.others.push(Other::Insert { record: record.into_record(), numbered: F::numbered() });
        Ok(self)
    }

    /// And another record as it shall be, from the version it was loaded in.
    #[must_use]
    pub fn update<F: Rules>(mut self, before: &F, after: F) -> Self {
        self.others.extend(F::sums(Some(before), Some(&after)).into_iter().map(Other::Change));
        let expected: Version = before.version();
        self.others.push(Other::Change(Change::Update { record: after.into_record(), expected }));
        self
    }

    /// And without another record.
    #[must_use]
    pub fn delete<F: Rules>(mut self, before: &F) -> Self {
        self.others.extend(F::sums(Some(before), None).into_iter().map(Other::Change));
        let (entity, id, expected) = (F::NAME.into(), before.id().raw(), before.version());
        self.others.push(Other::Change(Change::Delete { entity, id, expected }));
        self
    }

    pub(crate) fn into_parts(self) -> (E, Vec<Other>) {
        (self.subject, self.others)
    }

    /// The subject as it shall be.
    #[must_use]
    pub const fn subject(&self) -> &E {
        &self.subject
    }
}
