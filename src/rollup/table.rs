//! The table of a rollup, and the row to which a record belongs.

use std::sync::Arc;

use chrono_tz::Tz;
use sha2::{Digest, Sha256};

use super::{MAX_SHARDS, Rollup, TABLE};
use crate::id::{RecordId, SetId, Version};
use crate::query::evaluate::{Matcher, OwnFields};
use crate::query::{Aggregate, Filter, GroupKey, Measure, Period, PreparedFilter, Query};
use crate::schema::{
    ColumnDef, ColumnType, CustomFields, EntityDef, Facts, Index, Label, Name, Path, Record, Schema, SchemaError,
};
use crate::value::Value;

/// The column that counts the records of a row.
pub(super) const RECORDS: &str = "records";
/// The column that tells the rows of one combination of keys apart.
const SHARD: &str = "shard";

/// A rollup as a schema keeps it: declared at an entity, with its table.
///
/// # Examples
///
/// ```
/// let schema = crmkit::standard_schema()?;
/// let kept = schema.rollups().find(|kept| kept.rollup().name() == "customers_by_region").ok_or("no such rollup")?;
/// assert_eq!(kept.fact().code, "customer");
/// // A row for each region, with the number of its customers.
/// assert!(kept.table().column("region").is_some() && kept.table().column("records").is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct KeptRollup {
    rollup: Rollup,
    fact: Arc<EntityDef>,
    table: Arc<EntityDef>,
    filter: PreparedFilter,
    /// The places of the keys in the fact.
    keys: Vec<(usize, Option<Period>)>,
    /// The places of the sums in the fact.
    sums: Vec<usize>,
    /// The fields of the fact on which a row depends.
    relevant: Vec<Name>,
    fingerprint: String,
    state: RecordId,
}

/// What one record, or the difference of two, adds to a row: how many records, and to each sum.
pub(super) type Amounts = Vec<i128>;

impl KeptRollup {
    /// The declaration.
    #[must_use]
    pub const fn rollup(&self) -> &Rollup {
        &self.rollup
    }

    /// The entity whose records it counts.
    #[must_use]
    pub const fn fact(&self) -> &Arc<EntityDef> {
        &self.fact
    }

    /// The table of its rows.
    #[must_use]
    pub const fn table(&self) -> &Arc<EntityDef> {
        &self.table
    }

    /// What tells it from a former one of its name.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// The id of the record that says whether it can be used.
    pub(crate) const fn state_id(&self) -> RecordId {
        self.state
    }

    /// The id of the record that tells programs apart that build it at the same time.
    pub(crate) fn build_id(&self) -> RecordId {
        hashed([b"rollup build", self.rollup.name.as_bytes()])
    }

    /// How many rows each combination of keys has.
    pub(super) fn shards(&self) -> usize {
        self.rollup.shards.clamp(1, MAX_SHARDS)
    }

    /// Whether a row may depend on one of these fields.
    pub(super) fn depends_on<'n>(&self, mut fields: impl Iterator<Item = &'n Name>) -> bool {
        fields.any(|field| self.relevant.contains(field))
    }

    /// The shard to which a set adds.
    pub(super) fn shard_of(&self, set: SetId) -> usize {
        // The last byte of an id is random, or counts.
        usize::from(set.0.as_bytes()[15]) % self.shards()
    }

    /// The keys of the row to which a record belongs, and what it adds; none if it is not counted.
    pub(super) fn entry(&self, record: &Record, zone: Tz) -> Option<(Vec<Value>, Amounts)> {
        if !Matcher::new(&OwnFields, &self.filter).matches(record) {
            return None;
        }
        let key = |(place, period): &(usize, Option<Period>)| match (record.value(*place), period) {
            (Value::Timestamp(at), Some(period)) => Value::Date(period.start(at.local_date(zone))),
            (Value::Date(day), Some(period)) => Value::Date(period.start(*day)),
            (value, _) => value.clone(),
        };
        let keys = self.keys.iter().map(key).collect();
        let sums = self.sums.iter().map(|place| i128::from(record.value(*place).as_integer().unwrap_or(0)));
        Some((keys, std::iter::once(1).chain(sums).collect()))
    }

    /// The id of a row, which is the same in every store.
    pub(crate) fn row_id(&self, keys: &[Value], shard: usize) -> RecordId {
        let mut bytes: Vec<u8> = Vec::new();
        for key in keys {
            match key {
                Value::Null => bytes.push(0),
                value => {
                    let text = value.as_integer().map_or_else(|| value.to_string(), |number| number.to_string());
                    bytes.push(1);
                    bytes.extend((text.len() as u64).to_be_bytes());
                    bytes.extend(text.as_bytes());
                }
            }
        }
        bytes.extend((shard as u64).to_be_bytes());
        hashed([self.table.name.as_bytes(), &bytes])
    }

    /// A row that counts nothing yet.
    pub(crate) fn row(&self, keys: &[Value], shard: usize) -> Record {
        let shard_value = Value::Int(i64::try_from(shard).unwrap_or_default());
        let behind = self.table.columns.iter().skip(keys.len() + 2);
        let zero = |column: &ColumnDef| match column.column_type {
            ColumnType::Money => Value::Money(crate::value::Money::ZERO),
            ColumnType::Quantity => Value::Quantity(crate::value::Quantity::ZERO),
            ColumnType::Rate => Value::Rate(crate::value::Rate::ZERO),
            _ => Value::Int(0),
        };
        let values = keys.iter().cloned().chain([shard_value, Value::Int(0)]).chain(behind.map(zero)).collect();
        let (entity, id) = (self.table.name.clone(), self.row_id(keys, shard));
        Record { entity, id, version: Version::NEW, values, custom: CustomFields::new() }
    }

    /// The keys of a row.
    pub(super) fn keys_of<'r>(&self, row: &'r Record) -> &'r [Value] {
        row.values.get(..self.keys.len()).unwrap_or_default()
    }

    /// How many records a row counts.
    pub(super) fn records_in(&self, row: &Record) -> i64 {
        row.field(&self.table, RECORDS).and_then(Value::as_integer).unwrap_or(0)
    }

    /// The columns that are added to: the count, then the sums.
    pub(crate) fn added(&self) -> impl Iterator<Item = Name> + '_ {
        std::iter::once(Name::Borrowed(RECORDS)).chain(self.rollup.sums.iter().cloned())
    }

    /// The question whose answer the rows are: by the keys, the count and the sums.
    pub(crate) fn recomputed(&self, zone: Tz) -> Aggregate {
        let mut request = Aggregate::new(self.fact.name.clone()).filter(self.rollup.filter.clone());
        for key in &self.rollup.keys {
            let path = Path::field(key.field.clone());
            request = request.group(match key.period {
                Some(period) => GroupKey::period(path, period, zone),
                None => path.into(),
            });
        }
        let sums = self.rollup.sums.iter().map(|field| Measure::Sum(Path::field(field.clone())));
        request.measures = std::iter::once(Measure::Count).chain(sums).collect();
        Aggregate { max_groups: usize::MAX, max_rows: usize::MAX, ..request }
    }

    /// The question for some record that is counted.
    pub(crate) fn any_counted(&self) -> Query {
        Query::new(self.fact.name.clone()).columns([Path::field("id")]).filter(self.rollup.filter.clone()).limit(1)
    }

    /// The question for some row.
    pub(crate) fn any_row(&self) -> Query {
        Query::new(self.table.name.clone()).columns([Path::field("id")]).limit(1)
    }

    /// The question for what is stored: by the keys, the count and the sums over all shards.
    pub(crate) fn stored(&self) -> Aggregate {
        let mut request = Aggregate::new(self.table.name.clone());
        request.keys = self.rollup.keys.iter().map(|key| Path::field(key.field.clone()).into()).collect();
        request.measures = self.added().map(|column| Measure::Sum(Path::field(column))).collect();
        Aggregate { max_groups: usize::MAX, max_rows: usize::MAX, ..request }
    }
}

fn hashed(parts: [&[u8]; 2]) -> RecordId {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(hash.finalize()).for_each(|(to, from)| *to = from);
    // Marked as made by the program, as version 8 of such ids is.
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    RecordId::from_bytes(bytes)
}

/// The table of a rollup that is declared at an entity.
pub(crate) fn definition(rollup: &Rollup, fact: &EntityDef) -> Result<EntityDef, SchemaError> {
    let bad = |problem: String| SchemaError::BadFact { entity: fact.name.clone(), problem };
    let missing =
        |field: &Name| SchemaError::NoField { entity: fact.name.clone(), field: field.to_string(), by: "rollup" };
    if fact.facts.append_only || fact.facts.secret {
        return Err(bad(format!("the rollup `{}`: records are purged or secret, so no rollup is kept", rollup.name)));
    }
    if !(1..=MAX_SHARDS).contains(&rollup.shards) {
        return Err(bad(format!("the rollup `{}` has 1 to {MAX_SHARDS} shards", rollup.name)));
    }
    let mut columns = Vec::new();
    for key in &rollup.keys {
        let column = fact.column_def(&key.field).ok_or_else(|| missing(&key.field))?.clone();
        let column_type = match (&column.column_type, key.period) {
            (ColumnType::Date | ColumnType::Timestamp, Some(_)) => ColumnType::Date,
            (ColumnType::Json, _) | (_, Some(_)) => {
                return Err(bad(format!("the rollup `{}` has no rows by `{}`", rollup.name, key.field)));
            }
            (other, None) => other.clone(),
        };
        columns.push(ColumnDef { column_type, system: true, ..column });
    }
    let count = |name: &'static str| ColumnDef::of::<i64>(name, Label::new(name, name), name).system();
    columns.extend([count(SHARD), count(RECORDS)]);
    for field in &rollup.sums {
        let column = fact.column_def(field).ok_or_else(|| missing(field))?.clone();
        if !column.column_type.is_numeric() {
            return Err(bad(format!("the rollup `{}`: `{field}` is no number", rollup.name)));
        }
        columns.push(ColumnDef { required: true, system: true, ..column });
    }
    let name = Name::Owned(format!("{TABLE}{}", rollup.name));
    let index =
        |fields: &Vec<Name>| Index { name: format!("ix_{name}_{}", fields.join("_")).into(), fields: fields.clone() };
    let indexes = rollup.indexes.iter().map(index).collect();
    let facts = Facts { indexes, ..Facts::default().secret().unrecorded().no_events() };
    let label = Label { zh: rollup.name.clone(), en: rollup.name.clone() };
    Ok(EntityDef::new(name.clone(), name, label, "The rows of a rollup.".into(), columns, facts))
}

/// The rollups of an entity whose tables are in the schema.
pub(crate) fn compile(schema: &Schema, fact: &Arc<EntityDef>) -> Result<Vec<Arc<KeptRollup>>, SchemaError> {
    let mut kept = Vec::new();
    for rollup in &fact.facts.rollups {
        let Some(table) = schema.entity(&format!("{TABLE}{}", rollup.name)) else { continue };
        let bad = |problem: String| SchemaError::BadFact { entity: fact.name.clone(), problem };
        let filter = rollup.filter.clone().prepare(schema, fact).map_err(|error| bad(error.to_string()))?;
        if !filter.is_own_fields_only() {
            return Err(bad(format!("the rollup `{}` may only look at the record's own fields", rollup.name)));
        }
        let place = |field: &Name| fact.column(field);
        let mut relevant: Vec<Name> = rollup.keys.iter().map(|key| key.field.clone()).collect();
        relevant.extend(rollup.sums.iter().cloned());
        fields_of(&rollup.filter, &mut relevant);
        kept.push(Arc::new(KeptRollup {
            fact: Arc::clone(fact),
            table: Arc::clone(table),
            filter,
            keys: rollup.keys.iter().filter_map(|key| Some((place(&key.field)?, key.period))).collect(),
            sums: rollup.sums.iter().filter_map(place).collect(),
            relevant,
            fingerprint: rollup.fingerprint(&fact.name),
            state: hashed([b"rollup state", rollup.name.as_bytes()]),
            rollup: rollup.clone(),
        }));
    }
    Ok(kept)
}

/// The fields of its own that a condition on a record's own fields looks at.
fn fields_of(filter: &Filter, into: &mut Vec<Name>) {
    let mut add = |path: &Path| into.push(path.to_string().into());
    match filter {
        Filter::All | Filter::Exists { .. } => {}
        Filter::Not(inner) => fields_of(inner, into),
        Filter::And(filters) | Filter::Or(filters) => filters.iter().for_each(|filter| fields_of(filter, into)),
        Filter::Compare { path, .. } | Filter::In { path, .. } | Filter::IsNull { path } => add(path),
        Filter::Search { paths, .. } => paths.iter().for_each(add),
    }
}
