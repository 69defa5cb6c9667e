//! Rules for single fields: what users of a role do not see, or see and can't change.

use super::{AccessRevision, Role};
use crate::change::Change;
use crate::error::{Error, Result};
use crate::id::Id;
use crate::problem::{FieldProblem, nearest, short};
use crate::rules::Rules;
use crate::schema::{ColumnType, EntityFacts, Facts, Schema};

crate::choice!(
    /// How a field is kept from users of a role.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::access::FieldAccess;
    /// use crmkit::prelude::*;
    /// use crmkit::schema::Lang;
    ///
    /// assert_eq!(FieldAccess::Frozen.code(), "frozen");
    /// assert_eq!(FieldAccess::from_code("frozen"), Ok(FieldAccess::Frozen));
    /// assert_eq!(FieldAccess::definition().label("frozen", Lang::Zh), "只读");
    /// ```
    pub enum FieldAccess {
        /// It is as if there were no such field: not read, not asked for, not set.
        #[code("hidden", "隐藏", "Hidden")]
        Hidden,
        /// It is read but not set: a new record has the value it would have had without being given one.
        #[code("frozen", "只读", "Frozen")]
        Frozen,
    }
);

crate::entity!(
    #[entity("sys_field_rule", "字段权限", "Field rule")]
    #[inputs(NewFieldRule, FieldRulePatch)]
    /// A field that users of a role do not see, or can't change.
    ///
    /// A hidden field can't be listed, filtered, sorted, grouped, measured, searched or set; whoever tries is told that
    /// there is no such field. In records that a session returns it is empty: no value where the field may be empty or
    /// the record is untyped, else the blank of its kind (an empty text, zero, false, a reference to nothing, or the mark
    /// for "not given" of an amount or day, which is never stored). A frozen field can't be set by an edit. A new record
    /// of either starts with what it would have without being given one. Commands such as `assign` are rights of their
    /// own and set what they set; rules and scopes always decide on what is stored.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::access::{FieldAccess, NewFieldRule};
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let role = crm.system().roles().named("account_manager").await?;
    /// let li = crm.system().users().create(NewUser::new("li", role.id)).await?;
    /// let li = crm.session(li.id).await?;
    /// let acme = li.customers().create(NewCustomer { phone: Some("5550100".into()), ..NewCustomer::new("Acme") }).await?;
    ///
    /// let (entity, field, access) = ("customer".into(), "phone".into(), FieldAccess::Hidden);
    /// let new = NewFieldRule { role: role.id, entity, field, access, ..Default::default() };
    /// crm.system().field_rules().create(new).await?;
    /// assert_eq!(li.customers().get(acme.id).await?.phone, None);
    /// assert!(li.customers().count(Customer::phone.eq("5550100")).await.is_err(), "there is no such field for li");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub struct FieldRule {
        /// The role.
        #[label("角色", "Role")]
        pub role: Id<Role>,
        /// The entity, by its code, such as `customer`.
        #[label("对象", "Entity")]
        pub entity: String,
        /// The field.
        #[label("字段", "Field")]
        pub field: String,
        /// How it is kept.
        #[label("权限", "Access")]
        pub access: FieldAccess,
    }
);

impl EntityFacts for FieldRule {
    fn facts() -> Facts {
        Facts::default().unique::<Self>(&[&FieldRule::role, &FieldRule::entity, &FieldRule::field])
    }
}

impl Rules for FieldRule {
    /// The field exists, and something can stand in place of its value.
    fn fits(&self, schema: &Schema) -> Result<()> {
        let Some(def) = schema.by_code(&self.entity) else {
            let meant = nearest(&self.entity, schema.entities().map(|def| &*def.code));
            return Err(invalid("entity", format!("there is no entity `{}`{}", short(&self.entity), hint(meant))));
        };
        let Some(column) = def.column_def(&self.field) else {
            let meant = def.nearest(&self.field);
            return Err(invalid(
                "field",
                format!("`{}` has no field `{}`{}", def.code, short(&self.field), hint(meant)),
            ));
        };
        let coded = matches!(column.column_type, ColumnType::Choice(_)) && column.required;
        if self.access == FieldAccess::Hidden && coded {
            let sentence = format!("`{}` always has one of its codes, so it can't be hidden; freeze it", self.field);
            return Err(invalid("access", sentence));
        }
        Ok(())
    }

    fn sums(_: Option<&Self>, _: Option<&Self>) -> Vec<Change> {
        vec![AccessRevision::count()]
    }
}

fn hint(nearest: Option<String>) -> String {
    nearest.map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

fn invalid(field: &'static str, sentence: String) -> Error {
    Error::Invalid { entity: "field_rule".into(), problems: vec![FieldProblem::invalid(field, sentence)] }
}
