//! Steps from one table to the next: order, limit, share, rank, equal parts, totals. They read no store.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::error::Result;
use super::table::{Column, Table};
use crate::query::evaluate::compare;
use crate::query::{Direction, QueryError};
use crate::schema::{ColumnType, Label, Name};
use crate::value::{Money, Quantity, Rate, Value};

/// A column to sort by.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::report::{Definition, KeyColumn, MeasureColumn, Sort};
///
/// let regions = KeyColumn::new(Customer::region);
/// let customers = MeasureColumn::new("customers", Measure::Count);
/// let largest = Definition::groups::<Customer>("regions", vec![regions], vec![customers])
///     .order(Sort::descending("customers"))
///     .limit(3);
/// largest.check(&*crmkit::standard_schema()?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sort {
    /// The column's name.
    pub column: Name,
    /// Which way; no value comes last either way.
    #[serde(default)]
    pub direction: Direction,
}

impl Sort {
    /// Smallest first.
    #[must_use]
    pub fn ascending(column: impl Into<Name>) -> Self {
        Self { column: column.into(), direction: Direction::Ascending }
    }

    /// Largest first.
    #[must_use]
    pub fn descending(column: impl Into<Name>) -> Self {
        Self { column: column.into(), direction: Direction::Descending }
    }
}

/// Text of both languages for the columns that steps add.
const SHARE: Label = Label::new("占比", "Share");
const RANK: Label = Label::new("名次", "Rank");

impl Table {
    /// Sorted by these columns, then by all columns from left to right; no value comes last.
    ///
    /// # Errors
    ///
    /// [`NoColumn`](super::ReportError::NoColumn) if one is not there.
    pub fn sorted(mut self, by: &[Sort]) -> Result<Self> {
        let by = self.places(by)?;
        self.rows.sort_by(|left, right| compare_rows(&by, left, right));
        Ok(self)
    }

    /// Only the first rows. Totals stay those of all.
    #[must_use]
    pub fn limited(mut self, rows: usize) -> Self {
        self.rows.truncate(rows);
        self
    }

    /// With a column for the share that a column's value has in its sum: six decimals, half up. There is no share
    /// where the sum is zero, or so near to it that the share leaves the range of a rate. Where values are negative,
    /// shares can be too, or be above 1.
    ///
    /// # Errors
    ///
    /// [`NoColumn`](super::ReportError::NoColumn) if the column is not there; a range error if the sum does not fit.
    pub fn shared(self, of: &str, name: impl Into<Name>) -> Result<Self> {
        let place = self.column(of)?;
        let total = i64::try_from(self.sum(place)).map_err(|_| QueryError::Range(of.to_owned()))?;
        self.shared_in(of, name, &Value::Int(total))
    }

    /// As [`shared`](Self::shared), of a total of which the rows are only a part.
    pub(super) fn shared_in(self, of: &str, name: impl Into<Name>, total: &Value) -> Result<Self> {
        let place = self.column(of)?;
        let total = total.as_integer().unwrap_or(0);
        let share = |row: &Vec<Value>| {
            let part = row.get(place).and_then(Value::as_integer);
            part.and_then(|part| Rate::share(part, total).ok().flatten())
        };
        Ok(self.with_column(Column::new(name, ColumnType::Rate, SHARE), |row| share(row).into()))
    }

    /// With a column for the place of each row when sorted so. Equal rows have the same rank, and the next rank counts
    /// them all: 1, 2, 2, 4.
    ///
    /// # Errors
    ///
    /// [`NoColumn`](super::ReportError::NoColumn) if a column is not there.
    pub fn ranked(self, by: &[Sort], name: impl Into<Name>) -> Result<Self> {
        self.ranked_within(by, &[], name)
    }

    /// As [`ranked`](Self::ranked), the rows that agree in the columns of `within` by themselves.
    ///
    /// # Errors
    ///
    /// [`NoColumn`](super::ReportError::NoColumn) if a column is not there.
    pub fn ranked_within(self, by: &[Sort], within: &[Name], name: impl Into<Name>) -> Result<Self> {
        let places = self.places(by)?;
        let mut ranks = vec![Value::Null; self.rows.len()];
        for part in self.parts(by, within)? {
            let mut shared: Option<(usize, &[Value])> = None;
            for (place, index) in part.into_iter().enumerate() {
                let Some(row) = self.rows.get(index) else { continue };
                let rank = match shared {
                    Some((rank, last)) if compare_keys(&places, last, row).is_eq() => rank,
                    _ => place + 1,
                };
                shared = Some((rank, row));
                set(&mut ranks, index, rank);
            }
        }
        Ok(self.with_values(Column::new(name, ColumnType::Int, RANK), ranks))
    }

    /// With a column for the part, from 1 to `parts`, that a row falls into when all are sorted so and cut into parts
    /// of equal size; where they can't be equal the first ones have one row more (SQL's `NTILE`). Rows that are equal
    /// in the order given are taken by all columns from left to right.
    ///
    /// # Errors
    ///
    /// [`NoColumn`](super::ReportError::NoColumn) if a column is not there.
    pub fn tiled(self, by: &[Sort], parts: usize, column: Column) -> Result<Self> {
        self.tiled_within(by, &[], parts, column)
    }

    /// As [`tiled`](Self::tiled), the rows that agree in the columns of `within` by themselves.
    ///
    /// # Errors
    ///
    /// [`NoColumn`](super::ReportError::NoColumn) if a column is not there.
    pub fn tiled_within(self, by: &[Sort], within: &[Name], parts: usize, column: Column) -> Result<Self> {
        let mut tiles = vec![Value::Null; self.rows.len()];
        for rows in self.parts(by, within)? {
            let (least, longer) = (rows.len() / parts.max(1), rows.len() % parts.max(1));
            for (place, index) in rows.into_iter().enumerate() {
                let in_longer = longer * (least + 1);
                let tile = match place.checked_sub(in_longer) {
                    None => place / (least + 1),
                    Some(past) => longer + past / least.max(1),
                };
                set(&mut tiles, index, tile + 1);
            }
        }
        Ok(self.with_values(column, tiles))
    }

    /// With the sums of these columns as totals, in the order named.
    ///
    /// # Errors
    ///
    /// [`NoColumn`](super::ReportError::NoColumn) if one is not there; a range error if a sum does not fit.
    pub fn totalled(mut self, names: &[&str]) -> Result<Self> {
        for name in names {
            let place = self.column(name)?;
            let column = self.columns.get(place);
            let kind = column.map_or(ColumnType::Int, |column| column.column_type.clone());
            let total = number(&kind, self.sum(place)).ok_or_else(|| QueryError::Range((*name).to_owned()))?;
            self.totals.retain(|(totalled, _)| totalled != name);
            self.totals.push((Name::Owned((*name).to_owned()), total));
        }
        Ok(self)
    }

    /// With one more column, computed from each row, in place of one that has its name.
    #[must_use]
    pub fn with_column(self, column: Column, value: impl FnMut(&Vec<Value>) -> Value) -> Self {
        let values = self.rows.iter().map(value).collect();
        self.with_values(column, values)
    }

    pub(super) fn with_values(mut self, column: Column, values: Vec<Value>) -> Self {
        let place = self.column(&column.name).unwrap_or(self.columns.len());
        match self.columns.get_mut(place) {
            Some(replaced) => *replaced = column,
            None => self.columns.push(column),
        }
        for (row, value) in self.rows.iter_mut().zip(values) {
            match row.get_mut(place) {
                Some(replaced) => *replaced = value,
                None => row.push(value),
            }
        }
        self
    }

    pub(super) fn sum(&self, place: usize) -> i128 {
        // An i128 holds more i64s than there can be rows.
        self.rows.iter().filter_map(|row| row.get(place)?.as_integer()).map(i128::from).sum()
    }

    fn places(&self, by: &[Sort]) -> Result<Vec<(usize, Direction)>> {
        by.iter().map(|sort| Ok((self.column(&sort.column)?, sort.direction))).collect()
    }

    /// The places of the rows in an order, then by all columns from left to right, in parts that agree in `within`.
    pub(super) fn parts(&self, by: &[Sort], within: &[Name]) -> Result<Vec<Vec<usize>>> {
        let by = self.places(by)?;
        let within = within.iter().map(|name| self.column(name)).collect::<Result<Vec<_>>>()?;
        let mut order: Vec<(usize, &[Value])> = self.rows.iter().map(Vec::as_slice).enumerate().collect();
        order.sort_by(|left, right| compare_rows(&by, left.1, right.1));
        let mut parts: BTreeMap<Vec<&Value>, Vec<usize>> = BTreeMap::new();
        for (index, row) in order {
            parts.entry(within.iter().filter_map(|place| row.get(*place)).collect()).or_default().push(index);
        }
        Ok(parts.into_values().collect())
    }
}

fn set(values: &mut [Value], index: usize, number: usize) {
    if let Some(value) = values.get_mut(index) {
        *value = Value::Int(i64::try_from(number).unwrap_or(i64::MAX));
    }
}

fn compare_keys(by: &[(usize, Direction)], left: &[Value], right: &[Value]) -> Ordering {
    let at = |row: &'_ [Value], place: usize| row.get(place).cloned().unwrap_or(Value::Null);
    let mut keys = by.iter().map(|(place, direction)| match (left.get(*place), right.get(*place)) {
        (Some(left), Some(right)) => compare(left, right, *direction),
        _ => compare(&at(left, *place), &at(right, *place), *direction),
    });
    keys.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

fn compare_rows(by: &[(usize, Direction)], left: &[Value], right: &[Value]) -> Ordering {
    compare_keys(by, left, right).then_with(|| left.cmp(right))
}

/// A number of a kind from the integer behind it, if it fits.
pub(super) fn number(kind: &ColumnType, raw: i128) -> Option<Value> {
    match kind {
        ColumnType::Money => Money::from_wide(raw).ok().map(Value::Money),
        ColumnType::Quantity => Quantity::from_wide(raw).ok().map(Value::Quantity),
        ColumnType::Rate => Rate::from_wide(raw).ok().map(Value::Rate),
        _ => i64::try_from(raw).ok().map(Value::Int),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(values: &[Option<i64>]) -> Table {
        let mut table = Table::new(vec![Column::new("n", ColumnType::Int, Label::new("数", "N"))]);
        values.iter().for_each(|value| table.push(vec![(*value).into()]));
        table
    }

    fn column(table: &Table, name: &str) -> Vec<String> {
        table.values(name).unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn equal_rows_share_a_rank() {
        let table = numbers(&[Some(5), Some(9), Some(5), None, Some(1)]);
        let ranked = table.ranked(&[Sort::descending("n")], "rank").unwrap();
        assert_eq!(column(&ranked, "rank"), ["2", "1", "2", "5", "4"]);
    }

    #[test]
    fn parts_are_as_sql_cuts_them() {
        for (rows, parts, expected) in [
            (7, 3, vec![1, 1, 1, 2, 2, 3, 3]),
            (2, 5, vec![1, 2]),
            (5, 5, vec![1, 2, 3, 4, 5]),
            (4, 1, vec![1, 1, 1, 1]),
            (0, 5, vec![]),
        ] {
            let values: Vec<_> = (0..rows).map(Some).collect();
            let tile = Column::new("tile", ColumnType::Int, RANK);
            let tiled = numbers(&values).tiled(&[Sort::ascending("n")], parts, tile).unwrap();
            let expected: Vec<String> = expected.iter().map(|tile: &i32| tile.to_string()).collect();
            assert_eq!(column(&tiled, "tile"), expected, "{rows} rows in {parts} parts");
        }
    }

    #[test]
    fn shares_of_awkward_sums_are_no_value() {
        let share = |values: &[Option<i64>]| column(&numbers(values).shared("n", "share").unwrap(), "share");
        assert_eq!(share(&[Some(1), Some(1), Some(1), None]), ["0.333333", "0.333333", "0.333333", ""]);
        assert_eq!(share(&[Some(2), Some(-2)]), ["", ""]);
        assert_eq!(share(&[Some(-3), Some(1)]), ["1.500000", "-0.500000"]);
        assert_eq!(share(&[Some(i64::MAX), Some(1 - i64::MAX)]), ["", ""]);
        assert!(numbers(&[Some(i64::MAX), Some(1)]).shared("n", "share").is_err());
    }

    #[test]
    fn a_limit_leaves_the_totals_alone() {
        let table = numbers(&[Some(3), None, Some(4)]).totalled(&["n"]).unwrap();
        let table = table.sorted(&[Sort::descending("n")]).unwrap().limited(1);
        assert_eq!((column(&table, "n"), table.total("n")), (vec!["4".to_owned()], Some(&7.into())));
        assert_eq!(table.totalled(&["m"]).unwrap_err().to_string(), "there is no column `m`");
    }
}
