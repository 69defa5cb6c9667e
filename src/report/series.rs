//! Steps over rows in an order or beside one another in time: running totals, periods before, percentiles, pivots.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::Datelike;

use super::error::Result;
use super::spread::Spread;
use super::steps::{Sort, number};
use super::table::{Column, Table};
use crate::query::{Period, QueryError};
use crate::schema::{ColumnType, Label, Name};
use crate::value::{Date, Rate, Value};

/// How many columns a pivot may make.
const MAX_PIVOT: usize = 200;
const LABEL: Label = Label::new("分位数", "Percentile");

impl Table {
    /// With a column for the sum of a column's values in the rows up to this one, taken in an order (then by all columns
    /// from left to right) and, with `within`, only of the rows that agree in those columns. No value adds nothing.
    ///
    /// # Errors
    ///
    /// [`NoColumn`](super::ReportError::NoColumn) if a column is not there; a range error if a sum does not fit.
    pub fn accumulated(self, of: &str, by: &[Sort], within: &[Name], name: impl Into<Name>) -> Result<Self> {
        let place = self.column(of)?;
        let kind = self.columns.get(place).map_or(ColumnType::Int, |column| column.column_type.clone());
        let mut values = vec![Value::Null; self.rows.len()];
        for part in self.parts(by, within)? {
            let mut sum = 0_i128;
            for index in part {
                sum += self.integer(index, place).map_or(0, i128::from);
                let so_far = number(&kind, sum).ok_or_else(|| QueryError::Range(of.to_owned()))?;
                put(&mut values, index, so_far);
            }
        }
        Ok(self.with_values(Column::new(name, kind, Label::new("累计", "Running total")), values))
    }

    /// With a column for the share that the rows up to this one have together in the sum of a column, taken in an order
    /// (then by all columns from left to right): six decimals, half up, no value where the sum is zero.
    ///
    /// # Errors
    ///
    /// [`NoColumn`](super::ReportError::NoColumn) if a column is not there; a range error if the sum does not fit.
    pub fn accumulated_share(self, of: &str, by: &[Sort], name: impl Into<Name>) -> Result<Self> {
        let place = self.column(of)?;
        let out_of_range = |_| QueryError::Range(of.to_owned());
        let total = i64::try_from(self.sum(place)).map_err(out_of_range)?;
        let mut values = vec![Value::Null; self.rows.len()];
        let mut sum = 0_i128;
        for index in self.parts(by, &[])?.into_iter().flatten() {
            sum += self.integer(index, place).map_or(0, i128::from);
            let part = i64::try_from(sum).map_err(out_of_range)?;
            put(&mut values, index, Rate::share(part, total).ok().flatten().into());
        }
        Ok(self.with_values(Column::new(name, ColumnType::Rate, Label::new("累计占比", "Cumulative share")), values))
    }

    /// With a column for the value that another column has in the row of the period before; `period` holds periods'
    /// names, and the rows agree in the columns of `within`. There is none where there is no such row.
    ///
    /// # Errors
    ///
    /// [`NoColumn`](super::ReportError::NoColumn) if a column is not there.
    pub fn previous(self, of: &str, period: &str, within: &[Name], name: impl Into<Name>) -> Result<Self> {
        self.beside(of, period, within, before, Column::new(name, ColumnType::Int, Label::new("上期", "Previous")))
    }

    /// With a column for the value that another column has in the row of the same period of the year before: the same
    /// day, ISO week, month or quarter. February 29th and a 53rd week have none where the year before has no such.
    ///
    /// # Errors
    ///
    /// [`NoColumn`](super::ReportError::NoColumn) if a column is not there.
    pub fn last_year(self, of: &str, period: &str, within: &[Name], name: impl Into<Name>) -> Result<Self> {
        let column = Column::new(name, ColumnType::Int, Label::new("去年同期", "Last year"));
        self.beside(of, period, within, year_before, column)
    }

    fn beside(
        self,
        of: &str,
        period: &str,
        within: &[Name],
        other: fn(Period, Date) -> Option<String>,
        mut column: Column,
    ) -> Result<Self> {
        let (of, period) = (self.column(of)?, self.column(period)?);
        let within = within.iter().map(|name| self.column(name)).collect::<Result<Vec<_>>>()?;
        column.column_type = self.columns.get(of).map_or(ColumnType::Int, |column| column.column_type.clone());
        let key = |row: &Vec<Value>, period: String| {
            let keys: Vec<Value> = within.iter().filter_map(|place| row.get(*place).cloned()).collect();
            (keys, period)
        };
        let named = |row: &Vec<Value>| row.get(period).map(ToString::to_string).unwrap_or_default();
        let by_key: HashMap<_, Value> =
            self.rows.iter().filter_map(|row| Some((key(row, named(row)), row.get(of)?.clone()))).collect();
        let value = |row: &Vec<Value>| {
            let other = Period::parse(&named(row)).and_then(|(period, day)| other(period, day));
            other.and_then(|other| by_key.get(&key(row, other)).cloned()).unwrap_or(Value::Null)
        };
        let values = self.rows.iter().map(value).collect();
        Ok(self.with_values(column, values))
    }

    /// Rows that agree in all other columns become one, with a column for each percentile of the number `of`, called
    /// `p50` and so on; `weight` says how often the number of a row occurs. Between two numbers the percentile lies in
    /// proportion (the usual one of spreadsheets; Hyndman and Fan's seventh), rounded half to even at the fourth decimal.
    ///
    /// # Errors
    ///
    /// [`NoColumn`](super::ReportError::NoColumn) if a column is not there.
    pub fn percentiles(self, of: &str, weight: Option<&str>, points: &[u8]) -> Result<Self> {
        let (of, weight) = (self.column(of)?, weight.map(|weight| self.column(weight)).transpose()?);
        let kind = self.columns.get(of).map(|column| column.column_type.clone());
        let kept = |place: &usize| *place != of && Some(*place) != weight;
        let keys: Vec<usize> = (0..self.columns.len()).filter(kept).collect();
        let mut spreads: BTreeMap<Vec<Value>, Spread> = BTreeMap::new();
        for (index, row) in self.rows.iter().enumerate() {
            let key = keys.iter().filter_map(|place| row.get(*place).cloned()).collect();
            let times = weight.map_or(Some(1), |weight| self.integer(index, weight)).unwrap_or(0);
            let spread = spreads.entry(key).or_default();
            if let Some(value) = self.integer(index, of) {
                spread.add(value, times);
            }
        }
        let kind = kind.filter(|kind| !matches!(kind, ColumnType::Int));
        let mut columns: Vec<Column> = keys.iter().filter_map(|place| self.columns.get(*place).cloned()).collect();
        for point in points {
            columns.push(Column::new(format!("p{point}"), kind.clone().unwrap_or(ColumnType::Quantity), LABEL));
        }
        let mut table = Self { columns, rows: Vec::new(), totals: self.totals };
        for (mut row, spread) in spreads {
            row.extend(points.iter().map(|point| match &kind {
                None => spread.percentile(*point).into(),
                Some(kind) => spread.percentile_raw(*point).and_then(|raw| number(kind, raw)).unwrap_or(Value::Null),
            }));
            table.rows.push(row);
        }
        Ok(table)
    }

    /// Rows that agree in all columns but two become one, with a column for each text of `column` that holds what
    /// stands in `value` there, in the order of those texts; no value is called `-`.
    ///
    /// # Errors
    ///
    /// [`NoColumn`](super::ReportError::NoColumn) if a column is not there; more than 200 columns; two columns of one
    /// name.
    pub fn pivoted(self, column: &str, value: &str) -> Result<Self> {
        let (column, value) = (self.column(column)?, self.column(value)?);
        let head = |row: &Vec<Value>| row.get(column).cloned().unwrap_or(Value::Null);
        let heads: BTreeSet<Value> = self.rows.iter().map(head).collect();
        if heads.len() > MAX_PIVOT {
            return Err(QueryError::TooLarge { what: "columns of a pivot", limit: MAX_PIVOT }.into());
        }
        let keys: Vec<usize> = (0..self.columns.len()).filter(|place| *place != column && *place != value).collect();
        let mut columns: Vec<Column> = keys.iter().filter_map(|place| self.columns.get(*place).cloned()).collect();
        let kind = self.columns.get(value).map_or(ColumnType::Text, |column| column.column_type.clone());
        for head in &heads {
            let name = if head.is_null() { "-".to_owned() } else { head.to_string() };
            if columns.iter().any(|column| column.name == *name) {
                return Err(super::ReportError::Definition {
                    report: "pivot".into(),
                    problem: format!("two columns would be called `{name}`; name the key otherwise"),
                });
            }
            let label = Label { zh: name.clone().into(), en: name.clone().into() };
            columns.push(Column::new(name, kind.clone(), label));
        }
        let mut rows: BTreeMap<Vec<Value>, BTreeMap<Value, Value>> = BTreeMap::new();
        for row in &self.rows {
            let key = keys.iter().filter_map(|place| row.get(*place).cloned()).collect();
            rows.entry(key).or_default().insert(head(row), row.get(value).cloned().unwrap_or(Value::Null));
        }
        let row = |(mut row, mut cells): (Vec<Value>, BTreeMap<Value, Value>)| {
            row.extend(heads.iter().map(|head| cells.remove(head).unwrap_or(Value::Null)));
            row
        };
        let rows = rows.into_iter().map(row).collect();
        Ok(Self { columns, rows, totals: self.totals })
    }

    fn integer(&self, index: usize, place: usize) -> Option<i64> {
        self.rows.get(index)?.get(place)?.as_integer()
    }
}

fn put(values: &mut [Value], index: usize, new: Value) {
    if let Some(value) = values.get_mut(index) {
        *value = new;
    }
}

/// The name of the period before.
pub(super) fn before(period: Period, day: Date) -> Option<String> {
    period.start(day).pred_opt().filter(|day| day.year() > 0).map(|day| period.name(day))
}

/// The name of the same period of the year before, if that year has it.
pub(super) fn year_before(period: Period, day: Date) -> Option<String> {
    let name = match period {
        Period::Week => {
            let week = day.iso_week();
            format!("{:04}-W{:02}", week.year().checked_sub(1)?, week.week())
        }
        Period::Day | Period::Month | Period::Quarter | Period::Year => period.name(day.with_year(day.year() - 1)?),
    };
    Period::parse(&name).map(|_| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(columns: &[(&'static str, ColumnType)], rows: &[&[Value]]) -> Table {
        let column =
            |(name, kind): &(&'static str, ColumnType)| Column::new(*name, kind.clone(), Label::new("列", "C"));
        let mut table = Table::new(columns.iter().map(column).collect());
        rows.iter().for_each(|row| table.push(row.to_vec()));
        table
    }

    fn column(table: &Table, name: &str) -> Vec<String> {
        table.values(name).unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_year_before_may_have_no_such_period() {
        for (name, previous, year) in [
            ("2024-02-29", Some("2024-02-28"), None),
            ("2024-03-01", Some("2024-02-29"), Some("2023-03-01")),
            ("2020-W53", Some("2020-W52"), None),
            ("2021-W01", Some("2020-W53"), Some("2020-W01")),
            ("2024-01", Some("2023-12"), Some("2023-01")),
            ("2024-Q1", Some("2023-Q4"), Some("2023-Q1")),
            ("2024", Some("2023"), Some("2023")),
            ("0001", None, None),
        ] {
            let (period, day) = Period::parse(name).unwrap();
            assert_eq!(before(period, day).as_deref(), previous, "{name}");
            assert_eq!(year_before(period, day).as_deref(), year, "{name}");
        }
    }

    #[test]
    fn sums_run_within_their_part_in_the_order_asked_for() {
        let columns = [("k", ColumnType::Text), ("n", ColumnType::Int)];
        let rows: [&[Value]; 5] = [
            &["a".into(), 1.into()],
            &["b".into(), 10.into()],
            &["a".into(), 3.into()],
            &["b".into(), Value::Null],
            &["a".into(), Value::from(-2)],
        ];
        let sums = table(&columns, &rows).accumulated("n", &[Sort::descending("n")], &["k".into()], "s").unwrap();
        assert_eq!(column(&sums, "s"), ["4", "10", "3", "10", "2"]);
        let shares = table(&columns, &rows).accumulated_share("n", &[Sort::descending("n")], "s").unwrap();
        assert_eq!(column(&shares, "s"), ["1.166667", "0.833333", "1.083333", "1.000000", "1.000000"]);
    }

    #[test]
    fn periods_are_found_by_name_and_key() {
        let columns = [("k", ColumnType::Text), ("month", ColumnType::Text), ("n", ColumnType::Int)];
        let rows: [&[Value]; 4] = [
            &["a".into(), "2023-01".into(), 1.into()],
            &["a".into(), "2023-12".into(), 2.into()],
            &["a".into(), "2024-01".into(), 3.into()],
            &["b".into(), "2024-01".into(), 4.into()],
        ];
        let table = table(&columns, &rows).previous("n", "month", &["k".into()], "p").unwrap();
        let table = table.last_year("n", "month", &["k".into()], "y").unwrap();
        assert_eq!(column(&table, "p"), ["", "", "2", ""]);
        assert_eq!(column(&table, "y"), ["", "", "1", ""]);
    }

    #[test]
    fn a_pivot_has_a_column_for_each_value() {
        let columns = [("k", ColumnType::Text), ("c", ColumnType::Text), ("n", ColumnType::Int)];
        let rows: [&[Value]; 3] = [
            &["b".into(), "y".into(), 1.into()],
            &["a".into(), "x".into(), 2.into()],
            &["a".into(), Value::Null, 3.into()],
        ];
        let pivot = table(&columns, &rows).pivoted("c", "n").unwrap();
        let names: Vec<&str> = pivot.columns().iter().map(|column| &*column.name).collect();
        assert_eq!(names, ["k", "x", "y", "-"]);
        let rows: Vec<String> =
            pivot.rows().iter().map(|row| row.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")).collect();
        assert_eq!(rows, ["a,2,,3", "b,,1,"]);
    }

    #[test]
    fn percentiles_lie_between_numbers() {
        let columns = [("k", ColumnType::Text), ("days", ColumnType::Int), ("times", ColumnType::Int)];
        let rows: [&[Value]; 4] = [
            &["a".into(), 1.into(), 2.into()],
            &["a".into(), 4.into(), 1.into()],
            &["a".into(), 10.into(), 1.into()],
            &["b".into(), 7.into(), 3.into()],
        ];
        let table = table(&columns, &rows).percentiles("days", Some("times"), &[0, 50, 90, 100]).unwrap();
        assert_eq!(column(&table, "p50"), ["2.5", "7"]);
        assert_eq!(column(&table, "p90"), ["8.2", "7"]);
        assert_eq!(
            (column(&table, "p0"), column(&table, "p100")),
            (vec!["1".into(), "7".into()], vec!["10".into(), "7".into()])
        );
    }
}
