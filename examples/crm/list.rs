//! `crm list`: records of any kind.

use std::collections::HashMap;
use std::sync::Arc;

use chrono_tz::Tz;
use crmkit::id::RecordId;
use crmkit::prelude::*;
use crmkit::query::Comparison;
use crmkit::report::{Column, Report, Table};
use crmkit::schema::{ColumnDef, ColumnType, EntityDef, Label, Name, Record};
use crmkit::session::Untyped;
use crmkit::transfer::{ImportKind, kinds};
use pollster::block_on;

use crate::call::Call;
use crate::cli::Format;
use crate::failure::{Failure, Outcome};

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
    let conditions = [kind.condition(&format!("{field}={id}"))?];
    block_on(rows(session, &kind, &kind.fields(&[])?, &conditions, None))
}

/// The entity of a kind.
pub(crate) fn entity(session: &Session, kind: &str) -> Result<Arc<EntityDef>, Failure> {
    Ok(Kind::named(session.crm().schema(), kind)?.def)
}

/// Prints the records.
pub(crate) fn run(args: &ListArgs, call: &mut Call<'_>) -> Result<Outcome, Failure> {
    let schema = crmkit::standard_schema().map_err(crmkit::Error::from)?;
    let kind = Kind::named(&schema, &args.kind)?;
    let fields = kind.fields(&args.columns)?;
    let conditions = args.conditions.iter().map(|text| kind.condition(text)).collect::<Result<Vec<_>, _>>()?;
    let session = call.session()?;
    let rows = block_on(rows(&session, &kind, &fields, &conditions, args.limit))?;
    let table = match call.format() {
        Format::Text => for_people(&rows, session.crm().organisation().zone(), args.columns.is_empty()),
        Format::Json | Format::Csv => rows,
    };
    let mut parameters: Vec<(Name, Value)> = vec![("kind".into(), args.kind.as_str().into())];
    parameters.extend(args.conditions.iter().map(|text| ("where".into(), text.as_str().into())));
    call.print(&Report::new("list", parameters, table, session.lang()))?;
    Ok(Outcome::Done)
}

/// What is listed: an entity, and what a file that is imported calls its fields.
#[derive(Debug)]
struct Kind {
    def: Arc<EntityDef>,
    import: Option<ImportKind>,
}

/// A field of the records, or their id.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Field {
    Id,
    Column(usize),
}

/// A condition whose field is known; its value is read once the store can be asked.
#[derive(Debug)]
struct Condition {
    field: Field,
    name: Name,
    value: String,
}

impl Kind {
    /// The kind that importing or the schema knows by this name.
    fn named(schema: &Schema, name: &str) -> Result<Self, Failure> {
        let imports = kinds();
        if let Some(import) = imports.iter().find(|kind| kind.name() == name)
            && let Some(def) = schema.entity(&import.entity().name)
        {
            return Ok(Self { def: Arc::clone(def), import: Some(import.clone()) });
        }
        // What only the crate itself reads is no kind.
        let mut entities = schema.entities().filter(|def| !def.facts.secret);
        let found = entities.find(|def| def.code == name || plural(&def.code) == name);
        let Some(def) = found else {
            let imported = imports.iter().map(|kind| kind.name().to_owned());
            let others = schema.entities().filter(|def| !def.facts.secret);
            let others = others.filter(|def| !imports.iter().any(|kind| kind.entity().name == def.name));
            let known: Vec<String> = imported.chain(others.map(|def| plural(&def.code))).collect();
            return Err(Failure::unknown("kind", name, known.iter().map(String::as_str)));
        };
        let import = imports.iter().find(|kind| kind.entity().name == def.name).cloned();
        Ok(Self { def: Arc::clone(def), import })
    }

    /// The field of a name: the entity's own, or the one it has in files.
    fn field(&self, name: &str) -> Result<Field, Failure> {
        if name == "id" {
            return Ok(Field::Id);
        }
        let alias = self.import.as_ref().and_then(|import| import.field(name)).map(|field| &*field.column);
        let place = self.def.column(name).or_else(|| self.def.column(alias?));
        place.map(Field::Column).ok_or_else(|| {
            let known = self.def.columns.iter().map(|column| &*column.name);
            Failure::unknown(&format!("field of {}", self.def.code), name, known)
        })
    }

    /// The fields that are shown: those asked for, or all.
    fn fields(&self, names: &[String]) -> Result<Vec<Field>, Failure> {
        if names.is_empty() {
            return Ok((0..self.def.columns.len()).map(Field::Column).collect());
        }
        names.iter().map(|name| self.field(name.trim())).collect()
    }

    fn condition(&self, text: &str) -> Result<Condition, Failure> {
        let usage = || Failure::Usage(format!("--where: `{text}` is not FIELD=VALUE, such as status=normal"));
        let (name, value) = text.split_once('=').ok_or_else(usage)?;
        let field = self.field(name)?;
        let name = self.column(&field).map_or_else(|| "id".into(), |column| column.name.clone());
        Ok(Condition { field, name, value: value.to_owned() })
    }

    fn column(&self, field: &Field) -> Option<&ColumnDef> {
        match field {
            Field::Id => None,
            Field::Column(place) => self.def.columns.get(*place),
        }
    }

    fn head(&self, field: &Field) -> Column {
        match self.column(field) {
            None => Column::new("id", ColumnType::Text, Label::new("标识", "Id")),
            Some(column) => {
                // A reference is shown by what people call the record.
                let shown = match &column.column_type {
                    ColumnType::Reference(_) => ColumnType::Text,
                    other => other.clone(),
                };
                Column::new(column.name.clone(), shown, column.label.clone())
            }
        }
    }
}

fn plural(code: &str) -> String {
    format!("{code}s")
}

async fn rows(
    session: &Session,
    kind: &Kind,
    fields: &[Field],
    conditions: &[Condition],
    limit: Option<usize>,
) -> Result<Table, Failure> {
    let records = session.untyped(&kind.def.code)?;
    let mut filter = Filter::All;
    for condition in conditions {
        filter = filter.and(filter_of(session, kind, condition).await?);
    }
    let mut table = Table::new(fields.iter().map(|field| kind.head(field)).collect());
    let mut left = limit.unwrap_or(usize::MAX);
    let mut after = None;
    while left > 0 {
        let query = Query::new(kind.def.name.clone()).filter(filter.clone()).limit(left.min(PAGE)).after(after);
        let page = records.list(query).await?;
        let names = names(&records, kind, fields, &page.records).await?;
        for record in &page.records {
            table.push(fields.iter().map(|field| cell(field, record, &names)).collect());
        }
        left -= page.records.len();
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    Ok(table)
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
