//! What must be said with a command, as the command itself reads it.

use serde::de::value::{Error as NoValue, StrDeserializer};
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error as _, IntoDeserializer, MapAccess, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::{Map, Value as Json, json};

use super::Command;

/// A command by its name, and what must be said with it: for forms and documents.
///
/// # Examples
///
/// ```
/// use crmkit::command::{CommandForm, Parameter};
/// use crmkit::marketing::Terminate;
///
/// let form = CommandForm::of::<Terminate>();
/// assert_eq!((form.action, &*form.parameters[0].name, form.parameters[0].optional), ("terminate", "reason", false));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CommandForm {
    /// The action: the second half of the right it needs.
    pub action: &'static str,
    /// What is said with it, in the order of its declaration.
    pub parameters: Vec<Parameter>,
}

/// One of the things that are said with a command.
///
/// # Examples
///
/// ```
/// use crmkit::command::CommandForm;
/// use crmkit::sales::PayOrder;
///
/// let paid_on = &CommandForm::of::<PayOrder>().parameters[0];
/// assert!(paid_on.name == "paid_on" && paid_on.optional);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// Whether it may be left out or be null, as an `Option` may.
    pub optional: bool,
}

impl CommandForm {
    /// The form of a command. Its parameters are the fields that its `Deserialize` names.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::command::CommandForm;
    /// use crmkit::marketing::Win;
    ///
    /// assert!(CommandForm::of::<Win>().parameters.is_empty());
    /// ```
    #[must_use]
    pub fn of<C: Command + DeserializeOwned>() -> Self {
        Self { action: C::ACTION, parameters: parameters::<C>() }
    }

    /// The JSON Schema (2020-12, as in OpenAPI 3.1) of what is sent with it.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::command::CommandForm;
    /// use crmkit::marketing::Assign;
    ///
    /// assert_eq!(CommandForm::of::<Assign>().json_schema()["required"], serde_json::json!(["to"]));
    /// ```
    #[must_use]
    pub fn json_schema(&self) -> Json {
        let properties: Map<_, _> = self.parameters.iter().map(|it| (it.name.to_owned(), json!({}))).collect();
        let required: Vec<_> = self.parameters.iter().filter(|it| !it.optional).map(|it| it.name).collect();
        json!({"type": "object", "properties": properties, "required": required})
    }
}

fn parameters<T: DeserializeOwned>() -> Vec<Parameter> {
    let mut names: &[&str] = &[];
    // Nothing is read: the type only says what it would read.
    drop(T::deserialize(Names(&mut names)));
    let optional = |name: &'static str| {
        let mut optional = false;
        drop(T::deserialize(OneField { name, optional: &mut optional }));
        optional
    };
    names.iter().map(|name| Parameter { name, optional: optional(name) }).collect()
}

fn no_value() -> NoValue {
    NoValue::custom("there is nothing to read")
}

/// Notes the fields that a struct asks for.
struct Names<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Names<'_> {
    type Error = NoValue;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, NoValue> {
        Err(no_value())
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, NoValue> {
        *self.0 = fields;
        Err(no_value())
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, NoValue> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct seq
        tuple tuple_struct map enum identifier ignored_any
    }
}

/// Offers one field, and notes whether an option is asked for there.
struct OneField<'a> {
    name: &'static str,
    optional: &'a mut bool,
}

impl<'de> Deserializer<'de> for OneField<'_> {
    type Error = NoValue;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NoValue> {
        visitor.visit_map(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, NoValue> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct seq
        tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> MapAccess<'de> for OneField<'_> {
    type Error = NoValue;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, NoValue> {
        let name: StrDeserializer<'_, NoValue> = self.name.into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, NoValue> {
        seed.deserialize(IsOption(self.optional))
    }
}

struct IsOption<'a>(&'a mut bool);

impl<'de> Deserializer<'de> for IsOption<'_> {
    type Error = NoValue;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, NoValue> {
        Err(no_value())
    }

    fn deserialize_option<V: Visitor<'de>>(self, _: V) -> Result<V::Value, NoValue> {
        *self.0 = true;
        Err(no_value())
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    #[allow(dead_code)]
    struct Move {
        to: String,
        #[serde(rename = "because")]
        reason: Option<String>,
        days: Vec<i64>,
    }

    #[derive(Deserialize)]
    #[allow(dead_code)]
    struct Wrapped(Move);

    #[derive(Deserialize)]
    struct Bare;

    #[test]
    fn parameters_are_the_fields_that_are_read() {
        let expected = [("to", false), ("because", true), ("days", false)];
        for found in [parameters::<Move>(), parameters::<Wrapped>()] {
            assert_eq!(found.iter().map(|it| (it.name, it.optional)).collect::<Vec<_>>(), expected);
        }
        assert_eq!(parameters::<Bare>(), []);
    }
}
