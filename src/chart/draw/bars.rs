//! Bars from top to bottom, and funnels.

use super::super::figure::{self, Axis};
use super::super::palette;
use super::super::svg::{Anchor, Font};
use super::super::text;
use super::{Canvas, LABEL, MARGIN, label_width, says};
use crate::report::ChartKind;
use crate::value::Value;

const ROW: f64 = 26.0;
const THICK: f64 = 18.0;
const VALUE: Font = Font::new(12.0);
const TICK: Font = Font::new(11.0).fill(palette::QUIET);
const NONE: &Value = &Value::Null;

/// Where bars lie between left and right.
struct Field {
    axis: Axis,
    left: f64,
    right: f64,
}

impl Field {
    fn x(&self, number: f64) -> f64 {
        self.left + self.axis.part(number) * (self.right - self.left)
    }
}

/// A bar for each label; with several series one of pieces.
pub(super) fn bars(canvas: &mut Canvas<'_>) {
    canvas.legend(false);
    let chart = canvas.chart;
    let stacked = chart.kind == ChartKind::StackedBars && chart.series.len() > 1;
    let rows: Vec<Row<'_>> = (0..chart.labels.len()).map(|place| Row::of(chart, place, stacked)).collect();
    let room = canvas.right() - MARGIN;
    let labels = label_width(chart.labels.iter().map(String::as_str), room * 0.36);
    let ends = |below: bool| {
        let said = rows.iter().filter(|row| (row.least < 0.0 && row.most <= 0.0) == below);
        said.map(|row| text::width(&row.said, VALUE.size) + 8.0).fold(0.0, f64::max)
    };
    let (least, most) =
        rows.iter().fold((0.0_f64, 0.0_f64), |(least, most), row| (least.min(row.least), most.max(row.most)));
    let values = || chart.series.iter().flat_map(|series| &series.values);
    let whole = values().all(|value| matches!(value, Value::Int(_) | Value::Null));
    let axis = Axis::between(least, most, whole, values().any(|value| matches!(value, Value::Rate(_))));
    let left = MARGIN + labels + 10.0 + if least < 0.0 { ends(true) } else { 0.0 };
    let field = Field { axis, left, right: (canvas.right() - ends(false)).max(left + 60.0) };
    let top = canvas.y;
    let height = row_count(rows.len()) * ROW;
    ticks(canvas, &field, top, height);
    for (place, row) in rows.iter().enumerate() {
        let middle = top + (row_count(place) + 0.5) * ROW;
        let label = chart.labels.get(place).map_or("", String::as_str);
        let shown = text::fitted(label, LABEL.size, room * 0.36);
        let font = LABEL.anchor(Anchor::End);
        let end = MARGIN + labels;
        canvas.svg.mark(&text::plain(label), |svg| svg.text(end, middle, font, &shown));
        draw_row(canvas, &field, row, place, middle);
    }
    let zero = field.x(0.0);
    canvas.svg.line((zero, top), (zero, top + height), palette::INK);
    canvas.y = top + height + 22.0;
}

/// The pieces of one bar.
struct Row<'a> {
    pieces: Vec<(usize, &'a Value, f64)>,
    /// How far it reaches below and above zero.
    least: f64,
    most: f64,
    said: String,
    stacked: bool,
}

impl<'a> Row<'a> {
    fn of(chart: &'a super::Chart, place: usize, stacked: bool) -> Self {
        let value = |series: &'a super::super::Series| series.values.get(place).unwrap_or(NONE);
        let shown = if stacked { chart.series.len() } else { 1 };
        let figures = chart.series.iter().take(shown).enumerate();
        let pieces: Vec<(usize, &Value, f64)> =
            figures.filter_map(|(number, series)| Some((number, value(series), figure::of(value(series))?))).collect();
        let part = |below: bool| pieces.iter().map(|piece| piece.2).filter(|n| (*n < 0.0) == below).sum::<f64>();
        let (least, most) = (part(true), part(false));
        let total = |pieces: &[(usize, &Value, f64)]| {
            let raw = pieces.iter().filter_map(|piece| piece.1.as_integer()).map(i128::from).sum::<i128>();
            let first = pieces.first()?.1;
            first.with_integer(i64::try_from(raw).ok()?)
        };
        let said = if pieces.is_empty() {
            "–".to_owned()
        } else {
            total(&pieces).as_ref().map_or_else(String::new, figure::shown)
        };
        Self { pieces, least, most, said, stacked }
    }
}

fn draw_row(canvas: &mut Canvas<'_>, field: &Field, row: &Row<'_>, place: usize, middle: f64) {
    let label = canvas.chart.labels.get(place).map_or("", String::as_str);
    let (mut below, mut above) = (0.0, 0.0);
    for (series, value, number) in &row.pieces {
        let start = if *number < 0.0 { &mut below } else { &mut above };
        let (from, to) = (field.x(*start), field.x(*start + number));
        *start += number;
        let shown = figure::shown(value);
        let (x, wide) = (from.min(to), (to - from).abs());
        let several = row.stacked;
        // In a bar of pieces the colours already say what is what.
        let colour = if several { palette::colour(*series) } else { canvas.chart.colour(place, *series) };
        let inside = several && text::width(&shown, 11.0) + 6.0 < wide;
        canvas.svg.mark(&says(canvas.chart, *series, label, &shown), |svg| {
            // A gap on the right keeps pieces apart where all colours are grey.
            let gap = if several && wide > 3.0 { 1.0 } else { 0.0 };
            svg.rectangle((x, middle - THICK / 2.0), (wide - gap, THICK), colour.fill);
            if inside {
                let font = Font::new(11.0).fill(colour.text).anchor(Anchor::Middle);
                svg.text(x + wide / 2.0, middle, font, &shown);
            }
        });
    }
    if row.least < 0.0 && row.most <= 0.0 {
        canvas.svg.text(field.x(row.least) - 5.0, middle, VALUE.anchor(Anchor::End), &row.said);
    } else {
        canvas.svg.text(field.x(row.most) + 5.0, middle, VALUE, &row.said);
    }
}

fn ticks(canvas: &mut Canvas<'_>, field: &Field, top: f64, height: f64) {
    let mut free = f64::MIN;
    for (number, shown) in field.axis.ticks() {
        let (x, half) = (field.x(number), text::width(&shown, TICK.size) / 2.0);
        canvas.svg.line((x, top), (x, top + height), palette::GRID);
        // Ticks whose texts would run into each other or out of the picture keep silent.
        if x - half >= free && x + half <= canvas.width - 2.0 {
            canvas.svg.text(x, top + height + 11.0, TICK.anchor(Anchor::Middle), &shown);
            free = x + half + 8.0;
        }
    }
}

/// A centred bar for each label, and between them what becomes of the one above.
pub(super) fn funnel(canvas: &mut Canvas<'_>) {
    canvas.legend(false);
    let chart = canvas.chart;
    let empty = Vec::new();
    let values = chart.series.first().map_or(&empty, |series| &series.values);
    let room = canvas.right() - MARGIN;
    let labels = label_width(chart.labels.iter().map(String::as_str), room * 0.3);
    let said: Vec<String> = values.iter().map(figure::shown).collect();
    let ends = said.iter().map(|said| text::width(said, LABEL.size)).fold(0.0, f64::max);
    let (left, right) = (MARGIN + labels + 12.0, canvas.right() - ends - 12.0);
    let (middle, half) = ((left + right) / 2.0, (right - left) / 2.0);
    let most = values.iter().filter_map(figure::of).fold(0.0, f64::max);
    let reach = |value: &Value| {
        let part = figure::of(value).unwrap_or(0.0) / most;
        if part.is_finite() { part.clamp(0.0, 1.0) * half } else { 0.0 }
    };
    let (tall, between) = (26.0, 12.0);
    let end = MARGIN + labels;
    for (place, (label, value)) in chart.labels.iter().zip(values).enumerate() {
        let (top, wide) = (canvas.y, reach(value));
        let says = says(chart, 0, label, &figure::shown(value));
        let shown = text::fitted(label, LABEL.size, room * 0.3);
        canvas.svg.mark(&says, |svg| {
            svg.text(end, top + tall / 2.0, LABEL.anchor(Anchor::End), &shown);
            // What nothing has reached still has its place.
            let wide = wide.max(0.5);
            svg.rectangle((middle - wide, top), (2.0 * wide, tall), palette::colour(0).fill);
        });
        let figure = said.get(place).map_or("", String::as_str);
        canvas.svg.text(right + 12.0, top + tall / 2.0, LABEL, figure);
        if let Some(next) = values.get(place + 1).map(&reach).filter(|next| *next <= wide) {
            let corners = [(-wide, tall), (wide, tall), (next, tall + between), (-next, tall + between)];
            let points: Vec<String> =
                corners.iter().map(|(x, y)| format!("{:.1},{:.1}", middle + x, top + y)).collect();
            canvas.svg.empty("polygon", &[("points", &points.join(" ")), ("fill", &"#d6e8f4")]);
        }
        canvas.y += tall + between;
    }
}

fn row_count(rows: usize) -> f64 {
    u32::try_from(rows).map_or(0.0, f64::from)
}
