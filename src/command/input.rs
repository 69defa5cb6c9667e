//! What somebody sent as JSON, read as what it shall be; or the field that does not fit.

use std::fmt;

use serde::de::value::StringDeserializer;
use serde::de::{self, DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::{Map, Value as Json};

use crate::problem::{FieldProblem, Problem, nearest, short};

/// Reads the fields of an input. Null is an input without fields.
pub(crate) fn read_input<T: DeserializeOwned>(input: Json) -> Result<T, FieldProblem> {
    let fields = match input {
        Json::Null => Map::new(),
        Json::Object(fields) => fields,
        _ => return Err(FieldProblem::invalid("*", "it is an object of fields")),
    };
    T::deserialize(Fields(fields)).map_err(|Unfit(problem)| problem)
}

struct Fields(Map<String, Json>);

impl<'de> Deserializer<'de> for Fields {
    type Error = Unfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_map(Given { fields: self.0.into_iter(), at: None })
    }

    /// What takes no fields may be given an object without any.
    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Unfit> {
        match self.0.keys().next() {
            None => visitor.visit_unit(),
            Some(field) => Err(de::Error::unknown_field(field, &[])),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        Json::Object(self.0).deserialize_enum(name, variants, visitor).map_err(de::Error::custom)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

/// The fields one after another, so that each error knows where it arose.
struct Given {
    fields: serde_json::map::IntoIter,
    at: Option<(String, Json)>,
}

impl<'de> MapAccess<'de> for Given {
    type Error = Unfit;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Unfit> {
        self.at = self.fields.next();
        let Some((field, _)) = &self.at else { return Ok(None) };
        let field: StringDeserializer<Unfit> = field.clone().into_deserializer();
        seed.deserialize(field).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Unfit> {
        let (field, value) = self.at.take().unwrap_or_default();
        let unfit = |error: serde_json::Error| Unfit(FieldProblem::invalid(field, short(&error.to_string())));
        seed.deserialize(value).map_err(unfit)
    }
}

#[derive(Debug)]
struct Unfit(FieldProblem);

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Unfit {}

impl de::Error for Unfit {
    fn custom<T: fmt::Display>(sentence: T) -> Self {
        Self(FieldProblem::invalid("*", short(&sentence.to_string())))
    }

    fn missing_field(field: &'static str) -> Self {
        Self(FieldProblem { field: field.into(), problem: Problem::Required })
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        let sentence = match nearest(field, expected.iter().copied()) {
            Some(meant) => format!("there is no such field; did you mean `{meant}`?"),
            None => "there is no such field".to_owned(),
        };
        Self(FieldProblem::invalid(short(field).into_owned(), sentence))
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;
    use crate::value::Date;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Pay {
        on: Date,
        note: Option<String>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Bare;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Wrapped(Pay);

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Either {
        Wait { days: i64 },
    }

    fn problem<T: DeserializeOwned + fmt::Debug>(input: Json) -> String {
        read_input::<T>(input).unwrap_err().to_string()
    }

    #[test]
    fn what_fits_is_read() {
        let on = "2026-03-02".parse().unwrap();
        assert_eq!(read_input(json!({"on": "2026-03-02"})), Ok(Pay { on, note: None }));
        assert_eq!(read_input(json!({"on": "2026-03-02"})), Ok(Wrapped(Pay { on, note: None })));
        assert_eq!(read_input(json!({"wait": {"days": 3}})), Ok(Either::Wait { days: 3 }));
        for nothing in [Json::Null, json!({})] {
            assert_eq!(read_input(nothing), Ok(Bare));
        }
    }

    #[test]
    fn what_does_not_fit_is_told_by_field() {
        assert_eq!(problem::<Pay>(Json::Null), "`on` is required");
        assert!(problem::<Pay>(json!({"on": "soon"})).starts_with("`on`: "));
        assert!(problem::<Pay>(json!({"on": "2026-03-02", "note": 3})).starts_with("`note`: invalid type"));
        let slip = json!({"on": "2026-03-02", "noet": "x"});
        assert_eq!(problem::<Pay>(slip), "`noet`: there is no such field; did you mean `note`?");
        assert_eq!(problem::<Bare>(json!({"reason": "x"})), "`reason`: there is no such field");
        assert_eq!(problem::<Pay>(json!(["2026-03-02"])), "`*`: it is an object of fields");
        assert!(problem::<Pay>(json!({"on": "x".repeat(9_000)})).len() < 300);
        assert!(problem::<Pay>(json!({"x".repeat(9_000): 1})).len() < 300);
        assert!(problem::<Either>(json!({"wait": {"days": "x"}})).starts_with("`*`: "));
    }
}
