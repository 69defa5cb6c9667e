//! Rollups: sums that are kept while records change, so that a report reads a few rows instead of adding up all records.
//!
//! A [`Rollup`] is declared beside an entity, in its [`Facts`](crate::schema::Facts). The schema makes a table of it, each
//! commit adds what it changes in the same set, and a report reads the table where it can say the same. How it is built,
//! checked and when it is of no use: `docs/rollups.md`.

mod answer;
mod derive;
mod table;

use serde::Serialize;
use sha2::{Digest, Sha256};

pub(crate) use answer::{Answer, answer};
pub(crate) use derive::{Derived, FactsOf, Standing, Standings, addition, derive, facts_of, referring};
pub use table::KeptRollup;
pub(crate) use table::{compile, definition};

use crate::query::{Filter, Period};
use crate::schema::{Entity, Name, Named};

/// What the tables of rollups are called, before the rollup's name.
const TABLE: &str = "sec_rlp_";

/// The entity that says which rollups can be used; without it in the schema there are none.
pub(crate) const STATES: &str = "sec_rollup_state";

/// How many shards one row may have.
const MAX_SHARDS: usize = 64;

/// Whether an entity is part of rollups, which a store can make anew from its other records.
#[must_use]
pub(crate) fn is_derived(entity: &str) -> bool {
    entity == STATES || entity.starts_with(TABLE)
}

/// Sums and counts of an entity's records by some of their own fields, kept with every commit.
///
/// # Examples
///
/// A host counts its machines by state and the year in which they were sold:
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::query::Period;
/// use crmkit::rollup::Rollup;
///
/// crmkit::entity!(
///     #[entity("srv_machine", "机器", "Machine")]
///     #[inputs(NewMachine, MachinePatch)]
///     /// A machine at a customer.
///     pub struct Machine {
///         /// Whose it is.
///         pub customer: Id<Customer>,
///         /// When it was sold.
///         pub sold_at: Timestamp,
///         /// What it cost.
///         pub price: Money,
///     }
/// );
///
/// impl EntityFacts for Machine {
///     fn facts() -> Facts {
///         let sold = Rollup::new("machines_by_year").period::<Self>(&Machine::sold_at, Period::Year).sum::<Self>(&Machine::price);
///         Facts::default().rollup(sold)
///     }
/// }
///
/// impl Rules for Machine {}
///
/// let schema = Schema::builder().standard().with::<Machine>().build()?;
/// assert!(schema.rollups().any(|kept| kept.rollup().name() == "machines_by_year"));
/// # Ok::<(), crmkit::schema::SchemaError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rollup {
    name: Name,
    filter: Filter,
    keys: Vec<RollupKey>,
    sums: Vec<Name>,
    shards: usize,
    #[serde(skip)]
    indexes: Vec<Vec<Name>>,
}

/// What the rows of a rollup are told apart by.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::rollup::Rollup;
///
/// let by_payment = Rollup::new("paid_by_month").key::<Order>(&Order::payment);
/// let by_month = by_payment.period::<Order>(&Order::ordered_at, Period::Month);
/// let keys: Vec<_> = by_month.keys().iter().map(|key| (&*key.field, key.period)).collect();
/// assert_eq!(keys, [("payment", None), ("ordered_at", Some(Period::Month))]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RollupKey {
    /// The field.
    pub field: Name,
    /// The calendar period its day lies in, in the organisation's zone; without it the value itself.
    pub period: Option<Period>,
}

impl Rollup {
    /// A rollup that counts all records of the entity it is declared at.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        let name = Name::Borrowed(name);
        Self { name, filter: Filter::All, keys: Vec::new(), sums: Vec::new(), shards: 1, indexes: Vec::new() }
    }

    /// Of the records that match only; a condition on their own fields.
    #[must_use]
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filter = std::mem::take(&mut self.filter).and(filter);
        self
    }

    /// By a field.
    #[must_use]
    pub fn key<E: Entity>(mut self, field: &dyn Named<E>) -> Self {
        self.keys.push(RollupKey { field: field.field_name().into(), period: None });
        self
    }

    /// By the calendar period in which a field's day or moment lies, in the organisation's zone.
    #[must_use]
    pub fn period<E: Entity>(mut self, field: &dyn Named<E>, period: Period) -> Self {
        self.keys.push(RollupKey { field: field.field_name().into(), period: Some(period) });
        self
    }

    /// With the sum of a field with numbers, beside the count.
    #[must_use]
    pub fn sum<E: Entity>(mut self, field: &dyn Named<E>) -> Self {
        self.sums.push(field.field_name().into());
        self
    }

    /// With so many rows for each combination of keys, 1 to 64, which are added up when they are read: for combinations
    /// that very many commits share at the same time.
    #[must_use]
    pub const fn shards(mut self, shards: usize) -> Self {
        self.shards = shards;
        self
    }

    /// With an index over keys and sums, for "those that come first".
    #[must_use]
    pub fn index<E: Entity>(mut self, fields: &[&dyn Named<E>]) -> Self {
        self.indexes.push(fields.iter().map(|field| Name::Borrowed(field.field_name())).collect());
        self
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Which records are counted.
    #[must_use]
    pub const fn condition(&self) -> &Filter {
        &self.filter
    }

    /// What its rows are told apart by.
    #[must_use]
    pub fn keys(&self) -> &[RollupKey] {
        &self.keys
    }

    /// The fields that are summed.
    #[must_use]
    pub fn sums(&self) -> &[Name] {
        &self.sums
    }

    /// Whether its rows depend on where days begin.
    #[must_use]
    pub fn has_periods(&self) -> bool {
        self.keys.iter().any(|key| key.period.is_some())
    }

    /// What tells this declaration from a former one of its name.
    fn fingerprint(&self, fact: &str) -> String {
        // The number is raised when the rows of unchanged declarations get another meaning.
        let text = serde_json::to_string(&(1, fact, self)).unwrap_or_default();
        let hash = Sha256::digest(text.as_bytes());
        hash.iter().take(12).map(|byte| format!("{byte:02x}")).collect()
    }
}
