//! Reports as someone.

use std::sync::Arc;

use super::catalogue::{Catalogue, Entry, StandardReport};
use super::definition::Definition;
use super::error::{ReportError, Result};
use super::saved::{NewSavedReport, SavedReport, SavedReportPatch, Sharing};
use super::table::Report;
use super::view::View;
use crate::access::{Actor, Scope};
use crate::error::Error;
use crate::id::{Id, RecordId};
use crate::observe;
use crate::query::{Comparison, Filter, Query};
use crate::schema::{Entity, EntityDef, Path, PathError};
use crate::session::Session;
use crate::value::Value;

/// The right to run reports of one's own making.
pub(crate) const CUSTOM: &str = "report.custom";
const READ_SAVED: &str = "saved_report.read";

impl Session {
    /// Runs a standard report by its name, with options as names (without dashes) and texts, on one moment of the data.
    ///
    /// It needs the right `report.` and the name, and covers what that right's scope reaches: with the scope "own" the
    /// figures are those of the actor's own customers. It needs no right to read the records: the names it shows are
    /// those of records that its right reaches. Fields that are hidden from the actor's role are not shown, and a report
    /// that asks for one otherwise is refused as one on a field that does not exist.
    ///
    /// # Errors
    ///
    /// [`ReportError::UnknownReport`]; [`Error::Denied`]
    /// without the right; those of [`Entry::run`].
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    /// use crmkit::storage::MemoryStorage;
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// crm.system().customers().create(NewCustomer::new("Acme")).await?;
    /// let report = crm.system().report("composition", [("by", "credit")]).await?;
    /// assert_eq!(report.table.total("customers"), Some(&1.into()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn report<N: Into<String>, V: Into<String>>(
        &self,
        name: &str,
        options: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Report> {
        self.report_of(Catalogue::standard().entry(name)?, options).await
    }

    /// Runs a named report of a host's [`Catalogue`]; see [`report`](Self::report). The host registers the right with
    /// [`CrmBuilder::right`](crate::crm::CrmBuilder::right).
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] without the right; those of [`Entry::run`].
    pub async fn report_of<N: Into<String>, V: Into<String>>(
        &self,
        entry: &Entry,
        options: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Report> {
        let (actor, scope) = self.granted(&format!("report.{}", entry.name)).await?;
        let snapshot = self.crm().storage().snapshot().await?;
        let visible = |def: &EntityDef| actor.reach(scope, def);
        let hidden = |def: &EntityDef, place: usize| actor.hides(def, place);
        let view = self.view(View::new(&*snapshot, &visible, self.crm().now()).hiding(&hidden));
        observe::report(entry.name, entry.run(&view, options)).await
    }

    /// Runs a report whose parameters are typed; see [`report`](Self::report).
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] without the right; those of [`StandardReport::run`].
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    /// use crmkit::report::Lapsed;
    /// use crmkit::storage::MemoryStorage;
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let report = crm.system().report_typed(&Lapsed { months: 3, ..Default::default() }).await?;
    /// assert!(report.table.rows().is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn report_typed<R: StandardReport>(&self, report: &R) -> Result<Report> {
        let (actor, scope) = self.granted(&format!("report.{}", R::NAME)).await?;
        let snapshot = self.crm().storage().snapshot().await?;
        let visible = |def: &EntityDef| actor.reach(scope, def);
        let hidden = |def: &EntityDef, place: usize| actor.hides(def, place);
        let view = self.view(View::new(&*snapshot, &visible, self.crm().now()).hiding(&hidden));
        observe::report(R::NAME, report.run(&view)).await
    }

    /// Runs a report of the actor's own making. It needs the right `report.custom`, and every record it touches must be
    /// within reach of both that right and the right to read the record's entity.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] without the right to run such reports or to read the entity; those of
    /// [`Definition::run`].
    pub async fn report_custom(&self, definition: &Definition) -> Result<Report> {
        let (actor, scope) = self.custom(definition).await?;
        let snapshot = self.crm().storage().snapshot().await?;
        let visible = |def: &EntityDef| self.readable(&actor, scope, def);
        let hidden = |def: &EntityDef, place: usize| actor.hides(def, place);
        let view = self.view(View::new(&*snapshot, &visible, self.crm().now()).hiding(&hidden));
        observe::report("custom", definition.run(&view)).await
    }

    /// Keeps a report of the actor's own making under a name, in place of the one of his that has it already. It needs
    /// the rights to run the report and to save one, and is checked as if it were run, but nothing is read.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] without one of the rights; what [`Definition::check_in`] finds;
    /// [`Error::Invalid`] if the name or the definition is empty or too long.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    /// use crmkit::report::{Definition, Sharing};
    /// use crmkit::storage::MemoryStorage;
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let system = crm.system();
    /// let names: Definition =
    ///     r#"{"name": "names", "entity": "customer", "rows": {"list": [{"path": "name"}]}}"#.parse()?;
    /// system.save_report("Names", &names, Sharing::All).await?;
    /// system.customers().create(NewCustomer::new("Acme")).await?;
    /// assert_eq!(system.report_saved("Names").await?.to_csv(), "name\nAcme\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn save_report(&self, name: &str, definition: &Definition, shared: Sharing) -> Result<SavedReport> {
        let (actor, scope) = self.custom(definition).await?;
        let visible = |def: &EntityDef| self.readable(&actor, scope, def);
        let hidden = |def: &EntityDef, place: usize| actor.hides(def, place);
        definition.check_in(&self.view(View::new(self.storage(), &visible, self.crm().now()).hiding(&hidden)))?;
        let json = serde_json::to_value(definition);
        let json = json.map_err(|error| ReportError::Syntax { line: error.line(), problem: error.to_string() })?;
        let owner = SavedReport::owner.path();
        let own = actor.id().map_or_else(|| SavedReport::owner.is_null(), |user| SavedReport::owner.eq(user));
        let query = Query::of::<SavedReport>().filter(own.and(SavedReport::name.eq(name.trim()))).columns([owner]);
        let records = self.of::<SavedReport>();
        let saved = match self.storage().query(&query.limit(1)).await?.records.pop() {
            Some(found) => {
                let patch = SavedReportPatch { definition: json.into(), shared: shared.into(), ..Default::default() };
                records.edit(Id::new(found.id), patch).await?
            }
            None => {
                let new = NewSavedReport { name: name.to_owned(), definition: json, shared, ..Default::default() };
                records.create(new).await?
            }
        };
        Ok(saved)
    }

    /// The saved reports that the actor finds, by name: his own and those that others share with him.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] without the right `saved_report.read`; a store that can't answer.
    pub async fn saved_reports(&self) -> Result<Vec<SavedReport>> {
        let (actor, scope) = self.granted(READ_SAVED).await?;
        self.found_reports(&actor, scope, Filter::All).await
    }

    /// The saved report of a name or id: the actor's own one, else the one that is shared with him.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] without the right `saved_report.read`;
    /// [`Error::NotFound`] if he finds none;
    /// [`ReportError::BadOption`] if several people share one of that name.
    pub async fn saved_report(&self, name: &str) -> Result<SavedReport> {
        let (actor, scope) = self.granted(READ_SAVED).await?;
        let asked = match name.parse::<RecordId>() {
            Ok(id) => Filter::Compare { path: Path::field("id"), comparison: Comparison::Equal, value: Value::Id(id) },
            Err(_) => SavedReport::name.eq(name.trim()),
        };
        let mut found = self.found_reports(&actor, scope, asked).await?;
        if let Some(own) = found.iter().position(|report| report.owner == actor.id()) {
            return Ok(found.swap_remove(own));
        }
        let shown: String = name.chars().take(80).collect();
        match (found.pop(), found.is_empty()) {
            (Some(one), true) => Ok(one),
            (Some(_), false) => Err(ReportError::option(
                "name",
                format!("several people share a report `{shown}`; say which by its id"),
            )),
            (None, _) => Err(Error::NotFound { entity: "saved_report".into(), key: shown }.into()),
        }
    }

    /// Runs the saved report of a name or id, as whoever asks: it shows him what he would see if it were his own.
    ///
    /// # Errors
    ///
    /// Those of [`saved_report`](Self::saved_report) and [`report_custom`](Self::report_custom).
    pub async fn report_saved(&self, name: &str) -> Result<Report> {
        let saved = self.saved_report(name).await?;
        let report = self.report_custom(&saved.read()?).await?;
        Ok(Report { name: saved.name.into(), ..report })
    }

    async fn found_reports(&self, actor: &Actor, scope: Scope, asked: Filter) -> Result<Vec<SavedReport>> {
        let found = SavedReport::found_by(actor, scope, &<SavedReport as Entity>::definition());
        let mut query = Query::of::<SavedReport>().filter(found.and(asked)).order(SavedReport::name.asc());
        let mut all = Vec::new();
        loop {
            let page = self.storage().query(&query).await?;
            let read = |record| SavedReport::from_record(record).map_err(Error::from);
            all.extend(page.records.into_iter().map(read).collect::<crate::Result<Vec<_>>>()?);
            match page.next {
                Some(next) => query.after = Some(next),
                None => return Ok(all),
            }
        }
    }

    /// Who makes the report, and how far his right to make one reaches; he may read every entity it is on.
    async fn custom(&self, definition: &Definition) -> Result<(Arc<Actor>, Scope)> {
        let granted = self.granted(CUSTOM).await?;
        let schema = self.crm().schema();
        let facts = definition.also.iter().map(|fact| &fact.entity);
        for name in std::iter::once(&definition.entity).chain(facts) {
            let found = schema.by_code(name).or_else(|| schema.entity(name));
            // What is secret is for nobody's questions, as if it were not there.
            let entity = found.filter(|def| !def.facts.secret);
            let entity = entity.ok_or_else(|| PathError::NoEntity(name.chars().take(40).collect()))?;
            self.granted_on(entity, "read").await?;
        }
        Ok(granted)
    }

    pub(super) fn view<'a>(&self, view: View<'a>) -> View<'a> {
        view.zone(self.crm().organisation().zone()).lang(self.lang()).bounds(self.bounds())
    }

    /// What the actor may read of an entity, and no more than a scope reaches.
    fn readable(&self, actor: &Actor, scope: Scope, def: &EntityDef) -> Filter {
        actor.reach(self.crm().rights().readable(actor, def).min(scope), def)
    }
}
