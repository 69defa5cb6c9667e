//! What a report reads.

use std::collections::HashMap;
use std::fmt;
use std::time::Instant;

use chrono_tz::Tz;

use super::error::{ReportError, Result};
use super::rolled_up::rolled_up;
use super::scope::Scope;
use crate::error::Error;
use crate::id::RecordId;
use crate::query::{Aggregate, AggregateRow, Bounds, Filter, Page, Query, QueryError};
use crate::schema::{ColumnDef, Entity, EntityDef, Lang, Path, Record, Schema};
use crate::storage::Reader;
use crate::value::{Date, Timestamp, Value};

/// Says which records of an entity the actor may see.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::report::{View, Visible};
/// use crmkit::schema::EntityDef;
///
/// # pollster::block_on(async {
/// let storage = std::sync::Arc::new(MemoryStorage::new(crmkit::standard_schema()?));
/// # let crm = Crm::builder(std::sync::Arc::clone(&storage)).open().await?;
/// # for region in ["华东", "华北"] {
/// #     let new = NewCustomer { region: Some(region.to_owned()), ..NewCustomer::new(region) };
/// #     crm.system().customers().create(new).await?;
/// # }
/// // Of the customers those of the east, of everything else all.
/// let visible: &Visible<'_> = &|def: &EntityDef| match &*def.code {
///     "customer" => Customer::region.eq("华东"),
///     _ => Filter::All,
/// };
/// let view = View::new(&storage, visible, Timestamp::EPOCH);
/// let rows = view.aggregate(Aggregate::of::<Customer>().measure(Measure::Count)).await?;
/// assert_eq!(rows[0].measures, [1.into()]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
pub type Visible<'a> = dyn Fn(&EntityDef) -> Filter + Send + Sync + 'a;

/// Says whether the field of an entity at a place is hidden from the actor.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::report::{Hidden, View, everything};
/// use crmkit::schema::EntityDef;
///
/// # pollster::block_on(async {
/// let storage = MemoryStorage::new(crmkit::standard_schema()?);
/// let hidden: &Hidden<'_> = &|def: &EntityDef, place| def.code == "customer" && def.columns[place].name == "region";
/// let view = View::new(&storage, &everything, Timestamp::EPOCH).hiding(hidden);
/// let by = |key: Path| Aggregate::of::<Customer>().group(key).measure(Measure::Count);
/// assert!(view.aggregate(by(Customer::level.path())).await.is_ok());
/// assert!(view.aggregate(by(Customer::region.path())).await.is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
pub type Hidden<'a> = dyn Fn(&EntityDef, usize) -> bool + Send + Sync + 'a;

const fn nothing(_: &EntityDef, _: usize) -> bool {
    false
}

/// Sees every record: for the system's own runs, and for actors who may see all.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::report::{View, everything};
///
/// let storage = MemoryStorage::new(crmkit::standard_schema()?);
/// let view = View::new(&storage, &everything, Timestamp::EPOCH);
/// assert_eq!(view.today().to_string(), "1970-01-01");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub const fn everything(_: &EntityDef) -> Filter {
    Filter::All
}

/// What a report reads: a reader (a snapshot, so that all figures are of one moment), what of it the actor may see,
/// and the zone in which days begin.
///
/// Everything a report reads goes through here, so no report can forget whose view it has: the condition is on the
/// records that are added up, on the records they refer to where a path goes through them, and on the names that are
/// looked up.
///
/// # Examples
///
/// ```
/// use crmkit::report::{View, everything};
/// use crmkit::storage::MemoryStorage;
/// use crmkit::value::Timestamp;
///
/// let storage = MemoryStorage::new(crmkit::standard_schema()?);
/// let view = View::new(&storage, &everything, "2011-12-09T20:00:00Z".parse()?).zone(chrono_tz::Asia::Shanghai);
/// assert_eq!(view.today().to_string(), "2011-12-10");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct View<'a> {
    reader: &'a dyn Reader,
    visible: &'a Visible<'a>,
    hidden: &'a Hidden<'a>,
    zone: Tz,
    lang: Lang,
    now: Timestamp,
    bounds: Bounds,
    started: Instant,
    recomputed: bool,
}

impl fmt::Debug for View<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut view = f.debug_struct("View");
        view.field("reader", &self.reader).field("zone", &self.zone).field("lang", &self.lang);
        view.field("now", &self.now).field("bounds", &self.bounds).finish_non_exhaustive()
    }
}

/// How many ids are looked up at once.
const BATCH: usize = 1_000;
/// How many records are looked up at once by a few of their fields: so few that a store answers where it is asked.
const FEW: usize = 250;

impl<'a> View<'a> {
    /// A view in UTC and English.
    #[must_use]
    pub fn new(reader: &'a dyn Reader, visible: &'a Visible<'a>, now: Timestamp) -> Self {
        Self {
            reader,
            visible,
            hidden: &nothing,
            zone: Tz::UTC,
            lang: Lang::En,
            now,
            bounds: Bounds::default(),
            started: Instant::now(),
            recomputed: false,
        }
    }

    /// Adding up the records even where a [rollup](crate::rollup) says the same.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    /// use crmkit::report::{View, everything};
    /// use crmkit::storage::MemoryStorage;
    ///
    /// # pollster::block_on(async {
    /// let storage = std::sync::Arc::new(MemoryStorage::new(crmkit::standard_schema()?));
    /// let crm = Crm::builder(storage.clone()).open().await?;
    /// crm.system().customers().create(NewCustomer::new("Acme")).await?;
    /// let view = View::new(&storage, &everything, Timestamp::EPOCH);
    /// let kinds = Aggregate::of::<Customer>().group(Customer::status).measure(Measure::Count);
    /// assert_eq!(view.aggregate(kinds.clone()).await?, view.recomputed().aggregate(kinds).await?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    #[must_use]
    pub const fn recomputed(mut self) -> Self {
        self.recomputed = true;
        self
    }

    /// Without the fields for which `hidden` is true: a condition, an order, a key or a measure on one is refused as one on
    /// a field that does not exist, and where it is only shown, such as a customer's name, there is no value. A report
    /// that reads whole records finds blanks there.
    #[must_use]
    pub const fn hiding(mut self, hidden: &'a Hidden<'a>) -> Self {
        self.hidden = hidden;
        self
    }

    /// With days that begin in a zone.
    #[must_use]
    pub const fn zone(mut self, zone: Tz) -> Self {
        self.zone = zone;
        self
    }

    /// With labels in a language.
    #[must_use]
    pub const fn lang(mut self, lang: Lang) -> Self {
        self.lang = lang;
        self
    }

    /// With other bounds.
    #[must_use]
    pub const fn bounds(mut self, bounds: Bounds) -> Self {
        self.bounds = bounds;
        self
    }

    /// The schema.
    #[must_use]
    pub fn schema(&self) -> &'a Schema {
        self.reader.schema()
    }

    /// Whether the field of an entity at a place is hidden.
    pub(super) fn hides(&self, def: &EntityDef, place: usize) -> bool {
        (self.hidden)(def, place)
    }

    /// The zone in which days begin.
    #[must_use]
    pub const fn time_zone(&self) -> Tz {
        self.zone
    }

    /// The language of labels.
    #[must_use]
    pub const fn language(&self) -> Lang {
        self.lang
    }

    /// How much a report may cost.
    #[must_use]
    pub const fn limits(&self) -> Bounds {
        self.bounds
    }

    /// Today in the zone.
    #[must_use]
    pub fn today(&self) -> Date {
        self.now.local_date(self.zone)
    }

    /// Sums and counts of what the actor may see.
    ///
    /// # Errors
    ///
    /// A path, value or result that does not fit, more than the bounds allow, or a store that can't answer.
    pub async fn aggregate(&self, request: Aggregate) -> Result<Vec<AggregateRow>> {
        self.in_time()?;
        let request = self.seen_aggregate(request)?;
        if let Some(kept) = self.rolled_up(&request).await? {
            return Ok(kept);
        }
        Ok(self.reader.aggregate(&request).await?)
    }

    /// The same from a rollup, if one says it.
    async fn rolled_up(&self, request: &Aggregate) -> Result<Option<Vec<AggregateRow>>> {
        match self.recomputed {
            true => Ok(None),
            false => rolled_up(self.reader, request, self.zone).await,
        }
    }

    /// The groups that come first and the whole without keys, if rollups say both.
    pub(super) async fn ranked(&self, request: Aggregate) -> Result<Option<(Vec<AggregateRow>, Vec<Value>)>> {
        self.in_time()?;
        let request = self.seen_aggregate(request)?;
        let whole = Aggregate { keys: Vec::new(), top: None, ..request.clone() };
        let Some(whole) = self.rolled_up(&whole).await? else { return Ok(None) };
        let Some(groups) = self.rolled_up(&request).await? else { return Ok(None) };
        let whole = whole.into_iter().next().map(|row| row.measures).unwrap_or_default();
        Ok(Some((groups, whole)))
    }

    /// The question for sums and counts, kept to what the actor may see.
    pub(super) fn seen_aggregate(&self, request: Aggregate) -> Result<Aggregate> {
        let keys = request.keys.iter().map(|key| &key.path);
        let measured = request.measures.iter().filter_map(|measure| measure.path());
        let paths: Vec<Path> = keys.chain(measured).cloned().collect();
        let scope = Scope { schema: self.schema(), visible: self.visible, hidden: self.hidden };
        let filter = scope.narrow(&request.entity, request.filter, &paths)?;
        let (max_groups, max_rows) =
            (request.max_groups.min(self.bounds.groups), request.max_rows.min(self.bounds.records));
        Ok(Aggregate { filter, max_groups, max_rows, ..request })
    }

    /// One page of a list of what the actor may see.
    ///
    /// # Errors
    ///
    /// A path or value that does not fit, or a store that can't answer.
    pub async fn query(&self, query: Query) -> Result<Page> {
        self.in_time()?;
        let query = self.seen_query(query)?;
        let mut page = self.reader.query(&query).await?;
        if query.columns.is_none()
            && let Some(def) = self.schema().entity(&query.entity)
        {
            page.records.iter_mut().for_each(|record| self.hide(def, record, ColumnDef::blank));
        }
        Ok(page)
    }

    /// The question for a list, kept to what the actor may see.
    pub(super) fn seen_query(&self, query: Query) -> Result<Query> {
        let ordered = query.order.iter().map(|order| &order.path);
        let paths: Vec<Path> = ordered.chain(query.columns.iter().flatten()).cloned().collect();
        let scope = Scope { schema: self.schema(), visible: self.visible, hidden: self.hidden };
        let filter = scope.narrow(&query.entity, query.filter, &paths)?;
        Ok(Query { filter, ..query })
    }

    /// Gives the fields of each record that matches and that the actor may see, page by page, so that memory does not
    /// grow with them.
    pub(super) async fn scan(&self, query: Query, mut each: impl FnMut(Vec<Value>) -> Result<()> + Send) -> Result<()> {
        let (mut query, mut records) = (query.limit(BATCH), 0);
        loop {
            let page = self.query(query.clone()).await?;
            records += page.records.len();
            if records > self.bounds.records {
                let limit = self.bounds.records;
                return Err(QueryError::TooLarge { what: "records for one report", limit }.into());
            }
            for record in page.records {
                each(record.values)?;
            }
            match page.next {
                Some(next) => query.after = Some(next),
                None => return Ok(()),
            }
        }
    }

    fn in_time(&self) -> Result<()> {
        match self.started.elapsed() <= self.bounds.time {
            true => Ok(()),
            false => Err(ReportError::TooLong { limit: self.bounds.time }),
        }
    }

    /// Every record of an entity that matches and that the actor may see. Only for what is known to fit into memory.
    pub(super) async fn every<E: Entity>(&self, filter: Filter) -> Result<Vec<E>> {
        let mut query = Query::of::<E>().filter(filter).limit(BATCH);
        let mut all = Vec::new();
        loop {
            let page = self.query(query.clone()).await?;
            for record in page.records {
                all.push(E::from_record(record).map_err(Error::from)?);
            }
            match page.next {
                Some(next) => query.after = Some(next),
                None => return Ok(all),
            }
        }
    }

    /// The records with these ids that the actor may see; hidden fields have no value.
    ///
    /// # Errors
    ///
    /// A store that can't answer.
    pub async fn records(&self, def: &EntityDef, ids: &[RecordId]) -> Result<HashMap<RecordId, Record>> {
        let mut found = HashMap::with_capacity(ids.len());
        let visible = (self.visible)(def);
        for ids in ids.chunks(BATCH) {
            self.in_time()?;
            let records = if visible == Filter::All {
                self.reader.get(def, ids).await?
            } else {
                let values = ids.iter().copied().map(Value::Id).collect();
                let filter = Filter::In { path: Path::field("id"), values }.and(visible.clone());
                self.reader.query(&Query::new(def.name.clone()).filter(filter).limit(BATCH)).await?.records
            };
            found.extend(records.into_iter().map(|record| (record.id, record)));
        }
        found.values_mut().for_each(|record| self.hide(def, record, |_| Value::Null));
        Ok(found)
    }

    /// Some fields, by their places, of the records with these ids that the actor may see; hidden ones have no value.
    pub(super) async fn fields(
        &self,
        def: &EntityDef,
        ids: &[RecordId],
        places: &[usize],
    ) -> Result<HashMap<RecordId, Vec<Value>>> {
        let mut found = HashMap::with_capacity(ids.len());
        let visible = (self.visible)(def);
        let names = places.iter().filter_map(|place| def.columns.get(*place));
        let paths: Vec<Path> = names.map(|column| Path::field(column.name.clone())).collect();
        for ids in ids.chunks(FEW) {
            self.in_time()?;
            let values = ids.iter().copied().map(Value::Id).collect();
            let filter = Filter::In { path: Path::field("id"), values }.and(visible.clone());
            let query = Query::new(def.name.clone()).columns(paths.clone()).filter(filter).limit(FEW);
            found.extend(self.reader.query(&query).await?.records.into_iter().map(|record| (record.id, record.values)));
        }
        for (at, _) in places.iter().enumerate().filter(|(_, place)| (self.hidden)(def, **place)) {
            found
                .values_mut()
                .filter_map(|values: &mut Vec<Value>| values.get_mut(at))
                .for_each(|it| *it = Value::Null);
        }
        Ok(found)
    }

    fn hide(&self, def: &EntityDef, record: &mut Record, instead: impl Fn(&ColumnDef) -> Value) {
        for (place, (value, column)) in record.values.iter_mut().zip(&def.columns).enumerate() {
            if (self.hidden)(def, place) {
                *value = instead(column);
            }
        }
    }
}
