//! Which picture suits a report: plain data beside the report, so that figures need no picture to be computed.

/// A kind of picture.
///
/// # Examples
///
/// ```
/// use crmkit::report::{ChartHint, ChartKind};
///
/// const STAGES: ChartHint = ChartHint::new(ChartKind::Funnel, &["stage"], &["reached"]);
/// assert_eq!(STAGES.kind, ChartKind::Funnel);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChartKind {
    /// A bar for each row, from top to bottom.
    Bars,
    /// A bar for each row, made of a piece for each figure.
    StackedBars,
    /// A line for each figure, from left to right.
    Lines,
    /// A ring that is divided among the rows.
    Donut,
    /// A centred bar for each row, each usually shorter than the one before.
    Funnel,
    /// A field of rows and columns, darker where the figure is larger.
    HeatMap,
}

/// Which picture suits a report, and which of its columns it shows.
///
/// # Examples
///
/// ```
/// use crmkit::report::{ChartHint, ChartKind};
///
/// const REGIONS: ChartHint = ChartHint::new(ChartKind::Bars, &["region"], &["customers"]);
/// const REASONS: ChartHint = ChartHint::counted(ChartKind::Bars, &["reason"]);
/// assert!(REASONS.values.is_empty() && REASONS.merged && !REGIONS.merged);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ChartHint {
    /// The kind of picture.
    pub kind: ChartKind,
    /// The columns that say together what a row is about.
    pub labels: &'static [&'static str],
    /// Of a heat map, the column that says in which column of the picture a row stands.
    pub across: Option<&'static str>,
    /// The columns with the figures; without any, rows are counted.
    pub values: &'static [&'static str],
    /// Whether the figures of rows with the same labels are added up.
    pub merged: bool,
}

impl ChartHint {
    /// A picture with something for each row.
    #[must_use]
    pub const fn new(kind: ChartKind, labels: &'static [&'static str], values: &'static [&'static str]) -> Self {
        Self { kind, labels, across: None, values, merged: false }
    }

    /// A picture of how many rows there are of each label.
    #[must_use]
    pub const fn counted(kind: ChartKind, labels: &'static [&'static str]) -> Self {
        Self { kind, labels, across: None, values: &[], merged: true }
    }

    /// With the figures of rows with the same labels added up.
    #[must_use]
    pub const fn merged(mut self) -> Self {
        self.merged = true;
        self
    }

    /// With the column that says in which column of a heat map a row stands.
    #[must_use]
    pub const fn across(mut self, column: &'static str) -> Self {
        self.across = Some(column);
        self
    }
}
