//! Reports as someone.

use super::catalogue::{Catalogue, Entry, StandardReport};
use super::definition::Definition;
use super::error::Result;
use super::table::Report;
use super::view::View;
use crate::access::{Actor, Scope};
use crate::query::Filter;
use crate::schema::{EntityDef, PathError};
use crate::session::Session;

/// The right to run reports of one's own making.
pub(crate) const CUSTOM: &str = "report.custom";

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
    /// [`ReportError::UnknownReport`](super::ReportError::UnknownReport); [`Error::Denied`](crate::Error::Denied)
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
    /// [`Error::Denied`](crate::Error::Denied) without the right; those of [`Entry::run`].
    pub async fn report_of<N: Into<String>, V: Into<String>>(
        &self,
        entry: &Entry,
        options: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Report> {
        let (actor, scope) = self.granted(&format!("report.{}", entry.name)).await?;
        let snapshot = self.crm().storage().snapshot().await?;
        let visible = |def: &EntityDef| actor.reach(scope, def);
        let hidden = |def: &EntityDef, place: usize| actor.hides(def, place);
        entry.run(&self.view(View::new(&*snapshot, &visible, self.crm().now()).hiding(&hidden)), options).await
    }

    /// Runs a report whose parameters are typed; see [`report`](Self::report).
    ///
    /// # Errors
    ///
    /// [`Error::Denied`](crate::Error::Denied) without the right; those of [`StandardReport::run`].
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
        report.run(&self.view(View::new(&*snapshot, &visible, self.crm().now()).hiding(&hidden))).await
    }

    /// Runs a report of the actor's own making. It needs the right `report.custom`, and every record it touches must be
    /// within reach of both that right and the right to read the record's entity.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`](crate::Error::Denied) without the right to run such reports or to read the entity; those of
    /// [`Definition::run`].
    pub async fn report_custom(&self, definition: &Definition) -> Result<Report> {
        let (actor, scope) = self.granted(CUSTOM).await?;
        let schema = self.crm().schema();
        let facts = definition.also.iter().map(|fact| &fact.entity);
        for name in std::iter::once(&definition.entity).chain(facts) {
            let found = schema.by_code(name).or_else(|| schema.entity(name));
            let entity = found.ok_or_else(|| PathError::NoEntity(name.to_string()))?;
            self.granted_on(entity, "read").await?;
        }
        let snapshot = self.crm().storage().snapshot().await?;
        let visible = |def: &EntityDef| self.readable(&actor, scope, def);
        let hidden = |def: &EntityDef, place: usize| actor.hides(def, place);
        definition.run(&self.view(View::new(&*snapshot, &visible, self.crm().now()).hiding(&hidden))).await
    }

    pub(super) fn view<'a>(&self, view: View<'a>) -> View<'a> {
        view.zone(self.crm().organisation().zone()).lang(self.lang())
    }

    /// What the actor may read of an entity, and no more than a scope reaches.
    fn readable(&self, actor: &Actor, scope: Scope, def: &EntityDef) -> Filter {
        actor.reach(self.crm().rights().readable(actor, def).min(scope), def)
    }
}
