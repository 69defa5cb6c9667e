//! A ring that is divided among the rows.

use std::f64::consts::{FRAC_PI_2, TAU};

use super::super::figure;
use super::super::palette;
use super::super::svg::{Anchor, Font, Px};
use super::super::text;
use super::{Canvas, LABEL, MARGIN, path};
use crate::value::Value;

const OUTER: f64 = 130.0;
const INNER: f64 = 72.0;
const ROW: f64 = 24.0;

/// A slice for each label, and beside the ring what each is.
pub(super) fn ring(canvas: &mut Canvas<'_>) {
    canvas.legend(false);
    let chart = canvas.chart;
    let empty = Vec::new();
    let values = chart.series.first().map_or(&empty, |series| &series.values);
    let raw = |value: &Value| value.as_integer().map_or(0, |raw| i128::from(raw.max(0)));
    let whole: i128 = values.iter().map(raw).sum();
    let total: f64 = values.iter().filter_map(figure::of).map(|number| number.max(0.0)).sum();
    // Where the picture is narrow, what each slice is stands below the ring.
    let narrow = canvas.width < 560.0;
    let told = ROW * rows(chart.labels.len());
    let height = if narrow { 2.0 * OUTER } else { (2.0 * OUTER).max(told) };
    let centre = (if narrow { canvas.width / 2.0 } else { MARGIN + OUTER }, canvas.y + height / 2.0);
    let mut from = 0.0;
    for (place, (label, value)) in chart.labels.iter().zip(values).enumerate() {
        let part = figure::of(value).map_or(0.0, |number| number.max(0.0)) / total;
        if !part.is_finite() || part <= 0.0 {
            continue;
        }
        let share = figure::percent(raw(value), whole);
        let says = format!("{}: {} ({share})", text::plain(label), figure::shown(value));
        let colour = chart.colour(place, place);
        canvas.svg.mark(&says, |svg| {
            path(svg, &slice(centre, from, part), colour.fill);
            if part > 0.055 {
                let at = around(centre, f64::midpoint(OUTER, INNER), from + part / 2.0);
                let font = Font::new(12.0).fill(colour.text).anchor(Anchor::Middle);
                svg.text(at.0, at.1, font, &share);
            }
        });
        from += part;
    }
    canvas.y += height;
    if narrow {
        canvas.y += 12.0;
        beside(canvas, values, (MARGIN, canvas.y), whole);
        canvas.y += told;
    } else {
        beside(canvas, values, (2.0 * (MARGIN + OUTER) + MARGIN, centre.1 - told / 2.0), whole);
    }
}

/// What each slice is, from a place downwards.
fn beside(canvas: &mut Canvas<'_>, values: &[Value], (x, top): (f64, f64), whole: i128) {
    let chart = canvas.chart;
    let end = canvas.right();
    let said: Vec<(String, String)> = values
        .iter()
        .map(|value| {
            let part = value.as_integer().map_or(0, i128::from);
            (figure::shown(value), figure::percent(part, whole))
        })
        .collect();
    let widest = |texts: &dyn Fn(&(String, String)) -> f64| said.iter().map(texts).fold(0.0, f64::max);
    let shares = widest(&|said| text::width(&said.1, LABEL.size));
    let figures = widest(&|said| text::width(&said.0, LABEL.size));
    let labels = chart.labels.iter().map(|label| text::width(&text::plain(label), LABEL.size)).fold(0.0, f64::max);
    let room = (end - shares - figures - 56.0 - x).max(40.0);
    // Figures stand near the labels, not at the far end.
    let figures_end = x + 24.0 + labels.min(room) + 16.0 + figures;
    let mut y = top + ROW / 2.0;
    for (place, (label, (figure, share))) in chart.labels.iter().zip(&said).enumerate() {
        canvas.svg.rectangle((x, y - 6.0), (12.0, 12.0), chart.colour(place, place).fill);
        let shown = text::fitted(label, LABEL.size, room);
        canvas.svg.mark(&text::plain(label), |svg| svg.text(x + 24.0, y, LABEL, &shown));
        canvas.svg.text(figures_end, y, LABEL.anchor(Anchor::End), figure);
        canvas.svg.text(figures_end + 16.0 + shares, y, LABEL.fill(palette::QUIET).anchor(Anchor::End), share);
        y += ROW;
    }
}

/// The outline of a part of the ring, both given as parts of a turn.
fn slice(centre: (f64, f64), from: f64, part: f64) -> String {
    let arc = |radius: f64, sweep: u8, to: (f64, f64)| {
        format!("A{} {} 0 {} {sweep} {} {}", Px(radius), Px(radius), u8::from(part > 0.5), Px(to.0), Px(to.1))
    };
    if part > 0.999_9 {
        let circle = |radius: f64, sweep: u8| {
            let (left, right) = (centre.0 - radius, centre.0 + radius);
            let half = |x: f64| format!("A{} {} 0 0 {sweep} {} {}", Px(radius), Px(radius), Px(x), Px(centre.1));
            format!("M{} {} {} {} Z", Px(left), Px(centre.1), half(right), half(left))
        };
        return format!("{} {}", circle(OUTER, 1), circle(INNER, 0));
    }
    let start = around(centre, OUTER, from);
    let outer = arc(OUTER, 1, around(centre, OUTER, from + part));
    let turn = around(centre, INNER, from + part);
    let inner = arc(INNER, 0, around(centre, INNER, from));
    format!("M{} {} {outer} L{} {} {inner} Z", Px(start.0), Px(start.1), Px(turn.0), Px(turn.1))
}

/// The place on a circle at a part of a turn, which begins at the top and goes as a clock's hands do.
fn around(centre: (f64, f64), radius: f64, turn: f64) -> (f64, f64) {
    let angle = turn * TAU - FRAC_PI_2;
    (centre.0 + radius * angle.cos(), centre.1 + radius * angle.sin())
}

fn rows(n: usize) -> f64 {
    u32::try_from(n).map_or(0.0, f64::from)
}
