//! Reports that people keep: a definition under a name, for oneself or for others.

use super::definition::Definition;
use crate::access::{Actor, Scope, User};
use crate::error::{Error, Result};
use crate::id::Id;
use crate::problem::FieldProblem;
use crate::query::Filter;
use crate::rules::{Context, Rules};
use crate::schema::{EntityDef, EntityFacts, Facts, Schema};
use crate::value::Timestamp;

/// How many bytes a saved definition may have as JSON.
const MAX_BYTES: usize = 65_536;
/// How many characters its name may have.
const MAX_NAME: usize = 200;

crate::choice!(
    /// Who finds a saved report beside its owner. Whoever runs it needs the rights he would need to run it as his own.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    /// use crmkit::report::Sharing;
    ///
    /// assert_eq!(Sharing::ALL.iter().map(|shared| shared.code()).collect::<Vec<_>>(), ["private", "team", "all"]);
    /// ```
    pub enum Sharing {
        /// Nobody.
        #[code("private", "私有", "Private")]
        Private,
        /// Whoever belongs to the owner's team, or leads it.
        #[code("team", "团队", "Team")]
        Team,
        /// Everybody who may read saved reports.
        #[code("all", "所有人", "Everybody")]
        All,
    }
);

crate::entity!(
    #[entity("rpt_report", "自定义报表", "Saved report")]
    #[inputs(NewSavedReport, SavedReportPatch)]
    /// A report definition that somebody keeps.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    /// use crmkit::report::{Definition, Sharing};
    ///
    /// # pollster::block_on(async {
    /// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let names: Definition = r#"{"name": "names", "entity": "customer", "rows": {"list": [{"path": "name"}]}}"#.parse()?;
    /// let saved = crm.system().save_report("Names", &names, Sharing::Team).await?;
    /// assert_eq!((saved.shared, saved.read()?), (Sharing::Team, names));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub struct SavedReport {
        /// What it is called; the owner has no other of this name.
        #[label("名称", "Name")]
        pub name: String,
        /// The [`Definition`], as JSON.
        #[label("定义", "Definition")]
        pub definition: serde_json::Value,
        /// Who finds it beside the owner.
        #[label("共享", "Shared with")]
        pub shared: Sharing,
        #[system]
        /// Whose it is; nobody's where the system saved it.
        #[label("所有者", "Owner")]
        pub owner: Option<Id<User>>,
        #[system]
        /// When it was saved last.
        #[label("保存时间", "Saved at")]
        pub saved_at: Timestamp,
    }
);

impl EntityFacts for SavedReport {
    fn facts() -> Facts {
        Facts::default()
            .unique::<Self>(&[&SavedReport::owner, &SavedReport::name])
            .unique_when::<Self>(&[&SavedReport::name], SavedReport::owner.is_null())
            .index::<Self>(&[&SavedReport::name])
            .owner(SavedReport::owner)
            .natural::<Self>(&[&SavedReport::name])
            .searched::<Self>(&[&SavedReport::name])
    }
}

impl SavedReport {
    /// The definition that is kept.
    ///
    /// # Errors
    ///
    /// [`ReportError::Syntax`](super::ReportError::Syntax) if what is stored is none.
    pub fn read(&self) -> super::Result<Definition> {
        // By way of text, so that what is nested too deeply is refused.
        self.definition.to_string().parse()
    }

    /// The condition for those that an actor finds with a right of this scope: what the scope reaches, and what others
    /// share with him.
    pub(super) fn found_by(actor: &Actor, scope: Scope, def: &EntityDef) -> Filter {
        let team = Self::shared.eq(Sharing::Team).and(actor.reach_owner(Scope::Team, &Self::owner.path()));
        actor.reach(scope, def).or(Self::shared.eq(Sharing::All)).or(team)
    }

    fn named(mut self) -> Result<Self> {
        self.name = self.name.trim().to_owned();
        if self.name.chars().count() > MAX_NAME || self.name.chars().any(char::is_control) {
            let sentence =
                format!("a report's name has at most {MAX_NAME} characters, none of them a control character");
            return Err(invalid("name", sentence));
        }
        Ok(self)
    }
}

impl Rules for SavedReport {
    fn created(mut draft: Self, context: &Context) -> Result<Self> {
        (draft.owner, draft.saved_at) = (context.actor, context.now);
        draft.named()
    }

    fn edited(_: &Self, mut after: Self, context: &Context) -> Result<Self> {
        after.saved_at = context.now;
        after.named()
    }

    fn fits(&self, schema: &Schema) -> Result<()> {
        let text = self.definition.to_string();
        if text.len() > MAX_BYTES {
            return Err(invalid("definition", format!("it has {} bytes, at most {MAX_BYTES} are kept", text.len())));
        }
        let definition = text.parse::<Definition>().map_err(|error| invalid("definition", error.to_string()))?;
        // Whoever saves may not see every field, so what exactly does not fit is only told where that is known.
        let unfit = "it asks for what there is not, or asks in a way that does not fit; run it as it is to see what";
        definition.check(schema).map_err(|_| invalid("definition", unfit.to_owned()))
    }
}

fn invalid(field: &'static str, sentence: String) -> Error {
    Error::Invalid { entity: "saved_report".into(), problems: vec![FieldProblem::invalid(field, sentence)] }
}

#[cfg(test)]
mod tests {
    use serde_json::Value as Json;

    use super::*;
    use crate::schema::Entity;

    fn saved(definition: Json) -> SavedReport {
        SavedReport::draft(Id::NIL, NewSavedReport { name: " Regions ".into(), definition, ..Default::default() })
    }

    #[test]
    fn what_is_saved_is_a_definition_that_fits() {
        let schema = crate::standard_schema().unwrap();
        let context = Context { actor: None, now: Timestamp::EPOCH, zone: chrono_tz::UTC };
        let list = |path: &str| serde_json::json!({"name": "n", "entity": "order", "rows": {"list": [{"path": path}]}});
        let report = SavedReport::created(saved(list("number")), &context).unwrap();
        assert_eq!((report.name.as_str(), report.shared), ("Regions", Sharing::Private));
        report.fits(&schema).unwrap();
        assert_eq!(report.read().unwrap().name, "n");
        for (definition, sentence) in [
            (list("nmber"), "run it as it is to see what"),
            (Json::from("x"), "line 1 is no part of a report definition"),
            (list(&"x".repeat(70_000)), "at most 65536 are kept"),
        ] {
            let error = saved(definition).fits(&schema).unwrap_err().to_string();
            assert!(error.contains(sentence), "{error}");
        }
        let long = SavedReport { name: "x".repeat(201), ..saved(list("number")) };
        assert!(SavedReport::created(long, &context).is_err());
    }
}
