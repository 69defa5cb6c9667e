//! Reports as text for people: columns aligned by the cells they take on a screen.

use std::io;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::table::{Column, Report};
use crate::schema::{ColumnType, Lang};
use crate::value::Value;

/// How many cells a text column takes at most; longer texts are cut, unless nothing stands behind them.
const MAX_CELLS: usize = 40;

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
        self.line(out, &heads, &widths)?;
        self.line(out, &rule, &widths)?;
        if body.is_empty() {
            writeln!(out, "{}", pick(self.lang, "（无数据）", "(no rows)"))?;
        }
        for row in &body {
            self.line(out, row, &widths)?;
        }
        if let Some(totals) = &totals {
            self.line(out, &rule, &widths)?;
            self.line(out, totals, &widths)?;
        }
        for (name, value) in self.loose_totals() {
            writeln!(out, "{}: {}", shown(name, MAX_CELLS), shown(&value.to_string(), MAX_CELLS))?;
        }
        Ok(())
    }

    fn line(&self, out: &mut dyn io::Write, cells: &[String], widths: &[usize]) -> io::Result<()> {
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
        writeln!(out, "{}", line.trim_end())
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
