//! Field rules compiled: for each entity, which of its fields are hidden and which are frozen.

use std::collections::HashMap;

use super::FieldAccess;
use crate::schema::{EntityDef, Name, Schema};

/// The fields of one entity that are kept from an actor.
///
/// # Examples
///
/// ```
/// use crmkit::access::{FieldAccess, FieldMasks};
/// use crmkit::prelude::*;
///
/// let schema = crmkit::standard_schema()?;
/// let customer = schema.by_code("customer").ok_or("no customers")?;
/// let masks = FieldMasks::compile(&schema, [("customer", "level", FieldAccess::Frozen)]);
/// let (mask, level) = (masks.of(customer).ok_or("a mask")?, customer.column("level").ok_or("no level")?);
/// assert!(mask.keeps(level) && !mask.hides(level) && !mask.hides_any());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldMask {
    hidden: Bits,
    frozen: Bits,
}

impl FieldMask {
    /// Whether the field at a place is hidden: an array read.
    #[must_use]
    pub fn hides(&self, column: usize) -> bool {
        self.hidden.get(column)
    }

    /// Whether the field at a place can't be set: it is frozen or hidden.
    #[must_use]
    pub fn keeps(&self, column: usize) -> bool {
        self.frozen.get(column) || self.hidden.get(column)
    }

    /// Whether any field is hidden.
    #[must_use]
    pub fn hides_any(&self) -> bool {
        self.hidden.0.iter().any(|bits| *bits != 0)
    }
}

/// The masks of all entities that have one.
///
/// # Examples
///
/// ```
/// use crmkit::access::{FieldAccess, FieldMasks};
///
/// let schema = crmkit::standard_schema()?;
/// let masks = FieldMasks::compile(&schema, [("customer", "phone", FieldAccess::Hidden)]);
/// let customer = schema.by_code("customer").ok_or("no customers")?;
/// let phone = customer.column("phone").ok_or("no phone")?;
/// assert!(masks.of(customer).is_some_and(|mask| mask.hides(phone)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldMasks(HashMap<Name, FieldMask>);

impl FieldMasks {
    /// The masks that rules by entity code and field make. Rules for what is not in the schema are left out.
    #[must_use]
    pub fn compile<'a>(schema: &Schema, rules: impl IntoIterator<Item = (&'a str, &'a str, FieldAccess)>) -> Self {
        let mut masks: HashMap<Name, FieldMask> = HashMap::new();
        for (entity, field, access) in rules {
            let Some(def) = schema.by_code(entity) else { continue };
            let Some(column) = def.column(field) else { continue };
            let mask = masks.entry(def.name.clone()).or_default();
            match access {
                FieldAccess::Hidden => mask.hidden.set(column),
                FieldAccess::Frozen => mask.frozen.set(column),
            }
        }
        Self(masks)
    }

    /// The mask of an entity, if any of its fields is kept.
    #[must_use]
    pub fn of(&self, def: &EntityDef) -> Option<&FieldMask> {
        self.0.get(&*def.name)
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Bits(Vec<u64>);

impl Bits {
    fn set(&mut self, place: usize) {
        let (word, bit) = (place / 64, place % 64);
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        if let Some(bits) = self.0.get_mut(word) {
            *bits |= 1 << bit;
        }
    }

    fn get(&self, place: usize) -> bool {
        self.0.get(place / 64).is_some_and(|bits| bits >> (place % 64) & 1 == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_beyond_the_first_word_are_kept_apart() {
        let mut bits = Bits::default();
        [0, 63, 64, 200].into_iter().for_each(|place| bits.set(place));
        let set: Vec<usize> = (0..300).filter(|place| bits.get(*place)).collect();
        assert_eq!(set, [0, 63, 64, 200]);
    }

    #[test]
    fn what_is_frozen_is_not_hidden() {
        let schema = crate::standard_schema().unwrap();
        let customer = schema.by_code("customer").unwrap();
        for (access, hides) in [(FieldAccess::Hidden, true), (FieldAccess::Frozen, false)] {
            let masks = FieldMasks::compile(&schema, [("customer", "phone", access)]);
            assert_eq!(masks.of(customer).unwrap().hides_any(), hides, "{access:?}");
        }
    }
}
