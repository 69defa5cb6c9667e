//! Steps as plain data: what a definition does to its table after the figures are added up.

use serde::{Deserialize, Serialize};

use super::error::Result;
use super::steps::Sort;
use super::table::{Column, Table};
use crate::schema::{ColumnType, Label, Name};

/// How many parts rows are cut into at most.
const MAX_PARTS: usize = 10_000;

/// One step from a table to the next. None of them reads the store.
///
/// # Examples
///
/// ```
/// use crmkit::report::{Column, Sort, Step, Table};
/// use crmkit::schema::{ColumnType, Label};
///
/// let label = || Label::new("数", "N");
/// let mut table = Table::new(vec![Column::new("n", ColumnType::Int, label())]);
/// [3, 1, 2].into_iter().for_each(|n: i64| table.push(vec![n.into()]));
/// let by = vec![Sort::ascending("n")];
/// let running = Step::RunningTotal { of: "n".into(), by, within: vec![], name: "so_far".into() };
/// let table = running.apply(table)?;
/// assert_eq!(table.values("so_far")?, [&6.into(), &1.into(), &3.into()]);
/// # Ok::<(), crmkit::report::ReportError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Step {
    /// The share that a column's value has in its sum over the rows; see [`Table::shared`].
    Share {
        /// The column.
        of: Name,
        /// The new column.
        name: Name,
    },
    /// The share that the rows up to this one have together; see [`Table::accumulated_share`].
    CumulativeShare {
        /// The column.
        of: Name,
        /// In which order rows are taken.
        by: Vec<Sort>,
        /// The new column.
        name: Name,
    },
    /// The sum of the rows up to this one; see [`Table::accumulated`].
    RunningTotal {
        /// The column.
        of: Name,
        /// In which order rows are taken.
        by: Vec<Sort>,
        /// Columns in which the rows that are added up agree.
        #[serde(default)]
        within: Vec<Name>,
        /// The new column.
        name: Name,
    },
    /// The value in the row of the period before; see [`Table::previous`].
    PreviousPeriod {
        /// The column.
        of: Name,
        /// The key that is a period.
        period: Name,
        /// The other keys.
        #[serde(default)]
        within: Vec<Name>,
        /// The new column.
        name: Name,
    },
    /// The value in the row of the same period of the year before; see [`Table::last_year`].
    SamePeriodLastYear {
        /// The column.
        of: Name,
        /// The key that is a period.
        period: Name,
        /// The other keys.
        #[serde(default)]
        within: Vec<Name>,
        /// The new column.
        name: Name,
    },
    /// The place of each row; see [`Table::ranked`].
    Rank {
        /// What rows are sorted by.
        by: Vec<Sort>,
        /// Columns in which the rows that are ranked together agree.
        #[serde(default)]
        within: Vec<Name>,
        /// The new column.
        name: Name,
    },
    /// The part of equal size that each row falls into; see [`Table::tiled`].
    Ntile {
        /// What rows are sorted by.
        by: Vec<Sort>,
        /// How many parts.
        parts: usize,
        /// Columns in which the rows that are cut together agree.
        #[serde(default)]
        within: Vec<Name>,
        /// The new column.
        name: Name,
    },
    /// Rows that differ in a number only become one row with percentiles of the number; see [`Table::percentiles`].
    Percentile {
        /// The number.
        of: Name,
        /// The column that says how often the number occurs; without it, once.
        #[serde(default)]
        weight: Option<Name>,
        /// Which percentiles, 0 to 100: 50 is the median.
        points: Vec<u8>,
    },
    /// The values of a column become columns; see [`Table::pivoted`]. Only the last step can be this.
    Pivot {
        /// The column whose values become columns.
        column: Name,
        /// The column whose values stand in them.
        value: Name,
    },
}

impl Step {
    /// The table after the step.
    ///
    /// # Errors
    ///
    /// [`NoColumn`](super::ReportError::NoColumn) for a column that is not there; a result out of range; too many
    /// columns.
    pub fn apply(&self, table: Table) -> Result<Table> {
        let tile = |name: &Name| Column::new(name.clone(), ColumnType::Int, Label::new("分档", "Part"));
        match self {
            Self::Share { of, name } => table.shared(of, name.clone()),
            Self::CumulativeShare { of, by, name } => table.accumulated_share(of, by, name.clone()),
            Self::RunningTotal { of, by, within, name } => table.accumulated(of, by, within, name.clone()),
            Self::PreviousPeriod { of, period, within, name } => table.previous(of, period, within, name.clone()),
            Self::SamePeriodLastYear { of, period, within, name } => table.last_year(of, period, within, name.clone()),
            Self::Rank { by, within, name } => table.ranked_within(by, within, name.clone()),
            Self::Ntile { by, parts, within, name } => table.tiled_within(by, within, *parts, tile(name)),
            Self::Percentile { of, weight, points } => table.percentiles(of, weight.as_deref(), points),
            Self::Pivot { column, value } => table.pivoted(column, value),
        }
    }

    /// The column whose values it adds up over rows.
    pub(super) const fn adds_up(&self) -> Option<&Name> {
        match self {
            Self::Share { of, .. } | Self::CumulativeShare { of, .. } | Self::RunningTotal { of, .. } => Some(of),
            Self::PreviousPeriod { .. }
            | Self::SamePeriodLastYear { .. }
            | Self::Rank { .. }
            | Self::Ntile { .. }
            | Self::Percentile { .. }
            | Self::Pivot { .. } => None,
        }
    }

    /// What does not fit the table it is to be applied to, of which `periods` are keys by period.
    pub(super) fn check(&self, table: &Table, periods: &[Name], last: bool) -> Result<(), String> {
        let column = |name: &str| {
            let place = table.column(name).map_err(|error| error.to_string())?;
            table.columns().get(place).ok_or_else(String::new)
        };
        let numeric = |name: &str| match column(name)?.column_type.is_numeric() {
            true => Ok(()),
            false => Err(format!("`{name}` is no number of the rows, so it can't be added up")),
        };
        let fresh = |name: &Name| match name.is_empty() || name.len() > 200 || name.chars().any(char::is_control) {
            true => Err("a column's name has 1 to 200 bytes and no control characters".to_owned()),
            false if table.column(name).is_ok() => Err(format!("two columns are called `{name}`; name one otherwise")),
            false => Ok(()),
        };
        match self {
            Self::Share { of, name } | Self::CumulativeShare { of, name, .. } | Self::RunningTotal { of, name, .. } => {
                numeric(of).and_then(|()| fresh(name))
            }
            Self::PreviousPeriod { of, period, name, .. } | Self::SamePeriodLastYear { of, period, name, .. } => {
                column(of)?;
                match periods.contains(period) {
                    true => fresh(name),
                    false => Err(format!("`{period}` is no key with a `period`")),
                }
            }
            Self::Rank { name, .. } => fresh(name),
            Self::Ntile { parts, name, .. } => match (1..=MAX_PARTS).contains(parts) {
                true => fresh(name),
                false => Err(format!("{parts} parts: 1 to {MAX_PARTS} are allowed")),
            },
            Self::Percentile { of, weight, points } => {
                numeric(of)?;
                if let Some(weight) = weight
                    .as_deref()
                    .filter(|weight| !column(weight).is_ok_and(|column| matches!(column.column_type, ColumnType::Int)))
                {
                    return Err(format!("`{weight}` is no count"));
                }
                match points.is_empty() || points.iter().any(|point| *point > 100) {
                    true => Err("percentiles are numbers from 0 to 100, at least one".to_owned()),
                    false => Ok(()),
                }
            }
            Self::Pivot { column: by, value } => {
                column(by)?;
                column(value)?;
                match last && by != value {
                    true => Ok(()),
                    false => Err("a pivot is the last step, of two different columns".to_owned()),
                }
            }
        }
    }
}
