//! Writing SVG: every text and attribute is escaped here and nowhere else.

use std::fmt::{self, Display, Write};

use super::palette::INK;

/// The fonts that are asked for: widths are those of the first, and the others have what it has not.
const FONTS: &str = "Arial, Helvetica, 'Noto Sans CJK SC', 'Microsoft YaHei', 'PingFang SC', sans-serif";

/// An attribute's name and value.
pub(super) type Attribute<'a> = (&'a str, &'a dyn Display);

/// A length or place, with at most two decimals.
#[derive(Debug, Clone, Copy)]
pub(super) struct Px(pub(super) f64);

impl Display for Px {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{:.2}", self.0);
        let text = text.trim_end_matches('0').trim_end_matches('.');
        f.write_str(if text == "-0" { "0" } else { text })
    }
}

/// Where a text begins, seen from its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// How a text looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Font {
    pub(super) size: f64,
    pub(super) fill: &'static str,
    pub(super) anchor: Anchor,
    pub(super) bold: bool,
}

impl Font {
    pub(super) const fn new(size: f64) -> Self {
        Self { size, fill: INK, anchor: Anchor::Start, bold: false }
    }

    pub(super) const fn fill(mut self, fill: &'static str) -> Self {
        self.fill = fill;
        self
    }

    pub(super) const fn anchor(mut self, anchor: Anchor) -> Self {
        self.anchor = anchor;
        self
    }

    pub(super) const fn bold(mut self) -> Self {
        self.bold = true;
        self
    }
}

/// An SVG being written.
#[derive(Debug, Default)]
pub(super) struct Svg {
    out: String,
    depth: usize,
}

impl Svg {
    /// What stands inside the whole element.
    pub(super) fn inside() -> Self {
        Self { out: String::new(), depth: 1 }
    }

    /// With what was written elsewhere behind what is there.
    pub(super) fn append(&mut self, other: Self) {
        self.out.push_str(&other.out);
    }

    /// The whole element around what was written.
    pub(super) fn finish(self, width: f64, height: f64, title: &str, description: &str) -> String {
        let mut whole = Self::default();
        let (width, height) = (Px(width), Px(height));
        let view = format!("0 0 {width} {height}");
        whole.open(
            "svg",
            &[
                ("xmlns", &"http://www.w3.org/2000/svg"),
                ("width", &width),
                ("height", &height),
                ("viewBox", &view),
                ("role", &"img"),
                ("aria-label", &title),
                ("font-family", &FONTS),
            ],
        );
        whole.leaf("title", &[], title);
        whole.leaf("desc", &[], description);
        whole.out.push_str(&self.out);
        whole.close("svg");
        whole.out
    }

    /// An element without content.
    pub(super) fn empty(&mut self, tag: &str, attributes: &[Attribute<'_>]) {
        self.tag(tag, attributes);
        self.out.push_str("/>\n");
    }

    /// An element with text.
    pub(super) fn leaf(&mut self, tag: &str, attributes: &[Attribute<'_>], text: &str) {
        self.tag(tag, attributes);
        self.out.push('>');
        escape(&mut self.out, text);
        self.close_here(tag);
    }

    /// Begins an element.
    pub(super) fn open(&mut self, tag: &str, attributes: &[Attribute<'_>]) {
        self.tag(tag, attributes);
        self.out.push_str(">\n");
        self.depth += 1;
    }

    /// Ends an element.
    pub(super) fn close(&mut self, tag: &str) {
        self.depth = self.depth.saturating_sub(1);
        self.indent();
        self.close_here(tag);
    }

    /// A mark and what it says when pointed at.
    pub(super) fn mark(&mut self, says: &str, draw: impl FnOnce(&mut Self)) {
        self.open("g", &[]);
        self.leaf("title", &[], says);
        draw(self);
        self.close("g");
    }

    /// A text; its place is the middle of its height.
    pub(super) fn text(&mut self, x: f64, y: f64, font: Font, text: &str) {
        let anchor = match font.anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let weight = if font.bold { "bold" } else { "normal" };
        // Not all who draw SVG know how to centre a line of text, so its foot is put where it belongs.
        let (x, foot, size) = (Px(x), Px(y + font.size * 0.35), Px(font.size));
        let look: [Attribute<'_>; 6] = [
            ("x", &x),
            ("y", &foot),
            ("font-size", &size),
            ("font-weight", &weight),
            ("fill", &font.fill),
            ("text-anchor", &anchor),
        ];
        self.leaf("text", &look, text);
    }

    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64), stroke: &str) {
        let places = [from.0, from.1, to.0, to.1].map(Px);
        let [x1, y1, x2, y2] = &places;
        self.empty("line", &[("x1", x1), ("y1", y1), ("x2", x2), ("y2", y2), ("stroke", &stroke)]);
    }

    pub(super) fn rectangle(&mut self, place: (f64, f64), size: (f64, f64), fill: &str) {
        let [x, y, width, height] = &[place.0, place.1, size.0, size.1].map(Px);
        self.empty("rect", &[("x", x), ("y", y), ("width", width), ("height", height), ("fill", &fill)]);
    }

    fn tag(&mut self, tag: &str, attributes: &[Attribute<'_>]) {
        self.indent();
        self.out.push('<');
        self.out.push_str(tag);
        for (name, value) in attributes {
            self.out.push(' ');
            self.out.push_str(name);
            self.out.push_str("=\"");
            escape(&mut self.out, &value.to_string());
            self.out.push('"');
        }
    }

    fn indent(&mut self) {
        (0..self.depth).for_each(|_| self.out.push(' '));
    }

    fn close_here(&mut self, tag: &str) {
        // Writing into memory does not fail.
        let _ = writeln!(self.out, "</{tag}>");
    }
}

fn escape(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // XML knows no way to write these.
            '\u{FFFE}' | '\u{FFFF}' => out.push('\u{FFFD}'),
            '\t' | '\n' | '\r' => out.push(' '),
            character if character.is_control() => out.push('\u{FFFD}'),
            character => out.push(character),
        }
    }
}
