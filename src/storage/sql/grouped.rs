//! Aggregates as grouped SELECT statements, for engines that group faster than they send records: PostgreSQL.

use std::cell::Cell;

use sea_query::{Expr, Func, NullOrdering};

use super::scope::Scope;
use super::select::{filtered, narrow, sorted};
use super::{Built, Dialect};
use crate::query::{Measure, Period, PreparedAggregate, PreparedKey, PreparedMeasure, QueryError, Top};
use crate::schema::ColumnType;
use crate::value::{Timestamp, Value};

/// The groups of an aggregate. The columns are: the keys, the number of records, and for each measure what it is
/// computed from: nothing for counts, the sum and the number of values for means, one column for others. The key of a
/// period of moments is the number of the last of its `borders` that is not later.
///
/// With `top`, one group more than wanted comes, which tells whether it is equal to the last one, and the number of
/// records is zero unless a measure counts them; otherwise one group more than there may be comes.
pub(crate) fn select_groups(
    dialect: &dyn Dialect,
    request: &PreparedAggregate,
    borders: &[Option<&[Timestamp]>],
    top: Option<Top>,
) -> Result<Built, QueryError> {
    let numbers = Cell::new(0);
    let mut scope = Scope::new(dialect, &request.def, &numbers);
    let mut fields = Vec::new();
    for (key, borders) in request.keys.iter().zip(borders) {
        fields.push(key_field(&mut scope, dialect, key, *borders));
    }
    // Of those that come first, nobody asks how many records they are of unless that is a measure.
    let counted = top.is_none() || request.measures.iter().any(|measure| measure.path.is_none());
    fields.push(Expr::cust(if counted { "COUNT(*)" } else { "0" }));
    let mut judged = fields.len();
    for (place, measure) in request.measures.iter().enumerate() {
        if top.is_some_and(|top| top.measure == place) && measure.path.is_some() {
            judged = fields.len() + 1;
        }
        measure_fields(&mut scope, measure, &mut fields);
    }
    let condition = filtered(&mut scope, &request.filter)?;
    let mut select = scope.select()?;
    select.exprs(fields);
    narrow(&mut select, condition);
    select.add_group_by((1..=request.keys.len()).map(|place| Expr::cust(place.to_string())));
    let most = top.map_or(request.max_groups, |top| top.groups);
    if let Some(top) = top {
        let place = Expr::cust(judged.to_string());
        select.order_by_expr_with_nulls(place, sorted(top.direction), NullOrdering::Last);
    }
    if !request.keys.is_empty() {
        select.limit(u64::try_from(i64::try_from(most).unwrap_or(i64::MAX)).unwrap_or(0).saturating_add(1));
    }
    Ok(dialect.render(&select))
}

fn key_field(scope: &mut Scope<'_>, dialect: &dyn Dialect, key: &PreparedKey, borders: Option<&[Timestamp]>) -> Expr {
    let field = scope.field(&key.path);
    if let Some(borders) = borders {
        let borders = borders.iter().map(|border| dialect.bind(&Value::Timestamp(*border))).collect();
        let kind = sea_query::ArrayType::ChronoDateTimeUtc;
        let borders = Expr::val(sea_query::Value::Array(kind, Some(Box::new(borders))));
        return Func::cust("WIDTH_BUCKET").arg(field).arg(borders).into();
    }
    let Some((period, _)) = key.period else { return field };
    let unit = match period {
        Period::Day => return field,
        Period::Week => "week",
        Period::Month => "month",
        Period::Quarter => "quarter",
        Period::Year => "year",
    };
    // A day without a zone; the engine's zone has no part in it.
    Expr::cust_with_exprs(format!("CAST(DATE_TRUNC('{unit}', CAST($1 AS timestamp)) AS date)"), [field])
}

fn measure_fields(scope: &mut Scope<'_>, measure: &PreparedMeasure, fields: &mut Vec<Expr>) {
    let Some(path) = &measure.path else { return };
    let field = scope.field(path);
    let call = |name: &'static str| -> Expr { Func::cust(name).arg(field.clone()).into() };
    match &measure.measure {
        Measure::Count => {}
        Measure::Distinct(_) => fields.push(Expr::cust_with_exprs("COUNT(DISTINCT $1)", [field])),
        Measure::Sum(_) => fields.push(call("SUM")),
        Measure::Average(_) => fields.extend([call("SUM"), call("COUNT")]),
        Measure::Minimum(_) => fields.push(end(&path.column_type, field, ["MIN", "BOOL_AND"])),
        Measure::Maximum(_) => fields.push(end(&path.column_type, field, ["MAX", "BOOL_OR"])),
    }
}

/// The least or greatest value. Not every server has these of truth values and ids.
fn end(kind: &ColumnType, field: Expr, [name, of_bools]: [&'static str; 2]) -> Expr {
    match kind {
        ColumnType::Bool => Func::cust(of_bools).arg(field).into(),
        ColumnType::Reference(_) => {
            Expr::cust_with_exprs(format!("CAST({name}(CAST($1 AS text) COLLATE \"C\") AS uuid)"), [field])
        }
        _ => Func::cust(name).arg(field).into(),
    }
}
