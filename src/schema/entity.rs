//! Entities: their definition at run time and the trait of the structs that [`entity!`](crate::entity) makes.

use std::collections::HashMap;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::record::SECRET;
use super::{ColumnDef, ColumnType, DecodeError, EntityFacts, Facts, Label, Name, Record, Schema, SchemaError};
use crate::id::{Id, Version};
use crate::problem::{FieldProblem, Problem};
use crate::query::Filter;
use crate::value::Value;

/// A struct declared with [`entity!`](crate::entity).
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
///
/// let def = Customer::definition();
/// assert_eq!((&*def.name, &*def.code), (Customer::NAME, "customer"));
/// let acme = Customer::draft(Id::NIL, NewCustomer::new("Acme"));
/// let renamed = acme.clone().patched(CustomerPatch { name: "Acme Ltd".to_owned().into(), ..Default::default() });
/// assert_eq!(Customer::from_record(renamed.clone().into_record())?, renamed);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Entity:
    EntityFacts + Clone + PartialEq + std::fmt::Debug + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// The name it is stored under.
    const NAME: &'static str;
    /// What a caller gives to make one.
    type New: Clone + Default + std::fmt::Debug + Serialize + DeserializeOwned + Send + Sync + 'static;
    /// What a caller gives to change one.
    type Patch: Clone + Default + std::fmt::Debug + Serialize + DeserializeOwned + Send + Sync + 'static;

    /// The definition for a [`Schema`].
    fn definition() -> EntityDef;
    /// The record's id.
    fn id(&self) -> Id<Self>;
    /// How often it has been written.
    fn version(&self) -> Version;
    /// A record from an input: fields the crate sets are still missing.
    fn draft(id: Id<Self>, new: Self::New) -> Self;
    /// The record with a patch applied.
    #[must_use]
    fn patched(self, patch: Self::Patch) -> Self;
    /// The untyped form.
    fn into_record(self) -> Record;
    /// From the untyped form.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] naming the record and the field that is not what the schema says.
    fn from_record(record: Record) -> Result<Self, DecodeError>;
}

/// A change to one field: left as it is, or set.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
///
/// let patch = CustomerPatch { region: Some("华东".to_owned()).into(), phone: None.into(), ..Default::default() };
/// assert_eq!(patch.region.apply(None), Some("华东".to_owned()));
/// assert_eq!(patch.phone.apply(Some("5550100".into())), None, "set to nothing");
/// assert_eq!(patch.name.apply("Acme".into()), "Acme", "not named, so kept");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Edit<T> {
    /// The field keeps its value.
    #[default]
    Keep,
    /// The field gets this value.
    Set(T),
}

impl<T> Edit<T> {
    /// Whether the field keeps its value.
    pub const fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }

    /// The value the field then has.
    pub fn apply(self, current: T) -> T {
        match self {
            Self::Keep => current,
            Self::Set(value) => value,
        }
    }
}

impl<T> From<T> for Edit<T> {
    fn from(value: T) -> Self {
        Self::Set(value)
    }
}

impl<T: Serialize> Serialize for Edit<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Keep => serializer.serialize_none(),
            Self::Set(value) => value.serialize(serializer),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Edit<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self::Set)
    }
}

/// What is known of an entity at run time.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
///
/// let schema = crmkit::standard_schema()?;
/// let order = schema.by_code("order").ok_or("no orders")?;
/// // Enough to make a form.
/// for column in order.columns.iter().filter(|column| !column.system) {
///     println!("{} ({}){}", column.label.en, column.column_type.kind(), if column.required { " *" } else { "" });
/// }
/// assert_eq!(order.nearest("adress"), Some("address".to_owned()));
/// assert!(order.facts.unique.iter().any(|key| key.fields == ["number"]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct EntityDef {
    /// The name it is stored under: the table's.
    pub name: Name,
    /// The name rights and commands use: the struct's, in snake case.
    pub code: Name,
    /// What people are shown.
    pub label: Label,
    /// The documentation.
    pub doc: Name,
    /// The fields between `id` and `version` before them and `custom` behind them.
    pub columns: Vec<ColumnDef>,
    /// Keys, indexes and meanings.
    pub facts: Facts,
    places: HashMap<Name, usize>,
}

impl EntityDef {
    /// A definition from its parts.
    #[must_use]
    pub fn new(name: Name, code: Name, label: Label, doc: Name, columns: Vec<ColumnDef>, facts: Facts) -> Self {
        let places = columns.iter().enumerate().map(|(place, column)| (column.name.clone(), place)).collect();
        Self { name, code, label, doc, columns, facts, places }
    }

    /// The place of the field `name`.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<usize> {
        self.places.get(name).copied()
    }

    /// The field `name`.
    #[must_use]
    pub fn column_def(&self, name: &str) -> Option<&ColumnDef> {
        self.columns.get(self.column(name)?)
    }

    /// The declared field most like a mistyped name, if one is near.
    #[must_use]
    pub fn nearest(&self, name: &str) -> Option<String> {
        crate::problem::nearest(name, self.columns.iter().map(|column| &*column.name))
    }

    /// Everything that forbids storing a record: a missing or ill-fitting value, or values too few or too many.
    #[must_use]
    pub fn problems(&self, record: &Record) -> Vec<FieldProblem> {
        if record.values.len() != self.columns.len() {
            let problem = format!("{} values for {} fields", record.values.len(), self.columns.len());
            return vec![FieldProblem { field: "*".into(), problem: Problem::Invalid(problem) }];
        }
        let fields = self.columns.iter().zip(&record.values);
        fields
            .filter_map(|(column, value)| {
                let missing = match value {
                    Value::Null => column.required,
                    Value::Text(text) => column.required && text.is_empty(),
                    Value::Id(id) => id.is_nil(),
                    Value::Date(date) => *date == crate::value::Date::MIN,
                    Value::Timestamp(at) => *at == crate::value::Timestamp::MISSING,
                    Value::Money(_) | Value::Quantity(_) | Value::Rate(_) => value.as_integer() == Some(i64::MIN),
                    _ => false,
                };
                let problem = if missing {
                    Problem::Required
                } else {
                    Problem::Invalid(column.column_type.check(value).err()?.0)
                };
                Some(FieldProblem { field: column.name.clone(), problem })
            })
            .collect()
    }

    /// Coded values that are no longer given, where `before` had another one or there was none: stores keep them, since
    /// old records have them, but nobody gives them any more.
    #[must_use]
    pub fn retired(&self, before: Option<&Record>, after: &Record) -> Vec<FieldProblem> {
        let problem = |(place, column): (usize, &ColumnDef)| {
            let (ColumnType::Choice(choice), Value::Text(code)) = (&column.column_type, after.value(place)) else {
                return None;
            };
            let why = choice.item(code)?.retired.as_ref()?;
            let kept = before.is_some_and(|before| before.value(place) == after.value(place));
            let allowed = choice.unknown(code).allowed;
            let sentence = || format!("`{code}` is no longer given ({why}); give one of {allowed}");
            (!kept).then(|| FieldProblem::invalid(column.name.clone(), sentence()))
        };
        self.columns.iter().enumerate().filter_map(problem).collect()
    }

    pub(super) fn check_names(&self) -> Result<(), SchemaError> {
        let reserved = |name: &str| matches!(name, "id" | "version" | "custom");
        if !good_name(&self.name) || self.name.starts_with("crm_") || !good_name(&self.code) {
            return Err(SchemaError::BadName(self.name.to_string()));
        }
        for column in &self.columns {
            if !good_name(&column.name) || reserved(&column.name) {
                return Err(SchemaError::BadName(column.name.to_string()));
            }
        }
        if self.places.len() != self.columns.len() {
            return Err(SchemaError::BadName(self.name.to_string()));
        }
        Ok(())
    }

    pub(super) fn check_facts(self: &Arc<Self>, schema: &Schema) -> Result<(), SchemaError> {
        let find = |field: &Name, by: &'static str| match self.column(field) {
            Some(_) => Ok(()),
            None => Err(SchemaError::NoField { entity: self.name.clone(), field: field.to_string(), by }),
        };
        for key in &self.facts.unique {
            key.fields.iter().try_for_each(|field| find(field, "unique key"))?;
            if let Some(when) = &key.when {
                self.check_condition(schema, when)?;
            }
        }
        self.facts.indexes.iter().flat_map(|index| &index.fields).try_for_each(|field| find(field, "index"))?;
        self.facts.natural.iter().try_for_each(|field| find(field, "natural key"))?;
        self.facts.searched.iter().try_for_each(|field| find(field, "text search"))?;
        if self.facts.secret != self.name.starts_with(SECRET) {
            return Err(self.bad_fact(format!("a secret entity's name begins with `{SECRET}`, and no other's does")));
        }
        self.facts.redacted.iter().try_for_each(|field| find(field, "redacted field"))?;
        for owner in &self.facts.owners {
            let resolved = owner.resolve(schema, self);
            resolved.map_err(|error| self.bad_fact(error.to_string()))?;
        }
        Ok(())
    }

    /// A partial key looks at the record's own fields only, since a backend builds an index from it.
    fn check_condition(self: &Arc<Self>, schema: &Schema, when: &Filter) -> Result<(), SchemaError> {
        let prepared = when.clone().prepare(schema, self).map_err(|error| self.bad_fact(error.to_string()))?;
        if prepared.is_own_fields_only() {
            Ok(())
        } else {
            Err(self.bad_fact("the condition of a unique key may only look at the record's own fields".into()))
        }
    }

    fn bad_fact(&self, problem: String) -> SchemaError {
        SchemaError::BadFact { entity: self.name.clone(), problem }
    }
}

fn good_name(name: &str) -> bool {
    let letters = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    letters && name.len() <= 48 && name.starts_with(|c: char| c.is_ascii_lowercase())
}

/// The documentation without its examples, which are for programmers.
#[must_use]
pub fn described(doc: &'static str) -> &'static str {
    doc.split_once("# Examples").map_or(doc, |(about, _)| about).trim()
}

/// `OrderLine` as `order_line`.
#[must_use]
pub fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for (index, letter) in name.chars().enumerate() {
        if letter.is_ascii_uppercase() && index > 0 {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}
