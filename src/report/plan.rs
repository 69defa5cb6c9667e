//! A definition checked against a schema: every name found, every value of its kind.

use std::collections::HashSet;
use std::sync::Arc;

use chrono_tz::Tz;

use super::definition::{Definition, Fact, FieldColumn, Having, KeyColumn, LabelText, MeasureColumn, Rows};
use super::error::{ReportError, Result};
use super::lookup::{Lookup, Shown};
use super::step::Step;
use super::steps::number;
use super::table::{Column, Table};
use super::view::View;
use crate::problem::{nearest, short};
use crate::query::{Aggregate, Comparison, Filter, GroupKey, Measure, Period, Query, QueryError, Sight};
use crate::schema::{ColumnType, EntityDef, Label, Leaf, Name, Path, ResolvedPath, Schema};
use crate::value::Value;

/// How many conditions, shares, orders and totals there may be, each.
const MAX_PARTS: usize = 64;
/// How many measures all facts may have together.
const MAX_MEASURES: usize = 200;
/// How many characters the name of a report may have.
const MAX_NAME: usize = 200;
/// How many bounds the bands of a key may have.
const MAX_BANDS: usize = 64;

/// What a definition means under a schema and in a zone.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) def: Arc<EntityDef>,
    pub(super) filter: Filter,
    /// The columns in front of those for shares.
    pub(super) columns: Vec<Column>,
    pub(super) source: Source,
    /// The places of the columns that are totalled.
    pub(super) totals: Vec<usize>,
}

#[derive(Debug)]
pub(super) enum Source {
    List(Vec<ListColumn>),
    /// The first fact gives the keys' names; the measures are those of all facts, one after the other.
    Groups {
        facts: Vec<PlannedFact>,
        keys: Vec<PlannedKey>,
        measures: Vec<PlannedMeasure>,
        having: Vec<(usize, Having)>,
    },
}

/// Records that are added up on their own.
#[derive(Debug)]
pub(super) struct PlannedFact {
    def: Arc<EntityDef>,
    filter: Filter,
    keys: Vec<GroupKey>,
    measures: Vec<Measure>,
    /// The place of the key that has bands, and the bands.
    pub(super) bands: Option<(usize, Vec<Band>)>,
}

/// What lies in a band, and what the band is called.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Band {
    pub(super) filter: Filter,
    pub(super) key: Value,
}

impl PlannedFact {
    pub(super) fn aggregate(&self) -> Aggregate {
        let mut request = Aggregate::new(self.def.name.clone()).filter(self.filter.clone());
        request.keys.clone_from(&self.keys);
        request.measures.clone_from(&self.measures);
        request
    }

    pub(super) const fn measures(&self) -> usize {
        self.measures.len()
    }
}

#[derive(Debug)]
pub(super) struct ListColumn {
    pub(super) path: Path,
    pub(super) lookup: Option<Lookup>,
}

#[derive(Debug)]
pub(super) struct PlannedKey {
    pub(super) key: GroupKey,
    pub(super) shown: ShownKey,
}

/// What a key becomes in the table.
#[derive(Debug)]
pub(super) enum ShownKey {
    Value,
    Period(Period),
    Record(Lookup),
}

#[derive(Debug)]
pub(super) struct PlannedMeasure {
    pub(super) measure: Measure,
    pub(super) column_type: ColumnType,
}

impl Plan {
    /// What the definition means to whoever asks through a view.
    pub(super) fn seen(definition: &Definition, view: &View<'_>) -> Result<Self> {
        Self::new(definition, view.schema(), view.time_zone(), &|def, place| view.hides(def, place))
    }

    /// A field for which `hidden` is true is one that there is not, and no sentence names it or says of which kind it is.
    pub(super) fn new(
        definition: &Definition,
        schema: &Schema,
        zone: Tz,
        hidden: &dyn Fn(&EntityDef, usize) -> bool,
    ) -> Result<Self> {
        let all = |_: &EntityDef| Filter::All;
        let sight = Sight::new(schema, &all).hiding(hidden);
        let planner = Planner { report: &definition.name, schema, zone, sight: &sight };
        planner.check_size(definition)?;
        let def = planner.entity(&definition.entity)?;
        let filter = planner.localised(definition.filter.clone(), def)?;
        let (columns, source) = match &definition.rows {
            Rows::List(_) if !definition.also.is_empty() => {
                return planner.wrong("a list shows the records of one entity; `also` goes with groups");
            }
            Rows::List(fields) => planner.list(fields, &definition.having, def)?,
            Rows::Groups { by, measures } => {
                let first = FactOf { def, filter: &filter, by, measures };
                planner.groups(first, &definition.also, &definition.having)?
            }
        };
        planner.check_names(&columns, definition)?;
        if let Source::List(list) = &source {
            planner.check_added(&columns, list, definition, def)?;
        }
        planner.steps(&columns, definition)?;
        let totals = planner.totals(&columns, &source, definition)?;
        let plan = Self { def: Arc::clone(def), filter, columns, source, totals };
        plan.check(schema)?;
        Ok(plan)
    }

    /// Checks paths and values as the store will, before anything is read.
    pub(super) fn check(&self, schema: &Schema) -> Result<()> {
        match &self.source {
            Source::List(_) => self.query().prepare(schema).map(|_| ())?,
            Source::Groups { facts, .. } => {
                for fact in facts {
                    fact.aggregate().prepare(schema)?;
                }
            }
        }
        Ok(())
    }

    /// Checks that a view may see every field that is asked for, before anything is read.
    pub(super) fn check_seen(&self, view: &View<'_>) -> Result<()> {
        match &self.source {
            Source::List(_) => view.seen_query(self.query()).map(|_| ()),
            Source::Groups { facts, .. } => {
                facts.iter().try_for_each(|fact| view.seen_aggregate(fact.aggregate()).map(|_| ()))
            }
        }
    }

    pub(super) fn query(&self) -> Query {
        let columns: Vec<Path> = match &self.source {
            Source::List(columns) => columns.iter().map(|column| column.path.clone()).collect(),
            Source::Groups { .. } => Vec::new(),
        };
        Query::new(self.def.name.clone()).filter(self.filter.clone()).columns(columns)
    }
}

/// A fact as the definition gives it, its filter read already.
struct FactOf<'d> {
    def: &'d Arc<EntityDef>,
    filter: &'d Filter,
    by: &'d [KeyColumn],
    measures: &'d [MeasureColumn],
}

struct Planner<'a> {
    report: &'a str,
    schema: &'a Schema,
    zone: Tz,
    sight: &'a Sight<'a>,
}

impl<'a> Planner<'a> {
    fn resolve(&self, path: &Path, def: &Arc<EntityDef>) -> Result<ResolvedPath> {
        Ok(self.sight.resolve(path, def)?)
    }

    fn wrong<T>(&self, problem: impl Into<String>) -> Result<T> {
        Err(self.definition(problem))
    }

    fn definition(&self, problem: impl Into<String>) -> ReportError {
        ReportError::Definition { report: self.report.chars().take(80).collect(), problem: problem.into() }
    }

    fn check_size(&self, definition: &Definition) -> Result<()> {
        if definition.name.chars().count() > MAX_NAME || definition.name.chars().any(char::is_control) {
            return self.wrong(format!("its name has at most {MAX_NAME} characters, none of them a control character"));
        }
        let mut measures: usize = definition.also.iter().map(|fact| fact.measures.len()).sum();
        let mut show = 0;
        if let Rows::Groups { by, measures: own } = &definition.rows {
            measures += own.len();
            show = by.iter().map(|key| key.show.len()).max().unwrap_or(0);
        }
        if measures > MAX_MEASURES {
            return self.wrong(format!("`measures` has {measures} parts, at most {MAX_MEASURES} are allowed"));
        }
        for (what, count) in [
            ("show", show),
            ("having", definition.having.len()),
            ("shares", definition.shares.len()),
            ("also", definition.also.len()),
            ("steps", definition.steps.len()),
            ("order", definition.order.len()),
            ("totals", definition.totals.len()),
        ] {
            if count > MAX_PARTS {
                return self.wrong(format!("`{what}` has {count} parts, at most {MAX_PARTS} are allowed"));
            }
        }
        Ok(())
    }

    fn entity(&self, name: &str) -> Result<&'a Arc<EntityDef>> {
        let found = self.schema.by_code(name).or_else(|| self.schema.entity(name));
        // To whoever asks, what is secret is not there.
        if let Some(def) = found.filter(|def| !def.facts.secret) {
            return Ok(def);
        }
        let open = self.schema.entities().filter(|def| !def.facts.secret);
        let meant = nearest(name, open.map(|def| &*def.code));
        let shown: String = name.chars().take(40).collect();
        self.wrong(format!("there is no entity `{shown}`{}", super::error::hint(&meant)))
    }

    fn list(&self, fields: &[FieldColumn], having: &[Having], def: &Arc<EntityDef>) -> Result<(Vec<Column>, Source)> {
        if fields.is_empty() {
            return self.wrong("a list needs at least one column");
        }
        if !having.is_empty() {
            return self.wrong("a list has no measures to judge; use `filter` instead of `having`");
        }
        let (mut columns, mut planned) = (Vec::new(), Vec::new());
        for field in fields {
            let path = self.resolve(&field.path, def)?;
            let lookup = self.named_record(&path.column_type);
            let kind = if lookup.is_some() { ColumnType::Text } else { path.column_type.clone() };
            columns.push(column(&field.name, path_name(&field.path), kind, &field.label, field_label(&path)));
            planned.push(ListColumn { path: field.path.clone(), lookup });
        }
        Ok((columns, Source::List(planned)))
    }

    fn groups(&self, first: FactOf<'_>, also: &[Fact], having: &[Having]) -> Result<(Vec<Column>, Source)> {
        let mut columns = Vec::new();
        let (fact, keys) = self.fact(&first, &mut columns)?;
        let (named, mut facts) = (columns.clone(), vec![fact]);
        let mut planned = self.measures(first.measures, first.def, &mut columns)?;
        for other in also {
            let def = self.entity(&other.entity)?;
            let filter = self.localised(other.filter.clone(), def)?;
            let fact = FactOf { def, filter: &filter, by: &other.by, measures: &other.measures };
            let mut own = Vec::new();
            let (fact, own_keys) = self.fact(&fact, &mut own)?;
            let same = |(left, right): (&PlannedKey, &PlannedKey)| left.is_merged_with(right);
            let kinds = own.iter().map(|column| &column.column_type).eq(named.iter().map(|column| &column.column_type));
            let bands = |fact: &PlannedFact| fact.bands.as_ref().map(|(place, bands)| (*place, bands.len()));
            let banded = facts.first().and_then(bands) == bands(&fact);
            if own_keys.len() != keys.len() || !kinds || !banded || !keys.iter().zip(&own_keys).all(same) {
                return self.wrong(format!("the keys of `{}` are not of the same kinds as those of `rows`", def.code));
            }
            facts.push(fact);
            planned.extend(self.measures(&other.measures, def, &mut columns)?);
        }
        let measured = columns.get(named.len()..).unwrap_or_default();
        let having = having.iter().map(|having| self.having(having, measured)).collect::<Result<_>>()?;
        Ok((columns, Source::Groups { facts, keys, measures: planned, having }))
    }

    fn fact(&self, fact: &FactOf<'_>, columns: &mut Vec<Column>) -> Result<(PlannedFact, Vec<PlannedKey>)> {
        let mut keys = Vec::new();
        let mut bands = None;
        for (place, key) in fact.by.iter().enumerate() {
            keys.push(self.key(key, fact.def, columns)?);
            if !key.bands.is_empty() && bands.replace((place, self.bands(key, fact.def)?)).is_some() {
                return self.wrong("only one key can have bands");
            }
        }
        let planned = PlannedFact {
            def: Arc::clone(fact.def),
            filter: fact.filter.clone(),
            keys: keys.iter().map(|key| key.key.clone()).collect(),
            measures: fact.measures.iter().map(|measure| measure.measure.clone()).collect(),
            bands,
        };
        Ok((planned, keys))
    }

    fn measures(
        &self,
        measures: &[MeasureColumn],
        def: &Arc<EntityDef>,
        columns: &mut Vec<Column>,
    ) -> Result<Vec<PlannedMeasure>> {
        for path in measures.iter().filter_map(|measure| measure.measure.path()) {
            self.resolve(path, def)?;
        }
        // The prepared request knows the kinds of its results.
        let mut request = Aggregate::new(def.name.clone());
        request.measures = measures.iter().map(|measure| measure.measure.clone()).collect();
        let prepared = request.prepare(self.schema)?;
        let mut planned = Vec::new();
        for (measure, prepared) in measures.iter().zip(&prepared.measures) {
            if let Measure::Sum(path) = &measure.measure {
                self.refuse_repeated(path, def)?;
            }
            let label = prepared.path.as_ref().map_or(COUNT, field_label);
            let column_type = prepared.column_type();
            if matches!(column_type, ColumnType::Reference(_)) {
                return self.wrong("records have no order, so there is no least or greatest of them");
            }
            let own_name = measure_name(&measure.measure);
            columns.push(column(&measure.name, own_name, column_type.clone(), &measure.label, label));
            planned.push(PlannedMeasure { measure: measure.measure.clone(), column_type });
        }
        Ok(planned)
    }

    /// The bands of a key: below the first bound, between each two, from the last on, and without a value.
    fn bands(&self, key: &KeyColumn, def: &Arc<EntityDef>) -> Result<Vec<Band>> {
        let path = self.resolve(&key.path, def)?;
        let kind = &path.column_type;
        if !kind.is_numeric() && !matches!(kind, ColumnType::Date | ColumnType::Timestamp) {
            return self.wrong(format!("`{}` has no bands, it is {}", key.path, kind.kind()));
        }
        if key.period.is_some() || key.bands.len() > MAX_BANDS {
            return self.wrong(format!("`{}` has either a period or 1 to {MAX_BANDS} bands", key.path));
        }
        let bound = |value: &Value| self.local(&path, value.clone()).and_then(|value| self.fit(&key.path, kind, value));
        let bounds = key.bands.iter().map(bound).collect::<Result<Vec<Value>>>()?;
        if !bounds.is_sorted_by(|left, right| left < right) {
            return self.wrong(format!("the bands of `{}` do not ascend", key.path));
        }
        let compare =
            |comparison, bound: &Value| Filter::Compare { path: key.path.clone(), comparison, value: bound.clone() };
        let lowers = std::iter::once(None).chain(bounds.iter().map(Some));
        let uppers = bounds.iter().map(Some).chain(std::iter::once(None));
        let digits = (bounds.len() + 1).to_string().len();
        let band = |(number, (lower, upper)): (usize, (Option<&Value>, Option<&Value>))| {
            let from = lower.map_or(Filter::All, |bound| compare(Comparison::GreaterOrEqual, bound));
            let to = upper.map_or(Filter::All, |bound| compare(Comparison::Less, bound));
            let text = match (lower, upper) {
                (Some(lower), Some(upper)) => format!("{lower} … {upper}"),
                (Some(lower), None) => format!("≥ {lower}"),
                (None, Some(upper)) => format!("< {upper}"),
                (None, None) => String::new(),
            };
            Band { filter: from.and(to), key: format!("{number:0digits$}) {text}").into() }
        };
        let mut bands: Vec<Band> = (1..).zip(lowers.zip(uppers)).map(band).collect();
        bands.push(Band { filter: Filter::IsNull { path: key.path.clone() }, key: Value::Null });
        Ok(bands)
    }

    fn fit(&self, path: &Path, kind: &ColumnType, value: Value) -> Result<Value> {
        kind.coerce(value, self.zone).or_else(|mismatch| self.wrong(format!("`{path}`: {mismatch}")))
    }

    /// Tries the steps on a table without rows: they then name what does not fit.
    fn steps(&self, columns: &[Column], definition: &Definition) -> Result<()> {
        let mut periods: Vec<Name> = Vec::new();
        if let Rows::Groups { by, .. } = &definition.rows {
            let period = |key: &&KeyColumn| key.period.is_some();
            let name = |key: &KeyColumn| key.name.clone().unwrap_or_else(|| path_name(&key.path).into());
            periods.extend(by.iter().filter(period).map(name));
        }
        let mut table = Table::new(columns.to_vec());
        for share in &definition.shares {
            table = table.shared(&share.of, share_name(&share.of, share.name.as_ref()))?;
        }
        for (place, step) in definition.steps.iter().enumerate() {
            let last = place + 1 == definition.steps.len();
            step.check(&table, &periods, last).or_else(|problem| self.wrong(problem))?;
            table = step.apply(table).map_err(|error| self.definition(error.to_string()))?;
        }
        for sort in &definition.order {
            table.column(&sort.column).map_err(|error| self.definition(error.to_string()))?;
        }
        Ok(())
    }

    /// Several records may refer to the same one, so a sum over what it holds would count that once for each of them.
    fn refuse_repeated(&self, path: &Path, def: &EntityDef) -> Result<()> {
        if path.steps().len() < 2 {
            return Ok(());
        }
        self.wrong(format!(
            "`{path}` would be added once for each `{}` that leads to it; sum it in a report on the entity that has it",
            def.code
        ))
    }

    fn key(&self, key: &KeyColumn, def: &Arc<EntityDef>, columns: &mut Vec<Column>) -> Result<PlannedKey> {
        let path = self.resolve(&key.path, def)?;
        let own_name = path_name(&key.path);
        let group = GroupKey { path: key.path.clone(), period: key.period.map(|period| (period, self.zone)) };
        let Some(mut lookup) = self.named_record(&path.column_type) else {
            if !key.show.is_empty() {
                return self.wrong(format!("`{}` is no reference, so it has no fields to show", key.path));
            }
            let kind =
                if key.period.is_some() || !key.bands.is_empty() { ColumnType::Text } else { path.column_type.clone() };
            columns.push(column(&key.name, own_name, kind, &key.label, field_label(&path)));
            let shown = key.period.map_or(ShownKey::Value, ShownKey::Period);
            return Ok(PlannedKey { key: group, shown });
        };
        if key.show.is_empty() {
            columns.push(column(&key.name, own_name.clone(), ColumnType::Text, &key.label, field_label(&path)));
        } else {
            lookup.shown.clear();
        }
        let prefix = key.name.as_deref().unwrap_or(&own_name);
        for field in &key.show {
            // What is hidden is blank where it is only shown.
            let shown = field.path.resolve(self.schema, &lookup.target);
            let shown = shown.map_err(|error| self.sight.without_hint(error))?;
            let Leaf::Column(place) = shown.leaf else {
                return self.wrong(format!("`{}` can't be shown for `{}`", field.path, key.path));
            };
            if !shown.hops.is_empty() || matches!(shown.column_type, ColumnType::Reference(_)) {
                return self.wrong(format!(
                    "`{}` is no field of the record that `{}` refers to; group by it",
                    field.path, key.path
                ));
            }
            let name = format!("{prefix}_{}", path_name(&field.path));
            columns.push(column(&field.name, name, shown.column_type.clone(), &field.label, field_label(&shown)));
            lookup.shown.push(Shown::Column(place));
        }
        Ok(PlannedKey { key: group, shown: ShownKey::Record(lookup) })
    }

    fn named_record(&self, kind: &ColumnType) -> Option<Lookup> {
        let ColumnType::Reference(target) = kind else { return None };
        let target = Arc::clone(self.schema.entity(target)?);
        Some(Lookup { target, shown: vec![Shown::Name] })
    }

    fn having(&self, having: &Having, measured: &[Column]) -> Result<(usize, Having)> {
        let place = measured.iter().position(|column| column.name == having.column);
        let Some((place, column)) = place.and_then(|place| Some((place, measured.get(place)?))) else {
            let meant = nearest(&having.column, measured.iter().map(|column| &*column.name));
            return self.wrong(format!(
                "there is no measure `{}`{}",
                short(&having.column),
                super::error::hint(&meant)
            ));
        };
        if having.value.is_null() {
            return self.wrong(format!("`{}` can't be compared with no value", having.column));
        }
        match column.column_type.coerce(having.value.clone(), self.zone) {
            Ok(value) => Ok((place, Having { value, ..having.clone() })),
            Err(mismatch) => self.wrong(format!("`{}`: {mismatch}", having.column)),
        }
    }

    fn check_names(&self, columns: &[Column], definition: &Definition) -> Result<()> {
        let mut names: HashSet<Name> = HashSet::new();
        let shares = definition.shares.iter().map(|share| share_name(&share.of, share.name.as_ref()));
        for name in columns.iter().map(|column| column.name.clone()).chain(shares) {
            if name.is_empty() || name.len() > 200 || name.chars().any(char::is_control) {
                return self.wrong("a column's name has 1 to 200 bytes and no control characters");
            }
            if !names.insert(name.clone()) {
                return self.wrong(format!("two columns are called `{name}`; give one another `name`"));
            }
        }
        let find = |name: &Name| match names.contains(name) {
            true => Ok(()),
            false => {
                let meant = nearest(name, columns.iter().map(|column| &*column.name));
                self.wrong(format!("there is no column `{}`{}", short(name), super::error::hint(&meant)))
            }
        };
        definition.totals.iter().try_for_each(find)?;
        for share in &definition.shares {
            find(&share.of)?;
            let numeric = columns.iter().find(|column| column.name == share.of);
            if !numeric.is_some_and(|column| column.column_type.is_numeric()) {
                return self.wrong(format!("`{}` is no number of the rows, so it has no shares", share.of));
            }
        }
        Ok(())
    }

    /// What a list adds up, for totals and shares, belongs to its records.
    fn check_added(
        &self,
        columns: &[Column],
        list: &[ListColumn],
        definition: &Definition,
        def: &EntityDef,
    ) -> Result<()> {
        let shared = definition.shares.iter().map(|share| &share.of);
        let stepped = definition.steps.iter().filter_map(Step::adds_up);
        let mut added = definition.totals.iter().chain(shared).chain(stepped);
        added.try_for_each(|name| {
            let place = columns.iter().position(|column| column.name == *name);
            let listed = place.and_then(|place| list.get(place));
            listed.map_or(Ok(()), |listed| self.refuse_repeated(&listed.path, def))
        })
    }

    fn totals(&self, columns: &[Column], source: &Source, definition: &Definition) -> Result<Vec<usize>> {
        let mut places = Vec::new();
        for name in &definition.totals {
            let Some(place) = columns.iter().position(|column| column.name == *name) else {
                return self.wrong(format!("`{name}` is a share and has no total"));
            };
            match source {
                Source::List(_) if columns.get(place).is_some_and(|column| column.column_type.is_numeric()) => {}
                Source::List(_) => return self.wrong(format!("`{name}` is no number, so it has no total")),
                Source::Groups { measures, having, .. } => {
                    let measure = place.checked_sub(columns.len() - measures.len());
                    let Some(measure) = measure.and_then(|measure| measures.get(measure)) else {
                        return self.wrong(format!("`{name}` is no measure, so it has no total"));
                    };
                    if !having.is_empty() && !measure.is_additive() {
                        return self.wrong(format!("`{name}` has no total over the groups that `having` leaves"));
                    }
                }
            }
            if places.contains(&place) {
                return self.wrong(format!("`{name}` is totalled twice; name it once"));
            }
            places.push(place);
        }
        Ok(places)
    }

    /// The filter with days and moments read in the report's zone, and entities found by their code too.
    fn localised(&self, filter: Filter, def: &Arc<EntityDef>) -> Result<Filter> {
        let all = |filters: Vec<Filter>| -> Result<Vec<Filter>> {
            filters.into_iter().map(|filter| self.localised(filter, def)).collect()
        };
        Ok(match filter {
            Filter::Not(inner) => Filter::Not(Box::new(self.localised(*inner, def)?)),
            Filter::And(filters) => Filter::And(all(filters)?),
            Filter::Or(filters) => Filter::Or(all(filters)?),
            Filter::Compare { path, comparison, value } => {
                let value = self.local(&self.resolve(&path, def)?, value)?;
                Filter::Compare { path, comparison, value }
            }
            Filter::In { path, values } => {
                let resolved = self.resolve(&path, def)?;
                let values = values.into_iter().map(|value| self.local(&resolved, value)).collect::<Result<_>>()?;
                Filter::In { path, values }
            }
            Filter::Exists { entity, reference, filter } => {
                let child = self.entity(&entity)?;
                let filter = Box::new(self.localised(*filter, child)?);
                Filter::Exists { entity: child.name.clone(), reference, filter }
            }
            Filter::IsNull { ref path } => self.resolve(path, def).map(|_| filter)?,
            Filter::Search { ref paths, .. } => {
                paths.iter().try_for_each(|path| self.resolve(path, def).map(|_| ()))?;
                filter
            }
            Filter::All => filter,
        })
    }

    fn local(&self, path: &ResolvedPath, value: Value) -> Result<Value> {
        match (&path.column_type, value) {
            (ColumnType::Date | ColumnType::Timestamp, Value::Text(text)) => {
                let wrong = |mismatch: crate::schema::Mismatch| QueryError::Value {
                    path: path.path.to_string(),
                    problem: mismatch.0,
                };
                Ok(path.column_type.parse(&text, self.zone).map_err(wrong)?)
            }
            (_, value) => Ok(value),
        }
    }
}

impl PlannedKey {
    /// Whether groups by both keys can be told to be the same.
    fn is_merged_with(&self, other: &Self) -> bool {
        let target = |key: &Self| match &key.shown {
            ShownKey::Record(lookup) => Some(lookup.target.name.clone()),
            ShownKey::Value | ShownKey::Period(_) => None,
        };
        self.key.period == other.key.period && target(self) == target(other)
    }
}

const COUNT: Label = Label::new("数量", "Count");

impl PlannedMeasure {
    /// What it is of no records.
    pub(super) fn absent(&self) -> Value {
        match self.measure {
            Measure::Count | Measure::Distinct(_) | Measure::Sum(_) => {
                number(&self.column_type, 0).unwrap_or(Value::Null)
            }
            Measure::Average(_) | Measure::Minimum(_) | Measure::Maximum(_) => Value::Null,
        }
    }

    /// Whether the total follows from the groups' values.
    pub(super) const fn is_additive(&self) -> bool {
        match self.measure {
            Measure::Count | Measure::Sum(_) | Measure::Minimum(_) | Measure::Maximum(_) => true,
            Measure::Distinct(_) | Measure::Average(_) => false,
        }
    }
}

pub(super) fn share_name(of: &Name, name: Option<&Name>) -> Name {
    name.cloned().unwrap_or_else(|| format!("{of}_share").into())
}

fn column(name: &Option<Name>, own: String, kind: ColumnType, label: &Option<LabelText>, of_field: Label) -> Column {
    let label = label.clone().map_or(of_field, Label::from);
    Column::new(name.clone().unwrap_or(Name::Owned(own)), kind, label)
}

fn path_name(path: &Path) -> String {
    let steps: Vec<String> = path.steps().iter().map(|step| step.to_string().replace('.', "_")).collect();
    steps.join("_")
}

fn measure_name(measure: &Measure) -> String {
    let kind = match measure {
        Measure::Count => return "count".to_owned(),
        Measure::Distinct(_) => "distinct",
        Measure::Sum(_) => "sum",
        Measure::Average(_) => "average",
        Measure::Minimum(_) => "minimum",
        Measure::Maximum(_) => "maximum",
    };
    format!("{kind}_{}", measure.path().map(path_name).unwrap_or_default())
}

fn field_label(path: &ResolvedPath) -> Label {
    match path.leaf {
        Leaf::Id => Label::new("标识", "Id"),
        Leaf::Version => Label::new("版本", "Version"),
        Leaf::Column(column) => {
            let declared = path.target().columns.get(column);
            declared.map_or_else(|| Label::new("字段", "Field"), |column| column.label.clone())
        }
    }
}
