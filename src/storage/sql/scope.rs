//! Names within one statement: the table it reads, the tables that paths lead to, and conditions over them.

use std::cell::Cell;

use sea_query::{DynIden, Expr, ExprTrait, JoinType, Query, SelectStatement, TableName};

use super::{Dialect, TextField};
use crate::query::{Comparison, PreparedFilter, QueryError};
use crate::schema::{EntityDef, Leaf, Name, ResolvedPath};

/// How many conditions stand side by side before they are put into brackets: engines bound how deep a chain may be.
const CHAIN: usize = 16;
/// How many text fields one search looks into; functions take a bounded number of arguments.
const MAX_SEARCHED: usize = 64;

/// One SELECT in the making. References are followed by LEFT JOINs, each at most once.
pub(super) struct Scope<'a> {
    dialect: &'a dyn Dialect,
    table: &'a EntityDef,
    /// The name of the table within the statement; without it, columns are named alone.
    alias: Option<Alias>,
    /// Numbers for the names of all tables of the whole statement.
    numbers: &'a Cell<usize>,
    joins: Vec<Join>,
}

type Alias = DynIden;

struct Join {
    parent: Option<Alias>,
    column: Name,
    table: Name,
    alias: Alias,
}

impl<'a> Scope<'a> {
    /// Over the records of `table`.
    pub(super) fn new(dialect: &'a dyn Dialect, table: &'a EntityDef, numbers: &'a Cell<usize>) -> Self {
        let alias = Some(fresh(numbers));
        Self { dialect, table, alias, numbers, joins: Vec::new() }
    }

    /// Over the record's own fields only, as in the condition of an index.
    pub(super) fn bare(dialect: &'a dyn Dialect, table: &'a EntityDef, numbers: &'a Cell<usize>) -> Self {
        Self { dialect, table, alias: None, numbers, joins: Vec::new() }
    }

    /// The SELECT with its tables; columns, order and the rest are added by the caller.
    pub(super) fn select(&self) -> Result<SelectStatement, QueryError> {
        let limit = self.dialect.max_joins();
        if self.joins.len() > limit {
            return Err(QueryError::TooLarge { what: "references followed in one query", limit });
        }
        let mut select = Query::select();
        match &self.alias {
            Some(alias) => select.from_as(self.table_name(&self.table.name), alias.clone()),
            None => select.from(self.table_name(&self.table.name)),
        };
        for join in &self.joins {
            let on =
                column(join.parent.as_ref(), &join.column).eq(Expr::col((join.alias.clone(), DynIden::from("id"))));
            select.join_as(JoinType::LeftJoin, self.table_name(&join.table), join.alias.clone(), on);
        }
        Ok(select)
    }

    fn table_name(&self, name: &Name) -> TableName {
        match self.dialect.schema() {
            Some(schema) => TableName::from((DynIden::from(schema.to_owned()), iden(name))),
            None => TableName::from(iden(name)),
        }
    }

    /// A column of the table itself.
    pub(super) fn own(&self, name: &str) -> Expr {
        column(self.alias.as_ref(), name)
    }

    /// All columns of a record of the table, as they are read: the id, the version, the fields and `custom`. Written
    /// as one text, since making an expression for each of some thirty columns takes longer than reading a record.
    pub(super) fn record(&self) -> Expr {
        let table = self.alias.as_ref().map(|alias| format!("\"{alias}\".")).unwrap_or_default();
        let mut text = String::with_capacity(32 * (self.table.columns.len() + 3));
        let fields = self.table.columns.iter().map(|column| &*column.name);
        for name in ["id", "version"].into_iter().chain(fields).chain(["custom"]) {
            // Names of the schema are letters, digits and `_`, so there is nothing to escape.
            let before = if text.is_empty() { "" } else { ", " };
            [before, &table, "\"", name, "\""].into_iter().for_each(|part| text.push_str(part));
        }
        Expr::cust(text)
    }

    /// The value at the end of a path.
    pub(super) fn field(&mut self, path: &ResolvedPath) -> Expr {
        let (alias, name) = self.place(path);
        column(alias.as_ref(), &name)
    }

    /// The table and column at the end of a path.
    fn place(&mut self, path: &ResolvedPath) -> (Option<Alias>, Name) {
        let (mut alias, mut at) = (self.alias.clone(), &path.root);
        let mut hops = path.hops.as_slice();
        // The id of a referred record is the reference itself, since a reference never dangles.
        let mut last = None;
        if let (Leaf::Id, Some((hop, before))) = (path.leaf, path.hops.split_last()) {
            (hops, last) = (before, Some(hop.column));
        }
        for hop in hops {
            alias = Some(self.join(alias, column_name(at, hop.column), &hop.target.name));
            at = &hop.target;
        }
        match (last, path.leaf) {
            (Some(place), _) | (None, Leaf::Column(place)) => (alias, column_name(at, place)),
            (None, Leaf::Id) => (alias, "id".into()),
            (None, Leaf::Version) => (alias, "version".into()),
        }
    }

    fn join(&mut self, parent: Option<Alias>, column: Name, table: &Name) -> Alias {
        let known = self.joins.iter().find(|join| join.parent == parent && join.column == column);
        if let Some(join) = known {
            return join.alias.clone();
        }
        let alias = fresh(self.numbers);
        self.joins.push(Join { parent, column, table: table.clone(), alias: alias.clone() });
        alias
    }

    /// A condition that is true just where the filter holds; where it does not, it may be false or NULL.
    pub(super) fn condition(&mut self, filter: &PreparedFilter) -> Result<Expr, QueryError> {
        Ok(match filter {
            PreparedFilter::All => truth(true),
            PreparedFilter::Not(inner) => self.negation(inner)?,
            PreparedFilter::And(filters) => {
                let filters = filters.iter().map(|filter| self.condition(filter)).collect::<Result<Vec<_>, _>>()?;
                chain(filters, true)
            }
            PreparedFilter::Or(filters) => {
                let filters = filters.iter().map(|filter| self.condition(filter)).collect::<Result<Vec<_>, _>>()?;
                chain(filters, false)
            }
            PreparedFilter::Compare { path, comparison, value } => {
                let (field, value) = (self.field(path), Expr::val(self.dialect.bind(value)));
                match comparison {
                    Comparison::Equal => field.eq(value),
                    Comparison::Less => field.lt(value),
                    Comparison::LessOrEqual => field.lte(value),
                    Comparison::Greater => field.gt(value),
                    Comparison::GreaterOrEqual => field.gte(value),
                }
            }
            PreparedFilter::In { values, .. } if values.is_empty() => truth(false),
            PreparedFilter::In { path, values } => {
                let field = self.field(path);
                self.dialect.one_of(field, values)
            }
            PreparedFilter::IsNull { path } => self.field(path).is_null(),
            PreparedFilter::Search { paths, .. } if paths.is_empty() => truth(false),
            PreparedFilter::Search { paths, words } => {
                if paths.len() > MAX_SEARCHED {
                    return Err(QueryError::TooLarge { what: "text fields in one search", limit: MAX_SEARCHED });
                }
                let texts = paths.iter().map(|path| self.place(path));
                let texts = texts.map(|(table, name)| TextField { table, name }).collect();
                self.dialect.search(texts, words)
            }
            PreparedFilter::Exists { child, column, filter } => self.exists(child, *column, filter, true)?,
        })
    }

    /// The opposite, in two-valued logic: what is not known to hold does not hold.
    fn negation(&mut self, inner: &PreparedFilter) -> Result<Expr, QueryError> {
        Ok(match inner {
            PreparedFilter::All => truth(false),
            PreparedFilter::IsNull { path } => self.field(path).is_not_null(),
            PreparedFilter::Exists { child, column, filter } => self.exists(child, *column, filter, false)?,
            // Written as a plain word: PostgreSQL takes no brackets here.
            other => self.condition(other)?.is_not(Expr::Constant(true.into())),
        })
    }

    fn exists(
        &mut self,
        child: &EntityDef,
        place: usize,
        filter: &PreparedFilter,
        wanted: bool,
    ) -> Result<Expr, QueryError> {
        let mut scope = Scope::new(self.dialect, child, self.numbers);
        let refers = scope.own(&column_name(child, place)).eq(self.own("id"));
        let condition = match filter {
            PreparedFilter::All => None,
            filter => Some(scope.condition(filter)?),
        };
        let mut select = scope.select()?;
        select.expr(Expr::cust("1")).and_where(refers);
        if let Some(condition) = condition {
            select.and_where(condition);
        }
        Ok(if wanted { Expr::exists(select) } else { Expr::not_exists(select) })
    }
}

/// A truth value as text; engines differ in how they bind one, not in how they write it.
pub(super) fn truth(value: bool) -> Expr {
    Expr::custom_keyword(if value { "TRUE" } else { "FALSE" })
}

/// Conditions joined by AND or OR, never deep however many there are.
pub(super) fn chain(mut conditions: Vec<Expr>, all: bool) -> Expr {
    while conditions.len() > CHAIN {
        let mut shorter = Vec::with_capacity(conditions.len() / CHAIN + 1);
        let mut rest = conditions.into_iter().peekable();
        while rest.peek().is_some() {
            shorter.push(chain(rest.by_ref().take(CHAIN).collect(), all));
        }
        conditions = shorter;
    }
    let joined = conditions.into_iter().reduce(|left, right| if all { left.and(right) } else { left.or(right) });
    joined.unwrap_or_else(|| truth(all))
}

pub(super) fn column_name(def: &EntityDef, place: usize) -> Name {
    def.columns.get(place).map(|column| column.name.clone()).unwrap_or_default()
}

fn fresh(numbers: &Cell<usize>) -> Alias {
    let number = numbers.get();
    numbers.set(number + 1);
    DynIden::from(format!("t{number}"))
}

fn iden(name: &Name) -> DynIden {
    DynIden::from(name.to_string())
}

pub(super) fn column(alias: Option<&Alias>, name: &str) -> Expr {
    let name = DynIden::from(name.to_owned());
    match alias {
        Some(alias) => Expr::col((alias.clone(), name)),
        None => Expr::col(name),
    }
}
