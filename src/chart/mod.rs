//! Pictures of reports: a chart as plain data, and its SVG.
//!
//! [`Chart::of`] makes the picture that suits a report, with the labels of the report's language; [`Chart::to_svg`]
//! draws it. The SVG is one element of plain shapes and text, without scripts, styles, ids, fonts or references, so it
//! can stand in a page as it is, even under a strict content security policy. The same chart is the same bytes.
//!
//! The colours are those of Okabe and Ito, which the colour-blind can tell apart; pieces and lines also differ in
//! lightness, dashes and marks, and carry their figures, so that a print in grey still says what it says. What is too
//! long to be shown is cut, and whole in the mark's `<title>`, which browsers show and screen readers read.

mod draw;
mod figure;
mod from_report;
mod palette;
mod svg;
mod text;

use crate::report::ChartKind;
use crate::schema::Lang;
use crate::value::Value;

/// A picture as plain data.
///
/// A figure is a whole number, money, a quantity or a rate; any other value is none. Rates are shown in per cent.
///
/// # Examples
///
/// ```
/// use crmkit::chart::{Chart, Series};
/// use crmkit::report::ChartKind;
/// use crmkit::schema::Lang;
///
/// let mut chart = Chart::new(ChartKind::Bars, "Customers by region", Lang::En);
/// chart.labels = vec!["华东".into(), "R & D".into()];
/// chart.series = vec![Series::new("Customers", vec![12.into(), (-3).into()])];
/// let svg = chart.to_svg();
/// assert!(svg.starts_with("<svg ") && svg.contains("<title>R &amp; D: -3</title>"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Chart {
    /// How it is drawn.
    pub kind: ChartKind,
    /// What stands above it.
    pub title: String,
    /// What stands below the title.
    pub subtitle: String,
    /// What it shows, in whole sentences if need be; it stands in the description of the picture, before the figures.
    pub about: String,
    /// What each row, point or slice is about; of a heat map, the columns.
    pub labels: Vec<String>,
    /// The figures, one for each label in each series; of a heat map, the rows from top to bottom.
    pub series: Vec<Series>,
    /// Whether the last label stands for others that were put together; it is grey.
    pub others: bool,
    /// What the figures are; of a heat map also what its rows and columns are.
    pub axis: String,
    /// What stands at the foot, such as what was left out.
    pub note: Option<String>,
    /// The language of what the picture itself says.
    pub lang: Lang,
    /// How wide it is, in CSS pixels, from 320 to 4,000; it is as high as its content.
    pub width: u32,
}

/// Figures of one kind, one for each label.
///
/// # Examples
///
/// ```
/// use crmkit::chart::{Chart, Series};
/// use crmkit::report::ChartKind;
/// use crmkit::schema::Lang;
///
/// let mut chart = Chart::new(ChartKind::Bars, "Customers", Lang::En);
/// chart.labels = vec!["华东".into(), "华北".into()];
/// chart.series = vec![Series::new("Customers", vec![3.into(), 1.into()])];
/// assert!(chart.to_svg().contains("华东"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Series {
    /// What they are.
    pub name: String,
    /// The figures; where there is none, nothing is drawn.
    pub values: Vec<Value>,
}

impl Series {
    /// Figures with a name.
    #[must_use]
    pub fn new(name: impl Into<String>, values: Vec<Value>) -> Self {
        Self { name: name.into(), values }
    }
}

impl Chart {
    /// A picture with a title and nothing in it, 800 pixels wide.
    #[must_use]
    pub fn new(kind: ChartKind, title: impl Into<String>, lang: Lang) -> Self {
        Self {
            kind,
            title: title.into(),
            subtitle: String::new(),
            about: String::new(),
            labels: Vec::new(),
            series: Vec::new(),
            others: false,
            axis: String::new(),
            note: None,
            lang,
            width: 800,
        }
    }

    /// Whether there is no figure to draw.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let drawn =
            |series: &Series| series.values.iter().take(self.labels.len()).any(|value| figure::of(value).is_some());
        !self.series.iter().any(drawn)
    }

    /// The picture as one `<svg>` element, with its size and what it shows in words.
    #[must_use]
    pub fn to_svg(&self) -> String {
        draw::svg(self)
    }

    /// The colour of what stands at a label in a series, where labels or series are told apart by colours.
    fn colour(&self, label: usize, place: usize) -> palette::Colour {
        if self.others && label + 1 == self.labels.len() { palette::OTHERS } else { palette::colour(place) }
    }

    fn pick(&self, zh: &'static str, en: &'static str) -> &'static str {
        match self.lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }
}
