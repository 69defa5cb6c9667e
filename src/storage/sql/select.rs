//! Pages and the inputs of aggregates as SELECT statements.

use std::cell::Cell;

use sea_query::{Expr, ExprTrait, Order, SelectStatement};

use super::scope::Scope;
use super::{Built, Dialect};
use crate::query::{After, Direction, PreparedAggregate, PreparedFilter, PreparedQuery, QueryError};
use crate::schema::{EntityDef, ResolvedPath};
use crate::value::Value;

/// The records of one page and one more, which tells whether there are more. The columns are: the id, the version,
/// the fields asked for (for whole records all of them and then `custom`), and the fields of the order.
pub(crate) fn select_page(dialect: &dyn Dialect, query: &PreparedQuery) -> Result<Built, QueryError> {
    let numbers = Cell::new(0);
    let mut scope = Scope::new(dialect, &query.def, &numbers);
    let fields = match &query.columns {
        Some(columns) => {
            let own = [scope.own("id"), scope.own("version")];
            own.into_iter().chain(columns.iter().map(|path| scope.field(path))).collect()
        }
        None => vec![scope.record()],
    };
    let order: Vec<Expr> = query.order.iter().map(|(path, _)| scope.field(path)).collect();
    let condition = filtered(&mut scope, &query.filter)?;
    let after = query.after.as_ref().map(|after| behind(dialect, &scope, query, &order, after));
    let mut select = scope.select()?;
    select.exprs(fields).exprs(order.iter().cloned());
    narrow(&mut select, condition);
    narrow(&mut select, after);
    for (field, (path, direction)) in order.into_iter().zip(&query.order) {
        let nulls = if is_known(query, path) { None } else { dialect.nulls_last(*direction) };
        match nulls {
            Some(nulls) => select.order_by_expr_with_nulls(field, sorted(*direction), nulls),
            None => select.order_by_expr(field, sorted(*direction)),
        };
    }
    select.order_by_expr(scope.own("id"), Order::Asc);
    select.limit(query.limit as u64 + 1);
    Ok(dialect.render(&select))
}

/// The inputs of an aggregate for every matching record, in no order, behind the record's id.
pub(crate) fn select_aggregate(dialect: &dyn Dialect, request: &PreparedAggregate) -> Result<Built, QueryError> {
    let numbers = Cell::new(0);
    let mut scope = Scope::new(dialect, &request.def, &numbers);
    let fields: Vec<Expr> = request.inputs().map(|path| scope.field(path)).collect();
    let condition = filtered(&mut scope, &request.filter)?;
    let mut select = scope.select()?;
    select.expr(scope.own("id")).exprs(fields);
    narrow(&mut select, condition);
    Ok(dialect.render(&select))
}

/// The inputs of an aggregate for every matching record, in no order, as the arguments of a function that takes in one
/// record after the other.
#[cfg(feature = "sqlite")]
pub(crate) fn select_into(
    dialect: &dyn Dialect,
    request: &PreparedAggregate,
    function: &'static str,
) -> Result<Built, QueryError> {
    let numbers = Cell::new(0);
    let mut scope = Scope::new(dialect, &request.def, &numbers);
    let fields: Vec<Expr> = request.inputs().map(|path| scope.field(path)).collect();
    let condition = filtered(&mut scope, &request.filter)?;
    let mut select = scope.select()?;
    select.expr(sea_query::Func::cust(function).args(fields));
    narrow(&mut select, condition);
    Ok(dialect.render(&select))
}

/// How many records match.
pub(crate) fn select_count(
    dialect: &dyn Dialect,
    def: &EntityDef,
    filter: &PreparedFilter,
) -> Result<Built, QueryError> {
    let numbers = Cell::new(0);
    let mut scope = Scope::new(dialect, def, &numbers);
    let condition = filtered(&mut scope, filter)?;
    let mut select = scope.select()?;
    select.expr(Expr::cust("COUNT(*)"));
    narrow(&mut select, condition);
    Ok(dialect.render(&select))
}

/// The ids of the oldest matching records.
pub(crate) fn select_purge(
    dialect: &dyn Dialect,
    def: &EntityDef,
    filter: &PreparedFilter,
    limit: usize,
) -> Result<Built, QueryError> {
    let numbers = Cell::new(0);
    let mut scope = Scope::new(dialect, def, &numbers);
    let condition = filtered(&mut scope, filter)?;
    let mut select = scope.select()?;
    select.expr(scope.own("id")).order_by_expr(scope.own("id"), Order::Asc);
    select.limit(u64::try_from(i64::try_from(limit).unwrap_or(i64::MAX)).unwrap_or(0));
    narrow(&mut select, condition);
    Ok(dialect.render(&select))
}

pub(super) fn filtered(scope: &mut Scope<'_>, filter: &PreparedFilter) -> Result<Option<Expr>, QueryError> {
    match filter {
        PreparedFilter::All => Ok(None),
        filter => scope.condition(filter).map(Some),
    }
}

pub(super) fn narrow(select: &mut SelectStatement, condition: Option<Expr>) {
    if let Some(condition) = condition {
        select.and_where(condition);
    }
}

pub(super) const fn sorted(direction: Direction) -> Order {
    match direction {
        Direction::Ascending => Order::Asc,
        Direction::Descending => Order::Desc,
    }
}

/// What comes behind the end of the page before. For each field: the same value or a later one, and (a later one, or
/// what comes behind in the fields after it), so that the first field bounds how much of an index is read.
fn behind(dialect: &dyn Dialect, scope: &Scope<'_>, query: &PreparedQuery, order: &[Expr], after: &After) -> Expr {
    let id = Expr::val(dialect.bind(&Value::Id(after.id)));
    let mut rest = scope.own("id").gt(id);
    let fields = order.iter().zip(&query.order).zip(&after.values);
    for ((field, (path, direction)), value) in fields.rev() {
        rest = if value.is_null() {
            field.clone().is_null().and(rest)
        } else {
            let bound = Expr::val(dialect.bind(value));
            let known = is_known(query, path);
            let beyond = later(field, known, *direction, &bound, false);
            let reached = later(field, known, *direction, &bound, true);
            reached.and(beyond.or(rest))
        };
    }
    rest
}

/// Whether a field comes later than a value, or also (`same`) whether it has it. No value comes last.
fn later(field: &Expr, known: bool, direction: Direction, bound: &Expr, same: bool) -> Expr {
    let (field, bound) = (field.clone(), bound.clone());
    let compared = match (direction, same) {
        (Direction::Ascending, false) => field.clone().gt(bound),
        (Direction::Ascending, true) => field.clone().gte(bound),
        (Direction::Descending, false) => field.clone().lt(bound),
        (Direction::Descending, true) => field.clone().lte(bound),
    };
    if known { compared } else { compared.or(field.is_null()) }
}

/// Whether every record a query finds has a value in a field of its order. Then nothing needs to be said about those
/// that have none, which would keep a database from reading a range of an index.
fn is_known(query: &PreparedQuery, path: &ResolvedPath) -> bool {
    path.required() || query.filter.implies_value(path)
}
