//! Fields that are kept from an actor: what he is shown instead, and what he can't set.

use super::write::command;
use super::{Records, Session};
use crate::access::{Actor, FieldMask};
use crate::error::{Error, Result};
use crate::problem::Problem;
use crate::query::QueryError;
use crate::rules::Rules;
use crate::schema::{ColumnDef, ColumnType, Entity, EntityDef, PathError, Record};
use crate::value::Value;

impl Session {
    /// An untyped record without the values of hidden fields.
    pub(crate) fn veil(&self, def: &EntityDef, record: &mut Record) {
        if let Some(mask) = self.actor().mask(def) {
            hide(mask, record, |_| Value::Null);
        }
    }

    /// A typed record with blanks in place of hidden fields.
    pub(crate) fn veiled<E: Entity>(&self, def: &EntityDef, mut record: Record) -> Result<E> {
        self.blank(def, &mut record);
        Ok(E::from_record(record)?)
    }

    fn blank(&self, def: &EntityDef, record: &mut Record) {
        if let Some(mask) = self.actor().mask(def).filter(|mask| mask.hides_any()) {
            hide(mask, record, |column| def.columns.get(column).map_or(Value::Null, ColumnDef::blank));
        }
    }

    /// An error without the names of hidden fields.
    pub(super) fn veiled_error(&self, error: Error) -> Error {
        let (schema, actor) = (self.crm.schema(), self.actor());
        match error {
            Error::Taken { entity, mut fields } => {
                if let Some(def) = schema.by_code(&entity) {
                    fields.retain(|field| def.column(field).is_none_or(|column| !actor.hides(def, column)));
                }
                Error::Taken { entity, fields }
            }
            other => other,
        }
    }

    /// The refusal to name a hidden field: that of a field that does not exist.
    pub(super) fn no_field(&self, def: &EntityDef, column: usize) -> Error {
        self.no_such_field(def, def.columns.get(column).map_or("", |column| &*column.name))
    }

    /// The refusal of a field that is not there. One that is hidden was never meant.
    pub(super) fn no_such_field(&self, def: &EntityDef, field: &str) -> Error {
        let actor = self.actor();
        let visible = def.columns.iter().enumerate().filter(|(place, _)| !actor.hides(def, *place));
        let nearest = crate::problem::nearest(field, visible.map(|(_, column)| &*column.name));
        let (field, entity): (String, _) = (field.chars().take(60).collect(), def.code.clone());
        QueryError::from(PathError::NoField { path: field.clone(), entity, field, nearest }).into()
    }

    /// A reference that is set anew leads to what the actor may see. Where an entity belongs to nobody, every record of
    /// it can be referred to.
    pub(super) async fn check_references(
        &self,
        def: &EntityDef,
        before: Option<&Record>,
        after: &Record,
    ) -> Result<()> {
        let actor = self.actor();
        for (place, column) in def.columns.iter().enumerate().filter(|(_, column)| !column.system) {
            let ColumnType::Reference(target) = &column.column_type else { continue };
            let Some(target) = self.crm.schema().entity(target).filter(|target| !target.facts.owners.is_empty()) else {
                continue;
            };
            let Some(id) = after.value(place).as_id() else { continue };
            if actor.id().is_some()
                && before.is_none_or(|before| before.value(place) != after.value(place))
                && self.seen(target, id).await?.is_none()
            {
                return Err(super::records::not_found(target, &id));
            }
        }
        Ok(())
    }

    /// Refuses a new record that has in a field which is kept from the actor what it would not have without an input.
    /// `records` are the record as it is given, and without an input.
    fn check_kept(&self, def: &EntityDef, records: &dyn Fn() -> [Record; 2]) -> Result<()> {
        let actor = self.actor();
        let Some(mask) = actor.mask(def) else { return Ok(()) };
        let [given, without] = records();
        let mut kept = (0..def.columns.len()).filter(|column| mask.keeps(*column));
        match kept.find(|column| given.value(*column) != without.value(*column)) {
            Some(column) if mask.hides(column) => Err(self.no_field(def, column)),
            Some(column) => Err(self.frozen(def, column, "create")),
            None => Ok(()),
        }
    }

    /// An edit names no hidden field, whatever value it gives: that it is refused must not tell what is stored.
    pub(super) fn check_patch(
        &self,
        actor: &Actor,
        def: &EntityDef,
        patch: &dyn Fn() -> Option<serde_json::Value>,
    ) -> Result<()> {
        let Some(mask) = actor.mask(def).filter(|mask| mask.hides_any()) else { return Ok(()) };
        let named = patch();
        let named = named.as_ref().and_then(|named| named.as_object());
        let names = |column: &usize| {
            let field = def.columns.get(*column).map(|column| &*column.name);
            // A patch that can't be looked into is taken to name everything.
            named.is_none_or(|named| field.is_some_and(|field| named.contains_key(field)))
        };
        let found = (0..def.columns.len()).filter(|column| mask.hides(*column)).find(names);
        found.map_or(Ok(()), |column| Err(self.no_field(def, column)))
    }

    /// An edit leaves frozen fields as they are. `records` are the one before, and what the input alone makes of it.
    pub(super) fn check_frozen(&self, def: &EntityDef, records: &dyn Fn() -> [Record; 2]) -> Result<()> {
        let actor = self.actor();
        let Some(mask) = actor.mask(def) else { return Ok(()) };
        let [before, after] = records();
        let mut kept = (0..def.columns.len()).filter(|column| mask.keeps(*column));
        match kept.find(|column| before.value(*column) != after.value(*column)) {
            Some(column) => Err(self.frozen(def, column, &command(def, "edit"))),
            None => Ok(()),
        }
    }

    fn frozen(&self, def: &EntityDef, column: usize, action: &str) -> Error {
        let field = def.columns.get(column).map_or("", |column| &column.name);
        let (role, entity) = (self.actor().role().to_owned(), def.code.replace('_', " "));
        self.denied(action, format!("the role `{role}` may see the field `{field}` of this {entity}, but not set it"))
    }
}

impl<E: Rules> Records<E> {
    /// A new record has in fields that are kept from the actor what it would have without an input.
    pub(super) fn check_new(&self, def: &EntityDef, new: &E::New) -> Result<()> {
        self.check_draft(def, &E::draft(crate::id::Id::NIL, new.clone()))
    }

    /// As [`check_new`](Self::check_new), for what an input makes.
    pub(super) fn check_draft(&self, def: &EntityDef, draft: &E) -> Result<()> {
        check_numbers(def, &|| draft.clone().into_record())?;
        let without = || E::draft(crate::id::Id::NIL, E::New::default()).into_record();
        self.session.check_kept(def, &|| [draft.clone().into_record(), without()])
    }
}

/// A number that is required is given before rules reckon with it.
fn check_numbers(def: &EntityDef, draft: &dyn Fn() -> Record) -> Result<()> {
    let number = |kind: &ColumnType| matches!(kind, ColumnType::Money | ColumnType::Quantity | ColumnType::Rate);
    let required = |column: &ColumnDef| column.required && !column.system && number(&column.column_type);
    if !def.columns.iter().any(required) {
        return Ok(());
    }
    let mut problems = def.problems(&draft());
    let missing = |field: &str| def.column_def(field).is_some_and(required);
    problems.retain(|problem| matches!(problem.problem, Problem::Required) && missing(&problem.field));
    if problems.is_empty() { Ok(()) } else { Err(Error::Invalid { entity: def.code.clone(), problems }) }
}

/// Something else in place of the hidden values of a record.
fn hide(mask: &FieldMask, record: &mut Record, instead: impl Fn(usize) -> Value) {
    for (column, value) in record.values.iter_mut().enumerate() {
        if mask.hides(column) {
            *value = instead(column);
        }
    }
}
