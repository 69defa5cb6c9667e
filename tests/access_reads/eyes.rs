//! What a person can ask for, and ways to be wrong about it that the check must find.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crmkit::id::RecordId;
use crmkit::marketing::{Opportunity, OpportunityStatus};
use crmkit::prelude::*;
use crmkit::report::{Definition, Report, ReportError, Table};
use crmkit::schema::{EntityDef, Record};

/// Every kind of read there is.
pub(crate) trait Eyes {
    async fn list(&self, entity: &str, query: Query) -> Result<Vec<Record>, Error>;
    async fn count(&self, entity: &str, filter: Filter) -> Result<u64, Error>;
    async fn get(&self, entity: &str, id: RecordId) -> Result<Record, Error>;
    async fn named(&self, entity: &str, text: &str) -> Result<RecordId, Error>;
    async fn search(&self, entity: &str, words: &str) -> Result<BTreeSet<RecordId>, Error>;
    async fn names(&self, entity: &str, records: &[Record]) -> Result<HashMap<RecordId, String>, Error>;
    async fn report(&self, name: &str, option: (&str, &str)) -> Result<Report, ReportError>;
    async fn custom(&self, definition: &Definition) -> Result<Report, ReportError>;
    async fn explain(&self, right: &str, record: &str) -> Result<bool, Error>;
    async fn actions(&self, opportunity: &Opportunity) -> Result<Vec<&'static str>, Error>;
}

impl Eyes for Session {
    async fn list(&self, entity: &str, query: Query) -> Result<Vec<Record>, Error> {
        Ok(self.untyped(entity)?.list(query.limit(1_000)).await?.records)
    }
    async fn count(&self, entity: &str, filter: Filter) -> Result<u64, Error> {
        self.untyped(entity)?.count(filter).await
    }
    async fn get(&self, entity: &str, id: RecordId) -> Result<Record, Error> {
        self.untyped(entity)?.named(&id.to_string()).await
    }
    async fn named(&self, entity: &str, text: &str) -> Result<RecordId, Error> {
        Ok(self.untyped(entity)?.named(text).await?.id)
    }
    async fn search(&self, entity: &str, words: &str) -> Result<BTreeSet<RecordId>, Error> {
        let records = self.untyped(entity)?;
        let filter = records.searched(words).await?;
        Ok(records
            .list(Query::new("").filter(filter).limit(1_000))
            .await?
            .records
            .iter()
            .map(|found| found.id)
            .collect())
    }
    async fn names(&self, entity: &str, records: &[Record]) -> Result<HashMap<RecordId, String>, Error> {
        self.untyped(entity)?.names(records).await
    }
    async fn report(&self, name: &str, option: (&str, &str)) -> Result<Report, ReportError> {
        let options = (!option.0.is_empty()).then_some(option);
        Session::report(self, name, options).await
    }
    async fn custom(&self, definition: &Definition) -> Result<Report, ReportError> {
        self.report_custom(definition).await
    }
    async fn explain(&self, right: &str, record: &str) -> Result<bool, Error> {
        Ok(Session::explain(self, right, Some(record)).await?.allowed)
    }
    async fn actions(&self, opportunity: &Opportunity) -> Result<Vec<&'static str>, Error> {
        self.opportunities().allowed_actions::<OpportunityStatus>(opportunity).await
    }
}

/// One filter that was forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hole {
    List,
    Count,
    Path,
    Get,
    Named,
    Search,
    Names,
    Report,
    Custom,
    Explain,
    Actions,
}

pub(crate) const HOLES: [Hole; 11] = [
    Hole::List,
    Hole::Count,
    Hole::Path,
    Hole::Get,
    Hole::Named,
    Hole::Search,
    Hole::Names,
    Hole::Report,
    Hole::Custom,
    Hole::Explain,
    Hole::Actions,
];

/// Somebody who has the right, but whose question forgot the scope in one place.
pub(crate) struct Holed {
    pub(crate) right: Session,
    pub(crate) everything: Session,
    pub(crate) hole: Hole,
}

impl Holed {
    fn eyes(&self, hole: Hole) -> &Session {
        if self.hole == hole { &self.everything } else { &self.right }
    }

    /// A condition through a reference is the one that is forgotten.
    fn counting(&self, filter: &Filter) -> &Session {
        let text = serde_json::to_string(filter).unwrap();
        if text.contains("customer.name") { self.eyes(Hole::Path) } else { self.eyes(Hole::Count) }
    }
}

impl Eyes for Holed {
    async fn list(&self, entity: &str, query: Query) -> Result<Vec<Record>, Error> {
        Eyes::list(self.eyes(Hole::List), entity, query).await
    }
    async fn count(&self, entity: &str, filter: Filter) -> Result<u64, Error> {
        Eyes::count(self.counting(&filter), entity, filter).await
    }
    async fn get(&self, entity: &str, id: RecordId) -> Result<Record, Error> {
        Eyes::get(self.eyes(Hole::Get), entity, id).await
    }
    async fn named(&self, entity: &str, text: &str) -> Result<RecordId, Error> {
        Eyes::named(self.eyes(Hole::Named), entity, text).await
    }
    async fn search(&self, entity: &str, words: &str) -> Result<BTreeSet<RecordId>, Error> {
        Eyes::search(self.eyes(Hole::Search), entity, words).await
    }
    async fn names(&self, entity: &str, records: &[Record]) -> Result<HashMap<RecordId, String>, Error> {
        Eyes::names(self.eyes(Hole::Names), entity, records).await
    }
    async fn report(&self, name: &str, option: (&str, &str)) -> Result<Report, ReportError> {
        Eyes::report(self.eyes(Hole::Report), name, option).await
    }
    async fn custom(&self, definition: &Definition) -> Result<Report, ReportError> {
        Eyes::custom(self.eyes(Hole::Custom), definition).await
    }
    async fn explain(&self, right: &str, record: &str) -> Result<bool, Error> {
        Eyes::explain(self.eyes(Hole::Explain), right, record).await
    }
    async fn actions(&self, opportunity: &Opportunity) -> Result<Vec<&'static str>, Error> {
        Eyes::actions(self.eyes(Hole::Actions), opportunity).await
    }
}

/// What is found wrong, in words.
pub(crate) type Leaks = Vec<String>;

/// The definitions of a schema by code.
pub(crate) fn definitions(schema: &Schema) -> BTreeMap<String, Arc<EntityDef>> {
    schema.entities().map(|def| (def.code.to_string(), Arc::clone(def))).collect()
}

/// Every cell of a report as text.
pub(crate) fn cells(table: &Table) -> String {
    let rows: Vec<String> =
        table.rows().iter().map(|row| row.iter().map(ToString::to_string).collect::<Vec<_>>().join("|")).collect();
    rows.join("\n")
}
