//! A section of the page: a report's picture and its table.

use super::super::model::Section;
use super::super::{shown, words};
use super::Page;
use crate::report::Column;
use crate::schema::ColumnType;
use crate::value::Value;

impl Page<'_> {
    pub(super) fn section(&mut self, section: &Section) {
        let long = if section.report.table.rows().len() > 16 { " long" } else { "" };
        self.markup(&format!(
            "<section class=\"sheet{long}\" aria-labelledby=\"s-{0}\">\n<h3 id=\"s-{0}\">",
            section.name
        ));
        self.text(&section.title);
        self.markup("</h3>\n");
        let drawn = self.picture(section);
        let bars = section.drawn.filter(|_| !drawn).and_then(|name| Bars::of(section, name));
        self.table(section, bars.as_ref());
        if section.further_rows > 0 {
            let parts = [("n", &*section.further_rows.to_string())];
            let more = words::filled(&words::MORE_ROWS, self.brief.lang, &parts);
            self.element("<p class=\"more\">", &more, "</p>\n");
        }
        self.markup("</section>\n");
    }

    /// Draws the report, if there is a picture of it.
    #[cfg(feature = "charts")]
    fn picture(&mut self, section: &Section) -> bool {
        let Some(chart) = &section.chart else { return false };
        // The picture escapes what it says, and runs and loads nothing.
        self.markup("<figure>\n");
        self.markup(&chart.to_svg());
        self.markup("\n</figure>\n");
        true
    }

    #[cfg(not(feature = "charts"))]
    const fn picture(&mut self, _: &Section) -> bool {
        false
    }

    fn table(&mut self, section: &Section, bars: Option<&Bars>) {
        let lang = self.brief.lang;
        let places = places(section);
        self.markup("<table>\n<caption>");
        self.text(&caption(section));
        self.markup("</caption>\n<thead>\n<tr>");
        for place in &places {
            let Some(column) = section.report.table.columns().get(*place) else { continue };
            let class = if column.column_type.is_numeric() { " class=\"number\"" } else { "" };
            self.markup(&format!("<th scope=\"col\"{class}>"));
            self.text(&head(section, column, &self.brief.currency, lang));
            self.markup("</th>");
            if bars.is_some_and(|bars| bars.place == *place) {
                self.markup("<th scope=\"col\" class=\"bar\" aria-hidden=\"true\"></th>");
            }
        }
        self.markup("</tr>\n</thead>\n<tbody>\n");
        for row in section.report.table.rows() {
            self.row(section, row, &places, bars);
        }
        self.markup("</tbody>\n");
        self.totals(section, &places, bars);
        self.markup("</table>\n");
    }

    fn row(&mut self, section: &Section, row: &[Value], places: &[usize], bars: Option<&Bars>) {
        self.markup("<tr>");
        for (nth, place) in places.iter().enumerate() {
            let (column, value) = (section.report.table.columns().get(*place), row.get(*place).unwrap_or(&Value::Null));
            let numeric = column.is_some_and(|column| column.column_type.is_numeric());
            let class = match value {
                _ if numeric => " class=\"number\"",
                Value::Date(_) => " class=\"day\"",
                _ => "",
            };
            let (open, close) = if nth == 0 { ("th scope=\"row\"", "th") } else { ("td", "td") };
            self.markup(&format!("<{open}{class}>"));
            match value {
                Value::Null if nth == 0 => self.word(&words::NONE),
                Value::Text(_) => self.name(&shown::value(value, column, self.brief.lang)),
                _ => self.text(&shown::value(value, column, self.brief.lang)),
            }
            self.markup(&format!("</{close}>"));
            if let Some(bars) = bars.filter(|bars| bars.place == *place) {
                let width = bars.width(value);
                let style =
                    format!("<td class=\"bar\" aria-hidden=\"true\"><span style=\"width:{width}%\"></span></td>");
                self.markup(&style);
            }
        }
        self.markup("</tr>\n");
    }

    fn totals(&mut self, section: &Section, places: &[usize], bars: Option<&Bars>) {
        let table = &section.report.table;
        if table.totals().is_empty() {
            return;
        }
        self.markup("<tfoot>\n<tr>");
        for (nth, place) in places.iter().enumerate() {
            let column = table.columns().get(*place);
            let total = column.and_then(|column| table.total(&column.name));
            match (nth, total) {
                (0, None) => {
                    self.markup("<th scope=\"row\">");
                    self.word(if section.further_rows > 0 { &words::TOTAL_OF_ALL } else { &words::TOTAL });
                    self.markup("</th>");
                }
                (_, None) => self.markup("<td></td>"),
                (_, Some(total)) => {
                    self.markup("<td class=\"number\">");
                    self.text(&shown::value(total, column, self.brief.lang));
                    self.markup("</td>");
                }
            }
            if bars.is_some_and(|bars| bars.place == *place) {
                self.markup("<td class=\"bar\" aria-hidden=\"true\"></td>");
            }
        }
        self.markup("</tr>\n</tfoot>\n");
    }
}

/// The columns that are shown: not the key that programs use, where people have a label for it.
fn places(section: &Section) -> Vec<usize> {
    let columns = section.report.table.columns();
    let labelled = columns.iter().any(|column| column.name == "label");
    let shown = |(place, column): (usize, &Column)| (!(labelled && column.name == "key")).then_some(place);
    columns.iter().enumerate().filter_map(shown).collect()
}

/// What the report shows, and of which days.
fn caption(section: &Section) -> String {
    let day = |name: &str| {
        let found = section.report.parameters.iter().find(|(parameter, _)| parameter == name);
        found.map(|(_, value)| value).filter(|value| !value.is_null()).map(ToString::to_string)
    };
    let days = match (day("from"), day("to"), day("as_of")) {
        (Some(from), Some(to), _) => Some(format!("{from} – {to}")),
        (_, _, as_of) => as_of,
    };
    days.map_or_else(|| section.about.clone(), |days| format!("{} · {days}", section.about))
}

fn head(section: &Section, column: &Column, currency: &str, lang: crate::schema::Lang) -> String {
    let label = match &section.key {
        Some(key) if column.name == "key" || column.name == "label" => key.as_str(),
        _ => column.label.text(lang),
    };
    match column.column_type {
        ColumnType::Money => {
            format!("{label}{}{currency}{}", words::OPEN.text(lang), words::CLOSE.text(lang))
        }
        _ => label.to_owned(),
    }
}

/// A column that is drawn beside its figures.
struct Bars {
    place: usize,
    largest: i64,
}

impl Bars {
    /// None where nothing is above zero.
    fn of(section: &Section, column: &str) -> Option<Self> {
        let table = &section.report.table;
        let place = table.column(column).ok()?;
        let largest = table.rows().iter().filter_map(|row| row.get(place)?.as_integer()).max()?;
        (largest > 0).then_some(Self { place, largest })
    }

    /// In per cent of the largest.
    fn width(&self, value: &Value) -> i128 {
        let value = i128::from(value.as_integer().unwrap_or(0).max(0));
        value * 100 / i128::from(self.largest)
    }
}
