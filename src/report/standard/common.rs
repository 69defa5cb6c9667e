//! What several reports share: their columns, their parameters, and how rows become a table.

use super::super::days::Days;
use super::super::definition::{FieldColumn, KeyColumn};
use super::super::error::Result;
use super::super::table::{Column, Table};
use super::sales::OrderStates;
use crate::sales::Product;
use crate::schema::{ColumnType, Label, Name, Path};
use crate::value::Value;

pub(super) fn amount() -> Label {
    Label::new("金额", "Amount")
}

pub(super) fn texts(name: &'static str, zh: &'static str, en: &'static str) -> Column {
    Column::new(name, ColumnType::Text, Label::new(zh, en))
}

pub(super) fn whole_numbers(name: &'static str, zh: &'static str, en: &'static str) -> Column {
    Column::new(name, ColumnType::Int, Label::new(zh, en))
}

pub(super) fn quantities(name: &'static str, zh: &'static str, en: &'static str) -> Column {
    Column::new(name, ColumnType::Quantity, Label::new(zh, en))
}

pub(super) fn rates(name: &'static str, zh: &'static str, en: &'static str) -> Column {
    Column::new(name, ColumnType::Rate, Label::new(zh, en))
}

pub(super) fn dates(name: &'static str, zh: &'static str, en: &'static str) -> Column {
    Column::new(name, ColumnType::Date, Label::new(zh, en))
}

/// A product as a key, by its code and its name.
pub(super) fn product(path: impl Into<Path>) -> KeyColumn {
    KeyColumn::new(path)
        .show(FieldColumn::new(Product::code).labelled("产品编码", "Product code"))
        .show(FieldColumn::new(Product::name).labelled("产品名称", "Product"))
}

/// The parameters that say which days.
pub(super) fn days_of(days: &Days) -> Vec<(Name, Value)> {
    vec![("from".into(), days.from.into()), ("to".into(), days.to.into())]
}

/// The parameters that say which days and which orders.
pub(super) fn days_and_states(days: &Days, states: &OrderStates) -> Vec<(Name, Value)> {
    let mut all = days_of(days);
    all.push(("status".into(), states.value()));
    all
}

/// The rows under columns, with the totals of some of them, in the order of the columns from left to right.
pub(super) fn listed(columns: Vec<Column>, rows: Vec<Vec<Value>>, totals: &[&str]) -> Result<Table> {
    let mut table = Table::new(columns);
    rows.into_iter().for_each(|row| table.push(row));
    table.totalled(totals)?.sorted(&[])
}
