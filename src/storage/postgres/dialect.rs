//! What PostgreSQL says differently from other engines.

use sea_query::extension::postgres::PgFunc;
use sea_query::{ArrayType, Expr, ExprTrait, Func, NullOrdering, PostgresQueryBuilder, QueryBuilder, SelectStatement};

use super::argument::{Argument, Column, Kind};
use crate::query::Direction;
use crate::schema::ColumnType;
use crate::storage::sql::{Built, Dialect, TextField};
use crate::value::{Timestamp, Value};

/// The column with the folded form of texts whose folded form the server can't make by itself.
pub(super) const FOLDED: &str = "folded~";

/// PostgreSQL's way of writing SQL, for the tables of one schema.
#[derive(Debug, Clone)]
pub(super) struct Postgres {
    pub(super) schema: String,
}

impl Dialect for Postgres {
    fn bind(&self, value: &Value) -> sea_query::Value {
        match value {
            Value::Bool(v) => (*v).into(),
            Value::Int(v) => (*v).into(),
            Value::Money(v) => v.raw().into(),
            Value::Quantity(v) => v.raw().into(),
            Value::Rate(v) => v.raw().into(),
            Value::Text(v) => v.clone().into(),
            Value::Date(v) => (*v).into(),
            Value::Timestamp(v) => chrono::DateTime::from_timestamp_micros(v.as_micros()).into(),
            Value::Id(v) => uuid::Uuid::from(*v).into(),
            Value::Json(v) => v.to_string().into(),
            // Neither is ever compared: a filter refuses both.
            Value::Slot(_) | Value::Null => sea_query::Value::String(None),
        }
    }

    fn one_of(&self, field: Expr, values: &[Value]) -> Expr {
        let kind = match values.first().map_or(Kind::Text, Kind::of_value) {
            Kind::Bool => ArrayType::Bool,
            Kind::Int => ArrayType::BigInt,
            Kind::Text | Kind::Json => ArrayType::String,
            Kind::Date => ArrayType::ChronoDate,
            Kind::Timestamp => ArrayType::ChronoDateTimeUtc,
            Kind::Id => ArrayType::Uuid,
        };
        // As one array, however many values there are: so the statement stays the same and is planned once.
        let values = values.iter().map(|value| self.bind(value)).collect();
        field.eq(PgFunc::any(Expr::val(sea_query::Value::Array(kind, Some(Box::new(values))))))
    }

    fn search(&self, texts: Vec<TextField>, words: &[String]) -> Expr {
        let folded = |text: &TextField| {
            let template = format!("COALESCE($1 ->> '{}', LOWER($2), '')", text.name);
            Expr::cust_with_exprs(template, [text.beside(FOLDED), text.expression()])
        };
        let occurs = |word: &String| {
            let within = |text: &TextField| {
                let place: Expr = Func::cust("STRPOS").arg(folded(text)).arg(Expr::val(word.clone())).into();
                place.gt(Expr::cust("0"))
            };
            texts.iter().map(within).reduce(|left, right| left.or(right))
        };
        let all = words.iter().filter_map(occurs).reduce(|left, right| left.and(right));
        all.unwrap_or_else(|| Expr::cust("TRUE"))
    }

    fn nulls_last(&self, direction: Direction) -> Option<NullOrdering> {
        // NULL is the greatest value here, so it comes last by itself when the least come first.
        match direction {
            Direction::Ascending => None,
            Direction::Descending => Some(NullOrdering::Last),
        }
    }

    fn render(&self, statement: &SelectStatement) -> Built {
        let (sql, values) = statement.build(PostgresQueryBuilder);
        Built { sql, values: values.0 }
    }

    fn literal(&self, expression: &Expr) -> String {
        let mut text = String::new();
        PostgresQueryBuilder.prepare_expr(expression, &mut text);
        text
    }

    fn column_type(&self, kind: &ColumnType) -> &'static str {
        Kind::of(kind).name()
    }

    fn id_type(&self) -> &'static str {
        Kind::Id.name()
    }

    fn table_options(&self) -> &'static str {
        ""
    }

    fn max_joins(&self) -> usize {
        60
    }

    fn schema(&self) -> Option<&str> {
        Some(&self.schema)
    }
}

/// A statement with its arguments, ready to be run on any connection.
#[derive(Debug, Clone)]
pub(super) struct Ready {
    pub(super) sql: String,
    pub(super) arguments: Vec<Argument>,
}

impl From<Built> for Ready {
    fn from(built: Built) -> Self {
        Self { sql: built.sql, arguments: built.values.into_iter().map(argument).collect() }
    }
}

impl Ready {
    /// The statement with its arguments below it.
    pub(super) fn text(&self) -> String {
        let arguments = self.arguments.iter().enumerate();
        let shown = arguments.map(|(place, argument)| format!("\n-- {}: {argument}", place + 1));
        format!("{}{}\n", self.sql, shown.collect::<String>())
    }
}

fn argument(value: sea_query::Value) -> Argument {
    match value {
        sea_query::Value::Array(kind, values) => {
            let kind = match kind {
                ArrayType::Bool => Kind::Bool,
                ArrayType::BigInt => Kind::Int,
                ArrayType::ChronoDate => Kind::Date,
                ArrayType::ChronoDateTimeUtc => Kind::Timestamp,
                ArrayType::Uuid => Kind::Id,
                _ => Kind::Text,
            };
            let mut column = Column::new(kind);
            for value in values.into_iter().flat_map(|values| *values) {
                column.push(&plain(value));
            }
            Argument::Many(column)
        }
        value => Argument::value(plain(value)),
    }
}

/// The value that [`bind`](Dialect::bind) made this of, or another of the same form.
fn plain(value: sea_query::Value) -> Value {
    use sea_query::Value as Given;
    match value {
        Given::Bool(Some(v)) => v.into(),
        Given::BigInt(Some(v)) => v.into(),
        Given::BigUnsigned(Some(v)) => i64::try_from(v).unwrap_or(i64::MAX).into(),
        Given::String(Some(v)) => v.into(),
        Given::ChronoDate(Some(v)) => v.into(),
        Given::ChronoDateTimeUtc(Some(v)) => Timestamp::from_micros(v.timestamp_micros()).ok().into(),
        Given::Uuid(Some(v)) => crate::id::RecordId::from(v).into(),
        _ => Value::Null,
    }
}
