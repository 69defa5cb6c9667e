//! Lines from left to right.

use std::fmt::Write;

use super::super::figure::{self, Axis};
use super::super::palette;
use super::super::svg::{Anchor, Font, Px, Svg};
use super::super::text;
use super::{Canvas, MARGIN, says};

const HEIGHT: f64 = 280.0;
const TICK: Font = Font::new(11.0).fill(palette::QUIET);
/// Up to how many points each has a mark of its own.
const MARKED: usize = 200;
/// Up to how many points of a single line the figures stand beside them.
const SPOKEN: usize = 12;

/// A line for each series.
pub(super) fn lines(canvas: &mut Canvas<'_>) {
    canvas.legend(true);
    let chart = canvas.chart;
    let axis = Axis::over(chart.series.iter().flat_map(|series| &series.values));
    let scale = axis.ticks().map(|(_, shown)| text::width(&shown, TICK.size)).fold(0.0, f64::max);
    let (left, right) = (MARGIN + scale + 10.0, canvas.right() - 24.0);
    let top = canvas.y + 14.0;
    let y = |number: f64| top + (1.0 - axis.part(number)) * HEIGHT;
    for (number, shown) in axis.ticks() {
        canvas.svg.line((left, y(number)), (right, y(number)), palette::GRID);
        canvas.svg.text(left - 8.0, y(number), TICK.anchor(Anchor::End), &shown);
    }
    canvas.svg.line((left, y(0.0)), (right, y(0.0)), palette::INK);
    let points = chart.labels.len();
    let x = |place: usize| match points {
        0 | 1 => (left + right) / 2.0,
        _ => left + 12.0 + (right - left - 24.0) * count(place) / count(points - 1),
    };
    names(canvas, top + HEIGHT + 13.0, &x);
    for (number, series) in chart.series.iter().enumerate() {
        let places: Vec<Option<(f64, f64)>> =
            (0..points).map(|place| Some((x(place), y(figure::of(series.values.get(place)?)?)))).collect();
        let (stroke, dashes) = (palette::colour(number).fill, palette::dashes(number));
        canvas.svg.empty(
            "path",
            &[
                ("d", &joined(&places)),
                ("fill", &"none"),
                ("stroke", &stroke),
                ("stroke-width", &Px(2.0)),
                ("stroke-dasharray", &dashes),
                ("stroke-linejoin", &"round"),
            ],
        );
        if points > MARKED {
            continue;
        }
        for (place, at) in places.into_iter().enumerate() {
            let (Some(at), Some(value), Some(label)) = (at, series.values.get(place), chart.labels.get(place)) else {
                continue;
            };
            let shown = figure::shown(value);
            let spoken = chart.series.len() == 1 && points <= SPOKEN;
            canvas.svg.mark(&says(chart, number, label, &shown), |svg| {
                mark(svg, at, number);
                if spoken {
                    svg.text(at.0, at.1 - 13.0, Font::new(11.0).anchor(Anchor::Middle), &shown);
                }
            });
        }
    }
    canvas.y = top + HEIGHT + 26.0;
}

/// A piece of a series' line with its mark.
pub(super) fn sample(svg: &mut Svg, (x, y): (f64, f64), series: usize) {
    let [from, to, level] = &[x, x + 20.0, y].map(Px);
    let (stroke, dashes) = (palette::colour(series).fill, palette::dashes(series));
    svg.empty(
        "line",
        &[
            ("x1", from),
            ("y1", level),
            ("x2", to),
            ("y2", level),
            ("stroke", &stroke),
            ("stroke-width", &Px(2.0)),
            ("stroke-dasharray", &dashes),
        ],
    );
    mark(svg, (x + 10.0, y), series);
}

/// A circle, square, diamond or triangle.
fn mark(svg: &mut Svg, (x, y): (f64, f64), series: usize) {
    let fill = palette::colour(series).fill;
    let corners: &[(f64, f64)] = match series % 4 {
        1 => &[(-3.5, -3.5), (3.5, -3.5), (3.5, 3.5), (-3.5, 3.5)],
        2 => &[(0.0, -5.0), (5.0, 0.0), (0.0, 5.0), (-5.0, 0.0)],
        3 => &[(0.0, -4.5), (4.5, 4.0), (-4.5, 4.0)],
        _ => return svg.empty("circle", &[("cx", &Px(x)), ("cy", &Px(y)), ("r", &Px(3.5)), ("fill", &fill)]),
    };
    let points: Vec<String> = corners.iter().map(|(dx, dy)| format!("{},{}", Px(x + dx), Px(y + dy))).collect();
    svg.empty("polygon", &[("points", &points.join(" ")), ("fill", &fill)]);
}

/// The names below, as many as have room.
fn names(canvas: &mut Canvas<'_>, y: f64, x: &impl Fn(usize) -> f64) {
    let mut free = MARGIN;
    for (place, label) in canvas.chart.labels.iter().enumerate() {
        let shown = text::fitted(label, TICK.size, 120.0);
        let half = text::width(&shown, TICK.size) / 2.0;
        let middle = x(place).min(canvas.width - 2.0 - half);
        if middle - half < free {
            continue;
        }
        free = middle + half + 10.0;
        canvas.svg.mark(&text::plain(label), |svg| svg.text(middle, y, TICK.anchor(Anchor::Middle), &shown));
    }
}

/// A line through the points, broken where there is none.
fn joined(places: &[Option<(f64, f64)>]) -> String {
    let (mut shape, mut on) = (String::new(), false);
    for place in places {
        if let Some((x, y)) = place {
            let gap = if shape.is_empty() { "" } else { " " };
            // Writing into memory does not fail.
            let _ = write!(shape, "{gap}{}{} {}", if on { "L" } else { "M" }, Px(*x), Px(*y));
        }
        on = place.is_some();
    }
    shape
}

fn count(n: usize) -> f64 {
    u32::try_from(n).map_or(0.0, f64::from)
}
