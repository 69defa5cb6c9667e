//! What the types of an entity's fields do not say: keys, indexes, who owns a record, how people name it.

use super::{Entity, Field, FieldRef, FieldType, Name, Path};
use crate::query::Filter;
use crate::rollup::Rollup;

/// A set of fields that no two records share. Records with no value in one of them do not collide.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
///
/// let key = &Customer::facts().unique[0];
/// assert_eq!((&*key.name, &key.fields[..], &key.when), ("uq_cst_customer_number", &["number".into()][..], &None));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct UniqueKey {
    /// The key's name, made of the entity's and the fields' names.
    pub name: Name,
    /// The fields.
    pub fields: Vec<Name>,
    /// Only records that match are compared.
    pub when: Option<Filter>,
}

/// Fields that are often searched or sorted by together.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
///
/// let index = &Opportunity::facts().indexes[0];
/// assert_eq!((&*index.name, &index.fields[..]), ("ix_sal_chance_status_closed_at", &["status".into(), "closed_at".into()][..]));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Index {
    /// The index's name.
    pub name: Name,
    /// The fields, most significant first.
    pub fields: Vec<Name>,
}

/// Keys, indexes and meanings of an entity, collected by [`EntityFacts::facts`].
///
/// Every reference is indexed by itself and needs no mention here.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
///
/// let facts = Facts::default()
///     .unique::<Product>(&[&Product::code])
///     .index::<Product>(&[&Product::category, &Product::name])
///     .natural::<Product>(&[&Product::code, &Product::name])
///     .searched::<Product>(&[&Product::name])
///     .actions(&["reorder"]);
/// assert_eq!(facts.unique[0].fields, ["code"]);
/// assert_eq!(facts.actions, ["reorder"]);
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Facts {
    /// The unique keys.
    pub unique: Vec<UniqueKey>,
    /// The indexes.
    pub indexes: Vec<Index>,
    /// The paths to the users who own a record, for scopes narrower than "all".
    pub owners: Vec<Path>,
    /// The fields by which people and files name a record, the most exact first.
    pub natural: Vec<Name>,
    /// The fields a text search looks into.
    pub searched: Vec<Name>,
    /// Whether records are only ever added and purged.
    pub append_only: bool,
    /// Whether other programs on the same store are told at once that records have changed, where the store can.
    pub announced: bool,
    /// Whether only the crate itself reads and writes the records: no session, report or file does, whoever acts.
    pub secret: bool,
    /// What can be done to a record beyond creating, reading, editing and deleting it: each is a right of its own.
    pub actions: Vec<Name>,
    /// Whether changes leave no trace in the history, so that nothing undoes them: counters and other book-keeping.
    pub unrecorded: bool,
    /// The fields whose former values the history does not keep.
    pub redacted: Vec<Name>,
    /// Whether changes are told to nobody as [events](crate::events).
    pub no_events: bool,
    /// The sums over the records that are kept with every commit, the smallest first.
    pub rollups: Vec<Rollup>,
}

/// The facts of an entity. Implement it next to the [`entity!`](crate::entity) declaration; `{}` says there are none.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
///
/// crmkit::entity!(
///     #[entity("fleet_vehicle", "车辆", "Vehicle")]
///     #[inputs(NewVehicle, VehiclePatch)]
///     /// A vehicle of the fleet.
///     pub struct Vehicle {
///         /// What is on its plate.
///         pub plate: String,
///         /// Who drives it.
///         pub driver: Option<Id<User>>,
///     }
/// );
///
/// impl EntityFacts for Vehicle {
///     fn facts() -> Facts {
///         // No two have one plate; whoever drives it owns it.
///         Facts::default().unique::<Self>(&[&Vehicle::plate]).owner(Vehicle::driver)
///     }
/// }
///
/// assert_eq!(Vehicle::definition().facts.owners.len(), 1);
/// ```
pub trait EntityFacts {
    /// Keys, indexes and meanings.
    #[must_use]
    fn facts() -> Facts {
        Facts::default()
    }
}

/// Anything that names a field of an entity.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::schema::Named;
///
/// /// Fields of different types, but of one entity.
/// fn names<E>(fields: &[&dyn Named<E>]) -> Vec<&'static str> {
///     fields.iter().map(|field| field.field_name()).collect()
/// }
///
/// assert_eq!(names::<Order>(&[&Order::number, &Order::customer, &Order::amount]), ["number", "customer", "amount"]);
/// ```
pub trait Named<E> {
    /// The field's name.
    fn field_name(&self) -> &'static str;
}

impl<E: Entity, T: FieldType> Named<E> for Field<E, T> {
    fn field_name(&self) -> &'static str {
        self.name()
    }
}

fn names<E>(fields: &[&dyn Named<E>]) -> Vec<Name> {
    fields.iter().map(|field| Name::Borrowed(field.field_name())).collect()
}

impl Facts {
    /// No two records share these fields.
    #[must_use]
    pub fn unique<E: Entity>(self, fields: &[&dyn Named<E>]) -> Self {
        self.key::<E>(fields, None)
    }

    /// No two records that match `when` share these fields.
    #[must_use]
    pub fn unique_when<E: Entity>(self, fields: &[&dyn Named<E>], when: Filter) -> Self {
        self.key::<E>(fields, Some(when))
    }

    fn key<E: Entity>(mut self, fields: &[&dyn Named<E>], when: Option<Filter>) -> Self {
        let fields = names(fields);
        let suffix = if when.is_some() { "_when" } else { "" };
        let name = Name::Owned(format!("uq_{}_{}{suffix}", E::NAME, fields.join("_")));
        self.unique.push(UniqueKey { name, fields, when });
        self
    }

    /// Records are often searched or sorted by these fields together.
    #[must_use]
    pub fn index<E: Entity>(mut self, fields: &[&dyn Named<E>]) -> Self {
        let fields = names(fields);
        let name = Name::Owned(format!("ix_{}_{}", E::NAME, fields.join("_")));
        self.indexes.push(Index { name, fields });
        self
    }

    /// The user at the end of this path owns a record; said twice, either user does.
    #[must_use]
    pub fn owner(mut self, path: impl Into<Path>) -> Self {
        self.owners.push(path.into());
        self
    }

    /// People and files name a record by these fields, the most exact first.
    #[must_use]
    pub fn natural<E: Entity>(mut self, fields: &[&dyn Named<E>]) -> Self {
        self.natural = names(fields);
        self
    }

    /// A text search looks into these fields.
    #[must_use]
    pub fn searched<E: Entity>(mut self, fields: &[&dyn Named<E>]) -> Self {
        self.searched = names(fields);
        self
    }

    /// This can be done to a record beyond creating, reading, editing and deleting it.
    #[must_use]
    pub fn actions(mut self, actions: &[&'static str]) -> Self {
        self.actions = actions.iter().map(|action| Name::Borrowed(action)).collect();
        self
    }

    /// Only the crate itself reads and writes the records. The entity's name must begin with `sec_`, by which records
    /// know that their values are not to be shown.
    #[must_use]
    pub fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    /// Changes leave no trace in the history, and undoing a set leaves these records as they are: counters and other
    /// book-keeping.
    #[must_use]
    pub const fn unrecorded(mut self) -> Self {
        self.unrecorded = true;
        self
    }

    /// The history does not keep what these fields held before, only that they were changed; so nothing brings it
    /// back, either.
    #[must_use]
    pub fn redacted<E: Entity>(mut self, fields: &[&dyn Named<E>]) -> Self {
        self.redacted = names(fields);
        self
    }

    /// Changes are told to nobody as [events](crate::events). What is [`unrecorded`](Self::unrecorded) or
    /// [`secret`](Self::secret) is not, anyway.
    #[must_use]
    pub const fn no_events(mut self) -> Self {
        self.no_events = true;
        self
    }

    /// Sums over the records are kept with every commit. Of several that can say what a report asks for, it reads the
    /// one that is declared first.
    #[must_use]
    pub fn rollup(mut self, rollup: Rollup) -> Self {
        self.rollups.push(rollup);
        self
    }

    /// Records are only ever added and purged.
    #[must_use]
    pub fn append_only(mut self) -> Self {
        self.append_only = true;
        self
    }

    /// Other programs on the same store are told at once that records have changed, where the store can: for the few
    /// records of which programs keep copies. Every commit that changes one waits for others that do.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::dictionary::DictionaryRevision;
    /// use crmkit::schema::EntityFacts;
    ///
    /// assert!(DictionaryRevision::facts().announced);
    /// ```
    #[must_use]
    pub fn announced(mut self) -> Self {
        self.announced = true;
        self
    }
}

impl From<Name> for FieldRef {
    fn from(name: Name) -> Self {
        Self::Declared(name)
    }
}
