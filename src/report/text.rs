//! Reports as text for people: columns aligned by the cells they take on a screen.

use std::io;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::table::{Column, Report};
use crate::schema::{ColumnType, Lang};
use crate::value::Value;

/// How many cells a text column takes at most; longer texts are cut, unless nothing stands behind them.
const MAX_CELLS: usize = 40;
/// How many cells the longest bar has.
const BAR_CELLS: u128 = 20;

/// Whether bars stand beside the rows.
///
/// # Examples
///
/// ```
/// use crmkit::report::{Bars, Column, Report, Table, TextOptions};
/// use crmkit::schema::{ColumnType, Label, Lang};
///
/// let region = Column::new("region", ColumnType::Text, Label::new("地区", "Region"));
/// let customers = Column::new("customers", ColumnType::Int, Label::new("客户数", "Customers"));
/// let mut table = Table::new(vec![region, customers]);
/// table.push(vec!["East".into(), 12.into()]);
/// table.push(vec!["North".into(), 3.into()]);
/// let report = Report::new("regions", Vec::new(), table, Lang::En);
/// let mut text = Vec::new();
/// report.write_text_with(&mut text, &TextOptions::default().bars(Bars::Beside))?;
/// let cells = String::from_utf8(text)?.lines().map(|line| line.matches('█').count()).collect::<Vec<_>>();
/// assert_eq!(cells[2..4], [20, 5]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Bars {
    /// No bars.
    #[default]
    None,
    /// Behind each row a bar for the report's main figure: the first one its picture shows or, of a report without a
    /// picture, the first one there is. The longest has 20 cells; a figure below zero has a light one.
    Beside,
}

/// How a report is printed for people.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::report::{Bars, TextOptions};
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// crm.system().customers().create(NewCustomer::new("Acme")).await?;
/// let report = crm.system().report("composition", [("by", "status")]).await?;
/// let mut text = Vec::new();
/// report.write_text_with(&mut text, &TextOptions::default().bars(Bars::Beside))?;
/// assert!(String::from_utf8(text)?.contains("████"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub struct TextOptions {
    /// Whether bars stand beside the rows.
    pub bars: Bars,
}

impl TextOptions {
    /// With or without bars.
    #[must_use]
    pub const fn bars(mut self, bars: Bars) -> Self {
        self.bars = bars;
        self
    }
}

impl Report {
    /// The report as aligned columns under their labels, with a line for the totals.
    ///
    /// A CJK character takes two cells. Numbers stand to the right. Text longer than 40 cells ends in `…`, but in the last
    /// column it runs on, and characters that would move the cursor or turn the direction of writing are shown as `�`.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::report::{Column, Report, Table};
    /// use crmkit::schema::{ColumnType, Label, Lang};
    ///
    /// let region = Column::new("region", ColumnType::Text, Label::new("地区", "Region"));
    /// let customers = Column::new("customers", ColumnType::Int, Label::new("客户数", "Customers"));
    /// let mut table = Table::new(vec![region, customers]);
    /// table.push(vec!["华东".into(), 12.into()]);
    /// let report = Report::new("regions", Vec::new(), table.totalled(&["customers"])?, Lang::Zh);
    /// assert_eq!(report.to_text(), "\
    /// 地区  客户数
    /// ----  ------
    /// 华东      12
    /// ----  ------
    /// 合计      12
    /// ");
    /// # Ok::<(), crmkit::report::ReportError>(())
    /// ```
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut out = Vec::new();
        // Writing into memory does not fail, and what is written is text.
        let written = self.write_text(&mut out);
        written.ok().and_then(|()| String::from_utf8(out).ok()).unwrap_or_default()
    }

    /// Writes what [`to_text`](Self::to_text) gives.
    ///
    /// # Errors
    ///
    /// That of the writer.
    pub fn write_text(&self, out: &mut dyn io::Write) -> io::Result<()> {
        self.write_text_with(out, &TextOptions::default())
    }

    /// Writes what [`to_text`](Self::to_text) gives, as the options say.
    ///
    /// # Errors
    ///
    /// That of the writer.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::report::{Bars, Column, Report, Table, TextOptions};
    /// use crmkit::schema::{ColumnType, Label, Lang};
    ///
    /// let name = Column::new("name", ColumnType::Text, Label::new("名称", "Name"));
    /// let count = Column::new("count", ColumnType::Int, Label::new("数量", "Count"));
    /// let mut table = Table::new(vec![name, count]);
    /// table.push(vec!["a".into(), 8.into()]);
    /// table.push(vec!["b".into(), (-3).into()]);
    /// let mut out = Vec::new();
    /// let report = Report::new("r", Vec::new(), table, Lang::En);
    /// report.write_text_with(&mut out, &TextOptions::default().bars(Bars::Beside))?;
    /// let expected = "Name  Count\n----  -----\na         8  ████████████████████\nb        -3  ░░░░░░░░\n";
    /// assert_eq!(String::from_utf8_lossy(&out), expected);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn write_text_with(&self, out: &mut dyn io::Write, options: &TextOptions) -> io::Result<()> {
        let columns = &self.table.columns;
        let heads: Vec<String> = columns.iter().map(|column| shown(column.label.text(self.lang), MAX_CELLS)).collect();
        let last = columns.len().saturating_sub(1);
        let cells = |row: &Vec<Value>| -> Vec<String> {
            let cell = |(place, (column, value))| {
                let most = if place == last { usize::MAX } else { MAX_CELLS };
                cell(column, value, self.lang, most)
            };
            columns.iter().zip(row).enumerate().map(cell).collect()
        };
        let body: Vec<Vec<String>> = self.table.rows.iter().map(cells).collect();
        let totals = self.totals_line();
        let widths: Vec<usize> = (0..columns.len())
            .map(|place| {
                let lines = std::iter::once(&heads).chain(&body).chain(&totals);
                // What runs on needs no line under the whole of it.
                lines.filter_map(|line| line.get(place)).map(|text| text.width().min(MAX_CELLS)).max().unwrap_or(0)
            })
            .collect();
        let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
        self.line(out, &heads, &widths, "")?;
        self.line(out, &rule, &widths, "")?;
        if body.is_empty() {
            writeln!(out, "{}", pick(self.lang, "（无数据）", "(no rows)"))?;
        }
        let bars = self.bars(options.bars);
        for (place, row) in body.iter().enumerate() {
            self.line(out, row, &widths, bars.get(place).map_or("", String::as_str))?;
        }
        if let Some(totals) = &totals {
            self.line(out, &rule, &widths, "")?;
            self.line(out, totals, &widths, "")?;
        }
        for (name, value) in self.loose_totals() {
            writeln!(out, "{}: {}", shown(name, MAX_CELLS), shown(&value.to_string(), MAX_CELLS))?;
        }
        Ok(())
    }

    fn line(&self, out: &mut dyn io::Write, cells: &[String], widths: &[usize], bar: &str) -> io::Result<()> {
        let mut line = String::new();
        for (place, ((text, width), column)) in cells.iter().zip(widths).zip(&self.table.columns).enumerate() {
            if place > 0 {
                line.push_str("  ");
            }
            let gap = " ".repeat(width.saturating_sub(text.width()));
            if column.column_type.is_numeric() {
                line.push_str(&gap);
                line.push_str(text);
            } else {
                line.push_str(text);
                line.push_str(&gap);
            }
        }
        if !bar.is_empty() {
            line.push_str("  ");
            line.push_str(bar);
        }
        writeln!(out, "{}", line.trim_end())
    }

    /// A bar for each row; none where the report has no figure to show.
    fn bars(&self, bars: Bars) -> Vec<String> {
        let table = &self.table;
        let numeric = |place: &usize| table.columns.get(*place).is_some_and(|column| column.column_type.is_numeric());
        let hinted = self.chart.iter().flat_map(|hint| hint.values).filter_map(|name| table.column(name).ok());
        let counted = self.chart.is_some_and(|hint| hint.values.is_empty());
        let place = match bars {
            Bars::None => None,
            Bars::Beside if counted => None,
            Bars::Beside => hinted.chain(0..table.columns.len()).find(numeric),
        };
        let Some(place) = place else { return Vec::new() };
        let figure = |row: &Vec<Value>| row.get(place).and_then(Value::as_integer).unwrap_or(0);
        let most = table.rows.iter().map(|row| figure(row).unsigned_abs()).max().unwrap_or(0);
        table.rows.iter().map(|row| bar(figure(row), most)).collect()
    }

    fn totals_line(&self) -> Option<Vec<String>> {
        let columns = &self.table.columns;
        let total = |column: &Column| {
            self.table.total(&column.name).map(|value| cell(column, value, self.lang, MAX_CELLS)).unwrap_or_default()
        };
        if !columns.iter().any(|column| self.table.total(&column.name).is_some()) {
            return None;
        }
        let mut line: Vec<String> = columns.iter().map(total).collect();
        if let Some(first) = line.first_mut().filter(|first| first.is_empty()) {
            pick(self.lang, "合计", "Total").clone_into(first);
        }
        Some(line)
    }

    /// Totals that belong to no column.
    fn loose_totals(&self) -> impl Iterator<Item = (&str, &Value)> {
        let totals = self.table.totals.iter().map(|(name, value)| (&**name, value));
        totals.filter(|(name, _)| !self.table.columns.iter().any(|column| column.name == *name))
    }
}

/// A bar as long as its share of the longest, to an eighth of a cell.
fn bar(figure: i64, most: u64) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = u128::from(figure.unsigned_abs()) * (8 * BAR_CELLS) / u128::from(most.max(1));
    let eighths = usize::try_from(eighths).unwrap_or(0);
    if figure < 0 {
        return "░".repeat(eighths.div_ceil(8));
    }
    "█".repeat(eighths / 8) + PARTS.get(eighths % 8).copied().unwrap_or_default()
}

const fn pick(lang: Lang, zh: &'static str, en: &'static str) -> &'static str {
    match lang {
        Lang::Zh => zh,
        Lang::En => en,
    }
}

fn cell(column: &Column, value: &Value, lang: Lang, most: usize) -> String {
    match (&column.column_type, value) {
        (ColumnType::Choice(def), Value::Text(code)) => shown(def.label(code, lang), most),
        (_, value) => shown(&value.to_string(), most),
    }
}

/// The text in at most this many cells, without characters that act on the screen.
fn shown(text: &str, most: usize) -> String {
    let (mut out, mut cells) = (String::new(), 0_usize);
    for (count, character) in text.chars().map(harmless).enumerate() {
        let width = character.width().unwrap_or(1);
        // Characters without a width of their own could otherwise pile up without end on one cell.
        let piled = count >= 4 * cells.max(MAX_CELLS);
        if cells + width > most || piled {
            return cut(out, most);
        }
        cells += width;
        out.push(character);
    }
    out
}

/// The text with its end made into `…`, so that it still fits.
fn cut(mut text: String, most: usize) -> String {
    while text.width() >= most && text.pop().is_some() {}
    text.push('…');
    text
}

/// The character, or what stands for it where it would act on what shows it.
pub(crate) fn harmless(character: char) -> char {
    match character {
        '\t' | '\n' | '\r' => ' ',
        '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{061C}' => '\u{FFFD}',
        character if character.is_control() => '\u{FFFD}',
        character => character,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Table;
    use crate::schema::Label;

    #[test]
    fn long_texts_are_cut_to_the_cell() {
        let shown = |text: &str| shown(text, MAX_CELLS);
        assert_eq!(shown(&"x".repeat(40)), "x".repeat(40));
        assert_eq!(shown(&"x".repeat(41)), format!("{}…", "x".repeat(39)));
        assert_eq!(shown(&"客".repeat(20)), "客".repeat(20));
        assert_eq!(shown(&"客".repeat(21)), format!("{}…", "客".repeat(19)));
    }

    #[test]
    fn nothing_piles_up_on_a_cell_even_where_a_text_runs_on() {
        let piled = format!("a{}", "\u{301}".repeat(10_000));
        for most in [MAX_CELLS, usize::MAX] {
            assert!(shown(&piled, most).chars().count() < 200);
        }
        assert_eq!(shown(&"客".repeat(900), usize::MAX), "客".repeat(900));
    }

    #[test]
    fn the_last_column_runs_on() {
        let text = |name| Column::new(name, ColumnType::Text, Label::new("列", name));
        let mut table = Table::new(vec![text("a"), text("b")]);
        table.push(vec!["x".repeat(41).into(), "y".repeat(90).into()]);
        table.push(vec!["x".into(), "y".into()]);
        let report = Report::new("wide", Vec::new(), table, Lang::En);
        let (cut, gap, rule) = ("x".repeat(39), " ".repeat(39), "-".repeat(40));
        let expected = format!("a{gap}  b\n{rule}  {rule}\n{cut}…  {}\nx{gap}  y\n", "y".repeat(90));
        assert_eq!(report.to_text(), expected);
    }

    #[test]
    fn nothing_moves_the_cursor() {
        assert_eq!(shown("a\nb\tc\u{1b}[31m\u{202e}d\u{7f}", MAX_CELLS), "a b c�[31m�d�");
    }
}
