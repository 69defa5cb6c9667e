//! A field of cells, darker where the figure is larger.

use super::super::figure;
use super::super::palette;
use super::super::svg::{Anchor, Font};
use super::super::text;
use super::{Canvas, LABEL, MARGIN, label_width};
use crate::value::Value;

const ROW: f64 = 26.0;
const HEAD: Font = Font::new(11.0).fill(palette::QUIET);
const SMALL: Font = Font::new(12.0).fill(palette::QUIET);

/// A row of cells for each series.
pub(super) fn cells(canvas: &mut Canvas<'_>) {
    let chart = canvas.chart;
    let room = canvas.right() - MARGIN;
    canvas.one_line(SMALL, &chart.axis.clone(), 20.0, room);
    let labels = label_width(chart.series.iter().map(|series| series.name.as_str()), room * 0.3);
    let left = MARGIN + labels + 10.0;
    let columns = u32::try_from(chart.labels.len()).map_or(1.0, f64::from).max(1.0);
    let wide = ((canvas.right() - left) / columns).clamp(4.0, 90.0);
    heads(canvas, left, wide);
    let numbers = || chart.series.iter().flat_map(|series| &series.values).filter_map(figure::of);
    let most = numbers().map(f64::abs).fold(0.0, f64::max);
    // Either all figures have room in their cells, or none is written.
    let shown = chart.series.iter().flat_map(|series| &series.values).filter(|value| figure::of(value).is_some());
    let spoken = shown.map(|value| text::width(&figure::shown(value), 11.0)).fold(0.0, f64::max) + 4.0 < wide;
    for series in &chart.series {
        let middle = canvas.y + ROW / 2.0;
        let name = text::fitted(&series.name, LABEL.size, room * 0.3);
        let font = LABEL.anchor(Anchor::End);
        canvas.svg.mark(&text::plain(&series.name), |svg| svg.text(left - 10.0, middle, font, &name));
        let mut x = left;
        for (label, value) in chart.labels.iter().zip(&series.values) {
            if let Some(number) = figure::of(value) {
                let says = format!("{}, {}: {}", text::plain(&series.name), text::plain(label), figure::shown(value));
                let part = if most > 0.0 { number.abs() / most } else { 0.0 };
                let (fill, ink) = palette::shade(part, number < 0.0);
                let top = canvas.y;
                canvas.svg.mark(&says, |svg| {
                    svg.rectangle((x, top), (wide - 1.0, ROW - 1.0), &fill);
                    if spoken {
                        let font = Font::new(11.0).fill(ink).anchor(Anchor::Middle);
                        svg.text(x + wide / 2.0, middle, font, &figure::shown(value));
                    }
                });
            }
            x += wide;
        }
        canvas.y += ROW;
    }
    scale(canvas, left);
}

fn heads(canvas: &mut Canvas<'_>, left: f64, wide: f64) {
    let mut free = left - wide;
    let middle = canvas.y + 9.0;
    for (place, label) in canvas.chart.labels.iter().enumerate() {
        let x = left + (u32::try_from(place).map_or(0.0, f64::from) + 0.5) * wide;
        let shown = text::fitted(label, HEAD.size, wide.max(60.0));
        let half = text::width(&shown, HEAD.size) / 2.0;
        if x - half < free || x + half > canvas.width {
            continue;
        }
        free = x + half + 4.0;
        canvas.svg.mark(&text::plain(label), |svg| svg.text(x, middle, HEAD.anchor(Anchor::Middle), &shown));
    }
    canvas.y += 20.0;
}

/// What the darkness means: from nothing to the largest figure.
fn scale(canvas: &mut Canvas<'_>, left: f64) {
    let figures =
        || canvas.chart.series.iter().flat_map(|series| &series.values).filter(|value| figure::of(value).is_some());
    let size = |value: &&&Value| value.as_integer().map(i64::unsigned_abs);
    let Some(most) = figures().max_by_key(|value| size(&value)) else { return };
    let Some(zero) = most.with_integer(0) else { return };
    let below = most.as_integer().is_some_and(|raw| raw < 0);
    let middle = canvas.y + 18.0;
    let nothing = figure::shown(&zero);
    canvas.svg.text(left, middle, HEAD, &nothing);
    let mut x = left + text::width(&nothing, HEAD.size) + 6.0;
    for part in [0.0, 0.25, 0.5, 0.75, 1.0] {
        canvas.svg.rectangle((x, middle - 6.0), (22.0, 12.0), &palette::shade(part, below).0);
        x += 22.0;
    }
    canvas.svg.text(x + 6.0, middle, HEAD, &figure::shown(most));
    canvas.y += 30.0;
}
