//! What people call the records that keys refer to.

use std::collections::HashMap;
use std::sync::Arc;

use super::error::{ReportError, Result};
use super::view::View;
use crate::error::Error;
use crate::id::RecordId;
use crate::query::{Comparison, Filter, fold_text};
use crate::schema::{Entity, EntityDef, Path};
use crate::value::Value;

/// What is shown in place of a reference.
#[derive(Debug, Clone)]
pub(super) struct Lookup {
    pub(super) target: Arc<EntityDef>,
    pub(super) shown: Vec<Shown>,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Shown {
    /// What people call the record.
    Name,
    /// The field at this place.
    Column(usize),
}

impl Lookup {
    /// The values to show for each of these records; one that does not exist or may not be seen is left out.
    pub(super) async fn find(
        &self,
        view: &View<'_>,
        ids: impl Iterator<Item = RecordId>,
    ) -> Result<HashMap<RecordId, Vec<Value>>> {
        let mut ids: Vec<RecordId> = ids.collect();
        ids.sort_unstable();
        ids.dedup();
        let named = name_columns(&self.target);
        let mut places: Vec<usize> = Vec::new();
        for shown in &self.shown {
            match shown {
                Shown::Name => places.extend(&named),
                Shown::Column(place) => places.push(*place),
            }
        }
        places.sort_unstable();
        places.dedup();
        let found = view.fields(&self.target, &ids, &places).await?;
        let values = |fields: &Vec<Value>| {
            let field = |place: usize| places.binary_search(&place).ok().and_then(|at| fields.get(at));
            let value = |shown: &Shown| match shown {
                Shown::Name => name_of(&named, field),
                Shown::Column(place) => field(*place).cloned().unwrap_or(Value::Null),
            };
            self.shown.iter().map(value).collect()
        };
        Ok(found.iter().map(|(id, fields)| (*id, values(fields))).collect())
    }
}

/// The record that an option names: by its number, code or login, else by its exact name if only one has it.
pub(super) async fn named<E: Entity>(view: &View<'_>, option: &str, text: &str) -> Result<E> {
    let def = E::definition();
    for field in &def.facts.natural {
        // A login is kept in the form in which it is unique.
        let key = if field == "login" { fold_text(text) } else { text.to_owned() };
        let path = Path::field(field.clone());
        let same = Filter::Compare { path, comparison: Comparison::Equal, value: Value::Text(key) };
        let mut found = view.every::<E>(same).await?;
        if found.len() > 1 {
            let shown: String = text.chars().take(40).collect();
            let by = def.facts.natural.first().map_or("id", |exact| &**exact);
            return Err(ReportError::option(option, format!("several are called `{shown}`; say which by `{by}`")));
        }
        if let Some(found) = found.pop() {
            return Ok(found);
        }
    }
    Err(Error::NotFound { entity: def.code.clone(), key: text.chars().take(80).collect() }.into())
}

/// The fields that may hold what people call a record, the best first: those it is named by, the least exact first,
/// then those it is searched by. What the crate itself sets is made for programs.
fn name_columns(def: &EntityDef) -> Vec<usize> {
    let facts = &def.facts;
    let places = facts.natural.iter().rev().chain(&facts.searched).filter_map(|field| def.column(field));
    places.filter(|place| def.columns.get(*place).is_some_and(|column| !column.system)).collect()
}

fn name_of<'r>(columns: &[usize], field: impl Fn(usize) -> Option<&'r Value>) -> Value {
    let mut values = columns.iter().filter_map(|column| field(*column));
    values.find(|value| !value.is_null()).cloned().unwrap_or(Value::Null)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{NewUser, User};
    use crate::id::Id;

    #[test]
    fn a_user_goes_by_his_display_name_or_else_by_his_login_as_typed() {
        let def = User::definition();
        let name = |display: Option<&str>| {
            let new = NewUser { display_name: display.map(Into::into), ..NewUser::new("Li.Wei", Id::NIL) };
            let record = User::draft(Id::NIL, new).into_record();
            name_of(&name_columns(&def), |place| record.values.get(place)).to_string()
        };
        assert_eq!((name(Some("李伟")), name(None)), ("李伟".into(), "Li.Wei".into()));
    }
}
