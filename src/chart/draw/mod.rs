//! Drawing: the frame around every picture, and the kinds of pictures.

mod bars;
mod cells;
mod lines;
mod ring;

use super::svg::{Anchor, Font, Px, Svg};
use super::{Chart, figure, palette, text};
use crate::report::ChartKind;

/// The space around everything.
const MARGIN: f64 = 16.0;
const TITLE: Font = Font::new(18.0).bold();
const SMALL: Font = Font::new(12.0).fill(palette::QUIET);
const LABEL: Font = Font::new(13.0);
/// How many figures the description tells.
const TOLD: usize = 30;

/// The picture of a chart.
pub(super) fn svg(chart: &Chart) -> String {
    let width = f64::from(chart.width.clamp(320, 4_000));
    let mut canvas = Canvas { svg: Svg::inside(), chart, width, y: MARGIN };
    canvas.heading();
    if chart.is_empty() {
        canvas.nothing();
    } else {
        match chart.kind {
            ChartKind::Bars | ChartKind::StackedBars => bars::bars(&mut canvas),
            ChartKind::Funnel => bars::funnel(&mut canvas),
            ChartKind::Lines => lines::lines(&mut canvas),
            ChartKind::Donut => ring::ring(&mut canvas),
            ChartKind::HeatMap => cells::cells(&mut canvas),
        }
    }
    canvas.foot();
    let height = canvas.y + MARGIN;
    let mut whole = Svg::inside();
    whole.rectangle((0.0, 0.0), (width, height), palette::PAPER);
    whole.append(canvas.svg);
    whole.finish(width, height, &text::plain(&chart.title), &description(chart))
}

/// Where the next thing is drawn.
struct Canvas<'a> {
    svg: Svg,
    chart: &'a Chart,
    width: f64,
    /// What lies above it is drawn.
    y: f64,
}

impl Canvas<'_> {
    /// Where what is drawn ends on the right.
    fn right(&self) -> f64 {
        self.width - MARGIN
    }

    fn heading(&mut self) {
        let room = self.right() - MARGIN;
        self.one_line(TITLE, &self.chart.title.clone(), 26.0, room);
        if !self.chart.subtitle.is_empty() {
            self.one_line(SMALL, &self.chart.subtitle.clone(), 18.0, room);
        }
        self.y += 6.0;
    }

    fn one_line(&mut self, font: Font, said: &str, height: f64, room: f64) {
        // Bold letters are a little wider.
        let size = if font.bold { font.size * 1.08 } else { font.size };
        let shown = text::fitted(said, size, room);
        let (x, y) = (MARGIN, self.y + height / 2.0);
        if shown == text::plain(said) {
            self.svg.text(x, y, font, &shown);
        } else {
            self.svg.mark(&text::plain(said), |svg| svg.text(x, y, font, &shown));
        }
        self.y += height;
    }

    fn nothing(&mut self) {
        let said = self.chart.pick("（无数据）", "(no data)");
        let size = (self.right() - MARGIN, 96.0);
        self.svg.rectangle((MARGIN, self.y), size, "#f5f5f5");
        let font = Font::new(14.0).fill(palette::QUIET).anchor(Anchor::Middle);
        self.svg.text(self.width / 2.0, self.y + size.1 / 2.0, font, said);
        self.y += size.1;
    }

    fn foot(&mut self) {
        if let Some(note) = &self.chart.note {
            self.y += 6.0;
            self.one_line(SMALL, &note.clone(), 18.0, self.right() - MARGIN);
        }
    }

    /// What the figures are; with several series, which colour is which.
    fn legend(&mut self, dashed: bool) {
        let room = self.right() - MARGIN;
        if self.chart.series.len() < 2 {
            if !self.chart.axis.is_empty() {
                self.one_line(SMALL, &self.chart.axis.clone(), 20.0, room);
            }
            return;
        }
        let mut x = MARGIN;
        for (place, series) in self.chart.series.iter().enumerate() {
            let shown = text::fitted(&series.name, LABEL.size, room / 2.0);
            let taken = 26.0 + text::width(&shown, LABEL.size) + 18.0;
            if x + taken > self.right() && x > MARGIN {
                x = MARGIN;
                self.y += 20.0;
            }
            let middle = self.y + 10.0;
            if dashed {
                lines::sample(&mut self.svg, (x, middle), place);
            } else {
                self.svg.rectangle((x + 4.0, middle - 6.0), (12.0, 12.0), palette::colour(place).fill);
            }
            self.svg.mark(&text::plain(&series.name), |svg| svg.text(x + 24.0, middle, LABEL, &shown));
            x += taken;
        }
        self.y += 26.0;
    }
}

/// What the picture shows, in words: its kind and its first figures.
fn description(chart: &Chart) -> String {
    let about = text::plain(&chart.about);
    let about = if about.is_empty() { about } else { format!("{about}. ") };
    let kind = match chart.kind {
        ChartKind::Bars => chart.pick("条形图", "Bar chart"),
        ChartKind::StackedBars => chart.pick("堆叠条形图", "Stacked bar chart"),
        ChartKind::Lines => chart.pick("折线图", "Line chart"),
        ChartKind::Donut => chart.pick("环形图", "Donut chart"),
        ChartKind::Funnel => chart.pick("漏斗图", "Funnel"),
        ChartKind::HeatMap => chart.pick("热力图", "Heat map"),
    };
    if chart.is_empty() {
        return format!("{about}{kind}: {}", chart.pick("（无数据）", "(no data)"));
    }
    let mut figures = chart.series.iter().flat_map(|series| {
        let one = chart.series.len() == 1;
        chart.labels.iter().zip(&series.values).filter(|(_, value)| figure::of(value).is_some()).map(
            move |(label, value)| {
                let series = if one { String::new() } else { format!("{}, ", text::fitted(&series.name, 10.0, 400.0)) };
                format!("{series}{}: {}", text::fitted(label, 10.0, 400.0), figure::shown(value))
            },
        )
    });
    let told: Vec<String> = figures.by_ref().take(TOLD).collect();
    let more = if figures.next().is_some() { "; …" } else { "" };
    format!("{about}{kind}: {}{more}", told.join("; "))
}

/// What a mark says when pointed at.
fn says(chart: &Chart, series: usize, label: &str, value: &str) -> String {
    let label = text::plain(label);
    match chart.series.get(series) {
        Some(series) if chart.series.len() > 1 => format!("{label}, {}: {value}", text::plain(&series.name)),
        _ => format!("{label}: {value}"),
    }
}

/// How wide a column of labels is: as the widest, but no more than a share of the picture.
fn label_width<'a>(labels: impl Iterator<Item = &'a str>, most: f64) -> f64 {
    labels.map(|label| text::width(&text::fitted(label, LABEL.size, most), LABEL.size)).fold(20.0, f64::max)
}

fn path(svg: &mut Svg, shape: &str, fill: &str) {
    svg.empty("path", &[("d", &shape), ("fill", &fill), ("stroke", &palette::PAPER), ("stroke-width", &Px(2.0))]);
}
