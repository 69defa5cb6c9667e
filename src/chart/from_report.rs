//! From a report to its picture: which rows are shown, what is put together, and what is said about the rest.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use super::{Chart, Series, figure};
use crate::report::{ChartHint, ChartKind, Column, Report, Table};
use crate::schema::{ColumnType, Lang};
use crate::value::Value;

/// How many bars, stages or rows and columns of cells there are at most.
const MAX_BARS: usize = 20;
const MAX_SLICES: usize = 8;
const MAX_POINTS: usize = 1_000;
const MAX_CELLS: usize = 40;

impl Chart {
    /// The picture of a report: the one that suits it, or bars for the first figure of its rows. None if the report has
    /// no figures.
    ///
    /// Where there are more rows than a picture can show, the small ones are put together as "others" if their figures
    /// may be added up (the report has a total of them); else the first ones are shown, of a course over time the last
    /// ones, and the note says so. Slices that are negative or come to nothing can't make a ring and become bars.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::chart::Chart;
    /// use crmkit::prelude::*;
    /// use crmkit::storage::MemoryStorage;
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// crm.system().customers().create(NewCustomer::new("Acme")).await?;
    /// let report = crm.system().report("composition", [("by", "status")]).await?;
    /// let chart = Chart::of(&report).ok_or("no figures")?;
    /// assert_eq!(chart.labels, ["Normal"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    #[must_use]
    pub fn of(report: &Report) -> Option<Self> {
        let source = Source::of(report)?;
        let mut chart = Self::new(source.hint.kind, title(report), report.lang);
        (chart.subtitle, chart.about) = (subtitle(report), about(report).to_owned());
        match source.across {
            Some(across) => source.cells(&mut chart, across),
            None => source.rows(&mut chart),
        }
        Some(chart)
    }
}

fn about(report: &Report) -> &str {
    report.about.as_ref().map_or("", |about| about.text(report.lang))
}

/// What the report shows, without how it is computed, which follows a colon, and without a source in brackets.
fn title(report: &Report) -> String {
    let about = about(report);
    let (about, _) = about.rsplit_once(" (").filter(|_| about.ends_with(')')).unwrap_or((about, ""));
    let before_colon = about.split_once(": ").or_else(|| about.split_once('：'));
    // An abbreviation alone says too little.
    let telling = |(short, _): &(&str, &str)| !short.chars().all(|letter| letter.is_ascii_uppercase());
    let short = before_colon.filter(telling).map_or(about, |(short, _)| short);
    if short.is_empty() {
        return report.name.to_string();
    }
    let mut letters = short.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// What the report was asked, as far as it was.
fn subtitle(report: &Report) -> String {
    let said = |(name, value): &(crate::schema::Name, Value)| {
        let text = match value {
            Value::Null => return None,
            Value::Json(serde_json::Value::Array(items)) => {
                let item = |item: &serde_json::Value| item.as_str().map_or_else(|| item.to_string(), ToOwned::to_owned);
                items.iter().map(item).collect::<Vec<_>>().join(", ")
            }
            other => other.to_string(),
        };
        Some(format!("{name}: {text}"))
    };
    report.parameters.iter().filter_map(said).collect::<Vec<_>>().join(" · ")
}

/// The columns a picture is made from.
struct Source<'a> {
    table: &'a Table,
    lang: Lang,
    hint: ChartHint,
    labels: Vec<usize>,
    across: Option<usize>,
    values: Vec<usize>,
}

/// What one label has: its figures, one for each series.
type Group = (String, Vec<Value>);

impl<'a> Source<'a> {
    fn of(report: &'a Report) -> Option<Self> {
        let (table, columns) = (&report.table, report.table.columns());
        let places =
            |names: &[&str]| -> Vec<usize> { names.iter().filter_map(|name| table.column(name).ok()).collect() };
        let numeric = |place: &usize| columns.get(*place).is_some_and(|column| column.column_type.is_numeric());
        if let Some(hint) = report.chart {
            let values: Vec<usize> = places(hint.values).into_iter().filter(numeric).collect();
            let (labels, across) = (places(hint.labels), hint.across.and_then(|name| table.column(name).ok()));
            let found = !labels.is_empty() && (hint.values.is_empty() || !values.is_empty());
            if found && (hint.kind != ChartKind::HeatMap || across.is_some()) {
                return Some(Self { table, lang: report.lang, hint, labels, across, values });
            }
        }
        let value = (0..columns.len()).find(|place| numeric(place))?;
        let label = (0..columns.len()).find(|place| !numeric(place)).or_else(|| (0..value).next());
        let hint = ChartHint::new(ChartKind::Bars, &[], &[]);
        let labels = label.into_iter().collect();
        Some(Self { table, lang: report.lang, hint, labels, across: None, values: vec![value] })
    }

    fn column(&self, place: usize) -> Option<&'a Column> {
        self.table.columns().get(place)
    }

    fn column_label(&self, place: usize) -> String {
        self.column(place).map(|column| column.label.text(self.lang).to_owned()).unwrap_or_default()
    }

    /// Whether figures of several rows make one of all.
    fn adds_up(&self) -> bool {
        let totalled =
            |place: &usize| self.column(*place).is_some_and(|column| self.table.total(&column.name).is_some());
        self.hint.merged || self.values.iter().all(totalled)
    }

    /// A figure for each series: those of the row, or that it is one.
    fn figures(&self, row: &[Value]) -> Vec<Value> {
        if self.values.is_empty() {
            return vec![Value::Int(1)];
        }
        self.values.iter().map(|place| row.get(*place).cloned().unwrap_or(Value::Null)).collect()
    }

    fn text(&self, place: usize, row: &[Value]) -> Option<String> {
        match (self.column(place).map(|column| &column.column_type), row.get(place)) {
            (_, None | Some(Value::Null)) => None,
            (Some(ColumnType::Choice(def)), Some(Value::Text(code))) => Some(def.label(code, self.lang).to_owned()),
            (_, Some(value)) => Some(value.to_string()),
        }
    }

    fn label(&self, row: &[Value]) -> String {
        let number = |place: &usize| self.column(*place).is_some_and(|column| column.column_type.is_numeric());
        let texts: Vec<Option<String>> = self.labels.iter().map(|place| self.text(*place, row)).collect();
        if self.labels.len() > 1 && self.labels.iter().all(number) {
            // Bounds; the last has no upper one.
            return texts.into_iter().map(Option::unwrap_or_default).collect::<Vec<_>>().join("–");
        }
        let texts: Vec<String> = texts.into_iter().flatten().collect();
        if texts.is_empty() { none(self.lang).to_owned() } else { texts.join(" · ") }
    }

    fn groups(&self) -> Vec<Group> {
        let rows = self.table.rows().iter().map(|row| (self.label(row), self.figures(row)));
        if !self.hint.merged {
            return rows.collect();
        }
        let (mut groups, mut known): (Vec<Group>, HashMap<String, usize>) = (Vec::new(), HashMap::new());
        for (label, figures) in rows {
            match known.get(&label).and_then(|place| groups.get_mut(*place)) {
                Some(group) => add(&mut group.1, &figures),
                None => {
                    known.insert(label.clone(), groups.len());
                    groups.push((label, figures));
                }
            }
        }
        if self.values.is_empty() {
            groups.sort_by_key(|group| Reverse(group.1.first().and_then(Value::as_integer)));
        }
        groups
    }

    fn rows(&self, chart: &mut Chart) {
        let mut groups = self.groups();
        let whole: i128 = groups.iter().filter_map(|group| group.1.first()?.as_integer()).map(i128::from).sum();
        let negative = |group: &Group| group.1.first().and_then(Value::as_integer).is_some_and(|raw| raw < 0);
        match chart.kind {
            ChartKind::Donut
                if !groups.is_empty() && (whole <= 0 || groups.iter().any(negative) || !self.adds_up()) =>
            {
                chart.kind = ChartKind::Bars;
            }
            // Where an opportunity stands that has no stage, nothing was reached.
            ChartKind::Funnel => groups.retain(|group| group.1.iter().any(|value| figure::of(value).is_some())),
            _ => {}
        }
        let limit = match chart.kind {
            ChartKind::Donut => MAX_SLICES,
            ChartKind::Lines => MAX_POINTS,
            ChartKind::Bars | ChartKind::StackedBars | ChartKind::Funnel | ChartKind::HeatMap => MAX_BARS,
        };
        let ordered = matches!(chart.kind, ChartKind::Lines | ChartKind::Funnel);
        if groups.len() > limit && self.adds_up() && !ordered {
            let others = together(&mut groups, limit);
            self.put_others(chart, &mut groups, others);
        } else if groups.len() > limit {
            let all = groups.len();
            let last = chart.kind == ChartKind::Lines;
            if last {
                groups.drain(..all - limit);
            }
            groups.truncate(limit);
            chart.note = Some(match (self.lang, last) {
                (Lang::Zh, false) => format!("仅显示前 {limit} 项，共 {all} 项"),
                (Lang::Zh, true) => format!("仅显示最后 {limit} 项，共 {all} 项"),
                (Lang::En, false) => format!("Only the first {limit} of {all} are shown"),
                (Lang::En, true) => format!("Only the last {limit} of {all} are shown"),
            });
        }
        let names: Vec<String> = match self.values.as_slice() {
            [] => vec![chart.pick("数量", "Count").to_owned()],
            places => places.iter().map(|place| self.column_label(*place)).collect(),
        };
        chart.axis = names.iter().map(String::as_str).collect::<Vec<_>>().join(" · ");
        chart.series = names.into_iter().map(|name| Series::new(name, Vec::new())).collect();
        for (label, figures) in groups {
            chart.labels.push(label);
            for (series, value) in chart.series.iter_mut().zip(figures) {
                series.values.push(value);
            }
        }
    }

    /// The others as a last label; of bars that would shrink to nothing beside theirs, in the note instead.
    fn put_others(&self, chart: &mut Chart, groups: &mut Vec<Group>, (count, figures): Others) {
        let label = match self.lang {
            Lang::Zh => format!("其他 {count} 项"),
            Lang::En => format!("{count} others"),
        };
        let largest = groups.iter().map(|group| size(&group.1).abs()).max().unwrap_or(0);
        if chart.kind == ChartKind::Donut || size(&figures).abs() <= 2 * largest {
            chart.others = true;
            return groups.push((label, figures));
        }
        let told: Vec<String> = match self.values.as_slice() {
            [] | [_] => figures.iter().map(figure::shown).collect(),
            places => {
                let named = |(place, value): (&usize, &Value)| {
                    format!("{} {}", self.column_label(*place), figure::shown(value))
                };
                places.iter().zip(&figures).map(named).collect()
            }
        };
        chart.note = Some(match self.lang {
            Lang::Zh => format!("{label}合计：{}", told.join("，")),
            Lang::En => format!("{label} together: {}", told.join(", ")),
        });
    }

    /// A cell for each row of the table, or for all rows that fall into it.
    fn cells(&self, chart: &mut Chart, across: usize) {
        let down = self.labels.first().copied().unwrap_or(0);
        let at = |row: &'a Vec<Value>, place: usize| row.get(place).unwrap_or(&Value::Null);
        let values =
            |place: usize| -> BTreeSet<&Value> { self.table.rows().iter().map(|row| at(row, place)).collect() };
        let (rows, columns) = (values(down), values(across));
        let mut cells: HashMap<(&Value, &Value), Value> = HashMap::new();
        for row in self.table.rows() {
            let figure = self.figures(row).into_iter().next().unwrap_or(Value::Null);
            let key = (at(row, down), at(row, across));
            match cells.get_mut(&key) {
                Some(cell) if self.hint.merged => *cell = sum(cell, &figure),
                _ => {
                    cells.insert(key, figure);
                }
            }
        }
        let all = (rows.len(), columns.len());
        let columns: Vec<&Value> = columns.into_iter().take(MAX_CELLS).collect();
        let name = |value: &Value| if value.is_null() { none(self.lang).to_owned() } else { value.to_string() };
        chart.labels = columns.iter().map(|value| name(value)).collect();
        for row in rows.into_iter().take(MAX_CELLS) {
            let cell = |column: &&Value| cells.get(&(row, *column)).cloned().unwrap_or(Value::Null);
            chart.series.push(Series::new(name(row), columns.iter().map(cell).collect()));
        }
        if all.0 > MAX_CELLS || all.1 > MAX_CELLS {
            let shown = (chart.series.len(), chart.labels.len());
            chart.note = Some(match self.lang {
                Lang::Zh => format!("仅显示前 {} 行 {} 列，共 {} 行 {} 列", shown.0, shown.1, all.0, all.1),
                Lang::En => format!("Only the first {} × {} of {} × {} are shown", shown.0, shown.1, all.0, all.1),
            });
        }
        let measure = self.values.first().map(|place| self.column_label(*place));
        let measure = measure.unwrap_or_else(|| chart.pick("数量", "Count").to_owned());
        chart.axis = format!("{measure} · {} ↓ · {} →", self.column_label(down), self.column_label(across));
    }
}

const fn none(lang: Lang) -> &'static str {
    match lang {
        Lang::Zh => "（无）",
        Lang::En => "(none)",
    }
}

/// How many were put together, and their figures.
type Others = (usize, Vec<Value>);

/// Keeps the largest, in the order they are in, and puts the others together.
fn together(groups: &mut Vec<Group>, limit: usize) -> Others {
    let mut order: Vec<usize> = (0..groups.len()).collect();
    order.sort_by_key(|place| Reverse(groups.get(*place).map(|group| size(&group.1))));
    let kept: BTreeSet<usize> = order.into_iter().take(limit.saturating_sub(1)).collect();
    let mut others: Vec<Value> = Vec::new();
    let count = groups.len() - kept.len();
    for (place, group) in std::mem::take(groups).into_iter().enumerate() {
        if kept.contains(&place) {
            groups.push(group);
        } else if others.is_empty() {
            others = group.1;
        } else {
            add(&mut others, &group.1);
        }
    }
    (count, others)
}

fn size(figures: &[Value]) -> i128 {
    figures.iter().filter_map(Value::as_integer).map(i128::from).sum()
}

fn add(to: &mut [Value], more: &[Value]) {
    for (value, more) in to.iter_mut().zip(more) {
        *value = sum(value, more);
    }
}

/// The sum of two figures; no value counts nothing, and a sum that leaves the range is none.
fn sum(left: &Value, right: &Value) -> Value {
    match (left.as_integer(), right.as_integer()) {
        (Some(one), Some(other)) => {
            one.checked_add(other).and_then(|raw| left.with_integer(raw)).unwrap_or(Value::Null)
        }
        (None, _) => right.clone(),
        (_, None) => left.clone(),
    }
}
