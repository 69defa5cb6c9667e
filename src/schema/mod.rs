//! What a CRM's data looks like: entities, their fields, keys and references, declared once each.
//!
//! [`entity!`](crate::entity) and [`choice!`](crate::choice) turn one declaration into the struct, its inputs, typed
//! field handles and the table definition. A [`Schema`] holds the definitions of one store; everything that lists
//! fields (SQL, memory, reports, import) reads them from there.

mod choice;
mod column;
mod entity;
mod facts;
mod field;
mod macros;
mod path;
mod record;

use std::any::Any;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

pub use choice::{Choice, ChoiceDef, ChoiceItem, UnknownCode};
pub use column::{ColumnDef, ColumnType, FieldType, Mismatch, Scalar};
pub use entity::{Edit, Entity, EntityDef};
pub use facts::{EntityFacts, Facts, Index, Named, UniqueKey};
pub use field::{Field, Reference, TypedPath};
pub use path::{FieldRef, Hop, Leaf, Path, PathError, ResolvedPath};
pub use record::{CustomFields, DecodeError, Record};

use crate::rollup::{self, KeptRollup};

#[doc(hidden)]
pub use column::choice_from_value;
#[doc(hidden)]
pub use entity::{described, snake_case};
#[doc(hidden)]
pub use field::plain_name;
#[doc(hidden)]
pub use record::Decoder;

/// A name in the schema: borrowed where it is written in code, owned where it came from data.
///
/// # Examples
///
/// ```
/// use crmkit::schema::Name;
///
/// let (written, read): (Name, Name) = ("region".into(), String::from("region").into());
/// assert_eq!(written, read);
/// ```
pub type Name = Cow<'static, str>;

/// A language the crate speaks.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::schema::Lang;
///
/// let status = Customer::definition().column_def("status").ok_or("no status")?.label.clone();
/// assert_eq!((status.text(Lang::En), status.text(Lang::Zh)), ("Status", "状态"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Chinese.
    Zh,
}

/// What people are shown, in each language the crate speaks.
///
/// # Examples
///
/// ```
/// use crmkit::schema::{Label, Lang};
///
/// let label = Label::new("客户", "Customer");
/// assert_eq!((label.text(Lang::Zh), label.text(Lang::En)), ("客户", "Customer"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Label {
    /// Chinese.
    pub zh: Name,
    /// English.
    pub en: Name,
}

impl Label {
    /// A label from its two texts.
    #[must_use]
    pub const fn new(zh: &'static str, en: &'static str) -> Self {
        Self { zh: Cow::Borrowed(zh), en: Cow::Borrowed(en) }
    }

    /// The text in a language.
    #[must_use]
    pub fn text(&self, lang: Lang) -> &str {
        match lang {
            Lang::En => &self.en,
            Lang::Zh => &self.zh,
        }
    }
}

/// The label of a field: as declared, or else its name.
#[doc(hidden)]
#[must_use]
pub fn label(field: &'static str, declared: &[&'static str]) -> Label {
    match declared {
        [zh, en] => Label::new(zh, en),
        _ => Label { zh: plain_name(field).into(), en: plain_name(field).replace('_', " ").into() },
    }
}

/// Why definitions do not make a schema.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::schema::SchemaError;
///
/// let twice = Schema::builder().standard().with::<Customer>().build();
/// assert!(matches!(twice, Err(SchemaError::Twice(_))));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaError {
    /// Two entities have one name or one code.
    #[error("the entity `{0}` is declared twice")]
    Twice(Name),
    /// An entity has no such field.
    #[error("the entity `{entity}` has no field `{field}`, which its {by} names")]
    NoField {
        /// The entity.
        entity: Name,
        /// The field that is missing.
        field: String,
        /// What refers to it.
        by: &'static str,
    },
    /// A reference to an entity that is not in the schema.
    #[error("`{entity}.{field}` refers to `{target}`, which is not in the schema; register it too")]
    NoTarget {
        /// The entity.
        entity: Name,
        /// The referring field.
        field: Name,
        /// The entity that is missing.
        target: Name,
    },
    /// A name that cannot be a table or column, or that the crate keeps for itself.
    #[error(
        "`{0}` cannot be a name: use lower-case letters, digits and `_`, at most 48, not `id`, `version`, `custom` or `crm_…`"
    )]
    BadName(String),
    /// A condition or path of an entity's facts does not hold together.
    #[error("the facts of `{entity}`: {problem}")]
    BadFact {
        /// The entity.
        entity: Name,
        /// What is wrong.
        problem: String,
    },
}

/// The definitions of one store: the crate's entities and the host's.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
///
/// let schema = crmkit::standard_schema()?;
/// let customer = schema.entity("cst_customer").ok_or("not there")?;
/// assert_eq!(customer.label.en, "Customer");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Schema {
    entities: Vec<Arc<EntityDef>>,
    by_name: HashMap<Name, usize>,
    by_code: HashMap<Name, usize>,
    attached: HashMap<Name, Attached>,
    referrers: HashMap<Name, Vec<(usize, usize)>>,
    rollups: Vec<Arc<KeptRollup>>,
    rolled_up: HashMap<Name, Vec<usize>>,
}

impl Schema {
    /// Starts an empty schema.
    #[must_use]
    pub fn builder() -> SchemaBuilder {
        SchemaBuilder::default()
    }

    /// The definition of the entity stored under `name`.
    #[must_use]
    pub fn entity(&self, name: &str) -> Option<&Arc<EntityDef>> {
        self.by_name.get(name).and_then(|index| self.entities.get(*index))
    }

    /// The definition of the entity that rights and commands call `code`, such as `order_line`.
    #[must_use]
    pub fn by_code(&self, code: &str) -> Option<&Arc<EntityDef>> {
        self.by_code.get(code).and_then(|index| self.entities.get(*index))
    }

    /// The definition of `E`, if it was registered.
    #[must_use]
    pub fn of<E: Entity>(&self) -> Option<&Arc<EntityDef>> {
        self.entity(E::NAME)
    }

    /// What was attached to the entity `name`.
    pub(crate) fn attached(&self, name: &str) -> Option<&Attached> {
        self.attached.get(name)
    }

    /// The rollups that are kept, in the order of their entities.
    pub fn rollups(&self) -> impl ExactSizeIterator<Item = &Arc<KeptRollup>> {
        self.rollups.iter()
    }

    /// The rollups of the entity `name`, in the order of their declaration.
    pub(crate) fn rollups_of(&self, name: &str) -> impl Iterator<Item = &Arc<KeptRollup>> {
        let found = self.rolled_up.get(name).map(Vec::as_slice).unwrap_or_default();
        found.iter().filter_map(|place| self.rollups.get(*place))
    }

    /// All definitions, in the order they were registered.
    pub fn entities(&self) -> impl ExactSizeIterator<Item = &Arc<EntityDef>> {
        self.entities.iter()
    }

    /// Every field that refers to the entity `name`: the referring definition and the field's place in it.
    pub fn referrers(&self, name: &str) -> impl Iterator<Item = (&Arc<EntityDef>, usize)> {
        let found = self.referrers.get(name).map(Vec::as_slice).unwrap_or_default();
        found.iter().filter_map(|(entity, column)| Some((self.entities.get(*entity)?, *column)))
    }
}

/// Collects definitions for a [`Schema`].
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
///         /// Who drives it.
///         pub driver: Option<Id<User>>,
///     }
/// );
/// impl EntityFacts for Vehicle {}
/// impl Rules for Vehicle {}
///
/// let schema = Schema::builder().standard().with::<Vehicle>().build()?;
/// assert!(schema.by_code("vehicle").is_some() && schema.by_code("customer").is_some());
/// // A reference to what is not registered is refused.
/// assert!(Schema::builder().with::<Vehicle>().build().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct SchemaBuilder {
    entities: Vec<EntityDef>,
    attached: HashMap<Name, Attached>,
    without: Vec<Name>,
    without_any: bool,
}

/// What a higher floor knows of an entity's type; the schema only carries it.
pub(crate) type Attached = Arc<dyn Any + Send + Sync>;

impl SchemaBuilder {
    /// Adds a definition alone: one made at run time, or an entity without rules. Its records can be stored and read,
    /// but a session writes none without knowing their type.
    #[must_use]
    pub fn definition(mut self, definition: EntityDef) -> Self {
        self.entities.push(definition);
        self
    }

    /// Without a [`rollup`] that an entity declares: commits do not keep it, and reports add up the records.
    #[must_use]
    pub fn without_rollup(mut self, name: impl Into<Name>) -> Self {
        self.without.push(name.into());
        self
    }

    /// Without any [rollups](crate::rollup).
    #[must_use]
    pub const fn without_rollups(mut self) -> Self {
        self.without_any = true;
        self
    }

    pub(crate) fn attach(mut self, definition: EntityDef, attached: Attached) -> Self {
        self.attached.insert(definition.name.clone(), attached);
        self.definition(definition)
    }

    /// Checks that everything holds together.
    ///
    /// # Errors
    ///
    /// [`SchemaError`] naming the first thing that does not.
    pub fn build(mut self) -> Result<Arc<Schema>, SchemaError> {
        // Last, so that stores lock the rows that many sets share when they have all else.
        self.entities.extend(self.rollup_tables()?);
        let entities: Vec<Arc<EntityDef>> = self.entities.into_iter().map(Arc::new).collect();
        let (mut by_name, mut by_code) = (HashMap::new(), HashMap::new());
        for (index, entity) in entities.iter().enumerate() {
            entity.check_names()?;
            let twice = by_name.insert(entity.name.clone(), index).is_some();
            if by_code.insert(entity.code.clone(), index).is_some() || twice {
                return Err(SchemaError::Twice(entity.name.clone()));
            }
        }
        let mut referrers: HashMap<Name, Vec<(usize, usize)>> = HashMap::new();
        for (index, entity) in entities.iter().enumerate() {
            for (column, def) in entity.columns.iter().enumerate() {
                let ColumnType::Reference(target) = &def.column_type else { continue };
                if !by_name.contains_key(target) {
                    return Err(SchemaError::NoTarget {
                        entity: entity.name.clone(),
                        field: def.name.clone(),
                        target: target.clone(),
                    });
                }
                referrers.entry(target.clone()).or_default().push((index, column));
            }
        }
        let (rollups, rolled_up) = (Vec::new(), HashMap::new());
        let mut schema = Schema { entities, by_name, by_code, attached: self.attached, referrers, rollups, rolled_up };
        for entity in &schema.entities {
            entity.check_facts(&schema)?;
        }
        for entity in schema.entities.clone() {
            let kept = rollup::compile(&schema, &entity)?;
            let places = schema.rollups.len()..schema.rollups.len() + kept.len();
            schema.rolled_up.insert(entity.name.clone(), places.collect());
            schema.rollups.extend(kept);
        }
        Ok(Arc::new(schema))
    }

    /// The tables of the rollups that are kept: none where nothing can say how they stand.
    fn rollup_tables(&self) -> Result<Vec<EntityDef>, SchemaError> {
        if self.without_any || !self.entities.iter().any(|entity| entity.name == rollup::STATES) {
            return Ok(Vec::new());
        }
        let declared =
            self.entities.iter().flat_map(|fact| fact.facts.rollups.iter().map(move |rollup| (rollup, fact)));
        let wanted = declared.filter(|(rollup, _)| !self.without.iter().any(|name| name == rollup.name()));
        wanted.map(|(rollup, fact)| rollup::definition(rollup, fact)).collect()
    }
}
