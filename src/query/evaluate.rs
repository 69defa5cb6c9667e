//! What queries mean, on records in memory.

use std::cmp::Ordering;
use std::collections::HashSet;

use super::{
    AggregateRow, Direction, Folder, Page, PreparedAggregate, PreparedFilter, PreparedQuery, QueryError, fold_text,
};
use crate::id::RecordId;
use crate::schema::{Leaf, Record, ResolvedPath};
use crate::value::Value;

/// Records to look at.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::query::evaluate::{Dataset, page};
/// use crmkit::schema::Record;
///
/// /// Customers in a list.
/// struct Customers(Vec<Record>);
///
/// impl Dataset for Customers {
///     fn get(&self, entity: &str, id: RecordId) -> Option<&Record> {
///         self.scan(entity).find(|record| record.id == id)
///     }
///
///     fn scan<'a>(&'a self, entity: &str) -> Box<dyn Iterator<Item = &'a Record> + 'a> {
///         let entity = entity.to_owned();
///         Box::new(self.0.iter().filter(move |record| record.entity == entity))
///     }
/// }
///
/// let customers = Customers(vec![Customer::draft(Id::NIL, NewCustomer::new("Acme")).into_record()]);
/// let query = Query::of::<Customer>().filter(Customer::name.contains("acme")).prepare(&*crmkit::standard_schema()?)?;
/// assert_eq!(page(&customers, &query, customers.scan(Customer::NAME)).records.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Dataset {
    /// The record of an entity with an id.
    fn get(&self, entity: &str, id: RecordId) -> Option<&Record>;
    /// All records of an entity, in any order.
    fn scan<'a>(&'a self, entity: &str) -> Box<dyn Iterator<Item = &'a Record> + 'a>;
}

/// No records: what a condition on a record's own fields is judged with.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::query::evaluate::{Matcher, OwnFields};
///
/// let schema = crmkit::standard_schema()?;
/// let orders = schema.of::<Order>().ok_or("no orders")?;
/// let acme = Id::new(RecordId::from_bytes([7; 16]));
/// let order = Order::draft(Id::NIL, NewOrder { customer: acme, ..Default::default() }).into_record();
/// let of_acme = Order::customer.eq(acme).prepare(&schema, orders)?;
/// assert!(Matcher::new(&OwnFields, &of_acme).matches(&order));
/// // Nothing is known of the customer himself.
/// let named_acme = Order::customer.to(Customer::name).contains("acme").prepare(&schema, orders)?;
/// assert!(!Matcher::new(&OwnFields, &named_acme).matches(&order));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct OwnFields;

impl Dataset for OwnFields {
    fn get(&self, _: &str, _: RecordId) -> Option<&Record> {
        None
    }
    fn scan<'a>(&'a self, _: &str) -> Box<dyn Iterator<Item = &'a Record> + 'a> {
        Box::new(std::iter::empty())
    }
}

/// The value at the end of a path; [`Value::Null`] where a reference on the way is missing.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::query::evaluate::{OwnFields, value_at};
///
/// let schema = crmkit::standard_schema()?;
/// let customers = schema.of::<Customer>().ok_or("no customers")?;
/// let acme = Customer::draft(Id::NIL, NewCustomer::new("Acme")).into_record();
/// let value = |path: Path| path.resolve(&schema, customers).map(|path| value_at(&OwnFields, &acme, &path));
/// assert_eq!(value(Customer::name.path())?, "Acme".into());
/// assert_eq!(value(Customer::manager.to(User::name).path())?, Value::Null, "nobody looks after them");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn value_at(data: &dyn Dataset, record: &Record, path: &ResolvedPath) -> Value {
    let mut at = record;
    for hop in &path.hops {
        let Some(id) = at.value(hop.column).as_id() else { return Value::Null };
        let Some(target) = data.get(&hop.target.name, id) else { return Value::Null };
        at = target;
    }
    match path.leaf {
        Leaf::Id => Value::Id(at.id),
        Leaf::Version => Value::Int(at.version.0),
        Leaf::Column(column) => at.value(column).clone(),
    }
}

/// A filter ready to be asked about records: what its `Exists` conditions need is looked up once.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::query::evaluate::{Matcher, OwnFields};
///
/// let schema = crmkit::standard_schema()?;
/// let customers = schema.of::<Customer>().ok_or("no customers")?;
/// let filter = Customer::name.contains("acme").prepare(&schema, customers)?;
/// let matcher = Matcher::new(&OwnFields, &filter);
/// assert!(matcher.matches(&Customer::draft(Id::NIL, NewCustomer::new("ACME Ltd")).into_record()));
/// assert!(!matcher.matches(&Customer::draft(Id::NIL, NewCustomer::new("Globex")).into_record()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Matcher<'a> {
    data: &'a dyn Dataset,
    condition: Condition<'a>,
}

impl std::fmt::Debug for Matcher<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Matcher")
    }
}

enum Condition<'a> {
    Plain(&'a PreparedFilter),
    Not(Box<Condition<'a>>),
    And(Vec<Condition<'a>>),
    Or(Vec<Condition<'a>>),
    Referred(HashSet<RecordId>),
}

impl<'a> Matcher<'a> {
    /// Gets a filter ready.
    #[must_use]
    pub fn new(data: &'a dyn Dataset, filter: &'a PreparedFilter) -> Self {
        Self { data, condition: condition(data, filter) }
    }

    /// Whether a record matches.
    #[must_use]
    pub fn matches(&self, record: &Record) -> bool {
        holds(self.data, &self.condition, record)
    }
}

fn condition<'a>(data: &'a dyn Dataset, filter: &'a PreparedFilter) -> Condition<'a> {
    match filter {
        PreparedFilter::Not(inner) => Condition::Not(Box::new(condition(data, inner))),
        PreparedFilter::And(all) => Condition::And(all.iter().map(|filter| condition(data, filter)).collect()),
        PreparedFilter::Or(any) => Condition::Or(any.iter().map(|filter| condition(data, filter)).collect()),
        PreparedFilter::Exists { child, column, filter } => {
            let matcher = Matcher::new(data, filter);
            let matching = data.scan(&child.name).filter(|record| matcher.matches(record));
            Condition::Referred(matching.filter_map(|record| record.value(*column).as_id()).collect())
        }
        plain => Condition::Plain(plain),
    }
}

fn holds(data: &dyn Dataset, condition: &Condition<'_>, record: &Record) -> bool {
    match condition {
        Condition::Plain(filter) => plain(data, filter, record),
        Condition::Not(inner) => !holds(data, inner, record),
        Condition::And(all) => all.iter().all(|inner| holds(data, inner, record)),
        Condition::Or(any) => any.iter().any(|inner| holds(data, inner, record)),
        Condition::Referred(ids) => ids.contains(&record.id),
    }
}

fn plain(data: &dyn Dataset, filter: &PreparedFilter, record: &Record) -> bool {
    match filter {
        PreparedFilter::Compare { path, comparison, value } => {
            let found = value_at(data, record, path);
            !found.is_null() && comparison.holds(&found, value)
        }
        PreparedFilter::In { path, values } => {
            let found = value_at(data, record, path);
            !found.is_null() && values.binary_search(&found).is_ok()
        }
        PreparedFilter::IsNull { path } => value_at(data, record, path).is_null(),
        PreparedFilter::Search { paths, words } => {
            let texts: Vec<String> =
                paths.iter().filter_map(|path| value_at(data, record, path).as_text().map(fold_text)).collect();
            words.iter().all(|word| texts.iter().any(|text| text.contains(word.as_str())))
        }
        PreparedFilter::All
        | PreparedFilter::Not(_)
        | PreparedFilter::And(_)
        | PreparedFilter::Or(_)
        | PreparedFilter::Exists { .. } => matches!(filter, PreparedFilter::All),
    }
}

/// Compares two values in a direction, with no value last in both.
///
/// # Examples
///
/// ```
/// use std::cmp::Ordering;
///
/// use crmkit::prelude::*;
/// use crmkit::query::Direction;
/// use crmkit::query::evaluate::compare;
///
/// assert_eq!(compare(&1.into(), &2.into(), Direction::Descending), Ordering::Greater);
/// assert_eq!(compare(&Value::Null, &2.into(), Direction::Descending), Ordering::Greater, "no value comes last");
/// ```
#[must_use]
pub fn compare(left: &Value, right: &Value, direction: Direction) -> Ordering {
    match (left.is_null(), right.is_null()) {
        (false, false) => match direction {
            Direction::Ascending => left.cmp(right),
            Direction::Descending => right.cmp(left),
        },
        (left, right) => left.cmp(&right),
    }
}

fn compare_keys(query: &PreparedQuery, left: (&[Value], RecordId), right: (&[Value], RecordId)) -> Ordering {
    let fields = query.order.iter().zip(left.0.iter().zip(right.0));
    let mut orders = fields.map(|((_, direction), (left, right))| compare(left, right, *direction));
    orders.find(|order| order.is_ne()).unwrap_or_else(|| left.1.cmp(&right.1))
}

/// One page of the records among `candidates` that match.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::query::evaluate::{OwnFields, page};
///
/// let made = |name| Customer::draft(Id::NIL, NewCustomer::new(name)).into_record();
/// let customers = ["Globex", "Acme", "Initech"].map(made);
/// let first = Query::of::<Customer>().order(Customer::name.asc()).limit(2);
/// let found = page(&OwnFields, &first.prepare(&*crmkit::standard_schema()?)?, customers.iter());
/// let def = Customer::definition();
/// let names: Vec<_> = found.records.iter().filter_map(|record| record.field(&def, "name")).collect();
/// assert_eq!(names, [&Value::from("Acme"), &Value::from("Globex")]);
/// assert!(found.next.is_some(), "there is more");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn page<'a>(data: &'a dyn Dataset, query: &PreparedQuery, candidates: impl Iterator<Item = &'a Record>) -> Page {
    let matcher = Matcher::new(data, &query.filter);
    let sort_values =
        |record: &Record| -> Vec<Value> { query.order.iter().map(|(path, _)| value_at(data, record, path)).collect() };
    let mut found: Vec<(Vec<Value>, &Record)> = candidates
        .filter(|record| matcher.matches(record))
        .map(|record| (sort_values(record), record))
        .filter(|(values, record)| {
            let after = query.after.as_ref();
            after.is_none_or(|after| compare_keys(query, (values, record.id), (&after.values, after.id)).is_gt())
        })
        .collect();
    found.sort_by(|a, b| compare_keys(query, (&a.0, a.1.id), (&b.0, b.1.id)));
    let more = found.len() > query.limit;
    found.truncate(query.limit);
    let next = match found.last_mut() {
        Some((values, record)) if more => Some(query.cursor(std::mem::take(values), record.id)),
        _ => None,
    };
    let records = found.into_iter().map(|(_, record)| project(data, query, record)).collect();
    Page { records, next }
}

fn project(data: &dyn Dataset, query: &PreparedQuery, record: &Record) -> Record {
    let Some(columns) = &query.columns else { return record.clone() };
    Record {
        entity: record.entity.clone(),
        id: record.id,
        version: record.version,
        values: columns.iter().map(|path| value_at(data, record, path)).collect(),
        custom: crate::schema::CustomFields::new(),
    }
}

/// The groups of all records that match.
///
/// # Errors
///
/// [`QueryError`] past the bounds of the request, or if a result does not fit its kind.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::query::evaluate::{Dataset, aggregate};
/// use crmkit::schema::Record;
///
/// # struct Customers(Vec<Record>);
/// # impl Dataset for Customers {
/// #     fn get(&self, entity: &str, id: RecordId) -> Option<&Record> {
/// #         self.scan(entity).find(|record| record.id == id)
/// #     }
/// #     fn scan<'a>(&'a self, entity: &str) -> Box<dyn Iterator<Item = &'a Record> + 'a> {
/// #         let entity = entity.to_owned();
/// #         Box::new(self.0.iter().filter(move |record| record.entity == entity))
/// #     }
/// # }
/// // `Customers` is a list of records that is a `Dataset`.
/// let made = |region: &str| NewCustomer { region: Some(region.to_owned()), ..NewCustomer::new("Acme") };
/// let customers = ["华东", "华北", "华东"].map(|region| Customer::draft(Id::NIL, made(region)).into_record());
/// let by_region = Aggregate::of::<Customer>().group(Customer::region).measure(Measure::Count);
/// let rows = aggregate(&Customers(customers.to_vec()), &by_region.prepare(&*crmkit::standard_schema()?)?)?;
/// assert!(rows.iter().any(|row| row.keys == ["华东".into()] && row.measures == [2.into()]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn aggregate(data: &dyn Dataset, request: &PreparedAggregate) -> Result<Vec<AggregateRow>, QueryError> {
    let matcher = Matcher::new(data, &request.filter);
    let mut folder = Folder::new(request);
    let mut inputs = Vec::new();
    for record in data.scan(&request.def.name) {
        if matcher.matches(record) {
            inputs.clear();
            inputs.extend(request.inputs().map(|path| value_at(data, record, path)));
            folder.push(&mut inputs)?;
        }
    }
    folder.finish()
}
