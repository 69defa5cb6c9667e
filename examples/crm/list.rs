//! `crm list`: records of any kind.

use std::collections::HashMap;

use chrono_tz::Tz;
use crmkit::id::RecordId;
use crmkit::prelude::*;
use crmkit::query::Comparison;
use crmkit::report::{Report, Table};
use crmkit::schema::{ColumnType, Name, Record};
use crmkit::session::Untyped;
use pollster::block_on;

use crate::call::Call;
use crate::cli::Format;
use crate::failure::{Failure, Outcome};
use crate::files::Rows;
use crate::kind::{Condition, Field, Kind};

/// How many columns are shown above no rows.
const FEW: usize = 6;
/// How many records are asked for at once.
const PAGE: usize = 1_000;

#[derive(Debug, clap::Args)]
pub(crate) struct ListArgs {
    /// What to list, such as customers
    kind: String,
    /// Only records with this value in a field; no value behind = means none is there
    #[arg(long = "where", value_name = "FIELD=VALUE")]
    conditions: Vec<String>,
    /// Only these fields, in this order, such as number,name; id is one
    #[arg(long, value_name = "FIELDS", value_delimiter = ',')]
    columns: Vec<String>,
    /// At most so many records
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
}

impl ListArgs {
    /// All fields of the records of a kind that meet conditions.
    pub(crate) fn of(kind: &str, conditions: Vec<String>) -> Self {
        Self { kind: kind.to_owned(), conditions, columns: Vec::new(), limit: None }
    }
}

/// The records of a kind with an id, or that refer to one by a field.
pub(crate) fn matching(session: &Session, kind: &str, field: &str, id: RecordId) -> Result<Table, Failure> {
    let kind = Kind::named(session.crm().schema(), kind)?;
    let condition = kind.condition(&format!("{field}={id}"))?;
    block_on(async {
        let filter = filter_of(session, &kind, &condition).await?;
        rows(session, &kind, &kind.fields(&[])?, &Query::new("").filter(filter), None).await
    })
}

/// As [`matching`], of those that meet a further condition; with their ids, where people have no other name for them.
pub(crate) fn belonging(
    session: &Session,
    kind: &str,
    field: &str,
    id: RecordId,
    further: Filter,
) -> Result<Table, Failure> {
    let kind = Kind::named(session.crm().schema(), kind)?;
    let condition = kind.condition(&format!("{field}={id}"))?;
    let unnamed = kind.def.facts.natural.is_empty().then_some(Field::Id);
    let fields: Vec<Field> = unnamed.into_iter().chain(kind.fields(&[])?).collect();
    block_on(async {
        let filter = filter_of(session, &kind, &condition).await?.and(further);
        rows(session, &kind, &fields, &Query::new("").filter(filter), None).await
    })
}

/// Prints the records.
pub(crate) fn run(args: &ListArgs, call: &mut Call<'_>) -> Result<Outcome, Failure> {
    let schema = crmkit::standard_schema().map_err(crmkit::Error::from)?;
    let kind = Kind::named(&schema, &args.kind)?;
    let fields = kind.fields(&args.columns)?;
    let conditions = args.conditions.iter().map(|text| kind.condition(text)).collect::<Result<Vec<_>, _>>()?;
    let session = call.session()?;
    let filter = block_on(async {
        let mut filter = Filter::All;
        for condition in &conditions {
            filter = filter.and(filter_of(&session, &kind, condition).await?);
        }
        Ok::<_, Failure>(filter)
    })?;
    let mut parameters: Vec<(Name, Value)> = vec![("kind".into(), args.kind.as_str().into())];
    parameters.extend(args.conditions.iter().map(|text| ("where".into(), text.as_str().into())));
    let asked = Asked { kind: &kind, fields: &fields, query: &Query::new("").filter(filter), limit: args.limit };
    print(call, &session, parameters, &asked, args.columns.is_empty())
}

/// Prints all fields of the records of a kind that a query asks for.
pub(crate) fn found(
    call: &mut Call<'_>,
    session: &Session,
    kind: &str,
    parameters: Vec<(Name, Value)>,
    query: &Query,
) -> Result<Outcome, Failure> {
    let kind = Kind::named(session.crm().schema(), kind)?;
    let asked = Asked { kind: &kind, fields: &kind.fields(&[])?, query, limit: None };
    print(call, session, parameters, &asked, true)
}

/// Which records, and what of them.
struct Asked<'a> {
    kind: &'a Kind,
    fields: &'a [Field],
    query: &'a Query,
    limit: Option<usize>,
}

fn print(
    call: &mut Call<'_>,
    session: &Session,
    parameters: Vec<(Name, Value)>,
    asked: &Asked<'_>,
    only_filled: bool,
) -> Result<Outcome, Failure> {
    let (format, formulas) = (call.format(), call.formulas());
    let zone = session.crm().organisation().zone();
    let columns = asked.fields.iter().map(|field| asked.kind.head(field)).collect();
    let mut rows = Rows::begin(format, formulas, &asked.kind.def.code, columns, zone, call.out)?;
    block_on(each(session, asked, |row| rows.push(row)))?;
    let Some(table) = rows.finish()? else { return Ok(Outcome::Done) };
    let table = if format == Format::Text { for_people(&table, zone, only_filled) } else { table };
    call.print(&Report::new("list", parameters, table, session.lang()))?;
    Ok(Outcome::Done)
}

async fn rows(
    session: &Session,
    kind: &Kind,
    fields: &[Field],
    query: &Query,
    limit: Option<usize>,
) -> Result<Table, Failure> {
    let mut table = Table::new(fields.iter().map(|field| kind.head(field)).collect());
    each(session, &Asked { kind, fields, query, limit }, |row| {
        table.push(row);
        Ok(())
    })
    .await?;
    Ok(table)
}

/// Hands out row after row, with no more than a page of records in memory.
async fn each(
    session: &Session,
    asked: &Asked<'_>,
    mut row: impl FnMut(Vec<Value>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let Asked { kind, fields, query, limit } = asked;
    let records = session.untyped(&kind.def.code)?;
    let mut left = limit.unwrap_or(usize::MAX);
    let mut after = None;
    while left > 0 {
        let page = records.list((*query).clone().limit(left.min(PAGE)).after(after)).await?;
        let names = names(&records, kind, fields, &page.records).await?;
        for record in &page.records {
            row(fields.iter().map(|field| cell(field, record, &names)).collect())?;
        }
        left -= page.records.len();
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    Ok(())
}

/// What people call the records that are referred to, where a shown field refers to any.
async fn names(
    records: &Untyped,
    kind: &Kind,
    fields: &[Field],
    page: &[Record],
) -> Result<HashMap<RecordId, String>, Failure> {
    let refers = |field| matches!(kind.column(field).map(|column| &column.column_type), Some(ColumnType::Reference(_)));
    if fields.iter().any(refers) { Ok(records.names(page).await?) } else { Ok(HashMap::new()) }
}

fn cell(field: &Field, record: &Record, names: &HashMap<RecordId, String>) -> Value {
    match field {
        Field::Id => record.id.to_string().into(),
        Field::Column(place) => match record.value(*place) {
            Value::Id(id) => names.get(id).cloned().unwrap_or_else(|| id.to_string()).into(),
            other => other.clone(),
        },
    }
}

async fn filter_of(session: &Session, kind: &Kind, condition: &Condition) -> Result<Filter, Failure> {
    let path = Path::field(condition.name.clone());
    if condition.value.is_empty() {
        return Ok(Filter::IsNull { path });
    }
    let wrong = |problem: &dyn std::fmt::Display| Failure::Usage(format!("--where {}: {problem}", condition.name));
    let zone = session.crm().organisation().zone();
    let value = match kind.column(&condition.field) {
        None => Value::Id(condition.value.parse().map_err(|error| wrong(&error))?),
        Some(column) => match &column.column_type {
            ColumnType::Reference(target) => {
                let schema = session.crm().schema();
                let code = schema.entity(target).map_or_else(|| target.clone(), |target| target.code.clone());
                Value::Id(session.untyped(&code)?.named(&condition.value).await?.id)
            }
            other => other.parse(&condition.value, zone).map_err(|error| wrong(&error))?,
        },
    };
    Ok(Filter::Compare { path, comparison: Comparison::Equal, value })
}

/// The table as people read it: moments as the organisation's clocks show them, and, where nobody asked for them, no
/// columns in which no row has a value.
pub(crate) fn for_people(table: &Table, zone: Tz, only_filled: bool) -> Table {
    let is_filled =
        |place: &usize| table.rows().iter().any(|row| row.get(*place).is_some_and(|value| !value.is_null()));
    let mut places: Vec<usize> = (0..table.columns().len()).collect();
    if only_filled && table.rows().is_empty() {
        places.truncate(FEW);
    } else if only_filled {
        places.retain(is_filled);
    }
    let shown = |value: &Value| match value {
        Value::Timestamp(at) => at.local(zone).format("%Y-%m-%d %H:%M:%S").to_string().into(),
        other => other.clone(),
    };
    let mut kept = Table::new(places.iter().filter_map(|place| table.columns().get(*place).cloned()).collect());
    for row in table.rows() {
        kept.push(places.iter().filter_map(|place| row.get(*place).map(shown)).collect());
    }
    kept
}
